"""Rows whose time has come are stepped, many in one transaction. One that cannot be stepped holds up no other.

    some(tx, most)     steps up to `most` due rows, in one order; returns how many there were
    a fault            whose it is shows in ever smaller portions, at last one by one
    aside(tx, fault)   moves the first due row out of the way for a while, loudly; it is tried again later

What is unavailable (our database) is nobody's fault among the rows, and ends the tick: it is tried again as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from intake.errors import Unavailable
from intake.store import Store, Transaction

PURE_FAULTS = (ValueError, LookupError, TypeError, AttributeError, msgspec.MsgspecError)  # of a row that is damaged
Some = Callable[[Transaction, int], Coroutine[Any, Any, int]]
Aside = Callable[[Transaction, Exception], Coroutine[Any, Any, None]]


async def step_due(store: Store, at_once: int, some: Some, aside: Aside) -> int:
    """Until nothing is due any more; returns how many rows had their turn. Raises Unavailable."""
    done, together = 0, at_once
    while True:
        try:
            count = await store.write(lambda tx, most=together: some(tx, most))  # type: ignore[misc]
        except Unavailable:
            raise
        except Exception as fault:
            if together > 1:
                together = max(together // 4, 1)
                continue
            await store.write(lambda tx, fault=fault: aside(tx, fault))  # type: ignore[misc]
            count, together = 1, at_once
        if not count:
            return done
        done += count
        await asyncio.sleep(0)
