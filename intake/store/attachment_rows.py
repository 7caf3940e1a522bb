"""Every SQL statement about attachments, as verbs on one open transaction."""

from typing import NamedTuple

from intake.store.raw import Raw


class Attachment(NamedTuple):
    """A sealed picture or voice message, without its envelope; it came with the letter number `after_entry`.

    `size` is the bucket in bytes, `day` a unix day.
    """

    number: int
    after_entry: int
    day: int
    size: int


class AttachmentVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    async def attachments(self, mailbox: bytes) -> list[Attachment]:
        """All of a mailbox, in order."""
        sql = "SELECT number, after_entry, day, size FROM attachments WHERE mailbox = ? ORDER BY number"
        return [Attachment(*row) for row in await self.raw.rows(sql, mailbox)]

    async def attachment(self, mailbox: bytes, number: int) -> bytes | None:
        """The envelope, or None."""
        sql = "SELECT envelope FROM attachments WHERE mailbox = ? AND number = ?"
        row = await self.raw.row(sql, mailbox, number)
        return None if row is None else row[0]

    async def attachment_number(self, mailbox: bytes, digest: bytes) -> int | None:
        """The number under which exactly this envelope is stored already, or None."""
        row = await self.raw.row("SELECT number FROM attachments WHERE mailbox = ? AND digest = ?", mailbox, digest)
        return None if row is None else int(row[0])

    async def add_attachment(self, mailbox: bytes, attachment: Attachment, digest: bytes, envelope: bytes) -> None:
        """One more."""
        sql = """INSERT INTO attachments (mailbox, number, after_entry, day, size, digest, envelope)
 VALUES (?, ?, ?, ?, ?, ?, ?)"""
        await self.raw.run(sql, mailbox, *attachment, digest, envelope)
