"""The one page of the counsellors' console, /team/, and its manifest. Everything else of the console is script.

German at /team/, other languages at /team/<code>/, all below /team/: only there does the policy allow WebAssembly.
Rendered once per language; the console's sentences come from its own catalogue, locale/<code>/LC_MESSAGES/console.po.
"""

import json
from functools import cache
from pathlib import Path

from aiohttp import web

from intake.errors import DirectoryUnusable, NoPage
from intake.web.keys import NETWORK, SETTINGS

HERE = Path(__file__).parent


def render(code: str, languages: tuple[str, ...], root: bytes, *, demonstration: bool) -> bytes:
    """The page in one language. `root`: verify key of the directory's root, which the console checks it with."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from intake.web.i18n import LOCALE_FOLDER, Catalogue, read_catalogue

    words = {} if code == languages[0] else read_catalogue(LOCALE_FOLDER / code / "LC_MESSAGES" / "console.po")
    catalogue = Catalogue(code, words)
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    # Inside <script> only "<" could end the block; as \u003c it is the same JSON.
    dictionary = json.dumps(words, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return (
        environment.get_template("team.html")
        .render(
            lang=code,
            dir=catalogue.direction,
            root=root.hex(),
            languages=languages,
            demonstration=demonstration,
            words=dictionary,
            say=catalogue.gettext,
        )
        .encode()
    )


def setup(app: web.Application) -> None:
    """Adds /team/, /team/<language>/, /team/manifest.webmanifest and /team/push.js."""
    settings, network = app[SETTINGS], app[NETWORK]

    @cache
    def page(code: str, *, demonstration: bool) -> bytes:
        return render(code, settings.languages, settings.root_key, demonstration=demonstration)

    def is_demonstration() -> bool:
        try:
            return network.directory.network.demonstration
        except DirectoryUnusable:
            return False

    async def console(request: web.Request) -> web.Response:
        code = request.match_info.get("code", settings.languages[0])
        if code not in settings.languages:
            raise NoPage
        return web.Response(
            body=page(code, demonstration=is_demonstration()), content_type="text/html", charset="utf-8"
        )

    async def to_console(_: web.Request) -> web.Response:
        raise web.HTTPPermanentRedirect("/team/")

    async def manifest(_: web.Request) -> web.Response:
        body = (HERE / "static" / "team.webmanifest").read_bytes()
        return web.Response(body=body, content_type="application/manifest+json")

    async def push_worker(_: web.Request) -> web.Response:
        """Below /team/, so that its scope can never reach a help-seeker's page. Its policy is that of data: nothing."""
        body = (HERE / "static" / "push_worker.js").read_bytes()
        return web.Response(body=body, content_type="text/javascript", charset="utf-8")

    app.router.add_get("/team", to_console)
    app.router.add_get("/team/", console)
    app.router.add_get("/team/manifest.webmanifest", manifest)
    app.router.add_get("/team/push.js", push_worker)
    app.router.add_get("/team/{code:[a-z]{2,3}}/", console)
