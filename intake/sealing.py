"""Sealing and opening on somebody's behalf: for doors whose visitors cannot seal for themselves and are told so first.

    web, without JavaScript     for the length of a request (a letter) or of a sitting (an opened mailbox)
    the messenger's bot         from "fertig" until the desk has it; an answer until it is handed on
    erstkontakt chat            on the person's own machine, with the desk here or far away
    the telephone door          when the last answer is typed; there is no text, but a number and four digits

This is the one place in the service where a help-seeker's words are readable. They are so in memory only, and are never
written or logged.

    write    text -> CONTACT for (team, person), as the browser would seal it
    Opened   a mailbox opened with its eight words: letters, more letters, another team, erasing
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal, Protocol

import msgspec

from crypto.envelope import Kind, inspect, open_envelope, reseal, seal
from crypto.errors import CryptoError, SignatureForged
from crypto.identity import Identity, MailboxKeys, PublicIdentity, derive
from crypto.return_code import generate, stretch
from intake.agreement import Agreement, decode, encode
from intake.callback_desk import Wanted
from intake.callbacks import OPEN
from intake.desk import Clock, OpenMailbox, Receipt, Stamp, date_of
from intake.directory import Directory, Team, check_time
from intake.errors import CodeUnclear, SealingFailed, TeamUnknown, TextEmpty, TextTooLong, TooMany
from intake.routing import Found
from intake.wishes import Wishes

MOST_CHARACTERS = 200_000
LARGEST_FILE = 10 * 2**20
AT_ONCE = 2  # Argon2id by us costs memory and a core; nobody is refused for it before the queue is long
MOST_WAITING = 40


Handing = Callable[[bytes, tuple[str, ...]], Awaitable[None]]  # seed (32 bytes) and words of what is being sent
Take = Callable[[bytes, bytes, bytes], Awaitable[int]]  # mailbox, token, envelope -> number


class Directories(Protocol):
    """What sealing needs of intake.network.Network."""

    @property
    def directory(self) -> Directory: ...
    def key(self, kid: str) -> bytes: ...


class Counter(Protocol):
    """What sealing needs of the desk: intake.desk.Desk in this process, or one behind an address (cli/far_desk.py)."""

    @property
    def network(self) -> Directories: ...
    @property
    def clock(self) -> Clock: ...
    async def receive_contact(
        self,
        *,
        team: str,
        token_hash: bytes,
        urgent: bool,
        envelope: bytes,
        stamp: Stamp | None,
        channel: str,
        callback: Wanted | None = None,
    ) -> Receipt: ...
    def hold_number(self, number: str, mailbox: bytes, until: datetime) -> None: ...
    async def open_mailbox(self, mailbox: bytes, token: bytes) -> OpenMailbox: ...
    async def agree_callback(
        self, mailbox: bytes, token: bytes, wanted: Wanted, stamp: Stamp | None, channel: str
    ) -> None: ...
    async def withdraw_callback(self, mailbox: bytes, token: bytes) -> None: ...
    async def call_times(self, team: str) -> tuple[tuple[str, str, str], ...]: ...
    async def add_message(
        self, mailbox: bytes, token: bytes, envelope: bytes, stamp: Stamp | None, channel: str
    ) -> int: ...
    async def move_contact(
        self,
        mailbox: bytes,
        token: bytes,
        team: str,
        envelopes: list[tuple[int, bytes]],
        callback: bytes | None = None,
    ) -> Receipt: ...
    async def erase_mailbox(self, mailbox: bytes, token: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What is shown after sending, once. ``seed`` (32 bytes) opens the mailbox, as the words do."""

    words: tuple[str, ...]
    receipt: Receipt
    seed: bytes

    def __repr__(self) -> str:
        return "<Sent ...>"


@dataclass(frozen=True, slots=True)
class Code:
    """A return code and the seed (32 bytes) that it stands for, made before it is needed: the step takes its time."""

    words: tuple[str, ...]
    seed: bytes

    def __repr__(self) -> str:
        return "<Code ...>"


