"""Fixtures for explanations: the gateway of a sandbox, in a mesh in memory."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import httpx
import pytest

from gateway.sandbox.sandbox import Sandbox
from services import stolen_vehicles
from shared.clock import FixedClock
from shared.sandbox.faults import Faults
from shared.service import in_sandbox
from tests.gateway.mesh import Mesh, client_of

[VEHICLES] = in_sandbox([stolen_vehicles.SERVICE])
SEARCH: Final = "/api/stolen-vehicles/search"


def sandbox_in(folder: Path, clock: FixedClock) -> Sandbox:
    """Return a sandbox that keeps its files in a folder, without faults and counterparts."""
    faults = Faults(folder, clock)
    return cast(
        "Sandbox", SimpleNamespace(folder=folder, clock=clock, faults=faults, counterparts=None, conditions=None)
    )


@pytest.fixture
async def client(mesh: Mesh, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the gateway of a sandbox with the stolen vehicles."""
    async with AsyncExitStack() as stack:
        await mesh.start(VEHICLES, tmp_path, stack, number=100)
        gateway = mesh.gateway(VEHICLES, sandbox=sandbox_in(tmp_path, mesh.clock))
        await stack.enter_async_context(mesh.handling_mail())
        yield await stack.enter_async_context(client_of(gateway))


class Officer:
    """An officer of a bureau at the gateway of a sandbox."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request."""
        return await self._client.request(
            method, path, headers={**self._headers, **options.pop("headers", {})}, **options
        )

    async def explain(self, asked: str) -> Any:
        """Return the explanation of a request."""
        answer = await self.ask("GET", f"/sandbox/explain/{asked}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def france(client: httpx.AsyncClient, mesh: Mesh) -> Officer:
    """Return an officer of France, who may read and enter vehicles."""
    return Officer(client, mesh.bearer("FR", *VEHICLES.scopes))


@pytest.fixture
def germany(client: httpx.AsyncClient, mesh: Mesh) -> Officer:
    """Return an officer of Germany, who may read and enter vehicles."""
    return Officer(client, mesh.bearer("DE", *VEHICLES.scopes))
