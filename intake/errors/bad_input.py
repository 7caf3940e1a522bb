"""What came cannot be taken as it is: 4xx, mostly 422, each with what to do about it."""

from typing import ClassVar

from intake.errors.base import IntakeError, Said


class BadInput(IntakeError):
    """What came cannot be taken as it is."""

    status = 400
    code = "bad_input"


class Malformed(BadInput):
    """Not our JSON, or a field is missing, unknown or of the wrong type."""

    code = "malformed"
    de = "Diese Anfrage konnten wir nicht lesen. Bitte laden Sie die Seite neu. Ihr Text bleibt stehen."
    en = "We could not read this request. Please reload the page. Your text stays."


class TooLarge(BadInput):
    """More bytes than this address takes."""

    code = "too_large"
    status = 413
    de = "Das ist zu viel auf einmal. Bitte kürzen Sie den Text oder schicken Sie ihn in zwei Teilen."
    en = "This is too much at once. Please shorten the text or send it in two parts."


class TooSlow(BadInput):
    """The body did not arrive in time."""

    code = "too_slow"
    status = 408
    de = "Die Verbindung war zu langsam. Ihr Text ist noch da. Bitte senden Sie noch einmal."
    en = "The connection was too slow. Your text is still there. Please send it again."


class WrongMediaType(BadInput):
    """Not application/json (or not a form where a form is expected)."""

    code = "media_type"
    status = 415
    de = "Dieses Format nehmen wir hier nicht an."
    en = "We do not accept this format here."


class EnvelopeRefused(BadInput):
    """The sealed envelope has not our form, size, kind or readers. Nothing was stored."""

    code = "envelope"
    status = 422
    de = "Der verschlossene Umschlag hat nicht unsere Form. Bitte laden Sie die Seite neu und senden Sie noch einmal."
    en = "The sealed envelope does not have our form. Please reload the page and send again."


class TextEmpty(BadInput):
    """Nothing was written (blanks and invisible characters only)."""

    code = "text_empty"
    status = 422
    de = "Hier steht noch nichts. Ein Satz genügt."
    en = "There is nothing here yet. One sentence is enough."


class TextTooLong(BadInput):
    """More than 200,000 characters."""

    code = "text_too_long"
    status = 422
    de = "Der Text ist zu lang: höchstens 200.000 Zeichen auf einmal. Sie können danach weiterschreiben."
    en = "The text is too long: at most 200,000 characters at once. You can write more afterwards."


class PostcodeUnknown(BadInput):
    """Five digits that belong to no German Kreis, or no five digits."""

    code = "postcode_unknown"
    status = 422
    de = "Diese Postleitzahl kennen wir nicht. Sie können das Feld auch leer lassen."
    en = "We do not know this postcode. You can also leave the field empty."


class KreisUnknown(BadInput):
    """No German Kreis of this id."""

    code = "kreis_unknown"
    status = 422
    de = "Diesen Landkreis kennen wir nicht. Sie können das Feld auch leer lassen."
    en = "We do not know this district. You can also leave the field empty."


class TeamUnknown(BadInput):
    """The directory has no such team, or it does not take contacts."""

    code = "team_unknown"
    status = 422
    de = "Dieses Beratungsteam gibt es hier nicht mehr. Bitte wählen Sie noch einmal."
    en = "This counselling team is no longer listed here. Please choose again."


class RotaFaulty(BadInput):
    """A plan that cannot be meant so. `details["faults"]`: sentences, one for each fault."""

    code = "rota_faulty"
    status = 422
    de = "Der Dienstplan ist so noch nicht gespeichert. Bitte sehen Sie die Hinweise durch."
    en = "The rota has not been saved yet. Please look at the remarks."

    def __init__(self, *faults: Said) -> None:
        super().__init__()
        self.faults = faults

    def body(self, language: str) -> dict[str, object]:
        return {**super().body(language), "faults": [fault.to(language) for fault in self.faults]}


