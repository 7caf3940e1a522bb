"""The counsellors' API from request to case. Closed schemas; what says something about the person travels sealed."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from intake import cases
from intake.case_desk import CaseView
from intake.desk import date_of
from intake.errors import (
    AlreadyClaimed,
    CaseRefused,
    EnvelopeRefused,
    HandoverState,
    IntakeError,
    LeadOnly,
    MailboxFull,
    NoCase,
    NoContact,
    NotInThisState,
    StaleKey,
    TeamUnknown,
)
from intake.team_desk import Who
from intake.web.alert_api import TEAM_QUERY, only_team, row
from intake.web.api import Form
from intake.web.keys import DESK
from intake.web.operations import ENVELOPE_LIMIT, Operation, Sealed, register
from intake.web.team_api import DoneAnswer, MemberAnswer, Nothing, mailbox_of

Kind = Literal["information", "one_off", "clarification", "case"]
Mandate = Literal["voluntary", "condition", "authority"]
Member = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Side = Literal["person", "team"]
Sheet = Literal["anamnesis", "situation", "goals", "steps", "protection", "attendance", "consultation"]
Question = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class OpenForm(Form):
    """What the talk was; a mandate turns the request into a case."""

    kind: Kind
    mandate: Mandate | None = None


class StepForm(Form, tag_field="step"):
    """One step of a case. `reason`: a sealed sentence why, where there is one."""


class BecomeForm(StepForm, tag="become"):
    """It is something else, or the mandate is recorded."""

    kind: Kind
    mandate: Mandate | None = None


class OfferForm(StepForm, tag="offer"):
    """An agreement is offered."""


class AgreeForm(StepForm, tag="agree"):
    """Both sides agree until that day."""

    review_on: date


class ReviewForm(StepForm, tag="review"):
    """It was looked at; the next time is that day."""

    review_on: date


class DissolveForm(StepForm, tag="dissolve"):
    """The agreement ends."""

    why: Literal["person", "not_kept", "goals_reached", "team"]
    reason: Sealed | None = None


class AccompanyForm(StepForm, tag="accompany"):
    """The two companions."""

    first: Member
    second: Member | None = None


class PaceForm(StepForm, tag="pace"):
    """The contact interval in days; null: as needed."""

    days: Annotated[int, msgspec.Meta(ge=1, le=cases.LONGEST_INTERVAL)] | None
    wanted_by: Side
    reason: Sealed | None = None


class PauseForm(StepForm, tag="pause"):
    """Nothing for a while."""

    wanted_by: Side


class ResumeForm(StepForm, tag="resume"):
    """It goes on."""


class EndForm(StepForm, tag="end"):
    """It is over."""

    outcome: Literal["independent", "done", "clarified", "person", "no_contact", "not_kept", "handed_over", "other"]
    reason: Sealed | None = None


class ReopenForm(StepForm, tag="reopen"):
    """It is not over after all."""


class KeepForm(StepForm, tag="keep"):
    """It is kept longer than the carrier's rule says, with a sealed reason; a nearer day takes that back."""

    until: date
    why: Literal["person", "claim", "duty"]
    reason: Sealed


AnyStepForm: Any = (
    BecomeForm | OfferForm | AgreeForm | ReviewForm | DissolveForm | AccompanyForm | PaceForm | PauseForm | ResumeForm
    | EndForm | ReopenForm | KeepForm
)  # fmt: skip


class SheetForm(Form):
    """A new version of a sheet, sealed by the team for itself (RECORD)."""

    sheet: Sheet
    envelope: Sealed


class LiftForm(Form):
    """To whom the contact is opened again."""

    member: Member


class TemplateForm(Form):
    """The carrier's own questions for a sheet; none: those of the house."""

    sheet: Sheet
    questions: Annotated[list[Question], msgspec.Meta(max_length=20)]


class SheetAnswer(msgspec.Struct):
    """One version of a sheet."""

    number: int
    sheet: str
    day: date
    by: MemberAnswer
    envelope: bytes


class StepAnswer(msgspec.Struct):
    """One decision. `detail`: its words in order; `reason`: sealed."""

    number: int
    day: date
    step: str
    detail: str
    by: MemberAnswer
    reason: bytes | None


