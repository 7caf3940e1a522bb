"""An alert from the moment it is raised until somebody has dealt with it. Pure: ``step(alert, event, now)``.

    pending ──tick──> sent(level) ──tick, failure──> sent(level + 1) … ──> exhausted ──tick──> loud again, everywhere
                        │    ^                                                │
                   acknowledge │ lapse, release, lost phone (next round)      │ acknowledge
                        v    │                                                v
                      acknowledged(owner, until) <────────────────────────────┘
    any ──resolve──> resolved

The row is the timer: ``alert.due`` is when the desk must call ``step`` with a ``Tick``; every phase but *resolved* has
one, so nothing strands. An alert holds its policy, so a change of the plan does not reach into a running chain, while
the *people* are looked up afresh for every event (``Reach``): who comes on duty in the middle is told, too.

A **round** is one run through the chain. It ends when an acknowledgement lapses (after a reminder), is given back, or
its phone is lost; the next begins at the first step, with a new reference. An answer to an old round is refused with
an explanation, since its writer may believe to have taken over what is sounding elsewhere again.

The desk turns effects into outbox rows in the transaction that stores the alert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from intake.alert_model import (
    Acknowledge,
    Alert,
    Answer,
    Claim,
    ClockSetBack,
    Coordination,
    Decline,
    Effect,
    Event,
    Failed,
    Lost,
    Loud,
    Message,
    News,
    Notify,
    Outcome,
    Phase,
    Postpone,
    Reach,
    Release,
    Repair,
    Reply,
    Resolve,
    Stepped,
    Tell,
    Tick,
    Trouble,
)
from intake.alert_policy import CLAIMING, NONE, OPTIONAL, STANDING, VISITS, Kind, Policy, Target

LATE = timedelta(minutes=5)


def raise_alert(*, id: str, team: str, subject: str, kind: Kind, policy: Policy, now: datetime, salt: str) -> Alert:
    """A new alert. When it is due already the desk ticks it in the same transaction."""
    return Alert(id, team, subject, kind, policy, now, policy.first_due(team, now, salt))


def step(alert: Alert, event: Event, now: datetime) -> Stepped:
    """The next state, and what to do in the world. ``now`` is aware UTC."""
    return _TABLE[type(event)][_COLUMN[alert.phase]](alert, event, now)


def _unmoved(alert: Alert, event: Event, now: datetime) -> Stepped:
    return alert, ()


def _early(alert: Alert, now: datetime) -> bool:
    return alert.due is not None and now < alert.due


def _late(alert: Alert, now: datetime) -> timedelta:
    late = now - alert.due if alert.due is not None else NONE
    return late if late > LATE else NONE


def _telling(alert: Alert, people: Iterable[str]) -> Alert:
    people = tuple(people)
    return replace(
        alert,
        told=tuple(dict.fromkeys((*alert.told, *people))),
        told_ever=tuple(dict.fromkeys((*alert.told_ever, *people))),
    )


def _others(people: Iterable[str | None], than: str | None) -> tuple[str, ...]:
    return tuple(p for p in people if p is not None and p != than)


def _message(alert: Alert, target: Target) -> Message:
    if alert.kind is Kind.TEST:
        return Message.TEST if target is Target.OWNER else Message.TEST_MISSED
    return _SAID_OF.get(alert.kind, Message.NEW)


_SAID_OF = {Kind.MISSED_CHECK_IN: Message.MISSED, Kind.SILENT_ALARM: Message.SILENT}


# The chain


def _advance(alert: Alert, reach: Reach, now: datetime, late: timedelta = NONE) -> Stepped:
    """Take the next step that reaches somebody to be hoped for; at the end of the chain, exhaustion."""
    quiet_until = alert.policy.calm(now)
    if quiet_until > now:
        return replace(alert, step_due=quiet_until, recheck=None), ()
    effects: list[Effect] = []
    start = now
    if alert.level + 1 < alert.policy.punctual and alert.step_due is not None:
        start = min(now, alert.step_due)
    for level in range(alert.level + 1, len(alert.policy.steps)):
        if level >= alert.policy.punctual:
            start = now
        target, wait = alert.policy.steps[level].target, alert.policy.steps[level].wait
        people = reach.of(target)
        alert = replace(alert, level=level)
        if not people:
            effects.extend(_nobody(target))
        if set(people) <= set(alert.told):  # nobody new: no reason to wait again
            continue
        effects.append(Notify(people, _message(alert, target), alert.round, level, late))
        hoped_for = tuple(p for p in people if p not in alert.told and p not in alert.lapsed)
        alert = _telling(alert, people)
        if hoped_for and wait:
            due = alert.policy.after(start, wait)
            if due <= now:  # we are late: those after them are told in the same moment
                start = due
                continue
            alert = replace(alert, phase=Phase.SENT, waiting_for=hoped_for, paused_by=None, step_due=due)
            return replace(alert, recheck=_handover(reach, now)), tuple(effects)
    alert, more = _exhaust(alert, reach, now, late)
    return alert, (*effects, *more)


def _handover(reach: Reach, now: datetime) -> datetime | None:
    return reach.changes if reach.changes is not None and reach.changes > now else None


def _nobody(target: Target) -> tuple[Effect, ...]:
    if target in OPTIONAL:
        return ()
    if target is Target.COORDINATION:
        return (Loud(Trouble.NOBODY),)
    return (Coordination(Trouble.NOBODY, target),)


def _exhaust(alert: Alert, reach: Reach, now: datetime, late: timedelta) -> Stepped:
    """Nobody is left. A test alarm ends here with a report; everything else sounds everywhere until somebody reacts."""
    repeat = alert.policy.repeat
    alert = replace(alert, recheck=None, paused_by=None)
    if repeat is None:
        over = replace(alert, phase=Phase.RESOLVED, outcome=Outcome.UNCONFIRMED, step_due=None)
        return over, (Coordination(Trouble.TEST_MISSED),)
    everyone = reach.everyone()
    alert = replace(_telling(alert, everyone), phase=Phase.EXHAUSTED, step_due=alert.policy.calm(now + repeat))
    loud: tuple[Effect, ...] = (Loud(Trouble.EXHAUSTED), Coordination(Trouble.EXHAUSTED))
    if everyone:
        loud = (*loud, Notify(everyone, Message.LOUD, alert.round, alert.level, late))
    return alert, loud


def _next_round(
    alert: Alert, reach: Reach, now: datetime, late: timedelta = NONE, told: tuple[str, ...] = ()
) -> Stepped:
    """The chain begins again; whoever let it lapse is told once more but no longer waited for."""
    alert = replace(
        alert,
        phase=Phase.SENT,
        round=alert.round + 1,
        level=-1,
        told=told,
        waiting_for=(),
        failed=(),
        lapsed=tuple(dict.fromkeys((*alert.lapsed, *_others([alert.owner], None)))),
        pauses=0,
        owner=None,
        until=None,
        reminded=False,
        step_due=now,
    )
    return _advance(alert, reach, now, late)


# Ticks


def _tick_pending(alert: Alert, event: Tick, now: datetime) -> Stepped:
    return (alert, ()) if _early(alert, now) else _advance(alert, event.reach, now, _late(alert, now))


def _tick_sent(alert: Alert, event: Tick, now: datetime) -> Stepped:
    if _early(alert, now):
        return alert, ()
    late, quiet_until = _late(alert, now), alert.policy.calm(now)
    if quiet_until > now:
        due = max(alert.step_due or now, quiet_until)
        return replace(alert, step_due=due, recheck=quiet_until), ()
    # Those who have come on duty since are told, whatever else is due; the chain keeps its time.
    passed = [s.target for s in alert.policy.steps[: alert.level + 1] if s.target in STANDING]
    fresh = tuple(dict.fromkeys(p for target in passed for p in event.reach.of(target) if p not in alert.told))
    effects: tuple[Effect, ...] = ()
    if fresh:
        effects = (Notify(fresh, _message(alert, Target.FIRST), alert.round, alert.level, late),)
        alert = _telling(replace(alert, waiting_for=(*alert.waiting_for, *fresh)), fresh)
    if alert.step_due is not None and alert.step_due > now:
        return replace(alert, recheck=_handover(event.reach, now)), effects
    alert, more = _go_on(alert, event.reach, now, late)
    return alert, (*effects, *more)


def _go_on(alert: Alert, reach: Reach, now: datetime, late: timedelta) -> Stepped:
    """The wait is over: after a pause the one who asked for it is called again, else the next step follows."""
    if alert.paused_by is None:
        return _advance(alert, reach, now, late)
    person = alert.paused_by
    due = alert.policy.after(now, alert.policy.steps[alert.level].wait)
    alert = replace(alert, paused_by=None, waiting_for=(person,), step_due=due, recheck=_handover(reach, now))
    return alert, (Notify((person,), Message.AGAIN, alert.round, alert.level, late),)


def _tick_acknowledged(alert: Alert, event: Tick, now: datetime) -> Stepped:
    if _early(alert, now):
        return alert, ()
    late = _late(alert, now)
    if alert.reminded:
        return _next_round(alert, event.reach, now, late)
    # However late we are: between reminder and end there is time to react.
    until = max(alert.until or now, alert.policy.calm(now + alert.policy.remind))
    owner = _others([alert.owner], None)
    alert = replace(alert, reminded=True, until=until, step_due=until)
    return alert, (Notify(owner, Message.REMINDER, alert.round, alert.level, late),)


def _tick_exhausted(alert: Alert, event: Tick, now: datetime) -> Stepped:
    return (alert, ()) if _early(alert, now) else _exhaust(alert, event.reach, now, _late(alert, now))


def _repair(alert: Alert, event: Repair, now: datetime) -> Stepped:
    """One step at once, whatever the timer says, and the auditor's noise."""
    if alert.due is None or alert.due > now:
        alert = replace(alert, step_due=now, recheck=None)
    alert, effects = step(alert, Tick(event.reach), now)
    return alert, (Loud(Trouble.OVERDUE), Coordination(Trouble.OVERDUE), *effects)


