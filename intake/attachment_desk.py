"""Pictures and voice messages as use cases: taken from a door of this house, listed, and fetched by the team.

They are sealed like letters (kind ATTACHMENT, crypto/FORMAT.md) and erased with them. Only doors inside this house
bring them; the web form has none. They stay with the team that they were sealed for.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from crypto.envelope import Kind
from intake.contacts import Event, step
from intake.desk import MOST_BYTES, day_of, hour_of, machine, moved, read_header
from intake.errors import EnvelopeRefused, MailboxFull, NoAttachment
from intake.store import Attachment, Transaction
from intake.team_desk import Who, mine

if TYPE_CHECKING:
    from intake.desk import Desk

LARGEST = 11 * 2**20  # bucket: 10 MiB and what stands before them
MOST = 40  # of one mailbox


class AttachmentDesk:
    """Use cases of attachments. Reached as `desk.attachments`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def add(self, mailbox: bytes, token: bytes, envelope: bytes) -> int:
        """Stores one; returns its number. The same envelope again: the same number.

        Raises NoMailbox, EnvelopeRefused, StaleKey, MailboxFull, NotInThisState, DirectoryUnusable, Unavailable.
        """
        now = self._desk.clock()
        header = read_header(envelope, Kind.ATTACHMENT, readers=2, context=mailbox)
        if header.bucket > LARGEST:
            raise EnvelopeRefused("too large for an attachment")
        directory = self._desk.usable_directory(now)
        digest = hashlib.sha256(envelope).digest()

        async def unit(tx: Transaction) -> int:
            row = self._desk.owned(await tx.contact(mailbox), token)
            responsible = directory.team(row.team)
            if (known := await tx.attachment_number(mailbox, digest)) is not None:
                return known
            self._desk.check_key(responsible, header)
            if header.kids[1] != row.person_kid:
                raise EnvelopeRefused("not sealed to the mailbox itself")
            before = await tx.attachments(mailbox)
            if len(before) >= MOST or row.size + header.bucket > MOST_BYTES:
                raise MailboxFull
            after, _ = step(machine(row), Event.WRITE)
            number = len(before) + 1
            attachment = Attachment(number, row.entries, day_of(now), header.bucket)
            await tx.add_attachment(mailbox, attachment, digest, envelope)
            changed = moved(row, after, hour_of(now))._replace(
                size=row.size + header.bucket, erase_on=max(row.erase_on, day_of(now) + responsible.retention_days)
            )
            await tx.update_contact(row, changed)
            await self._desk.alerts.on_contact(tx, changed, Event.WRITE)
            return number

        return await self._desk.store.write(unit)

    async def fetch(self, who: Who, mailbox: bytes, number: int) -> bytes:
        """The envelope, for a member of the team. Raises NoContact, NoAttachment."""

        async def unit(tx: Transaction) -> bytes:
            await mine(tx, who, mailbox)
            envelope = await tx.attachment(mailbox, number)
            if envelope is None:
                raise NoAttachment
            return envelope

        return await self._desk.store.read(unit)
