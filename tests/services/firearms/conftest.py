"""The application of firearms."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import firearms
from shared.clock import FixedClock
from shared.service import Context
from shared.storage import Database
from tests.conftest import store_of
from tests.stores import Tables
from tests.support import ServiceClient


@pytest.fixture
async def service_database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open the store of `service`. `database` is another: one on each kind of database, of the tests of stores."""
    async with store_of(firearms.SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


@pytest.fixture
async def service(service_database: Database, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    app = firearms.SERVICE.create_app(Context(service_database, clock))
    async with app.router.lifespan_context(app):
        yield ServiceClient(firearms.SERVICE, app)


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return firearms.SERVICE
