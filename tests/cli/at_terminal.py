"""Somebody at a terminal with `erstkontakt chat`, and a team that answers them, honestly or not."""

from __future__ import annotations

import argparse
import base64
import json
import os
import pty
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import aiohttp

from crypto.envelope import Kind, open_envelope, seal
from crypto.identity import Identity, MailboxKeys, PublicIdentity
from intake.cli.canary import Journey, TestTeam
from tests.house import House


class Terminal:
    """The process with a person in front of it, who waits for what they read."""

    def __init__(self, house: House, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "intake.cli.main", "chat", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=house.environment(),
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._in, self._out, self._faults = self.process.stdin, self.process.stdout, self.process.stderr
        os.set_blocking(self._out.fileno(), False)
        self._shown = ""

    def says(self, line: str) -> None:
        self._in.write(line.encode() + b"\n")
        self._in.flush()

    def reads(self, text: str, seconds: float = 120) -> str:
        """Everything shown since the last time, once ``text`` is there."""
        until = time.monotonic() + seconds
        while text not in self._shown:
            assert time.monotonic() < until, f"{text!r} was not shown, but: {self._shown}"
            self._shown += (self._out.read() or b"").decode()
            time.sleep(0.02)
        shown, self._shown = self._shown, ""
        return shown

    def ends(self) -> tuple[int, str]:
        """Exit status and the last words, after the person has gone."""
        self._in.close()
        code = self.process.wait(20)
        last = self._shown + (self._out.read() or b"").decode()
        faults = self._faults.read().decode()
        self._out.close()
        self._faults.close()
        assert faults == ""
        return code, last


def at_a_screen(house: House) -> tuple[subprocess.Popen[bytes], int, int]:
    """The process on a real terminal; its two ends."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "intake.cli.main", "chat", "--config", str(house.config)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=house.environment())
    return process, ours, theirs


def root_of(house: House) -> str:
    line = next(line for line in house.config.read_text("utf-8").splitlines() if line.startswith("root_key"))
    return line.split('"')[1]


def contacts(house: House) -> list[tuple[bytes, str, bytes]]:
    """Mailbox, team and first envelope of everything that is stored."""
    database = sqlite3.connect(f"file:{house.database}?mode=ro", uri=True)
    try:
        return database.execute(
            "SELECT c.mailbox, c.team, e.envelope FROM contacts c JOIN entries e ON e.mailbox = c.mailbox "
            "WHERE e.number = 1"
        ).fetchall()
    finally:
        database.close()


async def answered(house: House, folder: Path, member: str, text: str) -> str:
    """The member opens the one contact, which must say ``text``, and answers; returns the answer."""
    ((mailbox, team, _),) = contacts(house)
    file = folder / "passphrase"
    file.write_text(house.members[member].passphrase + "\n", "utf-8")
    journey = Journey(house.url, bytes.fromhex(root_of(house)), argparse.Namespace(member=member, passphrase_file=file))
    public = Identity.from_seed(house.seed(team)).public
    async with aiohttp.ClientSession() as journey.http:
        reader = Identity.from_seed(await journey.log_in(TestTeam(team, public)))
        keys: MailboxKeys = SimpleNamespace(id=mailbox)  # type: ignore[assignment]
        return await journey.write_answer(TestTeam(team, public), reader, keys, text)


def forged(house: House, text: str) -> None:
    """An answer that no team signed lies in the one mailbox, as a server in wrong hands would store it."""
    ((mailbox, team, envelope),) = contacts(house)
    reader = Identity.from_seed(house.seed(team))
    keys = json.loads(open_envelope(envelope, reader, context=mailbox).payload)["keys"]
    person = PublicIdentity(base64.b64decode(keys["kem"]), base64.b64decode(keys["verify"]))
    payload = json.dumps({"v": 1, "text": text, "from": "Beratungsteam", "sent": "2026-11-22T02:10Z"}).encode()
    sealed = seal(Kind.ANSWER, mailbox, payload, [person, reader.public], Identity.from_seed(os.urandom(32)))
    house.stop()
    database = sqlite3.connect(house.database)
    with database:
        (last,) = database.execute("SELECT max(number) FROM entries WHERE mailbox = ?", (mailbox,)).fetchone()
        row = (mailbox, last + 1, int(datetime.now(UTC).timestamp()) // 86400, sealed)
        database.execute("INSERT INTO entries VALUES (?, ?, 'team', ?, ?)", row)
        database.execute("UPDATE contacts SET entries = entries + 1 WHERE mailbox = ?", (mailbox,))
    database.close()
    house.start()
