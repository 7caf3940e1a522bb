"""A delivery in words, one function for each channel. Content-free and of one length, so that lengths tell nothing.

Push carries no words at all: the browser wakes up and asks the console.
"""

from __future__ import annotations

from bots import service_phone_texts as texts
from intake.alert_model import Message, News, Trouble
from intake.appointments import News as AppointmentNews
from intake.checkin_model import Message as CheckIn
from intake.outbox import Delivery
from intake.sayings import Kind

CODE = {
    "de": "Ihr Code für die Konsole: {code}. Er gilt 15 Minuten. Haben Sie ihn nicht angefordert, löschen Sie dies.",
    "en": "Your code for the console: {code}. It is good for 15 minutes. If you did not ask for it, delete this.",
}
CHANGED = {
    "de": "Die Nummer Ihres Diensthandys wurde geändert. Waren Sie das nicht, sehen Sie bitte gleich in die Konsole.",
    "en": "The number of your service phone was changed. If that was not you, please look into the console at once.",
}
PROBE = {
    "de": "Probenachricht {code} aus der Konsole: Dieses Diensthandy wird erreicht. Sie müssen nichts tun.",
    "en": "Trial message {code} from the console: this service phone is reached. Nothing to do for you.",
}
APPOINTMENT = {
    "de": {
        AppointmentNews.REMINDER: "Ein Termin steht bevor. Wann und mit wem, steht in der Konsole.",
        AppointmentNews.CHANGED: "An einem Termin hat sich etwas geändert. Bitte sehen Sie bei Gelegenheit nach.",
        AppointmentNews.MISSED: "Ein Termin kam nicht zustande, und Sie wollten davon erfahren. Bitte sehen Sie nach.",
        AppointmentNews.SWITCHED: "Ein Plan hat wie vereinbart gewechselt. Bitte sehen Sie bei Gelegenheit nach.",
    },
    "en": {
        AppointmentNews.REMINDER: "An appointment is near. When and with whom is in the console.",
        AppointmentNews.CHANGED: "Something about an appointment has changed. Please have a look when you can.",
        AppointmentNews.MISSED: "An appointment did not take place, and you wanted to know. Please have a look.",
        AppointmentNews.SWITCHED: "A plan has switched as agreed. Please have a look when you can.",
    },
}
LATE = {"de": "(verspätet um {minutes} Minuten) ", "en": "(late by {minutes} minutes) "}


def room_text(delivery: Delivery) -> str:
    """For a room: 1024 bytes of UTF-8, whatever it says."""
    saying, language = delivery.saying, delivery.language
    late = int(delivery.late.total_seconds()) // 60
    team = (LATE[language].format(minutes=late) if late else "") + delivery.team
    match saying.kind:
        case Kind.NOTICE:
            message = saying.message or Message.NEW
            return texts.notice(
                message, team=team, references=delivery.references, link=delivery.link, language=language
            )
        case Kind.NEWS:
            what = saying.news or News.RESOLVED
            return texts.news(
                what, team=team, reference=delivery.references[0], owner=delivery.owner, language=language
            )
        case Kind.TROUBLE:
            trouble = saying.trouble or Trouble.NOBODY
            return texts.trouble(trouble, team=team, link=delivery.link, language=language)
        case Kind.CHECK_IN:
            return texts.check_in(
                saying.check_in or CheckIn.NOW,
                team=team,
                reference=delivery.references[0],
                at=delivery.at,
                zone=delivery.zone,
                counts=(saying.done, saying.total),
                link=delivery.link,
                language=language,
            )
        case Kind.APPOINTMENT:
            news = saying.appointment or AppointmentNews.CHANGED
            return texts.pad(f"{delivery.team}: {APPOINTMENT[language][news]}\n{delivery.link}")
        case Kind.CODE:
            return texts.pad(CODE[language].format(code=saying.code))
        case Kind.CHANGED | Kind.ANSWER:  # answers are for help-seekers and never come here
            return texts.pad(f"{CHANGED[language]}\n{delivery.link}")
        case Kind.PROBE:
            return texts.pad(PROBE[language].format(code=saying.code))


def sms_text(delivery: Delivery) -> str:
    """One SMS of 160 characters of the GSM alphabet."""
    saying, language = delivery.saying, delivery.language
    if saying.kind is Kind.CODE:
        return texts.gsm(CODE[language].format(code=saying.code))
    if saying.kind is Kind.CHANGED:
        return texts.gsm(CHANGED[language])
    if saying.kind is Kind.PROBE:
        return texts.gsm(PROBE[language].format(code=saying.code))
    if saying.kind is Kind.CHECK_IN:
        return texts.check_in_sms(
            saying.check_in or CheckIn.NOW,
            team=delivery.team,
            at=delivery.at,
            zone=delivery.zone,
            counts=(saying.done, saying.total),
            link=delivery.link,
            language=language,
        )
    if saying.kind is Kind.NOTICE and delivery.references:
        message = saying.message or Message.NEW
        return texts.sms(
            message, team=delivery.team, reference=delivery.references[0], link=delivery.link, language=language
        )
    short = {"de": "bitte in die Konsole sehen", "en": "please look into the console"}[language]
    return texts.gsm(f"{delivery.team[: texts.TEAM_CHARACTERS]}: {short}. {delivery.link}")