class CodeWrong(BadInput):
    """The code of a service phone is wrong, used or too old. `details["tries"]`: how many tries are left."""

    code = "code_wrong"
    status = 422
    de = "Dieser Code stimmt nicht oder ist abgelaufen. Bitte fordern Sie einen neuen an."
    en = "This code is wrong or has expired. Please ask for a new one."


class Told(BadInput):
    """Refused for one of several reasons (`why`), each with its own sentence."""

    status = 422
    why_de: ClassVar[dict[str, str]] = {}
    why_en: ClassVar[dict[str, str]] = {}

    def __init__(self, *, why: str) -> None:
        super().__init__(f"{self.code}: {why}", why=why)
        self.why = why

    def sentence(self, language: str) -> str:
        return (self.why_en if language == "en" else self.why_de)[self.why]


class VisitRefused(Told):
    """A field visit that cannot be planned so. `why`: past, too_long, two or companion."""

    code = "visit_refused"
    why_de: ClassVar[dict[str, str]] = {
        "past": "Diese Zeit ist schon vorbei, oder das Ende liegt vor dem Beginn. Bitte prüfen Sie die Uhrzeit.",
        "too_long": "Ein Außentermin dauert hier höchstens zwölf Stunden. Bitte planen Sie ihn in Teilen.",
        "two": "Zu dieser Zeit läuft schon ein Außentermin von Ihnen. Bitte beenden oder verlängern Sie ihn.",
        "companion": "Diese zweite Begleitung gehört nicht zum Team, oder Sie sind es selbst.",
    }
    why_en: ClassVar[dict[str, str]] = {
        "past": "This time is over, or the end lies before the beginning. Please check the time.",
        "too_long": "A field visit here lasts at most twelve hours. Please plan it in parts.",
        "two": "A field visit of yours runs at that time already. Please end or extend it.",
        "companion": "This second companion is not part of the team, or it is you.",
    }


class RulesFaulty(Told):
    """Waits or routines of check-ins. `why`: order, longer or many."""

    code = "rules_faulty"
    why_de: ClassVar[dict[str, str]] = {
        "order": "So passt es noch nicht zusammen. Erst die Begleitung, dann die Rufbereitschaft, dann die Leitung.",
        "longer": "Die Leitung würde erst nach mehr als 15 Minuten gerufen. Bitte bestätigen Sie, dass Sie das wollen.",
        "many": "Es gibt schon sehr viele feste Abläufe. Bitte löschen Sie zuerst einen.",
    }
    why_en: ClassVar[dict[str, str]] = {
        "order": "This does not fit together yet. First the companion, then on-call, then the lead.",
        "longer": "The lead would be called after more than 15 minutes only. Please confirm that this is meant.",
        "many": "There are very many routines already. Please delete one first.",
    }


class PinWeak(Told):
    """A new PIN. `why`: form, simple or alike."""

    code = "pin_weak"
    why_de: ClassVar[dict[str, str]] = {
        "form": "Eine PIN hat hier fünf bis acht Ziffern.",
        "simple": "Diese PIN ist zu leicht zu erraten. Bitte nehmen Sie verschiedene Ziffern.",
        "alike": "Die beiden PINs sind sich zu ähnlich. Ein Tippfehler würde einen stillen Alarm auslösen.",
    }
    why_en: ClassVar[dict[str, str]] = {
        "form": "A PIN has five to eight digits here.",
        "simple": "This PIN is too easy to guess. Please use different digits.",
        "alike": "The two PINs are too much alike. A typing slip would set off a silent alarm.",
    }


class PinWrong(BadInput):
    """The present PIN is not this one."""

    code = "pin_wrong"
    status = 422
    de = "Ihre bisherige PIN stimmt nicht. Haben Sie sie vergessen? Die Leitung kann sie zurücksetzen."
    en = "Your present PIN is not right. Have you forgotten it? The lead can reset it."


class CodeUnclear(BadInput):
    """A return code with a typing slip."""

    code = "code_unclear"
    status = 422
    de = "Bei den Wörtern stimmt etwas noch nicht. Bitte vergleichen Sie sie mit Ihrer Notiz."
    en = "Something about the words is not right yet. Please compare them with your note."


