"""What all verbs stand on: one open transaction's statements, and the error of a lost race."""

from typing import Any, Protocol


class Raced(Exception):
    """Somebody changed the row in between; run the unit again."""


class Raw(Protocol):
    """SQL with `?` for values; rows as plain tuples. `scrub`: set when erased bytes must leave the files, too."""

    scrub: bool

    async def run(self, sql: str, *values: object) -> int: ...
    async def row(self, sql: str, *values: object) -> tuple[Any, ...] | None: ...
    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]: ...
