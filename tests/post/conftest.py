"""A bureau with a post, and stolen vehicles in a service that runs in this process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.stolen_vehicles import SERVICE
from shared.clock import FixedClock
from shared.service import Context
from tests.conftest import store_of
from tests.post.border import Border, network
from tests.support import ServiceClient


@pytest.fixture
async def border(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Border]:
    book = network()
    async with store_of(SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as database:
        app = SERVICE.create_app(Context(database, clock, directory=book))
        yield Border(ServiceClient(SERVICE, app), book, clock, tmp_path)
