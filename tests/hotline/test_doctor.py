"""What doctor says of the telephone door."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import Settings
from intake.cli import doctor
from intake.cli.doctor import hotline_findings
from tests.intake.small import START, settings
from tests.ports import free_ports


def said(given: Settings) -> list[tuple[str, str]]:
    return [(finding.weight, finding.en) for finding in hotline_findings(given, START)]


def test_a_door_that_is_closed_on_purpose_is_not_spoken_of(tmp_path: Path) -> None:
    assert said(settings(tmp_path)) == []


def test_baresip_accounts_own_numbers_and_recordings_are_looked_for(
    tmp_path: Path, tones: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: set[str] = set()
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name if name in there else None)
    bare = replace(settings(tmp_path), hotline="baresip")
    faults = [text for weight, text in said(bare) if weight == "fault"]
    expected = ("baresip is not installed", "hotline_accounts_file is missing", "recordings (de) are missing",
                "recordings (en) are missing", "hotline_numbers is missing")  # fmt: skip
    assert [what for what, text in zip(expected, faults, strict=True) if what not in text] == []
    there.add("espeak-ng")
    assert [weight for weight, text in said(bare) if "recordings" in text] == ["note", "note"]
    there.add("baresip")
    whole = replace(
        bare,
        hotline_accounts=("sip:a@b.example;auth_pass=secret",),
        hotline_numbers=("+493855550100",),
        hotline_recordings=tones,
    )
    assert said(whole) == [("ok", "The telephone door is complete.")]


def test_asterisk_and_the_provider_need_their_keys_and_asterisk_must_answer(tmp_path: Path, tones: Path) -> None:
    ours = replace(settings(tmp_path), hotline_numbers=("+493855550100",), hotline_recordings=tones)
    assert "hotline_ari_key_file is missing" in said(replace(ours, hotline="asterisk"))[0][1]
    assert "hotline_webhook_key_file is missing" in said(replace(ours, hotline="sipgate"))[0][1]
    nobody = f"http://127.0.0.1:{free_ports(1)}/ari"
    (dead,) = said(replace(ours, hotline="asterisk", hotline_ari_key="a:b", hotline_ari_url=nobody))
    assert dead == ("fault", f"Asterisk does not answer as it must (ClientConnectorError): {nobody}")
