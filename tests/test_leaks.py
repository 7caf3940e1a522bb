"""The search itself is tested: it finds what is planted, in each spelling, and nothing where nothing is."""

from __future__ import annotations

import base64
import gzip
import html
import json
import secrets
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests import leaks
from tests.leaks import Needle, Place, Planted

NOISE = secrets.token_bytes(700)
TEXT = "Der Bürgermeister grüßt die Hafenmöwe Kunigunde"
NUMBER = "0171 3920012 345"
WORDS = ("amsel", "birke", "kanne", "dorf", "esel", "flut", "garten", "hafen")
SEED = bytes(range(7, 39))

WRITTEN_AS = {
    "utf-8": lambda t: t.encode(),
    "utf-16-le": lambda t: t.encode("utf-16-le"),
    "utf-16-be": lambda t: t.encode("utf-16-be"),
    "latin-1": lambda t: t.encode("latin-1"),
    "upper case": lambda t: t.upper().encode(),
    "lower case": lambda t: t.lower().encode(),
    "hex": lambda t: t.encode().hex().encode(),
    "hex of utf-16": lambda t: t.encode("utf-16-le").hex().encode(),
    "percent": lambda t: quote(t).encode(),
    "percent, small letters": lambda t: quote(t).lower().encode(),
    "form": lambda t: quote_plus(t).encode(),
    "json": lambda t: json.dumps({"text": t}).encode(),
    "json in json": lambda t: json.dumps(json.dumps({"text": t})).encode(),
    "html": lambda t: html.escape(t).encode("ascii", "xmlcharrefreplace"),
    "repr": lambda t: repr(t.encode()).encode(),
    "gzip": lambda t: gzip.compress(t.encode() * 3),
    "zlib": lambda t: zlib.compress(t.encode() * 3),
    "base64 in json": lambda t: json.dumps({"body": base64.b64encode(t.encode()).decode()}).encode(),
    **{f"base64, {n} before": lambda t, n=n: base64.b64encode(b"x" * n + t.encode() + b"y" * n) for n in range(6)},
    **{f"base64url, {n} before": lambda t, n=n: base64.urlsafe_b64encode(b"x" * n + t.encode()) for n in range(3)},
}


@pytest.mark.parametrize("how", WRITTEN_AS)
def test_a_planted_sentence_is_found_in_each_spelling(how: str) -> None:
    found = leaks.search([leaks.sentence("text", TEXT)], [Place("somewhere", NOISE + WRITTEN_AS[how](TEXT) + NOISE)])
    assert [leak.secret for leak in found] == ["text"], how


@pytest.mark.parametrize("how", WRITTEN_AS)
def test_half_a_sentence_is_found_as_well(how: str) -> None:
    half = TEXT[11:41]
    assert leaks.search([leaks.sentence("text", TEXT)], [Place("page", NOISE + WRITTEN_AS[how](half) + NOISE)]), how


