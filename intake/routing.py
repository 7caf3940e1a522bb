"""Who should read a first contact: compiled once into a table that everybody looks up in the same way.

Compiling knows the rules; looking up knows none. So browser, page without JavaScript and bots can never disagree, and
the postcode never has to leave the browser. The table travels inside the signed directory.

    lists      for one place, phenomenon and role: (team, reason), best first; candidates, then alternatives
    profiles   8 phenomena x 4 roles -> list; places that lead to the same lists share a profile
    places     Kreis or Land -> profile; "" is the profile of somebody who names no place

Rules (R18 R20 R34 R35 R36 R37 R40 R43): nearest competent team first; an exit request goes to a team made for it
before the regional centre, every other request to the regional centre first; state and civil carriers in neutral
order; then the whole country; the statewide network comes last, because it takes cases on request. Assigned access is
never offered here. Victims of violence get signposts and nothing else. Wishes are hard: they are applied while looking
up, and nothing is put in the place of what they remove.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from intake.errors import KreisUnknown

PHENOMENA = ("RE", "IS", "LE", "AB", "RB", "VD", "HG", "unknown")
ROLES = ("exit", "relative", "professional", "own_concern")
VIOLENCE = "violence"

REASONS = (
    "regional_centre",
    "topic_team",
    "kreis_offer",
    "land_offer",
    "statewide_network",
    "nationwide_offer",
    "first_contact_desk",
    "other_topic",
    "other_audience",
    "other_area",
)
FIRST_ALTERNATIVE = REASONS.index("other_topic")
CLOSED = "closed"
BREAKS_ONLY_CIVIL = "breaks_only_civil"

ALTERNATIVES_PER_REASON = 4

CarrierKind = Literal["state", "civil", "mixed"]
TeamRole = Literal["regional_centre", "topic_team", "statewide_network", "first_contact_desk", "offer"]
Scope = Literal["kreis", "land", "bund"]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What routing has to know about a team. `kreise` and `lands` say where, `scope` which of the two counts."""

    id: str
    carrier: str
    kind: CarrierKind
    role: TeamRole
    scope: Scope
    lands: tuple[str, ...] = ()
    kreise: tuple[str, ...] = ()
    phenomena: tuple[str, ...]
    audience: tuple[str, ...]
    assigned: bool = False
    deputy: str | None = None


class Routing(msgspec.Struct, frozen=True):
    """The compiled table, as it stands in the directory. All numbers are positions in the lists beside them."""

    phenomena: tuple[str, ...]
    roles: tuple[str, ...]
    teams: tuple[tuple[str, str, CarrierKind], ...]
    reasons: tuple[str, ...]
    first_alternative: int
    lists: tuple[tuple[int, ...], ...]
    profiles: tuple[tuple[int, ...], ...]
    places: dict[str, int]
    deputies: tuple[tuple[int, int], ...]
    signposts: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]


class Candidate(msgspec.Struct, frozen=True):
    """A team that may be asked. `stands_in_for` is the closed team whose deputy this is."""

    team: str
    reason: str
    stands_in_for: str | None = None


class Found(msgspec.Struct, frozen=True):
    """What looking up found. Empty `candidates` means: nobody fits the wishes, say so and let the person choose."""

    candidates: tuple[Candidate, ...]
    alternatives: tuple[Candidate, ...]
    signposts: tuple[str, ...]


# ---------------------------------------------------------------------------------------------------- looking up


