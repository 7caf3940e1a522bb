"""Rooms of the messenger: found again, sealed, told of answers, and without a seed as soon as there is no mailbox."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from crypto.errors import AtRestUnreadable
from intake.desk import PERSON, Desk
from intake.errors import NoAtRestKey
from intake.outbox import Delivery, Outbox
from intake.room_desk import Handed, Room
from intake.store import Store, open_store
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, settings
from tests.leaks import files, key, search, sentence

ROOM, PERSON_ID = "!geheimerraum:matrix.example", "@mutter-aus-wismar:matrix.example"
KEY = bytes(range(32))


def desk_with(store: Store, path: Path, at_rest_key: bytes | None = KEY) -> Desk:
    return Desk(store, SmallNetwork(), settings(path, at_rest_key=at_rest_key), Clock())  # type: ignore[arg-type]


class Door:
    """What the outbox brings to help-seekers."""

    def __init__(self) -> None:
        self.got: list[Delivery] = []

    async def deliver(self, delivery: Delivery) -> None:
        self.got.append(delivery)


async def test_a_room_is_remembered_with_all_that_it_needs(store: Store, tmp_path: Path) -> None:
    desk = desk_with(store, tmp_path)
    assert await desk.rooms.of(ROOM) is None
    room = Room(
        ROOM, PERSON_ID, "en", b"\x05" * 32, 3, begun=True, handed=Handed(b"\x06" * 32, ("a",)), secrets=("$e",)
    )
    await desk.rooms.keep(room)
    assert await desk.rooms.of(ROOM) == room
    assert await desk.rooms.named(desk.rooms.name(ROOM)) == room
    assert await desk.rooms.named(b"\0" * 16) is None
    assert await desk.rooms.all() == [room]
    assert "wismar" not in repr(room) + repr(room.handed)
    await desk.rooms.keep(Room(ROOM, PERSON_ID))
    await desk.rooms.begin(ROOM)
    assert await desk.rooms.of(ROOM) == Room(ROOM, PERSON_ID, begun=True)
    await desk.rooms.forget(ROOM)
    assert await desk.rooms.all() == []


async def test_without_the_key_nothing_is_kept_and_with_another_nothing_is_read(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NoAtRestKey):
        await desk_with(store, tmp_path, None).rooms.keep(Room(ROOM, PERSON_ID))
    await desk_with(store, tmp_path).rooms.keep(Room(ROOM, PERSON_ID))
    other = desk_with(store, tmp_path, bytes(range(1, 33)))
    assert await other.rooms.of(ROOM) is None
    with pytest.raises(AtRestUnreadable):
        await other.rooms.all()


async def test_an_answer_is_told_to_every_room_of_its_mailbox_and_to_no_other(store: Store, tmp_path: Path) -> None:
    network = SmallNetwork()
    desk = Desk(store, network, settings(tmp_path, at_rest_key=KEY), Clock())  # type: ignore[arg-type]
    mira, seeker, stranger, door = Advisor("mira", ("hafen",)), Seeker(network), Seeker(network), Door()
    await mira.enrol(store, network)
    for one in (seeker, stranger):
        await one.send(desk, one.contact())
    await desk.rooms.keep(Room(ROOM, PERSON_ID, seed=seeker.seed))
    await desk.rooms.keep(Room("!zweiter", PERSON_ID, seed=seeker.seed))
    await desk.rooms.keep(Room("!fremder", "@x:y", seed=stranger.seed))
    who = await mira.login(desk.team)
    await desk.team.claim(who, seeker.keys.id)
    await desk.team.answer(who, seeker.keys.id, mira.answer(network, seeker))
    outbox = Outbox(desk, {PERSON: door}, lambda: 0.5)
    await outbox.drain(PERSON)
    names = [desk.rooms.name(room).hex() for room in (ROOM, "!zweiter")]
    assert sorted(delivery.recipient for delivery in door.got) == sorted(names)
    await desk.team.answer(who, seeker.keys.id, mira.answer(network, seeker, "Noch etwas."))
    await desk.rooms.forget(ROOM)
    await outbox.drain(PERSON)
    assert [delivery.recipient for delivery in door.got[2:]] == [desk.rooms.name("!zweiter").hex()]
    assert await outbox.drain(PERSON) == 0


async def test_the_seed_goes_with_its_mailbox(tmp_path: Path) -> None:
    network = SmallNetwork()
    async with open_store("sqlite", tmp_path) as store:
        desk = Desk(store, network, settings(tmp_path, at_rest_key=KEY), Clock())  # type: ignore[arg-type]
        seeker = Seeker(network)
        await seeker.send(desk, seeker.contact())
        await desk.rooms.keep(Room(ROOM, PERSON_ID, seed=seeker.seed, secrets=("$ereignis",)))
        needles = [key("the seed", seeker.seed), sentence("the account", PERSON_ID), sentence("the room", ROOM)]
        assert search(needles, files(tmp_path)) == []
        ((sealed,),) = sqlite3.connect(tmp_path / "erstkontakt.sqlite").execute("SELECT seed FROM contact_rooms")
        await desk.erase_mailbox(seeker.keys.id, seeker.keys.token)
        assert await desk.rooms.of(ROOM) == Room(ROOM, PERSON_ID, secrets=("$ereignis",))
        assert search([key("the sealed seed", sealed)], files(tmp_path)) == []


async def test_a_seed_that_is_given_up_is_in_no_file(tmp_path: Path) -> None:
    async with open_store("sqlite", tmp_path) as store:
        desk = desk_with(store, tmp_path)
        await desk.rooms.keep(Room(ROOM, PERSON_ID, seed=b"\x05" * 32))
        ((sealed,),) = sqlite3.connect(tmp_path / "erstkontakt.sqlite").execute("SELECT seed FROM contact_rooms")
        await desk.rooms.keep(Room(ROOM, PERSON_ID))
        assert search([key("the sealed seed", sealed)], files(tmp_path)) == []
