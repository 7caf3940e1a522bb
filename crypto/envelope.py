"""The one envelope for everything: contact, message, answer, note, grant, attachment.

    "EK1\\n"  kind(1)  n(1)  context(16)
    n x [ kid(8)  enc(1120)  wrapped(48) ]     HPKE-sealed 32-byte content key, one for each reader
    commitment(32)                             SHA-256("erstkontakt/1 commit" || content key)
    nonce(24)  body(bucket + 16)               XChaCha20-Poly1305; AAD = every byte before nonce
    plaintext of body = signature(64) || payload || 0x80 || 0x00...

HPKE: RFC 9180 base mode with X-Wing, HKDF-SHA256, AES-256-GCM. FORMAT.md gives the reasons for each field.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hmac import compare_digest
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as _open
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as _seal
from nacl.exceptions import CryptoError as _NaclError

from crypto.errors import EnvelopeMalformed, EnvelopeUnreadable, KeyMalformed, PayloadTooLarge, SignatureForged
from crypto.identity import KID, SIGNATURE, Identity, PublicIdentity, signed_by

MAGIC = b"EK1\n"
CONTEXT = 16
MOST_RECIPIENTS = 64
MIB = 1 << 20
BUCKETS: tuple[int, ...] = (4096, 16384, 65536, 262144, *(k * MIB for k in range(1, 13)))
MAX_PAYLOAD = BUCKETS[-1] - SIGNATURE - 1

_HEAD = len(MAGIC) + 2 + CONTEXT
_STANZA = KID + 1120 + 48
_KEY, _COMMITMENT, _NONCE, _TAG = 32, 32, 24, 16
_AROUND_BUCKET = _HEAD + _COMMITMENT + _NONCE + _TAG
_IS_BUCKET = frozenset(BUCKETS)
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Kind(IntEnum):
    """What an envelope carries; the payload's schema per kind is in FORMAT.md."""

    CONTACT = 1
    MESSAGE = 2
    ANSWER = 3
    NOTE = 4
    GRANT = 5
    ATTACHMENT = 6
    CALLBACK = 7
    HANDOVER = 8
    SHEET = 9
    RECORD = 10
    BLOCKS = 11
    NEVER_CALL = 12


_KINDS = {int(kind): kind for kind in Kind}


class Header(NamedTuple):
    """What anybody can see: `context` (16 bytes), the readers' `kids` (8 bytes each), `bucket` (bytes of plaintext)."""

    kind: Kind
    context: bytes
    kids: tuple[bytes, ...]
    bucket: int


@dataclass(frozen=True, slots=True)
class Opened:
    """What the reader sees. `sender_verify` is the key whose signature was checked (32 bytes)."""

    kind: Kind
    context: bytes
    payload: bytes
    sender_verify: bytes

    def __repr__(self) -> str:
        return f"<Opened {self.kind.name} ...>"


class _Keys(msgspec.Struct):
    verify: bytes


class _SelfCertified(msgspec.Struct):
    keys: _Keys


_SELF_CERTIFIED = msgspec.json.Decoder(_SelfCertified)


def inspect(envelope: bytes) -> Header:
    """Check the form, without any key. Raises EnvelopeMalformed.

    The server stores nothing that does not pass: a body of exactly one bucket, 1 to 64 different readers, a known kind.
    """
    if len(envelope) < _HEAD or envelope[:4] != MAGIC:
        raise EnvelopeMalformed("not an envelope of version 1")
    kind = _KINDS.get(envelope[4])
    count = envelope[5]
    if kind is None or not 1 <= count <= MOST_RECIPIENTS:
        raise EnvelopeMalformed("unknown kind, or no or too many readers")
    bucket = len(envelope) - _AROUND_BUCKET - _STANZA * count
    if bucket not in _IS_BUCKET:
        raise EnvelopeMalformed("the size is none of ours")
    kids = tuple([envelope[at : at + KID] for at in range(_HEAD, _HEAD + _STANZA * count, _STANZA)])
    if len(set(kids)) != count:
        raise EnvelopeMalformed("one reader twice")
    return Header(kind, envelope[6:_HEAD], kids, bucket)


def seal(kind: Kind, context: bytes, payload: bytes, recipients: Sequence[PublicIdentity], sender: Identity) -> bytes:
    """One envelope that each of the `recipients` (1 to 64, all different) can open, signed by `sender`.

    `context` (16 bytes) is the mailbox, member or team the envelope belongs to. The length of the result depends only
    on the number of readers and the bucket. Raises PayloadTooLarge, and KeyMalformed if a reader's key is a trap.
    """
    if len(context) != CONTEXT:
        raise ValueError("a context has 16 bytes")
    if not 1 <= len({reader.kid for reader in recipients}) == len(recipients) <= MOST_RECIPIENTS:
        raise ValueError("1 to 64 different readers")
    # Padded before sealing: length alone could tell "help" from a life story.
    bucket = next((size for size in BUCKETS if len(payload) < size - SIGNATURE), None)
    if bucket is None:
        raise PayloadTooLarge(f"at most {MAX_PAYLOAD} bytes")

    head = bytes((*MAGIC, kind, len(recipients))) + context
    key = os.urandom(_KEY)
    stanzas = [reader.kid + _wrap(key, reader, _info(kind, context)) for reader in recipients]
    aad = b"".join((head, *stanzas, _commitment(key)))
    plaintext = sender.sign(_signed(aad, payload)) + payload + b"\x80"
    nonce = os.urandom(_NONCE)
    return aad + nonce + _seal(plaintext.ljust(bucket, b"\0"), aad, nonce, key)


