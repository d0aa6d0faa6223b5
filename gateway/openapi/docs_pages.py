"""The documents in a browser: `/docs` to try the API, `/reference` to read it, `/tutorial` to begin.

The pages are files of the folder `pages`, beside Swagger UI and Redoc of the package fastapi-offline. They load nothing
from other hosts, and their content security policy allows no inline script.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Final

import fastapi_offline
from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from shared.web.example_files import FOLDER as EXAMPLES
from shared.web.example_files import URL as EXAMPLES_PATH

FILES_PATH: Final = "/docs/files"
PAGES: Final = {"/docs": "docs.html", "/reference": "reference.html", "/tutorial": "tutorial.html"}

_FOLDER: Final = Path(__file__).parent / "pages"
_LIBRARIES: Final = Path(fastapi_offline.__file__).parent / "static"
_HEADERS: Final = {
    # Both libraries put styles into elements.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_LOGO: Final = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_NO_LOGO: Final = b"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"


def add_pages(edge: FastAPI) -> None:
    """Add the pages. FastAPI's own would load files from other servers."""
    for path, name in PAGES.items():
        edge.add_api_route(path, _page(name), include_in_schema=False)

    edge.mount(EXAMPLES_PATH, StaticFiles(directory=EXAMPLES), name="examples")

    @edge.get(f"{FILES_PATH}/redoc.js", include_in_schema=False)
    def send_redoc() -> Response:
        return Response(_redoc(), media_type="text/javascript")

    files = StaticFiles(directory=_FOLDER, packages=[("fastapi_offline", "static")])
    edge.mount(FILES_PATH, files, name="files")


def _page(name: str) -> Callable[[], Awaitable[FileResponse]]:
    async def show() -> FileResponse:
        return FileResponse(_FOLDER / name, headers=_HEADERS)

    return show


@cache
def _redoc() -> bytes:
    """Return Redoc without its logo, the only thing that it would load from another host."""
    return (_LIBRARIES / "redoc.standalone.js").read_bytes().replace(_LOGO, _NO_LOGO)
