"""`erstkontakt members …`: who may see a team's contacts, and who can read them. Two different things.

    on the server          members invite anna --name "Anna Berg" --team rz-wm      prints a one-time code
    in the browser         the member opens /team/, makes keys and a passphrase, reads the fingerprint to the lead
    on the server          members export-key anna > anna.key
    on the lead's machine  members grant --key anna.key --seed-file rz-wm.seed --secrecy 2026-11-02 --out anna.grant
    on the server          members import anna.grant

The seed of a team is never on the server; without a grant a member sees headers and can open nothing. Each grant is an
entry of the team's log, signed with the team's own key. Once a team has a lead (`--role lead`), leads do all of this in
their console.
"""

import argparse
import asyncio
import contextlib
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from config.settings import Settings
from crypto.envelope import Kind, inspect, seal
from crypto.errors import CryptoError
from crypto.identity import Identity, PublicIdentity
from crypto.return_code import generate
from crypto.signing import sign_by
from intake import people
from intake.cli.service import add_config, settings_of
from intake.contacts import Event, step
from intake.desk import Desk, hour_of, machine, moved
from intake.directory import Team
from intake.errors import IntakeError
from intake.members import INVITATION_HOURS, hash_token, normal_id
from intake.network import Network
from intake.store import Grant, Store, Transaction, open_store
from intake.team_desk import invitation_hash, member_context

ROLES = ("counsellor", "lead", "supervisor", "coordination")


class _Place(msgspec.Struct, forbid_unknown_fields=True):
    """Where a team's log stands, and what the member is there."""

    number: int
    head: str | None
    role: people.Role


