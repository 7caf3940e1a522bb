"""Use cases of the help-seeker, one story each, in a network of two teams."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto.envelope import Kind, seal
from crypto.identity import Identity
from intake import leap
from intake.desk import MOST_ENTRIES, Desk
from intake.errors import (
    AlreadyClaimed,
    DirectoryExpired,
    EnvelopeRefused,
    MailboxErased,
    MailboxFull,
    MailboxTaken,
    NoMailbox,
    NotInThisState,
    StaleKey,
    StampMissing,
    TeamUnknown,
    TooMany,
)
from intake.store import Store
from intake.watch import Fault, report
from tests.intake.small import START, Advisor, Clock, Seeker, SmallNetwork, day, settings, stamped
from tests.leaks import files, key, search


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def network() -> SmallNetwork:
    return SmallNetwork()


@pytest.fixture
def desk(store: Store, network: SmallNetwork, clock: Clock, tmp_path: Path) -> Desk:
    return Desk(store, network, settings(tmp_path, no_js_per_minute=3), clock)


@pytest.fixture
def seeker(network: SmallNetwork) -> Seeker:
    return Seeker(network)


async def test_a_contact_is_stored_and_read_again_by_who_wrote_it(desk: Desk, seeker: Seeker) -> None:
    envelope = seeker.contact("Mein Bruder geht da jede Woche hin.")
    receipt = await seeker.send(desk, envelope, urgent=True)
    # Wednesday morning, two working days, Buß- und Bettag is no holiday in Mecklenburg-Vorpommern.
    assert (receipt.answer_by, receipt.erase_on) == (day("2026-11-20"), day("2026-12-18"))
    opened = await desk.open_mailbox(seeker.keys.id, seeker.keys.token)
    assert (opened.state, opened.team, opened.urgent) == ("received", "hafen", True)
    assert [(entry.number, entry.author, entry.envelope) for entry in opened.entries] == [(1, "person", envelope)]


async def test_a_double_click_makes_one_contact(desk: Desk, seeker: Seeker, store: Store) -> None:
    envelope = seeker.contact()
    receipts = await asyncio.gather(*(seeker.send(desk, envelope) for _ in range(8)))
    assert len(set(receipts)) == 1
    assert await store.read(lambda tx: tx.count("new", "hafen", "", 10)) == 1


async def test_sealed_again_for_the_same_mailbox_it_is_still_one_contact(desk: Desk, seeker: Seeker) -> None:
    first = seeker.contact()
    await seeker.send(desk, first)
    await seeker.send(desk, seeker.contact("The answer got lost on the way, the browser sealed once more."))
    assert [entry.envelope for entry in (await desk.open_mailbox(seeker.keys.id, seeker.keys.token)).entries] == [first]


async def test_a_mailbox_cannot_be_taken_by_another_token(desk: Desk, seeker: Seeker) -> None:
    envelope = seeker.contact()
    await seeker.send(desk, envelope)
    with pytest.raises(MailboxTaken):
        await desk.receive_contact(
            team="hafen", token_hash=b"z" * 32, urgent=False, envelope=envelope, stamp=stamped(envelope, desk.clock())
        )


async def test_an_envelope_for_an_old_key_is_answered_with_the_new_directory(
    desk: Desk, seeker: Seeker, network: SmallNetwork
) -> None:
    envelope = seeker.contact()
    network.new_epoch("hafen")
    with pytest.raises(StaleKey) as stale:
        await seeker.send(desk, envelope)
    assert stale.value.details["directory"] == network.blob
    await seeker.send(desk, seeker.contact())


async def test_only_envelopes_of_the_right_kind_size_and_readers_are_taken(
    desk: Desk, seeker: Seeker, network: SmallNetwork
) -> None:
    team, me = network.team("hafen").public, seeker.identity
    stranger = Identity.from_seed(os.urandom(32)).public
    wrong = [
        b"",
        b"EK1\n" + bytes(100),
        seeker.contact()[:-1],
        seeker.contact() + b"x",
        seeker.message(),
        seal(Kind.CONTACT, seeker.keys.id, b"{}", [team], me),
        seal(Kind.CONTACT, seeker.keys.id, b"{}", [team, me.public, stranger], me),
        seal(Kind.CONTACT, seeker.keys.id, b" " * 2_000_000, [team, me.public], me),
    ]
    for envelope in wrong:
        with pytest.raises(EnvelopeRefused):
            await seeker.send(desk, envelope)
    with pytest.raises(TeamUnknown):
        await seeker.send(desk, seeker.contact(), team="nobody")
    with pytest.raises(NoMailbox):
        await desk.open_mailbox(seeker.keys.id, seeker.keys.token)


async def test_a_contact_without_work_is_told_the_price(desk: Desk, seeker: Seeker) -> None:
    from intake.desk import Stamp, hour_of

    envelope = seeker.contact()
    hour = hour_of(desk.clock())
    wrong = next(
        n for n in range(10_000) if n != stamped(envelope, desk.clock()).counter and not _solves(envelope, hour, n)
    )
    for stamp in (Stamp(hour, wrong), Stamp(hour - 2, 0), Stamp(hour + 2, 0), Stamp(0, 2**62)):
        with pytest.raises(StampMissing) as refused:
            await desk.receive_contact(
                team="hafen", token_hash=seeker.keys.token_hash, urgent=False, envelope=envelope, stamp=stamp
            )
        assert refused.value.details == {"bits": 4, "hour": hour}


def _solves(envelope: bytes, hour: int, counter: int) -> bool:
    from intake.stamps import is_solved

    return is_solved(envelope, hour, counter, 4)


async def test_the_price_rises_with_the_load_and_falls_again(store: Store, network: SmallNetwork, clock: Clock) -> None:
    desk = Desk(store, network, settings("/", stamp_bits=1, stamp_bits_most=3, calm_per_minute=2), clock)
    prices = []
    for _ in range(5):
        seeker = Seeker(network)
        envelope = seeker.contact()
        prices.append(desk.gauge.bits(int(clock.now.timestamp()) // 60))
        await desk.receive_contact(
            team="hafen", token_hash=seeker.keys.token_hash, urgent=False, envelope=envelope,
            stamp=stamped(envelope, clock.now, 3),
        )  # fmt: skip
    assert prices == [1, 1, 2, 2, 3]
    clock.pass_by(minutes=3)
    assert desk.gauge.bits(int(clock.now.timestamp()) // 60) == 1


async def test_the_path_without_javascript_has_one_limit_for_all(
    desk: Desk, network: SmallNetwork, clock: Clock
) -> None:
    async def send() -> None:
        seeker = Seeker(network)
        await desk.receive_contact(
            team="hafen", token_hash=seeker.keys.token_hash, urgent=False, envelope=seeker.contact(), stamp=None,
            channel="web_no_js",
        )  # fmt: skip

    for _ in range(3):
        await send()
    with pytest.raises(TooMany) as refused:
        await send()
    assert 0 < int(str(refused.value.details["retry_after"])) <= 60
    clock.pass_by(minutes=1)
    await send()


async def test_the_person_writes_more_and_a_repetition_is_stored_once(desk: Desk, seeker: Seeker) -> None:
    await seeker.send(desk, seeker.contact())
    message = seeker.message("Noch eine Frage.")
    assert await seeker.write(desk, message) == 2
    assert await seeker.write(desk, message) == 2
    assert await seeker.write(desk, seeker.message("Und noch eine.")) == 3


async def test_a_message_must_be_sealed_to_team_and_mailbox(desk: Desk, seeker: Seeker, network: SmallNetwork) -> None:
    await seeker.send(desk, seeker.contact())
    with pytest.raises(StaleKey):
        await seeker.write(desk, seeker.message(team="garten"))
    other = Seeker(network)
    stolen = seal(
        Kind.MESSAGE, seeker.keys.id, b"{}", [network.team("hafen").public, other.identity.public], other.identity
    )
    with pytest.raises(EnvelopeRefused):
        await seeker.write(desk, stolen)
    with pytest.raises(EnvelopeRefused):
        await seeker.write(desk, other.message())


async def test_a_full_mailbox_says_so(desk: Desk, seeker: Seeker, store: Store) -> None:
    await seeker.send(desk, seeker.contact())
    row = await store.read(lambda tx: tx.contact(seeker.keys.id))
    assert row is not None
    await store.write(lambda tx: tx.update_contact(row, row._replace(entries=MOST_ENTRIES)))
    with pytest.raises(MailboxFull):
        await seeker.write(desk, seeker.message())


async def test_the_person_corrects_the_team_while_nobody_has_claimed(
    desk: Desk, seeker: Seeker, network: SmallNetwork, store: Store
) -> None:
    await seeker.send(desk, seeker.contact())
    await seeker.write(desk, seeker.message())
    again = [(1, seeker.contact(team="garten")), (2, seeker.message(team="garten"))]
    receipt = await desk.move_contact(seeker.keys.id, seeker.keys.token, "garten", again)
    assert receipt.answer_by == day("2026-11-20")
    opened = await desk.open_mailbox(seeker.keys.id, seeker.keys.token)
    assert (opened.team, [entry.envelope for entry in opened.entries]) == ("garten", [again[0][1], again[1][1]])
    assert await store.read(lambda tx: tx.count("new", "hafen", "", 10)) == 0


async def test_a_move_must_bring_every_message_and_only_those(desk: Desk, seeker: Seeker) -> None:
    await seeker.send(desk, seeker.contact())
    await seeker.write(desk, seeker.message())
    one, two = seeker.contact(team="garten"), seeker.message(team="garten")
    for envelopes in ([(1, one)], [(1, one), (2, two), (3, two)], [(1, one), (1, one)], [(1, two), (2, one)]):
        with pytest.raises(EnvelopeRefused):
            await desk.move_contact(seeker.keys.id, seeker.keys.token, "garten", envelopes)
    with pytest.raises(StaleKey):
        await desk.move_contact(
            seeker.keys.id, seeker.keys.token, "garten", [(1, seeker.contact()), (2, seeker.message())]
        )


async def test_a_claimed_contact_cannot_be_moved(
    desk: Desk, seeker: Seeker, store: Store, network: SmallNetwork
) -> None:
    mira = Advisor("mira", ("hafen",))
    await mira.enrol(store, network)
    await seeker.send(desk, seeker.contact())
    await desk.team.claim(await mira.login(desk.team), seeker.keys.id)
    with pytest.raises(NotInThisState):
        await desk.move_contact(seeker.keys.id, seeker.keys.token, "garten", [(1, seeker.contact(team="garten"))])


async def test_the_person_deletes_everything_and_a_late_repetition_does_not_bring_it_back(
    desk: Desk, seeker: Seeker, tmp_path: Path, clock: Clock
) -> None:
    envelope = seeker.contact()
    await seeker.send(desk, envelope)
    await desk.erase_mailbox(seeker.keys.id, seeker.keys.token)
    with pytest.raises(NoMailbox):
        await desk.open_mailbox(seeker.keys.id, seeker.keys.token)
    with pytest.raises(NoMailbox):
        await desk.erase_mailbox(seeker.keys.id, seeker.keys.token)
    assert search([key("envelope", envelope[2000:2032])], files(tmp_path)) == []
    with pytest.raises(MailboxErased):
        await seeker.send(desk, envelope)
    clock.pass_by(hours=5)
    await desk.tick()
    with pytest.raises(StampMissing):  # by then the stamp of the old request is worth nothing
        await desk.receive_contact(
            team="hafen", token_hash=seeker.keys.token_hash, urgent=False, envelope=envelope,
            stamp=stamped(envelope, START),
        )  # fmt: skip


async def test_retention_erases_on_the_day_that_the_person_was_told(desk: Desk, seeker: Seeker, clock: Clock) -> None:
    receipt = await seeker.send(desk, seeker.contact())
    clock.now = datetime.combine(receipt.erase_on, datetime.min.time(), UTC) - timedelta(seconds=1)
    assert await desk.tick() == 0
    await desk.open_mailbox(seeker.keys.id, seeker.keys.token)
    clock.pass_by(seconds=1)
    assert await desk.tick() == 1
    with pytest.raises(NoMailbox):
        await desk.open_mailbox(seeker.keys.id, seeker.keys.token)


async def test_a_clock_that_leaps_erases_nothing_until_somebody_confirms_it(
    desk: Desk, seeker: Seeker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await seeker.send(desk, seeker.contact())
    assert await desk.tick() == 0
    clock.pass_by(days=400)  # a wrong year in the BIOS; a month of downtime looks the same
    assert await desk.tick() == await desk.tick() == 0
    assert "leapt" in caplog.text
    assert [fault for fault in (await report(desk)).faults if fault.what == "leapt"] == [Fault("leapt", 400)]
    clock.pass_by(days=-400)  # set right again: all goes on, and nothing is lost
    assert await desk.tick() == 0
    assert await desk.open_mailbox(seeker.keys.id, seeker.keys.token)
    clock.pass_by(days=31)
    assert await desk.tick() == 0
    await desk.store.write(lambda tx: leap.believe(tx, clock()))
    assert await desk.tick() == 1
    with pytest.raises(NoMailbox):
        await desk.open_mailbox(seeker.keys.id, seeker.keys.token)


async def test_a_clock_that_goes_on_day_by_day_or_back_holds_nothing_up(
    desk: Desk, seeker: Seeker, clock: Clock
) -> None:
    await seeker.send(desk, seeker.contact())
    done = 0
    for hours in (23, -30, *[24] * 31):
        clock.pass_by(hours=hours)
        done += await desk.tick()
    assert done == 1


async def test_writing_again_puts_the_day_of_erasure_off(desk: Desk, seeker: Seeker, clock: Clock) -> None:
    await seeker.send(desk, seeker.contact())
    clock.pass_by(days=20)
    await seeker.write(desk, seeker.message())
    assert (await desk.open_mailbox(seeker.keys.id, seeker.keys.token)).erase_on == day("2027-01-07")


async def test_after_a_long_outage_everything_overdue_is_handled_in_one_tick(
    desk: Desk, network: SmallNetwork, clock: Clock
) -> None:
    for _ in range(450):
        seeker = Seeker.__new__(Seeker)
        seeker.network, seeker.seed = network, os.urandom(32)
        seeker.__post_init__()
        await seeker.send(desk, seeker.contact())
    clock.pass_by(days=365)
    assert await desk.tick() == 450
    assert await desk.tick() == 0


async def test_a_claim_without_an_answer_goes_back_to_the_team(
    desk: Desk, seeker: Seeker, store: Store, network: SmallNetwork, clock: Clock
) -> None:
    mira = Advisor("mira", ("hafen",))
    await mira.enrol(store, network)
    await seeker.send(desk, seeker.contact())
    await desk.team.claim(await mira.login(desk.team), seeker.keys.id)
    clock.now = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)  # the next working day is not over yet
    assert await desk.tick() == 0
    clock.now = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    assert await desk.tick() == 1
    row = await store.read(lambda tx: tx.contact(seeker.keys.id))
    assert row is not None
    assert (row.state, row.claimed_by, row.claim_until) == ("received", None, None)


async def test_a_directory_past_its_date_takes_nothing_more(desk: Desk, seeker: Seeker, clock: Clock) -> None:
    envelope = seeker.contact()
    await seeker.send(desk, envelope)
    clock.pass_by(days=89)
    with pytest.raises(DirectoryExpired):
        await Seeker(seeker.network).send(desk, seeker.contact())
    # What is there can still be read and deleted.
    await desk.open_mailbox(seeker.keys.id, seeker.keys.token)
    await desk.erase_mailbox(seeker.keys.id, seeker.keys.token)


async def test_only_hours_and_days_are_stored(desk: Desk, seeker: Seeker, store: Store) -> None:
    await seeker.send(desk, seeker.contact())
    row = await store.read(lambda tx: tx.contact(seeker.keys.id))
    assert row is not None
    assert row.received == int(START.timestamp()) // 3600
    assert max(value for value in row if isinstance(value, int)) < 2_000_000


async def test_two_counsellors_claim_at_once_and_one_is_told_who_was_first(
    desk: Desk, seeker: Seeker, store: Store, network: SmallNetwork
) -> None:
    team = [Advisor(name, ("hafen",)) for name in ("mira", "jonas", "aylin")]
    for advisor in team:
        await advisor.enrol(store, network)
    everybody = [await advisor.login(desk.team) for advisor in team]
    await seeker.send(desk, seeker.contact())
    outcomes = await asyncio.gather(
        *(desk.team.claim(who, seeker.keys.id) for who in everybody), return_exceptions=True
    )
    lost = [outcome for outcome in outcomes if isinstance(outcome, AlreadyClaimed)]
    won = [who.name for who, outcome in zip(everybody, outcomes, strict=True) if not isinstance(outcome, BaseException)]
    assert (len(won), len(lost)) == (1, 2)
    assert {error.details["by"] for error in lost} == set(won)
