"""A man in the middle of a TCP connection, which reads and changes the bytes that pass."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class ManInTheMiddle:
    """Forwards and records all bytes of TCP connections, and can replace some of them."""

    def __init__(self, target: int) -> None:
        self.seen = b""
        self.port = 0
        self.instead: tuple[bytes, bytes] = (b"", b"")
        self._target = target
        self._passing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ManInTheMiddle"]:
        """Accept connections until the block ends."""
        async with await asyncio.start_server(self._pass_on, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            try:
                yield self
            finally:
                server.close()
                # Let the handler of a new connection start: one that never starts never closes its connection.
                await asyncio.sleep(0.01)
                for passing in self._passing:
                    passing.cancel()
                await asyncio.gather(*self._passing, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passing = asyncio.create_task(self._pass_both_ways(reader, writer))
        self._passing.add(passing)
        with suppress(ConnectionError, asyncio.CancelledError):
            await passing
        self._passing.discard(passing)

    async def _pass_both_ways(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            for each in (writer, far_writer):
                each.close()
                with suppress(ConnectionError):
                    await each.wait_closed()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(1 << 20):
            self.seen += piece
            target.write(piece.replace(*self.instead) if self.instead[0] else piece)
            await target.drain()
        target.close()
