"""Field visits as use cases: planned, answered and driven on, each in one transaction.

    console, service phone ──plan──> visit row, log            ticker ──tick──> due rows, whoever comes first
    service phone, console ──ok, out, longer + PIN──> the machine's answer, after the same time always
    machine ──Raise──> desk.alerts (kind missed_check_in or silent_alarm) ──alert_moved──> level, owner
    last level ──open_sheet──> the sealed envelope, logged

`intake.checkins` decides. The chain of people, with acknowledgements, rounds and channels, is that of the alerts; here
it is started, stood down and listened to.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from crypto.envelope import Kind as Envelope
from intake import checkins, sayings
from intake.alert_model import Alert, Outcome, Trouble
from intake.alert_model import Phase as AlertPhase
from intake.alert_policy import SILENT, Kind, Target, visit_policy
from intake.alert_records import whole_minute
from intake.alert_reference import Reference, reference
from intake.alerts import LATE
from intake.announcer import minute_of, second_of
from intake.checkin_model import (
    Alarm,
    Answer,
    Ask,
    ClockSetBack,
    Close,
    Effect,
    End,
    Entry,
    Event,
    Extend,
    Log,
    Message,
    Ok,
    Phase,
    Proof,
    Purpose,
    Raise,
    Reason,
    Reply,
    Report,
    StandDown,
    Technical,
    Tick,
    Unreached,
    Visit,
)
from intake.desk import read_header
from intake.due_rows import PURE_FAULTS, step_due
from intake.errors import LeadOnly, NoVisit, SheetLocked, StaleKey, VisitRefused
from intake.on_call import VISIT
from intake.routine_desk import timing_of
from intake.sayings import Saying
from intake.store import OutboxRow, Transaction, VisitLogRow, VisitRow
from intake.team_desk import Who
from intake.visit_pins import VisitPins

if TYPE_CHECKING:
    from intake.desk import Desk

log = logging.getLogger("erstkontakt.visits")

AT_ONCE = 100  # visits that one transaction steps
SHOWN = 200
KEPT = timedelta(days=30)
RECENT = timedelta(days=7)
EVEN = 1.0  # seconds after which what was said is answered, so that the time tells nothing of the PIN
KEPT_SHEETS = frozenset({Reason.HELP_SENT, Reason.LOST_CONTACT})
_ASKED_FIRST = (Phase.OVERDUE, Phase.OWNED, Phase.REMINDED, Phase.DUE, Phase.ARMED, Phase.PLANNED)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said back to the visiting counsellor."""

    reply: Reply
    reference: Reference | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownVisit:
    """The own visit, as the service phone understands it. `waiting`: an answer is wanted now."""

    visit: str
    check: int
    reference: Reference
    waiting: bool


@dataclass(frozen=True, slots=True)
class VisitSheet:
    """A visit as this member is shown it. `mine`: the own one; `may_open`: the sealed sheet, now."""

    visit: Visit
    reference: Reference
    mine: bool
    sheet: bool
    may_open: bool
    alert: str | None


@dataclass(frozen=True, slots=True)
class VisitBoard:
    """Open visits of a team, and those of the last days. `names`: of everybody in them."""

    open: tuple[VisitSheet, ...]
    over: tuple[VisitSheet, ...]
    names: dict[str, str]
    pin_set: bool


def context_of(visit: str) -> bytes:
    """Context of a sheet: the visit's id, 16 bytes."""
    return bytes.fromhex(visit)


