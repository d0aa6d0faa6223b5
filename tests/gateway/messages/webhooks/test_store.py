"""The store of webhooks, on SQLite and PostgreSQL."""

from typing import Any

import pytest

from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.logs import Log
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import MessageState, WebhookDeliveryQuery, WebhookState
from shared.mailbox.quotas import Quotas
from shared.mailbox.rows import state_event
from shared.mailbox.stores.webhooks import QUEUE_BATCH_SIZE
from shared.mailbox.tables import TABLES
from shared.storage import Database
from tests.stores import Tables

pytestmark = pytest.mark.both_databases

BOTH = ("message", "state")


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a mailbox."""
    return (TABLES,)


@pytest.fixture
async def mailbox(database: Database, clock: FixedClock) -> Mailbox:
    """Return the mailbox of a bureau with one message."""
    mailbox = Mailbox(BureauCode("DE"), database, clock, Log("test", clock=clock), Quotas())
    text = dict.fromkeys(("thread", "id", "digest", "signature", "summary", "blinds"), "x")
    raw = dict.fromkeys(("sealed", "content", "salt", "content_key"), b"x")
    fixed = {"box": "inbox", "sender": "FR", "urgency": "urgent", "state": "delivered", "attachments": 0, "size": 1}
    row = {**text, **raw, **fixed, "stored": 0, "expires": 0, "request_key": None, "request_digest": None}
    await mailbox.write(lambda store: store.add_all([row]))
    return mailbox


async def happens(mailbox: Mailbox, *kinds: str) -> None:
    """Add events of the message."""
    rows = [{**state_event(1, "FR", MessageState.DELIVERED, 7), "kind": kind} for kind in kinds]
    await mailbox.write(lambda store: store.events.add(rows, 7))


async def add(mailbox: Mailbox, webhook_id: str) -> None:
    await mailbox.write(lambda store: store.webhooks.add(webhook_id, "{}", "secret"))


async def queue(mailbox: Mailbox, webhook_id: str, *kinds: str, since: int = 0) -> None:
    await mailbox.write(lambda store: store.webhooks.queue_events(webhook_id, kinds or BOTH, mailbox.now(), since))


async def claim(mailbox: Mailbox, webhook_id: str, limit: int = 10, claimed_for: int = 1000) -> list[int]:
    now = mailbox.now()
    rows = await mailbox.write(lambda store: store.webhooks.claim(webhook_id, now, now + claimed_for, limit))
    return [row.event for row in rows]


async def record(mailbox: Mailbox, webhook_id: str, event: int, state: WebhookState, due: int | None) -> None:
    values = {"of": webhook_id, "which": event, "new_state": state.value, "new_outcome": "204"}
    await mailbox.write(lambda store: store.webhooks.record_outcomes([{**values, "new_at": 8, "new_due": due}]))


async def listed(mailbox: Mailbox, webhook_id: str, **query: Any) -> list[tuple[int, str, str]]:
    rows = await mailbox.reading.webhooks.page(webhook_id, WebhookDeliveryQuery(**query))
    return [(row.event, row.kind, row.state) for row in rows]


async def test_only_later_events_are_queued_and_each_once(mailbox: Mailbox) -> None:
    """Each webhook gets the event types it registered for."""
    await happens(mailbox, "message")
    await add(mailbox, "a")
    await add(mailbox, "b")
    await happens(mailbox, "state", "message")
    for _ in range(2):
        await queue(mailbox, "a")
        await queue(mailbox, "b", "message")
    assert await listed(mailbox, "a") == [(3, "message", "pending"), (2, "state", "pending")]
    assert await listed(mailbox, "b") == [(3, "message", "pending")]
    standing = await mailbox.reading.webhooks.status("b")
    assert standing is not None
    assert (standing.after_event, standing.last_event, standing.earliest_due) == (3, 3, mailbox.now())


async def test_many_events_are_queued_in_batches(mailbox: Mailbox) -> None:
    """None is left out between them."""
    await add(mailbox, "a")
    await happens(mailbox, *["state"] * (QUEUE_BATCH_SIZE + 1))
    await queue(mailbox, "a")
    assert len(await claim(mailbox, "a", limit=5000)) == QUEUE_BATCH_SIZE
    await queue(mailbox, "a")
    assert await claim(mailbox, "a", limit=5000) == [QUEUE_BATCH_SIZE + 1]


async def test_events_before_a_given_time_are_not_queued(mailbox: Mailbox) -> None:
    """A webhook that is far behind continues with later ones."""
    await add(mailbox, "a")
    await happens(mailbox, "message", "state")
    await queue(mailbox, "a", since=7)
    assert await listed(mailbox, "a") == []
    await happens(mailbox, "state")
    await queue(mailbox, "a", since=6)
    assert await listed(mailbox, "a") == [(3, "state", "pending")]


async def test_claimed_deliveries_are_not_claimed_again_before_the_claim_expires(
    mailbox: Mailbox, clock: FixedClock
) -> None:
    """Oldest first, and only those of one webhook."""
    await add(mailbox, "a")
    await add(mailbox, "b")
    await happens(mailbox, "message", "message", "message")
    await queue(mailbox, "a")
    await queue(mailbox, "b")
    assert await claim(mailbox, "a", limit=2) == [1, 2]
    assert await claim(mailbox, "a", limit=2) == [3]
    assert await claim(mailbox, "a", limit=2) == []
    assert await claim(mailbox, "b") == [1, 2, 3]


async def test_the_earliest_due_delivery_is_claimed_first(mailbox: Mailbox) -> None:
    """Whatever the order of the events."""
    await add(mailbox, "a")
    await happens(mailbox, "message", "message", "message")
    await queue(mailbox, "a")
    for event, sooner in ((2, 1), (3, 2)):
        await record(mailbox, "a", event, WebhookState.PENDING, mailbox.now() - sooner)
    assert [await claim(mailbox, "a", limit=1) for _ in range(3)] == [[3], [2], [1]]


async def test_a_delivery_whose_claim_expired_is_claimed_again_as_a_further_attempt(mailbox: Mailbox) -> None:
    """Its worker may have ended."""
    await add(mailbox, "a")
    await happens(mailbox, "message")
    await queue(mailbox, "a")
    assert await claim(mailbox, "a", claimed_for=0) == [1]
    now = mailbox.now()
    [row] = await mailbox.write(lambda store: store.webhooks.claim("a", now, now, 1))
    assert (row.event, row.attempts) == (1, 2)


async def test_a_settled_delivery_is_not_reopened(mailbox: Mailbox) -> None:
    """By a worker whose claim had expired."""
    await add(mailbox, "a")
    await happens(mailbox, "message")
    await queue(mailbox, "a")
    await record(mailbox, "a", 1, WebhookState.DELIVERED, None)
    await record(mailbox, "a", 1, WebhookState.PENDING, 9)
    assert await listed(mailbox, "a", state="delivered") == [(1, "message", "delivered")]
    assert await claim(mailbox, "a") == []


async def test_dropping_a_webhook_removes_its_deliveries(mailbox: Mailbox) -> None:
    """Events and deliveries of other webhooks are kept."""
    await add(mailbox, "a")
    await add(mailbox, "b")
    await happens(mailbox, "message")
    await queue(mailbox, "a")
    await queue(mailbox, "b")
    assert await mailbox.write(lambda store: store.webhooks.drop("a"))
    assert not await mailbox.write(lambda store: store.webhooks.drop("a"))
    await queue(mailbox, "a")
    await record(mailbox, "a", 1, WebhookState.PENDING, 9)
    assert await listed(mailbox, "a") == []
    assert await listed(mailbox, "b") == [(1, "message", "pending")]
    assert await mailbox.reading.webhooks.ids() == ["b"]
    assert await mailbox.reading.webhooks.status("a") is None


async def test_a_page_has_one_more_row_than_its_limit(mailbox: Mailbox) -> None:
    """The extra row says whether there is another page."""
    await add(mailbox, "a")
    await happens(mailbox, *["state"] * 5)
    await queue(mailbox, "a")
    assert [event for event, _, _ in await listed(mailbox, "a", limit=2)] == [5, 4, 3]
    assert [event for event, _, _ in await listed(mailbox, "a", limit=2, after=4)] == [3, 2, 1]
    assert [event for event, _, _ in await listed(mailbox, "a", limit=2, after=2)] == [1]
