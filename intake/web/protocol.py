"""One connection: aiohttp's, but silent. It tells neither a log who called nor a caller what we run.

aiohttp logs the address of whoever sends garbage, and names itself in the answer; both must not happen here. A visitor
who opens a connection and never finishes a request is let go after 20 seconds.
"""

import asyncio
import logging

from aiohttp import hdrs, web

from intake.web.headers import HEADERS, PUBLIC_POLICY

FIRST_REQUEST_SECONDS = 20
KEEP_ALIVE_SECONDS = 75

_silent = logging.getLogger("erstkontakt.connection")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


class QuietConnection(web.RequestHandler):
    """`began` is called by the first handler that runs on this connection."""

    __slots__ = ("_patience",)

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # None is what AppRunner passes on, too
            logger=_silent,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            lingering_time=2.0,
            max_line_size=4096,
            max_field_size=8190,
            max_headers=64,
            auto_decompress=False,
        )
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._patience = asyncio.get_running_loop().call_later(FIRST_REQUEST_SECONDS, self.force_close)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.began()
        super().connection_lost(exc)

    def began(self) -> None:
        """A whole request head has arrived."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is not HTTP gets a bare 400: nothing of it is repeated, nothing about us is told."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        response = web.Response(status=400 if status < 500 else 500, text="")
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = PUBLIC_POLICY
        response.headers[hdrs.SERVER] = ""
        response.force_close()
        return response
