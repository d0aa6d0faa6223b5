"""The hot path: an officer's HTTP request becomes a signed request to a service, its signed answer the response.

Plain ASGI, as a framework's middleware costs more than all of this. The body and the status of a service pass
unchanged, or not at all: see `answers`. What the transport refuses is marked with the header I247-Error.

Each request of an officer is one line of the log, also one that is refused: who asked for which service and why, never
what for. Those without a good token are summed.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Self

from gateway.auth.tokens import Grant, Tokens
from gateway.edge.access import (
    EVERY_ANSWER,
    Headers,
    bearer_token,
    cut_off,
    log_request,
    on_behalf_of,
    refusal_response,
    single_headers,
)
from gateway.edge.declared_answers import Operations, operations_of, require_allowed
from shared.bureaus import BureauCode
from shared.errors import (
    ForgedReply,
    Internal,
    Malformed,
    NotFound,
    Refusal,
    TargetTooLong,
    TooLarge,
    Unauthenticated,
)
from shared.logs import Log
from shared.protocol.envelope import SIGNATURE_HEADER
from shared.protocol.http import HttpRequest
from shared.rpc.client import Reply, Requester
from shared.service import Service

PREFIX: Final = "/api/"
MAX_TARGET: Final = 4_000
MAX_CONTENT_TYPE: Final = 200
MAX_METHOD: Final = 16
# More digits are no length that fits, and would be refused as a number.
MAX_LENGTH_DIGITS: Final = 15

_SIGNATURE: Final = SIGNATURE_HEADER.lower().encode()

Scope = Any
# Of a bureau, about a service, in words.
Alarm = Callable[[BureauCode, str, str], None]


class ServiceProxy:
    """Forwards requests to the services, each in the name of the officer's bureau."""

    def __init__(
        self,
        services: tuple[Service, ...],
        requesters: Mapping[BureauCode, Requester],
        tokens: Tokens,
        *,
        body_limit: int,
        log: Log,
        beside: Iterable[str] = (),
    ) -> None:
        """`beside` are the names of what the gateway answers itself."""
        self._services = {service.name: service for service in services}
        self._names = (*self._services, *beside)
        self._scopes = {service.name: service.scopes for service in services}
        self._operations: dict[str, Operations] = {}
        self._requesters = requesters
        self._tokens = tokens
        self._body_limit = body_limit
        self._log = log
        self._alarm: Alarm | None = None

    def alarming(self, alarm: Alarm) -> Self:
        """Call this for each answer that is refused as forged."""
        self._alarm = alarm
        return self

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one HTTP request."""
        started = time.perf_counter()
        entry: dict[str, Any] = {"method": scope["method"][:MAX_METHOD]}
        try:
            reply = await self._forward(scope, receive, entry)
            status, headers, body = _reply_response(reply)
        except Refusal as refusal:
            status, headers, body = refusal_response(refusal)
            entry["code"] = refusal.code
            if "instance" in refusal.members:
                entry["id"] = refusal.members["instance"]
        except Exception as error:
            self._log.failure("gateway-failed", error)
            status, headers, body = refusal_response(Internal("the gateway failed; its log says why"))
            entry["code"] = Internal.code
        headers += EVERY_ANSWER
        if status != 204:
            headers.append((b"content-length", str(len(body)).encode()))
        try:
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 2)
            log_request(self._log, entry | {"status": status, "milliseconds": milliseconds})

    async def _forward(self, scope: Scope, receive: Any, entry: dict[str, Any]) -> Reply:
        headers = single_headers(scope["headers"])
        service = self._services.get(service_of(scope["path"]))
        if service is not None:
            entry["service"] = service.name
        grant = await self._tokens.check(bearer_token(headers))
        entry |= {"bureau": grant.bureau, "officer": grant.officer}
        if service is None:
            raise NotFound(f"there is no service here under this name: try one of {', '.join(self._names)}")
        requester = self._requester(grant)
        operations = self._operations.get(service.name) or await self._prepare(service)
        operation = operations.find(scope["method"], scope["path"])
        on_behalf = on_behalf_of(headers, grant, service.name, self._scopes[service.name], operation.scopes)
        entry["purpose"] = on_behalf.purpose
        method, target, content_type = _method(scope), _target(scope), _content_type(headers)
        body = await self._body(scope, headers, receive)
        reply = await requester.ask(
            service.name,
            HttpRequest(method, target, content_type, body),
            on_behalf,
            seconds=service.deadline_seconds,
        )
        entry["id"] = reply.request_id
        try:
            require_allowed(service.name, operation, reply)
        except ForgedReply as refusal:
            if self._alarm is not None:
                self._alarm(grant.bureau, service.name, refusal.detail)
            raise
        if reply.head.error is not None:
            entry["error"] = reply.head.error
        return reply

    async def prepare(self) -> None:
        """Make what is known of the operations of the services now, rather than with the first request to each."""
        for service in self._services.values():
            await self._prepare(service)

    async def _prepare(self, service: Service) -> Operations:
        # Requests that come meanwhile may have it made as well: it is the same.
        operations = self._operations[service.name] = await asyncio.to_thread(operations_of, service)
        return operations

    def _requester(self, grant: Grant) -> Requester:
        requester = self._requesters.get(grant.bureau)
        if requester is None:
            raise Unauthenticated(f"this is not the gateway of {grant.bureau}: use that bureau's own")
        return requester

    async def _body(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Any) -> bytes:
        declared = headers.get(b"content-length")
        if declared and declared.isdigit() and (len(declared) > MAX_LENGTH_DIGITS or int(declared) > self._body_limit):
            raise TooLarge(f"the body may have at most {self._body_limit} bytes")
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise cut_off(scope)
            body += message.get("body", b"")
            self._require_limit(body)
            more = message.get("more_body", False)
        return bytes(body)

    def _require_limit(self, body: bytearray) -> None:
        if len(body) > self._body_limit:
            raise TooLarge(f"the body may have at most {self._body_limit} bytes")


def service_of(path: str) -> str:
    """Return the name of the service that a path leads to."""
    return path[len(PREFIX) :].partition("/")[0]


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    if len(method) > MAX_METHOD or not method.isascii():
        raise Malformed("the method is none that HTTP has")
    return method


def _target(scope: Scope) -> str:
    raw = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    if len(raw) > MAX_TARGET:
        raise TargetTooLong(f"path and query may have at most {MAX_TARGET} characters: shorten it")
    try:
        return str(raw, "ascii")
    except UnicodeDecodeError as error:
        raise Malformed("path and query must be percent-encoded") from error


def _content_type(headers: Mapping[bytes, bytes]) -> str:
    stated = headers.get(b"content-type", b"")
    if len(stated) > MAX_CONTENT_TYPE or not stated.isascii():
        raise Malformed("the content type is not in the form that HTTP has")
    return stated.decode("ascii")


def _reply_response(reply: Reply) -> tuple[int, Headers, bytes]:
    """Return the response that an allowed answer is."""
    head = reply.head
    headers = [(b"i247-request-id", reply.request_id.encode()), (_SIGNATURE, reply.signature.encode())]
    if head.content_type:
        headers.append((b"content-type", head.content_type.encode()))
    if head.error is not None:
        headers.append((b"i247-error", head.error.encode()))
    headers.extend((name.encode(), value.encode()) for name, value in head.headers.items())
    return head.status, headers, reply.body
