"""The phone of somebody else: a plain matrix-nio client, unrepaired, as other people may use it."""

from __future__ import annotations

import asyncio
import contextlib
import io
from pathlib import Path
from typing import Any

from nio import AsyncClient, AsyncClientConfig, InviteMemberEvent, MegolmEvent, RoomMessage
from nio.store import SqliteStore


class Phone:
    def __init__(self, url: str, user: str, folder: Path, device: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = AsyncClientConfig(
            store=SqliteStore, store_name=f"{device}.db", pickle_key="p" * 43, encryption_enabled=True
        )
        self.nio = AsyncClient(url, user, device_id=device, store_path=str(folder), config=config)
        self.user = user
        self.device = device
        self.read: list[str] = []
        self.unreadable: list[str] = []
        self._task: asyncio.Task[None] | None = None

    async def sign_in(self) -> None:
        await self.nio.login("pw")
        self.nio.add_event_callback(self._message, RoomMessage)
        self.nio.add_event_callback(self._cannot_read, MegolmEvent)
        self.nio.add_event_callback(self._invited, InviteMemberEvent)
        await self.step()

    def _message(self, room: Any, event: Any) -> None:
        if event.sender != self.user:
            self.read.append(event.body)

    def _cannot_read(self, room: Any, event: Any) -> None:
        if event.sender != self.user:
            self.unreadable.append(event.event_id)

    async def _invited(self, room: Any, event: Any) -> None:
        if event.state_key == self.user and event.membership == "invite":
            await self.nio.join(room.room_id)

    async def step(self, times: int = 1) -> None:
        for _ in range(times):
            await self.nio.sync(0, {"room": {"timeline": {"limit": 500}}})
            if self.nio.should_upload_keys:
                await self.nio.keys_upload()
            if self.nio.should_query_keys:
                await self.nio.keys_query()
            if self.nio.should_claim_keys:
                await self.nio.keys_claim(self.nio.get_users_for_key_claiming())
            await self.nio.send_to_device_messages()

    async def say(self, room: str, text: str, **content: Any) -> str:
        message = {"msgtype": "m.text", "body": text, **content}
        answer = await self.nio.room_send(room, "m.room.message", message, ignore_unverified_devices=True)
        event: str = answer.event_id
        return event

    async def attach(self, room: str, content: bytes, *, name: str, type_: str, kind: str = "m.image") -> str:
        """A picture or voice message, encrypted and uploaded as Element does it."""
        uploaded, keys = await self.nio.upload(
            io.BytesIO(content), content_type="application/octet-stream", encrypt=True, filesize=len(content)
        )
        file = {"url": uploaded.content_uri, **keys}
        message = {"msgtype": kind, "body": name, "info": {"size": len(content), "mimetype": type_}, "file": file}
        answer = await self.nio.room_send(room, "m.room.message", message, ignore_unverified_devices=True)
        event: str = answer.event_id
        return event

    @property
    def fingerprint(self) -> str:
        key: str = self.nio.olm.account.identity_keys["ed25519"]
        return key

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.nio.close()
