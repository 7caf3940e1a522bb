"""The one signed file that says who exists, who pays them, what they cover and which key they use now.

    file = signature of the offline root + JSON (crypto/signing.py); every file names the hash of its predecessor
    Network ── carriers ── teams (a key each) ── routing table
            ├─ coordinations (no key: they see counts, never contents)
            └─ signposts (no key: we name them and send nothing)

Whoever seals anything reads this file first. `read` believes nothing before the signature fits, and then only what
agrees with itself. What a browser does not need (partners, expert pools, labels, sources) lies in the annex, which is
named here by its hash.

Requirements: R05 R20 R28 R29 R31 R36 R39 R43 R45 R50 R51 R79 R89 R90.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from crypto.errors import SignatureForged
from crypto.signing import read_document
from intake.errors import (
    DirectoryExpired,
    DirectoryForged,
    DirectoryMalformed,
    DirectoryNotYetValid,
    DirectoryRolledBack,
    TeamUnknown,
)
from intake.regions import LANDS
from intake.routing import CarrierKind, Offer, Routing, Scope, SignpostRow, TeamRole

FORMAT = "erstkontakt-directory/1"
KIND = "directory"

# A phone or server whose clock is a day behind must be able to use today's directory. The end is never stretched.
CLOCK_SLACK = timedelta(hours=26)
LONGEST_VALIDITY = timedelta(days=400)

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Sentences = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Land = Annotated[str, msgspec.Meta(pattern=r"^DE[1-9A-G]$")]
Kreis = Annotated[str, msgspec.Meta(pattern=r"^DE[1-9A-G][0-9A-Z]{2}$")]
Hex8 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$")]
Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Epoch = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Phenomenon = Literal["RE", "IS", "LE", "AB", "RB", "VD", "HG", "unknown"]
Audience = Literal["exit", "relative", "professional", "own_concern"]
Weekday = Literal["mo", "di", "mi", "do", "fr", "sa", "so"]
TimeSpan = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]$")]


class Text(msgspec.Struct, frozen=True):
    """One thing said in plain German (B1) and in English."""

    de: Sentences
    en: Sentences


class CodeCost(msgspec.Struct, frozen=True):
    """How a return code is stretched (protocol 3). `salt` is 16 bytes and must never change: all codes hang on it."""

    salt: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    memory_kib: Annotated[int, msgspec.Meta(ge=19_456, le=1_048_576)]
    passes: Annotated[int, msgspec.Meta(ge=2, le=16)]


class Network(msgspec.Struct, frozen=True):
    """Who publishes this directory. `demonstration` puts a banner on every page."""

    id: Id
    name: Text
    demonstration: bool
    code: CodeCost


class CaseRetention(msgspec.Struct, frozen=True, kw_only=True):
    """How long a carrier keeps a counselling after its end, by kind; the defaults are the proposal of standards.md 15.

    Talks with no further work are kept like a request. `case_years`: to the end of that year (§§ 195, 199 BGB).
    """

    information_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30
    one_off_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30
    clarification_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 180
    case_years: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3

    def until(self, kind: str, closing: date) -> date:
        """The last day of a counselling of this kind that ended on `closing`."""
        if kind == "case":
            return date(closing.year + self.case_years, 12, 31)
        days: int = getattr(self, f"{kind}_days")
        return closing + timedelta(days=days)


class Carrier(msgspec.Struct, frozen=True):
    """Who employs the counsellors. Kind and `legality_principle` (duty to prosecute, § 163 StPO) are separate facts."""

    id: Id
    name: Line
    kind: CarrierKind
    legality_principle: bool
    about: Text
    badges: tuple[Line, ...]
    case_retention: CaseRetention = CaseRetention()


class FormerKey(msgspec.Struct, frozen=True):
    """A key that a team used before: what it signed then can still be checked. Nothing is sealed to it any more."""

    epoch: Epoch
    kid: Hex8
    verify: Hex32


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """Counsellors who share one key, and what they offer. `about` answers: who reads what arrives here?

    `hours` are local times ({"mo": ["09:00-12:00", "13:00-16:00"]}), `closed` local dates, both included.
    `answer_working_days` and `closed` count in the team's own calendar (`subdivision`: public holidays of the Land).
    `test` marks the team of the watchdog (`erstkontakt canary`): it has a key, but nobody is ever sent to it.
    `kid` and `key_hash` are SHA-256 of the 1216-byte sealing key, `verify` is the Ed25519 key of its answers.
    """

    id: Id
    name: Line
    carrier: Id
    role: TeamRole
    scope: Scope
    lands: tuple[Land, ...]
    kreise: tuple[Kreis, ...]
    phenomena: Annotated[tuple[Phenomenon, ...], msgspec.Meta(min_length=1)]
    audience: Annotated[tuple[Audience, ...], msgspec.Meta(min_length=1)]
    languages: Annotated[tuple[Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$")], ...], msgspec.Meta(min_length=1)]
    access: Literal["open", "assigned"]
    prison_visits: bool
    answer_working_days: Annotated[int, msgspec.Meta(ge=1, le=30)]
    night_duty: bool
    hours: dict[Weekday, tuple[TimeSpan, ...]]
    subdivision: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")] | None
    deputy: Id | None
    closed: tuple[tuple[date, date], ...]
    retention_days: Annotated[int, msgspec.Meta(ge=1, le=180)]
    as_of: date
    review_by: date
    about: Text
    test: bool
    epoch: Epoch
    kid: Hex8
    key_hash: Hex32
    verify: Hex32
    former: tuple[FormerKey, ...]

    def is_closed(self, day: date) -> bool:
        """Is the team closed on this local date?"""
        return any(first <= day <= last for first, last in self.closed)

    def verify_keys(self) -> tuple[bytes, ...]:
        """All Ed25519 keys (32 bytes each) that this team has signed with, the current one first."""
        return tuple(bytes.fromhex(key) for key in (self.verify, *(former.verify for former in self.former)))


class Coordination(msgspec.Struct, frozen=True):
    """A state coordination (Landeskoordinierungsstelle): sees headers and counts. It has no key, so never a text."""

    id: Id
    name: Line
    lands: tuple[Land, ...]
    about: Text


class Signpost(msgspec.Struct, frozen=True):
    """Help outside this network. We name it and send nothing there. `lands` empty = everywhere."""

    id: Id
    name: Line
    topic: Id
    lands: tuple[Land, ...]
    audience: tuple[Literal["exit", "relative", "professional", "own_concern", "violence"], ...]
    about: Text


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """The whole signed content. `previous` is the SHA-256 of the predecessor's file, None for the first."""

    format: Literal["erstkontakt-directory/1"]
    version: Annotated[int, msgspec.Meta(ge=1)]
    issued: Instant
    expires: Instant
    previous: Hex32 | None
    network: Network
    carriers: tuple[Carrier, ...]
    teams: tuple[Team, ...]
    coordinations: tuple[Coordination, ...]
    signposts: tuple[Signpost, ...]
    routing: Routing
    regions_hash: Hex32
    annex_hash: Hex32

    def team(self, id: str) -> Team:
        """Raises TeamUnknown."""
        for team in self.teams:
            if team.id == id:
                return team
        raise TeamUnknown

    def carrier(self, id: str) -> Carrier:
        """Raises KeyError: inside a valid directory every carrier that is named exists."""
        for carrier in self.carriers:
            if carrier.id == id:
                return carrier
        raise KeyError(id)

    def closed_on(self, day: date) -> frozenset[str]:
        """Ids of the teams that are closed on this local date; `routing.look_up` takes it as `closed`."""
        return frozenset(team.id for team in self.teams if team.is_closed(day))


