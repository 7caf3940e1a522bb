"""The counsellors' API for the rota, and the secret calendar address. Closed schemas; local dates and UTC instants."""

from datetime import date
from typing import Annotated, Any

import msgspec
from aiohttp import hdrs, web

from intake.duty import Stretch
from intake.errors import IntakeError, LeadOnly, RotaChanged, RotaFaulty, TeamUnknown, language_of
from intake.rota_desk import RotaSheet
from intake.rota_document import AbsenceForm, Name, Plan
from intake.team_desk import Who
from intake.web.alert_api import TEAM_QUERY, only_team, row, shown, shown_second
from intake.web.api import Form
from intake.web.keys import DESK, SETTINGS
from intake.web.operations import Operation, register
from intake.web.team_api import MemberAnswer

TeamName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class RotaForm(Form):
    """The whole plan, and the version that it grew out of."""

    version: Annotated[int, msgspec.Meta(ge=0, le=2**40)]
    plan: Plan


class SwapForm(Form):
    """One occurrence of a shift."""

    team: TeamName
    shift: Name
    day: date


class TeamAbsenceForm(Form):
    """Away on these local dates, both included; `person` null: oneself."""

    team: TeamName
    first: date
    last: date
    person: Name | None = None
    substitute: Name | None = None


class AbsenceNameForm(Form):
    """Which absence."""

    team: TeamName
    person: Name
    first: date
    last: date


class CalendarForm(Form):
    """Of which team."""

    team: TeamName


class PersonAnswer(msgspec.Struct):
    """A member of the team."""

    id: str
    name: str
    role: str


class RotaAnswer(msgspec.Struct):
    """The plan. `version` 0: none was saved yet; `faults`: sentences about what stands there now.

    `night_promised`: the directory tells people of a night duty, so it holds whatever the plan says.
    """

    team: str
    version: int
    plan: Plan
    people: list[PersonAnswer]
    faults: list[str]
    changed_by: str
    changed_at: str | None
    may_edit: bool
    night_promised: bool


class GapAnswer(msgspec.Struct):
    """Nobody answers although somebody should. `missing`: names of those who are away; `deputy`: a team."""

    start: str | None
    end: str | None
    missing: list[str]
    deputy: str | None


class OverlapAnswer(msgspec.Struct):
    """Several people in one place; `place` null: one person in both."""

    start: str | None
    end: str | None
    place: str | None
    people: list[str]


class GapsAnswer(msgspec.Struct):
    """The next eight weeks."""

    gaps: list[GapAnswer]
    overlaps: list[OverlapAnswer]


class DutyAnswer(msgspec.Struct):
    """One stretch of duty. `planned`: who would stand there without swaps and absences."""

    start: str | None
    end: str | None
    place: str
    shift: str
    day: date
    person: MemberAnswer | None
    planned: str | None
    reason: str


class DutiesAnswer(msgspec.Struct):
    """The next eight weeks, in order."""

    duties: list[DutyAnswer]


class CalendarAnswer(msgspec.Struct):
    """The secret address, told once; it ends the former one."""

    url: str


def _sheet(request: web.Request, sheet: RotaSheet) -> RotaAnswer:
    language = language_of(request.headers.get(hdrs.ACCEPT_LANGUAGE))
    return RotaAnswer(
        sheet.team,
        sheet.version,
        sheet.plan,
        [PersonAnswer(person.member, person.name, person.role) for person in sheet.people],
        [fault.to(language) for fault in sheet.faults],
        sheet.changed_by,
        None if sheet.changed_at is None else shown_second(sheet.changed_at * 60),
        sheet.may_edit,
        sheet.rota.night_duty and not sheet.plan.night_duty,
    )


async def rota(request: web.Request, who: Who, _: None) -> RotaAnswer:
    return _sheet(request, await request.app[DESK].rotas.sheet(who, only_team(request)))


async def put_rota(request: web.Request, who: Who, form: RotaForm) -> RotaAnswer:
    return _sheet(request, await request.app[DESK].rotas.save(who, only_team(request), form.version, form.plan))


async def gaps(request: web.Request, who: Who, _: None) -> GapsAnswer:
    team = only_team(request)
    desk = request.app[DESK].rotas
    holes, crowds = await desk.outlook(who, team)
    names = {person.member: person.name for person in (await desk.sheet(who, team)).people}
    return GapsAnswer(
        [
            GapAnswer(shown(gap.start), shown(gap.end), [names.get(id, id) for id in gap.missing], gap.deputy)
            for gap in holes
        ],
        [
            OverlapAnswer(
                shown(one.start),
                shown(one.end),
                None if one.place is None else one.place.name.lower(),
                [names.get(id, id) for id in one.people],
            )
            for one in crowds
        ],
    )


