"""Each sentence of the console has its translation, with the same gaps in it; nothing translated is out of use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from intake.web.i18n import LOCALE_FOLDER, read_catalogue

CONSOLE = Path(__file__).parents[2] / "intake/web/client/console"
TEMPLATE = Path(__file__).parents[2] / "intake/web/templates/team.html"
LANGUAGES = sorted(path.parent.parent.name for path in LOCALE_FOLDER.glob("*/LC_MESSAGES/console.po"))


def sentences() -> dict[str, tuple[str, ...]]:
    """German sentence -> its forms, from the sources."""
    methods = [("**.ts", "javascript"), ("**.tsx", "javascript")]
    found: dict[str, tuple[str, ...]] = {}
    for _, _, message, _, _ in extract_from_dir(CONSOLE, methods, keywords={"t": None, "tn": (1, 2)}):
        forms = (message,) if isinstance(message, str) else tuple(message)
        found[forms[0]] = forms
    for message in re.findall(r'say\("([^"]+)"\)', TEMPLATE.read_text("utf-8")):
        found[message] = (message,)
    return found


def gaps(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def test_all_calls_are_found() -> None:
    """The extractor reads TypeScript as JavaScript; it must not have lost any."""
    called = set()
    for path in CONSOLE.rglob("*.ts*"):
        called |= set(re.findall(r'\btn?\(\s*"((?:[^"\\]|\\.)*)"', path.read_text("utf-8")))
    assert called <= set(sentences())


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing_and_nothing_is_left_over(language: str) -> None:
    translated = read_catalogue(LOCALE_FOLDER / language / "LC_MESSAGES" / "console.po")
    german = sentences()
    assert set(translated) == set(german)
    for key, forms in german.items():
        given = translated[key]
        others = (given,) if isinstance(given, str) else given
        assert len(others) >= len(forms), key
        for form, other in zip(forms, others, strict=False):
            assert gaps(form) == gaps(other), key
            assert not re.search("[äöüßÄÖÜ]", other.replace("Reichsbürger", "")), key
