"""Group commit on SQLite: everything that waits, in one transaction, made durable by one COMMIT.

Runs in aiosqlite's thread. A unit is a coroutine whose `tx` never really waits, so the thread drives it by itself and a
whole batch costs one hop. aiosqlite passes `factory` on to sqlite3.connect (documented there) and calls
`Connection.commit()` in its thread: our connection gives `commit()` the meaning "run what waits, then commit", and
nothing of aiosqlite's inside is touched.

    together   First try. Units that begin with a collective verb (`exists`, `insert`) are held at it until all others
               have run, then asked once for all: 64 contacts are five statements instead of 320. Each statement
               lets go of the interpreter lock, and the event loop takes long to give it back; that is what it saves.
    apart      If a unit failed after it had written, or two wanted the same key: all is rolled back and done again,
               one unit after the other, each in its savepoint.

Serial order holds in both: before the collective ones go on, every other unit of the batch has come to its end.
"""

import contextlib
import sqlite3
from collections import deque
from collections.abc import Coroutine, Generator, Sequence
from typing import Any, NamedTuple

from intake.errors import StoreBroken, StoreBusy, StoreFull
from intake.store.base import Unit
from intake.store.transaction import Transaction

BATCH = 256


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

    async def exists(self, table: str, column: str, value: object) -> bool:
        if self._held:
            self._touched = True
            found: bool = await _Ask(("exists", f"SELECT {column} FROM {table} WHERE {column} IN "), (value,))  # noqa: S608
            return found
        sql = f"SELECT 1 FROM {table} WHERE {column} = ?"  # noqa: S608
        return self._execute(sql, (value,)).fetchone() is not None

    async def insert(self, into: str, *values: object) -> bool:
        self.wrote = True
        if self._held:
            self._touched = True
            await _Ask(("insert", into), values)
            return True
        return self._execute(_insertion(into, 1, len(values)), values).rowcount == 1


def _insertion(into: str, rows: int, columns: int) -> str:
    """`into`: "INSERT INTO t (a, b) VALUES ~ ON CONFLICT …"; ~ becomes the rows."""
    row = f"({', '.join('?' * columns)})"
    return into.replace("~", ", ".join([row] * rows))


class _Held(NamedTuple):
    job: Job
    unit: Coroutine[Any, Any, Any]
    raw: _Raw
    ask: _Ask


class BatchConnection(sqlite3.Connection):
    """A connection whose `commit()` runs the waiting units first. Lives in aiosqlite's thread."""

    waiting: deque[Job]
    finished: list[Job]
    begin: str
    scrub: bool = False
    carry: bool = False

    def commit(self) -> None:
        """At most BATCH units of `waiting`; they are in `finished` afterwards, each with result or error."""
        waiting = self.waiting
        self.finished = [waiting.popleft() for _ in range(min(len(waiting), BATCH))]
        if len(self.finished) > 1:
            self._attempt(self.finished, together=True)
        elif self.finished:
            self._attempt(self.finished, together=False)
        if self.scrub:
            self._scrub()
        if self.carry:
            self.carry = False
            with contextlib.suppress(sqlite3.Error):  # disk trouble: what was committed stays committed
                self.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

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
        """The answers of one group. In pieces of 64, 32, 16, …: few different statements, all of them prepared."""
        answers: list[Any] = []
        start = 0
        while start < len(values):
            size = min(64, 1 << (len(values) - start).bit_length() - 1)
            piece = values[start : start + size]
            start += size
            flat = [value for row in piece for value in row]
            if verb == "exists":
                found = {row[0] for row in self.execute(f"{sql}({', '.join('?' * size)})", flat)}
                answers += [value in found for value in flat]
                continue
            try:
                inserted = self.execute(_insertion(sql, size, len(piece[0])), flat).rowcount
            except sqlite3.IntegrityError as error:
                raise _Apart from error
            if inserted != size:  # which of them met a row with its key? One after the other, then
                raise _Apart
            answers += [True] * size
        return answers

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
