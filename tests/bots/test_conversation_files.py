"""Pictures and voice messages in the dialogue: part of the draft like words, fetched only after „fertig“."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.conversation_model import (
    LARGEST_FILE,
    Add,
    Added,
    Attach,
    Attached,
    File,
    NotPassed,
    Passed,
    Send,
    Sent,
    Step,
    TakenBack,
    Talk,
    due,
)
from tests.bots.talking import CODE, NOW, Person, draft, in_mailbox, writing

PICTURE = File("picture", "urlaub.jpg", "image/jpeg", 1_234_567, object())
VOICE = File("voice", "Sprachnachricht", "audio/ogg", 20_000, object())


def test_a_picture_at_the_text_is_part_of_it_and_what_it_may_tell_is_said() -> None:
    person = writing()
    person.happens(Attached(PICTURE, "p1"))
    assert "wo und womit" in person.said[-1]
    assert draft(person.talk) == "[Bild „urlaub.jpg“, 1,2 MB]"
    person.says("fertig")
    (send,) = [effect for effect in person.did if isinstance(effect, Send)]
    assert send.text == "[Bild „urlaub.jpg“, 1,2 MB]"


def test_files_follow_when_the_text_has_arrived_and_the_end_is_told_once() -> None:
    person = writing()
    for name, file in (("p1", PICTURE), ("v1", VOICE)):
        person.happens(Attached(file, name))
    person.says("fertig")
    person.happens(Sent(CODE, NOW.date(), NOW.date()))
    assert person.did[-2:] == [Attach(PICTURE), Attach(VOICE)]
    assert person.talk.step is Step.MAILBOX
    assert due(person.talk) is None
    assert person.happens(Passed(PICTURE)) == []
    person.happens(Passed(VOICE))
    assert "Anhänge sind auch beim Team" in person.said[-1]
    assert person.talk.attaching == ()


def test_one_that_is_lost_is_named() -> None:
    person = in_mailbox()
    person.happens(Attached(VOICE, "v1"))
    person.says("fertig")
    assert person.did[-1] == Add("[Sprachnachricht „Sprachnachricht“, 0,1 MB]")
    person.happens(Added())
    assert person.did[-1] == Attach(VOICE)
    person.happens(NotPassed(VOICE))
    assert "„Sprachnachricht“ konnte ich nicht weitergeben" in person.said[-1]


@pytest.mark.parametrize(("talk", "part"), [(Talk(), "Wer schreibt?"), (Talk(step=Step.TOPIC), "Worum geht es?")])
def test_one_that_comes_too_early_is_kept_and_the_question_stays(talk: Talk, part: str) -> None:
    person = Person(talk=talk)
    person.happens(Attached(PICTURE, "p1"))
    assert part in person.said[-1]
    assert "aufgehoben" in person.said[-2]
    assert len(person.talk.pieces) == 1
    if talk.step is Step.NEW:
        assert "Ehrlich vorab" in person.said[0]


def test_too_large_other_and_twice() -> None:
    person = writing()
    person.happens(Attached(replace(PICTURE, size=LARGEST_FILE + 1), "big"))
    assert "zu groß" in person.said[-1]
    person.happens(Attached(None, "video"))
    assert "nicht weitergeben" in person.said[-1]
    person.happens(Attached(PICTURE, "p1"))
    assert person.happens(Attached(PICTURE, "p1")) == []
    assert len(person.talk.pieces) == 1


def test_a_full_draft_takes_no_more() -> None:
    person = writing()
    person.says("a " * 99_990)
    person.happens(Attached(PICTURE, "p1"))
    assert "200.000" in person.said[-1]
    assert len(person.talk.pieces) == 1


def test_what_is_deleted_in_the_messenger_does_not_go_along() -> None:
    person = writing()
    person.happens(Attached(PICTURE, "p1"))
    person.says("Das ist er.", id="m1")
    person.happens(TakenBack("p1"))
    assert "nicht mehr dabei" in person.said[-1]
    assert draft(person.talk) == "Das ist er."
    assert person.happens(TakenBack("p1")) == []


def test_in_english() -> None:
    person = writing()
    person.says("english")
    person.happens(Attached(PICTURE, "p1"))
    assert draft(person.talk) == "[Picture “urlaub.jpg”, 1.2 MB]"
    assert "urlaub" not in repr(person.talk) + repr(PICTURE) + repr(Attached(PICTURE, "p1"))
