"""The desk from outside: everything proved, everything stamped, every kind of bad answer one of our errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from intake.cli import far_desk
from intake.cli.far_desk import FarDesk
from intake.errors import (
    DirectoryForged,
    DirectoryMissing,
    DirectoryRolledBack,
    EnvelopeRefused,
    MailboxTaken,
    NoMailbox,
    StaleKey,
    StampMissing,
    TooMany,
    Unavailable,
)
from intake.sealing import Sealer
from intake.wishes import Wishes
from tests.cli.at_terminal import root_of
from tests.house import House
from tests.intake.publishing import NOW, ROOT, draft, first, publish, signed


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Instance:
    """A server that says what a test wants it to say; honest where nothing else is said."""

    def __init__(self) -> None:
        self.blob = signed(first().body)
        self.says: dict[str, web.Response] = {}
        self.asked: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if request.path in self.says:
            return self.says[request.path]
        if request.path == "/verzeichnis":
            return web.Response(body=self.blob)
        if request.path == "/orte":
            return web.Response(body=first().regions)
        kid = request.path.removeprefix("/schluessel/")
        return web.Response(body=first().keys[kid])


@pytest.fixture
async def instance() -> AsyncIterator[Instance]:
    made = Instance()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
def desk(instance: Instance, http: aiohttp.ClientSession) -> FarDesk:
    return FarDesk(instance.url, ROOT, lambda: NOW, http)


async def test_nothing_is_known_before_it_was_fetched(desk: FarDesk) -> None:
    with pytest.raises(DirectoryMissing):
        _ = desk.network.directory
    with pytest.raises(DirectoryMissing):
        _ = desk.network.regions


async def test_all_keys_are_fetched_so_that_none_tells_an_interest(desk: FarDesk, instance: Instance) -> None:
    await desk.refresh()
    teams = desk.network.directory.teams
    assert [path for path in instance.asked if "schluessel" in path] == [f"/schluessel/{team.kid}" for team in teams]
    assert desk.network.regions.name("DE80M") == "Nordwestmecklenburg"


@pytest.mark.parametrize("what", ["/orte", "/schluessel"])
async def test_a_swapped_file_is_refused_whole(desk: FarDesk, instance: Instance, what: str) -> None:
    path = what if what == "/orte" else f"/schluessel/{first().directory.teams[-1].kid}"
    instance.says[path] = web.Response(body=b"\x00" * 1216)
    with pytest.raises(DirectoryForged):
        await desk.refresh()
    with pytest.raises(DirectoryMissing):
        _ = desk.network.directory


async def test_an_older_directory_is_never_taken(desk: FarDesk, instance: Instance, tmp_path: Path) -> None:
    older = publish(tmp_path, first())
    instance.blob = signed(draft(previous=older, now=NOW).body)
    await desk.refresh()
    instance.blob = older
    with pytest.raises(DirectoryRolledBack):
        await desk.refresh()
    assert desk.network.directory.version == 2


def refused(status: int, code: str, **more: object) -> web.Response:
    return web.json_response({"error": code, "message": "", **more}, status=status)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: refused(404, "no_mailbox"), NoMailbox),
        (lambda: refused(409, "mailbox_taken"), MailboxTaken),
        (lambda: refused(422, "envelope"), EnvelopeRefused),
        (lambda: refused(429, "too_many", retry_after=5), TooMany),
        (lambda: refused(418, "what is this"), Unavailable),
        (lambda: web.json_response(["no object"]), Unavailable),
        (lambda: web.Response(text="<html>502</html>", content_type="text/html", status=502), Unavailable),
        (lambda: web.Response(text="{", content_type="application/json"), Unavailable),
        (lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), Unavailable),
    ],
)
async def test_every_bad_answer_is_one_of_our_errors(
    desk: FarDesk, instance: Instance, answer: Callable[[], web.Response], error: type[Exception]
) -> None:
    instance.says["/api/mailbox/open"] = answer()
    with pytest.raises(error):
        await desk.open_mailbox(b"m" * 16, b"t" * 32)


async def test_no_server_and_no_page(desk: FarDesk, instance: Instance, http: aiohttp.ClientSession) -> None:
    instance.says["/verzeichnis"] = web.Response(status=500)
    with pytest.raises(Unavailable):
        await desk.refresh()
    with pytest.raises(Unavailable):
        await FarDesk("http://127.0.0.1:1", ROOT, lambda: NOW, http).refresh()


async def test_a_stale_key_brings_the_new_directory_before_it_is_said(desk: FarDesk, instance: Instance) -> None:
    instance.says["/api/contacts"] = refused(409, "stale_key", directory="")
    with pytest.raises(StaleKey):
        await desk.receive_contact(
            team="rz-wm", token_hash=b"h" * 32, urgent=False, envelope=b"e", stamp=None, channel="web"
        )
    assert desk.network.directory.version == 1


async def test_a_price_that_only_rises_is_not_paid_for_ever(
    desk: FarDesk, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_desk, "FIRST_BITS", 0)

    async def dearer(path: str, form: object) -> None:
        instance.asked.append(path)
        raise StampMissing(hour=1, bits=1)

    monkeypatch.setattr(desk, "_post", dearer)
    with pytest.raises(Unavailable):
        await desk.add_message(b"m" * 16, b"t" * 32, b"e", None, "web")
    assert len(instance.asked) == far_desk.TRIES


async def test_with_a_real_desk_a_cheap_stamp_is_made_again_and_a_team_can_be_changed(
    house: House, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_desk, "FIRST_BITS", 0)
    desk = FarDesk(house.url, bytes.fromhex(root_of(house)), lambda: datetime.now(UTC), http)
    await desk.refresh()
    sealer = Sealer(desk, "web")
    wishes = Wishes("relative", ("RE",), "DE80M")
    team = sealer.directory().team("rz-wm")
    sent = await sealer.write(lang="de", wishes=wishes, team=team, text="Rat?", urgent=False, form=b"f" * 32)
    opened = await sealer.open(sent.words)
    await opened.move("rz-ro")
    await opened.refresh()
    assert (opened.answer.team, [letter.text for letter in opened.letters]) == ("rz-ro", ["Rat?"])
    await opened.erase()
    with pytest.raises(NoMailbox):
        await opened.refresh()