class NumberRefused(BadInput):
    """A telephone number that is not called. `why`: unclear, unknown, emergency, foreign, kind or ours."""

    code = "number_refused"
    status = 422
    why_de: ClassVar[dict[str, str]] = {
        "unclear": "Diese Nummer konnten wir nicht lesen. Bitte nur Ziffern, zum Beispiel 0151 23456789.",
        "unknown": "Diese Nummer gibt es so nicht. Vielleicht fehlt eine Ziffer oder es ist eine zu viel?",
        "emergency": "Das ist ein Notruf. Bei Gefahr rufen Sie bitte selbst 110 oder 112 an.",
        "foreign": "Ins Ausland rufen wir nicht an. Bitte eine deutsche Nummer angeben.",
        "kind": "Sondernummern rufen wir nicht an. Bitte eine Festnetz- oder Mobilnummer angeben.",
        "ours": "Das ist unsere eigene Nummer. Bitte die Nummer angeben, unter der man Sie erreicht.",
    }
    why_en: ClassVar[dict[str, str]] = {
        "unclear": "We could not read this number. Please use digits only, for example 0151 23456789.",
        "unknown": "There is no such number. Perhaps a digit is missing, or there is one too many?",
        "emergency": "This is an emergency number. In danger please call 110 or 112 yourself.",
        "foreign": "We do not call abroad. Please give a German number.",
        "kind": "We do not call special numbers. Please give a fixed-line or mobile number.",
        "ours": "This is our own number. Please give the number at which you can be reached.",
    }

    def __init__(self, *, why: str) -> None:
        super().__init__(f"number refused: {why}", why=why)
        self.why = why

    def sentence(self, language: str) -> str:
        return (self.why_en if language == "en" else self.why_de)[self.why]


class NoTimeToCall(BadInput):
    """None of the wished times is one in which the team can call. `details["slots"]`: what is possible next."""

    status = 422
    code = "no_time_to_call"
    de = "In diesen Zeiten kann das Team nicht anrufen. Bitte wählen Sie eine andere Zeit."
    en = "The team cannot call in these times. Please choose another time."


class CaseRefused(BadInput):
    """A step of a case that cannot be meant so. `why`: one of the keys below."""

    code = "case_refused"
    status = 422
    why_de: ClassVar[dict[str, str]] = {
        "mandate": "Ein Fall beginnt mit einer Beauftragung. Bitte halten Sie fest, wer beauftragt hat.",
        "kind": "Daraus kann das nicht werden. Ein Fall bleibt ein Fall.",
        "agreement": "Eine Beratungsvereinbarung gibt es nur in einem Fall.",
        "review": "Bitte einen Tag wählen, der in den nächsten zwölf Monaten liegt.",
        "companions": "Bitte zwei verschiedene Personen aus dem Team wählen, denen die Anfrage offensteht.",
        "interval": "Der Kontaktabstand liegt zwischen einem Tag und einem Jahr.",
        "outcome": "Dieses Ende passt nicht zu dieser Art von Beratung.",
        "attendance": "Eine Teilnahme wird nur bestätigt, wenn eine Auflage oder eine Behörde der Anlass ist.",
        "kept": "Länger aufbewahren geht ab heute und höchstens zehn Jahre.",
        "reason": "Länger aufbewahrt wird nur mit einem Grund. Bitte schreiben Sie ihn auf.",
    }
    why_en: ClassVar[dict[str, str]] = {
        "mandate": "A case begins with a mandate. Please record who has given it.",
        "kind": "It cannot become that. A case stays a case.",
        "agreement": "There is a counselling agreement in a case only.",
        "review": "Please choose a day within the next twelve months.",
        "companions": "Please choose two different people of the team to whom the request is open.",
        "interval": "The contact interval is between a day and a year.",
        "outcome": "This end does not fit this kind of counselling.",
        "attendance": "Attendance is confirmed only where a court or an authority is the reason.",
        "kept": "Keeping longer is possible from today on, for ten years at most.",
        "reason": "Something is kept longer only for a reason. Please write it down.",
    }

    def __init__(self, *, why: str) -> None:
        super().__init__(f"case refused: {why}", why=why)
        self.why = why

    def sentence(self, language: str) -> str:
        return (self.why_en if language == "en" else self.why_de)[self.why]


