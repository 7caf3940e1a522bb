"""The way without JavaScript: the same steps as plain forms, each answered by a whole page (/schreiben, /rueckruf).

Nothing is remembered between two steps: every form carries what was said so far, and every step checks it anew against
the signed directory, so a restart in between loses nothing and a changed hidden field wins nothing. Whatever goes
wrong, the page that says so carries the text. The mailbox is in no_js_mailbox.py, the sealing in intake/sealing.py.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from aiohttp import web

from crypto.return_code import generate
from intake.directory import Team
from intake.errors import (
    IntakeError,
    Internal,
    KreisUnknown,
    Malformed,
    NoTimeToCall,
    NumberRefused,
    NumberTaken,
    PostcodeUnknown,
    TeamUnknown,
    TextEmpty,
    TextTooLong,
)
from intake.routing import BREAKS_ONLY_CIVIL, PHENOMENA, ROLES, Found
from intake.sealing import Sealer, checked
from intake.web import forms, wording
from intake.web.keys import DESK, NETWORK
from intake.web.no_js_call import CallDraft, agreed, choices
from intake.web.site import SITE, fault_sentence, html, language
from intake.wishes import Wishes, offered, places, unsure

log = logging.getLogger("erstkontakt.web")
SEALER: web.AppKey[Sealer] = web.AppKey("sealer", Sealer)

CHANNEL = "web_no_js"
MOST_PLACES = 8
LONGEST_PLACE = 80


@dataclass(frozen=True, slots=True)
class Draft:
    """What the person has said so far. Carried in the form, checked in every step; ``repr`` shows nothing."""

    role: str = wording.DEFAULT_ROLE
    phenomena: tuple[str, ...] = ()
    place: str = ""
    kreis: str | None = None  # None: not chosen; "": chosen to say nothing; else a Kreis or a Land
    only_civil: bool = False
    not_carriers: tuple[str, ...] = ()
    team: str = ""
    text: str = ""
    urgent: bool = False
    form: bytes = field(default=b"")
    call: CallDraft | None = None  # only at /rueckruf

    def __repr__(self) -> str:
        return "<Draft ...>"

    @property
    def door(self) -> str:
        """Where its forms are posted to."""
        return "/schreiben" if self.call is None else "/rueckruf"

    @classmethod
    def of(cls, form: forms.Form) -> Draft:
        """Reads a posted form. Raises Malformed for values that none of our pages offers."""
        role = form.one("role", wording.DEFAULT_ROLE)
        phenomena = form.all("phenomena")
        key = form.one("form")
        carriers = tuple(name for name in form.all("not_carrier") if name)
        if role not in ROLES or not set(phenomena) <= set(PHENOMENA) or len(carriers) > 200:
            raise Malformed("a value that the form does not offer")
        if any(len(name) > 48 for name in carriers) or (key and len(key) != 64):
            raise Malformed("a value that the form does not offer")
        try:
            secret = bytes.fromhex(key)
        except ValueError:
            raise Malformed("not the key of a form") from None
        place = form.one("place")[:LONGEST_PLACE].strip()
        # A choice among Kreise belongs to the place it was offered for; a corrected place is looked up anew.
        kreis = form.one("kreis", "none") if form.one("kreis_for").strip() == place else "none"
        return cls(
            role=role,
            phenomena=phenomena,
            place=place,
            kreis=None if kreis == "none" else kreis[:5],
            only_civil=form.one("only_civil") == "1",
            not_carriers=carriers,
            team=form.one("team")[:48],
            text=form.one("text"),
            urgent=form.one("urgent") == "1",
            form=secret or secrets.token_bytes(32),
        )

    def wishes(self) -> Wishes:
        """The question for the routing table."""
        return Wishes(self.role, self.phenomena, self.kreis or None, self.only_civil, self.not_carriers)


class Ask(Exception):
    """Which of several places is meant? The person is asked before it goes on. ``options``: (id, name)."""

    def __init__(self, options: Sequence[tuple[str, str]], draft: Draft) -> None:
        super().__init__()
        self.options = options
        self.draft = draft


def setup(app: web.Application) -> None:
    """Adds the posting side of /schreiben in all languages. After pages.setup."""
    app[SEALER] = Sealer(app[DESK], CHANNEL)
    for code in app[SITE].languages.codes:
        prefix = app[SITE].languages.prefix(code)
        for suffix in wording.ROLE_PATHS:
            app.router.add_post(f"{prefix}/schreiben{suffix}", write)
        app.router.add_post(f"{prefix}/rueckruf", write)


async def write(request: web.Request) -> web.StreamResponse:
    """One step of the form; ``to`` says where the person wants to go."""
    form = await forms.read(request)
    to = form.one("to", "2")
    call = CallDraft.of(form) if request.path.endswith("/rueckruf") else None
    draft = Draft(text=form.one("text"), call=call)
    try:
        draft = replace(Draft.of(form), call=call)
        if draft.kreis:
            request.app[NETWORK].regions.name(draft.kreis)
        match to:
            case "1":
                return _show(request, 1, replace(draft, kreis=None))
            case "2" | "look":
                draft = locate(request, draft)
                return _choose(request, draft)
            case "3":
                return _compose(request, draft) if call is None else await _when(request, draft)
            case "4" if call is not None:
                return await _when(request, draft) if call.prison else _rules(request, draft)
            case "send":
                return await _send(request, draft)
        raise Malformed("a step that the form does not have")
    except Ask as ask:
        return _show(request, 1, ask.draft, places=ask.options)
    except (KreisUnknown, PostcodeUnknown) as error:
        return _show(request, 1, draft, error)
    except TeamUnknown as error:
        return _choose(request, draft, error)
    except (TextEmpty, TextTooLong) as error:
        return _compose(request, draft, error) if call is None else _rules(request, draft, error)
    except (NumberRefused, NoTimeToCall, NumberTaken) as error:
        return await _when(request, draft, error)
    except IntakeError as error:
        return _hold(request, draft, to, error)
    except web.HTTPException:
        raise
    except Exception as error:  # the text must come back to the person, and nothing of it into the log
        log.error("internal error without JavaScript: %s", type(error).__name__)
        return _hold(request, draft, to, Internal())


# --- step 1: the place


def locate(request: web.Request, draft: Draft) -> Draft:
    """The draft with its Kreis. Raises Ask where several are possible, KreisUnknown, PostcodeUnknown."""
    if draft.kreis is not None:
        return draft
    if not draft.place:
        return replace(draft, kreis="")
    options = places(request.app[NETWORK].regions, draft.place)
    if len(options) > 1:
        raise Ask(options[:MOST_PLACES], draft)
    return replace(draft, kreis=options[0][0])


# --- step 2: who will read it


def _found(request: web.Request, draft: Draft) -> Found:
    sealer = request.app[SEALER]
    return draft.wishes().found(sealer.directory(), sealer.desk.clock().date())


def chosen_team(request: web.Request, draft: Draft) -> Team:
    """The team of the form, if this question may lead to it. Raises TeamUnknown."""
    directory = request.app[SEALER].directory()
    found = _found(request, draft)
    wanted = draft.team or next((one.team for one in found.candidates), "")
    if wanted not in {one.team for one in offered(found)}:
        raise TeamUnknown
    return directory.team(wanted)


def _choose(request: web.Request, draft: Draft, error: IntakeError | None = None) -> web.Response:
    try:
        found = _found(request, draft)
        board = request.app[SITE].board(language(request))
    except IntakeError as unusable:
        return _hold(request, draft, "2", unusable)
    options = offered(found)
    team = next((one for one in options if one.team == draft.team), None) or next(iter(found.candidates), None)
    broken = [board.directory.team(one.team).name for one in found.alternatives if one.reason == BREAKS_ONLY_CIVIL]
    cards = [board.card(board.directory.team(one.team), one.reason) for one in options]
    excluded = [carrier for carrier in board.directory.carriers if carrier.id in draft.not_carriers]
    return _show(
        request,
        2,
        draft,
        error,
        card=next((card for card in cards if team and card["id"] == team.team), None),
        cards=cards,
        excluded=excluded,
        broken=", ".join(broken),
    )


# --- step 3: the text


def _compose(request: web.Request, draft: Draft, error: IntakeError | None = None) -> web.Response:
    team = chosen_team(request, draft)
    board = request.app[SITE].board(language(request))
    catalogue = request.app[SITE].languages.catalogue(language(request))
    return _show(
        request,
        3,
        replace(draft, team=team.id),
        error,
        card=board.card(team),
        night=wording.night(catalogue.gettext)[team.night_duty],
    )


# --- steps 3 and 4 of a callback: when, and how


async def _when(request: web.Request, draft: Draft, error: IntakeError | None = None) -> web.Response:
    team = chosen_team(request, draft)
    board = request.app[SITE].board(language(request))
    visitors = [one.name for one in board.directory.teams if one.prison_visits]
    offered = await choices(request, team.id)
    return _show(
        request, 3, replace(draft, team=team.id), error, card=board.card(team), choices=offered, visitors=visitors
    )


def _rules(request: web.Request, draft: Draft, error: IntakeError | None = None) -> web.Response:
    team = chosen_team(request, draft)
    call = draft.call or CallDraft()
    agreed(request, call)  # number and times are right before it goes on
    if call.word is None:
        call = replace(call, word=generate()[0].capitalize())
    board = request.app[SITE].board(language(request))
    return _show(request, 4, replace(draft, team=team.id, call=call), error, card=board.card(team))


async def _send(request: web.Request, draft: Draft) -> web.Response:
    agreement = None
    if draft.call is not None:
        agreement = agreed(request, draft.call)
        if not draft.text.strip():
            gettext = request.app[SITE].languages.catalogue(language(request)).gettext
            draft = replace(draft, text=wording.script_call(gettext)["call_text"])
    checked(draft.text)
    team = chosen_team(request, draft)
    sent = await request.app[SEALER].write(
        lang=language(request),
        wishes=draft.wishes(),
        team=team,
        text=draft.text,
        urgent=draft.urgent,
        form=draft.form,
        agreed=agreement,
    )
    catalogue = request.app[SITE].languages.catalogue(language(request))
    return _show(
        request,
        5,
        Draft(call=draft.call and CallDraft()),
        words=sent.words,
        answer_by=catalogue.day(sent.receipt.answer_by),
        erase_on=catalogue.day(sent.receipt.erase_on),
    )


# --- pages


def _show(
    request: web.Request, step: Literal[1, 2, 3, 4, 5], draft: Draft, error: IntakeError | None = None, **context: Any
) -> web.Response:
    code = language(request)
    places = context.pop("places", ())
    page = request.app[SITE].render(
        "no_js_write.html",
        code,
        draft.door,
        step=step,
        draft=draft,
        fault=fault_sentence(request, error) if error else "",
        places=places,
        unsure=unsure(places) if places else "",
        **context,
    )
    return html(page, error.status if error else 200)


def _hold(request: web.Request, draft: Draft, to: str, error: IntakeError) -> web.Response:
    """It does not work right now: the sentence, the text, and the same button once more."""
    code = language(request)
    to = to if to in ("1", "2", "3", "4", "send") else "2"
    page = request.app[SITE].render(
        "no_js_hold.html", code, draft.door, draft=draft, to=to, fault=fault_sentence(request, error)
    )
    response = html(page, error.status)
    if retry := error.details.get("retry_after"):
        response.headers["Retry-After"] = str(retry)
    return response
