"""How long a mailbox keeps the notifications of services, messages of bureaus, and chunks of attachments."""

import pytest

from shared.clock import FixedClock
from shared.ids import uuid7
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.pruning import Pruner
from tests.gateway.messages.mailbox_rows import row_of
from tests.gateway.messages.pruning.mailbox_contents import DAY, MOMENT, MONTH, notification, notifications, prune, sign
from tests.support import always


@pytest.mark.both_databases
async def test_a_notification_is_kept_for_its_retention_and_until_all_recipients_signed(
    mailbox: Mailbox, clock: FixedClock
) -> None:
    """It is removed with its receipts and events; one without retention is kept with its receipts."""
    numbers = {name: await notification(mailbox, name, "DE", "KE") for name in "abcde"}
    numbers["f"] = await notification(mailbox, "f", "DE", "KE", kept_until=None)
    for name, number in numbers.items():
        await sign(mailbox, number, "DE", "refused" if name == "a" else "delivered")
        if name != "c":
            await sign(mailbox, number, "KE")
    clock.advance(MONTH - MOMENT)
    await prune(mailbox, clock)
    assert await notifications(mailbox) == list("abcdef")
    # A recent receipt does not extend its retention.
    await sign(mailbox, numbers["b"], "DE", "read")
    clock.advance(MOMENT)
    await prune(mailbox, clock)
    assert await notifications(mailbox) == ["c", "f"]
    assert len(await mailbox.reading.receipts.of(numbers["f"])) == 2
    assert await mailbox.reading.receipts.of(numbers["b"]) == []
    assert await mailbox.reading.deliveries.of(numbers["b"]) == []
    await sign(mailbox, numbers["c"], "KE")
    clock.advance(DAY)
    await prune(mailbox, clock)
    assert await notifications(mailbox) == ["f"]
    clock.advance(40 * MONTH)
    await prune(mailbox, clock)
    signed = await mailbox.reading.receipts.signed_about(["f"])
    assert {(row.bureau, row.state) for row in signed} == {("DE", "delivered"), ("KE", "delivered")}


async def test_a_notification_is_removed_once_its_deliveries_expired(mailbox: Mailbox, clock: FixedClock) -> None:
    """No recipient can sign for it after that."""
    number = await notification(mailbox, "b", "DE")
    for _ in range(3):
        clock.advance(MONTH)
        await prune(mailbox, clock)
        assert await notifications(mailbox) == ["b"]
    move = {"of": number, "to": "DE", "new_state": "expired", "new_at": mailbox.now(), "new_reason": None}
    await mailbox.write(lambda store: store.deliveries.move([move]))
    clock.advance(DAY)
    await prune(mailbox, clock)
    assert await notifications(mailbox) == []


async def test_messages_of_a_bureau_are_never_pruned(mailbox: Mailbox, clock: FixedClock) -> None:
    """They are its archive, with their receipts."""
    number = await notification(mailbox, "b", "DE", kept_until=None)
    await sign(mailbox, number, "DE")
    clock.advance(1000 * MONTH)
    await prune(mailbox, clock)
    [came], [sent] = await mailbox.reading.find("a"), await mailbox.reading.find("b")
    assert came.sealed == sent.sealed == b"sealed"
    assert len(await mailbox.reading.receipts.of(number)) == len(await mailbox.reading.deliveries.of(number)) == 1


async def keep_chunk(mailbox: Mailbox, message_id: str) -> None:
    chunk = {"sender": "DE", "message_id": message_id, "attachment": 1, "number": 0, "sealed": b"x"}
    await mailbox.write(lambda store: store.chunks.put(chunk))


@pytest.mark.parametrize("chosen", ["00000000-0000-7000-8000-000000000001", "ffffffff-ffff-7fff-bfff-ffffffffffff", ""])
async def test_orphaned_chunks_are_removed_after_an_hour(mailbox: Mailbox, clock: FixedClock, chosen: str) -> None:
    """Of either box and whatever the id; not while their message may still arrive."""
    pruning, chunks = Pruner(mailbox, clock, always), mailbox.reading.chunks
    late, left = uuid7(clock.now()), chosen or uuid7(clock.now())
    for message_id in (late, left):
        await keep_chunk(mailbox, message_id)
    await pruning.prune()
    row = row_of(late, digest="digest")
    await mailbox.write(lambda store: store.add_all([row]))
    following = uuid7(clock.now())
    await keep_chunk(mailbox, following)
    assert [await chunks.count("DE", each) for each in (late, left, following)] == [1, 1, 1]
    await pruning.prune()
    assert [await chunks.count("DE", each) for each in (late, left, following)] == [1, 0, 1]
    await Pruner(mailbox, clock, always).prune()
    assert await chunks.count("DE", following) == 1
    await pruning.prune()
    assert await chunks.count("DE", following) == 0
