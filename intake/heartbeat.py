"""The dead man's switch: an address outside is called while alerts and outbox are well, and only then.

Whoever keeps that address raises the alarm when the calls stop: the one fault that a service cannot report is its own
end. Nothing is told but that we are alive.
"""

import logging

import aiohttp

from intake.desk import Desk
from intake.watch import report

log = logging.getLogger("erstkontakt.heartbeat")
PATIENCE = aiohttp.ClientTimeout(total=10)


async def beat(desk: Desk, url: str) -> bool:
    """Calls `url` if nothing is wrong; says in the log why not. True if it was called."""
    found = await report(desk)
    if found.faults:
        log.error("no heartbeat: %s", ", ".join(f"{fault.what} {fault.channel}".strip() for fault in found.faults))
        return False
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE, cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.get(url, allow_redirects=False) as answer,
        ):
            return answer.status < 400
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.warning("heartbeat: %s", type(error).__name__)  # the address may be a secret
        return False
