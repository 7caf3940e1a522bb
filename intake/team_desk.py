"""The counsellors' side of the desk: enrolment, login, inbox, claim, answer, note, close. One transaction each.

Every use case takes a `Who` from `session`, and every contact is looked up through `mine`: a contact of a foreign team
is answered exactly as one that does not exist.
"""

import hashlib
import heapq
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crypto.envelope import Kind
from crypto.errors import KeyMalformed
from crypto.identity import PublicIdentity
from intake.contacts import Contact, Effect, Event, step
from intake.desk import MOST_BYTES, MOST_ENTRIES, day_of, hour_of, machine, moved, read_header
from intake.directory import Team
from intake.errors import (
    AlreadyClaimed,
    DirectoryUnusable,
    EnrolmentRefused,
    EnvelopeRefused,
    HandoverState,
    LoginRefused,
    MailboxFull,
    NoContact,
    NoInvitation,
    SessionEnded,
    StaleKey,
    TeamUnknown,
)
from intake.handover import OPEN as OPEN_STAGES
from intake.members import (
    ABSOLUTE_MINUTES,
    IDLE_MINUTES,
    NO_HASH,
    Session,
    Stretching,
    Throttle,
    check_enrolment,
    check_invitation,
    hash_token,
    normal_id,
    pretended,
    same,
)
from intake.store import (
    BOXES,
    Attachment,
    Box,
    ContactRow,
    Cursor,
    Entry,
    Grant,
    HandoverRow,
    MemberRow,
    Note,
    Transaction,
)

if TYPE_CHECKING:
    from intake.desk import Desk

PAGE = 50
COUNTED = 100  # a box is counted up to this number only
CLAIM_WORKING_DAYS = 1  # a claim without an answer stands until the end of the next working day


@dataclass(frozen=True, slots=True)
class Who:
    """A logged-in member, and the teams whose contacts they may see now.

    `supervises`: teams that are accompanied from outside. They are not in `teams`: nothing of their contacts is shown,
    only what is released for supervision.
    """

    member: str
    name: str
    teams: tuple[str, ...]
    supervises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamKey:
    """A key epoch of an own team; `envelope` is None until the lead has granted it, `kid` if it is long past."""

    team: str
    epoch: int
    kid: str | None
    envelope: bytes | None


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Answer to a right passphrase. `session` is told once and kept nowhere in clear."""

    session: bytes
    member: MemberRow
    keys: tuple[TeamKey, ...]
    roles: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a box. `names`: member id -> name for those that hold contacts; `counts` up to 100 each."""

    rows: tuple[ContactRow, ...]
    next: Cursor | None
    counts: dict[Box, int]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class OpenContact:
    """One contact with its envelopes and internal notes."""

    row: ContactRow
    holder: str | None
    entries: tuple[Entry, ...]
    notes: tuple[Note, ...]
    attachments: tuple[Attachment, ...] = ()
    handovers: tuple[HandoverRow, ...] = ()


def member_context(member: str) -> bytes:
    """Context of a grant (16 bytes)."""
    return hashlib.sha256(b"erstkontakt/1 member" + member.encode()).digest()[:16]


def team_context(team: str) -> bytes:
    """Context of a team's text blocks (16 bytes)."""
    return hashlib.sha256(b"erstkontakt/1 team" + team.encode()).digest()[:16]


