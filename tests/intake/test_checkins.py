"""The table of the field visit, row by row, and what must hold in any order of events."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake import checkins
from intake.checkin_model import (
    Alarm,
    Answer,
    Ask,
    ClockSetBack,
    Close,
    Effect,
    End,
    Entry,
    Event,
    Extend,
    Log,
    Message,
    Ok,
    Phase,
    Proof,
    Purpose,
    Raise,
    Reason,
    Reply,
    Report,
    StandDown,
    Technical,
    Tick,
    Timing,
    Unreached,
    Visit,
)
from intake.working_time import instant

SIX = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # 18:00 in Demmin
HALF_EIGHT = SIX + timedelta(minutes=90)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


BEFORE = SIX - minutes(60)


def visit(now: datetime = BEFORE, **more: object) -> Visit:
    given: dict[str, object] = {"id": "v1", "team": "hafen", "member": "mira", "begins": SIX, "until": HALF_EIGHT}
    return checkins.plan(**{"timing": Timing(), "companion": "jonas", "now": now, **given, **more})  # type: ignore[arg-type]


def after(one: Visit, *moves: tuple[Event, datetime]) -> tuple[Visit, list[Effect]]:
    told: list[Effect] = []
    for event, now in moves:
        one, effects = checkins.step(one, event, now)
        told += effects
    return one, told


def replies(effects: list[Effect]) -> list[Reply]:
    return [effect.reply for effect in effects if isinstance(effect, Answer)]


def asks(effects: list[Effect]) -> list[Message]:
    return [effect.message for effect in effects if isinstance(effect, Ask)]


OWN, MISSING, WRONG, DURESS = Proof.OWN, Proof.MISSING, Proof.WRONG, Proof.DURESS
ARMED, _ = after(visit(), (Tick(), SIX - minutes(15)), (Ok(MISSING), SIX - minutes(14)))
ASKED, _ = after(ARMED, (Tick(), HALF_EIGHT - minutes(5)))
OVERDUE, _ = after(ARMED, (Tick(), HALF_EIGHT + minutes(5)))
OWNED, _ = after(OVERDUE, (Alarm(1, top=False, owner="jonas", until=HALF_EIGHT + minutes(35)), HALF_EIGHT + minutes(6)))
CLOSED, _ = after(ASKED, (Ok(OWN), HALF_EIGHT))
SILENT, _ = after(ASKED, (Ok(DURESS), HALF_EIGHT))


def test_nothing_is_armed_without_the_answer_to_the_function_test() -> None:
    planned, told = after(visit(), (Tick(), SIX - minutes(16)))
    assert (planned.phase, told) == (Phase.PLANNED, [])
    planned, told = after(planned, (Tick(), SIX - minutes(15)))
    assert (planned.phase, asks(told)) == (Phase.PLANNED, [Message.TEST])
    armed, told = after(planned, (Ok(MISSING), SIX - minutes(14)))
    assert (armed.phase, replies(told)) == (Phase.ARMED, [Reply.ARMED])


def test_an_unanswered_function_test_is_told_and_the_visit_is_guarded_all_the_same() -> None:
    planned, told = after(visit(), (Tick(), SIX - minutes(15)), (Tick(), SIX))
    assert planned.technical
    assert [type(effect) for effect in told if isinstance(effect, Technical)] == [Technical]
    _, told = after(planned, *((Tick(), SIX + minutes(n)) for n in range(100)))
    assert asks(told) == [Message.SOON, Message.NOW]
    assert [effect.since for effect in told if isinstance(effect, Raise)] == [HALF_EIGHT + minutes(5)]
    assert not [effect for effect in told if isinstance(effect, Technical)], "said once"


def test_a_visit_too_short_for_a_test_is_asked_at_once() -> None:
    short, told = after(visit(now=SIX, until=SIX + minutes(4)), (Tick(), SIX))
    assert (short.phase, asks(told), short.step_due) == (Phase.DUE, [Message.SOON], SIX + minutes(4))
    long, told = after(visit(now=SIX, until=SIX + minutes(8)), (Tick(), SIX), (Tick(), SIX + minutes(3)))
    assert long.technical, "the test ends where the reminder begins"
    assert asks(told) == [Message.TEST, Message.SOON]


def test_silence_is_asked_twice_and_then_alarms() -> None:
    one, told = after(ARMED, *((Tick(), HALF_EIGHT + minutes(n)) for n in range(-10, 6)))
    assert asks(told) == [Message.SOON, Message.NOW]
    assert one.phase is Phase.OVERDUE
    assert [effect for effect in told if isinstance(effect, Raise)] == [Raise(HALF_EIGHT + minutes(5))]


def test_after_downtime_everything_is_handled_at_once_and_said_once() -> None:
    one, told = after(ARMED, (Tick(), HALF_EIGHT + minutes(40)))
    assert one.phase is Phase.OVERDUE
    assert [effect for effect in told if isinstance(effect, Ask)] == [Ask(Message.NOW, minutes(45))]
    assert Raise(HALF_EIGHT + minutes(5)) in told, "its time stays what it was"
    unseen, told = after(visit(), (Tick(), HALF_EIGHT + minutes(40)))
    assert (unseen.phase, unseen.technical) == (Phase.OVERDUE, True)
    assert asks(told) == [Message.NOW]


def test_an_alarmed_visit_asks_for_its_chain_again_and_again() -> None:
    _, told = after(OVERDUE, (Tick(), HALF_EIGHT + minutes(15)), (Tick(), HALF_EIGHT + minutes(25)))
    assert len([effect for effect in told if isinstance(effect, Raise)]) == 2


def test_ok_before_anything_was_asked_ends_nothing() -> None:
    one, told = after(ARMED, (Ok(OWN), SIX + minutes(10)))
    assert (one, replies(told)) == (ARMED, [Reply.NOTED])


def test_the_last_ok_needs_the_pin() -> None:
    one, told = after(ASKED, (Ok(MISSING), HALF_EIGHT), (Ok(OWN), HALF_EIGHT + minutes(1)))
    assert replies(told) == [Reply.PIN, Reply.DONE]
    assert (one.phase, one.reason, one.step_due) == (Phase.CLOSED, Reason.SAFE, None)


def test_check_ins_in_between_follow_the_interval_and_older_ones_are_explained() -> None:
    one = visit(interval=minutes(30))
    one, _ = after(one, (Tick(), SIX - minutes(15)), (Ok(MISSING), SIX - minutes(14)))
    one, told = after(one, (Tick(), SIX + minutes(25)), (Ok(MISSING, 1), SIX + minutes(26)))
    assert (one.phase, one.due, one.check, replies(told)) == (Phase.ARMED, SIX + minutes(60), 2, [Reply.NEXT])
    one, told = after(
        one, (Ok(OWN, 1), SIX + minutes(27)), (Tick(), SIX + minutes(56)), (Ok(OWN, 1), SIX + minutes(57))
    )
    assert (one.phase, replies(told)) == (Phase.DUE, [Reply.OLD_CHECK, Reply.OLD_CHECK])
    one, _ = after(one, (Tick(), SIX + minutes(65)))
    one, told = after(
        one, (Ok(OWN, 1), SIX + minutes(66)), (Ok(MISSING), SIX + minutes(66)), (Ok(OWN, 2), SIX + minutes(67))
    )
    assert replies(told) == [Reply.OLD_CHECK, Reply.PIN, Reply.ALL_CLEAR]
    assert (one.phase, one.due) == (Phase.ARMED, HALF_EIGHT), "the alarm ends, the visit does not"
    assert StandDown(clear=True) in told
    missed = replace(one, due=SIX + minutes(60), until=SIX + minutes(240), phase=Phase.OVERDUE)
    late, _ = after(missed, (Ok(OWN), SIX + minutes(125)))
    assert late.due == SIX + minutes(150), "what was missed is not asked again"


def test_a_late_ok_gives_everybody_the_all_clear() -> None:
    for state in (OVERDUE, OWNED):
        one, told = after(state, (Ok(MISSING), HALF_EIGHT + minutes(16)), (Ok(OWN), HALF_EIGHT + minutes(17)))
        assert replies(told) == [Reply.PIN, Reply.ALL_CLEAR]
        assert (one.reason, StandDown(clear=True) in told) == (Reason.SAFE, True)


def test_out_and_cancel() -> None:
    one, told = after(ARMED, (End(MISSING), SIX + minutes(5)), (End(OWN), SIX + minutes(6)))
    assert (replies(told), one.reason) == ([Reply.PIN, Reply.DONE], Reason.SAFE)
    one, told = after(visit(), (End(OWN), SIX - minutes(50)))
    assert (replies(told), one.reason) == ([Reply.CANCELLED], Reason.CANCELLED)
    one, told = after(OVERDUE, (End(OWN), HALF_EIGHT + minutes(9)))
    assert (replies(told), one.reason, StandDown(clear=True) in told) == ([Reply.ALL_CLEAR], Reason.SAFE, True)


def test_longer() -> None:
    one, told = after(ASKED, (Extend(minutes(30), MISSING), HALF_EIGHT - minutes(2)))
    assert (one.phase, one.due, replies(told)) == (Phase.ARMED, HALF_EIGHT + minutes(30), [Reply.EXTENDED])
    one, _ = after(visit(), (Extend(minutes(30), OWN), SIX - minutes(40)))
    assert (one.phase, one.due, one.step_due) == (Phase.PLANNED, HALF_EIGHT + minutes(30), SIX - minutes(15))
    late, _ = after(visit(), (Tick(), SIX - minutes(15)), (Tick(), SIX), (Extend(minutes(30), OWN), SIX + minutes(1)))
    assert late.step_due == HALF_EIGHT + minutes(25)
    grid, _ = after(
        visit(interval=minutes(30)), (Ok(MISSING), SIX - minutes(20)), (Extend(minutes(30), OWN), SIX + minutes(1))
    )
    assert (grid.due, grid.until) == (SIX + minutes(30), HALF_EIGHT + minutes(30))
    grid, _ = after(visit(interval=minutes(30)), (Extend(minutes(30), OWN), SIX - minutes(40)))
    assert grid.due == SIX + minutes(30)
    for by in (timedelta(0), minutes(-5), timedelta(hours=4), timedelta(hours=30)):
        assert replies(after(ASKED, (Extend(by, OWN), HALF_EIGHT))[1]) == [Reply.TOO_LONG]
    for state in (OVERDUE, OWNED):
        one, told = after(state, (Extend(minutes(30), OWN), HALF_EIGHT + minutes(8)))
        assert (one, replies(told)) == (state, [Reply.ESCALATED]), "more time is not the all-clear"


@pytest.mark.parametrize(
    "said", [Ok(OWN), Ok(OWN, 1), End(OWN), Extend(minutes(30), OWN), Extend(timedelta(hours=9), OWN)]
)
@pytest.mark.parametrize("state", [visit(), ARMED, ASKED, OVERDUE, OWNED, CLOSED], ids=lambda one: one.phase.value)
def test_the_duress_pin_is_answered_like_the_own_pin_and_ever_after(state: Visit, said: Ok | End | Extend) -> None:
    now = HALF_EIGHT + minutes(7)
    plain, told = after(state, (said, now))
    silent, quiet = after(state, (replace(said, proof=DURESS), now))
    assert [e for e in quiet if isinstance(e, Answer)] == [e for e in told if isinstance(e, Answer)]
    assert silent.shown == plain
    assert (silent.phase, silent.reason, silent.duress) == (Phase.OVERDUE, None, True)
    assert Raise(now, silent=True) in quiet
    assert not [effect for effect in quiet if isinstance(effect, Ask | StandDown)], "nothing is sent to that phone"
    for proof in (OWN, MISSING, WRONG, DURESS):
        for event in (Ok(proof), End(proof), Extend(minutes(10), proof)):
            twin = replace(event, proof=OWN) if proof is DURESS else event
            one, told = after(plain, (Tick(), now + minutes(1)), (twin, now + minutes(1)))
            two, quiet = after(silent, (event, now + minutes(1)))
            assert [e for e in quiet if isinstance(e, Answer)] == [e for e in told if isinstance(e, Answer)]
            assert (two.shown, two.phase, quiet) == (one, Phase.OVERDUE, [e for e in quiet if isinstance(e, Answer)])


def test_a_silent_alarm_ends_only_by_two_colleagues() -> None:
    one, told = after(SILENT, (Ok(OWN), HALF_EIGHT), (Close(Reason.HELP_SENT, "jonas"), HALF_EIGHT + minutes(20)))
    assert one.phase is Phase.OVERDUE
    one, more = after(one, (Close(Reason.HELP_SENT, "rita"), HALF_EIGHT + minutes(21)), (Ok(OWN), HALF_EIGHT))
    assert (one.phase, one.reason) == (Phase.CLOSED, Reason.HELP_SENT)
    assert replies(told + more) == [Reply.OVER, Reply.SECOND, Reply.CLOSED, Reply.OVER]
    _, told = after(SILENT, (Tick(), HALF_EIGHT + minutes(30)))
    assert told == [Raise(HALF_EIGHT + minutes(30), silent=True)]


def test_guessing_a_pin_alarms_and_then_no_pin_helps() -> None:
    guesses = [(Ok(WRONG), HALF_EIGHT - minutes(3))] * (checkins.MOST_WRONG - 1)
    one, told = after(ASKED, *guesses)
    assert (one.phase, set(replies(told))) == (Phase.DUE, {Reply.WRONG_PIN})
    one, told = after(one, (Ok(WRONG), HALF_EIGHT), (Ok(OWN), HALF_EIGHT))
    assert (one.phase, replies(told)) == (Phase.OVERDUE, [Reply.WRONG_PIN, Reply.WRONG_PIN])
    assert len([effect for effect in told if isinstance(effect, Raise)]) == 1
    assert replies(after(one, (Ok(DURESS), HALF_EIGHT))[1]) == [Reply.WRONG_PIN]
    assert replies(after(CLOSED, (Ok(WRONG), HALF_EIGHT))[1]) == [Reply.OVER]
    early = replace(ARMED, wrong=checkins.MOST_WRONG, phase=Phase.OVERDUE)
    assert replies(after(early, (Extend(minutes(10), OWN), SIX))[1]) == [Reply.WRONG_PIN]


def test_early_alarm_of_guessing_ends_with_the_pin_and_the_visit_goes_on() -> None:
    one, told = after(replace(ARMED, phase=Phase.OVERDUE, wrong=1), (Ok(OWN), SIX + minutes(9)))
    assert (one.phase, one.due, replies(told)) == (Phase.ARMED, HALF_EIGHT, [Reply.ALL_CLEAR])


def test_others_close_with_a_reason_and_never_alone() -> None:
    for state in (visit(), ARMED, ASKED, OVERDUE, OWNED):
        one, told = after(
            state,
            (Close(Reason.FALSE_ALARM, "mira"), SIX),
            (Close(Reason.FALSE_ALARM, "jonas"), SIX),
            (Close(Reason.FALSE_ALARM, "jonas"), SIX),
            (Close(Reason.SAFE, "rita"), SIX),
            (Close(Reason.SAFE, "jonas"), SIX),
            (Close(Reason.SAFE, "jonas"), SIX),
        )
        assert replies(told) == [Reply.NOT_YOU, *[Reply.SECOND] * 3, Reply.CLOSED, Reply.OVER]
        assert (one.phase, one.reason) == (Phase.CLOSED, Reason.SAFE)
        assert (StandDown(clear=True) in told) is state.alarmed


def test_the_visit_follows_its_chain_and_the_last_level_stays_reached() -> None:
    one, told = after(OVERDUE, (Alarm(2, top=True, openers=("rita",)), HALF_EIGHT), (Alarm(0, top=False), HALF_EIGHT))
    assert (one.top, one.openers, one.level) == (True, ("rita",), 0)
    assert told == [Log(Entry.LEVEL, detail="2"), Log(Entry.LEVEL, detail="0")]
    one, told = after(one, (Alarm(0, top=False), HALF_EIGHT), (Alarm(0, top=False, owner="rita"), HALF_EIGHT))
    assert (one.phase, told) == (Phase.OWNED, [Log(Entry.OWNED, "rita")])
    cleared, _ = after(replace(one, until=HALF_EIGHT + minutes(60)), (Ok(OWN), HALF_EIGHT))
    assert (cleared.top, cleared.openers) == (False, ()), "a new alarm begins at its beginning"


def test_the_clock_is_set_back_and_nobody_waits_longer() -> None:
    for state in (visit(), ARMED, ASKED, OVERDUE, OWNED):
        one, _ = after(state, (ClockSetBack(minutes(60)), HALF_EIGHT - minutes(60)))
        assert state.step_due is not None
        assert one.step_due == state.step_due - minutes(60)
        assert one.due == state.due, "what was agreed stays said"
    assert after(CLOSED, (ClockSetBack(minutes(60)), SIX))[0] == CLOSED


def test_a_phone_that_nothing_reaches_is_told_once() -> None:
    one, told = after(ARMED, (Unreached(), SIX), (Unreached(), SIX))
    assert (one.technical, told) == (True, [Technical(), Log(Entry.TECHNICAL)])
    assert after(CLOSED, (Unreached(), SIX), (Tick(), SIX), (Alarm(1, top=True), SIX)) == (CLOSED, [])
    assert after(ARMED, (Alarm(1, top=True), SIX))[0] == ARMED


def test_a_drill_alarms_nobody_and_ends_with_a_report() -> None:
    drill = visit(now=SIX, until=SIX + minutes(10), purpose=Purpose.DRILL)
    answered, told = after(drill, (Tick(), SIX), (Ok(MISSING), SIX + minutes(2)))
    assert (asks(told), answered.reason, Report() in told) == ([Message.DRILL], Reason.SAFE, True)
    silent, told = after(drill, *((Tick(), SIX + minutes(n)) for n in range(30)))
    assert (silent.reason, Report() in told) == (Reason.UNANSWERED, True)
    _, told = after(drill, *[(Ok(WRONG), SIX)] * 9)
    assert not [effect for effect in told if isinstance(effect, Raise)]


@pytest.mark.parametrize(
    ("begins", "until", "reply"),
    [
        (SIX - minutes(300), SIX - minutes(200), Reply.PAST),
        (SIX - minutes(120), SIX + minutes(30), Reply.PAST),
        (SIX, SIX + timedelta(hours=30), Reply.TOO_LONG),
        (SIX + minutes(60), SIX + minutes(30), Reply.PAST),
    ],
)
def test_what_cannot_be_planned(begins: datetime, until: datetime, reply: Reply) -> None:
    with pytest.raises(checkins.Refused) as refused:
        visit(now=SIX, begins=begins, until=until)
    assert refused.value.reply is reply


def test_over_midnight_and_through_both_nights_of_the_clock_change() -> None:
    assert visit(begins=SIX, until=SIX + timedelta(hours=9)).due == SIX + timedelta(hours=9)
    for day, at in (((2026, 3, 29), 2), ((2026, 10, 25), 2)):
        date = datetime(*day, tzinfo=UTC).date()  # type: ignore[arg-type]
        begins = instant(date - timedelta(days=1), datetime.min.time().replace(hour=23))
        until = instant(date, datetime.min.time().replace(hour=at, minute=30))
        one = visit(now=begins, begins=begins, until=until)
        assert timedelta(hours=2) <= one.due - begins <= timedelta(hours=3, minutes=30)
    assert visit(interval=minutes(1)).interval == checkins.SHORTEST_INTERVAL
    assert Timing(lead=minutes(30)).longer
    assert not Timing().longer


# In any order -------------------------------------------------------------------------------------------------------

proofs = st.sampled_from(Proof)
spoken = st.one_of(
    st.builds(Ok, proofs, st.none() | st.integers(1, 3)),
    st.builds(End, proofs),
    st.builds(Extend, st.integers(-10, 200).map(minutes), proofs),
)
others = st.one_of(
    st.just(Unreached()),
    st.builds(Close, st.sampled_from([Reason.SAFE, Reason.FALSE_ALARM]), st.sampled_from(["mira", "jonas", "rita"])),
    st.builds(Alarm, st.integers(0, 3), top=st.booleans(), owner=st.none() | st.just("jonas")),
    st.builds(ClockSetBack, st.integers(1, 120).map(minutes)),
)
walks = st.lists(st.tuples(st.one_of(st.just(Tick()), spoken, others), st.integers(-60, 240)), max_size=20)


@settings(max_examples=300, deadline=None)
@given(walks, st.none() | st.integers(10, 60).map(minutes), st.sampled_from(Purpose))
def test_no_visit_ends_without_a_reason_and_no_alarm_is_lost(
    walk: list[tuple[Event, int]], interval: timedelta | None, purpose: Purpose
) -> None:
    now = SIX - minutes(60)
    one = visit(now=now, interval=interval, purpose=purpose)
    chain = ever = False
    for event, forward in walk:
        now += minutes(max(forward, 0)) if not isinstance(event, ClockSetBack) else -event.by
        before, (one, effects) = one, checkins.step(checkins.load(checkins.dump(one)), event, now)
        assert (one.phase is Phase.CLOSED) == (one.reason is not None) == (one.step_due is None)
        for effect in effects:
            chain = True if isinstance(effect, Raise) else False if isinstance(effect, StandDown) else chain
        ever = ever or chain
        assert one.alarmed == chain or one.phase is Phase.CLOSED, "an alarmed visit has its chain, and no other"
        if one.phase is Phase.CLOSED and before.phase is not Phase.CLOSED and before.alarmed:
            assert not chain, "the chain of a closed visit is stood down"
        if isinstance(event, Ok | End | Extend):
            assert len([effect for effect in effects if isinstance(effect, Answer)]) == 1, "everybody is answered"
    # However it came here: silence now leads to an alarm within the promised time, at the latest.
    if one.phase is not Phase.CLOSED and not one.alarmed and purpose is not Purpose.DRILL:
        end = max(one.until, now) + one.timing.companion
        one, effects = checkins.step(one, Tick(), end)
        one, more = checkins.step(one, Tick(), end + one.timing.answer)
        assert [effect for effect in (*effects, *more) if isinstance(effect, Raise)]
