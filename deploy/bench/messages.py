"""Measures messages: from an officer's request to the recipient's durable inbox, and broadcasts to all bureaus.

A measurement ends with the event of the recipient's gateway, which it sends after the commit; of a broadcast, with the
event of the sender's gateway for the last signed receipt.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from deploy.bench.load import CONNECTIONS, http_answer, http_request, percentiles
from deploy.bench.servers import Server, serving
from deploy.provisioning.tokens import demo_token
from deploy.state.settings import load_settings
from shared.bureaus import MEMBERS

MESH_PORT: Final = 8387
SECONDS: Final = 8.0
BROADCASTS: Final = 5
TIMEOUT_SECONDS: Final = 60.0
HOST: Final = "127.0.0.1"
SENDER, RECIPIENT = "FR", "DE"
BODY: Final = "The vehicle was seen at the border crossing this morning. Please confirm the theft report. " * 5


async def measure_messages(folder: Path) -> dict[str, Any]:
    """Return the measurements: one recipient at full rate and at half of it, and a broadcast to all."""
    async with _mesh(folder, SENDER, RECIPIENT) as (server, tokens):
        await _run(tokens, rate=None, seconds=1.0)
        before = server.processor_seconds()
        full = await _run(tokens, rate=None, seconds=SECONDS)
        cpu = (server.processor_seconds() - before) / len(full.latencies) * 1e6
        half = await _run(tokens, rate=full.per_second / 2, seconds=SECONDS)
    async with _mesh(folder, "all") as (server, tokens):
        await server.until_idle()
        broadcasts = [await _broadcast(tokens[SENDER]) for _ in range(BROADCASTS)]
    return {
        "full": {**full.summary(), "cpu_us_per_message": cpu},
        "half": half.summary(),
        "broadcast": {"recipients": len(MEMBERS) - 1, "seconds": sorted(broadcasts)},
    }


@asynccontextmanager
async def _mesh(folder: Path, *bureaus: str) -> AsyncIterator[tuple[Server, dict[str, str]]]:
    settings = load_settings(home=folder, port=MESH_PORT)
    environment = {"I247_HOME": str(folder), "I247_PORT": str(MESH_PORT), "I247_BUREAUS": ",".join(bureaus)}
    async with serving("messages", ["deploy", "up"], f"http://{HOST}:{MESH_PORT}", environment) as server:
        yield server, {bureau: demo_token(settings, bureau) for bureau in (SENDER, RECIPIENT)}


class Run:
    """A load of messages, and when each was stored and receipted. Times in seconds."""

    def __init__(self, seconds: float) -> None:
        self.started = time.perf_counter()
        self.end = self.started + seconds
        self.ended = self.started
        self.latencies: list[float] = []
        self.refused = 0
        self.arrived: dict[str, asyncio.Future[float]] = {}
        self.receipted: dict[str, asyncio.Future[float]] = {}

    @property
    def per_second(self) -> float:
        """The rate of messages, up to the last one that was stored."""
        return len(self.latencies) / (self.ended - self.started)

    async def followed(self, message_id: str, since: float) -> None:
        """Wait until a message is stored, and its receipt has arrived."""
        at = await _happened(self.arrived, message_id)
        self.latencies.append(at - since)
        self.ended = max(self.ended, at)
        await _happened(self.receipted, message_id)

    def summary(self) -> dict[str, float]:
        """Return rate and percentiles."""
        counts = {"messages": len(self.latencies), "per_second": self.per_second, "refused": self.refused}
        return counts | percentiles(self.latencies)


async def _record(events: AsyncIterator[dict[str, Any]], happened: dict[str, asyncio.Future[float]]) -> None:
    async for event in events:
        # The event may arrive before the answer.
        future = happened.setdefault(event["id"], asyncio.get_running_loop().create_future())
        if not future.done():
            future.set_result(time.perf_counter())


async def _happened(happened: dict[str, asyncio.Future[float]], message_id: str) -> float:
    future = happened.setdefault(message_id, asyncio.get_running_loop().create_future())
    try:
        return await asyncio.wait_for(future, TIMEOUT_SECONDS)
    finally:
        del happened[message_id]


async def _run(tokens: dict[str, str], *, rate: float | None, seconds: float) -> Run:
    """Send at a fixed rate a second; without one, each connection waits for the receipt."""
    async with _events(tokens[RECIPIENT]) as arrivals, _events(tokens[SENDER]) as receipts:
        run = Run(seconds)
        watched = ((arrivals, run.arrived), (receipts, run.receipted))
        listening = [asyncio.create_task(_record(*each)) for each in watched]
        await asyncio.gather(*(_post(tokens[SENDER], run, number, rate) for number in range(CONNECTIONS)))
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return run


async def _post(token: str, run: Run, number: int, rate: float | None) -> None:
    body = json.dumps({"to": [RECIPIENT], "subject": f"Connection {number}", "body": BODY}).encode()
    request = http_request("POST", "/api/messages", token, body)
    reader, writer = await asyncio.open_connection(HOST, MESH_PORT)
    interval = CONNECTIONS / rate if rate else 0.0
    due, following = run.started + interval * number / CONNECTIONS, set[asyncio.Task[None]]()
    while due < run.end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        started = due if interval else time.perf_counter()
        writer.write(request)
        status, answer = await http_answer(reader)
        if status != 202:
            run.refused += 1
        else:
            following.add(asyncio.create_task(run.followed(json.loads(answer)["id"], started)))
        if not interval:
            await asyncio.gather(*following)
            following.clear()
        due = due + interval if interval else time.perf_counter()
    await asyncio.gather(*following)
    writer.close()


async def _broadcast(token: str) -> float:
    """Return the seconds from a message to all until the last signed receipt."""
    body = json.dumps({"to": "all", "subject": "To all", "body": BODY}).encode()
    async with _events(token) as events:
        reader, writer = await asyncio.open_connection(HOST, MESH_PORT)
        started = time.perf_counter()
        writer.write(http_request("POST", "/api/messages", token, body))
        _, answer = await http_answer(reader)
        message_id, waiting = json.loads(answer)["id"], len(MEMBERS) - 1
        async for event in events:
            waiting -= event["id"] == message_id and event["state"] == "delivered"
            if not waiting:
                break
        writer.close()
        return time.perf_counter() - started


@asynccontextmanager
async def _events(token: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    reader, writer = await asyncio.open_connection(HOST, MESH_PORT)
    writer.write(http_request("GET", "/api/messages/stream", token))
    await reader.readuntil(b"\r\n\r\n")
    # The stream begins with the latest event when it is first read.
    await asyncio.sleep(0.2)
    try:
        yield _read_events(reader)
    finally:
        writer.close()


async def _read_events(reader: asyncio.StreamReader) -> AsyncIterator[dict[str, Any]]:
    while line := await reader.readline():
        if line.startswith(b"data: "):
            yield json.loads(line[6:])
