"""The store of a mailbox on both databases: messages, deliveries, receipts, events, chunks and groups."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from shared.bureaus import BureauCode
from shared.mailbox.models import Box, Group, MessageQuery, State
from shared.mailbox.rules import POST_FULL
from shared.mailbox.store import MailStore
from shared.mailbox.tables import TABLES, deliveries
from shared.storage import Database
from tests.conftest import NOW
from tests.stores import Tables, move_rows

pytestmark = pytest.mark.both_databases

T = TypeVar("T")
THREAD = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"


class Kept:
    """The store of a mailbox, with short ways to add rows."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reading = MailStore(database.reading)

    async def write(self, work: Callable[[MailStore], Awaitable[T]]) -> T:
        """Do something in a transaction."""
        async with self.database.writing(exclusive=True) as session:
            store = MailStore(session)
            done = await work(store)
            await store.usage.save()
            return done

    async def message(self, message_id: str, *recipients: str, **changed: Any) -> int:
        """Add a message, with deliveries if it has recipients, and return its number."""
        row = row_of(message_id, **({"box": "outbox", "sender": "FR"} if recipients else {}) | changed)

        async def put(store: MailStore) -> int:
            [number] = await store.add_all([row])
            if recipients:
                await store.deliveries.queue(number, row, recipients, 10)
            return number

        return await self.write(put)

    async def due(self, now: int, limit: int = 100) -> list[tuple[int, str]]:
        """Claim what is due, for ten milliseconds."""
        rows = await self.write(lambda store: store.deliveries.claim(now, now + 10, limit))
        return [(row.message, row.recipient) for row in rows]


def row_of(message_id: str, **changed: Any) -> dict[str, Any]:
    plain = {
        "box": "inbox",
        "sender": "DE",
        "id": message_id,
        "thread": THREAD,
        "urgency": "routine",
        "state": "delivered",
        "stored": 1000,
        "expires": 9000,
        "digest": f"digest of {message_id}",
        "signature": "signature",
        "sealed": b"sealed",
        "summary": message_id,
        "content": b"content",
        "salt": b"salt",
        "content_key": b"key",
        "blinds": "{}",
        "attachments": 0,
        "size": 10,
        "request_key": None,
        "request_digest": None,
    }
    return plain | changed


