"""Proof of work on an envelope: a stamp that costs the sender a moment and the server one hash.

    SHA-256("erstkontakt/1 stamp" || hour (8, BE) || SHA-256(envelope) || counter (8, BE))  has `bits` leading zeros

Stateless: bound to the envelope and the hour, so a stamp solved once buys exactly one envelope, and sending the same
envelope twice stores nothing twice. There is no limit per address anywhere: all visitors of Tor or of a school share
one (peers.md, findings 3, 6 and 12). Under load the price rises for everybody alike.
"""

import hashlib
from collections import deque

from intake.errors import StampMissing

SMALL = 2**14
LABEL = b"erstkontakt/1 stamp"
MAX_COUNTER = 2**63 - 1  # what a database integer and a JSON number of the browser can both carry safely is far below


def check(envelope: bytes, hour: int, counter: int, *, bits: int, now_hour: int) -> None:
    """Raises StampMissing(bits, hour) unless the stamp is right and at most one hour old or early."""
    if abs(hour - now_hour) > 1 or not 0 <= counter <= MAX_COUNTER or not is_solved(envelope, hour, counter, bits):
        raise StampMissing(bits=bits, hour=now_hour)


def is_solved(envelope: bytes, hour: int, counter: int, bits: int) -> bool:
    """True if the digest has at least `bits` leading zero bits."""
    return _leading_value(_prefix(envelope, hour), counter) >> (256 - bits) == 0


def solve(envelope: bytes, hour: int, bits: int) -> int:
    """The smallest counter that solves it; about 2**bits hashes (canary, bots and tests)."""
    prefix = _prefix(envelope, hour)
    counter = 0
    while _leading_value(prefix, counter) >> (256 - bits):
        counter += 1
    return counter


def _prefix(envelope: bytes, hour: int) -> bytes:
    return LABEL + hour.to_bytes(8, "big") + _digest(envelope)


def _digest(envelope: bytes) -> bytes:
    """SHA-256. Small envelopes in pieces: for more than 2,047 bytes hashlib lets go of the interpreter lock, which the
    store's threads take at once and keep for longer than the whole digest takes."""
    if len(envelope) > SMALL:
        return hashlib.sha256(envelope).digest()
    whole = hashlib.sha256()
    for start in range(0, len(envelope), 2047):
        whole.update(envelope[start : start + 2047])
    return whole.digest()


def _leading_value(prefix: bytes, counter: int) -> int:
    return int.from_bytes(hashlib.sha256(prefix + counter.to_bytes(8, "big")).digest(), "big")


class Gauge:
    """How many bits a stamp costs now: `base`, plus one for each doubling beyond `calm` envelopes a minute."""

    def __init__(self, base: int, most: int, calm: int) -> None:
        self.base, self.most, self.calm = base, max(most, base), max(calm, 1)
        self._minutes: deque[tuple[int, int]] = deque(maxlen=2)

    def count(self, now_minute: int) -> None:
        """One more envelope was accepted."""
        if self._minutes and self._minutes[-1][0] == now_minute:
            self._minutes[-1] = (now_minute, self._minutes[-1][1] + 1)
        else:
            self._minutes.append((now_minute, 1))

    def bits(self, now_minute: int) -> int:
        """Price in bits, from the busier of this minute and the last one."""
        load = max((count for minute, count in self._minutes if now_minute - minute <= 1), default=0)
        extra = (load // self.calm).bit_length()
        return min(self.base + extra, self.most)
