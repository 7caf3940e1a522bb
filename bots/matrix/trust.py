"""Which devices may read what we send, and be obeyed (row k: nio knows no trust on first use)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from bots.matrix.events import Device


class Trust(Protocol):
    def confirms(self, user: str, device: Device) -> bool:
        """Whether this device of this person may read and be obeyed."""


class Pinned:
    """Staff: only devices whose fingerprint was confirmed in the console. A new phone is a stranger until then."""

    def __init__(self, pins: Mapping[str, Iterable[str]] | None = None) -> None:
        self._pins = {user: frozenset(fingerprints) for user, fingerprints in (pins or {}).items()}

    def confirms(self, user: str, device: Device) -> bool:
        return device.fingerprint in self._pins.get(user, frozenset())

    def pin(self, user: str, fingerprint: str) -> None:
        self._pins[user] = self._pins.get(user, frozenset()) | {fingerprint}

    def cut_off(self, user: str) -> None:
        self._pins.pop(user, None)


class Everyone:
    """Help-seekers: nobody can vouch for their devices. New ones are used, and ``DeviceSeen`` says so in the room."""

    def confirms(self, user: str, device: Device) -> bool:
        return True
