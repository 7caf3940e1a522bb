"""Postcodes and Kreise: everybody is found, whoever lives on a border is asked, and no slip becomes a wrong place."""

import contextlib
import io
import itertools
import json
import zipfile

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import region_sources as sources
from intake.errors import KreisUnknown, PostcodeUnknown, RegionsFaulty
from intake.regions import HOW_MANY, LANDS, Regions
from tests.intake.publishing import regions

TABLE = regions()
KREISE_OF_LAND = {
    "DE1": 44, "DE2": 96, "DE3": 1, "DE4": 18, "DE5": 2, "DE6": 1, "DE7": 26, "DE8": 8,
    "DE9": 45, "DEA": 53, "DEB": 36, "DEC": 6, "DED": 13, "DEE": 14, "DEF": 15, "DEG": 22,
}  # fmt: skip


def names(typed: str) -> set[str]:
    return {TABLE.name(kreis) for kreis in TABLE.find(typed)}


def test_all_four_hundred_kreise_are_there_with_a_name_and_a_postcode() -> None:
    assert len(TABLE.kreise) == HOW_MANY == sum(KREISE_OF_LAND.values())
    assert {land: len(TABLE.kreise_of(land)) for land in LANDS} == KREISE_OF_LAND
    assert len(set(TABLE.kreise.values())) == HOW_MANY
    assert {kreis for _, kreis in TABLE.pairs()} == set(TABLE.kreise)


def test_names_are_those_that_people_know() -> None:
    for name in (
        "Rostock, Stadt",
        "Landkreis Rostock",
        "Nordwestmecklenburg",
        "Berlin",
        "Landkreis München",
        "Friesland",
    ):
        assert name in TABLE.kreise.values()
    assert "Leipzig, Stadt" in TABLE.kreise.values()
    assert "Landkreis Leipzig" in TABLE.kreise.values()
    assert not [name for name in TABLE.kreise.values() if "Kreisfreie" in name or "(DE)" in name or " i. d." in name]


@pytest.mark.parametrize(
    ("postcode", "name"),
    [
        ("23966", "Nordwestmecklenburg"),
        ("18055", "Rostock, Stadt"),
        ("19053", "Schwerin, Stadt"),
        ("17489", "Vorpommern-Greifswald"),
        ("18435", "Vorpommern-Rügen"),
        ("17033", "Mecklenburgische Seenplatte"),
        ("18273", "Landkreis Rostock"),
        ("19288", "Ludwigslust-Parchim"),
        ("01067", "Dresden, Stadt"),
        ("10115", "Berlin"),
        ("80331", "München, Stadt"),
        ("99084", "Erfurt, Stadt"),
    ],
)
def test_well_known_postcodes(postcode: str, name: str) -> None:
    assert names(postcode) == {name}


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [
        ("19273", {"Ludwigslust-Parchim", "Landkreis Lüneburg"}),
        ("18059", {"Rostock, Stadt", "Landkreis Rostock"}),
        ("22113", {"Hamburg", "Stormarn"}),
        ("17337", {"Uckermark", "Mecklenburgische Seenplatte", "Vorpommern-Greifswald"}),
    ],
)
def test_who_lives_on_a_border_is_asked(postcode: str, expected: set[str]) -> None:
    assert names(postcode) == expected


@pytest.mark.parametrize("typed", ["18055", " 18055 ", "1 8055", "18 055", "D-18055", "d 18055", "DE-18055", "D18055"])
def test_a_postcode_may_be_typed_in_many_ways(typed: str) -> None:
    assert names(typed) == {"Rostock, Stadt"}


@pytest.mark.parametrize(
    "typed",
    ["", " ", "1805", "180555", "1010", "A-1010", "75008 Paris", "18055 Rostock", "abcde", "00000", "99999", "١٨٠٥٥",
     "18055; DROP TABLE", "-8055", "1e4", "18055\0", "9" * 10_000],
)  # fmt: skip
def test_other_countries_and_slips_are_told_kindly(typed: str) -> None:
    with pytest.raises(PostcodeUnknown) as caught:
        TABLE.find(typed)
    assert "auch leer lassen" in caught.value.de


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_field(typed: str) -> None:
    with contextlib.suppress(PostcodeUnknown):
        assert TABLE.find(typed)