class TeamDesk:
    """Use cases of counsellors. Reached as `desk.team`."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._throttle = Throttle()
        self._secret: bytes | None = None

    # ------------------------------------------------------------------------------------- invitation, enrolment

    async def invitation(self, code: str) -> tuple[MemberRow, list[str]]:
        """Who is invited, and to which teams. Raises NoInvitation."""
        code_hash = invitation_hash(code)
        hour = hour_of(self._desk.clock())

        async def unit(tx: Transaction) -> tuple[MemberRow, list[str]]:
            member = await _invited(tx, code_hash, hour)
            return member, await tx.teams_of(member.id)

        return await self._desk.store.read(unit)

    async def enrol(
        self,
        code: str,
        *,
        stretching: Stretching,
        login_key: bytes,
        wrapped_seed: bytes,
        kem: bytes,
        verify: bytes,
    ) -> str:
        """Stores what the member's browser made; returns the fingerprint in words. The invitation is used up.

        Raises NoInvitation, EnrolmentRefused.
        """
        check_enrolment(stretching, login_key=login_key, wrapped_seed=wrapped_seed, kem=kem, verify=verify)
        try:
            public = PublicIdentity(kem, verify)
        except KeyMalformed as error:
            raise EnrolmentRefused(str(error)) from None
        code_hash = invitation_hash(code)
        hour = hour_of(self._desk.clock())

        async def unit(tx: Transaction) -> None:
            member = await _invited(tx, code_hash, hour)
            if not await tx.use_invitation(code_hash):
                raise NoInvitation
            await tx.enrol(
                member._replace(
                    salt=stretching.salt,
                    memory_kib=stretching.memory_kib,
                    passes=stretching.passes,
                    login_hash=hash_token(login_key),
                    wrapped_seed=wrapped_seed,
                    kem=kem,
                    verify=verify,
                )
            )

        await self._desk.store.write(unit)
        return public.fingerprint

    # ---------------------------------------------------------------------------------------------------- login

    async def hello(self, member: str) -> Stretching:
        """How this member's passphrase is stretched; for unknown names a stable invention of the same shape."""
        name = normal_id(member)
        invented = pretended(name or member[:64], await self._hello_secret())
        row = await self._desk.store.read(lambda tx: tx.member(name))
        if row is None or row.salt is None or row.memory_kib is None or row.passes is None:
            return invented
        return Stretching(row.salt, row.memory_kib, row.passes)

    async def login(self, member: str, login_key: bytes, device: str = "") -> LoggedIn:
        """Raises LoginRefused, TooMany(retry_after) while this account's delay runs, or SecondFactorNeeded."""
        name = normal_id(member) or member[:64]
        self.check_patience(name)
        row = await self._desk.store.read(lambda tx: tx.member(name))
        enrolled = row is not None and row.login_hash is not None and row.state == "enrolled"
        right = same(hash_token(login_key), (row.login_hash if row else None) or NO_HASH)
        if row is None or not enrolled or not right:
            raise self.failed(name, keep=row is not None)
        if (needed := await self._desk.account.ask_second(name)) is not None:
            raise needed  # the delay goes on: only the second step ends it
        return await self._let_in(row, device)

    async def login_second(
        self, ticket: bytes, *, passkey: dict[str, Any] | None = None, code: str = "", device: str = ""
    ) -> LoggedIn:
        """The second step. A ticket is good for one answer; a wrong one counts like a wrong passphrase."""
        name = await self._desk.account.answer_second(ticket, passkey, code)
        row = await self._desk.store.read(lambda tx: tx.member(name))
        if row is None or row.state != "enrolled":
            raise LoginRefused
        return await self._let_in(row, device)

    async def _let_in(self, row: MemberRow, device: str) -> LoggedIn:
        self._throttle.succeeded(row.id)
        token = secrets.token_bytes(32)
        minute = int(self._desk.clock().timestamp()) // 60

        async def unit(tx: Transaction) -> tuple[dict[str, str], list[Grant]]:
            await tx.put_session(hash_token(token), row.id, minute, device[:40])
            return await tx.roles_of(row.id), await tx.grants(row.id)

        roles, grants = await self._desk.store.write(unit)
        teams = [team for team, role in roles.items() if role != "supervisor"]
        return LoggedIn(token, row, tuple(self._keys(teams, grants)), roles)

    def check_patience(self, member: str) -> None:
        """Raises TooMany while this account's delay runs."""
        self._throttle.check(member, int(self._desk.clock().timestamp()))

    def failed(self, member: str, *, keep: bool = True) -> LoginRefused:
        """Counts a wrong attempt of an account; returns the error to raise."""
        return self._throttle.failed(member, int(self._desk.clock().timestamp()), keep=keep)

    async def session(self, token: bytes) -> Who:
        """Who this is. Raises SessionEnded after logout, 30 minutes without use, or 12 hours."""
        token_hash = hash_token(token)
        minute = int(self._desk.clock().timestamp()) // 60

        async def unit(tx: Transaction) -> tuple[MemberRow | None, dict[str, str], Session]:
            found = await tx.session(token_hash)
            if found is None:
                raise SessionEnded
            return await tx.member(found[0]), await tx.roles_of(found[0]), Session(*found)

        row, roles, session = await self._desk.store.read(unit)
        session.check(minute)
        if row is None or row.state != "enrolled":
            raise SessionEnded
        if session.worth_touching(minute):
            await self._desk.store.write(lambda tx: tx.touch_session(token_hash, minute))
        reads = tuple(team for team, role in roles.items() if role != "supervisor")
        return Who(row.id, row.name, reads, tuple(team for team in roles if team not in reads))

    async def logout(self, token: bytes) -> None:
        """Ends the session; a replay of its token is refused from now on."""
        await self._desk.store.write(lambda tx: tx.end_session(hash_token(token)))

    # ---------------------------------------------------------------------------------------------------- inbox

    async def inbox(self, who: Who, box: Box, after: Cursor | None, team: str | None = None) -> Page:
        """Fifty contacts of a box, over all own teams (or one of them). Its cost does not grow with the box."""
        if team is not None and team not in who.teams:
            raise TeamUnknown
        teams = who.teams if team is None else (team,)

        async def unit(tx: Transaction) -> Page:
            lists = [await tx.page(box, team, who.member, after, PAGE + 1) for team in teams]
            rows = list(heapq.merge(*lists, key=lambda row: _order(box, row)))[: PAGE + 1]
            counts = {
                name: min(sum([await tx.count(name, team, who.member, COUNTED) for team in teams]), COUNTED)
                for name in BOXES
            }
            names = await tx.names({row.claimed_by for row in rows[:PAGE] if row.claimed_by})
            last = _cursor(box, rows[PAGE - 1]) if len(rows) > PAGE else None
            hidden = await tx.conflicts_of(who.member)
            return Page(tuple(row for row in rows[:PAGE] if row.mailbox not in hidden), last, counts, names)

        return await self._desk.store.read(unit)

    async def contact(self, who: Who, mailbox: bytes) -> OpenContact:
        """One contact of an own team. Raises NoContact."""

        async def unit(tx: Transaction) -> OpenContact:
            row = await mine(tx, who, mailbox)
            return await _opened(tx, row)

        return await self._desk.store.read(unit)

    # -------------------------------------------------------------------------------------------------- actions

    async def claim(self, who: Who, mailbox: bytes, *, take_over: bool = False) -> OpenContact:
        """First wins; the second is told who (AlreadyClaimed). `take_over` for an absent colleague's contact."""
        now = self._desk.clock()

        def change(row: ContactRow, now: datetime) -> ContactRow:
            after, _ = step(machine(row), Event.CLAIM, by=who.member, take_over=take_over)
            team = self._desk.network.directory.team(row.team)
            until = self._desk.working_days_from(team, now, CLAIM_WORKING_DAYS)
            return moved(row._replace(claim_until=until), after, hour_of(now))

        return await self._change(who, mailbox, change, now)

    async def release(self, who: Who, mailbox: bytes) -> OpenContact:
        """Back to the team, which is woken again."""
        return await self._event(who, mailbox, Event.RELEASE)

    async def close(self, who: Who, mailbox: bytes, reason: str) -> OpenContact:
        """Ends the contact; `reason` is one of contacts.REASONS."""
        return await self._event(who, mailbox, Event.CLOSE, reason)

    async def reopen(self, who: Who, mailbox: bytes) -> OpenContact:
        """An ended contact becomes the caller's again."""
        return await self._event(who, mailbox, Event.REOPEN)

    async def answer(self, who: Who, mailbox: bytes, envelope: bytes) -> int:
        """An answer sealed to the mailbox and the team; returns its number. The same bytes again: the same number."""
        header = read_header(envelope, Kind.ANSWER, readers=2, context=mailbox)
        now = self._desk.clock()

        async def unit(tx: Transaction) -> int:
            row = await mine(tx, who, mailbox)
            if (known := await tx.entry_number(mailbox, envelope)) is not None:
                return known
            team = self._desk.network.directory.team(row.team)
            self.check_readers(team, header.kids, row.person_kid)
            after, effects = await _stepped(tx, row, Event.ANSWER, who.member)
            if row.entries >= MOST_ENTRIES or row.size + header.bucket > MOST_BYTES:
                raise MailboxFull
            await self._desk.statistics.answered(tx, row)
            number = row.entries + 1
            await tx.add_entry(mailbox, Entry(number, "team", day_of(now), envelope))
            changed = moved(row, after, hour_of(now))._replace(
                entries=number,
                size=row.size + header.bucket,
                erase_on=max(row.erase_on, day_of(now) + team.retention_days),
            )
            await tx.update_contact(row, changed)
            await self._desk.alerts.on_contact(tx, changed, Event.ANSWER, who.member)
            await self._desk.tell_person(tx, changed, effects)
            return number

        return await self._desk.store.write(unit)

    async def note(self, who: Who, mailbox: bytes, envelope: bytes) -> int:
        """An internal note sealed to the team; returns its number. The person never sees that it exists."""
        header = read_header(envelope, Kind.NOTE, readers=1, context=mailbox)
        now = self._desk.clock()

        async def unit(tx: Transaction) -> int:
            row = await mine(tx, who, mailbox)
            for note in await tx.notes(mailbox):
                if note.envelope == envelope:
                    return note.number
            step(machine(row), Event.NOTE, by=who.member)
            self.check_readers(self._desk.network.directory.team(row.team), header.kids)
            if row.notes >= MOST_ENTRIES or row.size + header.bucket > MOST_BYTES:
                raise MailboxFull
            number = row.notes + 1
            await tx.add_note(mailbox, Note(number, row.entries, day_of(now), envelope))
            await tx.update_contact(row, row._replace(notes=number, size=row.size + header.bucket))
            return number

        return await self._desk.store.write(unit)

    async def blocks(self, who: Who, team: str) -> bytes | None:
        """The team's sealed text blocks, if there are any. Raises TeamUnknown for a foreign team."""
        if team not in who.teams:
            raise TeamUnknown
        return await self._desk.store.read(lambda tx: tx.blocks(team))

    async def put_blocks(self, who: Who, team: str, envelope: bytes) -> None:
        """Replaces the team's text blocks."""
        if team not in who.teams:
            raise TeamUnknown
        header = read_header(envelope, Kind.BLOCKS, readers=1, context=team_context(team))
        self.check_readers(self._desk.network.directory.team(team), header.kids)
        await self._desk.store.write(lambda tx: tx.put_blocks(team, envelope))

    # ------------------------------------------------------------------------------------------------- the rest

    async def sweep(self, *, erasing: bool = True) -> None:
        """Forgets ended sessions, old invitations and the like: what opens a door is gone at its time, at any clock.

        `erasing`: also what may be forgotten only while the clock is believed.
        """
        now = self._desk.clock()
        minute = int(now.timestamp()) // 60

        async def unit(tx: Transaction) -> None:
            await tx.sweep(hour_of(now), minute, idle=IDLE_MINUTES, absolute=ABSOLUTE_MINUTES)
            if erasing:
                await tx.sweep_erased(hour_of(now))
            await tx.sweep_people(hour_of(now), minute)

        await self._desk.store.write(unit)

    async def _event(self, who: Who, mailbox: bytes, event: Event, reason: str | None = None) -> OpenContact:
        now = self._desk.clock()

        async def unit(tx: Transaction) -> OpenContact:
            row = await mine(tx, who, mailbox)
            if event is Event.CLOSE and any(one.stage in OPEN_STAGES for one in await tx.handovers(mailbox)):
                raise HandoverState("closing with an open hand-over", state="offered")
            after, _ = await _stepped(tx, row, event, who.member, reason)
            changed = moved(row, after, hour_of(now))
            if event is Event.REOPEN:
                team = self._desk.network.directory.team(row.team)
                until = self._desk.working_days_from(team, now, CLAIM_WORKING_DAYS)
                changed = changed._replace(claim_until=until)
            await tx.update_contact(row, changed)
            await self._desk.alerts.on_contact(tx, changed, event, who.member)
            return await _opened(tx, changed)

        return await self._desk.store.write(unit)

    async def _change(
        self, who: Who, mailbox: bytes, change: Callable[[ContactRow, datetime], ContactRow], now: datetime
    ) -> OpenContact:
        async def unit(tx: Transaction) -> OpenContact:
            row = await mine(tx, who, mailbox)
            try:
                changed = change(row, now)
            except AlreadyClaimed as error:
                raise await _named(tx, error) from None
            await tx.update_contact(row, changed)
            await self._desk.alerts.on_contact(tx, changed, Event.CLAIM, who.member)
            return await _opened(tx, changed)

        return await self._desk.store.write(unit)

    def _keys(self, teams: Sequence[str], grants: Sequence[Grant]) -> Iterator[TeamKey]:
        """The present epoch of each team first, then the older ones that were granted."""
        try:
            listed = {team.id: team for team in self._desk.network.directory.teams}
        except DirectoryUnusable:  # what is there already can still be read
            listed = {}
        for id in teams:
            granted = {grant.epoch: grant.envelope for grant in grants if grant.team == id}
            kids: dict[int, str] = {}
            if team := listed.get(id):
                kids = {former.epoch: former.kid for former in team.former}
                yield TeamKey(id, team.epoch, team.kid, granted.pop(team.epoch, None))
            for epoch in sorted(granted, reverse=True):
                yield TeamKey(id, epoch, kids.get(epoch), granted[epoch])

    def check_readers(self, team: Team, kids: tuple[bytes, ...], person: bytes | None = None) -> None:
        """Sealed to the team's present key, and to the person if there is one. Raises StaleKey, EnvelopeRefused."""
        wanted = {bytes.fromhex(team.kid)} | ({person} if person else set())
        if set(kids) == wanted:
            return
        if person is None or person in kids:
            raise StaleKey(directory=self._desk.network.blob)
        raise EnvelopeRefused("not sealed to the mailbox")

    async def _hello_secret(self) -> bytes:
        if self._secret is None:
            self._secret = await self._desk.store.write(lambda tx: tx.secret("hello", secrets.token_bytes(32)))
        return self._secret


