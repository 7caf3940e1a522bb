"""Attack: device keys made to make us stumble. They must harm nobody but their owner."""

from __future__ import annotations

import contextlib
import json
import urllib.error
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from nio import Api
from vodozemac import Account as Account_

from intake.delivery import DeliveryError
from tests.matrix.conftest import Account
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

NewPhone = Callable[..., Awaitable[Phone]]
GARBAGE = {
    "short keys": {"ed25519:{d}": "AAAA", "curve25519:{d}": "AAAA"},
    "no base64": {"ed25519:{d}": "ü!", "curve25519:{d}": "ü!"},
    "no strings": {"ed25519:{d}": 7, "curve25519:{d}": None},
    "empty": {"ed25519:{d}": "", "curve25519:{d}": ""},
    "none": {},
    "good signing key, bad other key": {"ed25519:{d}": "{ed}", "curve25519:{d}": "AAAA"},
}


@pytest.mark.parametrize("keys", GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_device_keys_harm_nobody_else(
    account: Account, new_phone: NewPhone, homeserver: Homeserver, keys: dict[str, Any]
) -> None:
    mallory, phone = await new_phone(), await new_phone()
    room, bad_room = await account.room_with(phone), await account.room_with(mallory)
    body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": mallory.user}, "password": "pw"}
    login = homeserver.call("POST", "/_matrix/client/v3/login", {**body, "device_id": "GARBAGE"})
    made = {name.format(d="GARBAGE"): made_of(value, mallory) for name, value in keys.items()}
    device: dict[str, Any] = {
        "user_id": mallory.user,
        "device_id": "GARBAGE",
        "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
        "keys": made,
    }
    signature = mallory.nio.olm.sign_json(dict(device))
    device["signatures"] = {mallory.user: {"ed25519:GARBAGE": signature}}
    try:
        homeserver.call("POST", "/_matrix/client/v3/keys/upload", {"device_keys": device}, login["access_token"])
    except urllib.error.HTTPError:
        return  # Synapse refuses it
    await mallory.say(bad_room, "hier")
    await account.until(lambda: "hier" in account.texts())
    with contextlib.suppress(DeliveryError):
        await account.client.send(bad_room, mallory.user, "x", "b1")
    await account.client.send(room, phone.user, "geht weiter", "t1")
    await phone.step(2)
    assert phone.read == ["geht weiter"]
    await phone.say(room, "danke")
    await account.until(lambda: "danke" in account.texts())
    assert not account.task.done()


def made_of(value: Any, mallory: Phone) -> Any:
    return value.format(ed=mallory.fingerprint) if isinstance(value, str) else value


OLM = "m.olm.v1.curve25519-aes-sha2"
TO_DEVICE: dict[str, Any] = {
    "no content": {},
    "garbage key": {"algorithm": OLM, "sender_key": "ü", "ciphertext": {"{ours}": {"type": 0, "body": "AAAA"}}},
    "garbage body": {"algorithm": OLM, "sender_key": "{curve}", "ciphertext": {"{ours}": {"type": 0, "body": "ü!"}}},
    "short body": {"algorithm": OLM, "sender_key": "{curve}", "ciphertext": {"{ours}": {"type": 0, "body": "AAAA"}}},
    "no session": {"algorithm": OLM, "sender_key": "{curve}", "ciphertext": {"{ours}": {"type": 1, "body": "AwAA"}}},
    "type 7": {"algorithm": OLM, "sender_key": "{curve}", "ciphertext": {"{ours}": {"type": 7, "body": "AwAA"}}},
    "type text": {"algorithm": OLM, "sender_key": "{curve}", "ciphertext": {"{ours}": {"type": "x", "body": 1}}},
    "no body": {"algorithm": OLM, "sender_key": "{curve}", "ciphertext": {"{ours}": 5}},
    "list": {"algorithm": OLM, "sender_key": ["{curve}"], "ciphertext": ["{ours}"]},
}
STRANGE_TO_DEVICE = {
    "m.room_key": {"algorithm": "x", "room_id": 5, "session_id": [], "session_key": {}},
    "m.forwarded_room_key": {"algorithm": "m.megolm.v1.aes-sha2"},
    "m.room_key_request": {"action": "request", "body": 5, "request_id": "x", "requesting_device_id": "GARBAGE"},
    "m.key.verification.start": {
        "method": "m.sas.v1",
        "from_device": "x",
        "transaction_id": "x",
        "key_agreement_protocols": 1,
    },
    "m.key.verification.request": {},
    "m.dummy": [1],
}


async def test_garbage_to_our_device_harms_nobody(
    account: Account, new_phone: NewPhone, homeserver: Homeserver
) -> None:
    """Anybody may send to any device, without a room in common."""
    mallory, phone = await new_phone(), await new_phone()
    room = await account.room_with(phone)
    keys = account.client._nio.olm.account.identity_keys
    names = {"{ours}": keys["curve25519"], "{curve}": mallory.nio.olm.account.identity_keys["curve25519"]}

    def put(kind: str, number: int, content: Any) -> None:
        text = json.dumps(content)
        for name, value in names.items():
            text = text.replace(name, value)
        messages = {"messages": {account.user: {account.session.device: json.loads(text)}}}
        path = f"/_matrix/client/v3/sendToDevice/{kind}/t{kind}{number}"
        with contextlib.suppress(urllib.error.HTTPError):  # some of it Synapse refuses
            homeserver.call("PUT", path, messages, mallory.nio.access_token)

    for number, content in enumerate(TO_DEVICE.values()):
        put("m.room.encrypted", number, content)
    for number, (kind, content) in enumerate(STRANGE_TO_DEVICE.items()):
        put(kind, number, content)
    await phone.say(room, "kommt an")
    await account.until(lambda: "kommt an" in account.texts(), 6)
    assert not account.task.done()


@pytest.mark.parametrize("key", ["AAAA", "ü!", "", 5, None])
async def test_one_time_keys_that_are_none(
    account: Account, new_phone: NewPhone, homeserver: Homeserver, key: Any
) -> None:
    """A device with sound keys of its own whose one-time keys are garbage, properly signed."""
    mallory, phone = await new_phone(), await new_phone()
    room, bad_room = await account.room_with(phone), await account.room_with(mallory)
    body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": mallory.user}, "password": "pw"}
    token = homeserver.call("POST", "/_matrix/client/v3/login", {**body, "device_id": "FAKE"})["access_token"]
    fake = Account_()

    def signed(thing: dict[str, Any]) -> dict[str, Any]:
        signature = fake.sign(Api.to_canonical_json(thing).encode()).to_base64()
        return {**thing, "signatures": {mallory.user: {"ed25519:FAKE": signature}}}

    keys = {"ed25519:FAKE": fake.ed25519_key.to_base64(), "curve25519:FAKE": fake.curve25519_key.to_base64()}
    algorithms = ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"]
    device = {"user_id": mallory.user, "device_id": "FAKE", "algorithms": algorithms, "keys": keys}
    one_time = {f"signed_curve25519:A{n}": signed({"key": key}) for n in range(20)}
    upload = {"device_keys": signed(device), "one_time_keys": one_time}
    try:
        homeserver.call("POST", "/_matrix/client/v3/keys/upload", upload, token)
    except urllib.error.HTTPError:
        return  # Synapse refuses it
    await account.until(lambda: any(d.id == "FAKE" for d in account.client.devices(mallory.user)))
    await account.client.send(bad_room, mallory.user, "x", "b1")  # read by the other device
    await account.client.send(room, phone.user, "geht weiter", "t1")
    await phone.step(2)
    assert phone.read == ["geht weiter"]
    assert not account.task.done()
