"""Cases as use cases: opened on a contact, stepped, documented in sealed sheets; and who knows the person sees nothing.

    console ──open, act──> intake.cases decides ──> row, and one line of history, in one transaction
    console ──put_sheet──> an envelope of the team for itself (RECORD); the desk checks its form alone
    "I know this person" ──> contact, case and alerts are closed to this member until a lead opens them again

A case hangs on its contact: whoever may see the contact may see the case, it moves and is erased with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from crypto.envelope import Kind as EnvelopeKind
from intake import cases
from intake.cases import (
    Accompany,
    Agreement,
    Case,
    Event,
    Keep,
    Kind,
    Mandate,
    Outcome,
    Pace,
    Sheet,
    Side,
    State,
    Warning,
    Why,
)
from intake.contacts import ENDED as CONTACT_ENDED
from intake.contacts import Event as Happened
from intake.contacts import State as ContactState
from intake.contacts import step as contact_step
from intake.desk import MOST_BYTES, date_of, day_number, day_of, hour_of, machine, moved, read_header
from intake.directory import Team
from intake.errors import (
    CaseRefused,
    HandoverState,
    LeadOnly,
    MailboxFull,
    NoCase,
    NoContact,
    NotInThisState,
    TeamUnknown,
)
from intake.handover import Stage
from intake.store import CaseRow, ContactRow, SheetRow, StepRow, TemplateRow, Transaction
from intake.team_desk import Who, mine
from intake.working_time import BERLIN, local

if TYPE_CHECKING:
    from intake.desk import Desk

MOST_SHEETS = 500
MOST_STEPS = 1000
SHOWN = 500


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as its team sees it. `names`: member id -> name."""

    contact: ContactRow
    row: CaseRow
    case: Case
    warnings: tuple[Warning, ...]
    names: dict[str, str]
    sheets: tuple[SheetRow, ...] = ()
    steps: tuple[StepRow, ...] = ()


