"""A process that has Erstkontakt imported and forks a copy of itself for each command that a test wants to run.

    child = nursery().start(["serve", "--config", …], log=path, environment={…})     # used by tests/house.py
    child.kill(); child.wait(10)

What runs is the same `main` with the same words, in a process of its own that can be killed; only the half second that
Python needs to import everything is paid once per test run. When the test run ends, however it ends, so do all copies.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
IMPORTED = [
    "intake.app", "intake.web.pages", "intake.working_time", "intake.network", "intake.cli.service",
    "intake.cli.members", "intake.cli.directory", "intake.cli.regions", "intake.cli.routes", "intake.cli.canary",
    "intake.cli.audit", "intake.cli.chat", "intake.cli.doctor", "intake.cli.demo",
]  # fmt: skip


class Child:
    """A running copy; speaks as subprocess.Popen does."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid, self.returncode = pid, None
        self._nursery = nursery

    returncode: int | None

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._nursery.news:
            if not self._nursery.news.wait_for(lambda: self.returncode is not None, timeout):
                raise subprocess.TimeoutExpired("erstkontakt", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The tests' end."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self._born: list[Child] = []
        self._alive: dict[int, Child] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONUTF8": "1"},
            text=True,
        )
        self._one_at_a_time = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()
        atexit.register(self.close)

    def start(self, words: list[str], *, out: Path, environment: dict[str, str], folder: Path, err: Path) -> Child:
        """`erstkontakt` with these words, in this folder, what it prints in these files."""
        order = {"words": words, "out": str(out), "err": str(err), "environment": environment, "folder": str(folder)}
        assert self._process.stdin is not None
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            with self.news:
                assert self.news.wait_for(lambda: bool(self._born), 60), "the nursery does not answer"
                return self._born.pop()

    def run(self, words: list[str], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
        """The command, until it has ended."""
        with tempfile.TemporaryDirectory() as scratch:
            out, err = Path(scratch) / "out", Path(scratch) / "err"
            code = self.start(words, out=out, err=err, environment=environment, folder=folder).wait()
            return subprocess.CompletedProcess(words, code, out.read_text("utf-8"), err.read_text("utf-8"))

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            pid, code = json.loads(line)
            with self.news:
                if code is None:
                    self._alive[pid] = child = Child(self, pid)
                    self._born.append(child)
                else:
                    self._alive.pop(pid).returncode = code
                self.news.notify_all()

    def close(self) -> None:
        """Ends it, and every copy with it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)


@cache
def nursery() -> Nursery:
    """One for the test run, started when it is first needed."""
    return Nursery()


# ------------------------------------------------------------------------------------------------- the other process


def _grow_up(order: dict[str, Any]) -> int:
    """In the copy: becomes what `python -m intake.cli.main …` would have been."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for path, number in ((os.devnull, 0), (order["out"], 1), (order["err"], 2)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    tempfile.tempdir = None
    time.tzset()
    from intake.cli.main import main

    try:
        return main(order["words"])
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)  # noqa: T201
        return 1
    except BaseException:
        traceback.print_exc()
        return 1


def _keep() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    children, waiting = set[int](), b""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the test run, which then closes our input
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)

    def tell(pid: int, code: int | None) -> None:
        os.write(1, json.dumps([pid, code]).encode() + b"\n")

    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            while children:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                children.discard(pid)
                tell(pid, os.waitstatus_to_exitcode(status))
        if 0 in ready:
            arrived = os.read(0, 1 << 16)
            if not arrived:
                break
            *orders, waiting = (waiting + arrived).split(b"\n")
            for order in orders:
                pid = os.fork()
                if pid == 0:
                    for end in (woken, wakes):
                        os.close(end)
                    code = _grow_up(json.loads(order))
                    for stream in (sys.stdout, sys.stderr):
                        with contextlib.suppress(ValueError, OSError):
                            stream.flush()
                    os._exit(code)
                children.add(pid)
                tell(pid, None)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _keep()
