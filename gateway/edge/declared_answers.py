"""What a service may answer: what HTTP allows and the service's OpenAPI document declares, and nothing else (ADR 33).

The document is made from this gateway's own list of services, and never requested from the service, which may be
hostile. Does NOT validate a body against its schema: only its media type, and that a problem has the status.
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
from shared import errors
from shared.errors import PROBLEM_JSON, PROBLEM_TYPE_PREFIX, REFUSALS, TransportRefusal
from shared.identity import HANDLING_CONFIDENTIAL
from shared.protocol.verifier import unique_members
from shared.rpc.bridge import CARRIED_HEADERS
from shared.rpc.client import Reply
from shared.service import Service
from shared.web.routing import path_of

# More than the longest condition of a record, of which each character may become twelve.
MAX_HEADER: Final = 8_000
_MAKING: Final = Lock()
SHOWN: Final = 60
RESTRICTION: Final = "/restriction"
ANSWER: Final = "answer"
"""The parameter of operations that answer in several forms."""


# Answers to any request, also to one that leads to no operation: by the framework or the transport.
_TO_ANY: Final = (
    errors.Malformed,
    errors.NotFound,
    errors.MethodNotAllowed,
    errors.TooLarge,
    errors.Invalid,
    errors.UnsupportedMediaType,
    errors.Internal,
    errors.Busy,
    errors.AuditUnavailable,
    errors.StoreUnavailable,
    errors.OutcomeUnknown,
    errors.EnvelopeNotAccepted,
    errors.RequestTooLarge,
    errors.TimedOut,
    errors.ReplyTooLarge,
)
# Only the gateway answers these: it has authenticated the officer, and knows whether it has an answer.
_OF_THE_GATEWAY: Final = frozenset({errors.Unauthenticated, errors.Unreachable, errors.ForgedReply})

Fits = Callable[[str], object]

_FORMS: Final[Mapping[str, Fits]] = {
    "allow": re.compile(r"[A-Z]{1,16}(, [A-Z]{1,16}){0,15}").fullmatch,
    "retry-after": re.compile(r"[0-9]{1,5}").fullmatch,
}
_is_printable: Final = re.compile(rf"[ -~]{{0,{MAX_HEADER}}}").fullmatch
# Headers of problems that operations do not declare.
_OF_PROBLEMS: Final = {405: "allow", 429: "retry-after", 503: "retry-after"}


class DeclaredAnswer(NamedTuple):
    """The content types and headers that an answer of one status may have."""

    media: frozenset[str]
    """The content types; only the empty string where it has no body."""

    headers: Mapping[str, Fits]
    """By name, a check of the value."""


class Operation(NamedTuple):
    """One operation of a service: its scopes and declared answers."""

    scopes: frozenset[str]
    """The scopes of an officer that the service sees with a request for it."""

    answers: Mapping[int, DeclaredAnswer]
    """By status."""

    needed: frozenset[str] = frozenset()
    """The scopes without which the service refuses it."""

    forms: Mapping[str, str] = {}
    """The values of its parameter `answer`, by the media type of the answer that each asks for."""


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
        self._readings = dict(_record_paths(document))

    def record_path(self, kind: str) -> str | None:
        """Return the path of the records of a kind, with their id as `{record_id}`; None if the service has none."""
        return self._readings.get(kind)

    def find(self, method: str, path: str) -> Operation:
        """Return the operation of a request; where there is none, one without scopes that cannot succeed."""
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


def _record_paths(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each kind of record with the path by which one is read.

    Every kind has the operation that restricts a record, named after it; what is read may be one of several schemas.
    """
    for path, stated in document["paths"].items():
        if path.endswith(RESTRICTION) and "put" in stated:
            kind = stated["put"]["operationId"].removeprefix("restrict_").replace("_", "-")
            yield kind, path.removesuffix(RESTRICTION)


@cache
def _operations_of(service: Service) -> Operations:
    return Operations(service, service_openapi(service))


def operations_of(service: Service) -> Operations:
    """Return the operations of a service. The first call takes some tenths of a second of work, in any thread."""
    with _MAKING:
        return _operations_of(service)


