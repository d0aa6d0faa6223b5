"""A network with one service, whose log is cosigned by witnesses."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.gateway.mesh import Mesh
from tests.gateway.witness.network import Network
from tests.shared.audit.backup import Backup, back_up


@pytest.fixture
async def network(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Network]:
    """Return a network with one service."""
    async with AsyncExitStack() as stack:
        yield await Network.start(mesh, tmp_path, stack)


@pytest.fixture
async def backup(network: Network) -> Backup:
    """Return a backup of three leaves; the log has grown to seven since, which two bureaus saw."""
    await network.grow(3)
    await network.look("DE", "FR")
    backup = await back_up(network.database)
    await network.grow(4)
    await network.look("DE", "FR")
    return backup
