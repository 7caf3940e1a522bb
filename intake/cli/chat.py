"""`erstkontakt chat`: the first-contact dialogue of the messenger in a terminal, without a homeserver.

It seals on this machine and sends for real, to the instance at --url or to the one that --config describes. Each line
is a message; an empty line looks for answers. „raus“ and Ctrl-C wipe the screen and leave.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import threading
import unicodedata
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp

from bots.carried import Carried, Outward
from bots.conversation_model import Arrived, Event, Guide, Leave, Said, Say, TakeBack, Talk, Waited, due
from bots.conversation_texts import LANGUAGES
from intake.cli.canary import address, root_key
from intake.cli.far_desk import FarDesk
from intake.cli.service import add_config, settings_of
from intake.errors import IntakeError
from intake.sealing import Sealer

WIPE = "\x1b[3J\x1b[2J\x1b[H"  # what is scrolled away, what is seen, and back to the corner
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
TIMEOUT = 30.0


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "chat",
        help="write to a team in the terminal, as in the messenger",
        description="The dialogue of the messenger in a terminal. It seals here and sends for real. Each line is a "
        "message; an empty line looks for answers; „fertig“ sends, „raus“ wipes the screen and leaves.",
        epilog="Without --url the instance of the settings is written to; it must be running.",
    )
    add_config(parser)
    parser.add_argument("--url", type=address, help="address of an instance, e.g. https://kontakt.example")
    parser.add_argument("--root", type=root_key, metavar="HEX", help="root verify key of that instance, 64 hex digits")
    parser.add_argument("--language", choices=LANGUAGES, default="de", help="language to begin with (default: de)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Talk until the person leaves; returns the exit status."""
    if (arguments.url is None) != (arguments.root is None):
        print("--url und --root gehören zusammen. / --url and --root belong together.", file=sys.stderr)
        return 2
    url, root = arguments.url, arguments.root
    if url is None:
        settings = settings_of(arguments)
        url, root = f"http://{settings.listen_host}:{settings.listen_port}", settings.root_key
    if not is_safe(url):
        print(f"{url}: nur https, .onion oder dieser Rechner. / https, .onion or this machine only.", file=sys.stderr)
        return 2
    # A shell that starts us beside something else lets us inherit that it is ignored; here it must wipe the screen.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return asyncio.run(talk(url.rstrip("/"), root, arguments.language))
    except KeyboardInterrupt:
        wipe()
        return 130


def is_safe(url: str) -> bool:
    """Encrypted on the way, or not on any way."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" or (parts.scheme == "http" and (host in LOCAL or host.endswith(".onion")))


async def talk(url: str, root: bytes, language: str) -> int:
    """One conversation. Nothing of it is written anywhere."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:
        desk = FarDesk(url, root, lambda: datetime.now(UTC), http)
        try:
            await desk.refresh()
        except IntakeError as error:
            show(error.sentence(language))
            print(f"{url}: {error.code}: {error}", file=sys.stderr)
            return 1

        def guide() -> Guide:
            return Guide(desk.network.directory, desk.network.regions, f"{url}/")

        carried = Carried(Sealer(desk, "web"), guide, Talk(language, "terminal"))
        async for event in events(carried):
            if await carry_out(carried.look() if event is None else carried.happen(event)):
                return 0
    return 0


async def events(carried: Carried) -> AsyncIterator[Event | None]:
    """What happens: arrival, lines, the passing of time; None for an empty line; the end drops what was not sent."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    # A thread of its own that nobody waits for: leaving must not wait for one more line.
    threading.Thread(target=read, args=(lines, asyncio.get_running_loop()), daemon=True).start()
    yield Arrived()
    number = 0
    while True:
        until = due(carried.talk)
        wait = None if until is None else max(0.0, (until - datetime.now(UTC)).total_seconds())
        try:
            line = await asyncio.wait_for(lines.get(), wait)
        except TimeoutError:
            yield Waited()
            continue
        if line is None:
            if carried.talk.pieces:
                yield Said("stopp")
            return
        number += 1
        yield Said(line, str(number)) if line.strip() else None


def read(lines: asyncio.Queue[str | None], loop: asyncio.AbstractEventLoop) -> None:
    """Feeds lines from the terminal until there are no more, or nobody listens any longer.

    Reads the descriptor itself: a thread that waits inside sys.stdin would break the end of the program.
    """
    begun = b""
    with contextlib.suppress(RuntimeError):  # the conversation is over and its loop closed
        while more := os.read(sys.stdin.fileno(), 2**16):
            *whole, begun = (begun + more).split(b"\n")
            for line in whole:
                loop.call_soon_threadsafe(lines.put_nowait, line.decode("utf-8", "replace").rstrip("\r"))
        loop.call_soon_threadsafe(lines.put_nowait, None)


async def carry_out(effects: AsyncIterator[Outward]) -> bool:
    """Shows what is said; True when the conversation is over."""
    async for effect in effects:
        match effect:
            case Say():
                show(effect.text)
            case TakeBack():
                wipe()
            case Leave():
                wipe()
                if effect.farewell:
                    show(effect.farewell)
                return True
    return False


def show(text: str) -> None:
    """Prints a text that may come from anybody: without anything that steers the terminal."""
    print("\n" + "".join(char for char in text if char == "\n" or unicodedata.category(char) != "Cc"), flush=True)


def wipe() -> None:
    """Clears a terminal with what is scrolled away; a pipe gets nothing."""
    if sys.stdout.isatty():
        print(WIPE, end="", flush=True)
