"""What the house asks of a telephone: place a call, follow it, say something into it, join two of them, hang up.

    bots/hotline (baresip, Asterisk, a provider)  stands behind it: an adapter is a `Telephone`
    "verbinden" in the console and the hotline's own connecting stand before it, and drive both legs themselves

A number is handed over for one call. It is a PhoneNumber, which prints nothing, and an adapter keeps it no longer than
the call, in memory, in no log, no record of calls and no configuration file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from intake.phones import PhoneNumber


class Prompt(StrEnum):
    """What can be said into a call that the house has placed; the adapter has the sound of it in each language."""

    PRESS_ONE = "press_one"  # "Erstkontakt. Ein Rückruf wartet. Bitte drücken Sie die Eins."
    CONNECTING = "connecting"  # "Wir verbinden jetzt."
    NOT_REACHED = "not_reached"  # "Die Person ist nicht erreichbar."
    GOODBYE = "goodbye"


class Cause(StrEnum):
    """Why a call is over."""

    NORMAL = "normal"  # somebody hung up after it was answered
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    NO_SUCH_NUMBER = "no_such_number"
    CANCELLED = "cancelled"  # we hung up before it was answered
    FAILED = "failed"  # line, provider or adapter


@dataclass(frozen=True, slots=True)
class Ringing:
    """It rings at the other end."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody or something has picked up. A mailbox picks up, too: only a digit tells a person."""


@dataclass(frozen=True, slots=True)
class Digit:
    """One key: 0-9, * or #."""

    key: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of a call; comes exactly once, whatever happened."""

    cause: Cause


CallEvent = Ringing | Answered | Digit | Ended


class Call(Protocol):
    """One leg. All methods may be called at any time; on a call that is over they do nothing."""

    @property
    def reference(self) -> str:
        """The name it was placed with."""
        ...

    def events(self) -> AsyncIterator[CallEvent]:
        """Everything that happens, from the beginning, in order, without repetition; ends after Ended."""
        ...

    async def say(self, prompt: Prompt, language: str = "de") -> None:
        """Begins to speak, instead of what was being said; returns at once. `language`: "de" or "en"."""
        ...

    async def join(self, other: Call) -> None:
        """Both hear each other from now on; when one ends, the other is hung up. Raises DeliveryError."""
        ...

    async def hang_up(self) -> None:
        """Ends it."""
        ...


class Telephone(Protocol):
    """A line to the world."""

    async def place(self, number: PhoneNumber, *, hide_number: bool, reference: str) -> Call:
        """Begins to call; returns once a line has taken it. Raises DeliveryError (no line free: not permanent).

        `hide_number`: nothing of ours is shown there (SIP: `Privacy: id`, anonymous From; RFC 3323, RFC 3325).
        `reference`: a name made by us, unique for each call; the same again while it lives is the same call.
        """
        ...


class Connector(Protocol):
    """Calls two phones and lets them talk: first ours, and when a person there has pressed 1, theirs."""

    async def connect(self, ours: PhoneNumber, theirs: PhoneNumber) -> None:
        """Until both have hung up, or one was not reached. Neither is shown a number; nothing is written down."""
        ...
