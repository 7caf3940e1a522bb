"""How late the ticker is: alerts, callbacks and visits that fall due in one moment, beside an APScheduler job for it.

The clock runs as everybody's, but begins half a second before a full minute: everything here falls due at full minutes.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from intake import callbacks, checkins, ticker
from intake.alert_policy import Kind
from intake.announcer import second_of
from intake.app import chores
from intake.callbacks import Window
from intake.checkin_model import Phase
from intake.store import CallbackRow, ContactRow, Sqlite, Transaction, VisitRow
from tests.bench.table import Measure, Table
from tests.bench.visits import _visit
from tests.intake.ring import NIGHT, Stage, set_stage

ROUNDS = 100
IDLE_SECONDS = 20.0
BEFORE = 0.5


def measure(table: Table, folder: Path, scale: float) -> None:
    """In this process, on a real file, with the chores of the service."""
    folder.mkdir(parents=True)
    asyncio.run(_measure(table, folder, max(2, int(ROUNDS * scale)), max(2.0, IDLE_SECONDS * scale)))


class Running:
    """A clock that runs; `set` says what it shows now."""

    def __init__(self) -> None:
        self.set(NIGHT)

    def set(self, now: datetime) -> None:
        self._now, self._at = now, time.monotonic()

    def __call__(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._at)


async def _measure(table: Table, folder: Path, rounds: int, idle: float) -> None:
    async with Sqlite(folder / "erstkontakt.sqlite") as store:
        stage = await set_stage(store, folder)
        clock = Running()
        stage.desk.clock = clock
        late: dict[str, list[float]] = {"alerts": [], "callbacks": [], "visits": []}
        floor: list[float] = []
        for turn in range(rounds):
            due = NIGHT + timedelta(hours=1 + turn)
            clock.set(due - timedelta(seconds=BEFORE))
            await store.write(lambda tx, due=due, turn=turn: _rows(tx, stage, due, turn))  # type: ignore[misc]
            await _round(stage, clock, due, late, floor)
            await store.write(_forget)
        spent = await _idle(stage, clock, idle)
    for name, found in late.items():
        found.sort()
        table.add(
            "Waking",
            Measure(
                f"{name}: from due to stepped, p99 of {rounds}", 1000 * found[int(0.99 * (len(found) - 1))], "ms",
                ("<", 1000), f"median {1000 * found[len(found) // 2]:.0f}; a bare APScheduler job beside it"
                f" {1000 * sorted(floor)[len(floor) // 2]:.0f}",
            ),
        )  # fmt: skip
    table.add("Waking", Measure("processor time of the ticker while nothing is due", 1000 * spent, "ms/s", ("<", 20)))


async def _rows(tx: Transaction, stage: Stage, due: datetime, turn: int) -> None:
    await stage.desk.alerts.raised(tx, "hafen", f"{turn:032x}", Kind.ANSWER_WAITING)
    await tx.raw.run("UPDATE alerts SET due = ?", second_of(due))
    visit = replace(_visit(), id=f"{turn:032x}", phase=Phase.ARMED, step_due=due)
    await tx.insert_visit(
        VisitRow(visit.id, "hafen", "mira", visit.phase.value, second_of(due), checkins.dump(visit), None, 1)
    )
    callback = callbacks.agreed([Window(due, due + timedelta(hours=1))])
    mailbox = turn.to_bytes(16)
    contact = ContactRow(
        mailbox, b"t" * 32, b"k" * 8, "hafen", "received", 1, "web", 500_000, 20_900, 20_990, None, None, None, None,
        0, 1, 4096, 1, 0, 1,
    )  # fmt: skip
    await tx.insert_contact(contact, b"e" * 6542, 20_900)
    await tx.insert_callback(
        CallbackRow(mailbox, "hafen", callback.state.value, second_of(due), callbacks.dump(callback), b"e", 1, 1)
    )


async def _forget(tx: Transaction) -> None:
    for table in ("alerts", "visits", "callbacks", "outbox"):
        await tx.raw.run(f"DELETE FROM {table}")  # noqa: S608


async def _round(stage: Stage, clock: Running, due: datetime, late: dict[str, list[float]], floor: list[float]) -> None:
    """The ticker runs until each room has stepped its row."""
    seen = dict.fromkeys(late, False)
    done = asyncio.Event()

    def watched(chore: ticker.Chore) -> ticker.Chore:
        async def work() -> None:
            await chore.work()
            if chore.name in seen and not seen[chore.name] and clock() >= due:
                seen[chore.name] = True
                late[chore.name].append((clock() - due).total_seconds())
                if all(seen.values()):
                    done.set()

        return replace(chore, work=work)

    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.start()
    wanted = datetime.now(UTC) + timedelta(seconds=BEFORE)
    scheduler.add_job(lambda: floor.append((datetime.now(UTC) - wanted).total_seconds()), "date", run_date=wanted)
    found = [watched(chore) for chore in chores(stage.desk.settings, stage.desk) if chore.rest is not None]
    running = asyncio.create_task(ticker.run(found))
    try:
        async with asyncio.timeout(60):
            await done.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        scheduler.shutdown(wait=False)


async def _idle(stage: Stage, clock: Running, seconds: float) -> float:
    """Processor seconds per second while nothing is due, threads of the database included."""
    clock.set(NIGHT + timedelta(days=400))
    running = asyncio.create_task(ticker.run(chores(stage.desk.settings, stage.desk)))
    await asyncio.sleep(1.0)  # what comes at the start
    began, used = time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    spent = (time.process_time() - used) / (time.monotonic() - began)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return spent
