"""Fixtures for traces: a mesh in memory with the mailboxes of all bureaus of a trace."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.gateway.mesh import Mesh
from tests.gateway.traces.actors import Bureau


@pytest.fixture
async def gateway(mesh: Mesh) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway that handles the mail of all bureaus."""
    async with mesh.handling_mail() as client:
        yield client


@pytest.fixture
def france(gateway: httpx.AsyncClient, mesh: Mesh) -> Bureau:
    """Return an officer of France, who has the firearm and asks."""
    return Bureau(gateway, mesh, "FR")


@pytest.fixture
def germany(gateway: httpx.AsyncClient, mesh: Mesh) -> Bureau:
    """Return an officer of Germany, where it was made."""
    return Bureau(gateway, mesh, "DE")


@pytest.fixture
def kenya(gateway: httpx.AsyncClient, mesh: Mesh) -> Bureau:
    """Return an officer of Kenya, to which it was exported, or which is no party."""
    return Bureau(gateway, mesh, "KE")
