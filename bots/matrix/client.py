"""One Matrix account in the service: everything received is handled once, everything sent is read by whom it is for.

Receiving (rows a, b, c): our own sync loop. The checkpoint is written *after* everything of an answer has been handled;
after a crash the same events come again and are told apart by their ids. Holes in a timeline are filled from
/messages. A message whose key has not arrived waits for it a while, also across a restart, before it is reported.

Sending: only into an encrypted room of exactly us and the one person, only to devices that ``Trust`` confirms, and
always with the outbox's transaction id, which the homeserver answers with the first event however often we repeat.
The content is filled to one length before encryption; Megolm does not hide lengths.

No receipts, no typing notices, no presence. Nothing that a message points to is fetched but encrypted media, when
asked to, from our own homeserver.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
from nio import (
    Api,
    BadEvent,
    EnableEncryptionBuilder,
    EncryptionError,
    InviteMemberEvent,
    LocalProtocolError,
    MatrixRoom,
    MegolmEvent,
    MessageDirection,
    RedactionEvent,
    RoomEncryptedAudio,
    RoomEncryptedImage,
    RoomEncryptionEvent,
    RoomMemberEvent,
    RoomMessage,
    RoomMessageEmote,
    RoomMessageNotice,
    RoomMessageText,
    RoomPreset,
    SyncResponse,
    UnknownBadEvent,
)
from nio.crypto import OlmDevice
from nio.crypto.attachments import decrypt_attachment

from bots.matrix.events import Changed, Device, DeviceSeen, Event, Invited, Left, Media, Received, Skipped, What
from bots.matrix.folder import Folder
from bots.matrix.identity import quoted, upload_fallback_key
from bots.matrix.robust_nio import NoDevice, NoKeyShared, Refused, RobustNio
from bots.matrix.trust import Trust
from intake.delivery import DeliveryError

MEGOLM = "m.megolm.v1.aes-sha2"
CONTENT_BYTES = 2048  # each content has a multiple of this many bytes before encryption
TIMELINE = 500
LONG_POLL_MS = 30_000
SEEN_KEPT = 5_000
WAITING_KEPT = 500
WAIT_FOR_KEY_MS = 15_000
HANDLER_TRIES = 5
_FILTER = {"room": {"timeline": {"limit": TIMELINE}, "ephemeral": {"types": []}}, "presence": {"types": []}}
_SAID = frozenset({"m.room.encrypted", "m.room.message"})
_TROUBLE = (OSError, aiohttp.ClientError, TimeoutError, asyncio.TimeoutError)

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
Handle = Callable[[Event], Awaitable[None]]


class MediaLost(Exception):
    """What a message points to is not there any more, is too large, or is not what it says."""


class SignedOut(Exception):
    """The homeserver no longer accepts our token. Somebody has to provision the account again."""


class MatrixClient:
    """``folder`` must be provisioned. Use as an async context manager; ``run`` receives until cancelled."""

    def __init__(self, folder: Folder, trust: Trust, *, wait_for_key_ms: int = WAIT_FOR_KEY_MS) -> None:
        session = folder.session()
        if session is None:
            raise SignedOut("this account has not been provisioned")
        self._folder = folder
        self._trust = trust
        self._session = session
        self._wait_for_key_ms = wait_for_key_ms
        self._nio = RobustNio(folder, session)
        kept = folder.read("checkpoint.json") or {}
        self._since: str | None = kept.get("since")
        self._seen: OrderedDict[str, None] = OrderedDict.fromkeys(kept.get("seen", ()))
        self._waiting: OrderedDict[str, dict[str, Any]] = OrderedDict((w["id"], w) for w in kept.get("waiting", ()))
        self._sending: dict[str, asyncio.Lock] = {}
        self._tampered: set[str] = set()
        self.user = session.user
        self.last_sync: float | None = None  # of the loop's clock; None before the first answer

    async def __aenter__(self) -> MatrixClient:
        """Raises SignedOut."""
        self._nio.restore_login(self._session.user, self._session.device, self._session.token)
        if not self._nio.olm.account.shared:  # an empty store under an old name: nobody could ever read us
            await self._nio.close()
            raise SignedOut("the crypto store of this account is lost")
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._nio.close()

    def __repr__(self) -> str:
        return f"<MatrixClient {self.user}>"

    # Receiving ------------------------------------------------------------------------------------------------------

    async def run(self, handle: Handle) -> None:
        """Hand everything received to ``handle``, each event in order, until cancelled.

        When ``handle`` raises it is tried again a few times and then the error goes out of here: the process restarts
        and nothing has been marked as handled. Raises SignedOut.
        """
        pause, first = 0.2, True
        while True:
            try:
                answer = await self._sync(first)
            except Refused as refused:
                if refused.signed_out:
                    raise SignedOut(str(refused)) from refused
                if first and self._since is not None and refused.status == HTTPStatus.BAD_REQUEST:
                    _LOG.error("matrix: our place is no longer known to the homeserver; what came since is skipped")
                    self._since = None
                pause = await _back_off(pause, refused)
                continue
            except _TROUBLE:
                pause = await _back_off(pause, None)
                continue
            except Exception as poison:
                _LOG.error("matrix: an answer could not be understood (%s)", type(poison).__name__)
                pause = await _back_off(pause, None)
                continue
            try:
                await self._take(answer, handle, fresh=first and self._since is None)
            finally:
                self._keep_checkpoint()
            self._since = answer.next_batch
            self._keep_checkpoint()
            pause, first = 0.2, False
            self.last_sync = asyncio.get_running_loop().time()
            try:
                await self._housekeeping(handle)
            except (Refused, LocalProtocolError, *_TROUBLE) as trouble:  # the next round tries again
                _LOG.warning("matrix: keys could not be exchanged (%s)", type(trouble).__name__)

    async def _sync(self, first: bool) -> SyncResponse:  # noqa: FBT001
        timeout = 0 if first else (1_000 if self._waiting else LONG_POLL_MS)
        since = self._since if first else None
        answer: SyncResponse = await self._nio.sync(
            timeout, _FILTER, since=since, full_state=first, set_presence="offline"
        )
        return answer

    async def _housekeeping(self, handle: Handle) -> None:
        nio = self._nio
        if nio.should_upload_keys:
            await nio.keys_upload()
        if nio.unused_fallback_keys is not None and "signed_curve25519" not in nio.unused_fallback_keys:
            nio.unused_fallback_keys = None
            await upload_fallback_key(nio)
        await self._query_keys(handle)
        if nio.should_claim_keys:
            await nio.keys_claim(nio.get_users_for_key_claiming())
        await nio.send_to_device_messages()

    async def _query_keys(self, handle: Handle) -> None:
        """Fetch changed devices, and report those of people whom we knew with others."""
        nio = self._nio
        if not nio.should_query_keys:
            return
        asked = {user: self._devices_by_id(user) for user in nio.users_for_key_query}
        await nio.keys_query()
        for user, before in asked.items():
            for name, device in self._devices_by_id(user).items():
                if before and before.get(name) != device:
                    await handle(DeviceSeen(user, device, self._trust.confirms(user, device)))

    async def _take(self, answer: SyncResponse, handle: Handle, *, fresh: bool) -> None:
        for room_id, invitation in answer.rooms.invite.items():
            for event in invitation.invite_state:
                if (
                    isinstance(event, InviteMemberEvent)
                    and event.state_key == self.user
                    and event.membership == "invite"
                ):
                    direct = bool(event.content.get("is_direct"))
                    await self._once(f"invite:{room_id}:{event.sender}", Invited(room_id, event.sender, direct), handle)
        for room_id, left in answer.rooms.leave.items():
            for event in left.timeline.events:
                await self._event(room_id, event, handle)
            if self._nio.rooms.pop(room_id, None) is not None:  # nio keeps rooms that we were removed from
                await handle(Left(room_id, self.user))
        await self._retry_waiting(handle)
        for room_id, joined in answer.rooms.join.items():
            events = [*joined.state, *joined.timeline.events]
            self._watch_encryption(room_id, events)
            if fresh:  # a new device: what was said before is not for it and cannot be read by it
                await handle(Skipped(room_id))
                continue
            if any(isinstance(event, RoomMemberEvent | RoomEncryptionEvent) for event in events):
                await handle(Changed(room_id))
            missed = await self._gap(room_id, joined.timeline.prev_batch) if joined.timeline.limited else []
            for event in [*missed, *joined.timeline.events]:
                await self._event(room_id, event, handle)

    async def _gap(self, room_id: str, start: str | None) -> list[Any]:
        """The events between our checkpoint and ``start``, oldest first (row b)."""
        found: list[Any] = []
        pause = 0.2
        while start is not None and self._since is not None:
            try:
                page = await self._nio.room_messages(room_id, start, self._since, MessageDirection.back, TIMELINE)
            except Refused as refused:
                if refused.final:  # we are no longer allowed to read there
                    break
                pause = await _back_off(pause, refused)
            except _TROUBLE:
                pause = await _back_off(pause, None)
            else:
                found.extend(page.chunk)
                start = page.end if page.chunk else None
        return found[::-1]

    async def _event(self, room_id: str, event: Any, handle: Handle) -> None:
        if isinstance(event, RoomMemberEvent):
            if event.membership in ("leave", "ban") and event.state_key != self.user:
                await self._once(event.event_id, Left(room_id, event.state_key), handle)
            return
        if isinstance(event, UnknownBadEvent) or event.sender == self.user or event.event_id in self._seen:
            return
        if isinstance(event, RedactionEvent):
            what = Received(event.event_id, room_id, event.sender, What.TAKEN_BACK, edits=event.redacts)
            await self._once(event.event_id, what, handle)
        elif isinstance(event, MegolmEvent):
            self._wait_for_key(room_id, event)
        elif isinstance(event, RoomMessage) or event.source.get("type") == "m.room.message":
            await self._once(event.event_id, await self._received(room_id, event, handle), handle)

    async def _once(self, key: str, event: Event, handle: Handle) -> None:
        if key in self._seen:
            return
        for attempt in range(HANDLER_TRIES):
            try:
                await handle(event)
                break
            except Exception:
                if attempt == HANDLER_TRIES - 1:
                    raise
                await asyncio.sleep(0.1 * 2**attempt)
        self._seen[key] = None
        while len(self._seen) > SEEN_KEPT:
            self._seen.popitem(last=False)

    async def _received(self, room_id: str, event: Any, handle: Handle) -> Received:
        bare = Received(event.event_id, room_id, event.sender, What.OTHER, sent_ms=event.server_timestamp)
        if isinstance(event, BadEvent):
            return bare
        if not event.decrypted:
            return replace(bare, what=What.PLAIN)
        device = await self._device_of(event.sender, event.sender_key, handle)
        confirmed = device is not None and self._trust.confirms(event.sender, device)
        known = replace(bare, device=device, confirmed=confirmed, session=event.session_id or "")
        content = event.source["content"]
        relation = _object(content, "m.relates_to")
        reply_to = _object(relation, "m.in_reply_to").get("event_id")
        known = replace(known, reply_to=reply_to if isinstance(reply_to, str) else None)
        if not isinstance(event, RoomMessageText | RoomMessageEmote | RoomMessageNotice):
            media = _media(event, content) if hasattr(event, "url") else None
            return replace(known, what=What.MEDIA if hasattr(event, "url") else What.OTHER, media=media)
        if isinstance(event, RoomMessageNotice):
            return replace(known, what=What.NOTICE)
        edited = relation.get("event_id")
        if relation.get("rel_type") == "m.replace" and isinstance(edited, str):
            new = _object(content, "m.new_content").get("body")
            return replace(known, what=What.TEXT, text=new if isinstance(new, str) else "", edits=edited)
        return replace(known, what=What.TEXT, text=event.body)

    async def _device_of(self, user: str, curve: str | None, handle: Handle) -> Device | None:
        """The device that owns the key with which the session came; its keys are fetched when we do not know it."""
        for attempt in range(2):
            for device in self._nio.device_store.active_user_devices(user):
                if device.curve25519 == curve:
                    return _ours(device)
            if attempt == 0:
                self._nio.olm.users_for_key_query.add(user)
                with suppress(Refused, *_TROUBLE):
                    await self._query_keys(handle)
        return None

    # Messages whose key is missing

    def _wait_for_key(self, room_id: str, event: MegolmEvent) -> None:
        now = _milliseconds()
        self._waiting[event.event_id] = {
            "id": event.event_id,
            "room": room_id,
            "since": now,
            "source": event.source,
        }
        while len(self._waiting) > WAITING_KEPT:
            self._waiting.popitem(last=False)

    async def _retry_waiting(self, handle: Handle) -> None:
        for waiting in list(self._waiting.values()):
            event = MegolmEvent.from_dict(waiting["source"])
            event.room_id = waiting["room"]
            with suppress(EncryptionError):
                event = self._nio.decrypt_event(event)
            if isinstance(event, RoomMessage | BadEvent):
                received = await self._received(waiting["room"], event, handle)
            elif not isinstance(event, MegolmEvent):  # decrypted, and nothing that is said to us
                self._waiting.pop(waiting["id"], None)
                continue
            elif not 0 <= _milliseconds() - waiting["since"] < self._wait_for_key_ms:
                received = Received(
                    id=event.event_id,
                    room=waiting["room"],
                    sender=event.sender,
                    what=What.UNDECRYPTABLE,
                    sent_ms=event.server_timestamp,
                    session=waiting["source"]["content"].get("session_id", ""),
                )
            else:
                continue
            await self._once(waiting["id"], received, handle)
            self._waiting.pop(waiting["id"], None)

    def _keep_checkpoint(self) -> None:
        waiting = list(self._waiting.values())
        self._folder.write("checkpoint.json", {"since": self._since, "seen": list(self._seen), "waiting": waiting})

    def _watch_encryption(self, room_id: str, events: Iterable[Any]) -> None:
        """Encryption cannot be switched off in Matrix, only garbled; a room where somebody did is not written to."""
        for event in events:
            if isinstance(event, RoomEncryptionEvent):
                content = event.source.get("content", {})
                (self._tampered.discard if content.get("algorithm") == MEGOLM else self._tampered.add)(room_id)
            elif getattr(event, "source", {}).get("type") == "m.room.encryption":
                self._tampered.add(room_id)

    # Sending --------------------------------------------------------------------------------------------------------

    async def send(self, room: str, to: str, text: str, transaction: str) -> str:
        """Send ``text`` encrypted to ``to``, the one other person in ``room``; returns the event id.

        Repeating with the same ``transaction`` makes no second message. Raises DeliveryError and nothing else.
        """
        content: dict[str, Any] = {"msgtype": "m.text", "body": text}
        async with self._sending.setdefault(room, asyncio.Lock()):
            return await self._delivering(self._send(room, to, _filled(content), transaction))

    async def _send(self, room_id: str, to: str, content: dict[str, Any], transaction: str) -> str:
        room = self._checked_room(room_id, to)
        await self._nio.share_keys(room_id, to, self._may_read)
        self._checked_room(room_id, to)  # while keys were shared somebody may have come or gone
        if not room.encrypted:  # pragma: no cover - _checked_room has just said so; never send in the clear
            raise DeliveryError("matrix: the room is not encrypted", permanent=True)
        answer = await self._nio.room_send(room_id, "m.room.message", content, tx_id=transaction)
        event_id: str = answer.event_id
        return event_id

    async def explain(self, room: str, text: str, transaction: str) -> None:
        """Say something that anybody may read into a room that is no place to talk: encrypted if the room is, but to
        whoever is there. Raises DeliveryError."""
        async with self._sending.setdefault(room, asyncio.Lock()):
            await self._delivering(self._explain(room, text, transaction))

    async def _explain(self, room_id: str, text: str, transaction: str) -> None:
        content = {"msgtype": "m.text", "body": text}
        room = self._nio.rooms.get(room_id)
        if room is None:
            raise DeliveryError("matrix: we are not in this room", permanent=True)
        if room.encrypted:
            others = sorted(set(room.users) - {self.user})
            if not others:
                raise DeliveryError("matrix: nobody else is in the room", permanent=True)
            await self._nio.share_keys(room_id, None, self._may_read)
            await self._nio.room_send(room_id, "m.room.message", _filled(content), tx_id=transaction)
            return
        path = f"/_matrix/client/v3/rooms/{quoted(room_id)}/send/m.room.message/{quoted(transaction)}"
        await self._nio.call("PUT", path, content)

    def _checked_room(self, room_id: str, to: str) -> MatrixRoom:
        room = self._nio.rooms.get(room_id)
        if room is None:
            started = self.last_sync is not None
            raise DeliveryError("matrix: we are not in this room", permanent=started)
        if not room.encrypted or room_id in self._tampered:
            raise DeliveryError("matrix: the room is not encrypted", permanent=True)
        if to not in room.users:
            raise DeliveryError("matrix: the person has left the room", permanent=True)
        if set(room.users) - {self.user, to}:
            raise DeliveryError("matrix: somebody else is in the room", permanent=True)
        return room

    def _may_read(self, device: OlmDevice) -> bool:
        return self._trust.confirms(device.user_id, _ours(device))

    async def _delivering(self, work: Awaitable[T]) -> T:
        """The one place where everything that can go wrong becomes a DeliveryError (row m)."""
        try:
            return await work
        except Refused as refused:
            raise DeliveryError(
                f"matrix: {refused}", permanent=refused.final, retry_after=refused.retry_after
            ) from refused
        except NoDevice as nobody:
            raise DeliveryError("matrix: the person has no confirmed device", permanent=True) from nobody
        except NoKeyShared as no_key:
            raise DeliveryError(f"matrix: {no_key}", permanent=False) from no_key
        except (LocalProtocolError, EncryptionError) as trouble:
            raise DeliveryError(f"matrix: {type(trouble).__name__}", permanent=False) from trouble
        except _TROUBLE as trouble:
            raise DeliveryError(f"matrix: no connection ({type(trouble).__name__})", permanent=False) from trouble

    # Rooms and devices ----------------------------------------------------------------------------------------------

    async def open_room(self, with_user: str) -> str:
        """A new encrypted room for two; only we can change its rules. The person is invited. Raises DeliveryError."""
        levels = {
            "users_default": 0,
            "state_default": 100,
            "invite": 100,
            "events": {"m.room.encryption": 100},
        }
        answer = await self._delivering(
            self._nio.room_create(
                is_direct=True,
                invite=[with_user],
                preset=RoomPreset.private_chat,
                initial_state=[EnableEncryptionBuilder().as_dict()],
                power_level_override=levels,
                federate=True,
            )
        )
        room: str = answer.room_id
        return room

    async def join(self, room: str) -> None:
        """Accept an invitation. Raises DeliveryError."""
        await self._delivering(self._nio.join(room))
        self._answered(room)

    async def leave(self, room: str) -> None:
        """Leave, or decline an invitation. Raises DeliveryError."""
        await self._delivering(self._nio.room_leave(room))
        self._answered(room)

    def _answered(self, room: str) -> None:
        """The next invitation there is another one."""
        for key in [key for key in self._seen if key.startswith(f"invite:{room}:")]:
            del self._seen[key]

    async def redact(self, room: str, event: str, transaction: str) -> None:
        """Take a message back, as far as the protocol can."""
        path = f"/_matrix/client/v3/rooms/{quoted(room)}/redact/{quoted(event)}/{quoted(transaction)}"
        await self._delivering(self._nio.call("PUT", path))

    async def fetch(self, media: Media, most: int) -> bytes:
        """Bytes of a picture or voice message, at most ``most``, checked and decrypted.

        Raises MediaLost, and DeliveryError for what may be better later.
        """
        server, _, id = media.url.removeprefix("mxc://").partition("/")
        if not (media.url.startswith("mxc://") and server and id):
            raise MediaLost("no address of a homeserver")
        try:
            sealed = await self._delivering(self._nio.download(server, id, most))
        except DeliveryError as error:
            if error.permanent:
                raise MediaLost(str(error)) from error
            raise
        if sealed is None:
            raise MediaLost("too large")
        try:
            content: bytes = await asyncio.to_thread(decrypt_attachment, sealed, media.key, media.hash, media.iv)
        except (EncryptionError, ValueError) as error:
            raise MediaLost("not what was announced") from error
        return content

    async def own_messages(self, room: str) -> list[str]:
        """Ids of everything that we have said there and not taken back, newest first. Raises DeliveryError."""
        found: list[str] = []
        start: str | None = None
        while True:
            query = f"?dir=b&limit={TIMELINE}" + ("" if start is None else f"&from={quoted(start)}")
            path = f"/_matrix/client/v3/rooms/{quoted(room)}/messages{query}"
            page = await self._delivering(self._nio.call("GET", path))
            chunk = [event for event in page.get("chunk", ()) if isinstance(event, dict)]
            found += [
                event["event_id"]
                for event in chunk
                if event.get("sender") == self.user and event.get("content") and event.get("type") in _SAID
            ]
            start = page.get("end")
            if not chunk or not isinstance(start, str):
                return found

    async def forget(self, room: str) -> None:
        """Leave for good: the homeserver drops the room for us, and we drop its keys. Raises DeliveryError."""
        await self.leave(room)
        await self._delivering(self._nio.call("POST", f"/_matrix/client/v3/rooms/{quoted(room)}/forget"))
        self._nio.rooms.pop(room, None)
        self._nio.forget_keys(room)
        self._sending.pop(room, None)
        self._tampered.discard(room)

    async def cut_off(self, room: str, user: str) -> None:
        """A lost phone: remove the account from the room; what is sent afterwards it cannot read."""
        await self._delivering(self._nio.room_kick(room, user))
        self.trust_changed(room)

    def trust_changed(self, room: str) -> None:
        """After a device was confirmed or cut off: the next message has a new key, given to those who may read."""
        self._nio.invalidate_outbound_session(room)

    def members(self, room: str) -> frozenset[str]:
        """Those joined or invited, as far as we know; empty when we are not there."""
        known = self._nio.rooms.get(room)
        return frozenset() if known is None else frozenset(known.users)

    def rooms_with(self, user: str) -> tuple[str, ...]:
        """Rooms in which we are together with somebody."""
        return tuple(id for id, room in self._nio.rooms.items() if user in room.users)

    def rooms(self) -> tuple[str, ...]:
        """Rooms that we are in."""
        return tuple(self._nio.rooms)

    def encrypted(self, room: str) -> bool:
        known = self._nio.rooms.get(room)
        return known is not None and bool(known.encrypted) and room not in self._tampered

    def devices(self, user: str) -> tuple[Device, ...]:
        """What the homeserver has told us of somebody's devices; the console shows their fingerprints."""
        return tuple(self._devices_by_id(user).values())

    def _devices_by_id(self, user: str) -> dict[str, Device]:
        ours = (self.user, self._session.device)
        devices = self._nio.device_store.active_user_devices(user)
        return {d.id: _ours(d) for d in devices if (user, d.id) != ours}


