"""/api/team/people…: who can read in a team, and what its leads do about it. Statements come signed, grants sealed."""

from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from intake.errors import (
    ClockWrong,
    EnvelopeRefused,
    IntakeError,
    KeyChanged,
    LastLead,
    LeadOnly,
    LogMoved,
    MemberTaken,
    NoMember,
    RoleRefused,
    SecrecyMissing,
    SessionEnded,
    StatementForged,
    StoreBusy,
    StoreFull,
    TeamUnknown,
)
from intake.people_desk import MOST_GRANTS, MemberGrant, PeopleDesk
from intake.team_desk import Who
from intake.web.api import Form, Secret
from intake.web.keys import DESK
from intake.web.operations import ENVELOPE_LIMIT, LARGE_LIMIT, Operation, Run, Sealed, register
from intake.web.team_api import DoneAnswer, ask_session, signed_in

TeamId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Signed = Annotated[bytes, msgspec.Meta(min_length=1, max_length=4000)]
Role = Literal["counsellor", "lead", "supervisor"]
Epoch = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class GrantForm(Form):
    """The seed of one epoch, sealed for one member."""

    member: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    epoch: Epoch
    envelope: Sealed


Grants = Annotated[list[GrantForm], msgspec.Meta(max_length=MOST_GRANTS)]


class InviteForm(Form):
    """`code_hash`: SHA-256 of the code's letters and digits; the code itself stays with the lead."""

    team: TeamId
    member: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    role: Role
    code_hash: Secret
    statement: Signed


class StatementForm(Form):
    """A signed entry of the team's log."""

    team: TeamId
    statement: Signed


class LetInForm(StatementForm):
    """With the seeds that the member may have from now on."""

    grants: Grants


class RegrantForm(Form):
    """More epochs for those who read already."""

    team: TeamId
    grants: Grants


class TeamForm(Form):
    """Of which team."""

    team: TeamId


class ConfirmForm(StatementForm):
    """The second lead's entry, and the hash of the new invitation's code."""

    code_hash: Secret


class ColleagueAnswer(msgspec.Struct):
    """A member. `epochs`: whose seed is granted. Keys are public, null before the member has made them."""

    id: str
    name: str
    state: str
    role: str
    kem: bytes | None
    verify: bytes | None
    secrecy: str | None
    epochs: list[int]
    recovery: str | None


class PeopleAnswer(msgspec.Struct):
    """The team's people; the browser proves `log` itself."""

    team: str
    log: list[bytes]
    people: list[ColleagueAnswer]


class InvitedAnswer(msgspec.Struct):
    """`needed`: an invitation was kept; false for a colleague of the carrier who has keys already."""

    needed: bool


class RevokedAnswer(msgspec.Struct):
    """`last`: it was their last team, the whole access is closed."""

    last: bool


class RecoveredAnswer(msgspec.Struct):
    """Other teams whose leads must let the member in anew."""

    teams: list[str]


def _people(request: web.Request) -> PeopleDesk:
    return request.app[DESK].people


def _grants(forms: list[GrantForm]) -> list[MemberGrant]:
    return [MemberGrant(form.member, form.epoch, form.envelope) for form in forms]


def _member(request: web.Request) -> str:
    return request.match_info["member"]


async def people(request: web.Request, who: Who, _: None) -> PeopleAnswer:
    found = await _people(request).people(who, request.query.get("team", ""))
    waiting = {row.member: row.asked_by for row in found.recoveries}
    return PeopleAnswer(
        found.team,
        list(found.log),
        [
            ColleagueAnswer(
                one.row.member, one.row.name, one.row.state, one.row.role, one.row.kem, one.row.verify,
                one.row.secrecy, list(one.epochs), waiting.get(one.row.member),
            )
            for one in found.colleagues
        ],
    )  # fmt: skip


async def invite(request: web.Request, who: Who, form: InviteForm) -> InvitedAnswer:
    needed = await _people(request).invite(
        who, form.team, form.member, form.name, form.role, form.code_hash, form.statement
    )
    return InvitedAnswer(needed)


async def let_in(request: web.Request, who: Who, form: LetInForm) -> DoneAnswer:
    await _people(request).grant(who, form.team, _member(request), _grants(form.grants), form.statement)
    return DoneAnswer(ok=True)


