"""What makes a FastAPI application a service: who calls it, what it works on, how it refuses.

A service is an ordinary application. It takes the verified caller from `scope["state"]["caller"]`, where the bridge
put it, and renders every refusal as an RFC 9457 problem.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlowPassword, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from shared.errors import (
    PROBLEM_JSON,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Refusal,
    ScopeMissing,
    Unauthenticated,
    problem,
)
from shared.identity import Caller
from shared.ids import uuid7
from shared.records import RecordStore, handle_once
from shared.service import Context
from shared.storage import Session

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path, not a secret
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class ProblemBody(BaseModel):
    """An RFC 9457 problem: why the request was refused, and what to change."""

    type: str = Field(examples=["urn:i247:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no record 0197a3c2-5b1e-7c3a-9f20-4d5e6f708192 that your bureau may see"])
    instance: str | None = Field(None, description="The id of the request, by which an operator finds its cause.")


def refusals(*kinds: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may refuse in these ways."""
    by_status: dict[int, list[type[Refusal]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _documented(same) for status, same in by_status.items()}


def _documented(kinds: list[type[Refusal]]) -> dict[str, Any]:
    texts = "; ".join(f"`{kind.code}`: {kind.title.lower()}" for kind in kinds)
    return {"description": texts, "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}}


class SignedCaller(OAuth2):
    """Hands the caller whom the signature vouches for to a route, if his scopes reach. Documents OAuth2."""

    def __init__(self) -> None:
        flows = OAuthFlows(
            password=OAuthFlowPassword(tokenUrl=TOKEN_PATH, scopes={}),
            clientCredentials=OAuthFlowClientCredentials(tokenUrl=TOKEN_PATH, scopes={}),
        )
        super().__init__(flows=flows, scheme_name="officer", description="A token of an officer of a bureau.")

    async def __call__(self, request: Request, scopes: SecurityScopes) -> Caller:  # type: ignore[override]
        """Return the caller. Raises Unauthenticated, ScopeMissing."""
        caller: Caller | None = request.scope["state"].get("caller")
        if caller is None:
            raise Unauthenticated("the request names no officer: it must come through a gateway")
        for scope in scopes.scopes:
            if scope not in caller.scopes:
                raise ScopeMissing(f"this needs the scope {scope}, which the officer does not hold")
        return caller


_signed_caller = SignedCaller()


def permission(service: str, verb: str) -> Any:
    """Return the dependency that lets only callers with the scope `<service>:<verb>` pass, and hands them on."""
    return Security(_signed_caller, scopes=[f"{service}:{verb}"])


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a new record or a new version of one is stamped with."""

    id: str
    at: datetime


async def stamp(request: Request) -> Stamp:
    """Return a fresh record id and the time."""
    at = context_of(request).clock.now()
    return Stamp(uuid7(at), at)


Stamped = Annotated[Stamp, Depends(stamp)]


def context_of(request: Request) -> Context:
    """Return what the service was handed by its runner."""
    context: Context = request.app.state.context
    return context


S = TypeVar("S", bound=RecordStore[Any])


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
        async with context.database.writing() as session:
            await handle_once(session, caller, at)
            yield store(session, caller, at)

    return open_store


def path_of(service: str) -> str:
    """Return the path under which a service is reached, through a gateway and directly alike."""
    return f"/api/{service}"


def locate(response: Response, service: str, record_id: str) -> None:
    """Tell in an answer where the new record is."""
    response.headers["Location"] = f"{path_of(service)}/{record_id}"


def service_app(name: str, context: Context, router: APIRouter, *, title: str, description: str) -> FastAPI:
    """Make the application of a service from its routes."""
    app = FastAPI(
        title=title, description=description, version="1.0.0", docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.context = context
    app.include_router(router, prefix=path_of(name), tags=[name])
    render_refusals(app)
    return app


def render_refusals(app: FastAPI) -> None:
    """Render every refusal, and those of the framework, as an RFC 9457 problem."""
    app.add_exception_handler(Refusal, _render_refusal)
    app.add_exception_handler(RequestValidationError, _render_invalid)
    app.add_exception_handler(HTTPException, _render_framework)


def problem_response(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response that tells a refusal."""
    return Response(problem(refusal), refusal.status, headers, PROBLEM_JSON)


async def _render_refusal(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - registered for this type alone
    return problem_response(refusal)


async def _render_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return problem_response(Malformed("the body is not JSON"))
    # What was sent is not repeated: it may be personal data, and problems may be logged.
    errors = [{"pointer": _pointer(fault["loc"]), "detail": fault["msg"]} for fault in faults[:20]]
    detail = "; ".join(f"{fault['pointer']}: {fault['detail']}" for fault in errors[:3])
    return problem_response(Invalid(detail, errors=errors))


def _pointer(location: tuple[int | str, ...]) -> str:
    return "/".join(str(part) for part in location)


async def _render_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    refusal: Refusal
    match error.status_code:
        case 404:
            refusal = NotFound(f"there is no {request.url.path} here")
        case 405:
            refusal = MethodNotAllowed(f"{request.method} is not possible here")
        case _:
            refusal = Malformed(str(error.detail))
    return problem_response(refusal, error.headers)
