"""Callbacks as use cases: agreed, moved and withdrawn by the person, planned and called by the team, driven on by time.

    a door  ──times in clear, agreement in an envelope of its own──>  plan, agree, withdraw
    ticker  ──tick──> due rows: the on-call counsellor is alerted (chain "callback due")
    console ──due, dial, told──> the first to dial wins; the outcome is one tap

The number stands in the envelope alone. `intake.callbacks` decides; its effects become rows here, in one transaction.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crypto.envelope import Kind
from intake import callbacks, leap, phones
from intake.alert_model import Outcome as AlertOutcome
from intake.alert_policy import Kind as AlertKind
from intake.alerts import LATE
from intake.announcer import second_of
from intake.callbacks import Callback, Effect, Event, Outcome, Window, Wish, step
from intake.contacts import NEXT
from intake.contacts import Event as Happened
from intake.contacts import State as ContactState
from intake.contacts import step as contact_step
from intake.desk import Stamp, hour_of, machine, moved, read_header
from intake.directory import Team
from intake.due_rows import PURE_FAULTS, step_due
from intake.errors import (
    AlreadyCalling,
    EnvelopeRefused,
    NoContact,
    NoPhone,
    NotInThisState,
    NotNow,
    StaleKey,
    TeamUnknown,
    TooMany,
)
from intake.on_call import CALLBACK
from intake.store import CallbackRow, ContactRow, Entry, PhoneRow, Transaction
from intake.team_desk import CLAIM_WORKING_DAYS, Who, mine
from intake.telephony import Connector
from intake.working_time import WorkCalendar

if TYPE_CHECKING:
    from intake.desk import Desk

log = logging.getLogger("erstkontakt.callbacks")

AT_ONCE = 500  # rows that one transaction of the ticker handles
SHOWN = 60
MOST_AGREEMENTS = 12  # of one code; whoever needs more writes to the team
LARGEST = 16384  # bucket of an agreement: its texts are short
AGAIN_AFTER = 3600
MOST_CALLS = 16  # that we connect at once; lines are fewer


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish to be called: the times in clear, everything else in the envelope (kind CALLBACK)."""

    wishes: tuple[Wish, ...]
    envelope: bytes


@dataclass(frozen=True, slots=True)
class View:
    """A callback as its two ends see it. `by`: name of the colleague who is calling."""

    row: CallbackRow
    callback: Callback
    by: str = ""
    letter: Entry | None = None

    @property
    def windows(self) -> tuple[Window, ...]:
        return self.callback.windows


def never_call_context(team: str) -> bytes:
    """Context of a team's list of numbers that are not called again (16 bytes)."""
    return hashlib.sha256(b"erstkontakt/1 never call" + team.encode()).digest()[:16]


