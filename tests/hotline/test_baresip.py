"""What keeps a line from being dead in silence: without a telephone, for what no real baresip does on demand."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bots.hotline import baresip
from bots.hotline import process as one_process
from bots.hotline.baresip import Account, Baresip, BaresipLine, Plan
from bots.hotline.process import Lost, Process
from bots.hotline.prompts import Recordings
from intake.telephony import Cause, Ended


async def test_a_question_to_a_baresip_that_goes_is_lost_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_process, "COMMAND_SECONDS", 3600)
    process, reader = Process(tmp_path, "127.0.0.1", 5070, lambda event: None), asyncio.StreamReader()
    pretend: Any = SimpleNamespace(write=lambda data: None)
    process._writer = pretend
    reading = asyncio.ensure_future(process._read(reader))
    asking = asyncio.ensure_future(process.command("uafind", "x"))
    await asyncio.sleep(0)
    reader.feed_eof()
    with pytest.raises(Lost):
        await asking
    await reading
    with pytest.raises(Lost):
        await process.command("uafind", "x")


async def test_an_account_that_is_not_taken_is_no_line_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[Process] = []
    thrice = asyncio.Event()

    class Refusing(Process):
        async def start(self) -> None:
            tries.append(self)
            if len(tries) >= 3:
                thrice.set()

        async def command(self, name: str, parameters: str = "") -> bool:
            return False

    monkeypatch.setattr(baresip, "Process", Refusing)
    monkeypatch.setattr(baresip, "PAUSES", (0.0, 0.0, 0.0))
    exchange = Baresip(Plan(tmp_path, (Account.read("sip:a@b.example;auth_pass=secret"),)), Recordings(tmp_path))
    with caplog.at_level(logging.ERROR):
        running = asyncio.ensure_future(exchange.run(lambda line: asyncio.sleep(0)))
        await thrice.wait()
        assert 0 not in exchange._processes
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert "line 1: baresip does not take the account" in caplog.text
    assert "secret" not in caplog.text


async def test_what_was_meant_for_a_caller_who_is_gone_reaches_nobody_else(tmp_path: Path) -> None:
    """All calls of a line have one account: who comes next must hear no word and no hanging up of the last one."""
    asked: list[str] = []

    class Noting(Process):
        async def command(self, name: str, parameters: str = "") -> bool:
            asked.append(name)
            return True

    recordings: Any = SimpleNamespace(audio=lambda clips: b"")
    process = Noting(tmp_path, "127.0.0.1", 5070, lambda event: None)
    exchange = Baresip(Plan(tmp_path, ()), recordings)
    gone, here = (BaresipLine(exchange, process, "sip:a@b.example", name) for name in ("gone", "here"))
    async with process.lock:
        waiting = [asyncio.ensure_future(work) for work in (gone.play(("de/word",)), gone.hang_up(), gone.answer())]
        for _ in range(200):  # until the sound is made, which a thread does, and all three stand before the lock
            await asyncio.sleep(0.001)
            if len(process.lock._waiters or ()) == 3:
                break
        assert len(process.lock._waiters or ()) == 3
        gone.happen(Ended(Cause.NORMAL))
    await asyncio.gather(*waiting)
    assert asked == []
    await here.hang_up()
    assert asked == ["uafind", "hangup"]