class CaseDesk:
    """Use cases of counselling processes. Reached as `desk.cases`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def today(self) -> date:
        """The date in Germany: agreements and intervals are counted in days of people, not of machines."""
        return local(self._desk.clock(), BERLIN).date()

    # --------------------------------------------------------------------------------------------------- cases

    async def open(self, who: Who, mailbox: bytes, kind: Kind, mandate: Mandate | None) -> CaseView:
        """Records what the talk was, or a mandate. Whoever holds the contact becomes the first companion.

        A mandate ends the request as *mandated*. Raises NoContact, CaseRefused, NotInThisState, AlreadyClaimed.
        """
        now = self._desk.clock()

        async def unit(tx: Transaction) -> CaseView:
            contact = await mine(tx, who, mailbox)
            if contact.claimed_by is None:
                raise NotInThisState(state=contact.state)
            case = cases.opened(kind, mandate, contact.claimed_by)
            row = _row(CaseRow(mailbox, "", None, "", day_of(now), "", *(None,) * 8, 0, 0, 0, 1), case)
            if not await tx.insert_case(row):
                raise NotInThisState(state=State.OPEN.value)
            contact = await self._mandated(tx, who, contact, case)
            row = await self._keep(tx, who.member, row, case, "open", f"{kind} {mandate or ''}".strip())
            contact = await self._keep_longer(tx, contact, row)
            return await self._view(tx, contact, row)

        return await self._desk.store.write(unit)

    async def act(self, who: Who, mailbox: bytes, event: Event, reason: bytes | None = None) -> CaseView:
        """One step; `reason` is a sealed sentence why. Raises NoCase, NotInThisState, CaseRefused, EnvelopeRefused."""
        if isinstance(event, Keep) and reason is None:
            raise CaseRefused(why="reason")
        header = None if reason is None else read_header(reason, EnvelopeKind.RECORD, readers=1, context=mailbox)

        async def unit(tx: Transaction) -> CaseView:
            contact, row = await self._case(tx, who, mailbox)
            if header is not None:
                self._desk.team.check_readers(self._desk.network.directory.team(contact.team), header.kids)
            if isinstance(event, Accompany):
                await self._check_companions(tx, contact, event)
            case = cases.step(_case(row), event, self.today())
            contact = await self._mandated(tx, who, contact, case)
            size = 0 if header is None else header.bucket
            step = type(event).__name__.lower()
            after = await self._keep(tx, who.member, row, case, step, _detail(event), reason, size)
            contact = await self._keep_longer(tx, contact, after, anew=isinstance(event, Keep))
            paced = isinstance(event, Pace)
            await self._desk.appointments.case_changed(tx, contact, after, who.member, paced=paced)
            return await self._view(tx, contact, after)

        return await self._desk.store.write(unit)

    async def paced(self, tx: Transaction, row: CaseRow, days: int | None, side: Side, by: str) -> CaseRow:
        """Another contact interval, by the person or by the plan of appointments. Raises NotInThisState."""
        event = Pace(days, side)
        return await self._keep(tx, by, row, cases.step(_case(row), event, self.today()), "pace", _detail(event))

    async def view(self, who: Who, mailbox: bytes) -> CaseView:
        """The case with its sheets and history. Raises NoContact, NoCase."""

        async def unit(tx: Transaction) -> CaseView:
            contact, row = await self._case(tx, who, mailbox)
            return await self._view(tx, contact, row, whole=True)

        return await self._desk.store.read(unit)

    async def listed(self, who: Who, team: str, *, ended: bool = False) -> tuple[CaseView, ...]:
        """Running cases of an own team, the longest running first, or the ended ones. Raises TeamUnknown."""
        if team not in who.teams:
            raise TeamUnknown

        async def unit(tx: Transaction) -> tuple[CaseView, ...]:
            found = []
            for row in await tx.cases_of(team, who.member, SHOWN, ended=ended):
                contact = await tx.contact(row.mailbox)
                if contact is not None:
                    found.append(await self._view(tx, contact, row))
            return tuple(found)

        return await self._desk.store.read(unit)

    async def put_sheet(self, who: Who, mailbox: bytes, sheet: Sheet, envelope: bytes) -> int:
        """A new version of a sheet, sealed by the team for itself; returns its number. The same bytes: the same number.

        Raises NoCase, HandoverState, CaseRefused, EnvelopeRefused, StaleKey, MailboxFull.
        """
        header = read_header(envelope, EnvelopeKind.RECORD, readers=1, context=mailbox)
        today = day_of(self._desk.clock())

        async def unit(tx: Transaction) -> int:
            contact, row = await self._case(tx, who, mailbox)
            for known in await tx.sheets(mailbox):
                if known.envelope == envelope:
                    return known.number
            if await tx.is_offered(mailbox):  # the covering letter opens what was there when it was sealed
                raise HandoverState(state=Stage.OFFERED.value)
            if not cases.may_hold(_case(row), sheet):
                raise CaseRefused(why="attendance")
            self._desk.team.check_readers(self._desk.network.directory.team(contact.team), header.kids)
            if row.sheets >= MOST_SHEETS or row.size + header.bucket > MOST_BYTES:
                raise MailboxFull
            number = row.sheets + 1
            await tx.add_sheet(mailbox, SheetRow(number, sheet.value, today, who.member, envelope))
            await tx.update_case(row, row._replace(sheets=number, size=row.size + header.bucket))
            await self._keep_longer(tx, contact, row)
            return number

        return await self._desk.store.write(unit)

    async def moves(self, tx: Transaction, who: Who, mailbox: bytes) -> CaseRow | None:
        """Another team has taken the contact over. The latest version of each sheet goes along, nothing older; reasons,
        who accompanied, and the place of the next appointment stay behind and are erased. None where there is no case.

        Raises MailboxFull.
        """
        row = await tx.case(mailbox)
        if row is None:
            return None
        await tx.drop_left_behind_of_case(mailbox)
        await tx.drop_left_behind_of_plan(mailbox)
        return await self._keep(tx, who.member, row, cases.moved_on(_case(row), who.member), "handover", "")

    # ------------------------------------------------------------------------------------ conflicts of interest

    async def know(self, who: Who, mailbox: bytes) -> None:
        """ "I know this person": the contact goes back to the others at once, and is closed to this member."""
        now = self._desk.clock()

        async def unit(tx: Transaction) -> None:
            contact = await mine(tx, who, mailbox)
            await tx.put_conflict(mailbox, who.member, day_of(now))
            row = await tx.case(mailbox)
            if row is not None and who.member in (row.first, row.second):
                await self._keep(tx, who.member, row, cases.left_by(_case(row), who.member), "conflict", "")
            if contact.claimed_by == who.member:
                await self._give_back(tx, who, contact)
            await self._desk.alerts.recused(tx, mailbox, who.member)

        await self._desk.store.write(unit)

    async def conflicts(self, who: Who, mailbox: bytes) -> dict[str, str]:
        """Who knows the person: id -> name. Raises NoContact."""

        async def unit(tx: Transaction) -> dict[str, str]:
            await mine(tx, who, mailbox)
            return await tx.names(set(await tx.conflicted(mailbox)))

        return await self._desk.store.read(unit)

    async def lift(self, who: Who, mailbox: bytes, member: str) -> None:
        """It was a mistake: a lead opens the contact to the member again. Raises NoContact, LeadOnly."""

        async def unit(tx: Transaction) -> None:
            contact = await mine(tx, who, mailbox)
            await _only_lead(tx, who, contact.team)
            if not await tx.drop_conflict(mailbox, member):
                raise NoContact

        await self._desk.store.write(unit)

    # ---------------------------------------------------------------------------------------------- templates

    async def templates(self, who: Who, team: str) -> tuple[TemplateRow, ...]:
        """The own questions of the team's carrier; sheets that are missing have those of the house."""
        carrier = self._carrier(who, team)
        return tuple(await self._desk.store.read(lambda tx: tx.templates(carrier)))

    async def put_template(self, who: Who, team: str, sheet: Sheet, questions: Sequence[str]) -> None:
        """A lead words the questions of a sheet for the whole carrier; none: those of the house. Raises LeadOnly."""
        carrier = self._carrier(who, team)
        today = day_of(self._desk.clock())
        text = msgspec.json.encode(list(questions)).decode()

        async def unit(tx: Transaction) -> None:
            await _only_lead(tx, who, team)
            if questions:
                await tx.put_template(carrier, TemplateRow(sheet.value, text, who.member, today))
            else:
                await tx.drop_template(carrier, sheet.value)

        await self._desk.store.write(unit)

    # ------------------------------------------------------------------------------------------------- helpers

    def _carrier(self, who: Who, team: str) -> str:
        if team not in who.teams:
            raise TeamUnknown
        return self._desk.network.directory.team(team).carrier

    async def _case(self, tx: Transaction, who: Who, mailbox: bytes) -> tuple[ContactRow, CaseRow]:
        contact = await mine(tx, who, mailbox)
        row = await tx.case(mailbox)
        if row is None:
            raise NoCase
        return contact, row

    async def _check_companions(self, tx: Transaction, contact: ContactRow, event: Accompany) -> None:
        here = {person.member for person in await tx.people(contact.team)} - await tx.conflicted(contact.mailbox)
        if not {event.first, event.second} - {None} <= here:
            raise CaseRefused(why="companions")

    async def _mandated(self, tx: Transaction, who: Who, contact: ContactRow, case: Case) -> ContactRow:
        """With the mandate the request is over; the thread stays open to both."""
        if case.kind is Kind.CASE and ContactState(contact.state) not in CONTACT_ENDED and case.state is State.OPEN:
            if contact.state == ContactState.RECEIVED.value:
                return contact
            after, _ = contact_step(machine(contact), Happened.CLOSE, by=contact.claimed_by, reason="mandated")
            changed = moved(contact, after, hour_of(self._desk.clock()))
            await tx.update_contact(contact, changed)
            await self._desk.alerts.on_contact(tx, changed, Happened.CLOSE, who.member)
            contact = changed._replace(revision=contact.revision + 1)
        return contact

    def kept_until(self, team: Team, row: CaseRow) -> int:
        """The day on which the carrier's rule ends, or the longer one that was given a reason.

        Counted from the closing; a counselling that nobody closes is kept as if it had ended with its last entry.
        """
        closing = self.today() if row.ended is None else date_of(row.ended)
        rule = self._desk.network.directory.carrier(team.carrier).case_retention
        return max(day_number(rule.until(row.kind, closing)), row.kept_until or 0)

    async def _keep_longer(
        self, tx: Transaction, contact: ContactRow, row: CaseRow, *, anew: bool = False
    ) -> ContactRow:
        """The contact is kept as long as its case, and the person is told so. `anew`: the day may come nearer, too."""
        team = self._desk.network.directory.team(contact.team)
        until = max(self.kept_until(team, row), day_of(self._desk.clock()) + team.retention_days if anew else 0)
        if contact.erase_on == until or (contact.erase_on > until and not anew):
            return contact
        await tx.update_contact(contact, contact._replace(erase_on=until))
        return contact._replace(erase_on=until, revision=contact.revision + 1)

    async def _give_back(self, tx: Transaction, who: Who, contact: ContactRow) -> None:
        """The contact has no holder any more; open ones are alarmed anew."""
        event = Happened.RELEASE
        if ContactState(contact.state) in CONTACT_ENDED:
            await tx.update_contact(contact, contact._replace(claimed_by=None))
            return
        after, _ = contact_step(machine(contact), event, by=who.member)
        changed = moved(contact, after, hour_of(self._desk.clock()))
        await tx.update_contact(contact, changed)
        await self._desk.alerts.on_contact(tx, changed, event, who.member)

    async def _keep(
        self,
        tx: Transaction,
        by: str,
        before: CaseRow,
        case: Case,
        step: str,
        detail: str,
        reason: bytes | None = None,
        size: int = 0,
    ) -> CaseRow:
        if before.steps >= MOST_STEPS or before.size + size > MOST_BYTES:
            raise MailboxFull
        today = day_of(self._desk.clock())
        number = before.steps + 1
        ended = (before.ended or today) if case.state is State.ENDED else None
        after = _row(before, case)._replace(ended=ended, steps=number, size=before.size + size)
        await tx.update_case(before, after)
        await tx.add_step(before.mailbox, StepRow(number, today, step, detail, by, reason))
        return after._replace(revision=before.revision + 1)

    async def _view(self, tx: Transaction, contact: ContactRow, row: CaseRow, *, whole: bool = False) -> CaseView:
        case = _case(row)
        sheets = tuple(await tx.sheets(row.mailbox)) if whole else ()
        steps = tuple(await tx.steps(row.mailbox)) if whole else ()
        people = {row.first, row.second, *(one.member for one in sheets), *(one.member for one in steps)} - {None}
        names = await tx.names({member for member in people if member})
        return CaseView(contact, row, case, cases.warnings(case, self.today()), names, sheets, steps)


