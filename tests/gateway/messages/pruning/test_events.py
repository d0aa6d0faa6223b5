"""How long a mailbox keeps events, and their deliveries to webhooks."""

from io import BytesIO

from shared.clock import FixedClock
from shared.mailbox.mailbox import Mailbox
from tests.gateway.messages.pruning.mailbox_contents import (
    DAY,
    MOMENT,
    MONTH,
    end,
    events,
    happen,
    prune,
    queue,
    register,
    webhook_deliveries,
)


async def test_events_are_kept_for_thirty_days(mailbox: Mailbox, clock: FixedClock) -> None:
    """To the millisecond; numbering continues after pruning."""
    await happen(mailbox, 7)
    clock.advance(MOMENT)
    await happen(mailbox, 2)
    clock.advance(MONTH - 2 * MOMENT)
    for left in (list(range(1, 10)), [8, 9], []):
        await prune(mailbox, clock)
        assert await events(mailbox) == left
        clock.advance(MOMENT)
    await happen(mailbox, 1)
    assert await events(mailbox) == [10]
    assert len(await mailbox.reading.find("a")) == 1


async def test_the_retention_of_an_event_starts_when_it_was_added(mailbox: Mailbox, clock: FixedClock) -> None:
    """A receipt that was signed long ago and arrives today is an event of today."""
    await happen(mailbox, 1, at=1)
    clock.advance(MONTH - MOMENT)
    await prune(mailbox, clock)
    assert await events(mailbox) == [1]


async def test_webhook_deliveries_are_listed_for_thirty_days_after_they_ended(
    mailbox: Mailbox, clock: FixedClock
) -> None:
    """Delivered or failed; their events are kept as long."""
    for webhook in ("a", "b"):
        await register(mailbox, webhook)
    await happen(mailbox, 7)
    for webhook, last in (("a", 4), ("b", 7)):
        await queue(mailbox, webhook)
        await end(mailbox, webhook, range(1, last + 1))
    clock.advance(DAY)
    await end(mailbox, "a", [5, 6], "failed")
    await end(mailbox, "a", [7])
    clock.advance(MONTH - DAY)
    await prune(mailbox, clock)
    listed = [(5, "failed"), (6, "failed"), (7, "delivered")]
    assert await webhook_deliveries(mailbox, "a") == listed
    assert await webhook_deliveries(mailbox, "b") == []
    assert await events(mailbox) == [5, 6, 7]
    clock.advance(DAY - MOMENT)
    await prune(mailbox, clock)
    assert await webhook_deliveries(mailbox, "a") == listed
    clock.advance(MOMENT)
    await prune(mailbox, clock)
    assert await webhook_deliveries(mailbox, "a") == []
    assert await events(mailbox) == []


async def test_a_webhook_skips_events_not_delivered_within_thirty_days(
    mailbox: Mailbox, clock: FixedClock, written: BytesIO
) -> None:
    """One that does not answer does not extend the retention; skipped events are logged."""
    for webhook in ("takes", "takes-not", "too-late"):
        await register(mailbox, webhook)
    await happen(mailbox, 4)
    for webhook in ("takes", "takes-not"):
        await queue(mailbox, webhook)
    await end(mailbox, "takes", [1, 2, 3, 4])
    clock.advance(MONTH - MOMENT)
    await happen(mailbox, 1)
    await queue(mailbox, "takes-not")
    await prune(mailbox, clock)
    assert await webhook_deliveries(mailbox, "takes-not") == [(event, "pending") for event in range(1, 6)]
    assert b"skipped" not in written.getvalue()
    clock.advance(MOMENT)
    await prune(mailbox, clock)
    assert await webhook_deliveries(mailbox, "takes") == []
    assert await webhook_deliveries(mailbox, "takes-not") == [(5, "pending")]
    assert await events(mailbox) == [5]
    assert written.getvalue().count(b"webhook-events-skipped") == 2
    await queue(mailbox, "too-late")
    assert await webhook_deliveries(mailbox, "too-late") == [(5, "pending")]
