"""The two that carry calls of real telephones, behind one door for the tests: baresip and Asterisk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from bots.hotline import asterisk
from bots.hotline.asterisk import Asterisk
from bots.hotline.baresip import Account, Baresip, Plan
from tests.hotline.softphone import Softphone
from tests.hotline.stage import OWN, PretendHouse, Tones, WatchedDoor
from tests.ports import free_ports

HERE = Path(__file__).parents[2]
PREPARED = HERE / ".venv" / "asterisk"  # where `make test-asterisk` puts it
PASSWORD = "only-for-the-tests"
START_SECONDS = 60.0


def asterisk_system() -> str | None:
    """What deploy/asterisk/run needs to be told: "" for the system's own Asterisk, None when there is none."""
    if (PREPARED / "usr" / "sbin" / "asterisk").exists():
        return str(PREPARED)
    return "" if shutil.which("asterisk") else None


@dataclass
class Server:
    """A running Asterisk on loopback; its sounds are the tones of a whole recording folder."""

    folder: Path
    sounds: Path
    sip: int = field(default_factory=lambda: free_ports(2))
    ari: int = field(default_factory=lambda: free_ports(1))
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        more = {
            "SIP": f"127.0.0.1:{self.sip}", "ARI": str(self.ari), "ARI_PASSWORD": PASSWORD,
            "RTP_FIRST": "33000", "RTP_LAST": "34999",
        }  # fmt: skip
        run = HERE / "deploy" / "asterisk" / "run"
        with (self.folder / "out").open("ab") as log:
            self.process = subprocess.Popen(
                [run, self.folder / "asterisk", asterisk_system() or ""],
                env={**os.environ, **more},
                stdout=log,
                stderr=log,
            )

    async def up(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    opener.open(f"http://127.0.0.1:{self.ari}/ari/channels", timeout=1)
                except urllib.error.HTTPError as error:
                    if error.code == 401:  # it wants the password: it is up
                        return
                except OSError:
                    pass
                await asyncio.sleep(0.05)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclass
class Carrier:
    """``name`` "baresip" or "asterisk"."""

    name: str
    folder: Path
    server: Server | None = None

    @contextlib.asynccontextmanager
    async def door(self, house: PretendHouse, phones: Softphone, lines: int = 1) -> AsyncIterator[WatchedDoor]:
        """A telephone door; calls of its own go to ``phones``."""
        exchange: Baresip | Asterisk
        if self.server is None:
            port = free_ports(2 * lines + 2)
            accounts = tuple(Account.read(f"sip:hotline@127.0.0.1:{port + 2 * n};regint=0") for n in range(lines))
            plan = Plan(self.folder / "lines", accounts, port=port, gateway=f"127.0.0.1:{phones.port}")
            exchange = Baresip(plan, Tones(self.folder))
        else:
            trunk = f"PJSIP/trunk/sip:{{number}}@127.0.0.1:{phones.port}"
            url = f"http://127.0.0.1:{self.server.ari}/ari"
            ari = asterisk.Plan(url, "erstkontakt", PASSWORD, trunk, OWN[0], lines)
            exchange = Asterisk(ari, Tones(self.server.sounds))
        door = WatchedDoor(exchange, house)
        running = asyncio.ensure_future(door.run())
        try:
            ready = asyncio.ensure_future(exchange.ready())
            await asyncio.wait({ready, running}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            assert ready.done()
            yield door
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def address(self, door: WatchedDoor, n: int = 0) -> str:
        """What to dial; ``n``: the line, where each has an address of its own."""
        if isinstance(door.exchange, Baresip):
            return door.exchange.plan.accounts[n].uri
        assert self.server is not None
        return f"sip:hotline@127.0.0.1:{self.server.sip}"

    def kill(self, door: WatchedDoor) -> None:
        """kill -9 of whatever carries the calls. Asterisk is started again by the system, here by us."""
        if isinstance(door.exchange, Baresip):
            process = door.exchange._processes[0]._process
            assert process is not None
            process.kill()
            return
        assert self.server is not None
        self.server.stop(signal.SIGKILL)
        self.server.start()
