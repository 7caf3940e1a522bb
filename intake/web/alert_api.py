"""The counsellors' API for alerts, service phones, push and dead letters. Closed schemas, one table row per address.

What belongs to a foreign team is answered like what does not exist. Instants are "2026-11-22T02:10Z".
"""

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from crypto import vapid
from intake import sayings
from intake.alert_model import Reply
from intake.alert_records import Response
from intake.errors import (
    CodeWrong,
    IntakeError,
    LeadOnly,
    Malformed,
    NoAlert,
    NoAtRestKey,
    NoPhone,
    NumberRefused,
    SessionEnded,
    StoreBusy,
    StoreFull,
    TooMany,
)
from intake.phone_desk import MatrixDevice, PhoneSheet
from intake.store import OutboxRow
from intake.team_desk import Who
from intake.web.api import Form
from intake.web.keys import DESK, SETTINGS
from intake.web.operations import SMALL_LIMIT, Operation, register
from intake.web.team_api import DoneAnswer, MemberAnswer, Nothing, ask_session, signed_in

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
MatrixUser = Annotated[str, msgspec.Meta(max_length=255, pattern=r"^@[a-z0-9._=/+-]+:[A-Za-z0-9.:_-]+$")]
Base64Url = Annotated[str, msgspec.Meta(min_length=16, max_length=128, pattern=r"^[A-Za-z0-9_-]+=*$")]
Endpoint = Annotated[str, msgspec.Meta(min_length=12, max_length=1000, pattern=r"^https://[!-~]+$")]
SixDigits = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]


