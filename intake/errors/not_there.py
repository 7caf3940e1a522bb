"""Absent, and also: present but not yours. Both look the same from outside (404)."""

from intake.errors.base import IntakeError


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
