"""How a door answers: JSON, or an error as a sentence. The last place where an exception may arrive."""

import html
import logging
from typing import Any

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from intake.errors import (
    IntakeError,
    Internal,
    Malformed,
    NoPage,
    TooLarge,
    TooMany,
    Unavailable,
    WrongMethod,
    language_of,
)
from intake.web.keys import ERROR_PAGE
from intake.web.protocol import QuietConnection

log = logging.getLogger("erstkontakt.web")


def setup(app: web.Application) -> None:
    """Puts the error handling around every handler."""
    app.middlewares.append(catch_errors)


@web.middleware
async def catch_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every exception into a sentence: JSON under /api/, a page elsewhere."""
    if isinstance(request.protocol, QuietConnection):
        request.protocol.began()
    try:
        return await handler(request)
    except IntakeError as error:
        return await answer_error(request, error)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        return await answer_error(request, _from_http(error), allow=error.headers.get(hdrs.ALLOW))
    except ConnectionError:
        raise
    except Exception as error:  # the sender must get an answer, and the log must get no content
        log.error("internal error: %s at %s", type(error).__name__, _where(error))
        return await answer_error(request, Internal())


def _from_http(error: web.HTTPException) -> IntakeError:
    match error.status:
        case 404:
            return NoPage()
        case 405:
            return WrongMethod()
        case 413:
            return TooLarge()
        case status if status < 500:
            return Malformed()
    return Internal()


def _where(error: BaseException) -> str:
    """File and line of the innermost frame of ours: enough to find it, and never a value."""
    place = "?"
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "site-packages" not in code.co_filename:
            place = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


async def answer_error(request: web.Request, error: IntakeError, allow: str | None = None) -> web.StreamResponse:
    """The answer to an error, in the language that the browser asks for."""
    if isinstance(error, Unavailable):
        # The reason is ours (never input) and somebody must hear it.
        log.warning("%s: %s", error.code, error)
    extra = {}
    if allow:
        extra[hdrs.ALLOW] = allow
    if isinstance(error, TooMany):
        extra[hdrs.RETRY_AFTER] = str(error.details.get("retry_after", 1))
    if error.status == 401:
        extra[hdrs.WWW_AUTHENTICATE] = "Bearer"
    language = language_of(request.headers.get(hdrs.ACCEPT_LANGUAGE))
    if request.path.startswith("/api/"):
        response = json_answer(error.body(language), error.status)
    else:
        response = _page(request, error, language)
    response.headers.update(extra)
    return response


def _page(request: web.Request, error: IntakeError, language: str) -> web.Response:
    try:
        return request.app[ERROR_PAGE](request, error)
    except Exception as second:  # an error page that fails must not hide the sentence
        log.error("no error page: %s at %s", type(second).__name__, _where(second))
    sentence = html.escape(error.sentence(language))
    text = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Kontakt</title><p>{sentence}</p>'
    return web.Response(text=text, status=error.status, content_type="text/html")


def json_answer(content: Any, status: int = 200) -> web.Response:
    """msgspec structs, dicts, dates; bytes become base64 (standard alphabet, padded)."""
    return web.Response(body=msgspec.json.encode(content), status=status, content_type="application/json")
