"""Whether the mesh works: every service is asked on the way that requests take, and the truth is told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.edge.health import KEPT_SECONDS
from services import SERVICES
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.rpc.client import Requester
from shared.service import Service
from shared.transport import Arrival
from tests.gateway.mesh import Echo, FakeService, Mesh, client_of

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
    """Each answers for itself and its store, to anyone who asks."""
    assert await health_of(client) == (200, {service.name: "up" for service in SERVICES})


async def test_one_service_that_is_down_is_named_and_comes_back(
    mesh: Mesh, echo: Service, asker: httpx.AsyncClient, clock: FixedClock
) -> None:
    """Gone, the mesh is not well; there again, it is: not remembered longer than a moment."""
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
async def test_a_clock_that_is_set_keeps_no_health_for_longer(
    mesh: Mesh, echo: Service, asker: httpx.AsyncClient, clock: FixedClock, application: Echo, leap: timedelta
) -> None:
    """Nor has it the services asked more often: the answer is good for a moment."""
    await mesh.serve(OTHER, application, number=101)
    assert (await health_of(asker))[0] == 200
    clock.step(leap)
    assert (await health_of(asker))[0] == 200
    assert len(application.requests) == 2
    application.status = 500
    clock.advance(MOMENT)
    assert (await health_of(asker))[0] == 503


async def test_a_service_that_was_never_entered_is_no_part_of_the_network(
    mesh: Mesh, asker: httpx.AsyncClient, application: Echo
) -> None:
    """It is not counted, and a request to it is refused; once it is entered it has to answer."""
    assert await health_of(asker) == (200, {"echo": "up"})
    refused = await asker.get("/api/other", headers=mesh.bearer("FR", *OTHER.scopes))
    assert (refused.status_code, refused.headers["i247-error"]) == (503, "unreachable")
    assert "this network has no service other" in refused.json()["detail"]
    mesh.join("other", "service", 101)
    mesh.clock.advance(MOMENT)
    assert await health_of(asker) == (503, {"echo": "up", "other": "down"})


async def test_a_network_without_any_service_is_down(asker: httpx.AsyncClient) -> None:
    """There is nothing that could be asked."""
    assert await health_of(asker) == (503, {})


async def test_a_service_that_fails_is_down(mesh: Mesh, asker: httpx.AsyncClient, application: Echo) -> None:
    """It is there but its store is not: the status it answers is told; another has lost its keys."""
    mesh.join("other", "service", 101)
    mesh.change_entries("other", revoked_at=mesh.clock.now().timestamp())
    application.status = 500
    found = (await asker.get("/health")).json()["services"]
    assert (found["echo"]["status"], found["echo"]["detail"]) == ("down", "answered 500")
    assert "has no valid key" in found["other"]["detail"]


async def test_a_ping_asks_for_the_health_of_the_service_in_the_name_of_the_secretariat(
    asker: httpx.AsyncClient, application: Echo
) -> None:
    """With no scope of any service: nothing else can be reached by it."""
    await asker.get("/health")
    caller = application.last["state"]["caller"]
    assert (application.last["method"], application.last["path"]) == ("GET", "/health")
    assert (caller.bureau, caller.scopes) == ("IPSG", {"purpose:crime-analysis"})


async def test_without_the_secretariat_a_bureau_pings(mesh: Mesh, echo: Service, application: Echo) -> None:
    """The gateway of one bureau alone can tell as well."""
    france = BureauCode("FR")
    requesters = {france: Requester(mesh.bureaus[france])}
    async with client_of(mesh.gateway(echo, requesters=requesters)) as asker:
        assert await health_of(asker) == (200, {"echo": "up"})
    assert application.last["state"]["caller"].bureau == "FR"


async def test_a_flood_of_questions_is_one_ping(asker: httpx.AsyncClient, application: Echo, clock: FixedClock) -> None:
    """Anyone may ask, as often as he likes: the services hear of it once in a moment."""
    for _ in range(3):
        await asyncio.gather(*(asker.get("/health") for _ in range(50)))
    assert len(application.requests) == 1
    clock.advance(MOMENT)
    await asyncio.gather(*(asker.get("/health") for _ in range(50)))
    assert len(application.requests) == 2


async def test_a_flood_while_a_service_is_silent_is_one_ping(
    mesh: Mesh, echo: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All who ask while the answer is waited for get the same one: a service restarted meanwhile was down."""
    monkeypatch.setattr("gateway.edge.health.PING_SECONDS", 0.02)
    heard = 0

    async def say_nothing(_arrival: Arrival) -> None:
        nonlocal heard
        heard += 1

    await mesh.handle(mesh.join("echo", "service", 100), say_nothing)
    async with client_of(mesh.gateway(echo)) as asker:
        answers = await asyncio.gather(*(health_of(asker) for _ in range(50)))
    assert answers == [(503, {"echo": "down"})] * 50
    assert heard == 1
