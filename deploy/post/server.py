"""The search of a post over HTTP, at the path of the service: a border program asks the same URL offline.

Only for programs on this machine, which state a token of the post, the officer and the purpose. The answer has the form
of the service; headers say which field copy it is of, how old that is, and when it expires.
"""

import hmac
import socket
from typing import Annotated, Any, Final

import uvicorn
from fastapi import APIRouter, FastAPI, Header, Query, Request, Response
from starlette.routing import BaseRoute

from deploy.post.search import CurrentSearch, Officer, OfficerName, PackSearch
from shared.clock import Clock
from shared.compat.strict_routes import StrictRoute
from shared.errors import PurposeMissing, Unauthenticated
from shared.identity import PURPOSES, Purpose
from shared.service import Context
from shared.web.app import application

COPY_HEADER: Final = "I247-Field-Copy"


def create_app(current: CurrentSearch, token: str, clock: Clock) -> FastAPI:
    """Create the application of a post."""
    return application(
        Context(None, clock), _routes(current, token, clock), title="Field pack", description="Searches of a post."
    )


def _routes(current: CurrentSearch, token: str, clock: Clock) -> list[BaseRoute]:
    router = APIRouter(route_class=StrictRoute)
    kind = current.get().kind
    query_model: Any = kind.query

    async def find(
        request: Request,
        response: Response,
        query: Annotated[Any, Query()],
        officer: Annotated[OfficerName, Header(alias="I247-Officer")],
        purpose: Annotated[str | None, Header(alias="I247-Purpose")] = None,
    ) -> Any:
        _require_token(request, token)
        search = current.get()
        found = await search.search(query, Officer(name=officer, purpose=_purpose(purpose)))
        _state_copy(response, search, clock)
        return found

    find.__annotations__["query"] = Annotated[query_model, Query()]
    router.add_api_route(f"{kind.path()}search", find, methods=["GET"], response_model=None)
    return [*router.routes]


def _require_token(request: Request, token: str) -> None:
    stated = request.headers.get("authorization", "")
    if not hmac.compare_digest(stated.encode(), f"Bearer {token}".encode()):
        raise Unauthenticated("state the token of this post: it is in its folder, in the file `token`")


def _purpose(stated: str | None) -> Purpose:
    if stated is None or stated not in PURPOSES:
        raise PurposeMissing(f"state the header I247-Purpose: one of {', '.join(PURPOSES)}")
    return PURPOSES[stated]


def _state_copy(response: Response, search: PackSearch, clock: Clock) -> None:
    age = int(search.age_hours(clock.now()) * 3600)
    response.headers["Age"] = str(age)
    taken, expires = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (search.taken, search.expires))
    response.headers[COPY_HEADER] = f"number={search.last.manifest.number}; taken={taken}; expires={expires}"


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Serve until interrupted."""
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run([listening])
