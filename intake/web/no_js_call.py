"""A callback without JavaScript: what the form has carried so far, and the agreement that is made of it.

The number is read here in memory for the length of the request that seals it; the page says so first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aiohttp import web

from intake import phones
from intake.agreement import Agreement, agreement, times
from intake.callbacks import MOST_WINDOWS, Callback, Outcome, State, Window, said
from intake.errors import NoTimeToCall
from intake.sealing import minute
from intake.web import forms
from intake.web.keys import DESK
from intake.web.site import SITE, language

LONGEST = 200


@dataclass(frozen=True, slots=True)
class CallDraft:
    """What the person has said about the call. Carried in the form; ``repr`` shows nothing."""

    number: str = ""
    days: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    who: str = "only_me"
    introduce: str | None = None  # None: nothing said yet, the page proposes something harmless
    word: str | None = None
    voicemail: str = "hang_up"
    message: str | None = None
    other: str | None = None
    interpreter: bool = False
    prison: bool = False

    def __repr__(self) -> str:
        return "<CallDraft ...>"

    @classmethod
    def of(cls, form: forms.Form) -> CallDraft:
        """Reads a posted form; nothing in it is trusted."""

        def said_so(name: str) -> str | None:
            return form.one(name)[:LONGEST] if form.has(name) else None

        return cls(
            number=form.one("number")[: phones.LONGEST_TYPED],
            days=form.every("day")[:MOST_WINDOWS],
            starts=form.every("from")[:MOST_WINDOWS],
            ends=form.every("until")[:MOST_WINDOWS],
            who="anybody" if form.one("who") == "anybody" else "only_me",
            introduce=said_so("introduce"),
            word=said_so("word"),
            voicemail="say" if form.one("voicemail") == "say" else "hang_up",
            message=said_so("message"),
            other=said_so("other"),
            interpreter=form.one("interpreter") == "1",
            prison=form.one("prison") == "1",
        )

    @classmethod
    def before(cls, known: Agreement) -> CallDraft:
        """An agreement that is to be changed."""
        return cls(
            number=phones.parse(known.number).spoken,
            days=tuple(window.day.isoformat() for window in known.windows),
            starts=tuple(window.start for window in known.windows),
            ends=tuple(window.end for window in known.windows),
            who=known.who,
            introduce=known.introduce,
            word=known.code_word,
            voicemail=known.voicemail,
            message=known.voicemail_text,
            other=known.somebody_else,
            interpreter=known.interpreter,
        )

    def windows(self) -> list[tuple[str, str, str]]:
        """(day, from, to) of the rows that were filled in."""
        rows = zip(self.days, self.starts, self.ends, strict=False)
        return [row for row in rows if all(row)]

    def row(self, number: int) -> tuple[str, str, str]:
        """One row as it stands; empty fields where nothing was said."""
        rows = list(zip(self.days, self.starts, self.ends, strict=False))
        return rows[number] if number < len(rows) else ("", "", "")

    def spoken(self) -> str:
        """The number, shown back. Raises NumberRefused."""
        return phones.parse(self.number).spoken


def agreed(request: web.Request, draft: CallDraft) -> Agreement:
    """What is sealed. Raises NumberRefused, NoTimeToCall, Malformed."""
    number = phones.parse(draft.number, own=request.app[SITE].own_numbers)
    windows = draft.windows()
    if not windows:
        raise NoTimeToCall(slots=[])
    return agreement(
        number,
        times(windows),
        lang=language(request),
        sent=minute(request.app[DESK].clock()),
        who="anybody" if draft.who == "anybody" else "only_me",
        introduce=draft.introduce or "",
        code_word=draft.word or "",
        voicemail_text=(draft.message or "") if draft.voicemail == "say" else "",
        somebody_else=draft.other or "",
        interpreter=draft.interpreter,
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What a row of times offers: (value, label) of days, and of clock times in half hours."""

    days: list[tuple[str, str]]
    clocks: list[tuple[str, str]]


async def choices(request: web.Request, team: str) -> Choices:
    """The days of two weeks on which this team can call, and the half hours between its first and last."""
    windows = [said(window) for window in await request.app[DESK].callbacks.openings(team)]
    return Choices(_days(request, windows), _half_hours(windows))


def _days(request: web.Request, windows: list[dict[str, str]]) -> list[tuple[str, str]]:
    catalogue = request.app[SITE].languages.catalogue(language(request))
    days = dict.fromkeys(window["day"] for window in windows)
    return [(day, catalogue.weekday(date.fromisoformat(day))) for day in days]


def _half_hours(windows: list[dict[str, str]]) -> list[tuple[str, str]]:
    if not windows:
        return []
    first = min(_minutes(window["from"]) for window in windows) // 30 * 30
    last = -(-max(_minutes(window["to"]) for window in windows) // 30) * 30
    clocks = [f"{at // 60:02}:{at % 60:02}" for at in range(first, last + 1, 30)]
    return list(zip(clocks, clocks, strict=True))


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def call_state(callback: Callback) -> str:
    """Which sentence of wording.call_states fits."""
    if callback.state is State.REQUESTED and callback.attempts:
        return "again"
    return "wrong" if callback.last is Outcome.WRONG_NUMBER else callback.state.value


def time_names(request: web.Request, windows: tuple[Window, ...]) -> list[str]:
    """The times of a callback as people say them."""
    catalogue = request.app[SITE].languages.catalogue(language(request))
    found = []
    for window in map(said, windows):
        day = catalogue.weekday(date.fromisoformat(window["day"]))
        found.append(
            catalogue.gettext("{day}, {from} bis {to} Uhr").format(**{**window, "day": day})  # as wording.script_call
        )
    return found
