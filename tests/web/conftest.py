"""The fixture `door`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.door import Door, opened


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as running:
        yield running
