"""The register of service phones: who is reached where, proven by a code, cut off with one tap.

    number   typed in the console ──code by SMS or call──> typed in the console          (number_verified)
    Matrix   code shown in the console ──sent from the phone──> the bot's room           (matrix_verified)

Numbers lie sealed at rest; nothing here prints one. A change makes the channel unverified again, and is told to the old
number and on all other channels, so that nobody's alerts are quietly led elsewhere.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from crypto.at_rest import AtRest
from intake import phones, sayings
from intake.announcer import minute_of, second_of
from intake.errors import CodeWrong, LeadOnly, NoAtRestKey, NoPhone, TooMany
from intake.sayings import Saying
from intake.store import OutboxRow, PersonRow, PhoneRow, Transaction
from intake.team_desk import Who
from intake.working_time import BERLIN

if TYPE_CHECKING:
    from intake.desk import Desk

CODE_FOR = timedelta(minutes=15)
CODE_TRIES = 5
PROBE_PAUSE = 60  # seconds; who is called needlessly stops listening
NUMBER, MATRIX = "number", "matrix"
CHANNEL_OF_NUMBER = ("sms", "voice")
MOST_DEVICES = 20
MOST_PUSHES = 10
State = Literal["unverified", "verified", "cut_off"]


class MatrixDevice(msgspec.Struct, frozen=True):
    """A device of a counsellor. Only pinned ones are written to."""

    device_id: str
    ed25519: str
    pinned: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that wants to be woken (RFC 8030, RFC 8291); keys in base64url."""

    id: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServicePhone:
    """What is registered for one member; printing shows no number. `wanted`: a Matrix code waits to be sent."""

    member: str
    language: str
    zone: str
    number: str = field(repr=False)
    network: str
    number_verified: int | None
    matrix_user: str
    matrix_room: str
    matrix_verified: int | None
    devices: tuple[MatrixDevice, ...]
    wanted: bool
    cut_off: int | None
    memory: dict[str, Any] = field(repr=False)

    @property
    def state(self) -> State:
        """Of the phone as a whole."""
        if self.cut_off is not None:
            return "cut_off"
        return "verified" if self.number_verified is not None or self.matrix_verified is not None else "unverified"


@dataclass(frozen=True, slots=True)
class PhoneSheet:
    """A phone as the console shows it. `may_edit`: the owner or the lead asks. `probe`: (row, state) by channel."""

    person: PersonRow
    phone: ServicePhone | None
    pushes: int
    may_edit: bool
    probe: tuple[tuple[OutboxRow, str], ...]


def _code_hash(member: str, code: str) -> bytes:
    return sha256(f"erstkontakt/1 phone code/{member}/{code}".encode()).digest()


