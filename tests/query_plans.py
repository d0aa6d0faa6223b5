"""The query plans of all statements that are built once, on both databases."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from shared.storage import Database
from shared.storage.dialects import Values


def statements_in(name: str, namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the reading statements among the named values of a module, a class or an object."""
    for of_each, found in namespace.items():
        for number, each in enumerate(found if isinstance(found, tuple) else (found,)):
            if isinstance(each, sa.Select | sa.CompoundSelect | sa.Update | sa.Delete) or (
                isinstance(each, sa.Insert) and each.select is not None
            ):
                yield f"{name}.{of_each}{number or ''}", each


async def plans_of(database: Database, statements: Mapping[str, Any]) -> dict[str, str]:
    """Return the plan of each statement, as for a table of many rows."""

    def plans(connection: sa.Connection) -> dict[str, str]:
        if connection.dialect.name == "postgresql":
            # It would scan the whole table if there are few rows.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        return {name: _plan_of(connection, statement) for name, statement in statements.items()}

    return await database.run_sync(plans)


def read_whole(plan: str) -> set[str]:
    """Return the tables that a plan scans completely."""
    return {table for _, table in re.findall(r"^\s*(?:->\s*)?(SCAN|Seq Scan on) (\w+)", plan, re.MULTILINE)}


def _plan_of(connection: sa.Connection, statement: Any) -> str:
    compiled = statement.compile(dialect=connection.dialect)
    values = {name: _value(bound, connection.dialect) for name, bound in compiled.binds.items() if bound.value is None}
    state = compiled.construct_expanded_state(values)
    prefix = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF) "
    return "\n".join(
        row[-1] for row in connection.exec_driver_sql(prefix + state.statement, tuple(state.positional_parameters))
    )


def _value(bound: sa.BindParameter[Any], dialect: sa.Dialect) -> Any:
    if isinstance(bound.type, Values):
        return bound.type.process_bind_param([_value_of(bound.type.each)] * 2, dialect)
    kinds = getattr(bound.type, "types", None)
    value = _value_of(bound.type) if kinds is None else tuple(map(_value_of, kinds))
    return [value, value] if bound.expanding else value


def _value_of(wanted: sa.types.TypeEngine[Any]) -> Any:
    kinds = ((sa.Boolean, True), (sa.String, "1"), (sa.LargeBinary, b""), (sa.Date, date(2026, 6, 1)))
    return next((value for kind, value in kinds if isinstance(wanted, kind)), 1)
