"""What both databases have in common: the form of a unit of work, what a store can do, and its numbered migrations."""

import re
from collections.abc import Callable, Coroutine
from hashlib import sha256
from importlib import resources
from typing import Any, Protocol, Self, TypeVar

from intake.errors import StoreBroken
from intake.store.transaction import Transaction

T = TypeVar("T")
Unit = Callable[[Transaction], Coroutine[Any, Any, T]]

BUSY_MS = 4000


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


def migrations() -> list[tuple[int, str, str]]:
    """(number, SHA-256 of the file, statements), in order."""
    found = []
    for file in sorted((resources.files("intake") / "migrations").iterdir(), key=lambda entry: entry.name):
        if re.fullmatch(r"\d{4}\.sql", file.name):
            text = file.read_text("utf-8")
            found.append((int(file.name[:4]), sha256(text.encode()).hexdigest(), text))
    return found


MIGRATIONS_TABLE = "CREATE TABLE IF NOT EXISTS migrations (number BIGINT NOT NULL PRIMARY KEY, digest TEXT NOT NULL)"


async def migrate(tx: Transaction, dialect: Callable[[str], str] = str) -> int:
    """Brings an open transaction's database to the newest form; returns its number. Raises StoreBroken.

    `dialect`: what the database makes of a statement of ours.
    """
    await tx.raw.run(MIGRATIONS_TABLE)
    done = dict(await tx.raw.rows("SELECT number, digest FROM migrations"))
    known = migrations()
    if unknown := set(done) - {number for number, _, _ in known}:
        raise StoreBroken(f"database was migrated by a newer release (migration {max(unknown)}); install that one")
    for number, digest, text in known:
        if number in done:
            continue
        for statement in _statements(text):
            await tx.raw.run(dialect(statement))
        await tx.raw.run("INSERT INTO migrations (number, digest) VALUES (?, ?)", number, digest)
    return max((number for number, _, _ in known), default=0)


def _statements(text: str) -> list[str]:
    bare = re.sub(r"--[^\n]*", "", text)
    return [statement.strip() for statement in bare.split(";") if statement.strip()]
