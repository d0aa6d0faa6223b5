"""Every operation of a service accounts for the records it discloses, whatever its endpoint and response model are."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from shared.audit.disclosure_router import not_audited, service_router
from shared.clock import FixedClock
from shared.identity import Caller, Purpose
from shared.ids import uuid7
from shared.records.policy import Record
from shared.records.results import FieldMatch, Hit, Hits, Page
from shared.records.service_kit import app_factory
from shared.service import Context
from shared.web.routing import path_of, permission
from tests.conftest import NOW
from tests.support import caller

NAME = "things"
Reader = Annotated[Caller, permission(NAME, "read")]


class Thing(Record):
    """A record type for this module."""


THING = Thing(
    id=uuid7(NOW),
    owner="FR",
    purpose=Purpose.LOCATE,
    created=NOW,
    updated=NOW,
    expires=NOW + timedelta(days=1),
    version=3,
)


class ByColour(BaseModel):
    """Records in a mapping, in a list within a mapping, and as a member."""

    things: dict[str, Thing | list[Thing]] = {}
    one: Thing | None = None


WRAPPED: dict[str, tuple[Any, Any]] = {
    "unwrapped": (Thing, THING),
    "list": (list[Thing], [THING]),
    "tuple": (tuple[int, Thing], (1, THING)),
    "set": (frozenset[Thing], frozenset({THING})),
    "mapping": (dict[str, Thing], {"red": THING}),
    "mapping in a model": (ByColour, ByColour(things={"red": THING})),
    "list in a mapping in a model": (ByColour, ByColour(things={"red": [THING]})),
    "member of a model": (ByColour, ByColour(one=THING)),
    "page": (Page[Thing], Page(items=[THING], next=None)),
    "hits": (
        Hits[Thing],
        Hits(hits=[Hit(score=1.0, match="all", why=(FieldMatch("name", "a", "a", 1.0),), record=THING)], total=1),
    ),
}


async def get(router: APIRouter, officer: Caller) -> httpx.Response:
    """Request the service that has these routes, as an officer."""
    context = Context(None, FixedClock(NOW))
    app = app_factory(NAME, router, description="Things.")(context)

    async def as_officer(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"caller": officer}}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(as_officer), base_url="http://service") as client:
        return await client.get(path_of(NAME))


@pytest.mark.parametrize("wrapped", WRAPPED)
async def test_a_disclosed_record_is_recorded_whatever_model_wraps_it(wrapped: str) -> None:
    """The id and the version of the record are recorded, and the name of the operation."""
    model, answer = WRAPPED[wrapped]
    router, officer = service_router(NAME), caller("DE", "things:read")

    @router.get("", response_model=model)
    async def show(_: Reader) -> Any:
        return answer

    response = await get(router, officer)
    assert (response.status_code, THING.id in response.text) == (200, True)
    assert officer.recorder.operation == "show"
    assert list(officer.recorder.shown) == [(THING.id, 3)]


async def no_caller() -> list[Thing]:
    return [THING]


async def not_guarded(caller: Caller) -> list[Thing]:
    return [THING] if caller else []


def not_async(_: Reader) -> list[Thing]:
    return [THING]


async def not_at_once(_: Reader) -> AsyncIterator[Thing]:
    yield THING


@pytest.mark.parametrize("endpoint", [no_caller, not_guarded, not_async, not_at_once])
def test_an_operation_without_a_caller_parameter_is_rejected_when_declared(endpoint: Callable[..., Any]) -> None:
    """A permission among the dependencies is not enough, because it passes no caller on; the service does not start."""
    with pytest.raises(TypeError, match=endpoint.__name__):
        service_router(NAME).get("", dependencies=[permission(NAME, "read")])(endpoint)


async def test_an_operation_marked_not_audited_leaves_no_account() -> None:
    """Only answers about the audit log itself are marked so."""
    router, officer = service_router(NAME), caller("DE", "things:read")

    @router.get("")
    @not_audited
    async def show_status() -> list[str]:
        return ["nothing"]

    assert (await get(router, officer)).status_code == 200
    assert officer.recorder.operation == ""


async def test_a_service_with_a_plain_api_router_is_rejected() -> None:
    """Even at the path of a service."""
    with pytest.raises(ValueError, match="service_router"):
        await get(APIRouter(prefix=path_of(NAME)), caller("DE"))
