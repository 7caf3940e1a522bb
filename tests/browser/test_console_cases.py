"""From request to case in a real browser: recorded, accompanied, agreed, documented, confirmed on paper, ended."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.at_console import At, clean, do, mira, open_contact
from tests.browser.duty_cast import Colleague, Refusal, today
from tests.browser.letters import Writer
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import AtTheConsole

__all__ = ["mira"]  # the fixture


async def save(page: Page) -> None:
    await page.locator("dialog[open] button[type=submit]").last.click()
    await expect(page.locator("dialog[open]")).to_have_count(0)


async def save_is_refused(page: Page, why: str) -> None:
    await page.locator("dialog[open] button[type=submit]").last.click()
    await expect(page.locator("dialog[open] .notice")).to_contain_text(why)


async def appointments(counsellor: AtTheConsole, view: Locator, planted: Planted) -> None:
    """The plan follows the interval; place and way are sealed; days of a prison narrow it; the day's list shows it."""
    page = counsellor.page
    dialog, plan = page.locator("dialog[open]"), view.locator(".plan")
    await expect(plan.locator(".now")).to_contain_text("45 Minuten")
    await expect(plan).to_contain_text("Danach:")
    await plan.get_by_role("button", name="Ändern").first.click()
    await dialog.locator("textarea").first.fill(planted.sentence)
    await clean(page, "place")
    await save(page)
    await expect(plan).to_contain_text(planted.sentence)
    await plan.get_by_role("button", name="Ändern").last.click()
    await dialog.get_by_text("nur an bestimmten Tagen").click()
    await dialog.get_by_role("button", name="Speichern").click()
    await expect(dialog.locator(".notice")).to_contain_text("mindestens einen Tag")
    await dialog.locator(".chip", has_text="Di").click()
    await clean(page, "arrange")
    await save(page)
    await expect(plan).to_contain_text("Nur Di, 13:00 bis 15:00")
    await expect(plan.locator(".now b")).to_contain_text("Di., ")
    await clean(page, "plan")
    await plan.get_by_role("button", name="Verschieben").click()
    await clean(page, "move an appointment")
    tomorrow = today() + timedelta(days=1)
    await dialog.get_by_label("Tag").fill(tomorrow.isoformat())
    await save(page)
    await expect(plan.locator(".now b")).to_contain_text(f"{tomorrow.day}.")
    await page.locator(".bar-only").click()
    await dialog.locator(".menu button", has_text="Tag und Woche").click()
    agenda = page.locator(".agenda")
    await expect(agenda.get_by_role("heading", name="Heute")).to_be_visible()
    await agenda.get_by_role("button", name="Tag danach").click()
    item = agenda.locator(".agenda-item", has_text="Kontakttermin")
    await expect(item).to_be_visible()
    await clean(page, "agenda")
    await page.context.set_offline(True)
    await agenda.get_by_role("button", name="Tag davor").click()
    await agenda.get_by_role("button", name="Tag danach").click()
    await expect(agenda.locator(".notice")).to_contain_text("Kein Netz")
    await page.context.set_offline(False)
    await item.click()
    await expect(view).to_contain_text("Nächster Kontakt")
    await page.go_back()
    await expect(item).to_be_visible()
    await page.go_back()
    await expect(view).to_contain_text("Nächster Kontakt")


