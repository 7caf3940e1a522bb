"""The stored form of a rota: the JSON that the editor in the console sends, closed and bounded.

    {"night_duty": false, "shifts": [{"id": "Tag", "place": "first", "blocks": {"mo": ["08:00-16:00"]},
     "people": ["mira", "jonas"], "since": "2026-11-02"}], "absences": [{"person": "mira", "first": …, "last": …}]}

Zone, opening hours, Land and closed times come from the signed directory and are joined in `read`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Literal

import msgspec

from intake.directory import Team
from intake.duty import Absence, Agreement, Place, Rota, ScheduleError, Shift, Swap
from intake.errors import Said
from intake.working_time import OFFICE_WEEK, Week, WorkCalendar, read_week

Weekday = Literal["mo", "di", "mi", "do", "fr", "sa", "so"]
Span = Annotated[str, msgspec.Meta(max_length=16)]
Blocks = dict[Weekday, Annotated[tuple[Span, ...], msgspec.Meta(max_length=8)]]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
MonthDay = Annotated[str, msgspec.Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
PLACES = {"first": Place.FIRST, "second": Place.SECOND}


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ShiftForm(_Form, frozen=True):
    """A shift: blocks of the week and the people who take turns in it."""

    id: Name
    place: Literal["first", "second"]
    blocks: Blocks
    people: Annotated[tuple[Name | None, ...], msgspec.Meta(min_length=1, max_length=60)]
    since: date
    until: date | None = None
    weeks_each: Annotated[int, msgspec.Meta(ge=1, le=52)] = 1
    on_days_off: bool = False


class SwapForm(_Form, frozen=True):
    """One occurrence of a shift, offered; `taken_by` null: not taken yet."""

    shift: Name
    day: date
    offered_by: Name
    taken_by: Name | None = None


class AbsenceForm(_Form, frozen=True):
    """Local dates, both included."""

    person: Name
    first: date
    last: date
    substitute: Name | None = None


class AgreementForm(_Form, frozen=True):
    """Another team answers for us."""

    team: Name
    first: date
    last: date | None = None
    hours: Blocks | None = None


class Plan(_Form, frozen=True):
    """The whole plan of a team."""

    night_duty: bool = False
    catholic: bool = False
    closures: Annotated[tuple[date, ...], msgspec.Meta(max_length=400)] = ()
    closed_yearly: Annotated[tuple[MonthDay, ...], msgspec.Meta(max_length=40)] = ()
    shifts: Annotated[tuple[ShiftForm, ...], msgspec.Meta(max_length=60)] = ()
    swaps: Annotated[tuple[SwapForm, ...], msgspec.Meta(max_length=400)] = ()
    absences: Annotated[tuple[AbsenceForm, ...], msgspec.Meta(max_length=400)] = ()
    agreements: Annotated[tuple[AgreementForm, ...], msgspec.Meta(max_length=20)] = ()


def decode(text: str) -> Plan:
    """A stored plan. Raises msgspec.DecodeError for what we did not write."""
    return msgspec.json.decode(text, type=Plan)


def encode(plan: Plan) -> str:
    """As stored."""
    return msgspec.json.encode(plan).decode()


def calendar_of(team: Team | None, plan: Plan) -> WorkCalendar:
    """The team's working time: what the directory says, and the plan's own closure days."""
    closures = set(plan.closures)
    week: Week = OFFICE_WEEK
    if team is not None:
        week = read_week(dict(team.hours.items())) or OFFICE_WEEK
        for first, last in team.closed:
            closures |= {first + timedelta(days=offset) for offset in range((last - first).days + 1)}
    yearly = frozenset((int(day[:2]), int(day[3:])) for day in plan.closed_yearly)
    subdivision = None if team is None else team.subdivision
    return WorkCalendar(subdivision, plan.catholic, week=week, closures=frozenset(closures), closed_yearly=yearly)


def read(id: str, team: Team | None, plan: Plan) -> Rota:
    """The rota that duty.py answers questions about. Raises ScheduleError."""
    return Rota(
        team=id,
        calendar=calendar_of(team, plan),
        shifts=tuple(
            Shift(
                shift.id,
                PLACES[shift.place],
                read_week(dict(shift.blocks.items())),
                shift.people,
                shift.since,
                shift.until,
                shift.weeks_each,
                shift.on_days_off,
            )
            for shift in plan.shifts
        ),
        swaps=tuple(Swap(swap.shift, swap.day, swap.offered_by, swap.taken_by) for swap in plan.swaps),
        absences=tuple(Absence(away.person, away.first, away.last, away.substitute) for away in plan.absences),
        agreements=tuple(
            Agreement(one.team, one.first, one.last, None if one.hours is None else read_week(dict(one.hours.items())))
            for one in plan.agreements
        ),
        # What the directory promises to people who write at night binds the team, whatever its plan says.
        night_duty=plan.night_duty or (team is not None and team.night_duty),
    )


def faults(id: str, team: Team | None, plan: Plan, members: Iterable[str], teams: Iterable[str]) -> list[Said]:
    """Everything that is wrong with a plan, in sentences for the editor; empty when it can be stored."""
    here, others = set(members), set(teams) - {id}
    said: list[Said] = []
    named = {person for shift in plan.shifts for person in shift.people if person is not None}
    named |= {swap.offered_by for swap in plan.swaps} | {swap.taken_by for swap in plan.swaps if swap.taken_by}
    named |= {away.person for away in plan.absences} | {away.substitute for away in plan.absences if away.substitute}
    said += [
        Said(f"„{name}“ gehört nicht zu diesem Team.", f"“{name}” is not part of this team.")
        for name in sorted(named - here)
    ]
    said += [
        Said(
            f"Das Team „{one.team}“ gibt es nicht, oder es ist Ihr eigenes.",
            f"There is no team “{one.team}”, or it is your own.",
        )
        for one in plan.agreements
        if one.team not in others
    ]
    try:
        return said + list(read(id, team, plan).faults())
    except ScheduleError as error:
        return [*said, error.said]
