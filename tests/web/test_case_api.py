"""From request to case as the console asks for it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crypto.envelope import Kind, seal
from intake.store import Transaction
from tests.intake.small import Seeker
from tests.web.door import Door, opened


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as running:
        yield running


def sealed(door: Door, seeker: Seeker, text: str) -> str:
    team = door.network.team("hafen")
    payload = {"v": 1, "sheet": "goals", "fields": [{"title": "", "text": text}], "by": "Mira", "sent": ""}
    return b64encode(seal(Kind.RECORD, seeker.keys.id, msgspec.json.encode(payload), [team.public], team)).decode()


async def test_a_case_from_the_first_talk_to_its_end(door: Door) -> None:
    seeker = await door.arrives()
    _, mira = await door.advisor("mira", "hafen")
    _, jonas = await door.advisor("jonas", "hafen")
    one = f"/api/team/contacts/{seeker.keys.id.hex()}"

    async def step(name: str, status: int = 200, **more: Any) -> Any:
        reply = await door.post(f"{one}/case/steps", {"step": name, **more}, mira)
        assert reply.status == status, reply.json
        return reply.json

    await door.post(f"{one}/claim", {}, mira)
    assert (await door.ask("GET", f"{one}/case", session=mira)).json == {"case": None}
    refused = await door.post(f"{one}/case", {"kind": "case", "mandate": None}, mira)
    assert (refused.status, refused.json["why"]) == (422, "mandate")
    opened_ = await door.post(f"{one}/case", {"kind": "case", "mandate": "condition"}, mira)
    assert opened_.json["warnings"] == ["one_companion", "no_agreement"]
    await step("accompany", first="mira", second="jonas")
    await step("offer")
    assert (await step("agree", 422, review_on="2024-01-01"))["why"] == "review"
    assert (await step("agree", review_on="2027-02-01"))["agreement"] == "active"
    await step("review", review_on="2027-03-01")
    assert (await step("pace", days=21, wanted_by="person", reason=sealed(door, seeker, "Es geht gut.")))[
        "interval_days"
    ] == 21
    await step("pause", wanted_by="person")
    await step("resume")
    await step("become", kind="case", mandate="voluntary")
    assert (await step("offer", 409))["error"] == "not_in_this_state"
    for wrong in ({"step": "fly"}, {"step": "pace", "days": 0, "wanted_by": "team"}, {"days": 3}):
        assert (await door.post(f"{one}/case/steps", wrong, mira)).status == 400
    sheet = {"sheet": "goals", "envelope": sealed(door, seeker, "Eine Wohnung")}
    numbers = [(await door.post(f"{one}/case/sheets", sheet, mira)).json["number"] for _ in range(2)]
    assert numbers == [1, 1]
    seen = (await door.ask("GET", f"{one}/case", session=jonas)).json["case"]
    assert [one["sheet"] for one in seen["sheets"]] == ["goals"]
    assert [one["reason"] is not None for one in seen["steps"]].count(True) == 1
    assert (seen["second"], seen["warnings"]) == ({"id": "jonas", "name": "Jonas"}, [])
    await step("dissolve", why="person")
    listed = (await door.ask("GET", "/api/team/cases?team=hafen", session=jonas)).json["cases"]
    assert [(one["mailbox"], one["sheets"]) for one in listed] == [(seeker.keys.id.hex(), [])]
    assert (await step("end", outcome="independent"))["ended"] is not None
    assert len((await door.ask("GET", "/api/team/cases/ended?team=hafen", session=jonas)).json["cases"]) == 1
    await step("reopen")


async def test_who_knows_the_person_finds_nothing_until_a_lead_opens_it_again(door: Door) -> None:
    seeker = await door.arrives()
    _, mira = await door.advisor("mira", "hafen")
    _, rita = await door.advisor("rita", "hafen")

    async def lead(tx: Transaction) -> None:
        await tx.put_role("rita", "hafen", "lead")

    await door.store.write(lead)
    one = f"/api/team/contacts/{seeker.keys.id.hex()}"
    assert (await door.post(f"{one}/know", {}, mira)).json == {"ok": True}
    assert (await door.ask("GET", one, session=mira)).status == 404
    found = (await door.ask("GET", f"{one}/conflicts", session=rita)).json
    assert found == {"members": [{"id": "mira", "name": "Mira"}]}
    assert (await door.post(f"{one}/conflicts/lift", {"member": "mira"}, rita)).json == {"ok": True}
    assert (await door.ask("GET", one, session=mira)).status == 200
    assert (await door.post(f"{one}/conflicts/lift", {"member": "mira"}, mira)).status == 403


async def test_a_carriers_own_questions(door: Door) -> None:
    _, mira = await door.advisor("mira", "hafen")
    path = "/api/team/sheet-templates?team=hafen"
    form = {"sheet": "goals", "questions": ["Was soll anders werden?"]}
    assert (await door.ask("PUT", path, session=mira, json=form)).status == 403
    await door.store.write(lambda tx: tx.put_role("mira", "hafen", "lead"))
    assert (await door.ask("PUT", path, session=mira, json=form)).json == {"ok": True}
    assert (await door.ask("GET", path, session=mira)).json == {"templates": [form]}


async def test_appointments_of_a_case_by_the_team_and_by_the_person(door: Door) -> None:
    seeker = await door.arrives()
    _, mira = await door.advisor("mira", "hafen")
    _, jonas = await door.advisor("jonas", "hafen")
    one = f"/api/team/contacts/{seeker.keys.id.hex()}"
    me = {"mailbox": b64encode(seeker.keys.id).decode(), "token": b64encode(seeker.keys.token).decode()}

    async def step(name: str, status: int = 200, **more: Any) -> Any:
        reply = await door.post(f"{one}/appointments/steps", {"step": name, **more}, mira)
        assert reply.status == status, reply.json
        return reply.json

    async def own(name: str, status: int = 200, **more: Any) -> Any:
        reply = await door.post(f"/api/mailbox/appointment/{name}", {**me, **more})
        assert reply.status == status, reply.json
        return reply.json.get("appointment")

    await door.post(f"{one}/claim", {}, mira)
    assert (await door.ask("GET", f"{one}/appointments", session=mira)).status == 404  # without a case there is no plan
    await own("skip", 404, number=0)
    await door.post(f"{one}/case", {"kind": "case", "mandate": "condition"}, mira)
    await door.post(f"{one}/case/steps", {"step": "accompany", "first": "mira", "second": "jonas"}, mira)
    await door.post(f"{one}/case/steps", {"step": "pace", "days": 7, "wanted_by": "team"}, mira)
    plan = (await door.ask("GET", f"{one}/appointments", session=jonas)).json
    assert (plan["phase"], len(plan["coming"]), plan["lines"][0]["by"]) == ("planned", 3, None)
    seen = (await door.post("/api/mailbox/open", me)).json["appointment"]
    assert (seen["coming"][0]["at"], seen["interval_days"], seen["envelope"]) == (plan["at"], 7, None)
    assert set(seen) == {"phase", "number", "coming", "wish", "choices", "interval_days", "envelope"}
    asked = await own("wish", number=seen["number"], at=seen["choices"][0]["at"])
    assert asked["wish"] == seen["choices"][0]
    assert (await step("decide", agree=True, number=1))["at"] == asked["wish"]["at"]
    assert (await step("move", 422, at="2020-01-01T10:00Z", number=1))["why"] == "past"
    assert (await step("move", 422, at="2027-02-31T10:00Z", number=1))["why"] == "past"
    assert (await step("told", 422, end="kept", number=0))["why"] in ("older", "state")
    extra = await step("put", at=plan["coming"][2])
    assert plan["coming"][2] in extra["coming"]
    rhythm = {"days": [1, 3], "start": "13:00", "end": "15:00", "until": "2099-01-01", "then": 7}
    arranged = await step("arrange", minutes=60, alarm=False, rhythm=rhythm)
    assert arranged["rhythm"] == rhythm
    await step("arrange", minutes=45, alarm=True)
    left = await own("skip", number=(await step("skip", number=arranged["number"] + 1))["number"])
    assert (await own("pace", more=True))["interval_days"] == 3
    payload = {"v": 1, "sheet": "appointment", "fields": [], "dates": [], "by": "Mira", "sent": ""}
    team = door.network.team("hafen")
    readers = [seeker.identity.public, team.public]
    sheet = seal(Kind.RECORD, seeker.keys.id, msgspec.json.encode(payload), readers, team)
    form = {"envelope": b64encode(sheet).decode()}
    assert (await door.ask("PUT", f"{one}/appointments/sheet", session=mira, json=form)).json == {"ok": True}
    assert left is not None
    for wrong in ({"step": "fly"}, {"step": "told", "end": "lost", "number": 1}, {"step": "put", "at": "morgen"}):
        assert (await door.post(f"{one}/appointments/steps", wrong, mira)).status == 400

    first = (await door.ask("GET", f"{one}/appointments", session=mira)).json["at"]
    days = f"/api/team/agenda?team=hafen&first={first[:10]}&days=1"
    [item] = (await door.ask("GET", days, session=jonas)).json["items"]
    assert (item["what"], item["id"], item["start"], item["mine"]) == (
        "appointment", seeker.keys.id.hex(), first, True,
    )  # fmt: skip
    await door.post(f"{one}/know", {}, jonas)
    assert (await door.ask("GET", days, session=jonas)).json["items"] == []
    for wrong in ("", "?team=hafen", "?team=hafen&first=heute&days=1", "?team=hafen&first=2026-01-01&days=viele"):
        assert (await door.ask("GET", f"/api/team/agenda{wrong}", session=mira)).status == 400
    foreign = "/api/team/agenda?team=garten&first=2026-01-01&days=1"
    assert (await door.ask("GET", foreign, session=mira)).status == 422
