"""Who is on duty: the rota of a team, turned into people and instants.

A rota is data (shifts, swaps, absences, agreements); it is stored as one document and read afresh whenever somebody
must be reached. Everything here answers questions about it and changes nothing.

    shift      blocks of the week, and the people who take turns in it
    swap       one occurrence of a shift, offered; until somebody takes it the one who offered stays on duty
    absence    local dates, both included, with or without a substitute
    agreement  another team answers when nobody of ours does

The team's working time, holidays and clock changes live one floor below, in ``intake.working_time``.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum

from intake.errors import Said
from intake.working_time import (
    DAY,
    Block,
    ScheduleError,
    Week,
    WorkCalendar,
    answer_by,
    instant,
    is_working_day,
    local,
    read_week,
)

__all__ = [
    "Absence",
    "Agreement",
    "Block",
    "Gap",
    "OnDuty",
    "Overlap",
    "Place",
    "Reason",
    "Rota",
    "ScheduleError",
    "Shift",
    "Stretch",
    "Swap",
    "WorkCalendar",
    "answer_by",
    "is_working_day",
    "read_week",
]

OUTLOOK = timedelta(weeks=8)


class Place(IntEnum):
    FIRST = 1
    SECOND = 2


class Reason(StrEnum):
    """Why this person stands there."""

    PLANNED = "planned"
    SWAP = "swap"
    SUBSTITUTE = "substitute"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Shift:
    """Blocks that repeat every week; ``people`` take turns of ``weeks_each`` weeks, the first from ``since`` on.

    Turns change on the weekday of ``since``. ``None`` among the people is a turn that nobody of the team takes ("every
    second week"). On public holidays and closure days a shift rests unless ``on_days_off``.
    """

    id: str
    place: Place
    blocks: Week
    people: tuple[str | None, ...]
    since: date
    until: date | None = None
    weeks_each: int = 1
    on_days_off: bool = False

    def __post_init__(self) -> None:
        if not self.people:
            raise ScheduleError(
                "In dieser Schicht steht niemand. Bitte mindestens eine Person eintragen.",
                "Nobody is in this shift. Please enter at least one person.",
            )
        if self.weeks_each < 1:
            raise ScheduleError("Ein Wechsel dauert mindestens eine Woche.", "A turn lasts at least a week.")
        if self.until is not None and self.until < self.since:
            raise ScheduleError("Die Schicht endet vor ihrem Beginn.", "The shift ends before it begins.")

    def person(self, day: date) -> str | None:
        turn = (day - self.since).days // (7 * self.weeks_each)
        return self.people[turn % len(self.people)]

    def runs(self, day: date, calendar: WorkCalendar) -> bool:
        """Whether the shift starts blocks on this local date."""
        if day < self.since or (self.until is not None and day > self.until):
            return False
        return self.on_days_off or calendar.day_off(day) is None


@dataclass(frozen=True, slots=True)
class Swap:
    """All blocks that ``shift`` starts on ``day`` go from ``offered_by`` to ``taken_by``; untaken, nothing changes."""

    shift: str
    day: date
    offered_by: str
    taken_by: str | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Away on the local dates ``first`` to ``last``, both whole and included."""

    person: str
    first: date
    last: date
    substitute: str | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ScheduleError("Die Abwesenheit endet vor ihrem Beginn.", "The absence ends before it begins.")
        if self.substitute == self.person:
            raise ScheduleError("Niemand kann sich selbst vertreten.", "Nobody can stand in for themselves.")


@dataclass(frozen=True, slots=True)
class Agreement:
    """``team`` answers for us; on the local dates ``first`` to ``last``, in ``hours`` or at any time."""

    team: str
    first: date
    last: date | None = None
    hours: Week | None = None

    def holds(self, at: datetime, zone: str) -> bool:
        today = local(at, zone).date()
        if today < self.first or (self.last is not None and today > self.last):
            return False
        if self.hours is None:
            return True
        starts = ((day, block) for day in (today - DAY, today) for block in self.hours.get(day.weekday(), ()))
        return any(begin <= at < end for begin, end in (block.on(day, zone) for day, block in starts))


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """From ``start`` to ``end`` (UTC) this person stands in this place; ``day`` is the local date the block began."""

    start: datetime
    end: datetime
    place: Place
    shift: str
    day: date
    planned: str | None = field(compare=False)
    person: str | None = field(compare=False)
    reason: Reason = field(compare=False)


@dataclass(frozen=True, slots=True)
class OnDuty:
    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody answers as first although somebody should. ``missing``: planned, but away without a substitute."""

    start: datetime
    end: datetime
    missing: tuple[str, ...]
    deputy: str | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Several people in one place, or (``place`` None) one person in both."""

    start: datetime
    end: datetime
    place: Place | None
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rota:
    """The duty plan of one team. With ``night_duty`` somebody must stand at every hour, else in the working time."""

    team: str
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    shifts: tuple[Shift, ...] = ()
    swaps: tuple[Swap, ...] = ()
    absences: tuple[Absence, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    night_duty: bool = False

    # Who ------------------------------------------------------------------------------------------------------------

    def stretches(self, start: datetime, end: datetime) -> tuple[Stretch, ...]:
        """Every stretch that touches ``start``..``end``, uncut at these two, in order of time."""
        zone = self.calendar.zone
        day, last = local(start, zone).date() - DAY, local(end, zone).date()  # yesterday's block may reach into today
        found: list[Stretch] = []
        while day <= last:
            for shift in self.shifts:
                if shift.runs(day, self.calendar):
                    for block in shift.blocks.get(day.weekday(), ()):
                        found.extend(self._people(shift, day, *block.on(day, zone)))
            day += DAY
        return tuple(sorted(s for s in found if s.start < end and s.end > start))

    def on_duty(self, at: datetime) -> OnDuty:
        """The people to reach at this instant; nobody twice."""
        standing = [s for s in self.stretches(at, at + timedelta(microseconds=1)) if s.person is not None]
        first = dict.fromkeys(s.person for s in standing if s.place is Place.FIRST)
        second = dict.fromkeys(s.person for s in standing if s.place is Place.SECOND and s.person not in first)
        return OnDuty(tuple(p for p in first if p), tuple(p for p in second if p))

    def deputies(self, at: datetime) -> tuple[str, ...]:
        """Teams that have agreed to answer for us at this instant."""
        return tuple(dict.fromkeys(a.team for a in self.agreements if a.holds(at, self.calendar.zone)))

    def expects_somebody(self, at: datetime) -> bool:
        """Whether somebody of this team should answer now: always with night duty, else when planned or in its hours.

        Not whether anybody does: a hole in the plan is expected to be filled.
        """
        try:
            if self.night_duty or not self.calendar.week or self.calendar.is_open(at):
                return True
        except ScheduleError:
            return True  # a calendar without a single working day must not silence anything
        now = self.stretches(at, at + timedelta(microseconds=1))
        return any(s.place is Place.FIRST and s.planned is not None for s in now)

    def next_expected(self, at: datetime, within: timedelta = timedelta(days=14)) -> datetime:
        """The next instant at which somebody should answer: the team opens, or a planned first shift begins."""
        if self.expects_somebody(at):
            return at
        begins = (s.start for s in self.stretches(at, at + within) if s.place is Place.FIRST and s.planned is not None)
        return min((self.calendar.next_open(at), *begins))

    def is_absent(self, person: str, at: datetime) -> bool:
        today = local(at, self.calendar.zone).date()
        return any(a.person == person and a.first <= today <= a.last for a in self.absences)

    def duties_of(self, person: str, start: datetime, end: datetime) -> tuple[Stretch, ...]:
        return tuple(s for s in self.stretches(start, end) if s.person == person)

    def next_handover(self, at: datetime, within: timedelta = timedelta(days=14)) -> datetime | None:
        """The next instant after ``at`` when other people stand there than before."""
        edges = sorted({edge for s in self.stretches(at, at + within) for edge in (s.start, s.end) if edge > at})
        before = self.on_duty(at)
        return next((edge for edge in edges if edge <= at + within and self.on_duty(edge) != before), None)

    # What is wrong --------------------------------------------------------------------------------------------------

    def gaps(self, start: datetime, end: datetime | None = None) -> tuple[Gap, ...]:
        """Times in which somebody should answer and nobody does; eight weeks when no end is given."""
        end = start + OUTLOOK if end is None else end
        planned = [s for s in self.stretches(start, end) if s.place is Place.FIRST]
        needed = [(start, end)] if self.night_duty else [(s.start, s.end) for s in planned]
        if not self.night_duty and self.calendar.week:
            for begin, finish in self.calendar.spans(start):
                if begin >= end:
                    break
                needed.append((begin, finish))
        holes = _without(_joined(needed), _joined((s.start, s.end) for s in planned if s.person is not None))
        found = []
        for begin, finish in holes:
            begin, finish = max(begin, start), min(finish, end)
            if begin < finish:
                away = {s.planned for s in planned if s.person is None and s.start < finish and s.end > begin}
                found.append(Gap(begin, finish, tuple(sorted(p for p in away if p)), self._deputy(begin, finish)))
        return tuple(found)

    def overlaps(self, start: datetime, end: datetime | None = None) -> tuple[Overlap, ...]:
        """Times with more than one person in a place, or one person in both."""
        end = start + OUTLOOK if end is None else end
        standing = [s for s in self.stretches(start, end) if s.person is not None]
        edges = sorted({min(max(edge, start), end) for s in standing for edge in (s.start, s.end)})
        found: list[Overlap] = []
        for begin, finish in itertools.pairwise(edges):
            here: dict[Place, set[str]] = {place: set() for place in Place}
            for s in standing:
                if s.start <= begin < s.end and s.person is not None:
                    here[s.place].add(s.person)
            crowded: list[tuple[Place | None, set[str]]] = [(p, who) for p, who in here.items() if len(who) > 1]
            if both := here[Place.FIRST] & here[Place.SECOND]:
                crowded.append((None, both))
            for place, who in crowded:
                now = Overlap(begin, finish, place, tuple(sorted(who)))
                before = next((o for o in found if replace(o, start=begin, end=finish) == now and o.end == begin), None)
                if before is not None:
                    found[found.index(before)] = replace(before, end=finish)
                else:
                    found.append(now)
        return tuple(found)

    def faults(self) -> tuple[Said, ...]:
        """What the editor should tell before saving; empty when the plan makes sense."""
        said: list[Said] = []
        for name, times in Counter(shift.id for shift in self.shifts).items():
            if times > 1:
                said.append(
                    Said(f"Die Schicht „{name}“ gibt es {times}-mal.", f"The shift “{name}” is there {times} times.")
                )
        for shift in self.shifts:
            if not any(shift.blocks.values()):
                said.append(
                    Said(f"Die Schicht „{shift.id}“ hat keine Zeiten.", f"The shift “{shift.id}” has no times.")
                )
            if (twice := _self_overlap(shift.blocks)) is not None:
                said.append(
                    Said(
                        f"In der Schicht „{shift.id}“ überschneiden sich {twice[0]} und {twice[1]}.",
                        f"In the shift “{shift.id}”, {twice[0]} and {twice[1]} overlap.",
                    )
                )
        shifts = {shift.id: shift for shift in self.shifts}
        for swap in self.swaps:
            kept = shifts.get(swap.shift)
            if kept is None or not kept.runs(swap.day, self.calendar) or not kept.blocks.get(swap.day.weekday()):
                said.append(
                    Said(
                        f"Der Tausch am {swap.day:%d.%m.%Y} gehört zu keiner Schicht.",
                        f"The swap on {swap.day:%d/%m/%Y} belongs to no shift.",
                    )
                )
            elif swap not in self._swaps_in_force(kept, swap.day)[1]:
                said.append(
                    Said(
                        f"Den Tausch am {swap.day:%d.%m.%Y} hat jemand angeboten, der dann keinen Dienst hat.",
                        f"The swap on {swap.day:%d/%m/%Y} was offered by somebody who is not on duty then.",
                    )
                )
        return tuple(said)

    # How ------------------------------------------------------------------------------------------------------------

    def _swaps_in_force(self, shift: Shift, day: date) -> tuple[str | None, list[Swap]]:
        """Who stands there after swaps, and the swaps that fitted (a swap offered by somebody else is void)."""
        person, fitting = shift.person(day), []
        for swap in self.swaps:
            if swap.shift == shift.id and swap.day == day and swap.offered_by == person:
                fitting.append(swap)
                if swap.taken_by is not None:
                    person = swap.taken_by
        return person, fitting

    def _people(self, shift: Shift, day: date, start: datetime, end: datetime) -> Iterator[Stretch]:
        """The stretch, cut at midnights where somebody's absence begins or ends; equal neighbours joined again."""
        if start >= end:  # a block that lies wholly in the hour jumped over in March
            return
        holder = self._swaps_in_force(shift, day)[0]
        zone = self.calendar.zone
        midnights = {instant(d, time(), zone) for a in self.absences for d in (a.first, a.last + DAY)}
        edges = [start, *sorted(m for m in midnights if start < m < end), end]
        last: Stretch | None = None
        for begin, finish in itertools.pairwise(edges):
            person = self._stand_in(holder, begin, frozenset())
            if person is None:
                reason = Reason.NOBODY
            elif person != holder:
                reason = Reason.SUBSTITUTE
            else:
                reason = Reason.PLANNED if holder == shift.person(day) else Reason.SWAP
            if last is not None and last.person == person:
                last = replace(last, end=finish)
                continue
            if last is not None:
                yield last
            last = Stretch(begin, finish, shift.place, shift.id, day, holder, person, reason)
        if last is not None:
            yield last

    def _stand_in(self, person: str | None, at: datetime, asked: frozenset[str]) -> str | None:
        """The person, or the first substitute who is there (substitutes may be away, too, and stand for each other)."""
        if person is None or person in asked:
            return None
        today = local(at, self.calendar.zone).date()
        away = [a for a in self.absences if a.person == person and a.first <= today <= a.last]
        if not away:
            return person
        found = (self._stand_in(a.substitute, at, asked | {person}) for a in away)
        return next((p for p in found if p is not None), None)

    def _deputy(self, start: datetime, end: datetime) -> str | None:
        """A team that answers for us during all of this time (asked every quarter of an hour and at the end)."""
        teams = self.deputies(start)
        at = start
        while teams and at < end:
            there = self.deputies(at)
            teams = tuple(team for team in teams if team in there)
            at += timedelta(minutes=15)
        last = self.deputies(end - timedelta(seconds=1))
        return next((team for team in teams if team in last), None)


Span = tuple[datetime, datetime]


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def _without(spans: list[Span], covered: list[Span]) -> list[Span]:
    """``spans`` minus ``covered``, both joined."""
    left: list[Span] = []
    for begin, end in spans:
        for from_, to in covered:
            if to <= begin or from_ >= end:
                continue
            if from_ > begin:
                left.append((begin, from_))
            begin = max(begin, to)
        if begin < end:
            left.append((begin, end))
    return left


def _self_overlap(blocks: Week) -> tuple[str, str] | None:
    """Two blocks of one week that run at the same time, if any. Counted on a week without a clock change."""
    monday = date(2024, 1, 1)
    spans = sorted(
        (*block.on(monday + timedelta(days=weekday + shift), "UTC"), str(block))
        for weekday, of_day in blocks.items()
        for block in of_day
        for shift in (0, 7)
    )
    for (_, end, one), (begin, _, other) in itertools.pairwise(spans):
        if begin < end:
            return one, other
    return None
