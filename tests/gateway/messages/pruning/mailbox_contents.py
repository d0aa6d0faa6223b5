"""Fill a mailbox with events, webhook deliveries and notifications, prune it, and list what is left."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from shared.clock import FixedClock
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import MessageState, WebhookDeliveryQuery
from shared.mailbox.pruning import Pruner
from shared.mailbox.rows import state_event
from tests.gateway.messages.mailbox_rows import receipt, row_of
from tests.gateway.messages.officers import PATIENCE
from tests.support import always

DAY: Final = timedelta(days=1)
MONTH: Final = timedelta(days=30)
MOMENT: Final = timedelta(milliseconds=1)


async def prune(mailbox: Mailbox, clock: FixedClock) -> None:
    async with asyncio.timeout(PATIENCE):
        await Pruner(mailbox, clock, always).prune()


async def happen(mailbox: Mailbox, count: int, **changed: Any) -> None:
    """Add events to a mailbox."""
    rows = [state_event(1, "DE", MessageState.DELIVERED, mailbox.now()) | changed] * count
    await mailbox.write(lambda store: store.events.add(rows, mailbox.now()))


async def events(mailbox: Mailbox) -> list[int]:
    return [row.number for row in await mailbox.reading.events.after(0, 1000)]


async def register(mailbox: Mailbox, webhook: str) -> None:
    await mailbox.write(lambda store: store.webhooks.add(webhook, "{}", "secret"))


async def queue(mailbox: Mailbox, webhook: str) -> None:
    """Queue events for a webhook."""
    await mailbox.write(lambda store: store.webhooks.queue_events(webhook, ("message", "state"), mailbox.now(), 0))


async def end(mailbox: Mailbox, webhook: str, events: Sequence[int], state: str = "delivered") -> None:
    """Settle the delivery of events to a webhook."""
    plain = {"of": webhook, "new_state": state, "new_outcome": "204", "new_at": mailbox.now(), "new_due": None}
    await mailbox.write(lambda store: store.webhooks.record_outcomes([plain | {"which": event} for event in events]))


async def webhook_deliveries(mailbox: Mailbox, webhook: str) -> list[tuple[int, str]]:
    rows = await mailbox.reading.webhooks.page(webhook, WebhookDeliveryQuery(limit=200))
    return [(row.event, row.state) for row in reversed(rows)]


async def notification(
    mailbox: Mailbox, notification_id: str, *recipients: str, kept_until: timedelta | None = MONTH
) -> int:
    """Add a notification of a service, and return its number."""
    until = None if kept_until is None else mailbox.now() + kept_until // MOMENT
    row = row_of(notification_id, sender="vehicles", box="outbox", stored=mailbox.now(), kept_until=until)
    await mailbox.write(lambda store: store.enqueue(row, recipients))
    return max(row.number for row in await mailbox.reading.find(notification_id))


async def sign(mailbox: Mailbox, number: int, bureau: str, state: str = "delivered") -> None:
    """Add the receipt of a bureau."""
    now = mailbox.now()
    move = {"of": number, "to": bureau, "new_state": state, "new_at": now, "new_reason": None}
    await mailbox.write(lambda store: store.receipts.add([receipt(number, bureau, state)]))
    await mailbox.write(lambda store: store.deliveries.move([move]))
    await mailbox.write(lambda store: store.events.add([state_event(number, bureau, MessageState(state), now)], now))


async def notifications(mailbox: Mailbox) -> list[str]:
    held = [row for name in "abcdefg" for row in await mailbox.reading.find(name) if row.box == "outbox"]
    return [row.id for row in held]
