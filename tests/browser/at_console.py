"""Ways through the console that several tests go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.letters import Writer
from tests.browser.pages import violations
from tests.browser.visitor import Visitor
from tests.house import House
from tests.scenarios.journey import AtTheConsole

Arrive = Callable[..., Awaitable[Visitor]]
At = Callable[..., Awaitable[AtTheConsole]]


@pytest.fixture
async def mira(house: House, visitor: Arrive) -> At:
    """`await mira()`: somebody of the demo cast, logged in on a telephone."""

    async def arrive(member: str = "mira", **options: Any) -> AtTheConsole:
        counsellor = AtTheConsole(await visitor(**options), house)
        await counsellor.log_in(member)
        return counsellor

    return arrive


async def to_box(page: Page, name: str) -> None:
    await page.locator("nav.bar button:visible", has_text=name).click()
    await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


async def open_contact(page: Page, writer: Writer) -> None:
    await page.locator("button.row", has_text=writer.reference).click()
    await expect(page.locator(".letters, .notice.alarm").first).to_be_visible()


async def do(page: Page, name: str) -> None:
    """One of the things behind the dots of the bar at the thumb."""
    await page.get_by_role("button", name="Mehr tun").click()
    await page.locator("dialog .menu button", has_text=name).click()


async def clean(page: Page, where: str) -> None:
    """axe-core finds nothing, and nothing is wider than the screen."""
    await page.evaluate("Promise.all(document.getAnimations().map((moving) => moving.finished))")
    found = await violations(page)
    assert found == [], f"{where}: {found}"
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{where}: too wide"
