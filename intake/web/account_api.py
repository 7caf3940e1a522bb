"""/api/team/account and the second step of the login: what a member does about the own access."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import msgspec
from aiohttp import web

from intake.account_desk import AccountDesk, read_json
from intake.desk import date_of
from intake.errors import (
    EnrolmentRefused,
    IntakeError,
    LoginRefused,
    NoAtRestKey,
    NoMember,
    SecondFactorWrong,
    SessionEnded,
    StoreBusy,
    StoreFull,
    TooMany,
)
from intake.members import Stretching
from intake.team_desk import Who
from intake.web.api import Form, Secret
from intake.web.keys import DESK
from intake.web.operations import Operation, exactly, register
from intake.web.team_api import (
    Device,
    DoneAnswer,
    LoginAnswer,
    Nothing,
    ask_session,
    bearer,
    login_answer,
    signed_in,
)

PasskeyAnswer = Annotated[str, msgspec.Meta(min_length=2, max_length=12_000)]
SixDigits = Annotated[str, msgspec.Meta(max_length=16)]
PasskeyId = Annotated[bytes, msgspec.Meta(min_length=1, max_length=1024)]


class SecondForm(Form):
    """One of both: the browser's WebAuthn answer as JSON text, or a code."""

    ticket: Secret
    passkey: PasskeyAnswer | None = None
    code: SixDigits = ""
    device: Device = ""


class PassphraseForm(Form):
    """The same seed, wrapped anew; `old_login_key` proves the old passphrase."""

    old_login_key: Secret
    salt: Annotated[bytes, exactly(16)]
    memory_kib: Annotated[int, msgspec.Meta(ge=1, le=2**21)]
    passes: Annotated[int, msgspec.Meta(ge=1, le=64)]
    login_key: Secret
    wrapped_seed: Annotated[bytes, exactly(72)]


class NewPasskeyForm(Form):
    """The browser's answer to `passkeys/begin`, as JSON text."""

    ticket: Secret
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    passkey: PasskeyAnswer


class DropPasskeyForm(Form):
    """Which one, and the passphrase's key once more."""

    id: PasskeyId
    login_key: Secret


class CodeForm(Form):
    """Six digits of the app."""

    code: SixDigits


class LoginKeyForm(Form):
    """The passphrase's key once more."""

    login_key: Secret


class DeviceAnswer(msgspec.Struct):
    """An open console."""

    id: str
    device: str
    since: str
    seen: str
    here: bool


class PasskeyRowAnswer(msgspec.Struct):
    """A registered passkey."""

    id: bytes
    name: str
    added: date


class AccountAnswer(msgspec.Struct):
    """The own access."""

    devices: list[DeviceAnswer]
    passkeys: list[PasskeyRowAnswer]
    totp: bool
    secrecy: str | None
    relying_party: str


class BeginAnswer(msgspec.Struct):
    """For navigator.credentials.create; bytes in base64url."""

    ticket: str
    challenge: str
    relying_party: str
    user: str
    known: list[str]


class CodesAnswer(msgspec.Struct):
    """What an authenticator app takes in, and the same as a QR code: a row of "0" and "1" for each line."""

    address: str
    qr: list[str]


def _account(request: web.Request) -> AccountDesk:
    return request.app[DESK].account


async def second(request: web.Request, form: SecondForm) -> LoginAnswer:
    passkey = None if form.passkey is None else read_json(form.passkey)
    desk = request.app[DESK].team
    return login_answer(await desk.login_second(form.ticket, passkey=passkey, code=form.code, device=form.device))


async def account(request: web.Request, who: Who, _: None) -> AccountAnswer:
    found = await _account(request).account(who, bearer(request))
    return AccountAnswer(
        [DeviceAnswer(one.id, one.device, _minute(one.created), _minute(one.seen), one.here) for one in found.devices],
        [PasskeyRowAnswer(row.id, row.name, date_of(row.added)) for row in found.passkeys],
        found.totp,
        found.secrecy,
        _account(request).rp_id,
    )


