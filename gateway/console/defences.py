"""What keeps other sites and hostile content away from the pages: headers, and where forms come from."""

from typing import Any, Final

from starlette.requests import Request

# Nothing but files of this server, no inline script or style, and no markup from text but by the policy of the console.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types console",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: forms would state no origin.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
_OWN_SITES: Final = frozenset({"same-origin", "none"})


def is_from_here(request: Request) -> bool:
    """Return whether a request comes from a page of this console, or from nobody's: typed, or from a bookmark.

    Browsers state `Sec-Fetch-Site` themselves; those without it state the origin of a form.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _OWN_SITES
    origin = request.headers.get("origin")
    if origin is None:
        return request.method in SAFE_METHODS
    return origin == f"{request.url.scheme}://{request.headers.get('host')}"


def is_secure(scope: Any) -> bool:
    """Return whether the browser came over TLS, to this server or to a trusted proxy."""
    return bool(scope.get("scheme") == "https")
