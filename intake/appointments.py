"""Planned contact with the person, as data and one pure step: ``step(plan, event, now, terms)``.

            interval or a wish         a day before           its time
    resting ─────────────────> planned ────────────> reminded ────────> open ──told, or nobody tells──> the next one
       ^                         │  ^ moved, accepted     │              (kept | missed | untold)       is planned
       └── pause, end, as needed ┘  └──── skipped ────────┘

One plan for each case. The next appointment follows from the agreed contact interval (R52, R53), at the hour of the
last one, in the team's working time and never on its holidays; contact beside the plan is possible at any time (R54).
The team moves it at once; the person proposes another time (``wish``) and may skip it. A person who does not come
alarms nobody, unless that was agreed (``alarm``): the next one is proposed, sooner than usual.

A ``Rhythm`` narrows the plan to weekdays and hours, for as long as visits depend on them (a prison, say; the word
stands in the sealed sheet alone). On ``until`` the plan goes back to the team's working time, with another interval if
that was agreed.

The row is the timer: ``due`` is when the desk must call ``step`` with a ``Tick``. Pure: no clock, no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from intake.cases import Side
from intake.errors import AppointmentRefused
from intake.working_time import DAY, ScheduleError, WorkCalendar, instant, local

AHEAD = timedelta(days=400)  # nobody plans further
REMIND = timedelta(days=1)
SOON = timedelta(hours=1)  # the reminder of what was planned at less than a day's notice
UNTOLD = timedelta(days=3)
GENTLE = 3  # days after which somebody who did not come is offered the next one, if the interval is not shorter
SEARCH = 60  # days that are looked through for a time
LADDER = (3, 7, 14, 21, 28, 42, 56, 84)  # days; one step is "more often" or "less often"
CHOICES = 12
MINUTES = 45


class Phase(StrEnum):
    """Stored and sent as these words."""

    RESTING = "resting"
    PLANNED = "planned"
    REMINDED = "reminded"
    OPEN = "open"  # its time has come; somebody says how it went


class End(StrEnum):
    """What became of an appointment."""

    KEPT = "kept"
    MISSED = "missed"
    SKIPPED = "skipped"
    UNTOLD = "untold"


class Entry(StrEnum):
    """A line of the history."""

    PLANNED = "planned"
    MOVED = "moved"
    WISHED = "wished"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ARRANGED = "arranged"
    SWITCHED = "switched"
    KEPT = "kept"
    MISSED = "missed"
    SKIPPED = "skipped"
    UNTOLD = "untold"


class News(StrEnum):
    """What the companions' service phones are told; nothing of whom or what."""

    REMINDER = "reminder"
    CHANGED = "changed"  # the person has changed or wished something
    MISSED = "missed"  # only where it was agreed
    SWITCHED = "switched"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When visits are possible at all: ``days`` 0 (Monday) to 6, wall-clock hours; before ``until`` (None: for good).

    ``then``: contact interval from that day on, None: as it is.
    """

    days: tuple[int, ...]
    start: time
    end: time
    until: date | None = None
    then: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """``number`` counts appointments: who answers an older one changes nothing. ``remind``: when the companions are
    reminded. ``later``: one that stands behind an extra one. ``missed``: how often in a row."""

    phase: Phase = Phase.RESTING
    at: datetime | None = None
    due: datetime | None = None
    remind: datetime | None = None
    number: int = 0
    minutes: int = MINUTES
    wish: datetime | None = None
    later: datetime | None = None
    rhythm: Rhythm | None = None
    alarm: bool = False
    last: datetime | None = None
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What the plan follows: ``interval`` in days (None: as needed), whether the case runs, when the team works."""

    interval: int | None
    running: bool
    calendar: WorkCalendar


# Events -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    pass


