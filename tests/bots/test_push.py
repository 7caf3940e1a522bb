"""Web push against a push service that checks what RFC 8030, 8291 and 8292 demand, and decrypts."""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import http_ece
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import jwt

from bots.push import BODY, Push
from crypto import vapid
from intake import sayings
from intake.alert_model import Message
from intake.delivery import DeliveryError
from intake.outbox import Address, Delivery
from intake.phone_desk import Subscription
from intake.sayings import Saying
from tests.bots.deliveries import delivery

NOW = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
KEY = vapid.new_key()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Browser:
    """A browser with a subscription: its keys, and what its service worker got."""

    def __init__(self, id: str, service: PushService) -> None:
        self.id, self.service = id, service
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.woken: list[bytes] = []
        self.answer: int | str = 201
        service.browsers[id] = self

    @property
    def subscription(self) -> Subscription:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Subscription(self.id, f"{self.service.url}/push/{self.id}", b64(point), b64(self.auth))


class PushService:
    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.headers: dict[str, str] = {}

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/push/{id}", self._push)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.host = f"127.0.0.1:{self._runner.addresses[0][1]}"
        self.url = f"http://{self.host}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _push(self, request: web.Request) -> web.StreamResponse:
        browser, body = self.browsers[request.match_info["id"]], await request.read()
        self.requests.append((dict(request.headers), body))
        scheme, _, rest = request.headers["Authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        claims: dict[str, Any] = jwt.decode(parts["t"], parts["k"])  # raises InvalidSignature
        assert scheme == "vapid"
        assert parts["k"] == b64(vapid.public_key(KEY))
        assert claims["aud"] == self.url
        assert isinstance(claims["exp"], int)
        assert NOW < datetime.fromtimestamp(claims["exp"], UTC) <= NOW + timedelta(hours=24)
        assert claims["sub"].startswith(("https:", "mailto:", "http://127.0.0.1"))
        header = json.loads(base64.urlsafe_b64decode(parts["t"].split(".")[0] + "=="))
        assert header == {"typ": "JWT", "alg": "ES256"}
        assert request.headers["Content-Encoding"] == "aes128gcm"
        assert int(request.headers["TTL"]) > 0
        assert len(request.headers["Topic"]) <= 32
        if isinstance(browser.answer, str):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if browser.answer == 201:
            plain = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.auth, version="aes128gcm")
            browser.woken.append(plain)
        return web.Response(status=browser.answer, headers=self.headers, text=browser.subscription.endpoint)


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    made = PushService()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def forgotten() -> list[tuple[str, str]]:
    return []


@pytest.fixture
async def push(service: PushService, forgotten: list[tuple[str, str]]) -> AsyncIterator[Push]:
    async def forget(member: str, id: str) -> None:
        forgotten.append((member, id))

    made = Push(KEY, "http://127.0.0.1:8080", forget, lambda: NOW, services=(service.host,))
    yield made
    await made.close()


def for_browsers(*browsers: Browser, **more: Any) -> Delivery:
    address = Address(subscriptions=tuple(browser.subscription for browser in browsers))
    return delivery(address, channel="push", **more)


async def test_every_browser_is_woken_with_the_same_bytes(service: PushService, push: Push) -> None:
    phone, desk = Browser("phone", service), Browser("desk", service)
    await push.deliver(for_browsers(phone, desk))
    urgent = Saying(sayings.Kind.NOTICE, "anderes-team", message=Message.LOUD, about=(("a", 1), ("b", 7)))
    await push.deliver(for_browsers(phone, saying=urgent, team="Ein ganz anderes Team", language="en"))
    assert phone.woken == [BODY, BODY]
    assert desk.woken == [BODY]
    assert len({len(body) for _, body in service.requests}) == 1
    assert len({body for _, body in service.requests}) == 3, "each with its own salt and key"
    told = {name: {headers[name] for headers, _ in service.requests} for name in ("TTL", "Urgency", "Content-Type")}
    assert all(len(values) == 1 for values in told.values())


async def test_a_repetition_replaces_what_still_waits(service: PushService, push: Push) -> None:
    row = for_browsers(Browser("phone", service))
    await push.deliver(row)
    await push.deliver(row)
    assert [headers["Topic"] for headers, _ in service.requests] == [row.id, row.id]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_dropped(
    service: PushService, push: Push, forgotten: list[tuple[str, str]], status: int
) -> None:
    old, new = Browser("old", service), Browser("new", service)
    old.answer = status
    await push.deliver(for_browsers(old, new))
    assert forgotten == [("mira", "old")]
    assert new.woken == [BODY]
    with pytest.raises(DeliveryError) as failed:
        await push.deliver(for_browsers(old))
    assert failed.value.permanent