class CaseAnswer(msgspec.Struct):
    """A case. `erase_on`: when all of it goes; `kept_until`: longer than the rule says.

    `warnings`: one_companion, no_agreement, review_due; sheets and steps of one case only, not in lists.
    """

    mailbox: str
    team: str
    kind: Kind
    mandate: Mandate | None
    state: Literal["open", "paused", "ended"]
    opened: date
    agreement: Literal["none", "offered", "active", "dissolved"]
    dissolved_why: str | None
    review_on: date | None
    first: MemberAnswer | None
    second: MemberAnswer | None
    interval_days: int | None
    outcome: str | None
    ended: date | None
    kept_until: date | None
    erase_on: date
    warnings: list[str]
    sheets: list[SheetAnswer]
    steps: list[StepAnswer]


class OneCaseAnswer(msgspec.Struct):
    """The case of a contact, if there is one."""

    case: CaseAnswer | None


class CasesAnswer(msgspec.Struct):
    """Cases of a team."""

    cases: list[CaseAnswer]


class NumberAnswer(msgspec.Struct):
    """Under which number it is stored."""

    number: int


class ConflictsAnswer(msgspec.Struct):
    """Colleagues who know the person and therefore see nothing."""

    members: list[MemberAnswer]


class TemplateAnswer(msgspec.Struct):
    """The carrier's own questions for one sheet."""

    sheet: str
    questions: list[str]


class TemplatesAnswer(msgspec.Struct):
    """Sheets that are missing have the questions of the house."""

    templates: list[TemplateAnswer]


def _answer(view: CaseView) -> CaseAnswer:
    def member(id: str) -> MemberAnswer:
        return MemberAnswer(id, view.names.get(id, id))

    found, case = view.row, view.case
    return CaseAnswer(
        mailbox=found.mailbox.hex(),
        team=view.contact.team,
        kind=case.kind.value,
        mandate=None if case.mandate is None else case.mandate.value,
        state=case.state.value,
        opened=date_of(found.opened),
        agreement=case.agreement.value,
        dissolved_why=None if case.why is None else case.why.value,
        review_on=case.review_on,
        first=None if case.first is None else member(case.first),
        second=None if case.second is None else member(case.second),
        interval_days=case.interval,
        outcome=None if case.outcome is None else case.outcome.value,
        ended=None if found.ended is None else date_of(found.ended),
        kept_until=case.kept_until,
        erase_on=date_of(view.contact.erase_on),
        warnings=[warning.value for warning in view.warnings],
        sheets=[
            SheetAnswer(one.number, one.sheet, date_of(one.day), member(one.member), one.envelope)
            for one in view.sheets
        ],
        steps=[
            StepAnswer(one.number, date_of(one.day), one.step, one.detail, member(one.member), one.envelope)
            for one in view.steps
        ],
    )


def _event(form: StepForm) -> cases.Event:
    match form:
        case BecomeForm(kind=kind, mandate=mandate):
            return cases.Become(cases.Kind(kind), None if mandate is None else cases.Mandate(mandate))
        case AgreeForm(review_on=day):
            return cases.Agree(day)
        case ReviewForm(review_on=day):
            return cases.Review(day)
        case DissolveForm(why=why):
            return cases.Dissolve(cases.Why(why))
        case AccompanyForm(first=first, second=second):
            return cases.Accompany(first, second)
        case PaceForm(days=days, wanted_by=side):
            return cases.Pace(days, cases.Side(side))
        case PauseForm(wanted_by=side):
            return cases.Pause(cases.Side(side))
        case EndForm(outcome=outcome):
            return cases.End(cases.Outcome(outcome))
        case KeepForm(until=until, why=why):
            return cases.Keep(until, cases.Kept(why))
        case OfferForm():
            return cases.Offer()
        case ResumeForm():
            return cases.Resume()
        case _:
            return cases.Reopen()


async def open_case(request: web.Request, who: Who, form: OpenForm) -> CaseAnswer:
    mandate = None if form.mandate is None else cases.Mandate(form.mandate)
    return _answer(await request.app[DESK].cases.open(who, mailbox_of(request), cases.Kind(form.kind), mandate))


async def the_case(request: web.Request, who: Who, _: None) -> OneCaseAnswer:
    try:
        return OneCaseAnswer(_answer(await request.app[DESK].cases.view(who, mailbox_of(request))))
    except NoCase:
        return OneCaseAnswer(None)


async def step_case(request: web.Request, who: Who, form: StepForm) -> CaseAnswer:
    reason = getattr(form, "reason", None)
    return _answer(await request.app[DESK].cases.act(who, mailbox_of(request), _event(form), reason))


