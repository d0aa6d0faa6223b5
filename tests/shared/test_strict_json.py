"""JSON bodies are not coerced to other types; a query is text, converted to the types of its model."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel, Field

from shared.compat.strict_routes import StrictRoute
from shared.dates import Day, Moment
from shared.web.problems import render_refusals

WHOLE = {"count": 5, "share": 0.5, "loud": True, "day": "2026-03-14", "at": "2026-06-01T12:00:00Z", "words": ["a"]}


class Thing(BaseModel):
    """A body with a member of each type."""

    count: int = Field(ge=0, le=10)
    share: float = 0
    loud: bool = False
    day: Day | None = None
    at: Moment | None = None
    words: tuple[str, ...] = ()
    any: dict[str, Any] = {}


class Wanted(BaseModel):
    """A query."""

    count: int
    loud: bool


@pytest.fixture
def client() -> httpx.AsyncClient:
    """Return a client of routes that return their input."""
    router = APIRouter(route_class=StrictRoute)

    @router.post("/things")
    async def take(thing: Thing) -> Thing:
        return thing

    @router.get("/things")
    async def find(wanted: Annotated[Wanted, Query()]) -> Wanted:
        return wanted

    app = FastAPI(routes=router.routes)
    render_refusals(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://things")


async def test_values_of_the_declared_types_are_accepted(client: httpx.AsyncClient) -> None:
    """Dates and times are strings; a float may be a whole number."""
    answer = await client.post("/things", json=WHOLE)
    assert (answer.status_code, {**answer.json(), "any": None}) == (200, {**WHOLE, "any": None})
    assert (await client.post("/things", json={"count": 5, "share": 1})).json()["share"] == 1


@pytest.mark.parametrize("figure", ["5.0", "5e0", "50e-1"])
async def test_a_whole_number_is_accepted_in_any_notation(client: httpx.AsyncClient, figure: str) -> None:
    """As in JSON Schema."""
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/things", content=f'{{"count": {figure}, "loud": true}}', headers=headers)
    assert (answer.status_code, answer.json()["count"]) == (200, 5)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("count", False),
        ("count", "5"),
        ("count", 5.5),
        ("share", True),
        ("share", "0.5"),
        ("loud", 0),
        ("loud", 1),
        ("loud", "true"),
        ("loud", 0.0),
        ("day", 20_000),
        ("day", "2026-02-30"),
        ("at", 1_700_000_000),
        ("at", "1700000000"),
        ("at", "2026-06-01T25:00:00Z"),
        ("words", "a"),
        ("words", [1]),
        ("any", []),
    ],
)
async def test_a_value_of_another_type_gives_422_at_its_member(
    client: httpx.AsyncClient, member: str, value: Any
) -> None:
    answer = await client.post("/things", json={"count": 5, member: value})
    assert answer.status_code == 422
    assert [each["pointer"].startswith(f"/{member}") for each in answer.json()["errors"]] == [True]


@pytest.mark.parametrize("depth", [400, 2_000])
async def test_a_body_nested_too_deeply_gives_400_malformed(client: httpx.AsyncClient, depth: int) -> None:
    """Whichever parser reaches its limit first."""
    nested = '{"a":' * depth + "1" + "}" * depth
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/things", content=f'{{"count": 5, "any": {nested}}}', headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:i247:problem:malformed")


async def test_query_values_are_converted_from_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/things", params={"count": "5", "loud": "true"})
    assert answer.json() == {"count": 5, "loud": True}
