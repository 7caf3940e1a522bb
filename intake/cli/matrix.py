"""`erstkontakt matrix …`: our accounts on Matrix. "staff" speaks with the service phones, "contact" with help-seekers.

    matrix sign-in --homeserver https://matrix.example.org --user @dienst:example.org     asks for the password
    matrix sign-in --account contact --homeserver … --user @kontakt:example.org
    matrix status [--account contact]                                                     whether it still works
    matrix sign-out [--account contact]                                                   gives the device back

Each is a fresh account of its own, used by nobody else: nobody in a help-seeker's room can ask the staff account
anything. See deploy/RUNBOOK.md. The password is needed once and is not kept.
"""

import argparse
import asyncio
import contextlib
import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings
from intake.cli.service import add_config, settings_of

if TYPE_CHECKING:
    from bots.matrix import Folder


ACCOUNTS = {"staff": "Dienst", "contact": "Kontakt"}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds matrix and its verbs."""
    matrix = commands.add_parser(
        "matrix", help="sign our Matrix accounts in or out", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verbs = matrix.add_subparsers(title="what to do", metavar="verb", required=True)

    sign_in = verbs.add_parser("sign-in", help="log the account in with a new device and keys of its own")
    sign_in.add_argument("--homeserver", required=True, help="address, such as https://matrix.example.org")
    sign_in.add_argument("--user", required=True, help="account, such as @dienst:example.org")
    sign_in.add_argument("--password-file", type=Path, help="one line; otherwise the password is asked for")
    sign_in.add_argument("--name", help="name as messengers show it (default: Dienst, or Kontakt)")
    sign_in.add_argument("--again", action="store_true", help="give up the present device and make a new one")
    for parser, run in (
        (sign_in, _sign_in),
        (verbs.add_parser("status", help="say whether the homeserver accepts the account"), _status),
        (verbs.add_parser("sign-out", help="give the device back and forget its keys"), _sign_out),
    ):
        add_config(parser)
        parser.add_argument(
            "--account", choices=ACCOUNTS, default="staff", help="staff: service phones; contact: help-seekers"
        )
        parser.set_defaults(run=lambda options, run=run: _guarded(run, options))


def _guarded(
    run: Callable[[argparse.Namespace, Settings, "Folder"], Awaitable[int]], options: argparse.Namespace
) -> int:
    settings = settings_of(options)
    if not settings.matrix_key:
        print("matrix_key_file is missing in the settings; `erstkontakt init` writes one.", file=sys.stderr)
        return 1
    try:
        from bots.matrix import Folder
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is not installed: pip install erstkontakt[matrix]", file=sys.stderr)
        return 1
    os.umask(0o077)
    path = settings.contact_folder if options.account == "contact" else settings.staff_folder
    return asyncio.run(_told(run(options, settings, Folder(path, settings.matrix_key))))


async def _told(work: Awaitable[int]) -> int:
    import aiohttp

    from bots.matrix.robust_nio import Refused

    try:
        return await work
    except Refused as refused:
        said = refused.data.get("error", "")
        print(f"The homeserver refuses: {refused.code or refused.status}. {said}", file=sys.stderr)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        print(f"The homeserver cannot be reached ({type(error).__name__}).", file=sys.stderr)
    except ValueError as error:
        print(f"This cannot be: {error}", file=sys.stderr)
    return 1


async def _sign_in(options: argparse.Namespace, settings: Settings, folder: "Folder") -> int:
    from bots.matrix import provision, sign_out

    if folder.session() is not None:
        if not options.again:
            print(
                f"The {options.account} account is signed in already. --again makes a new device; everybody sees that."
            )
            return 0
        await sign_out(folder)
        _forget(folder)
    if options.password_file is not None:
        try:
            password = options.password_file.read_text("utf-8").strip("\r\n")
        except OSError as error:
            print(f"{options.password_file} cannot be read: {error.strerror}", file=sys.stderr)
            return 1
    else:
        password = getpass.getpass(f"Password of {options.user}: ")
    session = await provision(
        folder,
        homeserver=options.homeserver,
        user=options.user,
        password=password,
        display_name=options.name or ACCOUNTS[options.account],
    )
    print(f"Signed in: {session.user}, device {session.device}.")
    if options.account == "contact":
        if settings.contact_account != session.user:
            print(f'Next: contact_account = "{session.user}" in the settings, and start the service again.')
    elif "matrix" not in settings.channels:
        print('Next: add "matrix" to channels in the settings, and start the service again.')
    return 0


async def _status(options: argparse.Namespace, settings: Settings, folder: "Folder") -> int:
    from bots.matrix.robust_nio import RobustNio

    session = folder.session()
    if session is None:
        more = " --account contact" if options.account == "contact" else ""
        print(f"Not signed in. Next: erstkontakt matrix sign-in{more}", file=sys.stderr)
        return 1
    nio = RobustNio(folder, session)
    nio.restore_login(session.user, session.device, session.token)
    try:
        found = await nio.call("GET", "/_matrix/client/v3/account/whoami")
    finally:
        await nio.close()
    print(f"Signed in: {found.get('user_id')}, device {session.device}.")
    if options.account == "staff":
        rooms = folder.read("rooms.json") or {}
        print(f"{sum(not room['left'] for room in rooms.values())} rooms with service phones.")
    return 0


async def _sign_out(options: argparse.Namespace, settings: Settings, folder: "Folder") -> int:
    from bots.matrix import sign_out

    await sign_out(folder)
    _forget(folder)
    whom = "Help-seekers cannot write" if options.account == "contact" else "Phones get no alerts"
    print(f"Signed out. {whom} through Matrix until the account is signed in again.")
    return 0


def _forget(folder: "Folder") -> None:
    """Everything of the old device; its keys open nothing that comes from now on."""
    for file in list(folder.path.iterdir()):
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
