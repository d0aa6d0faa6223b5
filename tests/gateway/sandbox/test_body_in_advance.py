"""The body that a sandbox reads to know what is searched: the application still receives all of it."""

from collections import deque
from hashlib import sha256
from typing import Any

import pytest

from gateway.sandbox.body_in_advance import BodyInAdvance


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
