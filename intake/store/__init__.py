"""The store: the only room that remembers, and the only one that speaks SQL.

    drivers.py      SQLite (aiosqlite, one writer with group commit) and PostgreSQL (asyncpg), one way to use both
    transaction.py  every SQL statement, as a vocabulary of verbs on one open transaction
    ../migrations   numbered, applied at start

A unit of work is `async def unit(tx: Transaction)`: it may await the methods of `tx` and nothing else. `write` answers
only when what the unit did is durable; if it raises, nothing of it remains.
"""

from intake.store.drivers import Postgres, Sqlite, Store, open_store
from intake.store.transaction import (
    BOXES,
    Box,
    ContactRow,
    Cursor,
    Entry,
    Grant,
    MemberRow,
    Note,
    OutboxRow,
    Transaction,
)

__all__ = [
    "BOXES",
    "Box",
    "ContactRow",
    "Cursor",
    "Entry",
    "Grant",
    "MemberRow",
    "Note",
    "OutboxRow",
    "Postgres",
    "Sqlite",
    "Store",
    "Transaction",
    "open_store",
]
