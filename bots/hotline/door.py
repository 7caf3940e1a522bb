"""The telephone door: takes calls from an exchange, leads each through the dialogue, and hands in what was agreed.

    Line ──events──> keys collected ──> dialogue.step ──> Ask, Say: played · LookUp, Seal, Connect: asked of the house

A call lives in one task and in memory. When it ends, whatever the dialogue knew is gone, unless it was sealed before.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from bots.hotline import phrases
from bots.hotline.dialogue import step
from bots.hotline.line import Exchange, Keys, Line, Spoken, Waited
from bots.hotline.model import (
    Ask,
    Begun,
    Connect,
    Effect,
    Event,
    Failed,
    Guide,
    HangUp,
    Keyed,
    Looked,
    LookUp,
    NotConnected,
    Refused,
    Say,
    Seal,
    Silent,
    Slot,
    Stored,
    Talk,
)
from intake.desk import Clock
from intake.errors import IntakeError, NumberRefused
from intake.phones import PhoneNumber, parse
from intake.sealing import Code
from intake.telephony import Digit, Ended

log = logging.getLogger("erstkontakt.hotline")

LONGEST = 20 * 60  # seconds of a dialogue
LONGEST_SPOKEN = 120.0  # seconds until we no longer wait to hear that something was said
DOUBLED = 0.12  # seconds in which no finger presses a key twice
STEADY = ("de/busy", *phrases.seelsorge("de"), "en/busy", *phrases.seelsorge("en"))


class House(Protocol):
    """What the door needs of the rest: tables, the team's times, sealing."""

    def guide(self) -> Guide: ...
    async def look_up(self, team: str) -> tuple[Sequence[Slot], bool]:
        """When the team can call; whether somebody on duty could be fetched now."""
        ...

    async def new_code(self) -> Code: ...
    async def seal(self, wish: Seal, code: Code) -> None:
        """Raises AlreadyOpen and what the desk raises."""
        ...

    async def on_duty(self, team: str) -> Sequence[PhoneNumber]:
        """The service phones of who is on duty, the first to be called first."""
        ...


class Gone(Exception):
    """The other side has hung up."""


class AlreadyOpen(Exception):
    """For this number a callback is waiting already."""


class Door:
    """Takes calls until it is cancelled. ``free``: lines that no dialogue is using."""

    def __init__(self, exchange: Exchange, house: House, clock: Clock) -> None:
        self.exchange, self.house, self.clock = exchange, house, clock
        self._talking: set[Line] = set()
        self.came: Callable[[Line], None] = lambda line: None

    @property
    def free(self) -> int:
        return self.exchange.lines - len(self._talking)

    async def run(self) -> None:
        """Until cancelled."""
        await self.exchange.run(self.taken)

    async def taken(self, line: Line) -> None:
        """One incoming call from beginning to end. Whatever goes wrong stays with this call and is told without it."""
        self.came(line)
        try:
            async with asyncio.timeout(LONGEST):
                if not self.free:
                    await self._busy(line)
                    return
                self._talking.add(line)
                await Conversation(self, line).run()
        except (Gone, TimeoutError):
            pass
        except Exception as error:  # its text may carry what was typed
            log.error("a call ended by an internal error: %s", type(error).__name__)
        finally:
            self._talking.discard(line)
            await line.hang_up()

    async def _busy(self, line: Line) -> None:
        log.info("all lines are busy: told so")
        await line.answer()
        await say(line, STEADY)


async def say(line: Line, clips: Sequence[str]) -> None:
    """Plays to the end. Raises Gone."""
    await line.play(clips)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_SPOKEN):
            while not isinstance(event := await line.next(), Spoken):
                if isinstance(event, Ended):
                    raise Gone


class Conversation:
    """One call. ``_last``: the key pressed last, and when (seconds of the loop)."""

    def __init__(self, door: Door, line: Line) -> None:
        self._door, self._line = door, line
        self._talk = Talk()
        self._last = ("", 0.0)
        self._code: asyncio.Task[Code] | None = None

    async def run(self) -> None:
        """Until both sides have said everything. Raises Gone."""
        await self._line.answer()
        waiting: deque[Event] = deque([Begun(self._caller())])
        try:
            while waiting:
                self._talk, effects = step(self._talk, waiting.popleft(), self._door.clock(), self._door.house.guide())
                for effect in effects:
                    if (event := await self._do(effect)) is not None:
                        waiting.append(event)
        finally:
            if self._code is not None:
                self._code.cancel()

    def _caller(self) -> PhoneNumber | None:
        """The number to call back, if it is one."""
        try:
            return parse(self._line.caller, own=self._door.house.guide().own)
        except NumberRefused:
            return None

    async def _do(self, effect: Effect) -> Event | None:
        match effect:
            case Ask():
                return await self._ask(effect.clips, effect.keys)
            case Say():
                await say(self._line, effect.clips)
                return None
            case LookUp():
                return await self._look_up(effect.team)
            case Connect():
                return await self._connect(effect.team)
            case Seal():
                # Shielded: who has given the last answer may hang up, and it counts.
                return await asyncio.shield(asyncio.ensure_future(self._seal(effect)))
            case HangUp():
                await self._line.hang_up()
                return None

    # ------------------------------------------------------------------------------------------------------- keys

    async def _ask(self, clips: Sequence[str], keys: Keys) -> Event:
        """Plays and collects the answer; keys count from the first word on, and end what is being said."""
        await self._line.play(clips, keys)
        typed, speaking = "", True
        while True:
            try:
                async with asyncio.timeout(LONGEST_SPOKEN if speaking else keys.seconds):
                    event = await self._line.next()
            except TimeoutError:
                event = Waited()
            match event:
                case Ended():
                    raise Gone
                case Spoken():
                    speaking = False
                case Waited():
                    return Keyed(typed) if typed else Silent()
                case Digit(key):
                    last, self._last = self._last, (key, self._line.arrived)
                    again = self._line.live and last[0] == key and self._line.arrived - last[1] < DOUBLED
                    if keys.most == 1 and not typed and again:
                        continue
                    if key in keys.end:
                        return Keyed(typed + key.replace("#", ""))
                    typed += key
                    if len(typed) >= keys.most:
                        return Keyed(typed)
                    if speaking:
                        await self._line.play((), keys)
                        speaking = False

    # ---------------------------------------------------------------------------------------------------- the house

    async def _look_up(self, team: str) -> Event:
        # The slow step of the return code is done while the person is still choosing.
        self._code = asyncio.ensure_future(self._door.house.new_code())
        slots, somebody = await self._door.house.look_up(team)
        return Looked(slots, somebody and self._door.exchange.places)

    async def _seal(self, wish: Seal) -> Event:
        try:
            code = await self._code if self._code is not None else await self._door.house.new_code()
            await self._door.house.seal(wish, code)
        except AlreadyOpen:
            return Refused()
        except IntakeError as error:
            log.warning("a callback was not stored: %s", error.code)
            return Failed()
        return Stored(code.words)

    async def _connect(self, team: str) -> Event | None:
        from bots.hotline.connecting import connect

        phones = await self._door.house.on_duty(team)
        return None if await connect(self._door.exchange, self._line, phones) else NotConnected()
