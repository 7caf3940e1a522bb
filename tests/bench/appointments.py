"""Contact appointments: a tick among 100,000 planned ones, and with 1,000 reminders due at once."""

from __future__ import annotations

import asyncio
import statistics
import time
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from intake import appointments
from intake.announcer import minute_of, second_of
from intake.appointments import Phase, Plan
from intake.desk import day_of
from intake.store import AppointmentRow, CaseRow, ContactRow, Sqlite, Transaction
from tests.bench.table import Measure, Table
from tests.intake.ring import NIGHT, set_stage

PLANNED = 100_000
DUE = 1_000
BATCH = 2_000
IDLE_TICKS = 25


def measure(table: Table, folder: Path, scale: float) -> None:
    """All of it in this process, on real files."""
    (folder / "appointments").mkdir(parents=True)
    asyncio.run(_measure(table, folder / "appointments", int(PLANNED * scale), int(DUE * scale)))


async def _measure(table: Table, folder: Path, count: int, due: int) -> None:
    async with Sqlite(folder / "erstkontakt.sqlite") as store:
        stage = await set_stage(store, folder)
        desk = stage.desk.appointments
        for begin in range(0, count, BATCH):
            await store.write(lambda tx, begin=begin: _fill(tx, range(begin, min(begin + BATCH, count))))  # type: ignore[misc]
        tracemalloc.start()
        idle = []
        for _ in range(IDLE_TICKS):
            began = time.perf_counter()
            assert await desk.tick() == 0
            idle.append(time.perf_counter() - began)
        kept = tracemalloc.get_traced_memory()[0] / 2**20
        tracemalloc.stop()
        await store.write(lambda tx: _make_due(tx, due))
        began, worked = time.perf_counter(), time.process_time()
        assert await desk.tick() == due
        busy, cpu = time.perf_counter() - began, time.process_time() - worked
    table.add(
        "Contact appointments",
        Measure(f"tick with nothing due among {count:,} planned", 1000 * statistics.median(idle), "ms", ("<", 5)),
        Measure(f"tick with {due:,} reminders due", 1000 * busy, "ms", ("<", 500),
                f"{1000 * cpu:.0f} ms of processor time; each on two telephones"),
        Measure("memory of planned appointments", kept, "MB", ("<", 5)),
    )  # fmt: skip


def _name(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _plan() -> Plan:
    at = NIGHT + timedelta(days=2)
    return Plan(Phase.PLANNED, at, at - timedelta(days=1), at - timedelta(days=1), number=1)


def _row(number: int, plan: Plan) -> AppointmentRow:
    assert plan.at is not None
    assert plan.due is not None
    document = appointments.dump(plan)
    return AppointmentRow(_name(number), plan.phase.value, minute_of(plan.at), second_of(plan.due), document, None, 1)


async def _fill(tx: Transaction, numbers: range) -> None:
    today, plan = day_of(NIGHT), _plan()
    for number in numbers:
        name = _name(number)
        contact = ContactRow(
            name, bytes(32), bytes(8), "hafen", "mandated", 1, "web", 24 * today, today, today + 900, "mira", None,
            None, "mandated", 0, 0, 1024, 1, 0, 1,
        )  # fmt: skip
        assert await tx.insert_contact(contact, name, today)
        case = CaseRow(
            name,
            "case",
            "voluntary",
            "open",
            today,
            "active",
            None,
            None,
            "mira",
            "jonas",
            7,
            None,
            None,
            None,
            0,
            0,
            0,
            1,
        )
        assert await tx.insert_case(case)
        await tx.insert_appointment(_row(number, plan))


async def _make_due(tx: Transaction, count: int) -> None:
    plan = replace(_plan(), at=NIGHT + timedelta(hours=20), remind=NIGHT, due=NIGHT)
    for number in range(count):
        before = await tx.appointment(_name(number))
        assert before is not None
        await tx.update_appointment(before, _row(number, plan)._replace(revision=before.revision))
