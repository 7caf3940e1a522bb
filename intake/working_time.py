"""When a team works: its week, the public holidays of its Land, its own closure days, its clock.

Local times are kept as wall-clock times with the name of their zone and turned into instants here and nowhere else,
because a library's cron fires 02:30 twice in October and never in March. The rule: **a wall-clock time names exactly
one instant.** A time that exists twice is its first passing; a time that the clock jumps over is the moment of the
jump. So a block that ends at 02:30 and one that begins at 02:30 always touch, in both nights.

Days are counted by the team's own calendar (R: answer-by dates are a promise to a person who waits).
Instants are aware ``datetime`` values in UTC; dates are local dates of the team.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from intake.errors import Said

BERLIN = "Europe/Berlin"
DAY = timedelta(days=1)

LANDS = frozenset(["BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"])
MUNICIPAL = frozenset({"Augsburg"})  # Hohes Friedensfest, 8 August: the only town with a holiday of its own
CATHOLIC_LANDS = frozenset({"BY", "SN", "TH"})  # there some holidays hold in mostly catholic municipalities only

# How far a search for the next working day goes. Longer than any closure a team can mean in earnest.
HORIZON_DAYS = 400


class ScheduleError(ValueError):
    """A plan that cannot be meant so. `said`: a sentence for the person who entered it."""

    def __init__(self, de: str, en: str) -> None:
        super().__init__(de)
        self.said = Said(de, en)


def zone_of(name: str) -> ZoneInfo:
    """The zone, or a sentence. Names come from settings and the rota editor, never from help-seekers."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleError(
            f"Die Zeitzone „{name}“ gibt es nicht. Gemeint ist wohl „{BERLIN}“.",
            f"There is no time zone “{name}”. Perhaps “{BERLIN}” is meant.",
        ) from None


def instant(day: date, at: time, zone: str = BERLIN) -> datetime:
    """The one instant (UTC) that ``at`` on ``day`` names in ``zone``.

    Twice there (October): the first passing. Jumped over (March): the moment of the jump.
    """
    tz = zone_of(zone)
    wall = datetime.combine(day, at.replace(tzinfo=None))
    first = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if first.astimezone(tz).replace(tzinfo=None) == wall:
        return first
    # Inside the gap PEP 495 gives one instant after the jump (fold=0) and one before it (fold=1): halve between them.
    before, after = wall.replace(tzinfo=tz, fold=1).astimezone(UTC), first
    new_offset = after.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(tz).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def local(at: datetime, zone: str = BERLIN) -> datetime:
    """The wall clock of the team at this instant. ``at`` must be aware."""
    if at.tzinfo is None:
        raise ScheduleError("Ein Zeitpunkt ohne Zeitzone ist keiner.", "An instant without a time zone is none.")
    return at.astimezone(zone_of(zone))


@lru_cache(maxsize=256)
def public_holidays(year: int, subdivision: str | None, *, catholic: bool = False) -> Mapping[date, str]:
    """Public holidays of one year with their German names.

    ``subdivision``: a Land ("MV", "BY" …), "Augsburg", or None for the nationwide ones only. ``catholic`` adds those
    that hold in mostly catholic municipalities (Mariä Himmelfahrt in BY, Fronleichnam in SN and TH).
    24 and 31 December are no holidays; teams that close then say so themselves.
    """
    if subdivision is not None and subdivision not in LANDS | MUNICIPAL:
        known = ", ".join(sorted(LANDS))
        raise ScheduleError(
            f"Das Land „{subdivision}“ kenne ich nicht. Möglich sind: {known}.",
            f"I do not know the Land “{subdivision}”. Possible are: {known}.",
        )
    # Imported when first needed: it costs some 80 ms and the service must stand within a second.
    from holidays import country_holidays

    categories = ("public", "catholic") if catholic and subdivision in CATHOLIC_LANDS else ("public",)
    found = country_holidays("DE", subdiv=subdivision, years=year, language="de", categories=categories)
    return MappingProxyType({day: str(name) for day, name in sorted(found.items())})


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """From ``start`` to ``end`` on the wall clock; an end not after the start lies on the next day (equal: 24 h)."""

    start: time
    end: time

    @classmethod
    def read(cls, text: str) -> Block:
        """``"09:00-12:30"``; 24:00 is understood as an end. Raises ScheduleError."""
        parts = [part.strip() for part in text.replace("–", "-").split("-")]
        try:
            start, end = (time.fromisoformat("00:00" if part == "24:00" else part) for part in parts)
        except ValueError:
            raise ScheduleError(
                f"„{text}“ ist keine Zeitspanne. Ein Beispiel: 09:00-12:30.",
                f"“{text}” is no span of time. An example: 09:00-12:30.",
            ) from None
        if start.tzinfo or end.tzinfo:
            raise ScheduleError(
                f"„{text}“ trägt eine Zeitzone. Die Zone gehört zum Team, nicht zur Spanne.",
                f"“{text}” has a time zone. The zone belongs to the team, not to the span.",
            )
        return cls(start, end)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def on(self, day: date, zone: str = BERLIN) -> tuple[datetime, datetime]:
        """Begin and end as instants, for the block that starts on ``day``."""
        last = day + DAY if self.end <= self.start else day
        return instant(day, self.start, zone), instant(last, self.end, zone)


Week = Mapping[int, tuple[Block, ...]]  # weekday (Monday = 0) -> blocks that start on it

