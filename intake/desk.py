"""The desk: every use case of the help-seeker, one transaction each. It decides; the store remembers; doors only ask.

    a door (web, no_js, bots)  ──Contact in an envelope──>  Desk  ──one unit of work──>  Store
    the counsellors' doors     ──────────────────────────>  Desk.team (team_desk.py)
    app.py                     ──every minute────────────>  Desk.tick

No method ever returns or logs anything readable: the desk has no key. What it checks is form: kind, size, readers.
"""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from config.settings import Settings
from crypto.envelope import Header, Kind, inspect
from crypto.errors import EnvelopeMalformed
from intake import leap, sayings, stamps
from intake.callbacks import said
from intake.contacts import Contact, Effect, Event, State, step
from intake.directory import Directory, Team, check_time
from intake.due_rows import step_due
from intake.errors import (
    EnvelopeRefused,
    MailboxErased,
    MailboxFull,
    MailboxTaken,
    Malformed,
    NoMailbox,
    NotInThisState,
    StaleKey,
    TooMany,
    Unavailable,
)
from intake.members import NO_HASH, hash_token, same
from intake.regions import Regions
from intake.store import Attachment, CaseRow, ContactRow, Entry, HandoverRow, OutboxRow, Store, Transaction

if TYPE_CHECKING:
    from intake.appointment_desk import View as Planned
    from intake.callback_desk import View, Wanted
    from intake.callbacks import Window

log = logging.getLogger("erstkontakt.desk")

Clock = Callable[[], datetime]

MOST_ENTRIES = 200
MOST_BYTES = 32 * 2**20  # of one mailbox, all envelopes together
LARGEST_CONTACT = 2**20  # bucket; 200,000 characters of text fit, attachments come in messages of their own
REPLAY_HOURS = 4  # a stamp is good for at most two hours; an erased mailbox is remembered longer than that
PERSON = "person"  # channel of the outbox: to help-seekers, in the rooms of the messenger
ANSWER = sayings.Saying(sayings.Kind.ANSWER)
AT_ONCE = 200  # rows that one transaction of the ticker handles
EPOCH = date(1970, 1, 1)


