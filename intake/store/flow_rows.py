"""Every SQL statement about information flows: a log without content."""

from typing import NamedTuple

from intake.store.raw import Raced, Raw


class FlowRow(NamedTuple):
    """One flow of a contact; members by id, times in unix minutes."""

    id: str
    mailbox: bytes
    information: str
    body: str
    takes: str
    state: str
    by: str
    at: int
    second: str | None
    second_at: int | None


_COLUMNS = "id, mailbox, information, body, takes, state, proposer, at, second, second_at"


class FlowVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    async def put_flow(self, row: FlowRow) -> None:
        """A new one."""
        sql = f"INSERT INTO flows ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        await self.raw.run(sql, *row)

    async def flow(self, id: str) -> FlowRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_COLUMNS} FROM flows WHERE id = ?", id)  # noqa: S608
        return None if row is None else FlowRow(*row)

    async def flows(self, mailbox: bytes) -> list[FlowRow]:
        """All of a contact, oldest first."""
        sql = f"SELECT {_COLUMNS} FROM flows WHERE mailbox = ? ORDER BY at, id"  # noqa: S608
        return [FlowRow(*row) for row in await self.raw.rows(sql, mailbox)]

    async def decide_flow(self, row: FlowRow) -> None:
        """The second person's decision; raises Raced if somebody was first."""
        sql = "UPDATE flows SET state = ?, second = ?, second_at = ? WHERE id = ? AND state = 'waiting'"
        if await self.raw.run(sql, row.state, row.second, row.second_at, row.id) == 0:
            raise Raced
