"""Compresses pages and their files, so that they arrive on slow lines.

What other sites let a browser send never reaches a page with somebody's data (`defences`), so nobody learns a secret
from how well a page with a text of theirs is compressed.
"""

import gzip
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.console.defences import HEADERS
from gateway.openapi.published import takes_gzip

GZIP: Final = {"Content-Encoding": "gzip"}
# Of less it saves nothing.
LEAST_BYTES: Final = 2_000
# A millisecond for a long list.
LEVEL: Final = 4


def takes(request: Request) -> bool:
    """Return whether a browser takes compressed bodies."""
    return takes_gzip(request.headers.get("accept-encoding", ""))


def compressed(body: bytes, level: int = 9) -> bytes:
    """Return a body compressed, the same bytes each time."""
    return gzip.compress(body, level, mtime=0)


def as_page(markup: str, request: Request, status: int) -> Response:
    """Return the response of a page with its headers, compressed if the browser takes that."""
    body = markup.encode()
    if len(body) < LEAST_BYTES or not takes(request):
        return HTMLResponse(body, status, HEADERS)
    return HTMLResponse(compressed(body, LEVEL), status, {**HEADERS, **GZIP})
