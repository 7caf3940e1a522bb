"""SQLite through aiosqlite: one writing lane, one reading lane, each a connection in a thread with group commit."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

import aiosqlite

from intake.errors import StoreBroken, StoreBusy
from intake.store import base
from intake.store.base import T, Unit, migrate
from intake.store.batch import BatchConnection, Job, translate
from intake.store.transaction import Transaction

MOST_WAITING = 4096  # units; beyond it the desk says "busy" at once instead of answering minutes later
TIDY_UNITS = 512  # after so many units (of contacts: some 16 MB) the WAL is carried into the file,
TIDY_BYTES = 16 * 2**20  # or when it has grown by so much,
LOOK_UNITS = 16  # which is looked at after so many
# A WAL that begins anew keeps its length up to here: writing over old bytes costs a COMMIT half of what new ones cost,
# since the file system has nothing to note about the file.
LIMIT = f"journal_size_limit={2 * TIDY_BYTES}"


class _Lane:
    """One aiosqlite connection whose thread serves the units that wait for it, batch after batch."""

    def __init__(
        self, path: Path, begin: str, pragmas: tuple[str, ...], after: Callable[[int], None] | None = None
    ) -> None:
        self._path, self._begin, self._pragmas, self._after = path, begin, pragmas, after
        self._waiting: SimpleQueue[Job | None] = SimpleQueue()
        self._closing = False
        self._serving: asyncio.Task[None] | None = None
        self.batches: BatchConnection | None = None

    async def open(self) -> None:
        self._loop = loop = asyncio.get_running_loop()

        def deliver(jobs: list[Job]) -> None:
            loop.call_soon_threadsafe(self._answer, jobs)

        def factory(*arguments: Any, **options: Any) -> BatchConnection:
            self.batches = BatchConnection(*arguments, **options)
            self.batches.waiting, self.batches.deliver, self.batches.begin = self._waiting, deliver, self._begin
            return self.batches

        connection = await _connected(self._path, self._pragmas, factory=factory, cached_statements=256)
        self._serving = asyncio.create_task(self._serve(connection), name="store")

    async def close(self) -> None:
        if self._serving is not None:
            self._closing = True  # what was accepted is finished before the door closes
            self._waiting.put(None)
            await self._serving

    async def do(self, unit: Unit[T]) -> T:
        if self._closing or self._waiting.qsize() >= MOST_WAITING:
            raise StoreBusy("closing, or too many units wait")
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.put(Job(unit, future))
        return await future

    async def _serve(self, connection: aiosqlite.Connection) -> None:
        try:
            await connection.commit()  # until it is told to end
        finally:  # should this ever end by a mistake of ours, nobody may wait for ever
            self._closing = True
            while not self._waiting.empty():
                if (job := self._waiting.get_nowait()) is not None and not job.future.done():
                    job.future.set_exception(StoreBroken("the writer has ended"))
            await connection.close()

    def _answer(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.future.done():  # whoever asked has gone; what was asked is done all the same
                continue
            if job.error is not None:
                job.future.set_exception(job.error)
            else:
                job.future.set_result(job.result)
        if self._after is not None:
            self._after(len(jobs))


async def _connected(path: Path, pragmas: tuple[str, ...], **options: Any) -> aiosqlite.Connection:
    try:
        connection = await aiosqlite.connect(path, isolation_level=None, **options)
        try:
            for pragma in pragmas:
                await connection.execute_fetchall(f"PRAGMA {pragma}")
        except BaseException:
            await connection.close()  # or its thread would keep the process alive
            raise
    except sqlite3.Error as error:
        raise translate(error) from error
    return connection


class Sqlite:
    """One file; one writing lane, one reading lane, and one that carries the WAL into the file meanwhile.

    The writer never does that itself (every hundredth contact would wait for it): now and then a third connection
    copies what is there, and the writer then only the few pages that came meanwhile, so that the WAL begins anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wal = f"{path}-wal"
        self._tidying: asyncio.Task[None] | None = None
        self._untidy, self._length = 0, 0  # units since, and length of the WAL then
        self._unseen = 0  # units since somebody looked at its length
        common = (f"busy_timeout={base.BUSY_MS}", "foreign_keys=ON", "temp_store=MEMORY", "trusted_schema=OFF")
        durable = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "wal_autocheckpoint=0", LIMIT)
        self._writer = _Lane(path, "BEGIN IMMEDIATE", (*common, *durable, "cache_size=-2000"), self._look_at_wal)
        self._reader = _Lane(path, "BEGIN", (*common, "query_only=ON", "cache_size=-2000"))
        self._carrying = (*common, *durable, "cache_size=-100")
        self._carrier: aiosqlite.Connection | None = None

    async def __aenter__(self) -> Self:
        # Created by us, so that no other user of the machine can read it, not even for a moment.
        await asyncio.to_thread(self.path.touch, 0o600, exist_ok=True)
        try:
            await self._writer.open()
            await self.write(migrate)
            await self._reader.open()
            self._carrier = await _connected(self.path, self._carrying)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        carrier, self._carrier = self._carrier, None  # from here on nobody begins to tidy
        if self._tidying is not None:
            await self._tidying
        if carrier is not None:
            await carrier.close()
        await self._reader.close()
        await self._writer.close()

    def _look_at_wal(self, units: int) -> None:
        self._untidy += units
        self._unseen += units
        carrier, busy = self._carrier, self._tidying is not None and not self._tidying.done()
        if carrier is None or busy or self._unseen < LOOK_UNITS:
            return
        self._unseen = 0
        length = os.stat(self._wal).st_size  # noqa: PTH116
        if self._untidy >= TIDY_UNITS or length > self._length + TIDY_BYTES:
            self._untidy, self._length = 0, min(length, 2 * TIDY_BYTES)
            self._tidying = asyncio.create_task(self._tidy(carrier), name="tidy")

    async def _tidy(self, carrier: aiosqlite.Connection) -> None:
        assert self._writer.batches is not None  # noqa: S101 - set by open()
        with contextlib.suppress(sqlite3.Error):  # a full disk is not its business
            await carrier.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
        self._writer.batches.carry = True

    async def write(self, unit: Unit[T]) -> T:
        return await self._writer.do(unit)

    async def read(self, unit: Unit[T]) -> T:
        return await self._reader.do(unit)

    async def check(self) -> list[str]:
        async def unit(tx: Transaction) -> list[str]:
            faults = [row[0] for row in await tx.raw.rows("PRAGMA integrity_check(20)") if row[0] != "ok"]
            faults += [f"row without its contact in {row[0]}" for row in await tx.raw.rows("PRAGMA foreign_key_check")]
            return faults

        return await self.read(unit)
