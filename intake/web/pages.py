"""The help-seekers' pages: which there are, what each needs to know, and who answers for errors.

What a page says before somebody types is said from the signed directory alone. What somebody typed comes by here never;
without JavaScript it goes to no_js.py and no_js_mailbox.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from intake import phones
from intake.errors import DirectoryUnusable, IntakeError, NumberRefused
from intake.routing import VIOLENCE
from intake.web import no_js, no_js_mailbox, wording
from intake.web.i18n import Catalogue, Languages
from intake.web.keys import ERROR_PAGE, SETTINGS
from intake.web.site import SITE, Site, html, language, leave


def grouped(digits: str) -> str:
    """Hex in groups of eight, to be compared by eye or by phone."""
    return " ".join(digits[start : start + 8] for start in range(0, len(digits), 8))


Facts = Callable[[Site, str], dict[str, Any]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _nothing(_site: Site, _code: str) -> dict[str, Any]:
    return {}


def _start(site: Site, code: str) -> dict[str, Any]:
    try:
        days = site.board(code).answer_days()
    except DirectoryUnusable:
        days = ""  # the way to immediate help stays open
    return {"answer_days": days, "messenger": bool(site.contact_account)}


def _messenger(site: Site, _code: str) -> dict[str, Any]:
    return {"account": site.contact_account}


def _violence(site: Site, code: str) -> dict[str, Any]:
    return {"signposts": site.board(code).signposts(VIOLENCE)}


def _who(site: Site, code: str) -> dict[str, Any]:
    board = site.board(code)
    return {"places": board.lands(), "signposts": board.signposts(), "coordinations": board.coordinations()}


def _protection(site: Site, code: str) -> dict[str, Any]:
    directory = site.directory()
    return {
        "messenger": bool(site.contact_account),
        "fingerprint": grouped(site.root.hex()),
        "version": directory.version,
        "expires": site.languages.catalogue(code).day(directory.expires.date()),
        "hashes": sorted(site.release.items()),
    }


def _operator(site: Site, _code: str) -> dict[str, Any]:
    return {"operator": site.operator}


def _texts(catalogue: Catalogue, own: dict[str, Any], other_faults: frozenset[str]) -> dict[str, Any]:
    gettext = catalogue.gettext
    return {
        "faults": {code: says for code, says in wording.faults(gettext).items() if code not in other_faults},
        "kinds": wording.kinds(gettext),
        "duty": [wording.duty_short(gettext)[bound] for bound in (False, True)],
        "reasons": wording.reasons(gettext),
        **wording.script_both(gettext),
        **own,
    }


def _writing(site: Site, code: str) -> dict[str, Any]:
    """Every sentence that the page script for writing may have to say, and the scripts it fetches by itself."""
    catalogue = site.languages.catalogue(code)
    own = {
        "duties": [wording.duty_long(catalogue.gettext)[bound] for bound in (False, True)],
        "night": [wording.night(catalogue.gettext)[duty] for duty in (False, True)],
        **wording.script_write(catalogue.gettext),
    }
    return {
        "texts": _texts(catalogue, own, wording.ANSWERS_FAULTS | wording.CALL_FAULTS),
        "chunks": site.chunks("write"),
    }


def _numbers(site: Site, code: str) -> dict[str, Any]:
    """What the browser needs to check a number without sending it."""
    faults = {why: NumberRefused(why=why).sentence(code) for why in NumberRefused.why_de}
    return {"numbers": phones.rules(site.own_numbers), "number_faults": faults}


def _calling(site: Site, code: str) -> dict[str, Any]:
    """The same for the page that asks for a callback."""
    catalogue = site.languages.catalogue(code)
    own = {
        "duties": [wording.duty_long(catalogue.gettext)[bound] for bound in (False, True)],
        **_numbers(site, code),
        **wording.script_write(catalogue.gettext),
        **wording.script_call(catalogue.gettext),
    }
    return {"texts": _texts(catalogue, own, wording.ANSWERS_FAULTS), "chunks": site.chunks("callback")}


def _answers(site: Site, code: str) -> dict[str, Any]:
    """The same for the page for reading."""
    catalogue = site.languages.catalogue(code)
    own = {
        **_numbers(site, code),
        **wording.script_call(catalogue.gettext),
        **wording.script_answers(catalogue.gettext),
    }
    return {"texts": _texts(catalogue, own, wording.WRITE_FAULTS), "chunks": site.chunks("answers")}


PAGES: dict[str, tuple[str, Facts]] = {
    "/": ("start.html", _start),
    "/antworten": ("answers.html", _answers),
    "/messenger": ("messenger.html", _messenger),
    "/hilfe": ("help.html", _nothing),
    "/adressen": ("violence.html", _violence),
    "/schutz": ("protection.html", _protection),
    "/wer": ("who.html", _who),
    "/betreiber": ("operator.html", _operator),
}


def _page(path: str, template: str, facts: Facts, code: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        site = request.app[SITE]
        return site.page(request, (path, code), lambda: site.render(template, code, path, **facts(site, code)))

    return handler


def _call(code: str) -> Handler:
    role = wording.DEFAULT_ROLE
    return _page("/rueckruf", "callback.html", lambda site, code: {"role": role, **_calling(site, code)}, code)


def _write(role: str, path: str, code: str) -> Handler:
    return _page(path, "write.html", lambda site, code: {"role": role, **_writing(site, code)}, code)


async def _professional(request: web.Request) -> web.StreamResponse:
    """An address that can be said on the telephone."""
    raise web.HTTPSeeOther(request.app[SITE].languages.prefix(language(request)) + "/schreiben/3")


async def quick_exit(request: web.Request) -> web.StreamResponse:
    """The quick exit as a plain link."""
    return leave(request)


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
    sentence = error.sentence(code)
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
            if path == "/messenger" and not site.contact_account:
                continue
            app.router.add_get(
                prefix + path if path != "/" else (prefix + "/" if prefix else "/"), _page(path, template, facts, code)
            )
        for suffix, role in wording.ROLE_PATHS.items():
            path = "/schreiben" + suffix
            app.router.add_get(prefix + path, _write(role, path, code))
        app.router.add_get(prefix + "/rueckruf", _call(code))
        app.router.add_get(prefix + "/fachkraft", _professional)
        if prefix:
            app.router.add_get(prefix, _to_slash)
    app.router.add_get("/raus", quick_exit)
    no_js.setup(app)
    no_js_mailbox.setup(app)


async def _to_slash(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(request.path + "/")
