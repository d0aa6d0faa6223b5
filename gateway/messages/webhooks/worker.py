"""Posts the events of a mailbox to its webhooks, until each is accepted or a day has passed.

Deliveries derive from the table of events, so that an interruption loses none; an event may then be posted twice, under
the same `webhook-id`. Each webhook has its own dispatcher, so that a slow one delays no other. Several processes may
work on the same mailbox.
"""

import asyncio
import math
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.engine import Row

from gateway.messages.events import event_of
from gateway.messages.webhooks.models import Webhook
from gateway.messages.webhooks.sender import GONE, WebhookSender, headers_signed_now, is_answer, is_success
from shared.background import Job, repeat
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import WebhookState
from shared.mailbox.rules import RETENTION, NotStored
from shared.mailbox.times import milliseconds
from shared.rpc.participant import Participant

BATCH_SIZE: Final = 4
RETRY_SECONDS: Final = (5, 30, 120, 600, 3600, *[6 * 3600] * 4)
# If a process ends, another one claims its deliveries after this time.
LEASE_SECONDS: Final = 30.0
# The delay of work that another process of the gateway left behind.
POLL_SECONDS: Final = 10.0
# A target that does not answer is not asked for a while, whatever waits for it.
LONGEST_REST_SECONDS: Final = 60.0


def register_webhooks(host: MailboxHost, sender: WebhookSender) -> None:
    """Have the events of every bureau that is hosted from now on posted to its webhooks."""

    async def post_webhooks(mailbox: Mailbox, _bureau: Participant) -> None:
        await WebhookWorker(mailbox, sender).run()

    host.add_job("webhooks", post_webhooks)


class WebhookWorker:
    """Runs a dispatcher for each webhook of one bureau."""

    def __init__(self, mailbox: Mailbox, sender: WebhookSender) -> None:
        self._mailbox = mailbox
        self._sender = sender
        self._running: set[str] = set()

    async def run(self) -> None:
        """Start a dispatcher for each webhook, until cancelled."""
        async with asyncio.TaskGroup() as dispatchers:

            async def run_once() -> float:
                seen = self._mailbox.changes.version
                for webhook_id in await self._mailbox.reading.webhooks.ids():
                    if webhook_id not in self._running:
                        self._running.add(webhook_id)
                        dispatchers.create_task(self._dispatch(webhook_id))
                await self._mailbox.changes.wait_newer(seen, POLL_SECONDS)
                return 0.0

            await repeat(Job(f"webhooks of {self._mailbox.bureau}", run_once, every_seconds=0.0), self._mailbox.log)

    async def _dispatch(self, webhook_id: str) -> None:
        try:
            await EndpointDispatcher(self._mailbox, self._sender, webhook_id).run()
        finally:
            self._running.discard(webhook_id)


class EndpointDispatcher:
    """Posts events to one webhook while it is registered."""

    def __init__(self, mailbox: Mailbox, sender: WebhookSender, webhook_id: str) -> None:
        self._mailbox = mailbox
        self._sender = sender
        self._id = webhook_id
        self._unanswered = 0
        self._rests_until = 0.0

    async def run(self) -> None:
        """Post what is due until the webhook is deleted."""
        # The mailbox logs what it cannot write.
        job = Job(f"webhook of {self._id}", self.run_once, every_seconds=0.0, expected=(NotStored,))
        await repeat(job, self._mailbox.log)

    async def run_once(self) -> float:
        """Post what is due, or wait until something is. Raises NotStored."""
        seen = self._mailbox.changes.version
        row = await self._mailbox.reading.webhooks.status(self._id)
        if row is None:
            return math.inf
        if not await self._deliver(row):
            pause = min(max(self._wait_seconds(row), 0.0), POLL_SECONDS)
            await self._mailbox.changes.wait_newer(seen, pause)
        return 0.0

    async def _deliver(self, row: Row[Any]) -> bool:
        """Post what is due now; return whether anything was done. Raises NotStored."""
        webhook, now = Webhook.model_validate_json(row.content), self._mailbox.now()
        if (row.last_event or 0) > row.after_event:
            since = now - milliseconds(RETENTION.total_seconds())
            await self._mailbox.write(lambda store: store.webhooks.queue_events(self._id, webhook.events, now, since))
            return True
        if self._wait_seconds(row) > 0:
            return False
        async with self._sender.turn(self._mailbox.bureau):
            claimed = await self._claim()
            events = await self._mailbox.reading.webhooks.events([each.event for each in claimed])
            # Removed events are not posted.
            claimed = [each for each in claimed if each.event in events]
            posts = [self._post(webhook.url, row.secret, events[each.event]) for each in claimed]
            outcomes = await asyncio.gather(*posts)
        await self._record_outcomes(claimed, outcomes)
        return True

    def _wait_seconds(self, row: Row[Any]) -> float:
        """Return how long to wait before the next post."""
        if row.earliest_due is None:
            return math.inf
        rest = self._rests_until - self._mailbox.monotonic()
        due: int = row.earliest_due
        return max((due - self._mailbox.now()) / 1000, rest)

    async def _claim(self) -> Sequence[Row[Any]]:
        # The time after the wait for the turn.
        now = self._mailbox.now()
        until = now + milliseconds(LEASE_SECONDS)
        return await self._mailbox.write(lambda store: store.webhooks.claim(self._id, now, until, BATCH_SIZE))

    async def _post(self, url: str, secret: str, row: Row[Any]) -> str:
        body = event_of(row).model_dump_json().encode()
        headers = headers_signed_now(f"{row.number}-{self._id}", body, secret)
        return await self._sender.post(url, headers, body, bureau=self._mailbox.bureau)

    async def _record_outcomes(self, claimed: Sequence[Row[Any]], outcomes: Sequence[str]) -> None:
        if GONE in outcomes:
            self._mailbox.log.info("webhook-gone", bureau=self._mailbox.bureau, webhook=self._id)
            await self._mailbox.write(lambda store: store.webhooks.drop(self._id))
            return
        now = self._mailbox.now()
        self._rest(outcomes)
        recorded = [
            {"of": self._id, "which": row.event, "new_outcome": outcome, "new_at": now, **_next(row, outcome, now)}
            for row, outcome in zip(claimed, outcomes, strict=True)
        ]
        if recorded:
            await self._mailbox.write(lambda store: store.webhooks.record_outcomes(recorded))

    def _rest(self, outcomes: Sequence[str]) -> None:
        if any(map(is_answer, outcomes)):
            self._unanswered = 0
        elif outcomes:
            self._unanswered += 1
            rest = min(2 ** min(self._unanswered, 10), LONGEST_REST_SECONDS)
            self._rests_until = self._mailbox.monotonic() + rest


def _next(row: Row[Any], outcome: str, now: int) -> dict[str, Any]:
    """Return the state after an attempt, and when the next one is due."""
    if is_success(outcome):
        return {"new_state": WebhookState.DELIVERED.value, "new_due": None}
    if row.attempts > len(RETRY_SECONDS):
        return {"new_state": WebhookState.FAILED.value, "new_due": None}
    return {"new_state": WebhookState.PENDING.value, "new_due": now + RETRY_SECONDS[row.attempts - 1] * 1000}
