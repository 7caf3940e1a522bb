"""What contacts per second are compared with: `python -m tests.bench.floors f0|f1|f1_call DATABASE`.

F0 is bare aiohttp that reads the body and stores nothing: no Python web service on aiohttp can be faster.
F1 is bare aiohttp with one aiosqlite INSERT and one commit() for each request, as durable as ours (WAL,
synchronous=FULL) and as unmistakable (a random unique key of 16 bytes). A lock keeps the two calls together: without it
requests would share a transaction, and the rollback of one would take the rows of others with it.
F1_CALL says the same in a single call (autocommit, no key): how much of F1 is aiosqlite's way between threads. It is
told beside the goals, which are about F1.

All run on the event loop that `erstkontakt serve` runs on. Prints the port when it listens.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import aiosqlite
from aiohttp import web

ANSWER = b'{"answer_by":"2026-11-25","erase_on":"2026-12-22"}'


async def main(kind: str, database: Path) -> None:
    app = web.Application(client_max_size=2**21)
    if kind != "f0":
        connection = await aiosqlite.connect(database, **({"isolation_level": None} if kind == "f1_call" else {}))
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = FULL")
        key = "" if kind == "f1_call" else "mailbox BLOB NOT NULL UNIQUE, "
        await connection.execute(f"CREATE TABLE contact (id INTEGER PRIMARY KEY, {key}body BLOB NOT NULL)")
        await connection.commit()
    together = asyncio.Lock()

    async def store(body: bytes) -> None:
        if kind == "f1":
            async with together:
                await connection.execute("INSERT INTO contact (mailbox, body) VALUES (?, ?)", (os.urandom(16), body))
                await connection.commit()
        elif kind == "f1_call":
            await connection.execute("INSERT INTO contact (body) VALUES (?)", (body,))

    async def receive(request: web.Request) -> web.Response:
        await store(await request.read())
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
