"""Rules for team members: names, enrolment, sessions, and the growing delay after wrong passphrases. Pure.

The passphrase never leaves the browser (protocol.md, section 6): what arrives is a 32-byte login key made from it by
Argon2id, of which the server keeps SHA-256. A member of a team is who the network says; who can *read* is who holds
a grant, and grants are sealed by the team's lead, never by the server.
"""

import hashlib
import hmac
import re
from collections import OrderedDict
from dataclasses import dataclass

from intake.errors import EnrolmentRefused, LoginRefused, NoInvitation, SessionEnded, TooMany

MEMBER_ID = re.compile(r"[a-z][a-z0-9._-]{0,31}")
SALT_SIZE = 16
KEY_SIZE = 32
WRAPPED_SIZE = 24 + 32 + 16  # nonce, seed, tag of XChaCha20-Poly1305
KEM_SIZE = 1216
LEAST_MEMORY_KIB, MOST_MEMORY_KIB = 19 * 1024, 1024 * 1024
LEAST_PASSES, MOST_PASSES = 2, 16
DEFAULT_MEMORY_KIB, DEFAULT_PASSES = 64 * 1024, 3

INVITATION_HOURS = 72
IDLE_MINUTES = 30
ABSOLUTE_MINUTES = 12 * 60
LOCK_AFTER_SECONDS = 300

NO_HASH = hashlib.sha256(b"erstkontakt/1 nobody").digest()
"""Compared against when there is no such member or mailbox, so that the work is the same."""


def normal_id(text: str) -> str:
    """A member id as typed, lower case without surrounding blanks; "" if it cannot be one."""
    text = text.strip().lower()
    return text if MEMBER_ID.fullmatch(text) else ""


def hash_token(token: bytes) -> bytes:
    """SHA-256; tokens and login keys are 32 bytes of high entropy or already stretched."""
    return hashlib.sha256(token).digest()


def same(left: bytes, right: bytes) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(left, right)


@dataclass(frozen=True, slots=True)
class Stretching:
    """How a member's passphrase is stretched: Argon2id v1.3, one lane."""

    salt: bytes
    memory_kib: int
    passes: int


def pretended(member: str, secret: bytes) -> Stretching:
    """Parameters for a member that does not exist: the same on each question, like real ones."""
    salt = hmac.digest(secret, b"erstkontakt/1 hello" + member.encode(), "sha256")[:SALT_SIZE]
    return Stretching(salt, DEFAULT_MEMORY_KIB, DEFAULT_PASSES)


def check_enrolment(
    stretching: Stretching, *, login_key: bytes, wrapped_seed: bytes, kem: bytes, verify: bytes
) -> None:
    """Raises EnrolmentRefused unless sizes and stretching cost are what protocol.md asks."""
    check_stretched(stretching, login_key, wrapped_seed)
    if len(kem) != KEM_SIZE or len(verify) != KEY_SIZE:
        raise EnrolmentRefused


def check_stretched(stretching: Stretching, login_key: bytes, wrapped_seed: bytes) -> None:
    """The part that a change of the passphrase brings, too. Raises EnrolmentRefused."""
    good = (
        len(stretching.salt) == SALT_SIZE
        and LEAST_MEMORY_KIB <= stretching.memory_kib <= MOST_MEMORY_KIB
        and LEAST_PASSES <= stretching.passes <= MOST_PASSES
        and len(login_key) == KEY_SIZE
        and len(wrapped_seed) == WRAPPED_SIZE
        and len(set(login_key)) > 1  # all zeros is a client that forgot to stretch
    )
    if not good:
        raise EnrolmentRefused


def check_invitation(expires_hour: int | None, now_hour: int) -> None:
    """Raises NoInvitation if unknown (None) or too old."""
    if expires_hour is None or now_hour >= expires_hour:
        raise NoInvitation


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in member; times in unix minutes."""

    member: str
    created: int
    seen: int

    def check(self, now_minute: int) -> None:
        """Raises SessionEnded after 30 minutes without use or 12 hours in all."""
        idle, age = now_minute - self.seen, now_minute - self.created
        if idle > IDLE_MINUTES or age > ABSOLUTE_MINUTES or idle < -1:
            raise SessionEnded

    def worth_touching(self, now_minute: int) -> bool:
        """Whether `seen` is old enough to be written again (at most one write a minute)."""
        return now_minute > self.seen


class Throttle:
    """Growing delay per account after wrong passphrases; never a lock-out for good, never a delay for others.

    Known and unknown accounts go through the same steps, so that it does not tell which names exist. Bounded: of at
    most `capacity` names the one that failed longest ago is forgotten first. `keep` names are never forgotten
    (real members), so that a flood of invented names cannot wash away a real delay.
    """

    FREE = 3
    LONGEST = 300

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._failures: OrderedDict[str, tuple[int, int]] = OrderedDict()  # name -> (failures, blocked until)
        self._kept: dict[str, tuple[int, int]] = {}

    def check(self, name: str, now: int) -> None:
        """Raises TooMany(retry_after) while the delay runs. `now` in unix seconds."""
        failures, until = self._kept.get(name) or self._failures.get(name) or (0, 0)
        # A clock that jumped back must not lock anybody out for longer than the longest delay.
        wait = min(until - now, self.LONGEST)
        if failures > self.FREE and wait > 0:
            raise TooMany(retry_after=wait)

    def failed(self, name: str, now: int, *, keep: bool) -> LoginRefused:
        """Counts a wrong attempt; returns the error to raise."""
        table = self._kept if keep else self._failures
        failures = min(table.get(name, (0, 0))[0] + 1, 64)
        delay = min(2 ** max(failures - self.FREE, 0), self.LONGEST)
        table[name] = (failures, now + delay)
        self._failures.pop(name, None) if keep else self._failures.move_to_end(name)
        while len(self._failures) > self._capacity:
            self._failures.popitem(last=False)
        return LoginRefused()

    def succeeded(self, name: str) -> None:
        """Forgets the failures of this account."""
        self._kept.pop(name, None)
        self._failures.pop(name, None)
