"""What a person asks for, the same at every door: which place is meant, whom to ask, who must never read it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from intake.directory import Directory, Team
from intake.errors import KreisUnknown
from intake.regions import Regions
from intake.routing import BREAKS_ONLY_CIVIL, Candidate, Found, look_up

_FOLD = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person asks for; the same question as in the browser. ``repr`` shows nothing of it."""

    role: str
    phenomena: tuple[str, ...] = ()
    kreis: str | None = None
    only_civil: bool = False
    not_carriers: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "<Wishes ...>"

    def found(self, directory: Directory, today: date) -> Found:
        """Who is responsible. Raises KreisUnknown, ValueError for a role or phenomenon that does not exist."""
        return look_up(
            directory.routing,
            kreis=self.kreis,
            phenomena=self.phenomena,
            role=self.role,
            only_civil=self.only_civil,
            not_carriers=frozenset(self.not_carriers),
            closed=directory.closed_on(today),
        )

    def allow(self, directory: Directory, team: Team) -> bool:
        """Hard wishes, held against the team's own facts and not against the table alone."""
        carrier = directory.carrier(team.carrier)
        return carrier.id not in self.not_carriers and (carrier.kind == "civil" or not self.only_civil)


def offered(found: Found) -> list[Candidate]:
    """What the person may choose: never one that breaks the wish for non-state teams."""
    return [one for one in (*found.candidates, *found.alternatives) if one.reason != BREAKS_ONLY_CIVIL]


def places(regions: Regions, typed: str) -> list[tuple[str, str]]:
    """(id, name) of every Kreis or Land that a postcode or a name may mean. Raises PostcodeUnknown, KreisUnknown."""
    if any(char.isdigit() for char in typed):
        return [(kreis, regions.name(kreis)) for kreis in regions.find(typed)]
    wanted = _folded(typed)
    if len(wanted) < 3:
        raise KreisUnknown
    found = [(land, name) for land, name in regions.lands.items() if _folded(name) == wanted]
    found += [(kreis, name) for kreis, name in regions.kreise.items() if wanted in _folded(name)]
    if not found:
        raise KreisUnknown
    return found


def unsure(options: Sequence[tuple[str, str]]) -> str:
    """What "I do not know" means among these places: their Land if it is one, else nothing."""
    lands = {place[:3] for place, _ in options}
    return lands.pop() if len(lands) == 1 else ""


def _folded(name: str) -> str:
    plain = name.casefold().translate(_FOLD).replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
