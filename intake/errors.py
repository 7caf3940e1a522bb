"""Everything that can go wrong and is somebody's business: one tree.

Each error has a stable `code` (for programs), an HTTP `status`, and one kind sentence in German and in English (for
people). Nothing here ever holds text, numbers or codes that a help-seeker typed; `details` carries only what a
client needs to go on (a date, a name of a colleague, seconds to wait).

IntakeError
├── BadInput                       what came cannot be taken as it is
│   ├── Malformed                  400  not our JSON, a field missing, unknown or of the wrong type
│   ├── TooLarge                   413
│   ├── TooSlow                    408  the body did not arrive in time
│   ├── WrongMediaType             415
│   ├── EnvelopeRefused            422  the sealed envelope has not our form, size, kind or readers
│   ├── TextEmpty, TextTooLong     422  (path without JavaScript)
│   ├── PostcodeUnknown            422
│   ├── KreisUnknown               422
│   ├── NumberRefused              422  a telephone number that is not called; details: why
│   ├── NoTimeToCall               422  no wished time is one in which the team can call; details: slots
│   ├── TeamUnknown                422
│   ├── RotaFaulty                 422  a plan that cannot be meant so; details: faults
│   ├── CodeWrong                  422  the code of a service phone; details: tries
│   ├── CaseRefused                422  a step of a case that cannot be meant so; details: why
│   ├── AppointmentRefused         422  a contact appointment that cannot be meant so; details: why
│   ├── VisitRefused               422  a field visit that cannot be planned so; details: why
│   ├── RulesFaulty                422  waits or routines of check-ins that cannot be meant so; details: why
│   ├── PinWeak                    422  a new PIN; details: why
│   ├── PinWrong                   422  the present PIN is not this one
│   ├── CodeUnclear                422  a return code with a typing slip; details: problems
│   ├── EnrolmentRefused           422  keys or parameters of a new member are not good enough
│   ├── StatementForged            422  an entry of the people's log that does not hold
│   ├── SecrecyMissing             422  no commitment to secrecy, so no grant
│   ├── ClockWrong                 422  the clock of the signing device is off
│   ├── SecondFactorWrong          422  a code or a passkey that does not fit
│   └── RoleRefused                422  a role that may not have this
├── Conflict                       somebody was first, or the form is older than the world
│   ├── StaleKey                   409  sealed to an old team key; details: directory
│   ├── MailboxTaken               409
│   ├── MailboxErased              409  a late repetition of a contact that was erased
│   ├── MailboxFull                409
│   ├── AlreadyClaimed             409  details: by
│   ├── NotInThisState             409  details: state
│   ├── AlreadyCalling             409  a colleague is calling this person now; details: by
│   ├── NumberTaken                409  a callback to this number is open already
│   ├── NotNow                     409  outside the agreed times, or too soon after the last attempt
│   ├── HandoverState              409  details: state of the hand-over
│   ├── HandoverStale              409  the person has written since the offer
│   ├── HandoverLoop               409  the team handed this contact on before
│   ├── SignedYesNeeded            409  from civil to state only with the person's own yes
│   ├── CallbackOpen               409
│   ├── LogMoved                   409  somebody changed the team's people first
│   ├── LastLead                   409  a team must keep a lead
│   ├── KeyChanged                 409  the member has another key than the one that was read aloud
│   ├── MemberTaken                409  the account name exists already
│   └── RotaChanged                409  somebody saved the plan in between
│   ├── RotaChanged                409  somebody saved the plan in between
│   └── SheetLocked                409  the sealed visit sheet is handed out from the last level on only
├── NotThere                       absent, and also: present but not yours
│   ├── NoMailbox                  404
│   ├── NoContact                  404
│   ├── NoAlert                    404
│   ├── NoPhone                    404
│   ├── NoAttachment               404
│   ├── NoHandover                 404
│   ├── NoMember                   404
│   ├── NoCase                     404
│   ├── NoVisit                    404
│   ├── NoPage                     404
│   ├── NoInvitation               404
│   └── WrongMethod                405
├── NotAllowed
│   ├── LoginRefused               401
│   ├── SecondFactorNeeded         401  details: ticket, challenge, passkeys, totp
│   ├── SessionEnded               401
│   ├── FlowRefused                403  this information may not go there, or not without proof; details: takes
│   └── LeadOnly                   403
├── Wait                           ask again, differently or later
│   ├── StampMissing               428  details: bits, hour
│   └── TooMany                    429  details: retry_after
└── Unavailable                    our fault; what the person wrote stays with the person
    ├── StoreBusy                  503
    ├── StoreFull                  503
    ├── StoreBroken                503
    ├── SealingFailed              503  (path without JavaScript)
    ├── NoAtRestKey                503  numbers cannot be stored sealed, so they are not stored
    ├── ChannelUnusable            503  (start of the service)
    ├── Internal                   500
    └── DirectoryUnusable          503
        ├── DirectoryMissing
        ├── DirectoryMalformed
        ├── DirectoryForged
        ├── DirectoryExpired
        ├── DirectoryNotYetValid
        └── DirectoryRolledBack
Operator                           what somebody typed or prepared at the command line; `faults` lists all at once
├── DraftFaulty                    the sources of a directory
├── FlowRulesFaulty                the table of information flows
├── RegionsFaulty                  a region table or an import file
└── SeedFileFaulty                 a file with a secret seed
"""

