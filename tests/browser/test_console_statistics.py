"""Counting at the end of a contact, and what a team and its coordination read of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.at_console import At, clean, do, mira, open_contact, to_box
from tests.browser.letters import Writer
from tests.house import House

__all__ = ["mira"]  # the fixture

HALF = "2025-2"  # over
KREISE = ("DE80M", "DE80O", "DE80L")


def seeded(house: House) -> None:
    """A half-year of a Land with three Kreise, in one of them few relatives."""
    counts = {"exit": (14, 9, 20), "relative": (31, 3, 15), "professional": (8, 12, 9)}
    rows = [
        (HALF, "DE8", kreis, "role", role, counts[role][i]) for role in counts for i, kreis in enumerate(KREISE)
    ] + [(HALF, "DE8", "rz-wm", "promise", "kept", 40), (HALF, "DE8", "rz-wm", "promise", "late", 9)]
    with sqlite3.connect(house.database) as database:
        database.executemany("INSERT INTO statistics VALUES (?, ?, ?, ?, ?, ?)", rows)


def counted(house: House) -> set[tuple[str, str, str, int]]:
    with sqlite3.connect(house.database) as database:
        sql = (
            "SELECT place, subject, value, count FROM statistics WHERE half <> ? AND subject NOT IN ('pace', 'promise')"
        )
        return set(database.execute(sql, (HALF,)))


async def go(page: Page, name: str) -> None:
    await page.locator(".bar-only").click()
    await page.locator("dialog .menu button", has_text=name).click()


async def test_ending_a_contact_counts_each_answer_on_its_own(house: House, mira: At) -> None:
    writer = Writer(house).write("Mein Sohn sagt Sachen, die mir Angst machen.")
    page = (await mira()).page
    await to_box(page, "Neu")
    await open_contact(page, writer)
    await page.get_by_role("button", name="Ich übernehme").click()
    await do(page, "Beenden")
    await page.get_by_label("Weitergegeben, mit Einverständnis der Person.").check()
    await expect(page.locator(".counting")).to_contain_text("Es zählt das Team, das weitermacht.")
    await page.get_by_label("Beantwortet. Mehr ist nicht nötig.").check()
    await page.get_by_label("Von wem wurde die Person zu uns geschickt?").select_option("school")
    await page.get_by_text("Was hat sich verändert? (freiwillig)").click()
    await page.get_by_label("Die Person sieht ihre Lage klarer.").check()
    await clean(page, "counting")
    async with page.expect_response("**/api/team/statistics") as answered:
        await page.locator("dialog").get_by_role("button", name="Beenden").click()
    assert (await answered.value).ok
    await expect(page.locator(".toast")).to_contain_text("ist beendet")
    found = {(subject, value) for _, subject, value, _ in counted(house)}
    assert {("kind", "one_off"), ("referral", "school"), ("duration", "week"), ("channel", "web")} <= found
    assert {("indicator_clarity", "yes"), ("indicator_goals", "no")} <= found


async def test_numbers_of_a_half_year_that_is_over(house: House, mira: At, tmp_path: Path) -> None:
    seeded(house)
    page = (await mira()).page
    await go(page, "Zahlen")
    await expect(page.get_by_role("heading", name="Zahlen")).to_be_focused()
    card = page.locator(".card-box", has_text="Wer sich gemeldet hat")
    await expect(card.locator(".bars li").first).to_contain_text("Will selbst raus")
    await card.get_by_text("Nach Kreisen").click()
    cells = await card.locator("tbody td").all_inner_texts()
    assert "·" in cells  # the 3 relatives, and what would give them away
    assert not {"1", "2", "3", "4"} & set(cells)
    await clean(page, "numbers")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Als Tabelle sichern (CSV)").click()
    path = tmp_path / "statistics.csv"
    await (await download.value).save_as(path)
    text = path.read_text("utf-8-sig")
    assert "Wer sich gemeldet hat\n" in text
    assert "unter 5" in text
    assert await page.locator(".gap-map .hole").count() > 0
