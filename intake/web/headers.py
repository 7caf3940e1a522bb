"""Security headers for every answer, also for errors.

No cookie is ever set, no address of a visitor is ever read, nothing may be cached, framed or loaded from elsewhere.
"""

from aiohttp import hdrs, web

_POLICY = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'{manifest}"
)
PUBLIC_POLICY = _POLICY.format(wasm="", manifest="")
TEAM_POLICY = _POLICY.format(wasm=" 'wasm-unsafe-eval'", manifest="; manifest-src 'self'")

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "X-DNS-Prefetch-Control": "off",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), browsing-topics=(), payment=(), usb=(), bluetooth=(), "
        "display-capture=(), idle-detection=(), interest-cohort=(), serial=(), hid=(), midi=(), sync-xhr=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
_PUBLIC = tuple({**HEADERS, "Content-Security-Policy": PUBLIC_POLICY}.items())
_TEAM = tuple({**HEADERS, "Content-Security-Policy": TEAM_POLICY}.items())


def setup(app: web.Application) -> None:
    """Puts the headers on every answer."""
    app.on_response_prepare.append(_dress)


async def _dress(request: web.Request, response: web.StreamResponse) -> None:
    headers = response.headers
    for name, value in _TEAM if request.path.startswith("/team/") else _PUBLIC:
        if name not in headers:
            headers[name] = value
    headers.pop(hdrs.SERVER, None)
