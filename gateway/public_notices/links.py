"""The links of the public notices API: to this server as its client reached it."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

ROOT: Final = "/notices/v1"
FORWARDED: Final = "i247.forwarded"
"""In the scope of a request: what a trusted proxy states of it."""

_HOST: Final = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9._~-]{1,100}){1,10}")
_HOST_HEADER: Final = b"x-forwarded-host"
_PREFIX_HEADER: Final = b"x-forwarded-prefix"


class Forwarded(NamedTuple):
    """The host and the path before this server's, as a proxy states them."""

    host: str | None
    prefix: str


def base_of(scope: Mapping[str, Any]) -> str:
    """Return the URL of this API as the client reached it.

    The host is that of a trusted proxy, else the Host header if it is a host, else the address of this server.
    """
    forwarded: Forwarded = scope.get(FORWARDED) or Forwarded(None, "")
    host = forwarded.host or _host_in(_header(scope, b"host")) or _server(scope)
    return f"{scope.get('scheme', 'http')}://{host}{forwarded.prefix}{ROOT}"


class TrustedForwarding:
    """Passes on what trusted proxies state of a request: client and scheme as uvicorn does, host and path prefix."""

    def __init__(self, app: Any, trusted_proxies: tuple[str, ...]) -> None:
        self._app = ProxyHeadersMiddleware(app, trusted_hosts=list(trusted_proxies))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        client = scope.get("client")
        if scope["type"] == "http" and client and client[0] in self._app.trusted_hosts:
            scope = {**scope, FORWARDED: _stated_in(scope)}
        await self._app(scope, receive, send)


def _stated_in(scope: Mapping[str, Any]) -> Forwarded:
    # Of several the last: the proxy before this server added it.
    host = _host_in(_header(scope, _HOST_HEADER).rpartition(",")[2].strip())
    prefix = _header(scope, _PREFIX_HEADER).rpartition(",")[2].strip().rstrip("/")
    return Forwarded(host, prefix if _PREFIX.fullmatch(prefix) else "")


def _host_in(text: str) -> str | None:
    return text if _HOST.fullmatch(text) else None


def _server(scope: Mapping[str, Any]) -> str:
    host, port = scope.get("server") or ("localhost", None)
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _header(scope: Mapping[str, Any], wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in reversed(scope["headers"]) if name == wanted), "")
