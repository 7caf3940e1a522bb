"""The dialogue of the telephone door. Pure: ``step(talk, event, now, guide)``; the three adapters share it.

    language -> honest words, place -> who will read it -> [talk now] -> which number -> when -> four digits -> urgent?
             -> sealed, stored -> [the eight words] -> goodbye

Keys may be pressed while something is still being said. Whoever is not understood three times in a row gets a friendly
way out: when people are there, and TelefonSeelsorge. Nothing leaves this memory before the last answer, so hanging up
at any moment leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bots.hotline import phrases
from bots.hotline.line import Keys
from bots.hotline.model import (
    CODE_DIGITS,
    LONGEST_NUMBER,
    MISSES,
    MOST_SLOTS,
    MOST_TEAMS,
    SLOTS_AT_ONCE,
    Ask,
    Begun,
    Connect,
    Event,
    Guide,
    HangUp,
    Keyed,
    Looked,
    LookUp,
    NotConnected,
    Refused,
    Say,
    Seal,
    Silent,
    Slot,
    Step,
    Stepped,
    Stored,
    Talk,
)
from intake import phones
from intake.directory import Directory
from intake.errors import NumberRefused, PostcodeUnknown
from intake.web.wording import DEFAULT_ROLE
from intake.wishes import Wishes, offered, unsure

MENU = Keys()
PLACE = Keys(5, 10.0, "#*")
NUMBER = Keys(LONGEST_NUMBER, 10.0, "#*")
CODE = Keys(CODE_DIGITS, 10.0, "#*")
YES, NO, CIVIL, MORE, UNSURE, STAR = "1", "2", "3", "9", "0", "*"


def step(talk: Talk, event: Event, now: datetime, guide: Guide) -> Stepped:
    """The next memory, what to say and what to do. ``now`` is aware. Never raises for anything that is typed."""
    match event:
        case Begun():
            return _ask(replace(talk, caller=event.caller, step=Step.LANGUAGE), now, guide)
        case Keyed():
            return _keyed(talk, event.keys, now, guide)
        case Silent():
            return _missed(talk, now, guide, "nothing_heard")
        case Looked():
            talk = replace(talk, slots=tuple(event.slots), first_slot=0)
            fetch = event.somebody and not _watchdog(talk, guide)  # a watchdog wakes nobody
            return _go(talk, Step.CONNECT, now, guide) if fetch else _which_number(talk, now, guide)
        case NotConnected():
            return _which_number(talk, now, guide, "not_connected")
        case Stored():
            talk = replace(talk, words=event.words, misses=0)
            slot = phrases.window(talk.language, talk.slot, now) if talk.slot else ()
            before = (*_clips(talk, "stored"), *slot, *_clips(talk, "rules"))
            return _go(talk, Step.WORDS, now, guide, before)
        case Refused():
            return _over(talk, _clips(talk, "already"))
    return _over(talk, _clips(talk, "failed"))


# What is said -------------------------------------------------------------------------------------------------------


def _clips(talk: Talk, *names: str) -> tuple[str, ...]:
    return tuple(f"{talk.language}/{name}" for name in names)


def _go(talk: Talk, step_: Step, now: datetime, guide: Guide, before: tuple[str, ...] = ()) -> Stepped:
    return _ask(replace(talk, step=step_, misses=0), now, guide, before)


def _ask(talk: Talk, now: datetime, guide: Guide, before: tuple[str, ...] = ()) -> Stepped:
    """The question of this step. A directory that has changed or ended in between is looked at anew."""
    if talk.step is Step.TEAM and (guide.directory is None or not _known(talk.options[0], guide.directory)):
        return _found(talk, talk.kreis, now, guide)
    clips, keys = QUESTIONS[talk.step](talk, now, guide)
    return talk, (Ask((*before, *clips), keys),)


def _known(team: str, directory: Directory) -> bool:
    return any(one.id == team for one in directory.teams)


def _over(talk: Talk, clips: tuple[str, ...]) -> Stepped:
    talk = replace(talk, step=Step.OVER)
    return talk, (Say((*clips, *_clips(talk, "goodbye"))), HangUp())


def _missed(talk: Talk, now: datetime, guide: Guide, why: str) -> Stepped:
    """Not understood, or silence: asked again, and the third time led out kindly."""
    if talk.step in ENDS_IN_SILENCE:
        return _over(talk, ())
    if talk.misses + 1 >= MISSES and talk.step is Step.LANGUAGE and _watchdog(talk, guide):
        return _test_team(talk, now, guide)
    if talk.misses + 1 >= MISSES:
        return _over(talk, (*_clips(talk, "way_out"), *_hours(talk, guide), *phrases.seelsorge(talk.language)))
    return _ask(replace(talk, misses=talk.misses + 1), now, guide, _clips(talk, why))


def _watchdog(talk: Talk, guide: Guide) -> bool:
    return talk.caller is not None and talk.caller.e164 in guide.watchdogs


def _test_team(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    """The watchdog's door. Its three wrong keys lead anybody else kindly out, so it never ends up with a real team."""
    teams = tuple(team.id for team in guide.directory.teams if team.test) if guide.directory else ()
    if not teams:
        return _over(talk, ())
    return _go(replace(talk, options=teams[:1]), Step.TEAM, now, guide)


