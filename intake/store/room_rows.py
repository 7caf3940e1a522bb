"""Every SQL statement about the rooms in which help-seekers write, as verbs on one open transaction."""

from typing import NamedTuple

from intake.store.raw import Raw


class RoomRow(NamedTuple):
    """A room: `name` is a keyed hash of its id (16 bytes), `seed` and `sealed` what is remembered, sealed at rest."""

    name: bytes
    mailbox: bytes | None
    seed: bytes | None
    begun: int
    sealed: bytes


_ROOMS = "SELECT name, mailbox, seed, begun, sealed FROM contact_rooms"
_ROOM = f"{_ROOMS} WHERE name = ?"


class RoomVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    async def room(self, name: bytes) -> RoomRow | None:
        """The row, or None."""
        row = await self.raw.row(_ROOM, name)
        return None if row is None else RoomRow(*row)

    async def rooms(self) -> list[RoomRow]:
        """All of them."""
        return [RoomRow(*row) for row in await self.raw.rows(_ROOMS)]

    async def unbound_rooms(self) -> list[RoomRow]:
        """Those without a mailbox in which nothing was begun."""
        return [RoomRow(*row) for row in await self.raw.rows(f"{_ROOMS} WHERE mailbox IS NULL AND begun = 0")]

    async def rooms_of(self, mailbox: bytes) -> list[bytes]:
        """Names of the rooms to which the answers of this mailbox are brought."""
        return [row[0] for row in await self.raw.rows("SELECT name FROM contact_rooms WHERE mailbox = ?", mailbox)]

    async def put_room(self, row: RoomRow, *, scrub: bool) -> None:
        """Writes or replaces it. `scrub`: what it held before leaves the files, too."""
        sql = """INSERT INTO contact_rooms (name, mailbox, seed, begun, sealed) VALUES (?, ?, ?, ?, ?)
 ON CONFLICT (name) DO UPDATE SET mailbox = excluded.mailbox, seed = excluded.seed, begun = excluded.begun,
 sealed = excluded.sealed"""
        await self.raw.run(sql, *row)
        self.raw.scrub = self.raw.scrub or scrub

    async def begin_room(self, name: bytes) -> None:
        """Somebody is writing there."""
        await self.raw.run("UPDATE contact_rooms SET begun = 1 WHERE name = ?", name)

    async def forget_seeds(self, mailbox: bytes) -> None:
        """The mailbox is gone: nobody needs its seed any more. To be followed by a scrub, as every erasing is."""
        await self.raw.run("UPDATE contact_rooms SET mailbox = NULL, seed = NULL WHERE mailbox = ?", mailbox)

    async def forget_room(self, name: bytes) -> None:
        """Removes it, and its bytes from the files."""
        if await self.raw.run("DELETE FROM contact_rooms WHERE name = ?", name):
            self.raw.scrub = True
