"""The audit log of each service at the gateway: below the path of the service, and never treated as a record."""

import re

import httpx
import pytest

from services import SERVICES
from shared.service import Service
from shared.web.routing import path_of
from tests.gateway.hits.hit_samples import A_RECORD
from tests.gateway.mesh import Mesh

EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@pytest.mark.thorough
@EVERY_SERVICE
async def test_every_service_has_an_audit_log(service: Service, started: Mesh, client: httpx.AsyncClient) -> None:
    """It logs that it was read, but no request of a witness."""
    bearer = started.bearer("FR", "audit:read")
    path = f"{path_of(service.name)}/audit"
    assert (await client.get(path, headers=bearer)).json() == {
        "items": [],
        "next": None,
        "named": [],
        "archived_below": 0,
    }
    assert (await client.get(f"{path}/consistency", params={"old": 0, "new": 0}, headers=bearer)).json() == {
        "proof": []
    }
    assert (await client.get(f"{path}/checkpoint", headers=bearer)).status_code == 404
    [looked] = (await client.get(path, headers=bearer)).json()["items"]
    assert looked["operation"] == f"list_audit_of_{service.name.replace('-', '_')}"


@EVERY_SERVICE
async def test_the_audit_path_is_not_treated_as_a_record_id(
    service: Service, started: Mesh, client: httpx.AsyncClient
) -> None:
    """DELETE, which records allow, is answered with 405."""
    bearer = started.bearer("FR", *service.scopes, "audit:read")
    refused = await client.delete(f"{path_of(service.name)}/audit", headers=bearer)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET")


@pytest.mark.thorough
async def test_the_audit_scope_allows_no_operation_on_records(started: Mesh, client: httpx.AsyncClient) -> None:
    """Of any service."""
    bearer, refused = started.bearer("FR", "audit:read"), set[tuple[int, str]]()
    for path, operations in (await client.get("/openapi.json")).json()["paths"].items():
        if any(path.startswith(path_of(each.name)) for each in SERVICES) and "/audit" not in path:
            for method in operations:
                answer = await client.request(method, re.sub("{.*?}", A_RECORD, path), headers=bearer)
                refused.add((answer.status_code, answer.json()["type"]))
    assert refused == {(403, "urn:i247:problem:scope-missing")}


@pytest.mark.thorough
async def test_a_cosignature_from_an_officer_is_refused(started: Mesh, client: httpx.AsyncClient) -> None:
    """The witness scope is for gateways, whatever a token states."""
    service = SERVICES[0]
    bearer = started.bearer("FR", *service.scopes, "audit:read", "audit:witness")
    body = {"size": 1, "line": "— i247/FR AAAAAAAA\n"}
    refused = await client.post(f"{path_of(service.name)}/audit/cosignatures", json=body, headers=bearer)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:scope-missing")