class PhoneDesk:
    """Use cases of the register. Reached as `desk.phones`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        key = desk.settings.at_rest_key
        self._at_rest = None if key is None else AtRest(key)

    def now(self) -> datetime:
        """The desk's clock."""
        return self._desk.clock()

    # ------------------------------------------------------------------------------------------------ the console

    async def sheets(self, who: Who, team: str) -> tuple[PhoneSheet, ...]:
        """The phones of all colleagues in an own team. Raises NoPhone for a foreign one."""
        if team not in who.teams:
            raise NoPhone

        async def unit(tx: Transaction) -> tuple[PhoneSheet, ...]:
            return tuple([await self._sheet(tx, who, person) for person in await tx.people(team)])

        return await self._desk.store.read(unit)

    async def sheet(self, who: Who, member: str) -> PhoneSheet:
        """One colleague's (or the own) phone. Raises NoPhone if there is no common team."""

        async def unit(tx: Transaction) -> PhoneSheet:
            return await self._sheet(tx, who, await self._colleague(tx, who, member))

        return await self._desk.store.read(unit)

    async def register(
        self,
        who: Who,
        member: str,
        *,
        number: str | None,
        matrix_user: str | None,
        language: str = "de",
        network: str = "mobile",
    ) -> PhoneSheet:
        """Enters or changes a phone; what changed must be verified anew. None leaves out a channel.

        Raises NumberRefused, NoPhone, LeadOnly, NoAtRestKey.
        """
        parsed = phones.parse(number) if number else None

        async def unit(tx: Transaction) -> PhoneSheet:
            person = await self._editable(tx, who, member)
            before = await tx.phone(member) or _blank(member)
            known = self._number(before)
            after = before._replace(language=language, changed_by=who.member, cut_off=None)
            if (parsed.e164 if parsed else "") != known:
                sealed = None if parsed is None else self._seal(parsed.e164, member)
                after = after._replace(number=sealed, network=network, number_verified=None)
                if known and before.number_verified is not None:
                    await self._tell_change(tx, member, known)
            if (matrix_user or None) != before.matrix_user:
                after = after._replace(
                    matrix_user=matrix_user or None, matrix_room=None, matrix_devices="[]", matrix_verified=None
                )
            if before.cut_off is not None:  # a phone that was lost proves itself again, on every channel
                after = after._replace(number_verified=None, matrix_verified=None, matrix_devices="[]")
            await tx.put_phone(after._replace(code_hash=None, code_channel=None, code_until=None, code_tries=0))
            if after.number_verified is None and after.matrix_verified is None:
                await self._desk.alerts.lost(tx, member)
            return await self._sheet(tx, who, person)

        return await self._desk.store.write(unit)

    async def new_code(self, who: Who, member: str, channel: str) -> tuple[str | None, datetime]:
        """A fresh code and until when it is good. For Matrix it is shown here; for a number it is sent there (None).

        Raises NoPhone, LeadOnly.
        """
        code = f"{secrets.randbelow(10**6):06}"
        now = self.now()
        until = now + CODE_FOR

        async def unit(tx: Transaction) -> None:
            await self._editable(tx, who, member)
            row = await tx.phone(member)
            if row is None or row.cut_off is not None or (row.number if channel == NUMBER else row.matrix_user) is None:
                raise NoPhone
            if channel == NUMBER and row.code_channel == NUMBER and row.code_until is not None:
                wait = row.code_until - minute_of(until) + 1  # one call a minute, or it is a nuisance to a stranger
                if wait > 0:
                    raise TooMany(retry_after=60 * wait)
            await tx.put_phone(
                row._replace(
                    code_hash=_code_hash(member, code), code_channel=channel, code_until=minute_of(until), code_tries=0
                )
            )
            if channel == NUMBER:
                await self._send_code(tx, member, code, second_of(now))

        await self._desk.store.write(unit)
        return (code if channel == MATRIX else None), until

    async def verify(self, who: Who, member: str, code: str) -> PhoneSheet:
        """The code that came by SMS or call, typed in the console. Raises CodeWrong, NoPhone, LeadOnly."""
        minute = minute_of(self.now())

        async def unit(tx: Transaction) -> tuple[PhoneSheet | None, int]:
            person = await self._editable(tx, who, member)
            row = await tx.phone(member)
            if row is None:
                raise NoPhone
            after, right = _checked(row, NUMBER, code, minute)
            await tx.put_phone(after._replace(number_verified=minute) if right else after)
            left = 0 if after.code_hash is None else CODE_TRIES - after.code_tries
            return (await self._sheet(tx, who, person) if right else None), left

        sheet, left = await self._desk.store.write(unit)
        if sheet is None:
            raise CodeWrong(tries=left)
        return sheet

    async def send_probe(self, who: Who, member: str) -> PhoneSheet:
        """A trial message on every channel of the phone; what became of it is in the sheet, for about a day.

        Raises NoPhone (also when there is no verified channel), LeadOnly, TooMany.
        """
        second = second_of(self.now())

        async def unit(tx: Transaction) -> PhoneSheet:
            person = await self._editable(tx, who, member)
            announce, bundle = self._desk.alerts.announce, _probe(member)
            channels = await announce.channels(tx, member, loud=True)
            if not channels:
                raise NoPhone
            before = await tx.bundle_rows([bundle])
            wait = PROBE_PAUSE - min((second - row.since for row, _ in before), default=PROBE_PAUSE)
            if wait > 0:
                raise TooMany(retry_after=wait)
            for row, _ in before:
                await tx.drop_outbox(row.id)
            saying = sayings.dump(Saying(sayings.Kind.PROBE, code=f"{secrets.randbelow(10**4):04}"))
            for channel in channels:
                id = secrets.token_hex(16)
                await tx.put_outbox(OutboxRow(id, bundle, channel, member, second, second, saying))
            announce.written()
            return await self._sheet(tx, who, person)

        return await self._desk.store.write(unit)

    async def cut_off(self, who: Who, member: str) -> PhoneSheet:
        """The phone is lost: one tap of any colleague ends sessions, push, Matrix devices and alerts to it, at once."""

        async def unit(tx: Transaction) -> PhoneSheet:
            person = await self._colleague(tx, who, member)
            await self.gone(tx, member, who.member)
            await self._desk.alerts.lost(tx, member)
            return await self._sheet(tx, who, person)

        return await self._desk.store.write(unit)

    async def gone(self, tx: Transaction, member: str, by: str = "") -> None:
        """Nothing goes to this member's phone or browsers any more, and no console of theirs stays open."""
        row = await tx.phone(member) or _blank(member)
        await tx.put_phone(
            row._replace(
                cut_off=minute_of(self.now()), number_verified=None, matrix_verified=None, matrix_devices="[]",
                code_hash=None, code_channel=None, code_until=None, changed_by=by or None,
            )
        )  # fmt: skip
        await tx.end_sessions(member)
        await tx.drop_push(member)
        await tx.drop_waiting(member, ("matrix", "push", "sms", "voice"))
        await self._desk.visits.phone_gone(tx, member)

    async def confirm_device(self, who: Who, member: str, device_id: str, ed25519: str) -> PhoneSheet:
        """A new device of a counsellor, compared and confirmed. Raises NoPhone, LeadOnly."""

        async def unit(tx: Transaction) -> PhoneSheet:
            person = await self._editable(tx, who, member)
            row = await tx.phone(member)
            devices = () if row is None else _devices(row)
            wanted = MatrixDevice(device_id, ed25519, pinned=False)
            if row is None or wanted not in devices:
                raise NoPhone
            pinned = [msgspec.structs.replace(one, pinned=True) if one == wanted else one for one in devices]
            await tx.put_phone(row._replace(matrix_devices=_dump(pinned), changed_by=who.member))
            return await self._sheet(tx, who, person)

        return await self._desk.store.write(unit)

    async def subscribe(self, who: Who, endpoint: str, p256dh: str, auth: str) -> None:
        """This browser wants to be woken without content. Raises NoAtRestKey."""
        id = _push_id(endpoint)
        document = msgspec.json.encode({"endpoint": endpoint, "p256dh": p256dh, "auth": auth})
        sealed = self._keys().seal(document, f"push {who.member}")

        async def unit(tx: Transaction) -> None:
            for old, _ in (await tx.pushes(who.member))[: -(MOST_PUSHES - 1)]:
                await tx.drop_push(who.member, old)
            await tx.put_push(id, who.member, sealed)

        await self._desk.store.write(unit)

    async def unsubscribe(self, who: Who, endpoint: str) -> None:
        """This browser sleeps again."""
        await self._desk.store.write(lambda tx: tx.drop_push(who.member, _push_id(endpoint)))

    async def push_ended(self, member: str, id: str) -> None:
        """The push service says that this browser no longer wants to be woken."""
        await self._desk.store.write(lambda tx: tx.drop_push(member, id))

    # ----------------------------------------------------------------------------------------------- the Matrix bot

    async def of_matrix(self, user: str) -> ServicePhone | None:
        """Whose Matrix user this is, or None for a stranger."""

        async def unit(tx: Transaction) -> ServicePhone | None:
            row = await tx.phone_of_matrix(user)
            return None if row is None else self.read(row)

        return await self._desk.store.read(unit)

    async def matrix_phones(self) -> tuple[ServicePhone, ...]:
        """All phones with a Matrix user that are not cut off."""
        rows = await self._desk.store.read(lambda tx: tx.matrix_phones())
        return tuple(self.read(row) for row in rows)

    async def matrix_code(self, user: str, room: str, code: str, devices: Sequence[tuple[str, str]]) -> bool:
        """The code arrived from the phone. Right: this room and exactly these devices are pinned."""
        minute = minute_of(self.now())

        async def unit(tx: Transaction) -> bool:
            row = await tx.phone_of_matrix(user)
            if row is None or row.cut_off is not None:
                return False
            after, right = _checked(row, MATRIX, code, minute)
            if right:
                pinned = [MatrixDevice(id, key, pinned=True) for id, key in devices][:MOST_DEVICES]
                after = after._replace(matrix_room=room, matrix_devices=_dump(pinned), matrix_verified=minute)
            await tx.put_phone(after)
            return right

        return await self._desk.store.write(unit)

    async def device_seen(self, user: str, device_id: str, ed25519: str) -> bool:
        """True if it is pinned with this key. A new one is kept for the console to confirm, and refused."""

        async def unit(tx: Transaction) -> bool:
            row = await tx.phone_of_matrix(user)
            if row is None or row.cut_off is not None:
                return False
            devices = _devices(row)
            if MatrixDevice(device_id, ed25519, pinned=True) in devices:
                return True
            new = MatrixDevice(device_id, ed25519, pinned=False)
            if new not in devices:
                # The pinned ones always stay: a flood of new devices must not wash them away.
                pinned = [one for one in devices if one.pinned]
                loose = [one for one in devices if not one.pinned]
                kept = (
                    [*pinned, *loose[-(MOST_DEVICES - len(pinned) - 1) :], new]
                    if len(pinned) < MOST_DEVICES
                    else pinned
                )
                await tx.put_phone(row._replace(matrix_devices=_dump(kept)))
            return False

        return await self._desk.store.write(unit)

    async def room_broken(self, member: str) -> None:
        """The room was left, or its encryption switched off: nothing is sent there until a code is exchanged anew."""

        async def unit(tx: Transaction) -> None:
            row = await tx.phone(member)
            if row is None or (row.matrix_verified is None and row.matrix_room is None):
                return
            await tx.put_phone(row._replace(matrix_verified=None, matrix_room=None))
            await tx.drop_waiting(member, (MATRIX,))
            if not await self._desk.alerts.announce.channels(tx, member, loud=True):
                await self._desk.alerts.lost(tx, member)

        await self._desk.store.write(unit)

    async def remember(
        self, member: str, *, language: str | None = None, memory: Mapping[str, Any] | None = None
    ) -> None:
        """What the service-phone machine keeps between two messages."""

        async def unit(tx: Transaction) -> None:
            row = await tx.phone(member)
            if row is not None:
                text = row.memory if memory is None else msgspec.json.encode(memory).decode()
                await tx.put_phone(row._replace(language=language or row.language, memory=text))

        await self._desk.store.write(unit)

    # ----------------------------------------------------------------------------------------------------- helpers

    def read(self, row: PhoneRow) -> ServicePhone:
        """A row as the rest of the house sees it."""
        waits = row.code_channel == MATRIX and (row.code_until or 0) > minute_of(self.now())
        return ServicePhone(
            row.member, row.language, BERLIN, self._number(row), row.network or "mobile", row.number_verified,
            row.matrix_user or "", row.matrix_room or "", row.matrix_verified, _devices(row), waits, row.cut_off,
            msgspec.json.decode(row.memory),
        )  # fmt: skip

    async def subscriptions(self, tx: Transaction, member: str) -> tuple[Subscription, ...]:
        """The member's browsers."""
        found = []
        for id, sealed in await tx.pushes(member):
            document = msgspec.json.decode(self._keys().open(sealed, f"push {member}"))
            found.append(Subscription(id, document["endpoint"], document["p256dh"], document["auth"]))
        return tuple(found)

    def open_number(self, sealed: bytes, member: str) -> str:
        """A sealed number of this member, in E.164."""
        return self._keys().open(sealed, f"phone {member}").decode()

    def _keys(self) -> AtRest:
        if self._at_rest is None:
            raise NoAtRestKey
        return self._at_rest

    def _seal(self, number: str, member: str) -> bytes:
        return self._keys().seal(number.encode(), f"phone {member}")

    def _number(self, row: PhoneRow) -> str:
        return "" if row.number is None else self.open_number(row.number, row.member)

    async def _sheet(self, tx: Transaction, who: Who, person: PersonRow) -> PhoneSheet:
        row = await tx.phone(person.member)
        phone = None if row is None else self.read(row)
        return PhoneSheet(
            person,
            phone,
            len(await tx.pushes(person.member)),
            await self._may_edit(tx, who, person.member),
            tuple(await tx.bundle_rows([_probe(person.member)])),
        )

    async def _colleague(self, tx: Transaction, who: Who, member: str) -> PersonRow:
        for team in who.teams:
            for person in await tx.people(team):
                if person.member == member:
                    return person
        raise NoPhone

    async def _may_edit(self, tx: Transaction, who: Who, member: str) -> bool:
        if member == who.member:
            return True
        lead_of = {team for team, role in (await tx.roles_of(who.member)).items() if role == "lead"}
        return bool(lead_of & set(await tx.teams_of(member)))

    async def _editable(self, tx: Transaction, who: Who, member: str) -> PersonRow:
        person = await self._colleague(tx, who, member)
        if not await self._may_edit(tx, who, member):
            raise LeadOnly
        return person

    async def _send_code(self, tx: Transaction, member: str, code: str, second: int) -> None:
        """By SMS where there is one, else by a call: never on a channel that is verified already."""
        for channel in CHANNEL_OF_NUMBER:
            if channel in self._desk.alerts.on_call.channels:
                saying = sayings.dump(Saying(sayings.Kind.CODE, code=code))
                id = secrets.token_hex(16)
                await tx.put_outbox(OutboxRow(id, id[:16], channel, member, second, second, saying))
                self._desk.alerts.announce.written()
                return

    async def _tell_change(self, tx: Transaction, member: str, old: str) -> None:
        """The old number hears of it, and so does the member wherever else they can be reached."""
        announce = self._desk.alerts.announce
        saying = Saying(sayings.Kind.CHANGED)
        second = second_of(self.now())
        if "sms" in self._desk.alerts.on_call.channels:
            id = secrets.token_hex(16)
            address = self._seal(old, member)
            await tx.put_outbox(OutboxRow(id, id[:16], "sms", member, second, second, sayings.dump(saying), address))
        for channel in await announce.channels(tx, member, loud=False):
            if channel in ("matrix", "push"):
                id = secrets.token_hex(16)
                await tx.put_outbox(OutboxRow(id, id[:16], channel, member, second, second, sayings.dump(saying)))
        announce.written()


