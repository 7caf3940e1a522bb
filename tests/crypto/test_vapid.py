"""The key for push services."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from crypto import vapid
from crypto.errors import KeyMalformed


def test_every_installation_has_another_key() -> None:
    one, other = vapid.new_key(), vapid.new_key()
    assert vapid.public_key(one) != vapid.public_key(other)
    assert (len(vapid.public_key(one)), vapid.public_key(one)[:1]) == (65, b"\x04")


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        *(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            for key in (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1()))
        ),
    ],
)
def test_another_kind_of_key_is_refused(pem: bytes) -> None:
    with pytest.raises(KeyMalformed):
        vapid.public_key(pem)
