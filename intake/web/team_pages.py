"""The counsellors' console: one page, the same for everybody, and the manifest that lets a telephone install it.

Nothing is rendered per person here: who logs in, and what they read, is the business of the browser and of team_api.py.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from aiohttp import web

from intake.web.i18n import LOCALE_FOLDER, SOURCE, read_catalogue
from intake.web.pages import SITE

MANIFEST = Path(__file__).with_name("static") / "team.webmanifest"


def setup(app: web.Application) -> None:
    """Adds GET /team/ and its manifest; needs `pages.setup` for the templates."""
    app.router.add_get("/team", _to_console)
    app.router.add_get("/team/", console)
    app.router.add_get("/team/manifest.webmanifest", manifest)


async def _to_console(_: web.Request) -> web.Response:
    # The security policy of the console, and the scope of the installed app, begin at the slash.
    raise web.HTTPPermanentRedirect("/team/")


async def console(request: web.Request) -> web.StreamResponse:
    """The page of the console, in the language of `?lang=`, or of the browser."""
    site = request.app[SITE]
    asked = request.query.get("lang", "")
    code = asked if asked in site.languages.codes else site.languages.of_header(request.headers.get("Accept-Language", ""))

    def make() -> str:
        said = words(code)
        return site.render(
            "team.html", code, "/team/", words=as_data(said), say=lambda text: said.get(text, text), languages=site.languages.codes
        )

    return site.page(request, ("team", code), make)


async def manifest(_: web.Request) -> web.Response:
    """What a telephone needs to install the console. The name says nothing about what it is for."""
    return web.Response(body=_manifest(), content_type="application/manifest+json", charset="utf-8")


@cache
def _manifest() -> bytes:
    return MANIFEST.read_bytes()


@cache
def words(code: str, folder: Path = LOCALE_FOLDER) -> dict[str, str | tuple[str, ...]]:
    """The console's sentences: German -> this language; nothing for German itself."""
    return {} if code == SOURCE else read_catalogue(folder / code / "LC_MESSAGES" / "console.po")


def as_data(words: dict[str, str | tuple[str, ...]]) -> str:
    """JSON that may stand in a <script type="application/json">: no sentence can end the element."""
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e")
