"""The operations by which a bureau leaves searches standing, declared once for each kind of record that is searched."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from shared.errors import NotFound
from shared.identity import Caller
from shared.records.dependencies import NewRevision, locate, reading, writing
from shared.records.kind_routes import KindRoutes
from shared.records.search.searchable_store import SearchedKind
from shared.records.search.subscriptions.models import (
    Subscribing,
    Subscription,
    SubscriptionId,
    Subscriptions,
    SubscriptionsQuery,
)
from shared.records.search.subscriptions.rules import TooManySubscriptions, require_may_subscribe
from shared.records.search.subscriptions.store import SubscriptionStore
from shared.web.problems import refusals

Standing = SubscriptionStore[Any]

SUBSCRIBING_REFUSALS: Final = refusals(TooManySubscriptions)


def subscription_routes(router: APIRouter, kind: SearchedKind, *, below: str = "", by_query: bool = True) -> None:
    """Declare the subscriptions to one kind of record, on the router of its service.

    `below` is the path of the kind in its service, where that has several. Without `by_query` the service declares
    itself how a search is left standing, as one that needs more than a query does.
    """
    routes = _SubscriptionRoutes(router, kind, below)
    if by_query:
        routes.declare_leaving()
    routes.declare_listing()
    routes.declare_reading()
    routes.declare_ending()


def standing_searches(kind: SearchedKind) -> Any:
    """Return the dependency that hands out the subscriptions to a kind of record, to be changed."""
    return Depends(writing(partial(SubscriptionStore, kind)), scope="function")


class _SubscriptionRoutes(KindRoutes):
    def __init__(self, router: APIRouter, kind: SearchedKind, below: str) -> None:
        super().__init__(router, kind, f"{below}/subscriptions")
        bodies: tuple[Any, ...] = (Subscribing, Subscription, Subscriptions)
        self._subscribing, self._subscription, self._subscriptions = (body[kind.query] for body in bodies)
        self._to_read = Depends(reading(partial(SubscriptionStore, kind)))
        self._to_change = standing_searches(kind)

    def declare_leaving(self) -> None:
        async def leave_standing(
            subscribing: Subscribing[Any],
            response: Response,
            writer: Annotated[Caller, self._may_write],
            standing: Annotated[Standing, self._to_change],
            revision: NewRevision,
        ) -> Any:
            """Leave a search standing: your bureau is told of each record that fits it from now on, once.

            What is there already is not told: search for it. What is found is told for the purpose of this request,
            under the rules that hold then. Nobody else learns that the search stands. Your bureau can have 1,000 of
            each kind of record. This needs the scope to read as well.
            """
            require_may_subscribe(writer, f"{self._service}:read")
            left = await standing.add(revision.id, subscribing.search, subscribing.valid_for_days)
            locate(response, self._service, f"{self._path.removeprefix('/')}/{left.id}")
            return left

        leave_standing.__annotations__["subscribing"] = self._subscribing
        self._declare(
            "POST ",
            "open_{}_subscription",
            "Leave a search for a {} standing",
            leave_standing,
            (TooManySubscriptions,),
            answer=self._subscription,
        )

    def declare_listing(self) -> None:
        async def list_standing(
            _: Annotated[Caller, self._may_read],
            standing: Annotated[Standing, self._to_read],
            wanted: Annotated[SubscriptionsQuery, Query()],
        ) -> Any:
            """List the searches that your bureau has standing, newest first."""
            return await standing.page(wanted)

        self._declare(
            "GET ",
            "list_{}_subscriptions",
            "List the standing searches for a {}",
            list_standing,
            answer=self._subscriptions,
        )

    def declare_reading(self) -> None:
        async def read_standing(
            subscription_id: SubscriptionId,
            _: Annotated[Caller, self._may_read],
            standing: Annotated[Standing, self._to_read],
        ) -> Any:
            """Read one search that your bureau has standing."""
            return await standing.get(subscription_id)

        self._declare(
            "GET /{subscription_id}",
            "read_{}_subscription",
            "Read a standing search for a {}",
            read_standing,
            (NotFound,),
            answer=self._subscription,
        )

    def declare_ending(self) -> None:
        async def end_standing(
            subscription_id: SubscriptionId,
            _: Annotated[Caller, self._may_write],
            standing: Annotated[Standing, self._to_change],
        ) -> None:
            """End a search that your bureau has standing, and forget what it sought."""
            await standing.end(subscription_id)

        self._declare(
            "DELETE /{subscription_id}",
            "end_{}_subscription",
            "End a standing search for a {}",
            end_standing,
            (NotFound,),
        )
