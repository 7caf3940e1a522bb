"""Joining a team: key pair in the browser, words read aloud, nothing readable before the lead says so."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.at_console import Arrive, open_contact
from tests.browser.letters import Writer
from tests.house import House
from tests.leaks import Planted


async def test_from_the_invitation_to_the_first_contact_read(house: House, visitor: Arrive, planted: Planted) -> None:
    invited = house.command(
        "members", "invite", "nora", "--name", "Nora Lind", "--team", "rz-wm", "--config", str(house.config)
    )
    code = next(line.strip() for line in invited.stdout.splitlines() if len(line.split()) == 8)
    writer = Writer(house).write(planted.sentence)

    arrived = await visitor()
    page = await arrived.open("/team/#einladung")
    await expect(page.get_by_role("heading", name="Willkommen im Team")).to_be_visible()
    assert page.url == f"{house.url}/team/"
    await page.get_by_label("Code der Einladung").fill("das ist er nicht")
    await page.get_by_role("button", name="Weiter").click()
    await expect(page.locator(".notice")).to_contain_text("Diese Einladung gilt nicht")
    await page.get_by_label("Code der Einladung").fill(code.upper())
    await page.get_by_role("button", name="Weiter").click()
    await expect(page.get_by_role("heading", name="Guten Tag, Nora Lind")).to_be_visible()

    await page.locator("#new-passphrase").fill("Nora1985")
    await page.locator("#again").fill("Nora1985")
    await expect(page.locator("#strength")).to_contain_text("Zu schwach")
    await page.get_by_role("button", name="Schlüssel machen").click()
    await expect(page.locator(".notice")).to_contain_text("zu schwach")

    await page.get_by_role("button", name="Sechs Wörter auslosen").click()
    await expect(page.locator("#strength")).to_contain_text("Stark.")
    passphrase = await page.locator("#new-passphrase").input_value()
    assert len(passphrase.split()) == 6
    await page.locator("#again").fill("etwas anderes")
    await page.get_by_role("button", name="Schlüssel machen").click()
    await expect(page.locator(".notice")).to_contain_text("verschieden")
    await page.locator("#again").fill(passphrase)
    await page.get_by_role("button", name="Schlüssel machen").click()
    await expect(page.get_by_role("heading", name="Ihr Schlüssel ist da")).to_be_visible()
    words = [await word.inner_text() for word in await page.locator(".fingerprint li").all()]
    exported = house.command("members", "export-key", "nora", "--config", str(house.config))
    assert " ".join(words) in exported.stderr, "what is read aloud is what the lead sees"

    await page.get_by_role("button", name="Zur Anmeldung").click()

    async def log_in() -> None:
        await page.locator("input[name=username]").fill("nora")
        await page.locator("#passphrase").fill(passphrase)
        await page.get_by_role("button", name="Anmelden").click()
        await expect(page.locator(".shell")).to_be_visible()

    await log_in()
    await expect(page.locator(".list .notice")).to_contain_text("noch nicht freigegeben")
    await open_contact(page, writer)
    assert planted.sentence not in await page.content()
    await expect(page.locator(".letter")).to_contain_text("Anderer Schlüssel")

    house.command(
        "members", "grant", "nora", "--secrecy", "2026-11-02", "--seed-file", str(house.seed_file("rz-wm")),
        "--fingerprint", " ".join(words), "--config", str(house.config),
    )  # fmt: skip
    await page.locator(".lock").click()
    await page.locator("#passphrase").fill(passphrase)
    await page.get_by_role("button", name="Entsperren").click()
    await expect(page.locator(".letter")).to_contain_text(planted.sentence)

    await arrived.recorder.settle()
    for one in arrived.recorder.exchanges:
        assert passphrase.encode() not in one.body
        assert planted.sentence.encode() not in one.body + one.answer
    await arrived.keeps_nothing()


async def test_a_used_invitation_is_refused_kindly(house: House, visitor: Arrive) -> None:
    page = await (await visitor()).open("/team/#einladung=gibt%20es%20nicht")
    await expect(page.get_by_label("Code der Einladung")).to_have_value("gibt es nicht")
    assert page.url == f"{house.url}/team/", "the code does not stay in the address bar"
    await page.get_by_role("button", name="Weiter").click()
    await expect(page.locator(".notice")).to_contain_text("Diese Einladung gilt nicht oder nicht mehr.")


async def test_a_key_swapped_by_the_server_is_an_alarm(house: House, visitor: Arrive) -> None:
    arrived = await visitor()
    page = await arrived.open("/team/#einladung=x")
    await page.route(
        "**/api/team/invitation",
        lambda route: route.fulfill(json={"member": "nora", "name": "Nora", "teams": ["rz-wm"]}),
    )
    await page.route(
        "**/api/team/enrol",
        lambda route: route.fulfill(
            status=201, json={"fingerprint": "acht ganz andere woerter stehen hier beim server"}
        ),
    )
    await page.get_by_role("button", name="Weiter").click()
    await page.get_by_role("button", name="Sechs Wörter auslosen").click()
    await page.locator("#again").fill(await page.locator("#new-passphrase").input_value())
    await page.get_by_role("button", name="Schlüssel machen").click()
    await expect(page.locator(".notice")).to_contain_text("einen anderen Schlüssel gespeichert")
    await expect(page.locator(".fingerprint")).to_have_count(0)
