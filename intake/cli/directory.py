"""`erstkontakt directory …`: from sources to a signed directory, with the root on a machine without network.

network folder (may lie in a repository)        the root's machine (offline)         the server
  *.toml, keys/*.json, root.key
  directory draft  ->  draft/directory.json  -> directory sign  ->  directory.ekd
  directory publish  <-----------------------------------------------+
    -> chain/00001.ekd …, files/…            --to <data>/directory ->  read by the running service within a minute
"""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from crypto.signing import root_verify, sign_document
from intake import directory as d
from intake import network as n
from intake.cli.network_folder import (
    EXAMPLE,
    DemoNetwork,
    changes,
    fingerprint,
    init_folder,
    make_demo,
    make_draft,
    make_key,
    publish_to,
    root_of,
    summary,
)
from intake.cli.seed_files import read_seed
from intake.errors import DraftFaulty, IntakeError, Operator
from intake.sources import key_file_name, load_keys, load_sources, read_key, write_key

__all__ = ["DemoNetwork", "guarded", "make_demo", "register"]

_FIELDS = """# Written by `erstkontakt directory add-team`. Change whatever you like; `directory draft` checks it.

[[team]]
id = {id}
name = {name}
carrier = {carrier}
role = {role}
lands = {lands}
kreise = {kreise}
phenomena = {phenomena}
audience = {audience}
subdivision = {subdivision}
source = {source}
about.de = {about_de}
about.en = {about_en}
"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `directory` with its verbs."""
    parser = commands.add_parser(
        "directory",
        help="who exists and which key they use: prepare, sign, publish and check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", metavar="verb", required=True)

    def verb(name: str, run: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=text, description=text)
        added.set_defaults(run=lambda options: guarded(run, options))
        return added

    init = verb("init", _init, "Make a network folder from the example, and the seed of a new root.")
    init.add_argument("folder", type=Path)
    init.add_argument("--root-seed", type=Path, required=True, help="new file for the root's seed; not in the folder")
    init.add_argument("--sources", type=Path, default=EXAMPLE, help="folder with TOML files to begin with")

    add = verb("add-team", _add_team, "Write the source of a new team. Its key comes with make-key and add-key.")
    add.add_argument("folder", type=Path)
    add.add_argument("id", help="short name: small letters, digits, hyphens")
    for name, text in (
        ("name", "as people know it"),
        ("carrier", "id of the carrier"),
        ("about-de", "who reads here, in plain German"),
        ("about-en", "the same in English"),
        ("source", "where the data come from"),
    ):
        add.add_argument(f"--{name}", required=True, help=text)
    add.add_argument("--role", default="offer", help="regional_centre, topic_team, first_contact_desk, offer …")
    add.add_argument("--lands", default="", help="Länder, such as DE8,DEA; none and no Kreise = everywhere")
    add.add_argument("--kreise", default="", help="Kreise, such as DE80M,DE804")
    add.add_argument("--phenomena", default="unknown", help="of RE,IS,LE,AB,RB,VD,HG,unknown")
    add.add_argument("--audience", default="exit,relative,professional,own_concern")
    add.add_argument("--subdivision", required=True, help="whose public holidays count, such as MV")

    make = verb("make-key", _make_key, "On the lead's machine: a new seed for a team, and the public key to send in.")
    make.add_argument("team")
    make.add_argument("--epoch", type=int, default=1, help="1 for the first key, then one more each time")
    make.add_argument("--seed-file", type=Path, required=True, help="new file for the seed (0600); keep it secret")
    make.add_argument("--out", type=Path, help="public key file; default <team>.<epoch>.json beside the seed")

    key = verb("add-key", _add_key, "Take in a team's public key: its first one, or the next epoch.")
    key.add_argument("folder", type=Path)
    key.add_argument("key", type=Path, help="public key file from the team's lead")

    draft = verb(
        "draft", _draft, "Compile the next version; names every fault at once. Needs no network and no secret."
    )
    draft.add_argument("folder", type=Path)

    sign = verb("sign", _sign, "On the root's machine: look at a draft and sign it. Needs the draft and the seed only.")
    sign.add_argument("draft", type=Path, help="draft/directory.json")
    sign.add_argument("--root-seed", type=Path, required=True)
    sign.add_argument("--out", type=Path, help="default: directory.ekd beside the draft")
    sign.add_argument("--previous", type=Path, help="the last signed version, to see what changes")
    sign.add_argument("--yes", action="store_true", help="do not ask")

    publish = verb("publish", _publish, "Check a signed version, add it to the chain, and lay it out for the server.")
    publish.add_argument("folder", type=Path)
    publish.add_argument("signed", type=Path, nargs="?", help="directory.ekd; left out: only bring --to up to date")
    publish.add_argument("--to", type=Path, help="<data>/directory of the server")

    verify = verb("verify", _verify, "Check a signed file, or a folder with a whole chain and everything it names.")
    verify.add_argument("what", type=Path, help="file, network folder, or <data>/directory")
    verify.add_argument("--root", help="the root's verify key in hex; default: root.key in the folder")

    log = verb("log", _log, "Replay the chain: every version and what it changed.")
    log.add_argument("folder", type=Path, help="network folder or <data>/directory")
    log.add_argument("--root", help="the root's verify key in hex; default: root.key in the folder")


