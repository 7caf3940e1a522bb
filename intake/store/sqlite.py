"""SQLite through aiosqlite: one writing lane, one reading lane, each a connection in a thread with group commit."""

import asyncio
import sqlite3
from collections import deque
from pathlib import Path
from typing import Any, Self

import aiosqlite

from intake.errors import StoreBusy
from intake.store import base
from intake.store.base import T, Unit, migrate
from intake.store.batch import BatchConnection, Job, translate
from intake.store.transaction import Transaction

MOST_WAITING = 4096  # units; beyond it the desk says "busy" at once instead of answering minutes later


class _Lane:
    """One aiosqlite connection and the units that wait for it."""

    def __init__(self, path: Path, begin: str, pragmas: tuple[str, ...]) -> None:
        self._path, self._begin, self._pragmas = path, begin, pragmas
        self._waiting: deque[Job] = deque()
        self._wake = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._closing = False
        self._batches: BatchConnection | None = None

    async def open(self) -> None:
        def factory(*arguments: Any, **options: Any) -> BatchConnection:
            self._batches = BatchConnection(*arguments, **options)
            self._batches.waiting, self._batches.finished = self._waiting, []
            self._batches.begin = self._begin
            return self._batches

        try:
            self._connection = await aiosqlite.connect(
                self._path, factory=factory, isolation_level=None, cached_statements=256
            )
            for pragma in self._pragmas:
                await self._connection.execute_fetchall(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            raise translate(error) from error
        self._pump = asyncio.create_task(self._work(), name="store")

    async def close(self) -> None:
        if self._pump is not None:
            self._closing = True  # what was accepted is finished before the door closes
            self._wake.set()
            await self._pump
            await self._connection.close()

    async def do(self, unit: Unit[T]) -> T:
        if self._closing or len(self._waiting) >= MOST_WAITING:
            raise StoreBusy("closing, or too many units wait")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(Job(unit, future))
        self._wake.set()
        return await future

    async def _work(self) -> None:
        assert self._batches is not None  # noqa: S101 - set by open()
        while not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._connection.commit()
                for job in self._batches.finished:
                    if job.future.done():  # whoever asked has gone; what was asked is done all the same
                        continue
                    if job.error is not None:
                        job.future.set_exception(job.error)
                    else:
                        job.future.set_result(job.result)
                self._batches.finished = []


class Sqlite:
    """One file, one writing lane, one reading lane."""

    def __init__(self, path: Path) -> None:
        self.path = path
        common = (f"busy_timeout={base.BUSY_MS}", "foreign_keys=ON", "temp_store=MEMORY", "trusted_schema=OFF")
        self._writer = _Lane(
            path,
            "BEGIN IMMEDIATE",
            (*common, "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "cache_size=-4000"),
        )
        self._reader = _Lane(path, "BEGIN", (*common, "query_only=ON", "cache_size=-4000"))

    async def __aenter__(self) -> Self:
        # Created by us, so that no other user of the machine can read it, not even for a moment.
        await asyncio.to_thread(self.path.touch, 0o600, exist_ok=True)
        await self._writer.open()
        try:
            await self.write(migrate)
            await self._reader.open()
        except BaseException:
            await self._writer.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reader.close()
        await self._writer.close()

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
