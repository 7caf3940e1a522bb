"""Contact appointments as use cases: planned with the case, changed by either side, driven on by time.

    console  ──act──> the team plans, moves, says how it went; place and way come sealed for the person and the team
    mailbox  ──wish, skip, pace──> the person proposes another time, leaves one out, wants contact more or less often
    ticker   ──tick──> due rows: companions are reminded, what is over is asked about, the next one is planned

`intake.appointments` decides; its effects become rows here, in one transaction. A plan belongs to a case: it follows
the case's interval, pauses and ends with it, moves and is erased with it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crypto.envelope import Kind as EnvelopeKind
from intake import appointments, cases, sayings
from intake.alerts import LATE
from intake.announcer import minute_of, second_of
from intake.appointments import Changed, Effect, Event, Log, Move, Pace, Phase, Plan, Skip, Tell, Terms, Tick
from intake.cases import Side
from intake.desk import day_of, read_header
from intake.due_rows import step_due
from intake.errors import EnvelopeRefused, NoCase, NoContact, TooMany
from intake.sayings import Saying
from intake.store import AppointmentLogRow, AppointmentRow, CaseRow, ContactRow, Transaction
from intake.team_desk import Who, mine

if TYPE_CHECKING:
    from intake.desk import Desk

log = logging.getLogger("erstkontakt.appointments")

AT_ONCE = 500  # rows that one transaction of the ticker handles
LARGEST = 16384  # bucket of the sealed sheet: its texts are short
PERSON = "person"
MOST_CHANGES = 20  # of the person, in one day
AGAIN_AFTER = 3600


@dataclass(frozen=True, slots=True)
class View:
    """A plan as its two ends see it. `coming`: the next ones, the first is fixed; `choices`: what may be proposed."""

    row: AppointmentRow
    plan: Plan
    interval: int | None
    coming: tuple[datetime, ...]
    choices: tuple[datetime, ...] = ()
    lines: tuple[AppointmentLogRow, ...] = ()
    names: dict[str, str] | None = None

    @property
    def running(self) -> bool:
        """Whether there is anything to see: an appointment, or an interval by which one follows."""
        return self.plan.at is not None or self.interval is not None


class AppointmentDesk:
    """Use cases of contact appointments. Reached as `desk.appointments`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # -------------------------------------------------------------------------------------------------- the team

    async def view(self, who: Who, mailbox: bytes) -> View:
        """The plan of a case with its history. Raises NoContact, NoCase."""

        async def unit(tx: Transaction) -> View:
            contact, case = await self._case(tx, who, mailbox)
            row = await tx.appointment(mailbox) or _new(mailbox)
            found = await self._view(tx, contact, case, row)
            lines = tuple(await tx.appointment_log(mailbox))
            names = await tx.names({line.by for line in lines} - {"", PERSON})
            return View(row, found.plan, found.interval, found.coming, found.choices, lines, names)

        return await self._desk.store.read(unit)

    async def act(self, who: Who, mailbox: bytes, event: Event) -> View:
        """One step by the team. Raises NoContact, NoCase, AppointmentRefused."""

        async def unit(tx: Transaction) -> View:
            contact, case = await self._case(tx, who, mailbox)
            await self._happen(tx, contact, case, event, who.member)
            fresh = await tx.case(mailbox)
            row = await tx.appointment(mailbox)
            assert fresh is not None  # noqa: S101 - read above
            assert row is not None  # noqa: S101 - written above
            return await self._view(tx, contact, fresh, row)

        return await self._desk.store.write(unit)

    async def put_sheet(self, who: Who, mailbox: bytes, envelope: bytes | None) -> None:
        """Where and how, sealed for the person and the team; None takes it away.

        Raises NoContact, NoCase, EnvelopeRefused, StaleKey.
        """
        header = None
        if envelope is not None:
            header = read_header(envelope, EnvelopeKind.RECORD, readers=2, context=mailbox)
            if header.bucket > LARGEST:
                raise EnvelopeRefused("too large for the sheet of an appointment")

        async def unit(tx: Transaction) -> None:
            contact, case = await self._case(tx, who, mailbox)
            if header is not None:
                if header.kids[0] != contact.person_kid:
                    raise EnvelopeRefused("not sealed for the person")
                self._desk.team.check_readers(self._desk.network.directory.team(contact.team), header.kids[1:])
            row = await tx.appointment(mailbox)
            if row is None:
                await self._happen(tx, contact, case, Changed(), who.member)
                row = await tx.appointment(mailbox)
            assert row is not None  # noqa: S101 - written above
            await tx.update_appointment(row, row._replace(envelope=envelope))

        await self._desk.store.write(unit)

    async def case_changed(
        self, tx: Transaction, contact: ContactRow, case: CaseRow, by: str, *, paced: bool = False
    ) -> None:
        """The case has taken a step; its plan follows. Nothing is begun for a case that never had contact planned."""
        if case.interval_days is not None or await tx.appointment(case.mailbox) is not None:
            await self._happen(tx, contact, case, Changed(paced), by)

    # ------------------------------------------------------------------------------------------------ the person

    async def of_person(self, tx: Transaction, mailbox: bytes) -> View | None:
        """The plan of an opened mailbox; None while there is none, or nothing in it."""
        row = await tx.appointment(mailbox)
        if row is None:
            return None
        contact, case = await tx.contact(mailbox), await tx.case(mailbox)
        if contact is None or case is None:
            return None
        found = await self._view(tx, contact, case, row)
        return found if found.running and case.state == cases.State.OPEN.value else None

    async def wish(self, mailbox: bytes, token: bytes, number: int, at: datetime) -> None:
        """The person proposes another time. Raises NoMailbox, NoContact, AppointmentRefused, TooMany."""
        await self._by_person(mailbox, token, Move(at, Side.PERSON, number))

    async def skip(self, mailbox: bytes, token: bytes, number: int) -> None:
        """The person leaves this one out. Raises NoMailbox, NoContact, AppointmentRefused, TooMany."""
        await self._by_person(mailbox, token, Skip(Side.PERSON, number))

    async def pace(self, mailbox: bytes, token: bytes, *, more: bool) -> None:
        """The person wants contact more or less often: one step, at once. Raises NoMailbox, NoContact, TooMany."""

        async def unit(tx: Transaction) -> None:
            contact, case = await self._owned(tx, mailbox, token)
            days = appointments.paced(case.interval_days, more=more)
            if days == case.interval_days:
                return
            after = await self._desk.cases.paced(tx, case, days, Side.PERSON, PERSON)
            await self._tell(tx, contact, after, Tell(appointments.News.CHANGED), 0, None)
            await self._happen(tx, contact, after, Changed(paced=True), PERSON)

        await self._desk.store.write(unit)

    async def _by_person(self, mailbox: bytes, token: bytes, event: Event) -> None:
        async def unit(tx: Transaction) -> None:
            contact, case = await self._owned(tx, mailbox, token)
            await self._happen(tx, contact, case, event, PERSON)

        await self._desk.store.write(unit)

    async def _owned(self, tx: Transaction, mailbox: bytes, token: bytes) -> tuple[ContactRow, CaseRow]:
        contact = self._desk.owned(await tx.contact(mailbox), token)
        case = await tx.case(mailbox)
        if case is None or case.state != cases.State.OPEN.value or await tx.appointment(mailbox) is None:
            raise NoContact
        today = day_of(self._desk.clock())
        changes = [line for line in await tx.appointment_log(mailbox) if line.by == PERSON and line.day == today]
        if len(changes) >= MOST_CHANGES:  # every change rings two telephones
            raise TooMany(retry_after=AGAIN_AFTER)
        return contact, case

    # ------------------------------------------------------------------------------------------------------- time

    async def tick(self) -> int:
        """Steps every plan whose time has come; returns how many. May run on several nodes, after any downtime."""
        now = self._desk.clock()
        return await step_due(
            self._desk.store,
            AT_ONCE,
            lambda tx, most: self._tick_some(tx, now, most),
            lambda tx, fault: self._set_aside(tx, fault, now),
        )

    async def next_due(self) -> datetime | None:
        """When `tick` has something to do, or None."""
        second = await self._desk.store.read(lambda tx: tx.next_appointment_due())
        return None if second is None else datetime.fromtimestamp(second, UTC)

    async def _set_aside(self, tx: Transaction, fault: Exception, now: datetime) -> None:
        """A plan that cannot be stepped must not hold up the others, nor be silent: it is tried again, loudly."""
        for row in await tx.due_appointments(second_of(now), 1):
            contact = await tx.contact(row.mailbox)
            team = "" if contact is None else contact.team
            log.error("a contact appointment of team %s cannot be stepped: %s", team, type(fault).__name__)
            await tx.update_appointment(row, row._replace(due=second_of(now + LATE)))
            await self._desk.alerts.announce.stuck(tx, team, now)

    async def _tick_some(self, tx: Transaction, now: datetime, most: int) -> int:
        rows = await tx.due_appointments(second_of(now), most)
        for row in rows:
            contact, case = await tx.contact(row.mailbox), await tx.case(row.mailbox)
            if contact is None or case is None:
                raise LookupError("a plan without its case")  # set aside: left due, it would come again at once
            await self._happen(tx, contact, case, Tick(), "")
        return len(rows)

    async def still_meant(self, tx: Transaction, saying: Saying) -> bool:
        """Whether it still helps to say this: a reminder of what was moved or is over does not."""
        if saying.appointment is not appointments.News.REMINDER:
            return True
        mailbox, number = saying.about[0]
        row = await tx.appointment(bytes.fromhex(mailbox))
        plan = None if row is None else appointments.load(row.document)
        return plan is not None and plan.number == number and plan.at is not None and minute_of(plan.at) == saying.at

    # --------------------------------------------------------------------------------------------------- helpers

    async def _case(self, tx: Transaction, who: Who, mailbox: bytes) -> tuple[ContactRow, CaseRow]:
        contact = await mine(tx, who, mailbox)
        case = await tx.case(mailbox)
        if case is None:
            raise NoCase
        return contact, case

    async def _terms(self, tx: Transaction, contact: ContactRow, case: CaseRow) -> Terms:
        plan = await self._desk.alerts.on_call.plan(tx, contact.team)
        return Terms(case.interval_days, case.state == cases.State.OPEN.value, plan.rota.calendar)

    async def _view(self, tx: Transaction, contact: ContactRow, case: CaseRow, row: AppointmentRow) -> View:
        terms = await self._terms(tx, contact, case)
        plan = appointments.load(row.document)
        return View(
            row,
            plan,
            case.interval_days,
            appointments.coming(plan, terms),
            appointments.choices(plan, self._desk.clock(), terms) if terms.running else (),
        )

    async def _happen(self, tx: Transaction, contact: ContactRow, case: CaseRow, event: Event, by: str) -> None:
        now = self._desk.clock()
        row = await tx.appointment(case.mailbox)
        before = Plan() if row is None else appointments.load(row.document)
        plan, effects = appointments.step(before, event, now, await self._terms(tx, contact, case))
        after = _row(row or _new(case.mailbox), plan)
        if row is None:
            await tx.insert_appointment(after)
        elif after != row:
            await tx.update_appointment(row, after)
        await self._do(tx, contact, case, plan, effects, by)

    async def _do(
        self,
        tx: Transaction,
        contact: ContactRow,
        case: CaseRow,
        plan: Plan,
        effects: Sequence[Effect],
        by: str,
    ) -> None:
        today = day_of(self._desk.clock())
        for effect in effects:
            match effect:
                case Log(entry, detail, own):
                    await tx.log_appointment(case.mailbox, today, entry.value, detail, "" if own else by)
                case Tell():
                    await self._tell(tx, contact, case, effect, plan.number, plan.at)
                case Pace(days):
                    case = await self._desk.cases.paced(tx, case, days, Side.TEAM, "")

    async def _tell(
        self, tx: Transaction, contact: ContactRow, case: CaseRow, tell: Tell, number: int, at: datetime | None
    ) -> None:
        """To the companions' service phones, quietly: nobody is called by night for an appointment."""
        people = [member for member in (case.first, case.second) if member]
        saying = Saying(
            sayings.Kind.APPOINTMENT,
            contact.team,
            appointment=tell.news,
            about=((case.mailbox.hex(), number),),
            at=None if at is None else minute_of(at),
        )
        await self._desk.alerts.announce.say(tx, people, saying, self._desk.clock())


def _new(mailbox: bytes) -> AppointmentRow:
    return AppointmentRow(mailbox, Phase.RESTING.value, None, None, appointments.dump(Plan()), None, 1)


def _row(row: AppointmentRow, plan: Plan) -> AppointmentRow:
    return row._replace(
        phase=plan.phase.value,
        begins=None if plan.at is None else minute_of(plan.at),
        due=None if plan.due is None else second_of(plan.due),
        document=appointments.dump(plan),
    )
