"""Leads let people in and out: what is kept, what is refused, and what a revoked member can no longer do."""

from __future__ import annotations

import os
from base64 import b32decode, b64decode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from crypto.identity import Identity
from intake import people as p
from intake.desk import Desk
from intake.errors import (
    ClockWrong,
    EnvelopeRefused,
    IntakeError,
    KeyChanged,
    LastLead,
    LeadOnly,
    LoginRefused,
    LogMoved,
    MemberTaken,
    NoContact,
    NoInvitation,
    NoMember,
    RoleRefused,
    SecondFactorNeeded,
    SecondFactorWrong,
    SecrecyMissing,
    SessionEnded,
    StatementForged,
    TeamUnknown,
    TooMany,
)
from intake.members import Stretching
from intake.people_desk import MemberGrant
from intake.store import Store, Transaction
from intake.team_desk import Who, invitation_hash
from tests.intake.at_roll import founding, grant, key_of, public_of, said
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, identity, settings, team_seed


class Team:
    """Hafen with two leads, Mira and Jonas, and everything that their browsers hold."""

    def __init__(self, desk: Desk, network: SmallNetwork, clock: Clock, store: Store) -> None:
        self.desk, self.network, self.clock, self.store = desk, network, clock, store
        self.advisors: dict[str, Advisor] = {}
        self.who: dict[str, Who] = {}

    async def enter(self, name: str, *teams: str, role: str = "counsellor") -> Advisor:
        advisor = self.advisors[name] = Advisor(name, teams)
        await advisor.enrol(self.store, self.network)
        for team in teams:
            await self.store.write(lambda tx, team=team: tx.put_role(name, team, role))
        self.who[name] = await advisor.login(self.desk.team)
        return advisor

    async def roll(self, team: str = "hafen") -> p.Roll:
        who = next(who for who in self.who.values() if team in who.teams)
        log = (await self.desk.people.people(who, team)).log
        return p.replay(team, log, self.desk.network.directory.team(team).verify_keys())

    async def says(self, by: str, **more: Any) -> bytes:
        signer = Identity.from_seed(self.advisors[by].seed)
        return said(await self.roll(), self.clock(), by, signer, **more)

    async def invite(self, by: str, member: str, role: str = "counsellor", code: str = "neun worte") -> bool:
        statement = await self.says(by, act="invited", member=member, role=role)
        return await self.desk.people.invite(
            self.who[by], "hafen", member, member.title(), role, invitation_hash(code), statement
        )

    async def enrols(self, member: str, code: str = "neun worte") -> Advisor:
        advisor = self.advisors[member] = Advisor(member, ("hafen",))
        public = public_of(advisor)
        await self.desk.team.enrol(
            code, stretching=Stretching(os.urandom(16), 65536, 3), login_key=advisor.login_key,
            wrapped_seed=os.urandom(72), kem=public.kem, verify=public.verify,
        )  # fmt: skip
        return advisor

    async def admit(self, by: str, member: str, secrecy: str | None = "2026-11-02", **more: Any) -> None:
        public = public_of(self.advisors[member])
        statement = await self.says(
            by, **{"act": "granted", "member": member, "secrecy": secrecy, **key_of(public), **more}
        )
        await self.desk.people.grant(
            self.who[by], "hafen", member, [grant(self.network, member, public, "hafen")], statement
        )


@pytest.fixture
async def team(store: Store, tmp_path: Path) -> Team:
    network, clock = SmallNetwork(), Clock()
    made = Team(Desk(store, network, settings(tmp_path, at_rest_key=os.urandom(32)), clock), network, clock, store)  # type: ignore[arg-type]
    await made.enter("mira", "hafen", role="lead")
    await made.enter("jonas", "hafen", role="lead")
    await made.enter("gast", "garten")

    async def found(tx: Transaction) -> None:
        roll = p.Roll("hafen")
        for name in ("mira", "jonas"):
            statement = founding(network, roll, made.advisors[name], clock())
            roll = await made.desk.people.admit(tx, network.directory.team("hafen"), statement)

    await store.write(found)
    return made


async def refused(error: type[IntakeError], work: Any) -> None:
    with pytest.raises(error):
        await work


async def test_an_invitation_is_used_once_and_reading_begins_with_the_grant(team: Team) -> None:
    assert await team.invite("mira", "nora")
    await team.enrols("nora")
    first = public_of(team.advisors["nora"]).kem
    await refused(NoInvitation, team.enrols("nora"))  # the same code in another browser
    found = (await team.desk.people.people(team.who["mira"], "hafen")).colleagues[-1]
    assert (found.row.member, found.row.state, found.row.kem, found.epochs) == ("nora", "enrolled", first, ())


