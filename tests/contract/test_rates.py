"""The rate at which a participant exchanges data with the broker is limited; on a real NATS server."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport import (
    Arrival,
    BrokerQuotas,
    BrokerRefused,
    Correction,
    Disconnected,
    NoResponder,
    NotAdmitted,
    Transport,
)
from shared.transport.nats import NatsTransport, pauses, rates
from shared.transport.nats.pace import BURST_SECONDS, Pace
from shared.transport.nats.rates import Rates
from shared.transport.nats.system import SystemAccount
from shared.transport.subjects import BROKER_OPERATOR, BROKER_SYSTEM, request_subject
from tests.broker import MEMBERS, NatsServer
from tests.contract.broker_configuration import Configuration
from tests.contract.networks import DEADLINE, Mail, OverNats

SERVICE = "notices"
MESSAGES, MEBIBYTES = 1_000, 16
PAUSE_SECONDS = 1.0
# Number of waiting parcels of 1 MiB: more than may be collected in a second.
WAITING = 24
QUOTAS = BrokerQuotas(messages_per_second=MESSAGES, bytes_per_second=MEBIBYTES * 1024 * 1024)


class RateLimitedBroker:
    """A broker, its participants, and the limits of their rates."""

    def __init__(self, net: OverNats, server: NatsServer, system: SystemAccount) -> None:
        self.net = net
        self.configuration = Configuration(server)
        self.system = system
        self.rates = self.another()

    def another(self) -> Rates:
        """Return new rate limits on the same broker, as after a restart."""
        return Rates(self.system, QUOTAS, self.configuration.leave_out)

    async def check(self) -> list[Correction]:
        """Check the rates once."""
        return await self.rates.enforce(MEMBERS, [SERVICE])


@pytest.fixture
async def broker(own_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RateLimitedBroker]:
    """Yield a broker with rate limits and short pauses."""
    monkeypatch.setattr(pauses, "FIRST_SECONDS", PAUSE_SECONDS)
    seed = own_server.seed(BROKER_SYSTEM)
    system = await SystemAccount.connect(own_server.broker(), lambda: seed, Log("test", level="error"))
    opened = RateLimitedBroker(OverNats(own_server), own_server, system)
    yield opened
    for transport in opened.net.opened:
        await transport.close()
    await system.close()


async def flood(broker: RateLimitedBroker, sender: str = "FR", count: int = 2 * MESSAGES, size: int = 1) -> None:
    """Send so many messages to a service that nobody serves, once the participant was seen to be connected."""
    transport = await broker.net.connect(sender)
    assert await broker.check() == []
    for _ in range(count):
        await transport.publish(request_subject(SERVICE, sender), Parcel("", bytes(size)))
    # All earlier messages have been counted once a request is answered.
    with pytest.raises(NoResponder):
        await transport.request(request_subject(SERVICE, sender), Parcel("", b""), timeout=DEADLINE)


@pytest.mark.thorough
async def test_a_participant_within_the_rate_limit_is_not_paused(broker: RateLimitedBroker) -> None:
    await flood(broker, count=MESSAGES // 2)
    assert await broker.check() == []
    assert broker.net.opened[0].connected


@pytest.mark.thorough
@pytest.mark.parametrize(("count", "size"), [(3 * MESSAGES, 1), (2 * MEBIBYTES, 1024 * 1024)], ids=["many", "large"])
async def test_a_participant_above_the_rate_limit_is_disconnected_and_paused(
    broker: RateLimitedBroker, count: int, size: int
) -> None:
    """No other connection is closed; it is admitted again afterwards, and its next pause is twice as long."""
    germany = await broker.net.connect("DE")
    await flood(broker, "FR", count, size)
    [correction] = await broker.check()
    assert (correction.fault, correction.about) == ("rate-exceeded", "FR")
    assert correction.says == (
        "FR exchanged more than 1000 messages or 16 MiB a second with the broker, and is not admitted for 1 s"
    )
    france = broker.net.opened[1]
    assert isinstance(france, NatsTransport)
    assert (germany.connections, germany.connected, france.connected) == (1, True, False)
    assert await broker.check() == []
    assert await refusal_of(france) == "the broker does not let FR in: its key is revoked, or it exceeded its rate"
    await asyncio.sleep(PAUSE_SECONDS)
    assert await broker.check() == []
    await asyncio.wait_for(france.reconnected(1), DEADLINE)
    await flood(broker, "FR", count, size)
    [again] = await broker.check()
    assert again.says.endswith("is not admitted for 2 s")


def names(corrections: Iterable[Correction]) -> list[tuple[str, str]]:
    """Return the faults, and the participants that they are about."""
    return [(each.fault, each.about) for each in corrections]


async def is_lost(transport: Transport) -> None:
    """Wait until a connection is closed."""
    async with asyncio.timeout(DEADLINE):
        while transport.connected:  # noqa: ASYNC110 - nothing reports it
            await asyncio.sleep(0.01)


async def refusal_of(transport: NatsTransport) -> str:
    """Return why the broker refuses a participant that tries to reconnect."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                await transport.publish("i247.req.notices.FR", Parcel("", b""))
            except NotAdmitted as refusal:
                return str(refusal)
            except Disconnected:
                await asyncio.sleep(0.05)


