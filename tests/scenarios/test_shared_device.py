"""Sandra shares the tablet with a violent partner. He comes in while she is writing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from tests.browser.visitor import Visitor
from tests.cast import SANDRA
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import HelpSeeker, nothing_leaked, sealed_contacts

NEUTRAL = "https://www.wetter.de/"


async def test_quick_exit_leaves_nothing_of_what_she_wrote(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    sandra = HelpSeeker(await visitor(width=768))
    await sandra.begin(SANDRA)
    await sandra.write(SANDRA.says(planted))

    # Shift three times, and there is the weather.
    for _ in range(3):
        await sandra.page.keyboard.press("Shift")
    await sandra.page.wait_for_url(f"{NEUTRAL}**")
    await expect(sandra.page).to_have_title("Wetter")

    # He presses "back". What he finds is empty: not her text, not her place.
    await sandra.page.go_back()
    await sandra.page.wait_for_load_state()
    if sandra.page.url.startswith(house.url):
        await expect(sandra.page.locator("body")).not_to_contain_text(planted.sentence)
        for field in await sandra.page.locator("input[type=text], textarea").all():
            assert await field.input_value() == ""
        await sandra.visitor.keeps_nothing()

    await sandra.visitor.stayed_at_home(neutral=NEUTRAL)
    await sandra.visitor.recorder.settle()
    assert not [one for one in sandra.visitor.recorder.exchanges if one.method == "POST"]
    assert sealed_contacts(house) == []
    await nothing_leaked(house, planted, (), sandra.visitor)


async def test_quick_exit_closes_an_opened_mailbox(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    sandra = HelpSeeker(await visitor())
    words = await sandra.write_and_send(SANDRA, planted)
    await sandra.come_back(" ".join(words))
    await expect(sandra.letters).to_have_count(1)

    # The button, as on every page; the server is asked to clear what the browser may hold.
    await sandra.page.get_by_role("link", name="Verlassen").click()
    await sandra.page.wait_for_url(f"{NEUTRAL}**")
    await sandra.page.go_back()
    await sandra.page.wait_for_load_state()
    await expect(sandra.page.locator("body")).not_to_contain_text(planted.sentence)
    await nothing_leaked(house, planted, words, sandra.visitor)


async def test_quick_exit_without_javascript_clears_on_the_way_out(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    sandra = HelpSeeker(await visitor(javascript=False))
    await sandra.visitor.open("/schreiben")
    await sandra.page.get_by_role("link", name="Verlassen").click()
    await sandra.page.wait_for_url(f"{NEUTRAL}**")
    await sandra.visitor.recorder.settle()
    (left,) = sandra.visitor.recorder.sent("GET", "/raus")
    assert left.answer_headers.get("clear-site-data", "").startswith('"cache"') or "*" in left.answer_headers.get(
        "clear-site-data", ""
    )
    assert left.answer_headers["referrer-policy"] == "no-referrer"
    await nothing_leaked(house, planted, (), sandra.visitor)
