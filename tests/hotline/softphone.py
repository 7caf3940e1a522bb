"""A telephone of the tests: a real baresip with one or more numbers, which can call, answer, press keys, and listen.

Its SIP messages are kept (``messages``), so that a test can say what went over the wire.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from bots.hotline.process import CONFIG
from bots.hotline.prompts import wave_of
from tests.ports import free_ports, reserved

SECONDS = 60.0


class Softphone:
    """``numbers``: number -> "auto" (picks up), "manual" (rings on) or "busy" (refuses every call)."""

    def __init__(self, folder: Path, numbers: Mapping[str, str], *, most: int = 8) -> None:
        self.folder, self.numbers, self.most = folder, dict(numbers), most
        self.address = "127.0.0.1"
        self.port = free_ports(2)
        self.past: list[dict[str, Any]] = []
        self._happened = asyncio.Event()
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    @property
    def silence(self) -> Path:
        return self.folder / "silence.wav"

    @property
    def messages(self) -> str:
        """All SIP messages so far, numbers and all."""
        return (self.folder / "sip.txt").read_text("utf-8", "replace")

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.silence.write_bytes(wave_of(b"", 120))
        control = reserved(self)
        config = CONFIG.format(process=self, control=control).replace("call_max_calls 1", f"call_max_calls {self.most}")
        (self.folder / "config").write_text(config)
        with (self.folder / "sip.txt").open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                "baresip", "-s", "-f", str(self.folder), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
        for _ in range(3000):
            try:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", control)
                break
            except OSError:
                await asyncio.sleep(0.02)
        self._reading = asyncio.ensure_future(self._read())
        for place, (number, mode) in enumerate(self.numbers.items()):
            answer = "auto" if mode == "auto" else "manual"
            await self.command(
                "uanew",
                f"<sip:{number}@127.0.0.1:{self.port}>;regint=0;answermode={answer};audio_codecs=PCMA/8000/1"
                f";audio_player=aubridge,nowhere{place}",
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        self._writer.close()
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()

    async def _read(self) -> None:
        while True:
            size = int((await self._reader.readuntil(b":"))[:-1])
            event = json.loads((await self._reader.readexactly(size + 1))[:-1])
            if event.get("response"):
                self._answers.put_nowait(event)
                continue
            self.past.append(event)
            self._happened.set()
            number = (re.match(r"sip:([^@]+)@", str(event.get("accountaor"))) or ["", ""])[1]
            if event.get("type") == "CALL_INCOMING" and self.numbers.get(number) == "busy":
                asyncio.ensure_future(self.of(number, "hangup"))  # noqa: RUF006

    async def command(self, name: str, parameters: str = "") -> bool:
        body = json.dumps({"command": name, "params": parameters}).encode()
        self._writer.write(b"%d:%s," % (len(body), body))
        return bool((await asyncio.wait_for(self._answers.get(), SECONDS)).get("ok"))

    async def of(self, number: str, name: str, parameters: str = "") -> bool:
        await self.command("uafind", f"sip:{number}@127.0.0.1:{self.port}")
        return await self.command(name, parameters)

    async def call(self, uri: str, number: str = "") -> None:
        """Dials as ``number`` (the first of ours when none is said)."""
        assert await self.of(number or next(iter(self.numbers)), "dial", uri)

    async def key(self, keys: str, number: str = "") -> None:
        """Presses keys one after the other; baresip sends each for as long as a network wants to hear it."""
        await self.command("uafind", f"sip:{number or next(iter(self.numbers))}@127.0.0.1:{self.port}")
        for key in keys:
            assert await self.command("sndcode", key)

    async def hang_up(self, number: str = "") -> None:
        await self.of(number or next(iter(self.numbers)), "hangup")

    async def until(self, kind: str, number: str = "", count: int = 1) -> dict[str, Any]:
        """The ``count``th event of this kind (of this number), waited for."""
        async with asyncio.timeout(SECONDS):
            while True:
                found = [
                    event
                    for event in self.past
                    if event.get("type") == kind and f"sip:{number}" in str(event.get("accountaor"))
                ]
                if len(found) >= count:
                    return found[count - 1]
                self._happened.clear()
                await self._happened.wait()
