"""Completes the OpenAPI document of a service with what its routes do not repeat, such as common refusals."""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.errors import (
    AlreadyHandled,
    BureauRestricted,
    Internal,
    Invalid,
    Malformed,
    PurposeNotAllowed,
    Refusal,
    ScopeMissing,
    Unauthenticated,
    UnsupportedMediaType,
)
from shared.standing import READ
from shared.web.descriptions import REFERENCE, operations_of, put_in_form
from shared.web.examples import RequestExamples, add_examples
from shared.web.problems import problem_schemas, refusals

D = TypeVar("D", bound=Callable[..., Any])

LOCATION: Final = {"description": "The path of the new resource.", "schema": {"type": "string"}}

# The schemas of FastAPI's own error, in place of which there are problems.
FRAMEWORK_ERRORS: Final = ("HTTPValidationError", "ValidationError")

_HANDLED_ONCE: Final[set[Any]] = set()


def operation_id(route: APIRoute) -> str:
    """Return the name of the function of a route, for readable names in generated clients."""
    return route.name


def handled_once(dependency: D) -> D:
    """Mark a dependency whose operations are carried out once, and refused a second time."""
    _HANDLED_ONCE.add(dependency)
    return dependency


def complete_document(app: FastAPI, examples: RequestExamples | None = None) -> None:
    """Document all refusals of an application as problems, in place of FastAPI's own error, and examples."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            routes = (route for route in app.routes if isinstance(route, APIRoute))
            once = {route.name for route in routes if _HANDLED_ONCE & set(_calls(route.dependant))}
            app.openapi_schema = _completed(plain(), once)
            add_examples(app.openapi_schema, examples or {})
        return plain()

    # As the documentation of FastAPI recommends.
    app.openapi = openapi  # type: ignore[method-assign]


def document_model(app: FastAPI, model: type[BaseModel]) -> None:
    """Document a model that the operations of an application refer to where FastAPI does not see it."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        own = model.model_json_schema(ref_template=f"{REFERENCE}{{model}}")
        document["components"]["schemas"] |= {**own.pop("$defs", {}), model.__name__: own}
        return put_in_form(document)

    app.openapi = openapi  # type: ignore[method-assign]


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


def _completed(document: dict[str, Any], once: set[str]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for replaced in FRAMEWORK_ERRORS:
        schemas.pop(replaced, None)
    schemas |= problem_schemas()
    for operation in operations_of(document):
        kinds = set(_possible(operation))
        _add_refusals(operation, kinds | {AlreadyHandled} if operation["operationId"] in once else kinds)
        _describe_responses(operation["responses"])
    return put_in_form(document)


def _describe_responses(responses: dict[str, Any]) -> None:
    if "201" in responses:
        responses["201"].setdefault("headers", {})["Location"] = LOCATION
    # FastAPI describes the items of a stream as OpenAPI 3.2 does; in 3.1 a stream is a text.
    for response in responses.values():
        for content in response.get("content", {}).values():
            if content.pop("itemSchema", None) is not None:
                content.setdefault("schema", {"type": "string"})


def _possible(operation: dict[str, Any]) -> Iterator[type[Refusal]]:
    yield Internal
    if _scopes(operation):
        yield from (Unauthenticated, ScopeMissing, PurposeNotAllowed)
    if not all(scope.endswith(f":{READ}") for scope in _scopes(operation)):
        yield BureauRestricted
    if "422" in operation["responses"]:
        yield from (Malformed, Invalid)
    if "requestBody" in operation:
        yield from (Malformed, UnsupportedMediaType)


def _scopes(operation: dict[str, Any]) -> list[str]:
    return [scope for way in operation.get("security", ()) for scopes in way.values() for scope in scopes]


def _add_refusals(operation: dict[str, Any], kinds: set[type[Refusal]]) -> None:
    responses = operation["responses"]
    for kind in sorted(kinds, key=lambda kind: kind.code):
        (status, documented), *_ = refusals(kind).items()
        own = responses.get(str(status))
        if own is not None and "`" in own["description"]:
            if f"`{kind.code}`" in own["description"]:
                continue
            documented["description"] += "; " + own["description"]
        responses[str(status)] = documented
    operation["responses"] = dict(sorted(responses.items()))
