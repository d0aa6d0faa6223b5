"""Fixtures for hits: a mesh in memory with the mailboxes of owner, finder, another bureau and the Secretariat."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from tests.gateway.accounts import BUREAUS
from tests.gateway.hits.actors import Bureau, Service
from tests.gateway.mesh import Mesh

Pass = Callable[..., Awaitable[None]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have deadline workers run more often than once a second."""
    monkeypatch.setattr("gateway.escalation.worker.EVERY_SECONDS", 0.01)


@pytest.fixture
async def gateway(mesh: Mesh) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway that handles the mail of all bureaus."""
    async with mesh.handling_mail() as client:
        yield client


@pytest.fixture
def france(gateway: httpx.AsyncClient, mesh: Mesh) -> Bureau:
    """Return an officer of France, whose record is found."""
    return Bureau(gateway, mesh, "FR")


@pytest.fixture
def germany(gateway: httpx.AsyncClient, mesh: Mesh) -> Bureau:
    """Return an officer of Germany, who finds it."""
    return Bureau(gateway, mesh, "DE")


@pytest.fixture
def kenya(gateway: httpx.AsyncClient, mesh: Mesh) -> Bureau:
    """Return an officer of Kenya, which is neither owner nor finder."""
    return Bureau(gateway, mesh, "KE")


@pytest.fixture
def secretariat(gateway: httpx.AsyncClient, mesh: Mesh) -> Bureau:
    """Return an officer of the Secretariat."""
    return Bureau(gateway, mesh, "IPSG")


@pytest.fixture
def service(mesh: Mesh) -> Service:
    """Return the service of stolen vehicles."""
    return Service(mesh)


@pytest.fixture
def passing(mesh: Mesh) -> Pass:
    """Return a function that advances the clock and wakes all workers."""

    async def passing(**span: float) -> None:
        mesh.clock.advance(timedelta(**span))
        for code in BUREAUS:
            (await mesh.mailbox_host.of(code)).mailbox.changes.notify()

    return passing


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop all deadline workers: the tests send what a hostile finder sends when a deadline has passed."""
    monkeypatch.setattr("gateway.escalation.worker.EVERY_SECONDS", 1e6)
