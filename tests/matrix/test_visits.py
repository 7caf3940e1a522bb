"""A field visit on real phones: planned by typing, tested, forgotten, cleared late; and two PINs that look alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bots import service_phone_texts as texts
from tests.leaks import Needle, assert_none, files
from tests.matrix.gateway import Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone
from tests.matrix.staff_house import StaffHouse

pytestmark = pytest.mark.matrix
NewPhone = Callable[..., Awaitable[Phone]]
OWN, DURESS = "48213077", "90517644"


@pytest.fixture
async def house(tmp_path: Path, gateway: Gateway, homeserver: Homeserver) -> AsyncIterator[StaffHouse]:
    made = StaffHouse(tmp_path, gateway, homeserver)
    await made.open()
    made.desk.visits.even = 0
    yield made
    await made.stop()


async def minutes(house: StaffHouse, n: int) -> None:
    for _ in range(n):
        house.clock.pass_by(minutes=1)
        await house.desk.visits.tick()
        await house.desk.alerts.tick()
    await house.until_sent()


def ours(house: StaffHouse, room: str) -> list[dict[str, Any]]:
    return [e for e in house.events(room) if e["sender"] == house.user and e["type"] == "m.room.encrypted"]


async def test_mira_plans_by_typing_forgets_and_clears_late_and_the_pins_look_alike(
    house: StaffHouse, new_phone: NewPhone
) -> None:
    mira, jonas = await new_phone(), await new_phone()
    await house.verified("jonas", jonas)  # first on duty is Mira herself, who is the one that is out
    room = await house.verified("mira", mira)
    await house.desk.visits.change_pins(await house.who("mira"), OWN, DURESS, None)

    await mira.say(room, "ok 11223344")
    await house.read(mira, "läuft kein Außentermin")
    await mira.say(room, "beusch bis 11:20")  # 10:20 by the clock on the wall
    await house.read(mira, "Rückmeldung um 11:20")
    await house.read(mira, "Funktionstest")
    await mira.say(room, "ok")
    await house.read(mira, "Funktionstest bestätigt")
    await minutes(house, 60)
    await house.read(mira, "Ihre Rückmeldung steht aus")
    await minutes(house, 6)
    missed = await house.read(jonas, "eine Rückmeldung fehlt")
    assert "Mira" not in missed
    await mira.say(room, "ok")
    await house.read(mira, "Bitte mit Ihrer PIN")
    await mira.say(room, f"bin raus {OWN}")
    await house.read(mira, "bekommen Entwarnung")
    await house.read(jonas, "Entwarnung, alles in Ordnung")

    answers, told = [], []
    for pin in (OWN, DURESS):
        await mira.say(room, "bis 15:00")
        await house.read(mira, "Rückmeldung um 15:00")
        await house.until_sent()
        before = len(ours(house, room))
        mira.read.clear()
        await mira.say(room, f"bin raus {pin}")
        answers.append((await house.read(mira, "Kommen Sie gut an")).encode())
        await minutes(house, 12)
        told.append(len(ours(house, room)) - before)
    assert answers[0] == answers[1]
    assert len(answers[0]) == texts.ROOM_BYTES
    assert told[0] == told[1] == 1, "one answer and nothing else goes to that phone"
    assert len({len(e["content"]["ciphertext"]) for e in ours(house, room)}) == 1, "all of one length"
    await house.read(jonas, "stiller Alarm")
    pins = [Needle("a PIN", {pin.encode(): "digits"}) for pin in (OWN, DURESS)]
    assert_none(pins, files(house.path), at_least=3)
