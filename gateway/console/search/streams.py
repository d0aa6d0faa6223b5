"""Sends a page in parts: as HTML whose beginning is there at once, or as events that htmx swaps into a page."""

from collections.abc import AsyncIterator
from typing import Final

from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from gateway.console.api import EVENTS
from gateway.console.defences import HEADERS

# In a rendered page: where the part comes that is not known yet. No text of anybody can have it: `<` is escaped.
GAP: Final = "<!--later-->"


def html_parts(page: str, later: AsyncIterator[str]) -> StreamingResponse:
    """Return a page whose part at `GAP` is sent when it is known."""

    async def parts() -> AsyncIterator[str]:
        before, _, after = page.partition(GAP)
        yield before
        async for each in later:
            yield each
        yield after

    return StreamingResponse(parts(), headers=HEADERS, media_type="text/html")


def events(parts: AsyncIterator[str]) -> StreamingResponse:
    """Return parts of a page as events that htmx swaps."""

    async def encoded() -> AsyncIterator[bytes]:
        async for each in parts:
            yield format_sse_event(data_str=each)

    # Proxies that gather an answer would make it come at once.
    return StreamingResponse(encoded(), headers={**HEADERS, "X-Accel-Buffering": "no"}, media_type=EVENTS)