# People who cannot be reached


def _unreachable(alert: Alert, event: Failed | Lost, now: datetime) -> Stepped:
    """When nobody is left of those the step hoped for, the next follows at once."""
    person = event.person
    if person not in alert.told or person in alert.failed or getattr(event, "round", alert.round) != alert.round:
        return alert, ()
    heard = Coordination(Trouble.UNREACHABLE, alert.policy.steps[max(alert.level, 0)].target)
    alert, effects = _without(alert, person, event.reach, now)
    return alert, (heard, *effects)


def _without(alert: Alert, person: str, reach: Reach, now: datetime) -> Stepped:
    paused_by = None if alert.paused_by == person else alert.paused_by
    alert = replace(alert, failed=tuple(dict.fromkeys((*alert.failed, person))), paused_by=paused_by)
    if paused_by is not None or not set(alert.waiting_for) <= set(alert.failed):
        return alert, ()
    return _advance(alert, reach, now)


def _owner_unreachable(alert: Alert, event: Failed | Lost, now: datetime) -> Stepped:
    """The owner's phone is lost, or the reminder cannot be brought: nobody has it."""
    stale = isinstance(event, Failed) and (event.round != alert.round or not alert.reminded)
    if event.person != alert.owner or stale:
        return alert, ()
    alert, effects = _next_round(alert, event.reach, now)
    return alert, (Coordination(Trouble.UNREACHABLE, Target.OWNER), *effects)


