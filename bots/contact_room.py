"""One room of the messenger's door: what comes there is handled in order, what is said there is brought in order.

    event ──> dialogue (bots/carried.py) ──> row kept (intake/room_desk.py) ──> said in the room

The row is written before anything is said that rests on it, so a crash in between loses no seed and no words. Between
two messages nothing of the seed is in memory; a mailbox that was erased elsewhere is noticed at the next message.
Rooms do not wait for each other; a homeserver that is away is waited for, with the same transactions as before.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

import msgspec

from bots.account import anew, transaction_of
from bots.carried import Allow, Carried, FileLost, Files, Outward
from bots.conversation_model import (
    LARGEST_FILE,
    Arrived,
    Attached,
    Event,
    File,
    Flooded,
    Gone,
    Guide,
    Leave,
    Restarted,
    Said,
    Say,
    Sent,
    Step,
    TakeBack,
    Talk,
    Unencrypted,
    due,
)
from bots.matrix import MatrixClient, Media, MediaLost
from intake.delivery import DeliveryError
from intake.errors import NoMailbox, Unavailable
from intake.room_desk import Handed, Room, RoomDesk
from intake.sealing import Sealer

log = logging.getLogger("erstkontakt.contact")

MOST_WAITING = 60  # messages of one room; more at once are not taken, and that is said
PART_BYTES = 16_000  # of one message; a homeserver takes 64 KiB, encrypted
FETCH_PAUSES = (1.0, 5.0, 20.0)  # seconds between attempts to get a file
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds
T = TypeVar("T")


class Door(Protocol):
    """What a room needs of the account it belongs to."""

    sealer: Sealer
    rooms: RoomDesk

    @property
    def client(self) -> MatrixClient | None: ...
    def guide(self) -> Guide: ...
    def allow(self, person: str) -> Allow: ...
    async def take_file(self, mailbox: bytes, token: bytes, envelope: bytes) -> int: ...
    async def drop(self, room: str) -> None: ...
    async def give_up(self, room: str) -> None: ...


@dataclass(slots=True)
class Job:
    """``event`` None: look for answers. ``key`` names what we say to it; ``done`` is told what became of it."""

    event: Event | None
    key: str
    done: asyncio.Future[None] | None = None


class RoomTalk:
    """``room`` as it is remembered."""

    def __init__(self, door: Door, room: Room) -> None:
        self._door = door
        self._room = room
        self._jobs: deque[Job] = deque()
        self._flooded = False
        self._new = True  # since the process began: what a crash interrupted is still to be looked after
        self._marked = room.begun
        self._heard: date | None = None  # since the row was read
        self._task: asyncio.Task[None] | None = None
        at = Step.MAILBOX if room.seed is not None else Step.NEW
        talk = Talk(language=room.language, step=at, bound=room.seed is not None, notices=room.notices)
        self._carried = Carried(
            door.sealer,
            door.guide,
            talk,
            allow=door.allow(room.person),
            handing=self._hand_over,
            files=Files(self._fetch, door.take_file),
        )
        if room.begun and not room.leaving and room.handed is None:
            self.put(Restarted(), anew())

    def __repr__(self) -> str:
        return f"<RoomTalk {self._carried.talk.step}>"

    @property
    def due(self) -> datetime | None:
        """When the dialogue wants to be woken."""
        return None if self._jobs else due(self._carried.talk)

    @property
    def weight(self) -> int:
        """Characters that are kept in memory for it."""
        return sum(len(piece.text) for piece in self._carried.talk.pieces)

    @property
    def idle(self) -> bool:
        """Nothing is under way, and nothing would be lost."""
        return not self._jobs and not _unsent(self._carried.talk)

    def put(self, event: Event | None, key: str, done: asyncio.Future[None] | None = None) -> None:
        """To be handled after everything that came before."""
        if len(self._jobs) < MOST_WAITING or done is not None:
            self._flooded = False
            self._jobs.append(Job(event, key, done))
        elif not self._flooded:
            self._flooded = True
            self._jobs.append(Job(Flooded(), key))
        if self._task is None:
            self._task = asyncio.create_task(self._work(), name="a room")

    async def begin(self) -> None:
        """Remembers that there is something to lose; to be called for a message before it counts as received."""
        if not self._marked:
            self._marked = True
            await self._door.rooms.begin(self._room.id)

    async def stop(self) -> None:
        """The end of the process, or of the room."""
        task = self._task
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for job in self._jobs:
            if job.done is not None and not job.done.done():
                job.done.set_exception(DeliveryError("matrix: the room is closed", permanent=False))
        self._jobs.clear()

    async def _work(self) -> None:
        try:
            while self._jobs:
                await self._one(self._jobs[0])
                if self._jobs:
                    self._jobs.popleft()
        finally:
            self._task = None

    async def _one(self, job: Job) -> None:
        try:
            await self._do(job)
        except DeliveryError as error:
            if job.done is None:
                log.warning("contact account: not said: %s", error)
            elif not job.done.done():
                job.done.set_exception(error)
        except Exception as error:  # never its text: it may hold what somebody has written
            log.error("contact account: a message could not be handled: %s", type(error).__name__)
            if job.done is not None and not job.done.done():
                job.done.set_exception(DeliveryError(type(error).__name__, permanent=False))
        else:
            if job.done is not None and not job.done.done():
                job.done.set_result(None)

    async def _do(self, job: Job) -> None:
        stored = await self._patiently(lambda: self._door.rooms.of(self._room.id))
        if stored is not None:
            self._room = stored
        self._carried.seed, self._carried.seen = self._room.seed, self._room.seen
        try:
            if self._room.leaving:
                await self._leave("", job)
                return
            interrupted, self._new = self._room.handed if self._new else None, False
            if interrupted is not None:
                await self._recover(interrupted, job)
            if self._carried.talk.bound and self._carried.seed is None:
                await self._carry_out(self._carried.happen(Gone()), job, "gone")
            if job.event is None:
                await self._carry_out(self._carried.look(must=True), job, "look")
            else:
                before = self._carried.seed
                if isinstance(job.event, Arrived | Said | Attached):
                    self._heard = self._door.sealer.desk.clock().date()
                await self._carry_out(self._carried.happen(job.event), job, "")
                if self._carried.seed not in (None, before):
                    await self._carry_out(self._carried.look(), job, "bound")  # what was answered elsewhere before
        finally:
            self._carried.seed = None
            self._room = msgspec.structs.replace(self._room, seed=None)

    # ---------------------------------------------------------------------------------------------------- keeping

    async def _keep(self, **changes: Any) -> None:
        """Writes the row if anything of it has changed."""
        talk = self._carried.talk
        now = msgspec.structs.replace(
            self._room,
            **{
                "language": talk.language,
                "seed": self._carried.seed,
                "seen": self._carried.seen,
                "begun": _unsent(talk) or len(self._jobs) > 1,
                "notices": talk.notices,
                "day": self._heard or self._room.day,
                **changes,
            },
        )
        if now != self._room or self._marked != now.begun:
            self._marked = now.begun
            await self._patiently(lambda: self._door.rooms.keep(now))
            self._room = now

    async def _hand_over(self, seed: bytes, words: tuple[str, ...]) -> None:
        await self._keep(handed=Handed(seed, words))

    async def _fetch(self, file: File) -> bytes:
        media = file.handle
        if not isinstance(media, Media):
            raise FileLost
        for pause in (*FETCH_PAUSES, None):
            client = self._door.client
            with suppress(DeliveryError):
                if client is not None:
                    try:
                        return await client.fetch(media, LARGEST_FILE)
                    except MediaLost as lost:
                        raise FileLost from lost
            if pause is not None:
                await asyncio.sleep(pause)
        raise FileLost

    async def _recover(self, handed: Handed, job: Job) -> None:
        """The process ended between handing a contact over and telling its words. Did it arrive?"""
        try:
            opened = await self._patiently(lambda: self._door.sealer.open_with(handed.seed))
        except NoMailbox:
            await self._keep(handed=None)
            await self._carry_out(self._carried.happen(Restarted()), job, "restarted")
            return
        self._carried.seed, self._carried.seen = handed.seed, 0
        sent = Sent(handed.words, opened.answer.answer_by, opened.answer.erase_on)
        await self._carry_out(self._carried.happen(sent), job, "recovered")

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Our own database may be busy for a while."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await work()
            except Unavailable as error:
                log.warning("contact account: %s", error.code)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    # --------------------------------------------------------------------------------------------------- speaking

    async def _carry_out(self, effects: AsyncIterator[Outward], job: Job, what: str) -> None:
        number = 0
        async for effect in effects:
            await self._keep()
            key = transaction_of(f"{self._room.id} {job.key} {what}", number)
            number += 1
            match effect:
                case Say():
                    said = await self._say(effect.text, key, job)
                    if effect.secret:
                        await self._keep(secrets=(*self._room.secrets, *said), handed=None)
                case TakeBack():
                    await self._take_back(self._room.secrets)
                    await self._keep(secrets=())
                case Leave():
                    await self._leave(effect.farewell, job)
                    return
        await self._keep()

    async def _say(self, text: str, key: str, job: Job) -> list[str]:
        """In as many messages as it takes; returns their ids."""
        anybody = isinstance(job.event, Unencrypted) and job.event.room
        said = []
        for place, part in enumerate(parts(text)):

            async def send(client: MatrixClient, part: str = part, key: str = f"{key}.{place}") -> str:
                if anybody:
                    await client.explain(self._room.id, part, key)
                    return ""
                return await client.send(self._room.id, self._room.person, part, key)

            said.append(await self._brought(send, job))
        return said

    async def _brought(self, send: Callable[[MatrixClient], Awaitable[T]], job: Job | None) -> T:
        """Tries until it works or cannot; the outbox, which waits for an answer, has a patience of its own."""
        pause = FIRST_PAUSE
        while True:
            client = self._door.client
            try:
                if client is None:
                    raise DeliveryError("matrix: not connected", permanent=False)
                return await send(client)
            except DeliveryError as error:
                if error.permanent:
                    await self._door.give_up(self._room.id)
                if error.permanent or (job is not None and job.done is not None):
                    raise
                wait = pause if error.retry_after is None else error.retry_after.total_seconds()
            await asyncio.sleep(min(wait, LONGEST_PAUSE))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _take_back(self, events: tuple[str, ...]) -> None:
        for event in events:

            async def redact(client: MatrixClient, event: str = event) -> None:
                await client.redact(self._room.id, event, transaction_of(f"redact {event}", 0))

            with suppress(DeliveryError):  # it is gone already
                await self._brought(redact, None)

    async def _leave(self, farewell: str, job: Job) -> None:
        """Everything of ours is taken back, newest first; then we go. Goes on after a restart."""
        self._carried.seed = None
        await self._keep(leaving=True, handed=None)
        await self._take_back(tuple(await self._brought(lambda client: client.own_messages(self._room.id), None)))
        if farewell:
            with suppress(DeliveryError):
                await self._say(farewell, transaction_of(f"{self._room.id} {job.key} farewell", 0), job)
        await self._brought(lambda client: client.forget(self._room.id), None)
        await self._patiently(lambda: self._door.drop(self._room.id))


def parts(text: str, most: int = PART_BYTES) -> list[str]:
    """``text`` in pieces of at most ``most`` bytes of UTF-8, cut at paragraphs, lines or words where there are any."""
    found = []
    while len(text.encode()) > most:
        head = text.encode()[:most].decode("utf-8", "ignore")
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := head.rfind(mark)) > most // 8), len(head))
        found.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*found, text]


def _unsent(talk: Talk) -> bool:
    begun = talk.pieces or talk.outgoing or talk.attaching or talk.call
    return bool(begun) or talk.step not in (
        Step.NEW,
        Step.MAILBOX,
    )
