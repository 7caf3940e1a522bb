"""The counsellors' API for statistics: a small closed form in, protected tables out."""

from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from intake.directory import Phenomenon
from intake.disclosure import Table
from intake.errors import KreisUnknown, TeamUnknown
from intake.routing import Gap
from intake.statistics import Form as Counted
from intake.team_desk import Who
from intake.web.alert_api import row
from intake.web.api import Form
from intake.web.keys import DESK
from intake.web.operations import exactly, register
from intake.web.team_api import DoneAnswer


class EndedForm(Form):
    """What is counted of an ended contact; nothing says which. `place`: Kreis or Land; `once`: random."""

    team: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    once: Annotated[bytes, exactly(16)]
    kind: Literal["information", "one_off", "clarification", "case", "signposted", "none"]
    role: Literal["exit", "relative", "professional", "own_concern"]
    phenomena: Annotated[tuple[Phenomenon, ...], msgspec.Meta(max_length=8)]
    channel: Literal["web", "messenger", "hotline", "referrer", "other"]
    referral: Literal[
        "unknown", "own_search", "relatives", "school", "youth_welfare", "justice", "police", "counselling", "other"
    ]
    duration: Literal["week", "month", "quarter", "half_year", "year", "longer"]
    place: Annotated[str, msgspec.Meta(pattern=r"^DE[1-9A-G]([0-9A-Z]{2})?$")] | None
    indicators: frozenset[Literal["goals", "clarity", "skills", "support", "safety", "independent"]] | None = None


class GroupAnswer(msgspec.Struct):
    """A row or column: the values that it joins, and their sum."""

    values: list[str]
    total: int


class TableAnswer(msgspec.Struct):
    """One table; a count of null is left out; `total` null: fewer than five in all."""

    subject: str
    rows: list[GroupAnswer]
    columns: list[GroupAnswer]
    counts: list[list[int | None]]
    total: int | None


class GapAnswer(msgspec.Struct):
    """A Kreis in which nobody answers these people on this topic; `only_civil`: nobody but the state does."""

    place: str
    phenomenon: str
    role: str
    only_civil: bool


class StatisticsAnswer(msgspec.Struct):
    """What is published of a Land and a half-year that is over ("2026-1"; null: none yet)."""

    lands: list[str]
    halves: list[str]
    land: str
    half: str | None
    tables: list[TableAnswer]
    gaps: list[GapAnswer]


async def count(request: web.Request, who: Who, form: EndedForm) -> DoneAnswer:
    counted = Counted(
        kind=form.kind,
        role=form.role,
        phenomena=tuple(dict.fromkeys(form.phenomena)),
        channel=form.channel,
        referral=form.referral,
        duration=form.duration,
        place=form.place,
        indicators=form.indicators,
    )
    await request.app[DESK].statistics.count(who, form.team, counted, form.once)
    return DoneAnswer(ok=True)


async def statistics(request: web.Request, who: Who, _: None) -> StatisticsAnswer:
    query = request.query
    found = await request.app[DESK].statistics.publication(who, query.get("land"), query.get("half"))
    return StatisticsAnswer(
        list(found.lands),
        list(found.halves),
        found.land,
        found.half,
        [_table(subject, table) for subject, table in found.tables.items()],
        [_gap(gap) for gap in found.gaps],
    )


def _table(subject: str, table: Table) -> TableAnswer:
    rows, columns = (
        [GroupAnswer(list(group.values), group.total) for group in groups] for groups in (table.rows, table.columns)
    )
    return TableAnswer(subject, rows, columns, [list(line) for line in table.counts], table.total)


def _gap(gap: Gap) -> GapAnswer:
    return GapAnswer(gap.place, gap.phenomenon, gap.role, gap.only_civil)


_LAND: dict[str, Any] = {"type": "string", "maxLength": 8}
_HALF: dict[str, Any] = {"type": "string", "description": "such as 2026-1; what is not published gives the newest"}

OPERATIONS = (
    row("GET", "/api/team/statistics", "Published tables of a Land, and where nobody is responsible.", statistics,
        StatisticsAnswer, None, TeamUnknown, query=(("land", _LAND), ("half", _HALF))),
    row("POST", "/api/team/statistics", "Count an ended contact; nothing tells which.", count, DoneAnswer, EndedForm,
        TeamUnknown, KreisUnknown),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses of the statistics."""
    register(app, OPERATIONS)