def look_up(
    routing: Routing,
    *,
    kreis: str | None,
    phenomena: Sequence[str],
    role: str,
    only_civil: bool = False,
    not_carriers: Collection[str] = frozenset(),
    closed: Collection[str] = frozenset(),
) -> Found:
    """Candidates, alternatives and signposts for one person. No rule lives here; intake/web/client does the same.

    `kreis` is a Kreis ("DE80M") or a Land ("DE8"), or None for no place. No phenomenon means "unknown". `closed` names
    the teams that are closed today. Raises KreisUnknown, and ValueError for a role or phenomenon that does not exist.
    """
    profile = _profile(routing, kreis)
    signposts = _signposts_for(routing, kreis, role)
    if role == VIOLENCE:
        return Found((), (), signposts)

    chosen = tuple(dict.fromkeys(phenomena)) or ("unknown",)
    columns = len(routing.roles)
    cells = [profile[routing.phenomena.index(p) * columns + routing.roles.index(role)] for p in chosen]
    desk = _Desk(routing, cells, frozenset(closed))

    candidates, others, shut = desk.question(only_civil=only_civil, not_carriers=not_carriers)
    listed = {c.team for c in candidates}
    alternatives = _unlisted(others, listed)
    alternatives += _unlisted(shut, listed)
    if only_civil:
        with_state, _, _ = desk.question(only_civil=False, not_carriers=not_carriers)
        broken = (Candidate(c.team, BREAKS_ONLY_CIVIL, c.stands_in_for) for c in with_state)
        alternatives += _unlisted(broken, listed)
    return Found(candidates, tuple(alternatives), signposts)


class _Desk:
    """One question's lists, asked twice: with and without the wish for civil carriers."""

    def __init__(self, routing: Routing, cells: Sequence[int], closed: frozenset[str]) -> None:
        self._routing = routing
        self._lists = [routing.lists[cell] for cell in cells]
        self._closed = {i for i, (team, _, _) in enumerate(routing.teams) if team in closed}
        self._deputies = dict(routing.deputies)

    def question(
        self, *, only_civil: bool, not_carriers: Collection[str]
    ) -> tuple[tuple[Candidate, ...], list[Candidate], list[Candidate]]:
        """(ranked candidates, alternatives, teams that would be candidates but are closed without a deputy)."""
        lists_with: dict[str, int] = {}
        positions: dict[str, int] = {}
        best: dict[str, tuple[int, Candidate]] = {}
        others: list[Candidate] = []
        shut: list[Candidate] = []
        for entries in self._lists:
            seen: set[int] = set()
            rank = 0
            for team, reason in zip(entries[::2], entries[1::2], strict=True):
                is_candidate = reason < self._routing.first_alternative
                open_team = self._open(team)
                if open_team is None:
                    if is_candidate and self._fits(team, only_civil=only_civil, not_carriers=not_carriers):
                        shut.append(Candidate(self._routing.teams[team][0], CLOSED))
                    continue
                if open_team in seen or not self._fits(open_team, only_civil=only_civil, not_carriers=not_carriers):
                    continue
                seen.add(open_team)
                name = self._routing.teams[open_team][0]
                stands_in_for = self._routing.teams[team][0] if open_team != team else None
                entry = Candidate(name, self._routing.reasons[reason], stands_in_for)
                if not is_candidate:
                    others.append(entry)
                    continue
                lists_with[name] = lists_with.get(name, 0) + 1
                positions[name] = positions.get(name, 0) + rank
                if name not in best or rank < best[name][0]:
                    best[name] = (rank, entry)
                rank += 1

        # Sorting is stable and `best` keeps the order of first appearance: that is the last tie-break.
        def order(name: str) -> tuple[bool, int, int]:
            # The statewide network knows every topic: without this it would overtake the team next door (R34, R40).
            return best[name][1].reason == "statewide_network", -lists_with[name], positions[name]

        ranked = sorted(best, key=order)
        return tuple(best[name][1] for name in ranked), others, shut

    def _open(self, team: int) -> int | None:
        """The team itself, or the first deputy along the chain who is not closed."""
        passed: set[int] = set()
        step: int | None = team
        while step is not None and step in self._closed:
            if step in passed:
                return None
            passed.add(step)
            step = self._deputies.get(step)
        return step

    def _fits(self, team: int, *, only_civil: bool, not_carriers: Collection[str]) -> bool:
        _, carrier, kind = self._routing.teams[team]
        return not (only_civil and kind != "civil") and carrier not in not_carriers


