"""PostgreSQL for the tests that want it: Debian's, in a temporary folder, on a Unix socket, thrown away afterwards."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.store import Store, open_store


def postgresql_programs() -> Path | None:
    """The folder with initdb and postgres, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if found and (found[-1] / "initdb").exists():
        return found[-1]
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def _as_user() -> dict[str, Any]:
    # PostgreSQL refuses to run as root; Debian's package has a user for it.
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Path]:
    """A server of our own; gives the folder of its socket."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="ek-pg-"))
    folder.chmod(0o777)
    options: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **_as_user()}
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "tester", "--no-locale", "-E", "UTF8", "-N"],
        check=True,
        **options,
    )
    server = subprocess.Popen(
        [
            programs / "postgres",
            "-D",
            folder / "data",
            "-k",
            folder,
            "-h",
            "",
            "-c",
            "max_connections=60",
            "-c",
            "fsync=off",
        ],
        **options,
    )
    try:
        for _ in range(2000):
            ready = subprocess.run(
                [programs / "psql", "-h", folder, "-U", "tester", "-c", "SELECT 1", "postgres"], check=False, **options
            )
            if ready.returncode == 0:
                break
            assert server.poll() is None, "PostgreSQL did not start"
        else:
            raise AssertionError("PostgreSQL does not answer")
        yield folder
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nobody will ask for what is in there again
        server.wait(240)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_address(postgresql_server: Path) -> str:
    """An empty database for one test."""
    name = f"t{secrets.token_hex(6)}"
    programs = postgresql_programs()
    assert programs is not None
    subprocess.run([programs / "createdb", "-h", postgresql_server, "-U", "tester", name], check=True, **_as_user())
    return f"postgresql://tester@/{name}?host={postgresql_server}"


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty database of each kind: what uses it is tested on both."""
    address = "sqlite" if request.param == "sqlite" else request.getfixturevalue("postgresql_address")
    async with open_store(address, tmp_path) as opened:
        yield opened
