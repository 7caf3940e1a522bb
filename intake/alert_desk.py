"""Alerts as use cases: raised, answered and driven on, each in one transaction with what it is about.

    a change on a contact ──on_contact──> alert row, outbox rows          (the desk's transaction)
    service phone, console ──take, later, pass_on──> the first wins
    ticker ──tick, audit, test_alarm──> due rows, whoever comes first
    outbox ──undeliverable──> the next step at once

`intake.alerts` decides; its events are fed here with what is stored, its effects become rows. Time is taken in whole
minutes: what is written down about an alert does not tell the second in which somebody wrote.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from intake import alerts, sayings
from intake.alert_model import (
    Acknowledge,
    Alert,
    Answer,
    Claim,
    ClockSetBack,
    Coordination,
    Decline,
    Effect,
    Event,
    Failed,
    Lost,
    Loud,
    Notify,
    Outcome,
    Phase,
    Postpone,
    Reach,
    Release,
    Repair,
    Reply,
    Resolve,
    Tell,
    Tick,
    Trouble,
)
from intake.alert_policy import VISITS, Kind, Policy
from intake.alert_records import KnownAlert, Response, Stencil, row_of, whole_minute
from intake.alert_reference import reference
from intake.announcer import Announcer, Notice, minute_of, second_of
from intake.contacts import NEXT, State
from intake.contacts import Event as Happened
from intake.contacts import step as contact_step
from intake.desk import hour_of, machine, moved
from intake.due_rows import PURE_FAULTS, step_due
from intake.errors import DirectoryUnusable, NoAlert, TeamUnknown, Unavailable
from intake.on_call import CALLBACK, HANDOVER, PHONE, VISIT, OnCall, contact_of
from intake.sayings import Saying
from intake.store import AlertRow, ContactRow, OutboxRow, Transaction
from intake.team_desk import CLAIM_WORKING_DAYS
from intake.working_time import BERLIN, local

if TYPE_CHECKING:
    from intake.desk import Desk

log = logging.getLogger("erstkontakt.alerts")

AT_ONCE = 100  # alerts that one transaction steps
KNOWN = 20  # alerts that a phone may answer
SINCE = timedelta(minutes=1)  # at most so long ago came what is marked
FAR = timedelta(days=8)  # due later than this: the auditor looks whether the clock was set back
SET_BACK = timedelta(minutes=5)
KEPT = timedelta(days=3)  # resolved alerts, so that a late "ok" is explained
INCIDENTS_KEPT = timedelta(days=14)
TEST_UNTIL = timedelta(hours=4)  # a test alarm that was missed by downtime is not made up for at night
ON_CALL_TODAY = timedelta(hours=24)
SHOWN = 200
LOUD_FOR = timedelta(minutes=15)


class AlertDesk:
    """Use cases of alerts. Reached as `desk.alerts`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.on_call = OnCall(desk.network, desk.settings.channels)
        self.announce = Announcer(self.on_call, desk.clock)
        self._salt: str | None = None
        self._templates: dict[tuple[str, Kind], tuple[object, datetime, Alert, Stencil]] = {}

    def now(self) -> datetime:
        """The desk's clock in whole minutes."""
        return whole_minute(self._desk.clock())

    # ------------------------------------------------------------------------------------------- around a contact

    async def on_contact(self, tx: Transaction, row: ContactRow, event: Happened | None, by: str | None = None) -> None:
        """Tells the alerts what happened to a contact (None: it came in), in the same transaction. `row`: after it.

        Of an ordinary contact that came in nobody is told for minutes: its mark is written with it, and the alert by
        the next tick, or here by what happens to it first. An urgent one has its alert at once.
        """
        if event is None and row.unannounced:
            return
        subject = row.mailbox.hex()
        if row.unannounced and event is not Happened.ERASE and await tx.announced(row.mailbox):  # noqa: SIM102
            if event is not Happened.MOVE:  # which begins anew, for the other team
                await self.raised(tx, row.team, subject, Kind.ORDINARY)
        known = None if event is None else await tx.open_alert(subject)
        match event:
            case Happened.ANSWER:
                await self._if_open(tx, known, Resolve(Outcome.ANSWERED, by))
            case Happened.CLOSE:
                await self._if_open(tx, known, Resolve(Outcome.CLOSED, by))
            case Happened.ERASE:
                await self._if_open(tx, known, Resolve(Outcome.ERASED))
                await self.over(tx, HANDOVER + subject, Outcome.ERASED)
            case Happened.MOVE:
                await self._if_open(tx, known, Resolve(Outcome.MOVED))
                await self._raise_for(tx, row)
            case Happened.CLAIM:
                await self._claimed(tx, known, row, by)
            case Happened.RELEASE | Happened.LAPSE:
                await self._given_back(tx, known, row)
            case Happened.REOPEN:
                if known is None:
                    await self._raise_for(tx, row, Kind.ANSWER_WAITING)
                    known = await tx.open_alert(subject)
                await self._claimed(tx, known, row, by)
            case Happened.WRITE | None:
                if known is None:
                    await self._raise_for(tx, row)
            case _:
                pass

    async def _if_open(self, tx: Transaction, known: AlertRow | None, event: Event) -> None:
        if known is not None:
            await self._happen(tx, known, event)

    async def _raise_for(self, tx: Transaction, row: ContactRow, kind: Kind | None = None) -> None:
        if kind is None:
            if row.state != State.RECEIVED.value:
                kind = Kind.ANSWER_WAITING
            else:
                kind = Kind.URGENT if row.rank == 0 else Kind.ORDINARY
        await self.raised(tx, row.team, row.mailbox.hex(), kind)

    async def _claimed(self, tx: Transaction, known: AlertRow | None, row: ContactRow, by: str | None) -> None:
        """Claimed in the console: that is an acknowledgement, also when a colleague's is taken over."""
        if by is not None:
            await self._taken_over(tx, known, by, row.team)

    async def _taken_over(self, tx: Transaction, known: AlertRow | None, by: str, team: str) -> None:
        if known is None:
            return
        alert = alerts.load(known.document)
        if alert.owner is not None and alert.owner != by and alert.phase is Phase.ACKNOWLEDGED:
            # What the released alert would shout is not said: it has its new owner in the same moment.
            alert, _ = alerts.step(alert, Release(alert.owner, Reach({})), self.now())
        alert, effects = alerts.step(alert, Acknowledge(by, frozenset({team})), self.now())
        await self._store(tx, known, alert, effects)

    async def _given_back(self, tx: Transaction, known: AlertRow | None, row: ContactRow) -> None:
        if known is None:
            await self._raise_for(tx, row)
            return
        alert = alerts.load(known.document)
        if alert.owner is not None:
            await self._happen(tx, known, Release(alert.owner, await self._reach(tx, alert)))

    # ------------------------------------------------------------------------------------------------------ raise

    async def raised(
        self,
        tx: Transaction,
        team: str,
        subject: str,
        kind: Kind,
        id: str | None = None,
        *,
        policy: Policy | None = None,
        since: datetime | None = None,
    ) -> str | None:
        """A new alert, stepped at once when it is due at once. None if one about this subject is open already.

        `policy`: its own chain in place of the team's; `since`: when it should have begun.
        """
        now = self.now()
        id = id or secrets.token_hex(8)
        template, stencil = await self._template(tx, team, kind, now)
        if policy is not None:
            repeat = None if self.on_call.is_test(team) else policy.repeat
            template = replace(template, policy=replace(policy, repeat=repeat), step_due=min(since or now, now))
        if template.due is not None and template.due > now:
            return id if await tx.insert_alert(stencil.row(id, subject)) else None
        alert = replace(template, id=id, subject=subject)
        # Of somebody who writes for the first time nobody has said yet that they know them: one question less.
        fresh = kind is Kind.URGENT
        reach = await (self.on_call.reach(tx, alert, None, now) if fresh else self._reach(tx, alert))
        alert, effects = alerts.step(alert, Tick(reach), now)
        if not await tx.insert_alert(row_of(alert, now)):
            return None
        await self._do(tx, alert, effects, now)
        return id

    async def raised_together(self, tx: Transaction, team: str, subjects: Sequence[str], kind: Kind) -> None:
        """New alerts of one team that are due at once: thought through once, said in one message to each person."""
        now = self.now()
        template, _ = await self._template(tx, team, kind, now)
        model, effects = alerts.step(template, Tick(await self._reach(tx, template)), now)
        notices: list[Notice] = []
        for subject in subjects:
            alert = replace(model, id=secrets.token_hex(8), subject=subject)
            if await tx.insert_alert(row_of(alert, now)):
                await self._do(tx, alert, effects, now, notices)
        await self.announce.notify(tx, notices, now)

    async def over(self, tx: Transaction, subject: str, outcome: Outcome, by: str | None = None) -> None:
        """What this alert was about has ended; nothing if there is none."""
        await self._if_open(tx, await tx.open_alert(subject), Resolve(outcome, by))

    async def taken(self, tx: Transaction, subject: str, by: str, team: str) -> None:
        """Somebody does what the alert asks for, without having said so on the phone first."""
        await self._taken_over(tx, await tx.open_alert(subject), by, team)

    async def _template(self, tx: Transaction, team: str, kind: Kind, now: datetime) -> tuple[Alert, Stencil]:
        """All alerts of one team, kind and minute differ in id and subject only; so they are made once."""
        plan = await self.on_call.plan(tx, team)
        known = self._templates.get((team, kind))
        if known is not None and known[0] == plan.version and known[1] == now:
            return known[2], known[3]
        if self._salt is None:
            self._salt = (await tx.secret("alerts", secrets.token_bytes(16))).hex()
        alert = alerts.raise_alert(
            id="", team=team, subject="", kind=kind, policy=plan.policy(kind, now), now=now, salt=self._salt
        )
        alert = replace(alert, opened=now.replace(minute=0))
        stencil = Stencil(alert, now)
        self._templates[team, kind] = (plan.version, now, alert, stencil)
        return alert, stencil

    # ---------------------------------------------------------------------------------------------------- answers

    async def take(self, member: str, alert: str, round: int | None = None) -> Response:
        """ "I take over": the first wins; of an ordinary or urgent alert the contact is claimed. Raises NoAlert."""
        return await self._answered(member, alert, round, lambda teams, reach: Acknowledge(member, teams, round))

    async def later(self, member: str, alert: str, pause: timedelta, round: int | None = None) -> Response:
        """A pause of the chain; of the owner, a longer hold. Raises NoAlert."""
        return await self._answered(member, alert, round, lambda teams, reach: Postpone(member, teams, pause, round))

    async def pass_on(self, member: str, alert: str, round: int | None = None) -> Response:
        """ "I cannot": the next is reached at once. Raises NoAlert."""
        return await self._answered(member, alert, round, lambda teams, reach: Decline(member, teams, reach, round))

    async def known(self, member: str) -> tuple[KnownAlert, ...]:
        """Alerts that this member was told of, open ones first, newest first."""

        async def unit(tx: Transaction) -> tuple[KnownAlert, ...]:
            rows = await tx.told_alerts(member, KNOWN)
            found = [alerts.load(row.document) for row in rows]
            return tuple(
                KnownAlert(one.id, one.round, reference(one.id, one.round), one.phase is not Phase.RESOLVED)
                for one in found
            )

        return await self._desk.store.read(unit)

    async def _answered(
        self, member: str, id: str, round: int | None, event: Callable[[frozenset[str], Reach], Event]
    ) -> Response:
        async def unit(tx: Transaction) -> Response:
            row = await tx.alert(id)
            if row is None:
                raise NoAlert
            alert = alerts.load(row.document)
            if (mailbox := contact_of(alert.subject)) and await tx.in_conflict(bytes.fromhex(mailbox), member):
                raise NoAlert
            if alert.kind in VISITS and (await self._desk.visits.people_of(tx, alert))[1] == member:
                raise NoAlert  # of one's own field visit nothing is heard here
            roles = await tx.roles_of(member)
            teams = frozenset(team for team, role in roles.items() if role != "coordination")
            # A coordination may take the alerts of its Lands: it holds the alert, and never gets the contact.
            cared = [self.on_call.looked_after(unit) for unit, role in roles.items() if role == "coordination"]
            wanted = event(teams.union(*cared), await self._reach(tx, alert))
            after, effects = await self._happen(tx, row, wanted)
            answer = next(effect for effect in effects if isinstance(effect, Answer))
            owner = (await tx.names({answer.owner})).get(answer.owner, "") if answer.owner else ""
            mine = answer.reply is not Reply.FOREIGN and after.team in teams
            name = reference(after.id, round if round is not None else after.round)
            return Response(answer.reply, name, owner, answer.until, contact_of(after.subject) if mine else None)

        return await self._desk.store.write(unit)

    # ------------------------------------------------------------------------------------------------------- time

    async def next_due(self) -> datetime | None:
        """When the next alert has its time: in whole minutes, as everything here."""
        due = await self._desk.store.read(lambda tx: tx.next_alert())
        return None if due is None else datetime.fromtimestamp(-(-due // 60) * 60, UTC)

    async def tick(self) -> int:
        """Steps every alert whose time has come; returns how many. May run on several nodes, after any downtime."""
        now = self.now()
        await self._desk.store.write(lambda tx: self._watch_clock(tx, now))
        await self._announce(now)
        return await step_due(
            self._desk.store,
            AT_ONCE,
            lambda tx, most: self._tick_some(tx, now, most),
            lambda tx, fault: self._set_aside(tx, fault, now),
        )

    async def _announce(self, now: datetime) -> None:
        """Writes the alerts of contacts that came in since the last tick. A team that cannot be told stops no other."""
        try:
            while await self._desk.store.write(lambda tx: self._announce_some(tx, now)):
                pass
        except Unavailable:
            raise
        except Exception:  # whose fault it is shows when they are taken team by team
            for team in await self._desk.store.read(lambda tx: tx.unannounced_teams()):
                await self._announce_team(team, now)

    async def _announce_team(self, team: str, now: datetime) -> None:
        try:
            while await self._desk.store.write(lambda tx: self._announce_some(tx, now, team)):
                pass
        except Unavailable:
            raise
        except Exception as fault:  # the marks stay, loudly
            log.error("new contacts of team %s wait for their alerts: %s", team, type(fault).__name__)
            await self._desk.store.write(lambda tx: self.announce.stuck(tx, team, now))

    async def _announce_some(self, tx: Transaction, now: datetime, team: str | None = None) -> bool:
        """True if there may be more of them."""
        marked = await tx.unannounced(AT_ONCE, team)
        rows: list[AlertRow] = []
        for mailbox, of in marked:
            if await tx.announced(mailbox):
                # As of a minute ago: who came just before a round of messages leaves is in it.
                _, stencil = await self._template(tx, of, Kind.ORDINARY, now - SINCE)
                rows.append(stencil.row(secrets.token_hex(8), mailbox.hex()))
        await tx.insert_alerts(rows)
        return len(marked) == AT_ONCE

    async def _tick_some(self, tx: Transaction, now: datetime, most: int) -> int:
        rows = await tx.due_alerts(second_of(now), most)
        notices: list[Notice] = []
        for row in rows:
            alert = alerts.load(row.document)
            after, effects = alerts.step(alert, Tick(await self._reach(tx, alert)), now)
            await self._store(tx, row, after, effects, notices)
        await self.announce.notify(tx, notices, now)
        return len(rows)

    async def _set_aside(self, tx: Transaction, fault: Exception, now: datetime) -> None:
        for row in await tx.due_alerts(second_of(now), 1):
            await self._stuck(tx, row, fault, now)

    async def _stuck(self, tx: Transaction, row: AlertRow, fault: Exception, now: datetime) -> None:
        """One alert that cannot be stepped must not hold up the others, nor be silent: it is tried again, loudly."""
        log.error("alert %s of team %s cannot be stepped: %s", row.id, row.team, type(fault).__name__)
        await tx.update_alert(row, row._replace(due=second_of(now + alerts.LATE)))
        await self.announce.stuck(tx, row.team, now)

    async def audit(self) -> int:
        """Finds alerts that should have moved and did not, and moves them, loudly; returns how many."""
        now = self.now()
        late, far = second_of(now - alerts.LATE) - 1, second_of(now + FAR)
        repaired = 0
        for found in await self._desk.store.read(lambda tx: tx.suspicious_alerts(late, far, AT_ONCE)):
            try:
                repaired += await self._desk.store.write(lambda tx, found=found: self._repair(tx, found.id, now))  # type: ignore[misc]
            except Unavailable:
                raise
            except Exception as fault:
                await self._desk.store.write(lambda tx, row=found, fault=fault: self._stuck(tx, row, fault, now))  # type: ignore[misc]
        return repaired

    async def _repair(self, tx: Transaction, id: str, now: datetime) -> bool:
        row = await tx.alert(id)
        if row is None or row.phase == Phase.RESOLVED.value:
            return False
        alert = alerts.load(row.document)
        if not alerts.overdue(alert, now):
            if row.due == row_of(alert, now).due:
                return False
            await self._store(tx, row, alert, (Loud(Trouble.OVERDUE),))  # the index has lost what the document knows
            return True
        after, effects = alerts.step(alert, Repair(await self._reach(tx, alert)), now)
        await self._store(tx, row, after, effects)
        log.error("alert %s of team %s was left lying since %s; it goes on now", row.id, row.team, alert.due)
        return True

    async def _watch_clock(self, tx: Transaction, now: datetime) -> None:
        """A clock that was set back takes all timers with it, so that nobody waits an hour longer."""
        before = await tx.mark("clock")
        if before is None or second_of(now) >= before:
            await tx.raise_mark("clock", second_of(now))
            return
        by = timedelta(seconds=before - second_of(now))
        if by < SET_BACK or not await tx.lower_mark("clock", before, second_of(now)):
            return
        log.warning("the clock was set back by %s minutes; all alerts follow it", int(by.total_seconds()) // 60)
        last = ""
        while rows := await tx.open_alerts_after(last, AT_ONCE):
            for row in rows:
                try:
                    alert, effects = alerts.step(alerts.load(row.document), ClockSetBack(by), now)
                except PURE_FAULTS as fault:
                    await self._stuck(tx, row, fault, now)
                    continue
                await self._store(tx, row, alert, effects)
            last = rows[-1].id
        await self._desk.visits.set_back(tx, by)
        await self._desk.callbacks.set_back(tx, now)

    async def test_alarm(self) -> int:
        """Once a day, at the set time of the day: everybody who is on call within a day confirms a test alarm."""
        now = self.now()
        set_time = self._desk.settings.test_alarm
        here = local(now, BERLIN)
        if not set_time:
            return 0
        at = datetime.combine(here.date(), time.fromisoformat(set_time), here.tzinfo)
        if not at <= here < at + TEST_UNTIL:
            return 0
        day = here.date().toordinal()

        async def still_to_do(tx: Transaction) -> list[str]:
            last = await tx.mark("test_alarm")
            return [] if last is not None and last >= day else [row.team for row in await tx.rotas()]

        raised = 0
        for team in await self._desk.store.read(still_to_do):
            try:
                raised += await self._desk.store.write(lambda tx, team=team: self._test_team(tx, team, day, now))  # type: ignore[misc]
            except Unavailable:
                raise
            except Exception as fault:
                log.error("no test alarm for team %s: %s", team, type(fault).__name__)
                await self._desk.store.write(lambda tx, team=team: self.announce.stuck(tx, team, now))  # type: ignore[misc]
        await self._desk.store.write(lambda tx: tx.raise_mark("test_alarm", day))
        return raised

    async def _test_team(self, tx: Transaction, team: str, day: int, now: datetime) -> int:
        rota = (await self.on_call.plan(tx, team)).rota
        on_call = {s.person for s in rota.stretches(now, now + ON_CALL_TODAY) if s.person is not None}
        there = {person.member for person in await tx.people(team)}
        raised = 0
        for member in sorted(on_call & there):
            id = hashlib.sha256(f"test/{member}/{day}".encode()).hexdigest()[:16]
            raised += await self.raised(tx, team, PHONE + member, Kind.TEST, id) is not None
        return raised

    async def sweep(self) -> None:
        """Forgets alerts, incidents and outbox rows that have outlived their use."""
        now = self.now()

        async def unit(tx: Transaction) -> None:
            await tx.forget_alerts(minute_of(now - KEPT))
            await tx.forget_incidents(minute_of(now - INCIDENTS_KEPT))
            await tx.forget_outbox(second_of(now - timedelta(days=1)), second_of(now - INCIDENTS_KEPT))

        await self._desk.store.write(unit)

    # -------------------------------------------------------------------------------------- what cannot be brought

    async def undeliverable(self, tx: Transaction, row: OutboxRow) -> None:
        """A dead letter: when no other channel has brought or may bring it, the next step follows at once."""
        saying = sayings.load(row.saying)
        if saying.kind not in (sayings.Kind.NOTICE, sayings.Kind.CHECK_IN) or await tx.bundle_alive(row.bundle):
            return
        if saying.kind is sayings.Kind.CHECK_IN:
            await self._desk.visits.undeliverable(tx, row, saying)
            return
        for id, round_ in saying.about:
            if (known := await tx.alert(id)) is not None and known.phase != Phase.RESOLVED.value:
                alert = alerts.load(known.document)
                await self._happen(tx, known, Failed(row.recipient, round_, await self._reach(tx, alert)))

    async def accepted(self, id: str, receipt: str) -> None:
        """A provider has taken a row and calls it `receipt`."""
        await self._desk.store.write(lambda tx: tx.put_receipt(id, receipt))

    async def undelivered(self, channel: str, receipt: str) -> None:
        """It says later that this did not arrive: a dead letter after all. To whichever process it says so."""

        async def unit(tx: Transaction) -> None:
            row = await tx.undelivered_outbox(channel, receipt, f"{channel}: not delivered")
            if row is not None:
                await self.undeliverable(tx, row)

        await self._desk.store.write(unit)

    async def recused(self, tx: Transaction, mailbox: bytes, member: str) -> None:
        """This member knows the person: nobody waits for them any more in alerts about this contact."""
        for subject in (mailbox.hex(), CALLBACK + mailbox.hex(), HANDOVER + mailbox.hex()):
            if (row := await tx.open_alert(subject)) is not None:
                alert = alerts.load(row.document)
                passed = Decline(member, frozenset({row.team}), await self._reach(tx, alert))
                await self._happen(tx, row, passed)

    async def lost(self, tx: Transaction, member: str) -> None:
        """The phone of this member is lost, or the member is gone: nobody waits for them any more."""
        for row in await tx.told_alerts(member, SHOWN):
            if row.phase != Phase.RESOLVED.value:
                alert = alerts.load(row.document)
                await self._happen(tx, row, Lost(member, await self._reach(tx, alert)))

    async def end_unsaid(self, tx: Transaction, row: AlertRow) -> None:
        """Another alert about the same takes its place in this transaction, and says what is to be said."""
        now = self.now()
        alert, _ = alerts.step(alerts.load(row.document), Resolve(Outcome.MOVED), now)
        await tx.update_alert(row, row_of(alert, now))

    # ----------------------------------------------------------------------------------------------- step and store

    async def _reach(self, tx: Transaction, alert: Alert) -> Reach:
        owner: str | None = None
        if alert.subject.startswith(PHONE):
            owner = alert.subject.removeprefix(PHONE)
        elif alert.kind is Kind.ANSWER_WAITING and alert.subject:
            contact = await tx.contact(bytes.fromhex(alert.subject))
            owner = None if contact is None else contact.claimed_by
        companion, without = await self._desk.visits.people_of(tx, alert) if alert.kind in VISITS else (None, None)
        reach = await self.on_call.reach(tx, alert, owner, self.now(), companion=companion, without=without)
        mailbox = contact_of(alert.subject)
        knowing = frozenset() if mailbox is None else await tx.conflicted(bytes.fromhex(mailbox))
        if not knowing:
            return reach
        people = {target: tuple(one for one in there if one not in knowing) for target, there in reach.people.items()}
        return replace(reach, people=people)

    async def _happen(self, tx: Transaction, row: AlertRow, event: Event) -> tuple[Alert, Sequence[Effect]]:
        alert, effects = alerts.step(alerts.load(row.document), event, self.now())
        await self._store(tx, row, alert, effects)
        return alert, effects

    async def _store(
        self,
        tx: Transaction,
        row: AlertRow,
        alert: Alert,
        effects: Sequence[Effect],
        notices: list[Notice] | None = None,
    ) -> None:
        now = self.now()
        after = row_of(alert, now)
        if after.subject:
            after = after._replace(subject=row.subject)  # what an alert is about never changes, it only ends
        if after != row._replace(revision=1, ended=after.ended):
            await tx.update_alert(row, after)
        await self._do(tx, alert, effects, now, notices)

    async def _do(
        self,
        tx: Transaction,
        alert: Alert,
        effects: Sequence[Effect],
        now: datetime,
        notices: list[Notice] | None = None,
    ) -> None:
        """Effects become rows; notices are collected when the caller bundles them."""
        if alert.subject.startswith(VISIT):
            await self._desk.visits.alert_moved(tx, alert)
        mine: list[Notice] = []
        for effect in effects:
            match effect:
                case Notify():
                    (mine if notices is None else notices).append(Notice(alert, effect))
                case Tell(people, news, owner):
                    about = ((alert.id, alert.round),)
                    saying = Saying(sayings.Kind.NEWS, alert.team, news=news, owner=owner or "", about=about)
                    await self.announce.say(tx, people, saying, now)
                case Claim(by, instead_of):
                    await self._claim_contact(tx, alert, by, instead_of)
                case Coordination() | Loud() if self.on_call.is_test(alert.team):
                    pass
                case Coordination(trouble, target):
                    await self.announce.tell_coordination(tx, alert.team, trouble, target, now)
                case Loud(trouble):
                    log.error("alert %s of team %s: %s", alert.id, alert.team, trouble.value)
                    await self.announce.incident(tx, alert.team, trouble, None, now, loud=True)
                case Answer():
                    pass  # goes back to whoever asked
        await self.announce.notify(tx, mine, now)

    async def _claim_contact(self, tx: Transaction, alert: Alert, by: str, instead_of: str | None) -> None:
        """Taking over on the phone claims the contact, for members of its team. Others hold the alert alone."""
        row = await tx.contact(bytes.fromhex(alert.subject))
        if row is None or row.team not in await tx.teams_of(by) or (State(row.state), Happened.CLAIM) not in NEXT:
            return
        if row.claimed_by == by or row.claimed_by not in (None, instead_of):
            return
        after, _ = contact_step(machine(row), Happened.CLAIM, by=by, take_over=True)
        now = self._desk.clock()
        try:
            until = self._desk.working_days_from(self._desk.network.directory.team(row.team), now, CLAIM_WORKING_DAYS)
        except (DirectoryUnusable, TeamUnknown):
            until = hour_of(now) // 24 + CLAIM_WORKING_DAYS
        await tx.update_contact(row, moved(row._replace(claim_until=until), after, hour_of(now)))
