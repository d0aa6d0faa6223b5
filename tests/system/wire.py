"""The raw protocol of NATS, for tests of attackers that use no client library."""

import asyncio
import base64
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import nkeys

from tests.broker import NatsServer

PATIENCE = 5.0
DENIED_PUBLISH = "-ERR 'Permissions Violation for Publish to"
DENIED_SUBSCRIBE = "-ERR 'Permissions Violation for Subscription to"
NOT_ADMITTED = "-ERR 'Authorization Violation'"


@dataclass
class Wire:
    """A connection to the broker, and the lines received on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[str] = field(default_factory=list)

    async def say(self, *lines: str) -> list[str]:
        """Send lines of the protocol, and return the lines received until the broker has processed them."""
        self.writer.write("".join(f"{line}\r\n" for line in (*lines, "PING")).encode())
        heard: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while (line := await self._line()) != "PONG" and (line or not self.reader.at_eof()):
                heard.append(line)
        self.heard += heard
        return heard

    async def until(self, beginning: str) -> str:
        """Wait for a line that begins with a text."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for line in self.heard:
                    if line.startswith(beginning):
                        self.heard.remove(line)
                        return line
                self.heard.append(await self._line())

    async def ended(self) -> bool:
        """Wait until the broker has closed the connection."""
        async with asyncio.timeout(PATIENCE):
            while not self.reader.at_eof():
                self.heard.append(await self._line())
        return self.reader.at_eof()

    async def close(self) -> None:
        """Disconnect."""
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)

    async def _line(self) -> str:
        return (await self.reader.readline()).decode().rstrip("\r\n")


def credentials(seed: str, nonce: str) -> dict[str, str]:
    """Return the fields of CONNECT that prove possession of an NKEY."""
    pair = nkeys.from_seed(bytearray(seed.encode()))
    return {
        "nkey": pair.public_key.decode(),
        "sig": base64.urlsafe_b64encode(pair.sign(nonce.encode())).decode().rstrip("="),
    }


class Party:
    """Opens connections to a broker."""

    def __init__(self, server: NatsServer, stack: AsyncExitStack) -> None:
        self.server = server
        self._stack = stack

    async def greeted(self) -> tuple[Wire, dict[str, Any]]:
        """Return a connection without CONNECT, and the INFO of the broker."""
        host, port = self.server.url.removeprefix("nats://").split(":")
        wire = Wire(*await asyncio.open_connection(host, int(port)))
        self._stack.push_async_callback(wire.close)
        return wire, json.loads((await wire.until("INFO "))[len("INFO ") :])

    async def introduced(self, proof: dict[str, str]) -> tuple[Wire, list[str]]:
        """Return a connection on which CONNECT was sent with this proof, and the reply of the broker."""
        wire, _ = await self.greeted()
        return wire, await wire.say(f"CONNECT {json.dumps(proof)}")

    async def connect(self, name: str) -> Wire:
        """Return the connection of a participant with its own key."""
        wire, info = await self.greeted()
        about = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True}
        proof = credentials(self.server.seed(name), info["nonce"])
        assert await wire.say(f"CONNECT {json.dumps(about | proof)}") == []
        return wire


async def asked(service: Wire) -> str:
    """Wait for a request of France, and return its reply subject on the broker."""
    line = await service.until("HMSG i247.req.notices.FR 1 _R_.")
    return line.split()[3]
