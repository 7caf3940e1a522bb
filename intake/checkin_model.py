"""The words in which field visits are spoken of: the stored visit, what can happen to it, what it makes the desk do.

``intake.checkins`` is the machine over these. All of it is data: frozen, comparable, stored as JSON. A visit holds
times and people, never a place and never whom it is paid to: that stands in the sealed sheet, which is no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Phase(StrEnum):
    PLANNED = "planned"
    ARMED = "armed"  # the function test was confirmed
    DUE = "due"  # a check-in is asked for
    REMINDED = "reminded"  # its time has come, and was said once more
    OVERDUE = "overdue"
    OWNED = "owned"  # somebody looks after it
    CLOSED = "closed"


class Purpose(StrEnum):
    VISIT = "visit"
    HOME = "home"  # "safe at home" after evening work
    OFFICE = "office"  # alone in the office
    DRILL = "drill"  # the weekly exercise: alarms nobody, ends with a report


class Reason(StrEnum):
    """Why a visit is over. There is no end without one."""

    SAFE = "safe"
    FALSE_ALARM = "false_alarm"
    HELP_SENT = "help_sent"
    LOST_CONTACT = "lost_contact"
    CANCELLED = "cancelled"  # before it began
    UNANSWERED = "unanswered"  # of a drill


class Proof(StrEnum):
    """What came of the PIN that was typed. Who has set none proves it by the verified phone alone: OWN."""

    OWN = "own"
    DURESS = "duress"
    MISSING = "missing"
    WRONG = "wrong"


FIVE = timedelta(minutes=5)
LONGEST_CHAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Timing:
    """Of a team. ``test`` and ``remind``: before begin and due time. The others: after the due time."""

    test: timedelta = 3 * FIVE
    answer: timedelta = FIVE  # for confirming the function test
    remind: timedelta = FIVE
    companion: timedelta = FIVE
    on_call: timedelta = 2 * FIVE
    lead: timedelta = LONGEST_CHAIN
    hold: timedelta = 6 * FIVE

    @property
    def longer(self) -> bool:
        """The last level comes later than the standard allows: said on every screen that shows this visit."""
        return self.lead > LONGEST_CHAIN


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as stored. ``due``: the next check-in; ``step_due``: when it goes on by itself.

    ``check`` counts the check-ins, so that an answer to an older one is known as such. ``top``: the last level was
    reached, and ``openers`` were called there. ``shadow``: since a silent alarm, the visit as its visitor sees it.
    """

    id: str
    team: str
    member: str
    timing: Timing
    begins: datetime
    until: datetime
    due: datetime
    step_due: datetime | None
    companion: str | None = None
    purpose: Purpose = Purpose.VISIT
    interval: timedelta | None = None
    phase: Phase = Phase.PLANNED
    check: int = 1
    asked: bool = False
    technical: bool = False
    level: int = -1
    top: bool = False
    openers: tuple[str, ...] = ()
    owner: str | None = None
    held_until: datetime | None = None
    wrong: int = 0
    proposed: Reason | None = None
    proposed_by: str | None = None
    reason: Reason | None = None
    shadow: Visit | None = None

    @property
    def duress(self) -> bool:
        """A silent alarm is running, or was."""
        return self.shadow is not None

    @property
    def shown(self) -> Visit:
        """What the visiting counsellor is shown, on every screen."""
        return self.shadow or self

    @property
    def final(self) -> bool:
        """The check-in that is waited for is the last one."""
        return self.due >= self.until

    @property
    def alarmed(self) -> bool:
        """Others have been called."""
        return self.phase in (Phase.OVERDUE, Phase.OWNED)


# Events -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    """The due time has come, or is long past."""


@dataclass(frozen=True, slots=True)
class Ok:
    """ "ok" of the visiting counsellor. ``check``: the one answered to; None: whichever is waited for."""

    proof: Proof
    check: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """ "I am out", "we do not go", "cancel": no further check-ins are wanted."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class Extend:
    by: timedelta
    proof: Proof


@dataclass(frozen=True, slots=True)
class Unreached:
    """What was said to the visitor's phone could not be brought on any channel."""


@dataclass(frozen=True, slots=True)
class Close:
    """Somebody else closes it; a second person has to say the same."""

    reason: Reason
    by: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Where the chain of the alert stands. ``owner``: who has it; ``top``: the lead's level was reached."""

    level: int
    top: bool
    openers: tuple[str, ...] = ()
    owner: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClockSetBack:
    """The clock of the machine now shows ``by`` less than before."""

    by: timedelta


Event = Tick | Ok | End | Extend | Unreached | Close | Alarm | ClockSetBack

# Effects ------------------------------------------------------------------------------------------------------------


class Message(StrEnum):
    TEST = "test"  # function test: please confirm
    SOON = "soon"  # in a few minutes a check-in is due
    NOW = "now"  # it is due
    DRILL = "drill"
    TECHNICAL = "technical"  # to colleagues: that phone cannot be reached
    REPORT = "report"  # to the lead: how a drill went


@dataclass(frozen=True, slots=True)
class Ask:
    """Say it to the visitor's phone, on every channel. ``late``: after downtime."""

    message: Message
    late: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Technical:
    """Companion and on-call learn that the visitor's phone does not answer: nobody is in danger, nobody is secured."""


@dataclass(frozen=True, slots=True)
class Raise:
    """The chain begins, unless it runs. ``since``: its time, which a late tick does not push back."""

    since: datetime
    silent: bool = False


@dataclass(frozen=True, slots=True)
class StandDown:
    """The chain ends: everybody who was called is told. ``clear``: all is well."""

    clear: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A drill is over."""


class Reply(StrEnum):
    ARMED = "armed"
    NOTED = "noted"
    NEXT = "next"
    DONE = "done"
    ALL_CLEAR = "all_clear"
    CANCELLED = "cancelled"
    EXTENDED = "extended"
    PLANNED = "planned"
    PIN = "pin"
    WRONG_PIN = "wrong_pin"
    TOO_LONG = "too_long"
    PAST = "past"
    TWO = "two"
    ESCALATED = "escalated"
    OVER = "over"
    OLD_CHECK = "old_check"
    NO_VISIT = "no_visit"
    SECOND = "second"  # a second person has to say the same
    CLOSED = "closed"
    NOT_YOU = "not_you"


@dataclass(frozen=True, slots=True)
class Answer:
    """Goes back to whoever spoke. ``at``: when the next check-in is due."""

    reply: Reply
    at: datetime | None = None


class Entry(StrEnum):
    """A line of the visit's log. It says what happened, and is erased with the visit."""

    PLANNED = "planned"
    TEST_SENT = "test_sent"
    TEST_CONFIRMED = "test_confirmed"
    CHECKED_IN = "checked_in"
    EXTENDED = "extended"
    ASKED = "asked"
    TECHNICAL = "technical"
    ALARM = "alarm"
    LEVEL = "level"
    OWNED = "owned"
    SILENT = "silent"
    WRONG_PIN = "wrong_pin"
    PROPOSED = "proposed"
    CLOSED = "closed"
    SHEET_OPENED = "sheet_opened"


@dataclass(frozen=True, slots=True)
class Log:
    """``by``: member id, "" for the machine; ``detail``: a word of ours (level, reason), never free text."""

    entry: Entry
    by: str = ""
    detail: str = ""


Effect = Ask | Technical | Raise | StandDown | Report | Answer | Log
Stepped = tuple[Visit, tuple[Effect, ...]]