class CallbackDesk:
    """Use cases of callbacks. Reached as `desk.callbacks`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.connector: Connector | None = None  # set by a telephone door in this process
        self._calls: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------------------------------------------ the person

    async def openings(self, team: str) -> tuple[Window, ...]:
        """When this team can call in the coming two weeks. Raises TeamUnknown, DirectoryUnusable."""
        listed = self._desk.network.directory.team(team)
        now = self._desk.clock()
        calendar = await self._calendar(listed)
        return await asyncio.to_thread(callbacks.openings, calendar, now)

    async def cut(self, team: Team, wishes: Sequence[Wish]) -> tuple[Window, ...]:
        """The wished times as far as this team can call then. Raises NoTimeToCall."""
        calendar = await self._calendar(team)
        return await asyncio.to_thread(callbacks.cut, wishes, calendar, self._desk.clock())

    def check(self, envelope: bytes, team: Team, mailbox: bytes, person_kid: bytes) -> None:
        """The form of an agreement: for this team's key and for the person. Raises EnvelopeRefused, StaleKey."""
        header = read_header(envelope, Kind.CALLBACK, readers=2, context=mailbox)
        if header.bucket > LARGEST or header.kids[1] != person_kid:
            raise EnvelopeRefused("too large for an agreement, or not sealed to the mailbox itself")
        if header.kids[0].hex() != team.kid:
            raise StaleKey(directory=self._desk.network.blob)

    async def plan(
        self, tx: Transaction, mailbox: bytes, team: str, envelope: bytes, windows: Sequence[Window]
    ) -> None:
        """A new callback of a new contact, in that contact's transaction."""
        callback = callbacks.agreed(windows)
        await tx.insert_callback(_row(CallbackRow(mailbox, team, "", None, "", envelope, 1, 1), callback))

    async def agree(
        self, mailbox: bytes, token: bytes, wanted: Wanted, stamp: Stamp | None, channel: str = "web"
    ) -> View:
        """A new agreement of somebody who has the code: the first, or in place of the one before.

        Raises NoMailbox, EnvelopeRefused, StaleKey, NoTimeToCall, NotInThisState, StampMissing, TooMany, Unavailable.
        """
        desk = self._desk
        now = desk.clock()
        contact = await desk.store.read(lambda tx: self._owned(tx, mailbox, token))
        team = desk.usable_directory(now).team(contact.team)
        self.check(wanted.envelope, team, mailbox, contact.person_kid)
        windows = await self.cut(team, wanted.wishes)

        async def unit(tx: Transaction) -> View:
            row = await self._owned(tx, mailbox, token)
            if row.team != team.id:
                raise StaleKey(directory=desk.network.blob)
            known = await tx.callback(mailbox)
            if known is not None and known.envelope == wanted.envelope:
                return View(known, callbacks.load(known.document))
            desk.check_stamp(wanted.envelope, stamp, channel, now)
            if known is None:
                await self.plan(tx, mailbox, row.team, wanted.envelope, windows)
                known = await tx.callback(mailbox)
                assert known is not None  # noqa: S101 - written a line above
                return View(known, callbacks.load(known.document))
            if known.agreements >= MOST_AGREEMENTS:
                raise TooMany(retry_after=AGAIN_AFTER)
            after, effects = step(callbacks.load(known.document), Event.AGREE, now, windows=windows)
            changed = known._replace(envelope=wanted.envelope, agreements=known.agreements + 1, team=row.team)
            return View(await self._put(tx, known, changed, after, effects), after)

        return await desk.store.write(unit)

    async def withdraw(self, mailbox: bytes, token: bytes) -> View:
        """The person wants no call any more: number and rules go at once. Raises NoMailbox, NoContact."""
        now = self._desk.clock()

        async def unit(tx: Transaction) -> View:
            await self._owned(tx, mailbox, token)
            row = await _there(tx, mailbox)
            after, effects = step(callbacks.load(row.document), Event.WITHDRAW, now)
            return View(await self._put(tx, row, row, after, effects), after)

        return await self._desk.store.write(unit)

    async def view(self, tx: Transaction, mailbox: bytes) -> View | None:
        """The callback of an opened mailbox."""
        row = await tx.callback(mailbox)
        return None if row is None else View(row, callbacks.load(row.document))

    async def moved(
        self, tx: Transaction, contact: ContactRow, wanted: bytes | None, windows: Sequence[Window]
    ) -> None:
        """The person has chosen another team: the agreement comes along, sealed anew and cut with its hours."""
        row = await tx.callback(contact.mailbox)
        if row is None:
            return
        callback = callbacks.load(row.document)
        if callback.state not in callbacks.OPEN:
            if row.envelope is not None:  # nobody else shall find a number there that was meant for others
                await tx.update_callback(row, _row(row._replace(envelope=None), callback))
            return
        if wanted is None or not windows:
            raise EnvelopeRefused("the agreement is missing")
        after, effects = step(callback, Event.AGREE, self._desk.clock(), windows=windows)
        await self._put(tx, row, row._replace(team=contact.team, envelope=wanted), after, effects)

    async def wished(self, mailbox: bytes) -> tuple[Wish, ...]:
        """The times of an open callback, to be cut with the hours of another team; nothing when there is none."""
        row = await self._desk.store.read(lambda tx: tx.callback(mailbox))
        if row is None:
            return ()
        callback = callbacks.load(row.document)
        return tuple(map(callbacks.wish_of, callback.windows)) if callback.state in callbacks.OPEN else ()

    async def gone(self, tx: Transaction, mailbox: bytes) -> None:
        """The whole contact is being erased: nobody is told any more to call."""
        self._desk.open_numbers.release(mailbox)
        await self._desk.alerts.over(tx, CALLBACK + mailbox.hex(), AlertOutcome.ERASED)

    # -------------------------------------------------------------------------------------------------- the team

    async def due(self, who: Who) -> tuple[View, ...]:
        """Open callbacks of the own teams, the next first, each with the letter that tells whose signature counts."""

        async def unit(tx: Transaction) -> tuple[View, ...]:
            rows = [row for team in who.teams for row in await tx.open_callbacks(team, SHOWN)]
            rows.sort(key=lambda row: (row.state == "requested", row.due or 0))
            found = []
            for row in rows[:SHOWN]:
                callback = callbacks.load(row.document)
                names = await tx.names({callback.by}) if callback.by else {}
                found.append(View(row, callback, names.get(callback.by or "", ""), await tx.first_entry(row.mailbox)))
            return tuple(found)

        return await self._desk.store.read(unit)

    async def of_contact(self, who: Who, mailbox: bytes) -> View | None:
        """The callback of a contact of an own team. Raises NoContact."""

        async def unit(tx: Transaction) -> View | None:
            await mine(tx, who, mailbox)
            found = await self.view(tx, mailbox)
            if found is None or found.callback.by is None:
                return found
            names = await tx.names({found.callback.by})
            return View(found.row, found.callback, names.get(found.callback.by, ""))

        return await self._desk.store.read(unit)

    async def dial(self, who: Who, mailbox: bytes) -> View:
        """ "I am calling now": the first wins. Raises NoContact, AlreadyCalling, NotNow, NotInThisState."""
        now = self._desk.clock()

        async def unit(tx: Transaction) -> View:
            contact = await mine(tx, who, mailbox)
            row = await _there(tx, mailbox)
            after, effects = await _stepped(tx, row, Event.DIAL, now, who.member)
            changed = await self._put(tx, row, row, after, effects)
            await self._desk.alerts.taken(tx, CALLBACK + mailbox.hex(), who.member, row.team)
            await self._claim(tx, contact, who.member, now)
            return View(changed, after, who.name)

        return await self._desk.store.write(unit)

    async def told(self, who: Who, mailbox: bytes, outcome: Outcome) -> View:
        """How it went. Raises NoContact, AlreadyCalling, NotInThisState."""
        now = self._desk.clock()

        async def unit(tx: Transaction) -> View:
            contact = await mine(tx, who, mailbox)
            row = await _there(tx, mailbox)
            after, effects = await _stepped(tx, row, Event.OUTCOME, now, who.member, outcome)
            changed = await self._put(tx, row, row, after, effects, who.member)
            if outcome is Outcome.REACHED and contact.claimed_by == who.member and contact.state == "claimed":
                answered, _ = contact_step(machine(contact), Happened.ANSWER, by=who.member)
                spoken = moved(contact, answered, hour_of(now))
                await tx.update_contact(contact, spoken)
                await self._desk.alerts.on_contact(tx, spoken, Happened.ANSWER, who.member)
            return View(changed, after)

        return await self._desk.store.write(unit)

    async def connect(self, who: Who, mailbox: bytes, number: str) -> None:
        """ "Verbinden": our lines call the caller's own service phone, and after "1" this number, hidden on both legs.

        The number comes from the counsellor's browser for this one call; it is held in memory and never written.
        Returns at once. Raises NumberRefused, NoContact, NoPhone, TooMany, and NotNow for who is not dialling.
        """
        theirs = phones.parse(number, own=self._desk.settings.hotline_numbers)

        async def unit(tx: Transaction) -> PhoneRow | None:
            await mine(tx, who, mailbox)
            callback = callbacks.load((await _there(tx, mailbox)).document)
            if callback.state is not callbacks.State.ATTEMPTING or callback.by != who.member:
                raise NotNow
            return await tx.phone(who.member)

        row = await self._desk.store.read(unit)
        phone = None if row is None or row.cut_off is not None else self._desk.phones.read(row)
        if self.connector is None or phone is None or not phone.number or phone.number_verified is None:
            raise NoPhone
        if len(self._calls) >= MOST_CALLS:
            raise TooMany(retry_after=60)
        task = asyncio.ensure_future(self.connector.connect(phones.parse(phone.number), theirs))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def refuse(self, who: Who, mailbox: bytes) -> View:
        """The team will not call this number: it is on its list, or somebody plays a trick. Raises NoContact."""
        now = self._desk.clock()

        async def unit(tx: Transaction) -> View:
            await mine(tx, who, mailbox)
            row = await _there(tx, mailbox)
            after, effects = await _stepped(tx, row, Event.WITHDRAW, now, who.member)
            return View(await self._put(tx, row, row, after, effects, who.member), after)

        return await self._desk.store.write(unit)

    async def never_call(self, who: Who, team: str) -> tuple[bytes, int] | None:
        """(envelope, revision) of the own team's list, or None. Raises TeamUnknown."""
        if team not in who.teams:
            raise TeamUnknown
        return await self._desk.store.read(lambda tx: tx.never_call(team))

    async def put_never_call(self, who: Who, team: str, envelope: bytes, revision: int) -> None:
        """Replaces the list that stood at `revision`. Raises TeamUnknown, EnvelopeRefused, StaleKey, NotInThisState."""
        if team not in who.teams:
            raise TeamUnknown
        header = read_header(envelope, Kind.NEVER_CALL, readers=1, context=never_call_context(team))
        if header.kids[0].hex() != self._desk.network.directory.team(team).kid:
            raise StaleKey(directory=self._desk.network.blob)
        if not await self._desk.store.write(lambda tx: tx.put_never_call(team, envelope, revision)):
            raise NotInThisState(state="changed")

    # ------------------------------------------------------------------------------------------------------ time

    async def next_due(self) -> datetime | None:
        """When the next callback has its time."""
        due = await self._desk.store.read(lambda tx: tx.next_callback())
        return None if due is None else datetime.fromtimestamp(due, UTC)

    async def tick(self) -> int:
        """Steps every callback whose time has come; returns how many. May run on several nodes, after any downtime."""
        now = self._desk.clock()
        return await step_due(
            self._desk.store,
            AT_ONCE,
            lambda tx, most: self._tick_some(tx, now, most),
            lambda tx, fault: self._set_aside(tx, fault, now),
        )

    async def set_back(self, tx: Transaction, now: datetime) -> None:
        """The clock was set back: whoever was put off at a wrong time has the own one again."""
        for row in await tx.later_callbacks(second_of(now)):
            try:
                right = _row(row, callbacks.load(row.document))
            except PURE_FAULTS:  # told when its time comes
                continue
            if right.due != row.due:
                await tx.update_callback(row, right)

    async def _set_aside(self, tx: Transaction, fault: Exception, now: datetime) -> None:
        """A callback that cannot be stepped must not hold up the others, nor be silent: it is tried again, loudly."""
        for row in await tx.due_callbacks(second_of(now), 1):
            log.error("a callback of team %s cannot be stepped: %s", row.team, type(fault).__name__)
            await tx.update_callback(row, row._replace(due=second_of(now + LATE)))
            await self._desk.alerts.announce.stuck(tx, row.team, now)

    async def _tick_some(self, tx: Transaction, now: datetime, most: int) -> int:
        """Returns how many were due. After a leap of the clock none ends and no number goes: they are asked again."""
        rows = await tx.due_callbacks(second_of(now), most)
        leapt = bool(rows) and await leap.leapt_from(tx, now) is not None
        alerted: dict[str, list[str]] = {}
        for row in rows:
            after, effects = step(callbacks.load(row.document), Event.TIME, now)
            if leapt and after.state not in callbacks.OPEN:
                await tx.update_callback(row, row._replace(due=second_of(now + LATE)))
                continue
            if Effect.ALERT in effects:
                alerted.setdefault(row.team, []).append(CALLBACK + row.mailbox.hex())
            await self._put(tx, row, row, after, effects)
        for team, subjects in alerted.items():
            await self._desk.alerts.raised_together(tx, team, subjects, AlertKind.CALLBACK_DUE)
        return len(rows)

    # --------------------------------------------------------------------------------------------------- helpers

    async def _put(
        self,
        tx: Transaction,
        before: CallbackRow,
        changed: CallbackRow,
        after: Callback,
        effects: frozenset[Effect],
        by: str | None = None,
    ) -> CallbackRow:
        """Stores a step and what it asks for, but for the alert, which the tick raises for many at once."""
        if Effect.ERASE_NUMBER in effects:
            changed = changed._replace(envelope=None)
        if after.state not in callbacks.OPEN:
            self._desk.open_numbers.release(changed.mailbox)
        row = _row(changed, after)
        if row != before:
            await tx.update_callback(before, row)
        if Effect.CALM in effects:
            outcome = AlertOutcome.CALLED if after.attempts else AlertOutcome.OVER
            await self._desk.alerts.over(tx, CALLBACK + row.mailbox.hex(), outcome, by)
        return row

    async def _calendar(self, team: Team) -> WorkCalendar:
        plan = await self._desk.store.read(lambda tx: self._desk.alerts.on_call.plan(tx, team.id))
        return plan.rota.calendar

    async def _owned(self, tx: Transaction, mailbox: bytes, token: bytes) -> ContactRow:
        return self._desk.owned(await tx.contact(mailbox), token)

    async def _claim(self, tx: Transaction, contact: ContactRow, by: str, now: datetime) -> None:
        """Who calls has taken the contact, unless a colleague holds it."""
        if contact.claimed_by is not None or (ContactState(contact.state), Happened.CLAIM) not in NEXT:
            return
        after, _ = contact_step(machine(contact), Happened.CLAIM, by=by)
        until = self._desk.working_days_from(self._desk.network.directory.team(contact.team), now, CLAIM_WORKING_DAYS)
        claimed = moved(contact._replace(claim_until=until), after, hour_of(now))
        await tx.update_contact(contact, claimed)
        await self._desk.alerts.on_contact(tx, claimed, Happened.CLAIM, by)


def _row(row: CallbackRow, callback: Callback) -> CallbackRow:
    # Rounded up: a row that is due a moment too early would be asked again and again until then.
    due = None if callback.due is None else math.ceil(callback.due.timestamp())
    return row._replace(state=callback.state.value, due=due, document=callbacks.dump(callback))


async def _there(tx: Transaction, mailbox: bytes) -> CallbackRow:
    row = await tx.callback(mailbox)
    if row is None:
        raise NoContact
    return row


async def _stepped(
    tx: Transaction, row: CallbackRow, event: Event, now: datetime, by: str, outcome: Outcome | None = None
) -> tuple[Callback, frozenset[Effect]]:
    try:
        return step(callbacks.load(row.document), event, now, by=by, outcome=outcome)
    except AlreadyCalling as error:
        holder = str(error.details.get("by"))
        raise AlreadyCalling(by=(await tx.names({holder})).get(holder)) from None
