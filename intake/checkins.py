"""A field visit from its plan to its reason for being over. Pure: ``step(visit, event, now)``.

    planned ──function test confirmed──> armed ──5 min before──> due ──its time──> reminded ──+5──> overdue(level)
       │  not confirmed: `technical`       ^                      │                    │               │  ^
       └───────────────────────────────────┼──── ok, longer ──────┴────────────────────┘      taken over│  │given back
                                           │                                                           v  │
                                           └───── late ok, more check-ins to come ───────────────────  owned
    any ──ok at the end, out, cancel, two colleagues with a reason──> closed(reason)

The row is the timer: ``step_due`` is when the desk must call ``step`` with a ``Tick``; only *closed* has none.
From *overdue* on the chain of people is that of an alert (intake/alerts.py): levels, rounds, acknowledgements, decay.
The visit is told of it (``Alarm``), and until it is closed it asks for the chain again and again (``Raise`` changes
nothing while one runs), so that an alarm that got lost comes back.

**Silent alarm.** With the duress PIN the visit goes on as an alarm at the highest level, and keeps a ``shadow``: itself
as it would be had the own PIN been typed. The visitor is answered from the shadow alone, now and later, and nothing
else is said to that phone; so both answers are the same by construction.

An organisational measure, not a device for lone workers (Personen-Notsignal-Anlage, DGUV Regel 112-139).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from intake.checkin_model import (
    Alarm,
    Answer,
    Ask,
    ClockSetBack,
    Close,
    Effect,
    End,
    Entry,
    Event,
    Extend,
    Log,
    Message,
    Ok,
    Phase,
    Proof,
    Purpose,
    Raise,
    Reason,
    Reply,
    Report,
    StandDown,
    Stepped,
    Technical,
    Tick,
    Timing,
    Unreached,
    Visit,
)

LONGEST = timedelta(hours=12)
LONGEST_EXTENSION = timedelta(hours=3)
SHORTEST_INTERVAL = timedelta(minutes=10)
BEGUN = timedelta(minutes=10)  # a visit planned this long after its begin is one that has just begun
LATE = timedelta(minutes=2)
WATCH = timedelta(minutes=10)  # how often an alarmed visit makes sure that its chain runs
MOST_WRONG = 5
NONE = timedelta(0)


class Refused(Exception):
    """This visit cannot be planned. ``reply``: PAST or TOO_LONG."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.value)
        self.reply = reply


def plan(
    *,
    id: str,
    team: str,
    member: str,
    begins: datetime,
    until: datetime,
    now: datetime,
    timing: Timing,
    companion: str | None = None,
    purpose: Purpose = Purpose.VISIT,
    interval: timedelta | None = None,
) -> Visit:
    """A new visit; aware UTC times. Raises Refused."""
    if until <= now or begins < now - BEGUN:
        raise Refused(Reply.PAST)
    begins = max(begins, now)
    if not NONE < until - begins <= LONGEST:
        raise Refused(Reply.TOO_LONG if until > begins else Reply.PAST)
    if interval is not None:
        interval = max(interval, SHORTEST_INTERVAL)
    due = until if interval is None else min(begins + interval, until)
    test = max(begins - timing.test, now)
    visit = Visit(id, team, member, timing, begins, until, due, test, companion, purpose, interval)
    if purpose is Purpose.DRILL:
        return replace(visit, phase=Phase.ARMED, asked=True, step_due=now)
    return visit


def step(visit: Visit, event: Event, now: datetime) -> Stepped:
    """The next state, and what to do in the world. ``now`` is aware UTC."""
    if isinstance(event, Ok | End | Extend):
        if visit.shadow is not None:
            return _to_shadow(visit, event, now)
        if event.proof is Proof.DURESS:
            return _silent(visit, event, now)
        if event.proof is Proof.WRONG or visit.wrong >= MOST_WRONG:
            return _wrong(visit, now)
    return _TABLE[type(event)][_COLUMN[visit.phase]](visit, event, now)


def _unmoved(visit: Visit, event: Event, now: datetime) -> Stepped:
    return visit, ()


# Time ---------------------------------------------------------------------------------------------------------------


def _tick(visit: Visit, event: Tick, now: datetime) -> Stepped:
    """All that is due, at once: after downtime the latest message says it, not each."""
    was_due = visit.step_due
    asks: list[Ask] = []
    effects: list[Effect] = []
    while visit.step_due is not None and visit.step_due <= now:
        visit, more = _IN_TIME[visit.phase](visit, now)
        asks += [effect for effect in more if isinstance(effect, Ask)]
        effects += [effect for effect in more if not isinstance(effect, Ask)]
    if asks and was_due is not None:
        late = now - was_due
        effects.insert(0, replace(asks[-1], late=late if late > LATE else NONE))
    return visit, tuple(effects)


