"""Callbacks on the real store, on both databases: agreed, alerted, called once, and the number gone from every file."""

import asyncio
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from crypto.envelope import Kind, seal
from intake import agreement, leap
from intake.callback_desk import MOST_AGREEMENTS, Wanted, never_call_context
from intake.callbacks import Outcome, State
from intake.desk import Desk
from intake.errors import (
    AlreadyCalling,
    EnvelopeRefused,
    Malformed,
    NoContact,
    NoMailbox,
    NoPhone,
    NoTimeToCall,
    NotInThisState,
    NotNow,
    NumberRefused,
    StaleKey,
    TeamUnknown,
    TooMany,
)
from intake.phones import PhoneNumber, parse
from intake.store import Store, open_store
from intake.team_desk import Who
from intake.watch import report
from tests import leaks
from tests.intake.ring import Stage, set_stage
from tests.intake.small import Seeker, stamped

TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)  # Tuesday, 10:00 in Berlin
NUMBER = "0171 3920047"
WORD = "Sonnenblumenhonig vom Dorf"


@pytest.fixture
async def stage(store: Store, tmp_path: Path) -> Stage:
    made = await set_stage(store, tmp_path)
    made.clock.now = datetime(2026, 11, 20, 9, 20, tzinfo=UTC)
    return made


def wanted(seeker: Seeker, *windows: tuple[str, str, str], team: str = "hafen") -> Wanted:
    """ "Anne", not on voicemail, Tuesday 10 to 11."""
    times = agreement.times(windows or [("2026-11-24", "10:00", "11:00")])
    agreed = agreement.agreement(
        parse(NUMBER), times, lang="de", sent="2026-11-20T09:20Z", introduce="Hier ist Anne.", code_word=WORD
    )
    return Wanted(agreed.wishes(), seeker._seal(Kind.CALLBACK, agreement_fields(agreed), team))


def agreement_fields(agreed: agreement.Agreement) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(agreed)
    return fields


async def ask(stage: Stage, *windows: tuple[str, str, str]) -> Seeker:
    seeker = Seeker(stage.network)
    envelope = seeker.contact("Bitte rufen Sie an.")
    await stage.desk.receive_contact(
        team="hafen",
        token_hash=seeker.keys.token_hash,
        urgent=False,
        envelope=envelope,
        stamp=stamped(envelope, stage.clock()),
        callback=wanted(seeker, *windows),
    )
    return seeker


async def state(stage: Stage, seeker: Seeker) -> tuple[str, bool]:
    """(state, whether the number is still there), as the person reads it."""
    view = (await stage.desk.open_mailbox(seeker.keys.id, seeker.keys.token)).callback
    assert view is not None
    return view.row.state, view.row.envelope is not None


async def agree(stage: Stage, seeker: Seeker, wish: Wanted) -> str:
    stamp = stamped(wish.envelope, stage.clock())
    return (await stage.desk.callbacks.agree(seeker.keys.id, seeker.keys.token, wish, stamp)).row.state


async def who(stage: Stage, name: str) -> Who:
    return await stage.people[name].login(stage.desk.team)


async def at(stage: Stage, now: datetime) -> None:
    stage.clock.now = now
    await stage.desk.callbacks.tick()
    await stage.desk.alerts.tick()
    await stage.drain()


def alerted(stage: Stage) -> list[str]:
    return stage.recorders["matrix"].people()


