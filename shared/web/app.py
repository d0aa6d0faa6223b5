"""What makes a FastAPI application a service: who calls it, what it works on, how it refuses.

A service is an ordinary application. It takes the verified caller from `scope["state"]["caller"]`, where the bridge
put it, and renders every refusal as an RFC 9457 problem.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from typing import Annotated, Final, TypeVar

import sqlalchemy as sa
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from shared.audit.disclosure_router import AccountingRouter
from shared.audit.routes import audit_routes
from shared.errors import Malformed
from shared.identity import Caller
from shared.ids import uuid7
from shared.protocol.directory_log import PartRefused
from shared.protocol.envelope import MAX_DIRECTORY_HEAD
from shared.records import Stamp
from shared.records.transaction import transaction_of
from shared.service import HEALTH_PATH, TOKEN_PATH, Context
from shared.storage import Session
from shared.web.openapi import complete_document, handled_once
from shared.web.problems import ProblemBody, problem_response, refusals, render_refusals
from shared.web.routing import SignedCaller, context_of, path_of, permission, service_router
from shared.web.strict_json import WellFormed

# A service imports from here alone what makes it one.
__all__ = [
    "HEALTH_PATH",
    "TOKEN_PATH",
    "ProblemBody",
    "SignedCaller",
    "Stamped",
    "beside_app",
    "context_of",
    "locate",
    "path_of",
    "permission",
    "problem_response",
    "reading",
    "refusals",
    "render_refusals",
    "service_app",
    "service_router",
    "stamp",
    "writing",
]


_Health = dict[str, str]
_ALIVE: Final = sa.select(sa.literal(1))


async def stamp(request: Request) -> Stamp:
    """Return a fresh record id and the time."""
    at = context_of(request).clock.now()
    return Stamp(uuid7(at), at)


Stamped = Annotated[Stamp, Depends(stamp)]


S = TypeVar("S")


def reading(store: Callable[[Session, Caller, datetime], S]) -> Callable[[Request], Awaitable[S]]:
    """Return the dependency that hands out a store for reads."""

    async def open_store(request: Request) -> S:
        context = context_of(request)
        return store(context.database.reading, request.scope["state"]["caller"], context.clock.now())

    return open_store


def writing(store: Callable[[Session, Caller, datetime], S]) -> Callable[[Request], AsyncIterator[S]]:
    """Return the dependency that hands out a store in a transaction, which carries a request out at most once.

    Use it with `scope="function"`, so that the transaction is committed before the answer is made.
    """

    async def open_store(request: Request) -> AsyncIterator[S]:
        context = context_of(request)
        caller: Caller = request.scope["state"]["caller"]
        at = context.clock.now()
        async with transaction_of(caller, context.database, at) as session:
            yield store(session, caller, at)

    return handled_once(open_store)


def locate(response: Response, service: str, record_id: str) -> None:
    """Tell in an answer where the new record is."""
    response.headers["Location"] = f"{path_of(service)}/{record_id}"


def service_app(
    name: str,
    context: Context,
    router: APIRouter,
    *,
    title: str,
    description: str,
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """Make the application of a service from its routes, and from those to its audit log.

    `lifespan` keeps what the service works with beside its store, from its start to its end. Raises ValueError for a
    router not made for it.
    """
    _require_router(name, router)
    return _application(context, [*router.routes, *audit_routes(name)], title, description, lifespan)


def beside_app(name: str, context: Context, router: APIRouter, *, title: str, description: str) -> FastAPI:
    """Make the application of what answers in a gateway itself. Raises ValueError for a router not made for it.

    It keeps no audit log: what is shown there is the bureau's own.
    """
    _require_router(name, router)
    return _application(context, router.routes, title, description, None)


def _require_router(name: str, router: APIRouter) -> None:
    if not isinstance(router, AccountingRouter) or router.prefix != path_of(name):
        raise ValueError(f"declare the routes of {name} on service_router({name!r})")


def _application(
    context: Context,
    routes: Iterable[BaseRoute],
    title: str,
    description: str,
    lifespan: Lifespan[FastAPI] | None,
) -> FastAPI:
    app = FastAPI(
        title=title,
        description=description,
        version="1.0.0",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # A router that is included is searched twice for each request, which was a tenth of a search. Routes are tried
        # one after the other, so that those whose path is fixed come first, and none of them is taken for an id.
        routes=sorted(routes, key=_has_parameters),
        # Whoever sets up OpenTelemetry in this process would be handed what is asked for and answered.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.context = context
    app.add_api_route(HEALTH_PATH, _health, include_in_schema=False)
    app.add_middleware(WellFormed)
    render_refusals(app)
    complete_document(app)
    return app


def _has_parameters(route: BaseRoute) -> bool:
    return isinstance(route, Route) and "{" in route.path


async def _health(request: Request, directory: Annotated[str, Query(max_length=MAX_DIRECTORY_HEAD)] = "") -> _Health:
    """Tell that the service works, down to its store; heads of the directory are stated on both sides, and compared.

    Raises Malformed for a head that the root key did not sign.
    """
    context = context_of(request)
    if directory and context.directory is not None:
        try:
            context.directory.hear(directory)
        except PartRefused as refused:
            raise Malformed(f"directory: {refused}: state one that it signed, or none") from refused
    await context.database.reading.look_up(_ALIVE)
    return {"status": "up", "directory": context.directory.log.state() if context.directory else ""}
