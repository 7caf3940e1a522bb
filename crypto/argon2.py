"""Argon2id with a floor and a ceiling: nobody who names the costs makes a code cheap to guess, or a machine stall."""

from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13

SALT = 16  # bytes
MEMORY_KIB = range(19 * 1024, 1024 * 1024 + 1)  # OWASP's least, and what a telephone can still give
PASSES = range(2, 17)


def argon2id(secret: bytes, salt: bytes, memory_kib: int, passes: int, length: int) -> bytes:
    """Argon2id v1.3 (RFC 9106), one lane: `length` bytes. ValueError for costs outside MEMORY_KIB and PASSES."""
    if len(salt) != SALT or memory_kib not in MEMORY_KIB or passes not in PASSES:
        raise ValueError("Argon2id: salt of 16 bytes, 19,456 to 1,048,576 KiB, 2 to 16 passes")
    derived: bytes = crypto_pwhash_alg(length, secret, salt, passes, memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13)
    return derived
