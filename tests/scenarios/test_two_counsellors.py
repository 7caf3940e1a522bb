"""Mira and Jonas see the same contact at the same moment. One takes it; the other is told who."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import expect

from tests.browser.visitor import Visitor
from tests.cast import JONAS, MIRA, TEACHER
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import AtTheConsole, HelpSeeker, nothing_leaked, sealed_contacts


async def test_the_first_claim_wins_and_the_second_is_told_who(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    teacher = HelpSeeker(await visitor())
    words = await teacher.write_and_send(TEACHER, planted)

    both = [AtTheConsole(await visitor(), house), AtTheConsole(await visitor(), house)]
    for counsellor, member in zip(both, (MIRA, JONAS), strict=True):
        await counsellor.log_in(member.member)
        await expect(await counsellor.open_newest()).to_contain_text(planted.sentence)

    # Either may see the other's claim before their own finger is down; then there is nothing to press any more.
    await asyncio.gather(
        *(
            counsellor.page.get_by_role("button", name="Ich übernehme").or_(counsellor.page.locator(".held")).click()
            for counsellor in both
        )
    )
    answering = [counsellor.page.get_by_role("button", name="Antworten", exact=True) for counsellor in both]
    for counsellor, answer in zip(both, answering, strict=True):
        await expect(answer.or_(counsellor.page.locator(".held"))).to_be_visible()
        await counsellor.visitor.recorder.settle()

    (contact,) = sealed_contacts(house)
    winner = contact["claimed_by"]
    for counsellor, member, answer in zip(both, (MIRA, JONAS), answering, strict=True):
        claims = [one for one in counsellor.visitor.recorder.exchanges if one.path.endswith("/claim")]
        if member.member == winner:
            assert [one.status for one in claims] == [200]
            await expect(answer).to_be_visible()
        else:
            assert {one.status for one in claims} <= {409}  # or the list knew it before the finger did
            await expect(counsellor.page.locator(".held")).to_contain_text(house.members[winner].name)
            await expect(answer).to_have_count(0)

    await nothing_leaked(house, planted, words, teacher.visitor, *(one.visitor for one in both))
