"""Every SQL statement about contact appointments, as verbs on one open transaction."""

from typing import NamedTuple

from intake.store.raw import Raced, Raw


class AppointmentRow(NamedTuple):
    """The plan of a case. `begins` in unix minutes, `due` in unix seconds; `document` is intake.appointments.dump."""

    mailbox: bytes
    phase: str
    begins: int | None
    due: int | None
    document: str
    envelope: bytes | None
    revision: int


class AppointmentLogRow(NamedTuple):
    """One line: what happened on a day. `by`: member id, "person", or "" for the machine."""

    number: int
    day: int
    entry: str
    detail: str
    by: str


_PLAN = ", ".join(AppointmentRow._fields)
_QUALIFIED = ", ".join(f"a.{field}" for field in AppointmentRow._fields)
MOST_LINES = 200


class AppointmentVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    async def insert_appointment(self, row: AppointmentRow) -> None:
        """A new plan; raises Raced if there is one by now."""
        sql = f"INSERT INTO appointments ({_PLAN}) VALUES ({', '.join('?' * len(row))}) ON CONFLICT DO NOTHING"  # noqa: S608
        if await self.raw.run(sql, *row) == 0:
            raise Raced

    async def update_appointment(self, before: AppointmentRow, after: AppointmentRow) -> None:
        """Compare-and-swap on the revision; raises Raced. An envelope that changes leaves the files, too."""
        sql = """UPDATE appointments SET phase = ?, begins = ?, due = ?, document = ?, envelope = ?,
 revision = revision + 1 WHERE mailbox = ? AND revision = ?"""
        values = (after.phase, after.begins, after.due, after.document, after.envelope)
        if await self.raw.run(sql, *values, before.mailbox, before.revision) == 0:
            raise Raced
        if before.envelope is not None and after.envelope != before.envelope:
            self.raw.scrub = True

    async def appointment(self, mailbox: bytes) -> AppointmentRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_PLAN} FROM appointments WHERE mailbox = ?", mailbox)  # noqa: S608
        return None if row is None else AppointmentRow(*row)

    async def due_appointments(self, now: int, limit: int) -> list[AppointmentRow]:
        """Plans whose time has come, the longest overdue first. Its cost does not depend on what is not due."""
        sql = f"SELECT {_PLAN} FROM appointments WHERE due <= ? ORDER BY due LIMIT ?"  # noqa: S608
        return [AppointmentRow(*row) for row in await self.raw.rows(sql, now, limit)]

    async def next_appointment_due(self) -> int | None:
        """The second in which the next plan is due, or None."""
        row = await self.raw.row("SELECT MIN(due) FROM appointments WHERE due IS NOT NULL")
        return None if row is None else row[0]

    async def appointments_between(
        self, team: str, member: str, first: int, last: int, limit: int
    ) -> list[AppointmentRow]:
        """Appointments of a team that begin from minute `first` until before `last` and that this member may see."""
        sql = f"""SELECT {_QUALIFIED} FROM appointments AS a JOIN contacts AS k ON k.mailbox = a.mailbox
 WHERE a.begins >= ? AND a.begins < ? AND k.team = ? AND NOT EXISTS
 (SELECT 1 FROM conflicts AS x WHERE x.mailbox = a.mailbox AND x.member = ?) ORDER BY a.begins, a.mailbox LIMIT ?"""  # noqa: S608
        return [AppointmentRow(*row) for row in await self.raw.rows(sql, first, last, team, member, limit)]

    async def log_appointment(self, mailbox: bytes, day: int, entry: str, detail: str, by: str) -> None:
        """One more line; the oldest of very many go."""
        sql = """INSERT INTO appointment_log (mailbox, number, day, entry, detail, by_whom)
 VALUES (?, (SELECT COALESCE(MAX(number), 0) + 1 FROM appointment_log WHERE mailbox = ?), ?, ?, ?, ?)"""
        await self.raw.run(sql, mailbox, mailbox, day, entry, detail, by)
        await self.raw.run(
            "DELETE FROM appointment_log WHERE mailbox = ? AND number <="
            " (SELECT MAX(number) FROM appointment_log WHERE mailbox = ?) - ?",
            mailbox,
            mailbox,
            MOST_LINES,
        )

    async def drop_left_behind_of_plan(self, mailbox: bytes) -> None:
        """What does not go along to another team: the place, which only the old team could open, and the history."""
        await self.raw.run("UPDATE appointments SET envelope = NULL WHERE mailbox = ?", mailbox)
        await self.raw.run("DELETE FROM appointment_log WHERE mailbox = ?", mailbox)
        self.raw.scrub = True

    async def appointment_log(self, mailbox: bytes) -> list[AppointmentLogRow]:
        """All lines in order."""
        sql = "SELECT number, day, entry, detail, by_whom FROM appointment_log WHERE mailbox = ? ORDER BY number"
        return [AppointmentLogRow(*row) for row in await self.raw.rows(sql, mailbox)]
