"""Field visits in the console: planned with a sealed sheet, answered with one thumb, opened by the lead alone."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests import leaks
from tests.browser.at_console import At, clean, mira
from tests.browser.test_console_duty import gateway, go, house
from tests.house import House

__all__ = ["gateway", "house", "mira"]  # fixtures

SECRET = "Demmin, Treptower Straße 7, zweiter Stock, Klingel ohne Namen"
PIN, DURESS = "48213077", "90517644"


async def plan_a_visit(page: Page) -> None:
    await page.get_by_role("button", name="Außentermin planen").click()
    dialog = page.locator("dialog")
    await dialog.get_by_label("Wo?").fill(SECRET)
    await dialog.get_by_label("Zweite Begleitung").select_option(label="Jonas Albrecht")
    await clean(page, "plan")
    await dialog.get_by_role("button", name="Planen", exact=True).click()
    await expect(page.locator(".own-visit")).to_contain_text("Der Funktionstest läuft")


async def test_a_field_visit_with_one_thumb_and_the_sealed_sheet(house: House, mira: At) -> None:
    page = (await mira(width=360)).page
    await go(page, "Außentermine")
    await page.locator(".team-pick select").select_option("rz-wm")
    await page.locator(".notice").get_by_role("button", name="PIN festlegen").click()
    await page.get_by_label("Neue PIN").fill(PIN)
    await page.get_by_label("PIN für den stillen Alarm").fill(DURESS)
    await clean(page, "pins")
    await page.locator("dialog").get_by_role("button", name="Speichern").click()
    await expect(page.locator("dialog")).to_have_count(0)
    await plan_a_visit(page)
    own = page.locator(".own-visit")
    await page.context.set_offline(True)
    await own.get_by_role("button", name="Funktionstest bestätigen").click()
    await expect(own.locator(".notice")).to_contain_text("Bis dahin weiß niemand davon")
    await page.context.set_offline(False)
    await expect(own).to_contain_text("Abgesichert")
    await expect(own.locator(".notice")).to_contain_text("angekommen")
    await own.get_by_role("button", name="Gelesen").click()
    await own.get_by_role("button", name="Länger").click()
    await page.locator("dialog .menu button", has_text="30 Minuten").click()
    await expect(page.locator(".toast")).to_contain_text("Verlängert")
    await own.get_by_role("button", name="Ich bin raus").click()
    await expect(own.locator(".notice")).to_contain_text("PIN")
    await clean(page, "own visit")
    boxes = [await button.bounding_box() for button in await own.locator(".big-buttons button").all()]
    assert all(box is not None and box["height"] >= 48 for box in boxes), "big enough for a thumb"
    await own.get_by_label("Ihre PIN").fill(DURESS)
    await own.get_by_role("button", name="Ich bin raus").click()
    await expect(page.locator(".toast")).to_contain_text("Ihr Termin ist beendet")
    await expect(own).to_have_count(0)
    await page.get_by_text("Die letzten Tage").click()
    await expect(page.locator("details .card-box").first).to_contain_text("Alles in Ordnung")
    await go(page, "Alarme")
    await expect(page.locator(".alert-card")).to_have_count(0)

    lead = (await mira("jonas", width=360)).page
    await go(lead, "Alarme")
    card = lead.locator(".alert-card")
    await expect(card).to_contain_text("Stiller Alarm: nicht anrufen")
    await card.get_by_role("button", name="Zum Außentermin").click()
    visit = lead.locator(".visits .cards .card-box").first
    await expect(visit).to_contain_text("Nicht anrufen")
    await clean(lead, "silent alarm")
    await visit.get_by_role("button", name="Besuchszettel öffnen").click()
    await lead.locator("dialog .menu button", has_text="Stiller Alarm").click()
    await expect(lead.locator("dialog dd").first).to_have_text(SECRET)
    await clean(lead, "sheet")
    await lead.get_by_role("button", name="Schließen").click()
    await visit.get_by_role("button", name="Verlauf").click()
    await expect(lead.locator(".visit-log li").last).to_contain_text("Besuchszettel geöffnet: Stiller Alarm")
    house.stop()
    pins = [leaks.Needle("a PIN", {pin.encode(): "digits"}) for pin in (PIN, DURESS)]
    leaks.assert_none([leaks.sentence("visit sheet", SECRET), *pins], leaks.files(house.folder), at_least=3)
