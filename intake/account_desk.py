"""A member's own access: passphrase, second factors, devices and open consoles. Reached as `desk.account`.

The second factor guards the door, not the texts: whoever steals the server's table still meets the passphrase, and
whoever learns the passphrase still meets the passkey. Passkeys first (WebAuthn level 2), one-time codes (RFC 6238) as
the other way; the secret of the codes lies sealed at rest. What was asked can be answered once, within ten minutes.
"""

from __future__ import annotations

import secrets
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from crypto import totp
from crypto.at_rest import AtRest
from crypto.errors import AtRestUnreadable
from intake.desk import day_of
from intake.errors import LoginRefused, NoAtRestKey, NoMember, SecondFactorNeeded, SecondFactorWrong
from intake.members import NO_HASH, Stretching, check_stretched, hash_token, same
from intake.store import MemberRow, PasskeyRow, TotpRow, Transaction
from intake.team_desk import Who

if TYPE_CHECKING:
    from intake.desk import Desk

TICKET_MINUTES = 10
MOST_PASSKEYS = 10


@dataclass(frozen=True, slots=True)
class Device:
    """An open console. `id` names it without opening it; minutes since 1970."""

    id: str
    device: str
    created: int
    seen: int
    here: bool


@dataclass(frozen=True, slots=True)
class Account:
    """What a member sees of the own access."""

    devices: tuple[Device, ...]
    passkeys: tuple[PasskeyRow, ...]
    totp: bool
    secrecy: str | None


def relying_party(public_url: str) -> tuple[str, str]:
    """(id, origin) for WebAuthn: the host, and the whole address."""
    parts = urlsplit(public_url)
    return parts.hostname or "", f"{parts.scheme}://{parts.netloc}"


