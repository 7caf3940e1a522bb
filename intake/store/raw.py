"""What all verbs stand on: one open transaction's statements, and the error of a lost race."""

from collections.abc import Sequence
from typing import Any, Protocol


class Raced(Exception):
    """Somebody changed the row in between; run the unit again."""


class Raw(Protocol):
    """SQL with `?` for values; rows as plain tuples. `scrub`: set when erased bytes must leave the files, too."""

    scrub: bool

    async def run(self, sql: str, *values: object) -> int: ...
    async def row(self, sql: str, *values: object) -> tuple[Any, ...] | None: ...
    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]: ...

    async def insert_all(self, into: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Many rows of one unit; those whose key is there already are left out."""
        ...

    # Two collective verbs: on SQLite many units that begin with the same one are asked in one statement (batch.py).

    async def insert(self, into: str, *values: object, unless: str = "") -> bool:
        """`into`: "INSERT INTO t (a, b)"; the row is `values`. False: a row with such a key is there.

        `unless`: a table whose column `mailbox` must not hold the first of the values; false if it does.
        """
        ...

    async def same(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """`row` of what changes seldom and many ask for in the same words, after their first `insert`."""
        ...
