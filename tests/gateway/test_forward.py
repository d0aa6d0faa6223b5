"""The path of a request through the gateway: what is refused, what is forwarded unchanged, and what is logged."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from gateway.edge.service_proxy import MAX_CONTENT_TYPE, MAX_TARGET
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.errors import PROBLEM_JSON, Busy, Internal, MethodNotAllowed, NotFound, NotTheOwner, problem
from shared.identity import Purpose
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import sign_entry
from shared.protocol.envelope import MAX_SIGNATURE_HEADER, digest_of
from shared.protocol.parcel import Parcel
from shared.rpc.bridge import Bridge
from shared.rpc.client import Requester
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.service import Service
from shared.transport import Arrival
from tests.conftest import NOW
from tests.gateway.forger import ask_forger
from tests.gateway.mesh import BODY_LIMIT, Echo, FakeService, Mesh, client_of


def problem_of(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == PROBLEM_JSON
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    return response.status_code, problem["type"].removeprefix("urn:i247:problem:")


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
        (404, {"content-type": PROBLEM_JSON}, problem(NotFound("there is none"), instance="7")),
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


async def test_the_purpose_header_overrides_the_purpose_of_the_token(
    caller: httpx.AsyncClient, application: Echo
) -> None:
    """The purpose of the token is the default."""
    await caller.get("/api/echo", headers={"I247-Purpose": "missing-person"})
    await caller.get("/api/echo")
    assert [request["state"]["caller"].purpose for request in application.requests] == [
        "missing-person",
        "security-check",
    ]


async def test_only_scopes_of_the_service_and_the_purpose_are_forwarded(
    mesh: Mesh, echo: Service, application: Echo, caller: httpx.AsyncClient
) -> None:
    """A service does not learn an officer's scopes at other services, their other purposes, or that they audit."""
    headers = mesh.bearer(
        "FR",
        "echo:read",
        "audit:read",
        "notices:write",
        "echo:conquer",
        "openid",
        "purpose:warning",
        "purpose:security-check",
    )
    await caller.get("/api/echo", headers=headers)
    assert application.last["state"]["caller"].scopes == {"echo:read", "purpose:security-check"}
    await caller.get("/api/echo", headers={**headers, "I247-Purpose": "warning"})
    assert application.last["state"]["caller"].scopes == {"echo:read", "purpose:warning"}


async def test_an_auditor_reaches_every_service_without_the_witness_scope(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo
) -> None:
    """Each service guards its audit routes; `audit:witness` is for gateways, whatever a token states."""
    await caller.get("/api/echo/audit", headers=mesh.bearer("FR", "audit:read", "audit:witness"))
    assert application.last["state"]["caller"].scopes == {"purpose:security-check"}


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


# What the gateway refuses


async def test_a_request_without_a_token_is_refused_before_it_reaches_the_service(
    caller: httpx.AsyncClient, application: Echo
) -> None:
    """With a 401 that names the scheme."""
    del caller.headers["Authorization"]
    response = await caller.get("/api/echo")
    assert problem_of(response) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == 'Bearer realm="i247"'
    assert application.requests == []


@pytest.mark.parametrize("path", ["/api/echo", "/api/messages", "/api/audit"])
async def test_a_request_without_a_token_is_refused_before_its_body_is_read(
    mesh: Mesh, echo: Service, path: str
) -> None:
    """For services and for local apps of the gateway; in this test no body ever arrives."""
    async with asyncio.timeout(5):
        start, _ = await send_raw(mesh.gateway(echo), [], method="POST", path=path, raw_path=path.encode())
    assert start["status"] == 401


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


async def test_a_request_without_a_purpose_is_refused(mesh: Mesh, caller: httpx.AsyncClient, application: Echo) -> None:
    """Neither header nor token states one: the problem lists the purposes (RPD article 10(2))."""
    response = await caller.get("/api/echo", headers=mesh.bearer("FR", "echo:read", purpose=None))
    assert problem_of(response) == (403, "purpose-missing")
    assert "missing-person" in response.json()["detail"]
    assert application.requests == []


async def test_a_purpose_outside_the_officers_purpose_scopes_is_refused(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo
) -> None:
    """The problem names the allowed ones; the default purpose of a token is checked as well."""
    headers = mesh.bearer("FR", "echo:read", "purpose:warning", "purpose:missing-person")
    for stated in ({}, {"I247-Purpose": "identification"}):
        response = await caller.get("/api/echo", headers=headers | stated)
        assert problem_of(response) == (403, "purpose-not-allowed")
        assert response.json()["detail"].endswith("allowed: warning, missing-person")
    assert application.requests == []
    assert (await caller.get("/api/echo", headers=headers | {"I247-Purpose": "warning"})).status_code == 200


