"""The people's log: what follows on what, who may sign, what is refused."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from crypto.identity import Identity
from intake import people as p
from intake.errors import ClockWrong, IntakeError, LastLead, LeadOnly, LogMoved, SecrecyMissing, StatementForged
from tests.intake.at_roll import key_of, said
from tests.intake.small import START

TEAM = Identity.from_seed(b"\x07" * 32)
MIRA, JONAS, NORA = (Identity.from_seed(bytes([n]) * 32) for n in (11, 12, 13))
KEYS = (TEAM.public.verify,)


class Log:
    """Grows by what somebody says."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.roll = p.Roll("hafen")

    def add(self, by: str, signer: Identity, **more: Any) -> p.Roll:
        entry = said(self.roll, START, by, signer, **more)
        self.roll = p.follow(self.roll, entry, KEYS)
        self.entries.append(entry)
        return self.roll

    def admit(
        self, member: str, who: Identity, role: str = "counsellor", by: str = "", signer: Identity = TEAM
    ) -> None:
        more = {"role": role, "secrecy": "2026-11-01", **key_of(who.public)}
        self.add(by, signer, act="granted", member=member, **more)


@pytest.fixture
def log() -> Log:
    """Mira leads."""
    made = Log()
    made.admit("mira", MIRA, "lead")
    return made


def test_from_invitation_to_farewell(log: Log) -> None:
    log.add("mira", MIRA, act="invited", member="nora", role="counsellor")
    assert log.roll.reader("nora").standing is p.Standing.INVITED  # type: ignore[union-attr]
    log.admit("nora", NORA, by="mira", signer=MIRA)
    nora = log.roll.reader("nora")
    assert nora is not None
    assert (nora.standing, nora.by, nora.secrecy) == (p.Standing.READING, "mira", "2026-11-01")
    log.add("mira", MIRA, act="role", member="nora", role="lead")
    log.add("nora", NORA, act="epoch", epoch=2, kid="00" * 8)
    log.add("mira", MIRA, act="revoked", member="mira")  # leaves by herself, another lead stays
    log.add("nora", NORA, act="invited", member="mira", role="counsellor")
    roll = p.replay("hafen", log.entries, KEYS)
    assert roll == log.roll
    assert (roll.epoch, roll.number, [one.member for one in roll.leads]) == (2, 7, ["nora"])


def test_two_leads_recover_a_colleague_whose_old_key_is_void_until_granted_anew(log: Log) -> None:
    log.admit("jonas", JONAS)
    log.add("mira", MIRA, act="recovered", member="jonas", asked="nora")
    jonas = log.roll.reader("jonas")
    assert jonas is not None
    assert (jonas.standing, jonas.verify, jonas.secrecy) == (p.Standing.INVITED, None, "2026-11-01")
    log.admit("jonas", NORA, by="mira", signer=MIRA)


def test_every_step_that_is_not_in_the_table_is_refused() -> None:
    standings = {
        None: [],
        p.Standing.INVITED: [("invited", {"role": "counsellor"})],
        p.Standing.READING: [("granted", {})],
        p.Standing.ENDED: [("invited", {"role": "counsellor"}), ("revoked", {})],
    }
    for (standing, path), act in product(standings.items(), ("invited", "granted", "role", "revoked", "recovered")):
        log = Log()
        log.admit("mira", MIRA, "lead")
        for before, more in path:
            if before == "granted":
                log.admit("nora", NORA)
            else:
                log.add("mira", MIRA, act=before, member="nora", **more)
        more = {"role": "counsellor", "secrecy": "2026-11-01", **key_of(NORA.public)}
        allowed = (standing, act) in p.NEXT
        if allowed:
            assert (
                log.add("mira", MIRA, act=act, member="nora", **more).reader("nora").standing is p.NEXT[standing, act]
            )  # type: ignore[union-attr,index]
        else:
            with pytest.raises(StatementForged):
                log.add("mira", MIRA, act=act, member="nora", **more)


def refused(log: Log, error: type[IntakeError], by: str, signer: Identity, **more: Any) -> None:
    before = log.roll
    with pytest.raises(error):
        log.add(by, signer, **more)
    assert log.roll is before


