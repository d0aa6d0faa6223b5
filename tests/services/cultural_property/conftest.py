"""The application of cultural property."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import cultural_property
from shared.clock import FixedClock
from shared.service import Context
from shared.storage import Database
from tests.conftest import store_of
from tests.stores import Tables
from tests.support import ServiceClient


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return cultural_property.SERVICE


@pytest.fixture
async def service_database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open the store of `service`. `database` is another: one on each kind of database, of the tests of stores."""
    async with store_of(cultural_property.SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


@pytest.fixture
async def service(service_database: Database, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    app = cultural_property.SERVICE.create_app(Context(service_database, clock))
    async with app.router.lifespan_context(app):
        yield ServiceClient(cultural_property.SERVICE, app)
