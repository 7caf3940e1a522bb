"""Field visits: a tick among 100,000 planned ones, beside a scheduler that holds as many jobs in memory."""

from __future__ import annotations

import asyncio
import statistics
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from intake import checkins
from intake.announcer import second_of
from intake.checkin_model import Phase, Timing, Visit
from intake.store import Sqlite, Store, Transaction, VisitRow
from tests.bench.table import Measure, Table
from tests.intake.ring import NIGHT, set_stage

PLANNED = 100_000
DUE = 1_000
BATCH = 2_000
IDLE_TICKS = 25
LATE_TICKS = 50


def measure(table: Table, folder: Path, scale: float) -> None:
    """All of it in this process, on real files."""
    (folder / "visits").mkdir(parents=True)
    asyncio.run(_measure(table, folder / "visits", int(PLANNED * scale), int(DUE * scale)))


async def _measure(table: Table, folder: Path, count: int, due: int) -> None:
    async with Sqlite(folder / "erstkontakt.sqlite") as store:
        stage = await set_stage(store, folder)
        visits = stage.desk.visits
        model = _visit()
        for begin in range(0, count, BATCH):
            await store.write(lambda tx, begin=begin: _fill(tx, model, range(begin, min(begin + BATCH, count))))  # type: ignore[misc]
        tracemalloc.start()
        idle = []
        for _ in range(IDLE_TICKS):
            began = time.perf_counter()
            assert await visits.tick() == 0
            idle.append(time.perf_counter() - began)
        kept = tracemalloc.get_traced_memory()[0] / 2**20
        tracemalloc.stop()
        await store.write(lambda tx: _make_due(tx, model, due))
        began, worked = time.perf_counter(), time.process_time()
        assert await visits.tick() == due
        busy, cpu = time.perf_counter() - began, time.process_time() - worked
        late = await _lateness(store, model, visits.tick)
    jobs, woken = await _scheduler(count)
    table.add(
        "Field visits",
        Measure(f"tick with nothing due among {count:,} planned", 1000 * statistics.median(idle), "ms", ("<", 5)),
        Measure(f"tick with {due:,} due", 1000 * busy, "ms", ("<", 500), f"{1000 * cpu:.0f} ms of processor time"),
        Measure("memory of planned visits", kept, "MB", ("<", 5), f"the same as APScheduler jobs: {jobs:.0f}"),
        Measure("from due to stepped, slowest tick of fifty", 1000 * max(late), "ms", ("<", 1000),
                f"an APScheduler job among a tenth as many wakes {1000 * woken:.0f} late"),
    )  # fmt: skip


def _visit() -> Visit:
    begins = NIGHT + timedelta(hours=2)
    return checkins.plan(
        id="", team="hafen", member="mira", begins=begins, until=begins + timedelta(hours=1), now=NIGHT, timing=Timing()
    )


def _row(visit: Visit) -> VisitRow:
    assert visit.step_due is not None
    due = second_of(visit.step_due)
    return VisitRow(visit.id, visit.team, visit.member, visit.phase.value, due, checkins.dump(visit), None, 1)


async def _fill(tx: Transaction, model: Visit, numbers: range) -> None:
    for number in numbers:
        assert await tx.insert_visit(_row(replace(model, id=f"{number:032x}", member=f"m{number % 500}")))


async def _make_due(tx: Transaction, model: Visit, count: int) -> None:
    """Armed ones whose reminder is due: each says it on two channels."""
    for number in range(count):
        before = await tx.visit(f"{number:032x}")
        assert before is not None
        member = "mira" if number % 2 else "jonas"
        await tx.update_visit(
            before, _row(replace(model, id=before.id, member=member, phase=Phase.ARMED, step_due=NIGHT))
        )


async def _lateness(store: Store, model: Visit, tick: Callable[[], Awaitable[int]]) -> list[float]:
    """How long after it is due one visit is stepped, when the tick comes at once."""
    late = []
    for turn in range(LATE_TICKS):
        await store.write(lambda tx, turn=turn: _one(tx, model, turn))  # type: ignore[misc]
        began = time.perf_counter()
        assert await tick() == 1
        late.append(time.perf_counter() - began)
    return late


async def _one(tx: Transaction, model: Visit, turn: int) -> None:
    visit = replace(model, id=f"f{turn:031x}", phase=Phase.ARMED, step_due=NIGHT)
    assert await tx.insert_visit(_row(visit))


async def _scheduler(count: int) -> tuple[float, float]:
    """(MB that as many jobs take, seconds by which one of them wakes late)."""
    woken = asyncio.Event()
    tracemalloc.start()
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.start(paused=True)
    now = datetime.now(UTC)
    for number in range(count // 10):  # a tenth of them, and ten times their memory: each one is put in order among all
        scheduler.add_job(_nothing, "date", run_date=now + timedelta(hours=2, seconds=number), id=str(number))
    taken = 10 * tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    wanted = datetime.now(UTC) + timedelta(seconds=0.5)
    scheduler.add_job(woken.set, "date", run_date=wanted)
    scheduler.resume()
    await asyncio.wait_for(woken.wait(), 30)
    late = (datetime.now(UTC) - wanted).total_seconds()
    scheduler.shutdown(wait=False)
    return taken, late


async def _nothing() -> None:
    return
