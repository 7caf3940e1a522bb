"""The life of a case, as data and one pure step: from a recorded mandate to the day it is no longer needed.

    information ──┬─> one_off ─┬─> case          a case begins with a mandate (R03); voluntary, or assigned by a court's
                  └─> clarification ──┘          condition or an authority: a path of its own, with other words

    open <──> paused          any step by either side (R58)       agreement of a case (R56):
      └────────┴──> ended(outcome) ──reopen──> open               none -> offered -> active -> dissolved(why) -> offered

The names of kinds follow the Leitfaden of Bund and Länder (2020). Two companions (R52), a contact interval that either
side raises or lowers (R53), a date on which the agreement is looked at again (R58). Nothing here knows what was said.

Pure: no clock, no I/O. ``step`` gives the next case or raises; ``warnings`` says what is not as it should be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from intake.errors import CaseRefused, NotInThisState

LONGEST_REVIEW = timedelta(days=366)
LONGEST_INTERVAL = 366  # days
LONGEST_KEPT = timedelta(days=3653)


class Kind(StrEnum):
    INFORMATION = "information"  # Allgemeines Informationsgespräch: without reference to a person
    ONE_OFF = "one_off"  # Einmalberatung
    CLARIFICATION = "clarification"  # Klärungssachverhalt
    CASE = "case"  # Fall


class Mandate(StrEnum):
    VOLUNTARY = "voluntary"
    CONDITION = "condition"  # Auflage or Weisung of a court
    AUTHORITY = "authority"  # another authority has assigned it


class State(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    ENDED = "ended"


class Agreement(StrEnum):
    NONE = "none"
    OFFERED = "offered"
    ACTIVE = "active"
    DISSOLVED = "dissolved"


class Why(StrEnum):
    """Why an agreement was dissolved."""

    PERSON = "person"  # the person wanted it
    NOT_KEPT = "not_kept"
    GOALS_REACHED = "goals_reached"
    TEAM = "team"
    ENDED = "ended"  # with the case


class Outcome(StrEnum):
    """Why a case is over."""

    INDEPENDENT = "independent"  # no longer in need of counselling (R61)
    DONE = "done"  # what was to be said has been said (information, one-off)
    CLARIFIED = "clarified"  # nothing to work on was found
    PERSON = "person"  # the person has stopped
    NO_CONTACT = "no_contact"
    NOT_KEPT = "not_kept"
    HANDED_OVER = "handed_over"
    OTHER = "other"


class Kept(StrEnum):
    """Why something is kept longer than the carrier's rule says."""

    PERSON = "person"  # the person asked for it
    CLAIM = "claim"  # a claim or proceedings are open
    DUTY = "duty"  # a law demands it, such as an open decision under § 138 StGB


class Side(StrEnum):
    """Who wanted it."""

    PERSON = "person"
    TEAM = "team"


class Sheet(StrEnum):
    """The uniform documentation (R81, R82); each is a sealed envelope."""

    ANAMNESIS = "anamnesis"
    SITUATION = "situation"
    GOALS = "goals"
    STEPS = "steps"
    PROTECTION = "protection"
    ATTENDANCE = "attendance"  # of assigned access only: dates, and the person's consent to confirm them
    CONSULTATION = "consultation"  # anonymised: facts, Kreis, caller category, nothing else


@dataclass(frozen=True, slots=True)
class Case:
    """What the table decides about. ``first``, ``second``: member ids; ``interval``: days, None: as needed."""

    kind: Kind
    mandate: Mandate | None
    state: State = State.OPEN
    agreement: Agreement = Agreement.NONE
    why: Why | None = None
    review_on: date | None = None
    first: str | None = None
    second: str | None = None
    interval: int | None = None
    outcome: Outcome | None = None
    kept_until: date | None = None


# Events -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Become:
    """It turns out to be something else; or a mandate is recorded."""

    kind: Kind
    mandate: Mandate | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A counselling agreement is offered."""


@dataclass(frozen=True, slots=True)
class Agree:
    """Both sides agree; on that day they look at it again."""

    review_on: date


@dataclass(frozen=True, slots=True)
class Review:
    """They have looked at it, and will do so again on that day."""

    review_on: date


@dataclass(frozen=True, slots=True)
class Dissolve:
    why: Why


@dataclass(frozen=True, slots=True)
class Accompany:
    """Who stands by the person."""

    first: str
    second: str | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How often they are in touch: every so many days, None: as needed. Either side may raise or lower it (R53)."""

    days: int | None
    wanted_by: Side


@dataclass(frozen=True, slots=True)
class Pause:
    wanted_by: Side


@dataclass(frozen=True, slots=True)
class Resume:
    pass


@dataclass(frozen=True, slots=True)
class End:
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Reopen:
    pass


@dataclass(frozen=True, slots=True)
class Keep:
    """Kept until that day at least, although the rule ends sooner; an earlier day than before takes it back."""

    until: date
    why: Kept


Event = Become | Offer | Agree | Review | Dissolve | Accompany | Pace | Pause | Resume | End | Reopen | Keep

GROWS: dict[Kind, frozenset[Kind]] = {
    Kind.INFORMATION: frozenset({Kind.ONE_OFF, Kind.CLARIFICATION, Kind.CASE}),
    Kind.ONE_OFF: frozenset({Kind.CLARIFICATION, Kind.CASE}),
    Kind.CLARIFICATION: frozenset({Kind.ONE_OFF, Kind.CASE}),
    Kind.CASE: frozenset(),
}
"""What may become what. A case stays one: its mandate has been given."""

