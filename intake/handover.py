"""The way of a contact from one team to another, as data and one pure step.

           consent            offer                accept
 asked ------------> agreed -------> offered ------------------> accepted
   |  refuse           |  withdraw     |  withdraw | return | cancel | lapse
   v                   v               v
 refused            withdrawn       withdrawn / returned / cancelled

Nothing is pushed: the person agrees first (in the thread, or what they said is noted with its day), the browser of the
team that has the contact seals it for the other one, and that team accepts or returns. The person may take the consent
back until the moment of acceptance. Whoever handed a contact on is never offered it again on the same way.

Pure: no clock, no I/O. Requirements: R33 R34 R40 R41 R42 R43 R47 R79; standards.md 10.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Literal

from intake.errors import HandoverLoop, HandoverState, SignedYesNeeded, TeamUnknown

Purpose = Literal["responsible", "support", "statewide", "topic", "deputy", "conflict", "moved", "closing", "wish"]
ReturnReason = Literal["not_responsible", "no_capacity", "conflict", "unclear"]
OFFER_DAYS = 14  # an offer that nobody answers comes back


class Stage(StrEnum):
    """Stored and sent as these words."""

    ASKED = "asked"
    AGREED = "agreed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


OPEN = frozenset({Stage.ASKED, Stage.AGREED, Stage.OFFERED})


class Move(StrEnum):
    """What can happen to a hand-over, and by whom."""

    CONSENT = "consent"  # the person
    REFUSE = "refuse"  # the person
    WITHDRAW = "withdraw"  # the person
    OFFER = "offer"  # the old team; again when the person has written since
    CANCEL = "cancel"  # the old team
    ACCEPT = "accept"  # the new team
    RETURN = "return"  # the new team
    LAPSE = "lapse"  # the clock


NEXT: dict[tuple[Stage, Move], Stage] = {
    (Stage.ASKED, Move.CONSENT): Stage.AGREED,
    (Stage.ASKED, Move.REFUSE): Stage.REFUSED,
    (Stage.ASKED, Move.CANCEL): Stage.CANCELLED,
    (Stage.AGREED, Move.OFFER): Stage.OFFERED,
    (Stage.AGREED, Move.WITHDRAW): Stage.WITHDRAWN,
    (Stage.AGREED, Move.CANCEL): Stage.CANCELLED,
    (Stage.OFFERED, Move.OFFER): Stage.OFFERED,
    (Stage.OFFERED, Move.ACCEPT): Stage.ACCEPTED,
    (Stage.OFFERED, Move.RETURN): Stage.RETURNED,
    (Stage.OFFERED, Move.WITHDRAW): Stage.WITHDRAWN,
    (Stage.OFFERED, Move.CANCEL): Stage.CANCELLED,
    (Stage.OFFERED, Move.LAPSE): Stage.RETURNED,
}
"""(stage, move) -> next stage. What is missing here is refused."""


def step(stage: Stage, move: Move) -> Stage:
    """One step of the table. Raises HandoverState with the stage it is in."""
    after = NEXT.get((stage, move))
    if after is None:
        raise HandoverState(state=stage.value)
    return after


def allowed(from_kind: str, to_kind: str, *, noted: bool) -> None:
    """Kinds of the carriers of both teams. The person's wishes are sealed, so the server cannot know them: whoever is
    with a civil team may have asked for that, and another carrier needs their own signed yes, not what somebody noted.

    Raises SignedYesNeeded.
    """
    if noted and from_kind == "civil" and to_kind != "civil":
        raise SignedYesNeeded


def begin(
    from_team: str, to_team: str, teams: Collection[str], before: Sequence[tuple[str, str, Stage]], *, noted: bool
) -> Stage:
    """The first stage of a new hand-over. `before`: (from, to, stage) of the contact's earlier ones, oldest first.

    Raises TeamUnknown for no other team that takes contacts, HandoverState while another is open, HandoverLoop for a
    team that handed this contact on before.
    """
    if to_team not in teams or to_team == from_team:
        raise TeamUnknown
    for _, _, stage in before:
        if stage in OPEN:
            raise HandoverState(state=stage.value)
    if to_team in {source for source, _, stage in before if stage is Stage.ACCEPTED}:
        raise HandoverLoop
    return Stage.AGREED if noted else Stage.ASKED
