"""What a gateway logs about each request: officer, purpose and reason of a refusal, but no personal data."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.service import Service
from tests.gateway.fake_service import Echo, FakeService
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.raw_requests import WHOLE, raw_bearer

# What is logged


async def test_each_request_is_logged_in_one_line_with_officer_and_purpose(
    caller: httpx.AsyncClient, mesh: Mesh, application: Echo
) -> None:
    """Id, officer, bureau, service, purpose and status: what an investigation needs."""
    response = await caller.post("/api/echo", headers={"I247-Purpose": "warning"})
    (line,) = mesh.logged("request")
    assert line.pop("milliseconds") > 0
    assert line == {
        "at": "2026-06-01T12:00:00Z",
        "level": "info",
        "part": "test",
        "event": "request",
        "method": "POST",
        "service": "echo",
        "bureau": "FR",
        "officer": "fr.officer",
        "purpose": "warning",
        "status": 200,
        "id": response.headers["i247-request-id"],
    }


async def test_a_refused_request_is_logged_with_the_reason(mesh: Mesh, echo: Service) -> None:
    """With as much of officer and purpose as was known by then."""
    async with client_of(mesh.gateway(echo)) as client:
        await client.get("/api/echo")
        await client.get("/api/echo", headers=mesh.bearer("DE", "notices:read"))
        await client.get("/api/Mario", headers=mesh.bearer("DE", "echo:read"))
        await client.get("/api/echo", headers=mesh.bearer("DE", "echo:read"))
    lines = [
        tuple(line.get(name) for name in ("status", "code", "service", "bureau", "officer", "purpose"))
        for line in mesh.logged("request")
    ]
    assert lines == [
        (401, "unauthenticated", "echo", None, None, None),
        (403, "scope-missing", "echo", "DE", "de.officer", None),
        (404, "not-found", None, "DE", "de.officer", None),
        (503, "unreachable", "echo", "DE", "de.officer", "security-check"),
    ]


async def test_a_transport_error_of_the_service_is_logged_as_one(mesh: Mesh) -> None:
    """The status alone does not distinguish it from an answer of the application."""
    slow = FakeService(deadline_seconds=0.02)

    async def hang(_scope: Any, _receive: Any, _send: Any) -> None:
        await asyncio.Event().wait()

    await mesh.serve(slow, hang)
    async with client_of(mesh.gateway(slow)) as client:
        await client.get("/api/echo", headers=mesh.bearer("FR", "echo:read"))
    (line,) = mesh.logged("request")
    assert (line["status"], line["error"]) == (504, "timeout")


@pytest.mark.thorough
async def test_logs_contain_no_request_or_answer_data_and_no_token(
    caller: httpx.AsyncClient, application: Echo, mesh: Mesh
) -> None:
    """A reader of the logs learns nothing about persons, and cannot act as an officer."""
    application.body = b'{"name": "Answerson"}'
    await caller.post("/api/echo/Pathson?q=Queryson", content=b"Bodyson", headers={"Content-Type": "text/Mediason"})
    await caller.get("/api/Serviceson?q=Queryson")
    await caller.get("/api/echo", headers={"I247-Purpose": "Purposeson"})
    await caller.get("/api/echo", headers={"Authorization": "Bearer Tokenson"})
    await caller.get("/docs/Pageson?q=Queryson")
    assert len(mesh.logged("request")) == 4
    written = mesh.written.getvalue().decode()
    assert "son" not in written.replace("json", "")
    assert caller.headers["Authorization"].rpartition(".")[2] not in written


async def test_a_request_is_logged_although_the_client_disconnected(
    mesh: Mesh, echo: Service, application: Echo
) -> None:
    """The service has answered, and a disclosure must be visible in the log."""

    async def receive() -> dict[str, Any]:
        return WHOLE

    async def send(_message: dict[str, Any]) -> None:
        raise ConnectionResetError

    scope = {"type": "http", "method": "GET", "path": "/api/echo", "raw_path": b"/api/echo", "query_string": b""}
    with pytest.raises(ConnectionResetError):
        await mesh.gateway(echo)(scope | {"headers": [raw_bearer(mesh)]}, receive, send)
    assert [line["status"] for line in mesh.logged("request")] == [200]
