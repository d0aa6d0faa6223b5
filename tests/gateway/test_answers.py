"""An answer of a service is checked against HTTP and its own OpenAPI document, as the service may be hostile."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from gateway.edge.declared_answers import Operations, operations_of
from services import SERVICES
from shared.errors import PROBLEM_JSON, REFUSALS, Busy, NotFound, problem
from shared.service import Service
from tests.gateway.fake_service import FakeService, declaring
from tests.gateway.forger import ask_forger, begin_to_forge
from tests.gateway.http_server import head, send_bytes, serving
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.refused_answers import A_PROBLEM, is_refused

PROJECT = Path(__file__).parents[2]
EMPTY = {"content_type": "", "body": b""}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": 200},
        {"status": 200, "content_type": "image/x-wsq", "body": b"\0"},
        {"status": 201, "headers": {"location": "/api/echo/7"}},
        {"status": 201},
        {"status": 204, **EMPTY},
        A_PROBLEM,
        A_PROBLEM | {"status": 503, "body": problem(Busy("later")), "headers": {"retry-after": "7"}},
        # A code that this gateway does not know yet.
        A_PROBLEM | {"status": 403, "body": b'{"type": "urn:i247:problem:of-a-newer-service", "status": 403}'},
    ],
    ids=str,
)
async def test_a_declared_answer_is_forwarded_unchanged(mesh: Mesh, echo: Service, changes: dict[str, Any]) -> None:
    """Each refused answer below differs from one of these in one point."""
    response = await ask_forger(mesh, echo, **changes)
    assert (response.status_code, response.content) == (changes["status"], changes.get("body", b"{}"))
    assert changes.get("headers", {}).items() <= response.headers.items()


class Number(BaseModel):
    """The schema that an operation declares."""

    number: int


async def test_a_body_that_violates_its_schema_is_forwarded(mesh: Mesh) -> None:
    """The service signed it; the client validates it."""
    strict = FakeService(application=declaring({200: {"description": "A number.", "model": Number}}))
    response = await ask_forger(mesh, strict, body=b'{"number": "none"}')
    assert (response.status_code, response.json()) == (200, {"number": "none"})


@pytest.mark.parametrize("status", [0, 99, 100, 101, 103, 199, 600, 1000])
async def test_a_status_that_is_not_a_final_http_status_is_refused(mesh: Mesh, echo: Service, status: int) -> None:
    """1xx is interim, and the others are not HTTP."""
    response = await ask_forger(mesh, echo, status=status)
    assert (response.status_code, response.json()["type"]) == (502, "urn:i247:problem:forged-reply")


@pytest.mark.parametrize(
    "changes", [EMPTY, {"body": b"{}"}, {"headers": {"location": "/api/echo/7"}, **EMPTY}], ids=str
)
@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_of_a_service_is_refused(
    mesh: Mesh, echo: Service, status: int, changes: dict[str, Any]
) -> None:
    """So is 304, as no request carries a condition."""
    assert is_refused(await ask_forger(mesh, echo, status=status, **changes))


@pytest.mark.parametrize("status", [202, 203, 205, 206, 226])
async def test_an_undeclared_success_status_is_refused(mesh: Mesh, echo: Service, status: int) -> None:
    assert is_refused(await ask_forger(mesh, echo, status=status))
    assert is_refused(await ask_forger(mesh, echo, status=status, **EMPTY))


@pytest.mark.parametrize("changes", [{}, {"content_type": ""}, {"body": b""}], ids=str)
async def test_a_204_with_a_body_or_a_content_type_is_refused(
    mesh: Mesh, echo: Service, changes: dict[str, Any]
) -> None:
    """Bytes after a 204 would be read as the next answer."""
    assert is_refused(await ask_forger(mesh, echo, status=204, **changes))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"type": "urn:i247:problem:internal"}',
        b'{"type": "urn:i247:problem:internal", "status": "500"}',
        b'{"type": "urn:i247:problem:internal", "status": 404}',
        problem(NotFound("there is none")),
        problem(NotFound("there is none")).replace(b"404", b"500"),
        problem(NotFound("there is none")).replace(b"404", b"500").replace(b"urn:i247:problem", b"URN:I247:problem"),
        b'{"type": "urn:i247:problem:unauthenticated", "type": "urn:i247:problem:internal", "status": 500}',
        b'{"type": "urn:i247:problem:internal", "status": 401, "status": 500}',
        b'{"type": "urn:i247:problem:internal", "status": 500, "x": ' + b"[" * 5_000,
    ],
)
async def test_a_problem_that_contradicts_its_status_is_refused(mesh: Mesh, echo: Service, body: bytes) -> None:
    """A client that reads only the problem must learn the same as one that reads only the status."""
    assert is_refused(await ask_forger(mesh, echo, **A_PROBLEM | {"body": body}))


@pytest.mark.parametrize(
    ("code", "mark"),
    [
        ("internal", "timeout"),
        ("timeout", None),
        ("timeout", "refused"),
        ("unreachable", "unreachable"),
        ("unreachable", None),
        ("forged-reply", "forged"),
        ("unauthenticated", None),
        ("provider-unreachable", None),
        ("not-stored", None),
    ],
)
async def test_a_problem_of_the_transport_or_the_gateway_is_refused_from_a_service(
    mesh: Mesh, echo: Service, code: str, mark: str | None
) -> None:
    """A service reports only the transport errors that its bridge reports, and marks no other answer as one."""
    kind = REFUSALS[code]
    changes = {"status": kind.status, "content_type": PROBLEM_JSON, "body": problem(kind("it says so")), "error": mark}
    assert is_refused(await ask_forger(mesh, echo, **changes))


async def test_a_success_marked_as_a_transport_error_is_refused(mesh: Mesh, echo: Service) -> None:
    """A client that sees the mark assumes that there was no answer, and retries."""
    assert is_refused(await ask_forger(mesh, echo, error="timeout"))


async def test_a_success_on_an_undeclared_operation_is_refused(mesh: Mesh, echo: Service) -> None:
    """The only valid answer is a problem: 404 or 405."""
    await begin_to_forge(mesh)
    async with client_of(mesh.gateway(echo)) as client:
        for method, path in (("GET", "/api/echo/a/b/c"), ("PROPFIND", "/api/echo"), ("TRACE", "/api/echo")):
            assert is_refused(await client.request(method, path, headers=mesh.bearer("FR", "echo:read")))


@pytest.mark.thorough
@pytest.mark.parametrize("status", [304, 204, 205])
async def test_a_body_after_a_bodiless_status_does_not_reach_the_connection(
    mesh: Mesh, echo: Service, status: int
) -> None:
    """It would be read as the answer to the next request on the connection (response splitting)."""
    hidden = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged"
    await begin_to_forge(mesh, status=status, body=hidden)
    requests = head(mesh).replace(b"Connection: close\r\n", b""), head(mesh, b"GET /nothing HTTP/1.1")
    async with serving(mesh, mesh.gateway(echo)) as port:
        _, answered = await send_bytes(port, requests)
    assert re.findall(rb"HTTP/1.1 (\d+)", answered) == [b"502", b"404"]


async def test_a_refused_answer_is_logged_with_its_service(mesh: Mesh, echo: Service) -> None:
    """The line of its request has the code of the refusal."""
    await ask_forger(mesh, echo, status=304)
    [line] = mesh.logged("request")
    assert (line["service"], line["code"], line["status"]) == ("echo", "forged-reply", 502)
    assert line["id"]


async def test_a_refused_answer_raises_one_alarm_for_the_auditors_of_the_bureau(mesh: Mesh, echo: Service) -> None:
    """One for each service, however often the service answers so."""
    await begin_to_forge(mesh, status=304)
    async with mesh.handling_mail("FR"):
        gateway = mesh.gateway(echo)
        async with client_of(gateway) as client:
            for _ in range(3):
                assert is_refused(await client.get("/api/echo", headers=mesh.bearer("FR", "echo:read")))
            await gateway.alarms.kept()
            answer = await client.get("/api/audit/alarms", headers=mesh.bearer("FR", "audit:read"))
    [alarm] = answer.json()["items"]
    assert (alarm["service"], alarm["fault"], alarm["times"]) == ("echo", "forged-answer", 1)
    assert alarm["says"] == "the answer of echo is refused: its operation declares no answer of status 304"
    assert (alarm["seen"], alarm["shown"]) == (None, None)
    assert [line["says"] for line in mesh.logged("answer-alarm")] == [alarm["says"]]


@pytest.mark.thorough
async def test_the_operations_of_a_service_are_read_once_by_concurrent_requests() -> None:
    """The first caller reads the document; the others wait for it."""
    program = """
from concurrent.futures import ThreadPoolExecutor
from gateway.edge.declared_answers import operations_of
from services import SERVICES

with ThreadPoolExecutor(16) as threads:
    made = list(threads.map(operations_of, SERVICES * 4))
assert all(each is made[number % len(SERVICES)] for number, each in enumerate(made))
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=PROJECT)
    assert await process.wait() == 0


def test_a_path_is_matched_to_the_operation_that_the_service_routes_it_to() -> None:
    """A fixed segment takes precedence over a parameter."""
    [vehicles] = [service for service in SERVICES if service.name == "stolen-vehicles"]
    operations: Operations = operations_of(vehicles)
    find = operations.find
    assert find("GET", "/api/stolen-vehicles/search") is not find("GET", "/api/stolen-vehicles/7")
    assert find("GET", "/api/stolen-vehicles/7") is find("GET", "/api/stolen-vehicles/8")
    assert 201 in operations.find("POST", "/api/stolen-vehicles").answers
    assert 204 in operations.find("DELETE", "/api/stolen-vehicles/7").answers
    assert 204 not in operations.find("DELETE", "/api/stolen-vehicles/7/versions").answers
    assert operations.find("GET", "/api/stolen-vehicles/audit").scopes == {"audit:read"}