async def duties(request: web.Request, who: Who, _: None) -> DutiesAnswer:
    team = only_team(request)
    desk = request.app[DESK].rotas
    stretches = await desk.duties(who, team)
    names = {person.member: person.name for person in (await desk.sheet(who, team)).people}
    return DutiesAnswer([_duty(stretch, names) for stretch in stretches])


def _duty(stretch: Stretch, names: dict[str, str]) -> DutyAnswer:
    person = None if stretch.person is None else MemberAnswer(stretch.person, names.get(stretch.person, stretch.person))
    return DutyAnswer(
        shown(stretch.start),
        shown(stretch.end),
        stretch.place.name.lower(),
        stretch.shift,
        stretch.day,
        person,
        stretch.planned,
        stretch.reason.value,
    )


async def offer_swap(request: web.Request, who: Who, form: SwapForm) -> RotaAnswer:
    return _sheet(request, await request.app[DESK].rotas.offer_swap(who, form.team, form.shift, form.day))


async def take_swap(request: web.Request, who: Who, form: SwapForm) -> RotaAnswer:
    return _sheet(request, await request.app[DESK].rotas.take_swap(who, form.team, form.shift, form.day))


async def withdraw_swap(request: web.Request, who: Who, form: SwapForm) -> RotaAnswer:
    return _sheet(request, await request.app[DESK].rotas.withdraw_swap(who, form.team, form.shift, form.day))


async def add_absence(request: web.Request, who: Who, form: TeamAbsenceForm) -> RotaAnswer:
    absence = AbsenceForm(form.person or who.member, form.first, form.last, form.substitute)
    return _sheet(request, await request.app[DESK].rotas.add_absence(who, form.team, absence))


async def withdraw_absence(request: web.Request, who: Who, form: AbsenceNameForm) -> RotaAnswer:
    desk = request.app[DESK].rotas
    return _sheet(request, await desk.withdraw_absence(who, form.team, form.person, form.first, form.last))


async def new_calendar(request: web.Request, who: Who, form: CalendarForm) -> CalendarAnswer:
    secret = await request.app[DESK].rotas.new_feed(who, form.team)
    return CalendarAnswer(f"{request.app[SETTINGS].public_url}/kalender/{secret}.ics")


async def calendar(request: web.Request) -> web.Response:
    """The iCalendar; whoever knows the address sees times and the word "Dienst"."""
    body = await request.app[DESK].rotas.feed(request.match_info["secret"])
    return web.Response(body=body, content_type="text/calendar", charset="utf-8")


_CHANGE: tuple[type[IntakeError], ...] = (TeamUnknown, RotaChanged, RotaFaulty, LeadOnly)


def _change(path: str, summary: str, run: Any, body: type[Any]) -> Operation:
    return row("POST", f"/api/team/rota/{path}", summary, run, RotaAnswer, body, *_CHANGE)


OPERATIONS = (
    row("GET", "/api/team/rota", "The rota of a team.", rota, RotaAnswer, None, TeamUnknown, query=TEAM_QUERY),
    row("PUT", "/api/team/rota", "Save it, if nobody was first.", put_rota, RotaAnswer, RotaForm, *_CHANGE,
        query=TEAM_QUERY),
    row("GET", "/api/team/rota/gaps", "Gaps and overlaps of the next eight weeks.", gaps, GapsAnswer, None, TeamUnknown,
        query=TEAM_QUERY),
    row("GET", "/api/team/rota/duties", "Who stands where in the next eight weeks.", duties, DutiesAnswer, None,
        TeamUnknown, query=TEAM_QUERY),
    _change("swaps", "Offer an own occurrence of a shift.", offer_swap, SwapForm),
    _change("swaps/take", "Take what is offered; the first wins.", take_swap, SwapForm),
    _change("swaps/withdraw", "Take an own offer back.", withdraw_swap, SwapForm),
    _change("absences", "Enter an absence.", add_absence, TeamAbsenceForm),
    _change("absences/withdraw", "Take an absence back.", withdraw_absence, AbsenceNameForm),
    row("POST", "/api/team/calendar", "A new secret address of the own duties.", new_calendar, CalendarAnswer,
        CalendarForm, TeamUnknown),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses of the rota and the calendar."""
    register(app, OPERATIONS)
    app.router.add_get("/kalender/{secret:[0-9a-f]{32}}.ics", calendar)
