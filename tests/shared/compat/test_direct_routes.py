"""A direct route, which resolves its parameters itself, answers as an ordinary FastAPI route does."""

import asyncio
import json
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote_plus

import pytest
from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response, Security
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.local_services import LOCAL_SERVICES
from gateway.openapi.merge import service_openapi
from services import SERVICES
from shared.bureaus import BureauCode
from shared.clock import SystemClock
from shared.compat.direct_routes import DirectApp, DirectRoute
from shared.errors import NotFound
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


def routes(route_class: type[APIRoute]) -> APIRouter:
    """Return a router with routes of this class."""
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

    @router.get("/cars/{car_id}")
    async def get_car(
        _: Annotated[Caller, reader], car_id: Annotated[str, Path(max_length=3)], wanted: Annotated[Loose, Query()]
    ) -> list[str]:
        if car_id == "gon":
            raise NotFound("there is no such car")
        return [car_id, wanted.plate]

    @router.post("/cars/all", status_code=201)
    async def enter_all(_: Annotated[Caller, reader]) -> None:
        """Share a path with the template above."""

    @router.get("/cars/all/raw", response_model=None)
    async def raw(_: Annotated[Caller, reader]) -> Response:
        return Response(b'"raw"', 202, {"X-Kind": "raw"})

    @router.get("/broken")
    async def broken(_: Annotated[Caller, reader]) -> list[str]:
        raise ZeroDivisionError

    return router


def prepared(app: FastAPI) -> FastAPI:
    """Return an application as services have it."""
    app.state.context = Context(None, SystemClock())
    render_refusals(app)
    return app


DIRECT = prepared(DirectApp(check=lambda _: None, routes=routes(DirectRoute).routes, redirect_slashes=False))
COMMON = prepared(FastAPI(routes=routes(APIRoute).routes, redirect_slashes=False))


def answer(app: FastAPI, target: str, scopes: set[str], method: str = "GET") -> tuple[int, dict[str, str], Any]:
    """Return status, headers and body of an answer."""
    responses: list[HttpResponse] = []

    async def take(response: HttpResponse) -> None:
        responses.append(response)

    caller = Caller(BureauCode("DE"), "de.officer", frozenset(scopes), PURPOSE, "id")
    cycle = HttpCycle(HttpRequest(method, target), {"caller": caller}, take)
    with suppress(ZeroDivisionError):
        asyncio.run(cycle.run(app))
    [response] = responses
    return response.status, response.headers, json.loads(response.body)


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
    answered = answer(DIRECT, f"/cars?{query}", SCOPES)
    assert answered == answer(COMMON, f"/cars?{query}", SCOPES)
    assert answered[0] == (422 if query == "plate" else 200)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/cars/abc?plate=AB", 200),
        ("GET", "/cars/%C3%A9?plate=AB", 200),
        ("GET", "/cars/gon?plate=AB", 404),
        ("GET", "/cars/long?plat=AB", 422),
        ("GET", "/cars/all?plate=AB", 200),
        ("POST", "/cars/all", 201),
        ("PUT", "/cars/abc", 405),
        ("GET", "/cars/", 404),
        ("GET", "/cars/all/raw", 202),
        ("GET", "/broken", 500),
    ],
)
def test_a_path_leads_to_the_same_answer(method: str, target: str, status: int) -> None:
    """Whether it is a template, has other methods, answers with a response of its own, refuses or crashes."""
    answered = answer(DIRECT, target, SCOPES, method)
    assert answered == answer(COMMON, target, SCOPES, method)
    assert answered[0] == status


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
def test_all_that_only_reads_records_uses_direct_routes(service: Service) -> None:
    """These are the routes with the most requests."""
    routes = service.create_app(Context(None, SystemClock())).routes
    asked = [route for route in routes if isinstance(route, DirectRoute) and route.methods == {"GET"}]
    most = [route for route in asked if "/audit" not in route.path and route.response_field is not None]
    assert most
    assert [route.path for route in most if route.call is None] == []
