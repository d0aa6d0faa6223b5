"""Below the public notices API: what browsers, crawlers and old clients expect of HTTP, and a fair share for each.

HEAD, OPTIONS and any origin (CORS); compression; an entity tag, with which a cache asks again each time, so that a
withdrawn notice is gone at once; ids with a slash; and a bounded number of requests at work, shared fairly among
clients by address.
"""

import gzip
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from gateway.auth.login_failures import source_of
from gateway.public_faults import FaultPlan, Faults
from gateway.public_notices.links import ROOT
from gateway.public_notices.routes import STATISTICS_PATH, error_response
from shared.fair_queue import FairQueue, LaneFull, QueueFull

AT_WORK: Final = 8
WAITING_PER_CLIENT: Final = 64
WAITING: Final = 512
COMPRESSED_FROM: Final = 1024
MAX_QUERY: Final = 4000

_PREFIXES: Final = (f"{ROOT}/", "/notices/data/", "/en/notices/data/")
_SLASHED_ID: Final = re.compile(r"(/notices/v1/(?:red|yellow|un(?:/persons|/entities)?)/[0-9]{4})/([0-9]{1,7})(?=/|$)")
_METHODS: Final = b"GET, HEAD, OPTIONS"
_ANY_ORIGIN: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", _METHODS),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-expose-headers", b"*"),
    (b"access-control-max-age", b"86400"),
)
_ASK_AGAIN: Final = (b"cache-control", b"public, no-cache")
_NOT_KEPT: Final = (b"cache-control", b"no-store")
_PLAIN: Final = frozenset({b"image/jpeg", b"image/png"})

Headers = list[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes


def serves(scope: Mapping[str, Any]) -> bool:
    """Return whether a request is of the public notices API, or for the statistics of notices without a token."""
    path: str = scope["path"]
    if path == STATISTICS_PATH:
        return all(name != b"authorization" for name, _ in scope["headers"])
    return f"{_merged(path)}/".startswith(_PREFIXES)


class PublicNotices:
    """Answers the requests of anyone by the application that has the routes."""

    def __init__(self, app: Any, plan: FaultPlan | None = None) -> None:
        self._app = app
        self._faults = None if plan is None else Faults(plan)
        self._queue = FairQueue(AT_WORK, waiting_per_lane=WAITING_PER_CLIENT, waiting=WAITING)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        method, headers = scope["method"], dict(scope["headers"])
        if method == "OPTIONS":
            answer = Answer(204, [(b"allow", _METHODS)], b"")
        elif method not in {"GET", "HEAD"}:
            answer = _error(405, (b"allow", _METHODS))
        else:
            answer = _finished(await self._answer(scope, receive), headers)
        await _send(answer, send, with_body=method != "HEAD")

    async def _answer(self, scope: Any, receive: Any) -> Answer:
        if len(scope["query_string"]) > MAX_QUERY:
            return _error(414)
        if self._faults is not None and (failing := await self._faults.status()) is not None:
            return _error(failing)
        try:
            with self._queue.place(source_of((scope.get("client") or ("",))[0])) as turn:
                await turn
                return await self._asked({**scope, "method": "GET", **_path(scope["path"])}, receive)
        except (LaneFull, QueueFull):
            return _error(429)

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


def _path(path: str) -> Mapping[str, Any]:
    """Return the path in the one form that routes have: an id with a dash, no slash twice, and none at the end."""
    plain = _SLASHED_ID.sub(r"\1-\2", _merged(path)).rstrip("/")
    return {"path": plain, "raw_path": plain.encode()}


def _merged(path: str) -> str:
    """Return the path with each run of slashes as one, as the original server reads it."""
    return re.sub("/{2,}", "/", path)


def _error(status: int, *headers: tuple[bytes, bytes]) -> Answer:
    response = error_response(status)
    return Answer(status, [*response.raw_headers, *headers], bytes(response.body))


def _finished(answer: Answer, asked: Mapping[bytes, bytes]) -> Answer:
    """Return an answer with its tag, compressed if the client can read that; without a body if the client has it."""
    status, headers, body = answer
    if status != 200:
        return Answer(status, [*headers, _NOT_KEPT], body)
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


async def _send(answer: Answer, send: Any, *, with_body: bool) -> None:
    headers: Sequence[tuple[bytes, bytes]] = [each for each in answer.headers if each[0] != b"content-length"]
    if answer.status not in {204, 304}:
        headers = [*headers, (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": [*headers, *_ANY_ORIGIN]})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})
