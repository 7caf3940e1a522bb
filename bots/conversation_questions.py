"""The questions of the dialogue, one function to ask and one to take the answer each; ``QUESTIONS`` is the table.

    who writes -> what about -> where (-> which Kreis) -> who will read it (<-> other teams) -> the text

``ask`` gives what is said and the answers as they are numbered; ``take`` gives the talk after an answer, or None when
the message is none. A hard wish is never softened: without a fitting team that is said, and the person chooses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bots import conversation_texts as texts
from bots.conversation_model import Guide, Step, Talk
from bots.conversation_words import NOTHING, YES, label, numbers, words
from intake.directory import Directory
from intake.errors import IntakeError
from intake.regions import Regions
from intake.routing import BREAKS_ONLY_CIVIL, VIOLENCE, Candidate, Found
from intake.web import wording
from intake.web.board import Board
from intake.wishes import offered, places, unsure

MOST_OFFERED = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a question is asked: the guide's books, which are there, and the instant."""

    directory: Directory
    regions: Regions
    now: datetime
    own_numbers: tuple[str, ...] = ()


Asked = tuple[str, tuple[str, ...]]  # what is said; the options in the order of their numbers
Taken = Talk | str | None  # the talk after the answer; or what to say, the question stays; or: not understood


@dataclass(frozen=True, slots=True)
class Question:
    ask: Callable[[Talk, Place], Asked]
    take: Callable[[Talk, str, Place], Taken]
    back: Step


def place_of(guide: Guide, now: datetime) -> Place | None:
    """The guide with everything in it, or None while nobody can check who would read."""
    if guide.directory is None or guide.regions is None or not now < guide.directory.expires:
        return None
    return Place(guide.directory, guide.regions, now, guide.own_numbers)


def board(talk: Talk, place: Place) -> Board:
    """The directory in the person's language."""
    return Board(place.directory, texts.catalogue(talk.language))


def found(talk: Talk, place: Place) -> Found:
    """Who is responsible for what was said so far."""
    return talk.wishes().found(place.directory, place.now.date())


def chosen(talk: Talk, place: Place) -> Candidate | None:
    """The team that would read: the one picked if it may still be picked, else the first that fits."""
    answer = found(talk, place)
    picked = next((one for one in offered(answer) if one.team == talk.team), None)
    return picked or next(iter(answer.candidates), None)


def _say(talk: Talk, what: str) -> str:
    return texts.SAID[talk.language][what]


def pick(said: str, labels: list[str]) -> int | None:
    """The one answer meant, by number or by its words."""
    meant = words(said)
    by_number = numbers(meant, len(labels))
    if len(by_number) == 1:
        return by_number[0] - 1
    return None if by_number else label(meant, labels)


# Who writes


def _roles(talk: Talk) -> list[tuple[str, str]]:
    rows = [(id, f"{name} ({hint})" if hint else name) for id, name, hint in wording.roles(_gettext(talk))]
    return [*rows, (VIOLENCE, _say(talk, "violence"))]


def _gettext(talk: Talk) -> wording.Translate:
    return texts.catalogue(talk.language).gettext


def _ask_role(talk: Talk, place: Place) -> Asked:
    rows = _roles(talk)
    return texts.numbered(_say(talk, "who"), [name for _, name in rows]), tuple(id for id, _ in rows)


def _take_role(talk: Talk, said: str, place: Place) -> Taken:
    rows = _roles(talk)
    at = pick(said, [name for _, name in rows])
    if at is None:
        return None
    if rows[at][0] == VIOLENCE:
        posts = board(talk, place).signposts(VIOLENCE)
        listed = "\n".join(f"- {post['name']}: {post['about']}" for post in posts)
        return _say(talk, "signposts").format(list=listed)
    return replace(talk, role=rows[at][0], step=Step.TOPIC)


# What about


def _ask_topic(talk: Talk, place: Place) -> Asked:
    rows = wording.topics(_gettext(talk))
    return texts.numbered(_say(talk, "topic"), [name for _, name, _hint in rows]), tuple(id for id, _, _hint in rows)


def _take_topic(talk: Talk, said: str, place: Place) -> Taken:
    rows = wording.topics(_gettext(talk))
    meant = words(said)
    several = numbers(meant, len(rows))
    if not several:
        at = label(meant, [name for _, name, _hint in rows])
        several = () if at is None else (at + 1,)
    if not several:
        return None
    return replace(talk, phenomena=tuple(rows[number - 1][0] for number in several), step=Step.PLACE)


# Where


def _ask_place(talk: Talk, place: Place) -> Asked:
    return _say(talk, "place"), ()


def _take_place(talk: Talk, said: str, place: Place) -> Taken:
    if not words(said) or " ".join(words(said)) in NOTHING:
        return replace(talk, kreis=None, step=Step.TEAM)
    try:
        options = places(place.regions, said[:80])
    except IntakeError as error:
        return error.sentence(talk.language)
    if len(options) == 1:
        return replace(talk, kreis=options[0][0], step=Step.TEAM)
    return replace(talk, options=tuple(id for id, _ in options[:MOST_OFFERED]), step=Step.KREIS)


def _ask_kreis(talk: Talk, place: Place) -> Asked:
    _ = _gettext(talk)
    names = [place.regions.name(id) for id in talk.options if id]
    question = _("Das passt auf mehrere Kreise. Welcher ist es?")
    return texts.numbered(question, [*names, _("Weiß ich nicht")]), (*(id for id in talk.options if id), "")


