"""One conversation with everything it needs: the dialogue, the mailbox's seed, and the sealing of what it wants sent.

    async for effect in carried.happen(Said("Hallo")):     Say, TakeBack and Leave are the door's to carry out
        ...

What happens is handled in order; the caller must not let two things happen at once. Drafts live here, in memory, and
nowhere else: what was not sent dies with the process, which is what the person was told.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from bots.conversation import step
from bots.conversation_model import (
    Add,
    Added,
    Agree,
    Agreed,
    Answer,
    Attach,
    Bind,
    Bound,
    Call,
    CalledOff,
    CallOff,
    Effect,
    Erased,
    Event,
    Failed,
    File,
    Forget,
    Free,
    Guide,
    Leave,
    NotBound,
    NotFree,
    NotGenuine,
    NotPassed,
    Openings,
    Passed,
    Say,
    Send,
    Sent,
    TakeBack,
    Talk,
)
from crypto.return_code import generate
from intake import phones
from intake.agreement import Agreement, agreement, times
from intake.errors import IntakeError, Internal, NoMailbox, Unavailable
from intake.sealing import Handing, Opened, Sealer, Take, minute

log = logging.getLogger("erstkontakt.bots")


class FileLost(Exception):
    """The file is no longer where it was, is not what was announced, or is too large."""


@dataclass(frozen=True, slots=True)
class Files:
    """``fetch`` brings the bytes of a file or raises FileLost; ``take`` has the desk store its envelope."""

    fetch: Callable[[File], Awaitable[bytes]]
    take: Take


Outward = Say | TakeBack | Leave
Allow = Callable[[Effect], None]  # raises TooMany


class Carried:
    """``seed`` (32 bytes) opens the mailbox of this conversation, None while there is none; ``seen`` letters of it
    have been shown."""

    def __init__(
        self,
        sealer: Sealer,
        guide: Callable[[], Guide],
        talk: Talk,
        *,
        allow: Allow = lambda effect: None,
        handing: Handing | None = None,
        files: Files | None = None,
    ) -> None:
        """``allow`` is asked before anything is sealed or opened; ``handing``: see ``Sealer.write``; ``files``: None at
        a door without any."""
        self.talk = talk
        self.seed: bytes | None = None
        self.seen = 0
        self._sealer = sealer
        self._guide = guide
        self._allow = allow
        self._handing = handing
        self._files = files
        self._form = secrets.token_bytes(32)  # the same draft sent twice is one contact

    def __repr__(self) -> str:
        return f"<Carried {self.talk.step}>"

    async def happen(self, event: Event) -> AsyncIterator[Outward]:
        """Everything that follows from ``event``, as it comes."""
        waiting: deque[Event] = deque([event])
        while waiting:
            self.talk, effects = step(self.talk, waiting.popleft(), self._sealer.desk.clock(), self._guide())
            for effect in effects:
                if isinstance(effect, Forget | Leave):
                    self.seed = None
                if isinstance(effect, Say | TakeBack | Leave):
                    yield effect
                elif not isinstance(effect, Forget):
                    waiting.append(await self._done(effect))

    async def look(self, *, must: bool = False) -> AsyncIterator[Outward]:
        """Brings what the team has answered since. A forged answer is told of and never shown.

        ``must``: raises Unavailable instead of leaving it to the next look.
        """
        if self.seed is None:
            return
        opened = await self._opened(self.seed, must=must)
        for letter in opened.letters if opened else ():
            if letter.number <= self.seen:
                continue
            if letter.author == "team":
                genuine = letter.trust == "genuine"
                async for effect in self.happen(Answer(letter.team, letter.text) if genuine else NotGenuine()):
                    yield effect
            self.seen = letter.number  # not before it was brought

    async def _opened(self, seed: bytes, *, must: bool) -> Opened | None:
        """The mailbox, or None if it is gone or cannot be reached now; then nothing is shown, and the next look may."""
        try:
            return await self._sealer.open_with(seed)
        except IntakeError as error:
            if must and isinstance(error, Unavailable):
                raise
            log.info("a mailbox was not opened: %s", error.code)
            return None

    async def _done(self, effect: Effect) -> Event:
        if isinstance(effect, Attach):
            return await self._attach(effect)
        if isinstance(effect, Openings):
            return await self._openings(effect)
        try:
            self._allow(effect)
            match effect:
                case Send():
                    return await self._send(effect)
                case Add():
                    await (await self._mailbox()).write(effect.text)
                    return Added()
                case Agree():
                    await (await self._mailbox()).agree(self._agreement(effect.call, effect.language))
                    return Agreed()
                case CallOff():
                    return await self._call_off()
                case Bind():
                    return await self._bind(effect.words)
            return await self._erase()
        except IntakeError as error:
            return Failed(error)
        except Exception as error:  # the draft must stay with the person, and nothing of it may reach the log
            log.error("internal error in a conversation: %s", type(error).__name__)
            return Failed(Internal())

    async def _attach(self, effect: Attach) -> Passed | NotPassed:
        file = effect.file
        try:
            self._allow(effect)
            if self._files is None:
                raise FileLost
            content = await self._files.fetch(file)
            await (await self._mailbox()).attach(file.name, file.type, content, self._files.take)
        except (FileLost, IntakeError) as error:
            log.info("an attachment was not passed on: %s", type(error).__name__)
            return NotPassed(file)
        except Exception as error:  # as above: nothing of it may reach the log
            log.error("internal error with an attachment: %s", type(error).__name__)
            return NotPassed(file)
        return Passed(file)

    async def _openings(self, effect: Openings) -> Free | NotFree:
        try:
            self._allow(effect)
            opened = None if effect.team else await self._mailbox()
            windows = await self._sealer.desk.call_times(effect.team or (opened.team.id if opened else ""))
        except IntakeError as error:
            return NotFree(error)
        return Free(windows, generate()[0].capitalize(), planned=opened is not None and opened.planned)

    def _agreement(self, call: Call, language: str) -> Agreement:
        """Raises NumberRefused, Malformed."""
        return agreement(
            phones.parse(call.number, own=self._guide().own_numbers),
            times(call.windows),
            lang=language,
            sent=minute(self._sealer.desk.clock()),
            who="anybody" if call.anybody else "only_me",
            introduce=call.introduce,
            code_word=call.word,
            voicemail_text=call.message,
            somebody_else=call.somebody_else,
            interpreter=call.interpreter,
        )

    async def _call_off(self) -> CalledOff:
        opened = await self._mailbox()
        if not opened.planned:
            return CalledOff(was=False)
        await opened.withdraw()
        return CalledOff()

    async def _mailbox(self) -> Opened:
        if self.seed is None:
            raise NoMailbox
        return await self._sealer.open_with(self.seed)

    async def _send(self, send: Send) -> Sent:
        sent = await self._sealer.write(
            lang=send.language,
            wishes=send.wishes,
            team=self._sealer.directory().team(send.team),
            text=send.text,
            urgent=send.urgent,
            form=self._form,
            before=self._handing,
            agreed=None if send.call is None else self._agreement(send.call, send.language),
        )
        self.seed, self.seen, self._form = sent.seed, 0, secrets.token_bytes(32)
        return Sent(sent.words, sent.receipt.answer_by, sent.receipt.erase_on)

    async def _bind(self, words: tuple[str, ...]) -> Bound | NotBound:
        seed = await self._sealer.seed(words)
        try:
            opened = await self._sealer.open_with(seed)
        except NoMailbox:
            return NotBound(words)
        self.seed, self.seen = seed, 0
        return Bound(opened.team.name)

    async def _erase(self) -> Erased:
        with contextlib.suppress(NoMailbox):  # nothing was sent, or it is gone already: that is what was wanted
            await (await self._mailbox()).erase()
        self.seed = None
        return Erased()
