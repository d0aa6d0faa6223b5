"""Clients that keep a connection of the gateway waiting: its time limits, and how it answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

import gateway.edge.http_limits
import gateway.runner
from shared.errors import PROBLEM_JSON
from shared.service import Service
from tests.gateway.fake_service import Echo
from tests.gateway.http_server import head, send_bytes, serving
from tests.gateway.mesh import BODY_LIMIT, Mesh

pytestmark = pytest.mark.thorough

RATE = 2000
GRACE_SECONDS = 0.3


@pytest.fixture(autouse=True)
def frequent_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the limits ten times a second."""
    monkeypatch.setattr(gateway.runner, "TICKS_OF_A_SECOND", 1)


@pytest.fixture
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the time limits of clients for a test."""
    monkeypatch.setattr(gateway.edge.http_limits, "BODY_GRACE_SECONDS", GRACE_SECONDS)
    monkeypatch.setattr(gateway.edge.http_limits, "MIN_BODY_RATE", RATE)


def problem_in(answer: bytes) -> dict[str, Any]:
    """Return the problem in an answer that closes its connection."""
    start, _, body = answer.partition(b"\r\n\r\n")
    headers = dict(line.split(b": ", 1) for line in start.split(b"\r\n")[1:])
    assert headers[b"content-type"] == PROBLEM_JSON.encode()
    assert headers[b"connection"] == b"close"
    assert int(headers[b"content-length"]) == len(body)
    problem: dict[str, Any] = json.loads(body)
    return problem


def endlessly(piece: bytes) -> Iterator[bytes]:
    for _ in range(1000):
        yield piece


async def test_a_silent_connection_is_closed(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """There is no request to answer."""
    monkeypatch.setattr(gateway.edge.http_limits, "HEAD_SECONDS", 0.02)
    async with asyncio.timeout(5):
        assert await send_bytes(port, [b""]) == (0, b"")


async def test_blank_lines_after_a_request_do_not_keep_a_connection_open(
    monkeypatch: pytest.MonkeyPatch, port: int, mesh: Mesh
) -> None:
    """They do not start a request."""
    monkeypatch.setattr(gateway.edge.http_limits, "HEAD_SECONDS", 0.02)
    whole = head(mesh).replace(b"Connection: close\r\n", b"")
    async with asyncio.timeout(5):
        status, _ = await send_bytes(port, [whole, b"\r\n"], pause=0.05)
    assert status == 200


async def test_an_unfinished_request_head_is_answered_with_408(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Whether the client stops or drips."""
    monkeypatch.setattr(gateway.edge.http_limits, "HEAD_SECONDS", 0.2)
    async with asyncio.timeout(10):
        for rest in ([], endlessly(b"X: a\r\n")):
            status, answer = await send_bytes(
                port, [b"GET /api/echo HTTP/1.1\r\nHost: gate", *rest][:60], pause=0.03, until_answered=True
            )
            assert status == 408
            assert problem_in(answer)["type"] == "urn:i247:problem:too-slow"


@pytest.mark.parametrize("route", ["/api/echo", "/oauth/token", "/api/messages", "/api/subject-requests"])
@pytest.mark.parametrize("sent", ["nothing", "drips"])
async def test_a_body_that_is_too_slow_is_answered_with_408_on_every_route(
    short_limits: None, port: int, mesh: Mesh, application: Echo, route: str, sent: str
) -> None:
    """Whether it stops or drips, with a length or in chunks; the part received is not used."""
    form = b"Content-Type: application/x-www-form-urlencoded" if "oauth" in route else b"Content-Type: application/json"
    scopes = mesh.token("FR", "echo:read", "messages:write", "messages:read", "subject-requests:write").encode()
    for length, piece in ((b"Content-Length: 900", b"a"), (b"Transfer-Encoding: chunked", b"1\r\na\r\n")):
        lines = (b"POST %s HTTP/1.1" % route.encode(), b"Host: gateway", b"Authorization: Bearer " + scopes)
        whole = b"\r\n".join((*lines, form, length, b"", b""))
        async with asyncio.timeout(10):
            dripping = [piece] * 60 if sent == "drips" else []
            status, answer = await send_bytes(port, [whole, *dripping], pause=0.03, until_answered=True)
        assert status == 408, answer
        problem = problem_in(answer)
        assert (problem["status"], problem["type"]) == (408, "urn:i247:problem:too-slow")
        assert f"{RATE} bytes a second" in problem["detail"]
    assert application.requests == []


async def test_a_multipart_form_that_drips_is_answered_with_408(short_limits: None, port: int, mesh: Mesh) -> None:
    """Its files are the largest bodies."""
    token = mesh.token("FR", "messages:write").encode()
    start = b"\r\n".join(
        (
            b"POST /api/messages HTTP/1.1",
            b"Host: gateway",
            b"Authorization: Bearer " + token,
            b"Content-Type: multipart/form-data; boundary=b",
            b"Content-Length: 10000000",
            b"",
            b'--b\r\nContent-Disposition: form-data; name="attachments"; filename="a"\r\n\r\n',
        )
    )
    async with asyncio.timeout(10):
        status, _ = await send_bytes(port, [start, *[b"a" * 5] * 60], pause=0.03, until_answered=True)
    assert status == 408


async def test_a_request_refused_as_too_slow_is_logged(short_limits: None, port: int, mesh: Mesh) -> None:
    """In its own line, and once a second in the line of the connections."""
    async with asyncio.timeout(10):
        await send_bytes(port, [head(mesh, b"POST /api/echo HTTP/1.1", b"Content-Length: 5")])
    [line] = mesh.logged("request")
    assert (line["status"], line["code"]) == (408, "too-slow")
    assert [line["too_slow"] for line in mesh.logged("connections-limited")] == [1]


