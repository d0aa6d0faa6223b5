"""The hot path: an officer's HTTP request becomes a signed request to a service, its signed answer the response.

Plain ASGI, as a framework's middleware costs more than all of this. The body and the status of a service pass
unchanged; what the transport refuses is marked with the header I247-Error.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from gateway.tokens import Grant, Tokens
from shared.asgi import HttpRequest
from shared.bureaus import BureauCode
from shared.envelope import SIGNATURE_HEADER
from shared.errors import (
    PROBLEM_JSON,
    Internal,
    Invalid,
    Malformed,
    NotFound,
    PurposeMissing,
    Refusal,
    ScopeMissing,
    TargetTooLong,
    TooLarge,
    TransportRefusal,
    Unauthenticated,
    problem,
)
from shared.identity import PURPOSES, Purpose
from shared.logs import Log
from shared.requester import OnBehalf, Reply, Requester
from shared.service import Service

PREFIX: Final = "/api/"
MAX_TARGET: Final = 4_000
MAX_CONTENT_TYPE: Final = 200
BODY_SECONDS: Final = 30.0

Scope = Any
Headers = list[tuple[bytes, bytes]]


class Forward:
    """Forwards requests to the services, each in the name of the officer's bureau."""

    def __init__(
        self,
        services: tuple[Service, ...],
        requesters: Mapping[BureauCode, Requester],
        tokens: Tokens,
        *,
        body_limit: int,
        log: Log,
    ) -> None:
        self._services = {service.name: service for service in services}
        self._requesters = requesters
        self._tokens = tokens
        self._body_limit = body_limit
        self._log = log

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one HTTP request."""
        started = time.perf_counter()
        entry: dict[str, Any] = {"method": scope["method"]}
        try:
            reply = await self._forward(scope, receive, entry)
            status, headers, body = reply.head.status, _reply_headers(reply), reply.body
        except Refusal as refusal:
            status, headers, body = _refusal_response(refusal)
        except Exception as error:
            self._log.failure("gateway-failed", error)
            status, headers, body = _refusal_response(Internal("the gateway failed; its log says why"))
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        milliseconds = round((time.perf_counter() - started) * 1000, 2)
        self._log.info("request", status=status, milliseconds=milliseconds, **entry)

    async def _forward(self, scope: Scope, receive: Any, entry: dict[str, Any]) -> Reply:
        headers = dict(scope["headers"])
        grant = await self._tokens.check(_bearer(headers))
        service = self._service(scope["path"])
        requester = self._requester(grant)
        on_behalf = OnBehalf(grant.officer, _scopes(grant, service), _purpose(headers, grant))
        entry |= {
            "service": service.name,
            "bureau": grant.bureau,
            "officer": grant.officer,
            "purpose": on_behalf.purpose,
        }
        body = await self._body(headers, receive)
        request = HttpRequest(scope["method"], _target(scope), _content_type(headers), body)
        reply = await requester.ask(service.name, request, on_behalf, seconds=service.deadline_seconds)
        entry["id"] = reply.request_id
        return reply

    def _service(self, path: str) -> Service:
        name = path[len(PREFIX) :].partition("/")[0]
        service = self._services.get(name)
        if service is None:
            raise NotFound(f"there is no service here under this name: try one of {', '.join(self._services)}")
        return service

    def _requester(self, grant: Grant) -> Requester:
        requester = self._requesters.get(grant.bureau)
        if requester is None:
            raise Unauthenticated(f"this is not the gateway of {grant.bureau}: use that bureau's own")
        return requester

    async def _body(self, headers: Mapping[bytes, bytes], receive: Any) -> bytes:
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._body_limit:
            raise TooLarge(f"the body may have at most {self._body_limit} bytes")
        message = await receive()
        if not message.get("more_body", False):
            body: bytes = message.get("body", b"")
            self._require_limit(body)
            return body
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self._rest_of_body(message["body"], receive)
        except TimeoutError as error:
            raise Malformed(f"the body did not arrive within {BODY_SECONDS:.0f} s") from error

    async def _rest_of_body(self, start: bytes, receive: Any) -> bytes:
        body, more = bytearray(start), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Malformed("the connection ended before the body did")
            body += message.get("body", b"")
            self._require_limit(body)
            more = message.get("more_body", False)
        return bytes(body)

    def _require_limit(self, body: bytes | bytearray) -> None:
        if len(body) > self._body_limit:
            raise TooLarge(f"the body may have at most {self._body_limit} bytes")


def _bearer(headers: Mapping[bytes, bytes]) -> str:
    kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Unauthenticated("give a token in the header `Authorization: Bearer ...`: POST /oauth/token issues one")
    return token.strip()


def _scopes(grant: Grant, service: Service) -> tuple[str, ...]:
    scopes = grant.scopes_of(service.name)
    if not scopes:
        raise ScopeMissing(
            f"the officer holds no scope for {service.name}: it needs one of {', '.join(service.scopes)}"
        )
    return scopes


def _purpose(headers: Mapping[bytes, bytes], grant: Grant) -> Purpose:
    stated = headers.get(b"i247-purpose")
    if stated is not None:
        purpose = PURPOSES.get(stated.decode("latin-1"))
        if purpose is None:
            raise Invalid(f"I247-Purpose: must be one of {', '.join(PURPOSES)}")
        return purpose
    if grant.purpose is None:
        raise PurposeMissing(f"state a purpose in the header I247-Purpose: one of {', '.join(PURPOSES)}")
    return grant.purpose


def _target(scope: Scope) -> str:
    raw = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    if len(raw) > MAX_TARGET:
        raise TargetTooLong(f"path and query may have at most {MAX_TARGET} characters: send long searches in a body")
    try:
        return str(raw, "ascii")
    except UnicodeDecodeError as error:
        raise Malformed("path and query must be percent-encoded") from error


def _content_type(headers: Mapping[bytes, bytes]) -> str:
    stated = headers.get(b"content-type", b"")
    if len(stated) > MAX_CONTENT_TYPE or not stated.isascii():
        raise Malformed("the content type is not in the form that HTTP has")
    return stated.decode("ascii")


def _reply_headers(reply: Reply) -> Headers:
    headers = [
        (b"content-type", reply.head.content_type.encode("latin-1")),
        (b"i247-request-id", reply.request_id.encode()),
        # Whoever keeps the answer can prove later what it was.
        (SIGNATURE_HEADER.lower().encode(), reply.signature.encode()),
    ]
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.head.headers.items()]
    if reply.head.error is not None:
        headers.append((b"i247-error", reply.head.error.encode("latin-1")))
    return headers


def _refusal_response(refusal: Refusal) -> tuple[int, Headers, bytes]:
    headers = [(b"content-type", PROBLEM_JSON.encode())]
    if isinstance(refusal, TransportRefusal):
        headers.append((b"i247-error", refusal.mark.encode()))
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="i247"'))
    if refusal.status == 503:
        headers.append((b"retry-after", b"1"))
    return refusal.status, headers, problem(refusal)
