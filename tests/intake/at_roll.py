"""What a lead's browser does: statements signed and chained, seeds sealed for others."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from crypto.envelope import Kind, seal
from crypto.identity import Identity, PublicIdentity
from crypto.signing import sign_by
from intake import people as p
from intake.people_desk import MemberGrant
from intake.team_desk import member_context
from tests.intake.small import Advisor, SmallNetwork, identity, team_seed


def minute(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%MZ")


def said(roll: p.Roll, now: datetime, by: str, signer: Identity, **more: Any) -> bytes:
    """The next statement after `roll`."""
    body = {"v": 1, "team": roll.team, "number": roll.number + 1, "previous": roll.head, "at": minute(now), "by": by}
    return sign_by(p.KIND, msgspec.json.encode({**body, **more}), signer)


def key_of(public: PublicIdentity) -> dict[str, str]:
    return {"kem_hash": hashlib.sha256(public.kem).hexdigest(), "verify": public.verify.hex()}


def public_of(advisor: Advisor) -> PublicIdentity:
    return Identity.from_seed(advisor.seed).public


def grant(network: SmallNetwork, member: str, public: PublicIdentity, team: str, epoch: int = 1) -> MemberGrant:
    payload = msgspec.json.encode({"v": 1, "team": team, "epoch": epoch, "seed": team_seed(team, epoch)})
    return MemberGrant(member, epoch, seal(Kind.GRANT, member_context(member), payload, [public], network.team(team)))


def founding(network: SmallNetwork, roll: p.Roll, advisor: Advisor, now: datetime, role: str = "lead") -> bytes:
    """The team's own key admits somebody, as the command line does with the seed from the safe."""
    signer = identity(team_seed(roll.team, network.epochs[roll.team]))
    return said(
        roll, now, "", signer, act="granted", member=advisor.id, role=role, secrecy="2026-11-01",
        **key_of(public_of(advisor)),
    )  # fmt: skip
