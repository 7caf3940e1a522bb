"""The composition root: reads the clock, builds every room, and runs them until it is told to stop.

    settings -> network (signed directory) -> store -> desk -> doors (web, bots), outbox, ticker in one TaskGroup:
    if one of them dies, the process dies, and whoever started it starts it again. `only` splits it over machines.

This and intake/cli are the only places that look at a clock; everywhere else time is an argument.
"""

import asyncio
import contextlib
import gc
import logging
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uvloop
from aiohttp import web

from config.settings import Settings
from intake.desk import PERSON, Clock, Desk
from intake.errors import DirectoryUnusable, IntakeError
from intake.network import Network
from intake.outbox import Outbox
from intake.store import Store, open_store
from intake.web import (
    account_api,
    alert_api,
    answers,
    api,
    appointment_api,
    attachment_api,
    callback_api,
    case_api,
    flow_api,
    handover_api,
    headers,
    openapi,
    pages,
    people_api,
    rota_api,
    static,
    statistics_api,
    team_api,
    team_page,
    visit_api,
)
from intake.web.keys import CLOCK, DESK, ERROR_PAGE, NETWORK, SETTINGS
from intake.web.operations import LARGE_LIMIT
from intake.web.protocol import QuietConnection

if TYPE_CHECKING:
    from bots.channels import Channels
    from intake import ticker

log = logging.getLogger("erstkontakt")

APIS = (
    api,
    team_api,
    account_api,
    people_api,
    handover_api,
    alert_api,
    rota_api,
    flow_api,
    statistics_api,
    callback_api,
    case_api,
    attachment_api,
    visit_api,
    appointment_api,
)
TICK_SECONDS = 60
ALERT_SECONDS = 5  # until an ordinary contact's mark becomes an alert; what is due wakes by itself
PARTS = ("web", "bots", "outbox", "ticker")
HOTLINE = "hotline"
BOT_CHANNELS = frozenset({"matrix", "voice", PERSON, HOTLINE})  # spoken by those who also listen there
REPORT_LIMIT = 64 * 1024
STOP_SECONDS = 1.0


def clock() -> datetime:
    """Aware UTC now. The only clock of the service."""
    return datetime.now(UTC)


def build(settings: Settings, network: Network, store: Store, clock: Clock) -> web.Application:
    """The aiohttp application with all doors of the web."""
    app = web.Application(client_max_size=LARGE_LIMIT)
    app[SETTINGS], app[NETWORK], app[CLOCK] = settings, network, clock
    app[DESK] = Desk(store, network, settings, clock)
    headers.setup(app)
    answers.setup(app)
    static.setup(app)
    for door in APIS:
        door.setup(app)
    openapi.setup(app, tuple(operation for door in APIS for operation in door.OPERATIONS))
    pages.setup(app)
    team_page.setup(app)
    app[ERROR_PAGE] = pages.error_page
    return app


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serves on `host`:`port` (0: a free one) while the block runs; gives the port."""
    loop = asyncio.get_running_loop()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    web_server = runner.server
    assert web_server is not None  # noqa: S101 - made by setup()
    server = await loop.create_server(lambda: QuietConnection(web_server, loop), host, port, backlog=1024)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await runner.cleanup()


async def run(settings: Settings, announce: Callable[[int | None], None], only: frozenset[str]) -> None:
    """The whole service, or the parts named in `only`, until SIGTERM or SIGINT; SIGHUP reads the directory again.

    Raises Unavailable, ChannelUnusable.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    network = Network(settings.directory_folder, settings.root_key)
    reload_directory(network)
    loop.add_signal_handler(signal.SIGHUP, reload_directory, network)
    async with open_store(settings.database, settings.data_folder) as store, contextlib.AsyncExitStack() as doors:
        app = build(settings, network, store, clock)
        desk = app[DESK]
        channels: Channels | None = None
        doors_of_bots = ((PERSON, settings.contact_account), (HOTLINE, settings.hotline))
        names = (*settings.channels, *(name for name, wished in doors_of_bots if wished))
        if wanted := [name for name in names if ("bots" if name in BOT_CHANNELS else "outbox") in only]:
            from bots.channels import opened  # with the libraries of these channels only

            channels = await doors.enter_async_context(opened(settings, desk, wanted))
        port: int | None = None
        if "web" in only:
            if settings.channels:
                from bots.channels import reports

                for path, report in reports(settings, desk).items():
                    app.router.add_post(path, reported(report))
            for add_routes in channels.routes if channels is not None else ():
                add_routes(app.router)
            port = await doors.enter_async_context(listening(app, settings.listen_host, settings.listen_port))
        async with asyncio.TaskGroup() as rooms:
            tasks = [rooms.create_task(keep_directory(network), name="directory")]
            if channels is not None:
                outbox = Outbox(desk, channels.messengers, random.SystemRandom().random)
                tasks.append(rooms.create_task(outbox.run(), name="outbox"))
                tasks += [rooms.create_task(run(), name=name) for name, run in channels.listeners.items()]
            if "ticker" in only:
                from intake import ticker  # the scheduler is loaded where it is used

                tasks.append(rooms.create_task(ticker.run(chores(settings, desk)), name="ticker"))
            announce(port)
            gc.collect()
            gc.freeze()  # what lives as long as the process need not be looked at again
            await stop.wait()
            for task in tasks:
                task.cancel()


