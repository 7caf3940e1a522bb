"""What counsellors type about field visits, with their typing errors, and what is never taken for it."""

from datetime import UTC, datetime, timedelta

import pytest

from bots import check_in_texts, service_phone
from bots import service_phone_texts as texts
from bots.service_phone import Known, Phone, Said, Say, Take, VisitLonger, VisitOk, VisitOut
from bots.service_phone_visits import What, understand
from intake.alert_reference import reference
from intake.checkin_model import Message, Purpose, Reply
from intake.working_time import BERLIN, local

NOON = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # 16:00 in Demmin


def planned(text: str, now: datetime = NOON) -> tuple[str, str, str] | None:
    command = understand(text, now, BERLIN)
    if command is None or command.what is not What.PLAN:
        return None
    assert command.begins is not None
    assert command.until is not None
    return f"{local(command.begins):%d %H:%M}", f"{local(command.until):%d %H:%M}", command.purpose.value


@pytest.mark.parametrize(
    ("text", "begins", "until", "purpose"),
    [
        ("besuch 18:00 bis 19:30", "24 18:00", "24 19:30", Purpose.VISIT),
        ("Besuch von 18 bis 19.30 Uhr", "24 18:00", "24 19:30", Purpose.VISIT),
        ("beusch 1800 - 1930", "24 18:00", "24 19:30", Purpose.VISIT),
        ("bis 18:00", "24 16:00", "24 18:00", Purpose.VISIT),
        ("bis 18 uhr bitte", "24 16:00", "24 18:00", Purpose.VISIT),
        ("visit 18:00 to 19:30", "24 18:00", "24 19:30", Purpose.VISIT),
        ("until 18:00", "24 16:00", "24 18:00", Purpose.VISIT),
        ("Hausbesuch 22:00 bis 01:00", "24 22:00", "25 01:00", Purpose.VISIT),
        ("zuhause bis 21:00", "24 16:00", "24 21:00", Purpose.HOME),
        ("home by 21:00", "24 16:00", "24 21:00", Purpose.HOME),
        ("Büro 16:30 bis 18", "24 16:30", "24 18:00", Purpose.OFFICE),
    ],
)
def test_plans(text: str, begins: str, until: str, purpose: Purpose) -> None:
    assert planned(text) == (begins, until, purpose.value)


def test_plans_over_midnight_and_through_the_nights_of_the_clock_change() -> None:
    for month, day, hours in ((3, 28, 2.5), (10, 24, 4.5)):
        command = understand("besuch 23:30 bis 03:00", datetime(2026, month, day, 18, tzinfo=UTC), BERLIN)
        assert command is not None
        assert command.begins is not None
        assert command.until is not None
        assert command.until - command.begins == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "what", "pin"),
    [
        ("ok 48213", What.OK, "48213"),
        ("OK, 48213!", What.OK, "48213"),
        ("48213", What.OK, "48213"),
        ("alles gut 48213", What.OK, "48213"),
        ("bin raus 48213", What.OUT, "48213"),
        ("bin raus", What.OUT, None),
        ("i am out 48213", What.OUT, "48213"),
        ("sicher zuhause 48213", What.OUT, "48213"),
        ("drausen", What.OUT, None),
        ("absagen 48213", What.OUT, "48213"),
        ("fällt aus", What.OUT, None),
        ("cancel", What.OUT, None),
        ("länger 30", What.LONGER, None),
        ("laenegr 30 48213", What.LONGER, "48213"),
        ("noch 30 Minuten länger", What.LONGER, None),
    ],
)
def test_answers(text: str, what: What, pin: str | None) -> None:
    command = understand(text, NOON, BERLIN)
    assert command is not None
    assert (command.what, command.pin) == (what, pin)
    assert "48213" not in repr(command)
    if what is What.LONGER:
        assert command.by == timedelta(minutes=30)


def test_how_much_longer() -> None:
    for text, minutes in (("länger", 30), ("länger 1 h", 60), ("longer half an hour", 30), ("länger eine stunde", 60)):
        command = understand(text, NOON, BERLIN)
        assert command is not None
        assert command.by == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text",
    [
        "ok", "ok 4711", "4711", "später 30", "kann nicht", "hilfe", "liste", "übernehme bis 18:00", "bin nicht raus",
        "ich bin nicht sicher", "bin raus?", "besuch", "Kommst du mit zum Besuch um 18 Uhr oder lieber danach?", "",
        "besuch 18 19 20", "ok kranich laterne",
    ],
)  # fmt: skip
def test_what_is_no_word_about_a_visit(text: str) -> None:
    assert understand(text, NOON, BERLIN) is None


VISIT = Known("v" * 32, 2, reference("v" * 32, 0), open=True, visit=True)
ALERT = Known("a1", 1, reference("a1", 1))


def said(text: str, *known: Known, reply_to: str | None = None) -> list[object]:
    return list(service_phone.step(Phone(), Said(text, known, reply_to), NOON)[1])


def test_ok_means_the_check_in_that_is_waited_for() -> None:
    assert said("ok", VISIT) == [VisitOk(None, VISIT.alert, 2)]
    assert said("ok 48213", VISIT) == [VisitOk("48213")]
    assert said("ok 48213", VISIT, reply_to=VISIT.alert) == [VisitOk("48213", VISIT.alert, 2)]
    assert said("bin raus 48213", VISIT, ALERT) == [VisitOut("48213")]
    assert said("länger 30", VISIT) == [VisitLonger(timedelta(minutes=30))]
    assert said("später 20", VISIT) == [VisitLonger(timedelta(minutes=20))]
    assert "48213" not in repr(said("ok 48213", VISIT))
    assert said("ok", ALERT, VISIT, reply_to="a1") == [Take("a1", 1)]


def test_ok_is_asked_back_when_an_alert_is_open_too_and_never_passes_a_check_in_on() -> None:
    phone, effects = service_phone.step(Phone(), Said("ok", (VISIT, ALERT)), NOON)
    assert isinstance(effects[0], Say)
    assert VISIT.reference.number in effects[0].text
    _, effects = service_phone.step(phone, Said("1", (VISIT, ALERT)), NOON)
    assert effects == (VisitOk(None, VISIT.alert, 2),)
    assert "nichts offen" in said("kann nicht", VISIT)[0].text  # type: ignore[attr-defined]


def test_every_sentence_exists_in_both_languages_and_has_one_length() -> None:
    for language in ("de", "en"):
        for message in Message:
            told = texts.check_in(
                message, team="Hafen", reference=VISIT.reference, at=NOON, zone=BERLIN, counts=(4, 5), link="https://x/",
                language=language,
            )  # fmt: skip
            assert len(told.encode()) == texts.ROOM_BYTES
            short = texts.check_in_sms(
                message, team="Hafen" * 30, at=NOON, zone=BERLIN, counts=(4, 5), link="https://kontakt.example/team/",
                language=language,
            )  # fmt: skip
            assert len(short) == texts.SMS_CHARACTERS
            assert short.rstrip().endswith("/team/")
        for reply in Reply:
            phone = Phone(language=language)
            _, effects = service_phone.step(phone, service_phone.VisitAnswered(reply, None, NOON), NOON)
            assert isinstance(effects[0], Say)
            assert len(effects[0].text.encode()) == texts.ROOM_BYTES
            assert "{" not in effects[0].text
        assert set(check_in_texts.ASK[language]) == set(Message) == set(check_in_texts.SHORT[language])
        _, effects = service_phone.step(Phone(language=language), Said("?"), NOON)
        assert isinstance(effects[0], Say)
        assert "12345" in effects[0].text
