"""`erstkontakt matrix …` as an operator uses it."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from intake.cli.service import write_settings
from tests.matrix.homeserver import Homeserver

pytestmark = pytest.mark.matrix
PASSWORD = "ein langes Kennwort mit ß"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_settings(tmp_path, "ab" * 32, "http://127.0.0.1:8080", 0)


def matrix(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "intake.cli.main", "matrix", *words, "--config", str(config)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_the_staff_account_is_signed_in_looked_at_and_signed_out(config: Path, homeserver: Homeserver) -> None:
    user = homeserver.register("dienststelle", PASSWORD)
    secret = config.parent / "kennwort"
    secret.write_text(PASSWORD + "\n")
    account = ["--homeserver", homeserver.url, "--user", user, "--password-file", str(secret)]
    assert (before := matrix(config, "status")).returncode == 1
    assert "sign-in" in before.stderr
    done = matrix(config, "sign-in", *account)
    assert done.returncode == 0, done.stderr
    assert "channels" in done.stdout
    files = list((config.parent / "data" / "matrix" / "staff").iterdir())
    assert files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert not any(PASSWORD.encode() in file.read_bytes() for file in files)
    status = matrix(config, "status")
    assert (status.returncode, user in status.stdout) == (0, True)
    device = status.stdout.split("device ")[1].split(".")[0]
    assert "already" in matrix(config, "sign-in", *account).stdout
    assert device in matrix(config, "status").stdout
    assert matrix(config, "sign-in", *account, "--again").returncode == 0
    assert device not in matrix(config, "status").stdout
    assert matrix(config, "sign-out").returncode == 0
    assert matrix(config, "status").returncode == 1


def test_what_goes_wrong_is_said_in_a_sentence(config: Path, homeserver: Homeserver) -> None:
    user = homeserver.register("falsch", PASSWORD)
    secret = config.parent / "kennwort"
    secret.write_text("geraten")
    wrong = matrix(config, "sign-in", "--homeserver", homeserver.url, "--user", user, "--password-file", str(secret))
    assert wrong.returncode == 1
    assert "refuses" in wrong.stderr
    nobody = matrix(
        config, "sign-in", "--homeserver", "http://127.0.0.1:9", "--user", user, "--password-file", str(secret)
    )
    assert nobody.returncode == 1
    assert "cannot be reached" in nobody.stderr
    absent = matrix(
        config, "sign-in", "--homeserver", homeserver.url, "--user", user, "--password-file", str(config.parent / "x")
    )
    assert absent.returncode == 1
    assert "cannot be read" in absent.stderr
    for answer in (wrong, nobody, absent):
        assert "Traceback" not in answer.stderr
        assert "geraten" not in answer.stderr + answer.stdout
