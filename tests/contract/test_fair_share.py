"""Each sender is answered within its share: what it sends beyond that reaches nobody, and no other sender waits."""

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
from tests.contract.networks import PATIENCE, OverNats

PATTERN = request_subject("notices", "*")
SHARE = 8
# For megabytes on a machine that has other things to do.
LONG_SECONDS = 60.0
CARD = ServiceCard("notices", share=SHARE)


class Answering:
    """Answers, counts for whom, and can be told to hold some back or to find fault with them."""

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
        await arrival.answer(arrival.parcel)


@pytest.fixture
async def net(own_server: NatsServer) -> AsyncIterator[OverNats]:
    """Give a test a server of its own."""
    net = OverNats(own_server)
    yield net
    for transport in net.opened:
        await transport.close()


@pytest.fixture
def answering() -> Answering:
    """Return who answers."""
    return Answering()


async def ask(transport: Transport, sender: str, seconds: float = PATIENCE) -> Parcel:
    """Ask once."""
    return await transport.request(request_subject("notices", sender), Parcel("", b"?"), timeout=seconds)


async def ask_often(transport: Transport, sender: str, count: int) -> None:
    """Ask one question after the other."""
    for _ in range(count):
        await ask(transport, sender, 0.3)


async def ask_in_vain(transport: Transport) -> None:
    """Ask as France, and do not wait long."""
    with suppress(NoResponder, DeadlinePassed):
        await ask(transport, "FR", 0.3)


