"""The telephone door through a hosted provider: a fake that speaks its documented forms, in order and out of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bots.hotline.webhook import Plan, Webhook
from intake.delivery import DeliveryError
from intake.errors import Unavailable
from intake.phones import parse
from tests.hotline.conftest import ANNE
from tests.hotline.stage import PretendHouse, Tones, WatchedDoor

KEY = "sipgate:only-for-the-tests"
Client = TestClient[web.Request, web.Application]


class Provider:
    """sipgate.io, as documented."""

    def __init__(self, client: Client, exchange: Webhook) -> None:
        self.client, self.exchange = client, exchange
        self.said: list[bytes] = []

    async def tell(self, key: str = KEY, **form: str) -> str:
        headers = {"Authorization": aiohttp.encode_basic_auth(*key.split(":"))}
        async with self.client.post(self.exchange.plan.path, data=form, headers=headers) as answer:
            self.status = answer.status
            return await answer.text()

    async def new_call(self, id: str = "A1", caller: str = ANNE[1:]) -> str:
        return await self.tell(
            event="newCall", direction="in", callId=id, origCallId=id, to="493855550100", xcid="x",
            **{"from": caller, "user[]": "Hotline", "userId[]": "w0", "fullUserId[]": "1w0"},
        )  # fmt: skip

    async def keys(self, dtmf: str, id: str = "A1") -> str:
        return await self.tell(event="dtmf", callId=id, dtmf=dtmf)

    async def listen(self, xml: str) -> int:
        found = re.search(r"<Url>http://house.example(/[^<]+)</Url>", xml)
        assert found, xml
        async with self.client.get(found[1]) as answer:
            self.said.append(await answer.read())
            return answer.status


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[WatchedDoor]:
    exchange = Webhook(Plan("http://house.example", KEY, 2), Tones(tmp_path))
    watched = WatchedDoor(exchange, PretendHouse(phones=(parse(ANNE),)))
    running = asyncio.ensure_future(watched.run())
    await exchange.ready()
    yield watched
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def provider(door: WatchedDoor) -> AsyncIterator[Provider]:
    assert isinstance(door.exchange, Webhook)
    app = web.Application()
    door.exchange.add_routes(app.router)
    async with TestClient(TestServer(app)) as client:
        yield Provider(client, door.exchange)


ANSWERS = ("1", "23966", "1", "1", "2", "4711", "1", "2")


async def test_a_wish_is_left_question_by_question(door: WatchedDoor, provider: Provider) -> None:
    xml = await provider.new_call()
    assert await provider.listen(xml) == 200
    for keys in ANSWERS:
        assert 'maxDigits="' in xml
        old = xml
        xml = await provider.keys(keys)
        assert xml != old
    assert [(wish.number.e164, wish.code) for wish in door.house.stored] == [(ANNE, "4711")]
    assert "connect" not in door.said[ANNE]  # it cannot connect, so it does not offer to
    goodbye = await provider.keys("2")
    assert await provider.listen(goodbye) == 200
    assert "<Hangup/>" in await provider.keys("")
    await door.ended()
    assert await provider.listen(goodbye) == 404  # nothing that was said lies about
    assert await provider.tell(event="hangup", callId="A1", cause="normalClearing")
    assert provider.exchange.sounds == {}


async def test_what_comes_twice_late_or_from_strangers_does_nothing(door: WatchedDoor, provider: Provider) -> None:
    assert "<Hangup/>" in await provider.keys("1", "never-heard-of")
    assert await provider.tell(event="hangup", callId="early", cause="cancel")
    first = await provider.new_call()
    assert await provider.new_call() == first  # doubled
    assert len(door._talking) == 1
    await provider.tell(event="answer", callId="A1")
    await provider.tell(event="hangup", callId="A1", cause="cancel")
    await provider.tell(event="hangup", callId="A1", cause="cancel")
    await door.ended()
    assert "<Hangup/>" in await provider.keys("1")  # late
    assert "<Hangup/>" in await provider.new_call()  # out of order: it is over already
    assert len(door.over) == 1
    await provider.tell("sipgate:guessed-password", event="newCall", direction="in", callId="B", **{"from": "49"})
    assert provider.status == 401
    await provider.tell(event="newCall", direction="in")
    assert provider.status == 400
    await provider.tell(event="newCall", direction="in", callId="x" * 20_000)
    assert provider.status == 413
    assert "<Hangup/>" in await provider.tell(event="newCall", direction="out", callId="C")


async def test_silence_hidden_numbers_and_full_lines(door: WatchedDoor, provider: Provider) -> None:
    await provider.new_call("A1", "anonymous")
    await provider.keys("")
    assert "nothing_heard" in door.said[""]
    await provider.new_call("A2", "4917139200124")
    busy = await provider.new_call("A3", "4917139200125")
    assert await provider.listen(busy) == 200
    assert "busy" in door.said["+4917139200125"]
    assert "<Hangup/>" in await provider.keys("", "A3")


async def test_a_desk_that_cannot_store_is_told_to_the_caller(door: WatchedDoor, provider: Provider) -> None:
    door.house.trouble = Unavailable()
    await provider.new_call()
    for keys in ANSWERS:
        await provider.keys(keys)
    assert "failed" in door.said[ANNE]
    assert door.house.stored == []


async def test_it_calls_nobody(door: WatchedDoor) -> None:
    with pytest.raises(DeliveryError) as refused:
        await door.exchange.place(parse(ANNE), hide_number=True, reference="a")
    assert refused.value.permanent
