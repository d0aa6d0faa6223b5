"""The NATS server of a mesh: the embedded one as a program to run, or the check that an external one answers."""

import asyncio
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deploy.broker.server_configuration import SERVER_ENVIRONMENT
from deploy.broker.users import is_reachable
from deploy.mesh.processes import Program
from deploy.state.errors import StartRefused
from deploy.state.listener import how_to_free
from deploy.state.setting_types import CLUSTER
from deploy.state.settings import ROUTE_PORT_AFTER, Settings
from deploy.state.state_dir import StateDir, nats_server_name

START_SECONDS: Final = 10.0
SAID_AFTER_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.05
# All clients have disconnected by then and everything is written. A graceful stop takes 10 ms for each consumer.
STOP_SECONDS: Final = 0.5


def nats_programs(settings: Settings, state_dir: StateDir) -> list[Program]:
    """Return the embedded NATS servers. Raises StartRefused if they are not installed or a port is in use."""
    routes = [port + ROUTE_PORT_AFTER for port in settings.nats_ports if settings.nats_replicas > 1]
    for port in (*settings.nats_ports, *routes):
        _require_free(port)
    _remove_other_stores(settings, state_dir)
    return [_program(state_dir, number) for number in range(1, settings.nats_replicas + 1)]


def _program(state_dir: StateDir, number: int) -> Program:
    name, configuration = nats_server_name(number), state_dir.nats_configuration_of(number).resolve()
    log = state_dir.logs.resolve() / f"{name}.log"
    arguments = [str(broker_binary()), "-c", str(configuration), "--log", str(log)]
    environment = SERVER_ENVIRONMENT | os.environ
    return Program(name, log, STOP_SECONDS, is_broker=True, arguments=arguments, environment=environment)


def _remove_other_stores(settings: Settings, state_dir: StateDir) -> None:
    """Remove what another number of servers stored, which these could not read. Senders still have all of it."""
    stores = {
        state_dir.nats_store_of(number, settings.nats_replicas) for number in range(1, settings.nats_replicas + 1)
    }
    others = {state_dir.nats_store_of(number, servers) for servers in (1, CLUSTER) for number in range(1, servers + 1)}
    for store in others - stores:
        if store.is_symlink():
            # What it leads to is outside the state directory.
            store.unlink()
        elif store.exists():
            shutil.rmtree(store)


def broker_binary() -> Path:
    """Return the NATS server of this environment. Raises StartRefused."""
    installed = Path(sys.executable).parent / "nats-server"
    found = str(installed) if installed.exists() else shutil.which("nats-server")
    if found is None:
        raise StartRefused(
            "nats-server is not in this environment: run `make run`, or set I247_NATS_URL to an external one"
        )
    return Path(found)


async def wait_until_listening(program: Program, port: int) -> None:
    """Wait until an embedded server accepts connections. Raises StartRefused."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if await is_reachable(f"nats://127.0.0.1:{port}"):
            return
        await asyncio.sleep(POLL_SECONDS)
    raise StartRefused(f"the broker did not start: see {program.log}")


async def require_broker(url: str, report: Callable[[str], None]) -> None:
    """Make sure that an external broker accepts connections, and say so if that takes long. Raises StartRefused."""
    waiting = f"no broker answers at {url} yet: waiting up to {START_SECONDS:.0f} s"
    said = asyncio.get_running_loop().call_later(SAID_AFTER_SECONDS, report, waiting)
    try:
        if await is_reachable(url, START_SECONDS):
            return
    finally:
        said.cancel()
    raise StartRefused(f"no broker answers at {url}: start it, or set I247_NATS_URL to another")


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            what_to_do = how_to_free(port, "I247_NATS_PORT")
            raise StartRefused(f"port {port} for the broker is in use: {what_to_do}") from error
