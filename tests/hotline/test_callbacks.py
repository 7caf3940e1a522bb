"""„Verbinden“: our phone first, a person there, then theirs; and everything that can go wrong on the way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import pytest

from bots.hotline.connecting import Callbacks
from bots.hotline.line import Answered, Cause, Digit, Ended, Keys, Line
from intake.delivery import DeliveryError
from intake.phones import PhoneNumber, parse
from tests.hotline.carriers import Carrier
from tests.hotline.conftest import ANNE, DUTY
from tests.hotline.softphone import Softphone
from tests.hotline.stage import PretendHouse
from tests.hotline.test_lines import insists

OURS, THEIRS = parse("0151 23456789"), parse("0171 3920047")


class Leg(Line):
    joined: Leg | None = None
    met = asyncio.Event()

    async def answer(self) -> None: ...
    async def play(self, clips: Sequence[str], keys: Keys | None = None) -> None: ...
    async def hang_up(self) -> None:
        self.happen(Ended(Cause.NORMAL))

    async def _join(self, other: Line) -> None:
        assert isinstance(other, Leg)
        self.joined = other
        self.met.set()


class Lines:
    """Places calls that do what they are told: events for each leg, in order."""

    lines, places = 2, True

    def __init__(self, *legs: tuple[object, ...] | None) -> None:
        self.script, self.placed, self.legs = list(legs), [], []
        self.hidden: list[bool] = []

    async def run(self, taken: object) -> None: ...

    async def place(self, number: PhoneNumber, *, hide_number: bool, reference: str, beside: Line | None = None) -> Leg:
        events = self.script.pop(0)
        if events is None:
            raise DeliveryError("hotline: no line", permanent=False)
        self.placed.append(number)
        self.hidden.append(hide_number)
        leg = Leg(reference)
        self.legs.append(leg)
        for event in events:
            leg.happen(event)
        return leg


async def connected(lines: Lines) -> None:
    async with asyncio.timeout(60):
        await Callbacks(lines).connect(OURS, THEIRS)  # type: ignore[arg-type]
    assert all(leg.ended for leg in lines.legs)
    assert all(lines.hidden)


async def test_after_a_person_has_pressed_1_both_are_joined_with_hidden_numbers() -> None:
    lines = Lines((Answered(), Digit("1")), (Answered(),))
    talking = asyncio.ensure_future(connected(lines))
    await Leg.met.wait()
    lines.legs[1].happen(Ended(Cause.NORMAL))
    await talking
    assert lines.placed == [OURS, THEIRS]
    assert lines.legs[0].joined is lines.legs[1]


@pytest.mark.parametrize(
    ("legs", "placed"),
    [
        ((None,), []),
        (((Ended(Cause.BUSY),),), [OURS]),
        (((Answered(), Digit("2")),), [OURS]),
        (((Answered(), Digit("1")), None), [OURS]),
        (((Answered(), Digit("1")), (Ended(Cause.NO_ANSWER),)), [OURS, THEIRS]),
        (((Answered(), Digit("1"), Ended(Cause.NORMAL)), (Answered(),)), [OURS, THEIRS]),
    ],
    ids=["no line", "busy", "wrong digit", "no second line", "not reached", "hung up in between"],
)
async def test_otherwise_nobody_is_joined(
    legs: tuple[tuple[object, ...] | None, ...], placed: list[PhoneNumber]
) -> None:
    lines = Lines(*legs)
    await connected(lines)
    assert lines.placed == placed
    assert all(leg.joined is None for leg in lines.legs)


async def test_with_real_telephones(carrier: Carrier, phones: Softphone) -> None:
    """Mira's phone rings first; when she has pressed 1, Anne's does; both hear each other and neither sees a number."""
    async with carrier.door(PretendHouse(), phones) as door:
        talking = asyncio.ensure_future(Callbacks(door.exchange).connect(parse(DUTY), parse(ANNE)))
        rings = asyncio.ensure_future(phones.until("CALL_INCOMING", ANNE))
        await insists(phones, DUTY, "1", rings.done)
        await rings
        await phones.of(ANNE, "accept")
        await phones.until("CALL_ESTABLISHED", ANNE)
        await phones.hang_up(ANNE)
        await phones.until("CALL_CLOSED", DUTY)
        await talking
        invites = re.findall(r"^INVITE .*?\r?\n\r?\n", phones.messages, re.M | re.S)
    ours = [message for message in invites if any(f"INVITE sip:{number}@" in message for number in (DUTY, ANNE))]
    assert len(ours) >= 2
    for message in ours:
        assert re.search(r"^From: (\"Anonymous\" )?<sip:anonymous@([a-z0-9]+\.)?anonymous.invalid>", message, re.M)
