"""The raw NATS protocol inside TLS, as a thief of keys would use it without a client library."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from shared.transport.nats.tls import connection_context
from shared.transport.tls_files import TlsFiles
from tests.broker import NatsServer
from tests.system.wire import Wire, credentials


@asynccontextmanager
async def open_wire(server: NatsServer, files: TlsFiles) -> AsyncIterator[tuple[Wire, dict[str, Any]]]:
    """Open a connection with a certificate, and read the first message of the broker."""
    host, port = server.url.removeprefix("tls://").split(":")
    wire = Wire(*await asyncio.open_connection(host, int(port), ssl=connection_context(files)))
    try:
        yield wire, json.loads((await wire.until("INFO "))[len("INFO ") :])
    finally:
        await wire.close()


async def admission_errors(server: NatsServer, nkey_of: str, files: TlsFiles, **changed: str) -> list[str]:
    """Connect with the NKEY of one participant and a certificate, and return the broker's errors."""
    async with open_wire(server, files) as (wire, info):
        return await authenticate(wire, credentials(server.seed(nkey_of), info["nonce"]) | changed)


async def authenticate(wire: Wire, proof: dict[str, str]) -> list[str]:
    """Send CONNECT and return the broker's errors; the list is empty if it admits the client."""
    return await wire.say(f"CONNECT {json.dumps({'verbose': False, **proof})}")