from typing import ClassVar, Literal, NamedTuple

Language = Literal["de", "en"]


class Said(NamedTuple):
    """One sentence for a person, in both languages."""

    de: str
    en: str

    def to(self, language: str) -> str:
        """German unless `language` is "en"."""
        return self.en if language == "en" else self.de


class IntakeError(Exception):
    """Root of all errors that reach a person or a program as an answer."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    de: ClassVar[str] = "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es in einer Minute noch einmal."
    en: ClassVar[str] = "Something went wrong on our side. Please try again in a minute."

    def __init__(self, reason: str = "", **details: object) -> None:
        """`reason` is for logs and developers (never user input); `details` go into the answer."""
        super().__init__(reason or self.code)
        self.details = details

    def sentence(self, language: str) -> str:
        """The one sentence for the person, German unless `language` is "en"."""
        return self.en if language == "en" else self.de

    def body(self, language: str) -> dict[str, object]:
        """The JSON answer: {"error": code, "message": sentence, ...details}."""
        return {"error": self.code, "message": self.sentence(language), **self.details}


# ---------------------------------------------------------------------------------------------------- bad input


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


# ---------------------------------------------------------------------------------------------------- conflicts


class Conflict(IntakeError):
    """Somebody was first, or the form is older than the world."""

    code = "conflict"
    status = 409


class StaleKey(Conflict):
    """Sealed to a key that the team no longer uses. `details["directory"]`: current signed directory, base64."""

    code = "stale_key"
    de = "Das Team hat inzwischen einen neuen Schlüssel. Ihr Text wird neu verschlossen."
    en = "The team has a new key by now. Your text is being sealed again."


class MailboxTaken(Conflict):
    """The mailbox id exists with another token."""

    code = "mailbox_taken"
    de = "Dieses Postfach ist schon vergeben. Bitte laden Sie die Seite neu und senden Sie noch einmal."
    en = "This mailbox is already taken. Please reload the page and send again."


class MailboxErased(Conflict):
    """A late repetition of a contact that was erased: it must not come back to life."""

    code = "mailbox_erased"
    de = "Diese Nachricht wurde gelöscht und kommt nicht zurück. Sie können jederzeit neu schreiben."
    en = "This message has been deleted and will not come back. You can write anew at any time."


class MailboxFull(Conflict):
    """The mailbox has reached its limit of entries or bytes."""

    code = "mailbox_full"
    de = "Dieses Postfach ist voll. Bitte warten Sie auf die Antwort oder schreiben Sie uns neu."
    en = "This mailbox is full. Please wait for the answer or write to us anew."


class AlreadyClaimed(Conflict):
    """A colleague was first. `details["by"]`: name of the colleague."""

    code = "already_claimed"
    de = "Das hat schon jemand aus dem Team übernommen."
    en = "Somebody in the team has already taken this."


class NotInThisState(Conflict):
    """The contact is not in a state that allows this. `details["state"]`: the state it is in."""

    code = "not_in_this_state"
    de = "Das geht in diesem Stand der Anfrage nicht mehr. Bitte laden Sie neu."
    en = "This is not possible in the present state of the request. Please reload."


class AlreadyCalling(Conflict):
    """Two wanted to call the same person at once; the other one was first. `details["by"]`: name of the colleague."""

    code = "already_calling"
    de = "Gerade ruft schon jemand aus dem Team dort an."
    en = "Somebody in the team is calling there already."


class NumberTaken(Conflict):
    """A callback to this number is open already."""

    code = "number_taken"
    de = "Für diese Nummer ist schon ein Rückruf vereinbart. Mit den acht Wörtern von damals können Sie ihn ändern."
    en = "A callback to this number is agreed already. With the eight words of that time you can change it."


class NotNow(Conflict):
    """Outside the agreed times, or too soon after the last attempt."""

    code = "not_now"
    de = "Jetzt ist keine vereinbarte Zeit. Bitte rufen Sie nur in den Zeiten an, die die Person genannt hat."
    en = "This is not an agreed time. Please call only in the times that the person has named."


class HandoverState(Conflict):
    """The hand-over is not in a stage that allows this, or another one is still open. `details["state"]`."""

    code = "handover_state"
    de = "Bei dieser Weitergabe ist das gerade nicht möglich. Bitte laden Sie neu und sehen Sie, wie weit sie ist."
    en = "This is not possible for this hand-over now. Please reload and see how far it is."


class HandoverStale(Conflict):
    """The person or the team has written since: the offer would not open everything."""

    code = "handover_stale"
    de = "Inzwischen ist etwas dazugekommen. Das abgebende Team muss noch einmal verschließen, dann geht es weiter."
    en = "Something has been added in the meantime. The team that hands over must seal once more, then it goes on."


class HandoverLoop(Conflict):
    """No contact is sent in a circle."""

    code = "handover_loop"
    de = "Dieses Team hat die Anfrage schon einmal abgegeben. Im Kreis wird niemand weitergereicht."
    en = "This team has handed the request on before. Nobody is passed around in a circle."


class SignedYesNeeded(Conflict):
    """From a civil team to another carrier only with the person's own signed yes: their wish is sealed."""

    code = "signed_yes_needed"
    de = "Von nicht staatlich zu staatlich nur mit dem Ja der Person selbst. Bitte fragen Sie sie in den Nachrichten."
    en = "From non-state to state only with the person's own yes. Please ask them in the messages."


