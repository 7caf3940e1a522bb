"""The first-contact dialogue of the messenger and of `erstkontakt chat`. Pure: ``step(talk, event, now, guide)``.

    honest words, limits -> who, what, where -> who will read it -> the text, in many messages -> „fertig“ -> the code

Nothing but the single word „fertig“ (or “done”) sends, and only when the person has seen who will read it. Nothing that
was written is dropped without a word. Commands work at any time (conversation_commands.py); the questions are the table
in conversation_questions.py; what a message means is in conversation_words.py; what is said in conversation_speech.py,
in the sentences of conversation_texts.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bots import conversation_call as calling
from bots import conversation_speech as speech
from bots import conversation_texts as texts
from bots import conversation_words as spoken
from bots.conversation_commands import DO, PIECE_GAP, at_mailbox, begin_call, fresh, leave, speak, without_call
from bots.conversation_model import (
    ERASE_AFTER,
    LARGEST_FILE,
    MOST_CHARACTERS,
    Added,
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
    Passed,
    Piece,
    Quiet,
    Restarted,
    Said,
    Say,
    Sent,
    Step,
    Stepped,
    TakenBack,
    Talk,
    Undecryptable,
    Waited,
    due,
)
from bots.conversation_questions import place_of
from bots.danger import sounds_dangerous
from crypto.errors import ReturnCodeUnclear
from crypto.return_code import COUNT, parse
from intake.errors import NoMailbox, TeamUnknown
from intake.web import wording


def step(talk: Talk, event: Event, now: datetime, guide: Guide) -> Stepped:
    """The next memory, what to say and what to do. ``now`` is aware. Never raises for anything that people write."""
    match event:
        case Said():
            return _said(replace(talk, heard=now, reminded=None), event, now, guide)
        case Arrived():
            return speech.greeted(talk, now, guide) if talk.step is Step.NEW else (talk, ())
        case Waited():
            return _waited(talk, now, guide)
        case Quiet():
            if talk.bound or talk.step is not Step.NEW or talk.pieces:
                return talk, ()
            return fresh(talk, Step.NEW, bound=False), (Leave(speech.words(talk, "quiet")),)
        case Sent():
            return _sent(talk, event, guide)
        case Added():
            outgoing, files = _ids(talk.outgoing), _files(talk.outgoing)
            attached = tuple(Attach(file) for file in files)
            return replace(talk, outgoing=(), sent=outgoing, attaching=files), (
                speech.say(talk, "more_sent"),
                *attached,
            )
        case Passed() | NotPassed():
            talk = replace(talk, attaching=tuple(file for file in talk.attaching if file is not event.file))
            return talk, _passed(talk, event)
        case Failed():
            talk = replace(talk, pieces=talk.outgoing + talk.pieces, outgoing=())
            said = Say(event.error.sentence(talk.language))
            if isinstance(event.error, TeamUnknown) and talk.step is Step.TEXT:  # look anew who would read
                again = talk.wants_call or talk.call is not None  # its times were this team's
                talk = replace(talk, step=Step.TEAM, team="", call=None, wants_call=again)
                return speech.ask(talk, now, guide, before=(said,))
            if isinstance(event.error, NoMailbox) and talk.bound:
                return _gone(talk, now, guide)
            return talk, (said,)
        case Bound():
            ready = (speech.say(talk, "kept_ready"),) if talk.pieces else ()
            off = (speech.say(talk, "call_off"),) if talk.call else ()
            talk = replace(talk, bound=True, step=Step.MAILBOX, options=(), call=None, wants_call=False)
            return talk, (speech.say(talk, "bound", team=event.team), *off, *ready, speech.say(talk, "mailbox"))
        case NotBound():
            return replace(talk, aside=Aside.CODE), (speech.say(talk, "code_wrong", words=" ".join(event.words)),)
        case Erased():
            return fresh(talk, Step.NEW, bound=False), (Leave(speech.words(talk, "erased")),)
        case Free():
            return _free(talk, event, now, guide)
        case NotFree():
            return speech.ask(talk, now, guide, before=(Say(event.error.sentence(talk.language)),))
        case Agreed():
            return replace(talk, call=None), (speech.say(talk, "call_agreed"),)
        case CalledOff():
            if event.was:
                return talk, (Say(wording.call_states(texts.catalogue(talk.language).gettext)["withdrawn"]),)
            return talk, (speech.say(talk, "call_none"),)
        case Answer():
            return talk, (speech.say(talk, "from_team", team=event.team, text=event.text),)
        case NotGenuine():
            return talk, (Say(wording.faults(texts.catalogue(talk.language).gettext)["signature_forged"]),)
        case Attached():
            return _attached(replace(talk, heard=now, reminded=None), event, now, guide)
        case TakenBack():
            kept = tuple(piece for piece in talk.pieces if piece.id != event.id)
            removed = (speech.say(talk, "removed"),) if len(kept) < len(talk.pieces) else ()
            return replace(talk, pieces=kept), removed
        case Undecryptable():
            return speech.notice(talk, f"session {event.session}", "undecryptable", guide)
        case NewDevice():
            return speech.notice(talk, f"device {event.device}", "new_device", guide)
        case Restarted():
            return fresh(talk, Step.MAILBOX if talk.bound else Step.NEW, bound=talk.bound), (
                speech.say(talk, "restarted"),
            )
        case Missed():
            return talk, (speech.say(talk, "missed"),)
        case Flooded():
            return talk, (speech.say(talk, "flooded"),)
        case Gone():
            return _gone(talk, now, guide)
    return talk, (speech.unencrypted(talk, event, guide),)


# Something was written ----------------------------------------------------------------------------------------------


def _said(talk: Talk, said: Said, now: datetime, guide: Guide) -> Stepped:
    text = spoken.own(said.text, reply=said.reply)
    meant = spoken.words(text)
    before: tuple[Effect, ...] = ()
    if sounds_dangerous(text) and not talk.warned:
        talk, before = replace(talk, warned=True), (speech.say(talk, "danger"),)
    if not text:
        return talk, before
    if said.id and said.id in (*talk.sent, *_ids(talk.outgoing + talk.pieces)):
        return talk, ()  # delivered twice
    if said.edits is not None:
        talk, after = _edited(talk, said.edits, text)
        return talk, before + after
    name = spoken.command(meant)
    if name == "leave":
        return leave(talk, now, guide)
    if talk.step is Step.NEW:
        # The honest words come before anything that was written is answered.
        talk = replace(talk, step=Step.ROLE, language=_first_language(talk, meant, name))
        before = (*before, speech.greeting(talk, guide))
        if name in texts.LANGUAGES or (not name and not _code(meant, text) and not spoken.is_text(text, meant)):
            return speech.ask(talk, now, guide, before)
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
        before = (speech.say(talk, "not_erased"),)
    elif words := _code(meant, piece.text):
        return replace(talk, aside=Aside.NONE), (Bind(words),)
    elif talk.aside is Aside.CODE:
        if not name and len(meant) <= 2 * COUNT:
            return talk, (_unclear(talk, piece.text),)
        talk = replace(talk, aside=Aside.NONE)  # a command, or plainly no code but something to tell
        if name == "back":
            return speech.ask(talk, now, guide)
    if name:
        talk, after = DO[name](talk, now, guide)
    elif talk.step in speech.QUESTIONS:
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
        lines = lines or [speech.words(talk, "code_count", count=str(unclear.count))]
    return Say("\n".join([*lines, speech.words(talk, "code")]))


def _answered(talk: Talk, piece: Piece, meant: tuple[str, ...], now: datetime, guide: Guide) -> Stepped:
    """An answer to the question of this step; or part of the text, told too early and kept; or not understood."""
    place = place_of(guide, now)
    if place is None:
        talk, kept = _kept(talk, piece) if spoken.is_text(piece.text, meant) else (talk, ())
        return talk, (*kept, speech.say(talk, "no_directory"))
    taken = speech.QUESTIONS[talk.step].take(talk, piece.text, place)
    if isinstance(taken, Talk):
        return _taken(talk, taken, now, guide)
    if talk.step in calling.CALLS:  # a number or a time that is not right is no part of a letter
        said = Say(taken) if isinstance(taken, str) else speech.say(talk, "not_understood")
        return (talk, (said,)) if isinstance(taken, str) else speech.ask(talk, now, guide, before=(said,))
    if spoken.is_text(piece.text, meant):
        talk, kept = _kept(talk, piece)
        return speech.ask(talk, now, guide, before=kept)
    if talk.step is Step.ROLE and spoken.greets(meant):  # said before our own greeting was read
        language = spoken.language(meant, talk.language)
        return speak(language)(talk, now, guide) if language != talk.language else speech.ask(talk, now, guide)
    if isinstance(taken, str):
        return talk, (Say(taken),)
    return speech.ask(talk, now, guide, before=(speech.say(talk, "not_understood"),))


def _taken(before: Talk, talk: Talk, now: datetime, guide: Guide) -> Stepped:
    """On to the next question, and from the last one to what it was for."""
    if before.step in calling.CALLS and talk.call is not None and talk.call.ready:
        return speech.ask(talk, now, guide, before=(Say(calling.ready(talk)),))
    if talk.step is Step.TEXT and talk.wants_call:
        return begin_call(talk)
    return speech.ask(talk, now, guide)


def _free(talk: Talk, free: Free, now: datetime, guide: Guide) -> Stepped:
    if not free.windows:
        talk = replace(talk, call=None)
        _ = texts.catalogue(talk.language).gettext
        return speech.ask(talk, now, guide, before=(Say(wording.script_call(_)["call_no_times"]),))
    call = Call(home=talk.step, free=free.windows, word=free.word)
    instead = (speech.say(talk, "call_instead"),) if free.planned else ()
    asking = replace(talk, step=Step.CALL_NUMBER, call=call)
    return speech.ask(asking, now, guide, before=(Say(calling.warnings(talk)), *instead))


def _kept(talk: Talk, piece: Piece) -> Stepped:
    if not _fits(talk, piece):
        return talk, (speech.say(talk, "full"),)
    return replace(talk, pieces=(*talk.pieces, piece)), (speech.say(talk, "kept"),)


def _collected(talk: Talk, piece: Piece, meant: tuple[str, ...]) -> Stepped:
    if not _fits(talk, piece):
        return talk, (speech.say(talk, "full"),)
    if spoken.almost_send(meant):
        if len(meant) > 1:  # „ich bin fertig“ is also something one may want to tell
            talk = replace(talk, pieces=(*talk.pieces, piece))
        return talk, (speech.say(talk, "near_send"),)
    first = not talk.pieces
    return replace(talk, pieces=(*talk.pieces, piece)), (speech.say(talk, "collected"),) if first else ()


def _fits(talk: Talk, piece: Piece, instead: str | None = None) -> bool:
    return sum(len(one.text) + len(PIECE_GAP) for one in talk.pieces if one.id != instead) + len(piece.text) <= (
        MOST_CHARACTERS
    )


def _attached(talk: Talk, attached: Attached, now: datetime, guide: Guide) -> Stepped:
    """A picture or a voice message becomes part of the draft, wherever the dialogue stands."""
    file = attached.file
    if file is None or file.size > LARGEST_FILE:
        return talk, (speech.say(talk, "attached" if file is None else "too_large"),)
    if attached.id in (*talk.sent, *_ids(talk.outgoing + talk.pieces)):
        return talk, ()  # delivered twice
    before: tuple[Effect, ...] = ()
    if talk.step is Step.NEW:
        talk, before = replace(talk, step=Step.ROLE), (speech.greeting(talk, guide),)
    piece = Piece(attached.id, texts.attachment(talk.language, file.kind, file.name, file.size), file)
    if talk.step in speech.QUESTIONS:
        talk, kept = _kept(talk, piece)
        return speech.ask(talk, now, guide, before=(*before, *kept))
    if not _fits(talk, piece):
        return talk, (speech.say(talk, "full"),)
    return replace(talk, pieces=(*talk.pieces, piece)), (*before, speech.say(talk, "file_collected"))


def _passed(talk: Talk, event: Passed | NotPassed) -> tuple[Effect, ...]:
    """Failures are named one by one; that all is there is said once, after the last."""
    if isinstance(event, NotPassed):
        return (speech.say(talk, "not_passed", name=event.file.name),)
    return () if talk.attaching else (speech.say(talk, "all_passed"),)


def _ids(pieces: tuple[Piece, ...]) -> tuple[str, ...]:
    return tuple(piece.id for piece in pieces)


def _files(pieces: tuple[Piece, ...]) -> tuple[File, ...]:
    return tuple(piece.file for piece in pieces if piece.file is not None)


def _edited(talk: Talk, id: str, text: str) -> Stepped:
    """An edit changes the draft and does nothing else: it is never a command, and never an answer."""
    piece = Piece(id, text)
    if id in (one.id for one in talk.pieces):
        if not _fits(talk, piece, instead=id):
            return talk, (speech.say(talk, "full"),)
        return replace(talk, pieces=tuple(piece if one.id == id else one for one in talk.pieces)), (
            speech.say(talk, "changed"),
        )
    late = id in talk.sent or id in (one.id for one in talk.outgoing)
    return talk, (speech.say(talk, "change_late" if late else "change_unknown"),)


# What comes by itself -----------------------------------------------------------------------------------------------


def _waited(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    until = due(talk)
    if until is None or now < until:
        return talk, ()
    if talk.reminded is None:
        minutes = str(int(ERASE_AFTER.total_seconds()) // 60)
        return replace(talk, reminded=now), (speech.say(talk, "remind", minutes=minutes),)
    return fresh(talk, Step.MAILBOX if talk.bound else Step.NEW, bound=talk.bound), (speech.say(talk, "expired"),)


def _gone(talk: Talk, now: datetime, guide: Guide) -> Stepped:
    """What was sent earlier is no longer there. What was just written for it stays, and finds its way anew."""
    talk = replace(talk, bound=False)
    if at_mailbox(talk):
        talk = without_call(talk)
    if talk.step is not Step.MAILBOX:
        return talk, (Forget(),)
    if not talk.pieces:
        return replace(talk, step=Step.NEW), (Forget(),)
    return speech.ask(replace(talk, step=Step.ROLE), now, guide, before=(Forget(), speech.say(talk, "gone")))


def _sent(talk: Talk, sent: Sent, guide: Guide) -> Stepped:
    language, say = texts.catalogue(talk.language), texts.web(talk.language)
    dates = {
        "answer_by": say["answer_by"].format(day=language.day(sent.answer_by)),
        "erase_on": say["erase_on"].format(day=language.day(sent.erase_on)),
    }
    here = speech.say(talk, "answers_here") if talk.door == "matrix" else speech.say(talk, "answers_web", web=guide.web)
    words = "\n".join(f"{number}. {word}" for number, word in enumerate(sent.words, 1))
    effects = (speech.say(talk, "sent", **dates), Say(speech.words(talk, "code_is", words=words), secret=True), here)
    agreed = () if talk.call is None else (speech.say(talk, "call_agreed"),)
    ids, files = _ids(talk.outgoing), _files(talk.outgoing)
    again = fresh(talk, Step.MAILBOX, bound=True)
    attached = tuple(Attach(file) for file in files)
    said = (*effects, *agreed, speech.say(talk, "mailbox"))
    return replace(again, pieces=talk.pieces, sent=ids, attaching=files), (*said, *attached)
