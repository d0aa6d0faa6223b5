"""Fixtures for webhooks: a mesh whose webhooks may go to loopback, and a real target there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.clock import FixedClock
from tests.gateway.messages.webhooks.mesh import HookedMesh
from tests.gateway.messages.webhooks.receiver import Receiver, receiving


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock fixed at the present time, which the verifier of signatures uses."""
    return FixedClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def mesh(clock: FixedClock, tmp_path: Path) -> HookedMesh:
    """Return a mesh whose webhooks may go to loopback."""
    return HookedMesh(clock, tmp_path)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Run a target."""
    async with receiving() as receiver:
        yield receiver
