"""Field visits on the real store, with time as an argument; what the database decides, on both."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from crypto.envelope import Kind as Envelope
from crypto.envelope import seal
from intake import checkins, leap
from intake.checkin_model import Phase, Purpose, Reason, Reply, Visit
from intake.delivery import DeliveryError
from intake.desk import Desk
from intake.errors import (
    EnvelopeRefused,
    LeadOnly,
    NoAlert,
    NoVisit,
    PinWeak,
    PinWrong,
    RulesFaulty,
    SheetLocked,
    StoreBusy,
    VisitRefused,
)
from intake.rota_document import AbsenceForm
from intake.routine_desk import Routine, Rules, end_of, next_time
from intake.store import RoutineRow, Sqlite, Store, open_store
from intake.team_desk import Who
from intake.watch import report
from tests import leaks
from tests.intake.ring import Stage, plan, put_plan, rows_as_places, set_stage
from tests.intake.small import identity, team_seed

SIX = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # a Tuesday, 18:00 in Demmin
HALF_EIGHT = SIX + timedelta(minutes=90)
OWN, DURESS = "48213077", "90517644"
SECRET = "Demmin, Treptower Straße 7, weißer Golf, Deckwort Kirschkuchen"


both = pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    on = getattr(request, "param", "sqlite")
    address = "sqlite" if on == "sqlite" else request.getfixturevalue("postgresql_address")
    async with open_store(address, tmp_path) as opened:
        yield opened


class Demmin(Stage):
    """The harbour team with Mira's visit; `jonas` is her companion, `aylin` on call, `rita` leads."""

    async def turn(self) -> None:
        await self.desk.routines.tick()
        await self.desk.visits.tick()
        await super().turn()

    async def who(self, name: str) -> Who:
        return await self.people[name].login(self.desk.team)

    async def planned(self, *, sheet: bool = True, **more: object) -> str:
        id = secrets.token_hex(16)
        team = identity(team_seed("hafen", 1))
        readers, sender = [team.public], identity(team_seed("mira", 1))
        envelope = seal(Envelope.SHEET, bytes.fromhex(id), SECRET.encode(), readers, sender)
        given: dict[str, object] = {"begins": SIX, "until": HALF_EIGHT, "companion": "jonas"}
        await self.desk.visits.plan(
            await self.who("mira"),
            "hafen",
            id=id,
            sheet=envelope if sheet else None,
            **{**given, **more},  # type: ignore[arg-type]
        )
        return id

    async def armed(self, **more: object) -> str:
        id = await self.planned(**more)
        await self.pass_to(SIX - timedelta(minutes=15))
        assert (await self.desk.visits.ok("mira")).reply is Reply.ARMED
        return id

    async def pass_to(self, end: datetime) -> None:
        self.clock.now = max(self.clock.now, end - timedelta(minutes=25))  # before that nothing is due
        await self.pass_by(seconds=(end - self.clock.now).total_seconds())

    async def visit(self, id: str) -> Visit:
        row = await self.store.read(lambda tx: tx.visit(id))
        assert row is not None
        return checkins.load(row.document)

    def reopen(self, outbox: bool = True) -> None:
        super().reopen(outbox)
        self.desk.visits.even = 0

    def called(self, name: str) -> list[str]:
        return [one.saying.message.value for one in self.recorders["matrix"].to(name) if one.saying.message]

    def told(self, name: str) -> list[str]:
        return [o.saying.check_in.value for o in self.recorders["matrix"].to(name, "check_in") if o.saying.check_in]


@pytest.fixture
async def stage(store: Store, tmp_path: Path) -> AsyncIterator[Demmin]:
    made = await set_stage(store, tmp_path, SIX - timedelta(minutes=20))
    stage = Demmin(**{name: getattr(made, name) for name in made.__dataclass_fields__})
    stage.desk.visits.even = 0
    await put_plan(store, plan(first=("aylin",), second=()), version=2)
    await stage.desk.visits.change_pins(await stage.who("mira"), OWN, DURESS, None)
    yield stage
    # After each story: neither the sheet nor a PIN lies readable on the disk.
    places = [*leaks.files(tmp_path), *await rows_as_places(store)]
    pins = [leaks.Needle("a PIN", {pin.encode(): "digits"}) for pin in (OWN, DURESS)]
    leaks.assert_none([leaks.sentence("visit sheet", SECRET), *pins], places, at_least=12)


