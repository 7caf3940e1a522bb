"""Pictures and voice messages in the console: shown as what they are, saved as they came, never active."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from crypto.identity import Identity
from tests.browser.at_console import At, mira, open_contact
from tests.browser.letters import Writer
from tests.browser.pages import axe
from tests.browser.recordings import png, sound
from tests.house import House
from tests.leaks import Planted

__all__ = ["mira"]  # the fixture


async def test_attachments_are_what_their_bytes_are_and_act_on_nothing(
    house: House, mira: At, planted: Planted, tmp_path: Path
) -> None:
    evil = b"<svg xmlns='http://www.w3.org/2000/svg' onload='document.title=1'><script>document.title=2</script></svg>"
    writer = Writer(house).write(f"{planted.sentence}\n[Bild „foto.jpg“]")
    await writer.attach(png(), name="foto.jpg", type_="image/jpeg")
    await writer.attach(sound(), name="Sprachnachricht", type_="audio/ogg")
    await writer.attach(evil, name="bild.svg.exe", type_="image/svg+xml")
    await writer.attach(png(), signed_by=Identity.from_seed(bytes(32)))
    counsellor = await mira()
    page = counsellor.page
    await open_contact(page, writer)
    attachments = page.locator(".attachment")
    await expect(attachments).to_have_count(4)
    for number in range(4):
        await attachments.nth(number).get_by_role("button").first.click()

    picture = attachments.nth(0)
    await expect(picture.locator("img")).to_have_js_property("naturalWidth", 60)
    await expect(picture).to_contain_text("foto.jpg.png")
    await expect(picture).to_contain_text("Angegeben war image/jpeg")
    await expect(picture).to_contain_text("Unterschrift der Person geprüft")
    await expect(attachments.nth(1).locator("audio")).to_have_js_property("readyState", 4)
    await expect(attachments.nth(2)).to_contain_text("weder ein Bild noch eine Sprachnachricht")
    assert await attachments.nth(2).locator("img, audio, svg:not(.icon), iframe, object, embed").count() == 0
    await expect(attachments.nth(3)).to_contain_text("Gefälscht.")
    assert await attachments.nth(3).locator("figure").count() == 0
    assert await page.title() not in ("1", "2")

    async with page.expect_download() as waiting:
        await attachments.nth(2).get_by_role("button", name="Unverändert speichern").click()
    saved = await waiting.value
    assert saved.suggested_filename == "bild.svg.exe.bin"
    await saved.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == evil

    assert await axe(page) == []
    entries = writer.read()
    assert len(entries) == 1, "letters do not weigh megabytes"
    await page.get_by_role("button", name="Sperren").first.click()
    await expect(page.locator("img[src^='blob:'], audio")).to_have_count(0)
