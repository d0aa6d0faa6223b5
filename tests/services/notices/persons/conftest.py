"""The application of notices."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import notices
from shared.clock import FixedClock
from tests.conftest import client_of
from tests.support import ServiceClient


@pytest.fixture
async def service(tmp_path: Path, clock: FixedClock) -> AsyncIterator[ServiceClient]:
    async with client_of(notices.SERVICE, tmp_path, clock) as client:
        yield client
