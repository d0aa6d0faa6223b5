"""What the operations of the API take, as its OpenAPI document says: read once, from the gateway as any client does."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException

from gateway.console.page import Page
from gateway.console.records.forms.fields import Field, Schemas, field_of

DOCUMENT: Final = "/openapi.json"
JSON: Final = "application/json"


class _Media(msgspec.Struct, frozen=True):
    schema: dict[str, Any] = {}


class _Body(msgspec.Struct, frozen=True):
    content: dict[str, _Media] = {}


class _Operation(msgspec.Struct, frozen=True):
    # As OpenAPI calls it.
    requestBody: _Body = _Body()  # noqa: N815


class _Components(msgspec.Struct, frozen=True):
    schemas: dict[str, Any] = {}


class _Document(msgspec.Struct, frozen=True):
    """The parts of an OpenAPI document that forms are made of: what is not named here is skipped."""

    paths: dict[str, dict[str, _Operation]] = {}
    components: _Components = _Components()


class Operations:
    """The operations of a gateway, and the forms of what they take."""

    def __init__(self, paths: Mapping[str, Mapping[str, _Operation]], schemas: Schemas) -> None:
        self._paths = paths
        self._schemas = schemas
        self._forms: dict[tuple[str, str], Field] = {}

    @classmethod
    def of_json(cls, document: bytes) -> "Operations":
        """Return the operations in an OpenAPI document."""
        read = msgspec.json.decode(document, type=_Document)
        return cls(read.paths, read.components.schemas)

    def has(self, method: str, path: str) -> bool:
        """Return whether the gateway has an operation; `path` is as in the document."""
        return method in self._paths.get(path, {})

    def takes(self, method: str, path: str, media_type: str) -> bool:
        """Return whether an operation takes a content type."""
        return self.has(method, path) and media_type in self._paths[path][method].requestBody.content

    def form(self, method: str, path: str) -> Field:
        """Return the form of what an operation takes as JSON. Raises KeyError, NotFillable."""
        made = self._forms.get((method, path))
        if made is None:
            schema = self._paths[path][method].requestBody.content[JSON].schema
            made = self._forms[method, path] = field_of(schema, self._schemas)
        return made


async def operations_of(page: Page) -> Operations:
    """Return the operations of the gateway behind a page. The first call reads the document. Raises ApiRefused."""
    state = page.request.app.state
    known: Operations | None = getattr(state, "operations", None)
    if known is None:
        document = await page.api.exchange("GET", DOCUMENT)
        # Three megabytes: reading them takes a twentieth of a second, which others need not wait for.
        known = state.operations = await asyncio.to_thread(Operations.of_json, document.body)
    return known


async def form_of(page: Page, method: str, path: str) -> Field:
    """Return the form of an operation. Raises ApiRefused, and HTTPException if there is no such operation."""
    operations = await operations_of(page)
    if not operations.has(method, path):
        raise HTTPException(404)
    return operations.form(method, path)
