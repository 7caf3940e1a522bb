"""The way back: eight words, typing help, letters, another team, and everything gone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from html import unescape

import pytest
from playwright.async_api import Browser, Page, Route, expect

from crypto.envelope import Kind, seal
from crypto.identity import Identity
from crypto.return_code import generate, stretch
from tests.browser.duty_cast import Colleague, today
from tests.browser.letters import Writer, base64_of, minute
from tests.browser.pages import LETTER, axe, opened, overflow, ready, send, to_text
from tests.browser.recordings import png
from tests.house import House
from tests.scenarios.journey import book_of


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("answers") / "house") as house:
        yield house


@pytest.fixture
def words(place: House) -> list[str]:
    """Eight words, and under them a letter to the team of Wismar; writing in a browser is test_write.py's subject."""
    return list(written(place)[0])


def written(place: House) -> tuple[Sequence[str], Writer]:
    words, cost = generate(), book_of(place).network.code
    writer = Writer(place, seed=stretch(words, cost.salt, cost.memory_kib, cost.passes))
    return words, writer.write(LETTER, wishes={"only_civil": False, "not_carriers": []})


@pytest.fixture
async def room(browser: Browser, place: House, words: list[str]) -> AsyncIterator[Page]:
    async with opened(browser, place.url, "/antworten") as page:
        await ready(page)
        await page.locator("#code").fill(" ".join(words))
        await page.locator("#oeffnen").click()
        await expect(page.locator("#zimmer h1")).to_be_focused()
        yield page


async def test_typed_as_people_type(browser: Browser, place: House, words: list[str]) -> None:
    for typed in (
        "\n".join(f"{n}. {word.capitalize()}" for n, word in enumerate(words, 1)),
        "-".join(word[:4] for word in words),
        "  ".join(words).upper(),
    ):
        async with opened(browser, place.url, "/antworten") as page:
            await ready(page)
            await page.locator("#code").fill(typed)
            await expect(page.locator("#code-stand")).to_have_text("Alle 8 Wörter sind da.")
            await page.locator("#code").press("Enter")
            await expect(page.locator("#briefe")).to_contain_text(LETTER)
            assert await page.locator("#code").input_value() == ""


async def test_a_typing_slip_is_offered_the_right_word(browser: Browser, place: House, words: list[str]) -> None:
    slip = words[2][0] + "q" + words[2][1:]
    async with opened(browser, place.url, "/antworten") as page:
        await ready(page)
        await page.locator("#code").fill(" ".join([*words[:2], slip, *words[3:]]))
        await expect(page.locator("#code-stand")).to_have_text("7 von 8 Wörtern")
        await page.locator("#code-hilfe").get_by_role("button", name=words[2], exact=True).click()
        await expect(page.locator("#code-stand")).to_have_text("Alle 8 Wörter sind da.")
        await expect(page.locator("#code-hilfe")).to_be_empty()
        await page.locator("#oeffnen").click()
        await expect(page.locator("#briefe")).to_contain_text(LETTER)


async def test_too_few_and_too_many_words_are_counted(browser: Browser, place: House, words: list[str]) -> None:
    async with opened(browser, place.url, "/antworten") as page:
        await ready(page)
        await page.locator("#code").fill(" ".join(words[:5]) + " ")
        await expect(page.locator("#code-stand")).to_have_text("5 von 8 Wörtern")
        await page.locator("#oeffnen").click()
        await expect(page.locator("#tuer-fehler")).to_contain_text("acht Wörter")
        await page.locator("#code").fill(" ".join([*words, words[0]]))
        await expect(page.locator("#code-stand")).to_contain_text("mehr als 8 Wörter")


async def test_words_that_open_nothing_are_told_kindly(browser: Browser, place: House, words: list[str]) -> None:
    async with opened(browser, place.url, "/antworten") as page:
        await ready(page)
        await page.locator("#code").fill(" ".join(reversed(words)))
        await page.locator("#oeffnen").click()
        await expect(page.locator("#tuer-fehler")).to_contain_text("Zu diesen Wörtern finden wir nichts")
        await page.locator("summary", has_text="Ich habe die Wörter nicht mehr").click()
        await expect(page.locator("#tuer")).to_contain_text("Schreiben Sie uns dann einfach neu")


