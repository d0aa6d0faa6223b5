"""What a transport does, stated once: the transport in memory and a real NATS server keep the same contract."""

import asyncio
import json
from collections import Counter
from contextlib import suppress

import pytest
from nats.aio.msg import Msg

from shared.logs import Log
from shared.protocol.parcel import Parcel
from shared.rpc.directory_sync import CHANGES_SUBJECT
from shared.transport import (
    Arrival,
    DeadlinePassed,
    Disconnected,
    Handler,
    MessageTooLarge,
    NoResponder,
    ServiceCard,
    Subscription,
    Transport,
    TransportFailure,
)
from shared.transport.memory import MemoryBroker
from shared.transport.nats import Broker, NatsTransport
from shared.transport.subjects import REPLY_PREFIX, request_subject
from tests.broker import NatsServer, free_port
from tests.contract.networks import LOOKS, PATIENCE, Net, OverNats

REQUESTS = request_subject("notices", "*")
FROM_FRANCE = request_subject("notices", "FR")
STRANGER = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"


class Pair:
    """A bureau that asks and a service that answers."""

    def __init__(self, net: Net, bureau: Transport, service: Transport) -> None:
        self.net = net
        self.bureau = bureau
        self.service = service

    async def serve(self, handler: Handler, *, group: str = "", by: Transport | None = None) -> Subscription:
        """Have the service answer, and return when it does."""
        return await self.net.listening(
            self.bureau, FROM_FRANCE, server=by or self.service, pattern=REQUESTS, handler=handler, group=group
        )

    async def ask(self, body: bytes = b"question", seconds: float = PATIENCE) -> Parcel:
        """Ask the service as France."""
        return await self.bureau.request(FROM_FRANCE, Parcel("signature", body), timeout=seconds)


@pytest.fixture
async def pair(net: Net) -> Pair:
    """Return France and the service notices, connected."""
    return Pair(net, await net.connect("FR"), await net.connect("notices"))


async def echo(arrival: Arrival) -> None:
    """Answer with what came."""
    await arrival.answer(arrival.parcel)


async def test_an_answer_comes_back_to_who_asked(pair: Pair) -> None:
    """Body and signature arrive untouched both ways, with the subject and a reply subject of the broker's own."""
    arrivals: list[Arrival] = []

    async def handler(arrival: Arrival) -> None:
        arrivals.append(arrival)
        await arrival.answer(Parcel("signed answer", bytes(reversed(arrival.parcel.body))))

    await pair.serve(handler)
    assert await pair.ask(bytes(range(256))) == Parcel("signed answer", bytes(reversed(range(256))))
    (arrival,) = arrivals
    assert (arrival.subject, arrival.parcel) == (FROM_FRANCE, Parcel("signature", bytes(range(256))))
    assert arrival.reply_to.startswith(f"{REPLY_PREFIX}.")
    assert arrival.sender == "FR"


async def test_a_parcel_may_be_empty(pair: Pair) -> None:
    """No body and no signature are carried like any other."""
    await pair.serve(echo)
    assert await pair.bureau.request(FROM_FRANCE, Parcel("", b""), timeout=PATIENCE) == Parcel("", b"")


async def test_many_at_once_are_handled_side_by_side(pair: Pair) -> None:
    """None waits for another: all are under way before the first is answered."""
    barrier = asyncio.Barrier(50)

    async def handler(arrival: Arrival) -> None:
        await barrier.wait()
        await arrival.answer(arrival.parcel)

    await pair.serve(handler)
    bodies = [str(number).encode() for number in range(50)]
    answers = await asyncio.gather(*map(pair.ask, bodies))
    assert [answer.body for answer in answers] == bodies


