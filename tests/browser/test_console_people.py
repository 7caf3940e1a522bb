"""The own access: passkey and codes as second step, open sessions, a new passphrase."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.async_api import Page, expect

from tests import leaks
from tests.browser.at_console import Arrive, clean
from tests.browser.duty_cast import Colleague, Refusal
from tests.house import House


async def log_in(page: Page, member: str, passphrase: str) -> None:
    await page.locator("input[name=username]").fill(member)
    await page.locator("#passphrase").fill(passphrase)
    await page.get_by_role("button", name="Anmelden").click()


async def test_a_passkey_and_codes_as_second_step_and_a_session_cut_off(house: House, visitor: Arrive) -> None:
    """At a name instead of a number, as the standard wants it; the authenticator is Chromium's virtual one."""
    named = f"http://localhost:{house.port}"
    house.settings["public_url"] = named
    house.restart()
    someone = await visitor()
    page = someone.page
    await page.context.route(f"{named}/**", lambda route: route.continue_())
    tools = await page.context.new_cdp_session(page)
    await tools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    await tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    secret = house.members["mira"].passphrase
    await page.goto(f"{named}/team/")
    await log_in(page, "mira", secret)
    await to_account(page)
    await page.get_by_role("button", name="Passkey einrichten").click()
    await expect(page.locator(".way.good", has_text="allein öffnet nichts")).to_be_visible()
    await page.get_by_role("button", name="Codes aus einer App").click()
    await expect(page.locator("dialog svg.qr")).to_be_visible()
    key = base64.b32decode(await page.locator("dialog .anywhere").inner_text())
    await page.get_by_label("Code aus der App").fill(code(key))
    await page.get_by_role("button", name="Einrichten", exact=True).click()
    await expect(page.locator(".card-box", has_text="Codes aus einer App")).to_be_visible()
    await clean(page, "own access")

    # The passphrase alone opens nothing; the passkey does.
    await page.locator(".lock").click()
    await page.locator("#passphrase").fill(secret)
    await page.get_by_role("button", name="Entsperren").click()
    await expect(page.get_by_role("heading", name="Noch ein Schritt")).to_be_visible()
    await clean(page, "second step")
    await page.get_by_label("Code aus der App").fill("000000")
    await page.get_by_role("button", name="Weiter").click()
    await expect(page.locator(".notice")).to_contain_text("nicht gestimmt")
    await page.get_by_role("button", name="Passkey benutzen").click()
    await expect(page.locator(".shell")).to_be_visible()

    # From a stranger's machine: without the second factor there is no session to replay, and no key to guess at.
    with pytest.raises(Refusal) as refused:
        Colleague(house, "mira")
    assert refused.value.body["error"] == "second_factor"
    assert "session" not in refused.value.body

    # A second console, with a code this time, is seen and cut off.
    other = await (await visitor()).open("/team/")
    await log_in(other, "mira", secret)
    await expect(other.locator(".notice")).to_contain_text("Passkeys gehen unter dieser Adresse nicht")
    await other.get_by_label("Code aus der App").fill(code(key, later=30))
    await other.get_by_role("button", name="Weiter").click()
    await expect(other.locator(".shell")).to_be_visible()
    await page.locator("nav.bar button:visible", has_text="Neu").click()
    await to_account(page)
    await (
        page.get_by_role("button", name="Computer abmelden")
        .or_(page.get_by_role("button", name="Telefon abmelden"))
        .first.click()
    )
    await other.reload()
    await page.get_by_role("button", name="Passphrase ändern").click()
    await page.locator("#old-passphrase").fill("die ist es nicht")
    await page.get_by_role("button", name="Sechs Wörter auslosen").click()
    fresh = await page.locator("#new-passphrase").input_value()
    await page.locator("#again").fill(fresh)
    await page.get_by_role("button", name="Ändern", exact=True).click()
    await expect(page.locator("dialog .notice")).to_contain_text("bisherige Passphrase stimmt nicht")
    await page.locator("#old-passphrase").fill(secret)
    await page.get_by_role("button", name="Ändern", exact=True).click()
    await expect(page.locator(".toast")).to_contain_text("Die neue Passphrase gilt")
    await page.locator(".lock").click()
    await page.locator("#passphrase").fill(fresh)
    await page.get_by_role("button", name="Entsperren").click()
    await page.get_by_role("button", name="Passkey benutzen").click()
    await expect(page.locator(".shell")).to_be_visible()
    leaks.assert_none([leaks.sentence("the passphrase", fresh)], leaks.files(*house.written), at_least=2)


def code(key: bytes, later: int = 0) -> str:
    """What an app shows, now or in the next half minute."""
    return TOTP(key, 6, SHA1(), 30).generate(int(datetime.now(UTC).timestamp()) + later).decode()  # noqa: S303


async def to_account(page: Page) -> None:
    await page.get_by_role("button", name="Mehr", exact=True).click()
    await page.locator("dialog .menu button", has_text="Mein Zugang").click()
    await expect(page.get_by_role("heading", name="Zweiter Nachweis")).to_be_visible()