def open_envelope(envelope: bytes, reader: Identity, *, context: bytes, sender_verify: bytes | None = None) -> Opened:
    """Open for `reader`, check that it belongs to `context` and comes from the holder of `sender_verify`.

    A CONTACT certifies itself: the key stands in its payload (and must equal `sender_verify` where that is given).
    Every other kind needs `sender_verify`. For any bytes raises nothing but EnvelopeMalformed, EnvelopeUnreadable and
    SignatureForged. The payload is a stranger's: hostile until its schema is checked.
    """
    return open_with_key(
        envelope, content_key_of(envelope, reader, context=context), context=context, sender_verify=sender_verify
    )


def content_key_of(envelope: bytes, reader: Identity, *, context: bytes) -> bytes:
    """The key (32 bytes) of this one body: what a covering letter carries to the next team, instead of the words.

    Raises EnvelopeMalformed, EnvelopeUnreadable.
    """
    header = inspect(envelope)
    if header.context != context:
        raise EnvelopeUnreadable("the envelope belongs elsewhere")
    if reader.public.kid not in header.kids:
        raise EnvelopeUnreadable("the envelope is for other readers")
    at = _HEAD + _STANZA * header.kids.index(reader.public.kid) + KID
    return _unwrap(envelope[at : at + _STANZA - KID], reader, _info(header.kind, context))


def open_with_key(envelope: bytes, key: bytes, *, context: bytes, sender_verify: bytes | None = None) -> Opened:
    """As `open_envelope`, for whoever was given the content key: commitment and signature are proved all the same."""
    header = inspect(envelope)
    if header.context != context:
        raise EnvelopeUnreadable("the envelope belongs elsewhere")
    aad_end = _HEAD + _STANZA * len(header.kids) + _COMMITMENT
    aad, nonce = envelope[:aad_end], envelope[aad_end : aad_end + _NONCE]
    # Without it one body could be made to open as two texts under two keys, one for each reader.
    if not compare_digest(aad[-_COMMITMENT:], _commitment(key)):
        raise EnvelopeUnreadable("the envelope has two faces, or is damaged")
    try:
        plaintext = _open(envelope[aad_end + _NONCE :], aad, nonce, key)
    except _NaclError:
        raise EnvelopeUnreadable("the body is damaged") from None
    signature, payload = plaintext[:SIGNATURE], plaintext[SIGNATURE:].rstrip(b"\0")
    if not payload.endswith(b"\x80"):
        raise EnvelopeUnreadable("the padding is damaged")
    payload = payload[:-1]

    verify = sender_verify
    if header.kind is Kind.CONTACT:
        verify = _certified(payload)
        if sender_verify is not None and sender_verify != verify:
            raise SignatureForged("the contact is from somebody else")
    if verify is None or not signed_by(verify, _signed(aad, payload), signature):
        raise SignatureForged("the signature is not the sender's")
    return Opened(header.kind, context, payload, verify)


def reseal(envelope: bytes, owner: Identity, *, context: bytes, recipients: Sequence[PublicIdentity]) -> bytes:
    """Seal one's own envelope again, for other readers: a person moves to another team, or a team's key has changed.

    `owner` must be both a reader and the signer: nobody can pass on somebody else's words as if freshly written.
    Raises as `open_envelope` and `seal`.
    """
    opened = open_envelope(envelope, owner, context=context, sender_verify=owner.public.verify)
    return seal(opened.kind, context, opened.payload, recipients, owner)


def _info(kind: Kind, context: bytes) -> bytes:
    return b"erstkontakt/1 envelope" + bytes((kind,)) + context


def _signed(aad: bytes, payload: bytes) -> bytes:
    return b"erstkontakt/1 signed" + aad + payload


def _commitment(key: bytes) -> bytes:
    return hashlib.sha256(b"erstkontakt/1 commit" + key).digest()


def _wrap(key: bytes, reader: PublicIdentity, info: bytes) -> bytes:
    try:
        return _SUITE.encrypt(key, reader.sealing_key, info)
    except ValueError:  # an X25519 key of small order
        raise KeyMalformed("nothing can be sealed to this key") from None


def _unwrap(sealed: bytes, reader: Identity, info: bytes) -> bytes:
    try:
        return _SUITE.decrypt(sealed, reader.opening_key, info)
    except (InvalidTag, ValueError):
        raise EnvelopeUnreadable("the key is damaged, or for another reader") from None


def _certified(payload: bytes) -> bytes:
    try:
        return _SELF_CERTIFIED.decode(payload).keys.verify
    except (msgspec.MsgspecError, RecursionError):
        raise SignatureForged("the contact carries no key") from None
