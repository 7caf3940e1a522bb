"""What our Matrix accounts have in common: connected until cancelled, and begun anew after whatever happens.

A homeserver that is away is waited for; a token that was revoked is waited for until somebody signs in again; a fault
of ours ends nothing but the connection it came from. The process, and the web in it, never dies of an account.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from abc import ABC, abstractmethod
from contextlib import suppress

from bots.matrix import Event, Folder, MatrixClient, SignedOut
from bots.matrix.client import WAIT_FOR_KEY_MS
from bots.matrix.trust import Trust

log = logging.getLogger("erstkontakt.account")

PAUSES = (1.0, 5.0, 30.0, 60.0)  # seconds before the next beginning
# It would fail again and again, and hold up everybody else.
_OUR_FAULTS = (ValueError, LookupError, TypeError, AttributeError)


class Account(ABC):
    """Subclasses hear (``_hear``) and look after things (``_look``, every ``look_every`` seconds)."""

    name = "account"
    wait_for_key_ms = WAIT_FOR_KEY_MS

    def __init__(self, folder: Folder, trust: Trust, *, look_every: float) -> None:
        self._folder = folder
        self._trust = trust
        self._look_every = look_every
        self._client: MatrixClient | None = None
        self.signed_out = False

    async def run(self) -> None:
        """Receives and looks after things until cancelled."""
        failures = 0
        while True:
            started = loop_time()
            try:
                async with MatrixClient(self._folder, self._trust, wait_for_key_ms=self.wait_for_key_ms) as client:
                    self._client = client
                    tending = asyncio.create_task(self._tend(client), name=f"{self.name}: tending")
                    try:
                        await client.run(self._handle)
                    finally:
                        tending.cancel()
                        with suppress(asyncio.CancelledError):
                            await tending
            except SignedOut as why:
                await self._wait_for_new_session(why)
                continue
            except Exception as error:
                # Never its text: it may hold what somebody has written.
                log.error("%s: begins again after %s", self.name, type(error).__name__)
            finally:
                self._client = None
            failures = failures + 1 if loop_time() - started < PAUSES[-1] else 0
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])

    async def _wait_for_new_session(self, why: SignedOut) -> None:
        self.signed_out = True
        log.error("%s: %s; run `erstkontakt matrix sign-in`", self.name, why)
        old = self._folder.session()
        while self._folder.session() in (old, None):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(self._look_every)
        self.signed_out = False

    async def _handle(self, event: Event) -> None:
        client = self._client
        if client is None:  # pragma: no cover - only the running client calls this
            return
        try:
            await self._hear(client, event)
        except _OUR_FAULTS as fault:
            log.error("%s: an event could not be handled: %s", self.name, type(fault).__name__)

    async def _tend(self, client: MatrixClient) -> None:
        while True:
            if client.last_sync is not None:
                try:
                    await self._look(client)
                except Exception as error:
                    log.error("%s: looking after things: %s", self.name, type(error).__name__)
            await asyncio.sleep(self._look_every)

    @abstractmethod
    async def _hear(self, client: MatrixClient, event: Event) -> None:
        """Something has come. What it raises that is no fault of ours is tried again a few times."""

    @abstractmethod
    async def _look(self, client: MatrixClient) -> None:
        """Regularly, once we know our rooms."""


def transaction_of(event: str, number: int) -> str:
    """The transaction id of what we say to an event: the same on every attempt, also after a crash."""
    return f"{hashlib.sha256(event.encode()).hexdigest()[:32]}.{number}"


def anew() -> str:
    """A transaction id for what answers no event; a homeserver swallows what comes twice under the same one."""
    return secrets.token_hex(16)


def loop_time() -> float:
    """Seconds of the loop's clock."""
    return asyncio.get_running_loop().time()