@pytest.mark.thorough
async def test_requests_to_a_service_do_not_count_towards_its_rate(broker: RateLimitedBroker) -> None:
    """Only what it sends counts: otherwise any bureau could have it paused."""
    service = await broker.net.connect(SERVICE)

    async def answer(arrival: Arrival) -> None:
        if arrival.reply_to:
            await arrival.reply(arrival.parcel)

    await service.subscribe(request_subject(SERVICE, "*"), answer)
    france = await broker.net.connect("FR")
    assert await broker.check() == []
    for _ in range(5):
        for _ in range(MESSAGES // 2):
            await france.publish(request_subject(SERVICE, "FR"), Parcel("", b"?"))
    await france.request(request_subject(SERVICE, "FR"), Parcel("", b""), timeout=DEADLINE)
    assert names(await broker.check()) == [("rate-exceeded", "FR")]
    assert service.connected


@pytest.mark.thorough
async def test_a_change_of_keys_does_not_end_a_pause(broker: RateLimitedBroker) -> None:
    """The change rewrites who is admitted, without knowing of pauses; the next check disconnects without a report."""
    await flood(broker)
    assert names(await broker.check()) == [("rate-exceeded", "FR")]
    await broker.configuration.leave_out(frozenset())
    await broker.system.reload()
    france = broker.net.opened[0]
    await asyncio.wait_for(france.reconnected(1), DEADLINE)
    broker.rates._pauses.begin("FR")
    assert await broker.check() == []
    await is_lost(france)


@pytest.mark.thorough
async def test_a_restarted_gateway_ends_the_pauses_of_its_previous_run(broker: RateLimitedBroker) -> None:
    """As after a gateway that ended while a participant was paused."""
    await flood(broker)
    assert names(await broker.check()) == [("rate-exceeded", "FR")]
    assert await broker.another().enforce(MEMBERS, [SERVICE]) == []
    await asyncio.wait_for(broker.net.opened[0].reconnected(1), DEADLINE)


@pytest.mark.thorough
async def test_the_reason_why_a_pause_cannot_be_enforced_is_reported(broker: RateLimitedBroker) -> None:
    """Each further check tries again, until it works."""
    await flood(broker)
    broker.configuration.problem = "nats-server.conf is not there"
    [correction] = await broker.check()
    assert correction.says.endswith("and is still admitted: nats-server.conf is not there")
    assert broker.net.opened[0].connected
    broker.configuration.problem = ""
    assert await broker.check() == []
    await is_lost(broker.net.opened[0])


@pytest.mark.thorough
async def test_a_server_that_reads_another_configuration_file_is_reported(
    broker: RateLimitedBroker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on another machine to which the file was not copied."""
    monkeypatch.setattr(rates, "CLOSED_WITHIN_SECONDS", 0.3)
    broker.configuration.file = tmp_path / "copy.conf"
    broker.configuration.file.write_text(broker.net._server.configuration.read_text())
    await flood(broker)
    [correction] = await broker.check()
    assert correction.says.endswith(
        "is still admitted: the NATS server reads another configuration than the one that is written here"
    )
    await flood(broker, "FR")
    assert await broker.check() == []


async def test_reloading_a_configuration_that_the_server_rejects_raises_not_stored(broker: RateLimitedBroker) -> None:
    """The server goes on with the configuration that it has."""
    broker.configuration.file.write_text("{")
    with pytest.raises(BrokerRefused, match="the NATS server does not accept its configuration: "):
        await broker.system.reload()


@pytest.mark.thorough
async def test_a_server_restart_that_resets_the_counters_pauses_no_participant(
    broker: RateLimitedBroker, own_server: NatsServer
) -> None:
    """No rate is overestimated."""
    await flood(broker, count=MESSAGES // 2)
    own_server.kill()
    own_server.start()
    france = broker.net.opened[0]
    await asyncio.wait_for(france.reconnected(1), DEADLINE)
    await asyncio.wait_for(broker.system._client.reconnected(1), DEADLINE)
    for _ in range(3):
        assert await broker.check() == []


@pytest.mark.thorough
async def test_collecting_a_large_backlog_stays_within_the_rate_limit(
    own_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bureau collects waiting parcels at half of the limit, however many other bureaus posted."""
    own_server.quotas = QUOTAS
    monkeypatch.setattr(pauses, "FIRST_SECONDS", PAUSE_SECONDS)
    net = OverNats(own_server)
    mail = Mail(await net.connect("FR"), await net.connect("DE"))
    await (await net.connect(BROKER_OPERATOR)).ensure_streams(MEMBERS)
    large = Parcel("signature", bytes(1024 * 1024))
    for number in range(WAITING):
        await mail.post(number, large)
    seed = own_server.seed(BROKER_SYSTEM)
    system = await SystemAccount.connect(own_server.broker(), lambda: seed, Log("test", level="error"))
    broker = RateLimitedBroker(net, own_server, system)
    assert await broker.check() == []
    collecting = asyncio.create_task(mail.collect_all(WAITING))
    while not collecting.done():
        assert await broker.check() == []
    assert len(await collecting) == WAITING
    for transport in net.opened:
        await transport.close()
    await system.close()


@pytest.mark.thorough
@pytest.mark.parametrize(("messages", "size"), [(MESSAGES // 2, 0), (0, MEBIBYTES * 512 * 1024)])
async def test_the_collection_pace_is_half_of_the_rate_limit(messages: int, size: int) -> None:
    """In messages or in bytes, divided among the processes of the participant."""
    pace, began = Pace(QUOTAS, processes=2), asyncio.get_running_loop().time()
    for _ in range(10):
        await pace.ready()
        pace.count(messages // 10, size // 10)
    await pace.ready()
    taken = asyncio.get_running_loop().time() - began
    assert 2 - BURST_SECONDS <= taken + 0.01 < 3