async def test_a_letter_is_shown_as_text_alone(browser: Browser, place: House) -> None:
    hostile = "<img src=x onerror=alert(1)> https://example.org\n\u202eumgekehrt"
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        words = await send(page, hostile)
        await page.locator("#notiert").click()
        await page.goto(place.url + "/antworten")
        await ready(page)
        await page.locator("#code").fill(" ".join(words))
        await page.locator("#oeffnen").click()
        await expect(page.locator("#briefe p")).to_contain_text("<img src=x onerror=alert(1)> https://example.org")
        assert await page.locator("#briefe a, #briefe img").count() == 0


async def test_forged_and_damaged_letters_are_named_and_not_shown(browser: Browser, place: House) -> None:
    """What a server in wrong hands could put into a mailbox, beside a real answer."""
    words, writer = written(place)
    team, stranger = Identity.from_seed(place.seed(writer.team)), Identity.from_seed(bytes(32))

    def answer(text: str, signer: Identity, mailbox: bytes = writer.mailbox.id) -> bytes:
        payload = json.dumps({"v": 1, "text": text, "from": "Beratungsteam", "sent": minute()}).encode()
        return seal(Kind.ANSWER, mailbox, payload, [writer.identity.public, team.public], signer)

    real = answer("Gut, dass Sie schreiben.", team)
    evil = {
        "forged": answer("Kommen Sie heute allein zum Bahnhof.", stranger),
        "damaged": real[:-40] + bytes([real[-40] ^ 1]) + real[-39:],
        "of another mailbox": answer("Das galt einem Nachbarn.", team, bytes(16)),
        "cut off": real[:2000],
    }
    entries = [*writer.read(), *({"author": "team", "envelope": base64_of(one)} for one in (real, *evil.values()))]

    async def with_them(route: Route) -> None:
        found = await (await route.fetch()).json()
        like = found["entries"][0]
        found["entries"] = [{**like, **one, "number": number} for number, one in enumerate(entries, 1)]
        await route.fulfill(json=found)

    async with opened(browser, place.url, "/antworten") as page:
        await ready(page)
        await page.route("**/api/mailbox/open", with_them)
        await page.locator("#code").fill(" ".join(words))
        await page.locator("#oeffnen").click()
        letters = page.locator("#briefe li")
        await expect(letters).to_have_count(len(entries))
        await expect(letters.nth(0)).to_contain_text(LETTER)
        await expect(letters.nth(1)).to_contain_text("Gut, dass Sie schreiben.")
        await expect(letters.nth(2)).to_contain_text("nicht vom Team")
        for bad in range(3, 6):
            await expect(letters.nth(bad)).to_contain_text("Diese Nachricht ist beschädigt.")
        for secret in ("Bahnhof", "Nachbarn"):
            assert secret not in await page.content()
        assert await axe(page) == []


async def test_one_can_write_more_and_nothing_gets_lost(room: Page, place: House) -> None:
    await room.locator("#mehr").fill("Noch etwas: Es ist seit Montag schlimmer.")
    await room.route("**/api/mailbox/messages", lambda route: route.fulfill(status=503, body="{}"), times=1)
    await room.locator("#mehr-senden").click()
    await expect(room.locator("#mehr-fehler")).to_contain_text("Ihr Text ist noch da")
    assert "Montag" in await room.locator("#mehr").input_value()
    await room.locator("#mehr-senden").dblclick()
    await expect(room.locator("#mehr-stand")).to_have_text("Verschlossen gesendet.")
    await expect(room.locator("#briefe li")).to_have_count(2)
    assert await room.locator("#mehr").input_value() == ""
    await room.locator("#mehr-senden").click()
    await expect(room.locator("#mehr-fehler")).to_contain_text("Ein Satz reicht")


async def test_the_date_and_the_state_are_said(room: Page) -> None:
    await expect(room.locator("#lage")).to_have_text(
        re.compile(r"Regionalzentrum Westmecklenburg hat Ihre Nachricht\. Antwort bis .+ gelöscht")
    )
    await room.locator("#neu-laden").click()
    await expect(room.locator("#mehr-stand")).to_have_text("Es ist noch keine neue Antwort da.")


async def test_the_team_can_be_corrected_while_nobody_has_taken_it(room: Page) -> None:
    await expect(room.locator("#wechsel-nicht")).to_be_hidden()
    await room.locator("#wechsel summary").click()
    option = room.locator("#wechsel-wahl .pick", has_text="Eltern- und Angehörigenberatung")
    await option.locator("input").check()
    await room.get_by_role("button", name=re.compile("^Für „Eltern")).click()
    await expect(room.locator("#mehr-stand")).to_contain_text("Das alte Team hat keinen Zugang mehr")
    await expect(room.locator("#lage")).to_contain_text("Eltern- und Angehörigenberatung")
    await expect(room.locator("#briefe")).to_contain_text(LETTER)


