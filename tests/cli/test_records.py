"""The documents of data protection law, made from the installation itself."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake.cli.records import written
from intake.errors import Operator
from tests.house import House
from tests.intake.small import SmallNetwork, settings

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def texts(folder: Path, kind: str, carrier: str | None = None, **more: object) -> dict[str, str]:
    given = replace(settings(folder), **more)  # type: ignore[arg-type]
    return dict(written(given, SmallNetwork().directory, NOW, kind, carrier))


def test_each_carrier_has_a_record_of_its_own_teams(tmp_path: Path) -> None:
    found = texts(tmp_path, "verzeichnis")
    assert set(found) == {"verzeichnis-land", "verzeichnis-verein"}
    assert "Hafen" in found["verzeichnis-land"]
    assert "Garten" not in found["verzeichnis-land"]
    assert "30 Tage nach der letzten Nachricht" in found["verzeichnis-verein"]
    assert "nicht staatlich" in found["verzeichnis-verein"]


def test_only_doors_and_channels_that_are_open_are_named(tmp_path: Path) -> None:
    plain = texts(tmp_path, "dsfa")["dsfa"]
    assert "Messenger" not in plain
    more = texts(tmp_path, "dsfa", contact_account="@kontakt:example.org", channels=("sms",))["dsfa"]
    assert "@kontakt:example.org" in more
    assert "SMS über einen Anbieter, ohne Inhalt" in more
    assert "Web-Push" not in more


def test_an_unknown_carrier_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(Operator, match="land, verein"):
        texts(tmp_path, "verzeichnis", "partei")


def test_tables_are_whole(tmp_path: Path) -> None:
    for kind in ("verzeichnis", "dsfa"):
        for text in texts(tmp_path, kind).values():
            rows = [line for line in text.splitlines() if line.startswith("|")]
            assert len(rows) > 10
            assert all(line.endswith("|") for line in rows)
            assert "{" not in text


def test_the_command_writes_files(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    done = house.command("records", "verzeichnis", "--out", str(tmp_path / "papers"))
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "papers").glob("verzeichnis-*.md"))) > 5
    wrong: subprocess.CompletedProcess[str] = house.command("records", "verzeichnis", "--carrier", "x", check=False)
    assert wrong.returncode == 1
    assert "gibt es nicht" in wrong.stderr
