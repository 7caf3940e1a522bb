"""A house with a staff account in one process: real store, desk and outbox, a real homeserver behind a gateway."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bots.matrix import Folder, new_pickle_key, provision
from bots.staff import StaffAccount
from intake.desk import Desk
from intake.outbox import Delivery, Outbox
from intake.store import RotaRow, Store, Transaction, open_store
from intake.team_desk import Who
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, settings
from tests.matrix.conftest import until
from tests.matrix.gateway import Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

_NUMBERS = itertools.count(1)
ALWAYS = {day: ["00:00-24:00"] for day in ("mo", "di", "mi", "do", "fr", "sa", "so")}


class Sms:
    """The next channel: what it was given."""

    def __init__(self) -> None:
        self.got: list[Delivery] = []

    async def deliver(self, delivery: Delivery) -> None:
        self.got.append(delivery)


class StaffHouse:
    """Counsellors mira (first on duty) and jonas (second) of team "hafen"; ``stop`` and ``start`` are a restart."""

    def __init__(self, path: Path, gateway: Gateway, homeserver: Homeserver) -> None:
        self.path, self.gateway, self.homeserver = path, gateway, homeserver
        self.network, self.clock, self.sms = SmallNetwork(), Clock(), Sms()
        self.key = new_pickle_key()
        self.advisors = {name: Advisor(name, ("hafen",)) for name in ("mira", "jonas")}
        self.phones: dict[str, Phone] = {}
        self._tasks: list[asyncio.Task[Any]] = []

    async def open(self) -> None:
        name = f"dienst{next(_NUMBERS)}x"
        self.user = self.homeserver.register(name, "pw")
        folder = Folder(self.path / "staff", self.key)
        self.session = await provision(folder, homeserver=self.gateway.url, user=self.user, password="pw")
        async with open_store("sqlite", self.path) as store:
            for advisor in self.advisors.values():
                await advisor.enrol(store, self.network)
            plan = {
                "night_duty": True,
                "shifts": [
                    {"id": place, "place": place, "blocks": ALWAYS, "people": [who], "since": "2026-11-02",
                     "on_days_off": True}
                    for place, who in (("first", "mira"), ("second", "jonas"))
                ],
            }  # fmt: skip
            row = RotaRow("hafen", 1, msgspec.json.encode(plan).decode(), "mira", 0)
            assert await store.write(lambda tx: tx.put_rota(row))
        await self.start()

    async def start(self) -> None:
        self._store = open_store("sqlite", self.path)
        self.store: Store = await self._store.__aenter__()
        given = settings(self.path, channels=("matrix", "sms"), at_rest_key=b"\x07" * 32)
        self.desk = Desk(self.store, self.network, given, self.clock)  # type: ignore[arg-type]
        self.staff = StaffAccount(Folder(self.path / "staff", self.key), self.desk, look_every=0.1)
        self.outbox = Outbox(self.desk, {"matrix": self.staff, "sms": self.sms}, lambda: 0.5)
        self._tasks = [asyncio.create_task(self.staff.run()), asyncio.create_task(self.outbox.run())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        await self._store.__aexit__(None, None, None)

    @property
    def alive(self) -> bool:
        return all(not task.done() for task in self._tasks)

    async def who(self, member: str) -> Who:
        return await self.advisors[member].login(self.desk.team)

    async def register(self, member: str, phone: Phone, **more: Any) -> None:
        await self.desk.phones.register(
            await self.who(member), member, matrix_user=phone.user, **{"number": None, **more}
        )
        self.phones[member] = phone

    async def code(self, member: str) -> str:
        code, _ = await self.desk.phones.new_code(await self.who(member), member, "matrix")
        assert code is not None
        return code

    async def arrive(self, member: str, phone: Phone, **more: Any) -> str:
        """Registered, in the room, greeted; returns the room."""
        await self.register(member, phone, **more)
        await self.read(phone, "noch nicht bestätigt")
        (room,) = [room for room in phone.nio.rooms if self.user in phone.nio.rooms[room].users]
        return room

    async def verified(self, member: str, phone: Phone, **more: Any) -> str:
        room = await self.arrive(member, phone, **more)
        await phone.say(room, await self.code(member))
        await self.read(phone, "Ab jetzt kommen Alarme")
        phone.read.clear()
        return room

    async def read(self, phone: Phone, part: str, seconds: float = 60) -> str:
        """Until the phone has read something with ``part`` in it; returns the whole text."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            found = [text for text in phone.read if part in text]
            if found:
                return found[-1]
            assert asyncio.get_running_loop().time() < end, f"{part!r} was not read, but: {phone.read}"
            assert self.alive, [task for task in self._tasks if task.done()]
            await phone.step()
            await asyncio.sleep(0.05)

    async def quiet(self, phone: Phone, seconds: float = 1.0) -> list[str]:
        """What comes within a while, that is: what does not come."""
        before = len(phone.read)
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await phone.step()
            await asyncio.sleep(0.1)
        return phone.read[before:]

    async def contact(self, text: str = "Ich brauche Rat.") -> Seeker:
        """An urgent contact: its alert is due at once."""
        seeker = Seeker(self.network)
        await seeker.send(self.desk, seeker.contact(text), urgent=True)
        return seeker

    async def owner(self, seeker: Seeker) -> str | None:
        async def unit(tx: Transaction) -> str | None:
            row = await tx.contact(seeker.keys.id)
            return None if row is None else row.claimed_by

        return await self.store.read(unit)

    async def waiting(self) -> int:
        """Rows of the outbox that are still on their way."""

        async def unit(tx: Transaction) -> int:
            found = await tx.raw.row("SELECT count(*) FROM outbox WHERE state = 'waiting'")
            return int(found[0]) if found else 0

        return await self.store.read(unit)

    async def until_sent(self) -> None:
        """Until nothing waits in the outbox any more."""
        end = asyncio.get_running_loop().time() + 60
        while await self.waiting():
            assert asyncio.get_running_loop().time() < end, "the outbox does not get empty"
            await asyncio.sleep(0.02)

    async def minute(self) -> None:
        """A minute passes, with all that it brings on every channel."""
        self.clock.pass_by(minutes=1)
        await self.desk.alerts.tick()
        await self.desk.alerts.audit()
        for channel in ("sms", "matrix"):
            while await self.outbox.drain(channel):
                pass

    async def attempts(self, channel: str) -> list[int]:
        """How often each waiting row was tried."""
        sql = "SELECT attempts FROM outbox WHERE state = 'waiting' AND channel = ?"
        return [row[0] for row in await self.store.read(lambda tx: tx.raw.rows(sql, channel))]

    async def hurry(self) -> None:
        """Rows that wait for a next attempt are due now."""
        await self.store.write(lambda tx: tx.raw.run("UPDATE outbox SET due = 0 WHERE state = 'waiting'"))
        self.outbox.wake()

    async def until(self, true: Callable[[], Any], seconds: float = 60) -> None:
        await until(true, seconds)

    def events(self, room: str) -> list[dict[str, Any]]:
        return self.homeserver.events(room, self.session.token)