def _blank(member: str) -> PhoneRow:
    return PhoneRow(member, None, None, None, None, None, "[]", None, None, None, None, 0, "de", "{}", None, None, 1)


def _checked(row: PhoneRow, channel: str, code: str, minute: int) -> tuple[PhoneRow, bool]:
    """The row after one try, and whether the code was right. A used, old or guessed code is gone."""
    alive = row.code_hash is not None and row.code_channel == channel and minute < (row.code_until or 0)
    right = alive and hmac.compare_digest(_code_hash(row.member, code), row.code_hash or b"")
    tries = row.code_tries + 1
    if right or (alive and tries >= CODE_TRIES):
        return row._replace(code_hash=None, code_channel=None, code_until=None, code_tries=0), right
    return row._replace(code_tries=tries) if alive else row, right


def _devices(row: PhoneRow) -> tuple[MatrixDevice, ...]:
    return msgspec.json.decode(row.matrix_devices, type=tuple[MatrixDevice, ...])


def _dump(devices: Sequence[MatrixDevice]) -> str:
    return msgspec.json.encode(devices).decode()


def _probe(member: str) -> str:
    """The bundle of this member's trial message: one at a time."""
    return sha256(f"erstkontakt/1 probe/{member}".encode()).hexdigest()[:16]


def _push_id(endpoint: str) -> str:
    return sha256(endpoint.encode()).hexdigest()[:32]
