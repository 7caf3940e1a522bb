"""`erstkontakt canary`: the whole journey of a help-seeker, walked by a machine against a running instance.

Fetch and verify the directory, look up a route, make a code, seal, stamp, send; let the test team open and answer; come
back with the code as a person types it, read the answer, delete everything, and see that it is gone. Prints one line
with the times of all steps and `ok`, or the step that failed and why. Exit 0 or 1, for any monitor.

Only a team that the signed directory marks as a test team is ever written to: no canary lands in front of a
counsellor. It walks as a program in Python; what browsers do is proven by the scenarios and by `erstkontakt audit`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from crypto import passphrase, return_code
from crypto.envelope import Kind, open_envelope, seal
from crypto.errors import CryptoError
from crypto.identity import Identity, MailboxKeys, PublicIdentity
from intake import directory, routing, stamps
from intake.errors import IntakeError

T = TypeVar("T")

GREETING = "Probelauf: diese Anfrage ist von einer Maschine und wird gleich gelöscht."


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "canary",
        help="walk the whole journey against a running instance and say ok or what failed",
        description="Writes to the test team, reads the answer with the return code, deletes everything. "
        "Prints one line; exit status 0 (ok) or 1 (failed). Run it from another machine, every few minutes.",
        epilog="Without --member the team's side is skipped; sealing, sending, coming back and deleting remain.",
    )
    parser.add_argument(
        "--channel",
        choices=["web", "alert", "matrix", "checkin", "handover", "hotline"],
        default="web",
        help="web: write, answer, read, delete; alert: an urgent contact must reach the test team's service phone; "
        "matrix: the same as web through the messenger's door; checkin: a field visit of the test member; "
        "handover: from one test team to another, with the person's signed yes; the member belongs to both; "
        "hotline: a real call leaves a wish to be called back, which the member reads and ends",
    )
    parser.add_argument(
        "--url", required=True, type=address, help="address of the instance, e.g. https://hilfe.example"
    )
    parser.add_argument("--root", required=True, type=root_key, metavar="HEX", help="root verify key, 64 hex digits")
    parser.add_argument("--team", help="id of the test team (default: the first in the directory)")
    parser.add_argument("--kreis", help="also demand that this Kreis (NUTS-3, e.g. DE80M) has a responsible team")
    parser.add_argument("--member", help="member of the test team who answers")
    parser.add_argument("--passphrase-file", type=Path, help="file with that member's passphrase in its first line")
    parser.add_argument("--at-least", type=int, default=0, metavar="N", help="refuse a directory older than version N")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="for each answer (default: 30)")
    room = parser.add_argument_group("for --channel matrix")
    room.add_argument("--contact", metavar="@kontakt:…", help="account of the door")
    room.add_argument("--homeserver", help="address of the watchdog's own homeserver")
    room.add_argument("--account", metavar="@waechter:…", help="the watchdog's own account, used for nothing else")
    room.add_argument("--password-file", type=Path, help="file with that account's password, for the first run")
    room.add_argument("--store", type=Path, help="folder for its device, kept from run to run")
    line = parser.add_argument_group("for --channel hotline")
    line.add_argument("--dial", metavar="SIP-ADDRESS", help="what the watchdog's telephone dials, sip:number@provider")
    line.add_argument("--number", metavar="+49…", help="its own number, which is shown; stands in hotline_watchdogs")
    line.add_argument("--line-file", type=Path, help="file with its SIP account, as in hotline_accounts_file")
    line.add_argument("--sip", type=sip_address, default="127.0.0.1:5066", help="where it speaks SIP (%(default)s)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Walk, print one line, return the exit status."""
    if (arguments.member is None) != (arguments.passphrase_file is None):
        print("--member and --passphrase-file belong together.", file=sys.stderr)
        return 2
    if arguments.channel in ("alert", "checkin", "handover", "hotline") and arguments.member is None:
        print(f"--channel {arguments.channel} needs --member: somebody of the test team must act.", file=sys.stderr)
        return 2
    kind: type[Journey] = Journey
    if arguments.channel == "matrix":
        needed = ("member", "contact", "homeserver", "account", "password_file", "store")
        if missing := [name for name in needed if getattr(arguments, name) is None]:
            print(f"--channel matrix needs --{', --'.join(missing).replace('_', '-')}.", file=sys.stderr)
            return 2
        from intake.cli.canary_matrix import RoomJourney  # with the library for Matrix

        kind = RoomJourney
    if arguments.channel == "checkin":
        from intake.cli.canary_visit import VisitJourney

        kind = VisitJourney
    if arguments.channel == "handover":
        from intake.cli.canary_handover import HandoverJourney

        kind = HandoverJourney
    if arguments.channel == "hotline":
        if missing := [name for name in ("dial", "number", "line_file") if getattr(arguments, name) is None]:
            print(f"--channel hotline needs --{', --'.join(missing).replace('_', '-')}.", file=sys.stderr)
            return 2
        from intake.cli.canary_hotline import CallJourney

        kind = CallJourney
    journey = kind(arguments.url, arguments.root, arguments)
    try:
        asyncio.run(journey.walk())
    except Failed as reason:
        print(f"failed {arguments.channel} at {reason} [{journey.times}]")
        return 1
    print(f"ok {arguments.channel} {journey.total:.2f}s [{journey.times}]")
    return 0


