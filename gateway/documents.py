"""One OpenAPI document for all services behind the gateway, merged from their own."""

import json
from typing import Any, Final, cast

from fastapi import FastAPI

from shared.api import ProblemBody
from shared.clock import SystemClock
from shared.envelope import SIGNATURE_HEADER
from shared.errors import PROBLEM_JSON
from shared.identity import Purpose
from shared.service import Context, Service
from shared.storage import Database

OVERVIEW: Final = """An open stand-in for the network over which police bureaus exchange records.

Every request is signed as your bureau and every answer by the service that gave it: the header `I247-Signature` of an
answer is a detached JWS over its exact body, which you can keep and check.

1. Get a token: `Authorize` above, or `POST /oauth/token`.
2. State a purpose with the header `I247-Purpose`, unless your token has one.
3. Refusals are RFC 9457 problems. Those of the transport, not of a service, carry the header `I247-Error`.
"""

_REFERENCE: Final = "#/components/schemas/"
_PROBLEM_CONTENT: Final = {PROBLEM_JSON: {"schema": {"$ref": f"{_REFERENCE}ProblemBody"}}}

# What the gateway and the transport may answer to any operation, beside what the service documents.
_GATEWAY_REFUSALS: Final = {
    "401": "`unauthenticated`: no valid token",
    "403": "`scope-missing`, `purpose-missing`, `envelope-refused`: the officer or the bureau may not do this",
    "413": "`too-large`, `request-too-large`: the body is too large",
    "414": "`target-too-long`: the URL is too long",
    "502": "`forged-reply`: the answer of the service cannot be trusted",
    "503": "`unreachable`, `busy`: the service is not there or has too much to do; try again after `Retry-After`",
    "504": "`timeout`: no answer in time",
    "507": "`reply-too-large`: the answer is too large; ask for less",
}

_PURPOSE_PARAMETER: Final = {
    "name": "I247-Purpose",
    "in": "header",
    "required": False,
    "description": "Why the network is used (RPD article 10(2)). Required unless the token has a default purpose.",
    "schema": {"type": "string", "enum": [purpose.value for purpose in Purpose]},
    "example": Purpose.SECURITY_CHECK.value,
}

_REPLY_HEADERS: Final = {
    "I247-Request-Id": {"description": "The id of the signed request.", "schema": {"type": "string"}},
    SIGNATURE_HEADER: {
        "description": "The service's detached JWS over the exact body (RFC 7515, RFC 7797).",
        "schema": {"type": "string"},
    },
}


def merged_openapi(edge: FastAPI, services: tuple[Service, ...]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the gateway: its own operations, and those of all services."""
    document = FastAPI.openapi(edge)
    document["info"]["description"] = OVERVIEW
    document["tags"] = [{"name": service.name, "description": service.summary} for service in services]
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["ProblemBody"] = ProblemBody.model_json_schema()
    components["securitySchemes"] = {}
    for service in services:
        _merge(document, service_openapi(service), service.name)
    scopes = {scope: f"{service.name}: {scope.partition(':')[2]}" for service in services for scope in service.scopes}
    for flow in components["securitySchemes"]["officer"]["flows"].values():
        flow["scopes"] = scopes
    return document


def service_openapi(service: Service) -> dict[str, Any]:
    """Return the document of one service. Its store is not needed to describe it."""
    return service.create_app(Context(cast("Database", None), SystemClock())).openapi()


def _merge(document: dict[str, Any], own: dict[str, Any], service: str) -> None:
    components = document["components"]
    own = _with_distinct_schemas(own, components["schemas"], service)
    for path, operations in own["paths"].items():
        document["paths"][path] = {method: _completed(operation) for method, operation in operations.items()}
    components["schemas"] |= own["components"]["schemas"]
    components["securitySchemes"] |= own["components"]["securitySchemes"]


def _with_distinct_schemas(own: dict[str, Any], taken: dict[str, Any], service: str) -> dict[str, Any]:
    """Return the document, its schemas renamed where another service means something else by the name."""
    prefix = "".join(word.title() for word in service.split("-"))
    schemas = own["components"]["schemas"]
    renamed = {name: f"{prefix}{name}" for name in schemas if taken.get(name, schemas[name]) != schemas[name]}
    text = json.dumps(own)
    for name, new in renamed.items():
        text = text.replace(f'"{_REFERENCE}{name}"', f'"{_REFERENCE}{new}"')
    distinct: dict[str, Any] = json.loads(text)
    distinct["components"]["schemas"] = {
        renamed.get(name, name): schema for name, schema in distinct["components"]["schemas"].items()
    }
    return distinct


def _completed(operation: dict[str, Any]) -> dict[str, Any]:
    """Return an operation with what the gateway adds to it: the purpose, the signature, its refusals."""
    responses = operation["responses"]
    for status, response in responses.items():
        if status.startswith("2"):
            response["headers"] = response.get("headers", {}) | _REPLY_HEADERS
    for status, description in _GATEWAY_REFUSALS.items():
        documented = responses.setdefault(status, {"description": "", "content": _PROBLEM_CONTENT})
        documented["description"] = "; ".join(filter(None, (documented["description"], description)))
    return {
        **operation,
        "parameters": [*operation.get("parameters", []), _PURPOSE_PARAMETER],
        "responses": dict(sorted(responses.items())),
    }
