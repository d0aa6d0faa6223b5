"""Fixtures for checks: officers at a gateway with the real services, of which France has entered one record each."""

from collections.abc import Callable
from typing import NamedTuple

import httpx
import pytest

from gateway.edge.declared_answers import operations_of
from services import SERVICES
from tests.gateway.checks.officers import CAR, MISSING, Officer, diffuse
from tests.gateway.mesh import Mesh

AsOfficer = Callable[..., Officer]


class Entered(NamedTuple):
    """The records that France entered."""

    notice: str
    car: str
    person: str


@pytest.fixture
def officer_of(client: httpx.AsyncClient, started: Mesh) -> AsOfficer:
    """Return a function that returns an officer of a bureau, with some scopes or all."""
    for service in SERVICES:
        # As a gateway does soon after its start: otherwise the first check waits for it.
        operations_of(service)
    return lambda bureau, *scopes: Officer(client, started, bureau, *scopes)


@pytest.fixture
def france(officer_of: AsOfficer) -> Officer:
    return officer_of("FR")


@pytest.fixture
def germany(officer_of: AsOfficer) -> Officer:
    return officer_of("DE")


@pytest.fixture
async def entered(france: Officer) -> Entered:
    """Enter a wanted person, a stolen car and a missing person."""
    return Entered(
        await diffuse(france),
        await france.enter("stolen-vehicles", CAR),
        await france.enter("missing-persons", MISSING),
    )
