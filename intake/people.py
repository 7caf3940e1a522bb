"""Who may read in a team, since when, admitted by whom: a signed, chained log that everybody there replays. Pure.

    statement = signed document of kind "people" (crypto/signing.py); each names the hash of the one before
    replay(team, statements, team's verify keys) -> Roll: everybody who reads, with the key that was read aloud

                 invited ──> invited ──granted──> reading ──revoked──> ended
                                  ^                 │  ^
                                  └──── recovered ──┘  └ role        (recovered: the old key is void, granted anew)

A statement is signed by a lead who reads at that moment, or by the team's own key (`by` is ""): that is how the first
lead comes in, with the seed that lies in the safe. The server keeps the log and can neither write nor leave out an
entry in the middle. The browser replays it by the same table (client/console/roll.ts).

Requirements: R31 R73 R75 R78 R79; standards.md 10.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from crypto.errors import SignatureForged
from crypto.signing import read_document, unproven
from intake.errors import ClockWrong, LastLead, LeadOnly, LogMoved, SecrecyMissing, StatementForged

KIND = "people"
CLOCK_SLACK = timedelta(minutes=10)

Act = Literal["invited", "granted", "role", "revoked", "recovered", "epoch"]
Role = Literal["counsellor", "lead", "supervisor"]
MemberId = Annotated[str, msgspec.Meta(pattern=r"^([a-z][a-z0-9._-]{0,31})?$")]
Hex32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Hex8 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$")]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\d$")]
Minute = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$")]


class Standing(StrEnum):
    """Of a member in the log."""

    INVITED = "invited"
    READING = "reading"
    ENDED = "ended"


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry. `kem_hash` is SHA-256 of the member's sealing key; `by` "" means the team's own key."""

    v: Literal[1]
    team: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)]
    number: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    previous: Hex32 | None
    at: Minute
    by: MemberId
    act: Act
    member: MemberId = ""
    role: Role | None = None
    kem_hash: Hex32 | None = None
    verify: Hex32 | None = None
    secrecy: Day | None = None
    epoch: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    kid: Hex8 | None = None
    asked: MemberId = ""  # recovered: the other lead


@dataclass(frozen=True, slots=True)
class Reader:
    """One member as the log tells. `since` and `by`: when and by whom admitted as they are now."""

    member: str
    standing: Standing
    role: Role
    since: str
    by: str
    kem_hash: str | None = None
    verify: str | None = None
    secrecy: str | None = None


@dataclass(frozen=True, slots=True)
class Roll:
    """The log's outcome. `head` is the hash that the next statement names; `epoch` the newest announced key."""

    team: str
    number: int = 0
    head: str | None = None
    at: str = ""
    epoch: int | None = None
    kid: str | None = None
    readers: tuple[Reader, ...] = ()

    def reader(self, member: str) -> Reader | None:
        """The member's entry, or None."""
        return next((reader for reader in self.readers if reader.member == member), None)

    @property
    def leads(self) -> tuple[Reader, ...]:
        """Leads who read now: they may sign."""
        return tuple(one for one in self.readers if one.standing is Standing.READING and one.role == "lead")


NEXT: dict[tuple[Standing | None, Act], Standing] = {
    (None, "invited"): Standing.INVITED,
    (Standing.INVITED, "invited"): Standing.INVITED,
    (Standing.ENDED, "invited"): Standing.INVITED,
    (Standing.INVITED, "granted"): Standing.READING,
    (Standing.READING, "granted"): Standing.READING,
    (Standing.INVITED, "role"): Standing.INVITED,
    (Standing.READING, "role"): Standing.READING,
    (Standing.INVITED, "revoked"): Standing.ENDED,
    (Standing.READING, "revoked"): Standing.ENDED,
    (Standing.READING, "recovered"): Standing.INVITED,
}
"""(standing, act) -> next standing. What is missing here is refused."""

BY_TEAM_KEY: dict[tuple[Standing | None, Act], Standing] = {
    (None, "granted"): Standing.READING,
    (Standing.ENDED, "granted"): Standing.READING,
}
"""What the team's own key may besides: admit somebody without an invitation, from the safe."""


def statement_hash(statement: bytes) -> str:
    """SHA-256 of the signed bytes in hex: what the next statement names as `previous`."""
    return hashlib.sha256(statement).hexdigest()


