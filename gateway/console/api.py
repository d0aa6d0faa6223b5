"""The API of the gateway, as the console calls it: in the officer's name, with their token and purpose.

Each call passes the same edge as a request from outside: it is authenticated, signed, logged and audited.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from gateway.console.defences import SAFE_METHODS
from gateway.console.in_process import PURPOSE_DIFFERS, ApiRefused, HttpAnswer, HttpCall, called, refused
from shared.identity import Purpose
from shared.rpc.asgi import Application
from shared.service import HEALTH_PATH

JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
REQUEST_ID: Final = "i247-request-id"
"""The header of an answer with the id of its request, by which the audit log and hits name it."""

# The status of an answer that says which parts are down.
DOWN: Final = 503

# What is posted there is only looked at.
_CHANGE_NOTHING: Final = frozenset({"/api/notices/requirements"})

Value = str | int | float | bool | None | Sequence[str]


class ApiFile(NamedTuple):
    """A file that the API sends, such as a photograph."""

    media_type: str
    body: bytes
    headers: Mapping[str, str]


class Api:
    """The API in the name of one officer."""

    def __init__(
        self, gateway: Application, token: str, purpose: Purpose | None, client: tuple[str, int] | None
    ) -> None:
        self._gateway = gateway
        self._headers = {"authorization": f"Bearer {token}"}
        if purpose is not None:
            self._headers["i247-purpose"] = purpose.value
        self._client = client
        self._may_change = True

    def bar(self) -> None:
        """Refuse what changes or searches something from now on, as the officer sees another purpose on their page."""
        self._may_change = False

    async def get(self, path: str, **query: Value) -> Any:
        """Return the JSON of a path; `from_` is the parameter `from`, and None leaves one out. Raises ApiRefused."""
        return await self.send("GET", target_of(path, query))

    async def post(self, path: str, body: Any = None) -> Any:
        """Post JSON, and return that of the answer; None if it has none. Raises ApiRefused."""
        return await self.send("POST", path, body)

    async def put(self, path: str, body: Any) -> Any:
        """Put JSON, and return that of the answer. Raises ApiRefused."""
        return await self.send("PUT", path, body)

    async def delete(self, path: str) -> Any:
        """Delete what is at a path. Raises ApiRefused."""
        return await self.send("DELETE", path)

    async def send(self, method: str, target: str, body: Any = None) -> Any:
        """Send a request with JSON, and return that of the answer. Raises ApiRefused."""
        content = b"" if body is None else msgspec.json.encode(body)
        answered = await self.exchange(method, target, content, JSON if content else "")
        return msgspec.json.decode(answered.body) if answered.body else None

    async def health(self) -> Any:
        """Return the health of the mesh, also if it is down. Raises ApiRefused."""
        async with called(self._gateway, HttpCall("GET", HEALTH_PATH, self._headers, b"", self._client)) as answer:
            body = await answer.read()
            is_problem = not answer.headers.get("content-type", "").startswith(JSON)
            if answer.status not in {200, DOWN} or is_problem:
                raise refused(answer, body)
            return msgspec.json.decode(body)

    async def exchange(
        self, method: str, target: str, body: bytes = b"", content_type: str = "", accept: str = "*/*"
    ) -> ApiFile:
        """Send a request with any body, and return the answer as it is. Raises ApiRefused."""
        async with self.opened(method, target, body, content_type, accept) as answer:
            return ApiFile(answer.headers.get("content-type", ""), await answer.read(), answer.headers)

    @asynccontextmanager
    async def opened(
        self,
        method: str,
        target: str,
        body: bytes | AsyncIterator[bytes] = b"",
        content_type: str = "",
        accept: str = "*/*",
        more: Mapping[str, str] | None = None,
    ) -> AsyncIterator[HttpAnswer]:
        """Send a request, and yield an answer that may be read as it comes. Raises ApiRefused.

        `more` are further headers.
        """
        if not self._may_change and method not in SAFE_METHODS and target.partition("?")[0] not in _CHANGE_NOTHING:
            raise ApiRefused(PURPOSE_DIFFERS.status, PURPOSE_DIFFERS)
        headers = {**self._headers, "accept": accept, **(more or {})}
        if content_type:
            headers["content-type"] = content_type
        async with called(self._gateway, HttpCall(method, target, headers, body, self._client)) as answer:
            if answer.status >= 400:
                raise refused(answer, await answer.read())
            yield answer


def target_of(path: str, query: Mapping[str, Value]) -> str:
    """Return a path with parameters: those that are None are left out, lists are repeated, `from_` is `from`."""
    stated = {name.rstrip("_"): value for name, value in query.items() if value is not None}
    written = {name: str(value).lower() if isinstance(value, bool) else value for name, value in stated.items()}
    return f"{path}?{urlencode(written, doseq=True)}" if written else path


def part(text: str) -> str:
    """Return a text as one part of a path."""
    return quote(text, safe="")
