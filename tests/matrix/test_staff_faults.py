"""What goes wrong between us and a service phone: every alert arrives, none is taken twice, none goes astray."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bots.matrix import Folder, provision
from tests.intake.small import Seeker
from tests.matrix.gateway import Fault, Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone
from tests.matrix.staff_house import StaffHouse

pytestmark = pytest.mark.matrix
NewPhone = Callable[..., Awaitable[Phone]]
MIRAS_NUMBER = "0151 23456789"


@pytest.fixture
async def house(tmp_path: Path, gateway: Gateway, homeserver: Homeserver) -> AsyncIterator[StaffHouse]:
    made = StaffHouse(tmp_path, gateway, homeserver)
    await made.open()
    yield made
    await made.stop()


async def numbered(house: StaffHouse, phone: Phone) -> str:
    """Mira's phone is reached by Matrix and has a verified number, too; returns the room."""
    room = await house.verified("mira", phone, number=MIRAS_NUMBER)
    who = await house.who("mira")
    await house.desk.phones.new_code(who, "mira", "number")
    await house.until(lambda: house.sms.got)
    await house.desk.phones.verify(who, "mira", house.sms.got.pop().saying.code)
    return room


async def test_homeserver_killed_and_service_restarted_in_the_middle(house: StaffHouse, new_phone: NewPhone) -> None:
    """Twelve urgent contacts, each taken from the phone, while both sides go down and come again."""
    mira = await new_phone()
    room = await house.verified("mira", mira)
    seekers: list[Seeker] = []

    async def contacts(count: int) -> None:
        for _ in range(count):
            seekers.append(await house.contact())

    await contacts(4)
    await house.read(mira, "Hafen")
    house.homeserver.stop(kill=True)
    await contacts(4)
    await asyncio.sleep(0.5)
    await house.stop()
    house.homeserver.start()
    await house.start()
    await house.hurry()
    await contacts(4)
    references: dict[str, int] = {}

    def told() -> int:
        references.clear()
        for text in mira.read:
            if text.startswith("Hafen"):
                for name in text.splitlines()[1].split(", "):
                    references[name.strip()] = references.get(name.strip(), 0) + 1
        return len(references)

    end = asyncio.get_running_loop().time() + 60
    while told() < 12:
        assert asyncio.get_running_loop().time() < end, references
        await mira.step()
        await house.hurry()
        await asyncio.sleep(0.05)
    assert set(references.values()) == {1}, "each alert once"
    for name in list(references)[:6]:
        await mira.say(room, f"ok {name[name.index('(') + 1 : -1]}")
    await house.stop()
    await house.start()
    for name in list(references)[6:]:
        await mira.say(room, f"ok {name[name.index('(') + 1 : -1]}")
    while len(taken(mira)) < 12:
        assert asyncio.get_running_loop().time() < end + 60, taken(mira)
        await mira.step()
        await asyncio.sleep(0.05)
    await house.quiet(mira, 0.5)
    assert sorted(taken(mira)) == sorted(references), "each was taken once, and said so once"
    assert [await house.owner(seeker) for seeker in seekers] == ["mira"] * 12
    assert mira.unreadable == []


def taken(phone: Phone) -> list[str]:
    return [text.split(":")[0] for text in phone.read if "Sie haben übernommen" in text]


async def test_the_homeserver_is_down_for_an_hour(house: StaffHouse, new_phone: NewPhone) -> None:
    """The hour passes as an argument. SMS goes on meanwhile; afterwards everything that still means something comes."""
    mira, jonas = await new_phone(), await new_phone()
    await numbered(house, mira)
    room = await house.verified("jonas", jonas)
    house.homeserver.stop(kill=True)
    try:
        seeker = await house.contact()
        await house.until(lambda: [one.recipient for one in house.sms.got] == ["mira"])
        for _ in range(60):
            await house.minute()
        loud = {one.saying.message for one in house.sms.got}
        assert {"new", "loud"} <= {str(message) for message in loud}, "the chain went on to its end"
        tries = await house.attempts("matrix")
        assert max(tries) < 40, "it is not hammered"
    finally:
        house.homeserver.start()
    for _ in range(12):  # longer than the longest pause between two attempts
        await house.minute()
    await house.read(jonas, "bisher hat niemand reagiert", 60)
    await jonas.say(room, "ok")
    await house.read(jonas, "Sie haben übernommen")
    assert await house.owner(seeker) == "jonas"
    await house.until_sent()
    await house.read(mira, "Jonas hat übernommen")
    for phone in (mira, jonas):
        assert phone.unreadable == []
        calls = [text for text in phone.read if "Antworten Sie" in text]
        assert len(calls) <= 2, "the latest call of the hour and perhaps the next, not all that had piled up"


