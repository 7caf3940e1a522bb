"""Every SQL statement about alerts, rotas, service phones and roles, as verbs on one open transaction.

An alert's row is its timer: `due` says when it must be stepped, `revision` decides races (compare-and-swap).
"""

from collections.abc import Sequence
from typing import NamedTuple

from intake.store.raw import Raced, Raw


class AlertRow(NamedTuple):
    """One alert. `document` is intake.alerts.dump; `due` in unix seconds; `ended` in unix minutes."""

    id: str
    team: str
    kind: str
    subject: str
    phase: str
    due: int | None
    document: bytes
    ended: int | None
    revision: int


class PhoneRow(NamedTuple):
    """A service phone as registered. `number` is sealed at rest; times in unix minutes; JSON in `matrix_devices`."""

    member: str
    number: bytes | None
    network: str | None
    number_verified: int | None
    matrix_user: str | None
    matrix_room: str | None
    matrix_devices: str
    matrix_verified: int | None
    code_hash: bytes | None
    code_channel: str | None
    code_until: int | None
    code_tries: int
    language: str
    memory: str
    cut_off: int | None
    changed_by: str | None
    revision: int


class PersonRow(NamedTuple):
    """A member of a team with what it takes to reach them: `numbered`, `in_matrix` and `pushed` are 0 or 1."""

    member: str
    name: str
    role: str
    numbered: int
    in_matrix: int
    pushed: int


class RotaRow(NamedTuple):
    """The plan of a team as its JSON document."""

    team: str
    version: int
    plan: str
    changed_by: str
    changed_at: int


class IncidentRow(NamedTuple):
    """Something that coordination learned of: counted within its hour. `at`: minute of the latest."""

    team: str
    trouble: str
    target: str
    loud: int
    at: int
    times: int


_ALERT = ", ".join(AlertRow._fields)
_INSERT_ALERT = f"INSERT INTO alerts ({_ALERT})"
_PHONE = ", ".join(PhoneRow._fields)
_PHONE_CHANGING = tuple(field for field in PhoneRow._fields if field not in ("member", "revision"))
_NEW_PHONE = (
    f"INSERT INTO service_phones ({_PHONE}) VALUES ({', '.join('?' * len(PhoneRow._fields))})"  # noqa: S608
    " ON CONFLICT (member) DO NOTHING"
)
_CHANGE_PHONE = (
    f"UPDATE service_phones SET {', '.join(f'{field} = ?' for field in _PHONE_CHANGING)},"  # noqa: S608
    " revision = revision + 1 WHERE member = ? AND revision = ?"
)


class AlertVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    # ------------------------------------------------------------------------------------------------- alerts

    async def insert_alert(self, row: AlertRow) -> bool:
        """False if the id exists, or an alert about the same subject is open already."""
        return await self.raw.insert(_INSERT_ALERT, *row)

    async def unannounced(self, limit: int, team: str | None = None) -> list[tuple[bytes, str]]:
        """(mailbox, team) of new contacts, of all teams or one, whose alert is not written yet."""
        where, values = ("", []) if team is None else (" AND team = ?", [team])
        sql = f"SELECT mailbox, team FROM contacts WHERE unannounced = 1{where} LIMIT ?"  # noqa: S608
        return [(row[0], row[1]) for row in await self.raw.rows(sql, *values, limit)]

    async def unannounced_teams(self) -> list[str]:
        """Teams with such contacts."""
        sql = "SELECT DISTINCT team FROM contacts WHERE unannounced = 1 ORDER BY team"
        return [row[0] for row in await self.raw.rows(sql)]

    async def announced(self, mailbox: bytes) -> bool:
        """Takes the mark away; True for exactly one caller, who must write the alert in the same unit."""
        sql = "UPDATE contacts SET unannounced = 0 WHERE mailbox = ? AND unannounced = 1"
        return await self.raw.run(sql, mailbox) == 1

    async def insert_alerts(self, rows: Sequence[AlertRow]) -> None:
        """Many at once; those about whose subject an alert is open already are left out."""
        await self.raw.insert_all(_INSERT_ALERT, rows)

    async def update_alert(self, before: AlertRow, after: AlertRow) -> None:
        """Compare-and-swap on the revision; raises Raced."""
        sql = """UPDATE alerts SET subject = ?, phase = ?, due = ?, document = ?, ended = ?, revision = revision + 1
 WHERE id = ? AND revision = ?"""
        values = (after.subject, after.phase, after.due, after.document, after.ended, before.id, before.revision)
        if await self.raw.run(sql, *values) == 0:
            raise Raced

    async def alert(self, id: str) -> AlertRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_ALERT} FROM alerts WHERE id = ?", id)  # noqa: S608
        return None if row is None else AlertRow(*row)

    async def open_alert(self, subject: str) -> AlertRow | None:
        """The one open alert about this subject, or None."""
        row = await self.raw.row(
            f"SELECT {_ALERT} FROM alerts WHERE subject = ? AND phase <> 'resolved'",  # noqa: S608
            subject,
        )
        return None if row is None else AlertRow(*row)

    async def due_alerts(self, now: int, limit: int) -> list[AlertRow]:
        """Open alerts whose time has come, the longest overdue first. Its cost does not depend on what is not due."""
        sql = f"SELECT {_ALERT} FROM alerts WHERE phase <> 'resolved' AND due <= ? ORDER BY due LIMIT ?"  # noqa: S608
        return [AlertRow(*row) for row in await self.raw.rows(sql, now, limit)]

    async def next_alert(self) -> int | None:
        """When the next open alert is due."""
        sql = "SELECT due FROM alerts WHERE phase <> 'resolved' AND due >= 0 ORDER BY due LIMIT 1"
        row = await self.raw.row(sql)
        return None if row is None else int(row[0])

    async def suspicious_alerts(self, late: int, far: int, limit: int) -> list[AlertRow]:
        """Open alerts due before `late`, after `far` or never: the auditor looks at each."""
        found: list[AlertRow] = []
        asked: tuple[tuple[str, str, tuple[int, ...]], ...] = (
            ("due <= ?", "due", (late,)),
            ("due IS NULL", "id", ()),
            ("due > ?", "due DESC", (far,)),  # the farthest first: they are the least likely to be meant
        )
        for condition, order, values in asked:
            sql = f"SELECT {_ALERT} FROM alerts WHERE phase <> 'resolved' AND {condition} ORDER BY {order} LIMIT ?"  # noqa: S608
            found += [AlertRow(*row) for row in await self.raw.rows(sql, *values, limit)]
        return found

    async def open_alerts(self, team: str, limit: int) -> list[AlertRow]:
        """Open alerts of a team. Looks through the times of all open ones."""
        sql = f"SELECT {_ALERT} FROM alerts WHERE phase <> 'resolved' AND due >= 0 AND team = ? ORDER BY id LIMIT ?"  # noqa: S608
        return [AlertRow(*row) for row in await self.raw.rows(sql, team, limit)]

    async def open_alerts_after(self, id: str, limit: int) -> list[AlertRow]:
        """All open alerts in pages, by id (when the clock was set back)."""
        sql = f"SELECT {_ALERT} FROM alerts WHERE phase <> 'resolved' AND id > ? ORDER BY id LIMIT ?"  # noqa: S608
        return [AlertRow(*row) for row in await self.raw.rows(sql, id, limit)]

    async def count_exhausted(self, most: int) -> int:
        """Open alerts for which nobody is left, counted up to `most`."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM alerts WHERE phase = 'exhausted' LIMIT ?) AS few"
        row = await self.raw.row(sql, most)
        return int(row[0]) if row else 0

    async def tell_person(self, alert: str, member: str, bundle: str, minute: int) -> None:
        """This person is told of the alert by `bundle` and may answer it."""
        sql = """INSERT INTO alert_people (member, alert, told, bundle) VALUES (?, ?, ?, ?)
 ON CONFLICT (member, alert) DO UPDATE SET told = excluded.told, bundle = excluded.bundle"""
        await self.raw.run(sql, member, alert, minute, bundle)

    async def told_people(self, alert: str) -> list[tuple[str, str]]:
        """(member, bundle of the latest saying) of everybody who was told, in order of time."""
        sql = "SELECT member, bundle FROM alert_people WHERE alert = ? ORDER BY told, member"
        return [(row[0], row[1]) for row in await self.raw.rows(sql, alert)]

    async def told_by(self, alert: str, member: str) -> str | None:
        """The bundle of the latest saying that told this person of the alert, or None."""
        row = await self.raw.row("SELECT bundle FROM alert_people WHERE member = ? AND alert = ?", member, alert)
        return None if row is None else str(row[0])

    async def told_alerts(self, member: str, limit: int) -> list[AlertRow]:
        """Alerts that this person was told of, open ones first, then the latest."""
        columns = ", ".join(f"a.{field}" for field in AlertRow._fields)
        sql = f"""SELECT {columns} FROM alert_people AS p JOIN alerts AS a ON a.id = p.alert WHERE p.member = ?
 ORDER BY CASE WHEN a.phase = 'resolved' THEN 1 ELSE 0 END, p.told DESC, a.id LIMIT ?"""  # noqa: S608
        return [AlertRow(*row) for row in await self.raw.rows(sql, member, limit)]

    async def forget_alerts(self, minute: int) -> None:
        """Removes alerts that ended before `minute`."""
        await self.raw.run("DELETE FROM alerts WHERE ended < ?", minute)

    # ------------------------------------------------------------------------------------- incidents and marks

    async def note_incident(self, id: str, row: IncidentRow) -> bool:
        """Counts it; True if it is the first within its hour (then somebody is to be told)."""
        sql = """INSERT INTO incidents (id, team, trouble, target, loud, at) VALUES (?, ?, ?, ?, ?, ?)
 ON CONFLICT (id) DO UPDATE SET times = incidents.times + 1, at = excluded.at RETURNING times"""
        found = await self.raw.row(sql, id, row.team, row.trouble, row.target, row.loud, row.at)
        return found is not None and found[0] == 1

    async def incidents(self, since: int, limit: int) -> list[IncidentRow]:
        """The latest first."""
        sql = f"SELECT {', '.join(IncidentRow._fields)} FROM incidents WHERE at >= ? ORDER BY at DESC, id LIMIT ?"  # noqa: S608
        return [IncidentRow(*row) for row in await self.raw.rows(sql, since, limit)]

    async def forget_incidents(self, minute: int) -> None:
        """Removes those before `minute`."""
        await self.raw.run("DELETE FROM incidents WHERE at < ?", minute)

    async def mark(self, name: str) -> int | None:
        """A number that this installation remembers, or None."""
        row = await self.raw.row("SELECT value FROM marks WHERE name = ?", name)
        return None if row is None else int(row[0])

    async def raise_mark(self, name: str, value: int) -> bool:
        """Sets it if it is higher than before: true for one caller only."""
        sql = """INSERT INTO marks (name, value) VALUES (?, ?)
 ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE marks.value < excluded.value"""
        return await self.raw.run(sql, name, value) == 1

    async def lower_mark(self, name: str, before: int, value: int) -> bool:
        """Sets it if it is still `before`."""
        sql = "UPDATE marks SET value = ? WHERE name = ? AND value = ?"
        return await self.raw.run(sql, value, name, before) == 1

    # --------------------------------------------------------------------------------------- people and phones

    async def people(self, team: str) -> list[PersonRow]:
        """Enrolled members of a team (or coordination), by id, with the channels that are verified."""
        sql = """SELECT m.id, m.name, s.role,
 CASE WHEN p.cut_off IS NULL AND p.number_verified IS NOT NULL THEN 1 ELSE 0 END,
 CASE WHEN p.cut_off IS NULL AND p.matrix_verified IS NOT NULL THEN 1 ELSE 0 END,
 CASE WHEN EXISTS (SELECT 1 FROM push_subscriptions AS w WHERE w.member = m.id) THEN 1 ELSE 0 END
 FROM memberships AS s JOIN members AS m ON m.id = s.member LEFT JOIN service_phones AS p ON p.member = m.id
 WHERE s.team = ? AND m.state = 'enrolled' ORDER BY m.id"""
        return [PersonRow(*row) for row in await self.raw.rows(sql, team)]

    async def roles_of(self, member: str) -> dict[str, str]:
        """team or coordination -> role."""
        rows = await self.raw.rows("SELECT team, role FROM memberships WHERE member = ? ORDER BY team", member)
        return {row[0]: row[1] for row in rows}

    async def put_role(self, member: str, team: str, role: str) -> bool:
        """False if the member is not part of the team."""
        return (
            await self.raw.run("UPDATE memberships SET role = ? WHERE member = ? AND team = ?", role, member, team) == 1
        )

    async def phone(self, member: str) -> PhoneRow | None:
        """The row, or None."""
        row = await self.raw.row(f"SELECT {_PHONE} FROM service_phones WHERE member = ?", member)  # noqa: S608
        return None if row is None else PhoneRow(*row)

    async def phone_of_matrix(self, user: str) -> PhoneRow | None:
        """The phone that belongs to this Matrix user, or None."""
        row = await self.raw.row(f"SELECT {_PHONE} FROM service_phones WHERE matrix_user = ?", user)  # noqa: S608
        return None if row is None else PhoneRow(*row)

    async def matrix_phones(self) -> list[PhoneRow]:
        """All phones with a Matrix user that are not cut off."""
        sql = f"SELECT {_PHONE} FROM service_phones WHERE matrix_user IS NOT NULL AND cut_off IS NULL ORDER BY member"  # noqa: S608
        return [PhoneRow(*row) for row in await self.raw.rows(sql)]

    async def put_phone(self, row: PhoneRow) -> None:
        """Registers or changes (compare-and-swap on the revision); raises Raced."""
        if row.revision == 1 and await self.raw.run(_NEW_PHONE, *row) == 1:
            return
        values = (getattr(row, field) for field in _PHONE_CHANGING)
        if await self.raw.run(_CHANGE_PHONE, *values, row.member, row.revision) == 0:
            raise Raced

    async def end_sessions(self, member: str) -> None:
        """All consoles of this member must log in again."""
        await self.raw.run("DELETE FROM sessions WHERE member = ?", member)

    async def put_push(self, id: str, member: str, sealed: bytes) -> None:
        """One browser that wants to be woken; the same browser again replaces."""
        sql = """INSERT INTO push_subscriptions (id, member, sealed) VALUES (?, ?, ?)
 ON CONFLICT (id) DO UPDATE SET member = excluded.member, sealed = excluded.sealed"""
        await self.raw.run(sql, id, member, sealed)

    async def pushes(self, member: str) -> list[tuple[str, bytes]]:
        """(id, sealed) of this member's browsers."""
        rows = await self.raw.rows("SELECT id, sealed FROM push_subscriptions WHERE member = ? ORDER BY id", member)
        return [(row[0], row[1]) for row in rows]

    async def drop_push(self, member: str, id: str | None = None) -> None:
        """Forgets one browser, or all of this member."""
        if id is None:
            await self.raw.run("DELETE FROM push_subscriptions WHERE member = ?", member)
        else:
            await self.raw.run("DELETE FROM push_subscriptions WHERE member = ? AND id = ?", member, id)

    # --------------------------------------------------------------------------------------- rota and calendar

    async def rota(self, team: str) -> RotaRow | None:
        """The row, or None."""
        row = await self.raw.same("SELECT team, version, plan, changed_by, changed_at FROM rotas WHERE team = ?", team)
        return None if row is None else RotaRow(*row)

    async def rotas(self) -> list[RotaRow]:
        """The plans of all teams."""
        rows = await self.raw.rows("SELECT team, version, plan, changed_by, changed_at FROM rotas ORDER BY team")
        return [RotaRow(*row) for row in rows]

    async def put_rota(self, row: RotaRow) -> bool:
        """Stores version n if n-1 (or nothing, for 1) is what stands there; False if somebody was first."""
        if row.version == 1:
            sql = """INSERT INTO rotas (team, version, plan, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)
 ON CONFLICT (team) DO NOTHING"""
            return await self.raw.run(sql, *row) == 1
        sql = "UPDATE rotas SET version = ?, plan = ?, changed_by = ?, changed_at = ? WHERE team = ? AND version = ?"
        values = (row.version, row.plan, row.changed_by, row.changed_at, row.team, row.version - 1)
        return await self.raw.run(sql, *values) == 1

    async def put_feed(self, secret_hash: bytes, feed: str, member: str, team: str) -> None:
        """One secret address for each member and team: a new one ends the former."""
        await self.raw.run("DELETE FROM calendar_feeds WHERE member = ? AND team = ?", member, team)
        sql = "INSERT INTO calendar_feeds (secret_hash, feed, member, team) VALUES (?, ?, ?, ?)"
        await self.raw.run(sql, secret_hash, feed, member, team)

    async def feed(self, secret_hash: bytes) -> tuple[str, str, str] | None:
        """(feed id, member, team), or None."""
        row = await self.raw.row("SELECT feed, member, team FROM calendar_feeds WHERE secret_hash = ?", secret_hash)
        return None if row is None else (row[0], row[1], row[2])