def reported(report: Callable[[bytes], Awaitable[bool]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The door for a provider's delivery reports; only small bodies are read."""

    async def answer(request: web.Request) -> web.Response:
        if not request.content_length or request.content_length > REPORT_LIMIT:
            return web.Response(status=413)
        return web.Response(status=204 if await report(await request.read()) else 400)

    return answer


def chores(settings: Settings, desk: Desk) -> "list[ticker.Chore]":
    """What time alone brings: rows when they are due and at each full minute, the rest every minute.

    Each room is a chore of its own: what holds up one of them holds up no other.
    """
    from intake import heartbeat, ticker

    async def alerts() -> None:
        await desk.alerts.tick()
        await desk.alerts.audit()
        await desk.alerts.test_alarm()

    async def sweeps() -> None:
        await asyncio.to_thread(desk.warm_up)
        await desk.tick()

    def due(next_due: Callable[[], Awaitable[datetime | None]]) -> Callable[[], Awaitable[float]]:
        async def rest() -> float:
            first = await next_due()
            now = desk.clock()
            minute = 60 - now.timestamp() % 60
            return minute if first is None else min((first - now).total_seconds(), minute)

        return rest

    found = [
        ticker.Chore("callbacks", TICK_SECONDS, desk.callbacks.tick, due(desk.callbacks.next_due)),
        ticker.Chore("alerts", ALERT_SECONDS, alerts, due(desk.alerts.next_due)),
        ticker.Chore("routines", TICK_SECONDS, desk.routines.tick, due(desk.routines.next_due)),
        ticker.Chore("visits", TICK_SECONDS, desk.visits.tick, due(desk.visits.next_due)),
        ticker.Chore("appointments", TICK_SECONDS, desk.appointments.tick, due(desk.appointments.next_due)),
        ticker.Chore("tick", TICK_SECONDS, sweeps),
    ]
    if settings.heartbeat_url:
        found.append(ticker.Chore("heartbeat", TICK_SECONDS, lambda: heartbeat.beat(desk, settings.heartbeat_url)))
    return found


async def keep_directory(network: Network) -> None:
    """Once a minute: the directory from disk."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        reload_directory(network)


def reload_directory(network: Network) -> None:
    """Takes a newer directory if there is a valid one; says why not. Without a valid one nothing can be sealed."""
    try:
        network.reload(clock())
    except DirectoryUnusable as error:
        log.error("directory: %s: %s", error.code, error)


def serve(settings: Settings, announce: Callable[[int | None], None], only: frozenset[str] = frozenset(PARTS)) -> int:
    """Runs until stopped; returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # its messages may carry addresses
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    sys.setswitchinterval(
        0.0005
    )  # the writer's thread wants the interpreter often and briefly: not after 5 ms each time
    gc.set_threshold(10_000, 20, 50)  # requests leave no cycles behind; looking for them costs a tenth of the time
    try:
        uvloop.run(run(settings, announce, only))  # a fifth less processor time for each contact
    except IntakeError as error:
        log.error("%s: %s", error.code, error)
        return 1
    except OSError as error:
        log.error("cannot listen on %s:%s: %s", settings.listen_host, settings.listen_port, error.strerror)
        return 1
    return 0
