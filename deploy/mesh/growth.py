"""Gives a service a further process while those it has are busy and cores are idle, and ends it after a lull.

One process of a service answers on one core. The processes of a service share its store, its audit log and the requests
to it, so more of them need no setting; but each takes memory, and pays off only where a core is idle. Does NOT decide
for a service whose number of processes is set.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Final, Protocol

import psutil

from deploy.mesh.processes import Command, Supervisor
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from shared.logs import Log

LOOK_SECONDS: Final = 2.0
# One, and one more until the server drops a lost connection.
CONNECTIONS_OF_A_PROCESS: Final = 2
# Of one core, by each process of a service on average.
BUSY: Final = 0.7
# Of all cores that the mesh may use.
IDLE_CORES: Final = 0.3
# A process takes a tenth of that.
FREE_BYTES: Final = 1024 * 1024 * 1024
# Of one core, by all processes of a service but one: that one could do their work as well.
LULL: Final = 0.3
BUSY_LOOKS: Final = 2
LULL_LOOKS: Final = 60

Make = Callable[[str, int], Command]
"""Returns the command of a process of a service; its number is counted from 0."""

MayStart = Callable[[int], Awaitable[object]]
"""Raises StartRefused if so many processes of services are too many."""


def most_processes(settings: Settings) -> int:
    """Return the most processes of one service: one for each core, as far as the broker accepts their connections."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, settings.broker_connections // CONNECTIONS_OF_A_PROCESS))


class Usage(Protocol):
    """What processes and the machine use."""

    def seconds_of(self, process_id: int) -> float:
        """Return the processor time that a process has used; 0 if it has ended."""

    def idle_seconds(self) -> float:
        """Return for how long the cores that the mesh may use were idle, all together."""

    def free_bytes(self) -> int:
        """Return how much memory can be taken without swapping."""


class MachineUsage:
    """As the system reports it."""

    def seconds_of(self, process_id: int) -> float:
        """Return the processor time that a process has used; 0 if it has ended."""
        try:
            times = psutil.Process(process_id).cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def idle_seconds(self) -> float:
        """Return for how long the cores that the mesh may use were idle, all together."""
        cores = psutil.cpu_times(percpu=True)
        usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(len(cores))
        return float(sum(cores[core].idle for core in usable if core < len(cores)))

    def free_bytes(self) -> int:
        """Return how much memory can be taken without swapping."""
        return int(psutil.virtual_memory().available)


@dataclass(slots=True)
class _Watched:
    """One service, and how long it has been busy or idle, in looks."""

    names: list[str]
    used: float = inf
    busy: int = 0
    lull: int = 0


class ServiceGrowth:
    """Watches the services of a mesh."""

    def __init__(
        self,
        supervisor: Supervisor,
        most: Mapping[str, int],
        make: Make,
        log: Log,
        *,
        may_start: MayStart,
        usage: Usage | None = None,
    ) -> None:
        """Each service in `most` has one process, of its name; it may get up to so many."""
        self._supervisor = supervisor
        self._make = make
        self._log = log
        self._most = most
        self._may_start = may_start
        self._usage = usage or MachineUsage()
        self._watched = {service: _Watched([service]) for service in most}
        self._idle = inf

    async def run(self) -> None:
        """Look until cancelled."""
        while max(self._most.values()) > 1:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look(LOOK_SECONDS)

    async def look(self, seconds: float) -> None:
        """Compare what was used with the last look, `seconds` ago; start or end one process at most."""
        idle = self._usage.idle_seconds()
        idle_cores, self._idle = max(idle - self._idle, 0.0) / seconds, idle
        loads = {service: self._load(watched, seconds) for service, watched in self._watched.items()}
        if idle_cores >= IDLE_CORES and self._usage.free_bytes() >= FREE_BYTES and await self._grow(loads):
            return
        await self._shrink()

    def _load(self, watched: _Watched, seconds: float) -> float:
        """Return how many cores a service used since the last look, and count how long it has been so."""
        used = sum(self._usage.seconds_of(self._supervisor.process_id(name)) for name in watched.names)
        # Less where a process was restarted.
        load, watched.used = max(used - watched.used, 0.0) / seconds, used
        number = len(watched.names)
        watched.busy = watched.busy + 1 if load >= BUSY * number else 0
        watched.lull = watched.lull + 1 if load <= LULL * (number - 1) else 0
        return load

    async def _grow(self, loads: Mapping[str, float]) -> bool:
        """Start a process of the busiest service that is busy for long enough, and return whether there was one."""
        for service in sorted(loads, key=lambda each: loads[each], reverse=True):
            watched = self._watched[service]
            if watched.busy >= BUSY_LOOKS and len(watched.names) < self._most[service]:
                return await self._start(service, watched)
        return False

    async def _start(self, service: str, watched: _Watched) -> bool:
        command = self._make(service, len(watched.names))
        watched.busy = 0
        try:
            await self._may_start(sum(len(each.names) for each in self._watched.values()) + 1)
            await self._supervisor.start(command)
        except StartRefused as refusal:
            self._log.warning("process-not-added", service=service, error=str(refusal))
            return False
        watched.names.append(command.name)
        watched.used = inf
        self._log.info("process-added", service=service, processes=len(watched.names))
        return True

    async def _shrink(self) -> None:
        for service, watched in self._watched.items():
            if len(watched.names) > 1 and watched.lull >= LULL_LOOKS:
                await self._supervisor.end(watched.names.pop())
                watched.used, watched.lull = inf, 0
                self._log.info("process-ended-after-lull", service=service, processes=len(watched.names))
