"""Every sentence of the telephone door, by the name of its recording. German is the key; English is in hotline.po.

A recording is named language/name, as in ``de/honest``. Numbers, times, places and teams are put together from small
ones, so that nothing is ever spoken by a machine that a person has typed: ``digit_4``, ``time_1030``, ``date_1124``,
``weekday_1``, ``press_3``, ``team_rz-wm``, ``kreis_DE80M``, ``word_abakus``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache

from crypto.return_code import WORDS
from intake.directory import Directory
from intake.errors import NumberRefused
from intake.regions import Regions
from intake.web.i18n import LOCALE_FOLDER, read_catalogue

LANGUAGES = ("de", "en")
QUARTERS = (*(f"{hour:02}{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)), "2400")
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip
DIGITS = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")

SENTENCES: Mapping[str, str] = {
    "language": "Guten Tag. Für Deutsch drücken Sie die 1.",
    "language_other": "Für Englisch drücken Sie die 2.",
    "demonstration": "Dies ist eine Vorführung. Niemand liest hier mit, und niemand ruft zurück.",
    "honest": "Gut, dass Sie anrufen. Sie hören ein Programm, keinen Menschen. Niemand hört dieses Gespräch mit, und "
    "es wird nichts aufgenommen. Ihr Telefonanbieter weiß, dass Sie hier anrufen. Er könnte auch hören, was Sie "
    "tippen. Der Anruf kann auf der Rechnung stehen. Wir verschließen sofort, was Sie tippen. Dann kann es nur noch "
    "das Beratungsteam lesen. Wenn Sie vor dem Ende auflegen, wird nichts gespeichert. Bei Gefahr wählen Sie bitte "
    "110 oder 112.",
    "place": "Wo leben Sie? Oder der Mensch, um den es geht? Tippen Sie bitte die Postleitzahl. Wenn Sie das nicht "
    "wissen oder nicht sagen möchten, drücken Sie den Stern.",
    "place_unknown": "Diese Postleitzahl kennen wir nicht.",
    "kreis": "Diese Postleitzahl passt auf mehrere Kreise.",
    "kreis_unsure": "Wenn Sie es nicht wissen, drücken Sie die 0.",
    "team": "Ihren Wunsch liest dieses Team:",
    "kind_civil": "Das Team gehört zu keiner Behörde.",
    "kind_state": "Das Team gehört zu einer Behörde.",
    "kind_mixed": "Ein Verein und eine Behörde arbeiten zusammen.",
    "must_investigate": "Erfährt es von einer Straftat, muss es ermitteln.",
    "team_yes": "Wenn das gut ist, drücken Sie die 1.",
    "team_other": "Für ein anderes Team drücken Sie die 2.",
    "team_civil": "Wenn nur ein Team lesen soll, das zu keiner Behörde gehört, drücken Sie die 3.",
    "no_team": "Für Ihren Wunsch gibt es hier gerade kein passendes Team. Wir suchen nicht heimlich ein anderes aus. "
    "Wenn Sie den Wunsch zurücknehmen möchten, drücken Sie die 1.",
    "connect": "Gerade ist jemand vom Team da. Wenn Sie jetzt sprechen möchten, drücken Sie die 1. Dabei sieht niemand "
    "Ihre Nummer. Wenn wir Sie später anrufen sollen, drücken Sie die 2.",
    "connecting": "Einen Moment bitte. Wir verbinden.",
    "not_connected": "Gerade kommt doch niemand ans Telefon. Wir können Sie zurückrufen.",
    "not_reached": "Die Person ist gerade nicht zu erreichen.",
    "this_number": "Sollen wir die Nummer anrufen, mit der Sie gerade telefonieren? Sie endet auf",
    "this_number_keys": "Dann drücken Sie die 1. Für eine andere Nummer drücken Sie die 2.",
    "hidden": "Ihre Nummer wird uns nicht angezeigt.",
    "number": "Tippen Sie bitte die Nummer, unter der wir Sie erreichen, mit der Vorwahl. Am Ende drücken Sie die "
    "Raute. Mit dem Stern fangen Sie neu an. Denken Sie daran, wer sonst an dieses Telefon gehen könnte.",
    "read_back": "Wir haben verstanden:",
    "right": "Wenn das stimmt, drücken Sie die 1. Sonst drücken Sie die 2.",
    "refused_unclear": "Diese Nummer konnten wir nicht lesen.",
    "slots": "Wann sollen wir anrufen?",
    "slots_more": "Für andere Zeiten drücken Sie die 9.",
    "no_slots": "In den nächsten zwei Wochen kann dieses Team nicht anrufen.",
    "today": "Heute",
    "tomorrow": "Morgen",
    "from": "von",
    "to": "bis",
    "code": "Wählen Sie jetzt vier Ziffern. Wenn wir anrufen, sagen wir zuerst diese vier Ziffern. So wissen Sie, dass "
    "wir es sind.",
    "urgent": "Wenn es dringend ist, drücken Sie jetzt die 1. Sonst drücken Sie die 2.",
    "stored": "Danke. Ihr Wunsch ist verschlossen und beim Team. Wir rufen Sie an:",
    "rules": "Unsere Nummer wird dann nicht angezeigt. Geht jemand anderes ans Telefon, legen wir auf.",
    "words": "Wenn Sie etwas zum Schreiben haben: Mit acht Wörtern können Sie im Internet alles zurücknehmen oder "
    "ändern. Um sie zu hören, drücken Sie die 1. Sonst legen Sie einfach auf.",
    "words_are": "Die Wörter sind:",
    "words_again": "Um sie noch einmal zu hören, drücken Sie die 1. Sonst legen Sie einfach auf.",
    "already": "Für diese Nummer ist schon ein Rückruf vereinbart. Darum ist nichts Neues gespeichert.",
    "failed": "Das Speichern hat gerade nicht geklappt. Es ist nichts gespeichert. Bitte rufen Sie in ein paar Minuten "
    "noch einmal an.",
    "goodbye": "Alles Gute. Auf Wiederhören.",
    "not_understood": "Das haben wir nicht verstanden.",
    "nothing_heard": "Wir haben nichts gehört.",
    "way_out": "Das klappt heute nicht so gut. Das liegt nicht an Ihnen. Sie können jederzeit wieder anrufen.",
    "hours": "Das Team ist da:",
    "seelsorge": "Zum Reden ist Tag und Nacht die TelefonSeelsorge da. Der Anruf kostet nichts. Die Nummer ist",
    "busy": "Gerade sind alle Leitungen belegt. Bitte rufen Sie in ein paar Minuten noch einmal an.",
    "no_directory": "Wir können gerade nicht sicher prüfen, wer Ihren Wunsch lesen würde. Darum speichern wir nichts.",
    "staff_connect": "Hier ist die Beratung. Jemand möchte jetzt mit Ihnen sprechen. Zum Annehmen drücken Sie die 1.",
    "staff_callback": "Hier ist die Beratung. Sie möchten jemanden zurückrufen. Zum Verbinden drücken Sie die 1.",
    "staff_alert": "Hier ist die Beratung. Bitte sehen Sie in die Konsole. Zum Übernehmen drücken Sie die 1.",
    "staff_test": "Hier ist die Beratung. Dies ist ein Probealarm. Bitte drücken Sie die 1.",
    "staff_news": "Hier ist die Beratung. Bitte sehen Sie in die Konsole.",
    "staff_code": "Hier ist die Beratung. Ihr Code ist",
    "staff_thanks": "Danke.",
}
PRESS = "Dafür drücken Sie die {n}."
SEELSORGE = "08001110111"


@cache
def english() -> Mapping[str, str]:
    """German sentence -> English."""
    found = read_catalogue(LOCALE_FOLDER / "en" / "LC_MESSAGES" / "hotline.po")
    return {german: text for german, text in found.items() if isinstance(text, str)}


def own_sentences() -> dict[str, str]:
    """Name -> German text of what is one sentence or word by itself."""
    found = dict(SENTENCES)
    found |= {f"refused_{why}": text for why, text in NumberRefused.why_de.items() if why != "unclear"}
    found |= {f"digit_{n}": word for n, word in enumerate(DIGITS)}
    found |= {f"weekday_{n}": day for n, day in enumerate(WEEKDAYS)}
    return found


def spoken(
    language: str, directory: Directory | None = None, regions: Regions | None = None
) -> Iterator[tuple[str, str, str]]:
    """(name, language of the voice, text) of every recording in ``language``.

    Names of places and teams, and the words of the code, stay German in every language.
    """
    translated = english() if language == "en" else {}
    refusals = NumberRefused.why_en if language == "en" else {}
    for name, german in own_sentences().items():
        yield name, language, refusals.get(name.removeprefix("refused_"), "") or translated.get(german, german)
    for n in range(1, 10):
        yield f"press_{n}", language, translated.get(PRESS, PRESS).format(n=n)
    for quarter in QUARTERS:
        yield f"time_{quarter}", language, _time(language, int(quarter[:2]), int(quarter[2:]))
    day = date(2024, 1, 1)  # a leap year has all dates
    while day.year == 2024:
        yield f"date_{day:%m%d}", language, _date(language, day)
        day += timedelta(days=1)
    for word in WORDS:
        yield f"word_{word}", "de", word
    for team in directory.teams if directory else ():
        yield f"team_{team.id}", "de", team.name
    for kreis in ambiguous(regions) if regions else ():
        yield f"kreis_{kreis}", "de", regions.name(kreis) if regions else ""


def ambiguous(regions: Regions) -> list[str]:
    """Kreise that share a postcode with another."""
    return sorted({kreis for kreise in regions.postcodes.values() if len(kreise) > 1 for kreis in kreise})


def _time(language: str, hour: int, minute: int) -> str:
    if language == "en":
        return f"{hour} {minute:02}" if minute else f"{hour} o'clock"
    return f"{hour} Uhr {minute}" if minute else f"{hour} Uhr"


def _date(language: str, day: date) -> str:
    month = MONTHS[day.month - 1]
    if language == "en":
        return f"{day.day} {english()[month]}"
    return f"{day.day}. {month}"
