"""How many connections the gateway accepts, which ones it closes to make room, and how it refuses the others."""

import asyncio
import errno
import json
import resource
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

import gateway.edge.listener
from gateway.edge.listener import PAUSE_SECONDS, ConnectionLimits, Listener, possible_connections
from shared.errors import PROBLEM_JSON
from shared.service import Service
from tests.gateway.fake_service import Echo
from tests.gateway.http_server import head, send_bytes, serving
from tests.gateway.mesh import Mesh

LIMIT = 8


@pytest.fixture
async def port(mesh: Mesh, echo: Service, application: Echo) -> AsyncIterator[int]:
    """Run a gateway that accepts few connections."""
    async with serving(mesh, mesh.gateway(echo), ConnectionLimits(LIMIT)) as port:
        yield port


@asynccontextmanager
async def connections(port: int, sent: bytes, count: int = LIMIT) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Open connections and send the same bytes on each."""
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            writer.write(sent)
            readers.append(reader)
        # The server is in this loop: let it accept them.
        await asyncio.sleep(0.05)
        yield readers


def never_evicting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.edge.listener, "EVICTED_AFTER_SECONDS", 1000)


def evicting_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.edge.listener, "EVICTED_AFTER_SECONDS", 0.02)
    monkeypatch.setattr(gateway.edge.listener, "MAKE_ROOM_SECONDS", 0)


def problem_in(answer: bytes) -> tuple[dict[bytes, bytes], dict[str, Any]]:
    start, _, body = answer.partition(b"\r\n\r\n")
    return dict(line.split(b": ", 1) for line in start.split(b"\r\n")[1:]), json.loads(body)


@pytest.mark.thorough
@pytest.mark.parametrize("sent", [b"", b"GET /api/echo HTTP/1.1\r\nHost: gateway\r\n\r\n", b"POST /" + b"a" * 100_000])
async def test_a_connection_beyond_the_limit_is_answered_with_503(
    monkeypatch: pytest.MonkeyPatch, port: int, mesh: Mesh, sent: bytes
) -> None:
    """Completely and readably, whatever was sent; once the others are closed, new ones are accepted."""
    never_evicting(monkeypatch)
    async with connections(port, b""):
        status, answer = await send_bytes(port, [sent])
        assert status == 503
        headers, problem = problem_in(answer)
        assert (headers[b"content-type"], headers[b"connection"]) == (PROBLEM_JSON.encode(), b"close")
        assert int(headers[b"retry-after"]) >= 1
        assert problem["type"] == "urn:i247:problem:too-many-connections"
    await asyncio.sleep(0.05)
    assert (await send_bytes(port, [head(mesh)]))[0] == 200


FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
PARTS = [
    b"",
    b"GET /api/echo HTTP/1.1\r\nHost: gate",
    b"POST /oauth/token HTTP/1.1\r\nHost: gateway\r\n%sContent-Length: 100\r\n\r\ngrant" % FORM,
]


@pytest.mark.thorough
@pytest.mark.parametrize("sent", PARTS)
async def test_an_idle_connection_is_closed_for_a_new_one(
    monkeypatch: pytest.MonkeyPatch, port: int, mesh: Mesh, sent: bytes
) -> None:
    """One for each new one; it gets a 503 first if it had begun a request."""
    evicting_at_once(monkeypatch)
    async with connections(port, sent) as readers:
        for _ in range(2):
            assert (await send_bytes(port, [head(mesh)]))[0] == 200
        # The connection of the first request closed after its answer.
        await asyncio.sleep(0.05)
        ended = [reader for reader in readers if reader.at_eof() or reader._buffer]  # type: ignore[attr-defined]
        assert len(ended) == 1
        answer = await ended[0].read()
        assert answer[9:12] == (b"503" if sent else b"")


@pytest.mark.thorough
async def test_the_longest_idle_connection_is_closed_first(
    monkeypatch: pytest.MonkeyPatch, port: int, mesh: Mesh
) -> None:
    """One that was used a moment ago stays open."""
    evicting_at_once(monkeypatch)
    keep = head(mesh).replace(b"Connection: close\r\n", b"")
    async with connections(port, keep, 1) as [oldest], connections(port, keep, LIMIT - 1) as others:
        for reader in (oldest, *others):
            await reader.readuntil(b"{}")
        await asyncio.sleep(0.05)
        assert (await send_bytes(port, [head(mesh)]))[0] == 200
        assert await oldest.read() == b""
        assert not any(reader.at_eof() for reader in others)


class Slow:
    """Stands in for the gateway: an application that answers once an event is set."""

    def __init__(self) -> None:
        self.now = asyncio.Event()

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        """Answer."""
        await self.now.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.thorough
async def test_a_connection_with_a_request_in_progress_is_not_closed(
    monkeypatch: pytest.MonkeyPatch, mesh: Mesh, echo: Service
) -> None:
    """However long the answer takes."""
    evicting_at_once(monkeypatch)
    made, slow = mesh.gateway(echo), Slow()
    made._edge = slow  # type: ignore[assignment]
    async with serving(mesh, made, ConnectionLimits(LIMIT)) as port, connections(port, head(mesh)) as readers:
        assert (await send_bytes(port, [head(mesh)]))[0] == 503
        slow.now.set()
        for reader in readers:
            assert b" 200 OK" in await reader.readline()


@pytest.mark.thorough
async def test_refused_connections_are_logged_in_one_line_a_second(
    monkeypatch: pytest.MonkeyPatch, port: int, mesh: Mesh
) -> None:
    """A client that opens thousands of connections must not fill the log."""
    never_evicting(monkeypatch)
    async with connections(port, b""):
        for _ in range(20):
            assert (await send_bytes(port, [b""]))[0] == 503
        await asyncio.sleep(1.2)
    lines = mesh.logged("connections-limited")
    assert len(lines) <= 3
    assert sum(line["refused"] for line in lines) == 20


PATIENCE = 20.0
# How often a process without file descriptors retries in this test: for over a second, until it logs that.
ATTEMPTS = 8


class Files:
    """Stands in for a listening socket of a process that has no file descriptors left."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.tried = 0
        self.exhausted = True

    def accept(self) -> Any:
        """Fail as the system call does."""
        self.tried += 1
        if self.exhausted:
            raise OSError(errno.EMFILE, "Too many open files")
        return self._listening.accept()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listening, name)


