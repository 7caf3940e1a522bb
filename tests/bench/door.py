"""The messenger's door: message in -> reply out against an echo bot on the same homeserver; 1,000 conversations.

The thousand are real conversations with a real desk and store; their homeserver is a stand-in that takes as long as a
real one, because a thousand accounts on a Synapse would measure Synapse.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from nio import RoomMessage

from tests.bench.messenger import Listening, _p99
from tests.bench.processes import memory_mb
from tests.bench.table import Measure, Table
from tests.matrix.contact_house import ContactHouse
from tests.matrix.gateway import Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

TIMES = 100
ROOMS = 1_000
PER_SECOND = 20
SECONDS = 60
SEND_SECONDS = 0.03  # one encrypted message, as measured against Synapse
ASKED, ANSWERED = "sprache", "Schreiben Sie „deutsch“"


class Echo(Listening):
    """A bare nio client that says what was said."""

    async def echo(self) -> None:
        self.nio.add_event_callback(self._echo, RoomMessage)
        self.listen()

    async def _echo(self, room: Any, event: Any) -> None:
        if event.sender != self.user:
            content = {"msgtype": "m.text", "body": f"Echo {event.body}"}
            await self.nio.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)


def measure(table: Table, folder: Path, scale: float) -> None:
    server = Homeserver(folder / "synapse")
    server.start()
    try:
        echo, ours, crowd = asyncio.run(_replies(server, folder, max(int(TIMES * scale), 10), max(int(50 * scale), 5)))
    finally:
        server.stop()
    half = statistics.median(echo)
    table.add(
        f"The messenger's door, {len(ours)} times",
        Measure("message in -> echo out, median", half, "ms", note=f"p99 {_p99(echo):.0f} ms"),
        Measure("message in -> reply out, median", statistics.median(ours), "ms", note=f"p99 {_p99(ours):.0f} ms"),
        Measure("reply against echo, median", statistics.median(ours) / half, "x", ("<", 1.3)),
    )
    (folder / "many").mkdir()
    table.add(
        "People at once, each with a messenger, on a homeserver of one process",
        Measure(f"{crowd[0]} people from the first word to their eight words", crowd[1], "s", note="no goal"),
    )
    command = [sys.executable, "-m", "tests.bench.door", str(folder / "many"), str(int(ROOMS * scale) or 1)]
    many = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    table.add(
        f"{many['rooms']:,} conversations in one process, {PER_SECOND} messages a second",
        Measure("memory of the process", many["memory"], "MB", ("<", 200), f"{many['before']:.0f} before the first"),
        Measure("slowest reply", many["slowest"], "s", ("<", 2.0), f"median {many['median'] * 1000:.0f} ms"),
    )


async def _replies(
    server: Homeserver, folder: Path, times: int, people: int
) -> tuple[list[float], list[float], tuple[int, float]]:
    gateway = Gateway(server.url)
    await gateway.start()
    gateway.url = server.url  # nothing between us and the homeserver
    (folder / "house").mkdir()
    house = ContactHouse(folder / "house", gateway, server)
    await house.open()
    house.contact.limits.messages._rate = type(house.contact.limits.messages._rate)(10_000, 0.001)
    phone = Listening(server.url, server.register("mira", "pw"), folder / "phone", "PHONE")
    echo = Echo(server.url, server.register("echo", "pw"), folder / "echo", "ECHO")
    phones: list[Phone] = []
    try:
        await phone.sign_in()
        await echo.sign_in()
        room = await house.meet(phone)
        other = await _room(phone, echo)
        await echo.echo()
        phone.listen()
        floor, ours = [], []
        for number in range(times + 1):
            asked = ((other, f"{number}", f"Echo {number}", floor), (room, ASKED, ANSWERED, ours))
            for where, said, part, kept in asked:
                phone.read.clear()
                began = time.perf_counter()
                await phone.say(where, said)
                await phone.next(part)
                kept.append((time.perf_counter() - began) * 1000)
        phones += [Phone(server.url, server.register(f"p{n}", "pw"), folder / f"p{n}", f"P{n}") for n in range(people)]
        for one in phones:
            await one.sign_in()
        house.poll, began = 0.5, time.perf_counter()
        assert len(set(await house.crowd(phones))) == people
        return floor[1:], ours[1:], (people, time.perf_counter() - began)  # the first ones exchange keys
    finally:
        for one in phones:
            await one.close()
        await phone.close()
        await echo.close()
        await house.stop()
        await gateway.stop()


async def _room(phone: Phone, other: Phone) -> str:
    encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    answer = await phone.nio.room_create(invite=[other.user], is_direct=True, initial_state=[encryption])
    for _ in range(3):
        await other.step()
        await phone.step()
    return str(answer.room_id)


# ------------------------------------------------------------------------------------- a thousand at once


class Standin:
    """What the account sees of a homeserver that works."""

    user, last_sync = "@kontakt:lab.test", 0.0

    def __init__(self) -> None:
        self.said: dict[str, asyncio.Event] = {}
        self.users: dict[str, str] = {}

    def members(self, room: str) -> frozenset[str]:
        return frozenset({self.user, self.users[room]})

    def encrypted(self, room: str) -> bool:
        return True

    def rooms(self) -> tuple[str, ...]:
        return tuple(self.users)

    async def send(self, room: str, to: str, text: str, transaction: str) -> str:
        await asyncio.sleep(SEND_SECONDS)
        self.said.setdefault(room, asyncio.Event()).set()
        return f"${transaction}"


async def _many(folder: Path, rooms: int) -> dict[str, float]:
    from bots.contact import ContactAccount
    from bots.matrix import Folder, Received, What, new_pickle_key
    from intake.desk import Desk
    from intake.network import Network
    from intake.store import open_store
    from tests.intake import publishing
    from tests.intake.small import Clock, settings

    publishing.publish(folder / "directory", publishing.first())
    network = Network(folder / "directory", publishing.ROOT)
    network.reload(publishing.NOW)
    own, pid = Standin(), os.getpid()
    async with open_store("sqlite", folder) as store:
        given = settings(folder, contact_account=own.user, at_rest_key=b"\x07\x08" * 16)
        desk = Desk(store, network, given, Clock(publishing.NOW))
        account = ContactAccount(Folder(folder / "contact", new_pickle_key()), desk)
        account._client = own  # type: ignore[assignment]
        gc.collect()
        before = memory_mb(pid)
        numbers = iter(range(10**9))

        async def say(room: str, text: str) -> float:
            own.said[room] = asyncio.Event()
            began = time.perf_counter()
            await account._handle(Received(f"${next(numbers)}", room, own.users[room], What.TEXT, text))
            await own.said[room].wait()
            return time.perf_counter() - began

        for number in range(rooms):
            own.users[f"!{number}:lab.test"] = f"@person{number}:lab.test"
        way = ("hallo", "2", "1", "23966", "ja", "Ich mache mir große Sorgen um meinen Sohn. " * 20)
        for text in way:  # everybody on the way, with a draft at its end
            for start in range(0, rooms, 50):
                some = list(own.users)[start : start + 50]
                await asyncio.gather(*(say(room, text) for room in some))
        times: list[float] = []
        chance = random.Random(4)  # noqa: S311 - the same rooms in every run
        running: list[asyncio.Task[float]] = []
        for _ in range(PER_SECOND * max(5, SECONDS * rooms // ROOMS)):
            running.append(asyncio.create_task(say(chance.choice(list(own.users)), "hilfe")))
            await asyncio.sleep(1 / PER_SECOND)
        with contextlib.suppress(TimeoutError):
            times = await asyncio.wait_for(asyncio.gather(*running), 30)
        assert len(times) == len(running), "not every message was answered"
        return {
            "rooms": rooms,
            "before": before,
            "memory": memory_mb(pid),
            "slowest": max(times),
            "median": statistics.median(times),
        }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_many(Path(sys.argv[1]), int(sys.argv[2])))))