class CallbackOpen(Conflict):
    """A callback is agreed with the present team; its number is sealed for that team alone."""

    code = "callback_open"
    de = "Es ist noch ein Rückruf vereinbart. Rufen Sie zuerst an, oder beenden Sie den Rückruf."
    en = "A callback is still agreed. Please call first, or end the callback."


class LogMoved(Conflict):
    """Somebody else changed the team's people in the meantime."""

    code = "log_moved"
    de = "Im Team hat sich gerade etwas geändert. Bitte sehen Sie noch einmal hin, und versuchen Sie es dann neu."
    en = "Something has just changed in the team. Please look again, and then try anew."


class LastLead(Conflict):
    """A team without a lead could let nobody in any more."""

    code = "last_lead"
    de = "Das ist die letzte Leitung dieses Teams. Machen Sie zuerst jemand anderen zur Leitung."
    en = "This is the last lead of the team. First make somebody else a lead."


class KeyChanged(Conflict):
    """The member has another key than the one that was compared: nothing was granted."""

    code = "key_changed"
    de = "Diese Person hat inzwischen einen anderen Schlüssel. Bitte vergleichen Sie die acht Wörter noch einmal."
    en = "This person has another key by now. Please compare the eight words once more."


class MemberTaken(Conflict):
    """The account name exists already, somewhere."""

    code = "member_taken"
    de = "Diesen Namen gibt es hier schon. Bitte wählen Sie einen anderen."
    en = "This name exists here already. Please choose another one."


class RotaChanged(Conflict):
    """Somebody saved the plan in between."""

    code = "rota_changed"
    de = "Den Dienstplan hat inzwischen jemand anderes geändert. Bitte laden Sie ihn neu."
    en = "Somebody else has changed the rota in the meantime. Please load it again."


class SheetLocked(Conflict):
    """The sealed visit sheet is handed out from the last level on only."""

    code = "sheet_locked"
    de = "Der Besuchszettel öffnet sich erst, wenn die letzte Stufe erreicht ist."
    en = "The visit sheet opens only when the last level is reached."


# ---------------------------------------------------------------------------------------------------- not there


class NotThere(IntakeError):
    """Absent, and also: present but not yours. Both look the same from outside."""

    code = "not_there"
    status = 404


class NoMailbox(NotThere):
    """No mailbox opens with this id and token."""

    code = "no_mailbox"
    de = "Zu diesen Wörtern finden wir nichts. Vielleicht ist ein Wort vertauscht, oder die Frist ist abgelaufen."
    en = "We find nothing for these words. Perhaps a word is mixed up, or the time is over."


class NoContact(NotThere):
    """No such contact in the member's teams."""

    code = "no_contact"
    de = "Diese Anfrage gibt es nicht (mehr)."
    en = "This request does not exist (any more)."


class NoAlert(NotThere):
    """No such alert for this member."""

    code = "no_alert"
    de = "Diesen Alarm gibt es nicht (mehr)."
    en = "This alert does not exist (any more)."


