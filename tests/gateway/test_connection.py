"""The gateway as a real HTTP server: what is sent over the connection, and how malformed requests are rejected."""

import asyncio
import logging

import httpx
import pytest

import gateway.edge.http_limits
from gateway.edge.http_limits import MAX_HEAD, MAX_PIPELINED
from gateway.runner import ServerLog
from tests.gateway.fake_service import Echo
from tests.gateway.http_server import head, send_bytes
from tests.gateway.mesh import BODY_LIMIT, Mesh
from tests.man_in_the_middle import ManInTheMiddle


@pytest.mark.thorough
async def test_an_answer_does_not_identify_the_server_software(port: int, mesh: Mesh) -> None:
    """Neither from services nor from the edge; every answer also carries `nosniff`."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for path in ("/api/echo", "/health", "/docs", "/nowhere", "/openapi.json"):
            response = await client.get(path, headers=mesh.bearer("FR", "echo:read"))
            assert "server" not in response.headers
            assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.thorough
async def test_the_connection_between_officer_and_gateway_is_not_encrypted(
    port: int, mesh: Mesh, application: Echo
) -> None:
    """TLS is for a proxy in front: an eavesdropper here reads the token, the query and the answer."""
    application.body = b'{"name": "Answerson"}'
    bearer = mesh.bearer("FR", "echo:read")
    async with ManInTheMiddle(port).running() as middle, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{middle.port}/api/echo?q=Queryson", headers=bearer)
        assert answer.status_code == 200
    for secret in (bearer["Authorization"].encode(), b"Queryson", b"Answerson"):
        assert secret in middle.seen
    async with httpx.AsyncClient(verify=False) as client:  # noqa: S501 - any certificate would do
        with pytest.raises(httpx.ConnectError):
            await client.get(f"https://127.0.0.1:{port}/health")


@pytest.mark.thorough
async def test_a_head_request_is_answered_without_a_body(port: int, mesh: Mesh, application: Echo) -> None:
    """Content-Length is that of the body."""
    application.body = b"0123456789"
    status, answer = await send_bytes(port, [head(mesh, b"HEAD /api/echo HTTP/1.1")])
    assert status == 200
    assert b"content-length: 10\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "line",
    [
        b"GET /api/echo/\xff HTTP/1.1",
        b"GET /api/echo?q=\xe9 HTTP/1.1",
        b"GET /api/echo/\x00 HTTP/1.1",
        b"GET /api/echo a HTTP/1.1",
        b"CONQUER /api/echo HTTP/1.1",
        b"get /api/echo HTTP/1.1",
        b"CONNECT echo:443 HTTP/1.1",
        b"GET /api/echo HTTP/9.1",
        b"GET",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_a_malformed_request_is_answered_with_400(port: int, mesh: Mesh, application: Echo, line: bytes) -> None:
    """The connection is closed, and no service receives anything."""
    status, _ = await send_bytes(port, [head(mesh, line)])
    assert status == 400
    assert application.requests == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    "more",
    [
        (b"Content-Length: 5", b"Content-Length: 6"),
        (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        (b"Content-Length: -1",),
        (b"Content-Length: 99999999999999999999",),
        (b"Transfer-Encoding: chunked, identity",),
        (b"X: a\x00b",),
        (b"Content-Type : text/plain",),
    ],
)
async def test_an_ambiguous_request_head_is_refused(
    port: int, mesh: Mesh, application: Echo, more: tuple[bytes, ...]
) -> None:
    """A proxy in front may parse it differently, and a request hide in the body of another (request smuggling)."""
    status, _ = await send_bytes(port, [head(mesh, b"POST /api/echo HTTP/1.1", *more), b"0\r\n\r\nGET"])
    assert status == 400
    assert application.requests == []


@pytest.mark.thorough
async def test_a_warning_of_the_http_server_is_logged_without_the_received_data(
    port: int, mesh: Mesh, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the JSON form of all logs, and without personal data."""
    await send_bytes(port, [b"GET /Mario Rossi\r\n\r\n"])
    (line,) = mesh.logged("http-server")
    assert (line["level"], line["message"]) == ("warning", "Invalid HTTP request received.")
    assert b"Rossi" not in mesh.written.getvalue()
    assert capsys.readouterr() == ("", "")


@pytest.mark.thorough
async def test_a_ready_gateway_is_logged_with_its_address_and_bureaus(port: int, mesh: Mesh) -> None:
    """As with a service: it is the only sign of readiness if the operator starts it alone."""
    await send_bytes(port, [head(mesh)])
    (line,) = mesh.logged("gateway-ready")
    assert (line["address"], line["port"], line["bureaus"]) == ("127.0.0.1", port, sorted(mesh.bureaus))


def crash_with(message: str) -> None:
    raise RuntimeError(message)


