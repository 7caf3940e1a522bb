"""The help-seeker's API: parse, call the desk, answer. Everything readable was sealed before it came here."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from intake.agreement import Time
from intake.appointment_desk import View as Appointment
from intake.callback_desk import View, Wanted
from intake.callbacks import MOST_WINDOWS, Window, said
from intake.desk import OpenMailbox, Stamp, date_of
from intake.errors import (
    DirectoryExpired,
    EnvelopeRefused,
    MailboxErased,
    MailboxFull,
    MailboxTaken,
    NoMailbox,
    NoTimeToCall,
    NotInThisState,
    StaleKey,
    StampMissing,
    StoreBusy,
    StoreFull,
    TeamUnknown,
)
from intake.store import Attachment, CaseRow, HandoverRow
from intake.web.keys import DESK, NETWORK, RELEASE
from intake.web.operations import ENVELOPE_LIMIT, LARGE_LIMIT, Operation, Sealed, exactly, register

MailboxId = Annotated[bytes, exactly(16)]
Secret = Annotated[bytes, exactly(32)]
TeamId = Annotated[str, msgspec.Meta(min_length=1, max_length=48)]
Number = Annotated[int, msgspec.Meta(ge=1, le=200)]
CallbackState = Literal["requested", "due", "attempting", "reached", "not_reached", "withdrawn", "expired"]


class Form(msgspec.Struct, forbid_unknown_fields=True):
    """A closed schema: what is not named here is refused."""


class StampForm(Form):
    """Proof of work over the envelope."""

    hour: Annotated[int, msgspec.Meta(ge=0, le=2**40)]
    counter: Annotated[int, msgspec.Meta(ge=0, le=2**53)]

    def stamp(self) -> Stamp:
        return Stamp(self.hour, self.counter)


class TimeForm(Time, frozen=True, forbid_unknown_fields=True):
    """A time in which to call, on the wall clock in Germany; 24:00 is the end of the day."""


class WantedForm(Form):
    """A wish to be called: the times in clear, number and rules in an envelope of their own (kind CALLBACK)."""

    windows: Annotated[tuple[TimeForm, ...], msgspec.Meta(min_length=1, max_length=MOST_WINDOWS)]
    envelope: Sealed

    def wanted(self) -> Wanted:
        return Wanted(tuple(window.wish() for window in self.windows), self.envelope)


class ContactForm(Form):
    """A first contact. The mailbox id is the envelope's context. A callback is stored with it, or nothing is."""

    team: TeamId
    token_hash: Secret
    urgent: bool
    envelope: Sealed
    stamp: StampForm
    callback: WantedForm | None = None


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
    """All own messages, and the agreement of an open callback, sealed for another team."""

    team: TeamId
    envelopes: Annotated[list[Resealed], msgspec.Meta(min_length=1, max_length=200)]
    callback: Sealed | None = None


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


class WindowAnswer(msgspec.Struct, rename={"start": "from", "end": "to"}):
    """A time on the wall clock in Germany."""

    day: date
    start: str
    end: str


class CallbackAnswer(msgspec.Struct):
    """A callback as its owner sees it. `envelope` is null once number and rules are erased."""

    state: CallbackState
    windows: list[WindowAnswer]
    attempts: int
    last: str | None
    envelope: bytes | None


class AttachmentAnswer(msgspec.Struct):
    """A sealed picture or voice message that came with the letter number `after`; `size` in bytes, as padded."""

    number: int
    after: int
    day: date
    size: int


class HandoverAnswer(msgspec.Struct):
    """One step of a contact from team to team. `envelope`: the covering letter, for the team that took it."""

    id: str
    from_team: str
    to_team: str
    purpose: str
    stage: str
    consent: str
    consent_day: date | None
    entries: int
    reason: str | None
    changed: date
    envelope: bytes | None


class TimeAnswer(msgspec.Struct, rename={"start": "from", "end": "to"}):
    """A time: `at` in UTC, the others on the wall clock in Germany."""

    at: str
    day: date
    start: str
    end: str


class AppointmentAnswer(msgspec.Struct):
    """The planned contact as the person sees it. `coming`: the first is fixed, the others would follow.

    `wish`: the time that the person proposed; `choices`: times that may be proposed; `interval_days` null: as needed;
    `envelope`: where and how, sealed.
    """

    phase: Literal["resting", "planned", "reminded", "open"]
    number: int
    coming: list[TimeAnswer]
    wish: TimeAnswer | None
    choices: list[TimeAnswer]
    interval_days: int | None
    envelope: bytes | None


class CounsellingAnswer(msgspec.Struct):
    """What is recorded of a counselling, as the person may know it: no names of counsellors, nothing that is sealed.

    `sheets`: how many sealed sheets of the team there are; `kept_until`: longer than the carrier's rule says.
    """

    kind: Literal["information", "one_off", "clarification", "case"]
    mandate: Literal["voluntary", "condition", "authority"] | None
    state: Literal["open", "paused", "ended"]
    agreement: Literal["none", "offered", "active", "dissolved"]
    review_on: date | None
    companions: int
    interval_days: int | None
    sheets: int
    kept_until: date | None


