"""The first-contact dialogue in data: what it remembers, what can happen, what it wants done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from bots.conversation_texts import Door
from intake.directory import Directory
from intake.errors import IntakeError
from intake.regions import Regions
from intake.wishes import Wishes

MOST_CHARACTERS = 200_000  # of one sending, as everywhere (crypto/FORMAT.md)
REMIND_AFTER = timedelta(minutes=45)
ERASE_AFTER = timedelta(minutes=30)  # after the reminder
NOTICES_KEPT = 50
LARGEST_FILE = 10 * 2**20


class Step(StrEnum):
    """Where the dialogue stands. The questions are in conversation_questions.py."""

    NEW = "new"
    ROLE = "role"
    TOPIC = "topic"
    PLACE = "place"
    KREIS = "kreis"  # which of several places is meant
    TEAM = "team"  # who will read it
    OTHERS = "others"  # choose among other teams
    TEXT = "text"
    CALL_NUMBER = "call_number"  # from here on: a callback (conversation_call.py)
    CALL_PRISON = "call_prison"
    CALL_CHECK = "call_check"
    CALL_DAY = "call_day"
    CALL_HOURS = "call_hours"
    CALL_MORE = "call_more"
    CALL_WHO = "call_who"
    CALL_INTRODUCE = "call_introduce"
    CALL_WORD = "call_word"
    CALL_VOICEMAIL = "call_voicemail"
    CALL_MESSAGE = "call_message"
    CALL_OTHER = "call_other"
    CALL_INTERPRETER = "call_interpreter"
    MAILBOX = "mailbox"  # sent, or come back with the code: more can be written


class Aside(StrEnum):
    """A question in between; the answer leads back to where the dialogue stood."""

    NONE = ""
    CODE = "code"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Guide:
    """What the dialogue looks things up in; ``directory`` is None while there is no valid one. ``web``: our address."""

    directory: Directory | None
    regions: Regions | None
    web: str
    own_numbers: tuple[str, ...] = ()  # our own lines (E.164), which are not called back


@dataclass(frozen=True, slots=True)
class File:
    """A picture or a voice message that somebody has added. It stays where it lies until „fertig“.

    ``kind``: "picture" or "voice". ``name``, ``type`` (MIME) and ``size`` (bytes) are what its sender says of it.
    ``handle`` is how the door gets it; the dialogue does not look at it.
    """

    kind: str
    name: str = field(repr=False)
    type: str
    size: int
    handle: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of the draft, by the id that an edit of it names. ``text`` of a file is a line that names it."""

    id: str
    text: str = field(repr=False)
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What has been said about a callback so far; ``ready`` when nothing is left to ask.

    ``home``: where the dialogue goes on afterwards, TEXT or MAILBOX. ``free`` and ``windows``: (day, from, to) on the
    wall clock. ``message``: for a voicemail, empty to hang up. ``repr`` shows nothing.
    """

    home: Step = Step.TEXT
    free: tuple[tuple[str, str, str], ...] = ()
    day: str = ""
    number: str = ""
    windows: tuple[tuple[str, str, str], ...] = ()
    anybody: bool = False
    introduce: str = ""
    word: str = ""
    message: str = ""
    somebody_else: str = ""
    interpreter: bool = False
    ready: bool = False

    def __repr__(self) -> str:
        return "<Call ...>"


@dataclass(frozen=True, slots=True)
class Talk:
    """All that one conversation remembers: in memory only, gone with the process. ``repr`` tells the step alone.

    ``pieces`` are the draft, ``outgoing`` is what is being sealed and sent right now, ``attaching`` the files of it
    that follow. ``options`` are the answers
    as they were numbered for the person, so that a number means what was read even if the directory changed since.
    """

    language: str = "de"
    door: Door = "matrix"
    step: Step = Step.NEW
    aside: Aside = Aside.NONE
    role: str = ""
    phenomena: tuple[str, ...] = ()
    kreis: str | None = None
    only_civil: bool = False
    not_carriers: tuple[str, ...] = ()
    team: str = ""
    options: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()
    outgoing: tuple[Piece, ...] = ()
    attaching: tuple[File, ...] = ()
    call: Call | None = None
    wants_call: bool = False  # as soon as it is known who would read the number
    sent: tuple[str, ...] = ()
    urgent: bool = False
    warned: bool = False
    bound: bool = False
    heard: datetime | None = None
    reminded: datetime | None = None
    notices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Talk {self.step}>"

    def wishes(self) -> Wishes:
        """The question for the routing table."""
        return Wishes(self.role, self.phenomena, self.kreis, self.only_civil, self.not_carriers)


def due(talk: Talk) -> datetime | None:
    """When ``Waited`` should come: to remind once, then to erase what was not sent. None: there is nothing to lose."""
    idle = talk.step in (Step.NEW, Step.MAILBOX) and not talk.pieces and not talk.aside and talk.call is None
    if talk.heard is None or talk.outgoing or talk.attaching or idle:
        return None
    return talk.heard + REMIND_AFTER if talk.reminded is None else talk.reminded + ERASE_AFTER


# Events -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrived:
    """The room is open; nothing has been said yet."""


@dataclass(frozen=True, slots=True)
class Said:
    """``id`` names the message; ``edits`` the one that it replaces; ``reply``: it begins with quoted lines."""

    text: str = field(repr=False)
    id: str = ""
    edits: str | None = None
    reply: bool = False


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture or a voice message; ``file`` None: something that is not passed on (a video, a document, a place)."""

    file: File | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The person has removed the message with this id."""

    id: str


@dataclass(frozen=True, slots=True)
class Undecryptable:
    session: str


@dataclass(frozen=True, slots=True)
class Unencrypted:
    """Something came in the clear. It is not looked at. ``room``: the whole room is so, not one message alone."""

    room: bool = True


@dataclass(frozen=True, slots=True)
class NewDevice:
    device: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """The process has begun anew, and there was something that had not been sent."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Messages may have come that nobody can read any more: we have new keys, or lost our place in the room."""


