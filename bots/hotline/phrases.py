"""Times, hours and numbers, put together from recordings. Pure; gives language/name where nothing is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from itertools import groupby

from bots.hotline.model import Slot
from bots.hotline.sentences import SEELSORGE
from intake.directory import Team
from intake.working_time import BERLIN, OFFICE_WEEK, Week, local, read_week


def digits(text: str) -> tuple[str, ...]:
    """Bare names: one recording for each digit, whatever stands between them."""
    return tuple(f"digit_{char}" for char in text if char in "0123456789")


def seelsorge(language: str) -> tuple[str, ...]:
    """Whom one can talk to at any hour."""
    return (f"{language}/seelsorge", *(f"{language}/{name}" for name in digits(SEELSORGE)))


def window(language: str, slot: Slot, now: datetime) -> tuple[str, ...]:
    """ "Morgen, von 10 Uhr bis 12 Uhr", "Dienstag, 1. Dezember, von …"."""
    start, end = local(slot.start, BERLIN), local(slot.end, BERLIN)
    days = (start.date() - local(now, BERLIN).date()).days
    day = {0: ("today",), 1: ("tomorrow",)}.get(days) or (f"weekday_{start.weekday()}", f"date_{start:%m%d}")
    to = "2400" if end.date() > start.date() else _quarter(end.time())
    return tuple(f"{language}/{name}" for name in (*day, "from", f"time_{_quarter(start.time())}", "to", f"time_{to}"))


def hours(language: str, team: Team) -> tuple[str, ...]:
    """When the team works: "Montag bis Freitag von 9 Uhr bis 16 Uhr"."""
    return tuple(f"{language}/{name}" for name in ("hours", *_week(read_week(dict(team.hours.items())) or OFFICE_WEEK)))


def _week(week: Week) -> Iterator[str]:
    """Days in a row with the same times are said together."""
    for _, run in groupby(sorted(week), key=lambda day: (week[day], _first_alike(week, day))):
        days = list(run)
        yield f"weekday_{days[0]}"
        if len(days) > 1:
            yield from ("to", f"weekday_{days[-1]}")
        for block in week[days[0]]:
            to = "2400" if block.end == time(0) else _quarter(block.end)
            yield from ("from", f"time_{_quarter(block.start)}", "to", f"time_{to}")


def _first_alike(week: Week, day: int) -> int:
    """The first of the days in a row before ``day`` that have its times."""
    while day - 1 in week and week[day - 1] == week[day]:
        day -= 1
    return day


def _quarter(at: time) -> str:
    """The quarter of an hour in which it lies, as recordings name it."""
    return f"{at.hour:02}{at.minute - at.minute % 15:02}"
