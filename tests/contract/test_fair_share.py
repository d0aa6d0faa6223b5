"""Each sender has a share of a service: requests beyond it are not delivered, and other senders do not wait."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from shared.protocol.parcel import Parcel
from shared.transport import Arrival, DeadlinePassed, NoResponder, ServiceCard, Transport
from shared.transport.nats import NatsTransport
from shared.transport.subjects import BROKER_OPERATOR, Lane, lane_consumer, message_subject, request_subject
from tests.broker import MEMBERS, NatsServer
from tests.contract.networks import DEADLINE, OverNats

PATTERN = request_subject("notices", "*")
SHARE = 8
# Enough for megabytes on a busy machine.
LONG_SECONDS = 60.0
CARD = ServiceCard("notices", share=SHARE)


class CountingHandler:
    """Answers requests, counts them by sender, and can hold back or penalize those of some senders."""

    def __init__(self) -> None:
        self.handled: Counter[str] = Counter()
        self.held: set[str] = set()
        self.faulty: set[str] = set()
        self.go = asyncio.Event()

    async def handle(self, arrival: Arrival) -> None:
        """Handle one request."""
        self.handled[arrival.sender] += 1
        if arrival.sender in self.faulty:
            arrival.penalize()
        if arrival.sender in self.held:
            await self.go.wait()
        await arrival.reply(arrival.parcel)


@pytest.fixture
async def net(own_server: NatsServer) -> AsyncIterator[OverNats]:
    """Yield a net on a server of its own."""
    net = OverNats(own_server)
    yield net
    for transport in net.opened:
        await transport.close()


@pytest.fixture
def handler() -> CountingHandler:
    """Return the handler of the service."""
    return CountingHandler()


async def ask(transport: Transport, sender: str, seconds: float = DEADLINE) -> Parcel:
    """Send one request."""
    return await transport.request(request_subject("notices", sender), Parcel("", b"?"), timeout=seconds)


async def ask_often(transport: Transport, sender: str, count: int) -> None:
    """Send requests one after the other."""
    for _ in range(count):
        await ask(transport, sender, 0.3)


async def ask_unanswered(transport: Transport) -> None:
    """Send a request as France, and ignore that it is not answered."""
    with suppress(NoResponder, DeadlinePassed):
        await ask(transport, "FR", 0.3)


async def until_served(transport: Transport, sender: str) -> None:
    """Send requests until one is answered: a subscription takes a moment to become active."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                await ask(transport, sender)
            except NoResponder:
                await asyncio.sleep(0.01)
            else:
                return


async def serving(net: OverNats, handler: CountingHandler, *senders: str) -> dict[str, Transport]:
    """Start a service for some bureaus, and return the transports of these once each has been answered."""
    service = await net.connect("notices")
    await service.serve(PATTERN, handler.handle, senders=senders, card=CARD)
    bureaus = {sender: await net.connect(sender) for sender in senders}
    for sender, transport in bureaus.items():
        await until_served(transport, sender)
    handler.handled.clear()
    return bureaus


async def test_sequential_requests_beyond_one_window_are_all_answered(net: OverNats, handler: CountingHandler) -> None:
    """Windows are renewed as requests are handled, and no request is lost between two of them."""
    bureaus = await serving(net, handler, "FR")
    for _ in range(SHARE * 20):
        await ask(bureaus["FR"], "FR")
    assert handler.handled == {"FR": SHARE * 20}


@pytest.mark.thorough
async def test_requests_beyond_the_share_of_a_sender_raise_no_responder(
    net: OverNats, handler: CountingHandler
) -> None:
    """The broker refuses them at once; accepted requests are answered, and another sender is served throughout."""
    bureaus = await serving(net, handler, "FR", "DE")
    handler.held.add("FR")
    asked = [asyncio.ensure_future(ask(bureaus["FR"], "FR")) for _ in range(SHARE * 10)]
    async with asyncio.timeout(DEADLINE):
        while sum(each.done() for each in asked) < SHARE * 7:
            await ask(bureaus["DE"], "DE")
    # At most one window and half of the next.
    assert SHARE // 2 <= handler.handled["FR"] <= SHARE * 2
    handler.go.set()
    outcomes = Counter(type(each) for each in await asyncio.gather(*asked, return_exceptions=True))
    assert outcomes == {Parcel: handler.handled["FR"], NoResponder: SHARE * 10 - handler.handled["FR"]}
    await until_served(bureaus["FR"], "FR")


