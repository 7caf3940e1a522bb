"""`erstkontakt canary --channel checkin`: a field visit of the watchdog, from its sealed sheet to its end.

Plans, confirms the function test, asks for more time, is refused the sheet (no level was reached), and ends. Nobody is
called. A visit that an earlier run left behind is ended first. The log of it is erased like every other, after 30 days.
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from crypto.envelope import Kind, seal
from crypto.identity import Identity
from intake import directory
from intake.cli.canary import Failed, Journey, TestTeam


class VisitJourney(Journey):
    """The walk of a counsellor who goes out for a quarter of an hour and comes back."""

    async def through_doors(self, book: directory.Directory, team: TestTeam) -> None:
        """All that comes after the directory."""
        seed = await self.do("login", lambda: self.log_in(team))
        try:
            await self.do("tidy", lambda: self.end_what_runs(team))
            visit = await self.do("plan", lambda: self.plan(team, Identity.from_seed(seed)))
            await self.do("test", lambda: self.say(visit, "ok", {}, "armed"))
            await self.do("longer", lambda: self.say(visit, "longer", {"minutes": 15}, "extended"))
            await self.do("sealed", lambda: self.refused(visit))
            await self.do("out", lambda: self.say(visit, "out", {}, "done"))
            await self.do("over", lambda: self.is_over(team, visit))
        finally:
            await self.call("POST", "/api/team/logout", {})
            self.session = ""

    async def board(self, team: TestTeam) -> dict[str, Any]:
        status, board = await self.call("GET", f"/api/team/visits?team={team.id}")
        self.expect(200, status, board)
        return board

    async def end_what_runs(self, team: TestTeam) -> None:
        for visit in (await self.board(team))["open"]:
            if visit["mine"]:
                await self.call("POST", f"/api/team/visits/{visit['id']}/out", {})

    async def plan(self, team: TestTeam, reader: Identity) -> str:
        """Sealed to the team; the function test must be asked for at once."""
        context, now = secrets.token_bytes(16), datetime.now(UTC)
        fields = {"place": f"Probe {secrets.token_hex(8)}", "person": "", "car": "", "code_word": "", "more": ""}
        payload = {"v": 1, **fields, "by": "Probe", "sent": f"{now:%Y-%m-%dT%H:%MZ}"}
        sheet = seal(Kind.SHEET, context, json.dumps(payload).encode(), [team.public], reader)
        form = {
            "id": context.hex(), "team": team.id, "begins": f"{now:%Y-%m-%dT%H:%MZ}",
            "until": f"{now + timedelta(minutes=15):%Y-%m-%dT%H:%MZ}", "sheet": base64.b64encode(sheet).decode(),
        }  # fmt: skip
        status, answer = await self.call("POST", "/api/team/visits", form)
        self.expect(200, status, answer)
        found = next((one for one in (await self.board(team))["open"] if one["id"] == context.hex()), None)
        if found is None or not (found["asked"] and found["sheet"]):
            raise Failed("the visit is not there, has lost its sheet, or its function test was not asked for")
        return context.hex()

    async def say(self, visit: str, verb: str, form: dict[str, Any], wanted: str) -> None:
        status, answer = await self.call("POST", f"/api/team/visits/{visit}/{verb}", form)
        self.expect(200, status, answer)
        if answer["reply"] != wanted:
            raise Failed(f"{verb} was answered with {answer['reply']}")

    async def refused(self, visit: str) -> None:
        status, _ = await self.call("POST", f"/api/team/visits/{visit}/open", {"reason": "no_answer"})
        if status == 200:
            raise Failed("the sealed sheet was handed out although nobody is missing")

    async def is_over(self, team: TestTeam, visit: str) -> None:
        found = next((one for one in (await self.board(team))["over"] if one["id"] == visit), None)
        if found is None or found["reason"] != "safe":
            raise Failed("the visit is not over")
