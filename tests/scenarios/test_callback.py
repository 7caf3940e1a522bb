"""Anne wants to be called: "Anne", not on the voicemail, Tuesday 10 to 11. And those who must not be called."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from playwright.async_api import expect

from intake.working_time import public_holidays
from tests import leaks
from tests.browser.at_console import clean
from tests.browser.pages import axe, overflow
from tests.browser.visitor import Visitor
from tests.cast import ANNE, JONAS, MIRA
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import AtTheConsole, HelpSeeker, nothing_leaked

BERLIN = ZoneInfo("Europe/Berlin")
WORD = "Sonnenblumenhonig vom Dorf"


def monday() -> datetime:
    """The next Monday, 8 in the morning, of three days without a holiday."""
    day = datetime.now(BERLIN).date() + timedelta(days=1)
    while day.weekday() != 0 or any(off in public_holidays(off.year, "MV") for off in days_from(day, 3)):
        day += timedelta(days=1)
    return datetime.combine(day, time(8), BERLIN)


def days_from(day: date, count: int) -> list[date]:
    return [day + timedelta(days=n) for n in range(count)]


def said(day: datetime) -> str:
    return str(format_date(day, "EEEE, d. MMMM", "de"))


def callable_number(planted: Planted) -> Planted:
    """A number that exists: two digits in the range that is kept free for films."""
    return Planted(planted.sentence, f"0171 39200{planted.number[-2:]}")


def sealed(house: House) -> list[bytes | None]:
    with sqlite3.connect(f"file:{house.database}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute("SELECT envelope FROM callbacks")]


def believed(house: House, now: datetime) -> None:
    """The service has not slept through the day: its last tick was a moment ago."""
    with sqlite3.connect(house.database, timeout=60) as database:
        database.execute("UPDATE marks SET value = ? WHERE name = 'erasing'", (int(now.timestamp()),))


@pytest.fixture
async def week(house: House) -> datetime:
    """It is Monday morning in the house."""
    begin = monday()
    house.set_clock(begin)
    house.restart()
    return begin


async def test_the_mother_from_wismar_is_called_on_tuesday(
    house: House, week: datetime, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    planted = callable_number(planted)
    tuesday = week + timedelta(days=1)
    anne = HelpSeeker(await visitor())
    await anne.ask_for_a_call(ANNE, planted.number, said(tuesday), "10:00", "11:00", WORD)
    await anne.page.locator("#text").fill(planted.sentence)
    words = await anne.send()
    await anne.visitor.recorder.settle()
    sent = anne.visitor.recorder.sent("POST", "/api/contacts")[-1]  # her clock is behind, so she stamps twice
    assert f'"windows":[{{"day":"{tuesday.date()}","from":"10:00","to":"11:00"}}]' in sent.body.decode()

    # Before ten nobody can dial; at ten the console calls somebody.
    mira = AtTheConsole(await visitor(), house)
    await mira.log_in(MIRA.member)
    await mira.page.get_by_role("button", name="Mehr").click()
    await mira.page.locator("dialog .menu button", has_text="Rückrufe").click()
    await expect(mira.page.locator(".cards h2")).to_contain_text("10:00 bis 11:00 Uhr")
    await mira.page.get_by_role("button", name="Öffnen").click()
    await expect(mira.page.locator(".script .word")).to_have_text(WORD)
    await expect(mira.page.locator(".script")).to_contain_text("Hallo, hier ist Anne.")
    await expect(mira.page.locator(".script")).to_contain_text("Auflegen, nichts sagen")
    await expect(mira.page.get_by_role("button", name="Jetzt anrufen")).to_have_attribute("aria-disabled", "true")
    assert planted.number.replace(" ", "")[1:] not in await mira.page.content()
    house.set_clock(tuesday.replace(hour=10))
    await mira.page.reload()
    await mira.log_in(MIRA.member)
    await expect(mira.page.locator(".strip.loud")).to_be_visible()
    await mira.page.locator(".strip").click()
    await (
        mira.page.locator(".alert-card", has_text="Rückruf fällig").get_by_role("button", name="Ich übernehme").click()
    )
    await mira.page.get_by_role("button", name="Zum Rückruf").click()
    await mira.page.get_by_role("button", name="Jetzt anrufen").click()
    e164 = "+49" + planted.number.replace(" ", "")[1:]
    await expect(mira.page.locator(".dial a")).to_have_attribute("href", f"tel:%2331%23{e164}")

    # Jonas would have called, too.
    jonas = AtTheConsole(await visitor(width=1280), house)
    await jonas.log_in(JONAS.member)
    await jonas.page.locator("nav.bar button", has_text="Rückrufe").click()
    await expect(jonas.page.locator(".cards h2")).to_contain_text("Mira Petersen ruft gerade an.")

    await mira.page.locator(".menu button", has_text="Nicht erreicht").click()
    await expect(mira.page.locator(".cards h2")).to_contain_text("10:20 bis 11:00 Uhr")
    later = HelpSeeker(await visitor())
    await later.come_back(" ".join(words))
    await expect(later.page.locator("#anruf-lage")).to_contain_text("nicht erreicht (Versuche: 1)")

    house.set_clock(tuesday.replace(hour=10, minute=21))
    await mira.page.get_by_role("button", name="Öffnen").click()
    dial = mira.page.get_by_role("button", name="Jetzt anrufen")
    await expect(dial).to_have_attribute("aria-disabled", "false", timeout=40_000)
    await dial.click()
    await mira.page.locator(".menu button", has_text="Erreicht").first.click()
    await later.page.locator("#neu-laden").click()
    await expect(later.page.locator("#anruf-lage")).to_contain_text("Wir haben Sie erreicht.")

    # A day later the number is in no file, though the letter lives on.
    (agreement,) = sealed(house)
    assert agreement is not None
    gone = leaks.key("the sealed agreement", agreement[3000:3064])
    assert leaks.search([gone], leaks.files(house.data))
    house.set_clock(tuesday + timedelta(days=1, hours=4))
    believed(house, tuesday + timedelta(days=1, hours=4))
    while sealed(house) != [None]:
        await later.page.wait_for_timeout(100)
    leaks.assert_none([gone], leaks.files(house.data), at_least=2)
    visitors = (anne.visitor, mira.visitor, jonas.visitor, later.visitor)
    await nothing_leaked(house, planted, words, *visitors)
    leaks.assert_none([leaks.sentence("the code word", WORD)], leaks.files(*house.written), at_least=2)


async def test_a_prank_with_somebody_elses_number(
    house: House, week: datetime, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    """Two ask for a call to the same number: the counsellor sees it, and after "never again" nobody is called there."""
    planted = callable_number(planted)
    tuesday = week + timedelta(days=1)
    codes = []
    for start in ("10:00", "10:30"):
        joker = HelpSeeker(await visitor())
        await joker.ask_for_a_call(ANNE, planted.number, said(tuesday), start, "11:00", WORD)
        codes.append(await joker.send())
    house.set_clock(tuesday.replace(hour=10, minute=1))
    mira = AtTheConsole(await visitor(width=1280), house)
    await mira.log_in(MIRA.member)
    await mira.page.locator("nav.bar button", has_text="Rückrufe").click()
    await expect(mira.page.locator(".alert-card", has_text="noch einen offenen Rückruf")).to_have_count(2)
    await mira.page.locator(".alert-card.loud").get_by_role("button", name="Öffnen").click()
    await clean(mira.page, "a callback")
    await mira.page.get_by_role("button", name="Jetzt anrufen").click()
    await mira.page.locator(".menu button", has_text="Nicht mehr anrufen").click()
    await mira.page.get_by_role("button", name="Ja, nicht mehr anrufen").click()
    other = mira.page.locator(".alert-card", has_text="Liste „nicht mehr anrufen“")
    await expect(other).to_have_count(1)
    await clean(mira.page, "the list of callbacks")
    await other.get_by_role("button", name="Öffnen").click()
    await expect(mira.page.get_by_role("button", name="Jetzt anrufen")).to_have_count(0)
    await mira.page.get_by_role("button", name="Nicht anrufen, Nummer löschen").click()
    await expect(mira.page.locator(".empty")).to_be_visible()
    assert sealed(house) == [None, None]
    await nothing_leaked(house, planted, codes[0], mira.visitor)


async def test_the_person_moves_the_call_and_nobody_is_called_in_prison(
    house: House, week: datetime, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    planted = callable_number(planted)
    tuesday = week + timedelta(days=1)
    anne = HelpSeeker(await visitor(width=320, scheme="dark"))
    await anne.ask_for_a_call(ANNE, planted.number, said(tuesday), "10:00", "11:00", WORD)
    assert await axe(anne.page) == []
    await anne.onward(3)
    await anne.page.locator("#haft").check()
    await expect(anne.page.get_by_role("heading", name="Ins Gefängnis rufen wir nicht an")).to_be_visible()
    await expect(anne.page.locator("#haft-teams li")).not_to_have_count(0)
    await expect(anne.page.locator("#nummer")).to_be_hidden()
    assert await axe(anne.page) == []
    await anne.page.locator("#haft").uncheck()
    for typed, why in (("110", "Notruf"), ("0900 1 234567", "Sondernummern"), ("+43 664 1234567", "Ausland")):
        await anne.page.locator("#nummer").fill(typed)
        await anne.onward(4)
        await expect(anne.page.locator("#nummer-f")).to_contain_text(why)
    await anne.page.locator("#nummer").fill(planted.number)
    assert await axe(anne.page) == []
    assert await overflow(anne.page) <= 0
    await anne.onward(4)
    words = await anne.send()
    await anne.visitor.keeps_nothing()

    later = HelpSeeker(await visitor())
    await later.come_back(" ".join(words))
    await later.page.locator("#anruf-titel").click()
    await expect(later.page.locator("#anruf-wort")).to_have_value(WORD)
    await later.choose_time(said(tuesday + timedelta(days=1)), "14:00", "15:00")
    await later.page.locator("#anruf-senden").click()
    await expect(later.page.locator("#anruf-zeiten")).to_contain_text("14:00 bis 15:00 Uhr")
    assert await axe(later.page) == []
    house.set_clock(tuesday.replace(hour=10, minute=5))
    mira = AtTheConsole(await visitor(), house)
    await mira.log_in(MIRA.member)
    letters = await mira.open_newest()
    await expect(letters.locator(".call-strip")).to_contain_text("14:00 bis 15:00 Uhr")
    await later.page.locator("#anruf-absagen").click()
    await expect(later.page.locator("#anruf-lage")).to_contain_text("Der Anruf ist abgesagt.")
    assert sealed(house) == [None]
    await nothing_leaked(house, planted, words, anne.visitor, later.visitor, mira.visitor)
