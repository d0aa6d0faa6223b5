"""The contract of a transport, which the transport in memory and a real NATS server both keep."""

import asyncio
from collections import Counter
from contextlib import suppress

import pytest

from shared.protocol.parcel import Parcel
from shared.transport import (
    Arrival,
    DeadlinePassed,
    Disconnected,
    Handler,
    MessageTooLarge,
    NoResponder,
    ServiceCard,
)
from shared.transport.memory import MemoryBroker
from shared.transport.subjects import DIRECTORY_CHANGES, REPLY_PREFIX
from tests.contract.networks import DEADLINE, FROM_FRANCE, PROBE, REQUESTS, Net, Pair, ask_until_failure, echo


@pytest.fixture
async def pair(net: Net) -> Pair:
    """Return France and the service notices, connected."""
    return Pair(net, await net.connect("FR"), await net.connect("notices"))


async def test_an_answer_is_returned_to_the_requester(pair: Pair) -> None:
    """Body and signature are unchanged both ways; the arrival has the subject and a reply subject of the broker."""
    arrivals: list[Arrival] = []

    async def handler(arrival: Arrival) -> None:
        arrivals.append(arrival)
        await arrival.reply(Parcel("signed answer", bytes(reversed(arrival.parcel.body))))

    await pair.serve(handler)
    assert await pair.ask(bytes(range(256))) == Parcel("signed answer", bytes(reversed(range(256))))
    (arrival,) = arrivals
    assert (arrival.subject, arrival.parcel) == (FROM_FRANCE, Parcel("signature", bytes(range(256))))
    assert arrival.reply_to.startswith(f"{REPLY_PREFIX}.")
    assert arrival.sender == "FR"


async def test_a_parcel_may_be_empty(pair: Pair) -> None:
    """An empty body and an empty signature are carried like any others."""
    await pair.serve(echo)
    assert await pair.bureau.request(FROM_FRANCE, Parcel("", b""), timeout=DEADLINE) == Parcel("", b"")


async def test_simultaneous_requests_are_handled_concurrently(pair: Pair) -> None:
    """All are under way before the first is answered."""
    barrier = asyncio.Barrier(50)

    async def handler(arrival: Arrival) -> None:
        await barrier.wait()
        await arrival.reply(arrival.parcel)

    await pair.serve(handler)
    bodies = [str(number).encode() for number in range(50)]
    answers = await asyncio.gather(*map(pair.ask, bodies))
    assert [answer.body for answer in answers] == bodies


async def test_a_handler_that_raises_does_not_affect_the_next_request(pair: Pair) -> None:
    """The failed request remains unanswered."""
    loop, reported = asyncio.get_running_loop(), asyncio.Event()
    loop.set_exception_handler(lambda _loop, _context: reported.set())

    async def handler(arrival: Arrival) -> None:
        if arrival.parcel.body == b"bad":
            raise RuntimeError("a fault of the handler")
        await arrival.reply(arrival.parcel)

    await pair.serve(handler)
    with pytest.raises(DeadlinePassed):
        await pair.ask(b"bad", seconds=0.1)
    assert (await pair.ask(b"good")).body == b"good"


async def test_a_request_without_an_answer_in_time_raises_deadline_passed(pair: Pair) -> None:
    """A late answer is dropped."""
    late: list[Arrival] = []

    async def handler(arrival: Arrival) -> None:
        if arrival.parcel.body == b"slow":
            late.append(arrival)
        else:
            await arrival.reply(arrival.parcel)

    await pair.serve(handler)
    with pytest.raises(DeadlinePassed):
        await pair.ask(b"slow", seconds=0.05)
    await late[0].reply(Parcel("", b"late"))
    assert (await pair.ask(b"quick")).body == b"quick"


async def test_a_request_without_a_server_raises_no_responder_at_once(pair: Pair) -> None:
    """The requester does not wait for its deadline."""
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(NoResponder):
            await pair.ask(seconds=DEADLINE * 10)


async def test_a_request_above_the_size_limit_is_not_sent(pair: Pair) -> None:
    """It raises MessageTooLarge; at the limit the request and its answer are carried."""
    received: list[int] = []

    async def handler(arrival: Arrival) -> None:
        received.append(arrival.parcel.size)
        await arrival.reply(arrival.parcel)

    await pair.serve(handler)
    room = pair.bureau.max_parcel_bytes - len("signature")
    with pytest.raises(MessageTooLarge):
        await pair.ask(bytes(room + 1))
    assert (await pair.ask(bytes(room))).size == pair.bureau.max_parcel_bytes
    assert received == [pair.bureau.max_parcel_bytes]


