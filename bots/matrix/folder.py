"""The files of one Matrix account: a folder of mode 0700 with files of mode 0600, written whole or not at all.

    session.json       homeserver, user, device, access token
    crypto.db          nio's store; its secrets are encrypted with the pickle key
    cross_signing.json our three signing keys, encrypted with the pickle key
    checkpoint.json    up to where everything received has been handled

The pickle key is not here: it comes from the settings (``*_FILE``), so that a copy of the folder alone opens nothing
but the session, which the homeserver can revoke.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MODE = 0o600
KEY_LENGTH = 32
CRYPTO_STORE = "crypto.db"


def new_pickle_key() -> str:
    """A random key for the settings: 32 bytes as URL-safe text."""
    return secrets.token_urlsafe(KEY_LENGTH)


@dataclass(frozen=True, slots=True)
class Session:
    homeserver: str
    user: str
    device: str
    token: str = field(repr=False)


class Folder:
    """``key`` opens the crypto store; at least 32 characters, because nio's own default is a constant (row l)."""

    def __init__(self, path: Path, key: str) -> None:
        if len(key) < KEY_LENGTH or len(set(key)) < KEY_LENGTH // 4:
            raise ValueError("the key of the crypto store needs at least 32 random characters")
        self.path = path
        self.key = key
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        self._protect_store()

    def __repr__(self) -> str:
        return f"<Folder {self.path.name}>"

    @property
    def raw_key(self) -> bytes:
        """The 32 bytes that vodozemac encrypts with: the same derivation as nio's."""
        return hashlib.sha256(self.key.encode()).digest()

    def _protect_store(self) -> None:
        # SQLite gives its journal the mode of the database; so it must be right before nio opens it.
        store = self.path / CRYPTO_STORE
        descriptor = os.open(store, os.O_CREAT | os.O_RDWR, MODE)
        os.close(descriptor)
        for file in self.path.iterdir():
            file.chmod(MODE)

    def read(self, name: str) -> dict[str, Any] | None:
        """The JSON object in ``name``, or None when there is none."""
        try:
            found = json.loads((self.path / name).read_bytes())
        except FileNotFoundError:
            return None
        return found if isinstance(found, dict) else None

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Durably and atomically: after a crash either the old or the new content is there."""
        new = self.path / f"{name}.new"
        descriptor = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(content, separators=(",", ":")).encode())
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path / name)

    def session(self) -> Session | None:
        found = self.read("session.json")
        return None if found is None else Session(**found)

    def keep_session(self, session: Session) -> None:
        fields = {"homeserver": session.homeserver, "user": session.user}
        self.write("session.json", {**fields, "device": session.device, "token": session.token})
