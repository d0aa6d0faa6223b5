"""Fixtures for the search: an officer of France who enters records over the API."""

from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest

from gateway.edge.declared_answers import operations_of
from services import SERVICES
from tests.gateway.checks.officers import Officer
from tests.gateway.mesh import Mesh

ID: Final = "0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"


@pytest.fixture
async def france(gateway: httpx.ASGITransport, started: Mesh) -> AsyncIterator[Officer]:
    """Return an officer who enters records over the API."""
    for service in SERVICES:
        # As a gateway does soon after its start: otherwise the first search waits for it.
        operations_of(service)
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        yield Officer(client, started, "FR")
