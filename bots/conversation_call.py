"""The questions about a callback, as on the web's /rueckruf; ``CALLS`` is the table. Pure.

    number -> read back -> day -> from when to when (up to three) -> who -> how we introduce ourselves
           -> the shared word -> voicemail (-> its sentence) -> what we say to others -> interpreter
           -> back where it began, ready

What is not said is chosen with care, as on the web. Times are cut with what the desk has said is free; the desk cuts
again when it is sent. Into a prison nobody is called: other ways are shown instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bots import conversation_texts as texts
from bots.conversation_model import Call, Step, Talk
from bots.conversation_questions import Asked, Place, Question, Taken, pick
from bots.conversation_words import YES, words
from intake import phones
from intake.callbacks import LEAST, LONGEST, MOST_WINDOWS
from intake.errors import NumberRefused

Span = tuple[str, str, str]  # day, from, to, on the wall clock: ("2026-11-24", "10:00", "11:00")

PRISON = frozenset({"gefaengnis", "haft", "jva", "knast", "prison", "jail"})
ANY_TIME = frozenset({"egal", "immer", "any", "any time", "anytime", "ganz egal", "die ganze zeit"})
MOST_SAID = 200
MOST_WORD = 60
_HOURS = re.compile(
    r"(?:von|from)?\s*(\d{1,2})(?:[:.](\d{2}))?\s*(?:uhr)?\s*(?:-|–|—|bis|to|until)\s*(\d{1,2})(?:[:.](\d{2}))?\s*(?:uhr)?"
)


def _of(talk: Talk) -> Call:
    return talk.call or Call()


def _with(talk: Talk, step: Step, **changes: object) -> Talk:
    return replace(talk, step=step, call=replace(_of(talk), **changes), options=())  # type: ignore[arg-type]


def _say(talk: Talk, what: str, **values: str) -> str:
    return texts.SAID[talk.language][what].format(**values)


def _web(talk: Talk) -> Callable[[str], str]:
    return texts.catalogue(talk.language).gettext


# Which number


def warnings(talk: Talk) -> str:
    """What somebody should know before they name a number."""
    _ = _web(talk)
    lines = (
        _("Wir rufen ohne Nummer an. Ihr Handy zeigt „Unbekannt“."),
        _("Benutzt noch jemand das Telefon? Nennen Sie eine Zeit, in der Sie allein sind."),
        _("Der Anruf kostet Sie nichts und steht nicht auf Ihrer Rechnung. Rufen Sie selbst bei uns an, kann das auf "
          "der Liste der Gespräche stehen."),
        _("Auf eine Mailbox sprechen wir nur, wenn Sie es erlauben."),
    )  # fmt: skip
    return "\n".join([_say(talk, "call_begin"), *(f"- {line}" for line in lines)])


def _ask_number(talk: Talk, place: Place) -> Asked:
    _ = _web(talk)
    asked = f"{_('Unter welcher Nummer?')} {_('Festnetz oder Handy in Deutschland.')}"
    return f"{asked}\n{_say(talk, 'call_number_hint')}", ()


def _take_number(talk: Talk, said: str, place: Place) -> Taken:
    if PRISON & set(words(said)):
        return replace(talk, step=Step.CALL_PRISON)
    try:
        number = phones.parse(said, own=place.own_numbers)
    except NumberRefused as refused:
        return refused.sentence(talk.language)
    return _with(talk, Step.CALL_CHECK, number=number.e164)


def _ask_check(talk: Talk, place: Place) -> Asked:
    shown = _web(talk)("Wir rufen diese Nummer an: {number}").format(number=spoken(talk))
    return texts.numbered(shown, [_say(talk, "call_right"), _say(talk, "call_wrong")]), ()


def spoken(talk: Talk) -> str:
    """The number, as people write it."""
    return phones.parse(_of(talk).number).spoken


def _take_check(talk: Talk, said: str, place: Place) -> Taken:
    at = _choice(said, [_say(talk, "call_right"), _say(talk, "call_wrong")])
    if at is None:
        return None
    return _with(talk, Step.CALL_DAY) if at == 0 else _with(talk, Step.CALL_NUMBER, number="")


def _choice(said: str, labels: list[str]) -> int | None:
    return 0 if " ".join(words(said)) in YES else pick(said, labels)


def _ask_prison(talk: Talk, place: Place) -> Asked:
    _ = _web(talk)
    visitors = ", ".join(team.name for team in place.directory.teams if team.prison_visits)
    lines = [
        _("Ins Gefängnis rufen wir nicht an"),
        _("Dort hören andere mit, und Briefe werden gelesen. Diese Wege gibt es trotzdem:"),
        "- " + _("Bitten Sie den Sozialdienst der Anstalt um einen Besuch von einer Beratungsstelle. Sie müssen nicht "
                 "sagen, warum."),
        "- " + _("Jemand, dem Sie vertrauen, kann uns für Sie schreiben."),
        "- " + f"{_('Diese Teams kommen auch in Gefängnisse:')} {visitors}",
    ]  # fmt: skip
    return texts.numbered("\n".join(lines), [_say(talk, "call_write")]), ()


def _take_prison(talk: Talk, said: str, place: Place) -> Taken:
    return None if _choice(said, [_say(talk, "call_write")]) is None else replace(talk, step=_of(talk).home, call=None)


# When


def _days(talk: Talk) -> list[str]:
    return list(dict.fromkeys(day for day, _, _ in _of(talk).free))


def _ask_day(talk: Talk, place: Place) -> Asked:
    _ = _web(talk)
    asked = f"{_('Wann dürfen wir anrufen?')} {_('Es sind Zeiten, in denen jemand vom Team da ist. Bis zu drei.')}"
    weekday = texts.catalogue(talk.language).weekday
    labels = [f"{weekday(date.fromisoformat(day))} ({_hours(talk, day)})" for day in _days(talk)]
    return texts.numbered(asked, labels), ()


def _take_day(talk: Talk, said: str, place: Place) -> Taken:
    weekday = texts.catalogue(talk.language).weekday
    days = _days(talk)
    at = pick(said, [weekday(date.fromisoformat(day)) for day in days])
    return None if at is None else _with(talk, Step.CALL_HOURS, day=days[at])


def _hours(talk: Talk, day: str) -> str:
    return ", ".join(f"{start}–{end}" for on, start, end in _of(talk).free if on == day)


def _ask_hours(talk: Talk, place: Place) -> Asked:
    day = _of(talk).day
    shown = texts.catalogue(talk.language).weekday(date.fromisoformat(day))
    return _say(talk, "call_hours", day=shown, hours=_hours(talk, day)), ()


def _take_hours(talk: Talk, said: str, place: Place) -> Taken:
    call = _of(talk)
    free = [(_minutes(start), _minutes(end)) for day, start, end in call.free if day == call.day]
    if " ".join(words(said)) in ANY_TIME:
        begin, end = free[0][0], min(free[-1][1], free[0][0] + int(LONGEST.total_seconds()) // 60)
    elif (found := _HOURS.fullmatch(said.strip().casefold())) is None:
        return _say(talk, "call_hours_unclear")
    else:
        begin, end = (int(found[at]) * 60 + int(found[at + 1] or 0) for at in (1, 3))
        if not begin < end <= 24 * 60 or int(found[2] or 0) > 59 or int(found[4] or 0) > 59:
            return _say(talk, "call_hours_unclear")
    least = int(LEAST.total_seconds()) // 60
    if end - begin > LONGEST.total_seconds() // 60 or all(min(end, to) - max(begin, at) < least for at, to in free):
        return _say(talk, "call_hours_none", hours=_hours(talk, call.day))
    windows = (*call.windows, (call.day, _clock(begin), _clock(end)))
    return _with(talk, Step.CALL_MORE if len(windows) < MOST_WINDOWS else Step.CALL_WHO, windows=windows)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def times(talk: Talk) -> str:
    """The times that were chosen, as people say them."""
    catalogue = texts.catalogue(talk.language)
    form = catalogue.gettext("{day}, {from} bis {to} Uhr")
    return "; ".join(
        form.format(**{"day": catalogue.weekday(date.fromisoformat(day)), "from": start, "to": end})
        for day, start, end in _of(talk).windows
    )


def _more(talk: Talk) -> list[str]:
    return [_say(talk, "call_enough"), _web(talk)("Noch eine Zeit nennen")]


def _ask_more(talk: Talk, place: Place) -> Asked:
    return texts.numbered(_say(talk, "call_more", times=times(talk)), _more(talk)), ()


def _take_more(talk: Talk, said: str, place: Place) -> Taken:
    at = pick(said, _more(talk))
    return None if at is None else _with(talk, (Step.CALL_WHO, Step.CALL_DAY)[at])


# How


def _whom(talk: Talk) -> list[str]:
    _ = _web(talk)
    return [_("Nur mit mir"), _("Auch mit dem Menschen, der abhebt")]


def _ask_who(talk: Talk, place: Place) -> Asked:
    return texts.numbered(_web(talk)("Mit wem dürfen wir sprechen?"), _whom(talk)), ()


def _take_who(talk: Talk, said: str, place: Place) -> Taken:
    at = pick(said, _whom(talk))
    return None if at is None else _with(talk, Step.CALL_INTRODUCE, anybody=at == 1)


def _proposed(talk: Talk, question: str, text: str, what: str = "call_proposed") -> Asked:
    return f"{question}\n{_say(talk, what, text=text)}", ()


def _own(said: str, proposal: str, most: int = MOST_SAID) -> str:
    """What the person wants said, or what was proposed."""
    return proposal if " ".join(words(said)) in YES else " ".join(said.split())[:most]


def _introduction(talk: Talk) -> str:
    return _web(talk)("Hallo, hier ist Anne.")


def _ask_introduce(talk: Talk, place: Place) -> Asked:
    _ = _web(talk)
    question = f"{_('Wie sollen wir uns melden?')} {_('Ein Satz, der niemandem auffällt.')}"
    return _proposed(talk, question, _introduction(talk))


def _take_introduce(talk: Talk, said: str, place: Place) -> Taken:
    return _with(talk, Step.CALL_WORD, introduce=_own(said, _introduction(talk)))


def _ask_word(talk: Talk, place: Place) -> Asked:
    _ = _web(talk)
    about = _("Wir sagen es zuerst. So wissen Sie, dass wir es sind. Danach fragen wir Sie danach. Merken Sie es sich, "
              "oder nehmen Sie ein eigenes.")  # fmt: skip
    return _proposed(talk, f"{_('Unser gemeinsames Wort')}: {about}", _of(talk).word, "call_proposed_word")


def _take_word(talk: Talk, said: str, place: Place) -> Taken:
    return _with(talk, Step.CALL_VOICEMAIL, word=_own(said, _of(talk).word, MOST_WORD))


def _mailbox(talk: Talk) -> list[str]:
    _ = _web(talk)
    return [f"{_('Auflegen')} ({_('Das ist sicherer.')})", _("Einen Satz sagen")]


def _ask_voicemail(talk: Talk, place: Place) -> Asked:
    return texts.numbered(_web(talk)("Wenn eine Mailbox abhebt?"), _mailbox(talk)), ()


def _take_voicemail(talk: Talk, said: str, place: Place) -> Taken:
    at = pick(said, _mailbox(talk))
    if at is None:
        return None
    return _with(talk, Step.CALL_OTHER, message="") if at == 0 else _with(talk, Step.CALL_MESSAGE)


def _message(talk: Talk) -> str:
    return _web(talk)("Hallo, hier ist Anne. Ich melde mich wieder.")


def _ask_message(talk: Talk, place: Place) -> Asked:
    return _proposed(talk, _web(talk)("Dieser Satz, nichts sonst"), _message(talk))


def _take_message(talk: Talk, said: str, place: Place) -> Taken:
    return _with(talk, Step.CALL_OTHER, message=_own(said, _message(talk)))


def _excuse(talk: Talk) -> str:
    return _web(talk)("Entschuldigung, verwählt.")


def _ask_other(talk: Talk, place: Place) -> Asked:
    return _proposed(talk, _web(talk)("Was sagen wir, wenn jemand anderes abhebt?"), _excuse(talk))


def _take_other(talk: Talk, said: str, place: Place) -> Taken:
    return _with(talk, Step.CALL_INTERPRETER, somebody_else=_own(said, _excuse(talk)))


def _ask_interpreter(talk: Talk, place: Place) -> Asked:
    return texts.numbered(
        f"{_web(talk)('Bitte mit Dolmetscherin oder Dolmetscher')}?\n{_say(talk, 'call_interpreter')}",
        [_say(talk, "call_no"), _say(talk, "yes").split(",")[0]],
    ), ()


def _take_interpreter(talk: Talk, said: str, place: Place) -> Taken:
    if " ".join(words(said)) in YES:
        at: int | None = 1
    else:
        at = pick(said, [_say(talk, "call_no"), _say(talk, "yes").split(",")[0]])
    return None if at is None else _with(talk, _of(talk).home, interpreter=at == 1, ready=True)


def ready(talk: Talk) -> str:
    """Everything that was agreed, before it is sent."""
    _, call = _web(talk), _of(talk)
    mailbox = _("Einen Satz sagen") + f": {call.message}" if call.message else _("Auflegen")
    lines = [
        spoken(talk),
        times(talk),
        f"{_('Mit wem dürfen wir sprechen?')} {_whom(talk)[call.anybody]}",
        f"{_('Wie sollen wir uns melden?')} {call.introduce}",
        f"{_('Unser gemeinsames Wort')}: {call.word}",
        f"{_('Wenn eine Mailbox abhebt?')} {mailbox}",
        f"{_('Was sagen wir, wenn jemand anderes abhebt?')} {call.somebody_else}",
        *([_("Bitte mit Dolmetscherin oder Dolmetscher")] if call.interpreter else []),
    ]
    return _say(talk, "call_ready", rules="\n".join(f"- {line}" for line in lines))


CALLS: dict[Step, Question] = {
    Step.CALL_NUMBER: Question(_ask_number, _take_number, Step.CALL_NUMBER),
    Step.CALL_PRISON: Question(_ask_prison, _take_prison, Step.CALL_NUMBER),
    Step.CALL_CHECK: Question(_ask_check, _take_check, Step.CALL_NUMBER),
    Step.CALL_DAY: Question(_ask_day, _take_day, Step.CALL_NUMBER),
    Step.CALL_HOURS: Question(_ask_hours, _take_hours, Step.CALL_DAY),
    Step.CALL_MORE: Question(_ask_more, _take_more, Step.CALL_DAY),
    Step.CALL_WHO: Question(_ask_who, _take_who, Step.CALL_DAY),
    Step.CALL_INTRODUCE: Question(_ask_introduce, _take_introduce, Step.CALL_WHO),
    Step.CALL_WORD: Question(_ask_word, _take_word, Step.CALL_INTRODUCE),
    Step.CALL_VOICEMAIL: Question(_ask_voicemail, _take_voicemail, Step.CALL_WORD),
    Step.CALL_MESSAGE: Question(_ask_message, _take_message, Step.CALL_VOICEMAIL),
    Step.CALL_OTHER: Question(_ask_other, _take_other, Step.CALL_VOICEMAIL),
    Step.CALL_INTERPRETER: Question(_ask_interpreter, _take_interpreter, Step.CALL_OTHER),
}
