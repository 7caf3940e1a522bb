"""Security headers for every answer, also for errors.

No cookie is ever set, no address of a visitor is ever read, nothing may be cached, framed or loaded from elsewhere.
What only a document can obey is sent with documents only: on a slow line each kilobyte is a tenth of a second.
"""

import base64
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from aiohttp import hdrs, web

# Files of the release that stand in the page itself on the way to the first message; nothing else may.
INLINE_SCRIPTS = ("start.js",)
INLINE_STYLES = ("start.css", "write.css")

_POLICY = (
    "default-src 'none'; script-src 'self'{wasm}{scripts}; style-src 'self'{styles}; img-src 'self' data:{blob}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'{manifest}"
)


@cache
def release() -> Mapping[str, str]:
    """Served file -> SHA-256 in hex, from the manifest of this installation; empty when nothing was built yet."""
    manifest = resources.files("intake.web") / "static" / "release.json"
    return dict(json.loads(manifest.read_text("utf-8"))) if manifest.is_file() else {}


def _allowed(names: tuple[str, ...], released: Mapping[str, str]) -> str:
    digests = [base64.b64encode(bytes.fromhex(released[name])).decode() for name in names if name in released]
    return "".join(f" 'sha256-{digest}'" for digest in digests)


def public_policy(released: Mapping[str, str]) -> str:
    """What a help-seeker's page may do; `released`: the manifest that its own script and style must be in."""
    return _POLICY.format(
        wasm="",
        blob="",
        manifest="; worker-src 'none'",
        scripts=_allowed(INLINE_SCRIPTS, released),
        styles=_allowed(INLINE_STYLES, released),
    )


PUBLIC_POLICY = public_policy(release())
# Pictures and voice messages are opened in the console, from its own memory.
TEAM_POLICY = _POLICY.format(
    wasm=" 'wasm-unsafe-eval'",
    blob=" blob:",
    manifest="; media-src blob:; manifest-src 'self'; worker-src 'self'",
    scripts="",
    styles="",
)

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

DATA_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HEADERS = {
    **DATA_HEADERS,
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "X-DNS-Prefetch-Control": "off",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), browsing-topics=(), payment=(), usb=(), "
        "display-capture=(), idle-detection=(), interest-cohort=(), serial=(), hid=(), midi=(), sync-xhr=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
_PUBLIC = {**HEADERS, "Content-Security-Policy": PUBLIC_POLICY}
_TEAM = {**HEADERS, "Content-Security-Policy": TEAM_POLICY}
_DATA = {**DATA_HEADERS, "Content-Security-Policy": DATA_POLICY}


def headers_for(path: str, content_type: str, released: Mapping[str, str] | None = None) -> dict[str, str]:
    """What an answer must carry: a page of the console, another page, or data (scripts, styles, JSON, keys).

    `released`: another release's manifest than this installation's own.
    """
    if content_type not in ("text/html", "image/svg+xml"):  # both can be opened as a document
        return _DATA
    if path.startswith("/team/"):
        return _TEAM
    return _PUBLIC if released is None else {**HEADERS, "Content-Security-Policy": public_policy(released)}


def setup(app: web.Application) -> None:
    """Puts the headers on every answer."""
    app.on_response_prepare.append(_dress)


async def _dress(request: web.Request, response: web.StreamResponse) -> None:
    headers = response.headers
    for name, value in headers_for(request.path, response.content_type).items():
        if name not in headers:
            headers[name] = value
    headers.pop(hdrs.SERVER, None)