def test_who_may_not_sign(log: Log) -> None:
    log.admit("jonas", JONAS)
    invite: dict[str, Any] = {"act": "invited", "member": "nora", "role": "counsellor"}
    refused(log, LeadOnly, "jonas", JONAS, **invite)  # no lead
    refused(log, LeadOnly, "nora", NORA, **invite)  # a stranger
    refused(log, StatementForged, "mira", JONAS, **invite)  # in somebody else's name
    refused(log, StatementForged, "", JONAS, **invite)  # as if with the team's key
    refused(log, LeadOnly, "mira", MIRA, act="recovered", member="mira", asked="nora")
    log.add("jonas", JONAS, act="revoked", member="jonas")  # everybody may go
    refused(log, LeadOnly, "jonas", JONAS, **invite)


def test_what_a_statement_must_say(log: Log) -> None:
    log.add("mira", MIRA, act="invited", member="nora", role="counsellor")
    key = key_of(NORA.public)
    refused(log, StatementForged, "mira", MIRA, act="granted", member="nora", secrecy="2026-11-01")
    refused(log, SecrecyMissing, "mira", MIRA, act="granted", member="nora", **key)
    refused(log, SecrecyMissing, "mira", MIRA, act="granted", member="nora", secrecy="2027-01-01", **key)
    refused(log, StatementForged, "mira", MIRA, act="role", member="nora")
    refused(log, StatementForged, "mira", MIRA, act="invited", member="nora")
    refused(log, StatementForged, "mira", MIRA, act="epoch", epoch=2)
    refused(log, StatementForged, "mira", MIRA, act="invited", member="", role="lead")
    refused(log, StatementForged, "mira", MIRA, act="dance", member="nora")
    log.add("mira", MIRA, act="epoch", epoch=2, kid="00" * 8)
    log.add("mira", MIRA, act="epoch", epoch=2, kid="11" * 8)  # somebody who knew the first one left before it was used
    refused(log, StatementForged, "mira", MIRA, act="epoch", epoch=1, kid="00" * 8)


def test_the_last_lead_stays(log: Log) -> None:
    refused(log, LastLead, "mira", MIRA, act="revoked", member="mira")
    refused(log, LastLead, "mira", MIRA, act="role", member="mira", role="counsellor")


def test_a_log_that_was_cut_mixed_or_changed_does_not_replay(log: Log) -> None:
    log.admit("jonas", JONAS, "lead")
    log.add("mira", MIRA, act="invited", member="nora", role="counsellor")
    other = said(p.Roll("garten"), START, "", TEAM, act="granted", member="mira", **key_of(MIRA.public))
    for entries in (log.entries[1:], [log.entries[0], log.entries[2]], [*log.entries, log.entries[2]], [other]):
        with pytest.raises(StatementForged):
            p.replay("hafen", entries, KEYS)
    for at in range(0, len(log.entries[1]), 7):
        changed = bytearray(log.entries[1])
        changed[at] ^= 1
        with pytest.raises(StatementForged):
            p.replay("hafen", [log.entries[0], bytes(changed), log.entries[2]], KEYS)
    with pytest.raises(LogMoved):
        p.follow(p.replay("hafen", log.entries, KEYS), log.entries[2], KEYS)


def test_a_wrong_clock_is_told(log: Log) -> None:
    entry = said(log.roll, START, "mira", MIRA, act="invited", member="nora", role="counsellor")
    p.check_time(log.roll, entry, START + timedelta(minutes=9))
    for off in (11, -11):
        with pytest.raises(ClockWrong):
            p.check_time(log.roll, entry, START + timedelta(minutes=off))
    older = said(log.roll, START - timedelta(minutes=5), "mira", MIRA, act="invited", member="nora", role="lead")
    with pytest.raises(ClockWrong):
        p.check_time(log.roll, older, START)
    body = b'{"v":1,"team":"hafen","number":2,"previous":null,"at":"2026-13-40T25:00Z","by":"mira","act":"invited"}'
    with pytest.raises(StatementForged):
        p.check_time(log.roll, b"EKD1\n" + b"A" * 89 + body, START)
