"""Routes and dependencies are asynchronous: those that FastAPI runs in a thread were measured to be half as fast."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from gateway.local_services import LOCAL_SERVICES
from services import SERVICES
from shared.clock import SystemClock
from shared.service import Context, Service


def calls_of(dependant: Any) -> Iterator[Any]:
    """Return the route and its dependencies, recursively."""
    yield dependant.call
    for dependency in dependant.dependencies:
        yield from calls_of(dependency)


def is_asynchronous(call: Any) -> bool:
    function = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


@pytest.mark.parametrize("service", [*SERVICES, *LOCAL_SERVICES], ids=lambda service: service.name)
def test_every_route_and_dependency_is_asynchronous(service: Service) -> None:
    """Code that needs a thread asks for one itself, where it is known to be worth it."""
    app = service.create_app(Context(None, SystemClock()))
    calls = [
        call
        for route in iter_route_contexts(app.routes)
        if hasattr(route, "dependant")
        for call in calls_of(route.dependant)
    ]
    assert len(calls) > 4
    assert [call for call in calls if not is_asynchronous(call)] == []
