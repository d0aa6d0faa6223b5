"""The steps of a request: at the gateway, in the envelope, at the service, and of the answer. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from gateway.edge.declared_answers import Operation, Operations, require_allowed
from gateway.explain.envelopes import Expected, checked, envelope_steps, failed, ok
from gateway.explain.faults import fault_steps
from gateway.explain.models import Part, Step
from gateway.sandbox.exchanges import Exchange
from shared.errors import PROBLEM_TYPE_PREFIX, AlreadyHandled, ForgedReply
from shared.identity import HANDLING_CONFIDENTIAL, PURPOSE_SCOPES, PURPOSES
from shared.protocol.directory import Directory
from shared.protocol.envelope import EnvelopeRefused, RefusalReason, ReplyHead, RequestHead, digest_of
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import parse
from shared.rpc.acting import caller_of
from shared.rpc.client import Reply
from shared.standing import describe

# The steps at the gateway in their order, with the problems in which each may end.
AT_GATEWAY: Final[Mapping[str, frozenset[str]]] = {
    "token": frozenset({"unauthenticated", "token-refused", "provider-unreachable"}),
    "service": frozenset({"not-found", "method-not-allowed"}),
    "scope": frozenset({"scope-missing"}),
    "purpose": frozenset({"purpose-missing", "purpose-not-allowed"}),
    "form": frozenset({"malformed", "invalid", "too-large", "target-too-long", "too-slow", "unsupported-media-type"}),
    "signing key": frozenset({"key-not-valid", "bureau-suspended"}),
    "network": frozenset({"request-too-large", "unreachable", "timeout"}),
}


class Known(NamedTuple):
    """What an explanation of a request is made with."""

    directory: Directory
    operations: Operations | None
    """Of the service; None for an application in the gateway."""

    max_parcel_bytes: int


class Ends(NamedTuple):
    """Between which two participants a request was sent."""

    bureau: str
    service: str


def exchange_steps(exchange: Exchange, known: Known) -> Iterator[Step]:
    """Yield all steps of a request up to that at which it ended."""
    yield from _gateway_steps(exchange)
    sent, came = exchange.request, exchange.reply
    if sent is not None and exchange.bureau is not None and exchange.service is not None:
        ends = Ends(exchange.bureau, exchange.service)
        yield from _request_steps(sent.parcel, exchange, ends, known)
        if came is not None:
            yield from _answer_steps(came.parcel, sent.parcel, exchange, ends, known)
    yield from fault_steps(exchange.faults)
    yield _result(exchange)


def problem_of(exchange: Exchange) -> Mapping[str, Any]:
    """Return the problem that an exchange was answered with; nothing if it is none."""
    return _problem_in(exchange.problem)


def _problem_in(body: bytes) -> Mapping[str, Any]:
    try:
        problem = json.loads(body)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def code_of(exchange: Exchange) -> str:
    """Return the code of the problem that an exchange was answered with; empty if it is none."""
    return str(problem_of(exchange).get("type", "")).removeprefix(PROBLEM_TYPE_PREFIX)


def _gateway_steps(exchange: Exchange) -> Iterator[Step]:
    passed = {
        "token": f"valid, of {exchange.officer} of {exchange.bureau}",
        "service": f"{exchange.service}, with the operation {exchange.method} {exchange.target.partition('?')[0]}",
        "scope": f"the officer holds a scope of {exchange.service}",
        "purpose": f"{exchange.purpose}, which the officer may use",
        "form": "method, target, headers and body are within the limits",
        "signing key": f"{exchange.bureau} has one in force",
        "network": "the broker took the request",
    }
    # What a service refuses, it refuses with the same codes; then a signed answer came.
    code = code_of(exchange) if exchange.reply is None else ""
    ended = next((step for step, codes in AT_GATEWAY.items() if code in codes), None)
    if exchange.bureau is None:
        yield failed("gateway", ended or "token", _detail(exchange))
        return
    is_local = exchange.request is None and ended is None
    for step, says in passed.items():
        if step == ended:
            yield failed("gateway", step, _detail(exchange))
            return
        if is_local and step in {"signing key", "network"}:
            return
        yield ok("gateway", step, says)


def _request_steps(parcel: Parcel, exchange: Exchange, ends: Ends, known: Known) -> Iterator[Step]:
    (sender, service), at = ends, exchange.at
    yield _size("request", parcel, known)
    yield from envelope_steps(parcel, Expected("request", RequestHead, sender, service, at), known.directory)
    yield ok("request", "seal", f"none: a request is signed, and {service} reads it; messages are sealed")
    try:
        _, head, _ = parse(RequestHead, parcel.signature)
    except EnvelopeRefused:
        return
    yield _replay(exchange)
    yield _standing(head, service, known, at)
    if known.operations is not None:
        yield from _policy(head, known.operations.find(head.method, head.target.partition("?")[0]))


def _size(part: Part, parcel: Parcel, known: Known) -> Step:
    says = f"{parcel.size} bytes, of at most {known.max_parcel_bytes}"
    return ok(part, "size", says) if parcel.size <= known.max_parcel_bytes else failed(part, "size", says)


def _replay(exchange: Exchange) -> Step:
    problem = problem_of(exchange)
    if exchange.reply is None:
        return Step(part="service", step="replay", result="undecided", says="no answer came")
    if problem.get("reason") == RefusalReason.REPLAYED or code_of(exchange) == AlreadyHandled.code:
        return failed("service", "replay", f"{_detail(exchange)}: an envelope is carried out once")
    return ok("service", "replay", f"{exchange.service} knew no other envelope with this id")


def _standing(head: RequestHead, service: str, known: Known, at: float) -> Step:
    try:
        caller = caller_of(head, service, known.directory, at)
    except EnvelopeRefused as refused:
        return failed("service", "standing", refused.detail)
    standing = describe(caller.standing) if caller.standing.measure else caller.standing.standing
    return ok("service", "standing", f"{caller.bureau} is {standing}")


def _policy(head: RequestHead, operation: Operation) -> Iterator[Step]:
    missing = sorted(operation.needed.difference(head.scopes))
    if missing:
        yield failed("service", "scope", f"it needs {', '.join(missing)}; the head has {' '.join(head.scopes)}")
    else:
        yield ok("service", "scope", f"it needs {', '.join(sorted(operation.needed)) or 'none'}, which the head has")
    purpose = PURPOSES.get(head.purpose)
    if purpose is not None and PURPOSE_SCOPES[purpose] in head.scopes:
        yield ok("service", "purpose", f"{purpose}, with its scope")
    else:
        yield failed("service", "purpose", f"the head has no scope for the purpose {head.purpose[:40]}")
    is_cleared = HANDLING_CONFIDENTIAL in head.scopes
    says = "also CONFIDENTIAL records" if is_cleared else f"none that is CONFIDENTIAL, without {HANDLING_CONFIDENTIAL}"
    yield ok("service", "handling", f"the officer is shown {says}")


def _answer_steps(parcel: Parcel, request: Parcel, exchange: Exchange, ends: Ends, known: Known) -> Iterator[Step]:
    digest = digest_of(request.signature)
    yield _size("answer", parcel, known)
    expected = Expected("answer", ReplyHead, ends.service, ends.bureau, exchange.at, digest)
    yield from envelope_steps(parcel, expected, known.directory)
    try:
        _, head, _ = parse(ReplyHead, parcel.signature)
    except EnvelopeRefused:
        return
    yield checked("answer", "binding", "bound to this request by its digest", lambda: _bound(head, exchange.id, digest))
    if head.status >= 400 and parcel.body != exchange.problem:
        # The gateway did not pass it on, and it may be the cause.
        yield failed("answer", "content", f"the service answered {head.status}: {_says(_problem_in(parcel.body))}")
    if known.operations is not None:
        operation = known.operations.find(exchange.method, exchange.target.partition("?")[0])
        yield _declared(ends.service, operation, Reply(head, parcel.body, parcel.signature, exchange.id))


def _bound(head: ReplyHead, request_id: str, digest: str) -> None:
    if head.re_digest != digest or head.re not in {request_id, ""}:
        raise EnvelopeRefused(RefusalReason.UNRELATED, "it is the answer to another request")


def _declared(service: str, operation: Operation, reply: Reply) -> Step:
    try:
        require_allowed(service, operation, reply)
    except ForgedReply as refusal:
        return failed("answer", "declared", refusal.detail)
    return ok("answer", "declared", f"status {reply.head.status} and its form are in the service's OpenAPI document")


def _result(exchange: Exchange) -> Step:
    part: Part = "gateway" if exchange.reply is None else "service"
    if exchange.status < 400:
        made = f"; it made {exchange.location}" if exchange.location else ""
        return ok(part, "result", f"{exchange.status}{made}")
    detail = "" if exchange.reply is None else f": {_detail(exchange)}"
    return failed(part, "result", f"{exchange.status} {code_of(exchange)}{detail}")


def _detail(exchange: Exchange) -> str:
    return _says(problem_of(exchange)) or f"answered {exchange.status}"


def _says(problem: Mapping[str, Any]) -> str:
    mistakes = [f"{each.get('in')} {each.get('pointer')}: {each.get('detail')}" for each in problem.get("errors") or ()]
    return "; ".join([str(problem.get("detail") or ""), *mistakes])
