"""Carriers for the common suite, and short recordings of everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bots.hotline.sentences import LANGUAGES, spoken
from tests.hotline.carriers import Carrier, Server, asterisk_system
from tests.hotline.softphone import Softphone
from tests.intake import publishing


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings "by people" for everything: 20 ms of a tone, so that no test has to listen long."""
    folder = tmp_path_factory.mktemp("recordings")
    for language in LANGUAGES:
        (folder / language).mkdir()
        for name, _, _ in spoken(language, publishing.first().directory, publishing.regions()):
            (folder / language / f"{name}.alaw").write_bytes(b"\x34\x2a\xb4\xaa" * 40)
    return folder


@pytest.fixture(scope="session")
def asterisk_server(tmp_path_factory: pytest.TempPathFactory, tones: Path) -> Iterator[Server]:
    """One Asterisk for all tests."""
    server = Server(tmp_path_factory.mktemp("asterisk"), tones)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(
    params=[
        "baresip",
        pytest.param(
            "asterisk",
            marks=[
                pytest.mark.asterisk,
                pytest.mark.skipif(asterisk_system() is None, reason="no Asterisk here (make test-asterisk)"),
            ],
        ),
    ]
)
async def carrier(request: pytest.FixtureRequest, tmp_path: Path) -> Carrier:
    """Each test of the common suite runs once with each."""
    if request.param == "baresip":
        return Carrier("baresip", tmp_path)
    server: Server = request.getfixturevalue("asterisk_server")
    await server.up()
    return Carrier("asterisk", tmp_path, server)


@pytest.fixture
async def phones(tmp_path: Path) -> AsyncIterator[Softphone]:
    """Anne, and two service phones: one picks up, one refuses every call."""
    numbers = {ANNE: "manual", DUTY: "auto", AWAY: "busy"}
    async with Softphone(tmp_path / "phones", numbers) as all_of_them:
        yield all_of_them


ANNE = "+4917139200123"
DUTY = "+4917139200777"
AWAY = "+4917139200778"