@pytest.mark.thorough
async def test_each_busy_sender_has_a_limited_number_of_requests_handled_at_once(
    net: OverNats, handler: CountingHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of its share waits and is answered later; a sender that is alone has its whole share handled at once."""
    monkeypatch.setattr("shared.transport.nats.serving.HANDLED_AT_ONCE", 2)
    monkeypatch.setattr("shared.transport.nats.serving.BUSY_SECONDS", 0.2)
    bureaus = await serving(net, handler, "FR", "DE")
    for _ in range(20):
        await asyncio.gather(ask(bureaus["DE"], "DE"), ask(bureaus["FR"], "FR"))
    before = handler.handled["FR"]
    handler.held.add("FR")
    asked = [asyncio.ensure_future(ask(bureaus["FR"], "FR")) for _ in range(SHARE // 2)]
    for _ in range(60):
        await ask(bureaus["DE"], "DE")
    handled = handler.handled["FR"] - before
    handler.go.set()
    await asyncio.gather(*asked)
    assert handled == 2
    # No other sender has sent a request for a while.
    await asyncio.sleep(0.5)
    handler.go.clear()
    before = handler.handled["FR"]
    await asyncio.gather(*(ask_unanswered(bureaus["FR"]) for _ in range(SHARE)))
    handler.go.set()
    assert handler.handled["FR"] - before >= SHARE // 2


@pytest.mark.thorough
async def test_a_flood_beyond_the_window_is_not_read_by_the_service(net: OverNats, handler: CountingHandler) -> None:
    """Of a hundred thousand messages the service reads those that fit into its window, and none of the rest."""
    bureaus = await serving(net, handler, "FR", "DE")
    handler.held.add("FR")
    france = bureaus["FR"]
    assert isinstance(france, NatsTransport)
    for _ in range(200):
        for _ in range(500):
            await france._client.publish(request_subject("notices", "FR"), b"x", reply="_INBOX.FR.nowhere")
        await ask(bureaus["DE"], "DE")
    assert handler.handled["FR"] <= SHARE * 2
    assert handler.handled["DE"] == 200
    handler.go.set()


@pytest.mark.thorough
async def test_a_sender_of_faulty_requests_is_paused(
    net: OverNats, handler: CountingHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than some faults a second close the window of a sender for a while; other senders are served throughout."""
    monkeypatch.setattr("shared.transport.nats.serving.PAUSE_SECONDS", 0.3)
    bureaus = await serving(net, handler, "FR", "DE")
    handler.faulty.add("FR")
    # Requests under way when the window is closed are dropped unread; later ones get NoResponder from the broker.
    with pytest.raises((NoResponder, DeadlinePassed)):
        await ask_often(bureaus["FR"], "FR", 100)
    assert 20 <= handler.handled["FR"] <= 40
    await ask(bureaus["DE"], "DE")
    handler.faulty.clear()
    await until_served(bureaus["FR"], "FR")


@pytest.mark.thorough
async def test_a_message_with_another_subject_is_not_handled_as_a_request(
    net: OverNats, handler: CountingHandler
) -> None:
    """JetStream can deliver a parcel to the subject of a request, but under its own subject, which names its sender."""
    service, france = await net.connect("notices"), await net.connect("FR")
    assert isinstance(france, NatsTransport)
    await service.serve(PATTERN, handler.handle, senders=["FR", "DE"], card=CARD)
    operator = await net.connect(BROKER_OPERATOR)
    await operator.ensure_streams(MEMBERS, ["notices"])
    germany = await net.connect("DE")
    await germany.post(message_subject("FR", Lane.URGENT, "id", "DE"), Parcel("signature", b"?"), seconds=DEADLINE)
    pull = f"$JS.API.CONSUMER.MSG.NEXT.MESSAGES.{lane_consumer('FR', Lane.URGENT)}"
    await france._client.send(pull, b'{"batch":1,"no_wait":true}', request_subject("notices", "FR"))
    await ask(france, "FR")
    assert handler.handled == {"FR": 1}


@pytest.mark.thorough
async def test_a_new_bureau_is_served_once_it_is_admitted(net: OverNats, handler: CountingHandler) -> None:
    """Before that, its requests raise NoResponder."""
    service = await net.connect("notices")
    served = await service.serve(PATTERN, handler.handle, senders=["FR"], card=CARD)
    kenya = await net.connect("KE")
    with pytest.raises(NoResponder):
        await ask(kenya, "KE")
    await served.admit(["FR", "KE"])
    await until_served(kenya, "KE")


@pytest.mark.thorough
async def test_all_senders_are_served_again_after_a_reconnection(
    net: OverNats, own_server: NatsServer, handler: CountingHandler
) -> None:
    """Including those whose window was used up when the connection was lost."""
    bureaus = await serving(net, handler, "FR", "DE")
    handler.held.add("FR")
    asked = [asyncio.ensure_future(ask(bureaus["FR"], "FR", 1)) for _ in range(SHARE * 4)]
    await asyncio.gather(*asked[SHARE * 3 :], return_exceptions=True)
    own_server.kill()
    own_server.start()
    handler.go.set()
    await asyncio.gather(*asked, return_exceptions=True)
    for sender, transport in bureaus.items():
        await transport.reconnected(1)
        await until_served(transport, sender)
        for _ in range(SHARE * 3):
            await until_served(transport, sender)


@pytest.mark.thorough
async def test_two_processes_of_a_service_share_the_requests(net: OverNats, handler: CountingHandler) -> None:
    """Each has its own windows, and each request reaches one of them."""
    other = CountingHandler()
    bureaus = await serving(net, handler, "FR")
    second = await net.connect("notices")
    served = await second.serve(PATTERN, other.handle, senders=["FR"], card=CARD)
    async with asyncio.timeout(DEADLINE):
        while not other.handled:
            await ask(bureaus["FR"], "FR")
    before = handler.handled.total() + other.handled.total()
    for _ in range(60):
        await ask(bureaus["FR"], "FR")
    assert handler.handled.total() + other.handled.total() == before + 60
    assert min(handler.handled["FR"], other.handled["FR"]) > 5
    await served.stop()
    for _ in range(SHARE * 3):
        await ask(bureaus["FR"], "FR")


@pytest.mark.thorough
async def test_a_window_is_smaller_when_messages_are_large(
    net: OverNats, handler: CountingHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of bytes on their way to a service is bounded as well."""
    monkeypatch.setattr("shared.transport.nats.serving.WINDOW_BYTES", 4_000_000)
    monkeypatch.setattr("shared.transport.nats.serving.MIN_WINDOW", 1)
    bureaus = await serving(net, handler, "FR", "DE")
    large = Parcel("", bytes(2_000_000))
    for _ in range(SHARE * 2):
        await until_answered(bureaus["FR"], large)
    handler.handled.clear()
    handler.held.add("FR")
    asked = [asyncio.ensure_future(until_answered(bureaus["FR"], large)) for _ in range(SHARE * 4)]
    for _ in range(50):
        await ask(bureaus["DE"], "DE")
    # Two fit into a window; all would, if the messages were small.
    assert handler.handled["FR"] <= SHARE
    handler.held.clear()
    handler.go.set()
    await asyncio.gather(*asked)


async def until_answered(transport: Transport, parcel: Parcel) -> None:
    """Send a request as France until it is answered."""
    async with asyncio.timeout(LONG_SECONDS):
        while True:
            with suppress(NoResponder):
                await transport.request(request_subject("notices", "FR"), parcel, timeout=LONG_SECONDS)
                return
            await asyncio.sleep(0.02)
