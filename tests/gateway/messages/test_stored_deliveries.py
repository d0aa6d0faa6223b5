"""The store of a mailbox on both databases: deliveries and receipts, claimed in the order in which they are due."""

import pytest

from shared.mailbox.models import MessageState
from shared.mailbox.rules import POST_FULL
from shared.mailbox.tables import TABLES, deliveries
from shared.storage import Database
from tests.gateway.messages.mailbox_rows import Kept, receipt
from tests.stores import Tables, move_rows

pytestmark = pytest.mark.both_databases


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a mailbox."""
    return (TABLES,)


@pytest.fixture
def kept(database: Database) -> Kept:
    return Kept(database)


async def test_due_deliveries_are_claimed_once_and_urgent_ones_first(kept: Kept) -> None:
    """They are claimed again when the claim has expired."""
    routine = await kept.message("a", "DE", "IT")
    urgent = await kept.message("b", "DE", urgency="urgent", stored=1005)
    assert (await kept.reading.earliest_due())[0] == 1000
    assert await kept.due(999) == []
    first = await kept.due(1005, 2)
    assert first[0] == (urgent, "DE")
    assert first[1] in {(routine, "DE"), (routine, "IT")}
    rest = await kept.due(1005)
    assert len(rest) == 1
    assert await kept.due(1005) == []
    assert (await kept.reading.earliest_due())[0] == 1015
    again = await kept.due(1015)
    assert again[0] == (urgent, "DE")
    assert sorted(again) == sorted([(routine, "DE"), (routine, "IT"), (urgent, "DE")])


async def test_deliveries_never_sent_are_claimed_before_those_sent(kept: Kept) -> None:
    """Urgent ones precede routine ones; within a kind the earliest due is first."""
    numbers = {}
    for name, changed in (("a", {}), ("b", {}), ("c", {"urgency": "urgent"}), ("d", {"urgency": "urgent"})):
        numbers[await kept.message(name, "DE", **changed)] = name
    sent = [{"of": number, "to": "DE", "new_at": 1, "latest": 1000} for number, name in numbers.items() if name in "ac"]
    await kept.write(lambda store: store.deliveries.mark_sent(sent))
    numbers[await kept.message("e", "DE", stored=999)] = "e"
    claimed = [numbers[number] for _ in range(5) for number, _ in await kept.due(1000, 1)]
    assert claimed == ["d", "c", "e", "b", "a"]


async def test_a_delivery_that_has_a_receipt_is_not_sent_again(kept: Kept) -> None:
    """An attempt that ends after the receipt came does not reset the state."""
    number = await kept.message("a", "DE", "IT")
    await kept.due(1000)
    move = {"of": number, "to": "DE", "new_state": "delivered", "new_at": 1001, "new_reason": None}
    await kept.write(lambda store: store.deliveries.move([move]))
    attempts = [{"of": number, "to": to, "new_due": 2000, "new_reason": None, "latest": 1010} for to in ("DE", "IT")]
    sent = [{"of": number, "to": to, "new_at": 1002, "latest": 1010} for to in ("DE", "IT")]
    await kept.write(lambda store: store.deliveries.mark_sent(sent))
    await kept.write(lambda store: store.deliveries.schedule_next(attempts))
    rows = await kept.reading.deliveries.of(number)
    assert [(row.recipient, row.state, row.due) for row in rows] == [("DE", "delivered", None), ("IT", "sent", 2000)]
    assert await kept.reading.deliveries.progress([number]) == {
        number: {MessageState.DELIVERED: 1, MessageState.SENT: 1}
    }
    assert await kept.reading.deliveries.finished(number) is None
    assert await kept.write(lambda store: store.resend_all(1500, 2))
    assert await kept.due(1500) == [(number, "IT")]


async def test_waiting_deliveries_and_receipts_are_made_due_in_batches(kept: Kept) -> None:
    """Of both lanes; those already due or finished are not changed."""
    await kept.message("a", "DE", "IT", "KE", stored=5000)
    urgent = await kept.message("b", "DE", "IT", stored=5000, urgency="urgent")
    due = await kept.message("c", "DE", stored=900)
    move = {"of": urgent, "to": "IT", "new_state": "delivered", "new_at": 1001, "new_reason": None}
    await kept.write(lambda store: store.deliveries.move([move]))
    number = await kept.message("d")
    signed = [receipt(number, "FR", state, due=5000) for state in ("read", "applied", "refused")]
    await kept.write(lambda store: store.receipts.add([*signed, receipt(number, "FR", "delivered")]))
    for is_all in (False, True):
        assert await kept.write(lambda store: store.resend_all(1000, 3)) is is_all
    assert {row.due for row in await kept.reading.receipts.due(1000, 9)} == {1000}
    assert len(await kept.reading.receipts.due(1000, 9)) == 3
    assert (await kept.reading.earliest_due())[0] == 900
    assert len(await kept.due(1000)) == 5
    [row] = await kept.reading.deliveries.of(due)
    assert row.attempts == 1


async def test_the_earliest_due_delivery_is_claimed_first(kept: Kept) -> None:
    """Whatever the order of insertion."""
    numbers = [await kept.message(name, "DE") for name in "abcd"]
    again = [
        {"of": each, "to": "DE", "new_due": due, "new_reason": None, "latest": 9000}
        for each, due in zip(numbers, (3, 1, 4, 2), strict=True)
    ]
    await kept.write(lambda store: store.deliveries.schedule_next(again))
    claimed = [[numbers.index(message) for message, _ in await kept.due(100, limit=1)] for _ in range(4)]
    assert claimed == [[1], [3], [0], [2]]


async def test_deliveries_waiting_for_post_quota_are_released_oldest_first(kept: Kept) -> None:
    """As many as there is room for."""
    numbers = [await kept.message(name, "DE") for name in "abc"]
    waits = [{"of": each, "to": "DE", "new_due": 5000, "new_reason": POST_FULL, "latest": 9000} for each in numbers]
    await kept.write(lambda store: store.deliveries.schedule_next(waits))
    await move_rows(kept.database, deliveries.c.message)
    await kept.write(lambda store: store.deliveries.release("DE", 2000, 2))
    assert sorted(await kept.due(2000)) == [(each, "DE") for each in numbers[:2]]


async def test_overdue_deliveries_are_found_until_marked_expired(kept: Kept) -> None:
    """From the moment at which the message expires."""
    number = await kept.message("a", "DE")
    assert await kept.reading.deliveries.overdue(8999) == []
    [row] = await kept.reading.deliveries.overdue(9000)
    assert (row.message, row.recipient, row.expires) == (number, "DE", 9000)
    move = {"of": number, "to": "DE", "new_state": "expired", "new_at": 9000, "new_reason": None}
    await kept.write(lambda store: store.deliveries.move([move]))
    assert await kept.reading.deliveries.overdue(9999) == []
    assert (await kept.reading.earliest_due())[0] is None
    assert await kept.reading.deliveries.finished(number) is not None


async def test_receipts_are_sent_in_the_order_in_which_they_are_due(kept: Kept) -> None:
    """Up to the limit, whatever the order in which they were signed."""
    numbers = [await kept.message(name) for name in "abcd"]
    signed = [
        receipt(number, "FR", "read", id=f"{due}", due=due) for number, due in zip(numbers, (3, 1, 4, 2), strict=True)
    ]
    await kept.write(lambda store: store.receipts.add(signed))
    assert [row.id for row in await kept.reading.receipts.due(1000, 3)] == ["1", "2", "3"]


async def test_receipts_of_a_message_are_ordered_by_bureau_and_state(kept: Kept) -> None:
    """Whatever the order in which they arrived."""
    number = await kept.message("a", "DE", "PL")
    order = [("DE", "delivered"), ("DE", "read"), ("PL", "delivered"), ("PL", "refused")]
    came = [receipt(number, *order[place]) for place in (2, 1, 3, 0)]
    await kept.write(lambda store: store.receipts.add(came))
    assert [(row.bureau, row.state) for row in await kept.reading.receipts.of(number)] == order


async def test_a_receipt_is_sent_until_the_sender_of_its_message_notes_it(kept: Kept) -> None:
    """A note by another bureau has no effect."""
    number = await kept.message("a")
    await kept.write(
        lambda store: store.receipts.add([receipt(number, "FR", "delivered"), receipt(number, "FR", "read", due=1000)])
    )
    [due] = await kept.reading.receipts.due(1000, 10)
    assert (due.id, due.sender, due.message_id) == ("FR read", "DE", "a")
    await kept.write(lambda store: store.receipts.defer([{"receipt": due.id, "new_due": 2000}]))
    assert await kept.reading.receipts.due(1999, 10) == []
    await kept.write(lambda store: store.receipts.acknowledge("FR read", by="KE"))
    assert len(await kept.reading.receipts.due(2000, 10)) == 1
    await kept.write(lambda store: store.receipts.acknowledge("FR read", by="DE"))
    assert await kept.reading.receipts.due(2000, 10) == []
    assert set(await kept.reading.receipts.by(number, "FR")) == {MessageState.DELIVERED, MessageState.READ}
    assert await kept.reading.receipts.known([number, 99]) == {
        (number, "FR", MessageState.DELIVERED),
        (number, "FR", MessageState.READ),
    }


async def test_receipts_of_sent_messages_are_found_by_message_ids(kept: Kept) -> None:
    """The own bureau's receipts for received messages are not included."""
    sent, came = await kept.message("a", "DE", "KE"), await kept.message("a")
    await kept.message("b", "DE")
    signed = [receipt(sent, "DE", "delivered"), receipt(sent, "DE", "applied"), receipt(sent, "KE", "refused")]
    await kept.write(lambda store: store.receipts.add([*signed, receipt(came, "FR", "delivered")]))
    rows = await kept.reading.receipts.signed_about(["a", "b", "c"])
    found = {(row.message_id, row.bureau, row.state, row.signature) for row in rows}
    assert found == {("a", *each, "s") for each in (("DE", "delivered"), ("DE", "applied"), ("KE", "refused"))}
    assert await kept.reading.receipts.signed_about([]) == []


async def test_a_sent_message_is_found_by_digest_and_recipient(kept: Kept) -> None:
    """A receipt of a bureau that is no recipient matches nothing."""
    number = await kept.message("a", "DE", attachments=2)
    found = await kept.reading.deliveries.sent_to([("digest of a", "DE"), ("digest of a", "KE"), ("digest of b", "DE")])
    assert [(key, row.number, row.state) for key, row in found.items()] == [(("digest of a", "DE"), number, "queued")]
    assert await kept.reading.deliveries.sent_to([]) == {}
