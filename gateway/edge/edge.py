"""The one way in for officers, to services and to what the gateway answers itself: access, timing, logging, refusals.

Plain ASGI, as a framework's middleware costs more than all of this, and so that streams pass piece by piece. Each
request of an officer is one line of the log, also one that is refused: who asked for which service and why, never for
what. Requests without a good token are counted by reason.
"""

import time
from collections.abc import Mapping
from typing import Any, Final, Protocol

from gateway.auth.tokens import Grant, Tokens
from gateway.edge.access import Headers, bearer_token, log_request, refusal_response, single_headers
from shared.errors import Internal, NotFound, Refusal
from shared.logs import Log

PREFIX: Final = "/api/"
MAX_METHOD: Final = 16
# For the caller alone, and never taken for a page or a script, whatever a record says.
EVERY_ANSWER: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class EdgeRequest:
    """A request on its way through the edge, and its log entry."""

    __slots__ = ("_send", "entry", "grant", "headers", "is_complete", "receive", "scope")

    grant: Grant
    """What the token entitles to; set before a backend answers."""

    headers: Mapping[bytes, bytes]

    def __init__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self.receive = receive
        self._send = send
        self.is_complete = False
        """Whether there is a whole response: what fails then is handing it to the client."""

        self.entry: dict[str, Any] = {"method": scope["method"][:MAX_METHOD]}

    async def send(self, message: Any) -> None:
        """Pass on one message of a response, with the headers of every answer."""
        if message["type"] == "http.response.start":
            self.entry["status"] = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *EVERY_ANSWER]}
        await self._send(message)

    async def respond(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer with a whole response."""
        self.entry["status"], self.is_complete = status, True
        headers += EVERY_ANSWER
        if status != 204:
            headers.append((b"content-length", str(len(body)).encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with a problem, unless an answer has begun."""
        self.entry["code"] = refusal.code
        status, headers, body = refusal_response(refusal)
        if "instance" in refusal.members:
            self.entry["id"] = refusal.members["instance"]
        elif "id" in self.entry:
            headers.append((b"i247-request-id", self.entry["id"].encode()))
        if "status" not in self.entry:
            await self.respond(status, headers, body)


class Backend(Protocol):
    """What answers the requests that the edge has admitted."""

    async def answer(self, request: EdgeRequest) -> None:
        """Answer one request. Raises Refusal."""
        ...


class Edge:
    """Admits the requests below `/api/`, and logs each."""

    def __init__(self, backends: Mapping[str, Backend], tokens: Tokens, log: Log) -> None:
        """`backends` are named by the first part of the path."""
        self._backends = backends
        self._tokens = tokens
        self._log = log

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one HTTP request."""
        started = time.perf_counter()
        request = EdgeRequest(scope, receive, send)
        try:
            await self._answer(request)
        except Refusal as refusal:
            await request.refuse(refusal)
        except Exception as error:
            if request.is_complete:
                raise
            self._log.failure("gateway-failed", error)
            await request.refuse(Internal("the gateway failed; its log says why"))
        finally:
            request.entry["milliseconds"] = round((time.perf_counter() - started) * 1000, 2)
            log_request(self._log, request.entry)

    async def _answer(self, request: EdgeRequest) -> None:
        request.headers = headers = single_headers(request.scope["headers"])
        name = request.scope["path"][len(PREFIX) :].partition("/")[0]
        backend = self._backends.get(name)
        if backend is not None:
            request.entry["service"] = name
        request.grant = grant = await self._tokens.check(bearer_token(headers))
        request.entry |= {"bureau": grant.bureau, "officer": grant.officer}
        if backend is None:
            raise NotFound(f"there is no service of this name here: use one of {', '.join(self._backends)}")
        await backend.answer(request)
