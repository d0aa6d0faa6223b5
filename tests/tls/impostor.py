"""A server in the place of the broker that records every byte received, outside and inside TLS."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from shared.transport.tls_files import TlsFiles
from tests.broker import free_port

Answer = Callable[[bytes], Awaitable[bytes]]
NONCE = "AAAAAAAAAAAAAAAA"


def greeting(**about: object) -> bytes:
    """Return the first message of a NATS server, which asks for the signature of a nonce."""
    info = {"server_id": "x", "version": "2.15.1", "proto": 1, "max_payload": 1_000, "auth_required": True}
    return f"INFO {json.dumps({**info, 'nonce': NONCE, **about})}\r\n".encode()


def server_tls(files: TlsFiles, *, at_most: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED) -> ssl.SSLContext:
    """Return the TLS context of a server that shows a certificate and asks for none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    context.maximum_version = at_most
    return context


class Impostor:
    """Sends `in_clear` to each client, and then, if it has a certificate, offers TLS and sends `inside` within it."""

    def __init__(self, in_clear: bytes = b"", tls: ssl.SSLContext | None = None, inside: bytes = b"") -> None:
        self.port = free_port()
        self.heard = b""
        """All bytes received, as on the wire."""

        self.opened = b""
        """All bytes received inside TLS."""

        self.visited = asyncio.Event()
        """Set when a client has connected and disconnected."""

        self.answer: Answer | None = None
        """Returns the reply to bytes received inside TLS."""

        self._writers: list[asyncio.StreamWriter] = []
        self._in_clear, self._tls, self._inside = in_clear, tls, inside

    @property
    def url(self) -> str:
        """Return its address in the form of a broker URL."""
        return f"tls://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Impostor"]:
        """Listen until the block ends."""
        async with await asyncio.start_server(self._receive, "127.0.0.1", self.port) as server:
            try:
                yield self
            finally:
                server.close()
                # Let the handler of a new connection start: one that never starts never closes its connection.
                await asyncio.sleep(0.01)
                self.hang_up()
                await asyncio.gather(*(each.wait_closed() for each in self._writers), return_exceptions=True)

    def hang_up(self) -> None:
        """Close all connections."""
        for writer in self._writers:
            writer.close()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            writer.write(self._in_clear)
            with suppress(ConnectionError, ssl.SSLError):
                await (self._hear(reader) if self._tls is None else self._offer_tls(self._tls, reader, writer))
        finally:
            writer.close()
            self.visited.set()

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        while came := await reader.read(65_536):
            self.heard += came

    async def _offer_tls(
        self, context: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        line, greeted = context.wrap_bio(incoming, outgoing, server_side=True), False
        while came := await reader.read(65_536):
            self.heard += came
            incoming.write(came)
            try:
                line.do_handshake()
                if not greeted:
                    line.write(self._inside)
                    greeted = True
                while received := line.read(65_536):
                    self.opened += received
                    if self.answer is not None:
                        line.write(await self.answer(received))
            except ssl.SSLWantReadError:
                continue
            finally:
                writer.write(outgoing.read())
