"""The first-contact dialogue of the messenger and of `erstkontakt chat`. Pure: ``step(talk, event, now, guide)``.

    honest words, limits -> who, what, where -> who will read it -> the text, in many messages -> „fertig“ -> the code

Nothing but the single word „fertig“ (or “done”) sends, and only when the person has seen who will read it. Nothing that
was written is dropped without a word. Commands work at any time (``COMMANDS``); the questions are the table in
conversation_questions.py; what a message means is in conversation_words.py; every sentence in conversation_texts.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bots import conversation_call as calling
from bots import conversation_texts as texts
from bots import conversation_words as spoken
from bots.conversation_model import (
    ERASE_AFTER,
    LARGEST_FILE,
    MOST_CHARACTERS,
    NOTICES_KEPT,
    Add,
    Added,
    Agree,
    Agreed,
    Answer,
    Arrived,
    Aside,
    Attach,
    Attached,
    Bind,
    Bound,
    Call,
    CalledOff,
    CallOff,
    Effect,
    Erase,
    Erased,
    Event,
    Failed,
    File,
    Flooded,
    Forget,
    Free,
    Gone,
    Guide,
    Leave,
    Missed,
    NewDevice,
    NotBound,
    NotFree,
    NotGenuine,
    NotPassed,
    Openings,
    Passed,
    Piece,
    Quiet,
    Restarted,
    Said,
    Say,
    Send,
    Sent,
    Step,
    Stepped,
    TakeBack,
    TakenBack,
    Talk,
    Undecryptable,
    Unencrypted,
    Waited,
    due,
)
from bots.conversation_questions import QUESTIONS as FIRST
from bots.conversation_questions import place_of
from bots.danger import sounds_dangerous
from crypto.errors import ReturnCodeUnclear
from crypto.return_code import COUNT, parse
from intake.errors import NoMailbox, TeamUnknown
from intake.web import wording

PIECE_GAP = "\n\n"
QUESTIONS = {**FIRST, **calling.CALLS}


def step(talk: Talk, event: Event, now: datetime, guide: Guide) -> Stepped:
    """The next memory, what to say and what to do. ``now`` is aware. Never raises for anything that people write."""
    match event:
        case Said():
            return _said(replace(talk, heard=now, reminded=None), event, now, guide)
        case Arrived():
            return _greeted(talk, now, guide) if talk.step is Step.NEW else (talk, ())
        case Waited():
            return _waited(talk, now, guide)
        case Quiet():
            if talk.bound or talk.step is not Step.NEW or talk.pieces:
                return talk, ()
            return _fresh(talk, Step.NEW, bound=False), (Leave(_words(talk, "quiet")),)
        case Sent():
            return _sent(talk, event, guide)
        case Added():
            outgoing, files = _ids(talk.outgoing), _files(talk.outgoing)
            attached = tuple(Attach(file) for file in files)
            return replace(talk, outgoing=(), sent=outgoing, attaching=files), (_say(talk, "more_sent"), *attached)
        case Passed() | NotPassed():
            talk = replace(talk, attaching=tuple(file for file in talk.attaching if file is not event.file))
            return talk, _passed(talk, event)
        case Failed():
            talk = replace(talk, pieces=talk.outgoing + talk.pieces, outgoing=())
            said = Say(event.error.sentence(talk.language))
            if isinstance(event.error, TeamUnknown) and talk.step is Step.TEXT:  # look anew who would read
                again = talk.wants_call or talk.call is not None  # its times were this team's
                talk = replace(talk, step=Step.TEAM, team="", call=None, wants_call=again)
                return _ask(talk, now, guide, before=(said,))
            if isinstance(event.error, NoMailbox) and talk.bound:
                return _gone(talk, now, guide)
            return talk, (said,)
        case Bound():
            ready = (_say(talk, "kept_ready"),) if talk.pieces else ()
            off = (_say(talk, "call_off"),) if talk.call else ()
            talk = replace(talk, bound=True, step=Step.MAILBOX, options=(), call=None, wants_call=False)
            return talk, (_say(talk, "bound", team=event.team), *off, *ready, _say(talk, "mailbox"))
        case NotBound():
            return replace(talk, aside=Aside.CODE), (_say(talk, "code_wrong", words=" ".join(event.words)),)
        case Erased():
            return _fresh(talk, Step.NEW, bound=False), (Leave(_words(talk, "erased")),)
        case Free():
            return _free(talk, event, now, guide)
        case NotFree():
            return _ask(talk, now, guide, before=(Say(event.error.sentence(talk.language)),))
        case Agreed():
            return replace(talk, call=None), (_say(talk, "call_agreed"),)
        case CalledOff():
            if event.was:
                return talk, (Say(wording.call_states(texts.catalogue(talk.language).gettext)["withdrawn"]),)
            return talk, (_say(talk, "call_none"),)
        case Answer():
            return talk, (_say(talk, "from_team", team=event.team, text=event.text),)
        case NotGenuine():
            return talk, (Say(wording.faults(texts.catalogue(talk.language).gettext)["signature_forged"]),)
        case Attached():
            return _attached(replace(talk, heard=now, reminded=None), event, now, guide)
        case TakenBack():
            kept = tuple(piece for piece in talk.pieces if piece.id != event.id)
            removed = (_say(talk, "removed"),) if len(kept) < len(talk.pieces) else ()
            return replace(talk, pieces=kept), removed
        case Undecryptable():
            return _notice(talk, f"session {event.session}", "undecryptable", guide)
        case NewDevice():
            return _notice(talk, f"device {event.device}", "new_device", guide)
        case Restarted():
            return _fresh(talk, Step.MAILBOX if talk.bound else Step.NEW, bound=talk.bound), (_say(talk, "restarted"),)
        case Missed():
            return talk, (_say(talk, "missed"),)
        case Flooded():
            return talk, (_say(talk, "flooded"),)
        case Gone():
            return _gone(talk, now, guide)
    return talk, (_unencrypted(talk, event, guide),)


# What is said -------------------------------------------------------------------------------------------------------


def _words(talk: Talk, what: str, **values: str) -> str:
    return texts.SAID[talk.language][what].format(**values)


def _say(talk: Talk, what: str, **values: str) -> Say:
    return Say(_words(talk, what, **values))


def _notice(talk: Talk, key: str, what: str, guide: Guide) -> Stepped:
    """Said once for each ``key``: the same session or device tends to come back with every message."""
    if key in talk.notices:
        return talk, ()
    return replace(talk, notices=(*talk.notices, key)[-NOTICES_KEPT:]), (_say(talk, what, web=guide.web),)


def _greeting(talk: Talk, guide: Guide) -> Say:
    parts = (
        _words(talk, "hello"),
        _words(talk, talk.door, web=guide.web),
        texts.limits(talk.language),
        _words(talk, "any_time"),
    )
    return Say("\n\n".join(parts))


def _greeted(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return _ask(replace(talk, step=Step.ROLE), now, guide, before=(_greeting(talk, guide),))


def _ask(talk: Talk, now: datetime, guide: Guide, before: tuple[Effect, ...] = ()) -> Stepped:
    """The question of this step, with its answers numbered anew."""
    if talk.step not in QUESTIONS:
        return talk, (*before, *_at_text(talk, guide)) if talk.step is Step.TEXT else before
    place = place_of(guide, now)
    if place is None:
        return talk, (*before, _say(talk, "no_directory"))
    text, options = QUESTIONS[talk.step].ask(talk, place)
    return replace(talk, options=options), (*before, Say(text))


def _at_text(talk: Talk, guide: Guide) -> tuple[Effect, ...]:
    to = texts.catalogue(talk.language).gettext("An: {team}").format(team=_team_name(talk, guide))
    said = (_say(talk, "write", to=to, night=_night(talk, guide)),)
    return (*said, _say(talk, "kept_ready")) if talk.pieces else said


def _team_name(talk: Talk, guide: Guide) -> str:
    teams = guide.directory.teams if guide.directory else ()
    return next((team.name for team in teams if team.id == talk.team), "")


def _night(talk: Talk, guide: Guide) -> str:
    teams = guide.directory.teams if guide.directory else ()
    if not talk.team:
        return ""
    duty = any(team.night_duty for team in teams if team.id == talk.team)
    return wording.night(texts.catalogue(talk.language).gettext)[duty]


def _unencrypted(talk: Talk, event: Unencrypted, guide: Guide) -> Say:
    """In all languages as long as nobody has said which."""
    what = "unencrypted" if event.room else "unencrypted_message"
    languages = texts.LANGUAGES if talk.step is Step.NEW else (talk.language,)
    return Say("\n\n".join(texts.SAID[language][what].format(web=guide.web) for language in languages))


# Something was written ----------------------------------------------------------------------------------------------


def _said(talk: Talk, said: Said, now: datetime, guide: Guide) -> Stepped:
    text = spoken.own(said.text, reply=said.reply)
    meant = spoken.words(text)
    before: tuple[Effect, ...] = ()
    if sounds_dangerous(text) and not talk.warned:
        talk, before = replace(talk, warned=True), (_say(talk, "danger"),)
    if not text:
        return talk, before
    if said.id and said.id in (*talk.sent, *_ids(talk.outgoing + talk.pieces)):
        return talk, ()  # delivered twice
    if said.edits is not None:
        talk, after = _edited(talk, said.edits, text)
        return talk, before + after
    name = spoken.command(meant)
    if name == "leave":
        return _leave(talk, now, guide)
    if talk.step is Step.NEW:
        # The honest words come before anything that was written is answered.
        talk = replace(talk, step=Step.ROLE, language=_first_language(talk, meant, name))
        before = (*before, _greeting(talk, guide))
        if name in texts.LANGUAGES or (not name and not _code(meant, text) and not spoken.is_text(text, meant)):
            return _ask(talk, now, guide, before)
    talk, after = _heard(talk, Piece(said.id, text), meant, name, now, guide)
    return talk, before + after


def _first_language(talk: Talk, meant: tuple[str, ...], name: str) -> str:
    return name if name in texts.LANGUAGES else spoken.language(meant, talk.language)


def _heard(talk: Talk, piece: Piece, meant: tuple[str, ...], name: str, now: datetime, guide: Guide) -> Stepped:
    before: tuple[Effect, ...] = ()
    if talk.aside is Aside.ERASE:
        talk = replace(talk, aside=Aside.NONE)
        if " ".join(meant) in spoken.YES:
            return talk, (Erase(),)
        before = (_say(talk, "not_erased"),)
    elif words := _code(meant, piece.text):
        return replace(talk, aside=Aside.NONE), (Bind(words),)
    elif talk.aside is Aside.CODE:
        if not name and len(meant) <= 2 * COUNT:
            return talk, (_unclear(talk, piece.text),)
        talk = replace(talk, aside=Aside.NONE)  # a command, or plainly no code but something to tell
        if name == "back":
            return _ask(talk, now, guide)
    if name:
        talk, after = DO[name](talk, now, guide)
    elif talk.step in QUESTIONS:
        talk, after = _answered(talk, piece, meant, now, guide)
    else:
        talk, after = _collected(talk, piece, meant)
    return talk, before + after


def _code(meant: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The eight words if this message is a return code, with or without the word "code" before it.

    Also unasked: eight words of the list are a code and not a letter, and must never go to anybody.
    """
    try:
        return parse(text if meant[:1] != ("code",) else " ".join(meant[1:]))
    except ReturnCodeUnclear:
        return ()


