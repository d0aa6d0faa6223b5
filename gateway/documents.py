"""One OpenAPI document for all services behind the gateway, merged from their own."""

import json
import re
from typing import Any, Final, cast

from fastapi import FastAPI

from shared.clock import SystemClock
from shared.envelope import SIGNATURE_HEADER
from shared.errors import PROBLEM_JSON, PROBLEM_TYPE_PREFIX, REFUSALS, Refusal
from shared.identity import Purpose
from shared.problems import PROBLEM_SCHEMA, ProblemBody
from shared.service import TOKEN_PATH, Context, Service
from shared.storage import Database

OVERVIEW: Final = """An open stand-in for the network over which police bureaus exchange records.

Every request is signed as your bureau and every answer by the service that gave it: the header `I247-Signature` of an
answer is a detached JWS over its exact body, which you can keep and check.

1. Get a token: `Authorize` above, or `POST /oauth/token`; where that is not listed, from your bureau's provider.
2. State a purpose with the header `I247-Purpose`, unless your token has one.
3. Refusals are RFC 9457 problems. Those of the transport, not of a service, carry the header `I247-Error`.
"""

API: Final[dict[str, Any]] = {
    "title": "i247",
    "version": "1.0.0",
    "summary": "Police bureaus exchange records: the gateway of a bureau.",
    "description": OVERVIEW,
    "contact": {"name": "The maintainers of i247"},
    "license_info": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    "servers": [{"url": "/", "description": "This gateway"}],
}

_TAGS: Final = (
    {"name": "tokens", "description": "Tokens of officers and programs (OAuth 2.0)."},
    {"name": "health", "description": "Whether the mesh works. Needs no token."},
)

_REFERENCE: Final = "#/components/schemas/"
_PROBLEM_CONTENT: Final = {PROBLEM_JSON: {"schema": {"$ref": f"{_REFERENCE}{PROBLEM_SCHEMA}"}}}

# What the gateway and the transport may answer to any operation, beside what the service documents.
_GATEWAY_REFUSALS: Final = {
    "400": "`malformed`: the URL or a header is not in the form that HTTP has",
    "401": "`unauthenticated`: no valid token",
    "403": "`scope-missing`, `purpose-missing`, `envelope-refused`: the officer or the bureau may not do this",
    "413": "`too-large`, `request-too-large`: the body is too large",
    "414": "`target-too-long`: the URL is too long",
    "422": "`invalid`: I247-Purpose is none of the purposes",
    "502": "`forged-reply`: the answer of the service cannot be trusted",
    "503": "`unreachable`, `busy`, `provider-unreachable`: a part of the mesh is not there or has too much to do",
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

_TRANSPORT_ERROR: Final = {
    "I247-Error": {
        "description": "Which way the transport failed; absent when the service itself refuses.",
        "schema": {"type": "string", "enum": ["unreachable", "timeout", "refused", "too-large", "forged"]},
    }
}
_REFUSAL_HEADERS: Final[dict[str, dict[str, Any]]] = {
    "401": {"WWW-Authenticate": {"description": "How to authenticate (RFC 6750).", "schema": {"type": "string"}}},
    "429": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
    "503": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
}
# As `SignedCaller` calls it.
OFFICER_SCHEME: Final = "officer"
_OUTSIDE_TOKENS: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of the OpenID provider that this gateway trusts.",
}
_CODE: Final = re.compile(r"`([a-z-]+)`")


