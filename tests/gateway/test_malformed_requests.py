"""Which requests a gateway refuses by their path, size and HTTP fields."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from gateway.edge.service_proxy import MAX_CONTENT_TYPE, MAX_TARGET
from shared.service import Service
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import BODY_LIMIT, Mesh
from tests.gateway.raw_requests import GONE, WHOLE, raw_bearer, send_raw
from tests.support import problem_of


@pytest.mark.parametrize("path", ["/api/", "/api/ecko", "/api//echo", "/api/Echo", "/api/echo.", "/api/../api/echo"])
async def test_a_path_of_no_service_is_answered_with_404(
    mesh: Mesh, echo: Service, application: Echo, path: str
) -> None:
    """The problem names the existing services; paths are not normalised."""
    headers = [raw_bearer(mesh)]
    start, body = await send_raw(mesh.gateway(echo), [WHOLE], path=path, raw_path=path.encode(), headers=headers)
    assert start["status"] == 404
    assert json.loads(body["body"])["type"] == "urn:i247:problem:not-found"
    assert "echo" in json.loads(body["body"])["detail"]
    assert application.requests == []


@pytest.mark.parametrize("declared", [str(BODY_LIMIT + 1), "9" * 15, "9" * 5000])
async def test_a_body_with_an_oversized_content_length_is_refused_unread(
    mesh: Mesh, echo: Service, declared: str
) -> None:
    """However large the number is."""
    headers = [raw_bearer(mesh), (b"content-length", declared.encode())]
    start, body = await send_raw(mesh.gateway(echo), [], headers=headers)
    assert start["status"] == 413
    assert str(BODY_LIMIT) in json.loads(body["body"])["detail"]


@pytest.mark.parametrize("declared", [None, b"5", b"-1", b"many"])
async def test_a_body_that_exceeds_the_limit_while_read_is_refused(
    mesh: Mesh, echo: Service, application: Echo, declared: bytes | None
) -> None:
    """In chunks without a length, or with a false or invalid one."""
    headers = [raw_bearer(mesh)] + ([(b"content-length", declared)] if declared is not None else [])
    part = {"type": "http.request", "body": b"a" * (BODY_LIMIT // 2 + 1), "more_body": True}
    start, body = await send_raw(mesh.gateway(echo), [part, part], headers=headers)
    assert start["status"] == 413
    assert json.loads(body["body"])["type"] == "urn:i247:problem:too-large"
    assert application.requests == []


async def test_a_body_of_exactly_the_limit_is_accepted(caller: httpx.AsyncClient, application: Echo) -> None:
    """In one part or in many."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"a" * (BODY_LIMIT // 10)

    for content in (b"a" * BODY_LIMIT, parts()):
        assert (await caller.post("/api/echo", content=content)).status_code == 200
        assert application.last["body"] == b"a" * BODY_LIMIT
    assert problem_of(await caller.post("/api/echo", content=b"a" * (BODY_LIMIT + 1))) == (413, "too-large")


async def test_a_url_longer_than_the_request_head_allows_is_refused(
    caller: httpx.AsyncClient, application: Echo
) -> None:
    """A longer query belongs in a body."""
    start = "/api/echo?q="
    assert (await caller.get(start + "a" * (MAX_TARGET - len(start)))).status_code == 200
    assert problem_of(await caller.get(start + "a" * (MAX_TARGET - len(start) + 1))) == (414, "target-too-long")
    assert len(application.requests) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"raw_path": b"/api/echo/\xe9"},
        {"query_string": b"q=\xe9"},
        {"method": "\xe9"},
        {"method": "A" * 17},
        {"headers": [(b"content-type", b"a" * (MAX_CONTENT_TYPE + 1))]},
        {"headers": [(b"content-type", b"text/\xe9")]},
    ],
    ids=str,
)
async def test_a_request_with_invalid_http_fields_is_refused_as_malformed(
    mesh: Mesh, echo: Service, application: Echo, changes: dict[str, Any]
) -> None:
    """It cannot be signed as text, and the service would refuse it."""
    changes = changes | {"headers": [raw_bearer(mesh), *changes.get("headers", [])]}
    start, body = await send_raw(mesh.gateway(echo), [WHOLE], **changes)
    assert start["status"] == 400
    assert json.loads(body["body"])["type"] == "urn:i247:problem:malformed"
    assert application.requests == []


@pytest.mark.parametrize(
    "twice",
    [
        (b"i247-purpose", b"locate"),
        (b"content-type", b"application/json"),
        (b"authorization", b"Bearer another"),
    ],
    ids=lambda header: header[0].decode(),
)
async def test_a_duplicate_of_a_single_valued_header_is_refused(
    mesh: Mesh, echo: Service, application: Echo, twice: tuple[bytes, bytes]
) -> None:
    """A proxy in front may have evaluated the other one."""
    headers = [raw_bearer(mesh), (b"i247-purpose", b"warning"), (b"content-type", b"text/plain"), twice]
    start, body = await send_raw(mesh.gateway(echo), [WHOLE], headers=headers)
    assert start["status"] == 400
    assert f"{twice[0].decode()} is given twice" in json.loads(body["body"])["detail"]
    assert application.requests == []


async def test_other_headers_may_be_repeated(mesh: Mesh, echo: Service, application: Echo) -> None:
    """They are not forwarded."""
    headers = [raw_bearer(mesh), (b"accept", b"text/html"), (b"accept", b"application/json")]
    start, _ = await send_raw(mesh.gateway(echo), [WHOLE], headers=headers)
    assert start["status"] == 200


@pytest.mark.parametrize("before", [[], [{"type": "http.request", "body": b'{"ti', "more_body": True}]])
async def test_a_request_cut_off_by_a_disconnect_is_not_forwarded(
    mesh: Mesh, echo: Service, application: Echo, before: list[dict[str, Any]]
) -> None:
    """A part may mean something else than the whole: a POST without its body could withdraw a record."""
    headers = [raw_bearer(mesh), (b"content-length", b"20")]
    start, _ = await send_raw(mesh.gateway(echo), [*before, GONE], method="POST", headers=headers)
    assert start["status"] == 400
    assert application.requests == []
