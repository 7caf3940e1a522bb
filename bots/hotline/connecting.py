"""Fetching a counsellor to the telephone: the service phone rings, a person presses 1, and the two are joined.

Whoever picks up is not a person before a key is pressed: a voicemail picks up, too. Neither side is told a number.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence

from bots.hotline.line import Exchange, Line
from intake.delivery import DeliveryError
from intake.phones import PhoneNumber
from intake.telephony import Digit, Ended

log = logging.getLogger("erstkontakt.hotline")

RING_SECONDS = 25.0
RING_THEM_SECONDS = 40.0
KEY_SECONDS = 12.0  # after picking up; the sentence is said twice in it


class NoPerson(Exception):
    """Nobody has picked up and pressed 1. ``why``: for the log, without a number."""


async def person(leg: Line, clips: Sequence[str], *, ring: float = RING_SECONDS, key: float = KEY_SECONDS) -> None:
    """Returns when a person has pressed 1 on this leg. Otherwise it is ended. Raises NoPerson."""
    accepted = False
    try:
        async with asyncio.timeout(ring):
            while not leg.answered:
                if isinstance(event := await leg.next(), Ended):
                    raise NoPerson(event.cause.value)
        await leg.play((*clips, *clips))
        async with asyncio.timeout(key):
            while not accepted:
                match await leg.next():
                    case Digit("1"):
                        accepted = True
                    case Digit():
                        raise NoPerson("another key was pressed")
                    case Ended(cause):
                        raise NoPerson(cause.value)
    except TimeoutError:
        raise NoPerson("no key was pressed" if leg.answered else "nobody picked up") from None
    finally:
        if not accepted:
            await leg.hang_up()


async def connect(exchange: Exchange, caller: Line, phones: Sequence[PhoneNumber]) -> bool:
    """Tries the service phones in turn while the caller waits. True: they talked, and the call is over."""
    for phone in phones:
        leg = await _fetched(exchange, caller, phone)
        if leg is not None:
            await _until_ended(caller)
            return True
        if caller.ended:
            return True
    return False


async def _fetched(exchange: Exchange, caller: Line, phone: PhoneNumber) -> Line | None:
    """The joined leg, or None."""
    try:
        leg = await exchange.place(phone, hide_number=True, reference=secrets.token_hex(8), beside=caller)
    except DeliveryError as error:
        log.info("connecting: %s", error)
        return None
    waiting = asyncio.ensure_future(person(leg, ("de/staff_connect",)))
    gone = asyncio.ensure_future(_until_ended(caller))
    try:
        await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            return None
        waiting.result()
        await caller.join(leg)
    except (NoPerson, DeliveryError) as error:
        log.info("connecting: %s", error)
        await leg.hang_up()
        return None
    finally:
        for task in (waiting, gone):
            task.cancel()
        await asyncio.gather(waiting, gone, return_exceptions=True)
        if caller.ended:
            await leg.hang_up()
    return leg


class Callbacks:
    """ "Verbinden" in the console: intake.telephony.Connector over our own lines."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def connect(self, ours: PhoneNumber, theirs: PhoneNumber) -> None:
        """Numbers live as long as this call."""
        try:
            leg = await self._exchange.place(ours, hide_number=True, reference=secrets.token_hex(8))
        except DeliveryError as error:
            log.info("callback: %s", error)
            return
        try:
            await person(leg, ("de/staff_callback",))
            other = await self._exchange.place(theirs, hide_number=True, reference=secrets.token_hex(8), beside=leg)
        except (NoPerson, DeliveryError) as error:
            log.info("callback: %s", error)
            await leg.hang_up()
            return
        try:
            async with asyncio.timeout(RING_THEM_SECONDS):
                while not other.answered and not other.ended and not leg.ended:
                    await _either(leg, other)
            if other.answered and not other.ended and not leg.ended:
                await leg.join(other)
                await _until_ended(other)
        except (TimeoutError, DeliveryError):
            log.info("callback: not reached")
        finally:
            await asyncio.gather(leg.hang_up(), other.hang_up())


async def _either(one: Line, other: Line) -> None:
    """Until something happens on one of two lines."""
    waiting = [asyncio.ensure_future(line.next()) for line in (one, other)]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _until_ended(line: Line) -> None:
    async for _ in line.events():
        pass
