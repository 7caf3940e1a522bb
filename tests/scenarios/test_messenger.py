"""Somebody writes in the messenger, with a picture; a counsellor reads and answers in the console; it comes back there.

The house is the real process with web, bots and outbox in it; the homeserver and both clients are real.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.recordings import png
from tests.browser.visitor import Visitor
from tests.house import House
from tests.leaks import Planted, assert_none, code, files, number, sentence
from tests.matrix.contact_house import words_in
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone
from tests.scenarios.journey import AtTheConsole

pytestmark = pytest.mark.matrix
Arrive = Callable[..., Awaitable[Visitor]]
WORD = "Sonnenblumenhonig vom Dorf"
ANSWER = "Danke, dass Sie uns schreiben. Wir nehmen uns am Mittwoch Zeit für Sie."


@pytest.fixture(scope="module")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeserver]:
    server = Homeserver(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def house(tmp_path: Path, homeserver: Homeserver) -> AsyncIterator[House]:
    contact = homeserver.register("kontakt", "pw")
    secret = tmp_path / "kennwort"
    secret.write_text("pw\n")
    made = House(tmp_path / "house", contact_account=contact)
    account = ["--homeserver", homeserver.url, "--user", contact, "--password-file", str(secret)]
    await asyncio.to_thread(
        made.command, "matrix", "sign-in", "--account", "contact", *account, "--config", str(made.config)
    )
    async with made as running:
        yield running


class Seeker:
    """A phone in a room with the door."""

    def __init__(self, phone: Phone, contact: str) -> None:
        self.phone, self.contact = phone, contact

    async def begin(self) -> None:
        encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        made = await self.phone.nio.room_create(is_direct=True, invite=[self.contact], initial_state=[encryption])
        self.room = made.room_id

    async def read(self, part: str) -> str:
        async with asyncio.timeout(60):
            while True:
                for place, text in enumerate(self.phone.read):
                    if part in text:
                        del self.phone.read[: place + 1]
                        return text
                await self.phone.step()
                await asyncio.sleep(0.05)

    async def say(self, text: str, part: str) -> str:
        await self.phone.say(self.room, text)
        return await self.read(part)


async def test_from_the_messenger_to_the_console_and_back(
    house: House, homeserver: Homeserver, visitor: Arrive, planted: Planted, tmp_path: Path
) -> None:
    user = homeserver.register("mutter", "pw")
    phone = Phone(homeserver.url, user, tmp_path / "phone", "PHONE")
    await phone.sign_in()
    seeker = Seeker(phone, house.settings["contact_account"])
    await seeker.begin()
    assert "Ehrlich vorab" in await seeker.read("Guten Tag")
    for text, part in (("2", "Worum geht es"), ("1", "Wo leben Sie"), ("23966", "Wer wird es lesen"), ("ja", "fertig")):
        await seeker.say(text, part)
    await seeker.say(f"{planted.sentence}. {planted.number}", "ruhig weiter")
    await phone.attach(seeker.room, png(), name="foto.png", type_="image/png")
    await seeker.read("Ist dabei")
    await seeker.say("rückruf", "Unter welcher Nummer")
    called = f"0171 39200{planted.number[-2:]}"  # of the range for films, and can be called
    for text in (called, "ja", "1", "egal", "1", "1", "ja", WORD, "1", "ja"):
        await phone.say(seeker.room, text)
    assert "Sonnenblumenhonig" in await seeker.say("1", "So rufen wir Sie an")
    words = words_in(await seeker.say("fertig", "acht Wörter"))
    await seeker.read("Anhänge sind auch beim Team")

    mira = AtTheConsole(await visitor(), house)
    await mira.log_in("mira")
    await mira.page.get_by_role("button", name="Mehr").click()
    await mira.page.locator("dialog .menu button", has_text="Rückrufe").click()
    await mira.page.get_by_role("button", name="Öffnen").click()
    await expect(mira.page.locator(".script .word")).to_have_text(WORD)
    mira = AtTheConsole(await visitor(), house)
    await mira.log_in("mira")
    body = await mira.open_newest()
    await expect(mira.page.locator(".detail-top .under")).to_contain_text("Messenger")
    await expect(body).to_contain_text(planted.sentence)
    await body.locator(".attachment button").click()
    await expect(body.locator(".attachment img")).to_have_js_property("naturalWidth", 60)
    await mira.claim()
    await mira.answer(ANSWER)
    assert (await seeker.read(ANSWER)).startswith("Regionalzentrum Westmecklenburg")
    await seeker.say("löschen", "auch was beim Team liegt")
    await seeker.say("ja", "Das kann ich nicht löschen")
    await mira.page.reload()

    assert not phone.unreadable
    needles = [*planted.needles, code("the return code", words), sentence("the answer", ANSWER)]
    needles += [number("the number that is called", called), sentence("the word", WORD)]
    written = [place for folder in house.written for place in files(folder)]
    assert_none(needles, [*files(homeserver.root), *written], at_least=5)
    await phone.close()
