"""`make screenshots`: the pictures of the README, taken from the running pages of the demonstration network."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from tests.browser.visitor import PHONE, arguments, chromium
from tests.house import House

HERE = Path(__file__).parent / "pictures"
STATIONS = ("start", "who-reads-it", "eight-words", "console")
TEXT = "Mein Sohn ist fünfzehn. In seinem Zimmer hängen Zeichen, die mir Angst machen. Wie rede ich mit ihm?"


async def shoot(page: Page, name: str) -> None:
    """One picture, as it looks when everything has come to rest."""
    await page.evaluate(
        "new Promise((done) => { const look = () => scrollY === 0 ? done() : requestAnimationFrame(look); look(); })"
    )
    await page.screenshot(path=HERE / f"{name}.png", animations="disabled")


async def write(page: Page, url: str) -> None:
    """The help-seeker's way, a picture at each station."""
    await page.goto(url)
    await shoot(page, "start")
    await page.goto(f"{url}/schreiben/2")
    await expect(page.locator("html")).to_have_attribute("data-ready", "sealing")
    await page.locator("input[name=phenomena][value=RE]").check()
    await page.locator("#ort").fill("23966")
    await expect(page.locator("#ort-antwort")).not_to_be_empty()
    await page.locator("[data-go='2']:visible").click()
    await expect(page.locator("#team .team-name")).to_be_visible()
    await shoot(page, "who-reads-it")
    await page.locator("[data-go='3']:visible").click()
    await page.locator("#text").fill(TEXT)
    await page.locator("#senden").click()
    await expect(page.locator("#woerter li")).to_have_count(8)
    await shoot(page, "eight-words")


async def read(page: Page, house: House) -> None:
    """The counsellor's phone."""
    await page.goto(f"{house.url}/team/")
    await page.locator("input[name=username]").fill("mira")
    await page.locator("#passphrase").fill(house.members["mira"].passphrase)
    await page.locator("form button[type=submit]").click()
    await expect(page.locator("button.row").first).to_be_visible(timeout=30_000)
    await page.locator("button.row").first.click()
    await expect(page.locator(".detail-body .dates")).to_be_visible()
    await page.get_by_role("button", name="Ich übernehme").click()
    await expect(page.get_by_role("button", name="Antworten", exact=True)).to_be_visible()
    await shoot(page, "console")


async def together(page: Page) -> None:
    """All four side by side, for the README."""
    pictures = [base64.b64encode((HERE / f"{name}.png").read_bytes()).decode() for name in STATIONS]
    images = "".join(f'<img src="data:image/png;base64,{one}">' for one in pictures)
    style = (
        "body{margin:0;padding:20px;display:flex;gap:20px;background:#e9e2d4}"
        "img{width:275px;height:565px;border-radius:18px}"
    )
    await page.set_content(f"<style>{style}</style>{images}")
    await page.locator("body").screenshot(path=HERE / "journey.png")
    for name in STATIONS:
        (HERE / f"{name}.png").unlink()


async def take() -> None:
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, House(Path(folder) / "house") as house:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), headless=True, args=arguments())
            context = await browser.new_context(viewport=PHONE, device_scale_factor=2, locale="de-DE")
            await write(await context.new_page(), house.url)
            await read(await context.new_page(), house)
            await together(await browser.new_page(viewport={"width": 1200, "height": 605}))
            await browser.close()


if __name__ == "__main__":
    asyncio.run(take())
