"""A network with the one service that a test is about, and a record of every kind."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shared.clock import FixedClock
from shared.service import Context, Service
from shared.storage import open_database
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.records.every_kind import Filled, Kind, Records, fill
from tests.gateway.records.matching_network import Network
from tests.services.fingerprints.samples import KnownPrints
from tests.support import ServiceClient

# Of a photograph.
BODY_LIMIT = 400_000


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
        gateway = mesh.gateway(service, body_limit=BODY_LIMIT)
        yield Network(service, mesh, await stack.enter_async_context(client_of(gateway)))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Return an empty collection of filled stores."""
    return Filled(tmp_path_factory.mktemp("filled"))


@pytest.fixture
async def records(kind: Kind, tmp_path: Path, clock: FixedClock, filled: Filled) -> AsyncIterator[Records]:
    record = await fill(kind, tmp_path / "store.db", filled)
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    app = kind.service.create_app(Context(database, clock))
    async with app.router.lifespan_context(app):
        yield Records(kind, ServiceClient(kind.service, app), database, record)
    await database.close()
