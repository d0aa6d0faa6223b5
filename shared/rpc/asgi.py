"""Calls an ASGI application with one complete request and collects its response.

The response is returned as soon as its last part is sent, so background work of the application delays no reply. A
crash before that is a 500 with a problem.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from enum import Enum, auto
from typing import Any, Final
from urllib.parse import unquote

from shared.errors import PROBLEM_JSON, RETRY_AFTER_SECONDS, Internal, Refusal, problem
from shared.outcomes import changes_something
from shared.protocol.http import HttpRequest, HttpResponse

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Application = Callable[[Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

_DISCONNECT: Final[Message] = {"type": "http.disconnect"}


class _Stage(Enum):
    WAITING = auto()
    STARTED = auto()
    COMPLETE = auto()


class HttpCycle:
    """One request to an application, and its response."""

    __slots__ = ("_disconnected", "_given", "_on_response", "_parts", "_request", "_stage", "_state", "response")

    def __init__(
        self, request: HttpRequest, state: dict[str, Any], on_response: Callable[[HttpResponse], Awaitable[None]]
    ) -> None:
        self._request = request
        self._state = state
        self._on_response = on_response
        self._stage = _Stage.WAITING
        self._given = False
        self._disconnected: asyncio.Event | None = None
        self._parts: list[bytes] = []
        self.response = HttpResponse(500)

    @property
    def complete(self) -> bool:
        """Whether the response was passed on."""
        return self._stage is _Stage.COMPLETE

    async def run(self, application: Application) -> None:
        """Call the application. Raises what it raises, after a response was passed on."""
        try:
            await application(self._scope(), self._receive, self._send)
        except Exception:
            await self._fail("the service failed while it handled the request")
            raise
        if not self.complete:
            await self._fail("the service sent no response")
            raise RuntimeError("the application sent no response")

    async def _fail(self, detail: str) -> None:
        if not self.complete:
            changes = changes_something(self._request.method, ())
            self.response = problem_response(Internal(detail), changes=changes)
            await self._complete()

    async def _complete(self) -> None:
        self._stage = _Stage.COMPLETE
        if self._disconnected is not None:
            self._disconnected.set()
        await self._on_response(self.response)

    def _scope(self) -> Scope:
        path, _, query = self._request.target.partition("?")
        headers = [(b"content-length", str(len(self._request.body)).encode())]
        if self._request.content_type:
            headers.append((b"content-type", self._request.content_type.encode("latin-1")))
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": self._request.method,
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "headers": headers,
            "state": self._state,
        }

    async def _receive(self) -> Message:
        if not self._given:
            self._given = True
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        # A streaming response waits for a disconnect, which comes with the end of the response.
        self._disconnected = self._disconnected or asyncio.Event()
        if not self.complete:
            await self._disconnected.wait()
        return _DISCONNECT

    async def _send(self, message: Message) -> None:
        if self._stage is _Stage.WAITING and message["type"] == "http.response.start":
            headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message.get("headers", ())
            }
            self.response = HttpResponse(message["status"], headers)
            self._stage = _Stage.STARTED
        elif self._stage is _Stage.STARTED and message["type"] == "http.response.body":
            await self._take(message)
        else:
            raise RuntimeError(f"the application sent {message['type']} while {self._stage.name.lower()}")

    async def _take(self, message: Message) -> None:
        self._parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            self.response.body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            await self._complete()


def problem_response(refusal: Refusal, *, changes: bool) -> HttpResponse:
    """Return the response with the problem of a refusal; `changes` as in `problem`."""
    headers = {"content-type": PROBLEM_JSON}
    if refusal.status == 503:
        headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return HttpResponse(refusal.status, headers, problem(refusal, changes=changes))
