"""What doctor says of the messenger's door."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bots.matrix import Folder, new_pickle_key, provision
from config.settings import Settings
from intake.cli.doctor import messenger_findings
from tests.intake.small import settings
from tests.matrix.homeserver import Homeserver

pytestmark = pytest.mark.matrix


def said(given: Settings) -> list[tuple[str, str]]:
    return [(finding.weight, finding.en) for finding in messenger_findings(given)]


def test_the_door_is_closed_or_open_with_all_that_it_needs(tmp_path: Path, homeserver: Homeserver) -> None:
    closed = settings(tmp_path)
    assert said(closed) == []
    user = homeserver.register("doktor", "pw")
    half = replace(closed, contact_account=user)
    assert "matrix_key_file is missing" in said(half)[0][1]
    whole = replace(half, matrix_key=new_pickle_key(), at_rest_key=b"\x07\x08" * 16)
    assert "is not signed in" in said(whole)[0][1]
    folder = Folder(whole.contact_folder, whole.matrix_key)
    asyncio.run(provision(folder, homeserver=homeserver.url, user=user, password="pw"))
    assert said(whole) == [("ok", f"People can write to {user} in the messenger.")]
    assert "is not signed in" in said(replace(whole, contact_account="@anderer:lab.test"))[0][1]
    (whole.contact_folder / "crypto.db").write_bytes(b"")
    assert said(whole)[0][0] == "fault"
    assert "--again" in said(whole)[0][1]
