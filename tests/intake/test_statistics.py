"""What is counted, what is kept of it, and what is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from intake.desk import Desk
from intake.errors import KreisUnknown, TeamUnknown
from intake.statistics import (
    INDICATORS,
    SPEEDS,
    SUBJECTS,
    Counter,
    Form,
    counters,
    first_answer,
    half_of,
    is_over,
    published,
)
from intake.store import Store, Transaction
from intake.team_desk import Who
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, settings

ROSTOCK, WISMAR = "DE803", "DE80M"
FORM = Form("one_off", "relative", ("RE",), "web", "own_search", "week", ROSTOCK, frozenset({"clarity"}))
TODAY = date(2026, 11, 18)
MIRA = Who("mira", "Mira", ("hafen",))


def test_a_half_year_is_over_when_the_next_has_begun() -> None:
    assert (half_of(date(2026, 6, 30)), half_of(date(2026, 7, 1))) == ("2026-1", "2026-2")
    assert is_over("2026-1", date(2026, 7, 1))
    assert not is_over("2026-1", date(2026, 6, 30))
    assert is_over("2025-2", date(2026, 1, 1))


def test_a_form_is_taken_apart() -> None:
    found = counters(FORM, "DE8", TODAY)
    assert {(one.half, one.land, one.place) for one in found} == {("2026-2", "DE8", ROSTOCK)}
    values = {one.subject: one.value for one in found}
    assert values["phenomenon"] == "RE"
    assert values["indicator_clarity"] == "yes"
    assert values["indicator_goals"] == "no"
    assert set(values) == set(SUBJECTS)


@pytest.mark.parametrize(
    ("phenomena", "counted"), [((), "unknown"), (("IS",), "IS"), (("RE", "VD"), "several"), (("unknown",), "unknown")]
)
def test_each_form_counts_once_under_a_phenomenon(phenomena: tuple[str, ...], counted: str) -> None:
    found = counters(replace(FORM, phenomena=phenomena), "DE8", TODAY)
    assert [one.value for one in found if one.subject == "phenomenon"] == [counted]


def test_no_place_counts_for_the_land_of_the_team_and_no_checklist_counts_nothing() -> None:
    found = counters(replace(FORM, place=None, indicators=None), "DE8", TODAY)
    assert {(one.land, one.place) for one in found} == {("DE8", "DE8")}
    assert not any(one.subject.startswith("indicator") for one in found)


@pytest.mark.parametrize(("days", "speed"), [(-1, 0), (0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (90, 4)])
def test_first_answers_are_counted_in_classes(days: int, speed: int) -> None:
    kept, late = (first_answer("hafen", "DE8", days, TODAY, kept=promise) for promise in (True, False))
    assert kept == [
        Counter("2026-2", "DE8", "hafen", "pace", SPEEDS[speed]),
        Counter("2026-2", "DE8", "hafen", "promise", "kept"),
    ]
    assert late[1].value == "late"


def test_the_checklist_is_published_for_the_whole_land_only() -> None:
    counts = [
        *((place, "role", role, 20) for place in (ROSTOCK, WISMAR) for role in ("exit", "relative")),
        *((place, f"indicator_{name}", value, 6) for place in (ROSTOCK, WISMAR) for name in INDICATORS
          for value in ("yes", "no")),
    ]  # fmt: skip
    found = published(counts)
    assert [row.values for row in found["role"].rows] == [(ROSTOCK,), (WISMAR,)]
    assert [row.values for row in found["indicator_goals"].rows] == [("DE8",)]
    assert found["indicator_goals"].counts == ((12, 12),)
    assert "pace" not in found


def test_places_are_joined_alike_in_every_table() -> None:
    counts = [(ROSTOCK, "role", "exit", 9), (WISMAR, "role", "exit", 3), ("DE8", "role", "exit", 3)]
    counts += [(ROSTOCK, "kind", "case", 9), (WISMAR, "kind", "none", 3), ("DE8", "kind", "one_off", 3)]
    found = published(counts)
    assert [row.values for row in found["role"].rows] == [(ROSTOCK,), (WISMAR, "DE8")]
    assert found["role"].rows == found["kind"].rows


# -------------------------------------------------------------------------------------------------------- desk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(store: Store, clock: Clock, tmp_path: Path) -> Desk:
    return Desk(store, SmallNetwork(), settings(tmp_path), clock)


async def kept(store: Store, half: str = "2026-2", land: str = "DE8") -> set[tuple[str, str, str, int]]:
    return set(await store.read(lambda tx: tx.counts(half, land)))


async def test_nothing_but_counters_is_kept_and_a_repetition_counts_nothing(desk: Desk, store: Store) -> None:
    await desk.statistics.count(MIRA, "hafen", FORM, b"1" * 16)
    await desk.statistics.count(MIRA, "hafen", FORM, b"1" * 16)
    await desk.statistics.count(MIRA, "hafen", replace(FORM, role="exit"), b"2" * 16)
    found = await kept(store)
    assert (ROSTOCK, "kind", "one_off", 2) in found
    assert (ROSTOCK, "role", "exit", 1) in found
    assert len(found) == len(SUBJECTS) + 1  # two roles, all else alike


async def test_only_own_teams_and_places_that_exist_are_counted(desk: Desk) -> None:
    with pytest.raises(TeamUnknown):
        await desk.statistics.count(MIRA, "garten", FORM, b"1" * 16)
    with pytest.raises(KreisUnknown):
        await desk.statistics.count(MIRA, "hafen", replace(FORM, place="DE8ZZ"), b"1" * 16)


async def test_the_first_answer_tells_the_pace_of_the_team_once(desk: Desk, store: Store, clock: Clock) -> None:
    mira, seeker = Advisor("mira", ("hafen",)), Seeker(desk.network)  # type: ignore[arg-type]
    await mira.enrol(store, desk.network)  # type: ignore[arg-type]
    await seeker.send(desk, seeker.contact())
    who = await mira.login(desk.team)
    await desk.team.claim(who, seeker.keys.id)
    clock.pass_by(days=1)
    for text in ("Gut, dass Sie schreiben.", "Noch etwas."):
        await desk.team.answer(who, seeker.keys.id, mira.answer(desk.network, seeker, text))  # type: ignore[arg-type]
    assert await kept(store, land="DE") == {("hafen", "pace", "next_day", 1), ("hafen", "promise", "kept", 1)}


async def test_a_half_year_is_published_when_it_is_over(desk: Desk, store: Store, clock: Clock) -> None:
    await Advisor("mira", ("hafen",)).enrol(store, desk.network)  # type: ignore[arg-type]
    for n in range(12):
        await desk.statistics.count(MIRA, "hafen", replace(FORM, place=None), bytes([n]) * 16)
    running = await desk.statistics.publication(MIRA, None, None)
    assert (running.lands, running.halves, running.half, running.tables) == (("DE",), (), None, {})
    clock.now = clock.now.replace(year=2027, month=1, day=2)
    over = await desk.statistics.publication(MIRA, "DE", "2026-2")
    assert (over.half, over.tables["kind"].total) == ("2026-2", 12)
    with pytest.raises(TeamUnknown):
        await desk.statistics.publication(MIRA, "DE8", None)
    with pytest.raises(TeamUnknown):
        await desk.statistics.publication(Who("nobody", "Nobody", ()), None, None)


async def test_a_flood_counts_no_further_back_than_it_remembers(desk: Desk, store: Store) -> None:
    desk.statistics._counted.update({bytes([n // 256, n % 256]) * 8: None for n in range(2_000)})
    await desk.statistics.count(MIRA, "hafen", FORM, b"x" * 16)
    assert len(desk.statistics._counted) == 2_000


async def test_counters_add_up(store: Store) -> None:
    one = Counter("2026-1", "DE8", ROSTOCK, "kind", "case")

    async def unit(tx: Transaction) -> None:
        await tx.count_up([one, one])
        await tx.count_up([one])

    await store.write(unit)
    assert await kept(store, "2026-1") == {(ROSTOCK, "kind", "case", 3)}
