"""Query plans: no statement on a table that grows reads the whole table.

Statements are discovered, so that a new one is covered without being listed.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pkgutil import walk_packages
from typing import Any, Final

import pytest

import shared.audit
import shared.records
from services import SERVICES
from shared.clock import FixedClock
from shared.records.retention import Retention
from shared.records.search.name_index import Among, NameIndex
from shared.records.search.number_keys import END
from shared.records.search.number_plans import LookUp, Probe
from shared.records.search.number_search import NumberSearchStore
from shared.service import Service
from shared.storage import Database
from tests.conftest import NOW
from tests.query_plans import plans_of, read_whole, statements_in
from tests.support import always

pytestmark = pytest.mark.both_databases

# Each of these has a few rows at most.
SMALL: Final = {"audit_logs", "progress", "gallery_turn", "notice_numbers"}
WALKS: Final = {
    # For an auditor of the Secretariat: 31 days of each bureau.
    "shared.records.entry_limits._of_all": "entry_counts",
    # The first few waiting notifications, in order.
    "shared.records.outbox._next": "outgoing",
    # Those that are being prepared, by an index that has no others.
    "shared.records.field_copies.builder._ordered": "field_copies",
    # From time to time, outside the event loop.
    "shared.audit.checkpoint_store._aged": "audit_checkpoints",
    # Once for each search, outside the event loop: the records that are hidden from the caller.
    "services.fingerprints.store._HIDDEN": "fingerprint_records",
    "services.fingerprints.store._HIDDEN_OR_OTHERS": "fingerprint_records",
}


def common_statements() -> Iterator[tuple[str, Any]]:
    for package in (shared.records, shared.audit):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            yield from statements_in(module.name, vars(import_module(module.name)))


def own_statements(service: Service, database: Database) -> Iterator[tuple[str, Any]]:
    """Yield the statements of a service: those of its stores, and those made for each kind of record."""
    for kind in service.metadata.info["stores"]:
        module, clock = sys.modules[kind.__module__], FixedClock(NOW)
        yield from statements_in(module.__name__, vars(module))
        yield from statements_in(kind.__name__, vars(kind))
        retention: Any = Retention(kind, database, None, clock, None, always)  # type: ignore[arg-type]
        yield from statements_in(f"retention of {kind.__name__}", vars(retention))
        for name, found in vars(module).items():
            if isinstance(found, NameIndex):
                yield from statements_in(name, vars(found))
                yield from statements_of_names(name, found)
        if issubclass(kind, NumberSearchStore):
            yield from statements_of_numbers(kind)


def statements_of_names(name: str, index: NameIndex) -> Iterator[tuple[str, Any]]:
    """Yield the statements of a search by name, which are made when they are first used."""
    for is_strict, in_order in product((False, True), repeat=2):
        yield f"{name} {is_strict} {in_order}", index._reading(Among(()), 3, is_strict, in_order)


def statements_of_numbers(kind: type[NumberSearchStore[Any, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the statements of a search by numbers, which are made when they are first used."""
    statements = kind._statements
    named = (name + end for key in kind.numbers.keys for name in key.column_names for end in ("", END))
    for column in filter(kind.table.c.__contains__, named):
        for look_up in (LookUp(column, "A", "A"), LookUp(column, "A", "B"), LookUp(column, "A", "B", "A_")):
            yield f"{kind.__name__} {look_up}", statements._few_of(look_up)
            yield f"{kind.__name__} {look_up} in turn", statements._in_turn(look_up)
        yield f"{kind.__name__} end of {column}", statements._end_of(LookUp(column, "A", "B", "A_"))
        yield f"{kind.__name__} others of {column}", statements._others(column)
        for are_beginnings in (False, True):
            yield f"{kind.__name__} {column} {are_beginnings}", statements._probe_of(Probe(column, (), are_beginnings))


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def store_tables(request: pytest.FixtureRequest) -> Service:
    """Return the tables of each service."""
    return request.param


@pytest.mark.thorough
async def test_no_growing_table_is_scanned(store_tables: Service, database: Database) -> None:
    """Neither for answers, changes and deletions, nor by background jobs."""
    statements = dict((*common_statements(), *own_statements(store_tables, database)))
    assert len(statements) > 60
    grow = store_tables.metadata.tables.keys() - SMALL
    plans = await plans_of(database, statements)
    assert {name: plan for name, plan in plans.items() if read_whole(plan) & grow - {WALKS.get(name)}} == {}
