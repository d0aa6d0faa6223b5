"""Fixtures of the contract tests of transports."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.transport.subjects import BROKER_OPERATOR
from tests.broker import MEMBERS, SERVICES, NatsServer, another_nats
from tests.contract.networks import InMemory, Net, OverNats


@pytest.fixture(params=["memory", "nats"])
async def net(request: pytest.FixtureRequest) -> AsyncIterator[Net]:
    """Run a test once on a net of each kind of transport."""
    chosen = InMemory() if request.param == "memory" else OverNats(request.getfixturevalue("nats_server"))
    yield chosen
    for transport in chosen.opened:
        await transport.close()


@pytest.fixture
def own_server(nats_server: NatsServer, tmp_path: Path) -> Iterator[NatsServer]:
    """Run a NATS server that a test may kill."""
    with another_nats(nats_server.home, nats_server.directory, tmp_path) as server:
        yield server


@pytest.fixture(params=["memory", "nats"])
async def net_with_streams(request: pytest.FixtureRequest) -> AsyncIterator[Net]:
    """Run a test on a net in which the Secretariat has created the streams of all participants."""
    chosen = InMemory() if request.param == "memory" else OverNats(request.getfixturevalue("own_server"))
    await (await chosen.connect(BROKER_OPERATOR)).ensure_streams(MEMBERS, [service.name for service in SERVICES])
    yield chosen
    for transport in chosen.opened:
        await transport.close()
