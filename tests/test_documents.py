"""Documents do not drift: what they name exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = ["README.md", "deploy/THREAT-MODEL.md", "deploy/RUNBOOK.md", "crypto/FORMAT.md"]
ATTACKS = (  # each of protocol section 7: what attackers must fail at
    "forged team key",
    "rolled-back directory",
    "expired directory",
    "envelope moved to another mailbox",
    "answer forged by the server",
    "two-faced body",
    "malformed envelope stored",
    "plaintext posted when the crypto code is blocked or slow",
    "routing override by a hidden field",
    "claim by a member of another team",
    "login with a replayed session",
    "proof of work solved once, used twice",
    "3,000-deep JSON",
    "return code, number or text found in anything written",
    "length, timing or count oracle on mailbox ids",
)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_linked_file_exists(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\(([^)#]+)", path.read_text("utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "deploy/THREAT-MODEL.md").read_text("utf-8"))
    assert len(named) > 20
    for file, test in named:
        assert (ROOT / file).is_file(), file
        assert not test or re.search(rf"def {test}\b", (ROOT / file).read_text("utf-8")), f"{file}::{test}"


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_has_a_row_with_a_test(attack: str) -> None:
    rows = [line for line in (ROOT / "deploy/THREAT-MODEL.md").read_text("utf-8").splitlines() if line.startswith("|")]
    (row,) = (line for line in rows if line.split("|")[1].strip() == attack)
    assert re.search(r"`(tests/|intake/web/client/test/)", row), f"no test is named for: {attack}"


@pytest.mark.parametrize("document", ["README.md", "deploy/RUNBOOK.md"])
def test_every_make_target_and_command_that_is_named_exists(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`make ([a-z][a-z-]+)`|^ {4}make ([a-z][a-z-]+)", text, re.M):
        name = next(filter(None, target))
        assert re.search(rf"^{name}:", makefile, re.M), f"make {name}"
    from intake.cli.main import COMMANDS

    for command in re.findall(r"(?:`|^ {4})erstkontakt ([a-z]+)", text, re.M):
        assert command in COMMANDS, f"erstkontakt {command}"


def test_no_document_or_source_names_a_machine_of_its_makers() -> None:
    found = subprocess.run(
        ["git", "grep", "-nIE", r"/(work|home|opt/pypi)/[a-z]+/(main|shared)|file:///(opt|work)"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert [line for line in found.stdout.splitlines() if not line.startswith("tests/test_documents.py")] == []
