"""The telephone door: real telephones on four lines of baresip at once, from the last key to the stored contact."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bots.hotline.baresip import Account, Baresip, Plan
from bots.hotline.door import Door
from bots.hotline.house import DeskHouse
from bots.hotline.line import Event, Line
from bots.hotline.model import Seal
from intake.desk import Desk
from intake.network import Network
from intake.sealing import Code
from intake.store import open_store
from intake.telephony import Digit
from tests.bench.table import Measure, Table
from tests.hotline.softphone import Softphone
from tests.hotline.stage import Tones
from tests.intake.publishing import NOW, ROOT, first, publish
from tests.intake.small import Clock, settings
from tests.ports import free_ports

LINES = 4
ROUNDS = 15
KEYS = 15  # until a wish is complete
SECONDS = 60.0


class TimedHouse(DeskHouse):
    """Stores for real, and knows when. By number."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.typed: dict[str, list[float]] = {}
        self.stored: dict[str, tuple[str, float]] = {}

    async def seal(self, wish: Seal, code: Code) -> None:
        await super().seal(wish, code)
        took = time.perf_counter() - self.typed[wish.number.e164][KEYS - 1]
        self.stored[wish.number.e164] = (wish.code, took)


class TimedDoor(Door):
    """Notes when each key arrived, and which calls are over."""

    def __init__(self, exchange: Baresip, house: TimedHouse, clock: Clock) -> None:
        super().__init__(exchange, house, clock)
        self._typed = house.typed
        self.over: set[str] = set()
        self.more = asyncio.Event()

    async def ended(self, caller: str) -> None:
        """Returns when this call is over for the door, too; before, the next may be told that all are busy."""
        async with asyncio.timeout(SECONDS):
            while caller not in self.over:
                self.more.clear()
                await self.more.wait()

    async def taken(self, line: Line) -> None:
        happen = line.happen

        def timed(event: Event) -> None:
            if isinstance(event, Digit):
                self._typed.setdefault(line.caller, []).append(time.perf_counter())
            happen(event)

        line.happen = timed  # type: ignore[method-assign]
        await super().taken(line)
        self.over.add(line.caller)
        self.more.set()


def measure(table: Table, folder: Path, scale: float) -> None:
    """Callers, lines, desk and store share this machine; the store is a real file."""
    folder.mkdir(parents=True)
    rounds = max(int(ROUNDS * scale), 2)
    pressed, stored = asyncio.run(_measure(folder, rounds))
    wrong = sum(stored.get(number, ("", 0.0))[0] != code for number, code in pressed.items())
    times = [stored[number][1] * 1000 for number in pressed if number in stored]
    cold, took = times[:LINES], sorted(times[LINES:])
    worst = took[min(len(took) - 1, len(took) * 99 // 100)]
    table.add(
        f"The telephone door, {len(pressed)} calls of real telephones, {LINES} lines of baresip at once",
        Measure("wishes with a wrong digit, or lost", wrong, "", ("==", 0)),
        Measure("last key -> stored, median", statistics.median(took), "ms"),
        Measure("last key -> stored, p99", worst, "ms", ("<", 100), f"first call of each line: {max(cold):.0f} ms"),
    )
    print("  16 lines of Asterisk: not measured; make test-asterisk leads the same calls through it where it is there")


async def _measure(folder: Path, rounds: int) -> tuple[dict[str, str], dict[str, tuple[str, float]]]:
    publish(folder / "directory", first())
    network, clock = Network(folder / "directory", ROOT), Clock(NOW)
    network.reload(NOW)
    port = free_ports(2 * LINES + 2)
    accounts = tuple(Account.read(f"sip:hotline@127.0.0.1:{port + 2 * n};regint=0") for n in range(LINES))
    exchange = Baresip(Plan(folder / "lines", accounts, port=port), Tones(folder))
    pressed: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store("sqlite", folder))
        house = TimedHouse(Desk(store, network, settings(folder), clock))
        door = TimedDoor(exchange, house, clock)
        running = asyncio.ensure_future(door.run())
        stack.callback(running.cancel)
        numbers = [[f"+4917139200{n * rounds + m:03}" for m in range(rounds)] for n in range(LINES)]
        phones = [Softphone(folder / f"phone-{n}", dict.fromkeys(mine, "manual")) for n, mine in enumerate(numbers)]
        for phone in phones:
            await stack.enter_async_context(phone)
        await exchange.ready()

        async def caller(n: int) -> None:
            for m, number in enumerate(numbers[n], 1):
                code = f"{7919 * (n + 1) * m % 10_000:04}"
                pressed[number] = code
                await phones[n].call(accounts[n].uri, number)
                await phones[n].until("CALL_ESTABLISHED", number)
                await phones[n].key(f"123966112{code}122", number)  # the last 2: no words, please
                await door.ended(number)

        await asyncio.gather(*(caller(n) for n in range(LINES)))
    return pressed, house.stored
