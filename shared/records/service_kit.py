"""Everything that a service is made with, to be imported from here: routes, stores, records and their rules.

The vocabulary of `shared` (bureaus, dates, errors, identity, people) is imported from its own modules.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.types import Lifespan

from shared.audit.disclosure_router import require_router, service_router
from shared.audit.routes import audit_routes
from shared.identity import Caller
from shared.ids import RecordId, uuid7
from shared.records.constant_time import equal_in_even_time
from shared.records.models import Ending
from shared.records.policy import (
    HANDLING_HEADER,
    KEPT_FOR,
    REVIEWED_BEFORE,
    Audience,
    Entry,
    Record,
    Stamp,
    first_version,
    require_owner,
    stated,
    visible,
)
from shared.records.results import Hit, Hits, Page, R, RecordPageQuery
from shared.records.routes import CHANGE_REFUSALS, ENTRY_REFUSALS, record_routes
from shared.records.search.name_index import NameIndex, NamePart
from shared.records.search.name_search import NamedStore
from shared.records.search.searchable_store import SearchedStore
from shared.records.search.subscriptions.models import MOST_DAYS, Subscription, ValidDays
from shared.records.search.subscriptions.routes import SUBSCRIBING_REFUSALS, standing_searches, subscription_routes
from shared.records.search.subscriptions.rules import require_may_subscribe
from shared.records.search.subscriptions.store import SubscriptionStore
from shared.records.store import RecordStore
from shared.records.tables import record_table, service_metadata
from shared.records.transaction import transaction_of
from shared.service import Context
from shared.storage import Database, Rows, Session, insert, spelled_out
from shared.web.app import application
from shared.web.openapi import handled_once
from shared.web.paging import told_at_once
from shared.web.problems import refusals
from shared.web.routing import context_of, path_of, permission

__all__ = [
    "CHANGE_REFUSALS",
    "ENTRY_REFUSALS",
    "HANDLING_HEADER",
    "KEPT_FOR",
    "MOST_DAYS",
    "REVIEWED_BEFORE",
    "SUBSCRIBING_REFUSALS",
    "Audience",
    "Database",
    "Ending",
    "Entry",
    "Hit",
    "Hits",
    "NameIndex",
    "NamePart",
    "NamedStore",
    "Page",
    "R",
    "Record",
    "RecordId",
    "RecordPageQuery",
    "RecordStore",
    "Rows",
    "SearchedStore",
    "Session",
    "Stamp",
    "Stamped",
    "Subscription",
    "SubscriptionStore",
    "ValidDays",
    "equal_in_even_time",
    "first_version",
    "insert",
    "locate",
    "permission",
    "reading",
    "record_routes",
    "record_table",
    "refusals",
    "require_may_subscribe",
    "require_owner",
    "service_app",
    "service_metadata",
    "service_router",
    "spelled_out",
    "stamp",
    "standing_searches",
    "stated",
    "subscription_routes",
    "told_at_once",
    "visible",
    "writing",
]


async def stamp(request: Request) -> Stamp:
    """Return a fresh record id and the time."""
    at = context_of(request).clock.now()
    return Stamp(uuid7(at), at)


Stamped = Annotated[Stamp, Depends(stamp)]


S = TypeVar("S")


def reading(store: Callable[[Session, Caller, datetime], S]) -> Callable[[Request], Awaitable[S]]:
    """Return the dependency that hands out a store for reads."""

    async def open_store(request: Request) -> S:
        context = context_of(request)
        return store(context.database.reading, request.scope["state"]["caller"], context.clock.now())

    return open_store


def writing(store: Callable[[Session, Caller, datetime], S]) -> Callable[[Request], AsyncIterator[S]]:
    """Return the dependency that hands out a store in a transaction, which carries a request out at most once.

    Use it with `scope="function"`, so that the transaction is committed before the answer is made.
    """

    async def open_store(request: Request) -> AsyncIterator[S]:
        context = context_of(request)
        caller: Caller = request.scope["state"]["caller"]
        at = context.clock.now()
        async with transaction_of(caller, context.database, at) as session:
            yield store(session, caller, at)

    return handled_once(open_store)


def locate(response: Response, service: str, record_id: str) -> None:
    """Tell in an answer where the new record is."""
    response.headers["Location"] = f"{path_of(service)}/{record_id}"


def service_app(
    name: str,
    context: Context,
    router: APIRouter,
    *,
    title: str,
    description: str,
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """Make the application of a service from its routes, and from those to its audit log.

    `lifespan` keeps what the service works with besides its store. Raises ValueError for a router of another service.
    """
    require_router(name, router)
    routes = [*router.routes, *audit_routes(name)]
    return application(context, routes, title=title, description=description, lifespan=lifespan)
