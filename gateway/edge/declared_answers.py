"""What a service may answer: what HTTP allows and the service's OpenAPI document declares, and nothing else (ADR 33).

The document is made from this gateway's own list of services. The service, which may be hostile, is never asked for it.
A body is not held to its schema: its media type alone is, and a problem must be one of its status.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from threading import Lock
from typing import Any, Final, NamedTuple

import msgspec
from starlette.routing import compile_path

from gateway.openapi.merge import service_openapi
from shared.errors import (
    PROBLEM_JSON,
    PROBLEM_TYPE_PREFIX,
    REFUSALS,
    AuditUnavailable,
    Busy,
    EnvelopeNotAccepted,
    ForgedReply,
    Internal,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    OutcomeUnknown,
    Refusal,
    ReplyTooLarge,
    RequestTooLarge,
    StoreUnavailable,
    TimedOut,
    TooLarge,
    TransportRefusal,
    Unauthenticated,
    Unreachable,
    UnsupportedMediaType,
)
from shared.protocol.verifier import unique_members
from shared.rpc.bridge import CARRIED_HEADERS
from shared.rpc.client import Reply
from shared.service import Service
from shared.web.routing import path_of

# More than the longest condition of a record makes, of which each character may be twelve.
MAX_HEADER: Final = 8_000
_MAKING: Final = Lock()
SHOWN: Final = 60

# What may be answered to any request, also to one that leads to no operation: by the framework, or on the way.
_TO_ANY: Final = (
    Malformed,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    Invalid,
    UnsupportedMediaType,
    Internal,
    Busy,
    AuditUnavailable,
    StoreUnavailable,
    OutcomeUnknown,
    EnvelopeNotAccepted,
    RequestTooLarge,
    TimedOut,
    ReplyTooLarge,
)
# The gateway alone says so of itself: it has let the officer in, and knows whether it has an answer.
_OF_THE_GATEWAY: Final = frozenset({Unauthenticated, Unreachable, ForgedReply})

Fits = Callable[[str], object]

_FORMS: Final[Mapping[str, Fits]] = {
    "allow": re.compile(r"[A-Z]{1,16}(, [A-Z]{1,16}){0,15}").fullmatch,
    "retry-after": re.compile(r"[0-9]{1,5}").fullmatch,
}
_is_printable: Final = re.compile(rf"[ -~]{{0,{MAX_HEADER}}}").fullmatch
# Of headers that problems carry without each operation's saying so.
_OF_PROBLEMS: Final = {405: "allow", 503: "retry-after"}


class DeclaredAnswer(NamedTuple):
    """What an answer of one status may carry."""

    media: frozenset[str]
    """Its content type is one of these; the empty text alone where it has no body."""

    headers: Mapping[str, Fits]
    """By name, what tells whether a value is in the form of the header."""


class Operation(NamedTuple):
    """One operation of a service, as far as its answers are held to it."""

    scopes: frozenset[str]
    """Which of the scopes of an officer the service is shown with a request for it."""

    answers: Mapping[int, DeclaredAnswer]
    """By status."""


_Templates = dict[tuple[str, int], list[tuple[re.Pattern[str], Operation]]]


class Operations:
    """All operations of one service."""

    def __init__(self, service: Service, document: Mapping[str, Any]) -> None:
        """`document` is the OpenAPI document of the service."""
        self._fixed: dict[tuple[str, str], Operation] = {}
        self._templates: _Templates = {}
        for path, stated in document["paths"].items():
            for method, described in stated.items():
                self._add(method.upper(), path, _operation(service, described))

    def find(self, method: str, path: str) -> Operation:
        """Return the operation to which a request leads; one without scopes and success where there is none."""
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return fixed
        for pattern, operation in self._templates.get((method, path.count("/")), ()):
            if pattern.match(path):
                return operation
        return NO_OPERATION

    def _add(self, method: str, path: str, operation: Operation) -> None:
        if "{" in path:
            of_length = self._templates.setdefault((method, path.count("/")), [])
            of_length.append((compile_path(path)[0], operation))
        else:
            self._fixed[method, path] = operation


def operations_of(service: Service) -> Operations:
    """Return the operations of a service. The first time this takes some tenths of a second of work, in any thread."""
    with _MAKING:
        return _operations_of(service)


@cache
def _operations_of(service: Service) -> Operations:
    return Operations(service, service_openapi(service))


def require_allowed(service: str, operation: Operation, reply: Reply) -> None:
    """Let only an answer pass that the operation declares. Raises ForgedReply, which says why it is none."""
    fault = next(_faults(operation, reply), None)
    if fault is not None:
        detail = f"the answer of {service} is refused: {fault}"
        raise ForgedReply(detail, reason="undeclared", instance=reply.request_id)


def _faults(operation: Operation, reply: Reply) -> Iterator[str]:
    head = reply.head
    answer = operation.answers.get(head.status)
    if answer is None:
        yield f"its operation declares no answer of status {head.status}"
        return
    if head.content_type not in answer.media:
        yield f"{head.content_type[:SHOWN]!a} is not a declared content type of an answer of status {head.status}"
    if reply.body and not head.content_type:
        yield f"an answer of status {head.status} has no body"
    for name, value in head.headers.items():
        fits = answer.headers.get(name)
        if fits is None:
            yield f"an answer of status {head.status} has no header {name[:SHOWN]!a}"
        elif not fits(value):
            yield f"the header {name} is not in its form"
    if head.status >= 400 or head.error is not None:
        yield from _faults_of_problem(reply)


class _Problem(msgspec.Struct):
    type: str
    status: int


def _faults_of_problem(reply: Reply) -> Iterator[str]:
    if reply.head.content_type != PROBLEM_JSON:
        if reply.head.error is not None:
            yield "a failure of the transport is not stated as a problem"
        return
    try:
        problem = msgspec.convert(json.loads(reply.body.decode(), object_pairs_hook=unique_members), _Problem)
    except (ValueError, RecursionError):
        yield "its body is not a problem with one type and one status"
        return
    # Upper and lower case are the same in the beginning of a URN, and there is no other such code.
    kind = REFUSALS.get(problem.type.lower().removeprefix(PROBLEM_TYPE_PREFIX))
    if problem.status != reply.head.status or (kind is not None and kind.status != reply.head.status):
        yield f"its problem is not one of status {reply.head.status}"
    if kind is not None and _is_of_the_gateway(kind):
        yield "its problem is one that the gateway alone has"
    if reply.head.error != (kind.mark if kind is not None and issubclass(kind, TransportRefusal) else None):
        yield "its problem and I247-Error contradict each other"


def _is_of_the_gateway(kind: type[Refusal]) -> bool:
    # No operation of a service raises what is defined there.
    return kind in _OF_THE_GATEWAY or kind.__module__.startswith(("gateway.", "shared.mailbox."))


def _operation(service: Service, described: Mapping[str, Any]) -> Operation:
    declared = {
        int(status): _answer(service.name, int(status), response)
        for status, response in described["responses"].items()
        if status.isdigit() and _is_possible(int(status))
    }
    return Operation(_scopes(service, described), {**_TO_ANY_ANSWERS, **declared})


def _scopes(service: Service, described: Mapping[str, Any]) -> frozenset[str]:
    needed = {scope for way in described.get("security", ()) for held in way.values() for scope in held}
    # An operation may look at what else an officer may do in its service, as who reviews reads more. The audit log, of
    # which the scopes are common to all services, does not.
    return frozenset(needed.union(service.scopes) if needed.intersection(service.scopes) else needed)


def _is_possible(status: int) -> bool:
    # Nothing is asked with a condition, and nobody is led elsewhere; and no service is asked without an officer.
    return 200 <= status < 300 or (400 <= status < 600 and status != Unauthenticated.status)


def _answer(service: str, status: int, response: Mapping[str, Any]) -> DeclaredAnswer:
    media = frozenset(_spelled(response.get("content", {}))) or frozenset({""})
    named = {name.lower() for name in response.get("headers", {})} & {*CARRIED_HEADERS}
    of_problems = {_OF_PROBLEMS[status]} if status in _OF_PROBLEMS else set()
    return DeclaredAnswer(media, {name: _form(service, name) for name in named | of_problems})


def _spelled(content: Mapping[str, Any]) -> Iterator[str]:
    for media in content:
        yield media
        if media.startswith("text/"):
            # As the framework writes it.
            yield f"{media}; charset=utf-8"


def _form(service: str, name: str) -> Fits:
    if name == "location":
        # Without dots and escapes, by which a path leads elsewhere.
        return re.compile(rf"{re.escape(path_of(service))}(/[A-Za-z0-9_-]{{1,100}}){{1,8}}").fullmatch
    return _FORMS.get(name, _is_printable)


_PROBLEM_ANSWER: Final[Mapping[str, Any]] = {"content": {PROBLEM_JSON: {}}}
_TO_ANY_ANSWERS: Final[Mapping[int, DeclaredAnswer]] = {
    kind.status: _answer("", kind.status, _PROBLEM_ANSWER) for kind in _TO_ANY
}
NO_OPERATION: Final = Operation(frozenset(), _TO_ANY_ANSWERS)
