"""Fixtures for all tests: a running house, something planted, and no way out to other machines."""

from __future__ import annotations

import faulthandler
import ipaddress
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.house import House
from tests.leaks import Planted

# Tests are repeatable on any machine: no proxy of the environment, no settings of a running service.
for name in list(os.environ):
    if name.lower().endswith("_proxy") or name.startswith("ERSTKONTAKT_"):
        del os.environ[name]

# How long an example takes says more about who else is busy than about us.
settings.register_profile("tests", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

_connect = socket.socket.connect


def _is_here(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


def _connect_at_home(self: socket.socket, address: Any) -> None:
    """Refuse every address that is not this machine: a test that needs the internet proves nothing tomorrow."""
    if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
        raise OSError(f"Tests stay on this machine; {address[0]} is somewhere else.")
    _connect(self, address)


socket.socket.connect = _connect_at_home  # type: ignore[method-assign,assignment]


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """A thread that never ends does not keep the whole run: after a minute it is named, and the run is red."""
    faulthandler.dump_traceback_later(60, exit=True, file=sys.__stderr__)


@pytest.fixture
def planted() -> Planted:
    """A sentence and a number that occur nowhere else in the world."""
    return Planted.new()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The demo network, served by a real process on a free port; its folders are `house.written`."""
    async with House(tmp_path / "house") as running:
        yield running