async def test_with_an_attachment_it_is_said_why_no_other_team_can_be_chosen(browser: Browser, place: House) -> None:
    words, writer = written(place)
    await writer.attach(png())
    async with opened(browser, place.url, "/antworten") as page:
        await ready(page)
        await page.locator("#code").fill(" ".join(words))
        await page.locator("#oeffnen").click()
        await expect(page.locator("#briefe li")).to_contain_text("Dabei ist ein Anhang")
        await expect(page.locator("#wechsel")).to_be_hidden()
        await expect(page.locator("#wechsel-nicht")).to_be_visible()
        await expect(page.locator("#wechsel-nicht")).to_contain_text("Ein anderes Team können Sie hier nicht")
        assert await axe(page) == []
    async with opened(browser, place.url, "/en/antworten", java_script_enabled=False) as page:
        await page.locator("textarea[name=code]").fill(" ".join(words))
        await page.locator("button[value=open]").click()
        await expect(page.locator(".thread li")).to_contain_text("There is an attachment with it")
        await expect(page.locator("main")).to_contain_text("You can no longer choose another team here")
        await expect(page.locator("summary", has_text="Another team")).to_have_count(0)


async def test_deleting_takes_two_steps_and_happens_at_once(room: Page, words: list[str]) -> None:
    await room.locator("#loeschen summary").click()
    await room.locator("#loeschen-ja").click()
    await expect(room.locator("#loeschen-nein")).to_be_focused()
    await room.locator("#loeschen-nein").click()
    await expect(room.locator("#loeschen-ja")).to_be_focused()
    await room.locator("#loeschen-ja").click()
    await room.locator("#loeschen-los").click()
    await expect(room.locator("#leer h1")).to_be_focused()
    assert LETTER not in await room.locator("body").inner_text()
    await room.reload()
    await ready(room)
    await room.locator("#code").fill(" ".join(words))
    await room.locator("#oeffnen").click()
    await expect(room.locator("#tuer-fehler")).to_contain_text("finden wir nichts")


async def test_closing_leaves_an_empty_door(room: Page) -> None:
    await room.locator("#zu").click()
    await expect(room.locator("#tuer h1")).to_be_focused()
    assert LETTER not in await room.content()
    assert await room.locator("#code").input_value() == ""


async def test_a_server_restarted_in_between_is_not_noticed(room: Page, place: House) -> None:
    await asyncio.to_thread(place.restart)
    await room.locator("#mehr").fill("Bin noch da.")
    await room.locator("#mehr-senden").click()
    await expect(room.locator("#mehr-stand")).to_have_text("Verschlossen gesendet.")


async def test_no_word_of_the_code_is_in_the_address_or_the_title(room: Page, words: list[str]) -> None:
    assert room.url.endswith("/antworten")
    shown = set(re.findall("[a-z]+", (await room.title()).lower())) - {"kontakt", "antworten"}
    assert not shown & set(words)


async def test_what_is_stored_can_be_seen_and_taken_along(room: Page) -> None:
    await room.get_by_text("Was über mich gespeichert ist").click()
    await expect(room.locator("#rechte-liste")).to_contain_text("Nachrichten: 1.")
    await expect(room.locator("#rechte")).to_contain_text("schwere Straftat")
    async with room.expect_download() as download:
        await room.locator("#mitnehmen").click()
    found = await download.value
    assert found.suggested_filename == "text.txt"  # says nothing on a shared device
    assert LETTER in (await found.path()).read_text("utf-8")


async def test_a_counselling_is_told_in_the_same_words_with_and_without_a_script(
    browser: Browser, place: House
) -> None:
    """R56, R58, R79: what is agreed and what is kept, but neither who the counsellors are nor what they wrote."""
    words, writer = await asyncio.to_thread(written, place)
    mira = await asyncio.to_thread(Colleague, place, "mira")
    one = f"contacts/{writer.mailbox.id.hex()}"
    mira.post(f"{one}/claim")
    mira.post(f"{one}/case", kind="case", mandate="condition")
    review = f"{today() + timedelta(days=60)}"
    for step, more in (
        ("offer", {}),
        ("agree", {"review_on": review}),
        ("pace", {"days": 21, "wanted_by": "person"}),
        ("pause", {"wanted_by": "person"}),
    ):
        mira.post(f"{one}/case/steps", step=step, **more)
    async with opened(browser, place.url, "/antworten", width=320) as page:
        await ready(page)
        await page.locator("#code").fill(" ".join(words))
        await page.locator("#oeffnen").click()
        await expect(page.locator("#zimmer h1")).to_be_focused()
        await page.get_by_text("Was über mich gespeichert ist").click()
        row = page.locator("#rechte-liste div", has_text="Eine längere Beratung").locator("dd")
        await expect(row).to_contain_text(re.compile(
            r"Auflage oder Weisung eines Gerichts\. Sie ruht gerade\. Eine Vereinbarung gilt\. Sie wird am .+ wieder "
            r"angesehen\. .*: 1 von 2 Menschen\. Kontakt alle 21 Tage\."
        ))  # fmt: skip
        assert await axe(page) == []
        assert "Mira" not in await page.content()
        said = await row.inner_text()
        plain = await page.request.post(place.url + "/antworten", form={"code": " ".join(words)})
        assert said in unescape(await plain.text())


