"""PostgreSQL through asyncpg: a pool, each unit its own transaction, run again when it lost a race."""

import importlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Self

from intake.errors import IntakeError, StoreBroken, StoreBusy, StoreFull, Unavailable
from intake.store import base
from intake.store.base import T, Unit, migrate
from intake.store.transaction import Raced, Transaction

TRIES = 5


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

    async def same(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        return await self.row(sql, *values)

    async def insert_all(self, into: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            row = ", ".join("?" * len(rows[0]))
            await self._connection.executemany(numbered(f"{into} VALUES ({row}) ON CONFLICT DO NOTHING"), rows)

    async def insert(self, into: str, *values: object, unless: str = "") -> bool:
        row = ", ".join("?" * len(values))
        if unless:
            row = f"SELECT {row} WHERE NOT EXISTS (SELECT 1 FROM {unless} WHERE mailbox = $1)"  # noqa: S608
        else:
            row = f"VALUES ({row})"
        return await self.run(f"{into} {row} ON CONFLICT DO NOTHING", *values) == 1


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
        return await migrate(tx, lambda sql: sql.replace(" WITHOUT ROWID", ""))

    async def write(self, unit: Unit[T]) -> T:
        for _ in range(TRIES):
            try:
                async with self._pool.acquire(timeout=base.BUSY_MS / 1000) as connection:
                    raw = _PostgresRaw(connection)
                    async with connection.transaction():
                        result = await unit(Transaction(raw))
                    if raw.scrub:
                        # Erased rows leave the tables now; PostgreSQL's own WAL is recycled by the server.
                        await connection.execute("VACUUM contacts, entries, notes, visits, visit_log, visit_sheets")
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
                self._pool.acquire(timeout=base.BUSY_MS / 1000) as connection,
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