def _test(visit: Visit, now: datetime) -> Stepped:
    """Before it begins the phone is tried; what stays unanswered is said, and guarded all the same."""
    remind = visit.due - visit.timing.remind
    armed = replace(visit, phase=Phase.ARMED, asked=True, step_due=remind)
    if visit.asked:
        if visit.technical:
            return armed, ()
        return _technical(armed if (visit.step_due or now) >= remind else replace(visit, step_due=remind))
    if remind > now:
        answer_by = min(max(visit.begins, now + visit.timing.answer), remind)
        return replace(visit, asked=True, step_due=answer_by), (Ask(Message.TEST), Log(Entry.TEST_SENT))
    # Too short for a test: the check-in itself is one. Too late: nobody has seen this phone.
    return (armed, ()) if now < visit.due else _technical(armed)


def _technical(visit: Visit) -> Stepped:
    return replace(visit, technical=True), (Technical(), Log(Entry.TECHNICAL))


def _ask(visit: Visit, now: datetime) -> Stepped:
    drill = visit.purpose is Purpose.DRILL
    visit = replace(visit, phase=Phase.DUE, step_due=_after(visit, visit.timing.remind))
    return visit, (Ask(Message.DRILL if drill else Message.SOON),)


def _remind(visit: Visit, now: datetime) -> Stepped:
    visit = replace(visit, phase=Phase.REMINDED, step_due=_after(visit, visit.timing.companion))
    return visit, (Ask(Message.NOW), Log(Entry.ASKED))


def _alarm(visit: Visit, now: datetime) -> Stepped:
    if visit.purpose is Purpose.DRILL:
        return _close(visit, Reason.UNANSWERED, "")
    since = visit.step_due or now
    return _alarmed(visit, now), (Log(Entry.ALARM), Raise(since))


def _alarmed(visit: Visit, now: datetime) -> Visit:
    return replace(visit, phase=Phase.OVERDUE, step_due=now + WATCH)


def _watch(visit: Visit, now: datetime) -> Stepped:
    return replace(visit, step_due=now + WATCH), (Raise(now, visit.duress),)


def _after(visit: Visit, wait: timedelta) -> datetime:
    return (visit.step_due or visit.due) + wait


_IN_TIME: Mapping[Phase, Callable[[Visit, datetime], Stepped]] = {
    Phase.PLANNED: _test,
    Phase.ARMED: _ask,
    Phase.DUE: _remind,
    Phase.REMINDED: _alarm,
    Phase.OVERDUE: _watch,
    Phase.OWNED: _watch,
}


def _set_back(visit: Visit, event: ClockSetBack, now: datetime) -> Stepped:
    """Timers follow the clock, so that nobody waits an hour longer. What was agreed with people stays as it was."""

    def earlier(at: datetime | None) -> datetime | None:
        return None if at is None else at - event.by

    return replace(visit, step_due=earlier(visit.step_due), held_until=earlier(visit.held_until)), ()


# The visiting counsellor --------------------------------------------------------------------------------------------


def _confirm(visit: Visit, event: Ok, now: datetime) -> Stepped:
    """The answer to the function test; without it nothing is armed."""
    visit = replace(visit, phase=Phase.ARMED, asked=True, technical=False, step_due=visit.due - visit.timing.remind)
    return visit, (Answer(Reply.ARMED, visit.due), Log(Entry.TEST_CONFIRMED, visit.member))


def _noted(visit: Visit, event: Ok, now: datetime) -> Stepped:
    """Nothing was asked yet: well and good, and the visit goes on. Ending it early takes its own word."""
    return _older(visit, event) or (visit, (Answer(Reply.NOTED, visit.due),))


def _older(visit: Visit, event: Ok) -> Stepped | None:
    if event.check is not None and event.check < visit.check:
        return visit, (Answer(Reply.OLD_CHECK, visit.due),)
    return None


def _ok(visit: Visit, event: Ok, now: datetime) -> Stepped:
    if older := _older(visit, event):
        return older
    if not visit.final:
        visit = _next_check(visit, visit.due, now)
        return visit, (Answer(Reply.NEXT, visit.due), Log(Entry.CHECKED_IN, visit.member))
    if event.proof is Proof.MISSING and visit.purpose is not Purpose.DRILL:
        return visit, (Answer(Reply.PIN),)
    visit, effects = _close(visit, Reason.SAFE, visit.member)
    return visit, (Answer(Reply.DONE), *effects)


