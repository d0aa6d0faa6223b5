"""The audit logs of all services at the gateway: incomplete pages say so, and services log each auditor's request."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import sqlalchemy as sa

from gateway.audit import operations
from gateway.audit.operations import MAX_SCANS
from services import notices, stolen_vehicles
from shared.audit.format.leaf import decode
from shared.audit.tables import audit_leaves
from shared.rpc.bridge import Bridge
from shared.transport import Arrival, Subscription
from tests.gateway.mesh import FakeService, Mesh, client_of
from tests.services.stolen_vehicles.samples import ALFA

SERVICES = (notices.SERVICE, stolen_vehicles.SERVICE)
VEHICLES = "/api/stolen-vehicles"
SECOND = timedelta(seconds=1)


class Network:
    """A mesh with two services, and a client of its gateway."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient, serving: dict[str, Subscription]) -> None:
        self.mesh = mesh
        self.client = client
        self.serving = serving

    async def ask(self, bureau: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request of an officer of a bureau, a second after the last."""
        self.mesh.clock.advance(SECOND)
        scopes = [scope for service in SERVICES for scope in service.scopes]
        return await self.client.request(method, path, headers=self.mesh.bearer(bureau, *scopes), **options)

    async def audit(self, bureau: str, *scopes: str, **query: Any) -> httpx.Response:
        """Request all logs as an auditor of a bureau."""
        bearer = self.mesh.bearer(bureau, *(scopes or ("audit:read",)))
        return await self.client.get("/api/audit", params=query, headers=bearer)

    async def seen(self, bureau: str, **query: Any) -> list[tuple[str, str, str]]:
        """Return what an auditor sees: service, bureau and operation."""
        found = (await self.audit(bureau, **query)).json()["items"]
        return [(each["service"], each["bureau"], each["operation"]) for each in found]

    async def operations(self, service: str) -> list[tuple[str, str]]:
        """Return bureau and operation of each leaf in the log of a service, the oldest first."""
        database = self.mesh.records[service]._database
        rows = await database.reading.fetch(sa.select(audit_leaves.c.leaf).order_by(audit_leaves.c.number))
        return [(leaf.bureau, leaf.operation) for leaf in (decode(row.leaf) for row in rows)]


@pytest.fixture
async def network(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Network]:
    """Return a network in which France entered a vehicle, and Germany searched for it and listed notices."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mesh.handling_mail())
        serving = {
            service.name: await mesh.start(service, tmp_path, stack, number=number)
            for number, service in enumerate(SERVICES, start=100)
        }
        network = Network(mesh, await stack.enter_async_context(client_of(mesh.gateway(*SERVICES))), serving)
        await network.ask("FR", "POST", VEHICLES, json=ALFA)
        await network.ask("DE", "GET", "/api/notices")
        await network.ask("DE", "GET", f"{VEHICLES}/search", params={"vin": ALFA["vin"]})
        await network.ask("KE", "GET", "/api/notices")
        yield network


ENTERED = ("stolen-vehicles", "FR", "enter_vehicle")
SEARCHED = ("stolen-vehicles", "DE", "search_vehicles")
LISTED = ("notices", "DE", "list_notices")


async def test_an_auditor_sees_all_logs_merged_newest_first(network: Network) -> None:
    """Only those leaves that their bureau may see."""
    assert await network.seen("IPSG") == [("notices", "KE", "list_notices"), SEARCHED, LISTED, ENTERED]
    assert await network.seen("FR") == [SEARCHED, ENTERED]
    assert await network.seen("DE") == [SEARCHED, LISTED]


async def test_each_service_logs_the_request_of_an_auditor(network: Network) -> None:
    """Under the auditor's own bureau, so that auditors are audited."""
    await network.audit("FR")
    for service in ("notices", "stolen-vehicles"):
        last = (await network.operations(service))[-1]
        assert last == ("FR", f"list_audit_of_{service.replace('-', '_')}")


async def test_a_page_continues_where_the_last_one_ended(network: Network) -> None:
    """Whatever was logged meanwhile."""
    first = (await network.audit("FR", limit=1)).json()
    assert [each["operation"] for each in first["items"]] == ["search_vehicles"]
    await network.ask("FR", "GET", "/api/notices")
    second = (await network.audit("FR", limit=1, after=first["next"])).json()
    assert [each["operation"] for each in second["items"]] == ["enter_vehicle"]
    assert second["next"] is None


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


async def test_the_other_logs_are_shown_if_one_cannot_be_read(network: Network) -> None:
    """It is named, so that the page is not mistaken for complete; requested alone it is refused."""
    await network.serving["notices"].stop()
    found = (await network.audit("DE")).json()
    assert [(each["service"], each["operation"]) for each in found["items"]] == [
        ("stolen-vehicles", "search_vehicles"),
    ]
    [stalled] = found["stalled"]
    assert (stalled["service"], stalled["why"]) == ("notices", "unreadable")
    assert stalled["detail"].startswith("the log of notices cannot be read: ")
    refused = await network.audit("DE", after=found["next"])
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:i247:problem:audit-incomplete")
    assert refused.json()["detail"] == stalled["detail"]


async def test_an_audit_request_is_refused_with_503_if_the_service_answers_500(network: Network) -> None:
    """As after its leaves were damaged."""
    database = network.mesh.records["notices"]._database
    async with database.writing() as session:
        await session.execute(sa.update(audit_leaves).values(leaf=b"another"))
    refused = await network.audit("DE", service="notices")
    assert refused.status_code == 503
    assert refused.json()["detail"] == "the log of notices cannot be read: it was answered 500"


class Log:
    """A hostile service, whose log answers any page."""

    def __init__(self, page: Callable[[int], dict[str, Any]]) -> None:
        self._page = page
        self.asked: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one page."""
        await receive()
        self.asked.append(int(parse_qs(scope["query_string"].decode())["after"][0]))
        body = json.dumps(self._page(self.asked[-1])).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


async def replaced(network: Network, page: Callable[[int], dict[str, Any]]) -> Log:
    """Replace the notices by another program with the same key."""
    await network.serving["notices"].stop()
    log, participant = Log(page), network.mesh.participants["notices"]
    await network.mesh.handle(participant, Bridge(log, participant).handle)
    return log


@pytest.mark.parametrize(
    "page",
    [
        lambda after: {"items": [], "next": after},
        lambda after: {"items": [], "next": after + 1},
        lambda _: {"items": [], "next": 2**53},
        lambda _: {"items": [], "next": -1},
    ],
)
async def test_a_log_without_progress_does_not_hide_the_others(network: Network, page: Callable[[int], Any]) -> None:
    """Its page is empty and claims that there is more; the others are shown to their end."""
    log = await replaced(network, page)
    found = (await network.audit("DE")).json()
    assert [each["operation"] for each in found["items"]] == ["search_vehicles"]
    [stalled] = found["stalled"]
    assert (stalled["service"], stalled["why"], found["next"]) == ("notices", "no-progress", f"notices:{2**53}")
    assert len(log.asked) == 1
    assert (await network.audit("DE", after=found["next"])).status_code == 503


async def test_an_endless_log_is_read_a_limited_number_of_times_per_page(network: Network) -> None:
    """It is named as incomplete."""
    log = await replaced(network, lambda after: {"items": [], "next": after - 1})
    found = (await network.audit("DE")).json()
    assert [each["operation"] for each in found["items"]] == ["search_vehicles"]
    assert [(each["service"], each["why"]) for each in found["stalled"]] == [("notices", "looking")]
    assert found["next"] == f"notices:{2**53 - MAX_SCANS}"
    assert log.asked == [2**53 - looks for looks in range(MAX_SCANS)]


async def test_a_log_with_leaves_dated_in_the_future_does_not_hide_the_others(network: Network) -> None:
    """They would be the newest on every page."""
    later = (network.mesh.clock.now() + timedelta(seconds=31)).isoformat()

    def made_up(after: int) -> dict[str, Any]:
        leaf = {"at": later, "request": "any", "bureau": "DE", "officer": "any", "purpose": "warning"}
        leaf |= {"operation": "any", "status": 200, "records": []}
        return {"items": [leaf | {"index": after - each} for each in range(1, 51)], "next": after - 50}

    await replaced(network, made_up)
    found = (await network.audit("DE")).json()
    assert [each["operation"] for each in found["items"]] == ["search_vehicles"]
    assert [(each["service"], each["why"]) for each in found["stalled"]] == [("notices", "unreadable")]


async def test_a_log_of_a_silent_service_times_out(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the deadline of its other operations."""
    monkeypatch.setattr(operations, "WAIT_SECONDS", 0.5)

    async def ignore(_arrival: Arrival) -> None: ...

    await network.serving["notices"].stop()
    await network.mesh.handle(network.mesh.participants["notices"], ignore)
    async with asyncio.timeout(5):
        found = (await network.audit("DE")).json()
    assert [each["operation"] for each in found["items"]] == ["search_vehicles"]
    assert [(each["service"], each["why"]) for each in found["stalled"]] == [("notices", "unreadable")]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [({"service": "things"}, "service"), ({"after": "things:1"}, "after"), ({"limit": 201}, "limit"), ({"x": 1}, "x")],
    ids=str,
)
async def test_an_invalid_audit_query_is_refused(network: Network, query: dict[str, Any], pointer: str) -> None:
    """Before any service is called."""
    refused = await network.audit("DE", **query)
    assert refused.status_code == 422
    assert f"query/{pointer}" in refused.json()["detail"]
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