def read(blob: bytes, root: bytes, now: datetime, at_least: int = 0) -> Directory:
    """The directory in a signed file, or the reason why it must not be used.

    `root` is the root's verify key (32 bytes), `at_least` the highest version already seen. Raises DirectoryForged,
    DirectoryMalformed, DirectoryRolledBack, DirectoryExpired, DirectoryNotYetValid.
    """
    directory = read_any_age(blob, root)
    if directory.version < at_least:
        raise DirectoryRolledBack(f"version {directory.version} offered, {at_least} already seen")
    check_time(directory, now)
    return directory


def read_any_age(blob: bytes, root: bytes) -> Directory:
    """Like `read`, but of whatever age: for replaying the chain. Nothing may be sealed by its result."""
    try:
        body = read_document(KIND, blob, root)
    except SignatureForged as e:
        raise DirectoryForged(str(e)) from None
    directory = decode(body)
    faults = list(contradictions(directory))
    if faults:
        raise DirectoryMalformed("; ".join(faults))
    return directory


def check_time(directory: Directory, now: datetime) -> None:
    """Raises DirectoryExpired or DirectoryNotYetValid. A clock that is a day behind is forgiven, one ahead is not."""
    if now >= directory.expires:
        raise DirectoryExpired(f"expired {directory.expires.isoformat()}")
    if directory.issued > now + CLOCK_SLACK:
        raise DirectoryNotYetValid(f"issued {directory.issued.isoformat()}")