async def test_a_case_under_a_courts_condition_from_the_mandate_to_the_confirmation(
    house: House, mira: At, planted: Planted
) -> None:
    """User stories 19 and 20; what is documented lies sealed, and the paper says nothing but days."""
    writer = Writer(house).write("Das Gericht schickt mich.")
    counsellor = await mira(width=360)
    page = counsellor.page
    await open_contact(page, writer)
    await counsellor.claim()
    await page.get_by_role("button", name="Beratung festhalten").click()
    dialog = page.locator("dialog[open]")
    await dialog.get_by_role("button", name="Festhalten").click()
    await expect(dialog.locator(".notice")).to_contain_text("Bitte wählen Sie, was es war.")
    await dialog.locator("label", has_text="Fall").locator("input").check()
    await dialog.get_by_role("button", name="Festhalten").click()
    await expect(dialog.locator(".notice")).to_contain_text("Wer hat beauftragt?")
    await dialog.locator("label", has_text="Auflage").locator("input").check()
    await clean(page, "kind")
    await save(page)
    view = page.locator(".case-view")
    await expect(view).to_contain_text("Zugang durch eine Auflage")
    await expect(view.locator(".notice")).to_contain_text(["zweite Begleitung", "keine gültige Vereinbarung"])

    await view.get_by_role("button", name="Begleitung ändern").click()
    await dialog.get_by_label("Zweite Begleitung").select_option("jonas")
    await save(page)
    await view.get_by_role("button", name="Vereinbarung anbieten").click()
    await view.get_by_role("button", name="Beide Seiten stimmen zu").click()
    await clean(page, "agree")
    await save(page)
    await expect(view).to_contain_text("Teilnahmevereinbarung: gilt")
    await expect(view.locator(".notice")).to_have_count(0)

    await view.get_by_role("button", name="Kontakt ändern").click()
    await dialog.locator("select").select_option("21")
    await dialog.locator("textarea").fill("Es geht besser.")
    await save(page)
    await expect(view).to_contain_text("alle 21 Tage")
    await view.get_by_text("Verlauf", exact=True).click()
    history = view.locator("details", has=page.get_by_text("Verlauf", exact=True))
    await expect(history).to_contain_text("Kontakt alle 21 Tage (Wunsch der Person)")
    await expect(history).to_contain_text("Es geht besser.")
    await appointments(counsellor, view, planted)

    await view.get_by_role("button", name="Beginnen: Vorgeschichte (Anamnese)").click()
    await dialog.locator("textarea").first.fill(planted.sentence)
    await clean(page, "sheet")
    await save(page)
    await expect(view).to_contain_text(planted.sentence)

    await view.get_by_role("button", name="Beginnen: Teilnahme").click()
    await dialog.get_by_role("button", name="Eintragen").click()
    printing = dialog.get_by_role("button", name="Bescheinigung drucken")
    await printing.dispatch_event("click")
    await expect(page.locator("dialog[open]")).to_have_count(1)  # no consent, no paper
    await dialog.locator("textarea").fill("Am 25.11. erlaubt, für die Bewährungshilfe.")
    await printing.click()
    await page.evaluate("() => { globalThis.print = () => { globalThis.printed = (globalThis.printed ?? 0) + 1; }; }")
    paper = page.locator("dialog[open]").last
    await paper.get_by_role("button", name="Drucken oder als PDF sichern").click()
    await expect(paper.locator(".notice")).to_contain_text("Namen eintragen")
    await paper.get_by_label("Name auf dem Blatt").fill("Kim Beispiel")
    await paper.get_by_role("button", name="Drucken oder als PDF sichern").click()
    assert await page.evaluate("globalThis.printed") == 1
    await page.emulate_media(media="print")
    sheet = page.locator("body > .paper")
    await expect(sheet).to_contain_text("Kim Beispiel hat an folgenden Tagen")
    assert "Bewährungshilfe" not in await sheet.inner_text()
    assert not await view.is_visible()
    await page.emulate_media(media="screen")
    await paper.get_by_role("button", name="Fertig").click()
    await save(page)
    assert "Kim Beispiel" not in await page.content()
    await clean(page, "case")

    await view.get_by_role("button", name="Beratung beenden").click()
    await dialog.locator("label", has_text="braucht die Beratung nicht mehr").locator("input").check()
    await save(page)
    await expect(view).to_contain_text("Teilnahmevereinbarung: aufgelöst")
    await view.get_by_role("button", name="Länger aufbewahren").click()
    await save_is_refused(page, "schreiben Sie ihn auf")
    await dialog.get_by_label("Mindestens bis").fill(f"{today().year + 5}-06-01")
    await dialog.locator("label", has_text="Ein Anspruch").locator("input").check()
    await dialog.locator("textarea").fill(planted.sentence)
    await clean(page, "keep")
    await save(page)
    await expect(view).to_contain_text(f"Länger als die Regel: bis 1. Juni {today().year + 5}.")
    await expect(history).to_contain_text("Ein Anspruch oder ein Verfahren ist offen.")
    await view.get_by_role("button", name="Zurück").click()
    await page.get_by_role("button", name="Zurück zur Liste").click()
    await page.locator(".bar-only").click()
    await page.locator("dialog .menu button", has_text="Beratungen").click()
    await page.get_by_role("button", name="Beendete").click()
    await expect(page.locator(".case-row")).to_have_count(1)
    await expect(page.locator(".case-row")).to_contain_text("braucht die Beratung nicht mehr")

    await page.get_by_role("button", name="Fragen der Dokumentation").click()
    lines = dialog.locator("textarea")
    await expect(lines).to_have_value(re.compile("Wie ist es dazu gekommen"))
    await dialog.get_by_label("Blatt").select_option("goals")
    await expect(lines).to_have_value(re.compile("Was soll anders werden"))
    await lines.fill("Was wünschen Sie sich?\n\n  Wer hilft dabei?")
    await clean(page, "questions")
    await dialog.get_by_role("button", name="Speichern").click()
    usual = dialog.get_by_role("button", name="Die gewohnten Fragen nehmen")
    await expect(usual).to_be_visible()
    await expect(lines).to_have_value("Was wünschen Sie sich?\nWer hilft dabei?")
    jonas = await asyncio.to_thread(Colleague, house, "jonas")
    told = await asyncio.to_thread(jonas.get, "sheet-templates?team=rz-wm")
    assert told["templates"] == [{"sheet": "goals", "questions": ["Was wünschen Sie sich?", "Wer hilft dabei?"]}]
    await usual.click()
    await expect(usual).to_have_count(0)
    await expect(lines).to_have_value(re.compile("Was soll anders werden"))


