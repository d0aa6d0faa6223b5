"""Routes that only read, answered without the general machinery of FastAPI.

For each request FastAPI tries all routes in order, enters five layers and three exit stacks, and goes through all kinds
of parameter of each dependency. Here a route is looked up by its path; a dependency that only needs the request is
called directly; path and query are passed to their fields and models. Documents do not change. FastAPI handles all that
has a body, a transaction or a response class of its own, and authenticates the caller before it reads a body.

It saves most of what the application costs besides the search itself: 45 instead of 140 microseconds of processor time
(FastAPI 0.165, Starlette 1.10, 2026-11-29).
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import serialize_response
from fastapi.security import SecurityScopes
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.compat.strict_routes import JSON, StrictRoute

READS: Final = "GET"

# What an endpoint may need besides the request, its dependencies, its path and its query.
_further_needs: Final = attrgetter(
    *("header_params", "cookie_params", "body_params", "websocket_param_name", "http_connection_param_name"),
    *("response_param_name", "background_tasks_param_name", "security_scopes_param_name"),
)
# What a dependency may need besides the request and the scopes.
_other_needs: Final = attrgetter(
    *("dependencies", "path_params", "query_params", "header_params", "cookie_params", "body_params"),
    *("websocket_param_name", "http_connection_param_name", "response_param_name", "background_tasks_param_name"),
)

Take = Callable[[Request], Awaitable[Any]]
Handlers = Mapping[Any, Callable[[Request, Any], Any]]


class DirectRoute(StrictRoute):
    """A route that is documented like its base, and answered directly where possible."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Create it like its base."""
        super().__init__(*args, **options)
        self.call: Take | None = _direct_call(self)
        """Returns what the endpoint returns for a request; None where FastAPI has to answer."""

    async def respond(self, request: Request) -> Response:
        """Return the response to a request, where `call` is possible. Raises what its endpoint raises."""
        assert self.call is not None  # noqa: S101 - the router has looked
        answer = await self.call(request)
        if isinstance(answer, Response):
            return answer
        content = await serialize_response(
            field=self.response_field,
            response_content=answer,
            include=self.response_model_include,
            exclude=self.response_model_exclude,
            by_alias=self.response_model_by_alias,
            exclude_unset=self.response_model_exclude_unset,
            exclude_defaults=self.response_model_exclude_defaults,
            exclude_none=self.response_model_exclude_none,
            dump_json=True,
        )
        return Response(content, self.status_code or 200, media_type=JSON)


class DirectApp(FastAPI):
    """An application that answers requests to direct routes before all its layers."""

    def __init__(self, *, check: Callable[[Scope], None], **options: Any) -> None:
        """`check` raises for a request that no route is to see, as middleware does for the others."""
        super().__init__(**options)
        self._check = check

    def build_middleware_stack(self) -> ASGIApp:
        """Return what answers all requests."""
        return _DirectRouting(super().build_middleware_stack(), self.routes, self._check)


class _DirectRouting:
    """Answers requests to direct routes. Others go on to the layers of the application, with its router.

    Of several routes that fit, the first one is taken, as the router does.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute], check: Callable[[Scope], None]) -> None:
        self._app = app
        self._check = check
        self._fixed: dict[str, Route] = {}
        self._templates: dict[int, list[tuple[re.Pattern[str], Route]]] = {}
        for route in routes:
            if isinstance(route, Route) and READS in (route.methods or ()):
                self._add(route)

    def _add(self, route: Route) -> None:
        if "{" in route.path:
            self._templates.setdefault(route.path.count("/"), []).append((route.path_regex, route))
        else:
            self._fixed.setdefault(route.path, route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on. Raises what crashes, once that is answered."""
        if scope["type"] != "http" or scope["method"] != READS or scope["root_path"]:
            await self._app(scope, receive, send)
            return
        route, path_params = self._find(scope["path"])
        if not isinstance(route, DirectRoute) or route.call is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["endpoint"], scope["path_params"] = route, route.endpoint, path_params
        request, crash = Request(scope, receive, send), None
        try:
            self._check(scope)
            response = await route.respond(request)
        except Exception as error:
            handlers = scope["app"].exception_handlers
            handle = _handler_of(error, handlers)
            crash = error if handle is None else None
            response = await (handle or handlers[Exception])(request, error)
        await response(scope, receive, send)
        if crash is not None:
            raise crash

    def _find(self, path: str) -> tuple[Route | None, dict[str, str]]:
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed, {}
        for pattern, route in self._templates.get(path.count("/"), ()):
            if found := pattern.match(path):
                return route, found.groupdict()
        return None, {}