async def test_one_that_fails_harms_no_other(pair: Pair) -> None:
    """A handler that raises leaves its request unanswered; the next is answered."""
    loop, reported = asyncio.get_running_loop(), asyncio.Event()
    loop.set_exception_handler(lambda _loop, _context: reported.set())

    async def handler(arrival: Arrival) -> None:
        if arrival.parcel.body == b"bad":
            raise RuntimeError("a fault of the handler")
        await arrival.answer(arrival.parcel)

    await pair.serve(handler)
    with pytest.raises(DeadlinePassed):
        await pair.ask(b"bad", seconds=0.1)
    assert (await pair.ask(b"good")).body == b"good"


async def test_no_answer_in_time_is_told_as_such(pair: Pair) -> None:
    """When the deadline passes the caller is told so, and a late answer reaches nobody."""
    late: list[Arrival] = []

    async def handler(arrival: Arrival) -> None:
        if arrival.parcel.body == b"slow":
            late.append(arrival)
        else:
            await arrival.answer(arrival.parcel)

    await pair.serve(handler)
    with pytest.raises(DeadlinePassed):
        await pair.ask(b"slow", seconds=0.05)
    await late[0].answer(Parcel("", b"late"))
    assert (await pair.ask(b"quick")).body == b"quick"


async def test_nobody_serving_is_told_at_once(pair: Pair) -> None:
    """Without a server the caller need not wait for his deadline."""
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(NoResponder):
            await pair.ask(seconds=PATIENCE * 10)


async def test_a_request_that_does_not_fit_is_not_sent(pair: Pair) -> None:
    """Beyond the limit the caller is told at once; at the limit the request and its answer are carried."""
    received: list[int] = []

    async def handler(arrival: Arrival) -> None:
        received.append(arrival.parcel.size)
        await arrival.answer(arrival.parcel)

    await pair.serve(handler)
    room = pair.bureau.max_parcel_bytes - len("signature")
    with pytest.raises(MessageTooLarge):
        await pair.ask(bytes(room + 1))
    assert (await pair.ask(bytes(room))).size == pair.bureau.max_parcel_bytes
    assert received == [pair.bureau.max_parcel_bytes]


async def test_an_answer_that_does_not_fit_is_told_to_who_answers(pair: Pair) -> None:
    """The answering side learns of it while it can still answer something smaller."""

    async def handler(arrival: Arrival) -> None:
        try:
            await arrival.answer(Parcel("", bytes(pair.service.max_parcel_bytes + 1)))
        except MessageTooLarge:
            await arrival.answer(Parcel("", b"too large"))

    await pair.serve(handler)
    assert (await pair.ask()).body == b"too large"


async def test_those_of_a_group_share_the_work(pair: Pair) -> None:
    """Each request reaches one of a group, and in the long run each of the group gets some."""
    handled: Counter[str] = Counter()

    def counting(name: str) -> Handler:
        async def handler(arrival: Arrival) -> None:
            handled[name] += 1
            await arrival.answer(arrival.parcel)

        return handler

    for name in ("first", "second"):
        await pair.serve(counting(name), group="notices", by=await pair.net.connect("notices"))
    for _ in range(60):
        await pair.ask()
    assert handled.total() == 60
    assert min(handled["first"], handled["second"]) > 5


async def test_what_is_published_reaches_all_who_subscribe(net: Net) -> None:
    """Every subscriber gets it, with the subject and without an inbox, and nobody answers."""
    secretariat, heard = await net.connect("IPSG"), asyncio.Queue[tuple[str, Arrival]]()

    def hearing(name: str) -> Handler:
        async def handler(arrival: Arrival) -> None:
            await heard.put((name, arrival))

        return handler

    for name in ("notices", "fingerprints"):
        await (await net.connect(name)).subscribe(CHANGES_SUBJECT, hearing(name))
    # A subscription takes its time.
    listening: set[str] = set()
    while len(listening) < 2:
        await secretariat.publish(CHANGES_SUBJECT, LOOKS)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                listening.add((await heard.get())[0])
    await asyncio.sleep(0.2)
    while not heard.empty():
        heard.get_nowait()
    await secretariat.publish(CHANGES_SUBJECT, Parcel("signature", b"news"))
    got = dict([await heard.get(), await heard.get()])
    assert set(got) == {"notices", "fingerprints"}
    assert {(arrival.subject, arrival.parcel, arrival.reply_to) for arrival in got.values()} == {
        (CHANGES_SUBJECT, Parcel("signature", b"news"), "")
    }


