"""The whole mesh on this machine: broker, services, gateway and relay, each a process, started with one command."""

import asyncio
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from deploy.mesh.forked import ForkedCommand, start_fork_server
from deploy.mesh.listening import listen
from deploy.mesh.nats_server import nats_programs, require_broker, wait_until_listening
from deploy.mesh.processes import Supervisor
from deploy.mesh.summary import summary
from deploy.provisioning.setup import Setup, progress
from deploy.state.clock import clock_of, prepare_clock
from deploy.state.counterparts import install_counterparts, scripts_in
from deploy.state.databases import require_connections, require_databases
from deploy.state.errors import StartRefused, unwritable
from deploy.state.logs import open_log
from deploy.state.running import MESH, Announcement, RunningProcess, announced
from deploy.state.sandbox import prepare_sandbox, prepare_snapshots
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from services import SERVICES
from shared.background import end_all
from shared.logs import Log
from shared.service import HEALTH_PATH

READY_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05

Report = Callable[[str], None]


class Mesh:
    """One mesh on this machine, from its start to its end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._state_dir = settings.state_dir
        self._report = progress()
        self._setup = Setup(settings, self._report)
        self._scripts = scripts_in(settings)

    async def run(self) -> None:
        """Start everything and keep it running until cancelled. Raises StartRefused."""
        self._state_dir.open()
        with _only_one(self._state_dir):
            prepare_sandbox(self._state_dir, self._settings)
            prepare_clock(self._state_dir, self._settings)
            install_counterparts(self._settings, self._scripts)
            with listen(self._settings.host, self._settings.port) as listening:
                start_fork_server()
                with announced(self._state_dir, MESH) as announcement:
                    await self._run(listening, announcement)

    async def _run(self, listening: socket.socket, announcement: Announcement) -> None:
        def announce(processes: Sequence[RunningProcess]) -> None:
            announcement.write(self._settings, processes)

        announce(())
        log = open_log("supervisor", self._settings, clock_of(self._state_dir))
        supervisor = Supervisor(log, on_change=announce)
        try:
            is_new = await asyncio.to_thread(self._setup.provision)
            if self._settings.sandbox:
                await asyncio.to_thread(prepare_snapshots, self._state_dir)
                await self._enter_identities(self._report)
            await self._require_databases()
            if is_new and self._settings.examples and not self._settings.sandbox:
                await self._enter_examples()
            await self._start(supervisor, listening, self._report)
            self._report("ready")
            print(f"\n{summary(self._settings)}\n", flush=True)
            await self._supervise(supervisor, listening, log)
        finally:
            await supervisor.stop()
            self._report("stopped")

    async def _supervise(self, supervisor: Supervisor, listening: socket.socket, log: Log) -> None:
        """Keep it running until cancelled. Raises StartRefused."""
        if not self._settings.sandbox:
            growing = asyncio.create_task(self._grow(supervisor, log))
            try:
                raise StartRefused(await supervisor.refused)
            finally:
                await end_all((growing,))
        # Only here, as no other mesh needs it.
        from deploy.mesh.sandbox_control import SandboxControl

        async def restart(*, anew: bool) -> None:
            # The keys of bureaus that were added since, and a configuration of the broker for these settings.
            await asyncio.to_thread(Setup(self._settings, _silent).provision)
            if anew:
                install_counterparts(self._settings, self._scripts)
            await self._enter_identities(_silent)
            await self._start(supervisor, listening, _silent)

        control = asyncio.create_task(SandboxControl(self._state_dir, supervisor, restart, log).run())
        try:
            await asyncio.wait((control, supervisor.refused), return_when=asyncio.FIRST_COMPLETED)
            if supervisor.refused.done():
                raise StartRefused(supervisor.refused.result())
            await control
        finally:
            await end_all((control,))

    async def _grow(self, supervisor: Supervisor, log: Log) -> None:
        """Start further processes of busy services until cancelled, unless their number is set."""
        if self._settings.workers is not None:
            return
        # Only here, as its import takes some time.
        from deploy.mesh.growth import ServiceGrowth, most_processes

        def make(service: str, worker: int) -> ForkedCommand:
            return replace(self._service(service, worker), is_needed=False)

        most = dict.fromkeys((service.name for service in SERVICES), most_processes(self._settings))
        await ServiceGrowth(supervisor, most, make, log, may_start=self._require_connections).run()

    async def _enter_identities(self, report: Report) -> None:
        # Only here, as it imports the services.
        from deploy.provisioning.identities import enter_identities, owners_that_never_act

        if await enter_identities(self._settings, clock_of(self._state_dir).now()):
            report("test identities entered")
        if (absent := owners_that_never_act(self._settings)) is not None:
            report(f"warning: {absent}")

    async def _enter_examples(self) -> None:
        # Only here, as it imports the services.
        from deploy.provisioning.seeding import enter_examples

        await enter_examples(self._settings, SERVICES, at=clock_of(self._state_dir).now())
        self._report("examples entered")

    async def _require_databases(self) -> None:
        databases = self._setup.database_names()
        await require_databases(self._settings, databases, reached=True)
        await self._require_connections((self._settings.workers or 1) * len(SERVICES))

    async def _require_connections(self, processes: int) -> None:
        """Raise StartRefused if so many processes of services may open more connections than a database accepts."""
        databases = self._setup.database_names()
        await require_connections(self._settings, databases, self._settings.gateway_workers + processes)

    async def _start(self, supervisor: Supervisor, listening: socket.socket, report: Report) -> None:
        if self._settings.nats_url is None:
            brokers = nats_programs(self._settings, self._state_dir)
            for broker in brokers:
                await supervisor.start(broker)
            for broker, port in zip(brokers, self._settings.nats_ports, strict=True):
                await wait_until_listening(broker, port)
            report("broker ready")
        else:
            await require_broker(self._settings.nats_url, self._report)
        await asyncio.gather(*(supervisor.start(process) for process in self._processes(listening)))
        await self._wait_until_ready(supervisor, report)

    def _processes(self, listening: socket.socket) -> Iterator[ForkedCommand]:
        yield self._process("relay", 0, ["--relay"])
        for worker in range(self._settings.gateway_workers):
            yield self._process("gateway", worker, ["--gateway"], listening)
        for worker in range(self._settings.workers or 1):
            for service in SERVICES:
                yield self._service(service.name, worker)

    def _service(self, name: str, worker: int) -> ForkedCommand:
        return self._process(name, worker, ["--service", name])

    def _process(
        self, name: str, worker: int, options: list[str], listening: socket.socket | None = None
    ) -> ForkedCommand:
        label = name if worker == 0 else f"{name}-{worker + 1}"
        log = self._state_dir.logs / f"{label}.log"
        # A gateway that ended after the services would lose the requests under way.
        is_client, environment = listening is not None, self._environment(log)
        return ForkedCommand(
            label, log, is_client=is_client, options=options, environment=environment, listening=listening
        )

    def _environment(self, log: Path) -> dict[str, str]:
        project = str(Path(__file__).parents[2])
        values = self._settings.model_dump(mode="json", exclude_none=True)
        values |= {"home": str(self._state_dir.path.resolve()), "nats_url": self._settings.broker_url}
        values |= {"log_file": str(log.resolve())}
        paths = os.pathsep.join(filter(None, (project, os.environ.get("PYTHONPATH"))))
        return {
            f"I247_{name.upper()}": ",".join(value) if isinstance(value, list) else str(value)
            for name, value in values.items()
        } | {"PYTHONPATH": paths}

    async def _wait_until_ready(self, supervisor: Supervisor, report: Report) -> None:
        ready = set[str]()
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if supervisor.refused.done():
                raise StartRefused(supervisor.refused.result())
            if await self._is_ready(ready, report):
                return
            await asyncio.sleep(POLL_SECONDS)
        raise StartRefused(f"the mesh is not ready after {READY_SECONDS:.0f} s: see {self._state_dir.logs}")

    async def _is_ready(self, ready: set[str], report: Report) -> bool:
        try:
            status, services = await asyncio.to_thread(self._health)
        except (OSError, HTTPException, ValueError, KeyError):
            return False
        for name, health in services.items():
            if health["status"] == "up" and name not in ready:
                ready.add(name)
                report(f"{name} ready")
        return status == 200

    def _health(self) -> tuple[int, dict[str, Any]]:
        # The standard library's client is imported in a tenth of the time of httpx.
        with closing(HTTPConnection("127.0.0.1", self._settings.port, timeout=READY_SECONDS)) as connection:
            connection.request("GET", HEALTH_PATH)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())["services"]


def _silent(_line: str) -> None:
    """Report nothing."""


@contextmanager
def _only_one(state_dir: StateDir) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            lock = stack.enter_context((state_dir.path / "mesh.lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartRefused(
                f"a mesh runs in {state_dir.path} already: stop it or set I247_HOME to another"
            ) from error
        except OSError as error:
            raise unwritable(error) from error
        yield