def decode(body: bytes) -> Directory:
    """JSON bytes -> Directory. Fields we do not know are left aside, so that older programs read newer files."""
    try:
        return msgspec.json.decode(body, type=Directory)
    except (msgspec.DecodeError, RecursionError) as e:  # ValidationError is a DecodeError
        raise DirectoryMalformed(str(e)) from None


def encode(directory: Directory) -> bytes:
    """The JSON bytes that are signed."""
    return msgspec.json.encode(directory)


def file_hash(blob: bytes) -> str:
    """SHA-256 of a whole file in hex: what a successor names as `previous`, and what names annex and region table."""
    return hashlib.sha256(blob).hexdigest()


class Link(msgspec.Struct, frozen=True):
    """What the chain itself needs of each file, so that files of older forms can still be replayed."""

    version: int
    issued: datetime
    expires: datetime
    previous: str | None


def read_link(blob: bytes, root: bytes) -> Link:
    """The chain's part of a signed file. Raises DirectoryForged."""
    try:
        return msgspec.json.decode(read_document(KIND, blob, root), type=Link)
    except (SignatureForged, msgspec.DecodeError) as e:
        raise DirectoryForged(str(e)) from None


def follows(blob: bytes, link: Link | Directory, predecessor: bytes | None, version: int) -> None:
    """Is this file (content: `link`) number `version`, after `predecessor` (None: no one)? Raises DirectoryForged."""
    name = f"version {version} ({file_hash(blob)[:12]})"
    if link.version != version:
        raise DirectoryForged(f"{name} says that it is version {link.version}")
    if link.previous != (None if predecessor is None else file_hash(predecessor)):
        raise DirectoryForged(f"{name} does not follow version {version - 1}")


def offers(carriers: Iterable[Carrier], teams: Iterable[Team]) -> list[Offer]:
    """What routing needs to know, in the order of the teams."""
    kinds = {carrier.id: carrier.kind for carrier in carriers}
    return [
        Offer(
            id=team.id,
            carrier=team.carrier,
            kind=kinds[team.carrier],
            role=team.role,
            scope=team.scope,
            lands=team.lands,
            kreise=team.kreise,
            phenomena=team.phenomena,
            audience=team.audience,
            assigned=team.access == "assigned",
            deputy=team.deputy,
        )
        for team in teams
        if not team.test
    ]


def signpost_rows(signposts: Iterable[Signpost]) -> list[SignpostRow]:
    """What routing needs to know about the signposts."""
    return [SignpostRow(signpost.id, signpost.audience, signpost.lands) for signpost in signposts]


def contradictions(directory: Directory) -> Iterator[str]:
    """Everything in which the directory disagrees with itself; one German sentence each, for whoever prepares it."""
    if not timedelta(0) < directory.expires - directory.issued <= LONGEST_VALIDITY:
        yield f"Gültig von {directory.issued:%d.%m.%Y} bis {directory.expires:%d.%m.%Y}: Das geht nicht."
    if (directory.version == 1) != (directory.previous is None):
        yield f"Version {directory.version} und der Vorgänger passen nicht zusammen."
    yield from _doubled(directory)
    carriers = {carrier.id: carrier for carrier in directory.carriers}
    teams = {team.id for team in directory.teams}
    for carrier in directory.carriers:
        if carrier.kind == "civil" and carrier.legality_principle:
            yield f"Träger „{carrier.id}“: Nichtstaatliche Träger unterliegen nicht dem Legalitätsprinzip."
    for team in directory.teams:
        if team.carrier not in carriers:
            yield f"Team „{team.id}“: Den Träger „{team.carrier}“ gibt es nicht."
        if team.deputy is not None and (team.deputy not in teams or team.deputy == team.id):
            yield f"Team „{team.id}“: Die Vertretung „{team.deputy}“ gibt es nicht."
        if team.kid != team.key_hash[:16]:
            yield f"Team „{team.id}“: Schlüssel-Nummer und Schlüssel-Hash passen nicht zusammen."
        if any(former.epoch >= team.epoch for former in team.former):
            yield f"Team „{team.id}“: Ein früherer Schlüssel ist jünger als der jetzige."
        if any(first > last for first, last in team.closed):
            yield f"Team „{team.id}“: Eine Schließzeit endet, bevor sie beginnt."
        yield from _area_faults(team)
    yield from _centres_twice(directory.teams)
    yield from _routing_faults(directory, carriers)


