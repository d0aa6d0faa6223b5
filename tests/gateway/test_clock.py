"""The clock of a mesh under test: programs read and advance it; on any other mesh there is none."""

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
    """Return a shared clock without an offset."""
    return SharedClock.make(tmp_path / "clock")


@pytest.fixture
async def tester(mesh: Mesh, echo: Service, shared: SharedClock) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway that uses the shared clock."""
    async with client_of(mesh.gateway(echo, clock=shared)) as client:
        client.base_url = httpx.URL("http://localhost:8247")
        yield client


async def test_the_clock_is_read_without_a_token(tester: httpx.AsyncClient, shared: SharedClock) -> None:
    """The answer states the time and the offset."""
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
async def test_the_clock_is_advanced_by_a_span_or_to_a_time(
    tester: httpx.AsyncClient, shared: SharedClock, to: str, at: datetime
) -> None:
    """The answer states the new reading."""
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
async def test_an_invalid_or_backward_step_of_the_clock_is_refused(
    tester: httpx.AsyncClient, shared: SharedClock, body: Any, refusal: tuple[int, str]
) -> None:
    """Neither field, both, backwards, beyond the maximum offset, or no time: the clock stays unchanged."""
    response = await tester.post("/clock", json=body)
    assert (response.status_code, response.json()["type"].rpartition(":")[2]) == refusal
    assert response.json()["detail"]
    assert shared.offset == timedelta(0)


async def test_a_step_beyond_the_maximum_offset_is_refused(tester: httpx.AsyncClient, shared: SharedClock) -> None:
    """The sum of all steps is limited."""
    shared.advance(MAX_OFFSET - HOUR)
    assert (await tester.post("/clock", json={"advance_seconds": 3601})).status_code == 409
    assert (await tester.post("/clock", json={"advance_seconds": 3600})).status_code == 200


@pytest.mark.thorough
async def test_a_gateway_on_system_time_has_no_clock_endpoint(mesh: Mesh, echo: Service) -> None:
    """Its OpenAPI document does not list one either."""
    async with client_of(mesh.gateway(echo)) as client:
        assert (await client.get("/clock")).status_code == 404
        assert (await client.post("/clock", json={"advance_seconds": 1})).status_code == 404
    assert "/clock" not in describe_gateway(SERVICES)["paths"]


@pytest.mark.thorough
async def test_the_clock_endpoint_is_documented_where_it_exists(tester: httpx.AsyncClient) -> None:
    """With its refusals, so that clients can be generated."""
    paths = (await tester.get("/openapi.json")).json()["paths"]
    assert paths["/clock"].keys() == {"get", "post"}
    assert paths["/clock"]["post"]["responses"].keys() == {
        *("200", "400", "403", "408", "409", "413", "415", "422", "431", "500")
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8247", "Origin": "http://evil.example:8247"},
        {"Host": "localhost.evil.example:8247"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Webhook-Id": "msg_1"},
    ],
    ids=str,
)
async def test_no_page_of_another_site_moves_or_reads_the_clock(
    tester: httpx.AsyncClient, shared: SharedClock, headers: dict[str, str]
) -> None:
    """Nor one whose name leads to this machine: a browser here sends what any page asks for."""
    for answer in (
        await tester.post("/clock", json={"advance_seconds": 60}, headers=headers),
        await tester.get("/clock", headers=headers),
    ):
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:i247:problem:other-site")
    assert shared.offset == timedelta(0)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost:8247", "Sec-Fetch-Site": "same-origin"},
        {"Host": "127.0.0.1:8247", "Origin": "http://127.0.0.1:8247"},
        {"Host": "[::1]:8247"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
async def test_the_page_of_the_gateway_itself_moves_the_clock(
    tester: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """Its documents are tried out in a browser."""
    assert (await tester.post("/clock", json={"advance_seconds": 60}, headers=headers)).status_code == 200


async def test_a_form_of_a_page_is_no_step_of_the_clock(tester: httpx.AsyncClient) -> None:
    """A browser sends a form, or a text, to any site without asking it; JSON it does not."""
    answer = await tester.post("/clock", content='{"advance_seconds": 60}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
