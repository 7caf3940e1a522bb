"""Rota, alerts and service phones in the console: a real browser, a real house, and colleagues who are quicker."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from crypto.vapid import new_key
from tests.bots.gateway import SmsGateway
from tests.browser.at_console import Arrive, At, clean, mira
from tests.browser.duty_cast import BERLIN, WEEK, Colleague, Refusal, monday, shift, today
from tests.browser.letters import Writer
from tests.house import House
from tests.scenarios.journey import AtTheConsole

__all__ = ["mira"]  # the fixture

TEAM = "rz-wm"
WHOLE_WEEK = [shift("Tag", ["mira"], "08:00-20:00"), shift("Nacht", ["jonas"], "20:00-08:00")]
EVERY_DAY = [{**one, "on_days_off": True} for one in WHOLE_WEEK]  # whatever holiday comes in the next weeks


@pytest.fixture
async def gateway() -> AsyncIterator[SmsGateway]:
    """Where text messages go."""
    running = SmsGateway("key-of-the-account")
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def house(tmp_path: Path, gateway: SmsGateway) -> AsyncIterator[House]:
    """A house that reaches service phones."""
    settings = {
        "channels": "sms,push",
        "sms_key": gateway.key,
        "sms_gateway": gateway.url,
        "push_key": new_key().decode(),
        "test_alarm": "off",
    }
    async with House(tmp_path / "house", **settings) as running:
        yield running


async def colleague(house: House, member: str) -> Colleague:
    return await asyncio.to_thread(Colleague, house, member)


async def urgent(house: House) -> Writer:
    """Somebody for whom it is urgent, in a team that may be woken at any hour at which this test runs."""
    (await colleague(house, "jonas")).save(night_duty=True)
    return Writer(house).write("Bitte schnell.", urgent=True)


async def go(page: Page, name: str) -> None:
    """To a room of the console, on a telephone."""
    await page.locator(".bar-only").click()
    await page.locator("dialog .menu button", has_text=name).click()
    await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    if name == "Dienstplan":  # Mira works in several teams
        await page.locator(".team-pick select").select_option(TEAM)


async def tab(page: Page, name: str) -> None:
    await page.locator(".tabs button", has_text=name).click()
    await expect(page.locator(".tabs [aria-current]")).to_contain_text(name)


async def code_in(gateway: SmsGateway) -> str:
    """The newest code that was sent by text message."""
    for _ in range(600):
        if codes := [found for sms in gateway.sent for found in re.findall(r"\b\d{6}\b", sms["text"])]:
            return str(codes[-1])
        await asyncio.sleep(0.1)
    raise AssertionError("no code has come")


def toast(page: Page) -> Locator:
    return page.locator(".toast")


# ------------------------------------------------------------------------------------------------------------- alerts


async def test_the_second_of_two_is_told_who_was_first(house: House, mira: At) -> None:
    jonas = await colleague(house, "jonas")
    await urgent(house)
    page = (await mira()).page
    async with page.expect_response("**/api/team/alerts"):  # and none in the next 13 seconds
        await page.get_by_role("button", name="Ansehen").click()  # the strip over every room
    card = page.locator(".alert-card")
    take = card.get_by_role("button", name="Ich übernehme")
    await expect(take).to_be_visible()
    [alert] = jonas.alerts()
    assert jonas.post(f"alerts/{alert['id']}/take")["reply"] == "yours"
    await take.click()
    await expect(page.locator(".notice", has_text="Jonas Albrecht war einen Augenblick früher")).to_be_visible()
    await expect(card.locator(".now")).to_contain_text("Jonas Albrecht kümmert sich, bis")
    await expect(take).to_have_count(0)
    await expect(page.locator(".strip")).to_have_count(0)
    assert jonas.alerts()[0]["yours"]


async def test_two_take_over_in_the_same_moment(house: House, mira: At) -> None:
    jonas = await colleague(house, "jonas")
    await urgent(house)
    page = (await mira()).page
    async with page.expect_response("**/api/team/alerts"):  # and none in the next 13 seconds
        await go(page, "Alarme")
    take = page.locator(".alert-card").get_by_role("button", name="Ich übernehme")
    await expect(take).to_be_visible()
    [alert] = jonas.alerts()
    _, theirs = await asyncio.gather(take.click(), asyncio.to_thread(jonas.post, f"alerts/{alert['id']}/take"))
    mine = page.locator(".alert-card.yours")
    lost = page.locator(".notice", has_text="war einen Augenblick früher")
    await expect(mine.or_(lost).first).to_be_visible()
    assert (await mine.count() == 1) == (theirs["reply"] == "taken"), "exactly one of two"
    assert jonas.alerts()[0]["owner"]["id"] == ("jonas" if theirs["reply"] == "yours" else "mira")


async def test_taking_keeping_and_giving_back(house: House, mira: At) -> None:
    writer = await urgent(house)
    page = (await mira()).page
    await go(page, "Alarme")
    card = page.locator(".alert-card")
    await card.get_by_role("button", name="Ich übernehme").click()
    await expect(toast(page)).to_contain_text("Sie kümmern sich")
    await card.get_by_role("button", name="Länger").click()
    await page.get_by_role("button", name="30 Minuten").click()
    await expect(toast(page)).to_contain_text(re.compile("Bis .* ist Ruhe|Sie kümmern sich"))
    await card.get_by_role("button", name="Zur Anfrage").click()
    await expect(page.get_by_role("heading", name=f"Anfrage {writer.reference}")).to_be_visible()
    await expect(page.locator(".state.mine")).to_be_visible()
    await page.locator(".back").click()
    await go(page, "Alarme")
    await card.get_by_role("button", name="Zurückgeben").click()
    await expect(toast(page)).to_contain_text("Weitergegeben")
    await expect(card.get_by_role("button", name="Ich übernehme")).to_be_visible()


async def test_a_test_alarm_is_confirmed(house: House, mira: At, gateway: SmsGateway) -> None:
    someone = await colleague(house, "mira")
    someone.put("phones/mira", number="0151 23456789", matrix_user=None, language="de")
    someone.post("phones/mira/code", channel="number")
    someone.post("phones/mira/verify", code=await code_in(gateway))
    someone.save(shifts=[shift("Immer", ["mira"], "00:00-24:00")])
    house.settings["test_alarm"] = "12:00"
    house.set_clock(datetime.combine(today(), time(12), BERLIN))
    house.restart()
    page = (await mira()).page
    await go(page, "Alarme")
    card = page.locator(".alert-card", has_text="Probealarm")
    await expect(card).to_be_visible()
    await card.get_by_role("button", name="Bestätigen").click()
    await expect(toast(page)).to_contain_text("Ihr Diensthandy funktioniert")
    await expect(card).to_have_count(0)


# --------------------------------------------------------------------------------------------------------------- rota


async def test_a_first_shift_with_the_keyboard_only(house: House, visitor: Arrive) -> None:
    page = await (await visitor(width=1280)).open("/team/")
    await page.locator("input[name=username]").fill("mira")
    await page.locator("#passphrase").fill(house.members["mira"].passphrase)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Neu", exact=True)).to_be_focused()

    async def to(name: str, most: int = 45) -> None:
        for _ in range(most):
            await page.keyboard.press("Tab")
            said = await page.evaluate("""(() => { const at = document.activeElement;
                return at.getAttribute('aria-label') ?? (at.closest('label') ?? at).textContent; })()""")
            if name in said:
                return
        raise AssertionError(f"{name} is out of reach")

    async def press(name: str, key: str = "Enter") -> None:
        await to(name)
        await page.keyboard.press(key)

    await press("Zum Inhalt")
    await page.keyboard.press("Shift+Tab")
    await page.locator("nav.bar .rail-only", has_text="Dienstplan").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Dienstplan")).to_be_focused()
    await page.locator(".team-pick select").select_option(TEAM)
    await press("Plan")
    await expect(page.get_by_role("button", name="Neue Schicht")).to_be_visible()
    await press("Neue Schicht")
    await expect(page.locator("dialog[open]")).to_be_visible()
    await to("Name")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Nacht")
    await press("Samstag", "Space")
    await press("Sonntag", "Space")
    await to("von")
    await page.keyboard.type("0800PM")
    await to("bis")
    await page.keyboard.type("0800AM")
    await expect(page.locator(".hint")).to_have_text("Über Mitternacht, bis zum nächsten Tag um 08:00.")
    await press("Dazu")
    await page.keyboard.press("Enter")
    await expect(page.locator(".turns li")).to_have_count(2)
    await press("Speichern")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    assert await page.evaluate("document.activeElement !== document.body"), "the focus is never lost"
    plan = (await colleague(house, "mira")).rota()["plan"]
    [made] = plan["shifts"]
    assert made["id"] == "Nacht"
    assert made["blocks"] == {day: ["20:00-08:00"] for day in WEEK}
    assert sorted(made["people"]) == ["jonas", "mira"]


async def test_two_edit_the_rota(house: House, mira: At) -> None:
    jonas = await colleague(house, "jonas")
    jonas.save(shifts=[WHOLE_WEEK[0]])
    page = (await mira()).page
    await go(page, "Dienstplan")
    await tab(page, "Plan")
    await page.locator(".block-list button", has_text="Tag").click()
    dialog = page.locator("dialog[open]")
    await dialog.get_by_label("Auch an Feiertagen").check()
    jonas.save(shifts=WHOLE_WEEK, night_duty=True)
    await dialog.get_by_role("button", name="Speichern").click()
    told = dialog.locator(".notice")
    await expect(told).to_contain_text("Jonas Albrecht hat den Plan inzwischen geändert")
    await expect(told).to_contain_text("Die Schicht „Nacht“ ist neu.")
    await expect(told).to_contain_text("Der Nachtdienst ist eingeschaltet.")
    await expect(dialog.get_by_label("Auch an Feiertagen")).to_be_checked()
    await dialog.get_by_role("button", name="Speichern").click()
    await expect(dialog).to_have_count(0)
    plan = jonas.rota()["plan"]
    assert [(one["id"], one["on_days_off"]) for one in plan["shifts"]] == [("Tag", True), ("Nacht", False)]
    assert plan["night_duty"]
    await page.get_by_role("button", name="Rückgängig").click()
    await expect(toast(page)).to_contain_text("wieder wie vorher")
    assert not jonas.rota()["plan"]["shifts"][0]["on_days_off"]
    assert jonas.rota()["plan"]["night_duty"], "only the own change is undone"


async def test_overlapping_times_are_told_in_the_dialog(house: House, mira: At) -> None:
    (await colleague(house, "jonas")).save(shifts=[WHOLE_WEEK[0]])
    page = (await mira()).page
    await go(page, "Dienstplan")
    await tab(page, "Plan")
    await page.locator(".block-list button").first.click()
    dialog = page.locator("dialog[open]")
    await dialog.get_by_role("button", name="Noch eine Zeit").click()
    await dialog.get_by_role("button", name="Speichern").click()
    await expect(dialog.locator(".notice")).to_contain_text("Eine Zeit hat noch keinen Tag.")
    row = dialog.locator(".time-row").nth(1)
    assert await row.locator(".chip").first.evaluate("(day) => day.offsetWidth") >= 40, "wide enough for a thumb"
    await row.locator(".chip").first.click()
    await row.locator("input[type=time]").nth(0).fill("19:00")
    await row.locator("input[type=time]").nth(1).fill("22:00")
    await dialog.get_by_role("button", name="Speichern").click()
    await expect(dialog.locator(".notice")).to_contain_text("überschneiden sich 08:00-20:00 und 19:00-22:00")


async def test_a_swap_is_asked_taken_and_withdrawn(house: House, mira: At) -> None:
    jonas = await colleague(house, "jonas")
    jonas.save(shifts=EVERY_DAY)
    day = (monday() + timedelta(days=8)).isoformat()
    jonas.post("rota/swaps", team=TEAM, shift="Nacht", day=day)
    page = (await mira()).page
    await go(page, "Dienstplan")
    offer = page.locator(".offer")
    await expect(offer).to_contain_text("Jonas Albrecht möchte tauschen")
    await offer.get_by_role("button", name="Ich übernehme den Dienst").click()
    await expect(toast(page)).to_contain_text("Der Dienst ist jetzt Ihrer.")
    await expect(offer).to_have_count(0)
    await page.get_by_role("button", name="Eine Woche weiter").click()
    taken = page.locator(".turn.own", has_text="getauscht")
    await expect(taken).to_contain_text("20:00–08:00")
    own = page.locator("button.turn.own", has_text="08:00–20:00").first

    async def in_the_dialog(name: str) -> None:
        await expect(page.locator("dialog[open]")).to_have_count(0)  # the last one has gone
        await own.click()
        await page.locator("dialog").get_by_role("button", name=name).click()

    await in_the_dialog("Tausch anbieten")
    await expect(own).to_contain_text("Tausch gesucht")
    await in_the_dialog("Doch nicht tauschen")
    await expect(own).not_to_contain_text("Tausch gesucht")
    await page.route("**/rota/duties*", lambda route: route.abort())  # from here on it looks at nothing new
    await in_the_dialog("Tausch anbieten")
    await expect(own).to_contain_text("Tausch gesucht")
    [mine] = [swap for swap in jonas.rota()["plan"]["swaps"] if swap["offered_by"] == "mira"]
    jonas.post("rota/swaps/take", team=TEAM, shift="Tag", day=mine["day"])
    await in_the_dialog("Doch nicht tauschen")  # the page does not know yet
    await expect(page.locator("dialog .notice")).to_contain_text("Dieses Angebot gibt es nicht (mehr).")


async def test_a_swap_that_a_colleague_offers_meanwhile_is_shown(house: House, visitor: Arrive) -> None:
    jonas = await colleague(house, "jonas")
    jonas.save(shifts=EVERY_DAY)
    counsellor = AtTheConsole(await visitor(), house)
    page = counsellor.page
    await page.clock.install()
    await counsellor.log_in("mira")
    await go(page, "Dienstplan")
    await expect(page.locator(".turn").first).to_be_visible()
    await expect(page.locator(".offer")).to_have_count(0)
    jonas.post("rota/swaps", team=TEAM, shift="Nacht", day=(monday() + timedelta(days=8)).isoformat())
    await page.clock.run_for(60_000)
    await expect(page.locator(".offer")).to_contain_text("Jonas Albrecht möchte tauschen")


async def test_an_absence_makes_a_gap_and_a_substitute_closes_it(house: House, mira: At) -> None:
    jonas = await colleague(house, "jonas")
    jonas.save(shifts=EVERY_DAY)
    page = (await mira()).page
    await go(page, "Dienstplan")
    await tab(page, "Lücken")
    await expect(page.locator(".notice.ok")).to_contain_text("Keine.")
    first, last = today() + timedelta(days=10), today() + timedelta(days=11)

    async def enter(substitute: str) -> None:
        await page.get_by_role("button", name="Abwesenheit eintragen").click()
        dialog = page.locator("dialog[open]")
        await dialog.get_by_label("Erster Tag").fill(first.isoformat())
        await dialog.get_by_label("Letzter Tag").fill(last.isoformat())
        await dialog.get_by_label("Wer vertritt?").select_option(substitute)
        await dialog.get_by_role("button", name="Eintragen").click()
        await expect(dialog).to_have_count(0)

    await tab(page, "Woche")
    await enter("")
    await expect(page.locator(".tabs .count")).to_contain_text("2")
    await tab(page, "Lücken")
    await expect(page.locator(".gap-week .turn.gap")).to_have_count(2)
    await expect(page.locator(".gap-week .turn.gap").first).to_contain_text("abwesend: Mira Petersen")
    await tab(page, "Plan")
    await page.get_by_role("button", name="Streichen: Mira Petersen").click()
    await expect(page.locator(".tabs .count")).to_have_count(0)
    await enter("jonas")
    await tab(page, "Lücken")
    await expect(page.locator(".notice.ok")).to_contain_text("Keine.")
    assert jonas.rota()["plan"]["absences"][0]["substitute"] == "jonas"


async def test_closure_days_once_and_every_year(house: House, mira: At) -> None:
    jonas = await colleague(house, "jonas")
    jonas.save(shifts=WHOLE_WEEK)
    page = (await mira()).page
    await go(page, "Dienstplan")
    await tab(page, "Plan")
    await page.get_by_role("button", name="Schließtage ändern").click()
    dialog = page.locator("dialog[open]")
    await dialog.get_by_label("Erster Tag").fill("2027-12-24")
    await dialog.get_by_label("Jedes Jahr").check()
    await dialog.get_by_role("button", name="Dazu").click()
    await expect(dialog.locator(".lines")).to_contain_text("jedes Jahr am 24. Dez.")
    await dialog.get_by_label("Erster Tag").fill("2028-02-28")
    await dialog.get_by_label("Letzter Tag").fill("2028-03-01")
    await dialog.get_by_role("button", name="Speichern").click()  # typed is meant
    await expect(dialog).to_have_count(0)
    plan = jonas.rota()["plan"]
    assert plan["closures"] == ["2028-02-28", "2028-02-29", "2028-03-01"], "a leap day is a day"
    assert plan["closed_yearly"] == ["12-24"]


async def test_the_calendar_address_is_shown_once_and_replaced(house: House, mira: At) -> None:
    (await colleague(house, "jonas")).save(shifts=WHOLE_WEEK)
    page = (await mira()).page
    await go(page, "Dienstplan")
    await tab(page, "Plan")

    async def address() -> str:
        await page.get_by_role("button", name="Adresse für meinen Kalender").click()
        await page.get_by_role("button", name="Neue Adresse machen").click()
        found = await page.locator(".secret").inner_text()
        await page.get_by_role("button", name="Fertig").click()
        return found

    first, second = await address(), await address()
    assert re.fullmatch(re.escape(house.url) + "/kalender/[0-9a-f]{32}[.]ics", second)
    await expect(page.locator(".secret")).to_have_count(0)
    answer = await page.request.get(second)
    assert "BEGIN:VEVENT" in await answer.text()
    assert "Mira" not in await answer.text()
    assert (await page.request.get(first)).status == 404


# ------------------------------------------------------------------------------------------------------------- phones


async def test_a_number_is_entered_and_verified(house: House, mira: At, gateway: SmsGateway) -> None:
    page = (await mira()).page
    await go(page, "Diensthandys")
    await page.get_by_role("button", name="Diensthandy eintragen").click()
    dialog = page.locator("dialog[open]")
    await dialog.get_by_label("Nummer", exact=True).fill("110")
    await dialog.get_by_role("button", name="Speichern").click()
    await expect(dialog.locator(".notice")).to_be_visible()  # a sentence, and what was typed is still there
    await expect(dialog.get_by_label("Nummer", exact=True)).to_have_value("110")
    await dialog.get_by_label("Nummer", exact=True).fill("0151 23 45 67 89")
    await dialog.get_by_role("button", name="Speichern").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Nummer bestätigen").click()
    await expect(dialog).to_contain_text("Wir haben einen Code")
    right = await code_in(gateway)
    await dialog.get_by_label("Code").fill("12")
    await dialog.get_by_role("button", name="Bestätigen").click()
    await expect(dialog.locator(".notice")).to_contain_text("sechs Ziffern")
    await dialog.get_by_label("Code").fill("000000" if right != "000000" else "000001")
    await dialog.get_by_role("button", name="Bestätigen").click()
    await expect(dialog.locator(".notice")).not_to_contain_text("sechs Ziffern")
    await dialog.get_by_label("Code").fill(f"{right[:3]} {right[3:]}")
    await dialog.get_by_role("button", name="Bestätigen").click()
    await expect(toast(page)).to_contain_text("Die Nummer ist bestätigt.")
    await expect(page.locator(".own .badge")).to_contain_text("Bestätigt")
    probe = page.locator(".own .probe")
    await probe.get_by_role("button", name="Probenachricht schicken").click()
    await expect(probe.get_by_role("status")).to_contain_text("SMS: gesendet")
    assert any("Probenachricht" in sms["text"] for sms in gateway.sent)
    await probe.get_by_role("button", name="Probenachricht schicken").click()
    await expect(probe.locator(".notice")).to_contain_text("Bitte warten Sie")
    jonas = await colleague(house, "jonas")
    assert jonas.get("phones/mira")["number"] == "…789", "colleagues see its end only"


async def test_a_lost_phone_is_cut_off_with_one_tap(house: House, mira: At) -> None:
    jonas = await colleague(house, "jonas")
    jonas.put("phones/jonas", number="0160 5551234", matrix_user=None, language="de")
    page = (await mira()).page
    await go(page, "Diensthandys")
    row = page.locator(".phone-row", has_text="Jonas Albrecht")
    await row.get_by_role("button", name="Ist weg").click()
    assert jonas.get("phones/jonas")["state"] == "unverified", "asked once"
    await page.get_by_role("button", name="Ja, sofort abschalten").click()
    await expect(toast(page)).to_contain_text("abgeschaltet")
    await expect(row).to_contain_text("Abgeschaltet")
    with pytest.raises(Refusal) as refusal:
        jonas.get("alerts")
    assert refusal.value.status == 401


async def test_a_colleague_cuts_me_off_and_my_console_closes(house: House, visitor: Arrive) -> None:
    jonas = await colleague(house, "jonas")
    (await colleague(house, "mira")).put("phones/mira", number="0160 5551234", matrix_user=None, language="de")
    counsellor = AtTheConsole(await visitor(), house)
    page = counsellor.page
    await page.clock.install()
    await counsellor.log_in("mira")
    await go(page, "Diensthandys")
    await expect(page.locator(".own")).to_be_visible()
    jonas.post("phones/mira/cut-off")
    await page.clock.run_for(60_000)  # the next look for alerts
    await expect(page.locator(".seal.shut")).to_be_visible()
    await expect(page.locator("#console")).not_to_contain_text("0160")


async def test_a_matrix_code_is_shown(house: House, mira: At) -> None:
    (await colleague(house, "mira")).put("phones/mira", number=None, matrix_user="@mira:example.org", language="de")
    page = (await mira()).page
    await go(page, "Diensthandys")
    await page.get_by_role("button", name="Messenger bestätigen").click()
    await expect(page.locator(".big-code [aria-hidden]")).to_have_text(re.compile(r"^\d{3}\s\d{3}$"))
    await clean(page, "code")


async def test_a_new_device_is_compared_and_confirmed(house: House, mira: At) -> None:
    someone = await colleague(house, "mira")
    someone.put("phones/mira", number=None, matrix_user="@mira:example.org", language="de")
    new = [{"device_id": "NEUESGERAET", "ed25519": "Abcd" * 10 + "xyz", "pinned": False}]
    with sqlite3.connect(house.database) as database:  # as the Matrix door writes what it has refused
        database.execute("UPDATE service_phones SET matrix_devices = ?", (json.dumps(new),))
    database.close()
    page = (await mira()).page
    await go(page, "Diensthandys")
    device = page.locator(".devices .strange")
    await expect(device).to_contain_text("neu, wird abgelehnt")
    await expect(device.locator("code")).to_have_text("Abcd " * 10 + "xyz")
    await clean(page, "a new device")
    await device.get_by_role("button", name="Die Zeichen stimmen").click()
    await expect(toast(page)).to_contain_text("Das Gerät ist bestätigt.")
    await expect(device).to_have_count(0)
    assert someone.get("phones/mira")["devices"] == [{**new[0], "pinned": True}]


async def test_what_never_arrived_is_shown_and_sent_again(house: House, mira: At, gateway: SmsGateway) -> None:
    gateway.code = 900  # the account is refused: for good
    someone = await colleague(house, "mira")
    someone.put("phones/mira", number="0151 23456789", matrix_user=None, language="de")
    someone.post("phones/mira/code", channel="number")
    for _ in range(600):
        if someone.get("dead-letters")["letters"]:
            break
        await asyncio.sleep(0.1)
    page = (await mira()).page
    await go(page, "Alarme")
    letter = page.locator(".card-box", has_text="SMS an Mira Petersen")
    await expect(letter).to_contain_text("Code")
    await clean(page, "a dead letter")
    gateway.code = 100
    await letter.get_by_role("button", name="Noch einmal senden").click()
    await expect(toast(page)).to_contain_text("Wird noch einmal versucht.")
    await expect(letter).to_have_count(0)
    assert await code_in(gateway)


# --------------------------------------------------------------------------------------------------------------- push

SUBSCRIBED = """
(() => {
  let made = null;
  const keys = { p256dh: "B".repeat(87), auth: "A".repeat(22) };
  PushManager.prototype.getSubscription = async () => made;
  PushManager.prototype.subscribe = async (options) => {
    window.asked = { visible: options.userVisibleOnly, key: options.applicationServerKey.byteLength };
    made = {
      endpoint: "https://push.example/one", options: { applicationServerKey: options.applicationServerKey.buffer },
      toJSON: () => ({ endpoint: "https://push.example/one", keys }),
      unsubscribe: async () => { made = null; return true; },
    };
    return made;
  };
})()
"""


async def test_notifications_without_content(house: House, mira: At) -> None:
    """The browser's push service is far away in a test; everything else is real: the worker, and what it shows."""
    at = await mira(permissions=["notifications"])
    page, context = at.page, at.visitor.context
    assert await page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    await page.evaluate(SUBSCRIBED)
    await go(page, "Diensthandys")
    await page.get_by_role("button", name="Einschalten").click()
    await expect(toast(page)).to_contain_text("Mitteilungen sind an.")
    assert await page.evaluate("window.asked") == {"visible": True, "key": 65}
    assert (await colleague(house, "jonas")).get("phones/mira")["push"] == 1
    scopes = await page.evaluate(
        "navigator.serviceWorker.getRegistrations().then((all) => all.map((one) => one.scope))"
    )
    assert scopes == [f"{house.url}/team/"]
    assert await page.evaluate("caches.keys()") == []

    session = await context.new_cdp_session(page)
    ids: list[str] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda found: ids.extend(
        one["registrationId"] for one in found["registrations"]
    ))  # fmt: skip
    await session.send("ServiceWorker.enable")
    for _ in range(1200):
        if ids:
            break
        await asyncio.sleep(0.05)
    push = {"origin": house.url, "registrationId": ids[-1], "data": "Mira, ein Geheimnis"}
    [worker] = context.service_workers
    await worker.evaluate(
        "() => { self.registration.showNotification = async (title, {body}) => { self.shown = [title, body]; }; }"
    )
    await session.send("ServiceWorker.deliverPushMessage", push)
    shown = None
    for _ in range(1200):
        if shown := await worker.evaluate("() => self.shown ?? null"):
            break
        await asyncio.sleep(0.05)
    assert shown == ["Kontakt", "Bitte sehen Sie nach."]

    await page.get_by_role("button", name="Ausschalten").click()
    await expect(toast(page)).to_contain_text("Mitteilungen sind aus.")
    assert await page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert (await colleague(house, "jonas")).get("phones/mira")["push"] == 0