def _unclear(talk: Talk, text: str) -> Say:
    """What is wrong with a code that was asked for, word by word."""
    say = texts.web(talk.language)
    lines: list[str] = []
    try:
        parse(text)
    except ReturnCodeUnclear as unclear:
        for problem in unclear.problems[:4]:
            what = "word_meant" if problem.suggestions else "word_unknown"
            lines.append(" ".join((say[what].format(word=problem.given), ", ".join(problem.suggestions))).strip())
        lines = lines or [_words(talk, "code_count", count=str(unclear.count))]
    return Say("\n".join([*lines, _words(talk, "code")]))


def _answered(talk: Talk, piece: Piece, meant: tuple[str, ...], now: datetime, guide: Guide) -> Stepped:
    """An answer to the question of this step; or part of the text, told too early and kept; or not understood."""
    place = place_of(guide, now)
    if place is None:
        talk, kept = _kept(talk, piece) if spoken.is_text(piece.text, meant) else (talk, ())
        return talk, (*kept, _say(talk, "no_directory"))
    taken = QUESTIONS[talk.step].take(talk, piece.text, place)
    if isinstance(taken, Talk):
        return _taken(talk, taken, now, guide)
    if talk.step in calling.CALLS:  # a number or a time that is not right is no part of a letter
        said = Say(taken) if isinstance(taken, str) else _say(talk, "not_understood")
        return (talk, (said,)) if isinstance(taken, str) else _ask(talk, now, guide, before=(said,))
    if spoken.is_text(piece.text, meant):
        talk, kept = _kept(talk, piece)
        return _ask(talk, now, guide, before=kept)
    if talk.step is Step.ROLE and spoken.greets(meant):  # said before our own greeting was read
        language = spoken.language(meant, talk.language)
        return _speak(language)(talk, now, guide) if language != talk.language else _ask(talk, now, guide)
    if isinstance(taken, str):
        return talk, (Say(taken),)
    return _ask(talk, now, guide, before=(_say(talk, "not_understood"),))


