"""What a team has agreed on about check-ins: how long its chain waits, and its standing routines.

    "safe at home"   on these days somebody says by then that they are home
    lone office      on these days somebody says every so often that all is well
    drill            once a week everybody's phone is asked; alarms nobody; the lead gets a report

Routines begin visits (intake/visit_desk.py); the row is the timer. They rest on public holidays and closed days, and
for whoever is absent.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from intake import checkins, sayings
from intake.alerts import LATE
from intake.announcer import minute_of, second_of
from intake.checkin_model import LONGEST_CHAIN, Message, Phase, Purpose, Reason, Timing, Visit
from intake.due_rows import step_due
from intake.errors import LeadOnly, NoVisit, RulesFaulty, VisitRefused
from intake.on_call import TeamPlan
from intake.rota_document import Weekday
from intake.sayings import Saying
from intake.store import RoutineRow, Transaction
from intake.team_desk import Who
from intake.working_time import BERLIN, DAY, instant, local

if TYPE_CHECKING:
    from intake.desk import Desk

log = logging.getLogger("erstkontakt.visits")

AT_ONCE = 20  # routines that one transaction begins
Minutes = Annotated[int, msgspec.Meta(ge=1, le=120)]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
DRILL_FOR = timedelta(minutes=10)
MOST_ROUTINES = 100
TOO_LATE = timedelta(hours=1)  # a routine that was missed by downtime for longer than this waits for its next day
WEEKDAYS: tuple[Weekday, ...] = ("mo", "di", "mi", "do", "fr", "sa", "so")


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minutes: before the due time (`remind`), and after it until each level is called. `longer`: see `check`."""

    remind: Minutes = 5
    companion: Minutes = 5
    on_call: Minutes = 10
    lead: Minutes = 15
    hold: Minutes = 30
    longer: bool = False

    def check(self) -> None:
        """Raises RulesFaulty. More than 15 minutes in all are taken only if somebody says that they are meant."""
        if not self.companion <= self.on_call <= self.lead:
            raise RulesFaulty(why="order")
        if timedelta(minutes=self.lead) > LONGEST_CHAIN and not self.longer:
            raise RulesFaulty(why="longer")

    def timing(self) -> Timing:
        """For the machine."""

        def minutes(n: int) -> timedelta:
            return timedelta(minutes=n)

        return Timing(
            remind=minutes(self.remind), companion=minutes(self.companion), on_call=minutes(self.on_call),
            lead=minutes(self.lead), hold=minutes(self.hold),
        )  # fmt: skip


