"""Rows a, b, c of what matrix-nio needs: everything said to us is handled, once, in order, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.error
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bots.matrix import Event, Invited, Left, Received, SignedOut, What
from bots.matrix import client as client_module
from tests.matrix.conftest import Account, Talk, fresh, until
from tests.matrix.gateway import Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

NewPhone = Callable[..., Awaitable[Phone]]


async def test_a_crash_while_handling_loses_nothing_and_repeats_nothing(account: Account, new_phone: NewPhone) -> None:
    phone = await new_phone()
    room = await account.room_with(phone)
    await account.stop()
    for n in range(5):
        await phone.say(room, f"nachricht {n}")

    class Crash(BaseException):
        pass

    handled: list[str] = []

    def crash_at_the_third(event: Event) -> None:
        if isinstance(event, Received):
            if len(handled) == 2:
                raise Crash
            handled.append(event.text)

    account.handle = crash_at_the_third
    await account.start()
    with pytest.raises(Crash):
        await account.task
    await account.stop()
    account.handle = lambda event: handled.append(event.text) if isinstance(event, Received) else None
    await account.start()
    await account.until(lambda: len(handled) >= 5)
    assert handled == [f"nachricht {n}" for n in range(5)]


async def test_a_store_that_fails_for_a_moment_is_tried_again(talk: Talk) -> None:
    account, phone, room = talk.account, talk.phone, talk.room
    failures = [OSError("locked"), OSError("locked")]

    def stumble(event: Event) -> None:
        if isinstance(event, Received) and failures:
            raise failures.pop()
        account.got.append(event)

    account.handle = stumble
    await phone.say(room, "trotzdem")
    await account.until(lambda: "trotzdem" in account.texts())
    assert account.texts() == ["trotzdem"]


async def test_sixty_messages_during_an_outage_all_arrive_in_order(
    account: Account, new_phone: NewPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = await new_phone()
    room = await account.room_with(phone)
    await account.stop()
    small: dict[str, Any] = {"room": {"timeline": {"limit": 10}}}
    monkeypatch.setattr(client_module, "_FILTER", small)
    monkeypatch.setattr(client_module, "TIMELINE", 17)
    for n in range(60):
        await phone.say(room, f"n{n}")
    await account.start()
    await account.until(lambda: len(account.texts()) >= 60)
    assert account.texts() == [f"n{n}" for n in range(60)]
    assert all(m.what is What.TEXT for m in account.messages())


async def test_the_gap_is_filled_even_when_the_homeserver_stumbles_there(
    account: Account, new_phone: NewPhone, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = await new_phone()
    room = await account.room_with(phone)
    await account.stop()
    monkeypatch.setattr(client_module, "_FILTER", {"room": {"timeline": {"limit": 2}}})
    for n in range(8):
        await phone.say(room, f"n{n}")
    gateway.times("/messages", 429, 2)
    await account.start()
    await account.until(lambda: len(account.texts()) >= 8)
    assert account.texts() == [f"n{n}" for n in range(8)]


@pytest.mark.parametrize("fault", ["html 502", 500, "html 200", "json 200", "lose answer", 429])
async def test_a_broken_homeserver_is_asked_calmly_and_nothing_is_missed(talk: Talk, fault: Any) -> None:
    account, phone, room, gateway = talk.account, talk.phone, talk.room, talk.gateway
    gateway.rule = lambda request: fault if request.path.endswith("/sync") else None
    await phone.say(room, "in der Störung")
    gateway.seen.clear()
    await asyncio.sleep(1.5)
    asked = sum(path.endswith("/sync") for _, path, _ in gateway.seen)
    assert 1 <= asked <= 24, "nio's own loop asks thousands of times"
    gateway.times("-", None)
    await account.until(lambda: "in der Störung" in account.texts())
    assert account.texts() == ["in der Störung"]


async def test_killed_and_started_again_on_both_sides(
    account: Account, new_phone: NewPhone, homeserver: Homeserver
) -> None:
    phone = await new_phone()
    room = await account.room_with(phone)
    await phone.say(room, "vorher")
    await account.until(lambda: account.texts() == ["vorher"])
    homeserver.stop(kill=True)
    await asyncio.sleep(0.5)
    homeserver.start()
    await phone.say(room, "danach")
    await account.until(lambda: account.texts() == ["vorher", "danach"])
    await account.stop()
    await phone.say(room, "während wir weg sind")
    await account.start()
    await account.until(lambda: len(account.texts()) == 3)


async def test_a_message_whose_key_comes_late_is_not_lost(account: Account, new_phone: NewPhone) -> None:
    phone = await new_phone()
    room = await account.room_with(phone)
    kept: list[Any] = []
    share = phone.nio.olm.share_group_session_parallel

    def hold_back(*args: Any, **kwargs: Any) -> Any:
        kept.extend(share(*args, **kwargs))
        return iter(())

    phone.nio.olm.share_group_session_parallel = hold_back
    account.client._wait_for_key_ms = 60_000
    await phone.say(room, "Schlüssel kommt später")
    await account.until(lambda: account.client._waiting)
    assert account.texts() == []
    await account.stop()
    account.wait_for_key_ms = 60_000
    await account.start()  # what waits survives a restart
    for _, messages in kept:
        path = f"/_matrix/client/v3/sendToDevice/m.room.encrypted/late{id(messages)}"
        account.homeserver.call("PUT", path, messages, phone.nio.access_token)
    await account.until(lambda: account.texts() == ["Schlüssel kommt später"])
    assert not account.client._waiting


async def test_a_message_that_stays_unreadable_is_reported_once(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    account, phone, room = talk.account, talk.phone, talk.room
    share = phone.nio.olm.share_group_session_parallel
    phone.nio.invalidate_outbound_session(room)
    with monkeypatch.context() as patched:
        keys_get_lost = lambda *args, **kwargs: iter(list(share(*args, **kwargs))[:0])  # noqa: E731
        patched.setattr(phone.nio.olm, "share_group_session_parallel", keys_get_lost)
        event = await phone.say(room, "unlesbar")
    await account.until(lambda: account.messages())
    (message,) = account.messages()
    assert (message.what, message.id, message.text) == (What.UNDECRYPTABLE, event, "")
    assert message.session
    await phone.say(room, "noch eine")
    await account.until(lambda: len(account.messages()) == 2)
    assert account.messages()[1].session == message.session
    phone.nio.invalidate_outbound_session(room)


async def test_replies_edits_and_pictures(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    account, phone, room = talk.account, talk.phone, talk.room
    caplog.set_level("DEBUG")
    first = await phone.say(room, "geheimnis")
    await phone.say(room, "> alt\n\nja", **{"m.relates_to": {"m.in_reply_to": {"event_id": first}}})
    new = {
        "m.new_content": {"msgtype": "m.text", "body": "nein"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": first},
    }
    await phone.say(room, "* nein", **new)
    file = {"url": "mxc://lab.test/x", "key": {}, "iv": "", "hashes": {}, "v": "v2"}
    picture = {"msgtype": "m.image", "body": "foto.jpg", "file": file}
    await phone.nio.room_send(room, "m.room.message", picture)
    await phone.say(room, "ende")
    await account.until(lambda: "ende" in account.texts())
    ok, reply, edit, *rest = account.messages()
    assert reply.reply_to == first
    assert (edit.text, edit.edits) == ("nein", first)
    assert [m.what for m in rest] == [What.OTHER, What.TEXT]
    assert ok.sender == phone.user
    assert "geheimnis" not in repr(ok)
    assert "mxc://lab.test" not in caplog.text, "nio logs what it cannot parse"


async def test_plain_text_in_an_encrypted_room_is_seen_and_not_read(talk: Talk, homeserver: Homeserver) -> None:
    account, phone, room = talk.account, talk.phone, talk.room
    body = {"msgtype": "m.text", "body": "offen geschrieben"}
    homeserver.call("PUT", f"/_matrix/client/v3/rooms/{room}/send/m.room.message/offen", body, phone.nio.access_token)
    await account.until(lambda: account.messages())
    assert (account.messages()[0].what, account.texts()) == (What.PLAIN, [""])


async def test_invitations_and_leaving(account: Account, new_phone: NewPhone) -> None:
    phone = await new_phone()
    answer = await phone.nio.room_create(is_direct=True, invite=[account.user])
    await account.until(lambda: account.got)
    assert account.got == [Invited(answer.room_id, phone.user, direct=True)]
    await account.client.join(answer.room_id)
    await account.until(lambda: account.joined(answer.room_id, phone.user))
    assert not account.client.encrypted(answer.room_id)
    await phone.nio.room_leave(answer.room_id)
    await account.until(lambda: Left(answer.room_id, phone.user) in account.got)
    await account.client.leave(answer.room_id)
    await account.until(lambda: not account.client.members(answer.room_id))


async def test_a_revoked_token_ends_the_loop_with_a_clear_word(account: Account, homeserver: Homeserver) -> None:
    homeserver.call("POST", "/_matrix/client/v3/logout/all", {}, account.session.token)
    await until(account.task.done, 40)
    with pytest.raises(SignedOut, match="M_UNKNOWN_TOKEN"):
        await account.task


STRANGE_RELATIONS: list[Any] = [
    [1],
    {"m.in_reply_to": "x", "rel_type": ["m.replace"], "event_id": 7},
    {"rel_type": "m.replace", "event_id": "$x"},
]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"msgtype": "m.text"},
        {"msgtype": 5, "body": "x"},
        {"msgtype": "m.text", "body": 5},
        *({"msgtype": "m.text", "body": "x", "m.relates_to": r, "m.new_content": 1} for r in STRANGE_RELATIONS),
        {"msgtype": "m.image", "body": "x", "url": 7},
        {"msgtype": "m.location", "body": "x", "geo_uri": "geo:1,2"},
        {"msgtype": "m.text", "body": "x" * 40_000, "format": "org.matrix.custom.html", "formatted_body": "<b>" * 2000},
    ],
)
async def test_nothing_that_somebody_sends_makes_us_fall(
    talk: Talk, content: dict[str, Any], homeserver: Homeserver
) -> None:
    account, phone, room = talk.account, talk.phone, talk.room
    await phone.say(room, "vorher")
    await phone.nio.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
    await phone.nio.room_send(room, "org.example.strange", content, ignore_unverified_devices=True)
    path = f"/_matrix/client/v3/rooms/{room}/send"
    for kind in ("m.room.message", "m.room.encrypted", "m.room.member", "m.reaction"):
        with contextlib.suppress(urllib.error.HTTPError):  # some of it Synapse refuses
            homeserver.call("PUT", f"{path}/{kind}/{fresh()}", content, phone.nio.access_token)
    await phone.say(room, "nachher")
    await account.until(lambda: "nachher" in account.texts())
    assert account.texts()[0] == "vorher"
    assert not account.task.done()
