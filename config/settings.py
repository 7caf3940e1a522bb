"""Settings: one TOML file, overridden by the environment, read once into one frozen object.

    erstkontakt.toml              listen_port = 8080
    environment                   ERSTKONTAKT_LISTEN_PORT=8080
    secret in a file              ERSTKONTAKT_DATABASE_FILE=/run/secrets/database, or database_file = "…" in TOML

Every fault is found in one go and named with its line and with what would be right. Nothing starts on a guess: an
unknown name is a fault, too, since it is mostly a known name with a typing slip.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "ERSTKONTAKT_"
FILE_NAME = "erstkontakt.toml"
_NOT_SETTINGS = {"ERSTKONTAKT_CONFIG"}
_MOST_BITS = 18


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `where`: "erstkontakt.toml, line 3" or the name of the environment variable."""

    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.where}: {self.says}"


class SettingsFaulty(Exception):
    """The settings cannot be used; `faults` names everything that is wrong."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs. All paths are absolute."""

    root_key: bytes
    data_folder: Path
    listen_host: str = "127.0.0.1"
    listen_port: int = 8080
    public_url: str = "http://127.0.0.1:8080"
    database: str = field(default="sqlite", repr=False)  # may carry a password
    languages: tuple[str, ...] = ("de", "en")
    neutral_exit_url: str = "https://www.wetter.de/"
    stamp_bits: int = 12
    stamp_bits_most: int = _MOST_BITS
    calm_per_minute: int = 120
    no_js_per_minute: int = 60
    at_rest_key: bytes | None = field(default=None, repr=False)  # 32 bytes; seals the numbers of service phones
    channels: tuple[str, ...] = ()  # on which service phones are reached: matrix, push, sms, voice
    matrix_key: str = field(default="", repr=False)  # opens the crypto stores of our Matrix accounts
    contact_account: str = ""  # Matrix account to which help-seekers write; "" while that door is closed
    push_key: bytes | None = field(default=None, repr=False)  # PEM, VAPID
    sms_gateway: str = "https://gateway.seven.io"
    sms_key: str = field(default="", repr=False)  # of the account at the gateway
    sms_sender: str = ""
    hotline: str = ""  # who carries the calls of the telephone door: baresip, asterisk, sipgate; "" while it is closed
    hotline_numbers: tuple[str, ...] = ()  # our own, E.164; never called back
    hotline_watchdogs: tuple[str, ...] = ()  # numbers that `canary --channel hotline` calls from: to the test team only
    hotline_accounts: tuple[str, ...] = field(default=(), repr=False)  # SIP accounts for baresip, one for each line
    hotline_address: str = "127.0.0.1:5070"  # where baresip speaks SIP; each line takes two ports
    hotline_gateway: str = ""  # host[:port] that takes our own calls; "": that of the first account
    hotline_hide: str = ""  # dialled before a number to hide ours, where the provider wants that: "*31#"
    hotline_lines: int = 4  # dialogues at once through asterisk or sipgate; with baresip the accounts count
    hotline_ari_url: str = "http://127.0.0.1:8088/ari"
    hotline_ari_key: str = field(default="", repr=False)  # "user:password" of ari.conf
    hotline_trunk: str = "PJSIP/{number}@trunk"  # how Asterisk calls somebody
    hotline_webhook_key: str = field(default="", repr=False)  # "user:password" with which the provider asks
    hotline_recordings: Path | None = None  # sentences spoken by people, in place of the made ones
    test_alarm: str = "10:00"  # every day at this local time; "off" for never
    heartbeat_url: str = field(default="", repr=False)  # called while all is well (dead man's switch)
    information_flow: Path | None = None  # the network's own table (TOML); else config/information_flow.toml
    operator: tuple[str, ...] = ()  # name and address, line by line, for the legal notice

    @property
    def directory_folder(self) -> Path:
        """Where the signed directory, its predecessors and the keys lie."""
        return self.data_folder / "directory"

    @property
    def hotline_folder(self) -> Path:
        """Made recordings, and what the lines need."""
        return self.data_folder / "hotline"

    @property
    def staff_folder(self) -> Path:
        """Session and crypto store of the staff account."""
        return self.data_folder / "matrix" / "staff"

    @property
    def contact_folder(self) -> Path:
        """Session and crypto store of the account that help-seekers write to."""
        return self.data_folder / "matrix" / "contact"


