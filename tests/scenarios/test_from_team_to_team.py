"""User stories 5 and 26: another team takes over with the person's signed yes, and the first team sees nothing more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.browser.at_console import clean, do
from tests.browser.visitor import Visitor
from tests.cast import AYLIN, MIRA, TEACHER
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import AtTheConsole, HelpSeeker, nothing_leaked

THERE = "erstkontakt-ausstieg"


async def ask_for(page: Page, team: str) -> None:
    await do(page, "An ein anderes Team weitergeben")
    await page.locator(".handover-team").select_option(team)
    await page.locator(".handover-purpose").select_option("topic")
    await clean(page, "asking")
    await page.get_by_role("button", name="Die Person fragen").click()
    await expect(page.locator(".handover")).to_contain_text("Die Person ist gefragt")


async def test_asked_agreed_returned_agreed_again_and_taken(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    teacher = HelpSeeker(await visitor())
    words = await teacher.write_and_send(TEACHER, planted)
    code = " ".join(words)
    mira, aylin = AtTheConsole(await visitor(), house), AtTheConsole(await visitor(), house)
    await mira.log_in(MIRA.member)
    await mira.open_newest()
    await mira.claim()
    await mira.page.get_by_role("button", name="Beratung festhalten").click()
    dialog = mira.page.locator("dialog[open]")
    await dialog.locator("label", has_text="Einmalberatung").locator("input").check()
    await dialog.get_by_role("button", name="Festhalten").click()
    case = mira.page.locator(".case-view")
    for text in ("Ein erster Stand.", f"Vorgeschichte. {planted.sentence}"):
        await case.get_by_role("button", name="Vorgeschichte (Anamnese)").click()
        await dialog.locator("textarea").first.fill(text)
        await dialog.locator("button[type=submit]").last.click()
        await expect(case).to_contain_text(text)
    await case.get_by_role("button", name="Zum Gespräch").click()
    await ask_for(mira.page, THERE)

    # The person sees who asks, who it would be, and says no; nothing has left the team.
    await teacher.come_back(code)
    await expect(teacher.page.locator("#weitergabe")).to_contain_text("fragt: Darf")
    await expect(teacher.page.locator("#briefe")).to_contain_text("Wir geben nur weiter, wenn Sie Ja sagen.")
    await clean(teacher.page, "the question")
    await teacher.page.locator("#weitergabe").get_by_role("button", name="Nein").click()
    await expect(teacher.page.locator("#weitergabe")).to_contain_text("Alles bleibt bei")
    await mira.page.get_by_role("button", name="Zurück zur Liste").click()
    await mira.page.locator("nav.bar button:visible", has_text="Meine").click()
    await mira.rows.first.click()
    await expect(mira.page.locator(".handover")).to_contain_text("möchte nicht")

    # Asked once more, the person agrees; the browser proves the signature before it seals.
    await ask_for(mira.page, THERE)
    await teacher.page.locator("#neu-laden").click()
    await teacher.page.locator("#weitergabe").get_by_role("button", name="Ja,").click()
    await expect(teacher.page.locator("#weitergabe")).to_contain_text("Sie haben Ja gesagt")
    await mira.page.get_by_role("button", name="Zurück zur Liste").click()
    await mira.rows.first.click()
    await expect(mira.page.locator(".handover")).to_contain_text("einverstanden")

    # While Mira writes the covering letter, the person writes, too: the field stays under her hands.
    covering = mira.page.locator(".handover textarea")
    await covering.press_sequentially("Bitte ")
    await teacher.page.locator("#mehr").fill("Danke schön.")
    await teacher.page.locator("#mehr-senden").click()
    await expect(teacher.page.locator("#mehr-stand")).to_have_text("Verschlossen gesendet.")
    await mira.page.evaluate("dispatchEvent(new Event('pageshow'))")  # looks for news at once
    await expect(mira.page.locator(".letters")).to_contain_text("Danke schön.")
    await expect(covering).to_be_focused()
    await mira.page.keyboard.type("bald. ")
    await mira.page.get_by_role("button", name="Zurück zur Liste").click()
    await mira.rows.filter(has_text="Entwurf").click()
    await expect(covering).to_have_value("Bitte bald. ")
    await covering.fill(f"Bitte bald. {planted.sentence}")
    await mira.page.get_by_role("button", name="Verschließen und anbieten").click()
    await expect(mira.page.locator(".handover")).to_contain_text("Verschlossen und angeboten")
    await clean(mira.page, "offered")

    await mira.page.get_by_role("button", name="Beratung öffnen").click()
    await expect(case.locator(".notice")).to_contain_text("einem anderen Team angeboten")
    await expect(case.get_by_role("button", name="Bearbeiten")).to_have_count(0)
    await clean(mira.page, "offered case")
    await case.get_by_role("button", name="Zum Gespräch").click()
    await mira.page.get_by_role("button", name="Zurück zur Liste").click()
    await mira.rows.first.click()
    await expect(mira.page.locator(".handover")).to_contain_text("Verschlossen und angeboten")

    # The other team reads the covering letter, and the person's words only after taking over.
    await aylin.log_in(AYLIN.member)
    await aylin.page.locator(".strip", has_text="bietet eine Anfrage an").click()
    await expect(aylin.page.locator(".offers")).to_contain_text(f"Bitte bald. {planted.sentence}")
    await clean(aylin.page, "offers")
    assert TEACHER.words not in await aylin.page.content()
    await mira.page.route("**/api/team/contacts?*", lambda route: route.abort())  # her list hears nothing of it
    await aylin.page.get_by_role("button", name="Wir übernehmen").click()
    body = aylin.page.locator(".detail-body")
    await expect(body).to_contain_text(TEACHER.words)
    await expect(body).to_contain_text("Ja, ich bin einverstanden")
    await expect(body.locator(".letter", has_text="Wir geben nur weiter").first).to_be_visible()
    await expect(body.locator(".letter.forged, .letter.missing")).to_have_count(0)
    await aylin.page.get_by_role("button", name="Beratung öffnen").click()
    taken = aylin.page.locator(".case-view")
    await expect(taken).to_contain_text(f"Vorgeschichte. {planted.sentence}")
    await expect(taken).to_contain_text("1 Fassung")
    await expect(taken.locator(".late")).to_have_count(0)
    await taken.get_by_role("button", name="Zum Gespräch").click()
    await aylin.answer(f"Jetzt sind wir da. {planted.sentence}")

    # The first team has it no more; the person reads on, from both, and sees who reads now.
    await mira.page.get_by_role("button", name="Zurück zur Liste").click()
    await mira.rows.first.click()  # still in a list that was loaded before
    await expect(mira.page.locator(".detail .notice")).to_contain_text("gehört jetzt zu einem anderen Team")
    assert TEACHER.words not in await mira.page.content()
    await teacher.page.locator("#neu-laden").click()
    await expect(teacher.page.locator("#weitergabe")).to_contain_text("hat übernommen")
    await expect(teacher.letters.last).to_contain_text("Jetzt sind wir da.")
    await expect(teacher.page.locator("#briefe .forged")).to_have_count(0)
    await nothing_leaked(house, planted, words, teacher.visitor, mira.visitor, aylin.visitor)
