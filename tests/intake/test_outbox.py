"""The outbox: in order for each recipient, at least once, each row with one taker, back-off, dead letters."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from intake.alert_model import Trouble
from intake.delivery import DeliveryError
from intake.outbox import LEASE, LONGEST_PAUSE, OLDEST, Delivery, Outbox, pause_before
from intake.sayings import Kind, Saying, dump
from intake.store import OutboxRow, Store
from tests.intake.ring import Stage, set_stage


@pytest.fixture
async def stage(store: Store, tmp_path: Path) -> Stage:
    return await set_stage(store, tmp_path)


TROUBLE = dump(Saying(Kind.TROUBLE, "hafen", trouble=Trouble.NOBODY))


async def write(stage: Stage, id: str, to: str = "mira", channel: str = "sms") -> None:
    second = int(stage.clock().timestamp())
    row = OutboxRow(id, id, channel, to, second, second, TROUBLE)
    assert await stage.store.write(lambda tx: tx.put_outbox(row))


def brought(stage: Stage, channel: str = "sms") -> list[str]:
    return [one.id for one in stage.recorders[channel].brought]


async def test_the_same_row_is_written_once(stage: Stage) -> None:
    await write(stage, "a")
    row = OutboxRow("a", "a", "sms", "jonas", 0, 0, TROUBLE)
    assert not await stage.store.write(lambda tx: tx.put_outbox(row))


async def test_each_recipient_hears_in_order_and_nobody_waits_for_another(stage: Stage) -> None:
    for number in range(5):
        await write(stage, f"m{number}")
    await write(stage, "j0", "jonas")
    stage.recorders["sms"].never = set()
    stage.recorders["sms"].down = DeliveryError("busy", permanent=False)
    await stage.outbox.drain("sms")
    assert sorted(stage.recorders["sms"].tried) == ["j0", "m0"], "only the first of each is tried"
    stage.recorders["sms"].down = None
    await write(stage, "a0", "aylin")
    await stage.drain()
    assert brought(stage) == ["a0"], "whoever is new does not wait for whom we could not reach"
    stage.clock.pass_by(seconds=6)
    await stage.drain()
    assert [id for id in brought(stage) if id.startswith("m")] == ["m0", "m1", "m2", "m3", "m4"]


async def test_a_row_under_way_belongs_to_one_taker_until_its_lease_ends(stage: Stage) -> None:
    for number in range(30):
        await write(stage, f"{number}", f"person{number}")
    now = int(stage.clock().timestamp())
    until = now + int(LEASE.total_seconds())
    parts = await asyncio.gather(
        *(stage.store.write(lambda tx: tx.take_outbox("sms", now, until, 7)) for _ in range(8))
    )
    ids = [row.id for part in parts for row in part]
    assert len(ids) == len(set(ids))
    rest = await stage.store.write(lambda tx: tx.take_outbox("sms", now, until, 100))
    assert sorted([*ids, *(row.id for row in rest)], key=int) == [str(number) for number in range(30)]
    assert await stage.store.write(lambda tx: tx.take_outbox("sms", until - 1, until, 100)) == []
    again = await stage.store.write(lambda tx: tx.take_outbox("sms", until, until + 1, 100))
    assert {row.attempts for row in again} == {2}, "whoever took them is dead; they are given out again"


async def test_killed_after_bringing_and_before_writing_so_it_arrives_once(stage: Stage) -> None:
    await write(stage, "a")
    now = int(stage.clock().timestamp())
    rows = await stage.store.write(lambda tx: tx.take_outbox("sms", now, now + 120, 10))
    found = await stage.store.read(lambda tx: stage.outbox._compose_all(tx, rows))
    delivery = found["a"]
    assert isinstance(delivery, Delivery)
    await stage.recorders["sms"].deliver(delivery)  # and here the power fails
    stage.reopen()
    stage.clock.pass_by(seconds=121)
    await stage.drain()
    assert (brought(stage), stage.recorders["sms"].tried) == (["a"], ["a", "a"]), "twice with one id is once"


async def test_a_temporary_failure_is_tried_again_ever_more_slowly_and_buried_after_a_day(stage: Stage) -> None:
    await write(stage, "a")
    sms = stage.recorders["sms"]
    sms.down = RuntimeError("the number is +491234")
    times = []
    for _ in range(400):
        before = len(sms.tried)
        await stage.drain()
        if len(sms.tried) > before:
            times.append(stage.clock())
        stage.clock.pass_by(minutes=5)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) <= LONGEST_PAUSE + timedelta(minutes=5)
    assert times[-1] - times[0] <= OLDEST
    dead = await stage.store.read(lambda tx: tx.dead_letters(5))
    assert [(row.id, row.trouble) for row in dead] == [("a", "RuntimeError")], "no text of a stranger's error is kept"


async def test_who_asks_for_patience_gets_it(stage: Stage) -> None:
    await write(stage, "a")
    sms = stage.recorders["sms"]
    sms.down = DeliveryError("too many", permanent=False, retry_after=timedelta(minutes=7))
    await stage.drain()
    sms.down = None
    stage.clock.pass_by(minutes=6)
    await stage.drain()
    assert brought(stage) == []
    stage.clock.pass_by(minutes=1)
    await stage.drain()
    assert brought(stage) == ["a"]


def test_pauses_grow_have_an_end_and_are_never_the_same_for_all() -> None:
    assert [pause_before(n, 0.0).total_seconds() for n in (1, 2, 3, 8, 99)] == [5, 10, 20, 600, 600]
    assert pause_before(1, 1.0) == timedelta(seconds=2.5)


async def test_a_channel_that_hangs_delays_no_other(stage: Stage) -> None:
    class Hanging:
        async def deliver(self, delivery: Delivery) -> None:
            await asyncio.Event().wait()

    await write(stage, "m", channel="matrix")
    outbox = Outbox(stage.desk, {"matrix": Hanging(), "sms": stage.recorders["sms"]}, lambda: 0.0)
    running = asyncio.create_task(outbox.run())
    try:
        await write(stage, "s")
        outbox.wake()
        for _ in range(6000):
            if brought(stage):
                break
            await asyncio.sleep(0.01)
        assert brought(stage) == ["s"]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_nothing_of_what_was_said_is_kept_after_it_was_brought(stage: Stage) -> None:
    await write(stage, "a")
    await stage.drain()
    rows = await stage.store.read(lambda tx: tx.raw.rows("SELECT state, saying, address FROM outbox"))
    assert rows == [("sent", "", None)]
    stage.clock.pass_by(days=2)
    await stage.desk.tick()
    assert await stage.store.read(lambda tx: tx.raw.rows("SELECT id FROM outbox")) == []
