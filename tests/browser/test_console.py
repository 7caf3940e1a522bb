"""The counsellors' console in a real browser, against a real house: reading, answering, claiming, ending."""

from __future__ import annotations

import asyncio
import base64
import json

from playwright.async_api import Route, expect

from crypto.envelope import open_envelope
from crypto.identity import Identity
from tests.browser.at_console import At, do, mira, open_contact, to_box
from tests.browser.letters import Writer, base64_of, post
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.test_stale_key import new_epoch

__all__ = ["mira"]  # the fixture


async def test_hostile_text_is_text_and_a_forged_letter_is_shown_as_forged(house: House, mira: At) -> None:
    evil = 'Foto: \u202egpj.exe\u202c <img src=x onerror="document.title=1"> https://example.org/?a=1 <b>fett</b>'
    writer = Writer(house).write(evil)
    writer.write_again("Das bin noch einmal ich.")
    writer.write_again("Kommt heute allein zum Bahnhof.", signed_by=Identity.from_seed(bytes(32)))

    page = (await mira()).page
    await open_contact(page, writer)
    letters = page.locator(".letter")
    await expect(letters).to_have_count(3)
    await expect(letters.nth(0)).to_contain_text("<b>fett</b>")
    await expect(letters.nth(0).locator(".control")).to_have_text(["RLO", "PDF"])
    assert await letters.nth(0).locator("a, img, b:not(.x)").count() == 0
    await expect(letters.nth(0)).to_contain_text("Unterschrift der Person geprüft")
    await expect(letters.nth(1)).to_contain_text("Das bin noch einmal ich.")
    await expect(letters.nth(2)).to_contain_text("Gefälscht.")
    assert "Bahnhof" not in await page.content()
    await expect(page.locator(".facts")).to_contain_text("Sorgt sich um jemanden")
    await expect(page.locator(".facts")).to_contain_text("Nordwestmecklenburg")
    await expect(page.locator(".facts")).to_contain_text("Nur nicht staatlich")


async def test_answer_with_a_text_block_reaches_the_person_signed(house: House, mira: At, planted: Planted) -> None:
    writer = Writer(house).write(planted.sentence)
    counsellor = await mira()
    page = counsellor.page

    await page.get_by_role("button", name="Mehr", exact=True).click()
    await page.locator("dialog .menu button", has_text="Textbausteine").click()
    await page.locator("section.page select").select_option("rz-wm")
    await page.get_by_role("button", name="Neuer Textbaustein").click()
    await page.get_by_label("Name", exact=True).fill("Begrüßung")
    await page.get_by_label("Text", exact=True).fill(f"Guten Tag [Name], {planted.number}.")
    await page.get_by_role("button", name="Speichern").click()
    await expect(page.locator(".block-list")).to_contain_text("Begrüßung")

    await to_box(page, "Neu")
    await open_contact(page, writer)
    await counsellor.claim()
    await page.get_by_role("button", name="Antworten", exact=True).click()
    await page.get_by_role("button", name="Textbaustein").click()
    await page.locator("dialog .block-list button", has_text="Begrüßung").click()
    await expect(page.locator("#composer")).to_be_focused()
    await page.keyboard.type("\nWir sind da.")
    await page.get_by_role("button", name="Ansehen und senden").click()
    await expect(page.locator("dialog .notice")).to_contain_text("[Name]")
    await expect(page.locator("dialog .preview")).to_contain_text("Wir sind da.")
    await page.get_by_role("button", name="Jetzt senden").dblclick()
    await expect(page.locator("#composer")).to_have_count(0)
    await expect(page.locator(".letters .team")).to_contain_text("Wir sind da.")

    entries = writer.read()
    assert [entry["author"] for entry in entries] == ["person", "team"]
    team = Identity.from_seed(house.seed("rz-wm")).public
    opened = open_envelope(
        base64.b64decode(entries[1]["envelope"]), writer.identity, context=writer.mailbox.id, sender_verify=team.verify
    )
    payload = json.loads(opened.payload)
    assert payload["text"] == f"Guten Tag [Name], {planted.number}.\nWir sind da."
    assert "Mira" not in json.dumps(payload), "the person reads a team, never a name"

    await counsellor.visitor.recorder.settle()
    wire = b"".join(one.body + one.answer for one in counsellor.visitor.recorder.exchanges)
    for secret in (planted.sentence, planted.number, house.members["mira"].passphrase, "Wir sind da"):
        assert secret.encode() not in wire
    await counsellor.visitor.keeps_nothing()
    await counsellor.visitor.stayed_at_home()
    assert page.url == f"{house.url}/team/"
    assert await page.evaluate("typeof history.state") == "number"


