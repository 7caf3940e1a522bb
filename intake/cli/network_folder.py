"""What one does with a network folder: begin it, make keys for it, compile it, publish it, and tell what changed.

<folder>/*.toml, keys/*.json   sources and public keys           <folder>/root.key   the root's verify key (public)
<folder>/draft/directory.json  the next version, unsigned        <folder>/chain/     every signed version
<folder>/files/                what the versions name by hash: keys/<kid>.key, annex/…, regions/…
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crypto.identity import Identity
from crypto.signing import root_verify, sign_document
from intake import directory as d
from intake import network as n
from intake.cli.seed_files import read_seed, write_seed
from intake.draft import Draft, compile_draft
from intake.errors import DraftFaulty
from intake.regions import Regions
from intake.sources import TeamKey, load_keys, load_sources, read_key, write_key

EXAMPLE = Path(__file__).parent.parent.parent / "config" / "example"


@dataclass(frozen=True, slots=True)
class DemoNetwork:
    """What `make_demo` made. `root` is the verify key (32 bytes), `teams` the seed file of each team."""

    root: bytes
    root_fingerprint: str
    teams: dict[str, Path]


def init_folder(folder: Path, root_seed: Path, sources: Path = EXAMPLE) -> bytes:
    """A network folder with a fresh salt and a fresh root; returns the root's verify key. Raises Operator."""
    if folder.exists() and any(folder.iterdir()):
        raise DraftFaulty(f"„{folder}“ ist nicht leer.")
    if root_seed.resolve().is_relative_to(folder.resolve()):
        raise DraftFaulty(
            "Der Schlüssel der Wurzel gehört nicht in den Ordner des Netzwerks, sondern auf einen eigenen Datenträger."
        )
    salt = secrets.token_hex(16)
    for path in sorted(sources.rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        if "[network.code]" in text:
            text = text.replace("[network.code]\n", f'[network.code]\nsalt = "{salt}"\n', 1)
        n.write_file(folder / path.relative_to(sources), text.encode("utf-8"))
    load_sources(folder)
    seed = secrets.token_bytes(32)
    write_seed(root_seed, "root", "root", 1, seed)
    root = root_verify(seed)
    n.write_file(folder / "root.key", root.hex().encode("ascii") + b"\n")
    n.write_file(folder / "regions.json", regions_for(folder).write())
    (folder / "keys").mkdir(exist_ok=True)
    return root


def make_key(team: str, epoch: int, seed_file: Path, out: Path) -> TeamKey:
    """A new seed in a new file, and the public key file to send in."""
    seed = secrets.token_bytes(32)
    identity = Identity.from_seed(seed).public
    public = write_key(team, epoch, identity)
    key = read_key(public)
    write_seed(seed_file, "team", team, epoch, seed)
    n.write_file(out, public)
    return key


def make_draft(folder: Path, now: datetime) -> Draft:
    """The next version of the network in `folder`, written to draft/. Raises DraftFaulty."""
    chain = n.chain_files(folder / "chain")
    previous = None
    if chain:
        n.replay(chain, root_of(folder, None))
        previous = chain[-1], d.read_any_age(chain[-1], root_of(folder, None))
    draft = compile_draft(load_sources(folder), load_keys(folder / "keys"), regions_for(folder), now, previous)
    n.write_file(folder / "draft" / "directory.json", draft.body)
    for name, content in _named_files(draft):
        n.write_file(folder / "files" / name, content)
    return draft


def regions_for(folder: Path) -> Regions:
    """The region table of a network folder (`regions build` and `regions import` change it), else a fresh one."""
    try:
        return Regions.read((folder / "regions.json").read_bytes())
    except FileNotFoundError:
        from intake import region_sources

        return region_sources.build()


def make_demo(folder: Path, now: datetime) -> DemoNetwork:
    """The example network with throw-away keys: network/, lead/ (all seeds), data/directory/ (published, signed)."""
    network, lead = folder / "network", folder / "lead"
    root = init_folder(network, lead / "root.seed")
    seeds = {}
    for team in load_sources(network).teams:
        seeds[team.id] = lead / f"{team.id}.1.seed"
        make_key(team.id, 1, seeds[team.id], network / "keys" / f"{team.id}.1.json")
    draft = make_draft(network, now)
    signed = sign_document(d.KIND, draft.body, read_seed(lead / "root.seed", "root"))
    publish_to(network / "chain", root, now, signed, network / "files")
    publish_to(folder / "data" / "directory", root, now, signed, network / "files")
    return DemoNetwork(root, fingerprint(root), seeds)


def fingerprint(root: bytes) -> str:
    """The root's verify key in groups, for comparing by eye or by phone."""
    return " ".join(root.hex()[i : i + 8] for i in range(0, 64, 8))


def publish_to(folder: Path, root: bytes, now: datetime, signed: bytes, files: Path) -> d.Directory:
    directory = d.read(signed, root, now)
    names = [f"keys/{team.kid}.key" for team in directory.teams]
    names += [f"annex/{directory.annex_hash}.json", f"regions/{directory.regions_hash}.json"]
    missing = [name for name in names if not (files / name).is_file()]
    if missing:
        raise DraftFaulty(*(f"Die Datei {name} fehlt. Bitte noch einmal: directory draft" for name in missing))
    return n.publish(folder, root, now, signed, {name: (files / name).read_bytes() for name in names})


def _named_files(draft: Draft) -> Iterator[tuple[str, bytes]]:
    for kid, key in draft.keys.items():
        yield f"keys/{kid}.key", key
    yield f"annex/{draft.directory.annex_hash}.json", draft.annex
    yield f"regions/{draft.directory.regions_hash}.json", draft.regions


def root_of(folder: Path, given: str | None) -> bytes:
    text = given
    if text is None:
        path = folder / "root.key"
        if not path.is_file():
            raise DraftFaulty(f"„{path}“ fehlt. Geben Sie den Wurzelschlüssel mit --root an.")
        text = path.read_text(encoding="ascii")
    try:
        root = bytes.fromhex(text)
    except ValueError:
        root = b""
    if len(root) != 32:
        raise DraftFaulty("Der Wurzelschlüssel hat nicht 64 Zeichen (hexadezimal).")
    return root


def summary(directory: d.Directory) -> Iterator[str]:
    yield (
        f"Version {directory.version} of {directory.network.id}, {directory.issued:%Y-%m-%d %H:%M} to "
        f"{directory.expires:%Y-%m-%d %H:%M} UTC, follows {(directory.previous or 'nothing')[:16]}"
    )
    carriers = {carrier.id: carrier for carrier in directory.carriers}
    for team in directory.teams:
        carrier = carriers[team.carrier]
        marks = [carrier.kind, *(["must prosecute"] if carrier.legality_principle else [])]
        marks += [word for word, is_so in (("assigned", team.access == "assigned"), ("test", team.test)) if is_so]
        yield f"  {team.id:<22} epoch {team.epoch}  key {team.kid}  {team.carrier} ({', '.join(marks)})"


def changes(old: d.Directory, new: d.Directory) -> Iterator[str]:
    """What the newer version changed, in words for whoever signs or reads along."""
    before, after = {team.id: team for team in old.teams}, {team.id: team for team in new.teams}
    yield from (f"+ team {id}" for id in after.keys() - before.keys())
    yield from (f"- team {id}" for id in before.keys() - after.keys())
    for id in sorted(before.keys() & after.keys()):
        if before[id].kid != after[id].kid:
            yield f"* team {id}: key epoch {before[id].epoch} -> {after[id].epoch}, now {after[id].kid}"
        differing = [
            field for field in d.Team.__struct_fields__ if getattr(before[id], field) != getattr(after[id], field)
        ]
        plain = [
            field for field in differing if field not in ("epoch", "kid", "key_hash", "verify", "former", "review_by")
        ]
        if plain:
            yield f"* team {id}: {', '.join(plain)}"
    kinds = {carrier.id: (carrier.kind, carrier.legality_principle) for carrier in old.carriers}
    for carrier in new.carriers:
        if kinds.get(carrier.id, (carrier.kind, carrier.legality_principle)) != (
            carrier.kind,
            carrier.legality_principle,
        ):
            yield f"! carrier {carrier.id}: now {carrier.kind}, must prosecute: {carrier.legality_principle}"
    for field in ("network", "coordinations", "signposts", "routing", "regions_hash", "annex_hash"):
        if getattr(old, field) != getattr(new, field):
            yield f"* {field}"
