"""Commands at any time, danger, silence, and what comes by itself."""

from __future__ import annotations

import re
import string
from datetime import date, timedelta
from pathlib import Path

import pytest

from bots import conversation_texts as texts
from bots import conversation_words as spoken
from bots.conversation_commands import DO
from bots.conversation_model import (
    ERASE_AFTER,
    REMIND_AFTER,
    Answer,
    Aside,
    Attached,
    Bind,
    Bound,
    Erase,
    Erased,
    Failed,
    Forget,
    Leave,
    NewDevice,
    NotBound,
    NotGenuine,
    Quiet,
    Said,
    Say,
    Sent,
    Step,
    TakeBack,
    Talk,
    Undecryptable,
    Unencrypted,
    Waited,
    due,
)
from bots.conversation_questions import QUESTIONS
from bots.danger import SIGNS, sounds_dangerous
from intake.errors import NoMailbox
from tests.bots.talking import (
    CODE,
    PIECE,
    Person,
    draft,
    in_mailbox,
    writing,
)

SENT = Sent(CODE, date(2026, 11, 25), date(2026, 12, 22))


class TestCommands:
    @pytest.mark.parametrize("said", ["raus", "RAUS!", "exit", "Raus 🏃", "bitte raus"])
    @pytest.mark.parametrize("step", list(Step))
    def test_raus_works_everywhere_at_once(self, said: str, step: Step) -> None:
        person = Person(talk=Talk(step=step, pieces=(PIECE,), options=("DE80M",), bound=True))
        assert person.says(said) == ""
        assert person.did == [Leave()]
        assert person.talk.step is Step.NEW
        assert not person.talk.bound
        assert draft(person.talk) == ""

    @pytest.mark.parametrize("said", ["haus", "aus", "heraus", "rau", "maus", "ich will raus"])
    def test_nearly_raus_is_not_raus(self, said: str) -> None:
        person = writing()
        person.says(said)
        assert person.did == []

    @pytest.mark.parametrize("said", ["hilfe", "Hilfe!!", "hilffe", "help", "SOS", "bitte Hilfe"])
    def test_hilfe_shows_numbers_and_where_one_stands(self, said: str) -> None:
        answer = Person("hallo").says(said)
        assert "112" in answer
        assert "Wer schreibt?" in answer
        assert "110" in in_mailbox().says(said)

    def test_hilfe_as_the_first_word(self) -> None:
        person = Person("Hilfe")
        assert "Ehrlich vorab" in person.said[0]
        assert "110" in person.said[1]

    def test_stopp_drops_the_draft_and_says_so(self) -> None:
        person = writing()
        person.says("Text.")
        assert "Der Entwurf ist weg" in person.says("stopp")
        assert draft(person.talk) == ""
        assert due(person.talk) is None
        other = in_mailbox()
        assert "bleibt beim Team" in other.says("stop")
        assert other.talk.step is Step.MAILBOX

    def test_loeschen_asks_once_and_says_what_remains(self) -> None:
        person = in_mailbox()
        assert "Schreiben Sie „ja“" in person.says("löschen")
        person.says("ja")
        assert person.did == [Erase()]
        (leave,) = person.happens(Erased())
        assert isinstance(leave, Leave)
        assert "kann ich nicht löschen" in leave.farewell
        assert person.talk.step is Step.NEW

    def test_anything_else_than_ja_erases_nothing_and_is_not_lost(self) -> None:
        person = writing()
        person.says("alles loschen")
        assert "bleibt alles da" in person.says("Moment, ich schreibe lieber weiter")
        assert person.did == []
        assert "lieber weiter" in draft(person.talk)

    def test_mensch_skips_the_questions(self) -> None:
        person = Person("hallo")
        said = person.says("mensch")
        assert "0800 1110111" in said
        assert "Wer wird es lesen?" in said
        assert person.talk.role == "own_concern"
        assert "überspringe" not in person.says("Mensch!")
        assert "überspringe" not in writing().says("mensch")

    def test_sprache(self) -> None:
        person = Person("hallo")
        assert "english" in person.says("sprache")
        assert "To be honest" in person.says("english")
        person.says("1")
        assert "Gut, auf Deutsch." in person.says("deutsch")
        assert Person("english").said[0].startswith("Hello")
        assert Person("Deutsch").said[0].startswith("Guten Tag")

    def test_code_binds_the_room(self) -> None:
        person = Person("hallo")
        assert "acht Wörter" in person.says("code")
        person.says(" ".join(CODE))
        assert person.did == [Bind(CODE)]
        person.happens(NotBound(CODE))
        assert "abakus abbau" in person.said[-1]
        assert person.talk.aside is Aside.CODE
        person.says(" ".join(CODE).upper())
        person.happens(Bound("Beratungsteam Ost"))
        assert person.talk.step is Step.MAILBOX
        assert "Beratungsteam Ost" in person.said[-2]

    def test_a_code_is_never_taken_for_a_letter(self) -> None:
        person = writing()
        person.says("Ein Anfang.")
        person.says("\n".join(CODE))
        assert person.did == [Bind(CODE)]
        assert draft(person.talk) == "Ein Anfang."
        person.happens(Bound("Beratungsteam Ost"))
        assert "liegt schon dabei" in person.said[-2]
        assert Person("code " + " ".join(CODE)).did == [Bind(CODE)]

    def test_a_code_with_a_slip_is_explained(self) -> None:
        person = Person("hallo", "code")
        said = person.says("abbqld abbau abbild abendrot abfahrt abflug abgleich qqqqqqqq")
        assert "„abbqld“ kennen wir nicht. Meinten Sie: abbild" in said
        assert "„qqqqqqqq“ kennen wir nicht" in said
        assert "3 Wörter gelesen" in person.says("abakus abfahrt abflug")
        assert person.did == []

    def test_out_of_the_code_again(self) -> None:
        person = Person("hallo", "code")
        assert "Wer schreibt?" in person.says("zurück")
        person.says("code")
        assert "110" in person.says("hilfe")
        assert person.talk.aside is Aside.NONE
        person.says("code")
        person.says("Ich habe den Zettel verloren und weiß nicht mehr was darauf stand und jetzt sitze ich hier fest")
        assert "Zettel" in draft(person.talk)

    def test_notiert_takes_the_code_back(self) -> None:
        person = in_mailbox()
        assert "zurückgenommen" in person.says("Habe ich notiert")
        assert person.did == [TakeBack()]

    def test_nur_web_forgets_the_key(self) -> None:
        person = in_mailbox()
        person.says("Ein Rest.")
        assert "nur das eine Wort" in person.says("nur web")
        person.says("stopp")
        assert "vergessen" in person.says("nur noch im Web")
        assert person.did == [Forget()]
        assert "noch nichts gesendet" in Person("hallo").says("nur web")
        person = in_mailbox()
        person.says("neu")
        person.says("nur web")
        assert person.talk.step is Step.ROLE

    def test_neu_begins_anew_and_keeps_what_was_written(self) -> None:
        person = in_mailbox()
        person.says("Etwas ganz anderes.")
        assert "Wer schreibt?" in person.says("neu")
        assert draft(person.talk) == "Etwas ganz anderes."
        assert person.talk.bound

    def test_dringend_and_back(self) -> None:
        person = Person("hallo")
        assert "Als dringend vermerkt" in person.says("dringend")
        person.says("nicht dringend")
        assert not person.talk.urgent
        assert "schon gesendet" in in_mailbox().says("dringend")
        assert "Als dringend" in writing().says("sehr dringend")
        assert in_mailbox().says("zurück") == ""

    def test_every_command_has_its_row(self) -> None:
        assert set(DO) == set(spoken.COMMANDS)
        phrases = [phrase for row in spoken.COMMANDS.values() for phrase in row]
        assert len(phrases) == len(set(phrases))
        assert all(" ".join(spoken.words(phrase)) == phrase for phrase in phrases)


