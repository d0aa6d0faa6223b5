"""Creates the FastAPI application of a service, or of a part of a gateway.

It takes the authenticated caller from `scope["state"]["caller"]`, where the bridge puts it, and renders every refusal
as an RFC 9457 problem.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Query, Request
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from shared.compat.direct_routes import DirectApp
from shared.compat.raw_body_routes import RawBodyRoute
from shared.errors import Malformed
from shared.protocol.directory_log import PartRefused
from shared.protocol.envelope import MAX_DIRECTORY_HEAD
from shared.service import HEALTH_PATH, Context
from shared.web.examples import RequestExamples
from shared.web.openapi import complete_document
from shared.web.problems import render_refusals
from shared.web.routing import context_of
from shared.web.strict_json import WellFormed, check_target

_own: Final = APIRouter()
_ALIVE: Final = sa.select(sa.literal(1))


def application(
    context: Context,
    routes: Iterable[BaseRoute],
    *,
    title: str,
    description: str,
    lifespan: Lifespan[FastAPI] | None = None,
    examples: RequestExamples | None = None,
) -> FastAPI:
    """Create an application of routes, with strict JSON and problems (RFC 9457), and a health check if it has a store.

    `examples` are those of its requests that its document shows.
    """
    app = DirectApp(
        check=check_target,
        title=title,
        description=description,
        version="1.0.0",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # An included router is searched twice for each request, which took a tenth of a search. Routes are tried in
        # order: fixed paths come first, so that none of them is taken for an id.
        routes=[*sorted(routes, key=_has_parameters), *(_own.routes if context.store else ())],
        # OpenTelemetry in this process would see requests and replies.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.context = context
    app.add_middleware(WellFormed, read_elsewhere={each.path for each in app.routes if isinstance(each, RawBodyRoute)})
    render_refusals(app)
    complete_document(app, examples)
    return app


def _has_parameters(route: BaseRoute) -> bool:
    return isinstance(route, Route) and "{" in route.path


@_own.get(HEALTH_PATH, include_in_schema=False)
async def _health(
    request: Request, directory: Annotated[str, Query(max_length=MAX_DIRECTORY_HEAD)] = ""
) -> dict[str, Any]:
    """Check the store and the background jobs, and compare the head of the directory with that of the caller.

    Raises Malformed for a head that the root key did not sign.
    """
    context = context_of(request)
    if directory and context.directory is not None:
        try:
            context.directory.compare_head(directory)
        except PartRefused as refused:
            raise Malformed(f"directory: {refused}: send one that it signed, or none") from refused
    await context.database.reading.fetch(_ALIVE)
    head = context.directory.log.head_to_share() if context.directory else ""
    return {"status": "up", "directory": head, "failing_jobs": context.failing_jobs()}
