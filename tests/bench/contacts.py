"""Contacts per second, acknowledged and durable, against floors (floors.py) measured beside it in the same run."""

from __future__ import annotations

import contextlib
import shutil
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.processes import cpu_seconds, floor, open_house, send, team_of
from tests.bench.table import Measure, Table

TEAM = "rz-wm"
FLOORS = ("f0", "f1", "f1_call")
ROUNDS = 5
LOADS = {1: 600, 8: 2000, 64: 5000}  # at once -> contacts in each round


@dataclass
class Rounds:
    """What one server did at one load, round after round."""

    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    cpu_ms: list[float] = field(default_factory=list)

    def add(self, result: dict[str, Any], count: int, cpu: float) -> None:
        self.rates.append(count / result["seconds"])
        self.latencies += result["latencies"]
        self.failures += count - result["answers"].get("201", 0)
        self.cpu_ms.append(cpu / count * 1000)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpu_ms)

    def percentile(self, share: float) -> float:
        return sorted(self.latencies)[int(share * len(self.latencies))] * 1000


def measure(table: Table, folder: Path, scale: float) -> None:
    """All loads; within a round the servers take turns, so that a slow moment of the machine hits all."""
    for at_once, contacts in LOADS.items():
        count = max(int(contacts * scale), at_once * 4)
        found = _rounds(folder, at_once, count)
        ours, f0, f1, call = found["ours"], found["f0"], found["f1"], found["f1_call"]
        section = f"Contacts acknowledged durable, {at_once} at once"
        table.add(
            section,
            Measure("contacts per second", ours.rate, "/s", note=f"floors: F1 {f1.rate:,.0f}, F0 {f0.rate:,.0f}"),
            Measure("against F1 (an insert and a commit each)", ours.rate / f1.rate, "x F1", _f1_goal(at_once)),
            Measure("against F1 in a single call without key", ours.rate / call.rate, "x", note=f"{call.rate:,.0f} /s"),
            Measure("against F0 (nothing stored)", ours.rate / f0.rate, "x F0", (">=", 0.3) if at_once == 64 else None),
            Measure("median answer", ours.percentile(0.5), "ms", note=f"F1 {f1.percentile(0.5):.3g}"),
            Measure(
                "99th percentile against median",
                ours.percentile(0.99) / ours.percentile(0.5),
                "x median",
                ("<", 5),
                f"p99 {ours.percentile(0.99):.3g} ms; F1 {f1.percentile(0.99) / f1.percentile(0.5):.3g} x",
            ),
            Measure("failures", ours.failures, "contacts", ("==", 0), f"of {len(ours.latencies):,}"),
            Measure(
                "processor time per contact",
                ours.cpu,
                "ms",
                ("<=", 0.4),
                f"F1 {f1.cpu:.2f}, in a single call {call.cpu:.2f}, F0 {f0.cpu:.2f}",
            ),
        )


def _f1_goal(at_once: int) -> tuple[str, float] | None:
    return {1: (">=", 0.8), 64: (">=", 3.0)}.get(at_once)


def _rounds(folder: Path, at_once: int, count: int) -> dict[str, Rounds]:
    here = folder / f"at-{at_once}"
    with contextlib.ExitStack() as running:
        servers = {name: running.enter_context(floor(name, here / name)) for name in FLOORS}
        house = running.enter_context(open_house(here / "house"))
        assert house.process is not None
        kid = team_of(house, TEAM)
        servers["ours"] = (house.port, house.process.pid)
        found = {name: Rounds() for name in servers}
        for port, _ in servers.values():
            send(port, TEAM, kid, max(count // 10, at_once), at_once)  # warm
        for _ in range(ROUNDS):
            for name, (port, pid) in servers.items():
                before = cpu_seconds(pid)
                result = send(port, TEAM, kid, count, at_once)
                found[name].add(result, count, cpu_seconds(pid) - before)
    shutil.rmtree(here)
    return found
