"""Every SQL statement about statistics: counters, and nothing that could be counted again."""

from collections.abc import Iterable

from intake.statistics import Counter
from intake.store.raw import Raw


class StatisticsVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    async def count_up(self, counters: Iterable[Counter]) -> None:
        """Adds one to each."""
        sql = """INSERT INTO statistics (half, land, place, subject, value, count) VALUES (?, ?, ?, ?, ?, 1)
 ON CONFLICT (half, land, place, subject, value) DO UPDATE SET count = statistics.count + 1"""
        for one in sorted(counters):
            await self.raw.run(sql, one.half, one.land, one.place, one.subject, one.value)

    async def counts(self, half: str, land: str) -> list[tuple[str, str, str, int]]:
        """(place, subject, value, count) of a Land in a half-year."""
        sql = "SELECT place, subject, value, count FROM statistics WHERE half = ? AND land = ?"
        return [(row[0], row[1], row[2], int(row[3])) for row in await self.raw.rows(sql, half, land)]

    async def counted_halves(self, lands: Iterable[str]) -> list[str]:
        """Half-years in which something was counted for one of these Lands, newest first."""
        found: set[str] = set()
        for land in lands:
            rows = await self.raw.rows("SELECT DISTINCT half FROM statistics WHERE land = ?", land)
            found |= {row[0] for row in rows}
        return sorted(found, reverse=True)
