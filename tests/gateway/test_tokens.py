"""Bearer tokens: which are good, for how long, and why any other is refused."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey, OKPKey

import gateway.tokens
from gateway.tokens import MAX_TOKEN, Issuer, OwnTokens, TokenRefused, Tokens
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.errors import PROBLEM_JSON
from shared.service import Service
from shared.signing import SigningKey, encode_base64url
from tests.gateway.mesh import Echo, Mesh, client_of

INVALID_TOKEN = 'Bearer realm="i247", error="invalid_token"'


@pytest.fixture
async def gate(mesh: Mesh, echo: Service, application: Echo) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(mesh.gateway(echo)) as client:
        yield client


@pytest.fixture
def claims(clock: FixedClock) -> dict[str, Any]:
    at = int(clock.now().timestamp())
    return {
        "iss": "urn:i247:gateway",
        "aud": "i247",
        "sub": "fr.officer",
        "bureau": "FR",
        "scope": "echo:read",
        "purpose": "security-check",
        "exp": at + 600,
    }


def jose(key: SigningKey) -> OKPKey:
    return OKPKey.import_key({**key.public.jwk, "d": encode_base64url(key.seed)})


def signed(claims: dict[str, Any], key: SigningKey) -> str:
    stated = json.dumps(claims).encode()
    return jws.serialize_compact({"alg": "Ed25519"}, stated, jose(key), algorithms=["Ed25519"])


def unsigned(claims: dict[str, Any], header: dict[str, str]) -> str:
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


async def test_good_claims_signed_by_the_gateway_are_taken(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh
) -> None:
    """What every refused token below differs from in one point."""
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
        ({"bureau": "XX"}, "bureau:"),
        ({"bureau": "fr"}, "bureau:"),
        ({"bureau": ["FR"]}, "bureau:"),
        ({"bureau": None}, "bureau:"),
        ({"bureau": "IT"}, "this is not the gateway of IT"),
        ({"exp": None}, "exp:"),
        ({"exp": "tomorrow"}, "exp:"),
        ({"exp": float("nan")}, "exp:"),
        ({"exp": float("inf")}, "exp:"),
        ({"exp": 10**400}, "exp:"),
        ({"exp": 1_780_000_000_000}, "exp:"),
        ({"nbf": -(10**400)}, "nbf:"),
        ({"nbf": "now"}, "nbf:"),
        ({"purpose": "curiosity"}, "purpose:"),
        ({"purpose": ["security-check"]}, "purpose:"),
        ({"scope": 7}, "scope:"),
        ({"scope": [7]}, "scope:"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_claim_that_does_not_fit_is_named(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, changes: dict[str, Any], detail: str
) -> None:
    """The signature is good, so that who set up the provider may be told which claim to mend."""
    changed = {name: value for name, value in (claims | changes).items() if value is not None}
    response = await show(gate, signed(changed, mesh.token_key))
    assert response.status_code == 401
    assert response.json()["detail"].startswith(detail)


async def test_an_audience_may_be_one_of_several(gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh) -> None:
    """RFC 7519 section 4.1.3."""
    assert (await show(gate, signed(claims | {"aud": ["another", "i247"]}, mesh.token_key))).status_code == 200


async def test_a_token_is_good_until_it_expires_and_no_longer(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """To the second, also when it was remembered as good."""
    token = signed(claims | {"exp": int(clock.now().timestamp()) + 60}, mesh.token_key)
    assert (await show(gate, token)).status_code == 200
    clock.advance(timedelta(seconds=59))
    assert (await show(gate, token)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert_refused(await show(gate, token), "exp: the token has expired")


async def test_a_token_is_not_good_before_its_time(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """But for the half minute by which clocks may differ."""
    token = signed(claims | {"nbf": int(clock.now().timestamp()) + 31}, mesh.token_key)
    assert_refused(await show(gate, token), "nbf:")
    clock.advance(timedelta(seconds=1))
    assert (await show(gate, token)).status_code == 200


def forgeries(claims: dict[str, Any], key: SigningKey) -> dict[str, str]:
    good, other = signed(claims, key), SigningKey(bytes(32))
    signature = good.rpartition(".")[2]
    brought_along = {"alg": "Ed25519", "jwk": dict(other.public.jwk)}
    return {
        "no signature": unsigned(claims, {"alg": "none"}) + ".",
        "alg none, with a signature": unsigned(claims, {"alg": "none"}) + "." + signature,
        "the public key as a shared secret": jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key.public.raw)),
        "another key": signed(claims, other),
        "a key that it brings along": jwt.encode(brought_along, claims, jose(other), algorithms=["Ed25519"]),
        "other claims": unsigned(claims | {"bureau": "DE"}, {"alg": "Ed25519"}) + "." + signature,
        "the last character is missing": good[:-1],
        "the signature is missing": good.rpartition(".")[0],
        "a character is changed": good.replace("e", "f", 1),
        "claims that are a list": jws.serialize_compact({"alg": "Ed25519"}, b"[]", jose(key), algorithms=["Ed25519"]),
        "claims that are not JSON": jws.serialize_compact({"alg": "Ed25519"}, b"{", jose(key), algorithms=["Ed25519"]),
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
    """A 401 that names no claim, and nothing reaches the service."""
    token = forgeries(claims, mesh.token_key)[kind]
    response = await gate.get("/api/echo", headers={"Authorization": f"Bearer {token}".encode("latin-1")})
    assert_refused(response, "the token is")
    assert application.requests == []


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer ", "Basic ZnI6eA==", "Token abc"])
async def test_without_a_token_the_way_to_one_is_told(gate: httpx.AsyncClient, given: str | None) -> None:
    """RFC 6750 section 3.1: the challenge names no error where there is nothing to be wrong."""
    response = await gate.get("/api/echo", headers={} if given is None else {"Authorization": given})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="i247"'
    assert "/oauth/token" in response.json()["detail"]


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER"])
async def test_the_word_bearer_may_be_written_in_any_case(gate: httpx.AsyncClient, mesh: Mesh, kind: str) -> None:
    """RFC 9110 section 11.1."""
    headers = {"Authorization": f"{kind}  {mesh.token('FR', 'echo:read')}"}
    assert (await gate.get("/api/echo", headers=headers)).status_code == 200


async def test_a_token_of_a_bureau_is_signed_with_the_key_of_that_bureau(
    gate: httpx.AsyncClient, mesh: Mesh, application: Echo
) -> None:
    """One gateway serves many bureaus and mixes none of them up."""
    for bureau in mesh.bureaus:
        await gate.get("/api/echo", headers=mesh.bearer(bureau, "echo:read"))
        assert application.last["state"]["caller"].bureau == bureau


class CountingReader:
    """Reads the tokens of this gateway, and counts how many it was given."""

    issuer = OwnTokens.issuer

    def __init__(self, key: SigningKey) -> None:
        self._own = OwnTokens(key)
        self.read_tokens = 0

    async def read(self, token: str) -> dict[str, Any]:
        self.read_tokens += 1
        return await self._own.read(token)


async def test_a_good_token_is_verified_once_and_again_after_a_while(
    claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """Verifying costs more than the rest of a request, but a key that was taken back must not serve for hours."""
    reader = CountingReader(mesh.token_key)
    tokens, token = Tokens(reader, clock), signed(claims, mesh.token_key)
    assert await tokens.check(token) == await tokens.check(token)
    assert reader.read_tokens == 1
    clock.advance(timedelta(seconds=gateway.tokens.REMEMBERED_SECONDS))
    await tokens.check(token)
    assert reader.read_tokens == 2


async def test_a_clock_that_is_set_back_has_no_token_remembered_for_longer(
    claims: dict[str, Any], mesh: Mesh, clock: FixedClock
) -> None:
    """Or one whose key an outside provider took back would be taken for as long."""
    reader = CountingReader(mesh.token_key)
    tokens, token = Tokens(reader, clock), signed(claims, mesh.token_key)
    await tokens.check(token)
    clock.leap(timedelta(minutes=-10))
    await tokens.check(token)
    assert reader.read_tokens == 1
    clock.advance(timedelta(seconds=gateway.tokens.REMEMBERED_SECONDS))
    await tokens.check(token)
    assert reader.read_tokens == 2


async def test_a_bad_token_is_never_remembered(claims: dict[str, Any], mesh: Mesh, clock: FixedClock) -> None:
    """Whoever makes tokens up fills no memory."""
    tokens = Tokens(OwnTokens(mesh.token_key), clock)
    for token in ("a", "b", signed(claims | {"bureau": "XX"}, mesh.token_key)):
        with pytest.raises(TokenRefused):
            await tokens.check(token)
    assert tokens._remembered == {}


async def test_good_tokens_are_remembered_in_bounds(
    claims: dict[str, Any], mesh: Mesh, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest is forgotten first, and verified anew if it comes again."""
    monkeypatch.setattr(gateway.tokens, "REMEMBERED_TOKENS", 2)
    reader = CountingReader(mesh.token_key)
    tokens = Tokens(reader, clock)
    first, second, third = (signed(claims | {"jti": str(number)}, mesh.token_key) for number in range(3))
    for token in (first, second, third, second, first):
        await tokens.check(token)
    assert reader.read_tokens == 4
    assert len(tokens._remembered) == 2