class _KeyFile(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    member: str
    kem: bytes
    verify: bytes
    teams: dict[str, _Place]


class _GrantFile(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    member: str
    team: str
    epoch: int
    envelope: bytes
    statement: bytes


class Refused(Exception):
    """What was asked cannot be done; the message says why."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds members and what can be done with them."""
    members = commands.add_parser(
        "members", help="invite, grant, list and revoke counsellors", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verbs = members.add_subparsers(title="what to do", metavar="verb", required=True)

    def verb(name: str, run: Callable[[argparse.Namespace, Settings], Awaitable[int]], text: str) -> Any:
        parser = verbs.add_parser(name, help=text, description=text)
        add_config(parser)
        parser.set_defaults(run=lambda options: _guarded(run, options))
        return parser

    invite = verb("invite", _invite, "Invite somebody; prints a one-time code, valid for three days.")
    invite.add_argument("member", help="account name: small letters, digits, . _ -")
    invite.add_argument("--name", required=True, help="name as colleagues see it")
    invite.add_argument("--team", action="append", required=True, help="team id; may be given several times")
    invite.add_argument("--role", choices=ROLES, default="counsellor", help="default: counsellor")

    export = verb("export-key", _export_key, "Print a member's public key, to be granted by the lead.")
    export.add_argument("member")

    grant = verb("grant", _grant, "Seal a team's seed for a member (on the lead's machine, or at once with MEMBER).")
    grant.add_argument("member", nargs="?", help="store the grant at once in this installation")
    grant.add_argument("--key", type=Path, help="file from `members export-key`, instead of MEMBER")
    grant.add_argument("--seed-file", type=Path, required=True, help="the team's seed")
    grant.add_argument("--team", help="team id, if the seed file could be of several")
    grant.add_argument("--out", type=Path, help="where the grant is written (with --key)")
    grant.add_argument("--fingerprint", help="the words that the member read to you by phone; checked")
    grant.add_argument("--secrecy", required=True, help="day of the commitment to secrecy (§ 203 StGB): 2026-11-02")

    bring = verb("import", _import, "Store a grant that the lead has sealed.")
    bring.add_argument("file", type=Path)

    verb("list", _list, "Everybody, with state, teams and grants.")

    role = verb("role", _role, "Say what a member is in a team: lead, supervisor, counsellor; or coordination.")
    role.add_argument("member")
    role.add_argument("team", help="team id, or the id of a coordination")
    role.add_argument("role", choices=ROLES)

    revoke = verb("revoke", _revoke, "Cut a member off: sessions, grants, teams. Then give the team a new key epoch.")
    revoke.add_argument("member")


def _guarded(run: Callable[[argparse.Namespace, Settings], Awaitable[int]], options: argparse.Namespace) -> int:
    settings = settings_of(options)

    async def work() -> int:
        return await run(options, settings)

    try:
        return asyncio.run(work())
    except (Refused, CryptoError) as error:
        print(f"Not done: {error}", file=sys.stderr)
    except IntakeError as error:
        print(f"Not done: {error.code}: {error}", file=sys.stderr)
    except OSError as error:
        print(f"Not done: {error.filename}: {error.strerror}", file=sys.stderr)
    return 1


def seal_grant(member: str, public: PublicIdentity, team: Team, seed: bytes) -> bytes:
    """The team's seed, sealed for one member and signed by the team itself."""
    identity = Identity.from_seed(seed)
    if identity.public.kid.hex() != team.kid:
        raise Refused(f"this is not the present seed of {team.id} (epoch {team.epoch})")
    payload = {"v": 1, "team": team.id, "epoch": team.epoch, "seed": b64encode(seed).decode()}
    return seal(Kind.GRANT, member_context(member), msgspec.json.encode(payload), [public], identity)


def admitting(
    place: people.Roll, member: str, role: people.Role, public: PublicIdentity, seed: bytes, secrecy: str, now: datetime
) -> bytes:
    """The entry of the team's log that goes with a grant, signed with the team's own key."""
    said = people.Statement(
        v=1,
        team=place.team,
        number=place.number + 1,
        previous=place.head,
        at=now.strftime("%Y-%m-%dT%H:%MZ"),
        by="",
        act="granted",
        member=member,
        role=role,
        kem_hash=hash_token(public.kem).hex(),
        verify=public.verify.hex(),
        secrecy=secrecy,
    )
    return sign_by(people.KIND, msgspec.json.encode(said), Identity.from_seed(seed))


def _network(settings: Settings) -> Network:
    network = Network(settings.directory_folder, settings.root_key)
    network.reload(datetime.now(UTC))
    return network


def _store(settings: Settings) -> Store:
    return open_store(settings.database, settings.data_folder)


def _known_id(text: str) -> str:
    member = normal_id(text)
    if not member:
        raise Refused(f"{text!r} is no account name: small letters, digits, . _ - (beginning with a letter)")
    return member


async def _invite(options: argparse.Namespace, settings: Settings) -> int:
    member = _known_id(options.member)
    directory = _network(settings).directory
    # Who coordinates sees headers and no contact, so they belong to a coordination and to no team.
    units = directory.coordinations if options.role == "coordination" else directory.teams
    teams = {unit.id for unit in units}
    if unknown := [team for team in options.team if team not in teams]:
        raise Refused(f"no team {', '.join(unknown)} in the directory; known: {', '.join(sorted(teams))}")
    words = generate()
    expires = hour_of(datetime.now(UTC)) + INVITATION_HOURS

    async def unit(tx: Transaction) -> None:
        known = await tx.member(member)
        if known is not None and known.state == "enrolled":
            raise Refused(f"{member} is enrolled already; revoke first, or invite under another account name")
        await tx.put_member(member, options.name)
        for team in options.team:
            await tx.join(member, team)
            await tx.put_role(member, team, options.role)
        await tx.put_invitation(invitation_hash("".join(words)), member, expires)

    async with _store(settings) as store:
        await store.write(unit)
    print(f"Invitation for {options.name} ({member}), valid for {INVITATION_HOURS} hours, for one use:\n")
    print(f"  {settings.public_url}/team/#einladung\n  {' '.join(words)}\n")
    print("Tell the address and the words on two different ways. Then the member reads eight words to you by phone:")
    print(f"  erstkontakt members export-key {member} > {member}.key")
    return 0


def _reading(role: str) -> people.Role | None:
    """The role, if it may have the seed of a team."""
    return "lead" if role == "lead" else "counsellor" if role == "counsellor" else None


async def _public(store: Store, member: str) -> PublicIdentity:
    row = await store.read(lambda tx: tx.member(member))
    if row is None or row.kem is None or row.verify is None:
        raise Refused(f"{member} has not enrolled yet (or was never invited)")
    return PublicIdentity(row.kem, row.verify)


async def _export_key(options: argparse.Namespace, settings: Settings) -> int:
    member = _known_id(options.member)
    directory = _network(settings).directory

    async def places(tx: Transaction) -> dict[str, _Place]:
        found = {}
        for team, role in (await tx.roles_of(member)).items():
            if (reads := _reading(role)) is not None:
                roll = people.replay(team, await tx.statements(team), directory.team(team).verify_keys())
                found[team] = _Place(roll.number, roll.head, reads)
        return found

    async with _store(settings) as store:
        public = await _public(store, member)
        teams = await store.read(places)
    file = _KeyFile("erstkontakt-member-key/1", member, public.kem, public.verify, teams)
    print(msgspec.json.format(msgspec.json.encode(file)).decode())
    print(f"Fingerprint of {member}: {public.fingerprint}", file=sys.stderr)
    return 0


async def _grant(options: argparse.Namespace, settings: Settings) -> int:
    from intake.cli.seed_files import read_seed

    if (options.member is None) == (options.key is None):
        raise Refused("say either MEMBER (grant at once here) or --key FILE --out FILE (on the lead's machine)")
    seed = read_seed(options.seed_file)
    kid = Identity.from_seed(seed).public.kid.hex()
    team = next((team for team in _network(settings).directory.teams if team.kid == kid), None)
    if team is None or options.team not in (None, team.id):
        raise Refused("no team in the directory uses this seed now")
    now = datetime.now(UTC)
    if options.key is not None:
        if options.out is None:
            raise Refused("--out FILE is missing")
        file = msgspec.json.decode(options.key.read_bytes(), type=_KeyFile)
        member, public = _known_id(file.member), PublicIdentity(file.kem, file.verify)
        _compare(options, member, public)
        place = file.teams.get(team.id)
        if place is None:
            raise Refused(f"{member} may not read {team.id}: invite first, and not as supervisor")
        roll = people.Roll(team.id, place.number, place.head)
        envelope = seal_grant(member, public, team, seed)
        statement = admitting(roll, member, place.role, public, seed, options.secrecy, now)
        grant = _GrantFile("erstkontakt-grant/1", member, team.id, team.epoch, envelope, statement)
        options.out.write_bytes(msgspec.json.encode(grant))
        print(
            f"{options.out}: {team.id} (epoch {team.epoch}) for {member}. On the server: members import {options.out}"
        )
        return 0
    member = _known_id(options.member)

    async def keep(tx: Transaction, desk: Desk) -> None:
        role = _reading((await tx.roles_of(member)).get(team.id, ""))
        if role is None:
            raise Refused(f"{member} may not read {team.id}: invite first, and not as supervisor")
        roll = people.replay(team.id, await tx.statements(team.id), team.verify_keys())
        before = roll.reader(member)
        if before is None or before.kem_hash != hash_token(public.kem).hex():
            await desk.people.admit(tx, team, admitting(roll, member, role, public, seed, options.secrecy, now))
        await tx.put_secrecy(member, options.secrecy)
        await tx.put_grant(member, Grant(team.id, team.epoch, seal_grant(member, public, team, seed)))

    async with _store(settings) as store:
        public = await _public(store, member)
        _compare(options, member, public)
        desk = Desk(store, _network(settings), settings, lambda: now)
        await store.write(lambda tx: keep(tx, desk))
    print(f"{member} can read {team.id} (epoch {team.epoch}) from the next login on.")
    return 0


def _compare(options: argparse.Namespace, member: str, public: PublicIdentity) -> None:
    if options.fingerprint is None:
        print(f"Fingerprint of {member}: {public.fingerprint}")
        print("Compare it with the words that the member reads to you, or give them with --fingerprint.")
    elif options.fingerprint.lower().split() != public.fingerprint.split():
        raise Refused(f"the fingerprint of {member} is another one: {public.fingerprint}. Nothing was granted.")


async def _import(options: argparse.Namespace, settings: Settings) -> int:
    try:
        file = msgspec.json.decode(options.file.read_bytes(), type=_GrantFile)
    except msgspec.DecodeError:
        raise Refused(f"{options.file} is no grant") from None
    member = _known_id(file.member)
    header = inspect(file.envelope)
    async with _store(settings) as store:
        public = await _public(store, member)
        if header.kind is not Kind.GRANT or header.context != member_context(member) or header.kids != (public.kid,):
            raise Refused(f"this grant is not for {member}'s present key")
        network = _network(settings)
        desk = Desk(store, network, settings, lambda: datetime.now(UTC))

        async def keep(tx: Transaction) -> None:
            roll = await desk.people.admit(tx, network.directory.team(file.team), file.statement)
            reader = roll.reader(member)
            if reader is None or reader.kem_hash != hash_token(public.kem).hex():
                raise Refused(f"the entry of the log does not name {member}'s present key")
            await tx.put_secrecy(member, reader.secrecy or "")
            await tx.put_grant(member, Grant(file.team, file.epoch, file.envelope))

        await store.write(keep)
    print(f"{member} can read {file.team} (epoch {file.epoch}) from the next login on.")
    return 0


async def _list(options: argparse.Namespace, settings: Settings) -> int:
    async def unit(tx: Transaction) -> list[tuple[str, str, str, list[str], list[Grant]]]:
        return [(row.id, row.name, row.state, teams, await tx.grants(row.id)) for row, teams in await tx.all_members()]

    async with _store(settings) as store:
        rows = await store.read(unit)
    for member, name, state, teams, grants in rows:
        epochs = {team: [grant.epoch for grant in grants if grant.team == team] for team in teams}
        shown = ", ".join(f"{team} (reads epoch {_spoken(epochs[team])})" for team in teams)
        print(f"{member:<16}{state:<10}{name:<24}{shown}")
    if not rows:
        print("Nobody yet. Begin with: erstkontakt members invite …")
    return 0


def _spoken(epochs: list[int]) -> str:
    return ", ".join(map(str, epochs)) if epochs else "none yet"


async def _role(options: argparse.Namespace, settings: Settings) -> int:
    member = _known_id(options.member)
    coordinates = any(unit.id == options.team for unit in _network(settings).directory.coordinations)
    if coordinates != (options.role == "coordination"):
        raise Refused("the role coordination belongs to a coordination of the directory, all others to a team")

    async def unit(tx: Transaction) -> None:
        if coordinates and await tx.member(member) is not None:
            await tx.join(member, options.team)
        if not await tx.put_role(member, options.team, options.role):
            raise Refused(f"{member} is not a member of {options.team}; invite first")

    async with _store(settings) as store:
        await store.write(unit)
    print(f"{member} is {options.role} of {options.team}.")
    return 0


async def _revoke(options: argparse.Namespace, settings: Settings) -> int:
    member = _known_id(options.member)
    now = datetime.now(UTC)
    network = Network(settings.directory_folder, settings.root_key)
    with contextlib.suppress(IntakeError):  # cutting off must not wait for a valid directory
        network.reload(now)

    async def cut_off(tx: Transaction, desk: Desk) -> tuple[list[str], int]:
        if await tx.member(member) is None:
            raise Refused(f"there is no {member}")
        teams = await tx.teams_of(member)
        held = await tx.held_by(member, 10_000)
        await tx.cut_off(member)
        await desk.phones.gone(tx, member)
        for row in held:  # nobody's contact may hang on somebody who is gone
            after, _ = step(machine(row), Event.RELEASE, by=member)
            changed = moved(row, after, hour_of(now))
            await tx.update_contact(row, changed)
            await desk.alerts.on_contact(tx, changed, Event.RELEASE)
        await desk.alerts.lost(tx, member)
        return teams, len(held)

    async with _store(settings) as store:
        desk = Desk(store, network, settings, lambda: now)
        teams, released = await store.write(lambda tx: cut_off(tx, desk))
    print(f"{member} is cut off; {released} contacts went back to their teams.")
    for team in teams:
        print(f"  {team}: give it a new key epoch and sign the directory again; {member} may still know the old seed.")
    return 0
