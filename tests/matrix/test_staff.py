"""Service phones and the staff account: setting up, being reached, answering, and being lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.leaks import Planted, assert_none, files, sentence
from tests.matrix.gateway import Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone
from tests.matrix.staff_house import StaffHouse

pytestmark = pytest.mark.matrix
NewPhone = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def house(tmp_path: Path, gateway: Gateway, homeserver: Homeserver) -> AsyncIterator[StaffHouse]:
    made = StaffHouse(tmp_path, gateway, homeserver)
    await made.open()
    yield made
    await made.stop()


async def test_a_phone_is_set_up_with_a_code_and_only_that_device_is_pinned(
    house: StaffHouse, new_phone: NewPhone
) -> None:
    phone = await new_phone()
    room = await house.arrive("mira", phone)
    code = await house.code("mira")
    await phone.say(room, "hallo?")
    await phone.say(room, "000000" if code != "000000" else "111111")
    await house.read(phone, "stimmt nicht")
    await phone.say(room, f"{code[:3]} {code[3:]}")
    await house.read(phone, "Ab jetzt kommen Alarme")
    found = await house.desk.phones.of_matrix(phone.user)
    assert found is not None
    assert (found.state, found.matrix_room) == ("verified", room)
    assert [(one.device_id, one.ed25519, one.pinned) for one in found.devices] == [
        (phone.device, phone.fingerprint, True)
    ]
    said = [e for e in house.events(room) if e["type"].startswith("m.room.") and "state_key" not in e]
    assert {e["type"] for e in said} == {"m.room.encrypted"}
    assert len({len(e["content"]["ciphertext"]) for e in said if e["sender"] == house.user}) == 1


async def test_an_urgent_contact_reaches_the_phone_and_is_taken_there(house: StaffHouse, new_phone: NewPhone) -> None:
    planted = Planted.new()
    mira, jonas = await new_phone(), await new_phone()
    room = await house.verified("mira", mira)
    await house.verified("jonas", jonas)
    seeker = await house.contact(planted.sentence)
    alert = await house.read(mira, "Hafen")
    assert "/team/" in alert
    await mira.say(room, "übernehme")
    reply = await house.read(mira, "Sie haben übernommen")
    reference = alert.splitlines()[1].strip()
    assert reference.split(" (")[0] in reply
    assert await house.owner(seeker) == "mira"
    await mira.say(room, "ok")
    assert not any("übernommen" in text for text in await house.quiet(jonas, 0.5)), "jonas was never called"
    assert {e["type"] for e in house.events(room) if "state_key" not in e} == {"m.room.encrypted"}
    read = "\n".join(alert.splitlines()[:2])  # without the link, which stands in logs for good reasons
    secrets = [*planted.needles, sentence("what the phone read", read), sentence("what it answered", reply.strip())]
    assert_none(secrets, files(house.homeserver.root), at_least=3)
    assert_none(planted.needles, files(house.path), at_least=3)


async def test_two_answer_in_the_same_second_and_one_has_it(house: StaffHouse, new_phone: NewPhone) -> None:
    mira, jonas = await new_phone(), await new_phone()
    rooms = [await house.verified("mira", mira), await house.verified("jonas", jonas)]
    seeker = await house.contact()
    await house.read(mira, "Hafen")
    house.clock.pass_by(minutes=30)
    await house.desk.alerts.tick()
    await house.read(jonas, "Hafen")
    await asyncio.gather(mira.say(rooms[0], "ok"), jonas.say(rooms[1], "mach ich"))
    answers = [await house.read(phone, "übernommen") for phone in (mira, jonas)]
    assert sorted("Sie haben übernommen" in answer for answer in answers) == [False, True]
    winner = "mira" if "Sie haben" in answers[0] else "jonas"
    assert await house.owner(seeker) == winner
    assert winner.title() in answers[winner == "mira"]


async def test_a_pause_a_handover_a_list_and_english(house: StaffHouse, new_phone: NewPhone) -> None:
    mira, jonas = await new_phone(), await new_phone()
    room = await house.verified("mira", mira)
    await house.verified("jonas", jonas)
    await mira.say(room, "liste")
    await house.read(mira, "nichts offen")
    await house.contact()
    await house.read(mira, "Hafen")
    await mira.say(room, "english")
    await house.read(mira, "Fine, in English")
    await mira.say(room, "wer bist du denn eigentlich genau, sag mal")
    await house.read(mira, "I did not understand")
    await mira.say(room, "later 10")
    await house.read(mira, "I shall be back at")
    await house.stop()
    await house.start()
    await mira.say(room, "cannot")
    await house.read(mira, "The next person is being called")
    await house.read(jonas, "Hafen")


async def test_a_new_device_gets_nothing_and_is_not_obeyed_until_it_is_confirmed(
    house: StaffHouse, new_phone: NewPhone
) -> None:
    mira = await new_phone()
    room = await house.verified("mira", mira)
    new = await new_phone(mira.user, "NEU")
    await new.step(2)
    await house.read(mira, "niemand bestätigt")
    seeker = await house.contact()
    await house.read(mira, "Hafen")
    await new.step(2)
    assert new.read == []
    assert new.unreadable
    await new.say(room, "ok")
    await asyncio.sleep(1)
    assert await house.owner(seeker) is None
    assert sum("niemand bestätigt" in text for text in mira.read + await house.quiet(mira, 0.3)) == 1
    await house.desk.phones.confirm_device(await house.who("mira"), "mira", "NEU", new.fingerprint)
    await new.say(room, "ok")
    await house.read(new, "Sie haben übernommen")
    assert await house.owner(seeker) == "mira"


async def test_a_new_phone_instead_of_a_lost_one_proves_itself_with_a_code(
    house: StaffHouse, new_phone: NewPhone
) -> None:
    mira = await new_phone()
    room = await house.verified("mira", mira)
    new = await new_phone(mira.user, "ERSATZ")
    await new.step(2)
    await new.say(room, await house.code("mira"))
    await house.read(new, "Ab jetzt kommen Alarme")
    await house.contact()
    await house.read(new, "Hafen")
    assert not any("Hafen" in text for text in await house.quiet(mira, 0.5)), "the old device is no longer pinned"


async def test_a_phone_cut_off_is_put_out_of_the_room_and_hears_nothing(house: StaffHouse, new_phone: NewPhone) -> None:
    mira = await new_phone()
    room = await house.verified("mira", mira)
    await house.desk.phones.cut_off(await house.who("jonas"), "mira")
    await house.until(lambda: any(e["type"] == "m.room.member" and e["state_key"] == mira.user
                                  and e["content"]["membership"] == "leave" for e in house.events(room)))  # fmt: skip
    await house.contact()
    assert await house.quiet(mira) == []


async def test_strangers_get_no_answer(house: StaffHouse, new_phone: NewPhone) -> None:
    stranger, mira = await new_phone(), await new_phone()
    await house.verified("mira", mira)
    answer = await stranger.nio.room_create(invite=[house.user], is_direct=True)
    await house.until(lambda: memberships(house, stranger, answer.room_id) == ["invite", "leave"])
    assert await house.quiet(stranger, 0.3) == []


def memberships(house: StaffHouse, phone: Phone, room: str, user: str = "") -> list[str]:
    """What became of somebody (our account) in a room, as the phone can see it."""
    events = house.homeserver.events(room, phone.nio.access_token)
    return [e["content"]["membership"] for e in events if e.get("state_key") == (user or house.user)]


async def test_an_undecryptable_session_is_told_of_once(house: StaffHouse, new_phone: NewPhone) -> None:
    mira = await new_phone()
    room = await house.verified("mira", mira)
    mira.nio.invalidate_outbound_session(room)
    await mira.nio.share_group_session(room, ignore_unverified_devices=True)
    session = mira.nio.olm.outbound_group_sessions[room]
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "session_id": "A" * 43,
        "device_id": mira.device,
        "sender_key": mira.nio.olm.account.identity_keys["curve25519"],
    }
    for n in range(2):
        message = session.encrypt('{"type":"m.room.message","content":{"msgtype":"m.text","body":"ok"},"room_id":"x"}')
        send = f"/_matrix/client/v3/rooms/{room}/send/m.room.encrypted/u{n}"
        body = {**content, "ciphertext": message}
        house.homeserver.call("PUT", send, body, mira.nio.access_token)
    await house.read(mira, "nicht entschlüsseln", 40)
    assert await house.quiet(mira, 1) == []
    assert sum("nicht entschlüsseln" in text for text in mira.read) == 1


async def test_what_comes_in_the_clear_is_not_obeyed(house: StaffHouse, new_phone: NewPhone) -> None:
    mira = await new_phone()
    room = await house.verified("mira", mira)
    seeker = await house.contact()
    await house.read(mira, "Hafen")
    send = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/klar"
    house.homeserver.call("PUT", send, {"msgtype": "m.text", "body": "ok"}, mira.nio.access_token)
    await house.read(mira, "unverschlüsselt")
    assert await house.owner(seeker) is None


async def test_an_answer_to_an_older_round_is_explained(house: StaffHouse, new_phone: NewPhone) -> None:
    mira = await new_phone()
    room = await house.verified("mira", mira)
    await house.contact()
    old = await house.read(mira, "Hafen")
    (first,) = [e["event_id"] for e in house.events(room)[-1:]]
    await mira.say(room, "ok")
    await house.read(mira, "Sie haben übernommen")
    for _ in range(20):  # nobody answers the person: the alert is called out anew
        house.clock.pass_by(minutes=30)
        await house.desk.alerts.tick()
        await house.until_sent()
        await mira.step(2)
        if any(text.startswith("Hafen") and text.splitlines()[1] != old.splitlines()[1] for text in mira.read):
            break
    await mira.say(room, "ok", **{"m.relates_to": {"m.in_reply_to": {"event_id": first}}})
    await house.read(mira, "ältere Nachricht")
