"""What a message means, with typing errors, emoji and quotes: words in one spelling, commands, choices.

A slip is forgiven where it cannot hurt. What cannot be taken back (sending, leaving, stopping) needs the exact word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from crypto.return_code import distance

_SPELLING = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("👍", " ja "), ("✅", " ja "))
_POLITE = frozenset({"bitte", "please", "jetzt", "now", "mal"})
_BETWEEN = frozenset({"und", "and", "nr", "nummer", "number", "punkt", "antwort", "answer"})
_COUNTED = ("eins", "zwei", "drei", "vier", "fuenf", "sechs", "sieben", "acht", "neun")
_COUNTED_EN = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NUMBERS = {word: number for row in (_COUNTED, _COUNTED_EN) for number, word in enumerate(row, 1)}
_EMPTY = frozenset(
    {"ich", "bin", "mich", "i", "am", "the", "die", "der", "das", "ein", "eine", "und", "and", "es", "zu"}
)
_ENGLISH = frozenset({"hello", "hey", "i", "my", "the", "need", "please", "want", "am", "is", "to", "you", "english"})
_GERMAN = frozenset(
    {"hallo", "ich", "mein", "meine", "und", "der", "die", "das", "bitte", "guten", "ist", "nicht", "zu"}
)
_GREETINGS = frozenset(
    {"hallo", "hi", "hey", "moin", "servus", "hello", "guten tag", "guten morgen", "guten abend", "start"}
)
SLIP_FROM = 5  # letters; shorter words have no room for slips
TEXT_FROM = 4  # words; a message this long at a question is somebody's story, not an answer

# Command -> what people say. In both languages at once: nobody should have to think which one is on.
COMMANDS: dict[str, tuple[str, ...]] = {
    "leave": ("raus", "exit", "quick exit", "notausgang"),
    "stop": ("stopp", "stop", "abbrechen", "abbruch", "cancel"),
    "send": ("fertig", "done"),
    "help": ("hilfe", "help", "sos", "befehle", "commands"),
    "erase": ("loeschen", "alles loeschen", "delete", "delete everything", "erase"),
    "human": ("mensch", "ein mensch", "human", "a human", "echter mensch"),
    "language": ("sprache", "language"),
    "de": ("deutsch", "german", "auf deutsch"),
    "en": ("english", "englisch", "in english"),
    "code": ("code", "wiederkehr code", "woerter", "return code", "words"),
    "calm": ("nicht dringend", "not urgent", "doch nicht dringend"),
    "call": ("rueckruf", "anruf", "anrufen", "rufen sie mich an", "callback", "call back", "call me", "call me back"),
    "no_call": (
        "ohne anruf",
        "kein anruf",
        "kein rueckruf",
        "ohne rueckruf",
        "anruf absagen",
        "rueckruf absagen",
        "no call",
        "no callback",
        "without a call",
    ),
    "urgent": ("dringend", "urgent", "es ist dringend", "it is urgent", "sehr dringend"),
    "noted": ("notiert", "noted", "habe ich notiert", "i have noted them"),
    "web_only": ("nur web", "nur noch web", "nur im web", "nur noch im web", "web only", "only web"),
    "back": ("zurueck", "back"),
    "trial": ("probelauf",),
    "new": ("neu", "von vorn", "neue anfrage", "new", "new request"),
}
EXACT = frozenset({"leave", "stop", "send", "trial"})
YES = frozenset({"ja", "yes", "j", "y", "ja bitte", "ja loeschen", "ja jetzt loeschen", "yes delete", "yes delete now"})
NOTHING = frozenset(
    {"nichts", "nix", "nein", "egal", "keine", "weiter", "leer", "nothing", "no", "none", "skip", "weiss nicht"}
)


def own(text: str, *, reply: bool) -> str:
    """The person's own words: without the lines that a reply quotes before them, without NUL and odd line breaks."""
    text = text.replace("\r\n", "\n").replace("\0", "")
    if reply:
        lines = text.split("\n")
        while lines and (not lines[0].strip() or lines[0].startswith(">")):
            lines.pop(0)
        text = "\n".join(lines)
    return text.strip()


def words(text: str) -> tuple[str, ...]:
    """The words of a message in one spelling: lower case, ä as ae, no marks; 1️⃣ is 1, 👍 is ja."""
    flat = unicodedata.normalize("NFKC", text).casefold()
    for sign, letters in _SPELLING:
        flat = flat.replace(sign, letters)
    return tuple(re.findall(r"[a-z]+|[0-9]+", flat))


def command(said: tuple[str, ...]) -> str:
    """The command that this message is, or "". A command is the whole message; within a sentence it is only a word."""
    for name, phrases in COMMANDS.items():
        if " ".join(said) in phrases:
            return name
    bare = " ".join(word for word in said if word not in _POLITE)
    for name, phrases in COMMANDS.items():
        if name != "send" and any(bare == phrase or (name not in EXACT and like(bare, phrase)) for phrase in phrases):
            return name
    return ""


def language(said: tuple[str, ...], otherwise: str) -> str:
    """The language of a first message, where it is plain."""
    english, german = len(_ENGLISH & set(said)), len(_GERMAN & set(said))
    if english == german:
        return otherwise
    return "en" if english > german else "de"


def greets(said: tuple[str, ...]) -> bool:
    """Whether somebody just says hello."""
    return " ".join(said) in _GREETINGS


def almost_send(said: tuple[str, ...]) -> bool:
    """Somebody may mean "fertig" and has not said just that. „Ich bin fertig“ may also mean: I am exhausted."""
    if len(said) == 1:
        return like(said[0], "fertig")
    return len(said) <= TEXT_FROM and not {"nicht", "not", "noch"} & set(said) and bool({"fertig", "done"} & set(said))


def like(word: str, meant: str) -> bool:
    """Whether ``word`` is ``meant`` with at most one slip of a finger in it."""
    if word == meant or len(meant) < SLIP_FROM or abs(len(word) - len(meant)) > 1:
        return word == meant
    return distance(word, meant) == 1


def numbers(said: Sequence[str], most: int) -> tuple[int, ...]:
    """The numbers of a message that says nothing else, each from 1 to ``most``; empty if it is anything else."""
    content = [word for word in said if word not in _BETWEEN]
    found = [int(word) if word.isdigit() and len(word) < 3 else _NUMBERS.get(word, 0) for word in content]
    if not all(0 < number <= most for number in found):
        return ()
    return tuple(dict.fromkeys(found))


def label(said: tuple[str, ...], labels: Sequence[str]) -> int | None:
    """The place (from 0) of the one answer whose words this short message uses; None if none or several."""
    if len(said) > 2 * TEXT_FROM:
        return None
    mine = [word for word in said if word not in _EMPTY]
    scores = [sum(any(like(word, other) for other in words(text)) for word in mine) for text in labels]
    best = max(scores, default=0)
    if best * 2 <= len(mine) or scores.count(best) > 1:
        return None
    return scores.index(best)


def is_text(text: str, said: tuple[str, ...]) -> bool:
    """Long enough to be what somebody came to tell; it is never dropped."""
    return len(said) >= TEXT_FROM or len(text) >= 40
