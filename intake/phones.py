"""Telephone numbers: the only room that knows ``phonenumbers``.

A number is accepted when it can be called at ordinary cost and belongs to somebody: fixed line or mobile, of a country
that the installation calls (Germany), and neither an emergency call nor a line of our own. The library is told more
than once what it does not know itself: that 110 is "possible", that letters are digits to it, that satellites are
mobiles of region 001 (see tests/intake/test_phones.py, which holds these facts down).

The library's tables take a tenth of a second to load, so it is imported by the first number and not by the service.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from intake.errors import NumberRefused

GERMANY = ("DE",)
LONGEST_TYPED = 40
_TYPED = re.compile(r"[0-9+()/.\- ]+")
# 0151-CALLNOW: letters stand for the digits on whose keys they are, but only behind a beginning of real digits.
_VANITY = re.compile(r"(?P<digits>[+0-9()/.\- ]*[0-9]{3}[()/.\- ]*)(?P<letters>[A-Za-z]+)(?P<rest>[0-9A-Za-z\- ]*)")
_TRUNK_ZERO = re.compile(r"^(?P<country>(?:\+|00)\s*[1-9][0-9]{0,2})\s*\(0\)")
_EMERGENCY = frozenset({"110", "112"})


class Kind(StrEnum):
    FIXED = "fixed"
    MOBILE = "mobile"
    OTHER = "other"  # the country's numbers do not tell


class Network(StrEnum):
    """What the service phone that dials is connected to; it decides how its own number is suppressed."""

    MOBILE = "mobile"
    FIXED = "fixed"
    SIP = "sip"


# CLIR for one call (3GPP TS 22.030 for mobiles, the custom of German fixed lines). SIP says it in a header (RFC 3323).
_HIDE = {Network.MOBILE: "#31#", Network.FIXED: "*31#", Network.SIP: ""}


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """``e164``: "+4915123456789". Printing shows nothing of it; ``region``: ISO 3166 code of the country."""

    e164: str = field(repr=False)
    kind: Kind = field(repr=False)
    region: str = field(repr=False)

    def __repr__(self) -> str:
        return "<PhoneNumber ...>"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)

    @property
    def ending(self) -> str:
        """The last three digits, by which its owner recognises it."""
        return self.e164[-3:]

    @property
    def spoken(self) -> str:
        """As people write it, for showing it back to whoever typed it: "0151 23456789"."""
        library = _library()
        home = self.region in GERMANY
        form = library.PhoneNumberFormat.NATIONAL if home else library.PhoneNumberFormat.INTERNATIONAL
        spoken: str = library.format_number(library.parse(self.e164), form)
        # For some short numbers the library knows no form and leaves out the zero, which must be dialled.
        return f"0{spoken}" if home and not spoken.startswith("0") else spoken

    def dialled(self, network: Network) -> str:
        """What a phone in ``network`` dials so that its own number is not shown."""
        return _HIDE[network] + self.e164


def parse(
    typed: str, region: str = "DE", *, allowed: Collection[str] = GERMANY, own: Collection[str] = ()
) -> PhoneNumber:
    """The number that somebody typed. ``region``: where a number without country code is meant to be.

    ``allowed``: countries that are called; ``own``: our own lines in E.164, which would ring in a circle.
    Raises NumberRefused, whose ``why`` is one of unclear, unknown, emergency, foreign, kind, ours.
    """
    library = _library()
    plain = _plain(typed)
    digits = re.sub(r"[^0-9]", "", plain)
    if digits in _EMERGENCY or library.connects_to_emergency_number(digits, region):
        raise NumberRefused(why="emergency")
    try:
        number = library.parse(plain, region)
    except library.NumberParseException:
        raise NumberRefused(why="unclear") from None
    kind = library.number_type(number)
    if kind in _refused_kinds(library):
        raise NumberRefused(why="kind")
    found = library.region_code_for_number(number)
    if library.is_valid_number(number) and found not in allowed:
        raise NumberRefused(why="foreign")
    if not library.is_valid_number(number) or kind not in _kinds(library):
        raise NumberRefused(why="unknown")
    national = library.national_significant_number(number)
    if national[library.length_of_geographical_area_code(number) :] in _EMERGENCY:
        raise NumberRefused(why="emergency")
    e164 = library.format_number(number, library.PhoneNumberFormat.E164)
    if e164 in own:
        raise NumberRefused(why="ours")
    return PhoneNumber(e164, _kinds(library)[kind], found or "")


def rules(own: Collection[str] = ()) -> dict[str, Any]:
    """The library's own knowledge of German numbers, for browsers that check without sending (client/lib/numbers.ts).

    Patterns of the national number; ``refused``: of kinds that we do not call; ``forms``: the ways to write it, as
    [leading digits, groups], of which the first that fits is meant; ``own``: our own lines in E.164.
    """
    library = _library()
    known = library.PhoneMetadata.metadata_for_region("DE")
    refused = (known.premium_rate, known.toll_free, known.shared_cost, known.personal_number, known.pager, known.uan,
               known.voicemail)  # fmt: skip
    return {
        "general": known.general_desc.national_number_pattern,
        "refused": "|".join(kind.national_number_pattern for kind in refused),
        "called": f"{known.fixed_line.national_number_pattern}|{known.mobile.national_number_pattern}",
        "forms": [[form.leading_digits_pattern[-1], form.pattern] for form in known.number_format],
        "own": list(own),
    }


def _plain(typed: str) -> str:
    """In ASCII, without the zero in brackets, letters as digits. Raises NumberRefused for what is no number."""
    text = unicodedata.normalize("NFKC", typed).strip()
    text = "".join("-" if unicodedata.category(letter) == "Pd" else letter for letter in text)
    text = re.sub(r"\s", " ", text)
    if len(text) > LONGEST_TYPED:
        raise NumberRefused(why="unclear")
    if vanity := _VANITY.fullmatch(text):
        letters = _library().convert_alpha_characters_in_number(vanity["letters"] + vanity["rest"])
        text = vanity["digits"] + letters
    if not _TYPED.fullmatch(text):
        raise NumberRefused(why="unclear")
    return _TRUNK_ZERO.sub(r"\g<country> ", text)


def _library() -> Any:  # a module: it is imported here and not above for the sake of the cold start
    import phonenumbers

    return phonenumbers


def _kinds(library: Any) -> dict[int, Kind]:
    types = library.PhoneNumberType
    return {types.FIXED_LINE: Kind.FIXED, types.MOBILE: Kind.MOBILE, types.FIXED_LINE_OR_MOBILE: Kind.OTHER}


def _refused_kinds(library: Any) -> frozenset[int]:
    types = library.PhoneNumberType
    real = {types.FIXED_LINE, types.MOBILE, types.FIXED_LINE_OR_MOBILE, types.UNKNOWN}
    return frozenset(types.values()) - real
