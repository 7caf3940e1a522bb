"""Cold start and memory of the served process."""

from __future__ import annotations

import http.client
import statistics
import time
from pathlib import Path

from tests.bench.processes import memory_mb, open_house, send, team_of
from tests.bench.table import Measure, Table
from tests.house import House

TEAM = "rz-wm"
STARTS = 5
CONTACTS = 10_000


def measure(table: Table, folder: Path, scale: float) -> None:
    """Starts several times; then fills one process with contacts."""
    house = open_house(folder / "house")
    table.add(
        "The served process",
        Measure(
            "cold start until it answers that it is well",
            statistics.median(_cold_start(house) for _ in range(STARTS)),
            "s",
            ("<", 1.0),
            f"median of {STARTS}",
        ),
    )
    with house:
        assert house.process is not None
        kid = team_of(house, TEAM)
        time.sleep(2)
        idle = memory_mb(house.process.pid)
        table.add("The served process", Measure("memory, idle", idle, "MB", ("<", 120)))
        count = int(CONTACTS * scale)
        send(house.port, TEAM, kid, count, 64)
        time.sleep(2)
        grown = memory_mb(house.process.pid) - idle
        table.add("The served process", Measure(f"memory grown by {count:,} contacts", grown, "MB", ("<", 10)))


def _cold_start(house: House) -> float:
    began = time.perf_counter()
    house.launch()
    while True:
        line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=5)
        try:
            line.request("GET", "/api/health")
            status = line.getresponse().status
        except OSError:
            time.sleep(0.005)
        else:
            taken = time.perf_counter() - began
            house.stop()
            if status != 200:
                raise RuntimeError(f"the service is up, but not well: {status}")
            return taken
        finally:
            line.close()
