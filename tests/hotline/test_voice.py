"""Service phones that are called, and counsellors who are fetched, without a telephone: who is taken for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bots.hotline.connecting import NoPerson, connect, person
from bots.hotline.line import Event, Keys, Line, Spoken
from bots.hotline.voice import Voice
from intake.alert_model import Message
from intake.delivery import DeliveryError
from intake.errors import NoAlert
from intake.outbox import Address, Delivery
from intake.phones import PhoneNumber, parse
from intake.sayings import Kind, Saying
from intake.telephony import Answered, Cause, Digit, Ended, Prompt, Ringing

DUTY = parse("+4917139200777")


class PretendLine(Line):
    """What it does when something is played into it is told beforehand."""

    def __init__(self, reference: str, reactions: Sequence[Event] = ()) -> None:
        super().__init__(reference)
        self.heard: list[str] = []
        self.reactions = list(reactions)

    async def answer(self) -> None:
        self.happen(Answered())

    async def play(self, clips: Sequence[str], keys: Keys | None = None) -> None:
        self.heard += clips
        for event in [self.reactions.pop(0)] if self.reactions else [Spoken()]:
            self.happen(event)

    async def hang_up(self) -> None:
        self.happen(Ended(Cause.NORMAL if self.answered else Cause.CANCELLED))

    async def _join(self, other: Line) -> None:
        if self.ended or other.ended:
            raise DeliveryError("over", permanent=False)


@dataclass
class PretendExchange:
    """Phones react as told, in turn: ``picks_up`` with the events that follow what is said."""

    lines: int = 4
    places: bool = True
    phones: list[Callable[[PretendLine], None]] = field(default_factory=list)
    placed: list[PretendLine] = field(default_factory=list)

    async def ready(self) -> None: ...
    async def run(self, taken: Any) -> None: ...

    async def place(
        self, number: PhoneNumber, *, hide_number: bool, reference: str, beside: Line | None = None
    ) -> Line:
        if not self.phones:
            raise DeliveryError("no line", permanent=False)
        line = PretendLine(reference)
        self.placed.append(line)
        self.phones.pop(0)(line)
        return line


def picks_up(*then: Event) -> Callable[[PretendLine], None]:
    def react(line: PretendLine) -> None:
        line.happen(Ringing())
        line.happen(Answered())
        line.reactions = list(then)

    return react


def ends(cause: Cause) -> Callable[[PretendLine], None]:
    return lambda line: line.happen(Ended(cause))


async def test_who_presses_one_is_a_person_and_nobody_else() -> None:
    for then, why in (
        ((Digit("1"),), ""),
        ((Digit("3"),), "another key"),
        ((Ended(Cause.NORMAL),), "normal"),
        ((Spoken(),), "no key"),  # a voicemail listens and says nothing
    ):
        line = PretendLine("a", then)
        line.happen(Answered())
        if why:
            with pytest.raises(NoPerson, match=why):
                await person(line, ("de/staff_alert",), key=0.01)
            assert line.ended
        else:
            await person(line, ("de/staff_alert",))
            assert not line.ended
    with pytest.raises(NoPerson, match="nobody picked up"):
        await person(PretendLine("b"), (), ring=0.01)
    busy = PretendLine("c")
    busy.happen(Ended(Cause.BUSY))
    with pytest.raises(NoPerson, match="busy"):
        await person(busy, ())


async def test_events_are_put_in_order_and_none_comes_twice_or_too_late() -> None:
    line = PretendLine("a")
    for event in (Digit("x"), Digit("1"), Answered(), Ringing(), Spoken(), Digit("1"), Ended(Cause.BUSY), Digit("2"),
                  Ended(Cause.NORMAL)):  # fmt: skip
        line.happen(event)
    assert [event async for event in line.events()] == [Answered(), Digit("1"), Digit("1"), Ended(Cause.BUSY)]
    assert [await line.next() for _ in range(6)] == [
        Answered(), Digit("1"), Spoken(), Digit("1"), Ended(Cause.BUSY), Ended(Cause.BUSY),
    ]  # fmt: skip
    assert "1" not in repr(line)
    late = PretendLine("b")
    late.happen(Answered())
    late.happen(Ended(Cause.NO_ANSWER))
    assert (await late.next(), await late.next()) == (Answered(), Ended(Cause.NORMAL))


async def test_an_event_is_as_old_as_its_arrival_however_late_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two presses that are looked at together are not one that the network doubled."""
    line, clock = PretendLine("a"), iter((0.0, 1.0, 1.5))
    monkeypatch.setattr("bots.hotline.line.time", SimpleNamespace(monotonic=lambda: next(clock)))
    for event in (Answered(), Digit("1"), Digit("1")):
        line.happen(event)
    seen = []
    for _ in range(3):
        await line.next()
        seen.append(line.arrived)
    assert seen == [0.0, 1.0, 1.5]


