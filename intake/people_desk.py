"""The people of a team, as its leads manage them: invite, let in, roles, revoke, new key epoch, recovery by two.

Whatever changes who can read arrives as a statement signed in the lead's browser (people.py) and is proved here before
it is kept; grants arrive sealed. The server can refuse, and can neither let anybody in nor write an entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crypto.envelope import Kind
from crypto.signing import unproven
from intake.contacts import Event, step
from intake.desk import hour_of, machine, moved, read_header
from intake.directory import Team
from intake.errors import (
    EnvelopeRefused,
    KeyChanged,
    LeadOnly,
    LogMoved,
    MemberTaken,
    NoMember,
    RoleRefused,
    StatementForged,
    TeamUnknown,
)
from intake.members import INVITATION_HOURS, hash_token, normal_id
from intake.people import Act, Roll, Standing, Statement, check_time, decode, follow, replay
from intake.store import ColleagueRow, Grant, RecoveryRow, Transaction
from intake.team_desk import Who, member_context

if TYPE_CHECKING:
    from intake.desk import Desk

RECOVERY_HOURS = 72
MOST_GRANTS = 400


@dataclass(frozen=True, slots=True)
class Colleague:
    """One member of the team. `epochs`: of which key epochs they hold the seed."""

    row: ColleagueRow
    epochs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class People:
    """What a member sees of the own team; the browser proves `log` itself."""

    team: str
    log: tuple[bytes, ...]
    colleagues: tuple[Colleague, ...]
    recoveries: tuple[RecoveryRow, ...]


@dataclass(frozen=True, slots=True)
class MemberGrant:
    """A sealed seed of one epoch for one member."""

    member: str
    epoch: int
    envelope: bytes


class PeopleDesk:
    """Use cases of leads. Reached as `desk.people`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def people(self, who: Who, team: str) -> People:
        """Everybody of an own team with the log. Raises TeamUnknown."""
        _own(who, team)

        async def unit(tx: Transaction) -> People:
            epochs = await tx.granted_epochs(team)
            rows = await tx.colleagues(team)
            return People(
                team,
                tuple(await tx.statements(team)),
                tuple(Colleague(row, tuple(epochs.get(row.member, ()))) for row in rows),
                tuple(await tx.recoveries(team)),
            )

        return await self._desk.store.read(unit)

    async def invite(
        self, who: Who, team: str, member: str, name: str, role: str, code_hash: bytes, statement: bytes
    ) -> bool:
        """Somebody new, or somebody of the same carrier. False if they have keys already and need no invitation."""
        id = normal_id(member)
        hour = hour_of(self._desk.clock())

        async def unit(tx: Transaction) -> bool:
            if not id:
                raise StatementForged("no account name")
            await self._stated(tx, who, team, statement, ("invited",), id, role)
            known = await tx.member(id)
            if known is not None and known.state != "revoked" and not await self._same_carrier(tx, id, team):
                raise MemberTaken
            await tx.join_as(id, name, team, role)
            if known is not None and known.state == "enrolled":
                return False
            await tx.put_invitation(code_hash, id, hour + INVITATION_HOURS)
            return True

        return await self._desk.store.write(unit)

    async def grant(self, who: Who, team: str, member: str, grants: Sequence[MemberGrant], statement: bytes) -> None:
        """Lets a member in, after the words were compared. Raises KeyChanged, SecrecyMissing, RoleRefused …"""

        async def unit(tx: Transaction) -> None:
            said = await self._stated(tx, who, team, statement, ("granted",), member)
            row = await self._row(tx, team, member)
            if row.kem is None or row.verify is None:
                raise NoMember
            if hash_token(row.kem).hex() != said.kem_hash or row.verify.hex() != said.verify:
                raise KeyChanged
            if said.role is not None and said.role != row.role:
                raise LogMoved
            await self._keep(tx, team, grants, only=member)
            await tx.put_secrecy(member, said.secrecy or "")

        await self._desk.store.write(unit)

    async def regrant(self, who: Who, team: str, grants: Sequence[MemberGrant]) -> None:
        """More epochs for members who read already: a new key epoch, or history for who came later."""

        async def unit(tx: Transaction) -> None:
            await self._lead(tx, who, team)
            await self._keep(tx, team, grants)

        await self._desk.store.write(unit)

    async def change_role(self, who: Who, team: str, member: str, statement: bytes) -> None:
        """Counsellor, lead or supervisor. Whoever becomes supervisor loses the team's seeds."""

        async def unit(tx: Transaction) -> None:
            said = await self._stated(tx, who, team, statement, ("role",), member)
            await self._row(tx, team, member)
            role = said.role or "counsellor"
            await tx.put_role(member, team, role)
            if role == "supervisor":
                await self._let_go(tx, team, member)
                await tx.drop_grants(member, team)

        await self._desk.store.write(unit)

    async def revoke(self, who: Who, team: str, member: str, statement: bytes) -> bool:
        """A person leaves the team: at once no session of theirs reads here. True if it was their last team."""

        async def unit(tx: Transaction) -> bool:
            await self._stated(tx, who, team, statement, ("revoked",), member)
            await self._row(tx, team, member)
            await self._let_go(tx, team, member)
            await tx.drop_recovery(member, team)
            await tx.leave_team(member, team)
            last = not await tx.teams_of(member)
            if last:
                await self._desk.phones.gone(tx, member, who.member)
                await tx.cut_off(member)
            await self._desk.alerts.lost(tx, member)
            return last

        return await self._desk.store.write(unit)

    async def announce_epoch(self, who: Who, team: str, statement: bytes, grants: Sequence[MemberGrant]) -> None:
        """A new key of the team, made in the lead's browser; it comes into force with the next signed directory."""
        listed = self._team(team)

        async def unit(tx: Transaction) -> None:
            said = await self._stated(tx, who, team, statement, ("epoch",), "")
            if said.epoch != listed.epoch + 1:
                raise LogMoved(f"epoch {listed.epoch} is in force")
            await tx.drop_epoch(team, said.epoch)  # announced once more, because somebody who had it has left
            await self._keep(tx, team, grants)

        await self._desk.store.write(unit)

    # -------------------------------------------------------------------------------------------------- recovery

    async def ask_recovery(self, who: Who, team: str, member: str) -> None:
        """The first of two leads: this colleague has lost passphrase or devices. Raises LogMoved if it is asked."""
        hour = hour_of(self._desk.clock())

        async def unit(tx: Transaction) -> None:
            await self._lead(tx, who, team)
            row = await self._row(tx, team, member)
            if row.state != "enrolled" or member == who.member:
                raise NoMember
            if not await tx.put_recovery(RecoveryRow(member, team, who.member, hour + RECOVERY_HOURS)):
                raise LogMoved

        await self._desk.store.write(unit)

    async def refuse_recovery(self, who: Who, team: str, member: str) -> None:
        """The second lead disagrees, or the first takes it back: everything stays as it is."""

        async def unit(tx: Transaction) -> None:
            await self._lead(tx, who, team)
            if not await tx.drop_recovery(member, team):
                raise NoMember

        await self._desk.store.write(unit)

    async def confirm_recovery(
        self, who: Who, team: str, member: str, code_hash: bytes, statement: bytes
    ) -> tuple[str, ...]:
        """The second lead: old keys, factors and sessions end; an invitation makes new ones, to be granted anew.

        Returns the other teams of the member, whose leads must grant anew, too.
        """
        hour = hour_of(self._desk.clock())

        async def unit(tx: Transaction) -> tuple[str, ...]:
            waiting = {row.member: row for row in await tx.recoveries(team)}
            found = waiting.get(member)
            if found is None:
                raise NoMember
            if who.member == found.asked_by:
                raise LeadOnly
            said = await self._stated(tx, who, team, statement, ("recovered",), member)
            if said.asked != found.asked_by:
                raise StatementForged("another lead asked")
            await tx.drop_recovery(member, team)
            await self._desk.phones.gone(tx, member, who.member)
            await tx.forget_keys(member)
            await tx.put_invitation(code_hash, member, hour + INVITATION_HOURS)
            return tuple(other for other in await tx.teams_of(member) if other != team)

        return await self._desk.store.write(unit)

    # --------------------------------------------------------------------------------------------------- helpers

    async def admit(self, tx: Transaction, team: Team, statement: bytes) -> Roll:
        """For the command line: an entry signed with the team's own key."""
        roll = await self._roll(tx, team)
        after = follow(roll, statement, team.verify_keys())
        await self._append(tx, after, statement)
        return after

    async def _stated(
        self, tx: Transaction, who: Who, team: str, statement: bytes, acts: tuple[Act, ...], member: str,
        role: str | None = None,
    ) -> Statement:  # fmt: skip
        """Proves a statement of this member about `member`, and keeps it."""
        _own(who, team)
        said = decode(unproven(statement))
        if said.act not in acts or said.by != who.member or said.member != member or role not in (None, said.role):
            raise StatementForged("says something else than the request")
        if said.member != who.member or said.act != "revoked":
            await self._lead(tx, who, team)
        roll = await self._roll(tx, self._team(team))
        check_time(roll, statement, self._desk.clock())
        after = follow(roll, statement, self._team(team).verify_keys())
        await self._append(tx, after, statement)
        return said

    async def _append(self, tx: Transaction, roll: Roll, statement: bytes) -> None:
        if not await tx.add_statement(roll.team, roll.number, statement):
            raise LogMoved

    async def _roll(self, tx: Transaction, team: Team) -> Roll:
        return replay(team.id, await tx.statements(team.id), team.verify_keys())

    async def _lead(self, tx: Transaction, who: Who, team: str) -> None:
        _own(who, team)
        if (await tx.roles_of(who.member)).get(team) != "lead":
            raise LeadOnly

    async def _row(self, tx: Transaction, team: str, member: str) -> ColleagueRow:
        for row in await tx.colleagues(team):
            if row.member == member:
                return row
        raise NoMember

    async def _keep(
        self, tx: Transaction, team: str, grants: Sequence[MemberGrant], *, only: str | None = None
    ) -> None:
        """Stores grants for exactly the keys that the log admitted. Raises KeyChanged, RoleRefused, NoMember."""
        roll = await self._roll(tx, self._team(team))
        rows = {row.member: row for row in await tx.colleagues(team)}
        newest = self._team(team).epoch + 1
        for grant in grants:
            row, reader = rows.get(grant.member), roll.reader(grant.member)
            if row is None or row.kem is None or only not in (None, grant.member):
                raise NoMember
            if row.role == "supervisor":
                raise RoleRefused
            header = read_header(grant.envelope, Kind.GRANT, readers=1, context=member_context(grant.member))
            kem_hash = hash_token(row.kem).hex()
            if reader is None or reader.standing is not Standing.READING or reader.kem_hash != kem_hash:
                raise KeyChanged
            if header.kids[0].hex() != kem_hash[:16]:
                raise KeyChanged
            if not 1 <= grant.epoch <= newest:
                raise EnvelopeRefused("no such epoch")
            await tx.put_grant(grant.member, Grant(team, grant.epoch, grant.envelope))

    async def _let_go(self, tx: Transaction, team: str, member: str) -> None:
        """Nobody's contact may hang on somebody who is gone."""
        for row in await tx.held_by(member, 10_000):
            if row.team == team:
                after, _ = step(machine(row), Event.RELEASE, by=member)
                changed = moved(row, after, hour_of(self._desk.clock()))
                await tx.update_contact(row, changed)
                await self._desk.alerts.on_contact(tx, changed, Event.RELEASE)

    async def _same_carrier(self, tx: Transaction, member: str, team: str) -> bool:
        """Whether the member works for the carrier of this team, or belongs to nobody yet."""
        directory = self._desk.network.directory
        carriers = {one.id: one.carrier for one in directory.teams}
        theirs = {carriers.get(other) for other in await tx.teams_of(member)}
        return not theirs or carriers[team] in theirs

    def _team(self, team: str) -> Team:
        return self._desk.network.directory.team(team)


def _own(who: Who, team: str) -> None:
    if team not in (*who.teams, *who.supervises):
        raise TeamUnknown
