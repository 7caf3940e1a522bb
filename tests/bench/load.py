"""A load generator in a process of its own: a fixed number of contacts, a fixed number at once.

`python -m tests.bench.load PORT TEAM KID COUNT AT_ONCE BITS` makes COUNT different contacts, prints "ready", waits for
a line, sends them over AT_ONCE kept connections, and prints one JSON line: seconds, latencies, answers by status. The
envelopes have the right form and random insides, which is all that a server can see of a real one.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
from collections import Counter
from hashlib import sha256

STANZA = 8 + 1120 + 48
BUCKET = 4096


def envelope(kid: bytes) -> bytes:
    """A contact for two readers in the smallest bucket."""
    head = b"EK1\n\x01\x02" + os.urandom(16)
    stanzas = kid + os.urandom(STANZA - 8) + os.urandom(STANZA)
    return head + stanzas + os.urandom(32 + 24 + BUCKET + 16)


def request(team: str, kid: bytes, bits: int) -> bytes:
    """The whole HTTP request of one contact."""
    sealed = envelope(kid)
    hour = int(time.time()) // 3600
    prefix = b"erstkontakt/1 stamp" + hour.to_bytes(8, "big") + sha256(sealed).digest()
    counter = 0
    while int.from_bytes(sha256(prefix + counter.to_bytes(8, "big")).digest(), "big") >> (256 - bits):
        counter += 1
    body = json.dumps(
        {
            "team": team,
            "token_hash": base64.b64encode(os.urandom(32)).decode(),
            "urgent": False,
            "envelope": base64.b64encode(sealed).decode(),
            "stamp": {"hour": hour, "counter": counter},
        }
    ).encode()
    head = (
        "POST /api/contacts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> int:
    """Send one request on a kept connection, read its whole answer, return the status."""
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head[9:12])


async def run(port: int, requests: list[bytes], at_once: int) -> dict[str, object]:
    """All requests over `at_once` connections; a broken connection counts as a failure and is opened anew."""
    waiting = iter(requests)
    latencies: list[float] = []
    answers: Counter[str] = Counter()

    async def worker() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for data in waiting:
            began = time.perf_counter()
            try:
                status = str(await asyncio.wait_for(exchange(reader, writer, data), 30))
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                status = type(error).__name__
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            latencies.append(time.perf_counter() - began)
            answers[status] += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return {"seconds": time.perf_counter() - began, "latencies": sorted(latencies), "answers": answers}


def main(port: int, team: str, kid: str, count: int, at_once: int, bits: int) -> None:
    requests = [request(team, bytes.fromhex(kid), bits) for _ in range(count)]
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(asyncio.run(run(port, requests, at_once))), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], *map(int, sys.argv[4:7]))
