"""A direct route, which resolves its parameters itself, answers as an ordinary FastAPI route does."""

import asyncio
import json
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote_plus

import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Security
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.local_services import LOCAL_SERVICES
from gateway.openapi.merge import service_openapi
from services import SERVICES
from shared.bureaus import BureauCode
from shared.clock import SystemClock
from shared.compat.direct_routes import DirectRoute, _directly
from shared.identity import PURPOSE_SCOPES, Caller, Purpose
from shared.protocol.http import HttpRequest, HttpResponse
from shared.rpc.asgi import HttpCycle
from shared.service import Context, Service
from shared.web.problems import render_refusals
from shared.web.routing import SignedCaller

PURPOSE = Purpose.SECURITY_CHECK
SCOPES = {"cars:read", PURPOSE_SCOPES[PURPOSE]}


class Colour(StrEnum):
    """The colour of a car."""

    RED = "red"
    BLUE = "blue"


class Wanted(BaseModel):
    """A query with one parameter of each type that queries here have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plate: str | None = Field(None, min_length=2, max_length=6)
    sender: str | None = Field(None, alias="from")
    colour: Colour | None = None
    stolen: bool = False
    limit: int = Field(50, ge=1, le=200)

    @model_validator(mode="after")
    def _has_a_key(self) -> "Wanted":
        if self.plate is None and self.colour is None:
            raise ValueError("give a plate or a colour")
        return self


class Loose(BaseModel):
    """A query that ignores unknown parameters."""

    plate: str


async def stamp(request: Request) -> str:
    """Return a value taken from the request."""
    return str(request.url.path)


def application(route_class: type[APIRoute]) -> FastAPI:
    """Return an application with routes of this class."""
    router = APIRouter(route_class=route_class)
    reader = Security(SignedCaller(), scopes=["cars:read"])

    @router.get("/cars")
    async def list_cars(
        caller: Annotated[Caller, reader], stamped: Annotated[str, Depends(stamp)], wanted: Annotated[Wanted, Query()]
    ) -> dict[str, Any]:
        return {"by": caller.officer, "stamped": stamped, "wanted": wanted.model_dump(mode="json")}

    @router.get("/loose")
    async def loose(_: Annotated[Caller, reader], request: Request, wanted: Annotated[Loose, Query()]) -> list[str]:
        return [wanted.plate, request.method]

    app = FastAPI(routes=router.routes)
    app.state.context = Context(None, SystemClock())
    render_refusals(app)
    return app


DIRECT, COMMON = application(DirectRoute), application(APIRoute)


def answer(app: FastAPI, target: str, scopes: set[str]) -> tuple[int, Any]:
    """Return status and body of an answer."""
    responses: list[HttpResponse] = []

    async def take(response: HttpResponse) -> None:
        responses.append(response)

    caller = Caller(BureauCode("DE"), "de.officer", frozenset(scopes), PURPOSE, "id")
    asyncio.run(HttpCycle(HttpRequest("GET", target), {"caller": caller}, take).run(app))
    [response] = responses
    return response.status, json.loads(response.body)


NAMES = st.sampled_from(["plate", "from", "sender", "colour", "stolen", "limit", "other", "Plate", ""])
VALUES = st.sampled_from(
    ["AB 12", "red", "green", "true", "maybe", "7", "0", "", "x" * 7, "é", "a&b", "\x00"]
) | st.text(max_size=4)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=5)


@pytest.mark.thorough
@given(PAIRS, st.sampled_from(["/cars", "/loose"]), st.sampled_from([SCOPES, SCOPES - {"cars:read"}, set[str]()]))
def test_a_direct_route_answers_any_query_as_fastapi_does(
    pairs: list[tuple[str, str]], path: str, scopes: set[str]
) -> None:
    """With the same status, values and faults."""
    query = "&".join(
        f"{quote_plus(name, errors='replace')}={quote_plus(value, errors='replace')}" for name, value in pairs
    )
    assert answer(DIRECT, f"{path}?{query}", scopes) == answer(COMMON, f"{path}?{query}", scopes)


@pytest.mark.parametrize("query", ["plate=AB12&from=DE&colour=red&stolen=1&limit=3", "colour=red&colour=blue", "plate"])
def test_a_direct_route_accepts_valid_queries(query: str) -> None:
    """The property above could otherwise hold for refusals only."""
    status, body = answer(DIRECT, f"/cars?{query}", SCOPES)
    assert (status, body) == answer(COMMON, f"/cars?{query}", SCOPES)
    assert status == (422 if query == "plate" else 200)


def test_a_direct_route_has_the_same_openapi_document() -> None:
    assert DIRECT.openapi() == COMMON.openapi()


@pytest.mark.thorough
@pytest.mark.parametrize("service", [*SERVICES, *LOCAL_SERVICES], ids=lambda service: service.name)
def test_no_query_parameter_is_a_list(service: Service) -> None:
    """A direct route passes each name once: a list would lose all but its last value."""
    paths = service_openapi(service)["paths"].values()
    stated = [
        parameter for operations in paths for each in operations.values() for parameter in each.get("parameters", ())
    ]
    assert stated
    assert [each["name"] for each in stated if '"array"' in json.dumps(each["schema"])] == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_searches_and_lists_use_direct_routes(service: Service) -> None:
    """These are the routes with the most requests."""
    routes = service.create_app(Context(None, SystemClock())).routes
    asked = [route for route in routes if isinstance(route, DirectRoute) and route.methods == {"GET"}]
    most = [route for route in asked if "{" not in route.path and "/audit" not in route.path]
    assert most
    assert [route.path for route in most if _directly(route.dependant) is None] == []
