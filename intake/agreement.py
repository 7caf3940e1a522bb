"""What is agreed about a call ("safe to call"): the payload of a CALLBACK envelope, and nothing else anywhere.

Written in the person's browser (client/lib/agreement.ts), or here for doors that seal on somebody's behalf. Read by the
team's browsers and by the person. Format: crypto/FORMAT.md, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Annotated, Literal

import msgspec

from intake.callbacks import MOST_WINDOWS, Wish
from intake.errors import Malformed
from intake.phones import PhoneNumber
from intake.working_time import BERLIN

Line = Annotated[str, msgspec.Meta(max_length=200)]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]


class Time(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """One window on the wall clock: {"day": "2026-11-24", "from": "10:00", "to": "11:00"}."""

    day: date
    start: Clock
    end: Clock

    def wish(self, zone: str = BERLIN) -> Wish:
        """For the cut with the team's hours. 24:00 is the last minute of the day."""
        end = time(23, 59) if self.end == "24:00" else time.fromisoformat(self.end)
        start = time(23, 59) if self.start == "24:00" else time.fromisoformat(self.start)
        return Wish(self.day, start, end, zone)


Times = Annotated[tuple[Time, ...], msgspec.Meta(min_length=1, max_length=MOST_WINDOWS)]


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Number and rules. `number`: E.164; empty texts mean the harmless default of the page that shows them."""

    v: Literal[1] = 1
    number: Annotated[str, msgspec.Meta(pattern=r"^\+[1-9]\d{6,14}$")]
    windows: Times
    zone: Annotated[str, msgspec.Meta(max_length=64)] = BERLIN
    lang: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$")]
    who: Literal["only_me", "anybody"]  # who may be spoken to
    introduce: Line  # what we say who we are
    code_word: Line  # said by us before anything else, and asked back
    voicemail: Literal["hang_up", "say"]
    voicemail_text: Line
    somebody_else: Line  # what we say when somebody else answers
    interpreter: bool
    sent: str

    def __repr__(self) -> str:
        return "<Agreement ...>"

    def wishes(self) -> tuple[Wish, ...]:
        """The windows, for the cut."""
        return tuple(window.wish(self.zone) for window in self.windows)


_DECODER = msgspec.json.Decoder(Agreement)


def encode(agreement: Agreement) -> bytes:
    """The payload."""
    return msgspec.json.encode(agreement)


def decode(payload: bytes) -> Agreement:
    """A payload that somebody else wrote. Raises msgspec.MsgspecError."""
    return _DECODER.decode(payload)


def times(windows: Sequence[tuple[str, str, str]]) -> tuple[Time, ...]:
    """From the fields of a form: (day, from, to). Raises Malformed for what no form offers."""
    try:
        plain = [{"day": day, "from": start, "to": end} for day, start, end in windows]
        return msgspec.convert(plain, Times)
    except msgspec.ValidationError:
        raise Malformed("a time that the form does not offer") from None


def agreement(
    number: PhoneNumber,
    windows: tuple[Time, ...],
    *,
    lang: str,
    sent: str,
    who: Literal["only_me", "anybody"] = "only_me",
    introduce: str = "",
    code_word: str = "",
    voicemail_text: str = "",
    somebody_else: str = "",
    interpreter: bool = False,
) -> Agreement:
    """An agreement; what was not said is chosen with care: hang up on a mailbox, speak to nobody else."""
    return Agreement(
        number=number.e164,
        windows=windows,
        lang=lang,
        who=who,
        introduce=introduce[:200],
        code_word=code_word[:200],
        voicemail="say" if voicemail_text else "hang_up",
        voicemail_text=voicemail_text[:200],
        somebody_else=somebody_else[:200],
        interpreter=interpreter,
        sent=sent,
    )
