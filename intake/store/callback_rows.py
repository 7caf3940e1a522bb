"""Every SQL statement about callbacks, as verbs on one open transaction.

Whoever erases an envelope here sets `scrub`: the bytes leave database file and WAL with the next commit.
"""

from typing import NamedTuple

from intake.store.raw import Raced, Raw


class CallbackRow(NamedTuple):
    """One callback. `document` is intake.callbacks.dump; `due` in unix seconds; `envelope` None once erased."""

    mailbox: bytes
    team: str
    state: str
    due: int | None
    document: str
    envelope: bytes | None
    agreements: int
    revision: int


_CALLBACK = ", ".join(CallbackRow._fields)
_OPEN = "state IN ('requested', 'due', 'attempting')"


class CallbackVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    async def insert_callback(self, row: CallbackRow) -> bool:
        """False if this contact has one already."""
        sql = f"INSERT INTO callbacks ({_CALLBACK}) VALUES ({', '.join('?' * len(row))}) ON CONFLICT DO NOTHING"  # noqa: S608
        return await self.raw.run(sql, *row) == 1

    async def update_callback(self, before: CallbackRow, after: CallbackRow) -> None:
        """Compare-and-swap on the revision; raises Raced. An envelope that changes or goes leaves the files, too."""
        sql = """UPDATE callbacks SET team = ?, state = ?, due = ?, document = ?, envelope = ?, agreements = ?,
 revision = revision + 1 WHERE mailbox = ? AND revision = ?"""
        values = (after.team, after.state, after.due, after.document, after.envelope, after.agreements)
        if await self.raw.run(sql, *values, before.mailbox, before.revision) == 0:
            raise Raced
        if before.envelope is not None and after.envelope != before.envelope:
            self.raw.scrub = True

    async def callback(self, mailbox: bytes) -> CallbackRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_CALLBACK} FROM callbacks WHERE mailbox = ?", mailbox)  # noqa: S608
        return None if row is None else CallbackRow(*row)

    async def due_callbacks(self, now: int, limit: int) -> list[CallbackRow]:
        """Callbacks whose time has come, the longest overdue first."""
        sql = f"SELECT {_CALLBACK} FROM callbacks WHERE due <= ? ORDER BY due LIMIT ?"  # noqa: S608
        return [CallbackRow(*row) for row in await self.raw.rows(sql, now, limit)]

    async def later_callbacks(self, now: int) -> list[CallbackRow]:
        """All callbacks whose time is still to come (after the clock was set back)."""
        sql = f"SELECT {_CALLBACK} FROM callbacks WHERE due > ? ORDER BY due"  # noqa: S608
        return [CallbackRow(*row) for row in await self.raw.rows(sql, now)]

    async def next_callback(self) -> int | None:
        """When the next callback is due."""
        row = await self.raw.row("SELECT due FROM callbacks WHERE due >= 0 ORDER BY due LIMIT 1")
        return None if row is None else int(row[0])

    async def open_callbacks(self, team: str, limit: int) -> list[CallbackRow]:
        """Callbacks of a team that are not over, the next first."""
        sql = f"SELECT {_CALLBACK} FROM callbacks WHERE team = ? AND {_OPEN} ORDER BY due, mailbox LIMIT ?"  # noqa: S608
        return [CallbackRow(*row) for row in await self.raw.rows(sql, team, limit)]

    async def never_call(self, team: str) -> tuple[bytes, int] | None:
        """(envelope, revision) of the team's list, or None."""
        row = await self.raw.row("SELECT envelope, revision FROM never_call WHERE team = ?", team)
        return None if row is None else (row[0], int(row[1]))

    async def put_never_call(self, team: str, envelope: bytes, revision: int) -> bool:
        """Replaces revision n (0: there is none yet); False if a colleague was first."""
        self.raw.scrub = True
        if revision == 0:
            sql = "INSERT INTO never_call (team, envelope) VALUES (?, ?) ON CONFLICT (team) DO NOTHING"
            return await self.raw.run(sql, team, envelope) == 1
        sql = "UPDATE never_call SET envelope = ?, revision = revision + 1 WHERE team = ? AND revision = ?"
        return await self.raw.run(sql, envelope, team, revision) == 1