def _next_check(visit: Visit, since: datetime, now: datetime) -> Visit:
    """The check-in after ``since``: on the grid of the interval, and in the future, whatever was missed."""
    due = visit.until
    if visit.interval is not None:
        due = since + visit.interval
        while due <= now:
            due += visit.interval
        due = min(due, visit.until)
    return replace(
        visit,
        phase=Phase.ARMED,
        check=visit.check + 1,
        due=due,
        step_due=due - visit.timing.remind,
        owner=None,
        held_until=None,
        level=-1,
        top=False,
        openers=(),
        technical=False,
        proposed=None,
        proposed_by=None,
    )


def _late_ok(visit: Visit, event: Ok, now: datetime) -> Stepped:
    """After the alarm only the PIN clears, and everybody who was called hears of it."""
    if older := _older(visit, event):
        return older
    if event.proof is Proof.MISSING:
        return visit, (Answer(Reply.PIN),)
    if now < visit.until:  # more check-ins are to come: the alarm ends, the visit does not
        visit = _next_check(visit, visit.due, now)
        effects: tuple[Effect, ...] = (Log(Entry.CHECKED_IN, visit.member),)
        return visit, (Answer(Reply.ALL_CLEAR, visit.due), StandDown(clear=True), *effects)
    visit, effects = _close(visit, Reason.SAFE, visit.member)
    return visit, (Answer(Reply.ALL_CLEAR), StandDown(clear=True), *effects)


def _end(visit: Visit, event: End, now: datetime) -> Stepped:
    if event.proof is Proof.MISSING:
        return visit, (Answer(Reply.PIN),)
    early = now < visit.begins and not visit.alarmed
    cleared: tuple[Effect, ...] = (StandDown(clear=True),) if visit.alarmed else ()
    reply = Reply.CANCELLED if early else Reply.ALL_CLEAR if visit.alarmed else Reply.DONE
    visit, effects = _close(visit, Reason.CANCELLED if early else Reason.SAFE, visit.member)
    return visit, (Answer(reply), *cleared, *effects)


def _extend(visit: Visit, event: Extend, now: datetime) -> Stepped:
    """A sign of life, too: the check-in that is asked for is answered with it."""
    until = visit.until + event.by
    if not NONE < event.by <= LONGEST_EXTENSION or until - visit.begins > LONGEST or until <= now:
        return visit, (Answer(Reply.TOO_LONG, visit.due),)
    asked = visit.phase in (Phase.DUE, Phase.REMINDED)
    moved = asked or visit.final
    visit = replace(visit, until=until)
    if visit.phase is Phase.PLANNED:
        due = visit.until if visit.interval is None else visit.due
        visit = replace(visit, due=due)
        if visit.technical:  # its timer is the reminder before the check-in; otherwise it is the function test
            visit = replace(visit, step_due=due - visit.timing.remind)
    elif moved:
        visit = _next_check(visit, visit.due, now)
    return visit, (Answer(Reply.EXTENDED, visit.due), Log(Entry.EXTENDED, visit.member))


def _too_late_to_extend(visit: Visit, event: Extend, now: datetime) -> Stepped:
    """Others were called already: more time is not the all-clear."""
    return visit, (Answer(Reply.ESCALATED),)


def _over(visit: Visit, event: Ok | End | Extend, now: datetime) -> Stepped:
    return visit, (Answer(Reply.OVER),)


def _wrong(visit: Visit, now: datetime) -> Stepped:
    """Slips happen; whoever goes on guessing is not the owner of this phone. From then on no PIN helps."""
    if visit.phase is Phase.CLOSED:
        return visit, (Answer(Reply.OVER),)
    visit = replace(visit, wrong=min(visit.wrong + 1, MOST_WRONG))
    effects: tuple[Effect, ...] = (Answer(Reply.WRONG_PIN), Log(Entry.WRONG_PIN))
    if visit.wrong < MOST_WRONG or visit.alarmed or visit.purpose is Purpose.DRILL:
        return visit, effects
    return _alarmed(visit, now), (*effects, Log(Entry.ALARM), Raise(now))


def _silent(visit: Visit, event: Ok | End | Extend, now: datetime) -> Stepped:
    shadow, effects = step(visit, replace(event, proof=Proof.OWN), now)
    answers = tuple(effect for effect in effects if isinstance(effect, Answer))
    visit = replace(
        _alarmed(visit, now), shadow=shadow, owner=None, held_until=None, reason=None, proposed=None, proposed_by=None
    )
    return visit, (*answers, Log(Entry.SILENT), Raise(now, silent=True))


