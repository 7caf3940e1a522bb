"""The counsellors' API for field visits, their PINs, rules and routines. Closed schemas; instants in UTC.

What the visiting counsellor is shown of the own visit is always what they may be seen to know (intake/visit_desk.py).
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from intake.checkin_model import Purpose, Reason
from intake.errors import (
    EnvelopeRefused,
    LeadOnly,
    NoAtRestKey,
    NoPhone,
    NoVisit,
    PinWeak,
    PinWrong,
    RulesFaulty,
    SheetLocked,
    StaleKey,
    TooMany,
    VisitRefused,
)
from intake.routine_desk import Routine, RoutineSheet, Rules
from intake.team_desk import Who
from intake.visit_desk import Spoken, VisitSheet
from intake.web.alert_api import TEAM_QUERY, ReferenceAnswer, only_team, row, shown, shown_second
from intake.web.api import Form
from intake.web.keys import DESK
from intake.web.operations import ENVELOPE_LIMIT, Sealed, register
from intake.web.team_api import DoneAnswer, MemberAnswer, Nothing

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
VisitId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,16}$")]
Instant = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$")]


class VisitForm(Form):
    """A new visit. `id`: 16 random bytes in hex, the context of the sheet; `every`: minutes between check-ins."""

    id: VisitId
    team: Name
    begins: Instant
    until: Instant
    companion: Name | None = None
    purpose: Literal["visit", "home", "office"] = "visit"
    every: Annotated[int, msgspec.Meta(ge=10, le=240)] | None = None
    sheet: Sealed | None = None


class SheetForm(Form):
    """The sheet, sealed anew."""

    sheet: Sealed


class PinForm(Form):
    """The own PIN, where one is needed. `check`: the check-in that is answered, when it was queued offline."""

    pin: Digits | None = None
    check: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None


class LongerForm(Form):
    """So many minutes more."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=24 * 60)]
    pin: Digits | None = None


class CloseVisitForm(Form):
    """Why it is over, by a colleague."""

    reason: Literal["safe", "false_alarm", "help_sent", "lost_contact"]


class OpenForm(Form):
    """Why the sheet is opened; it is logged."""

    reason: Literal["no_answer", "silent_alarm", "emergency_call"]


class NewPinsForm(Form):
    """Own PIN and duress PIN; `current` once there are some."""

    own: Digits
    duress: Digits
    current: Digits | None = None


class RoutineForm(Form):
    """A standing routine; `member` null: the whole team (drill)."""

    team: Name
    member: Name | None
    routine: Routine


class SpokenAnswer(msgspec.Struct):
    """What is said back. `at`: when the next check-in is due."""

    reply: str
    reference: ReferenceAnswer | None
    at: str | None


class VisitAnswer(msgspec.Struct):
    """One visit. `sheet`: there is a sealed one; `may_open`: now, by you; `alert`: the id of its alert."""

    id: str
    team: str
    reference: ReferenceAnswer
    member: MemberAnswer
    companion: MemberAnswer | None
    purpose: str
    phase: str
    begins: str | None
    until: str | None
    due: str | None
    every: int | None
    check: int
    asked: bool
    technical: bool
    level: int
    owner: MemberAnswer | None
    owned_until: str | None
    silent: bool
    longer: bool
    proposed: str | None
    proposed_by: MemberAnswer | None
    reason: str | None
    mine: bool
    sheet: bool
    may_open: bool
    alert: str | None


class VisitsAnswer(msgspec.Struct):
    """Open visits, the most urgent first; those of the last days. `pin_set`: you have PINs."""

    open: list[VisitAnswer]
    over: list[VisitAnswer]
    pin_set: bool


class SheetAnswer(msgspec.Struct):
    """The sealed sheet."""

    sheet: Annotated[bytes, msgspec.Meta(extra_json_schema={"contentEncoding": "base64"})]


class LineAnswer(msgspec.Struct):
    """One line of a visit's log."""

    at: str
    entry: str
    by: str
    detail: str


class LogAnswer(msgspec.Struct):
    """In order."""

    lines: list[LineAnswer]


class RulesAnswer(msgspec.Struct):
    """Minutes of the chain."""

    rules: Rules
    may_edit: bool


class RoutineAnswer(msgspec.Struct):
    """A routine and when it begins next."""

    id: str
    member: str | None
    routine: Routine
    next: str | None
    may_edit: bool


class RoutinesAnswer(msgspec.Struct):
    """All of a team."""

    routines: list[RoutineAnswer]


