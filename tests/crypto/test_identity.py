"""Identities: what they show, what they hide, what they refuse."""

import pickle

import pytest

from crypto.errors import KeyMalformed
from crypto.identity import Identity, MailboxKeys, PublicIdentity, derive, signed_by
from crypto.return_code import WORDS

SEED = bytes(range(32))
MIRA = Identity.from_seed(SEED)


def test_nothing_secret_is_printed() -> None:
    mailbox = MailboxKeys.from_seed(SEED)
    for secret in (MIRA, mailbox):
        assert repr(secret) == str(secret) == f"<{type(secret).__name__} ...>"
    assert repr(MIRA.public) == f"<PublicIdentity {MIRA.public.kid.hex()}>"


def test_an_identity_is_never_written_anywhere() -> None:
    with pytest.raises(TypeError, match="never written"):
        pickle.dumps(MIRA)


def test_the_keys_of_one_seed_have_nothing_in_common() -> None:
    mailbox = MailboxKeys.from_seed(SEED)
    parts = {MIRA.public.verify, mailbox.id, mailbox.token, mailbox.token_hash, derive(SEED, "erstkontakt/1 root", 32)}
    assert len(parts) == 5
    assert not any(part in MIRA.public.kem for part in parts)


def test_the_fingerprint_is_eight_words_and_covers_both_keys() -> None:
    other = Identity.from_seed(b"x" * 32).public
    mixed = PublicIdentity(MIRA.public.kem, other.verify)
    assert mixed.kid == MIRA.public.kid
    assert len({MIRA.public.fingerprint, other.fingerprint, mixed.fingerprint}) == 3
    words = mixed.fingerprint.split(" ")
    assert len(words) == 8
    assert set(words) <= set(WORDS)


def test_public_identities_are_compared_by_their_keys() -> None:
    again = Identity.from_seed(SEED).public
    assert again == MIRA.public
    assert len({again, MIRA.public}) == 1


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_of_another_length_is_a_mistake_of_the_caller(seed: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Identity.from_seed(seed)
    with pytest.raises(ValueError, match="32 bytes"):
        MailboxKeys.from_seed(seed)


@pytest.mark.parametrize(("kem", "verify"), [(bytes(1215), bytes(32)), (MIRA.public.kem, bytes(31))])
def test_keys_of_another_length_are_refused(kem: bytes, verify: bytes) -> None:
    with pytest.raises(KeyMalformed):
        PublicIdentity(kem, verify)


def test_a_signature_holds_for_its_message_only() -> None:
    signature = MIRA.sign(b"Text")
    assert signed_by(MIRA.public.verify, b"Text", signature)
    assert not signed_by(MIRA.public.verify, b"Text ", signature)
    assert not signed_by(MIRA.public.verify, b"", b"")
    assert not signed_by(b"", b"Text", signature)


def test_a_signature_is_not_read_on_into_the_message() -> None:
    signature = MIRA.sign(b"Text")
    assert not signed_by(MIRA.public.verify, signature[63:] + b"Text", signature[:63])
    assert not signed_by(MIRA.public.verify, b"ext", signature + b"T")
