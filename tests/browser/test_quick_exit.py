"""Away at once: from every page, with and without JavaScript, and nothing stays behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import LETTER, PATHS, opened, ready, send, to_text
from tests.house import House

NEUTRAL = "https://www.wetter.de/"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("exit") / "house") as house:
        yield house


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("path", PATHS)
async def test_one_press_leads_away_from_every_page(
    browser: Browser, place: House, path: str, *, javascript: bool
) -> None:
    async with opened(browser, place.url, path, java_script_enabled=javascript) as page:
        await page.get_by_role("link", name="Verlassen").click()
        await page.wait_for_url(NEUTRAL)
        assert await page.title() == "Wetter"


@pytest.mark.parametrize("path", ["/", "/en/", "/schreiben", "/antworten", "/hilfe"])
async def test_shift_three_times_leads_away(browser: Browser, place: House, path: str) -> None:
    async with opened(browser, place.url, path) as page:
        await page.wait_for_load_state("networkidle")
        await page.keyboard.press("Shift")
        await page.keyboard.press("Shift")
        assert page.url == place.url + path
        await page.keyboard.press("Shift")
        await page.wait_for_url(NEUTRAL)


async def test_capitals_are_no_exit(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        await page.locator("#text").press_sequentially("A")
        for letter in "BCDE":
            await page.keyboard.press(f"Shift+{letter}")
        assert await page.locator("#text").input_value() == "ABCDE"


async def test_the_page_is_emptied_before_anything_else_happens(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        await page.locator("#text").fill(LETTER)
        # Looked at in the same moment, before any answer can have come.
        left = await page.evaluate(
            """() => { const field = document.getElementById('text');
            document.querySelector('[data-exit]').click();
            return [document.documentElement.childNodes.length, document.title, field.value]; }"""
        )
        assert left == [0, "", ""]


async def test_our_page_is_not_what_back_leads_to(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe") as page:
        await page.goto("about:blank")
        await page.goto(place.url + "/schreiben")
        await ready(page)
        await page.get_by_role("link", name="Verlassen").click()
        await page.wait_for_url(NEUTRAL)
        await page.go_back()
        assert page.url == "about:blank"


async def test_the_server_is_asked_to_clear_the_browser(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/") as page:
        async with page.expect_request("**/raus"):
            await page.get_by_role("link", name="Verlassen").click()
        await page.wait_for_url(NEUTRAL)
        link = await page.request.get(place.url + "/raus", max_redirects=0)
        assert link.status == 303
        assert link.headers["location"] == NEUTRAL
        form = await page.request.post(place.url + "/raus", form={"sitting": "none"})
        for answer in (link, form):
            assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
            assert answer.headers["referrer-policy"] == "no-referrer"


async def test_an_unsaved_text_does_not_hold_anybody_back(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        await page.locator("#text").press_sequentially("Hilfe")
        asked: list[str] = []
        page.on("dialog", lambda dialog: asked.append(dialog.type))
        await page.get_by_role("link", name="Verlassen").click()
        await page.wait_for_url(NEUTRAL)
        assert asked == []


async def test_without_javascript_the_exit_ends_the_sitting(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        words = await send(page)
    async with opened(browser, place.url, "/antworten", java_script_enabled=False) as page:
        await page.locator("textarea[name=code]").fill(" ".join(words))
        await page.get_by_role("button", name="Öffnen").click()
        await expect(page.locator(".thread")).to_contain_text(LETTER)
        sitting = await page.locator("button[name=sitting]").get_attribute("value")
        assert sitting
        assert sitting not in page.url
        await page.get_by_role("button", name="Verlassen").click()
        await page.wait_for_url(NEUTRAL)
        # Somebody finds the name of the sitting: it opens nothing any more.
        again = await page.request.post(place.url + "/antworten", form={"sitting": sitting, "do": "look"})
        assert LETTER not in await again.text()
        assert "inzwischen geschlossen" in await again.text()


async def test_the_exit_never_covers_the_text_and_never_leaves_the_screen(browser: Browser, place: House) -> None:
    for width, height in ((320, 256), (320, 640), (390, 800), (1280, 900)):
        async with opened(browser, place.url, "/schutz", width=width, height=height) as page:
            await page.evaluate("scrollTo({top: 900, behavior: 'instant'})")
            box = await page.locator(".exit").bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert min(box["width"], box["height"]) >= 44
            bar = await page.locator(".bar").bounding_box()
            assert bar is not None
            assert bar["height"] <= height / 4
