"""Every SQL statement about field visits: the visits themselves, sealed sheets, logs, PINs, rules and routines."""

from typing import NamedTuple

from intake.store.raw import Raced, Raw


class VisitRow(NamedTuple):
    """A visit: `document` is all of it, the rest its index. `due` in unix seconds, `ended` in minutes."""

    id: str
    team: str
    member: str
    phase: str
    due: int | None
    document: bytes
    ended: int | None
    revision: int


class VisitLogRow(NamedTuple):
    """One line: what happened in minute `at`. `by`: member id, "" for the machine."""

    at: int
    entry: str
    by: str
    detail: str


class RoutineRow(NamedTuple):
    """A standing routine; `next` in unix seconds; `member` None: the whole team."""

    id: str
    team: str
    member: str | None
    document: str
    next: int


_VISIT = ", ".join(VisitRow._fields)
_ROUTINE = ", ".join(RoutineRow._fields)


class VisitVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    # ------------------------------------------------------------------------------------------------- visits

    async def insert_visit(self, row: VisitRow) -> bool:
        """False if the id exists."""
        sql = f"INSERT INTO visits ({_VISIT}) VALUES ({', '.join('?' * len(row))}) ON CONFLICT DO NOTHING"  # noqa: S608
        return await self.raw.run(sql, *row) == 1

    async def update_visit(self, before: VisitRow, after: VisitRow) -> None:
        """Compare-and-swap on the revision; raises Raced."""
        sql = """UPDATE visits SET phase = ?, due = ?, document = ?, ended = ?, revision = revision + 1
 WHERE id = ? AND revision = ?"""
        values = (after.phase, after.due, after.document, after.ended, before.id, before.revision)
        if await self.raw.run(sql, *values) == 0:
            raise Raced

    async def visit(self, id: str) -> VisitRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_VISIT} FROM visits WHERE id = ?", id)  # noqa: S608
        return None if row is None else VisitRow(*row)

    async def due_visits(self, now: int, limit: int) -> list[VisitRow]:
        """Open visits whose time has come, the longest overdue first. Its cost does not depend on what is not due."""
        sql = f"SELECT {_VISIT} FROM visits WHERE phase <> 'closed' AND due <= ? ORDER BY due LIMIT ?"  # noqa: S608
        return [VisitRow(*row) for row in await self.raw.rows(sql, now, limit)]

    async def next_visit(self) -> int | None:
        """When the next open visit is due."""
        row = await self.raw.row("SELECT due FROM visits WHERE phase <> 'closed' AND due >= 0 ORDER BY due LIMIT 1")
        return None if row is None else int(row[0])

    async def open_visits(self, team: str, limit: int) -> list[VisitRow]:
        """Open visits of a team."""
        sql = f"SELECT {_VISIT} FROM visits WHERE team = ? AND phase <> 'closed' ORDER BY id LIMIT ?"  # noqa: S608
        return [VisitRow(*row) for row in await self.raw.rows(sql, team, limit)]

    async def open_visits_after(self, id: str, limit: int) -> list[VisitRow]:
        """All open visits in pages, by id (when the clock was set back)."""
        sql = f"SELECT {_VISIT} FROM visits WHERE phase <> 'closed' AND id > ? ORDER BY id LIMIT ?"  # noqa: S608
        return [VisitRow(*row) for row in await self.raw.rows(sql, id, limit)]

    async def visits_of(self, member: str, limit: int) -> list[VisitRow]:
        """Open visits of one member."""
        sql = f"SELECT {_VISIT} FROM visits WHERE member = ? AND phase <> 'closed' ORDER BY id LIMIT ?"  # noqa: S608
        return [VisitRow(*row) for row in await self.raw.rows(sql, member, limit)]

    async def last_visit(self, member: str) -> VisitRow | None:
        """The member's visit that ended last, or None."""
        sql = f"SELECT {_VISIT} FROM visits WHERE member = ? AND phase = 'closed' ORDER BY ended DESC, id LIMIT 1"  # noqa: S608
        row = await self.raw.row(sql, member)
        return None if row is None else VisitRow(*row)

    async def ended_visits(self, team: str, since: int, limit: int) -> list[VisitRow]:
        """Visits of a team that ended since minute `since`, the latest first."""
        sql = f"SELECT {_VISIT} FROM visits WHERE ended >= ? AND team = ? ORDER BY ended DESC, id LIMIT ?"  # noqa: S608
        return [VisitRow(*row) for row in await self.raw.rows(sql, since, team, limit)]

    async def visits_between(self, first: str, last: str, limit: int) -> list[VisitRow]:
        """Visits by id, from `first` to `last`: those of one drill."""
        sql = f"SELECT {_VISIT} FROM visits WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"  # noqa: S608
        return [VisitRow(*row) for row in await self.raw.rows(sql, first, last, limit)]

    async def hold_member(self, member: str) -> None:
        """Until the end of this transaction nobody else plans for this member."""
        await self.raw.run("UPDATE members SET name = name WHERE id = ?", member)

    async def forget_visits(self, minute: int) -> int:
        """Removes visits that ended before `minute`, with their logs and sheets."""
        gone = await self.raw.run("DELETE FROM visits WHERE ended < ?", minute)
        if gone:
            self.raw.scrub = True
        return gone

    # ----------------------------------------------------------------------------------------- sheets and logs

    async def put_visit_sheet(self, visit: str, envelope: bytes) -> None:
        """The sealed sheet; a later one replaces."""
        sql = """INSERT INTO visit_sheets (visit, envelope) VALUES (?, ?)
 ON CONFLICT (visit) DO UPDATE SET envelope = excluded.envelope"""
        await self.raw.run(sql, visit, envelope)

    async def visit_sheet(self, visit: str) -> bytes | None:
        """The envelope, or None."""
        row = await self.raw.row("SELECT envelope FROM visit_sheets WHERE visit = ?", visit)
        return None if row is None else row[0]

    async def sheeted(self, visits: list[str]) -> set[str]:
        """Which of these have a sheet."""
        if not visits:
            return set()
        sql = f"SELECT visit FROM visit_sheets WHERE visit IN ({', '.join('?' * len(visits))})"  # noqa: S608
        return {row[0] for row in await self.raw.rows(sql, *visits)}

    async def drop_visit_sheet(self, visit: str) -> None:
        """Nobody needs it any more."""
        if await self.raw.run("DELETE FROM visit_sheets WHERE visit = ?", visit):
            self.raw.scrub = True

    async def log_visit(self, visit: str, row: VisitLogRow) -> None:
        """One more line at the end of a visit's log."""
        sql = """INSERT INTO visit_log (visit, number, at, entry, by_whom, detail)
 VALUES (?, (SELECT COALESCE(MAX(number), 0) + 1 FROM visit_log WHERE visit = ?), ?, ?, ?, ?)"""
        await self.raw.run(sql, visit, visit, *row)

    async def visit_log(self, visit: str) -> list[VisitLogRow]:
        """All lines in order."""
        sql = "SELECT at, entry, by_whom, detail FROM visit_log WHERE visit = ? ORDER BY number"
        return [VisitLogRow(*row) for row in await self.raw.rows(sql, visit)]

    # --------------------------------------------------------------------------------- PINs, rules and routines

    async def visit_pin(self, member: str) -> bytes | None:
        """The sealed digests, or None."""
        row = await self.raw.row("SELECT sealed FROM visit_pins WHERE member = ?", member)
        return None if row is None else row[0]

    async def put_visit_pin(self, member: str, sealed: bytes | None) -> None:
        """New ones; None takes them away."""
        await self.raw.run("DELETE FROM visit_pins WHERE member = ?", member)
        if sealed is not None:
            await self.raw.run("INSERT INTO visit_pins (member, sealed) VALUES (?, ?)", member, sealed)

    async def visit_rules(self, team: str) -> str | None:
        """The team's settings, or None."""
        row = await self.raw.row("SELECT document FROM visit_rules WHERE team = ?", team)
        return None if row is None else row[0]

    async def put_visit_rules(self, team: str, document: str, by: str, minute: int) -> None:
        """Replaces them."""
        sql = """INSERT INTO visit_rules (team, document, changed_by, changed_at) VALUES (?, ?, ?, ?)
 ON CONFLICT (team) DO UPDATE SET document = excluded.document, changed_by = excluded.changed_by,
 changed_at = excluded.changed_at"""
        await self.raw.run(sql, team, document, by, minute)

    async def put_routine(self, row: RoutineRow) -> None:
        """A new routine, or the same with other times."""
        sql = f"""INSERT INTO visit_routines ({_ROUTINE}) VALUES (?, ?, ?, ?, ?)
 ON CONFLICT (id) DO UPDATE SET document = excluded.document, next = excluded.next"""  # noqa: S608
        await self.raw.run(sql, *row)

    async def move_routine(self, row: RoutineRow, next_: int) -> bool:
        """Its next time: true for one caller only."""
        sql = "UPDATE visit_routines SET next = ? WHERE id = ? AND next = ?"
        return await self.raw.run(sql, next_, row.id, row.next) == 1

    async def routine(self, id: str) -> RoutineRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_ROUTINE} FROM visit_routines WHERE id = ?", id)  # noqa: S608
        return None if row is None else RoutineRow(*row)

    async def routines(self, team: str) -> list[RoutineRow]:
        """All of a team."""
        sql = f"SELECT {_ROUTINE} FROM visit_routines WHERE team = ? ORDER BY id"  # noqa: S608
        return [RoutineRow(*row) for row in await self.raw.rows(sql, team)]

    async def due_routines(self, now: int, limit: int) -> list[RoutineRow]:
        """Whose time has come."""
        sql = f"SELECT {_ROUTINE} FROM visit_routines WHERE next <= ? ORDER BY next LIMIT ?"  # noqa: S608
        return [RoutineRow(*row) for row in await self.raw.rows(sql, now, limit)]

    async def next_routine(self) -> int | None:
        """When the next routine begins."""
        row = await self.raw.row("SELECT next FROM visit_routines ORDER BY next LIMIT 1")
        return None if row is None else int(row[0])

    async def drop_routine(self, id: str) -> None:
        """It ends."""
        await self.raw.run("DELETE FROM visit_routines WHERE id = ?", id)
