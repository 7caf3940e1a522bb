"""From readable sources to a draft that the offline root can sign.

Compiling adds the routing table, checks everything that can be checked, and names every fault at once. It needs no
network and no secret; signing happens elsewhere, with nothing but the draft and the root's seed.

    sources + public keys + region table + predecessor  ->  directory (unsigned JSON), annex, key files by kid
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from intake import directory as d
from intake.errors import DraftFaulty
from intake.regions import LANDS, Regions
from intake.routing import Scope, compile_table
from intake.sources import (
    ANNEX_TABLES,
    AnnexEntry,
    CarrierSource,
    CodeSource,
    NetworkSource,
    Sources,
    TeamKey,
    TeamSource,
)

REVIEW_AFTER = timedelta(days=183)
FORMER_KEYS = 8


class Draft(msgspec.Struct, frozen=True):
    """What one version of the directory consists of. Only `body` is signed; it names the others by their hashes."""

    directory: d.Directory
    body: bytes
    annex: bytes
    regions: bytes
    keys: dict[str, bytes]


def compile_draft(
    sources: Sources,
    keys: Mapping[str, Sequence[TeamKey]],
    regions: Regions,
    now: datetime,
    previous: tuple[bytes, d.Directory] | None = None,
) -> Draft:
    """The next version. `previous` is the file and content of the last one. Raises DraftFaulty with every fault."""
    issued = now.astimezone(UTC).replace(microsecond=0)
    faults = list(_source_faults(sources, keys, regions, previous))
    if faults:
        raise DraftFaulty(*faults)
    annex = _annex(sources)
    region_table = regions.write()
    carriers = tuple(
        d.Carrier(c.id, c.name, c.kind, c.legality_principle, c.about, c.badges, c.case_retention)
        for c in sources.carriers
    )
    teams = tuple(_team(team, keys[team.id], issued.date()) for team in sources.teams)
    signposts = tuple(d.Signpost(s.id, s.name, s.topic, s.lands, s.audience, s.about) for s in sources.signposts)
    directory = d.Directory(
        format="erstkontakt-directory/1",
        version=1 if previous is None else previous[1].version + 1,
        issued=issued,
        expires=issued + timedelta(days=sources.network.valid_days),
        previous=None if previous is None else d.file_hash(previous[0]),
        network=_network(sources.network),
        carriers=carriers,
        teams=teams,
        coordinations=tuple(d.Coordination(c.id, c.name, c.lands, c.about) for c in sources.coordinations),
        signposts=signposts,
        routing=compile_table(d.offers(carriers, teams), LANDS, d.signpost_rows(signposts)),
        regions_hash=d.file_hash(region_table),
        annex_hash=d.file_hash(annex),
    )
    body = d.encode(directory)
    faults = list(d.contradictions(d.decode(body)))
    if faults:
        raise DraftFaulty(*faults)
    current = {keys[team.id][0].identity.kid.hex(): keys[team.id][0].kem for team in sources.teams}
    return Draft(directory, body, annex, region_table, current)


def _network(source: NetworkSource) -> d.Network:
    salt = bytes.fromhex(source.code.salt or "")
    return d.Network(
        source.id, source.name, source.demonstration, d.CodeCost(salt, source.code.memory_kib, source.code.passes)
    )


def _team(source: TeamSource, keys: Sequence[TeamKey], today: date) -> d.Team:
    current, *former = keys
    identity = current.identity
    as_of = source.as_of or today
    return d.Team(
        id=source.id,
        name=source.name,
        carrier=source.carrier,
        role=source.role,
        scope=_scope(source),
        lands=source.lands or tuple(sorted({kreis[:3] for kreis in source.kreise})),
        kreise=source.kreise,
        phenomena=source.phenomena,
        audience=source.audience,
        languages=source.languages,
        access=source.access,
        prison_visits=source.prison_visits,
        answer_working_days=source.answer_working_days,
        night_duty=source.night_duty,
        hours=source.hours,
        subdivision=source.subdivision,
        deputy=source.deputy,
        closed=source.closed,
        retention_days=source.retention_days,
        as_of=as_of,
        review_by=source.review_by or today + REVIEW_AFTER,
        about=source.about,
        test=source.test,
        epoch=current.epoch,
        kid=identity.kid.hex(),
        key_hash=d.file_hash(current.kem),
        verify=current.verify.hex(),
        former=tuple(d.FormerKey(key.epoch, key.identity.kid.hex(), key.verify.hex()) for key in former[:FORMER_KEYS]),
    )


def _scope(source: TeamSource) -> Scope:
    if source.kreise:
        return "kreis"
    return "land" if source.lands else "bund"


def _annex(sources: Sources) -> bytes:
    """Everything else, for the console, the command line and the transparency page."""
    annex = {
        "format": "erstkontakt-annex/1",
        **{name: [_without_blanks(entry) for entry in sources.annex[table]] for table, name in ANNEX_TABLES.items()},
        "sources": {team.id: team.source for team in sources.teams},
    }
    return msgspec.json.encode(annex)


def _without_blanks(entry: AnnexEntry) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(entry).items() if value or name == "id"}


# ---------------------------------------------------------------------------------------------------- checking


def _source_faults(
    sources: Sources,
    keys: Mapping[str, Sequence[TeamKey]],
    regions: Regions,
    previous: tuple[bytes, d.Directory] | None,
) -> Iterator[str]:
    yield from _code_faults(sources.network.code, previous)
    carriers = {carrier.id: carrier for carrier in sources.carriers}
    teams = {team.id: team for team in sources.teams}
    last_epochs = {} if previous is None else {team.id: team.epoch for team in previous[1].teams}
    for team in sources.teams:
        yield from _team_faults(team, teams, carriers)
        yield from (f"Team „{team.id}“: Einen Kreis {k} gibt es nicht." for k in team.kreise if k not in regions.kreise)
        found = keys.get(team.id)
        if not found:
            yield f"Team „{team.id}“: Der öffentliche Schlüssel fehlt (keys/{team.id}.1.json)."
        elif found[0].epoch < last_epochs.get(team.id, 0):
            yield f"Team „{team.id}“: Der Schlüssel ist älter als der im letzten Verzeichnis."
    for id in sorted(keys.keys() - teams.keys()):
        yield f"Zu dem Schlüssel „{id}“ gibt es kein Team."
    yield from _land_gaps(sources.teams, regions)
    yield from _annex_faults(sources)


def _code_faults(code: CodeSource, previous: tuple[bytes, d.Directory] | None) -> Iterator[str]:
    if not re.fullmatch(r"[0-9a-f]{32}", code.salt or ""):
        yield "network.code.salt fehlt oder hat nicht 16 Bytes (32 Zeichen, hexadezimal)."
    elif previous is not None:
        cost = previous[1].network.code
        if (cost.salt.hex(), cost.memory_kib, cost.passes) != (code.salt, code.memory_kib, code.passes):
            yield "network.code hat sich geändert. Dann passt kein Wiederkehr-Code mehr, den jemand schon hat."


def _team_faults(
    team: TeamSource, teams: Mapping[str, TeamSource], carriers: Mapping[str, CarrierSource]
) -> Iterator[str]:
    if team.carrier not in carriers:
        yield f"Team „{team.id}“: Den Träger „{team.carrier}“ gibt es nicht."
        return
    deputy = teams.get(team.deputy or "")
    if deputy is None or deputy.carrier not in carriers:
        return
    if carriers[deputy.carrier].kind != carriers[team.carrier].kind:
        yield (
            f"Team „{team.id}“: Die Vertretung „{deputy.id}“ hat eine andere Art von Träger. "
            "Wer nur nichtstaatlich will, darf nie bei einer Behörde landen."
        )
    if deputy.access == "assigned" or deputy.test:
        yield f"Team „{team.id}“: Die Vertretung „{deputy.id}“ ist nicht offen erreichbar."


def _land_gaps(teams: Sequence[TeamSource], regions: Regions) -> Iterator[str]:
    """Where a Land has regional centres, every Kreis of it has one (R36)."""
    covered = {kreis for team in teams if team.role == "regional_centre" for kreis in team.kreise}
    for land in sorted({kreis[:3] for kreis in covered}):
        for kreis in regions.kreise_of(land):
            if kreis not in covered:
                yield f"Für den Kreis {kreis} ({regions.name(kreis)}) ist kein Regionalzentrum zuständig."


def _annex_faults(sources: Sources) -> Iterator[str]:
    teams = {team.id for team in sources.teams}
    carriers = {carrier.id for carrier in sources.carriers}
    known = teams | carriers | {unit.id for unit in sources.coordinations}
    known |= {entry.id for table in ("alliance", "partner") for entry in sources.annex[table]}
    for table in ANNEX_TABLES:
        for entry in sources.annex[table]:
            named = {*entry.teams, *(one for one in (entry.team, entry.centre) if one)} - teams
            named |= {entry.carrier} - carriers if entry.carrier else set()
            named |= set(entry.members) - known
            for id in sorted(named):
                yield f"{table} „{entry.id}“: „{id}“ gibt es nicht."
