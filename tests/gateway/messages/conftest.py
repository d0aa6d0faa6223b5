"""Fixtures for messages: a mesh in memory whose bureaus have mailboxes, and officers at their gateway."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shared.clock import FixedClock
from shared.mailbox.quotas import Quotas
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer
from tests.gateway.messages.quoting import Network, network_of


@pytest.fixture
def quotas() -> Quotas:
    """Return the limits of all mailboxes; modules override them."""
    return Quotas()


@pytest.fixture
def mesh(clock: FixedClock, tmp_path: Path, quotas: Quotas) -> Mesh:
    """Return a mesh whose bureaus have mailboxes."""
    return Mesh(clock, tmp_path, quotas)


@pytest.fixture
async def gateway(mesh: Mesh) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway that handles the mail of all bureaus."""
    async with mesh.handling_mail() as client:
        yield client


@pytest.fixture
def france(gateway: httpx.AsyncClient, mesh: Mesh) -> Officer:
    """Return an officer of France."""
    return Officer(gateway, mesh, "FR")


@pytest.fixture
def germany(gateway: httpx.AsyncClient, mesh: Mesh) -> Officer:
    """Return an officer of Germany."""
    return Officer(gateway, mesh, "DE")


@pytest.fixture
def kenya(gateway: httpx.AsyncClient, mesh: Mesh) -> Officer:
    """Return an officer of Kenya."""
    return Officer(gateway, mesh, "KE")


@pytest.fixture
async def network(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Network]:
    """Yield a network of two services, whose bureaus have mailboxes."""
    async with network_of(mesh, tmp_path) as network:
        yield network
