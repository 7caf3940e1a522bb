"""A harbour team with a rota, phones and a recording Messenger: the stage of the alert stories."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bots.wording import room_text, sms_text
from config.settings import Settings
from intake import alerts as machine
from intake import rota_document, sayings
from intake.alert_model import Alert
from intake.delivery import DeliveryError
from intake.desk import Desk
from intake.directory import Coordination, Directory, Text
from intake.outbox import Delivery, Outbox
from intake.rota_document import Plan, ShiftForm
from intake.store import PhoneRow, RotaRow, Store, Transaction
from intake.store.base import migrations
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, settings
from tests.leaks import Place

NIGHT = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)  # half past two at night in Germany
ALWAYS = dict.fromkeys(("mo", "di", "mi", "do", "fr", "sa", "so"), ("00:00-24:00",))
TEXT_OF = {"matrix": room_text, "sms": sms_text}


class Recorder:
    """A Messenger that keeps what it was given. `down`: raises it until told otherwise."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.brought: list[Delivery] = []
        self.tried: list[str] = []
        self.down: Exception | None = None
        self.never: set[str] = set()  # recipients for whom it fails for good

    async def deliver(self, delivery: Delivery) -> None:
        self.tried.append(delivery.id)
        if self.down is not None:
            raise self.down
        if delivery.recipient in self.never:
            raise DeliveryError("unknown there", permanent=True)
        if self.channel in TEXT_OF:
            assert TEXT_OF[self.channel](delivery)
        if all(delivery.id != one.id for one in self.brought):  # as every channel with an idempotency key does
            self.brought.append(delivery)

    def to(self, member: str, kind: str = "notice") -> list[Delivery]:
        return [one for one in self.brought if one.recipient == member and one.saying.kind.value == kind]

    def people(self) -> list[str]:
        return [one.recipient for one in self.brought if one.saying.kind is sayings.Kind.NOTICE]


def with_coordination(network: SmallNetwork) -> None:
    """Gives the small network a coordination, as every Land has one."""
    text = Text("Sie sorgt dafür, dass Teams erreichbar sind.", "It makes sure that teams can be reached.")
    unit = Coordination("lks", "Koordinierung", ("DE8",), text)
    network.directory = msgspec.structs.replace(network.directory, coordinations=(unit,))
    assert isinstance(network.directory, Directory)


@dataclass
class Stage:
    """Everything at hand: `people` of hafen are mira (first), jonas (second), aylin, rita (lead); karin coordinates."""

    store: Store
    desk: Desk
    clock: Clock
    network: SmallNetwork
    recorders: dict[str, Recorder]
    outbox: Outbox
    people: dict[str, Advisor] = field(default_factory=dict)

    async def pass_by(self, **time: float) -> None:
        """Time goes by minute by minute, with everything that a minute brings."""
        end = self.clock.now + timedelta(**time)
        while self.clock.now < end:
            self.clock.now = min(self.clock.now + timedelta(minutes=1), end)
            await self.turn()

    async def turn(self) -> None:
        """One waking of ticker and outbox."""
        await self.desk.alerts.tick()
        await self.desk.alerts.audit()
        await self.desk.alerts.test_alarm()
        await self.drain()

    async def drain(self) -> None:
        for channel in self.recorders:
            while await self.outbox.drain(channel):
                pass

    async def contact(self, *, urgent: bool = True) -> Seeker:
        seeker = Seeker(self.network)
        await seeker.send(self.desk, seeker.contact(), urgent=urgent)
        await self.drain()
        return seeker

    async def alert_of(self, seeker: Seeker) -> Alert:
        row = await self.store.read(lambda tx: tx.open_alert(seeker.keys.id.hex()))
        assert row is not None, "no open alert"
        return machine.load(row.document)

    async def row_of(self, seeker: Seeker) -> Any:
        return await self.store.read(lambda tx: tx.contact(seeker.keys.id))

    def reopen(self, outbox: bool = True) -> None:
        """Another process on the same rows: everything in memory is gone."""
        self.desk = Desk(self.store, self.network, self.desk.settings, self.clock)
        if outbox:
            self.outbox = Outbox(self.desk, self.recorders, lambda: 0.0)


