"""While Frau Petersen writes, her team gets a new key. She notices nothing, and only the new key opens her text."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from playwright.async_api import expect

from crypto.envelope import inspect, open_envelope
from crypto.errors import EnvelopeUnreadable
from crypto.identity import Identity
from intake import directory
from tests.browser.visitor import Visitor
from tests.cast import TEACHER
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import HelpSeeker, book_of, envelope_of, nothing_leaked, root_of

TEAM = "rz-wm"


async def test_a_contact_sealed_to_an_old_key_is_sealed_again_by_itself(
    house: House, visitor: Callable[..., Awaitable[Visitor]], planted: Planted
) -> None:
    old = Identity.from_seed(house.seed(TEAM))
    teacher = HelpSeeker(await visitor())
    await teacher.begin(TEACHER)
    await expect(teacher.reader).to_contain_text("Westmecklenburg")
    await teacher.write(TEACHER.says(planted))

    # Somebody left the team: new epoch, new directory, while the form is open.
    await new_epoch(house, TEAM)
    new = Identity.from_seed(house.seed(TEAM))
    assert new.public.kid != old.public.kid

    words = await teacher.send()
    await teacher.visitor.recorder.settle()
    refused, accepted = teacher.visitor.recorder.sent("POST", "/api/contacts")
    assert (refused.status, accepted.status) == (409, 201)
    assert inspect(envelope_of(refused)).kids[0] == old.public.kid
    sealed = envelope_of(accepted)
    assert inspect(sealed).kids[0] == new.public.kid
    context = inspect(sealed).context
    assert planted.sentence.encode() in open_envelope(sealed, new, context=context).payload
    with pytest.raises(EnvelopeUnreadable):
        open_envelope(sealed, old, context=context)

    await nothing_leaked(house, planted, words, teacher.visitor)


async def new_epoch(house: House, team: str) -> None:
    """As the lead and the keeper of the root do it, by the command line; the house hears of it with SIGHUP."""
    before = book_of(house).version
    await asyncio.to_thread(sign_new_key, house, team)
    assert book_of(house).version == before + 1
    house.hang_up()
    async with aiohttp.ClientSession() as line:
        for _ in range(200):
            async with line.get(f"{house.url}/verzeichnis") as answer:
                if directory.read_any_age(await answer.read(), root_of(house)).version > before:
                    return
            await asyncio.sleep(0.02)
    raise AssertionError("the new directory did not arrive")


def sign_new_key(house: House, team: str) -> None:
    """Lead: a new seed. Office: take in its public key, draft. Root: sign. Office: publish."""
    network, lead = house.folder / "network", house.folder / "lead"
    seed, public = lead / f"{team}.2.seed", house.folder / f"{team}.2.json"
    house.command("directory", "make-key", team, "--epoch", "2", "--seed-file", str(seed), "--out", str(public))
    house.command("directory", "add-key", str(network), str(public))
    house.command("directory", "draft", str(network))
    draft, signed = network / "draft" / "directory.json", network / "directory.ekd"
    house.command(
        "directory", "sign", str(draft), "--root-seed", str(lead / "root.seed"), "--out", str(signed), "--yes"
    )
    house.command("directory", "publish", str(network), str(signed), "--to", str(house.data / "directory"))
