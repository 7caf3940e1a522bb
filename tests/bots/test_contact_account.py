"""The messenger's account with a stand-in for the homeserver: turns, memory, and what a full house does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bots import contact as door
from bots.contact import ContactAccount
from bots.contact_room import PART_BYTES, parts
from bots.limits import Fair, Rate
from bots.matrix import Changed, Folder, Invited, Left, Received, What, new_pickle_key
from intake import leap
from intake.delivery import DeliveryError
from intake.desk import Desk
from intake.errors import StoreBusy
from intake.network import Network
from intake.store import open_store
from tests.intake import publishing
from tests.intake.small import Clock, settings

US = "@kontakt:lab.test"


class Standin:
    """A homeserver's client that remembers what it was asked to do."""

    user, last_sync = US, 0.0

    def __init__(self) -> None:
        self.users: dict[str, set[str]] = {}
        self.said: list[tuple[str, str]] = []
        self.joined: list[str] = []
        self.left: list[str] = []
        self.redacted: list[tuple[str, str]] = []
        self.trouble: list[DeliveryError] = []

    def members(self, room: str) -> frozenset[str]:
        return frozenset(self.users.get(room, ()))

    def rooms(self) -> tuple[str, ...]:
        return tuple(self.users)

    def rooms_with(self, user: str) -> tuple[str, ...]:
        return tuple(room for room, users in self.users.items() if user in users)

    def encrypted(self, room: str) -> bool:
        return True

    async def send(self, room: str, to: str, text: str, transaction: str) -> str:
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble.pop()
        self.said.append((room, text))
        return f"${transaction}"

    async def explain(self, room: str, text: str, transaction: str) -> None:
        self.said.append((room, text))

    async def join(self, room: str) -> None:
        if self.trouble:
            raise self.trouble.pop()
        self.joined.append(room)

    async def leave(self, room: str) -> None:
        self.left.append(room)

    async def own_messages(self, room: str) -> list[str]:
        return [f"${place}" for place, (where, _) in enumerate(self.said) if where == room]

    async def redact(self, room: str, event: str, transaction: str) -> None:
        self.redacted.append((room, event))

    async def forget(self, room: str) -> None:
        self.left.append(room)
        self.users.pop(room, None)


class Stage:
    def __init__(self, account: ContactAccount, client: Standin, clock: Clock) -> None:
        self.account, self.client, self.clock = account, client, clock
        self.seconds = 0.0
        account._now = lambda: self.seconds
        self._numbers = iter(range(1000))

    async def says(self, room: str, text: str, person: str = "") -> None:
        person = person or f"@{room}:lab.test"
        self.client.users.setdefault(room, {US, person})
        await self.account._handle(Received(f"${next(self._numbers)}", room, person, What.TEXT, text))

    async def rest(self) -> None:
        """Until nobody has anything to do."""
        while any(talk._task is not None for talk in self.account._talks.values()):  # noqa: ASYNC110 - who works ends
            await asyncio.sleep(0.001)

    async def look(self) -> None:
        await self.account._look(self.client)  # type: ignore[arg-type]

    def heard(self, room: str) -> str:
        return "\n".join(text for where, text in self.client.said if where == room)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder = tmp_path_factory.mktemp("directory")
    publishing.publish(folder, publishing.first())
    made = Network(folder, publishing.ROOT)
    made.reload(publishing.NOW)
    return made


@pytest.fixture
async def stage(tmp_path: Path, network: Network) -> AsyncIterator[Stage]:
    clock, client = Clock(publishing.NOW), Standin()
    async with open_store("sqlite", tmp_path) as store:
        given = settings(tmp_path, contact_account=US, at_rest_key=b"\x07\x08" * 16)
        desk = Desk(store, network, given, clock)
        account = ContactAccount(Folder(tmp_path / "contact", new_pickle_key()), desk)
        account._client = client  # type: ignore[assignment]
        yield Stage(account, client, clock)
        for talk in account._talks.values():
            await talk.stop()


