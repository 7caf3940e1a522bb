"""What is installed elsewhere is what was tested here: the wheel is built, installed into an empty place, and used."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"crypto", "config", "intake", "bots"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what git knows, with the locked build tool and without any network."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(source))
    (built,) = folder.glob("*.whl")
    return built


def pip(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel alone; its dependencies are lent by this one, without our checkout."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python"
    site = home / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    ours = Path(metadata.__file__)  # never inside the checkout
    assert ROOT not in ours.parents
    lent = next(Path(place) for place in sys.path if place.endswith("site-packages"))
    for entry in lent.iterdir():
        if "erstkontakt" not in entry.name.lower() and not (site / entry.name).exists() and entry.suffix != ".pth":
            (site / entry.name).symlink_to(entry)
    return home


def run(home: Path, *words: str, cwd: Path) -> str:
    done = subprocess.run([str(home / "bin" / "erstkontakt"), *words], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_carries_every_file_that_the_program_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    listed = subprocess.run(["git", "ls-files", *sorted(OURS)], cwd=ROOT, capture_output=True, check=True, text=True)
    wanted = {
        name
        for name in listed.stdout.splitlines()
        if not name.startswith("intake/web/client/") and Path(name).name not in {".gitignore", "README.md"}
    }
    assert wanted - names == set(), "in git but not in the wheel"
    assert "intake/web/static/release.json" in names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == OURS
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_command_explains_itself(installed: Path, tmp_path: Path) -> None:
    shown = run(installed, "--help", cwd=tmp_path)
    for command in ("serve", "init", "doctor", "members", "directory", "regions", "routes", "canary", "audit"):
        assert command in shown
        assert len(run(installed, command, "--help", cwd=tmp_path)) > 200, command


def test_a_demo_is_made_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    first = run(installed, "init", "--demo", "demo", cwd=tmp_path)
    assert "mira" in first
    assert run(installed, "init", "--demo", "demo", cwd=tmp_path) == first


KNOWN = {"Crypto": "pycryptodome"}  # comes with matrix-nio; apart from ours wherever case counts


def test_no_installed_package_shares_a_top_level_name_with_ours() -> None:
    """Where a file system ignores case, `Crypto` of somebody else and our `crypto` would be one folder."""
    others: dict[str, set[str]] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        for file in distribution.files or () if name.lower() != "erstkontakt" else ():
            top = file.parts[0].removesuffix(".py")
            if top.casefold() in OURS:
                others.setdefault(top, set()).add(name)
    assert {top: {KNOWN[top]} for top in others if top in KNOWN} == others
    if others:
        site = Path(next(place for place in sys.path if place.endswith("site-packages")))
        assert not (site / "PIP").exists(), "this file system ignores case: ours and theirs would be one folder"


def test_it_is_never_uploaded_by_accident() -> None:
    assert "Private :: Do Not Upload" in metadata.metadata("erstkontakt").get_all("Classifier", [])