def test_every_kreis_has_its_official_number() -> None:
    assert sorted(sources._numbers().values()) == sorted(TABLE.kreise)
    assert all(kreis[:3] == sources.LAND_OF_AGS[number[:2]] for number, kreis in sources._numbers().items())
    for typed in ("13074", "13074087", "13 074 087", "130745458087"):  # the Kreis, a Gemeinde in it, its ARS
        found = sources.kreis_of_number(typed)
        assert found is not None
        assert TABLE.kreise[found] == "Nordwestmecklenburg"
    assert [sources.kreis_of_number(typed) for typed in ("", "99999", "130740", "Wismar", "DE80M")] == [None] * 5


def test_near_kreise_are_offered_to_change_to() -> None:
    for postcode, kreise in TABLE.postcodes.items():
        assert set(kreise) <= set(TABLE.near(postcode))
    assert "DE80K" in TABLE.near("18055")
    assert TABLE.near("00000") == ()


def test_names_of_places_and_of_nowhere() -> None:
    assert (TABLE.name("DE8"), TABLE.name("DE80M")) == ("Mecklenburg-Vorpommern", "Nordwestmecklenburg")
    for place in ("", "DE", "DE8ZZ", "AT1"):
        with pytest.raises(KreisUnknown):
            TABLE.name(place)
    assert TABLE.kreise_of("DE3") == ("DE300",)


def test_the_file_is_small_exact_and_the_same_each_time() -> None:
    blob = TABLE.write()
    assert len(brotli.compress(blob, quality=11)) <= 12_000
    again = Regions.read(blob)
    assert again.postcodes == TABLE.postcodes
    assert again.write() == blob == regions().write()


def test_the_format_is_what_the_browser_expects() -> None:
    file = json.loads(TABLE.write())
    name, gaps = file["kreise"]["DE803"]
    assert (file["format"], name) == ("erstkontakt-regions/1", "Rostock, Stadt")
    assert f"{gaps[0]:05}" == "18055"
    assert set(itertools.accumulate(gaps)) == {int(p) for p, kreise in TABLE.postcodes.items() if "DE803" in kreise}


def damaged(change: object) -> bytes:
    file = json.loads(TABLE.write())
    change(file)  # type: ignore[operator]
    return json.dumps(file).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.update(format="erstkontakt-regions/2"),
        lambda file: file["lands"].pop("DE8"),
        lambda file: file["kreise"].pop("DE803"),
        lambda file: file["kreise"].update(DE803=["", [18055]]),
        lambda file: file["kreise"].update(DE803=["Rostock, Stadt", []]),
        lambda file: file["kreise"].update(DE803=["Rostock, Stadt", [18055, 0]]),
        lambda file: file["kreise"].update(DE803=["Rostock, Stadt", [99999, 5]]),
        lambda file: file["kreise"].update({"AT130": file["kreise"].pop("DE803")}),
        lambda file: file.update(kreise=3),
    ],
)
def test_damaged_tables_are_refused(change: object) -> None:
    with pytest.raises(RegionsFaulty):
        Regions.read(damaged(change))


def test_bytes_that_are_no_table_are_refused() -> None:
    for blob in (b"", b"\xff", b"[]", b"{"):
        with pytest.raises(RegionsFaulty):
            Regions.read(blob)


# ------------------------------------------------------------------------------------------------- GeoNames


def geonames(*rows: tuple[str, str, str]) -> bytes:
    """DE.txt with rows of (postcode, AGS, name of the Kreis); columns as in GeoNames' readme."""
    lines = [
        "\t".join(("DE", postcode, "Ort", "Land", "XX", "", "00", name, ags, "54.0", "12.0", "4"))
        for postcode, ags, name in rows
    ]
    return ("\n".join(lines) + "\n").encode()


ROSTOCK = [("18055", "13003", "Kreisfreie Stadt Rostock"), ("18057", "13003", "Kreisfreie Stadt Rostock")]
AROUND = [("18273", "13072", "Landkreis Rostock"), ("18276", "13072", "Landkreis Rostock")]


def test_geonames_adds_postcodes_and_further_kreise_and_takes_nothing_away() -> None:
    extra = [("18050", "13003", "Kreisfreie Stadt Rostock"), ("18196", "13003", "Kreisfreie Stadt Rostock")]
    more = sources.add_geonames(TABLE, geonames(*ROSTOCK, *AROUND, *extra))
    assert more.find("18050") == ("DE803",)
    assert {"DE803", "DE80K"} <= set(more.find("18196"))
    assert set(TABLE.pairs()) < set(more.pairs())
    assert "GeoNames (CC BY 4.0)" in more.source
    assert sources.add_geonames(more, geonames(*ROSTOCK)).source == more.source


