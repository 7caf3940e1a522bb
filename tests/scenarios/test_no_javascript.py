"""Robin's telephone is old and runs no scripts. Everything works, and the page says what is different."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from crypto import return_code
from tests.browser.visitor import Visitor
from tests.cast import AYLIN, ROBIN
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import AtTheConsole, HelpSeeker, nothing_leaked, sealed_contacts

ANSWER = "Gut, dass du schreibst. Das geht vielen so, und es bleibt nicht so."


async def test_everything_works_without_javascript(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    robin = HelpSeeker(await visitor(javascript=False))
    page = robin.page
    await robin.visitor.open("/schreiben")

    # What is different is said before the text field, in plain words.
    assert "Ihr Text wird erst auf unserem Server verschlossen" in await page.locator("main").inner_text()
    await page.locator("input[name=role][value=own_concern]:visible").check()
    await page.locator("form button[value='2']:visible").click()
    await expect(page.locator(".team-name")).to_be_visible()
    await page.locator("form button[value='3']:visible").click()
    await page.locator("textarea[name=text]:visible").fill(ROBIN.says(planted))
    await page.locator("form button.main:visible").click()
    await expect(page.locator("ol.words li")).to_have_count(8)
    words = tuple([(await word.inner_text()).strip() for word in await page.locator("ol.words li").all()])
    assert return_code.parse(" ".join(words)) == words

    (contact,) = sealed_contacts(house)
    assert contact["channel"] == "web_no_js"
    await robin.visitor.keeps_nothing()

    # Somebody of that team answers.
    member = next(one for one in house.members.values() if contact["team"] in one.teams)
    assert member.id == AYLIN.member
    aylin = AtTheConsole(await visitor(), house)
    await aylin.log_in(member.id)
    await expect(await aylin.open_newest()).to_contain_text(planted.sentence)
    await expect(aylin.page.locator(".detail-body")).to_contain_text("Ohne JavaScript geschrieben")
    await aylin.claim()
    await aylin.answer(ANSWER)

    # Robin comes back with the words.
    await robin.visitor.open("/antworten")
    await page.locator("textarea[name=code]:visible").fill(" ".join(words))
    await page.locator("form button[value=open]:visible").click()
    await expect(page.locator("body")).to_contain_text(ANSWER)
    await robin.visitor.keeps_nothing()
    await robin.visitor.stayed_at_home()

    # The bodies are Robin's choice; the disk, the addresses, the headers and the profile are not.
    await nothing_leaked(house, planted, words, robin.visitor, aylin.visitor, bodies=False)
