"""One open callback for each number, and no number kept."""

from datetime import UTC, datetime, timedelta

import pytest

from intake import open_numbers
from intake.errors import NumberTaken
from intake.open_numbers import KEY_LIVES, OpenNumbers

NUMBER, OTHER = "+491713920047", "+491713920048"
ANNE, PRANK = b"a" * 16, b"p" * 16
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=5)


def test_a_second_mailbox_does_not_get_the_same_number_and_the_first_may_change_its_mind() -> None:
    numbers = OpenNumbers()
    numbers.take(NUMBER, ANNE, LATER, NOW)
    with pytest.raises(NumberTaken):
        numbers.take(NUMBER, PRANK, LATER, NOW)
    numbers.take(NUMBER, ANNE, LATER, NOW)
    numbers.take(OTHER, ANNE, LATER, NOW)  # another number instead: the first is free again
    numbers.take(NUMBER, PRANK, LATER, NOW)


def test_also_under_the_key_of_another_day_and_until_the_last_window_only() -> None:
    numbers = OpenNumbers()
    numbers.take(NUMBER, ANNE, LATER, NOW)
    for days in range(1, 5):
        with pytest.raises(NumberTaken):
            numbers.take(NUMBER, PRANK, LATER, NOW + days * KEY_LIVES)
        numbers.take(OTHER, b"x" * 16, LATER, NOW + days * KEY_LIVES)
    numbers.take(NUMBER, PRANK, LATER + KEY_LIVES, LATER)


def test_what_is_over_is_free_at_once() -> None:
    numbers = OpenNumbers()
    numbers.take(NUMBER, ANNE, LATER, NOW)
    numbers.release(ANNE)
    numbers.take(NUMBER, PRANK, LATER, NOW)


def test_a_flood_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_numbers, "MOST", 3)
    numbers = OpenNumbers()
    for n in range(9):
        numbers.take(f"+4917139200{n:02}", bytes([n]) * 16, LATER, NOW)
    assert sum(len(key.held) for key in numbers._keys) == 3


def test_nothing_of_a_number_is_in_it() -> None:
    numbers = OpenNumbers()
    numbers.take(NUMBER, ANNE, LATER, NOW)
    shown = repr(numbers) + repr(numbers._keys) + repr([key.held for key in numbers._keys])
    assert "3920047" not in shown
