"""The rota: who stands there, and where nobody does. Mira, Jonas and Aylin are the team."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from intake.duty import (
    Absence,
    Agreement,
    Block,
    Gap,
    OnDuty,
    Overlap,
    Place,
    Reason,
    Rota,
    ScheduleError,
    Shift,
    Swap,
    WorkCalendar,
    read_week,
)
from intake.duty_ical import feed

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 11, 2)
ROUND_THE_CLOCK = read_week({day: ["08:00-20:00", "20:00-08:00"] for day in ("mo", "di", "mi", "do", "fr", "sa", "so")})
MV = WorkCalendar("MV", closed_yearly=frozenset({(12, 24), (12, 31)}))
FEED = UUID("6f2f3d3e-0000-4000-8000-000000000001")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def always(*people: str | None, **more: Any) -> Shift:
    return Shift(
        **{
            "id": "rund",
            "place": Place.FIRST,
            "blocks": ROUND_THE_CLOCK,
            "people": people,
            "since": MONDAY,
            "on_days_off": True,
        }
        | more
    )


def rota(*shifts: Shift, **more: Any) -> Rota:
    return Rota(**{"team": "westmecklenburg", "calendar": MV, "shifts": shifts} | more)


def first(plan: Rota, when: str) -> tuple[str, ...]:
    return plan.on_duty(at(when)).first


class TestWho:
    def test_several_blocks_a_day_and_over_midnight(self) -> None:
        week = read_week({"mo": ["08:00-12:00", "14:00-18:00", "22:00-02:00"]})
        plan = rota(Shift("a", Place.FIRST, week, ("mira",), MONDAY))
        there = [f"2026-11-02T{hour}" for hour in ("08:00", "11:59", "14:00", "22:30")] + ["2026-11-03T01:59"]
        assert {first(plan, when) for when in there} == {("mira",)}
        away = [f"2026-11-02T{hour}" for hour in ("07:59", "12:00", "18:00", "21:59")] + ["2026-11-03T02:00"]
        assert {first(plan, when) for when in away} == {()}

    def test_second_is_never_the_first_again(self) -> None:
        plan = rota(always("mira"), always("mira", "jonas", id="zweite", place=Place.SECOND))
        assert plan.on_duty(at("2026-11-03T10:00")) == OnDuty(("mira",), ())
        assert plan.on_duty(at("2026-11-10T10:00")) == OnDuty(("mira",), ("jonas",))

    def test_turns_change_on_the_weekday_of_the_start(self) -> None:
        plan = rota(always("mira", "jonas", "aylin", since=date(2026, 11, 4), weeks_each=2))  # a Wednesday
        assert first(plan, "2026-11-03T12:00") == ()
        assert first(plan, "2026-11-17T21:00") == ("mira",)
        assert first(plan, "2026-11-18T07:59") == ("mira",)  # Tuesday's night block
        assert first(plan, "2026-11-18T08:00") == ("jonas",)
        assert first(plan, "2026-12-02T08:00") == ("aylin",)
        assert first(plan, "2026-12-16T08:00") == ("mira",)

    def test_every_second_week_nobody(self) -> None:
        plan = rota(always("mira", None))
        assert first(plan, "2026-11-05T12:00") == ("mira",)
        assert first(plan, "2026-11-12T12:00") == ()

    def test_a_shift_ends(self) -> None:
        plan = rota(always("mira", until=date(2026, 11, 3)))
        assert first(plan, "2026-11-04T07:00") == ("mira",)
        assert first(plan, "2026-11-04T08:00") == ()

    def test_office_shifts_rest_on_holidays_and_closure_days_duty_shifts_do_not(self) -> None:
        resting, standing = rota(always("mira", on_days_off=False)), rota(always("mira"))
        for day in ("2026-12-25", "2026-12-24"):
            assert first(resting, f"{day}T12:00") == ()
            assert first(standing, f"{day}T12:00") == ("mira",)

    def test_leap_day_is_a_day(self) -> None:
        plan = rota(always("mira", "jonas"))
        assert first(plan, "2028-02-29T12:00") == ("jonas",)
        assert plan.stretches(at("2028-02-29T09:00"), at("2028-02-29T10:00"))[0].day == date(2028, 2, 29)

    @pytest.mark.parametrize(("evening", "hours"), [("2026-10-24", 13), ("2026-03-28", 11)])
    def test_the_nights_on_which_clocks_change_leave_no_hole_and_call_nobody_twice(
        self, evening: str, hours: int
    ) -> None:
        plan = rota(always("mira", since=date(2026, 1, 5)), night_duty=True)
        night = at(f"{evening}T20:00")
        stretch = next(s for s in plan.stretches(night, night + timedelta(minutes=1)) if s.start == night)
        assert stretch.end - stretch.start == timedelta(hours=hours)
        assert plan.gaps(night - timedelta(days=1), night + timedelta(days=2)) == ()
        assert plan.overlaps(night - timedelta(days=1), night + timedelta(days=2)) == ()

    def test_handover_at_half_past_two_touches_in_both_nights(self) -> None:
        early, late = (read_week({"so": [span]}) for span in ("00:00-02:30", "02:30-06:00"))
        shifts = [Shift(n, Place.FIRST, w, (n,), date(2026, 1, 4)) for n, w in (("mira", early), ("jonas", late))]
        for day, ends in ((date(2026, 3, 29), 1.0), (date(2026, 10, 25), 0.5)):
            begin, end = (at(f"{day}T{clock}") for clock in ("00:00", "06:00"))
            one, two = rota(*shifts).stretches(begin, end)
            assert one.end == two.start == datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=ends)

    def test_a_block_inside_the_hour_that_march_jumps_over_does_not_happen(self) -> None:
        plan = rota(Shift("a", Place.FIRST, read_week({"so": ["02:10-02:50"]}), ("mira",), date(2026, 1, 4)))
        assert plan.stretches(at("2026-03-29T00:00"), at("2026-03-29T06:00")) == ()


class TestSwaps:
    day = date(2026, 11, 3)

    def test_an_untaken_swap_leaves_the_original_on_duty(self) -> None:
        plan = rota(always("mira"), swaps=(Swap("rund", self.day, "mira"),))
        assert first(plan, "2026-11-03T12:00") == ("mira",)
        assert plan.faults() == ()

    def test_a_taken_one_moves_the_day_and_its_night_and_nothing_else(self) -> None:
        plan = rota(always("mira"), swaps=(Swap("rund", self.day, "mira", "jonas"),))
        assert first(plan, "2026-11-03T07:59") == ("mira",)
        assert first(plan, "2026-11-03T08:00") == first(plan, "2026-11-04T07:59") == ("jonas",)
        assert first(plan, "2026-11-04T08:00") == ("mira",)
        reasons = {s.reason for s in plan.stretches(at("2026-11-03T08:00"), at("2026-11-04T08:00"))}
        assert reasons == {Reason.SWAP}

    def test_swapped_on_and_swapped_back(self) -> None:
        on = Swap("rund", self.day, "mira", "jonas")
        plan = rota(always("mira"), swaps=(on, Swap("rund", self.day, "jonas", "aylin")))
        assert first(plan, "2026-11-03T12:00") == ("aylin",)
        plan = rota(always("mira"), swaps=(on, Swap("rund", self.day, "jonas", "mira")))
        assert plan.stretches(at("2026-11-03T08:00"), at("2026-11-03T09:00"))[0].reason is Reason.PLANNED

    def test_nobody_gives_away_what_is_not_theirs(self) -> None:
        plan = rota(
            always("mira"), swaps=(Swap("rund", self.day, "jonas", "aylin"), Swap("weg", self.day, "mira", "aylin"))
        )
        assert first(plan, "2026-11-03T12:00") == ("mira",)
        assert [fault.de.split()[1] for fault in plan.faults()] == ["Tausch", "Tausch"]
        assert "keinen Dienst" in plan.faults()[0].de
        assert "zu keiner Schicht" in plan.faults()[1].de


class TestAbsence:
    def test_the_substitute_steps_in_from_midnight_to_midnight(self) -> None:
        plan = rota(always("mira"), absences=(Absence("mira", date(2026, 11, 4), date(2026, 11, 5), "jonas"),))
        assert first(plan, "2026-11-03T23:59") == ("mira",)
        assert first(plan, "2026-11-04T00:00") == first(plan, "2026-11-05T23:59") == ("jonas",)
        assert first(plan, "2026-11-06T00:00") == ("mira",)
        night = plan.stretches(at("2026-11-03T20:00"), at("2026-11-04T08:00"))
        assert [(s.person, s.reason) for s in night] == [("mira", Reason.PLANNED), ("jonas", Reason.SUBSTITUTE)]
        assert plan.is_absent("mira", at("2026-11-04T10:00"))
        assert not plan.is_absent("mira", at("2026-11-06T00:00"))

    def test_without_a_substitute_it_is_a_hole_with_a_name(self) -> None:
        plan = rota(always("mira"), absences=(Absence("mira", date(2026, 11, 4), date(2026, 11, 4)),))
        assert plan.gaps(at("2026-11-02T12:00")) == (
            Gap(at("2026-11-04T00:00"), at("2026-11-05T00:00"), ("mira",), None),
        )

    def test_substitutes_may_be_away_too_and_stand_for_each_other(self) -> None:
        days = (date(2026, 11, 4), date(2026, 11, 4))
        chain = (Absence("mira", *days, "jonas"), Absence("jonas", *days, "aylin"))
        assert first(rota(always("mira"), absences=chain), "2026-11-04T12:00") == ("aylin",)
        ring = (Absence("mira", *days, "jonas"), Absence("jonas", *days, "mira"))
        assert first(rota(always("mira"), absences=ring), "2026-11-04T12:00") == ()
        twice = (Absence("mira", *days), Absence("mira", *days, "aylin"))
        assert first(rota(always("mira"), absences=twice), "2026-11-04T12:00") == ("aylin",)

    def test_an_absence_that_changes_nobody_does_not_cut(self) -> None:
        plan = rota(always("mira"), absences=(Absence("jonas", date(2026, 11, 4), date(2026, 11, 4)),))
        assert len(plan.stretches(at("2026-11-03T21:00"), at("2026-11-04T07:00"))) == 1

    def test_kind_words_for_impossible_plans(self) -> None:
        with pytest.raises(ScheduleError, match="vor ihrem Beginn"):
            Absence("mira", date(2026, 11, 5), date(2026, 11, 4))
        with pytest.raises(ScheduleError, match="selbst"):
            Absence("mira", MONDAY, MONDAY, "mira")
        with pytest.raises(ScheduleError, match="steht niemand"):
            always()
        with pytest.raises(ScheduleError, match="mindestens eine Woche"):
            always("mira", weeks_each=0)
        with pytest.raises(ScheduleError, match="vor ihrem Beginn"):
            always("mira", until=date(2026, 1, 1))


class TestGaps:
    office = read_week({"mo": ["09:00-12:00"], "di": ["13:00-17:00"]})

    def test_without_night_duty_the_working_time_must_be_covered(self) -> None:
        plan = rota(Shift("a", Place.FIRST, self.office, ("mira",), MONDAY), calendar=WorkCalendar("MV"))
        found = plan.gaps(at("2026-11-02T00:00"), at("2026-11-04T00:00"))
        assert [(g.start, g.end) for g in found] == [
            (at("2026-11-02T12:00"), at("2026-11-02T17:00")),
            (at("2026-11-03T09:00"), at("2026-11-03T13:00")),
        ]

    def test_a_planned_evening_that_nobody_takes_is_a_gap_as_well(self) -> None:
        plan = rota(
            Shift("a", Place.FIRST, read_week({"sa": ["18:00-22:00"]}), (None,), MONDAY),
            calendar=WorkCalendar("MV", week={}),
        )
        assert [(g.start, g.missing) for g in plan.gaps(at("2026-11-02T00:00"), at("2026-11-09T00:00"))] == [
            (at("2026-11-07T18:00"), ())
        ]

    def test_with_night_duty_every_hour_counts_and_gaps_are_cut_to_what_was_asked(self) -> None:
        plan = rota(night_duty=True)
        begin = at("2026-11-02T00:00")
        assert plan.gaps(begin) == (Gap(begin, begin + timedelta(weeks=8), (), None),)

    def test_second_place_fills_no_gap(self) -> None:
        plan = rota(always("mira", place=Place.SECOND), night_duty=True)
        assert len(plan.gaps(at("2026-11-02T00:00"), at("2026-11-03T00:00"))) == 1

    def test_a_deputy_team_is_named_when_it_covers_all_of_it(self) -> None:
        nights = read_week({day: ["20:00-08:00"] for day in ("mo", "di", "mi", "do", "fr", "sa", "so")})
        days = read_week({day: ["08:00-20:00"] for day in ("mo", "di", "mi", "do", "fr", "sa", "so")})
        plan = rota(
            always("mira", blocks=days),
            agreements=(Agreement("rostock", MONDAY, date(2026, 11, 3), nights), Agreement("land", date(2026, 11, 5))),
            night_duty=True,
        )
        found = {g.start: g.deputy for g in plan.gaps(at("2026-11-02T12:00"), at("2026-11-06T12:00"))}
        assert found == {
            at("2026-11-02T20:00"): "rostock",
            at("2026-11-03T20:00"): None,  # the agreement ends at midnight
            at("2026-11-04T20:00"): None,  # and the other begins at midnight
            at("2026-11-05T20:00"): "land",
        }
        assert plan.deputies(at("2026-11-03T07:00")) == ("rostock",)
        assert plan.deputies(at("2026-11-03T09:00")) == ()
        assert plan.deputies(at("2026-10-03T23:00")) == ()


class TestOverlaps:
    def test_two_in_one_place(self) -> None:
        late = Shift("spät", Place.FIRST, read_week({"mo": ["10:00-12:00", "12:00-14:00"]}), ("jonas",), MONDAY)
        plan = rota(always("mira"), late)
        assert plan.overlaps(at("2026-11-02T00:00"), at("2026-11-03T00:00")) == (
            Overlap(at("2026-11-02T10:00"), at("2026-11-02T14:00"), Place.FIRST, ("jonas", "mira")),
        )
        assert plan.on_duty(at("2026-11-02T11:00")).first == ("mira", "jonas")

    def test_one_in_both_places(self) -> None:
        plan = rota(always("mira"), always("mira", id="zweite", place=Place.SECOND))
        begin, end = at("2026-11-03T00:00"), at("2026-11-04T00:00")
        assert plan.overlaps(begin, end) == (Overlap(begin, end, None, ("mira",)),)
        assert rota(always("mira")).overlaps(begin) == ()


class TestFaults:
    def test_everything_at_once(self) -> None:
        double = Shift(
            "doppelt", Place.FIRST, read_week({"so": ["20:00-08:00"], "mo": ["07:00-09:00"]}), ("mira",), MONDAY
        )
        empty = Shift("leer", Place.FIRST, {}, ("mira",), MONDAY)
        said = rota(double, double, empty).faults()
        assert said[0] == ("Die Schicht „doppelt“ gibt es 2-mal.", "The shift “doppelt” is there 2 times.")
        assert "überschneiden sich 20:00-08:00 und 07:00-09:00" in said[1].de
        assert "20:00-08:00 and 07:00-09:00 overlap" in said[1].to("en")
        assert said[-1].to("de") == "Die Schicht „leer“ hat keine Zeiten."
        assert rota(always("mira")).faults() == ()


class TestNext:
    def test_next_handover_is_when_other_people_stand_there(self) -> None:
        plan = rota(always("mira", "jonas"))
        assert plan.next_handover(at("2026-11-03T12:00")) == at("2026-11-09T08:00")
        assert rota(always("mira")).next_handover(at("2026-11-03T12:00")) is None

    def test_duties_of_one_person(self) -> None:
        plan = rota(always("mira", "jonas"))
        assert {s.person for s in plan.duties_of("jonas", at("2026-11-02T00:00"), at("2026-11-30T00:00"))} == {"jonas"}


class TestFeed:
    plan = rota(
        always("mira"),
        always("jonas", id="z", place=Place.SECOND),
        absences=(Absence("jonas", date(2026, 11, 4), date(2026, 11, 4), "mira"),),
    )
    now = at("2026-11-02T12:00")

    def test_nothing_but_duty_and_times(self) -> None:
        text = feed(self.plan, "mira", self.now, FEED).decode()
        for word in ("westmecklenburg", "mira", "jonas", "rund", "Erstberatung"):
            assert word not in text
        titles = {str(event["summary"]) for event in Calendar.from_ical(text).walk("VEVENT")}
        assert titles == {"Dienst", "Dienst (Zweite), Vertretung"}

    def test_identifiers_stay_and_differ(self) -> None:
        def uids(when: datetime, feed_id: UUID = FEED) -> dict[datetime, str]:
            events = Calendar.from_ical(feed(self.plan, "mira", when, feed_id)).walk("VEVENT")
            return {event.start: str(event["uid"]) for event in events if str(event["summary"]) == "Dienst"}

        today, tomorrow = uids(self.now), uids(self.now + timedelta(days=1))
        shared = today.keys() & tomorrow.keys()
        assert len(shared) > 100
        assert all(today[start] == tomorrow[start] for start in shared)
        assert len(set(today.values())) == len(today)
        other = uids(self.now, UUID(int=7))
        assert not set(other.values()) & set(today.values())

    def test_times_are_universal_and_the_end_is_after_the_start(self) -> None:
        for event in Calendar.from_ical(feed(self.plan, "mira", self.now, FEED)).walk("VEVENT"):
            assert event.start.tzinfo == UTC or event.start.utcoffset() == timedelta(0)
            assert event.start < event.end


def test_a_rota_is_one_document() -> None:
    plan = rota(
        always("mira", None, "jonas"),
        swaps=(Swap("rund", MONDAY, "mira", "jonas"),),
        absences=(Absence("mira", MONDAY, MONDAY, "jonas"),),
        agreements=(Agreement("rostock", MONDAY, hours=ROUND_THE_CLOCK),),
        night_duty=True,
    )
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Rota) == plan


PEOPLE = st.sampled_from(["mira", "jonas", "aylin", None])
CLOCKS = st.sampled_from([time(h, m) for h in (0, 2, 3, 9, 14, 20) for m in (0, 30)])
WEEKS = st.dictionaries(st.integers(0, 6), st.tuples(st.builds(Block, CLOCKS, CLOCKS)), max_size=7)
NEAR = st.dates(date(2026, 10, 20), date(2026, 10, 30))
SHIFTS = st.builds(
    Shift,
    id=st.sampled_from("abc"),
    place=st.sampled_from(Place),
    blocks=WEEKS,
    people=st.lists(PEOPLE, min_size=1, max_size=3).map(tuple),
    since=st.just(date(2026, 10, 1)),
    weeks_each=st.integers(1, 2),
    on_days_off=st.booleans(),
)
SWAPS = st.builds(Swap, st.sampled_from("abc"), NEAR, st.sampled_from(["mira", "jonas"]), PEOPLE)
AWAY = st.builds(
    lambda p, d, n, s: Absence(p, d, d + timedelta(days=n), s),
    st.sampled_from(["mira", "jonas"]),
    NEAR,
    st.integers(0, 3),
    st.sampled_from(["aylin", None]),
)
ROTAS = st.builds(
    Rota,
    st.just("team"),
    st.just(MV),
    st.lists(SHIFTS, max_size=4).map(tuple),
    st.lists(SWAPS, max_size=3).map(tuple),
    st.lists(AWAY, max_size=3).map(tuple),
    night_duty=st.booleans(),
)


@given(ROTAS, st.integers(0, 10 * 48 - 1))
@settings(max_examples=150, deadline=None)
def test_gaps_and_overlaps_say_the_same_as_asking_at_every_half_hour(plan: Rota, halves: int) -> None:
    begin, end = at("2026-10-20T00:00"), at("2026-10-31T00:00")
    when = begin + timedelta(minutes=30 * halves)
    standing = plan.on_duty(when)
    gap = next((g for g in plan.gaps(begin, end) if g.start <= when < g.end), None)
    needed = (
        plan.night_duty
        or MV.is_open(when)
        or any(s.place is Place.FIRST and s.start <= when < s.end for s in plan.stretches(begin, end))
    )
    assert (gap is not None) == (needed and not standing.first)
    crowd = {o.place: o.people for o in plan.overlaps(begin, end) if o.start <= when < o.end}
    assert crowd.get(Place.FIRST, ()) == (tuple(sorted(standing.first)) if len(standing.first) > 1 else ())
    assert not set(standing.first) & set(standing.second)
    for person in (*standing.first, *standing.second):
        assert not plan.is_absent(person, when)


def test_looking_up_who_is_on_duty_does_not_depend_on_the_age_of_the_plan() -> None:
    plan = rota(always("mira", "jonas", since=date(1996, 1, 1)))
    assert first(plan, "2096-06-01T12:00") in {("mira",), ("jonas",)}
