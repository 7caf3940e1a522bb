"""The ticker only wakes; the heartbeat stops when somebody is not reached."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from intake import heartbeat, ticker
from intake.app import chores, listening
from intake.delivery import DeliveryError
from intake.errors import StoreBusy
from intake.store import Sqlite
from intake.watch import report
from tests.intake.ring import NIGHT, Stage, set_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Sqlite(tmp_path / "erstkontakt.sqlite") as store:
        yield await set_stage(store, tmp_path)


class Outside:
    """The address outside: counts the calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.url = ""

    async def answer(self, _: web.Request) -> web.Response:
        self.calls += 1
        return web.Response(text="ok")


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    made, app = Outside(), web.Application()
    app.router.add_get("/ping/secret", made.answer)
    async with listening(app, "127.0.0.1", 0) as port:
        made.url = f"http://127.0.0.1:{port}/ping/secret"
        yield made


async def test_the_heartbeat_goes_out_while_all_is_well(stage: Stage, outside: Outside) -> None:
    assert await heartbeat.beat(stage.desk, outside.url)
    await stage.contact()
    assert await heartbeat.beat(stage.desk, outside.url), "an open alert is daily work"
    assert outside.calls == 2


async def test_no_heartbeat_while_nobody_ticks(stage: Stage, outside: Outside) -> None:
    await stage.contact()
    stage.clock.pass_by(minutes=11)
    assert not await heartbeat.beat(stage.desk, outside.url)
    assert [fault.what for fault in (await report(stage.desk)).faults] == ["overdue"]


async def test_no_heartbeat_while_a_channel_is_stuck(stage: Stage, outside: Outside) -> None:
    stage.recorders["matrix"].down = DeliveryError("502", permanent=False)
    await stage.contact()
    await stage.pass_by(minutes=12)
    assert not await heartbeat.beat(stage.desk, outside.url)
    assert ("stuck", "matrix") in [(fault.what, fault.channel) for fault in (await report(stage.desk)).faults]


async def test_no_heartbeat_while_everybody_was_called_and_nobody_reacted(stage: Stage, outside: Outside) -> None:
    seeker = await stage.contact()
    await stage.pass_by(minutes=40)
    assert not await heartbeat.beat(stage.desk, outside.url)
    await stage.desk.alerts.take("mira", (await stage.alert_of(seeker)).id)
    await stage.pass_by(minutes=16)
    assert await heartbeat.beat(stage.desk, outside.url), "it goes on when somebody has it"


async def test_an_address_that_does_not_answer_breaks_nothing(stage: Stage) -> None:
    assert not await heartbeat.beat(stage.desk, "http://127.0.0.1:9/ping")


async def test_chores_begin_at_once_go_on_and_survive_a_busy_database() -> None:
    calls = {"often": 0, "busy": 0}
    enough = asyncio.Event()

    async def often() -> None:
        calls["often"] += 1
        if calls["often"] >= 3 and calls["busy"] >= 2:
            enough.set()

    async def busy() -> None:
        calls["busy"] += 1
        raise StoreBusy("locked")

    running = asyncio.create_task(ticker.run([ticker.Chore("often", 0.05, often), ticker.Chore("busy", 0.05, busy)]))
    try:
        async with asyncio.timeout(60):
            await enough.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_chore_that_breaks_ends_the_process_instead_of_going_on_without_it() -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as group:
        await ticker.run([ticker.Chore("broken", 0.05, broken)])
    assert group.group_contains(ZeroDivisionError)


async def test_a_chore_wakes_when_its_row_is_due_and_again_for_one_that_another_process_writes_meanwhile() -> None:
    loop = asyncio.get_running_loop()
    dues, late = [loop.time() + 0.3], list[float]()
    enough = asyncio.Event()

    async def work() -> None:
        while dues and dues[0] <= loop.time():
            late.append(loop.time() - dues.pop(0))
        if len(late) == 1 and not dues:
            loop.call_later(0.05, dues.append, loop.time() + 0.05)  # unseen until the next glance
        elif len(late) == 2:
            enough.set()

    async def rest() -> float:
        return dues[0] - loop.time() if dues else 60.0

    running = asyncio.create_task(ticker.run([ticker.Chore("rows", 60, work, rest)]))
    try:
        async with asyncio.timeout(20):
            await enough.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert min(late) >= 0, "never a moment early"


async def test_a_row_that_cannot_be_moved_does_not_make_the_ticker_run_in_circles() -> None:
    calls = 0

    async def work() -> None:
        nonlocal calls
        calls += 1

    async def due_already() -> float:
        return -1.0

    async def unavailable() -> float:
        raise StoreBusy("locked")

    began = asyncio.get_running_loop().time()
    running = [
        asyncio.create_task(ticker.run([ticker.Chore("stuck", 60, work, due_already)])),
        asyncio.create_task(ticker.run([ticker.Chore("locked", 60, work, unavailable)])),
    ]
    async with asyncio.timeout(20):
        while calls < 4:  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.01)
    assert asyncio.get_running_loop().time() - began >= 2 * ticker.BREATH * 0.9
    assert not any(task.done() for task in running)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_each_room_tells_when_its_first_row_is_due(stage: Stage) -> None:
    names = [chore.name for chore in chores(stage.desk.settings, stage.desk)]
    assert names == ["callbacks", "alerts", "routines", "visits", "appointments", "tick"]
    rests = {chore.name: chore.rest for chore in chores(stage.desk.settings, stage.desk)}
    assert rests["alerts"] is not None
    stage.clock.now = NIGHT + timedelta(seconds=20)
    assert await rests["alerts"]() == 40, "the next full minute, when nothing is due"
    seeker = await stage.contact()
    assert await stage.desk.alerts.next_due() == (await stage.alert_of(seeker)).due
    stage.clock.now = NIGHT + timedelta(minutes=5, seconds=2)
    assert await rests["alerts"]() == -2