class TestTheMotherFromWismar:
    async def test_is_called_on_tuesday_at_ten_and_the_number_is_gone_a_day_later(self, stage: Stage) -> None:
        seeker = await ask(stage)
        assert await state(stage, seeker) == ("requested", True)
        await at(stage, TEN - timedelta(minutes=1))
        before = len(alerted(stage))
        mira = await who(stage, "mira")
        with pytest.raises(NotNow):
            await stage.desk.callbacks.dial(mira, seeker.keys.id)
        await at(stage, TEN)
        assert alerted(stage)[before:] == ["mira"]
        assert await state(stage, seeker) == ("due", True)
        mira = await who(stage, "mira")
        view = await stage.desk.callbacks.dial(mira, seeker.keys.id)
        assert (view.callback.attempts, view.by) == (1, "Mira")
        contact = await stage.desk.team.contact(mira, seeker.keys.id)
        assert (contact.row.state, contact.row.claimed_by) == ("claimed", "mira")
        await stage.desk.callbacks.told(mira, seeker.keys.id, Outcome.REACHED)
        assert (await stage.desk.team.contact(mira, seeker.keys.id)).row.state == "answered"
        assert await state(stage, seeker) == ("reached", True)
        await at(stage, TEN + timedelta(hours=23))
        assert await state(stage, seeker) == ("reached", True)
        await at(stage, TEN + timedelta(hours=25))
        assert await state(stage, seeker) == ("reached", False)
        assert len(alerted(stage)) == before + 1, "whoever was reached is nobody's alarm any more"


async def test_a_clock_that_leaps_ends_no_callback_and_still_calls(stage: Stage) -> None:
    reached, waiting = await ask(stage), await ask(stage)
    later = await ask(stage, ("2026-11-24", "10:00", "11:00"), ("2026-11-27", "10:00", "11:00"))
    await at(stage, TEN)
    mira = await who(stage, "mira")
    await stage.desk.callbacks.dial(mira, reached.keys.id)
    await stage.desk.callbacks.told(mira, reached.keys.id, Outcome.REACHED)
    await stage.desk.tick()
    before = len(alerted(stage))
    leapt = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    for _ in range(2):
        await at(stage, leapt)
        await stage.desk.tick()
    assert [await state(stage, one) for one in (reached, waiting)] == [("reached", True), ("due", True)]
    assert await state(stage, later) == ("due", True)
    assert len(alerted(stage)) > before, "alarms wait for nobody"
    await at(stage, TEN + timedelta(minutes=30))  # set right again: each has the own time back
    row = await stage.store.read(lambda tx: tx.callback(waiting.keys.id))
    assert row is not None
    assert row.due == int((TEN + timedelta(hours=1)).timestamp())
    await stage.desk.store.write(lambda tx: leap.believe(tx, leapt))
    await at(stage, leapt + timedelta(minutes=5))
    assert [await state(stage, one) for one in (reached, waiting)] == [("reached", False), ("expired", True)]


class TestOnlyOneCalls:
    async def test_two_dial_at_once(self, stage: Stage) -> None:
        seeker = await ask(stage)
        await at(stage, TEN)
        both = [await who(stage, "mira"), await who(stage, "jonas")]
        calls = await asyncio.gather(
            *(stage.desk.callbacks.dial(one, seeker.keys.id) for one in both), return_exceptions=True
        )
        refused = [one for one in calls if isinstance(one, AlreadyCalling)]
        assert len(refused) == 1
        assert refused[0].details["by"] in ("Mira", "Jonas")

    async def test_a_restart_between_due_and_attempting_alerts_nobody_again(self, stage: Stage, tmp_path: Path) -> None:
        seeker = await ask(stage)
        await at(stage, TEN)
        before = alerted(stage)
        again = Desk(stage.store, stage.network, stage.desk.settings, stage.clock)
        await again.callbacks.tick()
        await again.alerts.tick()
        await stage.drain()
        assert alerted(stage) == before
        mira = await who(stage, "mira")
        await again.callbacks.dial(mira, seeker.keys.id)
        assert (await stage.desk.callbacks.dial(mira, seeker.keys.id)).callback.attempts == 1
        with pytest.raises(AlreadyCalling):
            await stage.desk.callbacks.dial(await who(stage, "jonas"), seeker.keys.id)

    async def test_somebody_from_another_team_finds_nothing(self, stage: Stage) -> None:
        seeker = await ask(stage)
        stranger = Who("x", "X", ("garten",))
        for use in (
            stage.desk.callbacks.dial(stranger, seeker.keys.id),
            stage.desk.callbacks.of_contact(stranger, seeker.keys.id),
            stage.desk.callbacks.told(stranger, seeker.keys.id, Outcome.REACHED),
        ):
            with pytest.raises(NoContact):
                await use
        assert await stage.desk.callbacks.due(stranger) == ()


