"""Scenarios use the browser's fixtures, and people with a browser of their own; every scenario is a browser test."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Playwright

from tests.browser.conftest import browser, playwright
from tests.browser.visitor import Visitor, visit_with_profile
from tests.house import House

__all__ = ["browser", "playwright"]

HERE = Path(__file__).parent


@pytest.fixture
async def visitor(playwright: Playwright, house: House) -> AsyncIterator[Callable[..., Awaitable[Visitor]]]:
    """`await visitor(javascript=False, width=320, scheme="dark")`: a person with an own browser, to be searched."""
    async with contextlib.AsyncExitStack() as stack:
        # Short, because Chromium puts a socket into its temporary folder, and those have short names.
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="v", ignore_cleanup_errors=True)))
        arrived = 0

        async def arrive(**options: Any) -> Visitor:
            nonlocal arrived
            arrived += 1
            folder = home / str(arrived)
            return await stack.enter_async_context(visit_with_profile(playwright, house.url, folder, **options))

        yield arrive


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
