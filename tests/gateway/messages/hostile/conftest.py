"""Fixtures for hostile posts to Germany, which alone has a gateway here."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import Officer
from tests.gateway.messages.raw_messages import post, sealed


@pytest.fixture
async def gateway(mesh: Mesh) -> AsyncIterator[httpx.AsyncClient]:
    """Handle the mail of Germany alone."""
    async with mesh.handling_mail("DE") as client:
        yield client


@pytest.fixture(autouse=True)
async def _never_a_crash(mesh: Mesh, germany: Officer) -> AsyncIterator[None]:
    """After each test a valid message is still received, and no failure was logged."""
    yield
    good = sealed(mesh)
    await post(mesh, good, "routine")
    await germany.receives(good.head.id)
    assert [line for line in mesh.written.getvalue().splitlines() if b"-failed" in line] == []