AGREEMENT: dict[type, tuple[frozenset[Agreement], Agreement]] = {
    Offer: (frozenset({Agreement.NONE, Agreement.DISSOLVED}), Agreement.OFFERED),
    Agree: (frozenset({Agreement.OFFERED}), Agreement.ACTIVE),
    Review: (frozenset({Agreement.ACTIVE}), Agreement.ACTIVE),
    Dissolve: (frozenset({Agreement.OFFERED, Agreement.ACTIVE}), Agreement.DISSOLVED),
}
"""event -> (from, to)."""

_RUNNING = frozenset({State.OPEN, State.PAUSED})
STATES: dict[type, frozenset[State]] = {
    Become: _RUNNING,
    Offer: _RUNNING,
    Agree: _RUNNING,
    Review: _RUNNING,
    Dissolve: _RUNNING,
    Accompany: _RUNNING,
    Pace: _RUNNING,
    Pause: frozenset({State.OPEN}),
    Resume: frozenset({State.PAUSED}),
    End: _RUNNING,
    Reopen: frozenset({State.ENDED}),
    Keep: frozenset(State),
}
"""In which states an event may happen."""

_OF_CASES = frozenset({Outcome.INDEPENDENT, Outcome.NOT_KEPT})
_OF_OTHERS = {
    Outcome.DONE: frozenset({Kind.INFORMATION, Kind.ONE_OFF}),
    Outcome.CLARIFIED: frozenset({Kind.CLARIFICATION}),
}


def opened(kind: Kind, mandate: Mandate | None, first: str) -> Case:
    """A new case. Raises CaseRefused: without a mandate there is no counselling (R03)."""
    return Case(kind, _mandate(kind, mandate), first=first)


def step(case: Case, event: Event, today: date) -> Case:
    """The next case. Raises NotInThisState where the tables have no arrow, CaseRefused for what cannot be meant so."""
    if case.state not in STATES[type(event)]:
        raise NotInThisState(state=case.state.value)
    if type(event) in AGREEMENT:
        return _agreed(case, event, today)
    match event:
        case Become(kind, mandate):
            if kind is not case.kind and kind not in GROWS[case.kind]:
                raise CaseRefused(why="kind")
            return replace(case, kind=kind, mandate=_mandate(kind, mandate))
        case Accompany(first, second):
            if first == second:
                raise CaseRefused(why="companions")
            return replace(case, first=first, second=second)
        case Pace(days):
            if days is not None and not 1 <= days <= LONGEST_INTERVAL:
                raise CaseRefused(why="interval")
            return replace(case, interval=days)
        case Pause():
            return replace(case, state=State.PAUSED)
        case End(outcome):
            return _ended(case, outcome)
        case Keep(until):
            if not today <= until <= today + LONGEST_KEPT:
                raise CaseRefused(why="kept")
            return replace(case, kept_until=until)
        case _:  # Resume, Reopen
            return replace(case, state=State.OPEN, outcome=None)


def _mandate(kind: Kind, mandate: Mandate | None) -> Mandate | None:
    if kind is Kind.CASE and mandate is None:
        raise CaseRefused(why="mandate")
    return mandate


def _agreed(case: Case, event: Event, today: date) -> Case:
    if case.kind is not Kind.CASE:
        raise CaseRefused(why="agreement")
    before, after = AGREEMENT[type(event)]
    if case.agreement not in before:
        raise NotInThisState(state=case.agreement.value)
    why = event.why if isinstance(event, Dissolve) else None
    review_on = event.review_on if isinstance(event, Agree | Review) else None
    if review_on is not None and not today < review_on <= today + LONGEST_REVIEW:
        raise CaseRefused(why="review")
    return replace(case, agreement=after, why=why, review_on=review_on)


def _ended(case: Case, outcome: Outcome) -> Case:
    fits = case.kind in _OF_OTHERS.get(outcome, frozenset(Kind))
    if not fits or (outcome in _OF_CASES and case.kind is not Kind.CASE):
        raise CaseRefused(why="outcome")
    if case.agreement in AGREEMENT[Dissolve][0]:  # nobody stays bound to what is over
        case = replace(case, agreement=Agreement.DISSOLVED, why=Why.ENDED, review_on=None)
    return replace(case, state=State.ENDED, outcome=outcome)


def left_by(case: Case, member: str) -> Case:
    """The case when one of its companions must not be one any more: the second steps forward."""
    first, second = (None if one == member else one for one in (case.first, case.second))
    return replace(case, first=first or second, second=second if first else None)


def moved_on(case: Case, member: str) -> Case:
    """The case in the hands of another team: its member accompanies; the agreement was with the old team."""
    if case.agreement in AGREEMENT[Dissolve][0]:
        case = replace(case, agreement=Agreement.DISSOLVED, why=Why.TEAM, review_on=None)
    return replace(case, first=member, second=None)


def may_hold(case: Case, sheet: Sheet) -> bool:
    """Whether this documentation belongs to such a case: attendance is confirmed where access was assigned, only."""
    return sheet is not Sheet.ATTENDANCE or case.mandate in (Mandate.CONDITION, Mandate.AUTHORITY)


class Warning(StrEnum):
    ONE_COMPANION = "one_companion"
    NO_AGREEMENT = "no_agreement"
    REVIEW_DUE = "review_due"


def warnings(case: Case, today: date) -> tuple[Warning, ...]:
    """What a running case still needs."""
    if case.state is State.ENDED or case.kind is not Kind.CASE:
        return ()
    found = []
    if case.first is None or case.second is None:
        found.append(Warning.ONE_COMPANION)
    if case.agreement in (Agreement.NONE, Agreement.DISSOLVED):
        found.append(Warning.NO_AGREEMENT)
    if case.review_on is not None and case.review_on <= today:
        found.append(Warning.REVIEW_DUE)
    return tuple(found)
