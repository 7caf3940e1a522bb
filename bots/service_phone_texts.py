"""Every sentence a service phone may receive, German and English, and the one length they all have.

Content-free: the team's name as the team chose it, a random reference, what to do, a link. Nothing of the person who
wrote, not even how urgent it is: a lock screen shows these sentences to whoever holds the phone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from bots import check_in_texts
from intake.alert_model import Message, News, Reply, Trouble
from intake.alert_reference import Reference
from intake.checkin_model import Message as CheckIn
from intake.checkin_model import Reply as VisitReply
from intake.working_time import local

LANGUAGES = ("de", "en")
ROOM_BYTES = 1024  # every message in a room has this many bytes of UTF-8
SMS_CHARACTERS = 160  # one message of the GSM alphabet
TEAM_CHARACTERS = 40
LISTED = 5

# GSM 03.38 basic set, as far as our texts and team names can need it; the rest is brought into it or replaced.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TO_GSM = str.maketrans({"„": '"', "“": '"', "”": '"', "’": "'", "–": "-", "—": "-", "·": ",", "…": "...", "→": ">"})

NOTICE: dict[str, dict[Message, str]] = {
    "de": {
        Message.NEW: "bitte melden Sie sich.",
        Message.AGAIN: "die Pause ist vorbei, bitte melden Sie sich.",
        Message.REMINDER: "sind Sie noch dran? Mit „ok“ bleibt es bei Ihnen, sonst wird die nächste Person gerufen.",
        Message.LOUD: "bisher hat niemand reagiert. Wer immer dies liest: bitte melden Sie sich.",
        Message.TEST: "Testalarm. Bitte mit „ok“ bestätigen.",
        Message.TEST_MISSED: "ein Testalarm wurde nicht bestätigt. Bitte fragen Sie nach dem Diensthandy.",
        Message.MISSED: "eine Rückmeldung fehlt. Bitte sehen Sie jetzt in die Konsole.",
        Message.SILENT: "stiller Alarm. Nicht anrufen, nicht schreiben. Bitte sehen Sie jetzt in die Konsole.",
    },
    "en": {
        Message.NEW: "please report.",
        Message.AGAIN: "the pause is over, please report.",
        Message.REMINDER: "are you still on it? “ok” keeps it with you, otherwise the next person is called.",
        Message.LOUD: "nobody has reacted so far. Whoever reads this: please report.",
        Message.TEST: "test alarm. Please confirm with “ok”.",
        Message.TEST_MISSED: "a test alarm was not confirmed. Please ask after the service phone.",
        Message.MISSED: "a check-in is missing. Please look into the console now.",
        Message.SILENT: "silent alarm. Do not call, do not write. Please look into the console now.",
    },
}
WHAT_TO_DO = {
    "de": "Antworten Sie: ok · später 30 · kann nicht · hilfe",
    "en": "Answer: ok · later 30 · cannot · help",
}
NEWS: dict[str, dict[News, str]] = {
    "de": {
        News.TAKEN: "{owner} hat übernommen. Sie müssen nichts tun.",
        News.RESOLVED: "erledigt. Sie müssen nichts tun.",
        News.ALL_CLEAR: "Entwarnung, alles in Ordnung. Sie müssen nichts tun. Danke.",
    },
    "en": {
        News.TAKEN: "{owner} has taken it. Nothing to do for you.",
        News.RESOLVED: "done. Nothing to do for you.",
        News.ALL_CLEAR: "all clear, everything is fine. Nothing to do for you. Thank you.",
    },
}
TROUBLE: dict[str, dict[Trouble, str]] = {
    "de": {
        Trouble.NOBODY: "im Dienstplan steht gerade niemand Erreichbares; die nächste Stufe ist gerufen.",
        Trouble.UNREACHABLE: "ein Diensthandy ist nicht erreichbar; die nächste Stufe ist gerufen.",
        Trouble.EXHAUSTED: "alle sind gerufen, niemand hat reagiert. Bitte handeln Sie selbst.",
        Trouble.OVERDUE: "ein Alarm war liegen geblieben und läuft jetzt weiter. Bitte sehen Sie nach dem Dienst.",
        Trouble.STUCK: "ein Eintrag lässt sich nicht weiterführen und wird alle fünf Minuten neu versucht. "
        "Bitte sehen Sie selbst in die Konsole und nach dem Dienst.",
        Trouble.TEST_MISSED: "ein Testalarm wurde nicht bestätigt.",
    },
    "en": {
        Trouble.NOBODY: "nobody reachable is on duty right now; the next step has been called.",
        Trouble.UNREACHABLE: "a service phone cannot be reached; the next step has been called.",
        Trouble.EXHAUSTED: "everybody has been called, nobody has reacted. Please act yourself.",
        Trouble.OVERDUE: "an alert had been left lying and now goes on. Please look after the service.",
        Trouble.STUCK: "an entry cannot be moved on and is tried again every five minutes. "
        "Please look into the console and after the service yourself.",
        Trouble.TEST_MISSED: "a test alarm was not confirmed.",
    },
}
REPLY: dict[str, dict[Reply, str]] = {
    "de": {
        Reply.YOURS: "{reference}: Sie haben übernommen, bis {until}. Danke. Weiter in der Konsole.",
        Reply.PAUSED: "{reference}: gut, ich melde mich um {until} wieder.",
        Reply.PASSED_ON: "{reference}: danke, dass Sie es sagen. Die nächste Person wird gerufen.",
        Reply.CONFIRMED: "{reference}: Testalarm bestätigt. Danke.",
        Reply.TAKEN: "{reference}: {owner} hat schon übernommen. Sie müssen nichts tun.",
        Reply.OLD_ROUND: "{reference}: das war eine ältere Nachricht; inzwischen wurde neu gerufen. "
        "Bitte antworten Sie auf die neueste.",
        Reply.OVER: "{reference}: ist schon erledigt. Sie müssen nichts tun.",
        Reply.FOREIGN: "{reference}: gehört zu einem anderen Team. Dort ist jemand gerufen.",
        Reply.NO_MORE_PAUSE: "{reference}: noch eine Pause geht nicht. Antworten Sie „ok“ oder „kann nicht“.",
        Reply.NOT_OWNER: "{reference}: liegt nicht bei Ihnen.",
    },
    "en": {
        Reply.YOURS: "{reference}: it is yours until {until}. Thank you. Go on in the console.",
        Reply.PAUSED: "{reference}: fine, I shall be back at {until}.",
        Reply.PASSED_ON: "{reference}: thank you for saying so. The next person is being called.",
        Reply.CONFIRMED: "{reference}: test alarm confirmed. Thank you.",
        Reply.TAKEN: "{reference}: {owner} has taken it already. Nothing to do for you.",
        Reply.OLD_ROUND: "{reference}: that was an older message; people have been called anew since. "
        "Please answer the latest one.",
        Reply.OVER: "{reference}: is done already. Nothing to do for you.",
        Reply.FOREIGN: "{reference}: belongs to another team. Somebody has been called there.",
        Reply.NO_MORE_PAUSE: "{reference}: no further pause. Answer “ok” or “cannot”.",
        Reply.NOT_OWNER: "{reference}: is not with you.",
    },
}
SAID: dict[str, dict[str, str]] = {
    "de": {
        "help": "Ich verstehe:\nok – ich übernehme\nspäter 30 – in 30 Minuten wieder\n"
        "kann nicht – die nächste Person wird gerufen\nliste – was ist offen?\nenglish – in English, please\n"
        "Dahinter kann die Nummer eines Alarms stehen („ok 4711“). Bitte schreiben Sie hier nichts über Ratsuchende.",
        "unknown": "Das habe ich nicht verstanden. Möglich sind: ok · später 30 · kann nicht · liste · hilfe",
        "unknown_reference": "Diesen Alarm kenne ich nicht. „liste“ zeigt, was offen ist.",
        "nothing_open": "Für Sie ist gerade nichts offen.",
        "open": "Offen: {list}",
        "which": "Welcher? {list}. Antworten Sie mit der Nummer oder „alle“.",
        "not_verified": "Dieses Diensthandy ist noch nicht bestätigt. "
        "Bitte senden Sie den sechsstelligen Code, den die Konsole anzeigt.",
        "verified": "Bestätigt. Ab jetzt kommen Alarme auf dieses Handy. „hilfe“ zeigt, was Sie antworten können.",
        "wrong_code": "Dieser Code stimmt nicht oder ist abgelaufen. Die Konsole zeigt einen neuen.",
        "undecryptable": "Ihre letzte Nachricht konnte ich nicht entschlüsseln. Bitte schreiben Sie sie noch einmal.",
        "unencrypted": "Ihre letzte Nachricht kam unverschlüsselt und zählt deshalb nicht. "
        "Bitte schalten Sie in Ihrer App die Verschlüsselung ein und schreiben Sie sie noch einmal.",
        "new_device": "An Ihrem Konto ist ein Gerät angemeldet, das niemand bestätigt hat. Es bekommt keine Alarme, "
        "und was von dort kommt, zählt nicht. Gehört es Ihnen? Dann bestätigen Sie es bitte in der Konsole.",
        "language": "Gut, auf Deutsch.",
        "more": " und {n} weitere",
    },
    "en": {
        "help": "I understand:\nok – I take over\nlater 30 – again in 30 minutes\n"
        "cannot – the next person is called\nlist – what is open?\ndeutsch – bitte auf Deutsch\n"
        "The number of an alert may follow (“ok 4711”). Please write nothing about help-seekers here.",
        "unknown": "I did not understand. Possible: ok · later 30 · cannot · list · help",
        "unknown_reference": "I do not know this alert. “list” shows what is open.",
        "nothing_open": "Nothing is open for you right now.",
        "open": "Open: {list}",
        "which": "Which one? {list}. Answer with its number or “all”.",
        "not_verified": "This service phone is not confirmed yet. "
        "Please send the six-digit code that the console shows.",
        "verified": "Confirmed. From now on alerts come to this phone. “help” shows what you can answer.",
        "wrong_code": "This code is wrong or has expired. The console shows a new one.",
        "undecryptable": "I could not decrypt your last message. Please send it again.",
        "unencrypted": "Your last message came unencrypted and therefore does not count. "
        "Please switch on encryption in your app and send it again.",
        "new_device": "A device that nobody has confirmed is signed in to your account. It gets no alerts, and what "
        "comes from there does not count. Is it yours? Then please confirm it in the console.",
        "language": "Fine, in English.",
        "more": " and {n} more",
    },
}


def pad(text: str, size: int = ROOM_BYTES) -> str:
    """``text`` filled with blanks to ``size`` bytes of UTF-8; a text that is too long is a fault of ours."""
    missing = size - len(text.encode())
    if missing < 0:
        raise ValueError(f"text of {size - missing} bytes does not fit into {size}")
    return text + " " * missing


def listing(references: Sequence[Reference], language: str) -> str:
    """``1: Kranich Lampe (4711), 2: …``, at most five."""
    shown = ", ".join(f"{n}: {ref}" for n, ref in enumerate(references[:LISTED], start=1))
    more = len(references) - LISTED
    return shown + (SAID[language]["more"].format(n=more) if more > 0 else "")


def _team(name: str) -> str:
    flat = " ".join(name.split())
    return flat if len(flat) <= TEAM_CHARACTERS else flat[: TEAM_CHARACTERS - 1] + "…"


def notice(message: Message, *, team: str, references: Sequence[Reference], link: str, language: str = "de") -> str:
    """The alert itself, for a room. Several alerts that fell due together share one message."""
    names = ", ".join(str(ref) for ref in references[:LISTED])
    more = len(references) - LISTED
    names += SAID[language]["more"].format(n=more) if more > 0 else ""
    lines = [f"{_team(team)}: {NOTICE[language][message]}", names]
    if message is not Message.TEST_MISSED:
        lines.append(WHAT_TO_DO[language])
    return pad("\n".join([*lines, link]))


def news(what: News, *, team: str, reference: Reference, owner: str, language: str = "de") -> str:
    return pad(f"{_team(team)}, {reference}: {NEWS[language][what].format(owner=_team(owner))}")


def trouble(what: Trouble, *, team: str, link: str, language: str = "de") -> str:
    """For state coordination."""
    return pad(f"{_team(team)}: {TROUBLE[language][what]}\n{link}")


def visit_reply(what: VisitReply, at: datetime | None, zone: str, language: str) -> str:
    """The answer to a visiting counsellor; ``at`` on the team's clock."""
    shown = "" if at is None else f"{local(at, zone):%H:%M}"
    goes_on = "" if at is None else check_in_texts.GOES_ON[language].format(at=shown)
    return check_in_texts.REPLY[language][what].format(at=shown, next=goes_on)


