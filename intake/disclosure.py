"""Tables of counts that tell nothing about single people. Pure.

    small rows and columns are joined until each sum is at least 5
    a count of 1 to 4 is left out, and so many others with it that no sum gives it away

All sums of rows and columns are published, so what is left out must be protected against everybody who can add and
subtract. For each small count the attacker's best bounds are computed exactly (the table is a transportation polytope,
so they are maximum flows in the graph of what was left out); if they are closer together than 5, one more count is left
out. That ends well: with every sum at least 5, a table that is left out as a whole is always wide enough.

Sources: Hundepool et al., Statistical Disclosure Control (2012), chapters 4.2 and 4.3; requirements R82 R84 R92.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

LEAST = 5
"""The smallest count, sum, and width of an attacker's bounds that is published."""


@dataclass(frozen=True, slots=True)
class Group:
    """One row or column: the values that it joins, and their sum."""

    values: tuple[str, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Table:
    """What is published. `counts[row][column]` is None where a count is left out."""

    rows: tuple[Group, ...]
    columns: tuple[Group, ...]
    counts: tuple[tuple[int | None, ...], ...]
    total: int | None


NOTHING = Table((), (), (), None)
"""Fewer than five in all: not even their sum is told."""


def publish(counts: Mapping[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str]) -> Table:
    """(row, column) -> count, for the rows and columns in their order of display. Absent means none.

    The sums of all rows, of all columns, and the whole are published, so they may be known from elsewhere as well.
    """
    total = sum(counts.values())
    if total < LEAST:
        return NOTHING
    across = _joined(rows, {row: sum(counts.get((row, column), 0) for column in columns) for row in rows})
    down = _joined(columns, {column: sum(counts.get((row, column), 0) for row in rows) for column in columns})
    cells = [
        [sum(counts.get((row, column), 0) for row in one.values for column in other.values) for other in down]
        for one in across
    ]
    hidden = _hidden(cells)
    shown = tuple(
        tuple(None if (i, j) in hidden else cell for j, cell in enumerate(line)) for i, line in enumerate(cells)
    )
    return Table(across, down, shown, total)


def _joined(values: Sequence[str], totals: Mapping[str, int]) -> tuple[Group, ...]:
    """Groups with a sum of at least LEAST each; what nobody falls into is left away.

    The small ones are joined with each other, and, if that is not enough, with the smallest of the others.
    """
    present = [value for value in values if totals[value]]
    small = [value for value in present if totals[value] < LEAST]
    if small and sum(totals[value] for value in small) < LEAST:
        others = [value for value in present if value not in small]
        small.append(min(others, key=lambda value: (totals[value], values.index(value))))
    groups = [Group((value,), totals[value]) for value in present if value not in small]
    if small:
        groups.append(Group(tuple(sorted(small, key=values.index)), sum(totals[value] for value in small)))
    return tuple(groups)


Cell = tuple[int, int]


def _hidden(cells: Sequence[Sequence[int]]) -> set[Cell]:
    """Which counts are left out."""
    small = {(i, j) for i, line in enumerate(cells) for j, cell in enumerate(line) if 0 < cell < LEAST}
    hidden = set(small)
    while exposed := next((cell for cell in sorted(small) if _width(cells, hidden, cell) < LEAST), None):
        i, j = exposed
        # Rather a count than a nought, rather in the same row or column, rather a small one.
        nearest = min(
            (cells[a][b] == 0, a != i and b != j, cells[a][b], a, b)
            for a, line in enumerate(cells)
            for b in range(len(line))
            if (a, b) not in hidden
        )
        hidden.add(nearest[3:])
    return hidden


def _width(cells: Sequence[Sequence[int]], hidden: set[Cell], cell: Cell) -> int:
    """How far apart the highest and the lowest value of a hidden cell are that fit what is published, up to LEAST."""
    up = _flow(cells, hidden, cell, LEAST, raising=True)
    down = _flow(cells, hidden, cell, min(cells[cell[0]][cell[1]], LEAST), raising=False)
    return up + down


def _flow(cells: Sequence[Sequence[int]], hidden: set[Cell], cell: Cell, most: int, *, raising: bool) -> int:
    """By how much (at most `most`) the cell can be raised or lowered while all sums stay, no count below nought.

    Raising it takes from others in its row, which lets others in their columns rise, and so on until its own column is
    even again: a flow from row to column in which a count can give what it holds and take any amount.
    """
    rooms: dict[tuple[str, int], dict[tuple[str, int], int]] = {}
    for i, j in hidden - {cell}:
        give, take = (cells[i][j], most) if raising else (most, cells[i][j])
        rooms.setdefault(("row", i), {})[("column", j)] = give
        rooms.setdefault(("column", j), {})[("row", i)] = take
    source, sink = ("row", cell[0]), ("column", cell[1])
    moved = 0
    while moved < most:
        came: dict[tuple[str, int], tuple[str, int]] = {source: source}
        queue = deque([source])
        while queue and sink not in came:
            here = queue.popleft()
            for there, room in rooms.get(here, {}).items():
                if room > 0 and there not in came:
                    came[there] = here
                    queue.append(there)
        if sink not in came:
            break
        path = [sink]
        while path[-1] != source:
            path.append(came[path[-1]])
        steps = [(after, before) for before, after in pairwise(path)]
        amount = min(most - moved, *(rooms[a][b] for a, b in steps))
        for a, b in steps:
            rooms[a][b] -= amount
            rooms[b][a] += amount
        moved += amount
    return moved
