"""The only room that knows the scheduler. It wakes; what is to be done is decided by rows, wherever they were left.

Nothing is scheduled for a certain time here: due times live in the database, so a restart forgets nothing, and a second
node may tick, too. A wake-up that comes while the work is still going on is not lost and not doubled.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from intake.errors import Unavailable

log = logging.getLogger("erstkontakt.ticker")


@dataclass(frozen=True)
class Chore:
    """`work` is called at once and then every `seconds`."""

    name: str
    seconds: float
    work: Callable[[], Awaitable[object]]


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
    while True:
        event.clear()
        try:
            await chore.work()
        except Unavailable as error:
            log.warning("%s: %s: %s", chore.name, error.code, error)
        await event.wait()
