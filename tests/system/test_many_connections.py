"""More half-open requests than a gateway may have open files: others are served during them and afterwards."""

import asyncio
import json
import resource
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.system.mesh import RunningMesh, running_mesh

pytestmark = pytest.mark.thorough

OPEN_FILES: Final = 1024
HALF_OPEN: Final = 1100
# While all half-open requests are new, new clients are refused: for about a second, longer on a busy machine.
TIMEOUT_SECONDS: Final = 30
ASKED_SECONDS: Final = 8
UNKNOWN: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
MEBIBYTE: Final = 1024 * 1024


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a mesh whose processes may have 1024 open files, and raise the limit of this process to its maximum."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with running_mesh(tmp_path_factory.mktemp("many") / "var", open_files=OPEN_FILES) as running:
            yield running
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def half_open_requests(token: str) -> list[bytes]:
    """Return incomplete requests, one of each kind."""
    lines = ["Host: gateway", f"Authorization: Bearer {token}"]
    form = "Content-Type: application/x-www-form-urlencoded"
    files = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 60000000\r\n\r\n--b\r\n"
    part = 'Content-Disposition: form-data; name="attachments"; filename="a"\r\n\r\n'
    heads = [
        ("GET /api/notices", []),
        ("POST /oauth/token", [form, "Transfer-Encoding: chunked", "", "5", "grant", ""]),
        ("POST /oauth/token", [form, "Content-Length: 4000", "", "grant_type="]),
        ("POST /api/notices", ["Content-Type: application/json", "Content-Length: 900", "", "{"]),
        ("POST /api/messages", [files + part]),
    ]
    return [b"", *("\r\n".join([f"{line} HTTP/1.1", *lines, *rest]).encode() for line, rest in heads)]


class HalfOpen:
    """Connections with a partial request, of which more is sent slowly for as long as they last."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self._writers: list[tuple[asyncio.StreamWriter, bool]] = []

    async def open(self, port: int, sent: bytes) -> asyncio.Task[None]:
        """Open one connection, which is not reopened when the server closes it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        self._writers.append((writer, sent != b""))
        writer.write(sent)
        return asyncio.create_task(self._read(reader))

    async def drip(self) -> None:
        """Send one byte of each request once a second."""
        while True:
            for writer, begun in self._writers:
                if begun:
                    writer.write(b"1")
            await asyncio.sleep(1)

    def end(self) -> None:
        """Close all."""
        for writer, _ in self._writers:
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            answer = await reader.read()
            self.statuses[answer[9:12].decode() or "closed"] += 1


@asynccontextmanager
async def half_open(port: int, token: str) -> AsyncIterator[HalfOpen]:
    """Open many connections without a pause, and keep them until the block ends."""
    kinds, connections = half_open_requests(token), HalfOpen()
    tasks = [asyncio.create_task(connections.drip())]
    try:
        tasks += [await connections.open(port, kinds[number % len(kinds)]) for number in range(HALF_OPEN)]
        yield connections
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        connections.end()


def connections_limited(home: Path) -> Counter[str]:
    """Return how often the gateway logged that it refused or closed connections, by reason."""
    lines = map(json.loads, (home / "log" / "gateway.log").read_text().splitlines())
    found: Counter[str] = Counter()
    for line in lines:
        if line["event"] == "connections-limited":
            found.update({name: count for name, count in line.items() if isinstance(count, int)})
    return found


class PollingClient:
    """A client that sends requests continuously, and counts its answers and refusals."""

    def __init__(self, mesh: RunningMesh, token: str, *, reconnect: bool) -> None:
        """`reconnect`: use a new connection for each request."""
        self._base = mesh.base
        self._headers = {"Authorization": f"Bearer {token}", "I247-Purpose": "security-check"}
        self._limits = httpx.Limits(max_keepalive_connections=0 if reconnect else 1)
        self.answered = 0
        self.refused = 0

    async def ask(self, seconds: float) -> None:
        """Send one request after the other for some seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        async with httpx.AsyncClient(base_url=self._base, limits=self._limits, timeout=TIMEOUT_SECONDS) as client:
            while loop.time() < until:
                await self._ask(client)
                await asyncio.sleep(0.05)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/api/messages/{UNKNOWN}", headers=self._headers)
        if answer.status_code == 404:
            self.answered += 1
            return
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:i247:problem:too-many-connections")
        assert int(answer.headers["retry-after"]) >= 1
        self.refused += 1


async def test_half_open_requests_do_not_block_other_clients(mesh: RunningMesh) -> None:
    """A client with a connection is served; a new one may be refused for a moment, with a 503."""
    token = await asyncio.to_thread(mesh.token, "FR")
    port = int(mesh.base.rpartition(":")[2])
    gateway = mesh.process("--gateway")
    connected, reconnecting = (PollingClient(mesh, token, reconnect=reconnect) for reconnect in (False, True))
    polling = [asyncio.create_task(client.ask(ASKED_SECONDS)) for client in (connected, reconnecting)]
    await asyncio.sleep(0.5)
    async with half_open(port, token) as connections:
        assert gateway.num_fds() < OPEN_FILES
        await asyncio.gather(*polling)
        assert gateway.num_fds() < OPEN_FILES
    # Some half-open requests are answered with 503, to make room for other clients.
    assert connections.statuses["503"] > 0
    assert connected.answered > 20
    assert connected.refused <= connected.answered // 10
    assert reconnecting.answered > 10
    assert reconnecting.refused <= reconnecting.answered
    limited = connections_limited(Path(mesh.environment["I247_HOME"]))
    assert limited["evicted"] > 0
    assert limited["out_of_files"] == 0
    after = PollingClient(mesh, token, reconnect=True)
    await after.ask(2)
    assert (after.refused, after.answered > 0) == (0, True)


async def test_the_largest_message_is_accepted_at_a_slow_rate(mesh: RunningMesh) -> None:
    """A form with 64 MiB in pieces, over several seconds."""
    token = await asyncio.to_thread(mesh.token, "FR")
    draft = {"to": ["DE"], "subject": "a scan", "body": "see the file", "urgency": "routine"}
    start = (
        b'--b\r\nContent-Disposition: form-data; name="message"\r\nContent-Type: application/json\r\n\r\n'
        + json.dumps(draft).encode()
        + b'\r\n--b\r\nContent-Disposition: form-data; name="attachments"; filename="scan.bin"\r\n'
        + b"Content-Type: application/octet-stream\r\n\r\n"
    )

    async def pieces() -> AsyncIterator[bytes]:
        yield start
        for _ in range(64):
            yield b"\x5a" * MEBIBYTE
            await asyncio.sleep(0.05)
        yield b"\r\n--b--\r\n"

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=b"}
    async with httpx.AsyncClient(base_url=mesh.base, timeout=60, headers=headers) as client:
        answer = await client.post("/api/messages", content=pieces())
    assert answer.status_code == 202, answer.text
