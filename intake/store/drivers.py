"""Two databases, one way to use them: `await store.write(unit)` and `await store.read(unit)`.

SQLite has one writer with group commit. All units that wait are run by one thread in one transaction, each in its own
savepoint, made durable by one COMMIT (WAL, synchronous=FULL), and only then answered. One thread hop for the whole
batch: a unit is a coroutine whose `tx` never really waits, so the thread drives it to its end by itself.

aiosqlite passes `factory` on to sqlite3.connect (documented there) and runs `Connection.commit()` in its thread. So our
connection class gives `commit()` the meaning "run what waits, then commit": a batch costs one public call of aiosqlite,
and nothing of its inside is touched.
"""

import asyncio
import importlib
import re
import sqlite3
from collections import deque
from collections.abc import Callable, Coroutine
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import aiosqlite

from intake.errors import IntakeError, StoreBroken, StoreBusy, StoreFull, Unavailable
from intake.store.transaction import Raced, Transaction

T = TypeVar("T")
Unit = Callable[[Transaction], Coroutine[Any, Any, T]]

MOST_WAITING = 4096  # units; beyond it the desk says "busy" at once instead of answering minutes later
BATCH = 256
BUSY_MS = 4000
TRIES = 5


class Store(Protocol):
    """What the desk needs of a database."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    async def write(self, unit: Unit[T]) -> T:
        """Runs `unit` in one transaction; returns when it is durable. Raises what `unit` raises, or Unavailable."""
        ...

    async def read(self, unit: Unit[T]) -> T:
        """Runs `unit` on a consistent snapshot; it must not change anything."""
        ...

    async def check(self) -> list[str]:
        """Integrity faults found, in English, for `doctor`; empty if sound."""
        ...


def open_store(database: str, folder: Path) -> Store:
    """`database`: "sqlite" (a file in `folder`) or a postgresql:// address."""
    if database == "sqlite":
        return Sqlite(folder / "erstkontakt.sqlite")
    return Postgres(database)


def migrations() -> list[tuple[int, str, str]]:
    """(number, SHA-256 of the file, statements), in order."""
    found = []
    for file in sorted((resources.files("intake") / "migrations").iterdir(), key=lambda entry: entry.name):
        if re.fullmatch(r"\d{4}\.sql", file.name):
            text = file.read_text("utf-8")
            found.append((int(file.name[:4]), sha256(text.encode()).hexdigest(), text))
    return found


MIGRATIONS_TABLE = "CREATE TABLE IF NOT EXISTS migrations (number BIGINT NOT NULL PRIMARY KEY, digest TEXT NOT NULL)"


async def migrate(tx: Transaction) -> int:
    """Brings an open transaction's database to the newest form; returns its number. Raises StoreBroken."""
    await tx.raw.run(MIGRATIONS_TABLE)
    done = dict(await tx.raw.rows("SELECT number, digest FROM migrations"))
    known = migrations()
    if unknown := set(done) - {number for number, _, _ in known}:
        raise StoreBroken(f"database was migrated by a newer release (migration {max(unknown)}); install that one")
    for number, digest, text in known:
        if number in done:
            continue
        for statement in _statements(text):
            await tx.raw.run(statement)
        await tx.raw.run("INSERT INTO migrations (number, digest) VALUES (?, ?)", number, digest)
    return max((number for number, _, _ in known), default=0)


def _statements(text: str) -> list[str]:
    bare = re.sub(r"--[^\n]*", "", text)
    return [statement.strip() for statement in bare.split(";") if statement.strip()]


# ------------------------------------------------------------------------------------------------------- SQLite


class _SqliteRaw:
    """Statements on an sqlite3 connection, inside its own thread. `async` in form, never waiting in fact."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self.scrub = False

    async def run(self, sql: str, *values: object) -> int:
        return self._execute(sql, values).rowcount

    async def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        cursor = self._execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        cursor.close()
        return row

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self._execute(sql, values).fetchall()


class _Job:
    """One waiting unit: what it returned or raised, and who wants to know."""

    __slots__ = ("error", "future", "result", "unit")

    def __init__(self, unit: Unit[Any], future: asyncio.Future[Any]) -> None:
        self.unit, self.future = unit, future
        self.result: Any = None
        self.error: BaseException | None = None


class _BatchConnection(sqlite3.Connection):
    """A connection whose `commit()` runs the waiting units first. Lives in aiosqlite's thread."""

    waiting: deque[_Job]
    finished: list[_Job]
    begin: str
    scrub: bool = False

    def commit(self) -> None:
        waiting = self.waiting
        self.finished = [waiting.popleft() for _ in range(min(len(waiting), BATCH))]
        if self.finished:
            self._attempt(self.finished)
        if self.scrub:
            self._scrub()

    def _attempt(self, jobs: list[_Job]) -> None:
        """All of them in one transaction; on a full disk each for itself, so that the small ones still get through."""
        try:
            self._run(jobs)
            super().commit()
        except BaseException as error:
            if self.in_transaction:
                self.rollback()
            failure = translate(error)
            if isinstance(failure, StoreFull) and len(jobs) > 1:
                for job in jobs:
                    job.result = job.error = None
                    self._attempt([job])
            else:
                for job in jobs:
                    job.error = job.error or failure

    def _run(self, jobs: list[_Job]) -> None:
        self.execute(self.begin)
        # The only unit of a batch needs no savepoint: if it fails, the whole transaction is what must go.
        apart = len(jobs) > 1
        for job in jobs:
            raw = _SqliteRaw(self)
            if apart:
                self.execute("SAVEPOINT unit")
            try:
                job.result = _drive(job.unit(Transaction(raw)))
            except BaseException as error:
                if not self.in_transaction:  # SQLite gave up the whole transaction (disk full, I/O error)
                    raise
                job.error = translate(error)
                if apart:
                    self.execute("ROLLBACK TO unit")
                else:
                    self.rollback()
                    return
            else:
                self.scrub = self.scrub or raw.scrub
            if apart:
                self.execute("RELEASE unit")

    def _scrub(self) -> None:
        """Moves everything out of the WAL and cuts it, so that erased bytes are in no file any more."""
        try:
            busy, _, _ = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:  # disk trouble: what was committed stays committed
            busy = True
        self.scrub = bool(busy)  # a long reader elsewhere, too: the next batch (at the latest the tick's) tries again


