"""What people do at the pages and at the console, in their own words, so that a scenario reads like its story."""

from __future__ import annotations

import asyncio
import base64
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Locator, Page, expect

from crypto.identity import Identity, MailboxKeys
from crypto.return_code import stretch
from intake import directory
from tests import leaks
from tests.browser.visitor import Exchange, Visitor
from tests.cast import Person
from tests.house import House
from tests.leaks import Needle, Planted


@dataclass
class HelpSeeker:
    """Somebody at the help-seekers' pages."""

    visitor: Visitor

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def begin(self, person: Person, door: str = "/schreiben") -> None:
        """The first page, the door that fits, topic and place; ends on "who will read it"."""
        await self.visitor.open(door)
        await expect(self.page.locator("html")).to_have_attribute("data-ready", "sealing")
        await self.page.locator(f"input[name=role][value={person.role}]").check()
        if person.phenomenon:
            await self.page.locator(f"input[name=phenomena][value={person.phenomenon}]").check()
        if person.place:
            await self.page.locator("#ort").fill(person.place)
            await expect(self.page.locator("#ort-antwort")).not_to_be_empty()
        await self.onward(2)

    async def onward(self, step: int) -> None:
        await self.page.locator(f"[data-go='{step}']:visible").first.click()

    async def ask_for_a_call(self, person: Person, number: str, day: str, start: str, end: str, word: str) -> None:
        """The whole way to a callback, up to the last step, which is not sent yet. `day`: as the page says it."""
        await self.begin(person, "/rueckruf")
        await expect(self.reader.locator(".team-name")).to_be_visible()
        await self.onward(3)
        await self.choose_time(day, start, end)
        await self.page.locator("#nummer").fill(number)
        await expect(self.page.locator("#nummer-f .status")).to_be_visible()
        await self.onward(4)
        await self.page.locator("#anruf-wort").fill(word)

    async def choose_time(self, day: str, start: str, end: str) -> None:
        selects = self.page.locator("#zeiten .time").first.locator("select")
        await selects.nth(0).select_option(label=day)
        await selects.nth(1).select_option(start)
        await selects.nth(2).select_option(end)

    @property
    def reader(self) -> Locator:
        """The card that says who will read it."""
        return self.page.locator("#team")

    async def write(self, text: str) -> None:
        """From the card of the team to the text, written but not sent."""
        await expect(self.reader.locator(".team-name").or_(self.reader.locator("input:checked"))).not_to_have_count(0)
        await self.onward(3)
        await self.page.locator("#text").fill(text)

    async def send(self) -> tuple[str, ...]:
        """Send, and read the eight words from the screen."""
        await self.page.locator("#senden").click()
        words = self.page.locator("#woerter li")
        await expect(words).to_have_count(8)
        return tuple([(await word.inner_text()).strip() for word in await words.all()])

    async def write_and_send(self, person: Person, planted: Planted) -> tuple[str, ...]:
        await self.begin(person)
        await self.write(person.says(planted))
        return await self.send()

    async def come_back(self, typed: str) -> None:
        """Type the code and press the button; what then happens is the story's."""
        await self.visitor.open("/antworten")
        await expect(self.page.locator("html")).to_have_attribute("data-ready", "sealing")
        await self.page.locator("#code").fill(typed)
        await self.page.locator("#oeffnen").click()

    @property
    def letters(self) -> Locator:
        return self.page.locator("#briefe li")


@dataclass
class AtTheConsole:
    """A counsellor with the console on their phone."""

    visitor: Visitor
    house: House

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def log_in(self, member: str) -> None:
        await self.visitor.open("/team/")
        await self.page.locator("input[name=username]").fill(member)
        await self.page.locator("#passphrase").fill(self.house.members[member].passphrase)
        await self.page.get_by_role("button", name="Anmelden").click()
        await expect(self.page.locator(".shell")).to_be_visible()

    @property
    def rows(self) -> Locator:
        return self.page.locator("button.row")

    async def open_newest(self) -> Locator:
        """Open the first contact of the list; gives its letters."""
        await expect(self.rows).not_to_have_count(0)
        await self.rows.first.click()
        body = self.page.locator(".detail-body")
        await expect(body.locator(".dates")).to_be_visible()
        return body

    async def claim(self) -> None:
        await self.page.get_by_role("button", name="Ich übernehme").click()

    async def answer(self, text: str) -> None:
        await self.page.get_by_role("button", name="Antworten", exact=True).click()
        await self.page.locator("#composer").fill(text)
        await self.page.get_by_role("button", name="Ansehen und senden").click()
        await self.page.get_by_role("button", name="Jetzt senden").click()
        await expect(self.page.locator("#composer")).to_have_count(0)


