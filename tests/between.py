"""Who stands between two that speak to each other, and reads and changes what passes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Between:
    """Passes on what is said, writes it down, and may put other bytes in the place of some."""

    def __init__(self, target: int) -> None:
        self.seen = b""
        self.port = 0
        self.instead: tuple[bytes, bytes] = (b"", b"")
        self._target = target

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Between"]:
        """Take connections until the block ends."""
        async with await asyncio.start_server(self._pass_on, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        with suppress(ConnectionError):
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(1 << 20):
            self.seen += piece
            target.write(piece.replace(*self.instead) if self.instead[0] else piece)
            await target.drain()
        target.close()
