"""The messenger's door for help-seekers: an account of its own, one encrypted room with each person, nobody else in it.

    person ──Megolm──> room ──> RoomTalk (contact_room.py) ──> dialogue ──> sealed for the team ──> desk
    desk ──outbox, channel "person"──> deliver ──> mailbox opened, signature checked, said in the room, forgotten

The process is an end of the conversation: it reads what is written for as long as it takes to seal it. Drafts live in
memory and nowhere else (deploy/THREAT-MODEL.md says why); after a restart their loss is told in the room.
Rooms for more than two are left with an explanation. In a room without encryption nothing is taken. No receipts, no
typing notices, no presence.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bots import conversation_texts as texts
from bots.account import Account, anew, loop_time
from bots.contact_room import RoomTalk
from bots.conversation_model import (
    Add,
    Agree,
    Arrived,
    Attach,
    Attached,
    Bind,
    Effect,
    File,
    Flooded,
    Guide,
    Missed,
    NewDevice,
    Openings,
    Quiet,
    Said,
    Send,
    TakenBack,
    Undecryptable,
    Unencrypted,
    Waited,
)
from bots.conversation_model import Event as Happening
from bots.limits import Buckets, Fair, Rate
from bots.matrix import (
    Changed,
    DeviceSeen,
    Event,
    Everyone,
    Folder,
    Invited,
    Left,
    MatrixClient,
    Media,
    Received,
    Skipped,
    What,
)
from crypto.errors import AtRestUnreadable
from intake.delivery import DeliveryError
from intake.errors import DirectoryMissing, TooMany, Unavailable
from intake.room_desk import Room
from intake.sealing import Sealer

if TYPE_CHECKING:
    from intake.desk import Desk
    from intake.outbox import Delivery

log = logging.getLogger("erstkontakt.contact")

LOOK_EVERY = 15.0  # seconds
QUIET_DAYS = 7  # without a word and without a mailbox: we say goodbye and leave
QUIET_EVERY = timedelta(hours=1)  # between two looks for such rooms
MOST_TALKS = 2_000  # idle ones beyond that are dropped from memory; their rows know all that is needed
ROOMS_EACH = 5  # of one account at the same time
MOST_DRAFTED = 32_000_000  # characters of all drafts together; beyond that only small ones grow
SMALL = 20_000

MESSAGES = Rate(60, 1.0)
ROOMS = Rate(5, 600.0), Rate(240, 0.5)
CONTACTS = Rate(3, 1200.0), Rate(60, 1.0)
MORE = Rate(30, 60.0), Rate(300, 0.2)
CODES = Rate(10, 300.0), Rate(60, 1.0)


class Limits:
    """What may be asked of this door (bots/limits.py)."""

    def __init__(self) -> None:
        self.messages = Buckets(MESSAGES)
        self.rooms, self.contacts, self.more, self.codes = (Fair(*both) for both in (ROOMS, CONTACTS, MORE, CODES))

    def of(self, effect: Effect) -> Fair | None:
        """The limit for what the dialogue wants done."""
        if isinstance(effect, Send):
            return self.contacts
        if isinstance(effect, Add | Attach | Openings | Agree):
            return self.more
        return self.codes if isinstance(effect, Bind) else None


class ContactAccount(Account):
    """``folder`` is the account's, provisioned. ``run`` it beside the outbox, for which it is the channel "person"."""

    name = "contact account"

    def __init__(
        self, folder: Folder, desk: Desk, *, look_every: float = LOOK_EVERY, now: Callable[[], float] = loop_time
    ) -> None:
        """``now``: seconds for the limits."""
        super().__init__(folder, Everyone(), look_every=look_every)
        self._desk = desk
        self._now = now
        self.sealer = Sealer(desk, "matrix")
        self.rooms = desk.rooms
        self.limits = Limits()
        self._talks: OrderedDict[str, RoomTalk] = OrderedDict()
        self._plain: set[str] = set()  # rooms that were told that they are not encrypted
        self._flooding: set[str] = set()
        self._quiet_at: datetime | None = None  # when we last looked for rooms to leave
        self._tight = False  # all drafts together are more than memory should hold
        self._held: OrderedDict[str, str] = OrderedDict((folder.read("invitations.json") or {}).items())

    @property
    def client(self) -> MatrixClient | None:
        """While we are connected."""
        return self._client

    def guide(self) -> Guide:
        """What the dialogue looks things up in."""
        network, web = self._desk.network, f"{self._desk.settings.public_url}/"
        own = tuple(self._desk.settings.hotline_numbers)
        try:
            return Guide(network.directory, network.regions, web, own)
        except DirectoryMissing:
            return Guide(None, None, web, own)

    def allow(self, person: str) -> Callable[[Effect], None]:
        """Asked before a room seals or opens anything."""

        def ask(effect: Effect) -> None:
            limit = self.limits.of(effect)
            if limit is not None and (wait := limit.ask(person, self._now())) > 0:
                raise TooMany(retry_after=int(wait) + 1)

        return ask

    async def take_file(self, mailbox: bytes, token: bytes, envelope: bytes) -> int:
        """A sealed picture or voice message for the desk."""
        return await self._desk.attachments.add(mailbox, token, envelope)

    # Running --------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Takes up what a restart has interrupted, then receives until cancelled."""
        try:
            await self._resume()
            await super().run()
        finally:
            for talk in list(self._talks.values()):
                await talk.stop()
            self._talks.clear()

    async def _resume(self) -> None:
        pause = 1.0
        while True:
            try:
                rooms = await self.rooms.all()
                break
            except AtRestUnreadable:
                log.error("contact account: the rooms were kept with another at_rest_key; answers will not be brought")
                return
            except Unavailable as error:
                log.warning("contact account: %s", error.code)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 60.0)
        for room in rooms:
            if room.leaving or room.begun or room.handed is not None or room.seed is not None:
                self._talk(room).put(None, anew())

    def _talk(self, room: Room) -> RoomTalk:
        talk = self._talks.get(room.id)
        if talk is None:
            talk = self._talks[room.id] = RoomTalk(self, room)
            if len(self._talks) > MOST_TALKS:
                for id in [id for id, one in self._talks.items() if one.idle and one is not talk][: MOST_TALKS // 4]:
                    del self._talks[id]
        self._talks.move_to_end(room.id)
        return talk

    async def _look(self, client: MatrixClient) -> None:
        now = self._desk.clock()
        self._tight = sum(talk.weight for talk in self._talks.values()) > MOST_DRAFTED
        for id, talk in list(self._talks.items()):
            if talk.due is not None and talk.due <= now:
                talk.put(Waited(), f"waited {talk.due.isoformat()}")
            elif id not in client.rooms():
                await self.drop(id)
        for room, inviter in list(self._held.items()):
            await self._invited(client, Invited(room, inviter, direct=True))
        if self._quiet_at is None or abs(now - self._quiet_at) >= QUIET_EVERY:  # the clock may be set back
            await self._leave_quiet(now)

    async def _leave_quiet(self, now: datetime) -> None:
        try:
            rooms = await self.rooms.quiet(now.date() - timedelta(days=QUIET_DAYS))
        except (AtRestUnreadable, Unavailable) as error:
            log.warning("contact account: not looked for quiet rooms: %s", type(error).__name__)
            return
        self._quiet_at = now
        for room in rooms:
            self._talk(room).put(Quiet(), f"quiet {now.date().isoformat()}")

    # Speaking -------------------------------------------------------------------------------------------------------

    async def deliver(self, delivery: Delivery) -> None:
        """An answer waits for somebody. Raises DeliveryError, never for good: the mailbox may be there for long."""
        room = await self.rooms.named(bytes.fromhex(delivery.recipient))
        if room is None or room.seed is None:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._talk(room).put(None, delivery.id, done)
        try:
            await done
        except DeliveryError as error:
            raise DeliveryError(str(error), permanent=False, retry_after=error.retry_after) from error

    # Listening ------------------------------------------------------------------------------------------------------

    async def _hear(self, client: MatrixClient, event: Event) -> None:
        match event:
            case Invited():
                await self._invited(client, event)
            case Left():
                await self._left(client, event)
            case Changed():
                await self._settle(client, event.room)
            case Skipped():
                await self._skipped(client, event.room)
            case DeviceSeen():
                for id in client.rooms_with(event.user):
                    await self._tell(id, event.user, NewDevice(event.device.id), f"device {event.device.fingerprint}")
            case Received():
                await self._received(client, event)

    async def _received(self, client: MatrixClient, event: Received) -> None:
        if event.what is What.NOTICE:
            return
        if client.members(event.room) != {client.user, event.sender}:
            await self._settle(client, event.room)
            return
        if self.limits.messages.wait(event.sender, self._now()) > 0:
            if event.sender not in self._flooding:
                self._flooding.add(event.sender)
                await self._tell(event.room, event.sender, Flooded(), event.id)
            return
        self.limits.messages.take(event.sender, self._now())
        self._flooding.discard(event.sender)
        match event.what:
            case What.PLAIN:
                happened: Happening = Unencrypted(room=not client.encrypted(event.room))
            case What.UNDECRYPTABLE:
                happened = Undecryptable(event.session)
            case What.TEXT:
                happened = Said(event.text, event.id, event.edits, reply=event.reply_to is not None)
            case What.TAKEN_BACK:
                happened = TakenBack(event.edits or "")
            case _:
                happened = Attached(_file(event.media), event.id)
        await self._tell(event.room, event.sender, happened, event.id)

    async def _tell(self, room: str, person: str, happened: Happening, key: str) -> None:
        kept = await self.rooms.of(room)
        talk = self._talk(kept or Room(room, person))
        if self._tight and talk.weight > SMALL and isinstance(happened, Said) and happened.text.strip():
            happened = Flooded()
        talk.put(happened, key)
        if isinstance(happened, Said | Attached):
            await talk.begin()

    # Rooms ----------------------------------------------------------------------------------------------------------

    async def _invited(self, client: MatrixClient, event: Invited) -> None:
        """Joined if there is room: an account that wants too many is refused, others wait for their turn."""
        now = self._now()
        many = len(client.rooms_with(event.inviter)) >= ROOMS_EACH
        if many or self.limits.rooms.account_wait(event.inviter, now) > 0:
            await self._answered(event.room)
            with suppress(DeliveryError):
                await client.leave(event.room)
            return
        if self.limits.rooms.ask(event.inviter, now) > 0:
            self._held[event.room] = event.inviter
            self._folder.write("invitations.json", dict(self._held))
            return
        try:
            await client.join(event.room)
        except DeliveryError as error:
            log.warning("contact account: a room was not joined: %s", error)
            if not error.permanent:
                self._held[event.room] = event.inviter
                self._folder.write("invitations.json", dict(self._held))
                return
        await self._answered(event.room)

    async def _answered(self, room: str) -> None:
        if self._held.pop(room, None) is not None:
            self._folder.write("invitations.json", dict(self._held))

    async def _settle(self, client: MatrixClient, room: str) -> None:
        """Is this a place to talk: two of us, encrypted? If it is new, we begin; if it cannot be one, we leave."""
        others = client.members(room) - {client.user}
        if len(others) != 1:
            if others:
                text = "\n\n".join(texts.SAID[language]["group"] for language in texts.LANGUAGES)
                with suppress(DeliveryError):
                    await client.explain(room, text, anew())
            await self._close(client, room)
            return
        (person,) = others
        if not client.encrypted(room):
            if room not in self._plain:
                self._plain.add(room)
                self._talk(Room(room, person)).put(Unencrypted(), anew())
            return
        self._plain.discard(room)
        if await self.rooms.of(room) is None:
            await self.rooms.keep(Room(room, person))
            self._talk(Room(room, person)).put(Arrived(), anew())

    async def _skipped(self, client: MatrixClient, room: str) -> None:
        others = client.members(room) - {client.user}
        if len(others) == 1 and client.encrypted(room) and await self.rooms.of(room) is not None:
            (person,) = others
            await self._tell(room, person, Missed(), anew())
        else:
            await self._settle(client, room)

    async def _left(self, client: MatrixClient, event: Left) -> None:
        if event.user == client.user or client.members(event.room) <= {client.user, event.user}:
            await self._close(client, event.room)

    async def give_up(self, room: str) -> None:
        """Nothing can be said there any more."""
        client = self._client
        if client is not None and client.last_sync is not None and room not in client.rooms():
            await self.drop(room)

    async def _close(self, client: MatrixClient, room: str) -> None:
        await self.drop(room)
        with suppress(DeliveryError):
            await client.forget(room)

    async def drop(self, room: str) -> None:
        """Nobody is there any more: draft and seed are forgotten; the eight words still open the mailbox."""
        talk = self._talks.pop(room, None)
        if talk is not None:
            await talk.stop()
        self._plain.discard(room)
        await self.rooms.forget(room)


def _file(media: Media | None) -> File | None:
    return None if media is None else File(media.kind, media.name, media.type, media.size, media)