# ------------------------------------------------------------------------------------ one reader for each setting


def _text(value: object, _: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError('a text in quotes, such as "sqlite"')
    return value.strip()


def _host(value: object, base: Path) -> str:
    text = _text(value, base)
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise ValueError('a host name or an IP address, such as "127.0.0.1"')
    return text


def _between(least: int, most: int) -> Callable[[object, Path], int]:
    def read(value: object, _: Path) -> int:
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip()):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return value

    return read


def _url(value: object, base: Path) -> str:
    text = _text(value, base)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError('a web address, such as "https://kontakt.example.org"')
    return text


def _public_url(value: object, base: Path) -> str:
    text = _url(value, base).rstrip("/")
    host = urlsplit(text).hostname or ""
    if text.startswith("http://") and host not in ("localhost", "127.0.0.1", "::1") and not host.endswith(".onion"):
        raise ValueError("https:// (plain http is for 127.0.0.1 and onion services only)")
    if urlsplit(text).path:
        raise ValueError("an address without a path; the service wants a host of its own")
    return text


def _folder(value: object, base: Path) -> Path:
    return (base / Path(_text(value, base)).expanduser()).resolve()


def _existing(value: object, base: Path) -> Path:
    path = _folder(value, base)
    if not path.is_file():
        raise ValueError(f"the path of a file; {path} is none")
    return path


def _database(value: object, base: Path) -> str:
    text = _text(value, base)
    if text != "sqlite" and not re.match(r"postgres(ql)?://", text):
        raise ValueError('"sqlite", or "postgresql://user:password@host/name"')
    return text


def _root_key(value: object, base: Path) -> bytes:
    text = _text(value, base).replace(" ", "").replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError("64 hexadecimal digits, as `erstkontakt directory init` printed them")
    return bytes.fromhex(text)


def _languages(value: object, base: Path) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ValueError('a list such as ["de", "en"]')
    found = tuple(word.strip() for word in words)
    if unknown := [word for word in found if word not in ("de", "en")]:
        raise ValueError(f'languages that exist: "de" and "en"; not {", ".join(unknown)}')
    if found[0] != "de":
        raise ValueError('"de" first: German is the language of the source texts')
    return tuple(dict.fromkeys(found))


def _at_rest_key(value: object, base: Path) -> bytes:
    text = _text(value, base).replace(" ", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", text) or len(set(text)) == 1:
        raise ValueError("64 random hexadecimal digits, as `erstkontakt init` writes them into at-rest.key")
    return bytes.fromhex(text)


def _channels(value: object, _: Path) -> tuple[str, ...]:
    words = [word for word in value.split(",") if word.strip()] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError('a list such as ["matrix", "push", "sms", "voice"]')
    found = tuple(dict.fromkeys(word.strip() for word in words))
    if unknown := [word for word in found if word not in ("matrix", "push", "sms", "voice")]:
        raise ValueError(f'channels that exist: "matrix", "push", "sms", "voice"; not {", ".join(unknown)}')
    return found


def _matrix_key(value: object, base: Path) -> str:
    text = _text(value, base)
    if len(text) < 32 or len(set(text)) < 8:
        raise ValueError("at least 32 random characters, as `erstkontakt init` writes them into matrix.key")
    return text


def _matrix_account(value: object, base: Path) -> str:
    text = _text(value, base)
    if len(text) > 255 or not re.fullmatch(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.-]+(:\d{1,5})?", text):
        raise ValueError('a Matrix account, such as "@kontakt:example.org"')
    return text


def _push_key(value: object, base: Path) -> bytes:
    text = _text(value, base)
    if not re.fullmatch(r"-----BEGIN PRIVATE KEY-----[A-Za-z0-9+/=\s]+-----END PRIVATE KEY-----", text):
        raise ValueError("a private key in PEM, as `erstkontakt init` writes it into push.key")
    return text.encode()


def _gateway(value: object, base: Path) -> str:
    text = _url(value, base).rstrip("/")
    if text.startswith("http://") and urlsplit(text).hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("https:// (numbers of service phones go there)")
    return text


def _sender(value: object, _: Path) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9 ]{0,11}|\+?[0-9]{3,16}", value):
        raise ValueError('at most 11 letters and digits, or a number, such as "Dienst"')
    return value


