"""The API of callbacks: of the person who holds the code, and of the counsellors who call.

Numbers stand in envelopes that this server cannot open. One address takes one, for one call ("connect"); none returns
or writes one down.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from intake.callback_desk import View
from intake.callbacks import Outcome
from intake.desk import Desk
from intake.errors import (
    AlreadyCalling,
    DirectoryExpired,
    EnvelopeRefused,
    IntakeError,
    NoContact,
    NoMailbox,
    NoPhone,
    NoTimeToCall,
    NotInThisState,
    NotNow,
    NumberRefused,
    SessionEnded,
    StaleKey,
    StampMissing,
    TeamUnknown,
    TooMany,
)
from intake.team_desk import Who
from intake.web.api import (
    STORE,
    CallbackAnswer,
    CallbackState,
    Form,
    MailboxForm,
    MailboxId,
    Secret,
    StampForm,
    TeamId,
    WantedForm,
    WindowAnswer,
    callback_answer,
    window_answer,
)
from intake.web.keys import DESK
from intake.web.operations import ENVELOPE_LIMIT, Operation, Sealed, register
from intake.web.team_api import DoneAnswer, Nothing, ask_session, mailbox_of, signed_in


class TimesForm(Form):
    """Which team is asked for its times."""

    team: TeamId


class AgreeForm(WantedForm):
    """A new agreement, in place of any other; from whoever holds mailbox and token."""

    mailbox: MailboxId
    token: Secret
    stamp: StampForm


class OutcomeForm(Form):
    """How the call went."""

    outcome: Literal["reached", "not_reached", "somebody_else", "wrong_number", "never_again"]


class ConnectForm(Form):
    """The number for this one call, from the agreement that the counsellor's browser has opened."""

    number: Annotated[str, msgspec.Meta(min_length=3, max_length=20)]


class NeverCallForm(Form):
    """The whole list anew, sealed to the team, in place of `revision` (0: there was none)."""

    envelope: Sealed
    revision: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class TimesAnswer(msgspec.Struct):
    """When the team can call in the coming two weeks."""

    windows: list[WindowAnswer]


class DueAnswer(msgspec.Struct):
    """A callback for those who call. Instants are UTC. `by`: who is calling now; `letter`: the first envelope;
    `can_connect`: our own lines can call both."""

    mailbox: str
    team: str
    state: CallbackState
    windows: list[WindowAnswer]
    start: str | None
    end: str | None
    may_dial: bool
    attempts: int
    last: str | None
    by: str
    yours: bool
    can_connect: bool
    envelope: bytes | None
    letter: bytes | None


class DueListAnswer(msgspec.Struct):
    """Open callbacks of the own teams, the next first."""

    callbacks: list[DueAnswer]


class OneDueAnswer(msgspec.Struct):
    """The callback of a contact, if there is one."""

    callback: DueAnswer | None


class NeverCallAnswer(msgspec.Struct):
    """The team's sealed list of numbers that are not called again."""

    envelope: bytes | None
    revision: int


async def callback_times(request: web.Request, form: TimesForm) -> TimesAnswer:
    windows = await request.app[DESK].callbacks.openings(form.team)
    return TimesAnswer([window_answer(window) for window in windows])


async def agree_callback(request: web.Request, form: AgreeForm) -> CallbackAnswer:
    view = await request.app[DESK].callbacks.agree(form.mailbox, form.token, form.wanted(), form.stamp.stamp())
    return callback_answer(view)


async def withdraw_callback(request: web.Request, form: MailboxForm) -> CallbackAnswer:
    return callback_answer(await request.app[DESK].callbacks.withdraw(form.mailbox, form.token))