async def test_grants_go_to_the_key_that_was_read_aloud_and_to_nobody_else(team: Team) -> None:
    await team.invite("mira", "nora")
    nora = await team.enrols("nora")
    await refused(SecrecyMissing, team.admit("mira", "nora", secrecy=None))
    other = Identity.from_seed(os.urandom(32)).public
    await refused(KeyChanged, team.admit("mira", "nora", **key_of(other)))
    public = public_of(nora)
    statement = await team.says("mira", act="granted", member="nora", secrecy="2026-11-02", **key_of(public))
    foreign = grant(team.network, "nora", other, "hafen")
    await refused(KeyChanged, team.desk.people.grant(team.who["mira"], "hafen", "nora", [foreign], statement))
    moved = grant(team.network, "jonas", public_of(team.advisors["jonas"]), "hafen")
    await refused(NoMember, team.desk.people.grant(team.who["mira"], "hafen", "nora", [moved], statement))
    assert not (await team.desk.people.people(team.who["mira"], "hafen")).colleagues[-1].epochs
    await team.admit("mira", "nora")
    login = await team.desk.team.login("nora", nora.login_key)
    assert [(key.team, key.epoch, key.envelope is not None) for key in login.keys] == [("hafen", 1, True)]
    late = grant(team.network, "nora", public, "hafen", epoch=1)
    await refused(
        EnvelopeRefused, team.desk.people.regrant(team.who["mira"], "hafen", [MemberGrant("nora", 9, late.envelope)])
    )
    await refused(LeadOnly, team.desk.people.regrant(await nora.login(team.desk.team), "hafen", [late]))


async def test_who_is_not_lead_of_this_team_changes_nothing(team: Team) -> None:
    await team.enter("nora", "hafen")
    for who, error in ((team.who["nora"], LeadOnly), (team.who["gast"], TeamUnknown)):
        statement = await team.says(who.member, act="invited", member="x", role="counsellor")
        await refused(error, team.desk.people.invite(who, "hafen", "x", "X", "counsellor", os.urandom(32), statement))
        await refused(error, team.desk.people.ask_recovery(who, "hafen", "jonas"))
        await refused(error, team.desk.people.refuse_recovery(who, "hafen", "jonas"))
    await refused(TeamUnknown, team.desk.people.people(team.who["gast"], "hafen"))
    # Carriers are apart: somebody of another carrier cannot be drawn into a team by name.
    await refused(MemberTaken, team.invite("mira", "gast"))
    await refused(StatementForged, team.invite("mira", "Kein Name!"))
    # A statement about one person carries no request about another.
    statement = await team.says("mira", act="invited", member="x", role="counsellor")
    await refused(StatementForged, team.desk.people.revoke(team.who["mira"], "hafen", "jonas", statement))
    await refused(
        StatementForged,
        team.desk.people.invite(team.who["mira"], "hafen", "y", "Y", "lead", os.urandom(32), statement),
    )


async def test_two_leads_at_once_the_second_looks_again(team: Team) -> None:
    first = await team.says("mira", act="role", member="jonas", role="counsellor")
    second = await team.says("jonas", act="invited", member="nora", role="counsellor")
    await team.desk.people.change_role(team.who["mira"], "hafen", "jonas", first)
    await refused(
        LeadOnly,
        team.desk.people.invite(team.who["jonas"], "hafen", "nora", "N", "counsellor", os.urandom(32), second),
    )
    again = await team.says("mira", act="invited", member="nora", role="counsellor")
    assert await team.invite("mira", "otto")
    await refused(
        LogMoved, team.desk.people.invite(team.who["mira"], "hafen", "nora", "N", "counsellor", os.urandom(32), again)
    )


async def test_a_clock_that_is_off_is_told_and_nothing_is_kept(team: Team) -> None:
    statement = await team.says("mira", act="role", member="jonas", role="counsellor")
    team.clock.pass_by(minutes=30)
    await refused(ClockWrong, team.desk.people.change_role(team.who["mira"], "hafen", "jonas", statement))
    assert len((await team.roll()).leads) == 2