async def until_heard(transport: Transport, sender: str) -> None:
    """Ask until somebody listens: a subscription takes its time."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await ask(transport, sender)
            except NoResponder:
                await asyncio.sleep(0.01)
            else:
                return


async def serving(net: OverNats, answering: Answering, *senders: str) -> dict[str, Transport]:
    """Have a service answer some bureaus, and return these, connected and heard."""
    service = await net.connect("notices")
    await service.serve(PATTERN, answering.handle, senders=senders, card=CARD)
    bureaus = {sender: await net.connect(sender) for sender in senders}
    for sender, transport in bureaus.items():
        await until_heard(transport, sender)
    answering.handled.clear()
    return bureaus


async def test_many_more_requests_than_a_window_has_are_answered_one_by_one(
    net: OverNats, answering: Answering
) -> None:
    """Windows are renewed as requests are handled, and none is lost between two of them."""
    bureaus = await serving(net, answering, "FR")
    for _ in range(SHARE * 20):
        await ask(bureaus["FR"], "FR")
    assert answering.handled == {"FR": SHARE * 20}


async def test_beyond_its_share_a_sender_is_told_that_nobody_listens(net: OverNats, answering: Answering) -> None:
    """The broker tells it at once; what was taken in is answered, and another sender never notices."""
    bureaus = await serving(net, answering, "FR", "DE")
    answering.held.add("FR")
    asked = [asyncio.ensure_future(ask(bureaus["FR"], "FR")) for _ in range(SHARE * 10)]
    async with asyncio.timeout(PATIENCE):
        while sum(each.done() for each in asked) < SHARE * 7:
            await ask(bureaus["DE"], "DE")
    # One window and half of the next at the most.
    assert SHARE // 2 <= answering.handled["FR"] <= SHARE * 2
    answering.go.set()
    outcomes = Counter(type(each) for each in await asyncio.gather(*asked, return_exceptions=True))
    assert outcomes == {Parcel: answering.handled["FR"], NoResponder: SHARE * 10 - answering.handled["FR"]}
    await until_heard(bureaus["FR"], "FR")


async def test_where_several_are_busy_each_has_only_so_many_handled_at_once(
    net: OverNats, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of its share waits and is answered in the end; alone a sender has all of it handled at once."""
    monkeypatch.setattr("shared.transport.nats.serving.HANDLED_AT_ONCE", 2)
    monkeypatch.setattr("shared.transport.nats.serving.BUSY_SECONDS", 0.2)
    bureaus = await serving(net, answering, "FR", "DE")
    for _ in range(20):
        await asyncio.gather(ask(bureaus["DE"], "DE"), ask(bureaus["FR"], "FR"))
    before = answering.handled["FR"]
    answering.held.add("FR")
    asked = [asyncio.ensure_future(ask(bureaus["FR"], "FR")) for _ in range(SHARE // 2)]
    for _ in range(60):
        await ask(bureaus["DE"], "DE")
    handled = answering.handled["FR"] - before
    answering.go.set()
    await asyncio.gather(*asked)
    assert handled == 2
    # Nobody else has asked for a while.
    await asyncio.sleep(0.5)
    answering.go.clear()
    before = answering.handled["FR"]
    await asyncio.gather(*(ask_in_vain(bureaus["FR"]) for _ in range(SHARE)))
    answering.go.set()
    assert answering.handled["FR"] - before >= SHARE // 2


async def test_a_flood_is_not_even_read(net: OverNats, answering: Answering) -> None:
    """Of a hundred thousand messages the service takes in what fits into its window, and nothing of the rest."""
    bureaus = await serving(net, answering, "FR", "DE")
    answering.held.add("FR")
    france = bureaus["FR"]
    assert isinstance(france, NatsTransport)
    for _ in range(200):
        for _ in range(500):
            await france._client.publish(request_subject("notices", "FR"), b"x", reply="_INBOX.FR.nowhere")
        await ask(bureaus["DE"], "DE")
    assert answering.handled["FR"] <= SHARE * 2
    assert answering.handled["DE"] == 200
    answering.go.set()


async def test_who_sends_rubbish_is_not_heard_for_a_while(
    net: OverNats, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than some faults a second cost a sender its window for a while; others are heard all the time."""
    monkeypatch.setattr("shared.transport.nats.serving.PAUSE_SECONDS", 0.3)
    bureaus = await serving(net, answering, "FR", "DE")
    answering.faulty.add("FR")
    # What is on its way when the window is closed is dropped unread; then the broker says that nobody listens.
    with pytest.raises((NoResponder, DeadlinePassed)):
        await ask_often(bureaus["FR"], "FR", 100)
    assert 20 <= answering.handled["FR"] <= 40
    await ask(bureaus["DE"], "DE")
    answering.faulty.clear()
    await until_heard(bureaus["FR"], "FR")


async def test_what_keeps_another_subject_is_no_request(net: OverNats, answering: Answering) -> None:
    """JetStream hands a parcel out under its own subject, also to one that is a request's: that names who posted it."""
    service, france = await net.connect("notices"), await net.connect("FR")
    assert isinstance(france, NatsTransport)
    await service.serve(PATTERN, answering.handle, senders=["FR", "DE"], card=CARD)
    operator = await net.connect(BROKER_OPERATOR)
    await operator.ensure_streams(MEMBERS, ["notices"])
    germany = await net.connect("DE")
    await germany.post(message_subject("FR", Lane.URGENT, "id", "DE"), Parcel("signature", b"?"), seconds=PATIENCE)
    pull = f"$JS.API.CONSUMER.MSG.NEXT.MESSAGES.{lane_consumer('FR', Lane.URGENT)}"
    await france._client.send(pull, b'{"batch":1,"no_wait":true}', request_subject("notices", "FR"))
    await ask(france, "FR")
    assert answering.handled == {"FR": 1}


async def test_a_bureau_that_joins_is_heard_once_it_is_admitted(net: OverNats, answering: Answering) -> None:
    """A sender that was not admitted finds no responder."""
    service = await net.connect("notices")
    served = await service.serve(PATTERN, answering.handle, senders=["FR"], card=CARD)
    kenya = await net.connect("KE")
    with pytest.raises(NoResponder):
        await ask(kenya, "KE")
    await served.admit(["FR", "KE"])
    await until_heard(kenya, "KE")


async def test_after_a_reconnection_all_are_heard_again(
    net: OverNats, own_server: NatsServer, answering: Answering
) -> None:
    """Also those whose window was used up when the connection was lost."""
    bureaus = await serving(net, answering, "FR", "DE")
    answering.held.add("FR")
    asked = [asyncio.ensure_future(ask(bureaus["FR"], "FR", 1)) for _ in range(SHARE * 4)]
    await asyncio.gather(*asked[SHARE * 3 :], return_exceptions=True)
    own_server.kill()
    own_server.start()
    answering.go.set()
    await asyncio.gather(*asked, return_exceptions=True)
    for sender, transport in bureaus.items():
        await transport.reconnected(1)
        await until_heard(transport, sender)
        for _ in range(SHARE * 3):
            await until_heard(transport, sender)


async def test_two_processes_of_a_service_share_what_comes(net: OverNats, answering: Answering) -> None:
    """Each has windows of its own, and each request reaches one of them."""
    other = Answering()
    bureaus = await serving(net, answering, "FR")
    second = await net.connect("notices")
    served = await second.serve(PATTERN, other.handle, senders=["FR"], card=CARD)
    async with asyncio.timeout(PATIENCE):
        while not other.handled:
            await ask(bureaus["FR"], "FR")
    before = answering.handled.total() + other.handled.total()
    for _ in range(60):
        await ask(bureaus["FR"], "FR")
    assert answering.handled.total() + other.handled.total() == before + 60
    assert min(answering.handled["FR"], other.handled["FR"]) > 5
    await served.stop()
    for _ in range(SHARE * 3):
        await ask(bureaus["FR"], "FR")


async def test_a_window_is_smaller_where_messages_are_large(
    net: OverNats, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may be on its way to a service is bounded in bytes as well; small messages open it again."""
    monkeypatch.setattr("shared.transport.nats.serving.WINDOW_BYTES", 4_000_000)
    monkeypatch.setattr("shared.transport.nats.serving.MIN_WINDOW", 1)
    bureaus = await serving(net, answering, "FR", "DE")
    large = Parcel("", bytes(2_000_000))
    for _ in range(SHARE * 2):
        await until_answered(bureaus["FR"], large)
    answering.handled.clear()
    answering.held.add("FR")
    asked = [asyncio.ensure_future(until_answered(bureaus["FR"], large)) for _ in range(SHARE * 4)]
    for _ in range(50):
        await ask(bureaus["DE"], "DE")
    # Two fit into a window; of small messages it would have been all that were asked.
    assert answering.handled["FR"] <= SHARE
    answering.held.clear()
    answering.go.set()
    await asyncio.gather(*asked)


async def until_answered(transport: Transport, parcel: Parcel) -> None:
    """Ask as France until there is an answer."""
    async with asyncio.timeout(LONG_SECONDS):
        while True:
            with suppress(NoResponder):
                await transport.request(request_subject("notices", "FR"), parcel, timeout=LONG_SECONDS)
                return
            await asyncio.sleep(0.02)
