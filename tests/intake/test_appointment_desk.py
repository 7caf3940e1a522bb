"""Contact appointments on the real store, on both databases: who plans, who changes, who is told, who sees nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest

from crypto.envelope import Kind as EnvelopeKind
from crypto.envelope import seal
from intake.appointments import Arrange, Decide, End, Move, News, Phase, Put, Rhythm, Told
from intake.cases import Accompany, Kind, Mandate, Outcome, Pace, Pause, Resume, Side
from intake.cases import End as CaseEnd
from intake.errors import (
    AppointmentRefused,
    EnvelopeRefused,
    NoCase,
    NoContact,
    NoMailbox,
    StaleKey,
    TooMany,
)
from intake.sayings import Kind as SayingKind
from intake.store import Store
from intake.team_desk import Who
from tests import leaks
from tests.intake.ring import Stage, rows_as_places, set_stage
from tests.intake.small import Seeker

MORNING = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # a Wednesday, ten o'clock
PLANTED = "Hintereingang der Bibliothek in Demmin"


@pytest.fixture
async def stage(store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    yield await set_stage(store, tmp_path, MORNING)
    places = [*leaks.files(tmp_path), *await rows_as_places(store)]
    leaks.assert_none([leaks.sentence("place of an appointment", PLANTED)], places, at_least=10)


async def who(stage: Stage, name: str) -> Who:
    return await stage.people[name].login(stage.desk.team)


async def weekly(stage: Stage) -> tuple[Who, Seeker, bytes]:
    """A case of Mira and Jonas, contact every seven days."""
    seeker = await stage.contact(urgent=False)
    mira, mailbox = await who(stage, "mira"), seeker.keys.id
    await stage.desk.team.claim(mira, mailbox)
    await stage.desk.cases.open(mira, mailbox, Kind.CASE, Mandate.VOLUNTARY)
    await stage.desk.cases.act(mira, mailbox, Accompany("mira", "jonas"))
    with pytest.raises(NoContact):
        await stage.desk.appointments.skip(mailbox, seeker.keys.token, 0)  # nothing is planned
    await stage.desk.cases.act(mira, mailbox, Pace(7, Side.TEAM))
    return mira, seeker, mailbox


def told(stage: Stage, name: str) -> list[News | None]:
    """What arrived on a service phone about appointments."""
    return [one.saying.appointment for one in stage.recorders["matrix"].to(name, SayingKind.APPOINTMENT.value)]


async def turn(stage: Stage, until: datetime) -> None:
    stage.clock.now = until
    await stage.desk.appointments.tick()
    await stage.drain()


async def test_a_week_with_the_plan_reminder_on_both_phones_and_the_next_one(stage: Stage) -> None:
    mira, _, mailbox = await weekly(stage)
    desk = stage.desk.appointments
    view = await desk.view(mira, mailbox)
    first = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert (view.plan.at, view.interval, view.coming[1]) == (first, 7, first + timedelta(days=7))
    assert [(line.entry, line.by) for line in view.lines] == [("planned", "")]
    assert await desk.next_due() == first - timedelta(days=1)
    assert await desk.tick() == 0
    await turn(stage, first - timedelta(days=1))
    assert told(stage, "mira") == told(stage, "jonas") == [News.REMINDER]
    assert told(stage, "aylin") == []
    stage.reopen()
    await turn(stage, first + timedelta(hours=1))
    jonas = await who(stage, "jonas")
    assert (await stage.desk.appointments.view(jonas, mailbox)).plan.phase is Phase.OPEN
    view = await stage.desk.appointments.act(jonas, mailbox, Told(End.MISSED, 1))
    assert (view.plan.missed, view.plan.at) == (1, datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    with pytest.raises(AppointmentRefused):
        await stage.desk.appointments.act(jonas, mailbox, Told(End.MISSED, 1))  # the second tap
    await stage.drain()
    assert told(stage, "mira") == [News.REMINDER]  # nobody is alarmed
    assert await stage.store.read(lambda tx: tx.open_alert(mailbox.hex())) is None


async def test_the_person_sees_proposes_skips_and_wants_it_less_often(stage: Stage) -> None:
    mira, seeker, mailbox = await weekly(stage)
    desk = stage.desk.appointments
    opened = await stage.desk.open_mailbox(mailbox, seeker.keys.token)
    assert opened.appointment is not None
    wish = opened.appointment.choices[0]
    with pytest.raises(NoMailbox):
        await desk.wish(mailbox, b"x" * 32, 1, wish)
    await desk.wish(mailbox, seeker.keys.token, 1, wish)
    await stage.drain()
    assert told(stage, "jonas") == [News.CHANGED]
    moved = await desk.act(mira, mailbox, Decide(agree=True, number=1))
    assert moved.plan.at == wish
    await desk.skip(mailbox, seeker.keys.token, 1)
    await desk.pace(mailbox, seeker.keys.token, more=False)
    view = await desk.view(mira, mailbox)
    assert view.interval == 14
    case = await stage.desk.cases.view(mira, mailbox)
    assert (case.steps[-1].detail, case.steps[-1].member) == ("14 person", "person")
    assert [line.by for line in view.lines if line.entry in ("wished", "skipped")] == ["person", "person"]
    for _ in range(3):
        await desk.pace(mailbox, seeker.keys.token, more=True)
    assert (await desk.view(mira, mailbox)).interval == 3  # the most often that there is
    number = (await desk.view(mira, mailbox)).plan.number
    for more in range(18):
        await desk.skip(mailbox, seeker.keys.token, number + more)
    with pytest.raises(TooMany):
        await desk.skip(mailbox, seeker.keys.token, number + 18)


async def test_moved_by_the_team_the_old_reminder_loses_its_sense(stage: Stage) -> None:
    mira, _, mailbox = await weekly(stage)
    desk = stage.desk.appointments
    view = await desk.view(mira, mailbox)
    assert view.plan.at is not None
    stage.clock.now = view.plan.at - timedelta(days=1)
    await desk.tick()  # written, not yet brought
    await desk.act(mira, mailbox, Move(view.plan.at + timedelta(days=2), Side.TEAM, 1))
    await stage.drain()
    assert told(stage, "mira") == []
    await desk.act(mira, mailbox, Put(view.plan.at + timedelta(hours=5)))
    assert (await desk.view(mira, mailbox)).plan.later == view.plan.at + timedelta(days=2)


async def test_the_release_switches_days_and_interval_by_itself(stage: Stage) -> None:
    mira, _, mailbox = await weekly(stage)
    desk = stage.desk.appointments
    visits = Rhythm((1, 3), time(13), time(15), date(2026, 12, 15), 3)
    view = await desk.act(mira, mailbox, Arrange(60, alarm=False, rhythm=visits))
    assert view.plan.at == datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    await turn(stage, datetime(2026, 12, 15, 8, 0, tzinfo=UTC))
    view = await desk.view(mira, mailbox)
    assert (view.plan.rhythm, view.interval) == (None, 3)
    assert News.SWITCHED in told(stage, "jonas")
    steps = (await stage.desk.cases.view(mira, mailbox)).steps
    assert (steps[-1].detail, steps[-1].member) == ("3 team", "")


async def test_a_pause_rests_the_plan_and_the_end_ends_it(stage: Stage) -> None:
    mira, seeker, mailbox = await weekly(stage)
    await stage.desk.cases.act(mira, mailbox, Pause(Side.PERSON))
    assert (await stage.desk.open_mailbox(mailbox, seeker.keys.token)).appointment is None
    with pytest.raises(NoContact):
        await stage.desk.appointments.pace(mailbox, seeker.keys.token, more=True)
    await stage.desk.cases.act(mira, mailbox, Resume())
    assert (await stage.desk.open_mailbox(mailbox, seeker.keys.token)).appointment is not None
    await stage.desk.cases.act(mira, mailbox, CaseEnd(Outcome.INDEPENDENT))
    assert await stage.desk.appointments.next_due() is None
    await stage.desk.erase_mailbox(mailbox, seeker.keys.token)
    assert await stage.store.read(lambda tx: tx.appointment(mailbox)) is None
    assert await stage.store.read(lambda tx: tx.appointment_log(mailbox)) == []


async def test_place_and_way_are_sealed_for_the_person_and_the_team(stage: Stage) -> None:
    mira, seeker, mailbox = await weekly(stage)
    desk = stage.desk.appointments
    team = stage.network.team("hafen")
    payload = {"v": 1, "sheet": "appointment", "fields": [{"title": "place", "text": PLANTED}], "dates": [],
               "by": "Mira", "sent": "2026-11-18T09:00Z"}  # fmt: skip
    text = msgspec.json.encode(payload)
    good = seal(EnvelopeKind.RECORD, mailbox, text, [seeker.identity.public, team.public], team)
    await desk.put_sheet(mira, mailbox, good)
    opened = await stage.desk.open_mailbox(mailbox, seeker.keys.token)
    assert opened.appointment is not None
    assert opened.appointment.row.envelope == good
    for readers, error in (([team.public, seeker.identity.public], EnvelopeRefused), ([team.public], EnvelopeRefused)):
        with pytest.raises(error):
            await desk.put_sheet(mira, mailbox, seal(EnvelopeKind.RECORD, mailbox, text, readers, team))
    foreign = seal(
        EnvelopeKind.RECORD, mailbox, text, [seeker.identity.public, stage.network.team("garten").public], team
    )
    with pytest.raises(StaleKey):
        await desk.put_sheet(mira, mailbox, foreign)
    large = msgspec.json.encode({**payload, "by": "M" * 40_000})
    large = seal(EnvelopeKind.RECORD, mailbox, large, [seeker.identity.public, team.public], team)
    with pytest.raises(EnvelopeRefused):
        await desk.put_sheet(mira, mailbox, large)
    await desk.put_sheet(mira, mailbox, None)
    view = await desk.view(mira, mailbox)
    assert view.row.envelope is None


async def test_who_knows_the_person_sees_no_appointment_and_without_a_case_there_is_none(stage: Stage) -> None:
    mira, _, mailbox = await weekly(stage)
    jonas = await who(stage, "jonas")
    await stage.desk.cases.know(jonas, mailbox)
    with pytest.raises(NoContact):
        await stage.desk.appointments.view(jonas, mailbox)
    seeker = await stage.contact(urgent=False)
    with pytest.raises(NoCase):
        await stage.desk.appointments.act(mira, seeker.keys.id, Put(MORNING + timedelta(days=1)))


async def test_a_plan_that_cannot_be_stepped_holds_up_no_other_and_is_not_silent(stage: Stage) -> None:
    _, _, bad = await weekly(stage)
    _, _, good = await weekly(stage)
    broken = "UPDATE appointments SET document = '{' WHERE mailbox = ?"
    await stage.store.write(lambda tx: tx.raw.run(broken, bad))
    first = await stage.desk.appointments.next_due()
    assert first is not None
    await turn(stage, first)
    assert told(stage, "mira") == [News.REMINDER]
    assert await stage.desk.appointments.next_due() == first + timedelta(minutes=5)
    assert "stuck" in [one.saying.trouble for one in stage.recorders["matrix"].to("karin", "trouble")]
    assert (await stage.store.read(lambda tx: tx.appointment(good))) is not None


async def test_with_the_case_the_plan_goes_to_another_team_without_its_place_and_history(stage: Stage) -> None:
    mira, seeker, mailbox = await weekly(stage)
    desk, team, garten = stage.desk.appointments, stage.network.team("hafen"), stage.network.team("garten")
    readers = [seeker.identity.public, team.public]
    await desk.put_sheet(mira, mailbox, seal(EnvelopeKind.RECORD, mailbox, PLANTED.encode(), readers, team))
    before = await desk.view(mira, mailbox)
    assert before.row.envelope is not None
    assert before.lines
    id = await stage.desk.handovers.ask(mira, mailbox, "garten", "moved", MORNING.date())
    letter = seal(EnvelopeKind.HANDOVER, mailbox, b"{}", [garten.public], team)
    await stage.desk.handovers.offer(mira, mailbox, id, letter, 1, 0)
    gast = await who(stage, "gast")
    await stage.desk.handovers.accept(gast, id)
    after = await desk.view(gast, mailbox)
    assert (after.row.envelope, after.lines, after.plan.at) == (None, (), before.plan.at)
    with pytest.raises(NoContact):
        await desk.view(mira, mailbox)