async def test_a_revoked_member_reads_and_answers_nothing_more_not_even_what_was_queued(team: Team) -> None:
    seeker = Seeker(team.network)
    await seeker.send(team.desk, seeker.contact())
    jonas, login = team.advisors["jonas"], await team.desk.team.login("jonas", team.advisors["jonas"].login_key)
    await team.desk.team.claim(team.who["jonas"], seeker.keys.id)
    queued = jonas.answer(team.network, seeker)
    statement = await team.says("mira", act="revoked", member="jonas")
    assert await team.desk.people.revoke(team.who["mira"], "hafen", "jonas", statement)
    await refused(SessionEnded, team.desk.team.session(login.session))
    await refused(LoginRefused, team.desk.team.login("jonas", jonas.login_key))
    # The answer that lay in the revoked browser's queue: with the claim gone, even an old identity gets nowhere.
    await refused(NoContact, team.desk.team.answer(Who("jonas", "Jonas", ()), seeker.keys.id, queued))
    row = (await team.desk.team.contact(team.who["mira"], seeker.keys.id)).row
    assert (row.state, row.claimed_by) == ("received", None)
    assert [one.row.member for one in (await team.desk.people.people(team.who["mira"], "hafen")).colleagues] == ["mira"]
    statement = await team.says("mira", act="revoked", member="mira")
    await refused(LastLead, team.desk.people.revoke(team.who["mira"], "hafen", "mira", statement))


async def test_a_new_epoch_is_granted_to_who_stays_and_comes_with_the_directory(team: Team) -> None:
    await team.invite("mira", "nora")
    nora = await team.enrols("nora")
    await team.admit("mira", "nora")
    new = identity(team_seed("hafen", 2))
    statement = await team.says("mira", act="epoch", epoch=2, kid=new.public.kid.hex())
    stays = [grant(team.network, name, public_of(team.advisors[name]), "hafen", epoch=2) for name in ("mira", "nora")]
    await team.desk.people.announce_epoch(team.who["mira"], "hafen", statement, stays[:1])
    await team.desk.people.regrant(team.who["mira"], "hafen", stays[1:])  # the tab was closed in between
    people = await team.desk.people.people(team.who["mira"], "hafen")
    assert {one.row.member: one.epochs for one in people.colleagues} == {"jonas": (1,), "mira": (1, 2), "nora": (1, 2)}
    team.network.new_epoch("hafen")
    login = await team.desk.team.login("nora", nora.login_key)
    assert [(key.epoch, key.envelope is not None) for key in login.keys] == [(2, True), (1, True)]
    jonas = await team.desk.team.login("jonas", team.advisors["jonas"].login_key)
    assert [(key.epoch, key.envelope is not None) for key in jonas.keys] == [(2, False), (1, True)]


async def test_supervision_has_no_key_and_sees_no_contact(team: Team) -> None:
    seeker = Seeker(team.network)
    await seeker.send(team.desk, seeker.contact())
    statement = await team.says("mira", act="role", member="jonas", role="supervisor")
    await team.desk.people.change_role(team.who["mira"], "hafen", "jonas", statement)
    login = await team.desk.team.login("jonas", team.advisors["jonas"].login_key)
    who = await team.desk.team.session(login.session)
    assert (login.keys, who.teams, who.supervises) == ((), (), ("hafen",))
    await refused(NoContact, team.desk.team.contact(who, seeker.keys.id))
    assert (await team.desk.people.people(who, "hafen")).log, "the log is for everybody"
    again = [grant(team.network, "jonas", public_of(team.advisors["jonas"]), "hafen")]
    await refused(RoleRefused, team.desk.people.regrant(team.who["mira"], "hafen", again))


async def test_recovery_takes_two_leads_and_resets_nothing(team: Team) -> None:
    await team.invite("mira", "nora")
    nora = await team.enrols("nora")
    await team.admit("mira", "nora")
    people = team.desk.people
    await refused(NoMember, people.ask_recovery(team.who["mira"], "hafen", "mira"))
    await people.ask_recovery(team.who["mira"], "hafen", "nora")
    await refused(LogMoved, people.ask_recovery(team.who["jonas"], "hafen", "nora"))
    statement = await team.says("mira", act="recovered", member="nora", asked="jonas")
    confirm = people.confirm_recovery
    await refused(LeadOnly, confirm(team.who["mira"], "hafen", "nora", invitation_hash("zehn"), statement))
    await people.refuse_recovery(team.who["jonas"], "hafen", "nora")  # the leads disagree: all stays as it was
    await team.desk.team.login("nora", nora.login_key)
    await refused(NoMember, people.refuse_recovery(team.who["jonas"], "hafen", "nora"))
    await refused(NoMember, confirm(team.who["jonas"], "hafen", "nora", invitation_hash("zehn"), statement))
    await people.ask_recovery(team.who["mira"], "hafen", "nora")
    lied = await team.says("jonas", act="recovered", member="nora", asked="otto")
    await refused(StatementForged, confirm(team.who["jonas"], "hafen", "nora", invitation_hash("zehn"), lied))
    statement = await team.says("jonas", act="recovered", member="nora", asked="mira")
    assert await confirm(team.who["jonas"], "hafen", "nora", invitation_hash("zehn"), statement) == ()
    await refused(LoginRefused, team.desk.team.login("nora", nora.login_key))
    old = [grant(team.network, "nora", public_of(nora), "hafen")]
    fresh = await team.enrols("nora", "zehn")
    await refused(KeyChanged, people.regrant(team.who["jonas"], "hafen", old))
    await team.admit("jonas", "nora")
    assert fresh.seed != nora.seed
    await team.desk.team.login("nora", fresh.login_key)


