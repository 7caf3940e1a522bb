"""The desk of a running instance as somebody outside sees it: the public API, with everything sealed and stamped here.

What it gives out it has proved: the directory by the root's signature, each team's key and the region table by the
hashes in it. All keys are fetched, not the one that is needed: which team somebody thinks of is nobody's business
before they send.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import date, datetime
from typing import Any

import aiohttp
import msgspec

from intake import directory as d
from intake import stamps
from intake.agreement import Time
from intake.callback_desk import View, Wanted
from intake.callbacks import Callback, Outcome, State
from intake.desk import Clock, OpenMailbox, Receipt, Stamp, day_number, hour_of
from intake.errors import (
    DirectoryForged,
    DirectoryMissing,
    IntakeError,
    NoTimeToCall,
    RegionsFaulty,
    StaleKey,
    StampMissing,
    Unavailable,
    every_error,
)
from intake.regions import Regions
from intake.store import Attachment, CallbackRow, Entry

FIRST_BITS = 12  # what a stamp usually costs; the server says when it is more
TRIES = 4
MOST_BYTES = 64 * 2**20  # of one answer: a full mailbox in base64 is smaller
_BY_CODE = {kind.code: kind for kind in every_error()}


class FarNetwork:
    """The signed directory of an instance with its keys and regions. Empty until ``FarDesk.refresh``."""

    def __init__(self) -> None:
        self._directory: d.Directory | None = None
        self._regions: Regions | None = None
        self._keys: dict[str, bytes] = {}

    @property
    def directory(self) -> d.Directory:
        """Raises DirectoryMissing before the first refresh."""
        if self._directory is None:
            raise DirectoryMissing("not fetched yet")
        return self._directory

    @property
    def regions(self) -> Regions:
        """Raises DirectoryMissing before the first refresh."""
        if self._regions is None:
            raise DirectoryMissing("not fetched yet")
        return self._regions

    def key(self, kid: str) -> bytes:
        """Raises KeyError."""
        return self._keys[kid]

    def take(self, directory: d.Directory, regions: Regions, keys: dict[str, bytes]) -> None:
        """All of a version at once."""
        self._directory, self._regions, self._keys = directory, regions, keys


class FarDesk:
    """The use cases of the help-seeker at ``url`` (without a slash at its end), whose directory ``root`` signs."""

    def __init__(self, url: str, root: bytes, clock: Clock, http: aiohttp.ClientSession) -> None:
        self.network = FarNetwork()
        self.clock = clock
        self._url = url
        self._root = root
        self._http = http

    async def refresh(self) -> None:
        """The newest directory, never an older one. Raises DirectoryUnusable, Unavailable."""
        try:
            known = self.network.directory.version
        except DirectoryMissing:
            known = 0
        directory = d.read(await self._fetch("/verzeichnis"), self._root, self.clock(), at_least=known)
        blob = await self._proved("/orte", directory.regions_hash)
        try:
            regions = Regions.read(blob)
        except RegionsFaulty as faulty:
            raise DirectoryForged(str(faulty)) from None
        keys = {team.kid: await self._proved(f"/schluessel/{team.kid}", team.key_hash) for team in directory.teams}
        self.network.take(directory, regions, keys)

    async def receive_contact(
        self,
        *,
        team: str,
        token_hash: bytes,
        urgent: bool,
        envelope: bytes,
        stamp: Stamp | None,
        channel: str,
        callback: Wanted | None = None,
    ) -> Receipt:
        """A first contact; the stamp is made here. Raises what the desk raises, and Unavailable for a broken line."""
        form: dict[str, Any] = {"team": team, "token_hash": _b64(token_hash), "urgent": urgent}
        if callback is not None:
            form["callback"] = {"windows": _times(callback), "envelope": _b64(callback.envelope)}
        answer = await self._stamped("/api/contacts", form, envelope)
        return Receipt(date.fromisoformat(answer["answer_by"]), date.fromisoformat(answer["erase_on"]))

    async def open_mailbox(self, mailbox: bytes, token: bytes) -> OpenMailbox:
        """Everything in the mailbox. Raises NoMailbox, Unavailable."""
        answer = await self._post("/api/mailbox/open", _name(mailbox, token))
        entries = tuple(
            Entry(
                entry["number"],
                entry["author"],
                day_number(date.fromisoformat(entry["day"])),
                base64.b64decode(entry["envelope"]),
            )
            for entry in answer["entries"]
        )
        attachments = tuple(
            Attachment(one["number"], one["after"], day_number(date.fromisoformat(one["day"])), one["size"])
            for one in answer["attachments"]
        )
        dates = date.fromisoformat(answer["answer_by"]), date.fromisoformat(answer["erase_on"])
        view = None if answer["callback"] is None else _view(answer["callback"], mailbox, answer["team"])
        return OpenMailbox(answer["state"], answer["team"], answer["urgent"], *dates, entries, view, attachments)

    def hold_number(self, number: str, mailbox: bytes, until: datetime) -> None:
        """Which numbers are waited for is known to nobody but the service's own doors."""

    async def agree_callback(
        self, mailbox: bytes, token: bytes, wanted: Wanted, stamp: Stamp | None, channel: str
    ) -> None:
        """A callback. Raises what the desk raises, and Unavailable."""
        form = {**_name(mailbox, token), "windows": _times(wanted)}
        await self._stamped("/api/mailbox/callback", form, wanted.envelope)

    async def withdraw_callback(self, mailbox: bytes, token: bytes) -> None:
        """No call any more. Raises what the desk raises, and Unavailable."""
        await self._post("/api/mailbox/callback/withdraw", _name(mailbox, token))

    async def call_times(self, team: str) -> tuple[tuple[str, str, str], ...]:
        """When this team can call: (day, from, to). Raises TeamUnknown, DirectoryUnusable, Unavailable."""
        answer = await self._post("/api/callback/times", {"team": team})
        return tuple((one["day"], one["from"], one["to"]) for one in answer["windows"])

    async def add_message(
        self, mailbox: bytes, token: bytes, envelope: bytes, stamp: Stamp | None, channel: str
    ) -> int:
        """One more message; returns its number. Raises what the desk raises, and Unavailable."""
        answer = await self._stamped("/api/mailbox/messages", _name(mailbox, token), envelope)
        return int(answer["number"])

    async def move_contact(
        self,
        mailbox: bytes,
        token: bytes,
        team: str,
        envelopes: list[tuple[int, bytes]],
        callback: bytes | None = None,
    ) -> Receipt:
        """Another team, while nobody has claimed. Raises what the desk raises, and Unavailable."""
        sealed = [{"number": number, "envelope": _b64(envelope)} for number, envelope in envelopes]
        form = {**_name(mailbox, token), "team": team, "envelopes": sealed}
        if callback is not None:
            form["callback"] = _b64(callback)
        answer = await self._post("/api/mailbox/move", form)
        return Receipt(date.fromisoformat(answer["answer_by"]), date.fromisoformat(answer["erase_on"]))

    async def erase_mailbox(self, mailbox: bytes, token: bytes) -> None:
        """Everything. Raises NoMailbox, Unavailable."""
        await self._post("/api/mailbox/erase", _name(mailbox, token))

    # --------------------------------------------------------------------------------------------------- the line

    async def _stamped(self, path: str, form: dict[str, Any], envelope: bytes) -> dict[str, Any]:
        hour, bits = hour_of(self.clock()), FIRST_BITS
        for _ in range(TRIES):  # the price may rise while we pay
            counter = await asyncio.to_thread(stamps.solve, envelope, hour, bits)
            stamp = {"hour": hour, "counter": counter}
            try:
                return await self._post(path, {**form, "envelope": _b64(envelope), "stamp": stamp})
            except StampMissing as dearer:
                hour, bits = int(str(dearer.details["hour"])), int(str(dearer.details["bits"]))
            except StaleKey:
                await self.refresh()  # the person sends once more, for the key that counts now
                raise
        raise Unavailable("no stamp was good enough")

    async def _post(self, path: str, form: dict[str, Any]) -> dict[str, Any]:
        try:
            async with self._http.post(self._url + path, json=form, allow_redirects=False) as answer:
                found = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unavailable(f"POST {path}: {type(error).__name__}") from None
        if answer.status in (200, 201) and isinstance(found, dict):
            return found
        code = found.get("error", "") if isinstance(found, dict) else ""
        kind: type[IntakeError] = _BY_CODE.get(code, Unavailable)
        if kind is StampMissing:
            raise StampMissing(hour=found["hour"], bits=found["bits"])
        told = {"slots": found["slots"]} if kind is NoTimeToCall else {}
        raise kind(f"POST {path}: {answer.status} {code}", **told)

    async def _fetch(self, path: str) -> bytes:
        try:
            async with self._http.get(self._url + path, allow_redirects=False) as answer:
                body = await answer.content.read(MOST_BYTES)
                while more := await answer.content.read(MOST_BYTES):
                    body += more
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"GET {path}: {type(error).__name__}") from None
        if answer.status != 200:
            raise Unavailable(f"GET {path}: {answer.status}")
        return body

    async def _proved(self, path: str, hash_: str) -> bytes:
        body = await self._fetch(path)
        if hashlib.sha256(body).hexdigest() != hash_:
            raise DirectoryForged(f"{path} is not what the directory names")
        return body


def _name(mailbox: bytes, token: bytes) -> dict[str, Any]:
    return {"mailbox": _b64(mailbox), "token": _b64(token)}


def _times(wanted: Wanted) -> list[dict[str, str]]:
    return [
        {"day": wish.day.isoformat(), "from": f"{wish.start:%H:%M}", "to": f"{wish.end:%H:%M}"}
        for wish in wanted.wishes
    ]


def _view(answer: dict[str, Any], mailbox: bytes, team: str) -> View:
    windows = tuple(msgspec.convert(window, Time).wish().span() for window in answer["windows"])
    last = None if answer["last"] is None else Outcome(answer["last"])
    callback = Callback(State(answer["state"]), windows, None, answer["attempts"], last=last)
    envelope = None if answer["envelope"] is None else base64.b64decode(answer["envelope"])
    return View(CallbackRow(mailbox, team, answer["state"], None, "", envelope, 1, 1), callback)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
