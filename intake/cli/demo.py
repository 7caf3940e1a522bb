"""`erstkontakt init --demo`: a whole network in one folder, to try out and to throw away.

What a real installation keeps apart (the root on a machine without network, the teams' seeds with their leads, the
passphrases in heads) lies here in one folder, `lead/`, and says so.
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from config.settings import FILE_NAME, Settings, read_settings
from crypto.identity import Identity
from crypto.passphrase import unlock, wrap
from crypto.return_code import generate
from intake import people
from intake.cli.members import admitting, seal_grant
from intake.cli.service import write_settings
from intake.members import DEFAULT_MEMORY_KIB, DEFAULT_PASSES, hash_token
from intake.store import Grant, MemberRow, Transaction, open_store

NOTE = """This folder belongs to a demonstration. It holds what a real network keeps apart: the root seed (offline),
the teams' seeds (with their leads) and the passphrases of the demo counsellors. Delete it whenever you like.
"""

PASSPHRASE_WORDS = 5


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A counsellor of the cast. `teams`: ids, the first is their own; `leads`: the team that they lead, if any."""

    id: str
    name: str
    teams: tuple[str, ...]
    passphrase: str = ""
    leads: str = ""


CAST = (
    DemoMember("mira", "Mira Petersen", ("rz-wm", "rz-ro", "netzwerk-mv"), leads="rz-wm"),
    DemoMember("jonas", "Jonas Albrecht", ("rz-wm",), leads="rz-wm"),
    DemoMember("aylin", "Aylin Demir", ("erstkontakt-ausstieg",), leads="erstkontakt-ausstieg"),
    DemoMember("probe", "Probe (Wächter)", ("probe", "probe-zwei")),
)
WATCHDOG = "probe"  # answers for the canary, is nobody to log in as


def make_demo(folder: Path) -> int:
    """Makes the demonstration unless it is there, and prints the welcome."""
    path = folder / FILE_NAME
    if not (folder / "complete").exists():
        _build(folder)
    welcome(folder, read_settings(path))
    return 0


def _build(folder: Path) -> None:
    from intake.cli.directory import make_demo as make_network

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    network = make_network(folder, datetime.now(UTC))
    write_settings(folder, network.root.hex(), "http://127.0.0.1:8080", 8080)
    settings = read_settings(folder / FILE_NAME, {})
    cast = [
        replace(member, teams=teams, passphrase=" ".join(generate()[:PASSPHRASE_WORDS]))
        for member in CAST
        if (teams := tuple(team for team in member.teams if team in network.teams))
    ]
    asyncio.run(_enrol(settings, cast, network.teams))
    lead = folder / "lead"
    lead.mkdir(exist_ok=True, mode=0o700)
    shown = {
        "root_fingerprint": network.root_fingerprint,
        "members": [
            {"id": member.id, "name": member.name, "passphrase": member.passphrase, "teams": list(member.teams)}
            for member in cast
        ],
    }
    _private(lead / "demo.json", json.dumps(shown, ensure_ascii=False, indent=2))
    for member in cast:
        if member.id == WATCHDOG:
            _private(lead / f"{WATCHDOG}.passphrase", member.passphrase + "\n")
    _private(lead / "READ-ME.txt", NOTE)
    (folder / "complete").touch(0o600)


def _private(path: Path, text: str) -> None:
    path.touch(0o600)
    path.write_text(text, "utf-8")


async def _enrol(settings: Settings, cast: list[DemoMember], seeds: dict[str, Path]) -> None:
    from intake.cli.seed_files import read_seed
    from intake.network import Network

    network = Network(settings.directory_folder, settings.root_key)
    now = datetime.now(UTC)
    network.reload(now)
    teams = {team.id: team for team in network.directory.teams}

    async def unit(tx: Transaction) -> None:
        rolls = {team: people.Roll(team) for team in teams}
        # Whoever leads comes first: nobody else could let anybody in.
        for member in sorted(cast, key=lambda member: not member.leads):
            salt, seed = os.urandom(16), os.urandom(32)
            keys = unlock(member.passphrase, salt, DEFAULT_MEMORY_KIB, DEFAULT_PASSES)
            public = Identity.from_seed(seed).public
            await tx.put_member(member.id, member.name)
            await tx.put_secrecy(member.id, f"{now:%Y-%m-%d}")
            wrapped = wrap(seed, keys.wrapping_key)
            await tx.enrol(
                MemberRow(
                    member.id, member.name, "enrolled", salt, DEFAULT_MEMORY_KIB, DEFAULT_PASSES,
                    hash_token(keys.login_key), wrapped, public.kem, public.verify,
                )
            )  # fmt: skip
            for team in member.teams:
                grant = seal_grant(member.id, public, teams[team], read_seed(seeds[team]))
                role: people.Role = "lead" if team == member.leads else "counsellor"
                statement = admitting(
                    rolls[team], member.id, role, public, read_seed(seeds[team]), f"{now:%Y-%m-%d}", now
                )
                rolls[team] = people.follow(rolls[team], statement, teams[team].verify_keys())
                await tx.add_statement(team, rolls[team].number, statement)
                await tx.join(member.id, team)
                await tx.put_role(member.id, team, role)
                await tx.put_grant(member.id, Grant(team, teams[team].epoch, grant))

    async with open_store(settings.database, settings.data_folder) as store:
        await store.write(unit)


def _typed() -> str:
    """The command as it can be typed where this one was: it is on nobody's PATH after `make demo`."""
    started = Path(sys.argv[0])
    if started.is_absolute() and started.is_relative_to(Path.cwd()):
        started = started.relative_to(Path.cwd())
    return str(started) if started.name == "erstkontakt" else "erstkontakt"


def welcome(folder: Path, settings: Settings) -> None:
    """Addresses, counsellors, passphrases, fingerprint, and what to try first."""
    shown = json.loads((folder / "lead" / "demo.json").read_text("utf-8"))
    url = settings.public_url
    print(f"""
Erstkontakt, demonstration network (throw-away, in {folder}/)

  For people who seek help   {url}/
  For counsellors            {url}/team/
  Root fingerprint           {shown["root_fingerprint"]}

  Demo counsellors (account / passphrase)""")
    for member in shown["members"]:
        if member["id"] == WATCHDOG:
            continue
        print(f"    {member['id']:<8}{member['passphrase']:<47}{member['name']}, {', '.join(member['teams'])}")
    if settings.hotline_accounts:
        number = settings.hotline_accounts[0].partition(";")[0]
        print(f"""
  By telephone: any softphone on this machine calls {number}
    (at the first start it makes its sentences, for some minutes; what is not made yet stays silent)""")
    print(f"""
  A watchdog that walks the whole way (in another window, while this serves):
    {_typed()} canary --url {url} --root {settings.root_key.hex()} \\
      --member {WATCHDOG} --passphrase-file {folder / "lead" / WATCHDOG}.passphrase

  Try first: write as somebody from Wismar (postcode 23966) on {url}/schreiben, keep the eight words,
  log in as mira in another window, claim and answer, and come back with the words on {url}/antworten.
""")
