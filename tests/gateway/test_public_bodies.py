"""Bodies of requests without a token: bounded before anything is parsed."""

import pytest

from gateway.app import MAX_PUBLIC_BODY
from tests.gateway.mesh import Mesh, client_of
from tests.support import problem_of

TOO_LARGE = b"[" + b"1," * (MAX_PUBLIC_BODY // 2) + b"1]"


@pytest.mark.parametrize("path", ["/oauth/token", "/nothing", "/sandbox/faults", "/clock"])
async def test_a_large_body_is_refused_on_every_path(mesh: Mesh, path: str) -> None:
    """Nothing is known of the sender, and to parse it would keep the gateway from others."""
    async with client_of(mesh.gateway()) as client:
        answer = await client.post(path, content=TOO_LARGE, headers={"Content-Type": "application/json"})
    assert problem_of(answer) == (413, "too-large")
    assert answer.json()["detail"] == f"the body may have at most {MAX_PUBLIC_BODY} bytes"


@pytest.mark.thorough
async def test_no_more_of_a_large_body_is_read_than_tells_that_it_is_large(mesh: Mesh) -> None:
    """Nor kept in memory."""
    sent = 0

    async def endless() -> object:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    answered: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        answered.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/oauth/token", "query_string": b"", "headers": headers}
    await mesh.gateway()({**scope, "state": {}}, endless, send)
    assert answered[0]["status"] == 413
    assert sent == MAX_PUBLIC_BODY // 65_536 + 1
