"""Every SQL statement about the outbox: what is to be said outside, in order, at least once.

A row waits until its time, is claimed by one caller (its `due` becomes the end of a lease, so that a crash gives it
back), and ends as sent or dead. Within a channel and recipient only the first waiting row can be claimed: order is
kept, and one recipient's trouble delays nobody else. Channels do not know each other.
"""

from collections.abc import Sequence
from typing import NamedTuple

from intake.store.raw import Raw


class OutboxRow(NamedTuple):
    """One saying for one recipient on one channel; `due` and `since` in unix seconds; `saying` is JSON."""

    id: str
    bundle: str
    channel: str
    recipient: str
    due: int
    since: int
    saying: str
    address: bytes | None = None
    attempts: int = 0
    trouble: str | None = None


_COLUMNS = "id, bundle, channel, recipient, due, since, saying, address, attempts, trouble"
_FIRST_IN_LANE = """NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.state = 'waiting' AND e.channel = o.channel
 AND e.recipient = o.recipient AND (e.place < o.place OR (e.place = o.place AND e.id < o.id)))"""


class OutboxVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    async def put_outbox(self, row: OutboxRow) -> bool:
        """Adds it at the end of its recipient's lane; False if a row of this id was there already."""
        sql = """INSERT INTO outbox (id, bundle, channel, recipient, due, since, saying, address, place)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(place), 0) + 1 FROM outbox
 WHERE channel = ? AND recipient = ? AND state = 'waiting')) ON CONFLICT (id) DO NOTHING"""
        values = (row.id, row.bundle, row.channel, row.recipient, row.due, row.since, row.saying, row.address)
        return await self.raw.run(sql, *values, row.channel, row.recipient) == 1

    async def take_outbox(self, channel: str, now: int, until: int, limit: int) -> list[OutboxRow]:
        """Claims due rows of a channel until the second `until`: each is given to one caller only."""
        sql = f"""UPDATE outbox SET due = ?, attempts = attempts + 1 WHERE state = 'waiting' AND due <= ? AND id IN
 (SELECT o.id FROM outbox AS o WHERE o.state = 'waiting' AND o.channel = ? AND o.due <= ? AND {_FIRST_IN_LANE}
 ORDER BY o.due LIMIT ?) RETURNING {_COLUMNS}"""  # noqa: S608
        rows = await self.raw.rows(sql, until, now, channel, now, limit)
        return sorted((OutboxRow(*row) for row in rows), key=lambda row: (row.since, row.id))

    async def next_outbox(self, channel: str) -> int | None:
        """When the next row of this channel is due, in unix seconds."""
        row = await self.raw.row("SELECT MIN(due) FROM outbox WHERE state = 'waiting' AND channel = ?", channel)
        return None if row is None or row[0] is None else int(row[0])

    async def sent_outbox(self, ids: Sequence[str], now: int) -> None:
        """Delivered: nothing of what was said is kept, only that it was; while a report may come, what it was about."""
        sql = """UPDATE outbox SET state = 'sent', due = ?, address = NULL, trouble = NULL,
 saying = CASE WHEN receipt IS NULL THEN '' ELSE saying END WHERE id = ? AND state = 'waiting'"""
        for id in ids:
            await self.raw.run(sql, now, id)

    async def delay_outbox(self, id: str, due: int, trouble: str) -> None:
        """A temporary failure: again at `due`."""
        sql = "UPDATE outbox SET due = ?, trouble = ? WHERE id = ? AND state = 'waiting'"
        await self.raw.run(sql, due, trouble, id)

    async def bury_outbox(self, id: str, trouble: str) -> bool:
        """A failure for good: a dead letter. False if it is none of ours any more."""
        sql = "UPDATE outbox SET state = 'dead', trouble = ? WHERE id = ? AND state = 'waiting'"
        return await self.raw.run(sql, trouble, id) == 1

    async def put_receipt(self, id: str, receipt: str) -> None:
        """The provider's id of a message that it has taken and may still report about."""
        await self.raw.run("UPDATE outbox SET receipt = ? WHERE id = ?", receipt, id)

    async def undelivered_outbox(self, channel: str, receipt: str, trouble: str) -> OutboxRow | None:
        """What a provider had taken has not arrived after all: a dead letter. None if it is none of ours (any more)."""
        sql = f"""UPDATE outbox SET state = 'dead', receipt = NULL, trouble = ? WHERE channel = ? AND receipt = ?
 AND state IN ('waiting', 'sent') RETURNING {_COLUMNS}"""  # noqa: S608
        row = await self.raw.row(sql, trouble, channel, receipt)
        return None if row is None else OutboxRow(*row)

    async def bundle_alive(self, bundle: str) -> bool:
        """Whether another channel has brought the same saying, or may still."""
        sql = "SELECT 1 FROM outbox WHERE bundle = ? AND state <> 'dead' LIMIT 1"
        return await self.raw.row(sql, bundle) is not None

    async def bundle_rows(self, bundles: Sequence[str]) -> list[tuple[OutboxRow, str]]:
        """(row, state) of what was written for these bundles."""
        found: list[tuple[OutboxRow, str]] = []
        for bundle in bundles:
            sql = f"SELECT {_COLUMNS}, state FROM outbox WHERE bundle = ? ORDER BY channel"  # noqa: S608
            found += [(OutboxRow(*row[:-1]), row[-1]) for row in await self.raw.rows(sql, bundle)]
        return found

    async def dead_letters(self, limit: int) -> list[OutboxRow]:
        """The latest first."""
        sql = f"SELECT {_COLUMNS} FROM outbox WHERE state = 'dead' ORDER BY since DESC, id LIMIT ?"  # noqa: S608
        return [OutboxRow(*row) for row in await self.raw.rows(sql, limit)]

    async def dead_letter(self, id: str) -> OutboxRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_COLUMNS} FROM outbox WHERE state = 'dead' AND id = ?", id)  # noqa: S608
        return None if row is None else OutboxRow(*row)

    async def revive_outbox(self, id: str, now: int) -> bool:
        """A dead letter is tried again from the beginning."""
        sql = "UPDATE outbox SET state = 'waiting', due = ?, since = ?, attempts = 0 WHERE id = ? AND state = 'dead'"
        return await self.raw.run(sql, now, now, id) == 1

    async def drop_outbox(self, id: str) -> None:
        """A row that nobody needs any more."""
        await self.raw.run("DELETE FROM outbox WHERE id = ?", id)

    async def drop_waiting(self, recipient: str, channels: Sequence[str]) -> None:
        """Nothing more is said to this person there (the phone is lost)."""
        for channel in channels:
            sql = "DELETE FROM outbox WHERE recipient = ? AND channel = ? AND state = 'waiting'"
            await self.raw.run(sql, recipient, channel)

    async def oldest_outbox(self, channel: str) -> int | None:
        """Since when the oldest waiting row of a channel waits, in unix seconds."""
        row = await self.raw.row("SELECT MIN(since) FROM outbox WHERE state = 'waiting' AND channel = ?", channel)
        return None if row is None or row[0] is None else int(row[0])

    async def count_dead(self, most: int) -> int:
        """Dead letters, counted up to `most`."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE state = 'dead' LIMIT ?) AS few"
        row = await self.raw.row(sql, most)
        return int(row[0]) if row else 0

    async def forget_outbox(self, sent_before: int, dead_before: int) -> None:
        """Removes what was sent and what died before these seconds."""
        await self.raw.run("DELETE FROM outbox WHERE state = 'sent' AND due < ?", sent_before)
        await self.raw.run("DELETE FROM outbox WHERE state = 'dead' AND since < ?", dead_before)