async def test_the_worker_can_do_nothing_else(house: House, visitor: Arrive) -> None:
    arrived = await visitor()
    page = await arrived.open("/")
    tried = await page.evaluate(
        "navigator.serviceWorker.register('/team/push.js', {scope: '/team/'}).then(() => 'registered', (no) => no.name)"
    )
    assert tried != "registered", "not from a help-seeker's page"
    answer = await page.request.get(f"{house.url}/team/push.js")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "service-worker-allowed" not in answer.headers
    text = await answer.text()
    assert not re.search(r"fetch|caches|indexedDB|importScripts|\.data\b", text)
    page = await arrived.open("/team/")
    above = await page.evaluate(
        "navigator.serviceWorker.register('/team/push.js', {scope: '/'}).catch((no) => no.name)"
    )
    assert above == "SecurityError"


# --------------------------------------------------------------------------------------------------------------- look


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/team/", {"width": 320}),
        ("/team/", {"width": 360, "scheme": "dark"}),
        ("/team/en/", {"width": 360, "locale": "en-GB"}),
        ("/team/en/", {"width": 1280, "scheme": "dark", "locale": "en-GB"}),
    ],
)
async def test_every_view_of_the_duty_is_clean(
    house: House, visitor: Arrive, path: str, options: dict[str, Any]
) -> None:
    jonas, someone = await colleague(house, "jonas"), await colleague(house, "mira")
    jonas.save(
        shifts=[
            *EVERY_DAY,
            shift("Wochenende", ["mira", None], "08:00-20:00", WEEK[5:], place="second", on_days_off=True),
        ],
        closures=[(monday() + timedelta(days=10)).isoformat()],
        agreements=[{"team": "rz-ro", "first": today().isoformat(), "last": None, "hours": {"sa": ["08:00-20:00"]}}],
    )
    next_week = monday() + timedelta(days=7)
    jonas.post(
        "rota/absences", team=TEAM, first=next_week.isoformat(), last=(next_week + timedelta(days=2)).isoformat()
    )
    jonas.post("rota/swaps", team=TEAM, shift="Nacht", day=(next_week + timedelta(days=4)).isoformat())
    someone.put("phones/mira", number="0151 23456789", matrix_user="@mira:example.org", language="de")
    jonas.put("phones/jonas", number="0160 5551234", matrix_user=None, language="de")
    await urgent(house)

    arrived = await visitor(**options)
    page = await arrived.open(path)
    narrow = options["width"] < 960
    await page.locator("input[name=username]").fill("mira")
    await page.locator("#passphrase").fill(house.members["mira"].passphrase)
    await page.locator("button.main").click()
    await expect(page.locator(".strip")).to_be_visible()
    await clean(page, "strip")

    async def room(german: str, english: str) -> None:
        name = re.compile(f"^({german}|{english})$")
        if narrow:
            await page.locator(".bar-only").click()
        await page.locator("dialog .menu button" if narrow else "nav.bar .rail-only").filter(has_text=name).click()

    async def dialog(button: Locator, where: str) -> None:
        await button.click()
        await page.locator("dialog[open]").wait_for()
        await clean(page, where)
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog[open]")).to_have_count(0)

    await room("Alarme", "Alerts")
    await expect(page.locator(".alert-card")).to_be_visible()
    await page.locator(".deliveries summary").click() if await page.locator(".deliveries").count() else None
    await clean(page, "alerts")
    await dialog(page.locator(".alert-card .second").first, "later")
    await page.locator(".alert-card .main").click()
    await expect(page.locator(".alert-card.yours")).to_be_visible()
    await clean(page, "alert of mine")
    await room("Dienstplan", "Duty rota")
    await page.locator(".team-pick select").select_option(TEAM)
    await expect(page.locator(".offer")).to_be_visible()
    await page.locator(".week-head .next").click()
    await clean(page, "week")
    await dialog(page.locator("button.turn.own").first, "swap")
    await dialog(page.locator(".page-actions .main"), "absence")
    await page.locator(".tabs button").nth(1).click()
    await expect(page.locator(".turn.gap").first).to_be_visible()
    await clean(page, "gaps")
    await page.locator(".tabs button").nth(2).click()
    await clean(page, "plan")
    await dialog(page.locator(".block-list button").first, "shift")
    for n in range(4):
        await dialog(page.locator(".pane.duty > .main, .pane.duty > .second").nth(n), f"dialog {n} of the plan")
    await room("Diensthandys", "Service phones")
    await expect(page.locator(".phone-row").first).to_be_visible()
    await clean(page, "phones")
    await dialog(page.locator(".own .card-actions .main"), "own phone")
    await dialog(page.locator(".phone-row .second").first, "lost")
    small = await page.evaluate(
        """[...document.querySelectorAll("main button, main select, main input:not(.spoken)")]
            .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43).map((one) => one.outerHTML)"""
    )
    assert small == [], "everything is large enough for a thumb"
    assert [said for said in arrived.recorder.console if said.startswith("error")] == []


async def test_a_server_that_stumbles_is_told_and_nothing_is_lost(house: House, mira: At) -> None:
    page = (await mira()).page
    await go(page, "Dienstplan")
    await tab(page, "Plan")
    await page.get_by_role("button", name="Neue Schicht").click()
    dialog = page.locator("dialog[open]")
    await dialog.get_by_role("button", name="Dazu").click()
    house.kill()
    await dialog.get_by_role("button", name="Speichern").click()
    await expect(dialog.locator(".notice")).to_contain_text("Gerade gibt es keine Verbindung. Nichts ist verloren.")
    house.start()
    await dialog.get_by_role("button", name="Speichern").click()
    await expect(dialog).to_have_count(0)
