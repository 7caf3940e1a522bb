"""What the messenger's door keeps of each room in which a help-seeker writes, sealed under the key at rest.

    room id ──keyed hash──> name of the row        a stolen database names no account and no room
    seed of the mailbox ──sealed──> the row        so that answers can be brought; the honest exception of this door
    mailbox id ──as it is──> the row               so that an answer finds its rooms, and erasing finds the seed

Nobody but the door that runs with the key at rest can open a row. What somebody is writing is never here: a draft lives
in memory until „fertig“, and `begun` only says that there was one, so that its loss can be told after a restart.
A mailbox that is erased, by whomever and for whatever reason, takes its seeds in these rows along.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from crypto.at_rest import AtRest
from crypto.identity import MailboxKeys, derive
from intake import leap
from intake.errors import NoAtRestKey
from intake.store import RoomRow, Transaction

if TYPE_CHECKING:
    from intake.desk import Desk


class Handed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact on its way to the desk: its seed, and the eight words that nobody has seen yet."""

    seed: bytes
    words: tuple[str, ...]

    def __repr__(self) -> str:
        return "<Handed ...>"


class Room(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered of a room, with nothing to print.

    ``seen``: letters of the mailbox that were brought. ``begun``: something unsent would be lost with the process.
    ``handed``: being sent, or sent and its words not told yet. ``secrets``: our messages that hold the words.
    ``leaving``: everything of ours is being taken back. ``notices``: what is said once only.
    ``day``: on which the person was last heard.
    """

    id: str
    person: str
    language: str = "de"
    seed: bytes | None = None
    seen: int = 0
    begun: bool = False
    handed: Handed | None = None
    secrets: tuple[str, ...] = ()
    leaving: bool = False
    notices: tuple[str, ...] = ()
    day: date | None = None

    def __repr__(self) -> str:
        return "<Room ...>"


class RoomDesk:
    """Use cases of the messenger's door. Reached as `desk.rooms`. All raise NoAtRestKey without a key, Unavailable."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._key = desk.settings.at_rest_key

    def name(self, room: str) -> bytes:
        """Name of the room's row (16 bytes): nobody without the key at rest can tell which room it is."""
        return derive(self._required(), f"erstkontakt/1 room {room.encode().hex()}", 16)

    async def of(self, room: str) -> Room | None:
        """What is remembered. Raises AtRestUnreadable if it was sealed with another key."""
        row = await self._desk.store.read(lambda tx: tx.room(self.name(room)))
        return None if row is None else self._open(row)

    async def named(self, name: bytes) -> Room | None:
        """The room of a row, or None if it is forgotten. Raises AtRestUnreadable."""
        row = await self._desk.store.read(lambda tx: tx.room(name))
        return None if row is None else self._open(row)

    async def all(self) -> list[Room]:
        """Every room. Raises AtRestUnreadable."""
        return [self._open(row) for row in await self._desk.store.read(lambda tx: tx.rooms())]

    async def quiet(self, since: date) -> list[Room]:
        """Without a mailbox, nothing begun or under way, nobody heard after ``since``. Raises AtRestUnreadable.

        None after a leap of the clock: everybody would seem to have been silent for long.
        """
        now = self._desk.clock()

        async def unit(tx: Transaction) -> list[RoomRow]:
            return [] if await leap.leapt_from(tx, now) is not None else await tx.unbound_rooms()

        rooms = [self._open(row) for row in await self._desk.store.read(unit)]
        return [one for one in rooms if one.handed is None and one.day is not None and one.day <= since]

    async def keep(self, room: Room) -> None:
        """Remembers it; a seed that is no longer in it is in no file afterwards."""
        name = self.name(room.id)
        mailbox = None if room.seed is None else MailboxKeys.from_seed(room.seed).id
        key = AtRest(self._required())
        seed = None if room.seed is None else key.seal(room.seed, _purpose(name))
        sealed = key.seal(msgspec.json.encode(msgspec.structs.replace(room, seed=None, begun=False)), _purpose(name))

        async def unit(tx: Transaction) -> None:
            before = await tx.room(name)
            lost = before is not None and before.mailbox not in (None, mailbox)
            await tx.put_room(RoomRow(name, mailbox, seed, int(room.begun), sealed), scrub=lost)

        await self._desk.store.write(unit)

    async def begin(self, room: str) -> None:
        """Somebody is writing there; a crash from now on has to be told of."""
        await self._desk.store.write(lambda tx: tx.begin_room(self.name(room)))

    async def forget(self, room: str) -> None:
        """Nothing of it remains."""
        await self._desk.store.write(lambda tx: tx.forget_room(self.name(room)))

    def _open(self, row: RoomRow) -> Room:
        key = AtRest(self._required())
        room = msgspec.json.decode(key.open(row.sealed, _purpose(row.name)), type=Room)
        seed = None if row.seed is None else key.open(row.seed, _purpose(row.name))
        return msgspec.structs.replace(room, seed=seed, begun=bool(row.begun))

    def _required(self) -> bytes:
        if self._key is None:
            raise NoAtRestKey
        return self._key


def _purpose(name: bytes) -> str:
    return f"room {name.hex()}"