# Answers of people


def _foreign(alert: Alert, event: Acknowledge | Postpone | Decline) -> bool:
    return alert.team not in event.teams and event.by not in alert.told_ever


def _refusal(alert: Alert, event: Acknowledge | Postpone | Decline) -> Answer | None:
    if _foreign(alert, event):
        return Answer(event.by, Reply.FOREIGN)
    if event.round is not None and event.round != alert.round:
        return Answer(event.by, Reply.OLD_ROUND, alert.owner)
    return None


def _acknowledge(alert: Alert, event: Acknowledge, now: datetime) -> Stepped:
    """The first wins; all others who were alerted are told who."""
    if refusal := _refusal(alert, event):
        return alert, (refusal,)
    rest = _others(alert.told_ever, event.by)
    told: tuple[Effect, ...] = (Tell(rest, News.TAKEN, event.by),) if rest else ()
    if alert.policy.ack_resolves:
        over = replace(alert, phase=Phase.RESOLVED, outcome=Outcome.CONFIRMED, owner=event.by, step_due=None)
        return replace(over, recheck=None), (Answer(event.by, Reply.CONFIRMED), *told)
    alert = _held(alert, event.by, now, alert.policy.hold)
    claim: tuple[Effect, ...] = ()
    if alert.kind in CLAIMING and alert.claimed_by != event.by:
        claim = (Claim(event.by, alert.claimed_by),)
        alert = replace(alert, claimed_by=event.by)
    return alert, (Answer(event.by, Reply.YOURS, event.by, alert.until), *claim, *told)


