"""Rows d to h, k, m: what is sent is read by those for whom it is, by nobody else, once; or we are told why not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from nio import Api

from bots.matrix import DeviceSeen, Pinned
from bots.matrix.robust_nio import Refused
from intake.delivery import DeliveryError
from tests.matrix.conftest import Account, Talk, delivered, fresh
from tests.matrix.gateway import Fault, Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

NewPhone = Callable[..., Awaitable[Phone]]
PLANTED = "Die Robbe rechnet mit Regen am Teich"


def sent_by(account: Account, room: str) -> list[dict[str, Any]]:
    events = account.homeserver.events(room, account.session.token)
    return [e for e in events if e["sender"] == account.user and e["type"] in ("m.room.encrypted", "m.room.message")]


async def test_what_is_sent_is_encrypted_and_of_one_length(talk: Talk, homeserver: Homeserver) -> None:
    account, phone, room = talk.account, talk.phone, talk.room
    for n, text in enumerate((PLANTED, "ok", "ü" * 100)):
        await account.client.send(room, phone.user, text, f"länge{n}")
    await phone.step(2)
    assert phone.read == [PLANTED, "ok", "ü" * 100]
    sent = sent_by(account, room)
    assert {e["type"] for e in sent} == {"m.room.encrypted"}
    assert len({len(e["content"]["ciphertext"]) for e in sent}) == 1
    written = homeserver.written()
    assert PLANTED.encode() not in written
    assert b"m.room.encrypted" in written


async def test_the_same_transaction_is_one_message_whatever_happens(talk: Talk) -> None:
    account, phone, room, gateway = talk.account, talk.phone, talk.room, talk.gateway
    before, row = len(sent_by(account, room)), fresh()
    gateway.times("/send/", "lose answer", 2)
    event = await account.client.send(room, phone.user, "einmal", row)
    assert await account.client.send(room, phone.user, "einmal", row) == event
    await account.stop()
    await account.start()
    assert await account.client.send(room, phone.user, "einmal", row) == event
    assert len(sent_by(account, room)) == before + 1
    await phone.step(2)
    assert phone.read == ["einmal"]


@pytest.mark.parametrize("fault", ["html 502", "html 200", "html 403", "lose request", "lose answer", 500, 429, 403])
async def test_row_d_e_f_a_key_that_was_not_shared_is_shared_again_before_anything_is_sent(
    talk: Talk, fault: Fault
) -> None:
    account, phone, room, gateway = talk.account, talk.phone, talk.room, talk.gateway
    token = account.client._nio.access_token
    account.client.trust_changed(room)
    gateway.times("/sendToDevice/", fault, 4)
    await talk.delivered("lesbar")
    assert account.client._nio.access_token == token, "nio forgets its token here (row e)"
    gateway.times("-", None)
    await phone.step(2)
    assert (phone.read, phone.unreadable) == (["lesbar"], [])


@pytest.mark.parametrize("fault", ["html 502", "json 200", 500, 403, 429])
async def test_row_g_trouble_with_claiming_keys_is_an_error_and_leaves_no_lock(talk: Talk, fault: Fault) -> None:
    account, phone, room, gateway = talk.account, talk.phone, talk.room, talk.gateway
    account.client.trust_changed(room)
    account.client._nio.olm.session_store = type(account.client._nio.olm.session_store)()
    gateway.rule = lambda request: fault if request.path.endswith("/keys/claim") else None
    with pytest.raises(DeliveryError):
        await asyncio.wait_for(account.client.send(room, phone.user, "x", fresh()), 60)
    gateway.times("-", None)
    await asyncio.wait_for(talk.delivered("danach"), 60)
    await phone.step(2)
    assert phone.read == ["danach"]


@pytest.mark.parametrize(
    ("fault", "permanent"),
    [
        (403, True),
        (401, True),
        (404, True),
        (429, False),
        (500, False),
        ("html 502", False),
        ("html 200", False),
        ("json 200", False),
        ("lose request", False),
        (400, False),
    ],
)
async def test_row_m_every_kind_of_refusal_is_a_delivery_error(talk: Talk, fault: Fault, permanent: bool) -> None:
    account, phone, room, gateway = talk.account, talk.phone, talk.room, talk.gateway
    await talk.delivered("warm")
    gateway.rule = lambda request: fault if "/send/" in request.path else None
    with pytest.raises(DeliveryError) as failed:
        await account.client.send(room, phone.user, PLANTED, fresh())
    assert failed.value.permanent is permanent
    assert PLANTED not in str(failed.value)
    assert (failed.value.retry_after is not None) == (fault in (400, 401, 403, 404, 429))


async def test_row_m_no_method_of_nio_returns_an_error(talk: Talk) -> None:
    account, gateway = talk.account, talk.gateway
    nio = account.client._nio
    calls: list[Callable[[], Awaitable[Any]]] = [
        nio.keys_query,
        lambda: nio.keys_claim({"@x:lab.test": ["A"]}),
        lambda: nio.joined_members("!x:lab.test"),
        nio.joined_rooms,
        lambda: nio.join("!x:lab.test"),
        lambda: nio.room_leave("!x:lab.test"),
        lambda: nio.room_kick("!x:lab.test", "@x:lab.test"),
        lambda: nio.room_messages("!x:lab.test", "s0"),
        nio.room_create,
        lambda: nio.sync(0),
        nio.whoami,
        nio.devices,
        lambda: nio.set_displayname("x"),
        lambda: nio.room_get_state("!x:lab.test"),
        lambda: nio.room_redact("!x:lab.test", "$x"),
    ]
    nio.olm.users_for_key_query.add("@x:lab.test")
    for call in calls:
        gateway.rule = lambda request: 403
        with pytest.raises(Refused):
            await call()
        gateway.rule = lambda request: "html 200"
        with pytest.raises(aiohttp.ClientConnectionError):
            await call()
    gateway.times("-", None)


async def test_row_h_devices_have_random_names(account: Account, staff: Account) -> None:
    names = {account.session.device, staff.session.device}
    assert len(names) == 2
    assert all(len(name) == 16 for name in names)


async def test_an_old_session_without_keys_does_not_keep_us_from_the_others(
    account: Account, new_phone: NewPhone, gateway: Gateway
) -> None:
    phone = await new_phone()
    room = await account.room_with(phone)
    old = await new_phone(phone.user, "ALT")
    stranger = await new_phone()
    await old.close()
    for _ in range(60):  # its one-time keys are used up, and plain nio has no fallback key
        body = {"one_time_keys": {phone.user: {"ALT": "signed_curve25519"}}}
        account.homeserver.call("POST", "/_matrix/client/v3/keys/claim", body, stranger.nio.access_token)
    await account.until(lambda: len(account.client.devices(phone.user)) == 2)
    for n in range(3):
        await account.client.send(room, phone.user, f"n{n}", f"t{n}")
    claims = sum(path.endswith("/keys/claim") for _, path, _ in gateway.seen)
    await phone.step(2)
    assert phone.read == ["n0", "n1", "n2"]
    assert claims <= 3, "asked once for the old session, not with every message"


class TestPinned:
    """Row k: staff devices are pinned by a code; a new one is a stranger until confirmed."""

    async def test_only_a_pinned_device_may_read(self, staff: Account, new_phone: NewPhone) -> None:
        phone = await new_phone()
        room = await staff.room_with(phone)
        with pytest.raises(DeliveryError, match="no confirmed device") as failed:
            await staff.client.send(room, phone.user, "nichts", "t0")
        assert failed.value.permanent
        await phone.say(room, "123456")
        await staff.until(lambda: staff.messages())
        (code,) = staff.messages()
        assert code.device is not None
        assert (code.confirmed, code.device.fingerprint) == (False, phone.fingerprint)
        assert isinstance(staff.trust, Pinned)
        staff.trust.pin(phone.user, code.device.fingerprint)
        staff.client.trust_changed(room)
        await staff.client.send(room, phone.user, "bestätigt", "t1")
        await phone.step(2)
        assert phone.read == ["bestätigt"]
        await phone.say(room, "ok")
        await staff.until(lambda: "ok" in staff.texts())
        assert staff.messages()[-1].confirmed

    async def test_a_second_device_of_the_account_reads_nothing_and_is_reported(
        self, staff: Account, new_phone: NewPhone
    ) -> None:
        phone = await new_phone()
        room = await staff.room_with(phone)
        assert isinstance(staff.trust, Pinned)
        staff.trust.pin(phone.user, phone.fingerprint)
        await staff.client.send(room, phone.user, "eins", "t1")
        thief = await new_phone(phone.user, "DIEB")
        await staff.until(lambda: any(isinstance(e, DeviceSeen) for e in staff.got))
        (seen,) = [e for e in staff.got if isinstance(e, DeviceSeen)]
        assert (seen.user, seen.device.id, seen.confirmed) == (phone.user, "DIEB", False)
        await staff.client.send(room, phone.user, "zwei", "t2")
        await phone.step(2)
        await thief.step(2)
        assert phone.read == ["eins", "zwei"]
        assert thief.read == []
        await thief.say(room, "ok")
        await staff.until(lambda: staff.messages())
        assert not staff.messages()[0].confirmed
        staff.trust.pin(phone.user, thief.fingerprint)
        await staff.client.send(room, phone.user, "drei", "t3")
        await thief.step(2)
        assert thief.read == ["drei"]

    async def test_a_lost_phone_is_cut_off_at_once(self, staff: Account, new_phone: NewPhone) -> None:
        phone = await new_phone()
        room = await staff.room_with(phone)
        assert isinstance(staff.trust, Pinned)
        staff.trust.pin(phone.user, phone.fingerprint)
        await staff.client.send(room, phone.user, "vorher", "t1")
        await phone.step(2)
        staff.trust.cut_off(phone.user)
        await staff.client.cut_off(room, phone.user)
        await staff.until(lambda: phone.user not in staff.client.members(room))
        with pytest.raises(DeliveryError, match="has left"):
            await staff.client.send(room, phone.user, "nachher", "t2")
        await phone.step(2)
        assert phone.read == ["vorher"]


class TestRooms:
    """Refuse to send rather than to the wrong people."""

    async def test_the_person_has_left(self, account: Account, new_phone: NewPhone) -> None:
        phone = await new_phone()
        room = await account.room_with(phone)
        await phone.nio.room_leave(room)
        await account.until(lambda: phone.user not in account.client.members(room))
        with pytest.raises(DeliveryError, match="has left") as failed:
            await account.client.send(room, phone.user, "x", "t1")
        assert failed.value.permanent

    async def test_somebody_else_is_there(self, account: Account, new_phone: NewPhone) -> None:
        phone, other = await new_phone(), await new_phone()
        room = await account.room_with(phone)
        await account.client._nio.room_invite(room, other.user)
        await account.until(lambda: other.user in account.client.members(room))
        with pytest.raises(DeliveryError, match="somebody else"):
            await account.client.send(room, phone.user, "x", "t1")
        assert sent_by(account, room) == []

    async def test_only_we_may_change_the_rules_of_a_room(self, account: Account, new_phone: NewPhone) -> None:
        phone, other = await new_phone(), await new_phone()
        room = await account.room_with(phone)
        assert type(await phone.nio.room_invite(room, other.user)).__name__ == "RoomInviteError"
        change = await phone.nio.room_put_state(room, "m.room.encryption", {"algorithm": "none"})
        assert type(change).__name__ == "RoomPutStateError"

    async def test_encryption_was_garbled(self, account: Account, new_phone: NewPhone) -> None:
        phone = await new_phone()
        room = await account.room_with(phone)
        await account.client.send(room, phone.user, "gut", "t0")
        await account.client._nio.room_put_state(room, "m.room.encryption", {"algorithm": "none"})
        await account.until(lambda: not account.client.encrypted(room))
        with pytest.raises(DeliveryError, match="not encrypted") as failed:
            await account.client.send(room, phone.user, PLANTED, "t1")
        assert failed.value.permanent
        await account.stop()
        await account.start()
        assert not account.client.encrypted(room)
        await account.client._nio.room_put_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        await account.until(lambda: account.client.encrypted(room))

    async def test_a_room_without_encryption_is_never_written_to(self, account: Account, new_phone: NewPhone) -> None:
        phone = await new_phone()
        answer = await phone.nio.room_create(is_direct=True, invite=[account.user])
        await account.until(lambda: account.got)
        await account.client.join(answer.room_id)
        await account.until(lambda: account.client.members(answer.room_id))
        with pytest.raises(DeliveryError, match="not encrypted"):
            await account.client.send(answer.room_id, phone.user, PLANTED, "t1")

    async def test_a_room_we_do_not_know(self, account: Account) -> None:
        with pytest.raises(DeliveryError, match="not in this room") as failed:
            await account.client.send("!weg:lab.test", "@x:lab.test", "x", "t1")
        assert failed.value.permanent

    async def test_redaction(self, account: Account, new_phone: NewPhone) -> None:
        phone = await new_phone()
        room = await account.room_with(phone)
        event = await account.client.send(room, phone.user, "weg damit", "t1")
        await account.client.redact(room, event, "r1")
        (kept,) = sent_by(account, room)
        assert kept["content"] == {}


async def test_sixty_messages_through_chaos_arrive_exactly_once(
    account: Account, new_phone: NewPhone, gateway: Gateway, homeserver: Homeserver
) -> None:
    """5 of 8 answers to writes are faults, keys are dropped at random, and Synapse is killed in the middle."""
    phone = await new_phone()
    room = await account.room_with(phone)
    dice = random.Random(33)  # noqa: S311
    faults: list[Fault] = [None, None, None, 500, 503, "html 502", "lose request", "lose answer"]
    gateway.rule = lambda request: dice.choice(faults) if request.method in ("PUT", "POST") else None
    for n in range(60):
        if n == 25:
            homeserver.stop(kill=True)
            restart = asyncio.get_running_loop().run_in_executor(None, homeserver.start)
        if dice.random() < 0.15:
            account.client.trust_changed(room)
        await delivered(account, room, phone, f"n{n}", f"zeile-{n}", tries=14)
    await restart
    gateway.times("-", None)
    await phone.step(3)
    assert phone.read == [f"n{n}" for n in range(60)]
    assert phone.unreadable == []


async def test_several_rooms_at_once(account: Account, new_phone: NewPhone) -> None:
    phones = [await new_phone() for _ in range(4)]
    rooms = [await account.room_with(phone) for phone in phones]
    pairs = list(zip(rooms, phones, strict=True))
    await asyncio.gather(*(account.client.send(r, p.user, f"{n}", f"{p.user}{n}") for n in range(5) for r, p in pairs))
    for phone in phones:
        await phone.step(2)
        assert sorted(phone.read) == ["0", "1", "2", "3", "4"]
        assert phone.unreadable == []


def test_fillers_make_whole_blocks() -> None:
    from bots.matrix.client import CONTENT_BYTES, _filled

    for length in (0, 1, 1900, 1990, 2040, 5000):
        content = _filled({"msgtype": "m.text", "body": "ä" * length})
        assert len(Api.to_json(content)) % CONTENT_BYTES == 0
