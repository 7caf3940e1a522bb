"""Ports for the programs that tests start: none that somebody else takes between the choice and the use.

reserved(house)   a TCP port, kept for the house: it may listen there, and the system gives it to nobody else
free_ports(4)     four in a row for UDP and TCP, from a block that no other test run on this machine uses
"""

from __future__ import annotations

import socket
import weakref
from functools import cache

FIRST, BLOCK, BLOCKS = 20_000, 500, 24  # up to 32000: below what the system gives out by itself


def reserved(owner: object) -> int:
    """A port as long as the owner lives. Held by a socket that is bound and does not listen; with SO_REUSEADDR on both
    sides (asyncio, Twisted and baresip set it) another may listen there."""
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    weakref.finalize(owner, keeper.close)
    port: int = keeper.getsockname()[1]
    return port


@cache
def _block() -> tuple[socket.socket, int]:
    """The first port of a block of our own. A name in the system is the lock, and goes when this process does."""
    for n in range(BLOCKS):
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lock.bind(f"\0erstkontakt-test-ports-{n}")
        except OSError:
            lock.close()
        else:
            return lock, FIRST + n * BLOCK
    raise RuntimeError(f"{BLOCKS} test runs at once use all ports that there are for tests")


_given = 0


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody uses, for UDP and TCP; none is given twice soon."""
    global _given
    _, first = _block()
    for _ in range(BLOCK):
        if _given + count > BLOCK:
            _given = 0
        begin = first + _given
        try:
            for port in range(begin, begin + count):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    with socket.socket(socket.AF_INET, kind) as probe:
                        probe.bind(("127.0.0.1", port))
        except OSError:
            _given += 1
            continue
        _given += count
        return begin
    raise RuntimeError("no free ports for tests")
