"""Alerts: a tick among 100,000 open ones, an outbox of 10,000 rows drained beside requests, and what an alert costs."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from intake.desk import Desk
from intake.outbox import Delivery, Outbox
from intake.store import AlertRow, ContactRow, OutboxRow, Sqlite, Store, Transaction
from tests.bench.table import Measure, Table
from tests.intake.ring import NIGHT, put_plan, ring_settings, set_stage
from tests.intake.ring import plan as rota_plan
from tests.intake.small import Clock, SmallNetwork

OPEN = 100_000
DUE = 50
ROWS = 10_000
TICKS = 15
BATCH = 2_000


class Instant:
    """A Messenger that brings at once."""

    async def deliver(self, delivery: Delivery) -> None:
        return


def measure(table: Table, folder: Path, scale: float) -> None:
    """All of it in this process, on real files."""
    for name in ("few", "many", "outbox"):
        (folder / name).mkdir(parents=True)
    asyncio.run(_measure(table, folder, scale))


async def _measure(table: Table, folder: Path, scale: float) -> None:
    few, many = max(int(OPEN * scale) // 100, DUE * TICKS), int(OPEN * scale)
    small = await _ticks(folder / "few", few)
    large = await _ticks(folder / "many", many)
    section = "Alerts"
    table.add(
        section,
        Measure(
            f"tick with {DUE} due among {many:,} open", large[0], "ms", ("<", 100), f"among {few:,}: {small[0]:.3g}"
        ),
        Measure("tick with nothing due", large[1], "ms", ("<", 2), f"among {few:,}: {small[1]:.3g}"),
    )
    await _outbox(table, folder / "outbox", int(ROWS * scale))


async def _ticks(folder: Path, count: int) -> tuple[float, float]:
    """(median ms of a tick with DUE due alerts, median ms of one with none) with `count` open ones."""
    async with Sqlite(folder / "erstkontakt.sqlite") as store:
        stage = await set_stage(store, folder)
        seeker = await stage.contact()
        model = await store.read(lambda tx: tx.open_alert(seeker.keys.id.hex()))
        assert model is not None
        far = int(NIGHT.timestamp()) + 90 * 86_400
        await _fill(store, model, count, far)
        busy, idle = [], []
        await store.write(lambda tx: tx.raw.run("UPDATE alerts SET due = ? WHERE id = ?", far, model.id))
        for turn in range(TICKS):
            stage.clock.pass_by(minutes=6)
            now = int(stage.clock().timestamp())
            await store.write(lambda tx, now=now, turn=turn: _make_due(tx, turn, now, far))  # type: ignore[misc]
            began = time.perf_counter()
            done = await stage.desk.alerts.tick()
            busy.append(time.perf_counter() - began)
            assert done == DUE, done
            began = time.perf_counter()
            await stage.desk.alerts.tick()
            idle.append(time.perf_counter() - began)
        return statistics.median(busy) * 1000, statistics.median(idle) * 1000


async def _fill(store: Store, model: AlertRow, count: int, far: int) -> None:
    async def unit(tx: Transaction, start: int, end: int) -> None:
        for number in range(start, end):
            id = f"{number:016x}"
            subject = f"{number:032x}"
            document = model.document.replace(model.id.encode(), id.encode())
            document = document.replace(model.subject.encode(), subject.encode())
            await tx.insert_alert(model._replace(id=id, subject=subject, due=far, document=document))

    for start in range(0, count, BATCH):
        await store.write(lambda tx, start=start: unit(tx, start, min(start + BATCH, count)))  # type: ignore[misc]


async def _make_due(tx: Transaction, turn: int, now: int, far: int) -> None:
    """DUE alerts that nobody has stepped yet are due; those of the turns before are not."""
    await tx.raw.run("UPDATE alerts SET due = ? WHERE phase <> 'resolved' AND due < ?", far, far)
    first, last = f"{turn * DUE:016x}", f"{turn * DUE + DUE - 1:016x}"
    await tx.raw.run("UPDATE alerts SET due = ? WHERE id BETWEEN ? AND ?", now, first, last)


async def _outbox(table: Table, folder: Path, count: int) -> None:
    """Requests (a contact written and acknowledged) alone, and while the outbox drains; in turns, to be fair."""
    async with Sqlite(folder / "erstkontakt.sqlite") as store:
        clock, network = Clock(datetime(2026, 11, 18, 9, 20, tzinfo=UTC)), SmallNetwork()
        desk = Desk(store, network, ring_settings(folder, channels=("sms",)), clock)  # type: ignore[arg-type]
        await put_plan(store, rota_plan())
        outbox = Outbox(desk, {"sms": Instant()}, lambda: 0.0)
        await _requests(store, 200)
        alone: list[float] = []
        beside: list[float] = []
        rates: list[float] = []
        rounds = 5
        for turn in range(rounds):
            alone += await _requests(store, 1000)
            await _rows(store, clock(), turn, count // rounds)
            began = time.perf_counter()
            running = asyncio.create_task(outbox.run())
            while await store.read(lambda tx: tx.next_outbox("sms")) is not None:
                beside += await _requests(store, 100)
            rates.append(count / rounds / (time.perf_counter() - began))
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        slower = statistics.median(beside) / statistics.median(alone)
        table.add(
            "Alerts",
            Measure("outbox rows brought", statistics.median(rates), "/s", note=f"{count:,} rows, beside requests"),
            Measure("a request beside the drain, median", slower, "x alone", ("<=", 1.1)),
            Measure("the same, 95th percentile", _late(beside) / _late(alone), "x alone"),
        )


def _late(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


async def _rows(store: Store, now: datetime, turn: int, count: int) -> None:
    second = int((now - timedelta(minutes=1)).timestamp())

    async def unit(tx: Transaction) -> None:
        for number in range(count):
            id = f"{turn}-{number}"
            saying = '{"kind":"trouble","team":"hafen","trouble":"nobody"}'
            await tx.put_outbox(OutboxRow(id, id, "sms", f"m{number % 500}", second, second, saying))

    await store.write(unit)


async def _requests(store: Store, count: int) -> list[float]:
    """Durable writes of contacts, one after the other, as one sender sees them."""
    times = []
    for _ in range(count):
        row = ContactRow(
            os.urandom(16), b"t" * 32, b"k" * 8, "hafen", "received", 1, "web", 500_000, 20_900, 20_930, None, None,
            None, None, 0, 1, 4096, 1, 0, 1,
        )  # fmt: skip
        began = time.perf_counter()
        await store.write(lambda tx, row=row: tx.insert_contact(row, b"e" * 6400, 20_900))  # type: ignore[misc]
        times.append(time.perf_counter() - began)
    return times
