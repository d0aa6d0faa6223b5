"""Renders every refusal as an RFC 9457 problem, and documents which of them an operation may give."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from typing_extensions import TypeAliasType

from shared.errors import (
    PROBLEM_JSON,
    RETRY_AFTER_SECONDS,
    Internal,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Place,
    Refusal,
    TooLarge,
    UnsupportedMediaType,
    problem,
)
from shared.identity import Caller
from shared.outcomes import changes_something
from shared.suggestions import nearest_path
from shared.validation import UNKNOWN_NAME, invalid
from shared.web.known_names import document_of, known_names

SHOWN_OF_A_PATH: Final = 100

FindPaths = Callable[[], Awaitable[Collection[str]]]
"""Finds the paths of all operations that a client of an application may mean; in its state as `find_paths`."""

RequestPart = TypeAliasType("RequestPart", Place)
PROBLEM_SCHEMA: Final = "ProblemBody"


class ProblemError(BaseModel):
    """One mistake in a request."""

    place: RequestPart = Field(alias="in", description="The part of the request that has it.", examples=["body"])
    pointer: str = Field(
        description="Where, by a JSON pointer (RFC 6901): in a body to the value, else to the parameter or header.",
        examples=["/subject/nationalities/0"],
    )
    detail: str = Field(
        description="What to change.",
        examples=["ZZ is on no list of countries: ISO 3166-1 alpha-2, such as IT"],
    )


class ProblemBody(BaseModel):
    """An RFC 9457 problem: why the request was refused, and what to change."""

    type: str = Field(examples=["urn:i247:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no record 0197a3c2-5b1e-7c3a-9f20-4d5e6f708192 that your bureau may see"])
    instance: str | None = Field(None, description="The id of the request, for the operator to find the cause.")
    errors: list[ProblemError] | None = Field(
        None, description="Each mistake in the request, where it is known where: at most 20 of them."
    )


def problem_schemas() -> dict[str, Any]:
    """Return the schemas of a problem for the components of an OpenAPI document."""
    body = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**body.pop("$defs"), PROBLEM_SCHEMA: body}


def refusals(*kinds: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may refuse in these ways."""
    by_status: dict[int, list[type[Refusal]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _documented(same) for status, same in by_status.items()}


def described(kinds: Iterable[type[Refusal]]) -> str:
    """Return the description of an answer that refuses in one of these ways: each code with its meaning."""
    return "; ".join(f"`{kind.code}`: {kind.title[0].lower()}{kind.title[1:]}" for kind in kinds)


def _documented(kinds: list[type[Refusal]]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{PROBLEM_SCHEMA}"}
    return {"description": described(kinds), "content": {PROBLEM_JSON: {"schema": schema}}}


def problem_response(refusal: Refusal, headers: Mapping[str, str] | None = None, *, changes: bool = True) -> Response:
    """Return the response for a refusal; `changes`: the request may have got as far as to change something."""
    wait = RETRY_AFTER_SECONDS if refusal.status == 503 else refusal.retry_after_seconds
    if wait is not None:
        headers = {"Retry-After": str(wait), **(headers or {})}
    return Response(problem(refusal, changes=changes), refusal.status, headers, PROBLEM_JSON)


def render_refusals(app: FastAPI) -> None:
    """Render every refusal, each error of the framework and every crash as an RFC 9457 problem."""
    app.add_exception_handler(Refusal, _render_refusal)
    app.add_exception_handler(RequestValidationError, _render_invalid)
    app.add_exception_handler(HTTPException, _render_framework)
    app.add_exception_handler(Exception, _render_crash)


async def _render_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - registered for this type alone
    return problem_response(refusal, changes=_may_have_changed(request))


async def _render_crash(request: Request, _error: Exception) -> Response:
    # The framework raises the error again once this is sent, so that it can be logged.
    failed = Internal("the service failed while it worked on the request")
    return problem_response(failed, changes=_may_have_changed(request))


def _may_have_changed(request: Request) -> bool:
    """Return whether a request got as far as to change something; without a caller every one of its method does."""
    caller: Caller | None = request.scope.get("state", {}).get("caller")
    return changes_something(request.method, ()) if caller is None else caller.recorder.may_change


async def _render_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    if _is_taken_for_another(request):
        return _method_not_allowed(request, await _methods_of(request))
    return problem_response(_media_refused(request, error.body) or await _invalid(request, error))


def _is_taken_for_another(request: Request) -> bool:
    """Return whether a fixed path matched a template, such as `PUT /searches` for `PUT /{record_id}`."""
    path, taken = request.scope["path"], request.scope["route"]
    return taken.path != path and any(getattr(route, "path", None) == path for route in request.app.routes)


def _media_refused(request: Request, body: Any) -> Refusal | None:
    """Return the refusal of a body whose media type the operation does not accept, or None."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if isinstance(body, bytes):
        wanted = "application/json"
    elif isinstance(body, FormData) and sent not in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        wanted = "multipart/form-data or application/x-www-form-urlencoded"
    else:
        return None
    return UnsupportedMediaType(f"send the body as {wanted}, with that Content-Type")


async def _invalid(request: Request, error: RequestValidationError) -> Refusal:
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return Malformed("the body is not JSON")
    if any(fault["loc"][0] == "path" for fault in faults):
        others = (await document_of(request.app))["paths"].keys() - {request.scope["route"].path}
        if (meant := nearest_path(request.scope["path"], others)) is not None:
            return NotFound(_no_path(request, meant))
    is_name_unknown = any(fault["type"] == UNKNOWN_NAME for fault in faults)
    known = await known_names(request, error.body) if is_name_unknown else None
    return invalid(faults, error.body, known=known)


async def _render_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    refusal: Refusal
    if isinstance(error.__cause__, Refusal):
        # Raised by what the body comes from: the framework says no more than that it could not be read.
        return await _render_refusal(request, error.__cause__)
    match error.status_code:
        case 404:
            refusal = NotFound(await _meant(request))
        case 405:
            return _method_not_allowed(request, await _methods_of(request))
        case 413:
            refusal = TooLarge(str(error.detail))
        case _:
            refusal = Malformed(str(error.detail))
    return problem_response(refusal, error.headers)


async def _meant(request: Request) -> str:
    """Return the detail for a path that does not exist: the nearest that does, or the only one, of the document's."""
    app: FastAPI = request.app
    find_paths: FindPaths | None = getattr(app.state, "find_paths", None)
    paths = (await document_of(app))["paths"] if find_paths is None else await find_paths()
    only = next(iter(paths)) if len(paths) == 1 else None
    return _no_path(request, only or nearest_path(request.scope["path"], paths))


def _no_path(request: Request, meant: str | None) -> str:
    path = request.scope["path"][:SHOWN_OF_A_PATH]
    return f"there is no {path} here: " + (f"did you mean {meant}?" if meant else "/docs shows what there is")


def _method_not_allowed(request: Request, methods: list[str]) -> Response:
    allowed = ", ".join(methods)
    refusal = MethodNotAllowed(f"{request.method} is not allowed here; use {allowed}")
    return problem_response(refusal, {"Allow": allowed})


async def _methods_of(request: Request) -> list[str]:
    """Return all methods of a path; the framework only knows those of the first route."""
    paths, path = (await document_of(request.app))["paths"], request.scope["path"]
    fitting = [path] if path in paths else [template for template in paths if compile_path(template)[0].match(path)]
    return sorted({method.upper() for template in fitting for method in paths[template]})