@both
async def test_mira_in_demmin_does_not_check_in(stage: Demmin) -> None:
    id = await stage.armed()
    await stage.pass_to(HALF_EIGHT)
    assert stage.told("mira") == ["test", "soon", "now"]
    assert not stage.called("jonas")
    await stage.pass_by(minutes=5)
    assert (stage.called("jonas"), stage.called("aylin")) == (["missed"], [])
    rita = await stage.who("rita")
    with pytest.raises(SheetLocked):
        await stage.desk.visits.open_sheet(rita, id, "no_answer")
    await stage.pass_by(minutes=5)
    assert (stage.called("aylin"), stage.called("rita")) == (["missed"], [])
    await stage.pass_by(minutes=5)
    assert stage.called("rita") == ["missed"], "the lead after exactly 15 minutes"
    with pytest.raises(LeadOnly):
        await stage.desk.visits.open_sheet(await stage.who("jonas"), id, "no_answer")
    with pytest.raises(NoVisit):
        await stage.desk.visits.open_sheet(await stage.who("mira"), id, "no_answer")
    assert SECRET.encode() not in await stage.desk.visits.open_sheet(rita, id, "no_answer")
    lines, _ = await stage.desk.visits.diary(rita, id)
    assert [line.entry for line in lines] == [
        "planned", "test_sent", "test_confirmed", "asked", "alarm", "level", "level", "level", "sheet_opened",
    ]  # fmt: skip
    assert (lines[-1].by, lines[-1].detail) == ("rita", "no_answer")
    assert not stage.called("mira")


async def test_whoever_is_out_is_never_called_about_themselves(stage: Demmin) -> None:
    await put_plan(stage.store, plan(first=("mira",), second=()), version=3)
    id = await stage.armed()
    await stage.pass_to(HALF_EIGHT + timedelta(minutes=40))
    assert (await stage.visit(id)).top
    assert not stage.called("mira")
    assert stage.called("rita")


@both
async def test_a_late_ok_gives_everybody_the_all_clear_and_the_sheet_is_gone(stage: Demmin) -> None:
    id = await stage.armed()
    await stage.pass_to(HALF_EIGHT + timedelta(minutes=16))
    assert (await stage.desk.visits.ok("mira")).reply is Reply.PIN
    assert (await stage.desk.visits.ok("mira", "11223")).reply is Reply.WRONG_PIN
    assert (await stage.desk.visits.ok("mira", OWN)).reply is Reply.ALL_CLEAR
    await stage.turn()
    for name in ("jonas", "aylin", "rita"):
        news = [one.saying.news for one in stage.recorders["matrix"].to(name, "news")]
        assert news == ["all_clear"], name
    assert await stage.store.read(lambda tx: tx.visit_sheet(id)) is None
    assert (await stage.visit(id)).reason is Reason.SAFE
    await stage.pass_by(hours=1)
    assert stage.called("jonas") == ["missed"]


@both
async def test_who_takes_over_stops_the_chain_and_two_close_it(stage: Demmin) -> None:
    id = await stage.armed()
    await stage.pass_to(HALF_EIGHT + timedelta(minutes=6))
    known = (await stage.desk.alerts.known("jonas"))[0]
    await stage.desk.alerts.take("jonas", known.alert, known.round)
    visit = await stage.visit(id)
    assert (visit.phase, visit.owner) == (Phase.OWNED, "jonas")
    await stage.pass_by(minutes=20)
    assert not stage.called("aylin")
    jonas, rita = await stage.who("jonas"), await stage.who("rita")
    assert (await stage.desk.visits.close(jonas, id, Reason.HELP_SENT)).reply is Reply.SECOND
    assert (await stage.desk.visits.close(rita, id, Reason.HELP_SENT)).reply is Reply.CLOSED
    assert await stage.store.read(lambda tx: tx.visit_sheet(id)) is not None, "what happened in earnest stays a while"
    await stage.pass_by(minutes=60)
    assert not stage.called("rita")
    stage.clock.now += timedelta(days=31)
    await stage.desk.visits.sweep()
    assert await stage.store.read(lambda tx: tx.visit(id)) is None


async def test_a_clock_that_leaps_forgets_no_visit(stage: Demmin) -> None:
    id = await stage.armed()
    for name, reply in (("jonas", Reply.SECOND), ("rita", Reply.CLOSED)):
        assert (await stage.desk.visits.close(await stage.who(name), id, Reason.CANCELLED)).reply is reply
    await stage.desk.tick()
    stage.clock.now += timedelta(days=31)
    await stage.desk.tick()
    assert await stage.store.read(lambda tx: tx.visit(id)) is not None
    await stage.store.write(lambda tx: leap.believe(tx, stage.clock.now))
    await stage.desk.tick()
    assert await stage.store.read(lambda tx: tx.visit(id)) is None


