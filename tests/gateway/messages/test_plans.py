"""However much lies in a mailbox, an index answers what is asked of it: of every statement that is made once.

A statement that is written later is covered without being listed.
"""

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

import pytest
import sqlalchemy as sa

import gateway.hits.store
import gateway.messages.store
import gateway.messages.webhooks.store
from gateway.messages import SERVICE
from gateway.messages.stores import chunks, deliveries, events, letters, receipts
from shared.storage import Database
from tests.conftest import store_of

MODULES: Final = (
    gateway.messages.store,
    gateway.messages.webhooks.store,
    gateway.hits.store,
    *(chunks, deliveries, events, letters, receipts),
)
# Of the others there are few rows, as they are registered by hand.
LARGE: Final = {
    *("messages", "deliveries", "receipts", "events", "webhook_deliveries", "attachment_chunks"),
    *("hits", "hit_steps", "early_requests", "withdrawn_records"),
}
# Once an hour, away from the event loop.
WALKS: Final = {"messages.stores.chunks._orphans": "attachment_chunks"}
# Of each turn no more than is taken.
SORTS_FEW: Final = {"messages.stores.deliveries._next_due", "messages.stores.deliveries._claim"}


def statements(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, found in vars(module).items():
        for number, each in enumerate(found if isinstance(found, tuple) else (found,)):
            if isinstance(each, sa.Select | sa.Update | sa.Delete) or name == "_queue":
                yield f"{module.__name__.removeprefix('gateway.')}.{name}{number or ''}", each


STATEMENTS: Final = dict(each for module in MODULES for each in statements(module))


def plan_of(connection: sa.Connection, statement: Any) -> str:
    """Return what the database would do to carry out a statement."""
    compiled = statement.compile(dialect=connection.dialect)
    values = {name: _value(bound) for name, bound in compiled.binds.items() if bound.value is None}
    state = compiled.construct_expanded_state(values)
    prefix = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF) "
    return "\n".join(
        row[-1] for row in connection.exec_driver_sql(prefix + state.statement, tuple(state.positional_parameters))
    )


def _value(bound: sa.BindParameter[Any]) -> Any:
    kinds = ((sa.Boolean, True), (sa.String, "1"))
    value = next((value for kind, value in kinds if isinstance(bound.type, kind)), 1)
    return [value, value] if bound.expanding else value


@pytest.fixture
async def mailbox(database_url: str) -> Any:
    async with store_of(SERVICE, database_url) as database:
        yield database


async def test_no_table_that_grows_is_read_from_end_to_end(mailbox: Database) -> None:
    """Nor put in order, nor looked through by the box alone, which half of it is in."""

    def faults(connection: sa.Connection) -> list[str]:
        if connection.dialect.name == "postgresql":
            # Of a few rows it would read all.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plans = {name: plan_of(connection, statement) for name, statement in STATEMENTS.items()}
        return [f"{name}:\n{plan}" for name, plan in plans.items() if is_at_fault(name, plan)]

    assert len(STATEMENTS) > 60
    assert "\n\n".join(await mailbox.run_sync(faults)) == ""


def is_at_fault(name: str, plan: str) -> bool:
    read = {table for _, table in re.findall(r"^\s*(?:->\s*)?(SCAN|Seq Scan on) (\w+)", plan, re.MULTILINE)}
    too_much = read & LARGE - {WALKS.get(name)}
    sorts = "USE TEMP B-TREE FOR ORDER BY" in plan and name not in SORTS_FEW
    return bool(too_much) or sorts or "messages_state" in plan


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("messages.stores.deliveries._claim", "deliveries_turn"),
        ("messages.stores.deliveries._earliest", "deliveries_turn"),
        ("messages.stores.deliveries._hasten", "deliveries_turn"),
        ("messages.stores.deliveries._overdue", "deliveries_expires"),
        ("messages.stores.receipts._due_receipts", "receipts_due"),
        ("messages.stores.receipts._hasten_receipts", "receipts_due"),
        ("messages.stores.letters._past", "messages_kept_until"),
        ("hits.store._overdue", "hits_due"),
    ],
)
async def test_what_waits_is_found_among_what_waits(mailbox: Database, name: str, index: str) -> None:
    """By an index that knows nothing of the rest."""

    def plan(connection: sa.Connection) -> str:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        return plan_of(connection, STATEMENTS[name])

    assert index in await mailbox.run_sync(plan)