@pytest.mark.parametrize("scope", ["purpose:curiosity", "purpose:", "purpose:data-subject-request"])
async def test_a_token_with_only_invalid_purpose_scopes_allows_no_purpose(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo, scope: str
) -> None:
    """It is not treated as a token without purpose scopes, which allows all."""
    for purpose in ("security-check", "data-subject-request"):
        headers = mesh.bearer("FR", "echo:read", scope) | {"I247-Purpose": purpose}
        response = await caller.get("/api/echo", headers=headers)
        assert problem_of(response) == (403, "purpose-not-allowed")
        assert response.json()["detail"].endswith("allowed: none")
    assert application.requests == []


async def test_a_token_without_purpose_scopes_allows_all_purposes_but_the_commissions(
    mesh: Mesh, caller: httpx.AsyncClient
) -> None:
    """As from an identity provider that does not know the network; the same in a bureau and in the Secretariat."""
    for bureau in ("FR", "IPSG"):
        headers = mesh.bearer(bureau, "echo:read")
        answers = {
            purpose: (await caller.get("/api/echo", headers=headers | {"I247-Purpose": purpose})).status_code
            for purpose in Purpose
        }
        assert answers == dict.fromkeys(Purpose, 200) | {Purpose.DATA_SUBJECT_REQUEST: 403}


