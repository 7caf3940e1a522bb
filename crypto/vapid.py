"""The key with which this installation introduces itself to push services (VAPID, RFC 8292): P-256, kept as PEM.

It protects nobody's text: whoever has it and a subscription can wake a counsellor's console for nothing.
"""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from crypto.errors import KeyMalformed


def new_key() -> bytes:
    """A new private key as PEM (PKCS 8); to be kept with mode 0600."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_key(pem: bytes) -> bytes:
    """The public key as browsers want it: 65 bytes, uncompressed. Raises KeyMalformed."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise KeyMalformed("not a private key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyMalformed("VAPID wants a P-256 key")
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
