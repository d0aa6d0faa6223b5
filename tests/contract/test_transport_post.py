"""A posted parcel waits until it is settled: one contract for the transport in memory and for JetStream."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.protocol.parcel import Parcel
from shared.transport import Disconnected, MessageTooLarge, NoResponder, TransportFailure
from shared.transport.memory import MemoryBroker
from shared.transport.subjects import BROKER_OPERATOR, Lane, message_subject
from tests.broker import MEMBERS
from tests.contract.networks import DEADLINE, MOMENT, PARCEL, Mail, Net


@pytest.fixture
async def mail(net_with_streams: Net) -> Mail:
    """Return France and Germany, connected."""
    return Mail(await net_with_streams.connect("FR"), await net_with_streams.connect("DE"))


async def test_a_posted_parcel_is_collected(mail: Mail) -> None:
    """Body, signature and key are unchanged; the arrival has the subject and counts as the first attempt."""
    await mail.post()
    (arrival,) = await mail.collect()
    assert (arrival.subject, arrival.parcel, arrival.attempt) == ("i247.msg.DE.urgent.id1.FR", PARCEL, 1)


@pytest.mark.thorough
async def test_a_parcel_without_a_key_is_collected_without_one(mail: Mail) -> None:
    """As a receipt is; an empty parcel arrives empty."""
    await mail.post(1, Parcel("signature", b"body"))
    await mail.post(2, Parcel("", b""))
    assert [arrival.parcel for arrival in await mail.collect_all(2)] == [Parcel("signature", b"body"), Parcel("", b"")]


@pytest.mark.thorough
async def test_a_participant_cannot_post_in_the_name_of_another(mail: Mail) -> None:
    """The broker does not take the parcel, and the recipient gets nothing."""
    with pytest.raises(TransportFailure):
        await mail.france.post(message_subject("DE", Lane.URGENT, "id1", "KE"), PARCEL, seconds=MOMENT)
    assert await mail.nothing_waits()


@pytest.mark.thorough
async def test_collecting_returns_an_empty_list_once_its_time_has_passed(mail: Mail) -> None:
    """No error is raised."""
    async with asyncio.timeout(DEADLINE):
        assert await mail.collect(seconds=0.2) == []
        assert await mail.collect(seconds=0.0) == []


async def test_a_waiting_collection_returns_a_parcel_as_soon_as_it_is_posted(mail: Mail) -> None:
    """Long before its time has passed."""
    collecting = asyncio.ensure_future(mail.collect(seconds=60))
    await mail.nothing_waits()
    await mail.post()
    async with asyncio.timeout(DEADLINE):
        assert len(await collecting) == 1


async def test_a_settled_parcel_is_not_delivered_again(mail: Mail) -> None:
    await mail.post()
    (arrival,) = await mail.collect()
    await arrival.settle()
    assert await mail.nothing_waits()


async def test_a_parcel_is_delivered_to_one_process_of_a_bureau_only(mail: Mail, net_with_streams: Net) -> None:
    """Two processes share the parcels posted to their bureau."""
    other = Mail(mail.france, await net_with_streams.connect("DE"))
    for number in range(20):
        await mail.post(number)
    first, second = await mail.collect(), await other.collect()
    subjects = {arrival.subject for arrival in (*first, *second)}
    assert (len(first), len(second), len(subjects)) == (10, 10, 20)


@pytest.mark.thorough
async def test_a_postponed_parcel_is_delivered_again_after_its_delay(mail: Mail) -> None:
    """As a further attempt, and not before; without a delay at once."""
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
def short_settle_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a bureau one second to settle what it collects."""
    monkeypatch.setattr("shared.transport.nats.stream_setup.SETTLE_SECONDS", 1)
    monkeypatch.setattr("shared.transport.memory_post.SETTLE_SECONDS", 1.0)


@pytest.mark.thorough
@pytest.mark.usefixtures("short_settle_time")
async def test_an_unsettled_parcel_is_delivered_again_unless_it_is_extended(net_with_streams: Net) -> None:
    """So a parcel whose process died is not lost, and one that is still being handled is not delivered twice."""
    mail = Mail(await net_with_streams.connect("FR"), await net_with_streams.connect("DE"))
    await mail.post(1)
    await mail.post(2)
    lost, kept = await mail.collect_all(2)
    async with asyncio.timeout(DEADLINE):
        while not (again := await mail.collect(seconds=0.2)):
            await kept.extend()
    assert [(arrival.subject, arrival.attempt) for arrival in again] == [(lost.subject, 2)]


async def test_urgent_and_routine_parcels_are_collected_separately(mail: Mail) -> None:
    """Each lane holds its own parcels, so that a full one does not delay the other."""
    await mail.post(1, lane=Lane.ROUTINE)
    await mail.post(2, lane=Lane.URGENT)
    assert [arrival.subject for arrival in await mail.collect()] == ["i247.msg.DE.urgent.id2.FR"]
    assert [arrival.subject for arrival in await mail.collect(lane=Lane.ROUTINE)] == ["i247.msg.DE.routine.id1.FR"]


async def test_a_bureau_does_not_collect_the_parcels_of_another(mail: Mail) -> None:
    await mail.post(to="KE")
    assert await mail.nothing_waits()


