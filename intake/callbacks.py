"""The life of a callback, as data and one pure step; and the times in which it may happen.

              its time        somebody dials            reached
 requested ------------> due ---------------> attempting ------> reached
     ^  ^                 |                       |
     |  +-- time is over -+                       +--> not_reached   third attempt, or no time left, or a wrong number
     +------- another attempt, spaced, in a window +
     (no time left without an attempt: expired; by the person, or "do not call again": withdrawn)

Windows are wall-clock times of the person with their zone, cut with the hours, holidays and closure days of the team
that calls. At most three attempts, each begun inside a window. The number lives 24 hours after somebody was reached,
and never longer than 14 days after the last window; it goes at once when it is withdrawn or a stranger's.

Pure: no clock, no I/O (requirement: architecture.md, "State tables"). Instants are aware UTC.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from intake.errors import AlreadyCalling, NoTimeToCall, NotInThisState, NotNow
from intake.working_time import BERLIN, ScheduleError, WorkCalendar, instant, local

MOST_WINDOWS = 3
MOST_ATTEMPTS = 3
SPACING = timedelta(minutes=20)  # between the end of an attempt and the next
LEAST = timedelta(minutes=10)  # a piece of time shorter than this is no time to call
LONGEST = timedelta(hours=12)
AHEAD = timedelta(days=28)
UNTOLD_AFTER = timedelta(hours=2)  # whoever dialled and never said how it went
KEPT_REACHED = timedelta(hours=24)
KEPT_AFTER_LAST = timedelta(days=14)
SLOT = timedelta(hours=2)
LEAD = timedelta(minutes=30)  # a slot that we offer does not begin sooner
QUARTER = timedelta(minutes=15)


class State(StrEnum):
    """Stored and sent as these words."""

    REQUESTED = "requested"
    DUE = "due"
    ATTEMPTING = "attempting"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


OPEN = frozenset({State.REQUESTED, State.DUE, State.ATTEMPTING})


class Event(StrEnum):
    """What can happen to a callback."""

    TIME = "time"
    DIAL = "dial"
    OUTCOME = "outcome"
    WITHDRAW = "withdraw"  # the person
    AGREE = "agree"  # the person: other windows, another number, other rules


class Outcome(StrEnum):
    """How an attempt ended."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    SOMEBODY_ELSE = "somebody_else"
    WRONG_NUMBER = "wrong_number"
    NEVER_AGAIN = "never_again"
    UNTOLD = "untold"


class Effect(StrEnum):
    """What a step asks of the world outside, in the same transaction."""

    ALERT = "alert"
    CALM = "calm"
    ERASE_NUMBER = "erase_number"


@dataclass(frozen=True, slots=True)
class Wish:
    """A window as the person says it: a local day, from and to on the wall clock of ``zone``."""

    day: date
    start: time
    end: time
    zone: str = BERLIN

    def span(self) -> Window:
        """Its two instants. What the clock jumps over is the moment of the jump; what comes twice, its first time."""
        return Window(instant(self.day, self.start, self.zone), instant(self.day, self.end, self.zone))


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A time in which we may call: from ``start`` until before ``end``."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Callback:
    """What the table decides about; never a number or a word of the agreement.

    ``not_before``: earliest next attempt. ``by``, ``since``: who is calling now. ``number_until``: when number and
    rules are erased, None once they are.
    """

    state: State
    windows: tuple[Window, ...]
    number_until: datetime | None
    attempts: int = 0
    not_before: datetime | None = None
    by: str | None = None
    since: datetime | None = None
    last: Outcome | None = None

    @property
    def due(self) -> datetime | None:
        """The row's timer; None when nothing can happen by itself any more."""
        times = [self.number_until, self._next()]
        return min((at for at in times if at is not None), default=None)

    def _next(self) -> datetime | None:
        if self.state is State.ATTEMPTING and self.since is not None:
            return self.since + UNTOLD_AFTER
        if self.state is State.DUE or self.state is State.REQUESTED:
            coming = self.coming(self.not_before or self.windows[0].start) or self.windows[-1]
            return coming.start if self.state is State.REQUESTED else coming.end
        return None

    def coming(self, at: datetime) -> Window | None:
        """The window that is open at ``at``, or the next; what is left of it, if that is enough for a call."""
        for window in self.windows:
            start = max(window.start, at, self.not_before or at)
            if window.end - start >= min(LEAST, window.end - window.start):
                return Window(start, window.end)
        return None

    def may_dial(self, now: datetime) -> bool:
        """Inside a window, and not too soon after the last attempt."""
        early = self.not_before is not None and now < self.not_before
        return not early and any(window.start <= now < window.end for window in self.windows)


