"""The hot path: an officer's HTTP request becomes a signed request to a service, its signed answer the response.

The body and the status of a service pass unchanged, or not at all: see `declared_answers`. A refusal of the transport
has the header I247-Error.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from gateway.edge.access import Headers, on_behalf_of
from gateway.edge.declared_answers import ANSWER, Operation, Operations, operations_of, problem_code, require_allowed
from gateway.edge.edge import MAX_METHOD, BoundedBody, EdgeRequest, Observer, PartOfRequest
from gateway.hosted_bureaus import requester_of
from shared.bureaus import BureauCode
from shared.errors import REFUSALS, ForgedReply, Malformed, Refusal, ScopeMissing, TargetTooLong, TimedOut
from shared.identity import PURPOSE_SCOPES, Caller
from shared.outcomes import Outcome, changes_something
from shared.protocol.envelope import SIGNATURE_HEADER
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Reply, Requester, Trace
from shared.service import Service

MAX_TARGET: Final = 4_000
MAX_CONTENT_TYPE: Final = 200

_SIGNATURE: Final = SIGNATURE_HEADER.lower().encode()

Alarm = Callable[[BureauCode, str, str], None]
"""Called with a bureau, a service, and the reason why an answer to that bureau was refused as forged."""


class ServiceProxy:
    """Forwards requests to one service, each in the name of the officer's bureau."""

    def __init__(
        self,
        service: Service,
        requesters: Mapping[BureauCode, Requester],
        *,
        body_limit: int,
        alarm: Alarm,
        observer: Observer | None = None,
    ) -> None:
        """`body_limit` is in bytes; `observer` sees what applications of the gateway ask."""
        self.name = service.name
        self.scopes = service.scopes
        self._service = service
        self._operations: Operations | None = None
        self._requesters = requesters
        self._body_limit = body_limit
        self._alarm = alarm
        self._observer = observer

    async def prepare(self) -> Operations:
        """Make the operations of the service, for which the first request would wait."""
        # Requests that come meanwhile may make them as well, with the same result.
        self._operations = await asyncio.to_thread(operations_of, self._service)
        return self._operations

    async def operations(self) -> Operations:
        """Return the operations of the service."""
        return self._operations or await self.prepare()

    async def answer(self, request: EdgeRequest) -> None:
        """Answer one request. Raises Refusal."""
        scope, entry, service = request.scope, request.entry, self._service
        requester = requester_of(self._requesters, request.grant.bureau)
        operations = await self.operations()
        operation = operations.find(scope["method"], scope["path"])
        officer = on_behalf_of(request.headers, request.grant, service.name, self.scopes, operation.scopes)
        entry["purpose"] = officer.purpose
        method, content_type = _method(scope), _content_type(request.headers)
        target = _in_form(_target(scope), operation, request.headers) if operation.forms else _target(scope)
        body = await BoundedBody(request, self._body_limit).read()
        forwarded = HttpRequest(method, target, content_type, body)
        seconds = service.deadline_seconds
        request.may_change = changes_something(method, operation.needed)
        reply = await requester.ask(service.name, forwarded, officer, seconds=seconds, trace=request.trace)
        entry["id"] = reply.request_id
        self._require_allowed(request.grant.bureau, operation, reply)
        if reply.head.error is not None:
            entry["error"] = reply.head.error
        if (code := problem_code(reply)) is not None:
            entry["code"] = code
            if request.may_change and reply.is_of_repetition:
                self._require_known_outcome(REFUSALS[code], reply)
        await request.respond(reply.head.status, _headers(reply), reply.body)

    async def ask(self, requester: Requester, request: HttpRequest, officer: ActingOfficer) -> Reply:
        """Send a request of the gateway's own, and return the answer if the service may give it. Raises Refusal."""
        return await self._send(requester, request, officer, self._service.deadline_seconds)

    async def ask_for(self, caller: Caller, request: HttpRequest, seconds: float) -> Reply:
        """Send a request of an application of the gateway in the name of its caller, with no scope that they lack.

        Raises ScopeMissing, without a request, where they lack the scope that it needs; and what `ask` raises.
        """
        requester = requester_of(self._requesters, caller.bureau)
        operation = await self._operation_of(request)
        for scope in sorted(operation.needed - caller.scopes):
            raise ScopeMissing(f"this needs the scope {scope}, which the officer does not hold")
        scopes = sorted(caller.scopes & operation.scopes)
        officer = ActingOfficer(caller.officer, (*scopes, PURPOSE_SCOPES[caller.purpose]), caller.purpose)
        seconds = min(seconds, self._service.deadline_seconds)
        if self._observer is None:
            return await self._send(requester, request, officer, seconds)
        part = PartOfRequest(caller, self.name, request)
        return await self._observed(
            self._observer, part, lambda trace: self._send(requester, request, officer, seconds, trace)
        )

    async def _observed(
        self, observer: Observer, part: PartOfRequest, send: Callable[[Trace], Awaitable[Reply]]
    ) -> Reply:
        trace = Trace()
        outcome: Reply | Refusal | None = None
        try:
            outcome = reply = await send(trace)
        except Refusal as refusal:
            outcome = refusal
            raise
        else:
            return reply
        finally:
            observer.see_part(part, trace, outcome)

    async def _send(
        self,
        requester: Requester,
        request: HttpRequest,
        officer: ActingOfficer,
        seconds: float,
        trace: Trace | None = None,
    ) -> Reply:
        reply = await requester.ask(self._service.name, request, officer, seconds=seconds, trace=trace)
        self._require_allowed(BureauCode(requester.bureau), await self._operation_of(request), reply)
        return reply

    async def _operation_of(self, request: HttpRequest) -> Operation:
        return (await self.operations()).find(request.method, request.target.partition("?")[0])

    def _require_allowed(self, bureau: BureauCode, operation: Operation, reply: Reply) -> None:
        try:
            require_allowed(self._service.name, operation, reply)
        except ForgedReply as refusal:
            self._alarm(bureau, self._service.name, refusal.detail)
            raise

    def _require_known_outcome(self, refusal: type[Refusal], reply: Reply) -> None:
        """Require that no other process may have made the change that this one did not make. Raises TimedOut."""
        if refusal.status >= 500 and refusal.outcome is Outcome.NOTHING_CHANGED:
            detail = f"the service {self.name} did not answer at first, and was {refusal.code} when it was asked again"
            raise TimedOut(detail, instance=reply.request_id)


