"""Rare race conditions, each provoked: between a commit and the step after it, or when time jumps."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.mailbox import posting
from shared.mailbox.delivery import BATCH_SIZE, DeliveryWorker
from shared.mailbox.handlers import PayloadHandlers
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.receiving import Receiver
from shared.mailbox.rows import inbox_row
from shared.mailbox.rules import FIRST_RESEND_SECONDS, NotStored
from shared.mailbox.store import MailStore
from shared.transport.subjects import Lane
from tests.faults.stepwise_post import DE, FR, Post
from tests.gateway.mesh import Mesh

SECOND = timedelta(seconds=1)


@pytest.fixture
async def post(clock: FixedClock, tmp_path: Path):  # type: ignore[no-untyped-def]  # a generator of a Post
    """Return two bureaus on a broker in memory."""
    mesh = Mesh(clock)
    mailboxes = Mailboxes(lambda name: f"sqlite:///{tmp_path / name}.db", clock, mesh.log)
    yield Post(mesh, mailboxes)
    await mailboxes.close()


async def test_refused_posts_do_not_increase_the_resend_delay(post: Post, clock: FixedClock) -> None:
    """After many refused attempts, the first post that the broker takes is resent as early as any first one."""
    await post.send("A car")
    worker = await post.worker()
    for _ in range(12):
        await worker.deliver_due()
        clock.advance(SECOND)
    assert await post.attempts() == 0
    await post.ensure_streams()
    await worker.deliver_due()
    assert await post.attempts() == 1
    clock.advance(1.2 * FIRST_RESEND_SECONDS * SECOND)
    await worker.deliver_due()
    assert await post.attempts() == 2


async def test_refused_receipts_do_not_increase_the_resend_delay(post: Post, clock: FixedClock) -> None:
    """A receipt is due again within about a second, however long the broker refuses it."""
    await post.ensure_streams()
    await post.send("A car")
    await (await post.worker()).deliver_due()
    await post.receive()
    recipient = await post.mailboxes.of(DE)
    now = recipient.now()
    receipt = {"id": "1", "message": 1, "bureau": "DE", "state": "read", "signature": "signature", "due": now}
    await recipient.write(lambda store: store.receipts.add([receipt]))
    post.mesh.broker.kept.lose_all()
    worker = DeliveryWorker(recipient, post.mesh.bureaus[DE])
    for _ in range(12):
        await worker.deliver_due()
        clock.advance(1.2 * SECOND)
    await post.ensure_streams()
    await worker.deliver_due()
    [row] = [each for each in await recipient.reading.receipts.of(1) if each.state == "read"]
    assert row.attempts == 1


async def test_a_receipt_that_is_acknowledged_before_it_is_sent_again_delays_nothing(post: Post) -> None:
    """It was due when the worker looked for what is due, and is not when it reads what to send."""
    worker = await post.worker()
    await worker._send_receipts((await post.sender()).now())
    assert post.mesh.logged("mailbox-not-written") == []


async def test_uncollected_receipts_are_replaced_by_new_ones(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """They count as the recipient's own parcels on the broker: a sender must not make it exceed its quota."""
    monkeypatch.setattr(posting, "MAX_WAITING", 4)
    await post.ensure_streams()
    for number in range(10):
        await post.send(f"Car {number}")
    await (await post.worker()).deliver_due()
    assert await post.receive() == 10
    await asyncio.sleep(0.05)
    waiting = await post.mesh.bureaus[FR].transport.collect(Lane.URGENT, limit=100, seconds=0.01)
    assert len(waiting) == 4
    assert all(each.subject.endswith(".DE") for each in waiting)


async def test_a_clock_set_back_does_not_delay_resending(post: Post, clock: FixedClock) -> None:
    """A message due again in some seconds is not delayed by an hour."""
    clock.advance(timedelta(hours=2))
    await post.ensure_streams()
    await post.send("A car")
    worker = await post.worker()
    await worker.deliver_due()
    clock.step(timedelta(hours=-1))
    await worker.deliver_due()
    assert await post.attempts() == 2


