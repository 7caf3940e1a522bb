"""The telephone door with real telephones: baresip carries, calls, answers and is killed."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bots.hotline.baresip import Account, Baresip, Plan
from intake.phones import parse
from intake.telephony import Answered, Cause, Digit, Ended, Prompt, Ringing, Telephone
from tests.hotline.softphone import Softphone, free_ports
from tests.hotline.stage import PretendHouse, Tones, WatchedDoor

ANNE = "+4917139200123"


DUTY = "+4917139200777"
AWAY = "+4917139200778"


def exchange_of(door: WatchedDoor) -> Baresip:
    assert isinstance(door.exchange, Baresip)
    return door.exchange


def line_of(door: WatchedDoor, n: int = 0) -> str:
    """The address to call."""
    return exchange_of(door).plan.accounts[n].uri


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


USUAL = (("language", "1"), ("place", "23966"), ("team", "1"), ("this_number", "1"), ("slots", "2"), ("code", "4711"),
         ("right", "1"), ("urgent", "2"), ("words", "2"))  # fmt: skip


async def goes_through(door: WatchedDoor, phone: Softphone, number: str, answers: Sequence[tuple[str, str]]) -> None:
    """Answers each question when it is asked."""
    for question, keys in answers:
        await door.heard(question, number)
        await phone.key(keys, number)


async def test_a_wish_left_at_three_in_the_morning(tmp_path: Path) -> None:
    house = PretendHouse()
    async with hotline(tmp_path / "lines", 1, house) as door, Softphone(tmp_path / "anne", {ANNE: "manual"}) as anne:
        await anne.call(line_of(door))
        await goes_through(door, anne, ANNE, USUAL)
        await door.ended()
        await anne.until("CALL_CLOSED")
    assert [(wish.number.e164, wish.code) for wish in house.stored] == [(ANNE, "4711")]


async def test_hanging_up_at_any_question_leaves_nothing_and_a_free_line(tmp_path: Path) -> None:
    house = PretendHouse()
    async with hotline(tmp_path / "lines", 1, house) as door, Softphone(tmp_path / "anne", {ANNE: "manual"}) as anne:
        for count in (1, 3, 5):
            door.said.clear()
            await anne.call(line_of(door))
            await goes_through(door, anne, ANNE, USUAL[: count - 1])
            await door.heard(USUAL[count - 1][0], ANNE)
            await anne.hang_up()
            await anne.until("CALL_CLOSED", count=(count + 1) // 2)
            await door.ended((count + 1) // 2)
        assert door.free == 1
    assert house.stored == []


async def test_twenty_callers_on_four_lines(tmp_path: Path) -> None:
    """Four are talked to, all others hear at once that it is busy, and when a line is free it takes the next."""
    house = PretendHouse()
    numbers = [f"+4917139200{n:03}" for n in range(20)]
    async with (
        hotline(tmp_path / "lines", 4, house) as door,
        Softphone(tmp_path / "callers", dict.fromkeys(numbers, "manual"), most=40) as phones,
    ):
        for n, number in enumerate(numbers):
            await phones.call(line_of(door, n % 4), number)
        busy = await phones.until("CALL_CLOSED", count=16)
        assert busy["param"].startswith("486")
        talking = [number for number in numbers if number in door.said]
        assert len(talking) == 4
        assert door.free == 0
        for number in talking:
            await phones.key("1", number)
        for number in talking:
            await door.heard("place", number)
            await phones.hang_up(number)
        await door.ended(4)
        await phones.call(line_of(door), numbers[0])
        await door.heard("language", numbers[0])


async def test_a_killed_line_is_started_again_and_its_caller_is_free_to_call_again(tmp_path: Path) -> None:
    house = PretendHouse()
    async with hotline(tmp_path / "lines", 1, house) as door, Softphone(tmp_path / "anne", {ANNE: "manual"}) as anne:
        await anne.call(line_of(door))
        await goes_through(door, anne, ANNE, USUAL[:2])
        process = exchange_of(door)._processes[0]
        assert process._process is not None
        process._process.kill()
        await door.ended()
        await exchange_of(door).ready()
        await anne.hang_up()
        await anne.until("CALL_CLOSED")
        door.said.clear()
        await anne.call(line_of(door))
        await goes_through(door, anne, ANNE, USUAL)
        await door.ended(2)
    assert len(house.stored) == 1


async def test_a_counsellor_who_presses_one_is_joined_and_neither_sees_a_number(tmp_path: Path) -> None:
    house = PretendHouse(phones=(parse(AWAY), parse(DUTY)))
    numbers = {ANNE: "manual", AWAY: "busy", DUTY: "auto"}
    async with (
        Softphone(tmp_path / "phones", numbers) as phones,
        hotline(tmp_path / "lines", 1, house, gateway=f"127.0.0.1:{phones.port}") as door,
    ):
        await phones.call(line_of(door), ANNE)
        await goes_through(door, phones, ANNE, (*USUAL[:3], ("connect", "1")))
        await phones.until("CALL_ESTABLISHED", DUTY)
        await phones.key("1", DUTY)
        line = next(iter(door._talking))
        async with asyncio.timeout(10):
            while line.partner is None:  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(0.01)
        await phones.hang_up(DUTY)
        await phones.until("CALL_CLOSED", ANNE)
        await door.ended()
        invites = re.findall(r"^INVITE .*?\r?\n\r?\n", phones.messages, re.M | re.S)
        ours = [message for message in invites if "anonymous.invalid" in message]
    assert len(ours) >= 2
    for message in ours:
        assert re.search(r"^From: <sip:anonymous@[^>]*anonymous.invalid>", message, re.M)
        assert ANNE not in message
    assert house.stored == []


@pytest.mark.parametrize(("mode", "keys"), [("auto", "5"), ("busy", "")])
async def test_whoever_does_not_press_one_is_not_talked_to_and_a_callback_is_offered(
    tmp_path: Path, mode: str, keys: str
) -> None:
    house = PretendHouse(phones=(parse(DUTY),))
    async with (
        Softphone(tmp_path / "phones", {ANNE: "manual", DUTY: mode}) as phones,
        hotline(tmp_path / "lines", 1, house, gateway=f"127.0.0.1:{phones.port}") as door,
    ):
        await phones.call(line_of(door), ANNE)
        await goes_through(door, phones, ANNE, (*USUAL[:3], ("connect", "1")))
        if keys:
            await phones.until("CALL_ESTABLISHED", DUTY)
            await phones.key(keys, DUTY)
        await door.heard("not_connected", ANNE)
        await phones.until("CALL_CLOSED", DUTY)
        await goes_through(door, phones, ANNE, USUAL[3:])
        await door.ended()
    assert len(house.stored) == 1


async def test_calls_that_the_house_places(tmp_path: Path) -> None:
    """As "verbinden" in the console does it: the service phone, then the person, both without our number."""
    async with (
        Softphone(tmp_path / "phones", {ANNE: "auto", DUTY: "auto", AWAY: "busy"}) as phones,
        hotline(tmp_path / "lines", 1, PretendHouse(), gateway=f"127.0.0.1:{phones.port}") as door,
    ):
        exchange: Telephone = exchange_of(door)
        first = await exchange.place(parse(DUTY), hide_number=True, reference="a")
        assert await exchange.place(parse(DUTY), hide_number=True, reference="a") is first
        events = first.events()
        assert [await anext(events), await anext(events)] in ([Ringing(), Answered()], [Answered(), Digit("1")])
        await first.say(Prompt.PRESS_ONE)
        await phones.key("1", DUTY)
        assert await anext(events) == Digit("1")
        second = await exchange.place(parse(ANNE), hide_number=True, reference="b")
        await phones.until("CALL_ESTABLISHED", ANNE)
        await first.join(second)
        await phones.hang_up(ANNE)
        assert await anext(events) == Ended(Cause.NORMAL)
        away = await exchange.place(parse(AWAY), hide_number=False, reference="c")
        assert [event async for event in away.events()][-1] == Ended(Cause.BUSY)
        nobody = await exchange.place(parse("+4917139200999"), hide_number=True, reference="d")
        assert [event async for event in nobody.events()][-1] == Ended(Cause.NO_SUCH_NUMBER)
