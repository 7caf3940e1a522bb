"""Group commit: asked together, done as if one after the other. Stories of what may meet in one batch."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.store import Sqlite, Transaction
from tests.intake.test_store import row

TABLE = "CREATE TABLE things (key BYTEA NOT NULL PRIMARY KEY, value BIGINT NOT NULL)"
INSERT = "INSERT INTO things (key, value)"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Sqlite]:
    async with Sqlite(tmp_path / "one.sqlite") as opened:
        await opened.write(lambda tx: tx.raw.run(TABLE))
        yield opened


def put(key: bytes, value: int, fail: str = "") -> Callable[[Transaction], Any]:
    """Adds a thing unless it is there; `fail` at the "start" or the "end"."""

    async def unit(tx: Transaction) -> bool:
        if fail == "start":
            await tx.raw.row("SELECT 1 FROM things WHERE key = ?", key)
            raise LookupError
        if not await tx.raw.insert(INSERT, key, value):
            return False
        if fail == "end":
            raise LookupError
        return True

    return unit


def drop(key: bytes) -> Callable[[Transaction], Any]:
    return lambda tx: tx.raw.run("DELETE FROM things WHERE key = ?", key)


async def everything(store: Sqlite) -> dict[bytes, int]:
    return dict(await store.read(lambda tx: tx.raw.rows("SELECT key, value FROM things")))


async def test_two_hundred_at_once_are_few_statements(store: Sqlite) -> None:
    statements: list[str] = []

    async def listen(_: Transaction) -> None:
        assert store._writer.batches is not None
        store._writer.batches.set_trace_callback(statements.append)  # in its own thread, as SQLite wants it

    await store.write(listen)
    await asyncio.gather(*(store.write(put(os.urandom(16), n)) for n in range(200)))
    assert len(await everything(store)) == 200
    # BEGIN, COMMIT, and the rows in pieces of 64, 64, 64, 8; the first batch may have held one unit only.
    assert len(statements) < 30


async def test_the_same_key_twice_in_a_batch_is_one_thing(store: Sqlite) -> None:
    outcomes = await asyncio.gather(*(store.write(put(b"k", n)) for n in range(20)))
    assert sorted(outcomes) == [False] * 19 + [True]
    assert (await everything(store)).keys() == {b"k"}


async def test_one_that_fails_after_writing_takes_nobody_with_it(store: Sqlite) -> None:
    units = [store.write(put(bytes([n]), n, fail="end" if n == 7 else "")) for n in range(20)]
    outcomes = await asyncio.gather(*units, return_exceptions=True)
    assert isinstance(outcomes[7], LookupError)
    assert (await everything(store)).keys() == {bytes([n]) for n in range(20) if n != 7}


async def test_one_that_fails_before_writing_does_not_make_the_others_run_again(store: Sqlite) -> None:
    runs = 0

    async def counting(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        await tx.raw.insert(INSERT, os.urandom(8), 1)

    await asyncio.gather(
        *(store.write(counting) for _ in range(10)),
        *(store.write(put(os.urandom(8), 1, fail="start")) for _ in range(5)),
        return_exceptions=True,
    )
    assert runs == 10


async def test_an_erasure_in_the_same_batch_is_seen_by_a_late_repetition(store: Sqlite) -> None:
    """The contact that comes again must not slip between the check and the erasure."""
    for _ in range(30):
        contact = row()
        assert await store.write(lambda tx, one=contact: tx.insert_contact(one, b"x", 1))

        async def again(tx: Transaction, one: Any = contact) -> str:
            if await tx.was_erased(one.mailbox):
                return "erased"
            return "stored" if await tx.insert_contact(one, b"x", 1) else "known"

        answers = await asyncio.gather(
            store.write(again),
            store.write(lambda tx, one=contact: tx.erase_contact(one.mailbox, 2**40)),
            store.write(again),
        )
        assert "stored" not in answers
        assert await store.read(lambda tx, one=contact: tx.contact(one.mailbox)) is None


_STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "drop", "fail"]), st.integers(0, 5), st.integers(0, 99)), min_size=1, max_size=30
)


@given(steps=_STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_batch_ends_as_some_order_of_its_units_would(
    store: Sqlite, steps: list[tuple[str, int, int]]
) -> None:
    await store.write(lambda tx: tx.raw.run("DELETE FROM things"))
    units = {
        "put": lambda key, value: put(key, value),
        "fail": lambda key, value: put(key, value, fail="end"),
        "drop": lambda key, _: drop(key),
    }
    outcomes = await asyncio.gather(
        *(store.write(units[kind](bytes([key]), value)) for kind, key, value in steps), return_exceptions=True
    )
    left = await everything(store)
    for key in range(6):
        mine = [(kind, value, outcome) for (kind, k, value), outcome in zip(steps, outcomes, strict=True) if k == key]
        stored = [value for kind, value, outcome in mine if kind == "put" and outcome is True]
        dropped = sum(outcome for kind, _, outcome in mine if kind == "drop" and isinstance(outcome, int))
        # Each key: what was put and not dropped is there, with a value that somebody was told is stored.
        assert len(stored) - dropped == int(bytes([key]) in left)
        if bytes([key]) in left:
            assert left[bytes([key])] in stored
        failed = [outcome for kind, _, outcome in mine if kind == "fail"]
        assert all(outcome is False or isinstance(outcome, LookupError) for outcome in failed)


async def test_a_unit_whose_asker_has_gone_is_done_all_the_same(store: Sqlite) -> None:
    tasks = [asyncio.create_task(store.write(put(bytes([n]), n))) for n in range(10)]
    await asyncio.sleep(0)
    for task in tasks[:5]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await store.write(put(b"last", 1))
    assert len(await everything(store)) == 11


async def test_the_wal_is_carried_into_the_file_meanwhile(store: Sqlite, tmp_path: Path) -> None:
    sealed = os.urandom(6500)
    for _ in range(12):
        await asyncio.gather(*(store.write(lambda tx: tx.insert_contact(row(), sealed, 1)) for _ in range(128)))
    assert _size(tmp_path / "one.sqlite") > 8 * 2**20
    assert _size(tmp_path / "one.sqlite-wal") < 40 * 2**20
    assert await store.check() == []


def _size(path: Path) -> int:
    return path.stat().st_size
