"""`erstkontakt serve | init | doctor`."""

import argparse
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from config.settings import FILE_NAME, Settings, read_settings

SETTINGS_TEXT = """# Settings of this installation. Each can also come from the environment (ERSTKONTAKT_LISTEN_PORT=80)
# or, for secrets, from a file (ERSTKONTAKT_DATABASE_FILE=/run/secrets/database). Paths are relative to this file.

# Fingerprint of the offline root that signs the directory. Anybody may compare it.
root_key = "{root}"

data_folder = "{data}"
database = "sqlite"                      # or "postgresql://user:password@host/name"
listen_host = "127.0.0.1"                # a reverse proxy or an onion service stands in front
listen_port = {port}
public_url = "{url}"
neutral_exit_url = "https://www.wetter.de/"   # where "quick exit" leads
languages = ["de", "en"]

at_rest_key_file = "{key}"       # seals numbers of service phones and the like; back it up apart from the database
channels = []                            # how service phones are reached: "matrix", "push", "sms", "voice"
matrix_key_file = "matrix.key"           # opens the crypto stores of our Matrix accounts (erstkontakt matrix sign-in)
# contact_account = "@kontakt:example.org"      # opens the messenger's door for help-seekers (deploy/RUNBOOK.md)
push_key_file = "push.key"               # introduces us to push services; a new one ends all subscriptions
# sms_key_file = "sms.key"               # key of an account at seven.io; sms_sender = "Dienst" is shown as sender
test_alarm = "10:00"                     # daily, for everybody on call; "off" for never
# heartbeat_url = "https://…"            # called every minute while alerts and outbox are well
"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds serve, init and doctor."""
    serve = commands.add_parser("serve", help="run the service", description="Run the service until Ctrl-C or SIGTERM.")
    add_config(serve)
    serve.add_argument(
        "--only",
        action="append",
        choices=["web", "bots", "outbox", "ticker"],
        help="run this part alone; may be given several times (on PostgreSQL, the parts may run on several machines)",
    )
    serve.set_defaults(run=run_serve)

    init = commands.add_parser(
        "init",
        help="make a new installation",
        description="Make the folder of a new installation: settings and an empty data folder. With --demo also a "
        "signed example network, demo counsellors and their passphrases; running it again changes nothing.",
    )
    init.add_argument("folder", type=Path, nargs="?", help="folder of the installation")
    init.add_argument("--demo", type=Path, metavar="FOLDER", help="a throw-away demonstration network in FOLDER")
    init.add_argument("--root", metavar="HEX", help="root fingerprint, as printed by `erstkontakt directory init`")
    init.add_argument("--url", default="", help="public address, such as https://kontakt.example.org")
    init.set_defaults(run=run_init)

    doctor = commands.add_parser(
        "doctor",
        help="find out what is wrong",
        description="Looks at settings, directory, clock, database, disk and file permissions, and says what to do.",
    )
    add_config(doctor)
    doctor.set_defaults(run=run_doctor)


def add_config(parser: argparse.ArgumentParser) -> None:
    """The option --config, the same for all commands that need settings."""
    parser.add_argument(
        "--config",
        type=Path,
        default=os.environ.get("ERSTKONTAKT_CONFIG"),
        metavar="FILE",
        help=f"settings file (default: $ERSTKONTAKT_CONFIG, then ./{FILE_NAME}, then the environment alone)",
    )


def settings_of(options: argparse.Namespace) -> Settings:
    """Settings as the command line asks. Raises SettingsFaulty."""
    path: Path | None = Path(options.config) if options.config else None
    if path is None and Path(FILE_NAME).exists():
        path = Path(FILE_NAME)
    return read_settings(path)


def run_serve(options: argparse.Namespace) -> int:
    """Runs until stopped."""
    settings = settings_of(options)
    from intake.app import PARTS, serve  # after the settings: a typing slip is told at once

    only = frozenset(options.only or PARTS)

    def announce(port: int | None) -> None:
        if port is None:
            print(f"Erstkontakt: running {', '.join(sorted(only))}", flush=True)
            return
        host = f"[{settings.listen_host}]" if ":" in settings.listen_host else settings.listen_host
        print(f"Erstkontakt: {settings.public_url} (listening on {host}:{port})", flush=True)

    os.umask(0o077)
    code = serve(settings, announce, only)
    if code == 0:
        print("Erstkontakt: beendet / stopped.", flush=True)
    return code


def run_init(options: argparse.Namespace) -> int:
    """Makes an installation."""
    if options.demo is not None:
        from intake.cli.demo import make_demo

        return make_demo(options.demo)
    if options.folder is None or not options.root:
        print("erstkontakt init FOLDER --root HEX   (or: erstkontakt init --demo FOLDER)", file=sys.stderr)
        return 2
    folder: Path = options.folder
    path = folder / FILE_NAME
    if path.exists():
        print(f"{path} exists already; nothing was changed.", file=sys.stderr)
        return 1
    write_settings(folder, options.root, options.url or "http://127.0.0.1:8080", 8080)
    try:
        read_settings(path, {})
    except Exception:
        path.unlink()
        raise
    print(f"{path} is written. Next: put the signed directory into {folder / 'data' / 'directory'}")
    print(f"(erstkontakt directory publish …), then: erstkontakt doctor --config {path}")
    return 0


def write_settings(folder: Path, root: str, url: str, port: int) -> Path:
    """The settings file and the data folder, readable by this user only."""
    from crypto import vapid  # here: `serve` must be up within a second

    for private in (folder, folder / "data"):
        private.mkdir(parents=True, exist_ok=True)
        private.chmod(0o700)
    key = folder / "at-rest.key"
    _keep(key, lambda: secrets.token_hex(32))
    _keep(folder / "matrix.key", lambda: secrets.token_urlsafe(32))
    _keep(folder / "push.key", lambda: vapid.new_key().decode())
    path = folder / FILE_NAME
    path.touch(0o600)
    path.write_text(SETTINGS_TEXT.format(root=root, data="data", port=port, url=url, key=key.name), "utf-8")
    return path


def _keep(path: Path, fresh: Callable[[], str]) -> None:
    """A secret of the installation: made once, readable by this user only."""
    if not path.exists():
        path.touch(0o600)
        path.write_text(fresh().strip() + "\n", "utf-8")


def run_doctor(options: argparse.Namespace) -> int:
    """Prints findings; exit code 1 if something must be done."""
    from intake.cli.doctor import examine

    return examine(options)
