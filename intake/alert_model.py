"""The words in which alerts are spoken of: the stored alert, what can happen to it, and what it makes the desk do.

``intake.alerts`` is the machine over these, ``intake.alert_policy`` the chains. All of it is data: frozen, comparable,
stored as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from intake.alert_policy import NONE, Kind, Policy, Target


class Phase(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"
    RESOLVED = "resolved"


class Outcome(StrEnum):
    """Why an alert is over."""

    ANSWERED = "answered"
    CLOSED = "closed"
    MOVED = "moved"
    ERASED = "erased"
    CALLED = "called"  # a callback was begun
    OVER = "over"  # its time is over, or the person has moved or withdrawn it
    CONFIRMED = "confirmed"  # a test alarm was acknowledged
    UNCONFIRMED = "unconfirmed"  # it was not, and the lead has been told
    ALL_CLEAR = "all_clear"  # the colleague on a field visit is safe
    STOOD_DOWN = "stood_down"  # the field visit ended otherwise


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as stored. ``step_due``: when it goes on by itself; ``recheck``: when other people come on duty."""

    id: str
    team: str
    subject: str
    kind: Kind
    policy: Policy
    opened: datetime
    step_due: datetime | None
    recheck: datetime | None = None
    phase: Phase = Phase.PENDING
    round: int = 1
    level: int = -1
    told: tuple[str, ...] = ()  # in this round
    told_ever: tuple[str, ...] = ()
    waiting_for: tuple[str, ...] = ()  # those the current step hopes for
    failed: tuple[str, ...] = ()  # could not be reached in this round
    lapsed: tuple[str, ...] = ()  # acknowledged once and let it lapse
    paused_by: str | None = None
    pauses: int = 0
    owner: str | None = None
    until: datetime | None = None
    reminded: bool = False
    claimed_by: str | None = None
    outcome: Outcome | None = None

    @property
    def due(self) -> datetime | None:
        """The row's timer; None only when the alert is over."""
        if self.step_due is None or self.recheck is None:
            return self.step_due
        return min(self.step_due, self.recheck)


@dataclass(frozen=True, slots=True)
class Reach:
    """Who stands where right now with at least one working channel; ``changes``: the next handover of the rota."""

    people: Mapping[Target, tuple[str, ...]]
    changes: datetime | None = None

    def of(self, target: Target) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.people.get(target, ())))

    def everyone(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(person for target in Target for person in self.of(target)))


# Events -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    """The due time has come."""

    reach: Reach


@dataclass(frozen=True, slots=True)
class Repair:
    """The auditor found this alert overdue: go on now, loudly."""

    reach: Reach


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing more can be tried to reach ``person`` for ``round``: every channel failed for good."""

    person: str
    round: int
    reach: Reach


@dataclass(frozen=True, slots=True)
class Lost:
    """The service phone of ``person`` is lost, or the account is revoked."""

    person: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """ "I take over." ``teams``: those of the person. ``round``: the one answered to; None from the console."""

    by: str
    teams: frozenset[str]
    round: int | None = None


@dataclass(frozen=True, slots=True)
class Postpone:
    """ "Later": of somebody told, a pause of the chain; of the owner, a longer hold."""

    by: str
    teams: frozenset[str]
    pause: timedelta
    round: int | None = None


@dataclass(frozen=True, slots=True)
class Decline:
    """ "I cannot": somebody told passes it on without waiting; from the owner it is a release."""

    by: str
    teams: frozenset[str]
    reach: Reach
    round: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """The owner gives it back."""

    by: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Resolve:
    outcome: Outcome
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ClockSetBack:
    """The clock of the machine now shows ``by`` less than before: all due times follow it."""

    by: timedelta


Event = Tick | Repair | Failed | Lost | Acknowledge | Postpone | Decline | Release | Resolve | ClockSetBack

# Effects ------------------------------------------------------------------------------------------------------------


class Message(StrEnum):
    NEW = "new"
    AGAIN = "again"
    REMINDER = "reminder"
    LOUD = "loud"
    TEST = "test"
    TEST_MISSED = "test_missed"
    MISSED = "missed"  # a check-in
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Notify:
    """Reach these people on every channel they have. ``late``: how long after the due time (0 when in time)."""

    people: tuple[str, ...]
    message: Message
    round: int
    level: int
    late: timedelta = NONE


class News(StrEnum):
    TAKEN = "taken"
    RESOLVED = "resolved"
    ALL_CLEAR = "all_clear"


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell those who were alerted that they may rest: ``owner`` has it, or it is over."""

    people: tuple[str, ...]
    news: News
    owner: str | None = None


class Reply(StrEnum):
    YOURS = "yours"
    PAUSED = "paused"
    PASSED_ON = "passed_on"
    CONFIRMED = "confirmed"
    TAKEN = "taken"
    OLD_ROUND = "old_round"
    OVER = "over"
    FOREIGN = "foreign"
    NO_MORE_PAUSE = "no_more_pause"
    NOT_OWNER = "not_owner"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to whoever wrote. The first four may have changed something, the others never."""

    to: str
    reply: Reply
    owner: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Claim the contact for ``by``; ``instead_of`` had it and let it lapse."""

    by: str
    instead_of: str | None = None


class Trouble(StrEnum):
    NOBODY = "nobody"
    UNREACHABLE = "unreachable"
    EXHAUSTED = "exhausted"
    OVERDUE = "overdue"
    STUCK = "stuck"
    TEST_MISSED = "test_missed"


@dataclass(frozen=True, slots=True)
class Coordination:
    """State coordination learns of it (no content: team, trouble, step)."""

    trouble: Trouble
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Loud:
    """Show it on every console and in ``doctor``, and stop the heartbeat to the outside."""

    trouble: Trouble


Effect = Notify | Tell | Answer | Claim | Coordination | Loud
Stepped = tuple[Alert, tuple[Effect, ...]]
