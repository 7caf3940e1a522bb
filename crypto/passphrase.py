"""A member's passphrase: proves who logs in and unwraps the member's seed, without ever leaving the browser.

Both keys come from one Argon2id run, so that a thief of the server's table must pay it for every guess.
"""

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as _open
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as _seal
from nacl.exceptions import CryptoError as _NaclError

from crypto.argon2 import argon2id
from crypto.errors import PassphraseWrong
from crypto.identity import SEED

NONCE = 24
TAG = 16
WRAPPED = NONCE + SEED + TAG
_CONTEXT = b"erstkontakt/1 member"


@dataclass(frozen=True, slots=True, repr=False)
class PassphraseKeys:
    """`login_key` (32 bytes) is shown to the server, which keeps its hash; `wrapping_key` (32 bytes) stays here."""

    login_key: bytes
    wrapping_key: bytes

    def __repr__(self) -> str:
        return "<PassphraseKeys ...>"


def unlock(passphrase: str, salt: bytes, memory_kib: int, passes: int) -> PassphraseKeys:
    """Argon2id v1.3 over the NFC-normalised passphrase in UTF-8: the same keys from every keyboard.

    `salt` has 16 bytes. The costs are told by the server, so they have a floor (`crypto.argon2`): ValueError below it.
    """
    if not passphrase:
        raise ValueError("the passphrase is empty")
    both = argon2id(unicodedata.normalize("NFC", passphrase).encode("utf-8"), salt, memory_kib, passes, 64)
    return PassphraseKeys(both[:32], both[32:])


def wrap(seed: bytes, wrapping_key: bytes, random_bytes: Callable[[int], bytes] = os.urandom) -> bytes:
    """nonce (24) || XChaCha20-Poly1305 of the 32-byte seed (48), 72 bytes in all."""
    if len(seed) != SEED:
        raise ValueError("a seed has 32 bytes")
    nonce = random_bytes(NONCE)
    return nonce + _seal(seed, _CONTEXT, nonce, wrapping_key)


def unwrap(wrapped: bytes, wrapping_key: bytes) -> bytes:
    """The 32-byte seed. Raises PassphraseWrong for any other bytes or another key."""
    if len(wrapped) != WRAPPED:
        raise PassphraseWrong("a wrapped seed has 72 bytes")
    try:
        return _open(wrapped[NONCE:], _CONTEXT, wrapped[:NONCE], wrapping_key)
    except _NaclError:
        raise PassphraseWrong("the wrapped seed does not open") from None
