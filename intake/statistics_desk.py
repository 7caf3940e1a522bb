"""Statistics as use cases: count what ended, count how soon a team answered, read what is published.

Nothing of who counted is kept. A repeated request is recognised by a random word for as long as this process lives.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from intake.desk import day_of
from intake.directory import Directory, Team
from intake.disclosure import Table
from intake.errors import TeamUnknown
from intake.routing import Gap, gaps
from intake.statistics import NATIONWIDE, Form, counters, first_answer, is_over, published
from intake.store import ContactRow, Transaction
from intake.team_desk import Who

if TYPE_CHECKING:
    from intake.desk import Desk

ZONE = ZoneInfo("Europe/Berlin")
REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class Publication:
    """Tables of one Land and half-year; `lands` and `halves` that this member can choose from; holes of the network."""

    lands: tuple[str, ...]
    halves: tuple[str, ...]
    land: str
    half: str | None
    tables: dict[str, Table]
    gaps: tuple[Gap, ...]


class StatisticsDesk:
    """Reached as `desk.statistics`."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._counted: OrderedDict[bytes, None] = OrderedDict()

    async def count(self, who: Who, team: str, form: Form, once: bytes) -> None:
        """Counts an ended contact of an own team. The same `once` (16 random bytes) again counts nothing.

        Raises TeamUnknown, KreisUnknown, Unavailable.
        """
        if team not in who.teams:
            raise TeamUnknown
        found = self._desk.network.directory.team(team)
        if form.place is not None:
            self._desk.network.regions.name(form.place)
        if found.test or once in self._counted:
            return
        raised = counters(form, land_of(found), self._today())
        await self._desk.store.write(lambda tx: tx.count_up(raised))
        self._counted[once] = None
        while len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)

    async def answered(self, tx: Transaction, row: ContactRow) -> None:
        """Within the transaction of an answer, before it is added: if it is the first, the team's pace is counted."""
        team = self._desk.network.directory.team(row.team)
        if team.test or await tx.was_answered(row.mailbox):
            return
        today = day_of(self._desk.clock())
        days, kept = today - row.received // 24, today <= row.answer_by
        await tx.count_up(first_answer(team.id, land_of(team), days, self._today(), kept=kept))

    async def publication(self, who: Who, land: str | None, half: str | None) -> Publication:
        """What is published of the newest, or the named, half-year that is over. Raises TeamUnknown for other Lands."""
        directory = self._desk.network.directory
        today = self._today()

        async def unit(tx: Transaction) -> Publication:
            lands = _lands(directory, await tx.roles_of(who.member))
            if not lands or land not in (None, *lands):
                raise TeamUnknown
            here = land or lands[0]
            halves = [one for one in await tx.counted_halves([here]) if is_over(one, today)]
            chosen = half if half in halves else halves[0] if halves else None
            tables = published(await tx.counts(chosen, here)) if chosen else {}
            return Publication(lands, tuple(halves), here, chosen, tables, ())

        found = await self._desk.store.read(unit)
        return replace(found, gaps=tuple(gaps(directory.routing, self._desk.network.regions.kreise_of(found.land))))

    def _today(self) -> date:
        return self._desk.clock().astimezone(ZONE).date()


def land_of(team: Team) -> str:
    """Its Land, or "DE" for a team of several or of none."""
    return team.lands[0] if len(team.lands) == 1 else NATIONWIDE


def _lands(directory: Directory, roles: dict[str, str]) -> tuple[str, ...]:
    teams = {land_of(team) for team in directory.teams if team.id in roles}
    units = {land for unit in directory.coordinations if unit.id in roles for land in unit.lands}
    return tuple(sorted(teams | units))
