"""The cost of a parcel and its reply over the broker, in the two clients and in the NATS server."""

import asyncio
import secrets
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import nkeys
import psutil

from deploy.broker.users import is_reachable
from deploy.mesh.nats_server import broker_binary
from services.stolen_vehicles import SERVICE
from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport import Arrival, NoResponder, ServiceCard
from shared.transport.nats import Broker, NatsTransport
from shared.transport.subjects import request_subject

BUREAU: Final = "DE"
ROUNDS: Final = 6_000
AT_ONCE: Final = 32
SECONDS: Final = 5.0
START_SECONDS: Final = 10.0
# As long as those of a search.
SIGNATURE: Final = "s" * 900
BODY: Final = b"x" * 900


async def measure_exchange() -> dict[str, float]:
    """Return the microseconds of processor time of one request with its reply: of the clients, and of the broker."""
    async with _broker() as (port, server), _connected(port) as transport:
        await _ask(transport, AT_ONCE)
        before, started = sum(server.cpu_times()[:2]), time.process_time()
        await asyncio.gather(*(_ask(transport, ROUNDS // AT_ONCE) for _ in range(AT_ONCE)))
        clients, broker = time.process_time() - started, sum(server.cpu_times()[:2]) - before
    return {"NATS clients": clients / ROUNDS * 1e6, "broker": broker / ROUNDS * 1e6}


async def _ask(transport: NatsTransport, times: int) -> None:
    for _ in range(times):
        await transport.request(request_subject(SERVICE.name, BUREAU), Parcel(SIGNATURE, b""), timeout=SECONDS)


@asynccontextmanager
async def _broker() -> AsyncIterator[tuple[int, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    arguments = [str(broker_binary()), "-a", "127.0.0.1", "-p", str(port)]
    process = await asyncio.create_subprocess_exec(*arguments, stderr=subprocess.DEVNULL)
    try:
        await is_reachable(f"nats://127.0.0.1:{port}", START_SECONDS)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[NatsTransport]:
    """Yield the connection of a bureau, while a service answers each parcel with another."""
    seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER).decode()
    broker, log = Broker(f"nats://127.0.0.1:{port}"), Log("bench")
    bureau = await NatsTransport.connect(broker, BUREAU, lambda: seed, log)
    service = await NatsTransport.connect(broker, SERVICE.name, lambda: seed, log)

    async def answer(arrival: Arrival) -> None:
        await arrival.reply(Parcel(SIGNATURE, BODY))

    await service.serve(request_subject(SERVICE.name, "*"), answer, senders=[BUREAU], card=ServiceCard(SERVICE.name))
    await _until_served(bureau)
    try:
        yield bureau
    finally:
        await service.close()
        await bureau.close()


async def _until_served(bureau: NatsTransport) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                return await _ask(bureau, 1)
            except NoResponder:
                await asyncio.sleep(0)
