"""Published counts against everybody who can add and subtract."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from intake.disclosure import LEAST, NOTHING, Table, publish

KREISE = ("Rostock", "Wismar", "Demmin")
ROLES = ("exit", "relative", "professional")


def of(*lines: tuple[int, ...], rows: tuple[str, ...] = KREISE, columns: tuple[str, ...] = ROLES) -> Table:
    """The published form of a table given line by line."""
    counts = {(row, column): lines[i][j] for i, row in enumerate(rows) for j, column in enumerate(columns)}
    return publish(counts, rows, columns)


def attack(table: Table) -> dict[tuple[int, int], tuple[int, int]]:
    """The differencing attack, by trying all tables: (least, most) that each hidden cell can be, given all sums."""
    lines = [[cell if cell is not None else -1 for cell in line] for line in table.counts]
    bounds: dict[tuple[int, int], tuple[int, int]] = {}
    choices = [_fillings(line, row.total) for line, row in zip(lines, table.rows, strict=True)]
    for guess in product(*choices[:-1]):
        last = tuple(column.total - sum(line[j] for line in guess) for j, column in enumerate(table.columns))
        if min(last) >= 0 and all(shown in (-1, cell) for shown, cell in zip(lines[-1], last, strict=True)):
            guess = (*guess, last)
            for i, line in enumerate(lines):
                for j, cell in enumerate(line):
                    if cell == -1:
                        low, high = bounds.get((i, j), (guess[i][j], guess[i][j]))
                        bounds[i, j] = (min(low, guess[i][j]), max(high, guess[i][j]))
    return bounds


def _fillings(line: list[int], total: int) -> list[tuple[int, ...]]:
    """Every way to write numbers for the -1 of a line so that it has its sum."""
    hidden = [j for j, cell in enumerate(line) if cell == -1]
    rest = total - sum(cell for cell in line if cell != -1)
    if not hidden:
        return [tuple(line)]
    found = []
    for values in product(range(rest + 1), repeat=len(hidden) - 1):
        if sum(values) <= rest:
            filled = list(line)
            for j, value in zip(hidden, (*values, rest - sum(values)), strict=True):
                filled[j] = value
            found.append(tuple(filled))
    return found


def hidden_cells(table: Table) -> set[tuple[int, int]]:
    return {(i, j) for i, line in enumerate(table.counts) for j, cell in enumerate(line) if cell is None}


def test_large_counts_are_told_as_they_are() -> None:
    table = of((10, 20, 30), (11, 21, 31), (12, 22, 32))
    assert table.counts == ((10, 20, 30), (11, 21, 31), (12, 22, 32))
    assert [row.total for row in table.rows] == [60, 63, 66]
    assert table.total == 189


def test_fewer_than_five_in_all_tell_nothing() -> None:
    assert of((1, 0, 0), (0, 2, 0), (0, 0, 1)) == NOTHING
    assert of((0, 0, 0), (0, 0, 0), (0, 0, 0)) == NOTHING


def test_a_single_small_count_never_stands_alone() -> None:
    """Left out alone, it would be what its row lacks."""
    table = of((2, 20, 30), (11, 21, 31), (12, 22, 32))
    assert (0, 0) in hidden_cells(table)
    low, high = attack(table)[0, 0]
    assert high - low >= LEAST


def test_two_small_counts_in_a_row_take_others_with_them() -> None:
    """Both left out hide behind each other in their row, and still each would be known from its column."""
    table = of((1, 1, 30), (11, 12, 31), (12, 22, 32))
    bounds = attack(table)
    assert all(high - low >= LEAST for place, (low, high) in bounds.items() if place in {(0, 0), (0, 1)})
    assert len(hidden_cells(table)) > 2


def test_small_kreise_are_joined() -> None:
    table = of((10, 20, 30), (1, 1, 1), (2, 1, 1))
    assert [row.values for row in table.rows] == [("Rostock",), ("Wismar", "Demmin")]
    assert table.rows[1].total == 7


def test_one_small_kreis_takes_the_smallest_of_the_others_with_it() -> None:
    """Alone it would be the whole less all others."""
    table = of((10, 20, 30), (1, 1, 1), (9, 9, 9))
    assert [row.values for row in table.rows] == [("Rostock",), ("Wismar", "Demmin")]


def test_what_nobody_falls_into_is_left_away() -> None:
    table = of((10, 0, 30), (11, 0, 31), (12, 0, 32))
    assert [column.values for column in table.columns] == [("exit",), ("professional",)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=2, max_size=3))
def test_no_adding_and_subtracting_tells_a_small_count(lines: list[list[int]]) -> None:
    rows = KREISE[: len(lines)]
    table = of(*(tuple(line) for line in lines), rows=rows)
    shown = [cell for line in table.counts for cell in line if cell is not None]
    assert all(cell == 0 or cell >= LEAST for cell in shown)
    assert all(group.total >= LEAST for group in (*table.rows, *table.columns))
    bounds = attack(table) if table.rows else {}
    true = {
        (i, j): sum(lines[rows.index(a)][ROLES.index(b)] for a in row.values for b in column.values)
        for i, row in enumerate(table.rows)
        for j, column in enumerate(table.columns)
    }
    for place, (low, high) in bounds.items():
        assert low <= true[place] <= high
        if 0 < true[place] < LEAST:
            assert high - low >= LEAST
