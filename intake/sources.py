"""A network folder: readable TOML files, and the public keys of its teams.

Every *.toml file is read; how the tables are divided among files is a matter of taste. A misspelt field is a fault,
and all faults of all files are told at once. Nothing here is secret; `config/example` is such a folder without keys.

    [network]                       who publishes, how long a version is valid, what a return code costs
    [[carrier]] [[team]]            who employs the counsellors, and who shares a key
    [[coordination]] [[signpost]]   who sees counts only, and help outside that gets nothing from us
    [[alliance]] [[partner]] …      the annex: what a help-seeker's browser does not need
    keys/<team>.<epoch>.json        public keys, as their leads send them
"""

import re
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from crypto.errors import KeyMalformed
from crypto.identity import PublicIdentity
from intake import directory as d
from intake.errors import DraftFaulty
from intake.routing import CarrierKind, TeamRole

WORKDAYS: dict[d.Weekday, tuple[d.TimeSpan, ...]] = {
    **dict.fromkeys(("mo", "di", "mi", "do"), ("09:00-16:00",)),
    "fr": ("09:00-14:00",),
}


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the sources. A misspelt field is a fault, not a field left out."""


class CodeSource(Strict, frozen=True, kw_only=True):
    memory_kib: int
    passes: int
    salt: str | None = None  # hex; made by `directory init`


class NetworkSource(Strict, frozen=True, kw_only=True):
    id: d.Id
    name: d.Text
    demonstration: bool
    valid_days: Annotated[int, msgspec.Meta(ge=1, le=366)]
    code: CodeSource


class CarrierSource(Strict, frozen=True, kw_only=True):
    id: d.Id
    name: d.Line
    kind: CarrierKind
    legality_principle: bool
    about: d.Text
    badges: tuple[d.Line, ...] = ()
    case_retention: d.CaseRetention = d.CaseRetention()


class TeamSource(Strict, frozen=True, kw_only=True):
    id: d.Id
    name: d.Line
    carrier: d.Id
    role: TeamRole
    lands: tuple[d.Land, ...] = ()
    kreise: tuple[d.Kreis, ...] = ()
    phenomena: tuple[d.Phenomenon, ...]
    audience: tuple[d.Audience, ...]
    languages: tuple[str, ...] = ("de",)
    access: Literal["open", "assigned"] = "open"
    prison_visits: bool = False
    answer_working_days: int = 2
    night_duty: bool = False
    hours: dict[d.Weekday, tuple[d.TimeSpan, ...]] = msgspec.field(default_factory=lambda: dict(WORKDAYS))
    subdivision: str | None = None
    deputy: d.Id | None = None
    closed: tuple[tuple[date, date], ...] = ()
    retention_days: int = 30
    as_of: date | None = None
    review_by: date | None = None
    source: d.Line
    about: d.Text
    test: bool = False


class CoordinationSource(Strict, frozen=True, kw_only=True):
    id: d.Id
    name: d.Line
    lands: tuple[d.Land, ...]
    about: d.Text


class SignpostSource(Strict, frozen=True, kw_only=True):
    id: d.Id
    name: d.Line
    topic: d.Id
    lands: tuple[d.Land, ...] = ()
    audience: tuple[Literal["exit", "relative", "professional", "own_concern", "violence"], ...]
    about: d.Text


class AnnexEntry(Strict, frozen=True, kw_only=True):
    """An entity without a key and without a place in routing. Which fields make sense depends on its table."""

    id: d.Id
    name: d.Line = ""
    kind: str = ""
    level: Literal["", "kreis", "land", "bund"] = ""
    lands: tuple[d.Land, ...] = ()
    members: tuple[d.Id, ...] = ()
    teams: tuple[d.Id, ...] = ()
    team: d.Id | None = None
    centre: d.Id | None = None
    carrier: d.Id | None = None
    with_: str = msgspec.field(default="", name="with")
    read_by: str = ""
    shared: bool = False
    historic: bool = False
    about: str = ""


# Tables of the annex, and how each is called there.
ANNEX_TABLES = {
    "alliance": "alliances",
    "partner": "partners",
    "expert_pool": "expert_pools",
    "label": "labels",
    "access_route": "access_routes",
    "procedure": "procedures",
    "information_flow_rule": "information_flow_rules",
    "support_topic": "support_topics",
    "address": "addresses",
}


class Sources(msgspec.Struct, frozen=True):
    """Everything that the TOML files of a network folder say."""

    network: NetworkSource
    carriers: tuple[CarrierSource, ...]
    teams: tuple[TeamSource, ...]
    coordinations: tuple[CoordinationSource, ...]
    signposts: tuple[SignpostSource, ...]
    annex: dict[str, tuple[AnnexEntry, ...]]


class TeamKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A team's public key as its lead sends it. `kem` 1216 bytes, `verify` 32 bytes. File: keys/<team>.<epoch>.json."""

    format: Literal["erstkontakt-team-key/1"]
    team: d.Id
    epoch: d.Epoch
    kem: bytes
    verify: bytes

    @property
    def identity(self) -> PublicIdentity:
        return PublicIdentity(self.kem, self.verify)


