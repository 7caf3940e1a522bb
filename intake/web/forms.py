"""Forms as browsers without JavaScript post them: read in memory only, bounded, every field known, nothing trusted.

aiohttp's own reader would put a part with a file name into a temporary file; a letter must never touch a disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, hdrs, web

from intake.errors import Malformed, TooLarge, WrongMediaType

MOST_BYTES = 13 * 2**20  # ten megabytes of emoji still come back to the person instead of getting lost
MOST_FIELDS = 300


class Form:
    """Posted fields. ``repr`` shows nothing: the text may be among them."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._fields = fields

    def __repr__(self) -> str:
        return "<Form ...>"

    def one(self, name: str, default: str = "") -> str:
        """The last value of this name, as a browser means it."""
        return next((value for field, value in reversed(self._fields) if field == name), default)

    def has(self, name: str) -> bool:
        """Whether a field of this name was posted, empty or not."""
        return any(field == name for field, _ in self._fields)

    def every(self, name: str) -> tuple[str, ...]:
        """All values of this name, in order, as often as they come."""
        return tuple(value for field, value in self._fields if field == name)

    def all(self, name: str) -> tuple[str, ...]:
        """All values of this name, once each, in order."""
        return tuple(dict.fromkeys(value for field, value in self._fields if field == name))


async def read(request: web.Request) -> Form:
    """Reads the whole form. Raises TooLarge, Malformed, WrongMediaType."""
    if request.content_type == "application/x-www-form-urlencoded":
        return Form(list(_plain(await _bounded(request))))
    if request.content_type == "multipart/form-data":
        return Form(await _parts(request))
    raise WrongMediaType


async def _bounded(request: web.Request) -> bytes:
    body = bytearray()
    async for piece in request.content.iter_chunked(2**16):
        body += piece
        if len(body) > MOST_BYTES:
            raise TooLarge
    return bytes(body)


def _plain(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        yield from parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=False,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise Malformed("not a form") from None


async def _parts(request: web.Request) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    size = 0
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.filename is not None or part.name is None:
                raise Malformed("not a plain form")
            if part.headers.get(hdrs.CONTENT_TRANSFER_ENCODING) or part.headers.get(hdrs.CONTENT_ENCODING):
                raise Malformed("an encoding that no browser uses")
            body = bytearray()
            while piece := await part.read_chunk(2**16):
                body += piece
                size += len(piece)
                if size > MOST_BYTES:
                    raise TooLarge
            fields.append((part.name, body.decode()))
            if len(fields) > MOST_FIELDS:
                raise Malformed("too many fields")
    except (ValueError, AssertionError):
        raise Malformed("not a form") from None
    return fields
