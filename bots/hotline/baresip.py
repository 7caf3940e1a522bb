"""baresip carries the calls: the embedded default, for any SIP account. One process is one line.

    settings: accounts, one a line   ──uanew──>  baresip -f line-1/   <──netstrings of JSON (ctrl_tcp)──>  Control
    what is said                     ──pipe───>  its audio source               incoming, ringing, keys, closed

Facts of Debian's baresip 1.0.0 that shape this file: an audio source that ends, ends the call, so silence always
follows; audio comes from a pipe, so that nothing that is said lies in a file; received sound goes nowhere; two calls of
different accounts in one process can be joined by its bridge, calls in two processes cannot; it can hide a number in
From (RFC 3323), but sends no Privacy header, so ``hide`` is a prefix for the provider, such as *31#. What it prints
names numbers, and is thrown away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.hotline.line import Event, Keys, Line, Spoken
from bots.hotline.process import SILENCE, Lost, Process
from bots.hotline.prompts import RATE, Recordings, wave_of
from intake.delivery import DeliveryError
from intake.phones import PhoneNumber
from intake.telephony import Answered, Cause, Digit, Ended, Ringing

log = logging.getLogger("erstkontakt.hotline")

REFRESH = 25.0  # seconds after which there is new silence
ANSWER_SECONDS = 5.0
UNANSWERED = 60.0  # seconds; a dead address gives no answer at all
PAUSES = (0.2, 1.0, 5.0, 30.0)  # seconds before a dead process is started again
CAUSES = {
    "404": Cause.NO_SUCH_NUMBER, "410": Cause.NO_SUCH_NUMBER, "484": Cause.NO_SUCH_NUMBER, "408": Cause.NO_ANSWER,
    "480": Cause.NO_ANSWER, "486": Cause.BUSY, "600": Cause.BUSY, "487": Cause.CANCELLED, "603": Cause.DECLINED,
    "403": Cause.DECLINED,
}  # fmt: skip
_USER = re.compile(r"sips?:([^@;>]+)@")
_ACCOUNT = re.compile(r"<?(?P<uri>sips?:(?P<user>[^@;>]+)@(?P<host>[^;>]+))>?(?P<rest>(;.*)?)")


@dataclass(frozen=True, slots=True)
class Account:
    """A SIP account: ``uri`` "sip:user@host", ``rest`` parameters such as ";auth_user=…;auth_pass=…"."""

    uri: str
    host: str
    rest: str = field(default="", repr=False)

    @classmethod
    def read(cls, text: str) -> Account:
        """From one line of the settings. Raises ValueError."""
        found = _ACCOUNT.fullmatch(text.strip())
        if found is None:
            raise ValueError("a SIP account such as sip:user@provider.example;auth_user=user;auth_pass=secret")
        return cls(found["uri"], found["host"], found["rest"])


@dataclass(frozen=True, slots=True)
class Plan:
    """``address``: where SIP is spoken; line 1 uses ``port`` and the next, line 2 the two after these, and so on.

    ``gateway``: host[:port] that takes calls of our own ("": the first account's). ``hide``: dialled before a number.
    """

    folder: Path
    accounts: tuple[Account, ...]
    address: str = "127.0.0.1"
    port: int = 5070
    gateway: str = ""
    hide: str = ""


class BaresipLine(Line):
    """One call. ``uri``: the account of the process that carries it, by which it is found."""

    def __init__(self, exchange: Baresip, process: Process, uri: str, reference: str, caller: str = "") -> None:
        super().__init__(reference, caller)
        self.process, self.uri = process, uri
        self._exchange = exchange
        self._speaking: asyncio.Task[None] | None = None
        self.limit: asyncio.TimerHandle | None = None

    def happen(self, event: Event) -> None:
        super().happen(event)
        if self.limit is not None and (self.answered or self.ended):
            self.limit.cancel()
        if self.ended and self._speaking is not None:
            self._speaking.cancel()

    async def answer(self) -> None:
        with contextlib.suppress(Lost, TimeoutError):
            await self.process.of(self.uri, ("accept", ""), unless=lambda: self.ended)
            async with asyncio.timeout(ANSWER_SECONDS):
                async for event in self.events():
                    if isinstance(event, Answered):
                        break

    async def play(self, clips: Sequence[str], keys: Keys | None = None) -> None:
        if self._speaking is not None:
            self._speaking.cancel()
        if self.ended or self.partner is not None:
            return
        audio = self._exchange.recordings.audio(clips)
        await self._load(await asyncio.to_thread(wave_of, audio, SILENCE))
        self._speaking = asyncio.ensure_future(self._spoken(len(audio) / RATE))

    async def _load(self, wave: bytes) -> None:
        with contextlib.suppress(Lost):
            await self.process.source(self.uri, wave, lambda: self.ended or self.partner is not None)

    async def _spoken(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.happen(Spoken())
        while True:
            await asyncio.sleep(REFRESH)
            await self._load(wave_of(b"", SILENCE))

    async def hang_up(self) -> None:
        if not self.ended:
            with contextlib.suppress(Lost):
                await self.process.of(self.uri, ("hangup", ""), unless=lambda: self.ended)

    async def _join(self, other: Line) -> None:
        if not isinstance(other, BaresipLine) or other.process is not self.process or self.ended or other.ended:
            raise DeliveryError("hotline: these two calls cannot be joined", permanent=False)
        for line in (self, other):
            if line._speaking is not None:
                line._speaking.cancel()
        here, there = f"{self.reference}-a", f"{self.reference}-b"
        try:
            await self.process.of(self.uri, ("ausrc", f"aubridge,{here}"), ("auplay", f"aubridge,{there}"))
            await self.process.of(other.uri, ("ausrc", f"aubridge,{there}"), ("auplay", f"aubridge,{here}"))
        except Lost as error:
            raise DeliveryError(f"hotline: {error}", permanent=False) from None


class Baresip:
    """The exchange: a process for each account, and one for the calls that we place."""

    places = True

    def __init__(self, plan: Plan, recordings: Recordings) -> None:
        self.plan, self.recordings = plan, recordings
        self._processes: dict[int, Process] = {}  # by position; the last one places calls
        self._calls: dict[tuple[Process, str], BaresipLine] = {}  # by process and account
        self._placed: dict[str, BaresipLine] = {}  # by reference
        self._taken: Callable[[Line], Awaitable[None]] | None = None
        self._tasks: set[asyncio.Future[Any]] = set()
        self._came_up = asyncio.Event()

    @property
    def lines(self) -> int:
        return len(self.plan.accounts)

    async def run(self, taken: Callable[[Line], Awaitable[None]]) -> None:
        self._taken = taken
        try:
            async with asyncio.TaskGroup() as keepers:
                for position in range(self.lines + 1):
                    keepers.create_task(self._keep(position))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ready(self) -> None:
        """Returns when every process has come up."""
        while len(self._processes) <= self.lines:
            self._came_up.clear()
            await self._came_up.wait()

    async def _keep(self, position: int) -> None:
        """Keeps one process running."""
        pauses = iter(PAUSES)
        pause = 0.0
        while True:
            process = Process(
                self.plan.folder / f"line-{position + 1}",
                self.plan.address,
                self.plan.port + 2 * position,  # baresip also takes the next one
                lambda event: self._happened(process, event),  # noqa: B023 - read only while this process runs
            )
            try:
                await process.start()
                if position < self.lines:
                    account = self.plan.accounts[position]
                    async with process.lock:
                        if not await process.command("uanew", f"<{account.uri}>{parameters(account.rest, process)}"):
                            raise Lost("baresip does not take the account")
                self._processes[position] = process
                self._came_up.set()
                pauses, pause = iter(PAUSES), 0.0
                await process.over.wait()
                log.error("line %d: baresip is gone and is started again", position + 1)
            except (Lost, OSError) as error:
                log.error(
                    "line %d: %s", position + 1, "baresip is not installed" if isinstance(error, OSError) else error
                )
            finally:
                self._processes.pop(position, None)
                await process.stop()
                self._lost(process)
            pause = next(pauses, pause)
            await asyncio.sleep(pause)

    def _lost(self, process: Process) -> None:
        for (of, _), line in list(self._calls.items()):
            if of is process:
                self._ended(line, Cause.FAILED)

    def _ended(self, line: BaresipLine, cause: Cause) -> None:
        line.happen(Ended(cause))
        if self._placed.pop(line.reference, None) is None:
            self._calls.pop((line.process, line.uri), None)
        else:
            self._do(self._tidy(line))

    async def _tidy(self, line: BaresipLine) -> None:
        """Its account goes; until then nothing else may have the same name."""
        try:
            async with line.process.lock:
                await line.process.command("uadel", line.uri)
        except Lost:
            pass
        finally:
            self._calls.pop((line.process, line.uri), None)

    def _do(self, work: Any) -> None:
        self._tasks.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._tasks.discard)

    def _happened(self, process: Process, event: dict[str, Any]) -> None:
        kind, uri, id = event.get("type"), str(event.get("accountaor", "")), str(event.get("id", ""))
        line = self._calls.get((process, uri))
        if kind == "CALL_INCOMING" and line is None and self._taken is not None:
            line = BaresipLine(self, process, uri, id, _caller(str(event.get("peeruri", ""))))
            self._calls[process, uri] = line
            self._do(self._taken(line))
            return
        if line is None:
            return
        match kind:
            case "CALL_RINGING" | "CALL_PROGRESS":
                line.happen(Ringing())
            case "CALL_ESTABLISHED":
                line.happen(Answered())
            case "CALL_DTMF_START":
                line.happen(Digit(str(event.get("param", ""))))
            case "CALL_CLOSED":
                self._ended(line, cause_of(str(event.get("param", "")), answered=line.answered))

    async def place(
        self, number: PhoneNumber, *, hide_number: bool, reference: str, beside: Line | None = None
    ) -> Line:
        """As intake.telephony.Telephone. Raises DeliveryError."""
        if (known := self._placed.get(reference)) is not None:
            return known
        process = beside.process if isinstance(beside, BaresipLine) else self._processes.get(self.lines)
        if process is None:
            raise DeliveryError("hotline: no line", permanent=False)
        account = self.plan.accounts[0]
        gateway = self.plan.gateway or account.host
        name = 0
        uri = account.uri
        if hide_number:
            # Each has an account of its own in the process, and is found again by its name. RFC 3323, 4.1.1.3.
            while (process, uri := _hidden(name)) in self._calls:
                name += 1
        elif (process, uri) in self._calls:
            raise DeliveryError("hotline: the line is in use", permanent=False)
        line = BaresipLine(self, process, uri, reference)
        self._calls[process, uri] = self._placed[reference] = line
        more = f'-{name};outbound="sip:{gateway}"'
        target = f"sip:{self.plan.hide if hide_number else ''}{number.e164}@{gateway}"
        try:
            async with process.lock:
                made = await process.command("uanew", f"<{uri}>{parameters(account.rest, process, regint=0)}{more}")
                made = made and await process.command("uafind", uri) and await process.command("dial", target)
        except Lost as error:
            self._ended(line, Cause.FAILED)
            raise DeliveryError(f"hotline: {error}", permanent=False) from None
        if not made:
            self._ended(line, Cause.FAILED)
            raise DeliveryError("hotline: the call was not begun", permanent=False)
        line.limit = asyncio.get_running_loop().call_later(UNANSWERED, self._unanswered, line)
        return line

    def _unanswered(self, line: BaresipLine) -> None:
        self._do(line.hang_up())
        self._ended(line, Cause.NO_ANSWER)


def _hidden(number: int) -> str:
    return f"sip:anonymous@{f'n{number}.' if number else ''}anonymous.invalid"


def parameters(given: str, process: Process, regint: int | None = None) -> str:
    """Of an account: what the settings say, and what makes it one of ours.

    Source and player are named here, because changing those of a call changes those of the next call, too.
    """
    kept = [part for part in given.split(";") if part and not (regint is not None and part.startswith("regint="))]
    if regint is not None:
        kept.append(f"regint={regint}")
    ours = ("answermode=manual", "audio_codecs=PCMA/8000/1", "dtmfmode=rtpevent",
            f"audio_source=aufile,{process.silence}", "audio_player=aubridge,nowhere")  # fmt: skip
    return ";" + ";".join([*kept, *ours])


def _caller(uri: str) -> str:
    """The number in a SIP address; "" for an anonymous or any other one."""
    found = _USER.match(uri)
    user = found[1] if found else ""
    return user if re.fullmatch(r"\+?[0-9]{3,20}", user) else ""


def cause_of(reason: str, *, answered: bool) -> Cause:
    """From what baresip says when a call is closed: "486 Busy Here", "Connection reset by peer"."""
    if answered:
        return Cause.NORMAL
    code = reason[:3]
    if code in CAUSES:
        return CAUSES[code]
    if code.isdigit():
        return Cause.FAILED
    return Cause.CANCELLED if "reset by user" in reason else Cause.NORMAL if "reset by peer" in reason else Cause.FAILED