class TestConnecting:
    async def test_needs_a_dialled_callback_a_line_and_ones_own_verified_phone(self, stage: Stage) -> None:
        called: list[tuple[str, str]] = []

        class Lines:
            async def connect(self, ours: PhoneNumber, theirs: PhoneNumber) -> None:
                called.append((ours.e164, theirs.e164))

        seeker = await ask(stage)
        await at(stage, TEN)
        mira, desk = await who(stage, "mira"), stage.desk.callbacks
        with pytest.raises(NotNow):
            await desk.connect(mira, seeker.keys.id, NUMBER)
        await desk.dial(mira, seeker.keys.id)
        with pytest.raises(NoPhone):
            await desk.connect(mira, seeker.keys.id, NUMBER)
        desk.connector = Lines()
        with pytest.raises(NumberRefused):
            await desk.connect(mira, seeker.keys.id, "110")
        await desk.connect(mira, seeker.keys.id, NUMBER)
        await asyncio.sleep(0)
        assert called == [("+491713920004", parse(NUMBER).e164)]


class TestAttempts:
    async def test_three_in_all_then_the_person_reads_that_we_tried(self, stage: Stage) -> None:
        seeker = await ask(stage, ("2026-11-24", "10:00", "12:00"))
        await at(stage, TEN)
        for attempt in range(3):
            mira = await who(stage, "mira")
            await stage.desk.callbacks.dial(mira, seeker.keys.id)
            view = await stage.desk.callbacks.told(mira, seeker.keys.id, Outcome.NOT_REACHED)
            assert view.callback.attempts == attempt + 1
            await at(stage, stage.clock.now + timedelta(minutes=20))
        assert await state(stage, seeker) == ("not_reached", True)
        await at(stage, TEN + timedelta(hours=2) + timedelta(days=14))
        assert await state(stage, seeker) == ("not_reached", False)

    async def test_the_next_attempt_is_due_when_it_may_be_made_and_not_a_moment_earlier(self, stage: Stage) -> None:
        seeker = await ask(stage, ("2026-11-24", "10:00", "12:00"))
        await at(stage, TEN)
        mira = await who(stage, "mira")
        stage.clock.now = TEN + timedelta(microseconds=900_000)
        await stage.desk.callbacks.dial(mira, seeker.keys.id)
        view = await stage.desk.callbacks.told(mira, seeker.keys.id, Outcome.NOT_REACHED)
        assert view.callback.due == TEN + timedelta(minutes=20, microseconds=900_000)
        await at(stage, TEN + timedelta(minutes=20, microseconds=200_000))
        assert await state(stage, seeker) == ("requested", True)
        await at(stage, TEN + timedelta(minutes=20, seconds=1))
        assert await state(stage, seeker) == ("due", True)

    async def test_nobody_called_expires(self, stage: Stage) -> None:
        seeker = await ask(stage)
        await at(stage, TEN)
        await at(stage, TEN + timedelta(hours=1))
        assert await state(stage, seeker) == ("expired", True)
        with pytest.raises(NotInThisState):
            await stage.desk.callbacks.dial(await who(stage, "mira"), seeker.keys.id)


