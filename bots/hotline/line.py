"""Calls as the telephone door sees them, whoever carries them: intake.telephony, and what a dialogue needs beside it.

    Exchange.run(taken) ──a call comes in──> taken(Line)
    Exchange.place(number, hide_number, reference) ──> Line          events of either, each at most once, in this order:

        Ringing? ──> Answered ──> (Digit | Spoken | Waited)* ──> Ended(cause)          Ringing? ──> Ended(cause)

Three carry them: baresip.py, asterisk.py, webhook.py. What networks bring doubled, late or out of order is put right
here, so that nobody above has to think of it. Numbers are shown nowhere: not in ``repr``, not in logs.
"""

from __future__ import annotations

import abc
import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from intake.phones import PhoneNumber
from intake.telephony import Answered, Call, CallEvent, Cause, Digit, Ended, Prompt, Ringing

KEYS = frozenset("0123456789*#")
# What the house lets us say into a call that it has placed itself.
PROMPTS = {
    Prompt.PRESS_ONE: "staff_callback",
    Prompt.CONNECTING: "connecting",
    Prompt.NOT_REACHED: "not_reached",
    Prompt.GOODBYE: "goodbye",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was last played has been heard to its end."""


@dataclass(frozen=True, slots=True)
class Waited:
    """The carrier itself collects keys, and no more came in time."""


Event = CallEvent | Spoken | Waited


@dataclass(frozen=True, slots=True)
class Keys:
    """An answer by keys: at most ``most``, ended early by one of ``end`` or by ``seconds`` of silence."""

    most: int = 1
    seconds: float = 8.0
    end: str = "#"


class Line(abc.ABC):
    """One call, incoming or placed. Also an intake.telephony.Call.

    ``caller``: who calls as the network says it; "" when suppressed, or when we have placed the call. ``live``: keys
    come one by one, as they are pressed, and a network may double them.
    """

    live = True

    def __init__(self, reference: str, caller: str = "") -> None:
        self._reference = reference
        self.caller = caller
        self._past: list[Event] = []
        self._arrivals: list[float] = []
        self._happened = asyncio.Event()
        self._next = 0
        self.partner: Line | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._reference}>"

    @property
    def reference(self) -> str:
        return self._reference

    @property
    def answered(self) -> bool:
        """Whether somebody has picked up."""
        return Answered() in self._past

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return bool(self._past) and isinstance(self._past[-1], Ended)

    def happen(self, event: Event) -> None:
        """Takes an event as it arrived: too late, doubled or impossible ones change nothing."""
        if self.ended:
            return
        match event:
            case Ringing():
                if Ringing() in self._past or self.answered:
                    return
            case Answered():
                if self.answered:
                    return
            case Digit(key):
                if key not in KEYS:
                    return
                self.happen(Answered())  # who presses a key has picked up, whatever was lost on the way
            case Ended(cause) if cause is Cause.NO_ANSWER and self.answered:
                event = Ended(Cause.NORMAL)
        self._past.append(event)
        self._arrivals.append(time.monotonic())
        self._happened.set()
        if self.ended and self.partner is not None:
            _TASKS.add(task := asyncio.ensure_future(self.partner.hang_up()))
            task.add_done_callback(_TASKS.discard)

    @property
    def arrived(self) -> float:
        """When the event came that ``next`` gave last, in seconds of the monotonic clock: it may have waited since."""
        return self._arrivals[self._next - 1]

    async def next(self) -> Event:
        """The next event; after Ended it is Ended again."""
        while self._next >= len(self._past):
            if self.ended:
                return self._past[-1]
            self._happened.clear()
            await self._happened.wait()
        self._next += 1
        return self._past[self._next - 1]

    async def events(self) -> AsyncIterator[CallEvent]:
        """Everything from the beginning, without what concerns dialogues alone."""
        at = 0
        while True:
            while at < len(self._past):
                event = self._past[at]
                at += 1
                if isinstance(event, Ringing | Answered | Digit | Ended):
                    yield event
                if isinstance(event, Ended):
                    return
            self._happened.clear()
            await self._happened.wait()

    async def say(self, prompt: Prompt, language: str = "de") -> None:
        await self.play((f"{language}/{PROMPTS[prompt]}",))

    async def join(self, other: Call) -> None:
        """Raises DeliveryError when one is over or is carried by somebody else."""
        if not isinstance(other, Line):
            raise TypeError("calls of one exchange are joined")
        await self._join(other)
        self.partner, other.partner = other, self

    @abc.abstractmethod
    async def answer(self) -> None:
        """Picks up an incoming call."""

    @abc.abstractmethod
    async def play(self, clips: Sequence[str], keys: Keys | None = None) -> None:
        """Says these recordings instead of what is being said. ``keys``: which answer is hoped for."""

    @abc.abstractmethod
    async def hang_up(self) -> None:
        """Ends the call; harmless when it is over."""

    @abc.abstractmethod
    async def _join(self, other: Line) -> None: ...


_TASKS: set[asyncio.Future[None]] = set()


class Exchange(Protocol):
    """Who carries calls. ``lines``: how many dialogues at once; ``places``: whether it can call by itself."""

    @property
    def lines(self) -> int: ...
    @property
    def places(self) -> bool: ...
    async def ready(self) -> None:
        """Returns when calls can come."""
        ...

    async def run(self, taken: Callable[[Line], Awaitable[None]]) -> None:
        """Carries calls until cancelled, each in a task of its own, and comes back by itself after faults."""
        ...

    async def place(
        self, number: PhoneNumber, *, hide_number: bool, reference: str, beside: Line | None = None
    ) -> Line:
        """As intake.telephony.Telephone. ``beside``: it is to be joined with that one. Raises DeliveryError."""
        ...