async def test_in_memory_the_same_handler_may_subscribe_twice() -> None:
    """Two subscriptions without a group are two, whoever handles them."""
    transport, heard = MemoryBroker().connect("IPSG"), asyncio.Queue[Arrival]()
    for _ in range(2):
        await transport.subscribe(CHANGES_SUBJECT, heard.put)
    await transport.publish(CHANGES_SUBJECT, Parcel("", b"news"))
    assert (await heard.get()).parcel == (await heard.get()).parcel


async def test_a_subscription_that_stops_finishes_what_is_under_way(pair: Pair) -> None:
    """Stopping returns when what arrived is answered; from then on nobody serves."""
    begun, allowed = asyncio.Event(), asyncio.Event()

    async def handler(arrival: Arrival) -> None:
        begun.set()
        await allowed.wait()
        await arrival.answer(arrival.parcel)

    subscription = await pair.serve(handler)
    asked = asyncio.ensure_future(pair.ask(b"under way"))
    await begun.wait()
    stopping = asyncio.ensure_future(subscription.stop())
    await asked_until(NoResponder, pair)
    assert not stopping.done()
    allowed.set()
    await stopping
    assert (await asked).body == b"under way"


async def test_closing_finishes_what_is_under_way(pair: Pair) -> None:
    """The answer of a handler that runs while its transport is closed still arrives."""
    begun, allowed = asyncio.Event(), asyncio.Event()

    async def handler(arrival: Arrival) -> None:
        begun.set()
        await allowed.wait()
        await arrival.answer(arrival.parcel)

    await pair.serve(handler)
    asked = asyncio.ensure_future(pair.ask(b"under way"))
    await begun.wait()
    closing = asyncio.ensure_future(pair.service.close())
    allowed.set()
    await closing
    assert (await asked).body == b"under way"


async def test_nothing_is_done_over_a_closed_transport(pair: Pair) -> None:
    """Whoever asks, publishes or subscribes after closing is told that there is no connection."""
    assert pair.bureau.connected
    await pair.bureau.close()
    assert not pair.bureau.connected
    with pytest.raises(Disconnected):
        await pair.ask()
    with pytest.raises(Disconnected):
        await pair.bureau.publish(CHANGES_SUBJECT, Parcel("", b""))
    with pytest.raises(Disconnected):
        await pair.bureau.subscribe(CHANGES_SUBJECT, echo)
    await pair.bureau.close()


async def test_a_service_serves_in_the_group_of_its_name(pair: Pair) -> None:
    """Two replicas of a service do not answer the same request twice."""
    handled: list[Arrival] = []

    async def handler(arrival: Arrival) -> None:
        handled.append(arrival)
        await arrival.answer(arrival.parcel)

    card = ServiceCard("notices", "A service.", dict)
    served = [
        await replica.serve(REQUESTS, handler, senders=["FR"], card=card) for replica in (pair.service, pair.service)
    ]
    while not handled:
        try:
            await pair.ask()
        except NoResponder:
            continue
    handled.clear()
    for _ in range(20):
        await pair.ask()
    assert len(handled) == 20
    for subscription in served:
        await subscription.stop()
    with pytest.raises(NoResponder):
        await pair.ask()


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


async def asked_until(failure: type[TransportFailure], pair: Pair) -> None:
    """Ask again and again until it fails in a certain way."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await pair.ask(seconds=0.05)
            except failure:
                return
            except DeadlinePassed:
                continue


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
