"""The headers of an answer of a service, checked against HTTP and its own OpenAPI document."""

import json

import pytest

from gateway.edge.declared_answers import operations_of
from shared.errors import PROBLEM_JSON, Busy, Refusal, problem
from shared.service import Service
from tests.gateway.fake_service import ANSWERS, FakeService, declaring
from tests.gateway.forger import ask_forger
from tests.gateway.mesh import Mesh
from tests.gateway.refused_answers import A_PROBLEM, is_refused


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