def check_in(
    what: CheckIn,
    *,
    team: str,
    reference: Reference,
    at: datetime | None,
    zone: str,
    counts: tuple[int, int],
    link: str,
    language: str = "de",
) -> str:
    """What is said about a field visit, for a room. ``counts``: how many of how many answered a drill."""
    shown = "" if at is None else f"{local(at, zone):%H:%M}"
    said = check_in_texts.ASK[language][what].format(at=shown, done=counts[0], total=counts[1])
    return pad(f"{_team(team)}: {said}\n{reference}\n{link}")


def check_in_sms(
    what: CheckIn, *, team: str, at: datetime | None, zone: str, counts: tuple[int, int], link: str, language: str
) -> str:
    """The same as one SMS."""
    shown = "" if at is None else f"{local(at, zone):%H:%M}"
    said = check_in_texts.SHORT[language][what].format(at=shown, done=counts[0], total=counts[1])
    room = max(0, SMS_CHARACTERS - len(said) - len(link) - 4)
    return gsm(f"{_team(team)[:room]}: {said} {link}")


def reply(what: Reply, *, reference: Reference, owner: str, until: datetime | None, zone: str, language: str) -> str:
    """The answer to whoever answered. ``until`` is shown with day and time on the team's clock."""
    shown = "" if until is None else f"{local(until, zone):%d.%m. %H:%M}"
    return REPLY[language][what].format(reference=reference, owner=_team(owner), until=shown)


