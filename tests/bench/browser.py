"""A Chromium for measuring: its slow line, its slow processor, and the bytes that really crossed the line."""

from __future__ import annotations

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
    """Counts what comes in: response heads and bodies as encoded on the wire."""

    session: CDPSession
    moments: list[tuple[float, int]] = field(default_factory=list)
    requests: list[tuple[float, str]] = field(default_factory=list)

    async def watch(self) -> None:
        self.session.on("Network.requestWillBeSent", self._asked)
        self.session.on("Network.responseReceived", self._head)
        self.session.on("Network.dataReceived", self._data)
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

    def _head(self, event: dict[str, Any]) -> None:
        self.moments.append((event["timestamp"], int(event["response"]["encodedDataLength"])))

    def _data(self, event: dict[str, Any]) -> None:
        self.moments.append((event["timestamp"], int(event["encodedDataLength"])))

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
