"""Starting what is measured, and asking the kernel what it used."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.house import House

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid: int) -> float:
    """Resident memory of a process without shared file pages counted twice (PSS), in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("the kernel tells no PSS")


@contextlib.contextmanager
def floor(kind: str, folder: Path) -> Iterator[tuple[int, int]]:
    """A floor in its own process; gives port and pid."""
    folder.mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.floors", kind, str(folder / "floor.sqlite")],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    finally:
        process.terminate()
        process.wait()


def open_house(folder: Path, **settings: str) -> House:
    """An instance as it is delivered; only the price of a stamp does not rise, since all load comes from one sender."""
    return House(folder, forked=False, stamp_bits="1", stamp_bits_most="1", calm_per_minute="1000000", **settings)


def team_of(house: House, team: str) -> str:
    """The current key id of a team."""
    line = http.client.HTTPConnection("127.0.0.1", house.port)
    line.request("GET", "/verzeichnis")
    book = json.loads(line.getresponse().read().split(b"\n", 2)[2])
    line.close()
    return str(next(row["kid"] for row in book["teams"] if row["id"] == team))


def send(port: int, team: str, kid: str, count: int, at_once: int) -> dict[str, Any]:
    """Run one load generator; contacts are made before the clock starts."""
    generator = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load", str(port), team, kid, str(count), str(at_once), "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert generator.stdin is not None
    assert generator.stdout is not None
    if generator.stdout.readline() != "ready\n":
        raise RuntimeError("the load generator did not start")
    answer, _ = generator.communicate("go\n", timeout=300)
    found: dict[str, Any] = json.loads(answer)
    return found
