"""What a provider tells afterwards: an SMS that did not arrive calls the next person, unless another channel did."""

from __future__ import annotations

import http.client
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.sms import Account, SevenReports, SevenSms
from intake.delivery import DeliveryError
from intake.store import Store, open_store
from tests.bots.gateway import SmsGateway
from tests.house import House
from tests.intake.ring import Stage, set_stage


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store("sqlite", tmp_path) as opened:
        yield opened


@pytest.fixture
async def stage(store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    gateway = SmsGateway("geheim")
    await gateway.start()
    made = await set_stage(store, tmp_path, channels=("sms", "matrix"))
    sms = SevenSms(Account(gateway.url, "geheim"), made.desk.alerts.accepted)
    made.outbox._messengers = {**made.recorders, "sms": sms}
    made.gateway = gateway  # type: ignore[attr-defined]
    yield made
    await sms.close()
    await gateway.stop()


async def report(stage: Stage, status: str) -> None:
    """The provider's word about the first SMS, told to another process: nothing is known there but the rows."""
    stage.reopen(outbox=False)

    async def undelivered(receipt: str) -> None:
        await stage.desk.alerts.undelivered("sms", receipt)

    gateway: SmsGateway = stage.gateway  # type: ignore[attr-defined]
    assert await SevenReports("geheim", undelivered).hear(gateway.report(0, status))


async def called(stage: Stage) -> list[str]:
    """Numbers that were called by SMS, by their last two digits (the length of the name, see ring.py)."""
    await stage.drain()
    sent: list[dict[str, str]] = stage.gateway.sent  # type: ignore[attr-defined]
    return [request["to"][-2:] for request in sent if "bitte melden" in request["text"]]


async def test_not_delivered_calls_the_next_person_at_once(stage: Stage) -> None:
    stage.recorders["matrix"].down = DeliveryError("left", permanent=True)
    await stage.contact()
    assert await called(stage) == ["04"], "mira"
    await report(stage, "NOTDELIVERED")
    assert await called(stage) == ["04", "05"], "jonas, without waiting for mira"
    (letter,) = [row for row in await stage.store.read(lambda tx: tx.dead_letters(9)) if row.channel == "sms"]
    assert (letter.recipient, letter.trouble) == ("mira", "sms: not delivered")
    await report(stage, "NOTDELIVERED")
    assert await called(stage) == ["04", "05"]


async def test_a_report_about_somebody_elses_message_does_nothing(stage: Stage) -> None:
    stage.recorders["matrix"].down = DeliveryError("left", permanent=True)
    await report(stage, "FAILED")
    await stage.contact()
    assert await called(stage) == ["04"]


async def test_not_delivered_but_brought_by_matrix_waits_for_the_answer(stage: Stage) -> None:
    await stage.contact()
    assert stage.recorders["matrix"].people() == ["mira"]
    await report(stage, "EXPIRED")
    assert await called(stage) == ["04"]


async def test_the_door_for_reports_is_known_to_the_provider_only(tmp_path: Path) -> None:
    async def nobody(receipt: str) -> None:
        raise AssertionError

    path = SevenReports("schluessel-der-niemandem-sagt", nobody).path
    body = SmsGateway("x").report(0, "FAILED")
    async with House(tmp_path / "house", channels="sms", sms_key="schluessel-der-niemandem-sagt") as house:
        assert [post(house, where, what) for where, what in (
            (path, body), (path, b"[]"), (path, b"x" * 1_000_000), ("/zustellung/" + "0" * 32, body),
        )] == [204, 400, 413, 404]  # fmt: skip
        assert "schluessel-der" not in house.log


def post(house: House, path: str, body: bytes) -> int:
    line = http.client.HTTPConnection("127.0.0.1", house.port)
    line.request("POST", path, body, {"Content-Type": "application/json"})
    status = line.getresponse().status
    line.close()
    return status


def test_reports_look_like_the_providers() -> None:
    report = json.loads(SmsGateway("x").report(3, "DELIVERED"))
    assert (report["webhook_event"], set(report["data"])) == ("dlr", {"msg_id", "status", "timestamp"})
