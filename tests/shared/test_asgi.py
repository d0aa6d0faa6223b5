"""The driver that calls an ASGI application: one whole request in, one whole response out."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response, StreamingResponse

from shared.protocol.http import HttpRequest, HttpResponse
from shared.rpc.asgi import Application, HttpCycle

GET = HttpRequest("GET", "/")


class Caller:
    """Receives the response of a cycle, and records whether there was more than one."""

    def __init__(self) -> None:
        self.responses: list[HttpResponse] = []
        self.answered = asyncio.Event()

    async def take(self, response: HttpResponse) -> None:
        """Receive the response."""
        self.responses.append(response)
        self.answered.set()

    async def call(self, application: Application, request: HttpRequest = GET, **state: Any) -> HttpResponse:
        """Call an application that does not fail, and return its one response."""
        await HttpCycle(request, state, self.take).run(application)
        (response,) = self.responses
        return response


@pytest.fixture
def caller() -> Caller:
    """Return a caller."""
    return Caller()


def problem_of(response: HttpResponse) -> tuple[int, str]:
    """Return status and code of a response that is a problem."""
    assert response.headers == {"content-type": "application/problem+json"}
    body = json.loads(response.body)
    assert body["status"] == response.status
    return response.status, body["type"]


async def test_the_application_receives_the_signed_request(caller: Caller) -> None:
    """Method, path, query, content type and body arrive as they would over HTTP."""
    app = FastAPI()

    @app.post("/records/{name}")
    async def echo(request: Request, name: str, color: str) -> dict[str, Any]:
        return {
            "name": name,
            "color": color,
            "raw_path": request.scope["raw_path"].decode(),
            "body": (await request.body()).decode(),
            "headers": dict(request.headers),
            "caller": request.state.caller,
        }

    response = await caller.call(
        app, HttpRequest("POST", "/records/Zo%C3%AB?color=a%2Bb", "text/plain", b"body"), caller="FR"
    )
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    assert json.loads(response.body) == {
        "name": "Zoë",
        "color": "a+b",
        "raw_path": "/records/Zo%C3%AB",
        "body": "body",
        "headers": {"content-length": "4", "content-type": "text/plain"},
        "caller": "FR",
    }


async def test_a_streamed_response_is_returned_whole(caller: Caller) -> None:
    """The parts are joined; nothing is passed on before the last one."""

    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one ", b"", b"two ", b"three"):
            assert caller.responses == []
            yield part

    response = await caller.call(StreamingResponse(parts(), headers={"X-Parts": "4"}))
    assert (response.status, response.body) == (200, b"one two three")
    assert response.headers["x-parts"] == "4"


async def test_a_stream_that_listens_for_disconnect_is_not_cut_short(caller: Caller) -> None:
    """The disconnect message arrives only after the response is complete."""
    received: list[str] = []

    async def listening(_scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        departure = asyncio.ensure_future(receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for more in (True, True, False):
            assert not departure.done()
            await send({"type": "http.response.body", "body": b"part ", "more_body": more})
        received.append((await departure)["type"])
        received.append((await receive())["type"])

    response = await caller.call(listening)
    assert response.body == b"part part part "
    assert received == ["http.disconnect", "http.disconnect"]


async def test_a_background_task_does_not_delay_the_response(caller: Caller) -> None:
    """The task runs to its end after the response is sent."""
    allowed, done = asyncio.Event(), asyncio.Event()

    async def background() -> None:
        await allowed.wait()
        done.set()

    application = JSONResponse({"accepted": True}, 202, background=BackgroundTask(background))
    running = asyncio.ensure_future(HttpCycle(GET, {}, caller.take).run(application))
    await caller.answered.wait()
    assert caller.responses[0].status == 202
    assert not running.done()
    allowed.set()
    await running
    assert done.is_set()


async def test_a_failing_background_task_does_not_change_the_response(caller: Caller) -> None:
    """The exception is raised to the caller of the cycle, and nothing more is sent."""

    async def background() -> None:
        raise RuntimeError("too late")

    with pytest.raises(RuntimeError, match="too late"):
        await caller.call(Response(b"fine", background=BackgroundTask(background)))
    assert [response.body for response in caller.responses] == [b"fine"]


@pytest.mark.parametrize("sent_before", [0, 1, 2], ids=["before the start", "after the start", "amid the body"])
async def test_a_crash_becomes_a_500_problem_whatever_was_sent_before(caller: Caller, sent_before: int) -> None:
    """The response does not contain the text of the exception, which is raised to be logged."""

    async def crashing(_scope: Any, _receive: Any, send: Any) -> None:
        messages = (
            {"type": "http.response.start", "status": 200, "headers": [(b"x-secret", b"1")]},
            {"type": "http.response.body", "body": b"half of it", "more_body": True},
        )
        for message in messages[:sent_before]:
            await send(message)
        raise ValueError("what only the log may know")

    with pytest.raises(ValueError, match="only the log"):
        await caller.call(crashing)
    (response,) = caller.responses
    assert problem_of(response) == (500, "urn:i247:problem:internal")
    assert b"only the log" not in response.body
    assert b"half of it" not in response.body


@pytest.mark.parametrize("sent_before", [0, 1, 2], ids=["nothing", "a start", "half a body"])
async def test_an_application_that_ends_without_a_whole_response_gives_a_500_problem(
    caller: Caller, sent_before: int
) -> None:
    """A RuntimeError is raised as well, to be logged."""

    async def forgetful(_scope: Any, _receive: Any, send: Any) -> None:
        messages = (
            {"type": "http.response.start", "status": 200, "headers": []},
            {"type": "http.response.body", "body": b"half of it", "more_body": True},
        )
        for message in messages[:sent_before]:
            await send(message)

    with pytest.raises(RuntimeError, match="sent no response"):
        await caller.call(forgetful)
    assert problem_of(caller.responses[0]) == (500, "urn:i247:problem:internal")


async def test_a_cancelled_application_sends_no_response(caller: Caller) -> None:
    """The code that cancels a cycle sends its own response; a 500 must not follow it."""
    begun = asyncio.Event()

    async def hanging(_scope: Any, _receive: Any, _send: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    running = asyncio.ensure_future(HttpCycle(GET, {}, caller.take).run(hanging))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert caller.responses == []


BODY = {"type": "http.response.body", "body": b""}
START = {"type": "http.response.start", "status": 200, "headers": []}


@pytest.mark.parametrize(
    "messages",
    [[BODY], [START, START], [START, BODY, BODY], [START, BODY, START], [{"type": "http.response.push"}]],
    ids=["body first", "two starts", "two ends", "start after the end", "unknown"],
)
async def test_asgi_messages_out_of_order_raise_runtime_error(caller: Caller, messages: list[dict[str, Any]]) -> None:
    """There is exactly one response all the same."""

    async def confused(_scope: Any, _receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    with pytest.raises(RuntimeError, match="the application sent"):
        await caller.call(confused)
    assert len(caller.responses) == 1


async def test_the_request_body_is_received_once(caller: Caller) -> None:
    """A second `receive` waits until the response is complete, and returns a disconnect."""

    async def reading_twice(_scope: Any, receive: Any, send: Any) -> None:
        first = await receive()
        assert first == {"type": "http.request", "body": b"all of it", "more_body": False}
        second = asyncio.ensure_future(receive())
        await send(START)
        await send({"type": "http.response.body", "body": first["body"]})
        assert await second == {"type": "http.disconnect"}

    response = await caller.call(reading_twice, HttpRequest("POST", "/", "text/plain", b"all of it"))
    assert response.body == b"all of it"


async def test_a_response_start_without_headers_is_accepted(caller: Caller) -> None:
    """ASGI makes `headers` optional."""

    async def bare(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    assert await caller.call(bare) == HttpResponse(204, {}, b"")


async def test_a_request_does_not_enter_the_lifespan(caller: Caller) -> None:
    """The process that runs the service enters it once."""
    entered: list[bool] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        entered.append(True)
        yield

    app = FastAPI(lifespan=lifespan)
    assert (await caller.call(app)).status == 404
    assert entered == []


async def test_a_request_without_content_type_has_no_content_type_header(caller: Caller) -> None:
    """The content length is always present."""
    seen: list[Any] = []

    async def noting(scope: Any, _receive: Any, send: Any) -> None:
        seen.extend(scope["headers"])
        await send(START)
        await send(BODY)

    await caller.call(noting)
    assert seen == [(b"content-length", b"0")]
