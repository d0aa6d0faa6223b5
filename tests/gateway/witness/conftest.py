"""A network with one service, whose log is cosigned by witnesses."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.gateway.mesh import Mesh
from tests.gateway.witness.network import Network


@pytest.fixture
async def network(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Network]:
    """Return a network with one service."""
    async with AsyncExitStack() as stack:
        yield await Network.start(mesh, tmp_path, stack)
