"""The real application on a free port of this process, in the small network: for tests of the doors."""

import contextlib
import io
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from intake.app import build, listening
from intake.desk import Desk
from intake.store import Store, open_store
from intake.web.keys import DESK
from tests.intake.small import Advisor, Clock, Seeker, SmallNetwork, settings, stamped


def b64(raw: bytes) -> str:
    return b64encode(raw).decode()


@dataclass
class Reply:
    """Status, headers and body of an answer."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Door:
    """A running application and somebody who knocks."""

    network: SmallNetwork
    clock: Clock
    store: Store
    desk: Desk
    port: int
    http: aiohttp.ClientSession
    folder: Path
    app: web.Application

    async def ask(self, method: str, path: str, *, session: str | None = None, **more: Any) -> Reply:
        if session is not None:
            more["headers"] = {"Authorization": f"Bearer {session}", **more.get("headers", {})}
        async with self.http.request(method, path, **more) as answer:
            return Reply(answer.status, answer.headers, await answer.read())

    async def post(self, path: str, form: Any, session: str | None = None) -> Reply:
        body = io.BytesIO(json.dumps(form).encode())
        return await self.ask("POST", path, data=body, session=session, headers={"Content-Type": "application/json"})

    def contact_form(self, seeker: Seeker, envelope: bytes | None = None, **more: Any) -> dict[str, Any]:
        sealed = envelope if envelope is not None else seeker.contact()
        stamp = stamped(sealed, self.clock())
        return {
            "team": "hafen",
            "token_hash": b64(seeker.keys.token_hash),
            "urgent": False,
            "envelope": b64(sealed),
            "stamp": {"hour": stamp.hour, "counter": stamp.counter},
            **more,
        }

    def message_form(self, seeker: Seeker, envelope: bytes) -> dict[str, Any]:
        stamp = stamped(envelope, self.clock())
        return {**key_of(seeker), "envelope": b64(envelope), "stamp": {"hour": stamp.hour, "counter": stamp.counter}}

    async def arrives(self, seeker: Seeker | None = None) -> Seeker:
        person = seeker or Seeker(self.network)
        reply = await self.post("/api/contacts", self.contact_form(person))
        assert reply.status == 201, reply.body
        return person

    async def advisor(self, name: str, *teams: str) -> tuple[Advisor, str]:
        advisor = Advisor(name, teams)
        await advisor.enrol(self.store, self.network)
        reply = await self.post("/api/team/login", {"member": name, "login_key": b64(advisor.login_key)})
        return advisor, reply.json["session"]


def key_of(seeker: Seeker) -> dict[str, str]:
    return {"mailbox": b64(seeker.keys.id), "token": b64(seeker.keys.token)}


@contextlib.asynccontextmanager
async def opened(folder: Path, **more: Any) -> AsyncIterator[Door]:
    network, clock = SmallNetwork(), Clock()
    async with open_store("sqlite", folder) as store:
        app = build(settings(folder, **more), network, store, clock)  # type: ignore[arg-type]
        async with (
            listening(app, "127.0.0.1", 0) as port,
            aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=aiohttp.DummyCookieJar()) as http,
        ):
            yield Door(network, clock, store, app[DESK], port, http, folder, app)
