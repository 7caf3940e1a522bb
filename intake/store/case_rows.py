"""Every SQL statement about cases, conflicts of interest and sheet templates, as verbs on one open transaction."""

from typing import NamedTuple

from intake.store.raw import Raced, Raw


class CaseRow(NamedTuple):
    """One case, of the contact with the same mailbox. Days since 1970; `first`, `second`: member ids."""

    mailbox: bytes
    kind: str
    mandate: str | None
    state: str
    opened: int
    agreement: str
    dissolved_why: str | None
    review_on: int | None
    first: str | None
    second: str | None
    interval_days: int | None
    outcome: str | None
    ended: int | None
    kept_until: int | None
    sheets: int
    steps: int
    size: int
    revision: int


class SheetRow(NamedTuple):
    """One version of a sheet of the documentation."""

    number: int
    sheet: str
    day: int
    member: str
    envelope: bytes


class StepRow(NamedTuple):
    """One decision in the life of a case; `envelope` holds the reason where there is one."""

    number: int
    day: int
    step: str
    detail: str
    member: str
    envelope: bytes | None


class TemplateRow(NamedTuple):
    """A carrier's questions for one sheet (`questions`: JSON)."""

    sheet: str
    questions: str
    changed_by: str
    changed_on: int


_CASE = ", ".join(CaseRow._fields)
_QUALIFIED = ", ".join(f"c.{field}" for field in CaseRow._fields)
_CHANGING = tuple(field for field in CaseRow._fields if field not in ("mailbox", "opened", "revision"))
_CHANGE_CASE = (
    f"UPDATE cases SET {', '.join(f'{field} = ?' for field in _CHANGING)}, revision = revision + 1"  # noqa: S608
    " WHERE mailbox = ? AND revision = ?"
)


class CaseVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    async def insert_case(self, row: CaseRow) -> bool:
        """False if this contact has one already."""
        sql = f"INSERT INTO cases ({_CASE}) VALUES ({', '.join('?' * len(row))}) ON CONFLICT (mailbox) DO NOTHING"  # noqa: S608
        return await self.raw.run(sql, *row) == 1

    async def update_case(self, before: CaseRow, after: CaseRow) -> None:
        """Compare-and-swap on the revision; raises Raced."""
        values = (getattr(after, field) for field in _CHANGING)
        if await self.raw.run(_CHANGE_CASE, *values, before.mailbox, before.revision) == 0:
            raise Raced

    async def case(self, mailbox: bytes) -> CaseRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_CASE} FROM cases WHERE mailbox = ?", mailbox)  # noqa: S608
        return None if row is None else CaseRow(*row)

    async def cases_of(self, team: str, member: str, limit: int, *, ended: bool) -> list[CaseRow]:
        """Cases of a team that this member may see: running ones by age, or those that ended, the latest first."""
        which, order = ("= 'ended'", "c.ended DESC") if ended else ("<> 'ended'", "c.opened")
        sql = f"""SELECT {_QUALIFIED} FROM cases AS c JOIN contacts AS k ON k.mailbox = c.mailbox
 WHERE k.team = ? AND c.state {which} AND NOT EXISTS
 (SELECT 1 FROM conflicts AS x WHERE x.mailbox = c.mailbox AND x.member = ?) ORDER BY {order}, c.mailbox LIMIT ?"""  # noqa: S608
        return [CaseRow(*row) for row in await self.raw.rows(sql, team, member, limit)]

    async def add_sheet(self, mailbox: bytes, row: SheetRow) -> None:
        """One more version."""
        sql = "INSERT INTO case_sheets (mailbox, number, sheet, day, member, envelope) VALUES (?, ?, ?, ?, ?, ?)"
        await self.raw.run(sql, mailbox, *row)

    async def sheets(self, mailbox: bytes) -> list[SheetRow]:
        """All versions, in order."""
        sql = "SELECT number, sheet, day, member, envelope FROM case_sheets WHERE mailbox = ? ORDER BY number"
        return [SheetRow(*row) for row in await self.raw.rows(sql, mailbox)]

    async def drop_left_behind_of_case(self, mailbox: bytes) -> None:
        """What does not go along to another team: older versions of sheets, sealed reasons, who accompanied."""
        older = """DELETE FROM case_sheets WHERE mailbox = ? AND number NOT IN
 (SELECT MAX(number) FROM case_sheets WHERE mailbox = ? GROUP BY sheet)"""
        await self.raw.run(older, mailbox, mailbox)
        await self.raw.run("DELETE FROM case_steps WHERE mailbox = ? AND step = 'accompany'", mailbox)
        await self.raw.run("UPDATE case_steps SET envelope = NULL WHERE mailbox = ?", mailbox)
        self.raw.scrub = True

    async def add_step(self, mailbox: bytes, row: StepRow) -> None:
        """One more decision."""
        sql = (
            "INSERT INTO case_steps (mailbox, number, day, step, detail, member, envelope) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        await self.raw.run(sql, mailbox, *row)

    async def steps(self, mailbox: bytes) -> list[StepRow]:
        """All decisions, in order."""
        sql = "SELECT number, day, step, detail, member, envelope FROM case_steps WHERE mailbox = ? ORDER BY number"
        return [StepRow(*row) for row in await self.raw.rows(sql, mailbox)]

    # ------------------------------------------------------------------------------------ conflicts of interest

    async def put_conflict(self, mailbox: bytes, member: str, day: int) -> None:
        """This member sees nothing of the contact from now on."""
        sql = "INSERT INTO conflicts (mailbox, member, day) VALUES (?, ?, ?) ON CONFLICT (mailbox, member) DO NOTHING"
        await self.raw.run(sql, mailbox, member, day)

    async def drop_conflict(self, mailbox: bytes, member: str) -> bool:
        """False if there was none."""
        return await self.raw.run("DELETE FROM conflicts WHERE mailbox = ? AND member = ?", mailbox, member) == 1

    async def conflicted(self, mailbox: bytes) -> frozenset[str]:
        """Who knows this person and therefore sees nothing."""
        rows = await self.raw.rows("SELECT member FROM conflicts WHERE mailbox = ?", mailbox)
        return frozenset(row[0] for row in rows)

    async def in_conflict(self, mailbox: bytes, member: str) -> bool:
        """Whether this member does."""
        sql = "SELECT 1 FROM conflicts WHERE mailbox = ? AND member = ?"
        return await self.raw.row(sql, mailbox, member) is not None

    async def conflicts_of(self, member: str) -> frozenset[bytes]:
        """Mailboxes that this member sees nothing of."""
        rows = await self.raw.rows("SELECT mailbox FROM conflicts WHERE member = ?", member)
        return frozenset(bytes(row[0]) for row in rows)

    # ---------------------------------------------------------------------------------------------- templates

    async def templates(self, carrier: str) -> list[TemplateRow]:
        """The carrier's own questions, by sheet."""
        sql = "SELECT sheet, questions, changed_by, changed_on FROM sheet_templates WHERE carrier = ? ORDER BY sheet"
        return [TemplateRow(*row) for row in await self.raw.rows(sql, carrier)]

    async def put_template(self, carrier: str, row: TemplateRow) -> None:
        """Replaces the questions of one sheet."""
        sql = """INSERT INTO sheet_templates (carrier, sheet, questions, changed_by, changed_on) VALUES (?, ?, ?, ?, ?)
 ON CONFLICT (carrier, sheet) DO UPDATE SET questions = excluded.questions, changed_by = excluded.changed_by,
 changed_on = excluded.changed_on"""
        await self.raw.run(sql, carrier, *row)

    async def drop_template(self, carrier: str, sheet: str) -> None:
        """Back to the questions that come with the house."""
        await self.raw.run("DELETE FROM sheet_templates WHERE carrier = ? AND sheet = ?", carrier, sheet)
