"""The NATS servers of a mesh with a cluster, as its operator sees them."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.system.mesh import RunningMesh

WAIT_SECONDS = 120
POLL_SECONDS = 0.1
PORTS = 6
"""How many ports in a row a cluster uses: three for participants, and then three for its servers."""


def servers_of(mesh: RunningMesh) -> dict[str, dict[str, Any]]:
    """Return what `i247 status` says of each server."""
    return {each["name"]: each for each in json.loads(mesh.i247("status", "--json").stdout)["servers"]}


def all_up(mesh: RunningMesh) -> bool:
    """Return whether all servers have everything that the others have."""
    return {each["state"] for each in servers_of(mesh).values()} == {"up"}


def until(done: Callable[[], object], what: str) -> None:
    """Wait for a condition. Fails on a timeout."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not done():
        assert time.monotonic() < deadline, f"still not: {what}"
        time.sleep(POLL_SECONDS)