def due_answer(view: View, who: Who, desk: Desk) -> DueAnswer:
    """A callback in the words of the API."""
    now = desk.clock()
    callback, row = view.callback, view.row
    coming = callback.coming(now)
    return DueAnswer(
        mailbox=row.mailbox.hex(),
        team=row.team,
        state=callback.state.value,
        windows=[window_answer(window) for window in view.windows],
        start=None if coming is None else _instant(coming.start),
        end=None if coming is None else _instant(coming.end),
        may_dial=callback.may_dial(now),
        attempts=callback.attempts,
        last=callback.last.value if callback.last else None,
        by=view.by,
        yours=callback.by == who.member,
        can_connect=desk.callbacks.connector is not None,
        envelope=row.envelope,
        letter=view.letter.envelope if view.letter else None,
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


async def due_callbacks(request: web.Request, who: Who, _: None) -> DueListAnswer:
    desk = request.app[DESK]
    return DueListAnswer([due_answer(view, who, desk) for view in await desk.callbacks.due(who)])


async def contact_callback(request: web.Request, who: Who, _: None) -> OneDueAnswer:
    desk = request.app[DESK]
    view = await desk.callbacks.of_contact(who, mailbox_of(request))
    return OneDueAnswer(None if view is None else due_answer(view, who, desk))


async def dial_callback(request: web.Request, who: Who, _: Nothing) -> DueAnswer:
    desk = request.app[DESK]
    return due_answer(await desk.callbacks.dial(who, mailbox_of(request)), who, desk)


async def callback_outcome(request: web.Request, who: Who, form: OutcomeForm) -> DueAnswer:
    desk = request.app[DESK]
    return due_answer(await desk.callbacks.told(who, mailbox_of(request), Outcome(form.outcome)), who, desk)


async def connect_callback(request: web.Request, who: Who, form: ConnectForm) -> DoneAnswer:
    await request.app[DESK].callbacks.connect(who, mailbox_of(request), form.number)
    return DoneAnswer(ok=True)


async def refuse_callback(request: web.Request, who: Who, _: Nothing) -> DueAnswer:
    desk = request.app[DESK]
    return due_answer(await desk.callbacks.refuse(who, mailbox_of(request)), who, desk)


async def never_call(request: web.Request, who: Who, _: None) -> NeverCallAnswer:
    found = await request.app[DESK].callbacks.never_call(who, request.query.get("team", ""))
    return NeverCallAnswer(*(found or (None, 0)))


async def put_never_call(request: web.Request, who: Who, form: NeverCallForm) -> DoneAnswer:
    await request.app[DESK].callbacks.put_never_call(who, request.query.get("team", ""), form.envelope, form.revision)
    return DoneAnswer(ok=True)


_IN: tuple[type[IntakeError], ...] = (SessionEnded, *STORE)
_ONE = "/api/team/contacts/{mailbox:[0-9a-f]{32}}/callback"
_TEAM: tuple[tuple[str, dict[str, Any]], ...] = (("team", {"type": "string", "maxLength": 64}),)

OPERATIONS = (
    Operation("POST", "/api/callback/times", "When can this team call?", callback_times, TimesAnswer, TimesForm,
              errors=(TeamUnknown, DirectoryExpired, *STORE)),
    Operation("POST", "/api/mailbox/callback", "Ask for a callback, or agree anew. Sent again: stored once.",
              agree_callback, CallbackAnswer, AgreeForm, limit=ENVELOPE_LIMIT,
              errors=(NoMailbox, EnvelopeRefused, TeamUnknown, StaleKey, NotInThisState, NoTimeToCall, StampMissing,
                      TooMany, DirectoryExpired, *STORE)),
    Operation("POST", "/api/mailbox/callback/withdraw", "No call any more: number and rules are erased at once.",
              withdraw_callback, CallbackAnswer, MailboxForm, errors=(NoMailbox, NoContact, *STORE)),
    Operation("GET", "/api/team/callbacks", "Open callbacks of the own teams, the next first.",
              signed_in(due_callbacks), DueListAnswer, errors=_IN, guard=ask_session),
    Operation("GET", _ONE, "The callback of a contact.", signed_in(contact_callback), OneDueAnswer,
              errors=(NoContact, *_IN), guard=ask_session),
    Operation("POST", f"{_ONE}/dial", "I am calling now; the first wins.", signed_in(dial_callback), DueAnswer, Nothing,
              errors=(NoContact, AlreadyCalling, NotNow, NotInThisState, *_IN), guard=ask_session, body_optional=True),
    Operation("POST", f"{_ONE}/outcome", "How the call went.", signed_in(callback_outcome), DueAnswer, OutcomeForm,
              errors=(NoContact, AlreadyCalling, NotInThisState, *_IN), guard=ask_session),
    Operation("POST", f"{_ONE}/connect", "Our lines call one's own service phone, then this number; nothing is kept.",
              signed_in(connect_callback), DoneAnswer, ConnectForm, status=202,
              errors=(NumberRefused, NoContact, NoPhone, NotNow, TooMany, *_IN), guard=ask_session),
    Operation("POST", f"{_ONE}/refuse", "We will not call this number; it is erased at once.",
              signed_in(refuse_callback), DueAnswer, Nothing, errors=(NoContact, *_IN), guard=ask_session,
              body_optional=True),
    Operation("GET", "/api/team/never-call", "Numbers that the team does not call again, sealed.",
              signed_in(never_call), NeverCallAnswer, errors=(TeamUnknown, *_IN), guard=ask_session, query=_TEAM),
    Operation("PUT", "/api/team/never-call", "Replace the list.", signed_in(put_never_call), DoneAnswer, NeverCallForm,
              limit=ENVELOPE_LIMIT, errors=(TeamUnknown, EnvelopeRefused, StaleKey, NotInThisState, *_IN),
              guard=ask_session, query=_TEAM),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses of callbacks."""
    register(app, OPERATIONS)