@dataclass(frozen=True, slots=True)
class Letter:
    """One entry of an opened mailbox. ``trust``: genuine, forged, unreadable; the text is empty unless genuine."""

    number: int
    author: str
    day: date
    trust: str
    text: str = field(default="", repr=False)
    team: str = ""


class _Wished(msgspec.Struct):
    only_civil: bool
    not_carriers: Annotated[list[str], msgspec.Meta(max_length=200)]


class _Contact(msgspec.Struct):
    role: Literal["exit", "relative", "professional", "own_concern"]
    phenomena: Annotated[list[str], msgspec.Meta(max_length=8)]
    kreis: str | None
    text: str
    wishes: _Wished


class _Field(msgspec.Struct):
    text: str = ""


class _Sheet(msgspec.Struct):
    sheet: str
    fields: list[_Field]


class _Text(msgspec.Struct):
    text: str


def checked(text: str) -> str:
    """The text as it is sealed: line breaks of one kind, no NUL. Raises TextEmpty, TextTooLong."""
    text = text.replace("\r\n", "\n").replace("\0", "")
    if not text.strip():
        raise TextEmpty
    if len(text) > MOST_CHARACTERS:
        raise TextTooLong
    return text


def minute(now: datetime) -> str:
    """Minutes are enough; seconds would only help to match a contact with a line of somebody's log."""
    return now.strftime("%Y-%m-%dT%H:%MZ")


def _words_of(form: bytes, content: bytes) -> tuple[str, ...]:
    digest = hashlib.sha256(content).hexdigest()
    return generate(lambda size: derive(form, f"erstkontakt/1 no-js code {digest}", size))


