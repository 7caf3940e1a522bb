"""The first-contact dialogue: what people write at ten past two in the night, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest

from bots.conversation_model import (
    MOST_CHARACTERS,
    Add,
    Added,
    Arrived,
    Failed,
    Guide,
    Say,
    Send,
    Sent,
    Step,
    Talk,
)
from intake.errors import StoreBusy, TeamUnknown
from tests.bots.talking import (
    CODE,
    PIECE,
    WEB,
    Person,
    closed_world,
    draft,
    guide,
    in_mailbox,
    without_directory,
    writing,
)
from tests.intake.publishing import NOW

SENT = Sent(CODE, date(2026, 11, 25), date(2026, 12, 22))


class TestTheWay:
    def test_a_mother_from_wismar_is_led_to_her_team_and_only_fertig_sends(self) -> None:
        mother = Person("Hallo")
        assert "liest Ihren Text für einen Moment" in mother.said[0]
        assert "Drei Ausnahmen" in mother.said[0]
        assert "1 Ich will selbst raus" in mother.said[1]
        assert "Worum geht es?" in mother.says("2️⃣")
        assert "Postleitzahl" in mother.says("die rechte szene")
        card = mother.says("23966")
        assert "Wer wird es lesen?" in card
        assert "Gesucht für: Nordwestmecklenburg" in card
        assert "Erst wenn Sie nur das Wort „fertig“" in mother.says("1")
        assert "Habe ich" in mother.says("Mein Sohn ist 16.")
        assert mother.says("Er geht da jede Woche hin 😢") == ""
        assert "dringend vermerkt" in mother.says("dringend")
        assert mother.did == []
        assert "Wird verschlossen" in mother.says("Fertig!")
        (send,) = mother.did
        assert isinstance(send, Send)
        assert send.text == "Mein Sohn ist 16.\n\nEr geht da jede Woche hin 😢"
        assert (send.language, send.urgent) == ("de", True)
        assert (send.wishes.role, send.wishes.phenomena, send.wishes.kreis) == ("relative", ("RE",), "DE80M")
        assert "unterwegs" in mother.says("fertig")
        effects = mother.happens(SENT)
        assert [effect.secret for effect in effects if isinstance(effect, Say)] == [False, True, False, False]
        assert "25. November 2026" in mother.said[-4]
        assert "1. abakus" in mother.said[-3]
        assert mother.talk.step is Step.MAILBOX
        assert draft(mother.talk) == ""

    def test_more_can_be_written_into_the_mailbox(self) -> None:
        person = in_mailbox()
        person.says("Noch etwas:")
        person.says("Er hat angerufen.")
        person.says("fertig")
        assert person.did == [Add("Noch etwas:\n\nEr hat angerufen.")]
        person.happens(Added())
        assert person.said[-1] == "Ist beim Team."
        assert "schon gesendet" in person.says("anders", edits="m1")
        assert person.says("Noch etwas:", id="m1") == ""  # the homeserver repeats itself

    def test_the_same_in_english(self) -> None:
        person = Person("Hello, I need help please")
        assert "To be honest about who sees what" in person.said[0]
        person.says("my own doubts")
        for answer in ("8", "nothing", "yes"):
            person.says(answer)
        person.says("I do not know whom to tell.")
        person.says("done")
        (send,) = person.did
        assert isinstance(send, Send)
        assert send.language == "en"
        assert send.wishes.kreis is None

    def test_in_a_terminal_the_words_are_those_of_a_terminal(self) -> None:
        person = Person(talk=Talk(door="terminal"))
        person.happens(Arrived())
        assert "hier auf diesem Gerät" in person.said[0]
        assert person.happens(Arrived()) == []
        person.talk = replace(person.talk, step=Step.TEXT, outgoing=(PIECE,))
        person.happens(SENT)
        assert WEB + "antworten" in person.said[-2]


class TestWhoReads:
    def test_lieber_nicht_staatlich_is_never_softened(self) -> None:
        person = Person("hallo", "1", "3", "40210")
        assert person.talk.kreis == "DEA11"
        said = person.says("lieber nicht staatlich")
        assert "Wir suchen nicht heimlich ein anderes aus" in said
        assert "Ohne den Wunsch „nicht staatlich“ gäbe es" in said
        assert person.talk.only_civil
        first, *_, last = person.talk.options
        assert last == "undo"
        card = person.says("1")
        assert person.talk.team == first
        assert "Nicht staatlich" in card
        person.says("1")
        person.says("Ich will da weg.")
        person.says("fertig")
        (send,) = person.did
        assert isinstance(send, Send)
        assert send.team == first
        assert send.wishes.only_civil

    def test_wishes_can_be_taken_back_and_carriers_left_out(self) -> None:
        person = Person("hallo", "1", "1", "23966")
        shown = person.talk.options[-1]
        person.says("dieser Träger soll es nicht lesen")
        assert person.talk.not_carriers
        assert person.talk.options[-1] != shown
        labels = list(person.talk.options[:-1])
        person.says(str(labels.index("undo") + 1))
        assert person.talk.not_carriers == ()
        person.says("2")
        assert person.talk.only_civil
        person.says("wünsche zurücknehmen")
        assert not person.talk.only_civil

    def test_undo_also_stands_among_the_others(self) -> None:
        person = Person("hallo", "1", "3", "40210", "2")
        person.says(str(len(person.talk.options)))
        assert not person.talk.only_civil
        assert person.talk.step is Step.TEAM

    def test_another_team_can_be_chosen_and_is_shown_first(self) -> None:
        person = Person("hallo", "1", "1", "23966", "lieber ein anderes Team")
        assert person.talk.step is Step.OTHERS
        other = person.talk.options[1]
        assert "Wer wird es lesen?" in person.says("2")
        assert person.talk.options[-1] == other
        person.says("ja")
        assert (person.talk.step, person.talk.team) == (Step.TEXT, other)
        assert "Wer wird es lesen?" in person.says("zurück")
        person.says("4")
        assert "nicht verstanden" in person.says("99")
        person.says("zurueck")
        assert person.talk.step is Step.TEAM
        assert "nicht verstanden" in person.says("hm")

    def test_a_team_that_vanished_while_one_looked_is_not_chosen(self) -> None:
        person = Person("hallo", "1", "1", "23966")
        person.talk = replace(person.talk, options=(*person.talk.options[:-1], "gone"))
        assert "Wer wird es lesen?" in person.says("ja")
        person.talk = replace(person.talk, options=(*person.talk.options[:-1], "gone"))
        person.says("3")
        assert person.talk.not_carriers == ()

    def test_a_team_that_vanished_before_sending_is_told_and_nothing_is_lost(self) -> None:
        person = writing()
        person.says("Mein Bruder.")
        person.says("fertig")
        person.happens(Failed(TeamUnknown()))
        assert person.talk.step is Step.TEAM
        assert draft(person.talk) == "Mein Bruder."
        assert "liegt schon dabei" in person.says("ja")

    def test_when_every_fitting_carrier_is_left_out_that_is_said_too(self) -> None:
        person = Person("hallo", "1", "1", "23966")
        while person.talk.options[0] == "yes":
            said = person.says("dieser Träger soll es nicht lesen")
        assert "Wir suchen nicht heimlich ein anderes aus" in said
        assert "gäbe es" not in said

    def test_who_suffered_violence_gets_signposts_and_is_not_routed(self) -> None:
        person = Person("hallo")
        assert "nur für Betroffene" in person.says("5")
        assert person.talk.step is Step.ROLE

    def test_one_choice_alone_has_no_others(self) -> None:
        directory = guide().directory
        assert directory is not None
        routing = msgspec.structs.replace(directory.routing, lists=tuple(one[:2] for one in directory.routing.lists))
        person = Person(
            "hallo", guide_=Guide(msgspec.structs.replace(directory, routing=routing), guide().regions, WEB)
        )
        for answer in ("1", "1", "23966"):
            person.says(answer)
        assert "others" not in person.talk.options

    def test_nobody_at_all_is_said(self) -> None:
        person = Person("hallo", "1", "1", "nichts", guide_=closed_world())
        assert "Zurzeit kann hier kein Team" in person.said[-1]
        assert "nicht verstanden" in person.says("1")

    def test_without_a_valid_directory_nothing_goes_on_and_nothing_is_lost(self) -> None:
        person = Person("hallo", guide_=without_directory())
        assert "nicht sicher prüfen" in person.said[-1]
        assert "nicht sicher prüfen" in person.says("1")
        said = person.says("Mein Bruder geht da jede Woche hin.")
        assert "aufgehoben" in said
        assert draft(person.talk) == "Mein Bruder geht da jede Woche hin."
        expired = guide()
        person = writing()
        person.guide = expired
        person.now = NOW + timedelta(days=4000)
        assert "nicht sicher prüfen" in person.says("zurück")
        person.guide = without_directory()
        person.talk = replace(person.talk, step=Step.TEXT)
        assert "„fertig“" in person.says("hilfe")


class TestWhere:
    def test_several_kreise_are_asked(self) -> None:
        person = Person("hallo", "1", "1", "rostock")
        assert person.talk.step is Step.KREIS
        assert "nicht verstanden" in person.says("xyz")
        person.says("weiß ich nicht")
        assert person.talk.kreis == "DE8"
        person.says("zurück")
        person.says("rostock")
        first = person.talk.options[0]
        person.says("1")
        assert person.talk.kreis == first

    @pytest.mark.parametrize("nothing", ["nichts", "-", "egal", "weiter", "nothing"])
    def test_nothing_is_an_answer(self, nothing: str) -> None:
        person = Person("hallo", "1", "1", nothing)
        assert (person.talk.step, person.talk.kreis) == (Step.TEAM, None)

    def test_an_unknown_place_is_said_kindly(self) -> None:
        person = Person("hallo", "1", "1")
        assert "Postleitzahl kennen wir nicht" in person.says("00000")
        assert "kennen wir nicht" in person.says("Entenhausen")
        assert person.talk.step is Step.PLACE


class TestAnswers:
    @pytest.mark.parametrize(
        ("said", "step"),
        [
            *(
                (said, Step.TOPIC)
                for said in ("2", "2.", "Nr. 2", "zwei", "two", "ich will raus", "sorge", "fachkrfat")
            ),
            *((said, Step.ROLE) for said in ("7", "1 2", "blau", "🙂", "0", "ich", "und")),
        ],
    )
    def test_numbers_words_and_slips(self, said: str, step: Step) -> None:
        assert Person("hallo", said).talk.step is step

    @pytest.mark.parametrize(
        ("said", "topics"),
        [
            ("1, 3", ("RE", "LE")),
            ("1 und 3 und 1", ("RE", "LE")),
            ("islamistisch", ("IS",)),
            ("Reichsbürger", ("RB",)),
            ("xyz", ()),
        ],
    )
    def test_several_topics(self, said: str, topics: tuple[str, ...]) -> None:
        assert Person("hallo", "1", said).talk.phenomena == topics

    def test_a_story_told_too_early_is_kept_and_said_to_be_kept(self) -> None:
        person = Person("Mein Bruder ist seit einem Jahr bei denen und ich weiß nicht weiter")
        assert "Ehrlich vorab" in person.said[0]
        assert "aufgehoben" in person.said[1]
        for answer in ("2", "1", "23966", "ja"):
            person.says(answer)
        assert "liegt schon dabei" in person.said[-1]
        person.says("fertig")
        (send,) = person.did
        assert isinstance(send, Send)
        assert send.text.startswith("Mein Bruder")

    def test_a_reply_counts_without_what_it_quotes(self) -> None:
        person = Person("hallo")
        person.says("> <@bot:x> Wer schreibt?\n> 1 Ich will selbst raus\n\n2", reply=True)
        assert person.talk.role == "relative"
        assert person.says("> nur ein Zitat", reply=True) == ""

    def test_an_edit_changes_the_draft_and_is_never_a_command(self) -> None:
        person = writing()
        person.says("Mein Sohn ist 15.", id="a")
        person.says("Er heißt anders.", id="b")
        assert person.says("Mein Sohn ist 16.", edits="a") == "Geändert."
        assert draft(person.talk) == "Mein Sohn ist 16.\n\nEr heißt anders."
        assert person.says("fertig", edits="a") == "Geändert."
        assert person.did == []
        assert "nicht als Antwort" in person.says("raus", edits="unknown")
        person.says("fertig")
        assert "schon gesendet" in person.says("neu", edits="b")

    def test_too_long_is_said_and_the_rest_stays(self) -> None:
        person = writing()
        person.says("x" * 150_000, id="a")
        assert "nicht mehr aufgenommen" in person.says("y" * 60_000)
        assert "nicht mehr aufgenommen" in person.says("y" * (MOST_CHARACTERS + 1), edits="a")
        assert draft(person.talk) == "x" * 150_000
        early = Person("hallo")
        assert "nicht mehr aufgenommen" in early.says("wort " * 50_000)


class TestFertig:
    @pytest.mark.parametrize("said", ["fertig", "Fertig.", "FERTIG!!", "„fertig“", "done", "fertig 🙂", "/fertig"])
    def test_the_word_sends(self, said: str) -> None:
        person = writing()
        person.says("Text.")
        person.says(said)
        assert isinstance(person.did[0], Send)

    @pytest.mark.parametrize("said", ["fertg", "ferrtig", "Ich bin fertig", "bin fertig", "bitte fertig"])
    def test_what_only_sounds_like_it_is_asked_back(self, said: str) -> None:
        person = writing()
        person.says("Text.")
        assert "nur das eine Wort" in person.says(said)
        assert person.did == []
        kept = len(said.split()) > 1  # a sentence may be meant, a lone slip is not
        assert (said in draft(person.talk)) is kept

    @pytest.mark.parametrize("said", ["Ich bin noch nicht fertig", "Er macht mich fertig und lacht darüber"])
    def test_in_a_sentence_it_is_a_word(self, said: str) -> None:
        person = writing()
        person.says("Text.")
        assert person.says(said) == ""
        assert said in draft(person.talk)

    def test_nothing_is_sent_before_one_has_seen_who_reads(self) -> None:
        person = Person("Mein Bruder ist seit einem Jahr dabei")
        assert "erst sollen Sie sehen" in person.says("fertig")
        assert person.did == []

    def test_nothing_is_sent_when_there_is_nothing(self) -> None:
        person = writing()
        assert "noch nichts" in person.says("fertig")

    def test_what_failed_is_still_there(self) -> None:
        person = writing()
        person.says("Text.")
        person.says("fertig")
        person.says("Und noch etwas.")
        person.happens(Failed(StoreBusy()))
        assert "noch da" in person.said[-1]
        assert draft(person.talk) == "Text.\n\nUnd noch etwas."
        person.says("fertig")
        assert [effect.text for effect in person.did if isinstance(effect, Send)] == [
            "Text.",
            "Text.\n\nUnd noch etwas.",
        ]

    def test_what_is_written_while_it_is_sent_goes_into_the_mailbox(self) -> None:
        person = writing()
        person.says("Text.")
        person.says("fertig")
        assert person.says("zurück") == ""
        assert "unterwegs" in person.says("stopp")
        assert "unterwegs" in person.says("neu")
        person.says("Nachtrag.")
        person.happens(SENT)
        person.says("fertig")
        assert person.did[-1] == Add("Nachtrag.")
