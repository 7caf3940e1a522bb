"""Colleagues who act through the API, while somebody else is looked at in a browser."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crypto.passphrase import unlock
from tests.house import House

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = ("mo", "di", "mi", "do", "fr", "sa", "so")


@dataclass
class Refusal(Exception):
    """The answer of the API when it does not do it."""

    status: int
    body: dict[str, Any]


class Colleague:
    """A member of the cast with a session of their own."""

    def __init__(self, house: House, member: str) -> None:
        self.house, self.member = house, member
        hello = self._ask("POST", "hello", {"member": member})
        salt = base64.b64decode(hello["salt"])
        keys = unlock(house.members[member].passphrase, salt, hello["memory_kib"], hello["passes"])
        login_key = base64.b64encode(keys.login_key).decode()
        self.session: str = self._ask("POST", "login", {"member": member, "login_key": login_key})["session"]

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if session := getattr(self, "session", None):
            headers["Authorization"] = f"Bearer {session}"
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, f"/api/team/{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            found = json.loads(answer.read() or b"{}")
        if answer.status >= 400:
            raise Refusal(answer.status, found)
        return found

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        return self._ask("POST", path, body)

    def put(self, path: str, **body: Any) -> Any:
        return self._ask("PUT", path, body)

    # ------------------------------------------------------------------------------------------------------- duty

    def rota(self, team: str = "rz-wm") -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"rota?team={team}")
        return found

    def save(self, team: str = "rz-wm", **changes: Any) -> dict[str, Any]:
        """The plan with these parts replaced."""
        now = self.rota(team)
        saved: dict[str, Any] = self.put(f"rota?team={team}", version=now["version"], plan={**now["plan"], **changes})
        return saved

    def alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("alerts")["alerts"]
        return found


def today() -> date:
    return datetime.now(UTC).astimezone(BERLIN).date()


def monday() -> date:
    return today() - timedelta(days=today().weekday())


def shift(id: str, people: list[str | None], span: str, days: tuple[str, ...] = WEEK, **more: Any) -> dict[str, Any]:
    """A shift since this week's Monday."""
    return {
        "id": id,
        "place": "first",
        "blocks": {day: [span] for day in days},
        "people": people,
        "since": monday().isoformat(),
        **more,
    }