def plan(first: Sequence[str | None] = ("mira",), second: Sequence[str | None] = ("jonas",), **more: Any) -> Plan:
    since = datetime(2026, 11, 2, tzinfo=UTC).date()
    shifts = [ShiftForm("Erste", "first", ALWAYS, tuple(first), since, on_days_off=True)]
    if second:
        shifts.append(ShiftForm("Zweite", "second", ALWAYS, tuple(second), since, on_days_off=True))
    return Plan(night_duty=True, shifts=tuple(shifts), **more)


async def put_plan(store: Store, made: Plan, version: int = 1, team: str = "hafen") -> None:
    assert await store.write(lambda tx: tx.put_rota(RotaRow(team, version, rota_document.encode(made), "rita", 0)))


async def give_phone(tx: Transaction, desk: Desk, member: str, *, number: bool = True, matrix: bool = True) -> None:
    blank = PhoneRow(member, None, None, None, None, None, "[]", None, None, None, None, 0, "de", "{}", None, None, 1)
    if number:
        sealed = desk.phones._seal(f"+4917139200{len(member):02}", member)
        blank = blank._replace(number=sealed, network="mobile", number_verified=1)
    if matrix:
        devices = '[{"device_id":"A","ed25519":"k","pinned":true}]'
        blank = blank._replace(
            matrix_user=f"@{member}:x", matrix_room="!r:x", matrix_devices=devices, matrix_verified=1
        )
    await tx.put_phone(blank)


def ring_settings(folder: Path, **more: Any) -> Settings:
    given: dict[str, Any] = {"at_rest_key": bytes(range(32)), "channels": ("matrix", "sms"), "test_alarm": ""}
    return settings(folder, **{**given, **more})


async def set_stage(store: Store, folder: Path, now: datetime = NIGHT, **more: Any) -> Stage:
    clock, network = Clock(now), SmallNetwork()
    network.publish(now - timedelta(days=1))
    with_coordination(network)
    desk = Desk(store, network, ring_settings(folder, **more), clock)
    recorders = {channel: Recorder(channel) for channel in desk.settings.channels}
    stage = Stage(store, desk, clock, network, recorders, Outbox(desk, recorders, lambda: 0.0))
    for name in ("mira", "jonas", "aylin", "rita"):
        stage.people[name] = Advisor(name, ("hafen",))
        await stage.people[name].enrol(store, network)
    stage.people["gast"] = Advisor("gast", ("garten",))
    await stage.people["gast"].enrol(store, network)
    karin = stage.people["karin"] = Advisor("karin", ())
    await karin.enrol(store, network)

    async def unit(tx: Transaction) -> None:
        await tx.put_role("rita", "hafen", "lead")
        await tx.join("karin", "lks")
        await tx.put_role("karin", "lks", "coordination")
        for name in stage.people:
            await give_phone(tx, desk, name)

    await store.write(unit)
    await put_plan(store, plan())
    return stage


async def rows_as_places(store: Store) -> list[Place]:
    """Every table as a place for the search for plaintext: on PostgreSQL the files are not ours."""
    tables = set(re.findall(r"CREATE TABLE (\w+)", "".join(text for _, _, text in migrations())))
    found = []
    for table in sorted(tables):
        rows = await store.read(lambda tx, table=table: tx.raw.rows(f"SELECT * FROM {table}"))  # type: ignore[misc]  # noqa: S608
        pieces = [bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for row in rows for v in row]
        found.append(Place(f"table {table}", b"\n".join(pieces)))
    return found


async def together(*work: Any) -> list[Any]:
    return list(await asyncio.gather(*work, return_exceptions=True))