def _taken(before: Talk, talk: Talk, now: datetime, guide: Guide) -> Stepped:
    """On to the next question, and from the last one to what it was for."""
    if before.step in calling.CALLS and talk.call is not None and talk.call.ready:
        return _ask(talk, now, guide, before=(Say(calling.ready(talk)),))
    if talk.step is Step.TEXT and talk.wants_call:
        return _begin_call(talk)
    return _ask(talk, now, guide)


def _begin_call(talk: Talk) -> Stepped:
    """The desk knows when that team can call; the questions follow (``_free``)."""
    talk = replace(talk, wants_call=False)
    return talk, (Openings("" if talk.step is Step.MAILBOX else talk.team),)


def _free(talk: Talk, free: Free, now: datetime, guide: Guide) -> Stepped:
    if not free.windows:
        talk = replace(talk, call=None)
        _ = texts.catalogue(talk.language).gettext
        return _ask(talk, now, guide, before=(Say(wording.script_call(_)["call_no_times"]),))
    call = Call(home=talk.step, free=free.windows, word=free.word)
    instead = (_say(talk, "call_instead"),) if free.planned else ()
    asking = replace(talk, step=Step.CALL_NUMBER, call=call)
    return _ask(asking, now, guide, before=(Say(calling.warnings(talk)), *instead))


