"""`make demo-matrix`: the demonstration with a messenger: a Synapse on this machine, the door for help-seekers, a staff
account, and accounts to log in as somebody who seeks help or as a service phone.

    demo-data/synapse        the homeserver: loopback only, no federation, everything in one folder
    demo-data/lead/matrix.*  the passwords of its accounts, and how to log in

Whoever has Element on this machine logs in as one of the counsellors and plays the service phone, or as "gast" and
writes to @kontakt.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from tests.matrix.homeserver import Homeserver, synapse_python

PORT = int(os.environ.get("MATRIX_PORT", "8008"))
STAFF = "dienst"
CONTACT = "kontakt"
GUEST = "gast"
CAST = ("mira", "jonas", "aylin")
HOW_TO = """
Matrix: a homeserver runs at {url} (this machine only).
Play a service phone with Element (Desktop, or https://app.element.io in a browser on this machine):
  1. Log in -> Edit homeserver -> {url}
{accounts}
  2. In the console ({console}/team/): Diensthandys -> enter {example} as Matrix account.
     An invitation of "Dienst" comes into Element: accept it.
  3. In the console: show a code -> type the six digits in Element. It answers "Bestätigt."
  4. Write an urgent contact on {console} to the team Westmecklenburg, and answer the alert with "ok".
Write as somebody who seeks help:
  1. Log in as {guest} in another Element (or a private window), the same way as above.
  2. Start a chat with {contact}. It greets you; write until it says that your message has arrived.
  3. In the console: claim and answer. The answer comes into the chat. The same address is on {console}/messenger.
These lines lie in {kept}, too.
"""


class DemoHomeserver(Homeserver):
    """Keeps its configuration, and with it its accounts, from one start to the next."""

    def _configure(self) -> None:
        kept = self.root / "homeserver.yaml"
        if kept.exists():
            config = json.loads(kept.read_text())
            self.port = config["listeners"][0]["port"]
            self._secret = config["registration_shared_secret"]
        else:
            self.port = PORT
        self.url = f"http://127.0.0.1:{self.port}"
        if not kept.exists():
            super()._configure()


def main() -> int:
    folder, console = Path(sys.argv[1]).resolve(), sys.argv[2]
    if not (folder / "matrix.key").exists():
        print("This demonstration was made by an older release. First: make demo-clean", file=sys.stderr)
        return 1
    try:
        synapse_python()
    except RuntimeError as error:
        print(f"{error}\nWithout Synapse the demonstration runs as well: make demo", file=sys.stderr)
        return 1
    server = DemoHomeserver(folder / "synapse")
    print("Starting the homeserver …", flush=True)
    server.start()
    try:
        accounts = provide_accounts(server, folder / "lead" / "matrix.json")
        sign_in(server, folder, "staff", STAFF, accounts[STAFF])
        sign_in(server, folder, "contact", CONTACT, accounts[CONTACT])
        kept = folder / "lead" / "matrix.txt"
        lines = "\n".join(f"       {user(name):<18} {accounts[name]}" for name in (*CAST, GUEST))
        names = {"example": user("mira"), "guest": user(GUEST), "contact": user(CONTACT)}
        how_to = HOW_TO.format(url=server.url, accounts=lines, console=console, kept=kept, **names)
        write_secret(kept, how_to)
        print(how_to, flush=True)
        serve = [program(), "serve", "--config", str(folder / "erstkontakt.toml")]
        doors = {"ERSTKONTAKT_CHANNELS": "matrix,push", "ERSTKONTAKT_CONTACT_ACCOUNT": user(CONTACT)}
        return subprocess.run(serve, env={**os.environ, **doors}, check=False).returncode  # noqa: S603 - our own program
    except KeyboardInterrupt:
        return 0
    finally:
        server.stop()


def user(name: str) -> str:
    """The Matrix id of somebody on this homeserver."""
    return f"@{name}:lab.test"


def program() -> str:
    """`erstkontakt` of the environment that runs this."""
    return str(Path(sys.executable).with_name("erstkontakt"))


def provide_accounts(server: Homeserver, kept: Path) -> dict[str, str]:
    """Accounts with their passwords; those that are there already keep theirs."""
    passwords: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    for name in (STAFF, CONTACT, GUEST, *CAST):
        if name not in passwords:
            passwords[name] = secrets.token_urlsafe(9)
            server.register(name, passwords[name])
            write_secret(kept, json.dumps(passwords))
    return passwords


def sign_in(server: Homeserver, folder: Path, account: str, name: str, password: str) -> None:
    """One of our accounts gets its device, once."""
    secret = folder / "lead" / "matrix.password"
    write_secret(secret, password)
    words = ["matrix", "sign-in", "--account", account, "--homeserver", server.url, "--user", user(name)]
    command = [program(), *words, "--password-file", str(secret), "--config", str(folder / "erstkontakt.toml")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program


def write_secret(path: Path, text: str) -> None:
    """Readable by this user only."""
    path.touch(0o600)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
