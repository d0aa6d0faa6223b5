"""Fixtures of the public notices API."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from shared.clock import FixedClock
from tests.gateway.mesh import Mesh
from tests.gateway.public_notices.world import PublicWorld


@pytest.fixture
async def world(mesh: Mesh, clock: FixedClock, tmp_path: Path) -> AsyncIterator[PublicWorld]:
    async with AsyncExitStack() as stack:
        world = PublicWorld(mesh, clock)
        await world.start(tmp_path, stack)
        yield world


@pytest.fixture
async def anyone(world: PublicWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield client
