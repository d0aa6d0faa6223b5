"""One mesh for all attacks; each test has an attacker, and a runner that checks the effects of its acts."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.attacks.attacker import Attacker
from tests.attacks.network import ANY_RATE, ATTACKING_BUREAU, ATTACKING_SERVICE, Network, running_network
from tests.attacks.observer import Observer
from tests.attacks.runner import AttackRunner
from tests.attacks.victims import Victims
from tests.attacks.witness import Witness, running_witness


@pytest.fixture(scope="package")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Run the mesh under attack."""
    with running_network(tmp_path_factory.mktemp("attacks"), **ANY_RATE) as running:
        yield running


@pytest.fixture(scope="package")
def witness(network: Network) -> Iterator[Witness]:
    """Have two bureaus use the mesh continuously."""
    with running_witness(network) as running:
        yield running


@pytest.fixture(params=[ATTACKING_BUREAU, ATTACKING_SERVICE])
async def attacker(request: pytest.FixtureRequest, network: Network) -> AsyncIterator[Attacker]:
    """Connect with the key of a bureau, and with that of a service."""
    hostile = await Attacker.connect(network, request.param)
    yield hostile
    await hostile.close()


@pytest.fixture
async def observer(network: Network, attacker: Attacker) -> AsyncIterator[Observer]:
    """Connect as the operator of the broker."""
    observing = await Observer.connect(network, attacker.name)
    yield observing
    await observing.close()


@pytest.fixture
async def runner(
    network: Network, attacker: Attacker, observer: Observer, witness: Witness
) -> AsyncIterator[AttackRunner]:
    """Return the runner that detects what the attacker broke."""
    async with AsyncExitStack() as stack:
        victims = await Victims.connect(network, attacker.name)
        stack.push_async_callback(victims.close)
        attack_runner = AttackRunner(attacker, observer, victims, witness)
        assert await attack_runner.broken() == [], "the mesh does not work before the attack"
        yield attack_runner
