"""The whole mesh on this machine: broker, services and gateway, each a process, started with one command."""

import asyncio
import fcntl
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import urlsplit

from deploy.broker.issuer import issuer_nkey
from deploy.broker.permissions import SERVER_ENVIRONMENT, Listener, ListenerTls
from deploy.mesh.forked import Forked, begin_to_import
from deploy.mesh.processes import Program, Supervisor
from deploy.provisioning.provision import Provisioner
from deploy.provisioning.root_key import root_access
from deploy.state.clock import begin_clock, clock_of
from deploy.state.databases import make_databases, require_connections, require_databases
from deploy.state.logs import open_log
from deploy.state.settings import MAILBOXES, MEBIBYTE, Settings
from deploy.state.state_dir import StartRefused, StateDir, added_bureaus, unwritable
from shared.bureaus import SECRETARIAT
from shared.service import HEALTH_PATH, Service
from shared.transport import BROKER_RELAY
from shared.transport.tls_files import SERVER

READY_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05
BROKER_SECONDS: Final = 10.0
# Where the URL of an outside broker names none.
NATS_PORT: Final = 4222
# By then nobody is connected and all is written. Its own way to end takes 10 ms for each consumer, one after the other.
BROKER_STOP_SECONDS: Final = 0.5


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
        self._home = StateDir(settings.home)
        self._out = out
        self._started = time.monotonic()

    async def run(self) -> None:
        """Start everything and keep it running until cancelled. Raises StartRefused."""
        self._home.open()
        with _only_one(self._home):
            begin_clock(self._home, self._settings)
            with listen(self._settings) as listening:
                begin_to_import()
                await self._run(listening)

    async def _run(self, listening: socket.socket) -> None:
        supervisor = Supervisor(open_log("supervisor", self._settings, clock_of(self._home)))
        try:
            await self._start(supervisor, listening)
            self._say_where()
            raise StartRefused(await supervisor.refused)
        finally:
            await supervisor.stop()
            self._say("stopped")

    async def _start(self, supervisor: Supervisor, listening: socket.socket) -> None:
        await asyncio.to_thread(self.provision)
        await require_databases(self._settings, self._database_names(), reached=True)
        processes = self._settings.gateway_workers + self._settings.workers * len(self._services)
        await require_connections(self._settings, self._database_names(), processes)
        if self._settings.nats_url is None:
            await supervisor.start(self._broker())
            await self._until_broker_listens()
        else:
            await _require_broker(self._settings.nats_url)
        await asyncio.gather(*(supervisor.start(part) for part in self._parts(listening)))
        await self._until_ready(supervisor)

    def provision(self, *, secretariat_alone: bool = False) -> None:
        """Make keys, directory and broker settings, where they are missing. Raises StartRefused.

        For the Secretariat alone nobody else's keys are made: they make them on their own machines. Its officers are
        made by people.
        """
        provisioner = Provisioner(self._home, clock_of(self._home), root_access(self._settings))
        try:
            hosted = () if secretariat_alone else (*self._settings.bureaus, *added_bureaus(self._home))
            members = tuple(dict.fromkeys(hosted))
            services = () if secretariat_alone else self._services
            directory = provisioner.provision(members, services, self._beside, logins=not secretariat_alone)
            provisioner.configure_broker(directory, self._broker_listener())
        except OSError as error:
            raise unwritable(error) from error
        self._say(f"provisioned {len(members)} bureaus and {SECRETARIAT} in {self._home.path}")
        for name in provisioner.elsewhere:
            self._say(
                f"no key of {name} is here, so it does not run here; if they are lost: `i247 keys request {name}`"
            )

    async def make_databases(self) -> None:
        """Make the databases that are missing on PostgreSQL. Raises StartRefused."""
        for name in await make_databases(self._settings, self._database_names()):
            self._say(f"made the database {name}")

    def _database_names(self) -> list[str]:
        return [*(service.name for service in self._services), MAILBOXES]

    def _broker_listener(self) -> Listener:
        settings = self._settings
        return Listener(
            host=settings.nats_host,
            port=settings.embedded_nats_port,
            store=self._home.broker.resolve() / "jetstream",
            tls=self._listener_tls(),
            quotas=settings.broker_quotas,
            log_bytes=settings.log_file_mib * MEBIBYTE,
            logs_kept=settings.log_files_kept,
        )

    def _listener_tls(self) -> ListenerTls | None:
        files = self._settings.nats_tls
        return None if files is None else ListenerTls(files.of(SERVER), issuer_nkey(self._home))

    def _broker(self) -> Program:
        _require_free(self._settings.embedded_nats_port, "I247_NATS_PORT")
        log = self._home.logs.resolve() / "nats-server.log"
        arguments = [str(broker_binary()), "-c", str(self._home.nats_configuration.resolve())]
        arguments += ["--log", str(log)]
        environment = SERVER_ENVIRONMENT | os.environ
        return Program("nats-server", log, BROKER_STOP_SECONDS, arguments=arguments, environment=environment)

    def _parts(self, listening: socket.socket) -> Iterator[Forked]:
        yield self._part(BROKER_RELAY, 0, ["--relay"])
        for worker in range(self._settings.gateway_workers):
            yield self._part("gateway", worker, ["--gateway"], listening)
        for worker in range(self._settings.workers):
            for service in self._services:
                yield self._part(service.name, worker, ["--service", service.name])

    def _part(self, name: str, worker: int, options: list[str], listening: socket.socket | None = None) -> Forked:
        label = name if worker == 0 else f"{name}-{worker + 1}"
        log = self._home.logs / f"{label}.log"
        return Forked(
            label,
            log,
            # Where it ends after the services, what is under way there fails.
            asks_others=listening is not None,
            arguments=("up", *options),
            environment=self._environment(log),
            listening=listening,
        )

    def _environment(self, log: Path) -> dict[str, str]:
        project = str(Path(__file__).parents[2])
        given = self._settings.model_dump(mode="json", exclude_none=True)
        given |= {"home": str(self._home.path.resolve()), "nats_url": self._settings.broker_url}
        given |= {"log_file": str(log.resolve())}
        paths = os.pathsep.join(filter(None, (project, os.environ.get("PYTHONPATH"))))
        return {f"I247_{name.upper()}": _in_environment(value) for name, value in given.items()} | {"PYTHONPATH": paths}

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
        seen = set[str]()
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if supervisor.refused.done():
                raise StartRefused(supervisor.refused.result())
            if await self._is_ready(seen):
                return
            await asyncio.sleep(POLL_SECONDS)
        raise StartRefused(f"the mesh is not ready after {READY_SECONDS:.0f} s: the files in {self._home.logs} say why")

    async def _is_ready(self, seen: set[str]) -> bool:
        try:
            status, document = await asyncio.to_thread(self._health)
            services = json.loads(document)["services"]
        except (OSError, HTTPException, ValueError, KeyError):
            return False
        for name, health in services.items():
            if health["status"] == "up" and name not in seen:
                seen.add(name)
                self._say(f"{name} ready")
        return status == 200

    def _health(self) -> tuple[int, bytes]:
        # What the standard library has is imported in a tenth of the time of httpx.
        connection = HTTPConnection("127.0.0.1", self._settings.port, timeout=READY_SECONDS)
        with closing(connection):
            connection.request("GET", HEALTH_PATH)
            answer = connection.getresponse()
            return answer.status, answer.read()

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


def _in_environment(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


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
def _only_one(home: StateDir) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            lock = stack.enter_context((home.path / "lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartRefused(f"a mesh runs in {home.path} already: stop it or set I247_HOME to another") from error
        except OSError as error:
            raise unwritable(error) from error
        yield


def listen(settings: Settings) -> socket.socket:
    """Return the socket on which the gateway listens. Raises StartRefused."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(2048)
    except socket.gaierror as error:
        listening.close()
        raise StartRefused(f"{settings.host} is no address of this machine: set I247_HOST to one") from error
    except OSError as error:
        listening.close()
        raise StartRefused(
            f"port {settings.port} of {settings.host} cannot be used ({error.strerror}): free it or set I247_PORT"
        ) from error
    return listening


async def _require_broker(url: str) -> None:
    where = urlsplit(url)
    try:
        async with asyncio.timeout(BROKER_SECONDS):
            _, writer = await asyncio.open_connection(where.hostname, where.port or NATS_PORT)
    except (OSError, ValueError) as error:
        raise StartRefused(f"no broker answers at {url}: start it, or set I247_NATS_URL to another") from error
    writer.close()


def _require_free(port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StartRefused(f"port {port} for the broker is in use: free it or set {setting}") from error
