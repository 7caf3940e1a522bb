"""The telephone door with real telephones: baresip carries, calls, answers and is killed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from bots.hotline.baresip import Account, Baresip, Plan
from tests.hotline.softphone import Softphone, free_ports
from tests.hotline.stage import PretendHouse, Tones, WatchedDoor

ANNE = "+4917139200123"


@contextlib.asynccontextmanager
async def hotline(folder: Path, lines: int, house: PretendHouse, gateway: str = "") -> AsyncIterator[WatchedDoor]:
    port = free_ports(2 * lines + 2)
    accounts = tuple(Account.read(f"sip:hotline@127.0.0.1:{port + 2 * n};regint=0") for n in range(lines))
    exchange = Baresip(Plan(folder, accounts, port=port, gateway=gateway), Tones(folder))
    door = WatchedDoor(exchange, house)
    running = asyncio.ensure_future(door.run())
    try:
        await exchange.ready()
        yield door
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_wish_left_at_three_in_the_morning(tmp_path: Path) -> None:
    house = PretendHouse()
    async with hotline(tmp_path / "lines", 1, house) as door, Softphone(tmp_path / "anne", {ANNE: "manual"}) as anne:
        await anne.call(door.exchange.plan.accounts[0].uri)
        await door.heard("language", ANNE)
        await anne.key("1")
        await door.heard("place", ANNE)
        await anne.key("23966")
        await door.heard("team", ANNE)
        await anne.key("1")
        await door.heard("this_number", ANNE)
        await anne.key("1")
        await door.heard("slots", ANNE)
        await anne.key("2")
        await door.heard("code", ANNE)
        await anne.key("4711")
        await door.heard("right", ANNE)
        await anne.key("1")
        await door.heard("urgent", ANNE)
        await anne.key("2")
        await door.heard("words", ANNE)
        await anne.key("2")
        await door.ended()
        await anne.until("CALL_CLOSED")
    assert len(house.stored) == 1
    assert house.stored[0].number.e164 == ANNE
    assert house.stored[0].code == "4711"