@dataclass(frozen=True, slots=True)
class Changed:
    """The case has changed: a pause, an end, companions; or its interval (``paced``)."""

    paced: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """The team sets an appointment: the next one, or one beside the plan."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """The team moves it; the person proposes another time."""

    at: datetime
    by: Side
    number: int


@dataclass(frozen=True, slots=True)
class Decide:
    """The team says yes or no to the time that the person proposes."""

    agree: bool
    number: int


@dataclass(frozen=True, slots=True)
class Skip:
    by: Side
    number: int


@dataclass(frozen=True, slots=True)
class Told:
    """How it went: kept or missed."""

    end: End
    number: int


@dataclass(frozen=True, slots=True)
class Arrange:
    """How long one takes, on which days it is possible at all, and whether silence is told to the companions."""

    minutes: int
    alarm: bool
    rhythm: Rhythm | None


Event = Tick | Changed | Put | Move | Decide | Skip | Told | Arrange


@dataclass(frozen=True, slots=True)
class Log:
    """``own``: the plan did it by itself."""

    entry: Entry
    detail: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    news: News


@dataclass(frozen=True, slots=True)
class Pace:
    """The interval that was agreed for the time after the switch."""

    days: int


Effect = Log | Tell | Pace
Stepped = tuple[Plan, tuple[Effect, ...]]

_STANDING = frozenset({Phase.PLANNED, Phase.REMINDED})
STATES: dict[type, frozenset[Phase]] = {
    Tick: frozenset(Phase),
    Changed: frozenset(Phase),
    Put: frozenset(Phase),
    Move: _STANDING,
    Decide: _STANDING,
    Skip: _STANDING,
    Told: frozenset({Phase.REMINDED, Phase.OPEN}),
    Arrange: frozenset(Phase),
}
"""In which phases an event may happen."""


def step(plan: Plan, event: Event, now: datetime, terms: Terms) -> Stepped:
    """The next plan, and what to do in the world; ``now`` is aware UTC.

    Raises AppointmentRefused (``why``: state, older, past, far, closed, rhythm, minutes).
    """
    plan, terms, effects = _switched(plan, now, terms)
    if plan.phase not in STATES[type(event)]:
        raise AppointmentRefused(why="state")
    if isinstance(event, Move | Decide | Skip | Told) and event.number != plan.number:
        raise AppointmentRefused(why="older")
    plan, more = _happened(plan, event, now, terms)
    if not terms.running:
        plan, stopped = _stopped(plan)
        more += stopped
    elif plan.phase is Phase.RESTING and terms.interval is not None:
        plan, planned = _next(plan, now, terms)
        more += planned
    return replace(plan, due=_due(plan, now, terms)), effects + more


def _happened(plan: Plan, event: Event, now: datetime, terms: Terms) -> Stepped:
    match event:
        case Tick():
            return _time(plan, now)
        case Changed(paced):
            return (_anew(plan, terms) if paced else plan), ()
        case Put(at):
            _check(at, plan, now, terms, by=Side.TEAM)
            return _put(plan, at, now)
        case Move(at, Side.TEAM):
            _check(at, plan, now, terms, by=Side.TEAM)
            return _stand(plan, at, now), (Log(Entry.MOVED, _said(at)),)
        case Move(at):
            _check(at, plan, now, terms, by=Side.PERSON)
            return replace(plan, wish=at), (Log(Entry.WISHED, _said(at)), Tell(News.CHANGED))
        case Decide(agree):
            return _decided(plan, now, agree=agree)
        case Skip(by):
            told = (Tell(News.CHANGED),) if by is Side.PERSON else ()
            return _ended(plan, End.SKIPPED, told)
        case Told(end):
            return _told(plan, end, now)
        case _:  # Arrange
            return _arranged(plan, event, terms)


# Time ---------------------------------------------------------------------------------------------------------------


def _time(plan: Plan, now: datetime) -> Stepped:
    """All that is due, at once: after downtime nobody is reminded of what is over."""
    if plan.at is None:
        return plan, ()
    if now >= plan.at + UNTOLD:
        return _ended(plan, End.UNTOLD)
    if plan.phase in _STANDING and now >= plan.at + timedelta(minutes=plan.minutes):
        return replace(plan, phase=Phase.OPEN, wish=None), ()
    if plan.phase is Phase.PLANNED and plan.remind is not None and plan.remind <= now:
        told = (Tell(News.REMINDER),) if now < plan.at else ()
        return replace(plan, phase=Phase.REMINDED), told
    return plan, ()


def _due(plan: Plan, now: datetime, terms: Terms) -> datetime | None:
    """When time alone changes something; None only where nothing is agreed that it could change."""
    times = []
    if terms.running and plan.rhythm is not None and plan.rhythm.until is not None:
        times.append(instant(plan.rhythm.until, time(0), terms.calendar.zone))
    if plan.at is not None:
        over = plan.at + timedelta(minutes=plan.minutes)
        by_phase = {Phase.PLANNED: plan.remind or over, Phase.REMINDED: over}
        times.append(by_phase.get(plan.phase, plan.at + UNTOLD))
    elif terms.running and terms.interval is not None:
        times.append(now + DAY)  # no time was found: it is looked for again
    return min(times, default=None)


def _switched(plan: Plan, now: datetime, terms: Terms) -> tuple[Plan, Terms, tuple[Effect, ...]]:
    """The rhythm is over: what was planned by it is planned anew."""
    rhythm = plan.rhythm
    if rhythm is None or rhythm.until is None or local(now, terms.calendar.zone).date() < rhythm.until:
        return plan, terms, ()
    effects: tuple[Effect, ...] = (Log(Entry.SWITCHED, own=True), Tell(News.SWITCHED))
    plan = replace(plan, rhythm=None)
    if rhythm.then is not None:
        terms = replace(terms, interval=rhythm.then)
        effects += (Pace(rhythm.then),)
        plan = _anew(plan, terms)
    return plan, terms, effects


# The two sides ------------------------------------------------------------------------------------------------------


def _put(plan: Plan, at: datetime, now: datetime) -> Stepped:
    if at in (plan.at, plan.later):  # sent twice
        return plan, ()
    said = (Log(Entry.PLANNED, _said(at)),)
    if plan.phase is Phase.OPEN:  # how the last one went is still to be told; the new one stands behind it
        return replace(plan, later=at if plan.later is None else min(at, plan.later)), said
    later = plan.later
    if plan.at is not None:
        behind = max(at, plan.at)
        later = behind if later is None else min(behind, later)
        if at > plan.at:
            return replace(plan, later=later), said
    return _stand(replace(plan, number=plan.number + 1, later=later), at, now), said


def _decided(plan: Plan, now: datetime, *, agree: bool) -> Stepped:
    if plan.wish is None:
        raise AppointmentRefused(why="state")
    if agree and plan.wish <= now:
        raise AppointmentRefused(why="past")
    if agree:
        return _stand(plan, plan.wish, now), (Log(Entry.ACCEPTED, _said(plan.wish)),)
    return replace(plan, wish=None), (Log(Entry.DECLINED, _said(plan.wish)),)


def _told(plan: Plan, end: End, now: datetime) -> Stepped:
    if plan.at is None or now < plan.at:
        raise AppointmentRefused(why="state")
    if end is End.MISSED:
        told = (Tell(News.MISSED),) if plan.alarm else ()
        plan, effects = _ended(plan, End.MISSED, told)
        return replace(plan, missed=plan.missed + 1), effects
    plan, effects = _ended(plan, End.KEPT)
    return replace(plan, missed=0), effects


def _arranged(plan: Plan, event: Arrange, terms: Terms) -> Stepped:
    if not 10 <= event.minutes <= 240:
        raise AppointmentRefused(why="minutes")
    if event.rhythm is not None and (not event.rhythm.days or event.rhythm.start >= event.rhythm.end):
        raise AppointmentRefused(why="rhythm")
    other = event.rhythm != plan.rhythm
    plan = replace(plan, minutes=event.minutes, alarm=event.alarm, rhythm=event.rhythm)
    return (_anew(plan, terms) if other else plan), (Log(Entry.ARRANGED),)


def _check(at: datetime, plan: Plan, now: datetime, terms: Terms, *, by: Side) -> None:
    if not terms.running:
        raise AppointmentRefused(why="state")
    if at <= now:
        raise AppointmentRefused(why="past")
    if at > now + AHEAD:
        raise AppointmentRefused(why="far")
    # The team may meet somebody in the evening; what a person proposes is looked for in its working time.
    if by is Side.PERSON and not _fits(at, plan, terms):
        raise AppointmentRefused(why="closed")


def _stand(plan: Plan, at: datetime, now: datetime) -> Plan:
    remind = next((when for when in (at - REMIND, at - SOON) if when > now), None)
    phase = Phase.REMINDED if remind is None else Phase.PLANNED
    return replace(plan, phase=phase, at=at, remind=remind, wish=None)


def _rest(plan: Plan) -> Plan:
    """Nothing is planned; one that stood behind is kept."""
    return replace(plan, phase=Phase.RESTING, at=None, remind=None, wish=None)


def _anew(plan: Plan, terms: Terms) -> Plan:
    """Another interval or other days: what was planned by the old ones is planned anew. As needed: it stands."""
    follows = terms.running and terms.interval is not None
    return _rest(plan) if follows and plan.phase in _STANDING else plan


def _stopped(plan: Plan) -> Stepped:
    """The case rests or is over: nothing is planned any more."""
    if plan.at is None:
        return replace(plan, later=None), ()
    end = End.UNTOLD if plan.phase is Phase.OPEN else End.SKIPPED
    plan, effects = _ended(plan, end)
    return replace(plan, later=None), effects


def _ended(plan: Plan, end: End, told: tuple[Effect, ...] = ()) -> Stepped:
    assert plan.at is not None  # noqa: S101 - in every phase but resting
    said: tuple[Effect, ...] = (Log(Entry(end.value), _said(plan.at), own=end is End.UNTOLD),)
    return _rest(replace(plan, last=plan.at)), said + told


# Times --------------------------------------------------------------------------------------------------------------


def _next(plan: Plan, now: datetime, terms: Terms) -> Stepped:
    """The next appointment: one that stood behind, or by the interval, at the hour of the last one."""
    if plan.later is not None and plan.later > now:
        at: datetime | None = plan.later
    else:
        days = terms.interval or 1
        if plan.missed:
            days = min(days, GENTLE)
        last = plan.last or now
        at = _first(max(last + days * DAY, now + REMIND), last, plan, terms)
    plan = replace(plan, later=None)
    if at is None:
        return plan, ()
    return _stand(replace(plan, number=plan.number + 1), at, now), (Log(Entry.PLANNED, _said(at), own=True),)


def _first(at: datetime, hour_of: datetime, plan: Plan, terms: Terms) -> datetime | None:
    zone = terms.calendar.zone
    usual = _quarter(hour_of, zone)
    day = local(at, zone).date()
    for _ in range(SEARCH):
        found = _on(day, usual, plan, terms)
        if found is not None:
            return found
        day += DAY
    return None


def _on(day: date, usual: time, plan: Plan, terms: Terms) -> datetime | None:
    """On this day at the usual hour, or at the next full begin of the day's time; None: not on this day."""
    wished = instant(day, usual, terms.calendar.zone)
    if _fits(wished, plan, terms):
        return wished
    return next((at for at in _begins(day, plan, terms) if _fits(at, plan, terms)), None)


