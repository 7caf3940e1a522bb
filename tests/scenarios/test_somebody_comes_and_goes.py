"""User story 23: somebody comes, somebody goes: two ways, words read aloud, a new key that is sealed for who stays."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from intake.sources import read_key
from tests.browser.at_console import At, clean, mira, open_contact
from tests.browser.letters import Writer
from tests.browser.visitor import Visitor
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import nothing_leaked, publish_key

__all__ = ["mira"]


async def to_people(page: Page) -> None:
    await page.get_by_role("button", name="Mehr", exact=True).click()
    await page.locator("dialog .menu button", has_text="Wer hier liest").click()
    await expect(page.get_by_role("heading", name="Wer hier liest")).to_be_visible()
    await page.locator(".people > .field select").select_option("rz-wm")
    await expect(page.locator(".people .way.good").first).to_contain_text("Geprüft")


async def about(page: Page, name: str, what: str) -> None:
    await page.get_by_role("button", name=f"Was tun mit {name}?").click()
    await page.locator("dialog .menu button", has_text=what).click()


async def log_in(page: Page, member: str, passphrase: str) -> None:
    await page.locator("input[name=username]").fill(member)
    await page.locator("#passphrase").fill(passphrase)
    await page.get_by_role("button", name="Anmelden").click()


async def test_somebody_comes_and_somebody_goes(
    house: House, mira: At, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    writer = Writer(house).write(planted.sentence)
    lead = await mira()
    page = lead.page
    await to_people(page)
    await clean(page, "people")
    await page.get_by_role("button", name="Jemanden einladen").click()
    await page.get_by_label("Name, wie ihn alle im Team sehen").fill("Nora Lind")
    await page.get_by_label("Name in diesem Dienst, zum Anmelden").fill("nora")
    await page.get_by_role("button", name="Einladung machen").click()
    link = await page.locator(".invitation-link").input_value()
    words = await page.locator(".invitation-words").inner_text()
    await clean(page, "invitation")
    await page.get_by_role("button", name="Fertig").click()
    await expect(page.locator(".person-row", has_text="Nora Lind")).to_contain_text("Eingeladen")

    nora = await visitor()
    other = await nora.open(link.removeprefix(house.url))
    await expect(other.get_by_label("Code der Einladung")).to_have_value("")
    await other.get_by_label("Code der Einladung").fill(words)
    await other.get_by_role("button", name="Weiter").click()
    await other.get_by_role("button", name="Sechs Wörter auslosen").click()
    passphrase = await other.locator("#new-passphrase").input_value()
    await other.locator("#again").fill(passphrase)
    await other.get_by_role("button", name="Schlüssel machen").click()
    await expect(other.get_by_role("heading", name="Ihr Schlüssel ist da")).to_be_visible()
    aloud = [await word.inner_text() for word in await other.locator(".fingerprint li").all()]
    await other.get_by_role("button", name="Zur Anmeldung").click()

    # The lead compares by phone; without the commitment to secrecy nothing is granted.
    await page.locator(".people > .field select").select_option("rz-ro")
    await page.locator(".people > .field select").select_option("rz-wm")
    await about(page, "Nora Lind", "Wörter vergleichen")
    seen = [await word.inner_text() for word in await page.locator("dialog .fingerprint li").all()]
    assert seen == aloud
    await page.get_by_role("button", name="Freigeben").click()
    await expect(page.locator("dialog .notice")).to_contain_text("acht Wörter")
    await page.get_by_label("Alle acht Wörter stimmen").check()
    await page.get_by_role("button", name="Freigeben").click()
    await expect(page.locator("dialog .notice")).to_contain_text("Ohne Verpflichtung")
    await clean(page, "comparing")
    await page.locator("dialog input[type=date]").fill("2026-11-02")
    await page.get_by_role("button", name="Freigeben").click()
    await expect(page.locator(".person-row", has_text="Nora Lind")).to_contain_text("zugelassen von Mira Petersen")

    await log_in(other, "nora", passphrase)
    await open_contact(other, writer)
    await expect(other.locator(".letter")).to_contain_text(planted.sentence)
    await to_people_of_one(other)
    await expect(other.get_by_role("button", name="Jemanden einladen")).to_have_count(0)

    # Jonas leaves; the team gets a new key, which is stopped in the middle and goes on after logging in anew.
    await about(page, "Jonas Albrecht", "Zugang beenden")
    await page.get_by_role("button", name="Ja, beenden").click()
    await expect(page.locator(".person-row", has_text="Jonas")).to_have_count(0)
    await page.get_by_role("button", name="Hinweis schließen").click()
    await page.get_by_role("button", name="Neuen Schlüssel machen").click()
    await page.get_by_role("button", name="Schlüssel machen", exact=True).click()
    await expect(page.locator(".team-key")).to_contain_text("Einer Person fehlt noch ein Schlüssel.")
    await page.locator(".lock").click()
    await page.locator("#passphrase").fill(house.members["mira"].passphrase)
    await page.get_by_role("button", name="Entsperren").click()
    await expect(page.locator(".team-key")).to_contain_text("Einer Person fehlt noch ein Schlüssel.")
    await page.get_by_role("button", name="Jetzt für sie verschließen").click()
    await expect(page.locator(".team-key")).not_to_contain_text("fehlt noch")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Datei für das Verzeichnis speichern").click()
    key_file = house.folder / "rz-wm.2.json"
    await (await download.value).save_as(key_file)
    assert json.loads(key_file.read_text("utf-8"))["epoch"] == 2
    await publish_key(house, key_file)

    # What is new is read by who stays, what was there before, too.
    newer = Writer(house)
    newer.readers[0] = read_key(key_file.read_bytes()).identity
    newer.write(f"Danach: {planted.sentence}")
    await other.locator(".lock").click()
    await other.locator("#passphrase").fill(passphrase)
    await other.get_by_role("button", name="Entsperren").click()
    await other.locator("nav.bar button:visible", has_text="Neu").click()
    for one, text in ((newer, "Danach:"), (writer, planted.sentence)):
        await open_contact(other, one)
        await expect(other.locator(".letter").first).to_contain_text(text)
        await other.get_by_role("button", name="Zurück zur Liste").click()
    await nothing_leaked(house, planted, (), lead.visitor, nora)


async def to_people_of_one(page: Page) -> None:
    await page.get_by_role("button", name="Zurück zur Liste").click()
    await page.get_by_role("button", name="Mehr", exact=True).click()
    await page.locator("dialog .menu button", has_text="Wer hier liest").click()
    await expect(page.locator(".people .way.good").first).to_contain_text("Geprüft")
