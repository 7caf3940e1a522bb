"""What is counted when a contact ends, and what is published of it. Pure.

The counsellor's browser reports a small closed form. It is taken apart at once: each answer raises one counter of its
half-year, Land and Kreis, and the form itself is kept nowhere. So nobody, not even with the database in hand, can tell
which answers belonged together, or to whom. What is published are tables of Kreis x answer per Land (disclosure.py).

    Form ──counters()──> (half, land, place, subject, value) += 1 ──published()──> Table per subject

A half-year is published when it is over and never changes afterwards, because a late form counts where it is reported:
two states of one table would tell by their difference what each hides. Half-years do not overlap for the same reason.

Requirements: R07 (a referral is a kind, never a person) R82 R83 R84 R85 R92; standards.md 15.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from intake.disclosure import Table, publish
from intake.routing import PHENOMENA, ROLES

SEVERAL = "several"
KINDS = ("information", "one_off", "clarification", "case", "signposted", "none")
"""Informationsgespräch, Einmalberatung, Klärungssachverhalt, Fall, Verweisberatung, no counselling."""
DURATIONS = ("week", "month", "quarter", "half_year", "year", "longer")
REFERRALS = (
    "unknown", "own_search", "relatives", "school", "youth_welfare", "justice", "police", "counselling", "other",
)  # fmt: skip
CHANNELS = ("web", "messenger", "hotline", "referrer", "other")
INDICATORS = ("goals", "clarity", "skills", "support", "safety", "independent")
"""The optional checklist at the end (R85): goals reached, sees the situation more clearly, can act, has support around
them, is safer, needs no more counselling. The Leitbild asks for agreed indicators; these words are ours."""
YES, NO = "yes", "no"

SUBJECTS: dict[str, tuple[str, ...]] = {
    "kind": KINDS,
    "role": ROLES,
    "phenomenon": (*PHENOMENA, SEVERAL),
    "channel": CHANNELS,
    "referral": REFERRALS,
    "duration": DURATIONS,
    **{f"indicator_{name}": (YES, NO) for name in INDICATORS},
}
"""Subject -> its values in the order of display."""

SPEEDS = ("same_day", "next_day", "days_2_3", "days_4_7", "later")
"""Calendar days from a contact to its first answer."""
PACE = "pace"
PROMISE = "promise"
TEAM_SUBJECTS: dict[str, tuple[str, ...]] = {PACE: SPEEDS, PROMISE: ("kept", "late")}
"""Counted for each team when it answers for the first time."""

NATIONWIDE = "DE"
"""The Land of teams that belong to several or none."""


@dataclass(frozen=True, slots=True)
class Form:
    """Answers of one ended contact. `place`: a Kreis (NUTS-3), a Land (NUTS-1), or None; `indicators`: None if the
    checklist was left out, else those that hold."""

    kind: str
    role: str
    phenomena: tuple[str, ...]
    channel: str
    referral: str
    duration: str
    place: str | None
    indicators: frozenset[str] | None


@dataclass(frozen=True, slots=True, order=True)
class Counter:
    """One number that is kept. `half`: "2026-1"; `place`: Kreis, Land ("no Kreis named") or a team's id."""

    half: str
    land: str
    place: str
    subject: str
    value: str


def half_of(day: date) -> str:
    """The half-year of a local date: "2026-1" until 30 June, "2026-2" after it."""
    return f"{day.year}-{1 if day.month <= 6 else 2}"


def is_over(half: str, today: date) -> bool:
    """Whether nothing can be counted in it any more."""
    return half < half_of(today)


def counters(form: Form, land: str, today: date) -> list[Counter]:
    """The counters that one form raises. `land`: of the team, for forms without a place."""
    place = form.place or land
    half = half_of(today)
    phenomenon = form.phenomena[0] if len(form.phenomena) == 1 else SEVERAL if form.phenomena else "unknown"
    values = {
        "kind": form.kind,
        "role": form.role,
        "phenomenon": phenomenon,
        "channel": form.channel,
        "referral": form.referral,
        "duration": form.duration,
    }
    if form.indicators is not None:
        values |= {f"indicator_{name}": YES if name in form.indicators else NO for name in INDICATORS}
    return [Counter(half, place[:3], place, subject, value) for subject, value in values.items()]


def first_answer(team: str, land: str, days: int, today: date, *, kept: bool) -> list[Counter]:
    """The counters of a team's first answer, `days` calendar days after the contact came."""
    speed = SPEEDS[0 if days <= 0 else 1 if days == 1 else 2 if days <= 3 else 3 if days <= 7 else 4]
    half = half_of(today)
    promise = "kept" if kept else "late"
    return [Counter(half, land, team, PACE, speed), Counter(half, land, team, PROMISE, promise)]


def published(counts: Iterable[tuple[str, str, str, int]]) -> dict[str, Table]:
    """subject -> its table, from (place, subject, value, count) of one Land and one half-year that is over.

    The places are joined by the same rule in each table, as their sums are the same; a table whose sums differ (the
    optional checklist) counts the whole Land only.
    """
    found: dict[str, dict[tuple[str, str], int]] = {}
    for place, subject, value, count in counts:
        whole = subject.startswith("indicator_")
        row = place[:3] if whole else place
        table = found.setdefault(subject, {})
        table[row, value] = table.get((row, value), 0) + count
    return {
        subject: publish(found[subject], _rows(found[subject]), values)
        for subject, values in {**SUBJECTS, **TEAM_SUBJECTS}.items()
        if subject in found
    }


def _rows(table: Mapping[tuple[str, str], int]) -> Sequence[str]:
    """Kreise in the order of their codes, "no Kreis named" last."""
    return sorted({place for place, _ in table}, key=lambda place: (len(place) == 3, place))
