"""The door as processes: web and bots apart, the watchdog walks through it, and one dying does not touch the other."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.house import House
from tests.leaks import assert_none, files, sentence
from tests.matrix.homeserver import Homeserver

pytestmark = pytest.mark.matrix


def test_the_watchdog_walks_through_the_door_which_is_a_process_of_its_own(
    tmp_path: Path, homeserver: Homeserver
) -> None:
    contact = homeserver.register("kontaktprozess", "pw")
    watchdog = homeserver.register("waechter", "pw")
    secret = tmp_path / "kennwort"
    secret.write_text("pw\n")
    house = House(tmp_path / "house")
    account = ["--homeserver", homeserver.url, "--user", contact, "--password-file", str(secret)]
    signed_in = house.command("matrix", "sign-in", "--account", "contact", *account, "--config", str(house.config))
    assert f'contact_account = "{contact}"' in signed_in.stdout
    house.settings = {"contact_account": contact}
    assert contact in house.command("doctor", "--config", str(house.config), check=False).stdout
    serve = [sys.executable, "-m", "intake.cli.main", "serve", "--config", str(house.config)]
    log = tmp_path / "log"
    with log.open("wb") as out:
        web = subprocess.Popen([*serve, "--only", "web"], stdout=out, stderr=out, env=house.environment())
        bots = subprocess.Popen([*serve, "--only", "bots"], stdout=out, stderr=out, env=house.environment())
        try:
            house.process = web
            house.wait_until_up()
            walked = house.command(*canary(house, homeserver, contact, watchdog, secret), check=False)
            assert walked.returncode == 0, walked.stdout + walked.stderr + log.read_text()
            assert walked.stdout.startswith("ok matrix")
            bots.kill()
            bots.wait()
            with urllib.request.urlopen(f"{house.url}/messenger") as page:  # noqa: S310
                assert contact in page.read().decode()
            assert web.poll() is None
        finally:
            for process in (web, bots):
                process.kill()
                process.wait()
    said = sentence("what the watchdog wrote", "Probelauf: diese Anfrage ist von einer Maschine")
    assert_none([said], [*files(homeserver.root), *files(house.data), *files(tmp_path / "log")], at_least=3)


def canary(house: House, homeserver: Homeserver, contact: str, watchdog: str, secret: Path) -> list[str]:
    """The command that an operator would have a timer run."""
    from tests.scenarios.journey import root_of

    team = ["--member", "probe", "--passphrase-file", str(house.folder / "lead" / "probe.passphrase")]
    room = ["--contact", contact, "--homeserver", homeserver.url, "--account", watchdog]
    kept = ["--password-file", str(secret), "--store", str(house.folder / "watchdog")]
    return ["canary", "--channel", "matrix", "--url", house.url, "--root", root_of(house).hex(), *team, *room, *kept]
