"""What the bot says: sentences in the language of the talk, greetings, and the question that comes next. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bots import conversation_call as calling
from bots import conversation_texts as texts
from bots.conversation_model import (
    NOTICES_KEPT,
    Effect,
    Guide,
    Say,
    Step,
    Stepped,
    Talk,
    Unencrypted,
)
from bots.conversation_questions import QUESTIONS as FIRST
from bots.conversation_questions import place_of
from intake.web import wording

QUESTIONS = {**FIRST, **calling.CALLS}


def words(talk: Talk, what: str, **values: str) -> str:
    return texts.SAID[talk.language][what].format(**values)


def say(talk: Talk, what: str, **values: str) -> Say:
    return Say(words(talk, what, **values))


def notice(talk: Talk, key: str, what: str, guide: Guide) -> Stepped:
    """Said once for each ``key``: the same session or device tends to come back with every message."""
    if key in talk.notices:
        return talk, ()
    return replace(talk, notices=(*talk.notices, key)[-NOTICES_KEPT:]), (say(talk, what, web=guide.web),)


def greeting(talk: Talk, guide: Guide) -> Say:
    parts = (
        words(talk, "hello"),
        words(talk, talk.door, web=guide.web),
        texts.limits(talk.language),
        words(talk, "any_time"),
    )
    return Say("\n\n".join(parts))


def greeted(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return ask(replace(talk, step=Step.ROLE), now, guide, before=(greeting(talk, guide),))


def ask(talk: Talk, now: datetime, guide: Guide, before: tuple[Effect, ...] = ()) -> Stepped:
    """The question of this step, with its answers numbered anew."""
    if talk.step not in QUESTIONS:
        return talk, (*before, *at_text(talk, guide)) if talk.step is Step.TEXT else before
    place = place_of(guide, now)
    if place is None:
        return talk, (*before, say(talk, "no_directory"))
    text, options = QUESTIONS[talk.step].ask(talk, place)
    return replace(talk, options=options), (*before, Say(text))


def at_text(talk: Talk, guide: Guide) -> tuple[Effect, ...]:
    to = texts.catalogue(talk.language).gettext("An: {team}").format(team=_team_name(talk, guide))
    said = (say(talk, "write", to=to, night=night(talk, guide)),)
    return (*said, say(talk, "kept_ready")) if talk.pieces else said


def _team_name(talk: Talk, guide: Guide) -> str:
    teams = guide.directory.teams if guide.directory else ()
    return next((team.name for team in teams if team.id == talk.team), "")


def night(talk: Talk, guide: Guide) -> str:
    teams = guide.directory.teams if guide.directory else ()
    if not talk.team:
        return ""
    duty = any(team.night_duty for team in teams if team.id == talk.team)
    return wording.night(texts.catalogue(talk.language).gettext)[duty]


def unencrypted(talk: Talk, event: Unencrypted, guide: Guide) -> Say:
    """In all languages as long as nobody has said which."""
    what = "unencrypted" if event.room else "unencrypted_message"
    languages = texts.LANGUAGES if talk.step is Step.NEW else (talk.language,)
    return Say("\n\n".join(texts.SAID[language][what].format(web=guide.web) for language in languages))
