"""The messenger's door: help-seekers with real messengers on a real homeserver, a real desk behind it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.leaks import Planted
from tests.matrix.contact_house import ContactHouse
from tests.matrix.gateway import Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

pytestmark = pytest.mark.matrix
NewPhone = Callable[..., Awaitable[Phone]]
ANSWER = "Danke für Ihr Vertrauen. Wir können am Mittwoch in Ruhe sprechen."


@pytest.fixture
async def house(tmp_path: Path, gateway: Gateway, homeserver: Homeserver) -> AsyncIterator[ContactHouse]:
    made = ContactHouse(tmp_path, gateway, homeserver)
    await made.open()
    yield made
    await made.stop()


async def test_a_mother_from_wismar_writes_and_is_answered(
    house: ContactHouse, new_phone: NewPhone, planted: Planted, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "erstkontakt")
    phone = await new_phone()
    room = await house.invite(phone)
    hello = await house.read(phone, "Guten Tag")
    assert "Ehrlich vorab" in hello
    await house.read(phone, "Wer schreibt?")
    words = await house.write(phone, room, f"{planted.sentence}. Meine Nummer ist {planted.number}.")
    (row,) = await house.inbox()
    contact = await house.opened(row)
    assert (contact["text"], contact["role"], contact["kreis"]) == (
        f"{planted.sentence}. Meine Nummer ist {planted.number}.",
        "relative",
        "DE80M",
    )
    assert (row.team, row.channel) == ("rz-wm", "matrix")
    await house.answer(row, ANSWER)
    brought = await house.read(phone, ANSWER)
    assert brought.startswith("Regionalzentrum")
    await house.say(phone, room, ("notiert", "zurückgenommen"))
    await house.say(phone, room, ("Danke, Mittwoch passt mir gut.", "weiter"), ("fertig", "beim Team"))
    assert (await house.letters(row))[1:] == ["Danke, Mittwoch passt mir gut."]
    assert not phone.unreadable
    house.nothing_leaked(planted, words, ANSWER, log=caplog.text)


async def test_a_picture_and_a_voice_message_go_sealed_to_the_team(
    house: ContactHouse, new_phone: NewPhone, planted: Planted
) -> None:
    phone = await new_phone()
    room = await house.meet(phone)
    picture = b"\xff\xd8\xff" + planted.sentence.encode() + bytes(70_000)
    voice = b"OggS" + planted.number.encode()
    way = (("2", "Worum geht es"), ("1", "Wo leben Sie"), ("23966", "Wer wird es lesen"), ("ja", "fertig"))
    await house.say(phone, room, *way)
    await phone.attach(room, picture, name="urlaub.jpg", type_="image/jpeg")
    await house.read(phone, "Ist dabei")
    await phone.attach(room, voice, name="Sprachnachricht", type_="audio/ogg", kind="m.audio")
    await house.read(phone, "Ist dabei")
    await phone.attach(room, b"%PDF", name="brief.pdf", type_="application/pdf", kind="m.file")
    await house.read(phone, "nur Text, Bilder und Sprachnachrichten")
    removed = await phone.attach(room, b"\x89PNG", name="falsch.png", type_="image/png")
    await house.read(phone, "Ist dabei")
    await phone.nio.room_redact(room, removed)
    await house.read(phone, "nicht mehr dabei")
    await house.say(phone, room, ("fertig", "acht Wörter"))
    await house.read(phone, "Anhänge sind auch beim Team")
    (row,) = await house.inbox()
    assert (await house.opened(row))["text"].splitlines() == [
        "[Bild „urlaub.jpg“, 0,1 MB]",
        "",
        "[Sprachnachricht „Sprachnachricht“, 0,1 MB]",
    ]
    found = [await house.attachment(row, number) for number in (1, 2)]
    assert [content for _, content in found] == [picture, voice]
    assert [head["type"] for head, _ in found] == ["image/jpeg", "audio/ogg"]
    house.nothing_leaked(planted)