def _hours(talk: Talk, guide: Guide) -> tuple[str, ...]:
    """When people are there: of the team that was named, else of the desk for everybody."""
    named = talk.team or (talk.options[0] if talk.step is Step.TEAM else "")
    teams = guide.directory.teams if guide.directory else ()
    open_to_all = [team for team in teams if team.role == "first_contact_desk" and not team.test]
    found = [team for team in teams if team.id == named] or open_to_all
    return phrases.hours(talk.language, found[0]) if found else ()


def _language(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    return ("de/language", "en/language_other"), MENU


def _place(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    return _clips(talk, "place"), PLACE


def _kreis(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    named = [clip for n, kreis in enumerate(talk.options, 1) for clip in (f"kreis_{kreis}", f"press_{n}")]
    return _clips(talk, "kreis", *named, "kreis_unsure"), MENU


def _team(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    assert guide.directory is not None  # noqa: S101 - looked at before asking
    team = guide.directory.team(talk.options[0])
    carrier = guide.directory.carrier(team.carrier)
    names = ["team", f"team_{team.id}", f"kind_{carrier.kind}"]
    if carrier.legality_principle:
        names.append("must_investigate")
    names.append("team_yes")
    if len(talk.options) > 1:
        names.append("team_other")
    if carrier.kind != "civil":
        names.append("team_civil")
    return _clips(talk, *names), MENU


def _connect(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    return _clips(talk, "connect"), MENU


def _no_team(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    return _clips(talk, "no_team"), MENU


def _this_number(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    ending = phrases.digits(talk.caller.ending if talk.caller else "")
    return _clips(talk, "this_number", *ending, "this_number_keys"), MENU


def _number(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    return _clips(talk, "number"), NUMBER


def _number_right(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    read = phrases.digits(talk.number.spoken if talk.number else "")
    return _clips(talk, "read_back", *read, "right"), MENU


def _slot(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    clips = list(_clips(talk, "slots"))
    for n, slot in enumerate(_offered(talk), 1):
        clips += [*phrases.window(talk.language, slot, now), *_clips(talk, f"press_{n}")]
    if len(talk.slots) > SLOTS_AT_ONCE:
        clips += _clips(talk, "slots_more")
    return tuple(clips), MENU


def _code(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    return _clips(talk, "code"), CODE


def _code_right(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    return _clips(talk, "read_back", *phrases.digits(talk.code), "right"), MENU


def _urgent(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    return _clips(talk, "urgent"), MENU


def _words(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    return _clips(talk, "words"), MENU


def _words_again(talk: Talk, now: datetime, guide: Guide) -> tuple[tuple[str, ...], Keys]:
    twice = [clip for n, word in enumerate(talk.words, 1) for clip in (f"digit_{n}", f"word_{word}", f"word_{word}")]
    return _clips(talk, "words_are", *twice, "words_again"), MENU


Question = Callable[[Talk, datetime, Guide], tuple[tuple[str, ...], Keys]]
QUESTIONS: dict[Step, Question] = {
    Step.LANGUAGE: _language,
    Step.PLACE: _place,
    Step.KREIS: _kreis,
    Step.TEAM: _team,
    Step.NO_TEAM: _no_team,
    Step.CONNECT: _connect,
    Step.THIS_NUMBER: _this_number,
    Step.NUMBER: _number,
    Step.NUMBER_RIGHT: _number_right,
    Step.SLOT: _slot,
    Step.CODE: _code,
    Step.CODE_RIGHT: _code_right,
    Step.URGENT: _urgent,
    Step.WORDS: _words,
    Step.WORDS_AGAIN: _words_again,
}
ENDS_IN_SILENCE = frozenset({Step.WORDS, Step.WORDS_AGAIN})


# Something was typed ------------------------------------------------------------------------------------------------


def _keyed(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped:
    answer = ANSWERS.get(talk.step)
    if answer is None:  # nothing was asked: being looked up, connected, sealed, or over
        return talk, ()
    return answer(talk, keys, now, guide) or _missed(talk, now, guide, "not_understood")


Answer = Callable[[Talk, str, datetime, Guide], Stepped | None]


def _chose_language(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    language = {YES: "de", NO: "en"}.get(keys)
    if language is None:
        return None
    talk = replace(talk, language=language)
    if guide.directory is None or guide.regions is None:
        return _over(talk, (*_clips(talk, "no_directory"), *phrases.seelsorge(language)))
    mark = ("demonstration",) if guide.directory.network.demonstration else ()
    return _go(talk, Step.PLACE, now, guide, _clips(talk, *mark, "honest"))


def _typed_place(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    if keys.endswith(STAR) or not keys:
        return _found(talk, None, now, guide)
    try:
        kreise = guide.regions.find(keys) if guide.regions else ()
    except PostcodeUnknown:
        return _missed(talk, now, guide, "place_unknown")
    if len(kreise) == 1:
        return _found(talk, kreise[0], now, guide)
    return _go(replace(talk, options=kreise), Step.KREIS, now, guide)


def _chose_kreis(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    if keys == UNSURE:
        return _found(talk, unsure([(kreis, "") for kreis in talk.options]) or None, now, guide)
    kreis = dict(zip("123456789", talk.options, strict=False)).get(keys)
    return None if kreis is None else _found(talk, kreis, now, guide)


def wishes(talk: Talk) -> Wishes:
    """The question for the routing table; the widest door, since nobody is asked who they are."""
    return Wishes(DEFAULT_ROLE, (), talk.kreis, talk.only_civil)


def _found(talk: Talk, kreis: str | None, now: datetime, guide: Guide) -> Stepped:
    """Who is responsible."""
    talk = replace(talk, kreis=kreis, options=())
    directory = guide.directory
    if directory is None:
        return _over(talk, (*_clips(talk, "no_directory"), *phrases.seelsorge(talk.language)))
    teams = _teams(talk, directory, now)
    if not teams:
        return _go(talk, Step.NO_TEAM, now, guide)
    return _go(replace(talk, options=teams), Step.TEAM, now, guide)


def _teams(talk: Talk, directory: Directory, now: datetime) -> tuple[str, ...]:
    found = wishes(talk).found(directory, now.date())
    return tuple(dict.fromkeys(one.team for one in offered(found)))[:MOST_TEAMS]


def _chose_team(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    match keys:
        case "1":
            talk = replace(talk, team=talk.options[0], step=Step.LOOKING, misses=0)
            return talk, (LookUp(talk.team),)
        case "2" if len(talk.options) > 1:
            return _go(replace(talk, options=(*talk.options[1:], talk.options[0])), Step.TEAM, now, guide)
        case "3":
            return _found(replace(talk, only_civil=True), talk.kreis, now, guide)
    return None


def _no_team_after_all(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    if keys == YES and talk.only_civil:
        return _found(replace(talk, only_civil=False), talk.kreis, now, guide)
    return _over(talk, phrases.seelsorge(talk.language))


def _connect_or_not(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    if keys == YES:
        talk = replace(talk, step=Step.CONNECTING)
        return talk, (Say(_clips(talk, "connecting")), Connect(talk.team))
    return _which_number(talk, now, guide) if keys == NO else None


def _which_number(talk: Talk, now: datetime, guide: Guide, *before: str) -> Stepped:
    if not talk.slots:
        ways = (*_clips(talk, *before, "no_slots"), *_hours(talk, guide), *phrases.seelsorge(talk.language))
        return _over(talk, ways)
    if talk.caller is None:
        return _go(talk, Step.NUMBER, now, guide, _clips(talk, *before, "hidden"))
    return _go(talk, Step.THIS_NUMBER, now, guide, _clips(talk, *before))


def _this_or_another(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    match keys:
        case "1":
            return _go(replace(talk, number=talk.caller), Step.SLOT, now, guide)
        case "2":
            return _go(talk, Step.NUMBER, now, guide)
    return None


def _typed_number(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    if keys.endswith(STAR):
        return _ask(talk, now, guide)
    try:
        number = phones.parse(keys, own=guide.own)
    except NumberRefused as refused:
        return _missed(talk, now, guide, f"refused_{refused.why}")
    # Misses go on counting: whoever says "no" to what was understood is not understood either.
    return _ask(replace(talk, number=number, step=Step.NUMBER_RIGHT), now, guide)


def _number_is_right(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    match keys:
        case "1":
            return _go(talk, Step.SLOT, now, guide)
        case "2":
            return _ask(replace(talk, number=None, step=Step.NUMBER), now, guide)
    return None


def _offered(talk: Talk) -> tuple[Slot, ...]:
    return talk.slots[talk.first_slot : talk.first_slot + SLOTS_AT_ONCE]


def _chose_slot(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    slots = talk.slots[:MOST_SLOTS]
    if keys == MORE and len(slots) > SLOTS_AT_ONCE:
        after = talk.first_slot + SLOTS_AT_ONCE
        return _go(replace(talk, first_slot=after if after < len(slots) else 0), Step.SLOT, now, guide)
    chosen = dict(zip("123", _offered(talk), strict=False)).get(keys)
    return None if chosen is None else _go(replace(talk, slot=chosen), Step.CODE, now, guide)


def _typed_code(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    if keys.endswith(STAR):
        return _ask(talk, now, guide)
    if len(keys) != CODE_DIGITS:
        return None
    return _go(replace(talk, code=keys), Step.CODE_RIGHT, now, guide)


def _code_is_right(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    match keys:
        case "1":
            return _go(talk, Step.URGENT, now, guide)
        case "2":
            return _go(replace(talk, code=""), Step.CODE, now, guide)
    return None


def _urgent_or_not(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    if keys not in (YES, NO) or talk.number is None or talk.slot is None:
        return None
    seal = Seal(talk.language, wishes(talk), talk.team, talk.number, talk.slot, talk.code, keys == YES)
    return replace(talk, step=Step.SEALING), (seal,)


def _words_or_not(talk: Talk, keys: str, now: datetime, guide: Guide) -> Stepped | None:
    return _go(talk, Step.WORDS_AGAIN, now, guide) if keys == YES else _over(talk, ())


ANSWERS: dict[Step, Answer] = {
    Step.LANGUAGE: _chose_language,
    Step.PLACE: _typed_place,
    Step.KREIS: _chose_kreis,
    Step.TEAM: _chose_team,
    Step.NO_TEAM: _no_team_after_all,
    Step.CONNECT: _connect_or_not,
    Step.THIS_NUMBER: _this_or_another,
    Step.NUMBER: _typed_number,
    Step.NUMBER_RIGHT: _number_is_right,
    Step.SLOT: _chose_slot,
    Step.CODE: _typed_code,
    Step.CODE_RIGHT: _code_is_right,
    Step.URGENT: _urgent_or_not,
    Step.WORDS: _words_or_not,
    Step.WORDS_AGAIN: _words_or_not,
}
