"""A network with the one service that a test is about."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shared.clock import FixedClock
from shared.service import Service
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.records.matching_network import Network
from tests.services.fingerprints.samples import KnownPrints


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Service:
    """Return the service that a test is about."""
    named: Service = request.param
    return named


@pytest.fixture
async def network(
    service: Service, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Network]:
    # The fake reader takes each image for the name of a print.
    monkeypatch.setattr("services.fingerprints.app.PrintReader", lambda _: KnownPrints())
    async with AsyncExitStack() as stack:
        mesh = Mesh(clock)
        await mesh.start(service, tmp_path, stack, number=100)
        yield Network(service, mesh, await stack.enter_async_context(client_of(mesh.gateway(service))))
