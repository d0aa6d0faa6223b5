"""Fixtures for all layers.

Fakes obey the contract of the real thing; a broker or a database that cannot start is a failure, never a skip. Each
test has a store of its own; the servers of PostgreSQL and NATS are started once for the whole run.
"""

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from shared.clock import FixedClock
from shared.migrations import upgrade
from shared.service import Context, Service
from shared.storage import Database, open_database
from tests.broker import NatsServer, running_nats
from tests.postgres import PostgresServer, running_postgres
from tests.support import ServiceClient

# How long one example takes says more about the machine than about the code. Every run draws the same examples, so that
# one is good or bad for what was changed; `--hypothesis-profile=explore` draws others.
settings.register_profile("i247", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("i247")


def pytest_configure() -> None:
    """End as on Ctrl-C when told to terminate, so that whatever was started is stopped and cleared away."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


# One test of these takes up to a minute: what starts last is waited for with one core at work.
FIRST = ("tests/faults/", "tests/system/", "tests/interop/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the layers that run whole networks."""
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands at noon of 1 June 2026 until it is advanced."""
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Run a PostgreSQL server for the whole run, once a test asks for it."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """Run a NATS server with three bureaus and two services for the whole run, once a test asks for it."""
    with running_nats(tmp_path_factory.mktemp("mesh")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a test an empty database of its own, and run it once for each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open the empty database."""
    opened = open_database(database_url)
    yield opened
    await opened.close()


@asynccontextmanager
async def store_of(service: Service, url: str) -> AsyncIterator[Database]:
    """Open a store with the tables of a service."""
    database = open_database(url)
    try:
        await upgrade(database, service.migrations)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def client_of(service: Service, folder: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    """Run a service's application on a store of its own."""
    async with store_of(service, f"sqlite:///{folder / service.name}.db") as database:
        app = service.create_app(Context(database, clock))
        async with app.router.lifespan_context(app):
            yield ServiceClient(service, app)
