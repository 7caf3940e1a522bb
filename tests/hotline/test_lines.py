"""The telephone door with real telephones. One suite for both that carry their calls: baresip and Asterisk."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bots.hotline.asterisk import Asterisk
from intake.phones import parse
from intake.telephony import Answered, Cause, Digit, Ended, Prompt, Ringing, Telephone
from tests.hotline.carriers import Carrier, asterisk_system
from tests.hotline.conftest import ANNE, AWAY, DUTY
from tests.hotline.softphone import Softphone
from tests.hotline.stage import PretendHouse, WatchedDoor

USUAL = (("language", "1"), ("place", "23966"), ("team", "1"), ("this_number", "1"), ("slots", "2"), ("code", "4711"),
         ("right", "1"), ("urgent", "2"), ("words", "2"))  # fmt: skip


async def goes_through(door: WatchedDoor, phone: Softphone, number: str, answers: Sequence[tuple[str, str]]) -> None:
    """Answers each question when it is asked."""
    for question, keys in answers:
        await door.heard(question, number)
        await phone.key(keys, number)


async def insists(phones: Softphone, number: str, key: str, done: Callable[[], bool]) -> None:
    """Presses as people do who have just picked up: again, when nothing happens."""
    await phones.until("CALL_ESTABLISHED", number)
    async with asyncio.timeout(60):
        while not done():
            await phones.key(key, number)
            await asyncio.sleep(0.3)


async def test_a_wish_left_at_three_in_the_morning(carrier: Carrier, phones: Softphone) -> None:
    house = PretendHouse()
    async with carrier.door(house, phones) as door:
        await phones.call(carrier.address(door))
        await goes_through(door, phones, ANNE, USUAL)
        await door.ended()
        await phones.until("CALL_CLOSED")
    assert [(wish.number.e164, wish.code) for wish in house.stored] == [(ANNE, "4711")]


async def test_hanging_up_at_any_question_leaves_nothing_and_a_free_line(carrier: Carrier, phones: Softphone) -> None:
    house = PretendHouse()
    async with carrier.door(house, phones) as door:
        for count in (1, 3, 5):
            door.said.clear()
            await phones.call(carrier.address(door))
            await goes_through(door, phones, ANNE, USUAL[: count - 1])
            await door.heard(USUAL[count - 1][0], ANNE)
            await phones.hang_up()
            await phones.until("CALL_CLOSED", count=(count + 1) // 2)
            await door.ended((count + 1) // 2)
        assert door.free == 1
    assert house.stored == []


async def test_twenty_callers_on_four_lines(carrier: Carrier, tmp_path: Path) -> None:
    """Four are talked to; all others are told that it is busy, by a tone or by words; a free line takes the next."""
    house = PretendHouse()
    numbers = [f"+4917139200{n:03}" for n in range(20)]
    async with (
        Softphone(tmp_path / "callers", dict.fromkeys(numbers, "manual"), most=40) as phones,
        carrier.door(house, phones, lines=4) as door,
    ):
        for n, number in enumerate(numbers):
            await phones.call(carrier.address(door, n % 4), number)
        await phones.until("CALL_CLOSED", count=16)
        talking = [number for number in numbers if "language" in door.said.get(number, ())]
        assert len(talking) == 4
        assert door.free == 0
        told = [number for number in numbers if "busy" in door.said.get(number, ())]
        refused = [event for event in phones.past if str(event.get("param", "")).startswith("486")]
        assert len(told) + len(refused) == 16
        for number in talking:
            await phones.key("1", number)
        for number in talking:
            await door.heard("place", number)
            await phones.hang_up(number)
        await phones.until("CALL_CLOSED", count=20)
        await door.ended(len(told) + 4)
        door.said.clear()
        await phones.call(carrier.address(door), numbers[0])
        await door.heard("language", numbers[0])


async def test_a_killed_line_is_started_again_and_its_caller_is_free_to_call_again(
    carrier: Carrier, phones: Softphone
) -> None:
    house = PretendHouse()
    async with carrier.door(house, phones) as door:
        await phones.call(carrier.address(door))
        await goes_through(door, phones, ANNE, USUAL[:2])
        carrier.kill(door)
        await door.ended()
        await door.exchange.ready()
        await phones.hang_up()
        await phones.until("CALL_CLOSED")
        door.said.clear()
        await phones.call(carrier.address(door))
        await goes_through(door, phones, ANNE, USUAL)
        await door.ended(2)
    assert len(house.stored) == 1


async def test_a_counsellor_who_presses_one_is_joined_and_neither_sees_a_number(
    carrier: Carrier, phones: Softphone
) -> None:
    house = PretendHouse(phones=(parse(AWAY), parse(DUTY)))
    async with carrier.door(house, phones) as door:
        await phones.call(carrier.address(door), ANNE)
        await goes_through(door, phones, ANNE, (*USUAL[:3], ("connect", "1")))
        line = next(iter(door._talking))
        await insists(phones, DUTY, "1", lambda: line.partner is not None)
        await phones.hang_up(DUTY)
        await phones.until("CALL_CLOSED", ANNE)
        await door.ended()
        invites = re.findall(r"^INVITE .*?\r?\n\r?\n", phones.messages, re.M | re.S)
        ours = [message for message in invites if any(f"INVITE sip:{number}@" in message for number in (DUTY, AWAY))]
    assert len(ours) >= 2
    for message in ours:
        assert re.search(r"^From: (\"Anonymous\" )?<sip:anonymous@([a-z0-9]+\.)?anonymous.invalid>", message, re.M)
        assert ANNE not in message
        # baresip 1.0.0 has no such header; there the provider's prefix hides the number (bots/hotline/baresip.py).
        assert ("Privacy: id" in message) == (carrier.name == "asterisk")
    assert house.stored == []


@pytest.mark.parametrize(("number", "keys"), [(DUTY, "5"), (AWAY, "")])
async def test_whoever_does_not_press_one_is_not_talked_to_and_a_callback_is_offered(
    carrier: Carrier, phones: Softphone, number: str, keys: str
) -> None:
    house = PretendHouse(phones=(parse(number),))
    async with carrier.door(house, phones) as door:
        await phones.call(carrier.address(door), ANNE)
        await goes_through(door, phones, ANNE, (*USUAL[:3], ("connect", "1")))
        if keys:
            await insists(phones, DUTY, keys, lambda: "not_connected" in door.said[ANNE])
        await door.heard("not_connected", ANNE)
        await phones.until("CALL_CLOSED", number)
        await goes_through(door, phones, ANNE, USUAL[3:])
        await door.ended()
    assert len(house.stored) == 1


async def test_calls_that_the_house_places(carrier: Carrier, phones: Softphone) -> None:
    """As "verbinden" in the console does it: the service phone, then the person, both without our number."""
    async with carrier.door(PretendHouse(), phones) as door:
        exchange: Telephone = door.exchange
        first = await exchange.place(parse(DUTY), hide_number=True, reference="a")
        assert await exchange.place(parse(DUTY), hide_number=True, reference="a") is first
        events = first.events()
        assert [await anext(events), await anext(events)] in ([Ringing(), Answered()], [Answered(), Digit("1")])
        await first.say(Prompt.PRESS_ONE)
        await phones.key("1", DUTY)
        assert await anext(events) == Digit("1")
        second = await exchange.place(parse(ANNE), hide_number=True, reference="b")
        await phones.until("CALL_INCOMING", ANNE)
        await phones.of(ANNE, "accept")
        await phones.until("CALL_ESTABLISHED", ANNE)
        await first.join(second)
        await phones.hang_up(ANNE)
        assert await anext(events) == Ended(Cause.NORMAL)
        away = await exchange.place(parse(AWAY), hide_number=False, reference="c")
        assert [event async for event in away.events()][-1] == Ended(Cause.BUSY)
        nobody = await exchange.place(parse("+4917139200999"), hide_number=True, reference="d")
        assert [event async for event in nobody.events()][-1] == Ended(Cause.NO_SUCH_NUMBER)


@pytest.mark.parametrize("carrier", ["asterisk"], indirect=True)
@pytest.mark.asterisk
@pytest.mark.skipif(asterisk_system() is None, reason="no Asterisk here (make test-asterisk)")
async def test_a_lost_websocket_comes_back_and_the_call_goes_on(carrier: Carrier, phones: Softphone) -> None:
    house = PretendHouse()
    async with carrier.door(house, phones) as door:
        assert isinstance(door.exchange, Asterisk)
        await phones.call(carrier.address(door))
        await goes_through(door, phones, ANNE, USUAL[:3])
        await door.heard("this_number", ANNE)
        first = door.exchange.socket
        assert first is not None
        first.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        async with asyncio.timeout(60):
            while door.exchange.socket is first:  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(0.01)
        await door.exchange.ready()
        await goes_through(door, phones, ANNE, USUAL[3:])
        await door.ended()
    assert len(house.stored) == 1
