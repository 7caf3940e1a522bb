"""The life of a callback: whose time it is, who may dial, when the number goes. And windows, over nights, holidays."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.callbacks import (
    KEPT_AFTER_LAST,
    KEPT_REACHED,
    MOST_ATTEMPTS,
    OPEN,
    SPACING,
    UNTOLD_AFTER,
    Callback,
    Effect,
    Event,
    Outcome,
    State,
    Window,
    Wish,
    agreed,
    cut,
    dump,
    load,
    openings,
    said,
    slots,
    step,
    wish_of,
)
from intake.errors import AlreadyCalling, IntakeError, NoTimeToCall, NotInThisState, NotNow
from intake.working_time import Block, WorkCalendar

MV = WorkCalendar("MV")  # Monday to Friday 9 to 17
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TUESDAY = date(2026, 11, 24)
TEN, ELEVEN = datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 10, tzinfo=UTC)  # in Berlin 10 and 11
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
TWO = (Window(TEN, ELEVEN), Window(TEN + 24 * HOUR, ELEVEN + 24 * HOUR))


def wish(day: date, start: str, end: str, zone: str = "Europe/Berlin") -> Wish:
    return Wish(day, time.fromisoformat(start), time.fromisoformat(end), zone)


def due(windows: tuple[Window, ...] = TWO) -> Callback:
    callback, effects = step(agreed(windows), Event.TIME, windows[0].start)
    assert effects == {Effect.ALERT}
    return callback


def calling(by: str = "mira", at: datetime = TEN) -> Callback:
    return step(due(), Event.DIAL, at, by=by)[0]


def told(
    outcome: Outcome, at: datetime = TEN + MINUTE, callback: Callback | None = None
) -> tuple[Callback, frozenset[Effect]]:
    return step(callback or calling(), Event.OUTCOME, at, by="mira", outcome=outcome)


class TestItsTime:
    def test_wakes_nobody_before_the_window_and_somebody_at_its_start(self) -> None:
        waiting = agreed(TWO)
        assert waiting.due == TEN
        assert step(waiting, Event.TIME, TEN - MINUTE) == (replace(waiting, not_before=TEN), frozenset())
        assert due().state is State.DUE

    def test_a_second_tick_changes_nothing_and_alerts_nobody_again(self) -> None:
        assert step(due(), Event.TIME, TEN + MINUTE) == (due(), frozenset())

    def test_a_window_that_passes_without_a_call_leads_to_the_next(self) -> None:
        waiting, effects = step(due(), Event.TIME, ELEVEN)
        assert (waiting.state, waiting.due, effects) == (State.REQUESTED, TWO[1].start, {Effect.CALM})

    def test_after_the_last_window_it_has_expired_and_the_person_is_told(self) -> None:
        over, effects = step(due(TWO[:1]), Event.TIME, ELEVEN)
        assert over.state is State.EXPIRED
        assert effects == {Effect.CALM}
        assert over.due == over.number_until == ELEVEN + KEPT_AFTER_LAST

    def test_after_a_long_sleep_of_the_service_the_window_that_is_open_now_counts(self) -> None:
        late, effects = step(agreed(TWO), Event.TIME, TWO[1].start + 5 * MINUTE)
        assert (late.state, effects, late.due) == (State.DUE, {Effect.ALERT}, TWO[1].end)

    def test_one_that_was_due_when_the_service_fell_asleep_is_due_anew_in_the_next_window(self) -> None:
        late, effects = step(due(), Event.TIME, TWO[1].start + 5 * MINUTE)
        assert (late.state, effects, late.due) == (State.DUE, {Effect.CALM, Effect.ALERT}, TWO[1].end)
        assert step(late, Event.TIME, TWO[1].start + 6 * MINUTE) == (late, frozenset())

    def test_after_weeks_of_sleep_nothing_of_the_number_is_left(self) -> None:
        gone, effects = step(agreed(TWO), Event.TIME, TWO[1].end + KEPT_AFTER_LAST)
        assert (gone.state, gone.number_until, gone.due) == (State.EXPIRED, None, None)
        assert Effect.ERASE_NUMBER in effects

    def test_is_stored_and_read_again(self) -> None:
        for callback in (agreed(TWO), due(), calling(), told(Outcome.NOT_REACHED)[0]):
            assert load(dump(callback)) == callback


class TestDialling:
    def test_only_inside_the_window(self) -> None:
        for at in (TEN - MINUTE, ELEVEN):
            with pytest.raises(NotNow):
                step(due(), Event.DIAL, at, by="mira")

    def test_two_at_once_one_wins_and_the_other_is_told(self) -> None:
        first = calling("mira")
        with pytest.raises(AlreadyCalling) as refused:
            step(first, Event.DIAL, TEN, by="jonas")
        assert refused.value.details == {"by": "mira"}

    def test_the_same_thumb_twice_is_one_attempt(self) -> None:
        assert step(calling(), Event.DIAL, TEN + MINUTE, by="mira") == (calling(), frozenset())

    def test_an_ended_one_is_not_dialled(self) -> None:
        with pytest.raises(NotInThisState):
            step(told(Outcome.REACHED)[0], Event.DIAL, TEN + MINUTE, by="mira")

    def test_who_says_nothing_for_two_hours_has_tried(self) -> None:
        attempt = calling()
        assert attempt.due == TEN + UNTOLD_AFTER
        assert step(attempt, Event.TIME, TEN + HOUR) == (attempt, frozenset())
        left, effects = step(attempt, Event.TIME, TEN + UNTOLD_AFTER)
        assert (left.state, left.last, left.due) == (State.REQUESTED, Outcome.UNTOLD, TWO[1].start)
        assert effects == {Effect.CALM}


class TestOutcome:
    def test_reached_keeps_the_number_for_a_day(self) -> None:
        over, effects = told(Outcome.REACHED)
        assert (over.state, over.number_until, effects) == (State.REACHED, TEN + MINUTE + KEPT_REACHED, {Effect.CALM})
        assert step(over, Event.TIME, TEN + HOUR) == (over, frozenset())
        gone, effects = step(over, Event.TIME, TEN + MINUTE + KEPT_REACHED)
        assert (gone.number_until, gone.due, effects) == (None, None, {Effect.ERASE_NUMBER})

    def test_not_reached_is_tried_again_after_a_while_in_the_same_window(self) -> None:
        left, effects = told(Outcome.NOT_REACHED)
        assert (left.state, left.due) == (State.REQUESTED, TEN + MINUTE + SPACING)
        assert effects == {Effect.CALM}
        with pytest.raises(NotNow):
            step(left, Event.DIAL, TEN + 2 * MINUTE, by="mira")
        again, effects = step(left, Event.TIME, left.due or NOW)
        assert (again.state, effects) == (State.DUE, {Effect.ALERT})

    def test_three_attempts_are_all(self) -> None:
        last = replace(calling(), attempts=MOST_ATTEMPTS)
        over, effects = told(Outcome.NOT_REACHED, callback=last)
        assert (over.state, effects) == (State.NOT_REACHED, {Effect.CALM})
        assert over.number_until == TWO[1].end + KEPT_AFTER_LAST

    def test_somebody_else_does_not_hear_it_ring_again_in_this_window(self) -> None:
        assert told(Outcome.SOMEBODY_ELSE)[0].due == TWO[1].start

    def test_somebody_else_at_the_end_of_the_last_window(self) -> None:
        only = step(due(TWO[:1]), Event.DIAL, TEN, by="mira")[0]
        assert told(Outcome.SOMEBODY_ELSE, ELEVEN + MINUTE, only)[0].state is State.NOT_REACHED

    def test_a_strangers_number_is_not_kept_a_minute(self) -> None:
        over, effects = told(Outcome.WRONG_NUMBER)
        assert (over.state, over.number_until) == (State.NOT_REACHED, None)
        assert effects == {Effect.CALM, Effect.ERASE_NUMBER}

    def test_do_not_call_again_ends_it(self) -> None:
        over, effects = told(Outcome.NEVER_AGAIN)
        assert (over.state, over.due, effects) == (State.WITHDRAWN, None, {Effect.CALM, Effect.ERASE_NUMBER})

    def test_only_whoever_called_tells(self) -> None:
        with pytest.raises(AlreadyCalling):
            step(calling("jonas"), Event.OUTCOME, TEN, by="mira", outcome=Outcome.REACHED)
        with pytest.raises(NotInThisState):
            step(due(), Event.OUTCOME, TEN, by="mira", outcome=Outcome.REACHED)


class TestThePerson:
    @pytest.mark.parametrize("callback", [agreed(TWO), due(), calling()])
    def test_withdraws_at_any_time_and_the_number_goes_at_once(self, callback: Callback) -> None:
        over, effects = step(callback, Event.WITHDRAW, TEN)
        assert (over.state, over.number_until, over.by) == (State.WITHDRAWN, None, None)
        assert effects == {Effect.CALM, Effect.ERASE_NUMBER}

    def test_who_was_reached_may_have_the_number_erased_sooner(self) -> None:
        over, _ = step(told(Outcome.REACHED)[0], Event.WITHDRAW, TEN + HOUR)
        assert (over.state, over.number_until) == (State.REACHED, None)

    def test_agrees_anew_and_is_not_called_in_the_old_window(self) -> None:
        moved, effects = step(due(), Event.AGREE, TEN, windows=TWO[1:])
        assert (moved, effects) == (agreed(TWO[1:]), {Effect.CALM})

    def test_cannot_move_a_call_that_is_under_way(self) -> None:
        with pytest.raises(NotInThisState):
            step(calling(), Event.AGREE, TEN, windows=TWO)


class TestTimes:
    def test_are_cut_with_the_hours_of_the_team(self) -> None:
        assert cut([wish(TUESDAY, "08:00", "10:00")], MV, NOW) == (Window(TEN - HOUR, TEN),)

    def test_on_a_holiday_of_its_land_the_next_times_are_named(self) -> None:
        holiday = date(2026, 12, 25)
        with pytest.raises(NoTimeToCall) as refused:
            cut([wish(holiday, "10:00", "12:00")], MV, datetime(2026, 12, 24, 20, tzinfo=UTC))
        # Friday is Christmas, Saturday too, then Sunday.
        assert refused.value.details["slots"] == [
            {"day": "2026-12-28", "from": "09:00", "to": "11:00"},
            {"day": "2026-12-28", "from": "11:00", "to": "13:00"},
            {"day": "2026-12-28", "from": "13:00", "to": "15:00"},
        ]

    def test_the_holiday_of_another_land_is_a_day_like_any_other(self) -> None:
        reformation = date(2025, 10, 31)  # a Friday; free in MV, not in BE
        now = datetime(2025, 10, 30, tzinfo=UTC)
        with pytest.raises(NoTimeToCall):
            cut([wish(reformation, "10:00", "12:00")], MV, now)
        assert cut([wish(reformation, "10:00", "12:00")], WorkCalendar("BE"), now)

    @pytest.mark.parametrize(
        "wished",
        [
            wish(date(2026, 11, 19), "10:00", "12:00"),  # past
            wish(TUESDAY, "20:00", "22:00"),  # nobody there
            wish(TUESDAY, "12:00", "10:00"),  # the wrong way round
            wish(TUESDAY, "08:00", "09:05"),  # five minutes are no time to call
            wish(TUESDAY, "00:00", "23:00"),  # a day is no window
            wish(date(2027, 3, 2), "10:00", "12:00"),  # too far ahead
        ],
    )
    def test_that_are_none_are_refused(self, wished: Wish) -> None:
        with pytest.raises(NoTimeToCall):
            cut([wished], MV, NOW)

    def test_none_at_all_is_refused(self) -> None:
        with pytest.raises(NoTimeToCall):
            cut([], MV, NOW)

    def test_come_back_as_a_wish_for_another_team(self) -> None:
        assert wish_of(Window(TEN, ELEVEN)) == wish(TUESDAY, "10:00", "11:00")

    def test_that_touch_are_one(self) -> None:
        wished = [wish(TUESDAY, "11:00", "12:00"), wish(TUESDAY, "10:00", "11:00"), wish(TUESDAY, "10:30", "10:45")]
        assert cut(wished, MV, NOW) == (Window(TEN, ELEVEN + HOUR),)

    def test_around_the_lunch_break_are_two(self) -> None:
        week = {1: (Block(time(9), time(12)), Block(time(13), time(16)))}
        assert len(cut([wish(TUESDAY, "11:00", "14:00")], WorkCalendar("MV", week=week), NOW)) == 2

    def test_in_another_zone_are_meant_there(self) -> None:
        assert cut([wish(TUESDAY, "09:00", "10:00", "Europe/London")], MV, NOW) == (Window(TEN, ELEVEN),)

    def test_over_the_october_night(self) -> None:
        always = WorkCalendar(None, week={day: (Block(time(0), time(0)),) for day in range(7)})
        night = date(2026, 10, 25)
        now = datetime(2026, 10, 24, tzinfo=UTC)
        (window,) = cut([wish(night, "01:00", "04:00")], always, now)
        assert window.end - window.start == 4 * HOUR
        (twice,) = cut([wish(night, "02:00", "02:30")], always, now)
        assert twice.start == datetime(2026, 10, 25, 0, tzinfo=UTC)  # the first passing

    def test_in_the_hour_that_march_jumps_over_there_is_none(self) -> None:
        always = WorkCalendar(None, week={day: (Block(time(0), time(0)),) for day in range(7)})
        with pytest.raises(NoTimeToCall):
            cut([wish(date(2027, 3, 28), "02:10", "02:50")], always, datetime(2027, 3, 27, tzinfo=UTC))

    def test_of_a_team_that_never_works_are_none(self) -> None:
        with pytest.raises(NoTimeToCall) as refused:
            cut([wish(TUESDAY, "10:00", "11:00")], WorkCalendar("MV", week={}), NOW)
        assert refused.value.details["slots"] == []

    def test_offered_begin_at_a_quarter_and_not_at_once(self) -> None:
        first = slots(MV, datetime(2026, 11, 24, 9, 2, 7, tzinfo=UTC))[0]
        assert said(first) == {"day": "2026-11-24", "from": "10:45", "to": "12:45"}

    def test_until_midnight_are_said_so(self) -> None:
        late = Window(datetime(2026, 11, 24, 20, tzinfo=UTC), datetime(2026, 11, 24, 23, tzinfo=UTC))
        assert said(late) == {"day": "2026-11-24", "from": "21:00", "to": "24:00"}

    def test_openings_are_the_hours_of_two_weeks(self) -> None:
        assert len(openings(MV, datetime(2026, 11, 23, tzinfo=UTC))) == 10


EVENTS = st.sampled_from(Event)
MOVES = st.lists(
    st.tuples(EVENTS, st.integers(0, 600), st.sampled_from(["mira", "jonas"]), st.sampled_from(Outcome)), max_size=25
)


@given(MOVES)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_nobody_is_called_twice_or_outside_and_the_number_always_goes(
    moves: list[tuple[Event, int, str, Outcome]],
) -> None:
    callback, now, numbered, attempts = agreed(TWO), TEN - 2 * HOUR, True, 0
    for event, minutes, by, outcome in moves:
        now += minutes * MINUTE
        windows = (Window(now + HOUR, now + 2 * HOUR),)
        before = callback
        try:
            callback, effects = step(callback, event, now, by=by, outcome=outcome, windows=windows)
        except IntakeError:
            continue
        if event is Event.AGREE:
            numbered, attempts = True, 0
        if Effect.ERASE_NUMBER in effects:
            numbered = False
        if before.state is not State.ATTEMPTING and callback.state is State.ATTEMPTING:
            attempts += 1
            assert any(window.start <= now < window.end for window in callback.windows)
            assert before.state in OPEN
            assert before.not_before is None or now >= before.not_before
        assert attempts == callback.attempts <= MOST_ATTEMPTS
        assert (callback.number_until is not None) == numbered
        if numbered:
            assert callback.number_until is not None
            assert callback.number_until <= callback.windows[-1].end + KEPT_AFTER_LAST
            assert callback.due is not None  # something will happen by itself, until the number is gone
    for _ in range(40):
        if callback.due is None:
            break
        due_at = callback.due
        callback, effects = step(callback, Event.TIME, max(due_at, now))
        now = max(due_at, now)
        assert callback.due is None or callback.due > now
    assert callback.number_until is None