def _doubled(directory: Directory) -> Iterator[str]:
    ids = [carrier.id for carrier in directory.carriers] + [team.id for team in directory.teams]
    ids += [unit.id for unit in directory.coordinations] + [signpost.id for signpost in directory.signposts]
    for id, count in Counter(ids).items():
        if count > 1:
            yield f"„{id}“ kommt {count}-mal vor. Jede Kennung darf es nur einmal geben."
    kids = Counter(kid for team in directory.teams for kid in (team.kid, *(former.kid for former in team.former)))
    for kid, count in kids.items():
        if count > 1:
            yield f"Der Schlüssel {kid} gehört zu {count} Einträgen. Jedes Team braucht seinen eigenen."


def _area_faults(team: Team) -> Iterator[str]:
    if team.scope == "bund" and (team.lands or team.kreise):
        yield f"Team „{team.id}“: Wer im ganzen Bund arbeitet, nennt keine Länder und keine Kreise."
    if team.scope == "land" and (not team.lands or team.kreise):
        yield f"Team „{team.id}“: Wer für Länder arbeitet, nennt mindestens ein Land und keine Kreise."
    if team.scope == "kreis" and not team.kreise:
        yield f"Team „{team.id}“: Wer für Kreise arbeitet, nennt mindestens einen Kreis."
    if team.scope == "kreis" and {kreis[:3] for kreis in team.kreise} != set(team.lands):
        yield f"Team „{team.id}“: Die Kreise liegen nicht in den genannten Ländern."
    if team.role == "regional_centre" and team.scope != "kreis":
        yield f"Team „{team.id}“: Ein Regionalzentrum nennt seine Kreise."
    if team.role == "statewide_network" and team.scope != "land":
        yield f"Team „{team.id}“: Ein landesweites Netzwerk nennt sein Land."


def _centres_twice(teams: Iterable[Team]) -> Iterator[str]:
    centre_of: dict[str, str] = {}
    for team in teams:
        if team.role != "regional_centre":
            continue
        for kreis in team.kreise:
            other = centre_of.setdefault(kreis, team.id)
            if other != team.id:
                yield f"Für den Kreis {kreis} sind zwei Regionalzentren zuständig: „{other}“ und „{team.id}“."


def _routing_faults(directory: Directory, carriers: dict[str, Carrier]) -> Iterator[str]:
    routing = directory.routing
    teams = {team.id: team for team in directory.teams}
    for id, carrier, kind in routing.teams:
        team = teams.get(id)
        if team is None or team.access == "assigned" or team.test:
            yield f"Die Zuständigkeitstabelle nennt „{id}“. Dieses Team ist nicht offen erreichbar."
        elif carrier != team.carrier or carrier not in carriers or carriers[carrier].kind != kind:
            yield f"Die Zuständigkeitstabelle nennt für „{id}“ einen anderen Träger als das Verzeichnis."
    numbers_fit = (
        all(len(entries) % 2 == 0 for entries in routing.lists)
        and all(0 <= team < len(routing.teams) for entries in routing.lists for team in entries[::2])
        and all(0 <= reason < len(routing.reasons) for entries in routing.lists for reason in entries[1::2])
        and all(len(profile) == len(routing.phenomena) * len(routing.roles) for profile in routing.profiles)
        and all(0 <= number < len(routing.lists) for profile in routing.profiles for number in profile)
        and all(0 <= number < len(routing.profiles) for number in routing.places.values())
        and all(0 <= team < len(routing.teams) for pair in routing.deputies for team in pair)
        and {"", *LANDS} <= set(routing.places)
    )
    if not numbers_fit:
        yield "Die Zuständigkeitstabelle ist beschädigt."
    elif any(routing.teams[team][2] != routing.teams[deputy][2] for team, deputy in routing.deputies):
        yield "Eine Vertretung in der Zuständigkeitstabelle hat eine andere Art von Träger."
    signposts = {signpost.id for signpost in directory.signposts}
    for id, _, _ in routing.signposts:
        if id not in signposts:
            yield f"Die Zuständigkeitstabelle nennt den Wegweiser „{id}“. Den gibt es nicht."