class TestThePerson:
    async def test_moves_the_time_and_is_not_called_in_the_old_one(self, stage: Stage) -> None:
        seeker = await ask(stage)
        assert await agree(stage, seeker, wanted(seeker, ("2026-11-25", "10:00", "11:00"))) == "requested"
        await at(stage, TEN)
        assert await state(stage, seeker) == ("requested", True)
        assert await stage.store.read(lambda tx: tx.open_alert("callback:" + seeker.keys.id.hex())) is None
        await at(stage, TEN + timedelta(days=1))
        assert await state(stage, seeker) == ("due", True)

    async def test_withdraws_while_we_are_about_to_call(self, stage: Stage) -> None:
        seeker = await ask(stage)
        await at(stage, TEN)
        await stage.desk.callbacks.withdraw(seeker.keys.id, seeker.keys.token)
        assert await state(stage, seeker) == ("withdrawn", False)
        assert await stage.store.read(lambda tx: tx.open_alert("callback:" + seeker.keys.id.hex())) is None

    async def test_asks_for_a_call_later_and_sends_twice(self, stage: Stage) -> None:
        seeker = await stage.contact()
        wish = wanted(seeker)
        assert [await agree(stage, seeker, wish), await agree(stage, seeker, wish)] == ["requested", "requested"]
        view = (await stage.desk.open_mailbox(seeker.keys.id, seeker.keys.token)).callback
        assert view is not None
        assert view.row.agreements == 1

    async def test_cannot_agree_anew_for_ever(self, stage: Stage) -> None:
        seeker = await ask(stage)
        for _ in range(MOST_AGREEMENTS - 1):
            await agree(stage, seeker, wanted(seeker))
        with pytest.raises(TooMany):
            await agree(stage, seeker, wanted(seeker))

    async def test_without_the_token_nothing_happens(self, stage: Stage) -> None:
        seeker = await ask(stage)
        with pytest.raises(NoMailbox):
            await stage.desk.callbacks.withdraw(seeker.keys.id, os.urandom(32))
        other = await stage.contact()
        with pytest.raises(NoContact):
            await stage.desk.callbacks.withdraw(other.keys.id, other.keys.token)

    async def test_is_told_what_is_possible_when_nothing_fits(self, stage: Stage) -> None:
        with pytest.raises(NoTimeToCall) as refused:
            await ask(stage, ("2026-11-22", "10:00", "11:00"))  # a Sunday
        assert refused.value.details["slots"]
        openings = await stage.desk.callbacks.openings("hafen")
        assert openings[0].start >= stage.clock.now

    async def test_an_agreement_for_another_key_or_mailbox_is_refused(self, stage: Stage) -> None:
        seeker, other = await ask(stage), Seeker(stage.network)
        with pytest.raises(EnvelopeRefused):
            await agree(stage, seeker, wanted(other))
        with pytest.raises(StaleKey):
            await agree(stage, seeker, wanted(seeker, team="garten"))
        large = seal(
            Kind.CALLBACK, seeker.keys.id, b"x" * 17000, [stage.network.team("hafen").public, seeker.identity.public],
            seeker.identity,
        )  # fmt: skip
        with pytest.raises(EnvelopeRefused):
            await agree(stage, seeker, Wanted(wanted(seeker).wishes, large))

    async def test_takes_the_agreement_along_to_another_team(self, stage: Stage) -> None:
        seeker = await ask(stage)
        letter = [(1, seeker.contact("Bitte rufen Sie an.", "garten"))]
        with pytest.raises(EnvelopeRefused):
            await stage.desk.move_contact(seeker.keys.id, seeker.keys.token, "garten", letter)
        agreed = wanted(seeker, team="garten").envelope
        await stage.desk.move_contact(seeker.keys.id, seeker.keys.token, "garten", letter, agreed)
        assert await stage.desk.callbacks.due(await who(stage, "mira")) == ()
        (view,) = await stage.desk.callbacks.due(Who("x", "X", ("garten",)))
        assert (view.row.envelope, view.callback.state) == (agreed, State.REQUESTED)

    async def test_a_number_of_an_ended_callback_does_not_move(self, stage: Stage) -> None:
        seeker = await ask(stage)
        await at(stage, TEN + timedelta(hours=1))
        letter = [(1, seeker.contact("Bitte rufen Sie an.", "garten"))]
        await stage.desk.move_contact(seeker.keys.id, seeker.keys.token, "garten", letter)
        assert await state(stage, seeker) == ("expired", False)


