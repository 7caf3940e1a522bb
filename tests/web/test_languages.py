"""The second language is whole: nothing untranslated, nothing left over, nothing filled in wrongly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from intake.web import i18n
from intake.web.i18n import LOCALE_FOLDER, Languages, read_catalogue

WEB = Path(i18n.__file__).parent
MINE = ("board.py", "no_js.py", "no_js_call.py", "no_js_mailbox.py", "pages.py", "site.py", "wording.py")
FIELDS = re.compile(r"%\(\w+\)s|\{\w+\}")


def sentences() -> set[str]:
    """All sentences of the help-seekers' pages, as the code and the templates hold them."""
    found: set[str] = set()
    methods = [(name, "python") for name in MINE] + [("templates/*.html", "jinja2")]
    for name, _line, message, *_ in extract_from_dir(
        WEB, method_map=methods, options_map={"templates/*.html": {"newstyle_gettext": "true", "trimmed": "true"}}
    ):
        if not Path(name).name.startswith("team"):
            found.add(message if isinstance(message, str) else message[0])
    return found


def test_every_sentence_has_its_english_and_no_english_is_left_over() -> None:
    english = read_catalogue(LOCALE_FOLDER / "en" / "LC_MESSAGES" / "messages.po")
    assert sentences() - set(english) == set()
    assert set(english) - sentences() == set()


def test_what_is_filled_in_stands_in_both_languages() -> None:
    english = read_catalogue(LOCALE_FOLDER / "en" / "LC_MESSAGES" / "messages.po")
    for german, translated in english.items():
        assert isinstance(translated, str)
        assert sorted(FIELDS.findall(german)) == sorted(FIELDS.findall(translated)), german


def test_the_voice_is_calm() -> None:
    """No exclamation marks, no capitals for shouting, no word that blames (look and voice; R23)."""
    for sentence in sentences():
        assert "!" not in sentence
        assert not re.search(r"\b(?!PLZ|WLAN|TLS)[A-ZÄÖÜ]{4,}\b", sentence), sentence
        for word in ("ungültig", "fehlerhaft", "Fehler", "Täter", "Gefährder", "Klient", "leider"):
            assert word.lower() not in sentence.lower(), sentence


def test_paths_and_headers_choose_the_language() -> None:
    languages = Languages(("de", "en"))
    assert [languages.of_path(path) for path in ("/", "/schreiben", "/en/", "/en", "/english", "/fr/")] == [
        "de",
        "de",
        "en",
        "en",
        "de",
        "de",
    ]
    assert languages.of_header("en-GB,de;q=0.5") == "en"
    assert languages.of_header("fr, tr") == "de"
    assert languages.prefix("de") == ""
    assert languages.prefix("en") == "/en"


@pytest.mark.parametrize(
    ("code", "direction", "day"), [("de", "ltr", "25. November 2026"), ("en", "ltr", "25 November 2026")]
)
def test_days_are_written_as_people_say_them(code: str, direction: str, day: str) -> None:
    from datetime import date

    catalogue = Languages(("de", "en")).catalogue(code)
    assert catalogue.direction == direction
    assert catalogue.day(date(2026, 11, 25)) == day


def test_german_reads_no_file(tmp_path: Path) -> None:
    catalogue = Languages(("de",), tmp_path).catalogue("de")
    assert catalogue.gettext("Weiter") == "Weiter"
    assert catalogue.ngettext("ein Wort", "viele Wörter", 1) == "ein Wort"
    assert catalogue.ngettext("ein Wort", "viele Wörter", 8) == "viele Wörter"
