"""A member of team B tries every identifier of team A on every address of the API, and gets and changes nothing.

Made from the OpenAPI document, so an address that somebody adds tomorrow is tried, too.
"""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from intake.app import APIS
from intake.store import Transaction
from intake.web.openapi import document
from tests.intake.small import Advisor
from tests.web.door import Door, b64, opened

SCHEMA = schemathesis.openapi.from_dict(document(tuple(row for door in APIS for row in door.OPERATIONS), "test"))
OWN_TABLES = {"sessions", "challenges", "secrets", "marks", "totp", "passkeys", "migrations", "push_subscriptions"}


class Running:
    """The application in a thread, with somebody of team A and somebody of team B."""

    url: str
    session: str
    foreign: dict[str, str]
    door: Door
    loop: asyncio.AbstractEventLoop

    def rows(self) -> str:
        """Everything that is stored, but for what belongs to one member's own access."""

        async def unit(tx: Transaction) -> list[Any]:
            tables = await tx.raw.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            return [
                (name, sorted(repr(row) for row in await tx.raw.rows(f"SELECT * FROM {name}")))  # noqa: S608
                for (name,) in tables
                if name not in OWN_TABLES
            ]

        return repr(asyncio.run_coroutine_threadsafe(self.door.store.read(unit), self.loop).result(20))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    found = Running()
    up, done = threading.Event(), threading.Event()

    async def serve(folder: Path) -> None:
        async with opened(folder, at_rest_key=bytes(range(32))) as door:
            found.door, found.url, found.loop = door, f"http://127.0.0.1:{door.port}", asyncio.get_running_loop()
            seeker = await door.arrives()
            mira, session = await door.advisor("mira", "hafen")
            await door.store.write(lambda tx: tx.put_role("mira", "hafen", "lead"))
            mailbox = seeker.keys.id.hex()
            await door.post(f"/api/team/contacts/{mailbox}/claim", {}, session)
            answer = b64(mira.answer(door.network, seeker))
            await door.post(f"/api/team/contacts/{mailbox}/answers", {"envelope": answer}, session)
            note = b64(mira.note(door.network, seeker))
            await door.post(f"/api/team/contacts/{mailbox}/notes", {"envelope": note}, session)
            one = f"/api/team/contacts/{mailbox}"
            await door.post(f"{one}/case", {"kind": "case", "mandate": "voluntary"}, session)
            sheet = b64(mira.record(door.network, seeker))
            stored = await door.post(f"{one}/case/sheets", {"sheet": "goals", "envelope": sheet}, session)
            assert stored.status == 200, stored.json
            note = b64(mira.note(door.network, seeker, "An die Polizei."))
            told = await door.post(f"{one}/flows", {"information": "danger", "body": "police", "note": note}, session)
            assert told.status == 200, told.json
            account = (await door.ask("GET", "/api/team/account", session=session)).json
            _, found.session = await door.advisor("gast", "garten")
            await door.store.write(lambda tx: tx.put_role("gast", "garten", "lead"))
            found.foreign = {
                "mailbox": mailbox, "team": "hafen", "member": "mira", "person": "mira",
                "device": account["devices"][0]["id"], "answer": answer, "note": note, "name": "Mira",
                "flow": told.json["flows"][0]["id"], "sheet": sheet,
            }  # fmt: skip
            up.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve(tmp_path_factory.mktemp("foreign"))))
    thread.start()
    assert up.wait(20)
    try:
        yield found
    finally:
        done.set()
        thread.join(20)


def aimed(value: Any, foreign: dict[str, str], name: str = "") -> Any:
    """The same document with team A's identifiers wherever one belongs."""
    if isinstance(value, dict):
        return {key: aimed(inner, foreign, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [aimed(inner, foreign, name) for inner in value]
    if name == "envelope":
        return foreign["answer"]
    return foreign[name] if name in ("team", "member", "mailbox", "person") and isinstance(value, str) else value


TRIED: set[str] = set()


@SCHEMA.parametrize()
@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None,
    derandomize=True,
)  # fmt: skip
def test_every_identifier_of_team_a_on_every_address(case: Any, running: Running) -> None:
    foreign = running.foreign
    if "security" not in case.operation.definition.raw or case.operation.path.endswith("/logout"):
        return  # no session is asked for there: it is not a member's address
    TRIED.add(case.operation.path)
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {running.session}"}
    case.path_parameters = {name: foreign.get(name, value) for name, value in (case.path_parameters or {}).items()}
    names = {parameter["name"] for parameter in case.operation.definition.raw.get("parameters", ())}
    if "team" in names:
        case.query = {**(case.query or {}), "team": foreign["team"]}
    case.body = aimed(case.body, foreign)
    before = running.rows()
    answer = case.call(base_url=running.url)
    assert answer.status_code < 500
    text = json.dumps(answer.json())
    for secret in (
        foreign["mailbox"],
        foreign["answer"],
        foreign["note"],
        foreign["sheet"],
        foreign["flow"],
        foreign["device"],
    ):
        assert secret not in text, f"{case.operation.path} told something about team A"
    if "team" in names or re.search(r"\{(mailbox|member|device)\}", case.operation.path):
        assert answer.status_code >= 400, f"{case.operation.path} obeyed a stranger"
        assert foreign["name"] not in text
    assert running.rows() == before, f"{case.operation.path} changed something of team A"


def test_the_same_addresses_answer_who_belongs_there(running: Running) -> None:
    """The attempts above are refused for who asks, not for how."""
    assert len(TRIED) > 40
    asked = [f"/api/team/contacts/{running.foreign['mailbox']}", "/api/team/people?team=hafen"]

    async def ask() -> list[tuple[int, int]]:
        done = await running.door.post("/api/team/login", {"member": "mira", "login_key": b64(b"\0" * 32)})
        assert done.status == 401
        jonas = Advisor("jonas", ("hafen",))
        await jonas.enrol(running.door.store, running.door.network)
        login = await running.door.post("/api/team/login", {"member": "jonas", "login_key": b64(jonas.login_key)})
        mine = login.json["session"]
        return [
            (
                (await running.door.ask("GET", path, session=mine)).status,
                (await running.door.ask("GET", path, session=running.session)).status,
            )
            for path in asked
        ]

    found = asyncio.run_coroutine_threadsafe(ask(), running.loop).result(20)
    assert [mine for mine, _ in found] == [200, 200]
    assert all(theirs >= 400 for _, theirs in found)
