"""One-time codes as authenticator apps make them (RFC 6238: SHA-1, six digits, thirty seconds)."""

import hmac

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET = 20
STEP = 30


def matching_step(secret: bytes, code: str, second: int) -> int | None:
    """The time step (of the one before, the present and the one after) whose code this is, or None."""
    maker = TOTP(secret, 6, SHA1(), STEP, enforce_key_length=True)  # noqa: S303 - what all apps do; HMAC is not hurt
    found = None
    for step in (second // STEP - 1, second // STEP, second // STEP + 1):
        if hmac.compare_digest(maker.generate(step * STEP), code.encode("utf-8")):
            found = step
    return found


def address(secret: bytes, account: str, issuer: str) -> str:
    """What an app scans or takes in: otpauth://totp/…"""
    return TOTP(secret, 6, SHA1(), STEP, enforce_key_length=True).get_provisioning_uri(account, issuer)  # noqa: S303
