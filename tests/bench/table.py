"""Measured values with their goals: one table for people, one JSON document for machines."""

from __future__ import annotations

import json
import operator
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One value. `goal` is ("<=", 60.0) or None for what is only told; `note` says how or against what."""

    name: str
    value: float
    unit: str
    goal: tuple[str, float] | None = None
    note: str = ""

    @property
    def met(self) -> bool:
        return self.goal is None or COMPARE[self.goal[0]](self.value, self.goal[1])


@dataclass
class Table:
    """All measures of one run, in order, by section."""

    sections: dict[str, list[Measure]] = field(default_factory=dict)

    def add(self, section: str, *measures: Measure) -> None:
        for measure in measures:
            self.sections.setdefault(section, []).append(measure)
            print(f"  {_line(measure)}", flush=True)

    @property
    def missed(self) -> list[Measure]:
        return [one for section in self.sections.values() for one in section if not one.met]

    def text(self) -> str:
        lines = []
        for section, measures in self.sections.items():
            lines += ["", section, "-" * len(section), *map(_line, measures)]
        lines += ["", f"{len(self.missed)} goal(s) missed." if self.missed else "All goals met."]
        return "\n".join(lines)

    def as_json(self) -> str:
        rows = [
            {
                "section": section,
                "name": one.name,
                "value": round(one.value, 4),
                "unit": one.unit,
                "goal": f"{one.goal[0]} {one.goal[1]:g}" if one.goal else None,
                "met": one.met,
                "note": one.note,
            }
            for section, measures in self.sections.items()
            for one in measures
        ]
        return json.dumps({"machine": machine(), "measures": rows}, indent=1, ensure_ascii=False) + "\n"


def _line(one: Measure) -> str:
    value = f"{one.value:,.0f}" if one.value >= 1000 else f"{one.value:.3g}"
    goal = f"goal {one.goal[0]} {one.goal[1]:g}" if one.goal else ""
    verdict = "" if one.goal is None else "ok" if one.met else "MISSED"
    return f"{one.name:<52} {value:>9} {one.unit:<11} {goal:<15} {verdict:<6} {one.note}".rstrip()


def machine() -> dict[str, Any]:
    return {
        "processors": len(os.sched_getaffinity(0)),
        "system": platform.system(),
        "architecture": platform.machine(),
        "python": sys.version.split()[0],
    }