async def test_an_exception_in_the_http_server_is_logged_without_its_message(mesh: Mesh) -> None:
    """The message may hold personal data: the type and the place are enough."""
    with pytest.raises(RuntimeError) as crash:
        crash_with("Mario Rossi")
    exc_info = (crash.type, crash.value, crash.tb)
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "Exception in %s\n", ("Rossi",), exc_info)
    ServerLog(mesh.log).emit(record)
    (line,) = mesh.logged("http-server")
    assert (line["message"], line["error"]) == ("Exception in %s", "RuntimeError")
    assert line["where"]
    assert b"Rossi" not in mesh.written.getvalue()


@pytest.mark.thorough
async def test_a_body_over_the_limit_is_refused_before_it_is_sent(port: int, mesh: Mesh) -> None:
    """With `Expect: 100-continue` a client saves the upload."""
    more = (b"Expect: 100-continue", b"Content-Length: %d" % (BODY_LIMIT + 1))
    status, answer = await send_bytes(port, [head(mesh, b"POST /api/echo HTTP/1.1", *more)])
    assert status == 413
    assert b"100 Continue" not in answer


@pytest.mark.thorough
async def test_a_body_cut_off_by_a_disconnect_is_not_forwarded(port: int, mesh: Mesh, application: Echo) -> None:
    """The next request is served."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head(mesh, b"POST /api/echo HTTP/1.1", b"Content-Length: 100") + b"half")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with asyncio.timeout(5):
        while 400 not in (statuses := [line["status"] for line in mesh.logged("request")]):
            assert (await send_bytes(port, [head(mesh)]))[0] == 200
    assert statuses.count(400) == 1
    assert {request["method"] for request in application.requests} == {"GET"}


@pytest.mark.thorough
async def test_an_oversized_request_head_is_refused_before_it_is_read_whole(port: int, application: Echo) -> None:
    """In one endless header, an endless target or many headers: anyone can connect, so memory is bounded."""
    endless_value = [b"GET /api/echo HTTP/1.1\r\nX: ", *[b"a" * 1000] * 10_000]
    endless_target = [b"GET /api/echo?", *[b"a" * 1000] * 10_000]
    many_headers = [b"GET /api/echo HTTP/1.1\r\n", *[b"X: a\r\n" * 200] * 10_000]
    for pieces in (endless_value, endless_target, many_headers):
        rest = iter(pieces)
        status, _ = await send_bytes(port, rest)
        assert status in {0, 431}
        assert next(rest, None) is not None
    assert application.requests == []


@pytest.mark.thorough
async def test_a_large_request_head_within_the_limit_is_accepted(port: int, mesh: Mesh) -> None:
    """In any number of segments."""
    whole = head(mesh, b"GET /api/echo HTTP/1.1", b"X: " + b"a" * (MAX_HEAD - 2_000))
    status, _ = await send_bytes(port, [whole[at : at + 1000] for at in range(0, len(whole), 1000)])
    assert status == 200


@pytest.mark.thorough
async def test_size_limits_apply_to_each_request_of_a_connection_separately(port: int, mesh: Mesh) -> None:
    """A connection may carry more in total than one message may."""
    more = (b"X: " + b"a" * (MAX_HEAD // 4), b"Content-Length: 9000")
    one = head(mesh, b"POST /api/echo HTTP/1.1", *more).replace(b"Connection: close\r\n", b"") + b"b" * 9000
    whole = one * 20 + head(mesh)
    for size in (1_000, 5 * len(one) + 50):
        _, answer = await send_bytes(port, [whole[at : at + size] for at in range(0, len(whole), size)])
        assert answer.count(b"HTTP/1.1 200 OK") == 21


@pytest.mark.thorough
async def test_the_number_of_pipelined_requests_is_limited(port: int, mesh: Mesh, application: Echo) -> None:
    """A client that pipelines thousands without reading answers is disconnected."""
    one = head(mesh).replace(b"Connection: close\r\n", b"")
    await send_bytes(port, [one * (3 * MAX_PIPELINED)])
    assert len(application.requests) <= MAX_PIPELINED + 1
    status, _ = await send_bytes(port, [head(mesh)])
    assert status == 200


@pytest.mark.thorough
async def test_a_request_with_endless_trailers_is_disconnected(
    monkeypatch: pytest.MonkeyPatch, port: int, mesh: Mesh, application: Echo
) -> None:
    """Trailers are not part of the body, so the body limit does not cover them."""
    monkeypatch.setattr(gateway.edge.http_limits, "MAX_MESSAGE", 100_000)
    start = head(mesh, b"POST /api/echo HTTP/1.1", b"Transfer-Encoding: chunked") + b"0\r\n"
    status, _ = await send_bytes(port, [start, *[b"X: a\r\n" * 200] * 10_000])
    assert status == 0
    assert application.requests == []
