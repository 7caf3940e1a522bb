"""What a counsellor may answer on the service phone. Pure: ``step(phone, event, now)``.

    say                                            does
    ok · übernehme · mach ich · take · yes …       take the alert over
    später 30 · later 1h · snooze · später 18:00   a pause
    kann nicht · nein · abgeben · cannot …         pass it on
    liste · offen · list                           what is open
    hilfe · ? · help                               short help
    english · deutsch                              the language of this phone

What is said about field visits is in service_phone_visits.py and goes first. A plain "ok" means the check-in that is
waited for; while an alert is open, too, it is asked which.

A reference may stand before or after: four digits („4711“) or its words („kranich lampe“); alone it takes the alert
over. Typing errors are forgiven where they cannot change the sense: words of four letters and more, never a "no" into
a "yes" (a negation anywhere wins), and never a long text, since people also type sentences that hold the word "ok".

New commands are rows of ``VERBS``: phrases, and what becomes of them.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from bots import check_in_texts, service_phone_visits
from bots import service_phone_texts as texts
from bots.service_phone_visits import Command, What
from intake.alert_model import Reply
from intake.alert_reference import WORDS, Reference
from intake.checkin_model import Purpose
from intake.checkin_model import Reply as VisitReply
from intake.working_time import BERLIN, DAY, instant, local

DEFAULT_PAUSE = timedelta(minutes=15)
LONGEST_COMMAND = 6  # words; more than that is a sentence, and sentences are not obeyed
LONGEST_TAKE = 3
NOTICES_KEPT = 50


@dataclass(frozen=True, slots=True)
class Known:
    """An alert this person was told of; ``open`` or of late. The desk hands them over newest first.

    ``visit``: it is the own field visit, ``round`` its check-in, and ``open`` when an answer is waited for.
    """

    alert: str
    round: int
    reference: Reference
    open: bool = True
    visit: bool = False


@dataclass(frozen=True, slots=True)
class Phone:
    """One service phone as this machine remembers it. ``asked``: the verb for which it was asked "which one?"."""

    language: str = "de"
    zone: str = BERLIN
    verified: bool = True
    asked: str | None = None
    asked_about: tuple[str, ...] = ()
    asked_pause: timedelta = DEFAULT_PAUSE
    notices: tuple[str, ...] = ()


# Events -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """``reply_to``: the alert whose message was answered by the reply function of the messenger."""

    text: str
    known: tuple[Known, ...] = ()
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Undecryptable:
    session: str


@dataclass(frozen=True, slots=True)
class Unencrypted:
    """Something came in the clear. What it said is not obeyed and not even looked at."""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device that nobody has confirmed is signed in to the account of this phone, or has spoken."""

    device: str


@dataclass(frozen=True, slots=True)
class CodeChecked:
    right: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """The alert machine's answer to a command of this phone."""

    reply: Reply
    reference: Reference
    owner: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class VisitAnswered:
    """The visit machine's answer. The same for own and duress PIN."""

    reply: VisitReply
    reference: Reference | None = None
    at: datetime | None = None


Event = Said | Undecryptable | Unencrypted | NewDevice | CodeChecked | Answered | VisitAnswered

# Effects ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Padded to one length."""

    text: str


@dataclass(frozen=True, slots=True)
class Take:
    alert: str
    round: int


@dataclass(frozen=True, slots=True)
class Later:
    alert: str
    round: int
    pause: timedelta


@dataclass(frozen=True, slots=True)
class PassOn:
    alert: str
    round: int


@dataclass(frozen=True, slots=True)
class CheckCode:
    code: str


@dataclass(frozen=True, slots=True)
class PlanVisit:
    begins: datetime
    until: datetime
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class VisitOk:
    """``visit`` None: whichever runs. ``check``: the check-in whose message was answered to."""

    pin: str | None = field(default=None, repr=False)
    visit: str | None = None
    check: int | None = None


@dataclass(frozen=True, slots=True)
class VisitOut:
    pin: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class VisitLonger:
    by: timedelta
    pin: str | None = field(default=None, repr=False)


Effect = Say | Take | Later | PassOn | CheckCode | PlanVisit | VisitOk | VisitOut | VisitLonger
Stepped = tuple[Phone, tuple[Effect, ...]]