def _to_shadow(visit: Visit, event: Ok | End | Extend, now: datetime) -> Stepped:
    """Whoever holds that phone goes on talking to the visit that they believe in."""
    assert visit.shadow is not None  # noqa: S101 - asked by the caller
    if event.proof is Proof.DURESS:
        event = replace(event, proof=Proof.OWN)
    shadow, _ = step(visit.shadow, Tick(), now)
    shadow, effects = step(shadow, event, now)
    return replace(visit, shadow=shadow), tuple(effect for effect in effects if isinstance(effect, Answer))


# Others -------------------------------------------------------------------------------------------------------------


def _unreached(visit: Visit, event: Unreached, now: datetime) -> Stepped:
    return (visit, ()) if visit.technical else _technical(visit)


def _called(visit: Visit, event: Alarm, now: datetime) -> Stepped:
    """The chain has moved. Once the last level was reached, a new round does not take that back."""
    before = (visit.level, visit.owner)
    openers = tuple(dict.fromkeys((*visit.openers, *event.openers))) if event.top else visit.openers
    visit = replace(
        visit,
        phase=Phase.OVERDUE if event.owner is None else Phase.OWNED,
        level=event.level,
        top=visit.top or event.top,
        openers=openers,
        owner=event.owner,
        held_until=event.until,
    )
    if before == (visit.level, visit.owner):
        return visit, ()
    if visit.owner is not None:
        return visit, (Log(Entry.OWNED, visit.owner),)
    return visit, (Log(Entry.LEVEL, detail=str(visit.level)),)


def _close_by_two(visit: Visit, event: Close, now: datetime) -> Stepped:
    """Only the visitor's phone may say that all is well; colleagues say why it is over, and never one alone."""
    if event.by == visit.member:
        return visit, (Answer(Reply.NOT_YOU),)
    if visit.proposed is not event.reason or visit.proposed_by == event.by:
        visit = replace(visit, proposed=event.reason, proposed_by=event.by)
        return visit, (Answer(Reply.SECOND), Log(Entry.PROPOSED, event.by, event.reason.value))
    stood_down: tuple[Effect, ...] = (StandDown(clear=event.reason is Reason.SAFE),) if visit.alarmed else ()
    visit, effects = _close(visit, event.reason, event.by)
    return visit, (Answer(Reply.CLOSED), *stood_down, *effects)


def _close(visit: Visit, reason: Reason, by: str) -> Stepped:
    visit = replace(visit, phase=Phase.CLOSED, reason=reason, step_due=None, owner=None, held_until=None)
    report: tuple[Effect, ...] = (Report(),) if visit.purpose is Purpose.DRILL else ()
    return visit, (Log(Entry.CLOSED, by, reason.value), *report)


Handler = Callable[[Visit, Any, datetime], Stepped]

_COLUMN = {phase: column for column, phase in enumerate(Phase)}
# fmt: off
_TABLE: Mapping[type, tuple[Handler, Handler, Handler, Handler, Handler, Handler, Handler]] = {
    #              planned        armed          due            reminded       overdue               owned                 closed  # noqa: E501
    Tick:         (_tick,         _tick,         _tick,         _tick,         _tick,                _tick,                _unmoved),  # noqa: E501
    Ok:           (_confirm,      _noted,        _ok,           _ok,           _late_ok,             _late_ok,             _over),  # noqa: E501
    End:          (_end,          _end,          _end,          _end,          _end,                 _end,                 _over),  # noqa: E501
    Extend:       (_extend,       _extend,       _extend,       _extend,       _too_late_to_extend,  _too_late_to_extend,  _over),  # noqa: E501
    Unreached:    (_unreached,    _unreached,    _unreached,    _unreached,    _unreached,           _unreached,           _unmoved),  # noqa: E501
    Close:        (_close_by_two, _close_by_two, _close_by_two, _close_by_two, _close_by_two,        _close_by_two,        _over),  # noqa: E501
    Alarm:        (_unmoved,      _unmoved,      _unmoved,      _unmoved,      _called,              _called,              _unmoved),  # noqa: E501
    ClockSetBack: (_set_back,     _set_back,     _set_back,     _set_back,     _set_back,            _set_back,            _unmoved),  # noqa: E501
}
# fmt: on


# Around it ----------------------------------------------------------------------------------------------------------


def dump(visit: Visit) -> bytes:
    """The stored form: one JSON document; the row keeps its index beside it."""
    return msgspec.json.encode(visit)


def load(document: bytes) -> Visit:
    return _DECODER.decode(document)


_DECODER = msgspec.json.Decoder(Visit)
