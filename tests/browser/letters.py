"""Help-seekers without a browser: they seal in Python and write to the house, so that a test can begin at once."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from config.settings import read_settings
from crypto.envelope import Kind, seal
from crypto.identity import Identity, MailboxKeys
from intake import stamps
from intake.desk import Desk
from intake.network import Network
from intake.store import open_store
from tests.house import House

STAMP_BITS = 12


def post(house: House, path: str, body: dict[str, Any], session: str = "") -> dict[str, Any]:
    """JSON to the house; its answer. Raises HTTPError for everything but success."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {session}"} if session else {})
    request = urllib.request.Request(house.url + path, json.dumps(body).encode(), headers, method="POST")  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        read: dict[str, Any] = json.load(answer)
        return read


def base64_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def stamp(envelope: bytes) -> dict[str, int]:
    hour = int(time.time()) // 3600
    return {"hour": hour, "counter": stamps.solve(envelope, hour, STAMP_BITS)}


def minute() -> str:
    return time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime())


@dataclass
class Writer:
    """Somebody with a mailbox at one team."""

    house: House
    team: str = "rz-wm"
    seed: bytes = field(default_factory=lambda: os.urandom(32))

    def __post_init__(self) -> None:
        self.identity = Identity.from_seed(self.seed)
        self.mailbox = MailboxKeys.from_seed(self.seed)
        self.readers = [Identity.from_seed(self.house.seed(self.team)).public, self.identity.public]

    @property
    def reference(self) -> str:
        """What the console calls the contact."""
        return self.mailbox.id.hex()[:4].upper()

    def first(self, text: str, **more: Any) -> bytes:
        """The sealed first contact. `more` overrides fields of the payload."""
        public = self.identity.public
        payload: dict[str, Any] = {
            "v": 1,
            "lang": "de",
            "role": "relative",
            "phenomena": ["RE"],
            "kreis": "DE80M",
            "text": text,
            "urgent": False,
            "wishes": {"only_civil": True, "not_carriers": []},
            "keys": {"kem": base64_of(public.kem), "verify": base64_of(public.verify)},
            "sent": minute(),
        } | more
        return seal(Kind.CONTACT, self.mailbox.id, json.dumps(payload).encode(), self.readers, self.identity)

    def write(self, text: str, **more: Any) -> Writer:
        """The first contact, sent."""
        envelope = self.first(text, **more)
        post(
            self.house,
            "/api/contacts",
            {
                "team": self.team,
                "token_hash": base64_of(self.mailbox.token_hash),
                "urgent": bool(more.get("urgent")),
                "envelope": base64_of(envelope),
                "stamp": stamp(envelope),
            },
        )
        return self

    def message(self, text: str, signed_by: Identity | None = None) -> bytes:
        """A sealed further message."""
        payload = json.dumps({"v": 1, "text": text, "sent": minute()}).encode()
        return seal(Kind.MESSAGE, self.mailbox.id, payload, self.readers, signed_by or self.identity)

    async def attach(
        self, content: bytes, *, name: str = "bild.jpg", type_: str = "image/jpeg", signed_by: Identity | None = None
    ) -> None:
        """A picture or voice message, as a door of the house brings it."""
        head = json.dumps({"v": 1, "name": name, "type": type_, "sent": minute()}).encode()
        signer = signed_by or self.identity
        envelope = seal(Kind.ATTACHMENT, self.mailbox.id, head + b"\0" + content, self.readers, signer)
        settings = read_settings(self.house.config, {})
        network = Network(settings.directory_folder, settings.root_key)
        network.reload(datetime.now(UTC))
        async with open_store(settings.database, settings.data_folder) as store:
            desk = Desk(store, network, settings, lambda: datetime.now(UTC))
            await desk.attachments.add(self.mailbox.id, self.mailbox.token, envelope)

    def write_again(self, text: str, signed_by: Identity | None = None) -> None:
        """A further message, sent."""
        envelope = self.message(text, signed_by)
        keys = {"mailbox": base64_of(self.mailbox.id), "token": base64_of(self.mailbox.token)}
        post(self.house, "/api/mailbox/messages", {**keys, "envelope": base64_of(envelope), "stamp": stamp(envelope)})

    def read(self) -> list[dict[str, Any]]:
        """All entries of the own mailbox, as the server keeps them."""
        keys = {"mailbox": base64_of(self.mailbox.id), "token": base64_of(self.mailbox.token)}
        entries: list[dict[str, Any]] = post(self.house, "/api/mailbox/open", keys)["entries"]
        return entries
