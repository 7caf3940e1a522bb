"""Handing a contact to another team: asked, sealed in the browser, offered, accepted or returned. Nothing is pushed.

The covering letter (HANDOVER, crypto/FORMAT.md) is sealed for the new team and carries the keys of the envelopes that
are handed over; the envelopes themselves stay where they are, and the server gives them out only after the acceptance.
From then on the old team is answered as if the contact did not exist. An offer raises an alert in the new team, which
ends with the offer. Reached as `desk.handovers`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from crypto.envelope import Kind
from intake.alert_model import Outcome
from intake.alert_policy import Kind as AlertKind
from intake.contacts import Contact, Event, State
from intake.contacts import step as contact_step
from intake.desk import (
    MOST_BYTES,
    MOST_ENTRIES,
    Stamp,
    day_number,
    day_of,
    hour_of,
    machine,
    moved,
    read_header,
)
from intake.errors import (
    AlreadyClaimed,
    CallbackOpen,
    EnvelopeRefused,
    HandoverStale,
    HandoverState,
    MailboxFull,
    NoContact,
    NoHandover,
    NotInThisState,
    StaleKey,
)
from intake.handover import OFFER_DAYS, Move, Purpose, ReturnReason, Stage, allowed, begin, step
from intake.on_call import HANDOVER
from intake.store import ContactRow, Entry, HandoverRow, Transaction
from intake.team_desk import CLAIM_WORKING_DAYS, Who, mine

if TYPE_CHECKING:
    from intake.desk import Desk

SHOWN = 100
OPEN_CALLBACK = ("requested", "due", "attempting")


@dataclass(frozen=True, slots=True)
class Offer:
    """What another team offers: headers of the contact and the covering letter, no envelope of the person."""

    row: HandoverRow
    contact: ContactRow


class HandoverDesk:
    """Use cases of both teams and of the person."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # -------------------------------------------------------------------------------------------- the old team

    async def ask(self, who: Who, mailbox: bytes, to_team: str, purpose: Purpose, noted: date | None = None) -> bytes:
        """Begins a hand-over: the person is asked in the thread, or what they said on day `noted` is recorded.

        Raises NoContact, AlreadyClaimed, TeamUnknown, HandoverState, HandoverLoop, SignedYesNeeded.
        """
        id = secrets.token_bytes(16)
        today = day_of(self._desk.clock())
        directory = self._desk.network.directory
        tests = {team.id for team in directory.teams if team.test}  # nobody's words go to a team in which nobody reads
        if noted is not None and day_number(noted) > today:
            raise HandoverState("consent in the future", state="asked")

        async def unit(tx: Transaction) -> bytes:
            row = await self._held(tx, who, mailbox)
            teams = {team.id for team in directory.teams if (team.id in tests) == (row.team in tests)}
            before = [(one.from_team, one.to_team, Stage(one.stage)) for one in await tx.handovers(mailbox)]
            stage = begin(row.team, to_team, teams, before, noted=noted is not None)
            self._allowed(row.team, to_team, noted=noted is not None)
            added = await tx.insert_handover(
                HandoverRow(
                    id, mailbox, row.team, to_team, purpose, stage.value, "thread" if noted is None else "noted",
                    None if noted is None else day_number(noted), who.member, None, 0, None, today, today, 1,
                )
            )  # fmt: skip
            if not added:
                raise HandoverState(state=Stage.ASKED.value)
            return id

        return await self._desk.store.write(unit)

    async def offer(self, who: Who, mailbox: bytes, id: bytes, envelope: bytes, entries: int, sheets: int = 0) -> None:
        """Lays the covering letter before the new team. `entries`: how many envelopes it opens, which must be all.
        `sheets`: the number of the latest sheet of a case it was sealed with.

        Raises NoContact, NoHandover, AlreadyClaimed, HandoverState, HandoverStale, EnvelopeRefused, StaleKey,
        SignedYesNeeded and CallbackOpen.
        """
        header = read_header(envelope, Kind.HANDOVER, readers=1, context=mailbox)
        today = day_of(self._desk.clock())

        async def unit(tx: Transaction) -> None:
            row = await self._held(tx, who, mailbox)
            found = await _of(tx, mailbox, id, row.team)
            if header.kids[0].hex() != self._desk.network.directory.team(found.to_team).kid:
                raise StaleKey(directory=self._desk.network.blob)
            self._allowed(found.from_team, found.to_team, noted=found.consent == "noted")
            case = await tx.case(mailbox)
            if entries != row.entries or sheets != (0 if case is None else case.sheets):
                raise HandoverStale
            callback = await tx.callback(mailbox)
            if callback is not None and callback.state in OPEN_CALLBACK:
                raise CallbackOpen
            stage = step(Stage(found.stage), Move.OFFER)
            after = found._replace(stage=stage.value, envelope=envelope, entries=entries, changed=today)
            await tx.update_handover(found, after)
            # Offered once more because the person wrote since: the alert that is open goes on.
            await self._desk.alerts.raised(tx, found.to_team, HANDOVER + mailbox.hex(), AlertKind.HANDOVER_OFFERED)

        await self._desk.store.write(unit)

    async def cancel(self, who: Who, mailbox: bytes, id: bytes) -> None:
        """The old team takes it back. Raises NoContact, NoHandover, AlreadyClaimed, HandoverState."""

        async def unit(tx: Transaction) -> None:
            row = await self._held(tx, who, mailbox)
            await self._end(tx, await _of(tx, mailbox, id, row.team), Move.CANCEL)

        await self._desk.store.write(unit)

    # -------------------------------------------------------------------------------------------- the new team

    async def offers(self, who: Who) -> tuple[Offer, ...]:
        """What other teams offer to the own ones."""

        async def unit(tx: Transaction) -> tuple[Offer, ...]:
            found: list[Offer] = []
            for team in who.teams:
                for row in await tx.offered_to(team, SHOWN):
                    contact = await tx.contact(row.mailbox)
                    if contact is not None:
                        found.append(Offer(row, contact))
            return tuple(found)

        return await self._desk.store.read(unit)

    async def accept(self, who: Who, id: bytes) -> bytes:
        """The contact becomes the caller's; the old team loses it at once. Returns the mailbox.

        Raises NoHandover, HandoverState, SignedYesNeeded, HandoverStale when the person has written since.
        """
        now = self._desk.clock()
        today = day_of(now)

        async def unit(tx: Transaction) -> bytes:
            found = await self._offered(tx, who, id)
            row = await tx.contact(found.mailbox)
            if row is None:
                raise NoHandover
            stage = step(Stage(found.stage), Move.ACCEPT)
            self._allowed(found.from_team, found.to_team, noted=found.consent == "noted")
            if row.entries != found.entries:
                raise HandoverStale
            team = self._desk.network.directory.team(found.to_team)
            await self._desk.alerts.on_contact(tx, row, Event.CLAIM, who.member)  # nobody of the old team is called
            after = Contact(State.CLAIMED, who.member, bool(row.waiting), max(row.unread, 1))
            await tx.drop_left_behind(row.mailbox)
            case = await self._desk.cases.moves(tx, who, row.mailbox)
            kept = 0 if case is None else self._desk.cases.kept_until(team, case)
            await tx.update_contact(
                row,
                moved(row, after, hour_of(now))._replace(
                    team=team.id,
                    claim_until=self._desk.working_days_from(team, now, CLAIM_WORKING_DAYS),
                    answer_by=self._desk.promise(team, now),
                    erase_on=max(today + team.retention_days, kept),
                    waiting=0,
                    notes=0,
                ),
            )
            await tx.update_handover(found, found._replace(stage=stage.value, changed=today))
            await self._desk.alerts.over(tx, HANDOVER + row.mailbox.hex(), Outcome.ANSWERED, who.member)
            return row.mailbox

        return await self._desk.store.write(unit)

    async def give_back(self, who: Who, id: bytes, reason: ReturnReason) -> None:
        """The new team does not take it, and says why. Raises NoHandover, HandoverState."""

        async def unit(tx: Transaction) -> None:
            await self._end(tx, await self._offered(tx, who, id), Move.RETURN, reason, who.member)

        await self._desk.store.write(unit)

    # ---------------------------------------------------------------------------------------------- the person

    async def decide(
        self, mailbox: bytes, token: bytes, id: bytes, *, agree: bool, envelope: bytes, stamp: Stamp | None
    ) -> None:
        """The person agrees, refuses, or takes the consent back; `envelope` says so, signed, in the thread.

        Raises NoMailbox, NoHandover, HandoverState, and what a message raises.
        """
        now = self._desk.clock()
        header = read_header(envelope, Kind.MESSAGE, readers=2, context=mailbox)
        directory = self._desk.usable_directory(now)

        async def unit(tx: Transaction) -> None:
            row = self._desk.owned(await tx.contact(mailbox), token)
            found = await tx.handover(id)
            if found is None or found.mailbox != mailbox:
                raise NoHandover
            if await tx.entry_number(mailbox, envelope) is not None:
                return  # sent once more after a lost answer
            if header.kids[0].hex() != directory.team(row.team).kid:
                raise StaleKey(directory=self._desk.network.blob)
            if header.kids[1] != row.person_kid:
                raise EnvelopeRefused("not sealed to the mailbox itself")
            self._desk.check_stamp(envelope, stamp, "web", now)
            if row.entries >= MOST_ENTRIES or row.size + header.bucket > MOST_BYTES:
                raise MailboxFull
            if agree:
                stage = step(Stage(found.stage), Move.CONSENT)
                after = found._replace(stage=stage.value, consent_day=day_of(now), changed=day_of(now))
                await tx.update_handover(found, after)
            else:
                await self._end(tx, found, Move.REFUSE if found.stage == Stage.ASKED else Move.WITHDRAW)
            stepped, _ = contact_step(machine(row), Event.WRITE)
            await tx.add_entry(mailbox, Entry(row.entries + 1, "person", day_of(now), envelope))
            changed = moved(row, stepped, hour_of(now))._replace(entries=row.entries + 1, size=row.size + header.bucket)
            await tx.update_contact(row, changed)
            await self._desk.alerts.on_contact(tx, changed, Event.WRITE)

        await self._desk.store.write(unit)

    # ------------------------------------------------------------------------------------------------ the clock

    async def sweep(self) -> None:
        """Offers that nobody answered for two weeks come back."""
        before = day_of(self._desk.clock()) - OFFER_DAYS

        async def unit(tx: Transaction) -> None:
            for row in await tx.lapsed_offers(before, SHOWN):
                await self._end(tx, row, Move.LAPSE, "no_answer")

        await self._desk.store.write(unit)

    # -------------------------------------------------------------------------------------------------- helpers

    async def _end(
        self, tx: Transaction, row: HandoverRow, move: Move, reason: str | None = None, by: str | None = None
    ) -> None:
        """The covering letter goes with it: nobody keeps keys of what was not handed over, nor is called for it.

        `by`: the member of the new team who gave the answer.
        """
        stage = step(Stage(row.stage), move)
        today = day_of(self._desk.clock())
        await tx.update_handover(row, row._replace(stage=stage.value, envelope=None, reason=reason, changed=today))
        outcome = Outcome.OVER if by is None else Outcome.ANSWERED
        await self._desk.alerts.over(tx, HANDOVER + row.mailbox.hex(), outcome, by)

    def _allowed(self, from_team: str, to_team: str, *, noted: bool) -> None:
        """As the directory is now: a carrier may have changed since the hand-over began."""
        directory = self._desk.network.directory
        kinds = [directory.carrier(directory.team(team).carrier).kind for team in (from_team, to_team)]
        allowed(*kinds, noted=noted)

    async def _held(self, tx: Transaction, who: Who, mailbox: bytes) -> ContactRow:
        row = await mine(tx, who, mailbox)
        if row.claimed_by != who.member:
            names = await tx.names({row.claimed_by}) if row.claimed_by else {}
            raise AlreadyClaimed(by=names.get(row.claimed_by or ""))
        if row.state not in (State.CLAIMED, State.ANSWERED, State.MANDATED):  # a case may move; what has ended stays
            raise NotInThisState(state=row.state)
        return row

    async def _offered(self, tx: Transaction, who: Who, id: bytes) -> HandoverRow:
        row = await tx.handover(id)
        if row is None or row.to_team not in who.teams:
            raise NoHandover
        if row.mailbox in await tx.conflicts_of(who.member):
            raise NoContact
        return row


async def _of(tx: Transaction, mailbox: bytes, id: bytes, team: str) -> HandoverRow:
    row = await tx.handover(id)
    if row is None or row.mailbox != mailbox or row.from_team != team:
        raise NoHandover
    return row