Stepped = tuple[Callback, frozenset[Effect]]
_NOTHING: frozenset[Effect] = frozenset()


def agreed(windows: Sequence[Window]) -> Callback:
    """A new callback for windows that were cut already (``cut``)."""
    return Callback(State.REQUESTED, tuple(windows), windows[-1].end + KEPT_AFTER_LAST)


def step(
    callback: Callback,
    event: Event,
    now: datetime,
    *,
    by: str | None = None,
    outcome: Outcome | None = None,
    windows: Sequence[Window] = (),
) -> Stepped:
    """One step. ``by``: member id of who dials or tells; ``windows``: of a new agreement, cut already.

    Raises NotInThisState where the table has no arrow, NotNow outside the windows, AlreadyCalling when a colleague is
    calling.
    """
    match event:
        case Event.TIME:
            return _time(callback, now)
        case Event.DIAL:
            return _dial(callback, by, now)
        case Event.OUTCOME:
            return _outcome(callback, by, outcome or Outcome.UNTOLD, now)
        case Event.WITHDRAW:
            state = State.WITHDRAWN if callback.state in OPEN else callback.state
            ended = _gone(replace(callback, state=state, by=None, since=None))
            return ended, frozenset({Effect.CALM, Effect.ERASE_NUMBER})
        case _:  # Event.AGREE
            if callback.state is State.ATTEMPTING:
                raise NotInThisState(state=callback.state.value)
            return agreed(windows), frozenset({Effect.CALM})


def _time(callback: Callback, now: datetime) -> Stepped:
    if callback.state is State.ATTEMPTING:
        if callback.since is not None and now < callback.since + UNTOLD_AFTER:
            return callback, _NOTHING
        return _again(callback, Outcome.UNTOLD, now, now)
    if callback.state not in OPEN:
        if callback.number_until is None or now < callback.number_until:
            return callback, _NOTHING
        return _gone(callback), frozenset({Effect.ERASE_NUMBER})
    calm = frozenset({Effect.CALM}) if callback.state is State.DUE else _NOTHING
    window = callback.coming(now)
    if window is None:
        return _over(callback, now, calm)
    if window.start > now:
        return replace(callback, state=State.REQUESTED, not_before=window.start), calm
    if callback.state is State.DUE and callback.due is not None and now < callback.due:
        return callback, _NOTHING
    # Also a due one whose time went by while nobody ticked, until the next began: that is a new alarm.
    return replace(callback, state=State.DUE, not_before=window.start), calm | {Effect.ALERT}


def _dial(callback: Callback, by: str | None, now: datetime) -> Stepped:
    if callback.state is State.ATTEMPTING:
        if callback.by != by:
            raise AlreadyCalling(by=callback.by)
        return callback, _NOTHING  # a second tap of the same thumb is the same call
    if callback.state not in OPEN:
        raise NotInThisState(state=callback.state.value)
    if not callback.may_dial(now):
        raise NotNow
    calling = replace(
        callback, state=State.ATTEMPTING, attempts=callback.attempts + 1, by=by, since=now, not_before=None, last=None
    )
    return calling, _NOTHING


def _outcome(callback: Callback, by: str | None, outcome: Outcome, now: datetime) -> Stepped:
    if callback.state is not State.ATTEMPTING:
        raise NotInThisState(state=callback.state.value)
    if callback.by != by:
        raise AlreadyCalling(by=callback.by)
    over = replace(callback, by=None, since=None, last=outcome)
    match outcome:
        case Outcome.REACHED:
            until = min(now + KEPT_REACHED, callback.windows[-1].end + KEPT_AFTER_LAST)
            return replace(over, state=State.REACHED, number_until=until), frozenset({Effect.CALM})
        case Outcome.WRONG_NUMBER:  # it is a stranger's: not kept a minute longer
            return _gone(replace(over, state=State.NOT_REACHED)), frozenset({Effect.CALM, Effect.ERASE_NUMBER})
        case Outcome.NEVER_AGAIN:
            return _gone(replace(over, state=State.WITHDRAWN)), frozenset({Effect.CALM, Effect.ERASE_NUMBER})
        case Outcome.SOMEBODY_ELSE:  # whoever is standing beside the phone should not hear it ring again soon
            ends = next((window.end for window in callback.windows if window.end > now), now)
            return _again(callback, outcome, max(ends, now + SPACING), now)
        case _:
            return _again(callback, outcome, now + SPACING, now)