def require_allowed(service: str, operation: Operation, reply: Reply) -> None:
    """Require that the operation declares an answer. Raises errors.ForgedReply, which says what it does not declare."""
    fault = next(_faults(operation, reply), None)
    if fault is not None:
        detail = f"the answer of {service} is refused: {fault}"
        raise errors.ForgedReply(detail, reason="undeclared", instance=reply.request_id)


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
            yield f"the value of the header {name} is malformed"
    if head.status >= 400 or head.error is not None:
        yield from _faults_of_problem(reply)


class _Problem(msgspec.Struct):
    type: str
    status: int


def _faults_of_problem(reply: Reply) -> Iterator[str]:
    if reply.head.content_type != PROBLEM_JSON:
        if reply.head.error is not None:
            yield "an error of the transport has no problem"
        return
    try:
        problem = msgspec.convert(json.loads(reply.body.decode(), object_pairs_hook=unique_members), _Problem)
    except (ValueError, RecursionError):
        yield "its body is not a problem with one type and one status"
        return
    # The prefix of a URN is case-insensitive, and all codes are in lower case.
    kind = REFUSALS.get(problem.type.lower().removeprefix(PROBLEM_TYPE_PREFIX))
    if problem.status != reply.head.status or (kind is not None and kind.status != reply.head.status):
        yield f"its problem is not one of status {reply.head.status}"
    # No operation of a service raises a refusal that the gateway or its mailboxes define.
    of_modules = ("gateway.", "shared.mailbox.")
    if kind is not None and (kind in _OF_THE_GATEWAY or kind.__module__.startswith(of_modules)):
        yield "its problem is one that only the gateway answers"
    if reply.head.error != (kind.mark if kind is not None and issubclass(kind, TransportRefusal) else None):
        yield "its problem and I247-Error contradict each other"


def problem_code(reply: Reply) -> str | None:
    """Return the code of the problem that an allowed answer is; None if it is none, or has a code of its own."""
    if reply.head.status < 400:
        return None
    try:
        code = msgspec.json.decode(reply.body, type=_Problem).type.lower().removeprefix(PROBLEM_TYPE_PREFIX)
    except (ValueError, RecursionError):
        return None
    # Only what the code defines is logged, and nothing that a service might have made up.
    return code if code in REFUSALS else None


def _operation(service: Service, described: Mapping[str, Any]) -> Operation:
    responses = {int(status): each for status, each in described["responses"].items() if status.isdigit()}
    declared = {
        status: _answer(service.name, status, response)
        for status, response in responses.items()
        # No request is conditional, there are no redirects, and no service gets a request without an officer.
        if 200 <= status < 300 or (400 <= status < 600 and status != errors.Unauthenticated.status)
    }
    needed = frozenset(scope for way in described.get("security", ()) for held in way.values() for scope in held)
    return Operation(_scopes(service, needed), {**_TO_ANY_ANSWERS, **declared}, needed, _forms(described))


def _forms(described: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the forms of an answer that the parameter `answer` of an operation chooses from."""
    stated = [each for each in described.get("parameters", ()) if each.get("name") == ANSWER]
    forms = [form for each in stated for form in each["schema"].get("enum", ())]
    media = described["responses"].get("200", {}).get("content", {})
    return {each: form for each in media for form in forms if each.endswith(f"/{form}")}


def _scopes(service: Service, needed: frozenset[str]) -> frozenset[str]:
    # An operation may use the officer's other scopes of its service: reviewers read more, and some officers read what
    # is confidential. The audit log, whose scopes are common to all services, does not.
    used = (*service.scopes, HANDLING_CONFIDENTIAL)
    return frozenset(needed.union(used) if needed.intersection(service.scopes) else needed)


def _answer(service: str, status: int, response: Mapping[str, Any]) -> DeclaredAnswer:
    media = frozenset(_media_of(response.get("content", {}))) or frozenset({""})
    named = {name.lower() for name in response.get("headers", {})} & {*CARRIED_HEADERS}
    of_problems = {_OF_PROBLEMS[status]} if status in _OF_PROBLEMS else set()
    return DeclaredAnswer(media, {name: _form(service, name) for name in named | of_problems})


def _media_of(content: Mapping[str, Any]) -> Iterator[str]:
    for media in content:
        yield media
        if media.startswith("text/"):
            # The framework adds it.
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
