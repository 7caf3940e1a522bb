"""One seed, one identity: whoever can read holds exactly one 32-byte seed (a team per key epoch, a member, a person).

The seed gives a key pair for sealing (X-Wing: ML-KEM-768 with X25519, draft-connolly-cfrg-xwing-kem) and one for
signing (Ed25519, RFC 8032). A help-seeker's seed also gives the name of the mailbox and the token to it.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn, Self

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from crypto.errors import KeyMalformed
from crypto.return_code import BITS, COUNT, spell

SEED = 32
KEM = 1216  # ML-KEM-768 public key (1184), X25519 public key (32)
_ML_KEM = 1184
VERIFY = 32
SIGNATURE = 64
KID = 8


def derive(seed: bytes, info: str, length: int) -> bytes:
    """HKDF-SHA-256 (RFC 5869) with empty salt; `info` is ASCII, as listed in FORMAT.md."""
    if len(seed) != SEED:
        raise ValueError("a seed has 32 bytes")
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info.encode("ascii")).derive(seed)


def xwing_key_pair(secret: bytes) -> tuple[MLKEM768X25519PrivateKey, bytes]:
    """The X-Wing key pair of a 32-byte secret: private key, public key (1216 bytes). X-Wing draft, "Key generation"."""
    expanded = hashlib.shake_256(secret).digest(96)
    ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
    kem = ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    return MLKEM768X25519PrivateKey(ml_kem, x25519), kem


def key_id(kem: bytes) -> bytes:
    """8 bytes that name a sealing key: SHA-256(kem)[:8]."""
    return hashlib.sha256(kem).digest()[:KID]


def signed_by(verify: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the Ed25519 `signature` over `message` is right. Any bytes may be given; of wrong length they are not.

    libsodium's strict check: keys of small order and signatures that could be written in two ways are refused.
    """
    if len(verify) != VERIFY or len(signature) != SIGNATURE:
        return False
    try:
        crypto_sign_open(signature + message, verify)
    except BadSignatureError:
        return False
    return True


@dataclass(frozen=True)
class PublicIdentity:
    """What others need to write to somebody (`kem`, 1216 bytes) and to believe them (`verify`, 32 bytes).

    Raises KeyMalformed when the bytes are not public keys: they may come from a stranger's contact.
    """

    kem: bytes
    verify: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.kem) != KEM or len(self.verify) != VERIFY:
            raise KeyMalformed("a public identity has 1216 and 32 bytes")
        _ = self.sealing_key

    @cached_property
    def sealing_key(self) -> MLKEM768X25519PublicKey:
        """The X-Wing public key as `cryptography` takes it."""
        try:
            ml_kem = MLKEM768PublicKey.from_public_bytes(self.kem[:_ML_KEM])
        except ValueError as not_a_key:
            raise KeyMalformed("not an ML-KEM-768 public key") from not_a_key
        return MLKEM768X25519PublicKey(ml_kem, X25519PublicKey.from_public_bytes(self.kem[_ML_KEM:]))

    @cached_property
    def kid(self) -> bytes:
        """8 bytes that name the sealing key in an envelope."""
        return key_id(self.kem)

    @cached_property
    def fingerprint(self) -> str:
        """Eight words to compare by phone, from SHA-256("erstkontakt/1 fingerprint" || kem || verify)."""
        digest = hashlib.sha256(b"erstkontakt/1 fingerprint" + self.kem + self.verify).digest()
        return " ".join(spell(int.from_bytes(digest[: COUNT * BITS // 8], "big")))

    def __repr__(self) -> str:
        return f"<PublicIdentity {self.kid.hex()}>"


class Identity:
    """Somebody who can read and sign. Prints nothing, and cannot be pickled by accident."""

    __slots__ = ("_opening_key", "_signing_key", "public")

    public: PublicIdentity

    def __init__(self, opening_key: MLKEM768X25519PrivateKey, signing_key: bytes, public: PublicIdentity) -> None:
        self._opening_key = opening_key
        self._signing_key = signing_key
        self.public = public

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """All keys of a 32-byte seed."""
        opening_key, kem = xwing_key_pair(derive(seed, "erstkontakt/1 hpke", SEED))
        verify, signing_key = crypto_sign_seed_keypair(derive(seed, "erstkontakt/1 sign", SEED))
        return cls(opening_key, signing_key, PublicIdentity(kem, verify))

    @property
    def opening_key(self) -> MLKEM768X25519PrivateKey:
        """The X-Wing private key as `cryptography` takes it."""
        return self._opening_key

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        signed: bytes = crypto_sign(message, self._signing_key)
        return signed[:SIGNATURE]

    def __repr__(self) -> str:
        return "<Identity ...>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an identity is never written anywhere")


@dataclass(frozen=True, slots=True, repr=False)
class MailboxKeys:
    """A help-seeker's way to the mailbox: `id` (16 bytes) names it, `token` (32 bytes) opens it.

    The server knows the id and `token_hash` = SHA-256(token), never the token before it is shown.
    """

    id: bytes
    token: bytes

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The mailbox of a 32-byte seed."""
        return cls(derive(seed, "erstkontakt/1 mailbox", 16), derive(seed, "erstkontakt/1 token", 32))

    @property
    def token_hash(self) -> bytes:
        """What the server keeps: SHA-256(token), 32 bytes."""
        return hashlib.sha256(self.token).digest()

    def __repr__(self) -> str:
        return "<MailboxKeys ...>"
