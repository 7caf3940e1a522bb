"""What only a door can know: restarts, lost places, floods, mailboxes that are gone, greetings that crossed ours."""

from __future__ import annotations

import pytest

from bots.conversation_model import (
    Add,
    Failed,
    Flooded,
    Forget,
    Gone,
    Missed,
    Restarted,
    Said,
    Step,
    Talk,
    Unencrypted,
)
from intake.errors import NoMailbox
from tests.bots.talking import PIECE, WEB, Person, draft, in_mailbox, without_directory, writing


def test_after_a_restart_the_loss_of_a_draft_is_told() -> None:
    person = Person(talk=Talk())
    person.happens(Restarted())
    assert "verloren" in person.said[-1]
    assert person.talk.step is Step.NEW


def test_after_a_restart_the_mailbox_is_still_there() -> None:
    person = in_mailbox()
    person.happens(Restarted())
    assert (person.talk.step, person.talk.bound) == (Step.MAILBOX, True)


@pytest.mark.parametrize(("event", "part"), [(Missed(), "nicht lesen"), (Flooded(), "nicht mehr aufgenommen")])
def test_what_may_be_lost_is_told_and_changes_nothing(event: Missed | Flooded, part: str) -> None:
    person = writing()
    before = person.talk
    person.happens(event)
    assert part in person.said[-1]
    assert person.talk == before


def test_a_room_in_the_clear_is_told_in_all_languages_until_one_is_known() -> None:
    person = Person(talk=Talk())
    person.happens(Unencrypted())
    assert "nicht verschlüsselt" in person.said[-1]
    assert f"{WEB}en/" in person.said[-1]
    person = writing()
    person.happens(Unencrypted(room=False))
    assert person.said[-1].startswith("Diese Nachricht war nicht verschlüsselt")
    assert "encrypted" not in person.said[-1]


class TestAMailboxThatIsGone:
    def test_is_forgotten_without_a_word_when_nothing_hangs_on_it(self) -> None:
        person = in_mailbox()
        assert person.happens(Gone()) == [Forget()]
        assert (person.talk.step, person.talk.bound) == (Step.NEW, False)

    def test_gives_what_was_written_for_it_another_way(self) -> None:
        person = in_mailbox()
        person.says("Es ist etwas passiert, bitte melden Sie sich bei mir.")
        person.happens(Gone())
        assert "gibt es nicht mehr" in person.said[-2]
        assert person.talk.step is Step.ROLE
        assert draft(person.talk) == "Es ist etwas passiert, bitte melden Sie sich bei mir."

    def test_does_not_disturb_a_new_request(self) -> None:
        person = in_mailbox()
        person.says("neu")
        person.happens(Gone())
        assert (person.talk.step, person.talk.bound) == (Step.ROLE, False)

    def test_is_noticed_when_something_is_sent_to_it(self) -> None:
        person = in_mailbox()
        person.says("Noch etwas Wichtiges für Sie.")
        person.says("fertig")
        assert person.did[-1] == Add("Noch etwas Wichtiges für Sie.")
        person.happens(Failed(NoMailbox()))
        assert person.talk.step is Step.ROLE
        assert draft(person.talk) == "Noch etwas Wichtiges für Sie."


class TestAGreetingThatCrossedOurs:
    def test_is_no_answer_and_no_mistake(self) -> None:
        person = Person()
        assert "nicht verstanden" not in person.says("Hallo!")
        assert person.talk.step is Step.ROLE

    def test_says_the_honest_words_again_in_its_language(self) -> None:
        person = Person()
        answer = person.says("hello")
        assert "To be honest" in answer
        assert person.talk.language == "en"

    def test_is_an_answer_like_any_other_later(self) -> None:
        person = Person()
        person.says("1")
        assert "nicht verstanden" in person.says("hallo")


def test_the_piece_of_somebody_else_is_not_in_a_repr() -> None:
    assert "Angst" not in repr((PIECE, Said("Ich habe Angst.")))


class TestATrial:
    def test_leads_to_the_test_team_alone_and_says_that_nobody_reads(self) -> None:
        person = Person(talk=Talk())
        answer = person.says("probelauf")
        assert "kein Mensch" in answer
        assert "Ehrlich vorab" in answer
        test, *_ = [team for team in person.guide.directory.teams if team.test]  # type: ignore[union-attr]
        assert (person.talk.step, person.talk.team) == (Step.TEXT, test.id)
        assert "Wer schreibt?" in person.says("neu")

    def test_is_nothing_where_there_is_no_test_team_or_something_is_under_way(self) -> None:
        person = Person(talk=Talk(step=Step.MAILBOX, bound=True), guide_=without_directory())
        assert "nicht verstanden" in person.says("probelauf")
        person = in_mailbox()
        person.says("Noch etwas Wichtiges für Sie.")
        assert "nicht verstanden" in person.says("probelauf")
        assert person.talk.pieces
        person.says("fertig")
        assert "nicht verstanden" in person.says("probelauf")
        assert person.talk.outgoing
