"""Fixtures for data subject requests: a mesh with one service, whose notifications reach all mailboxes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.gateway.mesh import Mesh, client_of
from tests.gateway.subject_requests.commission import SERVICE, Network


@pytest.fixture
async def network(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Network]:
    """Return a mesh with the service of missing persons."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mesh.handling_mail())
        service = await mesh.start(SERVICE, tmp_path, stack, number=100)
        client = await stack.enter_async_context(client_of(mesh.gateway(SERVICE)))
        yield Network(mesh, client, service)
