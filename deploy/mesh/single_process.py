"""Runs one process of a mesh that was started alone, as on a machine of its own, and says what it joins."""

import asyncio
import socket
from collections.abc import Sequence

from deploy.mesh.one_process import run_process
from deploy.mesh.service_names import find_service
from deploy.state.clock import require_clock
from deploy.state.databases import ServerNotReached, require_databases
from deploy.state.errors import tell
from deploy.state.running import MESH, announced, running_in
from deploy.state.sandbox import require_folder_of_kind, require_sandbox
from deploy.state.settings import MAILBOXES, Settings


def run_single(options: Sequence[str], settings: Settings, listening: socket.socket | None = None) -> None:
    """Run what these options of `i247 up` name until SIGINT or SIGTERM. Raises StartRefused."""
    require_sandbox(settings.state_dir, settings)
    require_folder_of_kind(settings.state_dir)
    require_clock(settings.state_dir, settings)
    name = options[-1].removeprefix("--")
    asyncio.run(_require_store(options, settings))
    if any(one.what == MESH for one in running_in(settings.state_dir)):
        tell(f"joins the mesh that runs in {settings.state_dir.path} as a further process of {name}")
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
        tell(f"{absent}: the gateway opens the mailboxes when it can")
