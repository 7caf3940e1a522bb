"""Writing: three short steps, the reader before the text, and no way for a word to leave unsealed or to get lost."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Dialog, Page, Request, Route, expect

from tests.browser.pages import LETTER, opened, ready, send, to_text
from tests.house import House


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("write") / "house") as house:
        yield house


def contacts(house: House) -> int:
    with sqlite3.connect(f"file:{house.database}?mode=ro", uri=True) as database:
        return int(database.execute("SELECT count(*) FROM contacts").fetchone()[0])


async def look_up(page: Page, typed: str) -> None:
    await ready(page)
    await page.locator("#ort").fill(typed)


async def test_the_reader_stands_before_the_text(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben/2") as page:
        await look_up(page, "23966")
        await expect(page.get_by_label("Nordwestmecklenburg")).to_be_checked()
        await page.locator("[data-go='2']:visible").first.click()
        card = page.locator("#team")
        for fact in (
            "Regionalzentrum Westmecklenburg",
            "Nicht staatlich",
            "Muss Straftaten verfolgen: nein",
            "Träger",
            "Arbeitstag",
        ):
            await expect(card).to_contain_text(fact)
        step = page.locator("[data-step='2']")
        for limit in ("Sie erlauben es", "Lebensgefahr", "Ein Gericht"):
            await expect(step).to_contain_text(limit)
        await expect(page.locator("#text")).to_be_hidden()


async def test_sent_is_said_with_words_dates_and_advice(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben/1") as page:
        await to_text(page)
        words = await send(page)
        assert len(set(words)) > 4
        sent = page.locator("[data-step='4']")
        await expect(sent.get_by_role("heading", level=1)).to_be_focused()
        await expect(page.locator("#wann")).to_have_text(re.compile(r"Das Team antwortet bis \d+\. \w+ \d{4}\."))
        await expect(page.locator("#frist")).to_have_text(re.compile(r"Am \d+\. \w+ \d{4} werden"))
        await expect(sent).to_contain_text("Auf Papier")
        assert await page.locator("#text").input_value() == ""


async def test_the_words_can_be_copied_practised_and_put_away(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben", permissions=["clipboard-read", "clipboard-write"]) as page:
        await to_text(page)
        words = await send(page)
        await page.get_by_role("button", name="Kopieren").click()
        await expect(page.locator("#code-stand")).to_contain_text("Zwischenablage")
        assert await page.evaluate("navigator.clipboard.readText()") == " ".join(words)

        await page.get_by_role("button", name="Üben", exact=True).click()
        await expect(page.locator("#woerter li")).to_have_count(0)
        await page.locator("#probe").fill(" ".join([*words[:3], words[0], *words[4:]]))
        await page.get_by_role("button", name="Prüfen").click()
        await expect(page.locator("#probe-stand")).to_contain_text("Wort 4")
        await page.locator("#probe").fill(", ".join(word[:4].upper() for word in words))
        await page.get_by_role("button", name="Prüfen").click()
        await expect(page.locator("#probe-stand")).to_contain_text("Das stimmt")

        await page.locator("#zeigen").click()
        await expect(page.locator("#woerter li")).to_have_count(8)
        await page.get_by_role("button", name="Habe ich notiert").click()
        await expect(page.locator("#woerter li")).to_have_count(0)
        await expect(page.locator("#ende-teil h2")).to_be_focused()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("99999", "Diese Postleitzahl kennen wir nicht. Sie können das Feld auch leer lassen."),
        ("1050 AA", "Eine Postleitzahl hat fünf Ziffern."),
        ("Atlantis", "Diesen Ort kennen wir nicht."),
    ],
)
async def test_an_unknown_place_is_said_kindly_and_holds_nobody_up(
    browser: Browser, place: House, typed: str, says: str
) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await look_up(page, typed)
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#ort-antwort")).to_contain_text(says)
        await expect(page.locator("#ort")).to_be_focused()
        await page.locator("#ort").fill("")
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team .team-name")).to_be_visible()


async def test_a_postcode_in_two_laender_always_asks(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await look_up(page, "19273")
        group = page.locator("#ort-antwort")
        await expect(group).to_contain_text("mehrere Kreise")
        await expect(group.locator("input:checked")).to_have_count(0)
        await expect(group.get_by_label("Weiß ich nicht")).to_be_visible()
        await group.get_by_label("Weiß ich nicht").check()
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team .team-name")).to_be_visible()


async def test_a_kreis_by_its_name_is_enough(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await look_up(page, "Vorpommern-Rugen")
        await expect(page.get_by_label("Vorpommern-Rügen")).to_be_checked()
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team")).to_contain_text("Vorpommern-Rügen")


async def test_the_postcode_never_leaves_the_browser(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
        await look_up(page, "18439")
        await expect(page.get_by_label("Vorpommern-Rügen")).to_be_checked()
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team .team-name")).to_be_visible()
        await page.locator("[data-go='3']:visible").click()
        await send(page)
        assert any("/api/contacts" in one for one in sent)
        assert not [one for one in sent if "18439" in one or "DE80L" in one or LETTER[:12] in one]


async def test_only_non_state_is_hard_and_says_when_nothing_fits(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben/1") as page:
        await look_up(page, "40213")  # Düsseldorf: for this topic there are state teams only
        await expect(page.locator("#ort-antwort input:checked")).to_have_count(1)
        await page.locator("input[name=phenomena][value=LE]:visible").check()
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team .badges .state")).to_be_visible()
        await page.locator("#zivil").check()
        await expect(page.locator("#team")).to_contain_text("kein passendes Team")
        await expect(page.locator("#team")).to_contain_text("Ohne den Wunsch")
        await expect(page.locator("#andere .pick")).not_to_have_count(0)
        await expect(page.locator("#andere input:checked")).to_have_count(0)
        assert "Staatlich" not in await page.locator("#andere").inner_text()
        await page.locator("[data-go='3']:visible").click()
        await expect(page.locator("#text")).to_be_hidden()
        await page.locator("#andere .pick input").first.check()
        await expect(page.locator("#team .badges .civil")).to_be_visible()
        await page.locator("[data-go='3']:visible").click()
        await send(page)


async def test_a_carrier_can_be_ruled_out_and_let_in_again(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben/2") as page:
        await look_up(page, "23966")
        await page.locator("[data-go='2']:visible").first.click()
        first = await page.locator("#team .team-name").inner_text()
        carrier = await page.locator("#team [data-f=carrier]").inner_text()
        await page.get_by_role("button", name="Dieser Träger soll es nicht lesen").click()
        await expect(page.locator("#team .team-name")).not_to_have_text(first)
        await expect(page.locator("#team [data-f=carrier]")).not_to_have_text(carrier)
        await page.get_by_role("button", name=f"{carrier} doch wieder zulassen").click()
        await expect(page.locator("#team .team-name")).to_have_text(first)


async def test_a_team_bound_to_prosecute_says_so_before_the_text(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben/1") as page:
        await look_up(page, "60311")
        await page.locator("input[name=phenomena][value=RE]:visible").check()
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team .team-name")).to_be_visible()
        if await page.locator("#andere").get_attribute("open") is None:
            await page.locator("#andere summary").click()
        if await (more := page.locator("#andere button.link")).count():
            await more.click()
        await page.locator("#andere .pick", has_text="IKARUS").locator("input").check()
        await expect(page.locator("#team .yes")).to_have_text("Muss Straftaten verfolgen: ja")
        await expect(page.locator("[data-step='2'] .duty")).to_be_visible()


async def test_going_back_and_forth_keeps_everything(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await ready(page)
        await page.locator("input[name=phenomena][value=IS]:visible").check()
        await to_text(page)
        await page.locator("#text").fill(LETTER)
        await page.locator("#dringend").check()
        await page.get_by_role("button", name="Zurück").locator("visible=true").click()
        await page.get_by_role("button", name="Zurück").locator("visible=true").click()
        await expect(page.locator("input[name=phenomena][value=IS]:visible")).to_be_checked()
        await page.locator("[data-go='2']:visible").first.click()
        await page.locator("[data-go='3']:visible").click()
        assert await page.locator("#text").input_value() == LETTER
        await expect(page.locator("#dringend")).to_be_checked()


async def test_the_back_button_asks_before_a_text_is_lost(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/") as page:
        await page.goto(place.url + "/schreiben")
        await to_text(page)
        await page.locator("#text").fill(LETTER)
        asked: list[str] = []

        async def stay(dialog: Dialog) -> None:
            asked.append(dialog.type)
            await dialog.dismiss()

        page.on("dialog", stay)
        await page.evaluate("history.back()")
        await expect(page.locator("#text")).to_be_visible()
        for _ in range(3000):
            if asked:
                break
            await page.wait_for_timeout(20)
        assert asked == ["beforeunload"]
        assert await page.locator("#text").input_value() == LETTER


@pytest.mark.parametrize(
    ("text", "says"), [("", "Ein Satz reicht"), ("  \n ", "Ein Satz reicht"), ("x" * 200_001, "200.000")]
)
async def test_empty_and_too_long_are_said_kindly(browser: Browser, place: House, text: str, says: str) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        before = contacts(place)
        await page.locator("#text").fill(text)
        await page.locator("#senden").click()
        await expect(page.locator("#text-f")).to_contain_text(says)
        await expect(page.locator("#text")).to_be_focused()
        assert await page.locator("#text").input_value() == text
        assert contacts(place) == before


async def test_a_double_click_is_one_contact(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        before = contacts(place)
        await page.locator("#text").fill(LETTER)
        await page.locator("#senden").dblclick()
        await expect(page.locator("#woerter li")).to_have_count(8)
        assert contacts(place) == before + 1


async def test_the_danger_hint_is_local_and_sends_nothing(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        sent: list[Request] = []
        page.on("request", lambda request: sent.append(request))
        await page.locator("#text").fill("Ich mache mir Gedanken über meine Tochter.")
        await expect(page.locator("#gefahr")).to_be_empty()
        await page.locator("#text").fill("Ich weiß nicht weiter. Ich will nicht mehr leben.")
        await expect(page.locator("#gefahr a[href='tel:112']")).to_be_visible()
        await page.wait_for_timeout(100)
        assert sent == []


async def test_with_the_crypto_blocked_nothing_is_sent_and_the_text_stays(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe") as page:
        await page.route("**/s/sealing-*", lambda route: route.abort())
        posted: list[str] = []
        page.on("request", lambda request: posted.append(request.method) if request.method == "POST" else None)
        await page.goto(place.url + "/schreiben")
        await expect(page.locator("html")).to_have_attribute("data-ready", "shell")
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team .kind")).to_contain_text("Es ist nichts gesendet")
        await expect(page.get_by_role("button", name="Noch einmal versuchen")).to_be_visible()

        # It comes back: nobody has to begin again.
        await page.unroute("**/s/sealing-*")
        assert posted == []


async def test_crypto_that_breaks_at_the_last_moment_stops_the_form(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        await page.locator("#text").fill(LETTER)
        posted: list[str] = []
        page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
        await page.evaluate("() => { SubtleCrypto.prototype.deriveBits = () => Promise.reject(new Error('gone')) }")
        await page.evaluate("() => { Crypto.prototype.getRandomValues = () => { throw new Error('gone') } }")
        await page.locator("#senden").click()
        await expect(page.locator("#fehler")).to_contain_text("nichts gesendet")
        assert await page.locator("#text").input_value() == LETTER
        assert posted == []


async def test_a_script_that_never_arrives_leaves_a_form_that_cannot_send(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe") as page:
        await page.route("**/s/*.js", lambda route: route.abort())
        await page.goto(place.url + "/schreiben")
        assert await page.locator("form").count() == 0
        posted: list[str] = []
        page.on("request", lambda request: posted.append(request.url))
        await page.locator("#ort").fill("Wismar")
        await page.locator("#ort").press("Enter")
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator(".late")).to_contain_text("Laden Sie die Seite bitte neu")
        assert posted == []
        assert await page.locator("#ort").input_value() == "Wismar"


async def test_a_broken_line_keeps_the_text_and_the_next_try_is_the_same_contact(
    browser: Browser, place: House
) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        before = contacts(place)

        async def lose_the_answer(route: Route) -> None:
            await route.fetch()
            await route.abort()

        await page.route("**/api/contacts", lose_the_answer, times=1)
        await page.locator("#text").fill(LETTER)
        await page.locator("#senden").click()
        await expect(page.locator("#fehler")).to_contain_text("Ihr Text ist noch da")
        assert await page.locator("#text").input_value() == LETTER
        await page.locator("#senden").click()
        await expect(page.locator("#woerter li")).to_have_count(8)
        assert contacts(place) == before + 1


async def test_a_text_changed_after_a_lost_answer_is_not_lost(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        before = contacts(place)

        async def lose_the_answer(route: Route) -> None:
            await route.fetch()
            await route.abort()

        await page.route("**/api/contacts", lose_the_answer, times=1)
        await page.locator("#text").fill(LETTER)
        await page.locator("#senden").click()
        await expect(page.locator("#fehler")).to_contain_text("Ihr Text ist noch da")
        words = await send(page, LETTER + " Es eilt.")
        assert contacts(place) == before + 2
        await page.locator("#notiert").click()
        await page.get_by_role("link", name="Zu meinen Nachrichten").click()
        await ready(page)
        await page.locator("#code").fill(" ".join(words))
        await page.locator("#oeffnen").click()
        await expect(page.locator("#briefe")).to_contain_text("Es eilt.")


@pytest.mark.parametrize(
    ("status", "says"),
    [(503, "Gerade geht es nicht."), (429, "Gerade schreiben viele."), (500, "Gerade geht es nicht.")],
)
async def test_a_server_in_trouble_loses_nothing(browser: Browser, place: House, status: int, says: str) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        body = json.dumps({"error": "unavailable", "message": "…"})
        await page.route("**/api/contacts", lambda route: route.fulfill(status=status, body=body), times=1)
        await page.locator("#text").fill(LETTER)
        await page.locator("#senden").click()
        await expect(page.locator("#fehler")).to_contain_text(says)
        await expect(page.locator("#fehler")).to_contain_text("Ihr Text ist noch da")
        await send(page)


async def test_a_server_restarted_while_somebody_writes_is_not_noticed(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben") as page:
        await to_text(page)
        await page.locator("#text").fill(LETTER)
        await asyncio.to_thread(place.restart)
        await send(page)


async def test_a_device_whose_clock_is_a_day_off_can_write(browser: Browser, place: House) -> None:
    for hours in (-25, 25):
        async with opened(browser, place.url, "/hilfe") as page:
            await page.add_init_script(
                f"""const real = Date, shift = {hours} * 36e5;
                globalThis.Date = class extends real {{
                  constructor(...args) {{ args.length ? super(...args) : super(real.now() + shift); }}
                  static now() {{ return real.now() + shift; }} }};"""
            )
            await page.goto(place.url + "/schreiben")
            await to_text(page)
            await send(page)


async def test_a_clock_years_ahead_is_named_as_the_reason(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/hilfe") as page:
        await page.clock.install(time="2035-01-01T12:00:00Z")
        await page.goto(place.url + "/schreiben")
        await page.clock.run_for(1000)
        await page.locator("[data-go='2']:visible").first.click()
        await expect(page.locator("#team .kind")).to_contain_text("Uhr Ihres Geräts")


async def test_everything_works_with_the_keyboard_alone(browser: Browser, place: House) -> None:
    async with opened(browser, place.url, "/schreiben", width=1280) as page:
        await ready(page)
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Enter")
        seen: list[str] = []
        for _ in range(40):
            await page.keyboard.press("Tab")
            name = await page.evaluate(
                "document.activeElement.name || document.activeElement.dataset.go || document.activeElement.id"
            )
            seen.append(name)
            if name == "phenomena" and seen.count("phenomena") == 1:
                await page.keyboard.press("Space")
            if name == "2":
                break
        assert seen[-1] == "2"
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-step='2'] h1")).to_be_focused()
        await expect(page.locator("#team .team-name")).to_be_visible()
        await page.locator("[data-go='3']:visible").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-step='3'] h1")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.type("Kurz.")
        await page.locator("#senden").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-step='4'] h1")).to_be_focused()