def sms(message: Message, *, team: str, reference: Reference, link: str, language: str = "de") -> str:
    """One SMS of exactly 160 characters of the GSM alphabet: the shortest form of the notice.

    The team's name gives way when the link is long. Raises ValueError when even the link alone does not fit.
    """
    what = {"de": "bitte melden", "en": "please report"}
    special: dict[Message, dict[str, str]] = {
        Message.TEST: {"de": "Testalarm, bitte bestätigen", "en": "test alarm, please confirm"},
        Message.MISSED: {"de": "Rückmeldung fehlt", "en": "check-in missing"},
        Message.SILENT: {"de": "stiller Alarm, nicht anrufen", "en": "silent alarm, do not call"},
    }
    said = special.get(message, what)[language]
    rest = f": {said}. {reference} {link}"
    room = SMS_CHARACTERS - len(rest)
    if room < 0:
        raise ValueError("the link of the console is too long for an SMS")
    return _gsm(f"{_team(team)[:room]}{rest}").ljust(SMS_CHARACTERS)


def gsm(text: str) -> str:
    """``text`` as one SMS of exactly 160 characters of the GSM alphabet; what is longer is cut."""
    return _gsm(text[:SMS_CHARACTERS]).ljust(SMS_CHARACTERS)


def _gsm(text: str) -> str:
    """In the GSM alphabet, of the same length: one foreign letter would halve the room and show the team's name."""
    letters = []
    for letter in text:
        plain = letter if letter in _GSM else (letter.translate(_TO_GSM) or "?")[0]
        if plain not in _GSM:
            plain = unicodedata.normalize("NFKD", plain)[0]
        letters.append(plain if plain in _GSM else "?")
    return "".join(letters)
