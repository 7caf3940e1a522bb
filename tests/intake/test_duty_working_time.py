"""Working days, holidays and the two nights on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.working_time import (
    OFFICE_WEEK,
    Block,
    ScheduleError,
    WorkCalendar,
    answer_by,
    instant,
    is_working_day,
    local,
    public_holidays,
    read_week,
    zone_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
MARCH, OCTOBER = date(2026, 3, 29), date(2026, 10, 25)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def date_from(year: int) -> datetime:
    return datetime(year, 1, 1)  # noqa: DTZ001 - hypothesis wants naive bounds


class TestClock:
    def test_half_past_two_in_march_is_the_moment_of_the_jump(self) -> None:
        assert instant(MARCH, time(2, 30)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
        assert instant(MARCH, time(2, 0)) == instant(MARCH, time(3, 0)) == instant(MARCH, time(2, 59, 59))

    def test_half_past_two_in_october_is_its_first_passing(self) -> None:
        assert instant(OCTOBER, time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    def test_the_october_night_shift_is_an_hour_longer_and_the_march_one_shorter(self) -> None:
        night = Block(time(22), time(6))
        lengths = [end - begin for begin, end in (night.on(d - timedelta(days=1)) for d in (MARCH, OCTOBER))]
        assert lengths == [timedelta(hours=7), timedelta(hours=9)]

    @given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.times())
    def test_every_wall_time_names_one_instant_and_they_stay_in_order(self, day: date, clock: time) -> None:
        moment = instant(day, clock)
        shown = moment.astimezone(BERLIN).replace(tzinfo=None)
        wall = datetime.combine(day, clock)
        assert shown == wall or (shown > wall and shown - wall <= timedelta(hours=1))
        assert moment <= instant(day, time(23, 59, 59, 999999)) < instant(day + timedelta(days=1), time(0))

    def test_other_zones_have_other_gaps(self) -> None:
        assert instant(date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe") == datetime(
            2026, 10, 3, 15, 30, tzinfo=UTC
        )

    def test_a_zone_that_does_not_exist_is_said_kindly(self) -> None:
        with pytest.raises(ScheduleError, match="Zeitzone"):
            zone_of("Europe/Rostock")
        with pytest.raises(ScheduleError, match="ohne Zeitzone"):
            local(datetime(2026, 1, 1))  # noqa: DTZ001


class TestHolidays:
    def test_each_land_has_its_own(self) -> None:
        assert public_holidays(2026, "MV")[date(2026, 3, 8)] == "Frauentag"
        assert public_holidays(2026, "SN")[date(2026, 11, 18)] == "Buß- und Bettag"
        assert date(2026, 11, 18) not in public_holidays(2026, "MV")
        assert date(2026, 10, 31) not in public_holidays(2026, None)

    def test_assumption_in_bavaria_only_where_catholic(self) -> None:
        day = date(2025, 8, 15)
        assert day not in public_holidays(2025, "BY")
        assert public_holidays(2025, "BY", catholic=True)[day] == "Mariä Himmelfahrt"
        assert day in public_holidays(2025, "SL")
        assert public_holidays(2025, "MV", catholic=True) == public_holidays(2025, "MV")

    def test_corpus_christi_in_catholic_villages_of_saxony_and_thuringia(self) -> None:
        for land in ("SN", "TH"):
            assert date(2026, 6, 4) not in public_holidays(2026, land)
            assert public_holidays(2026, land, catholic=True)[date(2026, 6, 4)] == "Fronleichnam"

    def test_augsburg_has_one_more(self) -> None:
        assert public_holidays(2025, "Augsburg")[date(2025, 8, 8)] == "Augsburger Hohes Friedensfest"
        assert date(2025, 8, 8) not in public_holidays(2025, "BY")

    def test_an_unknown_land_is_named(self) -> None:
        with pytest.raises(ScheduleError, match="„XX“"):
            public_holidays(2026, "XX")

    def test_christmas_eve_is_the_teams_own_affair(self) -> None:
        assert is_working_day(date(2026, 12, 24), "MV")
        closing = WorkCalendar("MV", closed_yearly=frozenset({(12, 24), (12, 31)}))
        assert closing.day_off(date(2026, 12, 24)) == closing.day_off(date(2030, 12, 31)) == "Schließtag"
        assert not is_working_day(date(2026, 12, 24), "MV", closed_yearly=[(12, 24)])

    def test_a_yearly_closure_on_leap_day_exists_in_leap_years(self) -> None:
        calendar = WorkCalendar("MV", closed_yearly=frozenset({(2, 29)}))
        assert not calendar.is_working_day(date(2028, 2, 29))
        assert calendar.is_working_day(date(2026, 3, 1) + timedelta(days=1))


class TestAnswerBy:
    @pytest.mark.parametrize(
        ("received", "days", "promised"),
        [
            ("2026-11-23T10:00", 2, "2026-11-25"),  # Monday in office hours
            ("2026-11-22T03:10", 2, "2026-11-25"),  # Sunday night counts as Monday
            ("2026-11-20T16:59", 1, "2026-11-23"),  # Friday before closing
            ("2026-11-20T17:00", 1, "2026-11-24"),  # Friday at closing counts as Monday
            ("2026-11-23T06:00", 1, "2026-11-24"),  # early on a working day is that day
            ("2026-12-23T12:00", 2, "2026-12-28"),  # 24th worked, 25th holiday, 26th holiday and Saturday
            ("2026-10-30T12:00", 1, "2026-11-02"),  # Reformation day on a Saturday
            ("2028-02-28T12:00", 1, "2028-02-29"),
            ("2026-11-23T10:00", 0, "2026-11-23"),
        ],
    )
    def test_counted_in_working_days_of_mecklenburg(self, received: str, days: int, promised: str) -> None:
        assert answer_by(at(received), days, "MV") == date.fromisoformat(promised)

    def test_closures_push_the_date(self) -> None:
        closures = [date(2026, 11, 24), date(2026, 11, 25)]
        assert answer_by(at("2026-11-23T10:00"), 2, "MV", closures=closures) == date(2026, 11, 27)

    def test_utc_evening_is_already_the_next_day_here(self) -> None:
        assert answer_by(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), 1, "MV") == date(2026, 7, 3)

    def test_never_negative_and_never_for_ever(self) -> None:
        with pytest.raises(ScheduleError, match="negativ"):
            answer_by(at("2026-11-23T10:00"), -1, "MV")
        with pytest.raises(ScheduleError, match="keinen Arbeitstag"):
            answer_by(at("2026-11-23T10:00"), 1, "MV", week={})

    @given(
        st.datetimes(date_from(2020), date_from(2040)),
        st.integers(0, 20),
        st.sampled_from([None, "MV", "BY"]),
    )
    def test_the_promise_is_a_working_day_with_enough_of_them_before(
        self, received: datetime, days: int, land: str | None
    ) -> None:
        arrived = received.replace(tzinfo=BERLIN)
        promised = answer_by(arrived.astimezone(UTC), days, land)
        assert is_working_day(promised, land)
        between = [arrived.date() + timedelta(days=n) for n in range((promised - arrived.date()).days + 1)]
        assert days + 1 <= sum(is_working_day(day, land) for day in between) <= days + 2


class TestWorkingHours:
    calendar = WorkCalendar("MV", week=read_week({"mo": ["09:00-12:00", "13:00-17:00"], "Di": ["22:00–02:00"]}))

    def test_open_and_next_open(self) -> None:
        assert self.calendar.is_open(at("2026-11-23T09:00"))
        assert not self.calendar.is_open(at("2026-11-23T12:00"))
        assert self.calendar.next_open(at("2026-11-23T12:00")) == at("2026-11-23T13:00")
        assert self.calendar.is_open(at("2026-11-25T01:30"))
        assert self.calendar.next_open(at("2026-11-25T02:00")) == at("2026-11-30T09:00")

    def test_hours_are_counted_across_days(self) -> None:
        assert self.calendar.after(at("2026-11-23T08:00"), timedelta(hours=8)) == at("2026-11-24T23:00")
        assert self.calendar.after(at("2026-11-23T10:00"), timedelta(0)) == at("2026-11-23T10:00")

    def test_blocks_that_touch_or_overlap_are_one(self) -> None:
        calendar = WorkCalendar(
            "MV", week={0: (Block(time(9), time(12)), Block(time(11), time(15)), Block(time(15), time(16)))}
        )
        assert next(calendar.spans(at("2026-11-23T08:00"))) == (at("2026-11-23T09:00"), at("2026-11-23T16:00"))

    def test_a_block_within_the_hour_that_march_jumps_over_is_no_time_at_all(self) -> None:
        calendar = WorkCalendar("MV", week={6: (Block(time(2, 10), time(2, 50)),)})
        assert next(calendar.spans(at("2026-03-28T12:00")))[0] == at("2026-04-05T02:10")


class TestReading:
    def test_spans_of_time(self) -> None:
        assert Block.read("09:00-12:30") == Block(time(9), time(12, 30))
        assert Block.read("18:00 – 24:00") == Block(time(18), time(0))
        assert str(Block.read("08:00-08:00")) == "08:00-08:00"
        begin, end = Block.read("08:00-08:00").on(date(2026, 6, 1))
        assert end - begin == timedelta(days=1)

    @pytest.mark.parametrize("text", ["", "9 bis 12", "09:00", "09:00-25:00", "1-2-3"])
    def test_nonsense_is_answered_with_an_example(self, text: str) -> None:
        with pytest.raises(ScheduleError, match="Beispiel"):
            Block.read(text)

    def test_zones_do_not_belong_to_a_span(self) -> None:
        with pytest.raises(ScheduleError, match="Zone"):
            Block.read("09:00Z-10:00Z")

    def test_week_in_german_or_english(self) -> None:
        assert read_week({"Montag": ["09:00-10:00"], "tue": [], "So": ["10:00-11:00"]}) == {
            0: (Block(time(9), time(10)),),
            6: (Block(time(10), time(11)),),
        }
        with pytest.raises(ScheduleError, match="Wochentag"):
            read_week({"xx": []})

    def test_the_office_week_has_five_days(self) -> None:
        assert sorted(OFFICE_WEEK) == [0, 1, 2, 3, 4]
