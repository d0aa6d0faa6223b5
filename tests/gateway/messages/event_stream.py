"""A client that listens to the stream of events of a mailbox."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import PATIENCE, Officer


@dataclass
class Listening:
    """What a client received of a stream so far."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    ended: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Any) -> None:
        """Receive a piece of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.text += message["body"].decode()
        self._news.set()

    @property
    def events(self) -> list[tuple[int, str, Any]]:
        """Number, kind and content of each event."""
        found = []
        for block in self.text.split("\n\n")[:-1]:
            lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "data" in lines:
                found.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
        return found

    async def wait_for(self, count: int) -> list[tuple[int, str, Any]]:
        """Wait for a number of events."""
        await self.until(lambda: len(self.events) >= count)
        return self.events

    async def until(self, fits: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(PATIENCE):
            while not fits():
                self._news.clear()
                await self._news.wait()

    def end(self) -> None:
        """Note that the stream has ended."""
        self.ended = True
        self._news.set()


@asynccontextmanager
async def listening(mesh: Mesh, officer: Officer, last: int | None = None) -> AsyncIterator[Listening]:
    """Listen to the mailbox of an officer's bureau until the block ends."""
    heard, gone = Listening(), asyncio.Event()
    headers = officer.headers | ({} if last is None else {"last-event-id": str(last)})
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/api/messages/stream",
        "raw_path": b"/api/messages/stream",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": raw,
        "client": None,
        "server": None,
    }

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def listen() -> None:
        await mesh.gateway()(scope, receive, heard.send)
        heard.end()

    task = asyncio.create_task(listen())
    await heard.until(lambda: heard.status > 0)
    if heard.status != 200:
        await heard.until(lambda: heard.ended)
    # The stream has only events that are added after it began.
    await asyncio.sleep(0.02)
    try:
        yield heard
    finally:
        gone.set()
        async with asyncio.timeout(PATIENCE):
            await task