def _handler_of(error: Exception, handlers: Handlers) -> Callable[[Request, Any], Any] | None:
    """Return what renders an error; None for a crash."""
    if isinstance(error, HTTPException) and error.status_code in handlers:
        return handlers[error.status_code]
    return next((handlers[kind] for kind in type(error).__mro__ if kind in handlers and kind is not Exception), None)


def _direct_call(route: StrictRoute) -> Take | None:
    """Return a function that resolves all that an endpoint needs, and calls it; None if it needs more."""
    dependant = route.dependant
    takes = [(each.name, take) for each in dependant.dependencies if (take := take_of(each))]
    if len(takes) < len(dependant.dependencies) or not _is_simple(route):
        return None
    endpoint, request_name = dependant.call, dependant.request_param_name
    in_path, in_query = tuple(dependant.path_params), tuple(dependant.query_params)

    async def call(request: Request) -> Any:
        given: dict[str, Any] = {request_name: request} if request_name else {}
        for name, take in takes:
            taken = await take(request)
            if name is not None:
                given[name] = taken
        stated = request.scope["path_params"]
        validated = [field.validate(stated[field.alias], {}, loc=("path", field.alias)) for field in in_path]
        validated += [field.validate(_query_of(request), {}, loc=("query",)) for field in in_query]
        if faults := [fault for _, wrong in validated for fault in wrong or ()]:
            raise RequestValidationError(faults)
        given.update(zip(names, (value for value, _ in validated), strict=True))
        return await endpoint(**given)  # type: ignore[misc]  # it has one, as `_is_simple` looked

    names = [field.name for field in (*in_path, *in_query)]
    return call


def _is_simple(route: StrictRoute) -> bool:
    """Return whether an endpoint needs no more than dependencies, its path and one model of its query."""
    dependant, queries = route.dependant, route.dependant.query_params
    is_read = route.methods == {READS} and route.response_field is not None
    is_plain = iscoroutinefunction(dependant.call) and isinstance(route.response_class, DefaultPlaceholder)
    return (
        is_read
        and is_plain
        and not any(_further_needs(dependant))
        and len(queries) < 2
        and all(map(_is_model, queries))
    )


def _query_of(request: Request) -> dict[str, str]:
    """Return the parameters of a query: of one that is given twice the last, as the framework does."""
    return dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True))


def take_of(dependant: Dependant) -> Take | None:
    """Return a function that resolves a dependency; None if it needs more than the request and the scopes."""
    call, request_name, scopes_name = dependant.call, dependant.request_param_name, dependant.security_scopes_param_name
    is_coroutine = iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__)
    if call is None or not is_coroutine or dependant.concurrency or any(_other_needs(dependant)):
        return None
    scopes = SecurityScopes(
        list(dict.fromkeys((dependant.parent_oauth_scopes or []) + (dependant.own_oauth_scopes or [])))
    )

    async def take(request: Request) -> Any:
        given: dict[str, Any] = {request_name: request} if request_name else {}
        if scopes_name:
            given[scopes_name] = scopes
        return await call(**given)

    return take


def _is_model(field: Any) -> bool:
    annotation = field.field_info.annotation
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
