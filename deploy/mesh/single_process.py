"""Runs one process of a mesh that was started alone, as on a machine of its own, and says what it waits for."""

import asyncio
import socket
import sys
from collections.abc import Sequence

from deploy.broker.users import is_reachable
from deploy.mesh.one_process import run_process
from deploy.mesh.service_names import find_service
from deploy.state.databases import ServerNotReached, require_databases
from deploy.state.errors import ERROR_PREFIX
from deploy.state.running import MESH, announced, running_in
from deploy.state.settings import MAILBOXES, Settings
from shared.transport.nats.client import FIRST_CONNECT_SECONDS


def run_single(options: Sequence[str], settings: Settings, listening: socket.socket | None = None) -> None:
    """Run what these options of `i247 up` name until SIGINT or SIGTERM. Raises StartRefused."""
    name = options[-1].removeprefix("--")
    asyncio.run(_require_store(options, settings))
    if any(one.what == MESH for one in running_in(settings.state_dir)):
        _say(f"joins the mesh that runs in {settings.state_dir.path} as a further process of {name}")
    if not asyncio.run(is_reachable(settings.broker_url)):
        _say(f"no broker answers at {settings.broker_url}: {_patience(name)}")
    with announced(settings.state_dir, name) as announcement:
        announcement.write(settings)
        run_process(options, settings, listening)


async def _require_store(options: Sequence[str], settings: Settings) -> None:
    """Make sure that the database server of a service answers. A gateway serves what needs none until it does."""
    try:
        match options:
            case ["--service", name]:
                await require_databases(settings, [find_service(name).name], reached=True)
            case ["--gateway"]:
                await require_databases(settings, [MAILBOXES], reached=True)
    except ServerNotReached as absent:
        if options != ["--gateway"]:
            raise
        _say(f"{absent}: the gateway opens the mailboxes when it can")


def _patience(name: str) -> str:
    """Return how long a process waits for the broker at its start."""
    if name == "gateway":
        return f"the gateway waits up to {FIRST_CONNECT_SECONDS:.0f} s for one, and then serves what needs none"
    return f"{name} waits up to {FIRST_CONNECT_SECONDS:.0f} s for one"


def _say(what: str) -> None:
    print(f"{ERROR_PREFIX}{what}", file=sys.stderr, flush=True)
