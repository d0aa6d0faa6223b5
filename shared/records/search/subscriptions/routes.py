"""The operations on subscriptions, declared once for each kind of record that is searched."""

from functools import partial
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Query, Response

from shared.errors import NotFound
from shared.records.dependencies import NewRevision, locate, reading, writing
from shared.records.kind_routes import KindRoutes, PerKind, Reader, Withdrawer
from shared.records.search.matched_store import SearchedKind
from shared.records.search.subscriptions.models import (
    Subscription,
    SubscriptionDraft,
    SubscriptionId,
    Subscriptions,
    SubscriptionsQuery,
)
from shared.records.search.subscriptions.rules import TooManySubscriptions, require_may_subscribe
from shared.records.search.subscriptions.store import SubscriptionStore
from shared.web.problems import refusals

SUBSCRIPTION_REFUSALS: Final = refusals(TooManySubscriptions)

Stored = SubscriptionStore[Any]
Readable = Annotated[
    Stored, PerKind(lambda kind: Annotated[Stored, Depends(reading(partial(SubscriptionStore, kind)))])
]
Writable = Annotated[Stored, PerKind(lambda kind: Annotated[Stored, subscriptions_of(kind)])]


def subscription_routes(router: APIRouter, kind: SearchedKind, *, by_query: bool = True) -> None:
    """Declare the subscriptions to one kind of record, on the router of its service.

    Without `by_query` the service itself declares how a subscription is created, as one that needs more than a query.
    """
    path, service = f"/{kind.below}subscriptions", kind.service()
    declare = KindRoutes(router, kind, path).declare
    draft, one, page = cast("tuple[Any, ...]", (SubscriptionDraft, Subscription, Subscriptions))
    subscribing_body, subscription, subscriptions = draft[kind.query], one[kind.saved], page[kind.saved]

    async def subscribe(
        subscribing: SubscriptionDraft[Any],
        response: Response,
        writer: Withdrawer,
        store: Writable,
        revision: NewRevision,
    ) -> Any:
        """Create a subscription.

        Your bureau is notified of each record that fits the search from now on, once. Records that exist already are
        not notified: search for them. What is found is shown for the purpose of this request, under the rules that hold
        then. Nobody else learns of the subscription. Your bureau can have 1,000 for each kind of record. This needs the
        scope to read as well.
        """
        require_may_subscribe(writer, f"{service}:read")
        created = await store.add(revision.id, subscribing.search, subscribing.valid_for_days)
        locate(response, service, f"{path.removeprefix('/')}/{created.id}")
        return created

    if by_query:
        subscribe.__annotations__["subscribing"] = subscribing_body
        named = ("POST ", "create_{}_subscription", "Create a subscription to a {}")
        declare(subscribe, *named, TooManySubscriptions, answer=subscription)
    declare(list_subscriptions, "GET ", "list_{}_subscriptions", "List the subscriptions to a {}", answer=subscriptions)
    named = ("GET /{subscription_id}", "get_{}_subscription", "Get a subscription to a {}")
    declare(get_subscription, *named, NotFound, answer=subscription)
    named = ("DELETE /{subscription_id}", "delete_{}_subscription", "Delete a subscription to a {}")
    declare(delete_subscription, *named, NotFound)


async def list_subscriptions(_: Reader, store: Readable, wanted: Annotated[SubscriptionsQuery, Query()]) -> Any:
    """List the subscriptions of your bureau, newest first."""
    return await store.page(wanted)


async def get_subscription(subscription_id: SubscriptionId, _: Reader, store: Readable) -> Any:
    """Get a subscription of your bureau."""
    return await store.get(subscription_id)


async def delete_subscription(subscription_id: SubscriptionId, _: Withdrawer, store: Writable) -> None:
    """Delete a subscription of your bureau.

    Its search is deleted, too.
    """
    await store.end(subscription_id)


def subscriptions_of(kind: SearchedKind) -> Any:
    """Return the dependency that provides the subscriptions to a kind of record in a transaction."""
    return Depends(writing(partial(SubscriptionStore, kind)), scope="function")
