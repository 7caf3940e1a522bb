"""The help-seeker's API: parse, call the desk, answer. Everything readable was sealed before it came here."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from intake.desk import OpenMailbox, Stamp, date_of
from intake.errors import (
    DirectoryExpired,
    EnvelopeRefused,
    MailboxErased,
    MailboxFull,
    MailboxTaken,
    NoMailbox,
    NotInThisState,
    StaleKey,
    StampMissing,
    StoreBusy,
    StoreFull,
    TeamUnknown,
)
from intake.web.keys import DESK, NETWORK, RELEASE
from intake.web.operations import ENVELOPE_LIMIT, LARGE_LIMIT, Operation, Sealed, exactly, register

MailboxId = Annotated[bytes, exactly(16)]
Secret = Annotated[bytes, exactly(32)]
TeamId = Annotated[str, msgspec.Meta(min_length=1, max_length=48)]
Number = Annotated[int, msgspec.Meta(ge=1, le=200)]


class Form(msgspec.Struct, forbid_unknown_fields=True):
    """A closed schema: what is not named here is refused."""


class StampForm(Form):
    """Proof of work over the envelope."""

    hour: Annotated[int, msgspec.Meta(ge=0, le=2**40)]
    counter: Annotated[int, msgspec.Meta(ge=0, le=2**53)]

    def stamp(self) -> Stamp:
        return Stamp(self.hour, self.counter)


class ContactForm(Form):
    """A first contact. The mailbox id is the envelope's context."""

    team: TeamId
    token_hash: Secret
    urgent: bool
    envelope: Sealed
    stamp: StampForm


class MailboxForm(Form):
    """Who knows both may read and write."""

    mailbox: MailboxId
    token: Secret


class MessageForm(MailboxForm):
    """One more message of the person."""

    envelope: Sealed
    stamp: StampForm


class Resealed(Form):
    """An own message, sealed for another team."""

    number: Number
    envelope: Sealed


class MoveForm(MailboxForm):
    """All own messages, sealed for another team."""

    team: TeamId
    envelopes: Annotated[list[Resealed], msgspec.Meta(min_length=1, max_length=200)]


class ReceiptAnswer(msgspec.Struct):
    """Until when somebody answers, and when everything is erased."""

    answer_by: date
    erase_on: date


class EntryAnswer(msgspec.Struct):
    """One sealed envelope of the conversation."""

    number: int
    author: Literal["person", "team"]
    day: date
    envelope: bytes


class MailboxAnswer(msgspec.Struct):
    """The opened mailbox."""

    state: str
    team: str
    urgent: bool
    answer_by: date
    erase_on: date
    entries: list[EntryAnswer]


class NumberAnswer(msgspec.Struct):
    """The number of the stored message."""

    number: int


class ErasedAnswer(msgspec.Struct):
    """Everything is gone."""

    erased: bool


class HealthAnswer(msgspec.Struct):
    """The service runs, its database answers and its directory is valid."""

    ok: bool
    release: str


async def receive_contact(request: web.Request, form: ContactForm) -> ReceiptAnswer:
    receipt = await request.app[DESK].receive_contact(
        team=form.team,
        token_hash=form.token_hash,
        urgent=form.urgent,
        envelope=form.envelope,
        stamp=form.stamp.stamp(),
    )
    return ReceiptAnswer(receipt.answer_by, receipt.erase_on)


async def open_mailbox(request: web.Request, form: MailboxForm) -> MailboxAnswer:
    return mailbox_answer(await request.app[DESK].open_mailbox(form.mailbox, form.token))


async def add_message(request: web.Request, form: MessageForm) -> NumberAnswer:
    number = await request.app[DESK].add_message(form.mailbox, form.token, form.envelope, form.stamp.stamp())
    return NumberAnswer(number)


async def move_contact(request: web.Request, form: MoveForm) -> ReceiptAnswer:
    envelopes = [(entry.number, entry.envelope) for entry in form.envelopes]
    receipt = await request.app[DESK].move_contact(form.mailbox, form.token, form.team, envelopes)
    return ReceiptAnswer(receipt.answer_by, receipt.erase_on)


async def erase_mailbox(request: web.Request, form: MailboxForm) -> ErasedAnswer:
    await request.app[DESK].erase_mailbox(form.mailbox, form.token)
    return ErasedAnswer(erased=True)


async def health(request: web.Request, _: None) -> HealthAnswer:
    release = request.app[RELEASE]
    assert request.app[NETWORK].directory  # noqa: S101 - raises while there is none
    await request.app[DESK].store.read(lambda tx: tx.member(""))
    return HealthAnswer(ok=True, release=release)


def mailbox_answer(opened: OpenMailbox) -> MailboxAnswer:
    """Dates for days."""
    entries = [
        EntryAnswer(entry.number, "team" if entry.author == "team" else "person", date_of(entry.day), entry.envelope)
        for entry in opened.entries
    ]
    return MailboxAnswer(opened.state, opened.team, opened.urgent, opened.answer_by, opened.erase_on, entries)


_STORE = (StoreBusy, StoreFull)

OPERATIONS = (
    Operation(
        "POST",
        "/api/contacts",
        "Leave a first contact, sealed for a team and for oneself. Sent again: the same answer, stored once.",
        receive_contact,
        ReceiptAnswer,
        ContactForm,
        status=201,
        limit=ENVELOPE_LIMIT,
        errors=(
            EnvelopeRefused,
            TeamUnknown,
            StaleKey,
            MailboxTaken,
            MailboxErased,
            StampMissing,
            DirectoryExpired,
            *_STORE,
        ),
    ),
    Operation(
        "POST",
        "/api/mailbox/open",
        "Read a mailbox. A mailbox that does not exist and a wrong token get the same answer.",
        open_mailbox,
        MailboxAnswer,
        MailboxForm,
        errors=(NoMailbox, *_STORE),
    ),
    Operation(
        "POST",
        "/api/mailbox/messages",
        "Write one more message. Sent again: the same number, stored once.",
        add_message,
        NumberAnswer,
        MessageForm,
        status=201,
        limit=LARGE_LIMIT,
        errors=(NoMailbox, EnvelopeRefused, StaleKey, MailboxFull, NotInThisState, StampMissing, *_STORE),
    ),
    Operation(
        "POST",
        "/api/mailbox/move",
        "Correct the team while nobody has taken the contact: all own messages, sealed again.",
        move_contact,
        ReceiptAnswer,
        MoveForm,
        limit=LARGE_LIMIT,
        errors=(NoMailbox, EnvelopeRefused, TeamUnknown, StaleKey, NotInThisState, MailboxFull, *_STORE),
    ),
    Operation(
        "POST",
        "/api/mailbox/erase",
        "Delete everything in the mailbox, at once.",
        erase_mailbox,
        ErasedAnswer,
        MailboxForm,
        errors=(NoMailbox, *_STORE),
    ),
    Operation("GET", "/api/health", "Is the service able to take contacts?", health, HealthAnswer, errors=_STORE),
)


def setup(app: web.Application) -> None:
    """Adds the help-seeker's addresses."""
    register(app, OPERATIONS)
