"""A hot statement gives the rows and errors that SQLAlchemy gives."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import services
import shared.service_process
from shared.compat import sqlite_statements
from shared.compat.sqlite_statements import PreparedStatement, hot
from shared.storage import insert, is_one_of
from shared.storage.sqlite import SqliteDatabase

METADATA = sa.MetaData()
NOTES = sa.Table(
    "notes",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.String(20), nullable=False),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("read", sa.Boolean, nullable=False),
    sa.Column("weight", sa.Float(53)),
)
ROWS: list[dict[str, Any]] = [
    {"id": number, "text": f"note {number}", "raw": bytes([number]), "read": number % 2 == 0, "weight": number / 3}
    for number in range(5)
]
ADD = insert(NOTES).on_conflict_do_update(index_elements=[NOTES.c.id], set_={"read": True})
SELECTS = [
    (sa.select(NOTES).where(NOTES.c.id >= sa.bindparam("least")).order_by(NOTES.c.id), {"least": 2}),
    (sa.select(NOTES.c.text, NOTES.c.read).where(NOTES.c.text.like("note%")).limit(2), {}),
    (sa.select(sa.func.count(NOTES.c.id).label("number")).where(is_one_of(NOTES.c.id, "ids")), {"ids": [1, 9]}),
]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """Yield a file with notes."""
    opened = SqliteDatabase(tmp_path / "notes.db")
    await opened.run_sync(METADATA.create_all)
    async with opened.writing() as session:
        await session.execute(ADD, ROWS)
    yield opened
    await opened.close()


@pytest.mark.parametrize(("statement", "parameters"), SELECTS)
async def test_the_rows_are_the_same(
    statement: sa.Select[Any], parameters: dict[str, Any], database: SqliteDatabase
) -> None:
    """With the same names, and values of the same types."""
    common = await database.reading.fetch(statement, parameters)
    rows = await database.reading.fetch(hot(statement), parameters)
    assert [row._asdict() for row in rows] == [row._asdict() for row in common] != []
    assert [[type(value) for value in row] for row in rows] == [[type(value) for value in row] for row in common]


async def test_changes_of_one_row_and_of_many_are_counted(database: SqliteDatabase) -> None:
    """In the transaction that SQLAlchemy commits."""
    marked = hot(sa.update(NOTES).where(NOTES.c.id > sa.bindparam("beyond")).values(read=sa.bindparam("is_read")))
    added = hot(insert(NOTES).on_conflict_do_nothing())
    async with database.writing() as session:
        assert await session.execute(marked, {"beyond": 2, "is_read": True}) == 2
        assert await session.execute(added, [{**ROWS[0], "id": 8}, {**ROWS[1], "id": 9}, ROWS[2]]) == 2
    assert len(await database.reading.fetch(sa.select(NOTES).where(NOTES.c.read))) == 5


async def test_an_error_is_that_of_sqlalchemy(database: SqliteDatabase) -> None:
    """Callers tell a row that exists already from a store that fails, and the parameters are not in its text."""
    with pytest.raises(sa.exc.IntegrityError) as raised:
        async with database.writing() as session:
            await session.execute(hot(sa.insert(NOTES)), {**ROWS[0], "text": "Jane Example"})
    assert isinstance(raised.value.orig, sqlite3.IntegrityError)
    assert "Jane" not in str(raised.value)


def test_a_list_of_variable_length_is_refused() -> None:
    """Its statement would have to be made anew for each length."""
    with pytest.raises(TypeError):
        PreparedStatement(sa.select(NOTES).where(NOTES.c.id.in_(sa.bindparam("ids", expanding=True))))


@pytest.mark.thorough
def test_every_hot_statement_can_be_prepared() -> None:
    """Otherwise the first request would find out."""
    assert services.SERVICES
    assert shared.service_process.RecordKeeping
    statements = list(sqlite_statements._PREPARED)
    assert len(statements) > 10
    for statement in statements:
        PreparedStatement(statement)
