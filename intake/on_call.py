"""Who stands where right now: the rota, the people of a team and their channels, put together for the alert machine.

Somebody stands in the way of an alert only with a channel that works; who has none is as good as absent, and the next
step follows at once. An installation without any channel shows alerts in the console alone; there everybody counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import msgspec

from intake.alert_model import Alert, Reach
from intake.alert_policy import VISITS, Kind, Policy, Target, policies, policy_at
from intake.directory import Directory, Team
from intake.duty import OnDuty, Rota
from intake.errors import DirectoryUnusable, TeamUnknown
from intake.rota_document import Plan, calendar_of, decode, read
from intake.store import PersonRow, Transaction
from intake.working_time import ScheduleError

CHANNELS = ("matrix", "push", "sms", "voice")
PHONE = "phone:"  # subject of a test alarm: phone:<member>
VISIT = "visit:"  # subject of a missed check-in: visit:<id>
CALLBACK = "callback:"  # subject of a callback that is due: callback:<mailbox in hex>
HANDOVER = "handover:"  # subject of a contact that another team offers: handover:<mailbox in hex>


def contact_of(subject: str) -> str | None:
    """The mailbox in hex that an alert is about, or None: nothing any more, or no contact."""
    if subject.startswith((PHONE, VISIT)):
        return None
    return subject.removeprefix(CALLBACK).removeprefix(HANDOVER) or None


class Network(Protocol):
    """What is needed of intake.network.Network."""

    @property
    def directory(self) -> Directory: ...


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """A team's rota and chains as of one version of plan and directory."""

    version: tuple[int, int]
    rota: Rota
    policies: dict[Kind, Policy]
    test: bool  # a watchdog's team: what is left behind there ends by itself and wakes nobody

    def policy(self, kind: Kind, at: datetime) -> Policy:
        """The chain for an alert of this kind that is raised now, to be frozen into it."""
        return self.policies[kind] if self.test else policy_at(kind, self.policies[kind], self.rota, at)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Who is on duty from `since` on until `until` (None: nobody else comes within sight)."""

    version: tuple[int, int]
    since: datetime
    until: datetime | None
    duty: OnDuty

    def holds(self, version: tuple[int, int], now: datetime) -> bool:
        return self.version == version and self.since <= now and (self.until is None or now < self.until)


class OnCall:
    """Answers with what is stored and published; remembers plans and shifts until they change."""

    def __init__(self, network: Network, channels: Iterable[str]) -> None:
        self._network = network
        self.channels = frozenset(channels)
        self._plans: dict[str, TeamPlan] = {}
        self._standing: dict[str, _Standing] = {}

    # ------------------------------------------------------------------------------------------------ directory

    @property
    def directory(self) -> Directory | None:
        """The published directory, of whatever age: alerts go on when nothing can be sealed any more."""
        try:
            return self._network.directory
        except DirectoryUnusable:
            return None

    def team(self, id: str) -> Team | None:
        """The team as published, or None."""
        directory = self.directory
        try:
            return None if directory is None else directory.team(id)
        except TeamUnknown:
            return None

    def is_test(self, id: str) -> bool:
        """Whether this is the watchdog's team: its troubles are nobody's."""
        team = self.team(id)
        return team is not None and team.test

    def name(self, id: str) -> str:
        """The team's name as the team chose it."""
        team = self.team(id)
        return id if team is None else team.name

    def coordinations(self, team: str) -> tuple[str, ...]:
        """Coordinations that look after this team: those of its Lands; of all Lands for a nationwide one."""
        directory, listed = self.directory, self.team(team)
        if directory is None or (listed is not None and listed.test):
            return ()
        lands = set(listed.lands) if listed is not None else set()
        here = tuple(one.id for one in directory.coordinations if lands & set(one.lands))
        return here or tuple(one.id for one in directory.coordinations)

    def looked_after(self, coordination: str) -> tuple[str, ...]:
        """Teams whose alerts this coordination sees."""
        directory = self.directory
        if directory is None or all(one.id != coordination for one in directory.coordinations):
            return ()
        return tuple(team.id for team in directory.teams if coordination in self.coordinations(team.id))

    # ----------------------------------------------------------------------------------------------------- plans

    async def plan(self, tx: Transaction, team: str) -> TeamPlan:
        """The team's plan. A plan that cannot be read is no plan: the alert goes to the team, and doctor says so."""
        row = await tx.rota(team)
        directory = self.directory
        version = (row.version if row else 0, directory.version if directory else 0)
        known = self._plans.get(team)
        if known is not None and known.version == version:
            return known
        listed = self.team(team)
        try:
            plan = decode(row.plan) if row else Plan()
            rota = read(team, listed, plan)
        except (msgspec.DecodeError, ScheduleError):
            plan = Plan()
            rota = Rota(team, calendar_of(listed, plan))
        chains = policies(rota.calendar)
        test = listed is not None and listed.test
        if test:
            chains = {kind: replace(chain, repeat=None) for kind, chain in chains.items()}
        made = self._plans[team] = TeamPlan(version, rota, chains, test)
        return made

    def _on_duty(self, team: str, plan: TeamPlan, now: datetime) -> _Standing:
        known = self._standing.get(team)
        if known is not None and known.holds(plan.version, now):
            return known
        standing = _Standing(plan.version, now, plan.rota.next_handover(now), plan.rota.on_duty(now))
        self._standing[team] = standing
        return standing

    # ----------------------------------------------------------------------------------------------------- people

    def channels_of(self, person: PersonRow, *, loud: bool = True) -> tuple[str, ...]:
        """The channels on which this person can be reached now; calls only when it is `loud`."""
        able = {"matrix": person.in_matrix, "push": person.pushed, "sms": person.numbered, "voice": person.numbered}
        return tuple(
            channel
            for channel in CHANNELS
            if channel in self.channels and able[channel] and (loud or channel != "voice")
        )

    def _reachable(self, people: Iterable[PersonRow], wanted: Callable[[PersonRow], bool]) -> tuple[str, ...]:
        return tuple(
            person.member for person in people if wanted(person) and (not self.channels or self.channels_of(person))
        )

    async def reach(
        self,
        tx: Transaction,
        alert: Alert,
        owner: str | None,
        now: datetime,
        *,
        companion: str | None = None,
        without: str | None = None,
    ) -> Reach:
        """Who stands where. `owner`: who holds the contact, or whose phone is tested; `without`: nowhere counted.

        For a colleague on a field visit an absent lead does not count; whoever of the team is there stands in.
        """
        plan = await self.plan(tx, alert.team)
        standing = self._on_duty(alert.team, plan, now)
        people = await tx.people(alert.team)

        def among(names: tuple[str, ...]) -> tuple[str, ...]:
            found = set(self._reachable(people, lambda person: person.member in names))
            return tuple(name for name in names if name in found)

        rota = plan.rota
        wanted = {step.target for step in alert.policy.steps}
        where: dict[Target, tuple[str, ...]] = {
            Target.FIRST: among(standing.duty.first),
            Target.SECOND: among(standing.duty.second),
            Target.TEAM: self._reachable(people, lambda person: not rota.is_absent(person.member, now)),
            Target.LEAD: self._reachable(people, lambda person: person.role == "lead"),
        }
        if owner is not None:
            where[Target.OWNER] = among((owner,))
        if Target.DEPUTY in wanted:
            where[Target.DEPUTY] = await self._deputies(tx, rota, now)
        where[Target.COORDINATION] = await self.coordination(tx, alert.team)
        if alert.kind in VISITS:
            where = {target: tuple(name for name in names if name != without) for target, names in where.items()}
            where[Target.LEAD] = tuple(p for p in where[Target.LEAD] if p in where[Target.TEAM]) or where[Target.TEAM]
            if companion is not None and not rota.is_absent(companion, now):
                where[Target.COMPANION] = among((companion,))
        return Reach(where, standing.until)

    async def near(
        self, tx: Transaction, team: str, companion: str | None, without: str, now: datetime
    ) -> tuple[str, ...]:
        """Companion and on-call: who looks after a colleague whose phone does not answer."""
        first = self._on_duty(team, await self.plan(tx, team), now).duty.first
        return tuple(dict.fromkeys(name for name in (companion, *first) if name is not None and name != without))

    async def coordination(self, tx: Transaction, team: str) -> tuple[str, ...]:
        """People of the coordination that looks after the team."""
        found: list[str] = []
        for id in self.coordinations(team):
            found += self._reachable(await tx.people(id), lambda person: person.role == "coordination")
        return tuple(dict.fromkeys(found))

    async def _deputies(self, tx: Transaction, rota: Rota, now: datetime) -> tuple[str, ...]:
        """On duty in the teams that answer for us; where nobody is, all of that team."""
        found: list[str] = []
        for id in rota.deputies(now):
            plan = await self.plan(tx, id)
            people = await tx.people(id)
            first = self._on_duty(id, plan, now).duty.first
            on_duty = self._reachable(people, lambda person, first=first: person.member in first)  # type: ignore[misc]
            found += on_duty or self._reachable(
                people,
                lambda person, plan=plan: not plan.rota.is_absent(person.member, now),  # type: ignore[misc]
            )
        return tuple(dict.fromkeys(found))
