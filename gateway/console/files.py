"""The files of the pages: style, scripts, map. Their addresses have their digests, so that browsers keep them."""

from functools import cache
from mimetypes import guess_type
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.compression import GZIP, compressed, takes
from gateway.console.rendering import FILES, digest_of

_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NAMES: Final = frozenset(each.name for each in FILES.iterdir())


def routes() -> list[Route]:
    """Return the route of the files."""
    return [Route("/files/{digest}/{name}", _send)]


async def _send(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _NAMES or request.path_params["digest"] != digest_of(name):
        raise HTTPException(404)
    media = guess_type(name)[0]
    if takes(request):
        return Response(_compressed(name), headers={**_HEADERS, **GZIP}, media_type=media)
    return Response(_plain(name), headers=_HEADERS, media_type=media)


@cache
def _plain(name: str) -> bytes:
    return (FILES / name).read_bytes()


@cache
def _compressed(name: str) -> bytes:
    return compressed(_plain(name))
