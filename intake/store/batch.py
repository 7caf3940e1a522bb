"""Group commit on SQLite: everything that waits, in one transaction, made durable by one COMMIT.

Runs in aiosqlite's thread. A unit is a coroutine whose `tx` never really waits, so the thread drives it by itself and a
whole batch costs one hop. aiosqlite passes `factory` on to sqlite3.connect (documented there) and calls
`Connection.commit()` in its thread: our connection gives `commit()` the meaning "serve what waits until told to end".
A unit goes straight to the thread and its answer straight back, and nothing of aiosqlite's inside is touched.

    together   First try. Units that begin with a collective verb (`insert`) are held at it, and at those that follow,
               until all others have run, then asked once for all: 64 contacts are four statements instead of 256. Each
               statement lets go of the interpreter lock, and the event loop takes long to give it back; that is what
               it saves.
    apart      If a unit failed after it had written, or two wanted the same key: all is rolled back and done again,
               one unit after the other, each in its savepoint.

Serial order holds in both: before the collective ones go on, every other unit of the batch has come to its end.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from intake.errors import StoreBroken, StoreBusy, StoreFull
from intake.store.base import Unit
from intake.store.transaction import Transaction

BATCH = 256
PIECES = (64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1)  # rows in one statement: few different ones, all of them prepared


class Job:
    """One waiting unit: what it returned or raised, and who wants to know."""

    __slots__ = ("error", "future", "result", "unit")

    def __init__(self, unit: Unit[Any], future: Any) -> None:
        self.unit, self.future = unit, future
        self.result: Any = None
        self.error: BaseException | None = None


class _Ask:
    """A collective verb, held until it can be asked for many. Awaiting it gives the answer."""

    __slots__ = ("key", "values")

    def __init__(self, key: tuple[str, str], values: tuple[Any, ...]) -> None:
        self.key, self.values = key, values

    def __await__(self) -> Generator["_Ask", Any, Any]:
        return (yield self)


class _Apart(Exception):
    """This batch cannot be done together."""


class _Raw:
    """Statements of one unit. `async` in form; only a collective verb at the beginning of a unit ever waits."""

    __slots__ = ("_execute", "_held", "_touched", "scrub", "wrote")

    def __init__(self, connection: sqlite3.Connection, *, together: bool) -> None:
        self._execute = connection.execute
        self._held = together
        self._touched = False
        self.scrub = False
        self.wrote = False

    def _direct(self) -> None:
        # A unit that begins with a statement of its own runs to its end at once; it must not be held afterwards.
        if not self._touched:
            self._held = False
        self._touched = True

    async def run(self, sql: str, *values: object) -> int:
        self._direct()
        self.wrote = True
        return self._execute(sql, values).rowcount

    async def row(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        self._direct()
        cursor = self._execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        cursor.close()
        return row

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        self._direct()
        return self._execute(sql, values).fetchall()

    async def insert_all(self, into: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._direct()
        self.wrote = True
        for size, values in _pieces(rows):
            self._execute(_insertion(into, size, len(rows[0]), ""), values)

    async def same(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        if self._held and self._touched:
            row: tuple[Any, ...] | None = await _Ask(("same", sql), values)
            return row
        return await self.row(sql, *values)

    async def insert(self, into: str, *values: object, unless: str = "") -> bool:
        self.wrote = True
        if self._held:
            self._touched = True
            await _Ask((unless or "insert", into), values)
            return True
        return self._execute(_insertion(into, 1, len(values), unless), values).rowcount == 1


@lru_cache(maxsize=256)
def _insertion(into: str, rows: int, columns: int, unless: str) -> str:
    row = f"({', '.join('?' * columns)})"
    every = f"VALUES {', '.join([row] * rows)}"
    if unless:
        every = f"SELECT * FROM ({every}) WHERE column1 NOT IN (SELECT mailbox FROM {unless})"  # noqa: S608
    return f"{into} {every} ON CONFLICT DO NOTHING"


def _pieces(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, list[Any]]]:
    """(how many, their values one after the other), for statements of many rows."""
    start = 0
    while start < len(rows):
        size = next(size for size in PIECES if size <= len(rows) - start)
        yield size, [value for row in rows[start : start + size] for value in row]
        start += size


class _Held(NamedTuple):
    job: Job
    unit: Coroutine[Any, Any, Any]
    raw: _Raw
    ask: _Ask


class BatchConnection(sqlite3.Connection):
    """A connection whose `commit()` serves units until it is told to end. Lives in aiosqlite's thread."""

    waiting: "SimpleQueue[Job | None]"
    deliver: Callable[[list[Job]], object]
    begin: str
    scrub: bool = False
    carry: bool = False

    def commit(self) -> None:
        """Batch after batch of what waits, each handed to `deliver` with results or errors. None ends it."""
        while jobs := self._next():
            self._attempt(jobs, together=len(jobs) > 1)
            if self.scrub:
                self._scrub()
            if self.carry:
                self.carry = False
                with contextlib.suppress(sqlite3.Error):  # disk trouble: what was committed stays committed
                    self.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            self.deliver(jobs)

    def _next(self) -> list[Job]:
        """Waits for one unit, and takes those that came meanwhile; empty at the end."""
        first = self.waiting.get()
        if first is None:
            return []
        jobs = [first]
        with contextlib.suppress(Empty):
            while len(jobs) < BATCH:
                job = self.waiting.get_nowait()
                if job is None:
                    self.waiting.put(None)
                    break
                jobs.append(job)
        return jobs

    def _attempt(self, jobs: list[Job], *, together: bool) -> None:
        """All of them in one transaction; on a full disk each for itself, so that the small ones still get through."""
        try:
            self.execute(self.begin)
            if together:
                self._run_together(jobs)
            else:
                self._run_apart(jobs)
            super().commit()
        except BaseException as error:
            if self.in_transaction:
                self.rollback()
            for job in jobs:
                job.result = None
            if isinstance(error, _Apart):
                self._attempt(jobs, together=False)
                return
            failure = translate(error)
            if isinstance(failure, StoreFull) and len(jobs) > 1:
                for job in jobs:
                    self._attempt([job], together=False)
                return
            for job in jobs:
                job.error = failure

    def _run_apart(self, jobs: list[Job]) -> None:
        # The only unit of a batch needs no savepoint: if it fails, the whole transaction is what must go.
        alone = len(jobs) == 1
        for job in jobs:
            job.error = None
            raw = _Raw(self, together=False)
            if not alone:
                self.execute("SAVEPOINT unit")
            try:
                job.result = _drive(job.unit(Transaction(raw)))
            except BaseException as error:
                if alone or not self.in_transaction:  # SQLite itself gave up (disk full, I/O error)
                    raise
                job.error = translate(error)
                self.execute("ROLLBACK TO unit")
            else:
                self.scrub = self.scrub or raw.scrub
            if not alone:
                self.execute("RELEASE unit")

    def _run_together(self, jobs: list[Job]) -> None:
        held: list[_Held] = []
        try:
            for job in jobs:
                raw = _Raw(self, together=True)
                self._advance(job, job.unit(Transaction(raw)), raw, None, held)
            while held:
                asked, held = held, []
                groups: dict[tuple[str, str], list[_Held]] = {}
                for one in asked:
                    groups.setdefault(one.ask.key, []).append(one)
                for (verb, sql), group in groups.items():
                    answers = self._ask(verb, sql, [one.ask.values for one in group])
                    for one, answer in zip(group, answers, strict=True):
                        self._advance(one.job, one.unit, one.raw, answer, held)
        finally:
            for one in held:
                one.unit.close()

    def _advance(self, job: Job, unit: Coroutine[Any, Any, Any], raw: _Raw, answer: object, held: list[_Held]) -> None:
        try:
            ask = unit.send(answer)
        except StopIteration as done:
            job.result = done.value
            self.scrub = self.scrub or raw.scrub
        except BaseException as error:
            if not self.in_transaction:
                raise
            if raw.wrote:
                raise _Apart from error
            job.error = translate(error)
        else:
            if not isinstance(ask, _Ask):
                unit.close()
                raise _Apart
            held.append(_Held(job, unit, raw, ask))

    def _ask(self, verb: str, sql: str, values: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The answers of one group."""
        if verb == "same":
            found = {asked: self.execute(sql, asked).fetchone() for asked in dict.fromkeys(values)}
            return [found[asked] for asked in values]
        columns, unless = len(values[0]), "" if verb == "insert" else verb
        for size, flat in _pieces(values):
            try:
                inserted = self.execute(_insertion(sql, size, columns, unless), flat).rowcount
            except sqlite3.IntegrityError as error:
                raise _Apart from error
            if inserted != size:  # which of them met a row with its key? One after the other, then
                raise _Apart
        return [True] * len(values)

    def _scrub(self) -> None:
        """Moves everything out of the WAL and cuts it, so that erased bytes are in no file any more."""
        try:
            busy, _, _ = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:  # disk trouble: what was committed stays committed
            busy = True
        self.scrub = bool(busy)  # a long reader elsewhere, too: the next batch (at the latest the tick's) tries again


def _drive(unit: Coroutine[Any, Any, Any]) -> Any:
    try:
        unit.send(None)
    except StopIteration as done:
        return done.value
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