async def test_the_second_claim_is_told_who_and_may_take_over_on_purpose(house: House, mira: At) -> None:
    writer = Writer(house).write("Wer hört mich?")
    first, second = await mira("mira"), await mira("jonas")
    for counsellor in (first, second):
        await open_contact(counsellor.page, writer)
    await second.page.route("**/api/team/contacts?*", lambda route: route.abort())  # no news before the finger is down
    await first.claim()
    await expect(first.page.get_by_role("button", name="Antworten", exact=True)).to_be_visible()
    await second.claim()
    name = house.members["mira"].name
    await expect(second.page.locator(".told")).to_contain_text(f"{name} hat diese Anfrage schon übernommen.")
    await expect(second.page.locator(".actions")).to_contain_text(f"{name} kümmert sich.")
    await do(second.page, "Trotzdem übernehmen")
    await second.page.get_by_role("button", name="Ja, ich übernehme").click()
    await expect(second.page.get_by_role("button", name="Antworten", exact=True)).to_be_visible()


async def test_giving_back_and_ending_can_be_undone(house: House, mira: At) -> None:
    writer = Writer(house).write("Ich bin unsicher.")
    counsellor = await mira("jonas")
    page = counsellor.page
    await open_contact(page, writer)
    await counsellor.claim()
    await do(page, "Zurückgeben")
    await expect(page.locator(".toast")).to_contain_text("Zurückgegeben")
    await page.get_by_role("button", name="Rückgängig").click()
    await expect(page.locator(".toast")).to_contain_text("Wieder bei Ihnen.")
    await to_box(page, "Meine")
    await open_contact(page, writer)

    await do(page, "Beenden")
    await page.locator("dialog").get_by_role("button", name="Beenden").click()
    await expect(page.locator("dialog .notice")).to_contain_text("Bitte wählen Sie einen Grund.")
    await page.get_by_label("Nicht ernst gemeint.").check()
    await page.locator("dialog").get_by_role("button", name="Beenden").click()
    await expect(page.locator(".toast")).to_contain_text("ist beendet")
    await to_box(page, "Beendet")
    await open_contact(page, writer)
    await expect(page.locator(".dates")).to_contain_text("wird gelöscht am")
    await page.get_by_role("button", name="Wieder öffnen").click()
    await expect(page.get_by_role("button", name="Antworten", exact=True)).to_be_visible()


async def test_a_note_is_for_the_team_alone(house: House, mira: At, planted: Planted) -> None:
    writer = Writer(house).write("Hallo.")
    counsellor = await mira()
    await open_contact(counsellor.page, writer)
    await do(counsellor.page, "Notiz fürs Team")
    await counsellor.page.locator("#composer").fill(planted.sentence)
    await counsellor.page.get_by_role("button", name="Notiz speichern").click()
    await expect(counsellor.page.locator(".letter.note")).to_contain_text(planted.sentence)
    assert [entry["author"] for entry in writer.read()] == ["person"]

    colleague = await mira("jonas")
    await open_contact(colleague.page, writer)
    await expect(colleague.page.locator(".letter.note")).to_contain_text(house.members["mira"].name)
    await expect(colleague.page.locator(".letter.note")).to_contain_text(planted.sentence)


async def test_a_full_server_keeps_the_text_and_nothing_is_sent_twice(house: House, mira: At) -> None:
    writer = Writer(house).write("Hallo.")
    counsellor = await mira()
    page = counsellor.page
    await open_contact(page, writer)
    await counsellor.claim()
    arrived = 0

    async def stored_but_told_otherwise(route: Route) -> None:
        nonlocal arrived
        arrived += 1
        await route.fetch()
        await route.fulfill(status=503, json={"error": "store_busy", "message": "Gerade geht es nicht."})

    await page.route("**/answers", stored_but_told_otherwise)
    await page.get_by_role("button", name="Antworten", exact=True).click()
    await page.locator("#composer").fill("Gut, dass Sie da sind.")
    await page.get_by_role("button", name="Ansehen und senden").click()
    await page.get_by_role("button", name="Jetzt senden").click()
    await expect(page.locator(".composer .notice")).to_contain_text("Ihr Text bleibt hier stehen")
    await expect(page.locator("#composer")).to_have_value("Gut, dass Sie da sind.")
    await page.get_by_role("button", name="Ansehen und senden").click()
    await page.get_by_role("button", name="Jetzt senden").click()
    await expect(page.locator("#composer")).to_have_count(0)
    assert arrived == 1, "the second try finds the first one at the server"
    assert [entry["author"] for entry in writer.read()] == ["person", "team"]


