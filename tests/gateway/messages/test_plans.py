"""Query plans of all statements of a mailbox: each uses an index, however large its tables are.

Statements are collected from the modules, so that a new one is covered without being listed.
"""

import re
from typing import Final

import pytest
from sqlalchemy.dialects import sqlite

import gateway.hits.store
import gateway.subject_requests.store
import gateway.traces.store
import shared.mailbox.store
import shared.mailbox.stores.webhooks
from gateway.tables import GATEWAY_TABLES
from shared.mailbox.models import MessageQuery
from shared.mailbox.stores import chunks, deliveries, events, notifications, receipts, usage
from shared.storage import Database
from tests.query_plans import plans_of, read_whole, statements_in
from tests.stores import Tables

pytestmark = pytest.mark.both_databases

MODULES: Final = (
    shared.mailbox.store,
    shared.mailbox.stores.webhooks,
    gateway.hits.store,
    gateway.subject_requests.store,
    gateway.traces.store,
    *(chunks, deliveries, events, notifications, receipts, usage),
)
# The other tables have few rows, as they are registered by hand.
LARGE: Final = {
    *("messages", "deliveries", "receipts", "events", "webhook_deliveries", "attachment_chunks"),
    *("hits", "hit_steps", "early_requests", "withdrawn_records"),
    *("subject_requests", "subject_records", "subject_steps"),
    *("traces", "trace_requests", "trace_steps"),
}
# Once an hour, away from the event loop.
WALKS: Final = {"shared.mailbox.stores.chunks._orphans": "attachment_chunks"}
# Of each lane no more rows than are claimed.
SORTS_FEW: Final = {"shared.mailbox.stores.deliveries._next_due", "shared.mailbox.stores.deliveries._claim"}


STATEMENTS: Final = {
    name: each
    for module in MODULES
    for name, each in statements_in(module.__name__.removeprefix("gateway."), vars(module))
}


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of a gateway."""
    return GATEWAY_TABLES


async def test_no_statement_scans_or_sorts_a_large_table(database: Database) -> None:
    """Nor does one search by the box alone, which selects half of the table."""
    assert len(STATEMENTS) > 60
    plans = await plans_of(database, STATEMENTS)
    assert {name: plan for name, plan in plans.items() if is_at_fault(name, plan)} == {}


def is_at_fault(name: str, plan: str) -> bool:
    too_much = read_whole(plan) & LARGE - {WALKS.get(name)}
    sorts = "USE TEMP B-TREE FOR ORDER BY" in plan and name not in SORTS_FEW
    return bool(too_much) or sorts or "messages_state" in plan


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("shared.mailbox.stores.deliveries._claim", "deliveries_turn"),
        ("shared.mailbox.stores.deliveries.earliest_delivery", "deliveries_turn"),
        ("shared.mailbox.stores.deliveries._hasten", "deliveries_turn"),
        ("shared.mailbox.stores.deliveries._overdue", "deliveries_expires"),
        ("shared.mailbox.stores.deliveries._release", "deliveries_post_full"),
        ("shared.mailbox.stores.usage._outstanding", "deliveries_outstanding"),
        ("shared.mailbox.stores.receipts._due_receipts", "receipts_due"),
        ("shared.mailbox.stores.receipts._hasten_receipts", "receipts_due"),
        ("shared.mailbox.stores.notifications._past", "messages_kept_until"),
        ("hits.store._overdue", "hits_due"),
        ("subject_requests.store._due", "subject_records_due"),
        ("subject_requests.store._to_forget", "subject_requests_forget"),
    ],
)
async def test_pending_rows_are_found_by_a_partial_index(database: Database, name: str, index: str) -> None:
    """The index holds pending rows only."""
    assert index in (await plans_of(database, {name: STATEMENTS[name]}))[name]


async def test_messages_of_a_form_are_found_by_its_index_in_the_order_of_the_page(database: Database) -> None:
    """Few of a mailbox's messages have one."""
    wanted = shared.mailbox.store.page_statement(MessageQuery(form="publication", after=1000))
    plan = (await plans_of(database, {"page": wanted}))["page"]
    assert "messages_form" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_predicates_of_partial_indexes_are_literals_not_parameters() -> None:
    """SQLite prepares a statement anew for each value of a parameter that may select such an index."""
    columns = re.compile(r"\b(deliveries\.(?:state|urgent|reason)) = [:?]")
    texts = {name: str(each.compile(dialect=sqlite.dialect())) for name, each in STATEMENTS.items()}
    assert {name: found[1] for name, text in texts.items() if (found := columns.search(text))} == {}


async def test_outstanding_posts_are_counted_from_the_index_alone(database: Database) -> None:
    """The count runs for each batch that is sent."""
    name = "shared.mailbox.stores.usage._outstanding"
    plan = (await plans_of(database, {name: STATEMENTS[name]}))[name]
    assert "USING COVERING INDEX" in plan or "Index Only Scan" in plan