def _method(scope: Any) -> str:
    method: str = scope["method"]
    if len(method) > MAX_METHOD or not method.isascii():
        raise Malformed("unsupported HTTP method")
    return method


def _target(scope: Any) -> str:
    raw = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    if len(raw) > MAX_TARGET:
        raise TargetTooLong(f"path and query may have at most {MAX_TARGET} characters: shorten it")
    try:
        return str(raw, "ascii")
    except UnicodeDecodeError as error:
        raise Malformed("path and query must be percent-encoded") from error


def _in_form(target: str, operation: Operation, headers: Mapping[bytes, bytes]) -> str:
    """Return the target with the form of the answer that `Accept` names first, as no header crosses the network.

    A form that the target states itself counts before that.
    """
    accepted = headers.get(b"accept", b"").decode("latin-1").lower().split(",")
    forms = (operation.forms.get(each.partition(";")[0].strip()) for each in accepted)
    form = next(filter(None, forms), None)
    if form is None or f"{ANSWER}=" in target.partition("?")[2]:
        return target
    return f"{target}{'&' if '?' in target else '?'}{ANSWER}={form}"


def _content_type(headers: Mapping[bytes, bytes]) -> str:
    stated = headers.get(b"content-type", b"")
    if len(stated) > MAX_CONTENT_TYPE or not stated.isascii():
        raise Malformed(f"Content-Type must be a media type in ASCII, of at most {MAX_CONTENT_TYPE} characters")
    return stated.decode("ascii")


def _headers(reply: Reply) -> Headers:
    """Return the headers of the response for an allowed answer."""
    head = reply.head
    headers = [(b"i247-request-id", reply.request_id.encode()), (_SIGNATURE, reply.signature.encode())]
    if head.content_type:
        headers.append((b"content-type", head.content_type.encode()))
    if head.error is not None:
        headers.append((b"i247-error", head.error.encode()))
    headers.extend((name.encode(), value.encode()) for name, value in head.headers.items())
    return headers
