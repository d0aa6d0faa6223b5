"""What happens to connected participants while no relay runs that the broker could ask about them."""

import asyncio
from collections.abc import AsyncIterator
from itertools import chain

import pytest

from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport import BrokerQuotas, NoResponder
from shared.transport.nats import NatsTransport
from shared.transport.nats.rates import Rates
from shared.transport.nats.system import SystemAccount
from shared.transport.subjects import BROKER_OPERATOR, BROKER_SYSTEM, request_subject
from tests.broker import MEMBERS, NatsServer
from tests.contract.broker_configuration import Configuration
from tests.system.wire import NOT_ADMITTED, PATIENCE
from tests.tls.wire import admission_errors

TOO_MANY = "-ERR 'maximum account active connections exceeded'"
QUOTAS = BrokerQuotas(messages_per_second=1_000)


@pytest.fixture
async def system(own_tls_server: NatsServer) -> AsyncIterator[SystemAccount]:
    """Return the system user of the broker."""
    account = await SystemAccount.connect(
        own_tls_server.broker(), lambda: own_tls_server.seed(BROKER_SYSTEM), Log("x", level="error")
    )
    yield account
    await account.close()


@pytest.mark.thorough
async def test_a_participant_over_its_rate_is_not_paused_while_no_relay_runs(
    own_tls_server: NatsServer, system: SystemAccount
) -> None:
    """A reload would make the broker close all connections that no relay can confirm; the pause follows later."""
    operator, germany, france = [await own_tls_server.connect(name) for name in (BROKER_OPERATOR, "DE", "FR")]
    rates = Rates(system, QUOTAS, Configuration(own_tls_server).leave_out, operator.require_relay)
    assert await rates.enforce(MEMBERS, []) == []
    own_tls_server.kill_relay()
    await flood(germany)
    [correction] = await rates.enforce(MEMBERS, [])
    assert correction.says.endswith("and is still admitted: nobody serves i247.relay")
    assert [(each.connections, each.connected) for each in (operator, germany, france)] == [(1, True)] * 3
    own_tls_server.start_relay()
    assert await rates.enforce(MEMBERS, []) == []
    assert [each.conns for each in (await system.accounts())["DE"].values()] == [0]
    assert france.connections == 1
    for transport in (operator, germany, france):
        await transport.close()


@pytest.mark.thorough
async def test_attempts_with_a_stolen_nkey_count_against_its_owner_until_the_relay_answers(
    own_tls_server: NatsServer,
) -> None:
    """They are refused with another certificate; until then they use up the owner's connections."""
    own_tls_server.kill_relay()
    stolen = [
        asyncio.create_task(admission_errors(own_tls_server, "FR", own_tls_server.tls.of("DE")))
        for _ in range(own_tls_server.quotas.connections + 1)
    ]
    await asyncio.wait(stolen, return_when=asyncio.FIRST_COMPLETED)
    assert await admission_errors(own_tls_server, "FR", own_tls_server.tls.of("FR")) == [TOO_MANY]
    refused = await asyncio.gather(*stolen)
    assert all(refused)
    assert set(chain.from_iterable(refused)) == {NOT_ADMITTED, TOO_MANY}


async def flood(germany: NatsTransport) -> None:
    """Publish more than the rate limit in a second, and return once the broker has processed it."""
    subject, empty = request_subject("notices", "DE"), Parcel("", b"")
    for _ in range(3 * QUOTAS.messages_per_second):
        await germany.publish(subject, empty)
    with pytest.raises(NoResponder):
        await germany.request(subject, empty, timeout=PATIENCE)
