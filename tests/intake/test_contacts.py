"""The life of a contact: every arrow of the table, and every missing one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.contacts import ENDED, NEXT, REASONS, Contact, Effect, Event, State, step
from intake.errors import AlreadyClaimed, NotInThisState


def test_a_contact_is_claimed_answered_and_ends_with_a_reason() -> None:
    contact = Contact(State.RECEIVED)
    contact, effects = step(contact, Event.CLAIM, by="mira")
    assert (contact.state, contact.claimed_by, effects) == (State.CLAIMED, "mira", frozenset())
    contact, effects = step(contact, Event.ANSWER, by="mira")
    assert (contact.state, contact.unread, effects) == (State.ANSWERED, 0, frozenset({Effect.TELL_PERSON}))
    for reason, state in REASONS.items():
        ended, effects = step(contact, Event.CLOSE, by="mira", reason=reason)
        assert (ended.state, ended.reason, effects) == (state, reason, frozenset())


def test_the_second_to_claim_is_told_who_was_first() -> None:
    contact, _ = step(Contact(State.RECEIVED), Event.CLAIM, by="mira")
    with pytest.raises(AlreadyClaimed) as refused:
        step(contact, Event.CLAIM, by="jonas")
    assert refused.value.details == {"by": "mira"}


def test_claiming_twice_changes_nothing() -> None:
    contact, _ = step(Contact(State.RECEIVED), Event.CLAIM, by="mira")
    assert step(contact, Event.CLAIM, by="mira") == (contact, frozenset())


def test_a_colleague_may_take_over_on_purpose() -> None:
    contact, _ = step(Contact(State.ANSWERED, "mira", waiting=True), Event.CLAIM, by="jonas", take_over=True)
    assert (contact.state, contact.claimed_by, contact.waiting) == (State.ANSWERED, "jonas", True)


def test_a_claim_that_lapses_or_is_given_back_wakes_the_team() -> None:
    held = Contact(State.CLAIMED, "mira")
    for event, by in ((Event.LAPSE, None), (Event.RELEASE, "mira")):
        contact, effects = step(held, event, by=by)
        assert (contact.state, contact.claimed_by) == (State.RECEIVED, None)
        assert effects == {Effect.WAKE_TEAM}


@pytest.mark.parametrize("event", [Event.ANSWER, Event.CLOSE, Event.RELEASE])
def test_only_who_holds_the_contact_may_act(event: Event) -> None:
    with pytest.raises(AlreadyClaimed):
        step(Contact(State.CLAIMED, "mira"), event, by="jonas", reason="answered")


def test_an_unknown_reason_ends_nothing() -> None:
    with pytest.raises(NotInThisState):
        step(Contact(State.CLAIMED, "mira"), Event.CLOSE, by="mira", reason="whatever")


@pytest.mark.parametrize("state", sorted(ENDED))
def test_a_person_who_writes_again_is_seen_again(state: State) -> None:
    contact, effects = step(Contact(state, "mira", reason="answered", unread=0), Event.WRITE)
    assert (contact.state, contact.claimed_by, contact.waiting, contact.unread) == (State.ANSWERED, "mira", True, 1)
    assert contact.reason is None
    assert effects == {Effect.WAKE_TEAM}


def test_an_ended_contact_can_be_reopened() -> None:
    contact, _ = step(Contact(State.CLOSED, "mira", reason="no_reply"), Event.REOPEN, by="jonas")
    assert (contact.state, contact.claimed_by, contact.reason) == (State.CLAIMED, "jonas", None)


def test_moving_is_possible_only_while_nobody_has_claimed() -> None:
    assert step(Contact(State.RECEIVED), Event.MOVE)[1] == {Effect.WAKE_TEAM}
    with pytest.raises(NotInThisState):
        step(Contact(State.CLAIMED, "mira"), Event.MOVE)


def test_a_note_changes_nothing() -> None:
    contact = Contact(State.CLAIMED, "mira")
    assert step(contact, Event.NOTE, by="jonas") == (contact, frozenset())


@given(st.sampled_from(State), st.sampled_from(Event))
def test_what_has_no_arrow_is_refused_with_its_state(state: State, event: Event) -> None:
    if (state, event) in NEXT:
        return
    with pytest.raises(NotInThisState) as refused:
        step(Contact(state, "mira"), event, by="mira", reason="answered")
    assert refused.value.details == {"state": state.value}


_EVENTS = st.tuples(
    st.sampled_from(Event), st.sampled_from(["mira", "jonas", None]), st.sampled_from(list(REASONS)), st.booleans()
)


@given(st.lists(_EVENTS, max_size=40))
def test_no_order_of_events_hides_what_a_person_wrote(events: list[tuple[Event, str | None, str, bool]]) -> None:
    """Until erased, an unanswered message is new, held, waiting, or was ended by a counsellor on purpose."""
    contact = Contact(State.RECEIVED)
    for event, by, reason, take_over in events:
        if event in (Event.CLAIM, Event.RELEASE, Event.REOPEN, Event.ANSWER, Event.CLOSE) and by is None:
            continue
        try:
            contact, effects = step(contact, event, by=by, reason=reason, take_over=take_over)
        except (NotInThisState, AlreadyClaimed):
            continue
        if contact.state is State.ERASED:
            assert contact.unread == 0
            return
        assert (contact.claimed_by is None) == (contact.state is State.RECEIVED)
        if event is Event.WRITE:
            assert contact.unread > 0
            assert contact.state not in ENDED
            assert effects == {Effect.WAKE_TEAM}
            assert contact.waiting == (contact.state is State.ANSWERED)