async def test_the_secretariat_sees_how_many_records_each_bureau_withdrew(network: Network) -> None:
    """In all services, without record ids. A bureau sees only its own figures; the audit scope is required."""
    entered = (await network.ask("DE", "POST", VEHICLES, json=ALFA)).json()
    await network.ask("DE", "POST", f"{VEHICLES}/{entered['id']}/withdrawal")
    assert await compliance(network, "IPSG") == [("stolen-vehicles", "DE", 1, 1), ("stolen-vehicles", "FR", 1, 0)]
    assert await compliance(network, "FR") == [("stolen-vehicles", "FR", 1, 0)]
    assert await compliance(network, "KE") == []
    refused = await network.ask("DE", "GET", "/api/audit/compliance")
    assert refused.json()["type"] == "urn:i247:problem:scope-missing"


async def test_a_service_missing_from_the_directory_is_not_asked_for_its_log(network: Network) -> None:
    """Without any service the request is refused, and the problem says so."""
    never, bearer = FakeService(name="never"), network.mesh.bearer("IPSG", "audit:read")
    async with client_of(network.mesh.gateway(*SERVICES, never)) as client:
        page = (await client.get("/api/audit", headers=bearer)).json()
        assert (len(page["items"]), page["stalled"]) == (4, [])
        assert (await client.get("/api/audit/compliance", headers=bearer)).status_code == 200
    async with client_of(network.mesh.gateway(never)) as client:
        refused = await client.get("/api/audit", headers=bearer)
        assert (refused.status_code, refused.json()["detail"]) == (503, "this network has no service")
        refused = await client.get("/api/audit/compliance", headers=bearer)
        assert (refused.status_code, refused.json()["detail"]) == (503, "this network has no service")


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