class ClaimsReader:
    """Returns claims as if they had been signed."""

    issuer = Issuer("https://provider", "police", "https://provider/bureau")

    def __init__(self, claims: dict[str, Any]) -> None:
        self._claims = claims

    async def read(self, _token: str) -> dict[str, Any]:
        return self._claims


@pytest.mark.parametrize(
    "scopes",
    [
        {"scope": "openid echo:read  echo:write"},
        {"scope": ["openid", "echo:read", "echo:write"]},
        {"scp": "openid echo:read echo:write"},
        {"scp": ["openid", "echo:read echo:write"]},
    ],
    ids=str,
)
async def test_providers_may_write_scopes_in_several_ways(clock: FixedClock, scopes: dict[str, Any]) -> None:
    """A string as RFC 9068 says, a list, and either under the name `scp`; the bureau in the claim of the settings."""
    issuer, expires = ClaimsReader.issuer, clock.now().timestamp() + 60
    claims = {"iss": issuer.name, "aud": issuer.audience, "sub": "a", issuer.bureau_claim: "DE", "exp": expires}
    grant = await Tokens(ClaimsReader(claims | scopes), clock).check("any")
    assert grant.bureau == BureauCode("DE")
    assert grant.scopes == {"openid", "echo:read", "echo:write"}
    assert grant.purpose is None


async def test_a_token_without_scopes_may_do_nothing(
    gate: httpx.AsyncClient, claims: dict[str, Any], mesh: Mesh
) -> None:
    """It is good, and a 403 names what it would need."""
    del claims["scope"]
    response = await show(gate, signed(claims, mesh.token_key))
    assert response.status_code == 403
    assert "echo:read, echo:write" in response.json()["detail"]