def _at(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise VisitRefused(why="past") from None


def _id(request: web.Request) -> str:
    return request.match_info["visit"]


def _spoken(spoken: Spoken) -> SpokenAnswer:
    name = spoken.reference
    said = None if name is None else ReferenceAnswer(list(name.words), name.number)
    return SpokenAnswer(spoken.reply.value, said, shown(spoken.at))


def _visit(sheet: VisitSheet, names: dict[str, str]) -> VisitAnswer:
    visit, name = sheet.visit, sheet.reference

    def member(id: str | None) -> MemberAnswer | None:
        return None if id is None else MemberAnswer(id, names.get(id, id))

    return VisitAnswer(
        id=visit.id,
        team=visit.team,
        reference=ReferenceAnswer(list(name.words), name.number),
        member=MemberAnswer(visit.member, names.get(visit.member, visit.member)),
        companion=member(visit.companion),
        purpose=visit.purpose.value,
        phase=visit.phase.value,
        begins=shown(visit.begins),
        until=shown(visit.until),
        due=shown(visit.due),
        every=None if visit.interval is None else int(visit.interval.total_seconds()) // 60,
        check=visit.check,
        asked=visit.asked,
        technical=visit.technical,
        level=visit.level,
        owner=member(visit.owner),
        owned_until=shown(visit.held_until),
        silent=visit.duress,
        longer=visit.timing.longer,
        proposed=None if visit.proposed is None else visit.proposed.value,
        proposed_by=member(visit.proposed_by),
        reason=None if visit.reason is None else visit.reason.value,
        mine=sheet.mine,
        sheet=sheet.sheet,
        may_open=sheet.may_open,
        alert=sheet.alert,
    )


async def visits(request: web.Request, who: Who, _: None) -> VisitsAnswer:
    board = await request.app[DESK].visits.board(who, only_team(request))
    return VisitsAnswer(
        [_visit(sheet, board.names) for sheet in board.open],
        [_visit(sheet, board.names) for sheet in board.over],
        board.pin_set,
    )


async def plan_visit(request: web.Request, who: Who, form: VisitForm) -> DoneAnswer:
    await request.app[DESK].visits.plan(
        who,
        form.team,
        id=form.id,
        begins=_at(form.begins),
        until=_at(form.until),
        companion=form.companion,
        purpose=Purpose(form.purpose),
        interval=None if form.every is None else timedelta(minutes=form.every),
        sheet=form.sheet,
    )
    return DoneAnswer(ok=True)


async def put_sheet(request: web.Request, who: Who, form: SheetForm) -> DoneAnswer:
    await request.app[DESK].visits.put_sheet(who, _id(request), form.sheet)
    return DoneAnswer(ok=True)


async def check_in(request: web.Request, who: Who, form: PinForm) -> SpokenAnswer:
    return _spoken(await request.app[DESK].visits.ok(who.member, form.pin, _id(request), form.check))


async def end_visit(request: web.Request, who: Who, form: PinForm) -> SpokenAnswer:
    return _spoken(await request.app[DESK].visits.out(who.member, form.pin, _id(request)))


async def extend_visit(request: web.Request, who: Who, form: LongerForm) -> SpokenAnswer:
    by = timedelta(minutes=form.minutes)
    return _spoken(await request.app[DESK].visits.longer(who.member, by, form.pin, _id(request)))


async def close_visit(request: web.Request, who: Who, form: CloseVisitForm) -> SpokenAnswer:
    return _spoken(await request.app[DESK].visits.close(who, _id(request), Reason(form.reason)))


async def open_sheet(request: web.Request, who: Who, form: OpenForm) -> SheetAnswer:
    return SheetAnswer(await request.app[DESK].visits.open_sheet(who, _id(request), form.reason))


async def visit_log(request: web.Request, who: Who, _: None) -> LogAnswer:
    lines, names = await request.app[DESK].visits.diary(who, _id(request))
    return LogAnswer(
        [LineAnswer(shown_second(line.at * 60), line.entry, names.get(line.by, line.by), line.detail) for line in lines]
    )


async def put_pins(request: web.Request, who: Who, form: NewPinsForm) -> DoneAnswer:
    await request.app[DESK].visits.change_pins(who, form.own, form.duress, form.current)
    return DoneAnswer(ok=True)


async def forget_pins(request: web.Request, who: Who, _: Nothing) -> DoneAnswer:
    await request.app[DESK].visits.pins.forget(who, request.match_info["member"])
    return DoneAnswer(ok=True)


async def visit_rules(request: web.Request, who: Who, _: None) -> RulesAnswer:
    return RulesAnswer(*await request.app[DESK].routines.rules(who, only_team(request)))


async def put_visit_rules(request: web.Request, who: Who, form: Rules) -> RulesAnswer:
    await request.app[DESK].routines.save(who, only_team(request), form)
    return await visit_rules(request, who, None)


async def routines(request: web.Request, who: Who, _: None) -> RoutinesAnswer:
    sheets = await request.app[DESK].routines.sheets(who, only_team(request))
    return RoutinesAnswer([_routine(sheet) for sheet in sheets])


def _routine(sheet: RoutineSheet) -> RoutineAnswer:
    return RoutineAnswer(sheet.id, sheet.member, sheet.routine, shown(sheet.next), sheet.may_edit)


async def add_routine(request: web.Request, who: Who, form: RoutineForm) -> DoneAnswer:
    await request.app[DESK].routines.add(who, form.team, form.member, form.routine)
    return DoneAnswer(ok=True)


async def remove_routine(request: web.Request, who: Who, _: Nothing) -> DoneAnswer:
    await request.app[DESK].routines.remove(who, request.match_info["routine"])
    return DoneAnswer(ok=True)


_OWN = "/api/team/visits/{visit:[0-9a-f]{32}}"
_PINS = "/api/team/visit-pins"

OPERATIONS = (
    row("GET", "/api/team/visits", "Field visits of a team.", visits, VisitsAnswer, None, NoVisit, query=TEAM_QUERY),
    row("POST", "/api/team/visits", "Plan a field visit, with its sealed sheet.", plan_visit, DoneAnswer, VisitForm,
        VisitRefused, NoVisit, EnvelopeRefused, StaleKey, limit=ENVELOPE_LIMIT),
    row("PUT", f"{_OWN}/sheet", "A better sheet of the own visit.", put_sheet, DoneAnswer, SheetForm,
        NoVisit, EnvelopeRefused, StaleKey, limit=ENVELOPE_LIMIT),
    row("POST", f"{_OWN}/ok", "The own check-in, or the answer to the function test.", check_in, SpokenAnswer, PinForm),
    row("POST", f"{_OWN}/out", "The own visit is over, or cancelled.", end_visit, SpokenAnswer, PinForm),
    row("POST", f"{_OWN}/longer", "More time for the own visit.", extend_visit, SpokenAnswer, LongerForm),
    row("POST", f"{_OWN}/close", "A colleague says why it is over; a second one confirms.", close_visit, SpokenAnswer,
        CloseVisitForm, NoVisit),
    row("POST", f"{_OWN}/open", "Open the sealed sheet, from the last level on; it is logged.", open_sheet, SheetAnswer,
        OpenForm, NoVisit, SheetLocked, LeadOnly),
    row("GET", f"{_OWN}/log", "What happened, for the lead.", visit_log, LogAnswer, None, NoVisit, LeadOnly),
    row("PUT", _PINS, "Own PIN and duress PIN.", put_pins, DoneAnswer, NewPinsForm,
        PinWeak, PinWrong, TooMany, NoAtRestKey),
    row("POST", _PINS + "/{member:[A-Za-z0-9._-]{1,64}}/forget", "The lead takes forgotten PINs away.", forget_pins,
        DoneAnswer, Nothing, LeadOnly, NoPhone, optional=True),
    row("GET", "/api/team/visit-rules", "How long the chain waits.", visit_rules, RulesAnswer, None, NoVisit,
        query=TEAM_QUERY),
    row("PUT", "/api/team/visit-rules", "Change it, by the lead.", put_visit_rules, RulesAnswer, Rules,
        NoVisit, LeadOnly, RulesFaulty, query=TEAM_QUERY),
    row("GET", "/api/team/visit-routines", "Standing routines.", routines, RoutinesAnswer, None, NoVisit,
        query=TEAM_QUERY),
    row("POST", "/api/team/visit-routines", "A new standing routine.", add_routine, DoneAnswer, RoutineForm,
        NoVisit, LeadOnly, RulesFaulty, VisitRefused),
    row("POST", "/api/team/visit-routines/{routine:[0-9a-f]{16}}/remove", "A standing routine ends.", remove_routine,
        DoneAnswer, Nothing, NoVisit, LeadOnly, optional=True),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the routes."""
    register(app, OPERATIONS)