def guarded(run: Callable[[argparse.Namespace], None], options: argparse.Namespace) -> int:
    """Runs a verb; what is wrong is told in sentences, without a traceback. Returns the exit code."""
    try:
        run(options)
    except Operator as e:
        print("Not done:", file=sys.stderr)
        for fault in e.faults:
            print(f"  - {fault}", file=sys.stderr)
        return 1
    except IntakeError as e:
        # Its sentences are for people on the pages; who types commands is told what the error is.
        print(f"Not done:\n  - {(type(e).__doc__ or e.en).splitlines()[0]}", file=sys.stderr)
        if str(e) != e.code:
            print(f"    ({e})", file=sys.stderr)
        return 1
    except OSError as e:
        print(f"Not done: {e.filename}: {e.strerror}", file=sys.stderr)
        return 1
    return 0


# ---------------------------------------------------------------------------------------------------- the verbs


def _init(options: argparse.Namespace) -> None:
    root = init_folder(options.folder, options.root_seed, options.sources)
    print(f"The network folder is {options.folder}. Its salt must never change: every return code hangs on it.")
    print(f"The root's seed is {options.root_seed} (0600, no passphrase). Take it to a machine without network.")
    print(f'Root fingerprint: {fingerprint(root)}\nSetting:          root_key = "{root.hex()}"')


def _add_team(options: argparse.Namespace) -> None:
    path = options.folder / "teams" / f"{options.id}.toml"
    if path.exists():
        raise DraftFaulty(f"„{path}“ gibt es schon.")

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'

    def listed(text: str) -> str:
        return "[" + ", ".join(quoted(word.strip()) for word in text.split(",") if word.strip()) + "]"

    values = {name: quoted(getattr(options, name)) for name in ("id", "name", "carrier", "role", "source")}
    values |= {name: quoted(getattr(options, name)) for name in ("about_de", "about_en", "subdivision")}
    values |= {name: listed(getattr(options, name)) for name in ("lands", "kreise", "phenomena", "audience")}
    n.write_file(path, _FIELDS.format(**values).encode("utf-8"))
    try:
        load_sources(options.folder)
    except DraftFaulty:
        path.unlink()
        raise
    print(f"Written: {path}\nNext, its lead makes a key:  erstkontakt directory make-key {options.id} --seed-file …")


def _make_key(options: argparse.Namespace) -> None:
    out = options.out or options.seed_file.with_name(f"{options.team}.{options.epoch}.json")
    key = make_key(options.team, options.epoch, options.seed_file, out)
    print(f"Secret, stays here:  {options.seed_file} (0600, no passphrase: keep it on an encrypted medium)")
    print(f"Public, send it in:  {out}\nRead aloud by phone: {key.identity.fingerprint}")


def _add_key(options: argparse.Namespace) -> None:
    key = read_key(options.key.read_bytes())
    if key.team not in {team.id for team in load_sources(options.folder).teams}:
        raise DraftFaulty(f"Das Team „{key.team}“ gibt es nicht.")
    known = load_keys(options.folder / "keys").get(key.team, ())
    due = known[0].epoch + 1 if known else 1
    if key.epoch != due:
        raise DraftFaulty(f"Erwartet wird Epoche {due} von „{key.team}“. Die Datei ist von Epoche {key.epoch}.")
    if any(key.kem == other.kem or key.verify == other.verify for other in known):
        raise DraftFaulty("Das ist ein früherer Schlüssel. Eine neue Epoche braucht einen neuen.")
    n.write_file(options.folder / "keys" / key_file_name(key), write_key(key.team, key.epoch, key.identity))
    print(f"{key.team}, epoch {key.epoch}. Compare with the lead by phone, then draft, sign and publish:")
    print(f"  {key.identity.fingerprint}")