class Network(Protocol):
    """What the desk needs of intake.network.Network."""

    @property
    def directory(self) -> Directory: ...
    @property
    def blob(self) -> bytes: ...
    @property
    def regions(self) -> Regions: ...
    def key(self, kid: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Stamp:
    """Proof of work: `hour` in unix hours, `counter` that solves it."""

    hour: int
    counter: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the person is told after sending: until when somebody answers, and when all of it is erased."""

    answer_by: date
    erase_on: date


@dataclass(frozen=True, slots=True)
class OpenMailbox:
    """A mailbox as its owner sees it. `entries` hold envelopes, `day` as a unix day."""

    state: str
    team: str
    urgent: bool
    answer_by: date
    erase_on: date
    entries: tuple[Entry, ...]
    callback: "View | None" = None
    attachments: tuple[Attachment, ...] = ()
    handovers: tuple[HandoverRow, ...] = ()
    appointment: "Planned | None" = None
    case: CaseRow | None = None


def hour_of(now: datetime) -> int:
    """Unix hours: the finest time that is stored about a help-seeker."""
    return int(now.timestamp()) // 3600


def day_of(now: datetime) -> int:
    """Unix days (UTC)."""
    return int(now.timestamp()) // 86400


def date_of(day: int) -> date:
    """Unix day -> date."""
    return EPOCH + timedelta(days=day)


def day_number(day: date) -> int:
    """Date -> unix day."""
    return (day - EPOCH).days


def read_header(envelope: bytes, kind: Kind, *, readers: int, context: bytes | None = None) -> Header:
    """Form of an envelope; raises EnvelopeRefused unless kind, number of readers and context are as expected."""
    try:
        header = inspect(envelope)
    except EnvelopeMalformed as error:
        raise EnvelopeRefused(str(error)) from None
    if header.kind is not kind or len(header.kids) != readers or context not in (None, header.context):
        raise EnvelopeRefused("kind, number of readers or context is not the expected one")
    return header


def machine(row: ContactRow) -> Contact:
    """The part of a row that the state table decides about."""
    return Contact(State(row.state), row.claimed_by, bool(row.waiting), row.unread, row.reason)


def moved(row: ContactRow, contact: Contact, hour: int) -> ContactRow:
    """The row after a step of the table."""
    ended = None if contact.state in (State.RECEIVED, State.CLAIMED, State.ANSWERED) else row.ended or hour
    return row._replace(
        state=contact.state.value,
        claimed_by=contact.claimed_by,
        claim_until=row.claim_until if contact.state is State.CLAIMED else None,
        waiting=int(contact.waiting),
        unread=contact.unread,
        reason=contact.reason,
        ended=ended,
    )


class Desk:
    """All use cases. `clock` gives aware UTC time; nothing here looks at any other clock."""

    def __init__(self, store: Store, network: Network, settings: Settings, clock: Clock) -> None:
        from intake.account_desk import AccountDesk
        from intake.agenda_desk import AgendaDesk
        from intake.alert_desk import AlertDesk
        from intake.alert_view import AlertView
        from intake.appointment_desk import AppointmentDesk
        from intake.attachment_desk import AttachmentDesk
        from intake.callback_desk import CallbackDesk
        from intake.case_desk import CaseDesk
        from intake.flow_desk import FlowDesk
        from intake.handover_desk import HandoverDesk
        from intake.open_numbers import OpenNumbers
        from intake.people_desk import PeopleDesk
        from intake.phone_desk import PhoneDesk
        from intake.room_desk import RoomDesk
        from intake.rota_desk import RotaDesk
        from intake.routine_desk import RoutineDesk
        from intake.statistics_desk import StatisticsDesk
        from intake.team_desk import TeamDesk
        from intake.visit_desk import VisitDesk

        self.store, self.network, self.settings, self.clock = store, network, settings, clock
        self.gauge = stamps.Gauge(settings.stamp_bits, settings.stamp_bits_most, settings.calm_per_minute)
        self.team = TeamDesk(self)
        self.account = AccountDesk(self)
        self.people = PeopleDesk(self)
        self.handovers = HandoverDesk(self)
        self.alerts = AlertDesk(self)
        self.alert_view = AlertView(self)
        self.agenda = AgendaDesk(self)
        self.appointments = AppointmentDesk(self)
        self.attachments = AttachmentDesk(self)
        self.callbacks = CallbackDesk(self)
        self.open_numbers = OpenNumbers()
        self.cases = CaseDesk(self)
        self.phones = PhoneDesk(self)
        self.rotas = RotaDesk(self)
        self.flows = FlowDesk(self)
        self.statistics = StatisticsDesk(self)
        self.rooms = RoomDesk(self)
        self.visits = VisitDesk(self)
        self.routines = RoutineDesk(self)
        self._promises: OrderedDict[tuple[int, int, str], int] = OrderedDict()
        self._kept_until = -1  # day for which retention has been done
        self._leap_told = -1  # hour in which the log was told of a leap of the clock
        self._no_js = (0, 0)  # minute, contacts sealed by us in it

    # ------------------------------------------------------------------------------------------ first contact

    async def receive_contact(
        self,
        *,
        team: str,
        token_hash: bytes,
        urgent: bool,
        envelope: bytes,
        stamp: Stamp | None,
        channel: str = "web",
        callback: "Wanted | None" = None,
    ) -> Receipt:
        """Stores a first contact; the mailbox is the envelope's context. Sent again, the same answer comes back.

        `stamp` is None only for doors inside this house that have their own limit (channel "web_no_js": one bucket
        for all). `callback` is stored with it or not at all. Raises EnvelopeRefused, TeamUnknown, StaleKey,
        StampMissing, TooMany, MailboxTaken, MailboxErased, NoTimeToCall, DirectoryUnusable, Unavailable.
        """
        now = self.clock()
        header = read_header(envelope, Kind.CONTACT, readers=2)
        if header.bucket > LARGEST_CONTACT or len(token_hash) != 32:
            raise EnvelopeRefused("too large for a first contact, or no token hash")
        responsible = self.usable_directory(now).team(team)
        self.check_key(responsible, header)
        self.check_stamp(envelope, stamp, channel, now)
        windows: tuple[Window, ...] = ()
        if callback is not None:
            self.callbacks.check(callback.envelope, responsible, header.context, header.kids[1])
            windows = await self.callbacks.cut(responsible, callback.wishes)
        today = day_of(now)
        row = ContactRow(
            mailbox=header.context,
            token_hash=token_hash,
            person_kid=header.kids[1],
            team=team,
            state=State.RECEIVED.value,
            rank=0 if urgent else 1,
            channel=channel,
            received=hour_of(now),
            answer_by=self.promise(responsible, now),
            erase_on=today + responsible.retention_days,
            claimed_by=None,
            claim_until=None,
            ended=None,
            reason=None,
            waiting=0,
            unread=1,
            size=header.bucket,
            entries=1,
            notes=0,
            revision=1,
            unannounced=0 if urgent else 1,
        )

        async def unit(tx: Transaction) -> ContactRow:
            if not await tx.insert_contact(row, envelope, today):
                if await tx.was_erased(row.mailbox):
                    raise MailboxErased
                known = await tx.contact(row.mailbox)
                if known is None or not same(known.token_hash, token_hash):
                    raise MailboxTaken
                return known
            if callback is not None:
                await self.callbacks.plan(tx, row.mailbox, team, callback.envelope, windows)
            await self.alerts.on_contact(tx, row, None)
            return row

        stored = await self.store.write(unit)
        return Receipt(date_of(stored.answer_by), date_of(stored.erase_on))

    def hold_number(self, number: str, mailbox: bytes, until: datetime) -> None:
        """For doors that read a number (E.164) anyway: no second open callback to it. Raises NumberTaken."""
        self.open_numbers.take(number, mailbox, until, self.clock())

    # ------------------------------------------------------------------------------------------------ mailbox

    async def open_mailbox(self, mailbox: bytes, token: bytes) -> OpenMailbox:
        """Everything in the mailbox. Raises NoMailbox, the same in form and work whether or not it exists."""

        async def unit(tx: Transaction) -> OpenMailbox:
            # The token first: reading entries for a wrong one would tell by its time that the mailbox exists.
            row = self.owned(await tx.contact(mailbox), token)
            return OpenMailbox(
                row.state,
                row.team,
                row.rank == 0,
                date_of(row.answer_by),
                date_of(row.erase_on),
                tuple(await tx.entries(mailbox)),
                await self.callbacks.view(tx, mailbox),
                tuple(await tx.attachments(mailbox)),
                tuple(await tx.handovers(mailbox)),
                await self.appointments.of_person(tx, mailbox),
                await tx.case(mailbox),
            )

        return await self.store.read(unit)

    async def add_message(
        self, mailbox: bytes, token: bytes, envelope: bytes, stamp: Stamp | None, channel: str = "web"
    ) -> int:
        """One more message of the person; returns its number. The same envelope again: the same number.

        Raises NoMailbox, EnvelopeRefused, StaleKey, StampMissing, MailboxFull, Unavailable.
        """
        now = self.clock()
        header = read_header(envelope, Kind.MESSAGE, readers=2, context=mailbox)
        directory = self.usable_directory(now)
        today = day_of(now)

        async def unit(tx: Transaction) -> int:
            row = self.owned(await tx.contact(mailbox), token)
            responsible = directory.team(row.team)
            if (known := await tx.entry_number(mailbox, envelope)) is not None:
                return known
            self.check_key(responsible, header)
            if header.kids[1] != row.person_kid:
                raise EnvelopeRefused("not sealed to the mailbox itself")
            self.check_stamp(envelope, stamp, channel, now)
            if row.entries >= MOST_ENTRIES or row.size + header.bucket > MOST_BYTES:
                raise MailboxFull
            after, _ = step(machine(row), Event.WRITE)
            number = row.entries + 1
            await tx.add_entry(mailbox, Entry(number, "person", today, envelope))
            changed = moved(row, after, hour_of(now))._replace(
                entries=number,
                size=row.size + header.bucket,
                erase_on=max(row.erase_on, today + responsible.retention_days),
            )
            await tx.update_contact(row, changed)
            await self.alerts.on_contact(tx, changed, Event.WRITE)
            return number

        return await self.store.write(unit)

    async def move_contact(
        self,
        mailbox: bytes,
        token: bytes,
        team: str,
        envelopes: list[tuple[int, bytes]],
        callback: bytes | None = None,
    ) -> Receipt:
        """The person corrects the team while nobody has claimed: all envelopes, sealed again for the new team.

        `callback`: the agreement of an open callback, sealed again, too. Raises NoMailbox, NoTimeToCall,
        NotInThisState, EnvelopeRefused, TeamUnknown, StaleKey, Unavailable.
        """
        now = self.clock()
        responsible = self.usable_directory(now).team(team)
        headers: dict[int, Header] = {}
        for number, envelope in envelopes:
            kind = Kind.CONTACT if number == 1 else Kind.MESSAGE
            headers[number] = read_header(envelope, kind, readers=2, context=mailbox)
        today = day_of(now)
        windows: tuple[Window, ...] = ()
        if callback is not None:
            windows = await self.callbacks.cut(responsible, await self.callbacks.wished(mailbox))

        async def unit(tx: Transaction) -> ContactRow:
            row = self.owned(await tx.contact(mailbox), token)
            step(machine(row), Event.MOVE)
            if await tx.attachments(mailbox):  # they are sealed for the former team, and only its members can open them
                raise NotInThisState(state=row.state)
            if len(headers) != len(envelopes) or set(headers) != set(range(1, row.entries + 1)):
                raise EnvelopeRefused("not all of the messages, or one twice")
            for header in headers.values():
                self.check_key(responsible, header)
                if header.kids[1] != row.person_kid:
                    raise EnvelopeRefused("not sealed to the mailbox itself")
            size = sum(header.bucket for header in headers.values())
            if size > MOST_BYTES:
                raise MailboxFull
            for number, envelope in envelopes:
                await tx.replace_entry(mailbox, number, envelope)
            changed = row._replace(
                team=team,
                answer_by=self.promise(responsible, now),
                erase_on=today + responsible.retention_days,
                size=size,
            )
            await tx.update_contact(row, changed)
            if callback is not None:
                self.callbacks.check(callback, responsible, mailbox, row.person_kid)
            await self.callbacks.moved(tx, changed, callback, windows)
            await self.alerts.on_contact(tx, changed, Event.MOVE)
            return changed

        stored = await self.store.write(unit)
        return Receipt(date_of(stored.answer_by), date_of(stored.erase_on))

    async def erase_mailbox(self, mailbox: bytes, token: bytes) -> None:
        """The person deletes everything, at once: rows, and the bytes in database file and WAL. Raises NoMailbox."""
        until = hour_of(self.clock()) + REPLAY_HOURS

        async def unit(tx: Transaction) -> None:
            row = self.owned(await tx.contact(mailbox), token)
            await self.alerts.on_contact(tx, row, Event.ERASE)
            await self.callbacks.gone(tx, mailbox)
            await tx.erase_contact(mailbox, until)

        await self.store.write(unit)

    async def agree_callback(
        self, mailbox: bytes, token: bytes, wanted: "Wanted", stamp: Stamp | None, channel: str
    ) -> None:
        """For doors that seal on somebody's behalf; see CallbackDesk.agree."""
        await self.callbacks.agree(mailbox, token, wanted, stamp, channel)

    async def withdraw_callback(self, mailbox: bytes, token: bytes) -> None:
        """See CallbackDesk.withdraw."""
        await self.callbacks.withdraw(mailbox, token)

    async def call_times(self, team: str) -> tuple[tuple[str, str, str], ...]:
        """When this team can call in the coming two weeks: (day, from, to). See CallbackDesk.openings."""
        found = map(said, await self.callbacks.openings(team))
        return tuple((one["day"], one["from"], one["to"]) for one in found)

    # --------------------------------------------------------------------------------------------------- tick

    async def tick(self) -> int:
        """What time alone brings: retention, lapsed claims, ended sessions. Returns how many contacts it touched.

        May run on several nodes at once and after any downtime: the rows are the timers.
        """
        now = self.clock()
        done = 0
        erasing = await self.store.write(lambda tx: leap.may_erase(tx, now))
        if not erasing:
            if self._leap_told != hour_of(now):
                self._leap_told = hour_of(now)
                log.error("the clock has leapt by more than a day; nothing is erased: see doctor, and clock confirm")
        elif self._kept_until != day_of(now):
            done += await self._erase_expired(now)
            self._kept_until = day_of(now)
        done += await step_due(
            self.store,
            AT_ONCE,
            lambda tx, most: self._tick_some(tx, now, most),
            lambda tx, fault: self._set_aside(tx, fault, now),
        )
        await self.team.sweep(erasing=erasing)
        if erasing:
            await self.handovers.sweep()
            await self.alerts.sweep()
            await self.visits.sweep()
        return done

    async def _erase_expired(self, now: datetime) -> int:
        """Retention, once a day and after every start. What cannot be erased now is tried again next minute."""
        today, until = day_of(now), hour_of(now) + REPLAY_HOURS
        done = 0
        left: set[bytes] = set()  # that could not be erased: tried again after the next start or day, loudly
        together = AT_ONCE
        while True:
            found = await self.store.read(lambda tx: tx.expired(today, AT_ONCE + len(left)))
            rows = [row for row in found if row.mailbox not in left][:together]
            if not rows:
                return done

            async def unit(tx: Transaction, rows: list[ContactRow] = rows) -> None:
                for found in rows:
                    row = await tx.contact(found.mailbox)
                    if row is not None and row.erase_on <= today:
                        await self.alerts.on_contact(tx, row, Event.ERASE)
                        await self.callbacks.gone(tx, row.mailbox)
                        await tx.erase_contact(row.mailbox, until)

            try:
                await self.store.write(unit)
            except Unavailable:
                raise
            except Exception as fault:
                if together > 1:
                    together = max(together // 4, 1)
                    continue
                log.error("a contact of team %s cannot be erased: %s", rows[0].team, type(fault).__name__)
                left.add(rows[0].mailbox)
                await self.store.write(lambda tx, team=rows[0].team: self.alerts.announce.stuck(tx, team, now))  # type: ignore[misc]
                together = AT_ONCE
                continue
            done += len(rows)

    async def _set_aside(self, tx: Transaction, fault: Exception, now: datetime) -> None:
        """A claim that cannot lapse holds up no other: it is tried again tomorrow, loudly."""
        for row in await tx.lapsed(day_of(now), 1):
            log.error("a claim of team %s cannot lapse: %s", row.team, type(fault).__name__)
            await tx.update_contact(row, row._replace(claim_until=day_of(now)))
            await self.alerts.announce.stuck(tx, row.team, now)

    async def _tick_some(self, tx: Transaction, now: datetime, most: int) -> int:
        today, hour = day_of(now), hour_of(now)
        lapsed = await tx.lapsed(today, most)
        for row in lapsed:
            after, _ = step(machine(row), Event.LAPSE)
            changed = moved(row, after, hour)
            await tx.update_contact(row, changed)
            await self.alerts.on_contact(tx, changed, Event.LAPSE)
        return len(lapsed)

    # ------------------------------------------------------------------------------------------------ helpers

    def warm_up(self) -> None:
        """Brings the holiday tables and counts this hour's promises, so that the first contact need not wait for it."""
        now = self.clock()
        for team in self.network.directory.teams:
            self.promise(team, now)

    def promise(self, team: Team, now: datetime) -> int:
        """Day until which this team answers what arrives now, in its working days; counted once an hour per team."""
        key = (hour_of(now), self.network.directory.version, team.id)
        day = self._promises.get(key)
        if day is None:
            day = self._promises[key] = self.working_days_from(team, now, team.answer_working_days)
            while len(self._promises) > 512:
                self._promises.popitem(last=False)
        return day

    def working_days_from(self, team: Team, now: datetime, days: int) -> int:
        """The unix day `days` working days of this team after `now`."""
        from intake.working_time import (
            OFFICE_WEEK,
            answer_by,
            read_week,
        )  # brings the holiday tables: not before the first contact

        closures = [
            first + timedelta(days=offset) for first, last in team.closed for offset in range((last - first).days + 1)
        ]
        week = read_week(dict(team.hours.items())) or OFFICE_WEEK
        return day_number(answer_by(now, days, team.subdivision, closures=closures, week=week))

    async def tell_person(self, tx: Transaction, row: ContactRow, effects: frozenset[Effect]) -> None:
        """Writes to the outbox that an answer waits, for each room that it is brought to: a name, never content."""
        if Effect.TELL_PERSON in effects:
            second = int(self.clock().timestamp())
            for room in await tx.rooms_of(row.mailbox):
                id = secrets.token_hex(16)
                await tx.put_outbox(OutboxRow(id, id, PERSON, room.hex(), second, second, sayings.dump(ANSWER)))
                self.alerts.announce.written()

    def usable_directory(self, now: datetime) -> Directory:
        """The directory, unless its time is over: then nothing may be sealed, so nothing is taken."""
        directory = self.network.directory
        check_time(directory, now)
        return directory

    def check_key(self, team: Team, header: Header) -> None:
        """Whether it is sealed for the team's present key. Raises StaleKey."""
        if header.kids[0].hex() != team.kid:
            raise StaleKey(directory=self.network.blob)

    def check_stamp(self, envelope: bytes, stamp: Stamp | None, channel: str, now: datetime) -> None:
        """Whether the work was done that keeps machines away. Raises StampMissing, TooMany, Malformed."""
        minute = int(now.timestamp()) // 60
        if stamp is not None:
            bits = self.gauge.bits(minute)
            stamps.check(envelope, stamp.hour, stamp.counter, bits=bits, now_hour=hour_of(now))
            self.gauge.count(minute)
        elif channel == "web":
            raise Malformed("a stamp is needed")
        elif channel == "web_no_js":
            # One bucket for all: the server does the work there, and an address is nothing to count by.
            last, count = self._no_js
            count = count + 1 if last == minute else 1
            if count > self.settings.no_js_per_minute:
                raise TooMany(retry_after=60 - int(now.timestamp()) % 60)
            self._no_js = (minute, count)

    @staticmethod
    def owned(row: ContactRow | None, token: bytes) -> ContactRow:
        """The row, for whoever knows its token. Raises NoMailbox."""
        right = same(hash_token(token), NO_HASH if row is None else row.token_hash)
        if row is None or not right:
            raise NoMailbox
        return row