class VisitDesk:
    """Use cases of field visits. Reached as `desk.visits`. `even`: see EVEN."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.pins = VisitPins(desk)
        self.even = EVEN

    def now(self) -> datetime:
        """The desk's clock in whole minutes."""
        return whole_minute(self._desk.clock())

    # ------------------------------------------------------------------------------------------------------- plan

    async def plan(
        self,
        who: Who,
        team: str,
        *,
        id: str,
        begins: datetime,
        until: datetime,
        companion: str | None = None,
        purpose: Purpose = Purpose.VISIT,
        interval: timedelta | None = None,
        sheet: bytes | None = None,
    ) -> Visit:
        """A visit with its sealed sheet. The same id again by the same member: the same visit.

        Raises VisitRefused, NoVisit (a foreign team), EnvelopeRefused, StaleKey, Unavailable.
        """
        if team not in who.teams:
            raise NoVisit
        self._check_sheet(team, id, sheet)

        async def unit(tx: Transaction) -> Visit:
            if (known := await tx.visit(id)) is not None:
                if known.member != who.member:
                    raise VisitRefused(why="two")
                return checkins.load(known.document).shown
            if companion is not None and companion not in {p.member for p in await tx.people(team)} - {who.member}:
                raise VisitRefused(why="companion")
            return await self.begin(
                tx, team, who.member, id=id, begins=begins, until=until, companion=companion, purpose=purpose,
                interval=interval, sheet=sheet,
            )  # fmt: skip

        return await self._desk.store.write(unit)

    async def begin(
        self,
        tx: Transaction,
        team: str,
        member: str,
        *,
        id: str,
        begins: datetime,
        until: datetime,
        companion: str | None = None,
        purpose: Purpose = Purpose.VISIT,
        interval: timedelta | None = None,
        sheet: bytes | None = None,
    ) -> Visit:
        """In an open transaction. Raises VisitRefused."""
        now = self.now()
        timing = await timing_of(tx, team)
        try:
            visit = checkins.plan(
                id=id, team=team, member=member, begins=begins, until=until, now=now, timing=timing,
                companion=companion, purpose=purpose, interval=interval,
            )  # fmt: skip
        except checkins.Refused as refused:
            raise VisitRefused(why=refused.reply.value) from None
        await tx.hold_member(member)
        if purpose is not Purpose.DRILL:
            for row in await tx.visits_of(member, SHOWN):
                other = checkins.load(row.document).shown
                clash = other.begins < visit.until and visit.begins < other.until
                if other.phase is not Phase.CLOSED and other.purpose is not Purpose.DRILL and (clash or other.alarmed):
                    raise VisitRefused(why="two")
        visit, effects = checkins.step(visit, Tick(), now)  # its function test, or more, may be due at once
        if not await tx.insert_visit(_row(visit, now)):
            raise VisitRefused(why="two")
        if sheet is not None:
            await tx.put_visit_sheet(id, sheet)
        await self._do(tx, visit, (Log(Entry.PLANNED, member), *effects), now)
        return visit

    async def plan_by_phone(self, member: str, begins: datetime, until: datetime, purpose: Purpose) -> Spoken:
        """From the service phone: in the member's team, without a sheet."""

        async def unit(tx: Transaction) -> Spoken:
            roles = await tx.roles_of(member)
            team = next((team for team, role in roles.items() if role != "coordination"), None)
            if team is None:
                return Spoken(Reply.NO_VISIT)
            visit = await self.begin(
                tx, team, member, id=secrets.token_hex(16), begins=begins, until=until, purpose=purpose
            )
            return Spoken(Reply.PLANNED, name_of(visit), visit.due)

        try:
            return await self._desk.store.write(unit)
        except VisitRefused as refused:
            return Spoken(Reply(refused.why))

    async def put_sheet(self, who: Who, id: str, sheet: bytes) -> None:
        """A better sheet, of the visitor. Raises NoVisit, EnvelopeRefused, StaleKey."""

        async def unit(tx: Transaction) -> None:
            row, visit = await self._mine(tx, who, id)
            if row.member != who.member or visit.shown.phase is Phase.CLOSED:
                raise NoVisit
            self._check_sheet(row.team, id, sheet)
            await tx.put_visit_sheet(id, sheet)

        await self._desk.store.write(unit)

    def _check_sheet(self, team: str, id: str, sheet: bytes | None) -> None:
        if sheet is None:
            return
        header = read_header(sheet, Envelope.SHEET, readers=1, context=context_of(id))
        if header.kids[0].hex() != self._desk.network.directory.team(team).kid:
            raise StaleKey(directory=self._desk.network.blob)

    # --------------------------------------------------------------------------------------- the visiting counsellor

    async def ok(
        self, member: str, pin: str | None = None, visit: str | None = None, check: int | None = None
    ) -> Spoken:
        """ "ok" from the verified phone, or from the own console."""
        return await self._spoken(member, pin, visit, lambda proof: Ok(proof, check))

    async def out(self, member: str, pin: str | None = None, visit: str | None = None) -> Spoken:
        """ "I am out", or "it is cancelled"."""
        return await self._spoken(member, pin, visit, End)

    async def longer(self, member: str, by: timedelta, pin: str | None = None, visit: str | None = None) -> Spoken:
        """So much more time."""
        return await self._spoken(member, pin, visit, lambda proof: Extend(by, proof))

    async def known(self, member: str) -> KnownVisit | None:
        """The visit that this member's words are about, as they see it, or None."""

        async def unit(tx: Transaction) -> KnownVisit | None:
            found = await self._current(tx, member)
            if found is None:
                return None
            shown = found[1].shown
            asked = shown.asked and shown.phase is Phase.PLANNED
            waiting = asked or shown.alarmed or shown.phase in (Phase.DUE, Phase.REMINDED)
            return KnownVisit(shown.id, shown.check, name_of(shown), waiting)

        return await self._desk.store.read(unit)

    async def change_pins(self, who: Who, own: str, duress: str, current: str | None) -> None:
        """See VisitPins.put; with the duress PIN as the current one a silent alarm goes off."""
        async with _Evenly(self.even):
            if await self.pins.put(who, own, duress, current) is Proof.DURESS:
                await self._desk.store.write(lambda tx: self._speak(tx, who.member, None, Ok(Proof.DURESS)))

    async def _spoken(
        self, member: str, pin: str | None, visit: str | None, event: Callable[[Proof], Ok | End | Extend]
    ) -> Spoken:
        async with _Evenly(self.even):
            made = event(await self.pins.proof(member, pin))
            return await self._desk.store.write(lambda tx: self._speak(tx, member, visit, made))

    async def _speak(self, tx: Transaction, member: str, id: str | None, event: Ok | End | Extend) -> Spoken:
        found = await self._current(tx, member, id)
        if found is None:
            if event.proof is Proof.DURESS:
                await self._silent_without_visit(tx, member)
            return Spoken(Reply.NO_VISIT)
        row, _ = found
        visit, effects = await self._happen(tx, row, event)
        answer = next(effect for effect in effects if isinstance(effect, Answer))
        return Spoken(answer.reply, name_of(visit), answer.at)

    async def _current(self, tx: Transaction, member: str, id: str | None = None) -> tuple[VisitRow, Visit] | None:
        """The visit meant: the one named, else that which is the nearest to an alarm in the member's own eyes."""
        if id is not None:
            row = await tx.visit(id)
            return None if row is None or row.member != member else (row, checkins.load(row.document))
        found = [(row, checkins.load(row.document)) for row in await tx.visits_of(member, SHOWN)]
        running = [one for one in found if one[1].shown.phase is not Phase.CLOSED]
        return min(running, key=lambda one: (_ASKED_FIRST.index(one[1].shown.phase), one[1].due), default=None)

    async def _silent_without_visit(self, tx: Transaction, member: str) -> None:
        """The duress PIN counts also when no visit runs; there is no sheet then, and nobody knows where."""
        now = self.now()
        teams = [team for team, role in (await tx.roles_of(member)).items() if role != "coordination"]
        for team in teams[:1]:
            id = secrets.token_hex(16)
            timing = await timing_of(tx, team)
            visit = Visit(id, team, member, timing, now, now, now, None, phase=Phase.CLOSED, reason=Reason.SAFE)
            visit, effects = checkins.step(visit, Ok(Proof.DURESS), now)
            await tx.insert_visit(_row(visit, now))
            await self._do(tx, visit, effects, now)

    # ------------------------------------------------------------------------------------------------------ others

    async def close(self, who: Who, id: str, reason: Reason) -> Spoken:
        """A colleague says why it is over; a second one has to say the same. Raises NoVisit."""

        async def unit(tx: Transaction) -> Spoken:
            row, visit = await self._mine(tx, who, id)
            if row.member == who.member and visit.shown.phase is Phase.CLOSED:
                raise NoVisit
            after, effects = await self._happen(tx, row, Close(reason, who.member))
            answer = next(effect for effect in effects if isinstance(effect, Answer))
            return Spoken(answer.reply, name_of(after))

        return await self._desk.store.write(unit)

    async def open_sheet(self, who: Who, id: str, reason: str) -> bytes:
        """The sealed sheet, from the last level on, for the lead or who was called instead; the opening is logged.

        Raises NoVisit, SheetLocked, LeadOnly.
        """
        now = self.now()

        async def unit(tx: Transaction) -> bytes:
            row, visit = await self._mine(tx, who, id)
            sheet = await tx.visit_sheet(id)
            if row.member == who.member or sheet is None:
                raise NoVisit
            if not _unlocked(visit):
                raise SheetLocked
            if not await self._may_open(tx, who.member, visit):
                raise LeadOnly
            await tx.log_visit(id, VisitLogRow(minute_of(now), Entry.SHEET_OPENED.value, who.member, reason))
            return sheet

        return await self._desk.store.write(unit)

    async def board(self, who: Who, team: str) -> VisitBoard:
        """What runs and what is over, as this member is shown it. Raises NoVisit."""
        if team not in who.teams:
            raise NoVisit
        since = minute_of(self.now() - RECENT)

        async def unit(tx: Transaction) -> VisitBoard:
            rows = [*await tx.open_visits(team, SHOWN), *await tx.ended_visits(team, since, SHOWN)]
            sheeted = await tx.sheeted([row.id for row in rows])
            sheets = [await self._shown(tx, who, checkins.load(row.document), sheeted) for row in rows]
            sheets = [one for one in sheets if not (one.mine and one.visit.begins == one.visit.until)]
            running = [one for one in sheets if one.visit.phase is not Phase.CLOSED]
            over = [one for one in sheets if one.visit.phase is Phase.CLOSED]
            running.sort(key=lambda one: (_ASKED_FIRST.index(one.visit.phase), one.visit.due))
            over.sort(key=lambda one: one.visit.begins, reverse=True)
            people = {
                person
                for one in sheets
                for person in (one.visit.member, one.visit.companion, one.visit.owner, one.visit.proposed_by)
                if person is not None
            }
            pin_set = await tx.visit_pin(who.member) is not None
            return VisitBoard(tuple(running), tuple(over[:SHOWN]), await tx.names(people), pin_set)

        return await self._desk.store.read(unit)

    async def diary(self, who: Who, id: str) -> tuple[tuple[VisitLogRow, ...], dict[str, str]]:
        """The log of one visit, for the lead and never for its visitor. Raises NoVisit, LeadOnly."""

        async def unit(tx: Transaction) -> tuple[tuple[VisitLogRow, ...], dict[str, str]]:
            row, _ = await self._mine(tx, who, id)
            if row.member == who.member or (await tx.roles_of(who.member)).get(row.team) != "lead":
                raise LeadOnly
            lines = tuple(await tx.visit_log(id))
            return lines, await tx.names({line.by for line in lines if line.by})

        return await self._desk.store.read(unit)

    async def _shown(self, tx: Transaction, who: Who, visit: Visit, sheeted: set[str]) -> VisitSheet:
        mine = visit.member == who.member
        shown = visit.shown if mine else visit
        alert = None
        if not mine and visit.alarmed and (row := await tx.open_alert(VISIT + visit.id)) is not None:
            alert = row.id
        sheet = visit.id in sheeted
        may_open = sheet and not mine and _unlocked(visit) and await self._may_open(tx, who.member, visit)
        return VisitSheet(shown, name_of(visit), mine, sheet, may_open, alert)

    async def _may_open(self, tx: Transaction, member: str, visit: Visit) -> bool:
        return member in visit.openers or (await tx.roles_of(member)).get(visit.team) == "lead"

    async def _mine(self, tx: Transaction, who: Who, id: str) -> tuple[VisitRow, Visit]:
        row = await tx.visit(id)
        if row is None or row.team not in who.teams:
            raise NoVisit
        return row, checkins.load(row.document)

    # ------------------------------------------------------------------------------------------------------- time

    async def next_due(self) -> datetime | None:
        """When the next visit has its time: in whole minutes, as everything here."""
        due = await self._desk.store.read(lambda tx: tx.next_visit())
        return None if due is None else datetime.fromtimestamp(-(-due // 60) * 60, UTC)

    async def tick(self) -> int:
        """Steps every visit whose time has come; returns how many. May run on several nodes, after any downtime."""
        now = self.now()
        return await step_due(
            self._desk.store,
            AT_ONCE,
            lambda tx, most: self._tick_some(tx, now, most),
            lambda tx, fault: self._set_aside(tx, fault, now),
        )

    async def _tick_some(self, tx: Transaction, now: datetime, most: int) -> int:
        rows = await tx.due_visits(second_of(now), most)
        for row in rows:
            await self._happen(tx, row, Tick())
        return len(rows)

    async def _set_aside(self, tx: Transaction, fault: Exception, now: datetime) -> None:
        for row in await tx.due_visits(second_of(now), 1):
            await self._stuck(tx, row, fault, now)

    async def _stuck(self, tx: Transaction, row: VisitRow, fault: Exception, now: datetime) -> None:
        """A visit that cannot be stepped must not hold up the others, nor be silent: it is tried again, loudly."""
        log.error("visit %s of team %s cannot be stepped: %s", row.id, row.team, type(fault).__name__)
        await tx.update_visit(row, row._replace(due=second_of(now + LATE)))
        await self._desk.alerts.announce.stuck(tx, row.team, now)

    async def set_back(self, tx: Transaction, by: timedelta) -> None:
        """The clock was set back: all visits follow it (see AlertDesk)."""
        last = ""
        while rows := await tx.open_visits_after(last, AT_ONCE):
            for row in rows:
                try:
                    await self._happen(tx, row, ClockSetBack(by))
                except PURE_FAULTS as fault:
                    await self._stuck(tx, row, fault, self.now())
            last = rows[-1].id

    async def sweep(self) -> None:
        """Forgets visits 30 days after they were over."""
        before = minute_of(self.now() - KEPT)

        async def unit(tx: Transaction) -> None:
            await tx.forget_visits(before)

        await self._desk.store.write(unit)

    # ------------------------------------------------------------------------------------------- alerts and outbox

    async def alert_moved(self, tx: Transaction, alert: Alert) -> None:
        """The chain of a visit has moved: level, owner, and who stands where the lead should."""
        row = await tx.visit(alert.subject.removeprefix(VISIT))
        if row is None or row.phase == Phase.CLOSED.value or alert.phase is AlertPhase.RESOLVED:
            return
        top = alert.level >= [step.target for step in alert.policy.steps].index(Target.LEAD)
        openers: tuple[str, ...] = ()
        if top:
            reach = await self._desk.alerts.on_call.reach(tx, alert, None, self.now(), without=row.member)
            openers = reach.of(Target.LEAD)
        owner = alert.owner if alert.phase is AlertPhase.ACKNOWLEDGED else None
        await self._happen(tx, row, Alarm(alert.level, top, openers, owner, alert.until if owner else None))

    async def people_of(self, tx: Transaction, alert: Alert) -> tuple[str | None, str | None]:
        """(companion, visitor) of the visit that an alert is about."""
        row = await tx.visit(alert.subject.removeprefix(VISIT))
        if row is None:
            return None, None
        return checkins.load(row.document).companion, row.member

    async def undeliverable(self, tx: Transaction, row: OutboxRow, saying: Saying) -> None:
        """What was said to a visitor's phone was brought on no channel: colleagues and coordination learn it."""
        for id, _ in saying.about:
            known = await tx.visit(id)
            if known is not None and known.member == row.recipient and known.phase != Phase.CLOSED.value:
                await self._happen(tx, known, Unreached())
                await self._unreachable(tx, known.team)

    async def phone_gone(self, tx: Transaction, member: str) -> None:
        """The phone was cut off, or the member is gone."""
        for row in await tx.visits_of(member, SHOWN):
            await self._happen(tx, row, Unreached())

    async def _unreachable(self, tx: Transaction, team: str) -> None:
        if not self._desk.alerts.on_call.is_test(team):
            await self._desk.alerts.announce.tell_coordination(tx, team, Trouble.UNREACHABLE, Target.OWNER, self.now())

    def still_meant(self, visit: Visit, message: Message | None, check: int, recipient: str) -> bool:
        """Whether it still helps to say this. To the phone of a silent alarm nothing is said at all."""
        if message is Message.REPORT:
            return True
        if message is Message.TECHNICAL:
            return visit.technical and visit.phase is not Phase.CLOSED
        if visit.duress or recipient != visit.member or visit.check != check:
            return False
        waiting = {
            Message.TEST: (Phase.PLANNED,),
            Message.SOON: (Phase.DUE,),
            Message.DRILL: (Phase.DUE, Phase.REMINDED),
            Message.NOW: (Phase.REMINDED, Phase.OVERDUE, Phase.OWNED),
        }
        return message is not None and visit.phase in waiting[message]

    # ----------------------------------------------------------------------------------------------- step and store

    async def _happen(self, tx: Transaction, row: VisitRow, event: Event) -> tuple[Visit, Sequence[Effect]]:
        now = self.now()
        before = checkins.load(row.document)
        visit, effects = checkins.step(before, event, now)
        after = _row(visit, now)
        if visit != before or row.due != after.due:
            ended = row.ended if after.ended is not None and row.ended is not None else after.ended
            await tx.update_visit(row, after._replace(ended=ended))
        if visit.phase is Phase.CLOSED and before.phase is not Phase.CLOSED and visit.reason not in KEPT_SHEETS:
            await tx.drop_visit_sheet(visit.id)
        if before.phase is Phase.REMINDED and visit.phase is Phase.OVERDUE and not await self._heard(tx, visit):
            visit, more = await self._unheard(tx, visit, now)
            effects = (*effects, *more)
        await self._do(tx, visit, effects, now)
        return visit, effects

    async def _heard(self, tx: Transaction, visit: Visit) -> bool:
        """Whether any channel has brought the reminder."""
        rows = await tx.bundle_rows([_bundle(visit, Message.NOW), _bundle(visit, Message.SOON)])
        return not rows or any(state == "sent" for _, state in rows)

    async def _unheard(self, tx: Transaction, visit: Visit, now: datetime) -> tuple[Visit, Sequence[Effect]]:
        row = await tx.visit(visit.id)
        assert row is not None  # noqa: S101 - stored a moment ago
        visit, effects = checkins.step(visit, Unreached(), now)
        await tx.update_visit(row, _row(visit, now))
        await self._unreachable(tx, visit.team)
        return visit, effects

    async def _do(self, tx: Transaction, visit: Visit, effects: Sequence[Effect], now: datetime) -> None:
        """Effects become rows."""
        alerts = self._desk.alerts
        for effect in effects:
            match effect:
                case Ask(message, late):
                    saying = Saying(
                        sayings.Kind.CHECK_IN,
                        visit.team,
                        check_in=message,
                        about=((visit.id, visit.check),),
                        at=minute_of(visit.begins if message is Message.TEST else visit.due),
                        late=int(late.total_seconds()) // 60,
                    )
                    await alerts.announce.say(
                        tx, (visit.member,), saying, now, staggered=True, bundle=_bundle(visit, message)
                    )
                case Technical():
                    people = await alerts.on_call.near(tx, visit.team, visit.companion, visit.member, now)
                    saying = Saying(
                        sayings.Kind.CHECK_IN, visit.team, check_in=Message.TECHNICAL, about=((visit.id, visit.check),)
                    )
                    await alerts.announce.say(tx, people, saying, now)
                case Raise(since, silent):
                    await self._raise(tx, visit, since, silent=silent)
                case StandDown(clear):
                    outcome = Outcome.ALL_CLEAR if clear else Outcome.STOOD_DOWN
                    await alerts.over(tx, VISIT + visit.id, outcome, visit.member if clear else None)
                case Report():
                    await self._desk.routines.report(tx, visit, now)
                case Log(entry, by, detail):
                    await tx.log_visit(visit.id, VisitLogRow(minute_of(now), entry.value, by, detail))
                case Answer():
                    pass  # goes back to whoever spoke

    async def _raise(self, tx: Transaction, visit: Visit, since: datetime, *, silent: bool) -> None:
        alerts, subject = self._desk.alerts, VISIT + visit.id
        kind = Kind.SILENT_ALARM if silent else Kind.MISSED_CHECK_IN
        known = await tx.open_alert(subject)
        if known is not None and known.kind == kind.value:
            return
        if known is not None:
            await alerts.end_unsaid(tx, known)
        timing = visit.timing
        policy = visit_policy(timing.on_call - timing.companion, timing.lead - timing.on_call, timing.hold)
        policy = replace(SILENT, hold=timing.hold) if silent else policy
        await alerts.raised(tx, visit.team, subject, kind, policy=policy, since=since)


def name_of(visit: Visit) -> Reference:
    """The name of a visit for people: two harmless words and a number, the same until it is over."""
    return reference(visit.id, 0)


def _unlocked(visit: Visit) -> bool:
    """Whether the sealed sheet may be handed out at all: from the last level on, and after an end in earnest."""
    return visit.top and (visit.phase is not Phase.CLOSED or visit.reason in KEPT_SHEETS)


def _bundle(visit: Visit, message: Message) -> str:
    return sha256(f"{visit.id}/{visit.check}/{message.value}/{visit.due.timestamp():.0f}".encode()).hexdigest()[:16]


def _row(visit: Visit, now: datetime) -> VisitRow:
    over = visit.phase is Phase.CLOSED
    due = None if visit.step_due is None else second_of(visit.step_due)
    ended = minute_of(now) if over else None
    return VisitRow(visit.id, visit.team, visit.member, visit.phase.value, due, checkins.dump(visit), ended, 1)


class _Evenly:
    """A block that takes at least so long, whatever happens in it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def __aenter__(self) -> None:
        self._end = asyncio.get_running_loop().time() + self._seconds

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(max(0.0, self._end - asyncio.get_running_loop().time()))
