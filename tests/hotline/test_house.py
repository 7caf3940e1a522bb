"""The telephone door of a whole house: a real `serve`, a real telephone, the desk, the team's key, and no trace."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sqlite3
from pathlib import Path
from typing import Any

from crypto.envelope import open_envelope
from crypto.identity import Identity
from tests import leaks
from tests.hotline.softphone import Softphone
from tests.house import House
from tests.ports import free_ports


def with_hotline(folder: Path, tones: Path, lines: int = 1, **more: str) -> tuple[House, str]:
    """A house with a telephone door, and the address to call."""
    port = free_ports(2 * lines + 2)
    accounts = [f"sip:hotline@127.0.0.1:{port + 2 * n};regint=0" for n in range(lines)]
    house = House(
        folder,
        hotline="baresip",
        hotline_accounts="\n".join(accounts),
        hotline_address=f"127.0.0.1:{port}",
        hotline_recordings=str(tones),
        **more,
    )
    return house, accounts[0].partition(";")[0]


async def opened(house: House) -> None:
    """Returns when the telephone door takes calls; pages are there before."""
    async with asyncio.timeout(60):
        while "hotline: open" not in house.log:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.05)


def agreements(house: House, team: str) -> list[dict[str, Any]]:
    """What the team reads of all callbacks."""
    reader = Identity.from_seed(house.seed(team))
    with sqlite3.connect(f"file:{house.database}?mode=ro", uri=True) as store:
        rows = store.execute(
            "SELECT c.mailbox, c.envelope, e.envelope FROM callbacks c"
            " JOIN entries e ON e.mailbox = c.mailbox AND e.number = 1"
        ).fetchall()
    found = []
    for mailbox, envelope, letter in rows:
        verify = open_envelope(letter, reader, context=mailbox).sender_verify
        opened = open_envelope(envelope, reader, context=mailbox, sender_verify=verify)
        found.append(json.loads(opened.payload))
    return found


async def test_a_wish_left_in_the_night_is_sealed_for_the_team_and_leaves_no_trace(tmp_path: Path, tones: Path) -> None:
    number = f"+4917139200{secrets.randbelow(10**3):03}"  # kept free for films by the Bundesnetzagentur: 0171 39200…
    house, address = with_hotline(tmp_path / "house", tones)
    async with house, Softphone(tmp_path / "anne", {number: "manual"}) as anne:
        await opened(house)
        found: list[dict[str, Any]] = []
        for call in range(1, 6):  # keys that a busy machine swallows are pressed again, in another call
            await anne.call(address)
            await anne.until("CALL_ESTABLISHED", count=call)
            await anne.key("123966112471112")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(20):
                    while not (found := agreements(house, "rz-wm")):  # noqa: ASYNC110 - another process writes
                        await asyncio.sleep(0.05)
            await anne.hang_up()
            await anne.until("CALL_CLOSED", count=call)
            if found:
                break
    assert [(one["number"], one["code_word"], one["lang"]) for one in found] == [(number, "4 7 1 1", "de")]
    leaks.assert_none([leaks.number("the number", number)], leaks.files(*house.written), at_least=3)


WATCHDOG = "+4917139200999"


def sings(house: House, dial: str, account: str) -> tuple[int, str]:
    """`canary --channel hotline` with a telephone of its own."""
    root = house.config.read_text("utf-8").split('root_key = "')[1][:64]
    (house.folder / "spoken").write_text(house.members["probe"].passphrase, "utf-8")
    (house.folder / "line").write_text(account, "utf-8")
    done = house.command(
        "canary", "--channel", "hotline", "--url", house.url, "--root", root, "--member", "probe", "--passphrase-file",
        str(house.folder / "spoken"), "--dial", dial, "--number", WATCHDOG, "--line-file", str(house.folder / "line"),
        "--sip", f"127.0.0.1:{free_ports(2)}", "--timeout", "60", check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_the_hotline_canary_sings_with_a_real_call_and_leaves_no_number_behind(tmp_path: Path, tones: Path) -> None:
    house, address = with_hotline(tmp_path / "house", tones, hotline_watchdogs=WATCHDOG)
    with house:
        asyncio.run(opened(house))
        code, said = sings(house, address, f"<sip:{WATCHDOG}@127.0.0.1>;regint=0")
        assert (code, said.startswith("ok hotline ")) == (0, True), said
        for step in ("login", "call", "keys", "stored", "read", "over"):
            assert f" {step}=" in said
        code, said = sings(house, address, "<sip:+4917139200998@127.0.0.1>;regint=0")
        assert (code, "the hotline hung up" in said) == (1, True), said
    with sqlite3.connect(house.database) as store:
        assert store.execute("SELECT state, envelope FROM callbacks").fetchall() == [("withdrawn", None)]
        assert store.execute("SELECT DISTINCT team FROM contacts").fetchall() == [("probe",)]
    leaks.assert_none([leaks.number("the number", WATCHDOG)], leaks.files(*house.written), at_least=3)