async def regrant(request: web.Request, who: Who, form: RegrantForm) -> DoneAnswer:
    await _people(request).regrant(who, form.team, _grants(form.grants))
    return DoneAnswer(ok=True)


async def change_role(request: web.Request, who: Who, form: StatementForm) -> DoneAnswer:
    await _people(request).change_role(who, form.team, _member(request), form.statement)
    return DoneAnswer(ok=True)


async def revoke(request: web.Request, who: Who, form: StatementForm) -> RevokedAnswer:
    return RevokedAnswer(await _people(request).revoke(who, form.team, _member(request), form.statement))


async def epoch(request: web.Request, who: Who, form: LetInForm) -> DoneAnswer:
    await _people(request).announce_epoch(who, form.team, form.statement, _grants(form.grants))
    return DoneAnswer(ok=True)


async def ask_recovery(request: web.Request, who: Who, form: TeamForm) -> DoneAnswer:
    await _people(request).ask_recovery(who, form.team, _member(request))
    return DoneAnswer(ok=True)


async def refuse_recovery(request: web.Request, who: Who, form: TeamForm) -> DoneAnswer:
    await _people(request).refuse_recovery(who, form.team, _member(request))
    return DoneAnswer(ok=True)


async def confirm_recovery(request: web.Request, who: Who, form: ConfirmForm) -> RecoveredAnswer:
    teams = await _people(request).confirm_recovery(who, form.team, _member(request), form.code_hash, form.statement)
    return RecoveredAnswer(list(teams))


_IN: tuple[type[IntakeError], ...] = (TeamUnknown, LeadOnly, SessionEnded, StoreBusy, StoreFull)
_LOG: tuple[type[IntakeError], ...] = (StatementForged, LogMoved, LastLead, SecrecyMissing, ClockWrong)
_SEALED: tuple[type[IntakeError], ...] = (EnvelopeRefused, KeyChanged, RoleRefused, NoMember)
_ONE = "/api/team/people/{member:[a-z][a-z0-9._-]{0,31}}"


def _post(
    path: str, summary: str, run: Any, answer: Any, body: Any, *errors: type[IntakeError], limit: int = ENVELOPE_LIMIT
) -> Operation:
    handle: Run = signed_in(run)
    return Operation(
        "POST", path, summary, handle, answer, body, errors=(*errors, *_IN), guard=ask_session, limit=limit
    )


OPERATIONS = (
    Operation("GET", "/api/team/people", "Who can read in an own team, with the signed log.", signed_in(people),
              PeopleAnswer, errors=_IN, guard=ask_session,
              query=(("team", {"type": "string", "maxLength": 64}),)),
    _post("/api/team/people-invitations", "Invite somebody; the code stays with the lead.", invite, InvitedAnswer,
          InviteForm, MemberTaken, *_LOG),
    _post("/api/team/people-grants", "More key epochs for who reads already.", regrant, DoneAnswer, RegrantForm,
          *_SEALED, limit=LARGE_LIMIT),
    _post("/api/team/people-epoch", "A new key of the team, granted to who stays.", epoch, DoneAnswer, LetInForm,
          *_SEALED, *_LOG, limit=LARGE_LIMIT),
    _post(f"{_ONE}/grant", "Let a member in, after the words were compared.", let_in, DoneAnswer, LetInForm,
          *_SEALED, *_LOG, limit=LARGE_LIMIT),
    _post(f"{_ONE}/role", "Counsellor, lead or supervisor.", change_role, DoneAnswer, StatementForm, NoMember, *_LOG),
    _post(f"{_ONE}/revoke", "The person leaves the team.", revoke, RevokedAnswer, StatementForm, NoMember, *_LOG),
    _post(f"{_ONE}/recovery", "First of two leads: keys are lost.", ask_recovery, DoneAnswer, TeamForm, NoMember,
          LogMoved),
    _post(f"{_ONE}/recovery/refuse", "The second lead says no.", refuse_recovery, DoneAnswer, TeamForm, NoMember),
    _post(f"{_ONE}/recovery/confirm", "The second lead says yes: new keys, granted anew.", confirm_recovery,
          RecoveredAnswer, ConfirmForm, NoMember, *_LOG),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses of the team's people."""
    register(app, OPERATIONS)
