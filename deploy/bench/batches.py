"""Checks in batches of ten thousand lines: how many lines a second the mesh answers, and what a line costs.

One line in 12,000 is a hit, as in the real world.
"""

import asyncio
import json
import string
import time
from collections.abc import Sequence
from random import Random
from typing import Final

from deploy.bench.load import Target, http_answer, http_request
from deploy.bench.servers import Server

LINES: Final = 10_000
HIT_IN: Final = 12_000
CONNECTIONS: Final = 4
SECONDS: Final = 5.0
PATH: Final = "/api/stolen-vehicles/checks"
_SIGNS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ" + string.digits


def bodies(stolen: Sequence[str], count: int, random: Random) -> list[tuple[str, bytes]]:
    """Return bodies as JSON and as tables in turns, each with its media type; half of the lines are plates."""
    made = list[tuple[str, bytes]]()
    for number in range(count):
        lines = [_line(random, stolen) for _ in range(LINES)]
        if number % 2:
            rows = "".join(
                f"{line.get('vin', '')},{line.get('plate', '')},{line.get('country', '')}\n" for line in lines
            )
            made.append(("text/csv", f"vin,plate,country\n{rows}".encode()))
        else:
            made.append(("application/json", json.dumps({"checks": lines}).encode()))
    return made


def _line(random: Random, stolen: Sequence[str]) -> dict[str, str]:
    if random.randrange(HIT_IN) == 0:
        return {"vin": random.choice(stolen)}
    if random.random() < 0.5:
        return {"vin": "WVW" + "".join(random.choices(_SIGNS, k=14))}
    plate = "".join(random.choices(string.ascii_uppercase, k=4))
    return {"plate": f"{plate[:2]} {random.randrange(1000):03d} {plate[2:]}", "country": "FR"}


async def measure_batches(server: Server, target: Target, stolen: Sequence[str]) -> dict[str, float]:
    """Return lines a second through the mesh, processor time of a line in it, and failures."""
    sent = bodies(stolen, CONNECTIONS * 2, Random(247))
    requests = [http_request("POST", PATH, target.token, body, media_type) for media_type, body in sent]
    before, began = server.processor_seconds(), time.perf_counter()
    done = await asyncio.gather(*(_checked(target, requests, number) for number in range(CONNECTIONS)))
    seconds, used = time.perf_counter() - began, server.processor_seconds() - before
    answered = sum(answers for answers, _ in done)
    return {
        "lines_per_second": answered * LINES / seconds,
        "cpu_us_per_line": used / max(answered * LINES, 1) * 1e6,
        "failures": float(sum(failures for _, failures in done)),
    }


async def _checked(target: Target, requests: Sequence[bytes], turn: int) -> tuple[int, int]:
    """Send requests one after another on a connection; return how many were answered, and how many failed."""
    reader, writer = await asyncio.open_connection(*target.address)
    until, answered, failed = time.perf_counter() + SECONDS, 0, 0
    while time.perf_counter() < until:
        writer.write(requests[turn % len(requests)])
        await writer.drain()
        status, _ = await http_answer(reader)
        answered, failed = answered + (status == 200), failed + (status != 200)
        turn += 1
    writer.close()
    return answered, failed
