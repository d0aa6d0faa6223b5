"""Statements that are kept by the shape of what is asked, and patterns in parameters."""

import gc
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from shared.compat import sqlite_statements
from shared.storage import BuiltByShape, Database, escaped, hot, like
from shared.storage.statements import SHAPES_KEPT

TEXTS = sa.table("texts", sa.column("text", sa.Text))
LIKE = hot(sa.select(like(sa.literal("50 % of a_b/c", sa.Text), "pattern").label("fits")))


@pytest.fixture
def store_tables() -> sa.MetaData:
    """Return no tables."""
    return sa.MetaData()


def test_each_shape_is_built_once_until_many_others_were_used() -> None:
    """The one used last is kept longest."""
    numbers: Iterator[int] = iter(range(10**6))
    kept = BuiltByShape[int]()
    first = kept.of("first", lambda: next(numbers))
    second = kept.of("second", lambda: next(numbers))
    for shape in range(SHAPES_KEPT - 1):
        assert kept.of("first", lambda: next(numbers)) == first
        kept.of(shape, lambda: next(numbers))
    assert kept.of("first", lambda: next(numbers)) == first
    assert kept.of("second", lambda: next(numbers)) > second


def test_a_statement_that_nobody_keeps_is_forgotten() -> None:
    """Callers choose shapes: what is prepared for them must not grow."""
    gc.collect()
    before = len(sqlite_statements._PREPARED)
    statement = hot(sa.select(TEXTS.c.text))
    assert sqlite_statements.prepared(statement) is not None
    assert len(sqlite_statements._PREPARED) == before + 1
    del statement
    gc.collect()
    assert len(sqlite_statements._PREPARED) == before


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("%" + escaped("a_b") + "%", True),
        ("%" + escaped("a%b") + "%", False),
        ("%" + escaped("%") + "%", True),
        ("%" + escaped("0_%") + "%", False),
        ("%" + escaped("b/c"), True),
        ("%b_c", True),
    ],
)
async def test_what_is_escaped_stands_for_itself(database: Database, pattern: str, fits: bool) -> None:
    """On both databases, although each has another sign for that."""
    [row] = await database.reading.fetch(LIKE, {"pattern": pattern})
    assert bool(row.fits) is fits
