"""The way back without JavaScript: the eight words open the mailbox here, in memory, for one sitting.

A sitting is named by a random secret that travels in a hidden field, never in an address or a cookie. It ends with the
quick exit, with "close", after ten minutes without a request, at the latest after an hour, and when the service stops.
A letter that was being written then comes back with the question for the words.
"""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from crypto.errors import ReturnCodeUnclear
from crypto.return_code import generate, parse
from intake.errors import (
    CodeUnclear,
    IntakeError,
    Internal,
    Malformed,
    NoMailbox,
    NoTimeToCall,
    NotInThisState,
    NumberRefused,
    NumberTaken,
    TeamUnknown,
)
from intake.sealing import Opened
from intake.web import forms, no_js_appointment, wording
from intake.web.api import counselling_answer
from intake.web.no_js import SEALER
from intake.web.no_js_call import CallDraft, Choices, agreed, call_state, choices, time_names
from intake.web.site import SITE, fault_sentence, html, language, leave_form
from intake.wishes import offered

log = logging.getLogger("erstkontakt.web")

IDLE = timedelta(minutes=10)
LONGEST = timedelta(hours=1)
MOST_SITTINGS = 500
LONGEST_CODE = 2000


@dataclass(slots=True)
class Sitting:
    """One opened mailbox and its times."""

    opened: Opened = field(repr=False)
    began: datetime
    used: datetime


