"""`erstkontakt canary --channel matrix`: the journey through the messenger's door, with a messenger of its own.

Open a room, be greeted, go to the test team (the word „probelauf“), write, get the eight words, let the team answer,
read the answer in the room, delete everything, and see that it is gone. The watchdog has an account of its own and
keeps its device in a folder; the key of that folder lies beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import time

from bots.conversation_texts import SAID
from bots.matrix import Event, Everyone, Folder, MatrixClient, Received, SignedOut, new_pickle_key, provision
from bots.matrix.robust_nio import Refused
from crypto import return_code
from crypto.identity import Identity, MailboxKeys
from intake import directory
from intake.cli.canary import GREETING, Failed, Journey, TestTeam
from intake.delivery import DeliveryError

WORDS = SAID["de"]
PAUSE = 0.2  # seconds between attempts to say something in a room that is just being entered


class RoomJourney(Journey):
    """One walk through a room."""

    async def through_doors(self, book: directory.Directory, team: TestTeam) -> None:
        """All that comes after the directory."""
        folder = await self.do("account", self.sign_in)
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        try:
            async with MatrixClient(folder, Everyone()) as client:
                listening = asyncio.create_task(client.run(self.hear))
                try:
                    await self.walk_room(client, book, team)
                finally:
                    listening.cancel()
                    with contextlib.suppress(asyncio.CancelledError, SignedOut):
                        await listening
        except (DeliveryError, SignedOut) as error:
            raise Failed(f"room: {error}") from error

    async def sign_in(self) -> Folder:
        wishes = self.wishes
        key = wishes.store.with_name(f"{wishes.store.name}.key")
        if not key.exists():
            key.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(key, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(new_pickle_key())
        folder = Folder(wishes.store, key.read_text("utf-8").strip())
        try:
            password = wishes.password_file.read_text("utf-8").strip("\r\n")
            await provision(folder, homeserver=wishes.homeserver, user=wishes.account, password=password)
        except OSError as error:
            raise Failed(f"the account cannot be signed in: {error}") from error
        except Refused as refused:
            raise Failed(f"the homeserver refuses the watchdog: {refused}") from refused
        return folder

    async def walk_room(self, client: MatrixClient, book: directory.Directory, team: TestTeam) -> None:
        text = f"{GREETING} {secrets.token_hex(8)}"
        room = await self.do("room", lambda: client.open_room(self.wishes.contact))
        keys: MailboxKeys | None = None
        try:
            await self.do("greeting", lambda: self.wait_for(WORDS["who"]))
            await self.do("ask", lambda: self.say(client, room, "probelauf", WORDS["trial"][:10], "fertig"))
            await self.do("write", lambda: self.say(client, room, text, WORDS["collected"]))
            said = await self.do("send", lambda: self.say(client, room, "fertig", WORDS["code_is"].partition("\n")[0]))
            words = return_code.parse("\n".join(line for line in said.splitlines() if line[:1].isdigit()))
            seed = await self.do("code", lambda: self.stretch(book, words))
            keys, person = MailboxKeys.from_seed(seed), Identity.from_seed(seed)
            found = keys
            await self.do("stored", lambda: self.find_own(found, person, text))
            answered = await self.do("team", lambda: self.answer_as_team(team, found, text))
            await self.do("answer", lambda: self.wait_for(answered))
            await self.do("erase", lambda: self.say(client, room, "löschen", WORDS["erase"][:20]))
            await self.do("gone", lambda: self.say(client, room, "ja", WORDS["erased"][:20]))
            await self.do("check", lambda: self.is_gone(found))
        except Failed:
            if keys is not None:
                erased = keys
                with contextlib.suppress(Failed):  # the first reason is the one to tell
                    await self.do("erase", lambda: self.erase(erased))
            raise
        finally:
            with contextlib.suppress(DeliveryError):
                await client.forget(room)

    # -------------------------------------------------------------------------------------------------- in the room

    async def hear(self, event: Event) -> None:
        if isinstance(event, Received) and event.sender == self.wishes.contact:
            self._heard.put_nowait(event.text)

    async def wait_for(self, *parts: str) -> str:
        """Until everything of ``parts`` was read, in this order; the last message. Other messages are passed over."""
        text = ""
        for part in parts:
            text = await self._next(part)
        return text

    async def _next(self, part: str) -> str:
        async with asyncio.timeout(self.wishes.timeout):
            while True:
                text = await self._heard.get()
                if part in text:
                    return text

    async def say(self, client: MatrixClient, room: str, text: str, *parts: str) -> str:
        """Says something and waits for what is said then."""
        transaction, end = secrets.token_hex(16), time.monotonic() + self.wishes.timeout
        while True:
            try:
                await client.send(room, self.wishes.contact, text, transaction)
                break
            except DeliveryError as error:
                if time.monotonic() > end:
                    raise Failed(f"not said: {error}") from error
            await asyncio.sleep(PAUSE)
        return await self.wait_for(*parts)

    async def is_gone(self, keys: MailboxKeys) -> None:
        status, answer = await self.open(keys)
        self.expect(404, status, answer)