# -- what only a test may know -----------------------------------------------------------------------------------


def book_of(house: House) -> directory.Directory:
    """The directory that the house serves now."""
    newest = max((house.data / "directory").glob("*.ekd"))
    return directory.read_any_age(newest.read_bytes(), root_of(house))


async def publish_key(house: House, public: Path) -> None:
    """Office: take in a team's public key, draft. Root: sign. Office: publish. The house hears of it with SIGHUP."""
    before = book_of(house).version
    await asyncio.to_thread(_sign, house, public)
    assert book_of(house).version == before + 1
    house.hang_up()
    async with aiohttp.ClientSession() as line:
        for _ in range(3000):
            async with line.get(f"{house.url}/verzeichnis") as answer:
                if directory.read_any_age(await answer.read(), root_of(house)).version > before:
                    return
            await asyncio.sleep(0.02)
    raise AssertionError("the new directory did not arrive")


def _sign(house: House, public: Path) -> None:
    network, lead = house.folder / "network", house.folder / "lead"
    house.command("directory", "add-key", str(network), str(public))
    house.command("directory", "draft", str(network))
    draft, signed = network / "draft" / "directory.json", network / "directory.ekd"
    house.command(
        "directory", "sign", str(draft), "--root-seed", str(lead / "root.seed"), "--out", str(signed), "--yes"
    )
    house.command("directory", "publish", str(network), str(signed), "--to", str(house.data / "directory"))


def root_of(house: House) -> bytes:
    """The root that its settings name."""
    line = next(line for line in house.config.read_text("utf-8").splitlines() if line.startswith("root_key"))
    return bytes.fromhex(line.split('"')[1])


def seed_of(house: House, words: Sequence[str]) -> bytes:
    """The seed that a code stretches to."""
    cost = book_of(house).network.code
    return stretch(words, cost.salt, cost.memory_kib, cost.passes)


def sealed_contacts(house: House) -> list[dict[str, Any]]:
    """All contacts as the database holds them."""
    database = sqlite3.connect(f"file:{house.database}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in database.execute("SELECT * FROM contacts ORDER BY received")]
    finally:
        database.close()


def envelope_of(exchange: Exchange) -> bytes:
    """The sealed bytes in a request of the browser."""
    import json

    return base64.b64decode(json.loads(exchange.body)["envelope"])


def secrets_of(house: House, planted: Planted, words: Sequence[str] = ()) -> tuple[list[Needle], list[Needle]]:
    """What may be nowhere at all, and what may only cross the wire in a body (the token opens the mailbox)."""
    nowhere, not_kept = planted.needles, []
    if words:
        seed = seed_of(house, words)
        mailbox = MailboxKeys.from_seed(seed)
        nowhere += [leaks.code("the return code", words), leaks.key("the seed of the code", seed)]
        not_kept += [leaks.key("the mailbox token", mailbox.token)]
        assert Identity.from_seed(seed).public.kid  # the words are a real code
    return nowhere, not_kept


async def nothing_leaked(
    house: House, planted: Planted, words: Sequence[str], *visitors: Visitor, bodies: bool = True
) -> None:
    """The end of every story: all leave, the house closes, and every byte that was written is searched.

    `bodies`: whether what crossed the wire is searched, too (not where the person chose to have no JavaScript).
    """
    nowhere, not_kept = secrets_of(house, planted, words)
    for visitor in visitors:
        await visitor.leave()
    places = [place for visitor in visitors for place in visitor.places(bodies=bodies)]
    kept = [place for visitor in visitors for place in visitor.places(bodies=False)]
    running = list(leaks.files(*house.written))
    leaks.assert_none([*nowhere, *not_kept], running, at_least=2)
    assert house.stop() == 0
    leaks.assert_none(nowhere, [*places, *leaks.files(*house.written)], at_least=20)
    leaks.assert_none([*nowhere, *not_kept], [*kept, *leaks.files(*house.written)], at_least=20)
