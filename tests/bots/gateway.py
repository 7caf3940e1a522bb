"""A fake of the provider that speaks what seven.io documents: codes, reload lock, reports, and bad days."""

from __future__ import annotations

import json
from typing import Any, Literal

from aiohttp import web

Fault = Literal["none", "hang up", "hang up after", "html", "garbage", "bare", "redirect", "empty", "huge"]


class SmsGateway:
    """``sent``: what phones have received. ``code``: what the next requests are answered with instead of 100."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.sent: list[dict[str, str]] = []
        self.requests: list[dict[str, str]] = []
        self.code = 100
        self.http = 200
        self.fault: Fault = "none"
        self.headers: dict[str, str] = {}

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/api/sms", self._sms)
        app.router.add_route("*", "/elsewhere", self._elsewhere)
        self.followed = False
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _elsewhere(self, request: web.Request) -> web.Response:
        self.followed = True
        return web.json_response({"success": "100"})

    async def _sms(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.requests.append(form)
        if self.fault == "hang up":
            return self._abort(request)
        if self.http != 200:
            return web.json_response({"error": form["to"]}, status=self.http, headers=self.headers)
        code = self._code(request, form)
        if code == 100:
            self.sent.append(form)
        if self.fault == "hang up after":
            return self._abort(request)
        if self.fault == "redirect":
            raise web.HTTPTemporaryRedirect("/elsewhere")
        bodies: dict[str, bytes] = {
            "html": b"<html>maintenance</html>",
            "garbage": b'{"success": {"a": [1]}, "messages": "x"}',
            "empty": b"",
            "huge": b"[" * 1_000_000,
            "bare": str(code).encode(),
        }
        return web.Response(body=bodies.get(self.fault, self._answer(form, code)), content_type="application/json")

    def _code(self, request: web.Request, form: dict[str, str]) -> int:
        if request.headers.get("X-Api-Key") != self.key:
            return 900
        if self.code != 100:
            return self.code
        if not form.get("to"):
            return 301
        if not form.get("text"):
            return 305
        if len(form.get("from", "")) > 16:
            return 306
        if any((form["to"], form["text"]) == (known["to"], known["text"]) for known in self.sent):
            return 402  # the reload lock; time stands still here
        return 100

    def _answer(self, form: dict[str, str], code: int) -> bytes:
        good = code == 100
        message: dict[str, Any] = {
            "id": str(77_000_000_000 + len(self.sent)) if good else None,
            "sender": form.get("from", "seven"),
            "recipient": form.get("to", "").lstrip("+"),
            "text": form.get("text"),
            "encoding": "gsm",
            "parts": 1,
            "price": 0.075,
            "success": good,
            "error": None if good else str(code),
            "error_text": None if good else "…",
        }
        top = code if code in (100, 300, 500, 900, 902, 903) else 101
        return json.dumps({"success": str(top), "total_price": 0.075, "debug": "false", "messages": [message]}).encode()

    def _abort(self, request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def report(self, number: int, status: str) -> bytes:
        """The webhook's body for the n-th SMS."""
        data = {"msg_id": str(77_000_000_001 + number), "status": status, "timestamp": "2026-11-22 04:00:00.000000"}
        return json.dumps({"data": data, "webhook_event": "dlr", "webhook_timestamp": "2026-11-22T04:00:00Z"}).encode()