# ---------------------------------------------------------------------------------------------------- reading sources


def load_sources(folder: Path) -> Sources:
    """All *.toml files below `folder`. Raises DraftFaulty with every fault, each with its file."""
    faults: list[str] = []
    networks: list[NetworkSource] = []
    tables: dict[str, list[Any]] = {}
    types = {
        "carrier": CarrierSource,
        "team": TeamSource,
        "coordination": CoordinationSource,
        "signpost": SignpostSource,
    }
    types |= dict.fromkeys(ANNEX_TABLES, AnnexEntry)
    for path in sorted(folder.rglob("*.toml")):
        name = path.relative_to(folder).as_posix()
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
            faults.append(f"{name}: Das ist kein gültiges TOML ({e}).")
            continue
        for table, entries in content.items():
            if table == "network":
                networks += _converted([entries], NetworkSource, name, table, faults)
            elif table in types and isinstance(entries, list):
                tables.setdefault(table, []).extend(_converted(entries, types[table], name, table, faults))
            else:
                faults.append(f"{name}: Eine Tabelle „{table}“ kennen wir nicht.")
    if len(networks) != 1 and not faults:
        faults.append(f"Es muss genau eine Tabelle [network] geben. Gefunden: {len(networks)}.")
    if faults:
        raise DraftFaulty(*faults)
    return Sources(
        network=networks[0],
        carriers=tuple(tables.get("carrier", ())),
        teams=tuple(tables.get("team", ())),
        coordinations=tuple(tables.get("coordination", ())),
        signposts=tuple(tables.get("signpost", ())),
        annex={table: tuple(tables.get(table, ())) for table in ANNEX_TABLES},
    )


def _converted(entries: Iterable[Any], type_: type, file: str, table: str, faults: list[str]) -> list[Any]:
    converted: list[Any] = []
    for number, entry in enumerate(entries, start=1):
        label = entry.get("id", number) if isinstance(entry, dict) else number
        try:
            converted.append(msgspec.convert(entry, type_))
        except msgspec.ValidationError as e:
            faults.append(f"{file}, {table} „{label}“: {_in_german(str(e))}")
    return converted


_SAID = (
    (r"Object contains unknown field `(.+?)`", r"Das Feld „\1“ kennen wir nicht."),
    (r"Object missing required field `(.+?)`", r"Das Feld „\1“ fehlt."),
    (r"Invalid enum value ['\"]?(.+?)['\"]?(?= -|$)", r"„\1“ gehört nicht zu den erlaubten Werten."),
    (r"Expected `(.+?)`, got `(.+?)`", r"Erwartet wird \1, da steht \2."),
    (r"Expected `str` matching regex.*?(?= -|$)", r"Die Schreibweise passt nicht."),
    (
        r"Expected `(?:int|str|array|object)` (.+?)(?= -|$)",
        r"Der Wert ist zu klein, zu groß, zu kurz oder zu lang (\1).",
    ),
)


def _in_german(message: str) -> str:
    """msgspec's message as a sentence, with the place at the end: "$.hours" is the field hours."""
    for pattern, sentence in _SAID:
        message = re.sub(pattern, sentence, message)
    return re.sub(r" - at `\$\.?(.*?)`$", lambda m: f" (bei „{m[1]}“)" if m[1] else "", message)


def load_keys(folder: Path) -> dict[str, tuple[TeamKey, ...]]:
    """Team id -> its public keys, newest epoch first. Raises DraftFaulty."""
    keys: dict[str, list[TeamKey]] = {}
    faults = []
    for path in sorted(folder.glob("*.json")):
        try:
            key = read_key(path.read_bytes())
        except DraftFaulty as e:
            faults += [f"{path.name}: {fault}" for fault in e.faults]
            continue
        if path.name != key_file_name(key):
            faults.append(f"{path.name}: Diese Datei müsste „{key_file_name(key)}“ heißen.")
        keys.setdefault(key.team, []).append(key)
    if faults:
        raise DraftFaulty(*faults)
    return {team: tuple(sorted(found, key=lambda key: -key.epoch)) for team, found in keys.items()}


def read_key(blob: bytes) -> TeamKey:
    """A public key file; its key can be sealed to. Raises DraftFaulty."""
    try:
        key = msgspec.json.decode(blob, type=TeamKey)
        _ = key.identity
    except (msgspec.DecodeError, KeyMalformed):
        raise DraftFaulty("Das ist keine Datei mit dem öffentlichen Schlüssel eines Teams.") from None
    return key


def write_key(team: str, epoch: int, identity: PublicIdentity) -> bytes:
    """The public key file of a team."""
    return msgspec.json.encode(TeamKey("erstkontakt-team-key/1", team, epoch, identity.kem, identity.verify)) + b"\n"


def key_file_name(key: TeamKey) -> str:
    """<team>.<epoch>.json"""
    return f"{key.team}.{key.epoch}.json"