class Sealer:
    """Seals and opens with the desk's network and clock. One for each door; ``channel`` is the door's name."""

    def __init__(self, desk: Counter, channel: str) -> None:
        self.desk = desk
        self.channel = channel
        self._argon2 = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    def directory(self) -> Directory:
        """The directory, unless its time is over. Raises DirectoryUnusable."""
        directory = self.desk.network.directory
        check_time(directory, self.desk.clock())
        return directory

    def reader(self, team: Team) -> PublicIdentity:
        """The team's keys, held against the hash in the signed directory. Raises SealingFailed."""
        try:
            kem = self.desk.network.key(team.kid)
            if hashlib.sha256(kem).hexdigest() != team.key_hash:
                raise SealingFailed(f"the key of {team.id} is not the one in the directory")
            return PublicIdentity(kem, bytes.fromhex(team.verify))
        except (KeyError, CryptoError) as error:
            raise SealingFailed(f"no usable key for {team.id}") from error

    async def seed(self, words: Sequence[str]) -> bytes:
        """The slow step from words to seed. Raises TooMany when too many wait for it."""
        if self._waiting >= MOST_WAITING:
            raise TooMany(retry_after=10)
        cost = self.desk.network.directory.network.code
        self._waiting += 1
        try:
            async with self._argon2:
                return await asyncio.to_thread(stretch, words, cost.salt, cost.memory_kib, cost.passes)
        finally:
            self._waiting -= 1

    async def new_code(self) -> Code:
        """A fresh return code. Raises TooMany."""
        words = generate()
        return Code(words, await self.seed(words))

    async def write(
        self,
        *,
        lang: str,
        wishes: Wishes,
        team: Team,
        text: str,
        urgent: bool,
        form: bytes | Code,
        before: Handing | None = None,
        agreed: Agreement | None = None,
    ) -> Sent:
        """Seals a first contact and hands it to the desk.

        ``form`` is the random secret of this form (32 bytes). The code follows from it and from what is sent, so the
        same form sent twice is one contact with one code, also across a restart, and nothing has to be remembered.
        A door that holds one sitting in memory may give a ready Code instead; the same one again is the same contact.
        ``before`` is called with seed and words just before: what it keeps outlives a crash in between. ``agreed``: a
        callback, sealed in an envelope of its own and stored together with the contact or not at all.
        Raises TextEmpty, TextTooLong, TeamUnknown, SealingFailed and what the desk raises.
        """
        text = checked(text)
        directory = self.directory()
        if team not in directory.teams or not wishes.allow(directory, team):
            raise TeamUnknown
        if isinstance(form, Code):
            words, seed = form.words, form.seed
        else:
            rules = [] if agreed is None else [msgspec.structs.replace(agreed, sent="")]
            content = [team.id, urgent, msgspec.structs.astuple(_Text(text)), *rules]
            words = _words_of(form, msgspec.json.encode(content))
            seed = await self.seed(words)
        person, mailbox = Identity.from_seed(seed), MailboxKeys.from_seed(seed)
        now = self.desk.clock()
        payload = msgspec.json.encode(
            {
                "v": 1,
                "lang": lang,
                "role": wishes.role,
                "phenomena": wishes.phenomena,
                "kreis": wishes.kreis,
                "text": text,
                "urgent": urgent,
                "wishes": {"only_civil": wishes.only_civil, "not_carriers": wishes.not_carriers},
                "keys": {"kem": person.public.kem, "verify": person.public.verify},
                "sent": minute(now),
            }
        )
        envelope = self._seal(Kind.CONTACT, mailbox.id, payload, team, person)
        wanted = None if agreed is None else self._wanted(agreed, mailbox, team, person)
        if before is not None:
            await before(seed, words)
        receipt = await self.desk.receive_contact(
            team=team.id,
            token_hash=mailbox.token_hash,
            urgent=urgent,
            envelope=envelope,
            stamp=None,
            channel=self.channel,
            callback=wanted,
        )
        return Sent(words, receipt, seed)

    async def open(self, words: Sequence[str]) -> Opened:
        """Opens a mailbox with its eight words. Raises NoMailbox, TooMany, Unavailable."""
        return await self.open_with(await self.seed(words))

    async def open_with(self, seed: bytes) -> Opened:
        """Opens a mailbox with the seed (32 bytes) that its words stand for. Raises NoMailbox, Unavailable."""
        opened = Opened(self, Identity.from_seed(seed), MailboxKeys.from_seed(seed))
        await opened.refresh()
        return opened

    def _wanted(self, agreed: Agreement, mailbox: MailboxKeys, team: Team, person: Identity) -> Wanted:
        """Seals an agreement. Raises NumberTaken while another mailbox waits for a call to this number."""
        wishes = agreed.wishes()
        self.desk.hold_number(agreed.number, mailbox.id, max(wish.span().end for wish in wishes))
        return Wanted(wishes, self._seal(Kind.CALLBACK, mailbox.id, encode(agreed), team, person))

    def _seal(self, kind: Kind, context: bytes, payload: bytes, team: Team, person: Identity) -> bytes:
        try:
            return seal(kind, context, payload, [self.reader(team), person.public], person)
        except (CryptoError, ValueError) as error:
            # Fail closed: what cannot be sealed is not sent and not kept.
            raise SealingFailed(type(error).__name__) from None