def _quarter(at: datetime, zone: str) -> time:
    here = local(at, zone).time()
    return time(here.hour, here.minute - here.minute % 15)


def _begins(day: date, plan: Plan, terms: Terms) -> list[datetime]:
    zone = terms.calendar.zone
    starts = [block.start for block in terms.calendar.week.get(day.weekday(), ())]
    if plan.rhythm is not None:
        starts.append(plan.rhythm.start)
    return sorted(instant(day, start, zone) for start in starts)


def _fits(at: datetime, plan: Plan, terms: Terms) -> bool:
    """Wholly inside the team's working time, and on days and hours of the rhythm."""
    calendar = terms.calendar
    end = at + timedelta(minutes=plan.minutes)
    here, till = local(at, calendar.zone), local(end, calendar.zone)
    rhythm = plan.rhythm
    if rhythm is not None and (
        here.weekday() not in rhythm.days
        or here.time() < rhythm.start
        or (till.date(), till.time()) > (here.date(), rhythm.end)
    ):
        return False
    try:
        start, closes = next(calendar.spans(at))
    except ScheduleError:  # a team without a single working day
        return False
    return start == at and end <= closes


def choices(plan: Plan, now: datetime, terms: Terms, most: int = CHOICES) -> tuple[datetime, ...]:
    """Times that the person may propose, from the day after tomorrow on: each day's first hour, and the usual one."""
    zone = terms.calendar.zone
    usual = _quarter(plan.at or now, zone)
    day, found = local(now, zone).date() + 2 * DAY, list[datetime]()
    for _ in range(SEARCH):
        times = {*_begins(day, plan, terms), instant(day, usual, zone)}
        found += [at for at in sorted(times) if at != plan.at and at > now and _fits(at, plan, terms)]
        if len(found) >= most:
            break
        day += DAY
    return tuple(found[:most])


def coming(plan: Plan, terms: Terms, most: int = 3) -> tuple[datetime, ...]:
    """The next appointments as they would follow; only the first is fixed."""
    if plan.at is None or not terms.running:
        return ()
    found = [plan.at]
    if plan.later is not None:
        found.append(plan.later)
    while terms.interval is not None and len(found) < most:
        last = found[-1]
        after = _first(last + terms.interval * DAY, last, plan, terms)
        if after is None:
            break
        found.append(after)
    return tuple(found[:most])


def paced(interval: int | None, *, more: bool) -> int | None:
    """One step more or less often. After "as needed" (None) comes the longest step."""
    if interval is None:
        return LADDER[-1] if more else None
    steps = [days for days in LADDER if (days < interval if more else days > interval)]
    if not steps:
        return interval
    return steps[-1] if more else steps[0]


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}"


# Around it ----------------------------------------------------------------------------------------------------------


def dump(plan: Plan) -> str:
    """The stored form: one JSON document; the row keeps its index beside it."""
    return msgspec.json.encode(plan).decode()


def load(document: str) -> Plan:
    """Raises msgspec.DecodeError for what we did not write."""
    return _DECODER.decode(document)


_DECODER = msgspec.json.Decoder(Plan)
