"""Handing over: /api/team/…/handovers for both teams, /api/mailbox/handover for the person's yes or no."""

from datetime import date
from typing import Annotated, Any

import msgspec
from aiohttp import web

from intake.errors import (
    AlreadyClaimed,
    CallbackOpen,
    EnvelopeRefused,
    HandoverLoop,
    HandoverStale,
    HandoverState,
    IntakeError,
    MailboxFull,
    NoContact,
    NoHandover,
    NoMailbox,
    NotInThisState,
    SessionEnded,
    SignedYesNeeded,
    StaleKey,
    StampMissing,
    StoreBusy,
    StoreFull,
    TeamUnknown,
)
from intake.handover import Purpose, ReturnReason
from intake.handover_desk import HandoverDesk
from intake.team_desk import Who
from intake.web.api import Form, HandoverAnswer, MessageForm, TeamId, handover_answer
from intake.web.keys import DESK
from intake.web.operations import ENVELOPE_LIMIT, Operation, Sealed, register
from intake.web.team_api import ContactAnswer, DoneAnswer, Nothing, ask_session, headers_of, mailbox_of, signed_in

HandoverId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]


class AskForm(Form):
    """Whom it is offered to, and why. `noted`: day on which the person agreed by word of mouth; null asks them."""

    team: TeamId
    purpose: Purpose
    noted: date | None = None


class OfferForm(Form):
    """The covering letter, sealed for the new team, how many envelopes it opens, and up to which sheet of a case."""

    envelope: Sealed
    entries: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    sheets: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0


class ReturnForm(Form):
    """Why not."""

    reason: ReturnReason


class DecideForm(MessageForm):
    """The person's yes or no; the envelope says the same, signed."""

    handover: HandoverId
    agree: bool


class BegunAnswer(msgspec.Struct):
    """The id of a new hand-over."""

    id: str


class TakenAnswer(msgspec.Struct):
    """The mailbox that is the team's from now on."""

    mailbox: str


class OfferAnswer(msgspec.Struct):
    """What another team offers: headers, and the covering letter."""

    handover: HandoverAnswer
    contact: ContactAnswer


class OffersAnswer(msgspec.Struct):
    """All that waits for an answer of the own teams."""

    offers: list[OfferAnswer]


def _desk(request: web.Request) -> HandoverDesk:
    return request.app[DESK].handovers


def _id(request: web.Request) -> bytes:
    return bytes.fromhex(request.match_info["handover"])


async def ask(request: web.Request, who: Who, form: AskForm) -> BegunAnswer:
    id = await _desk(request).ask(who, mailbox_of(request), form.team, form.purpose, form.noted)
    return BegunAnswer(id.hex())


async def offer(request: web.Request, who: Who, form: OfferForm) -> DoneAnswer:
    await _desk(request).offer(who, mailbox_of(request), _id(request), form.envelope, form.entries, form.sheets)
    return DoneAnswer(ok=True)


async def cancel(request: web.Request, who: Who, _: Nothing) -> DoneAnswer:
    await _desk(request).cancel(who, mailbox_of(request), _id(request))
    return DoneAnswer(ok=True)


async def offers(request: web.Request, who: Who, _: None) -> OffersAnswer:
    found = await _desk(request).offers(who)
    return OffersAnswer(
        [
            OfferAnswer(handover_answer(one.row, letter=True), ContactAnswer(**headers_of(one.contact, None)))
            for one in found
        ]
    )


async def accept(request: web.Request, who: Who, _: Nothing) -> TakenAnswer:
    return TakenAnswer((await _desk(request).accept(who, _id(request))).hex())


async def give_back(request: web.Request, who: Who, form: ReturnForm) -> DoneAnswer:
    await _desk(request).give_back(who, _id(request), form.reason)
    return DoneAnswer(ok=True)


async def decide(request: web.Request, form: DecideForm) -> DoneAnswer:
    await _desk(request).decide(
        form.mailbox,
        form.token,
        bytes.fromhex(form.handover),
        agree=form.agree,
        envelope=form.envelope,
        stamp=form.stamp.stamp(),
    )
    return DoneAnswer(ok=True)


_STORE: tuple[type[IntakeError], ...] = (StoreBusy, StoreFull)
_ONE = "/api/team/contacts/{mailbox:[0-9a-f]{32}}"
_OFFER = "/api/team/offers/{handover:[0-9a-f]{32}}"


def _post(path: str, summary: str, run: Any, answer: Any, body: Any, *errors: type[IntakeError]) -> Operation:
    return Operation(
        "POST", path, summary, signed_in(run), answer, body, errors=(*errors, NoContact, SessionEnded, *_STORE),
        guard=ask_session, body_optional=body is Nothing, limit=ENVELOPE_LIMIT,
    )  # fmt: skip


OPERATIONS = (
    _post(f"{_ONE}/handovers", "Begin a hand-over: ask the person, or record what they said.", ask, BegunAnswer,
          AskForm, AlreadyClaimed, NotInThisState, TeamUnknown, HandoverState, HandoverLoop,
          SignedYesNeeded),
    _post(f"{_ONE}/handovers/{{handover:[0-9a-f]{{32}}}}/offer", "Offer it, sealed for the other team.", offer,
          DoneAnswer, OfferForm, NoHandover, NotInThisState, AlreadyClaimed, HandoverState, HandoverStale,
          EnvelopeRefused, StaleKey, CallbackOpen, TeamUnknown, SignedYesNeeded),
    _post(f"{_ONE}/handovers/{{handover:[0-9a-f]{{32}}}}/cancel", "Take it back.", cancel, DoneAnswer, Nothing,
          NoHandover, NotInThisState, AlreadyClaimed, HandoverState),
    Operation("GET", "/api/team/offers", "What other teams offer to the own ones.", signed_in(offers), OffersAnswer,
              errors=(SessionEnded, *_STORE), guard=ask_session),
    _post(f"{_OFFER}/accept", "Take it over.", accept, TakenAnswer, Nothing, NoHandover, HandoverState, HandoverStale,
          MailboxFull, TeamUnknown, SignedYesNeeded),
    _post(f"{_OFFER}/return", "Give it back with a reason.", give_back, DoneAnswer, ReturnForm, NoHandover,
          HandoverState),
    Operation("POST", "/api/mailbox/handover", "The person agrees, refuses, or takes the consent back.", decide,
              DoneAnswer, DecideForm, limit=ENVELOPE_LIMIT,
              errors=(NoMailbox, NoHandover, HandoverState, EnvelopeRefused, StaleKey, StampMissing, MailboxFull,
                      NotInThisState, TeamUnknown, *_STORE)),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses of hand-overs."""
    register(app, OPERATIONS)
