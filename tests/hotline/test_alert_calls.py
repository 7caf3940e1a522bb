"""The on-call chain ends in telephone calls: real baresip on both sides, real desk and outbox, time as an argument."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.hotline import voice
from bots.hotline.baresip import Account, Baresip, Plan
from bots.hotline.line import Line
from bots.hotline.voice import Voice
from intake.outbox import Outbox
from intake.store import Sqlite, Transaction
from tests import leaks
from tests.hotline.softphone import Softphone
from tests.hotline.stage import Tones
from tests.intake.ring import Stage, rows_as_places, set_stage
from tests.ports import free_ports

NUMBERS = {"mira": "+4917139200311", "jonas": "+4917139200312"}


async def nobody_calls(line: Line) -> None:
    await line.hang_up()


@contextlib.asynccontextmanager
async def lines(folder: Path, phones: Softphone) -> AsyncIterator[Baresip]:
    """Our side: one line that calls the service phones."""
    port = free_ports(4)
    account = Account.read(f"sip:dienst@127.0.0.1:{port};regint=0")
    exchange = Baresip(Plan(folder, (account,), port=port, gateway=f"127.0.0.1:{phones.port}"), Tones(folder))
    running = asyncio.ensure_future(exchange.run(nobody_calls))
    try:
        await exchange.ready()
        yield exchange
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def have_numbers(stage: Stage) -> None:
    async def unit(tx: Transaction) -> None:
        for member, number in NUMBERS.items():
            sealed = stage.desk.phones._seal(number, member)
            await tx.raw.run("UPDATE service_phones SET number = ? WHERE member = ?", sealed, member)

    await stage.store.write(unit)


async def dead_letters(stage: Stage) -> list[str]:
    sql = "SELECT recipient FROM outbox WHERE state = 'dead'"
    return [row[0] for row in await stage.store.read(lambda tx: tx.raw.rows(sql))]


async def time_goes_by(stage: Stage) -> None:
    """A quarter of a minute at a time, until somebody has taken the alert."""
    owned = "SELECT 1 FROM alerts WHERE phase = 'acknowledged'"
    while not await stage.store.read(lambda tx: tx.raw.rows(owned)):
        stage.clock.pass_by(seconds=15)
        await stage.turn()
        await asyncio.sleep(0.05)


def calls_of(phones: Softphone) -> list[str]:
    return [str(event["accountaor"]) for event in phones.past if event.get("type") == "CALL_INCOMING"]


async def test_a_voicemail_takes_nothing_and_the_next_one_presses_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mira's voicemail picks up twice and presses nothing; that is no answer. So Jonas is called, and takes it."""
    monkeypatch.setattr(voice, "KEY_SECONDS", 2.0)
    house = tmp_path / "h"
    house.mkdir()
    async with (
        Sqlite(house / "erstkontakt.sqlite") as store,
        Softphone(tmp_path / "phones", dict.fromkeys(NUMBERS.values(), "auto")) as phones,
        lines(house / "lines", phones) as exchange,
    ):
        stage = await set_stage(store, house, channels=("voice",))
        await have_numbers(stage)
        stage.outbox = Outbox(stage.desk, {"voice": Voice(exchange, stage.desk)}, lambda: 0.0)

        seeker = await stage.contact()
        await phones.until("CALL_CLOSED", NUMBERS["mira"])
        alert = await stage.alert_of(seeker)
        assert (alert.level, alert.owner) == (0, None), "who only picks up has taken nothing"

        # The second try, then the next person. A line that has died meanwhile is up again for the try after that.
        going_on = asyncio.ensure_future(time_goes_by(stage))
        await phones.until("CALL_ESTABLISHED", NUMBERS["jonas"])
        await phones.key("1", NUMBERS["jonas"])
        await going_on
        alert = await stage.alert_of(seeker)
        assert (alert.level, alert.owner) == (1, "jonas")
        assert "mira" in await dead_letters(stage)
        assert (await stage.row_of(seeker)).claimed_by == "jonas", "taken on the telephone as by a message"

        before = len(calls_of(phones))
        await stage.pass_by(minutes=10)
        assert len(calls_of(phones)) == before, "whoever has taken it is the last to be called"
        places = [*leaks.files(house), *await rows_as_places(store)]
        leaks.assert_none(
            [leaks.number("number of a phone", number) for number in NUMBERS.values()], places, at_least=12
        )
