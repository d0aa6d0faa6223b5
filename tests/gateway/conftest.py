"""Fixtures for the gateway: the real services behind it, or a fake service with configurable answers.

Everything runs in one process, on a broker in memory that lets each participant send only in its own name, and with a
clock that stands still until a test advances it.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import SERVICES
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.service import Service
from tests.gateway.fake_service import Echo, FakeService
from tests.gateway.http_server import serving
from tests.gateway.mesh import Mesh, client_of


@pytest.fixture
def mesh(clock: FixedClock, tmp_path: Path) -> Mesh:
    """Return bureaus without a service; their mailboxes are created on first use."""
    return Mesh(clock, tmp_path)


@pytest.fixture
async def started(mesh: Mesh, tmp_path: Path) -> AsyncIterator[Mesh]:
    """Start the real services, each with its own store."""
    async with AsyncExitStack() as stack:
        for number, service in enumerate(SERVICES, start=100):
            await mesh.start(service, tmp_path, stack, number=number)
        yield mesh


@pytest.fixture
async def client(started: Mesh) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway with the real services."""
    async with client_of(started.gateway(*SERVICES)) as client:
        yield client


@pytest.fixture
def echo() -> Service:
    """Return the fake service."""
    return FakeService()


@pytest.fixture
async def application(mesh: Mesh, echo: Service) -> Echo:
    """Start the fake service, and return its application."""
    application = Echo()
    await mesh.serve(echo, application)
    return application


@pytest.fixture
async def caller(mesh: Mesh, echo: Service, application: Echo) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway with the fake service, with a token of France."""
    async with client_of(mesh.gateway(echo)) as client:
        client.headers.update(mesh.bearer("FR", *echo.scopes))
        yield client


@pytest.fixture
async def port(mesh: Mesh, echo: Service, application: Echo) -> AsyncIterator[int]:
    """Run a gateway with the fake service as a real server, and return its port."""
    async with serving(mesh, mesh.gateway(echo)) as port:
        yield port


@pytest.fixture
def claims(clock: FixedClock, mesh: Mesh) -> dict[str, Any]:
    at = int(clock.now().timestamp())
    session = mesh.accounts_at.log_in("fr.officer", BureauCode("FR"), ("echo:read", "echo:write")).session
    assert session is not None
    return {
        "iss": f"urn:i247:gateway:{mesh.token_key.kid}",
        "aud": "urn:i247:bureau:FR",
        "sub": "fr.officer",
        "sid": session.id,
        "scope": "echo:read",
        "purpose": "security-check",
        "iat": at,
        "exp": at + 600,
    }
