"""Anne finds signs in her son's room, writes at night, and reads an answer two days later on another device."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from tests.browser.visitor import Visitor
from tests.cast import ANNE, MIRA
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import AtTheConsole, HelpSeeker, envelope_of, nothing_leaked

ANSWER = "Guten Tag. Schön, dass Sie schreiben. Reden Sie mit ihm über die Musik, nicht über die Zeichen."


async def test_the_mother_from_wismar_gets_an_answer(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    # At night, on her telephone: from the first page through the door that fits.
    anne = HelpSeeker(await visitor())
    await anne.visitor.open("/")
    await anne.page.get_by_role("link", name="Ich sorge mich um jemanden").click()
    await expect(anne.page.locator("input[name=role][value=relative]")).to_be_checked()
    await anne.page.locator("input[name=phenomena][value=RE]").check()
    await anne.page.locator("#ort").fill("23966")
    await expect(anne.page.locator("#ort-antwort")).to_contain_text("Nordwestmecklenburg")
    await anne.onward(2)

    # She sees who will read it before she writes a word.
    await expect(anne.reader).to_contain_text("Westmecklenburg")
    await expect(anne.reader.locator(".badges")).to_be_visible()
    await expect(anne.page.locator("[data-step='2'] .limits")).to_be_visible()
    await anne.write(ANNE.says(planted))
    words = await anne.send()
    await expect(anne.page.locator("#wann")).not_to_be_empty()

    # One sealed request, no place in it, and nothing else told to the server.
    await anne.visitor.recorder.settle()
    (sent,) = anne.visitor.recorder.sent("POST", "/api/contacts")
    assert sent.status == 201
    assert envelope_of(sent).startswith(b"EK1\n\x01\x02")
    everything = " ".join(anne.visitor.recorder.urls) + sent.body.decode()
    assert "23966" not in everything
    assert "DE80M" not in everything

    # She practises the words.
    await anne.page.locator("#ueben").click()
    await anne.page.locator("#probe").fill(" ".join(word[:4] for word in words))
    await anne.page.locator("#pruefen").click()
    await expect(anne.page.locator("#probe-stand")).not_to_be_empty()
    await anne.visitor.keeps_nothing()
    await anne.visitor.stayed_at_home()

    # In the morning Mira finds it on her phone, takes it, reads, answers.
    mira = AtTheConsole(await visitor(), house)
    await mira.log_in(MIRA.member)
    letters = await mira.open_newest()
    await expect(letters).to_contain_text(planted.sentence)
    await mira.claim()
    await mira.answer(ANSWER)

    # Anne comes back on the computer at work, in capitals and with hyphens.
    later = HelpSeeker(await visitor(width=1280))
    await later.come_back("-".join(words).upper())
    await expect(later.letters).to_have_count(2)
    await expect(later.letters.first).to_contain_text(planted.sentence)
    await expect(later.letters.last).to_contain_text(ANSWER)
    await later.visitor.keeps_nothing()
    assert all(word not in url for url in later.visitor.recorder.urls for word in words)

    await nothing_leaked(house, planted, words, anne.visitor, mira.visitor, later.visitor)
