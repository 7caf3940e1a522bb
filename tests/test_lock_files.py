"""The locked lists install anywhere: every package with hashes, and no address of a registry or of this machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]


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
