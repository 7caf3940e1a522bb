"""SQL about who may read and how they prove who they are, as verbs on one open transaction."""

from typing import NamedTuple

from intake.store.raw import Raw


class ColleagueRow(NamedTuple):
    """One member of a team, invited or enrolled. `secrecy`: ISO day of the commitment, or None."""

    member: str
    name: str
    state: str
    role: str
    kem: bytes | None
    verify: bytes | None
    secrecy: str | None


class PasskeyRow(NamedTuple):
    """A public key of an authenticator (WebAuthn level 2). `added` in unix days."""

    id: bytes
    member: str
    name: str
    public_key: bytes
    sign_count: int
    added: int


class TotpRow(NamedTuple):
    """A sealed secret (RFC 6238); `step` is the last time step whose code was used."""

    sealed: bytes
    confirmed: int
    step: int


class RecoveryRow(NamedTuple):
    """Asked for by one lead, waiting for another. `expires` in unix hours."""

    member: str
    team: str
    asked_by: str
    expires: int


class PeopleVerbs:
    """Mixed into `Transaction`."""

    __slots__ = ()
    raw: Raw

    # ------------------------------------------------------------------------------------------------------- log

    async def statements(self, team: str) -> list[bytes]:
        """The team's people's log, oldest first."""
        rows = await self.raw.rows("SELECT statement FROM people_log WHERE team = ? ORDER BY number", team)
        return [row[0] for row in rows]

    async def add_statement(self, team: str, number: int, statement: bytes) -> bool:
        """False if somebody wrote this number first."""
        sql = "INSERT INTO people_log (team, number, statement) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        return await self.raw.run(sql, team, number, statement) == 1

    # ---------------------------------------------------------------------------------------------------- people

    async def colleagues(self, team: str) -> list[ColleagueRow]:
        """Everybody who belongs to the team, by id."""
        sql = """SELECT m.id, m.name, m.state, s.role, m.kem, m.verify, m.secrecy
 FROM memberships AS s JOIN members AS m ON m.id = s.member WHERE s.team = ? ORDER BY m.id"""
        return [ColleagueRow(*row) for row in await self.raw.rows(sql, team)]

    async def granted_epochs(self, team: str) -> dict[str, list[int]]:
        """member -> epochs whose seed is granted."""
        found: dict[str, list[int]] = {}
        for member, epoch in await self.raw.rows(
            "SELECT member, epoch FROM grants WHERE team = ? ORDER BY member, epoch", team
        ):
            found.setdefault(member, []).append(epoch)
        return found

    async def join_as(self, member: str, name: str, team: str, role: str) -> None:
        """Part of the team; a new or returning member without keys, one who has keys keeps them and the name."""
        sql = """INSERT INTO members (id, name, state) VALUES (?, ?, 'invited')
 ON CONFLICT (id) DO UPDATE SET name = excluded.name, state = 'invited' WHERE members.state <> 'enrolled'"""
        await self.raw.run(sql, member, name)
        sql = """INSERT INTO memberships (member, team, role) VALUES (?, ?, ?)
 ON CONFLICT (member, team) DO UPDATE SET role = excluded.role"""
        await self.raw.run(sql, member, team, role)

    async def drop_grants(self, member: str, team: str) -> None:
        """Stays in the team, reads nothing any more."""
        await self.raw.run("DELETE FROM grants WHERE member = ? AND team = ?", member, team)
        self.raw.scrub = True

    async def drop_epoch(self, team: str, epoch: int) -> None:
        """Nobody holds this epoch any more."""
        await self.raw.run("DELETE FROM grants WHERE team = ? AND epoch = ?", team, epoch)

    async def leave_team(self, member: str, team: str) -> None:
        """No membership and no grants of this team any more."""
        await self.raw.run("DELETE FROM grants WHERE member = ? AND team = ?", member, team)
        await self.raw.run("DELETE FROM memberships WHERE member = ? AND team = ?", member, team)
        self.raw.scrub = True

    async def secrecy(self, member: str) -> str | None:
        """The day of the commitment to secrecy, or None."""
        row = await self.raw.row("SELECT secrecy FROM members WHERE id = ?", member)
        return None if row is None else row[0]

    async def put_secrecy(self, member: str, day: str) -> None:
        """The day of the commitment to secrecy."""
        await self.raw.run("UPDATE members SET secrecy = ? WHERE id = ?", day, member)

    async def forget_keys(self, member: str) -> None:
        """Back to invited: keys, grants, sessions, factors gone; the teams stay."""
        for table in ("sessions", "grants", "invitations", "passkeys", "totp", "challenges"):
            await self.raw.run(f"DELETE FROM {table} WHERE member = ?", member)  # noqa: S608
        sql = """UPDATE members SET state = 'invited', salt = NULL, memory_kib = NULL, passes = NULL, login_hash = NULL,
 wrapped_seed = NULL, kem = NULL, verify = NULL WHERE id = ?"""
        await self.raw.run(sql, member)
        self.raw.scrub = True

    async def put_recovery(self, row: RecoveryRow) -> bool:
        """False if one is waiting already."""
        sql = "INSERT INTO recoveries (member, team, asked_by, expires) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return await self.raw.run(sql, *row) == 1

    async def recoveries(self, team: str) -> list[RecoveryRow]:
        """All that wait in a team."""
        sql = "SELECT member, team, asked_by, expires FROM recoveries WHERE team = ? ORDER BY member"
        return [RecoveryRow(*row) for row in await self.raw.rows(sql, team)]

    async def drop_recovery(self, member: str, team: str) -> bool:
        """True for exactly one caller."""
        return await self.raw.run("DELETE FROM recoveries WHERE member = ? AND team = ?", member, team) == 1

    # --------------------------------------------------------------------------------------------------- account

    async def change_passphrase(
        self, member: str, *, salt: bytes, memory_kib: int, passes: int, login_hash: bytes, wrapped_seed: bytes
    ) -> None:
        """The same seed under another passphrase."""
        sql = """UPDATE members SET salt = ?, memory_kib = ?, passes = ?, login_hash = ?, wrapped_seed = ?
 WHERE id = ?"""
        await self.raw.run(sql, salt, memory_kib, passes, login_hash, wrapped_seed, member)
        self.raw.scrub = True

    async def sessions_of(self, member: str) -> list[tuple[bytes, int, int, str]]:
        """(token hash, created minute, seen minute, device), newest first."""
        sql = "SELECT token_hash, created, seen, device FROM sessions WHERE member = ? ORDER BY seen DESC, token_hash"
        return [(row[0], row[1], row[2], row[3]) for row in await self.raw.rows(sql, member)]

    async def passkeys(self, member: str) -> list[PasskeyRow]:
        """Of one member, oldest first."""
        sql = "SELECT id, member, name, public_key, sign_count, added FROM passkeys WHERE member = ? ORDER BY added, id"
        return [PasskeyRow(*row) for row in await self.raw.rows(sql, member)]

    async def put_passkey(self, row: PasskeyRow) -> bool:
        """False if the authenticator is registered already."""
        sql = """INSERT INTO passkeys (id, member, name, public_key, sign_count, added) VALUES (?, ?, ?, ?, ?, ?)
 ON CONFLICT DO NOTHING"""
        return await self.raw.run(sql, *row) == 1

    async def count_passkey(self, id: bytes, sign_count: int) -> None:
        """What the authenticator counted."""
        await self.raw.run("UPDATE passkeys SET sign_count = ? WHERE id = ?", sign_count, id)

    async def drop_passkey(self, member: str, id: bytes) -> bool:
        """False if the member has none of this id."""
        return await self.raw.run("DELETE FROM passkeys WHERE member = ? AND id = ?", member, id) == 1

    async def totp(self, member: str) -> TotpRow | None:
        """The row, or None."""
        row = await self.raw.row("SELECT sealed, confirmed, step FROM totp WHERE member = ?", member)
        return None if row is None else TotpRow(*row)

    async def put_totp(self, member: str, row: TotpRow) -> None:
        """A new secret replaces the former."""
        sql = """INSERT INTO totp (member, sealed, confirmed, step) VALUES (?, ?, ?, ?)
 ON CONFLICT (member) DO UPDATE SET sealed = excluded.sealed, confirmed = excluded.confirmed, step = excluded.step"""
        await self.raw.run(sql, member, *row)

    async def use_totp(self, member: str, step: int) -> bool:
        """True for exactly one caller per time step, and never for an older one."""
        sql = "UPDATE totp SET step = ?, confirmed = 1 WHERE member = ? AND step < ?"
        return await self.raw.run(sql, step, member, step) == 1

    async def drop_totp(self, member: str) -> None:
        """No codes any more."""
        await self.raw.run("DELETE FROM totp WHERE member = ?", member)
        self.raw.scrub = True

    async def put_challenge(self, ticket_hash: bytes, member: str, purpose: str, challenge: bytes, minute: int) -> None:
        """To be answered until `minute`."""
        sql = "INSERT INTO challenges (ticket_hash, member, purpose, challenge, expires) VALUES (?, ?, ?, ?, ?)"
        await self.raw.run(sql, ticket_hash, member, purpose, challenge, minute)

    async def take_challenge(self, ticket_hash: bytes, purpose: str, minute: int) -> tuple[str, bytes] | None:
        """(member, challenge), once; None if unknown, used or too old."""
        sql = "SELECT member, challenge FROM challenges WHERE ticket_hash = ? AND purpose = ? AND expires >= ?"
        row = await self.raw.row(sql, ticket_hash, purpose, minute)
        used = await self.raw.run("DELETE FROM challenges WHERE ticket_hash = ?", ticket_hash) == 1
        return (row[0], row[1]) if row is not None and used else None

    async def sweep_people(self, hour: int, minute: int) -> None:
        """Forgets challenges and recoveries that nobody answered."""
        await self.raw.run("DELETE FROM challenges WHERE expires < ?", minute)
        await self.raw.run("DELETE FROM recoveries WHERE expires <= ?", hour)