@pytest.mark.parametrize("status", [429, 500, 502, 503, "hang up"])
async def test_trouble_of_the_service_is_temporary_and_wakes_nobody_twice(
    service: PushService, push: Push, forgotten: list[tuple[str, str]], status: int | str
) -> None:
    phone, desk = Browser("phone", service), Browser("desk", service)
    desk.answer, service.headers = status, {"Retry-After": "9"}
    row = for_browsers(phone, desk)
    with pytest.raises(DeliveryError) as failed:
        await push.deliver(row)
    assert not failed.value.permanent
    assert failed.value.retry_after == (None if status == "hang up" else timedelta(seconds=9))
    desk.answer = 201
    await push.deliver(row)
    assert (phone.woken, desk.woken, forgotten) == ([BODY], [BODY], [])


@pytest.mark.parametrize("status", [400, 401, 403, 413, 301])
async def test_what_the_service_refuses_is_permanent_and_told(
    service: PushService, push: Push, forgotten: list[tuple[str, str]], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    phone = Browser("phone", service)
    phone.answer, service.headers = status, {"Location": "/push/phone"} if status == 301 else {}
    with caplog.at_level(logging.DEBUG, "erstkontakt"), pytest.raises(DeliveryError) as failed:
        await push.deliver(for_browsers(phone))
    assert failed.value.permanent
    assert forgotten == []
    assert caplog.messages
    assert len(service.requests) == 1, "redirects are not followed"
    assert phone.subscription.endpoint not in caplog.text + str(failed.value) + repr(failed.value.__cause__)


async def test_nobody_subscribed(push: Push) -> None:
    with pytest.raises(DeliveryError) as failed:
        await push.deliver(for_browsers())
    assert failed.value.permanent


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:22/",
        "http://169.254.169.254/latest",
        "https://127.0.0.1/push/x",
        "https://evil.example/push",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilpush.apple.com/x",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user@fcm.googleapis.com/x",
        "ftp://fcm.googleapis.com/x",
        "https://[::1/x",
        "https://fcm.googleapis.com:port/x",
        "",
        "x",
    ],
)
async def test_attack_an_address_that_is_no_push_service_is_not_spoken_to(
    service: PushService, push: Push, forgotten: list[tuple[str, str]], endpoint: str
) -> None:
    found = Browser("x", service).subscription
    address = Address(subscriptions=(Subscription("x", endpoint, found.p256dh, found.auth),))
    with pytest.raises(DeliveryError) as failed:
        await push.deliver(delivery(address))
    assert failed.value.permanent
    assert forgotten == [("mira", "x")]
    assert service.requests == []


@pytest.mark.parametrize("p256dh", ["", "AAAA", "ü", b64(b"\x04" + bytes(64)), b64(bytes(65)), "!" * 87])
async def test_keys_that_are_none_drop_the_subscription(
    service: PushService, push: Push, forgotten: list[tuple[str, str]], p256dh: str
) -> None:
    good = Browser("good", service)
    bad = Subscription("bad", good.subscription.endpoint, p256dh, good.subscription.auth)
    address = Address(subscriptions=(bad, good.subscription))
    await push.deliver(delivery(address))
    assert forgotten == [("mira", "bad")]
    assert good.woken == [BODY]


def test_the_known_services_are_those_of_the_browsers() -> None:
    push = Push(KEY, "https://erstkontakt.example", None, lambda: NOW)  # type: ignore[arg-type]
    for endpoint in (
        "https://fcm.googleapis.com/fcm/send/x",
        "https://updates.push.services.mozilla.com/wpush/v2/x",
        "https://web.push.apple.com/x",
        "https://wns2-db5p.notify.windows.com/w/?token=x",
    ):
        assert push._origin(endpoint) is not None


def test_the_decryption_of_this_test_is_that_of_rfc_8291_appendix_a() -> None:
    """The example of the RFC: what decrypts here is what browsers decrypt."""

    def raw(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    private = int.from_bytes(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
    body = raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    plain = http_ece.decrypt(
        body,
        private_key=ec.derive_private_key(private, ec.SECP256R1()),
        auth_secret=raw("BTBZMqHH6r4Tts7J_aSIgg"),
        version="aes128gcm",
    )
    assert plain == b"When I grow up, I want to be a watermelon"
