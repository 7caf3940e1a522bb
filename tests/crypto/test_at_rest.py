"""Numbers of service phones lie sealed on disk: nobody reads, moves or lengthens them without the key."""

import pytest

from crypto.at_rest import AtRest
from crypto.errors import AtRestUnreadable

KEY = bytes(range(32))


def test_what_was_sealed_opens_again() -> None:
    for value in (b"", b"+4917139200123", b"x" * 63, b"x" * 64, b"\x80\x00\x80"):
        assert AtRest(KEY).open(AtRest(KEY).seal(value, "phone mira"), "phone mira") == value


def test_two_seals_of_one_number_do_not_look_alike() -> None:
    assert AtRest(KEY).seal(b"+491", "phone mira") != AtRest(KEY).seal(b"+491", "phone mira")


def test_the_length_tells_nothing_about_a_number() -> None:
    lengths = {len(AtRest(KEY).seal(b"1" * count, "phone mira")) for count in range(64)}
    assert lengths == {1 + 24 + 64 + 16}


def test_a_sealed_number_cannot_be_moved_to_another_member() -> None:
    with pytest.raises(AtRestUnreadable):
        AtRest(KEY).open(AtRest(KEY).seal(b"+491", "phone mira"), "phone jonas")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(AtRestUnreadable):
        AtRest(b"\x07" * 32).open(AtRest(KEY).seal(b"+491", "phone mira"), "phone mira")


def test_no_single_byte_can_be_changed_and_no_piece_opens() -> None:
    sealed = AtRest(KEY).seal(b"+4917139200123", "phone mira")
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        with pytest.raises(AtRestUnreadable):
            AtRest(KEY).open(bytes(damaged), "phone mira")
        with pytest.raises(AtRestUnreadable):
            AtRest(KEY).open(sealed[:place], "phone mira")


def test_a_key_has_exactly_32_bytes() -> None:
    for size in (0, 16, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            AtRest(bytes(size))


def test_the_key_prints_nothing() -> None:
    assert repr(AtRest(KEY)) == "<AtRest ...>"


def test_the_form_is_the_documented_one() -> None:
    nonce = bytes(range(24))
    sealed = AtRest(KEY).seal(b"+491", "phone mira", lambda size: nonce[:size])
    assert sealed[:25] == b"\x01" + nonce
