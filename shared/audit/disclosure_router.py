"""Takes down what every operation of a service shows and changes, so that no operation can be without account.

A service declares its routes as on any router. What an endpoint returns is looked through for records; what is no
record, such as an image, its store takes down itself.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any, Final, TypeVar, get_args

from fastapi import APIRouter
from fastapi.params import Security
from pydantic import BaseModel

from shared.compat.direct_routes import DirectRoute
from shared.disclosure import Disclosing, Disclosure, How
from shared.errors import Refusal
from shared.identity import Caller
from shared.web.openapi import operation_id
from shared.web.problems import refusals
from shared.web.routing import path_of

Endpoint = Callable[..., Awaitable[Any]]
E = TypeVar("E", bound=Callable[..., Any])

# What is said of the log itself is no disclosure of records, and would make the log grow by being looked at.
NOT_AUDITED: Final = "unaccounted"


class AuditedRouter(APIRouter):
    """Wraps every endpoint but those that are marked as unaccounted."""

    def add_api_route(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        """Declare a route, as its base does. Raises TypeError where nobody could be held to account."""
        if not getattr(endpoint, NOT_AUDITED, False):
            endpoint = _accounted(endpoint, _caller_of(endpoint), options.get("name") or endpoint.__name__)
        super().add_api_route(path, endpoint, **options)


def not_audited(endpoint: E) -> E:
    """Mark an endpoint that shows no record and changes none, and of which the log holds nothing."""
    setattr(endpoint, NOT_AUDITED, True)
    return endpoint


def _accounted(endpoint: Endpoint, caller: str, operation: str) -> Endpoint:
    @wraps(endpoint)
    async def with_account(**given: Any) -> Any:
        account = given[caller].recorder
        account.operation = operation
        answer = await endpoint(**given)
        for shown in disclosed_in(answer):
            account.record(shown)
        return answer

    return with_account


def _caller_of(endpoint: Endpoint) -> str:
    """Return the parameter that is given the caller, by which a route is guarded. Raises TypeError."""
    if inspect.iscoroutinefunction(endpoint):
        for name, parameter in inspect.signature(endpoint, eval_str=True).parameters.items():
            kind, *notes = get_args(parameter.annotation) or (None,)
            if kind is Caller and any(isinstance(note, Security) for note in notes):
                return name
    raise TypeError(f"{endpoint.__name__} must be async and take its caller by permission(...), or be unaccounted")


def service_router(name: str, *kinds: type[Refusal]) -> APIRouter:
    """Return what a service declares its routes on, each below its path; any of them may refuse in these ways.

    What they answer is accounted for: see `accounting`.
    """
    return AuditedRouter(
        prefix=path_of(name),
        tags=[name],
        responses=refusals(*kinds),
        generate_unique_id_function=operation_id,
        route_class=DirectRoute,
    )


def require_router(name: str, router: APIRouter) -> None:
    """Raise ValueError for a router that `service_router` did not make for a service of this name."""
    if not isinstance(router, AuditedRouter) or router.prefix != path_of(name):
        raise ValueError(f"declare the routes of {name} on service_router({name!r})")


def disclosed_in(answer: Any, how: How = "read") -> Iterator[Disclosure]:
    """Yield every record that an answer discloses, however it is wrapped."""
    if isinstance(answer, Disclosing):
        yield from answer.disclosed(how)
    else:
        for part in _parts_of(answer):
            yield from disclosed_in(part, how)


def _parts_of(answer: Any) -> Iterable[Any]:
    parts = vars(answer) if isinstance(answer, BaseModel) else answer
    if isinstance(parts, Mapping):
        return parts.values()
    return parts if isinstance(parts, list | tuple | set | frozenset) else ()
