"""Web push to consoles that counsellors have installed: RFC 8030, 8291 (encryption), 8292 (VAPID).

A push says nothing but "look": the same bytes always, for every alert and every person. What it is about the console
fetches itself, after its lock. The push service (of the browser's maker) learns that some browser was woken, and when.

``pywebpush`` encrypts and signs; the request is ours, because addresses come from browsers: only push services by name
are spoken to, nothing is redirected, no answer is believed beyond its status.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from py_vapid import Vapid02
from pywebpush import WebPusher

from bots.http import Http
from intake.delivery import DeliveryError
from intake.outbox import Delivery
from intake.phone_desk import Subscription

log = logging.getLogger("erstkontakt.push")

BODY = b'{"v":1}'.ljust(128)
LIVES = timedelta(hours=1)  # undelivered until then, the chain has gone on long ago
TOKEN_LIVES = timedelta(hours=12)  # at most a day (RFC 8292, 2)
REMEMBERED = 1_000
# Chrome and most of Android, Firefox, Safari, Edge.
SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)

Forget = Callable[[str, str], Awaitable[None]]


class Push:
    """The channel "push". ``key``: PEM; ``contact``: our address for the push service, https: or mailto:.

    ``forget(member, id)``: a subscription has ended. ``clock`` gives aware UTC. ``services``: hosts, or ends of hosts
    with a dot in front.
    """

    def __init__(
        self,
        key: bytes,
        contact: str,
        forget: Forget,
        clock: Callable[[], datetime],
        *,
        services: Collection[str] = SERVICES,
    ) -> None:
        self._vapid = Vapid02.from_pem(key)
        self._vapid.conf["no-strict"] = True  # its pattern of a contact knows no ports
        self._contact = contact
        self._forget = forget
        self._clock = clock
        self._services = tuple(services)
        self._http = Http("push")
        # Rows that have reached some of a person's browsers and are repeated for the others.
        self._reached: OrderedDict[str, set[str]] = OrderedDict()

    async def close(self) -> None:
        await self._http.close()

    async def deliver(self, delivery: Delivery) -> None:
        """Wakes every browser of the person. Done when all are reached that exist; none at all is permanent."""
        reached = self._reached.setdefault(delivery.id, set())
        while len(self._reached) > REMEMBERED:
            self._reached.popitem(last=False)
        failed: list[DeliveryError] = []
        for subscription in delivery.address.subscriptions:
            if subscription.id in reached:
                continue
            try:
                await self._wake(delivery, subscription)
                reached.add(subscription.id)
            except DeliveryError as error:
                failed.append(error)
        if again := [error for error in failed if not error.permanent]:
            raise max(again, key=lambda error: error.retry_after or timedelta())
        self._reached.pop(delivery.id, None)
        if not reached:
            raise failed[0] if failed else DeliveryError("push: no console is subscribed", permanent=True)

    async def _wake(self, delivery: Delivery, subscription: Subscription) -> None:
        origin = self._origin(subscription.endpoint)
        body = self._sealed(subscription) if origin is not None else None
        if origin is None or body is None:
            await self._forget(delivery.recipient, subscription.id)
            raise DeliveryError("push: this is no subscription of a known push service", permanent=True)
        headers = {
            **self._introduction(origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(LIVES.total_seconds())),
            "Urgency": "high",  # for all alike; else it would tell which contact is urgent
            "Topic": delivery.id[:32],  # a repetition replaces what still waits (RFC 8030, 5.4)
        }
        answer = await self._http.post(subscription.endpoint, headers=headers, body=body)
        if answer.ok:
            return
        if answer.status in _GONE:
            await self._forget(delivery.recipient, subscription.id)
            raise DeliveryError("push: the subscription has ended", permanent=True)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise DeliveryError(f"push: HTTP {answer.status}", permanent=False, retry_after=answer.retry_after)
        log.error("push: a push service refuses us: HTTP %d", answer.status)
        raise DeliveryError(f"push: HTTP {answer.status}", permanent=True)

    def _origin(self, endpoint: str) -> str | None:
        """Scheme and host of a push service that we know, else None."""
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return None
        local = f"{host}:{port}" in self._services  # a push service in a test
        known = any(host == name or (name.startswith(".") and host.endswith(name)) for name in self._services)
        if parts.username is None and (local or (known and parts.scheme == "https" and port in (None, 443))):
            return f"{parts.scheme}://{parts.netloc}"
        return None

    def _sealed(self, subscription: Subscription) -> bytes | None:
        keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
        try:
            sealed: bytes = WebPusher({"endpoint": subscription.endpoint, "keys": keys}).encode(BODY)["body"]
        except Exception:  # keys that are none: the library raises whatever its parts raise
            return None
        return sealed

    def _introduction(self, origin: str) -> dict[str, str]:
        expires = int((self._clock() + TOKEN_LIVES).timestamp())
        signed: dict[str, str] = self._vapid.sign({"aud": origin, "exp": expires, "sub": self._contact})
        return {"Authorization": signed["Authorization"]}
