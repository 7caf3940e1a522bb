"""The messenger's door on the pages: there only when it is open, honest, and fit for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from intake.app import build, listening
from intake.desk import Network
from intake.network import Network as DirectoryNetwork
from intake.store import open_store
from tests.browser.pages import axe, opened
from tests.intake import publishing
from tests.intake.small import Clock, settings

ACCOUNT = "@kontakt:matrix.example.org"


@pytest.mark.parametrize("account", ["", ACCOUNT])
async def test_the_door_is_shown_when_it_is_open_and_says_what_it_is(
    browser: Browser, tmp_path: Path, account: str
) -> None:
    publishing.publish(tmp_path / "directory", publishing.first())
    network: Network = DirectoryNetwork(tmp_path / "directory", publishing.ROOT)
    network.reload(publishing.NOW)  # type: ignore[attr-defined]
    given = settings(tmp_path, contact_account=account)
    async with open_store("sqlite", tmp_path) as store:
        app = build(given, network, store, Clock(publishing.NOW))  # type: ignore[arg-type]
        async with listening(app, "127.0.0.1", 0) as port:
            url = f"http://127.0.0.1:{port}"
            async with opened(browser, url, "/", width=320) as page:
                door = page.get_by_role("link", name="Im Messenger schreiben")
                if not account:
                    await expect(door).to_have_count(0)
                    answer = await page.request.get(f"{url}/messenger")
                    assert answer.status == 404
                    return
                await door.click()
                await expect(page.locator(".address")).to_have_text(ACCOUNT)
                await expect(page.locator("main")).to_contain_text("liest Ihren Text für einen Moment")
                link = page.get_by_role("link", name="In meiner App öffnen")
                assert await link.get_attribute("href") == "matrix:u/kontakt:matrix.example.org?action=chat"
                assert await axe(page) == []
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            async with opened(browser, url, "/schutz") as page:
                await page.get_by_role("link", name="Wer im Messenger was sieht").click()
                await expect(page.locator("h1")).to_have_text("Im Messenger schreiben")
            async with opened(browser, url, "/en/messenger", width=1280, color_scheme="dark") as page:
                await expect(page.locator("main")).to_contain_text("reads your text for a moment")
                assert await axe(page) == []
