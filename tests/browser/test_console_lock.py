"""Keys live in memory only, and not for long: idle, hidden, asked, left."""

from __future__ import annotations

import json

from playwright.async_api import expect

from tests.browser.at_console import Arrive, At, mira, open_contact, to_box
from tests.browser.letters import Writer
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import AtTheConsole

__all__ = ["mira"]  # the fixture

HIDE = """(hidden) => {
    Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


async def test_five_idle_minutes_lock_and_the_draft_waits_sealed(
    house: House, visitor: Arrive, planted: Planted
) -> None:
    writer = Writer(house).write("Hallo.")
    counsellor = AtTheConsole(await visitor(), house)
    page = counsellor.page
    await page.clock.install()
    await counsellor.log_in("mira")
    await open_contact(page, writer)
    await counsellor.claim()
    await page.get_by_role("button", name="Antworten", exact=True).click()
    await page.locator("#composer").fill(planted.sentence)

    await page.clock.run_for(270_000)
    await expect(page.locator(".lock.soon")).to_be_visible()
    await expect(page.locator("[role=status]", has_text="Sperrt in 30 Sekunden")).to_have_count(1)
    await page.keyboard.press("Shift")
    await page.clock.run_for(2_000)
    await expect(page.locator(".lock")).to_contain_text("5 Min.")

    async with page.expect_request("**/api/team/logout"):
        await page.clock.run_for(301_000)
    await expect(page.get_by_role("heading", name="Gesperrt")).to_be_visible()
    await expect(page.locator("body")).to_contain_text("Ihr Entwurf ist verschlossen noch da.")
    assert planted.sentence not in await page.content()
    await page.locator("#passphrase").fill("falsch falsch falsch falsch falsch")
    await page.get_by_role("button", name="Entsperren").click()
    await expect(page.locator(".notice")).to_be_visible()
    await page.locator("#passphrase").fill(house.members["mira"].passphrase)
    await page.get_by_role("button", name="Entsperren").click()
    await expect(page.locator("#composer")).to_have_value(planted.sentence)


async def test_somebody_else_does_not_get_the_draft(house: House, mira: At, planted: Planted) -> None:
    writer = Writer(house).write("Hallo.")
    counsellor = await mira()
    page = counsellor.page
    await open_contact(page, writer)
    await page.get_by_role("button", name="Mehr tun").click()
    await page.locator("dialog .menu button", has_text="Notiz").click()
    await page.locator("#composer").fill(planted.sentence)
    await page.locator(".lock").click()
    await page.get_by_role("button", name="Jemand anderes meldet sich an").click()
    await page.locator("input[name=username]").fill("jonas")
    await page.locator("#passphrase").fill(house.members["jonas"].passphrase)
    await page.get_by_role("button", name="Anmelden").click()
    await expect(page.locator("button.row")).to_have_count(1)
    assert planted.sentence not in await page.content()
    await expect(page.locator(".badge.draft")).to_have_count(0)


async def test_hidden_it_is_covered_at_once_and_locked_after_two_minutes(house: House, visitor: Arrive) -> None:
    Writer(house).write("Hallo.")
    counsellor = AtTheConsole(await visitor(), house)
    page = counsellor.page
    await page.clock.install()
    await counsellor.log_in("mira")
    await page.evaluate(HIDE, True)
    await expect(page.locator("#console")).to_be_hidden()
    await page.clock.run_for(60_000)
    await page.evaluate(HIDE, False)
    await expect(page.locator(".shell")).to_be_visible()
    await page.evaluate(HIDE, True)
    await page.clock.run_for(121_000)
    await page.evaluate(HIDE, False)
    await expect(page.get_by_role("heading", name="Gesperrt")).to_be_visible()
    await expect(page.locator("body")).to_contain_text("Die Seite war im Hintergrund.")


async def test_leaving_ends_the_session_and_nothing_comes_back(house: House, mira: At, planted: Planted) -> None:
    writer = Writer(house).write(planted.sentence)
    counsellor = await mira()
    page = counsellor.page
    await open_contact(page, writer)
    await counsellor.visitor.recorder.settle()
    (login,) = counsellor.visitor.recorder.sent("POST", "/api/team/login")
    await page.get_by_role("button", name="Verlassen").click()
    await page.wait_for_url(lambda address: "/team/" not in address)
    await page.go_back()
    await page.wait_for_load_state()
    assert planted.sentence not in await page.content()
    await expect(page.locator("button.row")).to_have_count(0)

    token = json.loads(login.answer)["session"]
    # A session that was left cannot be replayed, as soon as the word of it has arrived: it was the last on the way out.
    await page.wait_for_function(
        """async (token) => {
            const found = await fetch('/api/team/contacts', {headers: {Authorization: `Bearer ${token}`}});
            return found.status === 401;
        }""",
        arg=token,
    )


async def test_leaving_the_page_with_a_draft_is_asked_once(house: House, mira: At) -> None:
    writer = Writer(house).write("Hallo.")
    counsellor = await mira()
    page = counsellor.page
    await open_contact(page, writer)
    await counsellor.claim()
    await page.get_by_role("button", name="Antworten", exact=True).click()
    await page.locator("#composer").fill("Halb fertig")
    asked: list[str] = []

    async def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        await dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", stay)
    await page.evaluate("setTimeout(() => location.reload(), 0)")
    await expect(page.locator("#composer")).to_have_value("Halb fertig")
    while not asked:
        await page.wait_for_timeout(20)
    assert asked == ["beforeunload"]
    await page.get_by_role("button", name="Zurück zur Liste").click()
    await to_box(page, "Meine")
    await expect(page.locator("button.row")).to_contain_text("Entwurf")


async def test_wrong_passphrases_get_slower_never_final(house: House, visitor: Arrive) -> None:
    arrived = await visitor()
    page = await arrived.open("/team/")
    await page.locator("input[name=username]").fill("mira")
    for _ in range(5):
        await page.locator("#passphrase").fill("falsch falsch falsch falsch falsch")
        await page.get_by_role("button", name="Anmelden").click()
        await expect(page.locator(".notice")).to_be_visible()
        await expect(page.locator("form")).to_have_attribute("aria-busy", "false")
        if await page.locator(".countdown").count():
            break
    await expect(page.locator(".countdown")).to_be_visible()
    await expect(page.locator(".countdown")).to_have_count(0)
    await page.locator("#passphrase").fill(house.members["mira"].passphrase)
    await page.get_by_role("button", name="Anmelden").click()
    await expect(page.locator(".shell")).to_be_visible()
    await arrived.recorder.settle()
    assert all(house.members["mira"].passphrase.encode() not in one.body for one in arrived.recorder.exchanges)
