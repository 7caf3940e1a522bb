"""What happens on the Matrix side, in our words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Device:
    """A device of somebody. ``fingerprint``: its Ed25519 key, unpadded base64, as messengers show it."""

    id: str
    fingerprint: str


class What(StrEnum):
    TEXT = "text"
    MEDIA = "media"  # picture, voice, video, file, place; fetched by nobody but ``fetch``
    NOTICE = "notice"  # of a program; to be answered by nobody, or two programs would never end
    TAKEN_BACK = "taken back"  # the person has removed the message that ``edits`` names
    OTHER = "other"
    PLAIN = "plain"  # not encrypted although it came over Matrix; its content is not handed on
    UNDECRYPTABLE = "undecryptable"


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or a voice message that lies, encrypted, on the homeserver. ``kind``: "picture" or "voice".

    ``name``, ``type`` and ``size`` (bytes) are what its sender says; ``url``, ``key``, ``iv`` and ``hash`` open it.
    """

    kind: str
    name: str = field(repr=False)
    type: str
    size: int
    url: str = field(repr=False)
    key: str = field(repr=False)
    iv: str = field(repr=False)
    hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """A message for us. ``id`` is the event's: handling it twice must change nothing.

    ``device`` is the sender's device, known from its keys and not from what the event claims; None when unknown.
    ``confirmed``: that device may be obeyed. ``session`` names the Megolm session (one notice each).
    """

    id: str
    room: str
    sender: str
    what: What
    text: str = field(default="", repr=False)
    sent_ms: int = 0
    device: Device | None = None
    confirmed: bool = False
    session: str = ""
    reply_to: str | None = None
    edits: str | None = None
    media: Media | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody wants us in a room. ``direct``: they say it is for two."""

    room: str
    inviter: str
    direct: bool


@dataclass(frozen=True, slots=True)
class Left:
    """``user`` is no longer in the room (left, was removed, or refused the invitation)."""

    room: str
    user: str


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """``user`` has one more device than before: perhaps a new phone, perhaps somebody else who reads."""

    user: str
    device: Device
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """Who is in the room, or how it is encrypted, may not be as it was; or we see it for the first time since our
    start. To be looked at before what is said there."""

    room: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """We are in this room, but our keys or our place in it are new: what was said before cannot be read."""

    room: str


Event = Received | Invited | Left | DeviceSeen | Changed | Skipped
