"""What a participant exchanges with the broker in a second is bounded; on a real NATS server."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport import (
    Arrival,
    BrokerQuotas,
    Correction,
    Disconnected,
    NoResponder,
    NotAdmitted,
    NotStored,
    Transport,
)
from shared.transport.nats import NatsTransport, pauses, rates
from shared.transport.nats.pace import REST_SECONDS, Pace
from shared.transport.nats.rates import Rates
from shared.transport.nats.system import SystemAccount
from shared.transport.subjects import BROKER_OPERATOR, BROKER_SYSTEM, request_subject
from tests.broker import MEMBERS, NatsServer
from tests.contract.networks import PATIENCE, Mail, OverNats

SERVICE = "notices"
MESSAGES, MEBIBYTES = 1_000, 16
PAUSE_SECONDS = 1.0
# So many parcels of 1 MiB, which are there at once, are more than may be drawn in a second.
WAITING = 24
QUOTAS = BrokerQuotas(messages_per_second=MESSAGES, bytes_per_second=MEBIBYTES * 1024 * 1024)


class Configuration:
    """The configuration of a server, from which participants are left out as `deploy.broker.users` does it."""

    def __init__(self, server: NatsServer) -> None:
        self.file = server.configuration
        self._accounts = json.loads(self.file.read_text())["accounts"]
        self.problem = ""

    async def leave_out(self, names: frozenset[str]) -> bool:
        """Let in all but these; tell whether that is a change. Raises NotStored where there is a problem."""
        if self.problem:
            raise NotStored(self.problem)
        before = json.loads(self.file.read_text())
        without = {name: account | {"users": []} for name, account in self._accounts.items() if name in names}
        self.file.write_text(json.dumps(before | {"accounts": self._accounts | without}))
        return before["accounts"] != self._accounts | without


class Guarded:
    """A broker, the participants that use it, and the bounds of their rates."""

    def __init__(self, net: OverNats, server: NatsServer, system: SystemAccount) -> None:
        self.net = net
        self.configuration = Configuration(server)
        self.system = system
        self.rates = self.another()

    def another(self) -> Rates:
        """Return what bounds them where it is started again."""
        return Rates(self.system, QUOTAS, self.configuration.leave_out)

    async def look(self) -> list[Correction]:
        """Look once."""
        return await self.rates.enforce(MEMBERS, [SERVICE])


@pytest.fixture
async def guarded(own_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Guarded]:
    """Return a broker that has been looked at once."""
    monkeypatch.setattr(pauses, "FIRST_SECONDS", PAUSE_SECONDS)
    seed = own_server.seed(BROKER_SYSTEM)
    system = await SystemAccount.connect(own_server.broker(), lambda: seed, Log("test", level="error"))
    opened = Guarded(OverNats(own_server), own_server, system)
    yield opened
    for transport in opened.net.opened:
        await transport.close()
    await system.close()


async def flood(guarded: Guarded, sender: str = "FR", count: int = 2 * MESSAGES, size: int = 1) -> None:
    """Say so much to a service that nobody serves, once the participant was seen to be connected."""
    transport = await guarded.net.connect(sender)
    assert await guarded.look() == []
    for _ in range(count):
        await transport.publish(request_subject(SERVICE, sender), Parcel("", bytes(size)))
    # What was said before has been counted when a question is answered.
    with pytest.raises(NoResponder):
        await transport.request(request_subject(SERVICE, sender), Parcel("", b""), timeout=PATIENCE)


def names(corrections: Iterable[Correction]) -> list[tuple[str, str]]:
    """Return the faults, and the participants that they are about."""
    return [(each.fault, each.about) for each in corrections]


async def test_who_keeps_to_the_limit_is_not_noticed(guarded: Guarded) -> None:
    """Up to the limit at once, and more in time."""
    await flood(guarded, count=MESSAGES // 2)
    assert await guarded.look() == []
    assert guarded.net.opened[0].connected


@pytest.mark.parametrize(("count", "size"), [(3 * MESSAGES, 1), (2 * MEBIBYTES, 1024 * 1024)], ids=["many", "large"])
async def test_who_exceeds_it_is_left_out_for_a_while(guarded: Guarded, count: int, size: int) -> None:
    """The broker closes its connections and those of nobody else; afterwards it is back, and twice as long the next."""
    germany = await guarded.net.connect("DE")
    await flood(guarded, "FR", count, size)
    [correction] = await guarded.look()
    assert (correction.fault, correction.about) == ("rate-exceeded", "FR")
    assert correction.says == (
        "FR exchanged more than 1000 messages or 16 MiB a second with the broker, and is not admitted for 1 s"
    )
    france = guarded.net.opened[1]
    assert isinstance(france, NatsTransport)
    assert (germany.connections, germany.connected, france.connected) == (1, True, False)
    assert await guarded.look() == []
    assert await refusal_of(france) == "the broker does not let FR in: its key is revoked, or it exceeded its rate"
    await asyncio.sleep(PAUSE_SECONDS)
    assert await guarded.look() == []
    await asyncio.wait_for(france.reconnected(1), PATIENCE)
    await flood(guarded, "FR", count, size)
    [again] = await guarded.look()
    assert again.says.endswith("is not admitted for 2 s")


async def is_lost(transport: Transport) -> None:
    """Return when a connection is gone."""
    async with asyncio.timeout(PATIENCE):
        while transport.connected:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def refusal_of(transport: NatsTransport) -> str:
    """Return why the broker does not let a participant in, once it has tried to get back."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await transport.publish("i247.req.notices.FR", Parcel("", b""))
            except NotAdmitted as refusal:
                return str(refusal)
            except Disconnected:
                await asyncio.sleep(0.05)


