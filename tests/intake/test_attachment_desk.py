"""Attachments: stored beside the letters, fetched by the team alone, gone with the mailbox."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from crypto.envelope import Kind, open_envelope, seal
from intake.attachment_desk import MOST, AttachmentDesk
from intake.cases import Kind as CaseKind
from intake.desk import Desk
from intake.errors import (
    EnvelopeRefused,
    MailboxFull,
    NoAttachment,
    NoContact,
    NoMailbox,
    NotInThisState,
    StaleKey,
)
from intake.store import Store, open_store
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, settings
from tests.leaks import files, key, search

CONTENT = b"\xff\xd8\xff" + os.urandom(200)


class Story:
    """Somebody has written and wants to add a picture; mira counsels there, jonas elsewhere."""

    def __init__(self, store: Store, path: Path) -> None:
        self.network, self.clock = SmallNetwork(), Clock()
        self.desk = Desk(store, self.network, settings(path), self.clock)  # type: ignore[arg-type]
        self.store = store
        self.seeker = Seeker(self.network)
        self.mira, self.jonas = Advisor("mira", ("hafen",)), Advisor("jonas", ("garten",))

    async def begin(self) -> AttachmentDesk:
        for advisor in (self.mira, self.jonas):
            await advisor.enrol(self.store, self.network)
        await self.seeker.send(self.desk, self.seeker.contact())
        return self.desk.attachments

    def sealed(self, content: bytes = CONTENT, kind: Kind = Kind.ATTACHMENT) -> bytes:
        head = msgspec.json.encode({"v": 1, "name": "bild.jpg", "type": "image/jpeg", "sent": "2026-11-18T09:00Z"})
        readers = [self.network.team("hafen").public, self.seeker.identity.public]
        return seal(kind, self.seeker.keys.id, head + b"\0" + content, readers, self.seeker.identity)

    async def add(self, envelope: bytes) -> int:
        return await self.desk.attachments.add(self.seeker.keys.id, self.seeker.keys.token, envelope)


async def test_the_team_fetches_what_the_person_sent_and_nobody_else_does(store: Store, tmp_path: Path) -> None:
    story = Story(store, tmp_path)
    attachments = await story.begin()
    envelope = story.sealed()
    assert await story.add(envelope) == 1
    assert await story.add(envelope) == 1, "twice the same is one"
    mailbox = story.seeker.keys.id
    mira, jonas = await story.mira.login(story.desk.team), await story.jonas.login(story.desk.team)
    opened = await story.desk.team.contact(mira, mailbox)
    assert [(one.number, one.after_entry, one.size) for one in opened.attachments] == [(1, 1, 4096)]
    assert (opened.row.unread, opened.row.size) == (2, 8192)
    found = open_envelope(
        await attachments.fetch(mira, mailbox, 1),
        story.network.team("hafen"),
        context=mailbox,
        sender_verify=story.seeker.identity.public.verify,
    )
    assert found.payload.partition(b"\0")[2] == CONTENT
    with pytest.raises(NoAttachment):
        await attachments.fetch(mira, mailbox, 2)
    with pytest.raises(NoContact):
        await attachments.fetch(jonas, mailbox, 1)
    seen = await story.desk.open_mailbox(mailbox, story.seeker.keys.token)
    assert [one.number for one in seen.attachments] == [1]
    await story.desk.team.claim(mira, mailbox)
    await story.desk.cases.open(mira, mailbox, CaseKind.CLARIFICATION, None)
    kept = (await story.desk.open_mailbox(mailbox, story.seeker.keys.token)).erase_on
    await story.add(story.sealed(b"{}\0another"))
    again = (await story.desk.open_mailbox(mailbox, story.seeker.keys.token)).erase_on
    assert again == kept, "a picture brings no end nearer"
    assert len(seen.entries) == 1


async def test_what_is_refused(store: Store, tmp_path: Path) -> None:
    story = Story(store, tmp_path)
    await story.begin()
    with pytest.raises(EnvelopeRefused):
        await story.add(story.sealed(kind=Kind.MESSAGE))
    with pytest.raises(EnvelopeRefused):
        await story.add(story.sealed(bytes(11 * 2**20)))
    with pytest.raises(NoMailbox):
        await story.desk.attachments.add(story.seeker.keys.id, b"\0" * 32, story.sealed())
    for_somebody_else = Seeker(story.network)
    readers = [story.network.team("hafen").public, for_somebody_else.identity.public]
    with pytest.raises(EnvelopeRefused):
        await story.add(seal(Kind.ATTACHMENT, story.seeker.keys.id, b"{}\0x", readers, story.seeker.identity))
    with pytest.raises(EnvelopeRefused):
        await story.seeker.write(story.desk, story.sealed())
    stale = story.sealed()
    story.network.new_epoch("hafen")
    with pytest.raises(StaleKey):
        await story.add(stale)


async def test_many_and_large_ones_stay_within_the_mailbox(store: Store, tmp_path: Path) -> None:
    story = Story(store, tmp_path)
    await story.begin()
    large = bytes(10 * 2**20)
    for number in (1, 2):
        assert await story.add(story.sealed(large + bytes([number]))) == number
    with pytest.raises(MailboxFull):
        await story.add(story.sealed(large))
    for number in range(3, MOST + 1):
        assert await story.add(story.sealed(bytes([number]))) == number
    with pytest.raises(MailboxFull):
        await story.add(story.sealed())


async def test_with_an_attachment_the_team_is_no_longer_changed(store: Store, tmp_path: Path) -> None:
    story = Story(store, tmp_path)
    await story.begin()
    await story.add(story.sealed())
    keys = story.seeker.keys
    with pytest.raises(NotInThisState):
        await story.desk.move_contact(keys.id, keys.token, "garten", [(1, story.seeker.contact(team="garten"))])


async def test_it_goes_with_the_mailbox(tmp_path: Path) -> None:
    async with open_store("sqlite", tmp_path) as store:
        story = Story(store, tmp_path)
        await story.begin()
        envelope = story.sealed()
        await story.add(envelope)
        keys = story.seeker.keys
        await story.desk.erase_mailbox(keys.id, keys.token)
        assert search([key("the envelope", envelope[-200:])], files(tmp_path)) == []
