"""Without JavaScript everything works, nothing is lost, and nothing that was posted is believed."""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
from collections.abc import Iterator

import aiohttp
import pytest
from playwright.async_api import APIResponse, Browser, Page, expect

from tests.browser.pages import LETTER, opened
from tests.house import House


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("no_js") / "house") as house:
        yield house


def contacts(house: House) -> list[tuple[str, str]]:
    with sqlite3.connect(f"file:{house.database}?mode=ro", uri=True) as database:
        return list(database.execute("SELECT team, channel FROM contacts"))


async def onward(page: Page, step: str) -> None:
    await page.locator(f"button[value='{step}']:visible").click()


async def to_text(page: Page, typed: str = "") -> None:
    if typed:
        await page.locator("#place").fill(typed)
    await onward(page, "2")
    await onward(page, "3")
    await expect(page.locator("#text")).to_be_visible()


async def test_what_is_different_is_said_before_the_text(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben/2", java_script_enabled=False) as page:
        await expect(page.locator("form:visible")).to_have_count(1)
        await expect(page.locator("input[name=role][value=relative]:visible")).to_be_checked()
        await expect(page.locator(".js")).to_be_hidden()
        await to_text(page, "23966")
        await expect(page.locator("main")).to_contain_text("Regionalzentrum Westmecklenburg")
        await expect(page.locator("main")).to_contain_text("Für diesen Moment müssen Sie dem Server vertrauen")
        await expect(page.locator("main")).to_contain_text("Drei Ausnahmen")


async def test_from_letter_to_empty_mailbox(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben", java_script_enabled=False) as page:
        await to_text(page, "18439")
        await page.locator("#text").fill(f"{LETTER}\n<b>fett</b>")
        await page.get_by_label("Es ist dringend").check()
        await onward(page, "send")
        words = await page.locator("ol.words li").all_inner_texts()
        assert len(words) == 8
        assert contacts(place)[-1] == ("rz-vr", "web_no_js")
        await page.goto(place.url + "/antworten")
        await page.locator("textarea[name=code]").fill("\n".join(f"{n}) {word}" for n, word in enumerate(words, 1)))
        await onward(page, "open")
        await expect(page.locator(".thread")).to_contain_text("<b>fett</b>")
        await page.locator("#text").fill("Und noch etwas.")
        await onward(page, "write")
        await expect(page.locator(".thread li")).to_have_count(2)
        assert await page.locator("#text").input_value() == ""
        await page.locator("summary", has_text="anderes Team").click()
        await onward(page, "teams")
        await page.locator("input[name=team]").first.check()
        await onward(page, "move")
        await expect(page.locator(".kind.ok")).to_contain_text("Das alte Team hat keinen Zugang mehr")
        await page.locator("summary", has_text="Alles löschen").click()
        await onward(page, "ask")
        await onward(page, "erase")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Alles ist gelöscht.")
        await page.goto(place.url + "/antworten")
        await page.locator("textarea[name=code]").fill(" ".join(words))
        await onward(page, "open")
        await expect(page.locator(".kind")).to_contain_text("finden wir nichts")
        await expect(page.locator(".kind")).to_contain_text(f"Wir haben gelesen: {' '.join(words)}")


async def test_a_slip_in_the_words_is_named_with_what_it_may_mean(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/antworten", java_script_enabled=False) as page:
        await page.locator("textarea[name=code]").fill("xq " * 3)
        await onward(page, "open")
        await expect(page.locator(".kind")).to_contain_text("„xq“ kennen wir nicht")
        await expect(page.locator(".kind")).to_contain_text("Es sind 3 Wörter da. Acht gehören dazu.")
        assert (await page.locator("textarea[name=code]").input_value()).startswith("xq")


@pytest.mark.parametrize(
    ("typed", "says"),
    [("99999", "Postleitzahl kennen wir nicht"), ("Atlantis", "kennen wir nicht"), ("1050 AA", "kennen wir nicht")],
)
async def test_an_unknown_place_can_be_corrected_or_left_out(
    browser: Browser, place: House, typed: str, says: str
) -> None:
    async with opened(browser, place.url, "/schreiben", java_script_enabled=False) as page:
        await page.locator("input[name=phenomena][value=IS]:visible").check()
        await page.locator("#place").fill(typed)
        await onward(page, "2")
        await expect(page.locator(".kind")).to_contain_text(says)
        assert await page.locator("#place").input_value() == typed
        await expect(page.locator("input[name=phenomena][value=IS]")).to_be_checked()
        await page.locator("#place").fill("")
        await onward(page, "2")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Wer wird es lesen?")


async def test_a_postcode_in_two_laender_asks_and_takes_a_correction(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben", java_script_enabled=False) as page:
        await page.locator("#place").fill("19273")
        await onward(page, "2")
        await expect(page.locator("fieldset.box")).to_contain_text("Ludwigslust-Parchim")
        await expect(page.get_by_label("Weiß ich nicht").and_(page.locator("[name=kreis]"))).to_be_checked()
        await page.locator("#place").fill("23966")
        await onward(page, "2")
        await expect(page.locator(".team-name")).to_have_text("Regionalzentrum Westmecklenburg")


async def test_only_non_state_is_hard(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben/1", java_script_enabled=False) as page:
        await page.locator("input[name=phenomena][value=LE]:visible").check()
        await page.locator("#place").fill("40213")
        await onward(page, "2")
        await expect(page.locator(".badges .state")).to_be_visible()
        await page.get_by_label("Lieber nicht staatlich").check()
        await onward(page, "3")
        await expect(page.locator("main")).to_contain_text("kein passendes Team")
        await expect(page.locator("#text")).to_have_count(0)
        await expect(page.locator("input[name=team]:checked")).to_have_count(0)
        await page.locator("input[name=team]").first.check()
        await onward(page, "3")
        await expect(page.locator("#text")).to_be_visible()
        await expect(page.locator("main")).to_contain_text("nicht staatlich")


# --- faults: nothing is lost


@pytest.mark.parametrize(
    ("text", "says"), [("", "Ein Satz reicht"), ("\0 \0", "Ein Satz reicht"), ("ä" * 200_001, "200.000 Zeichen")]
)
async def test_empty_and_too_long_are_said_kindly(browser: Browser, place: House, text: str, says: str) -> None:
    before = len(contacts(place))
    async with opened(browser, place.url, "/schreiben", java_script_enabled=False) as page:
        answer = await post(page, place, text=text, to="send")
        assert answer.status == 422
        shown = await answer.text()
        assert says in shown
        assert text.replace("\0", "") in shown.replace("\0", "")
        assert len(contacts(place)) == before


async def test_ten_megabytes_of_emoji_come_back(place: House) -> None:
    async def send(text: str) -> tuple[int, bytes]:
        parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                 for name, value in (("to", "send"), ("text", text))]  # fmt: skip
        body = io.BytesIO("".join([*parts, "--x--\r\n"]).encode())
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        async with (
            aiohttp.ClientSession() as http,
            http.post(place.url + "/schreiben", data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.read()

    text = "🙂" * 2_600_000
    status, page = await send(text)
    assert status == 422
    assert b"200.000 Zeichen" in page
    assert text.encode() in page
    status, page = await send(text * 2)
    assert status == 413
    assert b"<h1>" in page


async def test_a_text_with_a_nul_arrives_without_it(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe", java_script_enabled=False) as page:
        answer = await post(page, place, text="vor\0nach", to="send")
        assert answer.status == 200
        words = re.findall(r"<li>([a-z]+)</li>", await answer.text())
        opened_box = await page.request.post(place.url + "/antworten", form={"code": " ".join(words)})
        assert "vornach" in await opened_box.text()


async def test_a_restart_between_the_steps_loses_nothing(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben", java_script_enabled=False) as page:
        await to_text(page, "23966")
        await page.locator("#text").fill(LETTER)
        await asyncio.to_thread(place.restart)
        await onward(page, "send")
        await expect(page.locator("ol.words li")).to_have_count(8)


async def test_a_sitting_ends_with_the_service_and_the_letter_comes_back(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben", java_script_enabled=False) as page:
        await to_text(page)
        await page.locator("#text").fill(LETTER)
        await onward(page, "send")
        words = " ".join(await page.locator("ol.words li").all_inner_texts())
        await page.goto(place.url + "/antworten")
        await page.locator("textarea[name=code]").fill(words)
        await onward(page, "open")
        await page.locator("#text").fill("Was ich noch sagen wollte")
        await asyncio.to_thread(place.restart)
        await onward(page, "write")
        await expect(page.locator(".kind")).to_contain_text("Ihr Text ist noch da")
        await page.locator("textarea[name=code]").fill(words)
        await onward(page, "open")
        assert await page.locator("#text").input_value() == "Was ich noch sagen wollte"
        await onward(page, "write")
        await expect(page.locator(".thread li")).to_have_count(2)


async def test_sent_twice_is_one_contact_with_one_code(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe", java_script_enabled=False) as page:
        before = len(contacts(place))
        key = "ab" * 32
        first, second = await asyncio.gather(*(post(page, place, text=LETTER, to="send", form=key) for _ in range(2)))
        codes = [re.findall(r"<li>([a-z]+)</li>", await answer.text()) for answer in (first, second)]
        assert codes[0] == codes[1]
        assert len(codes[0]) == 8
        assert len(contacts(place)) == before + 1
        # The same form with another text is another contact: nothing is swallowed.
        third = await post(page, place, text=LETTER + " Nachtrag.", to="send", form=key)
        assert re.findall(r"<li>([a-z]+)</li>", await third.text()) != codes[0]
        assert len(contacts(place)) == before + 2


async def test_too_many_at_once_are_asked_to_wait_and_keep_their_text(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with House(tmp_path_factory.mktemp("busy") / "house", no_js_per_minute="1") as house:
        async with opened(browser, house.url, "/hilfe", java_script_enabled=False) as page:
            answers = [await post(page, house, text=f"{LETTER} {n}", to="send") for n in range(3)]
            refused = [answer for answer in answers if answer.status == 429]
            assert refused
            shown = await refused[0].text()
            assert "Gerade schreiben viele." in shown
            assert LETTER in shown
            assert int(refused[0].headers["retry-after"]) <= 60


# --- attacks: nothing that was posted is believed


async def post(page: Page, house: House, **fields: str) -> APIResponse:
    return await page.request.post(house.url + "/schreiben", form={"role": "exit", "kreis": "", **fields})


async def test_a_hidden_field_cannot_change_the_routing(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe", java_script_enabled=False) as page:
        before = contacts(place)
        # "Only non-state", and yet a state team in the hidden field; a team with assigned access; one that is none.
        for fields in (
            {"team": "wendepunkt", "only_civil": "1", "phenomena": "RE"},
            {"team": "ree"},
            {"team": "gibt-es-nicht"},
            {"team": "rz-wm", "not_carrier": "raa-mv", "place": "23966"},
        ):
            answer = await post(page, place, to="send", text=LETTER, **fields)
            shown = await answer.text()
            assert answer.status == 422, fields
            assert "Wer wird es lesen?" in shown, fields
            assert LETTER in shown, fields
        assert contacts(place) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "violence"},
        {"role": "admin"},
        {"phenomena": "XX"},
        {"kreis": "DE99X", "kreis_for": ""},
        {"form": "zz" * 32},
        {"form": "ab"},
        {"to": "4"},
    ],
)
async def test_values_that_no_page_offers_are_refused_and_the_text_comes_back(
    browser: Browser, place: House, fields: dict[str, str]
) -> None:
    async with opened(browser, place.url, "/hilfe", java_script_enabled=False) as page:
        before = contacts(place)
        answer = await post(page, place, **{"to": "send", "text": LETTER, **fields})
        assert 400 <= answer.status < 500
        assert LETTER in await answer.text()
        assert contacts(place) == before


async def test_a_file_in_the_form_is_refused(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe", java_script_enabled=False) as page:
        answer = await page.request.post(
            place.url + "/schreiben",
            multipart={"to": "send", "text": {"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"}},
        )
        assert answer.status in (400, 422)


async def test_pages_made_for_one_person_are_not_compressed(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe", java_script_enabled=False) as page:
        answer = await page.request.post(
            place.url + "/schreiben", form={"to": "send", "text": LETTER}, headers={"Accept-Encoding": "br, gzip"}
        )
        assert "content-encoding" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


async def test_the_log_holds_no_word_of_it(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe", java_script_enabled=False) as page:
        await post(page, place, to="send", text="Grünspecht-Ankerwinde")
        await post(page, place, to="send", text="Grünspecht-Ankerwinde", role="admin")
    assert "Ankerwinde" not in place.log
    assert "internal error" not in place.log


async def test_a_callback_from_the_first_question_to_calling_it_off(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/rueckruf", java_script_enabled=False) as page:
        await page.locator("#place").fill("23966")
        await onward(page, "2")
        await onward(page, "3")
        await expect(page.locator("main")).to_contain_text("Ihre Nummer und Ihr Text werden erst auf unserem Server")
        await page.locator("#nummer").fill("0900 1 234567")
        await onward(page, "4")
        await expect(page.locator(".kind")).to_contain_text("Sondernummern rufen wir nicht an.")
        await page.locator("#nummer").fill("0171 / 39 200-48")
        await page.locator("input[name=prison]").check()
        await onward(page, "4")
        await expect(page.get_by_role("heading", name="Ins Gefängnis rufen wir nicht an")).to_be_visible()
        await page.locator("input[name=prison]").uncheck()
        await onward(page, "4")
        await expect(page.locator(".kind")).to_contain_text("Bitte wählen Sie eine andere Zeit.")
        times = page.locator(".time").first.locator("select")
        await times.nth(0).select_option(index=3)
        await times.nth(1).select_option("10:00")
        await times.nth(2).select_option("11:00")
        await onward(page, "4")
        await expect(page.locator(".kind.ok")).to_contain_text("0171 3920048")
        await page.locator("input[name=word]").fill("Imkerei")
        await onward(page, "send")
        words = await page.locator("ol.words li").all_inner_texts()
        assert len(words) == 8

        # Somebody else wants the same number called: this door reads it, and says no.
        async with opened(browser, place.url, "/rueckruf", java_script_enabled=False) as other:
            await onward(other, "2")
            await onward(other, "3")
            await other.locator("#nummer").fill("+49 171 3920048")
            times = other.locator(".time").first.locator("select")
            await times.nth(0).select_option(index=3)
            await times.nth(1).select_option("10:00")
            await times.nth(2).select_option("11:00")
            await onward(other, "4")
            await onward(other, "send")
            await expect(other.locator(".kind").first).to_contain_text("ist schon ein Rückruf vereinbart")

        await page.goto(place.url + "/antworten")
        await page.locator("textarea[name=code]").fill(" ".join(words))
        await onward(page, "open")
        box = page.locator("section.box")
        await expect(box).to_contain_text("10:00 bis 11:00 Uhr")
        await page.locator("summary", has_text="Zeit, Nummer").click()
        await onward(page, "call")
        await expect(page.locator("input[name=word]")).to_have_value("Imkerei")
        await page.locator(".time").first.locator("select").nth(2).select_option("11:30")
        await onward(page, "agree")
        await expect(box).to_contain_text("10:00 bis 11:30 Uhr")
        await onward(page, "call_off")
        await expect(box).to_contain_text("Der Anruf ist abgesagt.")
