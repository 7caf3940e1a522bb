"""A reverse proxy before the homeserver that loses, garbles and refuses what a rule says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

import aiohttp
from aiohttp import web

Fault = Literal["lose request", "lose answer", "html 502", "html 200", "html 403", "json 200", "slow"] | int | None
Rule = Callable[[web.Request], Fault]


def healthy(request: web.Request) -> Fault:
    return None


class Gateway:
    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.rule: Rule = healthy
        self.seen: list[tuple[str, str, Fault]] = []

    async def start(self) -> None:
        self._client = aiohttp.ClientSession()
        app = web.Application(client_max_size=50 * 2**20)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()
        await self._client.close()

    def times(self, part: str, fault: Fault, count: int = 1) -> None:
        """The next ``count`` requests whose path contains ``part`` meet with ``fault``."""
        left = [count]

        def rule(request: web.Request) -> Fault:
            if part in request.path and left[0]:
                left[0] -= 1
                return fault
            return None

        self.rule = rule

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        fault = self.rule(request)
        self.seen.append((request.method, request.path, fault))
        body = await request.read()
        if fault == "lose request":
            return self._hang_up(request)
        if isinstance(fault, int):
            data = {"errcode": CODES.get(fault, "M_UNKNOWN"), "error": "x", "retry_after_ms": 70}
            return web.json_response(data, status=fault)
        if isinstance(fault, str) and fault.startswith("html"):
            return web.Response(status=int(fault[5:]), text="<html>bad gateway</html>", content_type="text/html")
        if fault == "json 200":
            return web.json_response({"unexpected": [1]})
        if fault == "slow":
            await asyncio.sleep(0.2)
        kept = {name: value for name, value in request.headers.items() if name in ("Authorization", "Content-Type")}
        try:
            async with self._client.request(
                request.method, self.upstream + request.raw_path, data=body, headers=kept
            ) as answer:
                content, status = await answer.read(), answer.status
        except aiohttp.ClientError:
            return web.Response(status=502, text="bad gateway")
        if fault == "lose answer":
            return self._hang_up(request)
        return web.Response(status=status, body=content, content_type="application/json")

    def _hang_up(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


CODES = {401: "M_UNKNOWN_TOKEN", 403: "M_FORBIDDEN", 404: "M_NOT_FOUND", 429: "M_LIMIT_EXCEEDED"}
