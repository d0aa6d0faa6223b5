"""What is posted waits until it is settled: stated once for the transport in memory and for JetStream."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.protocol.parcel import Parcel
from shared.transport import Disconnected, MessageTooLarge, NoResponder
from shared.transport.memory import MemoryBroker
from shared.transport.subjects import BROKER_OPERATOR, Lane, message_subject
from tests.broker import MEMBERS
from tests.contract.networks import PARCEL, PATIENCE, PROMPT, Mail, Net


@pytest.fixture
async def mail(furnished: Net) -> Mail:
    """Return France and Germany, connected."""
    return Mail(await furnished.connect("FR"), await furnished.connect("DE"))


async def test_what_is_posted_is_collected(mail: Mail) -> None:
    """Body, signature and key arrive untouched, with the subject, for the first time."""
    await mail.post()
    (arrival,) = await mail.collect()
    assert (arrival.subject, arrival.parcel, arrival.attempt) == ("i247.msg.DE.urgent.id1.FR", PARCEL, 1)


async def test_a_receipt_needs_no_key(mail: Mail) -> None:
    """A parcel without a key arrives without one, and an empty one empty."""
    await mail.post(1, Parcel("signature", b"body"))
    await mail.post(2, Parcel("", b""))
    assert [arrival.parcel for arrival in await mail.collect_all(2)] == [Parcel("signature", b"body"), Parcel("", b"")]


async def test_when_nothing_is_posted_collecting_ends_with_its_time(mail: Mail) -> None:
    """Who collects gets nothing, and is not told of an error."""
    async with asyncio.timeout(PATIENCE):
        assert await mail.collect(seconds=0.2) == []
        assert await mail.collect(seconds=0.0) == []


async def test_who_waits_gets_what_is_posted_meanwhile(mail: Mail) -> None:
    """A parcel is handed out when it comes, long before the time is over."""
    collecting = asyncio.ensure_future(mail.collect(seconds=60))
    await mail.nothing_waits()
    await mail.post()
    async with asyncio.timeout(PATIENCE):
        assert len(await collecting) == 1


async def test_what_is_settled_does_not_come_again(mail: Mail) -> None:
    """The broker forgets it, whoever collects."""
    await mail.post()
    (arrival,) = await mail.collect()
    await arrival.settle()
    assert await mail.nothing_waits()


async def test_what_is_handed_out_is_not_handed_out_to_another(mail: Mail, furnished: Net) -> None:
    """Two processes of one bureau share what is posted to it."""
    other = Mail(mail.france, await furnished.connect("DE"))
    for number in range(20):
        await mail.post(number)
    first, second = await mail.collect(), await other.collect()
    subjects = {arrival.subject for arrival in (*first, *second)}
    assert (len(first), len(second), len(subjects)) == (10, 10, 20)


async def test_what_is_postponed_comes_again_later(mail: Mail) -> None:
    """Not before its time, and then as a further attempt; at once if so wished."""
    await mail.post()
    (arrival,) = await mail.collect()
    await arrival.postpone(0.5)
    assert await mail.nothing_waits()
    (again,) = await mail.collect()
    assert (again.parcel, again.attempt) == (PARCEL, 2)
    await again.postpone(0)
    (third,) = await mail.collect()
    assert third.attempt == 3


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give who collects one second to settle."""
    monkeypatch.setattr("shared.transport.nats.stream_setup.SETTLE_SECONDS", 1)
    monkeypatch.setattr("shared.transport.memory_post.SETTLE_SECONDS", 1.0)


@pytest.mark.usefixtures("hasty")
async def test_what_is_not_settled_comes_again_unless_extended(furnished: Net) -> None:
    """What a process took that died is handed out again; what one still works on is not."""
    mail = Mail(await furnished.connect("FR"), await furnished.connect("DE"))
    await mail.post(1)
    await mail.post(2)
    lost, kept = await mail.collect_all(2)
    async with asyncio.timeout(PATIENCE):
        while not (again := await mail.collect(seconds=0.2)):
            await kept.extend()
    assert [(arrival.subject, arrival.attempt) for arrival in again] == [(lost.subject, 2)]


async def test_urgent_and_routine_are_collected_apart(mail: Mail) -> None:
    """A lane holds its own parcels, so that a full one does not delay the other."""
    await mail.post(1, lane=Lane.ROUTINE)
    await mail.post(2, lane=Lane.URGENT)
    assert [arrival.subject for arrival in await mail.collect()] == ["i247.msg.DE.urgent.id2.FR"]
    assert [arrival.subject for arrival in await mail.collect(lane=Lane.ROUTINE)] == ["i247.msg.DE.routine.id1.FR"]


async def test_each_bureau_collects_its_own(mail: Mail) -> None:
    """What is posted to Kenya does not come to Germany."""
    await mail.post(to="KE")
    assert await mail.nothing_waits()


async def test_a_service_posts_to_bureaus_and_collects_what_they_answer(mail: Mail, furnished: Net) -> None:
    """In both lanes; it shares them with nobody, and no other service gets its post."""
    service, other = await furnished.connect("notices"), await furnished.connect("fingerprints")
    for lane in Lane:
        await service.post(message_subject("DE", lane, "id1", "notices"), PARCEL, seconds=PATIENCE)
        (arrival,) = await mail.collect(lane=lane)
        assert (arrival.subject, arrival.parcel) == (f"i247.msg.DE.{lane}.id1.notices", PARCEL)
        await mail.post(2, Parcel("signature", b""), to="notices", lane=lane)
        assert await other.collect(lane, limit=10, seconds=PROMPT) == []
        (answer,) = await service.collect(lane, limit=10, seconds=PATIENCE)
        assert (answer.subject, answer.parcel) == (f"i247.msg.notices.{lane}.id2.FR", Parcel("signature", b""))
        await answer.settle()
        assert await service.collect(lane, limit=10, seconds=PROMPT) == []