def _profile(routing: Routing, kreis: str | None) -> tuple[int, ...]:
    place = kreis or ""
    number = routing.places.get(place, routing.places.get(place[:3]))
    if number is None:
        raise KreisUnknown(f"no such place: {place[:12]!r}")
    return routing.profiles[number]


def _signposts_for(routing: Routing, kreis: str | None, role: str) -> tuple[str, ...]:
    if role not in routing.roles and role != VIOLENCE:
        raise ValueError(f"no such role: {role[:20]!r}")
    land = (kreis or "")[:3]
    near = [id for id, audience, lands in routing.signposts if role in audience and land and land in lands]
    far = [
        id
        for id, audience, lands in routing.signposts
        if role in audience and id not in near and (not lands or not land)
    ]
    return (*near, *far)


def _unlisted(entries: Iterable[Candidate], listed: set[str]) -> list[Candidate]:
    fresh = []
    for entry in entries:
        if entry.team not in listed:
            listed.add(entry.team)
            fresh.append(entry)
    return fresh


# ---------------------------------------------------------------------------------------------------- compiling


class SignpostRow(msgspec.Struct, frozen=True):
    """What routing has to know about a signpost: for whom, and in which Länder (none = everywhere)."""

    id: str
    audience: tuple[str, ...]
    lands: tuple[str, ...]


def compile_table(offers: Sequence[Offer], lands: Collection[str], signposts: Sequence[SignpostRow] = ()) -> Routing:
    """The table for these offers. `lands` are all Länder ("DE8"), also those without an offer of their own.

    Offers of assigned access are left out altogether: nobody can reach them from an anonymous form (R18).
    """
    offers = [offer for offer in offers if not offer.assigned]
    number = {offer.id: i for i, offer in enumerate(offers)}
    lists: dict[tuple[int, ...], int] = {}
    profiles: dict[tuple[int, ...], int] = {}
    places: dict[str, int] = {}
    for place in ("", *sorted(lands), *sorted({kreis for offer in offers for kreis in offer.kreise})):
        profile = tuple(
            lists.setdefault(_cell(offers, number, place, phenomenon, role), len(lists))
            for phenomenon in PHENOMENA
            for role in ROLES
        )
        places[place] = profiles.setdefault(profile, len(profiles))
    return Routing(
        phenomena=PHENOMENA,
        roles=ROLES,
        teams=tuple((offer.id, offer.carrier, offer.kind) for offer in offers),
        reasons=REASONS,
        first_alternative=FIRST_ALTERNATIVE,
        lists=tuple(lists),
        profiles=tuple(profiles),
        places=places,
        deputies=tuple(_deputies(offers, number)),
        signposts=tuple((s.id, s.audience, s.lands) for s in signposts),
    )


def covers(offer: Offer, place: str) -> bool:
    """Does the offer work in this Kreis or Land? A regional centre does not cover a Land of which no Kreis is known."""
    if offer.scope == "bund":
        return True
    if offer.scope == "land":
        return bool(place) and place[:3] in offer.lands
    return place in offer.kreise


def _cell(
    offers: Sequence[Offer], number: Mapping[str, int], place: str, phenomenon: str, role: str
) -> tuple[int, ...]:
    def order(offer: Offer) -> tuple[int, int, int, str]:
        return _rank(offer, phenomenon, role)

    here = [offer for offer in offers if covers(offer, place)]
    candidates = sorted((o for o in here if phenomenon in o.phenomena and role in o.audience), key=order)
    alternatives = {
        "other_topic": (o for o in here if phenomenon not in o.phenomena and role in o.audience),
        "other_audience": (o for o in here if phenomenon in o.phenomena and role not in o.audience),
        "other_area": (o for o in offers if o not in here and phenomenon in o.phenomena and role in o.audience),
    }
    entries = [(number[offer.id], REASONS.index(_reason(offer))) for offer in candidates]
    for reason, others in alternatives.items():
        named = sorted((o for o in others if _worth_naming(o, place, candidates, reason)), key=order)
        entries += [(number[offer.id], REASONS.index(reason)) for offer in _shortened(named)]
    return tuple(n for entry in entries for n in entry)


