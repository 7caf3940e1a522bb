"""When there is no directory to be trusted: nothing is taken, the help stays open, and no text gets lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from config.settings import Settings
from intake.errors import DirectoryExpired
from intake.web import answers, headers, pages, static
from intake.web.keys import DESK, NETWORK, SETTINGS


class Expired:
    """A network whose directory ran out last night."""

    @property
    def directory(self) -> NoReturn:
        raise DirectoryExpired("expired")

    @property
    def regions(self) -> NoReturn:
        raise DirectoryExpired("expired")

    blob = b""


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient[Any, Any]]:
    app = web.Application()
    network: Any = Expired()
    app[NETWORK] = network
    app[SETTINGS] = Settings(root_key=bytes(32), data_folder=tmp_path)
    app[DESK] = SimpleNamespace(network=network, clock=lambda: datetime.now(UTC))  # type: ignore[assignment]
    headers.setup(app)
    answers.setup(app)
    static.setup(app)
    pages.setup(app)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/hilfe", "/schreiben", "/antworten", "/betreiber", "/en/", "/en/hilfe"])
async def test_what_needs_no_directory_stays_open(client: TestClient[Any, Any], path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 200
    assert "tel:112" in await answer.text()


@pytest.mark.parametrize("path", ["/wer", "/schutz", "/adressen"])
async def test_what_needs_one_says_so_and_shows_the_help(client: TestClient[Any, Any], path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 503
    shown = await answer.text()
    assert "Gerade geht es nicht." in shown
    assert "tel:112" in shown


@pytest.mark.parametrize("to", ["2", "3", "send"])
async def test_without_javascript_nothing_is_taken_and_the_text_stays(client: TestClient[Any, Any], to: str) -> None:
    answer = await client.post("/schreiben", data={"to": to, "text": "Mein <Text>", "kreis": ""})
    assert answer.status == 503
    shown = await answer.text()
    assert "Es ist nichts gesendet." in shown
    assert "Mein &lt;Text&gt;" in shown


async def test_the_exit_works_whatever_happens(client: TestClient[Any, Any]) -> None:
    for answer in (
        await client.get("/raus", allow_redirects=False),
        await client.post("/raus", data=b"\xff", headers={"Content-Type": "image/png"}),
    ):
        assert answer.status in (200, 303)
        assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
