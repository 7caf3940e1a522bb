"""The counsellors' API. A session is a bearer token that the page keeps in memory; there is no cookie to steal or ride.

A contact of a foreign team is answered like one that does not exist, on every address.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import hdrs, web

from intake.desk import date_of
from intake.errors import (
    AlreadyClaimed,
    EnrolmentRefused,
    EnvelopeRefused,
    HandoverState,
    IntakeError,
    LoginRefused,
    MailboxFull,
    Malformed,
    NoContact,
    NoInvitation,
    NotInThisState,
    SecondFactorNeeded,
    SessionEnded,
    StaleKey,
    StoreBusy,
    StoreFull,
    TeamUnknown,
    TooMany,
)
from intake.members import KEY_SIZE, LOCK_AFTER_SECONDS, Stretching
from intake.store import BOXES, Box, ContactRow, Cursor
from intake.team_desk import LoggedIn, OpenContact, TeamDesk, Who
from intake.web.api import (
    AttachmentAnswer,
    Form,
    HandoverAnswer,
    NumberAnswer,
    Secret,
    attachment_answers,
    handover_answer,
)
from intake.web.keys import DESK
from intake.web.operations import ENVELOPE_LIMIT, LARGE_LIMIT, Operation, Run, Sealed, exactly, register

MemberId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Device = Annotated[str, msgspec.Meta(max_length=40)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Reason = Literal["mandated", "signposted", "forwarded", "answered", "no_reply", "not_serious"]


class Nothing(Form):
    """An empty object, or no body."""


class HelloForm(Form):
    """Who wants to log in."""

    member: MemberId


class LoginForm(Form):
    """`login_key`: 32 bytes that Argon2id made from the passphrase, in the browser. `device`: for the own list."""

    member: MemberId
    login_key: Secret
    device: Device = ""


class InvitationForm(Form):
    """The code of an invitation, as typed."""

    code: Code


class EnrolForm(Form):
    """What the new member's browser made."""

    code: Code
    salt: Annotated[bytes, exactly(16)]
    memory_kib: Annotated[int, msgspec.Meta(ge=1, le=2**21)]
    passes: Annotated[int, msgspec.Meta(ge=1, le=64)]
    login_key: Secret
    wrapped_seed: Annotated[bytes, exactly(72)]
    kem: Annotated[bytes, exactly(1216)]
    verify: Secret


class ClaimForm(Form):
    """`take_over`: the contact of an absent colleague, on purpose."""

    take_over: bool = False


class EnvelopeForm(Form):
    """One sealed envelope."""

    envelope: Sealed


class CloseForm(Form):
    """Why the contact ends here."""

    reason: Reason


class HelloAnswer(msgspec.Struct):
    """How to stretch the passphrase."""

    salt: bytes
    memory_kib: int
    passes: int


class MemberAnswer(msgspec.Struct):
    """A member."""

    id: str
    name: str


class TeamAnswer(msgspec.Struct):
    """A team of the member; `grant` is null until the lead has granted the team's seed. Older epochs follow."""

    team: str
    epoch: int
    kid: str | None
    grant: bytes | None


class LoginAnswer(msgspec.Struct):
    """The session token, and what the browser needs to open envelopes. `roles`: team or coordination -> role."""

    session: str
    member: MemberAnswer
    wrapped_seed: bytes
    teams: list[TeamAnswer]
    roles: dict[str, str]
    lock_after_s: int


class InvitationAnswer(msgspec.Struct):
    """Who is invited to what."""

    member: str
    name: str
    teams: list[str]


class FingerprintAnswer(msgspec.Struct):
    """Words to read to the lead by phone."""

    fingerprint: str


class DoneAnswer(msgspec.Struct):
    """It is done."""

    ok: bool


class ContactAnswer(msgspec.Struct):
    """Headers of a contact; never content."""

    mailbox: str
    team: str
    state: str
    urgent: bool
    channel: str
    received: str
    answer_by: date
    erase_on: date
    claimed_by: MemberAnswer | None
    unread: int
    waiting: bool
    size: int
    reason: str | None


