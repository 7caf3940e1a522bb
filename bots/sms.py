"""SMS to service phones, by way of a provider: seven.io (documented at docs.seven.io/en/rest-api/endpoints/sms).

    POST <gateway>/api/sms   to, text, from, foreign_id    X-Api-Key, Accept: application/json
    answer                   {"success": "100", "messages": [{"id", "success", "error", ...}]}, or the bare code
    webhook "dlr"            {"webhook_event": "dlr", "data": {"msg_id", "status", "timestamp"}}

The provider reads what we send, so there is nothing in it: a team's name, two random words, a link, 160 characters
always. The codes below are the provider's; each is either final (the next channel takes over) or worth repeating.
A repetition within three minutes is caught by the provider's own lock (402), which proves that the first one arrived;
later ones are told apart by the reference in the text.

Another provider is another class with ``deliver`` (intake.outbox.Messenger).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from bots.http import Answer, Http
from bots.wording import sms_text
from intake.delivery import DeliveryError
from intake.errors import Unavailable
from intake.outbox import Delivery
from intake.sayings import Kind

log = logging.getLogger("erstkontakt.sms")

ACCEPTED = 100
PARTLY = 101  # the codes of the single messages say more
ALREADY_SENT = 402  # the same text to the same number within 180 seconds
# What no repetition changes. The account's faults (from 500 on) concern every message and are told to the operator.
FINAL = {
    201: "country code invalid",
    202: "number invalid",
    301: "number missing",
    305: "text missing",
    306: "sender invalid",
    401: "text too long",
    403: "daily limit of this number reached",
}
ACCOUNT = {
    300: "credentials missing",
    500: "no credit left",
    900: "key of the gateway wrong",
    902: "key of the gateway has no rights",
    903: "address of this server not allowed",
}
UNDELIVERED = frozenset({"NOTDELIVERED", "EXPIRED", "REJECTED", "FAILED"})
ON_THE_WAY = frozenset({"DELIVERED", "BUFFERED", "TRANSMITTED", "ACCEPTED"})
MESSAGE_ID = 64  # characters of the provider's id that are kept

Accepted = Callable[[str, str], Awaitable[None]]
Undelivered = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Account:
    """``url``: of the gateway, without path; ``sender``: at most 11 letters or 16 digits, or "" for the provider's."""

    url: str
    key: str
    sender: str = ""

    def __repr__(self) -> str:
        return "<Account of the gateway>"


class SevenSms:
    """The channel "sms". ``accepted(row, id)`` hears what the provider calls a message that it may report about."""

    def __init__(self, account: Account, accepted: Accepted) -> None:
        self._account = account
        self._http = Http("sms")
        self._accepted = accepted

    async def close(self) -> None:
        await self._http.close()

    async def deliver(self, delivery: Delivery) -> None:
        if not delivery.address.number:
            raise DeliveryError("sms: no verified number", permanent=True)
        form = {"to": delivery.address.number, "text": sms_text(delivery), "foreign_id": delivery.id}
        if self._account.sender:
            form["from"] = self._account.sender
        headers = {"X-Api-Key": self._account.key, "Accept": "application/json"}
        answer = await self._http.post(f"{self._account.url}/api/sms", headers=headers, body=form)
        message = _message_id(answer)
        if message and delivery.saying.kind is not Kind.CODE:  # a code is not kept for the sake of a report
            try:
                await self._accepted(delivery.id, message)
            except Unavailable as error:  # it is on its way: sending it again because of that would be worse
                log.warning("sms: what becomes of %s cannot be reported: %s", delivery.id, error.code)


class SevenReports:
    """What the provider tells afterwards. ``undelivered`` hears its id of a message that did not arrive after all.

    Apart from sending, because the provider calls the web, which may run in another process.
    """

    def __init__(self, key: str, undelivered: Undelivered) -> None:
        self._key, self._undelivered = key, undelivered

    @property
    def path(self) -> str:
        """Where the provider reports (its webhook "dlr"): an address that only it knows."""
        return "/zustellung/" + sha256(b"erstkontakt/1 reports " + self._key.encode()).hexdigest()[:32]

    async def hear(self, body: bytes) -> bool:
        """A delivery report. Whether it was one; repeated ones and those of strangers' messages do nothing."""
        found = Answer(HTTPStatus.OK, body, None).json
        data = found.get("data") if isinstance(found, dict) and found.get("webhook_event") == "dlr" else None
        status = data.get("status") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(status, str) or status not in UNDELIVERED | ON_THE_WAY:
            return False
        if status in UNDELIVERED:
            await self._undelivered(str(data.get("msg_id"))[:MESSAGE_ID])
        return True


def _message_id(answer: Answer) -> str:
    """The provider's id of an accepted message ("" when it tells none). Raises DeliveryError."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise DeliveryError(f"sms: HTTP {answer.status}", permanent=False, retry_after=answer.retry_after)
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise _refused(900)
    if not answer.ok:
        raise DeliveryError(f"sms: HTTP {answer.status}", permanent=answer.status >= HTTPStatus.BAD_REQUEST)
    said = answer.json
    messages = said.get("messages") if isinstance(said, dict) else None
    message: Any = messages[0] if isinstance(messages, list) and messages else {}
    if not isinstance(message, dict):
        message = {}
    code = _code(said.get("success") if isinstance(said, dict) else said)
    if code == PARTLY or (code == ACCEPTED and message.get("success") is False):
        code = _code(message.get("error")) or PARTLY
    if code in (ACCEPTED, ALREADY_SENT):
        return str(message.get("id") or "")[:MESSAGE_ID]
    raise _refused(code)


def _code(said: object) -> int:
    text = str(said)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _refused(code: int) -> DeliveryError:
    if code in ACCOUNT:
        log.error("the gateway refuses every message: %s (%d)", ACCOUNT[code], code)
    reason = ACCOUNT.get(code) or FINAL.get(code) or ("not understood" if code == 0 else "refused for now")
    return DeliveryError(f"sms: gateway: {reason} ({code})", permanent=code in FINAL or code in ACCOUNT)
