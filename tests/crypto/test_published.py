"""Our primitives against published numbers.

What the libraries' own tests prove already: `cryptography` runs the RFC 9180 vectors, the X-Wing vector of
draft-ietf-hpke-pq (with ChaCha20-Poly1305) and the ML-KEM known answers; libsodium those of Ed25519, Argon2id and
XChaCha20-Poly1305. What they do not prove is our own step from a 32-byte secret to the X-Wing key pair, and X-Wing
together with AES-256-GCM: here it is, against a key schedule written from RFC 9180 alone.
"""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as xchacha

from crypto import envelope
from crypto.argon2 import argon2id
from crypto.identity import derive, signed_by, xwing_key_pair

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parent / "published.json").read_text())
XWING, RFC9180 = PUBLISHED["hpke_pq_xwing"], PUBLISHED["rfc9180"]
X25519_ID, XWING_ID = 0x20, 0x647A
AES_256_GCM_ID, CHACHA_ID = 2, 3


def raw(vector: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(vector[name])


def extract(salt: bytes, key: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), key, "sha256")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    out, block, count = b"", b"", 0
    while len(out) < length:
        count += 1
        block = hmac.digest(key, block + info + bytes((count,)), "sha256")
        out += block
    return out[:length]


def key_schedule(kem: int, aead: int, shared_secret: bytes, info: bytes) -> tuple[bytes, bytes, bytes]:
    """RFC 9180, section 5.1, mode base, HKDF-SHA256: key, base nonce, exporter secret."""
    suite = b"HPKE" + kem.to_bytes(2, "big") + (1).to_bytes(2, "big") + aead.to_bytes(2, "big")

    def labeled_extract(salt: bytes, label: bytes, key: bytes) -> bytes:
        return extract(salt, b"HPKE-v1" + suite + label + key)

    def labeled_expand(key: bytes, label: bytes, about: bytes, length: int) -> bytes:
        return expand(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + about, length)

    about = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(shared_secret, b"secret", b"")
    key, nonce = labeled_expand(secret, b"key", about, 32), labeled_expand(secret, b"base_nonce", about, 12)
    return key, nonce, labeled_expand(secret, b"exp", about, 32)


def xwing_shared_secret(secret: bytes, enc: bytes) -> bytes:
    """X-Wing decapsulation, written from the draft: SHA3-256(ss_M || ss_X || ct_X || pk_X || label)."""
    expanded = hashlib.shake_256(secret).digest(96)
    ml_kem, x25519 = (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )
    ct_m, ct_x = enc[:1088], enc[1088:]
    shares = ml_kem.decapsulate(ct_m) + x25519.exchange(X25519PublicKey.from_public_bytes(ct_x))
    return hashlib.sha3_256(shares + ct_x + x25519.public_key().public_bytes_raw() + b"\\.//^\\").digest()


def test_our_x_wing_key_pair_is_the_published_one() -> None:
    assert xwing_key_pair(raw(XWING, "skRm"))[1] == raw(XWING, "pkRm")


def test_x_wing_decapsulates_to_the_published_secret() -> None:
    assert xwing_shared_secret(raw(XWING, "skRm"), raw(XWING, "enc")) == raw(XWING, "shared_secret")


@pytest.mark.parametrize(
    ("vector", "kem", "aead"), [(RFC9180, X25519_ID, AES_256_GCM_ID), (XWING, XWING_ID, CHACHA_ID)]
)
def test_the_key_schedule_in_this_test_is_that_of_rfc_9180(vector: dict[str, Any], kem: int, aead: int) -> None:
    key, nonce, exporter = key_schedule(kem, aead, raw(vector, "shared_secret"), raw(vector, "info"))
    assert (key, nonce, exporter) == tuple(raw(vector, name) for name in ("key", "base_nonce", "exporter_secret"))
    case = vector["encryption"]
    cipher = AESGCM(key) if aead == AES_256_GCM_ID else ChaCha20Poly1305(key)
    assert cipher.encrypt(nonce, raw(case, "pt"), raw(case, "aad")) == raw(case, "ct")


def test_our_suite_opens_what_was_made_from_the_published_secret_alone() -> None:
    """X-Wing + HKDF-SHA256 + AES-256-GCM: the combination of the envelope, end to end."""
    info = b"erstkontakt/1 envelope" + b"\1" + bytes(16)
    key, nonce, _ = key_schedule(XWING_ID, AES_256_GCM_ID, raw(XWING, "shared_secret"), info)
    sealed = raw(XWING, "enc") + AESGCM(key).encrypt(nonce, b"k" * 32, b"")
    opening_key = xwing_key_pair(raw(XWING, "skRm"))[0]
    assert envelope._SUITE.decrypt(sealed, opening_key, info) == b"k" * 32
    with pytest.raises(InvalidTag):
        envelope._SUITE.decrypt(sealed, opening_key, info + b"!")


def test_what_our_suite_seals_can_be_opened_from_the_specifications_alone() -> None:
    secret, info = bytes(range(32)), b"info"
    private, _ = xwing_key_pair(secret)
    sealed = envelope._SUITE.encrypt(b"k" * 32, private.public_key(), info)
    shared_secret = xwing_shared_secret(secret, sealed[:1120])
    key, nonce, _ = key_schedule(XWING_ID, AES_256_GCM_ID, shared_secret, info)
    assert AESGCM(key).decrypt(nonce, sealed[1120:], b"") == b"k" * 32


def test_rfc_9180_with_aes_256_gcm_opens_in_the_library() -> None:
    suite, case = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM), RFC9180["encryption"]
    key, nonce, _ = key_schedule(X25519_ID, AES_256_GCM_ID, raw(RFC9180, "shared_secret"), raw(RFC9180, "info"))
    sealed = raw(RFC9180, "enc") + AESGCM(key).encrypt(nonce, raw(case, "pt"), b"")
    private = X25519PrivateKey.from_private_bytes(raw(RFC9180, "skRm"))
    assert suite.decrypt(sealed, private, raw(RFC9180, "info")) == raw(case, "pt")


def test_hkdf_is_that_of_rfc_5869() -> None:
    seed = bytes(range(32))
    assert derive(seed, "erstkontakt/1 token", 42) == expand(extract(b"", seed), b"erstkontakt/1 token", 42)


def test_ed25519_is_that_of_rfc_8032() -> None:
    """RFC 8032, section 7.1, test 2."""
    verify = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert signed_by(verify, b"\x72", signature)


def test_xchacha20_poly1305_is_that_of_the_draft() -> None:
    """draft-irtf-cfrg-xchacha-03, appendix A.3.1."""
    plaintext = (
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
        b"would be it."
    )
    aad, key, nonce = bytes.fromhex("50515253c0c1c2c3c4c5c6c7"), bytes(range(0x80, 0xA0)), bytes(range(0x40, 0x58))
    sealed = xchacha(plaintext, aad, nonce, key)
    assert sealed[-16:].hex() == "c0875924c1c7987947deafd8780acf49"
    assert sealed[:16].hex() == "bd6d179d3e83d43b9576579493c0e939"


def test_argon2id_is_version_13_with_one_lane() -> None:
    """The answer of the reference implementation (argon2-cffi: type ID, version 19, 64 MiB, 2 passes, 1 lane)."""
    derived = argon2id(b"password", b"somesaltsomesalt", 64 * 1024, 2, 32)
    assert derived.hex() == "fc33b78139231d34b71626bd6245c1d72efa190ad605c3d8166a72adcedfa2c2"
