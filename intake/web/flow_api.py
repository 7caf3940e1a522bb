"""The counsellors' API for information flows: the rules of the network, and what was told of one contact."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from aiohttp import web

from intake.errors import EnvelopeRefused, FlowRefused, MailboxFull, NoContact, NotInThisState, StaleKey
from intake.flow_desk import FlowSheet
from intake.information_flow import Takes
from intake.team_desk import Who
from intake.web.alert_api import row
from intake.web.api import Form
from intake.web.keys import DESK
from intake.web.operations import ENVELOPE_LIMIT, Operation, Sealed, register
from intake.web.team_api import MemberAnswer, ask_session, mailbox_of, signed_in

Information = Literal["anonymised", "attendance", "contact_data", "content", "danger"]
Body = Literal["team", "other_help", "relatives", "school", "youth_office", "court", "police", "intelligence"]


class FlowForm(Form):
    """What is told, to what kind of body. `note`, sealed to the team: what, to whom, why, the wording of a consent.

    `proof`: which consent is recorded there.
    """

    information: Information
    body: Body
    note: Sealed
    proof: Literal["consent", "release"] | None = None


class DecisionForm(Form):
    """The second person's word."""

    confirm: bool


class RuleAnswer(msgspec.Struct):
    """What it takes. What is not listed may never be told."""

    information: str
    body: str
    takes: str


class FlowAnswer(msgspec.Struct):
    """One line of the log; instants in UTC."""

    id: str
    information: str
    body: str
    takes: str
    state: str
    by: MemberAnswer
    at: str
    second: MemberAnswer | None
    second_at: str | None


class FlowsAnswer(msgspec.Struct):
    """The rules of this network, and what was told of this contact."""

    rules: list[RuleAnswer]
    flows: list[FlowAnswer]


def _answer(sheet: FlowSheet) -> FlowsAnswer:
    def person(id: str) -> MemberAnswer:
        return MemberAnswer(id, sheet.names.get(id, id))

    def instant(minute: int) -> str:
        return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%MZ}"

    return FlowsAnswer(
        [RuleAnswer(information, body, takes.value) for (information, body), takes in sheet.rules.items()],
        [
            FlowAnswer(
                one.id,
                one.information,
                one.body,
                one.takes,
                one.state,
                person(one.by),
                instant(one.at),
                None if one.second is None else person(one.second),
                None if one.second_at is None else instant(one.second_at),
            )
            for one in sheet.rows
        ],
    )


async def flows(request: web.Request, who: Who, _: None) -> FlowsAnswer:
    return _answer(await request.app[DESK].flows.sheet(who, mailbox_of(request)))


async def propose(request: web.Request, who: Who, form: FlowForm) -> FlowsAnswer:
    proof = None if form.proof is None else Takes(form.proof)
    sheet = await request.app[DESK].flows.propose(
        who, mailbox_of(request), form.information, form.body, proof, form.note
    )
    return _answer(sheet)


async def decide(request: web.Request, who: Who, form: DecisionForm) -> FlowsAnswer:
    desk = request.app[DESK].flows
    return _answer(await desk.decide(who, mailbox_of(request), request.match_info["flow"], confirm=form.confirm))


_FLOWS = "/api/team/contacts/{mailbox:[0-9a-f]{32}}/flows"
_REFUSED: tuple[Any, ...] = (NoContact, FlowRefused, EnvelopeRefused, StaleKey, MailboxFull)

OPERATIONS = (
    row("GET", _FLOWS, "The rules, and what was told.", flows, FlowsAnswer, None, NoContact),
    Operation("POST", _FLOWS, "Log that something is told, or propose it to a second person.", signed_in(propose),
              FlowsAnswer, FlowForm, limit=ENVELOPE_LIMIT, errors=_REFUSED, guard=ask_session, session=True),
    row("POST", _FLOWS + "/{flow:[0-9a-f]{16}}", "The second person's decision.", decide, FlowsAnswer, DecisionForm,
        NoContact, FlowRefused, NotInThisState),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses."""
    register(app, OPERATIONS)