class MailboxAnswer(msgspec.Struct):
    """The opened mailbox."""

    state: str
    team: str
    urgent: bool
    answer_by: date
    erase_on: date
    entries: list[EntryAnswer]
    callback: CallbackAnswer | None
    attachments: list[AttachmentAnswer]
    handovers: list[HandoverAnswer]
    appointment: AppointmentAnswer | None
    case: CounsellingAnswer | None


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
        callback=None if form.callback is None else form.callback.wanted(),
    )
    return ReceiptAnswer(receipt.answer_by, receipt.erase_on)


async def open_mailbox(request: web.Request, form: MailboxForm) -> MailboxAnswer:
    return mailbox_answer(await request.app[DESK].open_mailbox(form.mailbox, form.token))


async def add_message(request: web.Request, form: MessageForm) -> NumberAnswer:
    number = await request.app[DESK].add_message(form.mailbox, form.token, form.envelope, form.stamp.stamp())
    return NumberAnswer(number)


async def move_contact(request: web.Request, form: MoveForm) -> ReceiptAnswer:
    envelopes = [(entry.number, entry.envelope) for entry in form.envelopes]
    receipt = await request.app[DESK].move_contact(form.mailbox, form.token, form.team, envelopes, form.callback)
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
    return MailboxAnswer(
        opened.state,
        opened.team,
        opened.urgent,
        opened.answer_by,
        opened.erase_on,
        entries,
        None if opened.callback is None else callback_answer(opened.callback),
        attachment_answers(opened.attachments),
        [handover_answer(row) for row in opened.handovers],
        None if opened.appointment is None else appointment_answer(opened.appointment),
        None if opened.case is None else counselling_answer(opened.case),
    )


def counselling_answer(row: CaseRow) -> CounsellingAnswer:
    """Without ids and names."""
    return msgspec.convert(
        {
            "kind": row.kind,
            "mandate": row.mandate,
            "state": row.state,
            "agreement": row.agreement,
            "review_on": None if row.review_on is None else date_of(row.review_on),
            "companions": sum(one is not None for one in (row.first, row.second)),
            "interval_days": row.interval_days,
            "sheets": row.sheets,
            "kept_until": None if row.kept_until is None else date_of(row.kept_until),
        },
        CounsellingAnswer,
    )


def appointment_answer(view: Appointment) -> AppointmentAnswer:
    """What the person may know of it."""
    plan = view.plan

    def time(at: datetime) -> TimeAnswer:
        wall = window_answer(Window(at, at + timedelta(minutes=plan.minutes)))
        return TimeAnswer(f"{at:%Y-%m-%dT%H:%MZ}", wall.day, wall.start, wall.end)

    return AppointmentAnswer(
        plan.phase.value,
        plan.number,
        [time(at) for at in view.coming],
        None if plan.wish is None else time(plan.wish),
        [time(at) for at in view.choices],
        view.interval,
        view.row.envelope,
    )


def handover_answer(row: HandoverRow, *, letter: bool = False) -> HandoverAnswer:
    """What both teams and the person may know of it."""
    return HandoverAnswer(
        row.id.hex(), row.from_team, row.to_team, row.purpose, row.stage, row.consent,
        None if row.consent_day is None else date_of(row.consent_day), row.entries, row.reason, date_of(row.changed),
        row.envelope if letter else None,
    )  # fmt: skip


def window_answer(window: Window) -> WindowAnswer:
    """On the wall clock."""
    return msgspec.convert(said(window), WindowAnswer)


def attachment_answers(attachments: Sequence[Attachment]) -> list[AttachmentAnswer]:
    """Without their envelopes, which are fetched one by one."""
    return [AttachmentAnswer(one.number, one.after_entry, date_of(one.day), one.size) for one in attachments]


def callback_answer(view: View) -> CallbackAnswer:
    """What the person may know of it."""
    callback = view.callback
    return CallbackAnswer(
        callback.state.value,
        [window_answer(window) for window in view.windows],
        callback.attempts,
        callback.last.value if callback.last else None,
        view.row.envelope,
    )


STORE = (StoreBusy, StoreFull)

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
            NoTimeToCall,
            StampMissing,
            DirectoryExpired,
            *STORE,
        ),
    ),
    Operation(
        "POST",
        "/api/mailbox/open",
        "Read a mailbox. A mailbox that does not exist and a wrong token get the same answer.",
        open_mailbox,
        MailboxAnswer,
        MailboxForm,
        errors=(NoMailbox, *STORE),
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
        errors=(NoMailbox, EnvelopeRefused, StaleKey, MailboxFull, NotInThisState, StampMissing, *STORE),
    ),
    Operation(
        "POST",
        "/api/mailbox/move",
        "Correct the team while nobody has taken the contact: all own messages, sealed again.",
        move_contact,
        ReceiptAnswer,
        MoveForm,
        limit=LARGE_LIMIT,
        errors=(
            NoMailbox,
            EnvelopeRefused,
            TeamUnknown,
            StaleKey,
            NotInThisState,
            MailboxFull,
            NoTimeToCall,
            *STORE,
        ),
    ),
    Operation(
        "POST",
        "/api/mailbox/erase",
        "Delete everything in the mailbox, at once.",
        erase_mailbox,
        ErasedAnswer,
        MailboxForm,
        errors=(NoMailbox, *STORE),
    ),
    Operation("GET", "/api/health", "Is the service able to take contacts?", health, HealthAnswer, errors=STORE),
)


def setup(app: web.Application) -> None:
    """Adds the help-seeker's addresses."""
    register(app, OPERATIONS)
