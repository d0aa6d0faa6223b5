"""What an identity provider may assert: bureaus, scopes and types of its tokens, and their lifetime."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from shared.clock import FixedClock
from shared.service import Service
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.provider import KEYS, Provider, claims_at, running_provider, show, trusting


def at_the_usual_terms(claims: dict[str, Any], **changes: Any) -> str:
    changed = {name: value for name, value in (claims | changes).items() if value is not None}
    return Provider.sign(changed, "RS256")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        provider.publish(KEYS["RS256"])
        yield provider


@pytest.fixture
async def gate(mesh: Mesh, echo: Service, application: Echo, provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(trusting(mesh, echo, provider.jwks_url)) as client:
        yield client


@pytest.fixture
def claims(clock: FixedClock) -> dict[str, Any]:
    return claims_at(clock)


async def detail_of(gate: httpx.AsyncClient, token: str) -> str:
    response = await gate.get("/api/echo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 401
    detail: str = response.json()["detail"]
    return detail


@pytest.mark.parametrize("bureau", ["IPSG", "FR"])
async def test_a_token_for_a_bureau_outside_the_setting_is_refused(
    gate: httpx.AsyncClient, claims: dict[str, Any], bureau: str
) -> None:
    """Although both are hosted here, and the signature is valid."""
    detail = await detail_of(gate, at_the_usual_terms(claims, country=bureau))
    assert detail == f"country: the provider may not name officers of {bureau} here"


async def test_a_token_for_an_allowed_bureau_that_is_not_hosted_is_refused(
    gate: httpx.AsyncClient, claims: dict[str, Any]
) -> None:
    """Its gateway is another one."""
    assert await detail_of(gate, at_the_usual_terms(claims, country="IT")) == (
        "this is not the gateway of IT: use that bureau's own"
    )


async def test_scopes_outside_the_setting_are_ignored(
    mesh: Mesh, echo: Service, application: Echo, provider: Provider, claims: dict[str, Any]
) -> None:
    """The others are granted; scopes of the provider that mean nothing here do no harm."""
    gateway = trusting(mesh, echo, provider.jwks_url, scopes=frozenset({"echo:read", "purpose:locate"}))
    async with client_of(gateway) as gate:
        both = at_the_usual_terms(claims, scp="openid echo:read echo:write notices:decide")
        assert await show(gate, both) == 200
        assert application.last["state"]["caller"].scopes == {"echo:read", "purpose:locate"}
        assert await show(gate, at_the_usual_terms(claims, scp="echo:write")) == 403


@pytest.mark.usefixtures("application")
@pytest.mark.parametrize(
    "asked",
    [
        ("echo:read", "locate", 200),
        ("echo:read", "warning", 403),
        ("echo:read purpose:warning", "warning", 403),
        ("echo:read purpose:warning", "locate", 403),
        ("echo:read purpose:data-subject-request", "locate", 403),
        ("echo:read purpose:locate", "locate", 200),
    ],
)
async def test_a_purpose_outside_the_setting_is_refused(
    mesh: Mesh, echo: Service, provider: Provider, claims: dict[str, Any], asked: tuple[str, str, int]
) -> None:
    """A token whose purposes are all ignored allows none, rather than all."""
    scopes, purpose, status = asked
    gateway = trusting(mesh, echo, provider.jwks_url, scopes=frozenset({"echo:read", "purpose:locate"}))
    async with client_of(gateway) as gate:
        assert await show(gate, at_the_usual_terms(claims, scp=scopes, purpose=purpose)) == status


@pytest.mark.parametrize("scopes", ["openid echo:read", ["openid", "echo:read"], ["openid echo:read"]])
@pytest.mark.parametrize("name", ["scope", "scp"])
async def test_scopes_are_read_from_a_string_or_a_list_in_scope_or_scp(
    gate: httpx.AsyncClient, claims: dict[str, Any], name: str, scopes: object
) -> None:
    """RFC 9068 specifies a string in `scope`."""
    assert await show(gate, at_the_usual_terms(claims | {"scp": None}, **{name: scopes})) == 200


@pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "id+jwt", "", "application/logout+jwt"])
async def test_a_token_that_is_not_an_access_token_is_refused(
    gate: httpx.AsyncClient, claims: dict[str, Any], typ: str
) -> None:
    """ID and logout tokens are signed with the same keys, and any browser holds an ID token."""
    assert (await detail_of(gate, Provider.sign(claims, "RS256", typ=typ))).startswith("typ:")


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT"])
async def test_the_type_of_a_token_is_read_in_any_case_and_with_a_prefix(
    gate: httpx.AsyncClient, claims: dict[str, Any], typ: str
) -> None:
    """RFC 7515 section 4.1.9."""
    assert await show(gate, Provider.sign(claims, "RS256", typ=typ)) == 200


async def test_tokens_of_type_jwt_are_accepted_if_the_setting_allows_untyped_ones(
    mesh: Mesh, echo: Service, application: Echo, provider: Provider, claims: dict[str, Any]
) -> None:
    """Explicitly typed ones, and those with claims of ID or logout tokens, are still refused."""
    async with client_of(trusting(mesh, echo, provider.jwks_url, untyped=True)) as gate:
        assert await show(gate, Provider.sign(claims, "RS256", typ="JWT")) == 200
        assert await show(gate, Provider.sign(claims, "RS256", typ="logout+jwt")) == 401
        assert await show(gate, Provider.sign(claims | {"typ": "Bearer"}, "RS256", typ="JWT")) == 200
        for name in ("nonce", "at_hash", "c_hash", "events", "typ"):
            assert await show(gate, Provider.sign(claims | {name: "any"}, "RS256", typ="JWT")) == 401


async def test_the_lifetime_of_a_token_is_limited_by_the_setting(
    mesh: Mesh, echo: Service, application: Echo, provider: Provider, claims: dict[str, Any], clock: FixedClock
) -> None:
    """Counted from `iat`, which is required."""
    ten_years = claims | {"exp": claims["iat"] + 10 * 365 * 24 * 3600}
    async with client_of(trusting(mesh, echo, provider.jwks_url, valid_for=timedelta(hours=2))) as gate:
        token = Provider.sign(ten_years, "RS256")
        clock.advance(timedelta(minutes=119))
        assert await show(gate, token) == 200
        clock.advance(timedelta(minutes=1))
        assert (await detail_of(gate, token)).startswith("exp:")
        assert (await detail_of(gate, at_the_usual_terms(claims, iat=None))).startswith("iat:")


@pytest.mark.filterwarnings("ignore:Key size should be")
async def test_a_token_signed_with_a_short_rsa_key_is_refused(
    gate: httpx.AsyncClient, claims: dict[str, Any], provider: Provider
) -> None:
    """Although the provider publishes it: below 2048 bits it can be broken."""
    short = RSAKey.generate_key(1024, {"kid": "short"})
    provider.publish(short, KEYS["RS256"])
    assert await show(gate, Provider.sign(claims, "RS256", short)) == 401
    assert await show(gate, Provider.sign(claims, "RS256")) == 200
