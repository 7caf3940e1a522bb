"""The console with 10,000 contacts: the first screen, and whether a page costs more when there are more."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import statistics
import time
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from crypto.passphrase import unlock
from tests.bench.browser import browser_page
from tests.bench.processes import open_house, send, team_of
from tests.bench.table import Measure, Table
from tests.house import House

TEAM, MEMBER = "rz-wm", "jonas"
FEW, MANY = 200, 10_000
ASKED = 200


def measure(table: Table, folder: Path, scale: float) -> None:
    many = max(int(MANY * scale), FEW * 2)
    with open_house(folder / "house") as house:
        kid = team_of(house, TEAM)
        send(house.port, TEAM, kid, FEW, 8)
        session = _log_in(house)
        small, _ = _ask(house, session)
        send(house.port, TEAM, kid, many - FEW, 64)
        large, cursor = _ask(house, session)
        deep, _ = _ask(house, session, _deep(house, session, cursor))
        first_screen = asyncio.run(_first_screen(house))
    table.add(
        f"The console with {many:,} contacts",
        Measure("a box opened: first screen", first_screen, "ms", ("<", 300), "from the tap to the rows drawn"),
        Measure("one page of the list from the server", large, "ms", note=f"{small:.3g} ms with {FEW}"),
        Measure("its cost against that of a small box", large / small, "x", ("<=", 1.5)),
        Measure("a page far down against the first", deep / large, "x", ("<=", 1.5)),
    )


def _call(house: House, method: str, path: str, form: dict[str, Any] | None = None, session: str = "") -> Any:
    line = http.client.HTTPConnection("127.0.0.1", house.port)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {session}"} if session else {})
    line.request(method, path, json.dumps(form) if form is not None else None, headers)
    answer = line.getresponse()
    body = json.loads(answer.read())
    line.close()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status} {body}")
    return body


def _log_in(house: House) -> str:
    hello = _call(house, "POST", "/api/team/hello", {"member": MEMBER})
    salt = base64.b64decode(hello["salt"])
    keys = unlock(house.members[MEMBER].passphrase, salt, hello["memory_kib"], hello["passes"])
    form = {"member": MEMBER, "login_key": base64.b64encode(keys.login_key).decode()}
    return str(_call(house, "POST", "/api/team/login", form)["session"])


def _ask(house: House, session: str, after: str = "") -> tuple[float, str]:
    """Milliseconds of one page (lower quartile: other work of the machine is not the point), and the next cursor."""
    taken = []
    path = f"/api/team/contacts?box=new{f'&after={after}' if after else ''}"
    for _ in range(ASKED):
        began = time.perf_counter()
        page = _call(house, "GET", path, session=session)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.quantiles(taken, n=4)[0], page["next"]


def _deep(house: House, session: str, cursor: str) -> str:
    """A cursor a hundred pages down, or the last there is."""
    for _ in range(100):
        following = _call(house, "GET", f"/api/team/contacts?box=new&after={cursor}", session=session)["next"]
        if following is None:
            break
        cursor = following
    return cursor


async def _first_screen(house: House) -> float:
    async with browser_page() as (page, _):
        await page.goto(f"{house.url}/team/")
        await page.locator("input[name=username]").fill(MEMBER)
        await page.locator("#passphrase").fill(house.members[MEMBER].passphrase)
        await page.locator("form button[type=submit]").click()
        await expect(page.locator("button.row").first).to_be_visible(timeout=30_000)
        taken = []
        for _ in range(5):
            await page.locator("nav.bar button").nth(1).click()
            await expect(page.locator("button.row")).to_have_count(0)
            taken.append(
                await page.evaluate(
                    """() => new Promise((done) => {
                        const began = performance.now();
                        document.querySelectorAll("nav.bar button")[0].click();
                        const look = () => document.querySelector("button.row")
                          ? requestAnimationFrame(() => done(performance.now() - began)) : requestAnimationFrame(look);
                        look();
                    })"""
                )
            )
        return float(statistics.median(taken))
