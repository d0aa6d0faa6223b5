"""Calls an ASGI application of this process as a client would over HTTP, and reads the answer.

An answer is read as it comes: that of a stream never ends. Does NOT know what is asked.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import msgspec
from starlette.requests import ClientDisconnect

from shared.rpc.asgi import Application

# Of an answer that is read while more of it comes.
WAITING_PARTS: Final = 64


class HttpCall(NamedTuple):
    """A request to the application."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | AsyncIterator[bytes] = b""
    """In parts where it is large: they are passed on as they come."""

    client: tuple[str, int] | None = None
    """The address of the browser, by which guesses of passwords are counted."""


class HttpAnswer(NamedTuple):
    """The head of an answer, and its body as it comes."""

    status: int
    headers: Mapping[str, str]
    parts: AsyncIterator[bytes]

    async def read(self) -> bytes:
        """Return the whole body."""
        return b"".join([part async for part in self.parts])


@asynccontextmanager
async def called(application: Application, call: HttpCall) -> AsyncIterator[HttpAnswer]:
    """Call an application, and yield its answer; leaving the block ends the call, as when a client disconnects."""
    messages: asyncio.Queue[Any] = asyncio.Queue(WAITING_PARTS)
    complete = asyncio.Event()
    task = asyncio.create_task(_run(application, call, messages, complete))
    try:
        start = await messages.get()
        if start is None:
            # The application has raised.
            await task
            raise RuntimeError("the application sent no answer")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
        yield HttpAnswer(start["status"], headers, _parts(messages))
    finally:
        if not complete.is_set():
            task.cancel()
        # Else it still closes what it had open, such as files.
        with suppress(asyncio.CancelledError, Exception):
            await task


async def _run(
    application: Application, call: HttpCall, messages: "asyncio.Queue[Any]", complete: asyncio.Event
) -> None:
    body = _messages_of(call.body)

    async def receive() -> Any:
        async for message in body:
            return message
        # The end of the call cancels it.
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        await messages.put(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            complete.set()

    try:
        await application(_scope(call), receive, send)
    finally:
        with suppress(asyncio.QueueFull):
            messages.put_nowait(None)


async def _messages_of(body: bytes | AsyncIterator[bytes]) -> AsyncIterator[Any]:
    if isinstance(body, bytes):
        yield {"type": "http.request", "body": body, "more_body": False}
        return
    try:
        async for part in body:
            yield {"type": "http.request", "body": part, "more_body": True}
        yield {"type": "http.request", "body": b"", "more_body": False}
    except ClientDisconnect:
        # The browser is gone before it has sent all.
        yield {"type": "http.disconnect"}


async def _parts(messages: "asyncio.Queue[Any]") -> AsyncIterator[bytes]:
    while (message := await messages.get()) is not None:
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _scope(call: HttpCall) -> dict[str, Any]:
    path, _, query = call.target.partition("?")
    length = {"content-length": str(len(call.body))} if isinstance(call.body, bytes) else {}
    headers = {**length, **call.headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": call.method,
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": call.client,
        "server": None,
        "state": {},
    }


class Problem(msgspec.Struct, frozen=True):
    """A problem of the API (RFC 9457), as far as a page shows it."""

    type: str = ""
    title: str = ""
    status: int = 0
    detail: str = ""
    instance: str | None = None
    errors: tuple[dict[str, str], ...] = ()

    @property
    def code(self) -> str:
        """The end of its type."""
        return self.type.rpartition(":")[2]


PURPOSE_DIFFERS: Final = Problem("urn:i247:problem:purpose-differs", "Nothing was done", 409)
"""What the console itself refuses: a page shows another purpose than that of the session."""

OFFICER_DIFFERS: Final = Problem("urn:i247:problem:officer-differs", "Nothing was done", 409)
"""The same of a page of another officer than the one who is signed in."""

STEP_DIFFERS: Final = Problem("urn:i247:problem:step-differs", "Nothing was done", 409)
"""The same of a page that shows an earlier step than the latest."""


class ApiRefused(Exception):
    """The API refuses a request."""

    def __init__(self, status: int, problem: Problem, retry_after: str | None = None) -> None:
        super().__init__(problem.code)
        self.status = status
        self.problem = problem
        self.retry_after = retry_after


_problem: Final = msgspec.json.Decoder(Problem)


def refused(answer: HttpAnswer, body: bytes) -> ApiRefused:
    """Return the refusal in an answer of the API."""
    try:
        problem = _problem.decode(body)
    except (msgspec.DecodeError, ValueError):
        problem = Problem(status=answer.status)
    return ApiRefused(answer.status, problem, answer.headers.get("retry-after"))
