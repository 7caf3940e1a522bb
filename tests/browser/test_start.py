"""The first page: one screen that says what this is, and nothing that tells others."""

from __future__ import annotations

from collections.abc import Iterator

import brotli
import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import PATHS, opened
from tests.house import House


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("start") / "house") as house:
        yield house


async def test_one_screen_says_free_anonymous_no_account_who_and_how_soon(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/", height=844) as page:
        for promise in ("Anonym", "Kostenlos", "Ohne Konto", "vertraulich", "Beratungsstelle", "Arbeitstagen"):
            await expect(page.locator(".hero")).to_contain_text(promise)
        door = page.get_by_role("link", name="Jetzt schreiben")
        box = await door.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844, "the main door is on the first screen of a phone"
        assert box["height"] >= 48


async def test_each_person_finds_their_door(browser: Browser, place: House) -> None:
    doors = {
        "Ich will selbst raus": ("/schreiben/1", "exit"),
        "Ich sorge mich um jemanden": ("/schreiben/2", "relative"),
        "Ich bin Fachkraft": ("/schreiben/3", "professional"),
    }
    for name, (path, role) in doors.items():
        async with opened(browser, place.url, "/") as page:
            await page.get_by_role("link", name=name).click()
            assert page.url == place.url + path
            await expect(page.locator(f"input[name=role][value={role}]")).to_be_checked()


async def test_a_door_that_is_not_open_is_not_shown(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/") as page:
        await expect(page.locator(".doors a")).to_have_count(2)  # to write, and to be called
        await expect(page.locator("body")).not_to_contain_text("Messenger")
        await expect(page.locator(".rows").first).to_contain_text("Ich habe schon geschrieben")


async def test_violence_leads_to_signposts_and_to_no_form(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/") as page:
        await page.get_by_role("link", name="Ich bin von Gewalt betroffen").click()
        await expect(page.locator("main")).to_contain_text("Beratung für Betroffene")
        await expect(page.locator("main .box")).not_to_have_count(0)
        assert await page.locator("form, textarea, input").count() == 0


async def test_a_spoken_address_leads_professionals_to_their_form(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/fachkraft") as page:
        assert page.url == place.url + "/schreiben/3"


@pytest.mark.parametrize("path", PATHS)
async def test_help_is_one_step_away_and_nothing_gives_the_visitor_away(
    browser: Browser, place: House, path: str
) -> None:
    async with opened(browser, place.url, path) as page:
        urls: list[str] = []
        page.context.on("request", lambda request: urls.append(request.url))
        answer = await page.reload()
        assert answer is not None
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
        assert (await page.title()).endswith("Kontakt")
        for telling in ("ausstieg", "extrem", "beratung", "gewalt"):
            assert telling not in (await page.title()).lower()
        await expect(page.locator("a[href='tel:110']").first).to_be_attached()
        await expect(page.locator("a[href='tel:112']").first).to_be_attached()
        if path != "/hilfe":
            await expect(page.locator("a[href='tel:08001110111']").first).to_be_attached()
        await expect(page.locator("#hilfe")).to_be_attached()
        assert all(url.startswith((place.url, "data:")) for url in urls)
        kept = "Object.keys(localStorage).length + Object.keys(sessionStorage).length + document.cookie.length"
        assert await page.evaluate(kept) == 0


@pytest.mark.parametrize(("path", "other"), [(path, "/en" + path) for path in PATHS])
async def test_every_page_speaks_both_languages_and_leads_to_the_other(
    browser: Browser, place: House, path: str, other: str
) -> None:
    async with opened(browser, place.url, path) as page:
        assert await page.locator("html").get_attribute("lang") == "de"
        german = await page.locator("main").inner_text()
        await page.get_by_role("link", name="English").click()
        assert page.url == place.url + other
        assert await page.locator("html").get_attribute("lang") == "en"
        assert await page.locator("main").inner_text() != german
        await page.get_by_role("link", name="Deutsch").click()
        assert page.url == place.url + path


async def test_who_answers_in_a_land_is_unfolded_without_a_script_and_without_a_request(
    browser: Browser, place: House
) -> None:
    async with opened(browser, place.url, "/wer", java_script_enabled=False) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        centre = page.get_by_text("Regionalzentrum Westmecklenburg", exact=True)
        await expect(centre).to_be_hidden()
        await page.locator("summary", has_text="Mecklenburg-Vorpommern").click()
        await expect(centre).to_be_visible()
        await expect(page.locator("details[open]")).to_have_count(1)
        assert asked == []


async def test_the_pages_are_small(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/") as page:
        for path, most in {"/": 5, "/schreiben": 9, "/en/schreiben": 9}.items():  # with the style that they carry
            answer = await page.request.get(place.url + path, headers={"Accept-Encoding": "br"})
            assert answer.headers["content-encoding"] == "br"
            assert len(brotli.compress(await answer.body())) <= most * 1024, path
        for name, most in {"page.css": 5, "write.js": 6, "answers.js": 8, "start.js": 1}.items():
            answer = await page.request.get(f"{place.url}/s/{name}")
            assert len(brotli.compress(await answer.body())) <= most * 1024, name


async def test_a_wrong_address_gets_a_kind_page_in_its_language(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/gibt-es-nicht") as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Diese Seite gibt es nicht.")
        await page.goto(place.url + "/en/nothing")
        await expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page.")
        await page.get_by_role("link", name="To the first page").click()
        assert page.url == place.url + "/en/"
