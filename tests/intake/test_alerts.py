"""The night of an alert, told as stories. Mira is on duty, Jonas second, Aylin in the team, Bernd leads."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from intake.alert_model import (
    Acknowledge,
    Alert,
    Answer,
    Claim,
    ClockSetBack,
    Coordination,
    Decline,
    Effect,
    Event,
    Failed,
    Lost,
    Loud,
    Message,
    News,
    Notify,
    Outcome,
    Phase,
    Postpone,
    Reach,
    Release,
    Repair,
    Reply,
    Resolve,
    Tell,
    Tick,
    Trouble,
)
from intake.alert_policy import Kind, Policy, Step, Target, policies, policy_at
from intake.alert_records import Stencil, row_of
from intake.alerts import dump, load, overdue, raise_alert, step
from intake.duty import Absence, Agreement, Place, Rota, Shift
from intake.working_time import Block, WorkCalendar, read_week

NIGHT = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)  # Tuesday 03:10 in Germany
DAY = datetime(2026, 11, 24, 9, 7, 13, tzinfo=UTC)  # Tuesday 10:07
TEAM = "westmecklenburg"
OURS = frozenset({TEAM})
HOUSE = Reach(
    {
        Target.OWNER: ("mira",),
        Target.COMPANION: ("jonas",),
        Target.FIRST: ("mira",),
        Target.SECOND: ("jonas",),
        Target.TEAM: ("mira", "jonas", "aylin"),
        Target.DEPUTY: ("rita",),
        Target.LEAD: ("bernd",),
        Target.COORDINATION: ("karin",),
    }
)
CHAINS = policies(WorkCalendar("MV"))
MINUTE = timedelta(minutes=1)


def policy_for(kind: Kind, plan: Rota, at: datetime) -> Policy:
    return policy_at(kind, policies(plan.calendar)[kind], plan, at)


def standing(**people: tuple[str, ...]) -> Reach:
    return Reach({**HOUSE.people, **{Target(target): who for target, who in people.items()}})


class Story:
    """One alert, its clock and all that was said. Every step is taken from the stored form."""

    def __init__(self, kind: Kind, now: datetime, policy: Policy | None = None) -> None:
        self.now = now
        self.alert = raise_alert(
            id="a1", team=TEAM, subject="c1", kind=kind, policy=policy or CHAINS[kind], now=now, salt="salz"
        )

    def __call__(self, event: Event, after: timedelta = timedelta(0)) -> list[Effect]:
        self.now += after
        self.alert, effects = step(load(dump(self.alert)), event, self.now)
        return list(effects)

    def tick(self, reach: Reach = HOUSE) -> list[Effect]:
        assert self.alert.due is not None
        self.now = max(self.now, self.alert.due)
        return self(Tick(reach))


def told(effects: list[Effect]) -> list[tuple[str, ...]]:
    return [e.people for e in effects if isinstance(e, Notify)]


def replies(effects: list[Effect]) -> list[Reply]:
    return [e.reply for e in effects if isinstance(e, Answer)]


def urgent() -> Story:
    story = Story(Kind.URGENT, NIGHT)
    story.tick()
    return story


class TestSilence:
    def test_nobody_reacts_at_night_until_coordination_is_reached_and_then_it_is_loud_everywhere(self) -> None:
        story = Story(Kind.URGENT, NIGHT)
        assert story.alert.due == NIGHT
        reached = [told(story.tick())[0] for _ in range(6)]
        assert reached == [("mira",), ("jonas",), ("mira", "jonas", "aylin"), ("rita",), ("bernd",), ("karin",)]
        assert story.now - NIGHT == 40 * MINUTE
        loud = story.tick()
        everyone = ("mira", "jonas", "aylin", "rita", "bernd", "karin")
        assert loud[:2] == [Loud(Trouble.EXHAUSTED), Coordination(Trouble.EXHAUSTED)]
        assert loud[2] == Notify(everyone, Message.LOUD, 1, 5)
        assert story.alert.phase is Phase.EXHAUSTED
        assert story.tick() == loud
        assert story.now - NIGHT == 70 * MINUTE
        assert replies(story(Acknowledge("aylin", OURS, 1))) == [Reply.YOURS]

    def test_a_tick_before_its_time_changes_nothing_in_any_phase(self) -> None:
        for phase in (Phase.PENDING, Phase.SENT, Phase.ACKNOWLEDGED, Phase.EXHAUSTED):
            alert = replace(urgent().alert, phase=phase, step_due=NIGHT + MINUTE, owner="mira", until=NIGHT + MINUTE)
            assert step(alert, Tick(HOUSE), NIGHT) == (alert, ())

    def test_an_empty_rota_is_skipped_at_once_and_coordination_learns_of_it(self) -> None:
        story = Story(Kind.URGENT, NIGHT)
        effects = story.tick(standing(first=()))
        assert effects == [Coordination(Trouble.NOBODY, Target.FIRST), Notify(("jonas",), Message.NEW, 1, 1)]

    def test_a_team_without_second_and_deputy_is_no_trouble(self) -> None:
        story = Story(Kind.URGENT, NIGHT)
        alone = Reach({Target.FIRST: ("mira",), Target.LEAD: ("bernd",), Target.COORDINATION: ("karin",)})
        assert told(story.tick(alone)) == [("mira",)]
        assert story.tick(alone) == [Coordination(Trouble.NOBODY, Target.TEAM), Notify(("bernd",), Message.NEW, 1, 4)]

    def test_a_house_with_nobody_in_it_is_loud_at_once_and_again(self) -> None:
        story = Story(Kind.URGENT, NIGHT)
        effects = story.tick(Reach({}))
        assert told(effects) == []
        assert Loud(Trouble.NOBODY) in effects
        assert Loud(Trouble.EXHAUSTED) in effects
        assert story.alert.phase is Phase.EXHAUSTED
        assert told(story.tick()) == [HOUSE.everyone()]

    def test_who_was_told_already_is_not_waited_for_again(self) -> None:
        story = Story(Kind.URGENT, NIGHT)
        small = standing(second=("mira",), team=("mira",))
        story.tick(small)
        assert told(story.tick(small)) == [("rita",)]

    def test_after_a_long_sleep_it_goes_on_with_one_step_and_says_how_late(self) -> None:
        story = urgent()
        effects = story(Tick(HOUSE), 125 * MINUTE)
        assert effects == [Notify(("jonas",), Message.NEW, 1, 1, 120 * MINUTE)]
        assert story.alert.due == story.now + 5 * MINUTE


class TestHandover:
    def test_who_comes_on_duty_in_the_middle_is_told_and_the_chain_keeps_its_time(self) -> None:
        change = NIGHT + 7 * MINUTE
        story = Story(Kind.URGENT, NIGHT)
        story.tick(replace(HOUSE, changes=change))
        assert story.alert.due == NIGHT + 5 * MINUTE
        story.tick(replace(HOUSE, changes=change))
        assert story.alert.due == change
        later = replace(standing(first=("sven",)), changes=NIGHT + timedelta(hours=9))
        assert told(story.tick(later)) == [("sven",)]
        assert story.alert.due == NIGHT + 10 * MINUTE
        assert story.alert.level == 1
        assert told(story.tick(later)) == [("mira", "jonas", "aylin")]

    def test_a_handover_to_people_who_know_is_silent(self) -> None:
        story = Story(Kind.URGENT, NIGHT)
        story.tick(replace(HOUSE, changes=NIGHT + MINUTE))
        assert story.tick(replace(HOUSE, changes=NIGHT + MINUTE)) == []
        assert story.alert.due == NIGHT + 5 * MINUTE

    def test_a_handover_at_night_of_an_ordinary_one_waits_for_the_morning(self) -> None:
        story = Story(Kind.ORDINARY, datetime(2026, 11, 24, 15, 40, tzinfo=UTC))
        evening, morning = datetime(2026, 11, 24, 19, tzinfo=UTC), datetime(2026, 11, 25, 8, tzinfo=UTC)
        later = standing(first=("sven",))
        story.tick(replace(HOUSE, changes=evening))
        assert story.tick(replace(later, changes=evening)) == []
        assert (story.now, story.alert.due) == (evening, morning)
        assert told(story.tick(later)) == [("sven",)]
        assert story.alert.phase is Phase.SENT


class TestAcknowledge:
    def test_the_first_wins_and_the_others_are_told_who(self) -> None:
        story = urgent()
        story.tick()
        effects = story(Acknowledge("jonas", OURS, 1), MINUTE)
        until = story.now + 30 * MINUTE
        assert effects == [
            Answer("jonas", Reply.YOURS, "jonas", until),
            Claim("jonas"),
            Tell(("mira",), News.TAKEN, "jonas"),
        ]
        assert story(Acknowledge("mira", OURS, 1)) == [Answer("mira", Reply.TAKEN, "jonas", until)]
        assert story(Acknowledge("jonas", OURS, 1)) == [Answer("jonas", Reply.YOURS, "jonas", until)]

    def test_two_in_the_same_second_are_one_owner(self) -> None:
        story = urgent()
        effects = story(Acknowledge("mira", OURS, 1)) + story(Acknowledge("aylin", OURS))
        assert replies(effects) == [Reply.YOURS, Reply.TAKEN]
        assert [e.by for e in effects if isinstance(e, Claim)] == ["mira"]

    def test_claimed_in_the_console_before_anything_was_sent_nobody_is_woken(self) -> None:
        story = Story(Kind.ORDINARY, DAY)
        effects = story(Acknowledge("aylin", OURS))
        assert [type(e) for e in effects] == [Answer, Claim]
        assert story(Resolve(Outcome.ANSWERED, "aylin")) == []

    def test_a_foreign_team_is_refused_unless_it_was_asked(self) -> None:
        story = urgent()
        for event in (Acknowledge("rita", frozenset({"rostock"})), Postpone("rita", frozenset(), 5 * MINUTE)):
            before = story.alert
            assert story(event) == [Answer("rita", Reply.FOREIGN)]
            assert story.alert == before
        for _ in range(3):
            story.tick()
        assert replies(story(Acknowledge("rita", frozenset({"rostock"}), 1))) == [Reply.YOURS]
        assert replies(story(Acknowledge("fremd", frozenset()))) == [Reply.FOREIGN]
        assert replies(story(Postpone("fremd", frozenset(), MINUTE))) == [Reply.FOREIGN]

    def test_kinds_that_have_no_contact_to_claim(self) -> None:
        story = Story(Kind.CALLBACK_DUE, NIGHT)
        story.tick()
        assert [type(e) for e in story(Acknowledge("mira", OURS, 1))] == [Answer]


class TestDecay:
    def test_reminder_then_a_new_round_that_does_not_wait_for_the_one_who_let_it_lapse(
        self,
    ) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1), MINUTE)
        assert story.tick() == [Notify(("mira",), Message.REMINDER, 1, 0)]
        assert story.now == NIGHT + 21 * MINUTE
        effects = story.tick()
        assert story.now == NIGHT + 31 * MINUTE
        assert effects == [Notify(("mira",), Message.NEW, 2, 0), Notify(("jonas",), Message.NEW, 2, 1)]
        assert story(Acknowledge("mira", OURS, 1)) == [Answer("mira", Reply.OLD_ROUND)]
        taken = story(Acknowledge("jonas", OURS, 2))
        assert Claim("jonas", instead_of="mira") in taken
        assert replies(story(Acknowledge("mira", OURS, 1))) == [Reply.OLD_ROUND]

    def test_ok_after_the_reminder_renews_it(self) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1))
        story.tick()
        assert story(Acknowledge("mira", OURS, 1)) == [Answer("mira", Reply.YOURS, "mira", story.now + 30 * MINUTE)]
        assert not story.alert.reminded
        assert told(story.tick()) == [("mira",)]

    def test_the_same_person_taking_it_again_claims_nothing_twice(self) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1))
        story.tick(), story.tick()
        assert [type(e) for e in story(Acknowledge("mira", OURS, 2))] == [Answer, Tell]

    def test_a_late_reminder_still_leaves_time_to_react(self) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1))
        effects = story(Tick(HOUSE), timedelta(hours=3))
        assert effects == [Notify(("mira",), Message.REMINDER, 1, 0, 160 * MINUTE)]
        assert story.alert.due == story.now + 10 * MINUTE

    def test_given_back_the_others_are_asked_at_once_and_the_giver_is_left_in_peace(self) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1))
        assert story(Release("jonas", HOUSE)) == [Answer("jonas", Reply.NOT_OWNER, "mira")]
        assert told(story(Release("mira", HOUSE))) == [("jonas",)]
        assert story.alert.round == 2
        for other in (Story(Kind.URGENT, NIGHT), urgent()):
            assert replies(other(Release("mira", HOUSE))) == [Reply.NOT_OWNER]


class TestLater:
    def test_a_pause_then_the_same_person_then_the_chain(self) -> None:
        story = urgent()
        pause = story(Postpone("mira", OURS, 20 * MINUTE, 1), MINUTE)
        assert pause == [Answer("mira", Reply.PAUSED, None, NIGHT + 21 * MINUTE)]
        assert story.tick() == [Notify(("mira",), Message.AGAIN, 1, 0)]
        assert told(story.tick()) == [("jonas",)]

    def test_pauses_are_short_few_and_only_for_those_who_were_called(self) -> None:
        story = urgent()
        assert replies(story(Postpone("aylin", OURS, MINUTE))) == [Reply.NO_MORE_PAUSE]
        assert replies(story(Postpone("mira", OURS, -MINUTE))) == [Reply.NO_MORE_PAUSE]
        story(Postpone("mira", OURS, timedelta(hours=12)))
        assert story.alert.due == story.now + 30 * MINUTE
        assert replies(story(Postpone("mira", OURS, MINUTE))) == [Reply.PAUSED]
        assert replies(story(Postpone("mira", OURS, MINUTE))) == [Reply.NO_MORE_PAUSE]
        assert replies(story(Postpone("mira", OURS, MINUTE, 7))) == [Reply.OLD_ROUND]

    def test_a_handover_at_the_very_end_of_a_wait_is_told_and_the_chain_goes_on(self) -> None:
        story = urgent()
        assert told(story.tick(standing(first=("sven",)))) == [("sven",), ("jonas",)]

    def test_a_handover_in_the_pause_is_still_told(self) -> None:
        story = Story(Kind.URGENT, NIGHT)
        story.tick(replace(HOUSE, changes=NIGHT + 3 * MINUTE))
        story(Postpone("mira", OURS, 20 * MINUTE))
        assert told(story.tick(standing(first=("sven",)))) == [("sven",)]
        assert told(story.tick(standing(first=("sven",)))) == [("mira",)]

    def test_somebody_else_may_take_it_in_the_pause(self) -> None:
        story = urgent()
        story(Postpone("mira", OURS, 20 * MINUTE))
        assert replies(story(Acknowledge("aylin", OURS))) == [Reply.YOURS]
        assert story.alert.paused_by is None

    def test_the_owner_holds_it_longer(self) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1))
        effects = story(Postpone("mira", OURS, timedelta(hours=5)), 10 * MINUTE)
        assert effects == [Answer("mira", Reply.YOURS, "mira", story.now + 30 * MINUTE)]
        assert replies(story(Postpone("jonas", OURS, MINUTE))) == [Reply.TAKEN]
        assert replies(story(Postpone("mira", OURS, timedelta(0)))) == [Reply.NO_MORE_PAUSE]
        assert replies(story(Postpone("mira", OURS, MINUTE, 9))) == [Reply.OLD_ROUND]

    def test_no_pause_before_it_is_sent_or_when_everything_sounds(self) -> None:
        assert replies(Story(Kind.ORDINARY, DAY)(Postpone("mira", OURS, MINUTE))) == [Reply.NO_MORE_PAUSE]
        story = Story(Kind.URGENT, NIGHT)
        alone = Reach({Target.LEAD: ("bernd",)})
        story.tick(alone), story.tick(alone)
        assert story.alert.phase is Phase.EXHAUSTED
        assert replies(story(Postpone("bernd", OURS, MINUTE))) == [Reply.NO_MORE_PAUSE]


class TestDecline:
    def test_cannot_means_the_next_one_now(self) -> None:
        story = urgent()
        effects = story(Decline("mira", OURS, HOUSE, 1), MINUTE)
        assert effects == [Answer("mira", Reply.PASSED_ON), Notify(("jonas",), Message.NEW, 1, 1)]
        assert story(Decline("mira", OURS, HOUSE, 1)) == [Answer("mira", Reply.PASSED_ON)]
        assert story.alert.failed == ("mira",)

    def test_from_the_owner_it_is_a_release(self) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1))
        assert story(Decline("jonas", OURS, HOUSE))[0] == Answer("jonas", Reply.TAKEN, "mira", story.alert.until)
        assert replies(story(Decline("mira", OURS, HOUSE, 7))) == [Reply.OLD_ROUND]
        effects = story(Decline("mira", OURS, HOUSE, 1))
        assert effects == [Answer("mira", Reply.PASSED_ON), Notify(("jonas",), Message.NEW, 2, 1)]

    def test_from_others_it_changes_nothing(self) -> None:
        story = urgent()
        before = story.alert
        assert replies(story(Decline("aylin", OURS, HOUSE))) == [Reply.PASSED_ON]
        assert replies(story(Decline("fremd", frozenset(), HOUSE))) == [Reply.FOREIGN]
        assert replies(Story(Kind.ORDINARY, DAY)(Decline("mira", OURS, HOUSE))) == [Reply.PASSED_ON]
        assert story.alert == before
        story(Resolve(Outcome.CLOSED))
        assert replies(story(Decline("mira", OURS, HOUSE))) == [Reply.OVER]


class TestFailure:
    def test_a_failing_channel_takes_the_next_step_at_once_and_coordination_learns_of_it(self) -> None:
        story = urgent()
        effects = story(Failed("mira", 1, HOUSE), MINUTE)
        assert effects == [Coordination(Trouble.UNREACHABLE, Target.FIRST), Notify(("jonas",), Message.NEW, 1, 1)]
        assert story(Failed("mira", 1, HOUSE)) == []

    def test_as_long_as_one_can_be_reached_the_step_waits(self) -> None:
        story = urgent()
        story.tick(), story.tick()
        assert told(story(Failed("mira", 1, HOUSE))) == []
        assert story(Failed("aylin", 1, HOUSE))[1:] == [Notify(("rita",), Message.NEW, 1, 3)]

    def test_failures_of_old_rounds_and_strangers_change_nothing(self) -> None:
        story = urgent()
        assert story(Failed("mira", 9, HOUSE)) == story(Failed("aylin", 1, HOUSE)) == story(Lost("aylin", HOUSE)) == []

    def test_a_pause_ends_with_the_phone_of_the_one_who_asked_for_it(self) -> None:
        story = urgent()
        story.tick()
        story(Postpone("mira", OURS, 20 * MINUTE))
        assert told(story(Failed("jonas", 1, HOUSE))) == []
        assert told(story(Lost("mira", HOUSE))) == [("mira", "jonas", "aylin")]

    def test_a_lost_phone_hands_the_alert_on(self) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1))
        assert story(Lost("jonas", HOUSE)) == []
        effects = story(Lost("mira", standing(first=())))
        assert effects[0] == Coordination(Trouble.UNREACHABLE, Target.OWNER)
        assert told(effects) == [("jonas",)]

    def test_a_reminder_that_cannot_be_brought_is_no_reminder(self) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1))
        assert story(Failed("mira", 1, HOUSE)) == []
        story.tick()
        assert story(Failed("mira", 2, HOUSE)) == []
        assert told(story(Failed("mira", 1, HOUSE))) == [("mira",), ("jonas",)]

    def test_at_night_an_ordinary_one_waits_even_then(self) -> None:
        story = Story(Kind.ORDINARY, datetime(2026, 11, 24, 15, 40, tzinfo=UTC))
        story.tick()
        evening = datetime(2026, 11, 24, 20, tzinfo=UTC)
        assert told(story(Failed("mira", 1, HOUSE), evening - story.now)) == []
        assert told(story.tick()) == [("jonas",)]
        assert story.now == datetime(2026, 11, 25, 8, tzinfo=UTC)

    def test_lost_in_the_quiet_between_two_rounds(self) -> None:
        story = Story(Kind.ORDINARY, DAY)
        story(Acknowledge("mira", OURS))
        story(Release("mira", HOUSE), timedelta(hours=10))
        assert story.alert.level == -1
        assert story(Lost("mira", HOUSE))[1:] == []
        assert told(story.tick()) == [("jonas",)]


class TestQuiet:
    def test_an_ordinary_contact_of_the_night_sounds_in_the_morning(self) -> None:
        story = Story(Kind.ORDINARY, NIGHT)
        opening = datetime(2026, 11, 24, 8, tzinfo=UTC)
        assert story.alert.due is not None
        assert opening <= story.alert.due <= opening + 10 * MINUTE

    def test_all_of_one_slot_travel_together_and_not_at_the_second_of_submission(self) -> None:
        slot = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        dues = {Story(Kind.ORDINARY, slot + timedelta(seconds=n)).alert.due for n in (0, 1, 433, 899)}
        assert len(dues) == 1
        due = dues.pop()
        assert due is not None
        assert slot + 15 * MINUTE <= due <= slot + 25 * MINUTE
        assert Story(Kind.ORDINARY, slot + 15 * MINUTE).alert.due not in (due, None)

    def test_the_delay_is_unknown_without_the_salt_and_differs_by_team(self) -> None:
        policy = CHAINS[Kind.ORDINARY]
        dues = {policy.first_due(team, DAY, salt) for team, salt in product("abcdefgh", "xyz")}
        assert len(dues) > 5
        assert {due.second for due in dues} == {0}, "alerts count whole minutes, so that none waits for the next one"

    def test_a_calendar_without_working_days_silences_nothing(self) -> None:
        never = replace(CHAINS[Kind.ORDINARY], hours=WorkCalendar(week={}))
        assert never.calm(NIGHT) == NIGHT
        assert never.after(NIGHT, MINUTE) == NIGHT + MINUTE

    def test_steps_wait_for_the_next_morning_too(self) -> None:
        story = Story(Kind.ORDINARY, datetime(2026, 11, 27, 14, 1, tzinfo=UTC))  # Friday 15:01
        sent = story.now = story.alert.due or story.now
        story.tick(), story.tick()
        worked = datetime(2026, 11, 27, 16, tzinfo=UTC) - sent  # until 17:00 on Friday; Monday from 09:00
        assert story.now == datetime(2026, 11, 30, 10, tzinfo=UTC) - worked

    def test_a_pause_that_ends_in_the_quiet_hours(self) -> None:
        policy = replace(CHAINS[Kind.ORDINARY], batch=timedelta(0))
        story = Story(Kind.ORDINARY, DAY, policy)
        story.tick()
        story(Postpone("mira", OURS, timedelta(hours=8)))
        assert story.alert.due == datetime(2026, 11, 25, 8, tzinfo=UTC)
        # Called too late, in the quiet: it waits, and keeps the pause in mind.
        story(Tick(HOUSE), timedelta(hours=35))
        assert told(story.tick()) == [("mira",)]
        assert story.now == datetime(2026, 11, 26, 8, tzinfo=UTC)


class TestNightDuty:
    """Night duty yes or no, and what an urgent contact at 03:10 does then."""

    calendar = WorkCalendar("MV")
    alone = Reach({t: who for t, who in HOUSE.people.items() if t not in (Target.FIRST, Target.SECOND)})

    def shift(self, *people: str | None) -> Shift:
        nights = read_week({day: ["20:00-08:00"] for day in ("mo", "di", "mi", "do", "fr", "sa", "so")})
        return Shift("nacht", Place.FIRST, nights, people, date(2026, 11, 2), on_days_off=True)

    def test_with_night_duty_a_hole_in_the_plan_wakes_the_next(self) -> None:
        policy = policy_for(Kind.URGENT, Rota(TEAM, self.calendar, night_duty=True), NIGHT)
        story = Story(Kind.URGENT, NIGHT, policy)
        assert told(story.tick(self.alone)) == [("mira", "jonas", "aylin")]

    def test_a_planned_night_counts_also_when_the_person_is_away(self) -> None:
        plan = Rota(TEAM, self.calendar, (self.shift("mira"),), absences=(Absence("mira", NIGHT.date(), NIGHT.date()),))
        assert policy_for(Kind.URGENT, plan, NIGHT) == CHAINS[Kind.URGENT]

    def test_without_night_duty_the_deputy_team_is_called_at_once(self) -> None:
        plan = Rota(TEAM, self.calendar, (self.shift(None),), agreements=(Agreement("rostock", date(2026, 1, 1)),))
        story = Story(Kind.URGENT, NIGHT, policy_for(Kind.URGENT, plan, NIGHT))
        assert told(story.tick(self.alone)) == [("rita",)]

    def test_without_either_it_sounds_when_the_team_opens_and_goes_on_as_ever(self) -> None:
        plan = Rota(TEAM, self.calendar)
        story = Story(Kind.URGENT, NIGHT, policy_for(Kind.URGENT, plan, NIGHT))
        opens = datetime(2026, 11, 24, 8, tzinfo=UTC)
        assert story.alert.due == opens
        assert not overdue(story.alert, NIGHT)
        assert told(story.tick(HOUSE)) == [("mira",)]
        assert (story.now, story.alert.due) == (opens, opens + 5 * MINUTE)
        assert policy_for(Kind.URGENT, plan, DAY) == CHAINS[Kind.URGENT]
        assert policy_for(Kind.MISSED_CHECK_IN, plan, NIGHT) == CHAINS[Kind.MISSED_CHECK_IN]

    def test_a_shift_that_begins_before_the_team_opens_is_not_slept_through(self) -> None:
        early = Shift("früh", Place.FIRST, read_week({"di": ["06:30-09:00"]}), ("mira",), date(2026, 11, 2))
        story = Story(Kind.URGENT, NIGHT, policy_for(Kind.URGENT, Rota(TEAM, self.calendar, (early,)), NIGHT))
        assert story.alert.due == datetime(2026, 11, 24, 5, 30, tzinfo=UTC)

    def test_a_night_owl_who_takes_it_and_gives_it_back_wakes_nobody(self) -> None:
        story = Story(Kind.URGENT, NIGHT, policy_for(Kind.URGENT, Rota(TEAM, self.calendar), NIGHT))
        story(Acknowledge("mira", OURS))
        assert told(story(Release("mira", HOUSE), 20 * MINUTE)) == []
        assert story.alert.due == datetime(2026, 11, 24, 8, tzinfo=UTC)

    def test_a_calendar_without_a_working_day_silences_nothing(self) -> None:
        closed = WorkCalendar("MV", closed_yearly=frozenset((m, d) for m in range(1, 13) for d in range(1, 32)))
        assert Rota(TEAM, closed).next_expected(NIGHT) == NIGHT
        assert policy_for(Kind.URGENT, Rota(TEAM, closed), NIGHT) == policies(closed)[Kind.URGENT]

    def test_a_team_without_hours_is_always_expected(self) -> None:
        assert Rota(TEAM, WorkCalendar(week={})).expects_somebody(NIGHT)


class TestTestAlarm:
    def test_confirmed(self) -> None:
        story = Story(Kind.TEST, DAY)
        assert story.tick() == [Notify(("mira",), Message.TEST, 1, 0)]
        assert story(Acknowledge("mira", OURS, 1)) == [Answer("mira", Reply.CONFIRMED)]
        assert (story.alert.phase, story.alert.outcome, story.alert.due) == (Phase.RESOLVED, Outcome.CONFIRMED, None)

    def test_not_confirmed_the_lead_is_told_and_it_ends(self) -> None:
        story = Story(Kind.TEST, DAY)
        story.tick()
        assert story.tick() == [
            Notify(("bernd",), Message.TEST_MISSED, 1, 1),
            Coordination(Trouble.TEST_MISSED),
        ]
        assert (story.alert.phase, story.alert.outcome) == (Phase.RESOLVED, Outcome.UNCONFIRMED)
        assert story(Acknowledge("mira", OURS, 1)) == [Answer("mira", Reply.OVER)]


class TestOver:
    def test_the_all_clear_goes_to_those_who_still_believe_it_open(self) -> None:
        story = urgent()
        story.tick()
        assert story(Resolve(Outcome.ANSWERED, "aylin")) == [Tell(("mira", "jonas"), News.RESOLVED, "aylin")]
        story = urgent()
        story.tick()
        story(Acknowledge("mira", OURS, 1))
        assert story(Resolve(Outcome.ERASED)) == [Tell(("mira",), News.RESOLVED)]

    def test_afterwards_answers_get_an_explanation_and_nothing_else_moves_it(self) -> None:
        story = urgent()
        story(Acknowledge("mira", OURS, 1))
        story(Resolve(Outcome.ANSWERED, "mira"))
        over = story.alert
        assert over.due is None
        assert story(Acknowledge("jonas", OURS, 1)) == [Answer("jonas", Reply.OVER, "mira")]
        assert story(Postpone("jonas", OURS, MINUTE)) == [Answer("jonas", Reply.OVER, "mira")]
        assert story(Acknowledge("fremd", frozenset())) == [Answer("fremd", Reply.FOREIGN)]
        quiet: list[Event] = [
            Tick(HOUSE),
            Repair(HOUSE),
            Failed("mira", 1, HOUSE),
            Lost("mira", HOUSE),
            Release("mira", HOUSE),
            Resolve(Outcome.CLOSED),
            ClockSetBack(MINUTE),
        ]
        for event in quiet:
            assert story(event) == []
        assert story.alert == over


class TestAuditor:
    def test_five_minutes_past_is_overdue_and_repaired_loudly(self) -> None:
        story = urgent()
        assert not overdue(story.alert, NIGHT + 10 * MINUTE)
        story.now = NIGHT + 11 * MINUTE
        assert overdue(story.alert, story.now)
        effects = story(Repair(HOUSE))
        assert effects[:2] == [Loud(Trouble.OVERDUE), Coordination(Trouble.OVERDUE)]
        assert effects[2] == Notify(("jonas",), Message.NEW, 1, 1, 6 * MINUTE)
        assert not overdue(story.alert, story.now)

    def test_a_time_that_lies_too_far_ahead_was_lost_to_a_clock(self) -> None:
        story = urgent()
        early = NIGHT - timedelta(hours=1)
        assert overdue(story.alert, early)
        story.now = early
        assert told(story(Repair(HOUSE))) == [("jonas",)]

    def test_a_lost_due_time_is_found(self) -> None:
        alert = replace(urgent().alert, step_due=None)
        assert overdue(alert, NIGHT)
        repaired, effects = step(alert, Repair(HOUSE), NIGHT)
        assert repaired.due is not None
        assert told(list(effects)) == [("jonas",)]

    def test_what_is_over_is_never_overdue(self) -> None:
        story = urgent()
        story(Resolve(Outcome.CLOSED))
        assert not overdue(story.alert, NIGHT + timedelta(days=365))

    def test_no_honest_due_time_is_suspected(self) -> None:
        weekdays = read_week({"mo": ["09:00-09:30"]})
        for kind, policy in policies(WorkCalendar("MV", week=weekdays)).items():
            for minutes in range(0, 7 * 24 * 60, 97):
                story = Story(kind, DAY + minutes * MINUTE, policy)
                for _ in range(4):
                    assert not overdue(story.alert, story.now)
                    if story.alert.due:
                        story.tick()


class TestClock:
    def test_set_back_an_hour_nothing_waits_an_hour_longer(self) -> None:
        story = Story(Kind.URGENT, NIGHT)
        story.tick(replace(HOUSE, changes=NIGHT + 4 * MINUTE))
        story.now -= timedelta(hours=1)
        story(ClockSetBack(timedelta(hours=1)))
        assert story.alert.due == NIGHT + 4 * MINUTE - timedelta(hours=1)
        story(Acknowledge("mira", OURS))
        until = story.alert.until
        assert until is not None
        story(ClockSetBack(timedelta(hours=1)))
        assert story.alert.until == until - timedelta(hours=1)


def test_a_policy_of_ones_own_goes_with_the_alert() -> None:
    policy = Policy((Step(Target.LEAD, MINUTE),), hours=WorkCalendar("BY", week={0: (Block.read("09:00-10:00"),)}))
    alert = Story(Kind.MISSED_CHECK_IN, NIGHT, policy).alert
    assert load(dump(alert)) == alert
    assert isinstance(load(dump(alert)), Alert)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_missed_check_in_is_with_the_lead_within_fifteen_minutes_and_every_chain_ends(kind: Kind) -> None:
    story = Story(kind, DAY)
    for _ in range(10):
        if story.alert.due is None:
            break
        effects = story.tick()
        if kind is Kind.MISSED_CHECK_IN and ("bernd",) in told(effects):
            assert story.now - DAY <= 15 * MINUTE
    assert story.alert.phase in (Phase.EXHAUSTED, Phase.RESOLVED)


def test_an_alert_filled_into_the_stencil_is_the_one_written_by_itself() -> None:
    template = raise_alert(
        id="", team=TEAM, subject="", kind=Kind.ORDINARY, policy=CHAINS[Kind.ORDINARY], now=DAY, salt="s"
    )
    alert = replace(template, id="0123456789abcdef", subject="ab" * 16)
    assert Stencil(template, DAY).row(alert.id, alert.subject) == row_of(alert, DAY)