async def test_two_that_are_joined_end_together() -> None:
    one, other = PretendLine("a"), PretendLine("b")
    await one.join(other)
    one.happen(Ended(Cause.NORMAL))
    assert [event async for event in other.events()] == [Ended(Cause.CANCELLED)]
    with pytest.raises(DeliveryError):
        await one.join(other)
    await other.say(Prompt.GOODBYE)
    assert other.heard == ["de/goodbye"]


async def test_the_second_phone_is_tried_when_the_first_does_not_take_it() -> None:
    exchange = PretendExchange(phones=[ends(Cause.BUSY), picks_up(Digit("1"))])
    caller = PretendLine("caller")
    talking = asyncio.ensure_future(connect(exchange, caller, (DUTY, DUTY)))
    async with asyncio.timeout(60):
        while caller.partner is None:  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0)
    caller.happen(Ended(Cause.NORMAL))
    assert await talking
    assert exchange.placed[1].ended
    assert not await connect(PretendExchange(), PretendLine("caller"), (DUTY,))


async def test_a_caller_who_hangs_up_while_it_rings_leaves_no_ringing_phone() -> None:
    exchange = PretendExchange(phones=[lambda line: line.happen(Ringing())])
    caller = PretendLine("caller")
    trying = asyncio.ensure_future(connect(exchange, caller, (DUTY, DUTY)))
    async with asyncio.timeout(60):
        while not exchange.placed:  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0)
    caller.happen(Ended(Cause.NORMAL))
    assert await trying
    assert exchange.placed[0].ended


class Alerts:
    """The part of the desk that hears of what was taken."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, int]] = []

    async def take(self, member: str, alert: str, round: int) -> None:
        if alert == "over":
            raise NoAlert
        self.taken.append((member, alert, round))


def delivery(saying: Saying, number: str = DUTY.e164) -> Delivery:
    return Delivery("ab12", "voice", "mira", 1, saying, Address(number=number), "de", "Hafen", "Europe/Berlin", (), "",
                    "", timedelta())  # fmt: skip


async def told(saying: Saying, *phones: Callable[[PretendLine], None]) -> tuple[list[str], Alerts]:
    exchange, alerts = PretendExchange(phones=list(phones)), Alerts()
    desk: Any = SimpleNamespace(alerts=alerts)
    await Voice(exchange, desk).deliver(delivery(saying))
    assert exchange.placed[0].ended
    return exchange.placed[0].heard, alerts


async def test_an_alert_is_taken_by_pressing_one() -> None:
    saying = Saying(Kind.NOTICE, message=Message.NEW, about=(("a", 2), ("over", 1)))
    heard, alerts = await told(saying, picks_up(Digit("1"), Spoken()))
    assert heard == ["de/staff_alert", "de/staff_alert", "de/staff_thanks"]
    assert alerts.taken == [("mira", "a", 2)]


async def test_news_and_trials_ask_for_a_person_too_but_take_nothing() -> None:
    heard, alerts = await told(Saying(Kind.NEWS), picks_up(Digit("1"), Spoken()))
    assert (heard[0], alerts.taken) == ("de/staff_news", [])
    heard, _ = await told(Saying(Kind.PROBE, code="ab"), picks_up(Digit("1"), Spoken()))
    assert heard[0] == "de/staff_test"


async def test_a_code_is_said_twice_digit_by_digit() -> None:
    heard, _ = await told(Saying(Kind.CODE, code="470815"), picks_up(Spoken()))
    once = ["de/staff_code", *(f"de/digit_{digit}" for digit in "470815")]
    assert heard == [*once, *once]
    with pytest.raises(DeliveryError, match="nobody picked up"):
        await told(Saying(Kind.CODE, code="470815"), ends(Cause.NO_ANSWER))


async def test_a_phone_that_is_busy_or_answered_by_a_machine_is_tried_again_later() -> None:
    for phone in (ends(Cause.BUSY), picks_up(Ended(Cause.NORMAL))):
        with pytest.raises(DeliveryError) as failed:
            await told(Saying(Kind.NOTICE, message=Message.NEW), phone)
        assert (failed.value.permanent, failed.value.retry_after) == (False, timedelta(minutes=2))
    desk: Any = SimpleNamespace(alerts=Alerts())
    with pytest.raises(DeliveryError) as refused:
        await Voice(PretendExchange(), desk).deliver(delivery(Saying(Kind.NEWS), "110"))
    assert refused.value.permanent


async def test_a_phone_that_nobody_takes_twice_gives_way_to_the_next() -> None:
    desk: Any = SimpleNamespace(alerts=Alerts())
    second = replace(delivery(Saying(Kind.NOTICE, message=Message.NEW)), attempts=2)
    with pytest.raises(DeliveryError) as failed:
        await Voice(PretendExchange(phones=[ends(Cause.NO_ANSWER)]), desk).deliver(second)
    assert failed.value.permanent
