"""What keeps a line from being dead in silence: without a telephone, for what no real baresip does on demand."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bots.hotline import baresip
from bots.hotline.baresip import Account, Baresip, Lost, Plan, Process
from bots.hotline.prompts import Recordings


async def test_a_question_to_a_baresip_that_goes_is_lost_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baresip, "COMMAND_SECONDS", 3600)
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