def _rank(offer: Offer, phenomenon: str, role: str) -> tuple[int, int, int, str]:
    """Nearest first; then, among equals, the more specialised, and at last the id: no carrier kind is preferred."""
    made_for_it = 0 if (role == "exit") == (offer.role == "topic_team") else 1
    desk = offer.role == "first_contact_desk"
    nearness = {
        "regional_centre": made_for_it,
        "topic_team": made_for_it,
        "statewide_network": 7,
        "first_contact_desk": 3 if offer.scope == "land" else 5,
        "offer": {"kreis": 1, "land": 2, "bund": 4}[offer.scope],
    }[offer.role]
    if phenomenon == "unknown" and desk:
        nearness -= 2  # somebody who does not know the word is best asked by those who sort such questions every day
    breadth = len(offer.phenomena) if phenomenon != "unknown" else -len(offer.phenomena)
    return nearness, breadth, len(offer.lands), offer.id


def _reason(offer: Offer) -> str:
    if offer.role == "offer":
        return {"kreis": "kreis_offer", "land": "land_offer", "bund": "nationwide_offer"}[offer.scope]
    return offer.role


def _worth_naming(offer: Offer, place: str, candidates: Sequence[Offer], reason: str) -> bool:
    """An alternative is named where its kind is missing, so that every wish leaves something to choose from.

    A neighbouring centre of the same Land is always named: somebody may know a counsellor of their own privately.
    """
    if reason == "other_area" and offer.role == "statewide_network":
        return False
    if reason == "other_area" and offer.role == "regional_centre":
        return place[:3] in offer.lands
    if offer.kind == "civil":
        return not any(candidate.kind == "civil" for candidate in candidates)
    return not candidates


def _shortened(alternatives: Sequence[Offer]) -> list[Offer]:
    """At most four civil and four others: a choice, not a telephone book. The centres of a Land are named all."""
    kept: list[Offer] = []
    room = {True: ALTERNATIVES_PER_REASON, False: ALTERNATIVES_PER_REASON}
    for offer in alternatives:
        if offer.role != "regional_centre":
            if not room[offer.kind == "civil"]:
                continue
            room[offer.kind == "civil"] -= 1
        kept.append(offer)
    return kept


def _deputies(offers: Sequence[Offer], number: Mapping[str, int]) -> Iterable[tuple[int, int]]:
    by_id = {offer.id: offer for offer in offers}
    for offer in offers:
        deputy = by_id.get(offer.deputy or "")
        # A deputy of another kind would turn "only non-state" into a lie while the team is on holiday.
        if deputy is not None and deputy.kind == offer.kind:
            yield number[offer.id], number[deputy.id]


# ---------------------------------------------------------------------------------------------------- gaps


class Gap(msgspec.Struct, frozen=True):
    """Nobody is responsible: `only_civil` tells whether the gap exists for everybody or for this wish alone."""

    place: str
    phenomenon: str
    role: str
    only_civil: bool


def gaps(routing: Routing, places: Iterable[str]) -> Iterable[Gap]:
    """Every place x phenomenon x role without a candidate, for everybody or for those who want no state carrier."""
    for place in places:
        for phenomenon in routing.phenomena:
            for role in routing.roles:
                for only_civil in (False, True):
                    found = look_up(routing, kreis=place, phenomena=[phenomenon], role=role, only_civil=only_civil)
                    if not found.candidates:
                        yield Gap(place, phenomenon, role, only_civil)
                        break
