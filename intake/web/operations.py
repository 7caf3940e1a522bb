"""One way to be an API address: a table row that routes, parses, bounds, documents and answers.

The OpenAPI document is made from the same rows (openapi.py), so it cannot say anything else than what happens.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Annotated, Any, Self

import msgspec
from aiohttp import hdrs, web

from intake.errors import IntakeError, Malformed, TooLarge, TooMany, TooSlow, WrongMediaType
from intake.web.answers import json_answer

BODY_SECONDS = 60
SMALL_LIMIT = 16 * 2**10
ENVELOPE_LIMIT = 2 * 2**20  # one bucket of 1 MiB in base64, with room for the rest
LARGE_LIMIT = 24 * 2**20  # an attachment of 12 MiB, or a whole mailbox sealed again
MOST_IN_FLIGHT = 192 * 2**20  # bytes of all bodies that are being read or handled

Run = Callable[[web.Request, Any], Awaitable[Any]]
Guard = Callable[[web.Request], Awaitable[None]]


_LETTER = "[A-Za-z0-9+/]"
_BASE64 = f"^(?:{_LETTER}{{4}})*(?:{_LETTER}[AQgw]==|{_LETTER}{{2}}[AEIMQUYcgkosw048]=)?$"


def exactly(size: int) -> msgspec.Meta:
    """For Annotated[bytes, …]: so many bytes, and how their base64 looks (RFC 4648, section 4, canonical)."""
    whole, rest = divmod(size, 3)
    end = ("", f"{_LETTER}[AQgw]==", f"{_LETTER}{{2}}[AEIMQUYcgkosw048]=")[rest]
    pattern = f"^{_LETTER}{{{4 * whole}}}{end}$"
    return msgspec.Meta(min_length=size, max_length=size, extra_json_schema={"pattern": pattern})


Sealed = Annotated[bytes, msgspec.Meta(extra_json_schema={"pattern": _BASE64})]
"""An envelope."""


@dataclass(frozen=True)
class Operation:
    """One address. `run(request, body)` gets the decoded body (None without one) and returns what is encoded.

    `guard` is asked before a single byte of the body is read; it raises if the request must not go on.
    """

    method: str
    path: str
    summary: str
    run: Run
    answer: type[Any]
    body: type[Any] | None = None
    status: int = 200
    limit: int = SMALL_LIMIT
    errors: tuple[type[IntakeError], ...] = ()
    guard: Guard | None = None
    session: bool = False
    query: tuple[tuple[str, dict[str, Any]], ...] = ()
    body_optional: bool = False


def register(app: web.Application, operations: tuple[Operation, ...]) -> None:
    """Adds a route for each row."""
    bodies = Bodies()
    for operation in operations:
        app.router.add_route(operation.method, operation.path, handler(operation, bodies))


def handler(operation: Operation, bodies: "Bodies") -> Callable[[web.Request], Awaitable[web.Response]]:
    """The aiohttp handler of a row."""
    run, status, limit, guard = operation.run, operation.status, operation.limit, operation.guard
    if operation.body is None:

        async def handle_plain(request: web.Request) -> web.Response:
            if guard is not None:
                await guard(request)
            return json_answer(await run(request, None), status)

        return handle_plain

    decode = msgspec.json.Decoder(operation.body).decode
    empty = operation.body() if operation.body_optional else None

    async def handle(request: web.Request) -> web.Response:
        if guard is not None:
            await guard(request)
        with Reading(bodies, limit) as reading:
            raw = await reading.read(request)
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


class Bodies:
    """How many bytes of bodies are in memory now, over all requests."""

    def __init__(self) -> None:
        self.held = 0

    def take(self, size: int) -> None:
        """Raises TooMany if that would be too much for the machine."""
        if self.held + size > MOST_IN_FLIGHT:
            raise TooMany(retry_after=5)
        self.held += size


class Reading:
    """A body while it is read and handled: at most `limit` bytes, within a minute, counted among all bodies."""

    __slots__ = ("_bodies", "_limit", "_taken")

    def __init__(self, bodies: Bodies, limit: int) -> None:
        self._bodies, self._limit, self._taken = bodies, limit, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bodies.held -= self._taken

    def _take(self, size: int) -> None:
        self._bodies.take(size)
        self._taken += size

    async def read(self, request: web.Request) -> bytes:
        """Raises TooLarge before reading where the length is told; TooSlow, TooMany."""
        told = request.headers.get(hdrs.CONTENT_LENGTH)
        length = int(told) if told is not None and told.isascii() and told.isdigit() else 0
        if length > self._limit:
            raise TooLarge
        if hdrs.CONTENT_ENCODING in request.headers:
            raise WrongMediaType  # a small body must not become a large one
        self._take(length)
        content = request.content
        if content.is_eof() and content.total_bytes <= self._limit:
            return content.read_nowait()
        pieces: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for piece in content.iter_any():
                    size += len(piece)
                    if size > self._limit:
                        raise TooLarge
                    if size > self._taken:
                        self._take(size - self._taken)
                    pieces.append(piece)
        except TimeoutError:
            raise TooSlow from None
        return b"".join(pieces)