def _drive(unit: Coroutine[Any, Any, T]) -> T:
    try:
        unit.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    unit.close()
    raise RuntimeError("a unit of work may wait for its transaction only")


def translate(error: BaseException) -> BaseException:
    """sqlite3's errors as ours; everything else unchanged."""
    if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.IntegrityError):
        return error
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(str(error))
    if primary == sqlite3.SQLITE_FULL or getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_WRITE:
        return StoreFull(str(error))
    return StoreBroken(str(error))


class _Lane:
    """One aiosqlite connection and the units that wait for it."""

    def __init__(self, path: Path, begin: str, pragmas: tuple[str, ...]) -> None:
        self._path, self._begin, self._pragmas = path, begin, pragmas
        self._waiting: deque[_Job] = deque()
        self._wake = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._closing = False
        self._batches: _BatchConnection | None = None

    async def open(self) -> None:
        def factory(*arguments: Any, **options: Any) -> _BatchConnection:
            self._batches = _BatchConnection(*arguments, **options)
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
        self._waiting.append(_Job(unit, future))
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
        common = (f"busy_timeout={BUSY_MS}", "foreign_keys=ON", "temp_store=MEMORY", "trusted_schema=OFF")
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


# --------------------------------------------------------------------------------------------------- PostgreSQL


@lru_cache(maxsize=512)
def numbered(sql: str) -> str:
    """`?` as PostgreSQL counts them: $1, $2, … (our statements hold no question mark elsewhere)."""
    parts = sql.split("?")
    return parts[0] + "".join(f"${place}{part}" for place, part in enumerate(parts[1:], 1))


class _PostgresRaw:
    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.scrub = False

    async def run(self, sql: str, *values: object) -> int:
        status: str = await self._connection.execute(numbered(sql), *values)
        last = status.rpartition(" ")[2]
        return int(last) if last.isdigit() else 0

    async def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        row = await self._connection.fetchrow(numbered(sql), *values)
        return None if row is None else tuple(row)

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._connection.fetch(numbered(sql), *values)]


class Postgres:
    """A pool; each unit its own transaction (PostgreSQL groups their commits itself). synchronous_commit stays on."""

    def __init__(self, address: str, connections: int = 10) -> None:
        self._address, self._connections = address, connections

    async def __aenter__(self) -> Self:
        try:
            self._pg: Any = importlib.import_module("asyncpg")
        except ImportError as error:
            raise StoreBroken("PostgreSQL needs the extra: pip install 'erstkontakt[postgresql]'") from error
        try:
            self._pool = await self._pg.create_pool(
                self._address, min_size=1, max_size=self._connections, timeout=10, command_timeout=30
            )
            await self.write(self._migrate)
        except (OSError, TimeoutError, self._pg.PostgresError, self._pg.InterfaceError) as error:
            raise StoreBroken(f"PostgreSQL: {type(error).__name__}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    @staticmethod
    async def _migrate(tx: Transaction) -> int:
        await tx.raw.row("SELECT pg_advisory_xact_lock(4711001)")  # two nodes may start at once
        return await migrate(tx)

    async def write(self, unit: Unit[T]) -> T:
        for _ in range(TRIES):
            try:
                async with self._pool.acquire(timeout=BUSY_MS / 1000) as connection:
                    raw = _PostgresRaw(connection)
                    async with connection.transaction():
                        result = await unit(Transaction(raw))
                    if raw.scrub:
                        # Erased rows leave the tables now; PostgreSQL's own WAL is recycled by the server.
                        await connection.execute("VACUUM contacts, entries, notes")
                    return result
            except (Raced, self._pg.SerializationError, self._pg.DeadlockDetectedError):
                continue
            except IntakeError:
                raise
            except (OSError, TimeoutError, self._pg.PostgresError, self._pg.InterfaceError) as error:
                raise self._translate(error) from error
        raise StoreBusy("lost the race too often")

    async def read(self, unit: Unit[T]) -> T:
        try:
            async with (
                self._pool.acquire(timeout=BUSY_MS / 1000) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                return await unit(Transaction(_PostgresRaw(connection)))
        except (OSError, TimeoutError, self._pg.PostgresError, self._pg.InterfaceError) as error:
            raise self._translate(error) from error

    async def check(self) -> list[str]:
        async def unit(tx: Transaction) -> list[str]:
            await tx.raw.rows("SELECT 1 FROM contacts LIMIT 1")
            return []

        return await self.read(unit)

    def _translate(self, error: BaseException) -> Unavailable:
        if isinstance(error, self._pg.DiskFullError):
            return StoreFull(type(error).__name__)
        if isinstance(error, TimeoutError | self._pg.LockNotAvailableError | self._pg.TooManyConnectionsError):
            return StoreBusy(type(error).__name__)
        return StoreBroken(type(error).__name__)
