"""Own PIN and duress PIN of a counsellor: what came of what was typed, in the same time and with the same steps always.

Five to eight digits are guessed in hours by whoever holds the hashes, however slow Argon2id makes it. So the hashes lie
sealed under the key at rest, which is no part of the database; a running visit takes five wrong ones and then alarms.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from typing import TYPE_CHECKING

import msgspec

from crypto.argon2 import MEMORY_KIB, PASSES, SALT, argon2id
from crypto.at_rest import AtRest
from intake.announcer import second_of
from intake.checkin_model import Proof
from intake.errors import LeadOnly, NoAtRestKey, NoPhone, PinWeak, PinWrong
from intake.members import Throttle
from intake.store import Transaction
from intake.team_desk import Who

if TYPE_CHECKING:
    from intake.desk import Desk

LENGTH = 32
FORM = re.compile(r"\d{5,8}")  # never four: that is what the number of an alert looks like


class Digests(msgspec.Struct, frozen=True):
    """As sealed. Printing shows nothing."""

    salt: bytes
    own: bytes
    duress: bytes

    def __repr__(self) -> str:
        return "<Digests ...>"


_NOBODY = Digests(bytes(SALT), b"", b"")


def check_form(own: str, duress: str) -> None:
    """Raises PinWeak. A slip of one finger in the one must never be the other."""
    if not FORM.fullmatch(own) or not FORM.fullmatch(duress):
        raise PinWeak(why="form")
    if len(set(own)) < 2 or len(set(duress)) < 2:
        raise PinWeak(why="simple")
    differing = sum(a != b for a, b in zip(own, duress, strict=False))
    if len(own) == len(duress) and differing < 2:
        raise PinWeak(why="alike")


class VisitPins:
    """Reached as `desk.visits.pins`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        key = desk.settings.at_rest_key
        self._at_rest = None if key is None else AtRest(key)
        self._throttle = Throttle()

    async def proof(self, member: str, pin: str | None) -> Proof:
        """One derivation and two comparisons, whoever asks and whatever was typed."""
        stored = await self._desk.store.read(lambda tx: tx.visit_pin(member))
        digests = _NOBODY if stored is None else self._open(stored, member)
        derived = await asyncio.to_thread(_derive, (pin or "").encode(), digests.salt)
        own, duress = hmac.compare_digest(derived, digests.own), hmac.compare_digest(derived, digests.duress)
        if stored is None:
            return Proof.OWN
        if pin is None:
            return Proof.MISSING
        return Proof.OWN if own else Proof.DURESS if duress else Proof.WRONG

    async def is_set(self, member: str) -> bool:
        """Whether this member has PINs."""
        return await self._desk.store.read(lambda tx: tx.visit_pin(member)) is not None

    async def put(self, who: Who, own: str, duress: str, current: str | None) -> Proof:
        """New PINs. Whoever has some already proves it: OWN changes them, DURESS changes nothing and is told alike.

        Raises PinWeak, PinWrong, TooMany, NoAtRestKey.
        """
        check_form(own, duress)
        keys, second = self._keys(), second_of(self._desk.clock())
        self._throttle.check(who.member, second)
        proof = await self.proof(who.member, current)
        if proof in (Proof.WRONG, Proof.MISSING):
            self._throttle.failed(who.member, second, keep=True)
            raise PinWrong
        salt = secrets.token_bytes(SALT)
        digests = Digests(
            salt,
            await asyncio.to_thread(_derive, own.encode(), salt),
            await asyncio.to_thread(_derive, duress.encode(), salt),
        )
        sealed = keys.seal(msgspec.json.encode(digests), f"visit pin {who.member}")
        if proof is Proof.OWN:
            await self._desk.store.write(lambda tx: tx.put_visit_pin(who.member, sealed))
        return proof

    async def forget(self, who: Who, member: str) -> None:
        """A forgotten PIN: the lead takes it away, its owner sets new ones. Raises LeadOnly, NoPhone."""

        async def unit(tx: Transaction) -> None:
            teams = set(await tx.teams_of(member))
            if not teams & set(who.teams):
                raise NoPhone
            roles = await tx.roles_of(who.member)
            if member == who.member or not any(roles.get(team) == "lead" for team in teams):
                raise LeadOnly
            await tx.put_visit_pin(member, None)

        await self._desk.store.write(unit)

    def _open(self, sealed: bytes, member: str) -> Digests:
        return msgspec.json.decode(self._keys().open(sealed, f"visit pin {member}"), type=Digests)

    def _keys(self) -> AtRest:
        if self._at_rest is None:
            raise NoAtRestKey
        return self._at_rest


def _derive(pin: bytes, salt: bytes) -> bytes:
    return argon2id(pin, salt, MEMORY_KIB.start, PASSES.start, LENGTH)
