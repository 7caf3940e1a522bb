"""matrix-nio 0.26.0 made fit to be trusted with a message. Each repair has a regression test in tests/matrix.

c  ``sync_forever`` spins on faults              not used; ``client.py`` has its own loop
d  a 502 with an HTML body parses as success     every status >= 500, and every body that is not a JSON object, is a
                                                 connection error: nio's retry repeats the *same* transaction
e  an error on key sharing wipes the token       errors of the homeserver never become nio's error objects: they are
g  an error on /keys/claim is a TypeError        raised as ``Refused`` before nio sees them
m  returned errors are easy to overlook
f  after a failed share the session counts as    ``share_keys`` proves that every trusted device has the key, else
   shared                                        drops the session
k  ``ignore_unverified_devices`` marks for good  never used: each device is verified by us or blacklisted
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp
from nio import AsyncClient, AsyncClientConfig
from nio.crypto import OlmDevice
from nio.responses import ErrorResponse, KeysClaimResponse, KeysQueryResponse
from nio.store import SqliteStore
from nio.store.models import ForwardedChains, MegolmInboundSessions
from vodozemac import Curve25519PublicKey, Ed25519PublicKey, KeyException, SignatureException

from bots.matrix.folder import CRYPTO_STORE, Folder, Session

# What a homeserver says about a request that will not become right by repeating it.
_FINAL = """
    M_FORBIDDEN M_UNKNOWN_TOKEN M_MISSING_TOKEN M_NOT_FOUND M_USER_DEACTIVATED M_TOO_LARGE M_BAD_JSON M_NOT_JSON
    M_INVALID_PARAM M_UNRECOGNIZED M_USER_LOCKED M_USER_SUSPENDED M_GUEST_ACCESS_FORBIDDEN
"""
FINAL = frozenset(_FINAL.split())
SIGNED_OUT = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"})
# nio writes what it cannot parse into its log, and that may be what somebody has told us.
logging.getLogger("nio").setLevel(logging.CRITICAL + 1)

_GARBAGE = (KeyError, TypeError, ValueError, AttributeError, KeyException, SignatureException)
_RETRIES = 2
_REQUEST_SECONDS = 30
_LONGEST_SECONDS = 300  # a first sync with the state of all rooms; nio would wait for ever

Trusted = Callable[[OlmDevice], bool]


class Refused(Exception):
    """The homeserver has understood and said no. ``data`` is its JSON answer."""

    def __init__(self, status: int, data: dict[str, Any]) -> None:
        self.status = status
        self.data = data
        self.code = str(data.get("errcode", ""))
        super().__init__(f"homeserver refused: {status} {self.code or 'without a code'}")

    @property
    def final(self) -> bool:
        return self.code in FINAL

    @property
    def signed_out(self) -> bool:
        return self.code in SIGNED_OUT

    @property
    def retry_after(self) -> timedelta | None:
        wait = self.data.get("retry_after_ms")
        return timedelta(milliseconds=wait) if isinstance(wait, int) and 0 < wait < 24 * 3600 * 1000 else None


class Unintelligible(aiohttp.ClientConnectionError):
    """What came back is not the Matrix protocol: a gateway's page, or half an answer. The request may have worked."""


class NoKeyShared(Exception):
    """Not every device that shall read has the key of this room; nothing was sent."""


class NoDevice(Exception):
    """Nobody has confirmed a device of this person."""


