"""The table of cases: every arrow, every refusal, and that no order of steps leaves it crooked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.cases import (
    STATES,
    Accompany,
    Agree,
    Agreement,
    Become,
    Case,
    Dissolve,
    End,
    Keep,
    Kept,
    Kind,
    Mandate,
    Offer,
    Outcome,
    Pace,
    Pause,
    Reopen,
    Resume,
    Review,
    Sheet,
    Side,
    State,
    Warning,
    Why,
    left_by,
    may_hold,
    moved_on,
    opened,
    step,
    warnings,
)
from intake.errors import CaseRefused, NotInThisState

TODAY = date(2026, 11, 25)
SOON = TODAY + timedelta(days=90)


def case(*events: Any, kind: Kind = Kind.CASE, mandate: Mandate | None = Mandate.VOLUNTARY) -> Case:
    found = opened(kind, mandate, "mira")
    for event in events:
        found = step(found, event, TODAY)
    return found


def refused(*events: Any, kind: Kind = Kind.CASE) -> str:
    with pytest.raises(CaseRefused) as error:
        case(*events, kind=kind)
    for language in ("de", "en"):
        assert error.value.sentence(language).endswith(".")
    return error.value.why


def test_there_is_no_case_without_a_mandate() -> None:
    with pytest.raises(CaseRefused, match="mandate"):
        opened(Kind.CASE, None, "mira")
    assert refused(Become(Kind.CASE, None), kind=Kind.ONE_OFF) == "mandate"
    assert (
        case(Become(Kind.CASE, Mandate.CONDITION), kind=Kind.CLARIFICATION, mandate=None).mandate is Mandate.CONDITION
    )


def test_a_talk_may_grow_into_a_case_and_never_shrinks() -> None:
    grown = case(Become(Kind.ONE_OFF, None), Become(Kind.CLARIFICATION, None), kind=Kind.INFORMATION, mandate=None)
    assert grown.kind is Kind.CLARIFICATION
    assert refused(Become(Kind.ONE_OFF, None)) == "kind"
    assert refused(Become(Kind.INFORMATION, None), kind=Kind.ONE_OFF) == "kind"
    assert case(Become(Kind.CASE, Mandate.AUTHORITY)).mandate is Mandate.AUTHORITY, "a mandate may be recorded anew"


def test_an_agreement_is_offered_kept_looked_at_and_dissolved() -> None:
    active = case(Offer(), Agree(SOON))
    assert (active.agreement, active.review_on) == (Agreement.ACTIVE, SOON)
    later = step(active, Review(SOON + timedelta(days=30)), TODAY)
    assert later.review_on == SOON + timedelta(days=30)
    gone = step(later, Dissolve(Why.NOT_KEPT), TODAY)
    assert (gone.agreement, gone.why, gone.review_on) == (Agreement.DISSOLVED, Why.NOT_KEPT, None)
    assert step(gone, Offer(), TODAY).why is None
    assert case(Offer(), Dissolve(Why.PERSON)).agreement is Agreement.DISSOLVED, "the person need not take it"
    for wrong in (Agree(SOON), Review(SOON), Dissolve(Why.TEAM)):
        with pytest.raises(NotInThisState):
            case(wrong)
    assert refused(Offer(), kind=Kind.ONE_OFF) == "agreement"
    for day in (TODAY, TODAY + timedelta(days=367)):
        assert refused(Offer(), Agree(day)) == "review"


def test_two_different_people_stand_by() -> None:
    assert warnings(case(), TODAY) == (Warning.ONE_COMPANION, Warning.NO_AGREEMENT)
    both = case(Accompany("mira", "jonas"), Offer(), Agree(SOON))
    assert warnings(both, TODAY) == ()
    assert warnings(both, SOON) == (Warning.REVIEW_DUE,)
    assert warnings(step(both, End(Outcome.INDEPENDENT), TODAY), SOON) == ()
    assert warnings(case(kind=Kind.ONE_OFF, mandate=None), TODAY) == ()
    assert refused(Accompany("mira", "mira")) == "companions"
    assert (left_by(both, "mira").first, left_by(both, "mira").second) == ("jonas", None)
    assert (left_by(both, "jonas").first, left_by(both, "jonas").second) == ("mira", None)
    assert left_by(case(), "mira").first is None


def test_another_team_takes_the_case_but_not_the_agreement() -> None:
    there = moved_on(case(Accompany("mira", "jonas"), Offer(), Agree(SOON)), "gast")
    assert (there.first, there.second, there.agreement, there.why, there.review_on) == (
        "gast", None, Agreement.DISSOLVED, Why.TEAM, None,
    )  # fmt: skip
    assert moved_on(case(kind=Kind.ONE_OFF, mandate=None), "gast").agreement is Agreement.NONE


def test_either_side_sets_the_pace() -> None:
    assert case(Pace(7, Side.TEAM), Pace(21, Side.PERSON)).interval == 21
    assert case(Pace(7, Side.TEAM), Pace(None, Side.PERSON)).interval is None
    for days in (0, 367):
        assert refused(Pace(days, Side.PERSON)) == "interval"


def test_paused_ended_and_begun_again() -> None:
    assert case(Pause(Side.PERSON)).state is State.PAUSED
    assert case(Pause(Side.PERSON), Resume()).state is State.OPEN
    ended = case(Offer(), Agree(SOON), Pause(Side.PERSON), End(Outcome.PERSON))
    assert (ended.state, ended.outcome, ended.agreement, ended.why) == (
        State.ENDED, Outcome.PERSON, Agreement.DISSOLVED, Why.ENDED,
    )  # fmt: skip
    again = step(ended, Reopen(), TODAY)
    assert (again.state, again.outcome) == (State.OPEN, None)
    for wrong in (Resume(), Reopen()):
        with pytest.raises(NotInThisState):
            case(wrong)


@pytest.mark.parametrize(
    ("outcome", "kinds"),
    [
        (Outcome.INDEPENDENT, {Kind.CASE}),
        (Outcome.NOT_KEPT, {Kind.CASE}),
        (Outcome.DONE, {Kind.INFORMATION, Kind.ONE_OFF}),
        (Outcome.CLARIFIED, {Kind.CLARIFICATION}),
        (Outcome.OTHER, set(Kind)),
    ],
)
def test_an_end_fits_its_kind(outcome: Outcome, kinds: set[Kind]) -> None:
    for kind in Kind:
        if kind in kinds:
            assert case(End(outcome), kind=kind).outcome is outcome
        else:
            assert refused(End(outcome), kind=kind) == "outcome"


def test_attendance_is_written_down_where_access_was_assigned_only() -> None:
    assert all(may_hold(case(), sheet) for sheet in Sheet if sheet is not Sheet.ATTENDANCE)
    assert not may_hold(case(), Sheet.ATTENDANCE)
    assert not may_hold(case(kind=Kind.ONE_OFF, mandate=None), Sheet.ATTENDANCE)
    assert may_hold(case(mandate=Mandate.CONDITION), Sheet.ATTENDANCE)
    assert may_hold(case(mandate=Mandate.AUTHORITY), Sheet.ATTENDANCE)


def test_it_is_kept_longer_in_every_state_for_ten_years_at_most() -> None:
    ended = case(End(Outcome.OTHER), Keep(SOON, Kept.CLAIM))
    assert (ended.kept_until, ended.state) == (SOON, State.ENDED)
    assert step(ended, Keep(TODAY, Kept.PERSON), TODAY).kept_until == TODAY, "taken back"
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=3654)):
        assert refused(Keep(day, Kept.DUTY)) == "kept"


DAYS = st.dates(TODAY - timedelta(days=5), TODAY + timedelta(days=400))
PEOPLE = st.sampled_from(["mira", "jonas", "rita"])
EVENTS = st.one_of(
    st.builds(Become, st.sampled_from(Kind), st.none() | st.sampled_from(Mandate)),
    st.builds(Agree, DAYS),
    st.builds(Review, DAYS),
    st.builds(Dissolve, st.sampled_from(Why)),
    st.builds(Accompany, PEOPLE, st.none() | PEOPLE),
    st.builds(Pace, st.none() | st.integers(-1, 400), st.sampled_from(Side)),
    st.builds(Pause, st.sampled_from(Side)),
    st.builds(End, st.sampled_from(Outcome)),
    st.builds(Keep, DAYS, st.sampled_from(Kept)),
    st.sampled_from([Offer(), Resume(), Reopen()]),
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(Kind), st.sampled_from(Mandate), st.lists(EVENTS, max_size=12))
def test_no_order_of_steps_makes_a_crooked_case(kind: Kind, mandate: Mandate, events: list[Any]) -> None:
    found = opened(kind, mandate, "mira")
    for event in events:
        try:
            found = step(found, event, TODAY)
        except (CaseRefused, NotInThisState):
            continue
        assert found.kind is not Kind.CASE or found.mandate is not None
        assert (found.state is State.ENDED) == (found.outcome is not None)
        assert (found.agreement is Agreement.ACTIVE) == (found.review_on is not None)
        assert (found.agreement is Agreement.DISSOLVED) == (found.why is not None)
        assert found.kind is Kind.CASE or found.agreement is Agreement.NONE
        assert found.state is not State.ENDED or found.agreement is not Agreement.ACTIVE
        assert found.first is None or found.first != found.second
    assert set(STATES) == {type(event) for event in (
        Become(kind, None), Offer(), Agree(TODAY), Review(TODAY), Dissolve(Why.TEAM), Accompany("a", None),
        Pace(1, Side.TEAM), Pause(Side.TEAM), Resume(), End(Outcome.OTHER), Reopen(),
        Keep(TODAY, Kept.DUTY),
    )}  # fmt: skip
