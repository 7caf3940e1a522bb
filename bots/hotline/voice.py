"""The channel "voice": service phones are called. Whoever picks up is not a person before the 1 is pressed.

An alert that is taken on the telephone is taken as by a message. What is said names no person and no matter.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bots.hotline.connecting import NoPerson, person
from bots.hotline.door import Gone, say
from bots.hotline.line import Exchange, Line
from bots.hotline.phrases import digits
from intake.alert_model import Message
from intake.delivery import DeliveryError
from intake.errors import NotThere, NumberRefused
from intake.phones import parse
from intake.sayings import Kind
from intake.telephony import Ended

if TYPE_CHECKING:
    from intake.desk import Desk
    from intake.outbox import Delivery

TRIES = 2  # calls that nobody takes; then the next channel or person
AGAIN_AFTER = timedelta(minutes=2)
RING_SECONDS = 16.0  # ringing and pressing together stay below the outbox's patience with one delivery
KEY_SECONDS = 10.0


class Voice:
    """``exchange``: of the telephone door."""

    def __init__(self, exchange: Exchange, desk: Desk) -> None:
        self._exchange, self._desk = exchange, desk

    async def deliver(self, delivery: Delivery) -> None:
        """Returns when a person has heard it (a code: when somebody has picked up). Raises DeliveryError."""
        try:
            number = parse(delivery.address.number)
        except NumberRefused as error:
            raise DeliveryError(f"voice: {error}", permanent=True) from None
        line = await self._exchange.place(number, hide_number=False, reference=delivery.id)
        try:
            await self._tell(line, delivery)
        except (NoPerson, Gone) as error:
            last = delivery.attempts >= TRIES
            raise DeliveryError(f"voice: {error or 'hung up'}", permanent=last, retry_after=AGAIN_AFTER) from None
        finally:
            await line.hang_up()

    async def _tell(self, line: Line, delivery: Delivery) -> None:
        saying, language = delivery.saying, delivery.language
        if saying.kind is Kind.CODE:
            # The right code typed into the console is proof enough of a person; 1 would only be one key more.
            while not line.answered:
                if isinstance(await line.next(), Ended):
                    raise NoPerson("nobody picked up")
            spoken = ("staff_code", *digits(saying.code))
            await say(line, [f"{language}/{name}" for name in (*spoken, *spoken)])
            return
        asks = saying.kind is Kind.NOTICE
        trial = saying.kind is Kind.PROBE or saying.message is Message.TEST
        name = "staff_test" if trial else "staff_alert" if asks else "staff_news"
        await person(line, (f"{language}/{name}",), ring=RING_SECONDS, key=KEY_SECONDS)
        for alert, round_ in saying.about if asks else ():
            try:
                await self._desk.alerts.take(delivery.recipient, alert, round_)
            except NotThere:
                continue  # it is over by now
        await say(line, (f"{language}/staff_thanks",))