class TestTheList:
    async def test_a_number_that_is_not_called_goes_at_once(self, stage: Stage) -> None:
        seeker = await ask(stage)
        await at(stage, TEN)
        mira = await who(stage, "mira")
        await stage.desk.callbacks.refuse(mira, seeker.keys.id)
        assert await state(stage, seeker) == ("withdrawn", False)
        assert await stage.desk.callbacks.due(mira) == ()

    async def test_of_numbers_not_to_call_is_the_teams_alone_and_nobody_overwrites_a_colleague(
        self, stage: Stage
    ) -> None:
        mira = await who(stage, "mira")
        desk = stage.desk.callbacks
        team = stage.network.team("hafen")
        sealed = seal(Kind.NEVER_CALL, never_call_context("hafen"), b"{}", [team.public], team)
        assert await desk.never_call(mira, "hafen") is None
        await desk.put_never_call(mira, "hafen", sealed, 0)
        assert await desk.never_call(mira, "hafen") == (sealed, 1)
        for revision in (0, 2):
            with pytest.raises(NotInThisState):
                await desk.put_never_call(mira, "hafen", sealed, revision)
        await desk.put_never_call(mira, "hafen", sealed, 1)
        other = stage.network.team("garten")
        foreign = seal(Kind.NEVER_CALL, never_call_context("hafen"), b"{}", [other.public], other)
        with pytest.raises(StaleKey):
            await desk.put_never_call(mira, "hafen", foreign, 2)
        for use in (desk.never_call(mira, "garten"), desk.put_never_call(mira, "garten", sealed, 0)):
            with pytest.raises(TeamUnknown):
                await use


async def test_a_callback_that_cannot_be_stepped_holds_up_no_other_and_is_not_silent(stage: Stage) -> None:
    bad, good = await ask(stage), await ask(stage)
    broken = "UPDATE callbacks SET document = '{' WHERE mailbox = ?"
    await stage.store.write(lambda tx: tx.raw.run(broken, bad.keys.id))
    assert await stage.desk.callbacks.next_due() == TEN
    await at(stage, TEN)
    assert (await state(stage, good))[0] == "due"
    assert "mira" in alerted(stage)
    told = [one.saying.trouble for one in stage.recorders["matrix"].to("karin", "trouble")]
    assert "stuck" in told, "coordination hears of it"
    assert "loud" in [fault.what for fault in (await report(stage.desk)).faults]
    assert await stage.desk.callbacks.next_due() == TEN + timedelta(minutes=5), "it is tried again"
    await stage.store.write(
        lambda tx: tx.raw.run("UPDATE callbacks SET due = due - 3600 WHERE mailbox = ?", bad.keys.id)
    )
    assert "overdue" in [fault.what for fault in (await report(stage.desk)).faults], "and watched when nobody ticks"


async def test_the_sealed_number_leaves_database_and_wal(tmp_path: Path) -> None:
    async with open_store("sqlite", tmp_path) as store:
        stage = await set_stage(store, tmp_path)
        stage.clock.now = datetime(2026, 11, 20, 9, 20, tzinfo=UTC)
        kept, gone = await ask(stage), await ask(stage)
        view = (await stage.desk.open_mailbox(gone.keys.id, gone.keys.token)).callback
        still = (await stage.desk.open_mailbox(kept.keys.id, kept.keys.token)).callback
        assert view is not None
        assert still is not None
        assert view.row.envelope is not None
        assert still.row.envelope is not None
        await at(stage, TEN)
        mira = await who(stage, "mira")
        await stage.desk.callbacks.dial(mira, gone.keys.id)
        await stage.desk.callbacks.told(mira, gone.keys.id, Outcome.REACHED)
        body = leaks.key("the sealed agreement", view.row.envelope[3000:3060])
        assert leaks.search([body], leaks.files(tmp_path)), "it was there"
        await at(stage, TEN + timedelta(hours=24))
        leaks.assert_none([body], leaks.files(tmp_path), at_least=2)
        assert leaks.search([leaks.key("the other", still.row.envelope[3000:3060])], leaks.files(tmp_path))
        needles = [leaks.number("number", NUMBER), leaks.sentence("code word", WORD)]
        leaks.assert_none(needles, leaks.files(tmp_path), at_least=2)


def test_a_time_that_no_form_offers_is_refused() -> None:
    for odd in [("2026-11-24", "10", "11:00"), ("gestern", "10:00", "11:00")]:
        with pytest.raises(Malformed):
            agreement.times([odd])
    with pytest.raises(Malformed):
        agreement.times([("2026-11-24", "10:00", "11:00")] * 4)
    (window,) = agreement.times([("2026-11-24", "22:00", "24:00")])
    assert window.wish().end.isoformat() == "23:59:00"
    assert window.wish().day == date(2026, 11, 24)
