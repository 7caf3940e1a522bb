"""Small pure rules: stamps, member names, invitations, sessions, the delay after wrong passphrases, languages."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake import stamps
from intake.errors import LoginRefused, NoInvitation, SessionEnded, StampMissing, TooMany, language_of
from intake.members import Session, Throttle, check_invitation, normal_id, pretended


@given(st.binary(min_size=1, max_size=200), st.integers(0, 2**40), st.integers(0, 9))
def test_a_solved_stamp_is_right_and_fits_nothing_else(envelope: bytes, hour: int, bits: int) -> None:
    counter = stamps.solve(envelope, hour, bits)
    stamps.check(envelope, hour, counter, bits=bits, now_hour=hour + 1)
    digest = hashlib.sha256(
        b"erstkontakt/1 stamp"
        + hour.to_bytes(8, "big")
        + hashlib.sha256(envelope).digest()
        + counter.to_bytes(8, "big")
    ).digest()
    assert int.from_bytes(digest, "big") < 2 ** (256 - bits)
    for wrong_hour in (hour + 2, hour - 2):
        with pytest.raises(StampMissing):
            stamps.check(envelope, hour, counter, bits=bits, now_hour=wrong_hour)


def test_a_stamp_with_an_impossible_counter_is_refused() -> None:
    for counter in (-1, 2**63, 2**64):
        with pytest.raises(StampMissing):
            stamps.check(b"x", 5, counter, bits=0, now_hour=5)


def test_the_price_doubles_with_each_doubling_of_the_load_up_to_its_limit() -> None:
    gauge = stamps.Gauge(base=4, most=7, calm=10)
    prices = []
    for _ in range(200):
        prices.append(gauge.bits(100))
        gauge.count(100)
    assert [prices.index(bits) for bits in (4, 5, 6, 7)] == [0, 10, 20, 40]
    assert max(prices) == 7
    assert gauge.bits(101) == 7
    assert gauge.bits(102) == 4


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (" Mira ", "mira"),
        ("m.p-1_x", "m.p-1_x"),
        ("", ""),
        ("1a", ""),
        ("a b", ""),
        ("ä", ""),
        ("a" * 33, ""),
        ("a\n", "a"),
    ],
)
def test_account_names(typed: str, found: str) -> None:
    assert normal_id(typed) == found


def test_invented_parameters_differ_by_name_and_by_installation() -> None:
    one = pretended("mira", b"a" * 32)
    assert one == pretended("mira", b"a" * 32)
    assert one.salt not in {pretended("mara", b"a" * 32).salt, pretended("mira", b"b" * 32).salt}


def test_invitations_end() -> None:
    check_invitation(100, 99)
    for expires in (None, 99, 98):
        with pytest.raises(NoInvitation):
            check_invitation(expires, 99)


def test_a_session_from_the_future_is_no_session() -> None:
    Session("mira", 100, 100).check(99)  # clocks of two nodes may differ by a little
    with pytest.raises(SessionEnded):
        Session("mira", 100, 100).check(98)


def test_a_clock_that_jumped_back_locks_nobody_out() -> None:
    throttle = Throttle()
    for _ in range(20):
        assert isinstance(throttle.failed("mira", 1_000_000, keep=True), LoginRefused)
    with pytest.raises(TooMany) as refused:
        throttle.check("mira", 1_000)
    assert refused.value.details == {"retry_after": Throttle.LONGEST}


def test_success_forgets_the_failures() -> None:
    throttle = Throttle()
    for _ in range(9):
        throttle.failed("mira", 0, keep=True)
    throttle.succeeded("mira")
    throttle.check("mira", 0)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "de"), ("", "de"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("de,en", "de"), ("en;q=0.5,de;q=0.9", "de"),
        ("fr,en;q=0.3", "en"), ("en;q=x", "de"), ("tr", "de"), ("*", "de"), ("de;q=0.1, EN;q=0.2", "en"),
        ("," * 9999, "de"),
    ],
)  # fmt: skip
def test_the_language_of_a_sentence(header: str | None, language: str) -> None:
    assert language_of(header) == language
