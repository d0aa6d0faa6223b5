"""The files of the pages: style, scripts, map. Their addresses have their digests, so that browsers keep them."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from gateway.console.rendering import FILES, digest_of

_KEPT: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
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
    return FileResponse(FILES / name, headers=_KEPT)
