"""The locked lists install anywhere: every package with hashes, and no address of a registry or of this machine."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]
TRIED = {"python-socks[asyncio]", "cachecontrol[filecache]"}


def packages(name: str) -> dict[str, tuple[str, list[str]]]:
    """Package -> version and hashes."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            match = re.match(r"([A-Za-z0-9_.-]+)==(\S+)", line)
            assert match, f"{name}: not pinned: {line[:60]}"
            found[match[1].lower()] = (match[2], re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    for package, (_, hashes) in packages(name).items():
        assert hashes, package


@pytest.mark.parametrize("name", [*LOCKS, "intake/web/client/package-lock.json"])
def test_no_address_and_no_path_of_a_machine(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    lines = [line for line in text.splitlines() if '"url"' not in line]  # "funding" names sponsors' pages
    for forbidden in (
        r"--(extra-)?index-url",
        r"--find-links",
        r"file:/",
        r"@ (https?|/)",
        r"\"resolved\"",
        r"/opt/",
        r"/home/",
        r"/work/",
    ):
        assert not [line for line in lines if re.search(forbidden, line)], f"{name}: {forbidden}"


def test_the_developers_list_contains_the_one_that_is_delivered() -> None:
    delivered, developers = (packages(name) for name in LOCKS)
    assert {name: developers.get(name) for name in delivered} == delivered


def test_every_named_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    delivered = [*project["dependencies"], *(one for name in extras if name != "dev" for one in extras[name])]
    for lock, wanted in (("requirements.lock", delivered), ("requirements-dev.lock", [*delivered, *extras["dev"]])):
        locked = packages(lock)
        for requirement in wanted:
            match = re.match(r"[A-Za-z0-9_.-]+", requirement)
            assert match
            assert match[0].lower() in locked, f"{requirement} is not in {lock}: run make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_what_asks_for_extras_was_tried_with_an_old_pip(name: str) -> None:
    """The lists pin names without extras; Debian's pip (23) refuses a whole list for some that others ask for with one.

    Before adding to TRIED: install both lists in an empty environment with pip 23.2.
    """
    asked = {
        str(wanted).split("]")[0].lower() + "]"
        for package in packages(name)
        for wanted in map(Requirement, requires(package) or ())
        if wanted.extras and (wanted.marker is None or wanted.marker.evaluate({"extra": ""}))
    }
    assert asked <= TRIED
