"""The plan of contact appointments: what follows from an interval, who may change it, and that nothing strands it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import appointments
from intake.appointments import (
    STATES,
    UNTOLD,
    Arrange,
    Changed,
    Decide,
    End,
    Entry,
    Log,
    Move,
    News,
    Pace,
    Phase,
    Plan,
    Put,
    Rhythm,
    Skip,
    Tell,
    Terms,
    Tick,
    Told,
    choices,
    coming,
    paced,
    step,
)
from intake.cases import Side
from intake.errors import AppointmentRefused
from intake.working_time import OFFICE_WEEK, WorkCalendar, local

NOW = datetime(2026, 11, 18, 9, 7, tzinfo=UTC)  # a Wednesday, seven past ten in Germany
CALENDAR = WorkCalendar("MV", week=OFFICE_WEEK)
WEEKLY = Terms(7, running=True, calendar=CALENDAR)
AS_NEEDED = Terms(None, running=True, calendar=CALENDAR)
PAUSED = Terms(7, running=False, calendar=CALENDAR)
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def planned(terms: Terms = WEEKLY) -> Plan:
    return step(Plan(), Changed(), NOW, terms)[0]


def logged(effects: tuple[object, ...]) -> list[str]:
    return [effect.entry.value for effect in effects if isinstance(effect, Log)]


def told(effects: tuple[object, ...]) -> list[News]:
    return [effect.news for effect in effects if isinstance(effect, Tell)]


def refused(plan: Plan, event: appointments.Event, now: datetime = NOW, terms: Terms = WEEKLY) -> str:
    with pytest.raises(AppointmentRefused) as caught:
        step(plan, event, now, terms)
    assert caught.value.sentence("de") != caught.value.sentence("en")
    return caught.value.why


def test_the_next_one_follows_from_the_interval_at_a_quarter_in_working_time() -> None:
    plan, effects = step(Plan(), Changed(), NOW, WEEKLY)
    assert (plan.phase, plan.at, plan.number) == (Phase.PLANNED, at("2026-11-25T09:00"), 1)
    assert logged(effects) == ["planned"]
    assert coming(plan, WEEKLY) == (at("2026-11-25T09:00"), at("2026-12-02T09:00"), at("2026-12-09T09:00"))
    late = step(Plan(), Changed(), at("2026-11-18T20:00"), WEEKLY)[0].at
    assert late is not None
    assert local(late).time() == time(9)  # at nine in the evening nobody is there: the day's first hour


def test_holidays_of_the_land_and_weekends_are_passed_over() -> None:
    plan = replace(Plan(), last=at("2026-12-18T09:00"))  # a Friday; a week later is Christmas Day
    after, _ = step(plan, Changed(), at("2026-12-18T12:00"), WEEKLY)
    assert after.at == at("2026-12-28T09:00")  # the Monday: the 26th is a holiday, the 27th a Sunday


def test_reminded_once_then_over_then_told_and_the_next_one_stands() -> None:
    plan = planned()
    assert plan.at is not None
    assert plan.due == plan.at - DAY
    plan, effects = step(plan, Tick(), plan.at - DAY, WEEKLY)
    assert (plan.phase, told(effects)) == (Phase.REMINDED, [News.REMINDER])
    assert plan.at is not None
    assert step(plan, Tick(), plan.at - DAY, WEEKLY) == (plan, ())
    assert refused(plan, Told(End.KEPT, 1), plan.at - DAY) == "state"  # it has not begun
    over, _ = step(plan, Tick(), plan.at + timedelta(minutes=45), WEEKLY)
    assert (over.phase, over.due) == (Phase.OPEN, plan.at + UNTOLD)
    assert refused(over, Skip(Side.PERSON, 1), over.at or NOW) == "state"
    after, effects = step(over, Told(End.KEPT, 1), plan.at + timedelta(hours=1), WEEKLY)
    assert (after.phase, after.at, after.number) == (Phase.PLANNED, at("2026-12-02T09:00"), 2)
    assert logged(effects) == ["kept", "planned"]
    assert refused(after, Skip(Side.TEAM, 1)) == "older"


def test_who_does_not_come_alarms_nobody_and_is_offered_the_next_one_sooner() -> None:
    for alarm, heard in ((False, []), (True, [News.MISSED])):
        plan = replace(planned(), alarm=alarm, phase=Phase.OPEN)
        after, effects = step(plan, Told(End.MISSED, 1), at("2026-11-25T10:00"), WEEKLY)
        assert (after.missed, after.at, told(effects)) == (1, at("2026-11-30T09:00"), heard)  # three days: a Saturday
    kept, _ = step(replace(after, phase=Phase.OPEN), Told(End.KEPT, 2), at("2026-11-30T10:00"), WEEKLY)
    assert (kept.missed, kept.at) == (0, at("2026-12-07T09:00"))


def test_nobody_tells_how_it_went() -> None:
    plan = planned()
    assert plan.at is not None
    after, effects = step(plan, Tick(), plan.at + UNTOLD, WEEKLY)
    assert logged(effects) == ["untold", "planned"]
    assert told(effects) == []
    assert after.at == at("2026-12-02T09:00")


def test_after_downtime_nobody_is_reminded_of_what_has_begun() -> None:
    plan = planned()
    assert plan.at is not None
    begun, effects = step(plan, Tick(), plan.at + timedelta(minutes=5), WEEKLY)
    assert (begun.phase, effects) == (Phase.REMINDED, ())
    assert step(plan, Tick(), NOW, WEEKLY)[0] == plan  # a tick that comes too early changes nothing


def test_the_person_proposes_and_the_team_decides() -> None:
    plan = planned()
    wish = at("2026-11-26T12:00")
    asked, effects = step(plan, Move(wish, Side.PERSON, 1), NOW, WEEKLY)
    assert (asked.at, asked.wish, told(effects)) == (plan.at, wish, [News.CHANGED])
    agreed, effects = step(asked, Decide(agree=True, number=1), NOW, WEEKLY)
    assert (agreed.at, agreed.wish, logged(effects)) == (wish, None, ["accepted"])
    declined, effects = step(asked, Decide(agree=False, number=1), NOW, WEEKLY)
    assert (declined.at, declined.wish, logged(effects)) == (plan.at, None, ["declined"])
    assert refused(plan, Decide(agree=True, number=1)) == "state"
    moved = replace(plan, at=wish + DAY, wish=wish)
    assert refused(moved, Decide(agree=True, number=1), wish) == "past"
    for wrong, why in (("2026-11-26T22:00", "closed"), ("2026-11-28T10:00", "closed"), ("2026-11-10T09:00", "past")):
        assert refused(plan, Move(at(wrong), Side.PERSON, 1)) == why
    assert refused(plan, Move(at("2029-11-26T22:00"), Side.TEAM, 1)) == "far"


def test_the_team_moves_at_once_and_in_the_evening_too() -> None:
    evening = at("2026-11-26T19:00")
    moved, effects = step(planned(), Move(evening, Side.TEAM, 1), NOW, WEEKLY)
    assert (moved.at, moved.remind, logged(effects)) == (evening, evening - DAY, ["moved"])
    soon, _ = step(planned(), Move(NOW + timedelta(hours=3), Side.TEAM, 1), NOW, WEEKLY)
    assert soon.remind == NOW + timedelta(hours=2)
    now, _ = step(planned(), Move(NOW + timedelta(minutes=30), Side.TEAM, 1), NOW, WEEKLY)
    assert (now.phase, now.remind) == (Phase.REMINDED, None)  # too soon for a reminder


def test_skipped_by_either_side_the_next_one_follows() -> None:
    for side, heard in ((Side.PERSON, [News.CHANGED]), (Side.TEAM, [])):
        after, effects = step(planned(), Skip(side, 1), NOW, WEEKLY)
        assert (logged(effects), told(effects), after.at) == (["skipped", "planned"], heard, at("2026-12-02T09:00"))


def test_contact_beside_the_plan_keeps_the_plan_behind_it() -> None:
    plan, extra = planned(), at("2026-11-20T09:00")
    between, _ = step(plan, Put(extra), NOW, WEEKLY)
    assert (between.at, between.later, between.number) == (extra, plan.at, 2)
    assert coming(between, WEEKLY)[:2] == (extra, plan.at)
    assert step(between, Put(extra), NOW, WEEKLY) == (between, ())  # sent twice
    behind, _ = step(between, Put(at("2026-11-27T09:00")), NOW, WEEKLY)
    assert (behind.at, behind.later) == (extra, plan.at)
    back, _ = step(replace(between, phase=Phase.OPEN), Told(End.KEPT, 2), extra + DAY, WEEKLY)
    assert (back.at, back.later) == (plan.at, None)
    while_open, _ = step(replace(plan, phase=Phase.OPEN), Put(at("2026-11-27T09:00")), plan.at or NOW, WEEKLY)
    assert (while_open.phase, while_open.later) == (Phase.OPEN, at("2026-11-27T09:00"))
    both, _ = step(while_open, Put(at("2026-11-26T09:00")), plan.at or NOW, WEEKLY)
    assert both.later == at("2026-11-26T09:00")


def test_as_needed_plans_nothing_but_what_somebody_sets() -> None:
    resting, effects = step(Plan(), Changed(), NOW, AS_NEEDED)
    assert (resting, effects, coming(resting, AS_NEEDED)) == (Plan(), (), ())
    assert step(resting, Tick(), NOW, AS_NEEDED) == (resting, ())
    assert refused(resting, Skip(Side.TEAM, 0), terms=AS_NEEDED) == "state"
    once, _ = step(resting, Put(at("2026-11-20T09:00")), NOW, AS_NEEDED)
    assert coming(once, AS_NEEDED) == (at("2026-11-20T09:00"),)
    over, _ = step(replace(once, phase=Phase.OPEN), Told(End.KEPT, 1), at("2026-11-20T10:00"), AS_NEEDED)
    assert (over.phase, over.at, over.due) == (Phase.RESTING, None, None)


def test_a_pause_takes_what_was_planned_and_a_new_interval_plans_anew() -> None:
    rested, effects = step(planned(), Changed(), NOW, PAUSED)
    assert (rested.phase, rested.due, logged(effects)) == (Phase.RESTING, None, ["skipped"])
    assert refused(rested, Put(at("2026-11-20T09:00")), terms=PAUSED) == "state"
    assert logged(step(replace(planned(), phase=Phase.OPEN), Changed(), NOW, PAUSED)[1]) == ["untold"]
    assert step(Plan(), Changed(), NOW, PAUSED) == (Plan(), ())
    seldom, effects = step(planned(), Changed(paced=True), NOW, replace(WEEKLY, interval=21))
    assert (seldom.at, logged(effects)) == (at("2026-12-09T09:00"), ["planned"])
    assert step(planned(), Changed(paced=True), NOW, AS_NEEDED)[0].at == planned().at  # what is agreed stands
    open_ = replace(planned(), phase=Phase.OPEN)
    assert step(open_, Changed(paced=True), NOW, WEEKLY)[0].phase is Phase.OPEN  # how it went is still to be told


PRISON = Rhythm((1, 3), time(13), time(15), date(2026, 12, 15), 3)


def test_visit_days_narrow_the_plan_until_the_release_switches_it() -> None:
    plan, effects = step(planned(), Arrange(60, alarm=False, rhythm=PRISON), NOW, WEEKLY)
    assert (plan.at, logged(effects)) == (at("2026-11-26T12:00"), ["arranged", "planned"])  # a Thursday, one o'clock
    assert refused(plan, Move(at("2026-11-25T12:00"), Side.PERSON, 2)) == "closed"
    assert refused(plan, Move(at("2026-11-26T13:30"), Side.PERSON, 2)) == "closed"  # it would end after three
    offered = choices(plan, NOW, WEEKLY)
    assert {local(one).weekday() for one in offered} == {1, 3}
    same, _ = step(plan, Arrange(30, alarm=True, rhythm=PRISON), NOW, WEEKLY)
    assert (same.at, same.minutes, same.alarm) == (plan.at, 30, True)
    free = at("2026-12-15T08:00")
    switched, effects = step(plan, Tick(), free, WEEKLY)
    assert (switched.rhythm, told(effects)) == (None, [News.SWITCHED])
    assert Pace(3) in effects
    resting = Plan(rhythm=replace(PRISON, then=None))
    assert step(resting, Tick(), free, AS_NEEDED)[0].rhythm is None
    assert step(resting, Changed(), NOW, AS_NEEDED)[0].due == at("2026-12-14T23:00")
    kept = step(replace(plan, at=free + DAY, rhythm=replace(PRISON, then=None)), Tick(), free, WEEKLY)[0]
    assert kept.at == free + DAY
    open_ = replace(plan, phase=Phase.OPEN, at=free - DAY)
    assert step(open_, Tick(), free, WEEKLY)[0].phase is Phase.OPEN


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Arrange(5, alarm=False, rhythm=None), "minutes"),
        (Arrange(45, alarm=False, rhythm=Rhythm((), time(9), time(10))), "rhythm"),
        (Arrange(45, alarm=False, rhythm=Rhythm((1,), time(10), time(10))), "rhythm"),
    ],
)
def test_arrangements_that_cannot_be_meant(event: Arrange, why: str) -> None:
    assert refused(planned(), event) == why


def test_a_team_without_a_working_day_looks_again_tomorrow() -> None:
    nowhere = replace(WEEKLY, calendar=WorkCalendar("MV", week={}))
    plan, effects = step(Plan(), Changed(), NOW, nowhere)
    assert (plan.phase, plan.due, effects) == (Phase.RESTING, NOW + DAY, ())
    assert choices(plan, NOW, nowhere) == ()
    found, _ = step(plan, Tick(), NOW + DAY, WEEKLY)
    assert found.phase is Phase.PLANNED
    assert coming(found, nowhere) == (found.at,)


def test_one_step_more_or_less_often() -> None:
    assert [paced(7, more=True), paced(7, more=False), paced(10, more=True)] == [3, 14, 7]
    assert [paced(3, more=True), paced(84, more=False), paced(None, more=True), paced(None, more=False)] == [
        3, 84, 84, None,
    ]  # fmt: skip


# From no order of events ----------------------------------------------------------------------------------------------

_when = st.integers(-3, 40).flatmap(lambda day: st.integers(0, 95).map(lambda q: day * DAY + q * timedelta(minutes=15)))
_sides = st.sampled_from(Side)
_makers = st.one_of(
    st.just(lambda now, number, when: Tick()),
    st.booleans().map(lambda on: lambda now, number, when: Changed(on)),
    st.just(lambda now, number, when: Put(now + when)),
    _sides.map(lambda side: lambda now, number, when: Move(now + when, side, number)),
    st.booleans().map(lambda yes: lambda now, number, when: Decide(agree=yes, number=number)),
    _sides.map(lambda side: lambda now, number, when: Skip(side, number)),
    st.sampled_from([End.KEPT, End.MISSED]).map(lambda end: lambda now, number, when: Told(end, number)),
    st.sampled_from([None, PRISON, replace(PRISON, then=None)]).map(
        lambda rhythm: lambda now, number, when: Arrange(45, alarm=True, rhythm=rhythm)
    ),
)
_terms = st.sampled_from([WEEKLY, AS_NEEDED, PAUSED, replace(WEEKLY, interval=1)])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(_makers, _when, _terms, st.integers(0, 100)), max_size=14), st.booleans())
def test_no_order_of_events_strands_an_appointment_and_a_restart_changes_nothing(
    story: list[tuple[object, timedelta, Terms, int]], restart: bool
) -> None:
    plan, now = Plan(), NOW.replace(minute=0)
    for make, when, terms, hours in story:
        now += timedelta(hours=hours)
        try:
            event = make(now, plan.number, when)  # type: ignore[operator]
            after, effects = step(plan, event, now, terms)
        except AppointmentRefused:
            continue
        kept = appointments.load(appointments.dump(plan))
        if restart:
            assert step(kept, event, now, terms) == (after, effects)
        ended = [effect for effect in effects if isinstance(effect, Log) and effect.entry.value in list(End)]
        changed = {Entry.MOVED, Entry.ACCEPTED, Entry.PLANNED, Entry.ARRANGED, Entry.SWITCHED}
        if plan.at is not None and plan.at != after.at:  # no appointment goes without a word about it
            assert ended or changed & {effect.entry for effect in effects if isinstance(effect, Log)}
        plan = after
        # Whoever waits has a timer, and it lies ahead after a tick: nothing is forgotten and nothing spins.
        assert (plan.at is None) == (plan.phase is Phase.RESTING)
        if plan.at is not None or (terms.running and terms.interval is not None):
            assert plan.due is not None
        ticked, _ = step(plan, Tick(), now, terms)
        again, more = step(ticked, Tick(), now, terms)
        assert again.due is None or again.due > now
        assert not any(isinstance(one, Tell) for one in more)
    assert set(STATES) == set(appointments.Event.__args__)  # type: ignore[attr-defined]
