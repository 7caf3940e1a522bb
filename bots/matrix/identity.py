"""Who we are on Matrix: one device with a random name, cross-signing keys of our own, a fallback key.

Without cross-signing (row j) clients that exclude insecure devices (MSC4153) can neither read us nor be read; without a
fallback key (row i) a stranger who drains our one-time keys while we are offline cuts everybody off. nio knows neither,
so both are made here from vodozemac: an ``Account`` is an Ed25519 key that can be stored encrypted, and nothing more is
asked of a cross-signing key (Matrix specification, client-server API 11.12.2).
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

import aiohttp
import vodozemac
from nio import Api

from bots.matrix.folder import Folder, Session
from bots.matrix.robust_nio import Refused, RobustNio

_KEYS = "/_matrix/client/v3/keys"
_USAGES = ("master", "self_signing", "user_signing")


async def provision(folder: Folder, *, homeserver: str, user: str, password: str, display_name: str = "") -> Session:
    """Log a new device in and give it everything it needs to be trusted; returns and keeps its session.

    A folder that has a session already keeps it: nothing is done. After a loss of the crypto store an empty folder
    makes a new device; the cross-signing keys are then replaced, and messengers show the change.
    Raises Refused (wrong password …), aiohttp errors, ValueError for an answer that fits nobody.
    """
    kept = folder.session()
    if kept is not None:
        return kept
    device = secrets.token_hex(8).upper()  # row h: nobody else's device has this name
    nio = RobustNio(folder, Session(homeserver, user, device, ""))
    try:
        identifier = {"type": "m.id.user", "user": user}
        login = {"type": "m.login.password", "identifier": identifier, "password": password, "device_id": device}
        answer = await nio.call("POST", "/_matrix/client/v3/login", {**login, "initial_device_display_name": ""})
        if answer["device_id"] != device:
            raise ValueError("the homeserver has given us another device")
        session = Session(homeserver, answer["user_id"], device, answer["access_token"])
        nio.restore_login(session.user, session.device, session.token)
        await nio.keys_upload()
        await cross_sign(nio, folder, password)
        await upload_fallback_key(nio)
        if display_name:
            await nio.set_displayname(display_name)
        folder.keep_session(session)  # last: a provisioning that broke off is begun anew
    finally:
        await nio.close()
    return session


async def cross_sign(nio: RobustNio, folder: Folder, password: str) -> None:
    """Upload our three keys, once, and sign our device with the second."""
    pickles = folder.read("cross_signing.json")
    if pickles is None:
        keys = {usage: vodozemac.Account() for usage in _USAGES}
        await _upload_keys(nio, keys, password)
        folder.write("cross_signing.json", {usage: key.pickle(folder.raw_key) for usage, key in keys.items()})
    else:
        keys = {usage: vodozemac.Account.from_pickle(pickles[usage], folder.raw_key) for usage in _USAGES}
    query = await nio.call("POST", f"{_KEYS}/query", {"device_keys": {nio.user_id: [nio.device_id]}})
    ours = query["device_keys"][nio.user_id][nio.device_id]
    if ours["keys"][f"ed25519:{nio.device_id}"] != nio.olm.account.identity_keys["ed25519"]:
        raise ValueError("the homeserver shows other keys for our device than we have uploaded")
    signed = _signed(ours, nio.user_id, keys["self_signing"])
    answer = await nio.call("POST", f"{_KEYS}/signatures/upload", {nio.user_id: {nio.device_id: signed}})
    if answer.get("failures"):
        raise ValueError("the homeserver did not take the signature of our device")


async def _upload_keys(nio: RobustNio, keys: dict[str, vodozemac.Account], password: str) -> None:
    body = {}
    for usage, account in keys.items():
        name = account.ed25519_key.to_base64()
        body[f"{usage}_key"] = {"user_id": nio.user_id, "usage": [usage], "keys": {f"ed25519:{name}": name}}
    for usage in ("self_signing_key", "user_signing_key"):
        body[usage] = _signed(body[usage], nio.user_id, keys["master"])
    master = body["master_key"]
    master["signatures"] = {nio.user_id: {f"ed25519:{nio.device_id}": nio.olm.sign_json(dict(master))}}
    path = f"{_KEYS}/device_signing/upload"
    try:
        await nio.call("POST", path, body)
    except Refused as asked:
        if asked.status != 401 or "session" not in asked.data:
            raise
        identifier = {"type": "m.id.user", "user": nio.user_id}
        proof = {"type": "m.login.password", "identifier": identifier, "password": password}
        await nio.call("POST", path, {**body, "auth": {**proof, "session": asked.data["session"]}})


def _signed(thing: dict[str, Any], user: str, key: vodozemac.Account) -> dict[str, Any]:
    bare = {name: value for name, value in thing.items() if name not in ("signatures", "unsigned")}
    signature = key.sign(Api.to_canonical_json(bare).encode()).to_base64()
    kept = thing.get("signatures", {}).get(user, {})
    return {**bare, "signatures": {user: {**kept, f"ed25519:{key.ed25519_key.to_base64()}": signature}}}


async def upload_fallback_key(nio: RobustNio) -> None:
    """A key that can be claimed again and again when the one-time keys are used up. The previous one stays valid."""
    account = nio.olm.account._account
    account.generate_fallback_key()
    ((name, key),) = account.fallback_key.items()
    bare: dict[str, Any] = {"key": key.to_base64(), "fallback": True}
    signature = nio.olm.sign_json(bare)
    signed = {**bare, "signatures": {nio.user_id: {f"ed25519:{nio.device_id}": signature}}}
    # Kept before it is published: an answer that is lost must not leave a key out there that we do not have.
    nio.olm.save_account()
    await nio.call("POST", f"{_KEYS}/upload", {"fallback_keys": {f"signed_curve25519:{name}": signed}})
    account.mark_keys_as_published()
    nio.olm.save_account()


async def sign_out(folder: Folder) -> None:
    """Give the device back to the homeserver; whatever it answers, our files of it are worthless afterwards."""
    session = folder.session()
    if session is None:
        return
    nio = RobustNio(folder, session)
    nio.restore_login(session.user, session.device, session.token)
    try:
        await nio.call("POST", "/_matrix/client/v3/logout")
    except (Refused, aiohttp.ClientError, TimeoutError):
        pass
    finally:
        await nio.close()


def quoted(part: str) -> str:
    """A room, event or user id as one part of a path."""
    return quote(part, safe="")
