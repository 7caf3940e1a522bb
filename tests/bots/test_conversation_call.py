"""A callback in the dialogue: the questions of the web's form, sealed only with „fertig“, taken back at any time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.conversation import step
from bots.conversation_call import CALLS
from bots.conversation_model import (
    Agree,
    Agreed,
    Bound,
    Call,
    CalledOff,
    CallOff,
    Effect,
    Failed,
    Free,
    Gone,
    Guide,
    NotFree,
    Openings,
    Said,
    Send,
    Step,
    Talk,
    due,
)
from bots.conversation_speech import QUESTIONS
from intake.errors import NumberTaken, StoreBusy, TeamUnknown
from tests.bots.talking import CODE, Person, guide, in_mailbox, writing
from tests.bots.test_conversation_any_order import SENT
from tests.intake.publishing import NOW

NUMBER = "0151 23456789"
TUESDAY, WEDNESDAY = "2026-11-24", "2026-11-25"
HOURS = (TUESDAY, "09:00", "12:00"), (TUESDAY, "13:00", "16:00"), (WEDNESDAY, "09:00", "12:00")
FREE = Free(HOURS, "Ahorn")
RULES = ("1", "ja", "ja", "1", "ja", "1")  # only me, introduce, word, hang up, others, no interpreter


def asked(person: Person, free: Free = FREE) -> str:
    """The person wants a call, and the desk has said when."""
    person.says("rückruf")
    assert isinstance(person.did[-1], Openings)
    person.happens(free)
    return person.said[-1]


def agreed(person: Person) -> Call:
    """Everything said, up to the summary."""
    asked(person)
    for answer in (NUMBER, "ja", "1", "10-11", "1", *RULES):
        person.says(answer)
    assert person.talk.call is not None
    assert person.talk.call.ready
    return person.talk.call


def test_who_wants_a_call_first_sees_who_will_read_the_number() -> None:
    person = Person()
    assert "Erst sollen Sie sehen" in person.says("Rückruf")
    for answer in ("2", "1", "23966"):
        person.says(answer)
    assert not person.did
    person.says("ja")
    assert person.did == [Openings(person.talk.team)]
    person.happens(FREE)
    assert person.talk.step is Step.CALL_NUMBER
    assert "„Unbekannt“" in person.said[-2]
    assert "Liste der Gespräche" in person.said[-2]
    assert "Unter welcher Nummer?" in person.said[-1]


def test_anne_is_called_on_tuesday_from_ten_to_eleven() -> None:
    person = writing()
    call = agreed(person)
    assert call == Call(
        free=FREE.windows,
        day="2026-11-24",
        number="+4915123456789",
        windows=(("2026-11-24", "10:00", "11:00"),),
        introduce="Hallo, hier ist Anne.",
        word="Ahorn",
        somebody_else="Entschuldigung, verwählt.",
        ready=True,
    )
    assert "01512 3456789" in person.said[-2]
    assert "Dienstag, 24. November, 10:00 bis 11:00 Uhr" in person.said[-2]
    assert person.talk.step is Step.TEXT
    assert not any(isinstance(effect, Send) for effect in person.did)
    person.says("fertig")
    sent = person.did[-1]
    assert isinstance(sent, Send)
    assert (sent.call, sent.text) == (call, "Bitte rufen Sie mich an.")
    assert person.happens(SENT)
    assert any("Der Anruf ist vereinbart" in said for said in person.said)
    assert person.talk.call is None


def test_in_english_with_every_other_choice() -> None:
    person = writing()
    person.says("english")
    asked(person)
    answers = (
        "0151 23456789",
        "1",
        "2",
        "from 9:15 to 10",
        "2",
        "1",
        "any",
        "2",
        "1",
        "13.30 - 14",
        "2",
        "This is Bob.",
    )
    for answer in (*answers, "Maple tree", "2", "Please  try\nagain.", "Nobody", "yes"):
        person.says(answer)
    call = person.talk.call
    assert call is not None
    assert call.windows == (
        ("2026-11-25", "09:15", "10:00"), ("2026-11-24", "09:00", "16:00"), ("2026-11-24", "13:30", "14:00"),
    )  # fmt: skip
    assert (call.anybody, call.introduce, call.word, call.message) == (
        True,
        "This is Bob.",
        "Maple tree",
        "Please try again.",
    )
    assert (call.somebody_else, call.interpreter, call.ready) == ("Nobody", True, True)
    assert "with an interpreter" in person.said[-2].casefold()


@pytest.mark.parametrize(
    ("typed", "why"),
    [("110", "Notruf"), ("0900 1234567", "Sondernummern"), ("+33 6 12 34 56 78", "Ausland"),
     ("meine alte Nummer wie immer", "Ziffern"),
     ("030 1234567", "eigene")],
)  # fmt: skip
def test_a_number_that_is_not_called_is_no_part_of_the_letter(typed: str, why: str) -> None:
    world = guide()
    person = writing()
    person.guide = Guide(world.directory, world.regions, world.web, ("+49301234567",))
    asked(person)
    assert why in person.says(typed)
    assert person.talk.step is Step.CALL_NUMBER
    assert person.talk.pieces == ()


def test_a_wrong_number_is_named_anew() -> None:
    person = writing()
    asked(person)
    person.says(NUMBER)
    assert "verstanden" in person.says("hm")
    person.says("2")
    assert person.talk.step is Step.CALL_NUMBER
    assert person.talk.call is not None
    assert person.talk.call.number == ""


@pytest.mark.parametrize(
    ("typed", "why"),
    [("abends", "nicht verstanden"), ("11-10", "nicht verstanden"), ("9:75-10", "nicht verstanden"),
     ("10-11:99", "nicht verstanden"),
     ("23-25", "nicht verstanden"), ("17-18", "niemand"), ("11:55-13:05", "niemand"), ("0-24", "niemand")],
)  # fmt: skip
def test_a_time_in_which_nobody_is_there_is_answered_with_what_is_possible(typed: str, why: str) -> None:
    person = writing()
    asked(person)
    for answer in (NUMBER, "ja", "dienstag"):
        person.says(answer)
    said = person.says(typed)
    assert why in said
    assert "niemand" not in why or "09:00–12:00, 13:00–16:00" in said
    assert person.talk.step is Step.CALL_HOURS


def test_into_a_prison_nobody_is_called_and_other_ways_are_shown() -> None:
    person = writing()
    asked(person)
    said = person.says("Er ist im Gefängnis")
    assert "Sozialdienst" in said
    assert "verstanden" in person.says("doch")
    person.says("1")
    assert (person.talk.step, person.talk.call) == (Step.TEXT, None)


def test_what_is_not_understood_is_asked_again_and_back_leads_back() -> None:
    person = writing()
    asked(person)
    for answer in (NUMBER, "ja"):
        person.says(answer)
    for answer in ("1", "10-11", "1", "1", "ja", "ja", "2", "ja", "ja"):
        if person.talk.step not in (Step.CALL_INTRODUCE, Step.CALL_WORD, Step.CALL_MESSAGE, Step.CALL_OTHER):
            before = person.talk.step
            assert person.says("hm?")
            assert person.talk.step is before
        person.says(answer)
    assert person.talk.step is Step.CALL_INTERPRETER
    seen = []
    while person.talk.step is not Step.TEXT:
        seen.append(person.talk.step)
        person.says("zurück")
    assert seen[-3:] == [Step.CALL_WHO, Step.CALL_DAY, Step.CALL_NUMBER]
    assert person.talk.call is None


def test_only_the_word_done_sends_and_it_waits_for_the_last_question() -> None:
    person = writing()
    asked(person)
    assert "erst noch diese Fragen" in person.says("fertig")
    assert due(person.talk) is not None
    person.says("rückruf")
    assert person.talk.step is Step.CALL_NUMBER
    assert "ohne Anruf" in person.says("ohne anruf")
    assert person.talk.step is Step.TEXT
    assert "kein Anruf vereinbart" in person.says("ohne anruf")


def test_a_wish_can_be_taken_back_before_it_began() -> None:
    person = Person()
    person.says("anruf")
    assert "ohne Anruf" in person.says("kein anruf")
    for answer in ("2", "1", "23966", "ja"):
        person.says(answer)
    assert person.talk.step is Step.TEXT
    assert person.did == []


def test_from_the_mailbox_it_is_agreed_changed_and_called_off() -> None:
    person = in_mailbox()
    assert asked(person, Free(FREE.windows, "Ahorn", planned=True))
    assert any("Es ist schon ein Anruf vereinbart" in said for said in person.said)
    assert "schon gesendet" in person.says("dringend")
    person.says("ohne anruf")
    call = agreed(person)
    assert person.talk.step is Step.MAILBOX
    assert due(person.talk) is not None
    assert "nur das eine Wort" in person.says("nur web")
    person.says("fertig")
    assert person.did[-1] == Agree("de", call)
    person.happens(Failed(NumberTaken()))
    assert person.talk.call == call
    person.says("Ich freue mich auf den Anruf.")
    person.says("fertig")
    assert [type(one).__name__ for one in person.did[-2:]] == ["Add", "Agree"]
    assert "unterwegs" in person.says("rückruf")
    person.happens(Agreed())
    assert "vereinbart" in person.said[-1]
    assert person.talk.call is None
    person = in_mailbox()
    person.says("anruf absagen")
    assert person.did == [CallOff()]
    person.happens(CalledOff())
    assert "abgesagt" in person.said[-1]
    person.happens(CalledOff(was=False))
    assert "kein Anruf" in person.said[-1]


def test_a_team_that_cannot_call_or_that_cannot_be_asked() -> None:
    person = writing()
    assert "nicht anrufen" in "\n".join((asked(person, Free((), "Ahorn")), *person.said[-2:]))
    person.says("anruf")
    person.happens(NotFree(StoreBusy()))
    assert person.talk.step is Step.TEXT
    assert person.talk.call is None


def test_another_team_has_other_times() -> None:
    person = writing()
    agreed(person)
    person.says("zurück")
    assert (person.talk.step, person.talk.call, person.talk.wants_call) == (Step.TEAM, None, True)
    person.says("ja")
    assert isinstance(person.did[-1], Openings)
    person.happens(FREE)
    person.says("ohne anruf")
    agreed(person)
    person.says("fertig")
    person.happens(Failed(TeamUnknown()))
    assert (person.talk.step, person.talk.call, person.talk.wants_call) == (Step.TEAM, None, True)


def test_a_code_a_new_request_and_a_lost_mailbox_end_the_questions() -> None:
    person = writing()
    asked(person)
    person.happens(Bound("Team"))
    assert any("ohne Anruf" in said for said in person.said[-3:])
    assert (person.talk.step, person.talk.call) == (Step.MAILBOX, None)
    asked(person)
    assert "ohne Anruf" in person.says("neu")
    assert person.talk.call is None
    person = in_mailbox()
    asked(person)
    person.happens(Gone())
    assert (person.talk.step, person.talk.call) == (Step.NEW, None)


def test_nothing_of_it_is_printed() -> None:
    person = writing()
    call = agreed(person)
    shown = f"{call!r} {person.talk!r} {Agree('de', call)!r} {FREE!r}"
    assert not any(secret in shown for secret in ("23456789", "Ahorn"))


said = st.one_of(
    st.sampled_from(
        [NUMBER, "110", "ja", "1", "2", "3", "10-11", "egal", "fertig", "zurück", "rückruf", "ohne anruf", "neu"]
    ),
    st.sampled_from(["gefängnis", "stopp", "code", "löschen", "mensch", "dringend", "english", " ".join(CODE)]),
    st.text(max_size=30),
)


@given(st.booleans(), st.lists(said, max_size=40), st.lists(st.booleans(), min_size=50, max_size=50))
@settings(max_examples=100, deadline=None)
def test_any_order(bound: bool, lines: list[str], well: list[bool]) -> None:
    talk = Talk(step=Step.MAILBOX, bound=True) if bound else writing().talk
    world, outcomes = guide(), iter(well)
    for number, line in enumerate(["rückruf", *lines]):
        talk, effects = step(talk, Said(line, str(number)), NOW, world)
        for effect in effects:
            talk = _answered(talk, effect, world, line, well=next(outcomes, True))
        assert (talk.step in CALLS) <= (talk.call is not None)
        assert talk.call is None or talk.step in QUESTIONS or talk.call.ready or talk.aside
        assert talk.call is None or not talk.call.ready or 1 <= len(talk.call.windows) <= 3


def _answered(talk: Talk, effect: Effect, world: Guide, line: str, *, well: bool) -> Talk:
    if isinstance(effect, Agree) or (isinstance(effect, Send) and effect.call is not None):
        assert line == "fertig"
        assert effect.call is not None
        assert effect.call.ready
        assert effect.call.number == "+4915123456789"
    follows = None
    match effect:
        case Openings():
            follows = FREE if well else NotFree(StoreBusy())
        case Send():
            follows = SENT if well else Failed(TeamUnknown())
        case Agree():
            follows = Agreed() if well else Failed(NumberTaken())
        case CallOff():
            follows = CalledOff(was=well)
    return talk if follows is None else step(talk, follows, NOW, world)[0]