@pytest.mark.thorough
async def test_a_service_posts_to_bureaus_and_collects_their_answers(mail: Mail, net_with_streams: Net) -> None:
    """In both lanes; no other service gets its parcels."""
    service, other = await net_with_streams.connect("notices"), await net_with_streams.connect("fingerprints")
    for lane in Lane:
        await service.post(message_subject("DE", lane, "id1", "notices"), PARCEL, seconds=DEADLINE)
        (arrival,) = await mail.collect(lane=lane)
        assert (arrival.subject, arrival.parcel) == (f"i247.msg.DE.{lane}.id1.notices", PARCEL)
        await mail.post(2, Parcel("signature", b""), to="notices", lane=lane)
        assert await other.collect(lane, limit=10, seconds=MOMENT) == []
        (answer,) = await service.collect(lane, limit=10, seconds=DEADLINE)
        assert (answer.subject, answer.parcel) == (f"i247.msg.notices.{lane}.id2.FR", Parcel("signature", b""))
        await answer.settle()
        assert await service.collect(lane, limit=10, seconds=MOMENT) == []


async def test_a_parcel_posted_again_replaces_the_former_one(mail: Mail) -> None:
    """However often a sender repeats it, one parcel waits, and it is the last."""
    for turn in range(5):
        await mail.post(1, Parcel("signature", b"%d" % turn))
    assert [arrival.parcel.body for arrival in await mail.collect()] == [b"4"]
    assert await mail.nothing_waits()


@pytest.mark.thorough
async def test_settling_a_replaced_parcel_does_not_settle_its_replacement(mail: Mail) -> None:
    await mail.post(1, Parcel("signature", b"old"))
    (old,) = await mail.collect()
    await mail.post(1, Parcel("signature", b"new"))
    await old.settle()
    (new,) = await mail.collect()
    assert (new.parcel.body, new.attempt) == (b"new", 1)


@pytest.mark.thorough
async def test_a_collection_returns_the_oldest_parcels_up_to_its_limit(mail: Mail) -> None:
    """The others wait."""
    for number in range(5):
        await mail.post(number)
    batches = [await mail.collect(limit=2) for _ in range(3)]
    assert [len(batch) for batch in batches] == [2, 2, 1]
    subjects = [arrival.subject for batch in batches for arrival in batch]
    assert subjects == [f"i247.msg.DE.urgent.id{number}.FR" for number in range(5)]


@pytest.mark.thorough
async def test_a_parcel_above_the_size_limit_is_not_posted(mail: Mail) -> None:
    """It raises MessageTooLarge at once; a parcel at the limit arrives."""
    room = mail.france.max_post_bytes - len("signature") - len("key")
    with pytest.raises(MessageTooLarge):
        await mail.post(1, Parcel("signature", bytes(room + 1), "key"))
    await mail.post(2, Parcel("signature", bytes(room), "key"))
    (arrival,) = await mail.collect()
    assert arrival.parcel.size == mail.france.max_post_bytes


async def test_parcels_posted_and_collected_concurrently_each_arrive_once(mail: Mail) -> None:
    """Four hundred posts, and a collection in each lane."""
    wanted = {f"i247.msg.DE.{lane}.id{number}.FR" for number in range(200) for lane in Lane}
    found: list[str] = []

    async def take(lane: Lane) -> None:
        for arrival in await mail.collect_all(200, lane):
            found.append(arrival.subject)
            await arrival.settle()

    posting = [mail.post(number, lane=lane) for number in range(200) for lane in Lane]
    await asyncio.gather(*posting, *(take(lane) for lane in Lane))
    assert (len(found), set(found)) == (400, wanted)


async def test_posting_and_collecting_without_streams_raise_no_responder_at_once(net: Net) -> None:
    france = await net.connect("FR")
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(NoResponder):
            await france.post(message_subject("DE", Lane.URGENT, "id", "FR"), PARCEL, seconds=DEADLINE * 10)
        with pytest.raises(NoResponder):
            await france.collect(Lane.URGENT, limit=1, seconds=DEADLINE * 10)


@pytest.mark.thorough
async def test_mail_operations_on_a_closed_transport_raise_disconnected(mail: Mail) -> None:
    """To post, collect, settle, extend, postpone, create streams or wait for a connection."""
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
        lambda: mail.germany.post(message_subject("FR", Lane.URGENT, "id", "DE"), PARCEL, seconds=DEADLINE),
        lambda: mail.germany.reconnected(mail.germany.connections),
    ]
    async with asyncio.timeout(DEADLINE):
        for act in acts:
            with pytest.raises(Disconnected):
                await act()


async def test_closing_a_transport_ends_its_collection_with_disconnected(mail: Mail) -> None:
    """The collection does not wait for its time to pass."""
    collecting = asyncio.ensure_future(mail.collect(seconds=60))
    await mail.nothing_waits()
    await mail.germany.close()
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(Disconnected):
            await collecting


async def test_the_memory_broker_can_lose_connections_and_its_store_as_nats_can() -> None:
    """Tests of a mesh in one process can simulate the death of a broker."""
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