def _media(event: Any, content: dict[str, Any]) -> Media | None:
    """What can be fetched: encrypted pictures and voice messages with all that is needed to open them."""
    kinds = {RoomEncryptedImage: "picture", RoomEncryptedAudio: "voice"}
    kind = next((kind for cls, kind in kinds.items() if isinstance(event, cls)), None)
    if kind is None:
        return None
    info, name = _object(content, "info"), content.get("filename") or event.body
    size, type_ = info.get("size"), info.get("mimetype")
    key, digest = _object({"key": event.key}, "key").get("k"), _object({"hashes": event.hashes}, "hashes").get("sha256")
    if not (isinstance(key, str) and isinstance(digest, str)):
        return None
    return Media(
        kind,
        _plain(name) or kind,
        type_ if isinstance(type_, str) and re.fullmatch(r"[\w.+-]{1,40}/[\w.+-]{1,80}", type_) else "",
        size if isinstance(size, int) and size > 0 else 0,
        event.url,
        key,
        event.iv,
        digest,
    )


def _plain(name: object) -> str:
    """A file's name without anything but its characters."""
    if not isinstance(name, str):
        return ""
    return "".join(char for char in name if unicodedata.category(char)[0] not in "CZ" or char == " ").strip()[:80]


def _object(content: dict[str, Any], name: str) -> dict[str, Any]:
    found = content.get(name)
    return found if isinstance(found, dict) else {}


def _ours(device: OlmDevice) -> Device:
    return Device(device.id, device.ed25519)


def _filled(content: dict[str, Any]) -> dict[str, Any]:
    """``content`` with a filler so that its JSON has a whole number of CONTENT_BYTES."""
    filler = {**content, "org.erstkontakt.filler": ""}
    return {**content, "org.erstkontakt.filler": "." * (-len(Api.to_json(filler)) % CONTENT_BYTES)}


async def _back_off(pause: float, refused: Refused | None) -> float:
    wait = pause * random.uniform(0.5, 1)  # noqa: S311 - spreads repeated requests, keeps no secret
    if refused is not None and refused.retry_after is not None:
        wait = max(wait, refused.retry_after.total_seconds())
    await asyncio.sleep(min(wait, 60))
    return min(pause * 2, 30)


def _milliseconds() -> int:
    # Of the machine's uptime: after a reboot it lies before what was kept, which counts as waited long enough.
    return int(asyncio.get_running_loop().time() * 1000)
