"""The only room that speaks outward. It delivers what was written, at least once, and knows nothing of why.

    row waits ──claimed under a lease──> Messenger.deliver ──> sent
        ^                                   │ temporary: back-off with jitter, or when the other side has asked
        └───────────────────────────────────┤ permanent, or too often, or too old: dead letter
                                            └ killed: the lease ends and the row is claimed again

A channel is a loop of its own: a homeserver that is down delays no SMS. Within a channel the rows of one recipient keep
their order, and different recipients do not wait for each other. The row's id is the idempotency key on every channel,
so what is delivered twice arrives once. Rows that lost their sense while they waited are dropped unsaid.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec

from crypto.errors import AtRestUnreadable
from intake import alerts, checkins, sayings
from intake.alert_model import Alert, Message, Phase
from intake.alert_reference import Reference, reference
from intake.announcer import second_of
from intake.delivery import DeliveryError
from intake.desk import PERSON
from intake.errors import NoAtRestKey, Unavailable
from intake.phone_desk import MatrixDevice as MatrixDevice
from intake.phone_desk import ServicePhone
from intake.phone_desk import Subscription as Subscription
from intake.sayings import Saying
from intake.store import OutboxRow, Transaction
from intake.working_time import BERLIN

if TYPE_CHECKING:
    from intake.desk import Desk

log = logging.getLogger("erstkontakt.outbox")

AT_ONCE = 25  # rows of one channel that are under way together
LEASE = timedelta(seconds=120)
PATIENCE = 30.0  # seconds for one delivery; shorter than the lease
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
OLDEST = timedelta(hours=24)
FIRST_LOOK = 0.005  # seconds after being woken; then twice that, and so on until POLL
POLL = 2.0  # seconds, for rows that another process wrote
CALM = 19.0  # after a full portion: so many times as long as it took, nothing
LONGEST_CALM = 1.0  # seconds
CODE_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to; printing shows nothing of it. `devices` are the pinned ones only."""

    number: str = field(default="", repr=False)
    network: str = field(default="mobile", repr=False)
    matrix_user: str = field(default="", repr=False)
    matrix_room: str = field(default="", repr=False)
    devices: tuple[MatrixDevice, ...] = field(default=(), repr=False)
    subscriptions: tuple[Subscription, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One saying on its way. `id` is the same on every attempt; `attempts` is 1 on the first."""

    id: str
    channel: str
    recipient: str
    attempts: int
    saying: Saying
    address: Address
    language: str
    team: str
    zone: str
    references: tuple[Reference, ...]
    owner: str
    link: str
    late: timedelta
    at: datetime | None = None

    @classmethod
    def to_person(cls, row: OutboxRow, saying: Saying) -> Delivery:
        """A help-seeker is to be told something; `recipient` names the row of their room (intake/room_desk.py)."""
        nobody = ("", "", "", (), "", "", timedelta(0))
        return cls(row.id, row.channel, row.recipient, row.attempts, saying, Address(), *nobody)


class Messenger(Protocol):
    """Speaks on one channel."""

    async def deliver(self, delivery: Delivery) -> None:
        """Returns when it is brought. Raises DeliveryError; anything else counts as a temporary failure."""
        ...


def pause_before(attempt: int, jitter: float) -> timedelta:
    """Exponential back-off: 5 s, 10 s, 20 s … 10 min, each shortened by up to a half (`jitter` from 0 to 1)."""
    longest = min(FIRST_PAUSE * (1 << min(attempt - 1, 10)), LONGEST_PAUSE)
    return longest * (1 - jitter / 2)


class Outbox:
    """`messengers`: channel -> who speaks there. `jitter` gives numbers from 0 to 1."""

    def __init__(self, desk: Desk, messengers: Mapping[str, Messenger], jitter: Callable[[], float]) -> None:
        self._desk, self._messengers, self._jitter = desk, messengers, jitter
        self._wake = {channel: asyncio.Event() for channel in messengers}

    async def run(self) -> None:
        """Delivers until cancelled, each channel for itself. A database that is busy is asked again."""
        loop = asyncio.get_running_loop()
        self._desk.alerts.announce.written = partial(loop.call_soon_threadsafe, self.wake)
        async with asyncio.TaskGroup() as lanes:
            for channel in self._messengers:
                lanes.create_task(self._run_channel(channel), name=f"outbox {channel}")

    def wake(self) -> None:
        """Something was written."""
        for event in self._wake.values():
            event.set()

    async def _run_channel(self, channel: str) -> None:
        wake = self._wake[channel]
        loop = asyncio.get_running_loop()
        look = POLL
        while True:
            wake.clear()
            began = loop.time()
            try:
                moved = await self.drain(channel)
            except Unavailable as error:
                log.warning("outbox %s: %s: %s", channel, error.code, error)
                moved = 0
            if moved >= AT_ONCE:
                # A flood is brought in small portions: most of the time belongs to those who wait for an answer.
                await asyncio.sleep(min((loop.time() - began) * CALM, LONGEST_CALM))
            elif not moved:  # otherwise the next rows of the same recipients may have their turn now
                try:
                    async with asyncio.timeout(look):
                        await wake.wait()
                    look = FIRST_LOOK  # what woke us is written, but perhaps not committed yet
                except TimeoutError:
                    look = min(look * 2, POLL)

    async def drain(self, channel: str) -> int:
        """Delivers what is due on this channel once; returns how many rows it claimed."""
        now = self._desk.clock()
        next_due = await self._desk.store.read(lambda tx: tx.next_outbox(channel))
        if next_due is None or next_due > second_of(now):
            return 0
        rows = await self._desk.store.write(
            lambda tx: tx.take_outbox(channel, second_of(now), second_of(now + LEASE), AT_ONCE)
        )
        composed = await self._desk.store.read(lambda tx: self._compose_all(tx, rows))
        brought: list[OutboxRow] = []
        senseless = [row for row in rows if composed[row.id] is None]
        work = (self._deliver(row, composed[row.id], brought) for row in rows if composed[row.id] is not None)
        faults = await asyncio.gather(*work, return_exceptions=True)
        await self._desk.store.write(lambda tx: self._done(tx, brought, senseless))
        for fault in faults:
            if isinstance(fault, BaseException):
                raise fault
        return len(rows)

    async def _deliver(self, row: OutboxRow, delivery: Delivery | Exception | None, brought: list[OutboxRow]) -> None:
        try:
            if isinstance(delivery, Exception):
                raise delivery
            assert delivery is not None  # noqa: S101 - those without sense are sorted out before
            async with asyncio.timeout(PATIENCE):
                await self._messengers[row.channel].deliver(delivery)
            brought.append(row)
        except DeliveryError as error:
            await self._failed(row, str(error), permanent=error.permanent, after=error.retry_after)
        except (AtRestUnreadable, NoAtRestKey, msgspec.MsgspecError) as error:
            await self._failed(row, type(error).__name__, permanent=True)
        except Unavailable:
            raise  # our own database: the lease ends and the row is claimed again
        except Exception as error:
            # A fault of a messenger stays with this row; its text may carry an address and is not told.
            await self._failed(row, type(error).__name__, permanent=False)

    async def _done(self, tx: Transaction, brought: list[OutboxRow], senseless: list[OutboxRow]) -> None:
        await tx.sent_outbox([row.id for row in brought], second_of(self._desk.clock()))
        for row in senseless:
            await tx.drop_outbox(row.id)

    async def _failed(self, row: OutboxRow, trouble: str, *, permanent: bool, after: timedelta | None = None) -> None:
        now = self._desk.clock()
        log.warning("outbox %s %s to %s, attempt %s: %s", row.channel, row.id, row.recipient, row.attempts, trouble)
        pause = pause_before(row.attempts, self._jitter()) if after is None else min(after, OLDEST)
        # An answer to a help-seeker is worth bringing as long as its mailbox is there; after that the row has no sense.
        too_old = row.channel != PERSON and second_of(now + pause) > row.since + int(OLDEST.total_seconds())

        async def unit(tx: Transaction) -> None:
            if not permanent and not too_old:
                await tx.delay_outbox(row.id, second_of(now + pause), trouble)
            elif await tx.bury_outbox(row.id, trouble):
                await self._desk.alerts.undeliverable(tx, row)

        await self._desk.store.write(unit)

    # ----------------------------------------------------------------------------------------------------- compose

    async def _compose_all(self, tx: Transaction, rows: list[OutboxRow]) -> dict[str, Delivery | Exception | None]:
        found: dict[str, Delivery | Exception | None] = {}
        for row in rows:
            try:
                found[row.id] = await self._compose(tx, row)
            except (AtRestUnreadable, NoAtRestKey, msgspec.MsgspecError) as error:
                found[row.id] = error  # of this row alone
        return found

    async def _compose(self, tx: Transaction, row: OutboxRow) -> Delivery | None:
        """The delivery, with the address as it is now; None when saying it has lost its sense."""
        saying = sayings.load(row.saying)
        if row.channel == PERSON:  # the door knows the rest; nothing of it may be known here
            name = bytes.fromhex(row.recipient)
            return Delivery.to_person(row, saying) if await tx.room(name) is not None else None
        stored = await tx.phone(row.recipient)
        phone = None if stored is None else self._desk.phones.read(stored)
        address = await self._address(tx, row, phone, saying)
        if address is None:
            return None
        found = [await tx.alert(id) for id, _ in saying.about]
        known = [alerts.load(one.document) for one in found if one is not None]
        rounds = dict(saying.about)
        if saying.kind is sayings.Kind.NOTICE:
            known = [
                alert
                for alert in known
                if _still_meant(alert, rounds[alert.id], saying.message, row.recipient)
                # After an outage the latest call says it all; ten equal ones would only frighten.
                and await tx.told_by(alert.id, row.recipient) == row.bundle
            ]
            if not known:
                return None
        references = tuple(reference(alert.id, rounds[alert.id]) for alert in known)
        if saying.kind is sayings.Kind.CHECK_IN:
            visit = await tx.visit(saying.about[0][0])
            if visit is None or not self._desk.visits.still_meant(
                checkins.load(visit.document), saying.check_in, saying.about[0][1], row.recipient
            ):
                return None
            references = (reference(visit.id, 0),)
        if saying.kind is sayings.Kind.APPOINTMENT and not await self._desk.appointments.still_meant(tx, saying):
            return None
        owner = (await tx.names({saying.owner})).get(saying.owner, "") if saying.owner else ""
        return Delivery(
            row.id,
            row.channel,
            row.recipient,
            row.attempts,
            saying,
            address,
            "de" if phone is None else phone.language,
            self._desk.alerts.on_call.name(saying.team) if saying.team else "",
            BERLIN,
            references,
            owner,
            f"{self._desk.settings.public_url}/team/",
            timedelta(minutes=saying.late),
            None if saying.at is None else datetime.fromtimestamp(60 * saying.at, UTC),
        )

    async def _address(
        self, tx: Transaction, row: OutboxRow, phone: ServicePhone | None, saying: Saying
    ) -> Address | None:
        """None when this person is no longer reached on this channel."""
        desk = self._desk.phones
        if row.channel == "push":
            subscriptions = await desk.subscriptions(tx, row.recipient)
            return Address(subscriptions=subscriptions) if subscriptions else None
        if phone is None or phone.cut_off is not None:
            return None
        if row.channel == "matrix":
            if phone.matrix_verified is None:
                return None
            pinned = tuple(device for device in phone.devices if device.pinned)
            return Address(matrix_user=phone.matrix_user, matrix_room=phone.matrix_room, devices=pinned)
        if row.address is not None:
            return Address(number=desk.open_number(row.address, row.recipient), network=phone.network)
        if saying.kind is sayings.Kind.CODE:
            fresh = second_of(self._desk.clock()) - row.since < CODE_FOR.total_seconds()
            return Address(number=phone.number, network=phone.network) if fresh and phone.number else None
        return Address(number=phone.number, network=phone.network) if phone.number_verified is not None else None


def _still_meant(alert: Alert, round_: int, message: Message | None, recipient: str) -> bool:
    """Whether it still helps to say this: the alert is open, in this round, and not taken by somebody."""
    if message is Message.TEST_MISSED:
        return True
    if alert.phase is Phase.RESOLVED or alert.round != round_:
        return False
    if message is Message.REMINDER:
        return alert.owner == recipient
    return alert.phase is not Phase.ACKNOWLEDGED