async def test_an_acknowledgement_decays_and_the_next_round_calls_again(stage: Demmin) -> None:
    id = await stage.armed()
    await stage.pass_to(HALF_EIGHT + timedelta(minutes=5))
    known = (await stage.desk.alerts.known("jonas"))[0]
    await stage.desk.alerts.take("jonas", known.alert, known.round)
    await stage.pass_by(minutes=46)
    assert "missed" in stage.called("rita")
    assert (await stage.visit(id)).top


@both
async def test_a_silent_alarm_is_answered_alike_and_tells_everybody_but_that_phone(stage: Demmin) -> None:
    id = await stage.armed()
    await stage.pass_to(HALF_EIGHT)
    before = len(stage.recorders["matrix"].to("mira", "check_in")) + len(stage.recorders["sms"].to("mira", "check_in"))
    plain = await stage.desk.visits.ok("mira", DURESS)
    assert plain.reply is Reply.DONE
    await stage.turn()
    assert [stage.called(name) for name in ("jonas", "aylin", "rita")] == [["silent"]] * 3
    await stage.pass_by(minutes=40)
    after = len(stage.recorders["matrix"].to("mira", "check_in")) + len(stage.recorders["sms"].to("mira", "check_in"))
    assert after == before, "nothing is sent to that phone"
    mira, rita = await stage.who("mira"), await stage.who("rita")
    board = await stage.desk.visits.board(mira, "hafen")
    assert (len(board.open), board.over[0].visit.reason) == (0, Reason.SAFE)
    assert not (await stage.desk.alert_view.overview(mira)).sheets
    assert (await stage.desk.alert_view.overview(rita)).sheets[0].visit == id
    assert (await stage.desk.visits.ok("mira", OWN)).reply is Reply.NO_VISIT
    again = await stage.desk.visits.plan_by_phone(
        "mira", stage.clock.now, stage.clock.now + timedelta(hours=1), Purpose.VISIT
    )
    assert again.reply is Reply.PLANNED, "as if all were over"
    assert await stage.desk.visits.open_sheet(rita, id, "silent_alarm")
    with pytest.raises(NoAlert):
        await stage.desk.alerts.take("mira", (await stage.desk.alerts.known("rita"))[0].alert)


async def test_the_duress_pin_counts_without_a_visit_and_while_changing_pins(stage: Demmin) -> None:
    assert (await stage.desk.visits.ok("mira", OWN)).reply is Reply.NO_VISIT
    assert (await stage.desk.visits.ok("mira", DURESS)).reply is Reply.NO_VISIT
    await stage.turn()
    assert stage.called("rita") == ["silent"]
    assert (await stage.desk.visits.board(await stage.who("mira"), "hafen")).over == ()
    mira = await stage.who("mira")
    with pytest.raises(PinWrong):
        await stage.desk.visits.change_pins(mira, "77331", "22884", "11223")
    await stage.desk.visits.change_pins(mira, "77331", "22884", DURESS)
    assert (await stage.desk.visits.pins.proof("mira", "77331")).value == "wrong", "nothing was changed"
    await stage.desk.visits.change_pins(mira, "77331", "22884", OWN)
    assert (await stage.desk.visits.pins.proof("mira", "77331")).value == "own"
    await stage.desk.visits.change_pins(mira, OWN, DURESS, "77331")


async def test_pins_are_not_alike_not_simple_and_forgotten_by_the_lead_alone(stage: Demmin) -> None:
    mira = await stage.who("mira")
    for own, duress in (
        ("4821", "90517"),
        ("48213", "48214"),
        ("11111", "90517"),
        ("48213", "48213"),
        ("a8213", "90517"),
    ):
        with pytest.raises(PinWeak):
            await stage.desk.visits.change_pins(mira, own, duress, OWN)
    for name, error in (("jonas", LeadOnly), ("mira", LeadOnly)):
        with pytest.raises(error):
            await stage.desk.visits.pins.forget(await stage.who(name), "mira")
    await stage.desk.visits.pins.forget(await stage.who("rita"), "mira")
    assert not await stage.desk.visits.pins.is_set("mira")
    assert (await stage.desk.visits.pins.proof("mira", None)).value == "own"


