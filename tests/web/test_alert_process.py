"""The real process: kill -9 in the middle of a storm, parts on their own."""

import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.bench.processes import open_house, send, team_of
from tests.house import House


def _counted(house: House) -> tuple[int, int, int]:
    """Contacts; those with an alert; those with the mark from which the next tick writes it."""
    line = sqlite3.connect(f"file:{house.database}?mode=ro", uri=True)
    try:
        contacts, marked = line.execute("SELECT count(*), coalesce(sum(unannounced), 0) FROM contacts").fetchone()
        alerts = line.execute(
            "SELECT count(*) FROM contacts AS c JOIN alerts AS a ON a.subject = lower(hex(c.mailbox))"
            " WHERE a.phase <> 'resolved' AND a.due IS NOT NULL"
        ).fetchone()[0]
        return contacts, alerts, marked
    finally:
        line.close()


def test_killed_in_the_middle_of_a_storm_every_contact_that_is_there_has_its_alert(tmp_path: Path) -> None:
    with open_house(tmp_path / "house") as house:
        kid = team_of(house, "rz-wm")
        storm = threading.Thread(target=lambda: _quietly(house, kid))
        storm.start()
        end = time.monotonic() + 60
        while _counted(house)[0] < 50 and time.monotonic() < end:
            time.sleep(0.02)
        house.kill()
        storm.join()
        contacts, alerts, marked = _counted(house)
        assert contacts >= 50
        assert alerts + marked == contacts
        house.start()
        while _counted(house) != (contacts, contacts, 0):
            assert time.monotonic() < end + 60, _counted(house)
            time.sleep(0.02)


def _quietly(house: House, kid: str) -> None:
    try:
        send(house.port, "rz-wm", kid, 3000, 8)
    except (OSError, ValueError, IndexError, subprocess.CalledProcessError, RuntimeError):
        return  # the service was killed: that is the story


def test_parts_of_the_service_run_on_their_own(tmp_path: Path) -> None:
    house = House(tmp_path / "house", channels="sms", sms_key="schluessel")
    for parts in (("ticker",), ("outbox", "bots"), ("web",)):
        words = [word for part in parts for word in ("--only", part)]
        process = subprocess.Popen(
            [sys.executable, "-m", "intake.cli.main", "serve", "--config", str(house.config), *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=house.environment(), text=True,
        )  # fmt: skip
        assert process.stdout is not None
        said = [line := process.stdout.readline()]
        while line and not line.startswith("Erstkontakt: "):
            said.append(line := process.stdout.readline())
        process.terminate()
        rest, _ = process.communicate(timeout=60)
        assert process.returncode == 0, rest
        if parts == ("web",):  # the provider's reports come to the web, wherever the outbox is
            assert "/zustellung/" in said[0], said
        else:
            assert said == [f"Erstkontakt: running {', '.join(sorted(parts))}\n"]
