"""Scenarios use the browser's fixtures; every scenario is a browser test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import browser, playwright, visitor

__all__ = ["browser", "playwright", "visitor"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
