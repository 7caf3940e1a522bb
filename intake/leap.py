"""What cannot be undone waits when the clock has leapt.

A clock set a year ahead by mistake would erase every contact at once. So the time of the last tick is kept in the
database, and when the next one comes more than a day later, nothing is erased until the clock is back, or somebody
who has looked at it says that it is right (`erstkontakt clock confirm`). A service that was down for longer than a day
looks the same from inside and is treated the same.

Held back: contacts with all that hangs on them (letters, notes, cases, attachments), callbacks that would end and their
numbers, visits with sheets and logs, covering letters of offers that would lapse, ended alerts, incidents, what was
sent, quiet rooms of the messenger that would be left, ids of erased mailboxes (or a repeated request could bring one
back after the clock is set right).
Never held back: alerts, and what opens a door and must not outlive its time, since a late end is the greater harm
there: sessions, invitations, second factors, pages held for people without JavaScript.
"""

from datetime import UTC, datetime, timedelta

from intake.store import Transaction

MARK = "erasing"  # second of the last tick whose time was believed
LEAP = timedelta(days=1)


async def leapt_from(tx: Transaction, now: datetime) -> datetime | None:
    """The time that was believed last, if `now` lies more than a day after it. None: all is well."""
    before = await tx.mark(MARK)
    if before is None or int(now.timestamp()) - before <= LEAP.total_seconds():
        return None
    return datetime.fromtimestamp(before, UTC)


async def may_erase(tx: Transaction, now: datetime) -> bool:
    """Notes the time of this tick and returns True; False, and nothing noted, after a leap."""
    if await leapt_from(tx, now) is not None:
        return False
    await believe(tx, now)
    return True


async def believe(tx: Transaction, now: datetime) -> None:
    """From here on leaps are counted: what a tick does, and somebody who has looked at the clock."""
    second = int(now.timestamp())
    before = await tx.mark(MARK)
    if before is not None and second < before:
        await tx.lower_mark(MARK, before, second)
    else:
        await tx.raise_mark(MARK, second)
