"""A Chromium for measuring: its slow line, its slow processor, and the bytes that really crossed the line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession, Page, async_playwright

from tests.browser.visitor import PHONE, arguments, chromium

ROUND_TRIP_MS = 600
BYTES_PER_SECOND = 400_000 / 8


@dataclass
class Line:
    """Counts what comes in, as encoded on the wire: bodies, and apart from them the heads of the answers."""

    session: CDPSession
    moments: list[tuple[float, int]] = field(default_factory=list)
    requests: list[tuple[float, str]] = field(default_factory=list)
    heads: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, int] = field(default_factory=dict)
    under_way: set[str] = field(default_factory=set)

    async def watch(self) -> None:
        self.session.on("Network.requestWillBeSent", self._asked)
        self.session.on("Network.responseReceived", self._head)
        self.session.on("Network.dataReceived", self._data)
        self.session.on("Network.loadingFinished", self._finished)
        await self.session.send("Network.enable")
        await self.session.send("Network.setCacheDisabled", {"cacheDisabled": True})

    async def slow(self) -> None:
        conditions = {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": BYTES_PER_SECOND,
            "uploadThroughput": BYTES_PER_SECOND,
        }
        await self.session.send("Network.emulateNetworkConditions", conditions)

    def _asked(self, event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self.requests.append((event["timestamp"], event["request"]["url"]))
            self.under_way.add(event["requestId"])

    def _head(self, event: dict[str, Any]) -> None:
        self.heads[event["requestId"]] = int(event["response"]["encodedDataLength"])

    def _data(self, event: dict[str, Any]) -> None:
        self._count(event, int(event["encodedDataLength"]))

    def _finished(self, event: dict[str, Any]) -> None:
        # What the pieces did not say; only the end knows the whole.
        name = event["requestId"]
        whole = int(event["encodedDataLength"]) - self.heads.get(name, 0)
        self._count(event, max(whole - self.bodies.get(name, 0), 0))
        self.under_way.discard(name)

    def _count(self, event: dict[str, Any], size: int) -> None:
        name = event["requestId"]
        self.bodies[name] = self.bodies.get(name, 0) + size
        self.moments.append((event["timestamp"], size))

    async def quiet(self) -> None:
        """Waits until every answer is there to its last byte."""
        async with asyncio.timeout(30):
            while self.under_way:  # noqa: ASYNC110 - two listeners fill it
                await asyncio.sleep(0.02)

    def bytes_until(self, moment: float = float("inf")) -> int:
        return sum(size for when, size in self.moments if when <= moment)

    def requests_until(self, moment: float = float("inf")) -> int:
        return sum(1 for when, _ in self.requests if when <= moment)

    @property
    def began(self) -> float:
        return min(when for when, _ in self.requests)


@contextlib.asynccontextmanager
async def browser_page(**options: Any) -> AsyncIterator[tuple[Page, Line]]:
    """A fresh page on a fresh browser, its line watched."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), headless=True, args=arguments())
        context = await running.new_context(viewport=PHONE, locale="de-DE", **options)
        page = await context.new_page()
        line = Line(await context.new_cdp_session(page))
        await line.watch()
        try:
            yield page, line
        finally:
            await running.close()