# The table ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """A message in pieces: its words without references, the alerts meant, and when it came."""

    words: tuple[str, ...]
    known: tuple[Known, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Verb:
    """``phrases``: words as in ``_plain``. ``alone``: so common that it counts only without further words.

    ``of_alert`` makes the effect for each alert meant; verbs that are not about an alert have ``at_once``.
    """

    name: str
    phrases: tuple[str, ...]
    alone: tuple[str, ...] = ()
    of_alert: Callable[[Known, timedelta], Effect] | None = None
    at_once: Callable[[Phone, Heard], Stepped] | None = None


def _help(phone: Phone, heard: Heard) -> Stepped:
    return phone, (Say(texts.pad(texts.SAID[phone.language]["help"] + check_in_texts.HELP[phone.language])),)


def _list(phone: Phone, heard: Heard) -> Stepped:
    open_ = [k.reference for k in heard.known if k.open]
    if not open_:
        return phone, (_say(phone, "nothing_open"),)
    return phone, (_say(phone, "open", list=texts.listing(open_, phone.language)),)


def _speak(language: str) -> Callable[[Phone, Heard], Stepped]:
    def switch(phone: Phone, heard: Heard) -> Stepped:
        phone = replace(phone, language=language)
        return phone, (_say(phone, "language"),)

    return switch


# In this order: the first that fits is meant. A negation stands before everything it could turn around.
VERBS = (
    Verb(
        "help",
        ("hilfe", "help", "befehle", "commands", "verstehe nicht", "nicht verstanden"),
        alone=("?", "??", "???"),
        at_once=_help,
    ),
    Verb(
        "pass_on",
        ("nicht", "abgeben", "zurueckgeben", "weitergeben", "cannot", "can t", "not", "don t", "pass on", "gebe ab"),
        alone=("nein", "nee", "no", "nope", "ne", "kein", "keine", "cant"),
        of_alert=lambda known, pause: PassOn(known.alert, known.round),
    ),
    Verb(
        "later",
        ("spaeter", "later", "snooze", "nachher", "pause"),
        of_alert=lambda known, pause: VisitLonger(pause) if known.visit else Later(known.alert, known.round, pause),
    ),
    Verb("list", ("liste", "list", "was ist offen", "status"), alone=("offen", "open"), at_once=_list),
    Verb("english", ("english", "englisch"), at_once=_speak("en")),
    Verb("deutsch", ("deutsch", "german"), at_once=_speak("de")),
    Verb(
        "take",
        (
            *("ok", "okay", "oke", "okey", "o k", "uebernehme", "uebernommen", "angenommen", "mach", "mache", "nehme"),
            *("take", "taking", "on", "got", "mine", "ack", "acknowledge", "acknowledged", "👍", "✅", "👌"),
        ),
        alone=("ja", "jo", "jup", "yes", "yep", "y", "j", "k"),
        of_alert=lambda known, pause: (
            VisitOk(None, known.alert, known.round) if known.visit else Take(known.alert, known.round)
        ),
    ),
)
BY_NAME = {verb.name: verb for verb in VERBS}
ALL = frozenset({"alle", "all", "alles", "beide", "both"})
_FILLERS = """
    bitte please danke thanks hi hallo hello in um bis at for fuer den die das alarm alert nr nummer number min minuten
    minute minutes mins h std stunde stunden hour hours halbe half eine einer an a i ich mal es it
"""
FILLERS = frozenset(_FILLERS.split())
# Close to a command in letters and far from it in sense ("kannst du übernehmen").
NEVER_MEANT = frozenset({"uebernehmen", "uebernahme", "uebernimm", "hilfst"})

# The machine --------------------------------------------------------------------------------------------------------


def step(phone: Phone, event: Event, now: datetime) -> Stepped:
    """The next memory of this phone, what to say and what to do. ``now`` is aware."""
    if isinstance(event, Said):
        return _said(phone, event, now) if phone.verified else _unverified(phone, event)
    if isinstance(event, Answered):
        text = texts.reply(
            event.reply,
            reference=event.reference,
            owner=event.owner,
            until=event.until,
            zone=phone.zone,
            language=phone.language,
        )
        return phone, (Say(texts.pad(text)),)
    if isinstance(event, VisitAnswered):
        return phone, (Say(texts.pad(texts.visit_reply(event.reply, event.at, phone.zone, phone.language))),)
    if isinstance(event, CodeChecked):
        phone = replace(phone, verified=event.right)
        return phone, (_say(phone, "verified" if event.right else "wrong_code"),)
    if isinstance(event, Unencrypted):
        return phone, (_say(phone, "unencrypted"),)
    if isinstance(event, NewDevice):
        return _notice(phone, f"device {event.device}", "new_device")
    return _notice(phone, event.session, "undecryptable")


def _notice(phone: Phone, key: str, what: str) -> Stepped:
    """Said once for each ``key``: the same session or the same device tends to come back with every message."""
    if key in phone.notices:
        return phone, ()
    return replace(phone, notices=(*phone.notices, key)[-NOTICES_KEPT:]), (_say(phone, what),)


def _unverified(phone: Phone, event: Said) -> Stepped:
    code = re.fullmatch(r"\D*(\d{3})[ -]?(\d{3})\D*", event.text.strip())
    return phone, (CheckCode(code[1] + code[2]) if code else _say(phone, "not_verified"),)


def _said(phone: Phone, event: Said, now: datetime) -> Stepped:
    about_visit = service_phone_visits.understand(_own(event.text), now, phone.zone)
    if about_visit is not None:
        return replace(phone, asked=None, asked_about=()), (_of_visit(about_visit, event),)
    words = _plain(event.text)
    named, hints, strange, rest = _references(words, event.known)
    verb, pause = _verb(rest), _pause(rest, now, phone.zone)
    if phone.asked is not None and not named:
        named = _chosen(rest, phone.asked_about, event.known)
        if named and verb is None:
            verb, pause = BY_NAME[phone.asked], phone.asked_pause
    if verb is None and named:
        verb = BY_NAME[phone.asked or "take"] if not _content(rest) else None
    if verb is not None and verb.at_once is not None:
        return verb.at_once(phone, Heard(rest, event.known, now))
    if strange and not named and not hints:
        return phone, (_say(phone, "unknown_reference"),)
    if verb is None or verb.of_alert is None:
        return phone, (_say(phone, "unknown"),)
    phone = replace(phone, asked=None, asked_about=())
    if verb.name == "pass_on":  # a check-in cannot be passed on
        event = replace(event, known=tuple(k for k in event.known if not k.visit))
        named = tuple(k for k in named if not k.visit)
    meant, choices = (named, ()) if named else _meant(rest, event, hints)
    if meant:
        return phone, tuple(verb.of_alert(known, pause) for known in meant)
    if not choices:
        return phone, (_say(phone, "nothing_open"),)
    phone = replace(phone, asked=verb.name, asked_about=tuple(k.alert for k in choices), asked_pause=pause)
    return phone, (_say(phone, "which", list=texts.listing([k.reference for k in choices], phone.language)),)


def _say(phone: Phone, what: str, **words: str) -> Say:
    return Say(texts.pad(texts.SAID[phone.language][what].format(**words)))


# Understanding


def _of_visit(command: Command, event: Said) -> Effect:
    """A check-in answers the message that it replies to; the rest is about the visit that runs."""
    match command.what:
        case What.PLAN if command.begins is not None and command.until is not None:
            return PlanVisit(command.begins, command.until, command.purpose)
        case What.LONGER:
            return VisitLonger(command.by, command.pin)
        case What.OUT:
            return VisitOut(command.pin)
        case _:
            replied = next((k for k in event.known if k.visit and k.alert == event.reply_to), None)
            return VisitOk(command.pin, *((replied.alert, replied.round) if replied is not None else ()))


def _own(text: str) -> str:
    """A message without what it quotes."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">"))


def _plain(text: str) -> tuple[str, ...]:
    """The words of a message in one spelling, without what it quotes."""
    flat = unicodedata.normalize("NFKC", _own(text)).casefold()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        flat = flat.replace(umlaut, letters)
    return tuple(re.findall(r"\d{1,2}:\d{2}|\d+|[a-z]+|\?+|[👍✅👌]", flat))


def _like(word: str, meant: str) -> bool:
    """Whether ``word`` is ``meant`` with at most a slip of a finger in it. Short words have no room for slips."""
    if word == meant or len(meant) < 5 or len(word) < 4 or word in NEVER_MEANT:
        return word == meant
    return difflib.SequenceMatcher(None, word, meant, autojunk=False).ratio() >= 0.8


_REFERENCE_WORDS = frozenset(word.lower() for word in WORDS)
_COMMAND_WORDS = frozenset(w for verb in VERBS for phrase in (*verb.phrases, *verb.alone) for w in phrase.split())


def _reference_word(word: str, known: tuple[Known, ...] = ()) -> str | None:
    """A word of a reference; with a slip in it only if this person can mean it, or "komme" would be a "Komet"."""
    if word in _COMMAND_WORDS or word in FILLERS:
        return None
    if word in _REFERENCE_WORDS:
        return word
    return next((meant for k in known for meant in sorted(_words(k)) if _like(word, meant)), None)


def _references(
    words: tuple[str, ...], known: tuple[Known, ...]
) -> tuple[tuple[Known, ...], tuple[Known, ...], bool, tuple[str, ...]]:
    """The alerts named; those that half a reference could mean; whether one is strange to us; the other words."""
    numbers = [word for word in words if re.fullmatch(r"\d{4}", word)]
    spoken = {word: meant for word in words if (meant := _reference_word(word, known)) is not None}
    rest = tuple(word for word in words if word not in numbers and word not in spoken)
    found = set(spoken.values())
    named = tuple(k for k in known if k.reference.number in numbers or _words(k) <= found)
    hints = () if named else tuple(k for k in known if _words(k) & found)
    if len(hints) == 1:
        named, hints = hints, ()
    return named, hints, bool(numbers or found), rest


def _words(known: Known) -> set[str]:
    return {word.lower() for word in known.reference.words}


def _content(words: tuple[str, ...]) -> list[str]:
    return [w for w in words if w not in FILLERS and w not in ALL and not w[0].isdigit()]


def _verb(words: tuple[str, ...]) -> Verb | None:
    said = _content(words)
    if not said or len(said) > LONGEST_COMMAND:
        return None
    question = any(word.startswith("?") for word in said) and len(said) > 1
    for verb in VERBS:
        if " ".join(said) in verb.alone or any(_contains(said, phrase.split()) for phrase in verb.phrases):
            if verb.of_alert is not None and question:
                return None  # "soll ich übernehmen?" is not "ich übernehme"
            if verb.name == "take" and len(said) > LONGEST_TAKE:
                return None
            return verb
    return None


def _contains(said: list[str], phrase: list[str]) -> bool:
    length = len(phrase)
    starts = range(len(said) - length + 1)
    return any(all(map(_like, said[start : start + length], phrase)) for start in starts)


def _pause(words: tuple[str, ...], now: datetime, zone: str) -> timedelta:
    """30, 1 h, halbe Stunde, 18:00 (the next one on the team's clock); a quarter of an hour when nothing is said."""
    for word in words:
        if clock := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", word):
            today, at = local(now, zone).date(), time(int(clock[1]), int(clock[2]))
            then = instant(today, at, zone)
            return (then if then > now else instant(today + DAY, at, zone)) - now
    hours = bool({"h", "std", "stunde", "stunden", "hour", "hours"} & set(words))
    number = next((int(word) for word in words if word.isdigit() and len(word) < 4), None)
    if number is not None:
        return timedelta(hours=number) if hours else timedelta(minutes=number)
    if hours:
        return timedelta(minutes=30) if {"halbe", "half"} & set(words) else timedelta(hours=1)
    return DEFAULT_PAUSE


def _chosen(words: tuple[str, ...], about: tuple[str, ...], known: tuple[Known, ...]) -> tuple[Known, ...]:
    """The answer to "which one?": its place in the list, or all of them."""
    if ALL & set(words):
        ids = set(about)
    else:
        ids = {about[int(w) - 1] for w in words if w.isdigit() and 0 < int(w) <= len(about)}
    return tuple(k for k in known if k.alert in ids)


def _meant(
    words: tuple[str, ...], event: Said, hints: tuple[Known, ...]
) -> tuple[tuple[Known, ...], tuple[Known, ...]]:
    """The alerts meant without being named, or those to choose from."""
    open_ = tuple(k for k in event.known if k.open)
    if replied := tuple(k for k in event.known if k.alert == event.reply_to):
        return replied, ()
    if hints:
        return (), hints
    if ALL & set(words) or len(open_) == 1:
        return open_, ()
    # Nothing is open: the machine explains about the visit that runs, or the last alert ("is done already").
    return ((), open_) if open_ else (event.known[:1], ())
