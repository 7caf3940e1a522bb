"""A whole Erstkontakt in a temporary folder: the real `serve` process, on a free port, that can be stopped and killed.

    async with House(folder) as house:          # or the fixture `house` of tests/conftest.py
        house.url                               # http://127.0.0.1:54321
        house.kill(); house.start()             # kill -9, and up again on the same port and data
        house.members["mira"].passphrase        # the cast of the demonstration
        house.set_clock(tuesday_ten)            # the same process, another time
        house.seed("rz-wm")                     # what a lead keeps
        house.written                           # folders of all that it wrote, for the search for plaintext

The demonstration network is built once per session and copied; its passphrases cost little there, because nearly
every test logs in and hardly one is about the cost. The process is a fork from tests/nursery.py, or quite alone
(`forked=False`).
"""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.nursery import Child, nursery
from tests.ports import reserved

START_SECONDS = 60
STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Counsellor:
    """A demo member."""

    id: str
    name: str
    passphrase: str
    teams: tuple[str, ...]


@cache
def demo_folder() -> Path:
    """The demonstration network, built once per process (and per day and code, not kept between runs)."""
    folder = Path(tempfile.mkdtemp(prefix="erstkontakt-demo-"))
    subprocess.run(
        [sys.executable, "-m", "intake.cli.main", "init", "--demo", str(folder / "demo")],
        check=True,
        capture_output=True,
        env=environment(),
    )
    _make_logging_in_cheap(folder / "demo")
    return folder / "demo"


def _make_logging_in_cheap(folder: Path) -> None:
    """The least that Argon2id may cost, instead of 64 MiB and three passes."""
    from crypto.argon2 import MEMORY_KIB, PASSES
    from crypto.passphrase import unlock, unwrap, wrap
    from intake.members import hash_token

    database = sqlite3.connect(folder / "data" / "erstkontakt.sqlite")
    with database:
        for shown in json.loads((folder / "lead" / "demo.json").read_text("utf-8"))["members"]:
            question = "SELECT salt, memory_kib, passes, wrapped_seed FROM members WHERE id = ?"
            salt, memory, passes, wrapped = database.execute(question, (shown["id"],)).fetchone()
            dear = unlock(shown["passphrase"], salt, memory, passes)
            cheap = unlock(shown["passphrase"], salt, MEMORY_KIB.start, PASSES.start)
            seed = wrap(unwrap(wrapped, dear.wrapping_key), cheap.wrapping_key)
            database.execute(
                "UPDATE members SET memory_kib = ?, passes = ?, login_hash = ?, wrapped_seed = ? WHERE id = ?",
                (MEMORY_KIB.start, PASSES.start, hash_token(cheap.login_key), seed, shown["id"]),
            )
    database.close()


def environment(**more: str) -> dict[str, str]:
    """The environment of a child, without settings of the developer."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ERSTKONTAKT_")}
    return {**kept, "PYTHONUTF8": "1", **more}


class House:
    """One running installation. Usable as a context manager, synchronous or not."""

    def __init__(self, folder: Path, *, forked: bool = True, **settings: str) -> None:
        """`settings`: names of settings and values, given to the process through the environment."""
        self.folder = folder
        self.forked = forked
        self.port = reserved(self)
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings
        self.process: subprocess.Popen[bytes] | Child | None = None
        self._starts = 0
        if not (folder / "erstkontakt.toml").exists():
            shutil.copytree(demo_folder(), folder, dirs_exist_ok=True)
        shown = json.loads((folder / "lead" / "demo.json").read_text("utf-8"))
        self.root_fingerprint: str = shown["root_fingerprint"]
        self.members = {
            entry["id"]: Counsellor(entry["id"], entry["name"], entry["passphrase"], tuple(entry["teams"]))
            for entry in shown["members"]
        }

    # ------------------------------------------------------------------------------------------------- process

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "erstkontakt.toml"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "erstkontakt.sqlite"

    @property
    def log(self) -> str:
        """What all processes of this house have printed so far."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self._logs.glob("serve-*.log")))

    def environment(self) -> dict[str, str]:
        """The environment of commands run in this house."""
        given = {f"ERSTKONTAKT_{name.upper()}": value for name, value in self.settings.items()}
        return environment(
            **{
                "ERSTKONTAKT_LISTEN_PORT": str(self.port),
                "ERSTKONTAKT_PUBLIC_URL": self.url,
                "TMPDIR": str(self._temporary),
                **given,
            }
        )

    @property
    def _ahead(self) -> Path:
        return self.folder / "ahead"

    def set_clock(self, now: datetime) -> None:
        """The service believes that it is `now`, from here on. Before the first start, or again while it runs."""
        fresh = self.folder / "ahead.new"
        fresh.write_text(str((now - datetime.now(UTC)).total_seconds()), "utf-8")
        fresh.replace(self._ahead)

    @property
    def _logs(self) -> Path:
        folder = self.folder / "log"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def _temporary(self) -> Path:
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def start(self) -> Self:
        """Starts `serve` and waits until it listens. Raises RuntimeError with its output if it does not."""
        self.launch()
        self.wait_until_up()
        return self

    def launch(self) -> None:
        """Starts `serve` without waiting."""
        self._starts += 1
        path, words = self._logs / f"serve-{self._starts:03}.log", ["serve", "--config", str(self.config)]
        moved = self._ahead.exists()
        if self.forked and not moved:
            self.process = nursery().start(words, out=path, err=path, environment=self.environment(), folder=Path.cwd())
            return
        program = ["tests.shifted", str(self._ahead)] if moved else ["intake.cli.main"]
        with path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *program, *words],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment(),
            )

    def wait_until_up(self) -> None:
        """Returns when the port answers."""
        assert self.process is not None
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"serve ended with {self.process.returncode}:\n{self.log}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise RuntimeError(f"serve did not listen within {START_SECONDS} s:\n{self.log}")

    def stop(self) -> int:
        """SIGTERM; returns the exit code. Raises TimeoutExpired if it does not end."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_SECONDS)
        self.process = None
        return code

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_SECONDS)
        self.process = None

    def restart(self) -> Self:
        """A clean stop and a start, on the same port and data."""
        self.stop()
        return self.start()

    def hang_up(self) -> None:
        """SIGHUP: the directory is read again."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs `erstkontakt` with these words in this house."""
        done = nursery().run(list(words), self.environment(), self.folder)
        if check:
            done.check_returncode()
        return done

    # ------------------------------------------------------------------------------------------------- contents

    def seed(self, team: str) -> bytes:
        """The seed of a team, from its lead's folder."""
        from intake.cli.seed_files import read_seed

        return read_seed(self.seed_file(team))

    def seed_file(self, team: str) -> Path:
        """The lead's file."""
        found = sorted((self.folder / "lead").rglob(f"{team}*.seed"))
        assert found, f"no seed of {team} in {self.folder / 'lead'}"
        return found[-1]

    @property
    def written(self) -> tuple[Path, ...]:
        """The folders into which the service writes or could write: data (database, WAL), logs, temporary files."""
        return self.data, self._logs, self._temporary

    # -------------------------------------------------------------------------------------------------- context

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, at)