class NoPhone(NotThere):
    """No such colleague, or no service phone registered, or none of their calendars."""

    code = "no_phone"
    de = "Hier ist kein Diensthandy eingetragen."
    en = "There is no service phone registered here."


class NoAttachment(NotThere):
    """No attachment of this number."""

    code = "no_attachment"
    de = "Diesen Anhang gibt es nicht mehr."
    en = "This attachment is no longer there."


class NoHandover(NotThere):
    """No such hand-over for this team or person."""

    code = "no_handover"
    de = "Diese Weitergabe gibt es nicht (mehr)."
    en = "This hand-over does not exist (any more)."


class NoMember(NotThere):
    """No such colleague in a team that the asking member leads."""

    code = "no_member"
    de = "Diese Person gibt es in Ihrem Team nicht (mehr)."
    en = "This person is not part of your team (any more)."


class NoCase(NotThere):
    """Nothing beyond the request has been recorded for this contact."""

    code = "no_case"
    de = "Zu dieser Anfrage ist noch keine Beratung festgehalten."
    en = "No counselling has been recorded for this request yet."


class NoVisit(NotThere):
    """No such field visit in the member's teams."""

    code = "no_visit"
    de = "Diesen Außentermin gibt es nicht (mehr)."
    en = "This field visit does not exist (any more)."


class NoPage(NotThere):
    """No such address."""

    code = "no_page"
    de = "Diese Seite gibt es hier nicht."
    en = "There is no such page here."


class NoInvitation(NotThere):
    """The invitation is unknown, used or too old."""

    code = "no_invitation"
    de = "Diese Einladung gilt nicht (mehr). Bitte fragen Sie Ihre Leitung nach einer neuen."
    en = "This invitation is not valid (any more). Please ask your lead for a new one."


class WrongMethod(NotThere):
    """The address exists, but not for this HTTP method."""

    code = "wrong_method"
    status = 405
    de = "So lässt sich diese Adresse nicht aufrufen."
    en = "This address cannot be used in this way."


# -------------------------------------------------------------------------------------------------- not allowed


class NotAllowed(IntakeError):
    """A counsellor's access is missing or over."""

    code = "not_allowed"
    status = 401


class LoginRefused(NotAllowed):
    """Unknown member or wrong passphrase; which of the two is never said."""

    code = "login_refused"
    de = "Kennung oder Passphrase stimmt nicht."
    en = "Account or passphrase is not right."


class SecondFactorNeeded(NotAllowed):
    """The passphrase was right; now the second factor. `details`: ticket, challenge, passkeys (base64url), totp."""

    code = "second_factor"
    de = "Jetzt noch der zweite Schritt: Passkey oder Code."
    en = "Now the second step: passkey or code."


class SessionEnded(NotAllowed):
    """No session, or it is over."""

    code = "session_ended"
    de = "Ihre Sitzung ist beendet. Bitte melden Sie sich neu an."
    en = "Your session is over. Please log in again."


class FlowRefused(NotAllowed):
    """The table of information flows says never (takes None), or asks for a proof or for a second person."""

    code = "flow_refused"
    status = 403
    de = "Diese Information darf so nicht weitergegeben werden. Die Regeln des Netzwerks stehen dabei."
    en = "This information may not be passed on like this. The rules of the network are shown beside it."


class LeadOnly(NotAllowed):
    """Something that only the lead of the team, or the person concerned, may do."""

    code = "lead_only"
    status = 403
    de = "Das kann nur die Leitung des Teams oder die Person selbst."
    en = "Only the lead of the team or the person concerned can do this."


# --------------------------------------------------------------------------------------------------------- wait


class Wait(IntakeError):
    """Ask again, differently or later."""

    code = "wait"
    status = 429


class StampMissing(Wait):
    """The proof of work does not fit. `details`: bits, hour (unix hours of the server)."""

    code = "stamp"
    status = 428
    de = "Ihr Gerät rechnet noch einen Moment, dann wird gesendet."
    en = "Your device needs another moment, then it will be sent."


class TooMany(Wait):
    """Too many attempts or contacts at once. `details["retry_after"]`: seconds."""

    code = "too_many"
    status = 429
    de = "Gerade kommt zu viel auf einmal an. Ihr Text ist noch da. Bitte versuchen Sie es gleich noch einmal."
    en = "Too much is arriving at once. Your text is still there. Please try again in a moment."


# -------------------------------------------------------------------------------------------------- unavailable