@pytest.mark.parametrize("options", [{"width": 320, "scheme": "dark"}, {"width": 1280}])
async def test_an_anonymous_consultation_and_who_knows_the_person(
    house: House, mira: At, options: dict[str, object]
) -> None:
    """Standards 14 and user story 17."""
    writer = Writer(house).write("Ich bin Lehrerin und mache mir Sorgen.")
    counsellor = await mira(**options)
    page = counsellor.page
    await open_contact(page, writer)
    await counsellor.claim()
    await page.get_by_role("button", name="Beratung festhalten").click()
    await page.locator("dialog[open] label", has_text="Klärungssachverhalt").locator("input").check()
    await save(page)
    view = page.locator(".case-view")
    await view.get_by_role("button", name="Beginnen: Anonyme Fallberatung").click()
    fields = page.locator("dialog[open] textarea")
    for n, text in enumerate(("Jugendlicher zieht sich zurück.", "Nordwestmecklenburg", "Lehrkraft")):
        await fields.nth(n).fill(text)
    await clean(page, "consultation")
    await page.get_by_role("button", name="Blatt drucken").click()
    await page.emulate_media(media="print")
    text = await page.locator("body > .paper").inner_text()
    assert [line for line in text.splitlines() if line.strip()] == [
        "Anonyme Fallberatung",
        "Sachverhalt, ohne Namen, Orte und Geburtsdaten", "Jugendlicher zieht sich zurück.",
        "Landkreis oder kreisfreie Stadt", "Nordwestmecklenburg",
        "Wer sich gemeldet hat (zum Beispiel: Mutter, Lehrkraft)", "Lehrkraft",
    ]  # fmt: skip
    await page.emulate_media(media="screen")
    await page.get_by_role("button", name="Fertig").click()
    await page.locator("dialog[open]").get_by_role("button", name="Abbrechen").click()
    await clean(page, "clarification")
    await view.get_by_role("button", name="Zum Gespräch").click()
    await do(page, "Ich kenne die Person")
    await page.get_by_role("button", name="Ja, ich kenne sie").click()
    await expect(page.locator("button.row", has_text=writer.reference)).to_have_count(0)
    both = [await asyncio.to_thread(Colleague, house, name) for name in ("mira", "jonas")]
    with pytest.raises(Refusal) as refused:
        both[0].get(f"contacts/{writer.mailbox.id.hex()}")
    assert refused.value.status == 404
    assert both[1].get(f"contacts/{writer.mailbox.id.hex()}/case")["case"]["first"] is None
    assert [one["id"] for one in both[1].get(f"contacts/{writer.mailbox.id.hex()}/conflicts")["members"]] == ["mira"]
