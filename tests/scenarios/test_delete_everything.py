"""Anne changes her mind. Two steps, and it is gone: for her, for the team, and from the disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from tests import leaks
from tests.browser.visitor import Visitor
from tests.cast import ANNE, MIRA
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import AtTheConsole, HelpSeeker, envelope_of, nothing_leaked, sealed_contacts


async def test_the_person_deletes_everything(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    anne = HelpSeeker(await visitor())
    words = await anne.write_and_send(ANNE, planted)
    await anne.visitor.recorder.settle()
    sealed = envelope_of(anne.visitor.recorder.sent("POST", "/api/contacts")[0])
    mira = AtTheConsole(await visitor(), house)
    await mira.log_in(MIRA.member)
    await mira.open_newest()

    # Even the sealed bytes are the test's needle now: they are on the disk before, and must not be afterwards.
    pieces = [leaks.key(f"sealed bytes from {at}", sealed[at : at + 64]) for at in range(2500, len(sealed) - 64, 512)]
    assert leaks.search(pieces, leaks.files(house.data))

    await anne.come_back(" ".join(words))
    await anne.page.get_by_text("Alles löschen", exact=True).click()
    await anne.page.locator("#loeschen-ja").click()
    await anne.page.locator("#loeschen-nein").click()  # not by mistake
    await expect(anne.letters).to_have_count(1)
    await anne.page.locator("#loeschen-ja").click()
    await anne.page.locator("#loeschen-los").click()
    await expect(anne.page.get_by_role("heading", name="Alles ist gelöscht.")).to_be_visible()
    assert sealed_contacts(house) == []

    # The words open nothing any more, and the team finds nothing.
    await anne.come_back(" ".join(words))
    await expect(anne.page.locator("#tuer-fehler")).not_to_be_empty()
    await mira.claim()
    await expect(mira.page.get_by_role("button", name="Antworten", exact=True)).to_have_count(0)

    await nothing_leaked(house, planted, words, anne.visitor, mira.visitor)
    leaks.assert_none(pieces, leaks.files(*house.written), at_least=2)
