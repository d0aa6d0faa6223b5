"""A NATS server of the test run, configured as the mesh configures its own; it ends with the run in any case."""

import asyncio
import ctypes
import json
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

from deploy.broker.admission import admission
from deploy.broker.nkeys import issuer_nkey, make_nkey, public_nkey
from deploy.broker.permissions import BROKER_ACCOUNT
from deploy.broker.server_configuration import Listener, ListenerTls
from deploy.mesh.nats_server import broker_binary
from deploy.provisioning.provision import Provisioner
from deploy.state.state_dir import StateDir
from shared.bureaus import PARTICIPATING, BureauCode
from shared.clock import Clock, SystemClock
from shared.logs import Log
from shared.protocol.directory import Directory
from shared.rpc.keyring import KeyRing
from shared.rpc.participant import Participant
from shared.service import Service
from shared.transport import DEFAULT_QUOTAS
from shared.transport.nats import Broker, NatsTransport
from shared.transport.nats.relay import Relay
from shared.transport.subjects import BROKER_RELAY
from shared.transport.tls_files import SERVER, TlsFiles

MEMBERS = tuple(map(BureauCode, ("FR", "DE", "KE")))
START_WAIT_SECONDS = 10
# Not a user of a mesh: it has the permissions that the operator lacks, as a holder of the broker's machine would.
TESTER = "tester"
PR_SET_PDEATHSIG = 1
RELOADED = "Reloaded server configuration"
# The modules are imported once, and not for each server of the run.
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["deploy.mesh.preloaded", "tests.broker"])


# The broker and the directory need only the name of a service.
SERVICES = tuple(Service("tests", name, "A service for tests.") for name in ("notices", "fingerprints"))