def _one_of(*names: str) -> Callable[[object, Path], str]:
    def read(value: object, _: Path) -> str:
        if value not in names:
            raise ValueError(f"one of {', '.join(names)}")
        return str(value)

    return read


def _numbers(value: object, base: Path) -> tuple[str, ...]:
    found = _lines(value.replace(",", "\n") if isinstance(value, str) else value, base)
    if not all(re.fullmatch(r"\+[1-9][0-9]{6,14}", number) for number in found):
        raise ValueError('a list of numbers with the country code, such as ["+493855550100"]')
    return found


def _accounts(value: object, base: Path) -> tuple[str, ...]:
    found = _lines(value, base)
    if not found or not all(re.fullmatch(r"<?sips?:[^@;<>\s]+@[^;<>\s]+>?(;\S*)?", line) for line in found):
        raise ValueError(
            "a SIP account in each line, such as sip:user@provider.example;auth_user=user;auth_pass=secret"
        )
    return found


def _address(value: object, base: Path) -> str:
    text = _text(value, base)
    if not re.fullmatch(r"[0-9a-fA-F.:]+:[0-9]{1,5}", text):
        raise ValueError('an IP address and a port, such as "127.0.0.1:5070"')
    return text


def _user_and_password(value: object, base: Path) -> str:
    text = _text(value, base)
    if not re.fullmatch(r"[^:\s]+:\S{8,}", text):
        raise ValueError("user:password, the password of at least eight characters")
    return text


def _trunk(value: object, base: Path) -> str:
    text = _text(value, base)
    if text.count("{number}") != 1 or set("{}") & set(text.replace("{number}", "")):
        raise ValueError('how Asterisk calls a number, such as "PJSIP/{number}@trunk"')
    return text


def _prefix(value: object, _: Path) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9*#]{0,8}", value):
        raise ValueError('keys of a telephone, such as "*31#"')
    return value


def _time_or_off(value: object, base: Path) -> str:
    text = _text(value, base)
    if text == "off":
        return ""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError('a time of the day such as "10:00", or "off"')
    return text


def _heartbeat(value: object, base: Path) -> str:
    text = _text(value, base)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise ValueError('a web address, such as "https://hc.example.org/ping/…"')
    return text


def _lines(value: object, _: Path) -> tuple[str, ...]:
    lines = value.split("\n") if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(line, str) and len(line) <= 200 for line in lines):
        raise ValueError('a list of lines, such as ["Verein e. V.", "Hauptstraße 1", "19053 Schwerin"]')
    return tuple(line.strip() for line in lines if line.strip())


_READERS: dict[str, Callable[[object, Path], Any]] = {
    "root_key": _root_key,
    "data_folder": _folder,
    "listen_host": _host,
    "listen_port": _between(0, 65535),
    "public_url": _public_url,
    "database": _database,
    "languages": _languages,
    "neutral_exit_url": _url,
    "stamp_bits": _between(0, 24),
    "stamp_bits_most": _between(0, 24),
    "calm_per_minute": _between(1, 1_000_000),
    "no_js_per_minute": _between(1, 1_000_000),
    "at_rest_key": _at_rest_key,
    "channels": _channels,
    "matrix_key": _matrix_key,
    "contact_account": _matrix_account,
    "push_key": _push_key,
    "sms_gateway": _gateway,
    "sms_key": _text,
    "sms_sender": _sender,
    "hotline": _one_of("baresip", "asterisk", "sipgate"),
    "hotline_numbers": _numbers,
    "hotline_watchdogs": _numbers,
    "hotline_accounts": _accounts,
    "hotline_address": _address,
    "hotline_gateway": _host,
    "hotline_hide": _prefix,
    "hotline_lines": _between(1, 200),
    "hotline_ari_url": _url,
    "hotline_ari_key": _user_and_password,
    "hotline_trunk": _trunk,
    "hotline_webhook_key": _user_and_password,
    "hotline_recordings": _folder,
    "test_alarm": _time_or_off,
    "heartbeat_url": _heartbeat,
    "information_flow": _existing,
    "operator": _lines,
}
assert set(_READERS) == {entry.name for entry in fields(Settings)}  # noqa: S101 - a setting without a reader

