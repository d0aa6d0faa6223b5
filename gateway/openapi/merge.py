"""One OpenAPI document for all services behind the gateway, merged from their own."""

import json
from importlib.metadata import version
from threading import Lock
from typing import Any, Final

from fastapi import FastAPI

from gateway.openapi.answer_examples import add_answer_examples
from gateway.openapi.for_generators import prepare_for_generators, references_in
from gateway.openapi.gateway_additions import (
    AT_THE_GATEWAY,
    FOR_ANYONE,
    THROUGH_THE_NETWORK,
    Complete,
    complete_problems,
    examples_of,
    shared_components,
)
from gateway.openapi.shared_responses import share_responses
from gateway.openapi.tags import tags_of
from shared.clock import SystemClock
from shared.identity import COMMON_SCOPES, PURPOSE_SCOPES
from shared.service import TOKEN_PATH, Context, Service
from shared.web.descriptions import REFERENCE, name_bodies, put_in_form, renamed
from shared.web.openapi import FRAMEWORK_ERRORS
from shared.web.problems import problem_schemas

OVERVIEW: Final = """An open stand-in for the network over which police bureaus exchange records.

Every request is signed as your bureau and every answer by its service: the header `I247-Signature` of an answer is a
detached JWS over its exact body, which you can keep and verify.

1. Get a token: `Authorize` on this page, or `POST /oauth/token`; where there is none, from your bureau's provider.
2. State a purpose with the header `I247-Purpose`, unless your token has one. The scopes `purpose:...` of a token are
   the allowed purposes.
3. Write to other bureaus with `POST /api/messages`: sealed for the recipients, and proven by their signed receipts.
4. Refusals are RFC 9457 problems. Those of the transport, not of a service, carry the header `I247-Error`.
"""

API: Final[dict[str, Any]] = {
    "title": "i247",
    "version": version("i247"),
    "summary": "The gateway of a police bureau to all services.",
    "description": OVERVIEW,
    "contact": {"name": "The maintainers of i247"},
    "license_info": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
    "servers": [{"url": "/", "description": "This gateway"}],
}

_DESCRIBING: Final = Lock()
# As in `SignedCaller`.
OFFICER_SCHEME: Final = "officer"
_OUTSIDE_TOKENS: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of the OpenID provider that this gateway trusts.",
}


def document_bytes(document: dict[str, Any]) -> bytes:
    """Return a document as it is served."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def merged_openapi(edge: FastAPI, services: tuple[Service, ...], own: tuple[Service, ...] = ()) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the gateway: its own operations, and those of all services.

    `own` are described like services, but run in the gateway.
    """
    document = FastAPI.openapi(edge)
    document.setdefault("components", {}).setdefault("schemas", {}).update(problem_schemas())
    document = put_in_form(document)
    for of_path in document["paths"].values():
        of_path |= {method: FOR_ANYONE(operation) for method, operation in of_path.items()}
    components = document["components"]
    for replaced in FRAMEWORK_ERRORS:
        components["schemas"].pop(replaced, None)
    added = shared_components()
    added["schemas"] |= components["schemas"]
    components |= {"securitySchemes": {}, **added}
    described = (*services, *own)
    for service in described:
        complete = AT_THE_GATEWAY if service in own else THROUGH_THE_NETWORK
        _merge(document, service_openapi(service), service.name, complete)
    _drop_absent(document)
    if TOKEN_PATH in document["paths"]:
        scopes = {scope: f"{each.name}: {scope.partition(':')[2]}" for each in described for scope in each.scopes}
        scopes |= COMMON_SCOPES | {scope: f"purpose: {purpose.value}" for purpose, scope in PURPOSE_SCOPES.items()}
        for flow in components["securitySchemes"].get(OFFICER_SCHEME, {}).get("flows", {}).values():
            flow["scopes"] = scopes
    else:
        components["securitySchemes"][OFFICER_SCHEME] = _OUTSIDE_TOKENS
    name_bodies(document)
    prepare_for_generators(document)
    share_responses(document)
    problems = examples_of(complete_problems(components["responses"].values()))
    components["examples"] = problems | add_answer_examples(document)
    return document | tags_of(document, services, own)


def _drop_absent(document: dict[str, Any]) -> None:
    """Drop the operations that pass on the answers of a service which this gateway does not have."""
    known = {f"{REFERENCE}{name}" for name in document["components"]["schemas"]}
    for path, of_path in [*document["paths"].items()]:
        if not known.issuperset(each for each in references_in(of_path) if each.startswith(REFERENCE)):
            del document["paths"][path]


def service_openapi(service: Service) -> dict[str, Any]:
    """Return the document of one service, without its store.

    One thread at a time: FastAPI caches the descriptions in the routes, which all threads share.
    """
    with _DESCRIBING:
        return service.create_app(Context(None, SystemClock())).openapi()


def _merge(document: dict[str, Any], own: dict[str, Any], service: str, complete: Complete) -> None:
    components = document["components"]
    for part in ("schemas", "securitySchemes"):
        own.setdefault("components", {}).setdefault(part, {})
    own = _with_distinct_schemas(own, components["schemas"], service)
    for path, operations in own["paths"].items():
        document["paths"][path] = {method: complete(operation) for method, operation in operations.items()}
    components["schemas"] |= own["components"]["schemas"]
    components["securitySchemes"] |= own["components"]["securitySchemes"]


def _with_distinct_schemas(own: dict[str, Any], taken: dict[str, Any], service: str) -> dict[str, Any]:
    """Return the document, its schemas renamed where another service has a different one of the same name."""
    prefix = "".join(word.title() for word in service.split("-"))
    differing: set[str] = set()
    while True:
        distinct = renamed(own, {name: f"{prefix}{name}" for name in differing})
        # A renaming may change schemas that were the same before.
        more = {
            name
            for name, schema in distinct["components"]["schemas"].items()
            if taken.get(name, schema) != schema and name not in differing
        }
        if not more:
            return distinct
        differing |= more
