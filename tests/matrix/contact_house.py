"""A house with the messenger's door in one process: real store, desk, outbox and homeserver, the example network."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from bots.contact import CONTACTS, ROOMS, ContactAccount
from bots.limits import Fair, Rate
from bots.matrix import Folder, new_pickle_key, provision
from crypto.envelope import Kind, open_envelope, seal
from crypto.identity import Identity, PublicIdentity
from intake.desk import Desk
from intake.network import Network
from intake.outbox import Outbox
from intake.store import ContactRow, Store, open_store
from intake.team_desk import Who
from tests.intake import publishing
from tests.intake.small import Advisor, Clock, settings
from tests.leaks import Needle, Planted, assert_none, code, files, sentence
from tests.matrix.conftest import until
from tests.matrix.gateway import Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

_NUMBERS = itertools.count(1)
SECONDS = 60


class ExampleNetwork:
    """What Advisor needs of the network to be enrolled."""

    epochs = dict.fromkeys(("rz-wm", "distanz-ev"), 1)

    def team(self, team: str) -> Identity:
        return Identity.from_seed(publishing.team_seed(team))


class ContactHouse:
    """Mira counsels in the team of Westmecklenburg. ``stop`` and ``start`` are a restart, ``crash`` is one without
    goodbye."""

    team = "rz-wm"
    poll = 0.02  # seconds between two looks of a phone

    def __init__(self, path: Path, gateway: Gateway, homeserver: Homeserver) -> None:
        self.path, self.gateway, self.homeserver = path, gateway, homeserver
        self.clock = Clock(publishing.NOW)
        self.key = new_pickle_key()
        self.mira = Advisor("mira", (self.team,))
        self._seen: set[bytes] = set()
        self._tasks: list[asyncio.Task[Any]] = []

    async def open(self) -> None:
        publishing.publish(self.path / "directory", publishing.first())
        self.user = self.homeserver.register(f"kontakt{next(_NUMBERS)}", "pw")
        await self.provision()
        async with open_store("sqlite", self.path) as store:
            await self.mira.enrol(store, ExampleNetwork())  # type: ignore[arg-type]
        await self.start()

    async def provision(self) -> None:
        folder = Folder(self.path / "contact", self.key)
        self.session = await provision(folder, homeserver=self.gateway.url, user=self.user, password="pw")

    async def start(self) -> None:
        self._store = open_store("sqlite", self.path)
        self.store: Store = await self._store.__aenter__()
        network = Network(self.path / "directory", publishing.ROOT)
        network.reload(self.clock())
        given = settings(self.path, contact_account=self.user, at_rest_key=b"\x07\x08" * 16)
        self.desk = Desk(self.store, network, given, self.clock)
        await self.start_bot()

    async def start_bot(self) -> None:
        self.contact = ContactAccount(Folder(self.path / "contact", self.key), self.desk, look_every=0.1)
        self.contact.wait_for_key_ms = 1_500
        self.outbox = Outbox(self.desk, {"person": self.contact}, lambda: 0.5)
        self._tasks = [asyncio.create_task(self.contact.run()), asyncio.create_task(self.outbox.run())]

    async def stop(self) -> None:
        await self.stop_bot()
        await self._store.__aexit__(None, None, None)

    async def stop_bot(self) -> None:
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    @property
    def alive(self) -> bool:
        return all(not task.done() for task in self._tasks)

    # The person -------------------------------------------------------------------------------------------------------

    async def invite(self, phone: Phone, *, encrypted: bool = True, others: tuple[str, ...] = ()) -> str:
        """The person opens a room and invites the bot."""
        encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        made = await phone.nio.room_create(
            is_direct=True, invite=[self.user, *others], initial_state=[encryption] if encrypted else []
        )
        room: str = made.room_id
        return room

    async def meet(self, phone: Phone) -> str:
        """A new room in which the bot has said hello."""
        room = await self.invite(phone)
        await self.read(phone, "Wer schreibt?")
        return room

    async def read(self, phone: Phone, part: str, seconds: float = SECONDS) -> str:
        """Until the phone has read something with ``part`` in it; everything read before that is forgotten."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            for place, text in enumerate(phone.read):
                if part in text:
                    del phone.read[: place + 1]
                    return text
            assert asyncio.get_running_loop().time() < end, f"{part!r} was not read, but: {phone.read}"
            assert self.alive, [task for task in self._tasks if task.done()]
            await phone.step()
            await asyncio.sleep(self.poll)

    async def say(self, phone: Phone, room: str, *lines: tuple[str, str]) -> str:
        """Says each line and waits for what is read then; returns the last."""
        text = ""
        for line, part in lines:
            await phone.say(room, line)
            text = await self.read(phone, part)
        return text

    async def write(self, phone: Phone, room: str, text: str) -> tuple[str, ...]:
        """From the first question to the eight words."""
        way = (("2", "Worum geht es"), ("1", "Wo leben Sie"), ("23966", "Wer wird es lesen"), ("ja", "fertig"))
        await self.say(phone, room, *way)
        await self.say(phone, room, (text, "Schreiben Sie ruhig weiter"))
        return words_in(await self.say(phone, room, ("fertig", "acht Wörter")))

    async def quiet(self, phone: Phone, seconds: float = 1.0) -> list[str]:
        """What comes within a while, that is: what does not come."""
        phone.read.clear()
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await phone.step()
            await asyncio.sleep(0.1)
        return phone.read

    async def gone(self, phone: Phone, room: str) -> None:
        """Until the bot has left this room."""
        await self.until_async(lambda: self._without_us(phone, room))

    async def _without_us(self, phone: Phone, room: str) -> bool:
        found = await asyncio.to_thread(
            self.homeserver.call, "GET", f"/_matrix/client/v3/rooms/{room}/members", None, phone.nio.access_token
        )
        ours = [e["content"]["membership"] for e in found["chunk"] if e["state_key"] == self.user]
        return ours in ([], ["leave"])

    async def forgotten(self, room: str) -> None:
        """Until nothing is kept of this room."""

        async def nothing() -> bool:
            return await self.desk.rooms.of(room) is None

        await self.until_async(nothing)

    async def until_async(self, true: Callable[[], Awaitable[bool]], seconds: float = SECONDS) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while not await true():
            assert asyncio.get_running_loop().time() < end, "waited too long"
            await asyncio.sleep(0.05)

    async def count_is(self, count: int) -> bool:
        return len(await self.inbox()) == count

    async def crowd(self, phones: list[Phone]) -> list[tuple[str, ...]]:
        """All of them write at the same time; the eight words of each."""
        self.contact.limits.contacts = Fair(CONTACTS[0], Rate(500, 0.1))
        self.contact.limits.rooms = Fair(ROOMS[0], Rate(500, 0.1))

        async def write(phone: Phone, number: int) -> tuple[str, ...]:
            room = await self.meet(phone)
            await self.say(phone, room, ("mensch", "Wer wird es lesen"), ("ja", "fertig"))
            await self.say(phone, room, (f"Ich bin Nummer {number} und brauche Rat.", "ruhig weiter"))
            return words_in(await self.say(phone, room, ("fertig", "acht Wörter")))

        return await asyncio.gather(*(write(phone, number) for number, phone in enumerate(phones)))

    # The team ---------------------------------------------------------------------------------------------------------

    async def who(self) -> Who:
        return await self.mira.login(self.desk.team)

    async def inbox(self) -> tuple[ContactRow, ...]:
        return (await self.desk.team.inbox(await self.who(), "new", None)).rows

    async def look_away(self) -> None:
        """Whatever is there by now is not new."""
        rows = await self.store.read(lambda tx: tx.raw.rows("SELECT mailbox FROM contacts"))
        self._seen |= {mailbox for (mailbox,) in rows}

    async def newest(self, *, any_team: bool = False) -> ContactRow:
        """The contact that nobody has seen before."""
        rows = await self.store.read(lambda tx: tx.raw.rows("SELECT mailbox, team FROM contacts"))
        (mailbox,) = [m for m, team in rows if m not in self._seen and (any_team or team == self.team)]
        self._seen.add(mailbox)
        row = await self.store.read(lambda tx: tx.contact(mailbox))
        assert row is not None
        return row

    async def opened(self, row: ContactRow) -> dict[str, Any]:
        """The first letter, as the console opens it."""
        found = await self.desk.team.contact(await self.who(), row.mailbox)
        opened = open_envelope(found.entries[0].envelope, ExampleNetwork().team(self.team), context=row.mailbox)
        contact: dict[str, Any] = msgspec.json.decode(opened.payload)
        return contact

    async def letters(self, row: ContactRow) -> list[str]:
        """All of the person's letters."""
        contact = await self.opened(row)
        verify = msgspec.convert(contact["keys"]["verify"], bytes, strict=False)
        found = await self.desk.team.contact(await self.who(), row.mailbox)
        texts = []
        for entry in found.entries:
            if entry.author == "person":
                opened = open_envelope(
                    entry.envelope, ExampleNetwork().team(self.team), context=row.mailbox, sender_verify=verify
                )
                texts.append(msgspec.json.decode(opened.payload)["text"])
        return texts

    async def attachment(self, row: ContactRow, number: int) -> tuple[dict[str, Any], bytes]:
        """Head and bytes of an attachment, as the console opens it."""
        verify = msgspec.convert((await self.opened(row))["keys"]["verify"], bytes, strict=False)
        envelope = await self.desk.attachments.fetch(await self.who(), row.mailbox, number)
        team = ExampleNetwork().team(self.team)
        payload = open_envelope(envelope, team, context=row.mailbox, sender_verify=verify).payload
        head, _, content = payload.partition(b"\0")
        return msgspec.json.decode(head), content

    async def answer(self, row: ContactRow, text: str, *, forged: bool = False) -> None:
        """Claimed if it was not, and answered; ``forged``: signed by somebody who is no team."""
        keys = (await self.opened(row))["keys"]
        person = PublicIdentity(*(msgspec.convert(keys[name], bytes, strict=False) for name in ("kem", "verify")))
        team = ExampleNetwork().team(self.team)
        payload = msgspec.json.encode({"v": 1, "text": text, "from": "Beratungsteam", "sent": "2026-11-22T10:00Z"})
        signer = Identity.from_seed(b"\x66" * 32) if forged else team
        envelope = seal(Kind.ANSWER, row.mailbox, payload, [person, team.public], signer)
        who = await self.who()
        if (await self.desk.team.contact(who, row.mailbox)).row.claimed_by is None:
            await self.desk.team.claim(who, row.mailbox)
        await self.desk.team.answer(who, row.mailbox, envelope)

    # What was written -------------------------------------------------------------------------------------------------

    def nothing_leaked(self, planted: Planted, words: tuple[str, ...] = (), *said: str, log: str = "") -> None:
        """Not in the homeserver's files, not in ours, not in the account's store, not in what was logged."""
        needles: list[Needle] = [*planted.needles, *(sentence("what was said", text) for text in said)]
        if words:
            needles.append(code("the return code", words))
        assert_none(needles, [*files(self.homeserver.root), *files(self.path)], at_least=5)
        for needle in needles:
            assert needle.found_in(log.encode()) is None

    async def until(self, true: Any, seconds: float = SECONDS) -> None:
        await until(true, seconds)


def words_in(text: str) -> tuple[str, ...]:
    """The eight words of the message that shows them."""
    found = [line.split(". ")[1].strip() for line in text.splitlines() if line[:1].isdigit() and ". " in line]
    assert len(found) == 8, text
    return tuple(found)
