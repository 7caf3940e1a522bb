"""What every page is made with: templates, languages, the neutral exit, and pages that are the same for everybody.

A page that holds nothing about anybody is rendered once per language and directory version and kept with its Brotli
twin. A page made for one person is never compressed and never kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import brotli
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from intake.directory import Directory
from intake.errors import DirectoryUnusable, IntakeError
from intake.web import wording
from intake.web.board import Board
from intake.web.headers import release
from intake.web.i18n import Languages
from intake.web.keys import NETWORK, SETTINGS

HERE = Path(__file__).parent
CHUNK = re.compile(r"""["']\./((?:chunk|sealing)-[\w-]+\.js)["']""")


@cache
def inline(name: str) -> Markup:
    """A file of the release that stands in the page itself; the policy allows exactly these bytes (headers.py)."""
    return Markup((HERE / "static" / name).read_text("utf-8"))  # noqa: S704 - ours, from the release


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page that is the same for everybody, plain and compressed."""

    plain: bytes
    brotli: bytes


class Site:
    """Templates and languages. ``folder`` is for tests that bring a language of their own."""

    def __init__(self, app: web.Application, languages: Languages) -> None:
        self._app = app
        self.languages = languages
        self._environments: dict[str, Environment] = {}
        self._rendered: dict[tuple[str, ...], Rendered] = {}
        self._version = 0

    @property
    def release(self) -> Mapping[str, str]:
        """Served file -> SHA-256, from the release manifest; empty when nothing was built yet."""
        return release()

    def chunks(self, entry: str) -> list[str]:
        """The scripts that an entry fetches by itself; named in the page so that they set out at the same time."""
        script = HERE / "static" / f"{entry}.js"
        return sorted(set(CHUNK.findall(script.read_text()))) if script.exists() else []

    @property
    def root(self) -> bytes:
        """The verify key of the offline root, which signs the directory."""
        root: bytes = self._app[SETTINGS].root_key
        return root

    @property
    def operator(self) -> tuple[str, ...]:
        """Name and address of the operator, line by line; empty in a demonstration."""
        return tuple(self._app[SETTINGS].operator)

    @property
    def contact_account(self) -> str:
        """Where help-seekers write to in the messenger; "" while that door is closed."""
        return str(self._app[SETTINGS].contact_account)

    @property
    def own_numbers(self) -> tuple[str, ...]:
        """Our own lines in E.164: nobody is called back there."""
        return tuple(self._app[SETTINGS].hotline_numbers)

    def directory(self) -> Directory:
        """The directory that is valid now. Raises DirectoryUnusable."""
        directory: Directory = self._app[NETWORK].directory
        return directory

    def board(self, code: str) -> Board:
        """The directory in one language."""
        return Board(self.directory(), self.languages.catalogue(code))

    def render(self, template: str, code: str, path: str, /, **context: Any) -> str:
        """One page. ``path`` is the path in the first language, for the links to the other languages."""
        settings = self._app[SETTINGS]
        language = self.languages.catalogue(code)
        others = [
            {"code": other, "name": self.languages.catalogue(other).name, "href": self.languages.prefix(other) + path}
            for other in self.languages.codes
            if other != code
        ]
        try:
            demonstration = self.directory().network.demonstration
        except DirectoryUnusable:
            demonstration = False
        return (
            self._environment(code)
            .get_template(template)
            .render(
                lang=code,
                dir=language.direction,
                prefix=self.languages.prefix(code),
                others=others,
                neutral=settings.neutral_exit_url,
                root=self.root.hex(),
                demonstration=demonstration,
                **context,
            )
        )

    def _environment(self, code: str) -> Environment:
        if code not in self._environments:
            language = self.languages.catalogue(code)
            environment = Environment(
                loader=FileSystemLoader(HERE / "templates"),
                autoescape=True,
                undefined=StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                extensions=["jinja2.ext.i18n"],
                auto_reload=False,
            )
            # Umlauts as they are: half the bytes of their escapes. The filter escapes what HTML would take for its own.
            environment.policies["json.dumps_kwargs"] = {
                "ensure_ascii": False,
                "separators": (",", ":"),
                "sort_keys": True,
            }
            environment.install_gettext_callables(  # type: ignore[attr-defined]
                language.gettext, language.ngettext, newstyle=True
            )
            gettext = language.gettext
            environment.globals |= {
                "inline": inline,
                "kinds": wording.kinds(gettext),
                "duty_short": wording.duty_short(gettext),
                "duty_long": wording.duty_long(gettext),
                "roles": wording.roles(gettext),
                "topics": wording.topics(gettext),
            }
            self._environments[code] = environment
        return self._environments[code]

    def _directory_version(self) -> int:
        """0 while there is no directory to be used: what needs none is shown all the same, above all the help."""
        try:
            return self.directory().version
        except DirectoryUnusable:
            return 0

    def page(self, request: web.Request, key: tuple[str, ...], make: Callable[[], str]) -> web.Response:
        """A page that is the same for everybody: rendered at most once per directory version."""
        version = self._directory_version()
        if version != self._version:
            self._rendered.clear()
            self._version = version
        if key not in self._rendered:
            plain = make().encode()
            self._rendered[key] = Rendered(plain, brotli.compress(plain, mode=brotli.MODE_TEXT))
        rendered = self._rendered[key]
        packed = "br" in request.headers.get("Accept-Encoding", "")
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "br"} if packed else {})
        body = rendered.brotli if packed else rendered.plain
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=headers)


SITE: web.AppKey[Site] = web.AppKey("site", Site)


def html(text: str, status: int = 200) -> web.Response:
    """A page made for one person. Never compressed: its length could tell what stands in it (BREACH)."""
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def language(request: web.Request) -> str:
    """The language of the path of this request."""
    return request.app[SITE].languages.of_path(request.path)


CLEAR = {"Clear-Site-Data": '"cache", "cookies", "storage"'}


def leave(request: web.Request) -> web.Response:
    """Away, at once: nothing stays in this browser's stores, and a harmless page follows."""
    return web.Response(status=303, headers={"Location": request.app[SETTINGS].neutral_exit_url, **CLEAR})


def leave_form(request: web.Request) -> web.Response:
    """The same after a posted form: ``form-action 'self'`` would stop a redirect, so an empty page leads on."""
    neutral = escape(request.app[SETTINGS].neutral_exit_url)
    page = (
        f'<!doctype html><title></title><meta http-equiv="refresh" content="0;url={neutral}"><a href="{neutral}">…</a>'
    )
    return web.Response(text=page, content_type="text/html", charset="utf-8", headers=CLEAR)


# Codes of the server whose sentence the pages know under another name.
SAME = {
    "text_empty": "empty_text",
    "text_too_long": "too_large",
    "too_many": "busy",
    "team_unknown": "team_changed",
    "stale_key": "team_changed",
    "postcode_unknown": "place_unknown",
    "no_mailbox": "mailbox_missing",
    "not_in_this_state": "cannot_move",
    "sealing_failed": "crypto",
    "directory_expired": "directory_forged",
}


def fault_sentence(request: web.Request, error: IntakeError) -> str:
    """What the pages say about an error: their own sentence for its code, else the error's."""
    code = language(request)
    catalogue = request.app[SITE].languages.catalogue(code)
    own = wording.faults(catalogue.gettext)
    return own.get(SAME.get(error.code, error.code)) or error.sentence(code)
