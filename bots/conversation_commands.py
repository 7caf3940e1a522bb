"""What may be said at any time instead of an answer: stop, send, help, erase, call, back and all others. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bots import conversation_call as calling
from bots import conversation_texts as texts
from bots.conversation_model import (
    Add,
    Agree,
    Aside,
    CallOff,
    Forget,
    Guide,
    Leave,
    Openings,
    Send,
    Step,
    Stepped,
    TakeBack,
    Talk,
)
from bots.conversation_questions import QUESTIONS as FIRST
from bots.conversation_speech import QUESTIONS, ask, at_text, greeting, night, say
from intake.web import wording

PIECE_GAP = "\n\n"


def _asking(talk: Talk) -> bool:
    return talk.step in QUESTIONS or talk.step is Step.TEXT


def at_mailbox(talk: Talk) -> bool:
    """In a mailbox, or at a question about a call from there."""
    return (talk.call.home if talk.call is not None and talk.step in calling.CALLS else talk.step) is Step.MAILBOX


def fresh(talk: Talk, at: Step, *, bound: bool) -> Talk:
    """The dialogue from its beginning; language and what was noticed stay."""
    return Talk(talk.language, talk.door, at, bound=bound, heard=talk.heard, notices=talk.notices)


def leave(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return fresh(talk, Step.NEW, bound=False), (Leave(),)


def _stop(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.outgoing:
        return talk, (say(talk, "under_way"),)
    said = (say(talk, "stopped"),)
    if talk.bound:
        return fresh(talk, Step.MAILBOX, bound=True), (*said, say(talk, "stopped_mailbox"))
    return fresh(talk, Step.NEW, bound=False), said


def _send(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.outgoing:
        return talk, (say(talk, "under_way"),)
    if talk.step in QUESTIONS:
        what = "call_first" if talk.step in calling.CALLS else "send_later"
        return ask(talk, now, guide, before=(say(talk, what),))
    if not talk.pieces and talk.call is None:
        return talk, (say(talk, "empty"),)
    text = PIECE_GAP.join(piece.text for piece in talk.pieces)
    sending = replace(talk, outgoing=talk.pieces, pieces=(), warned=False)
    if talk.step is Step.MAILBOX:
        agreed = () if talk.call is None else (Agree(talk.language, talk.call),)
        return sending, (*((Add(text),) if text else ()), *agreed)
    text = text or wording.script_call(texts.catalogue(talk.language).gettext)["call_text"]
    send = Send(talk.language, talk.wishes(), talk.team, text, talk.urgent, talk.call)
    return sending, (say(talk, "seal"), send)


def _call(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.outgoing:
        return talk, (say(talk, "under_way"),)
    if talk.step in calling.CALLS:
        return ask(talk, now, guide)
    if talk.step in QUESTIONS:
        return ask(replace(talk, wants_call=True), now, guide, before=(say(talk, "call_later"),))
    return begin_call(talk)


def _no_call(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.call is not None or talk.wants_call:
        return ask(without_call(talk), now, guide, before=(say(talk, "call_off"),))
    if talk.step is Step.MAILBOX and not talk.outgoing:
        return talk, (CallOff(),)
    return ask(talk, now, guide, before=(say(talk, "call_none"),))


def without_call(talk: Talk) -> Talk:
    """Back where the questions about it began."""
    step = talk.call.home if talk.call is not None and talk.step in calling.CALLS else talk.step
    return replace(talk, step=step, call=None, wants_call=False)


def begin_call(talk: Talk) -> Stepped:
    """The desk knows when that team can call; the questions follow (``_free``)."""
    talk = replace(talk, wants_call=False)
    return talk, (Openings("" if talk.step is Step.MAILBOX else talk.team),)


def _help(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return ask(talk, now, guide, before=(say(talk, "help"),))


def _erase(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return replace(talk, aside=Aside.ERASE), (say(talk, "erase"),)


def _human(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    said = (say(talk, "human"),)
    if talk.step not in FIRST or talk.step in (Step.TEAM, Step.OTHERS):
        return talk, said
    skipped = replace(talk, role=talk.role or wording.DEFAULT_ROLE, step=Step.TEAM)
    return ask(skipped, now, guide, before=(*said, say(talk, "human_skip")))


def _language(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return talk, (say(talk, "language"),)


def speak(language: str) -> Callable[[Talk, datetime, Guide], Stepped]:
    def switch(talk: Talk, now: datetime, guide: Guide) -> Stepped:
        talk = replace(talk, language=language)
        if talk.step is Step.ROLE and not talk.pieces:  # nothing was answered yet: the honest words once more
            return ask(talk, now, guide, before=(greeting(talk, guide),))
        return ask(talk, now, guide, before=(say(talk, "now_speaking"),))

    return switch


def _ask_code(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return replace(talk, aside=Aside.CODE), (say(talk, "code"),)


def _urgency(*, urgent: bool) -> Callable[[Talk, datetime, Guide], Stepped]:
    def mark(talk: Talk, now: datetime, guide: Guide) -> Stepped:
        if at_mailbox(talk) or talk.outgoing:
            return talk, (say(talk, "urgent_sent"),)
        talk = replace(talk, urgent=urgent)
        said = say(talk, "urgent", night=night(talk, guide)) if urgent else say(talk, "not_urgent")
        return ask(talk, now, guide, before=(said,)) if talk.step in QUESTIONS else (talk, (said,))

    return mark


def _noted(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return talk, (TakeBack(), say(talk, "noted"))


def _web_only(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if not talk.bound:
        return talk, (say(talk, "no_mailbox"),)
    if at_mailbox(talk) and (talk.pieces or talk.outgoing or talk.call):
        return talk, (say(talk, "near_send"),)  # the draft is for this mailbox; without its key it could not go there
    talk = replace(talk, bound=False, step=talk.step if _asking(talk) else Step.NEW)
    return talk, (Forget(), say(talk, "web_only", web=guide.web))


def _back(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.outgoing or not _asking(talk):
        return talk, ()
    if talk.step is Step.CALL_NUMBER:
        return _no_call(talk, now, guide)
    if talk.step is Step.TEXT:  # the times of a call are this team's
        again = talk.wants_call or talk.call is not None
        return ask(replace(talk, step=Step.TEAM, options=(), call=None, wants_call=again), now, guide)
    before = QUESTIONS[talk.step].back
    if talk.call is not None and before is Step.CALL_DAY:
        talk = replace(talk, call=replace(talk.call, windows=()))
    return ask(replace(talk, step=before, options=()), now, guide)


def _new(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    """From the first question; what was written stays with it."""
    if talk.outgoing:
        return talk, (say(talk, "under_way"),)
    off = (say(talk, "call_off"),) if talk.call else ()
    again = replace(fresh(talk, Step.ROLE, bound=talk.bound), pieces=talk.pieces, warned=talk.warned)
    return ask(again, now, guide, before=off)


def _trial(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    """For `erstkontakt canary`: the one way to the test team, where nobody reads, and which says so.

    Nobody's text goes there, or is lost on the way: who has written something is no watchdog.
    """
    tests = [team.id for team in guide.directory.teams if team.test] if guide.directory else []
    if not tests or talk.outgoing or talk.pieces:
        return talk, (say(talk, "not_understood"),)
    trial = Talk(talk.language, talk.door, Step.TEXT, role=wording.DEFAULT_ROLE, team=tests[0], heard=talk.heard)
    return replace(trial, bound=talk.bound), (say(talk, "trial"), *at_text(trial, guide))


DO: dict[str, Callable[[Talk, datetime, Guide], Stepped]] = {
    "leave": leave,
    "stop": _stop,
    "send": _send,
    "help": _help,
    "erase": _erase,
    "human": _human,
    "language": _language,
    "de": speak("de"),
    "en": speak("en"),
    "code": _ask_code,
    "urgent": _urgency(urgent=True),
    "call": _call,
    "no_call": _no_call,
    "calm": _urgency(urgent=False),
    "noted": _noted,
    "web_only": _web_only,
    "back": _back,
    "new": _new,
    "trial": _trial,
}
