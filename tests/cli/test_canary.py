"""The canary walks the real journey, says ok, and says which step failed when one does. It leaves nothing behind."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from tests.house import House


def root_of(house: House) -> str:
    line = next(line for line in house.config.read_text("utf-8").splitlines() if line.startswith("root_key"))
    return line.split('"')[1]


def walk(house: House, *words: str) -> tuple[int, str]:
    done = house.command("canary", "--url", house.url, *words, check=False)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    return done.returncode, done.stdout


@pytest.fixture
def member(house: House, tmp_path: Path) -> list[str]:
    """Who answers for the test team."""
    file = tmp_path / "passphrase"
    file.write_text(house.members["probe"].passphrase + "\n", "utf-8")
    return ["--root", root_of(house), "--member", "probe", "--passphrase-file", str(file)]


def contacts(house: House) -> int:
    database = sqlite3.connect(f"file:{house.database}?mode=ro", uri=True)
    try:
        return int(database.execute("SELECT count(*) FROM contacts").fetchone()[0])
    finally:
        database.close()


async def test_the_whole_journey_is_walked_and_nothing_stays(house: House, member: list[str]) -> None:
    code, line = walk(house, *member, "--kreis", "DE80M")
    assert code == 0, line
    assert re.fullmatch(r"ok web \d+\.\d\ds \[(\w+=\d+\.\d{3} ?)+\]\n", line)
    for step in ("directory", "key", "route", "code", "send", "stored", "team", "return", "erase"):
        assert f"{step}=" in line
    assert contacts(house) == 0


async def test_without_a_member_the_persons_side_is_walked(house: House) -> None:
    code, line = walk(house, "--root", root_of(house))
    assert code == 0, line
    assert "team=" not in line


async def test_another_root_is_a_failure_at_the_directory(house: House) -> None:
    code, line = walk(house, "--root", "11" * 32)
    assert code == 1
    assert line.startswith("failed web at directory: DirectoryForged")


async def test_a_wrong_passphrase_is_a_failure_at_the_team_and_the_contact_is_deleted(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "wrong").write_text("falsch\n")
    code, line = walk(
        house, "--root", root_of(house), "--member", "probe", "--passphrase-file", str(tmp_path / "wrong")
    )
    assert code == 1
    assert line.startswith("failed web at team: expected 200, got 401")
    assert contacts(house) == 0


async def test_only_a_marked_test_team_is_ever_written_to(house: House) -> None:
    code, line = walk(house, "--root", root_of(house), "--team", "rz-wm")
    assert code == 1
    assert "at key: a test team is needed" in line
    assert contacts(house) == 0


async def test_a_house_that_is_down_or_too_old_is_a_failure(house: House, member: list[str]) -> None:
    code, line = walk(house, *member, "--at-least", "7")
    assert (code, "DirectoryRolledBack" in line) == (1, True)
    house.stop()
    code, line = walk(house, *member)
    assert code == 1
    assert line.startswith("failed web at directory: the line broke")


async def test_half_of_the_credentials_is_a_mistake_of_the_caller(house: House) -> None:
    done = house.command("canary", "--url", house.url, "--root", root_of(house), "--member", "probe", check=False)
    assert done.returncode == 2
    assert "belong together" in done.stderr


async def test_a_contact_goes_from_one_test_team_to_the_other_with_the_persons_yes(
    house: House, member: list[str]
) -> None:
    code, line = walk(house, "--channel", "handover", *member)
    assert code == 0, line
    for step in ("other", "ask", "agree", "offer", "accept", "answer", "return", "erase"):
        assert f"{step}=" in line
    assert contacts(house) == 0