async def test_invitations_beyond_what_is_there_wait_for_their_turn_and_survive_a_restart(stage: Stage) -> None:
    stage.account.limits.rooms = Fair(Rate(5, 600), Rate(4, 60))
    for number in range(4):
        await stage.account._handle(Invited(f"!{number}", f"@p{number}:voll.example", direct=True))
    assert stage.client.joined == ["!0", "!1"], "one homeserver gets half"
    await stage.account._handle(Invited("!x", "@mutter:klein.example", direct=True))
    assert stage.client.joined[-1] == "!x"
    again = ContactAccount(stage.account._folder, stage.account._desk)
    assert list(again._held) == ["!2", "!3"]
    stage.seconds = 1200
    await stage.look()
    assert stage.client.joined[-2:] == ["!2", "!3"]
    assert stage.client.left == []


async def test_one_account_that_wants_too_many_rooms_is_refused(stage: Stage) -> None:
    stage.account.limits.rooms = Fair(Rate(2, 600), Rate(40, 60))
    for number in range(3):
        await stage.account._handle(Invited(f"!{number}", "@viele:lab.test", direct=True))
    assert (stage.client.joined, stage.client.left) == (["!0", "!1"], ["!2"])


async def test_a_homeserver_that_does_not_let_us_in_yet_is_asked_again(stage: Stage) -> None:
    stage.client.trouble = [DeliveryError("matrix: 502", permanent=False)]
    await stage.account._handle(Invited("!a", "@a:lab.test", direct=True))
    assert stage.client.joined == []
    await stage.look()
    assert stage.client.joined == ["!a"]


async def test_when_memory_is_tight_large_drafts_stop_growing_and_small_ones_do_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_DRAFTED", 50_000)
    for room in ("!gross", "!klein"):
        for answer in ("hallo", "2", "1", "23966", "ja"):
            await stage.says(room, answer)
    await stage.says("!gross", "x" * 60_000)
    await stage.rest()
    await stage.look()
    await stage.says("!gross", "noch mehr davon, und immer weiter")
    await stage.says("!klein", "Mein Sohn ist in etwas hineingeraten.")
    await stage.rest()
    assert "sehr viele Nachrichten" in stage.heard("!gross")
    assert "sehr viele Nachrichten" not in stage.heard("!klein")
    assert stage.account._talks["!klein"].weight > 0


