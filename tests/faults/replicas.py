"""The processes of a mesh that serve the same, which a test kills and restarts."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.system.mesh import RunningMesh

WAIT_SECONDS = 60
POLL_SECONDS = 0.05


class Replicas:
    """The processes of a mesh by their names, as its supervisor announces them."""

    def __init__(self, mesh: RunningMesh) -> None:
        self._home = Path(mesh.environment["I247_HOME"])

    def process_id(self, name: str) -> int:
        """Return the present id of a process."""
        return int(self._announced()[name]["pid"])

    def kill(self, name: str) -> None:
        """Kill a process at once; its supervisor starts another."""
        os.kill(self.process_id(name), signal.SIGKILL)

    async def replace(self, name: str, ready: str, number: signal.Signals = signal.SIGTERM) -> None:
        """End a process, and return when another in its place has logged that it is ready."""
        before, log = self.process_id(name), self._home / "log" / f"{name}.log"
        began = log.read_text().count(ready)
        os.kill(before, number)
        await until(lambda: log.read_text().count(ready) > began, f"{name} is ready again")

    def _announced(self) -> dict[str, dict[str, Any]]:
        [file] = (self._home / "running").glob("mesh-*.json")
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return {each["name"]: each for each in json.loads(file.read_text())["processes"]}
            except ValueError:
                # It is being written.
                assert time.monotonic() < deadline


async def until(done: Callable[[], object], what: str, seconds: float = WAIT_SECONDS) -> float:
    """Wait for a condition, and return the seconds it took. Fails on a timeout."""
    started = time.monotonic()
    while not await asyncio.to_thread(done):
        assert time.monotonic() - started < seconds, f"after {seconds:.0f} s still not: {what}"
        await asyncio.sleep(POLL_SECONDS)
    return time.monotonic() - started
