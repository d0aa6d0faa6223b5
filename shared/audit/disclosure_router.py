"""Records what every operation of a service discloses and changes, so that no operation escapes the audit log.

A service declares its routes as on any router. Records are found in what an endpoint returns; what is no record, such
as an image, the store of the service records itself.
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

# Answers about the log itself disclose no records, and would make the log grow by being looked at.
NOT_AUDITED: Final = "not_audited"


class AuditedRouter(APIRouter):
    """Wraps every endpoint that is not marked with `not_audited`."""

    def add_api_route(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        """Declare a route, as its base does. Raises TypeError for an endpoint without a caller."""
        if not getattr(endpoint, NOT_AUDITED, False):
            endpoint = _audited(endpoint, _caller_of(endpoint), options.get("name") or endpoint.__name__)
        super().add_api_route(path, endpoint, **options)


def not_audited(endpoint: E) -> E:
    """Mark an endpoint that discloses and changes no record, and that the log does not have."""
    setattr(endpoint, NOT_AUDITED, True)
    return endpoint


def _audited(endpoint: Endpoint, caller: str, operation: str) -> Endpoint:
    @wraps(endpoint)
    async def with_recorder(**given: Any) -> Any:
        recorder = given[caller].recorder
        recorder.operation = operation
        answer = await endpoint(**given)
        for shown in disclosed_in(answer):
            recorder.record(shown)
        return answer

    return with_recorder


def _caller_of(endpoint: Endpoint) -> str:
    """Return the parameter that takes the caller. Raises TypeError."""
    if inspect.iscoroutinefunction(endpoint):
        for name, parameter in inspect.signature(endpoint, eval_str=True).parameters.items():
            kind, *metadata = get_args(parameter.annotation) or (None,)
            if kind is Caller and any(isinstance(each, Security) for each in metadata):
                return name
    raise TypeError(f"{endpoint.__name__} must be async and take its caller by permission(...), or be @not_audited")


def service_router(name: str, *kinds: type[Refusal], is_tagged: bool = True, prefix: str | None = None) -> APIRouter:
    """Return the audited router of a service, for routes below its path; each may raise these refusals.

    A prefix that is prescribed from outside replaces the path.

    Its name is the tag of each, unless they have tags of their own.
    """
    return AuditedRouter(
        prefix=path_of(name) if prefix is None else prefix,
        tags=[name] if is_tagged else [],
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
