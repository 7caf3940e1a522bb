"""Every SQL statement of the house, as verbs on one open transaction.

Races are decided here: a contact is changed by `UPDATE ... WHERE revision = old`; no row changed means that somebody
was first, and the unit is run again on what they left (only possible on PostgreSQL; SQLite has one writer).
"""

from typing import Literal, NamedTuple, get_args

from intake.store.alert_rows import AlertVerbs
from intake.store.appointment_rows import AppointmentVerbs
from intake.store.attachment_rows import AttachmentVerbs
from intake.store.callback_rows import CallbackVerbs
from intake.store.case_rows import CaseVerbs
from intake.store.flow_rows import FlowVerbs
from intake.store.handover_rows import HandoverVerbs
from intake.store.outbox_rows import OutboxVerbs
from intake.store.people_rows import PeopleVerbs
from intake.store.raw import Raced as Raced
from intake.store.raw import Raw
from intake.store.room_rows import RoomVerbs
from intake.store.statistics_rows import StatisticsVerbs
from intake.store.visit_rows import VisitVerbs

Box = Literal["new", "mine", "others", "waiting", "closed"]
BOXES: tuple[Box, ...] = get_args(Box)


class ContactRow(NamedTuple):
    """One contact: headers only. Hours and days since 1970; `rank` 0 is urgent; flags are 0 or 1.

    `unannounced`: its first alert is not written yet; see AlertVerbs.announced.
    """

    mailbox: bytes
    token_hash: bytes
    person_kid: bytes
    team: str
    state: str
    rank: int
    channel: str
    received: int
    answer_by: int
    erase_on: int
    claimed_by: str | None
    claim_until: int | None
    ended: int | None
    reason: str | None
    waiting: int
    unread: int
    size: int
    entries: int
    notes: int
    revision: int
    unannounced: int = 0


class Entry(NamedTuple):
    """One envelope of the conversation. `author`: "person" or "team"."""

    number: int
    author: str
    day: int
    envelope: bytes


class Note(NamedTuple):
    """One internal envelope, written after entry number `after_entry`."""

    number: int
    after_entry: int
    day: int
    envelope: bytes


class MemberRow(NamedTuple):
    """A team member; the key fields are None until enrolled."""

    id: str
    name: str
    state: str
    salt: bytes | None
    memory_kib: int | None
    passes: int | None
    login_hash: bytes | None
    wrapped_seed: bytes | None
    kem: bytes | None
    verify: bytes | None


class Grant(NamedTuple):
    """The sealed seed of a team's key epoch, for one member."""

    team: str
    epoch: int
    envelope: bytes


class Cursor(NamedTuple):
    """Where a page ended: for open boxes (rank, received, mailbox), for closed ones (0, ended, mailbox)."""

    rank: int
    hour: int
    mailbox: bytes


_COLUMNS = ", ".join(ContactRow._fields)
_CHANGING = tuple(field for field in ContactRow._fields if field not in ("mailbox", "revision", "unannounced"))

_INSERT_CONTACT = f"INSERT INTO contacts ({_COLUMNS})"
_INSERT_ENTRY = "INSERT INTO entries (mailbox, number, author, day, envelope)"
_CONTACT = f"SELECT {_COLUMNS} FROM contacts WHERE mailbox = ?"  # noqa: S608
_UPDATE_CONTACT = (
    f"UPDATE contacts SET {', '.join(f'{field} = ?' for field in _CHANGING)}, revision = revision + 1"  # noqa: S608
    " WHERE mailbox = ? AND revision = ?"
)

# Of each box: its condition (one partial index each), whether it asks for the member, and its order.
_FORWARD = ("(rank, received, mailbox) > (?, ?, ?)", "rank, received, mailbox")
_OPEN = "state IN ('claimed', 'answered')"
_BOX: dict[Box, tuple[str, bool]] = {
    "new": ("state = 'received'", False),
    "mine": (f"{_OPEN} AND claimed_by = ?", True),
    "others": (f"{_OPEN} AND claimed_by <> ?", True),
    "waiting": ("waiting = 1", False),
    "closed": ("ended IS NOT NULL", False),
}


