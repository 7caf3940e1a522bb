"""Every SQL statement about hand-overs, as verbs on one open transaction."""

from typing import NamedTuple

from intake.store.raw import Raced, Raw


class HandoverRow(NamedTuple):
    """One hand-over. Days since 1970; `envelope` while it is offered and after it was accepted."""

    id: bytes
    mailbox: bytes
    from_team: str
    to_team: str
    purpose: str
    stage: str
    consent: str
    consent_day: int | None
    asked_by: str
    envelope: bytes | None
    entries: int
    reason: str | None
    created: int
    changed: int
    revision: int


_HANDOVER = ", ".join(HandoverRow._fields)


class HandoverVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    async def insert_handover(self, row: HandoverRow) -> bool:
        """False if another one of this contact is open already."""
        sql = f"INSERT INTO handovers ({_HANDOVER}) VALUES ({', '.join('?' * len(row))}) ON CONFLICT DO NOTHING"  # noqa: S608
        return await self.raw.run(sql, *row) == 1

    async def update_handover(self, before: HandoverRow, after: HandoverRow) -> None:
        """Compare-and-swap on the revision; raises Raced. An envelope that goes leaves the files, too."""
        sql = """UPDATE handovers SET stage = ?, consent_day = ?, envelope = ?, entries = ?, reason = ?, changed = ?,
 revision = revision + 1 WHERE id = ? AND revision = ?"""
        values = (after.stage, after.consent_day, after.envelope, after.entries, after.reason, after.changed)
        if await self.raw.run(sql, *values, before.id, before.revision) == 0:
            raise Raced
        if before.envelope is not None and after.envelope != before.envelope:
            self.raw.scrub = True

    async def handover(self, id: bytes) -> HandoverRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_HANDOVER} FROM handovers WHERE id = ?", id)  # noqa: S608
        return None if row is None else HandoverRow(*row)

    async def handovers(self, mailbox: bytes) -> list[HandoverRow]:
        """All of one contact, oldest first."""
        sql = f"SELECT {_HANDOVER} FROM handovers WHERE mailbox = ? ORDER BY created, changed, id"  # noqa: S608
        return [HandoverRow(*row) for row in await self.raw.rows(sql, mailbox)]

    async def is_offered(self, mailbox: bytes) -> bool:
        """Whether another team is about to decide on this contact."""
        return (
            await self.raw.row("SELECT 1 FROM handovers WHERE mailbox = ? AND stage = 'offered'", mailbox) is not None
        )

    async def offered_to(self, team: str, limit: int) -> list[HandoverRow]:
        """What waits for this team's answer, oldest first."""
        sql = f"SELECT {_HANDOVER} FROM handovers WHERE to_team = ? AND stage = 'offered' ORDER BY changed, id LIMIT ?"  # noqa: S608
        return [HandoverRow(*row) for row in await self.raw.rows(sql, team, limit)]

    async def lapsed_offers(self, before: int, limit: int) -> list[HandoverRow]:
        """Offers that nobody answered since this day."""
        sql = f"SELECT {_HANDOVER} FROM handovers WHERE stage = 'offered' AND changed < ? LIMIT ?"  # noqa: S608
        return [HandoverRow(*row) for row in await self.raw.rows(sql, before, limit)]

    async def drop_left_behind(self, mailbox: bytes) -> None:
        """What does not go along: notes of the team that hands over, and attachments, which were sealed for it."""
        await self.raw.run("DELETE FROM notes WHERE mailbox = ?", mailbox)
        await self.raw.run("DELETE FROM attachments WHERE mailbox = ?", mailbox)
        self.raw.scrub = True
