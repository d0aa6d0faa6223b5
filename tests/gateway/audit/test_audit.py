"""The audit logs of all services at the gateway: pages are merged, filtered, and refused to those without the right."""

from typing import Any

import pytest

from tests.gateway.audit.network import ENTERED, LISTED, SEARCHED, SERVICES, VEHICLES, Network
from tests.gateway.fake_service import FakeService
from tests.gateway.mesh import client_of
from tests.services.stolen_vehicles.samples import ALFA


@pytest.mark.thorough
async def test_an_auditor_sees_all_logs_merged_newest_first(network: Network) -> None:
    """Only those leaves that their bureau may see."""
    assert await network.seen("IPSG") == [("notices", "KE", "list_notices"), SEARCHED, LISTED, ENTERED]
    assert await network.seen("FR") == [SEARCHED, ENTERED]
    assert await network.seen("DE") == [SEARCHED, LISTED]


@pytest.mark.thorough
async def test_each_service_logs_the_request_of_an_auditor(network: Network) -> None:
    """Under the auditor's own bureau, so that auditors are audited."""
    await network.audit("FR")
    for service in ("notices", "stolen-vehicles"):
        last = (await network.operations(service))[-1]
        assert last == ("FR", f"list_audit_of_{service.replace('-', '_')}")


@pytest.mark.thorough
async def test_a_page_continues_where_the_last_one_ended(network: Network) -> None:
    """Whatever was logged meanwhile."""
    first = (await network.audit("FR", limit=1)).json()
    assert [each["operation"] for each in first["items"]] == ["search_vehicles"]
    await network.ask("FR", "GET", "/api/notices")
    second = (await network.audit("FR", limit=1, after=first["next"])).json()
    assert [each["operation"] for each in second["items"]] == ["create_vehicle"]
    assert second["next"] is None


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"service": "notices"}, [LISTED]),
        ({"operation": "search_vehicles"}, [SEARCHED]),
        ({"officer": "de.officer", "owner": "FR"}, [SEARCHED]),
        ({"purpose": "wanted-person"}, []),
        ({"until": "2026-06-01T12:00:03Z"}, [LISTED]),
    ],
    ids=str,
)
async def test_each_filter_is_applied_to_the_logs_of_all_services(
    network: Network, query: dict[str, str], found: list[tuple[str, str, str]]
) -> None:
    """The filters of a single log, and the service."""
    assert await network.seen("DE", **query) == found


@pytest.mark.parametrize(
    ("query", "pointer"),
    [({"service": "things"}, "service"), ({"after": "things:1"}, "after"), ({"limit": 201}, "limit"), ({"x": 1}, "x")],
    ids=str,
)
async def test_an_invalid_audit_query_is_refused(network: Network, query: dict[str, Any], pointer: str) -> None:
    """Before any service is called."""
    refused = await network.audit("DE", **query)
    assert refused.status_code == 422
    assert [(each["in"], each["pointer"]) for each in refused.json()["errors"]] == [("query", f"/{pointer}")]
    assert len(await network.operations("notices")) == 2


async def test_an_officer_without_the_audit_scope_is_refused(network: Network) -> None:
    """Whatever other scopes they hold."""
    refused = await network.audit("DE", "notices:read", "stolen-vehicles:write")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:scope-missing")
    assert "audit:read" in refused.json()["detail"]


async def test_a_suspended_bureau_is_refused_with_its_own_problem(network: Network) -> None:
    """Not with one about logs that cannot be read."""
    network.mesh.change_entries("DE", standing="suspended")
    refused = await network.audit("DE")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:bureau-suspended")


@pytest.mark.thorough
async def test_the_secretariat_sees_how_many_records_each_bureau_withdrew(network: Network) -> None:
    """In all services, without record ids. A bureau sees only its own figures; the audit scope is required."""
    entered = (await network.ask("DE", "POST", VEHICLES, json=ALFA)).json()
    await network.ask("DE", "POST", f"{VEHICLES}/{entered['id']}/withdrawal")
    assert await compliance(network, "IPSG") == [("stolen-vehicles", "DE", 1, 1), ("stolen-vehicles", "FR", 1, 0)]
    assert await compliance(network, "FR") == [("stolen-vehicles", "FR", 1, 0)]
    assert await compliance(network, "KE") == []
    refused = await network.ask("DE", "GET", "/api/audit/compliance")
    assert refused.json()["type"] == "urn:i247:problem:scope-missing"


@pytest.mark.thorough
async def test_a_service_missing_from_the_directory_is_not_asked_for_its_log(network: Network) -> None:
    """Without any service the request is refused, and the problem says so."""
    never, bearer = FakeService(name="never"), network.mesh.bearer("IPSG", "audit:read")
    async with client_of(network.mesh.gateway(*SERVICES, never)) as client:
        page = (await client.get("/api/audit", headers=bearer)).json()
        assert (len(page["items"]), page["stalled"]) == (4, [])
        assert (await client.get("/api/audit/compliance", headers=bearer)).status_code == 200
    async with client_of(network.mesh.gateway(never)) as client:
        refused = await client.get("/api/audit", headers=bearer)
        assert (refused.status_code, refused.json()["detail"]) == (
            503,
            "this network has no service; nothing was changed",
        )
        refused = await client.get("/api/audit/compliance", headers=bearer)
        assert (refused.status_code, refused.json()["detail"]) == (
            503,
            "this network has no service; nothing was changed",
        )


@pytest.mark.thorough
async def test_figures_are_shown_although_one_service_gives_none(network: Network) -> None:
    """It is named; if none gives any, the request is refused."""
    await network.serving["notices"].stop()
    assert await compliance(network, "IPSG") == [("stolen-vehicles", "FR", 1, 0)]
    answer = await network.client.get("/api/audit/compliance", headers=network.mesh.bearer("IPSG", "audit:read"))
    assert [(each["service"], each["why"]) for each in answer.json()["stalled"]] == [("notices", "unreadable")]
    await network.serving["stolen-vehicles"].stop()
    refused = await network.client.get("/api/audit/compliance", headers=network.mesh.bearer("IPSG", "audit:read"))
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:i247:problem:audit-incomplete")


async def compliance(network: Network, bureau: str) -> list[tuple[str, str, int, int]]:
    """Return the figures that an auditor sees of each service and bureau: entered, and withdrawn."""
    answer = await network.client.get("/api/audit/compliance", headers=network.mesh.bearer(bureau, "audit:read"))
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert all(not each["limited"] for each in items)
    return [(each["service"], each["bureau"], each["entered"], each["taken_back"]) for each in items]
