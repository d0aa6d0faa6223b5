"""The transport over a real NATS server alone: reconnection, refusals and service discovery."""

import asyncio
import json

import pytest
from nats.aio.msg import Msg

from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.transport import (
    Arrival,
    DeadlinePassed,
    Disconnected,
    NoResponder,
    ServiceCard,
)
from shared.transport.nats import Broker, NatsTransport
from tests.broker import NatsServer, free_port
from tests.contract.networks import DEADLINE, REQUESTS, OverNats, Pair, ask_until_failure, echo

STRANGER = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"


async def test_a_request_that_is_cancelled_as_its_answer_arrives_raises_cancelled_error(
    nats_server: NatsServer,
) -> None:
    """The task ends, instead of going on with the answer."""
    net = OverNats(nats_server)
    pair, begun = Pair(net, await net.connect("FR"), await net.connect("notices")), asyncio.Event()

    async def silent(_arrival: Arrival) -> None:
        begun.set()

    await pair.serve(silent)
    asked = asyncio.ensure_future(pair.ask())
    await begun.wait()
    (answer,) = pair.bureau._replies._waiting.values()
    answer(Msg(pair.bureau._client, data=b"answer"))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    for transport in net.opened:
        await transport.close()


async def ask_until_answered(pair: Pair, body: bytes) -> Parcel:
    """Repeat a request while the connections come back."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                return await pair.ask(body, seconds=0.1)
            except (Disconnected, NoResponder, DeadlinePassed):
                await asyncio.sleep(0)


@pytest.mark.thorough
async def test_subscriptions_work_again_after_a_restart_of_the_nats_server(own_server: NatsServer) -> None:
    """The server is started again on the same port; the participants are not restarted."""
    net = OverNats(own_server)
    pair = Pair(net, await net.connect("FR"), await net.connect("notices"))
    await pair.serve(echo)
    own_server.kill()
    await ask_until_failure(Disconnected, pair)
    own_server.start()
    assert (await ask_until_answered(pair, b"back")).body == b"back"
    for transport in net.opened:
        await transport.close()


async def test_stopping_without_a_nats_server_does_not_wait_for_it(
    own_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service can end while the broker is gone, even before it has noticed that."""
    monkeypatch.setattr("shared.transport.nats.DRAIN_SECONDS", 0.1)
    net = OverNats(own_server)
    pair = Pair(net, await net.connect("FR"), await net.connect("notices"))
    subscription = await pair.serve(echo)
    own_server.kill()
    async with asyncio.timeout(DEADLINE):
        await subscription.stop()
        for transport in net.opened:
            await transport.close()
    assert not pair.service.connected


@pytest.mark.thorough
async def test_a_connection_closed_for_a_protocol_error_is_reopened_with_its_subscriptions(
    nats_server: NatsServer,
) -> None:
    net = OverNats(nats_server)
    service = await nats_server.connect("notices")
    pair = Pair(net, await net.connect("FR"), service)
    net.opened.append(service)
    await pair.serve(echo)
    service._client._transport.write(b"NONSENSE\r\n")
    async with asyncio.timeout(DEADLINE):
        while not service._client.stats["reconnects"]:  # noqa: ASYNC110 - nats-py reports it nowhere else
            await asyncio.sleep(0)
    assert (await ask_until_answered(pair, b"back")).body == b"back"
    for transport in net.opened:
        await transport.close()


async def test_connecting_to_an_absent_nats_server_raises_disconnected_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A participant waits for a broker that is just starting, but not forever."""
    monkeypatch.setattr("shared.transport.nats.client.FIRST_CONNECT_SECONDS", 0.1)
    url = f"nats://127.0.0.1:{free_port()}"
    with pytest.raises(Disconnected, match=f"no connection to the broker at {url} as FR: .*Connect call failed"):
        await NatsTransport.connect(Broker(url), "FR", lambda: STRANGER, Log("FR", level="error"))


async def test_connecting_with_an_unknown_key_raises_disconnected_at_once(nats_server: NatsServer) -> None:
    """Waiting would not help."""
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Disconnected, match="does not accept this key"):
            await NatsTransport.connect(nats_server.broker(), "FR", lambda: STRANGER, Log("FR", level="error"))


async def test_a_service_publishes_its_statistics_through_nats_service_discovery(nats_server: NatsServer) -> None:
    operator, service = await nats_server.connect("operator"), await nats_server.connect("notices")
    card = ServiceCard("notices", "A service.", lambda: {"answered": 7})
    await service.serve(REQUESTS, echo, senders=["FR"], card=card)
    statistics = json.loads((await operator.request("$SRV.STATS.notices", Parcel("", b""), timeout=DEADLINE)).body)
    assert statistics["endpoints"][0]["data"] == {"answered": 7}
    await service.close()
    await operator.close()