class Unavailable(IntakeError):
    """Our fault; what the person wrote stays with the person."""

    code = "unavailable"
    status = 503
    de = "Gerade geht es nicht. Ihr Text ist noch da. Versuchen Sie es in einer Minute noch einmal."
    en = "It does not work right now. Your text is still there. Please try again in a minute."


class StoreBusy(Unavailable):
    """The database stayed locked or the queue is full. Nothing was stored."""

    code = "store_busy"


class StoreFull(Unavailable):
    """No space left. Nothing was stored, nothing half."""

    code = "store_full"


class StoreBroken(Unavailable):
    """The database cannot be used: damaged, unreachable, or newer than this program."""

    code = "store_broken"


class SealingFailed(Unavailable):
    """The text could not be sealed, so it was neither sent nor kept (path without JavaScript)."""

    code = "sealing_failed"


class NoAtRestKey(Unavailable):
    """This installation has no key at rest, so numbers cannot be stored sealed."""

    code = "no_at_rest_key"
    de = "Telefonnummern lassen sich hier noch nicht speichern: In den Einstellungen fehlt at_rest_key_file."
    en = "Telephone numbers cannot be stored here yet: at_rest_key_file is missing in the settings."


class ChannelUnusable(Unavailable):
    """A channel of the settings cannot be opened; the service does not start, rather than be silent on it."""

    code = "channel_unusable"

    def __init__(self, channel: str, why: str) -> None:
        super().__init__(f"channel {channel!r}: {why}")


class Internal(Unavailable):
    """A mistake in our program."""

    code = "internal"
    status = 500


class DirectoryUnusable(Unavailable):
    """Without a valid signed directory nothing may be sealed, so nothing is taken."""

    code = "directory"
    de = (
        "Gerade können wir nicht prüfen, wer Ihre Nachricht lesen würde. Darum senden wir nichts. Ihr Text ist noch da."
    )
    en = "We cannot check right now who would read your message. So nothing is sent. Your text is still there."


class DirectoryMissing(DirectoryUnusable):
    """There is no directory in the data folder."""

    code = "directory_missing"


class DirectoryMalformed(DirectoryUnusable):
    """The directory is signed, but its content breaks the rules."""

    code = "directory_malformed"


class DirectoryForged(DirectoryUnusable):
    """The signature is not by our root."""

    code = "directory_forged"


class DirectoryExpired(DirectoryUnusable):
    """The directory's expiry date has passed."""

    code = "directory_expired"


class DirectoryRolledBack(DirectoryUnusable):
    """The directory is older than one already seen, or does not follow its predecessor."""

    code = "directory_rolled_back"


def language_of(accept_language: str | None) -> Language:
    """German unless English is preferred over it (RFC 9110, 12.5.4; only de and en are told apart)."""
    best: dict[str, float] = {}
    for part in (accept_language or "")[:200].split(","):
        tag, _, weight = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary not in ("de", "en"):
            continue
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            quality = 0.0
        best[primary] = max(best.get(primary, 0.0), quality)
    return "en" if best.get("en", 0.0) > best.get("de", 0.0) else "de"


def every_error() -> tuple[type[IntakeError], ...]:
    """All leaves of the tree, for the OpenAPI document and the tests."""
    found: list[type[IntakeError]] = []
    stack: list[type[IntakeError]] = [IntakeError]
    while stack:
        kind = stack.pop()
        below = kind.__subclasses__()
        stack.extend(below)
        if not below:
            found.append(kind)
    return tuple(sorted(found, key=lambda kind: kind.code))


class DirectoryNotYetValid(DirectoryUnusable):
    """The directory was issued in the future: this clock or the signer's clock is wrong."""

    code = "directory_not_yet_valid"
    de = "Das Verzeichnis der Teams gilt erst später. Vielleicht geht eine Uhr falsch. Darum senden wir gerade nichts."
    en = "The directory of teams is not valid yet. Perhaps a clock is wrong. So we send nothing at the moment."


# ---------------------------------------------------------------------------------------------------- operators


class Operator(IntakeError):
    """What somebody typed or prepared at the command line. `faults`: one German sentence each, all of them at once."""

    status = 422
    code = "operator"

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class DraftFaulty(Operator):
    """The sources of a directory contradict each other or say what we do not understand."""

    code = "draft"


class FlowRulesFaulty(Operator):
    """The table of information flows has a word that we do not know."""

    code = "rules"


class RegionsFaulty(Operator):
    """A region table or an import file is not in the form that we know."""

    code = "regions"


class SeedFileFaulty(Operator):
    """A file with a secret seed is missing, readable for others, or not in our form."""

    code = "seed_file"
