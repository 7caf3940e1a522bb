"""The vectors of crypto/ in a real browser, on the library as it is bundled, under the product's own policy.

Both directions: the browser reads what Python wrote (crypto/vectors/*.json), and Python reads what this very browser
seals now. `python -m tests.browser.test_vectors` writes the browser's own files (crypto/vectors/browser-*.json).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from crypto.envelope import Kind, inspect, open_envelope
from crypto.errors import EnvelopeMalformed, EnvelopeUnreadable, SignatureForged
from crypto.identity import Identity
from crypto.passphrase import unlock, unwrap
from crypto.return_code import WORDS
from intake.web.headers import PUBLIC_POLICY, TEAM_POLICY
from tests.browser.visitor import arguments, chromium

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "intake/web/client"
STATIC = ROOT / "intake/web/static"
VECTORS = ROOT / "crypto/vectors"
REFUSALS = {"malformed": EnvelopeMalformed, "unreadable": EnvelopeUnreadable, "forged": SignatureForged}
PAGE = (
    '<!doctype html><html lang="de"><link rel="icon" href="data:,"><title>x</title>'
    '<script type="module" src="{}"></script>'
)


def read(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def build_scripts(folder: Path) -> Path:
    node = shutil.which("node")
    assert node, "Node.js is missing. On Debian: apt-get install nodejs npm"
    done = subprocess.run(
        [node, "build.mjs", "--test", folder], cwd=CLIENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@asynccontextmanager
async def court(browser: Browser, scripts: Path, script: str, policy: str) -> AsyncIterator[Page]:
    """A page with nothing but one script, on loopback, under `policy`; any breach of it fails the test."""

    async def page(_: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=PAGE.format(f"/s/{script}"), content_type="text/html", headers=headers)

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_static("/s", scripts)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    context = await browser.new_context()
    try:
        tab = await context.new_page()
        complaints: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        await tab.goto(f"http://{host}:{port}/")
        await tab.wait_for_function("'vectors' in window", timeout=60_000)
        yield tab
        assert complaints == []
    finally:
        await context.close()
        await runner.cleanup()


async def ask(page: Page, function: str, *arguments_: Any) -> Any:
    return await page.evaluate(f"arguments_ => vectors.{function}(...arguments_)", list(arguments_))


@pytest.fixture(scope="session")
def scripts() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield build_scripts(Path(folder))


@pytest.fixture
async def page(browser: Browser, scripts: Path) -> AsyncIterator[Page]:
    async with court(browser, scripts, "browser.js", PUBLIC_POLICY) as tab:
        yield tab


@pytest.fixture
async def console_page(browser: Browser, scripts: Path) -> AsyncIterator[Page]:
    async with court(browser, scripts, "browser_console.js", TEAM_POLICY) as tab:
        yield tab


@pytest.mark.parametrize(
    ("function", "file", "at_least"),
    [
        ("identity", "identity.json", 40),
        ("returnCode", "return_code.json", 30),
        ("costs", "passphrase.json", 6),
        ("signing", "signing.json", 16),
        ("envelope", "envelope.json", 80),
    ],
)
async def test_the_browser_agrees_with_python(page: Page, function: str, file: str, at_least: int) -> None:
    outcome = await ask(page, function, read(file))
    assert outcome["complaints"] == []
    assert outcome["proved"] >= at_least


async def test_the_console_agrees_about_passphrases(console_page: Page) -> None:
    outcome = await ask(console_page, "passphrase", read("passphrase.json"))
    assert outcome["complaints"] == []
    assert outcome["proved"] >= 20


async def test_python_opens_what_the_browser_seals_now(page: Page) -> None:
    check_envelopes(await ask(page, "writeEnvelopes"))


async def test_python_unwraps_what_the_console_wraps_now(console_page: Page) -> None:
    check_passphrases(await ask(console_page, "writePassphrases"))


def test_python_opens_what_the_browser_wrote_once() -> None:
    check_envelopes(read("browser-envelope.json"))
    check_passphrases(read("browser-passphrase.json"))


async def test_the_stamp_is_the_work_that_was_asked_for(page: Page) -> None:
    envelope = os.urandom(5000)
    for bits in (0, 1, 8, 12, 16):
        solved = await ask(page, "stamp", base64.b64encode(envelope).decode(), bits, 494_186)
        number = (494_186).to_bytes(8, "big") + hashlib.sha256(envelope).digest() + solved["counter"].to_bytes(8, "big")
        digest = hashlib.sha256(b"erstkontakt/1 stamp" + number).digest()
        assert int.from_bytes(digest, "big") >> (256 - bits) == 0
        assert solved["hour"] == 494_186


async def test_a_slow_phone_opens_its_mailbox_in_time_and_can_be_used_meanwhile(page: Page) -> None:
    """Four times slower than this machine: all the work between the last typed word and the opened mailbox."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    measured = await ask(page, "measure", 19_456, 2)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    sys.stdout.write(f"milliseconds at 4 x throttling: { {name: round(ms) for name, ms in measured.items()} }\n")
    assert measured["stretch"] + measured["identity"] + 2 * measured["open"] < 2500
    assert measured["longest"] < 400


