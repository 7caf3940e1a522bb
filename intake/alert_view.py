"""What the console shows of alerts, deliveries and dead letters. Reading only, and releasing or dropping dead letters.

A counsellor sees the alerts of the own teams; a coordination those of its Lands, without the mailbox they are about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake import alerts, sayings
from intake.alert_model import Alert, Phase
from intake.alert_policy import VISITS
from intake.alert_reference import Reference, reference
from intake.announcer import minute_of, second_of
from intake.errors import NoAlert
from intake.on_call import VISIT, contact_of
from intake.store import IncidentRow, OutboxRow, Transaction
from intake.team_desk import Who
from intake.watch import LOUD_FOR

if TYPE_CHECKING:
    from intake.desk import Desk

SHOWN = 200
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class AlertSheet:
    """One open alert. `step`: the target that is waited for.

    `contact`: mailbox in hex, `visit`: id of the field visit that it is about; both for the team's members.
    """

    alert: Alert
    reference: Reference
    step: str
    contact: str | None
    visit: str | None
    deliveries: tuple[tuple[OutboxRow, str], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Open alerts, incidents of a day, and whether something is so wrong that every console must show it."""

    sheets: tuple[AlertSheet, ...]
    incidents: tuple[IncidentRow, ...]
    loud: bool
    names: dict[str, str]


class AlertView:
    """Reached as `desk.alert_view`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def overview(self, who: Who) -> Overview:
        """Everything open that this member may see, the most urgent first."""
        now = self._desk.clock()

        async def unit(tx: Transaction) -> Overview:
            own, seen = await self._teams(tx, who)
            hidden = {mailbox.hex() for mailbox in await tx.conflicts_of(who.member)}
            sheets: list[AlertSheet] = []
            for team in seen:
                for row in await tx.open_alerts(team, SHOWN):
                    if contact_of(row.subject) in hidden:
                        continue
                    alert = alerts.load(row.document)
                    if alert.kind in VISITS and (await self._desk.visits.people_of(tx, alert))[1] == who.member:
                        continue  # a console in foreign hands shows nothing of an alarm about its owner
                    told = await tx.told_people(alert.id)
                    found = await tx.bundle_rows([bundle for _, bundle in told if bundle])
                    sheets.append(_sheet(alert, tuple(found), mine=team in own))
            sheets.sort(key=lambda sheet: (sheet.alert.phase is not Phase.EXHAUSTED, sheet.alert.due or now))
            since = minute_of(now)
            incidents = tuple(row for row in await tx.incidents(since - DAY_MINUTES, SHOWN) if row.team in seen)
            recent = since - int(LOUD_FOR.total_seconds()) // 60
            loud = any(row.loud and row.at >= recent for row in incidents)
            loud = loud or any(sheet.alert.phase is Phase.EXHAUSTED for sheet in sheets)
            people = {row.recipient for sheet in sheets for row, _ in sheet.deliveries}
            people |= {sheet.alert.owner for sheet in sheets if sheet.alert.owner}
            return Overview(tuple(sheets[:SHOWN]), incidents, loud, await tx.names(people))

        return await self._desk.store.read(unit)

    async def dead_letters(self, who: Who) -> tuple[tuple[OutboxRow, sayings.Saying, str], ...]:
        """(row, what it said, name of the recipient) of what could not be brought to colleagues."""

        async def unit(tx: Transaction) -> tuple[tuple[OutboxRow, sayings.Saying, str], ...]:
            found = []
            for row in await tx.dead_letters(SHOWN):
                if await self._concerns(tx, who, row):
                    name = (await tx.names({row.recipient})).get(row.recipient, row.recipient)
                    found.append((row, sayings.load(row.saying), name))
            return tuple(found)

        return await self._desk.store.read(unit)

    async def release(self, who: Who, id: str, *, again: bool) -> None:
        """Tries a dead letter again, or drops it. Raises NoAlert for one that is not there or not of a colleague."""
        second = second_of(self._desk.clock())

        async def unit(tx: Transaction) -> None:
            row = await tx.dead_letter(id)
            if row is None or not await self._concerns(tx, who, row):
                raise NoAlert
            if again:
                await tx.revive_outbox(id, second)
                self._desk.alerts.announce.written()
            else:
                await tx.drop_outbox(id)

        await self._desk.store.write(unit)

    async def _teams(self, tx: Transaction, who: Who) -> tuple[set[str], tuple[str, ...]]:
        """(teams whose contacts this member may see, teams whose alerts)."""
        roles = await tx.roles_of(who.member)
        own = {team for team, role in roles.items() if role != "coordination"}
        seen = list(own)
        for unit, role in roles.items():
            if role == "coordination":
                seen += self._desk.alerts.on_call.looked_after(unit)
        return own, tuple(sorted(set(seen)))

    async def _concerns(self, tx: Transaction, who: Who, row: OutboxRow) -> bool:
        own, seen = await self._teams(tx, who)
        return bool((set(seen) | own) & set(await tx.teams_of(row.recipient)))


def _sheet(alert: Alert, deliveries: tuple[tuple[OutboxRow, str], ...], *, mine: bool) -> AlertSheet:
    step = alert.policy.steps[max(alert.level, 0)].target.value
    contact = contact_of(alert.subject) if mine else None
    visit = alert.subject.removeprefix(VISIT) if mine and alert.subject.startswith(VISIT) else None
    return AlertSheet(alert, reference(alert.id, alert.round), step, contact, visit, deliveries)