class NatsServer:
    """A server with its members' keys; it can be killed and started again on the same port."""

    def __init__(self, home: StateDir, directory: Directory, configuration: Path, port: int) -> None:
        self.home = home
        self.directory = directory
        self.url = f"nats://127.0.0.1:{port}"
        self.quotas = DEFAULT_QUOTAS
        self.tls: TlsFiles | None = None
        """The certificate files of the participants, if the server uses TLS."""

        self._port = port
        self.configuration = configuration
        self._log = configuration.with_suffix(".log")
        self._process: subprocess.Popen[bytes]
        self._relay: BaseProcess

    def start(self) -> None:
        """Start it, and return when it listens. Raises RuntimeError with the server's log if it cannot."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [broker_binary(), "-c", self.configuration],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_the_run,  # noqa: PLW1509 - no test starts it while threads run
            )
        self._wait(self._listens)

    def kill(self) -> None:
        """Kill it at once, as a power failure would."""
        self._process.kill()
        self._process.wait()

    def start_relay(self) -> None:
        """Run a relay for it, which reconnects whenever the server is restarted; return when it serves."""
        log = self.configuration.with_name("relay.log")
        services = {entry.participant for entry in self.directory.entries() if entry.kind == "service"}
        ready, seed = _FORKED.Event(), self.seed(BROKER_RELAY)
        admits = None if self.tls is None else self.home.path
        self._relay = _FORKED.Process(
            target=_run_relay, args=(self.broker(), seed, log, services, ready, admits), daemon=True
        )
        self._relay.start()
        if not ready.wait(START_WAIT_SECONDS):
            raise RuntimeError(f"the relay does not work: {log.read_text()}")

    def kill_relay(self) -> None:
        """Kill the relay at once."""
        self._relay.kill()
        self._relay.join()

    def pause(self) -> None:
        """Stop it from receiving and sending, as when the network fails, until it is resumed or killed."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it continue after a pause."""
        self._process.send_signal(signal.SIGCONT)

    def lose_store(self) -> None:
        """Delete everything in JetStream, as when its disk is replaced. It must not be running."""
        shutil.rmtree(self.configuration.parent / "jetstream")

    def reconfigure(self, change: Callable[[str], str]) -> None:
        """Change its configuration, and return when that is in force. Raises RuntimeError if it is not in time."""
        self.configuration.write_text(change(self.configuration.read_text()))
        done = self._log.read_text().count(RELOADED)
        self._process.send_signal(signal.SIGHUP)
        self._wait(lambda: self._log.read_text().count(RELOADED) > done)

    def broker(self) -> Broker:
        """Return its address, with TLS files and quotas."""
        return Broker(self.url, self.tls, quotas=self.quotas)

    def seed(self, name: str) -> str:
        """Return the NKEY seed of a participant or of the operator."""
        return self.home.nats_seed(name).read_text()

    async def connect(self, name: str, log: Log | None = None) -> NatsTransport:
        """Connect a participant with its own NKEY."""
        return await NatsTransport.connect(
            self.broker(), name, lambda: self.seed(name), log or Log(name, level="error")
        )

    async def participant(self, name: str, clock: Clock | None = None) -> Participant:
        """Return a connected participant."""
        clock, log = clock or SystemClock(), Log(name, level="error")
        keys = KeyRing(name, self.directory, clock, lambda: self.home.keys_of(name))
        return Participant(name, keys, self.directory, await self.connect(name, log), clock, log)

    def _wait(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_WAIT_SECONDS
        while not done():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nats-server does not work: {self._log.read_text()}")
            time.sleep(0.005)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def running_nats(folder: Path) -> Iterator[NatsServer]:
    """Run a server for a mesh of three bureaus and two services, provisioned in a folder, until the block ends."""
    home = StateDir(folder / "home")
    home.open()
    directory = Provisioner(home, SystemClock()).provision(MEMBERS, SERVICES)
    with another_nats(home, directory, folder) as server:
        yield server


@contextmanager
def another_nats(
    home: StateDir, directory: Directory, folder: Path, certificates: TlsFiles | None = None
) -> Iterator[NatsServer]:
    """Run a separate server for a mesh that is already provisioned, until the block ends.

    With `certificates` it uses TLS: its own and those of its participants, whose names replace `{participant}`.
    """
    port = free_port()
    tls = certificates and ListenerTls(certificates.of(SERVER), issuer_nkey(home))
    listener = Listener("127.0.0.1", port, folder / "jetstream", tls or None)
    Provisioner(home, SystemClock()).configure_broker(directory, listener)
    configuration = home.nats_configuration.rename(folder / "nats-server.conf")
    configuration.write_text(with_tester(home, configuration.read_text()))
    server = NatsServer(home, directory, configuration, port)
    if certificates:
        server.tls, server.url = certificates, f"tls://127.0.0.1:{port}"
        home.nats_configuration.symlink_to(configuration)
    server.start()
    server.start_relay()
    try:
        yield server
    finally:
        server.kill_relay()
        server.kill()


def _run_relay(broker: Broker, seed: str, log: Path, services: set[str], ready: Event, admits: Path | None) -> None:
    _end_with_the_run()

    async def serve() -> None:
        relay = await Relay.connect(broker, lambda: seed, Log(BROKER_RELAY))
        if admits is not None:
            await relay.admit_by(admission(StateDir(admits)))
        await relay.admit(PARTICIPATING, services)
        ready.set()
        await asyncio.Event().wait()

    with log.open("ab") as output:
        os.dup2(output.fileno(), 2)
    asyncio.run(serve())


def with_tester(home: StateDir, text: str) -> str:
    """Return a configuration whose broker account has the additional user `TESTER` with all permissions."""
    if not home.nats_seed(TESTER).exists():
        make_nkey(home, TESTER)
    configuration = json.loads(text)
    configuration["accounts"][BROKER_ACCOUNT]["users"].append({"nkey": public_nkey(home.nats_seed(TESTER))})
    return json.dumps(configuration)


def free_port() -> int:
    """Return a port of this machine that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_ports(count: int) -> int:
    """Return the first of several ports of this machine in a row that are not in use."""
    while True:
        first = free_port()
        with ExitStack() as stack, suppress(OSError, OverflowError):
            for port in range(first, first + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first


def _end_with_the_run() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