async def test_what_is_posted_again_takes_the_place_of_what_was(mail: Mail) -> None:
    """However often a sender repeats itself, one parcel waits, and it is the last."""
    for turn in range(5):
        await mail.post(1, Parcel("signature", b"%d" % turn))
    assert [arrival.parcel.body for arrival in await mail.collect()] == [b"4"]
    assert await mail.nothing_waits()


async def test_what_was_replaced_is_settled_without_harm(mail: Mail) -> None:
    """To settle what was collected takes nothing from what was posted in its place."""
    await mail.post(1, Parcel("signature", b"old"))
    (old,) = await mail.collect()
    await mail.post(1, Parcel("signature", b"new"))
    await old.settle()
    (new,) = await mail.collect()
    assert (new.parcel.body, new.attempt) == (b"new", 1)


async def test_no_more_is_handed_out_than_asked_for(mail: Mail) -> None:
    """The oldest come first, and the others wait."""
    for number in range(5):
        await mail.post(number)
    batches = [await mail.collect(limit=2) for _ in range(3)]
    assert [len(batch) for batch in batches] == [2, 2, 1]
    subjects = [arrival.subject for batch in batches for arrival in batch]
    assert subjects == [f"i247.msg.DE.urgent.id{number}.FR" for number in range(5)]


async def test_the_largest_parcel_is_posted_and_no_larger(mail: Mail) -> None:
    """Beyond the limit who posts is told at once; a parcel at the limit arrives."""
    room = mail.france.max_post_bytes - len("signature") - len("key")
    with pytest.raises(MessageTooLarge):
        await mail.post(1, Parcel("signature", bytes(room + 1), "key"))
    await mail.post(2, Parcel("signature", bytes(room), "key"))
    (arrival,) = await mail.collect()
    assert arrival.parcel.size == mail.france.max_post_bytes


async def test_a_crowd_posts_and_collects_at_once(mail: Mail) -> None:
    """Everything arrives, once each, when many post and two collect at the same time."""
    wanted = {f"i247.msg.DE.{lane}.id{number}.FR" for number in range(200) for lane in Lane}
    found: list[str] = []

    async def take(lane: Lane) -> None:
        for arrival in await mail.collect_all(200, lane):
            found.append(arrival.subject)
            await arrival.settle()

    posting = [mail.post(number, lane=lane) for number in range(200) for lane in Lane]
    await asyncio.gather(*posting, *(take(lane) for lane in Lane))
    assert (len(found), set(found)) == (400, wanted)


async def test_without_a_place_it_is_told_at_once(net: Net) -> None:
    """Where nothing is furnished nobody waits for his deadline."""
    france = await net.connect("FR")
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(NoResponder):
            await france.post(message_subject("DE", Lane.URGENT, "id", "FR"), PARCEL, seconds=PATIENCE * 10)
        with pytest.raises(NoResponder):
            await france.collect(Lane.URGENT, limit=1, seconds=PATIENCE * 10)


async def test_nothing_is_posted_over_a_closed_transport(mail: Mail) -> None:
    """Whoever posts, collects, settles or waits for a connection after closing is told that there is none."""
    await mail.post()
    (arrival,) = await mail.collect()
    waiting = asyncio.ensure_future(mail.germany.reconnected(mail.germany.connections))
    await asyncio.sleep(0)
    await mail.germany.close()
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: waiting,
        mail.collect,
        arrival.settle,
        arrival.extend,
        lambda: arrival.postpone(1),
        lambda: mail.germany.ensure_streams(MEMBERS),
        lambda: mail.germany.post(message_subject("FR", Lane.URGENT, "id", "DE"), PARCEL, seconds=PATIENCE),
        lambda: mail.germany.reconnected(mail.germany.connections),
    ]
    async with asyncio.timeout(PATIENCE):
        for act in acts:
            with pytest.raises(Disconnected):
                await act()


async def test_closing_ends_the_waiting(mail: Mail) -> None:
    """Who collects while his transport is closed is told so, and does not wait for his time to pass."""
    collecting = asyncio.ensure_future(mail.collect(seconds=60))
    await mail.nothing_waits()
    await mail.germany.close()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(Disconnected):
            await collecting


async def test_in_memory_a_connection_and_a_store_are_lost_as_over_nats() -> None:
    """Tests of a mesh in one process can take away what a real broker loses when it dies."""
    broker = MemoryBroker()
    france, germany = broker.connect("FR"), broker.connect("DE")
    await broker.connect(BROKER_OPERATOR).ensure_streams(MEMBERS)
    mail = Mail(france, germany)
    waiting = asyncio.ensure_future(mail.collect(seconds=60))
    await asyncio.sleep(0)
    germany.disconnect()
    with pytest.raises(Disconnected):
        await waiting
    again = asyncio.ensure_future(germany.reconnected(1))
    await asyncio.sleep(0)
    germany.reconnect()
    await again
    await mail.post()
    broker.kept.lose_all()
    with pytest.raises(NoResponder):
        await mail.collect()
