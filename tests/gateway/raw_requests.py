"""Requests sent to a gateway by ASGI, as no HTTP client would send them, and the problem in a response."""

import asyncio
from typing import Any

from tests.gateway.mesh import Mesh


async def send_raw(gateway: Any, parts: list[dict[str, Any]], **changes: Any) -> list[dict[str, Any]]:
    """Call a gateway by ASGI, to send what no HTTP client would; return its answer."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/echo",
        "raw_path": b"/api/echo",
        "query_string": b"",
        "headers": [],
    }
    answered: list[dict[str, Any]] = []
    waiting = iter(parts)

    async def receive() -> dict[str, Any]:
        part = next(waiting, None)
        if part is None:
            await asyncio.Event().wait()
        return part or {}

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    await gateway(scope | changes, receive, send)
    return answered


WHOLE = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}


def raw_bearer(mesh: Mesh) -> tuple[bytes, bytes]:
    return b"authorization", mesh.bearer("FR", "echo:read")["Authorization"].encode()
