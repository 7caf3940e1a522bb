"""Somebody is reached: the stories of issue 3 on the real store, with time as an argument. On both databases."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intake.alert_model import Phase, Reply
from intake.delivery import DeliveryError
from intake.desk import Desk
from intake.errors import IntakeError
from intake.rota_document import AgreementForm, Plan
from intake.store import AlertRow, Sqlite, Store, Transaction
from intake.watch import report
from tests import leaks
from tests.intake.ring import NIGHT, Stage, plan, put_plan, rows_as_places, set_stage, together
from tests.intake.small import Seeker


@pytest.fixture
async def stage(store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    made = await set_stage(store, tmp_path)
    yield made
    # After each story: no number of a phone lies readable on the disk.
    numbers = {one.address.number for r in made.recorders.values() for one in r.brought if one.address.number}
    if numbers:
        places = [*leaks.files(tmp_path), *await rows_as_places(store)]
        leaks.assert_none([leaks.number("number of a phone", n) for n in sorted(numbers)], places, at_least=12)


async def test_nobody_reacts_at_night_until_coordination_is_reached(stage: Stage) -> None:
    seeker = await stage.contact()
    matrix = stage.recorders["matrix"]
    assert matrix.people() == ["mira"]
    await stage.pass_by(minutes=5)
    assert matrix.people() == ["mira", "jonas"]
    await stage.pass_by(minutes=5)
    assert set(matrix.people()) == {"mira", "jonas", "aylin", "rita"}
    await stage.pass_by(minutes=10)  # rita, the lead, was told with the team: no reason to wait for her again
    assert matrix.to("karin"), "coordination was not reached"
    assert (await stage.alert_of(seeker)).phase is Phase.SENT
    await stage.pass_by(minutes=20)
    alert = await stage.alert_of(seeker)
    assert alert.phase is Phase.EXHAUSTED
    assert [fault.what for fault in (await report(stage.desk)).faults] == ["exhausted", "loud"]
    assert sorted(stage.recorders["sms"].people()) == sorted(matrix.people()), "both channels say the same"
    await stage.desk.alerts.take("karin", alert.id)
    row = await stage.row_of(seeker)
    assert (row.state, row.claimed_by) == ("received", None), "a coordination holds the alert, never the contact"


async def test_taking_over_on_the_phone_claims_the_contact_and_an_answer_ends_it(stage: Stage) -> None:
    seeker = await stage.contact()
    alert = (await stage.desk.alerts.known("mira"))[0]
    response = await stage.desk.alerts.take("mira", alert.alert, alert.round)
    assert (response.reply, response.contact) == (Reply.YOURS, seeker.keys.id.hex())
    row = await stage.row_of(seeker)
    assert (row.state, row.claimed_by) == ("claimed", "mira")
    assert row.claim_until is not None
    mira = stage.people["mira"]
    who = await mira.login(stage.desk.team)
    await stage.desk.team.answer(who, seeker.keys.id, mira.answer(stage.network, seeker))
    assert (await stage.desk.alerts.take("jonas", alert.alert)).reply is Reply.OVER
    await stage.pass_by(hours=2)
    assert stage.recorders["matrix"].people() == ["mira"]


async def test_an_acknowledgement_without_an_answer_decays_and_the_chain_goes_on(stage: Stage) -> None:
    seeker = await stage.contact()
    alert = (await stage.desk.alerts.known("mira"))[0]
    await stage.desk.alerts.take("mira", alert.alert, alert.round)
    await stage.pass_by(minutes=20)
    assert [one.saying.message for one in stage.recorders["matrix"].to("mira")][-1] == "reminder"
    await stage.pass_by(minutes=11)
    assert (await stage.alert_of(seeker)).round == 2
    assert stage.recorders["matrix"].to("jonas"), "the next was not called"
    late = await stage.desk.alerts.take("mira", alert.alert, alert.round)
    assert late.reply is Reply.OLD_ROUND
    known = (await stage.desk.alerts.known("jonas"))[0]
    assert (await stage.desk.alerts.take("jonas", known.alert, known.round)).reply is Reply.YOURS
    assert (await stage.row_of(seeker)).claimed_by == "jonas", "who let it lapse no longer holds the contact"


async def test_two_take_over_in_the_same_second_and_one_wins(stage: Stage) -> None:
    for _ in range(5):
        seeker = await stage.contact()
        id = (await stage.alert_of(seeker)).id
        await stage.pass_by(minutes=10)
        answers = await together(*(stage.desk.alerts.take(name, id) for name in ("mira", "jonas", "aylin", "rita")))
        replies = sorted(answer.reply.value for answer in answers)
        assert replies == ["taken", "taken", "taken", "yours"]
        winner = next(
            name for name, a in zip(("mira", "jonas", "aylin", "rita"), answers, strict=True) if a.reply is Reply.YOURS
        )
        assert (await stage.row_of(seeker)).claimed_by == winner
        assert {a.owner for a in answers} == {winner.title()}, "the others are told who"


async def test_phone_and_console_in_the_same_second_agree(stage: Stage) -> None:
    seeker = await stage.contact()
    id = (await stage.alert_of(seeker)).id
    jonas = await stage.people["jonas"].login(stage.desk.team)
    outcomes = await together(stage.desk.alerts.take("mira", id), stage.desk.team.claim(jonas, seeker.keys.id))
    row, alert = await stage.row_of(seeker), await stage.alert_of(seeker)
    assert row.claimed_by == alert.owner in ("mira", "jonas")
    assert sum(isinstance(outcome, IntakeError) for outcome in outcomes) <= 1


async def test_claiming_in_the_console_stops_the_chain_and_giving_back_starts_it_anew(stage: Stage) -> None:
    seeker = await stage.contact()
    jonas = await stage.people["jonas"].login(stage.desk.team)
    await stage.desk.team.claim(jonas, seeker.keys.id)
    await stage.drain()
    assert stage.recorders["matrix"].to("mira", "news"), "who was called must learn that somebody has it"
    await stage.desk.team.release(await stage.people["jonas"].login(stage.desk.team), seeker.keys.id)
    await stage.drain()
    assert (await stage.alert_of(seeker)).round == 2
    assert stage.recorders["matrix"].people()[-1] == "mira"


async def test_a_colleague_takes_a_claimed_contact_over_with_its_alert(stage: Stage) -> None:
    seeker = await stage.contact()
    id = (await stage.alert_of(seeker)).id
    await stage.desk.alerts.take("mira", id)
    before = len(stage.recorders["matrix"].people())
    jonas = await stage.people["jonas"].login(stage.desk.team)
    await stage.desk.team.claim(jonas, seeker.keys.id, take_over=True)
    await stage.drain()
    alert = await stage.alert_of(seeker)
    assert (alert.owner, alert.phase) == ("jonas", Phase.ACKNOWLEDGED)
    assert len(stage.recorders["matrix"].people()) == before, "nobody else is called when it only changes hands"


async def test_on_duty_changes_in_the_middle_of_a_chain(stage: Stage, store: Store) -> None:
    since = datetime(2026, 11, 18, 1, 33, tzinfo=UTC)
    evening = plan(first=("mira",), second=())
    shifts = evening.shifts[0]
    blocks = {"di": ("20:00-02:33",), "mi": ("20:00-22:00",)}
    morning = {"mi": ("02:33-09:00",)}
    two = (
        msgspec.structs.replace(shifts, id="Abend", blocks=blocks),
        msgspec.structs.replace(shifts, id="Morgen", blocks=morning, people=("aylin",)),
    )
    await put_plan(store, msgspec.structs.replace(evening, shifts=two), version=2)
    seeker = await stage.contact()
    assert stage.recorders["matrix"].people() == ["mira"]
    await stage.pass_by(minutes=3)
    assert stage.clock.now == since
    assert stage.recorders["matrix"].people() == ["mira", "aylin"], "who comes on duty in the middle is told"
    assert (await stage.alert_of(seeker)).level == 0


async def test_a_lost_phone_is_cut_off_with_one_tap_and_the_next_is_reached_at_once(stage: Stage) -> None:
    seeker = await stage.contact()
    mira = await stage.people["mira"].login(stage.desk.team)
    jonas = await stage.people["jonas"].login(stage.desk.team)
    sheet = await stage.desk.phones.cut_off(jonas, "mira")
    assert sheet.phone is not None
    assert sheet.phone.state == "cut_off"
    await stage.drain()
    assert stage.recorders["matrix"].people() == ["mira", "jonas"]
    with pytest.raises(IntakeError):
        await stage.desk.team.session(b"\0" * 32)
    assert mira.member == "mira"
    await stage.pass_by(hours=1)
    assert len(stage.recorders["matrix"].to("mira")) == 1, "nothing goes to a lost phone"
    assert not await stage.desk.phones.device_seen("@mira:x", "A", "k")
    assert (await stage.alert_of(seeker)).phase is Phase.EXHAUSTED


async def test_the_lost_phone_of_the_owner_starts_the_chain_anew(stage: Stage) -> None:
    seeker = await stage.contact()
    await stage.desk.alerts.take("mira", (await stage.alert_of(seeker)).id)
    await stage.desk.phones.cut_off(await stage.people["jonas"].login(stage.desk.team), "mira")
    await stage.drain()
    assert (await stage.alert_of(seeker)).round == 2
    assert stage.recorders["matrix"].people() == ["mira", "jonas"]


async def test_a_test_alarm_that_is_not_confirmed_reaches_the_lead(store: Store, tmp_path: Path) -> None:
    stage = await set_stage(store, tmp_path, datetime(2026, 11, 18, 8, 58, tzinfo=UTC), test_alarm="10:00")
    await stage.pass_by(minutes=3)
    matrix = stage.recorders["matrix"]
    assert sorted(matrix.people()) == ["jonas", "mira"], "everybody on call, each once"
    known = (await stage.desk.alerts.known("jonas"))[0]
    assert (await stage.desk.alerts.take("jonas", known.alert)).reply is Reply.CONFIRMED
    await stage.pass_by(minutes=20)
    assert [one.saying.message for one in matrix.to("rita")] == ["test_missed"], "the lead hears of mira's phone only"
    assert matrix.to("karin", "trouble")
    stage.reopen()
    await stage.pass_by(hours=3)
    assert sorted(matrix.people()) == ["jonas", "mira", "rita"], "a restart raises no second test alarm"


async def test_nobody_is_tested_at_night_because_the_service_was_down_by_day(store: Store, tmp_path: Path) -> None:
    stage = await set_stage(store, tmp_path, datetime(2026, 11, 18, 19, 0, tzinfo=UTC), test_alarm="10:00")
    await stage.pass_by(minutes=5)
    assert stage.recorders["matrix"].people() == []


async def test_the_homeserver_is_down_for_an_hour_and_sms_goes_on(stage: Stage) -> None:
    matrix, sms = stage.recorders["matrix"], stage.recorders["sms"]
    matrix.down = DeliveryError("homeserver answers 502", permanent=False)
    seeker = await stage.contact()
    assert sms.people() == ["mira"], "SMS does not wait for Matrix"
    await stage.pass_by(minutes=10)
    assert set(sms.people()) == {"mira", "jonas", "aylin", "rita"}
    assert not matrix.brought
    tries = len(matrix.tried)
    await stage.pass_by(minutes=50)
    assert len(matrix.tried) < tries + 120, "it is not hammered"
    matrix.down = None
    await stage.pass_by(minutes=11)
    assert "mira" in matrix.people(), "what waited is brought"
    assert [one.id for one in matrix.to("mira")] == list(dict.fromkeys(one.id for one in matrix.to("mira")))
    assert (await stage.alert_of(seeker)).phase is Phase.EXHAUSTED


async def test_what_lost_its_sense_while_it_waited_is_not_said(stage: Stage) -> None:
    matrix = stage.recorders["matrix"]
    matrix.down = DeliveryError("down", permanent=False)
    seeker = await stage.contact()
    await stage.desk.alerts.take("mira", (await stage.alert_of(seeker)).id)
    matrix.down = None
    await stage.pass_by(minutes=12)
    assert matrix.people() == []
    assert await stage.store.read(lambda tx: tx.next_outbox("matrix")) is None


async def test_every_channel_of_a_person_fails_for_good_and_the_next_is_reached_at_once(stage: Stage) -> None:
    for recorder in stage.recorders.values():
        recorder.never.add("mira")
    seeker = await stage.contact()
    assert stage.recorders["sms"].people() == ["jonas"]
    assert (await stage.alert_of(seeker)).level == 1
    rita = await stage.people["rita"].login(stage.desk.team)
    dead = await stage.desk.alert_view.dead_letters(rita)
    assert {(row.channel, row.recipient, row.trouble) for row, _, _ in dead} == {
        ("matrix", "mira", "unknown there"), ("sms", "mira", "unknown there"),
    }  # fmt: skip
    for recorder in stage.recorders.values():
        recorder.never.clear()
    await stage.desk.alert_view.release(rita, dead[0][0].id, again=True)
    await stage.drain()
    assert len(await stage.desk.alert_view.dead_letters(rita)) == 1


async def test_one_channel_failing_for_good_is_no_reason_while_another_brings_it(stage: Stage) -> None:
    stage.recorders["matrix"].never.add("mira")
    seeker = await stage.contact()
    assert (await stage.alert_of(seeker)).level == 0
    assert stage.recorders["sms"].people() == ["mira"]


async def test_an_empty_rota_goes_to_the_team_at_once_and_coordination_hears_of_it(stage: Stage, store: Store) -> None:
    await put_plan(store, plan(first=(None,), second=()), version=2)
    await stage.contact()
    matrix = stage.recorders["matrix"]
    assert {"mira", "jonas", "aylin", "rita"} <= set(matrix.people())
    assert [one.saying.target for one in matrix.to("karin", "trouble")] == ["first"]
    await stage.contact()
    assert len(matrix.to("karin", "trouble")) == 1, "once an hour, counted"


async def test_a_phone_that_is_not_verified_is_passed_over_at_once(stage: Stage, store: Store) -> None:
    async def unit(tx: Transaction) -> None:
        row = await tx.phone("mira")
        assert row is not None
        await tx.put_phone(row._replace(number_verified=None, matrix_verified=None))

    await store.write(unit)
    await stage.contact()
    assert stage.recorders["matrix"].people() == ["jonas"]


async def test_ordinary_contacts_of_one_slot_make_one_message_and_tell_no_second(store: Store, tmp_path: Path) -> None:
    stage = await set_stage(store, tmp_path, datetime(2026, 11, 18, 9, 3, 17, tzinfo=UTC))
    first = await stage.contact(urgent=False)
    stage.clock.pass_by(minutes=4)
    await stage.contact(urgent=False)
    assert stage.recorders["matrix"].people() == []
    await stage.pass_by(minutes=30)
    assert [len(one.references) for one in stage.recorders["matrix"].to("mira")] == [2]
    alert = await stage.alert_of(first)
    assert (alert.opened.minute, alert.opened.second) == (0, 0), "only the hour is kept"


async def test_an_ordinary_contact_at_night_wakes_nobody_before_the_team_works(stage: Stage) -> None:
    seeker = await stage.contact(urgent=False)
    await stage.pass_by(hours=5)
    assert stage.recorders["matrix"].people() == []
    await stage.pass_by(hours=2)
    assert stage.recorders["matrix"].people() == ["mira"]
    assert (await stage.alert_of(seeker)).phase is Phase.SENT


async def test_a_team_without_night_duty_is_not_woken_and_called_as_soon_as_somebody_is_there(
    stage: Stage, store: Store
) -> None:
    await put_plan(store, Plan(), version=2)
    seeker = await stage.contact()
    await stage.pass_by(hours=6, minutes=29)
    assert stage.recorders["matrix"].brought == []
    assert (await report(stage.desk)).faults == ()
    await stage.pass_by(minutes=2)
    assert set(stage.recorders["matrix"].people()) == {"mira", "jonas", "aylin", "rita"}, (
        "nobody is planned: all of them"
    )
    assert (await stage.alert_of(seeker)).phase is Phase.SENT


async def test_by_agreement_the_deputy_team_is_called_at_night(stage: Stage, store: Store) -> None:
    await put_plan(store, Plan(agreements=(AgreementForm("garten", NIGHT.date()),)), version=2)
    await stage.contact()
    assert stage.recorders["matrix"].people() == ["gast"]


async def test_a_night_duty_that_people_were_promised_holds_whatever_the_plan_says(stage: Stage, store: Store) -> None:
    network = stage.network
    teams = tuple(msgspec.structs.replace(team, night_duty=True) for team in network.directory.teams)
    network.directory = msgspec.structs.replace(network.directory, teams=teams)
    await put_plan(store, Plan(), version=2)
    await stage.contact()
    assert len(stage.recorders["matrix"].people()) == 4


async def test_the_person_writes_again_and_the_counsellor_is_told_in_working_time(store: Store, tmp_path: Path) -> None:
    stage = await set_stage(store, tmp_path, datetime(2026, 11, 18, 9, 0, tzinfo=UTC))
    seeker = await stage.contact()
    mira = stage.people["mira"]
    who = await mira.login(stage.desk.team)
    await stage.desk.team.claim(who, seeker.keys.id)
    await stage.desk.team.answer(who, seeker.keys.id, mira.answer(stage.network, seeker))
    await seeker.write(stage.desk, seeker.message())
    await stage.pass_by(minutes=40)
    alert = await stage.alert_of(seeker)
    assert (alert.kind.value, alert.level) == ("answer_waiting", 0)
    assert stage.recorders["matrix"].people() == ["mira", "mira"]


async def test_moving_and_erasing_take_their_alerts_along(stage: Stage) -> None:
    seeker = await stage.contact()
    first = await stage.alert_of(seeker)
    contact = seeker.contact(team="garten")
    await stage.desk.move_contact(seeker.keys.id, seeker.keys.token, "garten", [(1, contact)])
    moved = await stage.alert_of(seeker)
    assert (moved.team, moved.id != first.id) == ("garten", True)
    assert (await stage.desk.alerts.take("mira", moved.id)).reply is Reply.FOREIGN
    await stage.desk.erase_mailbox(seeker.keys.id, seeker.keys.token)
    rows = await stage.store.read(lambda tx: tx.raw.rows("SELECT subject, phase FROM alerts"))
    assert set(rows) == {("", "resolved")}
    documents = await stage.store.read(lambda tx: tx.raw.rows("SELECT document FROM alerts"))
    assert all(seeker.keys.id.hex().encode() not in bytes(row[0]) for row in documents)


async def test_two_nodes_tick_once(stage: Stage) -> None:
    seekers = [await stage.contact() for _ in range(6)]
    stage.clock.pass_by(minutes=5)
    second = await _another_desk(stage)
    await asyncio.gather(*(node.alerts.tick() for node in (stage.desk, second, stage.desk, second)))
    await stage.drain()
    told = [id for one in stage.recorders["matrix"].to("jonas") for id, _ in one.saying.about]
    assert sorted(told) == sorted([(await stage.alert_of(seeker)).id for seeker in seekers]), "each once"


async def _another_desk(stage: Stage) -> Desk:
    return Desk(stage.store, stage.network, stage.desk.settings, stage.clock)


async def test_the_alert_of_an_ordinary_contact_is_written_within_seconds_and_by_one_node(stage: Stage) -> None:
    seekers = [await stage.contact(urgent=False) for _ in range(3)]
    assert {(await stage.row_of(seeker)).unannounced for seeker in seekers} == {1}
    stage.reopen()  # the process that took them is gone; the marks are not
    second = await _another_desk(stage)
    await asyncio.gather(stage.desk.alerts.tick(), second.alerts.tick())
    assert {(await stage.row_of(seeker)).unannounced for seeker in seekers} == {0}
    rows = await stage.store.read(lambda tx: tx.raw.rows("SELECT subject, kind FROM alerts ORDER BY subject"))
    assert rows == sorted((seeker.keys.id.hex(), "ordinary") for seeker in seekers)
    urgent = await stage.contact()
    assert ((await stage.row_of(urgent)).unannounced, (await stage.alert_of(urgent)).kind) == (0, "urgent")


async def test_what_happens_before_the_tick_finds_its_alert(stage: Stage) -> None:
    claimed, moved, erased = [await stage.contact(urgent=False) for _ in range(3)]
    await stage.desk.team.claim(await stage.people["mira"].login(stage.desk.team), claimed.keys.id)
    assert (await stage.alert_of(claimed)).owner == "mira", "claimed is acknowledged"
    contact = moved.contact(team="garten")
    await stage.desk.move_contact(moved.keys.id, moved.keys.token, "garten", [(1, contact)])
    assert (await stage.alert_of(moved)).team == "garten"
    await stage.desk.erase_mailbox(erased.keys.id, erased.keys.token)
    await stage.desk.alerts.tick()
    rows = await stage.store.read(lambda tx: tx.raw.rows("SELECT subject FROM alerts ORDER BY subject"))
    assert rows == sorted((seeker.keys.id.hex(),) for seeker in (claimed, moved))


async def test_a_fault_of_new_contacts_holds_up_no_other_alert(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await stage.contact(urgent=False)
    urgent = await stage.contact()
    stage.clock.pass_by(minutes=5)

    async def broken(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(stage.desk.alerts, "_template", broken)
    assert await stage.desk.alerts.tick() == 1
    assert "new contacts of team hafen wait for their alerts: LookupError" in caplog.text
    monkeypatch.undo()
    assert (await stage.alert_of(urgent)).level == 1
    await stage.desk.alerts.tick()
    assert len(await stage.store.read(lambda tx: tx.raw.rows("SELECT 1 FROM alerts"))) == 2, "nothing was lost"


async def test_after_an_outage_everything_overdue_comes_at_once_late_and_in_one_message(stage: Stage) -> None:
    for _ in range(12):
        await stage.contact()
    stage.reopen()
    stage.clock.pass_by(hours=9)
    await stage.turn()
    matrix = stage.recorders["matrix"]
    assert len(matrix.to("jonas")) == 1
    assert len(matrix.to("jonas")[0].references) == 12
    assert matrix.to("jonas")[0].late == timedelta(hours=8, minutes=55)


async def test_the_auditor_repairs_what_the_ticker_left_lying(stage: Stage, store: Store) -> None:
    seeker = await stage.contact()
    id = (await stage.alert_of(seeker)).id
    for broken in ("UPDATE alerts SET due = NULL WHERE id = ?", "UPDATE alerts SET due = due + 9000000 WHERE id = ?"):
        await store.write(lambda tx, sql=broken: tx.raw.run(sql, id))
        assert await stage.desk.alerts.tick() == 0
        assert await stage.desk.alerts.audit() == 1
        assert (await store.read(lambda tx: tx.alert(id))).due is not None
    stage.clock.pass_by(minutes=11)
    assert await stage.desk.alerts.audit() == 1, "overdue and not ticked"
    assert any(row.trouble == "overdue" and row.loud for row in (await report(stage.desk)).incidents)
    assert (await stage.alert_of(seeker)).level == 1


async def test_an_alert_that_cannot_be_read_holds_up_no_other_and_is_not_silent(stage: Stage, store: Store) -> None:
    bad, good = await stage.contact(), await stage.contact()
    id = (await stage.alert_of(bad)).id
    await store.write(lambda tx: tx.raw.run("UPDATE alerts SET document = ? WHERE id = ?", b"{}", id))
    await stage.pass_by(minutes=6)
    assert (await stage.alert_of(good)).level == 1
    assert "loud" in [fault.what for fault in (await report(stage.desk)).faults]


async def test_an_alert_whose_rows_cannot_be_written_holds_up_no_other_either(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await stage.contact(), await stage.contact()
    id = (await stage.alert_of(bad)).id
    real = stage.desk.alerts._store

    async def refusing(tx: Transaction, row: AlertRow, *more: Any) -> None:
        if row.id == id:
            raise RuntimeError("a constraint of the database")
        await real(tx, row, *more)

    monkeypatch.setattr(stage.desk.alerts, "_store", refusing)
    await stage.pass_by(minutes=6)
    assert (await stage.alert_of(good)).level == 1
    assert (await stage.alert_of(bad)).level == 0
    assert "loud" in [fault.what for fault in (await report(stage.desk)).faults]
    monkeypatch.setattr(stage.desk.alerts, "_store", real)
    await stage.pass_by(minutes=6)
    assert (await stage.alert_of(bad)).level == 1, "it is tried again"


async def test_a_broken_alert_stops_neither_a_clock_set_back_nor_erasing_nor_lapsing(stage: Stage) -> None:
    bad, good = await stage.contact(), await stage.contact()
    due = (await stage.alert_of(good)).due
    assert due is not None
    id = (await stage.alert_of(bad)).id
    await stage.turn()
    await stage.store.write(lambda tx: tx.raw.run("UPDATE alerts SET document = ? WHERE id = ?", b"{}", id))
    stage.clock.pass_by(hours=-1)
    await stage.turn()
    assert (await stage.alert_of(good)).due == due - timedelta(hours=1)
    for column in ("claim_until", "erase_on"):
        past = f"UPDATE contacts SET {column} = 1, state = 'claimed', claimed_by = 'mira'"  # noqa: S608
        await stage.store.write(lambda tx, past=past: tx.raw.run(past))
        stage.desk._kept_until = 0
        await stage.desk.tick()
    assert await stage.row_of(good) is None, "erased on its day"
    assert await stage.row_of(bad) is not None
    troubles = {(row.trouble, row.loud) for row in (await report(stage.desk)).incidents}
    assert ("stuck", 1) in troubles
    assert "stuck" in [one.saying.trouble for one in stage.recorders["matrix"].to("karin", "trouble")]


async def test_a_team_whose_plan_is_broken_keeps_no_other_from_contacts_and_test_alarm(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = await set_stage(store, tmp_path, datetime(2026, 11, 18, 9, tzinfo=UTC), test_alarm="10:00")
    await put_plan(store, plan(("gast",), ()), team="garten")
    real = stage.desk.alerts.on_call.plan

    async def broken(tx: Transaction, team: str) -> Any:
        if team == "garten":
            raise KeyError(team)
        return await real(tx, team)

    theirs, ours = Seeker(stage.network), Seeker(stage.network)
    for seeker, team in ((theirs, "garten"), (ours, "hafen")):
        await seeker.send(stage.desk, seeker.contact(team=team), team=team)
    monkeypatch.setattr(stage.desk.alerts.on_call, "plan", broken)
    await stage.desk.alerts.tick()
    assert await stage.alert_of(ours), "its new contact has its alert"
    assert (await stage.row_of(theirs)).unannounced == 1, "tried again, loudly"
    assert "stuck" in {row.trouble for row in (await report(stage.desk)).incidents}
    assert await stage.desk.alerts.test_alarm() == 2
    assert await stage.desk.alerts.test_alarm() == 0, "once a day"


async def test_a_clock_set_back_by_an_hour_makes_nobody_wait_an_hour_longer(stage: Stage) -> None:
    seeker = await stage.contact()
    await stage.pass_by(minutes=2)
    stage.clock.pass_by(hours=-1)
    await stage.pass_by(minutes=4)
    assert (await stage.alert_of(seeker)).level == 1
    assert stage.recorders["matrix"].people() == ["mira", "jonas"]


@pytest.mark.parametrize("steps", range(1, 15))
async def test_killed_between_any_two_steps_nothing_is_lost_and_nothing_said_twice(
    store: Store, tmp_path: Path, steps: int
) -> None:
    """Every write of the store is a step; after so many of them the process is gone, and another one comes."""
    stage = await set_stage(store, tmp_path)
    real, left = store.write, steps

    async def dying(unit: object) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise asyncio.CancelledError
        return await real(unit)  # type: ignore[arg-type]

    store.write = dying  # type: ignore[method-assign,assignment]
    seeker = None
    try:
        seeker = await stage.contact()
        await stage.pass_by(minutes=6)
    except asyncio.CancelledError:
        pass
    finally:
        store.write = real  # type: ignore[method-assign]
    stage.reopen()
    if seeker is None:  # killed before or after it was acknowledged: the rows know
        rows = await store.read(lambda tx: tx.raw.rows("SELECT id FROM alerts"))
        contacts = await store.read(lambda tx: tx.raw.rows("SELECT mailbox FROM contacts"))
        assert len(rows) == len(contacts), "a contact without its alert"
    await stage.pass_by(minutes=13)
    matrix = stage.recorders["matrix"]
    assert matrix.people()[:2] == ["mira", "jonas"]
    # As in a night without a fault: mira and jonas once each by their turn, and once more with the whole team.
    assert Counter(matrix.people()) == {"mira": 2, "jonas": 2, "aylin": 1, "rita": 1}


async def test_a_database_lock_dropped_loses_no_alert(tmp_path: Path) -> None:
    async with Sqlite(tmp_path / "erstkontakt.sqlite") as store:
        stage = await set_stage(store, tmp_path)
        other = sqlite3.connect(tmp_path / "erstkontakt.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        contact = asyncio.create_task(stage.contact())
        await asyncio.sleep(0.2)
        assert not contact.done()
        other.execute("ROLLBACK")
        other.close()
        seeker = await contact
        assert (await stage.alert_of(seeker)).phase is Phase.SENT
        assert stage.recorders["matrix"].people() == ["mira"]