def _kept(talk: Talk, piece: Piece) -> Stepped:
    if not _fits(talk, piece):
        return talk, (_say(talk, "full"),)
    return replace(talk, pieces=(*talk.pieces, piece)), (_say(talk, "kept"),)


def _collected(talk: Talk, piece: Piece, meant: tuple[str, ...]) -> Stepped:
    if not _fits(talk, piece):
        return talk, (_say(talk, "full"),)
    if spoken.almost_send(meant):
        if len(meant) > 1:  # „ich bin fertig“ is also something one may want to tell
            talk = replace(talk, pieces=(*talk.pieces, piece))
        return talk, (_say(talk, "near_send"),)
    first = not talk.pieces
    return replace(talk, pieces=(*talk.pieces, piece)), (_say(talk, "collected"),) if first else ()


def _fits(talk: Talk, piece: Piece, instead: str | None = None) -> bool:
    return sum(len(one.text) + len(PIECE_GAP) for one in talk.pieces if one.id != instead) + len(piece.text) <= (
        MOST_CHARACTERS
    )


def _attached(talk: Talk, attached: Attached, now: datetime, guide: Guide) -> Stepped:
    """A picture or a voice message becomes part of the draft, wherever the dialogue stands."""
    file = attached.file
    if file is None or file.size > LARGEST_FILE:
        return talk, (_say(talk, "attached" if file is None else "too_large"),)
    if attached.id in (*talk.sent, *_ids(talk.outgoing + talk.pieces)):
        return talk, ()  # delivered twice
    before: tuple[Effect, ...] = ()
    if talk.step is Step.NEW:
        talk, before = replace(talk, step=Step.ROLE), (_greeting(talk, guide),)
    piece = Piece(attached.id, texts.attachment(talk.language, file.kind, file.name, file.size), file)
    if talk.step in QUESTIONS:
        talk, kept = _kept(talk, piece)
        return _ask(talk, now, guide, before=(*before, *kept))
    if not _fits(talk, piece):
        return talk, (_say(talk, "full"),)
    return replace(talk, pieces=(*talk.pieces, piece)), (*before, _say(talk, "file_collected"))