async def test_all_messages_are_resent_after_a_lost_connection_with_a_full_disk(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss is remembered though it could not be stored at once."""
    await post.ensure_streams()
    await post.send("A car")
    worker, transport = await post.worker(), post.mesh.bureaus[FR].transport
    await worker.deliver_due()
    transport.disconnect()  # type: ignore[attr-defined]  # that of a broker in memory
    post.mesh.broker.kept.lose_all()
    await post.ensure_streams()
    transport.reconnect()  # type: ignore[attr-defined]  # that of a broker in memory

    async def full(*_: object) -> None:
        raise NotStored("full")

    with monkeypatch.context() as patch:
        patch.setattr(await post.sender(), "write", full)
        with pytest.raises(NotStored):
            await worker.deliver_due()
    await worker.deliver_due()
    assert await post.receive() == 1
    assert await post.subjects() == ["A car"]


async def test_all_messages_are_resent_in_batches_after_a_lost_connection(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others write to the mailbox between the batches."""
    monkeypatch.setattr("shared.mailbox.delivery.RESEND_BATCH_SIZE", 2)
    await post.ensure_streams()
    for number in range(5):
        await post.send(f"Car {number}")
    worker, transport = await post.worker(), post.mesh.bureaus[FR].transport
    while await worker.deliver_due():
        pass
    transport.disconnect()  # type: ignore[attr-defined]  # that of a broker in memory
    post.mesh.broker.kept.lose_all()
    await post.ensure_streams()
    transport.reconnect()  # type: ignore[attr-defined]  # that of a broker in memory
    while await worker.deliver_due():
        pass
    assert await post.receive() == 5


async def test_a_new_message_is_sent_before_messages_that_are_resent(post: Post) -> None:
    """After a lost connection all messages to an absent bureau are resent, behind those never sent before."""
    await post.ensure_streams()
    await asyncio.gather(*(post.send(f"Car {number}", to=BureauCode("KE")) for number in range(BATCH_SIZE + 1)))
    worker, transport = await post.worker(), post.mesh.bureaus[FR].transport
    while await worker.deliver_due():
        pass
    transport.disconnect()  # type: ignore[attr-defined]  # that of a broker in memory
    transport.reconnect()  # type: ignore[attr-defined]  # that of a broker in memory
    await post.send("A car")
    await worker.deliver_due()
    assert await post.receive() == 1


async def test_a_message_whose_processing_fails_does_not_block_others(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others that arrived with it are stored; it stays with the broker, and the error is logged."""
    await post.ensure_streams()
    broken = await post.send("A trap")
    await post.send("A car")
    await (await post.worker()).deliver_due()

    def break_down(message, *others):  # type: ignore[no-untyped-def]  # stands in for another function
        if message.head.id == broken:
            raise ZeroDivisionError
        return inbox_row(message, *others)

    monkeypatch.setattr("shared.mailbox.inbox_commit.inbox_row", break_down)
    assert await post.receive() == 2
    assert await post.subjects() == ["A car"]
    assert post.mesh.logged("receiving-failed")


async def test_a_repeated_message_is_stored_once_and_receipted_again(post: Post, clock: FixedClock) -> None:
    """The receipt may have been lost: the recipient sends it again, and the sender stores it once."""
    await post.ensure_streams()
    await post.send("A car")
    worker = await post.worker()
    for _ in range(3):
        await worker.deliver_due()
        assert await post.receive() == 1
        clock.advance(timedelta(hours=1))
    assert await post.subjects() == ["A car"]
    receipts = await post.mesh.bureaus[FR].transport.collect(Lane.URGENT, limit=10, seconds=0.01)
    await Receiver(post.mailboxes, post.mesh.bureaus[FR], PayloadHandlers()).take(receipts)
    assert len(await (await post.sender()).reading.receipts.of(1)) == 1
    assert not await worker.deliver_due()


@pytest.mark.both_databases
async def test_two_processes_that_receive_the_same_messages_store_them_once(
    clock: FixedClock, tmp_path: Path, database_url: str
) -> None:
    """Both create the mailbox and take the messages at the same time; both give the same receipt."""
    mesh = Mesh(clock)
    of_sender, *of_recipient = (
        Mailboxes(lambda _, url=url: url, clock, mesh.log)  # type: ignore[misc]  # a default binds each
        for url in (f"sqlite:///{tmp_path / 'sender.db'}", database_url, database_url)
    )
    post = Post(mesh, of_sender)
    await post.ensure_streams()
    subjects = [f"Car {number}" for number in range(5)]
    for subject in subjects:
        await post.send(subject)
    await (await post.worker()).deliver_due()
    arrivals = await mesh.bureaus[DE].transport.collect(Lane.ROUTINE, limit=10, seconds=0.01)
    await asyncio.gather(
        *(Receiver(mailboxes, mesh.bureaus[DE], PayloadHandlers()).take(arrivals) for mailboxes in of_recipient)
    )
    post.mailboxes = of_recipient[0]
    assert await post.subjects() == subjects
    receipts = await mesh.bureaus[FR].transport.collect(Lane.URGENT, limit=20, seconds=0.01)
    assert len({receipt.parcel.signature for receipt in receipts}) == len(subjects)
    assert not mesh.logged("receiving-failed")
    await asyncio.gather(*(mailboxes.close() for mailboxes in (of_sender, *of_recipient)))


async def test_attachments_of_a_committed_message_are_not_dropped(post: Post) -> None:
    """A client that disconnects during the commit leaves a message with its attachments, or neither."""
    message_id = await post.send("A car")
    chunk = {"sender": FR, "message_id": message_id, "attachment": 1, "number": 0, "sealed": b"sealed"}
    abandoned = {**chunk, "message_id": message_id[::-1]}

    async def put_and_drop(store: MailStore) -> list[bytes | None]:
        for row in (chunk, abandoned):
            await store.chunks.put(row)
            await store.chunks.drop(FR, str(row["message_id"]))
        return [await store.chunks.get(FR, str(row["message_id"]), 1, 0) for row in (chunk, abandoned)]

    assert await (await post.sender()).write(put_and_drop) == [b"sealed", None]


async def test_the_number_of_receipts_under_way_is_limited(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for both lanes together: else a flood would fill the memory of its recipient."""
    under_way, peak = 0, 0

    async def slowly(*_receipt: object) -> None:
        nonlocal under_way, peak
        under_way += 1
        peak = max(peak, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1

    monkeypatch.setattr(posting, "post_receipt", slowly)
    monkeypatch.setattr(posting, "MAX_POSTING", 2)
    await post.ensure_streams()
    for number in range(10):
        await post.send(f"Car {number}")
    await (await post.worker()).deliver_due()
    arrivals = await post.mesh.bureaus[DE].transport.collect(Lane.ROUTINE, limit=10, seconds=0.01)
    await asyncio.gather(post.receiving.take(arrivals[:5]), post.receiving.take(arrivals[5:]))
    assert len(await post.subjects()) == 10
    assert peak == 2
