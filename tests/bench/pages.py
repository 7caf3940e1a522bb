"""From an empty browser to "can send": bytes, requests and time over a slow line, with all cryptography."""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import expect

from tests.bench.browser import BYTES_PER_SECOND, ROUND_TRIP_MS, browser_page
from tests.bench.processes import open_house
from tests.bench.table import Measure, Table

ROUNDS = 3
LINE = f"{ROUND_TRIP_MS} ms, {BYTES_PER_SECOND * 8 / 1000:g} kbit/s"

# Notes, on the page's own clock, when the first control can be used and when the page says that it can seal.
WATCH = """
  const seen = window.__seen = {};
  const look = () => {
    const state = document.documentElement?.dataset.ready;
    if (state && !seen[state]) seen[state] = performance.now();
    if (!seen.control) {
      const control = [...document.querySelectorAll("main a[href], main button, main input")]
        .find((each) => each.checkVisibility() && each.getBoundingClientRect().height > 0);
      if (control) seen.control = performance.now();
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""


@dataclass
class Visit:
    """One visit: seconds since the first request, bytes and requests."""

    control: float
    usable: float
    sealing: float
    bytes_usable: int
    bytes_can_send: int
    requests_can_send: int
    bytes_of_heads: int


def measure(table: Table, folder: Path, scale: float) -> None:
    with open_house(folder / "house") as house:
        visits = [asyncio.run(_write(house.url)) for _ in range(max(int(ROUNDS * scale), 1))]
        before = asyncio.run(_first_page(house.url))
    middle = {name: statistics.median(getattr(visit, name) for visit in visits) for name in Visit.__annotations__}
    table.add(
        f"The page on which somebody writes, empty cache ({LINE})",
        Measure("first control visible", middle["control"], "s", ("<", 1.9)),
        Measure("usable", middle["usable"], "s", ("<", 1.9)),
        Measure("ready to seal and send", middle["sealing"], "s", ("<", 3.5)),
        Measure("bytes before the first key press", middle["bytes_usable"] / 1000, "kB", ("<=", 25)),
        Measure("bytes with all cryptography", middle["bytes_can_send"] / 1000, "kB", ("<=", 60), _heads(middle)),
        Measure("requests with all cryptography", middle["requests_can_send"], "", ("<=", 8), "directory and key too"),
        Measure("the first page before it", before[0] / 1000, "kB", note=f"{before[1]} requests"),
        # Nothing is kept between two pages; so each brings its own style, without what only other pages need.
        Measure("both together", (before[0] + middle["bytes_can_send"]) / 1000, "kB", ("<=", 60)),
        Measure("requests of both together", before[1] + middle["requests_can_send"], "", ("<=", 8)),
    )


def _heads(middle: dict[str, float]) -> str:
    return f"bodies; the heads of the answers are {middle['bytes_of_heads'] / 1000:.1f} kB more"


async def _write(url: str) -> Visit:
    """As a person does who says no place: until the key of the team that will read it has come."""
    async with browser_page() as (page, line):
        await line.slow()
        await page.add_init_script(WATCH)
        await page.goto(f"{url}/schreiben", wait_until="commit")
        await expect(page.locator("html")).to_have_attribute("data-ready", "sealing", timeout=30_000)
        seen = await page.evaluate("__seen")
        usable = line.began + seen["shell"] / 1000
        before_key = line.bytes_until(usable)
        async with page.expect_response(lambda answer: "/schluessel/" in answer.url, timeout=30_000) as key:
            await page.locator("[data-go='2']:visible").click()
        await (await key.value).finished()
        await line.quiet()
        return Visit(
            seen["control"] / 1000,
            seen["shell"] / 1000,
            seen["sealing"] / 1000,
            before_key,
            line.bytes_until(),
            line.requests_until(),
            sum(line.heads.values()),
        )


async def _first_page(url: str) -> tuple[int, int]:
    async with browser_page() as (page, line):
        await page.goto(f"{url}/", wait_until="networkidle")
        await line.quiet()
        return line.bytes_until(), line.requests_until()
