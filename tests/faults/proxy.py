"""The proxy between a gateway and the broker: it can be cut, go silent, and be restored."""

import asyncio
from contextlib import suppress

PIECE = 64 * 1024


class Proxy:
    """Forwards TCP connections to a port of this machine."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    async def restore(self) -> None:
        """Accept connections, on the same port as before."""
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Close all connections and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.drop()

    async def drop(self) -> None:
        """Close all connections, and accept new ones."""
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def go_silent(self) -> None:
        """Keep the connections and accept new ones, but forward nothing until it is restored."""
        self._flows.clear()

    def forget(self) -> None:
        """Block existing connections permanently without closing them; new ones work."""
        self._flows.clear()
        self._flows = asyncio.Event()
        self._flows.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            await self._pass_on(reader, writer)
        except (OSError, asyncio.CancelledError):
            # A proxy that is cut reports no reason.
            return
        finally:
            self._connections.discard(connection)
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        flows = self._flows
        ways = [
            asyncio.create_task(_pump(reader, far_writer, flows)),
            asyncio.create_task(_pump(far_reader, writer, flows)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            # While nothing is forwarded, the other side does not learn of the end either.
            await flows.wait()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            far_writer.transport.abort()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, flows: asyncio.Event) -> None:
    with suppress(OSError):
        while piece := await source.read(PIECE):
            await flows.wait()
            target.write(piece)
            await target.drain()