@pytest.mark.thorough
async def test_a_process_without_file_descriptors_pauses_and_resumes(
    mesh: Mesh, echo: Service, application: Echo
) -> None:
    """It neither exits nor retries in a loop; waiting clients are served once descriptors are free."""
    accepting: list[Files] = []
    begin = Listener.__init__

    def exhausted(self: Listener, listening: Any, *rest: Any) -> None:
        accepting.append(Files(listening))
        begin(self, accepting[0], *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Listener, "__init__", exhausted)
        async with serving(mesh, mesh.gateway(echo)) as port:
            waiting = asyncio.create_task(send_bytes(port, [head(mesh)]))
            begun = time.monotonic()
            async with asyncio.timeout(PATIENCE):
                while True:
                    await asyncio.sleep(0.01)
                    if accepting and accepting[0].tried >= ATTEMPTS:
                        break
            # A slow machine makes this longer, and retrying in a loop much shorter.
            assert time.monotonic() - begun > (ATTEMPTS - 1) * PAUSE_SECONDS / 2
            accepting[0].exhausted = False
            async with asyncio.timeout(PATIENCE):
                assert (await waiting)[0] == 200
    assert mesh.logged("connections-limited")[0]["out_of_files"] >= 1


async def test_connections_are_counted_by_ipv4_address_or_ipv6_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A /64 network counts as one address (IPv6); loopback has no limit."""
    with socket.socket() as listening:
        listener = Listener(listening, lambda _lost: None, ConnectionLimits(10, 2))  # type: ignore[arg-type, return-value]
        try:
            names = {host: listener._limited_address(host) for host in HOSTS}
        finally:
            listener.close()
    assert names["127.0.0.1"] is names["::1"] is names["::ffff:127.0.0.2"] is None
    assert names["192.0.2.1"] == names["::ffff:192.0.2.1"] != names["192.0.2.2"]
    assert names["2001:db8::1"] == names["2001:db8::2%eth0"] != names["2001:db8:0:1::1"]


HOSTS = (
    *("127.0.0.1", "::1", "::ffff:127.0.0.2", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
    *("2001:db8::1", "2001:db8::2%eth0", "2001:db8:0:1::1"),
)


@pytest.mark.thorough
async def test_one_address_is_refused_connections_beyond_its_own_limit(
    monkeypatch: pytest.MonkeyPatch, mesh: Mesh, echo: Service, application: Echo
) -> None:
    """It may open others once it has closed some."""
    monkeypatch.setattr(Listener, "_limited_address", lambda _self, host: host)
    async with serving(mesh, mesh.gateway(echo), ConnectionLimits(LIMIT, 2)) as port:
        async with connections(port, b"", 2):
            assert (await send_bytes(port, [head(mesh)]))[0] == 503
        await asyncio.sleep(0.05)
        assert (await send_bytes(port, [head(mesh)]))[0] == 200


def test_the_connection_limit_leaves_file_descriptors_for_the_bureaus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bureau has a mailbox and a connection to the broker."""
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (1024, 1024))
    assert 700 < possible_connections(11) < possible_connections(1) < 1024
    assert possible_connections(197) < 0
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert possible_connections(197) > 100_000
