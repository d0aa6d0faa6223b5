"""The gateway as a real HTTP server on a free port of this machine, and a client that sends raw bytes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from gateway.app import Gateway
from gateway.edge.listener import ConnectionLimits
from gateway.hosted_bureaus import HostedBureaus
from gateway.runner import run_gateway
from tests.gateway.mesh import Mesh


@asynccontextmanager
async def serving(mesh: Mesh, gateway: Gateway, limits: ConnectionLimits | None = None) -> AsyncIterator[int]:
    """Run a gateway, and yield its port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        hosting = HostedBureaus(mesh.directory, mesh.bureaus.values(), lambda _known: (), lambda: None)
        running = asyncio.create_task(run_gateway(gateway, listening, hosting, limits))
        try:
            yield listening.getsockname()[1]
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def send_bytes(
    port: int, pieces: Iterable[bytes], *, pause: float = 0, until_answered: bool = False
) -> tuple[int, bytes]:
    """Send raw bytes and read until the server closes; return the status, 0 for none, and all bytes received.

    `until_answered` stops sending at the first byte of an answer.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    first = b""
    try:
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                # The server is in this loop: let it read each piece separately.
                if until_answered:
                    with suppress(TimeoutError):
                        first = await asyncio.wait_for(reader.read(1), pause)
                        break
                else:
                    await asyncio.sleep(pause)
        answer = first + await reader.read()
    except ConnectionError:
        answer = b""
    finally:
        writer.close()
    return int(answer[9:12] or 0), answer


def head(mesh: Mesh, line: bytes = b"GET /api/echo HTTP/1.1", *more: bytes) -> bytes:
    """Return the head of an officer's request, with `Connection: close`."""
    token = mesh.token("FR", "echo:read").encode()
    lines = (line, b"Host: gateway", b"Connection: close", b"Authorization: Bearer " + token, *more, b"", b"")
    return b"\r\n".join(lines)
