"""Security headers for every answer, also for errors.

No cookie is ever set, no address of a visitor is ever read, nothing may be cached, framed or loaded from elsewhere.
What only a document can obey is sent with documents only: on a slow line each kilobyte is a tenth of a second.
"""

from aiohttp import hdrs, web

_POLICY = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data:{blob}; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'{manifest}"
)
PUBLIC_POLICY = _POLICY.format(wasm="", blob="", manifest="; worker-src 'none'")
# Pictures and voice messages are opened in the console, from its own memory.
TEAM_POLICY = _POLICY.format(
    wasm=" 'wasm-unsafe-eval'", blob=" blob:", manifest="; media-src blob:; manifest-src 'self'; worker-src 'self'"
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


def headers_for(path: str, content_type: str) -> dict[str, str]:
    """What an answer must carry: a page of the console, another page, or data (scripts, styles, JSON, keys)."""
    if content_type not in ("text/html", "image/svg+xml"):  # both can be opened as a document
        return _DATA
    return _TEAM if path.startswith("/team/") else _PUBLIC


def setup(app: web.Application) -> None:
    """Puts the headers on every answer."""
    app.on_response_prepare.append(_dress)


async def _dress(request: web.Request, response: web.StreamResponse) -> None:
    headers = response.headers
    for name, value in headers_for(request.path, response.content_type).items():
        if name not in headers:
            headers[name] = value
    headers.pop(hdrs.SERVER, None)
