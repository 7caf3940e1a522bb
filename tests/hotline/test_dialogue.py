"""The dialogue of the telephone door, without a telephone: what is asked, what is understood, and every way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.hotline import phrases
from bots.hotline.dialogue import ANSWERS, QUESTIONS, step
from bots.hotline.model import (
    Ask,
    Begun,
    Connect,
    Effect,
    Event,
    Failed,
    Guide,
    HangUp,
    Keyed,
    Looked,
    LookUp,
    NotConnected,
    Refused,
    Say,
    Seal,
    Silent,
    Slot,
    Step,
    Stored,
    Talk,
)
from intake.phones import PhoneNumber, parse
from intake.working_time import Block, read_week
from tests.bots.talking import closed_world
from tests.hotline.stage import NIGHT, OWN
from tests.intake import publishing

CALLER = parse("+4917139200123")
SLOTS = [Slot(NIGHT + timedelta(days=n, hours=6), NIGHT + timedelta(days=n, hours=8)) for n in range(5)]
WORDS = ("abakus", "abbau", "abbild", "abendrot", "abfahrt", "abflug", "abgleich", "abhang")


def guide() -> Guide:
    return Guide(publishing.first().directory, publishing.regions(), OWN)


class Caller:
    """Somebody on the telephone; ``said`` are the names of all recordings heard."""

    def __init__(self, number: PhoneNumber | None = CALLER, guide_: Guide | None = None) -> None:
        self.talk, self.guide = Talk(), guide_ or guide()
        self.said: list[str] = []
        self.now = NIGHT
        self.happens(Begun(number))

    def happens(self, event: Event) -> list[Effect]:
        self.talk, effects = step(self.talk, event, self.now, self.guide)
        self.last = [clip for effect in effects if isinstance(effect, Ask | Say) for clip in effect.clips]
        self.said += self.last
        return list(effects)

    def keys(self, *answers: str) -> list[Effect]:
        effects: list[Effect] = []
        for keys in answers:
            effects = self.happens(Keyed(keys))
        return effects

    def looked(self, *, somebody: bool = False, slots: list[Slot] | None = None) -> list[Effect]:
        return self.happens(Looked(SLOTS if slots is None else slots, somebody))

    def at(self, want: Step) -> Caller:
        """Goes on as most people would, until this step."""
        usual = {Step.LANGUAGE: "1", Step.PLACE: "23966", Step.TEAM: "1", Step.THIS_NUMBER: "1", Step.SLOT: "1",
                 Step.CODE: "4711", Step.CODE_RIGHT: "1", Step.URGENT: "2"}  # fmt: skip
        while self.talk.step is not want:
            if self.talk.step is Step.LOOKING:
                self.looked()
            elif self.talk.step is Step.SEALING:
                self.happens(Stored(WORDS))
            else:
                self.keys(usual[self.talk.step])
        return self

    @property
    def over(self) -> bool:
        return self.talk.step is Step.OVER


def test_the_usual_way_asks_for_everything_once_and_seals_at_the_end_only() -> None:
    anne = Caller().at(Step.URGENT)
    effects = anne.keys("1")
    assert effects == [Seal("de", effects[0].wishes, "rz-wm", CALLER, SLOTS[0], "4711", True)]  # type: ignore[union-attr]
    assert anne.talk.step is Step.SEALING
    assert anne.keys("1") == []  # a key while it is being sealed
    anne.happens(Stored(WORDS))
    assert anne.last[0] == "de/stored"
    assert "de/words" in anne.last
    assert isinstance(anne.keys("2")[-1], HangUp)
    assert anne.said.index("de/honest") < anne.said.index("de/place")
    assert anne.said[:2] == ["de/language", "en/language_other"]
    assert not any(clip.startswith("en/") for clip in anne.said[2:])


def test_english_is_spoken_to_who_wants_it() -> None:
    caller = Caller()
    caller.keys("2")
    assert caller.last[-1] == "en/place"
    caller.keys("3")
    assert caller.at(Step.URGENT).keys("2")[0].language == "en"  # type: ignore[union-attr]


def test_a_suppressed_number_is_asked_for_and_read_back() -> None:
    caller = Caller(None).at(Step.NUMBER)
    assert "de/hidden" in caller.last
    caller.keys("0171392*")  # begins anew
    assert caller.talk.misses == 0
    caller.keys("017139200456")
    assert [clip for clip in caller.last if "digit" in clip] == [f"de/digit_{char}" for char in "017139200456"]
    caller.keys("2")
    assert caller.talk.step is Step.NUMBER
    caller.keys("017139200456", "7")  # not understood, asked again
    assert caller.last[0] == "de/not_understood"
    caller.keys("1")
    assert caller.talk.step is Step.SLOT
    assert caller.talk.number == parse("017139200456")


def test_another_number_than_the_own_one() -> None:
    caller = Caller().at(Step.THIS_NUMBER)
    assert [clip for clip in caller.last if "digit" in clip] == ["de/digit_1", "de/digit_2", "de/digit_3"]
    caller.keys("5")
    assert caller.last[0] == "de/not_understood"
    caller.keys("2")
    assert caller.talk.step is Step.NUMBER


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("110", "emergency"),
        ("09001234567", "kind"),
        ("004312345678901", "foreign"),
        ("123", "unknown"),
        ("", "unclear"),
        ("03855550100", "ours"),
    ],
)
def test_numbers_that_are_not_called_are_refused_with_the_reason(typed: str, why: str) -> None:
    caller = Caller(None).at(Step.NUMBER)
    caller.keys(typed)
    assert caller.last[0] == f"de/refused_{why}"
    assert caller.talk.step is Step.NUMBER


def test_a_postcode_may_be_unknown_ambiguous_or_kept_back() -> None:
    caller = Caller().at(Step.PLACE)
    caller.keys("00000")
    assert caller.last[0] == "de/place_unknown"
    shared = next(code for code, kreise in publishing.regions().postcodes.items() if len(kreise) == 2)
    caller.keys(shared)
    assert caller.talk.step is Step.KREIS
    first, second = caller.talk.options
    assert {f"de/kreis_{first}", f"de/kreis_{second}"} < set(caller.last)
    caller.keys("7")
    assert caller.last[0] == "de/not_understood"
    chosen = Caller().at(Step.PLACE)
    chosen.keys(shared, "2")
    assert (chosen.talk.step, chosen.talk.kreis) == (Step.TEAM, second)
    unsure = Caller().at(Step.PLACE)
    unsure.keys(shared, "0")
    assert unsure.talk.kreis in (None, first[:3])
    for keys in ("*", "2*", ""):
        silent = Caller().at(Step.PLACE)
        silent.keys(keys)
        assert (silent.talk.step, silent.talk.kreis) == (Step.TEAM, None)


def test_who_will_read_it_is_said_with_the_kind_of_carrier_and_may_be_changed() -> None:
    caller = Caller().at(Step.TEAM)
    directory = publishing.first().directory
    seen = []
    for _ in caller.talk.options:
        team = directory.team(caller.talk.options[0])
        carrier = directory.carrier(team.carrier)
        assert {f"de/team_{team.id}", f"de/kind_{carrier.kind}"} < set(caller.last)
        assert ("de/must_investigate" in caller.last) == carrier.legality_principle
        assert ("de/team_civil" in caller.last) == (carrier.kind != "civil")
        seen.append(team.id)
        caller.keys("2")
    assert len(set(seen)) == len(seen) > 1
    assert caller.talk.options[0] == seen[0]
    caller.keys("3")
    assert caller.talk.only_civil
    assert directory.carrier(directory.team(caller.talk.options[0]).carrier).kind == "civil"
    caller.keys("8")
    assert caller.last[0] == "de/not_understood"


def test_a_team_that_must_investigate_is_named_so_and_one_that_is_gone_is_not_offered() -> None:
    caller = Caller().at(Step.TEAM)
    caller.talk = replace(caller.talk, options=("ikarus",))
    caller.happens(Silent())
    assert "de/must_investigate" in caller.last
    caller.talk = replace(caller.talk, options=("vergangen",))
    caller.happens(Silent())
    assert "de/team_rz-wm" in caller.last
    caller.guide = Guide(None, None)
    caller.happens(Silent())
    assert caller.last[0] == "de/no_directory"


def test_the_only_team_is_offered_alone() -> None:
    caller = Caller().at(Step.TEAM)
    caller.talk = replace(caller.talk, options=caller.talk.options[:1])
    caller.happens(Silent())
    assert "de/team_other" not in caller.last
    caller.keys("2")
    assert caller.last[0] == "de/not_understood"


def test_a_wish_that_nobody_can_meet_is_never_softened() -> None:
    world = closed_world()
    caller = Caller(guide_=Guide(world.directory, world.regions))
    caller.keys("1", "23966")
    assert caller.talk.step is Step.NO_TEAM
    caller.talk = replace(caller.talk, only_civil=True)
    caller.keys("1")
    assert (caller.talk.step, caller.talk.only_civil) == (Step.NO_TEAM, False)
    caller.keys("1")  # there is nothing to take back
    assert caller.over
    assert "de/seelsorge" in caller.last


def test_somebody_who_is_there_can_be_talked_to_at_once() -> None:
    caller = Caller().at(Step.TEAM)
    assert caller.keys("1") == [LookUp("rz-wm")]
    caller.looked(somebody=True)
    assert caller.last == ["de/connect"]
    caller.keys("4")
    assert caller.last[0] == "de/not_understood"
    assert caller.keys("1")[-1] == Connect("rz-wm")
    caller.happens(NotConnected())
    assert caller.last[0] == "de/not_connected"
    assert caller.talk.step is Step.THIS_NUMBER
    later = Caller().at(Step.TEAM)
    later.keys("1")
    later.looked(somebody=True)
    later.keys("2")
    assert later.talk.step is Step.THIS_NUMBER


def test_a_team_without_time_names_its_hours_and_the_seelsorge() -> None:
    caller = Caller().at(Step.TEAM)
    caller.keys("1")
    caller.looked(slots=[])
    assert caller.over
    assert {"de/no_slots", "de/hours", "de/seelsorge"} < set(caller.last)


def test_times_come_three_at_once_and_more_on_wish() -> None:
    caller = Caller().at(Step.SLOT)
    assert caller.last.count("de/from") == 3
    assert "de/today" in caller.last
    assert "de/tomorrow" in caller.last
    caller.keys("9")
    assert caller.last.count("de/from") == 2
    caller.keys("3")  # only two are left
    assert caller.last[0] == "de/not_understood"
    caller.keys("9")
    assert caller.last.count("de/from") == 3
    caller.keys("9", "2")
    assert caller.talk.slot == SLOTS[4]
    few = Caller().at(Step.TEAM)
    few.keys("1")
    few.looked(slots=SLOTS[:1])
    few.keys("1")
    assert "de/slots_more" not in few.last
    few.keys("9")
    assert few.last[0] == "de/not_understood"


def test_the_code_has_four_digits_and_is_read_back() -> None:
    caller = Caller().at(Step.CODE)
    caller.keys("47")
    assert caller.last[0] == "de/not_understood"
    caller.keys("47*")
    assert caller.last == ["de/code"]
    caller.keys("4711")
    assert [clip for clip in caller.last if "digit" in clip] == ["de/digit_4", "de/digit_7", "de/digit_1", "de/digit_1"]
    caller.keys("2")
    assert (caller.talk.step, caller.talk.code) == (Step.CODE, "")
    caller.keys("0815", "9")
    assert caller.last[0] == "de/not_understood"
    caller.keys("1", "5")
    assert caller.last[0] == "de/not_understood"


def test_the_eight_words_are_said_on_wish_twice_each() -> None:
    caller = Caller().at(Step.WORDS)
    caller.keys("1")
    assert [clip for clip in caller.last if "word_" in clip] == [f"de/word_{word}" for word in WORDS for _ in range(2)]
    caller.keys("1")
    assert "de/word_abakus" in caller.last
    assert isinstance(caller.happens(Silent())[-1], HangUp)


def test_what_was_not_stored_is_said() -> None:
    for event, name in ((Failed(), "de/failed"), (Refused(), "de/already")):
        caller = Caller().at(Step.URGENT)
        caller.keys("2")
        assert isinstance(caller.happens(event)[-1], HangUp)
        assert caller.last[0] == name


def test_three_misunderstandings_lead_out_kindly() -> None:
    for asked in (Step.LANGUAGE, Step.PLACE, Step.TEAM, Step.THIS_NUMBER, Step.SLOT, Step.CODE):
        caller = Caller().at(asked)
        caller.happens(Silent())
        assert caller.last[0] == "de/nothing_heard"
        caller.happens(Silent())
        effects = caller.happens(Silent())
        assert caller.over
        assert isinstance(effects[-1], HangUp)
        assert caller.last[0] == "de/way_out"
        assert {"de/hours", "de/seelsorge", "de/goodbye"} < set(caller.last)


def test_saying_no_to_what_was_understood_counts_with_what_was_not() -> None:
    caller = Caller(None).at(Step.NUMBER)
    caller.keys("12")
    caller.keys("017139200456", "2", "12", "017139200456", "2", "12")
    assert caller.over


def test_nothing_is_taken_while_nobody_can_prove_who_would_read_it() -> None:
    blind = Guide(None, None)
    caller = Caller(guide_=blind)
    caller.keys("1")
    assert caller.over
    assert caller.last[:2] == ["de/no_directory", "de/seelsorge"]
    expired = Caller().at(Step.PLACE)
    expired.guide = Guide(None, publishing.regions())
    expired.keys("23966")
    assert expired.over
    expired = Caller().at(Step.PLACE)
    expired.guide = Guide(publishing.first().directory, None)
    assert expired.keys("23966")
    lost = Caller(guide_=blind)
    for _ in range(3):
        lost.happens(Silent())
    assert lost.over
    assert "de/hours" not in lost.last


def test_a_real_network_is_no_demonstration() -> None:
    directory = publishing.first().directory
    real = msgspec.structs.replace(directory, network=msgspec.structs.replace(directory.network, demonstration=False))
    caller = Caller(guide_=Guide(real, publishing.regions()))
    caller.keys("1")
    assert caller.last[0] == "de/honest"
    shown = Caller()
    shown.keys("1")
    assert shown.last[0] == "de/demonstration"


def test_every_question_has_an_answer() -> None:
    assert set(QUESTIONS) == set(ANSWERS)


@given(st.lists(st.one_of(st.none(), st.text("0123456789*", max_size=16)), max_size=40))
def test_nothing_that_is_typed_breaks_it_or_leaks(answers: list[str | None]) -> None:
    caller = Caller(None)
    for answer in answers:
        effects = caller.happens(Silent() if answer is None else Keyed(answer))
        assert "4711" not in repr(caller.talk)
        for effect in effects:
            match effect:
                case LookUp():
                    caller.looked()
                case Seal():
                    assert effect.number is not None
                    assert len(effect.code) == 4
                    caller.happens(Stored(WORDS))
                case HangUp():
                    assert caller.over


def test_times_are_said_as_people_say_them() -> None:
    midnight = Slot(datetime(2026, 11, 27, 21, 0, tzinfo=UTC), datetime(2026, 11, 27, 23, 0, tzinfo=UTC))
    assert phrases.window("de", midnight, NIGHT) == (
        "de/weekday_4", "de/date_1127", "de/from", "de/time_2200", "de/to", "de/time_2400",
    )  # fmt: skip
    week = read_week({"mo": ["09:00-16:07"], "di": ["09:00-16:07"], "do": ["20:00-24:00"], "fr": ["09:00-16:07"]})
    assert list(phrases._week(week)) == [
        "weekday_0", "to", "weekday_1", "from", "time_0900", "to", "time_1600",
        "weekday_3", "from", "time_2000", "to", "time_2400",
        "weekday_4", "from", "time_0900", "to", "time_1600",
    ]  # fmt: skip
    assert week[3] == (Block(time(20), time(0)),)


# The watchdog -------------------------------------------------------------------------------------------------------


def test_the_watchdog_knocks_its_way_to_the_test_team_and_wakes_nobody() -> None:
    watchdog = Caller(guide_=replace(guide(), watchdogs=(CALLER.e164,)))
    watchdog.keys("4", "5", "6")
    assert "team_probe" in "".join(watchdog.last)
    assert watchdog.keys("1") == [LookUp("probe")]
    watchdog.looked(somebody=True)
    assert watchdog.talk.step is Step.THIS_NUMBER
    (seal,) = watchdog.keys("1", "1", "4711", "1", "2")
    assert isinstance(seal, Seal)
    assert (seal.team, seal.number) == ("probe", CALLER)


def test_nobody_else_comes_to_the_test_team_and_the_watchdog_to_no_other() -> None:
    for caller in (Caller(), Caller(None, replace(guide(), watchdogs=(CALLER.e164,)))):
        assert isinstance(caller.keys("4", "5", "6")[-1], HangUp)
    lost = Caller(guide_=Guide(None, None, OWN, (CALLER.e164,)))
    assert isinstance(lost.keys("4", "5", "6")[-1], HangUp)
    slow = Caller(guide_=replace(guide(), watchdogs=(CALLER.e164,))).at(Step.PLACE)
    assert isinstance(slow.keys("99999", "99999", "99999")[-1], HangUp)
