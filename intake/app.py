"""The composition root: reads the clock, builds every room, and runs them until it is told to stop.

    settings -> network (signed directory) -> store -> desk -> doors (web) + ticker, in one TaskGroup:
    if one of them dies, the process dies, and whoever started it starts it again.

This and intake/cli are the only places that look at a clock; everywhere else time is an argument.
"""

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from aiohttp import web

from config.settings import Settings
from intake.desk import Clock, Desk
from intake.errors import DirectoryUnusable, IntakeError, Unavailable
from intake.network import Network
from intake.store import Store, open_store
from intake.web import answers, api, headers, openapi, pages, static, team_api, team_page
from intake.web.keys import CLOCK, DESK, ERROR_PAGE, NETWORK, SETTINGS
from intake.web.operations import LARGE_LIMIT
from intake.web.protocol import QuietConnection

log = logging.getLogger("erstkontakt")

TICK_SECONDS = 60
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
    api.setup(app)
    team_api.setup(app)
    openapi.setup(app, api.OPERATIONS + team_api.OPERATIONS)
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


async def run(settings: Settings, announce: Callable[[int], None]) -> None:
    """The whole service until SIGTERM or SIGINT; SIGHUP reads the directory again. Raises Unavailable."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    network = Network(settings.directory_folder, settings.root_key)
    reload_directory(network)
    loop.add_signal_handler(signal.SIGHUP, reload_directory, network)
    async with open_store(settings.database, settings.data_folder) as store:
        app = build(settings, network, store, clock)
        async with (
            listening(app, settings.listen_host, settings.listen_port) as port,
            asyncio.TaskGroup() as rooms,
        ):
            announce(port)
            gc.collect()
            gc.freeze()  # what lives as long as the process need not be looked at again
            ticker = rooms.create_task(tick(app[DESK], network), name="ticker")
            await stop.wait()
            ticker.cancel()


async def tick(desk: Desk, network: Network) -> None:
    """Once a minute: the directory from disk, and what time alone brings. What is busy is tried again next minute."""
    while True:
        try:
            await asyncio.to_thread(desk.warm_up)
            await desk.tick()
        except Unavailable as error:
            log.warning("tick: %s: %s", error.code, error)
        await asyncio.sleep(TICK_SECONDS)
        reload_directory(network)


def reload_directory(network: Network) -> None:
    """Takes a newer directory if there is a valid one; says why not. Without a valid one nothing can be sealed."""
    try:
        network.reload(clock())
    except DirectoryUnusable as error:
        log.error("directory: %s: %s", error.code, error)


def serve(settings: Settings, announce: Callable[[int], None]) -> int:
    """Runs until stopped; returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # its messages may carry addresses
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    sys.setswitchinterval(0.001)  # the writer's thread gets its turn sooner; measured with tests/bench
    try:
        asyncio.run(run(settings, announce))
    except IntakeError as error:
        log.error("%s: %s", error.code, error)
        return 1
    except OSError as error:
        log.error("cannot listen on %s:%s: %s", settings.listen_host, settings.listen_port, error.strerror)
        return 1
    return 0
