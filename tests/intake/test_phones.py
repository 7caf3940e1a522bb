"""Which numbers are called, and the facts about ``phonenumbers`` that the rules stand on."""

from __future__ import annotations

import json
import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.errors import NumberRefused
from intake.phones import Kind, Network, PhoneNumber, parse
from tests.vectors import write_numbers

MIRA = "+4915123456789"


@pytest.mark.parametrize(
    "typed",
    [
        "0151 23456789",
        "0151/234-567-89",
        "+49 (0)151 23456789",
        "+49(0) 151 234567 89",
        "0049 (0) 151 23456789",
        "0049151 23456789",
        "  0151\u00a023456789\n",
        "0151–23456789",
        "０１５１ ２３４５６７８９",
        "(0151) 23456789",
        "0151-ADGJMPTW".replace("ADGJMPTW", "23456PTW"),  # p, t, w lie on 7, 8, 9
    ],
)
def test_a_number_is_understood_however_it_is_written(typed: str) -> None:
    number = parse(typed)
    assert (number.e164, number.kind, number.region) == (MIRA, Kind.MOBILE, "DE")


def test_letters_stand_for_digits_only_behind_digits() -> None:
    assert parse("03841-CALLNOW").e164 == "+4938412255669"
    for typed in ("CALLNOW", "Mira 0151 23456789", "0151 23456789 x5", "0151 23456789;ext=5", "tel:015123456789"):
        with pytest.raises(NumberRefused) as refused:
            parse(typed)
        assert refused.value.why in ("unclear", "unknown")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("110", "emergency"),
        ("112", "emergency"),
        ("1 1 2", "emergency"),
        ("030 110", "emergency"),
        ("03841 112", "emergency"),
        ("0900 1 234567", "kind"),
        ("0137 1234567", "kind"),
        ("0180 5 123456", "kind"),
        ("0700 12345678", "kind"),
        ("0168 1234567", "kind"),
        ("0800 1110111", "kind"),
        ("+8816 12345678", "foreign"),  # a satellite
        ("+43 664 1234567", "foreign"),
        ("+1 212 555 0123", "foreign"),
        ("116 016", "unknown"),
        ("116117", "unknown"),
        ("0161 12345678", "unknown"),
        ("11833", "unknown"),
        ("+4915123456789012", "unknown"),
        ("0151 2345", "unknown"),
        ("", "unclear"),
        ("+", "unclear"),
        ("+49", "unclear"),
        ("keine", "unclear"),
        ("0" * 41, "unclear"),
        ("0151 23456789, 0151 23456788", "unclear"),
        ("٠١٥١٢٣٤٥٦٧٨٩", "unclear"),
    ],
)
def test_what_is_not_called(typed: str, why: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse(typed)
    assert refused.value.why == why
    for language in ("de", "en"):
        assert refused.value.sentence(language)
    if len(typed.strip()) > 3:
        assert typed not in str(refused.value.body("de"))


def test_our_own_hotline_is_not_called() -> None:
    with pytest.raises(NumberRefused) as refused:
        parse("03841 123456", own={"+493841123456"})
    assert refused.value.why == "ours"


def test_other_countries_by_setting() -> None:
    number = parse("+43 664 1234567", allowed=("DE", "AT"))
    assert (number.region, number.kind) == ("AT", Kind.MOBILE)
    assert parse("0664 1234567", "AT", allowed=("AT",)) == number


def test_a_number_prints_nothing() -> None:
    number = parse(MIRA)
    for shown in (repr(number), str(number), f"{number}", f"{number:>30}", "%s" % number, repr([number])):  # noqa: UP031
        assert "151" not in shown
        assert "789" not in shown


def test_its_owner_recognises_it_and_phones_dial_it_with_their_own_number_hidden() -> None:
    number = parse("0151 23456789")
    assert number.ending == "789"
    assert number.spoken == "01512 3456789"
    assert parse("+43 664 1234567", allowed=("AT",)).spoken == "+43 664 1234567"
    assert number.dialled(Network.MOBILE) == "#31#+4915123456789"
    assert number.dialled(Network.FIXED) == "*31#+4915123456789"
    assert number.dialled(Network.SIP) == MIRA


@given(st.text(max_size=50))
def test_whatever_is_typed_is_a_number_or_refused(typed: str) -> None:
    try:
        number = parse(typed)
    except NumberRefused:
        return
    assert isinstance(number, PhoneNumber)
    assert number.e164.startswith("+49")


def test_the_file_that_holds_the_browser_to_the_same_rules_is_fresh() -> None:
    assert json.loads(write_numbers.FILE.read_text("utf-8")) == write_numbers.content()


def test_facts_about_the_library() -> None:
    assert phonenumbers.is_possible_number(phonenumbers.parse("110", "DE"))
    satellite = phonenumbers.parse("+881612345678")
    assert phonenumbers.number_type(satellite) == phonenumbers.PhoneNumberType.MOBILE
    assert phonenumbers.region_code_for_number(satellite) == "001"
    assert phonenumbers.is_valid_number(phonenumbers.parse("030110", "DE"))


def test_the_service_starts_without_the_library() -> None:
    program = "import sys, intake.phones; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
