"""The life of a contact request, as data and one pure step.

            claim               answer               mandated | signposted | forwarded | closed
 received --------> claimed --------> answered ------------------------------------> (ended)
    ^                  |  ^               ^                                             |
    +--release, lapse--+  +---reopen------+------------- the person writes again -------+

Every state may become `erased`, by the person at once, or by retention. `waiting` marks an answered contact on
which the person has written since. A contact that ended comes back to the counsellor when the person writes again:
nothing that somebody in need writes may end in a drawer.

Pure: no clock, no I/O; `step` returns the new contact and what has to happen outside (requirement: architecture.md,
"State tables").
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from intake.errors import AlreadyClaimed, NotInThisState


class State(StrEnum):
    """Stored and sent as these words."""

    RECEIVED = "received"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    MANDATED = "mandated"
    SIGNPOSTED = "signposted"
    FORWARDED = "forwarded"
    CLOSED = "closed"
    ERASED = "erased"


ENDED = frozenset({State.MANDATED, State.SIGNPOSTED, State.FORWARDED, State.CLOSED})


class Event(StrEnum):
    """What can happen to a contact."""

    CLAIM = "claim"
    RELEASE = "release"
    LAPSE = "lapse"  # a claim without an answer, after the team's limit
    ANSWER = "answer"
    NOTE = "note"
    CLOSE = "close"
    REOPEN = "reopen"
    WRITE = "write"  # the person
    MOVE = "move"  # the person corrects the team
    ERASE = "erase"  # the person, or retention


class Effect(StrEnum):
    """What a step asks of the world outside; written to the outbox in the same transaction."""

    WAKE_TEAM = "wake_team"
    TELL_PERSON = "tell_person"


REASONS: dict[str, State] = {
    "mandated": State.MANDATED,
    "signposted": State.SIGNPOSTED,
    "forwarded": State.FORWARDED,
    "answered": State.CLOSED,
    "no_reply": State.CLOSED,
    "not_serious": State.CLOSED,
}
"""Reason given by the counsellor -> state it leads to."""

_OPEN = (State.RECEIVED, State.CLAIMED, State.ANSWERED)

NEXT: dict[tuple[State, Event], State | None] = {
    (State.RECEIVED, Event.CLAIM): State.CLAIMED,
    (State.CLAIMED, Event.CLAIM): State.CLAIMED,
    (State.ANSWERED, Event.CLAIM): State.ANSWERED,
    (State.CLAIMED, Event.RELEASE): State.RECEIVED,
    (State.ANSWERED, Event.RELEASE): State.RECEIVED,
    (State.CLAIMED, Event.LAPSE): State.RECEIVED,
    (State.CLAIMED, Event.ANSWER): State.ANSWERED,
    (State.ANSWERED, Event.ANSWER): State.ANSWERED,
    (State.RECEIVED, Event.MOVE): State.RECEIVED,
    **{(state, Event.NOTE): state for state in State if state is not State.ERASED},
    **{(state, Event.CLOSE): None for state in (State.CLAIMED, State.ANSWERED)},  # None: the reason decides
    **{(state, Event.REOPEN): State.CLAIMED for state in ENDED},
    **{(state, Event.WRITE): state for state in _OPEN},
    **{(state, Event.WRITE): State.ANSWERED for state in ENDED},
    **{(state, Event.ERASE): State.ERASED for state in State if state is not State.ERASED},
}
"""(state, event) -> next state. What is missing here is refused."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The part of a contact that the table decides about (never any content).

    `claimed_by` is a member id; `unread` counts the person's envelopes since the last answer.
    """

    state: State
    claimed_by: str | None = None
    waiting: bool = False
    unread: int = 1
    reason: str | None = None


def step(
    contact: Contact, event: Event, *, by: str | None = None, reason: str | None = None, take_over: bool = False
) -> tuple[Contact, frozenset[Effect]]:
    """One step of the table. `by`: id of the acting member, None for the person and the clock.

    Raises NotInThisState where the table has no arrow, AlreadyClaimed where a colleague holds the contact.
    """
    if (contact.state, event) not in NEXT:
        raise NotInThisState(state=contact.state.value)
    after = NEXT[contact.state, event]
    nothing: frozenset[Effect] = frozenset()
    match event:
        case Event.CLAIM:
            if contact.claimed_by not in (None, by) and not take_over:
                raise AlreadyClaimed(by=contact.claimed_by)
            return replace(contact, state=after or contact.state, claimed_by=by), nothing
        case Event.RELEASE:
            _only_holder(contact, by)
            return replace(contact, state=State.RECEIVED, claimed_by=None, waiting=False), frozenset({Effect.WAKE_TEAM})
        case Event.LAPSE:
            return replace(contact, state=State.RECEIVED, claimed_by=None), frozenset({Effect.WAKE_TEAM})
        case Event.ANSWER:
            _only_holder(contact, by)
            return (
                replace(contact, state=State.ANSWERED, waiting=False, unread=0),
                frozenset({Effect.TELL_PERSON}),
            )
        case Event.CLOSE:
            _only_holder(contact, by)
            if reason not in REASONS:
                raise NotInThisState("unknown reason", state=contact.state.value)
            return replace(contact, state=REASONS[reason], waiting=False, unread=0, reason=reason), nothing
        case Event.REOPEN:
            return replace(contact, state=State.CLAIMED, claimed_by=by, reason=None), nothing
        case Event.WRITE:
            waiting = after is State.ANSWERED
            return (
                replace(contact, state=after or contact.state, waiting=waiting, unread=contact.unread + 1, reason=None),
                frozenset({Effect.WAKE_TEAM}),
            )
        case Event.MOVE:
            return contact, frozenset({Effect.WAKE_TEAM})
        case Event.NOTE:
            return contact, nothing
        case _:  # Event.ERASE
            return Contact(State.ERASED, unread=0), nothing


def _only_holder(contact: Contact, by: str | None) -> None:
    if contact.claimed_by != by:
        raise AlreadyClaimed(by=contact.claimed_by)