def address(text: str) -> str:
    """The address of an instance as typed, without a slash at its end."""
    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is no address; it begins with https:// (or http:// for a test)")
    return text.strip().rstrip("/")


def sip_address(text: str) -> tuple[str, int]:
    """An IP address of this machine and a port, as typed."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no address of this machine with a port, such as 127.0.0.1:5066")
    return host, int(port)


def root_key(text: str) -> bytes:
    """A root verify key as typed: 64 hex digits, blanks and colons are forgiven."""
    try:
        root = bytes.fromhex(text.strip().replace(":", "").replace(" ", ""))
    except ValueError:
        root = b""
    if len(root) != 32:
        raise argparse.ArgumentTypeError(
            "the root verify key has 64 hex digits; `erstkontakt directory verify` shows it"
        )
    return root


class Failed(Exception):
    """A step did not do what it must; the sentence says what was expected and what came."""


@dataclass
class Journey:
    """One walk. `times` says how long each step took."""

    url: str
    root: bytes
    wishes: argparse.Namespace
    taken: dict[str, float] = field(default_factory=dict)
    session: str = ""
    http: aiohttp.ClientSession = field(init=False, repr=False)

    @property
    def total(self) -> float:
        return sum(self.taken.values())

    @property
    def times(self) -> str:
        return " ".join(f"{step}={seconds:.3f}" for step, seconds in self.taken.items())

    async def walk(self) -> None:
        """All steps in order. Raises Failed; whatever was sent is deleted in any case."""
        timeout = aiohttp.ClientTimeout(total=self.wishes.timeout)
        async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as self.http:
            book = await self.do("directory", self.fetch_directory)
            team = await self.do("key", lambda: self.fetch_team(book))
            await self.do("route", lambda: self.look_up(book))
            await self.through_doors(book, team)

    async def through_doors(self, book: directory.Directory, team: TestTeam) -> None:
        """All that comes after the directory."""
        words, keys, person = await self.do("code", lambda: self.make_code(book))
        text = f"{GREETING} {secrets.token_hex(8)}"
        try:
            await self.do("send", lambda: self.send(team, keys, person, text))
            await self.do("stored", lambda: self.find_own(keys, person, text))
            if self.wishes.channel == "alert":
                await self.do("alert", lambda: self.be_alerted(team, keys))
                await self.do("erase", lambda: self.erase(keys))
                return
            answered = ""
            if self.wishes.member:
                answered = await self.do("team", lambda: self.answer_as_team(team, keys, text))
            await self.do("return", lambda: self.come_back(book, words, team, answered))
        except Failed:
            with contextlib.suppress(Failed):  # the first reason is the one to tell
                await self.do("erase", lambda: self.erase(keys))
            raise
        await self.do("erase", lambda: self.erase(keys))

    async def do(self, step: str, work: Callable[[], Awaitable[T]]) -> T:
        """Run one step on the clock; every way of failing becomes one sentence."""
        began = time.perf_counter()
        try:
            return await work()
        except Failed as reason:
            raise Failed(f"{step}: {reason}") from reason
        except (CryptoError, IntakeError) as error:
            raise Failed(f"{step}: {type(error).__name__}: {error}") from error
        except TimeoutError as error:
            raise Failed(f"{step}: no answer within {self.wishes.timeout:g} seconds") from error
        except aiohttp.ClientError as error:
            raise Failed(f"{step}: the line broke: {error}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise Failed(f"{step}: the answer has another form than documented: {error!r}") from error
        finally:
            self.taken[step] = time.perf_counter() - began

    # ------------------------------------------------------------------------------------- the help-seeker's steps

    async def fetch_directory(self) -> directory.Directory:
        blob = await self.fetch("/verzeichnis")
        return directory.read(blob, self.root, datetime.now(UTC), self.wishes.at_least)

    async def fetch_team(self, book: directory.Directory) -> TestTeam:
        marked = [team for team in book.teams if team.test and self.wishes.team in {None, team.id}]
        if not marked:
            which = ", ".join(team.id for team in book.teams if team.test) or "none"
            raise Failed(f"a test team is needed to write to; the directory marks: {which}")
        return await self.key_of(marked[0])

    async def key_of(self, team: directory.Team) -> TestTeam:
        kem = await self.fetch(f"/schluessel/{team.kid}")
        if sha256(kem).hexdigest() != team.key_hash:
            raise Failed(f"the served key of {team.id} is not the one in the directory")
        return TestTeam(team.id, PublicIdentity(kem, bytes.fromhex(team.verify)))

    async def look_up(self, book: directory.Directory) -> None:
        tests = {team.id for team in book.teams if team.test}
        found = routing.look_up(book.routing, kreis=self.wishes.kreis, phenomena=(), role="exit")
        if not found.candidates:
            raise Failed(f"no team is responsible for {self.wishes.kreis or 'somebody who says no place'}")
        if tests & {candidate.team for candidate in (*found.candidates, *found.alternatives)}:
            raise Failed("a test team is offered to help-seekers")

    async def make_code(self, book: directory.Directory) -> tuple[str, MailboxKeys, Identity]:
        words = return_code.generate()
        seed = await self.stretch(book, words)
        return " ".join(words), MailboxKeys.from_seed(seed), Identity.from_seed(seed)

    async def stretch(self, book: directory.Directory, words: tuple[str, ...]) -> bytes:
        cost = book.network.code
        return await asyncio.to_thread(return_code.stretch, words, cost.salt, cost.memory_kib, cost.passes)

    async def send(self, team: TestTeam, keys: MailboxKeys, person: Identity, text: str) -> None:
        payload = {
            "v": 1,
            "lang": "de",
            "role": "exit",
            "phenomena": [],
            "kreis": self.wishes.kreis,
            "text": text,
            "urgent": self.wishes.channel == "alert",
            "wishes": {"only_civil": False, "not_carriers": []},
            "keys": {"kem": b64(person.public.kem), "verify": b64(person.public.verify)},
            "sent": minute(),
        }
        envelope = seal(Kind.CONTACT, keys.id, _json(payload), [team.public, person.public], person)
        form = {
            "team": team.id,
            "token_hash": b64(keys.token_hash),
            "urgent": self.wishes.channel == "alert",
            "envelope": b64(envelope),
        }
        await self.stamped("/api/contacts", form, envelope, 201)

    async def find_own(self, keys: MailboxKeys, person: Identity, text: str) -> None:
        entries = (await self.open_mailbox(keys))["entries"]
        own = _payload(entries[0]["envelope"], person, keys.id, None)
        if len(entries) != 1 or own["text"] != text:
            raise Failed("what is stored is not what was sent")

    async def come_back(self, book: directory.Directory, words: str, team: TestTeam, answered: str) -> None:
        typed = return_code.parse(words.upper().replace(" ", "-\n"))  # as people type it
        seed = await self.stretch(book, typed)
        keys, person = MailboxKeys.from_seed(seed), Identity.from_seed(seed)
        entries = (await self.open_mailbox(keys))["entries"]
        if not answered:
            return
        answer = _payload(entries[-1]["envelope"], person, keys.id, team.public.verify)
        if entries[-1]["author"] != "team" or answer["text"] != answered:
            raise Failed("the answer that came back is not the one that the team wrote")

    async def erase(self, keys: MailboxKeys) -> None:
        name = {"mailbox": b64(keys.id), "token": b64(keys.token)}
        status, answer = await self.call("POST", "/api/mailbox/erase", name)
        self.expect(200, status, answer)
        status, answer = await self.open(keys)
        self.expect(404, status, answer)

    async def open_mailbox(self, keys: MailboxKeys) -> dict[str, Any]:
        status, answer = await self.open(keys)
        self.expect(200, status, answer)
        return answer

    async def open(self, keys: MailboxKeys) -> tuple[int, dict[str, Any]]:
        return await self.call("POST", "/api/mailbox/open", {"mailbox": b64(keys.id), "token": b64(keys.token)})

    # ---------------------------------------------------------------------------------------------- the team's side

    async def answer_as_team(self, team: TestTeam, keys: MailboxKeys, text: str) -> str:
        """Log in as the member, open the grant, open the contact, answer. Returns the answer's text."""
        seed = await self.log_in(team)
        reader = Identity.from_seed(seed)
        if reader.public.kid != team.public.kid:
            raise Failed("the member was granted another key than the directory names; grant the new epoch")
        try:
            return await self.write_answer(team, reader, keys, text)
        finally:
            await self.call("POST", "/api/team/logout", {})
            self.session = ""

    async def be_alerted(self, team: TestTeam, keys: MailboxKeys) -> None:
        """The alert is there, was brought on every channel of the test member, and taking over claims the contact."""
        await self.log_in(team)
        try:
            alert = await self.find_alert(keys)
            status, reply = await self.call("POST", f"/api/team/alerts/{alert['id']}/take", {})
            self.expect(200, status, reply)
            if reply["reply"] != "yours":
                raise Failed(f"taking over was answered with {reply['reply']}")
            status, row = await self.call("GET", f"/api/team/contacts/{keys.id.hex()}")
            self.expect(200, status, row)
            if not row["claimed_by"] or row["claimed_by"]["id"] != self.wishes.member:
                raise Failed("taking over the alert did not claim the contact")
        finally:
            await self.call("POST", "/api/team/logout", {})
            self.session = ""

    async def find_alert(self, keys: MailboxKeys) -> dict[str, Any]:
        """The alert about our contact, once nothing of it waits any more."""
        end = time.monotonic() + float(self.wishes.timeout)
        while True:
            status, found = await self.call("GET", "/api/team/alerts")
            self.expect(200, status, found)
            alert = next((one for one in found["alerts"] if one["mailbox"] == keys.id.hex()), None)
            if alert is None:
                raise Failed("no alert: nobody of the test team can be reached; give the member a verified phone")
            waiting = [one for one in alert["deliveries"] if one["state"] == "waiting"]
            if dead := [one for one in alert["deliveries"] if one["state"] == "dead"]:
                raise Failed(f"{dead[0]['channel']} failed: {dead[0]['trouble']}")
            if alert["phase"] != "pending" and not waiting:
                return dict(alert)
            if time.monotonic() > end:
                stuck = ", ".join(f"{one['channel']} ({one['trouble'] or 'not tried'})" for one in waiting)
                raise Failed(f"not brought within {self.wishes.timeout:g} seconds: {stuck or alert['phase']}")
            await asyncio.sleep(0.2)

    async def write_answer(self, team: TestTeam, reader: Identity, keys: MailboxKeys, text: str) -> str:
        contact = f"/api/team/contacts/{keys.id.hex()}"
        status, inbox = await self.call("GET", f"/api/team/contacts?box=new&team={team.id}")
        self.expect(200, status, inbox)
        status, row = await self.call("POST", f"{contact}/claim", {})
        self.expect(200, status, row)
        asked = _payload(row["entries"][0]["envelope"], reader, keys.id, None)
        if asked["text"] != text:
            raise Failed("the team reads something else than was sent")
        mailbox = PublicIdentity(*(base64.b64decode(asked["keys"][part]) for part in ("kem", "verify")))
        said = f"Angekommen. {secrets.token_hex(8)}"
        payload = {"v": 1, "text": said, "from": "Beratungsteam", "sent": minute()}
        envelope = seal(Kind.ANSWER, keys.id, _json(payload), [mailbox, team.public], reader)
        status, answer = await self.call("POST", f"{contact}/answers", {"envelope": b64(envelope)})
        self.expect(201, status, answer)
        return said

    async def log_in(self, team: TestTeam) -> bytes:
        """The team's seed, from the grant to the member, whose seed the passphrase unlocks."""
        own, grants = await self.enter()
        return self.granted(team, own, grants)

    async def enter(self) -> tuple[Identity, dict[str, str]]:
        """Begins a session; the member's own identity, and the grant of each team."""
        member = self.wishes.member
        try:
            spoken = self.wishes.passphrase_file.read_text("utf-8").split("\n", 1)[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Failed(f"the passphrase file cannot be read: {error}") from error
        status, hello = await self.call("POST", "/api/team/hello", {"member": member})
        self.expect(200, status, hello)
        salt = base64.b64decode(hello["salt"])
        unlocked = await asyncio.to_thread(passphrase.unlock, spoken, salt, hello["memory_kib"], hello["passes"])
        form = {"member": member, "login_key": b64(unlocked.login_key)}
        status, login = await self.call("POST", "/api/team/login", form)
        self.expect(200, status, login)
        self.session = login["session"]
        own = Identity.from_seed(passphrase.unwrap(base64.b64decode(login["wrapped_seed"]), unlocked.wrapping_key))
        grants: dict[str, str] = {}
        for row in login["teams"]:
            if row["grant"]:
                grants.setdefault(row["team"], row["grant"])  # the epoch in force comes first
        return own, grants

    def granted(self, team: TestTeam, own: Identity, grants: dict[str, str]) -> bytes:
        """The team's seed. Raises Failed without a grant."""
        if team.id not in grants:
            raise Failed(f"{self.wishes.member} was not granted the key of {team.id}")
        context = sha256(b"erstkontakt/1 member" + self.wishes.member.encode()).digest()[:16]
        return base64.b64decode(_payload(grants[team.id], own, context, team.public.verify)["seed"])

    # ------------------------------------------------------------------------------------------------------ the line

    async def fetch(self, path: str) -> bytes:
        async with self.http.get(self.url + path, allow_redirects=False) as answer:
            body = await answer.read()
            if answer.status != 200:
                raise Failed(f"GET {path.split('?')[0]} was answered with {answer.status}")
            return body

    async def call(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.session}"} if self.session else {}
        async with self.http.request(
            method, self.url + path, json=form, headers=headers, allow_redirects=False
        ) as answer:
            found = await answer.json()
            if not isinstance(found, dict):
                raise TypeError(f"{method} {path} gave no JSON object")
            return answer.status, found

    async def stamped(self, path: str, form: dict[str, Any], envelope: bytes, wanted: int) -> None:
        """Sends what needs a proof of work over the envelope; the price may rise while we pay."""
        hour, bits = int(time.time()) // 3600, 12
        for _ in range(3):
            stamp = {"hour": hour, "counter": await asyncio.to_thread(stamps.solve, envelope, hour, bits)}
            status, answer = await self.call("POST", path, form | {"stamp": stamp})
            if status != 428:
                break
            hour, bits = answer["hour"], answer["bits"]
        self.expect(wanted, status, answer)

    def expect(self, wanted: int, status: int, answer: dict[str, Any]) -> None:
        if status != wanted:
            raise Failed(f"expected {wanted}, got {status} {answer.get('error', '')}: {answer.get('message', '')}")


@dataclass(frozen=True)
class TestTeam:
    """The team that is written to."""

    id: str
    public: PublicIdentity


def _payload(envelope: str, reader: Identity, context: bytes, sender: bytes | None) -> dict[str, Any]:
    opened = open_envelope(base64.b64decode(envelope), reader, context=context, sender_verify=sender)
    found = json.loads(opened.payload)
    if not isinstance(found, dict):
        raise TypeError("a payload is a JSON object")
    return found


def _json(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def minute() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")
