"""Asterisk carries the calls, led through ARI (HTTP and one WebSocket): for many lines at once.

    Asterisk  <──PJSIP── a trunk          POST /ari/channels/…  answer, play, bridges, hang up
              ──WebSocket, app "hotline"──>  StasisStart, ChannelDtmfReceived, PlaybackFinished, ChannelDestroyed

Configuration and how to attach a trunk: deploy/asterisk. What must hold when things break: a WebSocket that is lost
comes back, and calls that live on go on; after any gap the list of channels says which are over; our own channel ids
make a repeated order the same call; channels that nobody leads any more are ended. A hidden number is presentation
"prohib": From is anonymous, and "Privacy: id" stands beside it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from bots.hotline.line import Event, Keys, Line, Spoken
from bots.hotline.prompts import ENDING, Recordings
from intake.delivery import DeliveryError
from intake.phones import PhoneNumber
from intake.telephony import Answered, Cause, Digit, Ended, Ringing

log = logging.getLogger("erstkontakt.hotline")

APP = "hotline"
OURS = "ek-"  # every channel that we have made begins so
SECONDS = 5.0
RING_SECONDS = 60
PAUSES = (0.1, 0.3, 1.0, 3.0, 10.0)
GIVEN_UP = 3  # tries to reconnect after which the calls of before are taken for lost
CAUSES = {
    1: Cause.NO_SUCH_NUMBER, 3: Cause.NO_SUCH_NUMBER, 22: Cause.NO_SUCH_NUMBER, 28: Cause.NO_SUCH_NUMBER,
    16: Cause.NORMAL, 17: Cause.BUSY, 18: Cause.NO_ANSWER, 19: Cause.NO_ANSWER, 20: Cause.NO_ANSWER,
    21: Cause.DECLINED,
}  # fmt: skip  # ITU-T Q.850


@dataclass(frozen=True, slots=True)
class Plan:
    """``url``: of ARI, "http://127.0.0.1:8088/ari". ``trunk``: with {number}, "PJSIP/{number}@trunk".

    ``own``: the number that is shown where none is hidden, and told to the provider, E.164.
    """

    url: str
    user: str
    password: str = field(repr=False)
    trunk: str = "PJSIP/{number}@trunk"
    own: str = ""
    lines: int = 4


class AsteriskLine(Line):
    """One channel."""

    def __init__(self, exchange: Asterisk, channel: str, reference: str, caller: str = "") -> None:
        super().__init__(reference, caller)
        self.channel = channel
        self._exchange = exchange
        self._playing = ""
        self._bridge = ""

    async def answer(self) -> None:
        await self._exchange.ask("POST", f"/channels/{self.channel}/answer")
        self.happen(Answered())

    async def play(self, clips: Sequence[str], keys: Keys | None = None) -> None:
        before, self._playing = self._playing, ""
        if before:
            await self._exchange.ask("DELETE", f"/playbacks/{before}")
        if self.ended or self.partner is not None or not clips:
            return
        self._playing = OURS + secrets.token_hex(8)
        media = [f"sound:{str(self._exchange.recordings.path(clip)).removesuffix(ENDING)}" for clip in clips]
        done = await self._exchange.ask("POST", f"/channels/{self.channel}/play/{self._playing}", media=media)
        if not done:
            self.happen(Spoken())

    def played(self, playback: str) -> None:
        """The end of a playback; that of one that was stopped concerns nobody."""
        if playback == self._playing:
            self._playing = ""
            self.happen(Spoken())

    async def hang_up(self) -> None:
        if not self.ended:
            reason = "normal" if self.answered else "busy"
            await self._exchange.ask("DELETE", f"/channels/{self.channel}?reason={reason}")
        await self._unbridge()

    def happen(self, event: Event) -> None:
        super().happen(event)
        if self.ended and self._bridge:
            self._exchange.do(self._unbridge())

    async def _unbridge(self) -> None:
        bridge, self._bridge = self._bridge, ""
        if bridge:
            await self._exchange.ask("DELETE", f"/bridges/{bridge}")

    async def _join(self, other: Line) -> None:
        if not isinstance(other, AsteriskLine) or self.ended or other.ended:
            raise DeliveryError("hotline: these two calls cannot be joined", permanent=False)
        for line in (self, other):
            await line.play(())
        bridge = OURS + secrets.token_hex(8)
        both = [self.channel, other.channel]
        made = await self._exchange.ask("POST", f"/bridges/{bridge}", type="mixing")
        if not (made and await self._exchange.ask("POST", f"/bridges/{bridge}/addChannel", channel=both)):
            raise DeliveryError("hotline: the bridge was not made", permanent=False)
        self._bridge = bridge


class Asterisk:
    """The exchange."""

    places = True

    def __init__(self, plan: Plan, recordings: Recordings) -> None:
        self.plan, self.recordings = plan, recordings
        self.connected = asyncio.Event()
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self._lines: dict[str, AsteriskLine] = {}  # by channel
        self._taken: Callable[[Line], Awaitable[None]] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Future[Any]] = set()

    @property
    def lines(self) -> int:
        return self.plan.lines

    async def ready(self) -> None:
        """Returns when Asterisk is reached."""
        await self.connected.wait()

    async def run(self, taken: Callable[[Line], Awaitable[None]]) -> None:
        self._taken = taken
        headers = {"Authorization": aiohttp.encode_basic_auth(self.plan.user, self.plan.password)}
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with aiohttp.ClientSession(
            headers=headers, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            self._session = session
            try:
                await self._keep_listening(session)
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                self._session = None

    async def _keep_listening(self, session: aiohttp.ClientSession) -> None:
        tries = 0
        while True:
            try:
                # A wait without end is meant: calls may be far apart. Pings tell when the line is dead.
                async with session.ws_connect(
                    f"{self.plan.url}/events", params={"app": APP}, heartbeat=10.0, timeout=aiohttp.ClientWSTimeout()
                ) as socket:
                    self.socket = socket
                    await self._compare()
                    tries = 0
                    self.connected.set()
                    async for message in socket:
                        if message.type is aiohttp.WSMsgType.TEXT:
                            self._happened(msgspec.json.decode(message.data))
                log.error("asterisk: the connection is lost")
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                log.error("asterisk: not reached: %s", type(error).__name__)
            self.connected.clear()
            tries += 1
            if tries >= GIVEN_UP:
                self._over(list(self._lines))
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES)) - 1])

    async def _compare(self) -> None:
        """After a gap: calls that are gone there are over here, and calls that nobody here leads are ended."""
        channels = await self._get("/channels")
        there = {str(channel.get("id")) for channel in channels}
        self._over([channel for channel in self._lines if channel not in there])
        for channel in there - self._lines.keys():
            await self.ask("DELETE", f"/channels/{channel}")

    def _over(self, channels: Sequence[str]) -> None:
        for channel in channels:
            self._lines.pop(channel).happen(Ended(Cause.FAILED))

    def do(self, work: Any) -> None:
        """In the background, while this exchange runs."""
        self._tasks.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._tasks.discard)

    # ----------------------------------------------------------------------------------------------------- requests

    async def ask(self, method: str, path: str, **body: Any) -> bool:
        """Whether Asterisk did it. Its answers may name numbers, and are not logged."""
        status = await self._status(method, path, body)
        return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES

    async def _status(self, method: str, path: str, body: dict[str, Any]) -> int:
        if self._session is None:
            return 0
        try:
            async with self._session.request(method, self.plan.url + path, json=body or None) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("asterisk: %s: %s", method, type(error).__name__)
            return 0

    async def _get(self, path: str) -> list[dict[str, Any]]:
        assert self._session is not None  # noqa: S101 - asked while running only
        async with self._session.get(self.plan.url + path) as answer:
            answer.raise_for_status()
            found: list[dict[str, Any]] = await answer.json()
            return found

    # ------------------------------------------------------------------------------------------------------- events

    def _happened(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        channel = event.get("channel") or {}
        id = str(channel.get("id", ""))
        line = self._lines.get(id)
        match kind:
            case "StasisStart" if line is not None:
                line.happen(Answered())
            case "StasisStart" if self._taken is not None and not id.startswith(OURS):
                line = AsteriskLine(self, id, secrets.token_hex(8), _number(channel.get("caller")))
                self._lines[id] = line
                self.do(self._taken(line))
            case "ChannelStateChange" if line is not None and channel.get("state") == "Ringing":
                line.happen(Ringing())
            case "ChannelDtmfReceived" if line is not None:
                line.happen(Digit(str(event.get("digit", ""))))
            case "PlaybackFinished":
                playback = event.get("playback") or {}
                target = self._lines.get(str(playback.get("target_uri", "")).removeprefix("channel:"))
                if target is not None:
                    target.played(str(playback.get("id", "")))
            case "ChannelDestroyed" | "StasisEnd" if line is not None:
                del self._lines[id]
                cause = CAUSES.get(event.get("cause", 16), Cause.FAILED)
                line.happen(Ended(Cause.NORMAL if line.answered else cause))

    async def place(
        self, number: PhoneNumber, *, hide_number: bool, reference: str, beside: Line | None = None
    ) -> Line:
        """As intake.telephony.Telephone. Raises DeliveryError."""
        if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", reference):
            raise ValueError("a reference has letters, digits and hyphens")
        channel = OURS + reference
        if (known := self._lines.get(channel)) is not None:
            return known
        if not self.connected.is_set():
            raise DeliveryError("hotline: asterisk is not reached", permanent=False)
        line = self._lines[channel] = AsteriskLine(self, channel, reference)
        order = {
            "endpoint": self.plan.trunk.format(number=number.e164),
            "app": APP,
            "callerId": self.plan.own,
            "timeout": RING_SECONDS,
            "variables": {"CONNECTEDLINE(num-pres)": "prohib" if hide_number else "allowed"},
        }
        status = await self._status("POST", f"/channels/{channel}", order)
        if status not in (HTTPStatus.OK, HTTPStatus.CONFLICT):  # conflict: it was ordered already, by us before a gap
            self._lines.pop(channel, None)
            line.happen(Ended(Cause.FAILED))
            raise DeliveryError(f"hotline: the call was not begun ({status})", permanent=False)
        return line


def _number(party: Any) -> str:
    """Who calls; "" when suppressed or not a number."""
    text = str(party.get("number", "")) if isinstance(party, dict) else ""
    return text if re.fullmatch(r"\+?[0-9]{3,20}", text) else ""


async def trouble(url: str, user: str, password: str) -> str:
    """Why Asterisk cannot be led from here, in a word; "" when it can."""
    who = {"Authorization": aiohttp.encode_basic_auth(user, password)}
    limit = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(headers=who, timeout=limit) as http,
            http.get(f"{url.rstrip('/')}/asterisk/ping") as answer,
        ):
            return "" if answer.status == HTTPStatus.OK else str(answer.status)
    except (aiohttp.ClientError, TimeoutError) as error:
        return type(error).__name__
