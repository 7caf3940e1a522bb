"""From the typed return code to the opened mailbox, on a processor four times slower."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

from playwright.async_api import expect

from tests.bench.browser import browser_page
from tests.bench.processes import open_house
from tests.bench.table import Measure, Table

ROUNDS = 3
SLOWER = 4


def measure(table: Table, folder: Path, scale: float) -> None:
    with open_house(folder / "house") as house:
        words = asyncio.run(_write(house.url))
        taken = [asyncio.run(_come_back(house.url, words)) for _ in range(max(int(ROUNDS * scale), 1))]
    table.add(
        f"Coming back with the code (processor {SLOWER} x slower)",
        Measure("return code to opened mailbox", statistics.median(taken), "s", ("<", 2.5), "Argon2id in JavaScript"),
    )


async def _write(url: str) -> str:
    async with browser_page() as (page, _):
        await page.goto(f"{url}/schreiben")
        await expect(page.locator("html")).to_have_attribute("data-ready", "sealing")
        await page.locator("[data-go='2']:visible").click()
        await expect(page.locator("#team .team-name")).to_be_visible()
        await page.locator("[data-go='3']:visible").click()
        await page.locator("#text").fill("Nur eine Messung.")
        await page.locator("#senden").click()
        words = page.locator("#woerter li")
        await expect(words).to_have_count(8)
        return " ".join([await word.inner_text() for word in await words.all()])


async def _come_back(url: str, words: str) -> float:
    async with browser_page() as (page, line):
        await page.goto(f"{url}/antworten")
        await expect(page.locator("html")).to_have_attribute("data-ready", "sealing")
        await page.locator("#code").fill(words)
        await line.session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        milliseconds: float = await page.evaluate(
            """() => new Promise((done) => {
                const began = performance.now();
                const look = () => document.querySelector("#briefe li") && !document.getElementById("zimmer").hidden
                  ? requestAnimationFrame(() => done(performance.now() - began)) : requestAnimationFrame(look);
                document.getElementById("oeffnen").click();
                look();
            })"""
        )
        return milliseconds / 1000