class Routine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On these weekdays from `begins` to `until` (local time of the team). `every`: minutes between check-ins."""

    kind: Literal["home", "office", "drill"]
    days: Annotated[tuple[Weekday, ...], msgspec.Meta(min_length=1, max_length=7)]
    begins: Clock
    until: Clock
    every: Annotated[int, msgspec.Meta(ge=10, le=240)] | None = None


@dataclass(frozen=True, slots=True)
class RoutineSheet:
    """A routine as the console shows it."""

    id: str
    member: str | None
    routine: Routine
    next: datetime
    may_edit: bool


async def rules_of(tx: Transaction, team: str) -> Rules:
    """What the team has saved, or the standard."""
    text = await tx.visit_rules(team)
    return Rules() if text is None else msgspec.json.decode(text, type=Rules)


async def timing_of(tx: Transaction, team: str) -> Timing:
    """For a visit that begins now: it keeps this, whatever is saved later."""
    return (await rules_of(tx, team)).timing()


def next_time(routine: Routine, after: datetime, zone: str = BERLIN) -> datetime:
    """The first begin that lies after `after`."""
    at = time.fromisoformat(routine.begins)
    day = local(after, zone).date()
    while True:
        if WEEKDAYS[day.weekday()] in routine.days:
            begins = instant(day, at, zone)
            if begins > after:
                return begins
        day += DAY


def end_of(routine: Routine, begins: datetime, zone: str = BERLIN) -> datetime:
    """Its end, also over midnight."""
    day: date = local(begins, zone).date()
    until = instant(day, time.fromisoformat(routine.until), zone)
    return until if until > begins else instant(day + DAY, time.fromisoformat(routine.until), zone)


class RoutineDesk:
    """Use cases of rules and routines. Reached as `desk.routines`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # ------------------------------------------------------------------------------------------------ the console

    async def rules(self, who: Who, team: str) -> tuple[Rules, bool]:
        """(rules, whether this member may change them). Raises NoVisit."""
        if team not in who.teams:
            raise NoVisit

        async def unit(tx: Transaction) -> tuple[Rules, bool]:
            return await rules_of(tx, team), await _is_lead(tx, who, team)

        return await self._desk.store.read(unit)

    async def save(self, who: Who, team: str, rules: Rules) -> None:
        """By the lead; visits that run keep what they began with. Raises NoVisit, LeadOnly, RulesFaulty."""
        if team not in who.teams:
            raise NoVisit
        rules.check()
        minute = minute_of(self._desk.clock())

        async def unit(tx: Transaction) -> None:
            if not await _is_lead(tx, who, team):
                raise LeadOnly
            await tx.put_visit_rules(team, msgspec.json.encode(rules).decode(), who.member, minute)

        await self._desk.store.write(unit)

    async def sheets(self, who: Who, team: str) -> tuple[RoutineSheet, ...]:
        """All routines of a team. Raises NoVisit."""
        if team not in who.teams:
            raise NoVisit

        async def unit(tx: Transaction) -> tuple[RoutineSheet, ...]:
            lead = await _is_lead(tx, who, team)
            return tuple(
                RoutineSheet(
                    row.id, row.member, _read(row), datetime.fromtimestamp(row.next, self._desk.clock().tzinfo),
                    lead or row.member == who.member,
                )
                for row in await tx.routines(team)
            )  # fmt: skip

        return await self._desk.store.read(unit)

    async def add(self, who: Who, team: str, member: str | None, routine: Routine) -> str:
        """One for oneself; for others, and the drill, by the lead.

        Raises NoVisit, LeadOnly, RulesFaulty, VisitRefused.
        """
        if team not in who.teams:
            raise NoVisit
        if (routine.kind == "drill") != (member is None):
            raise RulesFaulty(why="order")
        begins = next_time(routine, self._desk.clock())
        if routine.kind != "drill" and end_of(routine, begins) - begins > checkins.LONGEST:
            raise VisitRefused(why="too_long")
        row = RoutineRow(secrets.token_hex(8), team, member, msgspec.json.encode(routine).decode(), second_of(begins))

        async def unit(tx: Transaction) -> str:
            if member != who.member and not await _is_lead(tx, who, team):
                raise LeadOnly
            if member is not None and member not in {person.member for person in await tx.people(team)}:
                raise NoVisit
            if len(await tx.routines(team)) >= MOST_ROUTINES:
                raise RulesFaulty(why="many")
            await tx.put_routine(row)
            return row.id

        return await self._desk.store.write(unit)

    async def remove(self, who: Who, id: str) -> None:
        """By its member or the lead. Raises NoVisit, LeadOnly."""

        async def unit(tx: Transaction) -> None:
            row = await tx.routine(id)
            if row is None or row.team not in who.teams:
                raise NoVisit
            if row.member != who.member and not await _is_lead(tx, who, row.team):
                raise LeadOnly
            await tx.drop_routine(id)

        await self._desk.store.write(unit)

    # ------------------------------------------------------------------------------------------------------- time

    async def tick(self) -> int:
        """Begins what is to begin; returns how many routines had their time."""
        now = self._desk.visits.now()
        return await step_due(
            self._desk.store,
            AT_ONCE,
            lambda tx, most: self._some(tx, now, most),
            lambda tx, fault: self._set_aside(tx, fault, now),
        )

    async def next_due(self) -> datetime | None:
        """When the next routine begins: in whole minutes."""
        due = await self._desk.store.read(lambda tx: tx.next_routine())
        return None if due is None else datetime.fromtimestamp(-(-due // 60) * 60, UTC)

    async def _set_aside(self, tx: Transaction, fault: Exception, now: datetime) -> None:
        """A routine that cannot begin holds up no other: it is tried again, loudly."""
        for row in await tx.due_routines(second_of(now), 1):
            log.error("routine %s of team %s cannot begin: %s", row.id, row.team, type(fault).__name__)
            await tx.move_routine(row, second_of(now + LATE))
            await self._desk.alerts.announce.stuck(tx, row.team, now)

    async def _some(self, tx: Transaction, now: datetime, most: int) -> int:
        rows = await tx.due_routines(second_of(now), most)
        for row in rows:
            routine = _read(row)
            begins = datetime.fromtimestamp(row.next, now.tzinfo)
            if await tx.move_routine(row, second_of(next_time(routine, now))) and now - begins <= TOO_LATE:
                await self._begin(tx, row, routine, begins, now)
        return len(rows)

    async def _begin(self, tx: Transaction, row: RoutineRow, routine: Routine, begins: datetime, now: datetime) -> None:
        plan = await self._desk.alerts.on_call.plan(tx, row.team)
        here = local(begins, plan.rota.calendar.zone).date()
        if plan.rota.calendar.day_off(here) is not None:
            return
        until = now + DRILL_FOR if routine.kind == "drill" else end_of(routine, begins)
        people = [person.member for person in await tx.people(row.team) if row.member in (None, person.member)]
        batch = sha256(f"{row.id}/{row.next}".encode()).hexdigest()[:16]
        for member in people:
            if plan.rota.is_absent(member, now) or not await self._reachable(tx, plan, member):
                continue
            own = sha256(f"{batch}/{member}".encode()).hexdigest()[:16]
            try:
                await self._desk.visits.begin(
                    tx, row.team, member, id=batch + own, begins=max(begins, now), until=until,
                    purpose=Purpose(routine.kind),
                    interval=None if routine.every is None else timedelta(minutes=routine.every),
                )  # fmt: skip
            except VisitRefused:
                continue  # on a visit already, which asks for check-ins of its own

    async def _reachable(self, tx: Transaction, plan: TeamPlan, member: str) -> bool:
        alerts = self._desk.alerts
        return not alerts.on_call.channels or bool(await alerts.announce.channels(tx, member, loud=False))

    async def report(self, tx: Transaction, visit: Visit, now: datetime) -> None:
        """When the last phone of a drill has answered, or not: the lead is told how many did."""
        batch = visit.id[:16]
        found = [checkins.load(row.document) for row in await tx.visits_between(batch, batch + "g", MOST_ROUTINES)]
        if any(one.phase is not Phase.CLOSED for one in found):
            return
        answered = sum(one.reason is Reason.SAFE for one in found)
        leads = [person.member for person in await tx.people(visit.team) if person.role == "lead"]
        saying = Saying(
            sayings.Kind.CHECK_IN, visit.team, check_in=Message.REPORT, about=((visit.id, visit.check),),
            done=answered, total=len(found),
        )  # fmt: skip
        await self._desk.alerts.announce.say(tx, leads, saying, now)


def _read(row: RoutineRow) -> Routine:
    return msgspec.json.decode(row.document, type=Routine)


async def _is_lead(tx: Transaction, who: Who, team: str) -> bool:
    return (await tx.roles_of(who.member)).get(team) == "lead"
