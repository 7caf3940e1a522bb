"""Channels are opened by settings: what they need is there, or the service does not start and says why."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bots.channels import opened
from config.settings import SettingsFaulty, read_settings
from intake.cli.service import write_settings
from intake.desk import Desk
from intake.errors import ChannelUnusable
from intake.store import open_store
from tests.intake.small import Clock, SmallNetwork


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_settings(tmp_path, "ab" * 32, "http://127.0.0.1:8080", 0)


def given(config: Path, **environment: str) -> Any:
    return read_settings(config, {f"ERSTKONTAKT_{name.upper()}": value for name, value in environment.items()})


def test_init_makes_keys_of_its_own_that_nobody_else_reads(config: Path) -> None:
    keys = [config.parent / name for name in ("at-rest.key", "matrix.key", "push.key")]
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    before = [key.read_bytes() for key in keys]
    write_settings(config.parent, "ab" * 32, "http://127.0.0.1:8080", 0)
    assert [key.read_bytes() for key in keys] == before
    settings = given(config)
    assert settings.push_key.startswith(b"-----BEGIN PRIVATE KEY-----")
    for secret in (settings.push_key, settings.matrix_key, settings.at_rest_key):
        assert str(secret) not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("matrix_key", "kurz"),
        ("matrix_key", "a" * 64),
        ("push_key", "kein PEM"),
        ("sms_gateway", "http://gateway.example"),
        ("sms_gateway", "gateway"),
        ("sms_sender", "viel zu langer Absender"),
        ("sms_sender", "Ünlaut"),
        ("channels", "matrix,rauchzeichen"),
        ("contact_account", "kontakt@example.org"),
        ("contact_account", "@kontakt"),
    ],
)
def test_settings_that_cannot_be_meant_are_named(config: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsFaulty) as faulty:
        given(config, **{name: value})
    assert name in str(faulty.value)


@pytest.mark.parametrize(
    ("channels", "more", "why"),
    [
        (["matrix"], {}, "sign-in"),
        (["sms"], {}, "sms_key_file"),
        (["voice"], {}, "telephone door"),
        (["person"], {"contact_account": "@kontakt:example.org"}, "sign-in --account contact"),
        (["push", "sms"], {}, "sms_key_file"),
    ],
)
async def test_a_channel_without_what_it_needs_stops_the_start(
    config: Path, channels: list[str], more: dict[str, str], why: str
) -> None:
    settings = given(config, **more)
    async with open_store("sqlite", config.parent) as store:
        desk = Desk(store, SmallNetwork(), settings, Clock())  # type: ignore[arg-type]
        with pytest.raises(ChannelUnusable, match=why):
            async with opened(settings, desk, channels):
                pass


async def test_channels_that_are_ready_speak(config: Path) -> None:
    settings = given(config, sms_key="x" * 20)
    async with open_store("sqlite", config.parent) as store:
        desk = Desk(store, SmallNetwork(), settings, Clock())  # type: ignore[arg-type]
        async with opened(settings, desk, ["push", "sms"]) as channels:
            assert set(channels.messengers) == {"push", "sms"}
            assert list(channels.listeners) == []


def test_a_service_without_channels_loads_none_of_their_libraries() -> None:
    program = (
        "import sys, intake.app\n"
        "sys.exit(bool({'nio', 'vodozemac', 'pywebpush', 'py_vapid', 'requests', 'phonenumbers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