class AppointmentRefused(BadInput):
    """A contact appointment that cannot be meant so. `why`: one of the keys below."""

    code = "appointment_refused"
    status = 422
    why_de: ClassVar[dict[str, str]] = {
        "state": "Das geht bei diesem Termin gerade nicht. Bitte laden Sie neu und sehen Sie nach, was jetzt gilt.",
        "older": "Inzwischen gilt ein anderer Termin. Bitte laden Sie neu und sehen Sie nach.",
        "past": "Diese Zeit ist schon vorbei. Bitte wählen Sie eine spätere.",
        "far": "Das ist zu weit weg. Bitte wählen Sie einen Tag in den nächsten zwölf Monaten.",
        "closed": "Zu dieser Zeit kann das Team nicht. Bitte wählen Sie eine andere.",
        "rhythm": "Bitte wählen Sie mindestens einen Tag, und eine Zeit, die vor ihrem Ende beginnt.",
        "minutes": "Ein Termin dauert zwischen 10 Minuten und vier Stunden.",
    }
    why_en: ClassVar[dict[str, str]] = {
        "state": "That is not possible for this appointment now. Please load again and see what holds.",
        "older": "Another appointment holds by now. Please load again and look.",
        "past": "This time is over already. Please choose a later one.",
        "far": "That is too far away. Please choose a day within the next twelve months.",
        "closed": "The team cannot do it at this time. Please choose another.",
        "rhythm": "Please choose at least one day, and a time that begins before it ends.",
        "minutes": "An appointment takes between 10 minutes and four hours.",
    }

    def __init__(self, *, why: str) -> None:
        super().__init__(f"appointment refused: {why}", why=why)
        self.why = why

    def sentence(self, language: str) -> str:
        return (self.why_en if language == "en" else self.why_de)[self.why]


class EnrolmentRefused(BadInput):
    """Keys or parameters of a new member are not good enough."""

    code = "enrolment"
    status = 422
    de = "Die Schlüssel passen nicht. Bitte öffnen Sie die Einladung noch einmal in einem aktuellen Browser."
    en = "The keys do not fit. Please open the invitation again in an up-to-date browser."


class StatementForged(BadInput):
    """An entry of the people's log that is not signed by whom it says, or does not follow on what is there."""

    code = "statement"
    status = 422
    de = "Dieser Eintrag im Protokoll stimmt nicht. Bitte sperren und entsperren Sie einmal, und versuchen Sie es neu."
    en = "This entry of the log does not hold. Please lock and unlock once, and try again."


class SecrecyMissing(BadInput):
    """Without a commitment to secrecy (§ 203 StGB, data protection) nobody is let in."""

    code = "secrecy"
    status = 422
    de = "Zuerst die Verpflichtung auf Verschwiegenheit, dann die Freigabe. Bitte tragen Sie den Tag ein."
    en = "First the commitment to secrecy, then the access. Please enter its date."


class ClockWrong(BadInput):
    """What is signed carries a time, and this one is more than ten minutes off."""

    code = "clock"
    status = 422
    de = "Die Uhr dieses Geräts geht falsch. Bitte stellen Sie sie richtig, und versuchen Sie es noch einmal."
    en = "The clock of this device is wrong. Please set it right and try again."


class SecondFactorWrong(BadInput):
    """A code that is wrong or used, or a passkey that is not the member's."""

    code = "second_factor_wrong"
    status = 422
    de = "Das hat nicht gestimmt. Bitte versuchen Sie es mit dem nächsten Code oder noch einmal mit dem Passkey."
    en = "That was not right. Please try the next code, or the passkey once more."


class RoleRefused(BadInput):
    """A role that may not have this: supervision gets no key of the team."""

    code = "role"
    status = 422
    de = "Supervision bekommt keinen Schlüssel des Teams. Sie liest nur, was für sie freigegeben wird."
    en = "Supervision gets no key of the team. It reads only what is released for it."