def merged_openapi(edge: FastAPI, services: tuple[Service, ...]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the gateway: its own operations, and those of all services."""
    document = FastAPI.openapi(edge)
    document["tags"] = [*({"name": service.name, "description": service.summary} for service in services), *_TAGS]
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})[PROBLEM_SCHEMA] = ProblemBody.model_json_schema()
    components["securitySchemes"] = {}
    for service in services:
        _merge(document, service_openapi(service), service.name)
    if TOKEN_PATH in document["paths"]:
        _name_scopes(components["securitySchemes"], services)
    else:
        components["securitySchemes"][OFFICER_SCHEME] = _OUTSIDE_TOKENS
    for operations in document["paths"].values():
        for operation in operations.values():
            _complete_refusals(operation["responses"])
    return document


def _name_scopes(schemes: dict[str, Any], services: tuple[Service, ...]) -> None:
    scopes = {scope: f"{service.name}: {scope.partition(':')[2]}" for service in services for scope in service.scopes}
    for flow in schemes.get(OFFICER_SCHEME, {}).get("flows", {}).values():
        flow["scopes"] = scopes


def service_openapi(service: Service) -> dict[str, Any]:
    """Return the document of one service. Its store is not needed to describe it."""
    return service.create_app(Context(cast("Database", None), SystemClock())).openapi()


def _merge(document: dict[str, Any], own: dict[str, Any], service: str) -> None:
    components = document["components"]
    for part in ("schemas", "securitySchemes"):
        own.setdefault("components", {}).setdefault(part, {})
    own = _with_distinct_schemas(own, components["schemas"], service)
    for path, operations in own["paths"].items():
        document["paths"][path] = {method: _completed(operation) for method, operation in operations.items()}
    components["schemas"] |= own["components"]["schemas"]
    components["securitySchemes"] |= own["components"]["securitySchemes"]


def _with_distinct_schemas(own: dict[str, Any], taken: dict[str, Any], service: str) -> dict[str, Any]:
    """Return the document, its schemas renamed where another service means something else by the name."""
    prefix = "".join(word.title() for word in service.split("-"))
    renamed: set[str] = set()
    while True:
        distinct = _renamed(own, {name: f"{prefix}{name}" for name in renamed})
        # Those that a renaming changed differ from now on, even if they were the same before.
        differing = {
            name
            for name, schema in distinct["components"]["schemas"].items()
            if taken.get(name, schema) != schema and name not in renamed
        }
        if not differing:
            return distinct
        renamed |= differing


def _renamed(document: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    text = json.dumps(document)
    for name, new in names.items():
        text = text.replace(f'"{_REFERENCE}{name}"', f'"{_REFERENCE}{new}"')
    renamed: dict[str, Any] = json.loads(text)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {names.get(name, name): schema for name, schema in schemas.items()}
    return renamed


def _completed(operation: dict[str, Any]) -> dict[str, Any]:
    """Return an operation with what the gateway adds to it: the purpose, the signature, its refusals."""
    responses = operation["responses"]
    for status, response in responses.items():
        if status.startswith("2"):
            response["headers"] = response.get("headers", {}) | _REPLY_HEADERS
    for status, description in _GATEWAY_REFUSALS.items():
        documented = responses.setdefault(status, {"description": "", "content": _PROBLEM_CONTENT})
        documented["description"] = "; ".join(filter(None, (documented["description"], description)))
        documented["headers"] = documented.get("headers", {}) | _TRANSPORT_ERROR
    return {
        **operation,
        "parameters": [*operation.get("parameters", []), _PURPOSE_PARAMETER],
        "responses": dict(sorted(responses.items())),
    }


def _complete_refusals(responses: dict[str, Any]) -> None:
    """Add to each problem its headers, and an example for each code that its description names."""
    for status, response in responses.items():
        content = response.get("content", {})
        if PROBLEM_JSON not in content:
            continue
        codes = dict.fromkeys(_CODE.findall(response["description"]))
        examples = {code: {"value": _example(REFUSALS[code])} for code in codes if code in REFUSALS}
        response["content"] = {**content, PROBLEM_JSON: {**content[PROBLEM_JSON], "examples": examples}}
        if status in _REFUSAL_HEADERS:
            response["headers"] = response.get("headers", {}) | _REFUSAL_HEADERS[status]


def _example(kind: type[Refusal]) -> dict[str, Any]:
    reason = (kind.__doc__ or "").partition("\n")[0]
    return {
        "type": f"{PROBLEM_TYPE_PREFIX}{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": reason,
    }
