"""The OpenAPI document in a browser, with files of this gateway alone and a strict content security policy."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from gateway.openapi.published import DOCUMENT_PATH
from shared.web.example_files import FOLDER as EXAMPLES
from shared.web.example_files import URL as EXAMPLES_PATH

DOCS_PATH: Final = "/docs"
FILES_PATH: Final = "/docs/files"

_FILES: Final = Path(fastapi_offline.__file__).parent / "static"
_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def add_pages(edge: FastAPI) -> None:
    """Add the page of the document. FastAPI's own would load files from other servers."""
    page = get_swagger_ui_html(
        openapi_url=DOCUMENT_PATH,
        title=f"{edge.title}: documents",
        swagger_js_url=f"{FILES_PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{FILES_PATH}/swagger-ui.css",
        swagger_favicon_url=f"{FILES_PATH}/favicon.png",
        swagger_ui_parameters={"persistAuthorization": False, "docExpansion": "none", "filter": True},
    )
    text = bytes(page.body).decode()
    headers = {"Content-Security-Policy": content_security_policy(text), "Referrer-Policy": "no-referrer"}

    @edge.get(DOCS_PATH, include_in_schema=False)
    async def show_documents() -> HTMLResponse:
        return HTMLResponse(text, headers=headers)

    @edge.get("/", include_in_schema=False)
    async def go_to_documents() -> RedirectResponse:
        return RedirectResponse(DOCS_PATH)

    edge.mount(EXAMPLES_PATH, StaticFiles(directory=EXAMPLES), name="examples")
    edge.mount(FILES_PATH, StaticFiles(directory=_FILES), name="files")


def content_security_policy(page: str) -> str:
    """Return the policy that allows a page its own inline scripts and this server's files, and nothing else."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(page))
    inline = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src 'self' {inline}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