class TestDanger:
    def test_the_numbers_come_at_once_and_nothing_is_sent(self) -> None:
        person = Person("Ich will nicht mehr leben")
        assert "110 Polizei" in person.said[0]
        assert "Ehrlich vorab" in person.said[1]
        assert person.did == []
        assert draft(person.talk) == "Ich will nicht mehr leben"

    def test_once_for_each_sending(self) -> None:
        person = writing()
        assert "Das klingt nach Gefahr" in person.says("Er bedroht mich")
        assert person.says("mit dem Messer") == ""
        assert "Das klingt nach Gefahr" in writing().says("er bedroht mich", edits="m1")

    def test_the_browser_has_the_same_list(self) -> None:
        source = Path("intake/web/client/pages/danger.ts").read_text("utf-8")
        listed = re.search(r"new RegExp\(\s*\[(.*?)\]\.join", source, re.DOTALL)
        assert listed is not None
        signs = [sign.replace("\\\\", "\\") for sign in re.findall(r'"((?:[^"\\]|\\.)*)"', listed[1])]
        assert tuple(signs) == SIGNS

    @pytest.mark.parametrize("text", ["Ich bringe mich um", "SUIZID", "I don’t want to live"])
    def test_signs(self, text: str) -> None:
        assert sounds_dangerous(text)

    @pytest.mark.parametrize("text", ["Guten Abend", "Mein Sohn hat Ärger", "raus"])
    def test_no_signs(self, text: str) -> None:
        assert not sounds_dangerous(text)


