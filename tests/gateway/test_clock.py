"""The clock of a mesh under test: outside programs read it and move it on, and on any other mesh there is none."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.app import describe_gateway
from services import SERVICES
from shared.clock import MAX_OFFSET, SharedClock
from shared.service import Service
from tests.gateway.mesh import Mesh, client_of

HOUR = timedelta(hours=1)


@pytest.fixture
def shared(tmp_path: Path) -> SharedClock:
    """Return a clock that was never moved on."""
    return SharedClock.make(tmp_path / "clock")


@pytest.fixture
async def tester(mesh: Mesh, echo: Service, shared: SharedClock) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway that goes by it."""
    async with client_of(mesh.gateway(echo, clock=shared)) as client:
        yield client


async def test_the_clock_is_read_without_a_token(tester: httpx.AsyncClient, shared: SharedClock) -> None:
    """The time, and by how much it was moved on."""
    shared.advance(HOUR)
    reading = (await tester.get("/clock")).json()
    assert reading["offset_seconds"] == 3600
    assert abs(datetime.fromisoformat(reading["now"]) - shared.now()) < HOUR


@pytest.mark.parametrize(
    ("to", "at"),
    [
        ("2060-01-01", datetime(2060, 1, 1, tzinfo=UTC)),
        ("2060-01-01T10:00:00", datetime(2060, 1, 1, 10, tzinfo=UTC)),
        ("2060-01-01T12:00:00+02:00", datetime(2060, 1, 1, 10, tzinfo=UTC)),
    ],
)
async def test_the_clock_is_moved_on(tester: httpx.AsyncClient, shared: SharedClock, to: str, at: datetime) -> None:
    """By a span or to a time, and the answer is what it says then."""
    moved = await tester.post("/clock", json={"advance_seconds": 3660.5})
    assert (moved.status_code, moved.json()["offset_seconds"]) == (200, 3660.5)
    moved = await tester.post("/clock", json={"to": to})
    assert (moved.status_code, moved.json()["offset_seconds"]) == (200, shared.offset.total_seconds())
    assert timedelta(0) <= shared.now() - at < HOUR


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (422, "invalid")),
        ({"advance_seconds": 1, "to": "2060-01-01"}, (422, "invalid")),
        ({"advance_seconds": -1}, (422, "invalid")),
        ({"advance_seconds": 1e12}, (422, "invalid")),
        ({"to": "soon"}, (422, "invalid")),
        ({"advance": 1}, (422, "invalid")),
        ({"to": "2020-01-01"}, (409, "illegal-step")),
        ({"to": "2400-01-01T00:00:00Z"}, (409, "illegal-step")),
    ],
    ids=str,
)
async def test_what_moves_the_clock_nowhere_is_refused(
    tester: httpx.AsyncClient, shared: SharedClock, body: Any, refusal: tuple[int, str]
) -> None:
    """Nothing, both, back, beyond what it can be moved on by in all, or what is no time: it stays as it is."""
    response = await tester.post("/clock", json=body)
    assert (response.status_code, response.json()["type"].rpartition(":")[2]) == refusal
    assert response.json()["detail"]
    assert shared.offset == timedelta(0)


async def test_a_step_that_is_a_little_too_far_is_refused(tester: httpx.AsyncClient, shared: SharedClock) -> None:
    """Each alone would be allowed, not all together."""
    shared.advance(MAX_OFFSET - HOUR)
    assert (await tester.post("/clock", json={"advance_seconds": 3601})).status_code == 409
    assert (await tester.post("/clock", json={"advance_seconds": 3600})).status_code == 200


async def test_a_gateway_that_goes_by_the_machine_has_no_clock(mesh: Mesh, echo: Service) -> None:
    """Nobody can read or move it, and its document does not tell of one."""
    async with client_of(mesh.gateway(echo)) as client:
        assert (await client.get("/clock")).status_code == 404
        assert (await client.post("/clock", json={"advance_seconds": 1})).status_code == 404
    assert "/clock" not in describe_gateway(SERVICES)["paths"]


async def test_the_clock_is_documented_where_there_is_one(tester: httpx.AsyncClient) -> None:
    """With its refusals, so that a client of it can be made."""
    paths = (await tester.get("/openapi.json")).json()["paths"]
    assert paths["/clock"].keys() == {"get", "post"}
    assert paths["/clock"]["post"]["responses"].keys() == {"200", "400", "409", "415", "422"}
