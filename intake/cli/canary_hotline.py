"""`erstkontakt canary --channel hotline`: a real call leaves a wish, which the test team reads and ends.

Its telephone is baresip. The first three keys mean something only to a caller whose number stands in
`hotline_watchdogs`; anybody else is led out kindly, so that a wrong setting never reaches a counsellor. The number is
erased when the team ends the callback; what stays of the contact with the test team is erased like every other.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bots.hotline.baresip import Account, parameters
from bots.hotline.process import Lost, Process
from crypto.envelope import open_envelope
from crypto.identity import Identity
from intake import directory
from intake.cli.canary import Failed, Journey, TestTeam

KNOCK = "456"  # no language: three times not understood
TAKE, THIS_NUMBER, FIRST_TIME, RIGHT, CALM = "1", "1", "1", "1", "2"
POLL = 0.05


class Telephone:
    """The watchdog's own baresip, and what it says of the one call."""

    def __init__(self, folder: Path, account: Account, at: tuple[str, int]) -> None:
        self._account = account
        self._process = Process(folder, *at, self._happened)
        self._answered, self._over = asyncio.Event(), asyncio.Event()
        self.why = ""

    def _happened(self, event: dict[str, Any]) -> None:
        if event.get("type") == "CALL_ESTABLISHED":
            self._answered.set()
        if event.get("type") == "CALL_CLOSED":
            self.why = str(event.get("param", ""))
            self._over.set()
            self._answered.set()

    @property
    def over(self) -> bool:
        return self._over.is_set()

    async def dial(self, target: str) -> None:
        """Returns when somebody has picked up. Raises Failed, Lost, TimeoutError, OSError."""
        await self._process.start()
        account = f"<{self._account.uri}>{parameters(self._account.rest, self._process)}"
        async with self._process.lock:
            made = await self._process.command("uanew", account)
            made = made and await self._process.command("uafind", self._account.uri)
            if not (made and await self._process.command("dial", target)):
                raise Failed("baresip does not take the account or the address")
        await self._answered.wait()
        if self.over:
            raise Failed(f"the call was not taken: {self.why or 'no reason given'}")

    async def press(self, keys: str) -> None:
        """One key after the other."""
        for key in keys:
            if self.over:
                raise Failed("the hotline hung up; is the watchdog's number shown, and in hotline_watchdogs?")
            await self._process.of(self._account.uri, ("sndcode", key))

    async def hang_up(self) -> None:
        with contextlib.suppress(Lost):
            await self._process.of(self._account.uri, ("hangup", ""))
        await self._process.stop()


class CallJourney(Journey):
    """The walk of somebody who rings, presses keys, and wants to be called back."""

    async def through_doors(self, book: directory.Directory, team: TestTeam) -> None:
        """All that comes after the directory."""
        reader = Identity.from_seed(await self.do("login", lambda: self.log_in(team)))
        try:
            await self.do("tidy", lambda: self.end_what_is_open(team))
            code = "".join(secrets.choice("0123456789") for _ in range(4))
            async with self.telephone() as telephone:
                await self.do("call", lambda: self.timed(telephone.dial(self.wishes.dial)))
                await self.do("keys", lambda: self.timed(self.press(telephone, code)))
                row = await self.do("stored", lambda: self.find(team, telephone))
            try:
                await self.do("read", lambda: self.read(row, reader, code))
            finally:
                await self.do("over", lambda: self.end(team, row["mailbox"]))
        finally:
            await self.call("POST", "/api/team/logout", {})
            self.session = ""

    @contextlib.asynccontextmanager
    async def telephone(self) -> AsyncIterator[Telephone]:
        try:
            account = Account.read(self.wishes.line_file.read_text("utf-8").split("\n", 1)[0])
        except (OSError, ValueError) as error:
            raise Failed(f"call: the file with the SIP account cannot be read: {error}") from error
        with tempfile.TemporaryDirectory(prefix="canary-") as folder:
            telephone = Telephone(Path(folder), account, self.wishes.sip)
            try:
                yield telephone
            finally:
                await telephone.hang_up()

    async def timed(self, work: Any) -> None:
        """What baresip does, within the limit."""
        try:
            async with asyncio.timeout(self.wishes.timeout):
                await work
        except FileNotFoundError as error:
            raise Failed("baresip is not installed (apt-get install baresip-core)") from error
        except (Lost, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise Failed(f"the telephone broke: {error}") from error

    async def press(self, telephone: Telephone, code: str) -> None:
        await telephone.press(KNOCK + TAKE + THIS_NUMBER + FIRST_TIME + code + RIGHT + CALM)

    async def open_ones(self, team: TestTeam) -> list[dict[str, Any]]:
        status, found = await self.call("GET", "/api/team/callbacks")
        self.expect(200, status, found)
        return [one for one in found["callbacks"] if one["team"] == team.id]

    async def end_what_is_open(self, team: TestTeam) -> None:
        for one in await self.open_ones(team):
            await self.end(team, one["mailbox"])

    async def find(self, team: TestTeam, telephone: Telephone) -> dict[str, Any]:
        """The wish of this call; the last keys may still be on their way."""
        end = time.monotonic() + float(self.wishes.timeout)
        while not (found := await self.open_ones(team)):
            if telephone.over:
                raise Failed("the hotline hung up; is the watchdog's number shown, and in hotline_watchdogs?")
            if time.monotonic() > end:
                raise Failed(f"no wish arrived within {self.wishes.timeout:g} seconds after the last key")
            await asyncio.sleep(POLL)
        return found[0]

    async def read(self, row: dict[str, Any], reader: Identity, code: str) -> None:
        """Number and digits must be those of the call."""
        mailbox = bytes.fromhex(row["mailbox"])
        sender = open_envelope(base64.b64decode(row["letter"]), reader, context=mailbox).sender_verify
        sealed = base64.b64decode(row["envelope"])
        agreed = json.loads(open_envelope(sealed, reader, context=mailbox, sender_verify=sender).payload)
        if agreed["code_word"].replace(" ", "") != code:
            raise Failed("the digits that the team reads are not those that were pressed")
        if agreed["number"] != self.wishes.number:
            raise Failed("the number that the team reads is not the watchdog's")

    async def end(self, team: TestTeam, mailbox: str) -> None:
        """Number and rules are erased."""
        status, answer = await self.call("POST", f"/api/team/contacts/{mailbox}/callback/refuse", {})
        self.expect(200, status, answer)
        if answer["envelope"] is not None or any(one["mailbox"] == mailbox for one in await self.open_ones(team)):
            raise Failed("the callback is not over, or its number not erased")