async def put_sheet(request: web.Request, who: Who, form: SheetForm) -> NumberAnswer:
    sheet = cases.Sheet(form.sheet)
    return NumberAnswer(await request.app[DESK].cases.put_sheet(who, mailbox_of(request), sheet, form.envelope))


async def team_cases(request: web.Request, who: Who, _: None) -> CasesAnswer:
    return CasesAnswer([_answer(view) for view in await request.app[DESK].cases.listed(who, only_team(request))])


async def ended_cases(request: web.Request, who: Who, _: None) -> CasesAnswer:
    found = await request.app[DESK].cases.listed(who, only_team(request), ended=True)
    return CasesAnswer([_answer(view) for view in found])


async def know(request: web.Request, who: Who, _: Nothing) -> DoneAnswer:
    await request.app[DESK].cases.know(who, mailbox_of(request))
    return DoneAnswer(ok=True)


async def conflicts(request: web.Request, who: Who, _: None) -> ConflictsAnswer:
    found = await request.app[DESK].cases.conflicts(who, mailbox_of(request))
    return ConflictsAnswer([MemberAnswer(id, name) for id, name in sorted(found.items())])


async def lift(request: web.Request, who: Who, form: LiftForm) -> DoneAnswer:
    await request.app[DESK].cases.lift(who, mailbox_of(request), form.member)
    return DoneAnswer(ok=True)


async def templates(request: web.Request, who: Who, _: None) -> TemplatesAnswer:
    found = await request.app[DESK].cases.templates(who, only_team(request))
    return TemplatesAnswer([TemplateAnswer(one.sheet, msgspec.json.decode(one.questions)) for one in found])


async def put_template(request: web.Request, who: Who, form: TemplateForm) -> DoneAnswer:
    sheet = cases.Sheet(form.sheet)
    await request.app[DESK].cases.put_template(who, only_team(request), sheet, form.questions)
    return DoneAnswer(ok=True)


_ONE = "/api/team/contacts/{mailbox:[0-9a-f]{32}}"
_REFUSED: tuple[type[IntakeError], ...] = (NoContact, NoCase, NotInThisState, CaseRefused, MailboxFull)
_SEALED: tuple[type[IntakeError], ...] = (EnvelopeRefused, StaleKey)


def _large(operation: Operation) -> Operation:
    return replace(operation, limit=ENVELOPE_LIMIT)


OPERATIONS = (
    row("GET", f"{_ONE}/case", "The case of a contact, with its sheets and history.", the_case, OneCaseAnswer, None,
        NoContact),
    row("POST", f"{_ONE}/case", "Record what the talk was, or a mandate.", open_case, CaseAnswer, OpenForm, NoContact,
        NotInThisState, CaseRefused, AlreadyClaimed),
    _large(row("POST", f"{_ONE}/case/steps", "One step.", step_case, CaseAnswer, AnyStepForm, *_REFUSED, *_SEALED,
               AlreadyClaimed)),
    _large(row("POST", f"{_ONE}/case/sheets", "A new version of a sheet. Sent again: stored once.", put_sheet,
               NumberAnswer, SheetForm, HandoverState, *_REFUSED, *_SEALED)),
    row("POST", f"{_ONE}/know", "I know this person: the contact is closed to me.", know, DoneAnswer, Nothing,
        NoContact, optional=True),
    row("GET", f"{_ONE}/conflicts", "Who knows the person.", conflicts, ConflictsAnswer, None, NoContact),
    row("POST", f"{_ONE}/conflicts/lift", "It was a mistake.", lift, DoneAnswer, LiftForm, NoContact, LeadOnly),
    row("GET", "/api/team/cases", "Running cases of a team.", team_cases, CasesAnswer, None, TeamUnknown,
        query=TEAM_QUERY),
    row("GET", "/api/team/cases/ended", "Ended cases of a team, the latest first.", ended_cases, CasesAnswer, None,
        TeamUnknown, query=TEAM_QUERY),
    row("GET", "/api/team/sheet-templates", "The carrier's own questions.", templates, TemplatesAnswer, None,
        TeamUnknown, query=TEAM_QUERY),
    row("PUT", "/api/team/sheet-templates", "Word the questions of a sheet.", put_template, DoneAnswer, TemplateForm,
        TeamUnknown, LeadOnly, query=TEAM_QUERY),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses of cases."""
    register(app, OPERATIONS)
