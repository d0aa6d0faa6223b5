"""Load on an HTTP server: as much as it can serve, with wrk if it is installed, or at a steady rate."""

import asyncio
import re
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

CONNECTIONS: Final = 64
_UNITS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Target:
    """An HTTP server and the requests to send."""

    base: str
    paths: Sequence[str]
    token: str = ""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.base)
        return str(parts.hostname), int(parts.port or 80)

    def request(self, turn: int) -> bytes:
        """Return the bytes of one of the requests."""
        return http_request("GET", self.paths[turn % len(self.paths)], self.token)


@dataclass(frozen=True, slots=True)
class Load:
    """The measurements of one load. Times in milliseconds."""

    requests: int
    requests_per_second: float
    p50: float
    p99: float
    failures: int


async def full_load(target: Target, seconds: float, scratch: Path) -> Load:
    """Send as many requests as the server can serve, on several connections."""
    if shutil.which("wrk"):
        return await _wrk(target, seconds, scratch)
    return await steady_load(target, seconds, rate=None)


async def steady_load(target: Target, seconds: float, *, rate: float | None) -> Load:
    """Send requests at a fixed rate a second; without one, each connection sends the next after each answer."""
    run = _Run(target, seconds, rate)
    started = time.perf_counter()
    await asyncio.gather(*(run.connection(number) for number in range(CONNECTIONS)))
    return run.load(time.perf_counter() - started)


class _Run:
    def __init__(self, target: Target, seconds: float, rate: float | None) -> None:
        self._target = target
        self._start = time.perf_counter() + 0.1
        self._end = self._start + seconds
        self._interval = CONNECTIONS / rate if rate else 0.0
        self._times: list[float] = []
        self._failures = 0

    async def connection(self, number: int) -> None:
        reader, writer = await asyncio.open_connection(*self._target.address)
        due, turn = self._start + self._interval * number / CONNECTIONS, number
        while due < self._end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            # Measured from the due time, so that queueing counts (no coordinated omission).
            started = due if self._interval else time.perf_counter()
            writer.write(self._target.request(turn))
            self._failures += (await http_answer(reader))[0] != 200
            now = time.perf_counter()
            self._times.append(now - started)
            due, turn = (due + self._interval if self._interval else now), turn + CONNECTIONS
        writer.close()

    def load(self, seconds: float) -> Load:
        requests, (p50, p99) = len(self._times), percentiles(self._times).values()
        return Load(requests, requests / seconds, p50, p99, self._failures)


def percentiles(seconds: Iterable[float]) -> dict[str, float]:
    """Return the median and the 99th percentile of times, in milliseconds."""
    times = sorted(seconds)
    return {"p50_ms": times[len(times) // 2] * 1000, "p99_ms": times[len(times) * 99 // 100] * 1000}


def http_request(
    method: str, path: str, token: str = "", body: bytes = b"", media_type: str = "application/json"
) -> bytes:
    """Return the bytes of an HTTP request."""
    headers = f"Authorization: Bearer {token}\r\n" if token else ""
    if body:
        headers += f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n".encode() + body


async def http_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return status and body of the next answer on a connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return int(head[9:12]), await reader.readexactly(int(length[1]) if length else 0)


async def _wrk(target: Target, seconds: float, scratch: Path) -> Load:
    script = scratch / "wrk.lua"
    paths = ",".join(f'"{path}"' for path in target.paths)
    header = f'wrk.headers["Authorization"] = "Bearer {target.token}"\n' if target.token else ""
    script.write_text(
        f"{header}local paths = {{{paths}}}\nlocal turn = 0\n"
        'request = function()\n  turn = turn % #paths + 1\n  return wrk.format("GET", paths[turn])\nend\n'
    )
    script.chmod(0o600)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}", "--latency", "-s", str(script), target.base]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return _parse_wrk(output.decode())


def _parse_wrk(output: str) -> Load:
    def percentile(of: int) -> float:
        found = re.search(rf"{of}%\s+([\d.]+)(us|ms|s)", output)
        return float(found[1]) * _UNITS[found[2]] if found else 0.0

    def number(pattern: str) -> float:
        found = re.search(pattern, output)
        return float(found[1]) if found else 0.0

    return Load(
        requests=int(number(r"(\d+) requests in")),
        requests_per_second=number(r"Requests/sec:\s+([\d.]+)"),
        p50=percentile(50),
        p99=percentile(99),
        failures=int(number(r"Non-2xx or 3xx responses: (\d+)")),
    )
