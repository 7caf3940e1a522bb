"""Field visits over HTTP: planned, tested, checked in, escalated, opened."""

import secrets
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from crypto.envelope import Kind, seal
from intake.app import build
from intake.store import open_store
from intake.web import visit_api
from intake.web.keys import DESK
from tests.intake.ring import Stage, set_stage
from tests.intake.small import identity, team_seed

PINS = {"own": "48213", "duress": "90517"}


class House:
    """The harbour team behind its web door."""

    def __init__(self, stage: Stage, client: TestClient[Any, Any]) -> None:
        self.stage, self.client, self.sessions = stage, client, dict[str, str]()

    async def ask(self, name: str, method: str, path: str, body: object = None, status: int = 200) -> dict[str, Any]:
        if name not in self.sessions:
            logged_in = await self.stage.desk.team.login(name, self.stage.people[name].login_key)
            self.sessions[name] = b64encode(logged_in.session).decode()
        headers = {"Authorization": f"Bearer {self.sessions[name]}"}
        async with self.client.request(method, f"/api/team/{path}", json=body, headers=headers) as answer:
            assert answer.status == status, await answer.text()
            found: dict[str, Any] = await answer.json()
            return found

    async def board(self, name: str) -> dict[str, Any]:
        return await self.ask(name, "GET", "visits?team=hafen")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_store("sqlite", tmp_path) as store:
        stage = await set_stage(store, tmp_path)
        app = build(stage.desk.settings, stage.network, store, stage.clock)  # type: ignore[arg-type]
        app[DESK].visits.even = 0
        stage.desk = app[DESK]
        stage.outbox._desk = app[DESK]
        async with TestClient(TestServer(app)) as client:
            yield House(stage, client)


def form(house: House, id: str, **more: object) -> dict[str, object]:
    begins = house.stage.clock.now + timedelta(minutes=30)
    team = identity(team_seed("hafen", 1))
    sheet = seal(Kind.SHEET, bytes.fromhex(id), b"Demmin", [team.public], team)
    given: dict[str, object] = {
        "id": id, "team": "hafen", "begins": f"{begins:%Y-%m-%dT%H:%MZ}", "companion": "jonas",
        "until": f"{begins + timedelta(hours=1):%Y-%m-%dT%H:%MZ}", "sheet": b64encode(sheet).decode(),
    }  # fmt: skip
    return {**given, **more}


async def test_a_visit_from_its_plan_to_the_opened_sheet(house: House) -> None:
    id, stage = secrets.token_hex(16), house.stage
    await house.ask("mira", "PUT", "visit-pins", PINS)
    for _ in range(2):  # a repeated request plans once
        await house.ask("mira", "POST", "visits", form(house, id))
    own = f"visits/{id}"
    await stage.pass_by(minutes=16)
    await stage.desk.visits.tick()
    board = await house.board("mira")
    assert (board["open"][0]["phase"], board["open"][0]["asked"], board["pin_set"]) == ("planned", True, True)
    assert (await house.ask("mira", "POST", f"{own}/ok", {}))["reply"] == "armed"
    assert (await house.ask("jonas", "POST", f"{own}/ok", {}))["reply"] == "no_visit"
    assert (await house.ask("mira", "POST", f"{own}/longer", {"minutes": 30}))["reply"] == "extended"
    await house.ask("rita", "POST", f"{own}/open", {"reason": "no_answer"}, 409)
    stage.clock.now += timedelta(hours=2)
    house.sessions.clear()
    await stage.desk.visits.tick()
    await stage.desk.alerts.tick()
    seen = (await house.board("rita"))["open"][0]
    assert (seen["phase"], seen["may_open"], seen["mine"]) == ("overdue", True, False)
    alert = (await house.ask("rita", "GET", "alerts"))["alerts"][0]
    assert (alert["kind"], alert["visit"], alert["id"]) == ("missed_check_in", id, seen["alert"])
    assert (await house.ask("mira", "GET", "alerts"))["alerts"] == []
    await house.ask("jonas", "POST", f"{own}/open", {"reason": "no_answer"}, 403)
    assert (await house.ask("rita", "POST", f"{own}/open", {"reason": "no_answer"}))["sheet"]
    lines = (await house.ask("rita", "GET", f"{own}/log"))["lines"]
    assert (lines[-1]["entry"], lines[-1]["detail"]) == ("sheet_opened", "no_answer")
    assert (await house.ask("rita", "POST", f"{own}/close", {"reason": "help_sent"}))["reply"] == "second"
    assert (await house.ask("jonas", "POST", f"{own}/close", {"reason": "help_sent"}))["reply"] == "closed"
    assert (await house.board("rita"))["over"][0]["reason"] == "help_sent"


async def test_own_pin_and_duress_pin_are_answered_with_the_same_bytes(house: House) -> None:
    await house.ask("mira", "PUT", "visit-pins", PINS)
    seen = []
    for pin in (PINS["own"], PINS["duress"]):
        id = secrets.token_hex(16)
        await house.ask("mira", "POST", "visits", form(house, id, sheet=None))
        answer = await house.ask("mira", "POST", f"visits/{id}/out", {"pin": pin})
        shown = (await house.board("mira"))["over"][0]
        seen.append(({**answer, "reference": ""}, {**shown, "id": "", "reference": ""}))
    assert seen[0] == seen[1]
    assert (await house.board("rita"))["open"][0]["silent"]


async def test_rules_and_routines(house: House) -> None:
    rules = {"remind": 5, "companion": 3, "on_call": 6, "lead": 9, "hold": 20}
    await house.ask("jonas", "PUT", "visit-rules?team=hafen", rules, 403)
    assert (await house.ask("rita", "PUT", "visit-rules?team=hafen", rules))["rules"]["lead"] == 9
    refused = await house.ask("rita", "PUT", "visit-rules?team=hafen", {**rules, "lead": 20}, 422)
    assert refused["why"] == "longer"
    routine = {"kind": "home", "days": ["di"], "begins": "20:00", "until": "21:30"}
    await house.ask("mira", "POST", "visit-routines", {"team": "hafen", "member": "mira", "routine": routine})
    found = (await house.ask("mira", "GET", "visit-routines?team=hafen"))["routines"][0]
    assert (found["member"], found["may_edit"]) == ("mira", True)
    await house.ask("mira", "POST", f"visit-routines/{found['id']}/remove", {})
    await house.ask("rita", "POST", "visit-pins/mira/forget", {})
    await house.ask("jonas", "POST", "visit-pins/mira/forget", {}, 403)
    await house.ask("mira", "POST", "visits", form(house, secrets.token_hex(16), until="2026-13-40T99:99Z"), 422)


async def test_every_address_is_documented_and_asks_for_a_session(house: House) -> None:
    for operation in visit_api.OPERATIONS:
        assert operation.session
        assert operation.summary.endswith(".")
    async with house.client.get("/api/team/visits?team=hafen") as answer:
        assert answer.status == 401
