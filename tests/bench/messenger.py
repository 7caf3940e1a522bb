"""From a stored urgent contact to the counsellor's real Matrix client, against a bare nio client sending to it."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from nio import RoomMessage

from intake.ticker import GLANCE
from tests.bench.table import Measure, Table
from tests.matrix.gateway import Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone
from tests.matrix.staff_house import StaffHouse

TIMES = 100
TICK_MS = 1000 * GLANCE  # urgent alerts do not wait for it


class Listening(Phone):
    """A phone that is awake: it gets every message the moment the homeserver has it."""

    def listen(self) -> None:
        self.heard = asyncio.Event()
        self.nio.add_event_callback(lambda room, event: self.heard.set(), RoomMessage)
        self._task = asyncio.create_task(self._loop())

    async def _loop(self) -> None:
        while True:
            await self.nio.sync(30_000, {"room": {"timeline": {"limit": 500}}, "presence": {"types": []}})
            if self.nio.should_query_keys:
                await self.nio.keys_query()

    async def next(self, part: str) -> None:
        """Until a message with ``part`` in it has come."""
        while not any(part in text for text in self.read):
            self.heard.clear()
            async with asyncio.timeout(30):
                await self.heard.wait()
        self.read.clear()


def measure(table: Table, folder: Path, scale: float) -> None:
    server = Homeserver(folder / "synapse")
    server.start()
    try:
        bare, ours = asyncio.run(_measure(server, folder, max(int(TIMES * scale), 10)))
    finally:
        server.stop()
    half, most = statistics.median(bare), _p99(bare)
    table.add(
        f"The counsellor's phone in Matrix, {len(ours)} times",
        Measure("bare nio room_send to received, median", half, "ms", note=f"p99 {most:.0f} ms"),
        Measure("contact stored to received, median", statistics.median(ours), "ms", ("<=", 1.5 * half + TICK_MS)),
        Measure("contact stored to received, p99", _p99(ours), "ms", ("<=", 1.5 * most + TICK_MS)),
        Measure("median against the bare one", statistics.median(ours) / half, "x", note="no tick in between"),
    )


async def _measure(server: Homeserver, folder: Path, times: int) -> tuple[list[float], list[float]]:
    gateway = Gateway(server.url)
    await gateway.start()
    (folder / "house").mkdir()
    house = StaffHouse(folder / "house", gateway, server)
    house.gateway.url = server.url  # nothing between us and the homeserver
    await house.open()
    phone = Listening(server.url, server.register("mira", "pw"), folder / "phone", "PHONE")
    floor = Phone(server.url, server.register("floor", "pw"), folder / "floor", "FLOOR")
    try:
        await phone.sign_in()
        await floor.sign_in()
        await house.verified("mira", phone)
        room = await _bare_room(floor, phone)
        phone.listen()
        bare, ours = [], []
        for number in range(times + 1):
            text = f"Boden {number}".ljust(1024)
            began = time.perf_counter()
            await floor.nio.room_send(
                room, "m.room.message", {"msgtype": "m.text", "body": text}, ignore_unverified_devices=True
            )
            await phone.next(text.strip())
            bare.append((time.perf_counter() - began) * 1000)
            await house.contact()
            began = time.perf_counter()
            await phone.next("Hafen")
            ours.append((time.perf_counter() - began) * 1000)
        return bare[1:], ours[1:]  # the first ones exchange keys
    finally:
        await phone.close()
        await floor.close()
        await house.stop()
        await gateway.stop()


async def _bare_room(floor: Phone, phone: Phone) -> str:
    encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    answer = await floor.nio.room_create(invite=[phone.user], is_direct=True, initial_state=[encryption])
    for _ in range(3):
        await phone.step()
        await floor.step()
    return str(answer.room_id)


def _p99(values: list[float]) -> float:
    return sorted(values)[max(0, -(-len(values) * 99 // 100) - 1)]
