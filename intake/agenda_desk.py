"""What a day brings, in one list: contact appointments, callbacks, field visits and duty of a team.

Everything is what this member may see anyway (intake/team_desk.py, intake/visit_desk.py); nothing is stored for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from intake import appointments, callbacks
from intake.announcer import minute_of
from intake.errors import TeamUnknown
from intake.store import Transaction
from intake.team_desk import Who
from intake.working_time import BERLIN, instant

if TYPE_CHECKING:
    from intake.desk import Desk

MOST_DAYS = 14
SHOWN = 300


class What(StrEnum):
    """Kinds of entries."""

    APPOINTMENT = "appointment"
    CALLBACK = "callback"
    VISIT = "visit"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `id`: a mailbox, a visit or a shift; `people`: member ids; `mine`: this member is in it."""

    what: What
    id: str
    start: datetime
    end: datetime
    state: str
    people: tuple[str, ...]
    mine: bool


@dataclass(frozen=True, slots=True)
class Agenda:
    """In order of time. `names`: of everybody in it."""

    items: tuple[Item, ...]
    names: dict[str, str]


class AgendaDesk:
    """Reached as `desk.agenda`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def look(self, who: Who, team: str, first: date, days: int) -> Agenda:
        """`days` local days from `first` on, at most two weeks. Raises TeamUnknown."""
        if team not in who.teams:
            raise TeamUnknown
        start = instant(first, time(0), BERLIN)
        end = instant(first + timedelta(days=max(1, min(days, MOST_DAYS))), time(0), BERLIN)
        board = await self._desk.visits.board(who, team)

        async def unit(tx: Transaction) -> list[Item]:
            items = await self._appointments(tx, who, team, start, end)
            items += await self._callbacks(tx, who, team, start, end)
            plan = await self._desk.alerts.on_call.plan(tx, team)
            for one in plan.rota.stretches(start, end):
                people = () if one.person is None else (one.person,)
                mine = one.person == who.member
                items.append(Item(What.DUTY, one.shift, one.start, one.end, one.place.name.lower(), people, mine))
            return items

        items = await self._desk.store.read(unit)
        for sheet in (*board.open, *board.over):
            visit = sheet.visit
            if visit.begins < end and visit.until > start:
                people = tuple(one for one in (visit.member, visit.companion) if one is not None)
                mine = who.member in people
                items.append(Item(What.VISIT, visit.id, visit.begins, visit.until, visit.phase.value, people, mine))
        items.sort(key=lambda item: (item.start, item.end, item.what, item.id))
        known = {person for item in items for person in item.people}
        return Agenda(tuple(items), await self._desk.store.read(lambda tx: tx.names(known)))

    async def _appointments(self, tx: Transaction, who: Who, team: str, start: datetime, end: datetime) -> list[Item]:
        found = []
        for row in await tx.appointments_between(team, who.member, minute_of(start), minute_of(end), SHOWN):
            plan, case = appointments.load(row.document), await tx.case(row.mailbox)
            if plan.at is None or case is None:
                continue
            people = tuple(one for one in (case.first, case.second) if one is not None)
            until = plan.at + timedelta(minutes=plan.minutes)
            state = "wished" if plan.wish is not None else plan.phase.value
            mine = who.member in people
            found.append(Item(What.APPOINTMENT, row.mailbox.hex(), plan.at, until, state, people, mine))
        return found

    async def _callbacks(self, tx: Transaction, who: Who, team: str, start: datetime, end: datetime) -> list[Item]:
        closed = await tx.conflicts_of(who.member)
        found = []
        for row in await tx.open_callbacks(team, SHOWN):
            callback = callbacks.load(row.document)
            coming = callback.coming(self._desk.clock())
            if coming is None or row.mailbox in closed or not (coming.start < end and coming.end > start):
                continue
            people = () if callback.by is None else (callback.by,)
            mine = who.member in people
            state = callback.state.value
            found.append(Item(What.CALLBACK, row.mailbox.hex(), coming.start, coming.end, state, people, mine))
        return found