class AccountDesk:
    """Use cases of a member about their own access."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        key = desk.settings.at_rest_key
        self._at_rest = None if key is None else AtRest(key)
        self.rp_id, self.origin = relying_party(desk.settings.public_url)

    # ----------------------------------------------------------------------------------------- the second step

    async def ask_second(self, member: str) -> SecondFactorNeeded | None:
        """What is asked after a right passphrase; None for a member without a second factor."""
        challenge, ticket = secrets.token_bytes(32), secrets.token_bytes(32)
        until = self._minute() + TICKET_MINUTES

        async def unit(tx: Transaction) -> SecondFactorNeeded | None:
            passkeys, codes = await tx.passkeys(member), await tx.totp(member)
            has_codes = codes is not None and codes.confirmed == 1
            if not passkeys and not has_codes:
                return None
            await tx.put_challenge(hash_token(ticket), member, "login", challenge, until)
            return SecondFactorNeeded(
                ticket=b64encode(ticket).decode(), challenge=_b64url(challenge), relying_party=self.rp_id,
                passkeys=[_b64url(row.id) for row in passkeys], totp=has_codes,
            )  # fmt: skip

        if await self._desk.store.read(lambda tx: _has_factor(tx, member)):
            return await self._desk.store.write(unit)
        return None

    async def answer_second(self, ticket: bytes, passkey: dict[str, Any] | None, code: str) -> str:
        """The member whose second factor this was; the ticket is used up either way. Raises LoginRefused."""
        second = int(self._desk.clock().timestamp())

        async def unit(tx: Transaction) -> tuple[str, bool]:
            found = await tx.take_challenge(hash_token(ticket), "login", second // 60)
            if found is None:
                return "", False
            member, challenge = found
            if passkey is not None:
                return member, await self._passkey_fits(tx, member, challenge, passkey)
            return member, await self._code_fits(tx, member, code, second, confirmed=True)

        member, right = await self._desk.store.write(unit)
        if not member:
            raise LoginRefused
        if not right:
            raise self._desk.team.failed(member)
        return member

    async def _passkey_fits(self, tx: Transaction, member: str, challenge: bytes, answer: dict[str, Any]) -> bool:
        from webauthn import verify_authentication_response  # loaded where it is used: an eighth of a second
        from webauthn.helpers import base64url_to_bytes
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            id = base64url_to_bytes(str(answer.get("id", "")))
            row = next(row for row in await tx.passkeys(member) if row.id == id)
            done = verify_authentication_response(
                credential=answer, expected_challenge=challenge, expected_rp_id=self.rp_id,
                expected_origin=self.origin, credential_public_key=row.public_key,
                credential_current_sign_count=row.sign_count,
            )  # fmt: skip
        except (WebAuthnException, StopIteration, ValueError, TypeError, KeyError):
            return False
        await tx.count_passkey(row.id, done.new_sign_count)
        return True

    async def _code_fits(self, tx: Transaction, member: str, code: str, second: int, *, confirmed: bool) -> bool:
        row = await tx.totp(member)
        if row is None or (confirmed and row.confirmed != 1):
            return False
        try:
            secret = self._keys().open(row.sealed, f"totp {member}")
        except AtRestUnreadable:
            return False
        step = totp.matching_step(secret, "".join(code.split()), second)
        return step is not None and await tx.use_totp(member, step)

    # ------------------------------------------------------------------------------------------------ the account

    async def account(self, who: Who, token: bytes) -> Account:
        """Open consoles, passkeys, codes."""
        here = hash_token(token)

        async def unit(tx: Transaction) -> Account:
            devices = tuple(
                Device(hash[:8].hex(), device, created, seen, same(hash, here))
                for hash, created, seen, device in await tx.sessions_of(who.member)
            )
            codes = await tx.totp(who.member)
            return Account(
                devices, tuple(await tx.passkeys(who.member)), codes is not None and codes.confirmed == 1,
                await tx.secrecy(who.member),
            )  # fmt: skip

        return await self._desk.store.read(unit)

    async def end_device(self, who: Who, id: str) -> None:
        """Cuts off one of the own consoles. Raises NoMember."""

        async def unit(tx: Transaction) -> None:
            for hash, _, _, _ in await tx.sessions_of(who.member):
                if hash[:8].hex() == id:
                    await tx.end_session(hash)
                    return
            raise NoMember

        await self._desk.store.write(unit)

    async def change_passphrase(
        self, who: Who, token: bytes, old_login_key: bytes, stretching: Stretching, login_key: bytes, wrapped: bytes
    ) -> None:
        """The same keys under a new passphrase; all other consoles must log in again. Raises LoginRefused."""
        check_stretched(stretching, login_key, wrapped)

        async def unit(tx: Transaction) -> None:
            await self._prove(tx, who, old_login_key)
            await tx.change_passphrase(
                who.member, salt=stretching.salt, memory_kib=stretching.memory_kib, passes=stretching.passes,
                login_hash=hash_token(login_key), wrapped_seed=wrapped,
            )  # fmt: skip
            for hash, _, _, _ in await tx.sessions_of(who.member):
                if not same(hash, hash_token(token)):
                    await tx.end_session(hash)

        await self._guarded(who, unit)

    # -------------------------------------------------------------------------------------------------- passkeys

    async def begin_passkey(self, who: Who) -> dict[str, Any]:
        """What the browser needs for navigator.credentials.create, and the ticket to answer with."""
        challenge, ticket = secrets.token_bytes(32), secrets.token_bytes(32)
        until = self._minute() + TICKET_MINUTES

        async def unit(tx: Transaction) -> list[bytes]:
            await tx.put_challenge(hash_token(ticket), who.member, "passkey", challenge, until)
            return [row.id for row in await tx.passkeys(who.member)]

        known = await self._desk.store.write(unit)
        return {
            "ticket": b64encode(ticket).decode(), "challenge": _b64url(challenge), "relying_party": self.rp_id,
            "user": _b64url(hash_token(f"erstkontakt/1 passkey {who.member}".encode())),
            "known": [_b64url(id) for id in known],
        }  # fmt: skip

    async def add_passkey(self, who: Who, ticket: bytes, name: str, answer: dict[str, Any]) -> None:
        """Keeps the public key of a new authenticator. Raises SecondFactorWrong."""
        from webauthn import verify_registration_response
        from webauthn.helpers.exceptions import WebAuthnException

        now = self._desk.clock()

        async def unit(tx: Transaction) -> None:
            found = await tx.take_challenge(hash_token(ticket), "passkey", int(now.timestamp()) // 60)
            if found is None or found[0] != who.member or len(await tx.passkeys(who.member)) >= MOST_PASSKEYS:
                raise SecondFactorWrong
            try:
                done = verify_registration_response(
                    credential=answer, expected_challenge=found[1], expected_rp_id=self.rp_id,
                    expected_origin=self.origin,
                )  # fmt: skip
            except (WebAuthnException, ValueError, TypeError, KeyError):
                raise SecondFactorWrong from None
            row = PasskeyRow(
                done.credential_id, who.member, name, done.credential_public_key, done.sign_count, day_of(now)
            )
            if not await tx.put_passkey(row):
                raise SecondFactorWrong("registered already")

        await self._desk.store.write(unit)

    async def drop_passkey(self, who: Who, login_key: bytes, id: bytes) -> None:
        """Takes one away, with the passphrase. Raises LoginRefused, NoMember."""

        async def unit(tx: Transaction) -> None:
            await self._prove(tx, who, login_key)
            if not await tx.drop_passkey(who.member, id):
                raise NoMember

        await self._guarded(who, unit)

    # ------------------------------------------------------------------------------------------------------ codes

    async def begin_codes(self, who: Who) -> str:
        """A new secret as an address that apps take in; it counts only after the first right code."""
        secret = secrets.token_bytes(totp.SECRET)
        sealed = self._keys().seal(secret, f"totp {who.member}")

        async def unit(tx: Transaction) -> None:
            before = await tx.totp(who.member)
            if before is not None and before.confirmed:
                raise SecondFactorWrong("take the old one away first")
            await tx.put_totp(who.member, TotpRow(sealed, 0, 0))

        await self._desk.store.write(unit)
        return totp.address(secret, who.member, "Kontakt")

    async def confirm_codes(self, who: Who, code: str) -> None:
        """The first code of the app. Raises SecondFactorWrong."""
        second = int(self._desk.clock().timestamp())
        if not await self._desk.store.write(lambda tx: self._code_fits(tx, who.member, code, second, confirmed=False)):
            raise SecondFactorWrong

    async def drop_codes(self, who: Who, login_key: bytes) -> None:
        """No codes any more, with the passphrase."""

        async def unit(tx: Transaction) -> None:
            await self._prove(tx, who, login_key)
            await tx.drop_totp(who.member)

        await self._guarded(who, unit)

    # ---------------------------------------------------------------------------------------------------- helpers

    async def _guarded(self, who: Who, unit: Any) -> None:
        """A change that asks for the passphrase once more: wrong ones count like those at the door."""
        self._desk.team.check_patience(who.member)
        try:
            await self._desk.store.write(unit)
        except LoginRefused:
            raise self._desk.team.failed(who.member) from None

    async def _prove(self, tx: Transaction, who: Who, login_key: bytes) -> MemberRow:
        row = await tx.member(who.member)
        if row is None or not same(hash_token(login_key), row.login_hash or NO_HASH):
            raise LoginRefused
        return row

    def _keys(self) -> AtRest:
        if self._at_rest is None:
            raise NoAtRestKey
        return self._at_rest

    def _minute(self) -> int:
        return int(self._desk.clock().timestamp()) // 60


async def _has_factor(tx: Transaction, member: str) -> bool:
    return bool(await tx.passkeys(member)) or await tx.totp(member) is not None


def _b64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_json(text: str) -> dict[str, Any]:
    """A browser's answer as it came (WebAuthn JSON). Raises SecondFactorWrong."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise SecondFactorWrong from None
    if not isinstance(found, dict):
        raise SecondFactorWrong
    return found
