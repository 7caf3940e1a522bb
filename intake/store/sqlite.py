"""SQLite through aiosqlite: one writing lane, one reading lane, each a connection in a thread with group commit."""

import asyncio
import contextlib
import os
import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import aiosqlite

from intake.errors import StoreBroken, StoreBusy
from intake.store import base
from intake.store.base import T, Unit, migrate
from intake.store.batch import BatchConnection, Job, translate
from intake.store.transaction import Transaction

MOST_WAITING = 4096  # units; beyond it the desk says "busy" at once instead of answering minutes later
TIDY_BYTES = 8 * 2**20
LIMIT = f"journal_size_limit={TIDY_BYTES // 4}"  # so that a WAL that began anew is seen to be small


class _Lane:
    """One aiosqlite connection and the units that wait for it."""

    def __init__(
        self, path: Path, begin: str, pragmas: tuple[str, ...], after: Callable[[], None] | None = None
    ) -> None:
        self._path, self._begin, self._pragmas, self._after = path, begin, pragmas, after
        self._waiting: deque[Job] = deque()
        self._wake = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._closing = False
        self.batches: BatchConnection | None = None

    async def open(self) -> None:
        def factory(*arguments: Any, **options: Any) -> BatchConnection:
            self.batches = BatchConnection(*arguments, **options)
            self.batches.waiting, self.batches.finished = self._waiting, []
            self.batches.begin = self._begin
            return self.batches

        try:
            self._connection = await aiosqlite.connect(
                self._path, factory=factory, isolation_level=None, cached_statements=256
            )
            try:
                for pragma in self._pragmas:
                    await self._connection.execute_fetchall(f"PRAGMA {pragma}")
            except BaseException:
                await self._connection.close()  # or its thread would keep the process alive
                raise
        except sqlite3.Error as error:
            raise translate(error) from error
        self._pump = asyncio.create_task(self._work(), name="store")

    async def close(self) -> None:
        if self._pump is not None:
            self._closing = True  # what was accepted is finished before the door closes
            self._wake.set()
            await self._pump
            await self._connection.close()

    async def carry(self) -> None:
        """Copies what no reader holds from the WAL into the file; waits for nobody. A full disk is not its business."""
        with contextlib.suppress(sqlite3.Error):
            await self._connection.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")

    async def do(self, unit: Unit[T]) -> T:
        if self._closing or len(self._waiting) >= MOST_WAITING:
            raise StoreBusy("closing, or too many units wait")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(Job(unit, future))
        self._wake.set()
        return await future

    async def _work(self) -> None:
        try:
            while not self._closing:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._connection.commit()
                    self._answer()
                    if self._after is not None:
                        self._after()
        finally:  # should this ever end by a mistake of ours, nobody may wait for ever
            self._closing = True
            for job in self._waiting:
                if not job.future.done():
                    job.future.set_exception(StoreBroken("the writer has ended"))

    def _answer(self) -> None:
        assert self.batches is not None  # noqa: S101 - set by open()
        for job in self.batches.finished:
            if job.future.done():  # whoever asked has gone; what was asked is done all the same
                continue
            if job.error is not None:
                job.future.set_exception(job.error)
            else:
                job.future.set_result(job.result)
        self.batches.finished = []


class Sqlite:
    """One file; one writing lane, one reading lane, and one that carries the WAL into the file meanwhile.

    The writer never does that itself (every hundredth contact would wait for it): beyond TIDY_BYTES a third connection
    copies what is there, and the writer then only the few pages that came in the meantime, so that the WAL begins anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wal = f"{path}-wal"
        self._tidying: asyncio.Task[None] | None = None
        common = (f"busy_timeout={base.BUSY_MS}", "foreign_keys=ON", "temp_store=MEMORY", "trusted_schema=OFF")
        durable = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "wal_autocheckpoint=0", LIMIT)
        self._writer = _Lane(path, "BEGIN IMMEDIATE", (*common, *durable, "cache_size=-4000"), self._look_at_wal)
        self._reader = _Lane(path, "BEGIN", (*common, "query_only=ON", "cache_size=-4000"))
        self._carrier = _Lane(path, "BEGIN", (*common, *durable, "cache_size=-100"))
        self._lanes = (self._writer, self._reader, self._carrier)

    async def __aenter__(self) -> Self:
        # Created by us, so that no other user of the machine can read it, not even for a moment.
        await asyncio.to_thread(self.path.touch, 0o600, exist_ok=True)
        try:
            await self._writer.open()
            await self.write(migrate)
            await self._reader.open()
            await self._carrier.open()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._tidying is not None:
            await self._tidying
        for lane in reversed(self._lanes):
            await lane.close()

    def _look_at_wal(self) -> None:
        if (self._tidying is None or self._tidying.done()) and os.stat(self._wal).st_size > TIDY_BYTES:  # noqa: PTH116
            self._tidying = asyncio.create_task(self._tidy(), name="tidy")

    async def _tidy(self) -> None:
        await self._carrier.carry()
        assert self._writer.batches is not None  # noqa: S101 - set by open()
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
