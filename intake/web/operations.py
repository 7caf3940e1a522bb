"""One way to be an API address: a table row that routes, parses, bounds, documents and answers.

The OpenAPI document is made from the same rows (openapi.py), so it cannot say anything else than what happens.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import hdrs, web

from intake.errors import IntakeError, Malformed, TooLarge, TooSlow, WrongMediaType
from intake.web.answers import json_answer

BODY_SECONDS = 60
ENVELOPE_LIMIT = 2 * 2**20  # one bucket of 1 MiB in base64, with room for the rest
SMALL_LIMIT = 16 * 2**10
LARGE_LIMIT = 24 * 2**20  # an attachment of 12 MiB, or a whole mailbox sealed again


@dataclass(frozen=True)
class Operation:
    """One address. `run(request, body)` gets the decoded body (None without one) and returns what is encoded."""

    method: str
    path: str
    summary: str
    run: Callable[[web.Request, Any], Awaitable[Any]]
    answer: type[Any]
    body: type[Any] | None = None
    status: int = 200
    limit: int = SMALL_LIMIT
    errors: tuple[type[IntakeError], ...] = ()
    session: bool = False
    query: tuple[tuple[str, dict[str, Any]], ...] = ()
    body_optional: bool = False


def register(app: web.Application, operations: tuple[Operation, ...]) -> None:
    """Adds a route for each row."""
    for operation in operations:
        app.router.add_route(operation.method, operation.path, handler(operation))


def handler(operation: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The aiohttp handler of a row."""
    run, status, limit = operation.run, operation.status, operation.limit
    if operation.body is None:

        async def handle_plain(request: web.Request) -> web.Response:
            if request.body_exists and operation.method != "GET":
                await read_body(request, limit)  # taken off the wire, and not looked at
            return json_answer(await run(request, None), status)

        return handle_plain

    decode = msgspec.json.Decoder(operation.body).decode
    empty = operation.body() if operation.body_optional else None

    async def handle(request: web.Request) -> web.Response:
        raw = await read_body(request, limit)
        if not raw and empty is not None:
            return json_answer(await run(request, empty), status)
        if request.content_type != "application/json":
            raise WrongMediaType
        try:
            body = decode(raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            # The message of the parser may quote the input: it goes nowhere.
            raise Malformed from None
        return json_answer(await run(request, body), status)

    return handle


async def read_body(request: web.Request, limit: int) -> bytes:
    """The body, at most `limit` bytes, within a minute. Raises TooLarge before reading where the length is told."""
    length = request.headers.get(hdrs.CONTENT_LENGTH)
    if length is not None and (not length.isascii() or not length.isdigit() or int(length) > limit):
        raise TooLarge
    if hdrs.CONTENT_ENCODING in request.headers:
        raise WrongMediaType  # a small body must not become a large one
    content = request.content
    if content.is_eof() and content.total_bytes <= limit:
        return content.read_nowait()
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in content.iter_any():
                size += len(piece)
                if size > limit:
                    raise TooLarge
                pieces.append(piece)
    except TimeoutError:
        raise TooSlow from None
    return b"".join(pieces)
