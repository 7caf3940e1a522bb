"""The staff account: one encrypted room with each service phone, alerts going out, answers coming in.

    outbox ──deliver──> room of the phone         only devices pinned in the console can read it
    phone  ──"ok"─────> service_phone.step ──> desk.alerts, and what it says goes back into the room
    console: account of the phone ──> we open a room ──> code typed there ──> exactly that device is pinned

It is an account of its own, so that nobody in a help-seeker's room can ask it anything. A room in which somebody else
is, that the phone has left, or whose encryption was meddled with is given up: the desk is told, the next channel takes
over, and the phone has to be verified again in a new room. Nothing here decides about alerts; the desk does.

Whatever is handled twice (a crash before the checkpoint) changes nothing twice: the desk's answers repeat themselves,
and what we say to an event has a transaction id made of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bots import service_phone as machine
from bots import service_phone_texts as texts
from bots.account import Account, loop_time, transaction_of
from bots.matrix import Device, DeviceSeen, Event, Folder, Invited, Left, MatrixClient, Received, What
from bots.wording import room_text
from intake.delivery import DeliveryError
from intake.errors import NotThere
from intake.outbox import Delivery
from intake.phone_desk import ServicePhone

if TYPE_CHECKING:
    from intake.desk import Desk

log = logging.getLogger("erstkontakt.staff")

LOOK_EVERY = 5.0  # seconds, for phones that were registered, cut off or given a new code in the console
SAID_KEPT = 500
SAY_TRIES = 4
NEWS_AFTER = 60.0  # seconds
INVITE_AGAIN = (1, 10, 60, 360)  # minutes after invitations that the homeserver refused


class Pins:
    """Who may read and be obeyed: pinned devices; and while a phone is being set up, all of its devices.

    What is said during the setting up is "send the code" and "wrong code"; no alert goes there, see ``deliver``.
    """

    def __init__(self) -> None:
        self._pinned: dict[str, frozenset[Device]] = {}
        self._setting_up: set[str] = set()

    def confirms(self, user: str, device: Device) -> bool:
        if user in self._pinned:
            return device in self._pinned[user]
        return user in self._setting_up

    def adopt(self, user: str, pinned: frozenset[Device]) -> None:
        self._setting_up.discard(user)
        self._pinned[user] = pinned

    def set_up(self, user: str) -> None:
        self._pinned.pop(user, None)
        self._setting_up.add(user)

    def forget(self, user: str) -> None:
        self._pinned.pop(user, None)
        self._setting_up.discard(user)


@dataclass(slots=True)
class Room:
    """What we remember of a phone's room beside the desk. ``left``: given up, not to be opened again unasked.

    ``opened``: when, on the loop's clock; until the next answers of the homeserver we know nothing of a new room.
    """

    id: str
    greeted: bool = False
    left: bool = False
    opened: float | None = None


class StaffAccount(Account):
    """The channel "matrix". ``run`` it beside the outbox; ``folder`` is the account's, provisioned."""

    name = "staff account"

    def __init__(self, folder: Folder, desk: Desk, *, look_every: float = LOOK_EVERY) -> None:
        self._pins = Pins()
        super().__init__(folder, self._pins, look_every=look_every)
        self._desk = desk
        self._rooms = {user: Room(**room) for user, room in (folder.read("rooms.json") or {}).items()}
        self._said: OrderedDict[str, tuple[str, int]] = OrderedDict(
            (event, (alert, round_)) for event, (alert, round_) in (folder.read("said.json") or {}).items()
        )
        self._refused: dict[str, tuple[int, float]] = {}

    # Speaking -------------------------------------------------------------------------------------------------------

    async def deliver(self, delivery: Delivery) -> None:
        """An alert or news into the room of a verified phone, for its pinned devices. Raises DeliveryError."""
        address = delivery.address
        if self.signed_out:
            raise DeliveryError("matrix: the staff account is signed out", permanent=True)
        if not (address.matrix_user and address.matrix_room and address.devices):
            raise DeliveryError("matrix: no verified service phone", permanent=True)
        client = self._client
        if client is None:
            raise DeliveryError("matrix: not connected", permanent=False, retry_after=timedelta(seconds=2))
        user, room = address.matrix_user, address.matrix_room
        self._pins.adopt(user, frozenset(Device(one.device_id, one.ed25519) for one in address.devices))
        try:
            event = await client.send(room, user, room_text(delivery), delivery.id)
        except DeliveryError as error:
            if error.permanent and not _sound(client, room, user):
                await self._give_up(client, delivery.recipient, user, room)
            raise
        if len(delivery.saying.about) == 1:  # a message about several is not about one that was replied to
            self._said[event] = delivery.saying.about[0]
            while len(self._said) > SAID_KEPT:
                self._said.popitem(last=False)
            self._folder.write("said.json", dict(self._said))

    async def _say(self, phone: ServicePhone, room: str, text: str, key: str) -> None:
        """Into the room, a few times; what cannot be said is left: the phone will ask again."""
        client = self._client
        for attempt in range(SAY_TRIES):
            if client is None:
                return
            try:
                await client.send(room, phone.matrix_user, text, key)
                return
            except DeliveryError as error:
                log.warning("staff account: no answer to %s: %s", phone.member, error)
                if error.permanent:
                    return
                await asyncio.sleep(0.2 * 2**attempt)

    # Listening ------------------------------------------------------------------------------------------------------

    async def _hear(self, client: MatrixClient, event: Event) -> None:
        if isinstance(event, Invited):
            await self._invited(client, event)
        elif isinstance(event, Left):
            await self._left(client, event)
        elif isinstance(event, Received | DeviceSeen):
            user = event.sender if isinstance(event, Received) else event.user
            phone = await self._desk.phones.of_matrix(user)
            room = self._room_of(phone) if phone is not None else ""
            if phone is None or phone.cut_off is not None or not room:
                return
            if isinstance(event, DeviceSeen):
                await self._device_seen(phone, room, event.device)
            elif event.room == room and event.what is not What.NOTICE:
                await self._received(client, phone, event)

    async def _received(self, client: MatrixClient, phone: ServicePhone, event: Received) -> None:
        self._adopt(phone)
        memory = _memory(phone)
        if event.what is What.PLAIN:
            heard: machine.Event | None = machine.Unencrypted()
        elif event.what is What.UNDECRYPTABLE or event.device is None:
            heard = machine.Undecryptable(event.session)
        elif memory.verified and not await self._confirmed(phone, event.device):
            if phone.wanted:  # a new phone instead of the old one: it may prove itself with the code
                memory = replace(memory, verified=False)
                heard = await self._said_by(phone, event)
            else:
                heard = machine.NewDevice(event.device.id)
        else:
            heard = await self._said_by(phone, event)
        effects: list[machine.Effect] = []
        after = memory
        if heard is not None:
            after, made = machine.step(memory, heard, self._desk.clock())
            effects.extend(made)
        number = 0
        while effects:
            effect = effects.pop(0)
            if isinstance(effect, machine.Say):
                await self._say(phone, event.room, effect.text, transaction_of(event.id, number))
                number += 1
                continue
            answered = await self._done(client, phone, event, effect)
            if answered is None:
                text = texts.pad(texts.SAID[after.language]["unknown_reference"])
                effects.insert(0, machine.Say(text))
                continue
            after, made = machine.step(after, answered, self._desk.clock())
            effects[:0] = made
        if after != memory:
            await self._desk.phones.remember(phone.member, language=after.language, memory=_stored(after))

    async def _said_by(self, phone: ServicePhone, event: Received) -> machine.Said:
        found = await self._desk.alerts.known(phone.member)
        known = tuple(machine.Known(one.alert, one.round, one.reference, open=one.open) for one in found)
        visit = await self._desk.visits.known(phone.member)
        if visit is not None:  # first: an "ok" while nothing else is open is about it
            own = machine.Known(visit.visit, visit.check, visit.reference, open=visit.waiting, visit=True)
            known = (own, *known)
        about = self._said.get(event.reply_to or "")
        if about is not None:
            # An answer to a message means the round of that message, and the desk explains if it is over.
            known = tuple(replace(one, round=about[1]) if one.alert == about[0] else one for one in known)
        text = event.text if event.what is What.TEXT else ""
        return machine.Said(text, known, None if about is None else about[0])

    async def _done(
        self, client: MatrixClient, phone: ServicePhone, event: Received, effect: machine.Effect
    ) -> machine.Event | None:
        """What the desk says to an effect; None when it has never heard of the alert."""
        desk = self._desk
        try:
            match effect:
                case machine.CheckCode(code):
                    return await self._check_code(client, phone, event, code)
                case machine.Take(alert, round_):
                    response = await desk.alerts.take(phone.member, alert, round_)
                case machine.Later(alert, round_, pause):
                    response = await desk.alerts.later(phone.member, alert, pause, round_)
                case machine.PassOn(alert, round_):
                    response = await desk.alerts.pass_on(phone.member, alert, round_)
                case _:
                    return await self._of_visit(phone, effect)
        except NotThere:
            return None
        return machine.Answered(response.reply, response.reference, response.owner, response.until)

    async def _of_visit(self, phone: ServicePhone, effect: machine.Effect) -> machine.Event | None:
        visits, member = self._desk.visits, phone.member
        match effect:
            case machine.PlanVisit(begins, until, purpose):
                spoken = await visits.plan_by_phone(member, begins, until, purpose)
            case machine.VisitOk(pin, visit, check):
                spoken = await visits.ok(member, pin, visit, check)
            case machine.VisitOut(pin):
                spoken = await visits.out(member, pin)
            case machine.VisitLonger(by, pin):
                spoken = await visits.longer(member, by, pin)
            case _:  # pragma: no cover - Say is said by the caller
                return None
        return machine.VisitAnswered(spoken.reply, spoken.reference, spoken.at)

    async def _check_code(
        self, client: MatrixClient, phone: ServicePhone, event: Received, code: str
    ) -> machine.CodeChecked:
        device = event.device
        right = device is not None and await self._desk.phones.matrix_code(
            phone.matrix_user, event.room, code, [(device.id, device.fingerprint)]
        )
        if right and device is not None:
            self._pins.adopt(phone.matrix_user, frozenset({device}))
            client.trust_changed(event.room)
        return machine.CodeChecked(right)

    # Devices --------------------------------------------------------------------------------------------------------

    async def _confirmed(self, phone: ServicePhone, device: Device) -> bool:
        pinned = Device(device.id, device.fingerprint) in _pinned(phone)
        return pinned or await self._desk.phones.device_seen(phone.matrix_user, device.id, device.fingerprint)

    async def _device_seen(self, phone: ServicePhone, room: str, device: Device) -> None:
        self._adopt(phone)
        memory = _memory(phone)
        if not memory.verified or await self._confirmed(phone, device):
            return
        after, effects = machine.step(memory, machine.NewDevice(device.id), self._desk.clock())
        for effect in effects:
            if isinstance(effect, machine.Say):
                await self._say(phone, room, effect.text, transaction_of(f"{room} {device.id} {device.fingerprint}", 0))
        if after != memory:
            await self._desk.phones.remember(phone.member, language=after.language, memory=_stored(after))

    def _adopt(self, phone: ServicePhone) -> None:
        if phone.cut_off is not None:
            self._pins.forget(phone.matrix_user)
        elif phone.matrix_verified is not None:
            self._pins.adopt(phone.matrix_user, _pinned(phone))
        else:
            self._pins.set_up(phone.matrix_user)

    # Rooms ----------------------------------------------------------------------------------------------------------

    def _room_of(self, phone: ServicePhone) -> str:
        kept = self._rooms.get(phone.matrix_user)
        return phone.matrix_room or (kept.id if kept is not None and not kept.left else "")

    async def _invited(self, client: MatrixClient, event: Invited) -> None:
        """Rooms are opened by us, with our rules. A known phone that asks for one gets it; others get no answer."""
        with suppress(DeliveryError):
            await client.leave(event.room)
        kept = self._rooms.get(event.inviter)
        if kept is not None and kept.left:
            self._rooms.pop(event.inviter)
            self._keep_rooms()

    async def _left(self, client: MatrixClient, event: Left) -> None:
        for user, room in list(self._rooms.items()):
            if room.id != event.room or room.left or event.user not in (user, client.user):
                continue
            phone = await self._desk.phones.of_matrix(user)
            await self._give_up(client, None if phone is None else phone.member, user, room.id)

    async def _give_up(self, client: MatrixClient, member: str | None, user: str, room: str) -> None:
        log.error("staff account: the room of %s can no longer be used", member or "a phone that is gone")
        self._rooms[user] = Room(room, left=True)
        self._keep_rooms()
        self._pins.forget(user)
        if member is not None:
            await self._desk.phones.room_broken(member)
        with suppress(DeliveryError):
            await client.leave(room)

    # What the register of phones in the console wants: rooms opened, greeted, checked and closed.

    async def _look(self, client: MatrixClient) -> None:
        phones = await self._desk.phones.matrix_phones()
        for phone in phones:
            self._adopt(phone)
            room = self._room_of(phone)
            if not room:
                await self._open_room(client, phone)
            elif not _sound(client, room, phone.matrix_user):
                if not self._is_new(phone.matrix_user, room):
                    await self._give_up(client, phone.member, phone.matrix_user, room)
            elif phone.matrix_verified is None:
                await self._greet(client, phone, room)
        known = {phone.matrix_user for phone in phones}
        for user in [user for user in self._rooms if user not in known]:
            await self._close_room(client, user, self._rooms[user])

    def _is_new(self, user: str, room: str) -> bool:
        kept = self._rooms.get(user)
        opened = None if kept is None or kept.id != room else kept.opened
        return opened is not None and loop_time() - opened < NEWS_AFTER

    async def _close_room(self, client: MatrixClient, user: str, room: Room) -> None:
        """Cut off, or another account was entered: the old one is put out, and hears nothing more."""
        self._pins.forget(user)
        room.left = True
        try:
            if user in client.members(room.id):
                await client.cut_off(room.id, user)
            if client.members(room.id):
                await client.leave(room.id)
        except DeliveryError as error:
            log.warning("staff account: a room is not closed yet: %s", error)
            if not error.permanent:
                return
        del self._rooms[user]
        self._keep_rooms()

    async def _open_room(self, client: MatrixClient, phone: ServicePhone) -> None:
        user = phone.matrix_user
        kept = self._rooms.get(user)
        if kept is not None and kept.left and not phone.wanted:
            return
        tries, not_before = self._refused.get(user, (0, 0.0))
        if loop_time() < not_before:
            return
        try:
            room = await client.open_room(user)
        except DeliveryError as error:
            wait = 60.0 * INVITE_AGAIN[min(tries, len(INVITE_AGAIN) - 1)] if error.permanent else 0.0
            self._refused[user] = (tries + 1, loop_time() + wait)
            log.warning("staff account: no room for %s: %s", phone.member, error)
            return
        self._refused.pop(user, None)
        self._rooms[user] = Room(room, opened=loop_time())
        self._keep_rooms()

    async def _greet(self, client: MatrixClient, phone: ServicePhone, room: str) -> None:
        """Once, as soon as the phone's devices are known; before that nobody could read it."""
        kept = self._rooms.setdefault(phone.matrix_user, Room(room))
        if kept.greeted or not client.devices(phone.matrix_user):
            return
        text = texts.pad(texts.SAID[_memory(phone).language]["not_verified"])
        try:
            await client.send(room, phone.matrix_user, text, transaction_of(f"greeting {room}", 0))
        except DeliveryError as error:
            log.warning("staff account: %s is not greeted yet: %s", phone.member, error)
            return
        kept.greeted = True
        self._keep_rooms()

    def _keep_rooms(self) -> None:
        rooms = {user: {"id": r.id, "greeted": r.greeted, "left": r.left} for user, r in self._rooms.items()}
        self._folder.write("rooms.json", rooms)


def _sound(client: MatrixClient, room: str, user: str) -> bool:
    """Encrypted, and nobody in it but us and the phone (or the phone is invited)."""
    return client.encrypted(room) and client.members(room) == {client.user, user}


def _pinned(phone: ServicePhone) -> frozenset[Device]:
    return frozenset(Device(one.device_id, one.ed25519) for one in phone.devices if one.pinned)


def _memory(phone: ServicePhone) -> machine.Phone:
    kept: dict[str, Any] = phone.memory or {}
    return machine.Phone(
        language=phone.language,
        zone=phone.zone,
        verified=phone.matrix_verified is not None,
        asked=kept.get("asked"),
        asked_about=tuple(kept.get("asked_about", ())),
        asked_pause=timedelta(seconds=kept.get("asked_pause", machine.DEFAULT_PAUSE.total_seconds())),
        notices=tuple(kept.get("notices", ())),
    )


def _stored(phone: machine.Phone) -> dict[str, Any]:
    return {
        "asked": phone.asked,
        "asked_about": list(phone.asked_about),
        "asked_pause": phone.asked_pause.total_seconds(),
        "notices": list(phone.notices),
    }
