"""A real Chromium for the tests of the pages, the console and the scenarios."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Playwright, async_playwright

from tests.browser.visitor import Visitor, arguments, chromium, visit
from tests.house import House


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as running:
        yield running


@pytest.fixture(scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    """One Chromium for tests that need no profile of their own: `await browser.new_context(...)`."""
    running = await playwright.chromium.launch(executable_path=chromium(), headless=True, args=arguments())
    yield running
    await running.close()


@pytest.fixture
async def visitor(browser: Browser, house: House) -> AsyncIterator[Callable[..., Awaitable[Visitor]]]:
    """`await visitor(javascript=False, width=320, scheme="dark", locale="en-GB")`: a person whose browser is empty."""
    async with contextlib.AsyncExitStack() as stack:

        async def arrive(**options: Any) -> Visitor:
            return await stack.enter_async_context(visit(browser, house.url, **options))

        yield arrive


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
