"""Bearer tokens: which are valid, and why any other is refused."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey

from gateway.auth.tokens import MAX_TOKEN
from shared.bureaus import PARTICIPATING
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.errors import PROBLEM_JSON
from shared.service import Service
from tests.gateway.access_tokens import jose, signed
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import TOKENS_VALID_FOR, Mesh, client_of

INVALID_TOKEN = 'Bearer realm="i247", error="invalid_token"'


@pytest.fixture
async def gate(mesh: Mesh, echo: Service, application: Echo) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(mesh.gateway(echo)) as client:
        yield client


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)
    )


async def show(gate: httpx.AsyncClient, token: str) -> httpx.Response:
    return await gate.get("/api/echo", headers={"Authorization": f"Bearer {token}"})


def assert_refused(response: httpx.Response, detail: str = "") -> None:
    assert (response.status_code, response.headers["content-type"]) == (401, PROBLEM_JSON)
    assert response.headers["www-authenticate"] == INVALID_TOKEN
    assert response.json()["type"] == "urn:i247:problem:unauthenticated"
    assert response.json()["detail"].startswith(detail)


async def test_a_token_with_valid_claims_signed_by_the_gateway_is_accepted(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh
) -> None:
    """Each refused token below differs from it in one point."""
    assert (await show(gate, signed(claims, mesh.token_key))).status_code == 200


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"iss": "urn:another"}, "iss:"),
        ({"iss": None}, "iss:"),
        ({"aud": "another"}, "aud:"),
        ({"aud": ["another", "a third"]}, "aud:"),
        ({"aud": None}, "aud:"),
        ({"sub": ""}, "sub:"),
        ({"sub": 7}, "sub:"),
        ({"sub": "a" * 256}, "sub:"),
        ({"sub": None}, "sub:"),
        ({"sub": "fr.officer\0"}, "sub:"),
        ({"sub": "\ud800"}, "sub:"),
        ({"sub": "nobody"}, "sub:"),
        ({"sub": "de.officer"}, "sid:"),
        ({"aud": "urn:i247:bureau:DE"}, "aud:"),
        ({"aud": "i247"}, "aud:"),
        ({"iss": "urn:i247:gateway"}, "iss:"),
        ({"iss": f"urn:i247:gateway:{SigningKey(bytes(32)).kid}"}, "iss:"),
        ({"sid": None}, "sid:"),
        ({"sid": "made up"}, "sid:"),
        ({"sid": ["made up"]}, "sid:"),
        ({"iat": None}, "iat:"),
        ({"iat": 1_780_000_000_000}, "iat:"),
        ({"iat": 4_000_000_000}, "iat:"),
        ({"iat": 1_000_000_000}, "exp:"),
        ({"nonce": "n"}, "nonce:"),
        ({"at_hash": "h"}, "at_hash:"),
        ({"events": {}}, "events:"),
        ({"exp": None}, "exp:"),
        ({"exp": "tomorrow"}, "exp:"),
        ({"exp": float("nan")}, "exp:"),
        ({"exp": float("inf")}, "exp:"),
        ({"exp": 10**400}, "exp:"),
        ({"exp": 1_780_000_000_000}, "exp:"),
        ({"nbf": -(10**400)}, "nbf:"),
        ({"nbf": "now"}, "nbf:"),
        ({"nbf": True}, "nbf:"),
        ({"cnf": {"jkt": "a key of the client"}}, "cnf:"),
        ({"purpose": "curiosity"}, "purpose:"),
        ({"purpose": ["security-check"]}, "purpose:"),
        ({"scope": 7}, "scope:"),
        ({"scope": [7]}, "scope:"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_token_with_an_invalid_claim_is_refused_and_the_claim_is_named(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, changes: dict[str, Any], detail: str
) -> None:
    """The signature is valid, so the operator of the provider may learn which claim to correct."""
    changed = {name: value for name, value in (claims | changes).items() if value is not None}
    response = await show(gate, signed(changed, mesh.token_key))
    assert response.status_code == 401
    assert response.json()["detail"].startswith(detail)


async def test_a_token_with_several_audiences_is_accepted(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh
) -> None:
    """RFC 7519 section 4.1.3."""
    assert (await show(gate, signed(claims | {"aud": ["another", claims["aud"]]}, mesh.token_key))).status_code == 200


async def test_a_token_expires_at_its_exp_claim(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """To the second, also if it was cached as valid."""
    token = signed(claims | {"exp": int(clock.now().timestamp()) + 60}, mesh.token_key)
    assert (await show(gate, token)).status_code == 200
    clock.advance(timedelta(seconds=59))
    assert (await show(gate, token)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert_refused(await show(gate, token), "exp: the token has expired")


async def test_a_token_expires_after_the_lifetime_set_by_the_gateway(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """The holder of the key and a session cannot make a token for ten years."""
    token = signed(claims | {"exp": claims["iat"] + 10 * 365 * 24 * 3600}, mesh.token_key)
    clock.advance(TOKENS_VALID_FOR - timedelta(seconds=1))
    assert (await show(gate, token)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert_refused(await show(gate, token), "exp:")


@pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "i247-request"])
async def test_a_token_of_another_type_is_refused(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, typ: str
) -> None:
    """RFC 8725 section 3.11: a token signed for one use is not accepted for another."""
    assert_refused(await show(gate, signed(claims, mesh.token_key, typ=typ)), "typ:")


@pytest.mark.parametrize("crit", [[], ["alg"], ["kid", "kid"], ["b64"]], ids=str)
async def test_a_token_with_a_crit_header_is_refused(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, crit: list[str]
) -> None:
    """RFC 7515 section 4.1.11: no extension is supported, and an empty list is forbidden."""
    head = {"alg": "Ed25519", "typ": "at+jwt", "kid": "a", "b64": True, "crit": crit}
    signing_input = unsigned(claims, head)
    forged = f"{signing_input}.{encode_base64url(mesh.token_key.sign(signing_input.encode()))}"
    assert_refused(await show(gate, forged), "crit:")


async def test_the_scopes_of_a_token_are_limited_to_those_its_officer_holds(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, application: Echo
) -> None:
    """So is its purpose, whatever the token states."""
    mesh.accounts_at.change("fr.officer", scopes=("echo:read", "purpose:security-check"))
    stated = claims | {"scope": "echo:read echo:write notices:decide"}
    assert (await show(gate, signed(stated, mesh.token_key))).status_code == 200
    assert application.last["state"]["caller"].scopes == {"echo:read", "purpose:security-check"}
    warning = signed(stated | {"purpose": "warning"}, mesh.token_key)
    assert (await show(gate, warning)).status_code == 403


async def test_a_token_of_the_future_is_refused_with_the_seconds_and_the_cause(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """The gateway issued it itself, so its own clock was set back."""
    later = int(clock.now().timestamp()) + 3_600
    refused = await show(gate, signed(claims | {"iat": later, "exp": later + 60}, mesh.token_key))
    assert_refused(refused, "iat: the token is not valid yet, but in 3,600 s: the clock of this gateway was set back")


async def test_a_token_is_refused_before_its_nbf_claim(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """With a tolerance of 30 s for clock skew."""
    token = signed(claims | {"nbf": int(clock.now().timestamp()) + 31}, mesh.token_key)
    assert_refused(await show(gate, token), "nbf:")
    clock.advance(timedelta(seconds=1))
    assert (await show(gate, token)).status_code == 200


def forgeries(claims: dict[str, Any], key: SigningKey) -> dict[str, str]:
    good, other = signed(claims, key), SigningKey(bytes(32))
    signature = good.rpartition(".")[2]
    embedded = {"alg": "Ed25519", "jwk": dict(other.public.jwk)}
    return {
        "no signature": unsigned(claims, {"alg": "none"}) + ".",
        "alg none, with a signature": unsigned(claims, {"alg": "none"}) + "." + signature,
        "the public key as a shared secret": jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key.public.raw)),
        "another key": signed(claims, other),
        "a key that it brings along": jwt.encode(embedded, claims, jose(other), algorithms=["Ed25519"]),
        "other claims": unsigned(claims | {"sub": "de.officer"}, {"alg": "Ed25519"}) + "." + signature,
        "the last character is missing": good[:-1],
        "the signature is missing": good.rpartition(".")[0],
        "a character is changed": good.replace("e", "f", 1),
        "claims that are a list": jws.serialize_compact({"alg": "Ed25519"}, b"[]", jose(key), algorithms=["Ed25519"]),
        "claims that are not JSON": jws.serialize_compact({"alg": "Ed25519"}, b"{", jose(key), algorithms=["Ed25519"]),
        "claims that are nested deeply": jws.serialize_compact(
            {"alg": "Ed25519"}, b"[" * 4_000, jose(key), algorithms=["Ed25519"]
        ),
        "no token at all": "abc",
        "dots": "..",
        "outside ASCII": good + "\xe9",
        "longer than any": signed(claims | {"scope": "a" * MAX_TOKEN}, key),
    }


@pytest.mark.parametrize("kind", forgeries({}, SigningKey(bytes(32))))
async def test_a_token_that_is_not_authentic_is_refused(
    gate: httpx.AsyncClient,
    claims: dict[str, Any],
    mesh: Mesh,
    application: Echo,
    kind: str,
) -> None:
    """With a 401 that names no claim, and before the service is called."""
    token = forgeries(claims, mesh.token_key)[kind]
    response = await gate.get("/api/echo", headers={"Authorization": f"Bearer {token}".encode("latin-1")})
    assert_refused(response, "the token is")
    assert application.requests == []


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer ", "Basic ZnI6eA==", "Token abc"])
async def test_a_request_without_a_bearer_token_is_challenged_and_pointed_to_the_token_endpoint(
    gate: httpx.AsyncClient, given: str | None
) -> None:
    """RFC 6750 section 3.1: the challenge states no error if no token was sent."""
    response = await gate.get("/api/echo", headers={} if given is None else {"Authorization": given})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="i247"'
    assert "/oauth/token" in response.json()["detail"]


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER"])
async def test_the_bearer_scheme_is_case_insensitive(gate: httpx.AsyncClient, mesh: Mesh, kind: str) -> None:
    """RFC 9110 section 11.1."""
    headers = {"Authorization": f"{kind}  {mesh.token('FR', 'echo:read')}"}
    assert (await gate.get("/api/echo", headers=headers)).status_code == 200


async def test_a_request_is_sent_in_the_name_of_the_bureau_of_its_token(
    gate: httpx.AsyncClient, mesh: Mesh, application: Echo
) -> None:
    """One gateway serves many bureaus, and signs for each with its own key."""
    for bureau in filter(PARTICIPATING.__contains__, mesh.bureaus):
        await gate.get("/api/echo", headers=mesh.bearer(bureau, "echo:read"))
        assert application.last["state"]["caller"].bureau == bureau


async def test_a_token_without_scopes_is_answered_with_403(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh
) -> None:
    """It is valid, and the problem names the required scopes."""
    del claims["scope"]
    response = await show(gate, signed(claims, mesh.token_key))
    assert response.status_code == 403
    assert "echo:read, echo:write" in response.json()["detail"]