def _passed(talk: Talk, event: Passed | NotPassed) -> tuple[Effect, ...]:
    """Failures are named one by one; that all is there is said once, after the last."""
    if isinstance(event, NotPassed):
        return (_say(talk, "not_passed", name=event.file.name),)
    return () if talk.attaching else (_say(talk, "all_passed"),)


def _ids(pieces: tuple[Piece, ...]) -> tuple[str, ...]:
    return tuple(piece.id for piece in pieces)


def _files(pieces: tuple[Piece, ...]) -> tuple[File, ...]:
    return tuple(piece.file for piece in pieces if piece.file is not None)


def _edited(talk: Talk, id: str, text: str) -> Stepped:
    """An edit changes the draft and does nothing else: it is never a command, and never an answer."""
    piece = Piece(id, text)
    if id in (one.id for one in talk.pieces):
        if not _fits(talk, piece, instead=id):
            return talk, (_say(talk, "full"),)
        return replace(talk, pieces=tuple(piece if one.id == id else one for one in talk.pieces)), (
            _say(talk, "changed"),
        )
    late = id in talk.sent or id in (one.id for one in talk.outgoing)
    return talk, (_say(talk, "change_late" if late else "change_unknown"),)


# Commands -----------------------------------------------------------------------------------------------------------


def _asking(talk: Talk) -> bool:
    return talk.step in QUESTIONS or talk.step is Step.TEXT


def _at_mailbox(talk: Talk) -> bool:
    """In a mailbox, or at a question about a call from there."""
    return (talk.call.home if talk.call is not None and talk.step in calling.CALLS else talk.step) is Step.MAILBOX


def _fresh(talk: Talk, at: Step, *, bound: bool) -> Talk:
    """The dialogue from its beginning; language and what was noticed stay."""
    return Talk(talk.language, talk.door, at, bound=bound, heard=talk.heard, notices=talk.notices)