async def test_an_answer_above_the_size_limit_raises_in_its_handler(pair: Pair) -> None:
    """So that the handler can still send a smaller answer."""

    async def handler(arrival: Arrival) -> None:
        try:
            await arrival.reply(Parcel("", bytes(pair.service.max_parcel_bytes + 1)))
        except MessageTooLarge:
            await arrival.reply(Parcel("", b"too large"))

    await pair.serve(handler)
    assert (await pair.ask()).body == b"too large"


async def test_the_members_of_a_group_share_the_requests(pair: Pair) -> None:
    """Each request reaches one member, and in the long run each member gets some."""
    handled: Counter[str] = Counter()

    def counting(name: str) -> Handler:
        async def handler(arrival: Arrival) -> None:
            handled[name] += 1
            await arrival.reply(arrival.parcel)

        return handler

    for name in ("first", "second"):
        await pair.serve(counting(name), group="notices", by=await pair.net.connect("notices"))
    for _ in range(60):
        await pair.ask()
    assert handled.total() == 60
    assert min(handled["first"], handled["second"]) > 5


@pytest.mark.thorough
async def test_a_published_message_reaches_all_subscribers(net: Net) -> None:
    """With its subject, and without a reply subject."""
    secretariat, heard = await net.connect("IPSG"), asyncio.Queue[tuple[str, Arrival]]()

    def hearing(name: str) -> Handler:
        async def handler(arrival: Arrival) -> None:
            await heard.put((name, arrival))

        return handler

    for name in ("notices", "fingerprints"):
        await (await net.connect(name)).subscribe(DIRECTORY_CHANGES, hearing(name))
    # A subscription takes a moment to become active.
    listening: set[str] = set()
    while len(listening) < 2:
        await secretariat.publish(DIRECTORY_CHANGES, PROBE)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                listening.add((await heard.get())[0])
    await asyncio.sleep(0.2)
    while not heard.empty():
        heard.get_nowait()
    await secretariat.publish(DIRECTORY_CHANGES, Parcel("signature", b"news"))
    got = dict([await heard.get(), await heard.get()])
    assert set(got) == {"notices", "fingerprints"}
    assert {(arrival.subject, arrival.parcel, arrival.reply_to) for arrival in got.values()} == {
        (DIRECTORY_CHANGES, Parcel("signature", b"news"), "")
    }


async def test_in_memory_the_same_handler_may_subscribe_twice() -> None:
    """Two subscriptions without a group are separate, even with the same handler."""
    transport, heard = MemoryBroker().connect("IPSG"), asyncio.Queue[Arrival]()
    for _ in range(2):
        await transport.subscribe(DIRECTORY_CHANGES, heard.put)
    await transport.publish(DIRECTORY_CHANGES, Parcel("", b"news"))
    assert (await heard.get()).parcel == (await heard.get()).parcel


async def test_stopping_a_subscription_finishes_the_requests_under_way(pair: Pair) -> None:
    """It returns once they are answered; new requests raise NoResponder meanwhile."""
    begun, allowed = asyncio.Event(), asyncio.Event()

    async def handler(arrival: Arrival) -> None:
        begun.set()
        await allowed.wait()
        await arrival.reply(arrival.parcel)

    subscription = await pair.serve(handler)
    asked = asyncio.ensure_future(pair.ask(b"under way"))
    await begun.wait()
    stopping = asyncio.ensure_future(subscription.stop())
    await ask_until_failure(NoResponder, pair)
    assert not stopping.done()
    allowed.set()
    await stopping
    assert (await asked).body == b"under way"


async def test_closing_a_transport_finishes_the_requests_under_way(pair: Pair) -> None:
    """The answer of a handler that runs while its transport is closed still arrives."""
    begun, allowed = asyncio.Event(), asyncio.Event()

    async def handler(arrival: Arrival) -> None:
        begun.set()
        await allowed.wait()
        await arrival.reply(arrival.parcel)

    await pair.serve(handler)
    asked = asyncio.ensure_future(pair.ask(b"under way"))
    await begun.wait()
    closing = asyncio.ensure_future(pair.service.close())
    allowed.set()
    await closing
    assert (await asked).body == b"under way"


async def test_a_closed_transport_raises_disconnected(pair: Pair) -> None:
    """For requests, publications and subscriptions; it can be closed twice."""
    assert pair.bureau.connected
    await pair.bureau.close()
    assert not pair.bureau.connected
    with pytest.raises(Disconnected):
        await pair.ask()
    with pytest.raises(Disconnected):
        await pair.bureau.publish(DIRECTORY_CHANGES, Parcel("", b""))
    with pytest.raises(Disconnected):
        await pair.bureau.subscribe(DIRECTORY_CHANGES, echo)
    await pair.bureau.close()


async def test_two_servers_of_one_service_do_not_both_answer_a_request(pair: Pair) -> None:
    """A service serves in the group of its name."""
    handled: list[Arrival] = []

    async def handler(arrival: Arrival) -> None:
        handled.append(arrival)
        await arrival.reply(arrival.parcel)

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