def test_geonames_in_its_zip() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("DE.txt", geonames(*ROSTOCK, ("18050", "13003", "Kreisfreie Stadt Rostock")))
    assert sources.is_geonames(packed.getvalue())
    assert sources.add_geonames(TABLE, packed.getvalue()).find("18050") == ("DE803",)


def test_city_and_surrounding_kreis_of_the_same_name_are_told_apart() -> None:
    rows = [("18050", "13003", "Kreisfreie Stadt Rostock"), ("18051", "13072", "Landkreis Rostock")]
    more = sources.add_geonames(TABLE, geonames(*rows))
    assert (more.find("18050"), more.find("18051")) == (("DE803",), ("DE80K",))


@pytest.mark.parametrize(
    ("blob", "words"),
    [
        (b"AT\t1010\tWien\n", "Zeile 1"),
        (geonames(*ROSTOCK) + b"rubbish\n", "Zeile 3"),
        (b"", "leer"),
        (b"\n\n", "leer"),
        (b"PK\x03\x04 nonsense", "ZIP"),
    ],
)
def test_other_files_are_refused_with_their_line(blob: bytes, words: str) -> None:
    with pytest.raises(RegionsFaulty, match=words):
        sources.add_geonames(TABLE, blob)


def test_large_recipients_without_a_kreis_are_left_aside() -> None:
    rows = geonames(*ROSTOCK) + b"DE\t18999\tBank\tLand\tXX\t\t\t\t\t54.0\t12.0\t4\n"
    with pytest.raises(PostcodeUnknown):
        sources.add_geonames(TABLE, rows).find("18999")


# ------------------------------------------------------------------------------------------------- Destatis


KREISE_CSV = (
    "Kreisfreie Städte und Kreise;;;;\n"
    "13;Mecklenburg-Vorpommern;;;\n"
    "13003;Kreisfreie Stadt;Rostock, Hanse- und Universitätsstadt;DE803;181,36\n"
    "13072;Landkreis;Rostock;DE80K;3421,0\n"
    "13074;Landkreis;Nordwestmecklenburg;DE80M;2118,5\n"
)


def test_destatis_list_of_kreise_gives_their_names() -> None:
    for blob in (KREISE_CSV.encode(), KREISE_CSV.encode("cp1252"), KREISE_CSV.replace(";", ",").encode()):
        assert not sources.is_geonames(blob)
    named = sources.add_destatis(TABLE, KREISE_CSV.encode("cp1252"))
    assert named.name("DE803") == "Rostock, Stadt"
    assert named.name("DE80K") == "Landkreis Rostock"
    assert named.name("DE80M") == "Nordwestmecklenburg"
    assert set(named.pairs()) == set(TABLE.pairs())
    assert "Destatis" in named.source


def workbook(rows: list[list[object]]) -> bytes:
    from openpyxl import Workbook

    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_destatis_list_as_a_spreadsheet() -> None:
    rows: list[list[object]] = [["Titel"], ["13003", "Kreisfreie Stadt", "Rostock", "DE803", 181.36, None]]
    assert sources.add_destatis(TABLE, workbook(rows)).name("DE803") == "Rostock, Stadt"


def test_destatis_gemeindeverzeichnis_gives_postcodes() -> None:
    # The columns before the postcode hold numbers of five digits, too: inhabitants.
    town: list[object] = ["60", "64", "13", "0", "72", "5251", "001", "Ort", 20.1, "18299", 9000, 9299, 144]
    rows: list[list[object]] = [["Satzart"], [*town, "18211"], [*town, 18212], [*town, None], ["60", "64"]]
    more = sources.add_destatis(TABLE, workbook(rows))
    assert "DE80K" in more.find("18211")
    assert set(more.pairs()) - set(TABLE.pairs()) == {("18212", "DE80K")}


@pytest.mark.parametrize("blob", [b"", b"a;b;c\n", b"PK\x03\x04 nonsense"])
def test_other_tables_are_refused(blob: bytes) -> None:
    with pytest.raises(RegionsFaulty):
        sources.add_destatis(TABLE, blob)


def test_every_numbering_of_the_laender_is_covered() -> None:
    assert sorted(sources.LAND_OF_AGS.values()) == sorted(LANDS)
    assert sorted(sources.LAND_OF_AGS) == [f"{number:02}" for number in range(1, 17)]
