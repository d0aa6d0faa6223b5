"""What becomes of those who are connected while no relay runs, which the broker would ask about them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.home import Home
from deploy.provision import Provisioner
from shared.clock import SystemClock
from shared.logs import Log
from shared.transport import BROKER_OPERATOR, BROKER_SYSTEM, BrokerQuotas, NoResponder, Parcel, request_subject
from shared.transport.nats import NatsTransport
from shared.transport.nats.rates import Rates
from shared.transport.nats.system import SystemAccount
from tests.broker import MEMBERS, SERVICES, NatsServer, another_nats
from tests.certificates import Authority
from tests.contract.test_rates import Configuration
from tests.system.wire import PATIENCE
from tests.tls.conftest import write_certificates

QUOTAS = BrokerQuotas(messages_per_second=1_000)


@pytest.fixture
def broker(authority: Authority, tmp_path: Path) -> Iterator[NatsServer]:
    """Run a NATS server that speaks TLS, for one test to take its relay from."""
    home = Home(tmp_path / "home")
    home.open()
    directory = Provisioner(home, SystemClock()).provision(MEMBERS, SERVICES)
    with another_nats(home, directory, tmp_path, write_certificates(authority, tmp_path / "certificates")) as server:
        yield server


@pytest.fixture
async def system(broker: NatsServer) -> AsyncIterator[SystemAccount]:
    """Return the system user of the broker."""
    account = await SystemAccount.connect(broker.broker(), lambda: broker.seed(BROKER_SYSTEM), Log("x", level="error"))
    yield account
    await account.close()


async def test_nobody_loses_a_connection_for_one_who_is_too_fast(broker: NatsServer, system: SystemAccount) -> None:
    """The broker closes whom it can ask no relay about when it reads its configuration again: so it is not told to.

    The one who is too fast is paused as soon as a relay runs.
    """
    operator, germany, france = [await broker.connect(name) for name in (BROKER_OPERATOR, "DE", "FR")]
    rates = Rates(system, QUOTAS, Configuration(broker).leave_out, operator.require_relay)
    assert await rates.enforce(MEMBERS, []) == []
    broker.kill_relay()
    await flood(germany)
    [correction] = await rates.enforce(MEMBERS, [])
    assert correction.says.endswith("and is still let in: nobody serves i247.relay")
    assert [(each.connections, each.connected) for each in (operator, germany, france)] == [(1, True)] * 3
    broker.start_relay()
    assert await rates.enforce(MEMBERS, []) == []
    assert [each.conns for each in (await system.accounts())["DE"].values()] == [0]
    assert france.connections == 1
    for transport in (operator, germany, france):
        await transport.close()


async def flood(germany: NatsTransport) -> None:
    """Say more than anybody may in a second, and return when the broker has heard it."""
    subject, empty = request_subject("notices", "DE"), Parcel("", b"")
    for _ in range(3 * QUOTAS.messages_per_second):
        await germany.publish(subject, empty)
    with pytest.raises(NoResponder):
        await germany.request(subject, empty, timeout=PATIENCE)
