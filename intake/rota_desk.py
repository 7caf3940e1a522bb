"""The rota as use cases: read, save with a version, offer and take swaps, enter absences, the secret calendar address.

Everything changes the one stored document of the team, by compare-and-swap on its version: two editors never overwrite
each other unseen. A lead edits the plan (in a team without one, everybody does); swaps and own absences everybody.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import msgspec

from intake import rota_document
from intake.announcer import minute_of
from intake.duty import OUTLOOK, Gap, Overlap, Rota, ScheduleError, Stretch
from intake.duty_ical import feed as ical_feed
from intake.errors import LeadOnly, NoPhone, RotaChanged, RotaFaulty, Said, TeamUnknown
from intake.rota_document import AbsenceForm, Plan, SwapForm
from intake.store import PersonRow, RotaRow, Transaction
from intake.team_desk import Who

if TYPE_CHECKING:
    from intake.desk import Desk


@dataclass(frozen=True, slots=True)
class RotaSheet:
    """The plan as the console shows it. `version` 0: nothing was ever saved."""

    team: str
    version: int
    plan: Plan
    rota: Rota
    people: tuple[PersonRow, ...]
    faults: tuple[Said, ...]
    changed_by: str
    changed_at: int | None
    may_edit: bool


class RotaDesk:
    """Use cases of the rota. Reached as `desk.rotas`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def sheet(self, who: Who, team: str) -> RotaSheet:
        """The plan of an own team. Raises TeamUnknown for a foreign one."""
        _own(who, team)
        return await self._desk.store.read(lambda tx: self._sheet(tx, who, team))

    async def save(self, who: Who, team: str, version: int, plan: Plan) -> RotaSheet:
        """Stores the plan that grew out of `version`. Raises RotaChanged, RotaFaulty, LeadOnly, TeamUnknown."""
        _own(who, team)

        async def unit(tx: Transaction) -> RotaSheet:
            before = await self._sheet(tx, who, team)
            if not before.may_edit:
                raise LeadOnly
            if before.version != version:
                raise RotaChanged
            return await self._put(tx, who, before, plan)

        return await self._desk.store.write(unit)

    async def offer_swap(self, who: Who, team: str, shift: str, day: date) -> RotaSheet:
        """The own occurrence of a shift is offered; until somebody takes it, it stays one's own. Raises RotaFaulty."""
        return await self._change(
            who, team, lambda plan: _with(plan, swaps=(*plan.swaps, SwapForm(shift, day, who.member)))
        )

    async def take_swap(self, who: Who, team: str, shift: str, day: date) -> RotaSheet:
        """Takes an offered occurrence; the first wins. Raises RotaFaulty if nothing is on offer."""

        def change(plan: Plan) -> Plan:
            for place, swap in enumerate(plan.swaps):
                if (swap.shift, swap.day, swap.taken_by) == (shift, day, None) and swap.offered_by != who.member:
                    taken = msgspec.structs.replace(swap, taken_by=who.member)
                    return _with(plan, swaps=(*plan.swaps[:place], taken, *plan.swaps[place + 1 :]))
            raise RotaFaulty(
                Said("Dieser Dienst wird nicht (mehr) angeboten.", "This duty is not on offer (any more).")
            )

        return await self._change(who, team, change)

    async def withdraw_swap(self, who: Who, team: str, shift: str, day: date) -> RotaSheet:
        """Takes an own offer back while nobody has taken it."""

        def change(plan: Plan) -> Plan:
            mine = SwapForm(shift, day, who.member)
            if mine not in plan.swaps:
                raise RotaFaulty(Said("Dieses Angebot gibt es nicht (mehr).", "This offer does not exist (any more)."))
            return _with(plan, swaps=tuple(swap for swap in plan.swaps if swap != mine))

        return await self._change(who, team, change)

    async def add_absence(self, who: Who, team: str, absence: AbsenceForm) -> RotaSheet:
        """An absence with dates and, where there is one, a substitute; of others only by the lead."""
        return await self._change(
            who, team, lambda plan: _with(plan, absences=(*plan.absences, absence)), person=absence.person
        )

    async def withdraw_absence(self, who: Who, team: str, person: str, first: date, last: date) -> RotaSheet:
        """The absence did not take place, or was entered wrongly."""

        def change(plan: Plan) -> Plan:
            kept = tuple(a for a in plan.absences if (a.person, a.first, a.last) != (person, first, last))
            if len(kept) == len(plan.absences):
                raise RotaFaulty(Said("Diese Abwesenheit ist nicht eingetragen.", "This absence is not entered."))
            return _with(plan, absences=kept)

        return await self._change(who, team, change, person=person)

    async def outlook(self, who: Who, team: str) -> tuple[tuple[Gap, ...], tuple[Overlap, ...]]:
        """Gaps and overlaps of the next eight weeks."""
        rota, now = (await self.sheet(who, team)).rota, self._desk.clock()
        return rota.gaps(now), rota.overlaps(now)

    async def duties(self, who: Who, team: str) -> tuple[Stretch, ...]:
        """Who stands where in the next eight weeks."""
        rota, now = (await self.sheet(who, team)).rota, self._desk.clock()
        return rota.stretches(now, now + OUTLOOK)

    # ---------------------------------------------------------------------------------------------------- calendar

    async def new_feed(self, who: Who, team: str) -> str:
        """The secret (32 hex digits) of a new calendar address; told once, it ends the former one."""
        _own(who, team)
        secret = secrets.token_hex(16)
        await self._desk.store.write(lambda tx: tx.put_feed(_feed_hash(secret), str(uuid4()), who.member, team))
        return secret

    async def feed(self, secret: str) -> bytes:
        """The iCalendar of whoever knows the address. Raises NoPhone for any other."""

        async def unit(tx: Transaction) -> bytes:
            found = await tx.feed(_feed_hash(secret))
            if found is None or found[2] not in await tx.teams_of(found[1]):
                raise NoPhone
            feed, member, team = found
            plan = await self._desk.alerts.on_call.plan(tx, team)
            return ical_feed(plan.rota, member, self._desk.clock(), UUID(feed))

        return await self._desk.store.read(unit)

    # ----------------------------------------------------------------------------------------------------- helpers

    async def _sheet(self, tx: Transaction, who: Who, team: str) -> RotaSheet:
        people = tuple(await tx.people(team))
        row = await tx.rota(team)
        listed = self._desk.alerts.on_call.team(team)
        plan = Plan() if row is None else rota_document.decode(row.plan)
        try:
            rota = rota_document.read(team, listed, plan)
        except ScheduleError:
            rota = Rota(team, rota_document.calendar_of(listed, Plan()))
        faults = rota_document.faults(team, listed, plan, [person.member for person in people], self._teams())
        names = {person.member: person.name for person in people}
        leads = {person.member for person in people if person.role == "lead"}
        return RotaSheet(
            team,
            0 if row is None else row.version,
            plan,
            rota,
            people,
            tuple(faults),
            "" if row is None else names.get(row.changed_by, row.changed_by),
            None if row is None else row.changed_at,
            not leads or who.member in leads,
        )

    async def _change(
        self, who: Who, team: str, change: Callable[[Plan], Plan], *, person: str | None = None
    ) -> RotaSheet:
        _own(who, team)

        async def unit(tx: Transaction) -> RotaSheet:
            before = await self._sheet(tx, who, team)
            if person is not None and person != who.member and not before.may_edit:
                raise LeadOnly
            return await self._put(tx, who, before, change(before.plan))

        return await self._desk.store.write(unit)

    async def _put(self, tx: Transaction, who: Who, before: RotaSheet, plan: Plan) -> RotaSheet:
        plan = _tidied(plan, self._desk.clock())
        listed = self._desk.alerts.on_call.team(before.team)
        members = [person.member for person in before.people]
        faults = rota_document.faults(before.team, listed, plan, members, self._teams())
        # What was wrong before (somebody has left the team) must not keep the rest from being mended step by step.
        if new := [fault for fault in faults if fault not in before.faults]:
            raise RotaFaulty(*new)
        now = minute_of(self._desk.clock())
        row = RotaRow(before.team, before.version + 1, rota_document.encode(plan), who.member, now)
        if not await tx.put_rota(row):
            raise RotaChanged
        return await self._sheet(tx, who, before.team)

    def _teams(self) -> list[str]:
        directory = self._desk.alerts.on_call.directory
        return [] if directory is None else [team.id for team in directory.teams]


def _own(who: Who, team: str) -> None:
    if team not in who.teams:
        raise TeamUnknown


def _with(plan: Plan, **changes: object) -> Plan:
    return msgspec.structs.replace(plan, **changes)


def _tidied(plan: Plan, now: datetime) -> Plan:
    """Swaps and absences of long ago are forgotten: who was ill when is nobody's business for ever."""
    past = (now - timedelta(days=60)).date()
    return _with(
        plan,
        swaps=tuple(swap for swap in plan.swaps if swap.day >= past),
        absences=tuple(away for away in plan.absences if away.last >= past),
    )


def _feed_hash(secret: str) -> bytes:
    return hashlib.sha256(f"erstkontakt/1 calendar/{secret}".encode()).digest()