def decode(body: bytes) -> Statement:
    """JSON -> Statement. Raises StatementForged."""
    try:
        return msgspec.json.decode(body, type=Statement)
    except (msgspec.DecodeError, RecursionError):
        raise StatementForged("not a statement") from None


def replay(team: str, statements: Iterable[bytes], team_keys: Sequence[bytes]) -> Roll:
    """The whole log, proved. `team_keys`: verify keys (32 bytes) of all the team's epochs. Raises StatementForged."""
    roll = Roll(team)
    for statement in statements:
        try:
            roll = follow(roll, statement, team_keys)
        except (LogMoved, LastLead, LeadOnly, SecrecyMissing) as error:
            raise StatementForged(f"entry {roll.number + 1}: {error}") from None
    return roll


def follow(roll: Roll, statement: bytes, team_keys: Sequence[bytes]) -> Roll:
    """One entry more. Raises StatementForged, LogMoved, LeadOnly, LastLead, SecrecyMissing."""
    said = decode(unproven(statement))
    if said.team != roll.team:
        raise StatementForged("of another team")
    if (said.number, said.previous) != (roll.number + 1, roll.head):
        raise LogMoved(f"entry {roll.number + 1} is next")
    if not any(_signed(statement, key) for key in _signers(roll, said, team_keys)):
        raise StatementForged("not signed by whom it says")
    after = step(roll, said)
    return replace(after, number=said.number, head=statement_hash(statement), at=said.at)


def step(roll: Roll, said: Statement) -> Roll:
    """What a proved statement changes. Raises StatementForged, LastLead, SecrecyMissing."""
    if said.act == "epoch":
        if said.epoch is None or said.kid is None or said.epoch < (roll.epoch or 0):
            raise StatementForged("an epoch needs a number that is not older, and a key")
        return replace(roll, epoch=said.epoch, kid=said.kid)
    before = roll.reader(said.member)
    standing = before.standing if before else None
    after = NEXT.get((standing, said.act))
    if after is None and said.by == "":
        after = BY_TEAM_KEY.get((standing, said.act))
    if after is None or not said.member:
        raise StatementForged(f"{said.act} does not follow on {standing}")
    reader = _changed(before, said, after)
    others = tuple(one for one in roll.readers if one.member != said.member)
    changed = replace(roll, readers=tuple(sorted((*others, reader), key=lambda one: one.member)))
    if roll.leads and not changed.leads and said.act != "recovered":
        raise LastLead
    return changed


def _changed(before: Reader | None, said: Statement, after: Standing) -> Reader:
    role = said.role or (before.role if before else "counsellor")
    if said.act == "granted":
        if said.kem_hash is None or said.verify is None:
            raise StatementForged("a grant names the key")
        if said.secrecy is None or said.secrecy > said.at[:10]:
            raise SecrecyMissing
        return Reader(said.member, after, role, said.at, said.by, said.kem_hash, said.verify, said.secrecy)
    if said.act in ("role", "invited") and said.role is None:
        raise StatementForged("a role is missing")
    if said.act == "role" and before is not None:
        return replace(before, role=role)
    secrecy = before.secrecy if before else None
    return Reader(said.member, after, role, said.at, said.by, secrecy=secrecy)


def check_time(roll: Roll, statement: bytes, now: datetime) -> None:
    """Raises ClockWrong when the entry's clock is more than ten minutes off, or before the last entry."""
    at = decode(unproven(statement)).at
    try:
        said = datetime.strptime(at, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise StatementForged("no such time") from None
    if abs(said - now) > CLOCK_SLACK or at < roll.at:
        raise ClockWrong


def _signers(roll: Roll, said: Statement, team_keys: Sequence[bytes]) -> Sequence[bytes]:
    """Whose key must have signed. Raises LeadOnly."""
    if said.by == "":
        return team_keys
    author = roll.reader(said.by)
    leaving = said.act == "revoked" and said.member == said.by
    if author is None or author.standing is not Standing.READING or author.verify is None:
        raise LeadOnly
    if author.role != "lead" and not leaving:
        raise LeadOnly
    if said.act == "recovered" and said.member == said.by:
        raise LeadOnly
    return (bytes.fromhex(author.verify),)


def _signed(statement: bytes, key: bytes) -> bool:
    try:
        read_document(KIND, statement, key)
    except SignatureForged:
        return False
    return True