async def test_the_commission_may_state_the_purpose_data_subject_request(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo
) -> None:
    """From the Secretariat, with the scope for it."""
    headers = mesh.bearer("IPSG", "echo:read", "purpose:data-subject-request", purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert (await caller.get("/api/echo", headers=headers)).status_code == 200
    assert application.last["state"]["caller"].scopes == {"echo:read", "purpose:data-subject-request"}


@pytest.mark.parametrize("purpose", ["curiosity", "", "Security-Check", "security-check, missing-person", "\xe9"])
async def test_an_unknown_purpose_is_refused(caller: httpx.AsyncClient, application: Echo, purpose: str) -> None:
    """The problem names the header and every purpose."""
    response = await caller.get("/api/echo", headers={"I247-Purpose": purpose.encode("latin-1")})
    assert problem_of(response) == (422, "invalid")
    assert response.json()["detail"].startswith("I247-Purpose")
    assert "security-check, crime-analysis" in response.json()["detail"]
    assert application.requests == []


async def test_an_officer_without_a_scope_of_the_service_is_refused(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo
) -> None:
    """Before the service is called; the problem names its scopes."""
    response = await caller.get("/api/echo", headers=mesh.bearer("FR", "notices:read", "echo-2:read"))
    assert problem_of(response) == (403, "scope-missing")
    assert "echo:read, echo:write" in response.json()["detail"]
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
        (b"i247-purpose", b"missing-person"),
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


# Transport failures


async def transport_failure_of(client: httpx.AsyncClient, mesh: Mesh, **request: Any) -> tuple[int, str, str]:
    response = await client.post("/api/echo", headers=mesh.bearer("FR", "echo:read"), **request)
    status, code = problem_of(response)
    assert ("retry-after" in response.headers) == (status == 503)
    return status, code, response.headers["i247-error"]


async def test_a_request_to_a_service_without_a_process_is_answered_503_unreachable(mesh: Mesh, echo: Service) -> None:
    """Marked as a transport error, and with Retry-After."""
    async with client_of(mesh.gateway(echo)) as client:
        assert await transport_failure_of(client, mesh) == (503, "unreachable", "unreachable")


async def test_a_transport_failure_has_one_request_id_in_header_problem_and_log(mesh: Mesh, echo: Service) -> None:
    """By which an operator traces the request."""
    async with client_of(mesh.gateway(echo)) as client:
        response = await client.get("/api/echo", headers=mesh.bearer("FR", "echo:read"))
    request_id = response.headers["i247-request-id"]
    assert response.json()["instance"] == request_id
    (entry,) = mesh.logged("request")
    assert (entry["id"], entry["code"]) == (request_id, "unreachable")


async def test_a_gateway_without_a_broker_connection_answers_503_unreachable(
    mesh: Mesh, echo: Service, application: Echo
) -> None:
    await mesh.bureaus[BureauCode("FR")].transport.close()
    async with client_of(mesh.gateway(echo)) as client:
        assert await transport_failure_of(client, mesh) == (503, "unreachable", "unreachable")


async def test_a_service_that_never_answers_times_out_at_its_deadline(mesh: Mesh) -> None:
    """With a 504, although a process took the request."""
    slow = FakeService(deadline_seconds=0.02)

    async def say_nothing(_arrival: Arrival) -> None:
        """Never answer."""

    await mesh.handle(mesh.join("echo", "service", 100), say_nothing)
    async with client_of(mesh.gateway(slow)) as client:
        assert await transport_failure_of(client, mesh) == (504, "timeout", "timeout")


async def test_a_request_with_a_lost_answer_is_retried_and_executed_once(mesh: Mesh) -> None:
    """The same envelope is sent again; the service executes it once and answers each time."""
    echo, app = FakeService(deadline_seconds=0.4), Echo()
    lost: list[Parcel] = []
    participant = mesh.join("echo", "service", 100)
    bridge = Bridge(app, participant)

    async def lose(parcel: Parcel) -> None:
        lost.append(parcel)

    async def lose_the_first(arrival: Arrival) -> None:
        await bridge.handle(arrival if lost else msgspec.structs.replace(arrival, answer=lose))

    await mesh.handle(participant, lose_the_first)
    async with client_of(mesh.gateway(echo)) as client:
        answer = await client.post("/api/echo", content=b"{}", headers=mesh.bearer("FR", "echo:read"))
    assert (answer.status_code, answer.headers["i247-signature"]) == (200, lost[0].signature)
    assert len(app.requests) == 1


async def test_a_service_that_exceeds_its_deadline_answers_with_a_signed_504(mesh: Mesh) -> None:
    """It arrives before the gateway gives up."""
    slow = FakeService(deadline_seconds=0.2)

    async def hang(_scope: Any, _receive: Any, _send: Any) -> None:
        await asyncio.Event().wait()

    await mesh.serve(slow, hang)
    async with client_of(mesh.gateway(slow)) as client:
        assert await transport_failure_of(client, mesh) == (504, "timeout", "timeout")
        response = await client.get("/api/echo", headers=mesh.bearer("FR", "echo:read"))
        assert response.headers["i247-signature"]


async def test_a_request_over_the_limit_of_the_broker_is_refused_as_too_large(
    mesh: Mesh, echo: Service, application: Echo
) -> None:
    """That limit may be below the gateway's."""
    mesh.broker.max_parcel_bytes = 5_000
    async with client_of(mesh.gateway(echo)) as client:
        found = await transport_failure_of(client, mesh, content=b"a" * 6_000)
    assert found == (413, "request-too-large", "too-large")
    assert application.requests == []


async def test_an_answer_over_the_limit_of_the_broker_is_replaced_by_a_507(
    caller: httpx.AsyncClient, application: Echo, mesh: Mesh
) -> None:
    """The service signs the problem, which asks for a smaller query."""
    application.body = b"a" * 7_900_000
    assert await transport_failure_of(caller, mesh) == (507, "reply-too-large", "too-large")


async def test_a_request_signed_with_a_key_unknown_to_the_service_is_refused(
    mesh: Mesh, echo: Service, application: Echo, caller: httpx.AsyncClient
) -> None:
    """With a 403 of the transport of the service."""
    france, key = mesh.bureaus[BureauCode("FR")], SigningKey(bytes([99]) * 32)
    [entry] = mesh.directory.entries_of("FR")
    unheard = msgspec.structs.replace(entry, signing_key=encode_base64url(key.public.raw))
    book = Directory(mesh.root.public, [sign_entry(unheard, mesh.root)])
    keys = KeyRing("FR", book, mesh.clock, lambda: PrivateKeys([key]))
    requesters = {BureauCode("FR"): Requester(replace(france, keys=keys))}
    async with client_of(mesh.gateway(echo, requesters=requesters)) as client:
        assert await transport_failure_of(client, mesh) == (403, "envelope-refused", "refused")
    assert application.requests == []


async def test_a_valid_answer_of_the_forger_is_accepted(mesh: Mesh, echo: Service) -> None:
    """Each forged answer below differs from it in one point."""
    assert (await ask_forger(mesh, echo)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"key": SigningKey(bytes([98]) * 32)}, "key-unknown"),
        ({"sender": "another"}, "sender"),
        ({"to": "DE"}, "recipient"),
        ({"re": "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"}, "unrelated"),
        ({"re_digest": digest_of("another request")}, "unrelated"),
        ({"alg": "none"}, "algorithm"),
        ({"iat": NOW.timestamp() - 200, "exp": NOW.timestamp() - 100}, "expired"),
        ({"iat": 0.0, "exp": 100.0}, "key-not-valid"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_forged_answer_is_replaced_by_a_502_with_the_reason(
    mesh: Mesh, echo: Service, changes: dict[str, Any], reason: str
) -> None:
    """For each way in which an answer can be forged."""
    response = await ask_forger(mesh, echo, **changes)
    assert problem_of(response) == (502, "forged-reply")
    assert response.headers["i247-error"] == "forged"
    assert response.json()["reason"] == reason
    assert "i247-signature" not in response.headers


async def test_an_internal_error_of_the_gateway_discloses_no_details(
    mesh: Mesh, echo: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log names the place, and not the message."""

    class Broken:
        async def check(self, _token: str) -> None:
            raise RuntimeError("a secret of the gateway")

    async with client_of(mesh.gateway(echo, tokens=Broken())) as client:
        response = await client.get("/api/echo", headers=mesh.bearer("FR", "echo:read"))
    assert problem_of(response) == (500, "internal")
    assert mesh.logged("gateway-failed")[0]["error"] == "RuntimeError"
    assert "secret" not in response.text + mesh.written.getvalue().decode()
    assert [line["code"] for line in mesh.logged("request")] == ["internal"]


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
