"""Passphrases: one run of Argon2id, two keys; a wrapped seed opens with one of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import PassphraseWrong
from crypto.passphrase import WRAPPED, unlock, unwrap, wrap

SALT = bytes(16)
KEY = bytes(range(32))


def test_the_two_keys_differ_and_print_nothing() -> None:
    keys = unlock("vier zufällige Wörter", SALT, 19456, 2)
    assert keys.login_key != keys.wrapping_key
    assert repr(keys) == "<PassphraseKeys ...>"


def test_another_salt_gives_other_keys() -> None:
    assert unlock("geheim", SALT, 19456, 2) != unlock("geheim", bytes(15) + b"1", 19456, 2)


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        unlock("", SALT, 19456, 2)


def test_a_salt_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        unlock("geheim", bytes(8), 19456, 2)


def test_a_seed_of_another_length_is_not_wrapped() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        wrap(bytes(31), KEY)


@given(seed=st.binary(min_size=32, max_size=32), key=st.binary(min_size=32, max_size=32))
def test_a_wrapped_seed_comes_back_and_never_looks_the_same(seed: bytes, key: bytes) -> None:
    wrapped = wrap(seed, key)
    assert len(wrapped) == WRAPPED == 72
    assert unwrap(wrapped, key) == seed
    assert wrap(seed, key) != wrapped


@given(wrapped=st.binary(max_size=100))
def test_any_other_bytes_are_a_wrong_passphrase(wrapped: bytes) -> None:
    with pytest.raises(PassphraseWrong):
        unwrap(wrapped, KEY)
    with pytest.raises(PassphraseWrong):
        unwrap(wrapped.ljust(72, b"\0")[:72], KEY)


@pytest.mark.parametrize("offset", range(WRAPPED))
def test_each_flipped_byte_is_noticed(offset: int) -> None:
    wrapped = bytearray(wrap(bytes(32), KEY))
    wrapped[offset] ^= 1
    with pytest.raises(PassphraseWrong):
        unwrap(bytes(wrapped), KEY)
