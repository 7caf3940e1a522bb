"""Telling somebody outside: the rules are shown and kept, and an announced crime is decided by two."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.at_console import At, clean, do, mira, open_contact
from tests.browser.letters import Writer
from tests.house import House
from tests.leaks import assert_none, files, sentence

__all__ = ["mira"]  # the fixture

REASON = "Am 1. Dezember am Bahnhof, sagt er."


async def test_an_announced_crime_is_decided_by_two(house: House, mira: At) -> None:
    writer = Writer(house).write("Ich habe Angst, dass etwas passiert.")
    first, second = await mira("mira"), await mira("jonas")
    await open_contact(first.page, writer)
    await first.claim()
    await do(first.page, "Etwas weitergeben")
    dialog = first.page.locator("dialog")
    await dialog.get_by_label("Was?").select_option("content")
    await dialog.get_by_label("An wen?").select_option("intelligence")
    await expect(dialog.locator(".notice")).to_contain_text("Das darf nicht weitergegeben werden.")
    await expect(dialog.get_by_role("button", name="Festhalten")).to_have_count(0)
    await dialog.get_by_label("Was?").select_option("danger")
    await dialog.get_by_label("An wen?").select_option("police")
    await dialog.get_by_role("button", name="Vorschlagen").click()
    await expect(dialog.locator(".notice.warn")).to_contain_text("Bitte schreiben Sie auf")
    await dialog.locator("textarea").fill(REASON)
    await dialog.get_by_role("button", name="Vorschlagen").click()
    await expect(dialog).to_contain_text("Das muss jemand anderes aus dem Team entscheiden.")
    await clean(first.page, "flows")

    await open_contact(second.page, writer)
    await expect(second.page.locator(".letters")).to_contain_text(REASON)
    await do(second.page, "Etwas weitergeben")
    await second.page.get_by_role("button", name="Ja, weitergeben").click()
    await expect(second.page.locator("dialog")).to_contain_text(f"Bestätigt von {house.members['jonas'].name}")
    house.stop()
    assert_none([sentence("the reason", REASON)], files(*house.written))