class Transaction(
    AlertVerbs,
    AppointmentVerbs,
    AttachmentVerbs,
    CallbackVerbs,
    CaseVerbs,
    FlowVerbs,
    HandoverVerbs,
    OutboxVerbs,
    PeopleVerbs,
    RoomVerbs,
    StatisticsVerbs,
    VisitVerbs,
):
    """One open transaction. All methods raise Unavailable if the database cannot serve."""

    __slots__ = ("raw",)

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    # ------------------------------------------------------------------------------------------------ contacts

    async def insert_contact(self, contact: ContactRow, envelope: bytes, day: int) -> bool:
        """Stores a contact with its first envelope; False if the mailbox exists already, or was erased of late."""
        if not await self.raw.insert(_INSERT_CONTACT, *contact, unless="erased"):
            return False
        await self.raw.insert(_INSERT_ENTRY, contact.mailbox, 1, "person", day, envelope)
        return True

    async def was_erased(self, mailbox: bytes) -> bool:
        """Whether the mailbox was erased a short while ago."""
        return await self.raw.row("SELECT 1 FROM erased WHERE mailbox = ?", mailbox) is not None

    async def contact(self, mailbox: bytes) -> ContactRow | None:
        """The row, or None."""
        row = await self.raw.row(_CONTACT, mailbox)
        return None if row is None else ContactRow(*row)

    async def update_contact(self, before: ContactRow, after: ContactRow) -> None:
        """Compare-and-swap on the revision; raises Raced."""
        values = (getattr(after, field) for field in _CHANGING)
        if await self.raw.run(_UPDATE_CONTACT, *values, before.mailbox, before.revision) == 0:
            raise Raced

    async def erase_contact(self, mailbox: bytes, until: int) -> None:
        """Removes every row and, after the commit, every byte of it; remembers the id until hour `until`."""
        await self.raw.run("DELETE FROM entries WHERE mailbox = ?", mailbox)
        await self.raw.run("DELETE FROM notes WHERE mailbox = ?", mailbox)
        await self.raw.run("DELETE FROM callbacks WHERE mailbox = ?", mailbox)
        await self.raw.run("DELETE FROM attachments WHERE mailbox = ?", mailbox)
        await self.raw.run("DELETE FROM contacts WHERE mailbox = ?", mailbox)
        await self.forget_seeds(mailbox)
        await self.raw.run(
            "INSERT INTO erased (mailbox, until) VALUES (?, ?) ON CONFLICT (mailbox) DO NOTHING", mailbox, until
        )
        self.raw.scrub = True

    async def expired(self, today: int, limit: int) -> list[ContactRow]:
        """Contacts whose last day has come. Looks at all contacts: once a day is enough."""
        sql = f"SELECT {_COLUMNS} FROM contacts WHERE erase_on <= ? LIMIT ?"  # noqa: S608
        return [ContactRow(*row) for row in await self.raw.rows(sql, today, limit)]

    async def lapsed(self, today: int, limit: int) -> list[ContactRow]:
        """Claims without an answer whose last day is over."""
        rows = await self.raw.rows(
            f"SELECT {_COLUMNS} FROM contacts WHERE state = 'claimed' AND claim_until < ? ORDER BY claim_until LIMIT ?",  # noqa: S608
            today,
            limit,
        )
        return [ContactRow(*row) for row in rows]

    async def page(self, box: Box, team: str, member: str, after: Cursor | None, limit: int) -> list[ContactRow]:
        """One page of a team's box: urgent first, then who waits longest; "closed" is newest first.

        Within one hour the order is that of the random mailbox ids: the true order is not kept.
        """
        condition, asks_member = _BOX[box]
        values: list[object] = [team, *([member] if asks_member else [])]
        if box == "closed":
            keyset, order = "(ended, mailbox) < (?, ?)", "ended DESC, mailbox DESC"
            values += [after.hour, after.mailbox] if after else []
        else:
            keyset, order = _FORWARD
            values += list(after) if after else []
        where = f"team = ? AND {condition}" + (f" AND {keyset}" if after else "")
        sql = f"SELECT {_COLUMNS} FROM contacts WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608
        return [ContactRow(*row) for row in await self.raw.rows(sql, *values, limit)]

    async def count(self, box: Box, team: str, member: str, most: int) -> int:
        """How many are in a box, counted up to `most` only: the cost must not grow with the total."""
        condition, asks_member = _BOX[box]
        values: list[object] = [team, *([member] if asks_member else []), most]
        sql = f"SELECT count(*) FROM (SELECT 1 FROM contacts WHERE team = ? AND {condition} LIMIT ?) AS few"  # noqa: S608
        row = await self.raw.row(sql, *values)
        return int(row[0]) if row else 0

    # ------------------------------------------------------------------------------------------------- entries

    async def add_entry(self, mailbox: bytes, entry: Entry) -> None:
        """One more envelope; its number comes from the contact's counter."""
        if not await self.raw.insert(_INSERT_ENTRY, mailbox, *entry):
            raise Raced

    async def entries(self, mailbox: bytes) -> list[Entry]:
        """All envelopes of the conversation, in order."""
        sql = "SELECT number, author, day, envelope FROM entries WHERE mailbox = ? ORDER BY number"
        return [Entry(*row) for row in await self.raw.rows(sql, mailbox)]

    async def first_entry(self, mailbox: bytes) -> Entry | None:
        """The envelope that the contact began with."""
        sql = "SELECT number, author, day, envelope FROM entries WHERE mailbox = ? AND number = 1"
        row = await self.raw.row(sql, mailbox)
        return None if row is None else Entry(*row)

    async def entry_number(self, mailbox: bytes, envelope: bytes) -> int | None:
        """The number under which exactly these bytes are stored already (a double click), or None."""
        sql = "SELECT number FROM entries WHERE mailbox = ? AND envelope = ?"
        row = await self.raw.row(sql, mailbox, envelope)
        return None if row is None else int(row[0])

    async def was_answered(self, mailbox: bytes) -> bool:
        """Whether the team has written to the person already."""
        sql = "SELECT 1 FROM entries WHERE mailbox = ? AND author = 'team' LIMIT 1"
        return await self.raw.row(sql, mailbox) is not None

    async def replace_entry(self, mailbox: bytes, number: int, envelope: bytes) -> None:
        """The same message, sealed for another team."""
        await self.raw.run(
            "UPDATE entries SET envelope = ? WHERE mailbox = ? AND number = ?", envelope, mailbox, number
        )
        self.raw.scrub = True

    async def add_note(self, mailbox: bytes, note: Note) -> None:
        """One internal envelope."""
        sql = "INSERT INTO notes (mailbox, number, after_entry, day, envelope) VALUES (?, ?, ?, ?, ?)"
        await self.raw.run(sql, mailbox, *note)

    async def notes(self, mailbox: bytes) -> list[Note]:
        """All internal envelopes, in order."""
        sql = "SELECT number, after_entry, day, envelope FROM notes WHERE mailbox = ? ORDER BY number"
        return [Note(*row) for row in await self.raw.rows(sql, mailbox)]

    # ------------------------------------------------------------------------------------------------- members

    async def member(self, member: str) -> MemberRow | None:
        """The row, or None."""
        sql = f"SELECT {', '.join(MemberRow._fields)} FROM members WHERE id = ?"  # noqa: S608
        row = await self.raw.row(sql, member)
        return None if row is None else MemberRow(*row)

    async def all_members(self) -> list[tuple[MemberRow, list[str]]]:
        """Everybody with their teams, by id."""
        rows = await self.raw.rows(f"SELECT {', '.join(MemberRow._fields)} FROM members ORDER BY id")  # noqa: S608
        return [(MemberRow(*row), await self.teams_of(row[0])) for row in rows]

    async def names(self, members: set[str]) -> dict[str, str]:
        """id -> name, for those that exist."""
        found = {}
        for member in sorted(members):
            if row := await self.raw.row("SELECT name FROM members WHERE id = ?", member):
                found[member] = str(row[0])
        return found

    async def teams_of(self, member: str) -> list[str]:
        """Ids of the member's teams."""
        rows = await self.raw.rows("SELECT team FROM memberships WHERE member = ? ORDER BY team", member)
        return [row[0] for row in rows]

    async def put_member(self, member: str, name: str) -> None:
        """A new or returning member, without keys."""
        sql = """INSERT INTO members (id, name, state) VALUES (?, ?, 'invited')
 ON CONFLICT (id) DO UPDATE SET name = excluded.name, state = 'invited', salt = NULL, memory_kib = NULL, passes = NULL,
 login_hash = NULL, wrapped_seed = NULL, kem = NULL, verify = NULL"""
        await self.raw.run(sql, member, name)

    async def join(self, member: str, team: str) -> None:
        """Makes the member part of a team."""
        sql = "INSERT INTO memberships (member, team) VALUES (?, ?) ON CONFLICT (member, team) DO NOTHING"
        await self.raw.run(sql, member, team)

    async def enrol(self, row: MemberRow) -> None:
        """Stores the keys that the member's browser made."""
        sql = """UPDATE members SET state = 'enrolled', salt = ?, memory_kib = ?, passes = ?, login_hash = ?,
 wrapped_seed = ?, kem = ?, verify = ? WHERE id = ?"""
        await self.raw.run(
            sql, row.salt, row.memory_kib, row.passes, row.login_hash, row.wrapped_seed, row.kem, row.verify, row.id
        )

    async def cut_off(self, member: str) -> None:
        """Ends sessions, takes grants, teams and invitations away."""
        for table in (
            "sessions",
            "grants",
            "memberships",
            "invitations",
            "passkeys",
            "totp",
            "challenges",
            "recoveries",
        ):
            await self.raw.run(f"DELETE FROM {table} WHERE member = ?", member)  # noqa: S608
        await self.raw.run(
            "UPDATE members SET state = 'revoked', login_hash = NULL, wrapped_seed = NULL WHERE id = ?", member
        )
        self.raw.scrub = True

    async def held_by(self, member: str, limit: int) -> list[ContactRow]:
        """Open contacts that this member holds."""
        sql = f"SELECT {_COLUMNS} FROM contacts WHERE {_OPEN} AND claimed_by = ? LIMIT ?"  # noqa: S608
        return [ContactRow(*row) for row in await self.raw.rows(sql, member, limit)]

    async def put_invitation(self, code_hash: bytes, member: str, expires: int) -> None:
        """One valid invitation per member."""
        await self.raw.run("DELETE FROM invitations WHERE member = ?", member)
        sql = "INSERT INTO invitations (code_hash, member, expires) VALUES (?, ?, ?)"
        await self.raw.run(sql, code_hash, member, expires)

    async def invitation(self, code_hash: bytes) -> tuple[str, int] | None:
        """(member id, expiry hour), or None."""
        row = await self.raw.row("SELECT member, expires FROM invitations WHERE code_hash = ?", code_hash)
        return None if row is None else (row[0], row[1])

    async def use_invitation(self, code_hash: bytes) -> bool:
        """True for exactly one caller."""
        return await self.raw.run("DELETE FROM invitations WHERE code_hash = ?", code_hash) == 1

    async def put_grant(self, member: str, grant: Grant) -> None:
        """A later grant for the same epoch replaces the earlier one."""
        sql = """INSERT INTO grants (member, team, epoch, envelope) VALUES (?, ?, ?, ?)
 ON CONFLICT (member, team, epoch) DO UPDATE SET envelope = excluded.envelope"""
        await self.raw.run(sql, member, *grant)

    async def grants(self, member: str) -> list[Grant]:
        """All grants of a member, oldest epoch first."""
        sql = "SELECT team, epoch, envelope FROM grants WHERE member = ? ORDER BY team, epoch"
        return [Grant(*row) for row in await self.raw.rows(sql, member)]

    # ------------------------------------------------------------------------------------------------ sessions

    async def put_session(self, token_hash: bytes, member: str, minute: int, device: str = "") -> None:
        """A new login."""
        sql = "INSERT INTO sessions (token_hash, member, created, seen, device) VALUES (?, ?, ?, ?, ?)"
        await self.raw.run(sql, token_hash, member, minute, minute, device)

    async def session(self, token_hash: bytes) -> tuple[str, int, int] | None:
        """(member id, created minute, seen minute), or None."""
        row = await self.raw.row("SELECT member, created, seen FROM sessions WHERE token_hash = ?", token_hash)
        return None if row is None else (row[0], row[1], row[2])

    async def touch_session(self, token_hash: bytes, minute: int) -> None:
        """Seen now."""
        await self.raw.run("UPDATE sessions SET seen = ? WHERE token_hash = ?", minute, token_hash)

    async def end_session(self, token_hash: bytes) -> None:
        """Logout."""
        await self.raw.run("DELETE FROM sessions WHERE token_hash = ?", token_hash)

    # ----------------------------------------------------------------------------------------- blocks, secrets

    async def blocks(self, team: str) -> bytes | None:
        """The team's sealed text blocks."""
        row = await self.raw.row("SELECT envelope FROM blocks WHERE team = ?", team)
        return None if row is None else row[0]

    async def put_blocks(self, team: str, envelope: bytes) -> None:
        """Replaces them."""
        sql = """INSERT INTO blocks (team, envelope) VALUES (?, ?)
 ON CONFLICT (team) DO UPDATE SET envelope = excluded.envelope"""
        await self.raw.run(sql, team, envelope)

    async def secret(self, name: str, fresh: bytes) -> bytes:
        """A secret of this installation; `fresh` becomes it at the first call."""
        sql = "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
        await self.raw.run(sql, name, fresh)
        row = await self.raw.row("SELECT value FROM secrets WHERE name = ?", name)
        return row[0] if row else fresh

    # -------------------------------------------------------------------------------------------------- clean

    async def sweep(self, hour: int, minute: int, *, idle: int, absolute: int) -> None:
        """Forgets what has outlived its use: sessions, invitations."""
        await self.raw.run("DELETE FROM sessions WHERE seen < ? OR created < ?", minute - idle, minute - absolute)
        await self.raw.run("DELETE FROM invitations WHERE expires <= ?", hour)

    async def sweep_erased(self, hour: int) -> None:
        """Forgets ids of mailboxes whose stamps are too old to bring them back."""
        await self.raw.run("DELETE FROM erased WHERE until < ?", hour)
