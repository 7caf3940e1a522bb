"""The dialogue of the telephone door in data: what it remembers, what can happen, what it wants done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bots.hotline.line import Keys
from intake.directory import Directory
from intake.phones import PhoneNumber
from intake.regions import Regions
from intake.wishes import Wishes

MISSES = 3
MOST_SLOTS = 6
SLOTS_AT_ONCE = 3
MOST_TEAMS = 4
CODE_DIGITS = 4
LONGEST_NUMBER = 16  # digits of an international number with 00 before it


class Step(StrEnum):
    """Where the call stands. The questions are in dialogue.py."""

    LANGUAGE = "language"
    PLACE = "place"
    KREIS = "kreis"
    TEAM = "team"
    NO_TEAM = "no_team"
    LOOKING = "looking"
    CONNECT = "connect"
    CONNECTING = "connecting"
    THIS_NUMBER = "this_number"
    NUMBER = "number"
    NUMBER_RIGHT = "number_right"
    SLOT = "slot"
    CODE = "code"
    CODE_RIGHT = "code_right"
    URGENT = "urgent"
    SEALING = "sealing"
    WORDS = "words"
    WORDS_AGAIN = "words_again"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Guide:
    """What the dialogue looks things up in. ``directory``: None while there is no valid one; ``own``: our numbers;
    ``watchdogs``: the numbers that the canary calls from, in E.164.
    """

    directory: Directory | None
    regions: Regions | None
    own: tuple[str, ...] = ()
    watchdogs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that is offered for the call; instants."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """All that one call remembers: in memory only, gone when it ends. ``repr`` tells the step alone.

    ``options``: what the keys 1, 2 … meant when they were read out.
    """

    step: Step = Step.LANGUAGE
    language: str = "de"
    caller: PhoneNumber | None = None
    misses: int = 0
    kreis: str | None = None
    only_civil: bool = False
    options: tuple[str, ...] = ()
    team: str = ""
    slots: tuple[Slot, ...] = ()
    first_slot: int = 0
    number: PhoneNumber | None = None
    slot: Slot | None = None
    code: str = ""
    words: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Talk {self.step}>"


# Events -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begun:
    """We have picked up. ``caller``: None when the number is suppressed or cannot be called back."""

    caller: PhoneNumber | None = None


@dataclass(frozen=True, slots=True)
class Keyed:
    """What was typed in answer to the last question, with the key that ended it if it was *."""

    keys: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing was typed."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked up about the team: when it can call, and whether somebody could talk now."""

    slots: Sequence[Slot]
    somebody: bool


@dataclass(frozen=True, slots=True)
class NotConnected:
    """Nobody of the team could be fetched to the telephone."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The wish is sealed and with the team. ``words``: the return code."""

    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not taken, and a repetition would not help: there is an open callback for this number already."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing was stored."""


Event = Begun | Keyed | Silent | Looked | NotConnected | Stored | Refused | Failed

# Effects ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """Say this and wait for keys. Clips are named language/name, as in prompts.py."""

    clips: tuple[str, ...] = field(repr=False)
    keys: Keys


@dataclass(frozen=True, slots=True)
class Say:
    """Say this to the end."""

    clips: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookUp:
    """To be answered with Looked."""

    team: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Fetch the counsellor on duty. Answered with NotConnected, or the two talk and nothing follows."""

    team: str


@dataclass(frozen=True, slots=True)
class Seal:
    """Seal and store. To be answered with Stored, Refused or Failed."""

    language: str
    wishes: Wishes
    team: str
    number: PhoneNumber
    slot: Slot
    code: str = field(repr=False)
    urgent: bool


@dataclass(frozen=True, slots=True)
class HangUp:
    """It is over."""


Effect = Ask | Say | LookUp | Connect | Seal | HangUp
Stepped = tuple[Talk, tuple[Effect, ...]]