async def test_both_answers_take_the_same_time(stage: Demmin, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await real(0)

    stage.desk.visits.even = 30.0
    monkeypatch.setattr("intake.visit_desk.asyncio.sleep", sleep)
    for pin in (OWN, DURESS, "11223", None):
        await stage.desk.visits.ok("mira", pin)
    assert len(waited) == 4
    assert all(0 < seconds < 30 for seconds in waited), "each waits for the same end"


async def test_a_dead_phone_is_told_as_technical_and_the_chain_runs(stage: Demmin) -> None:
    for recorder in stage.recorders.values():
        recorder.never.add("mira")
    id = await stage.planned()
    await stage.pass_to(SIX - timedelta(minutes=13))
    assert (await stage.visit(id)).technical
    assert stage.told("jonas") == ["technical"]
    assert stage.recorders["matrix"].to("karin", "trouble"), "coordination learns that a phone cannot be reached"
    await stage.pass_to(HALF_EIGHT + timedelta(minutes=15))
    assert stage.called("rita") == ["missed"]


async def test_every_channel_down_for_the_reminder_is_seen(stage: Demmin) -> None:
    id = await stage.armed()
    for recorder in stage.recorders.values():
        recorder.down = DeliveryError("down", permanent=False)
    await stage.pass_to(HALF_EIGHT + timedelta(minutes=6))
    assert (await stage.visit(id)).technical
    incidents = await stage.store.read(lambda tx: tx.incidents(0, 9))
    assert "unreachable" in [row.trouble for row in incidents]
    stage.recorders["sms"].down = None
    await stage.pass_by(minutes=11)
    assert stage.recorders["sms"].people(), "whatever still works brings it"


async def test_the_last_of_the_chain_is_on_holiday(stage: Demmin) -> None:
    away = plan(first=("aylin",), second=(), absences=(AbsenceForm("rita", SIX.date(), SIX.date()),))
    await put_plan(stage.store, away, version=3)
    id = await stage.armed()
    await stage.pass_to(HALF_EIGHT + timedelta(minutes=15))
    assert not stage.called("rita")
    assert await stage.desk.visits.open_sheet(await stage.who("jonas"), id, "no_answer"), "who is there stands in"
    with pytest.raises(NoVisit):
        await stage.desk.visits.open_sheet(await stage.who("mira"), id, "no_answer")
    await stage.turn()
    assert stage.called("karin")


@pytest.mark.parametrize("until", ["planned", "armed", "due", "reminded", "overdue", "owned", "silent"])
async def test_a_restart_in_each_state_loses_nothing(stage: Demmin, until: str) -> None:
    if until == "planned":
        id = await stage.planned()
    else:
        id = await stage.armed()
        offset = {"armed": -30, "due": -3, "reminded": 2, "overdue": 7, "owned": 7, "silent": 2}[until]
        await stage.pass_to(HALF_EIGHT + timedelta(minutes=offset))
    if until == "owned":
        known = (await stage.desk.alerts.known("jonas"))[0]
        await stage.desk.alerts.take("jonas", known.alert, known.round)
    if until == "silent":
        await stage.desk.visits.ok("mira", DURESS)
    stage.reopen()
    await stage.turn()
    await stage.pass_to(HALF_EIGHT + timedelta(minutes=60))
    assert (await stage.visit(id)).top
    assert stage.called("rita")


async def test_down_for_forty_minutes_over_the_due_time(stage: Demmin) -> None:
    id = await stage.armed()
    stage.clock.now = HALF_EIGHT + timedelta(minutes=40)
    stage.reopen()
    await stage.turn()
    assert [stage.called(name) for name in ("jonas", "aylin", "rita")] == [["missed"]] * 3, "one message each"
    assert stage.recorders["matrix"].to("rita")[0].late > timedelta(minutes=30)
    assert stage.told("mira") == ["test", "now"]
    assert (await stage.visit(id)).top


async def test_the_clock_jumps_and_no_alarm_is_held_back(stage: Demmin) -> None:
    id = await stage.armed()
    await stage.pass_to(HALF_EIGHT - timedelta(minutes=10))
    stage.clock.now -= timedelta(hours=1)
    await stage.pass_by(minutes=26)
    assert stage.called("rita") == ["missed"], "after as many minutes as were left"
    assert (await stage.desk.visits.ok("mira", OWN)).reply is Reply.ALL_CLEAR
    assert (await stage.visit(id)).phase is Phase.ARMED, "closing is held back: by this clock it is not over"
    stage.clock.now += timedelta(hours=3)
    await stage.turn()
    assert (await stage.visit(id)).phase is Phase.OVERDUE


@both
async def test_two_nodes_send_each_level_once(stage: Demmin) -> None:
    await stage.armed()
    twin = Desk(stage.store, stage.network, stage.desk.settings, stage.clock)
    for _ in range(25):
        stage.clock.now = max(stage.clock.now, HALF_EIGHT - timedelta(minutes=6)) + timedelta(minutes=1)
        await asyncio.gather(stage.desk.visits.tick(), twin.visits.tick(), stage.desk.alerts.tick(), twin.alerts.tick())
        await stage.drain()
    assert [stage.called(name) for name in ("jonas", "aylin", "rita")] == [["missed"]] * 3
    assert stage.told("mira") == ["test", "soon", "now"]


async def test_a_locked_database_is_tried_again(stage: Demmin) -> None:
    if not isinstance(stage.store, Sqlite):
        pytest.skip("SQLite only")
    id = await stage.armed()
    real, calls = stage.store.write, 0

    async def busy(unit: object) -> object:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise StoreBusy("locked")
        return await real(unit)  # type: ignore[arg-type]

    stage.store.write = busy  # type: ignore[assignment, method-assign]
    stage.clock.now = HALF_EIGHT + timedelta(minutes=5)
    for _ in range(2):
        with pytest.raises(StoreBusy):
            await stage.desk.visits.tick()
    await stage.desk.visits.tick()
    assert (await stage.visit(id)).phase is Phase.OVERDUE


async def test_what_is_not_taken(stage: Demmin) -> None:
    visits, jonas = stage.desk.visits, await stage.who("jonas")
    id = await stage.planned()
    for more, why in (
        ({"begins": SIX + timedelta(hours=1), "until": SIX + timedelta(hours=3)}, "two"),
        ({"begins": SIX - timedelta(hours=9), "until": SIX - timedelta(hours=8)}, "past"),
        ({"begins": SIX + timedelta(hours=2), "until": SIX + timedelta(hours=32)}, "too_long"),
        ({"companion": "mira"}, "companion"),
        ({"companion": "gast"}, "companion"),
    ):
        with pytest.raises(VisitRefused) as refused:
            await stage.planned(**more)  # type: ignore[arg-type]
        assert refused.value.why == why
    assert (await visits.plan_by_phone("mira", SIX, SIX + timedelta(hours=1), Purpose.VISIT)).reply is Reply.TWO
    assert (await visits.plan_by_phone("karin", SIX, SIX + timedelta(hours=1), Purpose.VISIT)).reply is Reply.NO_VISIT
    with pytest.raises(NoVisit):
        await visits.board(jonas, "garten")
    with pytest.raises(NoVisit):
        await visits.close(await stage.who("gast"), id, Reason.SAFE)
    with pytest.raises(NoVisit):
        await visits.put_sheet(jonas, id, b"")
    with pytest.raises(EnvelopeRefused):
        await visits.put_sheet(await stage.who("mira"), id, b"not sealed")
    with pytest.raises(LeadOnly):
        await visits.diary(jonas, id)
    assert (await visits.ok("jonas")).reply is Reply.NO_VISIT, "another phone"
    assert (await visits.ok("jonas", None, id)).reply is Reply.NO_VISIT
    assert (await visits.out("mira", OWN)).reply is Reply.CANCELLED
    assert (await visits.ok("mira", OWN, id)).reply is Reply.OVER
    with pytest.raises(VisitRefused):
        await visits.plan(jonas, "hafen", id=id, begins=SIX, until=HALF_EIGHT)


async def test_a_visit_that_cannot_be_stepped_holds_up_no_other(stage: Demmin) -> None:
    bad, good = await stage.armed(), secrets.token_hex(16)
    jonas = await stage.who("jonas")
    await stage.desk.visits.plan(jonas, "hafen", id=good, begins=SIX, until=HALF_EIGHT)
    await stage.store.write(lambda tx: tx.raw.run("UPDATE visits SET document = ? WHERE id = ?", b"{", bad))
    stage.clock.now = HALF_EIGHT + timedelta(minutes=5)
    await stage.desk.visits.tick()
    assert (await stage.visit(good)).phase is Phase.OVERDUE
    assert "loud" in [fault.what for fault in (await report(stage.desk)).faults]
    await stage.store.write(lambda tx: tx.raw.run("DELETE FROM visits WHERE id = ?", bad))


async def test_neither_a_broken_routine_nor_a_clock_set_back_over_a_broken_visit_stops_the_rest(stage: Demmin) -> None:
    bad, good = await stage.armed(), secrets.token_hex(16)
    jonas = await stage.who("jonas")
    await stage.desk.visits.plan(jonas, "hafen", id=good, begins=SIX, until=HALF_EIGHT)
    before = (await stage.visit(good)).step_due
    await stage.desk.alerts.tick()
    await stage.store.write(lambda tx: tx.raw.run("UPDATE visits SET document = ? WHERE id = ?", b"{", bad))
    stage.clock.pass_by(hours=-1)
    await stage.desk.alerts.tick()
    assert before is not None
    assert (await stage.visit(good)).step_due == before - timedelta(hours=1)
    home = msgspec.json.encode(Routine("home", ("di",), "20:00", "21:30")).decode()
    rows = [RoutineRow("a", "hafen", "jonas", "{", 60), RoutineRow("b", "hafen", "jonas", home, 120)]
    for row in rows:
        await stage.store.write(lambda tx, row=row: tx.put_routine(row))  # type: ignore[misc]
    assert await stage.desk.routines.next_due() == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
    assert await stage.desk.routines.tick() == 2
    assert await stage.desk.routines.next_due() == stage.desk.visits.now() + timedelta(minutes=5)
    await stage.store.write(lambda tx: tx.drop_routine("a"))
    await stage.store.write(lambda tx: tx.raw.run("DELETE FROM visits WHERE id = ?", bad))


async def test_rules_of_a_team_are_never_silently_longer(stage: Demmin) -> None:
    routines, rita = stage.desk.routines, await stage.who("rita")
    for rules in (Rules(companion=10, on_call=5), Rules(lead=20)):
        with pytest.raises(RulesFaulty):
            await routines.save(rita, "hafen", rules)
    with pytest.raises(LeadOnly):
        await routines.save(await stage.who("jonas"), "hafen", Rules())
    await routines.save(rita, "hafen", Rules(companion=2, on_call=4, lead=6))
    assert await routines.rules(await stage.who("jonas"), "hafen") == (Rules(companion=2, on_call=4, lead=6), False)
    await stage.armed()
    await stage.pass_to(HALF_EIGHT + timedelta(minutes=6))
    assert stage.called("rita") == ["missed"]


@both
async def test_standing_routines_begin_by_themselves(stage: Demmin) -> None:
    routines, mira, rita = stage.desk.routines, await stage.who("mira"), await stage.who("rita")
    home = Routine("home", ("di",), "20:00", "21:30")
    own = await routines.add(mira, "hafen", "mira", home)
    with pytest.raises(LeadOnly):
        await routines.add(mira, "hafen", None, Routine("drill", ("mi",), "10:00", "10:10"))
    with pytest.raises(RulesFaulty):
        await routines.add(mira, "hafen", None, home)
    await routines.add(rita, "hafen", None, Routine("drill", ("mi",), "10:00", "10:10"))
    await stage.pass_to(SIX + timedelta(hours=2, minutes=1))
    assert stage.told("mira") == ["test"]
    await stage.desk.visits.ok("mira")
    assert (await stage.desk.visits.out("mira", OWN)).reply is Reply.DONE
    stage.clock.now = datetime(2026, 11, 25, 8, 59, tzinfo=UTC)
    await stage.pass_by(minutes=2)
    for name in ("mira", "jonas", "aylin", "rita"):
        assert stage.told(name)[-1] == "drill"
    for name in ("mira", "jonas", "rita"):
        assert (await stage.desk.visits.ok(name)).reply is Reply.DONE
    await stage.pass_by(minutes=20)
    told = stage.recorders["matrix"].to("rita", "check_in")[-1].saying
    assert (told.check_in, told.done, told.total) == ("report", 3, 4)
    assert not [one for one in stage.recorders["matrix"].people() if one != "nobody"], "a drill alarms nobody"
    with pytest.raises(LeadOnly):
        await routines.remove(await stage.who("jonas"), own)
    await routines.remove(mira, own)
    assert [sheet.routine.kind for sheet in await routines.sheets(mira, "hafen")] == ["drill"]


def test_times_of_routines_follow_the_wall_clock() -> None:
    night = Routine("office", ("sa", "so"), "22:00", "02:30")
    begins = next_time(night, datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert end_of(night, begins) - begins == timedelta(hours=4), "the night that lacks an hour"
    assert next_time(replace_days(night, ("mo",)), begins).isoweekday() == 1


def replace_days(routine: Routine, days: tuple[str, ...]) -> Routine:
    return Routine(routine.kind, days, routine.begins, routine.until)  # type: ignore[arg-type]
