"""Yusuf fears the state, and lives where only the state answers. He is asked, never sent there."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from intake import directory, routing
from tests.browser.visitor import Visitor
from tests.cast import YUSUF
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import HelpSeeker, book_of, nothing_leaked, sealed_contacts


def state_only_place(book: directory.Directory) -> str:
    """A Land whose every candidate for Yusuf is of the state."""
    kind = {team.id: book.carrier(team.carrier).kind for team in book.teams}
    for place in sorted(book.routing.places):
        wish = {"kreis": place, "phenomena": (YUSUF.phenomenon or "unknown",), "role": YUSUF.role}
        candidates = routing.look_up(book.routing, **wish).candidates
        if len(place) == 3 and candidates and all(kind[one.team] == "state" for one in candidates):
            civil = routing.look_up(book.routing, **wish, only_civil=True)
            if not civil.candidates and civil.alternatives:
                return place
    raise AssertionError("the example network has no Land where only the state answers Yusuf")


async def test_only_non_state_is_never_softened(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    book = book_of(house)
    kind = {team.id: book.carrier(team.carrier).kind for team in book.teams}
    (regions,) = (house.data / "directory" / "regions").iterdir()
    land = json.loads(regions.read_text("utf-8"))["lands"][state_only_place(book)]

    yusuf = HelpSeeker(await visitor())
    await yusuf.visitor.open("/schreiben")
    await expect(yusuf.page.locator("html")).to_have_attribute("data-ready", "sealing")
    await yusuf.page.locator("input[name=role][value=exit]").check()
    await yusuf.page.locator(f"input[name=phenomena][value={YUSUF.phenomenon}]").check()
    await yusuf.page.locator("#ort").fill(land)
    await expect(yusuf.page.locator("#ort-antwort")).to_contain_text(land)
    await yusuf.onward(2)
    await expect(yusuf.reader.locator(".badges")).to_contain_text("Staatlich")

    # He ticks the wish: no team is left, and none is chosen for him.
    await yusuf.page.locator("#zivil").check()
    await expect(yusuf.reader.locator(".badges")).to_have_count(0)
    await expect(yusuf.page.locator("#andere input:checked")).to_have_count(0)
    await yusuf.onward(3)
    await expect(yusuf.page.locator("#text")).to_be_hidden()

    # He chooses one of the honest alternatives: one that is not of the state, and says so.
    options = yusuf.page.locator("#andere label")
    await expect(options).not_to_have_count(0)
    await options.filter(has_text="Nicht staatlich").first.click()
    await yusuf.write(YUSUF.says(planted))
    words = await yusuf.send()

    (contact,) = sealed_contacts(house)
    assert kind[contact["team"]] == "civil"
    await yusuf.visitor.recorder.settle()
    assert [sent.status for sent in yusuf.visitor.recorder.sent("POST", "/api/contacts")] == [201]
    await nothing_leaked(house, planted, words, yusuf.visitor)
