"""The only room that knows the scheduler. It wakes; what is to be done is decided by rows, wherever they were left.

Due times live in the database: what is planned here is only when to look next, so a restart forgets nothing, and a
second node may tick, too. A chore wakes when the first of its rows is due. Another process may write a row that is due
earlier; so it glances meanwhile at that one time, one line of an index, twice a second. A wake-up that comes while the
work is still going on is not lost and not doubled.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from intake.errors import Unavailable

log = logging.getLogger("erstkontakt.ticker")

GLANCE = 0.5  # seconds between two looks at when the first row is due
BREATH = 0.1  # after its work a chore rests at least so long, ever longer while a row stays due that it cannot move
LONGEST_BREATH = 1.0


@dataclass(frozen=True)
class Chore:
    """`work` is called at once, then every `seconds`, and whenever a row is due: `rest` says in how many seconds."""

    name: str
    seconds: float
    work: Callable[[], Awaitable[object]]
    rest: Callable[[], Awaitable[float]] | None = None


async def run(chores: Sequence[Chore]) -> None:
    """Wakes all chores until cancelled. What is unavailable is tried again at the next waking; other faults end it."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = AsyncIOScheduler(timezone=UTC)
    events = [asyncio.Event() for _ in chores]
    for chore, event in zip(chores, events, strict=True):
        scheduler.add_job(_wake, "interval", (event,), seconds=chore.seconds, coalesce=True, misfire_grace_time=None)
    scheduler.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            for chore, event in zip(chores, events, strict=True):
                tasks.create_task(_work(chore, event), name=chore.name)
    finally:
        scheduler.shutdown(wait=False)


async def _wake(event: asyncio.Event) -> None:
    event.set()


async def _work(chore: Chore, event: asyncio.Event) -> None:
    breath = BREATH
    while True:
        event.clear()
        try:
            await chore.work()
        except Unavailable as error:
            log.warning("%s: %s: %s", chore.name, error.code, error)
        looks = await _rest(chore, event, breath)
        breath = min(2 * breath, LONGEST_BREATH) if looks == 1 else BREATH


async def _rest(chore: Chore, event: asyncio.Event, breath: float) -> int:
    """Until the scheduler wakes, or the first row is due; returns how often it looked (1: it was due still)."""
    looks, pause = 0, None if chore.rest is None else breath
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await event.wait()
        if chore.rest is None or event.is_set():
            return 0
        looks += 1
        try:
            left = await chore.rest()
        except Unavailable:  # the work itself will say so
            left = GLANCE
        if left <= 0:
            return looks
        pause = min(left, GLANCE)
