"""What the transport does over a real NATS server alone: reconnection, refusals and service discovery."""

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
from tests.contract.networks import PATIENCE, REQUESTS, OverNats, Pair, asked_until, echo

STRANGER = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"


async def test_a_cancellation_that_comes_with_the_answer_is_heeded(nats_server: NatsServer) -> None:
    """A task that is cancelled in the very moment in which its answer arrives ends, and does not go on."""
    net = OverNats(nats_server)
    pair, begun = Pair(net, await net.connect("FR"), await net.connect("notices")), asyncio.Event()

    async def silent(_arrival: Arrival) -> None:
        begun.set()

    await pair.serve(silent)
    asked = asyncio.ensure_future(pair.ask())
    await begun.wait()
    client = pair.bureau._client
    (answered,) = client._resp_map.values()
    answered.set_result(Msg(client, data=b"answer"))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    for transport in net.opened:
        await transport.close()


async def ask_until_answered(pair: Pair, body: bytes) -> Parcel:
    """Ask again and again while the connections come back."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await pair.ask(body, seconds=0.1)
            except (Disconnected, NoResponder, DeadlinePassed):
                await asyncio.sleep(0)


async def test_a_nats_server_that_comes_back_is_found_again(own_server: NatsServer) -> None:
    """After a server is killed and started on the same port, the subscriptions of before work without a restart."""
    net = OverNats(own_server)
    pair = Pair(net, await net.connect("FR"), await net.connect("notices"))
    await pair.serve(echo)
    own_server.kill()
    await asked_until(Disconnected, pair)
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
    async with asyncio.timeout(PATIENCE):
        await subscription.stop()
        for transport in net.opened:
            await transport.close()
    assert not pair.service.connected


async def test_an_error_for_which_the_server_ends_a_connection_leaves_nobody_deaf(nats_server: NatsServer) -> None:
    """After an error of the protocol the connection is made anew, with all its subscriptions."""
    net = OverNats(nats_server)
    service = await nats_server.connect("notices")
    pair = Pair(net, await net.connect("FR"), service)
    net.opened.append(service)
    await pair.serve(echo)
    service._client._transport.write(b"NONSENSE\r\n")
    async with asyncio.timeout(PATIENCE):
        while not service._client.stats["reconnects"]:  # noqa: ASYNC110 - nats-py says it nowhere else
            await asyncio.sleep(0)
    assert (await ask_until_answered(pair, b"back")).body == b"back"
    for transport in net.opened:
        await transport.close()


async def test_a_nats_server_that_is_not_there_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects waits for a broker that is just starting, but not forever."""
    monkeypatch.setattr("shared.transport.nats.client.FIRST_CONNECT_SECONDS", 0.1)
    url = f"nats://127.0.0.1:{free_port()}"
    with pytest.raises(Disconnected, match=f"no connection to the broker at {url} as FR: .*Connect call failed"):
        await NatsTransport.connect(Broker(url), "FR", lambda: STRANGER, Log("FR", level="error"))


async def test_a_nats_server_that_does_not_know_the_key_is_told_at_once(nats_server: NatsServer) -> None:
    """With a key that the broker does not know there is no point in waiting."""
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(Disconnected, match="does not accept this key"):
            await NatsTransport.connect(nats_server.broker(), "FR", lambda: STRANGER, Log("FR", level="error"))


async def test_a_service_tells_nats_what_it_has_done(nats_server: NatsServer) -> None:
    """The figures of a service are in its statistics, as NATS service discovery shows them."""
    operator, service = await nats_server.connect("operator"), await nats_server.connect("notices")
    card = ServiceCard("notices", "A service.", lambda: {"answered": 7})
    await service.serve(REQUESTS, echo, senders=["FR"], card=card)
    statistics = json.loads((await operator.request("$SRV.STATS.notices", Parcel("", b""), timeout=PATIENCE)).body)
    assert statistics["endpoints"][0]["data"] == {"answered": 7}
    await service.close()
    await operator.close()
