"""Every view of the console: axe-core finds nothing, nothing is too wide, and a keyboard is enough. Both languages."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Playwright, expect

from tests.browser.at_console import Arrive, At, clean, mira, open_contact
from tests.browser.letters import Writer
from tests.browser.visitor import visit_with_profile
from tests.house import House

__all__ = ["mira"]  # the fixture

BLOCKS = re.compile("Textbausteine|Text blocks")  # by its name: the list of rooms grows


async def log_in(page: Page, house: House) -> None:
    await page.locator("input[name=username]").fill("mira")
    await page.locator("#passphrase").fill(house.members["mira"].passphrase)
    await page.locator("button.main").click()
    await expect(page.locator("button.row").first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/team/", {"width": 320}),
        ("/team/", {"width": 360, "scheme": "dark"}),
        ("/team/en/", {"width": 360, "locale": "en-GB"}),
        ("/team/en/", {"width": 1280, "scheme": "dark", "locale": "en-GB"}),
        ("/team/", {"width": 1280, "reduced_motion": "reduce", "forced_colors": "active"}),
    ],
)
async def test_every_view_is_clean(house: House, visitor: Arrive, path: str, options: dict[str, Any]) -> None:
    Writer(house).write("Bitte schnell.", urgent=True)
    Writer(house, team="rz-ro").write("Guten Tag.")
    writer = Writer(house).write("Ein \u202eWort.\n" + "Wort" * 60)
    writer.write_again("falsch", signed_by=Writer(house).identity)
    arrived = await visitor(**options)
    page = await arrived.open(path)
    narrow = options["width"] < 960
    await expect(page.locator("html")).to_have_attribute("lang", "en" if "/en/" in path else "de")
    await clean(page, "log in")
    await log_in(page, house)
    await clean(page, "inbox")
    await open_contact(page, writer)
    await clean(page, "contact")
    await page.locator(".actions .main").click()
    await page.locator(".actions .main, #composer").first.wait_for()
    await expect(page.locator(".state.mine")).to_be_visible()
    await page.locator(".actions .main").click()
    await page.locator("#composer").fill("Guten Tag [Name]")
    await clean(page, "composer")
    await page.locator(".composer-foot .second").click()
    await page.locator("dialog[open]").wait_for()
    await clean(page, "text blocks, none yet")
    await page.keyboard.press("Escape")
    await page.locator(".composer-foot .main").click()
    await page.locator("dialog[open] .preview").wait_for()
    await clean(page, "review")
    await page.keyboard.press("Escape")
    await page.locator(".composer-head .icon-button").click()
    if narrow:
        await page.locator(".actions .more").click()
        await page.locator("dialog[open] .menu").wait_for()
        await clean(page, "more")
        await page.locator("dialog[open] .menu button").last.click()
    else:
        await page.locator(".actions .wide-only").last.click()
    await page.locator("dialog[open] .pick").first.wait_for()
    await clean(page, "end")
    await page.keyboard.press("Escape")
    if narrow:
        await page.locator(".back").click()
        await page.locator(".bar-only").click()
        await page.locator("dialog[open] .menu").wait_for()
        await clean(page, "menu")
        await page.locator("dialog[open] .menu button").nth(-2).click()
    else:
        await page.locator("nav.bar .rail-only").last.click()
    await page.locator(".access").wait_for()
    await clean(page, "account")
    if narrow:
        await page.locator(".bar-only").click()
        await page.locator("dialog[open] .menu button", has_text=BLOCKS).click()
    else:
        await page.locator("nav.bar .rail-only", has_text=BLOCKS).click()
    await page.locator(".page .main").click()
    await page.locator("dialog[open] textarea").wait_for()
    await clean(page, "a new text block")
    await page.keyboard.press("Escape")
    await page.locator(".lock").click()
    await page.locator(".seal.shut").wait_for()
    await clean(page, "locked")
    errors = [said for said in arrived.recorder.console if said.startswith("error")]
    assert errors == [], "nothing is blocked by the policy, nothing throws"


async def test_joining_is_clean(house: House, visitor: Arrive) -> None:
    page = await (await visitor(width=320)).open("/team/#einladung=x")
    await page.route(
        "**/api/team/invitation",
        lambda route: route.fulfill(json={"member": "nora", "name": "Nora Lind", "teams": ["rz-wm"]}),
    )
    await clean(page, "code")
    await page.get_by_role("button", name="Weiter").click()
    await page.locator("#new-passphrase").fill("Sommer2024")
    await clean(page, "weak passphrase")
    await page.get_by_role("button", name="Sechs Wörter auslosen").click()
    await clean(page, "drawn passphrase")


async def test_a_keyboard_is_enough(house: House, visitor: Arrive) -> None:
    writer = Writer(house).write("Hallo.")
    page = await (await visitor(width=1280)).open("/team/")
    await expect(page.get_by_role("heading", name="Anmelden")).to_be_focused()
    await page.locator("input[name=username]").focus()
    await page.keyboard.type("mira")
    await page.keyboard.press("Tab")
    await page.keyboard.type(house.members["mira"].passphrase)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Neu")).to_be_focused()
    await expect(page.locator("button.row")).to_be_visible()
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.classList.contains('row')"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name=f"Anfrage {writer.reference}")).to_be_focused()

    async def press(name: str) -> None:
        for _ in range(20):
            await page.keyboard.press("Tab")
            if name in await page.evaluate("document.activeElement.textContent"):
                await page.keyboard.press("Enter")
                return
        raise AssertionError(f"{name} is out of reach")

    await expect(page.get_by_role("button", name="Ich übernehme")).to_be_visible()
    await press("Ich übernehme")
    await expect(page.get_by_role("button", name="Antworten", exact=True)).to_be_visible()
    await press("Antworten")
    await expect(page.locator("#composer")).to_be_focused()
    await page.keyboard.type("Gut, dass Sie da sind.")
    await press("Ansehen und senden")
    await expect(page.locator("dialog[open]")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Ansehen und senden")).to_be_focused()
    await page.keyboard.press("Enter")
    await press("Jetzt senden")
    await expect(page.locator(".letters .team")).to_contain_text("Gut, dass Sie da sind.")
    assert len(writer.read()) == 2
    focused = await page.evaluate("document.activeElement === document.body")
    assert not focused, "the focus is never lost"


async def test_low_windows_scroll_as_a_whole(house: House, mira: At) -> None:
    """400 % zoom on a small laptop leaves 320 x 180 points: nothing may be pinned over the text."""
    for _ in range(8):
        Writer(house).write("Hallo.")
    page = (await mira()).page
    await page.set_viewport_size({"width": 320, "height": 180})
    await expect(page.locator("button.row").first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollHeight > 500")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_it_can_be_installed(house: House, playwright: Playwright) -> None:
    # With a profile, because nothing is ever installed in a private window.
    with tempfile.TemporaryDirectory(prefix="v", ignore_cleanup_errors=True) as folder:
        async with visit_with_profile(playwright, house.url, Path(folder)) as arrived:
            page = await arrived.open("/team/")
            session = await arrived.context.new_cdp_session(page)
            found = await session.send("Page.getAppManifest")
            assert found["errors"] == []
            manifest = json.loads(found["data"])
            assert manifest["scope"] == manifest["start_url"] == "/team/"
            assert manifest["display"] == "standalone"
            for icon in manifest["icons"]:
                answer = await arrived.context.request.get(house.url + icon["src"])
                assert answer.status == 200
                assert answer.headers["content-type"].startswith(icon["type"])
            assert (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"] == []
