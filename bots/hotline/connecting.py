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


async def _until_ended(line: Line) -> None:
    async for _ in line.events():
        pass
