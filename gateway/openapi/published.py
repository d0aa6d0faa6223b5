"""The OpenAPI and the AsyncAPI document as they are served: made and encoded once, identified by an ETag."""

import asyncio
import gzip
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

import msgspec
from fastapi import FastAPI, Request, Response

from shared.errors import Refusal

DOCUMENT_PATH: Final = "/openapi.json"
NETWORK_PATH: Final = "/asyncapi.json"
# Making it takes two seconds of work: not while the services start, unless a client requests it.
MADE_AFTER_SECONDS: Final = 10.0
# Of a request that is answered without it as well.
PATIENCE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Representation:
    """The bytes of the document in one encoding."""

    body: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, body: bytes, **headers: str) -> Self:
        """Return a representation with an ETag of its bytes: encodings need different ones (RFC 9110 section 8.8.3)."""
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return cls(body, {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding", **headers})

    def answer(self, held: str) -> Response:
        """Return the document, or 304 if the client has it already."""
        if held == "*" or self.headers["ETag"] in (tag.strip().removeprefix("W/") for tag in held.split(",")):
            return Response(status_code=304, headers=dict(self.headers))
        return Response(self.body, 200, dict(self.headers), "application/json")


class PublishedDocument:
    """Makes the document once, on the first request or soon after the start; all requests wait for the same task."""

    def __init__(self, make: Callable[[], Awaitable[bytes]]) -> None:
        """`make` must not block this event loop: it takes two seconds."""
        self._make = make
        self._paths: Collection[str] = ()
        self._making: asyncio.Task[tuple[Representation, Representation]] | None = None

    async def make_later(self) -> None:
        """Make it once the start is over."""
        await asyncio.sleep(MADE_AFTER_SECONDS)
        await self._made()

    async def answer(self, request: Request) -> Response:
        """Return the answer to a request for it."""
        plain, compressed = await self._made()
        chosen = compressed if takes_gzip(request.headers.get("accept-encoding", "")) else plain
        return chosen.answer(request.headers.get("if-none-match", ""))

    async def paths(self) -> Collection[str]:
        """Return the paths of all operations; none as long as the document is not made, or cannot be."""
        with suppress(TimeoutError, Refusal, OSError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._made()
        return self._paths

    async def _made(self) -> tuple[Representation, Representation]:
        async def make() -> tuple[Representation, Representation]:
            body = await self._make()
            self._paths = await asyncio.to_thread(paths_in, body)
            return await asyncio.to_thread(represented, body)

        if self._making is None or (self._making.done() and self._making.exception() is not None):
            self._making = asyncio.create_task(make())
        # A waiting client may disconnect; the others still need the document.
        return await asyncio.shield(self._making)

    async def close(self) -> None:
        """Stop making it."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)


class _Document(msgspec.Struct):
    paths: dict[str, msgspec.Raw] = {}


def paths_in(body: bytes) -> Collection[str]:
    """Return the paths of the operations in an OpenAPI document; that of AsyncAPI has none."""
    return tuple(msgspec.json.decode(body, type=_Document).paths)


def represented(body: bytes) -> tuple[Representation, Representation]:
    """Return a document plain and compressed: the same bytes each time, so that all processes have the same ETags."""
    compressed = gzip.compress(body, mtime=0)
    return Representation.of(body), Representation.of(compressed, **{"Content-Encoding": "gzip"})


def takes_gzip(accepted: str) -> bool:
    """Return whether a client accepts gzip (RFC 9110 section 12.5.3)."""
    qualities = {}
    for coding in accepted.lower().split(","):
        name, _, parameter = coding.partition(";")
        qualities[name.strip()] = parameter.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return qualities.get("gzip", qualities.get("*", False))


def add_document(edge: FastAPI, document: PublishedDocument, path: str = DOCUMENT_PATH) -> None:
    """Add the route of a document. FastAPI's own would make and encode it in the event loop."""
    edge.add_api_route(path, document.answer, methods=["GET", "HEAD"], include_in_schema=False)
