"""The whole mesh on this machine: broker, services and gateway, each a process, started with one command."""

import asyncio
import fcntl
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from deploy.clock import begin_clock, clock_of
from deploy.home import Home, StartRefused, added_bureaus
from deploy.permissions import Listener
from deploy.processes import Command, Supervisor
from deploy.provision import Provisioner
from shared.bureaus import SECRETARIAT
from shared.logs import Log
from shared.service import HEALTH_PATH, Service
from shared.settings import Settings

if TYPE_CHECKING:
    from httpx import AsyncClient

READY_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05
BROKER_SECONDS: Final = 10.0


class Mesh:
    """One mesh on this machine, from its first start to its end."""

    def __init__(
        self,
        services: tuple[Service, ...],
        settings: Settings,
        *,
        beside: tuple[Service, ...] = (),
        out: TextIO = sys.stdout,
    ) -> None:
        """`beside` is what the gateway does itself, and officers need scopes for."""
        self._services = services
        self._beside = beside
        self._settings = settings
        self._home = Home(settings.home)
        self._out = out
        self._started = time.monotonic()

    async def run(self) -> None:
        """Start everything and keep it running until cancelled. Raises StartRefused."""
        self._home.open()
        with _only_one(self._home):
            begin_clock(self._home, self._settings)
            with listen(self._settings) as listening:
                await self._run(listening)

    async def _run(self, listening: socket.socket) -> None:
        supervisor = Supervisor(Log("supervisor", level=self._settings.log_level, clock=clock_of(self._home)))
        try:
            await self._start(supervisor, listening)
            self._say_where()
            raise StartRefused(await supervisor.refused)
        finally:
            await supervisor.stop()
            self._say("stopped")

    async def _start(self, supervisor: Supervisor, listening: socket.socket) -> None:
        await asyncio.to_thread(self.provision)
        if self._settings.nats_url is None:
            await supervisor.start(self._broker())
            await self._until_broker_listens()
        for command in self._commands(listening):
            await supervisor.start(command)
        await self._until_ready(supervisor)

    def provision(self) -> None:
        """Make keys, directory and broker settings, where they are missing. Raises StartRefused."""
        provisioner = Provisioner(self._home, clock_of(self._home))
        try:
            members = tuple(dict.fromkeys((*self._settings.bureaus, *added_bureaus(self._home))))
            directory = provisioner.provision(members, self._services, self._beside)
            provisioner.configure_broker(directory, self._broker_listener())
        except OSError as error:
            raise StartRefused(_unwritable(error)) from error
        self._say(f"provisioned {len(members)} bureaus and {SECRETARIAT} in {self._home.path}")

    def _broker_listener(self) -> Listener:
        settings = self._settings
        return Listener(
            host=settings.nats_host,
            port=settings.embedded_nats_port,
            store=self._home.path.resolve() / "jetstream",
            certificate=settings.nats_certificate,
            key=settings.nats_key,
            ca=settings.nats_ca,
            quotas=settings.broker_quotas,
        )

    def _broker(self) -> Command:
        _require_free(self._settings.embedded_nats_port, "I247_NATS_PORT")
        arguments = [str(broker_binary()), "-c", str(self._home.nats_configuration.resolve())]
        return Command("nats-server", arguments, self._home.logs / "nats-server.log")

    def _commands(self, listening: socket.socket) -> Iterator[Command]:
        descriptor = listening.fileno()
        for worker in range(self._settings.gateway_workers):
            yield self._part("gateway", worker, ["--gateway", "--listen-fd", str(descriptor)], (descriptor,))
        for worker in range(self._settings.workers):
            for service in self._services:
                yield self._part(service.name, worker, ["--service", service.name])

    def _part(self, name: str, worker: int, options: list[str], descriptors: tuple[int, ...] = ()) -> Command:
        label = name if worker == 0 else f"{name}-{worker + 1}"
        arguments = [sys.executable, "-m", "deploy.cli", "up", *options]
        return Command(label, arguments, self._home.logs / f"{label}.log", self._environment(), descriptors)

    def _environment(self) -> dict[str, str]:
        project = str(Path(__file__).parent.parent)
        given = self._settings.model_dump(mode="json", exclude_none=True)
        given |= {"home": str(self._home.path.resolve()), "bureaus": ",".join(self._settings.bureaus)}
        given["nats_url"] = self._settings.broker_url
        paths = os.pathsep.join(filter(None, (project, os.environ.get("PYTHONPATH"))))
        return {f"I247_{name.upper()}": str(value) for name, value in given.items()} | {"PYTHONPATH": paths}

    async def _until_broker_listens(self) -> None:
        deadline = time.monotonic() + BROKER_SECONDS
        while time.monotonic() < deadline:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._settings.embedded_nats_port)
            except OSError:
                await asyncio.sleep(POLL_SECONDS)
                continue
            writer.close()
            self._say("broker ready")
            return
        raise StartRefused(f"the broker did not start: {self._home.logs / 'nats-server.log'} says why")

    async def _until_ready(self, supervisor: Supervisor) -> None:
        import httpx

        url, seen = f"http://127.0.0.1:{self._settings.port}{HEALTH_PATH}", set[str]()
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient() as client:
            while time.monotonic() < deadline:
                if supervisor.refused.done():
                    raise StartRefused(supervisor.refused.result())
                if await self._is_ready(client, url, seen):
                    return
                await asyncio.sleep(POLL_SECONDS)
        raise StartRefused(f"the mesh is not ready after {READY_SECONDS:.0f} s: the files in {self._home.logs} say why")

    async def _is_ready(self, client: "AsyncClient", url: str, seen: set[str]) -> bool:
        from httpx import HTTPError

        try:
            answer = await client.get(url, timeout=READY_SECONDS)
            services = answer.json()["services"]
        except (HTTPError, ValueError, KeyError):
            return False
        for name, health in services.items():
            if health["status"] == "up" and name not in seen:
                seen.add(name)
                self._say(f"{name} ready")
        return answer.status_code == 200

    def _say_where(self) -> None:
        base = f"http://{self._settings.host}:{self._settings.port}"
        example = next(iter(self._settings.bureaus), SECRETARIAT)
        self._say("ready")
        command = sys.argv[0] if Path(sys.argv[0]).name == "i247" else "i247"
        lines = (
            f"gateway    {base}",
            f"documents  {base}/docs",
            f"broker     {self._settings.broker_url}",
            f"state      {self._home.path}  (logs in {self._home.logs})",
            f"bureaus    {', '.join(self._settings.bureaus[:12])}{', ...' if len(self._settings.bureaus) > 12 else ''}",
            f"a token    {command} token {example}",
            f"a login    {command} officer {example}",
            f"the story  {command} demo",
            "stop       Ctrl-C",
        )
        print("\n" + "\n".join(f"  {line}" for line in lines) + "\n", file=self._out, flush=True)

    def _say(self, what: str) -> None:
        print(f"[{time.monotonic() - self._started:6.2f} s] {what}", file=self._out, flush=True)


def broker_binary() -> Path:
    """Return the NATS server of this environment. Raises StartRefused."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise StartRefused(
            "nats-server is not in this environment: run `make run`, or set I247_NATS_URL to an outside one"
        )
    return Path(found)


@contextmanager
def _only_one(home: Home) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            lock = stack.enter_context((home.path / "lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartRefused(f"a mesh runs in {home.path} already: stop it or set I247_HOME to another") from error
        except OSError as error:
            raise StartRefused(_unwritable(error)) from error
        yield


def _unwritable(error: OSError) -> str:
    file = error.filename2 or error.filename
    return f"{file} cannot be written ({error.strerror}): restore it or set I247_HOME to another directory"


def listen(settings: Settings) -> socket.socket:
    """Return the socket on which the gateway listens. Raises StartRefused."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise StartRefused(
            f"port {settings.port} of {settings.host} cannot be used ({error.strerror}): free it or set I247_PORT"
        ) from error
    return listening


def _require_free(port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StartRefused(f"port {port} for the broker is in use: free it or set {setting}") from error
