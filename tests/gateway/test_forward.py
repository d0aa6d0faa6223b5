"""What a gateway forwards to a service and back: unchanged, without undeclared headers, with the caller's scopes."""

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from shared.errors import PROBLEM_JSON, Busy, Internal, MethodNotAllowed, NotFound, NotTheOwner, problem
from shared.protocol.envelope import MAX_SIGNATURE_HEADER
from shared.service import Service
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import Mesh
from tests.gateway.raw_requests import WHOLE, raw_bearer, send_raw
from tests.support import problem_of

# What is forwarded


async def test_a_request_is_forwarded_unchanged(caller: httpx.AsyncClient, application: Echo) -> None:
    """Method, path, query, content type and the exact body; no header of the HTTP connection is forwarded."""
    headers = {"Content-Type": "image/x-wsq", "Cookie": "a=b", "X-Forwarded-For": "192.0.2.1"}
    await caller.put("/api/echo/a%20b/?x=1&x=2&y=%C3%A9", content=bytes(range(256)), headers=headers)
    seen = application.last
    assert (seen["method"], seen["raw_path"], seen["query_string"]) == ("PUT", b"/api/echo/a%20b/", b"x=1&x=2&y=%C3%A9")
    assert seen["path"] == "/api/echo/a b/"
    assert seen["body"] == bytes(range(256))
    assert dict(seen["headers"]) == {b"content-type": b"image/x-wsq", b"content-length": b"256"}


@pytest.mark.parametrize(
    "target",
    [
        "/api/echo",
        "/api/echo/",
        "/api/echo//x",
        "/api/echo/2026%2F17",
        "/api/echo/%E5%90%8D",
        "/api/echo/a;b=c",
        "/api/echo?",
        "/api/echo?q=%2520&=&&a",
        "/api/echo/x?next=/api/other",
    ],
)
async def test_a_path_is_not_rewritten(mesh: Mesh, echo: Service, application: Echo, target: str) -> None:
    """The service routes it: slashes, escapes and parameters are signed as sent."""
    path, _, query = target.partition("?")
    await send_raw(
        mesh.gateway(echo),
        [WHOLE],
        path=path,
        raw_path=path.encode(),
        query_string=query.encode(),
        headers=[raw_bearer(mesh)],
    )
    assert (application.last["raw_path"].decode(), application.last["query_string"].decode()) == (path, query)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_standard_method_is_forwarded_to_the_service(
    caller: httpx.AsyncClient, application: Echo, method: str
) -> None:
    response = await caller.request(method, "/api/echo")
    assert response.status_code == 200
    assert application.last["method"] == method


@pytest.mark.parametrize("method", ["PROPFIND", "M-SEARCH"])
async def test_an_unknown_method_is_forwarded_without_service_scopes_and_refused_there(
    caller: httpx.AsyncClient, application: Echo, method: str
) -> None:
    """The service states the allowed methods in `Allow`."""
    application.status, application.body = 405, problem(MethodNotAllowed("not possible here, but GET"))
    application.headers = {"content-type": PROBLEM_JSON, "allow": "GET"}
    response = await caller.request(method, "/api/echo")
    assert (*problem_of(response), response.headers["allow"]) == (405, "method-not-allowed", "GET")
    assert application.last["method"] == method
    assert application.last["state"]["caller"].scopes == {"purpose:security-check"}


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {"content-type": "application/json"}, b'{"b": 1,  "a": 2}'),
        (200, {"content-type": "image/x-wsq"}, bytes(range(256)) * 20),
        (201, {"content-type": "application/json", "location": "/api/echo/7"}, b"{}"),
        (204, {}, b""),
        (403, {"content-type": PROBLEM_JSON}, problem(NotTheOwner("the record belongs to DE"))),
        (404, {"content-type": PROBLEM_JSON}, problem(NotFound("there is none", instance="7"))),
        (405, {"content-type": PROBLEM_JSON, "allow": "GET, PUT"}, problem(MethodNotAllowed("not here"))),
        (500, {"content-type": PROBLEM_JSON}, problem(Internal("it failed"))),
        (503, {"content-type": PROBLEM_JSON, "retry-after": "7"}, problem(Busy("later"))),
    ],
)
async def test_an_answer_of_the_service_is_forwarded_unchanged(
    caller: httpx.AsyncClient, application: Echo, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Status, exact body and the declared headers; without I247-Error, as the service itself answered."""
    application.status, application.headers, application.body = status, headers, body
    response = await caller.get("/api/echo")
    assert (response.status_code, response.content) == (status, body)
    own = {name: value for name, value in response.headers.items() if not name.startswith("i247-")}
    length = {} if status == 204 else {"content-length": str(len(body))}
    assert own == headers | length | {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    assert "i247-error" not in response.headers


async def test_undeclared_headers_of_an_answer_are_not_forwarded(caller: httpx.AsyncClient, application: Echo) -> None:
    """A service can neither set cookies nor allow other origins."""
    application.headers = {"set-cookie": "a=b", "server": "x", "access-control-allow-origin": "*", "x-internal": "7"}
    response = await caller.get("/api/echo")
    assert not {*application.headers} & {*response.headers}


# Signatures of answers


async def test_the_signature_of_an_answer_is_verified_by_another_library(
    caller: httpx.AsyncClient, application: Echo, mesh: Mesh
) -> None:
    """By joserfc, over the exact body, with the service's key from the directory."""
    application.body = b'{"vin":  "\xc3\xa9"}'
    response = await caller.get("/api/echo")
    signature = response.headers["i247-signature"]
    (entry,) = [entry for entry in mesh.directory.entries() if entry.participant == "echo"]
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": entry.signing_key})
    registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    registry.max_header_length = MAX_SIGNATURE_HEADER
    head = jws.deserialize_compact(signature, key, payload=response.content, registry=registry).headers()
    assert head["re"] == response.headers["i247-request-id"]
    assert (head["from"], head["to"], head["status"], head["typ"]) == ("echo", "FR", 200, "i247-reply")
    with pytest.raises(Exception, match="bad_signature"):
        jws.deserialize_compact(signature, key, payload=b"{}", registry=registry)


async def test_the_request_id_of_the_answer_is_that_received_by_the_service(
    caller: httpx.AsyncClient, application: Echo
) -> None:
    """One id finds a request in the logs of both sides."""
    response = await caller.get("/api/echo")
    assert response.headers["i247-request-id"] == application.last["state"]["caller"].request_id
