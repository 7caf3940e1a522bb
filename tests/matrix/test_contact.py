"""The messenger's door: help-seekers with real messengers on a real homeserver, a real desk behind it."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from nio.event_builders import ToDeviceMessage

from bots.contact import ROOMS_EACH
from bots.limits import Buckets, Rate
from intake.errors import NoMailbox
from intake.sealing import Sealer
from tests.leaks import Planted
from tests.matrix.contact_house import ContactHouse, words_in
from tests.matrix.gateway import Fault, Gateway, healthy
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

pytestmark = pytest.mark.matrix
NewPhone = Callable[..., Awaitable[Phone]]
ANSWER = "Danke für Ihr Vertrauen. Wir können am Mittwoch in Ruhe sprechen."


@pytest.fixture(scope="module")
async def shared_house(homeserver: Homeserver, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ContactHouse]:
    gate = Gateway(homeserver.url)
    await gate.start()
    made = ContactHouse(tmp_path_factory.mktemp("contact"), gate, homeserver)
    await made.open()
    yield made
    await made.stop()
    await gate.stop()


@pytest.fixture
async def house(shared_house: ContactHouse) -> AsyncIterator[ContactHouse]:
    """One house for all; each story has people of its own."""
    await shared_house.look_away()
    yield shared_house
    shared_house.gateway.rule = healthy


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
    row = await house.newest()
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
    row = await house.newest()
    assert (await house.opened(row))["text"].splitlines() == [
        "[Bild „urlaub.jpg“, 0,1 MB]",
        "",
        "[Sprachnachricht „Sprachnachricht“, 0,1 MB]",
    ]
    found = [await house.attachment(row, number) for number in (1, 2)]
    assert [content for _, content in found] == [picture, voice]
    assert [head["type"] for head, _ in found] == ["image/jpeg", "audio/ogg"]
    house.nothing_leaked(planted)


class TestRooms:
    async def test_in_the_clear_nothing_is_taken_and_how_to_change_that_is_said(
        self, house: ContactHouse, new_phone: NewPhone, planted: Planted
    ) -> None:
        phone = await new_phone()
        room = await house.invite(phone, encrypted=False)
        told = await house.read(phone, "nicht verschlüsselt")
        assert "is not encrypted" in told
        before = len(await house.inbox())
        await phone.say(room, "Mein Bruder ist in Gefahr, bitte helfen Sie uns.")
        await house.read(phone, "nicht verschlüsselt")
        await phone.nio.room_put_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        await house.read(phone, "Guten Tag")
        await house.write(phone, room, planted.sentence)
        assert (await house.opened(await house.newest()))["text"] == planted.sentence
        assert len(await house.inbox()) == before + 1

    async def test_a_group_is_left_with_an_explanation_and_what_was_two_and_becomes_three_as_well(
        self, house: ContactHouse, new_phone: NewPhone
    ) -> None:
        phone, friend = await new_phone(), await new_phone()
        group = await house.invite(phone, others=(friend.user,))
        assert "nur mit einem Menschen allein" in await house.read(phone, "allein")
        await house.gone(phone, group)
        room = await house.meet(phone)
        await phone.nio.room_invite(room, friend.user)
        await house.read(phone, "allein")
        await house.gone(phone, room)
        assert await house.desk.rooms.of(room) is None

    async def test_two_rooms_of_one_account_are_two_conversations(
        self, house: ContactHouse, new_phone: NewPhone
    ) -> None:
        phone = await new_phone()
        first, second = await house.meet(phone), await house.meet(phone)
        way = (("2", "Worum geht es"), ("1", "Wo leben Sie"), ("23966", "Wer wird es lesen"), ("ja", "fertig"))
        await house.say(phone, first, *way, ("Mein Sohn will da raus, heute noch.", "ruhig weiter"))
        await house.write(phone, second, "Es geht um meinen Bruder, ich sorge mich.")
        assert (await house.opened(await house.newest()))["text"] == "Es geht um meinen Bruder, ich sorge mich."
        await house.say(phone, first, ("fertig", "acht Wörter"))
        texts = [(await house.opened(row))["text"] for row in await house.inbox()]
        assert "Mein Sohn will da raus, heute noch." in texts

    async def test_too_many_rooms_are_refused_and_nobody_else_waits(
        self, house: ContactHouse, new_phone: NewPhone
    ) -> None:
        greedy, other = await new_phone(), await new_phone()
        for _ in range(ROOMS_EACH):
            await house.meet(greedy)
        refused = await house.invite(greedy)
        await house.gone(greedy, refused)
        await house.meet(other)


class TestAnswers:
    async def test_one_that_comes_while_the_bot_is_down_and_one_that_is_forged(
        self, house: ContactHouse, new_phone: NewPhone
    ) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        words = await house.write(phone, room, "Ich brauche jemanden zum Reden, bitte.")
        row = await house.newest()
        await house.stop_bot()
        await house.answer(row, ANSWER)
        await house.answer(row, "Kommen Sie heute allein zum Bahnhof.", forged=True)
        long = "Ein langer Satz, der sich oft wiederholt, damit es viele werden. " * 600
        await house.answer(row, long)
        await house.start_bot()
        await house.read(phone, ANSWER)
        await house.read(phone, "nicht vom Team unterschrieben")
        read = ""
        while len(read) < len(long) - 200:
            read += await house.read(phone, "langer Satz")
        assert not any("Bahnhof" in text for text in phone.read)
        await house.quiet(phone)
        assert not any(ANSWER in text for text in phone.read), "brought once"
        web = await Sealer(house.desk, "web").open(words)
        assert [letter.trust for letter in web.letters] == ["genuine", "genuine", "forged", "genuine"]

    async def test_on_to_the_web_with_the_words_and_back_from_another_account(
        self, house: ContactHouse, new_phone: NewPhone
    ) -> None:
        phone, other = await new_phone(), await new_phone()
        room = await house.meet(phone)
        words = await house.write(phone, room, "Erst hier, dann im Web, dann wieder hier.")
        row = await house.newest()
        await house.say(phone, room, ("nur web", "vergessen"))
        kept = await house.desk.rooms.of(room)
        assert kept is not None
        assert kept.seed is None
        await house.answer(row, ANSWER)
        web = await Sealer(house.desk, "web_no_js").open(words)
        assert web.letters[-1].text == ANSWER
        await web.write("Danke, aus dem Web.")
        back = await house.meet(other)
        await house.say(other, back, (f"code {' '.join(words)}", "Gefunden"))
        await house.read(other, ANSWER)
        await house.answer(row, "Gern. Wir melden uns wieder.")
        await house.read(other, "Wir melden uns wieder")
        await web.erase()
        await other.say(back, "Sind Sie noch da?")
        await house.read(other, "Guten Tag")
        assert not any("melden uns" in text or ANSWER in text for text in await house.quiet(phone))


class TestLeaving:
    async def test_out_takes_our_messages_back_and_goes(self, house: ContactHouse, new_phone: NewPhone) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        await house.write(phone, room, "Ich muss gleich wieder weg, er kommt.")
        await phone.say(room, "raus")
        await house.gone(phone, room)
        ours = [e for e in house.homeserver.events(room, phone.nio.access_token) if e["sender"] == house.user]
        said = [e["content"] for e in ours if e["type"] == "m.room.encrypted"]
        assert len(said) > 8
        assert all(content == {} for content in said)
        await house.forgotten(room)
        assert len(await house.inbox()) > 0, "what was sent stays with the team"
        store = sqlite3.connect(house.path / "contact" / "crypto.db")
        assert store.execute("SELECT count(*) FROM megolminboundsessions WHERE room_id = ?", (room,)).fetchone() == (0,)
        store.close()

    async def test_erasing_asks_erases_all_and_says_what_remains(
        self, house: ContactHouse, new_phone: NewPhone, planted: Planted
    ) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        words = await house.write(phone, room, planted.sentence)
        row = await house.newest()
        await house.say(phone, room, ("löschen", "auch was beim Team liegt"), ("ja", "Das kann ich nicht löschen"))
        await house.gone(phone, room)
        assert row.mailbox not in [one.mailbox for one in await house.inbox()]
        with pytest.raises(NoMailbox):
            await Sealer(house.desk, "web").open(words)
        house.nothing_leaked(planted, words)

    async def test_somebody_who_just_leaves_is_forgotten(self, house: ContactHouse, new_phone: NewPhone) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        await house.write(phone, room, "Ich schreibe und gehe dann einfach.")
        await phone.nio.room_leave(room)
        await house.forgotten(room)


class TestWords:
    async def test_danger_at_ten_past_two_and_the_hard_wish_not_the_state(
        self, house: ContactHouse, new_phone: NewPhone
    ) -> None:
        house.clock.now = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
        phone = await new_phone()
        room = await house.meet(phone)
        help_ = await house.say(phone, room, ("Er hat eine Waffe und will mich umbringen", "110"))
        assert help_.index("110") < 200
        await house.say(phone, room, ("2", "Worum geht es"), ("1", "Wo leben Sie"))
        cards = await house.say(phone, room, ("23966", "Wer wird es lesen"))
        number = next(line[0] for line in cards.splitlines() if "Dieser Träger soll es nicht" in line)
        other = await house.say(phone, room, (number, "Wer wird es lesen"))
        await house.say(phone, room, ("ja", "fertig"), ("fertig", "acht Wörter"))
        row = await house.newest(any_team=True)
        assert row.team != "rz-wm", other

    async def test_replies_edits_and_a_reminder_then_the_draft_is_gone(
        self, house: ContactHouse, new_phone: NewPhone
    ) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        way = (("2", "Worum geht es"), ("1", "Wo leben Sie"), ("23966", "Wer wird es lesen"), ("ja", "fertig"))
        await house.say(phone, room, *way)
        first = await phone.say(room, "Er ist seit März dabei.")
        await house.read(phone, "ruhig weiter")
        new = {"msgtype": "m.text", "body": "Er ist seit Mai dabei."}
        await phone.say(
            room, "* Mai", **{"m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": first}}
        )
        await house.read(phone, "Geändert")
        house.clock.pass_by(minutes=46)
        await house.read(phone, "Sind Sie noch da?")
        house.clock.pass_by(minutes=31)
        await house.read(phone, "Ungesendete gelöscht")
        await house.say(phone, room, ("fertig", "Guten Tag"))


class TestFaults:
    async def test_a_draft_that_a_restart_has_lost_is_told_of(self, house: ContactHouse, new_phone: NewPhone) -> None:
        phone, idle = await new_phone(), await new_phone()
        room = await house.meet(phone)
        quiet = await house.meet(idle)
        await house.say(idle, quiet, ("stopp", "höre auf"))
        await house.say(phone, room, ("2", "Worum geht es"))
        await house.stop_bot()
        await house.start_bot()
        await house.read(phone, "verloren gegangen")
        await house.say(phone, room, ("hallo", "Guten Tag"))
        assert await house.quiet(idle) == [], "nothing was lost there"

    async def test_killed_after_the_desk_had_it_the_words_come_after_all(
        self, house: ContactHouse, new_phone: NewPhone, planted: Planted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        way = (("2", "Worum geht es"), ("1", "Wo leben Sie"), ("23966", "Wer wird es lesen"), ("ja", "fertig"))
        await house.say(phone, room, *way, (planted.sentence, "ruhig weiter"))
        before = len(await house.inbox())
        receive = house.desk.receive_contact

        async def then_nothing_gets_through(**contact: Any) -> Any:
            receipt = await receive(**contact)
            house.gateway.rule = lambda request: 503 if "/send/" in request.path else None
            return receipt

        monkeypatch.setattr(house.desk, "receive_contact", then_nothing_gets_through)
        await phone.say(room, "fertig")
        await house.until_async(lambda: house.count_is(before + 1))
        await house.stop_bot()
        house.gateway.rule = healthy
        await house.start_bot()
        words = words_in(await house.read(phone, "Ihre acht Wörter"))
        web = await Sealer(house.desk, "web").open(words)
        assert web.letters[0].text == planted.sentence
        assert len(await house.inbox()) == before + 1
        house.nothing_leaked(planted, words)

    @pytest.mark.parametrize("fault", [502, 429, "html 200", "lose answer"])
    async def test_the_homeserver_stumbles_and_every_word_is_said_once(
        self, house: ContactHouse, new_phone: NewPhone, fault: Fault
    ) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        house.gateway.times("/send/", fault, 3)
        await phone.say(room, "2")
        await house.read(phone, "Worum geht es")
        house.gateway.times("/sync", fault, 2)
        await house.say(phone, room, ("1", "Wo leben Sie"))
        assert await house.quiet(phone) == []

    async def test_our_place_is_lost_and_then_the_whole_store(self, house: ContactHouse, new_phone: NewPhone) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        words = await house.write(phone, room, "Vor dem Verlust geschrieben, und zwar gut.")
        row = await house.newest()
        await house.stop_bot()
        (house.path / "contact" / "checkpoint.json").unlink()
        await phone.say(room, "Das geht verloren.")
        await house.start_bot()
        await house.read(phone, "nicht lesen")
        await house.stop_bot()
        kept = json.loads((house.path / "contact" / "checkpoint.json").read_text())
        (house.path / "contact" / "checkpoint.json").write_text(json.dumps({**kept, "since": "unsinn"}))
        await house.start_bot()
        await house.read(phone, "nicht lesen")
        await house.say(phone, room, ("Geht es jetzt wieder?", "ruhig weiter"), ("fertig", "beim Team"))
        await house.stop_bot()
        (house.path / "contact" / "crypto.db").unlink()
        await house.start_bot()
        await house.until(lambda: house.contact.signed_out)
        for file in list((house.path / "contact").iterdir()):
            file.unlink()
        await house.provision()
        await house.read(phone, "nicht lesen")
        await house.answer(row, ANSWER)
        await house.read(phone, ANSWER)
        await house.say(phone, room, ("Und so auch noch einmal?", "ruhig weiter"))
        assert len(words) == 8

    async def test_a_new_device_of_the_person_is_told_of_and_a_session_without_key_once(
        self, house: ContactHouse, new_phone: NewPhone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        await new_phone(phone.user, "FREMD")
        await house.read(phone, "neues Gerät")
        with monkeypatch.context() as without_keys:

            async def no_key(*_: Any, **__: Any) -> None:
                phone.nio.olm.outbound_group_sessions[room].shared = True

            without_keys.setattr(phone.nio, "share_group_session", no_key)
            phone.nio.invalidate_outbound_session(room)
            phone.nio.olm.create_outbound_group_session(room)
            phone.nio.olm.outbound_group_sessions[room].shared = True
            for _ in range(2):
                await phone.say(room, "Das kann niemand lesen, leider nicht.")
            await house.read(phone, "nicht entschlüsseln")
            assert not any("entschlüsseln" in text for text in await house.quiet(phone))
        phone.nio.invalidate_outbound_session(room)
        await house.say(phone, room, ("2", "Worum geht es"))

    async def test_a_flood_fills_its_own_room_and_nobody_elses(
        self, house: ContactHouse, new_phone: NewPhone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(house.contact.limits, "messages", Buckets(Rate(4, 3600.0)))
        flood, other = await new_phone(), await new_phone()
        room, calm = await house.meet(flood), await house.meet(other)
        for _ in range(6):
            await flood.say(room, "?")
        await house.say(other, calm, ("2", "Worum geht es"))
        await house.read(flood, "sehr viele Nachrichten")

    async def test_programs_are_not_answered_and_keys_are_given_to_nobody_who_asks(
        self, house: ContactHouse, new_phone: NewPhone
    ) -> None:
        phone = await new_phone()
        room = await house.meet(phone)
        await phone.say(room, "Ich bin ein Programm.", msgtype="m.notice")
        session = next(iter(phone.nio.olm.inbound_group_store[room].values()))
        asked = {
            "action": "request",
            "body": {
                "algorithm": "m.megolm.v1.aes-sha2",
                "room_id": room,
                "sender_key": "x",
                "session_id": next(iter(session)),
            },
            "request_id": "1",
            "requesting_device_id": phone.device,
        }
        house.gateway.seen.clear()
        await phone.nio.to_device(
            ToDeviceMessage("m.room_key_request", house.user, house.session.device, asked), tx_id="bitte"
        )
        assert await house.quiet(phone) == []
        assert not any("sendToDevice" in path for _, path, _ in house.gateway.seen)

    async def test_ten_people_at_once(
        self, house: ContactHouse, new_phone: NewPhone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Fifty are in the benchmark: they would keep a small machine busy for long."""
        monkeypatch.setattr(house, "poll", 0.2)
        words = await house.crowd([await new_phone() for _ in range(10)])
        assert len(set(words)) == 10
        with_seed = [room.seed for room in await house.desk.rooms.all() if room.seed is not None]
        assert len(set(with_seed)) == len(with_seed) >= 10