@pytest.mark.parametrize("fault", [429, 500, "html 502", "html 200", "json 200", "lose request", "lose answer"])
async def test_a_homeserver_that_stumbles_gets_the_same_alert_again(
    house: StaffHouse, new_phone: NewPhone, gateway: Gateway, fault: Fault
) -> None:
    mira = await new_phone()
    room = await house.verified("mira", mira)
    gateway.times("/send/", fault, 5)
    await house.contact()
    end = asyncio.get_running_loop().time() + 60
    while await house.waiting():
        assert asyncio.get_running_loop().time() < end
        await house.hurry()
        await asyncio.sleep(0.1)
    gateway.times("-", None)
    await house.read(mira, "Hafen")
    assert not await house.quiet(mira, 0.3)
    gateway.times("/send/", fault, 2)
    await mira.say(room, "ok")
    await house.read(mira, "Sie haben übernommen")


async def broken_by_leaving(house: StaffHouse, phone: Phone, room: str) -> None:
    await phone.nio.room_leave(room)


async def broken_encryption(house: StaffHouse, phone: Phone, room: str) -> None:
    """Somebody with our own power (a stolen token, an administrator of the homeserver) garbles the setting."""
    path = f"/_matrix/client/v3/rooms/{room}/state/m.room.encryption/"
    house.homeserver.call("PUT", path, {"algorithm": "none"}, house.session.token)


async def somebody_else_comes(house: StaffHouse, phone: Phone, room: str) -> None:
    user = house.homeserver.register(f"dritte{phone.device.lower()}", "pw")
    house.homeserver.call("POST", f"/_matrix/client/v3/rooms/{room}/invite", {"user_id": user}, house.session.token)


@pytest.mark.parametrize("broken", [broken_by_leaving, broken_encryption, somebody_else_comes])
async def test_a_room_that_is_not_sound_is_given_up_and_the_next_channel_takes_over(
    house: StaffHouse, new_phone: NewPhone, broken: Callable[[StaffHouse, Phone, str], Awaitable[None]]
) -> None:
    mira = await new_phone()
    room = await numbered(house, mira)
    sent = len(house.events(room))
    await broken(house, mira, room)
    await house.contact()
    await house.until(lambda: house.sms.got)
    assert house.sms.got[0].recipient == "mira"
    end = asyncio.get_running_loop().time() + 60
    while (found := await house.desk.phones.of_matrix(mira.user)) and found.matrix_verified is not None:
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.05)
    assert not [e for e in house.events(room)[sent:] if e["sender"] == house.user and e["type"] == "m.room.encrypted"]
    mira.read.clear()
    if broken is broken_by_leaving:
        return
    # A new code in the console opens a new room.
    code = await house.code("mira")
    await house.read(mira, "noch nicht bestätigt")
    (new,) = [name for name in mira.nio.rooms if name != room and house.user in mira.nio.rooms[name].users]
    await mira.say(new, code)
    await house.read(mira, "Ab jetzt kommen Alarme")


async def test_a_revoked_token_fails_at_once_until_somebody_signs_in_again(
    house: StaffHouse, new_phone: NewPhone
) -> None:
    mira = await new_phone()
    room = await numbered(house, mira)
    house.homeserver.call("POST", "/_matrix/client/v3/logout", {}, house.session.token)
    await house.until(lambda: house.staff.signed_out)
    await house.contact()
    await house.until(lambda: house.sms.got)
    await house.until_sent()
    rows: list[Any] = await house.store.read(lambda tx: tx.dead_letters(10))
    assert [(row.channel, row.trouble) for row in rows] == [("matrix", "matrix: the staff account is signed out")]
    for name in ("session.json", "crypto.db", "cross_signing.json", "checkpoint.json"):
        (house.path / "staff" / name).unlink(missing_ok=True)
    folder = Folder(house.path / "staff", house.key)
    house.session = await provision(folder, homeserver=house.gateway.url, user=house.user, password="pw")
    await house.until(lambda: not house.staff.signed_out)
    await mira.step(2)
    await house.contact()
    await house.read(mira, "Hafen")
    await mira.say(room, "liste")
    await house.read(mira, "Offen")


async def test_a_busy_database_delays_an_answer_and_loses_none(house: StaffHouse, new_phone: NewPhone) -> None:
    mira = await new_phone()
    room = await house.verified("mira", mira)
    seeker = await house.contact()
    await house.read(mira, "Hafen")
    take, failures = house.desk.alerts.take, [OSError("locked"), OSError("locked"), OSError("locked")]

    async def stumble(*words: Any) -> Any:
        if failures:
            raise failures.pop()
        return await take(*words)

    house.desk.alerts.take = stumble  # type: ignore[method-assign]
    await mira.say(room, "ok")
    await house.read(mira, "Sie haben übernommen")
    assert await house.owner(seeker) == "mira"


async def test_one_message_that_makes_us_stumble_holds_up_nobody(house: StaffHouse, new_phone: NewPhone) -> None:
    mira = await new_phone()
    room = await house.verified("mira", mira)
    known, stumbles = house.desk.alerts.known, [KeyError("x")]

    async def stumble(member: str) -> Any:
        if stumbles:
            raise stumbles.pop()
        return await known(member)

    house.desk.alerts.known = stumble  # type: ignore[method-assign]
    await mira.say(room, "liste")
    await mira.say(room, "hilfe")
    await house.read(mira, "Ich verstehe")
    assert house.alive
