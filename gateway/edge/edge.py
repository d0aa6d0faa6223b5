"""The entry point for officers' requests to services and to local applications: access, timing, logging, refusals.

Plain ASGI: a framework's middleware costs more than all of this, and streams pass piece by piece. Each request of an
officer is one line of the log, also when it is refused: the officer, the service and the purpose, never the content.
Requests without a valid token are counted by reason.
"""

import time
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple, Protocol

from gateway.auth.tokens import Grant, Tokens
from gateway.edge.access import Headers, bearer_token, log_request, refusal_response, require_plain, single_headers
from shared.errors import Internal, Malformed, NotFound, Refusal, TooLarge
from shared.identity import Caller
from shared.logs import Log
from shared.protocol.http import HttpRequest
from shared.rpc.client import Reply, Trace
from shared.suggestions import nearest

PREFIX: Final = "/api/"
# Paths that are prescribed from outside, and the backend that has each.
_PRESCRIBED: Final = {"/find/": "checks"}
PREFIXES: Final = (PREFIX, *_PRESCRIBED)
MAX_METHOD: Final = 16
SHOWN_OF_A_NAME: Final = 40
# In the state of a request: the refusal by which its connection was closed.
CUT_OFF_BY: Final = "cut_off_by"
# A longer number exceeds every limit, and Python limits the digits of an integer.
MAX_LENGTH_DIGITS: Final = 15
# For the caller alone, and never interpreted as a page or a script, whatever a record contains.
EVERY_ANSWER: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class EdgeRequest:
    """A request on its way through the edge, and its log entry."""

    __slots__ = (
        "_observer",
        "_send",
        "answer_headers",
        "entry",
        "grant",
        "headers",
        "is_complete",
        "may_change",
        "receive",
        "scope",
        "trace",
    )

    grant: Grant
    """The rights of the token; set before a backend answers."""

    headers: Mapping[bytes, bytes]
    answer_headers: Mapping[bytes, bytes]
    """For an observer: set when an answer begins."""

    def __init__(self, scope: Any, receive: Any, send: Any, observer: "Observer | None" = None) -> None:
        self.scope = scope
        self.receive = receive
        self._send = send
        self._observer = observer
        self.trace = None if observer is None else Trace()
        """What crosses the broker for it; None if nobody keeps that."""

        self.is_complete = False
        """Whether the response is complete: an error after that is one of sending it."""

        self.may_change = False
        """Whether it was passed on to an operation that changes something."""

        self.entry: dict[str, Any] = {"method": scope["method"][:MAX_METHOD]}

    async def send(self, message: Any) -> None:
        """Pass on one message of a response, with the headers of every answer."""
        if message["type"] == "http.response.start":
            self.entry["status"] = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *EVERY_ANSWER]}
        await self._pass_on(message)

    async def respond(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer with a whole response."""
        self.entry["status"], self.is_complete = status, True
        headers += EVERY_ANSWER
        if status != 204:
            headers.append((b"content-length", str(len(body)).encode()))
        await self._pass_on({"type": "http.response.start", "status": status, "headers": headers})
        await self._pass_on({"type": "http.response.body", "body": body})

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with a problem, unless an answer has begun."""
        self.entry["code"] = refusal.code
        if self._observer is not None and "id" not in self.entry:
            refusal.members.setdefault("instance", self._observer.new_id())
        status, headers, body = refusal_response(refusal, changes=self.may_change)
        if "instance" in refusal.members:
            self.entry["id"] = refusal.members["instance"]
        elif "id" in self.entry:
            headers.append((b"i247-request-id", self.entry["id"].encode()))
        if "status" not in self.entry:
            await self.respond(status, headers, body)

    async def _pass_on(self, message: Any) -> None:
        if self._observer is not None:
            if message["type"] == "http.response.start":
                self.answer_headers = dict(message["headers"])
            self._observer.see(self, message)
        await self._send(message)


class Observer(Protocol):
    """Sees each message of the answers of an edge, before it is sent."""

    def new_id(self) -> str:
        """Return an id for a request that is refused before it has one."""
        ...

    def see(self, request: EdgeRequest, message: Any) -> None:
        """See one ASGI message of an answer. Must not raise."""
        ...

    def see_part(self, part: "PartOfRequest", trace: Trace, outcome: Reply | Refusal | None) -> None:
        """See what an application of the gateway asked a service, and what came of it; None if it did not wait.

        Must not raise.
        """
        ...


class PartOfRequest(NamedTuple):
    """A request to a service that an application of the gateway sends in the name of its caller."""

    caller: Caller
    service: str
    request: HttpRequest


class BoundedBody:
    """The body of a request: neither larger than a limit, in bytes, nor cut short."""

    def __init__(self, request: EdgeRequest, limit: int) -> None:
        """Take the body of a request. Raises TooLarge where it states a larger length."""
        self._scope = request.scope
        self._receive = request.receive
        self._limit = limit
        self._received = 0
        self._is_whole = False
        stated = request.headers.get(b"content-length", b"")
        if stated.isdigit():
            self._require_limit(int(stated[:MAX_LENGTH_DIGITS]))

    async def receive(self) -> Any:
        """Return the next ASGI message. Raises TooLarge, Malformed, TooSlow."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._is_whole = not message.get("more_body", False)
            self._require_limit(self._received)
        elif not self._is_whole:
            # What came so far must not pass for the whole.
            by: Refusal | None = self._scope.get("state", {}).get(CUT_OFF_BY)
            raise by or Malformed("the connection ended before the body did")
        return message

    async def read(self) -> bytes:
        """Return the whole body. Raises TooLarge, Malformed, TooSlow."""
        parts: list[bytes] = []
        while not self._is_whole:
            parts.append((await self.receive()).get("body", b""))
        return b"".join(parts)

    def _require_limit(self, size: int) -> None:
        if size > self._limit:
            raise TooLarge(f"the body may have at most {self._limit} bytes")


def _no_service(name: str, known: Collection[str]) -> str:
    services, near = f"services are {', '.join(known)}", nearest(name, known)
    meant = f"did you mean {near}? The {services}" if near else f"the {services}"
    return f"there is no service {name[:SHOWN_OF_A_NAME]} here: {meant}" if name else f"name a service: the {services}"


def _backend_of(path: str) -> str:
    for prefix, name in _PRESCRIBED.items():
        if path.startswith(prefix):
            return name
    return path[len(PREFIX) :].partition("/")[0]


class Backend(Protocol):
    """Answers requests with a valid token."""

    async def answer(self, request: EdgeRequest) -> None:
        """Answer one request. Raises Refusal."""
        ...


class Edge:
    """Authenticates and logs the requests below `/api/`, and below the paths that are prescribed from outside."""

    def __init__(
        self, backends: Mapping[str, Backend], tokens: Tokens, log: Log, observer: Observer | None = None
    ) -> None:
        """`backends` are named by the first part of the path."""
        self._backends = backends
        self._tokens = tokens
        self._log = log
        self._observer = observer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one HTTP request."""
        started = time.perf_counter()
        request = EdgeRequest(scope, receive, send, self._observer)
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
        require_plain(headers)
        name = _backend_of(request.scope["path"])
        backend = self._backends.get(name)
        if backend is not None:
            request.entry["service"] = name
        request.grant = grant = await self._tokens.check(bearer_token(headers))
        request.entry |= {"bureau": grant.bureau, "officer": grant.officer}
        if backend is None:
            raise NotFound(_no_service(name, self._backends))
        await backend.answer(request)
