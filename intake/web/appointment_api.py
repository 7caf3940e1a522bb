"""Contact appointments over HTTP: of the person who holds the code, of the counsellors, and the list of a day.

Times and states in clear; where and how travel sealed for the person and the team. Instants are UTC.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from intake import appointments, cases
from intake.appointment_desk import View
from intake.desk import date_of
from intake.errors import (
    AppointmentRefused,
    EnvelopeRefused,
    Malformed,
    NoCase,
    NoContact,
    NoMailbox,
    StaleKey,
    TeamUnknown,
    TooMany,
)
from intake.team_desk import Who
from intake.web.alert_api import row, shown
from intake.web.api import STORE, AppointmentAnswer, Form, MailboxForm, appointment_answer
from intake.web.keys import DESK
from intake.web.operations import ENVELOPE_LIMIT, Operation, Sealed, register
from intake.web.team_api import DoneAnswer, MemberAnswer, mailbox_of

Instant = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$")]
Number = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Annotated[int, msgspec.Meta(ge=0, le=6)]
Days = Annotated[int, msgspec.Meta(ge=1, le=cases.LONGEST_INTERVAL)]


class WishForm(MailboxForm):
    """The person proposes another time for appointment `number`."""

    number: Number
    at: Instant


class LeaveOutForm(MailboxForm):
    """The person leaves appointment `number` out."""

    number: Number


class OftenForm(MailboxForm):
    """The person wants contact more or less often: one step."""

    more: bool


class RhythmForm(Form):
    """Weekdays (0: Monday) and hours on which contact is possible, before `until`; `then`: interval from then on."""

    days: Annotated[list[Weekday], msgspec.Meta(max_length=7)]
    start: Clock
    end: Clock
    until: date | None = None
    then: Days | None = None


class PlanStepForm(Form, tag_field="step"):
    """One step by the team. `number`: of the appointment that is meant."""


class PutForm(PlanStepForm, tag="put"):
    """A new appointment: the next one, or one beside the plan."""

    at: Instant


class MoveForm(PlanStepForm, tag="move"):
    """Another time."""

    at: Instant
    number: Number


class DecideForm(PlanStepForm, tag="decide"):
    """Yes or no to the time that the person proposes."""

    agree: bool
    number: Number


class SkipForm(PlanStepForm, tag="skip"):
    """It does not take place; the next one follows."""

    number: Number


class ToldForm(PlanStepForm, tag="told"):
    """How it went."""

    end: Literal["kept", "missed"]
    number: Number


class ArrangeForm(PlanStepForm, tag="arrange"):
    """How long one takes; whether the companions are told when the person does not come; days that are possible."""

    minutes: Annotated[int, msgspec.Meta(ge=10, le=240)]
    alarm: bool
    rhythm: RhythmForm | None = None


AnyPlanStepForm: Any = PutForm | MoveForm | DecideForm | SkipForm | ToldForm | ArrangeForm


class SheetForm(Form):
    """Where and how (RECORD), sealed for the person and the team; null takes it away."""

    envelope: Sealed | None


class OwnAnswer(msgspec.Struct):
    """What holds now."""

    appointment: AppointmentAnswer | None


class RhythmAnswer(msgspec.Struct):
    """See RhythmForm."""

    days: list[int]
    start: str
    end: str
    until: date | None
    then: int | None


class LineAnswer(msgspec.Struct):
    """One line of the history. `by`: a colleague, "person", or null for the plan itself."""

    day: date
    entry: str
    at: str | None
    by: MemberAnswer | None


class PlanAnswer(msgspec.Struct):
    """The plan of a case. `coming`: the first is fixed, the others would follow; `wish`: the person proposes."""

    phase: Literal["resting", "planned", "reminded", "open"]
    number: int
    at: str | None
    coming: list[str]
    minutes: int
    wish: str | None
    choices: list[str]
    alarm: bool
    rhythm: RhythmAnswer | None
    missed: int
    envelope: bytes | None
    lines: list[LineAnswer]


class ItemAnswer(msgspec.Struct):
    """One entry of the list. `id`: a mailbox, a visit or a shift."""

    what: Literal["appointment", "callback", "visit", "duty"]
    id: str
    start: str | None
    end: str | None
    state: str
    people: list[MemberAnswer]
    mine: bool


class AgendaAnswer(msgspec.Struct):
    """In order of time."""

    items: list[ItemAnswer]


def _at(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise AppointmentRefused(why="past") from None


# The person ---------------------------------------------------------------------------------------------------------


async def _again(request: web.Request, form: MailboxForm) -> AppointmentAnswer | None:
    opened = await request.app[DESK].open_mailbox(form.mailbox, form.token)
    return None if opened.appointment is None else appointment_answer(opened.appointment)


async def wish(request: web.Request, form: WishForm) -> OwnAnswer:
    await request.app[DESK].appointments.wish(form.mailbox, form.token, form.number, _at(form.at))
    return OwnAnswer(await _again(request, form))


async def leave_out(request: web.Request, form: LeaveOutForm) -> OwnAnswer:
    await request.app[DESK].appointments.skip(form.mailbox, form.token, form.number)
    return OwnAnswer(await _again(request, form))


async def often(request: web.Request, form: OftenForm) -> OwnAnswer:
    await request.app[DESK].appointments.pace(form.mailbox, form.token, more=form.more)
    return OwnAnswer(await _again(request, form))


# The team -----------------------------------------------------------------------------------------------------------


def _answer(view: View) -> PlanAnswer:
    plan, names = view.plan, view.names or {}
    rhythm = plan.rhythm

    def by(id: str) -> MemberAnswer | None:
        return None if id == "" else MemberAnswer(id, names.get(id, id))

    return PlanAnswer(
        phase=plan.phase.value,
        number=plan.number,
        at=shown(plan.at),
        coming=[shown(at) or "" for at in view.coming],
        minutes=plan.minutes,
        wish=shown(plan.wish),
        choices=[shown(at) or "" for at in view.choices],
        alarm=plan.alarm,
        rhythm=None
        if rhythm is None
        else RhythmAnswer(list(rhythm.days), f"{rhythm.start:%H:%M}", f"{rhythm.end:%H:%M}", rhythm.until, rhythm.then),
        missed=plan.missed,
        envelope=view.row.envelope,
        lines=[LineAnswer(date_of(line.day), line.entry, line.detail or None, by(line.by)) for line in view.lines],
    )


def _event(form: PlanStepForm) -> appointments.Event:
    match form:
        case PutForm(at=at):
            return appointments.Put(_at(at))
        case MoveForm(at=at, number=number):
            return appointments.Move(_at(at), cases.Side.TEAM, number)
        case DecideForm(agree=agree, number=number):
            return appointments.Decide(agree=agree, number=number)
        case SkipForm(number=number):
            return appointments.Skip(cases.Side.TEAM, number)
        case ToldForm(end=end, number=number):
            return appointments.Told(appointments.End(end), number)
        case ArrangeForm(minutes=minutes, alarm=alarm, rhythm=rhythm):
            return appointments.Arrange(minutes, alarm, None if rhythm is None else _rhythm(rhythm))
        case _:
            raise Malformed


def _rhythm(form: RhythmForm) -> appointments.Rhythm:
    start, end = time.fromisoformat(form.start), time.fromisoformat(form.end)
    return appointments.Rhythm(tuple(sorted(set(form.days))), start, end, form.until, form.then)


async def plan(request: web.Request, who: Who, _: None) -> PlanAnswer:
    return _answer(await request.app[DESK].appointments.view(who, mailbox_of(request)))


async def step_plan(request: web.Request, who: Who, form: PlanStepForm) -> PlanAnswer:
    mailbox = mailbox_of(request)
    await request.app[DESK].appointments.act(who, mailbox, _event(form))
    return await plan(request, who, None)


async def put_sheet(request: web.Request, who: Who, form: SheetForm) -> DoneAnswer:
    await request.app[DESK].appointments.put_sheet(who, mailbox_of(request), form.envelope)
    return DoneAnswer(ok=True)


async def agenda(request: web.Request, who: Who, _: None) -> AgendaAnswer:
    query = request.query
    try:
        if set(query) != {"team", "first", "days"} or len(query) != 3:
            raise Malformed
        first, days = date.fromisoformat(query["first"]), int(query["days"])
    except ValueError:
        raise Malformed from None
    found = await request.app[DESK].agenda.look(who, query["team"], first, days)
    return AgendaAnswer(
        [
            ItemAnswer(
                item.what.value,
                item.id,
                shown(item.start),
                shown(item.end),
                item.state,
                [MemberAnswer(id, found.names.get(id, id)) for id in item.people],
                item.mine,
            )
            for item in found.items
        ]
    )


_ONE = "/api/team/contacts/{mailbox:[0-9a-f]{32}}/appointments"
_DAY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("team", {"type": "string", "maxLength": 64}),
    ("first", {"type": "string", "format": "date"}),
    ("days", {"type": "integer", "minimum": 1, "maximum": 14}),
)
_OWN = (NoMailbox, NoContact, AppointmentRefused, TooMany, *STORE)

OPERATIONS = (
    Operation("POST", "/api/mailbox/appointment/wish", "Propose another time; the team decides.", wish, OwnAnswer,
              WishForm, errors=_OWN),
    Operation("POST", "/api/mailbox/appointment/skip", "Leave this one out; the next one follows.", leave_out,
              OwnAnswer, LeaveOutForm, errors=_OWN),
    Operation("POST", "/api/mailbox/appointment/pace", "Contact more or less often, one step.", often, OwnAnswer,
              OftenForm, errors=_OWN),
    row("GET", _ONE, "The plan of contact appointments of a case.", plan, PlanAnswer, None, NoContact, NoCase),
    row("POST", f"{_ONE}/steps", "One step of the plan.", step_plan, PlanAnswer, AnyPlanStepForm, NoContact, NoCase,
        AppointmentRefused),
    replace(row("PUT", f"{_ONE}/sheet", "Where and how, sealed for the person and the team.", put_sheet, DoneAnswer,
                SheetForm, NoContact, NoCase, EnvelopeRefused, StaleKey), limit=ENVELOPE_LIMIT),
    row("GET", "/api/team/agenda", "Appointments, callbacks, visits and duty of some days.", agenda, AgendaAnswer, None,
        TeamUnknown, query=_DAY),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses."""
    register(app, OPERATIONS)
