"""The gateway's additions to the description of each operation: the purpose, the signature, and its own refusals.

What is common to operations is in the components of the document once.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from pydantic import TypeAdapter

from gateway.auth.oidc import ProviderUnreachable
from shared import errors
from shared.errors import PROBLEM_JSON, PROBLEM_TYPE_PREFIX, REFUSALS, Refusal, TransportRefusal
from shared.identity import GATEWAY_SCOPES, Purpose
from shared.protocol.envelope import SIGNATURE_HEADER
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.web.problems import refusals

# Refusals of the gateway for any operation, in addition to those that the operation documents.
_OF_THE_GATEWAY: Final = (
    errors.Malformed,
    errors.Unauthenticated,
    errors.ScopeMissing,
    errors.PurposeMissing,
    errors.PurposeNotAllowed,
    errors.Invalid,
    errors.TooLarge,
    errors.HeadTooLarge,
    errors.TooManyConnections,
    ProviderUnreachable,
    errors.Busy,
    errors.StoreUnavailable,
    errors.OutcomeUnknown,
)
# Refusals of the transport to a service and back.
_OF_THE_NETWORK: Final = (
    KeyNotValid,
    BureauSuspended,
    errors.EnvelopeNotAccepted,
    errors.RequestTooLarge,
    errors.TargetTooLong,
    errors.ForgedReply,
    errors.Unreachable,
    errors.AuditUnavailable,
    errors.TimedOut,
    errors.ReplyTooLarge,
)

_PURPOSE: Final = "I247-Purpose"
_REQUEST_ID: Final = "I247-Request-Id"
_TRANSPORT_ERROR: Final = "I247-Error"
_HEADERS_OF_STATUS: Final = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
OF_GATEWAYS: Final = "Only gateways can call it: no officer holds its scope."
_CODE: Final = re.compile(r"`([a-z-]+)`")


def shared_components() -> dict[str, Any]:
    """Return the components to which the additions refer."""
    marks = {kind.mark for kind in REFUSALS.values() if issubclass(kind, TransportRefusal)}
    return {
        "schemas": {
            # The same as in every service.
            "Purpose": TypeAdapter(Purpose).json_schema(),
        },
        "parameters": {
            _PURPOSE: {
                "name": _PURPOSE,
                "in": "header",
                "required": False,
                "description": "The purpose of using the network (RPD article 10(2)). Required unless the token has "
                "one; the officer must hold its scope `purpose:...`.",
                # Without an example, which pages would fill in: then the purpose of the token counts.
                "schema": {"$ref": "#/components/schemas/Purpose"},
            }
        },
        "headers": {
            _REQUEST_ID: _header("The id of the signed request.", {"type": "string", "format": "uuid"}),
            SIGNATURE_HEADER: _header("The service's detached JWS of the body (RFC 7515, 7797).", {"type": "string"}),
            _TRANSPORT_ERROR: _header(
                "The error of the transport; absent where the gateway or the service refuses.",
                {"type": "string", "enum": sorted(marks)},
            ),
            "WWW-Authenticate": _header("How to authenticate (RFC 6750, RFC 7617).", {"type": "string"}),
            "Retry-After": _header("Seconds to wait before the next attempt.", {"type": "integer"}),
        },
    }


Complete = Callable[[dict[str, Any]], dict[str, Any]]
"""Returns the description of an operation, completed with the purpose, and with common refusals and headers."""


def _complete(added: Sequence[type[Refusal]], headers: Sequence[str], operation: dict[str, Any]) -> dict[str, Any]:
    responses = operation["responses"]
    for status, response in responses.items():
        if status.startswith("2"):
            response["headers"] = response.get("headers", {}) | _referred("headers", *headers)
    for kind in added if "requestBody" not in operation else (*added, errors.TooSlow):
        _add(kind, responses)
    parameters = [*operation.get("parameters", []), {"$ref": f"#/components/parameters/{_PURPOSE}"}]
    needed = [scope for way in operation.get("security", ()) for scopes in way.values() for scope in scopes]
    return _stated(operation, _needs(needed), parameters=parameters)


def _needs(scopes: Sequence[str]) -> str:
    alone = f"{OF_GATEWAYS} " if GATEWAY_SCOPES.intersection(scopes) else ""
    return f"{alone}Needs the scope {', '.join(f'`{scope}`' for scope in scopes)}."


def _for_anyone(operation: dict[str, Any]) -> dict[str, Any]:
    responses, body = operation["responses"], operation.get("requestBody")
    if PROBLEM_JSON not in responses.get("422", {}).get("content", {PROBLEM_JSON: None}):
        # That of the framework, which this answers as a problem.
        responses |= refusals(errors.Invalid)
        responses["422"] = responses.pop(422)
    kinds = [errors.HeadTooLarge, errors.Internal]
    if body is not None:
        kinds += [errors.TooSlow, errors.TooLarge]
    if body is not None and "application/json" in body["content"]:
        kinds += [errors.Malformed, errors.Invalid, errors.UnsupportedMediaType]
    for kind in kinds:
        _add(kind, responses)
    return _stated(operation, "Needs no token.", security=[])


def _stated(operation: dict[str, Any], needed: str, **members: Any) -> dict[str, Any]:
    """Return an operation whose description says what a caller needs."""
    text = "\n\n".join(part for part in (operation["description"].strip(), needed) if part)
    return {**operation, "description": text, "responses": dict(sorted(operation["responses"].items())), **members}


FOR_ANYONE: Final[Complete] = _for_anyone
AT_THE_GATEWAY: Final[Complete] = partial(_complete, _OF_THE_GATEWAY, (_REQUEST_ID,))
THROUGH_THE_NETWORK: Final[Complete] = partial(
    _complete, (*_OF_THE_GATEWAY, *_OF_THE_NETWORK), (_REQUEST_ID, SIGNATURE_HEADER)
)


def codes_in(response: Mapping[str, Any]) -> list[str]:
    """Return the codes of the problems that an answer may be."""
    return [code for code in dict.fromkeys(_CODE.findall(response["description"])) if code in REFUSALS]


def complete_problems(responses: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Add to each problem its headers, and an example of each refusal in its description; yield their codes."""
    for response in responses:
        content = response.get("content", {}).get(PROBLEM_JSON)
        if content is None:
            continue
        kinds = [REFUSALS[code] for code in codes_in(response)]
        names = [_HEADERS_OF_STATUS[kind.status] for kind in kinds[:1] if kind.status in _HEADERS_OF_STATUS]
        if any(issubclass(kind, TransportRefusal) for kind in kinds):
            names.append(_TRANSPORT_ERROR)
        if names:
            response["headers"] = response.get("headers", {}) | _referred("headers", *names)
        codes = [kind.code for kind in kinds]
        response["content"] = response["content"] | {
            PROBLEM_JSON: {**content, "examples": _referred("examples", *codes)}
        }
        yield from codes


def examples_of(codes: Iterable[str]) -> dict[str, Any]:
    """Return the components to which the examples refer."""
    return {code: {"summary": REFUSALS[code].title, "value": _example(REFUSALS[code])} for code in sorted(set(codes))}


def _add(kind: type[Refusal], responses: dict[str, Any]) -> None:
    ((status, documented),) = refusals(kind).items()
    own = responses.setdefault(str(status), documented)
    if f"`{kind.code}`" not in own["description"]:
        own["description"] += f"; {documented['description']}"


def _referred(part: str, *names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/{part}/{name}"} for name in names}


def _header(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "schema": schema}


def _example(kind: type[Refusal]) -> dict[str, Any]:
    return {
        "type": f"{PROBLEM_TYPE_PREFIX}{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": (kind.__doc__ or "").partition("\n")[0],
    }