async def test_what_a_service_is_asked_does_not_count_against_it(guarded: Guarded) -> None:
    """Only what it says does: else any bureau could have it left out."""
    service = await guarded.net.connect(SERVICE)

    async def answer(arrival: Arrival) -> None:
        if arrival.reply_to:
            await arrival.answer(arrival.parcel)

    await service.subscribe(request_subject(SERVICE, "*"), answer)
    france = await guarded.net.connect("FR")
    assert await guarded.look() == []
    for _ in range(5):
        for _ in range(MESSAGES // 2):
            await france.publish(request_subject(SERVICE, "FR"), Parcel("", b"?"))
    await france.request(request_subject(SERVICE, "FR"), Parcel("", b""), timeout=PATIENCE)
    assert names(await guarded.look()) == [("rate-exceeded", "FR")]
    assert service.connected


async def test_a_change_of_keys_ends_no_pause(guarded: Guarded) -> None:
    """It writes who is let in anew, without knowing of pauses; who is back is left out again, and that is no news."""
    await flood(guarded)
    assert names(await guarded.look()) == [("rate-exceeded", "FR")]
    await guarded.configuration.leave_out(frozenset())
    await guarded.system.reload()
    france = guarded.net.opened[0]
    await asyncio.wait_for(france.reconnected(1), PATIENCE)
    guarded.rates._pauses.begin("FR")
    assert await guarded.look() == []
    await is_lost(france)


async def test_a_gateway_that_starts_ends_the_pauses_of_the_one_before(guarded: Guarded) -> None:
    """As a gateway does that ended while somebody was paused."""
    await flood(guarded)
    assert names(await guarded.look()) == [("rate-exceeded", "FR")]
    assert await guarded.another().enforce(MEMBERS, [SERVICE]) == []
    await asyncio.wait_for(guarded.net.opened[0].reconnected(1), PATIENCE)


async def test_it_is_told_why_somebody_is_still_let_in(guarded: Guarded) -> None:
    """And tried again each time, until it works."""
    await flood(guarded)
    guarded.configuration.problem = "nats-server.conf is not there"
    [correction] = await guarded.look()
    assert correction.says.endswith("and is still admitted: nats-server.conf is not there")
    assert guarded.net.opened[0].connected
    guarded.configuration.problem = ""
    assert await guarded.look() == []
    await is_lost(guarded.net.opened[0])


async def test_it_is_told_when_the_server_reads_another_file(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on another machine, to which nobody has copied it."""
    monkeypatch.setattr(rates, "CLOSED_WITHIN_SECONDS", 0.3)
    guarded.configuration.file = tmp_path / "copy.conf"
    guarded.configuration.file.write_text(guarded.net._server.configuration.read_text())
    await flood(guarded)
    [correction] = await guarded.look()
    assert correction.says.endswith(
        "is still admitted: the NATS server reads another configuration than the one that is written here"
    )
    await flood(guarded, "FR")
    assert await guarded.look() == []


async def test_a_server_that_takes_no_configuration_says_why(guarded: Guarded) -> None:
    """The server goes on with the configuration that it has."""
    guarded.configuration.file.write_text("{")
    with pytest.raises(NotStored, match="the NATS server does not accept its configuration: "):
        await guarded.system.reload()


async def test_a_server_that_starts_again_counts_from_the_beginning(guarded: Guarded, own_server: NatsServer) -> None:
    """Nobody is taken for faster than they are."""
    await flood(guarded, count=MESSAGES // 2)
    own_server.kill()
    own_server.start()
    france = guarded.net.opened[0]
    await asyncio.wait_for(france.reconnected(1), PATIENCE)
    await asyncio.wait_for(guarded.system._client.reconnected(1), PATIENCE)
    for _ in range(3):
        assert await guarded.look() == []


async def test_what_others_put_there_shuts_nobody_out(own_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bureau collects what waits at half of the limit, however much there is."""
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
    guarded = Guarded(net, own_server, system)
    assert await guarded.look() == []
    collecting = asyncio.create_task(mail.collect_all(WAITING))
    while not collecting.done():
        assert await guarded.look() == []
    assert len(await collecting) == WAITING
    for transport in net.opened:
        await transport.close()
    await system.close()


@pytest.mark.parametrize(("messages", "size"), [(MESSAGES // 2, 0), (0, MEBIBYTES * 512 * 1024)])
async def test_half_of_the_limit_is_drawn_in_a_second(messages: int, size: int) -> None:
    """In messages or in bytes, and less by each of several processes."""
    pace, began = Pace(QUOTAS, processes=2), asyncio.get_running_loop().time()
    for _ in range(10):
        await pace.ready()
        pace.draw(messages // 10, size // 10)
    await pace.ready()
    taken = asyncio.get_running_loop().time() - began
    assert 2 - REST_SECONDS <= taken + 0.01 < 3
