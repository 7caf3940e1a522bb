"""Rows i, j, l: a fallback key, cross-signing, files that only we can read."""

from __future__ import annotations

import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bots.matrix import Folder, MatrixClient, Pinned, SignedOut, new_pickle_key, provision, sign_out
from bots.matrix.robust_nio import Refused
from tests.matrix.conftest import Account
from tests.matrix.gateway import Gateway
from tests.matrix.homeserver import Homeserver
from tests.matrix.phone import Phone

NewPhone = Callable[..., Awaitable[Phone]]


def claim(homeserver: Homeserver, user: str, device: str, token: str) -> dict[str, Any]:
    body = {"one_time_keys": {user: {device: "signed_curve25519"}}}
    found = homeserver.call("POST", "/_matrix/client/v3/keys/claim", body, token)["one_time_keys"]
    key: dict[str, Any] = found[user][device]
    return key


def drain(homeserver: Homeserver, account: Account, token: str) -> tuple[int, str]:
    for n in range(200):
        ((name, key),) = claim(homeserver, account.user, account.session.device, token).items()
        if key.get("fallback"):
            return n, name
    raise AssertionError("no fallback key")


async def test_row_i_drained_while_offline_we_can_still_be_reached(
    account: Account, new_phone: NewPhone, homeserver: Homeserver
) -> None:
    stranger, phone = await new_phone(), await new_phone()
    await account.stop()
    taken, first = drain(homeserver, account, stranger.nio.access_token)
    assert taken >= 40
    answer = await phone.nio.room_create(invite=[account.user], initial_state=[ENCRYPTED])
    await phone.step(2)
    await phone.say(answer.room_id, "über den Ersatzschlüssel")
    await account.start()
    await account.until(lambda: account.got)
    await account.client.join(answer.room_id)
    await account.until(lambda: account.texts() == ["über den Ersatzschlüssel"])
    # The used fallback key is replaced by a new one.
    await account.until(lambda: drain(homeserver, account, stranger.nio.access_token)[1] != first)


ENCRYPTED = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


async def test_row_j_our_device_is_signed_by_our_own_master_key(account: Account, homeserver: Homeserver) -> None:
    found = homeserver.call(
        "POST", "/_matrix/client/v3/keys/query", {"device_keys": {account.user: []}}, account.session.token
    )
    master = found["master_keys"][account.user]
    signing = found["self_signing_keys"][account.user]
    (master_key,), (signing_key,) = master["keys"], signing["keys"]
    device = found["device_keys"][account.user][account.session.device]
    assert signing_key in device["signatures"][account.user]
    assert master_key in signing["signatures"][account.user]
    assert f"ed25519:{account.session.device}" in master["signatures"][account.user]
    assert account.user in found["user_signing_keys"]


async def test_row_l_files_are_ours_alone_and_hold_no_secret_in_clear(account: Account, new_phone: NewPhone) -> None:
    phone = await new_phone()
    room = await account.room_with(phone)
    await account.client.send(room, phone.user, "planted sentence", "t1")
    await phone.say(room, "planted answer")
    await account.until(lambda: account.messages())
    assert stat.S_IMODE(account.path.stat().st_mode) == 0o700
    files = list(account.path.iterdir())
    assert {f.name for f in files} >= {"session.json", "crypto.db", "cross_signing.json", "checkpoint.json"}
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
        content = file.read_bytes()
        assert b"planted" not in content
        assert account.key.encode() not in content
        assert account.session.token.encode() not in content or file.name == "session.json"


async def test_row_l_a_weak_key_is_refused(tmp_path: Path) -> None:
    for key in ("", "DEFAULT_KEY", "a" * 64, "x" * 31):
        with pytest.raises(ValueError, match="32 random characters"):
            Folder(tmp_path / "m", key)
    assert len({new_pickle_key() for _ in range(10)}) == 10
    assert "key" not in repr(Folder(tmp_path / "m", new_pickle_key()))


async def test_the_wrong_key_does_not_open_the_store(account: Account) -> None:
    await account.stop()
    client = MatrixClient(Folder(account.path, new_pickle_key()), account.trust)
    with pytest.raises(Exception, match=r"(?i)pickle|mac|decrypt|key"):
        await client.__aenter__()
    await client.__aexit__()


async def test_provisioning_twice_keeps_the_device(account: Account, gateway: Gateway) -> None:
    again = await provision(account.folder, homeserver=gateway.url, user=account.user, password="pw")
    assert again == account.session
    assert account.session.token not in repr(account.session)


async def test_provisioning_that_breaks_off_is_begun_anew(
    homeserver: Homeserver, gateway: Gateway, tmp_path: Path
) -> None:
    user = homeserver.register("abbruch", "pw")
    folder = Folder(tmp_path / "m", new_pickle_key())
    gateway.times("/device_signing/upload", 403)
    with pytest.raises(Refused):
        await provision(folder, homeserver=gateway.url, user=user, password="pw")
    assert folder.session() is None
    with pytest.raises(SignedOut, match="not been provisioned"):
        MatrixClient(folder, Pinned())
    session = await provision(folder, homeserver=gateway.url, user=user, password="pw", display_name="Beratung")
    profile = homeserver.call("GET", f"/_matrix/client/v3/profile/{user}/displayname", token=session.token)
    assert profile == {"displayname": "Beratung"}


async def test_a_wrong_password_is_refused(homeserver: Homeserver, gateway: Gateway, tmp_path: Path) -> None:
    user = homeserver.register("vertippt", "pw")
    with pytest.raises(Refused, match="M_FORBIDDEN"):
        await provision(Folder(tmp_path / "m", new_pickle_key()), homeserver=gateway.url, user=user, password="falsch")


async def test_after_the_loss_of_the_store_a_new_device_is_trusted_again(
    homeserver: Homeserver, gateway: Gateway, tmp_path: Path
) -> None:
    user = homeserver.register("verlust", "pw")
    devices = set()
    for n in range(2):
        folder = Folder(tmp_path / f"m{n}", new_pickle_key())
        session = await provision(folder, homeserver=gateway.url, user=user, password="pw")
        devices.add(session.device)
        body = {"device_keys": {user: []}}
        found = homeserver.call("POST", "/_matrix/client/v3/keys/query", body, session.token)
        (signing_key,) = found["self_signing_keys"][user]["keys"]
        assert signing_key in found["device_keys"][user][session.device]["signatures"][user]
    assert len(devices) == 2


async def test_signing_out_gives_the_device_back(account: Account, homeserver: Homeserver) -> None:
    await account.stop()
    await sign_out(account.folder)
    await sign_out(account.folder)
    await account.start()
    with pytest.raises(SignedOut):
        await account.task


async def test_nothing_to_sign_out(tmp_path: Path) -> None:
    await sign_out(Folder(tmp_path / "m", new_pickle_key()))
