"""What every record of every service shares: policy, tables, answers, and the store."""

from shared.records.constant_time import equal_in_even_time
from shared.records.idempotency import HANDLED_FOR, handle_once
from shared.records.models import Ending
from shared.records.policy import (
    HANDLING_HEADER,
    KEPT_FOR,
    REVIEWED_BEFORE,
    Audience,
    Condition,
    Entry,
    Handling,
    Record,
    RecordId,
    Rule,
    Stamp,
    first_version,
    require_owner,
    stated,
    visible,
)
from shared.records.results import Hit, Hits, Page, PageQuery, R, told_at_once
from shared.records.search.searchable_store import SearchedStore
from shared.records.store import RecordStore
from shared.records.tables import record_table, service_metadata

__all__ = [
    "HANDLED_FOR",
    "HANDLING_HEADER",
    "KEPT_FOR",
    "REVIEWED_BEFORE",
    "Audience",
    "Condition",
    "Ending",
    "Entry",
    "Handling",
    "Hit",
    "Hits",
    "Page",
    "PageQuery",
    "R",
    "Record",
    "RecordId",
    "RecordStore",
    "Rule",
    "SearchedStore",
    "Stamp",
    "equal_in_even_time",
    "first_version",
    "handle_once",
    "record_table",
    "require_owner",
    "service_metadata",
    "stated",
    "told_at_once",
    "visible",
]
