"""Takes down what every operation of a service shows and changes, so that no operation can be without account.

A service declares its routes as on any router. What an endpoint returns is looked through for records; what is no
record, such as an image, its store takes down itself.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final, get_args

from fastapi import APIRouter
from fastapi.params import Security

from shared.identity import Caller
from shared.records.answers import shown_in

Endpoint = Callable[..., Awaitable[Any]]

# What is said of the log itself is no disclosure of records, and would make the log grow by being looked at.
UNACCOUNTED: Final = "unaccounted"


class AccountingRouter(APIRouter):
    """Wraps every endpoint that has a caller."""

    def add_api_route(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        """Declare a route, as its base does."""
        caller = _caller_of(endpoint)
        if caller is not None:
            endpoint = _accounted(endpoint, caller, options.get("name") or endpoint.__name__)
        super().add_api_route(path, endpoint, **options)


def unaccounted(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint that shows no record and changes none, and of which the log holds nothing."""
    setattr(endpoint, UNACCOUNTED, True)
    return endpoint


def _accounted(endpoint: Endpoint, caller: str, operation: str) -> Endpoint:
    @wraps(endpoint)
    async def with_account(**given: Any) -> Any:
        account = given[caller].account
        account.operation = operation
        answer = await endpoint(**given)
        for shown in shown_in(answer):
            account.take_down(shown)
        return answer

    return with_account


def _caller_of(endpoint: Endpoint) -> str | None:
    """Return the parameter that is given the caller, by which a route is guarded; None for one without account."""
    if getattr(endpoint, UNACCOUNTED, False) or not inspect.iscoroutinefunction(endpoint):
        return None
    for name, parameter in inspect.signature(endpoint, eval_str=True).parameters.items():
        kind, *notes = get_args(parameter.annotation) or (None,)
        if kind is Caller and any(isinstance(note, Security) for note in notes):
            return name
    return None