def _draft(options: argparse.Namespace) -> None:
    draft = make_draft(options.folder, datetime.now(UTC))
    for line in summary(draft.directory):
        print(line)
    print(f"Draft: {options.folder / 'draft' / 'directory.json'}. Take it to the root's machine: directory sign")


def _sign(options: argparse.Namespace) -> None:
    body = options.draft.read_bytes()
    directory = d.decode(body)
    faults = list(d.contradictions(directory))
    seed = read_seed(options.root_seed, "root")
    if options.previous is not None:
        before = options.previous.read_bytes()
        old = d.read_any_age(before, root_verify(seed))
        if directory.version != old.version + 1 or directory.previous != d.file_hash(before):
            faults.append(f"Der Entwurf folgt nicht auf Version {old.version}.")
    if faults:
        raise DraftFaulty(*faults)
    for line in summary(directory):
        print(line)
    if options.previous is not None:
        for line in changes(old, directory):
            print(f"  {line}")
    if not options.yes and input("Sign this? Type yes: ").strip().lower() not in ("yes", "ja"):
        raise DraftFaulty("Nicht unterschrieben.")
    out = options.out or options.draft.with_name("directory.ekd")
    n.write_file(out, sign_document(d.KIND, body, seed))
    print(f"Signed: {out}\nRoot fingerprint: {fingerprint(root_verify(seed))}")


def _publish(options: argparse.Namespace) -> None:
    root, now = root_of(options.folder, None), datetime.now(UTC)
    if options.signed is not None:
        directory = publish_to(
            options.folder / "chain", root, now, options.signed.read_bytes(), options.folder / "files"
        )
        print(f"Version {directory.version} is in the chain, valid until {directory.expires:%Y-%m-%d}.")
    if options.to is not None:
        ours, theirs = n.chain_files(options.folder / "chain"), n.chain_files(options.to)
        if ours[: len(theirs)] != theirs:
            raise DraftFaulty("Auf dem Server liegt eine andere Kette als hier. Nichts wurde verändert.")
        n.replay(ours, root)
        for number, blob in enumerate(ours[len(theirs) : -1], start=len(theirs) + 1):
            n.write_file(options.to / n.file_name(number), blob)
        if len(ours) > len(theirs):
            publish_to(options.to, root, now, ours[-1], options.folder / "files")
        print(f"{options.to} is up to date ({len(ours)} versions). A running service takes it within a minute.")


def _verify(options: argparse.Namespace) -> None:
    now = datetime.now(UTC)
    if options.what.is_file():
        if options.root is None:
            raise DraftFaulty("Zum Prüfen einer einzelnen Datei gehört der Wurzelschlüssel: --root")
        directory = d.read(options.what.read_bytes(), root_of(options.what.parent, options.root), now)
    else:
        root = root_of(options.what, options.root)
        folder = options.what / "chain" if (options.what / "chain").is_dir() else options.what
        blobs = n.chain_files(folder)
        links = n.replay(blobs, root)
        if not links:
            raise DraftFaulty("Hier liegt noch keine Kette.")
        directory = d.read(blobs[-1], root, now)
        n.read_everything(folder, directory, blobs[-1])
        print(f"Chain of {len(links)}: every link is signed and follows the one before.")
    for line in summary(directory):
        print(line)
    print("ok")


def _log(options: argparse.Namespace) -> None:
    root = root_of(options.folder, options.root)
    folder = options.folder / "chain" if (options.folder / "chain").is_dir() else options.folder
    blobs = n.chain_files(folder)
    links = n.replay(blobs, root)
    older: d.Directory | None = None
    for link, blob in zip(links, blobs, strict=True):
        print(f"{link.version:>5}  {link.issued:%Y-%m-%d %H:%M} to {link.expires:%Y-%m-%d}  {d.file_hash(blob)}")
        directory = d.read_any_age(blob, root)
        for line in changes(older, directory) if older else [f"{len(directory.teams)} teams"]:
            print(f"       {line}")
        older = directory
