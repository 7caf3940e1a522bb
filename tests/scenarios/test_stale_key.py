"""While Frau Petersen writes, her team gets a new key. She notices nothing, and only the new key opens her text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from crypto.envelope import inspect, open_envelope
from crypto.errors import EnvelopeUnreadable
from crypto.identity import Identity
from tests.browser.visitor import Visitor
from tests.cast import TEACHER
from tests.house import House
from tests.leaks import Planted
from tests.scenarios.journey import HelpSeeker, envelope_of, nothing_leaked, publish_key

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
    """The lead makes a new seed, by the command line."""
    seed, public = house.folder / "lead" / f"{team}.2.seed", house.folder / f"{team}.2.json"
    house.command("directory", "make-key", team, "--epoch", "2", "--seed-file", str(seed), "--out", str(public))
    await publish_key(house, public)
