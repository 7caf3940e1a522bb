"""The help-seekers' pages. They hold nothing about anybody, so each is rendered once per language and directory.

    Site       templates, languages, the rendered pages
    setup      puts the pages into the application
    Board      the signed directory as the pages tell it: who answers, who pays them, how soon

What a page says before somebody types is said from the directory alone; what somebody typed comes by here only on the
way without JavaScript (no_js.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
from aiohttp import web
from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from intake.directory import Carrier, Directory, Team
from intake.errors import IntakeError, NoPage
from intake.routing import VIOLENCE
from intake.web import wording
from intake.web.i18n import Catalogue, Languages
from intake.web.keys import ERROR_PAGE, NETWORK, SETTINGS

HERE = Path(__file__).parent
CHUNK = re.compile(r"""["']\./((?:chunk|sealing)-[\w-]+\.js)["']""")
ROLE_PATHS = {"": wording.DEFAULT_ROLE, "/1": "exit", "/2": "relative", "/3": "professional"}


class Board:
    """The directory in the words of one language."""

    def __init__(self, directory: Directory, language: Catalogue) -> None:
        self.directory = directory
        self._language = language
        self._locale = Locale.parse(language.code)
        self._carriers = {carrier.id: carrier for carrier in directory.carriers}
        self._reasons = wording.reasons(language.gettext)

    def about(self, said: Any) -> str:
        """A text of the directory; in German where the language is neither German nor English."""
        return str(said.en if self._language.code == "en" else said.de)

    def languages(self, team: Team) -> str:
        """``Deutsch, Türkisch``"""
        return ", ".join(str(self._locale.languages.get(code, code)) for code in team.languages)

    def answer(self, team: Team) -> str:
        """``in 2 Arbeitstagen``"""
        return wording.answer_time(self._language.gettext, team.answer_working_days)

    def card(self, team: Team, reason: str = "") -> dict[str, Any]:
        """What macros.html needs to show who reads."""
        return {
            "id": team.id,
            "name": team.name,
            "carrier": self._carriers[team.carrier],
            "answer": self.answer(team),
            "languages": self.languages(team),
            "why": self._reasons.get(reason, ""),
        }

    def answer_days(self) -> str:
        """The span of all open teams' promises: ``2 bis 3``."""
        days = sorted({team.answer_working_days for team in self.directory.teams if team.access == "open"})
        if len(days) < 2:
            return str(days[0] if days else 2)
        return self._language.gettext("{few} bis {many}").format(few=days[0], many=days[-1])

    def groups(self) -> list[dict[str, Any]]:
        """Carriers by kind, each with its teams that take first contacts."""
        names = wording.kinds(self._language.gettext)
        groups: list[dict[str, Any]] = []
        for kind in ("civil", "mixed", "state"):
            of_kind = sorted(
                (carrier for carrier in self.directory.carriers if carrier.kind == kind), key=lambda one: one.name.lower()
            )
            rows = [row for carrier in of_kind if (row := self._row(carrier))]
            if rows:
                groups.append({"name": names[kind][0], "carriers": rows})
        return groups

    def _row(self, carrier: Carrier) -> dict[str, Any] | None:
        teams = [
            {"name": team.name, "line": f"{self.answer(team)}, {self.languages(team)}"}
            for team in self.directory.teams
            if team.carrier == carrier.id and team.access == "open"
        ]
        if not teams:
            return None
        return {
            "name": carrier.name,
            "kind": carrier.kind,
            "legality_principle": carrier.legality_principle,
            "about": self.about(carrier.about),
            "teams": teams,
        }

    def signposts(self, audience: str | None = None) -> list[dict[str, str]]:
        """Help outside the network that we name and send nothing to; all of it, or for one audience."""
        return [
            {"name": post.name, "about": self.about(post.about)}
            for post in self.directory.signposts
            if audience is None or audience in post.audience
        ]

    def coordinations(self) -> list[dict[str, str]]:
        """State coordinations, who can read nothing."""
        return [{"name": unit.name, "about": self.about(unit.about)} for unit in self.directory.coordinations]


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

    @cached_property
    def release(self) -> Mapping[str, str]:
        """Served file -> SHA-256, from the release manifest; empty when nothing was built yet."""
        manifest = HERE / "static" / "release.json"
        return dict(json.loads(manifest.read_text())) if manifest.exists() else {}

    def chunks(self, entry: str) -> list[str]:
        """The scripts that an entry fetches by itself; named in the page so that they set out at the same time."""
        script = HERE / "static" / f"{entry}.js"
        return sorted(set(CHUNK.findall(script.read_text()))) if script.exists() else []

    @property
    def root(self) -> bytes:
        """The verify key of the offline root, which signs the directory."""
        root: bytes = self._app[NETWORK].root
        return root

    @property
    def operator(self) -> tuple[str, ...]:
        """Name and address of the operator, line by line; empty in a demonstration."""
        return tuple(self._app[SETTINGS].operator)

    def directory(self) -> Directory:
        """The directory that is valid now. Raises DirectoryUnusable."""
        directory: Directory = self._app[NETWORK].directory
        return directory

    def board(self, code: str) -> Board:
        """The directory in one language."""
        return Board(self.directory(), self.languages.catalogue(code))

    def render(self, template: str, code: str, path: str, **context: Any) -> str:
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
        except IntakeError:
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
            environment.install_gettext_callables(  # type: ignore[attr-defined]
                language.gettext, language.ngettext, newstyle=True
            )
            gettext = language.gettext
            environment.globals |= {
                "kinds": wording.kinds(gettext),
                "duty_short": wording.duty_short(gettext),
                "duty_long": wording.duty_long(gettext),
                "roles": wording.roles(gettext),
                "topics": wording.topics(gettext),
            }
            self._environments[code] = environment
        return self._environments[code]

    def page(self, request: web.Request, key: tuple[str, ...], make: Callable[[], str]) -> web.Response:
        """A page that is the same for everybody: rendered at most once per directory version."""
        version = self._app[NETWORK].directory.version
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


def grouped(digits: str) -> str:
    """Hex in groups of eight, to be compared by eye or by phone."""
    return " ".join(digits[start : start + 8] for start in range(0, len(digits), 8))


Facts = Callable[[Site, str], dict[str, Any]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _nothing(_site: Site, _code: str) -> dict[str, Any]:
    return {}


def _start(site: Site, code: str) -> dict[str, Any]:
    return {"answer_days": site.board(code).answer_days()}


def _violence(site: Site, code: str) -> dict[str, Any]:
    return {"signposts": site.board(code).signposts(VIOLENCE)}


def _who(site: Site, code: str) -> dict[str, Any]:
    board = site.board(code)
    return {"groups": board.groups(), "signposts": board.signposts(), "coordinations": board.coordinations()}


def _protection(site: Site, code: str) -> dict[str, Any]:
    directory = site.directory()
    return {
        "fingerprint": grouped(site.root.hex()),
        "version": directory.version,
        "expires": site.languages.catalogue(code).day(directory.expires.date()),
        "hashes": sorted(site.release.items()),
    }


def _operator(site: Site, _code: str) -> dict[str, Any]:
    return {"operator": site.operator}


def browser_texts(catalogue: Catalogue) -> dict[str, Any]:
    """Every sentence that the page script may have to say, in the page's language."""
    gettext = catalogue.gettext
    return {
        "faults": wording.faults(gettext),
        "kinds": wording.kinds(gettext),
        "duty": [wording.duty_short(gettext)[False], wording.duty_short(gettext)[True]],
        "duties": [wording.duty_long(gettext)[False], wording.duty_long(gettext)[True]],
        "reasons": wording.reasons(gettext),
        "night": [wording.night(gettext)[False], wording.night(gettext)[True]],
        **wording.script(gettext),
    }


def _answers(site: Site, code: str) -> dict[str, Any]:
    return {"texts": browser_texts(site.languages.catalogue(code)), "chunks": site.chunks("answers")}


PAGES: dict[str, tuple[str, Facts]] = {
    "/": ("start.html", _start),
    "/antworten": ("answers.html", _answers),
    "/hilfe": ("help.html", _nothing),
    "/gewalt": ("violence.html", _violence),
    "/schutz": ("protection.html", _protection),
    "/wer": ("who.html", _who),
    "/betreiber": ("operator.html", _operator),
}


def _page(path: str, template: str, facts: Facts, code: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        site = request.app[SITE]
        return site.page(request, (path, code), lambda: site.render(template, code, path, **facts(site, code)))

    return handler


def _write(role: str, path: str, code: str) -> Handler:
    def facts(site: Site, code: str) -> dict[str, Any]:
        return {"role": role, "texts": browser_texts(site.languages.catalogue(code)), "chunks": site.chunks("write")}

    return _page(path, "write.html", facts, code)


async def _professional(request: web.Request) -> web.StreamResponse:
    """An address that can be said on the telephone."""
    raise web.HTTPSeeOther(request.app[SITE].languages.prefix(language(request)) + "/schreiben/3")


async def quick_exit(request: web.Request) -> web.StreamResponse:
    """Away, at once: nothing stays in this browser's stores, and the neutral page takes the place of ours."""
    response = web.HTTPSeeOther(request.app[SETTINGS].neutral_exit_url)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    raise response


def error_page(request: web.Request, error: IntakeError) -> web.Response:
    """A neutral page for a person who came to a wrong address or at a wrong moment."""
    site = request.app[SITE]
    code = language(request)
    gettext = site.languages.catalogue(code).gettext
    headings = {
        404: gettext("Diese Seite gibt es nicht."),
        405: gettext("Diese Seite gibt es nicht."),
        413: gettext("Das war zu viel auf einmal."),
    }
    sentence = error.en if code != "de" else error.de
    heading = headings.get(error.status, gettext("Gerade geht es nicht."))
    return html(site.render("error.html", code, "/", heading=heading, sentence=sentence), error.status)


def setup(app: web.Application, languages: Languages | None = None) -> None:
    """Adds all pages in all languages of the settings. ``languages`` is for tests that bring one of their own."""
    site = Site(app, languages or Languages(app[SETTINGS].languages))
    app[SITE] = site
    app[ERROR_PAGE] = error_page
    for code in site.languages.codes:
        prefix = site.languages.prefix(code)
        for path, (template, facts) in PAGES.items():
            app.router.add_get(
                prefix + path if path != "/" else (prefix + "/" if prefix else "/"), _page(path, template, facts, code)
            )
        for suffix, role in ROLE_PATHS.items():
            path = "/schreiben" + suffix
            app.router.add_get(prefix + path, _write(role, path, code))
        app.router.add_get(prefix + "/fachkraft", _professional)
        if prefix:
            app.router.add_get(prefix, _to_slash)
    app.router.add_get("/raus", quick_exit)


async def _to_slash(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(request.path + "/")


__all__ = ["SITE", "Board", "NoPage", "Site", "browser_texts", "error_page", "html", "language", "quick_exit", "setup"]