def _take_kreis(talk: Talk, said: str, place: Place) -> Taken:
    real = [(id, place.regions.name(id)) for id in talk.options if id]
    at = pick(said, [*(name for _, name in real), _gettext(talk)("Weiß ich nicht")])
    if at is None:
        return None
    kreis = real[at][0] if at < len(real) else unsure(real)
    return replace(talk, kreis=kreis or None, step=Step.TEAM, options=())


# Who will read it


def _labels(talk: Talk) -> dict[str, str]:
    _ = _gettext(talk)
    return {
        "yes": _say(talk, "yes"),
        "civil": f"{_('Lieber nicht staatlich')} ({_('Dann geht Ihre Nachricht nie an eine Behörde.')})",
        "carrier": _("Dieser Träger soll es nicht lesen"),
        "others": _("Lieber ein anderes Team?").rstrip("?"),
        "undo": _say(talk, "undo"),
    }


def _ask_team(talk: Talk, place: Place) -> Asked:
    candidate = chosen(talk, place)
    if candidate is None:
        return _ask_others(talk, place)
    team = place.directory.team(candidate.team)
    where = place.regions.name(talk.kreis) if talk.kreis else ""
    card = texts.card(talk.language, board(talk, place).card(team, candidate.reason), where)
    options = ["yes"]
    options += [] if talk.only_civil else ["civil"]
    options += ["carrier"]
    options += ["others"] if len(offered(found(talk, place))) > 1 else []
    options += ["undo"] if talk.only_civil or talk.not_carriers else []
    labels = _labels(talk)
    text = f"{_say(talk, 'reader')}\n\n{card}\n"
    # The team stands among the options: "yes" means the one that was shown, whatever the directory says by then.
    return texts.numbered(text, [labels[option] for option in options]), (*options, team.id)


def _take_team(talk: Talk, said: str, place: Place) -> Taken:
    if not talk.options or talk.options[0] != "yes":
        return _take_others(talk, said, place)
    *options, shown = talk.options
    labels = _labels(talk)
    at = 0 if " ".join(words(said)) in YES else pick(said, [labels[option] for option in options])
    if at is None:
        return None
    team = next((one for one in place.directory.teams if one.id == shown), None)
    match options[at]:
        case "yes":
            if team is None or shown not in {one.team for one in offered(found(talk, place))}:
                return replace(talk, team="", step=Step.TEAM)  # shown anew
            return replace(talk, team=shown, step=Step.TEXT)
        case "civil":
            return replace(talk, only_civil=True, team="", step=Step.TEAM)
        case "carrier":
            carriers = talk.not_carriers if team is None else (*talk.not_carriers, team.carrier)
            return replace(talk, not_carriers=carriers, team="", step=Step.TEAM)
        case "others":
            return replace(talk, step=Step.OTHERS)
    return _undone(talk)


def _undone(talk: Talk) -> Talk:
    return replace(talk, only_civil=False, not_carriers=(), team="", step=Step.TEAM)


def _ask_others(talk: Talk, place: Place) -> Asked:
    _ = _gettext(talk)
    answer = found(talk, place)
    shown = offered(answer)[:MOST_OFFERED]
    said = []
    if not shown:
        said.append(texts.web(talk.language)["none_at_all"])
    elif not answer.candidates:
        said.append(texts.web(talk.language)["no_team"])
        broken = [place.directory.team(one.team).name for one in answer.alternatives if one.reason == BREAKS_ONLY_CIVIL]
        if broken:
            said.append(texts.web(talk.language)["broken"].format(teams=", ".join(broken)))
    else:
        said.append(_say(talk, "reader"))
    labels = [_line(talk, place, one) for one in shown]
    options = [one.team for one in shown]
    if talk.only_civil or talk.not_carriers:
        labels.append(_say(talk, "undo"))
        options.append("undo")
    return texts.numbered("\n".join(said), labels), tuple(options)


def _line(talk: Talk, place: Place, one: Candidate) -> str:
    _ = _gettext(talk)
    card = board(talk, place).card(place.directory.team(one.team), one.reason)
    carrier = card["carrier"]
    kind = wording.kinds(_)[carrier.kind][0]
    return f"{card['name']} ({kind}. {wording.duty_short(_)[carrier.legality_principle]}. {card['why']})"


def _take_others(talk: Talk, said: str, place: Place) -> Taken:
    names = {team.id: team.name for team in place.directory.teams}
    at = pick(said, [names.get(option, _say(talk, "undo")) for option in talk.options])
    if at is None:
        return None
    if talk.options[at] == "undo":
        return _undone(talk)
    return replace(talk, team=talk.options[at], step=Step.TEAM)


QUESTIONS: dict[Step, Question] = {
    Step.ROLE: Question(_ask_role, _take_role, Step.ROLE),
    Step.TOPIC: Question(_ask_topic, _take_topic, Step.ROLE),
    Step.PLACE: Question(_ask_place, _take_place, Step.TOPIC),
    Step.KREIS: Question(_ask_kreis, _take_kreis, Step.PLACE),
    Step.TEAM: Question(_ask_team, _take_team, Step.PLACE),
    Step.OTHERS: Question(_ask_others, _take_others, Step.TEAM),
}
