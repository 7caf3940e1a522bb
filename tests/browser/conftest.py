"""A real Chromium for the tests of the pages, the console and the scenarios."""

from __future__ import annotations

import contextlib
import tempfile
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
async def visitor(playwright: Playwright, house: House) -> AsyncIterator[Callable[..., Awaitable[Visitor]]]:
    """`await visitor(javascript=False, width=320, scheme="dark", locale="en-GB")`: a person with an own browser."""
    async with contextlib.AsyncExitStack() as stack:
        # Short, because Chromium puts a socket into its temporary folder, and those have short names.
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="v", ignore_cleanup_errors=True)))
        arrived = 0

        async def arrive(**options: Any) -> Visitor:
            nonlocal arrived
            arrived += 1
            return await stack.enter_async_context(visit(playwright, house.url, home / str(arrived), **options))

        yield arrive


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
