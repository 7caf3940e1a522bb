"""Our fault (5xx); what the person wrote stays with the person."""

from intake.errors.base import IntakeError


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


class DirectoryNotYetValid(DirectoryUnusable):
    """The directory was issued in the future: this clock or the signer's clock is wrong."""

    code = "directory_not_yet_valid"
    de = "Das Verzeichnis der Teams gilt erst später. Vielleicht geht eine Uhr falsch. Darum senden wir gerade nichts."
    en = "The directory of teams is not valid yet. Perhaps a clock is wrong. So we send nothing at the moment."