class LaterForm(Form):
    """For how many minutes."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=24 * 60)] = 15


class PhoneForm(Form):
    """A service phone; null leaves out a channel. `network` decides how its own number is suppressed."""

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None
    matrix_user: MatrixUser | None
    language: Literal["de", "en"] = "de"
    network: Literal["mobile", "fixed", "sip"] = "mobile"


class CodeForm(Form):
    """For which channel a code is asked."""

    channel: Literal["number", "matrix"]


class VerifyForm(Form):
    """The code that came to the number."""

    code: SixDigits


class DeviceForm(Form):
    """A device, exactly as it was compared."""

    device_id: Line
    ed25519: Annotated[str, msgspec.Meta(min_length=43, max_length=44)]


class PushForm(Form):
    """A push subscription of this browser (RFC 8030, RFC 8291)."""

    endpoint: Endpoint
    p256dh: Base64Url
    auth: Base64Url


class ForgetForm(Form):
    """The subscription that is to be forgotten."""

    endpoint: Endpoint


class ReferenceAnswer(msgspec.Struct):
    """The name of an alert: two words and a number that says the same."""

    words: list[str]
    number: str


class DeliveryAnswer(msgspec.Struct):
    """What became of telling one person on one channel."""

    channel: str
    recipient: MemberAnswer
    state: Literal["waiting", "sent", "dead"]
    attempts: int
    trouble: str | None


class AlertAnswer(msgspec.Struct):
    """One open alert. `step`: whom it waits for; `mailbox` or `visit` it is about for members of the team only."""

    id: str
    team: str
    kind: str
    reference: ReferenceAnswer
    phase: str
    round: int
    level: int
    step: str
    due: str | None
    owner: MemberAnswer | None
    until: str | None
    yours: bool
    mailbox: str | None
    visit: str | None
    deliveries: list[DeliveryAnswer]


class IncidentAnswer(msgspec.Struct):
    """Something that coordination was told of, counted within its hour."""

    team: str
    trouble: str
    target: str
    loud: bool
    at: str
    times: int


class AlertsAnswer(msgspec.Struct):
    """Open alerts, incidents of a day; `loud`: show it whatever the person is doing."""

    alerts: list[AlertAnswer]
    incidents: list[IncidentAnswer]
    loud: bool


class ReplyAnswer(msgspec.Struct):
    """What became of an answer; only yours, paused, passed_on and confirmed have changed something."""

    reply: str
    reference: ReferenceAnswer
    owner: str
    until: str | None
    mailbox: str | None


class DeviceAnswer(msgspec.Struct):
    """A Matrix device; only pinned ones are written to."""

    device_id: str
    ed25519: str
    pinned: bool


class ProbeAnswer(msgspec.Struct):
    """What became of the latest trial message on one channel."""

    channel: str
    state: Literal["waiting", "sent", "dead"]
    attempts: int
    trouble: str | None
    since: str


class PhoneAnswer(msgspec.Struct):
    """A service phone. `number` is whole for its owner, the last digits for everybody else."""

    member: MemberAnswer
    state: Literal["none", "unverified", "verified", "cut_off"]
    number: str | None
    number_verified: bool
    network: str
    matrix_user: str | None
    matrix_verified: bool
    devices: list[DeviceAnswer]
    push: int
    language: str
    may_edit: bool
    probe: list[ProbeAnswer]


class PhonesAnswer(msgspec.Struct):
    """The phones of a team."""

    phones: list[PhoneAnswer]


class CodeAnswer(msgspec.Struct):
    """`code` is shown for Matrix (send it from the phone) and null for a number (it is sent there)."""

    code: str | None
    until: str


class PushKeyAnswer(msgspec.Struct):
    """The key that the browser subscribes with (VAPID, RFC 8292); null without push."""

    key: str | None


class LetterAnswer(msgspec.Struct):
    """Something that could not be brought."""

    id: str
    channel: str
    recipient: MemberAnswer
    saying: str
    team: str
    since: str
    attempts: int
    trouble: str | None


class LettersAnswer(msgspec.Struct):
    """Dead letters, the latest first."""

    letters: list[LetterAnswer]


def shown(at: datetime | None) -> str | None:
    """An instant in the words of the API."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def shown_second(second: int) -> str:
    """Unix seconds in the words of the API."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%MZ")


def only_team(request: web.Request) -> str:
    """The one query value `team`. Raises Malformed."""
    if set(request.query) != {"team"} or len(request.query) != 1:
        raise Malformed
    return request.query["team"]


# ------------------------------------------------------------------------------------------------------ handlers


async def alerts(request: web.Request, who: Who, _: None) -> AlertsAnswer:
    found = await request.app[DESK].alert_view.overview(who)

    def member(id: str) -> MemberAnswer:
        return MemberAnswer(id, found.names.get(id, id))

    def delivery(row: OutboxRow, state: Any) -> DeliveryAnswer:
        return DeliveryAnswer(row.channel, member(row.recipient), state, row.attempts, row.trouble)

    rows = [
        AlertAnswer(
            sheet.alert.id,
            sheet.alert.team,
            sheet.alert.kind.value,
            ReferenceAnswer(list(sheet.reference.words), sheet.reference.number),
            sheet.alert.phase.value,
            sheet.alert.round,
            sheet.alert.level,
            sheet.step,
            shown(sheet.alert.due),
            member(sheet.alert.owner) if sheet.alert.owner else None,
            shown(sheet.alert.until),
            sheet.alert.owner == who.member,
            sheet.contact,
            sheet.visit,
            [delivery(row, state) for row, state in sheet.deliveries],
        )
        for sheet in found.sheets
    ]
    incidents = [
        IncidentAnswer(row.team, row.trouble, row.target, row.loud == 1, shown_second(row.at * 60), row.times)
        for row in found.incidents
    ]
    return AlertsAnswer(rows, incidents, found.loud)


def _replied(response: Response) -> ReplyAnswer:
    if response.reply is Reply.FOREIGN:
        raise NoAlert
    name = ReferenceAnswer(list(response.reference.words), response.reference.number)
    return ReplyAnswer(response.reply.value, name, response.owner, shown(response.until), response.contact)


def _alert(request: web.Request) -> str:
    return request.match_info["alert"]


async def take(request: web.Request, who: Who, _: Nothing) -> ReplyAnswer:
    return _replied(await request.app[DESK].alerts.take(who.member, _alert(request)))


async def later(request: web.Request, who: Who, form: LaterForm) -> ReplyAnswer:
    pause = timedelta(minutes=form.minutes)
    return _replied(await request.app[DESK].alerts.later(who.member, _alert(request), pause))


async def pass_on(request: web.Request, who: Who, _: Nothing) -> ReplyAnswer:
    return _replied(await request.app[DESK].alerts.pass_on(who.member, _alert(request)))


def _phone(sheet: PhoneSheet, who: Who) -> PhoneAnswer:
    phone, member = sheet.phone, MemberAnswer(sheet.person.member, sheet.person.name)
    probe = [_probe(row, state) for row, state in sheet.probe]
    if phone is None:
        return PhoneAnswer(
            member,
            "none",
            number=None,
            number_verified=False,
            network="mobile",
            matrix_user=None,
            matrix_verified=False,
            devices=[],
            push=sheet.pushes,
            language="de",
            may_edit=sheet.may_edit,
            probe=probe,
        )
    number = phone.number or None
    if number is not None and sheet.person.member != who.member:
        number = f"…{number[-3:]}"
    return PhoneAnswer(
        member,
        phone.state,
        number,
        phone.number_verified is not None,
        phone.network,
        phone.matrix_user or None,
        phone.matrix_verified is not None,
        [_device(device) for device in phone.devices],
        sheet.pushes,
        phone.language,
        sheet.may_edit,
        probe,
    )


def _probe(row: OutboxRow, state: Any) -> ProbeAnswer:
    return ProbeAnswer(row.channel, state, row.attempts, row.trouble, shown_second(row.since))


def _device(device: MatrixDevice) -> DeviceAnswer:
    return DeviceAnswer(device.device_id, device.ed25519, device.pinned)


def _member(request: web.Request) -> str:
    return request.match_info["member"]


async def phones(request: web.Request, who: Who, _: None) -> PhonesAnswer:
    sheets = await request.app[DESK].phones.sheets(who, only_team(request))
    return PhonesAnswer([_phone(sheet, who) for sheet in sheets])


async def phone(request: web.Request, who: Who, _: None) -> PhoneAnswer:
    return _phone(await request.app[DESK].phones.sheet(who, _member(request)), who)


async def put_phone(request: web.Request, who: Who, form: PhoneForm) -> PhoneAnswer:
    desk = request.app[DESK].phones
    sheet = await desk.register(
        who,
        _member(request),
        number=form.number,
        matrix_user=form.matrix_user,
        language=form.language,
        network=form.network,
    )
    return _phone(sheet, who)


async def phone_code(request: web.Request, who: Who, form: CodeForm) -> CodeAnswer:
    code, until = await request.app[DESK].phones.new_code(who, _member(request), form.channel)
    return CodeAnswer(code, shown(until) or "")


async def phone_verify(request: web.Request, who: Who, form: VerifyForm) -> PhoneAnswer:
    return _phone(await request.app[DESK].phones.verify(who, _member(request), form.code), who)


async def phone_cut_off(request: web.Request, who: Who, _: Nothing) -> PhoneAnswer:
    return _phone(await request.app[DESK].phones.cut_off(who, _member(request)), who)


async def phone_probe(request: web.Request, who: Who, _: Nothing) -> PhoneAnswer:
    return _phone(await request.app[DESK].phones.send_probe(who, _member(request)), who)


async def phone_device(request: web.Request, who: Who, form: DeviceForm) -> PhoneAnswer:
    desk = request.app[DESK].phones
    return _phone(await desk.confirm_device(who, _member(request), form.device_id, form.ed25519), who)


async def push(request: web.Request, who: Who, form: PushForm) -> DoneAnswer:
    await request.app[DESK].phones.subscribe(who, form.endpoint, form.p256dh, form.auth)
    return DoneAnswer(ok=True)


async def push_forget(request: web.Request, who: Who, form: ForgetForm) -> DoneAnswer:
    await request.app[DESK].phones.unsubscribe(who, form.endpoint)
    return DoneAnswer(ok=True)


async def push_key(request: web.Request, who: Who, _: None) -> PushKeyAnswer:
    settings = request.app[SETTINGS]
    if settings.push_key is None or "push" not in settings.channels:
        return PushKeyAnswer(None)
    return PushKeyAnswer(urlsafe_b64encode(vapid.public_key(settings.push_key)).decode().rstrip("="))


async def letters(request: web.Request, who: Who, _: None) -> LettersAnswer:
    found = await request.app[DESK].alert_view.dead_letters(who)
    return LettersAnswer(
        [
            LetterAnswer(
                row.id,
                row.channel,
                MemberAnswer(row.recipient, name),
                _kind(saying),
                saying.team,
                shown_second(row.since),
                row.attempts,
                row.trouble,
            )
            for row, saying, name in found
        ]
    )


def _kind(saying: sayings.Saying) -> str:
    return saying.kind.value if saying.message is None else saying.message.value


def _letter(*, again: bool) -> Callable[[web.Request, Who, Nothing], Awaitable[DoneAnswer]]:
    async def handle_letter(request: web.Request, who: Who, _: Nothing) -> DoneAnswer:
        await request.app[DESK].alert_view.release(who, request.match_info["letter"], again=again)
        return DoneAnswer(ok=True)

    return handle_letter


# --------------------------------------------------------------------------------------------------------- table

STORE_ERRORS: tuple[type[IntakeError], ...] = (StoreBusy, StoreFull)
SIGNED_IN: tuple[type[IntakeError], ...] = (SessionEnded, *STORE_ERRORS)
TEAM_QUERY: tuple[tuple[str, dict[str, Any]], ...] = (("team", {"type": "string", "maxLength": 64}),)
_ALERT = "/api/team/alerts/{alert:[0-9a-f]{16}}"
_PHONE = "/api/team/phones/{member:[a-z][a-z0-9._-]{0,31}}"
_LETTER = "/api/team/dead-letters/{letter:[0-9a-f]{16,32}}"


def row(
    method: str,
    path: str,
    summary: str,
    run: Any,
    answer: type[Any],
    body: type[Any] | None = None,
    *errors: type[IntakeError],
    optional: bool = False,
    query: tuple[tuple[str, dict[str, Any]], ...] = (),
    limit: int = SMALL_LIMIT,
) -> Operation:
    """An address that needs a session."""
    return Operation(
        method,
        path,
        summary,
        signed_in(run),
        answer,
        body,
        errors=(*errors, *SIGNED_IN),
        guard=ask_session,
        session=True,
        query=query,
        limit=limit,
        body_optional=optional,
    )


OPERATIONS = (
    row("GET", "/api/team/alerts", "Open alerts of the own teams, or of the Lands of a coordination.", alerts,
        AlertsAnswer),
    row("POST", f"{_ALERT}/take", "Take it over; the first wins.", take, ReplyAnswer, Nothing, NoAlert, optional=True),
    row("POST", f"{_ALERT}/later", "A pause.", later, ReplyAnswer, LaterForm, NoAlert, optional=True),
    row("POST", f"{_ALERT}/pass-on", "Pass it on to the next.", pass_on, ReplyAnswer, Nothing, NoAlert, optional=True),
    row("GET", "/api/team/phones", "The service phones of a team.", phones, PhonesAnswer, None, NoPhone,
        query=TEAM_QUERY),
    row("GET", _PHONE, "The service phone of a colleague.", phone, PhoneAnswer, None, NoPhone),
    row("PUT", _PHONE, "Enter or change a service phone; what changed must be verified anew.", put_phone, PhoneAnswer,
        PhoneForm, NoPhone, LeadOnly, NumberRefused, NoAtRestKey),
    row("POST", f"{_PHONE}/code", "A fresh code: shown for Matrix, sent to a number.", phone_code, CodeAnswer, CodeForm,
        NoPhone, LeadOnly, TooMany),
    row("POST", f"{_PHONE}/verify", "The code that came to the number.", phone_verify, PhoneAnswer, VerifyForm,
        NoPhone, LeadOnly, CodeWrong),
    row("POST", f"{_PHONE}/cut-off", "The phone is lost: sessions, push, devices and alerts to it end now.",
        phone_cut_off, PhoneAnswer, Nothing, NoPhone, optional=True),
    row("POST", f"{_PHONE}/probe", "A trial message on every channel of the phone.", phone_probe, PhoneAnswer, Nothing,
        NoPhone, LeadOnly, TooMany, optional=True),
    row("POST", f"{_PHONE}/devices/confirm", "A new Matrix device, compared and confirmed.", phone_device, PhoneAnswer,
        DeviceForm, NoPhone, LeadOnly),
    row("POST", "/api/team/push", "Wake this browser without content.", push, DoneAnswer, PushForm, NoAtRestKey),
    row("POST", "/api/team/push/forget", "Do not wake this browser any more.", push_forget, DoneAnswer, ForgetForm),
    row("GET", "/api/team/push/key", "The key to subscribe with.", push_key, PushKeyAnswer),
    row("GET", "/api/team/dead-letters", "What could not be brought.", letters, LettersAnswer),
    row("POST", f"{_LETTER}/again", "Try it again.", _letter(again=True), DoneAnswer, Nothing, NoAlert, optional=True),
    row("POST", f"{_LETTER}/drop", "Nobody needs it any more.", _letter(again=False), DoneAnswer, Nothing, NoAlert,
        optional=True),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses of alerts and service phones."""
    register(app, OPERATIONS)
