"""A network whose logs have some leaves."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.gateway.audit.network import SERVICES, VEHICLES, Network
from tests.gateway.mesh import Mesh, client_of
from tests.services.stolen_vehicles.samples import ALFA


@pytest.fixture
async def network(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Network]:
    """Return a network in which France entered a vehicle, and Germany searched for it and listed notices."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mesh.handling_mail())
        serving = {
            service.name: await mesh.start(service, tmp_path, stack, number=number)
            for number, service in enumerate(SERVICES, start=100)
        }
        network = Network(mesh, await stack.enter_async_context(client_of(mesh.gateway(*SERVICES))), serving)
        await network.ask("FR", "POST", VEHICLES, json=ALFA)
        await network.ask("DE", "GET", "/api/notices")
        await network.ask("DE", "GET", f"{VEHICLES}/search", params={"vin": ALFA["vin"]})
        await network.ask("KE", "GET", "/api/notices")
        yield network