def _held(alert: Alert, owner: str, now: datetime, hold: timedelta) -> Alert:
    policy = alert.policy
    until = policy.calm(now + hold)
    remind = policy.calm(now + max(hold / 2, hold - policy.remind))
    return replace(
        alert,
        phase=Phase.ACKNOWLEDGED,
        owner=owner,
        until=until,
        reminded=False,
        paused_by=None,
        step_due=remind,
        recheck=None,
    )


def _acknowledge_again(alert: Alert, event: Acknowledge, now: datetime) -> Stepped:
    """The owner's "ok" renews the hold after a reminder, before it changes nothing; others are told who has it."""
    if refusal := _refusal(alert, event):
        return alert, (refusal,)
    if event.by != alert.owner:
        return alert, (Answer(event.by, Reply.TAKEN, alert.owner, alert.until),)
    if alert.reminded:
        alert = _held(alert, event.by, now, alert.policy.hold)
    return alert, (Answer(event.by, Reply.YOURS, event.by, alert.until),)


def _postpone(alert: Alert, event: Postpone, now: datetime) -> Stepped:
    if refusal := _refusal(alert, event):
        return alert, (refusal,)
    if event.by not in alert.told or alert.pauses >= alert.policy.pauses or event.pause <= NONE:
        return alert, (Answer(event.by, Reply.NO_MORE_PAUSE),)
    due = alert.policy.calm(now + min(event.pause, alert.policy.longest_pause))
    alert = replace(alert, paused_by=event.by, pauses=alert.pauses + 1, step_due=due)
    return alert, (Answer(event.by, Reply.PAUSED, None, due),)


def _postpone_owned(alert: Alert, event: Postpone, now: datetime) -> Stepped:
    if refusal := _refusal(alert, event):
        return alert, (refusal,)
    if event.by != alert.owner:
        return alert, (Answer(event.by, Reply.TAKEN, alert.owner, alert.until),)
    if event.pause <= NONE:
        return alert, (Answer(event.by, Reply.NO_MORE_PAUSE),)
    alert = _held(alert, event.by, now, min(event.pause, alert.policy.hold))
    return alert, (Answer(event.by, Reply.YOURS, event.by, alert.until),)


def _no_pause(alert: Alert, event: Postpone, now: datetime) -> Stepped:
    return alert, (_refusal(alert, event) or Answer(event.by, Reply.NO_MORE_PAUSE),)


def _over(alert: Alert, event: Acknowledge | Postpone | Decline, now: datetime) -> Stepped:
    if _foreign(alert, event):
        return alert, (Answer(event.by, Reply.FOREIGN),)
    return alert, (Answer(event.by, Reply.OVER, alert.owner),)


def _decline(alert: Alert, event: Decline, now: datetime) -> Stepped:
    """Thanks for saying so. If nobody else is hoped for now, the next step follows at once."""
    if refusal := _refusal(alert, event):
        return alert, (refusal,)
    passed_on = Answer(event.by, Reply.PASSED_ON)
    if alert.phase is not Phase.SENT or event.by not in alert.told:
        return alert, (passed_on,)
    alert, effects = _without(alert, event.by, event.reach, now)
    return alert, (passed_on, *effects)