def test_no_webassembly_and_no_eval_in_what_help_seekers_load() -> None:
    """The policy forbids both; here it is proved that nothing would even try."""
    release = json.loads((STATIC / "release.json").read_text())
    loaded = [name for name in release if name.endswith(".js") and not name.startswith("console")]
    assert any(name.startswith("sealing-") for name in loaded)
    for name in loaded:
        text = (STATIC / name).read_text(encoding="utf-8")
        for forbidden in (
            "WebAssembly",
            "eval(",
            "Function(",
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
            "localStorage",
            "sessionStorage",
            "indexedDB",
            "document.cookie",
            "serviceWorker",
            "https://",
            "http://",
        ):
            assert forbidden not in text, f"{forbidden} in {name}"


def test_old_telephones_know_every_call() -> None:
    """ES2020: the bundler lowers syntax, but not calls that came later."""
    calls = r"\.(replaceAll|at|findLast|findLastIndex|toSorted|toReversed|toSpliced|groupBy|hasOwn)\("
    later = calls + r"|\b(structuredClone|AggregateError|WeakRef|FinalizationRegistry|Promise\.any)\b"
    for name in json.loads((STATIC / "release.json").read_text()):
        if name.endswith(".js") and not name.startswith("console"):
            assert re.findall(later, (STATIC / name).read_text(encoding="utf-8")) == [], name


def test_the_library_stays_small() -> None:
    """Brotli: 37.1 kB for cryptography with word list and callbacks, 7.2 kB for the largest shell of a page."""
    for path in STATIC.glob("*.js.br"):
        if path.name.startswith("sealing-"):
            assert path.stat().st_size <= 37_100
        elif not path.name.startswith("console"):
            assert path.stat().st_size <= 7_200, path.name


def check_envelopes(file: Any) -> None:
    """What crypto/vectors/README.md says about envelope files, for Python."""
    people = {name: Identity.from_seed(bytes.fromhex(seed)) for name, seed in file["seeds"].items()}
    rows = {row["name"]: row for row in file["opened"]}
    assert len(rows) >= 11
    for row in rows.values():
        envelope = base64.b64decode(row["envelope"])
        context = bytes.fromhex(row["context"])
        header = inspect(envelope)
        assert (header.kind, header.context, header.bucket) == (row["kind"], context, row["bucket"])
        assert [kid.hex() for kid in header.kids] == row["kids"]
        signer = people[row["signer"]].public.verify
        given = None if row["kind"] == Kind.CONTACT else signer
        for reader in row["readers"]:
            opened = open_envelope(envelope, people[reader], context=context, sender_verify=given)
            assert (opened.payload, opened.sender_verify) == (base64.b64decode(row["payload"]), signer)
    for row in file["refused"]:
        base = rows.get(row.get("of", ""), {})
        envelope = bytearray(base64.b64decode(row.get("envelope") or base["envelope"]))
        if "flip" in row:
            envelope[row["flip"][0]] ^= row["flip"][1]
        sealed = bytes(envelope[: row.get("keep")])
        signer = row.get("signer") or base.get("signer")
        given = people[signer].public.verify if signer and sealed[4] != Kind.CONTACT else None
        reader = people[row.get("reader") or base["readers"][0]]
        with pytest.raises(REFUSALS[row["error"]]):
            open_envelope(
                sealed, reader, context=bytes.fromhex(row.get("context") or base["context"]), sender_verify=given
            )


def check_passphrases(file: Any) -> None:
    for row in file["unlock"]:
        keys = unlock(row["passphrase"], bytes.fromhex(row["salt"]), row["memory_kib"], row["passes"])
        assert (keys.login_key.hex(), keys.wrapping_key.hex()) == (row["login_key"], row["wrapping_key"])
    for row in file["wrap"]:
        assert unwrap(base64.b64decode(row["wrapped"]), bytes.fromhex(row["wrapping_key"])).hex() == row["seed"]


async def write() -> None:
    """Writes crypto/vectors/browser-*.json anew. Only when the format changes: an old envelope must open for ever."""
    with tempfile.TemporaryDirectory() as folder:
        built = await asyncio.to_thread(build_scripts, Path(folder))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=arguments())
            async with court(browser, built, "browser.js", PUBLIC_POLICY) as tab:
                envelopes = await ask(tab, "writeEnvelopes")
            async with court(browser, built, "browser_console.js", TEAM_POLICY) as tab:
                passphrases = await ask(tab, "writePassphrases")
            await browser.close()
    assert len(WORDS) == 2048
    for name, file in (("envelope", envelopes), ("passphrase", passphrases)):
        text = json.dumps(file, ensure_ascii=False, indent=1) + "\n"
        (VECTORS / f"browser-{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(write())
