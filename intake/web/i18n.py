"""Languages of the pages. The German sentence is the key; every other language is a gettext catalogue (.po).

Catalogues are read as text by Babel when a language is first asked for, so no compiled file can lag behind its source
and a cold start in German reads none. A sentence without a translation is shown in German, never left out; a test
proves that no catalogue has such a gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po

LOCALE_FOLDER = Path(__file__).with_name("locale")
SOURCE = "de"

# How days are written: English readers in Germany come from everywhere, and "25 November" is read rightly by all.
REGIONS = {"en": "en_GB"}


class Catalogue:
    """One language: sentences, direction of writing, dates. Made by :class:`Languages`."""

    def __init__(self, code: str, sentences: Mapping[str, str | tuple[str, ...]]) -> None:
        self.code = code
        self._sentences = sentences
        self._locale = Locale.parse(REGIONS.get(code, code))
        self.direction: str = self._locale.text_direction
        self.name: str = Locale.parse(code).language_name or code

    def gettext(self, sentence: str) -> str:
        """The sentence in this language, or the German one."""
        found = self._sentences.get(sentence)
        return found if isinstance(found, str) and found else sentence

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """The form that fits ``number``; catalogues here know two forms, as German and English do."""
        found = self._sentences.get(singular)
        forms = found if isinstance(found, tuple) and all(found) else (singular, plural)
        return forms[min(self._locale.plural_form(number) != "one", len(forms) - 1)]

    def day(self, day: date) -> str:
        """A date as people say it: ``25. November 2026``."""
        return format_date(day, "long", self._locale)

    def weekday(self, day: date) -> str:
        """A date of the coming days: ``Dienstag, 24. November``."""
        return format_date(day, "EEEE, d MMMM" if self.code == "en" else "EEEE, d. MMMM", self._locale)


def read_catalogue(path: Path) -> dict[str, str | tuple[str, ...]]:
    """The translated sentences of one .po file; fuzzy and empty ones are left out, so that German shows instead."""
    with path.open("rb") as file:
        messages = read_po(file, abort_invalid=True)
    sentences: dict[str, str | tuple[str, ...]] = {}
    for message in messages:
        key = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
        text = tuple(message.string) if isinstance(message.string, (list, tuple)) else message.string
        if key and text and not message.fuzzy:
            sentences[key] = text
    return sentences


class Languages:
    """The languages this service speaks, in the order of the settings; the first is the one without a prefix."""

    def __init__(self, codes: Sequence[str], folder: Path = LOCALE_FOLDER) -> None:
        self.codes = tuple(codes)
        self._folder = folder
        self.catalogue = cache(self._load)

    def prefix(self, code: str) -> str:
        """``""`` for the first language, ``"/en"`` for another: what stands before every path."""
        return "" if code == self.codes[0] else f"/{code}"

    def of_path(self, path: str) -> str:
        """The language that a path belongs to."""
        first = path.split("/", 2)[1] if path.startswith("/") else ""
        return first if first in self.codes[1:] else self.codes[0]

    def of_header(self, accept_language: str) -> str:
        """The best language for an ``Accept-Language`` header, read left to right; weights are rarely worth more."""
        for part in accept_language[:200].split(","):
            code = part.split(";")[0].strip().lower().split("-")[0]
            if code in self.codes:
                return code
        return self.codes[0]

    def _load(self, code: str) -> Catalogue:
        if code == SOURCE:
            return Catalogue(code, {})
        return Catalogue(code, read_catalogue(self._folder / code / "LC_MESSAGES" / "messages.po"))