class Sittings:
    """All opened mailboxes, by their secret name. Memory only; the oldest gives way when there are too many."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Sitting] = OrderedDict()

    def begin(self, opened: Opened, now: datetime) -> str:
        """A new sitting; returns its name."""
        self._sweep(now)
        while len(self._open) >= MOST_SITTINGS:
            self._open.popitem(last=False)
        name = secrets.token_urlsafe(32)
        self._open[name] = Sitting(opened, now, now)
        return name

    def find(self, name: str, now: datetime) -> Opened | None:
        """The mailbox of a sitting that is not over."""
        self._sweep(now)
        sitting = self._open.get(name)
        if sitting is None:
            return None
        sitting.used = now
        self._open.move_to_end(name)
        return sitting.opened

    def end(self, name: str) -> None:
        """Forgets it, if it is there."""
        self._open.pop(name, None)

    def __len__(self) -> int:
        return len(self._open)

    def _sweep(self, now: datetime) -> None:
        over = [name for name, one in self._open.items() if now - one.used > IDLE or now - one.began > LONGEST]
        for name in over:
            del self._open[name]


SITTINGS: web.AppKey[Sittings] = web.AppKey("sittings", Sittings)


def setup(app: web.Application) -> None:
    """Adds the posting side of /antworten in all languages, and the quick exit that ends a sitting."""
    app[SITTINGS] = Sittings()
    for code in app[SITE].languages.codes:
        app.router.add_post(app[SITE].languages.prefix(code) + "/antworten", mailbox)
    app.router.add_post("/raus", quick_exit)


async def quick_exit(request: web.Request) -> web.StreamResponse:
    """The quick exit out of an opened mailbox: what the server holds of it is gone before the answer leaves."""
    try:
        form = await forms.read(request)
        request.app[SITTINGS].end(form.one("sitting"))
    except IntakeError:
        pass  # whatever was posted, the person wants to get away
    return leave_form(request)


async def mailbox(request: web.Request) -> web.StreamResponse:
    """Everything one can do in a mailbox; ``do`` says what."""
    form = await forms.read(request)
    do, text = form.one("do", "open"), form.one("text")
    try:
        if do == "open":
            return await _open(request, form)
        now = request.app[SEALER].desk.clock()
        opened = request.app[SITTINGS].find(form.one("sitting"), now)
        if opened is None:
            return _door(request, text=text, over=do != "close")
        return await _act(request, form, do, opened)
    except IntakeError as error:
        return _door(request, text=text, error=error)
    except web.HTTPException:
        raise
    except Exception as error:  # a letter must come back to the person, and nothing of it into the log
        log.error("internal error without JavaScript: %s", type(error).__name__)
        return _door(request, text=text, error=Internal())


async def _open(request: web.Request, form: forms.Form) -> web.Response:
    text = form.one("text")
    try:
        words = parse(form.one("code")[:LONGEST_CODE])
    except ReturnCodeUnclear as unclear:
        return _door(request, text=text, error=CodeUnclear(), unclear=unclear, code=form.one("code")[:LONGEST_CODE])
    sealer = request.app[SEALER]
    try:
        opened = await sealer.open(words)
    except NoMailbox as error:
        # A slip may spell another word of the list; only the person's eye can find that.
        return _door(request, text=text, error=error, code=form.one("code")[:LONGEST_CODE], read_as=" ".join(words))
    name = request.app[SITTINGS].begin(opened, sealer.desk.clock())
    return _room(request, name, opened, text=text)


async def _act(request: web.Request, form: forms.Form, do: str, opened: Opened) -> web.Response:
    name = form.one("sitting")
    text = form.one("text")
    try:
        match do:
            case "look":
                await opened.refresh()
                return _room(request, name, opened, text=text, said="looked")
            case "write":
                await opened.write(text)
                text = ""
                await opened.refresh()
                return _room(request, name, opened, said="sent")
            case "teams":
                return _room(request, name, opened, text=text, choosing=True)
            case "move":
                await opened.move(form.one("team")[:48])
                await opened.refresh()
                return _room(request, name, opened, text=text, said="moved")
            case "ask":
                return _room(request, name, opened, text=text, asking=True)
            case "call":
                return await _calling(request, name, opened, text, _before(opened))
            case "agree":
                return await _agree(request, name, opened, text, CallDraft.of(form))
            case "call_off":
                await opened.withdraw()
                await opened.refresh()
                return _room(request, name, opened, text=text)
            case "ap_wish" | "ap_skip" | "ap_more" | "ap_less":
                await no_js_appointment.step(request, form, do, opened)
                await opened.refresh()
                return _room(request, name, opened, text=text)
            case "ap_file":
                return no_js_appointment.calendar_file(request, opened)
            case "erase":
                await opened.erase()
                request.app[SITTINGS].end(name)
                return _page(request, "erased")
            case "close":
                request.app[SITTINGS].end(name)
                return _door(request)
        raise Malformed("nothing that one can do here")
    except NoMailbox as error:
        request.app[SITTINGS].end(name)
        return _door(request, text=text, error=error)
    except IntakeError as error:
        return _room(request, name, opened, text=text, error=error)


def _before(opened: Opened) -> CallDraft:
    known = opened.agreement if opened.planned else None
    return CallDraft(word=generate()[0].capitalize()) if known is None else CallDraft.before(known)


async def _calling(
    request: web.Request, name: str, opened: Opened, text: str, draft: CallDraft, error: IntakeError | None = None
) -> web.Response:
    offered_times = await choices(request, opened.answer.team)
    return _room(request, name, opened, text=text, error=error, call=draft, choices=offered_times)


async def _agree(request: web.Request, name: str, opened: Opened, text: str, draft: CallDraft) -> web.Response:
    try:
        await opened.agree(agreed(request, draft))
    except (NumberRefused, NoTimeToCall, NumberTaken, NotInThisState) as error:
        return await _calling(request, name, opened, text, draft, error)
    await opened.refresh()
    return _room(request, name, opened, text=text)


def _door(
    request: web.Request,
    *,
    text: str = "",
    error: IntakeError | None = None,
    unclear: ReturnCodeUnclear | None = None,
    code: str = "",
    read_as: str = "",
    over: bool = False,
) -> web.Response:
    status = error.status if error else 200
    return _page(
        request,
        "door",
        status,
        text=text,
        code=code,
        read_as=read_as,
        over=over,
        problems=unclear.problems[:4] if unclear else (),
        count=unclear.count if unclear else None,
        fault=fault_sentence(request, error) if error else "",
    )


def _room(
    request: web.Request,
    name: str,
    opened: Opened,
    *,
    text: str = "",
    error: IntakeError | None = None,
    said: str = "",
    choosing: bool = False,
    asking: bool = False,
    call: CallDraft | None = None,
    choices: Choices | None = None,
) -> web.Response:
    site, code = request.app[SITE], language(request)
    catalogue = site.languages.catalogue(code)
    try:
        board, team = site.board(code), opened.team.name
    except IntakeError as unusable:
        return _door(request, text=text, error=unusable)
    cards: list[dict[str, Any]] = []
    if choosing and opened.movable:
        try:
            others = [one for one in offered(opened.offers()) if one.team != opened.answer.team]
            cards = [board.card(board.directory.team(one.team), one.reason) for one in others]
        except TeamUnknown as unknown:
            error = unknown
    case = None if opened.answer.case is None else counselling_answer(opened.answer.case)
    return _page(
        request,
        "room",
        error.status if error else 200,
        sitting=name,
        state=opened.answer.state,
        team=team,
        answer_by=catalogue.day(opened.answer.answer_by),
        erase_on=catalogue.day(opened.answer.erase_on),
        counselling=[] if case is None else wording.told(wording.counselling(catalogue.gettext), case, catalogue.day),
        letters=[(letter, catalogue.day(letter.day)) for letter in opened.letters],
        attachments=opened.answer.attachments,
        handovers=[
            {"stage": row.stage, "from": board.name(row.from_team), "to": board.name(row.to_team)}
            for row in opened.answer.handovers
        ],
        movable=opened.movable,
        choosing=choosing,
        asking=asking,
        cards=cards,
        call=call,
        choices=choices,
        callback=_callback(request, opened),
        planned=opened.planned,
        appointment=no_js_appointment.told(request, opened),
        text=text,
        said=said,
        fault=fault_sentence(request, error) if error else "",
    )


def _callback(request: web.Request, opened: Opened) -> tuple[str, list[str]] | None:
    """What is said about the callback, and its times while it is planned."""
    view = opened.answer.callback
    if view is None:
        return None
    says = wording.call_states(request.app[SITE].languages.catalogue(language(request)).gettext)
    sentence = says[call_state(view.callback)].replace("{n}", str(view.callback.attempts))
    return sentence, time_names(request, view.windows) if opened.planned else []


def _page(request: web.Request, view: str, status: int = 200, **context: Any) -> web.Response:
    page = request.app[SITE].render("no_js_mailbox.html", language(request), "/antworten", view=view, **context)
    return html(page, status)
