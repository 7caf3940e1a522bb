"""A quick way to the help-seekers' pages: one house for a whole module, a fresh browser context for every test."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Route, ViewportSize, expect

AXE = Path(__file__).parents[2] / "intake/web/client/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NEUTRAL = "<!doctype html><html lang=de><title>Wetter</title><p>Heute meist sonnig.</p>"

# Every page that a help-seeker can come to by a link, below the prefix of its language.
PATHS = (
    "/",
    "/schreiben",
    "/schreiben/2",
    "/rueckruf",
    "/antworten",
    "/hilfe",
    "/adressen",
    "/schutz",
    "/wer",
    "/betreiber",
)
LETTER = "Mein Bruder ist in etwas hineingeraten. Ich weiß nicht, mit wem ich reden kann."


@contextlib.asynccontextmanager
async def opened(
    browser: Browser, url: str, path: str, *, width: int = 390, height: int = 800, **options: Any
) -> AsyncIterator[Page]:
    """A page at `path`. Other machines answer with a harmless page; console errors fail the test."""
    context = await browser.new_context(
        viewport=ViewportSize(width=width, height=height),
        locale=options.pop("locale", "de-DE"),
        timezone_id="Europe/Berlin",
        **options,
    )
    try:
        await context.route(re.compile(rf"^(?!{re.escape(url)})https?://"), _harmless)
        page = await context.new_page()
        page.set_default_timeout(60_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(url + path)
        yield page
        assert faults == []
    finally:
        await context.close()


async def _harmless(route: Route) -> None:
    await route.fulfill(body=NEUTRAL, content_type="text/html")


async def ready(page: Page) -> None:
    """The library and the directory are there."""
    await expect(page.locator("html")).to_have_attribute("data-ready", "sealing")


async def to_text(page: Page) -> None:
    """From step 1 to the text field, with nothing said on the way."""
    await ready(page)
    await page.locator("[data-go='2']:visible").first.click()
    await expect(page.locator("#team .team-name")).to_be_visible()
    await page.locator("[data-go='3']:visible").click()
    await expect(page.locator("#text")).to_be_visible()


async def send(page: Page, text: str = LETTER) -> list[str]:
    """Writes and sends; gives the eight words."""
    await page.locator("#text").fill(text)
    await page.locator("#senden").click()
    words = page.locator("#woerter li")
    await expect(words).to_have_count(8)
    return [word.strip() for word in await words.all_inner_texts()]


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


async def axe(page: Page) -> list[str]:
    """What axe-core finds; nothing should be on the list."""
    await page.evaluate("scrollTo({top: 0, behavior: 'instant'})")  # what the bar covers is no target
    return await violations(page)


async def violations(page: Page) -> list[str]:
    """The same, wherever the page is scrolled to."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_axe())
    found = await page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


async def overflow(page: Page) -> int:
    """Pixels that the page is wider than the window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
