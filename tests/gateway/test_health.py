"""Health checks: every service is pinged on the path that requests take, and its true state is reported."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.edge.health import KEPT_SECONDS
from services import SERVICES
from shared import background
from shared.background import Job, running
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.rpc.client import Requester
from shared.service import Service
from shared.transport import Arrival
from tests.gateway.fake_service import Echo, FakeService
from tests.gateway.mesh import Mesh, client_of

MOMENT = timedelta(seconds=KEPT_SECONDS * 2)
OTHER = FakeService(name="other")


@pytest.fixture
async def asker(mesh: Mesh, echo: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(mesh.gateway(echo, OTHER)) as client:
        yield client


async def health_of(asker: httpx.AsyncClient) -> tuple[int, dict[str, str]]:
    response = await asker.get("/health")
    found: dict[str, Any] = response.json()
    assert found["status"] == ("up" if response.status_code == 200 else "down")
    return response.status_code, {name: one["status"] for name, one in found["services"].items()}


async def test_the_real_services_are_up(client: httpx.AsyncClient) -> None:
    """Each checks itself and its store; no token is needed."""
    assert await health_of(client) == (200, {service.name: "up" for service in SERVICES})


async def test_a_service_that_stops_is_reported_down_and_up_once_it_is_back(
    mesh: Mesh, echo: Service, asker: httpx.AsyncClient, clock: FixedClock
) -> None:
    """A result is kept for a moment only."""
    application = Echo()
    await mesh.serve(OTHER, application, number=101)
    gone = await mesh.serve(echo, application)
    assert await health_of(asker) == (200, {"echo": "up", "other": "up"})
    await gone.stop()
    clock.advance(MOMENT)
    assert await health_of(asker) == (503, {"echo": "down", "other": "up"})
    await mesh.serve(echo, application)
    clock.advance(MOMENT)
    assert await health_of(asker) == (200, {"echo": "up", "other": "up"})


@pytest.mark.parametrize("leap", [timedelta(days=-1), timedelta(days=1)], ids=str)
async def test_a_clock_step_does_not_change_how_long_a_health_result_is_kept(
    mesh: Mesh, echo: Service, asker: httpx.AsyncClient, clock: FixedClock, application: Echo, leap: timedelta
) -> None:
    """Nor does it make the gateway ping the services more often."""
    await mesh.serve(OTHER, application, number=101)
    assert (await health_of(asker))[0] == 200
    clock.step(leap)
    assert (await health_of(asker))[0] == 200
    assert len(application.requests) == 2
    application.status = 500
    clock.advance(MOMENT)
    assert (await health_of(asker))[0] == 503


async def test_a_service_missing_from_the_directory_is_not_checked_and_is_unreachable(
    mesh: Mesh, asker: httpx.AsyncClient, application: Echo
) -> None:
    """Once it is in the directory it must answer."""
    assert await health_of(asker) == (200, {"echo": "up"})
    refused = await asker.get("/api/other", headers=mesh.bearer("FR", *OTHER.scopes))
    assert (refused.status_code, refused.headers["i247-error"]) == (503, "unreachable")
    assert "this network has no service other" in refused.json()["detail"]
    mesh.join("other", "service", 101)
    mesh.clock.advance(MOMENT)
    assert await health_of(asker) == (503, {"echo": "up", "other": "down"})


async def test_a_network_without_services_is_down(asker: httpx.AsyncClient) -> None:
    assert await health_of(asker) == (503, {})


async def test_a_service_that_answers_500_or_has_no_valid_key_is_down(
    mesh: Mesh, asker: httpx.AsyncClient, application: Echo
) -> None:
    """As when its store is away; the detail states the cause."""
    mesh.join("other", "service", 101)
    mesh.change_entries("other", revoked_at=mesh.clock.now().timestamp())
    application.status = 500
    found = (await asker.get("/health")).json()["services"]
    assert (found["echo"]["status"], found["echo"]["detail"]) == ("down", "answered 500")
    assert "has no valid key" in found["other"]["detail"]


async def test_a_ping_is_sent_by_the_secretariat_without_a_scope_of_the_service(
    asker: httpx.AsyncClient, application: Echo
) -> None:
    await asker.get("/health")
    caller = application.last["state"]["caller"]
    assert (application.last["method"], application.last["path"]) == ("GET", "/health")
    assert (caller.bureau, caller.scopes) == ("IPSG", {"purpose:crime-analysis"})


async def test_a_gateway_without_the_secretariat_pings_as_its_bureau(
    mesh: Mesh, echo: Service, application: Echo
) -> None:
    france = BureauCode("FR")
    requesters = {france: Requester(mesh.bureaus[france])}
    async with client_of(mesh.gateway(echo, requesters=requesters)) as asker:
        assert await health_of(asker) == (200, {"echo": "up"})
    assert application.last["state"]["caller"].bureau == "FR"


async def test_many_health_requests_cause_one_ping_per_interval(
    asker: httpx.AsyncClient, application: Echo, clock: FixedClock
) -> None:
    """The endpoint is public, so services must not receive a ping for each request."""
    for _ in range(3):
        await asyncio.gather(*(asker.get("/health") for _ in range(50)))
    assert len(application.requests) == 1
    clock.advance(MOMENT)
    await asyncio.gather(*(asker.get("/health") for _ in range(50)))
    assert len(application.requests) == 2


async def test_concurrent_health_requests_share_one_ping_of_a_silent_service(
    mesh: Mesh, echo: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All get the same result."""
    monkeypatch.setattr("gateway.edge.health.PING_SECONDS", 0.02)
    pings = 0

    async def ignore(_arrival: Arrival) -> None:
        nonlocal pings
        pings += 1

    await mesh.handle(mesh.join("echo", "service", 100), ignore)
    async with client_of(mesh.gateway(echo)) as asker:
        answers = await asyncio.gather(*(health_of(asker) for _ in range(50)))
    assert answers == [(503, {"echo": "down"})] * 50
    assert pings == 1


async def test_health_reports_the_failing_jobs_of_the_services_and_of_the_gateway(
    mesh: Mesh, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status stays up, as requests are answered. In this process, all parts have the same log."""
    failed = asyncio.Event()

    async def fail() -> float:
        failed.set()
        raise ValueError

    monkeypatch.setattr(background, "REPORTED_SECONDS", 0)
    async with running([Job("index", fail, every_seconds=60)], mesh.log):
        await failed.wait()
        health = (await client.get("/health")).json()
    assert (health["status"], health["failing_jobs"]) == ("up", {"index": 0})
    assert [one["failing_jobs"] for one in health["services"].values()] == [{"index": 0}] * len(SERVICES)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"up",
        b"[]",
        b'{"failing_jobs": 1}',
        b'{"failing_jobs": {"x": -1}}',
        b'{"failing_jobs": {"x": 9999999999}}',
        b'{"failing_jobs": {"<b>": 1}}',
        b"[" * 9_000,
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_a_service_whose_report_is_not_valid_is_down(
    asker: httpx.AsyncClient, application: Echo, body: bytes
) -> None:
    application.body = body
    assert await health_of(asker) == (503, {"echo": "down"})
