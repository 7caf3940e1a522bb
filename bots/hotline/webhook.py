"""A hosted provider carries the calls: sipgate.io, which asks us by form what to do next, and is answered in XML.

    POST event=newCall, direction=in, from (or "anonymous"), to, callId        ─┐
    POST event=dtmf, callId, dtmf          (onData of the last Gather)          ├─> <Response><Gather …><Play><Url>…
    POST event=hangup, callId, cause       (onHangup; answer events may be missing, anything may come twice) ─┘
    GET  …/ton/<random>.wav                what is said, put together in memory and given out for this call only

There is no signature: the address is secret, and name and password must be right. The provider hears every key; that is
said to callers of any line. It can call nobody for us, so nobody is connected and no service phone is called.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

import aiohttp
from aiohttp import web

from bots.hotline.line import Keys, Line, Spoken, Waited
from bots.hotline.prompts import Recordings, wave_of
from intake.delivery import DeliveryError
from intake.phones import PhoneNumber
from intake.telephony import Cause, Digit, Ended

log = logging.getLogger("erstkontakt.hotline")

LAST_WORDS = Keys(1, 0.5)
SECONDS = 8.0  # until the provider has an answer in any case
LONGEST_CALL = 30 * 60.0  # a hang-up that is never told ends nothing for ever
LONGEST_FORM = 16 * 1024
LONGEST_ID = 200
MOST_CALLS = 500  # remembered
CAUSES = {"busy": Cause.BUSY, "noAnswer": Cause.NO_ANSWER, "notFound": Cause.NO_SUCH_NUMBER, "congestion": Cause.FAILED}
HANG_UP = "<Response><Hangup/></Response>"


@dataclass(frozen=True, slots=True)
class Plan:
    """``url``: our public address; ``key``: "user:password" for the provider."""

    url: str
    key: str = field(repr=False)
    lines: int = 4

    @property
    def path(self) -> str:
        """The secret address."""
        return "/telefon/" + hashlib.sha256(b"erstkontakt/1 hotline " + self.key.encode()).hexdigest()[:32]


class WebhookLine(Line):
    """One call. Each question of the dialogue is the answer to one request of the provider."""

    live = False

    def __init__(self, exchange: Webhook, id: str, caller: str) -> None:
        super().__init__(secrets.token_hex(8), caller)
        self.id = id
        self._exchange = exchange
        self._saying: list[str] = []
        self._leaving = False
        self._keys = LAST_WORDS
        self._ready = asyncio.Event()
        self._answer = HANG_UP
        self.sound = ""

    async def answer(self) -> None:
        """Answering is what the first XML does."""

    async def play(self, clips: Sequence[str], keys: Keys | None = None) -> None:
        self._saying += clips
        if keys is None:
            self.happen(Spoken())  # it is said before the next question
        elif clips and not self.ended:  # without any it only means to be silent, and the provider is
            self._say(keys)

    def _say(self, keys: Keys) -> None:
        self._keys = keys
        self.sound = secrets.token_urlsafe(24)
        self._exchange.sounds[self.sound] = self._exchange.recordings.audio(self._saying)
        self._saying = []
        base = self._exchange.plan.url + self._exchange.plan.path
        gather = f'onData={quoteattr(base)} maxDigits="{keys.most}" timeout="{int(keys.seconds * 1000)}"'
        sound = f"<Play><Url>{base}/ton/{self.sound}.wav</Url></Play>"
        self._answer = f"<Response onHangup={quoteattr(base)}><Gather {gather}>{sound}</Gather></Response>"
        self._ready.set()

    async def hang_up(self) -> None:
        if self._leaving and not self.ended:
            return  # the last words are under way
        if self._saying and not self.ended:
            self._leaving = True
            self._say(LAST_WORDS)
            return
        self._answer = HANG_UP
        self._ready.set()
        self._exchange.over(self, Cause.NORMAL)

    def keyed(self, keys: str) -> None:
        """What was typed at the last question; nothing typed is silence."""
        self._ready.clear()
        self._exchange.forget(self)
        if self._leaving:
            self._answer = HANG_UP
            self._ready.set()
            self._exchange.over(self, Cause.NORMAL)
            return
        asked = self._keys
        for key in keys:
            self.happen(Digit(key))
        if len(keys) < asked.most and not set(keys) & set(asked.end):
            self.happen(Waited())  # the provider waited for more, and none came

    async def xml(self) -> str:
        """What the provider is to do next."""
        try:
            async with asyncio.timeout(SECONDS):
                await self._ready.wait()
        except TimeoutError:
            log.error("webhook: no answer for the provider in time")
            return HANG_UP
        return self._answer

    async def _join(self, other: Line) -> None:
        raise DeliveryError("hotline: this provider joins no calls", permanent=True)


class Webhook:
    """The exchange. ``handle`` and ``sound`` are its doors in the web."""

    places = False

    def __init__(self, plan: Plan, recordings: Recordings) -> None:
        self.plan, self.recordings = plan, recordings
        self.sounds: dict[str, bytes] = {}
        self._calls: dict[str, WebhookLine] = {}
        self._taken: Callable[[Line], Awaitable[None]] | None = None
        self._tasks: set[asyncio.Future[Any]] = set()
        self._running = asyncio.Event()

    @property
    def lines(self) -> int:
        return self.plan.lines

    async def ready(self) -> None:
        await self._running.wait()

    async def run(self, taken: Callable[[Line], Awaitable[None]]) -> None:
        self._taken = taken
        self._running.set()
        try:
            await asyncio.Event().wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def place(
        self, number: PhoneNumber, *, hide_number: bool, reference: str, beside: Line | None = None
    ) -> Line:
        """It cannot. Raises DeliveryError."""
        raise DeliveryError("hotline: this provider calls nobody for us", permanent=True)

    def forget(self, line: WebhookLine) -> None:
        """What was said has been heard."""
        self.sounds.pop(line.sound, None)

    def over(self, line: WebhookLine, cause: Cause) -> None:
        """The call has ended. It is remembered a while, so that what comes late begins nothing anew."""
        self.forget(line)
        line.happen(Ended(cause))

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Its doors."""
        router.add_post(self.plan.path, self.handle)
        router.add_get(self.plan.path + "/ton/{sound}.wav", self.play)

    async def play(self, request: web.Request) -> web.Response:
        """A sound; the provider fetches it without a password."""
        sound = self.sounds.get(request.match_info["sound"])
        if sound is None:
            return web.Response(status=404)
        return web.Response(body=wave_of(sound), content_type="audio/wav", headers={"Cache-Control": "no-store"})

    async def handle(self, request: web.Request) -> web.Response:
        """One event."""
        name = aiohttp.encode_basic_auth(*self.plan.key.split(":", 1))
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), name.encode()):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="telefon"'})
        if (request.content_length or 0) > LONGEST_FORM:
            return web.Response(status=413)
        form = await request.post()
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
        id = fields.get("callId", "")
        if not id or len(id) > LONGEST_ID:
            return web.Response(status=400)
        line = self._calls.get(id)
        match fields.get("event"):
            case "newCall" if fields.get("direction") == "in" and self._taken is not None:
                line = line or self._new(id, fields.get("from", ""))
            case "dtmf" | "data" if line is not None and not line.ended:
                line.keyed(fields.get("dtmf", "")[:LONGEST_ID])
            case "hangup" if line is not None:
                self.over(line, CAUSES.get(fields.get("cause", ""), Cause.NORMAL))
                return _xml("<Response/>")
            case "answer" | "hangup":
                return _xml("<Response/>")
            case _ if line is None:
                return _xml(HANG_UP)
        return _xml(await line.xml() if line is not None and not line.ended else HANG_UP)

    def _new(self, id: str, caller: str) -> WebhookLine:
        assert self._taken is not None  # noqa: S101 - looked at before
        number = caller if caller.isascii() and caller.isdigit() and len(caller) <= 20 else ""
        line = self._calls[id] = WebhookLine(self, id, f"+{number}" if number else "")
        while len(self._calls) > MOST_CALLS:
            oldest = next((key for key, one in self._calls.items() if one.ended), next(iter(self._calls)))
            self.over(self._calls.pop(oldest), Cause.FAILED)
        self._tasks.add(task := asyncio.ensure_future(self._taken(line)))
        task.add_done_callback(self._tasks.discard)
        asyncio.get_running_loop().call_later(LONGEST_CALL, self.over, line, Cause.FAILED)
        return line


def _xml(text: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0" encoding="UTF-8"?>{text}', content_type="application/xml")