async def test_a_body_at_the_minimum_rate_is_accepted(
    short_limits: None, port: int, mesh: Mesh, application: Echo
) -> None:
    """However long it takes: here four times the grace period."""
    pieces = 40
    start = head(mesh, b"POST /api/echo HTTP/1.1", b"Content-Length: %d" % (pieces * 100))
    async with asyncio.timeout(20):
        status, _ = await send_bytes(port, [start, *[b"a" * 100] * pieces], pause=4 * GRACE_SECONDS / pieces)
    assert status == 200
    assert len(application.last["body"]) == pieces * 100


async def test_a_fast_start_of_a_body_does_not_allow_a_long_pause(short_limits: None, port: int, mesh: Mesh) -> None:
    """Otherwise a connection that sent much could be held for hours."""
    start = head(mesh, b"POST /api/echo HTTP/1.1", b"Content-Length: %d" % BODY_LIMIT)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(BODY_LIMIT / RATE):
        status, _ = await send_bytes(port, [start, b"a" * (BODY_LIMIT - 1)])
    assert status == 408
    assert loop.time() - began < BODY_LIMIT / RATE / 2


class Reader:
    """Stands in for the gateway: an application that reads a body at its own pace."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self.read = 0

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        """Read a piece after each pause, and answer at the end of the body."""
        more = True
        while more:
            await asyncio.sleep(self._pause)
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.read += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


async def test_time_of_a_slow_application_is_not_counted_against_the_client(
    short_limits: None, mesh: Mesh, echo: Service
) -> None:
    """Backpressure stops the client: here the application waits for many grace periods between two pieces."""
    size = 300_000
    reader = Reader(4 * GRACE_SECONDS)
    gateway = mesh.gateway(echo)
    gateway._edge = reader  # type: ignore[assignment]
    async with serving(mesh, gateway) as port, asyncio.timeout(60):
        start = head(mesh, b"POST /api/echo HTTP/1.1", b"Content-Length: %d" % size)
        status, _ = await send_bytes(port, [start, b"a" * size])
    assert (status, reader.read) == (200, size)


async def test_a_client_that_waits_for_100_continue_is_not_too_slow(
    short_limits: None, mesh: Mesh, echo: Service
) -> None:
    """The application has not asked for the body yet."""
    gateway = mesh.gateway(echo)
    gateway._edge = Reader(4 * GRACE_SECONDS)  # type: ignore[assignment]
    async with serving(mesh, gateway) as port, asyncio.timeout(30):
        start = head(mesh, b"POST /api/echo HTTP/1.1", b"Content-Length: 4", b"Expect: 100-continue")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(start)
        assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"
        writer.write(b"body")
        assert b"200 OK" in await reader.read()
        writer.close()


async def test_a_connection_is_closed_if_the_body_is_unfinished_after_the_answer(
    short_limits: None, port: int, mesh: Mesh
) -> None:
    """As where a token is missing, and the answer is sent before the body arrived."""
    start = b"POST /api/echo HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100\r\n\r\n"
    async with asyncio.timeout(10):
        status, _ = await send_bytes(port, [start, *[b"a"] * 20], pause=0.05)
    assert status in {0, 401}


class Talker:
    """Stands in for the gateway: an application that sends an endless answer."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        """Send until the connection is closed."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": b"a" * 1_000_000, "more_body": True})
        self.ended.set()


async def test_a_client_that_does_not_read_its_answer_is_disconnected(
    monkeypatch: pytest.MonkeyPatch, mesh: Mesh, echo: Service
) -> None:
    """It would hold the answer in memory, and the task that produces it."""
    monkeypatch.setattr(gateway.edge.http_limits, "WRITE_SECONDS", 0.2)
    talker, made = Talker(), mesh.gateway(echo)
    made._edge = talker  # type: ignore[assignment]
    async with serving(mesh, made) as port, asyncio.timeout(10):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(head(mesh))
        await talker.ended.wait()
        writer.close()


@pytest.fixture
async def keeping(port: int, mesh: Mesh) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client with a single, persistent connection."""
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits) as client:
        client.headers.update(mesh.bearer("FR", "echo:read"))
        yield client


async def test_a_persistent_connection_outlives_the_limits_of_one_request(
    short_limits: None, monkeypatch: pytest.MonkeyPatch, keeping: httpx.AsyncClient
) -> None:
    """Each request is timed separately; the time between two counts for the next head."""
    monkeypatch.setattr(gateway.edge.http_limits, "HEAD_SECONDS", 3 * GRACE_SECONDS)
    ports = set()
    for _ in range(5):
        answer = await keeping.post("/api/echo", content=b"body")
        assert answer.status_code == 200
        ports.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
        await asyncio.sleep(GRACE_SECONDS)
    assert len(ports) == 1


async def test_pipelined_requests_that_wait_are_not_too_slow(short_limits: None, mesh: Mesh, echo: Service) -> None:
    """They wait for the answers before theirs; here each takes twice the grace period."""
    gateway = mesh.gateway(echo)
    gateway._edge = Reader(2 * GRACE_SECONDS)  # type: ignore[assignment]
    one = head(mesh, b"POST /api/echo HTTP/1.1", b"Content-Length: 4").replace(b"Connection: close\r\n", b"")
    last = head(mesh, b"POST /api/echo HTTP/1.1", b"Content-Length: 4")
    async with serving(mesh, gateway) as port, asyncio.timeout(30):
        _, answer = await send_bytes(port, [one + b"body" + one + b"body" + last + b"body"])
    assert answer.count(b"HTTP/1.1 200 OK") == 3
