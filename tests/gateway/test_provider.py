"""Tokens of an external OpenID provider: a real HTTP server that publishes its keys, rotates them, and fails."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

import gateway.auth.oidc
from gateway.auth.oidc import FETCHED_AT_LEAST_EVERY_SECONDS, FETCHED_AT_MOST_EVERY_SECONDS, MAX_DOCUMENT
from gateway.auth.tokens import REMEMBERED_SECONDS
from shared.clock import FixedClock
from shared.errors import PROBLEM_JSON
from shared.service import Service
from tests.gateway.accounts import PASSWORD
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.messages.webhooks.receiver import receiving
from tests.gateway.provider import KEYS, Provider, claims_at, running_provider, show, trusting

RSA_FOR_ENCRYPTION = RSAKey.generate_key(2048)
DEEP = b"[" * 100_000
LONG = json.dumps({"keys": [KEYS["RS256"].as_dict(private=False)]}).encode() + b" " * MAX_DOCUMENT
BURST = timedelta(seconds=FETCHED_AT_MOST_EVERY_SECONDS)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        provider.publish(*KEYS.values())
        yield provider


@pytest.fixture
async def gate(mesh: Mesh, echo: Service, application: Echo, provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(trusting(mesh, echo, provider.jwks_url)) as client:
        yield client


@pytest.fixture
def claims(clock: FixedClock) -> dict[str, Any]:
    return claims_at(clock)


@pytest.mark.parametrize("algorithm", KEYS)
async def test_tokens_of_the_provider_are_accepted(
    gate: httpx.AsyncClient, application: Echo, claims: dict[str, Any], algorithm: str
) -> None:
    """With each signature algorithm that providers use, and a bureau in the configured claim."""
    assert await show(gate, Provider.sign(claims, algorithm)) == 200
    caller = application.last["state"]["caller"]
    assert (caller.bureau, caller.officer, caller.purpose) == ("DE", claims["sub"], "locate")


async def test_the_keys_are_fetched_once_for_many_tokens(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider
) -> None:
    """Also for tokens that arrive during the fetch."""
    tokens = [Provider.sign(claims | {"jti": str(number)}, "EdDSA") for number in range(20)]
    assert await asyncio.gather(*(show(gate, token) for token in tokens)) == [200] * 20
    assert provider.asked == 1


async def test_a_token_of_the_gateway_is_refused_where_a_provider_is_trusted(
    gate: httpx.AsyncClient, mesh: Mesh
) -> None:
    assert await show(gate, mesh.token("FR", "echo:read")) == 401


@pytest.mark.thorough
async def test_a_gateway_with_a_provider_neither_issues_nor_revokes_tokens(gate: httpx.AsyncClient) -> None:
    """Its endpoints for that do not exist, nor does its OpenAPI document list them."""
    form = {"grant_type": "password", "username": "fr.officer", "password": PASSWORD}
    assert (await gate.post("/oauth/token", data=form)).status_code == 404
    assert (await gate.post("/oauth/revoke", data={"token": "x"})).status_code == 404
    assert "/oauth/token" not in (await gate.get("/openapi.json")).json()["paths"]


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("EdDSA", OKPKey.generate_key("Ed25519", {"kid": "ed"})),
        ("ES256", ECKey.generate_key("P-256", {"kid": "another"})),
        ("HS256", OctKey.import_key({"kty": "oct", "k": KEYS["RS256"].as_dict()["n"], "kid": "rsa"})),
        ("HS256", OctKey.import_key(b"a shared secret of thirty-two bytes", {"kid": "shared"})),
        ("RS512", KEYS["RS256"]),
        ("RS256", RSAKey.import_key(KEYS["PS256"].as_dict(private=True, alg="RS256"))),
    ],
    ids=["same-kid", "unknown-kid", "public-key-as-secret", "published-secret", "other-algorithm", "not-for-this"],
)
async def test_a_token_not_signed_by_a_key_of_the_provider_is_refused(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider, algorithm: str, key: Any
) -> None:
    """Whatever its header states; a published symmetric key is ignored too."""
    secret = {"kty": "oct", "k": "YSBzaGFyZWQgc2VjcmV0IG9mIHRoaXJ0eS10d28gYnl0ZXM", "kid": "shared"}
    provider.document["keys"].append(secret)
    assert await show(gate, Provider.sign(claims, algorithm, key)) == 401


async def test_tokens_of_unknown_keys_cause_one_fetch_per_interval(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider, clock: FixedClock
) -> None:
    """However many unknown keys they name."""
    strange = [OKPKey.generate_key("Ed25519", {"kid": str(number)}) for number in range(30)]
    bad = [Provider.sign(claims, "EdDSA", key) for key in strange]
    assert set(await asyncio.gather(*(show(gate, token) for token in bad))) == {401}
    assert provider.asked == 1
    clock.advance(BURST)
    assert set(await asyncio.gather(*(show(gate, token) for token in bad))) == {401}
    assert provider.asked == 2


async def test_a_new_key_of_the_provider_is_fetched(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider, clock: FixedClock
) -> None:
    """By the first token of an unknown key, unless the keys were fetched a moment ago."""
    provider.publish(KEYS["RS256"])
    assert await show(gate, Provider.sign(claims, "RS256")) == 200
    provider.publish(KEYS["ES256"])
    clock.advance(BURST)
    assert await show(gate, Provider.sign(claims, "ES256")) == 200


async def test_tokens_of_a_withdrawn_key_are_refused_after_the_next_fetch(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider, clock: FixedClock
) -> None:
    """Also a token that was accepted before and has not expired."""
    token = Provider.sign(claims, "RS256")
    assert await show(gate, token) == 200
    provider.publish(KEYS["ES256"])
    clock.advance(timedelta(seconds=REMEMBERED_SECONDS))
    assert await show(gate, token) == 200
    clock.advance(timedelta(seconds=FETCHED_AT_LEAST_EVERY_SECONDS))
    assert await show(gate, token) == 401


@pytest.mark.parametrize("leap", [timedelta(days=-1), timedelta(hours=9)], ids=str)
async def test_a_clock_step_does_not_change_when_keys_are_fetched_again(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider, mesh: Mesh, leap: timedelta
) -> None:
    """Nor does it extend how long a verified token is remembered."""
    for participant in mesh.participants:
        mesh.change_entries(participant, not_before=0.0)
    token = Provider.sign(claims, "RS256")
    assert await show(gate, token) == 200
    provider.publish(KEYS["ES256"])
    mesh.clock.step(leap)
    assert (await show(gate, token), provider.asked) == (200, 1)
    mesh.clock.advance(timedelta(seconds=FETCHED_AT_LEAST_EVERY_SECONDS))
    assert await show(gate, token) == 401


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (503, {}),
        (200, b"<html>"),
        (200, []),
        (200, {"keys": []}),
        (200, {"keys": 7}),
        (302, {}),
        (200, DEEP),
        (200, LONG),
    ],
    ids=["down", "no JSON", "no set", "no keys", "no list", "elsewhere", "deep", "long"],
)
async def test_a_token_is_answered_with_503_while_no_keys_can_be_fetched(
    gate: httpx.AsyncClient,
    claims: dict[str, Any],
    provider: Provider,
    clock: FixedClock,
    status: int,
    document: Any,
) -> None:
    """A 401 would make clients discard a good token; the provider is not called for each request."""
    provider.status, provider.document = status, document
    token = Provider.sign(claims, "RS256")
    response = await gate.get("/api/echo", headers={"Authorization": f"Bearer {token}"})
    assert (response.status_code, response.headers["content-type"]) == (503, PROBLEM_JSON)
    assert response.json()["type"] == "urn:i247:problem:provider-unreachable"
    assert response.headers["retry-after"] == "1"
    assert "i247-error" not in response.headers
    assert set(await asyncio.gather(*(show(gate, token) for _ in range(20)))) == {503}
    assert provider.asked == 1
    provider.status = 200
    provider.publish(KEYS["RS256"])
    clock.advance(BURST)
    assert await show(gate, token) == 200


async def test_a_token_is_answered_with_503_while_the_provider_refuses_connections(
    mesh: Mesh, echo: Service, claims: dict[str, Any]
) -> None:
    with running_provider() as gone:
        url = gone.jwks_url
    async with client_of(trusting(mesh, echo, url)) as gate:
        assert await show(gate, Provider.sign(claims, "RS256")) == 503
    assert [line["error"] for line in mesh.logged("provider-keys-not-fetched")] == ["unreachable"]


async def test_a_fetch_of_keys_times_out_although_the_provider_keeps_sending(
    mesh: Mesh, echo: Service, claims: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token could be verified in the meantime."""
    monkeypatch.setattr(gateway.auth.oidc, "FETCH_SECONDS", 0.1)
    left = asyncio.Event()

    async def go_on(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
            await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(go_on, "127.0.0.1", 0) as slow:
        url = f"http://127.0.0.1:{slow.sockets[0].getsockname()[1]}/jwks"
        async with client_of(trusting(mesh, echo, url)) as gate, asyncio.timeout(5):
            assert await show(gate, Provider.sign(claims, "RS256")) == 503
            await left.wait()
    assert [line["error"] for line in mesh.logged("provider-keys-not-fetched")] == ["timeout"]


async def test_a_fetch_of_keys_ends_after_too_many_informational_responses(
    mesh: Mesh, echo: Service, claims: dict[str, Any]
) -> None:
    """The connection is closed after 16 KiB of them."""
    async with receiving() as endless:
        endless.usually = endless.forever = b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000
        async with client_of(trusting(mesh, echo, endless.url)) as gate:
            assert await show(gate, Provider.sign(claims, "RS256")) == 503
    assert [line["error"] for line in mesh.logged("provider-keys-not-fetched")] == ["too-long"]


async def test_known_keys_are_used_while_the_provider_is_down(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider, clock: FixedClock, mesh: Mesh
) -> None:
    """The log states that they may be outdated."""
    token = Provider.sign(claims, "RS256")
    assert await show(gate, token) == 200
    provider.status = 500
    clock.advance(timedelta(seconds=FETCHED_AT_LEAST_EVERY_SECONDS))
    assert await show(gate, token) == 200
    assert provider.asked == 2
    assert len(mesh.logged("provider-keys-not-fetched")) == 1


@pytest.mark.parametrize("left", [[], [{"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA"}]], ids=["none", "unknown"])
async def test_a_provider_without_usable_keys_invalidates_all_tokens(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider, clock: FixedClock, left: list[Any]
) -> None:
    """As after a theft: an empty key set is an answer, unlike a failure."""
    assert await show(gate, Provider.sign(claims, "RS256")) == 200
    provider.document = {"keys": left}
    clock.advance(timedelta(seconds=FETCHED_AT_LEAST_EVERY_SECONDS))
    assert await show(gate, Provider.sign(claims, "RS256")) == 503
    assert await show(gate, Provider.sign(claims | {"jti": "stolen"}, "RS256")) == 503


async def test_only_the_first_request_waits_for_a_refresh_of_keys(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider, clock: FixedClock
) -> None:
    """The others use the old keys, so a slow provider delays one request."""
    tokens = [Provider.sign(claims | {"jti": str(number)}, "RS256") for number in range(3)]
    assert await show(gate, tokens[0]) == 200
    clock.advance(timedelta(seconds=FETCHED_AT_LEAST_EVERY_SECONDS))
    provider.answering.clear()
    try:
        first = asyncio.create_task(show(gate, tokens[1]))
        async with asyncio.timeout(2):
            while provider.asked < 2:
                await asyncio.to_thread(lambda: None)
            assert await show(gate, tokens[2]) == 200
        assert not first.done()
    finally:
        provider.answering.set()
    assert await first == 200


async def test_unsupported_keys_are_ignored(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider
) -> None:
    """RFC 7517 section 5: a provider may publish keys for other uses, and of future types."""
    strange = [{"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA"}, {"kty": "RSA", "n": "!"}, {"kty": "EC"}, 7, None]
    for_encryption = {**RSA_FOR_ENCRYPTION.as_dict(private=False), "kid": "rsa", "use": "enc"}
    provider.document["keys"] = [*strange, for_encryption, *provider.document["keys"]]
    assert await show(gate, Provider.sign(claims, "RS256")) == 200
    assert await show(gate, Provider.sign(claims, "PS256")) == 200
