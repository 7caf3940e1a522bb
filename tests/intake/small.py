"""A network of two teams and the people around it, all in memory: for tests of desk, store and API.

The big example network is for tests/house.py; here everything is small enough to be seen at once.
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from config.settings import Settings
from crypto.envelope import Kind, open_envelope, seal
from crypto.identity import Identity, MailboxKeys
from crypto.passphrase import wrap
from crypto.signing import root_verify, sign_document
from intake import stamps
from intake.desk import Desk, Stamp, hour_of
from intake.directory import Directory
from intake.members import DEFAULT_MEMORY_KIB, DEFAULT_PASSES, hash_token
from intake.regions import Regions
from intake.store import Grant, MemberRow, Store, Transaction
from intake.team_desk import TeamDesk, Who, member_context, team_context

START = datetime(2026, 11, 18, 9, 20, tzinfo=UTC)  # a Wednesday morning
ROOT = b"\x01" * 32
BITS = 4


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@cache
def identity(seed: bytes) -> Identity:
    return Identity.from_seed(seed)


def team_seed(team: str, epoch: int) -> bytes:
    return hash_token(f"{team} {epoch}".encode())


def directory_data(epochs: dict[str, int], version: int, issued: datetime) -> dict[str, Any]:
    """The JSON of a directory of two teams."""
    text = {"de": "Ein Team.", "en": "A team."}

    def team(id: str, carrier: str) -> dict[str, Any]:
        public = identity(team_seed(id, epochs[id])).public
        return {
            "id": id, "name": id.title(), "carrier": carrier, "role": "offer", "scope": "bund", "lands": [],
            "kreise": [], "phenomena": ["RE", "unknown"], "audience": ["exit", "relative"], "languages": ["de"],
            "access": "open", "prison_visits": False, "answer_working_days": 2, "night_duty": False,
            "hours": {"mo": ["09:00-16:00"], "di": ["09:00-16:00"], "mi": ["09:00-16:00"], "do": ["09:00-16:00"],
                      "fr": ["09:00-16:00"]},
            "subdivision": "MV", "deputy": None, "closed": [], "retention_days": 30, "as_of": "2026-11-01",
            "review_by": "2027-05-01", "about": text, "test": False, "epoch": epochs[id], "kid": public.kid.hex(),
            "key_hash": hash_token(public.kem).hex(), "verify": public.verify.hex(), "former": [],
        }  # fmt: skip

    return {
        "format": "erstkontakt-directory/1", "version": version, "issued": issued.isoformat(),
        "expires": (issued + timedelta(days=90)).isoformat(), "previous": None if version == 1 else "00" * 32,
        "network": {"id": "klein", "name": text, "demonstration": True,
                    "code": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "memory_kib": 19456, "passes": 2}},
        "carriers": [
            {"id": "land", "name": "Land", "kind": "state", "legality_principle": False, "about": text, "badges": []},
            {"id": "verein", "name": "Verein", "kind": "civil", "legality_principle": False, "about": text,
             "badges": []},
        ],
        "teams": [team("hafen", "land"), team("garten", "verein")],
        "coordinations": [], "signposts": [],
        "routing": {"phenomena": [], "roles": [], "teams": [], "reasons": [], "first_alternative": 0, "lists": [],
                    "profiles": [], "places": {}, "deputies": [], "signposts": []},
        "regions_hash": "00" * 32, "annex_hash": "00" * 32,
    }  # fmt: skip


class SmallNetwork:
    """What intake.network.Network is to the desk and the doors."""

    def __init__(self) -> None:
        self.root = root_verify(ROOT)
        self.epochs = {"hafen": 1, "garten": 1}
        self.regions_blob = b'{"format":"erstkontakt-regions/1"}'
        self._version = 0
        self.publish(START - timedelta(days=1))

    def publish(self, issued: datetime) -> None:
        self._version += 1
        body = msgspec.json.encode(directory_data(self.epochs, self._version, issued))
        self.directory = msgspec.json.decode(body, type=Directory)
        self.blob = sign_document("directory", body, ROOT)

    def new_epoch(self, team: str) -> None:
        self.epochs[team] += 1
        self.publish(START)

    def team(self, team: str) -> Identity:
        return identity(team_seed(team, self.epochs[team]))

    def key(self, kid: str) -> bytes:
        for team in self.epochs:
            if self.team(team).public.kid.hex() == kid:
                return self.team(team).public.kem
        raise KeyError(kid)

    annex = b"{}"

    @property
    def regions(self) -> Regions:
        from tests.intake.publishing import regions  # the table is large: only for those who ask

        return regions()

    def link(self, version: int) -> bytes:
        if version != self._version:
            raise KeyError(version)
        return self.blob

    def reload(self, now: datetime) -> None:
        """There is nothing on disk."""


def settings(folder: Any, **more: Any) -> Settings:
    given = {"stamp_bits": BITS, "stamp_bits_most": BITS, **more}
    return Settings(root_key=root_verify(ROOT), data_folder=folder, **given)


@dataclass
class Seeker:
    """Somebody who seeks help, with everything that the browser does for them."""

    network: SmallNetwork
    seed: bytes = field(default_factory=lambda: os.urandom(32))

    def __post_init__(self) -> None:
        self.keys = MailboxKeys.from_seed(self.seed)
        self.identity = Identity.from_seed(self.seed)

    def contact(self, text: str = "Ich brauche Rat.", team: str = "hafen") -> bytes:
        public = self.identity.public
        payload = {"v": 1, "lang": "de", "role": "relative", "text": text, "urgent": False,
                   "keys": {"kem": public.kem, "verify": public.verify}, "sent": "2026-11-18T09:00Z"}  # fmt: skip
        return self._seal(Kind.CONTACT, payload, team)

    def message(self, text: str = "Noch etwas.", team: str = "hafen") -> bytes:
        return self._seal(Kind.MESSAGE, {"v": 1, "text": text, "sent": "2026-11-18T09:00Z"}, team)

    def _seal(self, kind: Kind, payload: dict[str, Any], team: str) -> bytes:
        readers = [self.network.team(team).public, self.identity.public]
        return seal(kind, self.keys.id, msgspec.json.encode(payload), readers, self.identity)

    async def send(self, desk: Desk, envelope: bytes, team: str = "hafen", *, urgent: bool = False) -> Any:
        return await desk.receive_contact(
            team=team,
            token_hash=self.keys.token_hash,
            urgent=urgent,
            envelope=envelope,
            stamp=stamped(envelope, desk.clock()),
        )

    async def write(self, desk: Desk, envelope: bytes) -> int:
        return await desk.add_message(self.keys.id, self.keys.token, envelope, stamped(envelope, desk.clock()))

    def reads(self, envelope: bytes, team: str = "hafen") -> Any:
        opened = open_envelope(
            envelope, self.identity, context=self.keys.id, sender_verify=self.network.team(team).public.verify
        )
        return msgspec.json.decode(opened.payload)


def stamped(envelope: bytes, now: datetime, bits: int = BITS) -> Stamp:
    hour = hour_of(now)
    return Stamp(hour, stamps.solve(envelope, hour, bits))


@dataclass
class Advisor:
    """A counsellor with keys; `login_key` stands for what the browser makes from the passphrase."""

    id: str
    teams: tuple[str, ...]
    seed: bytes = field(default_factory=lambda: os.urandom(32))
    login_key: bytes = field(default_factory=lambda: os.urandom(32))

    async def enrol(self, store: Store, network: SmallNetwork) -> None:
        public = Identity.from_seed(self.seed).public
        row = MemberRow(
            self.id, self.id.title(), "enrolled", os.urandom(16), DEFAULT_MEMORY_KIB, DEFAULT_PASSES,
            hash_token(self.login_key), wrap(self.seed, self.login_key), public.kem, public.verify,
        )  # fmt: skip

        async def unit(tx: Transaction) -> None:
            await tx.put_member(self.id, self.id.title())
            await tx.enrol(row)
            for team in self.teams:
                seed = team_seed(team, network.epochs[team])
                payload = msgspec.json.encode({"v": 1, "team": team, "epoch": network.epochs[team], "seed": seed})
                envelope = seal(Kind.GRANT, member_context(self.id), payload, [public], network.team(team))
                await tx.join(self.id, team)
                await tx.put_grant(self.id, Grant(team, network.epochs[team], envelope))

        await store.write(unit)

    async def login(self, desk: TeamDesk) -> Who:
        done = await desk.login(self.id, self.login_key)
        return await desk.session(done.session)

    def answer(self, network: SmallNetwork, seeker: Seeker, text: str = "Gut, dass Sie schreiben.") -> bytes:
        team = network.team(self.teams[0])
        payload = msgspec.json.encode(
            {"v": 1, "text": text, "from": "Beratungsteam Hafen", "sent": "2026-11-18T10:00Z"}
        )
        return seal(Kind.ANSWER, seeker.keys.id, payload, [seeker.identity.public, team.public], team)

    def note(self, network: SmallNetwork, seeker: Seeker, text: str = "Bitte morgen anrufen.") -> bytes:
        team = network.team(self.teams[0])
        payload = msgspec.json.encode({"v": 1, "text": text, "by": self.id, "sent": "2026-11-18T10:00Z"})
        return seal(Kind.NOTE, seeker.keys.id, payload, [team.public], team)

    def record(self, network: SmallNetwork, seeker: Seeker, text: str = "Eine Wohnung") -> bytes:
        team = network.team(self.teams[0])
        fields = [{"title": "", "text": text}]
        payload = {"v": 1, "sheet": "goals", "fields": fields, "by": self.id, "sent": "2026-11-18T10:00Z"}
        return seal(Kind.RECORD, seeker.keys.id, msgspec.json.encode(payload), [team.public], team)

    def blocks(self, network: SmallNetwork) -> bytes:
        team = network.team(self.teams[0])
        payload = msgspec.json.encode({"v": 1, "blocks": [{"title": "Gruß", "text": "Guten Tag"}]})
        return seal(Kind.BLOCKS, team_context(self.teams[0]), payload, [team.public], team)


def day(text: str) -> date:
    return date.fromisoformat(text)
