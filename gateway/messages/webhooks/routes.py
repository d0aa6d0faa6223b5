"""The routes of webhooks."""

from typing import Annotated

from fastapi import Query, Response

from gateway.messages.operations import NAME, Reader, Writer
from gateway.messages.webhooks.models import (
    RegisteredWebhook,
    Webhook,
    WebhookDeliveryPage,
    WebhookDraft,
    WebhookId,
    Webhooks,
    WebhookTrial,
)
from gateway.messages.webhooks.operations import Operations, TooManyWebhooks
from gateway.messages.webhooks.targets import TargetRefused
from shared.audit.disclosure_router import service_router
from shared.errors import Busy, Malformed, NotFound
from shared.mailbox import rules
from shared.mailbox.models import WebhookDeliveryQuery
from shared.records.dependencies import locate
from shared.web.problems import refusals

router = service_router(NAME, rules.NotStored)


@router.post("/webhooks", status_code=201, responses=refusals(Malformed, TargetRefused, TooManyWebhooks))
async def create_webhook(
    writer: Writer, operations: Operations, response: Response, draft: WebhookDraft
) -> RegisteredWebhook:
    """Create a webhook.

    The events of your bureau's mailbox are posted to its URL from now on. The body is an event as in the stream: that a
    message came or its state changed, never its content. It is signed after the Standard Webhooks specification with
    the secret in this answer, which is shown only once. Any answer 2xx within 5 seconds accepts it; redirects are not
    followed; `410` removes the webhook. Otherwise it is repeated for about a day, under the same `webhook-id`. Events
    may come twice, and in another order: each has its number.
    """
    registered = await operations.register(draft, writer.officer)
    locate(response, NAME, f"webhooks/{registered.id}")
    return registered


@router.get("/webhooks")
async def list_webhooks(_: Reader, operations: Operations) -> Webhooks:
    """List the webhooks of your bureau, without their secrets."""
    return Webhooks(items=await operations.all())


@router.get("/webhooks/{webhook_id}", responses=refusals(NotFound))
async def get_webhook(webhook_id: WebhookId, _: Reader, operations: Operations) -> Webhook:
    """Get a webhook, without its secret."""
    return await operations.one(webhook_id)


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=refusals(NotFound))
async def delete_webhook(webhook_id: WebhookId, _: Writer, operations: Operations) -> None:
    """Delete a webhook, and the events that wait for it."""
    await operations.delete(webhook_id)


@router.get("/webhooks/{webhook_id}/deliveries", responses=refusals(NotFound))
async def list_webhook_deliveries(
    webhook_id: WebhookId, _: Reader, operations: Operations, wanted: Annotated[WebhookDeliveryQuery, Query()]
) -> WebhookDeliveryPage:
    """List the deliveries to a webhook, those of the newest events first.

    Outcomes are kept for 30 days. An event that could not be delivered within 30 days is dropped.
    """
    return await operations.deliveries(webhook_id, wanted)


@router.post("/webhooks/{webhook_id}/test", responses=refusals(NotFound, Busy))
async def ping_webhook(webhook_id: WebhookId, _: Writer, operations: Operations) -> WebhookTrial:
    """Ping a webhook, and get the outcome.

    The body is `{"type": "ping"}`, signed like an event. It is not repeated.
    """
    return await operations.test(webhook_id)