async def passphrase(request: web.Request, who: Who, form: PassphraseForm) -> DoneAnswer:
    how = Stretching(form.salt, form.memory_kib, form.passes)
    await _account(request).change_passphrase(
        who, bearer(request), form.old_login_key, how, form.login_key, form.wrapped_seed
    )
    return DoneAnswer(ok=True)


async def end_device(request: web.Request, who: Who, _: Nothing) -> DoneAnswer:
    await _account(request).end_device(who, request.match_info["device"])
    return DoneAnswer(ok=True)


async def begin_passkey(request: web.Request, who: Who, _: Nothing) -> BeginAnswer:
    return BeginAnswer(**await _account(request).begin_passkey(who))


async def add_passkey(request: web.Request, who: Who, form: NewPasskeyForm) -> DoneAnswer:
    await _account(request).add_passkey(who, form.ticket, form.name, read_json(form.passkey))
    return DoneAnswer(ok=True)


async def drop_passkey(request: web.Request, who: Who, form: DropPasskeyForm) -> DoneAnswer:
    await _account(request).drop_passkey(who, form.login_key, form.id)
    return DoneAnswer(ok=True)


async def begin_codes(request: web.Request, who: Who, _: Nothing) -> CodesAnswer:
    import segno  # loaded where it is used

    address = await _account(request).begin_codes(who)
    matrix = segno.make(address, error="m", micro=False).matrix
    return CodesAnswer(address, ["".join("1" if dark else "0" for dark in row) for row in matrix])


async def confirm_codes(request: web.Request, who: Who, form: CodeForm) -> DoneAnswer:
    await _account(request).confirm_codes(who, form.code)
    return DoneAnswer(ok=True)


async def drop_codes(request: web.Request, who: Who, form: LoginKeyForm) -> DoneAnswer:
    await _account(request).drop_codes(who, form.login_key)
    return DoneAnswer(ok=True)


def _minute(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%MZ")


_STORE: tuple[type[IntakeError], ...] = (StoreBusy, StoreFull)
_PROVEN: tuple[type[IntakeError], ...] = (LoginRefused, TooMany)
_OWN = "/api/team/account"


def _post(path: str, summary: str, run: Any, answer: Any, body: Any, *errors: type[IntakeError]) -> Operation:
    return Operation(
        "POST", f"{_OWN}/{path}", summary, signed_in(run), answer, body, errors=(*errors, SessionEnded, *_STORE),
        guard=ask_session, body_optional=body is Nothing,
    )  # fmt: skip


OPERATIONS = (
    Operation("POST", "/api/team/login/second", "The second step: passkey or code.", second, LoginAnswer, SecondForm,
              errors=(LoginRefused, SecondFactorWrong, NoAtRestKey, TooMany, *_STORE)),
    Operation("GET", _OWN, "The own access: open consoles, passkeys, codes.", signed_in(account), AccountAnswer,
              errors=(SessionEnded, *_STORE), guard=ask_session),
    _post("passphrase", "The same keys under a new passphrase.", passphrase, DoneAnswer, PassphraseForm,
          EnrolmentRefused, *_PROVEN),
    _post("devices/{device:[0-9a-f]{16}}/end", "Cut off one of the own consoles.", end_device, DoneAnswer, Nothing,
          NoMember),
    _post("passkeys/begin", "What the browser needs to make a passkey.", begin_passkey, BeginAnswer, Nothing),
    _post("passkeys", "Register the passkey.", add_passkey, DoneAnswer, NewPasskeyForm, SecondFactorWrong),
    _post("passkeys/drop", "Take a passkey away.", drop_passkey, DoneAnswer, DropPasskeyForm, NoMember, *_PROVEN),
    _post("codes/begin", "A new secret for an authenticator app.", begin_codes, CodesAnswer, Nothing,
          SecondFactorWrong, NoAtRestKey),
    _post("codes/confirm", "Its first code.", confirm_codes, DoneAnswer, CodeForm, SecondFactorWrong, NoAtRestKey),
    _post("codes/drop", "No codes any more.", drop_codes, DoneAnswer, LoginKeyForm, *_PROVEN),
)  # fmt: skip


def setup(app: web.Application) -> None:
    """Adds the addresses of the own access."""
    register(app, OPERATIONS)