def _case(row: CaseRow) -> Case:
    return Case(
        Kind(row.kind),
        None if row.mandate is None else Mandate(row.mandate),
        State(row.state),
        Agreement(row.agreement),
        None if row.dissolved_why is None else Why(row.dissolved_why),
        None if row.review_on is None else date_of(row.review_on),
        row.first,
        row.second,
        row.interval_days,
        None if row.outcome is None else Outcome(row.outcome),
        None if row.kept_until is None else date_of(row.kept_until),
    )


def _row(before: CaseRow, case: Case) -> CaseRow:
    return before._replace(
        kind=case.kind.value,
        mandate=None if case.mandate is None else case.mandate.value,
        state=case.state.value,
        agreement=case.agreement.value,
        dissolved_why=None if case.why is None else case.why.value,
        review_on=None if case.review_on is None else day_number(case.review_on),
        first=case.first,
        second=case.second,
        interval_days=case.interval,
        outcome=None if case.outcome is None else case.outcome.value,
        kept_until=None if case.kept_until is None else day_number(case.kept_until),
    )


def _detail(event: Event) -> str:
    """The line of history: the event's own words, in order ("21 person", "mira jonas", "2027-05-01")."""
    values = (getattr(event, name) for name in type(event).__dataclass_fields__)
    return " ".join("-" if value is None else str(value) for value in values)


async def _only_lead(tx: Transaction, who: Who, team: str) -> None:
    if (await tx.roles_of(who.member)).get(team) != "lead":
        raise LeadOnly
