"""From request to case on the real store, on both databases: what is recorded, who sees it, what others never see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from crypto.envelope import Kind as EnvelopeKind
from crypto.envelope import seal
from intake.cases import (
    Accompany,
    Agree,
    Become,
    End,
    Keep,
    Kept,
    Kind,
    Mandate,
    Offer,
    Outcome,
    Pace,
    Sheet,
    Side,
    Warning,
)
from intake.desk import date_of
from intake.directory import CaseRetention
from intake.errors import (
    CaseRefused,
    EnvelopeRefused,
    HandoverStale,
    HandoverState,
    IntakeError,
    LeadOnly,
    MailboxFull,
    NoAlert,
    NoCase,
    NoContact,
    NotInThisState,
    StaleKey,
    TeamUnknown,
)
from intake.store import Store
from intake.team_desk import Who
from tests import leaks
from tests.intake.ring import Stage, rows_as_places, set_stage
from tests.intake.small import Seeker

MORNING = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
PLANTED = "Er hat den Ordner beim Nachbarn versteckt"


@pytest.fixture
async def stage(store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    yield await set_stage(store, tmp_path, MORNING)
    places = [*leaks.files(tmp_path), *await rows_as_places(store)]
    leaks.assert_none([leaks.sentence("documentation", PLANTED)], places, at_least=10)


async def who(stage: Stage, name: str) -> Who:
    return await stage.people[name].login(stage.desk.team)


def sheet(stage: Stage, seeker: Seeker, text: str = PLANTED, team: str = "hafen") -> bytes:
    payload = {"v": 1, "sheet": "anamnesis", "fields": [{"title": "Wie kam es dazu?", "text": text}], "by": "Mira",
               "sent": "2026-11-18T09:00Z"}  # fmt: skip
    keys = stage.network.team(team)
    return seal(EnvelopeKind.RECORD, seeker.keys.id, msgspec.json.encode(payload), [keys.public], keys)


async def taken(stage: Stage) -> tuple[Who, Seeker, bytes]:
    """Mira has an urgent contact in her hands."""
    seeker = await stage.contact()
    mira = await who(stage, "mira")
    await stage.desk.team.claim(mira, seeker.keys.id)
    return mira, seeker, seeker.keys.id


async def test_a_mandate_turns_the_request_into_a_case_and_both_sides_go_on_writing(stage: Stage) -> None:
    mira, seeker, mailbox = await taken(stage)
    desk = stage.desk.cases
    with pytest.raises(NoCase):
        await desk.view(mira, mailbox)
    talk = await desk.open(mira, mailbox, Kind.ONE_OFF, None)
    assert (talk.contact.state, talk.row.first, talk.warnings) == ("claimed", "mira", ())
    with pytest.raises(NotInThisState):
        await desk.open(mira, mailbox, Kind.CASE, Mandate.VOLUNTARY)
    case = await desk.act(mira, mailbox, Become(Kind.CASE, Mandate.VOLUNTARY))
    assert (case.contact.state, case.row.mandate) == ("mandated", "voluntary")
    assert case.warnings == (Warning.ONE_COMPANION, Warning.NO_AGREEMENT)
    await desk.act(mira, mailbox, Accompany("mira", "jonas"))
    await desk.act(mira, mailbox, Offer())
    await desk.act(mira, mailbox, Agree(date(2027, 2, 1)))
    reason = sheet(stage, seeker)
    await desk.act(mira, mailbox, Pace(7, Side.TEAM), reason)
    view = await desk.act(await who(stage, "jonas"), mailbox, Pace(21, Side.PERSON))
    assert (view.warnings, view.row.interval_days) == ((), 21)
    view = await desk.view(mira, mailbox)
    assert [(one.step, one.detail, one.member) for one in view.steps] == [
        ("open", "one_off", "mira"), ("become", "case voluntary", "mira"), ("accompany", "mira jonas", "mira"),
        ("offer", "", "mira"), ("agree", "2027-02-01", "mira"), ("pace", "7 team", "mira"),
        ("pace", "21 person", "jonas"),
    ]  # fmt: skip
    assert [one.envelope for one in view.steps][5] == reason
    assert view.names == {"mira": "Mira", "jonas": "Jonas"}
    await seeker.write(stage.desk, seeker.message())
    assert (await stage.row_of(seeker)).state == "answered", "what the person writes reaches the companion as ever"
    opened = await stage.desk.open_mailbox(mailbox, seeker.keys.token)
    assert opened.erase_on == date(2029, 12, 31), "the person is told how long it is kept"
    view = await desk.act(mira, mailbox, End(Outcome.INDEPENDENT))
    assert (view.row.state, view.row.agreement, date_of(view.row.ended or 0)) == (
        "ended", "dissolved", MORNING.date(),
    )  # fmt: skip
    assert [one.row.mailbox for one in await desk.listed(mira, "hafen", ended=True)] == [mailbox]
    assert await desk.listed(mira, "hafen") == ()


async def test_nothing_is_a_case_before_somebody_holds_it_and_without_a_mandate(stage: Stage) -> None:
    seeker = await stage.contact()
    mira = await who(stage, "mira")
    with pytest.raises(NotInThisState):
        await stage.desk.cases.open(mira, seeker.keys.id, Kind.CASE, Mandate.VOLUNTARY)
    await stage.desk.team.claim(mira, seeker.keys.id)
    with pytest.raises(CaseRefused):
        await stage.desk.cases.open(mira, seeker.keys.id, Kind.CASE, None)
    with pytest.raises(NoCase):
        await stage.desk.cases.view(mira, seeker.keys.id)
    await stage.desk.cases.open(mira, seeker.keys.id, Kind.CASE, Mandate.AUTHORITY)
    for second in ("gast", "karin", "niemand"):
        with pytest.raises(CaseRefused):
            await stage.desk.cases.act(mira, seeker.keys.id, Accompany("mira", second))


async def test_documentation_is_sealed_versioned_and_of_one_form(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    mira, seeker, mailbox = await taken(stage)
    desk = stage.desk.cases
    await desk.open(mira, mailbox, Kind.CASE, Mandate.VOLUNTARY)
    first = sheet(stage, seeker)
    assert [await desk.put_sheet(mira, mailbox, Sheet.ANAMNESIS, one) for one in (first, first)] == [1, 1]
    assert await desk.put_sheet(await who(stage, "jonas"), mailbox, Sheet.ANAMNESIS, sheet(stage, seeker, "Neu")) == 2
    view = await desk.view(mira, mailbox)
    assert [(one.number, one.sheet, one.member) for one in view.sheets] == [
        (1, "anamnesis", "mira"), (2, "anamnesis", "jonas"),
    ]  # fmt: skip
    with pytest.raises(CaseRefused):
        await desk.put_sheet(mira, mailbox, Sheet.ATTENDANCE, sheet(stage, seeker))
    await desk.act(mira, mailbox, Become(Kind.CASE, Mandate.CONDITION))
    assert await desk.put_sheet(mira, mailbox, Sheet.ATTENDANCE, sheet(stage, seeker)) == 3
    with pytest.raises(EnvelopeRefused):
        await desk.put_sheet(mira, mailbox, Sheet.GOALS, stage.people["mira"].note(stage.network, seeker))
    with pytest.raises(EnvelopeRefused):
        await desk.put_sheet(mira, mailbox, Sheet.GOALS, sheet(stage, Seeker(stage.network)))
    with pytest.raises(StaleKey):
        await desk.put_sheet(mira, mailbox, Sheet.GOALS, sheet(stage, seeker, team="garten"))
    monkeypatch.setattr("intake.case_desk.MOST_SHEETS", 3)
    with pytest.raises(MailboxFull):
        await desk.put_sheet(mira, mailbox, Sheet.GOALS, sheet(stage, seeker))


async def test_another_team_finds_nothing_on_any_way(stage: Stage) -> None:
    mira, seeker, mailbox = await taken(stage)
    desk = stage.desk.cases
    await desk.open(mira, mailbox, Kind.CASE, Mandate.VOLUNTARY)
    gast = await who(stage, "gast")
    tries = (
        desk.open(gast, mailbox, Kind.ONE_OFF, None), desk.view(gast, mailbox), desk.act(gast, mailbox, Offer()),
        desk.put_sheet(gast, mailbox, Sheet.GOALS, sheet(stage, seeker)), desk.know(gast, mailbox),
        desk.conflicts(gast, mailbox), desk.lift(gast, mailbox, "mira"),
    )  # fmt: skip
    for attempt in tries:
        with pytest.raises(NoContact):
            await attempt
    with pytest.raises(TeamUnknown):
        await desk.listed(gast, "hafen")
    with pytest.raises(TeamUnknown):
        await desk.templates(gast, "hafen")


async def test_whoever_knows_the_person_is_out_and_somebody_else_is_called(stage: Stage) -> None:
    mira, seeker, mailbox = await taken(stage)
    desk, matrix = stage.desk.cases, stage.recorders["matrix"]
    await desk.open(mira, mailbox, Kind.CLARIFICATION, None)
    await desk.act(mira, mailbox, Accompany("mira", "jonas"))
    matrix.brought.clear()
    await desk.know(mira, mailbox)
    await stage.drain()
    assert "mira" not in matrix.people()
    assert matrix.people()[0] == "jonas", "the next is called at once"
    for attempt in (
        desk.view(mira, mailbox), stage.desk.team.contact(mira, mailbox), stage.desk.team.claim(mira, mailbox)
    ):  # fmt: skip
        with pytest.raises(NoContact):
            await attempt
    assert (await stage.desk.team.inbox(mira, "new", None)).rows == ()
    assert (await stage.desk.alert_view.overview(mira)).sheets == ()
    assert await desk.listed(mira, "hafen") == ()
    with pytest.raises(NoAlert):
        await stage.desk.alerts.take("mira", (await stage.alert_of(seeker)).id)
    await stage.pass_by(minutes=40)
    assert "mira" not in matrix.people()
    jonas, rita = await who(stage, "jonas"), await who(stage, "rita")
    view = await desk.view(jonas, mailbox)
    assert (view.row.first, view.row.second, view.contact.claimed_by) == ("jonas", None, None)
    with pytest.raises(CaseRefused):
        await desk.act(jonas, mailbox, Accompany("jonas", "mira"))
    assert await desk.conflicts(jonas, mailbox) == {"mira": "Mira"}
    with pytest.raises(LeadOnly):
        await desk.lift(jonas, mailbox, "mira")
    await desk.lift(rita, mailbox, "mira")
    assert (await desk.view(mira, mailbox)).row.first == "jonas"
    with pytest.raises(NoContact):
        await desk.lift(rita, mailbox, "mira")


async def test_erasing_takes_the_case_along(stage: Stage, store: Store) -> None:
    mira, seeker, mailbox = await taken(stage)
    await stage.desk.cases.open(mira, mailbox, Kind.CASE, Mandate.VOLUNTARY)
    await stage.desk.cases.put_sheet(mira, mailbox, Sheet.GOALS, sheet(stage, seeker))
    await stage.desk.cases.know(await who(stage, "aylin"), mailbox)
    stage.clock.pass_by(days=3 * 365)
    await stage.desk.tick()
    assert (await stage.desk.cases.view(mira, mailbox)).row.state == "open", "kept to the end of the third year"
    await stage.desk.erase_mailbox(mailbox, seeker.keys.token)
    for table in ("cases", "case_sheets", "case_steps", "conflicts"):
        left = await store.read(lambda tx, table=table: tx.raw.row(f"SELECT count(*) FROM {table}"))  # type: ignore[misc]  # noqa: S608
        assert left == (0,), table


async def test_a_carrier_words_its_own_questions(stage: Stage) -> None:
    mira, rita = await who(stage, "mira"), await who(stage, "rita")
    desk = stage.desk.cases
    assert await desk.templates(mira, "hafen") == ()
    with pytest.raises(LeadOnly):
        await desk.put_template(mira, "hafen", Sheet.GOALS, ["Was soll anders werden?"])
    for questions in (["Alt"], ["Was soll anders werden?", "Woran merken wir es?"]):
        await desk.put_template(rita, "hafen", Sheet.GOALS, questions)
    (found,) = await desk.templates(mira, "hafen")
    assert msgspec.json.decode(found.questions) == ["Was soll anders werden?", "Woran merken wir es?"]
    await desk.put_template(rita, "hafen", Sheet.GOALS, [])
    assert await desk.templates(mira, "hafen") == ()


async def test_two_steps_in_the_same_moment_are_both_decided(stage: Stage) -> None:
    from tests.intake.ring import together

    mira, _, mailbox = await taken(stage)
    await stage.desk.cases.open(mira, mailbox, Kind.CASE, Mandate.VOLUNTARY)
    jonas = await who(stage, "jonas")
    said = await together(
        stage.desk.cases.act(mira, mailbox, Offer()), stage.desk.cases.act(jonas, mailbox, Offer()),
        stage.desk.cases.act(mira, mailbox, Pace(14, Side.PERSON)),
    )  # fmt: skip
    assert sum(isinstance(one, IntakeError) for one in said) == 1, "offered once"
    view = await stage.desk.cases.view(mira, mailbox)
    assert (view.row.agreement, view.row.interval_days, len(view.steps)) == ("offered", 14, 3)


async def test_it_is_kept_as_the_carrier_says_from_the_closing_and_longer_only_with_a_reason(stage: Stage) -> None:
    """standards.md 15: days for a talk, three years to the end of the year for a case; both sides see the day."""
    mira, seeker, mailbox = await taken(stage)
    desk = stage.desk.cases

    async def until() -> date:
        return (await stage.desk.open_mailbox(mailbox, seeker.keys.token)).erase_on

    await desk.open(mira, mailbox, Kind.CLARIFICATION, None)
    assert await until() == MORNING.date() + timedelta(days=180)
    await desk.act(mira, mailbox, Become(Kind.CASE, Mandate.VOLUNTARY))
    stage.clock.pass_by(days=400)
    stage.network.publish(stage.clock.now)
    await seeker.write(stage.desk, seeker.message())
    mira = await who(stage, "mira")  # the session has ended meanwhile
    view = await desk.act(mira, mailbox, End(Outcome.INDEPENDENT))
    assert (await until(), date_of(view.contact.erase_on)) == (date(2030, 12, 31), date(2030, 12, 31))
    stage.clock.pass_by(days=300)
    stage.network.publish(stage.clock.now)
    mira = await who(stage, "mira")
    assert (await desk.view(mira, mailbox)).row.ended is not None
    await desk.put_sheet(mira, mailbox, Sheet.STEPS, sheet(stage, seeker))
    assert await until() == date(2030, 12, 31), "counted from the closing, not from what is added later"

    longer = Keep(date(2032, 6, 1), Kept.CLAIM)
    with pytest.raises(CaseRefused, match="reason"):
        await desk.act(mira, mailbox, longer)
    await desk.act(mira, mailbox, longer, sheet(stage, seeker, "Klage"))
    assert await until() == date(2032, 6, 1)
    view = await desk.act(mira, mailbox, Keep(date(2029, 1, 1), Kept.PERSON), sheet(stage, seeker, "vorbei"))
    assert await until() == date(2030, 12, 31), "taken back: the rule holds"
    steps = (await desk.view(mira, mailbox)).steps
    assert [(one.detail, one.envelope is not None) for one in steps[-2:]] == [
        ("2032-06-01 claim", True), ("2029-01-01 person", True),
    ]  # fmt: skip


def test_carriers_keep_talks_and_cases_as_their_own_rule_says() -> None:
    rule = CaseRetention(one_off_days=7, case_years=1)
    assert rule.until("one_off", MORNING.date()) == date(2026, 11, 25)
    assert rule.until("information", MORNING.date()) == date(2026, 12, 18)
    assert rule.until("case", MORNING.date()) == date(2027, 12, 31)


async def test_a_case_moves_with_its_latest_sheets_and_without_what_belonged_to_the_old_team(stage: Stage) -> None:
    mira, seeker, mailbox = await taken(stage)
    cases, desk = stage.desk.cases, stage.desk.handovers
    await cases.open(mira, mailbox, Kind.CASE, Mandate.VOLUNTARY)
    await cases.act(mira, mailbox, Accompany("mira", "jonas"))
    await cases.act(mira, mailbox, Offer())
    await cases.act(mira, mailbox, Agree(date(2027, 2, 1)))
    await cases.act(mira, mailbox, Pace(7, Side.TEAM), sheet(stage, seeker))
    await cases.put_sheet(mira, mailbox, Sheet.ANAMNESIS, sheet(stage, seeker))
    latest = sheet(stage, seeker)
    await cases.put_sheet(mira, mailbox, Sheet.ANAMNESIS, latest)
    goals = sheet(stage, seeker)
    await cases.put_sheet(mira, mailbox, Sheet.GOALS, goals)

    id = await desk.ask(mira, mailbox, "garten", "moved", MORNING.date())
    letter = seal(EnvelopeKind.HANDOVER, mailbox, b"{}", [stage.network.team("garten").public],
                  stage.network.team("hafen"))  # fmt: skip
    with pytest.raises(HandoverStale):
        await desk.offer(mira, mailbox, id, letter, 1, 2)  # a sheet was written after the letter was sealed
    await desk.offer(mira, mailbox, id, letter, 1, 3)
    with pytest.raises(HandoverState):
        await cases.put_sheet(mira, mailbox, Sheet.GOALS, sheet(stage, seeker))
    gast = await who(stage, "gast")
    with pytest.raises(NoContact):
        await cases.view(gast, mailbox)
    assert await desk.accept(gast, id) == mailbox

    view = await cases.view(gast, mailbox)
    assert [(one.number, one.envelope) for one in view.sheets] == [(2, latest), (3, goals)]
    assert [(one.step, one.envelope) for one in view.steps] == [
        ("open", None), ("offer", None), ("agree", None), ("pace", None), ("handover", None),
    ]  # fmt: skip
    assert (view.row.first, view.row.second, view.row.agreement, view.row.interval_days) == (
        "gast", None, "dissolved", 7,
    )  # fmt: skip
    assert date_of(view.contact.erase_on) == date(2029, 12, 31), "a case is not erased earlier because it has moved"
    for closed in (mira, await who(stage, "jonas")):
        with pytest.raises(NoContact):
            await cases.view(closed, mailbox)
        assert await cases.listed(closed, "hafen") == ()
    assert await cases.put_sheet(gast, mailbox, Sheet.GOALS, sheet(stage, seeker, team="garten")) == 4
    assert (await cases.act(gast, mailbox, Offer())).contact.state == "mandated"
