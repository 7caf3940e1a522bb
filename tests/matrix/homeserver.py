"""A throw-away Synapse on loopback with SQLite: no federation, no key servers, no rate limits, no presence."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.ports import reserved

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
ENVIRONMENT = Path(__file__).parents[2] / ".venv" / "synapse"
NAME = "lab.test"


def synapse_python() -> Path:
    """The interpreter that has Synapse; made in .venv/synapse on first use, which needs the package index."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "installed"
    wanted = REQUIREMENTS.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        pip += ["--require-hashes", "-r", str(REQUIREMENTS)]
        done = subprocess.run(pip, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"Synapse could not be installed from the package index:\n{done.stderr[-2000:]}")
        stamp.write_text(wanted)
    return python


class Homeserver:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = reserved(self)
        self.url = f"http://127.0.0.1:{self.port}"
        self._secret = secrets.token_hex(24)
        self._process: subprocess.Popen[bytes] | None = None
        root.mkdir(parents=True, exist_ok=True)
        self._configure()

    def _configure(self) -> None:
        free = {"per_second": 100_000, "burst_count": 1_000_000}
        logging = {
            "version": 1,
            "handlers": {"file": {"class": "logging.FileHandler", "filename": str(self.root / "homeserver.log")}},
            "root": {"level": "WARNING", "handlers": ["file"]},
            "disable_existing_loggers": False,
        }
        listener = {
            "port": self.port,
            "tls": False,
            "type": "http",
            "bind_addresses": ["127.0.0.1"],
            "resources": [{"names": ["client"], "compress": False}],
        }
        config = {
            "server_name": NAME,
            "public_baseurl": f"{self.url}/",
            "pid_file": str(self.root / "pid"),
            "listeners": [listener],
            "database": {"name": "sqlite3", "args": {"database": str(self.database)}},
            "log_config": str(self.root / "log.json"),
            "media_store_path": str(self.root / "media"),
            "signing_key_path": str(self.root / "signing.key"),
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "report_stats": False,
            "federation_domain_whitelist": [],
            "send_federation": False,
            "presence": {"enabled": False},
            "registration_shared_secret": self._secret,
            "enable_registration": False,
            "macaroon_secret_key": secrets.token_hex(24),
            "form_secret": secrets.token_hex(24),
            "bcrypt_rounds": 4,
            "rc_message": free,
            "rc_registration": free,
            "rc_login": {"address": free, "account": free, "failed_attempts": free},
            "rc_joins": {"local": free, "remote": free},
            "rc_joins_per_room": free,
            "rc_invites": {"per_room": free, "per_user": free, "per_issuer": free},
            "rc_key_requests": free,
            "rc_room_creation": free,
            "user_directory": {"enabled": False},
            # The default of two minutes replays stale answers after an outage.
            "caches": {"sync_response_cache_duration": "0s"},
        }
        (self.root / "homeserver.yaml").write_text(json.dumps(config))  # JSON is YAML
        (self.root / "log.json").write_text(json.dumps(logging))
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (self.root / "signing.key").write_text(f"ed25519 a_test {seed}\n")

    @property
    def database(self) -> Path:
        return self.root / "homeserver.db"

    def start(self) -> None:
        command = [str(synapse_python()), "-m", "synapse.app.homeserver", "-c", str(self.root / "homeserver.yaml")]
        with (self.root / "out.log").open("ab") as out:
            self._process = subprocess.Popen(
                command,
                cwd=self.root,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "SYNAPSE_CACHE_FACTOR": "0.2"},
            )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=1):  # noqa: S310
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise RuntimeError(f"Synapse does not start:\n{(self.root / 'out.log').read_text()[-3000:]}")

    def stop(self, *, kill: bool = False) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, method=method, headers=headers, data=data)  # noqa: S310
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return json.load(answer)

    def register(self, name: str, password: str) -> str:
        """A new account; returns its user id."""
        nonce = self.call("GET", "/_synapse/admin/v1/register")["nonce"]
        parts = (nonce.encode(), name.encode(), password.encode(), b"notadmin")
        mac = hmac.new(self._secret.encode(), b"\x00".join(parts), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac}
        user: str = self.call("POST", "/_synapse/admin/v1/register", body)["user_id"]
        return user

    def events(self, room: str, token: str) -> list[dict[str, Any]]:
        """Everything in a room as the homeserver has it, oldest first."""
        found = self.call("GET", f"/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=500", token=token)
        chunk: list[dict[str, Any]] = found["chunk"]
        return chunk[::-1]

    def written(self) -> bytes:
        """Every byte it has written."""
        return b"".join(file.read_bytes() for file in self.root.rglob("*") if file.is_file())
