"""Kevin has lost his words. Nothing helps him back in, nothing tells whether there was anything; he writes anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from crypto import return_code
from tests.browser.visitor import Visitor
from tests.cast import KEVIN
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import HelpSeeker, nothing_leaked, sealed_contacts


async def test_a_lost_code_means_a_new_contact(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    kevin = HelpSeeker(await visitor())
    lost = await kevin.write_and_send(KEVIN, planted)

    # Weeks later he remembers six words, one of them with a slip: the page helps with the slip and asks for the rest.
    await kevin.come_back(" ".join([slip(lost[0]), *lost[1:6]]))
    await expect(kevin.page.locator("#code-hilfe")).to_contain_text(lost[0])
    await kevin.visitor.recorder.settle()
    assert kevin.visitor.recorder.sent("POST", "/api/mailbox/open") == []

    # He guesses the rest: eight good words that open nothing. The answer is that of any mailbox that does not exist.
    guessed = (*lost[:6], *return_code.generate()[:2])
    await kevin.come_back(" ".join(guessed))
    await expect(kevin.page.locator("#tuer-fehler")).not_to_be_empty()
    await kevin.visitor.recorder.settle()
    (tried,) = kevin.visitor.recorder.sent("POST", "/api/mailbox/open")
    assert tried.status == 404

    # The page tells him what it told him before: write anew.
    await kevin.page.get_by_text("Ich habe die Wörter nicht mehr").click()
    await kevin.page.get_by_role("link", name="Neu schreiben").click()
    again = await kevin.write_and_send(KEVIN, planted)
    assert again != lost

    # Two contacts that nothing links: other mailbox, other token, other key.
    first, second = sealed_contacts(house)
    for column in ("mailbox", "token_hash", "person_kid"):
        assert first[column] != second[column]

    # The old words, found in a coat, still open the old mailbox, and only that.
    await kevin.come_back(" ".join(lost))
    await expect(kevin.letters).to_have_count(1)
    await nothing_leaked(house, planted, lost, kevin.visitor)
    await nothing_leaked(house, planted, again, kevin.visitor)


def slip(word: str) -> str:
    """The word with one letter doubled in the middle: no word of the list."""
    middle = len(word) // 2
    return word[:middle] + word[middle] + word[middle:]
