"""SMS through a gateway: one for each row, nothing in it, and every refusal told apart."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bots.service_phone_texts import _GSM as GSM
from bots.sms import Account, SevenReports, SevenSms
from intake import sayings
from intake.alert_model import Message, News, Trouble
from intake.delivery import DeliveryError
from intake.errors import StoreBusy
from intake.outbox import Address
from intake.sayings import Saying
from tests.bots.deliveries import NUMBER, delivery
from tests.bots.gateway import Fault, SmsGateway


@pytest.fixture
async def gateway() -> AsyncIterator[SmsGateway]:
    made = SmsGateway("geheim")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def sms(gateway: SmsGateway) -> AsyncIterator[SevenSms]:
    async def accepted(row: str, message: str) -> None:
        assert message.startswith("77")

    made = SevenSms(Account(gateway.url, "geheim", "Notruf"), accepted)
    yield made
    await made.close()


async def test_an_alert_is_one_sms_of_one_length_without_content(sms: SevenSms, gateway: SmsGateway) -> None:
    row = delivery()
    await sms.deliver(row)
    (sent,) = gateway.sent
    assert (sent["to"], sent["from"], sent["foreign_id"]) == (NUMBER, "Notruf", row.id)
    assert len(sent["text"]) == 160
    assert "Kranich Lampe" in sent["text"]
    assert sent["text"].rstrip().endswith("https://erstkontakt.example/team/")


async def test_everything_that_is_ever_said_has_the_same_length(sms: SevenSms, gateway: SmsGateway) -> None:
    said = [
        *(Saying(sayings.Kind.NOTICE, "t", message=message, about=(("a", 1),)) for message in Message),
        *(Saying(sayings.Kind.NEWS, "t", news=news, owner="jonas", about=(("a", 1),)) for news in News),
        *(Saying(sayings.Kind.TROUBLE, "t", trouble=trouble) for trouble in Trouble),
        Saying(sayings.Kind.CODE, code="123456"),
        Saying(sayings.Kind.CHANGED),
        Saying(sayings.Kind.PROBE, code="0815"),
    ]
    for language in ("de", "en"):
        for number, saying in enumerate(said):
            team = f"Team {number} {language} “ÖÄÜ”"
            await sms.deliver(delivery(saying=saying, language=language, team=team, owner="Jonas"))
    texts = [request["text"] for request in gateway.requests]
    assert {len(text) for text in texts} == {160}
    assert set("".join(texts)) <= GSM


@pytest.mark.parametrize("code", [201, 202, 301, 305, 306, 401, 403, 300, 500, 900, 902, 903])
@pytest.mark.parametrize("fault", ["none", "bare"])
async def test_final_refusals_hand_over_to_the_next_channel(
    sms: SevenSms, gateway: SmsGateway, code: int, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.code, gateway.fault = code, fault
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as failed:
        await sms.deliver(delivery())
    assert failed.value.permanent
    assert str(code) in str(failed.value)
    assert bool(caplog.messages) == (code in (300, 500, 900, 902, 903)), "faults of the account are told loudly"


@pytest.mark.parametrize("code", [600, 700, 101, 4711])
async def test_other_codes_are_tried_again(sms: SevenSms, gateway: SmsGateway, code: int) -> None:
    gateway.code = code
    with pytest.raises(DeliveryError) as failed:
        await sms.deliver(delivery())
    assert not failed.value.permanent
    gateway.code = 100
    await sms.deliver(delivery())
    assert len(gateway.sent) == 1


@pytest.mark.parametrize(
    ("http", "permanent"),
    [(429, False), (500, False), (502, False), (503, False), (401, True), (403, True), (404, True)],
)
async def test_http_refusals(sms: SevenSms, gateway: SmsGateway, http: int, permanent: bool) -> None:
    gateway.http = http
    with pytest.raises(DeliveryError) as failed:
        await sms.deliver(delivery())
    assert failed.value.permanent is permanent


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ("17", timedelta(seconds=17)),
        ("999999", timedelta(hours=1)),
        ("-5", None),
        ("morgen", None),
        ("²", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
async def test_too_many_requests_say_when_to_come_back(
    sms: SevenSms, gateway: SmsGateway, header: str, waits: timedelta | None
) -> None:
    gateway.http, gateway.headers = 429, {"Retry-After": header}
    with pytest.raises(DeliveryError) as failed:
        await sms.deliver(delivery())
    assert (failed.value.permanent, failed.value.retry_after) == (False, waits)


@pytest.mark.parametrize("fault", ["html", "garbage", "empty", "huge", "hang up", "hang up after", "redirect"])
async def test_garbage_is_no_receipt_and_nothing_is_followed(sms: SevenSms, gateway: SmsGateway, fault: Fault) -> None:
    gateway.fault = fault
    with pytest.raises(DeliveryError) as failed:
        await sms.deliver(delivery())
    assert not failed.value.permanent
    assert not gateway.followed


async def test_a_repetition_after_a_lost_answer_does_not_ring_twice(sms: SevenSms, gateway: SmsGateway) -> None:
    row = delivery()
    gateway.fault = "hang up after"
    with pytest.raises(DeliveryError):
        await sms.deliver(row)
    gateway.fault = "none"
    await sms.deliver(row)
    assert (len(gateway.requests), len(gateway.sent)) == (2, 1)


async def test_nobody_listening(sms: SevenSms, gateway: SmsGateway) -> None:
    await gateway.stop()
    with pytest.raises(DeliveryError) as failed:
        await sms.deliver(delivery())
    assert not failed.value.permanent


async def test_without_a_number_there_is_no_request(sms: SevenSms, gateway: SmsGateway) -> None:
    with pytest.raises(DeliveryError) as failed:
        await sms.deliver(delivery(Address()))
    assert failed.value.permanent
    assert gateway.requests == []


@pytest.mark.parametrize("fault", ["none", "html", "hang up", "bare"])
@pytest.mark.parametrize("code", [100, 202, 600, 900])
@pytest.mark.parametrize("http", [200, 400, 500])
async def test_the_number_is_in_no_log_and_no_error(
    sms: SevenSms, gateway: SmsGateway, caplog: pytest.LogCaptureFixture, code: int, http: int, fault: Fault
) -> None:
    gateway.code, gateway.http, gateway.fault = code, http, fault
    row = delivery()
    shown = repr(row) + repr(row.address)
    with caplog.at_level(logging.DEBUG):
        try:
            await sms.deliver(row)
        except DeliveryError as error:
            shown += f"{error!r} {error} {error.__cause__!r}"
    shown += caplog.text + repr(sms) + repr(Account("x", "geheim"))
    assert "15123456" not in shown
    assert "geheim" not in shown


class TestReports:
    @pytest.fixture
    async def heard(self) -> list[str]:
        return []

    @pytest.fixture
    async def reports(self, heard: list[str]) -> SevenReports:
        async def undelivered(message: str) -> None:
            heard.append(message)

        return SevenReports("geheim", undelivered)

    async def test_what_the_provider_calls_a_message_is_written_down_unless_it_is_a_code(
        self, gateway: SmsGateway
    ) -> None:
        known: list[tuple[str, str]] = []

        async def accepted(row: str, message: str) -> None:
            known.append((row, message))
            if len(known) > 1:
                raise StoreBusy

        sms = SevenSms(Account(gateway.url, "geheim"), accepted)
        first, second = delivery(), delivery(language="en")
        await sms.deliver(first)
        await sms.deliver(second)  # what cannot be written down is still brought
        await sms.deliver(delivery(saying=Saying(sayings.Kind.CODE, code="123456")))
        await sms.close()
        assert known == [(first.id, "77000000001"), (second.id, "77000000002")]
        assert len(gateway.sent) == 3

    @pytest.mark.parametrize("status", ["NOTDELIVERED", "EXPIRED", "REJECTED", "FAILED"])
    async def test_what_did_not_arrive_is_told(
        self, reports: SevenReports, gateway: SmsGateway, heard: list[str], status: str
    ) -> None:
        assert await reports.hear(gateway.report(1, status))
        assert heard == ["77000000002"]

    @pytest.mark.parametrize("status", ["DELIVERED", "BUFFERED", "TRANSMITTED", "ACCEPTED"])
    async def test_good_news_is_no_news(
        self, reports: SevenReports, gateway: SmsGateway, heard: list[str], status: str
    ) -> None:
        assert await reports.hear(gateway.report(0, status))
        assert heard == []

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"x",
            b"[]",
            b"{}",
            b'{"webhook_event":"dlr"}',
            b'{"webhook_event":"dlr","data":[]}',
            b'{"webhook_event":"dlr","data":{"status":["FAILED"],"msg_id":"1"}}',
            b'{"webhook_event":"dlr","data":{"status":"WHATEVER","msg_id":"1"}}',
            b'{"webhook_event":"sms_mo","data":{"status":"FAILED","msg_id":"77000000001"}}',
            b"[" * 100_000,
            b"\xff\xfe",
        ],
    )
    async def test_garbage_is_no_report(self, reports: SevenReports, heard: list[str], body: bytes) -> None:
        assert not await reports.hear(body)
        assert heard == []
