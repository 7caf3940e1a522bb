"""What the doors outward share when they speak HTTP: bounded answers, one time limit, one kind of error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp

from intake.delivery import DeliveryError

SECONDS = 20
LONGEST_ANSWER = 64 * 1024
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is at most LONGEST_ANSWER bytes and never printed: it may repeat what was sent."""

    status: int
    body: bytes = field(repr=False)
    retry_after: timedelta | None

    @property
    def ok(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def json(self) -> Any:
        """What the body says, or None when it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Http:
    """One connection pool for one channel, made at the first request; ``close`` it. Nothing is followed or kept."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes | Mapping[str, str]) -> Answer:
        """Raises DeliveryError (temporary) when there was no answer; its text names the channel, never the address."""
        if self._session is None:
            limit = aiohttp.ClientTimeout(total=SECONDS)
            self._session = aiohttp.ClientSession(timeout=limit, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.post(url, headers=headers, data=body, allow_redirects=False) as response:
                read = await response.content.read(LONGEST_ANSWER)
                return Answer(response.status, read, _seconds(response.headers.get("Retry-After")))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as trouble:
            # Without its cause: aiohttp's errors print the address, and a push address is as good as a name.
            raise DeliveryError(f"{self._channel}: no answer ({type(trouble).__name__})", permanent=False) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _seconds(header: str | None) -> timedelta | None:
    """Retry-After in its form as seconds (RFC 9110, 10.2.3); a date is not waited for."""
    if header is None or not header.isascii() or not header.isdigit() or len(header) > 9:
        return None
    return min(timedelta(seconds=int(header)), LONGEST_WAIT)
