"""Which requests a gateway refuses by their token, scopes and purpose, before they reach a service."""

import asyncio

import httpx
import pytest

from shared.identity import Purpose
from shared.service import Service
from tests.gateway.fake_service import Echo
from tests.gateway.mesh import Mesh
from tests.gateway.raw_requests import send_raw
from tests.support import problem_of


async def test_the_purpose_header_overrides_the_purpose_of_the_token(
    caller: httpx.AsyncClient, application: Echo
) -> None:
    """The purpose of the token is the default."""
    await caller.get("/api/echo", headers={"I247-Purpose": "locate"})
    await caller.get("/api/echo")
    assert [request["state"]["caller"].purpose for request in application.requests] == [
        "locate",
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


async def test_a_request_without_a_purpose_is_refused(mesh: Mesh, caller: httpx.AsyncClient, application: Echo) -> None:
    """Neither header nor token states one: the problem lists the purposes (RPD article 10(2))."""
    response = await caller.get("/api/echo", headers=mesh.bearer("FR", "echo:read", purpose=None))
    assert problem_of(response) == (403, "purpose-missing")
    assert "locate" in response.json()["detail"]
    assert application.requests == []


async def test_a_purpose_outside_the_officers_purpose_scopes_is_refused(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo
) -> None:
    """The problem names the allowed ones; the default purpose of the officer is not that of such a token."""
    headers = mesh.bearer("FR", "echo:read", "purpose:warning", "purpose:locate")
    response = await caller.get("/api/echo", headers=headers | {"I247-Purpose": "identification"})
    assert problem_of(response) == (403, "purpose-not-allowed")
    assert response.json()["detail"].endswith("allowed: locate, warning")
    assert problem_of(await caller.get("/api/echo", headers=headers)) == (403, "purpose-missing")
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
        assert response.json()["detail"].startswith("the token allows no purpose")
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
    headers = mesh.bearer("CCF", "echo:read", "purpose:data-subject-request", purpose=Purpose.DATA_SUBJECT_REQUEST)
    assert (await caller.get("/api/echo", headers=headers)).status_code == 200
    assert application.last["state"]["caller"].scopes == {"echo:read", "purpose:data-subject-request"}


@pytest.mark.parametrize(
    "purpose",
    ["curiosity", "", "Security-Check", "security-check, locate", "\xe9", "person-of-interest", "missing-person"],
)
async def test_an_unknown_purpose_is_refused(caller: httpx.AsyncClient, application: Echo, purpose: str) -> None:
    """The problem points to the header and names every purpose, in the order of RPD article 10(2)."""
    response = await caller.get("/api/echo", headers={"I247-Purpose": purpose.encode("latin-1")})
    assert problem_of(response) == (422, "invalid")
    assert response.json()["detail"] == f"I247-Purpose: must be one of {', '.join(Purpose)}"
    [fault] = response.json()["errors"]
    assert (fault["in"], fault["pointer"]) == ("header", "/I247-Purpose")
    assert application.requests == []


async def test_an_officer_without_a_scope_of_the_service_is_refused(
    mesh: Mesh, caller: httpx.AsyncClient, application: Echo
) -> None:
    """Before the service is called; the problem names its scopes."""
    response = await caller.get("/api/echo", headers=mesh.bearer("FR", "notices:read", "echo-2:read"))
    assert problem_of(response) == (403, "scope-missing")
    assert "echo:read, echo:write" in response.json()["detail"]
    assert application.requests == []
