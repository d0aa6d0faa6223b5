"""Below the APIs that need no token: what browsers, crawlers and old clients expect of HTTP, and a fair share for each.

HEAD, OPTIONS and any origin (CORS); compression; an entity tag, with which a cache asks again each time, so that a
withdrawn record is gone at once; a bounded number of requests at work, shared fairly among clients by network; and a
bounded number in an hour, of each address, of networks around it, and of all.
"""

import gzip
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from gateway.public_faults import FaultPlan, Faults
from gateway.public_quota import QuestionCounter, TooOften
from gateway.rates import networks_of
from shared.fair_queue import FairQueue, LaneFull, QueueFull

AT_WORK: Final = 8
WAITING_PER_CLIENT: Final = 64
WAITING: Final = 512
COMPRESSED_FROM: Final = 1024
MAX_QUERY: Final = 4000
MAX_BODY: Final = 16 * 1024
READING: Final = ("GET", "HEAD", "OPTIONS")

_ASK_AGAIN: Final = (b"cache-control", b"public, no-cache")
_NOT_KEPT: Final = (b"cache-control", b"no-store")
_PLAIN: Final = frozenset({b"image/jpeg", b"image/png"})

Headers = list[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes


class PublicApi(ABC):
    """Answers the requests of anyone to one API by the application that has its routes."""

    def __init__(self, app: Any, questions: QuestionCounter, plan: FaultPlan | None = None) -> None:
        self._app = app
        self._questions = questions
        self._faults = None if plan is None else Faults(plan)
        self._queue = FairQueue(AT_WORK, waiting_per_lane=WAITING_PER_CLIENT, waiting=WAITING)

    @abstractmethod
    def methods_of(self, path: str) -> Sequence[str]:
        """Return the methods that a path allows."""

    @abstractmethod
    def error_response(self, status: int) -> Response:
        """Return the answer with an error status, in the words of this API."""

    @abstractmethod
    def refusal_of(self, too_often: TooOften) -> Response:
        """Return the answer 429 to who asks too often, in the words of this API."""

    def path_of(self, path: str) -> str:
        """Return a path in the one form that routes have."""
        return path

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        method, headers, allowed = scope["method"], dict(scope["headers"]), self.methods_of(scope["path"])
        if method == "OPTIONS":
            answer = Answer(204, [(b"allow", _listed(allowed))], b"")
        elif method not in allowed:
            answer = self._error(405, (b"allow", _listed(allowed)))
        else:
            answer = await self._answer(scope, receive)
            answer = _finished(answer, headers) if method in READING else _not_kept(answer)
        await _send(answer, send, allowed, with_body=method != "HEAD")

    async def _answer(self, scope: Any, receive: Any) -> Answer:
        if len(scope["query_string"]) > MAX_QUERY:
            return self._error(414)
        if self._faults is not None and (failing := await self._faults.status()) is not None:
            return self._error(failing)
        path = self.path_of(scope["path"])
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        # Before it takes a place, which others wait for: a client may send its body slowly, or never.
        body = b"" if method in READING else await _body(receive)
        if body is None:
            return self._error(413)
        host = (scope.get("client") or ("",))[0]
        if (too_often := self._questions.take(host)) is not None:
            return _whole(self.refusal_of(too_often))
        try:
            with self._queue.place(_client_of(host)) as turn:
                await turn
                asked = {**scope, "method": method, "path": path, "raw_path": path.encode()}
                return await self._asked(asked, _receive_of(body))
        except (LaneFull, QueueFull):
            return self._error(429)

    async def _asked(self, scope: Any, receive: Any) -> Answer:
        started: dict[str, Any] = {}
        parts: list[bytes] = []

        async def take(message: Any) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                parts.append(message.get("body", b""))

        await self._app(scope, receive, take)
        return Answer(started["status"], list(started["headers"]), b"".join(parts))

    def _error(self, status: int, *headers: tuple[bytes, bytes]) -> Answer:
        answer = _whole(self.error_response(status))
        return answer._replace(headers=[*answer.headers, *headers])


def _client_of(host: str) -> str:
    """Return the network that shares one place in turn: an IPv6 /48, an IPv4 /24."""
    return networks_of(host)[2]


def _whole(response: Response) -> Answer:
    return Answer(response.status_code, response.raw_headers, bytes(response.body))


async def _body(receive: Any) -> bytes | None:
    """Return the body of a request, or None if it is too large."""
    parts, size, is_whole = list[bytes](), 0, False
    while not is_whole and size <= MAX_BODY:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        is_whole = not message.get("more_body", False)
    return b"".join(parts) if size <= MAX_BODY else None


def _receive_of(body: bytes) -> Any:
    """Return an ASGI receive that has this body, and then waits for the client to leave."""
    messages = [{"type": "http.request", "body": body}]

    async def receive() -> Any:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _not_kept(answer: Answer) -> Answer:
    return answer._replace(headers=[*answer.headers, _NOT_KEPT])


def _listed(methods: Sequence[str]) -> bytes:
    return ", ".join(methods).encode()


def _from_any_origin(methods: Sequence[str]) -> Headers:
    return [
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", _listed(methods)),
        (b"access-control-allow-headers", b"*"),
        (b"access-control-expose-headers", b"*"),
        (b"access-control-max-age", b"86400"),
    ]


def _finished(answer: Answer, asked: Mapping[bytes, bytes]) -> Answer:
    """Return an answer with its tag, compressed if the client can read that; without a body if the client has it."""
    status, headers, body = answer
    if status != 200:
        return _not_kept(answer)
    tag = b'W/"' + sha256(body).hexdigest()[:32].encode() + b'"'
    headers = [*headers, _ASK_AGAIN, (b"etag", tag), (b"vary", b"Accept-Encoding")]
    if _has(asked.get(b"if-none-match", b""), tag):
        return Answer(304, [each for each in headers if not each[0].startswith(b"content-")], b"")
    media = dict(headers).get(b"content-type", b"")
    if len(body) >= COMPRESSED_FROM and media not in _PLAIN and _reads_gzip(asked.get(b"accept-encoding", b"")):
        body = gzip.compress(body, 5, mtime=0)
        headers.append((b"content-encoding", b"gzip"))
    return Answer(status, headers, body)


def _has(stated: bytes, tag: bytes) -> bool:
    tags = [each.strip() for each in stated.split(b",")]
    return tag in tags or tag.removeprefix(b"W/") in tags or b"*" in tags


def _reads_gzip(accepted: bytes) -> bool:
    for each in accepted.lower().split(b","):
        coding, _, weight = each.replace(b" ", b"").partition(b";")
        if coding in {b"gzip", b"*"} and weight not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}:
            return True
    return False


async def _send(answer: Answer, send: Any, methods: Sequence[str], *, with_body: bool) -> None:
    headers: Sequence[tuple[bytes, bytes]] = [each for each in answer.headers if each[0] != b"content-length"]
    if answer.status not in {204, 304}:
        headers = [*headers, (b"content-length", str(len(answer.body)).encode())]
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": [*headers, *_from_any_origin(methods)]}
    )
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})