def invitation_hash(code: str) -> bytes:
    """An invitation code as typed (blanks, hyphens, capitals do not matter) -> SHA-256."""
    return hash_token("".join(letter for letter in code.lower() if letter.isalnum()).encode())


async def _invited(tx: Transaction, code_hash: bytes, hour: int) -> MemberRow:
    found = await tx.invitation(code_hash)
    check_invitation(found[1] if found else None, hour)
    member = await tx.member(found[0]) if found else None
    if member is None:
        raise NoInvitation
    return member


async def mine(tx: Transaction, who: Who, mailbox: bytes) -> ContactRow:
    """A contact of an own team, of somebody whom this member does not know privately. Raises NoContact."""
    row = await tx.contact(mailbox)
    if row is None or row.team not in who.teams or await tx.in_conflict(mailbox, who.member):
        raise NoContact
    return row


async def _opened(tx: Transaction, row: ContactRow) -> OpenContact:
    names = await tx.names({row.claimed_by}) if row.claimed_by else {}
    return OpenContact(
        row,
        names.get(row.claimed_by or ""),
        tuple(await tx.entries(row.mailbox)),
        tuple(await tx.notes(row.mailbox)),
        tuple(await tx.attachments(row.mailbox)),
        tuple(await tx.handovers(row.mailbox)),
    )


async def _stepped(
    tx: Transaction, row: ContactRow, event: Event, by: str, reason: str | None = None
) -> tuple[Contact, frozenset[Effect]]:
    try:
        return step(machine(row), event, by=by, reason=reason)
    except AlreadyClaimed as error:
        raise await _named(tx, error) from None


async def _named(tx: Transaction, error: AlreadyClaimed) -> AlreadyClaimed:
    """The error with the colleague's name in place of the id."""
    holder = error.details.get("by")
    names = await tx.names({str(holder)}) if holder else {}
    return AlreadyClaimed(by=names.get(str(holder)))


def _order(box: Box, row: ContactRow) -> tuple[int, int, bytes]:
    if box == "closed":
        return 0, -(row.ended or 0), bytes(255 - byte for byte in row.mailbox)
    return row.rank, row.received, row.mailbox


def _cursor(box: Box, row: ContactRow) -> Cursor:
    return Cursor(0, row.ended or 0, row.mailbox) if box == "closed" else Cursor(row.rank, row.received, row.mailbox)
