"""How a gateway answers if a service is unreachable, late, limited by the broker, or impersonated."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest

from shared.bureaus import BureauCode
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import sign_entry
from shared.protocol.envelope import digest_of
from shared.protocol.parcel import Parcel
from shared.rpc.bridge import Bridge
from shared.rpc.client import Requester
from shared.rpc.keyring import KeyRing, PrivateKeys
from shared.service import Service
from shared.transport import Arrival
from tests.conftest import NOW
from tests.gateway.fake_service import Echo, FakeService
from tests.gateway.forger import ask_forger
from tests.gateway.mesh import Mesh, client_of
from tests.support import problem_of

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


@pytest.mark.thorough
async def test_a_request_with_a_lost_answer_is_retried_and_executed_once(mesh: Mesh) -> None:
    """The same envelope is sent again; the service executes it once and answers each time."""
    echo, app = FakeService(deadline_seconds=0.4), Echo()
    lost: list[Parcel] = []
    participant = mesh.join("echo", "service", 100)
    bridge = Bridge(app, participant)

    async def lose(parcel: Parcel) -> None:
        lost.append(parcel)

    async def lose_the_first(arrival: Arrival) -> None:
        await bridge.handle(arrival if lost else msgspec.structs.replace(arrival, reply=lose))

    await mesh.handle(participant, lose_the_first)
    async with client_of(mesh.gateway(echo)) as client:
        answer = await client.post("/api/echo", content=b"{}", headers=mesh.bearer("FR", "echo:read"))
    assert (answer.status_code, answer.headers["i247-signature"]) == (200, lost[0].signature)
    assert len(app.requests) == 1


@pytest.mark.thorough
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
