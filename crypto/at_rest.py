"""Small secrets of the installation itself, such as telephone numbers of service phones, sealed while they lie on disk.

It keeps a stolen database file or backup from being a list of numbers. It does not keep anything from the running
server, which must be able to call; what help-seekers write is never sealed this way (see FORMAT.md: envelopes).

    0x01 || nonce (24) || XChaCha20-Poly1305(value padded to 64-byte steps, AAD = "erstkontakt/1 at rest " || purpose)

`purpose` names the row that the value belongs to, so that a sealed value cannot be moved to another row.
"""

import os
from collections.abc import Callable

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as _open
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as _seal
from nacl.exceptions import CryptoError as _NaclError

from crypto.errors import AtRestUnreadable

KEY = 32
NONCE = 24
TAG = 16
STEP = 64  # lengths are told in these steps only
_VERSION = b"\x01"
_CONTEXT = b"erstkontakt/1 at rest "


class AtRest:
    """The key at rest (32 bytes), with nothing to print. Raises ValueError for any other length."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY:
            raise ValueError("a key at rest has 32 bytes")
        self._key = key

    def __repr__(self) -> str:
        return "<AtRest ...>"

    def seal(self, value: bytes, purpose: str, random_bytes: Callable[[int], bytes] = os.urandom) -> bytes:
        """The sealed value; its length tells that of `value` in steps of 64 bytes only."""
        padded = value + b"\x80"
        padded += b"\0" * (-len(padded) % STEP)
        nonce = random_bytes(NONCE)
        return _VERSION + nonce + _seal(padded, _CONTEXT + purpose.encode(), nonce, self._key)

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The value. Raises AtRestUnreadable for another key, purpose or version, and for damaged bytes."""
        nonce, box = sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
        if sealed[:1] != _VERSION or len(box) < TAG + STEP:
            raise AtRestUnreadable("not sealed at rest by us")
        try:
            padded = _open(box, _CONTEXT + purpose.encode(), nonce, self._key)
        except _NaclError:
            raise AtRestUnreadable("another key at rest, another purpose, or damaged") from None
        return padded[: padded.rindex(b"\x80")]