class TeamEntryAnswer(msgspec.Struct):
    """One sealed envelope: of the person, the team, or an internal note (numbered apart)."""

    number: int
    author: Literal["person", "team", "note"]
    day: date
    envelope: bytes


class OpenContactAnswer(ContactAnswer):
    """A contact with its envelopes, notes where they were written."""

    entries: list[TeamEntryAnswer]
    attachments: list[AttachmentAnswer]
    handovers: list[HandoverAnswer]


class InboxAnswer(msgspec.Struct):
    """Up to fifty contacts; `next` continues; a count of 100 means "100 or more"."""

    contacts: list[ContactAnswer]
    next: str | None
    counts: dict[str, int]


class BlocksAnswer(msgspec.Struct):
    """The team's sealed text blocks."""

    envelope: bytes | None


def _team(request: web.Request) -> TeamDesk:
    return request.app[DESK].team


def bearer(request: web.Request) -> bytes:
    """The session token. Raises SessionEnded if there is none of the right form."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    try:
        raw = b64decode(token.strip(), validate=True) if scheme.lower() == "bearer" else b""
    except (Base64Error, ValueError):
        raw = b""
    if len(raw) != KEY_SIZE:
        raise SessionEnded
    return raw


WHO = web.RequestKey("who", Who)


async def ask_session(request: web.Request) -> None:
    """The guard of all addresses that need a session; asked before the body is read."""
    request[WHO] = await _team(request).session(bearer(request))


def signed_in(run: Callable[[web.Request, Who, Any], Awaitable[Any]]) -> Run:
    """Hands the logged-in member on."""

    async def handle(request: web.Request, body: Any) -> Any:
        return await run(request, request[WHO], body)

    return handle


def mailbox_of(request: web.Request) -> bytes:
    """The mailbox id in the address."""
    return bytes.fromhex(request.match_info["mailbox"])


def parse_cursor(text: str | None) -> Cursor | None:
    """`rank-hour-mailbox` as given out before; raises Malformed."""
    if not text:
        return None
    rank, _, rest = text.partition("-")
    hour, _, mailbox = rest.partition("-")
    short = rank in ("0", "1") and hour.isascii() and hour.isdigit() and len(hour) <= 9
    try:
        raw = bytes.fromhex(mailbox) if short else b""
    except ValueError:
        raw = b""
    if len(raw) != 16:
        raise Malformed
    return Cursor(int(rank), int(hour), raw)


def headers_of(row: ContactRow, holder: str | None) -> dict[str, Any]:
    """A row in the words of the API."""
    return {
        "mailbox": row.mailbox.hex(),
        "team": row.team,
        "state": row.state,
        "urgent": row.rank == 0,
        "channel": row.channel,
        "received": datetime.fromtimestamp(row.received * 3600, UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "answer_by": date_of(row.answer_by),
        "erase_on": date_of(row.erase_on),
        "claimed_by": MemberAnswer(row.claimed_by, holder or row.claimed_by) if row.claimed_by else None,
        "unread": row.unread,
        "waiting": row.waiting == 1,
        "size": row.size,
        "reason": row.reason,
    }


def open_answer(opened: OpenContact) -> OpenContactAnswer:
    """Entries, each followed by the notes that were written after it."""
    found: list[tuple[int, int, TeamEntryAnswer]] = []
    for entry in opened.entries:
        author: Literal["person", "team"] = "team" if entry.author == "team" else "person"
        found.append((entry.number, 0, TeamEntryAnswer(entry.number, author, date_of(entry.day), entry.envelope)))
    for note in opened.notes:
        answer = TeamEntryAnswer(note.number, "note", date_of(note.day), note.envelope)
        found.append((note.after_entry, note.number, answer))
    found.sort(key=lambda entry: entry[:2])
    return OpenContactAnswer(
        **headers_of(opened.row, opened.holder),
        entries=[entry for _, _, entry in found],
        attachments=attachment_answers(opened.attachments),
        handovers=[
            handover_answer(row, letter=row.stage == "accepted" and row.to_team == opened.row.team)
            for row in opened.handovers
        ],
    )


# ------------------------------------------------------------------------------------------------------ handlers


async def hello(request: web.Request, form: HelloForm) -> HelloAnswer:
    how = await _team(request).hello(form.member)
    return HelloAnswer(how.salt, how.memory_kib, how.passes)


async def login(request: web.Request, form: LoginForm) -> LoginAnswer:
    return login_answer(await _team(request).login(form.member, form.login_key, form.device))


def login_answer(done: LoggedIn) -> LoginAnswer:
    """What a browser gets that is let in."""
    return LoginAnswer(
        session=b64encode(done.session).decode(),
        member=MemberAnswer(done.member.id, done.member.name),
        wrapped_seed=done.member.wrapped_seed or b"",
        teams=[TeamAnswer(key.team, key.epoch, key.kid, key.envelope) for key in done.keys],
        roles=done.roles,
        lock_after_s=LOCK_AFTER_SECONDS,
    )


async def logout(request: web.Request, _: Nothing) -> DoneAnswer:
    await _team(request).logout(bearer(request))
    return DoneAnswer(ok=True)


async def invitation(request: web.Request, form: InvitationForm) -> InvitationAnswer:
    member, teams = await _team(request).invitation(form.code)
    return InvitationAnswer(member.id, member.name, teams)


async def enrol(request: web.Request, form: EnrolForm) -> FingerprintAnswer:
    fingerprint = await _team(request).enrol(
        form.code,
        stretching=Stretching(form.salt, form.memory_kib, form.passes),
        login_key=form.login_key,
        wrapped_seed=form.wrapped_seed,
        kem=form.kem,
        verify=form.verify,
    )
    return FingerprintAnswer(fingerprint)


async def inbox(request: web.Request, who: Who, _: None) -> InboxAnswer:
    unknown = set(request.query) - {"box", "after", "team"}
    wanted = request.query.get("box", "new")
    box: Box | None = next((name for name in BOXES if name == wanted), None)
    if unknown or box is None or len(request.query) != len(set(request.query)):
        raise Malformed
    page = await _team(request).inbox(who, box, parse_cursor(request.query.get("after")), request.query.get("team"))
    following = f"{page.next.rank}-{page.next.hour}-{page.next.mailbox.hex()}" if page.next else None
    rows = [ContactAnswer(**headers_of(row, page.names.get(row.claimed_by or ""))) for row in page.rows]
    return InboxAnswer(rows, following, dict(page.counts.items()))


async def contact(request: web.Request, who: Who, _: None) -> OpenContactAnswer:
    return open_answer(await _team(request).contact(who, mailbox_of(request)))


async def claim(request: web.Request, who: Who, form: ClaimForm) -> OpenContactAnswer:
    return open_answer(await _team(request).claim(who, mailbox_of(request), take_over=form.take_over))


async def release(request: web.Request, who: Who, _: Nothing) -> OpenContactAnswer:
    return open_answer(await _team(request).release(who, mailbox_of(request)))


async def close(request: web.Request, who: Who, form: CloseForm) -> OpenContactAnswer:
    return open_answer(await _team(request).close(who, mailbox_of(request), form.reason))


async def reopen(request: web.Request, who: Who, _: Nothing) -> OpenContactAnswer:
    return open_answer(await _team(request).reopen(who, mailbox_of(request)))


async def answer(request: web.Request, who: Who, form: EnvelopeForm) -> NumberAnswer:
    return NumberAnswer(await _team(request).answer(who, mailbox_of(request), form.envelope))


async def note(request: web.Request, who: Who, form: EnvelopeForm) -> NumberAnswer:
    return NumberAnswer(await _team(request).note(who, mailbox_of(request), form.envelope))


async def blocks(request: web.Request, who: Who, _: None) -> BlocksAnswer:
    return BlocksAnswer(await _team(request).blocks(who, request.query.get("team", "")))


async def put_blocks(request: web.Request, who: Who, form: EnvelopeForm) -> DoneAnswer:
    await _team(request).put_blocks(who, request.query.get("team", ""), form.envelope)
    return DoneAnswer(ok=True)


# --------------------------------------------------------------------------------------------------------- table

_STORE: tuple[type[IntakeError], ...] = (StoreBusy, StoreFull)
_IN: tuple[type[IntakeError], ...] = (SessionEnded, *_STORE)
_ONE = "/api/team/contacts/{mailbox:[0-9a-f]{32}}"
_TEXT: dict[str, Any] = {"type": "string", "maxLength": 64}


def _action(name: str, summary: str, run: Any, body: type[Any], *, optional: bool) -> Operation:
    return Operation(
        "POST",
        f"{_ONE}/{name}",
        summary,
        signed_in(run),
        OpenContactAnswer,
        body,
        errors=(NoContact, AlreadyClaimed, HandoverState, NotInThisState, *_IN),
        guard=ask_session,
        body_optional=optional,
    )


OPERATIONS = (
    Operation("POST", "/api/team/hello", "How to stretch a passphrase; unknown members get a stable invention.", hello,
              HelloAnswer, HelloForm, errors=_STORE),
    Operation("POST", "/api/team/login", "Log in with a key made from the passphrase in the browser.", login,
              LoginAnswer, LoginForm, errors=(LoginRefused, SecondFactorNeeded, TooMany, *_STORE)),
    Operation("POST", "/api/team/logout", "End the session.", logout, DoneAnswer, Nothing, errors=_IN, session=True,
              body_optional=True),
    Operation("POST", "/api/team/invitation", "Look at an invitation.", invitation, InvitationAnswer, InvitationForm,
              errors=(NoInvitation, *_STORE)),
    Operation("POST", "/api/team/enrol", "Use an invitation with keys made in the browser.", enrol, FingerprintAnswer,
              EnrolForm, status=201, errors=(NoInvitation, EnrolmentRefused, *_STORE)),
    Operation("GET", "/api/team/contacts", "One page of a box, urgent first.", signed_in(inbox), InboxAnswer,
              errors=(TeamUnknown, *_IN), guard=ask_session,
              query=(("box", {"type": "string", "enum": list(BOXES)}), ("after", _TEXT), ("team", _TEXT))),
    Operation("GET", _ONE, "A contact with its envelopes and notes.", signed_in(contact), OpenContactAnswer,
              errors=(NoContact, *_IN), guard=ask_session),
    _action("claim", "Take the contact; the first wins.", claim, ClaimForm, optional=True),
    _action("release", "Give it back to the team.", release, Nothing, optional=True),
    _action("close", "End it with a reason.", close, CloseForm, optional=False),
    _action("reopen", "Take an ended contact up again.", reopen, Nothing, optional=True),
    Operation("POST", f"{_ONE}/answers", "Answer, sealed to the mailbox and the team.", signed_in(answer), NumberAnswer,
              EnvelopeForm, status=201, limit=LARGE_LIMIT, guard=ask_session,
              errors=(NoContact, EnvelopeRefused, StaleKey, AlreadyClaimed, NotInThisState, MailboxFull, *_IN)),
    Operation("POST", f"{_ONE}/notes", "Internal note, sealed to the team.", signed_in(note), NumberAnswer,
              EnvelopeForm, status=201, limit=ENVELOPE_LIMIT, guard=ask_session,
              errors=(NoContact, EnvelopeRefused, StaleKey, MailboxFull, *_IN)),
    Operation("GET", "/api/team/blocks", "The team's sealed text blocks.", signed_in(blocks), BlocksAnswer,
              errors=(TeamUnknown, *_IN), guard=ask_session, query=(("team", _TEXT),)),
    Operation("PUT", "/api/team/blocks", "Replace them.", signed_in(put_blocks), DoneAnswer, EnvelopeForm,
              limit=ENVELOPE_LIMIT, errors=(TeamUnknown, EnvelopeRefused, StaleKey, *_IN), guard=ask_session,
              query=(("team", _TEXT),)),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the counsellors' addresses."""
    register(app, OPERATIONS)
