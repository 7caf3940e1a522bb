"""The chains of an alert as data: whom to reach, how long to wait, when to be quiet.

    kind              chain (minutes to wait)                                                    hold   quiet
    urgent            first 5 · second 5 · team 10 · deputy 10 · lead 10 · coordination 15        30    never
    ordinary          first 120 · second 120 · team 240 · deputy 240 · lead 240 · coordination    1 day the team's hours
    callback due      first 5 · second 5 · team 10 · deputy 10 · lead 10 · coordination           30    never
    answer waiting    owner 240 · first 120 · team 240 · lead 240 · coordination                  1 day the team's hours
    hand-over offered first 120 · second 120 · team 240 · lead 240 · coordination                 1 day the team's hours
    missed check-in   companion 5 · first 5 · lead 5 · coordination 15                            30    never
    silent alarm      companion, first, lead at once 5 · coordination 15                          30    never
    test alarm        the phone's owner 15 · lead                                                 ends with "ok"

A policy is frozen into the alert when it starts: who changes the plan during the night does not change the chain.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from intake.duty import Rota
from intake.working_time import ScheduleError, WorkCalendar

NONE = timedelta(0)
HALF_AN_HOUR = timedelta(minutes=30)


def _minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


class Kind(StrEnum):
    URGENT = "urgent"
    ORDINARY = "ordinary"
    CALLBACK_DUE = "callback_due"
    ANSWER_WAITING = "answer_waiting"
    HANDOVER_OFFERED = "handover_offered"
    MISSED_CHECK_IN = "missed_check_in"
    SILENT_ALARM = "silent_alarm"
    TEST = "test"


class Target(StrEnum):
    OWNER = "owner"  # who has claimed the contact, or whose phone is tested
    COMPANION = "companion"  # the second of two on a field visit
    FIRST = "first"
    SECOND = "second"
    TEAM = "team"
    DEPUTY = "deputy"
    LEAD = "lead"
    COORDINATION = "coordination"


# Teams need not have these; that nobody stands there is no trouble worth waking the coordination for.
OPTIONAL = frozenset({Target.COMPANION, Target.SECOND, Target.DEPUTY})
# People who change with the rota: when somebody new takes over in the middle of a chain, they are told, too.
STANDING = frozenset({Target.FIRST, Target.SECOND})
# Alerts about a colleague on a field visit.
VISITS = frozenset({Kind.MISSED_CHECK_IN, Kind.SILENT_ALARM})
# Acknowledging these takes the contact over.
CLAIMING = frozenset({Kind.URGENT, Kind.ORDINARY})


@dataclass(frozen=True, slots=True)
class Step:
    """Tell ``target``; if nobody has taken it after ``wait``, the next step follows."""

    target: Target
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """How one kind of alert is raised in one team.

    ``hold``: how long an acknowledgement lasts without an answer; ``remind``: how long before that the owner is asked.
    ``pauses``: how often "später" is granted in a round, each at most ``longest_pause``. ``repeat``: after what time an
    exhausted alert sounds again everywhere; None ends it (test alarm). ``hours``: it sounds in this working time only;
    None: at any hour. ``not_before``: nor before this instant. ``batch`` and ``jitter`` hide the second of submission.
    ``punctual``: so many waits, from the first on, count from when they should have begun: a late step does not push
    the following ones back.
    """

    steps: tuple[Step, ...]
    hold: timedelta = HALF_AN_HOUR
    remind: timedelta = timedelta(minutes=10)
    repeat: timedelta | None = timedelta(minutes=15)
    pauses: int = 2
    longest_pause: timedelta = HALF_AN_HOUR
    hours: WorkCalendar | None = None
    not_before: datetime | None = None
    batch: timedelta = NONE
    jitter: timedelta = NONE
    ack_resolves: bool = False
    punctual: int = 0

    def calm(self, at: datetime) -> datetime:
        """``at``, or the next moment when this alert may sound."""
        if self.not_before is not None:
            at = max(at, self.not_before)
        if self.hours is None:
            return at
        try:
            return self.hours.next_open(at)
        except ScheduleError:
            return at  # a calendar without a single working day must not silence anything

    def after(self, now: datetime, wait: timedelta) -> datetime:
        """When ``wait`` has passed; in quiet hours it does not pass, since nobody reads then."""
        if self.hours is None:
            return self.calm(now) + wait
        try:
            return self.hours.after(now, wait)
        except ScheduleError:
            return now + wait

    def first_due(self, team: str, now: datetime, salt: str) -> datetime:
        """When the first message leaves: at once, or with everything else of this team that came in the same slot.

        The delay is the same for all alerts of one team and slot, so that they travel together, and unknown to anybody
        without ``salt`` (random text of this installation).
        """
        if not self.batch:
            return self.calm(now)
        slot = now.timestamp() // self.batch.total_seconds() + 1
        leaves = self.calm(datetime.fromtimestamp(slot * self.batch.total_seconds(), UTC))
        key = f"{salt}/{team}/{leaves.timestamp():.0f}".encode()
        share = int.from_bytes(hashlib.sha256(key).digest()[:8], "big") / 2**64
        return self.calm(
            leaves + timedelta(minutes=int(self.jitter.total_seconds() / 60 * share))
        )  # whole, as all here

    def farthest(self, now: datetime) -> datetime:
        """No due time set before ``now`` can honestly lie after this (the auditor's measure for a clock set back)."""
        waits = [step.wait for step in self.steps]
        longest = (
            max([self.hold, self.remind, self.repeat or NONE, self.longest_pause, *waits]) + self.batch + self.jitter
        )
        return self.calm(self.after(now, longest) + self.jitter)


def _chain(*steps: tuple[Target, int]) -> tuple[Step, ...]:
    return tuple(Step(target, _minutes(wait)) for target, wait in steps)


def visit_policy(companion: timedelta, on_call: timedelta, hold: timedelta) -> Policy:
    """The chain of a missed check-in: how long companion and on-call are waited for, until the lead is reached."""
    steps = (Step(Target.COMPANION, companion), Step(Target.FIRST, on_call))
    return Policy((*steps, *_chain((Target.LEAD, 5), (Target.COORDINATION, 15))), hold=hold, pauses=0, punctual=2)


SILENT = Policy(_chain((Target.COMPANION, 0), (Target.FIRST, 0), (Target.LEAD, 5), (Target.COORDINATION, 15)), pauses=0)


def policies(calendar: WorkCalendar) -> dict[Kind, Policy]:
    """The default chains for a team that works by ``calendar``. A team may replace each."""
    quick = _chain(
        (Target.FIRST, 5),
        (Target.SECOND, 5),
        (Target.TEAM, 10),
        (Target.DEPUTY, 10),
        (Target.LEAD, 10),
        (Target.COORDINATION, 15),
    )
    slow = Policy(
        _chain(
            (Target.FIRST, 120),
            (Target.SECOND, 120),
            (Target.TEAM, 240),
            (Target.DEPUTY, 240),
            (Target.LEAD, 240),
            (Target.COORDINATION, 240),
        ),
        hold=timedelta(days=1),
        remind=_minutes(120),
        repeat=_minutes(240),
        longest_pause=_minutes(480),
        hours=calendar,
        batch=_minutes(15),
        jitter=_minutes(10),
    )
    waiting = _chain(
        (Target.OWNER, 240), (Target.FIRST, 120), (Target.TEAM, 240), (Target.LEAD, 240), (Target.COORDINATION, 240)
    )
    # Whoever stands in for a team cannot accept for it, so the deputies are not asked.
    offered = tuple(one for one in slow.steps if one.target is not Target.DEPUTY)
    test = _chain((Target.OWNER, 15), (Target.LEAD, 0))
    return {
        Kind.URGENT: Policy(quick),
        Kind.ORDINARY: slow,
        Kind.CALLBACK_DUE: Policy(quick),
        Kind.ANSWER_WAITING: replace(slow, steps=waiting),
        Kind.HANDOVER_OFFERED: replace(slow, steps=offered),
        Kind.MISSED_CHECK_IN: visit_policy(_minutes(5), _minutes(5), HALF_AN_HOUR),
        Kind.SILENT_ALARM: SILENT,
        Kind.TEST: Policy(test, pauses=0, repeat=None, ack_resolves=True),
    }


def policy_at(kind: Kind, chain: Policy, rota: Rota, at: datetime) -> Policy:
    """``chain``, as it is for an alert that is raised now.

    A team without night duty is not woken as a whole at three in the morning; the person was told so before sending.
    An urgent contact then goes to the deputy team at once; without one it sounds when the team opens or its next shift
    begins, whatever is first, and runs from there as ever. In hours and during planned shifts, also when the plan has a
    hole, nothing waits.
    """
    if kind is not Kind.URGENT or rota.expects_somebody(at):
        return chain
    if rota.deputies(at):
        steps = _chain((Target.DEPUTY, 10), (Target.LEAD, 10), (Target.COORDINATION, 15))
        return replace(chain, steps=steps)
    return replace(chain, not_before=rota.next_expected(at))