def _leave(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return _fresh(talk, Step.NEW, bound=False), (Leave(),)


def _stop(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.outgoing:
        return talk, (_say(talk, "under_way"),)
    said = (_say(talk, "stopped"),)
    if talk.bound:
        return _fresh(talk, Step.MAILBOX, bound=True), (*said, _say(talk, "stopped_mailbox"))
    return _fresh(talk, Step.NEW, bound=False), said


def _send(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.outgoing:
        return talk, (_say(talk, "under_way"),)
    if talk.step in QUESTIONS:
        what = "call_first" if talk.step in calling.CALLS else "send_later"
        return _ask(talk, now, guide, before=(_say(talk, what),))
    if not talk.pieces and talk.call is None:
        return talk, (_say(talk, "empty"),)
    text = PIECE_GAP.join(piece.text for piece in talk.pieces)
    sending = replace(talk, outgoing=talk.pieces, pieces=(), warned=False)
    if talk.step is Step.MAILBOX:
        agreed = () if talk.call is None else (Agree(talk.language, talk.call),)
        return sending, (*((Add(text),) if text else ()), *agreed)
    text = text or wording.script_call(texts.catalogue(talk.language).gettext)["call_text"]
    send = Send(talk.language, talk.wishes(), talk.team, text, talk.urgent, talk.call)
    return sending, (_say(talk, "seal"), send)


def _call(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.outgoing:
        return talk, (_say(talk, "under_way"),)
    if talk.step in calling.CALLS:
        return _ask(talk, now, guide)
    if talk.step in QUESTIONS:
        return _ask(replace(talk, wants_call=True), now, guide, before=(_say(talk, "call_later"),))
    return _begin_call(talk)


def _no_call(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.call is not None or talk.wants_call:
        return _ask(_without_call(talk), now, guide, before=(_say(talk, "call_off"),))
    if talk.step is Step.MAILBOX and not talk.outgoing:
        return talk, (CallOff(),)
    return _ask(talk, now, guide, before=(_say(talk, "call_none"),))


def _without_call(talk: Talk) -> Talk:
    """Back where the questions about it began."""
    step = talk.call.home if talk.call is not None and talk.step in calling.CALLS else talk.step
    return replace(talk, step=step, call=None, wants_call=False)


def _help(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return _ask(talk, now, guide, before=(_say(talk, "help"),))


def _erase(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return replace(talk, aside=Aside.ERASE), (_say(talk, "erase"),)


def _human(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    said = (_say(talk, "human"),)
    if talk.step not in FIRST or talk.step in (Step.TEAM, Step.OTHERS):
        return talk, said
    skipped = replace(talk, role=talk.role or wording.DEFAULT_ROLE, step=Step.TEAM)
    return _ask(skipped, now, guide, before=(*said, _say(talk, "human_skip")))


def _language(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return talk, (_say(talk, "language"),)


def _speak(language: str) -> Callable[[Talk, datetime, Guide], Stepped]:
    def switch(talk: Talk, now: datetime, guide: Guide) -> Stepped:
        talk = replace(talk, language=language)
        if talk.step is Step.ROLE and not talk.pieces:  # nothing was answered yet: the honest words once more
            return _ask(talk, now, guide, before=(_greeting(talk, guide),))
        return _ask(talk, now, guide, before=(_say(talk, "now_speaking"),))

    return switch


def _ask_code(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return replace(talk, aside=Aside.CODE), (_say(talk, "code"),)


def _urgency(*, urgent: bool) -> Callable[[Talk, datetime, Guide], Stepped]:
    def mark(talk: Talk, now: datetime, guide: Guide) -> Stepped:
        if _at_mailbox(talk) or talk.outgoing:
            return talk, (_say(talk, "urgent_sent"),)
        talk = replace(talk, urgent=urgent)
        said = _say(talk, "urgent", night=_night(talk, guide)) if urgent else _say(talk, "not_urgent")
        return _ask(talk, now, guide, before=(said,)) if talk.step in QUESTIONS else (talk, (said,))

    return mark


def _noted(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    return talk, (TakeBack(), _say(talk, "noted"))


def _web_only(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if not talk.bound:
        return talk, (_say(talk, "no_mailbox"),)
    if _at_mailbox(talk) and (talk.pieces or talk.outgoing or talk.call):
        return talk, (_say(talk, "near_send"),)  # the draft is for this mailbox; without its key it could not go there
    talk = replace(talk, bound=False, step=talk.step if _asking(talk) else Step.NEW)
    return talk, (Forget(), _say(talk, "web_only", web=guide.web))


def _back(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    if talk.outgoing or not _asking(talk):
        return talk, ()
    if talk.step is Step.CALL_NUMBER:
        return _no_call(talk, now, guide)
    if talk.step is Step.TEXT:  # the times of a call are this team's
        again = talk.wants_call or talk.call is not None
        return _ask(replace(talk, step=Step.TEAM, options=(), call=None, wants_call=again), now, guide)
    before = QUESTIONS[talk.step].back
    if talk.call is not None and before is Step.CALL_DAY:
        talk = replace(talk, call=replace(talk.call, windows=()))
    return _ask(replace(talk, step=before, options=()), now, guide)


def _new(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    """From the first question; what was written stays with it."""
    if talk.outgoing:
        return talk, (_say(talk, "under_way"),)
    off = (_say(talk, "call_off"),) if talk.call else ()
    fresh = replace(_fresh(talk, Step.ROLE, bound=talk.bound), pieces=talk.pieces, warned=talk.warned)
    return _ask(fresh, now, guide, before=off)


def _trial(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    """For `erstkontakt canary`: the one way to the test team, where nobody reads, and which says so.

    Nobody's text goes there, or is lost on the way: who has written something is no watchdog.
    """
    tests = [team.id for team in guide.directory.teams if team.test] if guide.directory else []
    if not tests or talk.outgoing or talk.pieces:
        return talk, (_say(talk, "not_understood"),)
    trial = Talk(talk.language, talk.door, Step.TEXT, role=wording.DEFAULT_ROLE, team=tests[0], heard=talk.heard)
    return replace(trial, bound=talk.bound), (_say(talk, "trial"), *_at_text(trial, guide))


DO: dict[str, Callable[[Talk, datetime, Guide], Stepped]] = {
    "leave": _leave,
    "stop": _stop,
    "send": _send,
    "help": _help,
    "erase": _erase,
    "human": _human,
    "language": _language,
    "de": _speak("de"),
    "en": _speak("en"),
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

# What comes by itself -----------------------------------------------------------------------------------------------


def _waited(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    until = due(talk)
    if until is None or now < until:
        return talk, ()
    if talk.reminded is None:
        minutes = str(int(ERASE_AFTER.total_seconds()) // 60)
        return replace(talk, reminded=now), (_say(talk, "remind", minutes=minutes),)
    return _fresh(talk, Step.MAILBOX if talk.bound else Step.NEW, bound=talk.bound), (_say(talk, "expired"),)


def _gone(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    """What was sent earlier is no longer there. What was just written for it stays, and finds its way anew."""
    talk = replace(talk, bound=False)
    if _at_mailbox(talk):
        talk = _without_call(talk)
    if talk.step is not Step.MAILBOX:
        return talk, (Forget(),)
    if not talk.pieces:
        return replace(talk, step=Step.NEW), (Forget(),)
    return _ask(replace(talk, step=Step.ROLE), now, guide, before=(Forget(), _say(talk, "gone")))


def _sent(talk: Talk, sent: Sent, guide: Guide) -> Stepped:
    language, say = texts.catalogue(talk.language), texts.web(talk.language)
    dates = {
        "answer_by": say["answer_by"].format(day=language.day(sent.answer_by)),
        "erase_on": say["erase_on"].format(day=language.day(sent.erase_on)),
    }
    here = _say(talk, "answers_here") if talk.door == "matrix" else _say(talk, "answers_web", web=guide.web)
    words = "\n".join(f"{number}. {word}" for number, word in enumerate(sent.words, 1))
    effects = (_say(talk, "sent", **dates), Say(_words(talk, "code_is", words=words), secret=True), here)
    agreed = () if talk.call is None else (_say(talk, "call_agreed"),)
    ids, files = _ids(talk.outgoing), _files(talk.outgoing)
    fresh = _fresh(talk, Step.MAILBOX, bound=True)
    attached = tuple(Attach(file) for file in files)
    said = (*effects, *agreed, _say(talk, "mailbox"))
    return replace(fresh, pieces=talk.pieces, sent=ids, attaching=files), (*said, *attached)
