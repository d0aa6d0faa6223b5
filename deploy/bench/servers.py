"""The servers to measure, each a group of processes whose processor time is measured."""

import asyncio
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from deploy.state.errors import StartRefused

START_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05
SETTLE_SECONDS: Final = 60.0
# Seconds of processor time in one second.
IDLE: Final = 0.1
# The load of one measured bureau exceeds the default limit.
UNBOUNDED: Final = {"I247_BROKER_MESSAGES_PER_SECOND": "1000000"}


class Server:
    """A running server and all its processes."""

    def __init__(self, process: asyncio.subprocess.Process, base: str) -> None:
        self.base = base
        self._process = psutil.Process(process.pid)

    def processor_seconds(self) -> float:
        """Return the processor time that all its processes have used so far."""
        times = [process.cpu_times() for process in self._family()]
        return sum(each.user + each.system for each in times)

    def seconds_of_parts(self) -> dict[str, float]:
        """Return the processor time of the parts of a mesh: of each service, the gateway, the broker and the rest."""
        seconds: dict[str, float] = defaultdict(float)
        for process in self._family():
            with suppress(psutil.Error):
                times = process.cpu_times()
                seconds[_part_of(process.cmdline())] += times.user + times.system
        return seconds

    def memory_bytes(self) -> int:
        """Return the memory of all its processes; shared memory is counted once if the system reports it (PSS)."""
        memory = [process.memory_full_info() for process in self._family()]
        return sum(int(getattr(each, "pss", each.rss)) for each in memory)

    async def until_idle(self) -> None:
        """Wait until it is idle: at its first start a mesh creates a mailbox for every bureau."""
        deadline = time.monotonic() + SETTLE_SECONDS
        busy = 1.0
        while busy > IDLE and time.monotonic() < deadline:
            before = self.processor_seconds()
            await asyncio.sleep(1.0)
            busy = self.processor_seconds() - before

    def _family(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]


def _part_of(command: Sequence[str]) -> str:
    """Return what a process of a mesh is, by its title."""
    words = " ".join(command).split()
    if "--service" in words:
        return words[words.index("--service") + 1]
    return "gateway" if "--gateway" in words else "broker" if "nats-server" in " ".join(words[:1]) else "others"


@asynccontextmanager
async def serving(name: str, arguments: list[str], base: str, environment: Mapping[str, str]) -> AsyncIterator[Server]:
    """Run a server until the block ends. Raises StartRefused if it is not ready in time."""
    log = Path("build") / f"bench-{name}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **UNBOUNDED, **environment},
        )
    try:
        await _wait_until_ready(process, base, log)
        yield Server(process, base)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _wait_until_ready(process: asyncio.subprocess.Process, base: str, log: Path) -> None:
    import httpx

    async with httpx.AsyncClient() as client:
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            if process.returncode is not None:
                break
            with suppress(httpx.HTTPError):
                if (await client.get(f"{base}/health")).status_code < 500:
                    return
            await asyncio.sleep(POLL_SECONDS)
    raise StartRefused(f"a server to measure did not start: see {log}")
