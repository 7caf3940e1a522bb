"""Who may not (401, 403), and who may not yet (428, 429)."""

from intake.errors.base import IntakeError


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