async def test_the_next_contact_is_seen_proposed_anew_left_out_and_made_rarer(
    browser: Browser, place: House, words: list[str]
) -> None:
    """Issue 6: with the code alone, without reasons; where and how were sealed by the team; the file says nothing."""
    words, writer = written(place)
    mira = Colleague(place, "mira")
    one = f"contacts/{writer.mailbox.id.hex()}"
    mira.post(f"{one}/claim")
    mira.post(f"{one}/case", kind="case", mandate="voluntary")
    mira.post(f"{one}/case/steps", step="pace", days=7, wanted_by="team")
    team = Identity.from_seed(place.seed(writer.team))
    fields = [{"title": "place", "text": "Bank am Hafen"}, {"title": "way", "text": "Wir warten dort."}]
    payload = {"v": 1, "sheet": "appointment", "fields": fields, "dates": [], "by": "Mira", "sent": minute()}
    readers = [writer.identity.public, team.public]
    sheet = seal(Kind.RECORD, writer.mailbox.id, json.dumps(payload).encode(), readers, team)
    mira.put(f"{one}/appointments/sheet", envelope=base64_of(sheet))
    async with opened(browser, place.url, "/antworten", width=320, accept_downloads=True) as page:
        await ready(page)
        await page.locator("#code").fill(" ".join(words))
        await page.locator("#oeffnen").click()
        box = page.locator("#termin")
        await expect(box.locator("#termin-lage")).to_contain_text("Ihr nächster Termin")
        await expect(box).to_contain_text("Vereinbart ist alle 7 Tage.")
        await expect(box).to_contain_text("Bank am Hafen")
        await box.locator("summary").click()
        assert await axe(page) == []
        assert await overflow(page) == 0
        await page.locator("#termin-vorschlagen").click()
        await expect(box).to_contain_text("Sie haben vorgeschlagen")
        before = mira.get(f"{one}/appointments")
        assert before["wish"] is not None
        async with page.expect_download() as downloading:
            await page.locator("#termin-datei").click()
        text = (await (await downloading.value).path()).read_text()
        assert "SUMMARY:Termin\r\n" in text.replace("\n", "\r\n").replace("\r\r", "\r")
        assert "Hafen" not in text
        assert before["at"].replace("-", "").replace(":", "")[:13] in text
        await page.locator("#termin-aus").click()
        await expect(page.locator("#termin-stand")).to_contain_text("Dieser Termin fällt aus")
        await page.locator("#termin-seltener").click()
        await expect(box).to_contain_text("Vereinbart ist alle 14 Tage.")
        after = mira.get(f"{one}/appointments")
        assert (after["number"], after["wish"]) == (before["number"] + 2, None)
        assert [line["by"]["id"] for line in after["lines"] if line["entry"] == "skipped"] == ["person"]
    async with opened(browser, place.url, "/antworten", java_script_enabled=False) as page:
        await page.locator("#code-n").fill(" ".join(words))
        await page.get_by_role("button", name="Öffnen").click()
        box = page.locator("section.box", has_text="Nächster Kontakt")
        await expect(box).to_contain_text("Bank am Hafen")
        await box.locator("summary").click()
        await box.get_by_role("button", name="Diese Zeit vorschlagen").click()
        await expect(box).to_contain_text("Sie haben vorgeschlagen")
        await box.locator("summary").click()
        async with page.expect_download() as downloading:
            await box.get_by_role("button", name="Als Kalender-Datei speichern").click()
        assert "Hafen" not in (await (await downloading.value).path()).read_text()
        await box.get_by_role("button", name="Lieber öfter").click()
        await expect(box).to_contain_text("Vereinbart ist alle 7 Tage.")
