"""One open callback for each number, for doors that read the number anyway: without keeping numbers.

    no JavaScript, messenger, telephone   take(number, mailbox, until): refused while another mailbox has it
    the desk                              release(mailbox): called, called off, over

A number is kept as HMAC-SHA-256 under a random key that lives in this process's memory and is changed every day; older
keys live as long as an entry under them. Nothing of it is written down: a restart forgets all, a taken disk tells
nothing, and only who holds this process's memory could try numbers against it. Where the browser seals, this server
never learns the number; there the counsellor's console compares (deploy/THREAT-MODEL.md, "Pranks with numbers").
"""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from intake.errors import NumberTaken

KEY_LIVES = timedelta(days=1)
MOST = 10_000  # entries; beyond that the oldest gives way: this stops pranks, it must not fill the memory


@dataclass(slots=True)
class _Key:
    born: datetime
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    held: dict[bytes, tuple[bytes, datetime]] = field(default_factory=dict, repr=False)

    def mark(self, number: str) -> bytes:
        return hmac.digest(self.secret, number.encode(), "sha256")


class OpenNumbers:
    """Memory only; ``repr`` shows nothing."""

    def __init__(self) -> None:
        self._keys: list[_Key] = []
        self._lock = threading.Lock()  # units of work run in the store's thread

    def __repr__(self) -> str:
        return "<OpenNumbers ...>"

    def take(self, number: str, mailbox: bytes, until: datetime, now: datetime) -> None:
        """``mailbox`` waits for a call to ``number`` (E.164) until then; again is allowed. Raises NumberTaken."""
        with self._lock:
            self._forget(now)
            for key in self._keys:
                owner = key.held.get(key.mark(number))
                if owner is not None and owner[0] != mailbox:
                    raise NumberTaken
            self._release(mailbox)
            if not self._keys or now - self._keys[-1].born >= KEY_LIVES:
                self._keys.append(_Key(now))
            key = self._keys[-1]
            key.held[key.mark(number)] = (mailbox, until)
            if len(key.held) > MOST:
                del key.held[next(iter(key.held))]

    def release(self, mailbox: bytes) -> None:
        """This mailbox waits for no call any more."""
        with self._lock:
            self._release(mailbox)

    def _release(self, mailbox: bytes) -> None:
        for key in self._keys:
            key.held = {mark: held for mark, held in key.held.items() if held[0] != mailbox}

    def _forget(self, now: datetime) -> None:
        for key in self._keys:
            key.held = {mark: held for mark, held in key.held.items() if held[1] > now}
        self._keys = [key for key in self._keys if key.held or now - key.born < KEY_LIVES]