@dataclass(frozen=True, slots=True)
class Flooded:
    """So much came at once that the latest was not taken."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The mailbox is no longer there: erased elsewhere, or its time is over."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nobody has written here for long, and there is no mailbox."""


@dataclass(frozen=True, slots=True)
class Waited:
    """Time has passed (see ``due``)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The desk has the first contact. ``words``: the return code, shown once."""

    words: tuple[str, ...] = field(repr=False)
    answer_by: date
    erase_on: date


@dataclass(frozen=True, slots=True)
class Added:
    """The desk has one more message."""


@dataclass(frozen=True, slots=True)
class Passed:
    """The desk has this file."""

    file: File


@dataclass(frozen=True, slots=True)
class NotPassed:
    """This file could not be fetched, or was not taken; all else is as it was."""

    file: File


@dataclass(frozen=True, slots=True)
class Bound:
    """The code opened a mailbox; ``team`` is the name of who reads there."""

    team: str


@dataclass(frozen=True, slots=True)
class NotBound:
    """The code opened nothing. The words are shown as they were read: only the person's eye can find such a slip."""

    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erased:
    """The mailbox is gone, or there was none."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What was wanted did not happen; nothing was sent, nothing is lost."""

    error: IntakeError


@dataclass(frozen=True, slots=True)
class Free:
    """When the team can call; ``word``: proposed as the shared one. ``planned``: a call is agreed already."""

    windows: tuple[tuple[str, str, str], ...]
    word: str = field(repr=False)
    planned: bool = False


@dataclass(frozen=True, slots=True)
class NotFree:
    """It cannot be found out now when the team can call."""

    error: IntakeError


@dataclass(frozen=True, slots=True)
class Agreed:
    """The desk has the callback."""


@dataclass(frozen=True, slots=True)
class CalledOff:
    """There is no callback any more, or there was none (``was`` False)."""

    was: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """The team has answered, and the signature is the team's."""

    team: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotGenuine:
    """Something came that no team of the directory signed. What it says is never shown."""


Event = (
    Arrived
    | Said
    | Attached
    | TakenBack
    | Undecryptable
    | Unencrypted
    | NewDevice
    | Restarted
    | Missed
    | Flooded
    | Gone
    | Waited
    | Quiet
    | Sent
    | Added
    | Passed
    | NotPassed
    | Bound
    | NotBound
    | Erased
    | Failed
    | Free
    | NotFree
    | Agreed
    | CalledOff
    | Answer
    | NotGenuine
)

# Effects ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """``secret``: holds the return code; taken back by ``TakeBack``."""

    text: str = field(repr=False)
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Seal and send a first contact. To be answered with Sent or Failed."""

    language: str
    wishes: Wishes
    team: str
    text: str = field(repr=False)
    urgent: bool
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """Seal and send one more message into the mailbox. To be answered with Added or Failed."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attach:
    """Fetch, seal and send a file into the mailbox. To be answered with Passed or NotPassed."""

    file: File


@dataclass(frozen=True, slots=True)
class Openings:
    """When can this team call ("": the one that reads this mailbox)? To be answered with Free or NotFree."""

    team: str


@dataclass(frozen=True, slots=True)
class Agree:
    """Seal and send a callback for this mailbox. To be answered with Agreed or Failed."""

    language: str
    call: Call


@dataclass(frozen=True, slots=True)
class CallOff:
    """No call any more. To be answered with CalledOff or Failed."""


@dataclass(frozen=True, slots=True)
class Bind:
    """Open the mailbox of these words and keep it for this room. To be answered with Bound, NotBound or Failed."""

    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erase:
    """Erase the mailbox, if there is one. To be answered with Erased or Failed."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget the mailbox's seed; the mailbox stays."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Redact the messages that hold the code."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Redact all of our messages, say ``farewell`` if there is one, forget the seed, leave."""

    farewell: str = ""


Effect = Say | Send | Add | Attach | Openings | Agree | CallOff | Bind | Erase | Forget | TakeBack | Leave
Stepped = tuple[Talk, tuple[Effect, ...]]