class RobustNio(AsyncClient):  # type: ignore[misc]
    """One account on one device. Rows d to g, k and m; everything else is nio's."""

    def __init__(self, folder: Folder, session: Session) -> None:
        config = AsyncClientConfig(
            store=SqliteStore,
            store_name=CRYPTO_STORE,
            pickle_key=folder.key,
            encryption_enabled=True,
            store_sync_tokens=False,
            max_limit_exceeded=0,
            max_timeouts=_RETRIES,
            max_timeout_retry_wait_time=2,
            request_timeout=_REQUEST_SECONDS,
        )
        super().__init__(
            session.homeserver.rstrip("/"),
            session.user,
            device_id=session.device,
            store_path=str(folder.path),
            config=config,
        )
        self.client_session: aiohttp.ClientSession | None = None
        self.unused_fallback_keys: list[str] | None = None
        self._preparing = asyncio.Lock()
        self._keyless: dict[str, set[tuple[str, str]]] = {}
        self._closed = False

    async def close(self) -> None:
        """No request goes out any more: whoever still holds us learns that there is no connection."""
        self._closed = True
        await super().close()

    def _line(self) -> aiohttp.ClientSession:
        if self._closed:
            raise aiohttp.ClientConnectionError("closed")
        if self.client_session is None:
            self.client_session = aiohttp.ClientSession()
        return self.client_session

    async def send(
        self,
        method: str,
        path: str,
        data: Any = None,
        headers: dict[str, str] | None = None,
        trace_context: Any = None,
        timeout: float | None = None,  # noqa: ASYNC109 - nio's signature
    ) -> aiohttp.ClientResponse:
        """One HTTP request. Raises Refused, Unintelligible or aiohttp's own errors; returns only what is Matrix."""
        line = self._line()
        limit = aiohttp.ClientTimeout(total=_REQUEST_SECONDS if timeout is None else timeout or _LONGEST_SECONDS)
        response = await line.request(method, self.homeserver + path, data=data, headers=headers, timeout=limit)
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            response.release()
            raise Unintelligible(f"HTTP {response.status}")
        data = _json_object(await response.read())
        if data is None:
            raise Unintelligible(f"HTTP {response.status} without a JSON object")
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise Refused(response.status, data)
        unused = data.get("device_unused_fallback_key_types")
        if isinstance(unused, list):
            self.unused_fallback_keys = unused
        return response

    async def create_matrix_response(self, response_class: type, *args: Any, **kwargs: Any) -> Any:
        try:
            made = await super().create_matrix_response(response_class, *args, **kwargs)
        except (TypeError, KeyError, ValueError, AttributeError) as stumbled:
            raise Unintelligible(f"malformed {response_class.__name__}") from stumbled
        if isinstance(made, ErrorResponse):  # status 200, but not the form the protocol promises
            raise Unintelligible(f"malformed {response_class.__name__}")
        if isinstance(made, KeysQueryResponse):
            for user, devices in made.device_keys.items():
                made.device_keys[user] = {name: d for name, d in devices.items() if self._sound_device(user, name, d)}
        elif isinstance(made, KeysClaimResponse):
            for user, devices in made.one_time_keys.items():
                made.one_time_keys[user] = {name: k for name, k in devices.items() if self._sound_key(user, name, k)}
        return made

    def _sound_device(self, user: str, name: str, device: Any) -> bool:
        """Row n: keys of somebody else that are no keys would make nio stumble over everybody's."""
        try:
            signing, other = (device["keys"][f"{kind}:{name}"] for kind in ("ed25519", "curve25519"))
            Ed25519PublicKey.from_base64(signing)
            Curve25519PublicKey.from_base64(other)
            return bool(self.olm.verify_json(device, signing, user, name))
        except _GARBAGE:
            return False

    def _sound_key(self, user: str, name: str, keys: Any) -> bool:
        try:
            (key,) = keys.values()
            Curve25519PublicKey.from_base64(key["key"])
            return bool(self.olm.verify_json(key, self.device_store[user][name].ed25519, user, name))
        except _GARBAGE:
            return False

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A request that nio has no method for. Raises as ``send``."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.access_token}"}
        response = await self.send(method, path, json.dumps(body or {}), headers)
        found: dict[str, Any] = await response.json()
        return found

    async def download(self, server: str, id: str, most: int) -> bytes | None:
        """Media as it lies on the homeserver; None if it has more than ``most`` bytes. Raises as ``send``."""
        line = self._line()
        path = f"/_matrix/client/v1/media/download/{quote(server, safe='')}/{quote(id, safe='')}"
        limit = aiohttp.ClientTimeout(total=_LONGEST_SECONDS, sock_read=_REQUEST_SECONDS)
        headers = {"Authorization": f"Bearer {self.access_token}"}
        async with line.get(self.homeserver + path, headers=headers, timeout=limit) as response:
            if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise Unintelligible(f"HTTP {response.status}")
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise Refused(response.status, _json_object(await response.content.read(65_536)) or {})
            found = bytearray()
            async for chunk in response.content.iter_chunked(65_536):
                found += chunk
                if len(found) > most:
                    return None
            return bytes(found)

    async def share_keys(self, room_id: str, reader: str | None, trusted: Trusted) -> None:
        """Make sure that the trusted devices in the room, and no others, can read what is sent next.

        Without a ``reader`` it is enough if anybody can.

        A device that has no keys left to claim (an old session that nobody uses) is passed over, as long as ``reader``
        has another that can read. Raises NoDevice, NoKeyShared, Refused or a connection error; then the session is
        dropped and the next attempt begins with a new one.
        """
        async with self._preparing:
            room = self.rooms[room_id]
            if not room.members_synced:
                await self.joined_members(room_id)
            if self.should_query_keys:
                await self.keys_query()
            wanted = self._decide(room.users, trusted)
            if not any(reader in (user, None) for user, _ in wanted):
                raise NoDevice(reader)
            keyless = self._keyless.get(room_id, set())
            if self.olm.should_share_group_session(room_id) or self._shared_with(room_id) != wanted - keyless:
                self.invalidate_outbound_session(room_id)
                try:
                    await self.share_group_session(room_id)
                except BaseException:
                    self._drop_share(room_id)
                    raise
                shared = self._shared_with(room_id)
                keyless = {pair for pair in wanted - shared if not self._has_session(*pair)}
                if shared != wanted - keyless or not any(reader in (user, None) for user, _ in shared):
                    self._drop_share(room_id)
                    raise NoKeyShared(f"{len(wanted - shared)} of {len(wanted)} devices could not be given the key")
                self._keyless[room_id] = keyless

    def forget_keys(self, room_id: str) -> None:
        """Drop every key with which this room's messages could be read: those we were given and our own."""
        self._drop_share(room_id)
        self._keyless.pop(room_id, None)
        self.olm.inbound_group_store._entries.pop(room_id, None)
        with self.store.database.bind_ctx(self.store.models):
            self.store.database.execute_sql("PRAGMA secure_delete = ON")
            held = MegolmInboundSessions.select().where(MegolmInboundSessions.room_id == room_id)
            ForwardedChains.delete().where(ForwardedChains.session.in_(held)).execute()
            MegolmInboundSessions.delete().where(MegolmInboundSessions.room_id == room_id).execute()

    def _decide(self, users: Iterable[str], trusted: Trusted) -> set[tuple[str, str]]:
        """Verify or blacklist every device in sight; nothing is left undecided (row k)."""
        wanted = set()
        for user in users:
            for device in self.device_store.active_user_devices(user):
                if device.id == self.device_id and user == self.user_id:
                    continue
                # Another device of our own account is nobody we have made (row h: and never has our device's name).
                if user != self.user_id and trusted(device):
                    wanted.add((user, device.id))
                    if not device.verified:
                        self.verify_device(device)
                elif not device.blacklisted:
                    self.blacklist_device(device)
        return wanted

    def _shared_with(self, room_id: str) -> set[tuple[str, str]]:
        session = self.olm.outbound_group_sessions.get(room_id)
        return set() if session is None else set(session.users_shared_with)

    def _has_session(self, user: str, device: str) -> bool:
        return self.olm.session_store.get(self.device_store[user][device].curve25519) is not None

    def _drop_share(self, room_id: str) -> None:
        lock = self.sharing_session.pop(room_id, None)
        if lock is not None:
            lock.set()
        self.invalidate_outbound_session(room_id)


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
