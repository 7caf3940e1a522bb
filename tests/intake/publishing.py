"""A whole small world for the tests of the directory: a root, the example network with keys, and the region table."""

import functools
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from crypto.identity import Identity
from crypto.signing import root_verify, sign_document
from intake import directory as d
from intake import network as n
from intake import region_sources
from intake.cli.network_folder import EXAMPLE
from intake.draft import Draft, compile_draft
from intake.regions import Regions
from intake.sources import Sources, TeamKey, load_sources, read_key, write_key

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT_SEED = hashlib.sha256(b"the root of the tests").digest()
ROOT = root_verify(ROOT_SEED)
OTHER_SEED = hashlib.sha256(b"somebody who is not the root").digest()


@functools.cache
def regions() -> Regions:
    """The table from the packages; made once, because reading the packages takes a second."""
    return region_sources.build()


def team_seed(team: str, epoch: int = 1) -> bytes:
    """The seed of a team in the tests."""
    return hashlib.sha256(f"{team} {epoch}".encode()).digest()


@functools.cache
def team_key(team: str, epoch: int = 1) -> TeamKey:
    """The public key of a team in the tests."""
    return read_key(write_key(team, epoch, Identity.from_seed(team_seed(team, epoch)).public))


@functools.cache
def example() -> Sources:
    """The example network with a salt, as `directory init` would write it."""
    sources = load_sources(EXAMPLE)
    code = msgspec.structs.replace(sources.network.code, salt="00112233445566778899aabbccddeeff")
    return msgspec.structs.replace(sources, network=msgspec.structs.replace(sources.network, code=code))


def draft(
    *,
    now: datetime = NOW,
    previous: bytes | None = None,
    epochs: dict[str, int] | None = None,
    sources: Sources | None = None,
) -> Draft:
    """The example network, compiled; `epochs` of teams that have had more than one key."""
    sources = sources or example()
    newest = epochs or {}
    keys = {
        team.id: tuple(team_key(team.id, epoch) for epoch in range(newest.get(team.id, 1), 0, -1))
        for team in sources.teams
    }
    before = None if previous is None else (previous, d.read_any_age(previous, ROOT))
    return compile_draft(sources, keys, regions(), now, before)


@functools.cache
def first() -> Draft:
    """Version 1."""
    return draft()


def signed(body: bytes, seed: bytes = ROOT_SEED) -> bytes:
    """A signed file of these JSON bytes, whatever they say."""
    return sign_document(d.KIND, body, seed)


def altered(directory: d.Directory, **changes: Any) -> bytes:
    """A file signed by the root that says something else: the root itself is wrong, or was talked into it."""
    return signed(d.encode(msgspec.structs.replace(directory, **changes)))


def with_team(directory: d.Directory, id: str, **changes: Any) -> tuple[d.Team, ...]:
    """The teams of a directory with one of them changed."""
    return tuple(msgspec.structs.replace(team, **changes) if team.id == id else team for team in directory.teams)


def change_source(sources: Sources, id: str, **changes: Any) -> Sources:
    """Sources with one team changed."""
    teams = tuple(msgspec.structs.replace(team, **changes) if team.id == id else team for team in sources.teams)
    return msgspec.structs.replace(sources, teams=teams)


def files_of(made: Draft) -> dict[str, bytes]:
    """What a draft names by hash, under the names it has on a server."""
    named = {f"keys/{kid}.key": key for kid, key in made.keys.items()}
    return named | {
        f"annex/{made.directory.annex_hash}.json": made.annex,
        f"regions/{made.directory.regions_hash}.json": made.regions,
    }


def publish(folder: Path, made: Draft, now: datetime = NOW) -> bytes:
    """Signs and publishes a draft; returns the file."""
    blob = signed(made.body)
    n.publish(folder, ROOT, now, blob, files_of(made))
    return blob
