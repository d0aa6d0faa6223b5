"""A webhook target: a real HTTP server on loopback that records requests and sends configured answers."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

PATIENCE = 5.0


@dataclass(frozen=True)
class Posted:
    """A request that was received."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The body as JSON."""
        event: dict[str, Any] = msgspec.json.decode(self.body)
        return event


class Receiver:
    """Answers each request with the next of `answers`, and with `usually` when there are none left.

    After that it sends `forever` repeatedly, until the other side has closed.
    """

    def __init__(self) -> None:
        self.port = 0
        self.got: list[Posted] = []
        self.answers: list[bytes] = []
        self.usually = answer(204)
        self.silent = False
        self.forever = b""
        self.every_seconds = 0.0
        self._came = asyncio.Condition()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The URL of the target."""
        return f"http://127.0.0.1:{self.port}/hook?of=247"

    async def gets(self, number: int) -> list[Posted]:
        """Wait for a number of requests, and return them."""
        async with asyncio.timeout(PATIENCE):
            async with self._came:
                await self._came.wait_for(lambda: len(self.got) >= number)
        return self.got

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            posted = await _read(reader)
            async with self._came:
                self.got.append(posted)
                self._came.notify_all()
            if self.silent:
                await asyncio.Event().wait()
            writer.write(self.answers.pop(0) if self.answers else self.usually)
            await writer.drain()
            while self.forever:
                writer.write(self.forever)
                await writer.drain()
                await asyncio.sleep(self.every_seconds)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def end(self) -> None:
        """Cancel open connections."""
        waiting = list(self._connections)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@asynccontextmanager
async def receiving(context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a target."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await receiver.end()
        await server.wait_closed()


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """Return the bytes of an HTTP answer."""
    lines = [f"HTTP/1.1 {status} So", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def _read(reader: asyncio.StreamReader) -> Posted:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
    return Posted(head[0], headers, await reader.readexactly(int(headers.get("content-length", "0"))))