async def test_a_recovery_that_nobody_confirms_lapses(team: Team) -> None:
    await team.desk.people.ask_recovery(team.who["mira"], "hafen", "jonas")
    team.clock.pass_by(hours=73)
    await team.desk.team.sweep()
    assert (await team.desk.people.people(team.who["mira"], "hafen")).recoveries == ()


# ------------------------------------------------------------------------------------------------------ the account


def code_of(address: str, second: int) -> str:
    text = parse_qs(urlsplit(address).query)["secret"][0]
    secret = b32decode(text + "=" * (-len(text) % 8))
    return TOTP(secret, 6, SHA1(), 30).generate(second).decode()  # noqa: S303


async def test_codes_as_second_step_each_good_once(team: Team) -> None:
    account, mira = team.desk.account, team.advisors["mira"]
    address = await account.begin_codes(team.who["mira"])
    assert (await team.desk.team.login("mira", mira.login_key)).session, "counts only after the first right code"
    await refused(SecondFactorWrong, account.confirm_codes(team.who["mira"], "000000"))
    second = int(team.clock().timestamp())
    await account.confirm_codes(team.who["mira"], code_of(address, second))
    await refused(SecondFactorWrong, account.begin_codes(team.who["mira"]))
    with pytest.raises(SecondFactorNeeded) as asked:
        await team.desk.team.login("mira", mira.login_key)
    ticket = b64decode(str(asked.value.details["ticket"]))
    assert asked.value.details["totp"] is True
    await refused(LoginRefused, team.desk.team.login_second(ticket, code=code_of(address, second)))  # used
    await refused(LoginRefused, team.desk.team.login_second(ticket, code=code_of(address, second + 30)))  # ticket, too
    with pytest.raises(SecondFactorNeeded) as asked:
        await team.desk.team.login("mira", mira.login_key)
    ticket = b64decode(str(asked.value.details["ticket"]))
    done = await team.desk.team.login_second(ticket, code=code_of(address, second + 30), device="Telefon")
    who = await team.desk.team.session(done.session)
    devices = (await account.account(who, done.session)).devices
    assert [one.device for one in devices if one.here] == ["Telefon"]
    await refused(LoginRefused, account.drop_codes(who, os.urandom(32)))
    await account.drop_codes(who, mira.login_key)
    await team.desk.team.login("mira", mira.login_key)


async def test_guessing_codes_makes_the_account_wait_and_nobody_else(team: Team) -> None:
    account, mira = team.desk.account, team.advisors["mira"]
    address = await account.begin_codes(team.who["mira"])
    await account.confirm_codes(team.who["mira"], code_of(address, int(team.clock().timestamp())))
    waits = 0
    for _ in range(6):
        try:
            await team.desk.team.login("mira", mira.login_key)
        except SecondFactorNeeded as asked:
            ticket = b64decode(str(asked.details["ticket"]))
            await refused(LoginRefused, team.desk.team.login_second(ticket, code="123456"))
        except TooMany:
            waits += 1
    assert waits == 2
    await team.desk.team.login("jonas", team.advisors["jonas"].login_key)
    team.clock.pass_by(minutes=11)
    await team.desk.team.sweep()


async def test_a_new_passphrase_ends_all_other_consoles(team: Team) -> None:
    account, mira = team.desk.account, team.advisors["mira"]
    here = await team.desk.team.login("mira", mira.login_key, "Rechner")
    there = await team.desk.team.login("mira", mira.login_key, "Telefon")
    who = await team.desk.team.session(here.session)
    how, key = Stretching(os.urandom(16), 65536, 3), os.urandom(32)
    await refused(LoginRefused, account.change_passphrase(who, here.session, os.urandom(32), how, key, os.urandom(72)))
    await account.change_passphrase(who, here.session, mira.login_key, how, key, os.urandom(72))
    await team.desk.team.session(here.session)
    await refused(SessionEnded, team.desk.team.session(there.session))
    await refused(LoginRefused, team.desk.team.login("mira", mira.login_key))
    await team.desk.team.login("mira", key)
    other = next(one for one in (await account.account(who, here.session)).devices if not one.here)
    await account.end_device(who, other.id)
    await refused(NoMember, account.end_device(who, other.id))