_SECRET = {
    "database", "at_rest_key", "heartbeat_url", "hotline_accounts", "hotline_ari_key",
    "hotline_webhook_key", "matrix_key", "push_key", "sms_key",
}  # fmt: skip


def read_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from `path` (None: environment only) and the environment. Raises SettingsFaulty with all faults."""
    environment = os.environ if environment is None else environment
    faults: list[Fault] = []
    base = Path.cwd() if path is None else path.resolve().parent
    given: dict[str, tuple[str, object]] = {}
    if path is not None:
        if not path.exists():
            raise SettingsFaulty((Fault(str(path), "there is no such file; `erstkontakt init` makes one"),))
        given.update(_from_file(path, faults))
    given.update(_from_environment(environment, faults))

    values: dict[str, Any] = {}
    for name, (where, value) in given.items():
        if name not in _READERS:
            faults.append(Fault(where, f"unknown setting {name!r}{_perhaps(name)}"))
            continue
        try:
            values[name] = _READERS[name](value, base)
        except ValueError as error:
            shown = "" if name in _SECRET else f", not {_short(value)}"
            faults.append(Fault(where, f"{name} must be {error}{shown}"))
    home = str(path or PREFIX.rstrip("_"))
    for name in ("root_key", "data_folder"):
        if name not in given:
            faults.append(Fault(home, f"{name} is missing; `erstkontakt init` writes it for you"))
    if values.get("stamp_bits", 0) > values.get("stamp_bits_most", _MOST_BITS):
        faults.append(Fault(given["stamp_bits"][0], "stamp_bits must not be above stamp_bits_most"))
    if faults:
        raise SettingsFaulty(tuple(faults))
    return Settings(**values)


def _from_file(path: Path, faults: list[Fault]) -> dict[str, tuple[str, object]]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(str(path), f"cannot be read: {error}"))
        return {}
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        faults.append(Fault(f"{path.name}, line {line[1] if line else '?'}", f"this is not TOML: {error}"))
        # What stands in other lines may be wrong, too; it is looked at as far as each line stands for itself.
        table = _line_by_line(text)
    given = {name: (f"{path.name}, line {_line_of(text, name)}", value) for name, value in table.items()}
    for name in [name for name in given if name.removesuffix("_file") in _SECRET and name.endswith("_file")]:
        where, value = given.pop(name)
        try:
            given[name.removesuffix("_file")] = (
                where,
                _folder(value, path.resolve().parent).read_text("utf-8").strip(),
            )
        except (OSError, UnicodeDecodeError, ValueError) as error:
            faults.append(Fault(where, f"{name} cannot be read: {error}"))
    return given


def _line_by_line(text: str) -> dict[str, object]:
    table: dict[str, object] = {}
    for line in text.splitlines():
        try:
            table.update(tomllib.loads(line))
        except tomllib.TOMLDecodeError:
            if name := re.match(r"\s*([A-Za-z_]\w*)\s*=", line):
                table.pop(name[1], None)
    return {name: value for name, value in table.items() if not isinstance(value, dict)}


def _line_of(text: str, name: str) -> int:
    pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(name)}["']?\s*[\].=]""")
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.match(line):
            return number
    return 1


def _from_environment(environment: Mapping[str, str], faults: list[Fault]) -> dict[str, tuple[str, object]]:
    given: dict[str, tuple[str, object]] = {}
    for variable, value in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable in _NOT_SETTINGS:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name.endswith("_file") and name not in _READERS:
            name = name.removesuffix("_file")
            if PREFIX + name.upper() in environment:
                faults.append(Fault(variable, f"set together with {PREFIX}{name.upper()}; only one of them may be"))
            try:
                value = Path(value).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                faults.append(Fault(variable, f"its file cannot be read: {error}"))
                continue
        given[name] = (variable, value)
    return given


def _perhaps(name: str) -> str:
    near = difflib.get_close_matches(name, _READERS, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(_READERS)}"


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else shown[:37] + "…"
