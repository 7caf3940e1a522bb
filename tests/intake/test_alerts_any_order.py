"""No order of events strands an alert, and a restart between any two steps changes nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from intake.alert_model import (
    Acknowledge,
    Alert,
    Answer,
    Claim,
    ClockSetBack,
    Decline,
    Event,
    Failed,
    Lost,
    Notify,
    Outcome,
    Phase,
    Postpone,
    Reach,
    Release,
    Repair,
    Reply,
    Resolve,
    Tick,
)
from intake.alert_policy import Kind, Target, policies
from intake.alerts import dump, load, overdue, raise_alert, step
from intake.working_time import WorkCalendar

START = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # the evening before the clocks go back
PEOPLE = st.sampled_from(["mira", "jonas", "aylin", "rita", "bernd", "karin"])
FULL = Reach({target: (name,) for target, name in zip(Target, "abcdefgh", strict=True)})


class AnyOrder(RuleBasedStateMachine):
    alert: Alert
    now: datetime

    @initialize(kind=st.sampled_from(Kind), minutes=st.integers(0, 60 * 24 * 3))
    def raised(self, kind: Kind, minutes: int) -> None:
        self.now = START + timedelta(minutes=minutes)
        policy = policies(WorkCalendar("MV", closures=frozenset({START.date()})))[kind]
        self.alert = raise_alert(id="a", team="team", subject="c", kind=kind, policy=policy, now=self.now, salt="s")
        self.owners: dict[int, str] = {}

    def happens(self, event: Event) -> None:
        before = self.alert
        self.alert, effects = step(before, event, self.now)
        assert step(load(dump(before)), event, self.now) == (self.alert, effects), "a restart changed something"
        assert load(dump(self.alert)) == self.alert
        assert self.alert.round >= before.round
        for effect in effects:
            if isinstance(effect, Notify):
                assert effect.people, "nobody was told something"
            if isinstance(effect, Answer) and effect.reply is Reply.YOURS:
                assert self.owners.setdefault(self.alert.round, effect.to) == effect.to, "two owners in one round"
            if isinstance(effect, Claim):
                assert effect.by != effect.instead_of
        granted = (Reply.YOURS, Reply.PAUSED, Reply.CONFIRMED, Reply.PASSED_ON)
        if any(isinstance(e, Answer) and e.reply not in granted for e in effects):
            assert self.alert == before, "a refused answer changed something"

    def reach(self, data: st.DataObject) -> Reach:
        people = data.draw(st.dictionaries(st.sampled_from(Target), st.lists(PEOPLE, max_size=2).map(tuple)))
        change = data.draw(st.none() | st.integers(-60, 600))
        return Reach(people, None if change is None else self.now + timedelta(minutes=change))

    @rule(minutes=st.integers(0, 600))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(data=st.data(), exact=st.booleans())
    def tick(self, data: st.DataObject, exact: bool) -> None:
        if exact and self.alert.due is not None:
            self.now = max(self.now, self.alert.due)
        self.happens(Tick(self.reach(data)))

    @rule(data=st.data(), by=PEOPLE, back=st.integers(0, 2), ours=st.booleans())
    def acknowledge(self, data: st.DataObject, by: str, back: int, ours: bool) -> None:
        round_ = data.draw(st.none() | st.just(self.alert.round - back))
        self.happens(Acknowledge(by, frozenset({"team"} if ours else {"other"}), round_))

    @rule(by=PEOPLE, minutes=st.integers(-10, 100_000))
    def later(self, by: str, minutes: int) -> None:
        self.happens(Postpone(by, frozenset({"team"}), timedelta(minutes=minutes)))

    @rule(data=st.data(), by=PEOPLE)
    def cannot(self, data: st.DataObject, by: str) -> None:
        self.happens(Decline(by, frozenset({"team"}), self.reach(data)))

    @rule(data=st.data(), by=PEOPLE)
    def release(self, data: st.DataObject, by: str) -> None:
        self.happens(Release(by, self.reach(data)))

    @rule(data=st.data(), person=PEOPLE, back=st.integers(0, 1))
    def fails(self, data: st.DataObject, person: str, back: int) -> None:
        self.happens(Failed(person, self.alert.round - back, self.reach(data)))

    @rule(data=st.data(), person=PEOPLE)
    def phone_lost(self, data: st.DataObject, person: str) -> None:
        self.happens(Lost(person, self.reach(data)))

    @rule(data=st.data())
    def audited(self, data: st.DataObject) -> None:
        if overdue(self.alert, self.now):
            self.happens(Repair(self.reach(data)))
            assert not overdue(self.alert, self.now)

    @rule(minutes=st.integers(1, 120))
    def clock_set_back(self, minutes: int) -> None:
        self.now -= timedelta(minutes=minutes)
        self.happens(ClockSetBack(timedelta(minutes=minutes)))

    @precondition(lambda self: self.alert.round > 2)
    @rule(outcome=st.sampled_from(Outcome), by=st.none() | PEOPLE)
    def resolve(self, outcome: Outcome, by: str | None) -> None:
        self.happens(Resolve(outcome, by))
        assert self.alert.phase is Phase.RESOLVED

    @invariant()
    def it_has_a_due_time_that_is_not_too_far(self) -> None:
        if hasattr(self, "alert") and self.alert.phase is not Phase.RESOLVED:
            assert self.alert.due is not None
            assert self.alert.due <= self.alert.policy.farthest(self.now)
        elif hasattr(self, "alert"):
            assert self.alert.due is None

    def teardown(self) -> None:
        """Left alone from here it reaches everybody: each tick at its due time either moves it on or sounds."""
        if not hasattr(self, "alert"):
            return
        for _ in range(25):
            if self.alert.phase in (Phase.RESOLVED, Phase.EXHAUSTED):
                return
            due = self.alert.due
            assert due is not None
            self.now = max(self.now, due)
            self.alert, _ = step(self.alert, Tick(FULL), self.now)
            assert self.alert.due is None or self.alert.due > self.now, "a tick that spins"
        raise AssertionError(f"stranded: {self.alert}")


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
