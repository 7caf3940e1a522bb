"""What counsellors type at three in the morning, and what comes of it."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import service_phone_texts as texts
from bots.service_phone import (
    BY_NAME,
    NOTICES_KEPT,
    VERBS,
    Answered,
    CheckCode,
    CodeChecked,
    Effect,
    Known,
    Later,
    NewDevice,
    PassOn,
    Phone,
    Said,
    Say,
    Take,
    Undecryptable,
    Unencrypted,
    _like,
    _reference_word,
    step,
)
from intake.alert_model import Message, News, Reply, Trouble
from intake.alert_reference import WORDS, Reference, reference

NOW = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)  # 03:10 in Germany
KRANICH = Known("a1", 2, Reference(("Kranich", "Lampe"), "4711"))
AHORN = Known("a2", 1, Reference(("Ahorn", "Lampe"), "1234"))
OLD = Known("a0", 1, Reference(("Hummel", "Teich"), "2020"), open=False)
ONE, TWO = (KRANICH, OLD), (AHORN, KRANICH, OLD)


def say(
    text: str, known: tuple[Known, ...] = ONE, phone: Phone | None = None, reply_to: str | None = None
) -> list[Effect]:
    return list(step(phone or Phone(), Said(text, known, reply_to), NOW)[1])


def said(effects: list[Effect]) -> str:
    (effect,) = effects
    assert isinstance(effect, Say)
    assert len(effect.text.encode()) == texts.ROOM_BYTES
    return effect.text.strip()


TAKEN = [Take("a1", 2)]


class TestTaking:
    @pytest.mark.parametrize(
        "text",
        [
            "ok",
            "OK!",
            "Ok.",
            "okay",
            "oke",
            "übernehme",
            "Uebernehme",
            "ÜBERNEHME",
            "übernheme",
            "übernehmme",
            "ubernehme",
            "ich übernehme",
            "ok ich übernehme",
            "mach ich",
            "mache ich",
            "nehme ich",
            "take",
            "i take it",
            "on it",
            "got it",
            "mine",
            "ack",
            "yes",
            "ja",
            "Ja bitte",
            "👍",
            "👍🏽",
            "✅",
            "o.k.",
            "ok danke",
            "k",
            "4711",
            "ok 4711",
            "4711 ok",
            "#4711",
            "Nr. 4711",
            "Kranich Lampe",
            "kranich lampe ok",
            "Kranich-Lampe",
            "kranihc lampe",
            "ok kranich",
            "übernehme kranch lampe",
            "> alte Nachricht\nok",
            "alle",
        ],
    )
    def test_it_is_taken(self, text: str) -> None:
        if text == "alle":
            assert said(say(text)).startswith("Das habe ich nicht verstanden")
        else:
            assert say(text) == TAKEN

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "   ",
            "…",
            "nö",
            "hm",
            "wo bist du",
            "meine Güte",
            "soll ich übernehmen?",
            "kannst du übernehmen",
            "ok?? warum",
            "bin gerade im Auto, ja komme gleich",
            "ok aber da muss jemand anderes hin",
            "ok aber nur heute Abend",
            "🙂",
            "> ok",
            "übernahme",
            "Bild.jpg",
            "okok",
        ],
    )
    def test_it_is_not_taken_by_accident(self, text: str) -> None:
        assert said(say(text)).startswith("Das habe ich nicht verstanden")

    def test_the_reply_function_says_which(self) -> None:
        assert say("ok", TWO, reply_to="a2") == [Take("a2", 1)]

    def test_an_answer_to_an_old_alert_goes_to_the_machine_that_explains(self) -> None:
        assert say("ok 2020", TWO) == [Take("a0", 1)]
        assert say("ok", (OLD,)) == [Take("a0", 1)]

    def test_nothing_is_open(self) -> None:
        assert said(say("ok", ())) == "Für Sie ist gerade nichts offen."
        assert said(say("ok alle", ())) == "Für Sie ist gerade nichts offen."

    def test_a_strange_reference(self) -> None:
        for text in ("9999", "ok 9999", "Zebra Zwiebel", "ok zebra", "0815 4"):
            assert said(say(text)).startswith("Diesen Alarm kenne ich nicht")


class TestNo:
    @pytest.mark.parametrize(
        "text",
        [
            "nein",
            "no",
            "kann nicht",
            "Kann ich nicht",
            "kann nicht übernehmen",
            "geht nicht, bitte weitergeben",
            "can't",
            "cannot",
            "cannnot",
            "don't take",
            "abgeben",
            "nicht ok",
            "not ok",
            "4711 nein",
            "gebe ab",
        ],
    )
    def test_a_negation_is_never_a_yes(self, text: str) -> None:
        assert say(text) == [PassOn("a1", 2)]

    def test_not_understanding_is_no_refusal(self) -> None:
        assert said(say("verstehe nicht")).startswith("Ich verstehe:")


class TestLater:
    @pytest.mark.parametrize(
        ("text", "minutes"),
        [
            ("später 30", 30),
            ("spaeter 30 min", 30),
            ("Spater 45", 45),
            ("spätre 5", 5),
            ("30 Minuten später", 30),
            ("später", 15),
            ("later 1h", 60),
            ("in 2 Stunden später", 120),
            ("später, eine halbe Stunde", 30),
            ("später eine Stunde", 60),
            ("ok später 20", 20),
            ("snooze 10 mins", 10),
            ("später um 3:30", 20),
            ("später bis 03:10", 24 * 60),
            ("später 4711 30", 30),
            ("später 25:00", 15),
        ],
    )
    def test_a_pause(self, text: str, minutes: int) -> None:
        assert say(text) == [Later("a1", 2, timedelta(minutes=minutes))]


class TestWhich:
    def ask(self, text: str) -> Phone:
        phone, effects = step(Phone(), Said(text, TWO), NOW)
        assert said(list(effects)).startswith("Welcher? 1: Ahorn Lampe (1234), 2: Kranich Lampe (4711).")
        return phone

    @pytest.mark.parametrize(
        ("answer", "taken"),
        [
            ("1", ["a2"]),
            ("2", ["a1"]),
            ("4711", ["a1"]),
            ("kranich", ["a1"]),
            ("alle", ["a2", "a1"]),
            ("ok 2", ["a1"]),
            ("beide bitte", ["a2", "a1"]),
        ],
    )
    def test_asked_and_answered(self, answer: str, taken: list[str]) -> None:
        phone = self.ask("ok")
        after, effects = step(phone, Said(answer, TWO), NOW)
        assert [e.alert for e in effects if isinstance(e, Take)] == taken
        assert after.asked is None

    def test_what_was_asked_is_kept(self) -> None:
        phone = self.ask("später 30")
        assert say("2", TWO, phone) == [Later("a1", 2, timedelta(minutes=30))]
        assert say("nein 1", TWO, self.ask("ok")) == [PassOn("a2", 1)]

    def test_a_wrong_number_may_be_corrected(self) -> None:
        phone, effects = step(self.ask("ok"), Said("7", TWO), NOW)
        assert said(list(effects)).startswith("Das habe ich nicht verstanden")
        assert say("1", TWO, phone) == [Take("a2", 1)]

    def test_half_a_reference_that_two_share(self) -> None:
        assert said(say("ok lampe", TWO)).startswith("Welcher?")
        assert say("ok lampe", ONE) == TAKEN

    def test_all_of_them_at_once(self) -> None:
        assert say("ok alle", TWO) == [Take("a2", 1), Take("a1", 2)]

    def test_two_named(self) -> None:
        assert say("ok 4711 1234", TWO) == [Take("a2", 1), Take("a1", 2)]


class TestAsking:
    def test_help_is_short_and_complete(self) -> None:
        for text in ("hilfe", "Hilef", "?", "??", "help", "HILFE!"):
            assert said(say(text)).startswith("Ich verstehe:\nok")

    def test_list(self) -> None:
        assert said(say("liste", TWO)) == "Offen: 1: Ahorn Lampe (1234), 2: Kranich Lampe (4711)"
        assert (
            said(say("offen?", (OLD,)))
            == "Das habe ich nicht verstanden. Möglich sind: ok · später 30 · kann nicht · liste · hilfe"
        )
        assert said(say("was ist offen?", (OLD,))) == "Für Sie ist gerade nichts offen."
        many = tuple(Known(f"a{n}", 1, reference(f"a{n}", 1)) for n in range(8))
        assert said(say("status", many)).endswith("und 3 weitere")

    def test_the_language_changes_for_this_phone(self) -> None:
        phone, effects = step(Phone(), Said("english please", ONE), NOW)
        assert said(list(effects)) == "Fine, in English."
        assert said(say("help", phone=phone)).startswith("I understand")
        assert step(phone, Said("Deutsch"), NOW)[0].language == "de"


class TestVerification:
    phone = Phone(verified=False)

    @pytest.mark.parametrize("text", ["123456", "123 456", " Code: 123-456 ", "mein Code ist 123456."])
    def test_the_code_is_found(self, text: str) -> None:
        assert say(text, phone=self.phone) == [CheckCode("123456")]

    @pytest.mark.parametrize("text", ["ok", "12345", "1234567", "ok 4711", ""])
    def test_before_that_nothing_is_obeyed(self, text: str) -> None:
        assert said(say(text, phone=self.phone)).startswith("Dieses Diensthandy ist noch nicht bestätigt")

    def test_right_and_wrong(self) -> None:
        phone, effects = step(self.phone, CodeChecked(right=False), NOW)
        assert not phone.verified
        assert said(list(effects)).startswith("Dieser Code stimmt nicht")
        phone, effects = step(phone, CodeChecked(right=True), NOW)
        assert phone.verified
        assert said(list(effects)).startswith("Bestätigt")


class TestUndecryptable:
    def test_one_notice_per_session(self) -> None:
        phone, effects = step(Phone(), Undecryptable("s1"), NOW)
        assert said(list(effects)).startswith("Ihre letzte Nachricht")
        assert step(phone, Undecryptable("s1"), NOW) == (phone, ())
        assert step(phone, Undecryptable("s2"), NOW)[1] != ()

    def test_what_came_in_the_clear_is_answered_each_time_and_does_nothing(self) -> None:
        for _ in range(2):
            phone, effects = step(Phone(), Unencrypted(), NOW)
            assert phone == Phone()
            assert "unverschlüsselt" in said(list(effects))

    def test_a_strange_device_is_told_of_once(self) -> None:
        phone, effects = step(Phone(), NewDevice("ABC"), NOW)
        assert "niemand bestätigt" in said(list(effects))
        assert step(phone, NewDevice("ABC"), NOW) == (phone, ())
        assert step(phone, NewDevice("DEF"), NOW)[1] != ()

    def test_memory_is_bounded(self) -> None:
        phone = Phone()
        for n in range(200):
            phone, _ = step(phone, Undecryptable(str(n)), NOW)
        assert len(phone.notices) == NOTICES_KEPT


class TestTexts:
    ref = Reference(("Veilchen", "Bernstein"), "7399")
    long = "Fach- und Beratungsstelle für Ausstieg und Distanzierung in Westmecklenburg „Łódź“"
    link = "https://erstkontakt.beispiel.de/team/"

    @pytest.mark.parametrize("language", texts.LANGUAGES)
    def test_everything_has_one_length_and_no_hole(self, language: str) -> None:
        made = [
            texts.notice(m, team=self.long, references=[self.ref] * 9, link=self.link, language=language)
            for m in Message
        ]
        made += [texts.news(n, team=self.long, reference=self.ref, owner=self.long, language=language) for n in News]
        made += [texts.trouble(t, team=self.long, link=self.link, language=language) for t in Trouble]
        phone = Phone(language=language)
        for what in Reply:
            _, effects = step(phone, Answered(what, self.ref, self.long, NOW), NOW)
            made += [e.text for e in effects if isinstance(e, Say)]
        many = tuple(Known(f"a{n}", 1, self.ref) for n in range(30))
        made += [said(say(t, many, phone)).ljust(0) for t in ("ok", "list")]
        for text in made[:-2]:
            assert len(text.encode()) == texts.ROOM_BYTES
        for text in made:
            assert "{" not in text
            assert self.long not in text

    def test_the_end_of_the_hold_is_shown_on_the_teams_clock(self) -> None:
        _, effects = step(Phone(), Answered(Reply.YOURS, self.ref, "Mira", NOW), NOW)
        assert "bis 24.11. 03:10" in said(list(effects))
        _, effects = step(Phone(), Answered(Reply.TAKEN, self.ref, "Mira"), NOW)
        assert said(list(effects)) == "Veilchen Bernstein (7399): Mira hat schon übernommen. Sie müssen nichts tun."

    def test_texts_that_do_not_fit_are_a_fault(self) -> None:
        with pytest.raises(ValueError, match="does not fit"):
            texts.pad("x" * 2000)
        with pytest.raises(ValueError, match="too long"):
            texts.sms(Message.NEW, team="T", reference=self.ref, link="https://" + "x" * 160)

    @pytest.mark.parametrize("team", ["Rostock", long, "チーム", "a\nb\tc", ""])
    @pytest.mark.parametrize("language", texts.LANGUAGES)
    def test_an_sms_is_always_one_sms(self, team: str, language: str) -> None:
        sent = {texts.sms(m, team=team, reference=self.ref, link=self.link, language=language) for m in Message}
        for text in sent:
            assert len(text) == texts.SMS_CHARACTERS
            assert set(text) <= texts._GSM

    def test_a_short_name_is_whole_in_the_message(self) -> None:
        text = texts.notice(Message.NEW, team="Regionalzentrum Rostock", references=[self.ref], link=self.link)
        assert text.strip().splitlines() == [
            "Regionalzentrum Rostock: bitte melden Sie sich.",
            "Veilchen Bernstein (7399)",
            "Antworten Sie: ok · später 30 · kann nicht · hilfe",
            self.link,
        ]


class TestReferences:
    def test_no_word_is_another_with_a_slip(self) -> None:
        assert len(set(WORDS)) == len(WORDS) == 80
        for one, other in permutations(WORDS, 2):
            assert not _like(one.lower(), other.lower())

    def test_no_command_is_a_reference(self) -> None:
        for verb in VERBS:
            for phrase in (*verb.phrases, *verb.alone):
                assert all(_reference_word(word) is None for word in phrase.split())
                assert not any(_like(word, other.lower()) for word in phrase.split() for other in WORDS)

    @given(st.text(max_size=20), st.integers(0, 100))
    def test_words_and_number_say_the_same(self, alert: str, round_: int) -> None:
        made = reference(alert, round_)
        index = int(made.number) - 1000
        assert made.words == (WORDS[index // 80], WORDS[index % 80])
        assert len(made.number) == 4

    def test_every_round_has_another_one(self) -> None:
        assert len({reference("a", n).number for n in range(50)}) > 45


@given(st.text(max_size=300), st.booleans(), st.sampled_from([(), ONE, TWO, (OLD,)]))
def test_nothing_typed_breaks_it(text: str, verified: bool, known: tuple[Known, ...]) -> None:
    phone, effects = step(Phone(verified=verified), Said(text, known), NOW)
    assert effects
    for effect in effects:
        if isinstance(effect, Say):
            assert len(effect.text.encode()) == texts.ROOM_BYTES
        elif isinstance(effect, Take | Later | PassOn):
            assert effect.alert in {k.alert for k in known}
    assert phone.asked is None or phone.asked in BY_NAME


@given(
    st.lists(
        st.sampled_from(
            [
                "ok",
                "ja",
                "nein",
                "später",
                "30",
                "4711",
                "alle",
                "liste",
                "hilfe",
                "nicht",
                "kranich",
                "lampe",
                "?",
                "1",
                "2",
                "bitte",
                "übernehme",
            ]
        ),
        max_size=6,
    )
)
def test_no_negated_message_ever_takes_an_alert(words: list[str]) -> None:
    effects = say(" ".join(words), TWO)
    if "nicht" in words:
        assert not any(isinstance(e, Take) for e in effects)
