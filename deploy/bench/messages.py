"""Messages under measurement: from an officer's request to the recipient's durable inbox, and to all bureaus at once.

The clock stops when the recipient's gateway tells of the message on its stream of events, which it does after the
commit; for the broadcast when the sender's gateway tells of the last signed receipt.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.bench.servers import Server, serving
from deploy.tokens import demo_token
from shared.bureaus import MEMBERS
from shared.settings import load_settings

MESH_PORT: Final = 8387
CONNECTIONS: Final = 32
FULL_SECONDS: Final = 8.0
STEADY_SECONDS: Final = 8.0
BROADCASTS: Final = 5
SETTLE_SECONDS: Final = 60.0
HOST: Final = "127.0.0.1"
SENDER, RECIPIENT = "FR", "DE"
BODY: Final = "The vehicle was seen at the border crossing this morning. Please confirm the theft report. " * 5


async def measure_messages(folder: Path) -> dict[str, Any]:
    """Return what messages cost: one recipient at full rate and at half of it, and a broadcast to all."""
    async with _mesh(folder, SENDER, RECIPIENT) as (server, tokens):
        await _run(tokens, rate=None, seconds=1.0)
        before = server.processor_seconds()
        full = await _run(tokens, rate=None, seconds=FULL_SECONDS)
        cpu = (server.processor_seconds() - before) / max(len(full.latencies), 1) * 1e6
        half = await _run(tokens, rate=full.per_second / 2, seconds=STEADY_SECONDS)
    async with _mesh(folder, "all") as (server, tokens):
        await _until_mailboxes(folder)
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
    async with serving("messages", ["deploy.cli", "up"], f"http://{HOST}:{MESH_PORT}", environment) as server:
        yield server, {bureau: demo_token(settings, bureau) for bureau in (SENDER, RECIPIENT)}


async def _until_mailboxes(folder: Path) -> None:
    """Wait until every bureau has opened its mailbox for the first time, which is not what is measured."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while _mailboxes(folder) <= len(MEMBERS) and time.monotonic() < deadline:  # noqa: ASYNC110 - it is elsewhere
        await asyncio.sleep(0.2)
    await asyncio.sleep(1.0)


def _mailboxes(folder: Path) -> int:
    return len(list((folder / "stores").glob("mailbox-*.db")))


@dataclass
class Run:
    """What a load of messages showed. Times in seconds."""

    started: float
    sent: dict[str, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    ended: float = 0.0

    @property
    def per_second(self) -> float:
        """Messages that reached the inbox, by the time until the last one did."""
        return len(self.latencies) / (self.ended - self.started)

    def arrived(self, message_id: str, at: float) -> None:
        """Take in that a message is in the inbox."""
        if message_id in self.sent:
            self.latencies.append(at - self.sent[message_id])
            self.ended = at

    def summary(self) -> dict[str, float]:
        """Return rate and percentiles."""
        times = sorted(self.latencies)
        return {
            "messages": len(times),
            "per_second": self.per_second,
            "p50_ms": times[len(times) // 2] * 1000,
            "p99_ms": times[int(len(times) * 0.99)] * 1000,
            "missing": len(self.sent) - len(times),
            "refused": self.refused,
        }


async def _run(tokens: dict[str, str], *, rate: float | None, seconds: float) -> Run:
    early: dict[str, float] = {}
    async with _events(tokens[RECIPIENT]) as events:
        run = Run(time.perf_counter())

        def waiting() -> bool:
            return len(run.latencies) + len(early.keys() & run.sent.keys()) < len(run.sent)

        listening = asyncio.create_task(_take(events, run, early))
        end = run.started + seconds
        await asyncio.gather(*(_post(tokens[SENDER], run, number, rate, end) for number in range(CONNECTIONS)))
        deadline = time.perf_counter() + SETTLE_SECONDS
        while waiting() and time.perf_counter() < deadline:  # noqa: ASYNC110 - it is elsewhere
            await asyncio.sleep(0.02)
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    for message_id, at in early.items():
        run.arrived(message_id, at)
    run.ended = max(run.ended, *early.values()) if early else run.ended
    return run


async def _take(events: AsyncIterator[dict[str, Any]], run: Run, early: dict[str, float]) -> None:
    async for event in events:
        at = time.perf_counter()
        if event["id"] in run.sent:
            run.arrived(event["id"], at)
        else:
            # It was in the inbox before its sender had read the answer.
            early[event["id"]] = at


async def _post(token: str, run: Run, number: int, rate: float | None, end: float) -> None:
    body = json.dumps({"to": [RECIPIENT], "subject": f"Connection {number}", "body": BODY}).encode()
    request = _request(
        "POST", "/api/messages", token, f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    reader, writer = await asyncio.open_connection(HOST, MESH_PORT)
    interval = CONNECTIONS / rate if rate else 0.0
    due = run.started + interval * number / CONNECTIONS
    while due < end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        started = due if interval else time.perf_counter()
        writer.write(request + body)
        status, answer = await _answer(reader)
        if status == 202:
            run.sent[json.loads(answer)["id"]] = started
        else:
            run.refused += 1
        due = due + interval if interval else time.perf_counter()
    writer.close()


async def _broadcast(token: str) -> float:
    """Return the seconds until the last recipient's signed receipt for one message to all."""
    body = json.dumps({"to": "all", "subject": "To all", "body": BODY}).encode()
    async with _events(token) as events:
        reader, writer = await asyncio.open_connection(HOST, MESH_PORT)
        started = time.perf_counter()
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(_request("POST", "/api/messages", token, head) + body)
        _, answer = await _answer(reader)
        message_id, waiting = json.loads(answer)["id"], len(MEMBERS) - 1
        async for event in events:
            waiting -= event["id"] == message_id and event["state"] == "delivered"
            if not waiting:
                break
        writer.close()
        return time.perf_counter() - started


@asynccontextmanager
async def _events(token: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Listen to the events of a bureau from now on."""
    reader, writer = await asyncio.open_connection(HOST, MESH_PORT)
    writer.write(_request("GET", "/api/messages/stream", token))
    await reader.readuntil(b"\r\n\r\n")
    # The stream begins with the latest event at the time of its first look.
    await asyncio.sleep(0.2)
    try:
        yield _read_events(reader)
    finally:
        writer.close()


async def _read_events(reader: asyncio.StreamReader) -> AsyncIterator[dict[str, Any]]:
    while line := await reader.readline():
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


def _request(method: str, path: str, token: str, headers: str = "") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n{headers}\r\n".encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
    return int(head[9:12]), await reader.readexactly(length)
