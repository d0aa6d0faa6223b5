"""What officers do with the webhooks of their bureau."""

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.engine import Row

from gateway.mailbox_access import session_of
from gateway.messages.webhooks.models import (
    RegisteredWebhook,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookDraft,
    WebhookTrial,
)
from gateway.messages.webhooks.sender import (
    MAX_WEBHOOKS,
    WebhookSender,
    headers_signed_now,
    is_success,
    new_secret,
)
from gateway.messages.webhooks.targets import TargetRefused, Unresolved
from shared.clock import Clock
from shared.errors import NotFound, Refusal
from shared.ids import uuid7
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import WebhookDeliveryQuery, WebhookState
from shared.mailbox.store import MailStore
from shared.mailbox.times import moment
from shared.storage import page_of


class TooManyWebhooks(Refusal, status=409, code="too-many-webhooks", title="Your bureau has enough webhooks"):
    """A bureau may have 20 webhooks: delete one first."""


class WebhookOperations:
    """The webhooks of one bureau."""

    def __init__(self, mailbox: Mailbox, sender: WebhookSender, clock: Clock) -> None:
        self._mailbox = mailbox
        self._sender = sender
        self._clock = clock

    async def register(self, draft: WebhookDraft, officer: str) -> RegisteredWebhook:
        """Register a URL for the events from now on. Raises TargetRefused, TooManyWebhooks, NotStored."""
        target = self._sender.targets.parse(draft.url)
        try:
            await self._sender.targets.addresses(target, self._mailbox.bureau)
        except Unresolved as error:
            raise TargetRefused(str(error), at="/url") from error
        at = self._clock.now()
        webhook = Webhook(id=uuid7(at), url=draft.url, events=draft.events, officer=officer, created=at)
        secret = new_secret()

        async def add(store: MailStore) -> None:
            if len(await store.webhooks.ids()) >= MAX_WEBHOOKS:
                raise TooManyWebhooks(f"your bureau has {MAX_WEBHOOKS} webhooks, the maximum: delete one first")
            await store.webhooks.add(webhook.id, webhook.model_dump_json(), secret)

        await self._mailbox.write(add)
        self._mailbox.changes.notify()
        return RegisteredWebhook(**webhook.model_dump(), secret=secret)

    async def all(self) -> list[Webhook]:
        """Return all webhooks, the oldest first."""
        return [Webhook.model_validate_json(content) for content in await self._mailbox.reading.webhooks.contents()]

    async def one(self, webhook_id: str) -> Webhook:
        """Return a webhook. Raises NotFound."""
        webhook, _ = await self._with_secret(webhook_id)
        return webhook

    async def delete(self, webhook_id: str) -> None:
        """Delete a webhook and the events that wait for it. Raises NotFound, NotStored."""
        if not await self._mailbox.write(lambda store: store.webhooks.drop(webhook_id)):
            raise _missing(webhook_id)
        self._mailbox.changes.notify()

    async def deliveries(self, webhook_id: str, query: WebhookDeliveryQuery) -> WebhookDeliveryPage:
        """Return a page of the deliveries to a webhook. Raises NotFound."""
        await self.one(webhook_id)
        rows = await self._mailbox.reading.webhooks.page(webhook_id, query)
        on_page, last = page_of(rows, query.limit)
        return WebhookDeliveryPage(items=[_delivery_of(row) for row in on_page], next=last and last.event)

    async def test(self, webhook_id: str) -> WebhookTrial:
        """Post a `ping` to a webhook now, once, and return the outcome. Raises NotFound, Busy."""
        webhook, secret = await self._with_secret(webhook_id)
        body = b'{"type":"ping"}'
        headers = headers_signed_now(f"ping-{uuid7(self._clock.now())}", body, secret)
        bureau = self._mailbox.bureau
        with self._sender.trial(bureau):
            async with self._sender.turn(bureau):
                outcome = await self._sender.post(webhook.url, headers, body, bureau=bureau)
        return WebhookTrial(delivered=is_success(outcome), outcome=outcome)

    async def _with_secret(self, webhook_id: str) -> tuple[Webhook, str]:
        row = await self._mailbox.reading.webhooks.status(webhook_id)
        if row is None:
            raise _missing(webhook_id)
        return Webhook.model_validate_json(row.content), row.secret


async def webhooks_of(request: Request) -> WebhookOperations:
    """Return the webhooks of the caller's bureau. Raises Unauthenticated, NotStored."""
    mailbox, bureau = await session_of(request)
    return WebhookOperations(mailbox, request.app.state.webhook_sender, bureau.clock)


Operations = Annotated[WebhookOperations, Depends(webhooks_of)]


def _delivery_of(row: Row[Any]) -> WebhookDelivery:
    return WebhookDelivery(
        **{name: getattr(row, name) for name in ("event", "attempts", "outcome")},
        type=row.kind,
        state=WebhookState(row.state),
        at=moment(row.at),
        next_attempt=None if row.due is None else moment(row.due),
    )


def _missing(webhook_id: str) -> NotFound:
    return NotFound(f"your bureau has no webhook {webhook_id}")
