"""One running baresip: started, asked over its control port (netstrings of JSON), fed with sound by a pipe, ended."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bots.hotline.prompts import wave_of

SILENCE = 40.0  # seconds that follow what is said
START_SECONDS = 10.0
COMMAND_SECONDS = 5.0
LARGEST_EVENT = 64 * 1024


class Lost(Exception):
    """The process is gone, or does not answer."""


class Process:
    """One running baresip. ``happened`` gets every event."""

    def __init__(self, folder: Path, address: str, port: int, happened: Callable[[dict[str, Any]], None]) -> None:
        self.folder, self.address, self.port = folder, address, port
        self.lock = asyncio.Lock()
        self._happened = happened
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self.over = asyncio.Event()

    @property
    def silence(self) -> Path:
        return self.folder / "silence.wav"

    async def start(self) -> None:
        """Raises Lost."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Kept until baresip listens there: without it, it would run on and be deaf to us.
        with socket.socket() as keeper:
            keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            keeper.bind(("127.0.0.1", 0))
            reader = await self._started(keeper.getsockname()[1])
        self._reading = asyncio.ensure_future(self._read(reader))

    async def _started(self, control: int) -> asyncio.StreamReader:
        self.silence.write_bytes(wave_of(b"", SILENCE))
        (self.folder / "config").write_text(CONFIG.format(process=self, control=control), "utf-8")
        # If this service dies, so does baresip: nobody answers calls for nobody.
        around = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        nowhere = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            *around, "baresip", "-f", str(self.folder), stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                return await self._connected(control)
        except TimeoutError:
            await self.stop()
            raise Lost("baresip does not answer") from None

    async def _connected(self, control: int) -> asyncio.StreamReader:
        assert self._process is not None  # noqa: S101 - started above
        while True:
            if self._process.returncode is not None:
                raise Lost(f"baresip ended with {self._process.returncode}")
            with contextlib.suppress(OSError):
                reader, self._writer = await asyncio.open_connection("127.0.0.1", control, limit=LARGEST_EVENT)
                return reader
            await asyncio.sleep(0.02)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                size = int((await reader.readuntil(b":"))[:-1])
                event = json.loads((await reader.readexactly(size + 1))[:-1])
                if event.get("response"):
                    self._answers.put_nowait(event)
                else:
                    self._happened(event)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.over.set()
            self._answers.put_nowait({})  # nobody waits for an answer that cannot come any more

    async def command(self, name: str, parameters: str = "") -> bool:
        """Whether baresip did it. The caller holds ``lock``. Raises Lost."""
        if self._writer is None or self.over.is_set():
            raise Lost("baresip is gone")
        body = json.dumps({"command": name, "params": parameters}).encode()
        self._writer.write(b"%d:%s," % (len(body), body))
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                answer = await self._answers.get()
        except TimeoutError:
            await self.stop()
            raise Lost("baresip does not answer") from None
        if not answer:
            raise Lost("baresip is gone")
        return bool(answer.get("ok"))

    async def of(self, uri: str, *commands: tuple[str, str], unless: Callable[[], bool] = lambda: False) -> bool:
        """Commands for the calls of one account, with nothing in between. Raises Lost.

        ``unless`` is asked when it is our turn: meanwhile the call may be over, and another one has its account.
        """
        async with self.lock:
            if unless():
                return False
            done = await self.command("uafind", uri)
            for name, parameters in commands if done else ():
                done = await self.command(name, parameters) and done
            return done

    async def source(self, uri: str, audio: bytes, unless: Callable[[], bool]) -> bool:
        """Lets the calls of this account hear ``audio`` (a WAV), through a pipe; ``unless`` as above. Raises Lost."""
        pipe = self.folder / "say"
        async with self.lock:
            if unless():
                return False
            pipe.unlink(missing_ok=True)
            os.mkfifo(pipe, 0o600)
            feeding = asyncio.ensure_future(asyncio.to_thread(_feed, pipe, audio))
            try:
                done = await self.command("uafind", uri) and await self.command("ausrc", f"aufile,{pipe}")
            finally:
                _release(pipe)
                await feeding
                pipe.unlink(missing_ok=True)
            return done

    async def stop(self) -> None:
        """Ends it and all its calls."""
        self.over.set()
        if self._writer is not None:
            self._writer.close()
        if self._reading is not None:
            self._reading.cancel()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(2):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


CONFIG = """sip_listen {process.address}:{process.port}
sip_trans_def udp
net_interface {process.address}
call_local_timeout 120
call_max_calls 1
audio_player aubridge,nowhere
audio_source aufile,{process.silence}
audio_alert aufile,/nonexistent
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_txmode thread
audio_level no
audio_buffer 20-160
rtp_ports 10000-19998
rtp_tos 184
rtcp_mux no
jitter_buffer_delay 1-5
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path /nonexistent
"""


def _feed(pipe: Path, audio: bytes) -> None:
    """Waits for the reader, writes, and closes: that is the end of the file for it."""
    with contextlib.suppress(BrokenPipeError, FileNotFoundError), pipe.open("wb", buffering=0) as opened:
        at = 0
        while at < len(audio):
            at += opened.write(audio[at : at + 65536])


def _release(pipe: Path) -> None:
    """Lets a feeder go on whose reader never came."""
    try:
        os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