class TestSilence:
    def test_one_reminder_then_the_draft_is_erased_and_both_are_said(self) -> None:
        person = writing()
        person.says("Text.")
        person.now += REMIND_AFTER - timedelta(seconds=1)
        assert person.happens(Waited()) == []
        person.now += timedelta(seconds=1)
        person.happens(Waited())
        assert "Sind Sie noch da?" in person.said[-1]
        assert person.happens(Waited()) == []
        person.now += ERASE_AFTER
        person.happens(Waited())
        assert "gelöscht" in person.said[-1]
        assert draft(person.talk) == ""
        assert due(person.talk) is None

    def test_who_writes_again_is_not_interrupted(self) -> None:
        person = writing()
        person.now += REMIND_AFTER
        person.happens(Waited())
        person.says("Ja, ich bin noch da.")
        assert due(person.talk) == person.now + REMIND_AFTER

    def test_a_quiet_room_is_left_with_a_goodbye_unless_there_is_something_to_keep(self) -> None:
        for busy in (writing(), in_mailbox()):
            before = busy.talk
            assert busy.happens(Quiet()) == []
            assert busy.talk == before
        (leave,) = Person(talk=Talk()).happens(Quiet())
        assert isinstance(leave, Leave)
        assert "lange still" in leave.farewell

    def test_nothing_to_lose_nothing_to_say(self) -> None:
        person = in_mailbox()
        person.says("hilfe")
        assert due(person.talk) is None
        person.says("Noch etwas.")
        person.now += REMIND_AFTER
        person.happens(Waited())
        person.now += ERASE_AFTER
        person.happens(Waited())
        assert person.talk.step is Step.MAILBOX


class TestWhatComesByItself:
    def test_an_answer_stands_under_the_name_of_the_team(self) -> None:
        person = in_mailbox()
        person.happens(Answer("Beratungsteam Ost", "Gut, dass Sie schreiben."))
        assert person.said[-1] == "Beratungsteam Ost:\n\nGut, dass Sie schreiben."

    def test_a_forged_answer_is_told_of_and_not_shown(self) -> None:
        person = in_mailbox()
        person.happens(NotGenuine())
        assert "nicht vom Team unterschrieben" in person.said[-1]

    def test_a_mailbox_that_is_gone_is_said(self) -> None:
        person = in_mailbox()
        person.says("Noch etwas.")
        person.says("fertig")
        person.happens(Failed(NoMailbox()))
        assert draft(person.talk) == "Noch etwas."

    def test_pictures_are_kindly_declined(self) -> None:
        person = writing()
        person.happens(Attached())
        assert "nicht weitergeben" in person.said[-1]

    def test_one_notice_per_session_and_device(self) -> None:
        person = writing()
        assert len(person.happens(Undecryptable("s"))) == 1
        assert person.happens(Undecryptable("s")) == []
        assert len(person.happens(NewDevice("s"))) == 1
        assert person.happens(NewDevice("s")) == []

    def test_a_room_in_the_clear_takes_nothing(self) -> None:
        person = Person(talk=Talk())
        person.happens(Unencrypted())
        assert "nicht verschlüsselt" in person.said[-1]
        assert draft(person.talk) == ""


class TestWords:
    def test_both_languages_say_everything_with_the_same_blanks(self) -> None:
        german, english = texts.SAID["de"], texts.SAID["en"]
        assert set(german) == set(english)
        for key, sentence in german.items():
            blanks = [
                {name for _, name, _, _ in string.Formatter().parse(said) if name} for said in (sentence, english[key])
            ]
            assert blanks[0] == blanks[1], key

    def test_nothing_secret_is_printed(self) -> None:
        person = writing()
        person.says("Geheim und noch mehr Geheimes.")
        shown = repr(person.talk) + repr(Said("Geheim")) + repr(Say("Geheim")) + repr(SENT) + repr(Bind(CODE))
        person.says("fertig")
        assert "Geheim" not in shown + repr(person.did)
        assert "abakus" not in shown

    def test_a_team_bound_to_prosecute_says_so_among_the_limits(self) -> None:
        assert "jede Straftat verfolgen" in texts.limits("de", bound=True)
        assert "jede Straftat" not in texts.limits("de")

    def test_every_question_leads_back(self) -> None:
        for question in QUESTIONS.values():
            assert question.back in QUESTIONS