def _again(callback: Callback, outcome: Outcome, not_before: datetime, now: datetime) -> Stepped:
    """After an attempt that did not reach the person: the next one, if there may be one."""
    calm = frozenset({Effect.CALM})
    left = replace(callback, by=None, since=None, last=outcome, not_before=not_before, state=State.REQUESTED)
    if left.attempts >= MOST_ATTEMPTS or left.coming(now) is None:
        return _over(left, now, calm)
    return left, calm


def _over(callback: Callback, now: datetime, effects: frozenset[Effect]) -> Stepped:
    state = State.NOT_REACHED if callback.attempts else State.EXPIRED
    ended = replace(callback, state=state)
    if ended.number_until is not None and now >= ended.number_until:  # nobody looked for two weeks
        return _gone(ended), effects | {Effect.ERASE_NUMBER}
    return ended, effects


def _gone(callback: Callback) -> Callback:
    return replace(callback, number_until=None)


# Times --------------------------------------------------------------------------------------------------------------


def cut(wishes: Sequence[Wish], calendar: WorkCalendar, now: datetime) -> tuple[Window, ...]:
    """The times in which this team may call, in order, not touching. Raises NoTimeToCall with what is possible next."""
    pieces: list[Window] = []
    for wish in wishes:
        window = wish.span()
        if window.end - window.start > LONGEST or window.end > now + AHEAD:
            continue
        window = Window(max(window.start, now), window.end)
        pieces += _working(window, calendar)
    joined: list[Window] = []
    for piece in sorted(pieces):
        if joined and piece.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, piece.end))
        else:
            joined.append(piece)
    if not joined:
        raise NoTimeToCall(slots=[said(slot, calendar.zone) for slot in slots(calendar, now)])
    return tuple(joined)


def _working(window: Window, calendar: WorkCalendar) -> list[Window]:
    found: list[Window] = []
    try:
        for begin, end in itertools.takewhile(lambda span: span[0] < window.end, calendar.spans(window.start)):
            piece = Window(max(begin, window.start), min(end, window.end))
            if piece.end - piece.start >= LEAST:
                found.append(piece)
    except ScheduleError:  # a team without a single working day calls nobody
        return []
    return found


def slots(calendar: WorkCalendar, now: datetime, most: int = 3) -> tuple[Window, ...]:
    """The next possible times: pieces of at most two hours, beginning at a quarter of an hour."""
    found: list[Window] = []
    for span in openings(calendar, now + LEAD):
        start = _quarter(span.start)
        while len(found) < most and span.end - start >= 2 * QUARTER:
            found.append(Window(start, min(start + SLOT, span.end)))
            start += SLOT
    return tuple(found)


def openings(calendar: WorkCalendar, now: datetime, days: timedelta = timedelta(days=14)) -> tuple[Window, ...]:
    """When the team can call in the coming days."""
    return tuple(_working(Window(now, now + days), calendar))


def _quarter(at: datetime) -> datetime:
    seconds = int(at.timestamp())
    return at + timedelta(seconds=-seconds % int(QUARTER.total_seconds()), microseconds=-at.microsecond)


def wish_of(window: Window, zone: str = BERLIN) -> Wish:
    """A piece of time as somebody would wish for it."""
    start, end = local(window.start, zone), local(window.end, zone)
    return Wish(start.date(), start.time(), end.time(), zone)


def said(window: Window, zone: str = BERLIN) -> dict[str, str]:
    """A window on the wall clock: {"day": "2026-11-24", "from": "10:00", "to": "11:00"}."""
    start, end = local(window.start, zone), local(window.end, zone)
    to = "24:00" if end.date() > start.date() else f"{end:%H:%M}"
    return {"day": start.date().isoformat(), "from": f"{start:%H:%M}", "to": to}


# Around it ----------------------------------------------------------------------------------------------------------


def dump(callback: Callback) -> str:
    """The stored form: one JSON document; the row keeps ``state`` and ``due`` beside it."""
    return msgspec.json.encode(callback).decode()


def load(document: str) -> Callback:
    """Raises msgspec.DecodeError for what we did not write."""
    return _DECODER.decode(document)


_DECODER = msgspec.json.Decoder(Callback)
