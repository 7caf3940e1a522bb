"""axe-core finds nothing: on every page, in both languages, in every state that a person can come to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import PATHS, axe, opened, ready, send, to_text
from tests.house import House


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("a11y") / "house") as house:
        yield house


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [prefix + path for prefix in ("", "/en") for path in PATHS])
async def test_every_page(browser: Browser, place: House, path: str, scheme: str) -> None:
    async with opened(browser, place.url, path, color_scheme=scheme) as page:
        assert await axe(page) == []


@pytest.mark.parametrize("prefix", ["", "/en"])
async def test_every_step_of_writing(browser: Browser, place: House, prefix: str) -> None:
    async with opened(browser, place.url, prefix + "/schreiben", color_scheme="dark" if prefix else "light") as page:
        await ready(page)
        await page.locator("#ort").fill("19273")
        await expect(page.locator("#ort-antwort input")).not_to_have_count(0)
        assert await axe(page) == []
        await page.locator("#ort").fill("00000")
        await expect(page.locator("#ort-antwort .kind")).to_be_visible()
        assert await axe(page) == []
        await page.locator("#ort").fill("")
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team .team-name")).to_be_visible()
        await page.locator("#andere summary").click()
        assert await axe(page) == []
        await page.locator("[data-go='3']:visible").click()
        await page.locator("#senden").click()
        await expect(page.locator("#text-f .kind")).to_be_visible()
        await page.locator("#text").fill("Ich will nicht mehr leben. I want to die.")
        await expect(page.locator("#gefahr .kind")).to_be_visible()
        assert await axe(page) == []
        await send(page)
        assert await axe(page) == []
        await page.locator("#ueben").click()
        assert await axe(page) == []
        await page.locator("#zeigen").click()
        await page.locator("#notiert").click()
        assert await axe(page) == []


@pytest.mark.parametrize("prefix", ["", "/en"])
async def test_every_state_of_the_mailbox(browser: Browser, place: House, prefix: str) -> None:
    async with opened(browser, place.url, prefix + "/schreiben") as page:
        await to_text(page)
        words = await send(page)
    async with opened(browser, place.url, prefix + "/antworten") as page:
        await ready(page)
        await page.locator("#code").fill(" ".join([*words[:7], "xqxqxq"]) + " ")
        await expect(page.locator("#code-hilfe .kind")).to_be_visible()
        assert await axe(page) == []
        await page.locator("#code").fill(" ".join(words))
        await page.locator("#oeffnen").click()
        await expect(page.locator("#briefe li")).to_have_count(1)
        await page.locator("#wechsel summary").click()
        await page.locator("#loeschen summary").click()
        await page.locator("#loeschen-ja").click()
        assert await axe(page) == []
        await page.locator("#loeschen-los").click()
        await expect(page.locator("#leer h1")).to_be_focused()
        assert await axe(page) == []


@pytest.mark.parametrize("prefix", ["", "/en"])
async def test_every_page_without_javascript(browser: Browser, place: House, prefix: str) -> None:
    """The browser runs no script of ours here; axe comes in from outside, so the pages are fetched and shown anew."""
    async with (
        opened(browser, place.url, prefix + "/schreiben", java_script_enabled=False) as person,
        opened(browser, place.url, prefix + "/") as mirror,
    ):

        async def look() -> None:
            # The same HTML under the same address, where axe may run.
            html = await person.content()
            await mirror.route(person.url, lambda route: route.fulfill(body=html, content_type="text/html"))
            await mirror.goto(person.url)
            assert await axe(mirror) == []
            await mirror.unroute(person.url)

        await person.locator("#place").fill("19273")
        await person.locator("button[value='2']").click()
        await look()
        await person.locator("button[value='2']").click()
        await look()
        await person.locator("button[value='3']").click()
        await person.locator("button[value=send]").click()
        await look()
        await person.locator("#text").fill("Hallo.")
        await person.locator("button[value=send]").click()
        words = await person.locator("ol.words li").all_inner_texts()
        await look()
        await person.goto(place.url + prefix + "/antworten")
        await person.locator("textarea[name=code]").fill(" ".join([*words[:7], "xqxqxq"]))
        await person.locator("button[value=open]").click()
        await look()
        await person.locator("textarea[name=code]").fill(" ".join(words))
        await person.locator("button[value=open]").click()
        await look()
        await person.locator("details:has(button[value=teams]) > summary").click()
        await person.locator("button[value=teams]").click()
        await look()
        await person.locator("details:has(button[value=ask]) > summary").click()
        await person.locator("button[value=ask]").click()
        await look()
        await person.locator("button[value=erase]").click()
        await look()