async def test_idle_talks_leave_memory_and_their_rows_know_enough(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_TALKS", 4)
    await stage.says("!0", "english")
    await stage.says("!0", "stop")
    await stage.rest()
    for number in range(1, 6):
        await stage.says(f"!{number}", "hallo")
    await stage.rest()
    assert "!0" not in stage.account._talks
    assert len(stage.account._talks) <= 6
    await stage.says("!0", "hi")
    await stage.rest()
    assert "Hello. It is good that you are here." in stage.heard("!0")


async def test_a_busy_database_delays_an_answer_and_loses_none(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.contact_room.FIRST_PAUSE", 0.001)
    keep, calls = stage.account.rooms.keep, []

    async def busy(room: Any) -> None:
        calls.append(room)
        if len(calls) < 3:
            raise StoreBusy
        await keep(room)

    await stage.says("!a", "hallo")
    await stage.rest()
    monkeypatch.setattr(stage.account.rooms, "keep", busy)
    await stage.says("!a", "stopp")
    await stage.rest()
    assert "höre auf" in stage.heard("!a")
    assert len(calls) >= 3


async def test_a_word_that_cannot_be_said_for_good_ends_that_word_alone(stage: Stage) -> None:
    stage.client.trouble = [DeliveryError("matrix: no confirmed device", permanent=True)]
    await stage.says("!a", "hallo")
    await stage.rest()
    await stage.says("!a", "2")
    await stage.rest()
    assert "Worum geht es" in stage.heard("!a")


async def test_a_room_that_nobody_is_in_any_more_is_forgotten(stage: Stage) -> None:
    await stage.says("!a", "hallo")
    await stage.rest()
    await stage.account._handle(Left("!a", "@!a:lab.test"))
    assert stage.client.left == ["!a"]
    assert await stage.account.rooms.of("!a") is None
    await stage.says("!b", "hallo")
    await stage.rest()
    stage.client.users.clear()
    await stage.look()
    assert stage.account._talks == {}


async def test_after_a_week_without_a_word_and_without_a_mailbox_we_say_goodbye_and_leave(stage: Stage) -> None:
    rooms = stage.account.rooms
    await stage.says("!still", "english")
    await stage.says("!still", "stop")
    for room in ("!spricht", "!hat"):
        await stage.says(room, "hallo")
        await stage.says(room, "stopp")
    await stage.rest()
    kept = await rooms.of("!hat")
    assert kept is not None
    await rooms.keep(msgspec.structs.replace(kept, seed=bytes(range(32))))
    stage.clock.pass_by(days=6)
    await stage.look()
    await stage.says("!spricht", "stopp")
    await stage.rest()
    assert stage.client.left == []
    desk = stage.account._desk
    await desk.store.write(lambda tx: leap.believe(tx, stage.clock()))
    stage.clock.pass_by(days=2)
    stage.account._quiet_at = None
    await stage.look()
    await stage.rest()
    assert stage.client.left == [], "a clock that leaps makes nobody silent"
    stage.clock.pass_by(days=-1)
    await desk.store.write(lambda tx: leap.believe(tx, stage.clock()))
    again = ContactAccount(stage.account._folder, stage.account._desk)  # the row knows the day, not the process
    again._client = stage.client  # type: ignore[assignment]
    await again._look(stage.client)  # type: ignore[arg-type]
    while any(talk._task is not None for talk in again._talks.values()):  # noqa: ASYNC110 - who works ends
        await asyncio.sleep(0.001)
    assert stage.client.left == ["!still"]
    assert stage.client.said[-1][1].startswith("It has been quiet here")
    assert {room for room, _ in stage.client.redacted} == {"!still"}
    assert {room.id for room in await rooms.all()} == {"!spricht", "!hat"}


async def test_a_third_person_ends_a_conversation_also_between_two_messages(stage: Stage) -> None:
    await stage.says("!a", "hallo")
    await stage.rest()
    stage.client.users["!a"].add("@dritte:lab.test")
    await stage.account._handle(Changed("!a"))
    assert "nur mit einem Menschen allein" in stage.heard("!a")
    assert stage.client.left == ["!a"]


async def test_another_key_at_rest_costs_answers_and_not_the_service(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.says("!a", "hallo")
    await stage.rest()
    desk = stage.account._desk
    other = Desk(desk.store, desk.network, replace(desk.settings, at_rest_key=bytes(range(32))), desk.clock)
    again = ContactAccount(stage.account._folder, other)
    await again._resume()
    assert "another at_rest_key" in caplog.text
    assert again._talks == {}


async def test_after_a_restart_only_what_was_begun_is_taken_up(stage: Stage) -> None:
    await stage.says("!a", "hallo")
    await stage.says("!b", "hallo")
    await stage.says("!b", "stopp")
    await stage.rest()
    again = ContactAccount(stage.account._folder, stage.account._desk)
    again._client = stage.client  # type: ignore[assignment]
    stage.client.said.clear()
    await again._resume()
    while any(talk._task is not None for talk in again._talks.values()):  # noqa: ASYNC110 - who works ends
        await asyncio.sleep(0.001)
    assert [room for room, _ in stage.client.said] == ["!a"]
    assert "verloren gegangen" in stage.heard("!a")


def test_long_texts_are_cut_where_a_reader_would_pause() -> None:
    text = "\n\n".join(["Ein Absatz mit Umlauten: äöü ß. " * 100] * 12)
    cut = parts(text)
    assert len(cut) > 1
    assert all(len(part.encode()) <= PART_BYTES for part in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())
    assert parts("kurz") == ["kurz"]
    assert [len(part) for part in parts("x" * 20, 8)] == [8, 8, 4]
