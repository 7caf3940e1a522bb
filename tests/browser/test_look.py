"""How it looks where people look: small, wide, enlarged, dark, in forced colours, from right to left."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from babel.messages.pofile import read_po
from playwright.async_api import Browser, Page, expect

from config.settings import Settings
from crypto.return_code import WORDS
from intake.network import Network
from intake.web import headers, pages, static
from intake.web.i18n import LOCALE_FOLDER, Languages
from intake.web.keys import DESK, NETWORK, SETTINGS
from tests.browser.pages import PATHS, axe, opened, overflow, ready, send, to_text
from tests.house import House
from tests.scenarios.journey import root_of


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("look") / "house") as house:
        yield house


BROKEN = """(heading) => {
  const node = heading.firstChild, range = document.createRange();
  return [...node.data.matchAll(/\\S+/g)].filter(({0: word, index}) => {
    range.setStart(node, index), range.setEnd(node, index + word.length);
    return range.getClientRects().length > 1;
  }).map(([word]) => word); }"""


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_nothing_is_wider_than_the_window(browser: Browser, place: House, width: int) -> None:
    for prefix in ("", "/en"):
        async with opened(browser, place.url, prefix + "/", width=width) as page:
            for path in PATHS:
                await page.goto(place.url + prefix + path)
                assert await overflow(page) <= 0, (prefix + path, width)
            await page.goto(place.url + prefix + "/")
            assert await page.locator("h1").evaluate(BROKEN) == [], "no word of the first sentence is broken in two"


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_no_step_is_wider_than_the_window(browser: Browser, place: House, width: int) -> None:
    async with opened(browser, place.url, "/schreiben", width=width) as page:
        await ready(page)
        await page.locator("#ort").fill("Mecklenburg")
        await expect(page.locator("#ort-antwort input")).not_to_have_count(0)
        assert await overflow(page) <= 0
        await page.locator("#ort").fill("")
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team .team-name")).to_be_visible()
        await page.locator("#andere summary").click()
        assert await overflow(page) <= 0
        await page.locator("[data-go='3']:visible").click()
        await page.locator("#text").fill("Donaudampfschifffahrtsgesellschaft" * 30)
        assert await overflow(page) <= 0
        words = await send(page, "x" * 4000)
        assert await overflow(page) <= 0
        # Every word in full, also the longest ones of the list: none cut off, broken or over the edge.
        longest = sorted(WORDS, key=len)[-8:]
        await page.evaluate(
            "words => document.querySelectorAll('#woerter li').forEach((one, at) => (one.textContent = words[at]))",
            longest,
        )
        assert await overflow(page) <= 0
        assert await page.locator("#woerter").evaluate("one => one.scrollWidth <= one.clientWidth")
        for word in await page.locator("#woerter li").all():
            assert await word.evaluate("one => one.scrollWidth <= one.clientWidth + 1")
        await page.locator("#notiert").click()
        await page.goto(place.url + "/antworten")
        await ready(page)
        await page.locator("#code").fill(" ".join(words))
        await page.locator("#oeffnen").click()
        await expect(page.locator("#briefe li")).to_have_count(1)
        assert await overflow(page) <= 0


async def test_enlarged_four_times_everything_is_still_there(browser: Browser, place: House) -> None:
    """400 % in a window of 1280 x 1024 leaves 320 x 256 (WCAG 1.4.10)."""
    async with opened(browser, place.url, "/", width=320, height=256, device_scale_factor=4) as page:
        for path in PATHS:
            await page.goto(place.url + path)
            assert await overflow(page) <= 0, path
            heading = page.get_by_role("heading", level=1)
            await heading.first.scroll_into_view_if_needed()
            await expect(heading.first).to_be_in_viewport()


async def test_letters_twice_as_large_break_nothing(browser: Browser, place: House) -> None:
    """Only the text, as people set it in their browser (WCAG 1.4.4), and with more room around it (1.4.12)."""
    async with opened(browser, place.url, "/", width=640) as page:
        for path in PATHS:
            await page.goto(place.url + path)
            await page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert await overflow(page) <= 0, path
            await page.evaluate(
                """() => { document.documentElement.style.fontSize = '';
                for (const one of document.querySelectorAll('body *')) {
                  one.style.lineHeight = '1.5'; one.style.letterSpacing = '.12em';
                  one.style.wordSpacing = '.16em'; } }"""
            )
            assert await overflow(page) <= 0, path


async def test_targets_are_large_enough_for_a_thumb(browser: Browser, place: House) -> None:
    """24 px is the law (WCAG 2.5.8), 44 px is what we want of everything that is not a link inside a sentence."""
    async with opened(browser, place.url, "/") as page:
        for path in PATHS:
            await page.goto(place.url + path)
            small = await page.evaluate(
                """() => [...document.querySelectorAll('a, button, label.pick, summary, input[type=text], textarea')]
                  .filter((one) => one.checkVisibility() && !one.matches('.skip') && !one.closest('p, small'))
                  .map((one) => [one.textContent.trim().slice(0, 40), one.getBoundingClientRect().height])
                  .filter(([, height]) => height < 43.5)"""
            )
            assert small == [], path


async def test_the_focus_is_always_seen(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben", width=1280, height=700) as page:
        await ready(page)
        for _ in range(30):
            await page.keyboard.press("Tab")
            shown = await page.evaluate(
                """() => { const one = document.activeElement, row = one.closest('.pick') ?? one;
                  const style = getComputedStyle(row), box = row.getBoundingClientRect();
                  const bar = document.querySelector('.bar').getBoundingClientRect();
                  const hidden = !one.closest('.bar, .skip') && box.top < bar.bottom - 1;
                  return [row.outerHTML.slice(0, 80), parseFloat(style.outlineWidth) >= 2, hidden]; }"""
            )
            if shown[0].startswith("<body"):
                break
            assert shown[1], shown
            assert not shown[2], shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_forced_colours_keep_buttons_and_choices_visible(browser: Browser, place: House, scheme: Any) -> None:
    async with opened(browser, place.url, "/schreiben/1", forced_colors="active", color_scheme=scheme) as page:
        borders = await page.evaluate(
            """() => ['.exit', '.button.main', '.pick', 'input[type=text]', '.help'].map((name) => {
              const style = getComputedStyle(document.querySelector(name));
              return [name, parseFloat(style.borderTopWidth), style.borderTopColor, style.backgroundColor]; })"""
        )
        for name, width, colour, ground in borders:
            assert width >= 1, name
            assert colour != ground, name
        checked = page.locator(".pick:has(:checked)").first
        assert float((await checked.evaluate("one => getComputedStyle(one).outlineWidth")).removesuffix("px")) >= 2


async def test_nothing_moves_for_people_who_want_no_motion(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/", reduced_motion="reduce") as page:
        for path in PATHS:
            await page.goto(place.url + path)
            assert await page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
            running = await page.evaluate(
                "document.getAnimations().filter((one) => one.effect.getTiming().duration > 0).length"
            )
            assert running == 0, path


async def test_there_is_one_picture_on_the_first_page_and_none_elsewhere(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/") as page:
        for path in PATHS:
            await page.goto(place.url + path)
            assert await page.locator("main svg").count() == (1 if path == "/" else 0)
            assert await page.locator("img, video, iframe").count() == 0


def test_the_stylesheet_knows_no_left_and_no_right() -> None:
    sheet = (Path(pages.__file__).parent / "static" / "page.css").read_text("utf-8")
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    side = r"(?:left|right|top|bottom)"
    physical = re.findall(rf"(?<![\w-])(?:(?:margin|padding|border|inset)-{side}|{side}\s*:|float:\s*{side})", sheet)
    assert physical == []


# --- from right to left

LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنه", strict=True))


def mirrored(sentence: str) -> str:
    """The sentence in Arabic letters that mean nothing; what is filled in and what is not a letter stays."""
    parts = re.split(r"(%\(\w+\)s|\{\w+\}|<[^>]+>)", sentence)
    return "".join(
        part if index % 2 else "".join(LETTERS.get(letter, letter) for letter in part.lower())
        for index, part in enumerate(parts)
    )


@contextlib.asynccontextmanager
async def right_to_left(house: House, folder: Path) -> AsyncIterator[str]:
    """The pages served in this process, with a second language that runs from right to left."""
    catalogue = folder / "ar" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    with (LOCALE_FOLDER / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        keys = [str(message.id) for message in read_po(file) if message.id]
    entry = 'msgid "{}"\nmsgstr "{}"\n'.format
    quoted = [(key.replace('"', '\\"'), mirrored(key).replace('"', '\\"')) for key in keys]
    catalogue.write_text(
        "\n".join(
            ['msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n', *[entry(*pair) for pair in quoted]]
        ),
        "utf-8",
    )

    app = web.Application()
    network = Network(house.data / "directory", root_of(house))
    network.reload(datetime.now(UTC))
    app[NETWORK] = network
    app[SETTINGS] = Settings(root_key=root_of(house), data_folder=house.data)
    app[DESK] = SimpleNamespace(network=network, clock=lambda: datetime.now(UTC))  # type: ignore[assignment]
    headers.setup(app)
    static.setup(app)
    pages.setup(app, Languages(("de", "ar"), folder))
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def starts_at_the_right(page: Page, name: str) -> bool:
    box = await page.locator(name).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2 > 195


async def test_from_right_to_left_the_pages_are_a_mirror_image(browser: Browser, place: House, tmp_path: Path) -> None:
    async with right_to_left(place, tmp_path) as url, opened(browser, url, "/ar/") as page:
        assert await page.locator("html").get_attribute("dir") == "rtl"
        assert await page.locator("html").get_attribute("lang") == "ar"
        assert await starts_at_the_right(page, ".home")
        assert not await starts_at_the_right(page, ".exit")
        for path in PATHS:
            for width in (320, 1280):
                await page.set_viewport_size({"width": width, "height": 800})
                await page.goto(f"{url}/ar{path}")
                assert await overflow(page) <= 0, (path, width)
                assert await page.evaluate("getComputedStyle(document.querySelector('h1')).textAlign") in (
                    "start",
                    "right",
                )
            assert await axe(page) == [], path


async def test_from_right_to_left_one_can_choose_a_team(browser: Browser, place: House, tmp_path: Path) -> None:
    async with right_to_left(place, tmp_path) as url, opened(browser, url, "/ar/schreiben/2") as page:
        await to_text(page)
        await page.locator("#text").fill("مرحبا")
        assert await page.locator("#text").evaluate("one => getComputedStyle(one).direction") == "rtl"
        await page.locator("#text").fill("Hallo")
        assert await page.locator("#text").evaluate("one => getComputedStyle(one).direction") == "ltr"
        assert await overflow(page) <= 0
