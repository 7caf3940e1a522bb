"""What a counsellor may say about field visits on the service phone. Pure: words in, one command out, or None.

    besuch 18:00 bis 19:30 · bis 18:00 · besuch bis 18 · visit 18 to 19:30 · until 6:30      plans one
    zuhause bis 21:00 · home by 21:00 · büro 16 bis 18 · office 16:00 to 18:00               the same for routines
    ok 48213 · 48213                                                                         the own check-in, with PIN
    länger 30 · verlängern 1 h · longer 30                                                   more time
    bin raus · raus · draußen · bin zuhause · i am out · safe                                the end
    absagen · fällt aus · cancel                                                             the end before it began

A plain "ok" is no command of this page: it may mean an alert as well (bots/service_phone.py). Five to eight digits are
a PIN, four are the number of an alert; so the one is never taken for the other.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from intake.checkin_model import Purpose
from intake.working_time import DAY, instant, local

PIN = re.compile(r"\d{5,8}")
_CLOCK = re.compile(r"([01]?\d|2[0-4])(?:[:.h]([0-5]\d))?")
_TO = frozenset({"bis", "to", "until", "till", "by", "um"})
_PLAN = {
    Purpose.VISIT: ("besuch", "hausbesuch", "aussentermin", "termin", "visit"),
    Purpose.HOME: ("zuhause", "daheim", "heim", "home", "heimweg"),
    Purpose.OFFICE: ("buero", "office", "alleinarbeit"),
}
_OUT = ("raus", "draussen", "out", "beendet", "zuhause", "daheim", "home", "fertig", "zurueck", "back")
_LONGER = ("laenger", "verlaengern", "verlaengere", "longer", "extend")
_CANCEL = ("absagen", "abgesagt", "absage", "cancel", "cancelled", "entfaellt", "faellt")
_OK = frozenset({"ok", "okay", "oke", "okey", "ja", "yes", "gut", "fine"})
_SMALL = """
    von vom from ab uhr oclock im in der die das den ein eine ich i am an bin wir we sind are bitte please jetzt now nun
    alles all and und noch another more weitere um at aus mit pin with gut me mir geht es it is nach minuten min minute
    minutes mins m stunde stunden std h hour hours halbe half sicher safe safely
"""
_FILLERS = frozenset(_SMALL.split())
_NEGATION = frozenset({"nicht", "not", "kein", "keine", "nie", "never", "don", "can", "cannot"})
DEFAULT_EXTENSION = timedelta(minutes=30)
LONGEST_COMMAND = 10


class What(StrEnum):
    PLAN = "plan"
    OK = "ok"
    LONGER = "longer"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Command:
    """``begins`` and ``until`` for PLAN; ``by`` for LONGER. Printing shows no PIN."""

    what: What
    pin: str | None = None
    by: timedelta = DEFAULT_EXTENSION
    begins: datetime | None = None
    until: datetime | None = None
    purpose: Purpose = Purpose.VISIT

    def __repr__(self) -> str:
        return f"<Command {self.what.value}>"


def understand(text: str, now: datetime, zone: str) -> Command | None:
    """The command in a message, or None. Questions, negations and long sentences are none."""
    flat = text.casefold()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("–", "-")):
        flat = flat.replace(umlaut, letters)
    words = re.findall(r"\d{1,2}[:.]\d{2}|\d+|[a-z]+|\?|-", flat)
    if not words or len(words) > LONGEST_COMMAND or "?" in words or _NEGATION & set(words):
        return None
    pin = next((word for word in words if PIN.fullmatch(word)), None)
    said = [w for w in words if w.isalpha() and w not in _FILLERS and w not in _TO]
    times = _times(words)
    purpose = _purpose(said)
    strange = [w for w in said if not _is_ours(w)]
    if strange:
        return None
    if times and (purpose is not None or (not said and _TO & set(words))):
        return _plan(times, purpose or Purpose.VISIT, now, zone)
    if _any(said, _CANCEL):
        return Command(What.OUT, pin)
    if _any(said, _LONGER):
        return Command(What.LONGER, pin, _duration(words))
    if _any(said, _OUT):
        return Command(What.OUT, pin)
    if pin is not None and all(word in _OK for word in said):
        return Command(What.OK, pin)
    return None


def _like(word: str, meant: str) -> bool:
    if len(meant) < 5 or len(word) < 4:
        return word == meant
    return difflib.SequenceMatcher(None, word, meant, autojunk=False).ratio() >= 0.8


def _any(said: list[str], meant: tuple[str, ...]) -> bool:
    return any(_like(word, one) for word in said for one in meant)


def _is_ours(word: str) -> bool:
    vocabulary = (*_OUT, *_LONGER, *_CANCEL, *(name for names in _PLAN.values() for name in names))
    return word in _OK or any(_like(word, meant) for meant in vocabulary)


def _purpose(said: list[str]) -> Purpose | None:
    return next((purpose for purpose, names in _PLAN.items() if _any(said, names)), None)


def _times(words: list[str]) -> list[time]:
    """Clock times: 18:00, 18.00, 1800 and 18, the last two only where a time can stand."""
    found = []
    for word in words:
        clock = _CLOCK.fullmatch(f"{word[:2]}:{word[2:]}" if re.fullmatch(r"\d{4}", word) else word)
        if clock is not None:
            found.append(time(int(clock[1]) % 24, int(clock[2] or 0)))
    return found


def _plan(times: list[time], purpose: Purpose, now: datetime, zone: str) -> Command | None:
    """One time is the end, and it begins now; two are both. Whatever is over today is meant for the coming night."""
    if len(times) > 2:
        return None
    today = local(now, zone).date()
    begins = now if len(times) == 1 else instant(today, times[0], zone)
    until = instant(today, times[-1], zone)
    if until <= begins or (len(times) == 1 and until <= now):
        until = instant(today + DAY, times[-1], zone)
    return Command(What.PLAN, begins=begins, until=until, purpose=purpose)


def _duration(words: list[str]) -> timedelta:
    hours = bool({"h", "std", "stunde", "stunden", "hour", "hours"} & set(words))
    if {"halbe", "half"} & set(words):
        return timedelta(minutes=30)
    number = next((int(word) for word in words if word.isdigit() and len(word) < 4), None)
    if number is None:
        return timedelta(hours=1) if hours else DEFAULT_EXTENSION
    return timedelta(hours=number) if hours else timedelta(minutes=number)