WEEKDAYS = ("mo", "di", "mi", "do", "fr", "sa", "so")
_WEEKDAY_NAMES = {
    name: n for names in (WEEKDAYS, ("mo", "tu", "we", "th", "fr", "sa", "su")) for n, name in enumerate(names)
}
OFFICE_WEEK: Week = {day: (Block(time(9), time(17)),) for day in range(5)}


def read_week(hours: Mapping[str, Sequence[str]]) -> Week:
    """``{"mo": ["09:00-12:00", "13:00-17:00"], …}`` -> Week. German or English keys. Raises ScheduleError."""
    week: dict[int, tuple[Block, ...]] = {}
    for name, spans in hours.items():
        day = _WEEKDAY_NAMES.get(name.strip().lower()[:2])
        if day is None:
            known = ", ".join(WEEKDAYS)
            raise ScheduleError(
                f"„{name}“ ist kein Wochentag. Möglich sind: {known}.",
                f"“{name}” is no weekday. Possible are: {known}.",
            )
        week[day] = (*week.get(day, ()), *(Block.read(span) for span in spans))
    return {day: tuple(sorted(blocks)) for day, blocks in sorted(week.items()) if blocks}


def _no_dates() -> frozenset[date]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working time of one team.

    ``closed_yearly`` holds (month, day) pairs, such as (12, 24) and (12, 31); (2, 29) closes leap days.
    A block that runs over midnight belongs to the day on which it starts.
    """

    subdivision: str | None = None
    catholic: bool = False
    zone: str = BERLIN
    week: Week = field(default_factory=lambda: OFFICE_WEEK)
    closures: frozenset[date] = field(default_factory=_no_dates)
    closed_yearly: frozenset[tuple[int, int]] = frozenset()

    def day_off(self, day: date) -> str | None:
        """Why this date is a public holiday or closure day, in German; None on any other day (weekends included)."""
        if day in self.closures or (day.month, day.day) in self.closed_yearly:
            return "Schließtag"
        return public_holidays(day.year, self.subdivision, catholic=self.catholic).get(day)

    def is_working_day(self, day: date) -> bool:
        return bool(self.week.get(day.weekday())) and self.day_off(day) is None

    def working_days(self, start: date) -> Iterator[date]:
        """Working days from ``start`` on, ``start`` included. Raises ScheduleError if none is in sight."""
        day, idle = start, 0
        while True:
            if self.is_working_day(day):
                idle = 0
                yield day
            elif (idle := idle + 1) > HORIZON_DAYS:
                raise ScheduleError(
                    "In diesem Kalender gibt es keinen Arbeitstag. Bitte Öffnungszeiten eintragen.",
                    "There is no working day in this calendar. Please enter opening hours.",
                )
            day += DAY

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working time from ``start`` on, as instants in order, overlapping blocks joined, endless."""
        pending: tuple[datetime, datetime] | None = None
        # From the day before: a block that began yesterday may reach into today.
        for day in self.working_days(local(start, self.zone).date() - DAY):  # pragma: no branch - endless
            for block in self.week[day.weekday()]:
                begin, end = block.on(day, self.zone)
                if end <= start or begin >= end:
                    continue
                begin = max(begin, start)
                if pending is None:
                    pending = (begin, end)
                elif begin <= pending[1]:
                    pending = (pending[0], max(pending[1], end))
                else:
                    yield pending
                    pending = (begin, end)

    def is_open(self, at: datetime) -> bool:
        return next(self.spans(at))[0] == at

    def next_open(self, at: datetime) -> datetime:
        """``at`` itself during working time, else the begin of the next."""
        return next(self.spans(at))[0]

    def after(self, start: datetime, work: timedelta) -> datetime:
        """The instant when ``work`` of working time has passed since ``start``."""
        spans = self.spans(start)
        begin, end = next(spans)
        while work > end - begin:
            work -= end - begin
            begin, end = next(spans)
        return begin + work

    def answer_by(self, received: datetime, working_days: int) -> date:
        """The date promised to the person: by the end of this local day somebody has answered.

        A contact that comes in after the last block of the day, at a weekend, on a holiday or closure day counts as
        received on the next working day; from there ``working_days`` working days are counted, that day not included.
        """
        if working_days < 0:
            raise ScheduleError("Die Antwortfrist kann nicht negativ sein.", "The time to answer cannot be negative.")
        here = local(received, self.zone).date()
        days = self.working_days(here)
        counted = next(days)
        if counted == here and max(block.on(here, self.zone)[1] for block in self.week[here.weekday()]) <= received:
            counted = next(days)
        for _ in range(working_days):
            counted = next(days)
        return counted


def answer_by(
    received: datetime,
    working_days: int,
    subdivision: str | None,
    *,
    closures: Collection[date] = (),
    closed_yearly: Collection[tuple[int, int]] = (),
    catholic: bool = False,
    week: Week = OFFICE_WEEK,
    zone: str = BERLIN,
) -> date:
    """``WorkCalendar.answer_by`` for those who hold no calendar. ``received`` is aware; see there for the counting."""
    calendar = WorkCalendar(subdivision, catholic, zone, week, frozenset(closures), frozenset(closed_yearly))
    return calendar.answer_by(received, working_days)


def is_working_day(
    day: date,
    subdivision: str | None,
    *,
    closures: Collection[date] = (),
    closed_yearly: Collection[tuple[int, int]] = (),
    catholic: bool = False,
    week: Week = OFFICE_WEEK,
) -> bool:
    """Whether the team works on this local date."""
    calendar = WorkCalendar(subdivision, catholic, BERLIN, week, frozenset(closures), frozenset(closed_yearly))
    return calendar.is_working_day(day)
