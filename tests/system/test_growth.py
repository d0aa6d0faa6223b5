"""A busy service gets a further process where a core is idle, and loses it after a lull."""

import asyncio
import io
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from deploy.mesh.growth import BUSY_LOOKS, FREE_BYTES, LULL_LOOKS, MachineUsage, ServiceGrowth, most_processes
from deploy.mesh.processes import Program, Supervisor
from deploy.state.errors import REFUSED_EXIT, StartRefused
from deploy.state.settings import load_settings
from shared.logs import Log

WAIT = "import signal\nwhile True: signal.pause()"
CARS, BOATS = "cars", "boats"


@dataclass
class Used:
    """What a test says that processes and the machine use, in cores."""

    idle: float = 1.0
    free: int = FREE_BYTES
    loads: dict[int, float] = field(default_factory=dict)
    looks: int = 0

    def seconds_of(self, process_id: int) -> float:
        """Return the time that a process has used since it started."""
        return self.loads.get(process_id, 0.0) * self.looks

    def idle_seconds(self) -> float:
        """Return for how long cores were idle."""
        return self.idle * self.looks

    def free_bytes(self) -> int:
        """Return how much memory is free."""
        return self.free


class GrowingMesh:
    """Two services, each with one process that waits."""

    def __init__(self, folder: Path) -> None:
        self.supervisor = Supervisor(Log("supervisor", stream=io.BytesIO()))
        self.used, self._folder, self.asked, self.accepted = Used(), folder, list[int](), 10

    def make(self, service: str, worker: int) -> Program:
        """Return the command of a process."""
        name = service if worker == 0 else f"{service}-{worker + 1}"
        return Program(name, self._folder / f"{name}.log", arguments=[sys.executable, "-I", "-S", "-c", WAIT])

    async def start(self) -> None:
        """Start the first process of each service."""
        for service in (CARS, BOATS):
            await self.supervisor.start(self.make(service, 0))
        log = Log("supervisor", stream=io.BytesIO())
        self.growth = ServiceGrowth(
            self.supervisor, {CARS: 2, BOATS: 2}, self.make, log, may_start=self._may_start, usage=self.used
        )
        await self.growth.look(1.0)

    async def _may_start(self, processes: int) -> None:
        self.asked.append(processes)
        if processes > self.accepted:
            raise StartRefused("the database does not accept so many connections")

    async def look(self, times: int, **loads: float) -> list[str]:
        """Look some times while services use so many cores in each of their processes; return all processes."""
        for _ in range(times):
            self.used.looks += 1
            self.used.loads = {
                self.supervisor.process_id(name): load
                for service, load in loads.items()
                for name in self.names()
                if name.startswith(service)
            }
            await self.growth.look(1.0)
        return self.names()

    def names(self) -> list[str]:
        """Return the names of all processes."""
        return sorted(self.supervisor._running)


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[GrowingMesh]:
    """Yield a mesh, and end its processes."""
    made = GrowingMesh(tmp_path)
    await made.start()
    yield made
    await made.supervisor.stop(at_once=True)


@pytest.mark.thorough
async def test_a_busy_service_gets_a_further_process(mesh: GrowingMesh) -> None:
    """Once it has been busy for some looks, and up to the most."""
    assert await mesh.look(BUSY_LOOKS - 1, cars=0.9) == [BOATS, CARS]
    assert await mesh.look(1, cars=0.9) == [BOATS, CARS, "cars-2"]
    assert mesh.asked == [3]
    assert await mesh.look(BUSY_LOOKS + 2, cars=0.9) == [BOATS, CARS, "cars-2"]


@pytest.mark.parametrize("lacking", [{"idle": 0.1}, {"free": FREE_BYTES - 1}])
async def test_it_gets_none_where_that_does_not_pay_off(mesh: GrowingMesh, lacking: dict[str, float]) -> None:
    """No core is idle, or memory is short."""
    for name, value in lacking.items():
        setattr(mesh.used, name, value)
    assert await mesh.look(BUSY_LOOKS + 2, cars=0.9) == [BOATS, CARS]


async def test_it_gets_none_that_the_database_does_not_accept(mesh: GrowingMesh) -> None:
    """The mesh goes on with those it has."""
    mesh.accepted = 2
    assert await mesh.look(BUSY_LOOKS + 2, cars=0.9) == [BOATS, CARS]
    assert not mesh.supervisor.refused.done()


@pytest.mark.thorough
async def test_the_further_process_ends_after_a_lull(mesh: GrowingMesh) -> None:
    """A short pause does not end it; it can come back."""
    await mesh.look(BUSY_LOOKS, cars=0.9)
    assert len(await mesh.look(LULL_LOOKS - 1, cars=0.1)) == 3
    assert len(await mesh.look(1, cars=0.5)) == 3
    assert len(await mesh.look(LULL_LOOKS - 1, cars=0.1)) == 3
    assert await mesh.look(2, cars=0.1) == [BOATS, CARS]
    assert len(await mesh.look(BUSY_LOOKS + 1, cars=0.9)) == 3


@pytest.mark.thorough
async def test_what_the_system_reports_is_read(mesh: GrowingMesh) -> None:
    """A process that has ended has used nothing."""
    usage, process_id = MachineUsage(), mesh.supervisor.process_id(CARS)
    assert usage.idle_seconds() >= 0
    assert usage.free_bytes() > 0
    assert usage.seconds_of(process_id) >= 0
    await mesh.supervisor.end(CARS)
    assert usage.seconds_of(process_id) == 0.0
    assert mesh.names() == [BOATS]


def test_the_most_processes_are_as_the_broker_accepts_connections() -> None:
    """Each may need two of them for a moment."""
    assert most_processes(load_settings(broker_connections=2)) == 1
    assert most_processes(load_settings(broker_connections=1024)) >= 1


@pytest.mark.thorough
async def test_a_further_process_that_refuses_to_start_does_not_stop_the_mesh(tmp_path: Path) -> None:
    """It is only tried again."""
    starts = asyncio.Queue[int]()
    log = Log("supervisor", stream=io.BytesIO())
    supervisor = Supervisor(log, on_change=lambda running: starts.put_nowait(running[0].restarts))
    refusing = [sys.executable, "-I", "-S", "-c", f"raise SystemExit({REFUSED_EXIT})"]
    await supervisor.start(replace(Program("cars-2", tmp_path / "log", arguments=refusing), is_needed=False))
    assert [await starts.get(), await starts.get()] == [0, 1]
    assert not supervisor.refused.done()
    await supervisor.stop(at_once=True)
