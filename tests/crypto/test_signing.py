"""Signed documents: believed with the signature of the root, and never otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import SignatureForged
from crypto.identity import Identity
from crypto.signing import read_document, root_verify, sign_by, sign_document

SEED = bytes(range(32))
ROOT = root_verify(SEED)
BLOB = sign_document("directory", b'{"version":7}', SEED)


@given(rest=st.binary(max_size=300))
def test_what_was_signed_is_read_back_to_the_byte(rest: bytes) -> None:
    body = b"{" + rest
    assert read_document("directory", sign_document("directory", body, SEED), ROOT) == body


@pytest.mark.parametrize("offset", range(len(BLOB)))
def test_each_flipped_byte_is_noticed(offset: int) -> None:
    for mask in (1, 2, 32, 128):
        bent = BLOB[:offset] + bytes((BLOB[offset] ^ mask,)) + BLOB[offset + 1 :]
        with pytest.raises(SignatureForged):
            read_document("directory", bent, ROOT)


@pytest.mark.parametrize("length", range(len(BLOB)))
def test_a_truncated_document_is_refused(length: int) -> None:
    with pytest.raises(SignatureForged):
        read_document("directory", BLOB[:length], ROOT)


@given(blob=st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(lambda rest: b"EKD1\n" + rest)))
def test_any_bytes_are_refused_with_our_error(blob: bytes) -> None:
    with pytest.raises(SignatureForged):
        read_document("directory", blob, ROOT)


def test_a_root_key_of_another_length_believes_nothing() -> None:
    with pytest.raises(SignatureForged):
        read_document("directory", BLOB, ROOT[:31])


def test_only_an_object_is_signed_so_that_kinds_cannot_run_into_the_body() -> None:
    with pytest.raises(ValueError, match="JSON object"):
        sign_document("director", b'y{"version":7}', SEED)


def test_a_letter_cannot_move_from_the_kind_into_the_body() -> None:
    moved = BLOB[:94] + b"y" + BLOB[94:]
    with pytest.raises(SignatureForged):
        read_document("director", moved, ROOT)


@pytest.mark.parametrize("kind", ["", "Directory", "a b", "a1", "x" * 33, "directory\n"])
def test_a_kind_is_one_word_of_small_letters(kind: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        sign_document(kind, b"{}", SEED)
    with pytest.raises(ValueError, match="small letters"):
        read_document(kind, BLOB, ROOT)


def test_another_kind_is_not_believed() -> None:
    with pytest.raises(SignatureForged):
        read_document("release", BLOB, ROOT)


def test_only_a_json_object_is_signed() -> None:
    with pytest.raises(ValueError, match="JSON object"):
        sign_document("directory", b"[]", SEED)
    with pytest.raises(ValueError, match="JSON object"):
        sign_by("entry", b"[]", Identity.from_seed(SEED))