class Opened:
    """A mailbox that lies open in memory for one sitting."""

    def __init__(self, sealer: Sealer, person: Identity, mailbox: MailboxKeys) -> None:
        self._sealer = sealer
        self._person = person
        self._mailbox = mailbox
        self._answer: OpenMailbox | None = None
        self._wishes: Wishes | None = None
        self.letters: tuple[Letter, ...] = ()
        self.agreement: Agreement | None = None

    def __repr__(self) -> str:
        return "<Opened ...>"

    @property
    def answer(self) -> OpenMailbox:
        """State, team and dates as the desk last said."""
        if self._answer is None:
            raise CodeUnclear("not opened yet")
        return self._answer

    @property
    def team(self) -> Team:
        """Who reads this mailbox. Raises TeamUnknown."""
        return self._sealer.directory().team(self.answer.team)

    @property
    def movable(self) -> bool:
        """Nobody has taken the contact yet, and all that the person has sent can be sealed again (letters only)."""
        own = [letter for letter in self.letters if letter.author == "person"]
        movable = self.answer.state == "received" and not self.answer.attachments
        return movable and all(letter.trust == "genuine" for letter in own)

    def offers(self) -> Found:
        """Teams that fit the first letter's own answers and wishes. Raises TeamUnknown, KreisUnknown."""
        if self._wishes is None:
            raise TeamUnknown
        return self._wishes.found(self._sealer.directory(), self._sealer.desk.clock().date())

    async def refresh(self) -> None:
        """Fetches and opens all letters again. Raises NoMailbox, Unavailable."""
        self._answer = await self._sealer.desk.open_mailbox(self._mailbox.id, self._mailbox.token)
        directory = self._sealer.desk.network.directory
        self.letters = tuple(self._letter(entry, directory) for entry in self._answer.entries)
        self.agreement = self._agreement()

    async def write(self, text: str) -> int:
        """One more letter. Raises TextEmpty, TextTooLong, TeamUnknown, SealingFailed and what the desk raises."""
        text = checked(text)
        payload = msgspec.json.encode({"v": 1, "text": text, "sent": minute(self._sealer.desk.clock())})
        team = self._wished(self.team)
        envelope = self._sealer._seal(Kind.MESSAGE, self._mailbox.id, payload, team, self._person)
        return await self._sealer.desk.add_message(
            self._mailbox.id, self._mailbox.token, envelope, stamp=None, channel=self._sealer.channel
        )

    async def attach(self, name: str, type_: str, content: bytes, take: Take) -> int:
        """A file of at most LARGEST_FILE bytes, handed to ``take`` (``desk.attachments.add``).

        Raises TextEmpty, TextTooLong, TeamUnknown, SealingFailed and what the desk raises.
        """
        if not content:
            raise TextEmpty
        if len(content) > LARGEST_FILE:
            raise TextTooLong
        head = {"v": 1, "name": name, "type": type_, "sent": minute(self._sealer.desk.clock())}
        payload = msgspec.json.encode(head) + b"\0" + content
        team = self._wished(self.team)
        envelope = self._sealer._seal(Kind.ATTACHMENT, self._mailbox.id, payload, team, self._person)
        return await take(self._mailbox.id, self._mailbox.token, envelope)

    async def move(self, team_id: str) -> None:
        """Seals all of the person's letters for another team instead. Raises NotInThisState, TeamUnknown, …"""
        team = self._wished(self._sealer.directory().team(team_id))
        readers = [self._sealer.reader(team), self._person.public]
        try:
            envelopes = [
                (entry.number, reseal(entry.envelope, self._person, context=self._mailbox.id, recipients=readers))
                for entry in self.answer.entries
                if entry.author == "person"
            ]
        except CryptoError as error:
            raise SealingFailed(type(error).__name__) from None
        callback = None
        if self.agreement is not None and self.planned:
            callback = self._sealer._seal(Kind.CALLBACK, self._mailbox.id, encode(self.agreement), team, self._person)
        await self._sealer.desk.move_contact(self._mailbox.id, self._mailbox.token, team.id, envelopes, callback)

    @property
    def planned(self) -> bool:
        """A callback is agreed and not over yet."""
        view = self.answer.callback
        return view is not None and view.callback.state in OPEN

    async def agree(self, agreed: Agreement) -> None:
        """A callback: the first, or in place of the one before. Raises NumberTaken and what the desk raises."""
        team = self._wished(self.team)
        wanted = self._sealer._wanted(agreed, self._mailbox, team, self._person)
        await self._sealer.desk.agree_callback(
            self._mailbox.id, self._mailbox.token, wanted, None, self._sealer.channel
        )

    async def withdraw(self) -> None:
        """No call any more: number and rules are erased at once."""
        await self._sealer.desk.withdraw_callback(self._mailbox.id, self._mailbox.token)

    @property
    def place(self) -> tuple[str, ...]:
        """Where and how the next contact is, as the team sealed it; nothing if it is not theirs."""
        view = self.answer.appointment
        if view is None or view.row.envelope is None:
            return ()
        for verify in self.team.verify_keys():
            try:
                opened = open_envelope(view.row.envelope, self._person, context=self._mailbox.id, sender_verify=verify)
                sheet = msgspec.json.decode(opened.payload, type=_Sheet)
            except (CryptoError, msgspec.MsgspecError, RecursionError):
                continue
            if opened.kind is Kind.RECORD and sheet.sheet == "appointment":
                return tuple(field.text for field in sheet.fields if field.text.strip())
        return ()

    async def with_key(self, work: Callable[[bytes, bytes], Awaitable[None]]) -> None:
        """For what needs no sealing: `work` is given mailbox and token."""
        await work(self._mailbox.id, self._mailbox.token)

    def _agreement(self) -> Agreement | None:
        view = self.answer.callback
        if view is None or view.row.envelope is None:
            return None
        verify = self._person.public.verify
        try:
            opened = open_envelope(view.row.envelope, self._person, context=self._mailbox.id, sender_verify=verify)
            return decode(opened.payload) if opened.kind is Kind.CALLBACK else None
        except (CryptoError, msgspec.MsgspecError, RecursionError):
            return None

    async def erase(self) -> None:
        """Everything, at once. Raises NoMailbox, Unavailable."""
        await self._sealer.desk.erase_mailbox(self._mailbox.id, self._mailbox.token)

    def _wished(self, team: Team) -> Team:
        if self._wishes is None or not self._wishes.allow(self._sealer.directory(), team):
            raise TeamUnknown
        return team

    def _letter(self, entry: Any, directory: Directory) -> Letter:
        letter = Letter(entry.number, entry.author, date_of(entry.day), "unreadable")
        try:
            return self._own(entry, letter) if entry.author == "person" else self._teams(entry, letter, directory)
        except SignatureForged:
            return replace(letter, trust="forged")
        except (CryptoError, msgspec.MsgspecError, RecursionError):
            return letter

    def _own(self, entry: Any, letter: Letter) -> Letter:
        opened = open_envelope(
            entry.envelope, self._person, context=self._mailbox.id, sender_verify=self._person.public.verify
        )
        if opened.kind is Kind.CONTACT:
            contact = msgspec.json.decode(opened.payload, type=_Contact)
            self._wishes = Wishes(
                contact.role,
                tuple(contact.phenomena),
                contact.kreis,
                contact.wishes.only_civil,
                tuple(contact.wishes.not_carriers),
            )
            return replace(letter, trust="genuine", text=contact.text)
        if opened.kind is not Kind.MESSAGE:
            return letter
        return replace(letter, trust="genuine", text=msgspec.json.decode(opened.payload, type=_Text).text)

    def _teams(self, entry: Any, letter: Letter, directory: Directory) -> Letter:
        """An answer counts when any team of the directory signed it; that team's name is shown, not a claimed one."""
        if inspect(entry.envelope).kind is not Kind.ANSWER:
            return letter
        likely = self.answer.team
        for team in sorted(directory.teams, key=lambda team: team.id != likely):
            for verify in team.verify_keys():
                try:
                    opened = open_envelope(entry.envelope, self._person, context=self._mailbox.id, sender_verify=verify)
                except SignatureForged:
                    continue
                text = msgspec.json.decode(opened.payload, type=_Text).text
                return replace(letter, trust="genuine", text=text, team=team.name)
        raise SignatureForged("signed by no team of the directory")
