"""The files of the pages: style, scripts, map. Their addresses have their digests, so that browsers keep them."""

import mimetypes
from functools import cache
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.compression import GZIP, compressed, takes
from gateway.console.rendering import FILES, digest_of

_KEPT: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}
_NAMES: Final = frozenset(each.name for each in FILES.iterdir())


def routes() -> list[Route]:
    """Return the route of the files."""
    return [Route("/files/{digest}/{name}", _send)]


async def _send(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _NAMES or request.path_params["digest"] != digest_of(name):
        raise HTTPException(404)
    media_type = mimetypes.types_map.get(Path(name).suffix, "application/octet-stream")
    if takes(request):
        return Response(_compressed(name), headers={**_KEPT, **GZIP}, media_type=media_type)
    return Response((FILES / name).read_bytes(), headers=_KEPT, media_type=media_type)


@cache
def _compressed(name: str) -> bytes:
    return compressed((FILES / name).read_bytes())