async def test_a_session_cut_off_asks_for_the_passphrase_and_keeps_the_draft(
    house: House, mira: At, planted: Planted
) -> None:
    writer = Writer(house).write("Hallo.")
    counsellor = await mira()
    page = counsellor.page
    await open_contact(page, writer)
    await counsellor.claim()
    await page.get_by_role("button", name="Antworten", exact=True).click()
    await page.locator("#composer").fill(planted.sentence)
    await counsellor.visitor.recorder.settle()
    (login,) = counsellor.visitor.recorder.sent("POST", "/api/team/login")
    await asyncio.to_thread(post, house, "/api/team/logout", {}, json.loads(login.answer)["session"])

    await page.get_by_role("button", name="Ansehen und senden").click()
    await page.get_by_role("button", name="Jetzt senden").click()
    await expect(page.get_by_role("heading", name="Gesperrt")).to_be_visible()
    await expect(page.locator("body")).to_contain_text("Ihre Sitzung ist zu Ende")
    assert planted.sentence not in await page.content()
    await page.locator("#passphrase").fill(house.members["mira"].passphrase)
    await page.get_by_role("button", name="Entsperren").click()
    await expect(page.locator("#composer")).to_have_value(planted.sentence)
    await page.get_by_role("button", name="Ansehen und senden").click()
    await page.get_by_role("button", name="Jetzt senden").click()
    await expect(page.locator(".letters .team")).to_contain_text(planted.sentence)
    assert len(writer.read()) == 2


async def test_a_contact_erased_meanwhile_is_told_kindly(house: House, mira: At) -> None:
    writer = Writer(house).write("Doch lieber nicht.")
    page = (await mira()).page
    await open_contact(page, writer)
    keys = {"mailbox": base64_of(writer.mailbox.id), "token": base64_of(writer.mailbox.token)}
    await asyncio.to_thread(post, house, "/api/mailbox/erase", keys)
    await page.get_by_role("button", name="Ich übernehme").click()
    await expect(page.locator(".detail .notice").first).to_contain_text("Diese Anfrage gibt es hier nicht mehr")


async def test_a_new_urgent_contact_is_first_and_announced(house: House, mira: At) -> None:
    Writer(house).write("Es hat Zeit.")
    page = (await mira()).page
    await expect(page.locator("button.row")).to_have_count(1)
    urgent = Writer(house).write("Bitte schnell.", urgent=True)
    await page.locator("button.row").focus()
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # somebody looks again
    await page.get_by_role("button", name="1 neue Anfrage zeigen").click()
    await expect(page.locator("button.row").first).to_contain_text(urgent.reference)
    await expect(page.locator("button.row").first).to_contain_text("Dringend")
    await expect(page).to_have_title("(2) Kontakt")


async def test_a_team_with_two_key_epochs_reads_old_and_new_letters(house: House, mira: At) -> None:
    old = Writer(house).write("Geschrieben unter dem alten Schlüssel.")
    await new_epoch(house, "rz-wm")
    config = ("--config", str(house.config))
    grant = ("members", "grant", "mira", "--secrecy", "2026-11-02", "--seed-file", str(house.seed_file("rz-wm")))
    fingerprint = house.command("members", "export-key", "mira", *config).stderr.strip().partition(": ")[2]
    house.command(*grant, "--fingerprint", fingerprint, *config)
    new = Writer(house).write("Geschrieben unter dem neuen.")
    assert new.readers[0].kid != old.readers[0].kid

    counsellor = await mira()
    page = counsellor.page
    for writer, words in ((old, "unter dem alten Schlüssel"), (new, "unter dem neuen")):
        await open_contact(page, writer)
        await expect(page.locator(".letter")).to_contain_text(words)
        await counsellor.claim()
        await counsellor.answer("Gut, dass Sie schreiben.")
        await expect(page.locator(".letters .team")).to_contain_text("Gut, dass Sie schreiben.")
        # Whatever key it came in with, the answer is signed by the key in force, and the person finds it genuine.
        team = Identity.from_seed(house.seed("rz-wm")).public
        envelope = base64.b64decode(writer.read()[-1]["envelope"])
        opened = open_envelope(envelope, writer.identity, context=writer.mailbox.id, sender_verify=team.verify)
        assert b"Gut, dass Sie schreiben." in opened.payload
        await page.get_by_role("button", name="Zurück zur Liste").click()
        await to_box(page, "Neu")
