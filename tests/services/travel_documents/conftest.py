"""The application of travel documents."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import travel_documents
from shared.clock import FixedClock
from tests.conftest import client_of
from tests.support import ServiceClient


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(travel_documents.SERVICE, tmp_path, clock) as client:
        yield client
