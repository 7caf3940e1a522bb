"""Files that everybody may have: built scripts and styles under /s/, and the signed directory with what belongs to it.

All of it lies in memory, with its Brotli twin, so that an answer costs no disk and no compression.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import version
from typing import Any

from aiohttp import hdrs, web

from intake.errors import NoPage
from intake.web.keys import NETWORK, RELEASE

_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
    "txt": "text/plain; charset=utf-8",
    "woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Served:
    """One file as it goes over the wire."""

    plain: bytes
    brotli: bytes | None
    content_type: str

    def answer(self, request: web.Request) -> web.Response:
        headers = {hdrs.CONTENT_TYPE: self.content_type, hdrs.VARY: hdrs.ACCEPT_ENCODING}
        body = self.plain
        if self.brotli is not None and _takes_brotli(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
            headers[hdrs.CONTENT_ENCODING] = "br"
            body = self.brotli
        return web.Response(body=body, headers=headers)


def _takes_brotli(accept: str) -> bool:
    for part in accept.split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() == "br":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def load() -> dict[str, Served]:
    """All files in the package's static folder by their name below it ("icons/icon.svg")."""
    root = resources.files("intake.web") / "static"
    raw: dict[str, bytes] = {}

    def walk(folder: Any, prefix: str) -> None:
        for entry in folder.iterdir():
            if entry.is_dir():
                walk(entry, f"{prefix}{entry.name}/")
            elif not entry.name.startswith("."):
                raw[prefix + entry.name] = entry.read_bytes()

    if root.is_dir():
        walk(root, "")
    found = {}
    for name, plain in raw.items():
        kind = _TYPES.get(name.rpartition(".")[2])
        if kind is not None:
            found[name] = Served(plain, raw.get(f"{name}.br"), kind)
    return found


def release_name(files: dict[str, Served]) -> str:
    """Version of the package and the first digits of the release manifest's hash."""
    manifest = files.get("release.json")
    listed = manifest.plain if manifest else json.dumps(sorted(files)).encode()
    return f"{version('erstkontakt')}+{hashlib.sha256(listed).hexdigest()[:12]}"


class Packed:
    """The Brotli twin of bytes that change seldom (the directory): made once per content, not in the event loop."""

    def __init__(self, content_type: str) -> None:
        self._content_type = content_type
        self._served: Served | None = None
        self._making = asyncio.Lock()

    async def of(self, plain: bytes) -> Served:
        """Packs `plain` unless it is what was packed last."""
        if self._served is not None and self._served.plain is plain:
            return self._served
        async with self._making:
            if self._served is None or self._served.plain is not plain:
                small = await asyncio.to_thread(_compress, plain)
                self._served = Served(plain, small, self._content_type)
            return self._served


def _compress(plain: bytes) -> bytes:
    import brotli

    packed: bytes = brotli.compress(plain, quality=9 if len(plain) > 100_000 else 11)
    return packed


def setup(app: web.Application) -> None:
    """Adds /s/…, /verzeichnis (and its chain), /anhang/…, /schluessel/…, /orte."""
    files = load()
    app[RELEASE] = release_name(files)

    async def static_file(request: web.Request) -> web.Response:
        served = files.get(request.match_info["name"])
        if served is None:
            raise NoPage
        return served.answer(request)

    async def key_file(request: web.Request) -> web.Response:
        try:
            key = request.app[NETWORK].key(request.match_info["kid"])
        except KeyError:
            raise NoPage from None
        return web.Response(body=key, content_type="application/octet-stream")

    async def chain_file(request: web.Request) -> web.Response:
        try:
            link = request.app[NETWORK].link(int(request.match_info["version"]))
        except KeyError:
            raise NoPage from None
        return web.Response(body=link, content_type="application/octet-stream")

    async def annex_file(request: web.Request) -> web.Response:
        network = request.app[NETWORK]
        if request.match_info["hash"] != network.directory.annex_hash:
            raise NoPage
        return web.Response(body=network.annex, content_type="application/json")

    def packed(content: Callable[[web.Request], bytes], content_type: str) -> Any:
        pack = Packed(content_type)

        async def serve(request: web.Request) -> web.Response:
            return (await pack.of(content(request))).answer(request)

        return serve

    app.router.add_get("/s/{name:[A-Za-z0-9_./-]+}", static_file)
    app.router.add_get("/schluessel/{kid:[0-9a-f]{16}}", key_file)
    app.router.add_get("/verzeichnis", packed(lambda request: request.app[NETWORK].blob, "application/octet-stream"))
    app.router.add_get("/verzeichnis/{version:[0-9]{1,5}}", chain_file)
    app.router.add_get("/anhang/{hash:[0-9a-f]{64}}", annex_file)
    app.router.add_get("/orte", packed(lambda request: request.app[NETWORK].regions_blob, "application/json"))
