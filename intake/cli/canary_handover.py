"""`erstkontakt canary --channel handover`: from one test team to the other, with the person's signed yes.

The first team asks, the person says yes with their signature, the first team lays the covering letter before the
second, which accepts, opens what the person wrote with the keys of the letter, and answers. The person proves that the
answer is from the second team, and deletes everything. One member belongs to both; no other team is offered anything.
"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crypto.envelope import Kind, content_key_of, open_envelope, open_with_key, seal
from crypto.identity import Identity, MailboxKeys, PublicIdentity
from intake import directory
from intake.cli.canary import Failed, Journey, TestTeam, b64, minute

LETTER = "Begleitbrief der Probe."


@dataclass(frozen=True)
class Member:
    """The member in both teams: the teams' identities, of which each opens and signs for its own."""

    first: Identity
    second: Identity


class HandoverJourney(Journey):
    """The walk of a contact from team to team."""

    async def through_doors(self, book: directory.Directory, team: TestTeam) -> None:
        """All that comes after the directory."""
        other = await self.do("other", lambda: self.fetch_other(book, team))
        words, keys, person = await self.do("code", lambda: self.make_code(book))
        text = f"Probe {secrets.token_hex(8)}"
        try:
            await self.do("send", lambda: self.send(team, keys, person, text))
            answered = await self.through_teams(keys, person, team, other, text)
            await self.do("return", lambda: self.come_back(book, words, other, answered))
        except Failed:
            with contextlib.suppress(Failed):  # the first reason is the one to tell
                await self.do("erase", lambda: self.erase(keys))
            raise
        await self.do("erase", lambda: self.erase(keys))

    async def through_teams(
        self, keys: MailboxKeys, person: Identity, team: TestTeam, other: TestTeam, text: str
    ) -> str:
        """From the first team's question to the second team's answer, whose text is returned."""
        member = await self.do("login", lambda: self.log_in_to_both(team, other))
        try:
            handover = await self.do("ask", lambda: self.ask(keys, other))
            await self.do("agree", lambda: self.agree(keys, person, team, other, handover))
            await self.do("offer", lambda: self.offer(keys, team, other, member, handover))
            await self.do("accept", lambda: self.accept(keys, team, other, member, handover))
            return await self.do("answer", lambda: self.answer(keys, person.public, other, member, text))
        finally:
            await self.call("POST", "/api/team/logout", {})
            self.session = ""

    async def fetch_other(self, book: directory.Directory, first: TestTeam) -> TestTeam:
        others = [team for team in book.teams if team.test and team.id != first.id]
        if not others:
            raise Failed("a second test team is needed to hand over to; the directory marks one")
        return await self.key_of(others[0])

    async def log_in_to_both(self, first: TestTeam, second: TestTeam) -> Member:
        own, grants = await self.enter()
        teams = [Identity.from_seed(self.granted(team, own, grants)) for team in (first, second)]
        return Member(*teams)

    async def ask(self, keys: MailboxKeys, other: TestTeam) -> str:
        """The id of the hand-over that the person is asked about."""
        contact = f"/api/team/contacts/{keys.id.hex()}"
        status, row = await self.call("POST", f"{contact}/claim", {})
        self.expect(200, status, row)
        form = {"team": other.id, "purpose": "topic", "noted": None}
        status, begun = await self.call("POST", f"{contact}/handovers", form)
        self.expect(200, status, begun)
        return str(begun["id"])

    async def agree(self, keys: MailboxKeys, person: Identity, team: TestTeam, other: TestTeam, handover: str) -> None:
        """The person's yes, signed in the thread."""
        seen = (await self.open_mailbox(keys))["handovers"]
        if [(one["id"], one["to_team"], one["stage"]) for one in seen] != [(handover, other.id, "asked")]:
            raise Failed("the person is not shown who asks")
        consent = {"handover": handover, "to": other.id, "agree": True}
        payload = {"v": 1, "text": "Ja.", "sent": minute(), "consent": consent}
        envelope = seal(Kind.MESSAGE, keys.id, json.dumps(payload).encode(), [team.public, person.public], person)
        form = {
            "mailbox": b64(keys.id), "token": b64(keys.token), "envelope": b64(envelope), "handover": handover,
            "agree": True,
        }  # fmt: skip
        await self.stamped("/api/mailbox/handover", form, envelope, 200)

    async def offer(self, keys: MailboxKeys, team: TestTeam, other: TestTeam, member: Member, handover: str) -> None:
        """The covering letter with the key of every envelope, once the person's signature under the yes holds."""
        contact = await self.opened(keys)
        entries = [(one["number"], base64.b64decode(one["envelope"])) for one in contact["entries"]]
        verify = open_envelope(entries[0][1], member.first, context=keys.id).sender_verify
        said = open_envelope(entries[-1][1], member.first, context=keys.id, sender_verify=verify)
        if json.loads(said.payload).get("consent") != {"handover": handover, "to": other.id, "agree": True}:
            raise Failed("the person's yes is not in the thread")
        given = [
            {"number": number, "key": b64(content_key_of(envelope, member.first, context=keys.id))}
            for number, envelope in entries
        ]
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        payload = {
            "v": 1, "from": team.id, "to": other.id, "by": "Probe", "text": LETTER, "sent": minute(),
            "consent": {"how": "thread", "day": today, "words": "Ja."}, "keys": given,
        }  # fmt: skip
        letter = seal(Kind.HANDOVER, keys.id, json.dumps(payload).encode(), [other.public], member.first)
        form = {"envelope": b64(letter), "entries": len(entries)}
        path = f"/api/team/contacts/{keys.id.hex()}/handovers/{handover}/offer"
        status, answer = await self.call("POST", path, form)
        self.expect(200, status, answer)

    async def accept(self, keys: MailboxKeys, team: TestTeam, other: TestTeam, member: Member, handover: str) -> None:
        """The second team reads the letter and nothing else, and takes over."""
        status, found = await self.call("GET", "/api/team/offers")
        self.expect(200, status, found)
        mine = next((one["handover"] for one in found["offers"] if one["handover"]["id"] == handover), None)
        if mine is None:
            raise Failed("the second team does not see the offer")
        if self.read_letter(mine, keys, team, member)["text"] != LETTER:
            raise Failed("the covering letter is another one")
        status, answer = await self.call("POST", f"/api/team/offers/{handover}/accept", {})
        self.expect(200, status, answer)
        if (now := (await self.opened(keys))["team"]) != other.id:
            raise Failed(f"after the acceptance the contact belongs to {now}")

    async def answer(
        self, keys: MailboxKeys, person: PublicIdentity, other: TestTeam, member: Member, text: str
    ) -> str:
        """Opens what the person wrote with the keys of the letter, and answers. Returns the answer's text."""
        contact = await self.opened(keys)
        (taken,) = [one for one in contact["handovers"] if one["stage"] == "accepted"]
        first = TestTeam(taken["from_team"], member.first.public)
        given = {one["number"]: one["key"] for one in self.read_letter(taken, keys, first, member)["keys"]}
        key = base64.b64decode(given[1])
        envelope = base64.b64decode(contact["entries"][0]["envelope"])
        if json.loads(open_with_key(envelope, key, context=keys.id).payload)["text"] != text:
            raise Failed("the second team reads something else than was sent")
        said = f"Angekommen. {secrets.token_hex(8)}"
        payload = {"v": 1, "text": said, "from": "Beratungsteam", "sent": minute()}
        sealed = seal(Kind.ANSWER, keys.id, json.dumps(payload).encode(), [person, other.public], member.second)
        path = f"/api/team/contacts/{keys.id.hex()}/answers"
        status, answer = await self.call("POST", path, {"envelope": b64(sealed)})
        self.expect(201, status, answer)
        return said

    def read_letter(
        self, handover: dict[str, Any], keys: MailboxKeys, team: TestTeam, member: Member
    ) -> dict[str, Any]:
        """The covering letter as the second team opens it, proved to be the first team's."""
        envelope, verify = base64.b64decode(handover["envelope"]), team.public.verify
        opened = open_envelope(envelope, member.second, context=keys.id, sender_verify=verify)
        return dict(json.loads(opened.payload))

    async def opened(self, keys: MailboxKeys) -> dict[str, Any]:
        status, contact = await self.call("GET", f"/api/team/contacts/{keys.id.hex()}")
        self.expect(200, status, contact)
        return contact
