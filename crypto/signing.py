"""Signed documents: the directory by the offline root, entries of the people's log by members and teams.

"EKD1\\n"  base64(signature)  "\\n"  JSON bytes        signature = Ed25519 over "erstkontakt/1 " || kind || JSON bytes
"""

import binascii
import re
from base64 import b64decode, b64encode

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from crypto.errors import SignatureForged
from crypto.identity import SIGNATURE, Identity, derive, signed_by

MAGIC = b"EKD1\n"
_LINE = 4 * -(-SIGNATURE // 3)  # letters of a signature in base64
_HEAD = len(MAGIC) + _LINE + 1
_KIND = re.compile(r"[a-z]{1,32}")


def root_verify(seed: bytes) -> bytes:
    """The root's Ed25519 verify key (32 bytes), from its 32-byte seed. Printed in hex, this is the root fingerprint."""
    verify: bytes = crypto_sign_seed_keypair(derive(seed, "erstkontakt/1 root", 32))[0]
    return verify


def sign_document(kind: str, body: bytes, seed: bytes) -> bytes:
    """The signed file. `kind` says what it is ("directory"), `body` is a JSON object, `seed` the root's 32 bytes."""
    if not body.startswith(b"{"):
        raise ValueError("only a JSON object is signed")
    signing_key = crypto_sign_seed_keypair(derive(seed, "erstkontakt/1 root", 32))[1]
    signature = crypto_sign(_message(kind, body), signing_key)[:SIGNATURE]
    return MAGIC + b64encode(signature) + b"\n" + body


def sign_by(kind: str, body: bytes, identity: Identity) -> bytes:
    """The same form, signed by a member or a team instead of the root: an entry of the people's log."""
    if not body.startswith(b"{"):
        raise ValueError("only a JSON object is signed")
    return MAGIC + b64encode(identity.sign(_message(kind, body))) + b"\n" + body


def unproven(blob: bytes) -> bytes:
    """The JSON bytes before anything is proved: to find out who says to have signed, and for nothing else."""
    return blob[_HEAD:]


def read_document(kind: str, blob: bytes, root: bytes) -> bytes:
    """The JSON bytes of a signed file. Raises SignatureForged for anything that `root` (32 bytes) has not signed so.

    For an entry of the people's log `root` is the verify key of the member or team that signed it.
    """
    body = blob[_HEAD:]
    try:
        signature = b64decode(blob[len(MAGIC) : _HEAD - 1], validate=True)
    except binascii.Error:
        raise SignatureForged("the document carries no signature") from None
    # Written again and compared: one document has one spelling, so its hash can name it.
    if blob[:_HEAD] != MAGIC + b64encode(signature) + b"\n" or not body.startswith(b"{"):
        raise SignatureForged("the document is not in our form")
    if not signed_by(root, _message(kind, body), signature):
        raise SignatureForged("the document is not signed by the root")
    return body


def _message(kind: str, body: bytes) -> bytes:
    # Letters only, and the body begins with a brace: no document of one kind can be read as another.
    if not _KIND.fullmatch(kind):
        raise ValueError("a kind is one word of small letters")
    return b"erstkontakt/1 " + kind.encode("ascii") + body
