"""Callbacks: 10,000 windows that begin in the same minute, until everybody on call is told."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from intake import callbacks
from intake.callbacks import Window
from intake.store import CallbackRow, ContactRow, Sqlite, Store, Transaction
from tests.bench.table import Measure, Table
from tests.intake.ring import set_stage

DUE = 10_000
BATCH = 2_000
TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)


def measure(table: Table, folder: Path, scale: float) -> None:
    """In this process, on a real file; every sealed agreement has the size of a real one."""
    folder.mkdir(parents=True)
    asyncio.run(_measure(table, folder, int(DUE * scale)))


async def _measure(table: Table, folder: Path, count: int) -> None:
    async with Sqlite(folder / "erstkontakt.sqlite") as store:
        stage = await set_stage(store, folder, TEN - timedelta(minutes=1))
        await _fill(store, count)
        assert await stage.desk.callbacks.tick() == 0
        stage.clock.now = TEN
        began, used = time.perf_counter(), time.process_time()
        done = await stage.desk.callbacks.tick()
        took, worked = time.perf_counter() - began, time.process_time() - used
        assert done == count
        await stage.drain()
        told = len(stage.recorders["matrix"].to("mira"))
        table.add(
            "Callbacks",
            Measure(
                f"{count:,} windows due in one minute, alerted", took, "s", ("<", 5), f"{told} messages to one phone"
            ),
            Measure("processor time for each", worked / count * 1000, "ms"),
        )


async def _fill(store: Store, count: int) -> None:
    callback = callbacks.agreed([Window(TEN, TEN + timedelta(hours=1))])
    document, due = callbacks.dump(callback), int(TEN.timestamp())

    async def unit(tx: Transaction, size: int) -> None:
        for _ in range(size):
            mailbox = os.urandom(16)
            contact = ContactRow(
                mailbox, b"t" * 32, b"k" * 8, "hafen", "received", 1, "web", 500_000, 20_900, 20_990, None, None,
                None, None, 0, 1, 4096, 1, 0, 1,
            )  # fmt: skip
            await tx.insert_contact(contact, b"e" * 6542, 20_900)
            await tx.insert_callback(
                CallbackRow(mailbox, "hafen", callback.state.value, due, document, os.urandom(6542), 1, 1)
            )

    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        await store.write(lambda tx, size=size: unit(tx, size))  # type: ignore[misc]
