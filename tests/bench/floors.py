"""The two floors that contacts per second are compared with: `python -m tests.bench.floors f0|f1 DATABASE`.

F0 is bare aiohttp that reads the body and stores nothing: no Python web service on aiohttp can be faster.
F1 is bare aiohttp with one aiosqlite insert and commit for each request, as durable as ours (WAL, synchronous=FULL).
Prints the port when it listens.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import aiosqlite
from aiohttp import web

ANSWER = b'{"answer_by":"2026-11-25","erase_on":"2026-12-22"}'


async def main(kind: str, database: Path) -> None:
    app = web.Application(client_max_size=2**21)
    if kind == "f1":
        connection = await aiosqlite.connect(database, isolation_level=None)
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = FULL")
        await connection.execute("CREATE TABLE contact (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")

        async def receive(request: web.Request) -> web.Response:
            body = await request.read()
            await connection.execute("INSERT INTO contact (body) VALUES (?)", (body,))
            return web.Response(body=ANSWER, status=201, content_type="application/json")
    else:

        async def receive(request: web.Request) -> web.Response:
            await request.read()
            return web.Response(body=ANSWER, status=201, content_type="application/json")

    app.router.add_post("/api/contacts", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
