"""Everything that a service is made with, to be imported from here: routes, stores, records and their rules.

The vocabulary of `shared` (bureaus, dates, errors, identity, people) is imported from its own modules.
"""

from fastapi import APIRouter, FastAPI
from starlette.types import Lifespan

from shared.audit.disclosure_router import require_router, service_router
from shared.audit.routes import audit_routes
from shared.ids import RecordId
from shared.records.constant_time import equal_in_even_time
from shared.records.dependencies import Stamped, locate, reading, stamp, writing
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
from shared.service import Context
from shared.storage import Database, Rows, Session, insert, spelled_out
from shared.web.app import application
from shared.web.paging import told_at_once
from shared.web.problems import refusals
from shared.web.routing import permission

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
