"""An answer of a service is checked against HTTP and its own OpenAPI document, as the service may be hostile."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from gateway.edge.declared_answers import Operations, operations_of
from services import SERVICES
from shared.errors import PROBLEM_JSON, REFUSALS, Busy, Internal, NotFound, Refusal, problem
from shared.service import Service
from tests.gateway.fake_service import ANSWERS, FakeService, declaring
from tests.gateway.forger import ask_forger, begin_to_forge
from tests.gateway.http_server import head, send_bytes, serving
from tests.gateway.mesh import Mesh, client_of

PROJECT = Path(__file__).parents[2]
EMPTY = {"content_type": "", "body": b""}
A_PROBLEM = {"status": 500, "content_type": PROBLEM_JSON, "body": problem(Internal("it failed"))}


def is_refused(response: httpx.Response) -> bool:
    """Return whether an answer is refused as forged, by a problem that names the service and shows nothing of it."""
    content = response.json()
    assert (response.status_code, content["type"]) == (502, "urn:i247:problem:forged-reply")
    assert content["detail"].startswith("the answer of echo is refused: ")
    assert response.headers["i247-error"] == "forged"
    assert response.headers["i247-request-id"] == content["instance"]
    assert not {"i247-signature", "location", "set-cookie", "www-authenticate"} & {*response.headers}
    return True


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
    "content_type",
    [
        "",
        "text/html",
        "application/json; charset=utf-7",
        "application/json\r\nSet-Cookie: a=b",
        "text/\xe9",
        "Application/JSON",
        PROBLEM_JSON,
        "application/json" + " " * 10_000,
    ],
)
async def test_an_undeclared_media_type_is_refused(mesh: Mesh, echo: Service, content_type: str) -> None:
    """An operation that answers with JSON never sends a page, a script or a form."""
    assert is_refused(await ask_forger(mesh, echo, content_type=content_type))


@pytest.mark.parametrize(
    "name",
    [
        "set-cookie",
        "access-control-allow-origin",
        "www-authenticate",
        "proxy-authenticate",
        "content-length",
        "transfer-encoding",
        "connection",
        "location",
        "Location",
        "allow",
        "retry-after",
        "i247-handling",
        "i247-error",
        "cache-control",
        "x\r\ny",
        "",
    ],
)
async def test_an_undeclared_header_is_refused(mesh: Mesh, echo: Service, name: str) -> None:
    """It is not merely dropped: a service that sends it is faulty or hostile."""
    assert is_refused(await ask_forger(mesh, echo, headers={name: "1"}))


@pytest.mark.parametrize(
    "location",
    [
        "https://example.org/api/echo/7",
        "//example.org/api/echo/7",
        "/api/notices/7",
        "/api/echoes/7",
        "/api/echo",
        "/api/echo/../notices/7",
        "/api/echo/%2e%2e/notices/7",
        "/api/echo/7?next=/",
        "/api/echo/7\r\nSet-Cookie: a=b",
        "/api/echo/7\n",
        "/api/echo//7",
        "/api/echo/\\example.org",
        "javascript:alert(1)",
        "/api/echo/" + "7" * 10_000,
        "",
    ],
)
async def test_a_location_outside_the_path_of_its_service_is_refused(mesh: Mesh, echo: Service, location: str) -> None:
    """A client follows it with the token of its officer."""
    assert is_refused(await ask_forger(mesh, echo, status=201, headers={"location": location}))


@pytest.mark.parametrize(
    ("refusal", "header"),
    [
        (Busy("later"), {"retry-after": "7, 8"}),
        (Busy("later"), {"retry-after": "9" * 6}),
        (Busy("later"), {"allow": "GET"}),
    ],
    ids=str,
)
async def test_a_malformed_header_of_a_problem_is_refused(
    mesh: Mesh, echo: Service, refusal: Refusal, header: dict[str, str]
) -> None:
    """A client is made to wait for a day at most."""
    changes = A_PROBLEM | {"status": refusal.status, "body": problem(refusal), "headers": header}
    assert is_refused(await ask_forger(mesh, echo, **changes))


@pytest.mark.parametrize("status", [401, 402, 407, 418, 426, 451, 502, 511])
async def test_an_authentication_challenge_of_a_service_is_refused(mesh: Mesh, echo: Service, status: int) -> None:
    """The gateway has checked the token; any other undeclared refusal is refused too."""
    body = json.dumps({"type": "about:blank", "status": status}).encode()
    assert is_refused(await ask_forger(mesh, echo, status=status, content_type=PROBLEM_JSON, body=body))


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


def test_declared_redirects_challenges_and_cookies_are_ignored() -> None:
    """Not even a mistake of a service's author allows them."""
    answers = ANSWERS | {
        303: {"description": "Elsewhere.", "headers": {"Location": {}}},
        401: {"description": "Who?", "headers": {"WWW-Authenticate": {}}},
        200: {"description": "JSON.", "content": {"application/json": {}}, "headers": {"Set-Cookie": {}}},
    }
    operation = operations_of(FakeService(application=declaring(answers))).find("GET", "/api/echo")
    assert not {303, 401} & operation.answers.keys()
    assert operation.answers[200].headers == {}


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