def receipt(number: int, bureau: str, state: str, **changed: Any) -> dict[str, Any]:
    return {"message": number, "bureau": bureau, "state": state, "id": f"{bureau} {state}", "signature": "s"} | changed


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a mailbox."""
    return (TABLES,)


@pytest.fixture
def kept(database: Database) -> Kept:
    return Kept(database)


async def ids(kept: Kept, **query: Any) -> list[str]:
    return [row.summary for row in await kept.reading.page(MessageQuery.model_validate(query))]


async def test_message_numbers_are_returned_in_the_order_of_the_added_rows(kept: Kept) -> None:
    """However many are added at once."""
    names = [f"{number:03}" for number in range(300, 0, -1)]
    numbers = await kept.write(lambda store: store.add_all([row_of(name) for name in names]))
    found = {row.summary: row.number for row in await kept.reading.page(MessageQuery(limit=200))}
    wanted = dict(zip(names, numbers, strict=True))
    assert len(set(numbers)) == 300
    assert all(wanted[name] == number for name, number in found.items())


async def test_a_page_is_newest_first_and_has_one_more_row_than_its_limit(kept: Kept) -> None:
    """The extra row says whether there is another page."""
    for number in range(5):
        await kept.message(f"{number}")
    assert await ids(kept, limit=2) == ["4", "3", "2"]
    assert await ids(kept, limit=5) == ["4", "3", "2", "1", "0"]
    assert await ids(kept, limit=2, after=2) == ["0"]


async def test_a_page_matches_all_filters(kept: Kept) -> None:
    """Each filter alone and together; a conversation spans both boxes."""
    await kept.message("old", stored=500)
    await kept.message("read", state="read")
    await kept.message("kenya", sender="KE", thread="another")
    await kept.message("own", "DE")
    assert await ids(kept) == ["kenya", "read", "old"]
    assert await ids(kept, box="outbox") == ["own"]
    assert await ids(kept, thread=THREAD) == ["own", "read", "old"]
    assert await ids(kept, thread=THREAD, box="inbox", unread=True) == ["old"]
    assert await ids(kept, unread=False) == ["read"]
    assert await ids(kept, **{"from": "KE"}) == ["kenya"]
    assert await ids(kept, since=datetime.fromtimestamp(1, UTC)) == ["kenya", "read"]


async def test_a_message_id_is_unique_per_sender_and_box(kept: Kept) -> None:
    """Two bureaus may choose the same id."""
    numbers = [await kept.message("a"), await kept.message("a", sender="KE"), await kept.message("a", "DE")]
    held = await kept.reading.held(Box.INBOX, ["a", "b"])
    assert {key: row.number for key, row in held.items()} == {("DE", "a"): numbers[0], ("KE", "a"): numbers[1]}
    assert sorted(row.number for row in await kept.reading.find("a")) == sorted(numbers)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await kept.message("a")


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
    settled = [{"of": number, "to": to, "new_due": 2000, "new_reason": None, "latest": 1010} for to in ("DE", "IT")]
    sent = [{"of": number, "to": to, "new_at": 1002, "latest": 1010} for to in ("DE", "IT")]
    await kept.write(lambda store: store.deliveries.mark_sent(sent))
    await kept.write(lambda store: store.deliveries.settle(settled))
    rows = await kept.reading.deliveries.of(number)
    assert [(row.recipient, row.state, row.due) for row in rows] == [("DE", "delivered", None), ("IT", "sent", 2000)]
    assert await kept.reading.deliveries.progress([number]) == {number: {State.DELIVERED: 1, State.SENT: 1}}
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
    await kept.write(lambda store: store.deliveries.settle(again))
    claimed = [[numbers.index(message) for message, _ in await kept.due(100, limit=1)] for _ in range(4)]
    assert claimed == [[1], [3], [0], [2]]


async def test_deliveries_waiting_for_post_quota_are_released_oldest_first(kept: Kept) -> None:
    """As many as there is room for."""
    numbers = [await kept.message(name, "DE") for name in "abc"]
    waits = [{"of": each, "to": "DE", "new_due": 5000, "new_reason": POST_FULL, "latest": 9000} for each in numbers]
    await kept.write(lambda store: store.deliveries.settle(waits))
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
    assert set(await kept.reading.receipts.by(number, "FR")) == {State.DELIVERED, State.READ}
    assert await kept.reading.receipts.known([number, 99]) == {
        (number, "FR", State.DELIVERED),
        (number, "FR", State.READ),
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


async def test_events_are_numbered_in_the_order_in_which_they_are_added(kept: Kept) -> None:
    """From 1; the last number of an empty mailbox is 0."""
    assert await kept.reading.events.last() == 0
    number = await kept.message("a")
    event = {"message": number, "kind": "message", "bureau": "DE", "state": "delivered", "reason": None, "at": 1}
    await kept.write(lambda store: store.events.add([event, event | {"at": 2}, event | {"at": 3}], 4))
    rows = await kept.reading.events.after(1, 10)
    assert [(row.number, row.at, row.summary) for row in rows] == [(2, 2, "a"), (3, 3, "a")]
    assert await kept.reading.events.last() == 3


async def test_chunks_are_stored_once_and_kept_as_long_as_their_message(kept: Kept) -> None:
    """Those without a message can be dropped, and are found as orphans."""
    for message_id in ("a", "b", "c"):
        for number in (0, 1, 1):
            chunk = {"sender": "DE", "message_id": message_id, "attachment": 1, "number": number, "sealed": b"x"}
            await kept.write(lambda store, chunk=chunk: store.chunks.put(chunk))
    await kept.message("a")
    assert await kept.reading.chunks.count("DE", "a") == 2
    await kept.write(lambda store: store.chunks.drop("DE", "a"))
    await kept.write(lambda store: store.chunks.drop("KE", "b"))
    await kept.write(lambda store: store.chunks.drop("DE", "c"))
    assert [await kept.reading.chunks.count("DE", each) for each in "abc"] == [2, 2, 0]
    assert await kept.reading.chunks.get("DE", "a", 1, 1) == b"x"
    assert await kept.reading.chunks.get("DE", "a", 2, 1) is None
    assert await kept.reading.chunks.orphans() == [("DE", "b")]


async def test_a_group_replaces_one_of_the_same_name(kept: Kept) -> None:
    """Groups are listed by name."""
    first, other, second = (
        Group(name=name, members=(BureauCode(member),), updated=NOW)
        for name, member in (("team-b", "DE"), ("team-a", "IT"), ("team-b", "ES"))
    )
    for group in (first, other, second):
        await kept.write(lambda store, group=group: store.groups.put(group))
    assert await kept.reading.groups.all() == [other, second]
    assert await kept.reading.groups.get("team-b") == second
    assert await kept.write(lambda store: store.groups.drop("team-b"))
    assert not await kept.write(lambda store: store.groups.drop("team-b"))
    assert await kept.reading.groups.get("team-b") is None


async def test_a_request_key_is_unique_and_finds_its_message(kept: Kept) -> None:
    await kept.message("a", "DE", request_key="key", request_digest="digest")
    row = await kept.reading.requested("key")
    assert row is not None
    assert (row.summary, row.request_digest) == ("a", "digest")
    assert await kept.reading.requested("other") is None
    with pytest.raises(Exception, match=r"(?i)unique"):
        await kept.message("b", "DE", request_key="key")
    assert await kept.reading.find("b") == []


async def test_a_thread_is_found_by_the_message_that_started_it_and_by_its_members(kept: Kept) -> None:
    """A message that only belongs to a thread is not one itself."""
    await kept.message("a")
    assert await kept.reading.thread_exists(THREAD)
    assert not await kept.reading.thread_exists("a")
    assert await kept.reading.thread_of("a") == THREAD
    assert await kept.reading.thread_of(THREAD) is None