def _decline_owned(alert: Alert, event: Decline, now: datetime) -> Stepped:
    if refusal := _refusal(alert, event):
        return alert, (refusal,)
    if event.by != alert.owner:
        return alert, (Answer(event.by, Reply.TAKEN, alert.owner, alert.until),)
    alert, effects = _next_round(alert, event.reach, now, told=(event.by,))
    return alert, (Answer(event.by, Reply.PASSED_ON), *effects)


def _release(alert: Alert, event: Release, now: datetime) -> Stepped:
    if event.by != alert.owner:
        return alert, (Answer(event.by, Reply.NOT_OWNER, alert.owner),)
    return _next_round(alert, event.reach, now, told=(event.by,))


def _resolve(alert: Alert, event: Resolve, now: datetime) -> Stepped:
    """Done. Whoever still believes it is open, and did not do it, may rest."""
    believing = [alert.owner] if alert.phase is Phase.ACKNOWLEDGED else alert.told
    if alert.kind in VISITS:  # whoever was frightened is told how it ended, also those who had handed it on
        believing = list(alert.told_ever)
    rest = _others(believing, event.by)
    news = News.ALL_CLEAR if event.outcome is Outcome.ALL_CLEAR else News.RESOLVED
    over = replace(alert, phase=Phase.RESOLVED, outcome=event.outcome, step_due=None, recheck=None, paused_by=None)
    return over, ((Tell(rest, news, event.by),) if rest else ())


def _set_back(alert: Alert, event: ClockSetBack, now: datetime) -> Stepped:
    def earlier(at: datetime | None) -> datetime | None:
        return None if at is None else at - event.by

    step_due, recheck, until = earlier(alert.step_due), earlier(alert.recheck), earlier(alert.until)
    return replace(alert, step_due=step_due, recheck=recheck, until=until), ()


Handler = Callable[[Alert, Any, datetime], Stepped]

_COLUMN = {phase: column for column, phase in enumerate(Phase)}
# fmt: off
_TABLE: Mapping[type, tuple[Handler, Handler, Handler, Handler, Handler]] = {
    #              pending        sent           acknowledged        exhausted        resolved
    Tick:         (_tick_pending, _tick_sent,    _tick_acknowledged, _tick_exhausted, _unmoved),
    Repair:       (_repair,       _repair,       _repair,            _repair,         _unmoved),
    Failed:       (_unmoved,      _unreachable,  _owner_unreachable, _unmoved,        _unmoved),
    Lost:         (_unmoved,      _unreachable,  _owner_unreachable, _unmoved,        _unmoved),
    Acknowledge:  (_acknowledge,  _acknowledge,  _acknowledge_again, _acknowledge,    _over),
    Postpone:     (_no_pause,     _postpone,     _postpone_owned,    _no_pause,       _over),
    Decline:      (_decline,      _decline,      _decline_owned,     _decline,        _over),
    Release:      (_release,      _release,      _release,           _release,        _unmoved),
    Resolve:      (_resolve,      _resolve,      _resolve,           _resolve,        _unmoved),
    ClockSetBack: (_set_back,     _set_back,     _set_back,          _set_back,       _unmoved),
}
# fmt: on


# Around it ----------------------------------------------------------------------------------------------------------


def dump(alert: Alert) -> bytes:
    """The stored form: one JSON document; the row keeps ``due``, ``phase``, ``team`` and ``subject`` beside it."""
    return msgspec.json.encode(alert)


def load(document: bytes) -> Alert:
    return _DECODER.decode(document)


_DECODER = msgspec.json.Decoder(Alert)


def overdue(alert: Alert, now: datetime) -> bool:
    """The auditor's question: should this alert have moved by now, or was its time lost to a clock set back?"""
    if alert.phase is Phase.RESOLVED:
        return False
    return alert.due is None or now - alert.due > LATE or alert.due > alert.policy.farthest(now)
