"""The body that a sandbox reads to know what is searched: the application still receives all of it."""

from collections import deque
from hashlib import sha256
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from gateway.sandbox.body_in_advance import BodyInAdvance, at_most
from shared.web.problems import render_refusals
from shared.web.strict_json import WellFormed


def body(*parts: bytes) -> list[dict[str, Any]]:
    """Return the ASGI messages of a body."""
    return [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, start=1)
    ]


GONE = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("messages", "digest", "left"),
    [
        (body(b"abcd"), sha256(b"abcd").hexdigest(), 0),
        (body(b"a", b"bcd", b""), sha256(b"abcd").hexdigest(), 0),
        (body(b""), sha256(b"").hexdigest(), 0),
        (body(b"abc", b"de", b"f", b"g"), None, 2),
        ([*body(b"a", b"b")[:1], GONE], None, 0),
    ],
    ids=["whole", "in parts", "empty", "larger", "cut off"],
)
async def test_the_application_receives_all_that_was_read_in_advance(
    messages: list[dict[str, Any]], digest: str | None, left: int
) -> None:
    """Of a body that is larger than any that is known, no more is read in advance than tells that."""
    arriving = deque(messages)

    async def receive() -> Any:
        return arriving.popleft()

    read = await BodyInAdvance.read(receive, 4)
    assert (read.digest, len(arriving)) == (digest, left)
    assert [await read.receive() for _ in messages] == messages


@pytest.mark.parametrize("media", ["text/plain", "application/json", "application/x-www-form-urlencoded"])
async def test_a_larger_body_is_refused_as_such(media: str) -> None:
    """Whatever its media type is, also where the framework reads it, which says no more than that it failed."""
    app = FastAPI()
    render_refusals(app)

    @app.post("/")
    async def take(draft: dict[str, int]) -> int:
        return len(draft)

    async def bounded(scope: Any, receive: Any, send: Any) -> None:
        await WellFormed(app)(scope, at_most(4, receive), send)

    async with AsyncClient(transport=ASGITransport(bounded), base_url="http://localhost") as client:
        answer = await client.post("/", content=b"12345", headers={"Content-Type": media})
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:i247:problem:too-large")
    assert answer.json()["detail"] == "the body may have at most 4 bytes"
