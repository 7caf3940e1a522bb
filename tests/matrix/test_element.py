"""Row j against the crypto of Element itself: a client that trusts signed devices only reads us and is read."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.matrix.conftest import Account, until
from tests.matrix.element_phone import ElementPhone, install
from tests.matrix.homeserver import Homeserver

USER = "@element:lab.test"


@pytest.fixture
async def element(homeserver: Homeserver) -> AsyncIterator[ElementPhone]:
    install()
    homeserver.register("element", "pw")
    phone = ElementPhone(homeserver.url, "element", "ELEMENT")
    await phone.start()
    yield phone
    await phone.stop()


async def test_row_j_strict_element_reads_us_and_we_read_it(account: Account, element: ElementPhone) -> None:
    assert await element("sign")
    await element("strict", on=True)
    room = await account.client.open_room(USER)
    await until(lambda: room in element.joined)
    await account.until(lambda: account.joined(room, USER) and account.client.devices(USER))
    await account.client.send(room, USER, "Sie werden gerufen", "t1")
    # The words may be there a moment before their key (None); they are read when it has come, and only once.
    await until(lambda: any(element.read))
    assert [text for text in element.read if text is not None] == ["Sie werden gerufen"]
    await element("say", room=room, body="übernehme")
    await account.until(lambda: account.messages())
    assert account.texts() == ["übernehme"]
    assert await element("signed", of=account.user) == {account.session.device: True}
