"""Somebody at a real browser, with everything written down that left it or stayed in it.

A `Visitor` has a recorder for each request and answer, and a browser that forgets everything: a context of one shared
Chromium (`visit`), which is quick to open, or an own Chromium with an own profile folder on disk, own temporary and
home folders (`visit_with_profile`). At the end of a story `Visitor.places()` gives all of that to the leak search.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, Playwright, Request, Response, ViewportSize, expect
from playwright.async_api import Error as PlaywrightError

from tests.leaks import Place, files

# A busy machine is no fault of the pages; a page that never comes is.
expect.set_options(timeout=60_000)

SETTLE_SECONDS = 60
UNREAD_SECONDS = 3
PHONE = ViewportSize(width=360, height=740)
NEUTRAL = "<!doctype html><html lang=de><title>Wetter</title><p>Heute meist sonnig.</p>"

ARGUMENTS = [
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-domain-reliability",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]


def chromium() -> str:
    """The system's browser, or a sentence that says what to install."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise RuntimeError("No Chromium found. On Debian: apt-get install chromium")


def arguments() -> list[str]:
    # Chromium's own sandbox refuses to run as root, which is what a build container is.
    return [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as the browser sent and got them. `body` and `answer` are bytes as decoded."""

    method: str
    url: str
    kind: str
    headers: dict[str, str]
    body: bytes
    status: int | None
    answer_headers: dict[str, str]
    answer: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


@dataclass
class Recorder:
    """Listens to a browser context. Before looking at `exchanges`: see the result on the page, then call `settle`."""

    context: BrowserContext
    urls: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    _begun: set[Request] = field(default_factory=set)  # and not written down yet
    _answered: set[Request] = field(default_factory=set)
    _writing: dict[Request, asyncio.Task[None]] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        self.context.on("request", self._begin)
        self.context.on("response", self._answer)
        self.context.on("requestfinished", self._note)
        self.context.on("requestfailed", self._note)
        self.context.on("page", lambda page: page.on("close", self._closed))
        self.context.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.context.on("weberror", lambda error: self.console.append(f"error: {error.error}"))

    def _begin(self, request: Request) -> None:
        self.urls.append(request.url)
        # A worker's requests may go on without a page, and a stream of events has no end.
        if request.service_worker is None and request.resource_type != "eventsource":
            self._begun.add(request)

    def _answer(self, response: Response) -> None:
        self._answered.add(response.request)
        self._news.set()

    def _note(self, request: Request, *, unread: bool = False) -> None:
        if request not in self._writing:
            self._writing[request] = asyncio.ensure_future(self._write_down(request, unread))

    def _closed(self, page: Page) -> None:
        """Nobody reports how the requests of a closed page ended."""
        for request in self._begun:
            with contextlib.suppress(PlaywrightError):  # begun before its page was there
                if request.frame.page == page:
                    self._note(request)

    async def _write_down(self, request: Request, unread: bool) -> None:
        status, answer_headers, answer, headers = None, {}, b"", request.headers
        # A page that is left takes unread answers with it; what the browser *sent* is known in any case.
        with contextlib.suppress(PlaywrightError):
            headers = await request.all_headers()
            response = await request.response()
            if response is not None:
                status, answer_headers = response.status, await response.all_headers()
                answer = b"" if unread else await response.body()
        self.exchanges.append(
            Exchange(
                method=request.method,
                url=request.url,
                kind=request.resource_type,
                headers=headers,
                body=request.post_data_buffer or b"",
                status=status,
                answer_headers=answer_headers,
                answer=answer,
            )
        )
        self._begun.discard(request)
        self._news.set()

    async def settle(self) -> None:
        """Wait until every request begun so far has ended and is written down. Raises AssertionError.

        A request whose answer came, but is not read by the page, has no end: it is written down without that.
        """
        waiting = set(self._begun)
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                while waiting := waiting & self._begun:
                    self._news.clear()
                    try:
                        async with asyncio.timeout(UNREAD_SECONDS if waiting <= self._answered else None):
                            await self._news.wait()
                    except TimeoutError:
                        for request in waiting:
                            self._note(request, unread=True)
        except TimeoutError:
            raise AssertionError(f"These requests do not end: {sorted(one.url for one in waiting)}") from None

    def sent(self, method: str, path: str) -> list[Exchange]:
        return [one for one in self.exchanges if one.method == method and one.path == path]

    def places(self, *, bodies: bool = True) -> Iterator[Place]:
        """Addresses, headers and (unless told otherwise) bodies of everything that crossed the wire."""
        for one in self.exchanges:
            name = f"{one.method} {one.path}"
            yield Place(f"address of {name}", one.url.encode())
            yield Place(f"request headers of {name}", json.dumps(one.headers, ensure_ascii=False).encode())
            yield Place(f"answer headers of {name}", json.dumps(one.answer_headers, ensure_ascii=False).encode())
            if bodies:
                yield Place(f"request body of {name}", one.body)
                yield Place(f"answer body of {name}", one.answer)
        yield Place("addresses", "\n".join(self.urls).encode())
        yield Place("browser console", "\n".join(self.console).encode())


@dataclass
class Visitor:
    """A person at a browser: `page` to act, `recorder` to know what was sent, `folder` with what was kept, if any."""

    url: str
    page: Page
    context: BrowserContext
    recorder: Recorder
    folder: Path | None

    async def open(self, path: str = "/") -> Page:
        await self.page.goto(self.url + path)
        return self.page

    async def kept(self) -> dict[str, Any]:
        """What the browser keeps for our pages: cookies, storages, caches, workers. On help-seekers' pages: nothing."""
        state: dict[str, Any] = {"cookies": await self.context.cookies()}
        for page in self.context.pages:
            if page.url.startswith(self.url):
                state |= await page.evaluate(
                    """async () => ({
                        local: Object.entries(localStorage), session: Object.entries(sessionStorage),
                        databases: await indexedDB.databases(), caches: await caches.keys(),
                        workers: (await navigator.serviceWorker.getRegistrations()).map((one) => one.scope),
                    })"""
                )
        return state

    async def keeps_nothing(self) -> None:
        kept = {name: value for name, value in (await self.kept()).items() if value}
        assert kept == {}, f"The browser keeps something for our pages: {kept}"

    async def stayed_at_home(self, *, neutral: str = "") -> None:
        """No request went anywhere but to the house (and, after a quick exit, to the neutral page)."""
        away = {u for u in self.recorder.urls if not u.startswith((self.url, "data:", "blob:"))}
        assert {u for u in away if not (neutral and u.startswith(neutral))} == set()

    async def leave(self) -> None:
        """Close the browser, as a person does; its profile is then complete on disk."""
        await self.recorder.settle()
        await self.context.close()

    def places(self, *, bodies: bool = True) -> Iterator[Place]:
        assert self.folder is not None, "only a browser with a profile keeps anything that could be searched"
        yield from self.recorder.places(bodies=bodies)
        yield from files(self.folder)


@contextlib.asynccontextmanager
async def visit(browser: Browser, url: str, **wishes: Any) -> AsyncIterator[Visitor]:
    """A fresh context of a browser that others use, too: nothing of it comes to rest on disk."""
    context = await browser.new_context(**_options(**wishes))
    async with _recorded(url, context, None) as visitor:
        yield visitor


@contextlib.asynccontextmanager
async def visit_with_profile(playwright: Playwright, url: str, folder: Path, **wishes: Any) -> AsyncIterator[Visitor]:
    """A fresh Chromium with its whole life in `folder`."""
    home = folder / "home"
    home.mkdir(parents=True)
    (folder / "tmp").mkdir()
    environment: dict[str, str | float | bool] = {
        name: value for name, value in os.environ.items() if not name.startswith("XDG_")
    }
    environment |= {"HOME": str(home), "TMPDIR": str(folder / "tmp"), "TZ": "Europe/Berlin"}
    context = await playwright.chromium.launch_persistent_context(
        folder / "profile",
        executable_path=chromium(),
        headless=True,
        args=arguments(),
        env=environment,
        **_options(**wishes),
    )
    async with _recorded(url, context, folder) as visitor:
        yield visitor


def _options(
    *,
    javascript: bool = True,
    width: int | None = None,
    scheme: Literal["light", "dark"] = "light",
    locale: str = "de-DE",
    **options: Any,
) -> dict[str, Any]:
    return {
        "java_script_enabled": javascript,
        "viewport": ViewportSize(width=width, height=800) if width else PHONE,
        "color_scheme": scheme,
        "locale": locale,
        "timezone_id": "Europe/Berlin",
        **options,
    }


@contextlib.asynccontextmanager
async def _recorded(url: str, context: BrowserContext, folder: Path | None) -> AsyncIterator[Visitor]:
    """Other machines answer with a harmless page, never really."""
    recorder = Recorder(context)
    recorder.start()
    host = urlsplit(url).netloc
    await context.route(
        lambda address: urlsplit(address).scheme in {"http", "https"} and urlsplit(address).netloc != host,
        lambda route: route.fulfill(body=NEUTRAL, content_type="text/html"),
    )
    context.set_default_timeout(60_000)
    # A browser of one's own opens with a page, but that one was there before JavaScript could be forbidden.
    page = await context.new_page()
    try:
        yield Visitor(url, page, context, recorder, folder)
    finally:
        with contextlib.suppress(PlaywrightError):  # already left
            await context.close()
