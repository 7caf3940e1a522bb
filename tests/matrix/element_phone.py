"""Element on a phone, played by matrix-js-sdk under Node."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("element")


def install() -> None:
    """matrix-js-sdk from the lock file, once; needs npm and the package index."""
    installed, lock = FOLDER / "node_modules" / ".package-lock.json", FOLDER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(["npm", "ci", "--silent"], cwd=FOLDER, check=True)


class ElementPhone:
    def __init__(self, url: str, user: str, device: str) -> None:
        self._arguments = (url, user, "pw", device)
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.read: list[str | None] = []
        self.joined: list[str] = []
        self._ready = asyncio.Event()

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            "node",
            "phone.mjs",
            *self._arguments,
            cwd=FOLDER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._listening = asyncio.create_task(self._listen())
        await asyncio.wait_for(self._ready.wait(), 60)

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            match said:
                case {"event": "ready"}:
                    self._ready.set()
                case {"event": "read", "body": body}:
                    self.read.append(body)
                case {"event": "joined", "room": room}:
                    self.joined.append(room)
                case {"id": number, "answer": answer}:
                    self._answers.pop(number).set_result(answer)
                case {"id": number, "trouble": trouble}:
                    self._answers.pop(number).set_exception(RuntimeError(trouble))

    async def __call__(self, command: str, **more: Any) -> Any:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "command": command, **more}).encode() + b"\n")
        return await asyncio.wait_for(answer, 60)

    async def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()
        await self._listening
