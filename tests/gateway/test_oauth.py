"""The token endpoint: which credentials get a token, and with which scopes and purposes."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from msgspec.structs import replace

from shared.crypto.ed25519 import decode_base64url
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.service import Service
from tests.gateway.accounts import SECRET, logins_of, officers_of
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.token_requests import OFFICER, ORDINARY, PROGRAM, ask, refusal_of


@pytest.fixture
async def client(mesh: Mesh, echo: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(mesh.gateway(echo)) as client:
        yield client


@pytest.mark.parametrize("form", [OFFICER, PROGRAM], ids=["officer", "program"])
async def test_right_credentials_get_a_token_with_all_scopes(
    client: httpx.AsyncClient, form: dict[str, str], echo: Service
) -> None:
    """The answer is that of RFC 6749 section 5.1, and must not be cached."""
    response = await ask(client, form)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert answer.pop("access_token").count(".") == 2
    assert answer == {"token_type": "bearer", "expires_in": 3600, "scope": " ".join((*echo.scopes, *ORDINARY))}


async def test_a_program_authenticates_by_http_basic(client: httpx.AsyncClient) -> None:
    """RFC 6749 section 2.3.1: most OAuth libraries use it by default."""
    response = await ask(client, {"grant_type": "client_credentials"}, auth=("fr.system", SECRET))
    assert response.status_code == 200


async def test_a_token_gives_access_to_the_services(client: httpx.AsyncClient, application: Echo) -> None:
    """The request reaches the service with the officer and their bureau as its caller."""
    token = (await ask(client, OFFICER)).json()["access_token"]
    response = await client.get("/api/echo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    caller = application.last["state"]["caller"]
    assert (caller.bureau, caller.officer, caller.purpose) == ("FR", "fr.officer", "security-check")


async def test_a_token_is_a_jwt_that_another_library_verifies(client: httpx.AsyncClient, mesh: Mesh) -> None:
    """By jwcrypto, with the public key alone."""
    token = (await ask(client, OFFICER)).json()["access_token"]
    jws = JWS()
    jws.allowed_algs = ["Ed25519"]
    jws.deserialize(token, JWK(**mesh.token_key.public.jwk))
    claims, at = json.loads(jws.payload), int(mesh.clock.now().timestamp())
    assert claims.pop("jti")
    assert claims.pop("sid")
    assert claims == {
        "iss": f"urn:i247:gateway:{mesh.token_key.kid}",
        "aud": "urn:i247:bureau:FR",
        "sub": "fr.officer",
        "client_id": "fr.officer",
        "purpose": "security-check",
        "scope": " ".join(("echo:read", "echo:write", *ORDINARY)),
        "iat": at,
        "exp": at + 3600,
    }


async def test_a_program_may_repeat_its_client_id_in_the_form(client: httpx.AsyncClient) -> None:
    """As some OAuth libraries do."""
    form = {"grant_type": "client_credentials", "client_id": "fr.system"}
    assert (await ask(client, form, auth=("fr.system", SECRET))).status_code == 200


async def test_an_empty_client_id_beside_an_officers_password_is_ignored(client: httpx.AsyncClient) -> None:
    """The documentation page sends one, by HTTP Basic or in the form."""
    assert (await ask(client, OFFICER, auth=("", ""))).status_code == 200
    assert (await ask(client, OFFICER | {"client_id": "", "client_secret": "", "scope": ""})).status_code == 200


async def test_a_subset_of_the_scopes_can_be_requested(client: httpx.AsyncClient) -> None:
    """If no purpose is requested, the token allows all purposes of its officer."""
    response = await ask(client, OFFICER | {"scope": "echo:read echo:read"})
    assert response.json()["scope"] == " ".join(("echo:read", *ORDINARY))


@pytest.mark.parametrize(
    ("asked", "default"),
    [
        ("echo:read", "security-check"),
        ("echo:read purpose:locate", "locate"),
        ("echo:read purpose:locate purpose:security-check", "security-check"),
        ("echo:read purpose:locate purpose:warning", None),
    ],
)
async def test_the_default_purpose_is_one_that_the_token_allows(
    client: httpx.AsyncClient, application: Echo, asked: str, default: str | None
) -> None:
    """That of the officer, or else the only one; of several the request has to state one."""
    token = (await ask(client, OFFICER | {"scope": asked})).json()["access_token"]
    response = await client.get("/api/echo", headers={"Authorization": f"Bearer {token}"})
    if default is None:
        assert (response.status_code, response.json()["type"]) == (403, "urn:i247:problem:purpose-missing")
    else:
        assert application.last["state"]["caller"].purpose == default


async def test_only_the_requested_scopes_that_are_held_are_granted(client: httpx.AsyncClient) -> None:
    """The answer and the token state them; selecting all in the documentation page grants no more."""
    answer = (await ask(client, OFFICER | {"scope": "purpose:warning echo:review echo:read purpose:curiosity"})).json()
    assert answer["scope"] == "echo:read purpose:warning"
    claims = json.loads(decode_base64url(answer["access_token"].split(".")[1]))
    assert claims["scope"] == "echo:read purpose:warning"


@pytest.mark.parametrize(
    "scope", ["echo:read purpose:identification", "purpose:warning", "purpose:curiosity echo:read"]
)
async def test_a_request_for_only_scopes_or_purposes_not_held_gets_no_token(
    mesh: Mesh, echo: Service, scope: str
) -> None:
    """None of the purposes requested, or no other scope: a token for all scopes would exceed the request."""
    officers = [replace(each, scopes=(*each.scopes, "purpose:warning")) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as client:
        assert refusal_of(await ask(client, OFFICER | {"scope": scope})) == (400, "invalid_scope")
        granted = (await ask(client, OFFICER | {"scope": "echo:read"})).json()
        assert granted["scope"] == "echo:read purpose:warning"


async def test_the_commissions_purpose_is_granted_to_the_commission_only(mesh: Mesh, echo: Service) -> None:
    """Even if the officers file of a bureau or of the Secretariat grants it; the Commission has no other."""
    commission = PURPOSE_SCOPES[Purpose.DATA_SUBJECT_REQUEST]
    officers = [replace(each, scopes=(*each.scopes, commission, "purpose:warning")) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as client:
        france = (await ask(client, OFFICER)).json()
        secretariat = (await ask(client, OFFICER | {"username": "ipsg.officer"})).json()
        of_commission = (await ask(client, OFFICER | {"username": "ccf.officer"})).json()
    assert france["scope"].split() == [*echo.scopes, "purpose:warning"]
    assert secretariat["scope"].split() == [*echo.scopes, "purpose:warning"]
    assert of_commission["scope"].split() == [*echo.scopes, commission]


@pytest.mark.parametrize("asked", ["", "echo:read", "purpose:warning"])
async def test_an_officer_without_an_allowed_purpose_gets_no_token(mesh: Mesh, echo: Service, asked: str) -> None:
    """A token without any purpose scope would allow every purpose."""
    commission = PURPOSE_SCOPES[Purpose.DATA_SUBJECT_REQUEST]
    officers = [replace(each, scopes=(*echo.scopes, commission)) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as client:
        assert refusal_of(await ask(client, OFFICER | {"scope": asked})) == (400, "invalid_scope")


@pytest.mark.parametrize("asked", ["", "purpose:warning"])
async def test_an_officer_with_only_purpose_scopes_gets_no_token(mesh: Mesh, echo: Service, asked: str) -> None:
    officers = [replace(each, scopes=("purpose:warning",)) for each in officers_of(echo)]
    async with client_of(mesh.gateway(echo, logins=logins_of(officers, mesh.clock))) as client:
        assert refusal_of(await ask(client, OFFICER | {"scope": asked})) == (400, "invalid_scope")