@pytest.mark.parametrize(
    "written",
    [
        "01713920012345",
        "+49 171 3920012345",
        "0049-171-39200 12345",
        "(0171) 3920012-345",
        "0171/39 20 01 23 45",
        NUMBER,
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_number_is_found_however_it_is_grouped(written: str, encoding: str) -> None:
    assert leaks.search([leaks.number("number", NUMBER)], [Place("log", NOISE + written.encode(encoding) + NOISE)])


@pytest.mark.parametrize("between", [" ", "-", "", "\n", "_", "%20", "</li><li>", '","', "+", "\0\0"])
@pytest.mark.parametrize("part", [slice(0, 8), slice(2, 5), slice(5, 8)])
def test_three_words_of_the_code_in_a_row_are_enough(between: str, part: slice) -> None:
    written = between.join(WORDS[part]).replace("</li><li>", "</>")
    assert leaks.search([leaks.code("code", WORDS)], [Place("form data", NOISE + written.encode() + NOISE)])


def test_the_code_is_found_numbered_wide_encoded_and_shouted() -> None:
    for written in (
        " ".join(f"{n}. {word}" for n, word in enumerate(WORDS, 1)).encode(),
        " ".join(WORDS).encode("utf-16-le"),
        " ".join(WORDS).upper().encode(),
        base64.b64encode(b"zz" + " ".join(WORDS).encode()),
        " ".join(WORDS).encode().hex().encode(),
    ):
        assert leaks.search([leaks.code("code", WORDS)], [Place("page", written)]), written


def test_words_of_the_list_in_their_usual_order_are_not_the_code() -> None:
    everything = "\n".join(sorted({*WORDS, "anker", "blume", "decke", "efeu", "fluss", "gasse"})).encode()
    assert leaks.search([leaks.code("code", ("hafen", "amsel", "flut", "birke"))], [Place("list", everything)]) == []


@pytest.mark.parametrize(
    "written",
    [SEED, SEED.hex().encode(), base64.b64encode(SEED), base64.b64encode(b"a" + SEED), base64.urlsafe_b64encode(SEED),
     str(list(SEED)).encode(), SEED[16:], SEED[:16].hex().upper().encode()],
)  # fmt: skip
def test_a_key_is_found_raw_and_encoded(written: bytes) -> None:
    assert leaks.search([leaks.key("seed", SEED)], [Place("memory", NOISE + written + NOISE)])


def test_nothing_is_found_where_nothing_is() -> None:
    needles = [leaks.sentence("t", TEXT), leaks.number("n", NUMBER), leaks.code("c", WORDS), leaks.key("k", SEED)]
    harmless = [Place("noise", secrets.token_bytes(300_000)), Place("words", b"Hafen, Garten, 110, 0800 1110111 " * 99)]
    assert leaks.search(needles, harmless) == []


def test_database_log_and_file_names_are_read(tmp_path: Path) -> None:
    planted = Planted.new()
    database = sqlite3.connect(tmp_path / "data.sqlite")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE note (body BLOB)")
    database.execute("INSERT INTO note VALUES (?)", (b"." * 4070 + planted.sentence.encode() + b"." * 9000,))
    database.commit()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / planted.number.replace(" ", "")).touch()
    found = leaks.search(planted.needles, leaks.files(tmp_path))
    database.close()
    assert {(leak.secret, Path(leak.place).name) for leak in found} == {
        ("the planted sentence", "data.sqlite-wal"),
        ("the planted number", planted.number.replace(" ", "")),
    }


def test_a_row_deleted_without_care_is_still_found(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "data.sqlite")
    database.execute("PRAGMA secure_delete = OFF")
    database.execute("CREATE TABLE note (body TEXT)")
    database.execute("INSERT INTO note VALUES (?)", (TEXT,))
    database.commit()
    database.execute("DELETE FROM note")
    database.commit()
    database.close()
    assert leaks.search([leaks.sentence("text", TEXT)], leaks.files(tmp_path))


def test_every_planted_story_is_different_and_says_nothing_when_printed() -> None:
    one, other = Planted.new(), Planted.new()
    assert one.sentence != other.sentence
    assert one.sentence not in repr(one.needles)


def test_a_search_that_cannot_fail_is_refused() -> None:
    with pytest.raises(ValueError, match="Nothing to search for"):
        leaks.search([], [Place("x", b"")])
    with pytest.raises(AssertionError, match="Only 0 places"):
        leaks.assert_none(Planted.new().needles, [])
    planted = Planted.new()
    with pytest.raises(AssertionError, match="the planted sentence as utf-8 in a log"):
        leaks.assert_none(planted.needles, [Place("a log", planted.sentence.encode())])


@pytest.mark.parametrize(
    "make",
    [
        lambda: leaks.sentence("t", "kurz"),
        lambda: leaks.number("n", "110"),
        lambda: leaks.key("k", b"1"),
        lambda: leaks.code("c", ("a", "b")),
    ],
)
def test_a_needle_that_could_occur_by_chance_is_refused(make: Callable[[], Needle]) -> None:
    with pytest.raises(ValueError, match=r"needs at least|has at least"):
        make()


def test_a_needle_prints_only_its_name() -> None:
    assert repr(leaks.sentence("text", TEXT)) == "<Needle text>"
    assert isinstance(leaks.sentence("text", TEXT), Needle)
