"""The way of a request through the gateway: what is refused on it, what passes unchanged, and what is logged of it."""

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
    """Speak ASGI to a gateway, for what no HTTP client would send; return what it answered."""
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


# What passes


async def test_a_request_arrives_as_it_was_sent(caller: httpx.AsyncClient, application: Echo) -> None:
    """Method, path, query, content type and the exact body; the service sees nothing of the gateway."""
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
    """The service routes it: slashes, encodings and parameters are signed as they were sent."""
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
async def test_a_method_is_left_to_the_service(caller: httpx.AsyncClient, application: Echo, method: str) -> None:
    """The gateway carries out none itself."""
    response = await caller.request(method, "/api/echo")
    assert response.status_code == 200
    assert application.last["method"] == method


@pytest.mark.parametrize("method", ["PROPFIND", "M-SEARCH"])
async def test_a_method_that_nobody_knows_is_refused_by_the_service(
    caller: httpx.AsyncClient, application: Echo, method: str
) -> None:
    """It is shown no scope of the officer with it, and says itself which methods there are."""
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
async def test_an_answer_of_the_service_passes_unchanged(
    caller: httpx.AsyncClient, application: Echo, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Status, exact body and the headers that mean something; it is the service's own, so without I247-Error."""
    application.status, application.headers, application.body = status, headers, body
    response = await caller.get("/api/echo")
    assert (response.status_code, response.content) == (status, body)
    own = {name: value for name, value in response.headers.items() if not name.startswith("i247-")}
    length = {} if status == 204 else {"content-length": str(len(body))}
    assert own == headers | length | {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    assert "i247-error" not in response.headers


async def test_other_headers_of_the_service_stay_inside(caller: httpx.AsyncClient, application: Echo) -> None:
    """A service sets no cookies and opens no gateway to other sites."""
    application.headers = {"set-cookie": "a=b", "server": "x", "access-control-allow-origin": "*", "x-internal": "7"}
    response = await caller.get("/api/echo")
    assert not {*application.headers} & {*response.headers}


async def test_the_purpose_of_the_header_counts_more_than_that_of_the_token(
    caller: httpx.AsyncClient, application: Echo
) -> None:
    """The token has a purpose for requests that state none."""
    await caller.get("/api/echo", headers={"I247-Purpose": "missing-person"})
    await caller.get("/api/echo")
    assert [request["state"]["caller"].purpose for request in application.requests] == [
        "missing-person",
        "security-check",
    ]


async def test_only_scopes_of_the_service_travel_with_a_request(
    mesh: Mesh, echo: Service, application: Echo, caller: httpx.AsyncClient
) -> None:
    """What an officer may do elsewhere is not the business of this service, nor what else he may use it for.

    Nor whether he audits, where it is not its audit log that is asked for.
    """
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


async def test_an_auditor_reaches_every_service(mesh: Mesh, caller: httpx.AsyncClient, application: Echo) -> None:
    """Each has its own audit log, and guards its routes itself; to cosign is for gateways, whatever a token says."""
    await caller.get("/api/echo/audit", headers=mesh.bearer("FR", "audit:read", "audit:witness"))
    assert application.last["state"]["caller"].scopes == {"purpose:security-check"}


# What an answer proves


async def test_the_signature_of_an_answer_can_be_checked_by_anyone(
    caller: httpx.AsyncClient, application: Echo, mesh: Mesh
) -> None:
    """The library joserfc verifies it over the exact body, with the key that the directory has for the service."""
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


async def test_the_request_id_is_that_which_the_service_saw(caller: httpx.AsyncClient, application: Echo) -> None:
    """One id finds a request in the logs of both sides."""
    response = await caller.get("/api/echo")
    assert response.headers["i247-request-id"] == application.last["state"]["caller"].request_id


# What is refused at the gateway


async def test_without_a_token_nothing_reaches_a_service(caller: httpx.AsyncClient, application: Echo) -> None:
    """A 401 that names the scheme."""
    del caller.headers["Authorization"]
    response = await caller.get("/api/echo")
    assert problem_of(response) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == 'Bearer realm="i247"'
    assert application.requests == []


@pytest.mark.parametrize("path", ["/api/echo", "/api/messages", "/api/audit"])
async def test_without_a_token_no_byte_of_a_body_is_read(mesh: Mesh, echo: Service, path: str) -> None:
    """Of requests to services and to what answers in the gateway: here none ever comes."""
    async with asyncio.timeout(5):
        start, _ = await send_raw(mesh.gateway(echo), [], method="POST", path=path, raw_path=path.encode())
    assert start["status"] == 401


@pytest.mark.parametrize("path", ["/api/", "/api/ecko", "/api//echo", "/api/Echo", "/api/echo.", "/api/../api/echo"])
async def test_a_service_that_is_not_there_is_not_found(
    mesh: Mesh, echo: Service, application: Echo, path: str
) -> None:
    """The names of those that are there are told; no path is bent until it fits."""
    headers = [raw_bearer(mesh)]
    start, body = await send_raw(mesh.gateway(echo), [WHOLE], path=path, raw_path=path.encode(), headers=headers)
    assert start["status"] == 404
    assert json.loads(body["body"])["type"] == "urn:i247:problem:not-found"
    assert "echo" in json.loads(body["body"])["detail"]
    assert application.requests == []


async def test_without_a_purpose_nothing_is_asked(mesh: Mesh, caller: httpx.AsyncClient, application: Echo) -> None:
    """Neither header nor token states one: the problem lists those there are (RPD article 10(2))."""
    response = await caller.get("/api/echo", headers=mesh.bearer("FR", "echo:read", purpose=None))
    assert problem_of(response) == (403, "purpose-missing")
    assert "missing-person" in response.json()["detail"]
    assert application.requests == []


async def test_an_officer_may_use_the_network_only_for_what_his_scopes_say(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo
) -> None:
    """The refusal names what is allowed; a purpose that is the default of his token is none that he may use."""
    headers = mesh.bearer("FR", "echo:read", "purpose:warning", "purpose:missing-person")
    for stated in ({}, {"I247-Purpose": "identification"}):
        response = await caller.get("/api/echo", headers=headers | stated)
        assert problem_of(response) == (403, "purpose-not-allowed")
        assert response.json()["detail"].endswith("allowed: warning, missing-person")
    assert application.requests == []
    assert (await caller.get("/api/echo", headers=headers | {"I247-Purpose": "warning"})).status_code == 200


@pytest.mark.parametrize("scope", ["purpose:curiosity", "purpose:", "purpose:data-subject-request"])
async def test_a_token_whose_purposes_are_none_of_the_bureaus_is_good_for_nothing(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo, scope: str
) -> None:
    """It says what it is for, so that it is not taken for one that leaves it open."""
    for purpose in ("security-check", "data-subject-request"):
        headers = mesh.bearer("FR", "echo:read", scope) | {"I247-Purpose": purpose}
        response = await caller.get("/api/echo", headers=headers)
        assert problem_of(response) == (403, "purpose-not-allowed")
        assert response.json()["detail"].endswith("allowed: none")
    assert application.requests == []


async def test_a_token_that_names_no_purpose_is_good_for_all_but_the_commissions(
    mesh: Mesh, caller: httpx.AsyncClient
) -> None:
    """As a provider that knows nothing of the network may issue it, in a bureau and in the Secretariat."""
    for bureau in ("FR", "IPSG"):
        headers = mesh.bearer(bureau, "echo:read")
        answers = {
            purpose: (await caller.get("/api/echo", headers=headers | {"I247-Purpose": purpose})).status_code
            for purpose in Purpose
        }
        assert answers == dict.fromkeys(Purpose, 200) | {Purpose.DATA_SUBJECT_REQUEST: 403}


async def test_the_commission_may_state_that_a_person_asked(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo
) -> None:
    """It sits in the Secretariat, and its scope must be held there."""
    headers = mesh.bearer("IPSG", "echo:read", "purpose:data-subject-request", purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert (await caller.get("/api/echo", headers=headers)).status_code == 200
    assert application.last["state"]["caller"].scopes == {"echo:read", "purpose:data-subject-request"}


@pytest.mark.parametrize("purpose", ["curiosity", "", "Security-Check", "security-check, missing-person", "\xe9"])
async def test_a_purpose_that_the_network_does_not_know_is_refused(
    caller: httpx.AsyncClient, application: Echo, purpose: str
) -> None:
    """It names the header and every purpose that is allowed."""
    response = await caller.get("/api/echo", headers={"I247-Purpose": purpose.encode("latin-1")})
    assert problem_of(response) == (422, "invalid")
    assert response.json()["detail"].startswith("I247-Purpose")
    assert "security-check, crime-analysis" in response.json()["detail"]
    assert application.requests == []


async def test_an_officer_without_any_scope_of_a_service_is_refused(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo
) -> None:
    """Without asking the service; the scopes that would do are named."""
    response = await caller.get("/api/echo", headers=mesh.bearer("FR", "notices:read", "echo-2:read"))
    assert problem_of(response) == (403, "scope-missing")
    assert "echo:read, echo:write" in response.json()["detail"]
    assert application.requests == []


@pytest.mark.parametrize("declared", [str(BODY_LIMIT + 1), "9" * 15, "9" * 5000])
async def test_a_body_that_is_declared_too_large_is_not_even_read(mesh: Mesh, echo: Service, declared: str) -> None:
    """However large the figure is."""
    headers = [raw_bearer(mesh), (b"content-length", declared.encode())]
    start, body = await send_raw(mesh.gateway(echo), [], headers=headers)
    assert start["status"] == 413
    assert str(BODY_LIMIT) in json.loads(body["body"])["detail"]


@pytest.mark.parametrize("declared", [None, b"5", b"-1", b"many"])
async def test_a_body_that_turns_out_too_large_is_read_no_further(
    mesh: Mesh, echo: Service, application: Echo, declared: bytes | None
) -> None:
    """In parts, without a length or with one that lies."""
    headers = [raw_bearer(mesh)] + ([(b"content-length", declared)] if declared is not None else [])
    part = {"type": "http.request", "body": b"a" * (BODY_LIMIT // 2 + 1), "more_body": True}
    start, body = await send_raw(mesh.gateway(echo), [part, part], headers=headers)
    assert start["status"] == 413
    assert json.loads(body["body"])["type"] == "urn:i247:problem:too-large"
    assert application.requests == []


async def test_a_body_of_the_limit_is_taken(caller: httpx.AsyncClient, application: Echo) -> None:
    """To the byte, in one part or in many."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"a" * (BODY_LIMIT // 10)

    for content in (b"a" * BODY_LIMIT, parts()):
        assert (await caller.post("/api/echo", content=content)).status_code == 200
        assert application.last["body"] == b"a" * BODY_LIMIT
    assert problem_of(await caller.post("/api/echo", content=b"a" * (BODY_LIMIT + 1))) == (413, "too-large")


async def test_a_url_longer_than_a_signed_head_carries_is_refused(caller: httpx.AsyncClient, application: Echo) -> None:
    """A search that does not fit belongs in a body."""
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
async def test_what_http_does_not_allow_is_malformed(
    mesh: Mesh, echo: Service, application: Echo, changes: dict[str, Any]
) -> None:
    """It cannot be signed as text, and would only be refused later."""
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
async def test_a_header_that_contradicts_another_is_refused(
    mesh: Mesh, echo: Service, application: Echo, twice: tuple[bytes, bytes]
) -> None:
    """A proxy before the gateway may have looked at the other one."""
    headers = [raw_bearer(mesh), (b"i247-purpose", b"warning"), (b"content-type", b"text/plain"), twice]
    start, body = await send_raw(mesh.gateway(echo), [WHOLE], headers=headers)
    assert start["status"] == 400
    assert f"{twice[0].decode()} is given twice" in json.loads(body["body"])["detail"]
    assert application.requests == []


async def test_other_headers_may_be_repeated(mesh: Mesh, echo: Service, application: Echo) -> None:
    """They do not reach the service anyway."""
    headers = [raw_bearer(mesh), (b"accept", b"text/html"), (b"accept", b"application/json")]
    start, _ = await send_raw(mesh.gateway(echo), [WHOLE], headers=headers)
    assert start["status"] == 200


@pytest.mark.parametrize("before", [[], [{"type": "http.request", "body": b'{"ti', "more_body": True}]])
async def test_a_request_that_was_cut_off_is_never_forwarded(
    mesh: Mesh, echo: Service, application: Echo, before: list[dict[str, Any]]
) -> None:
    """What came of it may mean something else than the whole: a POST without its body might withdraw a record."""
    headers = [raw_bearer(mesh), (b"content-length", b"20")]
    start, _ = await send_raw(mesh.gateway(echo), [*before, GONE], method="POST", headers=headers)
    assert start["status"] == 400
    assert application.requests == []


# What fails on the way


async def transport_failure_of(client: httpx.AsyncClient, mesh: Mesh, **request: Any) -> tuple[int, str, str]:
    response = await client.post("/api/echo", headers=mesh.bearer("FR", "echo:read"), **request)
    status, code = problem_of(response)
    assert ("retry-after" in response.headers) == (status == 503)
    return status, code, response.headers["i247-error"]


async def test_a_service_that_is_not_there_is_unreachable(mesh: Mesh, echo: Service) -> None:
    """A 503 that is marked as the transport's, and says when to try again."""
    async with client_of(mesh.gateway(echo)) as client:
        assert await transport_failure_of(client, mesh) == (503, "unreachable", "unreachable")


async def test_a_failure_on_the_way_names_its_request(mesh: Mesh, echo: Service) -> None:
    """Header, problem and log line have the same id, by which an operator finds what became of the request."""
    async with client_of(mesh.gateway(echo)) as client:
        response = await client.get("/api/echo", headers=mesh.bearer("FR", "echo:read"))
    request_id = response.headers["i247-request-id"]
    assert response.json()["instance"] == request_id
    (entry,) = mesh.logged("request")
    assert (entry["id"], entry["code"]) == (request_id, "unreachable")


async def test_without_a_connection_to_the_broker_services_are_unreachable(
    mesh: Mesh, echo: Service, application: Echo
) -> None:
    """It is the gateway that has none, and says so."""
    await mesh.bureaus[BureauCode("FR")].transport.close()
    async with client_of(mesh.gateway(echo)) as client:
        assert await transport_failure_of(client, mesh) == (503, "unreachable", "unreachable")


async def test_a_service_that_does_not_answer_is_not_waited_for_longer_than_its_deadline(mesh: Mesh) -> None:
    """The process that took the request does not answer: a 504."""
    slow = FakeService(deadline_seconds=0.02)

    async def say_nothing(_arrival: Arrival) -> None:
        """Never answer."""

    await mesh.handle(mesh.join("echo", "service", 100), say_nothing)
    async with client_of(mesh.gateway(slow)) as client:
        assert await transport_failure_of(client, mesh) == (504, "timeout", "timeout")


async def test_an_answer_that_is_lost_is_asked_for_again(mesh: Mesh) -> None:
    """With the same envelope, which the service carries out once and answers each time."""
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


async def test_a_service_that_works_too_long_says_so_itself(mesh: Mesh) -> None:
    """Its own signed account of the delay arrives before the gateway gives up."""
    slow = FakeService(deadline_seconds=0.2)

    async def hang(_scope: Any, _receive: Any, _send: Any) -> None:
        await asyncio.Event().wait()

    await mesh.serve(slow, hang)
    async with client_of(mesh.gateway(slow)) as client:
        assert await transport_failure_of(client, mesh) == (504, "timeout", "timeout")
        response = await client.get("/api/echo", headers=mesh.bearer("FR", "echo:read"))
        assert response.headers["i247-signature"]


async def test_a_request_that_the_broker_does_not_carry_is_too_large(
    mesh: Mesh, echo: Service, application: Echo
) -> None:
    """Its limit may lie below that of the gateway."""
    mesh.broker.max_parcel_bytes = 5_000
    async with client_of(mesh.gateway(echo)) as client:
        found = await transport_failure_of(client, mesh, content=b"a" * 6_000)
    assert found == (413, "request-too-large", "too-large")
    assert application.requests == []


async def test_an_answer_that_the_broker_does_not_carry_is_too_large(
    caller: httpx.AsyncClient, application: Echo, mesh: Mesh
) -> None:
    """The service says so, signed: ask for less."""
    application.body = b"a" * 7_900_000
    assert await transport_failure_of(caller, mesh) == (507, "reply-too-large", "too-large")


async def test_a_bureau_that_the_service_does_not_trust_is_refused(
    mesh: Mesh, echo: Service, application: Echo, caller: httpx.AsyncClient
) -> None:
    """It signs with a key that it alone has heard of: a 403 of the service's own transport."""
    france, key = mesh.bureaus[BureauCode("FR")], SigningKey(bytes([99]) * 32)
    [entry] = mesh.directory.entries_of("FR")
    unheard = msgspec.structs.replace(entry, signing_key=encode_base64url(key.public.raw))
    book = Directory(mesh.root.public, [sign_entry(unheard, mesh.root)])
    keys = KeyRing("FR", book, mesh.clock, lambda: PrivateKeys([key]))
    requesters = {BureauCode("FR"): Requester(replace(france, keys=keys))}
    async with client_of(mesh.gateway(echo, requesters=requesters)) as client:
        assert await transport_failure_of(client, mesh) == (403, "envelope-refused", "refused")
    assert application.requests == []


async def test_an_honest_answer_of_the_forger_is_taken(mesh: Mesh, echo: Service) -> None:
    """What every forged answer below differs from in one point."""
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
async def test_a_forged_answer_is_never_shown(mesh: Mesh, echo: Service, changes: dict[str, Any], reason: str) -> None:
    """A 502 that says why it is not trusted, for each way in which it may be false."""
    response = await ask_forger(mesh, echo, **changes)
    assert problem_of(response) == (502, "forged-reply")
    assert response.headers["i247-error"] == "forged"
    assert response.json()["reason"] == reason
    assert "i247-signature" not in response.headers


async def test_a_fault_of_the_gateway_is_a_problem_that_tells_nothing(
    mesh: Mesh, echo: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log says where it happened, and nothing of what was in the message."""

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


async def test_each_request_is_one_line_that_says_who_and_why(
    caller: httpx.AsyncClient, mesh: Mesh, application: Echo
) -> None:
    """The id, the officer, his bureau, the service, the purpose and the status: what an inquiry needs."""
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
    """With as much of who and why as was known by then."""
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


async def test_what_the_transport_of_the_service_refused_is_logged_as_that(mesh: Mesh) -> None:
    """The status alone would not tell it from an answer of the application."""
    slow = FakeService(deadline_seconds=0.02)

    async def hang(_scope: Any, _receive: Any, _send: Any) -> None:
        await asyncio.Event().wait()

    await mesh.serve(slow, hang)
    async with client_of(mesh.gateway(slow)) as client:
        await client.get("/api/echo", headers=mesh.bearer("FR", "echo:read"))
    (line,) = mesh.logged("request")
    assert (line["status"], line["error"]) == (504, "timeout")


async def test_no_log_holds_what_was_asked_or_answered(
    caller: httpx.AsyncClient, application: Echo, mesh: Mesh
) -> None:
    """Nor the token: a reader of the logs learns nothing about persons, and cannot act as an officer."""
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


async def test_a_request_is_logged_though_the_caller_has_gone(mesh: Mesh, echo: Service, application: Echo) -> None:
    """The service has answered, and what was disclosed must be seen."""

    async def receive() -> dict[str, Any]:
        return WHOLE

    async def send(_message: dict[str, Any]) -> None:
        raise ConnectionResetError

    scope = {"type": "http", "method": "GET", "path": "/api/echo", "raw_path": b"/api/echo", "query_string": b""}
    with pytest.raises(ConnectionResetError):
        await mesh.gateway(echo)(scope | {"headers": [raw_bearer(mesh)]}, receive, send)
    assert [line["status"] for line in mesh.logged("request")] == [200]
