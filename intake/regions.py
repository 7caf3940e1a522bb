"""Postcode -> Kreis -> Land, as a table small enough for a browser. A Kreis is named by its NUTS-3 code ("DE80M").

The table is a JSON file that lists the postcodes of each Kreis as a first number and the gaps after it:

    {"format": "erstkontakt-regions/1", "source": "…", "lands": {"DE8": "Mecklenburg-Vorpommern", …},
     "kreise": {"DE803": ["Rostock, Stadt", [18055, 2, 2, …]], …}}

A postcode that stands in several Kreise is never decided for anybody: the person is asked. Even one Kreis is only a
finding that the person may change, because no list of postcodes is complete. The browser fetches the whole table, so
that the server never learns which postcode was typed.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import accumulate, pairwise

import msgspec

from intake.errors import KreisUnknown, PostcodeUnknown, RegionsFaulty

FORMAT = "erstkontakt-regions/1"

LANDS = {
    "DE1": "Baden-Württemberg",
    "DE2": "Bayern",
    "DE3": "Berlin",
    "DE4": "Brandenburg",
    "DE5": "Bremen",
    "DE6": "Hamburg",
    "DE7": "Hessen",
    "DE8": "Mecklenburg-Vorpommern",
    "DE9": "Niedersachsen",
    "DEA": "Nordrhein-Westfalen",
    "DEB": "Rheinland-Pfalz",
    "DEC": "Saarland",
    "DED": "Sachsen",
    "DEE": "Sachsen-Anhalt",
    "DEF": "Schleswig-Holstein",
    "DEG": "Thüringen",
}
KREIS = re.compile(r"DE[1-9A-G][0-9A-Z]{2}")
HOW_MANY = 400  # Kreise and kreisfreie Städte in Germany since 2021

# "D-18055", "18 055", "180 55 " and the like; \d would also take digits of other scripts.
_POSTCODE = re.compile(r"(?:[Dd][Ee]?[-\s]*)?([0-9]{5})")


class Table(msgspec.Struct, frozen=True):
    """The file as it is."""

    format: str
    source: str
    lands: dict[str, str]
    kreise: dict[str, tuple[str, tuple[int, ...]]]


class Regions:
    """All Kreise of Germany, their names, Länder and postcodes."""

    def __init__(self, table: Table) -> None:
        self.source = table.source
        self.lands: Mapping[str, str] = table.lands
        self.kreise: Mapping[str, str] = {kreis: name for kreis, (name, _) in table.kreise.items()}
        by_postcode: dict[str, list[str]] = {}
        for kreis, (_, gaps) in table.kreise.items():
            for number in accumulate(gaps):
                by_postcode.setdefault(f"{number:05}", []).append(kreis)
        self.postcodes: Mapping[str, tuple[str, ...]] = {p: tuple(k) for p, k in sorted(by_postcode.items())}

    @classmethod
    def read(cls, blob: bytes) -> "Regions":
        """The table from its file. Raises RegionsFaulty."""
        try:
            table = msgspec.json.decode(blob, type=Table)
        except msgspec.DecodeError as e:
            raise RegionsFaulty(f"Die Tabelle der Orte lässt sich nicht lesen: {e}") from None
        faults = list(_faults(table))
        if faults:
            raise RegionsFaulty(*faults)
        return cls(table)

    @classmethod
    def of_pairs(cls, names: Mapping[str, str], pairs: Iterable[tuple[str, str]], source: str) -> "Regions":
        """The table from names of Kreise and (postcode, Kreis) pairs. Raises RegionsFaulty."""
        numbers: dict[str, set[int]] = {kreis: set() for kreis in names}
        for postcode, kreis in pairs:
            numbers.setdefault(kreis, set()).add(int(postcode))
        kreise = {kreis: (names.get(kreis, ""), _gaps(numbers[kreis])) for kreis in sorted(numbers)}
        return cls.read(msgspec.json.encode(Table(FORMAT, source, LANDS, kreise)))

    def write(self) -> bytes:
        """The file. The same table gives the same bytes, so that its hash can stand in the directory."""
        numbers: dict[str, set[int]] = {kreis: set() for kreis in self.kreise}
        for postcode, kreis in self.pairs():
            numbers[kreis].add(int(postcode))
        kreise = {kreis: (name, _gaps(numbers[kreis])) for kreis, name in sorted(self.kreise.items())}
        return msgspec.json.encode(Table(FORMAT, self.source, dict(self.lands), kreise))

    def pairs(self) -> Iterable[tuple[str, str]]:
        """Every (postcode, Kreis)."""
        return ((postcode, kreis) for postcode, kreise in self.postcodes.items() for kreis in kreise)

    def find(self, typed: str) -> tuple[str, ...]:
        """The Kreise of a postcode as somebody typed it; more than one: ask. Raises PostcodeUnknown."""
        match = _POSTCODE.fullmatch(typed[:40].strip().replace(" ", ""))
        kreise = self.postcodes.get(match[1]) if match else None
        if not kreise:
            raise PostcodeUnknown
        return kreise

    def near(self, postcode: str) -> tuple[str, ...]:
        """Kreise that share the first three digits of a postcode: to be offered first to somebody who says "no"."""
        return tuple(sorted(self._by_area.get(postcode[:3], set())))

    def name(self, place: str) -> str:
        """The name of a Kreis or Land. Raises KreisUnknown."""
        name = self.kreise.get(place) or self.lands.get(place)
        if name is None:
            raise KreisUnknown
        return name

    def kreise_of(self, land: str) -> tuple[str, ...]:
        """All Kreise of a Land ("DE8"), by name."""
        return tuple(sorted((k for k in self.kreise if k.startswith(land)), key=lambda kreis: self.kreise[kreis]))

    @cached_property
    def _by_area(self) -> dict[str, set[str]]:
        areas: dict[str, set[str]] = {}
        for postcode, kreis in self.pairs():
            areas.setdefault(postcode[:3], set()).add(kreis)
        return areas


def _gaps(numbers: Iterable[int]) -> tuple[int, ...]:
    ordered = sorted(numbers)
    return (*ordered[:1], *(after - before for before, after in pairwise(ordered)))


def _faults(table: Table) -> Iterable[str]:
    if table.format != FORMAT:
        yield f"Das Format „{table.format[:40]}“ kennen wir nicht."
    if table.lands != LANDS:
        yield "In der Tabelle stehen nicht die 16 Länder."
    if len(table.kreise) != HOW_MANY:
        yield f"In der Tabelle stehen {len(table.kreise)} Kreise. Es müssen {HOW_MANY} sein."
    for kreis, (name, gaps) in table.kreise.items():
        if not KREIS.fullmatch(kreis):
            yield f"„{kreis[:12]}“ ist keine NUTS-3-Nummer eines Kreises."
        if not name.strip():
            yield f"Der Kreis {kreis[:12]} hat keinen Namen."
        if not gaps or any(gap <= 0 for gap in gaps) or sum(gaps) > 99_999:
            yield f"Die Postleitzahlen des Kreises {kreis[:12]} sind beschädigt."
